//! Binary tables of metadata: one row per implicit tile or content (3D Metadata, "Binary Table Format").
//!
//! Values are read when somebody asks, so that a table takes no more memory than its bytes.

use super::MetadataProperty;
use super::schema::{Component, Enumeration, Kind, Property, RawNumber, Schema};
use crate::properties::PropertyValue;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// A value with more elements than this is taken for broken.
const MAX_ELEMENTS: usize = 65_536;

/// A part of a buffer, shared.
#[derive(Clone, PartialEq)]
pub(crate) struct ViewBytes {
    buffer: Arc<Vec<u8>>,
    range: Range<usize>,
}

impl ViewBytes {
    /// The part of `buffer` at `offset`; `None` when it reaches beyond the end.
    pub(crate) fn new(buffer: &Arc<Vec<u8>>, offset: usize, length: usize) -> Option<Self> {
        let range = offset..offset.checked_add(length)?;
        buffer.get(range.clone())?;
        Some(Self {
            buffer: Arc::clone(buffer),
            range,
        })
    }

    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.range.clone()).unwrap_or_default()
    }
}

impl fmt::Debug for ViewBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.range.len())
    }
}

/// A table of metadata.
#[derive(Debug, PartialEq)]
pub(crate) struct MetadataTable {
    class: String,
    columns: Vec<Column>,
}

#[derive(Debug, PartialEq)]
struct Column {
    id: String,
    property: Property,
    enumeration: Option<Enumeration>,
    values: ViewBytes,
    array_offsets: Option<Offsets>,
    string_offsets: Option<Offsets>,
}

/// Where elements begin, one more than there are.
#[derive(Debug, PartialEq)]
struct Offsets {
    bytes: ViewBytes,
    component: Component,
}

/// `propertyTables[i]` of a subtree, or the draft's `3DTILES_metadata` there.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub(crate) struct TableJson {
    class: String,
    properties: BTreeMap<String, ColumnJson>,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ColumnJson {
    #[serde(alias = "bufferView")]
    values: Option<u32>,
    #[serde(alias = "arrayOffsetBufferView")]
    array_offsets: Option<u32>,
    #[serde(alias = "stringOffsetBufferView")]
    string_offsets: Option<u32>,
    array_offset_type: Option<String>,
    string_offset_type: Option<String>,
    /// The draft's word for both.
    offset_type: Option<String>,
}

impl MetadataTable {
    /// The table that the JSON gives, with every column that can be used; `tell` hears of the others.
    pub(crate) fn from_json(
        json: &TableJson,
        schema: Option<&Schema>,
        view: impl Fn(u32) -> Option<ViewBytes>,
        mut tell: impl FnMut(String),
    ) -> Self {
        let class = schema.and_then(|schema| schema.class(&json.class));
        if class.is_none() && !json.properties.is_empty() {
            tell(format!("the schema has no class {:?}", json.class));
        }
        let mut columns = Vec::new();
        for (id, column) in &json.properties {
            let Some(property) = class.and_then(|class| class.get(id)) else {
                if class.is_some() {
                    tell(format!("class {:?} has no property {id:?}", json.class));
                }
                continue;
            };
            match Column::from_json(id, column, property, schema, &view) {
                Ok(column) => columns.push(column),
                Err(reason) => tell(format!("property {id:?}: {reason}")),
            }
        }
        Self {
            class: json.class.clone(),
            columns,
        }
    }

    /// The class of its rows.
    pub(crate) fn class(&self) -> &str {
        &self.class
    }

    /// The properties of one row that have a value.
    pub(crate) fn row(&self, row: u32) -> Vec<MetadataProperty> {
        let of_column = |column: &Column| {
            Some(MetadataProperty {
                id: column.id.clone(),
                name: column.property.name.clone(),
                semantic: column.property.semantic.clone(),
                value: column.value(row)?,
            })
        };
        self.columns.iter().filter_map(of_column).collect()
    }

    /// The value of one property in one row.
    pub(crate) fn value(&self, id: &str, row: u32) -> Option<PropertyValue> {
        self.columns
            .iter()
            .find(|column| column.id == id)?
            .value(row)
    }

