//! What a tileset says of itself, its tiles, contents and groups (3D Metadata, 3D Tiles 1.1 "Metadata"; the 1.0
//! extension `3DTILES_metadata`).
//!
//! Properties stand in JSON, or, for implicit tiles, as rows of binary tables. Features within a content are not here:
//! those are [`crate::PropertyTable`].

mod schema;
mod table;

pub use schema::Schema;
pub(crate) use schema::SchemaJson;
pub(crate) use table::{MetadataTable, TableJson, ViewBytes};

use crate::properties::PropertyValue;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A property of a tileset, a tile, a content or a group.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataProperty {
    /// Its id in the class.
    pub id: String,
    /// Its name for people; empty where the schema gives none.
    pub name: String,
    /// What it means to programs, for instance `TILE_MINIMUM_HEIGHT`; empty where the schema does not say.
    pub semantic: String,
    /// Its value, `normalized`, `offset` and `scale` applied.
    pub value: PropertyValue,
}

/// The properties of one tileset, tile, content or group. Cheap to copy: the values are shared.
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataEntity {
    values: Values,
}

/// Where an entity's values are.
#[derive(Clone, Debug, PartialEq)]
enum Values {
    /// Read from JSON.
    Listed(Arc<Listed>),
    /// A row of a binary table, read when somebody asks.
    Row(Arc<MetadataTable>, u32),
}

#[derive(Debug, PartialEq)]
struct Listed {
    class: String,
    properties: Vec<MetadataProperty>,
}

impl MetadataEntity {
    /// The entity that JSON gives; properties that the schema does not know are taken as they are.
    pub(crate) fn from_json(json: &EntityJson, schema: Option<&Schema>) -> Self {
        let class = schema.and_then(|schema| schema.class(&json.class));
        let properties = json
            .properties
            .iter()
            .filter_map(|(id, value)| {
                let property = class.and_then(|class| class.get(id));
                let value = match property {
                    Some(property) => property.value_of_json(value, schema)?,
                    None => schema::plain_value(value)?,
                };
                Some(MetadataProperty {
                    id: id.clone(),
                    name: property.map_or_else(String::new, |one| one.name.clone()),
                    semantic: property.map_or_else(String::new, |one| one.semantic.clone()),
                    value,
                })
            })
            .collect();
        Self {
            values: Values::Listed(Arc::new(Listed {
                class: json.class.clone(),
                properties,
            })),
        }
    }

    /// The entity in a row of a table.
    pub(crate) fn in_table(table: &Arc<MetadataTable>, row: u32) -> Self {
        Self {
            values: Values::Row(Arc::clone(table), row),
        }
    }

    /// Its class in the schema.
    pub fn class(&self) -> &str {
        match &self.values {
            Values::Listed(listed) => &listed.class,
            Values::Row(table, _) => table.class(),
        }
    }

    /// All properties that have a value, in the order of their ids.
    pub fn properties(&self) -> Vec<MetadataProperty> {
        match &self.values {
            Values::Listed(listed) => listed.properties.clone(),
            Values::Row(table, row) => table.row(*row),
        }
    }

    /// The value of the property with this id.
    pub fn value(&self, id: &str) -> Option<PropertyValue> {
        match &self.values {
            Values::Listed(listed) => listed
                .properties
                .iter()
                .find(|one| one.id == id)
                .map(|one| one.value.clone()),
            Values::Row(table, row) => table.value(id, *row),
        }
    }

    /// The value of the property with this meaning, for instance `TILE_GEOMETRIC_ERROR`.
    pub fn by_semantic(&self, semantic: &str) -> Option<PropertyValue> {
        match &self.values {
            Values::Listed(listed) => listed
                .properties
                .iter()
                .find(|one| one.semantic == semantic)
                .map(|one| one.value.clone()),
            Values::Row(table, row) => table.by_semantic(semantic, *row),
        }
    }

    /// The number with this meaning.
    pub(crate) fn number(&self, semantic: &str) -> Option<f64> {
        match self.by_semantic(semantic)? {
            PropertyValue::Number(number) if number.is_finite() => Some(number),
            _ => None,
        }
    }

    /// The list of `N` numbers with this meaning.
    pub(crate) fn numbers<const N: usize>(&self, semantic: &str) -> Option<[f64; N]> {
        let PropertyValue::List(list) = self.by_semantic(semantic)? else {
            return None;
        };
        let numbers: Vec<f64> = list
            .iter()
            .filter_map(|value| match value {
                PropertyValue::Number(number) if number.is_finite() => Some(*number),
                _ => None,
            })
            .collect();
        numbers.try_into().ok()
    }

    /// What it takes in memory beyond itself; rows of a shared table take nothing more.
    pub(crate) fn heap_bytes(&self) -> usize {
        match &self.values {
            Values::Listed(listed) => {
                let texts: usize = listed
                    .properties
                    .iter()
                    .map(|one| {
                        size_of::<MetadataProperty>()
                            + one.id.capacity()
                            + one.name.capacity()
                            + one.semantic.capacity()
                            + value_heap_bytes(&one.value)
                    })
                    .sum();
                size_of::<Listed>() + listed.class.capacity() + texts
            }
            Values::Row(..) => 0,
        }
    }
}

/// A group of contents (3D Tiles 1.1, "Content groups").
#[derive(Clone, Debug, PartialEq)]
pub struct MetadataGroup {
    /// Its name in a 1.0 tileset; empty in 1.1, where groups are numbered.
    pub name: String,
    /// What it says of itself.
    pub entity: MetadataEntity,
}

