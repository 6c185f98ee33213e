//! Which cameras really see a place: view volumes, the city's solids in the way, maps of blind spots, routes, advice.
//!
//! Callers speak longitude, latitude and height above ground; inside, everything is single precision in metres east, north
//! and up of one frame (2 mm at 20 km). Pure: no clock and no files; threads only where a call is told how many.
//!
//! What it costs, counted before it was written (two slow cores, `opt-level = 3`):
//!
//! - A triangle is 40 bytes, a node of the tree 128 (four boxes side by side, two cache lines), one node for about eight
//!   triangles: 12 000 buildings of 30 triangles are 360 000 triangles, 14 MB and 6 MB.
//! - A ray of a hundred metres opens about 12 nodes (8 ns each) and 6 leaves of up to four triangles (8 ns each): 0.3 µs warm,
//!   about 1 µs where the tree is not in the cache.
//! - "Who sees this point": cameras whose box holds the point come from an R-tree. 10 000 cameras with 150 m on 25 km² are 30
//!   rays, 500 m are 300 rays: below 1 ms; ten times as many cameras below 10 ms.
//! - A map of 1 km² at 1 m with 500 cameras of 62° and 150 m asks 6 million lines. All lines of a camera begin at its
//!   lens, so its triangles are sorted once into 2 048 sectors by direction, the nearest first, and a line tries the few in
//!   its sector up to its end: about 30 ns instead of a walk through the tree. A camera costs about 1 ms (gathering 0.1,
//!   sectors 0.2, 22 000 cells in its box at 5 ns, 12 000 lines at 30 ns), 500 of them half a second on one core.
//! - Memory of a map: 3 bytes a cell and worker, 4 bytes a cell for heights.
//!
//! Map, list and depth picture try a line against a triangle with one and the same arithmetic, so that they
//! agree with a plain loop over all triangles to the last bit.

pub mod brute;
mod bvh;
mod calibrate;
mod candidates;
mod city;
mod depth;
mod error;
mod grid;
mod lens;
mod level;
mod map;
mod obstacles;
mod presets;
mod route;
mod score;
mod sectors;
mod solve;
mod suggest;
mod triangle;
mod view;
mod viewers;
mod who_sees;

#[cfg(test)]
mod town;

pub use calibrate::{
    Calibration, CalibrationError, Hold, ImagePoint, MAX_POINTS, MIN_POINTS, Residual, calibrate,
};
pub use candidates::{Candidate, Stand, candidates};
pub use city::{LoadOptions, Loaded, Loading};
pub use depth::{MAX_DEPTH_PIXELS, depth_map, project};
pub use error::CoverageError;
pub use grid::{Grid, MAX_CELLS};
pub use lens::{Assumed, CameraFacts, CameraKind, ViewVolume, azimuth_of_direction};
pub use level::Level;
pub use map::{
    BlindSpot, CELL_INDOORS, CELL_OUTSIDE, CoverageMap, MOST_COUNTED, MapRequest, Summary,
    coverage_map,
};
pub use obstacles::{Block, Clearness, MAX_TRIANGLES, ObstacleFeature, Obstacles, SightLine};
pub use presets::Preset;
pub use route::{MAX_ROUTE_SAMPLES, RouteCoverage, SeenFrom, Stretch, route_coverage};
pub use score::{Parts, Weights, score};
pub use suggest::{MAX_CANDIDATES, SuggestRequest, Suggestion, suggest};
pub use viewers::{Viewer, Viewers};
pub use who_sees::{MAX_SAMPLES, Question, Sight, Target, who_sees};
