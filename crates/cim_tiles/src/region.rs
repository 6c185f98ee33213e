//! A region of a tileset, fetched completely and kept in a folder: it can be verified by hash and used offline.
//!
//! The folder has the same relative paths as its source, so it opens like any tileset. Beside them lies `region.json`,
//! which lists every file with its length and SHA-256. Until that is written, a journal lists what is there already, so
//! that a fetch which was interrupted goes on where it stopped.

mod record;
mod walk;

pub use record::{RegionFile, RegionVerdict, verify};

use crate::files::write_whole;
use crate::placement::{PLACEMENT_FILE, Placement};
use crate::source::without_query;
use crate::{Problem, TileError, TileSource, Tileset};
use cim_geo::Bounds;
use record::{JOURNAL_FILE, Journal, REGION_FILE, RegionJson};
use std::path::Path;
use walk::Walk;

/// What a region is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RegionRequest {
    /// The rectangle that it covers.
    pub bounds: Bounds,
    /// The finest detail wanted, metres: tiles below one with this geometric error or less are left out. 0 takes all.
    pub max_error_m: f64,
}

/// How far fetching a region has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RegionProgress {
    /// Tiles of the region that were met.
    pub tiles: usize,
    /// Files that are there.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// How many of the files were there before.
    pub kept: usize,
}

/// What fetching a region came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RegionReport {
    /// Tiles, files and bytes.
    pub progress: RegionProgress,
    /// Files that could not be fetched and tiles that could not be read; the rest is there.
    pub problems: Vec<Problem>,
}

impl RegionReport {
    /// Whether nothing is missing.
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty()
    }
}

/// Fetches every tile of a region and everything that those tiles name into the folder `out`.
///
/// `root_path` is the tileset within `source`. A `placement.json` beside it comes along and says where the tileset stands.
/// Files that a journal or a `region.json` of the same source lists are kept when length and hash are right; delete the
/// folder to fetch everything anew. `progress` is called after every file.
pub fn pack(
    source: &dyn TileSource,
    root_path: &str,
    request: &RegionRequest,
    out: &Path,
    progress: &mut dyn FnMut(RegionProgress),
) -> Result<RegionReport, TileError> {
    if request.bounds.is_empty() || request.max_error_m.is_nan() {
        let reason = "the region is empty";
        return Err(TileError::broken(REGION_FILE, "bounds", reason));
    }
    let journal = Journal::open(out, &source.name())?;
    let mut walk = Walk::new(source, request, journal, progress)?;
    let placement = Placement::beside(source)?;
    if placement.is_some() {
        walk.fetch(PLACEMENT_FILE)?;
    }
    let root = walk.fetch(root_path)?;
    let mut tileset = Tileset::from_resource(&root, root_path, source)?;
    if let Some(placement) = placement {
        tileset.set_placement(&placement)?;
    }
    walk.fetch_schema(&tileset);
    walk.walk(&mut tileset);
    let (files, report) = walk.finish();
    let region = RegionJson {
        format: RegionJson::FORMAT,
        source: record::without_secrets(&source.name()),
        root: without_query(root_path).to_owned(),
        bounds: request.bounds.into(),
        max_error_m: request.max_error_m,
        made_by: concat!("CityMirror ", env!("CARGO_PKG_VERSION")).to_owned(),
        is_whole: report.is_whole(),
        files,
    };
    write_whole(&out.join(REGION_FILE), &region.to_bytes()?)?;
    // The list has replaced the journal; one that stays behind does no harm.
    drop(std::fs::remove_file(out.join(JOURNAL_FILE)));
    Ok(report)
}

#[cfg(test)]
mod tests;
