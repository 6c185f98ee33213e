//! From a pack's definition to what the twin is told: areas, columns, rings, contours, water, roads; and what is wrong with
//! them.

use super::*;
use crate::{
    city::{
        Feature,
        tests::{city_of, feature},
    },
    state::tests::{gas_sensor, number, observed, state_of},
};
use cim_layers::{
    field::RampId,
    motion::{
        bars::{BarLimit, BarScale, ColumnScale, RingScale},
        fence::FenceShape,
    },
    room::{NoRoom, Refusal},
};
use cim_model::{Freshness, Limits, SensorKind};
use std::{fs, path::PathBuf, sync::Arc};

const NOW: UtcMillis = UtcMillis(100_000);
/// Where the city begins; every device of the tests stands here.
const ORIGIN: Geodetic = Geodetic {
    lon_deg: 121.5,
    lat_deg: 31.2,
    height_m: 0.0,
};

const PACK: &str = r#"
id = "test"
version = "0.1.0"
name = { zh = "试验", en = "Test" }
"#;

/// A layer's definition: its identity, source and look.
fn definition(id: &str, source: &str, look: &str) -> String {
    format!(
        r#"
[[layer]]
id = "{id}"
name = {{ zh = "{id}", en = "{id}" }}
source = {source}
[layer.look]
{look}
"#
    )
}

/// A layer made of the raster of its name.
fn of_raster(id: &str, look: &str) -> String {
    let source = format!(r#"{{ of = "raster", file = "{id}.json" }}"#);
    definition(id, &source, look)
}

/// A city with a pack in a folder of its own, removed in the end.
struct City {
    folder: PathBuf,
    layers: Layers,
    state: State,
    numbers: BTreeMap<String, u16>,
}

impl City {
    /// The city with a pack of these layers, and these files in the pack.
    fn open(name: &str, layers: &[String], files: &[(&str, Vec<u8>)]) -> Self {
        let folder =
            std::env::temp_dir().join(format!("cim_app-shapes-{name}-{}", std::process::id()));
        let pack = folder.join("scenes/test");
        fs::create_dir_all(pack.join("layers")).expect("a scratch folder");
        fs::write(pack.join("pack.toml"), PACK).expect("written");
        fs::write(pack.join("layers/all.toml"), layers.concat()).expect("written");
        for (file, bytes) in files {
            fs::write(pack.join(file), bytes).expect("written");
        }
        let (packs, problems) = read_city_packs(&folder);
        assert_eq!(problems, Vec::new());
        let mut state = state_of(2);
        for n in 0..2 {
            state.take_known(&observed(n, NOW.0, 1.0), NOW, NOW);
        }
        let mut city = Self {
            folder,
            layers: Layers::default(),
            state,
            numbers: BTreeMap::new(),
        };
        city.layers.set_city(packs, ORIGIN, &city.folder);
        city
    }

    /// What the twin is told in all, with what is worked out aside.
    fn told(&mut self) -> Vec<LayerChanges> {
        let (first, jobs) = self.look(NOW);
        for plan in first.layers.iter().flatten() {
            self.numbers
                .insert(plan.id.as_str().to_owned(), plan.number);
        }
        for job in jobs {
            self.layers.take_made(job.run());
        }
        let (second, _) = self.look(NOW.plus_seconds(3.0));
        vec![first, second]
    }

    fn look(&mut self, now: UtcMillis) -> (LayerChanges, Vec<Job>) {
        let (events, sources) = (Events::default(), BTreeMap::new());
        self.layers.changes(Look {
            state: &mut self.state,
            events: &events,
            alarms: Vec::new(),
            sources: &sources,
            moment: now,
            rate: 1.0,
            hub_gone: false,
            now,
        })
    }

    /// The only shape that is told of a layer.
    #[track_caller]
    fn shape_of(&self, told: &[LayerChanges], id: &str) -> ShapePlan {
        let number = self.numbers.get(id).copied().expect("a layer of the twin");
        let all: Vec<&ShapePlan> = told
            .iter()
            .flat_map(|changes| &changes.shapes)
            .filter(|(layer, _)| *layer == number)
            .map(|(_, shape)| shape)
            .collect();
        let [shape] = all.as_slice() else {
            panic!("one shape of {id}: {all:?}, {:?}", self.problem_of(id));
        };
        ShapePlan::clone(shape)
    }

    /// What the panel says is wrong with a layer.
    fn problem_of(&self, id: &str) -> Option<String> {
        let rows = self.layers.dto("en").rows;
        rows.into_iter().find(|row| row.id == id)?.problem
    }
}

impl Drop for City {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).ok();
    }
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

