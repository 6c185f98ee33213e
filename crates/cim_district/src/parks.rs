//! Parks: ponds, paths, groves, a pavilion.

use crate::buildings::{Building, Purpose};
use crate::plane::{Span, direction};
use crate::site::{Patch, Site};
use crate::solids::{Solid, round};
use glam::DVec2;

/// A park.
pub(crate) fn park(site: &mut Site<'_>) {
    let ground = site.ground;
    let inside = site.inside;
    let middle = inside.middle();
    let pond = pond_ring(site, middle);
    site.keep_strip_free(closed(&pond), 4.0);
    site.keep_free(middle, 150.0, 120.0);
    site.patches.push(Patch {
        kind: "park",
        outer: ground.outline(inside, 60.0),
        inner: vec![pond.iter().rev().copied().collect()],
        name: Some(park_name(site)),
    });
    site.patch("pond", pond);
    let walk: Vec<DVec2> = (0..=36)
        .map(|n| {
            let turn = direction(10.0 * f64::from(n));
            let sway = 1.0 + 0.12 * crate::plane::wave(f64::from(n) / 12.0);
            ground.at(
                middle.x + 112.0 * sway * turn.x,
                middle.y + 100.0 * sway * turn.y,
            )
        })
        .collect();
    site.path(walk);
    for (from, to) in [
        (
            DVec2::new(inside.west, middle.y),
            DVec2::new(middle.x - 112.0, middle.y),
        ),
        (
            DVec2::new(middle.x + 112.0, middle.y),
            DVec2::new(inside.east, middle.y),
        ),
        (
            DVec2::new(middle.x, inside.south),
            DVec2::new(middle.x, middle.y - 100.0),
        ),
        (
            DVec2::new(middle.x, middle.y + 100.0),
            DVec2::new(middle.x, inside.north),
        ),
    ] {
        site.path(ground.stretch(from, to, 40.0));
    }
    for (east, north) in [(126.0, 130.0), (-132.0, -126.0), (-130.0, 128.0)] {
        if let Some(spot) = site.spot(middle + DVec2::new(east, north), 14.0, 10.0, 3.0) {
            let mut body = Solid::default();
            body.hip(&spot.rect(), 0.0, 3.6, 6.4);
            let mut pavilion = Building::plain(Purpose::Culture, spot.rect(), 1, 3.6).shaped(body);
            pavilion.height_m = 6.4;
            site.build(&spot, pavilion);
        }
    }
    for grove in [
        Span {
            north: middle.y - 62.0,
            ..inside
        },
        Span {
            south: middle.y + 62.0,
            ..inside
        },
        Span {
            east: middle.x - 78.0,
            ..inside
        },
        Span {
            west: middle.x + 78.0,
            ..inside
        },
    ] {
        site.plant(grove.inset(5.0), 70, 0.25);
    }
}

fn park_name(site: &Site<'_>) -> (String, String) {
    let stem = crate::names::stem_of_cell(site.seed, crate::plan::number_of(site.i, site.j));
    let name = stem.with("公园", "Park");
    (name.zh, name.en)
}

/// A pond with a waving bank.
fn pond_ring(site: &mut Site<'_>, middle: DVec2) -> Vec<DVec2> {
    let phase = site.dice.unit();
    (0..32)
        .map(|n| {
            let share = f64::from(n) / 32.0;
            let turn = direction(360.0 * share);
            let sway = 1.0 + 0.16 * crate::plane::wave(3.0 * share + phase);
            site.ground.at(
                middle.x + 58.0 * sway * turn.x,
                middle.y + 42.0 * sway * turn.y,
            )
        })
        .collect()
}

/// A ring as a line that ends where it begins.
pub(crate) fn closed(ring: &[DVec2]) -> Vec<DVec2> {
    ring.iter().chain(ring.first()).copied().collect()
}

