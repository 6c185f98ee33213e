//! What lives over the city: layers of points in columns, how they are looked at, and what else a layer holds.
//!
//! No entity and no object per thing: a layer is one [`cim_layers::PointSet`], taken from the desk as columns, and read by
//! whoever draws. Each frame the commands are taken, freshness is derived once a second of the desk's clock, and a layer is
//! looked at when anything says that it would look otherwise.
//!
//! | file | what |
//! |---|---|
//! | `plan` | the words between desk and twin |
//! | `clock` | the desk's clock between two of its words |
//! | `layer` | one layer: taking points, reports, moves, filters; ageing |
//! | `ways` | legs and trails while rows are handed out anew |
//! | `shape` | rasters, contours, areas, flows, columns, rings, water in the frame of the open city |
//! | `commands` | which command goes where |
//! | `look` | looks, marks, counts |
//! | `find` | what lies at a pixel |
//! | `select` | "what is here", boxes, lassos, many marks |
//! | `performance` | the effort that frames allow, and how the twin is doing |

mod clock;
mod commands;
pub(crate) mod find;
mod layer;
mod look;
mod performance;
mod plan;
mod select;
mod shape;
mod ways;

pub use cim_layers::told::{CameraWedge, FlowLinePlan, RampScale, TwinLayer};
pub use layer::LiveLayer;
pub(crate) use look::sight_of;
pub use performance::{FrameBudget, PerformancePlugin, PerformanceSystems, TwinGauges};
pub use plan::{
    AreaPaintPlan, LayerCountNow, LayerPoints, LayerShape, MoveReport, NumberManner,
    PerformanceNow, RegionPx,
};
pub(crate) use select::here_in;
pub use select::{MOST_HERE, MOST_WITHIN, Selection};
pub use shape::{AreaShape, ContourShape, HeatShape, ShapeState, WaterShape};

use crate::{CameraSystems, CitySystems, FrameStep, LayerSwitches, PickSystems};
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{IntoScheduleConfigs, Resource, SystemSet};
use cim_layers::room::Refusal;
use cim_model::UtcMillis;
use clock::LiveClock;
use std::sync::Arc;

/// Keeps [`LiveLayers`] and [`Selection`].
pub struct LivePlugin;

impl Plugin for LivePlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<FrameStep>()
            .init_resource::<FrameBudget>()
            .init_resource::<LayerSwitches>()
            .init_resource::<LiveLayers>()
            .init_resource::<Selection>()
            .init_resource::<select::HereQuestion>()
            .add_systems(
                Update,
                (
                    commands::take_commands
                        .in_set(LiveSystems::Take)
                        .after(CitySystems),
                    look::look_at_layers
                        .in_set(LiveSystems::Look)
                        .after(LiveSystems::Take)
                        .after(PerformanceSystems::Budget)
                        .after(CameraSystems),
                    select::select_in_picture
                        .in_set(PickSystems::Ask)
                        .after(LiveSystems::Look),
                    select::answer_here.in_set(PickSystems::Choose),
                    (look::mark_layers, look::tell_layers)
                        .chain()
                        .in_set(LiveSystems::Mark)
                        .after(PickSystems::Choose),
                ),
            );
    }
}

/// Systems that keep the live layers.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub enum LiveSystems {
    /// Take commands; freshness and order are settled.
    Take,
    /// Look at what is in the picture.
    Look,
    /// Mark what is chosen. Run after this set to see the frame's final layers.
    Mark,
}

/// More layers than this are left out.
pub const MOST_LIVE_LAYERS: usize = 256;

/// Every live layer.
#[derive(Resource, Default)]
pub struct LiveLayers {
    /// How the counts of clusters are written.
    pub numbers: NumberManner,
    /// In the order in which they are drawn.
    layers: Vec<LiveLayer>,
    dropped: Vec<u16>,
    wedges: Arc<[CameraWedge]>,
    wedges_revision: u64,
    clock: LiveClock,
    told_at: Option<UtcMillis>,
    /// So many seconds went by since the desk told the time before; taken by who counts them.
    clock_step_s: f64,
    has_new_time: bool,
    hub_gone: bool,
    city: u32,
    arrows_s: f64,
    revision: u64,
    goes_on: bool,
    are_counts_due: bool,
}

impl LiveLayers {
    /// The layers in the order in which they are drawn: the last lies on top.
    pub fn iter_in_order(&self) -> impl DoubleEndedIterator<Item = &LiveLayer> {
        self.layers.iter()
    }

    /// The same, to be changed: uploads are taken from sets and shapes.
    pub fn iter_in_order_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut LiveLayer> {
        self.layers.iter_mut()
    }

    /// The layer of a number.
    pub fn get(&self, number: u16) -> Option<&LiveLayer> {
        self.layers.iter().find(|layer| layer.number == number)
    }

    /// The layer of a number, to be changed.
    pub fn get_mut(&mut self, number: u16) -> Option<&mut LiveLayer> {
        self.layers.iter_mut().find(|layer| layer.number == number)
    }

    /// Counts everything that may change the picture.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// True while something moves or fades, so that the next picture differs by itself.
    pub fn goes_on(&self) -> bool {
        self.goes_on
    }

    /// Seconds since the epoch of a layer's points; 0 for one that there is not, and before the desk said what time it is.
    pub fn now_s(&self, number: u16) -> f32 {
        self.get(number)
            .map_or(0.0, |layer| self.clock.seconds_since(layer.set.epoch()))
    }

    /// The layers that are drawn and say something of the ground (areas, rasters, water, flows), the uppermost first.
    pub(crate) fn grounds(&self) -> Vec<u16> {
        let from_top = self.layers.iter().rev();
        from_top
            .filter(|layer| layer.is_drawn() && layer.says_of_ground())
            .map(|layer| layer.number)
            .collect()
    }

    /// What the cameras see; rows of layer 1.
    pub fn wedges(&self) -> &[CameraWedge] {
        &self.wedges
    }

    /// Counts replacements of the wedges.
    pub fn wedges_revision(&self) -> u64 {
        self.wedges_revision
    }

    /// True while the hub cannot be reached.
    pub fn is_hub_gone(&self) -> bool {
        self.hub_gone
    }

    /// Notes why the graphics device does not take a layer, or that it does. True when that is another than before; the desk
    /// is told with the counts of a later update. One caller only: who draws.
    pub fn note_refusal(&mut self, number: u16, refusal: Option<Refusal>) -> bool {
        let Some(layer) = self.get_mut(number) else {
            return false;
        };
        if layer.refusal == refusal {
            return false;
        }
        layer.refusal = refusal;
        self.are_counts_due = true;
        true
    }

    /// The numbers of layers that are gone since the last call: what they take on the device is to be given back. One caller
    /// only: who draws.
    pub fn take_dropped(&mut self) -> Vec<u16> {
        std::mem::take(&mut self.dropped)
    }
}
