//! What a city on disk says of itself: its catalogue, its table of attributes, its saved views.
//!
//! A city is a folder: `catalogue.json`, `tileset.json` with `tiles/*.glb`, `attributes.jsonl`, and where somebody
//! wrote them `views.json`, `networks.json`, `things.jsonl`, `cameras.jsonl`. Unknown fields are passed over, so that
//! older programs read newer cities.

mod attributes;
mod level;
mod views;

pub use attributes::{FeatureRecord, read_attributes};
pub use level::CimLevel;
pub use views::{SavedView, read_views};

use crate::TileError;
use crate::files::{read_file, without_byte_order_mark};
use cim_geo::{Bounds, Geodetic};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A `catalogue.json` larger than this is refused.
const MAX_CATALOGUE_BYTES: u64 = 256 << 20;

/// The catalogue of a city (`catalogue.json`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Catalogue {
    /// Version of the folder's layout; this program knows [`Catalogue::FORMAT`].
    pub format: u32,
    /// The city's name.
    pub name: Names,
    /// CRS of the source: `EPSG:n`, `GCJ-02`, `BD-09` or `local`; several with `, ` between them.
    pub crs: String,
    /// True when the source was in GCJ-02 or BD-09 and was converted; the city itself never is.
    pub was_gcj02: bool,
    /// Vertical datum that the source states; may be empty.
    pub vertical: String,
    /// The date that the city is shown at, ISO 8601; empty when nobody said.
    pub epoch: String,
    /// The CIM level of the best content.
    pub cim_level: CimLevel,
    /// True for an invented city; must be said wherever the city is shown.
    pub is_synthetic: bool,
    /// Where the data came from.
    pub source: String,
    /// The sources one by one.
    pub sources: Vec<CitySource>,
    /// Licence of the data.
    pub licence: String,
    /// What must be shown with the picture.
    pub attribution: String,
    /// The program that wrote the folder.
    pub made_by: String,
    /// Where the tiles' east, north and up start from.
    pub origin: Place,
    /// Height of the twin's ground plane, metres in the source's vertical datum; also the origin's height. 0 for sources
    /// without heights.
    pub ground_height_m: f64,
    /// How the tiles are cut, for a later import of the same city; `None` in older folders.
    pub grid: Option<CityGrid>,
    /// What the features cover.
    pub bounds: Extent,
    /// Height above ground of the tallest building, metres.
    pub tallest_m: f64,
    /// How many features of each sort there are.
    pub counts: Counts,
    /// What the import left out, by reason.
    pub dropped: Vec<Dropped>,
    /// What the import changed so that it can be used, by reason.
    pub repaired: Vec<Dropped>,
    /// What else is worth knowing, by reason.
    pub notes: Vec<Dropped>,
    /// Where building heights came from.
    pub height_sources: HeightSources,
    /// Every file of the folder except this one.
    pub files: Vec<CityFile>,
}

/// A name in the product's two languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Names {
    /// Simplified Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// A place on the ellipsoid, WGS 84 / CGCS2000.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Degrees east.
    pub lon_deg: f64,
    /// Degrees north.
    pub lat_deg: f64,
    /// Metres above the ellipsoid.
    pub height_m: f64,
}

impl From<Place> for Geodetic {
    fn from(
        Place {
            lon_deg,
            lat_deg,
            height_m,
        }: Place,
    ) -> Self {
        Self {
            lon_deg,
            lat_deg,
            height_m,
        }
    }
}

impl From<Geodetic> for Place {
    fn from(
        Geodetic {
            lon_deg,
            lat_deg,
            height_m,
        }: Geodetic,
    ) -> Self {
        Self {
            lon_deg,
            lat_deg,
            height_m,
        }
    }
}

/// A rectangle of longitudes and latitudes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Extent {
    /// Western edge, degrees.
    pub west_deg: f64,
    /// Southern edge, degrees.
    pub south_deg: f64,
    /// Eastern edge, degrees.
    pub east_deg: f64,
    /// Northern edge, degrees.
    pub north_deg: f64,
}

impl From<Extent> for Bounds {
    fn from(
        Extent {
            west_deg,
            south_deg,
            east_deg,
            north_deg,
        }: Extent,
    ) -> Self {
        Self {
            west_deg,
            south_deg,
            east_deg,
            north_deg,
        }
    }
}

impl From<Bounds> for Extent {
    fn from(
        Bounds {
            west_deg,
            south_deg,
            east_deg,
            north_deg,
        }: Bounds,
    ) -> Self {
        Self {
            west_deg,
            south_deg,
            east_deg,
            north_deg,
        }
    }
}

