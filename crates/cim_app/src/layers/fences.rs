//! Fences: those of scene packs and those that a person drew, and who came and left.
//!
//! What happens at a fence is a note in the list of events: it rings nowhere, counts nowhere and has no pin.

use cim_geo::{Enu, Geodetic, LocalFrame};
use cim_layers::motion::fence::{
    Fence, FenceEvent, FenceEventKind, FenceShape, Fences, Whereabouts,
};
use cim_model::{Event, EventId, EventLevel, EventStatus, Standing, UtcMillis};
use cim_tiles::Problem;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::VecDeque, io::Read as _, path::Path};

/// The file of a pack with its fences: GeoJSON (RFC 7946).
const FILE: &str = "fences.geojson";
/// The longest such file, bytes.
const MOST_BYTES: u64 = 8 << 20;
/// More fences are not watched.
const MOST_FENCES: usize = 4_096;
/// A fence drawn here has at most so many corners.
const MOST_CORNERS: usize = 4_096;
/// So many notes are kept.
const MOST_NOTES: usize = 200;
/// What leaves has to be farther outside than this, metres.
const HYSTERESIS_M: f32 = 15.0;
/// After so many seconds without a place nobody knows the way to the next one: nothing was passed.
const MOST_WAY_S: f64 = 600.0;
/// So much that happened waits for the rules; of more the oldest is lost.
const MOST_WAITING: usize = 10_000;
/// A circle is told as a ring of so many corners.
const CIRCLE_CORNERS: u32 = 48;
/// Category of the notes.
pub(crate) const FENCE_NOTE: &str = "fence";

/// A fence as it is kept: longitudes and latitudes, WGS 84 / CGCS2000.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct FencePlan {
    /// Identity; filters name it.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) name: String,
    /// Where it runs.
    pub(crate) run: FenceRun,
    /// Seconds inside after which it is told that somebody stays.
    pub(crate) dwell_s: Option<f32>,
}

/// Where a fence runs; degrees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "as", rename_all = "snake_case")]
pub(crate) enum FenceRun {
    /// Around an area; further rings are cut out of it.
    Polygon {
        /// The rings.
        rings: Vec<Vec<[f64; 2]>>,
    },
    /// Around a place.
    Circle {
        /// The place.
        middle: [f64; 2],
        /// How far, metres.
        radius_m: f32,
    },
    /// Along a line.
    Corridor {
        /// The line.
        line: Vec<[f64; 2]>,
        /// From border to border, metres.
        width_m: f32,
    },
}

/// All fences of a desk.
#[derive(Default)]
pub(crate) struct FenceBook {
    plans: Vec<FencePlan>,
    shapes: Vec<FenceShape>,
    frame: Option<LocalFrame>,
    watch: Option<Watch>,
    /// True while what moves is followed; the first look after a break notes nothing.
    follows: bool,
    notes: VecDeque<Event>,
    /// What happened since the rules asked last, oldest first.
    waiting: VecDeque<FencePass>,
    told: u64,
    revision: u64,
}

/// Somebody came, left, stayed or went through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FencePass {
    /// The device, by its row.
    pub(crate) thing: u32,
    /// The fence's number.
    pub(crate) fence: u32,
    /// What.
    pub(crate) kind: FenceEventKind,
    /// When.
    pub(crate) at: UtcMillis,
}

/// Who is where.
struct Watch {
    fences: Fences,
    epoch: UtcMillis,
    /// The newest place of each device, by its row.
    known: Vec<Option<Stand>>,
    found: Vec<FenceEvent>,
}

/// Where a device was last.
#[derive(Clone, Copy)]
struct Stand {
    /// Metres.
    at: [f32; 3],
    moment: UtcMillis,
}

