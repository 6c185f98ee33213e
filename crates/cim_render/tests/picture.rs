//! What a person would see: pictures of a small city, looked at where things must be.
//!
//! Drawn without a window on whatever device there is (lavapipe where there is no other).
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, a panic is the report"
)]

use cim_geo::Geodetic;
use cim_import::{ImportRequest, import};
use cim_layers::{PointState, SHAPE_EVENT, points::sensor_shape};
use cim_model::{Layer, SensorKind};
use cim_render::{CityTwin, OpenTiles, TwinMessage, TwinReport};
use cim_scene::{Label, LayerState, Move, OrbitCamera, TwinCommand};
use cim_tiles::Catalogue;
use cim_viewport::{Headless, Picture, Size};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

#[path = "picture/fields.rs"]
mod fields;
#[path = "picture/live.rs"]
mod live;
#[path = "picture/looks.rs"]
mod looks;
#[path = "picture/loss.rs"]
mod loss;
#[path = "picture/pipe.rs"]
mod pipe;
#[path = "picture/sights.rs"]
mod sights;
#[path = "picture/symbols.rs"]
mod symbols;

const SIZE: Size = Size {
    width: 480,
    height: 320,
    scale: 1.0,
};
const PLACE: Geodetic = Geodetic {
    lon_deg: 121.5,
    lat_deg: 31.24,
    height_m: 0.0,
};

/// One square tower of 100 m at the origin, a lake in the west, a road in the south, a lawn in the north-east.
const CITY: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","id":"tower","properties":{"building":"yes","height":"100","name":"塔"},"geometry":{"type":"Polygon","coordinates":[[[121.4997,31.2397],[121.5003,31.2397],[121.5003,31.2403],[121.4997,31.2403],[121.4997,31.2397]]]}},
{"type":"Feature","id":"lake","properties":{"natural":"water"},"geometry":{"type":"Polygon","coordinates":[[[121.4960,31.2390],[121.4980,31.2390],[121.4980,31.2410],[121.4960,31.2410],[121.4960,31.2390]]]}},
{"type":"Feature","id":"road","properties":{"highway":"primary","name":"南路"},"geometry":{"type":"LineString","coordinates":[[121.4960,31.2380],[121.5040,31.2380]]}},
{"type":"Feature","id":"corner","properties":{"landuse":"grass"},"geometry":{"type":"Polygon","coordinates":[[[121.5035,31.2415],[121.5040,31.2415],[121.5040,31.2420],[121.5035,31.2420],[121.5035,31.2415]]]}}
]}"#;

struct Scene {
    twin: Headless<CityTwin>,
    report: Arc<Mutex<TwinReport>>,
}

impl Scene {
    /// The small city from the south, or `None` where nothing can draw.
    fn open(name: &str) -> Option<Self> {
        let folder = small_city(name);
        let origin = Geodetic::from(Catalogue::read(&folder).expect("a catalogue").origin);
        Self::of(&folder, origin)
    }

    /// A folder's tiles from the south.
    fn of(folder: &Path, origin: Geodetic) -> Option<Self> {
        let report = Arc::new(Mutex::new(TwinReport::default()));
        let kept = Arc::clone(&report);
        let guest = CityTwin::new(move |news| {
            let mut kept = kept.lock().expect("not poisoned");
            kept.outputs.extend(news.outputs);
            kept.tiles = news.tiles;
            kept.is_settled = news.is_settled;
            kept.problems.extend(news.problems);
        });
        let Some(twin) = Headless::new(guest, SIZE) else {
            eprintln!("SKIPPED: there is no graphics device, not even in software");
            return None;
        };
        let mut scene = Self { twin, report };
        scene.tell(TwinCommand::OpenCity {
            origin,
            radius_m: 500.0,
        });
        scene
            .twin
            .send(TwinMessage::OpenTiles(OpenTiles::city(folder)));
        scene.tell(TwinCommand::GoToView {
            target: PLACE,
            distance_m: 600.0,
            heading_deg: 0.0,
            pitch_deg: 40.0,
            how: Move::Jump,
        });
        scene.settle();
        Some(scene)
    }

    fn tell(&mut self, command: TwinCommand) {
        self.twin.send(TwinMessage::Scene(command));
    }

