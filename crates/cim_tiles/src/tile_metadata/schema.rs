//! Classes, properties and enumerations of metadata, and values from JSON.

use crate::TileError;
use crate::files::without_byte_order_mark;
use crate::properties::PropertyValue;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// Whole numbers beyond this do not fit a double exactly.
const LARGEST_EXACT: u128 = 1 << 53;

/// Classes and enumerations of a tileset's metadata.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// Its id; empty in 1.0.
    pub id: String,
    classes: BTreeMap<String, BTreeMap<String, Property>>,
    enums: BTreeMap<String, Enumeration>,
}

/// A property of a class.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Property {
    pub(crate) name: String,
    pub(crate) semantic: String,
    pub(crate) kind: Kind,
    pub(crate) is_array: bool,
    /// Elements of a fixed array.
    pub(crate) count: Option<u32>,
    is_normalized: bool,
    offset: Option<PropertyValue>,
    scale: Option<PropertyValue>,
    no_data: Option<PropertyValue>,
    default: Option<PropertyValue>,
}

/// What the elements of a property are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Kind {
    /// Scalars, vectors and matrices: so many components each.
    Numbers(Component, u32),
    /// UTF-8.
    #[default]
    Text,
    /// One bit each.
    Flag,
    /// Names of an enumeration.
    Enum(String),
}

/// The type of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Component {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    F32,
    F64,
}

/// An enumeration: names by value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Enumeration {
    pub(crate) component: Component,
    names: BTreeMap<i128, String>,
}

/// A number before normalisation, offset and scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum RawNumber {
    Whole(i128),
    Real(f64),
}

impl Schema {
    /// Reads a schema that is a file of its own; `file` names it in errors.
    pub(crate) fn from_bytes(bytes: &[u8], file: &str) -> Result<Self, TileError> {
        serde_json::from_slice(without_byte_order_mark(bytes))
            .map(Self::from_json)
            .map_err(|error| TileError::json(file, &error))
    }

    /// What the JSON gives.
    pub(crate) fn from_json(json: SchemaJson) -> Self {
        let enums = json
            .enums
            .into_iter()
            .map(|(id, one)| (id, Enumeration::from_json(one)))
            .collect();
        let classes = json
            .classes
            .into_iter()
            .map(|(id, class)| {
                let properties = class
                    .properties
                    .into_iter()
                    .map(|(id, property)| (id, Property::from_json(property)))
                    .collect();
                (id, properties)
            })
            .collect();
        Self {
            id: json.id,
            classes,
            enums,
        }
    }

    /// The properties of a class, by id.
    pub(crate) fn class(&self, id: &str) -> Option<&BTreeMap<String, Property>> {
        self.classes.get(id)
    }

    /// The enumeration with this id.
    pub(crate) fn enumeration(&self, id: &str) -> Option<&Enumeration> {
        self.enums.get(id)
    }

    /// The ids of all classes, in order.
    pub fn class_ids(&self) -> impl Iterator<Item = &str> {
        self.classes.keys().map(String::as_str)
    }

    /// About what it takes in memory: texts exactly, the maps' own nodes not.
    pub(crate) fn bytes(&self) -> usize {
        let properties: usize = self
            .classes
            .values()
            .flatten()
            .map(|(id, property)| {
                size_of::<(String, Property)>()
                    + id.capacity()
                    + property.name.capacity()
                    + property.semantic.capacity()
            })
            .sum();
        let names: usize = self
            .enums
            .values()
            .flat_map(|one| one.names.values())
            .map(|name| size_of::<(i128, String)>() + name.capacity())
            .sum();
        size_of::<Self>() + properties + names
    }
}

