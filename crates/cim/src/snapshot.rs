//! `cim snapshot`: the twin as a PNG, without a window.

mod layers;
mod sight;

use crate::{
    Failure,
    host::{MachineClock, progress, runtime, say, scenes_beside_program, size},
    look::LookArgs,
};
use cim_app::{
    Desk, DeskSettings, TILES_IN_CACHE, open_tile_source,
    wire::{ClockDto, Mode},
};
use cim_render::{CityTwin, TwinMessage, TwinReport};
use cim_scene::Move;
use cim_stage::{OtherTiles, Stage, view_command};
use cim_sync::access::Access;
use cim_tiles::SavedView;
use cim_viewport::{Headless, Picture, Size};
use clap::Args;
use layers::LayersArgs;
use sight::SightArgs;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::runtime::Handle;

/// Frames after which a view that is still not complete is given up.
const MOST_FRAMES: u32 = 4_000;
/// City time per frame, seconds.
const STEP_S: f64 = 0.1;
/// The view that a city is drawn in when none is named.
const USUAL_VIEW: &str = "overview";

/// Draw the twin into a PNG.
#[derive(Debug, Args)]
pub(crate) struct Snapshot {
    /// The city folder; a folder with a tileset alone is drawn as with --tiles.
    #[arg(long, value_name = "DIR", required_unless_present_any = ["tiles", "cache"])]
    city: Option<PathBuf>,
    /// A tileset to draw in place of the city's own: a folder, a tileset.json, an archive (.3tz, .3dtiles), or
    /// http://…/tileset.json. Without --city it is drawn alone.
    #[arg(long, value_name = "PLACE")]
    tiles: Option<String>,
    /// The coordinate reference system that this tileset is in, when it does not stand on the Earth by itself.
    #[arg(long, value_name = "EPSG:n")]
    tiles_crs: Option<String>,
    /// Look at the whole tileset instead of taking a view of the city.
    #[arg(long, conflicts_with = "view")]
    at_tiles: bool,
    /// Name of a saved view of the city; `overview` by default.
    #[arg(long)]
    view: Option<String>,
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
    #[command(flatten)]
    layers: LayersArgs,
    #[command(flatten)]
    sight: SightArgs,
    /// Folder of the scene packs, which define the layers; `scenes` beside the program by default.
    #[arg(long, value_name = "DIR")]
    scenes: Option<PathBuf>,
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
        let kept_tiles = cache.join(TILES_IN_CACHE);
        let desk = runtime.block_on(Desk::open(self.settings(cache), runtime.handle().clone()))?;
        let drawn = runtime
            .block_on(self.open_scenes(&desk))
            .and_then(|()| runtime.block_on(self.go_to_moment(&desk)))
            .and_then(|()| {
                let place = (self.city.as_deref(), self.cache.is_some());
                runtime.block_on(self.sight.show(&desk, place))
            })
            .and_then(|()| self.layers.choose(&desk, self.cache.is_some()))
            .and_then(|()| self.other_tiles(&kept_tiles, runtime.handle()))
            .and_then(|tiles| self.draw(&desk, tiles));
        self.layers.put_back(&desk);
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
            city: self.city.clone().filter(|_| !self.is_tileset_alone()),
            mode: Mode::Desk,
            language: self.lang.clone(),
            operator: "snapshot".into(),
            access: Access::default(),
            sources: Vec::new(),
            time: Arc::new(MachineClock),
        }
    }

    async fn open_scenes(&self, desk: &Desk) -> Result<(), Failure> {
        if let Some(folder) = self.scenes.clone().or_else(scenes_beside_program) {
            desk.open_scenes(folder).await?;
        }
        Ok(())
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

    /// True when the folder given as a city has a tileset, but no catalogue.
    fn is_tileset_alone(&self) -> bool {
        self.city.as_ref().is_some_and(|folder| {
            folder.join("tileset.json").is_file() && !folder.join("catalogue.json").is_file()
        })
    }

    /// The tileset that is drawn in place of the city's own tiles.
    fn other_tiles(&self, kept: &Path, runtime: &Handle) -> Result<Option<OtherTiles>, Failure> {
        let alone = self.city.as_ref().filter(|_| self.is_tileset_alone());
        let place = match (&self.tiles, alone) {
            (Some(place), _) => place.clone(),
            (None, Some(folder)) => folder.display().to_string(),
            (None, None) if self.tiles_crs.is_some() || self.at_tiles => {
                return Err(
                    "--tiles-crs and --at-tiles need a tileset: name one with --tiles".into(),
                );
            }
            (None, None) => return Ok(None),
        };
        let told = |error: &dyn std::error::Error| match error.source() {
            Some(cause) => format!("{place} cannot be drawn: {error}: {cause}"),
            None => format!("{place} cannot be drawn: {error}"),
        };
        let (source, path) =
            open_tile_source(&place, Some(kept), runtime).map_err(|error| told(&error))?;
        let tiles = OtherTiles::open(source, &path, self.tiles_crs.as_deref())
            .map_err(|error| told(&error))?;
        Ok(Some(tiles))
    }

    /// The view of the city that was asked for.
    fn view(&self, desk: &Desk) -> Result<SavedView, Failure> {
        let wanted = self.view.as_deref().unwrap_or(USUAL_VIEW);
        let mut views = desk.views();
        if let Some(at) = views.iter().position(|view| view.name == wanted) {
            return Ok(views.swap_remove(at));
        }
        let names: Vec<&str> = views.iter().map(|view| view.name.as_str()).collect();
        let place = match (&self.city, &self.cache) {
            (Some(folder), _) | (None, Some(folder)) => folder.display().to_string(),
            (None, None) => "the tileset".to_owned(),
        };
        Err(if names.is_empty() {
            format!("{place} is not a city folder, or has no saved views").into()
        } else {
            format!(
                "{place} has no view '{wanted}'; it has {}",
                names.join(", ")
            )
            .into()
        })
    }

    fn draw(&self, desk: &Desk, tiles: Option<OtherTiles>) -> Result<Picture, Failure> {
        // A tileset without a city has no saved views; a city that cannot be opened is told.
        let wants_city = self.city.is_some() && !self.is_tileset_alone();
        let is_alone = !wants_city && desk.city_folder().is_none() && self.view.is_none();
        let at_tiles = tiles.as_ref().filter(|_| self.at_tiles || is_alone);
        let (view, place) = if let Some(tiles) = at_tiles {
            (None, tiles.middle(OtherTiles::NOWHERE).0)
        } else {
            let view = self.view(desk)?;
            let place = view.target;
            (Some(view), place)
        };
        let (width, height) = self.size;
        let mut shot = Shot::new(Size {
            width,
            height,
            scale: 1.0,
        })?;
        let mut stage = Stage::new(desk.clone());
        if let Some(tiles) = tiles {
            stage = stage.with_tiles(tiles);
        }
        if view.is_none() {
            stage = stage.looking_at_tiles();
        }
        let at = self.layers.tell(&mut stage, desk, &mut shot)?;
        if let Some(view) = &view {
            shot.send(TwinMessage::Scene(view_command(view, Move::Jump)));
        }
        for command in self.look.commands(place)? {
            shot.send(TwinMessage::Scene(command));
        }
        let picture = shot.settle()?;
        // What is computed from many things at once, such as a heat map, comes a moment later.
        if self.layers.tell_rest(&mut stage, &mut shot, at) {
            return shot.settle();
        }
        Ok(picture)
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
