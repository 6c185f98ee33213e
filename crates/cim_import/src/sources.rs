//! Which files to read, and as what.
//!
//! A name says what is in a file; where several formats share an ending, its first bytes do.

use crate::epanet::Epanet;
use crate::feature::SourceFeature;
use crate::flatgeobuf::FlatGeobuf;
use crate::folder::hash_of_file;
use crate::geojson::GeoJson;
use crate::ledger::Ledger;
use crate::osm::{Encoding, Osm};
use crate::point_table::PointTable;
use crate::reader::{SourceMark, SourceNotes, SourceReader};
use crate::request::{ImportError, ImportRequest};
use crate::{citygml, cityjson};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes of a file that are looked at.
const SAMPLE_BYTES: u64 = 8 << 10;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    GeoJson,
    GeoJsonSequence,
    FlatGeobuf,
    OsmPbf,
    OsmXml,
    Epanet,
    PointTable,
    CityJson,
    CityGml,
    Ifc,
}

/// What a file's name leaves open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Is(Format),
    /// One JSON text: GeoJSON or CityJSON.
    Json,
    /// JSON texts one after the other: GeoJSON or CityJSON.
    JsonTexts,
    /// XML: OpenStreetMap or CityGML.
    Xml,
}

impl Named {
    /// By the ending of a file's name; `None` for an ending that says nothing.
    fn of(path: &Path) -> Option<Self> {
        const ENDINGS: [(&str, Named); 21] = [
            (".city.json", Named::Is(Format::CityJson)),
            (".city.jsonl", Named::Is(Format::CityJson)),
            (".cityjson", Named::Is(Format::CityJson)),
            (".osm.xml", Named::Is(Format::OsmXml)),
            (".osm", Named::Is(Format::OsmXml)),
            (".pbf", Named::Is(Format::OsmPbf)),
            (".fgb", Named::Is(Format::FlatGeobuf)),
            (".inp", Named::Is(Format::Epanet)),
            (".csv", Named::Is(Format::PointTable)),
            (".tsv", Named::Is(Format::PointTable)),
            (".ifc", Named::Is(Format::Ifc)),
            (".gml", Named::Is(Format::CityGml)),
            (".citygml", Named::Is(Format::CityGml)),
            (".xml", Named::Xml),
            (".geojson", Named::Json),
            (".json", Named::Json),
            (".jsonl", Named::JsonTexts),
            (".ndjson", Named::JsonTexts),
            (".geojsonl", Named::JsonTexts),
            (".geojsons", Named::JsonTexts),
            (".geojsonseq", Named::JsonTexts),
        ];
        let name = path.file_name()?.to_string_lossy().to_lowercase();
        ENDINGS
            .iter()
            .find(|(ending, _)| name.ends_with(ending))
            .map(|(_, named)| *named)
    }
}

impl Format {
    /// What the file is; a file that nothing speaks for counts as GeoJSON, and reading it will tell.
    fn of(path: &Path) -> Self {
        let sample = || sample_of(path);
        match Named::of(path) {
            Some(Named::Is(format)) => format,
            Some(Named::Json | Named::JsonTexts) if is_cityjson(&sample()) => Self::CityJson,
            Some(Named::Json) => Self::GeoJson,
            Some(Named::JsonTexts) => Self::GeoJsonSequence,
            Some(Named::Xml) => Self::of_xml(&sample()),
            None => Self::of_bytes(&sample()),
        }
    }

    fn of_xml(sample: &[u8]) -> Self {
        if holds(sample, b"<osm") {
            Self::OsmXml
        } else {
            Self::CityGml
        }
    }

    fn of_bytes(sample: &[u8]) -> Self {
        let text = sample
            .strip_prefix(b"\xef\xbb\xbf")
            .unwrap_or(sample)
            .trim_ascii_start();
        if sample.starts_with(b"fgb\x03fgb") {
            Self::FlatGeobuf
        } else if holds(sample, b"OSMHeader") {
            Self::OsmPbf
        } else if text.starts_with(b"ISO-10303-21") {
            Self::Ifc
        } else if text.starts_with(b"<") {
            Self::of_xml(text)
        } else if text.starts_with(b"\x1e") {
            Self::GeoJsonSequence
        } else if holds(text, b"[JUNCTIONS]") || text.starts_with(b"[TITLE]") {
            Self::Epanet
        } else if is_cityjson(text) {
            Self::CityJson
        } else {
            Self::GeoJson
        }
    }
}

