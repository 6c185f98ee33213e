//! Where simulated devices and cameras stand: on real features of the city, read from its `attributes.jsonl`.
//!
//! Reads centroids only. Draws nothing and measures nothing; `setup` gives the places devices.

use super::kinds::Quantity;
use super::model::{mix, unit};
use super::plane::{DEGREE_M, Plane};
use crate::error::SimulateError;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// How far a device may be from the centroid of its road, when several stand along it.
const ALONG_ROAD_M: f64 = 24.0;
/// A nameless place is called after the nearest named road or square within this distance.
const NAMED_WITHIN_M: f64 = 600.0;
/// Ways for feet and wheels only, where neither a detector nor a gas main is looked for.
const FOOTWAYS: [&str; 12] = [
    "footway",
    "path",
    "steps",
    "cycleway",
    "pedestrian",
    "track",
    "bridleway",
    "corridor",
    "ferry",
    "elevator",
    "platform",
    "construction",
];

/// A feature of the city, as far as the simulator needs it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
pub(crate) struct Feature {
    /// Identity in the city's data.
    pub(crate) id: String,
    /// `building`, `road`, `water`, `point` …
    #[serde(default)]
    pub(crate) class: String,
    /// `primary`, `river`, `parking` …
    #[serde(default)]
    pub(crate) kind: String,
    /// Its name; may be empty.
    #[serde(default)]
    pub(crate) name: Option<String>,
    /// Longitude of its centroid.
    pub(crate) lon: f64,
    /// Latitude of its centroid.
    pub(crate) lat: f64,
    /// How high it is.
    #[serde(default)]
    pub(crate) height_m: Option<f64>,
    /// Tags of the source.
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, Value>,
}

/// Where something stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    /// Longitude.
    pub(crate) lon: f64,
    /// Latitude.
    pub(crate) lat: f64,
    /// Height above ground, metres.
    pub(crate) height_m: f64,
    /// The name to call it by: its own, else the nearest street's.
    pub(crate) street: String,
    /// The direction of the street, clockwise from north, degrees.
    pub(crate) azimuth_deg: f64,
    /// The feature that it stands on.
    pub(crate) feature: String,
}

/// A city's features and names.
#[derive(Clone, Debug)]
pub(crate) struct CityPlaces {
    /// The city's names.
    pub(crate) name_zh: String,
    /// In English.
    pub(crate) name_en: String,
    features: Vec<Feature>,
    /// Places of features that have a name which others may borrow.
    named: Vec<usize>,
}

impl CityPlaces {
    /// Reads `attributes.jsonl` and the names in `catalogue.json`. Broken lines are logged and left out.
    pub(crate) fn read(folder: &Path) -> Result<Self, SimulateError> {
        let path = folder.join("attributes.jsonl");
        let text = std::fs::read_to_string(&path).map_err(|err| SimulateError::City {
            reason: err.to_string(),
            path: path.clone(),
        })?;
        let mut features = Vec::new();
        let mut broken = 0_usize;
        for (index, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty())
        {
            match serde_json::from_str::<Feature>(line) {
                Ok(feature) if feature.lon.abs() <= 180.0 && feature.lat.abs() <= 90.0 => {
                    features.push(feature);
                }
                Ok(_) => broken += 1,
                Err(err) => {
                    broken += 1;
                    if broken == 1 {
                        tracing::warn!(line = index + 1, reason = %err, path = %path.display(), "a feature is left out");
                    }
                }
            }
        }
        if broken > 0 {
            tracing::warn!(broken, path = %path.display(), "features are left out");
        }
        if features.is_empty() {
            return Err(SimulateError::EmptyCity { path });
        }
        let catalogue = std::fs::read(folder.join("catalogue.json")).ok();
        let catalogue: Option<Value> =
            catalogue.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let name = |language: &str| {
            let found = catalogue
                .as_ref()
                .and_then(|catalogue| catalogue.get("name")?.get(language)?.as_str());
            found.unwrap_or("City").to_owned()
        };
        Ok(Self::new(features, name("zh"), name("en")))
    }

