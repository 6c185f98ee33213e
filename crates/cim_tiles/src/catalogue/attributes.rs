//! `attributes.jsonl`: everything known of every feature, one JSON object per line.

use crate::error::{Problems, json_reason};
use crate::files::{read_file, without_byte_order_mark};
use crate::{Problem, TileError};
use cim_geo::Geodetic;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// A table larger than this is refused.
const MAX_ATTRIBUTES_BYTES: u64 = 4 << 30;

/// One feature of the attribute table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeatureRecord {
    /// Identity, unique in the city: `w…`, `r…`, `n…` for OSM ways, relations and nodes.
    pub id: String,
    /// Kind word: `building`, `building_part`, `primary`, `water`, `station` …
    pub kind: String,
    /// Class word: one of [`crate::FeatureClass`]'s, or `point` for points of interest.
    pub class: String,
    /// What people call it; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its English name; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name_en: String,
    /// Degrees east of its middle, WGS 84 / CGCS2000.
    pub lon: f64,
    /// Degrees north of its middle.
    pub lat: f64,
    /// Height of its top above ground, metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height_m: Option<f64>,
    /// `tag`, `levels`, `geometry` or `default`; empty where there is no height.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub height_source: String,
    /// Storeys above ground.
    #[serde(
        serialize_with = "plain_number",
        skip_serializing_if = "Option::is_none"
    )]
    pub levels: Option<f64>,
    /// Height of its foot above ground, metres; for parts of buildings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_height_m: Option<f64>,
    /// Height of the ground under it, metres above the ellipsoid or the source's vertical datum; 0 for cities without
    /// heights.
    #[serde(skip_serializing_if = "is_zero")]
    pub ground_m: f64,
    /// Identity of the feature that it is a part of; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub parent: String,
    /// The source's own attributes. Numbers and truth values become text; lists and objects are left out.
    #[serde(
        deserialize_with = "scalar_tags",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub tags: BTreeMap<String, String>,
}

impl FeatureRecord {
    /// Its middle, on the ground.
    pub fn place(&self) -> Geodetic {
        Geodetic {
            lon_deg: self.lon,
            lat_deg: self.lat,
            height_m: self.ground_m,
        }
    }

    /// Why the record cannot be used.
    fn fault(&self) -> Option<&'static str> {
        if self.id.is_empty() {
            Some("the feature has no id")
        } else if !(-180.0..=180.0).contains(&self.lon) || !(-90.0..=90.0).contains(&self.lat) {
            Some("the feature lies nowhere on Earth")
        } else {
            None
        }
    }
}

/// 128 storeys rather than 128.0.
#[expect(
    clippy::ref_option,
    reason = "serde calls it with a reference to the field"
)]
fn plain_number<S: Serializer>(number: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) if number.fract() == 0.0 && number.abs() < 1.0e9 => {
            serializer.serialize_i64(*number as i64)
        }
        Some(number) => serializer.serialize_f64(*number),
        None => serializer.serialize_none(),
    }
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_zero(number: &f64) -> bool {
    *number == 0.0
}

/// Reads `attributes.jsonl` of the city in the folder `dir`. A broken line costs itself and becomes a problem.
pub fn read_attributes(dir: &Path) -> Result<(Vec<FeatureRecord>, Vec<Problem>), TileError> {
    let path = dir.join("attributes.jsonl");
    let bytes = read_file(&path, MAX_ATTRIBUTES_BYTES)?;
    Ok(attributes_of(&bytes, &path.display().to_string()))
}

fn attributes_of(bytes: &[u8], source: &str) -> (Vec<FeatureRecord>, Vec<Problem>) {
    let mut records = Vec::new();
    let mut problems = Problems::of(source);
    for (line, number) in without_byte_order_mark(bytes)
        .split(|byte| *byte == b'\n')
        .zip(1_u64..)
    {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        match serde_json::from_slice::<FeatureRecord>(line) {
            Ok(record) => match record.fault() {
                None => records.push(record),
                Some(reason) => problems.add(format!("line {number}"), reason),
            },
            Err(error) => problems.add(
                format!("line {number} column {}", error.column()),
                json_reason(&error),
            ),
        }
    }
    (records, problems.into_list())
}