impl Property {
    fn from_json(json: PropertyJson) -> Self {
        let written = json.kind.to_ascii_uppercase();
        let component = json.component_type.as_deref();
        let enumeration = json.enum_type.clone().unwrap_or_default();
        // The draft of the extension wrote the component where 1.1 writes SCALAR, and ARRAY where 1.1 says `array`.
        let is_draft_array = written == "ARRAY";
        let element = if is_draft_array {
            component.unwrap_or_default().to_ascii_uppercase()
        } else {
            written
        };
        let kind = match element.as_str() {
            "STRING" => Kind::Text,
            "BOOLEAN" => Kind::Flag,
            "ENUM" => Kind::Enum(enumeration),
            word => match (Component::from_word(word), lanes_of(word)) {
                (Some(component), _) => Kind::Numbers(component, 1),
                (None, lanes) => Kind::Numbers(
                    component
                        .and_then(Component::from_word)
                        .unwrap_or(Component::F32),
                    lanes,
                ),
            },
        };
        let count = json
            .count
            .as_ref()
            .or(json.component_count.as_ref())
            .and_then(count_of);
        Self {
            name: json.name.unwrap_or_default(),
            semantic: json.semantic.unwrap_or_default(),
            kind,
            is_array: json.array || is_draft_array,
            count,
            is_normalized: json.normalized,
            offset: json.offset.as_ref().and_then(plain_value),
            scale: json.scale.as_ref().and_then(plain_value),
            no_data: json.no_data.as_ref().and_then(plain_value),
            default: json.default.as_ref().and_then(plain_value),
        }
    }

    /// The value that JSON gives; `None` for `null` and for what means "no value" without a default.
    pub(crate) fn value_of_json(
        &self,
        value: &Value,
        schema: Option<&Schema>,
    ) -> Option<PropertyValue> {
        let raw = plain_value(value)?;
        self.finished(self.with_names(raw, schema))
    }

    /// The value with missing ones replaced, and normalisation, offset and scale applied to numbers.
    pub(crate) fn finished(&self, raw: PropertyValue) -> Option<PropertyValue> {
        if self.no_data.as_ref() == Some(&raw) {
            return self.default.clone();
        }
        let Kind::Numbers(component, _) = self.kind else {
            return Some(raw);
        };
        if !self.is_normalized && self.offset.is_none() && self.scale.is_none() {
            return Some(raw);
        }
        Some(self.scaled(raw, component, self.offset.as_ref(), self.scale.as_ref()))
    }

    fn scaled(
        &self,
        raw: PropertyValue,
        component: Component,
        offset: Option<&PropertyValue>,
        scale: Option<&PropertyValue>,
    ) -> PropertyValue {
        let number = match raw {
            PropertyValue::Number(number) => number,
            PropertyValue::Integer(number) => number as f64,
            PropertyValue::List(list) => {
                let scaled = list.into_iter().enumerate().map(|(row, value)| {
                    self.scaled(value, component, element(offset, row), element(scale, row))
                });
                return PropertyValue::List(scaled.collect());
            }
            other @ (PropertyValue::Flag(_) | PropertyValue::Text(_)) => return other,
        };
        let number = if self.is_normalized {
            component.normalised(number)
        } else {
            number
        };
        let scale = scale.and_then(as_number).unwrap_or(1.0);
        let offset = offset.and_then(as_number).unwrap_or(0.0);
        PropertyValue::Number(number * scale + offset)
    }

    /// Numbers of an enumeration by their names.
    fn with_names(&self, raw: PropertyValue, schema: Option<&Schema>) -> PropertyValue {
        let Kind::Enum(id) = &self.kind else {
            return raw;
        };
        let Some(enumeration) = schema.and_then(|schema| schema.enumeration(id)) else {
            return raw;
        };
        match raw {
            PropertyValue::Number(number) if number.fract() == 0.0 => {
                enumeration.name_of(number as i128)
            }
            PropertyValue::Integer(number) => enumeration.name_of(number),
            PropertyValue::List(list) => PropertyValue::List(
                list.into_iter()
                    .map(|one| self.with_names(one, schema))
                    .collect(),
            ),
            other => other,
        }
    }
}

impl Enumeration {
    fn from_json(json: EnumJson) -> Self {
        Self {
            component: json
                .value_type
                .as_deref()
                .and_then(Component::from_word)
                .unwrap_or(Component::U16),
            names: json
                .values
                .into_iter()
                .map(|one| (i128::from(one.value), one.name))
                .collect(),
        }
    }

    /// The name of a value, or the value itself where it has none.
    pub(crate) fn name_of(&self, value: i128) -> PropertyValue {
        match self.names.get(&value) {
            Some(name) => PropertyValue::Text(name.clone()),
            None => RawNumber::Whole(value).value(),
        }
    }
}

