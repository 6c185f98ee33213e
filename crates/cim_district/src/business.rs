//! Offices, hotels, malls: towers on podiums along the river and around the lake, lower ones farther out.

use crate::buildings::{Building, Purpose};
use crate::housing::{Rows, block_lanes, in_rows, shops};
use crate::plan::{CELL_M, RIVER_ROW};
use crate::plane::{Rect, Span};
use crate::site::{Site, Spot};
use crate::solids::{Solid, oval, round};
use glam::DVec2;

/// Height of a storey of offices, metres.
const OFFICE_STOREY_M: f64 = 4.2;

/// A cell of towers. The skyline rises towards the axis and the river.
pub(crate) fn business(site: &mut Site<'_>) {
    block_lanes(site);
    landmarks(site);
    let inner = site.inside.inset(9.0);
    let rows = Rows {
        length: (58.0, 74.0),
        depth: 62.0,
        gap: 16.0,
        pitch: 16.0,
    };
    in_rows(site, inner, &rows, |site, spot| {
        let height = skyline_m(site, spot);
        tower_with_podium(site, spot, height);
    });
    low_ones_between(site, inner);
    site.plant(inner, 50, 0.0);
}

/// How high the skyline is at a spot, metres.
fn skyline_m(site: &mut Site<'_>, spot: &Spot) -> f64 {
    let focus = DVec2::new(0.0, (f64::from(RIVER_ROW) + 1.5) * CELL_M);
    let away = (spot.tap.distance(focus) / 1_500.0).min(1.0);
    let share = 1.0 - away;
    60.0 + 175.0 * share * share * site.dice.within(0.7, 1.15)
}

/// The tower and the twins that the skyline is known by.
fn landmarks(site: &mut Site<'_>) {
    let inside = site.inside;
    if (site.i, site.j) == (-1, -2) {
        let at = DVec2::new(inside.east - 62.0, inside.south + 118.0);
        if let Some(spot) = site.spot(at, 84.0, 84.0, 10.0) {
            let body = great_tower(&spot.rect());
            let mut tower = Building::plain(Purpose::Office, spot.rect(), 66, 4.5)
                .shaped(body)
                .landmark("云湖中心大厦", "Yunhu Centre Tower");
            tower.height_m = 298.0;
            site.build(&spot, tower);
        }
    }
    if (site.i, site.j) == (0, -2) {
        for (n, north) in [(1, 96.0), (2, 206.0)] {
            let at = DVec2::new(inside.west + 58.0, inside.south + north);
            if let Some(spot) = site.spot(at, 56.0, 56.0, 10.0) {
                let body = twin_tower(&spot.rect());
                let mut twin = Building::plain(Purpose::Office, spot.rect(), 48, 4.4)
                    .shaped(body)
                    .landmark(&format!("双子星大厦{n}座"), &format!("Gemini Tower {n}"));
                twin.height_m = 218.0;
                site.build(&spot, twin);
            }
        }
    }
    if (site.i, site.j) == (1, -2) {
        let at = DVec2::new(inside.west + 70.0, inside.south + 60.0);
        if let Some(spot) = site.spot(at, 96.0, 66.0, 8.0) {
            let body = opera_body(&spot.rect());
            let mut opera = Building::plain(Purpose::Culture, spot.rect(), 4, 8.0)
                .shaped(body)
                .landmark("云湖大剧院", "Yunhu Grand Theatre");
            opera.height_m = 34.0;
            site.build(&spot, opera);
        }
    }
}

/// Stages that narrow as they rise, and a spire: 298 m.
fn great_tower(lot: &Rect) -> Solid {
    let mut body = Solid::default();
    body.prism(&lot.chamfered(14.0), 0.0, 24.0);
    let mut foot = 24.0;
    for (share, top) in [
        (0.62, 110.0),
        (0.55, 178.0),
        (0.47, 226.0),
        (0.38, 256.0),
        (0.27, 270.0),
    ] {
        let stage = lot.scaled(share);
        body.prism(&stage.chamfered(0.28 * 2.0 * stage.half_along), foot, top);
        foot = top;
    }
    body.frustum(
        &round(lot.centre, 3.2, 8),
        foot,
        &round(lot.centre, 0.5, 8),
        298.0,
    );
    body
}

