//! A CityJSON sequence: a line with what all features share, then a line for each feature with its own vertices
//! (CityJSON 2.0, section 8; CityJSONSeq).
//!
//! Holds one line at a time. A line that is broken is counted, and the others go on.

use super::appearance::Appearance;
use super::document::{Take, hash_of, note_parent, opened};
use super::geometry::Shared;
use super::header::{self, Version};
use super::json::{Json, RowsSeed, Within};
use super::object::{Context, NO_GEOMETRY, Outcome, Transform, feature_of, place_of};
use super::placing::{Naming, Placing, name_of};
use super::vertices::Vertices;
use crate::feature::{LonLat, Shape, SourceFeature};
use crate::ledger::Ledger;
use crate::reader::SourceNotes;
use crate::request::{ImportError, ImportRequest};
use crate::spool::MAX_FEATURE_BYTES;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead};
use std::path::Path;

/// Lines of a file, one in memory.
struct Lines<R> {
    reader: R,
    line: Vec<u8>,
    number: u64,
}

/// What a line is.
enum Line<'a> {
    Text(&'a [u8]),
    /// Longer than a feature may be; read over.
    TooLong,
}

impl<R: BufRead> Lines<R> {
    fn new(reader: R) -> Self {
        Self {
            reader,
            line: Vec::new(),
            number: 0,
        }
    }

    /// The next line that is not blank, and its number from 1.
    fn next_line(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        loop {
            self.line.clear();
            let mut limited = io::Read::take(&mut self.reader, MAX_FEATURE_BYTES as u64 + 1);
            let count = limited.read_until(b'\n', &mut self.line)?;
            if count == 0 {
                return Ok(None);
            }
            self.number += 1;
            if self.line.len() > MAX_FEATURE_BYTES {
                self.reader.skip_until(b'\n')?;
                return Ok(Some((self.number, Line::TooLong)));
            }
            if !self.line.trim_ascii().is_empty() {
                break;
            }
        }
        Ok(Some((self.number, Line::Text(self.line.trim_ascii()))))
    }
}

/// A line of a sequence.
struct Feature {
    members: BTreeMap<String, Json>,
    objects: BTreeMap<String, Json>,
    vertices: Vec<[f64; 3]>,
}

/// Reads the sequence at `path`.
pub(crate) fn read(
    path: &Path,
    request: &ImportRequest,
    ledger: &mut Ledger,
    take: Take<'_>,
) -> Result<SourceNotes, ImportError> {
    let unreadable = |reason| ImportError::UnreadableSource {
        path: path.to_path_buf(),
        reason,
    };
    let file = name_of(path);
    let mut lines = Lines::new(opened(path)?);
    let mut head = match lines.next_line().map_err(unreadable)? {
        Some((_, Line::Text(text))) => {
            parsed(text).map_err(|error| header::no_json(path, &error))?
        }
        Some((_, Line::TooLong)) => {
            let reason = "the first line is longer than a feature may be".to_owned();
            return Err(header::broken(path, "line 1", reason));
        }
        None => {
            return Err(header::broken(
                path,
                "line 1",
                "the file is empty".to_owned(),
            ));
        }
    };
    let version = header::version_of(&head.members, path)?;
    let transform = head.members.get("transform").and_then(Transform::of);
    let is_lost = head.members.contains_key("transform") && transform.is_none();
    let is_needed = version == Version::Current && transform.is_none();
    let refusal = if is_lost {
        Some("the file's transform is no scale and translation of three numbers")
    } else if is_needed {
        Some("the file has no transform, so the size of its whole numbers is not known")
    } else {
        None
    };
    let transform = transform.unwrap_or(Transform::NONE);
    let extent = extent_of(&head, transform);
    let system = header::system_of(&head.members);
    let placing = Placing::of(path, request, system, Naming::Map, extent)?;
    if placing.is_local() {
        ledger.note("the file names no CRS; put around the origin", &file);
    }
    let notes = header::notes_of(&head.members, path, &placing);
    let appearance = head.members.get("appearance").unwrap_or(&Json::Null);
    let appearance = Appearance::of(appearance, path);
    let mut reading = Reading {
        path,
        context: Context {
            file: &file,
            placing: &placing,
            transform,
            lod: header::wanted_lod(request),
            refusal,
        },
        shared: Shared::of(appearance, head.members.remove("geometry-templates")),
        ledger,
        take,
    };
    // Objects in the first line are no part of the standard but are no harm.
    reading.objects(std::mem::take(&mut head.objects), head.vertices, None)?;
    while let Some((number, line)) = lines.next_line().map_err(unreadable)? {
        reading.line(number, line)?;
    }
    Ok(notes)
}

