//! Plain words in which a desk tells a twin of a layer. Both say them, so that nothing is translated on the way.

use crate::{
    PointState,
    field::RampId,
    layer::{LayerId, LayerLook},
};
use std::sync::Arc;

/// A layer as the desk wants it drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct TwinLayer {
    /// What it is called while the program runs: 0 sensors, 1 cameras, 2 events, 3 vehicles, 4 people, 5 assets, from 16 on
    /// those of scene packs.
    pub number: u16,
    /// What it is called in files.
    pub id: LayerId,
    /// How it is drawn.
    pub look: LayerLook,
    /// The colours that tints stand for, sRGB; tint 0 is none.
    pub palette: Arc<[[u8; 3]]>,
    /// False when it is switched off.
    pub shown: bool,
    /// True when its points move.
    pub is_moving: bool,
    /// While the eye is nearer than this to what it looks at, it is not drawn; metres.
    pub nearest_m: f32,
    /// While the eye is so far from what it looks at, or farther, it is not drawn; metres, infinite for no limit.
    pub farthest_m: f32,
}

/// What a camera sees of the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CameraWedge {
    /// The camera's row in the layer of cameras.
    pub row: u32,
    /// Where it looks, clockwise from north, degrees.
    pub azimuth_deg: f32,
    /// Horizontal field of view, degrees.
    pub fov_deg: f32,
    /// How far it is useful, metres.
    pub range_m: f32,
}

/// Which colour a value has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RampScale {
    /// The colours.
    pub ramp: RampId,
    /// The value at their beginning.
    pub from: f32,
    /// The value at their end.
    pub to: f32,
}

/// A pipe or a road, and what flows in it.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowLinePlan {
    /// Where it runs, metres east, north and up of the shape's origin.
    pub places: Vec<[f32; 3]>,
    /// How wide it is, metres.
    pub width_m: f32,
    /// Metres per second along the places, negative against them; NaN when nobody knows.
    pub speed: f32,
    /// Its state and value.
    pub state: PointState,
}