    fn settle(&mut self) {
        for _ in 0..400 {
            self.twin.frame(0.1);
            if self.report.lock().expect("not poisoned").is_settled {
                return;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        panic!(
            "the view never became complete: {:?}",
            self.report.lock().expect("not poisoned").tiles
        );
    }

    fn picture(&mut self) -> Picture {
        self.twin.frame(0.1);
        self.twin.picture().expect("a picture")
    }

    /// Where a place appears, px.
    fn pixel_of(&self, place: Geodetic) -> [u32; 2] {
        let camera = self.twin.app().world().resource::<OrbitCamera>();
        let city = self.twin.app().world().resource::<cim_scene::City>();
        let point = city.enu_from_geodetic(place).expect("the city is open");
        let seen = camera.project(point).expect("in front of the camera");
        [seen.px[0] as u32, seen.px[1] as u32]
    }
}

fn small_city(name: &str) -> PathBuf {
    let base = std::env::temp_dir().join(format!("cim_render-{name}-{}", std::process::id()));
    fs::create_dir_all(&base).expect("a scratch folder");
    let source = base.join("small.geojson");
    fs::write(&source, CITY).expect("written");
    let out = base.join("city");
    import(&ImportRequest::new(vec![source], out.clone()), &mut |_| {})
        .expect("the small city is sound");
    out
}

fn at(picture: &Picture, [x, y]: [u32; 2]) -> [u8; 3] {
    let start = ((y * picture.width + x) * 4) as usize;
    picture
        .rgba
        .get(start..start + 3)
        .expect("inside the picture")
        .try_into()
        .expect("three bytes")
}

fn is_near(colour: [u8; 3], wanted: [u8; 3], tolerance: i32) -> bool {
    colour
        .iter()
        .zip(wanted)
        .all(|(a, b)| (i32::from(*a) - i32::from(b)).abs() <= tolerance)
}

fn off(east_deg: f64, north_deg: f64, height_m: f64) -> Geodetic {
    Geodetic {
        lon_deg: PLACE.lon_deg + east_deg,
        lat_deg: PLACE.lat_deg + north_deg,
        height_m,
    }
}

#[test]
fn tower_lake_and_ground_have_their_own_colours() {
    let Some(mut scene) = Scene::open("colours") else {
        return;
    };
    let picture = scene.picture();
    let water = at(&picture, scene.pixel_of(off(-0.003, 0.0, 0.0)));
    assert!(is_near(water, [0x0C, 0x2A, 0x3A], 10), "water is {water:?}");
    let roof = at(&picture, scene.pixel_of(off(0.0, 0.0, 100.0)));
    let ground = at(&picture, scene.pixel_of(off(0.002, 0.001, 0.0)));
    assert!(
        is_near(ground, [0x10, 0x16, 0x1C], 10),
        "the ground is {ground:?}"
    );
    assert!(
        u32::from(roof[0]) > u32::from(ground[0]) + 20,
        "the roof {roof:?} stands out from the ground {ground:?}"
    );

    scene.tell(TwinCommand::SwitchLayer {
        layer: Layer::Buildings,
        to: LayerState::Hidden,
    });
    let without = scene.picture();
    let behind = at(&without, scene.pixel_of(off(0.0, 0.0, 100.0)));
    assert!(!is_near(behind, roof, 6), "the tower is still drawn");
}

#[test]
fn a_critical_symbol_is_red_and_one_behind_the_tower_is_weaker() {
    let Some(mut scene) = Scene::open("symbols") else {
        return;
    };
    let (free, hidden) = (off(0.001, -0.0005, 2.0), off(0.0, 0.0006, 2.0));
    let state = PointState::new(sensor_shape(SensorKind::Gas), 4);
    scene.show_points(live::points(), &[(free, state), (hidden, state)]);
    let picture = scene.picture();
    // Below the mark in its middle, inside the diamond.
    let [x, y] = scene.pixel_of(free);
    let seen = at(&picture, [x, y + 12]);
    assert!(
        is_near(seen, [0xFF, 0x4D, 0x4F], 40),
        "the free symbol is {seen:?}"
    );
    // Of the hidden one there is the outline, and it is weak.
    let [x, y] = scene.pixel_of(hidden);
    let reddest = (x - 20..x + 20)
        .flat_map(|x| (y - 20..y + 20).map(move |y| [x, y]))
        .map(|px| at(&picture, px))
        .max_by_key(|colour| i32::from(colour[0]) - i32::from(colour[2]))
        .expect("pixels");
    assert!(
        reddest[0] < seen[0] - 40 && i32::from(reddest[0]) > i32::from(reddest[2]) + 30,
        "the hidden symbol is {reddest:?}"
    );
}

#[test]
fn the_pin_of_an_exercise_is_violet_and_square_and_has_no_severitys_colour() {
    const VIOLET: [u8; 3] = [0xC0, 0x4D, 0xFF];
    const RED: [u8; 3] = [0xFF, 0x4D, 0x4F];
    const SEVERITIES: [[u8; 3]; 4] = [
        [0x67, 0xB7, 0xF7],
        [0xF2, 0xD2, 0x4B],
        [0xFF, 0x9A, 0x1F],
        RED,
    ];
    let Some(mut scene) = Scene::open("exercise") else {
        return;
    };
    // As grave as can be: what is not real has no severity's colour or shape.
    let (drill, real) = (off(-0.001, -0.0005, 2.0), off(0.001, -0.0005, 2.0));
    scene.show_points(
        live::points(),
        &[
            (drill, PointState::new(SHAPE_EVENT, 5)),
            (real, PointState::new(SHAPE_EVENT, 4)),
        ],
    );
    let picture = scene.picture();
    let count = |place: Geodetic, colour: [u8; 3]| {
        let [x, y] = scene.pixel_of(place);
        (x - 22..x + 22)
            .flat_map(|x| (y - 46..y + 4).map(move |y| [x, y]))
            .filter(|px| is_near(at(&picture, *px), colour, 24))
            .count()
    };
    let violet = count(drill, VIOLET);
    assert!(violet > 200, "only {violet} violet pixels in the exercise");
    for colour in SEVERITIES {
        assert_eq!(count(drill, colour), 0, "{colour:?} in the exercise");
    }
    let red = count(real, RED);
    assert!(red > 200, "only {red} red pixels in the real event");
    assert_eq!(count(real, VIOLET), 0);
    // The head is 12 px around a point 18 px above the place; that of a critical event 16 px and 24 px. Just inside the
    // upper corners a square has its colour, and a circle does not.
    let corners = |place, away: u32, above: u32| {
        let [x, y] = scene.pixel_of(place);
        [x - away, x + away].map(|x| at(&picture, [x, y - above - away]))
    };
    for corner in corners(drill, 9, 18) {
        assert!(
            is_near(corner, VIOLET, 40),
            "the exercise is not square: {corner:?}"
        );
    }
    for corner in corners(real, 13, 24) {
        assert!(
            !is_near(corner, RED, 40),
            "the real event is not round: {corner:?}"
        );
    }
}

#[test]
fn a_click_on_the_tower_picks_it_and_paints_it() {
    let Some(mut scene) = Scene::open("pick") else {
        return;
    };
    let [x, y] = scene.pixel_of(off(0.0, 0.0, 100.0));
    let before = at(&scene.picture(), [x, y]);
    scene.tell(TwinCommand::Pick {
        at: [x as f32, y as f32],
    });
    scene.twin.frame(0.1);
    scene.settle();
    let outputs = format!("{:?}", scene.report.lock().expect("not poisoned").outputs);
    assert!(outputs.contains('塔'), "{outputs}");
    let after = at(&scene.picture(), [x, y]);
    assert!(
        after[2] > before[2].saturating_add(20),
        "the picked tower is not painted: {before:?} → {after:?}"
    );
}

#[test]
fn names_are_written_over_the_picture() {
    let Some(mut scene) = Scene::open("names") else {
        return;
    };
    let before = scene.picture();
    let place = off(0.0015, -0.001, 0.0);
    scene.tell(TwinCommand::SetLabels(vec![Label {
        text: "陆家嘴".into(),
        position: place,
        rank: 0,
        path: None,
        feature: None,
    }]));
    for _ in 0..6 {
        scene.twin.frame(0.1);
    }
    let after = scene.picture();
    let [x, y] = scene.pixel_of(place);
    let bright = (x - 30..x + 30)
        .flat_map(|x| (y - 10..y + 10).map(move |y| [x, y]))
        .filter(|px| at(&after, *px)[0] > 150 && at(&before, *px)[0] < 100)
        .count();
    assert!(
        bright > 40,
        "only {bright} bright pixels where the name should be"
    );
}