impl FenceBook {
    /// Watches these fences from now on, in the frame of a city at `origin`. Who is inside one that stays has not come
    /// anew.
    pub(crate) fn set(&mut self, plans: Vec<FencePlan>, origin: Option<Geodetic>) {
        self.frame = origin.map(LocalFrame::new);
        self.plans = plans;
        self.plans.truncate(MOST_FENCES);
        self.shapes = match &self.frame {
            Some(frame) => self.plans.iter().map(|plan| plan.shape(frame)).collect(),
            None => Vec::new(),
        };
        self.watch = None;
        self.follows = false;
        self.revision += 1;
    }

    /// True when there is something to watch.
    pub(crate) fn is_watching(&self) -> bool {
        self.frame.is_some() && !self.shapes.is_empty()
    }

    /// What moves is not followed for a while: another moment is shown.
    pub(crate) fn lose_sight(&mut self) {
        self.follows = false;
    }

    /// Follows what moves from now on. True when it was not followed before: then all are to be told by
    /// [`FenceBook::stands`] first, as nobody saw how they came to where they are.
    pub(crate) fn begins_to_follow(&mut self) -> bool {
        !std::mem::replace(&mut self.follows, true)
    }

    /// Where they run, metres east and north of the city's origin; empty without a city.
    pub(crate) fn shapes(&self) -> &[FenceShape] {
        &self.shapes
    }

    /// Counts up with every other set of fences.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether `at` lies inside the fence called `name`; `None` when there is no such fence.
    pub(crate) fn is_inside(&self, name: &str, at: Geodetic) -> Option<bool> {
        let mut plans = self.plans.iter();
        let place = plans.position(|plan| plan.id == name || plan.name == name)?;
        let shape = self.shapes.get(place)?;
        let at = self.frame.as_ref()?.enu_from_geodetic(at);
        let whereabouts = shape.whereabouts([at.east_m as f32, at.north_m as f32], 0.0);
        Some(whereabouts == Whereabouts::Inside)
    }

    /// The name and the ring of the fence called `name`, degrees; what is cut out of it is not told. `None` when there is no
    /// such fence, or it runs along a line.
    pub(crate) fn ring(&self, name: &str) -> Option<(String, Vec<[f64; 2]>)> {
        let mut plans = self.plans.iter();
        let plan = plans.find(|plan| plan.id == name || plan.name == name)?;
        let ring = match &plan.run {
            FenceRun::Polygon { rings } => rings.first()?.clone(),
            FenceRun::Circle { middle, radius_m } => ring_around(*middle, f64::from(*radius_m)),
            FenceRun::Corridor { .. } => return None,
        };
        Some((plan.name.clone(), ring))
    }

    /// The device `row` was at `at` when it was `moment`, however it came there: nothing is noted.
    pub(crate) fn stands(&mut self, row: u32, at: Geodetic, moment: UtcMillis) {
        self.take(row, at, moment);
    }

    /// The device `row`, which people call `name`, was at `at` when it was `moment`. The first place of a device is where it
    /// stands: it entered nothing there. What is no newer than what is known is passed over. Allocates only for notes.
    pub(crate) fn moved(&mut self, row: u32, name: &str, at: Geodetic, moment: UtcMillis) {
        if !self.take(row, at, moment) {
            return;
        }
        for event in self.watch.iter().flat_map(|watch| &watch.found) {
            let Some(plan) = self.plans.get(event.fence as usize) else {
                continue;
            };
            self.told += 1;
            let note = note(plan, event.kind, name, (at, moment), self.told);
            self.notes.push_front(note);
            self.waiting.push_back(FencePass {
                thing: row,
                fence: event.fence,
                kind: event.kind,
                at: moment,
            });
        }
        self.notes.truncate(MOST_NOTES);
        let too_many = self.waiting.len().saturating_sub(MOST_WAITING);
        self.waiting.drain(..too_many);
    }