/// How many features of each sort a city has.
///
/// `features` is the sum of `buildings`, `building_parts`, `roads`, `rail`, `water`, `green`, `ground`, `bridges`,
/// `tunnels`, `pipes`, `trees`, `furniture`, `points`, `labels`, `other` and of everything dropped; the other figures say
/// more about features that are already counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Features read; for OpenStreetMap: elements with tags. 0 in older folders.
    pub features: u64,
    /// Buildings; for OpenStreetMap every way, multipolygon or node with a `building` tag.
    pub buildings: u64,
    /// Parts of buildings.
    pub building_parts: u64,
    /// Roads and paths, ferry lines included.
    pub roads: u64,
    /// Railways and trams.
    pub rail: u64,
    /// Water: areas and waterways.
    pub water: u64,
    /// Parks, woods, grass.
    pub green: u64,
    /// Relief and paved ground.
    pub ground: u64,
    /// Bridges that are features of their own; a road over a bridge counts as a road.
    pub bridges: u64,
    /// Tunnels that are features of their own.
    pub tunnels: u64,
    /// Pipes, cables, ducts and what belongs to them.
    pub pipes: u64,
    /// Trees, or groups of trees that are one feature.
    pub trees: u64,
    /// Lamps, poles, walls.
    pub furniture: u64,
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
    /// Repairs made on the way in; [`Catalogue::repaired`] says which.
    pub repaired: u64,
}

impl Counts {
    /// Every figure of both, added up.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self {
            features: self.features + other.features,
            buildings: self.buildings + other.buildings,
            building_parts: self.building_parts + other.building_parts,
            roads: self.roads + other.roads,
            rail: self.rail + other.rail,
            water: self.water + other.water,
            green: self.green + other.green,
            ground: self.ground + other.ground,
            bridges: self.bridges + other.bridges,
            tunnels: self.tunnels + other.tunnels,
            pipes: self.pipes + other.pipes,
            trees: self.trees + other.trees,
            furniture: self.furniture + other.furniture,
            points: self.points + other.points,
            labels: self.labels + other.labels,
            other: self.other + other.other,
            building_polygons: self.building_polygons + other.building_polygons,
            replaced_by_parts: self.replaced_by_parts + other.replaced_by_parts,
            undrawn: self.undrawn + other.undrawn,
            repaired: self.repaired + other.repaired,
        }
    }

    /// What became of all features that were not dropped: the sum of every class, labels and what is of no use.
    pub fn used(&self) -> u64 {
        self.buildings
            + self.building_parts
            + self.roads
            + self.rail
            + self.water
            + self.green
            + self.ground
            + self.bridges
            + self.tunnels
            + self.pipes
            + self.trees
            + self.furniture
            + self.points
            + self.labels
            + self.other
    }
}

/// A source that a city was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CitySource {
    /// File name, or a generator's name with its settings.
    pub name: String,
    /// Bytes; 0 for a generator.
    pub bytes: u64,
    /// [`file_hash`] of its content; of the settings for a generator.
    pub hash: String,
    /// CRS of its coordinates: `EPSG:n`, `GCJ-02`, `BD-09` or `local`.
    pub crs: String,
}

/// How a city's square is cut into tiles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CityGrid {
    /// Half a side of the square around the origin, metres.
    pub half_m: f64,
    /// Geometric error of the root, metres; halved from level to level.
    pub root_error_m: f64,
    /// The deepest level.
    pub deepest: u32,
}

/// What the import left out for one reason.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dropped {
    /// Why.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// Where the first one was.
    pub first: String,
}

/// Where building heights came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HeightSources {
    /// Stated by the source.
    pub tag: u64,
    /// Levels times a level's height.
    pub levels: u64,
    /// Nothing known; the import's stated default.
    pub default: u64,
    /// Measured on the source's own model.
    pub geometry: u64,
}

/// A file of the city's folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CityFile {
    /// Path relative to the folder, with `/`.
    pub path: String,
    /// Length in bytes.
    pub bytes: u64,
    /// [`file_hash`] of its content.
    pub hash: String,
}

impl Catalogue {
    /// The layout that this program reads and writes.
    pub const FORMAT: u32 = 1;

    /// The file at `path` of the city's folder, where the catalogue lists it: `networks.json`, `things.jsonl` …
    pub fn file(&self, path: &str) -> Option<&CityFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Reads `catalogue.json` of the city in the folder `dir`.
    pub fn read(dir: &Path) -> Result<Self, TileError> {
        let path = dir.join("catalogue.json");
        let bytes = read_file(&path, MAX_CATALOGUE_BYTES)?;
        Self::from_json(&bytes, &path.display().to_string())
    }

    /// Reads a catalogue; `source` names it in errors.
    pub fn from_json(bytes: &[u8], source: &str) -> Result<Self, TileError> {
        let catalogue: Self = serde_json::from_slice(without_byte_order_mark(bytes))
            .map_err(|error| TileError::json(source, &error))?;
        match catalogue.format {
            Self::FORMAT => Ok(catalogue),
            0 => Err(TileError::broken(
                source,
                "format",
                "the catalogue does not say which format it has",
            )),
            newer => Err(TileError::unsupported(
                source,
                "format",
                format!("a city of format {newer}"),
            )),
        }
    }
}