    fn new(features: Vec<Feature>, name_zh: String, name_en: String) -> Self {
        let lends_name = |(_, feature): &(usize, &Feature)| {
            is_motor_road(feature) && own_name(feature).is_some()
        };
        let named = features
            .iter()
            .enumerate()
            .filter(lends_name)
            .map(|(index, _)| index)
            .collect();
        Self {
            name_zh,
            name_en,
            features,
            named,
        }
    }

    /// Local time minus UTC, from the longitude: the sun is good enough for daily curves.
    pub(crate) fn zone_ms(&self) -> i64 {
        let lon = self.features.first().map_or(0.0, |feature| feature.lon);
        (lon / 15.0).round() as i64 * 3_600_000
    }

    /// The map that weather, roads and networks of this city use.
    pub(crate) fn plane(&self) -> Plane {
        let first = self.features.first();
        first.map_or_else(
            || Plane::around(0.0, 0.0),
            |feature| Plane::around(feature.lon, feature.lat),
        )
    }

    /// The corners of the city on its map, metres: south-west, north-east.
    pub(crate) fn extent(&self) -> [[f64; 2]; 2] {
        let plane = self.plane();
        let start = [[f64::MAX; 2], [f64::MIN; 2]];
        self.features.iter().fold(start, |[low, high], feature| {
            let at = plane.metres(feature.lon, feature.lat);
            [
                [low[0].min(at[0]), low[1].min(at[1])],
                [high[0].max(at[0]), high[1].max(at[1])],
            ]
        })
    }

    /// Pieces of roads for cars.
    pub(crate) fn motor_roads(&self) -> impl Iterator<Item = &Feature> {
        self.features
            .iter()
            .filter(|feature| is_motor_road(feature))
    }

    /// `count` places for devices that measure `quantity`, the same ones for the same seed.
    pub(crate) fn for_quantity(&self, quantity: Quantity, count: usize, seed: u64) -> Vec<Place> {
        let fits = |feature: &Feature| match quantity {
            Quantity::Speed
            | Quantity::Sound
            | Quantity::Methane
            | Quantity::Tilt
            | Quantity::WaterPressure
            | Quantity::WaterFlow
            | Quantity::DrainLevel
            | Quantity::LampPower
            | Quantity::PumpLoad => is_motor_road(feature),
            Quantity::Pm25
            | Quantity::Ozone
            | Quantity::Rain
            | Quantity::Wind
            | Quantity::Temperature => is_building(feature) || feature.class == "point",
            Quantity::Smoke => is_building(feature),
            Quantity::RiverLevel => feature.class == "water",
            Quantity::UnderpassDepth => {
                is_motor_road(feature) && has_tag(feature, &["tunnel", "is_tunnel", "covered"])
            }
            Quantity::FreePlaces => feature.kind.contains("parking"),
            Quantity::Deflection | Quantity::Strain => {
                (is_motor_road(feature) && has_tag(feature, &["bridge", "is_bridge"]))
                    || (is_building(feature) && feature.height_m.unwrap_or(0.0) >= 40.0)
            }
        };
        self.places(count, mix(seed, quantity as u64 + 1), fits, |feature| {
            height_of(quantity, feature)
        })
    }

    /// `count` places for cameras: along roads, and on buildings where roads are few.
    pub(crate) fn for_cameras(&self, count: usize, seed: u64) -> Vec<Place> {
        self.places(count, mix(seed, 100), is_motor_road, |_| 6.0)
    }

    /// `count` places where something may happen.
    pub(crate) fn for_events(&self, count: usize, seed: u64) -> Vec<Place> {
        self.places(count, mix(seed, 200), is_motor_road, |_| 0.0)
    }

    fn places(
        &self,
        count: usize,
        seed: u64,
        fits: impl Fn(&Feature) -> bool,
        height: impl Fn(&Feature) -> f64,
    ) -> Vec<Place> {
        let mut candidates: Vec<usize> = self.indexes(fits);
        if candidates.is_empty() {
            candidates = self.indexes(is_motor_road);
        }
        if candidates.is_empty() {
            candidates = self.indexes(|_| true);
        }
        // Order by a number drawn from the feature's identity: it holds when other features come or go.
        candidates.sort_by_key(|index| {
            self.features
                .get(*index)
                .map(|feature| mix(seed, hash_of(&feature.id)))
        });
        let mut places = Vec::with_capacity(count);
        for (round, index) in (0_u32..)
            .flat_map(|round| candidates.iter().map(move |index| (round, *index)))
            .take(count)
        {
            let Some(feature) = self.features.get(index) else {
                continue;
            };
            places.push(self.place_on(index, feature, round, seed, height(feature)));
        }
        places
    }