    /// True when the device was known before, so that what was found is news.
    fn take(&mut self, row: u32, at: Geodetic, moment: UtcMillis) -> bool {
        let Some(frame) = self.frame.as_ref().filter(|_| !self.shapes.is_empty()) else {
            return false;
        };
        let to = frame.enu_from_geodetic(at);
        let to = [to.east_m as f32, to.north_m as f32, 0.0];
        if self.watch.is_none() {
            self.watch = Watch::new(&self.plans, &self.shapes, moment);
        }
        let watch = self.watch.as_mut();
        watch.is_some_and(|watch| watch.take(row, to, moment))
    }

    /// What happened since this was asked last, oldest first.
    pub(crate) fn take_passes(&mut self) -> VecDeque<FencePass> {
        std::mem::take(&mut self.waiting)
    }

    /// The identities of the fences, by their numbers.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.plans.iter().map(|plan| plan.id.clone()).collect()
    }

    /// What happened at the fences, newest first.
    pub(crate) fn notes(&self) -> impl Iterator<Item = &Event> {
        self.notes.iter()
    }
}

impl Watch {
    fn new(plans: &[FencePlan], shapes: &[FenceShape], epoch: UtcMillis) -> Option<Self> {
        // A broken fence watches nothing and keeps its number; the file's problems were told when it was read.
        let (fences, _) = Fences::new(0, watched(plans, shapes)).ok()?;
        Some(Self {
            fences,
            epoch,
            known: Vec::new(),
            found: Vec::new(),
        })
    }

    /// Takes in that the device `row` was at `to` (metres) when it was `moment`, and finds what happened there. True when it
    /// was known before and this is newer.
    fn take(&mut self, row: u32, to: [f32; 3], moment: UtcMillis) -> bool {
        self.found.clear();
        let rows = row.saturating_add(1);
        if self.fences.rows() < rows {
            if self.fences.resize(rows).is_err() {
                return false;
            }
            self.known.resize(rows as usize, None);
        }
        let Some(known) = self.known.get_mut(row as usize) else {
            return false;
        };
        if known.is_some_and(|before| moment <= before.moment) {
            return false;
        }
        let before = known.replace(Stand { at: to, moment });
        let way = before.filter(|before| moment.seconds_since(before.moment) <= MOST_WAY_S);
        let from = way.map_or(to, |before| before.at);
        let t = moment.seconds_since(self.epoch) as f32;
        self.fences.update(row, from, to, t, &mut self.found) && before.is_some()
    }
}

/// The corners of a circle of `radius_m` around `middle`, degrees, counter-clockwise from the east.
pub(crate) fn ring_around([lon_deg, lat_deg]: [f64; 2], radius_m: f64) -> Vec<[f64; 2]> {
    let frame = LocalFrame::new(Geodetic::new(lon_deg, lat_deg, 0.0));
    let corner = |step: u32| {
        let turn = f64::from(step) * std::f64::consts::TAU / f64::from(CIRCLE_CORNERS);
        let (north, east) = turn.sin_cos();
        let at = frame.geodetic_from_enu(Enu::new(east * radius_m, north * radius_m, 0.0));
        [at.lon_deg, at.lat_deg]
    };
    (0..CIRCLE_CORNERS).map(corner).collect()
}

fn watched(plans: &[FencePlan], shapes: &[FenceShape]) -> Vec<Fence> {
    let fences = plans.iter().zip(shapes).map(|(plan, shape)| Fence {
        id: plan.id.clone(),
        shape: shape.clone(),
        hysteresis_m: HYSTERESIS_M,
        dwell_s: plan.dwell_s,
    });
    fences.collect()
}

impl FencePlan {
    /// True when it can be watched at all.
    pub(crate) fn is_sound(&self) -> bool {
        let is_place =
            |[lon, lat]: &[f64; 2]| (-180.0..=180.0).contains(lon) && (-90.0..=90.0).contains(lat);
        let positive = |metres: f32| metres.is_finite() && metres > 0.0;
        let corners = |line: &[[f64; 2]], least: usize| {
            (least..=MOST_CORNERS).contains(&line.len()) && line.iter().all(is_place)
        };
        match &self.run {
            FenceRun::Polygon { rings } => {
                !rings.is_empty() && rings.iter().all(|ring| corners(ring, 3))
            }
            FenceRun::Circle { middle, radius_m } => is_place(middle) && positive(*radius_m),
            FenceRun::Corridor { line, width_m } => corners(line, 2) && positive(*width_m),
        }
    }

