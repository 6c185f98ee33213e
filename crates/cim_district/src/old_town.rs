//! The old town: courtyards of one and two floors along narrow alleys, tiled roofs, a temple with its pagoda.

use crate::buildings::{Building, Purpose};
use crate::housing::lane_u;
use crate::plan::RoadClass;
use crate::plane::{Rect, Span};
use crate::site::{Site, Spot};
use crate::solids::{Solid, round};
use glam::DVec2;

/// A courtyard with its walls: along and across, metres.
const COURT_M: (f64, f64) = (27.0, 24.0);
/// Between two courtyards.
const GAP_M: f64 = 2.4;

/// Between two bands of courtyards: the alley, its gutters, and a metre before the walls on either side.
const ALLEY_M: f64 = 8.0;
/// Two rows of courtyards, back to back.
const BAND_M: f64 = 2.0 * COURT_M.1 + GAP_M;

/// A cell of courtyards.
pub(crate) fn old_town(site: &mut Site<'_>) {
    let span = site.inside.inset(4.0);
    let bands = ((span.north - span.south + ALLEY_M) / (BAND_M + ALLEY_M)) as u32;
    let south_of = |band: u32| span.south + f64::from(band) * (BAND_M + ALLEY_M);
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
    for band in 1..bands {
        let v = south_of(band) - 0.5 * ALLEY_M;
        let corners = (0..=8).map(|n| {
            let share = f64::from(n) / 8.0;
            DVec2::new(
                inside.west - 2.0 + (inside.east - inside.west + 4.0) * share,
                v,
            )
        });
        site.lane(RoadClass::Alley, corners.collect());
    }
    if (site.i, site.j) == (3, -1) {
        temple(site, south_of(2) + 0.5 * BAND_M);
    }
    for band in 0..bands {
        for row in [0.5, 1.5] {
            let v = south_of(band) + row * COURT_M.1 + if row > 1.0 { GAP_M } else { 0.0 };
            row_of_courtyards(site, span, v);
        }
    }
    site.plant(span, 60, 0.05);
}

fn row_of_courtyards(site: &mut Site<'_>, span: Span, v: f64) {
    let mut u = span.west;
    while u + COURT_M.0 <= span.east {
        let at = DVec2::new(u + 0.5 * COURT_M.0, v);
        if let Some(spot) = site.spot(at, COURT_M.0, COURT_M.1, 0.3 * GAP_M) {
            courtyard(site, &spot);
            u += COURT_M.0 + GAP_M;
        } else {
            u += 3.0;
        }
    }
}

/// A courtyard: the main house in the north, wings east and west, sometimes a gate house in the south.
fn courtyard(site: &mut Site<'_>, spot: &Spot) {
    let house =
        |east: f64, north: f64, width: f64, depth: f64| spot.frame.rect(east, north, width, depth);
    let two_floors = site.dice.chance(0.25);
    wing(
        site,
        spot,
        house(0.0, 7.9, COURT_M.0 - 1.0, 7.4),
        if two_floors { 2 } else { 1 },
    );
    for side in [-1.0, 1.0] {
        if site.dice.chance(0.85) {
            // The wings' ridges run north.
            let turned = spot.frame.turned(DVec2::Y);
            let rect = turned.rect(-1.9, -side * 9.6, 11.4, 6.6);
            wing(site, spot, rect, 1);
        }
    }
    if site.dice.chance(0.55) {
        wing(site, spot, house(0.0, -9.6, 11.0, 4.2), 1);
    } else {
        let at = spot.frame.at(site.dice.within(-3.0, 3.0), -4.0);
        site.trees.push((at, cim_import::ModelKind::Tree));
    }
}

fn wing(site: &mut Site<'_>, spot: &Spot, rect: Rect, floors: u32) {
    let eaves = 3.2 * f64::from(floors);
    let ridge = eaves + 0.62 * rect.half_across;
    let mut body = Solid::default();
    body.gable(&rect, 0.0, eaves, ridge);
    let mut wing = Building::plain(Purpose::House, rect, floors, 3.2).shaped(body);
    wing.height_m = ridge;
    wing.homes = 1;
    site.build(spot, wing);
}

/// A hall and a pagoda of seven storeys in one band.
fn temple(site: &mut Site<'_>, v: f64) {
    let middle = site.inside.middle().x;
    let hall = DVec2::new(middle - 100.0, v + 4.0);
    if let Some(spot) = site.spot(hall, 36.0, 22.0, 6.0) {
        let mut body = Solid::default();
        let base = spot.rect();
        body.block(&base.grown(2.0), 0.0, 1.4);
        body.walls(&base.corners(), 1.4, 8.0);
        body.slope(
            &base.grown(2.4).corners(),
            7.6,
            &base.scaled(0.55).corners(),
            12.5,
        );
        body.hip(&base.scaled(0.55), 12.5, 14.0, 18.0);
        let hall = Building::plain(Purpose::Temple, base, 1, 18.0)
            .shaped(body)
            .landmark("锦云寺大殿", "Jinyun Temple Hall");
        site.build(&spot, hall);
    }
    let tower = DVec2::new(middle - 52.0, v);
    if let Some(spot) = site.spot(tower, 20.0, 20.0, 6.0) {
        let mut pagoda = Building::plain(Purpose::Temple, spot.rect(), 7, 6.0)
            .shaped(pagoda_body(spot.frame.origin))
            .landmark("锦云塔", "Jinyun Pagoda");
        pagoda.height_m = 43.5;
        site.build(&spot, pagoda);
    }
    let court = site.keep_free(DVec2::new(middle - 78.0, v), 92.0, 0.96 * BAND_M);
    site.patch("garden", court.ring());
}

fn pagoda_body(centre: DVec2) -> Solid {
    let mut body = Solid::default();
    let ring = |radius: f64| round(centre, radius, 8);
    let mut foot = 1.5;
    body.prism(&ring(9.6), 0.0, foot);
    let mut radius = 7.4;
    for _ in 0..7 {
        let eaves = foot + 3.6;
        body.walls(&ring(radius), foot, eaves);
        body.slope(
            &ring(radius + 1.9),
            eaves - 0.2,
            &ring(radius - 0.7),
            eaves + 1.6,
        );
        foot = eaves + 1.6;
        radius -= 0.72;
    }
    // 7 × 5.2 m of storeys on 1.5 m of base, and the spire.
    body.frustum(&ring(1.2), foot, &ring(0.3), foot + 5.6);
    body
}