    fn indexes(&self, fits: impl Fn(&Feature) -> bool) -> Vec<usize> {
        self.features
            .iter()
            .enumerate()
            .filter(|(_, feature)| fits(feature))
            .map(|(index, _)| index)
            .collect()
    }

    fn place_on(
        &self,
        index: usize,
        feature: &Feature,
        round: u32,
        seed: u64,
        height_m: f64,
    ) -> Place {
        let (nearest, azimuth_deg) = self.street_of(index, feature);
        let street = own_name(feature).map_or(nearest, str::to_owned);
        // On one feature, every further device stands a bit away, alternately to both sides.
        let drawn = unit(mix(seed, hash_of(&feature.id)));
        let side = if round.is_multiple_of(2) { 1.0 } else { -1.0 };
        let along_m = if is_building(feature) && round == 0 {
            0.0
        } else {
            side * ALONG_ROAD_M * (drawn - 0.5 + 3.0 * (f64::from(round) * 0.618_034).fract())
        };
        let (sin, cos) = azimuth_deg.to_radians().sin_cos();
        let lat = feature.lat + along_m * cos / DEGREE_M;
        let lon =
            feature.lon + along_m * sin / (DEGREE_M * feature.lat.to_radians().cos().max(0.01));
        Place {
            lon,
            lat,
            height_m,
            street,
            azimuth_deg,
            feature: feature.id.clone(),
        }
    }

    /// The nearest street's name, and its direction: towards the next part of the same street.
    fn street_of(&self, index: usize, feature: &Feature) -> (String, f64) {
        let name = own_name(feature);
        let mut nearest: Option<(f64, &Feature)> = None;
        let mut next_part: Option<(f64, &Feature)> = None;
        for other_index in &self.named {
            let Some(other) = self.features.get(*other_index) else {
                continue;
            };
            let distance = distance_m(feature, other);
            if *other_index == index {
                nearest = Some((0.0, other));
                continue;
            }
            if nearest.is_none_or(|(found, _)| distance < found) {
                nearest = Some((distance, other));
            }
            if own_name(other) == name
                && name.is_some()
                && next_part.is_none_or(|(found, _)| distance < found)
            {
                next_part = Some((distance, other));
            }
        }
        let street = nearest
            .filter(|(distance, _)| *distance < NAMED_WITHIN_M)
            .and_then(|(_, other)| own_name(other))
            .map_or_else(|| self.name_zh.clone(), str::to_owned);
        let towards = next_part.or(nearest.filter(|(distance, _)| *distance > 1.0));
        let azimuth = towards.map_or_else(
            || 360.0 * unit(hash_of(&feature.id)),
            |(_, other)| azimuth_deg(feature, other),
        );
        (street, azimuth)
    }
}

fn own_name(feature: &Feature) -> Option<&str> {
    feature
        .name
        .as_deref()
        .map(str::trim)
        .filter(|name| !name.is_empty())
}

fn is_motor_road(feature: &Feature) -> bool {
    feature.class == "road" && !FOOTWAYS.contains(&feature.kind.as_str())
}

fn is_building(feature: &Feature) -> bool {
    feature.class == "building"
}

fn has_tag(feature: &Feature, names: &[&str]) -> bool {
    let says_yes = |value: &Value| {
        !matches!(value.as_str(), Some("no" | "false" | "")) && *value != Value::Bool(false)
    };
    names
        .iter()
        .any(|name| feature.tags.get(*name).is_some_and(says_yes))
}

