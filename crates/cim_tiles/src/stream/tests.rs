//! Streams with real threads over synthetic hills and over files in memory.

use super::*;
use crate::source::MemorySource;
use crate::{SyntheticOptions, SyntheticSource};
use glam::DVec3;
use serde_json::json;
use std::time::Duration;

/// Looks down on the hills from a place in metres east, north and up of their middle.
fn above(frame: &LocalFrame, east: f64, north: f64, up: f64) -> ViewState {
    ViewState {
        position: DVec3::new(east, north, up),
        direction: DVec3::NEG_Z,
        up: DVec3::Y,
        fov_y_rad: std::f64::consts::FRAC_PI_2,
        viewport_px: [500.0, 500.0],
    }
    .ecef_from_enu(frame)
}

fn hills(levels: u32, grid: u32, texture_px: u32) -> SyntheticSource {
    SyntheticSource::new(SyntheticOptions {
        levels,
        grid,
        texture_px,
        root_size_m: 1_600.0,
        ..SyntheticOptions::default()
    })
}

fn open(source: impl TileSource + 'static, budget: Budget) -> TileStream {
    let frame = hills(1, 2, 0).frame();
    let options = StreamOptions {
        budget,
        ..StreamOptions::new(frame)
    };
    TileStream::open(Arc::new(source), "tileset.json", options).expect("a tileset")
}

