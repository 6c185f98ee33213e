//! GeoJSON (RFC 7946) and its sequences (RFC 8142), read as a stream and with patience.
//!
//! Features are taken one by one from plain JSON rather than through a strict reader: one feature with a missing coordinate
//! must not cost the other hundred thousand. Older habits are understood: a `crs` member, tags in a nested object or in
//! GDAL's `other_tags`, `NaN` in place of a number. In memory is one feature at a time.

mod filter;
mod geometry;

pub(crate) use geometry::{Pieces, take_hstore};

use crate::door::Door;
use crate::feature::{Hint, SourceFeature};
use crate::ledger::Ledger;
use crate::reader::{SourceNotes, SourceReader};
use crate::request::{ImportError, ImportRequest, SourceCrs};
use cim_geo::{Crs, CrsError};
use filter::JsonFilter;
use geometry::{id_of, shape_of, tags_of};
use serde::de::{
    DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// How far from a file's end a `crs` member is sought that comes after the features.
const TAIL_BYTES: u64 = 64 << 10;
/// A text of a sequence that is larger is refused.
const MAX_TEXT_BYTES: u64 = 256 << 20;
const RECORD_SEPARATOR: u8 = 0x1e;

/// Reads one file.
#[derive(Debug)]
pub(crate) struct GeoJson {
    path: PathBuf,
    crs: Option<SourceCrs>,
    is_sequence: bool,
}

impl GeoJson {
    /// A file with one text: a collection, a feature or a geometry.
    pub(crate) fn text(path: &Path, request: &ImportRequest) -> Self {
        Self {
            path: path.to_path_buf(),
            crs: request.crs,
            is_sequence: false,
        }
    }

    /// A file with a text in each line, or after each record separator.
    pub(crate) fn sequence(path: &Path, request: &ImportRequest) -> Self {
        Self {
            is_sequence: true,
            ..Self::text(path, request)
        }
    }

    fn open(&self) -> Result<File, ImportError> {
        File::open(&self.path).map_err(|reason| self.unreadable(reason))
    }

    fn unreadable(&self, reason: io::Error) -> ImportError {
        ImportError::UnreadableSource {
            path: self.path.clone(),
            reason,
        }
    }

    fn broken(&self, place: String, reason: String) -> ImportError {
        ImportError::BrokenSource {
            path: self.path.clone(),
            place,
            reason,
        }
    }

    fn bad_crs(&self, reason: CrsError) -> ImportError {
        ImportError::BadCrs {
            path: self.path.clone(),
            reason,
        }
    }

    /// The way from the file's coordinates: what was asked for, else what the file says, else WGS 84.
    fn door(&self) -> Result<Door, ImportError> {
        let crs = match self.crs {
            Some(crs) => crs,
            None => self
                .crs_of_file()?
                .map_or(SourceCrs::Epsg(Crs::WGS84), SourceCrs::Epsg),
        };
        Door::of(crs).map_err(|reason| self.bad_crs(reason))
    }

    /// The CRS of the file's `crs` member. One that comes after the features is found by reading the file once more.
    fn crs_of_file(&self) -> Result<Option<Crs>, ImportError> {
        let head = self.scan(Scan::UntilFeatures)?;
        let crs = match head {
            Some(crs) => Some(crs),
            None if !self.is_sequence && self.tail_names_crs()? => self.scan(Scan::Everything)?,
            None => None,
        };
        crs.as_ref()
            .map_or(Ok(None), stated_crs)
            .map_err(|reason| self.bad_crs(reason))
    }

    /// The root's `crs` member. A broken file has none here; the reading itself will say where it is broken.
    fn scan(&self, how: Scan) -> Result<Option<Value>, ImportError> {
        let reader = BufReader::new(JsonFilter::new(self.open()?));
        let mut found = None;
        let mut json = serde_json::Deserializer::from_reader(reader);
        CrsSeed {
            how,
            found: &mut found,
        }
        .deserialize(&mut json)
        .ok();
        Ok(found)
    }

    fn tail_names_crs(&self) -> Result<bool, ImportError> {
        let read = || -> io::Result<Vec<u8>> {
            let mut file = File::open(&self.path)?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
            let mut tail = Vec::new();
            file.take(TAIL_BYTES).read_to_end(&mut tail)?;
            Ok(tail)
        };
        let tail = read().map_err(|reason| self.unreadable(reason))?;
        Ok(tail.windows(5).any(|window| window == b"\"crs\""))
    }

    fn read_text(&self, sink: &mut Sink<'_>) -> Result<(), ImportError> {
        let reader = BufReader::with_capacity(128 << 10, JsonFilter::new(self.open()?));
        let mut json = serde_json::Deserializer::from_reader(reader);
        // Files of several texts one after the other are no GeoJSON, but some are called so.
        loop {
            let outcome = RootSeed { sink: &mut *sink }.deserialize(&mut json);
            if let Some(failure) = sink.failure.take() {
                return Err(failure);
            }
            let root = match outcome {
                Ok(root) => root,
                Err(error) => return self.end_early(&error, sink),
            };
            sink.take_root(root, "line 1", &self.path)?;
            if json.end().is_ok() {
                return Ok(());
            }
        }
    }

    /// A text that breaks off: what was read before stays, and a file without any is an error.
    fn end_early(&self, error: &serde_json::Error, sink: &mut Sink<'_>) -> Result<(), ImportError> {
        let place = format!("line {} column {}", error.line(), error.column());
        let broken = self.broken(place, error.to_string());
        if sink.taken == 0 {
            return Err(broken);
        }
        sink.ledger
            .refuse("the rest of the source cannot be read", &broken.to_string());
        Ok(())
    }

    fn read_sequence(&self, sink: &mut Sink<'_>) -> Result<(), ImportError> {
        let mut reader = BufReader::with_capacity(128 << 10, self.open()?);
        let starts = reader
            .fill_buf()
            .map_err(|reason| self.unreadable(reason))?
            .first()
            .copied();
        let mark = if starts == Some(RECORD_SEPARATOR) {
            RECORD_SEPARATOR
        } else {
            b'\n'
        };
        let mut text = Vec::new();
        for number in 1_u64.. {
            text.clear();
            let read = reader
                .by_ref()
                .take(MAX_TEXT_BYTES)
                .read_until(mark, &mut text)
                .map_err(|reason| self.unreadable(reason))?;
            if read == 0 {
                break;
            }
            let trimmed = text.strip_suffix(&[mark]).unwrap_or(&text).trim_ascii();
            let trimmed = trimmed.strip_prefix(b"\xef\xbb\xbf").unwrap_or(trimmed);
            if trimmed.is_empty() {
                continue;
            }
            let place = format!("text {number}");
            match parsed(trimmed) {
                Ok(value) => sink.take_value(value, &place, &self.path)?,
                Err(error) => {
                    let place = format!("{}, {place}: {error}", sink.file);
                    sink.ledger
                        .refuse("a text of the sequence is no JSON", &place);
                }
            }
        }
        if sink.taken == 0 && sink.number == sink.first_number {
            return Err(self.broken("its end".to_owned(), "there is no feature in it".to_owned()));
        }
        Ok(())
    }
}

fn parsed(text: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(text).or_else(|_error| serde_json::from_reader(JsonFilter::new(text)))
}

impl SourceReader for GeoJson {
    fn read(
        &mut self,
        ledger: &mut Ledger,
        take: &mut dyn FnMut(SourceFeature) -> Result<(), ImportError>,
    ) -> Result<SourceNotes, ImportError> {
        let door = self.door()?;
        let file = self
            .path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let first_number = ledger.features();
        let mut sink = Sink {
            hint: Hint::of_file_name(&file),
            door: &door,
            own_door: None,
            is_crs_given: self.crs.is_some(),
            file: &file,
            number: first_number,
            first_number,
            index: 0,
            taken: 0,
            attribution: String::new(),
            ledger,
            take,
            failure: None,
        };
        if self.is_sequence {
            self.read_sequence(&mut sink)?;
        } else {
            self.read_text(&mut sink)?;
        }
        Ok(SourceNotes {
            crs: door.name().to_owned(),
            was_gcj02: door.was_gcj02(),
            attribution: sink.attribution,
            ..SourceNotes::default()
        })
    }
}

/// Where features go while a file is read.
struct Sink<'a> {
    file: &'a str,
    hint: Hint,
    door: &'a Door,
    /// The way from the CRS that the last feature stated for itself.
    own_door: Option<(u32, Door)>,
    is_crs_given: bool,
    /// Number of the next feature among those of all sources, and of the file's first one.
    number: u64,
    first_number: u64,
    /// Number of the next feature among those of the file.
    index: u64,
    /// Features that were taken.
    taken: u64,
    attribution: String,
    ledger: &'a mut Ledger,
    take: &'a mut dyn FnMut(SourceFeature) -> Result<(), ImportError>,
    /// Why taking a feature failed; carried round the JSON reader.
    failure: Option<ImportError>,
}

