//! The unified catalogue of cameras: which one sees a place, and what a camera sees.
//!
//! Geometry only. Reading catalogues from a hub belongs to `cim_sync`, drawing wedges to `cim_render`, playing clips to
//! the UI. Buildings in the way are not considered yet: a camera behind a wall still "has a place in view".

mod catalogue;
mod wedge;

pub use catalogue::{Catalogue, Near, region_of};
pub use wedge::{WEDGE_ARC_POINTS, sees, wedge};
