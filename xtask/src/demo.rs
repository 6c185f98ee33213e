//! The whole product on one machine: city hub, simulated sources, desk.
//!
//! Everything that it keeps lies under the cache folder, one folder a city; nothing is written into the clone.

use crate::build_product;
use crate::city::{City, ready_city};
use crate::places::Places;
use clap::{Args, ValueEnum};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use xtask::display::{Size, VirtualDisplay, let_root_run_webkit};
use xtask::process::{self, Running};
use xtask::{Outcome, step};

/// How long the hub may take until it serves.
const HUB_WITHIN: Duration = Duration::from_mins(2);
/// How long the simulated sources may take until they are announced and publish.
const SOURCES_WITHIN: Duration = Duration::from_mins(5);
/// How long desk and twin may take until they are complete, drawn in software.
const DESK_WITHIN: Duration = Duration::from_mins(5);
/// From the desk's being complete to its first picture, so that a few more values have arrived.
const SETTLE: Duration = Duration::from_secs(2);
/// From the first picture to the second.
const BETWEEN_PICTURES: Duration = Duration::from_secs(6);
/// How much is recorded when the planner has no recording yet, seconds.
const RECORD_SECONDS: &str = "20";
/// Ports that the hub gets when nobody else has them.
const USUAL_PORTS: Ports = Ports {
    http: 8090,
    mqtt: 1884,
};

/// What to show and how.
#[derive(Args)]
pub(crate) struct DemoOptions {
    /// City folder: an imported one (`tileset.json` and `catalogue.json`), or one with files to import first: GeoJSON,
    /// OSM, FlatGeobuf, CityGML, CityJSON, IFC, EPANET, CSV and TSV. The model district by default.
    #[arg(long)]
    city: Option<PathBuf>,
    /// How the desk is used.
    #[arg(long, value_enum, default_value = "desk")]
    mode: Mode,
    /// Language of the desk.
    #[arg(long, value_enum, default_value = "zh-CN")]
    lang: Language,
    /// Write the whole window as a PNG as soon as it is complete, then end.
    #[arg(long)]
    screenshot: Option<PathBuf>,
    /// Write another one some seconds later.
    #[arg(long, requires = "screenshot")]
    second_screenshot: Option<PathBuf>,
    /// Size of the window, px.
    #[arg(long, default_value = "1920x1080")]
    size: Size,
    /// How many sensors to simulate.
    #[arg(long)]
    sensors: Option<u32>,
    /// How many vehicles drive, with a grid worker on foot for every ten of them; the city needs roads.
    #[arg(long)]
    vehicles: Option<u32>,
    /// Observations per sensor and second.
    #[arg(long)]
    hz: Option<f64>,
    /// Forget what earlier demos kept.
    #[arg(long)]
    fresh: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Mode {
    Desk,
    Wall,
    Planner,
}

impl Mode {
    fn as_str(self) -> &'static str {
        match self {
            Self::Desk => "desk",
            Self::Wall => "wall",
            Self::Planner => "planner",
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Language {
    #[value(name = "zh-CN")]
    Chinese,
    #[value(name = "en")]
    English,
}

impl Language {
    fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }
}

/// Sets up, builds, and shows the product until its window is closed or its pictures are taken.
pub(crate) fn demo(places: &Places, options: &DemoOptions) -> Outcome {
    build_product(places)?;
    if options.fresh {
        forget(&places.cache.join("cities"))?;
        forget(&places.cache.join("demo"))?;
    }
    let city = ready_city(places, options.city.as_deref())?;
    let demo = Demo::new(places, options, city)?;
    if options.mode == Mode::Planner {
        demo.record_if_there_is_nothing()?;
        return demo.show(None);
    }
    let sources = demo.start_sources()?;
    demo.show(Some(&sources.hub_url))
}

/// One demo: what is shown, and the folders that it keeps.
struct Demo<'a> {
    places: &'a Places,
    options: &'a DemoOptions,
    city: City,
    hub: PathBuf,
    desk: PathBuf,
    logs: PathBuf,
}

/// The hub and what feeds it. Dropped in this order: sources first, then the hub.
struct Sources {
    _simulate: Running,
    _hub: Running,
    hub_url: String,
}

impl<'a> Demo<'a> {
    fn new(places: &'a Places, options: &'a DemoOptions, city: City) -> Outcome<Self> {
        let kept = places.cache.join("demo").join(&city.name);
        let demo = Self {
            places,
            options,
            city,
            hub: kept.join("hub"),
            desk: kept.join("desk"),
            logs: kept.join("logs"),
        };
        for folder in [&demo.hub, &demo.desk, &demo.logs] {
            fs::create_dir_all(folder)
                .map_err(|err| format!("cannot make {}: {err}", folder.display()))?;
        }
        Ok(demo)
    }

