//! What the simulated devices measure: names, units, limits and shares. A table; the curves are in `model`.
//!
//! Limits follow the thresholds of the domain's table (methane, underpass, PM2.5, river, cover tilt, deflection).

use cim_model::SensorKind;
use serde_json::{Value, json};

/// One measured quantity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Quantity {
    /// Mean speed of vehicles on a road, km/h.
    Speed,
    /// PM2.5, µg/m³.
    Pm25,
    /// Ozone, µg/m³; only where a real series is replayed.
    Ozone,
    /// Level of a river or lake, m.
    RiverLevel,
    /// Water on an underpass, cm.
    UnderpassDepth,
    /// Sound level, dB(A).
    Sound,
    /// Free parking places.
    FreePlaces,
    /// Methane in a chamber, % of the lower explosive limit.
    Methane,
    /// Tilt of a manhole cover, degrees.
    Tilt,
    /// Deflection of a bridge or tower, % of its design limit.
    Deflection,
    /// Pressure in a water main, MPa; only in cities with devices of their own, like all that follow.
    WaterPressure,
    /// Flow in a water main, m³/h.
    WaterFlow,
    /// How full a sewer or storm drain is, %.
    DrainLevel,
    /// Power of a circuit of street lamps, kW.
    LampPower,
    /// Load of a pump station, %.
    PumpLoad,
    /// Smoke in a building, % of light lost over a metre.
    Smoke,
    /// Strain of a bridge, µε.
    Strain,
    /// Rain, mm/h; only at weather stations, like the next two.
    Rain,
    /// Wind, m/s.
    Wind,
    /// Temperature of the air, °C.
    Temperature,
}

impl Quantity {
    /// The quantity that `things.jsonl` of a city spells `word`.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "speed" => Self::Speed,
            "pm25" => Self::Pm25,
            "ozone" => Self::Ozone,
            "river_level" => Self::RiverLevel,
            "underpass_depth" => Self::UnderpassDepth,
            "sound" => Self::Sound,
            "free_places" => Self::FreePlaces,
            "methane" => Self::Methane,
            "tilt" => Self::Tilt,
            "deflection" => Self::Deflection,
            "water_pressure" => Self::WaterPressure,
            "water_flow" => Self::WaterFlow,
            "drain_level" => Self::DrainLevel,
            "lamp_power" => Self::LampPower,
            "pump_load" => Self::PumpLoad,
            "smoke" => Self::Smoke,
            "strain" => Self::Strain,
            "rain" => Self::Rain,
            "wind" => Self::Wind,
            "temperature" => Self::Temperature,
            _ => return None,
        })
    }
}

/// What is to be said of a quantity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sheet {
    /// The quantity.
    pub(crate) quantity: Quantity,
    /// The device's kind.
    pub(crate) kind: SensorKind,
    /// The device in Chinese, as names use it.
    pub(crate) device_zh: &'static str,
    /// The device in English, for descriptions.
    pub(crate) device_en: &'static str,
    /// What is observed.
    pub(crate) property: &'static str,
    /// A page that defines it.
    pub(crate) definition: &'static str,
    /// The unit's name and symbol.
    pub(crate) unit: (&'static str, &'static str),
    /// Decimals that the device reports.
    pub(crate) decimals: i32,
    /// Medium, high and critical limit.
    pub(crate) limits: Limit,
    /// Normal values stay between these.
    pub(crate) normal: (f64, f64),
    /// Component code: major and minor class, 4 digits.
    pub(crate) class_code: u16,
}

/// Values that call for a response.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Limit {
    /// At or above: medium, high, critical.
    Above(f64, f64, f64),
    /// At or below: medium, high.
    Below(f64, f64),
    /// Never.
    None,
}

impl Sheet {
    /// The limits as `Datastream.properties.limits`.
    pub(crate) fn limits_json(&self) -> Value {
        match self.limits {
            Limit::Above(medium, high, critical) => {
                json!({"above_medium": medium, "above_high": high, "above_critical": critical})
            }
            Limit::Below(medium, high) => json!({"below_medium": medium, "below_high": high}),
            Limit::None => json!({}),
        }
    }
}