/// Updates until `is_enough`, at most for some seconds.
#[track_caller]
fn settle(stream: &mut TileStream, view: &ViewState, is_enough: impl Fn(&TileStream) -> bool) {
    for _ in 0..10_000 {
        stream.update(view, None);
        if is_enough(stream) {
            return;
        }
        if !stream.wants_update() {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
    panic!(
        "nothing more comes: {:?} {:?}",
        stream.status(),
        stream.take_problems()
    );
}

fn is_complete(stream: &TileStream) -> bool {
    stream.status().complete
}

/// What the meshes really weigh.
fn weighed(stream: &TileStream) -> usize {
    stream
        .loaded
        .values()
        .map(|placed| Weight::of_mesh(&placed.mesh, placed.texture_level).bytes())
        .sum()
}

#[test]
fn a_view_is_completed_and_its_tiles_stand_on_the_hills() {
    let source = hills(4, 9, 8);
    let frame = source.frame();
    let mut stream = open(source, Budget::default());
    settle(&mut stream, &above(&frame, 100.0, 50.0, 700.0), is_complete);
    let status = stream.status();
    assert!(status.shown > 4 && status.missing == 0, "{status:?}");
    assert_eq!((status.failed, status.short_of_memory), (0, false));
    assert!(stream.take_problems().is_empty());
    assert!(status.bytes >= weighed(&stream));
    for (id, placed) in stream.shown() {
        for vertex in placed.mesh.classes.iter().flat_map(|class| &class.vertices) {
            let at = DVec3::from_array(placed.mesh.centre)
                + DVec3::from_array(vertex.position.map(f64::from));
            let height_m = SyntheticSource::height_m(at.x, at.y);
            assert!((at.z - height_m).abs() < 0.02, "tile {id}: {at} {height_m}");
        }
    }
}

#[test]
fn on_any_flight_the_peak_stays_under_the_ceiling_and_the_ground_is_covered() {
    let source = hills(4, 17, 32);
    let frame = source.frame();
    let budget = Budget {
        max_bytes: 1_500_000,
    };
    let mut stream = open(source, budget);
    settle(&mut stream, &above(&frame, 0.0, 0.0, 900.0), is_complete);
    let mut was_short = false;
    for step in 0..60 {
        let turn = f64::from(step) * 0.4;
        let up = 250.0 + 600.0 * (turn * 0.3).sin().abs();
        let view = above(&frame, 500.0 * turn.cos(), 500.0 * turn.sin(), up);
        let motion = CameraMotion {
            velocity_m_s: view.up * 200.0,
            look_ahead_s: 1.0,
        };
        for _ in 0..5 {
            stream.update(&view, Some(motion));
            std::thread::sleep(Duration::from_millis(1));
        }
        let status = stream.status();
        was_short |= status.short_of_memory;
        assert!(status.shown > 0, "a hole at step {step}");
        assert!(
            status.peak_bytes <= budget.ceiling_bytes(),
            "step {step}: {status:?}"
        );
        assert!(weighed(&stream) <= budget.ceiling_bytes());
    }
    assert!(was_short, "the flight was no test of the budget");
    settle(&mut stream, &above(&frame, 0.0, 0.0, 900.0), is_complete);
    assert!(stream.take_problems().is_empty());
}

#[test]
fn textures_give_way_before_geometry_and_come_back() {
    let source = hills(2, 3, 128);
    let frame = source.frame();
    let view = above(&frame, 0.0, 0.0, 900.0);
    let mut stream = open(source, Budget { max_bytes: 500_000 });
    stream.set_max_sse(1.0);
    settle(&mut stream, &view, is_complete);
    let status = stream.status();
    assert_eq!(
        (status.shown, status.short_of_memory),
        (4, true),
        "{status:?}"
    );
    assert!(status.texture_level > 0 && status.effective_sse_px <= 1.0);
    for (_, placed) in stream.shown() {
        assert_eq!(placed.texture_level, status.texture_level);
        assert_eq!(placed.mesh.images[0].width, 128 >> status.texture_level);
    }
    stream.set_budget(Budget::default());
    settle(&mut stream, &view, is_complete);
    let status = stream.status();
    assert_eq!((status.texture_level, status.short_of_memory), (0, false));
    for (_, placed) in stream.shown() {
        assert_eq!(
            (placed.texture_level, placed.mesh.images[0].width),
            (0, 128)
        );
    }
}

/// A tile of the hills for tilesets that are made by hand, with the box that holds it.
fn tile_and_bounds() -> (Vec<u8>, serde_json::Value) {
    let tile = hills(1, 3, 0)
        .read("tiles/0/0/0.glb")
        .expect("a synthetic tile");
    let bounds = json!({"box": [
        0.0, 0.0, 0.0, 800.0, 0.0, 0.0, 0.0, 800.0, 0.0, 0.0, 0.0, 400.0,
    ]});
    (tile, bounds)
}

/// A root without content and these children.
fn tileset_of(uris: &[&str]) -> Vec<u8> {
    let (_, bounds) = tile_and_bounds();
    let children: Vec<serde_json::Value> = uris
        .iter()
        .map(
            |uri| json!({"boundingVolume": bounds, "geometricError": 0.0, "content": {"uri": uri}}),
        )
        .collect();
    let frame = hills(1, 2, 0).frame();
    json!({
        "asset": {"version": "1.1"},
        "geometricError": 1_000.0,
        "root": {
            "boundingVolume": bounds,
            "transform": frame.ecef_from_enu_matrix().to_cols_array(),
            "geometricError": 500.0,
            "refine": "ADD",
            "children": children,
        },
    })
    .to_string()
    .into_bytes()
}

#[test]
fn a_broken_tile_is_named_and_the_rest_is_shown() {
    let (tile, _) = tile_and_bounds();
    let source = MemorySource::of(&[
        (
            "tileset.json",
            tileset_of(&["good.glb", "bad.glb", "gone.glb"]).as_slice(),
        ),
        ("good.glb", tile.as_slice()),
        ("bad.glb", &tile[..tile.len() / 2]),
    ]);
    let frame = hills(1, 2, 0).frame();
    let mut stream = open(source, Budget::default());
    let view = above(&frame, 0.0, 0.0, 900.0);
    settle(&mut stream, &view, is_complete);
    let status = stream.status();
    assert_eq!((status.shown, status.failed), (1, 2));
    let problems = stream.take_problems();
    for name in ["bad.glb", "gone.glb"] {
        let told = problems.iter().any(|problem| problem.source.contains(name));
        assert!(told, "{name} is not told: {problems:?}");
    }
    stream.retry_failed();
    assert!(stream.wants_update());
    settle(&mut stream, &view, is_complete);
    assert_eq!(stream.take_problems().len(), problems.len());
}

#[test]
fn an_external_tileset_opens_and_closes_with_the_view() {
    let (tile, bounds) = tile_and_bounds();
    let inner = json!({
        "asset": {"version": "1.1"},
        "geometricError": 500.0,
        "root": {"boundingVolume": bounds, "geometricError": 0.0, "content": {"uri": "a.glb"}},
    })
    .to_string();
    let source = MemorySource::of(&[
        (
            "tileset.json",
            tileset_of(&["inner/tileset.json"]).as_slice(),
        ),
        ("inner/tileset.json", inner.as_bytes()),
        ("inner/a.glb", tile.as_slice()),
    ]);
    let frame = hills(1, 2, 0).frame();
    let mut stream = open(source, Budget::default());
    settle(&mut stream, &above(&frame, 0.0, 0.0, 900.0), is_complete);
    let status = stream.status();
    assert_eq!((status.shown, status.tiles_known), (1, 3));
    // Looking at the sky with no room left, first the mesh goes and then the tileset that it hangs on.
    let sky = ViewState {
        direction: -above(&frame, 0.0, 0.0, 900.0).direction,
        ..above(&frame, 0.0, 0.0, 9_000.0)
    };
    stream.set_budget(Budget { max_bytes: 1 });
    settle(&mut stream, &sky, |stream| stream.status().tiles_known == 2);
    assert_eq!((stream.status().shown, stream.loaded.len()), (0, 0));
}

/// Files in memory, one of which hangs until the gate opens.
#[derive(Debug)]
struct Hanging {
    files: MemorySource,
    gate: Arc<AtomicBool>,
}

impl TileSource for Hanging {
    fn name(&self) -> String {
        "hanging".to_owned()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TileError> {
        while path == "slow.glb" && !self.gate.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.files.read(path)
    }
}

#[test]
fn a_file_that_hangs_holds_up_nobody_else() {
    let (tile, _) = tile_and_bounds();
    let gate = Arc::new(AtomicBool::new(false));
    let source = Hanging {
        files: MemorySource::of(&[
            (
                "tileset.json",
                tileset_of(&["slow.glb", "a.glb", "b.glb"]).as_slice(),
            ),
            ("slow.glb", tile.as_slice()),
            ("a.glb", tile.as_slice()),
            ("b.glb", tile.as_slice()),
        ]),
        gate: Arc::clone(&gate),
    };
    let frame = hills(1, 2, 0).frame();
    let mut stream = open(source, Budget::default());
    let view = above(&frame, 0.0, 0.0, 900.0);
    settle(&mut stream, &view, |stream| stream.status().shown == 2);
    assert!(!stream.status().complete);
    gate.store(true, Ordering::Relaxed);
    settle(&mut stream, &view, is_complete);
    assert_eq!(stream.status().shown, 3);
}

#[test]
fn a_closed_stream_leaves_no_thread_behind() {
    let source: Arc<dyn TileSource> = Arc::new(hills(4, 9, 8));
    let frame = hills(1, 2, 0).frame();
    let mut stream = TileStream::open(
        Arc::clone(&source),
        "tileset.json",
        StreamOptions::new(frame),
    )
    .expect("a tileset");
    for _ in 0..3 {
        stream.update(&above(&frame, 0.0, 0.0, 300.0), None);
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(stream);
    assert_eq!(Arc::strong_count(&source), 1);
}

#[test]
fn a_tile_larger_than_the_whole_budget_is_told_and_left_out() {
    let (small, _) = tile_and_bounds();
    let large = hills(1, 60, 0)
        .read("tiles/0/0/0.glb")
        .expect("a synthetic tile");
    let source = MemorySource::of(&[
        ("tileset.json", tileset_of(&["a.glb", "b.glb"]).as_slice()),
        ("a.glb", large.as_slice()),
        ("b.glb", small.as_slice()),
    ]);
    let frame = hills(1, 2, 0).frame();
    let budget = Budget { max_bytes: 100_000 };
    let mut stream = open(source, budget);
    settle(&mut stream, &above(&frame, 0.0, 0.0, 900.0), is_complete);
    let status = stream.status();
    assert_eq!((status.shown, status.failed), (1, 1), "{status:?}");
    assert!(status.peak_bytes <= budget.ceiling_bytes());
    let problems = stream.take_problems();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert_eq!(problems[0].place, "a.glb");
}

#[test]
fn a_budget_below_the_tree_itself_shows_nothing_and_says_so() {
    let frame = hills(1, 2, 0).frame();
    let mut stream = open(hills(2, 3, 0), Budget { max_bytes: 1 });
    settle(&mut stream, &above(&frame, 0.0, 0.0, 900.0), is_complete);
    let status = stream.status();
    assert_eq!((status.shown, status.short_of_memory), (0, true));
}