fn height_of(quantity: Quantity, feature: &Feature) -> f64 {
    let roof = feature.height_m.unwrap_or(0.0);
    match quantity {
        Quantity::Speed => 6.0,
        Quantity::Sound => 4.0,
        Quantity::FreePlaces | Quantity::Smoke => 3.0,
        Quantity::Pm25
        | Quantity::Ozone
        | Quantity::Rain
        | Quantity::Wind
        | Quantity::Temperature => {
            if is_building(feature) {
                roof + 2.0
            } else {
                3.0
            }
        }
        Quantity::Deflection | Quantity::Strain => {
            if is_building(feature) {
                roof
            } else {
                2.0
            }
        }
        Quantity::RiverLevel | Quantity::UnderpassDepth | Quantity::PumpLoad => 1.0,
        Quantity::LampPower => 2.0,
        Quantity::Methane
        | Quantity::Tilt
        | Quantity::WaterPressure
        | Quantity::WaterFlow
        | Quantity::DrainLevel => 0.2,
    }
}

fn distance_m(a: &Feature, b: &Feature) -> f64 {
    let north = (b.lat - a.lat) * DEGREE_M;
    let east = (b.lon - a.lon) * DEGREE_M * a.lat.to_radians().cos();
    north.hypot(east)
}

fn azimuth_deg(from: &Feature, to: &Feature) -> f64 {
    let north = to.lat - from.lat;
    let east = (to.lon - from.lon) * from.lat.to_radians().cos();
    east.atan2(north).to_degrees().rem_euclid(360.0)
}

/// A number for a text, the same on every machine (FNV-1a).
pub(crate) fn hash_of(text: &str) -> u64 {
    text.bytes().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feature(id: &str, class: &str, kind: &str, name: &str, lon: f64, lat: f64) -> Feature {
        let line = serde_json::json!({"id": id, "class": class, "kind": kind, "name": name, "lon": lon, "lat": lat});
        serde_json::from_value(line).expect("a feature")
    }

    fn crossing() -> CityPlaces {
        let features = vec![
            feature("w1", "road", "primary", "南京西路", 121.50, 31.20),
            feature("w2", "road", "primary", "南京西路", 121.51, 31.20),
            feature("w3", "road", "footway", "", 121.505, 31.20),
            feature("w4", "building", "building", "", 121.5002, 31.2002),
            feature("w5", "water", "river", "苏州河", 121.49, 31.21),
        ];
        CityPlaces::new(features, "上海".to_owned(), "Shanghai".to_owned())
    }

    #[test]
    fn devices_stand_on_features_of_their_kind() {
        let city = crossing();
        let on = |quantity| -> Vec<String> {
            let mut on: Vec<String> = city
                .for_quantity(quantity, 4, 1)
                .into_iter()
                .map(|place| place.feature)
                .collect();
            on.sort();
            on.dedup();
            on
        };
        assert_eq!(on(Quantity::Tilt), ["w1", "w2"]);
        assert_eq!(on(Quantity::RiverLevel), ["w5"]);
        assert_eq!(on(Quantity::Pm25), ["w4"]);
        assert_eq!(
            on(Quantity::FreePlaces),
            ["w1", "w2"],
            "without car parks, along roads"
        );
    }

    #[test]
    fn several_devices_on_one_feature_stand_apart_and_near() {
        let places = crossing().for_quantity(Quantity::RiverLevel, 5, 1);
        for (index, place) in places.iter().enumerate() {
            assert!((place.lat - 31.21).abs() < 0.001 && (place.lon - 121.49).abs() < 0.001);
            assert!(places.iter().skip(index + 1).all(|other| other != place));
        }
    }

    #[test]
    fn a_nameless_building_is_called_after_its_street_which_runs_east() {
        let city = crossing();
        let place = &city.for_quantity(Quantity::Pm25, 1, 1)[0];
        assert_eq!(place.street, "南京西路");
        let camera = city
            .for_cameras(2, 1)
            .into_iter()
            .find(|place| place.feature == "w1")
            .expect("on w1");
        assert!(
            (camera.azimuth_deg - 90.0).abs() < 1.0,
            "{}",
            camera.azimuth_deg
        );
    }

    #[test]
    fn the_same_seed_gives_the_same_places() {
        assert_eq!(crossing().for_cameras(9, 5), crossing().for_cameras(9, 5));
    }
}
