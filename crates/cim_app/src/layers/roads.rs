//! Roads with the traffic on them: the city's named roads, and the detectors that stand along them.
//!
//! Traffic keeps to the right: a road is two lines, one for each direction, each with what is measured of it.

use super::{
    faults::ShapeFault,
    lines::{LineMap, Sight},
    plans::ShapePlan,
    rows::{Age, Shown, ThingTable, prefix_of, series_age},
};
use crate::{city::City, road_path::NamedRoad, state::ThingRow, texts::text};
use cim_geo::{Geodetic, LocalFrame};
use cim_layers::{
    PointState, SHAPE_ASSET, layer::LayerCount, points::class_of, told::FlowLinePlan,
};
use cim_model::{Freshness, SensorKind, ThingClass};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The only class of the city's features along which something flows.
const CLASS: &str = "roads";
/// The property by which a detector names its road.
const ROAD: &str = "road";
/// Properties by which a detector names the feature that it stands at.
const FEATURES: [&str; 2] = ["asset", "feature"];
/// The property by which a detector says which way the traffic goes that it measures.
const DIRECTION: &str = "direction";
/// Words of that property, each an eighth of a turn clockwise from the one before.
const WAYS: [&str; 8] = ["n", "ne", "e", "se", "s", "sw", "w", "nw"];
/// A direction more across the road than along it, by this cosine, is none of its two.
const LEAST_ALONG: f64 = 0.2;
/// Directions of a road.
const SIDES: u32 = 2;
/// A detector that names no road measures the nearest one within this, metres.
const NEAREST_M: f64 = 60.0;
/// How high lines lie over the ground, metres: above areas.
const UP_M: f32 = 0.8;
/// Between these heights roads are looked for, metres.
const HEIGHTS_M: [f64; 2] = [0.0, 1.0];
/// Metres between the two directions.
const GAP_M: f64 = 1.0;
/// The unit in which speeds on roads are told.
const UNIT: &str = "km/h";
/// A metre per second in that unit.
const UNIT_PER_MPS: f64 = 3.6;
/// A mile per hour, metres per second.
const MPH: f64 = 0.447_04;

/// What is measured of the traffic.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RoadSaid {
    /// How bad it is; 0 normal to 4 critical.
    pub(super) class: u8,
    /// How fast it goes, metres per second; `None` where nobody measures that.
    speed_mps: Option<f64>,
    /// The speed with its unit, or what else is measured where no speed is.
    pub(super) value: Option<(f64, String)>,
    /// How old that is; `None` where nobody measures.
    pub(super) age: Option<Age>,
}

impl RoadSaid {
    /// What several say together: the worst state, and the mean speed of the freshest; the first value where nobody
    /// measures a speed.
    fn of(all: &[&Self]) -> Self {
        let class = all.iter().map(|one| one.class).max().unwrap_or_default();
        let measured = all
            .iter()
            .filter_map(|one| Some((one.speed_mps?, one.age?)));
        let measured: Vec<(f64, Age)> = measured.collect();
        let freshest = measured.iter().map(|(_, age)| age.freshness).min();
        let Some(freshest) = freshest else {
            let first = all.iter().find(|one| one.value.is_some());
            return Self {
                class,
                speed_mps: None,
                value: first.and_then(|one| one.value.clone()),
                age: first.and_then(|one| one.age),
            };
        };
        let mut used = measured;
        used.retain(|(_, age)| age.freshness == freshest);
        let speed_mps = used.iter().map(|(speed, _)| speed).sum::<f64>() / used.len() as f64;
        let ages = used.iter().map(|(_, age)| *age);
        Self {
            class,
            speed_mps: Some(speed_mps),
            value: Some((speed_mps * UNIT_PER_MPS, UNIT.to_owned())),
            age: ages.max_by_key(|age| age.at),
        }
    }

    /// The state, and the speed of its arrows, metres per second.
    fn now(&self) -> (f32, PointState) {
        let speed = self.speed_mps.unwrap_or(f64::NAN);
        let value = (speed * UNIT_PER_MPS) as f32;
        let state = PointState::new(SHAPE_ASSET, self.class).with_value(value);
        let state = self.age.map_or(state, |age| {
            state.with_freshness(age.freshness).with_why(age.why)
        });
        (speed as f32, state)
    }
}