/// The share of each kind among all devices, in percent; they add up to 100.
pub(crate) const SHARES: [(SensorKind, usize); 8] = [
    (SensorKind::Traffic, 18),
    (SensorKind::Air, 8),
    (SensorKind::WaterLevel, 8),
    (SensorKind::Noise, 10),
    (SensorKind::Parking, 10),
    (SensorKind::Gas, 18),
    (SensorKind::Manhole, 20),
    (SensorKind::Structural, 8),
];

/// Every quantity. Classes 21xx are extensions for devices that are no municipal components.
pub(crate) static SHEETS: [Sheet; 20] = [
    Sheet {
        quantity: Quantity::Speed,
        kind: SensorKind::Traffic,
        device_zh: "车检器",
        device_en: "Traffic detector",
        property: "平均车速",
        definition: "https://www.w3.org/ns/sosa/speed",
        unit: ("kilometre per hour", "km/h"),
        decimals: 0,
        limits: Limit::Below(10.0, 5.0),
        normal: (14.0, 90.0),
        class_code: 2101,
    },
    Sheet {
        quantity: Quantity::Pm25,
        kind: SensorKind::Air,
        device_zh: "空气站",
        device_en: "Air quality station",
        property: "PM2.5",
        definition: "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/6001",
        unit: ("microgram per cubic metre", "µg/m³"),
        decimals: 0,
        limits: Limit::Above(75.0, 115.0, 150.0),
        normal: (4.0, 62.0),
        class_code: 2102,
    },
    Sheet {
        quantity: Quantity::Ozone,
        kind: SensorKind::Air,
        device_zh: "臭氧站",
        device_en: "Ozone station",
        property: "O₃",
        definition: "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/7",
        unit: ("microgram per cubic metre", "µg/m³"),
        decimals: 0,
        limits: Limit::Above(200.0, 300.0, 400.0),
        normal: (10.0, 160.0),
        class_code: 2102,
    },
    Sheet {
        quantity: Quantity::RiverLevel,
        kind: SensorKind::WaterLevel,
        device_zh: "水位计",
        device_en: "Water level gauge",
        property: "水位",
        definition: "http://vocab.nerc.ac.uk/collection/P07/current/CFSN0081/",
        unit: ("metre", "m"),
        decimals: 2,
        limits: Limit::Above(2.9, 3.2, 3.6),
        normal: (1.5, 2.75),
        class_code: 2103,
    },
    Sheet {
        quantity: Quantity::UnderpassDepth,
        kind: SensorKind::WaterLevel,
        device_zh: "积水计",
        device_en: "Flood gauge",
        property: "积水深度",
        definition: "http://vocab.nerc.ac.uk/collection/P07/current/CFSN0081/",
        unit: ("centimetre", "cm"),
        decimals: 1,
        limits: Limit::Above(10.0, 20.0, 27.0),
        normal: (0.0, 4.0),
        class_code: 2103,
    },
    Sheet {
        quantity: Quantity::Sound,
        kind: SensorKind::Noise,
        device_zh: "噪声站",
        device_en: "Noise station",
        property: "等效声级",
        definition: "http://qudt.org/vocab/quantitykind/SoundPressureLevel",
        unit: ("A-weighted decibel", "dB(A)"),
        decimals: 1,
        limits: Limit::Above(75.0, 80.0, 85.0),
        normal: (38.0, 72.0),
        class_code: 2104,
    },
    Sheet {
        quantity: Quantity::FreePlaces,
        kind: SensorKind::Parking,
        device_zh: "停车场",
        device_en: "Car park",
        property: "空余车位",
        definition: "https://schema.mobivoc.org/#numberOfVacantParkingSpaces",
        unit: ("place", "个"),
        decimals: 0,
        limits: Limit::None,
        normal: (0.0, 500.0),
        class_code: 2105,
    },
    Sheet {
        quantity: Quantity::Methane,
        kind: SensorKind::Gas,
        device_zh: "燃气",
        device_en: "Methane probe",
        property: "甲烷浓度",
        definition: "http://dd.eionet.europa.eu/vocabulary/aq/pollutant/25",
        unit: ("percent of the lower explosive limit", "%LEL"),
        decimals: 1,
        limits: Limit::Above(10.0, 25.0, 50.0),
        normal: (0.0, 6.0),
        class_code: 111,
    },
    Sheet {
        quantity: Quantity::Tilt,
        kind: SensorKind::Manhole,
        device_zh: "井盖",
        device_en: "Manhole cover",
        property: "倾角",
        definition: "http://qudt.org/vocab/quantitykind/Angle",
        unit: ("degree", "°"),
        decimals: 1,
        limits: Limit::Above(10.0, 20.0, 30.0),
        normal: (0.0, 5.0),
        class_code: 102,
    },
    Sheet {
        quantity: Quantity::Deflection,
        kind: SensorKind::Structural,
        device_zh: "挠度计",
        device_en: "Deflection gauge",
        property: "挠度占限值比",
        definition: "http://qudt.org/vocab/quantitykind/Deflection",
        unit: ("percent of the design limit", "%"),
        decimals: 1,
        limits: Limit::Above(80.0, 90.0, 100.0),
        normal: (5.0, 72.0),
        class_code: 2106,
    },
    Sheet {
        quantity: Quantity::WaterPressure,
        kind: SensorKind::Other,
        device_zh: "压力计",
        device_en: "Pressure gauge",
        property: "供水压力",
        definition: "http://qudt.org/vocab/quantitykind/Pressure",
        unit: ("megapascal", "MPa"),
        decimals: 3,
        limits: Limit::Below(0.2, 0.14),
        normal: (0.24, 0.46),
        class_code: 2110,
    },
    Sheet {
        quantity: Quantity::WaterFlow,
        kind: SensorKind::Other,
        device_zh: "流量计",
        device_en: "Flow meter",
        property: "供水流量",
        definition: "http://qudt.org/vocab/quantitykind/VolumeFlowRate",
        unit: ("cubic metre per hour", "m³/h"),
        decimals: 1,
        limits: Limit::Above(600.0, 700.0, 800.0),
        normal: (20.0, 480.0),
        class_code: 2111,
    },
    Sheet {
        quantity: Quantity::DrainLevel,
        kind: SensorKind::WaterLevel,
        device_zh: "管网液位计",
        device_en: "Drain level gauge",
        property: "管网液位",
        definition: "http://vocab.nerc.ac.uk/collection/P07/current/CFSN0081/",
        unit: ("percent of the diameter", "%"),
        decimals: 1,
        limits: Limit::Above(75.0, 90.0, 100.0),
        normal: (3.0, 62.0),
        class_code: 2112,
    },
    Sheet {
        quantity: Quantity::LampPower,
        kind: SensorKind::Other,
        device_zh: "路灯控制器",
        device_en: "Lamp controller",
        property: "回路功率",
        definition: "http://qudt.org/vocab/quantitykind/Power",
        unit: ("kilowatt", "kW"),
        decimals: 2,
        limits: Limit::None,
        normal: (0.0, 4.0),
        class_code: 2113,
    },
    Sheet {
        quantity: Quantity::PumpLoad,
        kind: SensorKind::Other,
        device_zh: "泵站",
        device_en: "Pump station",
        property: "水泵负荷",
        definition: "http://qudt.org/vocab/quantitykind/DimensionlessRatio",
        unit: ("percent", "%"),
        decimals: 0,
        limits: Limit::Above(90.0, 95.0, 99.0),
        normal: (12.0, 84.0),
        class_code: 2114,
    },
    Sheet {
        quantity: Quantity::Smoke,
        kind: SensorKind::Other,
        device_zh: "消防主机",
        device_en: "Fire panel",
        property: "烟雾遮光率",
        definition: "http://qudt.org/vocab/quantitykind/Attenuation",
        unit: ("percent per metre", "%/m"),
        decimals: 2,
        limits: Limit::Above(3.0, 5.0, 8.0),
        normal: (0.0, 1.6),
        class_code: 2115,
    },
    Sheet {
        quantity: Quantity::Strain,
        kind: SensorKind::Structural,
        device_zh: "应变计",
        device_en: "Strain gauge",
        property: "应变",
        definition: "http://qudt.org/vocab/quantitykind/Strain",
        unit: ("microstrain", "µε"),
        decimals: 0,
        limits: Limit::Above(400.0, 500.0, 600.0),
        normal: (20.0, 320.0),
        class_code: 2116,
    },
    Sheet {
        quantity: Quantity::Rain,
        kind: SensorKind::Other,
        device_zh: "雨量计",
        device_en: "Rain gauge",
        property: "降雨强度",
        definition: "http://vocab.nerc.ac.uk/standard_name/rainfall_rate/",
        unit: ("millimetre per hour", "mm/h"),
        decimals: 1,
        limits: Limit::None,
        normal: (0.0, 200.0),
        class_code: 2117,
    },
    Sheet {
        quantity: Quantity::Wind,
        kind: SensorKind::Other,
        device_zh: "风速仪",
        device_en: "Anemometer",
        property: "风速",
        definition: "http://vocab.nerc.ac.uk/standard_name/wind_speed/",
        unit: ("metre per second", "m/s"),
        decimals: 1,
        limits: Limit::None,
        normal: (0.0, 60.0),
        class_code: 2118,
    },
    Sheet {
        quantity: Quantity::Temperature,
        kind: SensorKind::Other,
        device_zh: "气温计",
        device_en: "Thermometer",
        property: "气温",
        definition: "http://vocab.nerc.ac.uk/standard_name/air_temperature/",
        unit: ("degree Celsius", "°C"),
        decimals: 1,
        limits: Limit::None,
        normal: (-50.0, 60.0),
        class_code: 2119,
    },
];

