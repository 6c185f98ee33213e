//! Devices on the district's assets: `things.jsonl`, one JSON object a line, from which the simulator puts up its things.

use crate::ends::pump_id;
use crate::grids::{DIVISION, grid_at};
use crate::mains::{Main, crossing_point};
use crate::parts::{District, Parts};
use crate::pipes::{crossing_asset, has_lift, letter};
use crate::plan::{CELL_M, RIVER_ROW, RoadClass, Use, Way, has_crossing, number_of};
use crate::river::{banks, bridge_id, bridge_name, posts};
use crate::site::Site;
use crate::streets::{Street, lamps_id};
use cim_import::NetworkKind;
use glam::DVec2;
use serde::Serialize;

/// Codes of one class that a cell may use.
const CODES_OF_A_CELL: u32 = 40;

/// What a device measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Quantity {
    Speed,
    Pm25,
    RiverLevel,
    Sound,
    FreePlaces,
    Deflection,
    Tilt,
    Methane,
    UnderpassDepth,
    WaterPressure,
    WaterFlow,
    DrainLevel,
    LampPower,
    PumpLoad,
    Smoke,
    Strain,
}

/// What is to be said of a quantity: its word and its device's kind for the simulator, the device in both languages, the
/// unit, what is usual, and the class of its code (GB/T 30428.2; 21xx are extensions).
struct Sheet {
    word: &'static str,
    kind: &'static str,
    zh: &'static str,
    en: &'static str,
    property: &'static str,
    unit: &'static str,
    normal: [f64; 2],
    class_code: u16,
}

const fn sheet_of(names: [&'static str; 6], normal: [f64; 2], class_code: u16) -> Sheet {
    let [word, kind, zh, en, property, unit] = names;
    Sheet {
        word,
        kind,
        zh,
        en,
        property,
        unit,
        normal,
        class_code,
    }
}

#[rustfmt::skip]
const SHEETS: [Sheet; 16] = [
    sheet_of(["speed", "traffic", "车检器", "Traffic Detector", "平均车速", "km/h"], [14.0, 90.0], 2101),
    sheet_of(["pm25", "air", "空气站", "Air Station", "PM2.5", "µg/m³"], [4.0, 62.0], 2102),
    sheet_of(["river_level", "water_level", "水位计", "Level Gauge", "水位", "m"], [1.5, 2.75], 2103),
    sheet_of(["sound", "noise", "噪声站", "Noise Station", "等效声级", "dB(A)"], [38.0, 72.0], 2104),
    sheet_of(["free_places", "parking", "停车场", "Car Park", "空余车位", "个"], [0.0, 500.0], 2105),
    sheet_of(["deflection", "structural", "挠度计", "Deflection Gauge", "挠度占限值比", "%"], [5.0, 72.0], 2106),
    sheet_of(["tilt", "manhole", "井盖", "Manhole Cover", "倾角", "°"], [0.0, 5.0], 2107),
    sheet_of(["methane", "gas", "燃气探头", "Methane Probe", "甲烷浓度", "%LEL"], [0.0, 6.0], 2108),
    sheet_of(["underpass_depth", "water_level", "积水计", "Flood Gauge", "积水深度", "cm"], [0.0, 4.0], 2109),
    sheet_of(["water_pressure", "other", "压力计", "Pressure Gauge", "供水压力", "MPa"], [0.24, 0.46], 2110),
    sheet_of(["water_flow", "other", "流量计", "Flow Meter", "供水流量", "m³/h"], [20.0, 480.0], 2111),
    sheet_of(["drain_level", "water_level", "管网液位计", "Drain Level Gauge", "管网液位", "%"], [3.0, 62.0], 2112),
    sheet_of(["lamp_power", "other", "路灯控制器", "Lamp Controller", "回路功率", "kW"], [0.0, 4.0], 2113),
    sheet_of(["pump_load", "other", "泵站", "Pump Station", "水泵负荷", "%"], [12.0, 84.0], 2114),
    sheet_of(["smoke", "other", "消防主机", "Fire Panel", "烟雾遮光率", "%/m"], [0.0, 1.6], 2115),
    sheet_of(["strain", "structural", "应变计", "Strain Gauge", "应变", "µε"], [20.0, 320.0], 2116),
];

/// A device in its place.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    quantity: Quantity,
    /// Its number within its class and cell.
    number: u32,
    cell: (i32, i32),
    /// In the plane.
    at: DVec2,
    /// Metres above ground.
    height_m: f64,
    /// The street or bridge that it is called after, in both languages.
    place: (String, String),
    /// The feature that it is on.
    asset: String,
}

/// One line of `things.jsonl`.
#[derive(Debug, Serialize)]
pub(crate) struct ThingLine {
    /// 16 digits: division 6, class 4, sequence 6.
    pub(crate) id: String,
    name: String,
    name_en: String,
    /// The device's kind, a word of `cim_model::SensorKind`.
    kind: &'static str,
    /// What it measures, a word that the simulator has a model for.
    quantity: &'static str,
    property: &'static str,
    unit: &'static str,
    normal: [f64; 2],
    lon: f64,
    lat: f64,
    height_m: f64,
    street: String,
    pub(crate) asset: String,
    grid: String,
}

