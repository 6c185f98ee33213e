//! The university, the hospital, the stadium.

use crate::buildings::{Building, Purpose};
use crate::housing::{Rows, block_lanes, in_rows};
use crate::plane::{Rect, Span};
use crate::site::Site;
use crate::solids::{Solid, oval, round};
use glam::DVec2;

/// A quarter of the university: the library in one, a sports ground in another, institutes and halls of residence in all.
pub(crate) fn campus(site: &mut Site<'_>) {
    site.patch("grass", site.ground.outline(site.inside, 60.0));
    block_lanes(site);
    match (site.i.rem_euclid(2), site.j.rem_euclid(2)) {
        (0, 0) => library(site),
        (1, 1) => sports_ground(site),
        _ => {}
    }
    let inner = site.inside.inset(12.0);
    let half = Span {
        north: inner.middle().y + 10.0,
        ..inner
    };
    let institutes = Rows {
        length: (48.0, 78.0),
        depth: 17.0,
        gap: 20.0,
        pitch: 30.0,
    };
    in_rows(site, half, &institutes, |site, spot| {
        let floors = site.dice.between(4, 7);
        let mut hall = Building::plain(Purpose::University, spot.rect(), floors, 3.9);
        hall.units = 3;
        site.build(spot, hall);
    });
    let residences = Rows {
        length: (46.0, 60.0),
        depth: 14.0,
        gap: 10.0,
        pitch: 19.0,
    };
    let rest = Span {
        south: half.north + 12.0,
        ..inner
    };
    in_rows(site, rest, &residences, |site, spot| {
        let mut hall = Building::plain(Purpose::Flats, spot.rect(), 6, 3.3);
        hall.units = 2;
        hall.homes = 96;
        site.build(spot, hall);
    });
    site.plant(inner, 120, 0.2);
}

fn library(site: &mut Site<'_>) {
    let at = site.inside.middle() + DVec2::new(84.0, -84.0);
    if let Some(spot) = site.spot(at, 84.0, 72.0, 16.0) {
        let lot = spot.rect();
        let mut body = Solid::default();
        for (share, foot, top) in [
            (1.0, 0.0, 9.0),
            (0.82, 9.0, 18.0),
            (0.62, 18.0, 30.0),
            (0.36, 30.0, 46.0),
        ] {
            body.block(&lot.scaled(share), foot, top);
        }
        let mut library = Building::plain(Purpose::University, lot, 11, 4.18)
            .shaped(body)
            .landmark("云湖大学图书馆", "Yunhu University Library");
        library.height_m = 46.0;
        site.build(&spot, library);
    }
}

fn sports_ground(site: &mut Site<'_>) {
    let at = site.inside.middle() + DVec2::new(-92.0, -84.0);
    let ground = site.keep_free(at, 150.0, 92.0);
    let ring = |share: f64| {
        oval(
            ground.centre,
            ground.along,
            share * ground.half_along,
            share * ground.half_across,
            32,
        )
    };
    site.patch("pitch", ring(1.0));
}