fn sample_of(path: &Path) -> Vec<u8> {
    let mut sample = Vec::new();
    if let Ok(file) = File::open(path) {
        // A file that cannot be read says so when it is read.
        file.take(SAMPLE_BYTES).read_to_end(&mut sample).ok();
    }
    sample
}

fn holds(sample: &[u8], word: &[u8]) -> bool {
    sample.windows(word.len()).any(|window| window == word)
}

/// True when the sample states the type `CityJSON` or `CityJSONFeature`, or has what only CityJSON has.
fn is_cityjson(sample: &[u8]) -> bool {
    holds(sample, b"\"CityJSON") || holds(sample, b"\"CityObjects\"")
}

/// Readers of the files that the request names, in their order.
pub(crate) fn readers_of(
    request: &ImportRequest,
) -> Result<Vec<Box<dyn SourceReader>>, ImportError> {
    let files = files_of(&request.sources)?;
    Ok(files
        .into_iter()
        .map(|(path, format)| -> Box<dyn SourceReader> {
            Box::new(FileReader {
                path,
                format,
                request: request.clone(),
            })
        })
        .collect())
}

/// The files that `sources` name: each file itself, and every file of a known kind in each folder, by name.
fn files_of(sources: &[PathBuf]) -> Result<Vec<(PathBuf, Format)>, ImportError> {
    let mut files = Vec::new();
    for source in sources {
        let unreadable = |reason| ImportError::UnreadableSource {
            path: source.clone(),
            reason,
        };
        if std::fs::metadata(source).map_err(unreadable)?.is_dir() {
            let mut inside: Vec<PathBuf> = Vec::new();
            for entry in std::fs::read_dir(source).map_err(unreadable)? {
                let path = entry.map_err(unreadable)?.path();
                if Named::of(&path).is_some() && path.is_file() {
                    inside.push(path);
                }
            }
            inside.sort();
            files.extend(inside);
        } else {
            files.push(source.clone());
        }
    }
    if files.is_empty() {
        return Err(ImportError::NothingToRead {
            place: sources.first().cloned().unwrap_or_default(),
        });
    }
    Ok(files
        .into_iter()
        .map(|path| {
            let format = Format::of(&path);
            (path, format)
        })
        .collect())
}

/// Opens a file when it is its turn, so that one that cannot be opened costs itself.
#[derive(Debug)]
struct FileReader {
    path: PathBuf,
    format: Format,
    request: ImportRequest,
}

impl FileReader {
    fn open(&self) -> Result<Box<dyn SourceReader>, ImportError> {
        let (path, request) = (self.path.as_path(), &self.request);
        let reader: Box<dyn SourceReader> = match self.format {
            Format::GeoJson => Box::new(GeoJson::text(path, request)),
            Format::GeoJsonSequence => Box::new(GeoJson::sequence(path, request)),
            Format::FlatGeobuf => Box::new(FlatGeobuf::open(path, request)),
            Format::OsmPbf => Box::new(Osm::open(path, Encoding::Pbf, request)?),
            Format::OsmXml => Box::new(Osm::open(path, Encoding::Xml, request)?),
            Format::Epanet => Box::new(Epanet::open(path, request)),
            Format::PointTable => Box::new(PointTable::open(path, request)),
            Format::CityJson => cityjson::open(path, request)?,
            Format::CityGml => citygml::open(path, request)?,
            Format::Ifc => open_ifc(path, request)?,
        };
        Ok(reader)
    }

    fn name(&self) -> String {
        self.path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default()
    }
}

#[cfg(feature = "ifc")]
fn open_ifc(path: &Path, request: &ImportRequest) -> Result<Box<dyn SourceReader>, ImportError> {
    crate::ifc::open(path, request)
}

