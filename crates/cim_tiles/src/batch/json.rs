//! The JSON part of a feature or batch table, straight into columns.
//!
//! A general JSON tree would take 32 bytes for the two of `1,`, and as much again once it becomes a column. Here every
//! value is built once, and taken from the file's allowance first.

use super::hierarchy::{Class, Hierarchy};
use crate::allowance::Allowance;
use crate::error::json_reason;
use crate::{PropertyValue, TileError};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// Whole numbers up to this size are exact as doubles.
const EXACT: i128 = 1 << 53;
/// What a property costs beside its values: its name and its place in the list.
const ENTRY_BYTES: usize = 200;

/// What a property of a table is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    /// An array: one value per row.
    Values(Vec<Option<PropertyValue>>),
    /// In the binary part.
    Binary(Reference),
    /// One value for the whole table.
    Single(PropertyValue),
    /// An object that no table knows, or `null`.
    Other,
}

/// Where a property lies in the binary part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) byte_offset: usize,
    pub(crate) component: Option<String>,
    pub(crate) shape: Option<String>,
}

/// `3DTILES_draco_point_compression`: which properties lie in the compressed part, by their unique id there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DracoProperties {
    pub(crate) properties: BTreeMap<String, u32>,
    pub(crate) byte_offset: usize,
    pub(crate) byte_length: usize,
}

/// A table's JSON.
#[derive(Debug, Default)]
pub(crate) struct JsonTable {
    /// In the order of the file.
    pub(crate) entries: Vec<(String, Entry)>,
    pub(crate) hierarchy: Option<Hierarchy>,
    pub(crate) draco: Option<DracoProperties>,
}

impl JsonTable {
    /// Reads a table; of each array no more than `rows` values.
    pub(crate) fn read(
        json: &[u8],
        rows: usize,
        allowance: &mut Allowance,
        file: &str,
        place: &str,
    ) -> Result<Self, TileError> {
        let json = super::sections::without_padding(json);
        if json.is_empty() {
            return Ok(Self::default());
        }
        let mut reader = Reader {
            allowance,
            file,
            place,
            rows,
            refused: None,
        };
        let mut text = serde_json::Deserializer::from_slice(json);
        let read = TableSeed(&mut reader)
            .deserialize(&mut text)
            .and_then(|table| text.end().map(|()| table));
        match (read, reader.refused) {
            (Ok(table), _) => Ok(table),
            (Err(_), Some(refused)) => Err(refused),
            (Err(error), None) => {
                let at = format!("{place}, line {} column {}", error.line(), error.column());
                Err(TileError::broken(file, at, json_reason(&error)))
            }
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, entry)| entry)
    }
}

/// What all parts of the reading share.
struct Reader<'a> {
    allowance: &'a mut Allowance,
    file: &'a str,
    place: &'a str,
    rows: usize,
    /// Why the reading stopped, when it was for want of memory.
    refused: Option<TileError>,
}

impl Reader<'_> {
    fn take<E: Error>(&mut self, bytes: usize) -> Result<(), E> {
        self.allowance
            .take(bytes, self.file, self.place)
            .map_err(|error| {
                let text = error.to_string();
                self.refused = Some(error);
                E::custom(text)
            })
    }

    /// Appends to a list, and pays for its growth.
    fn push<T, E: Error>(&mut self, list: &mut Vec<T>, item: T) -> Result<(), E> {
        if list.len() == list.capacity() {
            let more = list.len().clamp(4, 1 << 20);
            self.take::<E>(more.saturating_mul(size_of::<T>()))?;
            list.reserve_exact(more);
        }
        list.push(item);
        Ok(())
    }
}

/// The whole table.
struct TableSeed<'r, 'a>(&'r mut Reader<'a>);

impl<'de> DeserializeSeed<'de> for TableSeed<'_, '_> {
    type Value = JsonTable;

    fn deserialize<D: Deserializer<'de>>(self, text: D) -> Result<JsonTable, D::Error> {
        text.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for TableSeed<'_, '_> {
    type Value = JsonTable;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of properties")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonTable, A::Error> {
        let mut table = JsonTable::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "extensions" => {
                    let (hierarchy, draco) = map.next_value_seed(ExtensionsSeed(&mut *self.0))?;
                    table.hierarchy = hierarchy.or(table.hierarchy);
                    table.draco = draco.or(table.draco);
                }
                // Where the hierarchy lay before it became an extension.
                "HIERARCHY" => {
                    table.hierarchy = Some(map.next_value_seed(HierarchySeed(&mut *self.0))?);
                }
                "extras" => {
                    map.next_value::<IgnoredAny>()?;
                }
                _ => {
                    self.0.take::<A::Error>(ENTRY_BYTES + key.len())?;
                    let entry = map.next_value_seed(EntrySeed(&mut *self.0))?;
                    table.entries.push((key, entry));
                }
            }
        }
        Ok(table)
    }
}

