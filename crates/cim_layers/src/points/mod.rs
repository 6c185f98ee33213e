//! Points in columns: what a set of live things is to the GPU and to whoever looks at it.
//!
//! A *row* is the caller's number of a thing and never changes. A *slot* is where the thing lies in the columns: slots follow
//! the Morton curve, so that things near each other in the city lie near each other in memory. 64 slots are a *block*.
//!
//! | file | what |
//! |---|---|
//! | `state` | the records that the GPU reads, and what a caller hands in |
//! | `mark` | what kind of event a pin stands for |
//! | `set` | [`PointSet`]: taking rows, changes, moves and filters |
//! | `columns` | the columns by slot, and the bits that say what changed |
//! | `order` | Morton keys, their sort, and when to sort again |
//! | `blocks` | bounds, tallies and middles of ranges of slots |
//! | `age` | freshness from the time of the last report |
//! | `legs` | how a moving thing is drawn between its reports |
//! | `upload` | which bytes the GPU lacks |

mod age;
mod blocks;
mod columns;
mod legs;
mod mark;
mod order;
mod set;
mod state;
#[cfg(test)]
mod tests;
mod upload;

pub use age::{Aging, Why};
pub use blocks::{Bounds, Tally};
pub use columns::{MARK_CLASS, MARK_FRESH_SHIFT, MARK_KEPT, MARK_SHOWN, MARK_VISIBLE};
pub use mark::EventMark;
pub use order::{Extent, KEY_BITS, cell_of, morton};
pub use set::{BLOCK, MAX_POINTS, PointSet};
pub use state::{
    CLASS_SHIFT, CLASS_UNREAL, FRESH_SHIFT, HEADING_SHIFT, Motion, Place, PointChange, PointRows,
    PointState, SHAPE_ASSET, SHAPE_CAMERA, SHAPE_DOT, SHAPE_EVENT, SHAPE_NONE, SHAPE_PERSON,
    SHAPE_VEHICLE, SHOWN, TINT_SHIFT, WHY_SHIFT, class_of, heading_of, sensor_shape,
};
pub use upload::{Dirt, PAGE, ScatterHead, Upload};