impl Device {
    /// The device as `things.jsonl` has it.
    pub(crate) fn line(&self, district: &District) -> ThingLine {
        let fallback = sheet_of(["", "other", "", "", "", ""], [0.0, 0.0], 2199);
        let sheet = SHEETS.get(self.quantity as usize).unwrap_or(&fallback);
        let (i, j) = self.cell;
        let sequence = number_of(i, j) * CODES_OF_A_CELL + self.number;
        let [lon, lat] = district.map.lon_lat(self.at);
        let shown = format!("{:03}-{}", number_of(i, j), self.number + 1);
        ThingLine {
            id: format!("{DIVISION:06}{:04}{sequence:06}", sheet.class_code),
            name: format!("{}{}{shown}", self.place.0, sheet.zh),
            name_en: format!("{} {} {shown}", self.place.1, sheet.en),
            kind: sheet.kind,
            quantity: sheet.word,
            property: sheet.property,
            unit: sheet.unit,
            normal: sheet.normal,
            lon,
            lat,
            height_m: (self.height_m * 1_000.0).round() / 1_000.0,
            street: self.place.0.clone(),
            asset: self.asset.clone(),
            grid: grid_at(district, self.at),
        }
    }
}

/// The code of a manhole or valve (GB/T 30428.2): division 6, class 4, sequence 6.
pub(crate) fn component_code(kind: NetworkKind, i: i32, j: i32, number: u32) -> String {
    let class = match kind {
        NetworkKind::Water => 101,
        NetworkKind::Sewage => 102,
        NetworkKind::Drainage => 103,
        NetworkKind::Heat => 110,
        NetworkKind::Gas => 111,
    };
    let sequence = number_of(i, j) * CODES_OF_A_CELL + number;
    format!("{DIVISION:06}{class:04}{sequence:06}")
}

/// Adds the devices at the crossing (i, j), along its streets, and in the cell.
pub(crate) fn add(district: &District, i: i32, j: i32, site: Option<&Site<'_>>, parts: &mut Parts) {
    let mut rack = Rack {
        district,
        cell: (i, j),
        devices: Vec::new(),
    };
    if has_crossing(i, j) {
        at_crossing(&mut rack);
    }
    along_streets(&mut rack);
    if j == RIVER_ROW && j < district.quotas.extent.north {
        on_river(&mut rack);
    }
    if let Some(site) = site {
        in_block(&mut rack, site);
    }
    parts.devices.append(&mut rack.devices);
}

/// Devices of one cell while they are put up.
struct Rack<'a> {
    district: &'a District,
    cell: (i32, i32),
    devices: Vec<Device>,
}

impl Rack<'_> {
    fn put(
        &mut self,
        quantity: Quantity,
        at: DVec2,
        height_m: f64,
        place: &crate::names::Name,
        asset: String,
    ) {
        let number = self
            .devices
            .iter()
            .filter(|device| device.quantity == quantity)
            .count() as u32;
        if number < CODES_OF_A_CELL {
            self.devices.push(Device {
                quantity,
                number,
                cell: self.cell,
                at,
                height_m,
                place: (place.zh.clone(), place.en.clone()),
                asset,
            });
        }
    }
}

fn at_crossing(rack: &mut Rack<'_>) {
    let (i, j) = rack.cell;
    let district = rack.district;
    let street = district.street(Way::SouthNorth, i);
    let place = |kind| {
        let design = crossing_point(kind, i, j);
        district.ground.at(design.x, design.y)
    };
    let valve = |kind| crossing_asset(kind, i, j);
    let water = place(NetworkKind::Water);
    rack.put(
        Quantity::WaterPressure,
        water,
        0.2,
        &street,
        valve(NetworkKind::Water),
    );
    if (i + j).rem_euclid(2) == 0 {
        rack.put(
            Quantity::WaterFlow,
            water,
            0.2,
            &street,
            valve(NetworkKind::Water),
        );
    }
    let gas = place(NetworkKind::Gas);
    rack.put(
        Quantity::Methane,
        gas,
        0.2,
        &street,
        valve(NetworkKind::Gas),
    );
    let rain = place(NetworkKind::Drainage);
    rack.put(
        Quantity::DrainLevel,
        rain,
        0.2,
        &street,
        valve(NetworkKind::Drainage),
    );
    let sewage = place(NetworkKind::Sewage);
    rack.put(
        Quantity::Tilt,
        sewage,
        0.2,
        &street,
        valve(NetworkKind::Sewage),
    );
    if has_lift(district, j) {
        for kind in [NetworkKind::Drainage, NetworkKind::Sewage] {
            rack.put(
                Quantity::PumpLoad,
                place(kind),
                1.0,
                &street,
                pump_id(kind, i, j),
            );
        }
    }
}