    /// The value of the property with this meaning in one row.
    pub(crate) fn by_semantic(&self, semantic: &str, row: u32) -> Option<PropertyValue> {
        self.columns
            .iter()
            .find(|column| column.property.semantic == semantic)?
            .value(row)
    }

    /// What its columns take beyond the shared buffers.
    pub(crate) fn heap_bytes(&self) -> usize {
        let columns: usize = self
            .columns
            .iter()
            .map(|column| size_of::<Column>() + column.id.capacity())
            .sum();
        size_of::<Self>() + self.class.capacity() + columns
    }
}

impl Column {
    fn from_json(
        id: &str,
        json: &ColumnJson,
        property: &Property,
        schema: Option<&Schema>,
        view: impl Fn(u32) -> Option<ViewBytes>,
    ) -> Result<Self, String> {
        let bytes_of = |row: Option<u32>, what: &str| match row {
            None => Ok(None),
            Some(row) => view(row)
                .map(Some)
                .ok_or_else(|| format!("buffer view {row} of its {what} is missing")),
        };
        let offsets = |row: Option<u32>, own: Option<&String>, what: &str| {
            let component = match own.or(json.offset_type.as_ref()).map(String::as_str) {
                Some("UINT8") => Component::U8,
                Some("UINT16") => Component::U16,
                Some("UINT64") => Component::U64,
                _ => Component::U32,
            };
            let bytes = bytes_of(row, what)?;
            Ok::<_, String>(bytes.map(|bytes| Offsets { bytes, component }))
        };
        let enumeration = match &property.kind {
            Kind::Enum(name) => Some(
                schema
                    .and_then(|schema| schema.enumeration(name))
                    .cloned()
                    .ok_or_else(|| format!("the schema has no enumeration {name:?}"))?,
            ),
            Kind::Numbers(..) | Kind::Text | Kind::Flag => None,
        };
        Ok(Self {
            id: id.to_owned(),
            values: bytes_of(json.values, "values")?.ok_or("it has no values")?,
            array_offsets: offsets(
                json.array_offsets,
                json.array_offset_type.as_ref(),
                "array offsets",
            )?,
            string_offsets: offsets(
                json.string_offsets,
                json.string_offset_type.as_ref(),
                "string offsets",
            )?,
            property: property.clone(),
            enumeration,
        })
    }

    fn value(&self, row: u32) -> Option<PropertyValue> {
        let row = row as usize;
        let raw = if self.property.is_array {
            let elements = match (self.property.count, &self.array_offsets) {
                (Some(count), _) => {
                    let first = row.checked_mul(count as usize)?;
                    first..first.checked_add(count as usize)?
                }
                (None, Some(offsets)) => offsets.range(row)?,
                (None, None) => return None,
            };
            if elements.len() > MAX_ELEMENTS {
                return None;
            }
            let list: Option<Vec<PropertyValue>> = elements.map(|nth| self.element(nth)).collect();
            PropertyValue::List(list?)
        } else {
            self.element(row)?
        };
        self.property.finished(raw)
    }

    fn element(&self, nth: usize) -> Option<PropertyValue> {
        let bytes = self.values.bytes();
        match &self.property.kind {
            Kind::Numbers(component, 1) => component.number(bytes, nth).map(RawNumber::value),
            Kind::Numbers(component, lanes) => {
                let lanes = *lanes as usize;
                let first = nth.checked_mul(lanes)?;
                let list: Option<Vec<PropertyValue>> = (0..lanes)
                    .map(|lane| {
                        let number = component.number(bytes, first.checked_add(lane)?)?;
                        Some(number.value())
                    })
                    .collect();
                list.map(PropertyValue::List)
            }
            Kind::Text => {
                let range = self.string_offsets.as_ref()?.range(nth)?;
                let text = std::str::from_utf8(bytes.get(range)?).ok()?;
                Some(PropertyValue::Text(text.to_owned()))
            }
            Kind::Flag => {
                let byte = bytes.get(nth / 8)?;
                Some(PropertyValue::Flag((byte >> (nth % 8)) & 1 == 1))
            }
            Kind::Enum(_) => {
                let enumeration = self.enumeration.as_ref()?;
                match enumeration.component.number(bytes, nth)? {
                    RawNumber::Whole(number) => Some(enumeration.name_of(number)),
                    RawNumber::Real(_) => None,
                }
            }
        }
    }
}