impl Sink<'_> {
    fn take_feature(&mut self, value: &Value) -> Result<(), ImportError> {
        let tags = tags_of(value);
        let id = id_of(value, &tags).unwrap_or_else(|| format!("f{}", self.number));
        let place = format!("{}, feature {} ({id})", self.file, self.index);
        self.number += 1;
        self.index += 1;
        let geometry = value.get("geometry").unwrap_or(&Value::Null);
        let shape = match self.own_crs(value, geometry) {
            Ok(()) => {
                let door = self.own_door.as_ref().map_or(self.door, |(_, door)| door);
                shape_of(geometry, door)
            }
            Err(reason) => Err(reason),
        };
        match shape {
            Ok(shape) => {
                (self.take)(SourceFeature {
                    id,
                    place,
                    tags,
                    shape,
                    hint: self.hint,
                    level: None,
                    parent: None,
                })?;
                self.taken += 1;
            }
            Err(reason) => self.ledger.refuse(reason, &place),
        }
        Ok(())
    }

    /// Heeds a `crs` member of the feature or its geometry (GeoJSON 2008 allows one on every object).
    fn own_crs(&mut self, feature: &Value, geometry: &Value) -> Result<(), &'static str> {
        const REASON: &str = "the feature states a CRS that cannot be used";
        let stated = [feature, geometry]
            .into_iter()
            .find(|object| object.get("crs").is_some_and(Value::is_object));
        let Some(object) = stated.filter(|_| !self.is_crs_given) else {
            self.own_door = None;
            return Ok(());
        };
        let crs = object
            .get("crs")
            .map_or(Ok(None), stated_crs)
            .map_err(|_error| REASON)?
            .unwrap_or(Crs::WGS84);
        if self
            .own_door
            .as_ref()
            .is_none_or(|(epsg, _)| *epsg != crs.epsg)
        {
            let door = Door::of(SourceCrs::Epsg(crs)).map_err(|_error| REASON)?;
            self.own_door = Some((crs.epsg, door));
        }
        Ok(())
    }

    /// Takes what a text holds that was parsed as a whole.
    fn take_value(&mut self, value: Value, place: &str, path: &Path) -> Result<(), ImportError> {
        let Value::Object(mut root) = value else {
            return Err(not_geojson(path, place));
        };
        if let Some(Value::Array(features)) = root.remove("features") {
            for feature in &features {
                self.take_feature(feature)?;
            }
            return Ok(());
        }
        self.take_root(
            Root {
                others: root,
                had_features: false,
            },
            place,
            path,
        )
    }

    /// Takes what a root holds beside features that were taken already.
    fn take_root(&mut self, root: Root, place: &str, path: &Path) -> Result<(), ImportError> {
        if let Some(Value::String(text)) = root.others.get("attribution") {
            self.attribution.clone_from(text);
        }
        if root.had_features {
            return Ok(());
        }
        let others = Value::Object(root.others);
        match others.get("type").and_then(Value::as_str) {
            Some("FeatureCollection") => Ok(()),
            Some("Feature") => self.take_feature(&others),
            Some(_)
                if others.get("coordinates").is_some() || others.get("geometries").is_some() =>
            {
                self.take_feature(
                    &serde_json::json!({"type": "Feature", "properties": null, "geometry": others}),
                )
            }
            _ => Err(not_geojson(path, place)),
        }
    }
}

