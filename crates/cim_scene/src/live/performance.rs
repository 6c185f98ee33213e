//! The effort that frames allow, and how the twin is doing.
//!
//! What is drawn is never less true for speed: steps change shadows, contact, samples, and how many dots stand for many points.

use super::plan::PerformanceNow;
use crate::{
    ChangeSystems, CityLook, FrameStep, LookSystems, NeedsFrame, Quality, TwinCommand, TwinOutput,
};
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{
    DetectChangesMut, IntoScheduleConfigs, Local, MessageReader, MessageWriter, Res, ResMut,
    Resource, SystemSet,
};

/// Keeps [`FrameBudget`] and [`TwinGauges`].
pub struct PerformancePlugin;

impl Plugin for PerformancePlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<FrameBudget>()
            .init_resource::<TwinGauges>()
            .init_resource::<NeedsFrame>()
            .add_systems(
                Update,
                (
                    keep_budget
                        .in_set(PerformanceSystems::Budget)
                        .after(LookSystems),
                    tell_performance
                        .in_set(PerformanceSystems::Tell)
                        .after(ChangeSystems),
                ),
            );
    }
}

/// Systems that watch the time of frames.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub enum PerformanceSystems {
    /// The effort is decided.
    Budget,
    /// The desk is told.
    Tell,
}

/// So many of the latest frames are looked at.
const FRAMES: usize = 60;
/// With fewer frames nothing is decided.
const LEAST_FRAMES: usize = 20;
/// A frame that takes longer than this is too slow, ms: 20 frames a second.
const TOO_SLOW_MS: f32 = 50.0;
/// Frames faster than this leave room for more effort, ms.
const QUICK_MS: f32 = 25.0;
/// Frames have to be too slow for so long before a step down, seconds.
const SLOW_FOR_S: f64 = 1.0;
/// Frames have to be quick for so long before a step up, seconds; twice as long after each step up that failed.
const QUICK_FOR_S: f64 = 5.0;
/// … but at most so long, seconds.
const MOST_PATIENCE_S: f64 = 80.0;
/// How many times as wide dots become where the lowest quality is still too slow.
const DOT_SHARES: [f32; 3] = [1.0, 1.5, 2.0];
/// Figures are told this often, seconds.
const TELL_EVERY_S: f64 = 0.5;

/// What a picture may cost: what was asked for, and what the latest frames allow.
#[derive(Resource, Clone, Debug)]
pub struct FrameBudget {
    wanted: Quality,
    steps_down: usize,
    /// Times of the latest frames in motion, ms; a ring.
    frames: [f32; FRAMES],
    count: usize,
    next: usize,
    slow_s: f64,
    quick_s: f64,
    patience_s: f64,
    /// True after a step up, until frames were quick again for long enough.
    is_trying: bool,
}

impl Default for FrameBudget {
    fn default() -> Self {
        Self::new(Quality::default())
    }
}

impl FrameBudget {
    /// All effort that `wanted` allows, and no frame seen yet.
    pub fn new(wanted: Quality) -> Self {
        Self {
            wanted,
            steps_down: 0,
            frames: [0.0; FRAMES],
            count: 0,
            next: 0,
            slow_s: 0.0,
            quick_s: 0.0,
            patience_s: QUICK_FOR_S,
            is_trying: false,
        }
    }

    /// The quality that was asked for; [`CityLook`] has it too.
    pub fn wanted(&self) -> Quality {
        self.wanted
    }

    /// The quality that is to be drawn.
    pub fn in_use(&self) -> Quality {
        let wanted = step_of(self.wanted);
        match wanted.saturating_sub(self.steps_down) {
            0 => Quality::Soft,
            1 => Quality::Standard,
            _ => Quality::High,
        }
    }

    /// Dots are to be drawn so many times as wide as their layer says, and so much fewer.
    pub fn dot_share(&self) -> f32 {
        let further = self.steps_down.saturating_sub(step_of(self.wanted));
        DOT_SHARES.get(further).copied().unwrap_or(1.0)
    }

    /// Half of the latest frames in motion took at most so long, ms; 0 before the first.
    pub fn p50_ms(&self) -> f32 {
        self.part_ms(0.5)
    }

    /// 95 of 100 of the latest frames in motion took at most so long, ms; 0 before the first.
    pub fn p95_ms(&self) -> f32 {
        self.part_ms(0.95)
    }

    /// Frames per second while something moves; 0 before the first.
    pub fn frames_per_s(&self) -> f32 {
        let sum_ms: f32 = self.frames.iter().take(self.count).sum();
        if sum_ms > 0.0 {
            self.count as f32 * 1000.0 / sum_ms
        } else {
            0.0
        }
    }

