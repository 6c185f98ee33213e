//! A small invented town for tests, and dice that always fall alike.

use super::lens::{CameraFacts, CameraKind, ViewVolume};
use super::obstacles::{ObstacleFeature, Obstacles};
use super::viewers::{Viewer, Viewers};
use cim_geo::{Enu, Geodetic, LocalFrame};
use cim_tiles::FeatureClass;
use glam::Vec3;

/// Distance between the middles of two blocks, metres.
pub(crate) const CELL_M: f32 = 50.0;

/// Dice of a linear congruence.
pub(crate) struct Roll(u32);

impl Roll {
    pub(crate) fn new(seed: u32) -> Self {
        Self(seed)
    }

    /// 0 to 1.
    pub(crate) fn unit(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / 16_777_216.0
    }

    /// Each coordinate −1 to 1.
    pub(crate) fn place(&mut self) -> Vec3 {
        let mut part = || self.unit() * 2.0 - 1.0;
        Vec3::new(part(), part(), part())
    }
}

/// The place so many metres east and north of the town's middle, with that height above the ground.
pub(crate) fn place_at(east_m: f64, north_m: f64, height_m: f64) -> Geodetic {
    let frame = LocalFrame::new(Geodetic::new(117.2, 34.26, 0.0));
    let foot = frame.geodetic_from_enu(Enu::new(east_m, north_m, 0.0));
    Geodetic { height_m, ..foot }
}

pub(crate) fn feature(id: &str, class: FeatureClass) -> ObstacleFeature {
    ObstacleFeature {
        id: id.to_owned(),
        name: format!("{id}号楼"),
        kind: class.as_str().to_owned(),
        class,
    }
}

/// A level square.
pub(crate) fn square(
    triangles: &mut Vec<([[f32; 3]; 3], u32)>,
    [west, south]: [f32; 2],
    [east, north]: [f32; 2],
    up: f32,
    feature: u32,
) {
    let [a, b, c, d] = [
        [west, south, up],
        [east, south, up],
        [east, north, up],
        [west, north, up],
    ];
    triangles.extend([([a, b, c], feature), ([a, c, d], feature)]);
}

/// Four walls and a roof.
pub(crate) fn add_block(
    triangles: &mut Vec<([[f32; 3]; 3], u32)>,
    [west, south]: [f32; 2],
    [east, north]: [f32; 2],
    foot: f32,
    top: f32,
    feature: u32,
) {
    let ring = [[west, south], [east, south], [east, north], [west, north]];
    for at in 0..4 {
        let ([ax, ay], [bx, by]) = (ring[at], ring[(at + 1) % 4]);
        let [a, b, c, d] = [[ax, ay, foot], [bx, by, foot], [bx, by, top], [ax, ay, top]];
        triangles.extend([([a, b, c], feature), ([a, c, d], feature)]);
    }
    square(triangles, [west, south], [east, north], top, feature);
}

/// `side × side` blocks of different sizes, with a bridge across every fifth street.
pub(crate) fn town(side: u32, seed: u32) -> Obstacles {
    let mut roll = Roll::new(seed);
    let (mut triangles, mut features) = (Vec::new(), Vec::new());
    let half = side as f32 * CELL_M / 2.0;
    for row in 0..side {
        for column in 0..side {
            let number = row * side + column;
            let (west, south) = (
                column as f32 * CELL_M - half + roll.unit() * 15.0,
                row as f32 * CELL_M - half + roll.unit() * 15.0,
            );
            let (wide, deep) = (10.0 + roll.unit() * 20.0, 10.0 + roll.unit() * 20.0);
            features.push(feature(&format!("b{number}"), FeatureClass::Building));
            let top = 3.0 + roll.unit() * 50.0;
            let at = features.len() as u32 - 1;
            add_block(
                &mut triangles,
                [west, south],
                [west + wide, south + deep],
                0.0,
                top,
                at,
            );
            if number.is_multiple_of(5) {
                features.push(feature(&format!("br{number}"), FeatureClass::Bridge));
                let at = features.len() as u32 - 1;
                let far = [west + wide + 15.0, south + 3.0];
                square(&mut triangles, [west + wide, south], far, 6.0, at);
            }
        }
    }
    let frame = LocalFrame::new(place_at(0.0, 0.0, 0.0));
    Obstacles::from_triangles(frame, None, features, triangles)
}

/// So many cameras of all kinds spread over a town of `side × side` blocks.
pub(crate) fn cameras(obstacles: &Obstacles, side: u32, count: u32, seed: u32) -> Viewers {
    let mut roll = Roll::new(seed);
    let half = f64::from(side as f32 * CELL_M / 2.0);
    let viewers = (0..count).filter_map(|row| {
        let spot = roll.place();
        let facts = CameraFacts {
            at: place_at(f64::from(spot.x) * half, f64::from(spot.y) * half, 0.0),
            height_m: Some(f64::from(3.0 + roll.unit() * 12.0)),
            azimuth_deg: (!row.is_multiple_of(7)).then(|| f64::from(roll.unit()) * 360.0),
            tilt_deg: Some(f64::from(roll.unit()) * 30.0),
            h_fov_deg: Some(f64::from(20.0 + roll.unit() * 80.0)),
            range_m: Some(f64::from(40.0 + roll.unit() * 160.0)),
            kind: CameraKind::from_ptz_type((row % 8) as u8),
            ..CameraFacts::default()
        };
        Some(viewer(row, ViewVolume::of(&facts)?))
    });
    let viewers: Vec<Viewer> = viewers.collect();
    Viewers::new(obstacles, viewers)
}

pub(crate) fn viewer(row: u32, volume: ViewVolume) -> Viewer {
    Viewer {
        row,
        volume,
        grade: 0.5,
        health: 1.0,
    }
}