fn along_streets(rack: &mut Rack<'_>) {
    let (i, j) = rack.cell;
    let district = rack.district;
    for way in [Way::SouthNorth, Way::WestEast] {
        let Some(street) = Street::of(district, way, i, j) else {
            continue;
        };
        if way == Way::SouthNorth && j == RIVER_ROW {
            continue;
        }
        let name = street.name(district);
        let at = |along: f64, across: f64| {
            let design = street.at(along, across);
            district.ground.at(design.x, design.y)
        };
        let half = street.class.half_corridor_m();
        if street.class <= RoadClass::Secondary {
            rack.put(
                Quantity::Speed,
                at(90.0, 0.74 * half),
                6.0,
                &name,
                street.id(),
            );
        }
        if way == Way::SouthNorth {
            let lamps = at(132.0, -0.74 * half);
            rack.put(Quantity::LampPower, lamps, 2.0, &name, lamps_id(street));
        }
        if street.class == RoadClass::Expressway && (i + j).rem_euclid(3) == 0 {
            rack.put(
                Quantity::UnderpassDepth,
                at(200.0, 0.0),
                1.0,
                &name,
                street.id(),
            );
        }
        // The third manhole of the rain main, and the probe against gas that creeps into sewers.
        for (kind, quantity) in [
            (NetworkKind::Drainage, Quantity::Tilt),
            (NetworkKind::Sewage, Quantity::Methane),
        ] {
            let Some(main) = Main::of(district, kind, way, i, j) else {
                continue;
            };
            if way == Way::SouthNorth {
                let (along, number) = main.manhole(3);
                let design = main.design_at(along);
                let cover = district.ground.at(design.x, design.y);
                let asset = format!("mh{}{}n{number}", letter(kind), District::tag(i, j));
                rack.put(quantity, cover, 0.2, &name, asset);
            }
        }
    }
}

fn on_river(rack: &mut Rack<'_>) {
    let (i, j) = rack.cell;
    let district = rack.district;
    if Street::of(district, Way::SouthNorth, i, j).is_some() {
        let name = bridge_name(district, i);
        for (n, (at, _)) in posts(district, i).into_iter().enumerate() {
            let quantity = if n % 2 == 0 {
                Quantity::Strain
            } else {
                Quantity::Deflection
            };
            rack.put(quantity, at.truncate(), at.z + 0.5, &name, bridge_id(i));
        }
    }
    if i < district.quotas.extent.east && i.rem_euclid(2) == 0 {
        let u = (f64::from(i) + 0.45) * CELL_M;
        let (_, north) = banks(u);
        let name = crate::names::Name::new("云水河", "Yunshui River");
        let asset = format!("w{}", District::tag(i, j));
        let at = district.ground.at(u, north - 2.0);
        rack.put(Quantity::RiverLevel, at, 1.0, &name, asset);
    }
}

fn in_block(rack: &mut Rack<'_>, site: &Site<'_>) {
    let (i, j) = rack.cell;
    let district = rack.district;
    let number = number_of(i, j);
    let street = district.street(Way::WestEast, j);
    let mut tall: Vec<(usize, f64)> = site
        .buildings
        .iter()
        .enumerate()
        .map(|(n, building)| (n, building.height_m))
        .collect();
    tall.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let house = |n: usize| crate::block::building_id(i, j, n as u32 + 1);
    for (n, _) in tall.iter().take(2) {
        if let Some(building) = site.buildings.get(*n) {
            rack.put(
                Quantity::Smoke,
                building.rect.centre,
                3.0,
                &street,
                house(*n),
            );
        }
    }
    if let Some((n, height)) = tall.first()
        && number.is_multiple_of(3)
        && let Some(building) = site.buildings.get(*n)
    {
        rack.put(
            Quantity::Pm25,
            building.rect.centre,
            height + 2.0,
            &street,
            house(*n),
        );
    }
    if number.is_multiple_of(4)
        && let Some(building) = site.buildings.first()
    {
        rack.put(
            Quantity::Sound,
            building.rect.at(1.0, 0.0),
            4.0,
            &street,
            house(0),
        );
    }
    let has_parking = !matches!(
        site.purpose,
        Use::Park | Use::River | Use::OldTown | Use::CentreShare
    );
    if has_parking && let Some(building) = site.buildings.last() {
        let last = site.buildings.len() - 1;
        rack.put(
            Quantity::FreePlaces,
            building.rect.centre,
            3.0,
            &street,
            house(last),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quantity_has_the_sheet_in_its_own_row() {
        assert_eq!(SHEETS.len(), Quantity::Strain as usize + 1);
        assert_eq!(SHEETS[Quantity::Methane as usize].word, "methane");
        assert_eq!(SHEETS[Quantity::Strain as usize].class_code, 2116);
        for (row, sheet) in SHEETS.iter().enumerate() {
            assert_eq!(usize::from(sheet.class_code), 2101 + row);
            let kind = cim_model::SensorKind::from_word(sheet.kind);
            assert_eq!(kind.as_str(), sheet.kind);
            assert!(sheet.normal[0] < sheet.normal[1]);
        }
    }

    #[test]
    fn codes_have_sixteen_digits() {
        let code = component_code(NetworkKind::Sewage, 3, -4, 7);
        assert_eq!(code.len(), 16);
        assert!(code.starts_with("3203990102"));
    }
}
