//! Works and warehouses: halls with saw-tooth or level roofs, their offices, tanks and chimneys.

use crate::buildings::{Building, Purpose};
use crate::housing::{Rows, block_lanes, in_rows};
use crate::plane::Rect;
use crate::site::{Site, Spot};
use crate::solids::{Solid, round};
use glam::DVec2;

/// A cell of works.
pub(crate) fn industry(site: &mut Site<'_>) {
    block_lanes(site);
    let inner = site.inside.inset(8.0);
    let rows = Rows {
        length: (52.0, 92.0),
        depth: 46.0,
        gap: 14.0,
        pitch: 18.0,
    };
    in_rows(site, inner, &rows, |site, spot| match site.dice.below(8) {
        0..=2 => saw_tooth_hall(site, spot),
        3..=5 => level_hall(site, spot),
        6 => offices(site, spot),
        _ => tank(site, spot),
    });
    for _ in 0..18 {
        let at = DVec2::new(
            site.dice.within(inner.west + 8.0, inner.east - 8.0),
            site.dice.within(inner.south + 8.0, inner.north - 8.0),
        );
        if let Some(spot) = site.spot(at, 16.0, 10.0, 3.0) {
            let shed = Building::plain(Purpose::Warehouse, spot.rect(), 1, 5.0);
            site.build(&spot, shed);
        }
    }
    site.plant(inner, 20, 0.2);
}

fn saw_tooth_hall(site: &mut Site<'_>, spot: &Spot) {
    let bays = (spot.width / 11.0) as u32;
    let mut body = Solid::default();
    body.saw_tooth(&spot.rect(), bays, 8.0, 11.5);
    let mut hall = Building::plain(Purpose::Works, spot.rect(), 1, 11.5).shaped(body);
    hall.units = 2;
    site.build(spot, hall);
}

fn level_hall(site: &mut Site<'_>, spot: &Spot) {
    let height = site.dice.within(10.0, 14.0);
    let lot = spot.rect();
    let mut body = Solid::default();
    body.block(&lot, 0.0, height);
    // Ridge lights across the roof.
    for along in [-0.6, -0.2, 0.2, 0.6] {
        let light = Rect {
            centre: lot.at(along, 0.0),
            half_along: 2.0,
            half_across: 0.8 * lot.half_across,
            ..lot
        };
        body.block(&light, height, height + 1.4);
    }
    let purpose = if site.dice.chance(0.5) {
        Purpose::Works
    } else {
        Purpose::Warehouse
    };
    let mut hall = Building::plain(purpose, lot, 1, height + 1.4).shaped(body);
    hall.units = 2;
    site.build(spot, hall);
}

fn offices(site: &mut Site<'_>, spot: &Spot) {
    let bar = spot.frame.rect(0.0, 0.3 * spot.depth, spot.width, 16.0);
    let floors = site.dice.between(4, 6);
    let offices = Building::plain(Purpose::Office, bar, floors, 3.8);
    site.build(spot, offices);
}

fn tank(site: &mut Site<'_>, spot: &Spot) {
    let radius = 0.4 * spot.depth;
    let ring = round(spot.frame.origin, radius, 24);
    let mut body = Solid::default();
    body.walls(&ring, 0.0, 15.0);
    body.slope(
        &ring,
        15.0,
        &round(spot.frame.origin, 0.2 * radius, 24),
        17.5,
    );
    let rect = spot.frame.rect(0.0, 0.0, 2.0 * radius, 2.0 * radius);
    let mut tank = Building::plain(Purpose::Warehouse, rect, 1, 17.5).shaped(body);
    tank.ring = ring;
    site.build(spot, tank);
}