    fn shape(&self, frame: &LocalFrame) -> FenceShape {
        let place = |[lon, lat]: &[f64; 2]| {
            let at = frame.enu_from_geodetic(Geodetic::new(*lon, *lat, 0.0));
            [at.east_m as f32, at.north_m as f32]
        };
        let line = |line: &[[f64; 2]]| -> Vec<[f32; 2]> { line.iter().map(place).collect() };
        match &self.run {
            FenceRun::Polygon { rings } => FenceShape::Polygon {
                outer: rings.first().map(|ring| line(ring)).unwrap_or_default(),
                holes: rings.iter().skip(1).map(|ring| line(ring)).collect(),
            },
            FenceRun::Circle { middle, radius_m } => FenceShape::Circle {
                middle: place(middle),
                radius_m: *radius_m,
            },
            FenceRun::Corridor {
                line: middle,
                width_m,
            } => FenceShape::Corridor {
                line: line(middle),
                width_m: *width_m,
            },
        }
    }
}

/// What happened, as a line of the list of events.
fn note(
    plan: &FencePlan,
    kind: FenceEventKind,
    name: &str,
    (position, moment): (Geodetic, UtcMillis),
    number: u64,
) -> Event {
    // Signs, because the line stands in either language.
    let sign = match kind {
        FenceEventKind::Entered => "→",
        FenceEventKind::Left => "←",
        FenceEventKind::Dwelled => "◎",
        FenceEventKind::Passed => "↷",
    };
    Event {
        id: EventId::new(format!("{FENCE_NOTE}:{number}")),
        title: format!("{name} {sign} {}", plan.name),
        description: String::new(),
        category: FENCE_NOTE.to_owned(),
        level: EventLevel::IV,
        status: EventStatus::Closed,
        position,
        happened_at: moment,
        known_at: moment,
        source: plan.id.clone(),
        standing: Standing::Actual,
    }
}

/// The fences of the pack in `folder`, and what is wrong with some of them; none where it has no such file.
pub(crate) fn read_fences(folder: &Path) -> (Vec<FencePlan>, Vec<Problem>) {
    let path = folder.join(FILE);
    let problem = |place: String, reason: String| Problem {
        source: path.display().to_string(),
        place,
        reason,
    };
    let file = match std::fs::File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return (Vec::new(), Vec::new());
        }
        Err(error) => return (Vec::new(), vec![problem(String::new(), error.to_string())]),
    };
    let mut bytes = Vec::new();
    if let Err(error) = file.take(MOST_BYTES + 1).read_to_end(&mut bytes) {
        return (Vec::new(), vec![problem(String::new(), error.to_string())]);
    }
    if bytes.len() as u64 > MOST_BYTES {
        let reason = format!("it is larger than {MOST_BYTES} bytes");
        return (Vec::new(), vec![problem(String::new(), reason)]);
    }
    let value: Value = match serde_json::from_slice(&bytes) {
        Ok(value) => value,
        Err(error) => {
            let place = format!("line {} column {}", error.line(), error.column());
            return (Vec::new(), vec![problem(place, error.to_string())]);
        }
    };
    let (mut plans, mut problems) = (Vec::new(), Vec::new());
    let features = value.get("features").and_then(Value::as_array);
    for (index, feature) in features.into_iter().flatten().enumerate().take(MOST_FENCES) {
        match fence_of(feature).filter(FencePlan::is_sound) {
            Some(plan) => plans.push(plan),
            None => problems.push(problem(
                format!("$.features[{index}]"),
                "a fence has an id, and is a Polygon, a Point with radius_m or a LineString with \
                 width_m"
                    .to_owned(),
            )),
        }
    }
    (plans, problems)
}

