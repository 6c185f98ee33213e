//! CityJSON 1.0, 1.1 and 2.0, as one document or as a sequence of features.
//!
//! Every city object becomes a feature: its surfaces with their roles, colours and pictures, its attributes as tags, its
//! parent by name. Objects that are broken are counted with the reason; a file whose head is broken is refused.

mod appearance;
mod document;
mod geometry;
mod header;
mod json;
pub(crate) mod kinds;
mod object;
pub(crate) mod placing;
mod sequence;
mod vertices;

pub(crate) use appearance::rgba_of;
pub(crate) use geometry::{Built, role_of, turned};
pub(crate) use header::{broken, notes_of_placing, wanted_lod};
pub(crate) use object::{ADDRESS, NO_GEOMETRY, note_losses, shape_of};

use crate::feature::SourceFeature;
use crate::ledger::Ledger;
use crate::reader::{SourceMark, SourceNotes, SourceReader};
use crate::request::{ImportError, ImportRequest};
use std::path::{Path, PathBuf};

/// A reader of the file at `path`.
pub(crate) fn open(
    path: &Path,
    request: &ImportRequest,
) -> Result<Box<dyn SourceReader>, ImportError> {
    std::fs::metadata(path).map_err(|reason| ImportError::UnreadableSource {
        path: path.to_path_buf(),
        reason,
    })?;
    Ok(Box::new(CityJson {
        path: path.to_path_buf(),
        request: request.clone(),
    }))
}

struct CityJson {
    path: PathBuf,
    request: ImportRequest,
}

impl SourceReader for CityJson {
    fn mark(&self) -> Option<SourceMark> {
        placing::mark_of(&self.path)
    }

    fn read(
        &mut self,
        ledger: &mut Ledger,
        take: &mut dyn FnMut(SourceFeature) -> Result<(), ImportError>,
    ) -> Result<SourceNotes, ImportError> {
        let (path, request) = (self.path.as_path(), &self.request);
        if !is_sequence_by_name(path)
            && let Some(notes) = document::read(path, request, ledger, take)?
        {
            return Ok(notes);
        }
        sequence::read(path, request, ledger, take)
    }
}

/// True for the endings of files that have a value on each line.
fn is_sequence_by_name(path: &Path) -> bool {
    let ending = path
        .extension()
        .map(|ending| ending.to_string_lossy().to_lowercase())
        .unwrap_or_default();
    matches!(
        ending.as_str(),
        "jsonl" | "ndjson" | "cityjsonseq" | "cityjsonl"
    )
}

#[cfg(test)]
mod tests;
