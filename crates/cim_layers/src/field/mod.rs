//! Fields: values that lie over the whole ground instead of at things, and what a legend says of them.
//!
//! Rasters made of points ([`heat()`], [`idw()`]), lines and surfaces made of rasters ([`contours()`], [`FloodMesh`]),
//! values of areas put into classes ([`Choropleth`]), colours ([`RampId`]) and [`Legend`]s. Pure functions: values in,
//! values out. Nothing here draws, and no text in a person's language is written here except numbers with their units.
//!
//! Places are metres east and north of the city's origin. A raster's value belongs to the middle of its cell. Every
//! input may be broken: places and values that are not finite are left out, shapes that make no sense are a
//! [`FieldError`].

mod choropleth;
mod contour;
mod flood;
mod heat;
mod idw;
mod legend;
mod ramp;
mod raster;

pub use choropleth::{Choropleth, Classes, Classing, MOST_CLASSES, NO_CLASS, choropleth, classes};
pub use contour::{Contour, MOST_LEVELS, contours};
pub use flood::FloodMesh;
pub use heat::heat;
pub use idw::{Idw, idw};
pub use legend::{Legend, LegendScale, LegendStep, LegendTick, nice_range, nice_step, nice_ticks};
pub use ramp::{NO_DATA, RampId, linear_from_srgb8, part_of, range_about};
pub use raster::{Grid, MOST_CELLS, MOST_SIDE, Raster, between};

/// Why a field cannot be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FieldError {
    /// A number that cannot be worked with.
    #[error("{what} is {found}; it must be {must}")]
    BadNumber {
        /// The number's name, with its unit.
        what: &'static str,
        /// What was given.
        found: f64,
        /// What would do.
        must: &'static str,
    },
    /// More than is allowed, so that foreign data cannot take all memory or time.
    #[error("{what}: {found} are more than the {most} allowed")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many there are; at least so many where counting stopped.
        found: u64,
        /// How many there may be.
        most: u64,
    },
    /// The values do not fill the raster, or overfill it.
    #[error("a raster of {columns} by {rows} cells needs one value for each, and has {found}")]
    WrongCount {
        /// Cells from west to east.
        columns: u32,
        /// Cells from south to north.
        rows: u32,
        /// Values given.
        found: usize,
    },
    /// Two rasters that belong together do not lie on the same cells.
    #[error("the rasters do not lie on the same cells: {first:?} and {second:?}")]
    GridsDiffer {
        /// Where the first lies.
        first: Grid,
        /// Where the second lies.
        second: Grid,
    },
    /// There is nothing to make it of.
    #[error("{what}: none of the {given} given is a finite number")]
    NoValues {
        /// What was looked for.
        what: &'static str,
        /// How many were looked at.
        given: usize,
    },
}

/// `found`, if it is finite and greater than nothing.
fn positive(what: &'static str, found: f32) -> Result<f64, FieldError> {
    if found.is_finite() && found > 0.0 {
        Ok(f64::from(found))
    } else {
        Err(FieldError::BadNumber {
            what,
            found: f64::from(found),
            must: "finite and greater than 0",
        })
    }
}
