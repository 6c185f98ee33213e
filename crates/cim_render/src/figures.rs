//! What the picture takes on the device, and what went there: for the performance panel, benches and drills.

use crate::{model::CityModel, recovery::DeviceWatch};
use bevy::{
    app::{App, Plugin, Update},
    ecs::prelude::{DetectChangesMut, IntoScheduleConfigs, Local, Res, ResMut, Resource},
    render::renderer::RenderAdapterInfo,
};
use cim_scene::{FrameStep, PerformanceSystems, TwinGauges};

/// Bytes per second are those of the latest so many seconds.
const WINDOW_S: f64 = 0.5;

/// Keeps the figures, and tells them to the scene.
pub(crate) struct FiguresPlugin;

impl Plugin for FiguresPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<DeviceBytes>()
            .init_resource::<Uploaded>()
            .init_resource::<TwinGauges>()
            .add_systems(Update, tell_gauges.before(PerformanceSystems::Tell));
    }
}

/// Since when bytes are counted: seconds gone, and how many had gone over then.
#[derive(Default)]
struct Window {
    seconds: f64,
    bytes: u64,
}

fn tell_gauges(
    step: Res<FrameStep>,
    model: Res<CityModel>,
    watch: Res<DeviceWatch>,
    (bytes, uploaded): (Res<DeviceBytes>, Res<Uploaded>),
    adapter: Option<Res<RenderAdapterInfo>>,
    mut window: Local<Window>,
    mut gauges: ResMut<TwinGauges>,
) {
    let gauges = gauges.bypass_change_detection();
    let tiles = model.status();
    gauges.tiles_shown = tiles.shown;
    gauges.tiles_waiting = tiles.missing;
    gauges.gpu_bytes = bytes.total();
    gauges.gpu_limit_bytes = tiles.budget_bytes + bytes.labels + bytes.targets;
    gauges.lost = watch.lost();
    if let Some(adapter) = adapter
        && gauges.adapter != adapter.name
    {
        gauges.adapter.clone_from(&adapter.name);
    }
    window.seconds += step.clamped();
    if window.seconds >= WINDOW_S {
        let grown = uploaded.total().saturating_sub(window.bytes);
        gauges.upload_bytes_per_s = (grown as f64 / window.seconds) as u64;
        *window = Window {
            seconds: 0.0,
            bytes: uploaded.total(),
        };
    }
}

/// What everything takes on the graphics device, bytes, by what it is.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceBytes {
    /// The city's tiles, with their textures.
    pub tiles: u64,
    /// Points, fields, trails, areas and all else that lives over the city.
    pub live: u64,
    /// Names and their glyphs.
    pub labels: u64,
    /// The pictures that are drawn into.
    pub targets: u64,
}

impl DeviceBytes {
    /// All together, bytes.
    pub fn total(&self) -> u64 {
        self.tiles + self.live + self.labels + self.targets
    }
}

/// Bytes that went to the graphics device since the twin began. A new device does not start them anew.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Uploaded {
    /// Whole columns of points: new layers, a new order, a new device.
    pub columns: u64,
    /// Changed states and legs of points, with the lists that say where they go.
    pub changes: u64,
    /// Which points and clusters are in the picture.
    pub seen: u64,
    /// How layers look.
    pub looks: u64,
    /// Fields, trails, flows, areas, bars, surfaces; what cameras see, with their pictures.
    pub shapes: u64,
    /// Names and glyphs.
    pub labels: u64,
    /// Tiles of the city.
    pub tiles: u64,
}

impl Uploaded {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.columns
            + self.changes
            + self.seen
            + self.looks
            + self.shapes
            + self.labels
            + self.tiles
    }

    /// Takes over what one device has been given: what is beyond `before` is added.
    pub(crate) fn add_growth(&mut self, before: &Self, now: &Self) {
        let grown = |was: u64, is: u64| is.saturating_sub(was);
        self.columns += grown(before.columns, now.columns);
        self.changes += grown(before.changes, now.changes);
        self.seen += grown(before.seen, now.seen);
        self.looks += grown(before.looks, now.looks);
        self.shapes += grown(before.shapes, now.shapes);
        self.labels += grown(before.labels, now.labels);
        self.tiles += grown(before.tiles, now.tiles);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_device_was_given_is_counted_once_and_a_dropped_layer_takes_nothing_back() {
        let at = |changes: u64, shapes: u64| Uploaded {
            changes,
            shapes,
            ..Uploaded::default()
        };
        let mut all = Uploaded::default();
        all.add_growth(&at(0, 0), &at(100, 40));
        // A layer with its 40 bytes is gone; 20 more changes came.
        all.add_growth(&at(100, 40), &at(120, 0));
        assert_eq!((all.changes, all.shapes), (120, 40));
        assert_eq!(all.total(), 160);
    }

    #[test]
    fn the_total_holds_every_part() {
        let bytes = DeviceBytes {
            tiles: 1,
            live: 10,
            labels: 100,
            targets: 1_000,
        };
        assert_eq!(bytes.total(), 1_111);
    }
}
