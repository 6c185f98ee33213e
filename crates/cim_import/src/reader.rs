//! What feeds an import: readers of files, and generators of cities.

use crate::feature::SourceFeature;
use crate::ledger::Ledger;
use crate::networks::Network;
use crate::request::ImportError;
use serde::{Deserialize, Serialize};

/// Something that can be read feature by feature.
///
/// A reader keeps no more in memory than one feature and its own tables, however large its source.
pub trait SourceReader {
    /// What tells this source from a changed one; `None` when it cannot be told, and an interrupted import then starts
    /// anew.
    fn mark(&self) -> Option<SourceMark> {
        None
    }

    /// Feeds every feature to `take`, in an order that is the same each time, and stops when `take` fails.
    ///
    /// `take` counts what it is given. A feature that cannot even be given is counted by [`Ledger::refuse`]; a broken one
    /// never ends the reading.
    fn read(
        &mut self,
        ledger: &mut Ledger,
        take: &mut dyn FnMut(SourceFeature) -> Result<(), ImportError>,
    ) -> Result<SourceNotes, ImportError>;
}

/// What tells a source from a changed one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceMark {
    /// File name, or a generator's name with its settings.
    pub name: String,
    /// Bytes; 0 for a generator.
    pub bytes: u64,
    /// [`cim_tiles::file_hash`] of the content; of the settings for a generator.
    pub hash: String,
}

/// What a source says of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceNotes {
    /// Name for the catalogue: the file's, or the generator's.
    pub name: String,
    /// CRS of its coordinates: `EPSG:n`, `GCJ-02`, `BD-09` or `local`.
    pub crs: String,
    /// The date that it shows the city at, ISO 8601; empty when it does not say.
    pub epoch: String,
    /// What must be shown with the picture; empty when it does not say.
    pub attribution: String,
    /// Licence; empty when it does not say.
    pub licence: String,
    /// Vertical datum as the source says; empty when it does not say.
    pub vertical: String,
    /// What its heights count from.
    pub heights: HeightsFrom,
    /// True when its coordinates were GCJ-02 or BD-09 and were converted.
    pub was_gcj02: bool,
    /// True when it is invented.
    pub is_synthetic: bool,
    /// Networks that it describes.
    pub networks: Vec<Network>,
}

/// What a source's heights count from, for surfaces, tubes and placed models.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeightsFrom {
    /// From the source's own vertical datum; they are kept as they are.
    #[default]
    Datum,
    /// From the ground, which the twin has at [`cim_tiles::Catalogue::ground_height_m`].
    Ground,
}
