//! Where people live: rows of flats facing south, towers, houses with gardens, the shops along their streets, the school.

use crate::buildings::{Building, Purpose};
use crate::plan::{CANAL_COLUMN, CANAL_ROWS, CELL_M, RoadClass, Use};
use crate::plane::{Span, wave};
use crate::site::{Site, Spot};
use crate::solids::Solid;
use glam::DVec2;

/// Height of a storey of flats, metres.
const FLAT_STOREY_M: f64 = 2.9;
/// A row stands this share of its height behind the one before it, so that the winter sun reaches the ground floor
/// (GB 50180, with the slack that towers of one plan have).
const SUN_SHARE: f64 = 0.72;

/// The line of the design grid that a cell's south-north lane, and the mains under it, follow.
pub(crate) fn lane_u(i: i32, j: i32) -> f64 {
    let is_at_canal = i == CANAL_COLUMN && CANAL_ROWS.contains(&j);
    (f64::from(i) + if is_at_canal { 0.24 } else { 0.5 }) * CELL_M
}

/// The lanes of a block: one straight to the north, one winding across.
pub(crate) fn block_lanes(site: &mut Site<'_>) {
    let inside = site.inside;
    let u = lane_u(site.i, site.j);
    site.lane(
        RoadClass::Lane,
        vec![
            DVec2::new(u, inside.south - 2.0),
            DVec2::new(u, inside.middle().y),
            DVec2::new(u, inside.north - 8.0),
        ],
    );
    let swing = if is_winding(site.purpose) {
        site.dice.within(-26.0, 26.0)
    } else {
        0.0
    };
    let phase = site.dice.unit();
    let points = (0..=12)
        .map(|n| {
            let share = f64::from(n) / 12.0;
            // The swing dies away towards both ends, so that the lane meets the streets squarely.
            let ease = 4.0 * share * (1.0 - share);
            DVec2::new(
                inside.west - 2.0 + (inside.east - inside.west + 4.0) * share,
                inside.middle().y + swing * ease * wave(share + phase),
            )
        })
        .collect();
    site.lane(RoadClass::Lane, points);
}

/// People live along winding lanes and work along straight ones.
fn is_winding(purpose: Use) -> bool {
    matches!(purpose, Use::Estate | Use::Villas | Use::Campus)
}

/// A block of flats.
pub(crate) fn estate(site: &mut Site<'_>) {
    site.patch("grass", site.ground.outline(site.inside, 60.0));
    block_lanes(site);
    let far = f64::from(site.i.abs().max(site.j.abs()));
    let floors = match site.dice.below(10) {
        0..=1 => 6,
        2..=3 => 11,
        4..=7 => 18,
        _ => 26,
    };
    // Farther out land is cheaper and houses are lower.
    let floors = if far > 10.0 { floors.min(18) } else { floors };
    garden(site);
    if site.dice.below(7) == 0 {
        school(site);
    }
    shops(site);
    let has_towers = floors >= 26;
    let rows = Rows {
        length: if has_towers {
            (24.0, 30.0)
        } else {
            (34.0, 64.0)
        },
        depth: if has_towers { 20.0 } else { 13.0 },
        gap: if has_towers { 16.0 } else { 8.0 },
        pitch: (f64::from(floors) * FLAT_STOREY_M * SUN_SHARE).clamp(17.0, 42.0),
    };
    let inner = site.inside.inset(17.0);
    in_rows(site, inner, &rows, |site, spot| flats(site, spot, floors));
    fill_in(site, inner);
    site.plant(inner, 46, 0.15);
}

/// How houses stand in rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    /// Shortest and longest house.
    pub(crate) length: (f64, f64),
    pub(crate) depth: f64,
    /// Between two houses of a row.
    pub(crate) gap: f64,
    /// From the north side of a row to the south side of the next.
    pub(crate) pitch: f64,
}