fn not_geojson(path: &Path, place: &str) -> ImportError {
    ImportError::BrokenSource {
        path: path.to_path_buf(),
        place: place.to_owned(),
        reason: "it is JSON but not GeoJSON: no FeatureCollection, Feature or geometry".to_owned(),
    }
}

/// What is left of a root once its features were taken.
struct Root {
    others: Map<String, Value>,
    had_features: bool,
}

/// Reads a root object and hands its features on one by one.
struct RootSeed<'s, 'a> {
    sink: &'s mut Sink<'a>,
}

impl<'de> DeserializeSeed<'de> for RootSeed<'_, '_> {
    type Value = Root;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Root, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RootSeed<'_, '_> {
    type Value = Root;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a GeoJSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Root, A::Error> {
        let mut root = Root {
            others: Map::new(),
            had_features: false,
        };
        while let Some(key) = map.next_key::<String>()? {
            if key == "features" {
                root.had_features = true;
                map.next_value_seed(FeaturesSeed {
                    sink: &mut *self.sink,
                })?;
            } else {
                root.others.insert(key, map.next_value()?);
            }
        }
        Ok(root)
    }
}

struct FeaturesSeed<'s, 'a> {
    sink: &'s mut Sink<'a>,
}

impl<'de> DeserializeSeed<'de> for FeaturesSeed<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for FeaturesSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of features")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut features: A) -> Result<(), A::Error> {
        while let Some(feature) = features.next_element::<Value>()? {
            if let Err(failure) = self.sink.take_feature(&feature) {
                self.sink.failure = Some(failure);
                return Err(A::Error::custom("a feature could not be kept"));
            }
        }
        Ok(())
    }
}