/// The hash that catalogues give for a file: FNV-1a of 64 bits as 16 hexadecimal digits. Tells changes, not forgeries.
pub fn file_hash(bytes: &[u8]) -> String {
    let mut hash = FileHash::default();
    hash.add(bytes);
    hash.digits()
}

/// [`file_hash`] of a content that comes piece by piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileHash(u64);

impl Default for FileHash {
    fn default() -> Self {
        Self(0xCBF2_9CE4_8422_2325)
    }
}

impl FileHash {
    /// Takes the next piece.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
        });
    }

    /// The hash of everything so far, as a number.
    pub fn value(self) -> u64 {
        self.0
    }

    /// The hash of everything so far, as catalogues write it.
    pub fn digits(self) -> String {
        format!("{:016x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LUJIAZUI: &str = r#"{"format":1,"name":{"zh":"陆家嘴","en":"Lujiazui"},"crs":"EPSG:4326","source":"OpenStreetMap",
        "licence":"ODbL-1.0","attribution":"© OpenStreetMap contributors","made_by":"cim import",
        "origin":{"lon_deg":121.5,"lat_deg":31.24,"height_m":0.0},
        "bounds":{"west_deg":121.48,"south_deg":31.22,"east_deg":121.52,"north_deg":31.25},"tallest_m":632.0,
        "counts":{"buildings":1400,"building_parts":50},"dropped":[{"reason":"fewer than 3 corners","count":2,"first":"w7"}],
        "height_sources":{"tag":120,"levels":800,"default":530},
        "files":[{"path":"tileset.json","bytes":3,"hash":"e71fa2190541574b"}],"something_newer":{"a":[1,2]}}"#;

    #[test]
    fn a_catalogue_is_read_and_written_back() {
        let catalogue =
            Catalogue::from_json(LUJIAZUI.as_bytes(), "catalogue.json").expect("a catalogue");
        assert_eq!(catalogue.name.zh, "陆家嘴");
        assert_eq!(
            (catalogue.counts.buildings, catalogue.counts.roads),
            (1400, 0)
        );
        assert_eq!(catalogue.height_sources.default, 530);
        assert_eq!(catalogue.dropped[0].first, "w7");
        let text = serde_json::to_string(&catalogue).expect("JSON");
        assert_eq!(
            Catalogue::from_json(text.as_bytes(), "copy").expect("a copy"),
            catalogue
        );
    }

    #[test]
    fn a_broken_catalogue_names_file_and_place() {
        for length in 0..LUJIAZUI.len() {
            assert!(
                Catalogue::from_json(&LUJIAZUI.as_bytes()[..length], "catalogue.json").is_err()
            );
        }
        let error = Catalogue::from_json(b"{\n\"format\": true}", "CITY/catalogue.json")
            .expect_err("a bool");
        assert!(error.place().starts_with("line 2 column "), "{error}");
        assert!(
            error.to_string().ends_with("of CITY/catalogue.json"),
            "{error}"
        );
    }

    #[test]
    fn a_city_of_a_newer_layout_is_refused_by_name() {
        let error = Catalogue::from_json(br#"{"format":2}"#, "catalogue.json").expect_err("newer");
        assert!(error.to_string().contains("format 2"), "{error}");
        assert!(Catalogue::from_json(b"{}", "catalogue.json").is_err());
    }

    #[test]
    fn a_folder_without_a_catalogue_is_named() {
        let error = Catalogue::read(Path::new("/nowhere/at/all")).expect_err("no such folder");
        assert!(error.to_string().contains("/nowhere/at/all"), "{error}");
    }

    /// Values published with the algorithm.
    #[test]
    fn hashes_are_fnv_1a() {
        assert_eq!(file_hash(b""), "cbf29ce484222325");
        assert_eq!(file_hash(b"a"), "af63dc4c8601ec8c");
        assert_eq!(file_hash(b"foobar"), "85944171f73967e8");
        let mut pieces = FileHash::default();
        pieces.add(b"foo");
        pieces.add(b"bar");
        assert_eq!(pieces.digits(), "85944171f73967e8");
    }

    #[test]
    fn an_older_folder_is_read_with_what_it_does_not_say() {
        let catalogue =
            Catalogue::from_json(LUJIAZUI.as_bytes(), "catalogue.json").expect("a catalogue");
        assert_eq!(
            (
                catalogue.cim_level,
                catalogue.grid,
                catalogue.counts.pipes,
                catalogue.is_synthetic
            ),
            (CimLevel::Cim2, None, 0, false)
        );
        assert!(catalogue.file("tileset.json").is_some() && catalogue.file("x").is_none());
    }

    #[test]
    fn what_was_used_is_the_sum_of_the_classes() {
        let counts = Counts {
            features: 12,
            buildings: 3,
            pipes: 4,
            labels: 1,
            undrawn: 2,
            ..Counts::default()
        };
        assert_eq!(counts.used(), 8);
        let twice = counts.plus(&counts);
        assert_eq!((twice.used(), twice.features, twice.undrawn), (16, 24, 4));
    }
}