    fn start_sources(&self) -> Outcome<Sources> {
        step::step("City hub and its sources", || {
            let ports = USUAL_PORTS.or_free_ones()?;
            let mut hub = Running::start(
                "cim hub",
                &self.hub_command(ports),
                &self.logs.join("hub.log"),
            )?;
            let ready = hub.ready(HUB_WITHIN)?;
            let hub_url =
                text(&ready, "http").ok_or_else(|| hub.report("did not say where it serves"))?;
            step::note(&format!("SensorThings  {hub_url}/v1.1"));
            step::note(&format!(
                "MQTT          {}",
                text(&ready, "mqtt").unwrap_or_default()
            ));
            let mut simulate = Running::start(
                "cim simulate",
                &self.simulate_command(&hub_url),
                &self.logs.join("simulate.log"),
            )?;
            simulate.ready(SOURCES_WITHIN)?;
            Ok(Sources {
                _simulate: simulate,
                _hub: hub,
                hub_url,
            })
        })
    }

    fn hub_command(&self, ports: Ports) -> Command {
        let mut command = self.places.cim();
        command
            .arg("hub")
            .arg("--city")
            .arg(&self.city.folder)
            .arg("--data")
            .arg(&self.hub);
        command.args([
            "--http",
            &format!("127.0.0.1:{}", ports.http),
            "--mqtt-port",
            &ports.mqtt.to_string(),
        ]);
        if let Some(clips) = self.clips() {
            command.arg("--clips").arg(clips);
        }
        command
    }

    fn simulate_command(&self, hub_url: &str) -> Command {
        let mut command = self.places.cim();
        command
            .args(["simulate", "--hub", hub_url])
            .arg("--city")
            .arg(&self.city.folder);
        if let Some(sensors) = self.options.sensors {
            command.args(["--sensors", &sensors.to_string()]);
        }
        if let Some(vehicles) = self.options.vehicles {
            command.args(["--vehicles", &vehicles.to_string()]);
        }
        if let Some(hz) = self.options.hz {
            command.args(["--hz", &hz.to_string()]);
        }
        for clip in self
            .clips()
            .iter()
            .flat_map(fs::read_dir)
            .flatten()
            .flatten()
        {
            command.args([
                "--clip",
                &format!("/clips/{}", clip.file_name().to_string_lossy()),
            ]);
        }
        // Real series make a livelier city where somebody has them; nothing depends on them.
        let series = self.places.root.join("../shared/data/series");
        if series.is_dir() {
            command.arg("--series").arg(series);
        }
        command
    }

    /// Recorded video for the cameras, where there is any.
    fn clips(&self) -> Option<PathBuf> {
        let folders =
            ["assets/clips", "../shared/data/video"].map(|folder| self.places.root.join(folder));
        folders.into_iter().find(|folder| folder.is_dir())
    }

    /// The planner plays what a desk kept. Where no desk ever ran, a short recording is made first.
    fn record_if_there_is_nothing(&self) -> Outcome {
        if has_recording(&self.desk) {
            return Ok(());
        }
        step::note(&format!(
            "There is no recording of this city yet: recording {RECORD_SECONDS} s."
        ));
        let sources = self.start_sources()?;
        let mut command = self.places.cim();
        command
            .args([
                "record",
                "--hub",
                &sources.hub_url,
                "--seconds",
                RECORD_SECONDS,
            ])
            .arg("--cache")
            .arg(&self.desk);
        step::step("Recording", || process::run(&mut command))
    }

