//! Rasters of packs: a small text header and the values beside it.
//!
//! `depth.json` says `{ "columns": 200, "rows": 100, "west_deg": 121.5, "south_deg": 31.2, "step_m": 10,
//! "values": "depth.f32", "ground": "ground.f32" }`; the files of values hold little-endian `f32`, row by row from the south, each
//! from the west, NaN where there is none. `ground` is the height of the ground in metres, needed for water only.

use super::grids::bytes_of;
use cim_geo::{Geodetic, LocalFrame};
use cim_layers::field::{Grid, Raster};
use cim_tiles::Problem;
use serde::Deserialize;
use std::path::Path;

/// The longest header, bytes.
const MOST_HEADER: u64 = 64 << 10;

#[derive(Deserialize)]
struct Header {
    columns: u32,
    rows: u32,
    west_deg: f64,
    south_deg: f64,
    step_m: f32,
    values: String,
    #[serde(default)]
    ground: Option<String>,
}

/// A raster, and the height of the ground under it where the file says so.
pub(super) struct RasterFile {
    pub(super) raster: Raster,
    pub(super) ground: Option<Raster>,
}

/// Reads the raster at `path`, in the frame of a city at `origin`.
pub(super) fn read(path: &Path, origin: Geodetic) -> Result<RasterFile, Problem> {
    let problem = |reason: String| Problem {
        source: path.display().to_string(),
        place: String::new(),
        reason,
    };
    let bytes = bytes_of(path, MOST_HEADER)?;
    let header: Header = serde_json::from_slice(&bytes).map_err(|error| Problem {
        source: path.display().to_string(),
        place: format!("line {} column {}", error.line(), error.column()),
        reason: error.to_string(),
    })?;
    let corner = Geodetic::new(header.west_deg, header.south_deg, 0.0);
    let corner = LocalFrame::new(origin).enu_from_geodetic(corner);
    let grid = Grid {
        columns: header.columns,
        rows: header.rows,
        min: [corner.east_m as f32, corner.north_m as f32],
        step_m: header.step_m,
    };
    grid.check().map_err(|error| problem(error.to_string()))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let values = |name: &str| -> Result<Raster, Problem> {
        let is_plain = !name.is_empty() && !name.contains(['/', '\\', ':']);
        if !is_plain {
            return Err(problem(format!(
                "{name:?} is no file beside the raster's header"
            )));
        }
        let bytes = bytes_of(&folder.join(name), grid.cells() as u64 * 4)?;
        let (cells, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(problem(format!("{name} ends within a value")));
        }
        let values = cells.iter().map(|cell| f32::from_le_bytes(*cell));
        Raster::new(&grid, values.collect()).map_err(|error| problem(error.to_string()))
    };
    Ok(RasterFile {
        raster: values(&header.values)?,
        ground: header.ground.as_deref().map(values).transpose()?,
    })
}
