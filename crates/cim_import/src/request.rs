//! What an import is asked for, and what it answers.

use crate::feature::LonLat;
use cim_geo::{Crs, CrsError};
use cim_tiles::{CimLevel, Counts};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// What to import, and where to.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// Files or folders of files; see the crate's README for the formats. Not read by [`crate::import_from`].
    pub sources: Vec<PathBuf>,
    /// The city's folder. An older city there is replaced; any other non-empty folder is refused.
    pub out: PathBuf,
    /// The CRS of the sources' coordinates, stronger than what a file says of itself. Without either: EPSG:4326.
    pub crs: Option<SourceCrs>,
    /// Where sources with coordinates of their own, in no CRS, are put.
    pub origin: Option<LonLat>,
    /// The city's Chinese name. Default: the first source's file stem.
    pub name_zh: Option<String>,
    /// The city's English name. Default: the first source's file stem.
    pub name_en: Option<String>,
    /// The licence of the sources. Default: what they say; ODbL 1.0 where they are or name OpenStreetMap.
    pub licence: Option<String>,
    /// The credit line of the sources. Default: what the sources say of themselves.
    pub attribution: Option<String>,
    /// The date that the sources show the city at, ISO 8601. Default: what they say.
    pub epoch: Option<String>,
    /// Level of detail to take where a source has several: `0` to `3`, `2.2` … Default: the best there is.
    pub lod: Option<String>,
    /// Height of the twin's ground plane in the sources' vertical datum, metres. Default: what ground surfaces say.
    pub ground_height_m: Option<f64>,
    /// True for an invented city; said in the catalogue.
    pub is_synthetic: bool,
    /// True to begin anew whatever an interrupted import has left and whatever city is there.
    pub is_fresh: bool,
    /// Files to put into the city's folder: their name there, and where they are now. One that the import writes too
    /// (`views.json`, `networks.json`) takes its place.
    pub extra_files: Vec<(String, PathBuf)>,
}

impl ImportRequest {
    /// Imports `sources` into `out`, everything else by default.
    pub fn new(sources: Vec<PathBuf>, out: PathBuf) -> Self {
        Self {
            sources,
            out,
            crs: None,
            origin: None,
            name_zh: None,
            name_en: None,
            licence: None,
            attribution: None,
            epoch: None,
            lod: None,
            ground_height_m: None,
            is_synthetic: false,
            is_fresh: false,
            extra_files: Vec::new(),
        }
    }
}

/// What a source's coordinates may be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceCrs {
    /// A system of the EPSG registry.
    Epsg(Crs),
    /// Longitude and latitude as Chinese web maps shift them.
    Gcj02,
    /// GCJ-02 as Baidu shifts it once more.
    Bd09,
}

impl SourceCrs {
    /// Reads `EPSG:4548` and everything else that [`Crs::parse`] reads, `GCJ-02`, `BD-09`.
    pub fn parse(text: &str) -> Result<Self, CrsError> {
        let plain: String = text
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_uppercase();
        match plain.as_str() {
            "GCJ02" | "GCJ" => Ok(Self::Gcj02),
            "BD09" | "BD09LL" => Ok(Self::Bd09),
            _ => Crs::parse(text).map(Self::Epsg),
        }
    }
}

impl From<Crs> for SourceCrs {
    fn from(crs: Crs) -> Self {
        Self::Epsg(crs)
    }
}

impl fmt::Display for SourceCrs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Epsg(crs) => crs.fmt(f),
            Self::Gcj02 => f.write_str("GCJ-02"),
            Self::Bd09 => f.write_str("BD-09"),
        }
    }
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// `reading`, `shaping`, `joining`, `sorting` or `writing`.
    pub stage: &'static str,
    /// Features that the stage is done with.
    pub done: u64,
    /// Features that the stage has to do; 0 where that is not known beforehand.
    pub total: u64,
    /// Bytes written so far, the import's own working files included.
    pub bytes: u64,
}

/// A reason for leaving features out, or for changing them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Why.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// Where the first one is: file, and feature index or id. In the catalogue, not in the report.
    #[serde(skip)]
    pub first: String,
}

/// What came of an import.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImportReport {
    /// How many features became what.
    pub counts: Counts,
    /// What was left out, most frequent reason first.
    pub dropped: Vec<Dropped>,
    /// What was changed so that it can be used, most frequent reason first.
    pub repaired: Vec<Dropped>,
    /// The tallest building or part, metres above ground.
    pub tallest_m: f64,
    /// The CRS of the sources, `EPSG:n`.
    pub crs: String,
    /// The CIM level of the best content.
    pub cim_level: CimLevel,
    /// Tiles that were made.
    pub tiles_written: u64,
    /// Tiles of the city that was there, kept as they are because nothing in them changed.
    pub tiles_kept: u64,
    /// True when an interrupted import was gone on with.
    pub is_resumed: bool,
    /// The city's folder.
    pub out: PathBuf,
}

/// Why an import came to nothing. The folder asked for is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// No source was named, or a folder holds no file that can be read.
    #[error("there is no file of a known format in {}", .place.display())]
    NothingToRead {
        /// Where was looked.
        place: PathBuf,
    },
    /// A source cannot be opened or read.
    #[error("the source cannot be read: {reason}: {}", .path.display())]
    UnreadableSource {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
    /// A source is not what its name says. Names the place inside the file.
    #[error("the source is broken at {place}: {reason}: {}", .path.display())]
    BrokenSource {
        /// The file.
        path: PathBuf,
        /// Line and column, or block and byte.
        place: String,
        /// What is wrong there.
        reason: String,
    },
    /// A source is in a format that this build does not read.
    #[error("{reason}: {}", .path.display())]
    UnsupportedSource {
        /// The file.
        path: PathBuf,
        /// What is missing, and what to do about it.
        reason: String,
    },
    /// The CRS asked for, or named by a source, is of no use.
    #[error("{reason}: {}", .path.display())]
    BadCrs {
        /// The file whose coordinates are in the CRS.
        path: PathBuf,
        /// What is wrong with the CRS.
        reason: CrsError,
    },
    /// The sources hold nothing that a city is made of.
    #[error("nothing in the sources can be drawn ({read} features read; {example})")]
    EmptyCity {
        /// Features read.
        read: u64,
        /// The most frequent reason for leaving features out.
        example: String,
    },
    /// The folder holds something that is not a city.
    #[error("the folder is not empty and not a city, so it is left alone: {}", .path.display())]
    OutIsTaken {
        /// The folder.
        path: PathBuf,
    },
    /// The city, or a working file of the import, cannot be written or read back.
    #[error("the city cannot be written: {reason}: {}", .path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shifted_systems_of_web_maps_have_names() {
        for text in ["GCJ-02", "gcj02", "GCJ 02"] {
            assert_eq!(SourceCrs::parse(text).expect("known"), SourceCrs::Gcj02);
        }
        assert_eq!(SourceCrs::parse("BD-09").expect("known"), SourceCrs::Bd09);
        assert_eq!(
            SourceCrs::parse("EPSG:4548").expect("known"),
            SourceCrs::Epsg(Crs { epsg: 4548 })
        );
        assert!(SourceCrs::parse("Xian 80").is_err());
    }
}