    /// Shows the desk until its window is closed, or takes the pictures that were asked for.
    fn show(&self, hub_url: Option<&str>) -> Outcome {
        // A picture shows the product and nothing of the person's own screen.
        let own_screen = self.options.screenshot.is_none() && has_display();
        let screen = if own_screen {
            None
        } else {
            Some(VirtualDisplay::start(
                self.options.size,
                &self.logs.join("xvfb.log"),
            )?)
        };
        let ready_file = self.logs.join("desk-ready.json");
        fs::remove_file(&ready_file).ok();
        let mut command = self.desk_command(hub_url, &ready_file);
        let_root_run_webkit(&mut command);
        if let Some(screen) = &screen {
            screen.draw_here(&mut command);
        }
        let mut desk = Running::start("citymirror", &command, &self.logs.join("desk.log"))?;
        match (&self.options.screenshot, &screen) {
            (Some(picture), Some(screen)) => {
                self.take_pictures(&mut desk, &ready_file, screen, picture)
            }
            (_, None) => {
                step::note("The desk is open. Close its window or press Ctrl-C here to end.");
                desk.wait()
            }
            (None, Some(screen)) => {
                step::note(&format!(
                    "There is no display, so the desk is open on the virtual display {}.",
                    screen.name()
                ));
                step::note("Use --screenshot FILE for a picture of it. Press Ctrl-C to end.");
                desk.wait()
            }
        }
    }

    fn desk_command(&self, hub_url: Option<&str>, ready_file: &Path) -> Command {
        let mut command = Command::new(self.places.program("citymirror"));
        match hub_url {
            Some(url) => command.args(["--hub", url]),
            None => command.arg("--city").arg(&self.city.folder),
        };
        command.args([
            "--mode",
            self.options.mode.as_str(),
            "--lang",
            self.options.lang.tag(),
        ]);
        command
            .args(["--size", &self.options.size.to_string()])
            .arg("--cache")
            .arg(&self.desk);
        command.arg("--ready-file").arg(ready_file);
        command
    }

    fn take_pictures(
        &self,
        desk: &mut Running,
        ready: &Path,
        screen: &VirtualDisplay,
        picture: &Path,
    ) -> Outcome {
        step::step("Picture", || {
            wait_for_file(desk, ready)?;
            std::thread::sleep(SETTLE);
            screen.take_picture(picture)?;
            step::note(&picture.display().to_string());
            if let Some(second) = &self.options.second_screenshot {
                std::thread::sleep(BETWEEN_PICTURES);
                screen.take_picture(second)?;
                step::note(&second.display().to_string());
            }
            Ok(())
        })
    }
}

/// Waits until the desk says, by writing `file`, that panels and twin are complete.
fn wait_for_file(desk: &mut Running, file: &Path) -> Outcome {
    let begun = Instant::now();
    while !file.is_file() {
        if let Some(status) = desk.ended()? {
            return Err(desk.report(&format!("ended with {status} before it was complete")));
        }
        if begun.elapsed() > DESK_WITHIN {
            return Err(desk.report(&format!(
                "was not complete within {} s",
                DESK_WITHIN.as_secs()
            )));
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    step::note(&format!(
        "desk and twin complete after {:.1} s",
        begun.elapsed().as_secs_f64()
    ));
    Ok(())
}

/// The hub's two ports.
#[derive(Clone, Copy)]
struct Ports {
    http: u16,
    mqtt: u16,
}

impl Ports {
    /// These ports where nobody has them, else free ones.
    fn or_free_ones(self) -> Outcome<Self> {
        Ok(Self {
            http: process::free_port(self.http)?,
            mqtt: process::free_port(self.mqtt)?,
        })
    }
}

fn has_display() -> bool {
    std::env::var("DISPLAY").is_ok_and(|name| !name.is_empty())
}

/// True when a desk kept anything in `cache`.
fn has_recording(cache: &Path) -> bool {
    let databases = ["db", "sqlite"];
    let entries = fs::read_dir(cache).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|file| {
        file.extension()
            .is_some_and(|ending| databases.iter().any(|known| ending == *known))
    })
}

fn forget(folder: &Path) -> Outcome {
    if !folder.exists() {
        return Ok(());
    }
    fs::remove_dir_all(folder).map_err(|err| format!("cannot empty {}: {err}", folder.display()))
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_cache_is_no_recording() {
        let cache =
            std::env::temp_dir().join(format!("citymirror-xtask-recording-{}", std::process::id()));
        fs::create_dir_all(&cache).expect("a folder");
        assert!(!has_recording(&cache));
        fs::write(cache.join("history.db"), "").expect("a file");
        assert!(has_recording(&cache));
        fs::remove_dir_all(cache).expect("a folder");
    }
}
