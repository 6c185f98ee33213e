//! Nine and sixteen test pictures at once, each decoded by a helper of its own, while the twin draws: whether the desk's beat keeps
//! its time, how late pictures are, and what helpers and server cost.
//!
//! The beat is what a desk does thirty times a second for a mosaic: it takes the newest picture of each view. A beat is dropped
//! when it ends after the next one was due. How fast the twin draws hangs on the device, and is told beside what it reached alone.

use super::{MEASURE, VideoBench, ms_since, notes, server::Server, told};
use crate::{
    Failure,
    bench::{at_most, figure::Figure, quantile},
    host::{MachineClock, end_progress, instant, progress, runtime, say},
    live::{LiveTwin, Things, cpu_seconds, layer},
    video::helper,
};
use cim_layers::layer::Gathering;
use cim_model::TimeSource;
use cim_scene::TwinCommand;
use cim_stream::{
    Frame, Usage, ViewId, ViewState, Views, ViewsSettings, Wanted, pattern::read_pattern,
    picture::read_jpeg,
};
use serde_json::json;
use std::{
    collections::BTreeMap,
    f32::consts::TAU,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

/// Streams that must be shown, and that should be.
const MUST_STREAMS: u32 = 9;
const GOAL_STREAMS: u32 = 16;
/// Pictures a second of each.
const FPS: u32 = 10;
const WIDTH: u32 = 768;
const SECONDS: u64 = 20;
const QUICK_SECONDS: u64 = 5;
/// How long the twin draws alone before.
const ALONE: Duration = Duration::from_secs(4);
/// A desk looks for pictures so often.
const BEAT: Duration = Duration::from_micros(33_333);
/// All pictures are there by then, or something is wrong.
const READY_WITHIN: Duration = Duration::from_secs(30);
/// A picture that is not there by then is missed.
const PATIENCE: Duration = Duration::from_secs(1);
/// Live things in the twin.
const THINGS: Things = Things {
    count: 20_000,
    seed: 20_261,
};
const LAYER: u16 = 0;
const DOT_PX: f32 = 3.0;
/// The twin is panned around a circle of so many frames, so many pixels each.
const CIRCLE: u32 = 240;
const STEP_PX: f32 = 6.0;
const MOST_SIDE: u32 = 4_096;
const MIB: f64 = 1_048_576.0;

/// What came of one view.
#[derive(Default)]
struct Followed {
    /// From the moment that a picture shows until the desk had it, milliseconds.
    ages_ms: Vec<f64>,
    came: u64,
    /// Replaced by a newer one before the desk took it.
    replaced: u64,
    /// Times that none came for a second.
    silences: u32,
}

/// What came of the desk's beat.
#[derive(Default)]
struct Beats {
    worked_ms: Vec<f64>,
    dropped: u32,
}

/// What came of one mosaic.
struct Shown {
    streams: u32,
    seconds: f64,
    followed: Vec<Followed>,
    beats: Beats,
    /// Of each frame of the twin, alone and beside the pictures, milliseconds in ascending order.
    alone_ms: Vec<f64>,
    drawn_ms: Vec<f64>,
    /// Of each helper: share of a core, and bytes.
    helpers: Vec<(f64, u64)>,
    /// Cores.
    server: f64,
    own: f64,
    /// Walls that hold around helpers.
    walls: Vec<String>,
}

pub(super) fn of_mosaics(bench: &VideoBench) -> Result<Vec<Figure>, Failure> {
    let mut figures = Vec::new();
    for streams in [MUST_STREAMS, GOAL_STREAMS] {
        progress(&format!("a mosaic of {streams}"));
        let shown = bench.in_folder("mosaic", |folder| show(bench, folder, streams));
        end_progress();
        figures.extend(figures_of(shown?));
    }
    Ok(figures)
}

fn show(bench: &VideoBench, folder: &Path, streams: u32) -> Result<Shown, Failure> {
    let mut twin = match twin(bench.size) {
        Ok(twin) => Some(twin),
        Err(reason) => {
            say(&format!("without a twin: {reason}"));
            None
        }
    };
    let alone_ms = sorted(draw(twin.as_mut(), instant() + ALONE));
    let server = Server::start(folder, streams, FPS)?;
    let runtime = runtime()?;
    let settings = ViewsSettings::new(helper(None)?);
    let views = Views::new(settings, runtime.handle().clone(), Arc::new(MachineClock));
    let open = open(&views, &server)?;
    wait_for_all(&views, &open)?;
    let ids: Vec<ViewId> = open.keys().copied().collect();
    let seconds = if bench.is_quick {
        QUICK_SECONDS
    } else {
        SECONDS
    };
    let begun = instant();
    let until = begun + Duration::from_secs(seconds);
    let (helpers, server_s, own_s) = (views.usage(), server.cpu_s()?, cpu_seconds()?);
    let following = ids
        .iter()
        .map(|id| runtime.spawn(follow(views.clone(), *id, until)));
    let following: Vec<_> = following.collect();
    let stop = AtomicBool::new(false);
    let (beats, drawn) = thread::scope(|scope| {
        let beating = scope.spawn(|| beat(&views, &ids, &stop));
        let drawn = draw(twin.as_mut(), until);
        stop.store(true, Ordering::Relaxed);
        (beating.join(), drawn)
    });
    let Ok(beats) = beats else {
        return Err("the desk's beat broke off".into());
    };
    let seconds = begun.elapsed().as_secs_f64();
    let helpers = shares(&helpers, &views.usage(), seconds);
    let (server_s, own_s) = (server.cpu_s()? - server_s, cpu_seconds()? - own_s);
    let mut followed = Vec::new();
    for one in following {
        followed.push(runtime.block_on(one)?);
    }
    check_pictures(&views, &open)?;
    let walls = walls_of(&views, &ids);
    close(views, runtime);
    Ok(Shown {
        streams,
        seconds,
        followed,
        beats,
        alone_ms,
        drawn_ms: sorted(drawn),
        helpers,
        server: server_s / seconds,
        own: own_s / seconds,
        walls,
    })
}

/// A twin over an empty ground with live things.
fn twin(size: (u32, u32)) -> Result<LiveTwin, Failure> {
    let mut twin = LiveTwin::open(size)?;
    let shown = layer(LAYER, "sensors", Gathering::Dots { dot_px: DOT_PX }, DOT_PX);
    twin.send(TwinCommand::SetLayers(vec![shown]));
    twin.send(TwinCommand::SetPoints {
        layer: LAYER,
        points: Arc::new(THINGS.points()),
    });
    twin.rest()?;
    Ok(twin)
}

/// Pans the twin until then; milliseconds of each frame.
fn draw(twin: Option<&mut LiveTwin>, until: Instant) -> Vec<f64> {
    let Some(twin) = twin else {
        thread::sleep(until.saturating_duration_since(instant()));
        return Vec::new();
    };
    let mut times = Vec::new();
    for frame in 0_u32.. {
        if instant() >= until {
            break;
        }
        let turn = TAU * (frame % CIRCLE) as f32 / CIRCLE as f32;
        let [x, y] = [200.0, 120.0];
        twin.send(TwinCommand::Pan {
            from: [x, y],
            to: [x + STEP_PX * turn.cos(), y + STEP_PX * turn.sin()],
        });
        times.push(twin.frame());
    }
    times
}

/// Opens a view of each stream; with it the number in its picture.
fn open(views: &Views, server: &Server) -> Result<BTreeMap<ViewId, u32>, Failure> {
    let wanted = Wanted {
        width: WIDTH,
        // No fewer than come.
        fps: 60.0,
        ..Wanted::default()
    };
    let mut open = BTreeMap::new();
    for (address, number) in server.streams() {
        open.insert(views.open(address, wanted)?, number);
    }
    Ok(open)
}

fn wait_for_all(views: &Views, open: &BTreeMap<ViewId, u32>) -> Result<(), Failure> {
    let begun = instant();
    while begun.elapsed() < READY_WITHIN {
        if open.keys().all(|view| views.newest(*view).is_some()) {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    let silent = open.keys().find(|view| views.newest(**view).is_none());
    let state = silent.and_then(|view| views.state(*view));
    Err(format!("not every stream is shown: {state:?}").into())
}

/// Takes every picture of a view as soon as it is there.
async fn follow(views: Views, view: ViewId, until: Instant) -> Followed {
    let mut followed = Followed::default();
    let mut seq = views.newest(view).map_or(0, |frame| frame.seq);
    while instant() < until {
        let Some(frame) = views.next_frame(view, seq, PATIENCE).await else {
            followed.silences += 1;
            continue;
        };
        let age_ms = frame.at.map(|at| MachineClock.now().0 - at.0);
        followed.ages_ms.extend(age_ms.map(|age_ms| age_ms as f64));
        followed.came += 1;
        followed.replaced += frame.seq.saturating_sub(seq + 1);
        seq = frame.seq;
    }
    followed
}

/// Takes the newest picture of every view thirty times a second.
fn beat(views: &Views, ids: &[ViewId], stop: &AtomicBool) -> Beats {
    let mut beats = Beats::default();
    let mut window = Vec::new();
    let begun = instant();
    for number in 1_u32.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        let due = BEAT * number;
        thread::sleep(due.saturating_sub(begun.elapsed()));
        let started = instant();
        for frame in ids.iter().filter_map(|id| views.newest(*id)) {
            window.clear();
            window.extend_from_slice(frame.jpeg.as_deref().unwrap_or_default());
            std::hint::black_box(&window);
        }
        beats.worked_ms.push(ms_since(started));
        beats.dropped += u32::from(begun.elapsed() > due + BEAT);
    }
    beats
}

/// Of each helper the share of a core between two moments, and the bytes that it held then.
fn shares(before: &[Usage], after: &[Usage], seconds: f64) -> Vec<(f64, u64)> {
    after
        .iter()
        .map(|now| {
            // One that was started again begins from nothing.
            let then = before.iter().find(|then| then.pid == now.pid);
            let used_s = now.cpu_s - then.map_or(0.0, |then| then.cpu_s);
            (used_s / seconds.max(1e-3), now.memory_bytes)
        })
        .collect()
}

/// Every view shows the camera that it was opened for.
fn check_pictures(views: &Views, open: &BTreeMap<ViewId, u32>) -> Result<(), Failure> {
    for (view, number) in open {
        let frame = views.newest(*view).ok_or("a view has no picture")?;
        let read = number_in(&frame)?;
        if read != Some(*number) {
            return Err(format!("the picture of camera {number} says {read:?}").into());
        }
    }
    Ok(())
}

/// The number in a test picture.
fn number_in(frame: &Frame) -> Result<Option<u32>, Failure> {
    let jpeg = frame.jpeg.as_deref().ok_or("a picture has no file")?;
    let picture = read_jpeg(jpeg, MOST_SIDE)?;
    Ok(read_pattern(&picture).map(|(_, number)| number))
}

fn walls_of(views: &Views, ids: &[ViewId]) -> Vec<String> {
    let mut states = ids.iter().filter_map(|id| views.state(*id));
    states
        .find_map(|state| match state {
            ViewState::Playing(playing) => Some(playing.enforced),
            _ => None,
        })
        .unwrap_or_default()
}

/// Kills the helpers before what looks after them goes.
fn close(views: Views, runtime: Runtime) {
    views.close_all();
    drop(views);
    runtime.shutdown_timeout(PATIENCE);
}

fn sorted(mut times: Vec<f64>) -> Vec<f64> {
    times.sort_by(f64::total_cmp);
    times
}

fn figures_of(shown: Shown) -> Vec<Figure> {
    let streams = shown.streams;
    let mut beats = if streams == MUST_STREAMS {
        // Fewer than one: none.
        at_most(MEASURE, String::new(), 0.0, 0.5, 0.0)
    } else {
        told(String::new(), 0.0, "")
    };
    beats.name = format!("mosaic of {streams}: beats of the desk that were dropped");
    beats.value = f64::from(shown.beats.dropped);
    beats.notes = notes(&sorted(shown.beats.worked_ms));
    let mut ages: Vec<f64> = Vec::new();
    let (mut came, mut replaced, mut silences) = (0, 0, 0);
    for one in shown.followed {
        ages.extend(one.ages_ms);
        came += one.came;
        replaced += one.replaced;
        silences += one.silences;
    }
    let ages = sorted(ages);
    let period_ms = 1e3 / f64::from(FPS);
    let late = ages.iter().filter(|age| **age > period_ms).count();
    let mut lateness = told(
        format!("mosaic of {streams}: pictures older than their period when they came"),
        100.0 * late as f64 / ages.len().max(1) as f64,
        "%",
    );
    lateness.notes = notes(&ages);
    let expected = f64::from(streams) * f64::from(FPS) * shown.seconds;
    lateness.notes.extend([
        ("came", json!(came)),
        ("expected", json!(expected.round())),
        ("replaced", json!(replaced)),
        ("silences", json!(silences)),
    ]);
    let shares = sorted(shown.helpers.iter().map(|(share, _)| *share).collect());
    let bytes: u64 = shown.helpers.iter().map(|(_, bytes)| *bytes).sum();
    let mut cost = told(
        format!("mosaic of {streams}: helpers together"),
        shares.iter().sum(),
        "cores",
    );
    cost.notes = vec![
        ("each", json!(quantile(&shares, 0.5))),
        ("most", json!(quantile(&shares, 1.0))),
        ("memory_mib", json!((bytes as f64 / MIB).round())),
        ("server_cores", json!(shown.server)),
        ("desk_and_twin_cores", json!(shown.own)),
        ("fps", json!(FPS)),
        ("width", json!(WIDTH)),
        ("walls", json!(shown.walls)),
    ];
    let mut figures = vec![beats, lateness, cost];
    if !shown.drawn_ms.is_empty() {
        let mut frames = told(
            format!("mosaic of {streams}: a frame of the twin"),
            quantile(&shown.drawn_ms, 0.5),
            "ms",
        );
        frames.limit = Some(quantile(&shown.alone_ms, 0.5));
        frames.notes = notes(&shown.drawn_ms);
        frames.notes.push(("limit_is", json!("without pictures")));
        frames
            .notes
            .push(("alone_p99_ms", json!(quantile(&shown.alone_ms, 0.99))));
        figures.push(frames);
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(streams: u32, dropped: u32) -> Shown {
        Shown {
            streams,
            seconds: 10.0,
            followed: vec![Followed {
                ages_ms: vec![40.0, 60.0, 80.0, 140.0],
                came: 4,
                ..Followed::default()
            }],
            beats: Beats {
                worked_ms: vec![0.1],
                dropped,
            },
            alone_ms: vec![10.0],
            drawn_ms: vec![12.0],
            helpers: vec![(0.1, 10 << 20), (0.3, 20 << 20)],
            server: 0.5,
            own: 1.0,
            walls: Vec::new(),
        }
    }

    #[test]
    fn a_dropped_beat_beside_nine_streams_does_not_hold() {
        let holds = |shown: Shown| figures_of(shown).iter().all(Figure::holds);
        assert!(holds(shown(9, 0)));
        assert!(!holds(shown(9, 1)));
        assert!(holds(shown(16, 1)), "sixteen are a goal");
    }

    #[test]
    fn late_pictures_and_helpers_are_added_up() {
        let figures = figures_of(shown(9, 0));
        let values: Vec<f64> = figures.iter().map(|figure| figure.value).collect();
        let expected: [f64; 4] = [0.0, 25.0, 0.4, 12.0];
        let pairs = values.iter().zip(expected);
        assert!(
            pairs
                .clone()
                .all(|(value, expected)| (value - expected).abs() < 1e-9),
            "{values:?}"
        );
    }

    #[test]
    fn a_helper_that_began_anew_counts_from_nothing() {
        let usage = |pid, cpu_s| Usage {
            view: ViewId(1),
            pid,
            memory_bytes: 7,
            cpu_share: 0.0,
            cpu_s,
        };
        let found = shares(
            &[usage(1, 2.0), usage(2, 5.0)],
            &[usage(1, 3.0), usage(3, 0.5)],
            10.0,
        );
        let rounded: Vec<i64> = found
            .iter()
            .map(|(share, _)| (share * 100.0).round() as i64)
            .collect();
        assert_eq!(rounded, [10, 5]);
    }
}
