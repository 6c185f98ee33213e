//! The city as a guest of `cim_viewport`: takes the desk's commands, draws when there is something new, tells what happened.

use crate::{
    CityModel, OpenTiles, TileStatus, TwinRenderPlugin,
    frame::Rest,
    recovery::{DeviceWatch, lose_device},
};
use bevy::{app::App, render::renderer::RenderDevice};
use cim_scene::{
    FrameStep, NeedsFrame, ScenePlugin, TwinCommand, TwinGauges, TwinOutput, take_outputs,
};
use cim_tiles::{Budget, Problem};
use cim_viewport::{Guest, Size, Wake};
use std::time::Duration;

/// How often a device is asked for after one was lost.
const DEVICE_POLL: Duration = Duration::from_millis(50);
/// How often finished tiles are looked for while some are on their way.
const TILE_POLL: Duration = Duration::from_millis(15);

/// What a host sends to the twin.
#[derive(Clone, Debug)]
pub enum TwinMessage {
    /// A command to the scene.
    Scene(TwinCommand),
    /// Show this city model.
    OpenTiles(OpenTiles),
    /// What loaded tiles may weigh from now on.
    SetTileBudget(Budget),
    /// Take the graphics device away, as a driver that restarts does. For drills: everything has to be there again.
    LoseDevice,
}

/// What the twin tells its host after an update; sent only when something is new.
#[derive(Clone, Debug, Default)]
pub struct TwinReport {
    /// What the person did in the picture.
    pub outputs: Vec<TwinOutput>,
    /// How far the city model is.
    pub tiles: TileStatus,
    /// Tiles that could not be used.
    pub problems: Vec<Problem>,
    /// True once the view is complete and drawn at its best.
    pub is_settled: bool,
}

/// The twin of a city.
pub struct CityTwin {
    report: Box<dyn FnMut(TwinReport) + Send>,
    told: (TileStatus, bool),
    /// True when the frame at hand was drawn.
    drew: bool,
}

impl CityTwin {
    /// A twin that tells `report` what happens.
    pub fn new(report: impl FnMut(TwinReport) + Send + 'static) -> Self {
        Self {
            report: Box::new(report),
            told: (TileStatus::default(), false),
            drew: false,
        }
    }
}

impl Guest for CityTwin {
    type Message = TwinMessage;

    fn build(&mut self, app: &mut App) {
        app.add_plugins((ScenePlugin, TwinRenderPlugin));
    }

    fn apply(&mut self, app: &mut App, message: TwinMessage) {
        match message {
            TwinMessage::Scene(command) => {
                app.world_mut().write_message(command);
            }
            TwinMessage::OpenTiles(request) => {
                app.world_mut().write_message(request);
            }
            TwinMessage::SetTileBudget(budget) => {
                if let Some(mut model) = app.world_mut().get_resource_mut::<CityModel>() {
                    model.set_budget(budget);
                }
                // A layer that had no room may have it now.
                if let Some(mut needs) = app.world_mut().get_resource_mut::<NeedsFrame>() {
                    needs.ask();
                }
            }
            TwinMessage::LoseDevice => lose_device(app.world_mut()),
        }
    }

    fn waited(&mut self, app: &mut App, longest: Duration) {
        if let Some(mut gauges) = app.world_mut().get_resource_mut::<TwinGauges>() {
            gauges.queue_ms = gauges.queue_ms.max(longest.as_secs_f32() * 1_000.0);
        }
    }

    fn resize(&mut self, app: &mut App, size: Size) {
        let Size {
            width,
            height,
            scale,
        } = size;
        app.world_mut().write_message(TwinCommand::Resize {
            width,
            height,
            scale,
        });
    }

    fn begin(&mut self, app: &mut App, seconds: f64) {
        app.world_mut().insert_resource(FrameStep { seconds });
    }

    fn wants_frame(&mut self, app: &mut App) -> bool {
        self.drew = app
            .world_mut()
            .get_resource_mut::<NeedsFrame>()
            .is_some_and(|mut needs| needs.take());
        self.drew
    }

    fn end(&mut self, app: &mut App) -> Wake {
        let has_device = !std::mem::take(&mut self.drew) || check_device(app);
        let outputs = take_outputs(app.world_mut());
        let (tiles, problems) = match app.world_mut().get_resource_mut::<CityModel>() {
            Some(mut model) => (model.status(), model.take_problems()),
            None => (TileStatus::default(), Vec::new()),
        };
        let world = app.world();
        let goes_on = world
            .get_resource::<NeedsFrame>()
            .is_some_and(|needs| needs.goes_on() || needs.is_due());
        let is_rested = world.get_resource::<Rest>().is_some_and(Rest::is_long);
        let is_settled = tiles.complete && is_rested && !goes_on && has_device;
        if !outputs.is_empty() || !problems.is_empty() || self.told != (tiles, is_settled) {
            self.told = (tiles, is_settled);
            (self.report)(TwinReport {
                outputs,
                tiles,
                problems,
                is_settled,
            });
        }
        if !has_device {
            Wake::After(DEVICE_POLL)
        } else if goes_on || (tiles.complete && !is_rested) {
            Wake::NextFrame
        } else if tiles.missing > 0 {
            Wake::After(TILE_POLL)
        } else {
            Wake::WhenAsked
        }
    }
}

/// Asks the device whether it is still there; without one, another frame is due.
fn check_device(app: &mut App) -> bool {
    let world = app.world_mut();
    let Some(device) = world.get_resource::<RenderDevice>().cloned() else {
        return true;
    };
    let is_there = world
        .get_resource_mut::<DeviceWatch>()
        .is_none_or(|mut watch| watch.check(device.wgpu_device()));
    if !is_there && let Some(mut needs) = world.get_resource_mut::<NeedsFrame>() {
        needs.ask();
    }
    is_there
}