/// The lake in the centre with its island and tower, the walk around it, and the sectors between the radial streets.
pub(crate) fn centre(site: &mut Site<'_>) {
    let ring = |radius: f64, corners: u32| round(DVec2::ZERO, radius, corners);
    let hole = |radius: f64| ring(radius, 48).into_iter().rev().collect::<Vec<_>>();
    site.patches.push(Patch {
        kind: "lake",
        outer: ring(168.0, 72),
        inner: vec![hole(46.0)],
        name: Some(("云湖".to_owned(), "Yunhu Lake".to_owned())),
    });
    site.patches.push(Patch {
        kind: "park",
        outer: ring(194.0, 72),
        inner: vec![ring(168.0, 72).into_iter().rev().collect()],
        name: Some(("环湖公园".to_owned(), "Lakeside Park".to_owned())),
    });
    site.patches.push(Patch {
        kind: "park",
        outer: ring(46.0, 48),
        inner: Vec::new(),
        name: Some(("湖心岛".to_owned(), "Lake Island".to_owned())),
    });
    site.path(closed(&ring(181.0, 60)));
    island_tower(site);
    sectors(site);
    for n in 0..72 {
        let turn = direction(5.0 * f64::from(n));
        let kind = cim_import::ModelKind::Tree;
        site.trees.push((turn * 187.0, kind));
        if n % 2 == 0 {
            site.trees.push((turn * 175.0, kind));
        }
        if n % 4 == 0 {
            site.trees.push((turn * 38.0, kind));
        }
    }
}

/// The look-out tower: a shaft with two pods, 268 m.
fn island_tower(site: &mut Site<'_>) {
    let ring = |radius: f64| round(DVec2::ZERO, radius, 20);
    let mut body = Solid::default();
    body.frustum(&ring(17.0), 0.0, &ring(14.0), 9.0);
    body.frustum(&ring(7.5), 9.0, &ring(4.6), 150.0);
    for (middle, radius) in [(158.0, 15.0), (206.0, 9.0)] {
        body.frustum(&ring(5.0), middle - 10.0, &ring(radius), middle);
        body.frustum(&ring(radius), middle, &ring(0.9 * radius), middle + 5.0);
        body.slope(&ring(0.9 * radius), middle + 5.0, &ring(4.0), middle + 11.0);
    }
    body.walls(&ring(4.0), 168.0, 197.0);
    body.frustum(&ring(2.4), 216.0, &ring(0.5), 268.0);
    let frame = crate::plane::Frame {
        origin: DVec2::ZERO,
        east: DVec2::X,
    };
    let rect = frame.rect(0.0, 0.0, 34.0, 34.0);
    let mut tower = Building::plain(Purpose::Culture, rect, 12, 20.0)
        .shaped(body)
        .landmark("云塔", "Cloud Tower");
    tower.height_m = 268.0;
    tower.ring = ring(17.0);
    let spot = crate::site::Spot {
        frame,
        width: 34.0,
        depth: 34.0,
        tap: DVec2::new(0.0, 19.0),
    };
    site.build(&spot, tower);
}

/// Towers that look at the lake, in rings between the radial streets.
fn sectors(site: &mut Site<'_>) {
    for (radius, size, height) in [
        (262.0, 44.0, 92.0),
        (322.0, 48.0, 70.0),
        (384.0, 44.0, 52.0),
        (440.0, 40.0, 40.0),
    ] {
        for n in 0..32 {
            let turn = direction(11.25 * (f64::from(n) + 0.5));
            let frame = crate::plane::Frame {
                origin: turn * radius,
                // Its north looks away from the lake.
                east: DVec2::new(turn.y, -turn.x),
            };
            let width = size * site.dice.within(0.72, 1.0);
            let at = turn * radius;
            if let Some(spot) = site.spot_in(frame, at, width, size, 4.0) {
                let top = height * site.dice.within(0.75, 1.3);
                crate::business::tower_with_podium(site, &spot, top);
            }
        }
    }
    for n in 0..120 {
        let turn = direction(3.0 * f64::from(n));
        let radius = site.dice.within(236.0, 520.0);
        let frame = crate::plane::Frame {
            origin: turn * radius,
            east: DVec2::new(turn.y, -turn.x),
        };
        if let Some(spot) = site.spot_in(frame, turn * radius, 13.0, 10.0, 3.0) {
            let floors = site.dice.between(1, 3);
            let low = Building::plain(Purpose::Shop, spot.rect(), floors, 4.2);
            site.build(&spot, low);
        }
    }
}