/// A table's `extensions`.
struct ExtensionsSeed<'r, 'a>(&'r mut Reader<'a>);

type Extensions = (Option<Hierarchy>, Option<DracoProperties>);

impl<'de> DeserializeSeed<'de> for ExtensionsSeed<'_, '_> {
    type Value = Extensions;

    fn deserialize<D: Deserializer<'de>>(self, text: D) -> Result<Extensions, D::Error> {
        text.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ExtensionsSeed<'_, '_> {
    type Value = Extensions;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("extensions")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Extensions, A::Error> {
        let (mut hierarchy, mut draco) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "3DTILES_batch_table_hierarchy" => {
                    hierarchy = Some(map.next_value_seed(HierarchySeed(&mut *self.0))?);
                }
                "3DTILES_draco_point_compression" => {
                    draco = Some(map.next_value_seed(DracoSeed(&mut *self.0))?);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok((hierarchy, draco))
    }
}

/// The object of `3DTILES_draco_point_compression`.
struct DracoSeed<'r, 'a>(&'r mut Reader<'a>);

impl<'de> DeserializeSeed<'de> for DracoSeed<'_, '_> {
    type Value = DracoProperties;

    fn deserialize<D: Deserializer<'de>>(self, text: D) -> Result<DracoProperties, D::Error> {
        text.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for DracoSeed<'_, '_> {
    type Value = DracoProperties;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("which properties are compressed")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DracoProperties, A::Error> {
        let mut draco = DracoProperties::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "properties" => {
                    let entries = map.next_value_seed(EntriesSeed(&mut *self.0))?;
                    let numbers = entries.into_iter().filter_map(|(name, entry)| match entry {
                        Entry::Single(PropertyValue::Number(id)) => Some((name, id as u32)),
                        _ => None,
                    });
                    draco.properties.extend(numbers);
                }
                "byteOffset" => draco.byte_offset = map.next_value()?,
                "byteLength" => draco.byte_length = map.next_value()?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(draco)
    }
}

/// The object of `3DTILES_batch_table_hierarchy`.
struct HierarchySeed<'r, 'a>(&'r mut Reader<'a>);

impl<'de> DeserializeSeed<'de> for HierarchySeed<'_, '_> {
    type Value = Hierarchy;

    fn deserialize<D: Deserializer<'de>>(self, text: D) -> Result<Hierarchy, D::Error> {
        text.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for HierarchySeed<'_, '_> {
    type Value = Hierarchy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a batch table hierarchy")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Hierarchy, A::Error> {
        // Instances may be more than rows: those that have no geometry of their own come behind the ones that have.
        let rows = std::mem::replace(&mut self.0.rows, usize::MAX);
        let mut hierarchy = Hierarchy::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "classes" => hierarchy.classes = map.next_value_seed(ClassesSeed(&mut *self.0))?,
                "instancesLength" => hierarchy.instances = map.next_value()?,
                "classIds" => {
                    hierarchy.class_ids = Some(map.next_value_seed(EntrySeed(&mut *self.0))?);
                }
                "parentCounts" => {
                    hierarchy.parent_counts = Some(map.next_value_seed(EntrySeed(&mut *self.0))?);
                }
                "parentIds" => {
                    hierarchy.parent_ids = Some(map.next_value_seed(EntrySeed(&mut *self.0))?);
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        self.0.rows = rows;
        Ok(hierarchy)
    }
}

/// The classes of a hierarchy.
struct ClassesSeed<'r, 'a>(&'r mut Reader<'a>);

impl<'de> DeserializeSeed<'de> for ClassesSeed<'_, '_> {
    type Value = Vec<Class>;

    fn deserialize<D: Deserializer<'de>>(self, text: D) -> Result<Vec<Class>, D::Error> {
        text.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for ClassesSeed<'_, '_> {
    type Value = Vec<Class>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of classes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Class>, A::Error> {
        let mut classes = Vec::new();
        while let Some(class) = list.next_element_seed(ClassSeed(&mut *self.0))? {
            self.0.push::<_, A::Error>(&mut classes, class)?;
        }
        Ok(classes)
    }
}

/// One class of a hierarchy.
struct ClassSeed<'r, 'a>(&'r mut Reader<'a>);

impl<'de> DeserializeSeed<'de> for ClassSeed<'_, '_> {
    type Value = Class;

    fn deserialize<D: Deserializer<'de>>(self, text: D) -> Result<Class, D::Error> {
        text.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ClassSeed<'_, '_> {
    type Value = Class;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a class of a batch table hierarchy")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Class, A::Error> {
        let mut class = Class::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "name" => class.name = map.next_value()?,
                "length" => class.length = map.next_value()?,
                "instances" => {
                    class.entries = map.next_value_seed(EntriesSeed(&mut *self.0))?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(class)
    }
}

/// An object of properties.
struct EntriesSeed<'r, 'a>(&'r mut Reader<'a>);

impl<'de> DeserializeSeed<'de> for EntriesSeed<'_, '_> {
    type Value = Vec<(String, Entry)>;

    fn deserialize<D: Deserializer<'de>>(self, text: D) -> Result<Self::Value, D::Error> {
        text.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for EntriesSeed<'_, '_> {
    type Value = Vec<(String, Entry)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of properties")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            self.0.take::<A::Error>(ENTRY_BYTES + key.len())?;
            let entry = map.next_value_seed(EntrySeed(&mut *self.0))?;
            entries.push((key, entry));
        }
        Ok(entries)
    }
}

/// One property: an array, a reference into the binary part, or a single value.
struct EntrySeed<'r, 'a>(&'r mut Reader<'a>);

impl<'de> DeserializeSeed<'de> for EntrySeed<'_, '_> {
    type Value = Entry;

    fn deserialize<D: Deserializer<'de>>(self, text: D) -> Result<Entry, D::Error> {
        text.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for EntrySeed<'_, '_> {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array, a reference into the binary part, or a value")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Entry, A::Error> {
        let mut values = Vec::new();
        while values.len() < self.0.rows {
            let Some(value) = list.next_element_seed(ValueSeed(&mut *self.0))? else {
                return Ok(Entry::Values(values));
            };
            self.0.push::<_, A::Error>(&mut values, value)?;
        }
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Entry::Values(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
        let mut reference = Reference::default();
        let mut has_offset = false;
        while let Some(key) = map.next_key::<String>()? {
            if !matches!(key.as_str(), "byteOffset" | "componentType" | "type") {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            match (key.as_str(), map.next_value_seed(ValueSeed(&mut *self.0))?) {
                ("byteOffset", Some(PropertyValue::Number(at))) if at >= 0.0 => {
                    reference.byte_offset = at as usize;
                    has_offset = true;
                }
                ("componentType", Some(PropertyValue::Text(word))) => {
                    reference.component = Some(word);
                }
                ("type", Some(PropertyValue::Text(word))) => reference.shape = Some(word),
                _ => {}
            }
        }
        Ok(if has_offset {
            Entry::Binary(reference)
        } else {
            Entry::Other
        })
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Entry, E> {
        Ok(Entry::Single(PropertyValue::Flag(flag)))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Entry, E> {
        Ok(Entry::Single(whole(i128::from(number))))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Entry, E> {
        Ok(Entry::Single(whole(i128::from(number))))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Entry, E> {
        Ok(Entry::Single(PropertyValue::Number(number)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Entry, E> {
        self.0.take::<E>(text.len())?;
        Ok(Entry::Single(PropertyValue::Text(text.to_owned())))
    }

    fn visit_unit<E: Error>(self) -> Result<Entry, E> {
        Ok(Entry::Other)
    }
}

/// One value; `None` for `null`.
struct ValueSeed<'r, 'a>(&'r mut Reader<'a>);

impl<'de> DeserializeSeed<'de> for ValueSeed<'_, '_> {
    type Value = Option<PropertyValue>;

    fn deserialize<D: Deserializer<'de>>(self, text: D) -> Result<Self::Value, D::Error> {
        text.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_, '_> {
    type Value = Option<PropertyValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Some(PropertyValue::Flag(flag)))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(whole(i128::from(number))))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(whole(i128::from(number))))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Some(PropertyValue::Number(number)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        self.0.take::<E>(text.len())?;
        Ok(Some(PropertyValue::Text(text.to_owned())))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(ValueSeed(&mut *self.0))? {
            // A list has no gaps: what is missing is empty text.
            let value = value.unwrap_or_else(|| PropertyValue::Text(String::new()));
            self.0.push::<_, A::Error>(&mut values, value)?;
        }
        Ok(Some(PropertyValue::List(values)))
    }

    /// An object stays the text that it is: no property of a table has one, but files do.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        let mut text = String::new();
        let mut copy = CopySeed(&mut text);
        copy.copy_map(map)?;
        self.0.take::<A::Error>(text.capacity())?;
        Ok(Some(PropertyValue::Text(text)))
    }
}

/// Writes a value out again as compact JSON.
struct CopySeed<'t>(&'t mut String);

impl CopySeed<'_> {
    fn copy_map<'de, A: MapAccess<'de>>(&mut self, mut map: A) -> Result<(), A::Error> {
        self.0.push('{');
        let mut is_first = true;
        while let Some(key) = map.next_key::<String>()? {
            if !std::mem::replace(&mut is_first, false) {
                self.0.push(',');
            }
            self.quote(key);
            self.0.push(':');
            map.next_value_seed(CopySeed(&mut *self.0))?;
        }
        self.0.push('}');
        Ok(())
    }

    fn quote(&mut self, text: String) {
        self.0
            .push_str(&serde_json::Value::String(text).to_string());
    }

    fn write(self, text: &str) {
        self.0.push_str(text);
    }
}

impl<'de> DeserializeSeed<'de> for CopySeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, text: D) -> Result<(), D::Error> {
        text.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for CopySeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<(), E> {
        self.write(&flag.to_string());
        Ok(())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.write(&number.to_string());
        Ok(())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.write(&number.to_string());
        Ok(())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.write(&number.to_string());
        Ok(())
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<(), E> {
        self.quote(text.to_owned());
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.write("null");
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.0.push('[');
        let mut before = self.0.len();
        while list.next_element_seed(CopySeed(&mut *self.0))?.is_some() {
            before = self.0.len();
            self.0.push(',');
        }
        self.0.truncate(before);
        self.0.push(']');
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, map: A) -> Result<(), A::Error> {
        self.copy_map(map)
    }
}

/// A whole number, as a double where that is exact.
fn whole(number: i128) -> PropertyValue {
    if number.abs() <= EXACT {
        PropertyValue::Number(number as f64)
    } else {
        PropertyValue::Integer(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, rows: usize) -> Result<JsonTable, TileError> {
        let mut allowance = Allowance::for_input(json.len());
        JsonTable::read(
            json.as_bytes(),
            rows,
            &mut allowance,
            "a.b3dm",
            "the batch table",
        )
    }

    #[test]
    fn values_of_every_kind_are_kept() {
        let table = read(
            r#"{"a":[1,2.5,null,true,"x",[1,[2]],{"k":[1,"y",null],"m":{}},9007199254740993],"n":7,"b":{"byteOffset":8,"componentType":"FLOAT","type":"VEC3"},"extras":{"x":1}}   "#,
            100,
        )
        .expect("a table");
        let Some(Entry::Values(values)) = table.get("a") else {
            panic!("a list of values");
        };
        let texts: Vec<String> = values
            .iter()
            .map(|value| value.as_ref().map_or("-".to_owned(), ToString::to_string))
            .collect();
        assert_eq!(
            texts,
            [
                "1",
                "2.5",
                "-",
                "true",
                "x",
                "1, 2",
                r#"{"k":[1,"y",null],"m":{}}"#,
                "9007199254740993"
            ]
        );
        assert_eq!(
            table.get("n"),
            Some(&Entry::Single(PropertyValue::Number(7.0)))
        );
        let Some(Entry::Binary(reference)) = table.get("b") else {
            panic!("a reference");
        };
        assert_eq!(reference.byte_offset, 8);
        assert_eq!(table.get("extras"), None);
    }

    #[test]
    fn values_beyond_the_rows_are_passed_over() {
        let table = read(r#"{"a":[1,2,3,4]}"#, 2).expect("a table");
        let Some(Entry::Values(values)) = table.get("a") else {
            panic!("a list of values");
        };
        assert_eq!(values.len(), 2);
    }

    #[test]
    fn a_broken_table_names_its_line() {
        let error = read("{\"a\":[1,\n2", 9).expect_err("cut short");
        assert!(error.place().contains("line 2"), "{error}");
        assert!(read("[1]", 9).is_err());
        assert!(read("{} {}", 9).is_err());
        assert!(read("", 9).expect("an empty table").entries.is_empty());
    }

    #[test]
    fn a_table_of_nothing_but_commas_is_refused() {
        let json = format!(r#"{{"a":[{}1]}}"#, "1,".repeat(1_000_000));
        let error = read(&json, usize::MAX).expect_err("32 bytes for each two");
        assert!(matches!(error, TileError::TooLarge { .. }), "{error}");
        let deep = format!(r#"{{"a":{}"#, "[".repeat(100_000));
        assert!(read(&deep, 9).is_err());
    }
}