/// The header of a raster of three columns and rows of 10 m in the city's north-east.
fn header(values: &str, ground: Option<&str>) -> Vec<u8> {
    let ground = ground.map_or_else(String::new, |name| format!(r#","ground":"{name}""#));
    let header = format!(
        r#"{{"columns":3,"rows":3,"west_deg":121.5,"south_deg":31.2,"step_m":10,"values":"{values}"{ground}}}"#
    );
    header.into_bytes()
}

const COMMUNITIES: &str = r#"{"items":[
    {"level":"district","population":900,"polygon":[[121.4,31.1],[121.6,31.1],[121.6,31.3]]},
    {"level":"community","population":25,"polygon":[[121.49,31.19],[121.51,31.19],[121.51,31.21],[121.49,31.21]]},
    {"level":"community","population":75,"polygon":[[121.51,31.19],[121.53,31.19],[121.53,31.21],[121.51,31.21]]}]}"#;

fn areas(id: &str, to: u32) -> String {
    let source = format!(r#"{{ of = "grids", level = "community", figure = "{id}" }}"#);
    let paint = format!(r#"{{ by = "value", ramp = "cividis", from = 0, to = {to}, unit = "n" }}"#);
    definition(id, &source, &format!("kind = \"areas\"\npaint = {paint}"))
}

#[test]
fn areas_of_a_level_have_their_corners_and_the_colours_of_their_figure() {
    let layers = [
        areas("residents", 100),
        areas("devices", 4),
        areas("cats", 1),
    ];
    let mut city = City::open("areas", &layers, &[]);
    fs::write(city.folder.join("grids.json"), COMMUNITIES).expect("written");
    let told = city.told();
    let colours = |id: &str| -> Vec<Option<[u8; 3]>> {
        let ShapePlan::Areas { paints, .. } = city.shape_of(&told, id) else {
            panic!("{id} has no areas");
        };
        paints.iter().map(|paint| paint.colour).collect()
    };
    let of_ramp = |part: f32| Some(RampId::Cividis.srgb8(part));
    assert_eq!(colours("residents"), [of_ramp(0.25), of_ramp(0.75)]);
    // Both devices stand in the first.
    assert_eq!(colours("devices"), [of_ramp(0.5), of_ramp(0.0)]);
    let ShapePlan::Areas { shapes, origin, .. } = city.shape_of(&told, "residents") else {
        panic!("no areas");
    };
    assert_eq!(origin, ORIGIN);
    let Some(FenceShape::Polygon { outer, .. }) = shapes.first() else {
        panic!("no corners: {shapes:?}");
    };
    // A hundredth of a degree is 953 m wide and 1 109 m high here.
    let [east, north] = outer[0];
    assert!(
        (east + 953.0).abs() < 3.0 && (north + 1_109.0).abs() < 3.0,
        "{east} {north}"
    );
    let problem = city.problem_of("cats").expect("nobody counts cats");
    assert!(problem.contains("`cats`"), "{problem}");
}

#[test]
fn a_city_without_areas_says_which_file_is_missing() {
    let mut city = City::open("no-areas", &[areas("residents", 9)], &[]);
    city.told();
    let problem = city.problem_of("residents").expect("there are no areas");
    assert!(problem.contains("grids.json"), "{problem}");
}

#[test]
fn columns_and_rings_have_the_measures_of_their_definition_and_a_row_for_each_device() {
    let gas = r#"{ of = "things", kinds = ["gas"] }"#;
    let paint = r#"paint = { by = "value", ramp = "batlow", from = 1, to = 5, unit = "m" }"#;
    let columns = format!("kind = \"columns\"\nheight_m = 120\nsize = {{ m = 10 }}\n{paint}");
    let rings = format!("kind = \"rings\"\nradius_m = 40\n{paint}");
    let layers = [
        definition("columns", gas, &columns),
        definition("rings", gas, &rings),
    ];
    let mut city = City::open("bars", &layers, &[]);
    let told = city.told();
    let bars = |scale| ShapePlan::Bars {
        scale,
        // All gas sensors have this one.
        limits: vec![BarLimit {
            value: 10.0,
            class: 2,
        }],
        own_limits: Arc::from([]),
    };
    assert_eq!(
        city.shape_of(&told, "columns"),
        bars(BarScale::Columns(ColumnScale {
            from: 1.0,
            to: 5.0,
            height_m: 120.0,
            radius_m: 5.0,
        }))
    );
    assert_eq!(
        city.shape_of(&told, "rings"),
        bars(BarScale::Rings(RingScale {
            whole: 5.0,
            radius_m: 40.0,
            band_m: 10.0,
        }))
    );
    for id in ["columns", "rings"] {
        let number = city.numbers.get(id).copied();
        let mut points = told.iter().flat_map(|changes| &changes.points);
        let points = points.find(|(layer, _)| Some(*layer) == number);
        let rows = points.map(|(_, points)| points.places.len());
        assert_eq!(rows, Some(2), "{id}");
    }
}

#[test]
fn contours_run_where_the_raster_has_their_levels() {
    let layers = [of_raster("noise", "kind = \"contours\"\nlevels = [5, 15]")];
    // It rises by 10 from each column to the next.
    let files = [
        ("noise.json", header("noise.f32", None)),
        ("noise.f32", bytes(&[0.0_f32, 10.0, 20.0].repeat(3))),
    ];
    let mut city = City::open("contours", &layers, &files);
    let told = city.told();
    let ShapePlan::Contours { lines, origin, .. } = city.shape_of(&told, "noise") else {
        panic!("no contours");
    };
    assert_eq!(origin, ORIGIN);
    let levels: Vec<f32> = lines.iter().map(|contour| contour.level).collect();
    assert_eq!(levels, [5.0, 15.0]);
    for (contour, east) in lines.iter().zip([10.0_f32, 20.0]) {
        let places: Vec<[f32; 2]> = contour.lines.iter().flatten().copied().collect();
        assert!(places.len() > 1, "{} has no line", contour.level);
        let runs_there = places.iter().all(|place| (place[0] - east).abs() < 0.1);
        assert!(runs_there, "{contour:?}");
    }
    assert_eq!(city.problem_of("noise"), None);
}

#[test]
fn water_lies_where_a_depth_is_and_a_surface_without_ground_is_a_field() {
    let layers = ["flood", "plain"].map(|id| of_raster(id, "kind = \"surface\""));
    let files = [
        ("flood.json", header("depth.f32", Some("ground.f32"))),
        ("plain.json", header("depth.f32", None)),
        ("depth.f32", bytes(&[2.0_f32, 1.0, -1.0].repeat(3))),
        ("ground.f32", bytes(&[3.0; 9])),
    ];
    let mut city = City::open("water", &layers, &files);
    let told = city.told();
    let ShapePlan::Water {
        mesh, deepest_m, ..
    } = city.shape_of(&told, "flood")
    else {
        panic!("no water");
    };
    assert!((deepest_m - 2.0).abs() < 0.01, "{deepest_m}");
    assert!(!mesh.is_empty());
    // The shore runs half way between a metre of water and a metre of land.
    let farthest = mesh.places.iter().map(|place| place[0]).fold(0.0, f32::max);
    assert!((farthest - 20.0).abs() < 0.1, "{farthest}");
    let plain = city.shape_of(&told, "plain");
    assert!(matches!(plain, ShapePlan::Heat { .. }), "{plain:?}");
}

/// A layer of flows along the features of a class.
fn flows(id: &str, class: &str) -> String {
    let source = format!(r#"{{ of = "city", classes = ["{class}"] }}"#);
    definition(id, &source, r#"kind = "flow""#)
}

/// Detectors at the city's origin with these directions, each with what it measures, km/h; jams below 10.
fn state_with_detectors(detectors: &[(&str, f64)]) -> State {
    let (mut things, mut series) = (Vec::new(), Vec::new());
    for ((direction, _), n) in detectors.iter().zip(0..) {
        let (mut thing, mut speed) = gas_sensor(n);
        thing.kind = SensorKind::Traffic;
        thing.properties = vec![("direction".to_owned(), (*direction).to_owned())];
        speed.unit = "km/h".to_owned();
        speed.limits = Limits {
            below_medium: Some(10.0),
            ..Limits::default()
        };
        things.push(thing);
        series.push(speed);
    }
    let mut state = State::default();
    state.apply_catalogue(things, series, Vec::new());
    number(&mut state);
    for ((_, speed), n) in detectors.iter().zip(0..) {
        state.take_known(&observed(n, NOW.0, *speed), NOW, NOW);
    }
    state
}

#[test]
fn a_road_has_a_line_for_each_direction_with_the_speed_and_state_that_detectors_tell() {
    let mut city = City::open("roads", &[flows("roads", "roads")], &[]);
    city.state = state_with_detectors(&[("e", 36.0), ("w", 7.2)]);
    // A road of 760 m through the origin, and one 2.2 km north of it.
    let piece = |n: u32, name: &str, north_deg: f64| Feature {
        lon_deg: ORIGIN.lon_deg + f64::from(n) * 0.001 - 0.004,
        lat_deg: ORIGIN.lat_deg + north_deg,
        ..feature(&format!("{name}{n}"), "road", name, "")
    };
    let pieces = (0..9).flat_map(|n| [piece(n, "世纪大道", 0.0), piece(n, "银城路", 0.02)]);
    city.layers.set_model(Arc::new(city_of(pieces.collect())));
    let told = city.told();
    let ShapePlan::Flow { origin, lines } = city.shape_of(&told, "roads") else {
        panic!("no lines");
    };
    assert_eq!((origin, lines.len()), (ORIGIN, 4));
    let of_road = |is_measured: bool| -> Vec<(f32, u8)> {
        let lines = lines
            .iter()
            .filter(|line| line.speed.is_nan() != is_measured);
        let mut found: Vec<(f32, u8)> =
            lines.map(|line| (line.speed, line.state.class())).collect();
        found.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        found
    };
    let [(slow, jam), (fast, free)] = of_road(true)[..] else {
        panic!("both directions are measured: {lines:?}");
    };
    assert!(
        (slow - 2.0).abs() < 1e-3 && (fast - 10.0).abs() < 1e-3,
        "{slow} {fast}"
    );
    assert_eq!((jam, free), (2, 0));
    for line in lines.iter().filter(|line| !line.speed.is_nan()) {
        let [first, .., last] = line.places.as_slice() else {
            panic!("no line");
        };
        assert_eq!(
            last[0] > first[0],
            line.speed > 5.0,
            "the fast ones drive east"
        );
        assert_eq!(line.state.freshness(), Freshness::Fresh);
    }
    assert_eq!(of_road(false).len(), 2, "nobody measures the other one");
    assert_eq!(city.problem_of("roads"), None);
    let rows = city.layers.dto("en").rows;
    let row = rows.iter().find(|row| row.id == "roads").expect("a row");
    assert_eq!((row.count as u32, row.by_class[2] as u32), (2, 1));
    assert_eq!(row.newest_at, Some(NOW.0));
}

#[test]
fn a_layer_of_flows_without_roads_says_so() {
    let layers = [flows("roads", "roads"), flows("rivers", "water")];
    let mut city = City::open("no-roads", &layers, &[]);
    city.layers.set_model(Arc::new(city_of(Vec::new())));
    city.told();
    let roads = city.problem_of("roads").expect("there are none");
    assert!(roads.contains("no named roads"), "{roads}");
    let rivers = city.problem_of("rivers").expect("nobody measures rivers");
    assert!(rivers.contains("`roads`"), "{rivers}");
}

#[test]
fn a_broken_raster_takes_only_its_layer_and_the_panel_says_what_where_and_why() {
    let layers = ["short", "sound", "away"].map(|id| of_raster(id, "kind = \"heat\""));
    let files = [
        ("short.json", header("short.f32", None)),
        ("short.f32", bytes(&[1.0; 8])),
        ("sound.json", header("sound.f32", None)),
        ("sound.f32", bytes(&[1.0; 9])),
    ];
    let mut city = City::open("broken", &layers, &files);
    let told = city.told();
    let sound = city.shape_of(&told, "sound");
    assert!(matches!(sound, ShapePlan::Heat { .. }), "{sound:?}");
    let short = city.problem_of("short").expect("a value is missing");
    for words in ["3 by 3 cells", "has 8", "the whole file", "short.f32"] {
        assert!(short.contains(words), "{short}");
    }
    let away = city.problem_of("away").expect("there is no such file");
    assert!(away.contains("away.json"), "{away}");
    assert_eq!(city.problem_of("sound"), None);
}

#[test]
fn a_layer_that_the_graphics_device_does_not_take_says_so_in_the_panel_until_it_is_taken() {
    let layers = [of_raster("sound", "kind = \"heat\"")];
    let files = [
        ("sound.json", header("sound.f32", None)),
        ("sound.f32", bytes(&[1.0; 9])),
    ];
    let mut city = City::open("refused", &layers, &files);
    city.told();
    let layer = city.numbers.get("sound").copied().expect("a layer");
    let refusal = Refusal {
        why: NoRoom::Shared,
        needed_mib: 96,
        free_mib: 12,
    };
    let seen = |refusal| LayerInView {
        layer,
        drawn: 0,
        in_view: 0,
        refusal,
    };
    let before = city.layers.revision();
    city.layers.note_in_view(&[seen(Some(refusal))]);
    assert_ne!(city.layers.revision(), before, "the panel is told anew");
    let problem = city.problem_of("sound").expect("it is refused");
    assert!(
        problem.contains("96 MiB") && problem.contains("12 MiB"),
        "{problem}"
    );
    city.layers.note_in_view(&[seen(None)]);
    assert_eq!(city.problem_of("sound"), None);
    assert_eq!(city.problem_of("cameras"), None, "others are not touched");
}
