//! `cim snapshot`: the twin as a PNG, without a window.

use crate::{
    Failure,
    host::{MachineClock, progress, runtime, say, size},
    look::LookArgs,
};
use cim_app::{
    Desk, DeskSettings,
    wire::{ClockDto, Mode},
};
use cim_render::{CityTwin, TwinMessage, TwinReport};
use cim_scene::Move;
use cim_stage::{Stage, view_command};
use cim_viewport::{Headless, Picture, Size};
use clap::Args;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Frames after which a view that is still not complete is given up.
const MOST_FRAMES: u32 = 4_000;
/// City time per frame, seconds.
const STEP_S: f64 = 0.1;

/// Draw the twin into a PNG.
#[derive(Debug, Args)]
pub(crate) struct Snapshot {
    /// The city folder.
    #[arg(long, value_name = "DIR")]
    city: PathBuf,
    /// Name of a saved view of the city.
    #[arg(long, default_value = "overview")]
    view: String,
    /// Size of the picture.
    #[arg(long, value_name = "WxH", default_value = "1280x720", value_parser = size)]
    size: (u32, u32),
    /// Draw the sensors, cameras and events of this cache.
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// The moment to show, ISO 8601; needs --cache. The newest one by default.
    #[arg(long, value_name = "TIME", requires = "cache")]
    at: Option<String>,
    /// Language of names.
    #[arg(long, default_value = "zh-CN", value_parser = ["zh-CN", "en"])]
    lang: String,
    #[command(flatten)]
    look: LookArgs,
    /// The file to write.
    #[arg(long, value_name = "PNG")]
    out: PathBuf,
}

impl Snapshot {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let runtime = runtime()?;
        let scratch =
            std::env::temp_dir().join(format!("citymirror-snapshot-{}", std::process::id()));
        let cache = self.cache.clone().unwrap_or_else(|| scratch.clone());
        let desk = runtime.block_on(Desk::open(self.settings(cache), runtime.handle().clone()))?;
        let drawn = runtime
            .block_on(self.go_to_moment(&desk))
            .and_then(|()| self.draw(&desk));
        runtime.block_on(desk.close());
        if self.cache.is_none()
            && let Err(err) = std::fs::remove_dir_all(&scratch)
        {
            say(&format!(
                "a scratch folder stays behind: {}: {err}",
                scratch.display()
            ));
        }
        save(&drawn?, &self.out)?;
        Ok(true)
    }

    fn settings(&self, cache: PathBuf) -> DeskSettings {
        DeskSettings {
            cache,
            hub: None,
            city: Some(self.city.clone()),
            mode: Mode::Desk,
            language: self.lang.clone(),
            operator: "snapshot".into(),
            time: Arc::new(MachineClock),
        }
    }

    async fn go_to_moment(&self, desk: &Desk) -> Result<(), Failure> {
        if let Some(at) = &self.at {
            let time: jiff::Timestamp = at.parse().map_err(|err| {
                format!("--at {at} is not a moment like 2026-11-21T14:03:27Z: {err}")
            })?;
            desk.set_clock(ClockDto::At {
                time: time.as_millisecond(),
            })?;
            desk.refresh().await;
        }
        Ok(())
    }

    fn draw(&self, desk: &Desk) -> Result<Picture, Failure> {
        let views = desk.views();
        let view = views
            .iter()
            .find(|view| view.name == self.view)
            .ok_or_else(|| {
                let names: Vec<&str> = views.iter().map(|view| view.name.as_str()).collect();
                let place = self.city.display();
                if names.is_empty() {
                    format!("{place} is not a city folder, or has no saved views")
                } else {
                    format!(
                        "{place} has no view '{}'; it has {}",
                        self.view,
                        names.join(", ")
                    )
                }
            })?;
        let (width, height) = self.size;
        let mut shot = Shot::new(Size {
            width,
            height,
            scale: 1.0,
        })?;
        let mut stage = Stage::new(desk.clone());
        for message in stage.messages() {
            shot.send(message);
        }
        shot.send(TwinMessage::Scene(view_command(view, Move::Jump)));
        for command in self.look.commands(view.target)? {
            shot.send(TwinMessage::Scene(command));
        }
        shot.settle()
    }
}

/// A twin that is drawn until its view is complete.
pub(crate) struct Shot {
    twin: Headless<CityTwin>,
    report: Arc<Mutex<TwinReport>>,
}

impl Shot {
    pub(crate) fn new(size: Size) -> Result<Self, Failure> {
        let report = Arc::new(Mutex::new(TwinReport::default()));
        let kept = Arc::clone(&report);
        let guest = CityTwin::new(move |news| {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            kept.tiles = news.tiles;
            kept.is_settled = news.is_settled;
            kept.problems.extend(news.problems);
        });
        let twin = Headless::new(guest, size).ok_or(
            "there is no graphics device, not even in software (Debian: mesa-vulkan-drivers)",
        )?;
        Ok(Self { twin, report })
    }

    pub(crate) fn send(&mut self, message: TwinMessage) {
        self.twin.send(message);
    }

    pub(crate) fn twin(&mut self) -> &mut Headless<CityTwin> {
        &mut self.twin
    }

    /// What the twin told so far.
    pub(crate) fn report(&self) -> TwinReport {
        self.report
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Draws until the view is complete.
    pub(crate) fn settle(&mut self) -> Result<Picture, Failure> {
        for _ in 0..MOST_FRAMES {
            self.twin.frame(STEP_S);
            let report = self.report();
            progress(&format!(
                "tiles {} of {}",
                report.tiles.shown,
                report.tiles.shown + report.tiles.missing
            ));
            if report.is_settled {
                progress("");
                for problem in &report.problems {
                    say(&format!(
                        "left out: {} {} {}",
                        problem.source, problem.place, problem.reason
                    ));
                }
                return self
                    .twin
                    .picture()
                    .ok_or_else(|| "the graphics device gave no picture back".into());
            }
            if report.tiles.missing > 0 {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
        let tiles = self.report().tiles;
        Err(format!(
            "the view was not complete after {MOST_FRAMES} frames: {} tiles missing",
            tiles.missing
        )
        .into())
    }
}

fn save(picture: &Picture, path: &Path) -> Result<(), Failure> {
    let Picture {
        width,
        height,
        rgba,
    } = picture;
    image::save_buffer(path, rgba, *width, *height, image::ColorType::Rgba8)
        .map_err(|err| format!("{} cannot be written: {err}", path.display()).into())
}
