//! `cim bench tiles`: time until all tiles of a fixed view are shown, over HTTP from this machine.

use super::{decode::absolute, figure::Figure, peers};
use crate::{
    Failure,
    host::{instant, runtime},
    snapshot::Shot,
};
use cim_app::open_tile_source;
use cim_geo::{Ecef, Enu, Geodetic, LocalFrame, geodetic_from_ecef};
use cim_render::{OpenTiles, TwinMessage};
use cim_scene::{FOV_Y_RAD, Move, TwinCommand};
use cim_tiles::{Placement, TileError, TileSource, Tileset, looks_like_ecef};
use cim_viewport::Size;
use glam::DVec3;
use serde_json::json;
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

/// Frames after which a view that is still not complete is given up.
const MOST_FRAMES: u32 = 20_000;
/// Our time over CesiumJS's: what it must be, and what it should be.
const MUST: f64 = 0.25;
const GOAL: f64 = 0.1;
/// The small picture, where drawing costs nothing.
const SMALL: (u32, u32) = (64, 64);

/// Measures how soon a view is complete.
pub(super) struct TilesBench {
    pub(super) tileset: PathBuf,
    pub(super) size: (u32, u32),
    /// Error on screen up to which a tile is good enough, px.
    pub(super) sse: f64,
    pub(super) heading_deg: f64,
    pub(super) pitch_deg: f64,
    /// The folder of the peers, when they are measured too.
    pub(super) peers: Option<PathBuf>,
    pub(super) json: bool,
}

/// The view that every program takes.
struct FixedView {
    origin: Geodetic,
    placement: Option<Placement>,
    target: Geodetic,
    radius_m: f64,
    distance_m: f64,
    /// For the peers: in the tileset's own frame.
    eye: DVec3,
    direction: DVec3,
    up: DVec3,
}

