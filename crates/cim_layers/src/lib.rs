//! What lives over the city, as columns: points, how they are looked at, fields, trails, fences, layer definitions.
//!
//! A hundred thousand things that report cost bytes here, not objects: a [`PointSet`] holds them in columns in the order of
//! space, takes a change with one write, and says which bytes the GPU lacks ([`Upload`]). Pure: no Bevy, no files, no clock;
//! time comes in as seconds since a set's epoch, places as metres east, north and up of the city's origin.

pub mod field;
pub mod layer;
pub mod look;
pub mod motion;
pub mod points;
pub mod room;
pub mod sight;
pub mod told;

pub use points::{
    Aging, Bounds, CLASS_SHIFT, CLASS_UNREAL, Dirt, EventMark, Extent, FRESH_SHIFT, HEADING_SHIFT,
    MAX_POINTS, Motion, Place, PointChange, PointRows, PointSet, PointState, SHAPE_ASSET,
    SHAPE_CAMERA, SHAPE_DOT, SHAPE_EVENT, SHAPE_NONE, SHAPE_PERSON, SHAPE_VEHICLE, SHOWN,
    ScatterHead, TINT_SHIFT, Tally, Upload, WHY_SHIFT, Why,
};