#[cfg(not(feature = "ifc"))]
fn open_ifc(path: &Path, _request: &ImportRequest) -> Result<Box<dyn SourceReader>, ImportError> {
    Err(ImportError::UnsupportedSource {
        path: path.to_path_buf(),
        reason: "this build does not read IFC; build it with the feature `ifc`".to_owned(),
    })
}

impl SourceReader for FileReader {
    fn mark(&self) -> Option<SourceMark> {
        let (bytes, hash) = hash_of_file(&self.path).ok()?;
        Some(SourceMark {
            name: self.name(),
            bytes,
            hash,
        })
    }

    fn read(
        &mut self,
        ledger: &mut Ledger,
        take: &mut dyn FnMut(SourceFeature) -> Result<(), ImportError>,
    ) -> Result<SourceNotes, ImportError> {
        let mut notes = self.open()?.read(ledger, take)?;
        if notes.name.is_empty() {
            notes.name = self.name();
        }
        Ok(notes)
    }
}

/// The name that a file gives to a city: its own without endings; for a folder the folder's.
pub(crate) fn stem_of(source: &Path) -> String {
    const ENDINGS: [&str; 18] = [
        ".pbf",
        ".xml",
        ".osm",
        ".geojson",
        ".geojsonl",
        ".geojsons",
        ".ndjson",
        ".jsonl",
        ".json",
        ".cityjson",
        ".citygml",
        ".city",
        ".gml",
        ".fgb",
        ".inp",
        ".csv",
        ".tsv",
        ".ifc",
    ];
    let name = source
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut stem = name.as_str();
    // `.osm.pbf` and `.city.json` are two endings.
    for _ in 0..2 {
        for ending in ENDINGS {
            stem = stem.strip_suffix(ending).unwrap_or(stem);
        }
    }
    if stem.is_empty() {
        "city".to_owned()
    } else {
        stem.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_is_called_like_its_file() {
        for (path, stem) in [
            ("/data/helsinki-centre.osm.pbf", "helsinki-centre"),
            ("/data/lujiazui/", "lujiazui"),
            ("roads.geojson", "roads"),
            ("delft.city.json", "delft"),
            ("ky4.inp", "ky4"),
            (".json", "city"),
        ] {
            assert_eq!(stem_of(Path::new(path)), stem);
        }
    }

    #[test]
    fn a_source_that_is_not_there_is_named() {
        let error =
            files_of(&[PathBuf::from("/nowhere/at/all.geojson")]).expect_err("no such file");
        assert!(
            error.to_string().contains("/nowhere/at/all.geojson"),
            "{error}"
        );
    }

    #[test]
    fn names_and_first_bytes_tell_what_a_file_is() {
        let folder = std::env::temp_dir().join(format!("cim_sources_{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a test folder can be made");
        for (name, bytes, format) in [
            ("a.json", &br#"{"type":"CityJSON"}"#[..], Format::CityJson),
            ("b.json", br#"{"type":"Feature"}"#, Format::GeoJson),
            (
                "c.jsonl",
                br#"{"type":"CityJSONFeature"}"#,
                Format::CityJson,
            ),
            ("d.jsonl", b"{}\n{}", Format::GeoJsonSequence),
            (
                "e.xml",
                b"<?xml version='1.0'?><osm version='0.6'>",
                Format::OsmXml,
            ),
            ("f.xml", b"<CityModel/>", Format::CityGml),
            ("g.osm.pbf", b"", Format::OsmPbf),
            ("h", b"ISO-10303-21;", Format::Ifc),
            ("i", b"[JUNCTIONS]\n", Format::Epanet),
            ("j.FGB", b"", Format::FlatGeobuf),
            ("k.csv", b"x,y", Format::PointTable),
            ("l", b"anything", Format::GeoJson),
        ] {
            let path = folder.join(name);
            std::fs::write(&path, bytes).expect("written");
            assert_eq!(Format::of(&path), format, "{name}");
        }
        let known = files_of(std::slice::from_ref(&folder)).expect("files");
        assert_eq!(known.len(), 9);
        std::fs::remove_dir_all(folder).ok();
    }
}
