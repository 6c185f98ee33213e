//! The unified catalogue of cameras: which one sees a place, and what a camera sees.
//!
//! Geometry only. Reading catalogues from a hub belongs to `cim_sync`, drawing wedges to `cim_render`, playing clips to
//! the UI.

mod catalogue;
pub mod channels;
pub mod coverage;
pub mod moments;
pub mod rights;
pub mod ring;
pub mod sheet;
mod wedge;
mod wire;
mod words;

pub use catalogue::{Catalogue, Near, region_of};
pub use wedge::{WEDGE_ARC_POINTS, sees, wedge};