fn fence_of(feature: &Value) -> Option<FencePlan> {
    let said = feature.get("properties")?;
    let id = feature.get("id").or_else(|| said.get("id"))?.as_str()?;
    let metres = |name: &str| said.get(name)?.as_f64().map(|metres| metres as f32);
    let geometry = feature.get("geometry")?;
    let coordinates = geometry.get("coordinates")?;
    let run = match geometry.get("type")?.as_str()? {
        "Polygon" => FenceRun::Polygon {
            rings: coordinates
                .as_array()?
                .iter()
                .map(line_of)
                .collect::<Option<_>>()?,
        },
        "Point" => FenceRun::Circle {
            middle: place_of(coordinates)?,
            radius_m: metres("radius_m")?,
        },
        "LineString" => FenceRun::Corridor {
            line: line_of(coordinates)?,
            width_m: metres("width_m")?,
        },
        _ => return None,
    };
    let name = said.get("name").and_then(Value::as_str);
    Some(FencePlan {
        id: id.to_owned(),
        name: name.unwrap_or(id).to_owned(),
        run,
        dwell_s: metres("dwell_s"),
    })
}

fn line_of(value: &Value) -> Option<Vec<[f64; 2]>> {
    value.as_array()?.iter().map(place_of).collect()
}

fn place_of(value: &Value) -> Option<[f64; 2]> {
    Some([value.get(0)?.as_f64()?, value.get(1)?.as_f64()?])
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: Geodetic = Geodetic {
        lon_deg: 121.5,
        lat_deg: 31.2,
        height_m: 0.0,
    };

    fn at(metres_east: f64) -> Geodetic {
        Geodetic {
            lon_deg: ORIGIN.lon_deg + metres_east / 95_300.0,
            ..ORIGIN
        }
    }

    fn circle() -> FencePlan {
        FencePlan {
            id: "ring-1".to_owned(),
            name: "工地".to_owned(),
            run: FenceRun::Circle {
                middle: [ORIGIN.lon_deg, ORIGIN.lat_deg],
                radius_m: 100.0,
            },
            dwell_s: None,
        }
    }

    #[test]
    fn a_fence_is_told_as_a_ring_by_its_identity_or_its_name() {
        let mut book = FenceBook::default();
        book.set(vec![circle()], Some(ORIGIN));
        let (name, ring) = book.ring("ring-1").expect("the fence");
        assert_eq!((name.as_str(), ring.len()), ("工地", 48));
        let frame = LocalFrame::new(ORIGIN);
        for [lon, lat] in ring {
            let at = frame.enu_from_geodetic(Geodetic::new(lon, lat, 0.0));
            assert!((at.east_m.hypot(at.north_m) - 100.0).abs() < 0.1);
        }
        assert!(book.ring("工地").is_some() && book.ring("no").is_none());
    }

    #[test]
    fn who_comes_and_leaves_is_noted_newest_first() {
        let mut book = FenceBook::default();
        book.set(vec![circle()], Some(ORIGIN));
        for (second, east) in [(0, -400.0), (10, 0.0), (20, 400.0)] {
            book.moved(7, "渣土车 001", at(east), UtcMillis(second * 1_000));
        }
        let titles: Vec<&str> = book.notes().map(|note| note.title.as_str()).collect();
        assert_eq!(titles, ["渣土车 001 ← 工地", "渣土车 001 → 工地"]);
        assert!(
            book.notes()
                .all(|note| note.status == EventStatus::Closed && note.category == FENCE_NOTE)
        );
    }

    #[test]
    fn who_is_inside_does_not_come_again_when_another_fence_is_drawn() {
        let mut book = FenceBook::default();
        book.set(vec![circle()], Some(ORIGIN));
        let walk = |book: &mut FenceBook, second: i64, east: f64| {
            book.moved(7, "渣土车 001", at(east), UtcMillis(second * 1_000));
            book.notes().count()
        };
        assert_eq!(walk(&mut book, 0, -400.0), 0);
        assert_eq!(walk(&mut book, 10, 0.0), 1);
        let other = FencePlan {
            id: "ring-2".to_owned(),
            run: FenceRun::Circle {
                middle: [ORIGIN.lon_deg + 0.1, ORIGIN.lat_deg],
                radius_m: 100.0,
            },
            ..circle()
        };
        book.set(vec![other, circle()], Some(ORIGIN));
        assert_eq!(walk(&mut book, 20, 5.0), 1);
        assert_eq!(walk(&mut book, 30, 400.0), 2);
    }

    #[test]
    fn nobody_enters_where_he_was_first_seen_and_no_way_is_guessed_over_a_long_silence() {
        let mut book = FenceBook::default();
        book.set(vec![circle()], Some(ORIGIN));
        let told = |book: &FenceBook| book.notes().count();
        book.moved(3, "a", at(0.0), UtcMillis(0));
        assert_eq!(told(&book), 0, "it was inside all the time");
        book.moved(3, "a", at(0.0), UtcMillis(0));
        book.moved(3, "a", at(400.0), UtcMillis(10_000));
        assert_eq!(told(&book), 1, "it left");
        // From one side to the other: passed within seconds, unknown after hours.
        book.moved(3, "a", at(-400.0), UtcMillis(20_000));
        assert_eq!(told(&book), 2);
        book.moved(3, "a", at(400.0), UtcMillis(9_000_000));
        assert_eq!(told(&book), 2);
        book.stands(3, at(0.0), UtcMillis(9_010_000));
        assert_eq!(told(&book), 2, "nobody saw how it came in");
        book.moved(3, "a", at(400.0), UtcMillis(9_020_000));
        assert_eq!(told(&book), 3, "but it is seen to leave");
    }

    #[test]
    fn a_place_is_inside_by_the_identity_or_the_name_of_a_fence() {
        let mut book = FenceBook::default();
        book.set(vec![circle()], Some(ORIGIN));
        assert_eq!(book.is_inside("ring-1", at(50.0)), Some(true));
        assert_eq!(book.is_inside("工地", at(150.0)), Some(false));
        assert_eq!(book.is_inside("nowhere", at(0.0)), None);
    }

    #[test]
    fn a_fence_that_runs_nowhere_is_not_sound() {
        let no_radius = FencePlan {
            run: FenceRun::Circle {
                middle: [0.0, 0.0],
                radius_m: f32::NAN,
            },
            ..circle()
        };
        let two_corners = FencePlan {
            run: FenceRun::Polygon {
                rings: vec![vec![[0.0, 0.0], [1.0, 1.0]]],
            },
            ..circle()
        };
        assert!(circle().is_sound() && !no_radius.is_sound() && !two_corners.is_sound());
    }

    #[test]
    fn fences_of_geojson_are_polygons_circles_and_corridors() {
        let feature = |text: &str| fence_of(&serde_json::from_str(text).expect("json"));
        let circle = feature(
            r#"{"id":"a","properties":{"name":"甲","radius_m":50},
                "geometry":{"type":"Point","coordinates":[121.5,31.2]}}"#,
        );
        assert_eq!(circle.map(|plan| plan.name), Some("甲".to_owned()));
        let corridor = feature(
            r#"{"properties":{"id":"b","width_m":12},
                "geometry":{"type":"LineString","coordinates":[[121.5,31.2],[121.6,31.2]]}}"#,
        );
        assert!(corridor.is_some_and(|plan| plan.is_sound()));
        assert_eq!(
            feature(r#"{"properties":{},"geometry":{"type":"Point","coordinates":[0,0]}}"#),
            None
        );
    }
}