/// Where a sequence without a CRS lies in its own numbers: what its head says, else around the transform's shift.
fn extent_of(head: &Feature, transform: Transform) -> [[f64; 3]; 2] {
    let stated = head
        .members
        .get("metadata")
        .and_then(|metadata| metadata.get("geographicalExtent"))
        .map(Json::items)
        .unwrap_or_default();
    let numbers: Vec<f64> = stated.iter().filter_map(Json::number).collect();
    if let [west, south, low, east, north, high] = *numbers {
        return [[west, south, low], [east, north, high]];
    }
    let shift = transform.apply([0.0; 3]);
    [shift, shift]
}

struct Reading<'a> {
    path: &'a Path,
    context: Context<'a>,
    shared: Shared,
    ledger: &'a mut Ledger,
    take: Take<'a>,
}

impl Reading<'_> {
    fn line(&mut self, number: u64, line: Line<'_>) -> Result<(), ImportError> {
        let place = format!("{}, line {number}", self.context.file);
        let Line::Text(text) = line else {
            self.ledger
                .refuse("a line is longer than a feature may be", &place);
            return Ok(());
        };
        let Ok(mut feature) = parsed(text) else {
            self.ledger.refuse("a line is not a JSON object", &place);
            return Ok(());
        };
        if feature.members.get("type").and_then(Json::text) != Some("CityJSONFeature") {
            self.ledger
                .refuse("a line is not a CityJSONFeature", &place);
            return Ok(());
        }
        let root = feature.members.get("id").and_then(Json::scalar);
        if root.is_none_or(|id| !feature.objects.contains_key(&id)) {
            self.ledger
                .refuse("the feature's id names none of its city objects", &place);
            return Ok(());
        }
        let shared = feature
            .members
            .remove("appearance")
            .map(|own| self.shared.with_appearance(Appearance::of(&own, self.path)));
        self.objects(feature.objects, feature.vertices, shared)
    }

    /// Takes the objects of one line; those without geometry last, where their children are.
    fn objects(
        &mut self,
        objects: BTreeMap<String, Json>,
        vertices: Vec<[f64; 3]>,
        own: Option<Shared>,
    ) -> Result<(), ImportError> {
        let mut vertices = Vertices::of(vertices);
        let mut parents: BTreeMap<u64, Option<LonLat>> =
            objects.keys().map(|id| (hash_of(id), None)).collect();
        let mut waiting: Vec<SourceFeature> = Vec::new();
        for (id, object) in objects {
            let outcome = feature_of(
                &id,
                object,
                &self.context,
                own.as_ref().unwrap_or(&self.shared),
                &mut vertices,
                self.ledger,
            )?;
            match outcome {
                Outcome::Feature(feature) => {
                    note_parent(&feature, &mut parents);
                    (self.take)(*feature)?;
                }
                Outcome::Parent(parent) => waiting.push(*parent),
                Outcome::Group => self.ledger.pass_over(),
                Outcome::Refused(refusal) => self
                    .ledger
                    .refuse(refusal, &place_of(self.context.file, &id)),
            }
        }
        for mut parent in waiting {
            match parents.get(&hash_of(&parent.id)) {
                Some(Some(at)) => {
                    parent.shape = Shape::Points(vec![*at]);
                    (self.take)(parent)?;
                }
                _ => self.ledger.refuse(NO_GEOMETRY, &parent.place),
            }
        }
        Ok(())
    }
}

fn parsed(text: &[u8]) -> Result<Feature, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    let feature = deserializer.deserialize_map(FeatureVisitor)?;
    deserializer.end()?;
    Ok(feature)
}

struct FeatureVisitor;