/// What a tileset says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TilesetMetadata {
    /// Classes and enumerations.
    pub schema: Option<Arc<Schema>>,
    /// Where the schema lies when it is a file of its own: a path within the source.
    pub schema_uri: Option<String>,
    /// The tileset's own properties.
    pub entity: Option<MetadataEntity>,
    /// Groups, in the order that [`crate::Content::group`] counts.
    pub groups: Vec<MetadataGroup>,
}

impl TilesetMetadata {
    /// What the JSON gives, with the schema that it names already read.
    pub(crate) fn from_json(json: &MetadataJson, schema: Option<Arc<Schema>>) -> Self {
        let entity = |one: &EntityJson| MetadataEntity::from_json(one, schema.as_deref());
        let groups = match &json.groups {
            Some(GroupsJson::Numbered(groups)) => groups
                .iter()
                .map(|group| MetadataGroup {
                    name: String::new(),
                    entity: entity(group),
                })
                .collect(),
            Some(GroupsJson::Named(groups)) => groups
                .iter()
                .map(|(name, group)| MetadataGroup {
                    name: name.clone(),
                    entity: entity(group),
                })
                .collect(),
            None => Vec::new(),
        };
        Self {
            entity: json.tileset.as_ref().map(entity),
            groups,
            schema,
            schema_uri: None,
        }
    }

    /// The number of the group that a content names.
    pub(crate) fn group_row(&self, group: &GroupJson) -> Option<u32> {
        match group {
            GroupJson::Number(row) => self.groups.get(*row as usize).map(|_group| *row),
            GroupJson::Name(name) => {
                let row = self.groups.iter().position(|group| group.name == *name)?;
                u32::try_from(row).ok()
            }
        }
    }

    /// What it takes in memory beyond itself.
    pub(crate) fn heap_bytes(&self) -> usize {
        let groups: usize = self
            .groups
            .iter()
            .map(|group| {
                size_of::<MetadataGroup>() + group.name.capacity() + group.entity.heap_bytes()
            })
            .sum();
        let own = self.entity.as_ref().map_or(0, MetadataEntity::heap_bytes);
        let schema = self.schema.as_ref().map_or(0, |schema| schema.bytes());
        groups + own + schema
    }
}

/// Properties of something, as JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EntityJson {
    pub(crate) class: String,
    pub(crate) properties: BTreeMap<String, Value>,
}

/// Everything that a tileset's JSON says about metadata, whether in 1.1's own places or in the extension.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct MetadataJson {
    pub(crate) schema: Option<SchemaJson>,
    pub(crate) schema_uri: Option<String>,
    pub(crate) tileset: Option<EntityJson>,
    pub(crate) groups: Option<GroupsJson>,
}

/// Groups are a list in 1.1 and named in the extension.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum GroupsJson {
    Numbered(Vec<EntityJson>),
    Named(BTreeMap<String, EntityJson>),
}

/// The group that a content belongs to.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum GroupJson {
    Number(u32),
    Name(String),
}

/// What a value takes in memory beyond itself.
fn value_heap_bytes(value: &PropertyValue) -> usize {
    match value {
        PropertyValue::Text(text) => text.capacity(),
        PropertyValue::List(list) => list
            .iter()
            .map(|one| size_of::<PropertyValue>() + value_heap_bytes(one))
            .sum(),
        PropertyValue::Flag(_) | PropertyValue::Number(_) | PropertyValue::Integer(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(text: &str) -> TilesetMetadata {
        let mut json: MetadataJson = serde_json::from_str(text).expect("JSON");
        let schema = json
            .schema
            .take()
            .map(|schema| Arc::new(Schema::from_json(schema)));
        TilesetMetadata::from_json(&json, schema)
    }

    #[test]
    fn an_entity_gives_its_properties_as_its_class_means_them() {
        let metadata = metadata(
            r#"{"schema":{"classes":{"city":{"properties":{
                "author":{"type":"STRING","semantic":"AUTHOR","name":"Author"},
                "share":{"type":"SCALAR","componentType":"UINT8","normalized":true},
                "use":{"type":"ENUM","enumType":"uses"},
                "gone":{"type":"SCALAR","componentType":"INT8","noData":-1}}}},
                "enums":{"uses":{"values":[{"name":"Housing","value":3}]}}},
               "tileset":{"class":"city","properties":{
                "author":"A","share":255,"use":3,"gone":-1,"extra":[1,true,"x",null]}}}"#,
        );
        let entity = metadata.entity.expect("an entity");
        assert_eq!(entity.class(), "city");
        let texts: Vec<String> = entity
            .properties()
            .iter()
            .map(|one| format!("{}={}", one.id, one.value))
            .collect();
        assert_eq!(
            texts,
            ["author=A", "extra=1, true, x", "share=1", "use=Housing"]
        );
        assert_eq!(
            entity.by_semantic("AUTHOR"),
            Some(PropertyValue::Text("A".into()))
        );
        assert_eq!(entity.value("gone"), None);
        assert!(entity.heap_bytes() > 100);
    }

    #[test]
    fn groups_are_numbered_or_named() {
        let numbered = metadata(r#"{"groups":[{"class":"a"},{"class":"b"}]}"#);
        assert_eq!(numbered.group_row(&GroupJson::Number(1)), Some(1));
        assert_eq!(numbered.group_row(&GroupJson::Number(2)), None);
        let named = metadata(r#"{"groups":{"sky":{"class":"b"},"ground":{"class":"a"}}}"#);
        assert_eq!(named.group_row(&GroupJson::Name("sky".into())), Some(1));
        assert_eq!(named.groups[1].entity.class(), "b");
        assert_eq!(named.group_row(&GroupJson::Name("sea".into())), None);
    }
}