/// Fills a rectangle of the design grid with rows, south to north, each from west to east.
pub(crate) fn in_rows(
    site: &mut Site<'_>,
    span: Span,
    rows: &Rows,
    mut build: impl FnMut(&mut Site<'_>, &Spot),
) {
    let mut v = span.south + 0.5 * rows.depth;
    while v + 0.5 * rows.depth <= span.north {
        let mut u = span.west;
        while u + rows.length.0 <= span.east {
            let length = site.dice.within(rows.length.0, rows.length.1);
            let at = DVec2::new(u + 0.5 * length, v);
            if let Some(spot) = site.spot(at, length, rows.depth, 0.5 * rows.gap) {
                build(site, &spot);
                u += length + rows.gap;
            } else {
                // Past whatever is in the way, in small steps.
                u += 7.0;
            }
        }
        v += rows.depth + rows.pitch;
    }
}

/// A slab or tower of flats.
fn flats(site: &mut Site<'_>, spot: &Spot, floors: u32) {
    let floors = (floors + site.dice.below(3)).saturating_sub(1).max(3);
    let mut house = Building::plain(Purpose::Flats, spot.rect(), floors, FLAT_STOREY_M);
    house.units = ((spot.width / 17.0).round() as u32).clamp(1, 4);
    house.homes = house.units * floors * 2;
    if floors >= 9 {
        let body = flats_body(&house, spot);
        house = house.shaped(body);
    }
    site.build(spot, house);
}

/// Lift houses on the roof, one for each entrance, and bays that stand out to the south.
fn flats_body(house: &Building, spot: &Spot) -> Solid {
    let mut body = Solid::default();
    let top = house.height_m;
    body.block(&spot.rect(), 0.0, top);
    let step = spot.width / f64::from(house.units);
    for unit in 0..house.units {
        let east = (f64::from(unit) + 0.5) * step - 0.5 * spot.width;
        body.block(
            &spot.frame.rect(east, 0.12 * spot.depth, 6.0, 5.0),
            top,
            top + 4.2,
        );
    }
    body
}

/// What is left between the rows: kiosks, bicycle sheds, plant rooms.
fn fill_in(site: &mut Site<'_>, span: Span) {
    for n in 0..10 {
        let at = DVec2::new(
            site.dice.within(span.west, span.east),
            site.dice.within(span.south, span.north),
        );
        let (width, depth, purpose) = match n {
            0 | 1 => (9.0, 7.0, Purpose::Utility),
            2..=4 => (14.0, 5.0, Purpose::Warehouse),
            _ => (11.0, 8.0, Purpose::Shop),
        };
        if let Some(spot) = site.spot(at, width, depth, 3.0) {
            let small = Building::plain(purpose, spot.rect(), 1, 3.8);
            site.build(&spot, small);
        }
    }
}

/// Shops of two floors along the streets around a block.
pub(crate) fn shops(site: &mut Site<'_>) {
    const DEPTH_M: f64 = 11.0;
    let inside = site.inside.inset(0.5 * DEPTH_M + 4.0);
    for along_street in [inside.south, inside.north] {
        let mut u = inside.west + 16.0;
        while u < inside.east - 16.0 {
            let length = site.dice.within(20.0, 40.0);
            let at = DVec2::new(u + 0.5 * length, along_street);
            u += length + 7.0;
            // Gaps let people through and the wind in.
            if !site.dice.chance(0.22) {
                shop(site, at, length, DEPTH_M);
            }
        }
    }
    for along_street in [inside.west, inside.east] {
        let mut v = inside.south + 22.0;
        while v < inside.north - 22.0 {
            let length = site.dice.within(16.0, 26.0);
            let at = DVec2::new(along_street, v + 0.5 * length);
            v += length + 9.0;
            if !site.dice.chance(0.5) {
                shop(site, at, DEPTH_M, length);
            }
        }
    }
}

fn shop(site: &mut Site<'_>, at: DVec2, width: f64, depth: f64) {
    if let Some(spot) = site.spot(at, width, depth, 2.5) {
        let floors = site.dice.between(1, 3);
        let shop = Building::plain(Purpose::Shop, spot.rect(), floors, 3.9);
        site.build(&spot, shop);
    }
}

/// The green in the middle of a block, with a playground.
fn garden(site: &mut Site<'_>) {
    let middle = site.inside.middle();
    let at = DVec2::new(lane_u(site.i, site.j) + 46.0, middle.y + 52.0);
    let ground = site.keep_free(at, 60.0, 46.0);
    site.patch("garden", ground.ring());
    site.patch("playground", ground.scaled(0.4).ring());
    let span = Span {
        west: at.x - 26.0,
        south: at.y - 19.0,
        east: at.x + 26.0,
        north: at.y + 19.0,
    };
    // Kept free of houses, not of trees: they are planted before the ground is taken into account.
    for n in 0..14 {
        let share = f64::from(n) / 14.0;
        let (west, north) = (n % 2 == 0, n % 4 < 2);
        let u = if west { span.west } else { span.east };
        let v = span.south + (span.north - span.south) * share;
        let along = span.west + (span.east - span.west) * share;
        let edge = if north { span.north } else { span.south };
        let tree = if n < 7 {
            site.ground.at(u, v)
        } else {
            site.ground.at(along, edge)
        };
        site.trees.push((tree, cim_import::ModelKind::Tree));
    }
}

/// A school: two bars and a link, a hall, a running track.
fn school(site: &mut Site<'_>) {
    let inside = site.inside;
    let at = DVec2::new(inside.west + 78.0, inside.north - 74.0);
    let pitch = at + DVec2::new(0.0, -34.0);
    let track = site.keep_free(pitch, 96.0, 50.0);
    site.patch(
        "pitch",
        crate::solids::oval(
            track.centre,
            track.along,
            track.half_along,
            track.half_across,
            24,
        ),
    );
    for (n, offset) in [DVec2::new(0.0, 12.0), DVec2::new(0.0, 38.0)]
        .into_iter()
        .enumerate()
    {
        if let Some(spot) = site.spot(at + offset, 76.0, 11.0, 4.0) {
            let mut wing = Building::plain(Purpose::School, spot.rect(), 5, 3.9);
            wing.units = 3;
            wing.name = Some(school_name(site, n));
            site.build(&spot, wing);
        }
    }
}

fn school_name(site: &Site<'_>, wing: usize) -> crate::names::Name {
    let stem = crate::names::stem_of_cell(site.seed, crate::plan::number_of(site.i, site.j));
    if wing == 0 {
        stem.with("小学教学楼", "Primary School")
    } else {
        stem.with("小学综合楼", "Primary School Hall")
    }
}

/// Houses with gardens, their roofs hipped or gabled.
pub(crate) fn villas(site: &mut Site<'_>) {
    site.patch("grass", site.ground.outline(site.inside, 60.0));
    block_lanes(site);
    let inner = site.inside.inset(8.0);
    // Side lanes, so that every house has a way to its door.
    for share in [0.25, 0.75] {
        let v = inner.south + (inner.north - inner.south) * share;
        site.lane(
            RoadClass::Lane,
            vec![
                DVec2::new(inner.west + 10.0, v),
                DVec2::new(inner.middle().x, v),
                DVec2::new(inner.east - 10.0, v),
            ],
        );
    }
    let rows = Rows {
        length: (12.0, 15.0),
        depth: 11.0,
        gap: 9.0,
        pitch: 13.0,
    };
    in_rows(site, inner, &rows, |site, spot| {
        let floors = site.dice.between(2, 3);
        let eaves = 3.1 * f64::from(floors);
        let ridge = eaves + site.dice.within(2.2, 3.4);
        let mut body = Solid::default();
        if site.dice.chance(0.6) {
            body.hip(&spot.rect(), 0.0, eaves, ridge);
        } else {
            body.gable(&spot.rect(), 0.0, eaves, ridge);
        }
        let mut villa = Building::plain(Purpose::House, spot.rect(), floors, 3.1).shaped(body);
        villa.height_m = ridge;
        villa.homes = 1;
        site.build(spot, villa);
    });
    site.plant(inner, 110, 0.3);
}