/// How far a file is read for its `crs` member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scan {
    UntilFeatures,
    Everything,
}

struct CrsSeed<'a> {
    how: Scan,
    found: &'a mut Option<Value>,
}

impl<'de> DeserializeSeed<'de> for CrsSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for CrsSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a GeoJSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "crs" {
                *self.found = Some(map.next_value()?);
                return Err(A::Error::custom("found"));
            }
            if key == "features" && self.how == Scan::UntilFeatures {
                return Err(A::Error::custom("far enough"));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// The CRS that a `crs` member names (GeoJSON 2008, section 3); `None` for an empty one.
fn stated_crs(crs: &Value) -> Result<Option<Crs>, CrsError> {
    if crs.is_null() {
        return Ok(None);
    }
    let name = crs
        .pointer("/properties/name")
        .or_else(|| crs.pointer("/properties/code"))
        .unwrap_or(crs);
    let text = name
        .as_str()
        .map_or_else(|| name.to_string(), str::to_owned);
    Crs::parse(&text).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::Shape;
    use serde_json::json;

    /// The features of a file with this text, and what it says of itself.
    fn read(
        test: &str,
        text: &[u8],
        is_sequence: bool,
    ) -> (Vec<SourceFeature>, Ledger, Result<SourceNotes, ImportError>) {
        let path =
            std::env::temp_dir().join(format!("cim_geojson_{}_{test}.geojson", std::process::id()));
        std::fs::write(&path, text).expect("a test file can be written");
        let request = ImportRequest::new(Vec::new(), PathBuf::from("out"));
        let mut reader = GeoJson::text(&path, &request);
        reader.is_sequence = is_sequence;
        let (mut features, mut ledger) = (Vec::new(), Ledger::default());
        let notes = reader.read(&mut ledger, &mut |feature| {
            features.push(feature);
            Ok(())
        });
        std::fs::remove_file(path).ok();
        (features, ledger, notes)
    }

    fn point(x: f64, y: f64) -> Value {
        json!({"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [x, y]}})
    }

    #[test]
    fn a_crs_member_is_honoured_before_and_behind_the_features() {
        let crs = json!({"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4548"}});
        let features = json!([point(518_420.0, 3_792_519.0)]);
        for (test, text) in [
            (
                "before",
                format!("{{\"crs\":{crs},\"features\":{features}}}"),
            ),
            (
                "behind",
                format!("{{\"features\":{features},\"crs\":{crs}}}"),
            ),
        ] {
            let (found, ledger, notes) = read(test, text.as_bytes(), false);
            assert_eq!(notes.expect("notes").crs, "EPSG:4548");
            assert_eq!((found.len(), ledger.features()), (1, 0));
            let at = found[0].shape.first().expect("a place");
            assert!((at[0] - 117.2).abs() < 1e-3, "{at:?}");
        }
        assert_eq!(stated_crs(&Value::Null).expect("none"), None);
    }

    #[test]
    fn a_feature_may_state_a_crs_of_its_own() {
        let mut surveyed = point(518_420.0, 3_792_519.0);
        surveyed["crs"] = json!({"type": "name", "properties": {"name": "EPSG:4548"}});
        let mut foreign = point(1.0, 2.0);
        foreign["crs"] = json!({"type": "name", "properties": {"name": "Xian 80"}});
        let text = json!({"type": "FeatureCollection", "features": [point(121.5, 31.24), surveyed, foreign]});
        let (found, ledger, _) = read("own", text.to_string().as_bytes(), false);
        assert_eq!((found.len(), ledger.dropped().len()), (2, 1));
        assert!((found[1].shape.first().expect("a place")[0] - 117.2).abs() < 1e-3);
    }

    #[test]
    fn a_single_feature_and_a_bare_geometry_are_read_too() {
        let feature = point(1.0, 2.0);
        for (test, text) in [
            ("feature", feature.clone()),
            ("geometry", feature["geometry"].clone()),
        ] {
            let (found, _, notes) = read(test, text.to_string().as_bytes(), false);
            assert!(notes.is_ok());
            assert_eq!(found[0].shape, Shape::Points(vec![[1.0, 2.0]]));
        }
        let (_, _, notes) = read("neither", b"{\"a\": 1}", false);
        assert!(
            notes
                .expect_err("no GeoJSON")
                .to_string()
                .contains("not GeoJSON")
        );
    }

    #[test]
    fn what_comes_before_a_break_stays() {
        let text =
            json!({"type": "FeatureCollection", "features": [point(1.0, 2.0), point(3.0, 4.0)]})
                .to_string();
        let cut = text.rfind("4.0").expect("the second place");
        let (found, ledger, notes) = read("cut", &text.as_bytes()[..cut], false);
        assert!(notes.is_ok());
        assert_eq!(found.len(), 1);
        let dropped = ledger.dropped();
        assert_eq!(dropped[0].reason, "the rest of the source cannot be read");
        assert!(dropped[0].first.contains("line 1 column"), "{dropped:?}");
    }

    #[test]
    fn sequences_are_read_text_by_text_and_a_broken_one_costs_itself() {
        let (a, b) = (point(1.0, 2.0), point(3.0, 4.0));
        for (test, text) in [
            ("lines", format!("{a}\nbroken\n\n{b}")),
            ("records", format!("\u{1e}{a}\n\u{1e}broken\n\u{1e}{b}\n")),
        ] {
            let (found, ledger, notes) = read(test, text.as_bytes(), true);
            assert!(notes.is_ok());
            assert_eq!((found.len(), ledger.dropped().len()), (2, 1));
        }
    }

    #[test]
    fn a_number_that_is_none_costs_one_feature() {
        let text = br#"{"features":[{"geometry":{"type":"Point","coordinates":[NaN,1]}},{"geometry":{"type":"Point","coordinates":[2,1]}}],"attribution":"A"}"#;
        let (found, ledger, notes) = read("nan", text, false);
        assert_eq!((found.len(), ledger.features()), (1, 1));
        assert_eq!(notes.expect("notes").attribution, "A");
    }
}