/// A slender tower whose top leans in: 218 m.
fn twin_tower(lot: &Rect) -> Solid {
    let mut body = Solid::default();
    body.prism(&lot.chamfered(6.0), 0.0, 16.0);
    let shaft = lot.scaled(0.62);
    body.prism(&shaft.chamfered(5.0), 16.0, 176.0);
    let crown = shaft.scaled(0.86);
    body.frustum(
        &crown.chamfered(4.3),
        176.0,
        &crown.scaled(0.55).chamfered(2.4),
        212.0,
    );
    body.block(&crown.scaled(0.3), 212.0, 218.0);
    body
}

/// Three shells over a base.
fn opera_body(lot: &Rect) -> Solid {
    let mut body = Solid::default();
    body.prism(
        &oval(lot.centre, lot.along, lot.half_along, lot.half_across, 28),
        0.0,
        7.0,
    );
    for (along, size, top) in [(-0.42, 0.44, 22.0), (0.0, 0.56, 34.0), (0.44, 0.4, 19.0)] {
        let centre = lot.at(along, 0.0);
        let ring = |share: f64| {
            oval(
                centre,
                lot.along,
                share * size * lot.half_along,
                share * size * 1.5 * lot.half_across,
                20,
            )
        };
        let rise = top - 7.0;
        body.slope(&ring(1.0), 7.0, &ring(0.86), 7.0 + 0.55 * rise);
        body.slope(&ring(0.86), 7.0 + 0.55 * rise, &ring(0.5), 7.0 + 0.9 * rise);
        body.slope(&ring(0.5), 7.0 + 0.9 * rise, &ring(0.08), top);
    }
    body
}

/// A podium with shops and a tower on it, of one of five shapes.
pub(crate) fn tower_with_podium(site: &mut Site<'_>, spot: &Spot, height: f64) {
    let lot = spot.rect();
    let podium_levels = site.dice.between(3, 5);
    let podium_m = 5.0 * f64::from(podium_levels);
    let purpose = match site.dice.below(10) {
        0..=5 => Purpose::Office,
        6..=7 => Purpose::Hotel,
        8 => Purpose::Mall,
        _ => Purpose::Flats,
    };
    let height = if purpose == Purpose::Mall {
        podium_m + 6.0
    } else {
        height.max(podium_m + 30.0)
    };
    let mut body = Solid::default();
    body.prism(&lot.chamfered(site.dice.within(2.0, 9.0)), 0.0, podium_m);
    let shift = site.dice.within(-0.2, 0.2);
    if purpose == Purpose::Mall {
        body.block(&lot.scaled(0.55), podium_m, height);
        body.block(&lot.scaled(0.18), height, height + 3.5);
    } else {
        let base = Rect {
            centre: lot.at(shift, site.dice.within(-0.1, 0.1)),
            ..lot.scaled(site.dice.within(0.5, 0.6))
        };
        let form = site.dice.below(5);
        shaft(&mut body, &base, form, podium_m, height);
    }
    let levels = podium_levels + ((height - podium_m) / OFFICE_STOREY_M).max(1.0) as u32;
    let mut tower = Building::plain(purpose, lot, levels, OFFICE_STOREY_M).shaped(body);
    tower.height_m = height;
    tower.units = 2;
    if purpose == Purpose::Flats {
        tower.homes = (levels - podium_levels) * 8;
    }
    site.build(spot, tower);
}

