//! The words between desk and twin for what lives over the city: layers, their points, shapes, selections, counts.

use crate::Quality;
use cim_geo::Geodetic;
use cim_layers::{
    PointState, Tally,
    field::{Contour, FloodMesh, Raster},
    motion::{
        bars::{BarLimit, BarScale},
        fence::FenceShape,
    },
    room::Refusal,
    told::{FlowLinePlan, RampScale},
};
use cim_model::UtcMillis;
use std::sync::Arc;

/// All points of a layer, in columns; a row is an index. Where a column is shorter than the places, the row holds nothing or
/// was never seen.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerPoints {
    /// The moment that all seconds of this layer count from.
    pub epoch: UtcMillis,
    /// Where they are; what is no number is nowhere.
    pub places: Vec<Geodetic>,
    /// Their states.
    pub states: Vec<PointState>,
    /// When each was seen last, seconds since the epoch; NaN for never.
    pub seen: Vec<f32>,
    /// How often each promises to report, seconds; infinite for what never ages.
    pub period: Vec<f32>,
    /// Which thing each row of a moving layer is: a number that stays the same while rows change, so that a thing keeps its
    /// trail. Empty where nobody says so.
    pub things: Vec<u32>,
}

/// A moving thing says where it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MoveReport {
    /// Its row.
    pub row: u32,
    /// Where it was.
    pub place: Geodetic,
    /// When it was there, seconds since the layer's epoch.
    pub t: f32,
    /// Where it headed, clockwise from north, degrees, where it says so.
    pub heading_deg: Option<f32>,
    /// How fast it went, metres per second, where it says so.
    pub speed_mps: Option<f32>,
}

/// In which steps a language shortens large counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NumberManner {
    /// Ten thousands, as Chinese does: 1.2万.
    #[default]
    TenThousands,
    /// Thousands and millions, as English does: 12k, 2.3M.
    Thousands,
}

/// How one area is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AreaPaintPlan {
    /// By its state: 0 normal, 1 low, 2 medium, 3 high, 4 critical, 5 not real.
    Class(u8),
    /// In a colour, sRGB.
    Colour([u8; 3]),
    /// As a class, of things that have long been silent: hatched.
    SilentClass(u8),
    /// In a colour (sRGB), of things that have long been silent: hatched.
    SilentColour([u8; 3]),
    /// Nothing is known of it.
    NoData,
    /// As a fence of a colour (sRGB): hardly filled, with a broken border.
    Fence([u8; 3]),
    /// Not at all.
    Hidden,
}

/// What a layer holds besides points. Coordinates are metres east, north and up of `origin`: where that is not the origin of
/// the open city, they are brought into its frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum LayerShape {
    /// Nothing.
    #[default]
    Nothing,
    /// A raster of values.
    Heat {
        /// Origin of the coordinates.
        origin: Geodetic,
        /// The values.
        raster: Arc<Raster>,
        /// Their colours.
        scale: RampScale,
        /// How many colours there are; 0 for all.
        steps: u8,
    },
    /// Lines of equal value.
    Contours {
        /// Origin of the coordinates.
        origin: Geodetic,
        /// The lines.
        lines: Arc<[Contour]>,
        /// Their colours by level; `None` for the look's one.
        scale: Option<RampScale>,
        /// Their height above the city's origin, metres.
        up_m: f32,
    },
    /// Areas, or fences.
    Areas {
        /// Origin of the coordinates.
        origin: Geodetic,
        /// Where they lie. The same `Arc` again means that only the paints are new.
        shapes: Arc<[FenceShape]>,
        /// How they are painted, one for each; those without one are hidden.
        paints: Arc<[AreaPaintPlan]>,
        /// Their height above the city's origin, metres.
        up_m: f32,
    },
    /// Pipes or roads with arrows.
    Flow {
        /// Origin of the coordinates.
        origin: Geodetic,
        /// The lines; a line's number is its index.
        lines: Arc<[FlowLinePlan]>,
    },
    /// What flows now, for the lines that the layer has: line, metres per second, state.
    FlowStates(Vec<(u32, f32, PointState)>),
    /// A column or ring for each point of the layer.
    Bars {
        /// How values become columns or rings.
        scale: BarScale,
        /// What is marked on all of them.
        limits: Vec<BarLimit>,
        /// What is marked on single ones, by row.
        own_limits: Arc<[(u32, BarLimit)]>,
    },
    /// A surface of water.
    Water {
        /// Origin of the coordinates.
        origin: Geodetic,
        /// The surface.
        mesh: Arc<FloodMesh>,
        /// The depth at the end of the legend, metres.
        deepest_m: f32,
    },
    /// The ways of the layer's points.
    Trails,
}

/// A part of the picture, px from the viewport's top left.
#[derive(Clone, Debug, PartialEq)]
pub enum RegionPx {
    /// The rectangle between two corners, whichever they are.
    Box {
        /// One corner.
        from: [f32; 2],
        /// The opposite corner.
        to: [f32; 2],
    },
    /// What a closed line goes round.
    Lasso(Vec<[f32; 2]>),
}

/// What of a layer is in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerCountNow {
    /// The layer's number.
    pub layer: u16,
    /// Symbols or dots drawn.
    pub drawn: u32,
    /// Clusters drawn.
    pub clusters: u32,
    /// The visible points in the picture, drawn for themselves or not.
    pub in_view: Tally,
    /// Why the graphics device does not take the layer; nothing of it is drawn then.
    pub refusal: Option<Refusal>,
}

/// How the twin is doing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PerformanceNow {
    /// Half of the latest frames took at most so long, ms; 0 before the first.
    pub frame_ms_p50: f32,
    /// 95 of 100 of the latest frames took at most so long, ms; 0 before the first.
    pub frame_ms_p95: f32,
    /// Frames per second while something moved; 0 before the first.
    pub frames_per_s: f32,
    /// Tiles drawn.
    pub tiles_shown: u32,
    /// Tiles asked for and not there.
    pub tiles_waiting: u32,
    /// Bytes that went to the device, per second.
    pub upload_bytes_per_s: u64,
    /// Bytes taken on the device.
    pub gpu_bytes: u64,
    /// Bytes that may be taken on the device.
    pub gpu_limit_bytes: u64,
    /// The quality that is drawn.
    pub quality: Quality,
    /// The quality that was asked for.
    pub wanted: Quality,
    /// What the device is called.
    pub adapter: String,
    /// The longest that a reading or a command waited since this was told before, from the desk's taking it in to the
    /// twin's, ms.
    pub queue_ms: f32,
    /// How many devices were lost so far.
    pub lost: u32,
}
