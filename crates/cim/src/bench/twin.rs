//! `cim bench twin`: frame times, beside those of an empty picture in the same run.

use crate::{
    Failure,
    crowd::{CROWD_LAYER, crowd_layer},
    host::{instant, print},
    snapshot::Shot,
};
use cim_geo::Geodetic;
use cim_layers::{PointChange, PointState, points::sensor_shape};
use cim_model::{SensorKind, UtcMillis};
use cim_render::{OpenTiles, TwinMessage};
use cim_scene::{LayerPoints, Move, TwinCommand};
use cim_stage::view_command;
use cim_tiles::Catalogue;
use cim_viewport::Size;
use serde_json::json;
use std::{path::PathBuf, sync::Arc};

/// Frames measured per figure.
const FRAMES: u32 = 60;

/// Measures the twin over a city.
pub(super) struct TwinBench {
    pub(super) city: PathBuf,
    /// Live sensors, all changing once a second.
    pub(super) sensors: u32,
    pub(super) size: (u32, u32),
    pub(super) json: bool,
}

impl TwinBench {
    pub(super) fn run(&self) -> Result<bool, Failure> {
        let catalogue = Catalogue::read(&self.city)?;
        let (width, height) = self.size;
        let mut shot = Shot::new(Size {
            width,
            height,
            scale: 1.0,
        })?;
        let empty = Self::measure(&mut shot, |_, _| {});
        let origin = Geodetic::from(catalogue.origin);
        shot.send(TwinMessage::Scene(TwinCommand::OpenCity {
            origin,
            radius_m: 3_000.0,
        }));
        shot.send(TwinMessage::OpenTiles(OpenTiles::city(&self.city)));
        for view in cim_tiles::read_views(&self.city)?
            .iter()
            .filter(|view| view.name == "overview")
        {
            shot.send(TwinMessage::Scene(view_command(view, Move::Jump)));
        }
        shot.send(TwinMessage::Scene(TwinCommand::SetLayers(vec![
            crowd_layer(),
        ])));
        shot.send(TwinMessage::Scene(TwinCommand::SetPoints {
            layer: CROWD_LAYER,
            points: sensors(origin, self.sensors),
        }));
        shot.settle()?;
        // At 60 frames/s a sensor that reports once a second changes in every sixtieth frame.
        let per_frame = self.sensors.div_ceil(60);
        let live = Self::measure(&mut shot, |shot, frame| {
            shot.send(changes(frame, per_frame, self.sensors));
        });
        let moving = Self::measure(&mut shot, |shot, frame| {
            shot.send(changes(frame, per_frame, self.sensors));
            shot.send(TwinMessage::Scene(TwinCommand::Orbit { by: [6.0, 0.0] }));
        });
        let limit = empty.first().copied().unwrap_or_default();
        self.tell("empty picture", &empty, limit);
        self.tell("camera at rest, live changes", &live, limit);
        self.tell("camera moving, live changes", &moving, limit);
        Ok(true)
    }

    fn measure(shot: &mut Shot, mut before: impl FnMut(&mut Shot, u32)) -> Vec<f64> {
        let mut millis = Vec::new();
        for frame in 0..FRAMES {
            before(shot, frame);
            let begun = instant();
            shot.twin().frame(1.0 / 60.0);
            millis.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        millis.sort_by(f64::total_cmp);
        millis
    }

    fn tell(&self, name: &str, sorted: &[f64], limit: f64) {
        let at = |share: f64| {
            sorted
                .get((share * (sorted.len().max(1) - 1) as f64) as usize)
                .copied()
                .unwrap_or_default()
        };
        let [p50, p95, p99] = [0.5, 0.95, 0.99].map(at);
        let (width, height) = self.size;
        if self.json {
            let line = json!({
                "measure": "frame", "name": name, "value": p50, "p95": p95, "p99": p99, "unit": "ms",
                "limit": limit, "ratio": p50 / limit.max(1e-6), "size": format!("{width}x{height}"), "sensors": self.sensors,
            });
            print(&line.to_string());
        } else {
            print(&format!(
                "{name:32} p50 {p50:7.2} ms   p95 {p95:7.2} ms   p99 {p99:7.2} ms   {:.0} frames/s",
                1000.0 / p50
            ));
        }
    }
}

/// Sensors on a spiral around the origin: spread evenly, the same on every run.
fn sensors(origin: Geodetic, count: u32) -> Arc<LayerPoints> {
    let rows = count as usize;
    let places = (0..count).map(|row| {
        let turn = f64::from(row) * 2.399_963;
        let reach = 0.012 * (f64::from(row) / f64::from(count.max(1))).sqrt();
        Geodetic {
            lon_deg: origin.lon_deg + reach * turn.cos() / origin.lat_deg.to_radians().cos(),
            lat_deg: origin.lat_deg + reach * turn.sin(),
            height_m: 3.0,
        }
    });
    Arc::new(LayerPoints {
        epoch: UtcMillis(0),
        places: places.collect(),
        states: (0..count).map(|row| state(row, row)).collect(),
        seen: vec![0.0; rows],
        // What is measured here is drawing: nothing ages.
        period: vec![f32::INFINITY; rows],
        things: Vec::new(),
    })
}

fn state(row: u32, seed: u32) -> PointState {
    let class = match seed % 97 {
        0 => 4,
        1 => 3,
        2..=4 => 2,
        _ => 0,
    };
    let kind = SensorKind::ALL.get(row as usize % 8).copied();
    PointState::new(sensor_shape(kind.unwrap_or_default()), class)
}

fn changes(frame: u32, per_frame: u32, sensors: u32) -> TwinMessage {
    let first = frame * per_frame;
    let changed = (first..first + per_frame).map(|number| {
        let row = number % sensors.max(1);
        PointChange {
            row,
            state: state(row, number + frame),
            seen: 0.0,
            period: f32::INFINITY,
        }
    });
    TwinMessage::Scene(TwinCommand::ChangePoints {
        layer: CROWD_LAYER,
        changes: changed.collect(),
    })
}