/// The sheet of a quantity.
pub(crate) fn sheet(quantity: Quantity) -> &'static Sheet {
    // Every quantity has a sheet, which a test makes sure of; the first is never taken by mistake.
    SHEETS
        .iter()
        .find(|sheet| sheet.quantity == quantity)
        .unwrap_or(&SHEETS[0])
}

/// How many devices of each kind make up `total`: the shares, and what rounding leaves to each kind in turn.
pub(crate) fn numbers(total: usize) -> Vec<(SensorKind, usize)> {
    let mut numbers: Vec<(SensorKind, usize)> = SHARES
        .iter()
        .map(|(kind, share)| (*kind, total * share / 100))
        .collect();
    let given: usize = numbers.iter().map(|(_, number)| number).sum();
    // What is left goes where most is lacking, so a handful of devices is still of several kinds.
    for _ in given..total {
        let lacking = |(_, (kind, number)): &(usize, &(SensorKind, usize))| {
            let share = SHARES
                .iter()
                .find(|(of, _)| of == kind)
                .map_or(0, |(_, share)| *share);
            (total * share) as i64 - (number * 100) as i64
        };
        let most = numbers
            .iter()
            .enumerate()
            .max_by_key(lacking)
            .map(|(place, _)| place);
        if let Some((_, number)) = most.and_then(|place| numbers.get_mut(place)) {
            *number += 1;
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_make_up_every_total() {
        assert_eq!(SHARES.iter().map(|(_, share)| share).sum::<usize>(), 100);
        for total in [0, 5, 8, 99, 2000] {
            assert_eq!(
                numbers(total)
                    .iter()
                    .map(|(_, number)| number)
                    .sum::<usize>(),
                total,
                "{total}"
            );
        }
        assert!(numbers(8).iter().all(|(_, number)| *number == 1));
    }

    #[test]
    fn every_quantity_has_its_own_sheet_and_normal_values_are_within_limits() {
        for found in &SHEETS {
            assert_eq!(sheet(found.quantity).quantity, found.quantity);
            match found.limits {
                Limit::Above(medium, high, critical) => {
                    assert!(found.normal.1 < medium && medium < high && high < critical);
                }
                Limit::Below(medium, high) => assert!(found.normal.0 > medium && medium > high),
                Limit::None => {}
            }
        }
    }
}