/// A device that measures traffic, and what it says.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Detector {
    place: Geodetic,
    /// The road that it names.
    road: Option<String>,
    /// The features that it stands at.
    features: Vec<String>,
    /// Which way the traffic goes that it measures, degrees clockwise from north; `None` for both.
    direction_deg: Option<f64>,
    said: RoadSaid,
}

impl Detector {
    /// The detector `known`; `None` while it has said nothing.
    fn of(known: &ThingRow, shown: &Shown<'_>, late: &BTreeSet<String>) -> Option<Self> {
        let thing = &known.thing;
        let source = prefix_of(thing.id.as_str());
        let is_late = source.is_some_and(|source| late.contains(source));
        let readings = shown.state.readings();
        let mut said = RoadSaid::default();
        for series in &known.series {
            let (Some(reading), Some(of)) = (readings.get(*series), shown.state.series_at(*series))
            else {
                continue;
            };
            let unit = &of.datastream.unit;
            let class = class_of(shown.state.severity(readings, *series));
            said.class = said.class.max(class);
            let speed = speed_mps(reading.value, unit);
            let is_first_speed = said.speed_mps.is_none() && speed.is_some();
            if said.value.is_none() || is_first_speed {
                said.speed_mps = speed;
                said.value = Some((reading.value, unit.clone()));
                said.age = series_age(shown, *series, is_late);
            }
        }
        said.age?;
        let property = |name: &str| {
            let mut all = thing.properties.iter();
            let (_, value) = all.find(|(key, _)| key == name)?;
            Some(value.trim()).filter(|value| !value.is_empty())
        };
        let features = FEATURES.into_iter().filter_map(property);
        Some(Self {
            place: thing.position,
            road: property(ROAD).map(str::to_owned),
            features: features.map(str::to_owned).collect(),
            direction_deg: property(DIRECTION).and_then(direction_deg),
            said,
        })
    }
}

/// The devices that stand and measure traffic, with what they say. `late` are the sources that are late as a whole.
pub(super) fn detectors(
    shown: &Shown<'_>,
    table: &ThingTable,
    late: &BTreeSet<String>,
) -> Vec<Detector> {
    let things = shown.state.things().iter().zip(0..);
    let found = things.filter_map(|(known, row)| {
        let is_traffic = known.thing.kind == SensorKind::Traffic;
        // A vehicle that tells its speed is the traffic, and measures none.
        let measures = is_traffic && table.class(row) == ThingClass::Device;
        measures.then(|| Detector::of(known, shown, late)).flatten()
    });
    found.collect()
}

/// A direction as detectors tell it: degrees clockwise from north, or one of [`WAYS`].
fn direction_deg(told: &str) -> Option<f64> {
    let word = WAYS
        .iter()
        .zip(0_u32..)
        .find(|(word, _)| word.eq_ignore_ascii_case(told));
    if let Some((_, eighth)) = word {
        return Some(f64::from(eighth) * 45.0);
    }
    told.parse()
        .ok()
        .filter(|degrees: &f64| degrees.is_finite())
}

/// A measured speed in metres per second; `None` for what is none.
fn speed_mps(value: f64, unit: &str) -> Option<f64> {
    let mps = match unit {
        UNIT => 1.0 / UNIT_PER_MPS,
        "m/s" => 1.0,
        "mph" => MPH,
        _ => return None,
    };
    (value.is_finite() && value >= 0.0).then_some(value * mps)
}

/// A road of the map.
#[derive(Debug)]
struct Road {
    name: String,
    name_en: String,
    /// How wide each of its directions is, metres.
    width_m: f64,
    /// Where its first direction leads, degrees clockwise from north.
    direction_deg: f64,
}

/// The named roads of a city, and where to look for those near a place.
#[derive(Debug)]
pub(super) struct RoadMap {
    frame: LocalFrame,
    roads: Vec<Road>,
    /// Of each road one after the other its two directions.
    lines: LineMap,
    /// Roads by their names in both languages, and by the features that they are made of.
    by_name: BTreeMap<String, u32>,
}

