//! A twin without a window, driven frame by frame.

use super::{ORIGIN, RADIUS_M};
use crate::{Failure, host::instant};
use cim_geo::Geodetic;
use cim_layers::PointSet;
use cim_render::{CityTwin, TwinMessage};
use cim_scene::{
    FrameBudget, FrameStep, LiveLayers, NeedsFrame, OrbitCamera, PerformanceNow, TwinCommand,
    TwinOutput, View, Viewport,
};
use cim_viewport::{Headless, Picture, Size};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// City time between two frames lies between these, as in a window, seconds.
const STEP_S: [f64; 2] = [1.0 / 60.0, 0.1];
/// So many frames in a row without a wish for another are rest.
const QUIET_FRAMES: u32 = 12;
/// Frames after which a picture that still changes by itself is given up.
const MOST_FRAMES: u32 = 2_000;

/// What a twin has told.
#[derive(Default)]
struct News {
    performance: Option<PerformanceNow>,
    problems: Vec<String>,
}

/// A twin without a window.
pub(crate) struct LiveTwin {
    twin: Headless<CityTwin>,
    news: Arc<Mutex<News>>,
    /// City time of the next frame, seconds.
    step_s: f64,
    /// City time does not hang on how long frames take.
    is_steady: bool,
}

impl LiveTwin {
    /// A twin over the empty ground at [`ORIGIN`], all of it in view.
    pub(crate) fn open(size: (u32, u32)) -> Result<Self, Failure> {
        let mut twin = Self::with_nothing(size)?;
        twin.stand_at(ORIGIN, RADIUS_M);
        twin.rest()?;
        Ok(twin)
    }

    /// A twin that shows nothing yet.
    pub(crate) fn with_nothing((width, height): (u32, u32)) -> Result<Self, Failure> {
        let news = Arc::new(Mutex::new(News::default()));
        let kept = Arc::clone(&news);
        let guest = CityTwin::new(move |report| {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            for output in report.outputs {
                if let TwinOutput::Performance(now) = output {
                    kept.performance = Some(now);
                }
            }
            let problems = report.problems.iter();
            kept.problems
                .extend(problems.map(|problem| format!("{} {}", problem.place, problem.reason)));
        });
        let size = Size {
            width,
            height,
            scale: 1.0,
        };
        let twin = Headless::new(guest, size).ok_or(
            "there is no graphics device, not even in software (Debian: mesa-vulkan-drivers)",
        )?;
        let [step_s, _] = STEP_S;
        Ok(Self {
            twin,
            news,
            step_s,
            is_steady: false,
        })
    }

    /// The same with city time that goes on by a sixtieth of a second for each frame, however long it takes: for pictures that
    /// must not hang on the machine.
    #[must_use]
    pub(crate) fn steady(self) -> Self {
        let [step_s, _] = STEP_S;
        Self {
            step_s,
            is_steady: true,
            ..self
        }
    }

    /// Opens an empty ground.
    pub(crate) fn stand_at(&mut self, origin: Geodetic, radius_m: f64) {
        self.send(TwinCommand::OpenCity { origin, radius_m });
    }

    /// Sends a command to the scene.
    pub(crate) fn send(&mut self, command: TwinCommand) {
        self.tell(TwinMessage::Scene(command));
    }

    /// Sends a message to the twin.
    pub(crate) fn tell(&mut self, message: TwinMessage) {
        self.twin.send(message);
    }

    /// Draws a frame and waits until the device has drawn it; milliseconds. City time goes on as in a window: by what the
    /// frame before took.
    pub(crate) fn frame(&mut self) -> f64 {
        let begun = instant();
        self.twin.frame(self.step_s);
        let seconds = begun.elapsed().as_secs_f64();
        if !self.is_steady {
            let [least, most] = STEP_S;
            self.step_s = seconds.clamp(least, most);
        }
        seconds * 1_000.0
    }