    /// Takes what is asked for; another one begins with all of its effort.
    fn want(&mut self, wanted: Quality) {
        if self.wanted != wanted {
            *self = Self::new(wanted);
        }
    }

    /// Takes the time of a frame in motion, seconds; true when the effort is another now.
    fn take(&mut self, seconds: f64) -> bool {
        if let Some(frame) = self.frames.get_mut(self.next) {
            *frame = (seconds * 1000.0) as f32;
        }
        self.next = (self.next + 1) % FRAMES;
        self.count = (self.count + 1).min(FRAMES);
        if self.count < LEAST_FRAMES {
            return false;
        }
        let p95_ms = self.p95_ms();
        self.slow_s = if p95_ms > TOO_SLOW_MS {
            self.slow_s + seconds
        } else {
            0.0
        };
        self.quick_s = if p95_ms < QUICK_MS {
            self.quick_s + seconds
        } else {
            0.0
        };
        if self.slow_s >= SLOW_FOR_S && self.steps_down < self.most_steps() {
            if self.is_trying {
                self.patience_s = (self.patience_s * 2.0).min(MOST_PATIENCE_S);
            }
            self.step_to(self.steps_down + 1, false);
            return true;
        }
        if self.quick_s >= self.patience_s {
            if self.steps_down > 0 {
                self.step_to(self.steps_down - 1, true);
                return true;
            }
            self.is_trying = false;
            self.patience_s = QUICK_FOR_S;
        }
        false
    }

    /// Changes the effort, and measures it anew.
    fn step_to(&mut self, steps_down: usize, is_trying: bool) {
        self.steps_down = steps_down;
        self.is_trying = is_trying;
        self.count = 0;
        self.next = 0;
        self.slow_s = 0.0;
        self.quick_s = 0.0;
    }

    fn most_steps(&self) -> usize {
        step_of(self.wanted) + DOT_SHARES.len() - 1
    }

    fn part_ms(&self, part: f32) -> f32 {
        let mut frames = self.frames;
        let Some(seen) = frames.get_mut(..self.count) else {
            return 0.0;
        };
        seen.sort_unstable_by(f32::total_cmp);
        let place = ((self.count as f32 * part).ceil() as usize).saturating_sub(1);
        seen.get(place).copied().unwrap_or(0.0)
    }
}

/// How many steps a quality is above the lowest.
fn step_of(quality: Quality) -> usize {
    match quality {
        Quality::Soft => 0,
        Quality::Standard => 1,
        Quality::High => 2,
    }
}

/// What others know of how the twin is doing. The renderer and the host write it; the scene tells it to the desk.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct TwinGauges {
    /// Tiles drawn.
    pub tiles_shown: u32,
    /// Tiles asked for and not there.
    pub tiles_waiting: u32,
    /// Bytes that went to the device, per second.
    pub upload_bytes_per_s: u64,
    /// Bytes taken on the device.
    pub gpu_bytes: u64,
    /// Bytes that may be taken on the device.
    pub gpu_limit_bytes: u64,
    /// What the device is called.
    pub adapter: String,
    /// How long the oldest command that came since this was told last had been on its way to the twin, ms. Its wait at the
    /// desk is told by [`TwinCommand::NoteWait`].
    pub queue_ms: f32,
    /// How many devices were lost so far.
    pub lost: u32,
}

fn keep_budget(
    step: Res<'_, FrameStep>,
    look: Res<'_, CityLook>,
    mut needs: ResMut<'_, NeedsFrame>,
    mut budget: ResMut<'_, FrameBudget>,
) {
    if budget.wanted() != look.quality {
        budget.want(look.quality);
    }
    // After a rest the step is a usual frame's time, and says nothing.
    if needs.goes_on() && budget.take(step.clamped()) {
        needs.ask();
    }
}

/// What was told of how the twin is doing, and when.
#[derive(Default)]
struct Telling {
    is_watched: bool,
    since_s: f64,
    /// The longest wait since it was told last, at the desk and on the way, ms.
    longest_ms: f32,
}