/// The hospital: a ward tower on a base, bars for out-patients, a helipad.
pub(crate) fn hospital(site: &mut Site<'_>) {
    site.patch("grass", site.ground.outline(site.inside, 60.0));
    block_lanes(site);
    let middle = site.inside.middle();
    for (n, (offset, name, name_en)) in [
        (
            DVec2::new(-86.0, -80.0),
            "云湖医院住院部",
            "Yunhu Hospital Wards",
        ),
        (
            DVec2::new(86.0, -80.0),
            "云湖医院门诊楼",
            "Yunhu Hospital Out-patients",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        if let Some(spot) = site.spot(middle + offset, 110.0, 62.0, 12.0) {
            let lot = spot.rect();
            let mut body = Solid::default();
            body.prism(&lot.chamfered(4.0), 0.0, 18.0);
            let tower = Rect {
                half_along: 0.62 * lot.half_along,
                half_across: 11.0,
                ..lot
            };
            let top = if n == 0 { 78.0 } else { 38.0 };
            body.block(&tower, 18.0, top);
            body.prism(&round(lot.at(-0.78, 0.5), 9.0, 16), 18.0, 19.0);
            let levels = (top / 3.9) as u32;
            let mut house = Building::plain(Purpose::Hospital, lot, levels, 3.9)
                .shaped(body)
                .landmark(name, name_en);
            house.height_m = top;
            house.units = 4;
            site.build(&spot, house);
        }
    }
    let rest = Span {
        south: middle.y + 24.0,
        ..site.inside.inset(14.0)
    };
    let rows = Rows {
        length: (44.0, 72.0),
        depth: 18.0,
        gap: 18.0,
        pitch: 24.0,
    };
    in_rows(site, rest, &rows, |site, spot| {
        let floors = site.dice.between(3, 8);
        let house = Building::plain(Purpose::Hospital, spot.rect(), floors, 3.9);
        site.build(spot, house);
    });
    site.plant(site.inside.inset(12.0), 90, 0.2);
}

/// The stadium and its halls in a park.
pub(crate) fn stadium(site: &mut Site<'_>) {
    site.patch("park", site.ground.outline(site.inside, 60.0));
    let middle = site.inside.middle();
    if let Some(spot) = site.spot(middle + DVec2::new(-30.0, -20.0), 250.0, 210.0, 6.0) {
        let lot = spot.rect();
        let mut bowl = Building::plain(Purpose::Sport, lot, 5, 8.6)
            .shaped(bowl_body(&lot))
            .landmark("云湖体育场", "Yunhu Stadium");
        bowl.height_m = 43.0;
        site.build(&spot, bowl);
        site.patch(
            "pitch",
            oval(
                lot.centre,
                lot.along,
                0.46 * lot.half_along,
                0.44 * lot.half_across,
                40,
            ),
        );
    }
    for (offset, size, name, name_en) in [
        (DVec2::new(140.0, 110.0), 62.0, "云湖体育馆", "Yunhu Arena"),
        (
            DVec2::new(140.0, -120.0),
            54.0,
            "云湖游泳馆",
            "Yunhu Swimming Hall",
        ),
    ] {
        if let Some(spot) = site.spot(middle + offset, size, size, 6.0) {
            let (centre, half) = (spot.frame.origin, 0.5 * size);
            let ring = |share: f64| round(centre, share * half, 28);
            let mut body = Solid::default();
            body.frustum(&ring(0.86), 0.0, &ring(1.0), 12.0);
            body.slope(&ring(1.0), 12.0, &ring(0.45), 20.0);
            let mut hall = Building::plain(Purpose::Sport, spot.rect(), 3, 20.0 / 3.0)
                .shaped(body)
                .landmark(name, name_en);
            hall.ring = ring(1.0);
            site.build(&spot, hall);
        }
    }
    site.plant(site.inside.inset(10.0), 160, 0.1);
}

/// A bowl that leans out, its roof sloping in to an opening over the pitch.
fn bowl_body(lot: &Rect) -> Solid {
    const CORNERS: u32 = 48;
    let ring = |share: f64| {
        oval(
            lot.centre,
            lot.along,
            share * lot.half_along,
            share * lot.half_across,
            CORNERS,
        )
    };
    let mut body = Solid::default();
    // Outer wall, roof ring, inner rim, stands: every ring has the same corners, so faces join.
    body.band(
        &ring(0.9),
        0.0,
        &ring(1.0),
        32.0,
        cim_import::SurfaceRole::Wall,
    );
    body.band(
        &ring(1.0),
        32.0,
        &ring(0.88),
        43.0,
        cim_import::SurfaceRole::Roof,
    );
    body.band(
        &ring(0.88),
        43.0,
        &ring(0.62),
        36.0,
        cim_import::SurfaceRole::Roof,
    );
    body.band(
        &ring(0.86),
        30.0,
        &ring(0.5),
        2.0,
        cim_import::SurfaceRole::Other,
    );
    body
}