/// The part above the podium.
fn shaft(body: &mut Solid, base: &Rect, form: u32, foot: f64, top: f64) {
    let rise = top - foot;
    match form {
        // Setbacks.
        0 => {
            body.prism(&base.chamfered(3.0), foot, foot + 0.6 * rise);
            let second = base.scaled(0.82);
            body.prism(
                &second.chamfered(3.0),
                foot + 0.6 * rise,
                foot + 0.87 * rise,
            );
            body.prism(&base.scaled(0.6).chamfered(2.0), foot + 0.87 * rise, top);
        }
        // Round.
        1 => {
            let radius = base.half_along.min(base.half_across);
            body.prism(&round(base.centre, radius, 24), foot, top - 6.0);
            body.prism(&round(base.centre, 0.7 * radius, 24), top - 6.0, top);
        }
        // A slab with a higher core.
        2 => {
            let slab = Rect {
                half_across: 0.62 * base.half_across,
                half_along: 1.15 * base.half_along,
                ..*base
            };
            body.block(&slab, foot, top - 9.0);
            let core = Rect {
                half_across: 0.8 * base.half_across,
                half_along: 0.35 * base.half_along,
                ..*base
            };
            body.block(&core, foot, top);
        }
        // A crown that leans in.
        3 => {
            body.prism(&base.chamfered(4.0), foot, top - 0.16 * rise);
            body.frustum(
                &base.chamfered(4.0),
                top - 0.16 * rise,
                &base.scaled(0.6).chamfered(2.4),
                top,
            );
        }
        // Plain, with plant on the roof.
        _ => {
            body.prism(&base.chamfered(1.5), foot, top - 5.0);
            body.block(&base.scaled(0.55), top - 5.0, top);
        }
    }
}

/// Pavilions and shops between the towers.
fn low_ones_between(site: &mut Site<'_>, span: Span) {
    for _ in 0..26 {
        let at = DVec2::new(
            site.dice.within(span.west + 8.0, span.east - 8.0),
            site.dice.within(span.south + 8.0, span.north - 8.0),
        );
        let width = site.dice.within(12.0, 24.0);
        if let Some(spot) = site.spot(at, width, 11.0, 3.0) {
            let floors = site.dice.between(1, 3);
            let low = Building::plain(Purpose::Shop, spot.rect(), floors, 4.2);
            site.build(&spot, low);
        }
    }
}

/// Offices, hotels and flats of middle height around courts.
pub(crate) fn mixed(site: &mut Site<'_>) {
    block_lanes(site);
    shops(site);
    let inner = site.inside.inset(18.0);
    let rows = Rows {
        length: (40.0, 56.0),
        depth: 30.0,
        gap: 14.0,
        pitch: 20.0,
    };
    in_rows(site, inner, &rows, |site, spot| {
        if site.dice.chance(0.3) {
            let height = 0.75 * skyline_m(site, spot);
            tower_with_podium(site, spot, height);
        } else {
            court_block(site, spot);
        }
    });
    site.plant(inner, 40, 0.0);
}

/// A block around a court, or a slab on a base.
fn court_block(site: &mut Site<'_>, spot: &Spot) {
    let lot = spot.rect();
    let floors = site.dice.between(5, 12);
    if site.dice.chance(0.45) {
        let mut block = Building::plain(Purpose::Office, lot, floors, 3.9);
        let court = Rect {
            half_along: lot.half_along - 11.0,
            half_across: (lot.half_across - 10.0).max(3.0),
            ..lot
        };
        // Holes turn the other way round.
        block.holes = vec![court.corners().into_iter().rev().collect()];
        block.units = 2;
        site.build(spot, block);
    } else {
        let top = 3.9 * f64::from(floors);
        let mut body = Solid::default();
        body.prism(&lot.chamfered(2.0), 0.0, 9.0);
        body.block(&lot.scaled(0.78), 9.0, top);
        body.block(&lot.scaled(0.3), top, top + 4.0);
        let mut block = Building::plain(Purpose::Hotel, lot, floors, 3.9).shaped(body);
        block.units = 2;
        site.build(spot, block);
    }
}
