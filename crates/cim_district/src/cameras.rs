//! Cameras on poles at crossings, on buildings, bridges and stations: `cameras.jsonl`, a GB/T 28181 catalogue item a line.

use crate::block::building_id;
use crate::dice::Dice;
use crate::feature::{Feature, Form, Model};
use crate::grids::{DIVISION, grid_at};
use crate::parts::{District, Parts};
use crate::plan::{CELL_M, RIVER_ROW, RoadClass, Way, has_crossing, number_of};
use crate::plane::{azimuth_deg, direction};
use crate::river::{bridge_id, bridge_name, posts};
use crate::site::{RING_M, Site};
use crate::streets::Street;
use cim_import::ModelKind;
use cim_model::GbCode;
use cim_tiles::FeatureClass;
use glam::DVec2;
use serde::Serialize;

/// Sequence numbers of codes that a cell may use.
const CODES_OF_A_CELL: u32 = 40;
/// Network camera.
const NETWORK_CAMERA: u16 = 132;

/// A camera in its place.
#[derive(Clone, Debug)]
pub(crate) struct Camera {
    cell: (i32, i32),
    number: u32,
    name: crate::names::Name,
    at: DVec2,
    height_m: f64,
    /// Where it looks.
    front: DVec2,
    tilt_deg: f64,
    fov_deg: f64,
    range_m: f64,
    /// 1 public security key places, 2 other public places, 3 social.
    category: u8,
    /// GB/T 28181: 1 dome, 3 fixed.
    form: u8,
    asset: String,
}

/// One line of `cameras.jsonl`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct CameraLine {
    #[serde(rename = "DeviceID")]
    pub(crate) device_id: String,
    name: String,
    name_en: String,
    manufacturer: &'static str,
    civil_code: String,
    status: &'static str,
    longitude: f64,
    latitude: f64,
    height: f64,
    azimuth: f64,
    tilt: f64,
    fov: f64,
    range: f64,
    category: u8,
    #[serde(rename = "PTZType")]
    ptz_type: u8,
    pub(crate) asset: String,
    grid: String,
}

impl Camera {
    /// The camera as `cameras.jsonl` has it.
    pub(crate) fn line(&self, district: &District) -> CameraLine {
        let (i, j) = self.cell;
        let code = GbCode {
            centre: DIVISION * 100,
            industry: 0,
            kind: NETWORK_CAMERA,
            network: 0,
            sequence: number_of(i, j) * CODES_OF_A_CELL + self.number,
        };
        let [longitude, latitude] = district.map.lon_lat(self.at);
        CameraLine {
            device_id: code.to_string(),
            name: self.name.zh.clone(),
            name_en: self.name.en.clone(),
            manufacturer: "虚构",
            civil_code: DIVISION.to_string(),
            status: "ON",
            longitude,
            latitude,
            height: (self.height_m * 10.0).round() / 10.0,
            azimuth: azimuth_deg(self.front),
            tilt: self.tilt_deg.round(),
            fov: self.fov_deg,
            range: self.range_m.round(),
            category: self.category,
            ptz_type: self.form,
            asset: self.asset.clone(),
            grid: grid_at(district, self.at),
        }
    }
}

/// How many cameras the crossing (i, j) has, so that the whole district has exactly as many as planned.
fn share_of(district: &District, i: i32, j: i32) -> u32 {
    let extent = district.quotas.extent;
    let columns = i64::from(extent.east - extent.west + 1);
    let rows = i64::from(extent.north - extent.south + 1);
    let before = i64::from(j - extent.south) * columns + i64::from(i - extent.west);
    let up_to = |count: i64| count * i64::from(district.cameras) / (columns * rows);
    u32::try_from(up_to(before + 1) - up_to(before)).unwrap_or(0)
}

/// Adds the cameras of the crossing (i, j) and the cell.
pub(crate) fn add(district: &District, i: i32, j: i32, site: Option<&Site<'_>>, parts: &mut Parts) {
    let mut dice = Dice::new(district.seed, number_of(i, j).into(), 9);
    for number in 0..share_of(district, i, j).min(CODES_OF_A_CELL) {
        let camera = if number % 3 == 1 {
            on_bridge(district, i, j, number)
                .or_else(|| on_building(district, site, number, &mut dice))
        } else {
            None
        };
        let camera = camera.unwrap_or_else(|| on_pole(district, i, j, number, &mut dice, parts));
        parts.cameras.push(camera);
    }
}

