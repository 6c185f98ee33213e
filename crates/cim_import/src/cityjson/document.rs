//! A CityJSON document: one JSON object, of any size (CityJSON 1.0, 1.1 and 2.0).
//!
//! Read as a stream, twice: once for what all objects share and for the vertices, once for the objects, one by one. A third
//! time for objects without geometry of their own, which are put where their children are.

use super::geometry::Shared;
use super::json::{HasItems, Json, RowsSeed, Within};
use super::object::{Context, NO_GEOMETRY, Outcome, Transform, feature_of, place_of};
use super::placing::{Naming, Placing, name_of};
use super::vertices::Vertices;
use super::{appearance::Appearance, header};
use crate::door::Refusal;
use crate::feature::{LonLat, Shape, SourceFeature};
use crate::ledger::Ledger;
use crate::reader::SourceNotes;
use crate::request::{ImportError, ImportRequest};
use crate::work::Work;
use cim_tiles::FileHash;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

/// Hands over features, and stops the reading when that fails.
pub(crate) type Take<'a> = &'a mut dyn FnMut(SourceFeature) -> Result<(), ImportError>;

/// What the first reading finds.
struct Found {
    /// The members of the root but vertices and objects.
    members: BTreeMap<String, Json>,
    vertices: Vertices,
    /// Hashes of the ids of objects without geometry that have children, and where a child of theirs is.
    parents: BTreeMap<u64, Option<LonLat>>,
    has_objects: bool,
    /// More text follows the object: it is the first of a sequence.
    is_sequence: bool,
}

/// Reads the document at `path`; `None` when it is the first line of a sequence.
pub(crate) fn read(
    path: &Path,
    request: &ImportRequest,
    ledger: &mut Ledger,
    take: Take<'_>,
) -> Result<Option<SourceNotes>, ImportError> {
    let scratch = Work::beside(&request.out)?.scratch();
    let mut found = first_reading(path, Vertices::new(scratch.join("vertices.bin")))?;
    if found.is_sequence {
        return Ok(None);
    }
    let version = header::version_of(&found.members, path)?;
    if !found.has_objects {
        let reason = "it has no member CityObjects".to_owned();
        return Err(header::broken(path, "the root", reason));
    }
    let file = name_of(path);
    let transform = found.members.get("transform").and_then(Transform::of);
    let refusal = refusal_of(version, transform, &found, ledger, &file);
    let transform = transform.unwrap_or(Transform::NONE);
    let [low, high] = found.vertices.extent();
    let ends = [transform.apply(low), transform.apply(high)];
    let system = header::system_of(&found.members);
    let placing = Placing::of(path, request, system, Naming::Map, ends)?;
    if placing.is_local() && found.vertices.count() > 0 {
        ledger.note("the file names no CRS; put around the origin", &file);
    }
    let notes = header::notes_of(&found.members, path, &placing);
    let appearance = found.members.get("appearance").unwrap_or(&Json::Null);
    let appearance = Appearance::of(appearance, path);
    let shared = Shared::of(appearance, found.members.remove("geometry-templates"));
    let context = Context {
        file: &file,
        placing: &placing,
        transform,
        lod: header::wanted_lod(request),
        refusal,
    };
    each_object(path, &mut |id, object| {
        let outcome = feature_of(&id, object, &context, &shared, &mut found.vertices, ledger)?;
        match outcome {
            Outcome::Feature(feature) => {
                note_parent(&feature, &mut found.parents);
                take(*feature)
            }
            Outcome::Group => {
                ledger.pass_over();
                Ok(())
            }
            Outcome::Refused(refusal) => {
                ledger.refuse(refusal, &place_of(&file, &id));
                Ok(())
            }
            // After all others, when it is known where their children are.
            Outcome::Parent(_) => Ok(()),
        }
    })?;
    read_parents(path, &context, &mut found, ledger, take)?;
    Ok(Some(notes))
}

