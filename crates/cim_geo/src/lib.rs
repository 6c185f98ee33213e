//! Where things are: the frames of a city and the ways between them.
//!
//! Frames are types ([`Geodetic`], [`Ecef`], [`Enu`], [`gauss_kruger::Projected`]) and units are in field names, so that a
//! wrong frame does not compile. Closed forms serve the hot paths; [`Projection`] asks PROJ for any CRS by its EPSG code.
//! Knows nothing of the city and reads no files of its own.

pub mod bd09;
mod bounds;
mod crs;
mod ellipsoid;
mod frame;
pub mod gauss_kruger;
pub mod gcj02;
mod geodetic;
mod sun;

// Named for its build only: it makes PROJ and sqlx link one bundled SQLite, also when this crate is built alone.
use libsqlite3_sys as _;

pub use bounds::Bounds;
pub use crs::{Crs, CrsError, Projection};
pub use frame::{Enu, LocalFrame};
pub use geodetic::{Ecef, Geodetic, ecef_from_geodetic, geodetic_from_ecef};
pub use sun::{SunPosition, SunTimes, sun_position, sun_times};