/// A tag's value as text; `None` for lists, objects and null.
struct Scalar(Option<String>);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tag's value")
    }

    fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
        Ok(Scalar(Some(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Scalar, E> {
        Ok(Scalar(Some(text)))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
        Ok(Scalar(Some(value.to_string())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
        Ok(Scalar(Some(number.to_string())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
        Ok(Scalar(Some(number.to_string())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
        Ok(Scalar(Some(number.to_string())))
    }

    fn visit_unit<E>(self) -> Result<Scalar, E> {
        Ok(Scalar(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Scalar, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Scalar, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar(None))
    }
}

fn scalar_tags<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let tags = Option::<BTreeMap<String, Scalar>>::deserialize(deserializer)?.unwrap_or_default();
    Ok(tags
        .into_iter()
        .filter_map(|(key, value)| Some((key, value.0?)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOWER: &str = r#"{"id":"w1","kind":"building","class":"building","name":"上海中心大厦","name_en":"Shanghai Tower","lon":121.5011,"lat":31.2335,"height_m":632.0,"height_source":"tag","levels":128,"min_height_m":0,"tags":{"building":"office","start_date":2015,"wheelchair":true,"nested":{"a":[1]},"list":[1,2],"nothing":null}}"#;

    #[test]
    fn a_tower_is_read_with_its_tags_as_text() {
        let (records, problems) = attributes_of(TOWER.as_bytes(), "attributes.jsonl");
        assert!(problems.is_empty(), "{problems:?}");
        let tower = &records[0];
        assert_eq!(
            (tower.name.as_str(), tower.height_m, tower.levels),
            ("上海中心大厦", Some(632.0), Some(128.0))
        );
        let tags: Vec<String> = tower
            .tags
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(
            tags,
            ["building=office", "start_date=2015", "wheelchair=true"]
        );
    }

    #[test]
    fn a_record_is_written_back_as_it_was_read() {
        let (records, _) = attributes_of(TOWER.as_bytes(), "attributes.jsonl");
        let text = serde_json::to_string(&records[0]).expect("JSON");
        assert_eq!(attributes_of(text.as_bytes(), "copy").0, records);
        assert!(text.contains("\"levels\":128,"), "{text}");
    }

    #[test]
    fn broken_lines_cost_themselves_only() {
        let text = format!(
            "\u{FEFF}{TOWER}\r\n\n{{\"id\":\"w2\"\nnonsense\n{{\"kind\":\"building\"}}\n{{\"id\":\"w3\",\"lon\":999}}\n{{\"id\":\"n9\",\"class\":\"point\",\"lon\":121.5,\"lat\":31.2,\"height_m\":null,\"tags\":null}}"
        );
        let (records, problems) = attributes_of(text.as_bytes(), "CITY/attributes.jsonl");
        assert_eq!(
            records
                .iter()
                .map(|one| one.id.as_str())
                .collect::<Vec<_>>(),
            ["w1", "n9"]
        );
        let lines: Vec<&str> = problems
            .iter()
            .map(|one| one.place.split(" column").next().unwrap_or_default())
            .collect();
        assert_eq!(lines, ["line 3", "line 4", "line 5", "line 6"]);
        assert!(
            problems
                .iter()
                .all(|one| one.source == "CITY/attributes.jsonl")
        );
    }

    #[test]
    fn bytes_that_are_no_text_are_a_problem_not_a_panic() {
        let (records, problems) =
            attributes_of(b"\xFF\xFE\x00\n{\"id\":\"\xFF\"}", "attributes.jsonl");
        assert_eq!((records.len(), problems.len()), (0, 2));
    }

    #[test]
    fn a_hundred_thousand_lines_are_all_read() {
        let text = format!("{TOWER}\n").repeat(100_000);
        let (records, problems) = attributes_of(text.as_bytes(), "attributes.jsonl");
        assert_eq!((records.len(), problems.len()), (100_000, 0));
    }
}
