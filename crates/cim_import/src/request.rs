//! What an import is asked for, and what it answers.

use cim_geo::{Crs, CrsError};
use serde::Serialize;
use std::path::PathBuf;

/// What to import, and where to.
#[derive(Clone, Debug)]
pub struct ImportRequest {
    /// Files (`.geojson`, `.json`, `.osm.pbf`, `.pbf`) or folders of such files.
    pub sources: Vec<PathBuf>,
    /// The city's folder. An older city there is replaced; any other non-empty folder is refused.
    pub out: PathBuf,
    /// The CRS of GeoJSON coordinates, stronger than what a file says of itself. Without either: EPSG:4326.
    pub crs: Option<Crs>,
    /// The city's Chinese name. Default: the first source's file stem.
    pub name_zh: Option<String>,
    /// The city's English name. Default: the first source's file stem.
    pub name_en: Option<String>,
    /// The licence of the sources. Default: ODbL 1.0 where the sources are or name OpenStreetMap, else empty.
    pub licence: Option<String>,
    /// The credit line of the sources. Default: what the sources say of themselves.
    pub attribution: Option<String>,
}

impl ImportRequest {
    /// Imports `sources` into `out`, everything else by default.
    pub fn new(sources: Vec<PathBuf>, out: PathBuf) -> Self {
        Self {
            sources,
            out,
            crs: None,
            name_zh: None,
            name_en: None,
            licence: None,
            attribution: None,
        }
    }
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// `reading`, `meshing`, `tiling` or `writing`.
    pub stage: &'static str,
    /// Steps of the stage that are done.
    pub done: u64,
    /// Steps of the stage.
    pub total: u64,
}

/// How many features became what.
///
/// `features` is the sum of `buildings`, `building_parts`, `roads`, `rail`, `water`, `green`, `points`, `labels`, `other` and
/// of everything dropped; the other figures say more about features that are already counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Features read; for OpenStreetMap: elements with tags.
    pub features: u64,
    /// Buildings; for OpenStreetMap every way, multipolygon or node with a `building` tag.
    pub buildings: u64,
    /// Building parts.
    pub building_parts: u64,
    /// Roads and paths, ferry lines included.
    pub roads: u64,
    /// Railway lines.
    pub rail: u64,
    /// Water: areas and waterways.
    pub water: u64,
    /// Parks, woods, grass.
    pub green: u64,
    /// Points of interest and named places.
    pub points: u64,
    /// Label points and border lines that only repeat an area, as map tiles carry them.
    pub labels: u64,
    /// Features that the twin has no use for.
    pub other: u64,
    /// Of the buildings and parts: those with an outline.
    pub building_polygons: u64,
    /// Of the buildings: outlines without walls, because their parts are drawn instead.
    pub replaced_by_parts: u64,
    /// Of the roads, rails, waters and buildings: underground or not on the ground, kept without a mesh.
    pub undrawn: u64,
    /// Repairs made on the way in; the catalogue's notes say which.
    pub repaired: u64,
}

/// A reason for leaving features out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
    /// The tallest building or part, metres above ground.
    pub tallest_m: f64,
    /// The CRS of the sources, `EPSG:n`.
    pub crs: String,
    /// The city's folder.
    pub out: PathBuf,
}

/// Why an import came to nothing. The folder asked for is as it was before.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// No source was named, or a folder holds no file that can be read.
    #[error("there is no .geojson, .json or .osm.pbf file in {}", .place.display())]
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
    /// The city cannot be written.
    #[error("the city cannot be written: {reason}: {}", .path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: std::io::Error,
    },
}
