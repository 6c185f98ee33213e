//! What the twin is told of the layers, in plain words: it knows nothing of packs, trees and catalogues.

use cim_geo::Geodetic;
use cim_layers::{
    PointChange, PointState,
    field::{Contour, FloodMesh, Raster},
    motion::{
        bars::{BarLimit, BarScale},
        fence::FenceShape,
    },
    told::{CameraWedge, FlowLinePlan, RampScale, TwinLayer},
};
use cim_model::{Layer, Severity, UtcMillis};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// All rows of a layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerPointsPlan {
    /// From when on `seen` is counted.
    pub epoch: UtcMillis,
    /// Where each row is, WGS 84 / CGCS2000; height above ground in metres.
    pub places: Vec<Geodetic>,
    /// State of each row.
    pub states: Vec<PointState>,
    /// When each row was seen last, seconds since the epoch; NaN for never.
    pub seen: Vec<f32>,
    /// How often each promises to report, seconds; infinite for what never ages.
    pub period: Vec<f32>,
    /// Rows whose source is late as a whole, ascending.
    pub source_late: Vec<u32>,
    /// Which device each row of a layer that moves is: the same number as long as the desk runs. Empty for other layers.
    pub things: Vec<u32>,
}

/// A moving row reported where it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MovePlan {
    /// The row.
    pub row: u32,
    /// Where, WGS 84 / CGCS2000; height above ground in metres.
    pub place: Geodetic,
    /// When, seconds since the layer's epoch.
    pub t: f32,
    /// Where it heads, degrees clockwise from north; `None` where nobody says so.
    pub heading_deg: Option<f32>,
    /// How fast, metres per second.
    pub speed_mps: Option<f32>,
}

/// A place on the ground that somebody points at.
#[derive(Clone, Debug, PartialEq)]
pub struct GroundPlace {
    /// Where the sight meets the ground, or what stands on it.
    pub place: Geodetic,
    /// How the sight goes on: metres east and north for each metre up.
    pub lean: [f64; 2],
    /// Lines so near count, metres.
    pub reach_m: f64,
    /// The layers that are drawn there, by their numbers, the uppermost first.
    pub layers: Vec<u16>,
}

/// How an area is painted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AreaPaintPlan {
    /// Its colour, sRGB; `None` for one without a value, or of a class.
    pub colour: Option<[u8; 3]>,
    /// How bad it is, 0 normal to 4 critical, where it has no colour of its own.
    pub class: u8,
    /// True when it should have a value and has none.
    pub no_data: bool,
    /// True when all the devices that it is made of have long been silent.
    pub silent: bool,
    /// True for a fence: its border counts, not its ground.
    pub fence: bool,
}

/// What a layer holds that is no point. Coordinates are metres east, north and up of `origin`.
#[derive(Clone, Debug, PartialEq)]
pub enum ShapePlan {
    /// Nothing.
    Nothing,
    /// A raster in colours.
    Heat {
        /// Where the coordinates begin.
        origin: Geodetic,
        /// The values.
        raster: Arc<Raster>,
        /// Their colours.
        scale: RampScale,
        /// Steps of colour; 0 for a smooth ramp.
        steps: u8,
    },
    /// Lines of equal value.
    Contours {
        /// Where the coordinates begin.
        origin: Geodetic,
        /// The lines, by level.
        lines: Arc<[Contour]>,
        /// Their colours.
        scale: RampScale,
    },
    /// Areas on the ground.
    Areas {
        /// Where the coordinates begin.
        origin: Geodetic,
        /// Where they run.
        shapes: Arc<[FenceShape]>,
        /// Their paints, in the same order.
        paints: Arc<[AreaPaintPlan]>,
        /// How high over the ground they lie, metres.
        up_m: f32,
    },
    /// Pipes and roads along which something flows.
    Flow {
        /// Where the coordinates begin.
        origin: Geodetic,
        /// The lines.
        lines: Arc<[FlowLinePlan]>,
    },
    /// Other speeds (m/s along the line) and states of lines that were told before.
    FlowStates(Vec<(u32, f32, PointState)>),
    /// A column or ring for each row of the layer.
    Bars {
        /// How values become bars.
        scale: BarScale,
        /// Limits that are marked on all.
        limits: Vec<BarLimit>,
        /// Limits that are marked on single rows.
        own_limits: Arc<[(u32, BarLimit)]>,
    },
    /// Water over the ground.
    Water {
        /// Where the coordinates begin.
        origin: Geodetic,
        /// The surface.
        mesh: Arc<FloodMesh>,
        /// Its greatest depth, metres.
        deepest_m: f32,
    },
    /// The way that each row of the layer came.
    Trails,
}

/// How many names are on the map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameDensity {
    /// Few.
    Few,
    /// The usual number.
    #[default]
    Normal,
    /// As many as there is room for.
    Many,
}

impl NameDensity {
    /// Every density.
    pub const ALL: [Self; 3] = [Self::Few, Self::Normal, Self::Many];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Few => "few",
            Self::Normal => "normal",
            Self::Many => "many",
        }
    }

    /// The density spelt `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }
}

/// What the twin must change to show the present state, in the order in which to tell it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerChanges {
    /// Every layer, the lowest first; only when something about them changed.
    pub layers: Option<Vec<TwinLayer>>,
    /// Layers whose rows are all new.
    pub points: Vec<(u16, Arc<LayerPointsPlan>)>,
    /// Changed rows.
    pub changes: Vec<(u16, Vec<PointChange>)>,
    /// Moved rows.
    pub moves: Vec<(u16, Vec<MovePlan>)>,
    /// Rows whose source became late (true) or is in time again.
    pub source_late: Vec<(u16, Vec<(u32, bool)>)>,
    /// Which rows are shown, a bit for each (bit `row % 64` of word `row / 64`); `None` for all.
    pub filters: Vec<(u16, Option<Arc<[u64]>>)>,
    /// Shapes that replace those before.
    pub shapes: Vec<(u16, ShapePlan)>,
    /// What cameras see, when the set changed.
    pub wedges: Option<Arc<[CameraWedge]>>,
    /// How long the oldest reading that came since the last call has waited, milliseconds; `None` without one.
    pub waited_ms: Option<i64>,
    /// The moment shown, and how many of its seconds pass in one (0 while it stands).
    pub clock: (UtcMillis, f64),
    /// True while the hub does not answer and the present is shown.
    pub hub_gone: bool,
    /// Names that alarm, by their place in the labels, when that changed.
    pub alarms_of_labels: Option<Vec<(u32, Severity)>>,
    /// The city's own layers that were switched.
    pub switches: Vec<(Layer, bool)>,
    /// How many names there are to be, when somebody chose anew.
    pub density: Option<NameDensity>,
}