impl RoadMap {
    /// The roads `named` of a city at `origin`.
    fn new(named: Vec<NamedRoad>, origin: Geodetic) -> Self {
        let frame = LocalFrame::new(origin);
        let (mut roads, mut lines) = (Vec::new(), Vec::new());
        let mut by_name = BTreeMap::new();
        for (road, number) in named.into_iter().zip(0_u32..) {
            let path = road.path.iter().map(|place| {
                let at = frame.enu_from_geodetic(*place);
                [at.east_m, at.north_m]
            });
            let mut path: Vec<[f64; 2]> = path.collect();
            let direction_deg = heading_deg(&path);
            let side_m = f64::midpoint(road.width_m, GAP_M);
            lines.push(right_of(&path, side_m));
            path.reverse();
            lines.push(right_of(&path, side_m));
            let names = [road.name.clone(), road.name_en.clone()];
            let names = names.into_iter().chain(road.pieces);
            for name in names.filter(|name| !name.is_empty()) {
                by_name.entry(name).or_insert(number);
            }
            roads.push(Road {
                name: road.name,
                name_en: road.name_en,
                width_m: road.width_m,
                direction_deg,
            });
        }
        Self {
            frame,
            roads,
            lines: LineMap::new(lines, HEIGHTS_M),
            by_name,
        }
    }

    /// The road that a line is of.
    fn road(&self, line: u32) -> Option<&Road> {
        self.roads.get((line / SIDES) as usize)
    }

    /// The name of a line's road in `language`, and the way that its traffic goes.
    pub(super) fn name_of(&self, line: u32, language: &str) -> Option<String> {
        let road = self.road(line)?;
        let is_english = language == "en" && !road.name_en.is_empty();
        let name = if is_english {
            &road.name_en
        } else {
            &road.name
        };
        let turn_deg = if line.is_multiple_of(SIDES) {
            0.0
        } else {
            180.0
        };
        let eighth = ((road.direction_deg + turn_deg) / 45.0).round() as usize;
        let way = WAYS.get(eighth % WAYS.len())?;
        let way = text(language, &format!("road_way.{way}")).unwrap_or_default();
        Some(format!("{name} {way}").trim_end().to_owned())
    }

    /// The road that a detector measures. One that names its road is taken at its word.
    fn road_of(&self, detector: &Detector) -> Option<u32> {
        if let Some(road) = &detector.road {
            return self.by_name.get(road).copied();
        }
        let mut features = detector.features.iter();
        if let Some(number) = features.find_map(|feature| self.by_name.get(feature)) {
            return Some(*number);
        }
        let at = self.frame.enu_from_geodetic(detector.place);
        let sight = Sight {
            at: [at.east_m, at.north_m, 0.0],
            lean: [0.0; 2],
        };
        let line = self.lines.nearest(sight, NEAREST_M, |_| Some(0.0))?;
        Some(line / SIDES)
    }

    /// What is said of each line.
    fn said(&self, detectors: &[Detector]) -> Vec<RoadSaid> {
        let mut by_line: BTreeMap<u32, Vec<&RoadSaid>> = BTreeMap::new();
        for detector in detectors {
            let Some(number) = self.road_of(detector) else {
                continue;
            };
            let first = number * SIDES;
            let road_deg = self.road(first).map_or(0.0, |road| road.direction_deg);
            for side in sides_of(road_deg, detector.direction_deg) {
                let known = by_line.entry(first + *side).or_default();
                known.push(&detector.said);
            }
        }
        let lines = 0..self.roads.len() as u32 * SIDES;
        let said = lines.map(|line| by_line.get(&line).map(Vec::as_slice).unwrap_or_default());
        said.map(RoadSaid::of).collect()
    }

    /// The roads as they are drawn; their states only where the lines are there (`is_told`).
    fn shape(&self, said: &[RoadSaid], is_told: bool, origin: Geodetic) -> ShapePlan {
        let states = said.iter().zip(0_u32..).map(|(said, line)| {
            let (speed, state) = said.now();
            (line, speed, state)
        });
        if is_told {
            return ShapePlan::FlowStates(states.collect());
        }
        let lines = states.map(|(line, speed, state)| FlowLinePlan {
            places: self.lines.line(line).unwrap_or_default().to_vec(),
            width_m: self.road(line).map_or(0.0, |road| road.width_m) as f32,
            speed,
            state,
        });
        ShapePlan::Flow {
            origin,
            lines: lines.collect(),
        }
    }
}