fn tell_performance(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    step: Res<'_, FrameStep>,
    budget: Res<'_, FrameBudget>,
    mut gauges: ResMut<'_, TwinGauges>,
    mut telling: Local<'_, Telling>,
    mut outputs: MessageWriter<'_, TwinOutput>,
) {
    telling.since_s += step.clamped();
    let mut at_desk_ms: f32 = 0.0;
    for command in commands.read() {
        match command {
            TwinCommand::WatchPerformance(on) => {
                telling.is_watched = *on;
                telling.since_s = TELL_EVERY_S;
                // What waited while nobody looked is no news.
                telling.longest_ms = 0.0;
            }
            // At rest frames are rare, but the desk tells the time each second.
            TwinCommand::SetTime { .. } => telling.since_s = TELL_EVERY_S,
            TwinCommand::NoteWait(ms) if ms.is_finite() => at_desk_ms = at_desk_ms.max(*ms),
            _ => {}
        }
    }
    let on_its_way_ms = std::mem::take(&mut gauges.bypass_change_detection().queue_ms);
    telling.longest_ms = telling.longest_ms.max(at_desk_ms + on_its_way_ms);
    if !telling.is_watched || telling.since_s < TELL_EVERY_S {
        return;
    }
    telling.since_s = 0.0;
    outputs.write(TwinOutput::Performance(PerformanceNow {
        frame_ms_p50: budget.p50_ms(),
        frame_ms_p95: budget.p95_ms(),
        frames_per_s: budget.frames_per_s(),
        tiles_shown: gauges.tiles_shown,
        tiles_waiting: gauges.tiles_waiting,
        upload_bytes_per_s: gauges.upload_bytes_per_s,
        gpu_bytes: gauges.gpu_bytes,
        gpu_limit_bytes: gauges.gpu_limit_bytes,
        quality: budget.in_use(),
        wanted: budget.wanted(),
        adapter: gauges.adapter.clone(),
        queue_ms: std::mem::take(&mut telling.longest_ms),
        lost: gauges.lost,
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of the same length until the effort changes; after how many seconds it did.
    #[track_caller]
    fn run_until_step(budget: &mut FrameBudget, frame_s: f64) -> f64 {
        for frame in 1..10_000 {
            if budget.take(frame_s) {
                return f64::from(frame) * frame_s;
            }
        }
        unreachable!("the effort never changed");
    }

    /// Whether the effort changes within so many frames of the same length.
    fn changes(budget: &mut FrameBudget, frame_s: f64, frames: usize) -> bool {
        (0..frames).any(|_| budget.take(frame_s))
    }

    #[test]
    fn slow_frames_step_down_to_the_softest_and_then_to_wider_dots() {
        let mut budget = FrameBudget::new(Quality::High);
        let first_s = run_until_step(&mut budget, 0.08);
        assert!((1.0..4.0).contains(&first_s), "after {first_s} s");
        assert_eq!(budget.in_use(), Quality::Standard);
        run_until_step(&mut budget, 0.08);
        assert_eq!(budget.in_use(), Quality::Soft);
        assert!(budget.dot_share() <= 1.0);
        run_until_step(&mut budget, 0.08);
        run_until_step(&mut budget, 0.08);
        assert_eq!(budget.in_use(), Quality::Soft);
        assert!(budget.dot_share() >= 2.0);
        assert!(!changes(&mut budget, 0.08, 1_000), "there is no lower step");
        assert_eq!(budget.wanted(), Quality::High);
    }

    #[test]
    fn one_slow_frame_among_many_changes_nothing() {
        let mut budget = FrameBudget::new(Quality::High);
        for _ in 0..20 {
            assert!(!changes(&mut budget, 0.016, 60));
            assert!(!budget.take(0.3));
        }
        assert_eq!(budget.in_use(), Quality::High);
    }

    #[test]
    fn quick_frames_step_up_again_and_a_step_that_failed_waits_longer() {
        let mut budget = FrameBudget::new(Quality::Standard);
        run_until_step(&mut budget, 0.08);
        assert_eq!(budget.in_use(), Quality::Soft);
        let first_s = run_until_step(&mut budget, 0.016);
        assert_eq!(budget.in_use(), Quality::Standard);
        assert!((5.0..6.0).contains(&first_s), "after {first_s} s");
        run_until_step(&mut budget, 0.08);
        assert_eq!(budget.in_use(), Quality::Soft);
        let second_s = run_until_step(&mut budget, 0.016);
        assert_eq!(budget.in_use(), Quality::Standard);
        assert!(second_s > first_s + 4.0, "{second_s} s after {first_s} s");
    }

    #[test]
    fn frames_between_quick_and_slow_change_nothing() {
        let mut budget = FrameBudget::new(Quality::High);
        run_until_step(&mut budget, 0.08);
        assert!(!changes(&mut budget, 0.04, 2_000));
        assert_eq!(budget.in_use(), Quality::Standard);
    }

    #[test]
    fn figures_are_those_of_the_latest_frames() {
        let mut budget = FrameBudget::default();
        assert!(budget.p95_ms() <= 0.0 && budget.frames_per_s() <= 0.0);
        for frame in 1..=60 {
            budget.take(f64::from(frame) / 1000.0);
        }
        assert!((budget.p50_ms() - 30.0).abs() < 0.01);
        assert!((budget.p95_ms() - 57.0).abs() < 0.01);
        budget.want(Quality::High);
        assert!(budget.p95_ms() <= 0.0);
    }
}