impl Offsets {
    /// Where the `nth` element begins and ends.
    fn range(&self, nth: usize) -> Option<Range<usize>> {
        let at = |nth: usize| match self.component.number(self.bytes.bytes(), nth)? {
            RawNumber::Whole(number) => usize::try_from(number).ok(),
            RawNumber::Real(_) => None,
        };
        let (from, to) = (at(nth)?, at(nth.checked_add(1)?)?);
        (from <= to).then_some(from..to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &str = r#"{"classes":{"tile":{"properties":{
        "name":{"type":"STRING","semantic":"NAME"},
        "flag":{"type":"BOOLEAN"},
        "box":{"type":"SCALAR","componentType":"FLOAT64","array":true,"count":2},
        "list":{"type":"SCALAR","componentType":"UINT8","array":true},
        "colour":{"type":"VEC3","componentType":"UINT8","normalized":true},
        "use":{"type":"ENUM","enumType":"uses"}}}},
        "enums":{"uses":{"valueType":"UINT8","values":[{"name":"Road","value":7}]}}}"#;

    /// Two rows: `name` "ab", "楼"; `flag` 1, 0; `box` [1, 2], [3, 4]; `list` [9], []; `colour`; `use` 7, 8.
    fn table() -> MetadataTable {
        let mut buffer = Vec::new();
        let mut views = Vec::new();
        let mut add = |bytes: &[u8]| {
            views.push((buffer.len(), bytes.len()));
            buffer.extend_from_slice(bytes);
        };
        add("ab楼".as_bytes());
        add(&[0, 2, 5]);
        add(&[0b01]);
        add(&[1.0_f64, 2.0, 3.0, 4.0]
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect::<Vec<u8>>());
        add(&[9]);
        add(&[0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
        add(&[255, 0, 51, 0, 0, 0]);
        add(&[7, 8]);
        let buffer = Arc::new(buffer);
        let json: TableJson = serde_json::from_str(
            r#"{"class":"tile","properties":{
                "name":{"values":0,"stringOffsets":1,"stringOffsetType":"UINT8"},
                "flag":{"values":2},"box":{"bufferView":3},
                "list":{"values":4,"arrayOffsets":5},
                "colour":{"values":6},"use":{"values":7},
                "lost":{"values":0}}}"#,
        )
        .expect("JSON");
        let schema = Schema::from_json(serde_json::from_str(SCHEMA).expect("JSON"));
        let mut told = Vec::new();
        let table = MetadataTable::from_json(
            &json,
            Some(&schema),
            |row| {
                let (offset, length) = views.get(row as usize).copied()?;
                ViewBytes::new(&buffer, offset, length)
            },
            |reason| told.push(reason),
        );
        assert_eq!(told.len(), 1, "{told:?}");
        table
    }

    #[track_caller]
    fn check_row(row: u32, expected: &[&str]) {
        let texts: Vec<String> = table()
            .row(row)
            .iter()
            .map(|one| format!("{}={}", one.id, one.value))
            .collect();
        assert_eq!(texts, expected);
    }

    #[test]
    fn rows_are_read_from_their_bytes() {
        check_row(
            0,
            &[
                "box=1, 2",
                "colour=1, 0, 0.2",
                "flag=true",
                "list=9",
                "name=ab",
                "use=Road",
            ],
        );
        check_row(
            1,
            &[
                "box=3, 4",
                "colour=0, 0, 0",
                "flag=false",
                "list=",
                "name=楼",
                "use=8",
            ],
        );
        let name = table().by_semantic("NAME", 1);
        assert_eq!(name, Some(PropertyValue::Text("楼".into())));
    }

    #[test]
    fn a_row_beyond_the_end_has_no_values() {
        // One byte holds eight flags, so that column alone cannot tell.
        check_row(2, &["flag=false"]);
        check_row(u32::MAX, &[]);
    }

    #[test]
    fn a_view_beyond_its_buffer_is_none() {
        let buffer = Arc::new(vec![0; 4]);
        assert!(ViewBytes::new(&buffer, 2, 3).is_none());
        assert!(ViewBytes::new(&buffer, usize::MAX, 2).is_none());
        assert_eq!(
            ViewBytes::new(&buffer, 4, 0).map(|view| view.bytes().len()),
            Some(0)
        );
    }
}