    /// Runs the systems once, and draws only when something is new, as a window does; true when a frame was drawn.
    pub(crate) fn pass(&mut self, seconds: f64) -> bool {
        let app = self.twin.app_mut();
        app.world_mut().insert_resource(FrameStep { seconds });
        let main = &mut app.sub_apps_mut().main;
        main.run_default_schedule();
        let wants = main
            .world_mut()
            .get_resource_mut::<NeedsFrame>()
            .is_some_and(|mut needs| needs.take());
        if wants {
            // No city time passes twice.
            self.twin.frame(0.0);
        } else {
            self.twin.app_mut().world_mut().clear_trackers();
        }
        wants
    }

    /// Draws until nothing changes by itself any more.
    pub(crate) fn rest(&mut self) -> Result<(), Failure> {
        let mut quiet = 0;
        for _ in 0..MOST_FRAMES {
            self.frame();
            let goes_on = self
                .twin
                .app()
                .world()
                .get_resource::<NeedsFrame>()
                .is_some_and(|needs| needs.goes_on() || needs.is_due());
            quiet = if goes_on { 0 } else { quiet + 1 };
            if quiet >= QUIET_FRAMES {
                return Ok(());
            }
        }
        Err(format!("the picture still changed by itself after {MOST_FRAMES} frames").into())
    }

    /// The picture as it is.
    pub(crate) fn picture(&mut self) -> Result<Picture, Failure> {
        let picture = self.twin.picture();
        picture.ok_or_else(|| "the graphics device gave no picture back".into())
    }

    /// The points of a layer as the scene holds them.
    pub(crate) fn set(&self, layer: u16) -> Option<&PointSet> {
        let layers = self.twin.app().world().get_resource::<LiveLayers>()?;
        layers.get(layer).map(|layer| &layer.set)
    }

    /// The view that is drawn.
    pub(crate) fn view(&self) -> Option<(View, Viewport)> {
        let camera = self.twin.app().world().get_resource::<OrbitCamera>()?;
        Some((camera.view(), camera.viewport()))
    }

    /// What the latest frames allowed: quality, and how many times as wide as asked dots are drawn.
    pub(crate) fn effort(&self) -> Option<String> {
        let budget = self.twin.app().world().get_resource::<FrameBudget>()?;
        Some(format!(
            "{:?}, dots {}x",
            budget.in_use(),
            budget.dot_share()
        ))
    }

    /// What the twin told last of its performance; asked for by [`TwinCommand::WatchPerformance`].
    pub(crate) fn performance(&self) -> Option<PerformanceNow> {
        self.news().performance.clone()
    }

    /// What the twin could not use, since the last call.
    pub(crate) fn take_problems(&self) -> Vec<String> {
        std::mem::take(&mut self.news().problems)
    }

    fn news(&self) -> MutexGuard<'_, News> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{Things, layer};
    use cim_layers::layer::Gathering;

    #[test]
    fn points_that_were_sent_are_there_and_a_twin_at_rest_draws_nothing() {
        let mut twin = match LiveTwin::open((160, 90)) {
            Ok(twin) => twin,
            Err(reason) => {
                println!("skipped: {reason}");
                return;
            }
        };
        let empty = twin.picture().expect("a picture");
        let things = Things {
            count: 500,
            seed: 4,
        };
        let shown = layer(7, "sensors", Gathering::Dots { dot_px: 3.0 }, 3.0);
        twin.send(TwinCommand::SetLayers(vec![shown]));
        twin.send(TwinCommand::SetPoints {
            layer: 7,
            points: Arc::new(things.points()),
        });
        twin.rest().expect("it comes to rest");
        assert_eq!(twin.set(7).map(PointSet::rows), Some(500));
        assert!(twin.set(8).is_none());
        assert_ne!(twin.picture().expect("a picture"), empty);
        twin.rest().expect("it comes to rest");
        assert!(!(0..5).any(|_| twin.pass(1.0)), "nothing is new");
    }
}