/// Which of a road's directions a detector measures: the first leads to `road_deg`. Both where it tells none, or one
/// across the road.
fn sides_of(road_deg: f64, told_deg: Option<f64>) -> &'static [u32] {
    let along = told_deg.map_or(0.0, |told_deg| (told_deg - road_deg).to_radians().cos());
    if along.abs() < LEAST_ALONG {
        &[0, 1]
    } else if along > 0.0 {
        &[0]
    } else {
        &[1]
    }
}

/// Where a path leads as a whole, degrees clockwise from north.
fn heading_deg(path: &[[f64; 2]]) -> f64 {
    let (Some(first), Some(last)) = (path.first(), path.last()) else {
        return 0.0;
    };
    let [east, north] = [last[0] - first[0], last[1] - first[1]];
    east.atan2(north).to_degrees().rem_euclid(360.0)
}

/// The line that runs `side_m` to the right of a path.
fn right_of(path: &[[f64; 2]], side_m: f64) -> Vec<[f32; 3]> {
    let places = path.iter().enumerate().map(|(place, at)| {
        let before = path.get(place.saturating_sub(1)).unwrap_or(at);
        let after = path.get(place + 1).unwrap_or(at);
        let [east, north] = [after[0] - before[0], after[1] - before[1]];
        let long = east.hypot(north);
        let aside = if long > 0.0 { side_m / long } else { 0.0 };
        [
            (at[0] + north * aside) as f32,
            (at[1] - east * aside) as f32,
            UP_M,
        ]
    });
    places.collect()
}

/// What it takes to draw the roads of a city.
pub(super) struct RoadWork {
    /// The city.
    pub(super) city: Arc<City>,
    /// Its roads, where they were worked out before.
    pub(super) known: Option<Arc<RoadMap>>,
    /// The classes of features that the layer is of.
    pub(super) classes: Vec<String>,
    /// Who measures.
    pub(super) detectors: Vec<Detector>,
    /// The lines are there: only their states are told.
    pub(super) is_told: bool,
}

impl RoadWork {
    /// The roads of a city at `origin` as they are drawn, and what they say.
    pub(super) fn run(self, origin: Geodetic) -> Result<(ShapePlan, RoadsReading), ShapeFault> {
        if self.classes != [CLASS] {
            return Err(ShapeFault::NoFlow);
        }
        let read = || Arc::new(RoadMap::new(self.city.roads(), origin));
        let map = self.known.unwrap_or_else(read);
        if map.roads.is_empty() {
            return Err(ShapeFault::NoRoads);
        }
        let said = map.said(&self.detectors);
        let shape = map.shape(&said, self.is_told, origin);
        Ok((shape, RoadsReading { map, said }))
    }
}

/// The roads of a layer with what is said of them.
#[derive(Debug)]
pub(super) struct RoadsReading {
    /// All named roads of the city.
    pub(super) map: Arc<RoadMap>,
    /// What is said of each line.
    said: Vec<RoadSaid>,
}

impl RoadsReading {
    /// The line that is looked at, at most `reach_m` from the sight, and what is said of it.
    pub(super) fn at(&self, sight: Sight, reach_m: f64) -> Option<(u32, &RoadSaid)> {
        let line = self.map.lines.nearest(sight, reach_m, |line| {
            let road = self.map.road(line)?;
            Some(road.width_m / 2.0)
        })?;
        Some((line, self.said.get(line as usize)?))
    }