impl Component {
    fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "INT8" => Self::I8,
            "UINT8" => Self::U8,
            "INT16" => Self::I16,
            "UINT16" => Self::U16,
            "INT32" => Self::I32,
            "UINT32" => Self::U32,
            "INT64" => Self::I64,
            "UINT64" => Self::U64,
            "FLOAT32" => Self::F32,
            "FLOAT64" => Self::F64,
            _ => return None,
        })
    }

    /// Bytes of one number.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// The `nth` number of a packed, little-endian list; `None` beyond its end.
    pub(crate) fn number(self, bytes: &[u8], nth: usize) -> Option<RawNumber> {
        let from = nth.checked_mul(self.bytes())?;
        let raw = bytes.get(from..from.checked_add(self.bytes())?)?;
        Some(match self {
            Self::I8 => RawNumber::Whole(i128::from(i8::from_le_bytes(raw.try_into().ok()?))),
            Self::U8 => RawNumber::Whole(i128::from(u8::from_le_bytes(raw.try_into().ok()?))),
            Self::I16 => RawNumber::Whole(i128::from(i16::from_le_bytes(raw.try_into().ok()?))),
            Self::U16 => RawNumber::Whole(i128::from(u16::from_le_bytes(raw.try_into().ok()?))),
            Self::I32 => RawNumber::Whole(i128::from(i32::from_le_bytes(raw.try_into().ok()?))),
            Self::U32 => RawNumber::Whole(i128::from(u32::from_le_bytes(raw.try_into().ok()?))),
            Self::I64 => RawNumber::Whole(i128::from(i64::from_le_bytes(raw.try_into().ok()?))),
            Self::U64 => RawNumber::Whole(i128::from(u64::from_le_bytes(raw.try_into().ok()?))),
            Self::F32 => RawNumber::Real(f64::from(f32::from_le_bytes(raw.try_into().ok()?))),
            Self::F64 => RawNumber::Real(f64::from_le_bytes(raw.try_into().ok()?)),
        })
    }

    /// A whole number as the fraction that it stands for (3D Metadata, "Normalized values").
    fn normalised(self, number: f64) -> f64 {
        match self {
            Self::I8 => (number / f64::from(i8::MAX)).max(-1.0),
            Self::U8 => number / f64::from(u8::MAX),
            Self::I16 => (number / f64::from(i16::MAX)).max(-1.0),
            Self::U16 => number / f64::from(u16::MAX),
            Self::I32 => (number / f64::from(i32::MAX)).max(-1.0),
            Self::U32 => number / f64::from(u32::MAX),
            Self::I64 => (number / i64::MAX as f64).max(-1.0),
            Self::U64 => number / u64::MAX as f64,
            Self::F32 | Self::F64 => number,
        }
    }
}

impl RawNumber {
    /// The number as a property's value.
    pub(crate) fn value(self) -> PropertyValue {
        match self {
            Self::Whole(number) if number.unsigned_abs() > LARGEST_EXACT => {
                PropertyValue::Integer(number)
            }
            Self::Whole(number) => PropertyValue::Number(number as f64),
            Self::Real(number) => PropertyValue::Number(number),
        }
    }
}

/// JSON as a value without any schema; `None` for `null`. Objects are no values of metadata and count as `null`.
pub(crate) fn plain_value(value: &Value) -> Option<PropertyValue> {
    match value {
        Value::Bool(flag) => Some(PropertyValue::Flag(*flag)),
        Value::String(text) => Some(PropertyValue::Text(text.clone())),
        Value::Number(number) => {
            let whole = number
                .as_i64()
                .map(i128::from)
                .or_else(|| number.as_u64().map(i128::from));
            match whole {
                Some(whole) => Some(RawNumber::Whole(whole).value()),
                None => number.as_f64().map(PropertyValue::Number),
            }
        }
        Value::Array(list) => Some(PropertyValue::List(
            list.iter().filter_map(plain_value).collect(),
        )),
        Value::Null | Value::Object(_) => None,
    }
}

/// How many components an element has.
fn lanes_of(word: &str) -> u32 {
    match word {
        "VEC2" => 2,
        "VEC3" => 3,
        "VEC4" | "MAT2" => 4,
        "MAT3" => 9,
        "MAT4" => 16,
        _ => 1,
    }
}