impl TilesBench {
    /// The folder that the tileset lies in.
    pub(super) fn folder(&self) -> PathBuf {
        match self.tileset.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        }
    }

    /// Measures; true when every figure is as good as it must be.
    pub(super) fn run(&self) -> Result<bool, Failure> {
        let tileset = Tileset::read(&self.tileset)?;
        let view = self.view(&tileset)?;
        let runtime = runtime()?;
        let server = runtime.block_on(cim_hub::serve_files(&self.folder()))?;
        let name = self
            .tileset
            .file_name()
            .ok_or("the tileset has no name")?
            .to_string_lossy();
        let address = format!("http://{}/{name}", server.address());
        let mut holds = true;
        for size in [self.size, SMALL] {
            // The same tiles in both: the error allowed shrinks with the picture.
            let sse = self.sse * f64::from(size.1) / f64::from(self.size.1);
            let (source, path) = open_tile_source(&address, None, runtime.handle())?;
            let counted = Arc::new(Counted::new(source));
            let (shown_ms, tiles, frame_ms) = self.time(&view, size, sse, &counted, &path)?;
            let limit_ms = counted.fetch_again();
            let peers = self.peer_times(&view, size, sse)?;
            for peer in peers
                .iter()
                .map(Some)
                .chain(peers.is_empty().then_some(None))
            {
                let figure = Figure {
                    measure: "tiles-shown",
                    name: format!("all tiles of the view shown, {}x{}", size.0, size.1),
                    value: shown_ms,
                    unit: "ms",
                    limit: Some(limit_ms),
                    peer: peer.map(|(name, shown, _)| (name.clone(), *shown)),
                    must: Some(MUST),
                    goal: Some(GOAL),
                    notes: vec![
                        ("tiles", json!(tiles)),
                        ("peer_tiles", json!(peer.map(|(_, _, tiles)| tiles))),
                        ("frame_ms", json!(frame_ms)),
                        ("bytes", json!(counted.bytes())),
                    ],
                    is_rate: false,
                };
                figure.tell(self.json);
                // The goal is set against CesiumJS; the other one is told beside it.
                holds &=
                    figure.holds() || !peer.is_some_and(|(name, _, _)| name.contains("Cesium"));
            }
        }
        runtime.block_on(server.stop());
        Ok(holds)
    }

    fn view(&self, tileset: &Tileset) -> Result<FixedView, Failure> {
        let root = tileset
            .tile(Tileset::ROOT)
            .ok_or("the tileset has no root")?;
        let centre = root.bounds.centre_m();
        let radius_m = root.bounds.radius_m();
        let distance_m = radius_m * 1.9;
        let (origin, placement, frame) = if looks_like_ecef(&root.bounds) {
            let origin = geodetic_from_ecef(Ecef {
                x_m: centre.x,
                y_m: centre.y,
                z_m: centre.z,
            });
            (origin, None, LocalFrame::new(origin))
        } else {
            let origin = Geodetic {
                lon_deg: 117.2,
                lat_deg: 34.26,
                height_m: 0.0,
            };
            let placement = Placement::Local {
                origin,
                heading_deg: 0.0,
            };
            (origin, Some(placement), LocalFrame::new(origin))
        };
        let middle = if placement.is_some() {
            centre
        } else {
            DVec3::ZERO
        };
        let target = frame.geodetic_from_enu(Enu {
            east_m: middle.x,
            north_m: middle.y,
            up_m: middle.z,
        });
        let (heading, pitch) = (self.heading_deg.to_radians(), self.pitch_deg.to_radians());
        let direction = DVec3::new(
            heading.sin() * pitch.cos(),
            heading.cos() * pitch.cos(),
            -pitch.sin(),
        );
        let eye = middle - direction * distance_m;
        let to_frame = |enu: DVec3| {
            if placement.is_some() {
                return enu;
            }
            let point = frame.ecef_from_enu(Enu {
                east_m: enu.x,
                north_m: enu.y,
                up_m: enu.z,
            });
            DVec3::new(point.x_m, point.y_m, point.z_m)
        };
        let place = to_frame(eye);
        Ok(FixedView {
            origin,
            target,
            radius_m: radius_m.max(200.0),
            distance_m,
            eye: place,
            direction: to_frame(eye + direction) - place,
            up: to_frame(eye + DVec3::Z) - place,
            placement,
        })
    }

    /// Milliseconds until the view is complete and drawn, tiles shown, and milliseconds of a frame afterwards.
    fn time(
        &self,
        view: &FixedView,
        size: (u32, u32),
        sse: f64,
        source: &Arc<Counted>,
        path: &str,
    ) -> Result<(f64, u32, f64), Failure> {
        let mut shot = Shot::new(Size {
            width: size.0,
            height: size.1,
            scale: 1.0,
        })?;
        shot.twin().frame(1.0 / 60.0);
        let begun = instant();
        shot.send(TwinMessage::Scene(TwinCommand::OpenCity {
            origin: view.origin,
            radius_m: view.radius_m,
        }));
        let source: Arc<dyn TileSource> = Arc::clone(source) as Arc<dyn TileSource>;
        shot.send(TwinMessage::OpenTiles(OpenTiles {
            slot: 0,
            tileset: Some((source, path.to_owned())),
            placement: view.placement,
            max_error_px: Some(sse),
        }));
        shot.send(TwinMessage::Scene(TwinCommand::GoToView {
            target: view.target,
            distance_m: view.distance_m,
            heading_deg: self.heading_deg,
            pitch_deg: self.pitch_deg,
            how: Move::Jump,
        }));
        for _ in 0..MOST_FRAMES {
            shot.twin().frame(1.0 / 60.0);
            let tiles = shot.report().tiles;
            if tiles.complete && tiles.shown > 0 {
                // Uploads are spread over frames; the picture is there when the device has drawn the last of them.
                shot.twin().frame(1.0 / 60.0);
                shot.twin().picture().ok_or("the device gave no picture")?;
                let shown_ms = begun.elapsed().as_secs_f64() * 1000.0;
                let frame = instant();
                shot.send(TwinMessage::Scene(TwinCommand::Orbit { by: [1.0, 0.0] }));
                shot.twin().frame(1.0 / 60.0);
                shot.twin().picture().ok_or("the device gave no picture")?;
                return Ok((
                    shown_ms,
                    tiles.shown,
                    frame.elapsed().as_secs_f64() * 1000.0,
                ));
            }
            thread::sleep(Duration::from_micros(500));
        }
        Err("the view was never complete".into())
    }

    fn peer_times(
        &self,
        view: &FixedView,
        size: (u32, u32),
        sse: f64,
    ) -> Result<Vec<(String, f64, f64)>, Failure> {
        let Some(peers_dir) = &self.peers else {
            return Ok(Vec::new());
        };
        let file =
            std::env::temp_dir().join(format!("citymirror-view-{}.json", std::process::id()));
        let text = json!({
            "eye": view.eye.to_array(),
            "direction": view.direction.to_array(),
            "up": view.up.to_array(),
            "fov_y_rad": FOV_Y_RAD,
        });
        std::fs::write(&file, text.to_string())?;
        let arguments = [
            absolute(&self.folder())?,
            self.tileset
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
            format!("{}x{}", size.0, size.1),
            sse.to_string(),
            file.display().to_string(),
        ];
        let answers = peers::run(peers_dir, "tiles.mjs", &arguments);
        std::fs::remove_file(&file)?;
        answers?
            .iter()
            .map(|answer| {
                let canvas = answer.get("canvas");
                if canvas != Some(&json!([size.0, size.1])) {
                    let name = peers::name(answer);
                    return Err(format!("{name} drew {canvas:?} in place of {size:?}").into());
                }
                Ok((
                    peers::name(answer),
                    peers::number(answer, "shown_ms"),
                    peers::number(answer, "tiles"),
                ))
            })
            .collect()
    }
}

/// A source that remembers what was read from it.
#[derive(Debug)]
struct Counted {
    inner: Arc<dyn TileSource>,
    read: Mutex<Vec<(String, usize)>>,
}

impl Counted {
    fn new(inner: Arc<dyn TileSource>) -> Self {
        Self {
            inner,
            read: Mutex::new(Vec::new()),
        }
    }

    fn bytes(&self) -> usize {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Milliseconds to fetch the same files again and do nothing with them: the least that any program needs here.
    fn fetch_again(&self) -> f64 {
        let paths: Vec<String> = {
            let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            read.iter().map(|(path, _)| path.clone()).collect()
        };
        let begun = instant();
        thread::scope(|scope| {
            for half in paths.chunks(paths.len().div_ceil(2).max(1)) {
                scope.spawn(move || self.fetch(half));
            }
        });
        begun.elapsed().as_secs_f64() * 1000.0
    }

    fn fetch(&self, paths: &[String]) {
        for path in paths {
            std::hint::black_box(self.inner.read(path).is_ok());
        }
    }
}

impl TileSource for Counted {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TileError> {
        let bytes = self.inner.read(path)?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.push((path.to_owned(), bytes.len()));
        Ok(bytes)
    }
}