/// On a pole at a corner of the crossing, or at the lake where there is none.
fn on_pole(
    district: &District,
    i: i32,
    j: i32,
    number: u32,
    dice: &mut Dice,
    parts: &mut Parts,
) -> Camera {
    let corner = number % 4;
    let (east, north) = (
        if corner.is_multiple_of(2) { 1.0 } else { -1.0 },
        if corner < 2 { 1.0 } else { -1.0 },
    );
    let half = |way, line| RoadClass::of(way, line).half_corridor_m() - 1.6;
    // Further ones stand along the street.
    let along = 6.0 + 55.0 * f64::from(number / 4);
    let (at, front) = if has_crossing(i, j) {
        let design = DVec2::new(
            f64::from(i) * CELL_M + east * half(Way::SouthNorth, i),
            f64::from(j) * CELL_M + north * (half(Way::WestEast, j) + along),
        );
        let frame = district.ground.frame(design.x, design.y);
        // Across the crossing.
        let front = (frame.east * -east + frame.east.perp() * (-1.6 * north)).normalize_or_zero();
        (frame.origin, front)
    } else {
        let turn = direction(30.0 + 47.0 * f64::from(number));
        (turn * (RING_M.0 - RING_M.1 + 1.0), -turn)
    };
    let id = format!("po{}-{number}", District::tag(i, j));
    let model = Model::standing(ModelKind::Pole, at, front);
    let name = district.street(Way::SouthNorth, i).with("杆", "Pole");
    parts.features.push(
        Feature::new(
            id.clone(),
            FeatureClass::Furniture,
            "pole",
            Form::Models(vec![model]),
        )
        .named(&name),
    );
    let crossing = district.street(Way::SouthNorth, i);
    let other = district.street(Way::WestEast, j);
    Camera {
        cell: (i, j),
        number,
        name: crate::names::Name::new(
            format!("{}与{}路口{}号机", crossing.zh, other.zh, number + 1),
            format!("{} and {} Camera {}", crossing.en, other.en, number + 1),
        ),
        at,
        height_m: 8.4,
        front,
        tilt_deg: dice.within(12.0, 20.0),
        fov_deg: 62.0,
        range_m: dice.within(70.0, 150.0),
        category: if dice.chance(0.35) { 1 } else { 2 },
        form: if dice.chance(0.5) { 1 } else { 3 },
        asset: id,
    }
}

/// On the bridge that starts at the crossing.
fn on_bridge(district: &District, i: i32, j: i32, number: u32) -> Option<Camera> {
    if j != RIVER_ROW {
        return None;
    }
    Street::of(district, Way::SouthNorth, i, j)?;
    let (at, along) = posts(district, i).into_iter().nth(2)?;
    let name = bridge_name(district, i);
    Some(Camera {
        cell: (i, j),
        number,
        name: crate::names::Name::new(
            format!("{}{}号机", name.zh, number + 1),
            format!("{} Camera {}", name.en, number + 1),
        ),
        at: at.truncate(),
        height_m: at.z + 6.0,
        front: along,
        tilt_deg: 10.0,
        fov_deg: 55.0,
        range_m: 160.0,
        category: 1,
        form: 1,
        asset: bridge_id(i),
    })
}

/// Under the roof of a building of the cell, looking along its front.
fn on_building(
    district: &District,
    site: Option<&Site<'_>>,
    number: u32,
    dice: &mut Dice,
) -> Option<Camera> {
    let site = site?;
    let count = site.buildings.len() as u32;
    let at = dice.below(count);
    let building = site.buildings.get(at as usize)?;
    let front = -building.rect.along.perp();
    let place = building.rect.at(0.9, -1.0) + front * 0.3;
    let street = district.street(Way::WestEast, site.j);
    Some(Camera {
        cell: (site.i, site.j),
        number,
        name: crate::names::Name::new(
            format!("{}{}号楼{}号机", street.zh, at + 1, number + 1),
            format!("{} Building {} Camera {}", street.en, at + 1, number + 1),
        ),
        at: place,
        height_m: (building.height_m - 0.6).clamp(2.6, 14.0),
        front,
        tilt_deg: dice.within(14.0, 24.0),
        fov_deg: 80.0,
        range_m: dice.within(40.0, 90.0),
        category: 3,
        form: 3,
        asset: building_id(site.i, site.j, at + 1),
    })
}