/// A count that some writers put in quotation marks.
fn count_of(value: &Value) -> Option<u32> {
    let count = match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    count.and_then(|count| u32::try_from(count).ok())
}

/// The part of an offset or scale that belongs to one element: a list has one each, a number is for all.
fn element(value: Option<&PropertyValue>, row: usize) -> Option<&PropertyValue> {
    match value {
        Some(PropertyValue::List(list)) => list.get(row),
        other => other,
    }
}

fn as_number(value: &PropertyValue) -> Option<f64> {
    match value {
        PropertyValue::Number(number) => Some(*number),
        PropertyValue::Integer(number) => Some(*number as f64),
        PropertyValue::Flag(_) | PropertyValue::Text(_) | PropertyValue::List(_) => None,
    }
}

/// `schema` of a tileset, or a schema file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SchemaJson {
    id: String,
    classes: BTreeMap<String, ClassJson>,
    enums: BTreeMap<String, EnumJson>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ClassJson {
    properties: BTreeMap<String, PropertyJson>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PropertyJson {
    name: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    component_type: Option<String>,
    enum_type: Option<String>,
    array: bool,
    count: Option<Value>,
    component_count: Option<Value>,
    normalized: bool,
    offset: Option<Value>,
    scale: Option<Value>,
    no_data: Option<Value>,
    default: Option<Value>,
    semantic: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct EnumJson {
    value_type: Option<String>,
    values: Vec<EnumValueJson>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EnumValueJson {
    name: String,
    value: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn property(text: &str) -> Property {
        Property::from_json(serde_json::from_str(text).expect("JSON"))
    }

    #[track_caller]
    fn check_kind(text: &str, kind: Kind, is_array: bool, count: Option<u32>) {
        let property = property(text);
        assert_eq!(
            (property.kind, property.is_array, property.count),
            (kind, is_array, count),
            "{text}"
        );
    }

    #[test]
    fn types_of_both_versions_are_understood() {
        check_kind(
            r#"{"type":"VEC3","componentType":"UINT8"}"#,
            Kind::Numbers(Component::U8, 3),
            false,
            None,
        );
        check_kind(
            r#"{"type":"MAT4","componentType":"FLOAT64","array":true,"count":5}"#,
            Kind::Numbers(Component::F64, 16),
            true,
            Some(5),
        );
        check_kind(
            r#"{"type":"ARRAY","componentType":"FLOAT64","componentCount":"3"}"#,
            Kind::Numbers(Component::F64, 1),
            true,
            Some(3),
        );
        check_kind(
            r#"{"type":"UINT32"}"#,
            Kind::Numbers(Component::U32, 1),
            false,
            None,
        );
        check_kind(
            r#"{"type":"ARRAY","componentType":"STRING"}"#,
            Kind::Text,
            true,
            None,
        );
        check_kind(
            r#"{"type":"ENUM","enumType":"use"}"#,
            Kind::Enum("use".into()),
            false,
            None,
        );
    }

    #[track_caller]
    fn check_value(property_json: &str, value: &str, expected: &str) {
        let value: Value = serde_json::from_str(value).expect("JSON");
        let found = property(property_json).value_of_json(&value, None);
        assert_eq!(
            found.map_or_else(|| "none".to_owned(), |value| value.to_string()),
            expected
        );
    }

    #[test]
    fn normalisation_offset_and_scale_apply_to_each_component() {
        check_value(
            r#"{"type":"SCALAR","componentType":"INT8","normalized":true}"#,
            "-128",
            "-1",
        );
        check_value(
            r#"{"type":"VEC2","componentType":"FLOAT32","scale":[2,3],"offset":[10,20]}"#,
            "[1,1]",
            "12, 23",
        );
        check_value(r#"{"type":"STRING","noData":""}"#, r#""""#, "none");
        check_value(
            r#"{"type":"STRING","noData":"","default":"-"}"#,
            r#""""#,
            "-",
        );
        check_value(
            r#"{"type":"SCALAR","componentType":"UINT64"}"#,
            "18446744073709551615",
            "18446744073709551615",
        );
    }
}