    /// How many roads there are, how bad and how old, and when the newest value held.
    pub(super) fn count(&self) -> (LayerCount, Option<i64>) {
        let mut count = LayerCount::default();
        let mut newest: Option<i64> = None;
        for sides in self.said.chunks(SIDES as usize) {
            let sides: Vec<&RoadSaid> = sides.iter().collect();
            let said = RoadSaid::of(&sides);
            count.all += 1;
            count.shown += 1;
            if let Some(class) = count.by_class.get_mut(usize::from(said.class)) {
                *class += 1;
            }
            newest = newest.max(said.age.and_then(|age| age.at));
            match said.age.map(|age| age.freshness) {
                None | Some(Freshness::Fresh) => {}
                Some(Freshness::Late) => count.late += 1,
                Some(Freshness::Missing) => count.missing += 1,
            }
        }
        (count, newest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_geo::Enu;
    use cim_layers::Why;

    const ORIGIN: Geodetic = Geodetic {
        lon_deg: 121.5,
        lat_deg: 31.2,
        height_m: 0.0,
    };

    fn place(east_m: f64, north_m: f64) -> Geodetic {
        let at = Enu {
            east_m,
            north_m,
            up_m: 0.0,
        };
        LocalFrame::new(ORIGIN).geodetic_from_enu(at)
    }

    /// A road that runs 600 m east at a northing, 8 m wide in each direction.
    fn road(name: &str, name_en: &str, north_m: f64) -> NamedRoad {
        NamedRoad {
            name: name.to_owned(),
            name_en: name_en.to_owned(),
            pieces: vec![format!("w-{name}")],
            width_m: 8.0,
            path: (0..=6)
                .map(|n| place(f64::from(n) * 100.0, north_m))
                .collect(),
        }
    }

    fn map() -> RoadMap {
        let roads = vec![
            road("世纪大道", "Century Avenue", 0.0),
            road("银城路", "", 200.0),
        ];
        RoadMap::new(roads, ORIGIN)
    }

    fn age(freshness: Freshness, at: i64) -> Age {
        Age {
            freshness,
            why: if freshness == Freshness::Fresh {
                Why::NotAged
            } else {
                Why::DeviceSilent
            },
            at: Some(at),
        }
    }

    /// A fresh detector at these metres that measures 10 m/s.
    fn detector(east_m: f64, north_m: f64) -> Detector {
        Detector {
            place: place(east_m, north_m),
            road: None,
            features: Vec::new(),
            direction_deg: None,
            said: RoadSaid {
                class: 0,
                speed_mps: Some(10.0),
                value: Some((36.0, UNIT.to_owned())),
                age: Some(age(Freshness::Fresh, 5)),
            },
        }
    }

    /// The lines of which something is said.
    #[track_caller]
    fn check(detector: Detector, lines: &[u32]) {
        let said = map().said(&[detector]);
        let known = said.iter().zip(0..).filter(|(said, _)| said.age.is_some());
        let known: Vec<u32> = known.map(|(_, line)| line).collect();
        assert_eq!(known, lines);
    }

    #[test]
    fn a_detector_measures_the_road_that_it_names_or_stands_at_or_else_the_nearest() {
        check(detector(300.0, 40.0), &[0, 1]);
        check(detector(300.0, 150.0), &[2, 3]);
        check(detector(300.0, 100.0), &[]);
        let named = |name: &str| Detector {
            road: Some(name.to_owned()),
            ..detector(300.0, 0.0)
        };
        check(named("银城路"), &[2, 3]);
        check(named("Century Avenue"), &[0, 1]);
        check(named("a road elsewhere"), &[]);
        check(named(""), &[]);
        let standing = |feature: &str| Detector {
            features: vec![feature.to_owned()],
            ..detector(300.0, 0.0)
        };
        check(standing("w-银城路"), &[2, 3]);
        check(standing("a lamp"), &[0, 1]);
    }

    #[test]
    fn a_detector_that_tells_a_direction_measures_only_that_one() {
        let told = |told: &str| Detector {
            direction_deg: direction_deg(told),
            ..detector(300.0, 0.0)
        };
        check(told("90"), &[0]);
        check(told("e"), &[0]);
        check(told("NW"), &[1]);
        check(told("-80.5"), &[1]);
        check(told("n"), &[0, 1]);
        check(told("downtown"), &[0, 1]);
        check(told("NaN"), &[0, 1]);
    }

    #[test]
    fn directions_lie_beside_each_other_and_run_against_each_other() {
        let map = map();
        let said = map.said(&[detector(300.0, 0.0)]);
        let ShapePlan::Flow { lines, .. } = map.shape(&said, false, ORIGIN) else {
            panic!("no lines");
        };
        assert_eq!(lines.len(), 4);
        let ends = |line: usize| {
            let places = &lines[line].places;
            [places[0], places[places.len() - 1]].map(|[east, north, _]| [east, north])
        };
        let is_near = |got: [[f32; 2]; 2], wanted: [[f32; 2]; 2]| {
            let mut pairs = got.iter().flatten().zip(wanted.iter().flatten());
            pairs.all(|(got, wanted)| (got - wanted).abs() < 0.5)
        };
        // Who drives east keeps to the south.
        assert!(is_near(ends(0), [[0.0, -4.5], [600.0, -4.5]]), "{lines:?}");
        assert!(is_near(ends(1), [[600.0, 4.5], [0.0, 4.5]]), "{lines:?}");
        assert!((lines[1].speed - 10.0).abs() < 1e-3);
        assert!((lines[1].state.value - 36.0).abs() < 1e-3);
        assert!(lines[2].speed.is_nan(), "nobody measures");
        let ShapePlan::FlowStates(states) = map.shape(&said, true, ORIGIN) else {
            panic!("no states");
        };
        let numbers: Vec<u32> = states.iter().map(|(line, ..)| *line).collect();
        assert_eq!(numbers, [0, 1, 2, 3]);
    }

    #[test]
    fn a_road_is_as_fast_as_its_freshest_detectors_and_as_bad_as_its_worst() {
        let said = |speed_mps: f64, class: u8, age: Age| RoadSaid {
            class,
            speed_mps: Some(speed_mps),
            value: Some((speed_mps * UNIT_PER_MPS, UNIT.to_owned())),
            age: Some(age),
        };
        let old = said(30.0, 3, age(Freshness::Missing, 1));
        let slow = said(5.0, 0, age(Freshness::Fresh, 7));
        let fast = said(15.0, 0, age(Freshness::Fresh, 6));
        let all = RoadSaid::of(&[&old, &slow, &fast]);
        assert_eq!(all, said(10.0, 3, age(Freshness::Fresh, 7)));
        let counted = RoadSaid {
            value: Some((120.0, "辆/h".to_owned())),
            age: Some(age(Freshness::Late, 2)),
            ..RoadSaid::default()
        };
        let with_speed = RoadSaid::of(&[&counted, &old]);
        assert_eq!(with_speed.value, old.value);
        assert_eq!(RoadSaid::of(&[&counted]), counted);
        assert!(counted.now().0.is_nan());
        assert_eq!(RoadSaid::of(&[]), RoadSaid::default());
    }

    #[test]
    fn roads_are_counted_once_and_the_direction_that_is_looked_at_is_told() {
        let map = Arc::new(map());
        let eastward = Detector {
            direction_deg: Some(90.0),
            ..detector(300.0, 0.0)
        };
        let said = map.said(&[eastward]);
        let reading = RoadsReading { map, said };
        let (count, newest) = reading.count();
        assert_eq!((count.shown, count.missing, newest), (2, 0, Some(5)));
        let look = |north_m: f64| {
            let sight = Sight {
                at: [300.0, north_m, 0.0],
                lean: [0.0; 2],
            };
            let (line, said) = reading.at(sight, 1.0)?;
            let name = ["zh-CN", "en"].map(|language| reading.map.name_of(line, language));
            Some((name.map(Option::unwrap_or_default), said.age.is_some()))
        };
        let names = |names: [&str; 2]| names.map(str::to_owned);
        let eastward = names(["世纪大道 往东", "Century Avenue eastbound"]);
        assert_eq!(look(-5.0), Some((eastward, true)));
        let westward = names(["世纪大道 往西", "Century Avenue westbound"]);
        assert_eq!(look(5.0), Some((westward, false)), "nobody measures");
        assert_eq!(look(100.0), None);
    }

    #[test]
    fn only_a_speed_is_a_speed() {
        let wanted = [
            (36.0, "km/h", Some(10.0)),
            (10.0, "m/s", Some(10.0)),
            (100.0, "mph", Some(44.704)),
            (120.0, "辆/h", None),
            (-3.0, "km/h", None),
            (f64::NAN, "km/h", None),
        ];
        for (value, unit, mps) in wanted {
            let got = speed_mps(value, unit);
            let is_near = match (got, mps) {
                (Some(got), Some(wanted)) => (got - wanted).abs() < 1e-9,
                (got, wanted) => got.is_none() && wanted.is_none(),
            };
            assert!(is_near, "{value} {unit}: {got:?}");
        }
    }
}