impl<'de> Visitor<'de> for FeatureVisitor {
    type Value = Feature;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a CityJSON object on one line")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Feature, A::Error> {
        let mut feature = Feature {
            members: BTreeMap::new(),
            objects: BTreeMap::new(),
            vertices: Vec::new(),
        };
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "vertices" => map.next_value_seed(RowsSeed {
                    take: &mut |row| {
                        feature.vertices.push(row);
                        Ok(())
                    },
                })?,
                "CityObjects" => feature.objects = map.next_value_seed(ObjectsSeed)?,
                "geometry-templates" => {
                    let templates = map.next_value_seed(Within::Geometry)?;
                    feature.members.insert(key, templates);
                }
                _ => {
                    let member = map.next_value_seed(Within::Plain)?;
                    feature.members.insert(key, member);
                }
            }
        }
        Ok(feature)
    }
}

struct ObjectsSeed;

impl<'de> DeserializeSeed<'de> for ObjectsSeed {
    type Value = BTreeMap<String, Json>;

    fn deserialize<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<BTreeMap<String, Json>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectsSeed {
    type Value = BTreeMap<String, Json>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of city objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<BTreeMap<String, Json>, A::Error> {
        let mut objects = BTreeMap::new();
        while let Some(id) = map.next_key::<String>()? {
            objects.insert(id, map.next_value_seed(Within::Object)?);
        }
        Ok(objects)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_one_by_one_and_blank_ones_are_passed_over() {
        let mut lines = Lines::new(&b"{}\n\n  \n{\"a\":1}\r\nlast"[..]);
        let mut read = Vec::new();
        while let Some((number, line)) = lines.next_line().expect("readable") {
            let Line::Text(text) = line else {
                panic!("too long");
            };
            read.push((number, text.to_vec()));
        }
        assert_eq!(
            read,
            [
                (1, b"{}".to_vec()),
                (4, b"{\"a\":1}".to_vec()),
                (5, b"last".to_vec())
            ]
        );
    }

    #[test]
    fn a_sequence_is_read_line_by_line() {
        let line = |id: &str, object: &str| {
            format!(
                r#"{{"type":"CityJSONFeature","id":"{id}","CityObjects":{{{object}}},"vertices":[[0,0,0],[1000,0,0],[0,1000,0],[0,0,9000]]}}"#
            )
        };
        let geometry =
            r#""geometry":[{"type":"MultiSurface","lod":"2","boundaries":[[[0,1,2]],[[0,1,3]]]}]"#;
        let text = [
            r#"{"type":"CityJSON","version":"2.0","CityObjects":{},"vertices":[],"transform":{"scale":[0.001,0.001,0.001],"translate":[500000,3792000,0]},"metadata":{"referenceSystem":"https://www.opengis.net/def/crs/EPSG/0/4548"}}"#.to_owned(),
            line("a", &format!(r#""a":{{"type":"Building","children":["a-1"]}},"a-1":{{"type":"BuildingPart","parents":["a"],{geometry}}}"#)),
            "{ broken".to_owned(),
            line("elsewhere", &format!(r#""b":{{"type":"Building",{geometry}}}"#)),
            line("c", &format!(r#""c":{{"type":"Road",{geometry}}}"#)),
        ]
        .join("\n");
        let path = std::env::temp_dir().join(format!("cim_seq_{}.city.jsonl", std::process::id()));
        std::fs::write(&path, text).expect("written");
        let mut ledger = Ledger::default();
        let mut features = Vec::new();
        let request = ImportRequest::new(Vec::new(), "out".into());
        let notes = read(&path, &request, &mut ledger, &mut |feature| {
            features.push(feature);
            Ok(())
        })
        .expect("read");
        std::fs::remove_file(&path).ok();
        let ids: Vec<&str> = features.iter().map(|feature| feature.id.as_str()).collect();
        assert_eq!(ids, ["a-1", "a", "c"]);
        assert_eq!(features[0].parent.as_deref(), Some("a"));
        assert!(matches!(&features[1].shape, Shape::Points(points) if points.len() == 1));
        assert_eq!((notes.crs.as_str(), ledger.features()), ("EPSG:4548", 2));
        let reasons: Vec<String> = ledger
            .dropped()
            .into_iter()
            .map(|dropped| dropped.reason)
            .collect();
        assert_eq!(reasons.len(), 2, "{reasons:?}");
    }
}
