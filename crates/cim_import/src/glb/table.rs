//! The property table of a tile (`EXT_structural_metadata`): what every feature has, and the attributes most of them have.

use super::Drawn;
use super::bin::Bin;
use crate::values::{HEIGHT_KEYS, LEVEL_KEYS};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Attributes of the source that become columns, beside the six that every tile has.
const MAX_COLUMNS: usize = 12;
/// Attributes whose texts are longer on average stay in the table of attributes alone, bytes.
const LONGEST_MEAN: usize = 64;
/// Attributes that the fixed columns say already.
const SAID_ALREADY: &[&str] = &[
    "id",
    "@id",
    "osm_id",
    "kind",
    "class",
    "name",
    "name:zh",
    "building",
    "min_height",
];

/// Reads a column's text off a feature.
type TextOf = fn(&Drawn) -> &str;

/// The schema and the table of the features, in their order.
pub(super) fn property_table(bin: &mut Bin, features: &[&Drawn]) -> (Value, Value) {
    let mut properties = Map::new();
    let mut classes = Map::new();
    let fixed: [(&str, TextOf); 5] = [
        ("id", |feature| feature.id.as_str()),
        ("kind", |feature| feature.kind.as_str()),
        ("name", |feature| feature.name()),
        ("height_source", |feature| {
            feature.heights.map_or("", |heights| heights.source)
        }),
        ("class", |feature| feature.class.as_str()),
    ];
    for (column, text_of) in fixed {
        let texts = features.iter().map(|feature| text_of(feature));
        properties.insert(column.to_owned(), strings(bin, texts));
        classes.insert(column.to_owned(), json!({"type": "STRING"}));
    }
    let heights: Vec<u8> = features
        .iter()
        .flat_map(|feature| (feature.height_m() as f32).to_le_bytes())
        .collect();
    let view = bin.plain(&heights);
    properties.insert("height_m".to_owned(), json!({"values": view}));
    classes.insert(
        "height_m".to_owned(),
        json!({"type": "SCALAR", "componentType": "FLOAT32"}),
    );
    let mut taken: BTreeSet<String> = classes.keys().cloned().collect();
    for key in columns_of(features) {
        let id = identifier(&key, &mut taken);
        let texts = features
            .iter()
            .map(|feature| feature.tags.get(&key).unwrap_or_default());
        properties.insert(id.clone(), strings(bin, texts));
        classes.insert(id, json!({"type": "STRING", "name": key, "noData": ""}));
    }
    let schema = json!({
        "id": "citymirror",
        "classes": {"feature": {"name": "City feature", "properties": classes}}
    });
    let table = json!({
        "name": "features", "class": "feature", "count": features.len(), "properties": properties
    });
    (schema, table)
}

fn strings<'a>(bin: &mut Bin, texts: impl Iterator<Item = &'a str>) -> Value {
    let (values, offsets) = bin.strings(texts);
    json!({"values": values, "stringOffsets": offsets, "stringOffsetType": "UINT32"})
}

/// The attributes that most features have, the most frequent first.
fn columns_of(features: &[&Drawn]) -> Vec<String> {
    let mut found: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (key, value) in features.iter().flat_map(|feature| &feature.tags.0) {
        let is_said = SAID_ALREADY.contains(&key.as_str())
            || HEIGHT_KEYS.contains(&key.as_str())
            || LEVEL_KEYS.contains(&key.as_str()) && key != "building:levels";
        if !is_said && !value.is_empty() {
            let (count, bytes) = found.entry(key.as_str()).or_default();
            *count += 1;
            *bytes += value.len();
        }
    }
    let mut keys: Vec<(&str, usize)> = found
        .into_iter()
        .filter(|(_, (count, bytes))| *bytes <= *count * LONGEST_MEAN)
        .map(|(key, (count, _))| (key, count))
        .collect();
    keys.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    keys.into_iter()
        .take(MAX_COLUMNS)
        .map(|(key, _)| key.to_owned())
        .collect()
}

/// `key` as an identifier of the schema: letters, digits and `_`, one that is not taken yet.
fn identifier(key: &str, taken: &mut BTreeSet<String>) -> String {
    let mut plain: String = key
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    let has_letter = plain.bytes().any(|byte| byte.is_ascii_alphanumeric());
    if !has_letter || plain.starts_with(|c: char| c.is_ascii_digit()) {
        plain.insert_str(0, "attribute_");
    }
    let mut id = plain.clone();
    let mut number = 1;
    while !taken.insert(id.clone()) {
        number += 1;
        id = format!("{plain}_{number}");
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::Tags;
    use crate::mesh::Mesh;
    use cim_tiles::FeatureClass;

    fn drawn(pairs: &[(&str, &str)]) -> Drawn {
        Drawn {
            id: "w1".into(),
            kind: "building".into(),
            class: FeatureClass::Building,
            tags: Tags::of(pairs),
            heights: None,
            mesh: Mesh::default(),
        }
    }

    #[test]
    fn the_most_frequent_attributes_become_columns() {
        let long = "x".repeat(500);
        let features = [
            drawn(&[("use", "office"), ("管材", "球墨铸铁"), ("note", &long)]),
            drawn(&[("use", "shop"), ("name", "A")]),
        ];
        let features: Vec<&Drawn> = features.iter().collect();
        assert_eq!(columns_of(&features), ["use", "管材"]);
        let mut bin = Bin::default();
        let (schema, table) = property_table(&mut bin, &features);
        let properties = &schema["classes"]["feature"]["properties"];
        assert_eq!(properties["attribute___"]["name"], "管材");
        assert_eq!(table["count"], 2);
        assert_eq!(
            table["properties"].as_object().map(Map::len),
            properties.as_object().map(Map::len)
        );
    }

    #[test]
    fn identifiers_are_unique() {
        let mut taken = BTreeSet::new();
        assert_eq!(identifier("addr:street", &mut taken), "addr_street");
        assert_eq!(identifier("addr.street", &mut taken), "addr_street_2");
        assert_eq!(identifier("2nd", &mut taken), "attribute_2nd");
    }
}