/// Reads the objects without geometry that have children, and puts them where their children are.
fn read_parents(
    path: &Path,
    context: &Context<'_>,
    found: &mut Found,
    ledger: &mut Ledger,
    take: Take<'_>,
) -> Result<(), ImportError> {
    if found.parents.is_empty() {
        return Ok(());
    }
    let shared = Shared::default();
    each_object(path, &mut |id, object| {
        let Some(at) = found.parents.get(&hash_of(&id)) else {
            return Ok(());
        };
        // What there is to note of it is in the account already.
        let mut noted = Ledger::default();
        let vertices = &mut found.vertices;
        match feature_of(&id, object, context, &shared, vertices, &mut noted)? {
            Outcome::Parent(mut parent) => {
                if let Some(at) = at {
                    parent.shape = Shape::Points(vec![*at]);
                    return take(*parent);
                }
                ledger.refuse(NO_GEOMETRY, &parent.place);
                Ok(())
            }
            Outcome::Feature(_) | Outcome::Group | Outcome::Refused(_) => Ok(()),
        }
    })
}

/// Why no geometry of a file can be placed, if so.
fn refusal_of(
    version: header::Version,
    transform: Option<Transform>,
    found: &Found,
    ledger: &mut Ledger,
    file: &str,
) -> Option<Refusal> {
    if transform.is_some() || found.vertices.count() == 0 {
        return None;
    }
    if found.members.contains_key("transform") {
        return Some("the file's transform is no scale and translation of three numbers");
    }
    if version == header::Version::Older {
        return None;
    }
    if found.vertices.are_whole() {
        return Some("the file has no transform, so the size of its whole numbers is not known");
    }
    ledger.note(
        "the file has no transform; its vertices are metres as they are",
        file,
    );
    None
}

/// Remembers where a child of an object without geometry is.
pub(crate) fn note_parent(feature: &SourceFeature, parents: &mut BTreeMap<u64, Option<LonLat>>) {
    let Some(parent) = &feature.parent else {
        return;
    };
    if let Some(at) = parents.get_mut(&hash_of(parent))
        && at.is_none()
    {
        *at = feature.shape.first();
    }
}

/// An id as a number, so that millions of them fit into memory.
pub(crate) fn hash_of(id: &str) -> u64 {
    let mut hash = FileHash::default();
    hash.add(id.as_bytes());
    hash.value()
}

/// The file at `path`, from behind its byte order mark.
pub(crate) fn opened(path: &Path) -> Result<BufReader<File>, ImportError> {
    let unreadable = |reason| ImportError::UnreadableSource {
        path: path.to_path_buf(),
        reason,
    };
    let mut reader = BufReader::with_capacity(256 << 10, File::open(path).map_err(unreadable)?);
    let start = reader.fill_buf().map_err(unreadable)?;
    if start.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    Ok(reader)
}

fn first_reading(path: &Path, vertices: Vertices) -> Result<Found, ImportError> {
    let mut found = Found {
        members: BTreeMap::new(),
        vertices,
        parents: BTreeMap::new(),
        has_objects: false,
        is_sequence: false,
    };
    let mut deserializer = serde_json::Deserializer::from_reader(opened(path)?);
    deserializer
        .deserialize_map(RootVisitor(&mut found))
        .map_err(|error| header::no_json(path, &error))?;
    found.is_sequence = deserializer.end().is_err();
    found
        .vertices
        .finish()
        .map_err(|reason| ImportError::Unwritable {
            path: path.to_path_buf(),
            reason,
        })?;
    Ok(found)
}

struct RootVisitor<'a>(&'a mut Found);

impl<'de> Visitor<'de> for RootVisitor<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a CityJSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "vertices" => {
                    let vertices = &mut self.0.vertices;
                    map.next_value_seed(RowsSeed {
                        take: &mut |row| vertices.push(row),
                    })?;
                }
                "CityObjects" => {
                    self.0.has_objects = true;
                    map.next_value_seed(ParentsSeed(&mut self.0.parents))?;
                }
                "geometry-templates" => {
                    let templates = map.next_value_seed(Within::Geometry)?;
                    self.0.members.insert(key, templates);
                }
                "type" | "version" | "transform" | "metadata" | "appearance" => {
                    let member = map.next_value_seed(Within::Plain)?;
                    self.0.members.insert(key, member);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Finds the objects that have children and no geometry.
struct ParentsSeed<'a>(&'a mut BTreeMap<u64, Option<LonLat>>);

