//! What a glTF document says about the properties of its features, as the JSON has it: `EXT_structural_metadata`, and
//! its draft `EXT_feature_metadata`, which is turned into the former.

use super::document::{AttributeName, FeatureIdSet, MeshFeatures};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct StructuralMetadata {
    pub(super) schema: Option<Schema>,
    pub(super) schema_uri: Option<String>,
    pub(super) property_tables: Vec<TableJson>,
    /// Made of the draft: a schema from outside has to be turned too.
    #[serde(skip)]
    pub(super) is_draft: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Schema {
    pub(super) classes: BTreeMap<String, Class>,
    pub(super) enums: BTreeMap<String, Enum>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Class {
    pub(super) properties: Ordered<ClassProperty>,
}

/// A JSON object whose members keep their order: people put what matters first.
#[derive(Clone, Debug)]
pub(super) struct Ordered<T>(pub(super) Vec<(String, T)>);

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Ordered<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Ordered(members))
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ClassProperty {
    pub(super) name: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) component_type: Option<String>,
    pub(super) enum_type: Option<String>,
    pub(super) array: bool,
    pub(super) count: Option<u64>,
    pub(super) normalized: bool,
    pub(super) offset: Option<Value>,
    pub(super) scale: Option<Value>,
    pub(super) no_data: Option<Value>,
    pub(super) default: Option<Value>,
    pub(super) semantic: Option<String>,
    /// Of the draft only.
    pub(super) component_count: Option<u64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Enum {
    pub(super) value_type: Option<String>,
    pub(super) values: Vec<EnumValue>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct EnumValue {
    pub(super) name: String,
    pub(super) value: i64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TableJson {
    pub(super) class: String,
    pub(super) count: u64,
    pub(super) properties: BTreeMap<String, ColumnJson>,
    /// Offsets of arrays count bytes, as in the draft, not elements.
    #[serde(skip)]
    pub(super) has_byte_offsets: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ColumnJson {
    #[serde(alias = "bufferView")]
    pub(super) values: u32,
    #[serde(alias = "arrayOffsetBufferView")]
    pub(super) array_offsets: Option<u32>,
    #[serde(alias = "stringOffsetBufferView")]
    pub(super) string_offsets: Option<u32>,
    #[serde(alias = "offsetType")]
    pub(super) string_offset_type: Option<String>,
    pub(super) array_offset_type: Option<String>,
    pub(super) offset: Option<Value>,
    pub(super) scale: Option<Value>,
}

/// `EXT_feature_metadata` of a document.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct DraftMetadata {
    schema: Option<Schema>,
    schema_uri: Option<String>,
    feature_tables: BTreeMap<String, TableJson>,
}

/// `EXT_feature_metadata` of a primitive.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct DraftPrimitive {
    feature_id_attributes: Vec<DraftSet>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct DraftSet {
    feature_table: String,
    feature_ids: DraftIds,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct DraftIds {
    attribute: Option<String>,
    divisor: Option<u32>,
}

impl DraftMetadata {
    /// The same as the final extension would say it.
    pub(super) fn to_structural(&self) -> StructuralMetadata {
        let mut schema = self.schema.clone();
        if let Some(schema) = &mut schema {
            schema.modernize();
        }
        let tables = self.feature_tables.values().map(|table| {
            let mut table = table.clone();
            table.has_byte_offsets = true;
            for column in table.properties.values_mut() {
                // The draft has one type for both kinds of offsets.
                column.array_offset_type = column.string_offset_type.clone();
            }
            table
        });
        StructuralMetadata {
            schema,
            schema_uri: self.schema_uri.clone(),
            property_tables: tables.collect(),
            is_draft: true,
        }
    }

    /// The number of a table in [`DraftMetadata::to_structural`].
    fn table_number(&self, name: &str) -> Option<u32> {
        let row = self.feature_tables.keys().position(|key| key == name)?;
        u32::try_from(row).ok()
    }
}

impl Schema {
    /// Turns the draft's way of naming types into the final one.
    pub(super) fn modernize(&mut self) {
        for class in self.classes.values_mut() {
            for (_, property) in &mut class.properties.0 {
                modernize(property);
            }
        }
    }
}

impl DraftPrimitive {
    /// The same as `EXT_mesh_features` would say it. Ids that are constant or counted along the vertices with a step
    /// other than one are left out.
    pub(super) fn to_mesh_features(&self, metadata: Option<&DraftMetadata>) -> MeshFeatures {
        let sets = self.feature_id_attributes.iter().filter_map(|set| {
            let attribute = set.feature_ids.attribute.clone();
            if attribute.is_none() && set.feature_ids.divisor != Some(1) {
                return None;
            }
            let table = metadata?.table_number(&set.feature_table)?;
            Some(FeatureIdSet {
                attribute: attribute.map(AttributeName::Name),
                property_table: Some(table),
                ..FeatureIdSet::default()
            })
        });
        MeshFeatures {
            feature_ids: sets.collect(),
        }
    }
}

/// The draft names component types where the final extension has SCALAR, and ARRAY where that has `array`.
fn modernize(property: &mut ClassProperty) {
    const WORDS: [&str; 3] = ["STRING", "BOOLEAN", "ENUM"];
    if property.kind == "ARRAY" {
        property.array = true;
        property.count = property.component_count;
        let component = property.component_type.take().unwrap_or_default();
        if WORDS.contains(&component.as_str()) {
            property.kind = component;
        } else {
            "SCALAR".clone_into(&mut property.kind);
            property.component_type = Some(component);
        }
    } else if !WORDS.contains(&property.kind.as_str()) {
        let component = std::mem::replace(&mut property.kind, "SCALAR".to_owned());
        property.component_type = Some(component);
    }
}
