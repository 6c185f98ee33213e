//! What the head of a CityJSON file says: version, system of coordinates, title (CityJSON 2.0, sections 1 and 4).

use super::json::Json;
use super::placing::{Placing, name_of};
use crate::reader::{HeightsFrom, SourceNotes};
use crate::request::{ImportError, ImportRequest};
use std::collections::BTreeMap;
use std::path::Path;

/// The versions that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// 1.0: vertices may be metres as they are.
    Older,
    /// 1.1 and 2.0: vertices are whole numbers with a transform.
    Current,
}

/// The version of a file whose root has `members`, or why it is not read.
pub(crate) fn version_of(
    members: &BTreeMap<String, Json>,
    path: &Path,
) -> Result<Version, ImportError> {
    match members.get("type").map(Json::text) {
        Some(Some("CityJSON")) => {}
        Some(Some("CityJSONFeature")) => {
            let reason = "it is a CityJSONFeature without the CityJSON line that has to come before it, \
                          with the transform of its vertices";
            return Err(broken(path, "its beginning", reason.to_owned()));
        }
        Some(Some(other)) => {
            let reason = format!("its type is {other:?} and not CityJSON");
            return Err(broken(path, "the member type", reason));
        }
        Some(None) | None => {
            let reason = "it has no type, which has to be CityJSON".to_owned();
            return Err(broken(path, "the root", reason));
        }
    }
    let version = members.get("version").and_then(Json::scalar);
    match version.as_deref() {
        Some("1.0" | "1.0.0" | "1.0.1" | "1.0.2" | "1.0.3") => Ok(Version::Older),
        Some("1.1" | "1.1.0" | "1.1.1" | "1.1.2" | "1.1.3" | "2.0" | "2.0.0" | "2.0.1") => {
            Ok(Version::Current)
        }
        Some(other) => Err(ImportError::UnsupportedSource {
            path: path.to_path_buf(),
            reason: format!(
                "CityJSON {other} is not read, only 1.0, 1.1 and 2.0; `cjio FILE upgrade` converts older files"
            ),
        }),
        None => {
            let reason = "it has no version".to_owned();
            Err(broken(path, "the root", reason))
        }
    }
}

/// The system of coordinates that a file names.
pub(crate) fn system_of(members: &BTreeMap<String, Json>) -> Option<&str> {
    members.get("metadata")?.get("referenceSystem")?.text()
}

/// What a file says of itself.
pub(crate) fn notes_of(
    members: &BTreeMap<String, Json>,
    path: &Path,
    placing: &Placing,
) -> SourceNotes {
    let metadata = members.get("metadata").unwrap_or(&Json::Null);
    let text = |key: &str| metadata.get(key).and_then(Json::text).unwrap_or_default();
    let contact = metadata
        .get("pointOfContact")
        .and_then(|contact| contact.get("contactName"))
        .and_then(Json::text);
    let licence = ["license", "licence"]
        .into_iter()
        .map(text)
        .find(|licence| !licence.is_empty());
    SourceNotes {
        epoch: text("referenceDate").to_owned(),
        attribution: contact.unwrap_or_default().to_owned(),
        licence: licence.unwrap_or_default().to_owned(),
        ..notes_of_placing(path, placing)
    }
}

/// What a placing says of a model.
pub(crate) fn notes_of_placing(path: &Path, placing: &Placing) -> SourceNotes {
    SourceNotes {
        name: name_of(path),
        crs: placing.crs().to_owned(),
        vertical: placing.vertical().to_owned(),
        heights: HeightsFrom::Datum,
        was_gcj02: placing.was_gcj02(),
        ..SourceNotes::default()
    }
}

/// The level of detail that was asked for.
pub(crate) fn wanted_lod(request: &ImportRequest) -> Option<f64> {
    let text = request.lod.as_deref()?;
    let digits = text
        .trim()
        .trim_start_matches(|c: char| !c.is_ascii_digit());
    digits.parse().ok()
}

/// A file that is not what it has to be.
pub(crate) fn broken(path: &Path, place: &str, reason: String) -> ImportError {
    ImportError::BrokenSource {
        path: path.to_path_buf(),
        place: place.to_owned(),
        reason,
    }
}

/// A file that is no JSON, or could not be read to its end.
pub(crate) fn no_json(path: &Path, error: &serde_json::Error) -> ImportError {
    let place = format!("line {} column {}", error.line(), error.column());
    broken(path, &place, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cityjson::json::Within;
    use serde::de::DeserializeSeed;

    #[track_caller]
    fn check(text: &str, expected: Result<Version, &str>) {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let json = Within::Plain.deserialize(&mut deserializer).expect("JSON");
        let version = version_of(json.map().expect("a map"), Path::new("a.json"));
        match (version, expected) {
            (Ok(version), Ok(expected)) => assert_eq!(version, expected),
            (Err(error), Err(part)) => {
                let text = error.to_string();
                assert!(text.contains(part) && text.contains("a.json"), "{text}");
            }
            (version, expected) => panic!("{version:?} {expected:?}"),
        }
    }

    #[test]
    fn known_versions_are_read_and_others_named() {
        check(
            r#"{"type":"CityJSON","version":"2.0"}"#,
            Ok(Version::Current),
        );
        check(r#"{"type":"CityJSON","version":"1.0"}"#, Ok(Version::Older));
        check(
            r#"{"type":"CityJSON","version":"0.9"}"#,
            Err("CityJSON 0.9"),
        );
        check(r#"{"type":"CityJSON"}"#, Err("no version"));
        check(r#"{"version":"2.0"}"#, Err("no type"));
        check(r#"{"type":"FeatureCollection"}"#, Err("FeatureCollection"));
        check(r#"{"type":"CityJSONFeature"}"#, Err("CityJSONFeature"));
    }

    #[test]
    fn a_level_of_detail_is_a_number() {
        let mut request = ImportRequest::new(Vec::new(), "out".into());
        for (text, expected) in [("2.2", Some(2.2)), ("LoD1", Some(1.0)), ("best", None)] {
            request.lod = Some(text.to_owned());
            assert_eq!(wanted_lod(&request), expected, "{text}");
        }
    }
}