impl<'de> DeserializeSeed<'de> for ParentsSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ParentsSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the map of city objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(id) = map.next_key::<String>()? {
            if map.next_value_seed(IsParent)? {
                self.0.insert(hash_of(&id), None);
            }
        }
        Ok(())
    }
}

/// Whether an object has children and no geometry.
struct IsParent;

impl<'de> DeserializeSeed<'de> for IsParent {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for IsParent {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a city object")
    }

    fn visit_unit<E>(self) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_bool<E>(self, _value: bool) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_u64<E>(self, _value: u64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_i64<E>(self, _value: i64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_f64<E>(self, _value: f64) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_str<E>(self, _value: &str) -> Result<bool, E> {
        Ok(false)
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut seq: A) -> Result<bool, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(false)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<bool, A::Error> {
        let (mut has_children, mut has_geometry) = (false, false);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "geometry" => has_geometry = map.next_value_seed(HasItems)?,
                "children" | "members" => has_children |= map.next_value_seed(HasItems)?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(has_children && !has_geometry)
    }
}

/// Hands over every city object of the document at `path`, one at a time.
pub(crate) fn each_object(
    path: &Path,
    take: &mut dyn FnMut(String, Json) -> Result<(), ImportError>,
) -> Result<(), ImportError> {
    let mut objects = Objects {
        take,
        failure: None,
    };
    let mut deserializer = serde_json::Deserializer::from_reader(opened(path)?);
    let outcome = deserializer.deserialize_map(ObjectsVisitor {
        objects: &mut objects,
        is_root: true,
    });
    match (objects.failure, outcome) {
        (Some(failure), _) => Err(failure),
        (None, outcome) => outcome.map_err(|error| header::no_json(path, &error)),
    }
}

struct Objects<'a> {
    take: &'a mut dyn FnMut(String, Json) -> Result<(), ImportError>,
    /// Why the taking stopped; serde's own errors cannot carry it.
    failure: Option<ImportError>,
}

struct ObjectsVisitor<'a, 'b> {
    objects: &'a mut Objects<'b>,
    is_root: bool,
}

impl<'de> DeserializeSeed<'de> for ObjectsVisitor<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ObjectsVisitor<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of city objects")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if !self.is_root {
                let object = map.next_value_seed(Within::Object)?;
                if let Err(failure) = (self.objects.take)(key, object) {
                    self.objects.failure = Some(failure);
                    return Err(A::Error::custom("stopped"));
                }
            } else if key == "CityObjects" {
                map.next_value_seed(ObjectsVisitor {
                    objects: &mut *self.objects,
                    is_root: false,
                })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn a_byte_order_mark_is_passed_over() {
        let path = std::env::temp_dir().join(format!("cim_bom_{}.json", std::process::id()));
        std::fs::write(&path, b"\xef\xbb\xbf{}").expect("written");
        let mut text = String::new();
        opened(&path)
            .expect("opened")
            .read_to_string(&mut text)
            .expect("text");
        assert_eq!(text, "{}");
        std::fs::remove_file(path).ok();
    }

    #[test]
    fn objects_are_handed_over_one_at_a_time_and_a_failure_stops() {
        let path = std::env::temp_dir().join(format!("cim_objects_{}.json", std::process::id()));
        let text =
            r#"{"type":"CityJSON","CityObjects":{"a":{"type":"Road"},"b":3,"c":{}},"vertices":[]}"#;
        std::fs::write(&path, text).expect("written");
        let mut ids = Vec::new();
        each_object(&path, &mut |id, _| {
            ids.push(id);
            Ok(())
        })
        .expect("read");
        assert_eq!(ids, ["a", "b", "c"]);
        let error = each_object(&path, &mut |_, _| {
            Err(ImportError::NothingToRead {
                place: "there".into(),
            })
        })
        .expect_err("stopped");
        assert!(error.to_string().contains("there"), "{error}");
        std::fs::remove_file(path).ok();
    }
}
