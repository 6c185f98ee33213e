//! The values of one column of a property table (3D Metadata Specification, "Binary Table Format").

use super::accessor::{Budget, GltfFile};
use super::json_metadata::{ClassProperty, ColumnJson, Enum, Schema};
use crate::{PropertyValue, TileError};
use serde_json::Value;
use std::collections::BTreeMap;
use std::ops::Range;

/// What a column is read from.
pub(super) struct ColumnSource<'a> {
    pub(super) file: &'a GltfFile<'a>,
    pub(super) schema: &'a Schema,
    pub(super) property: &'a ClassProperty,
    pub(super) column: &'a ColumnJson,
    pub(super) rows: usize,
    /// Array offsets count bytes, not elements.
    pub(super) has_byte_offsets: bool,
    /// Names the column in errors.
    pub(super) place: &'a str,
}

/// Whole numbers beyond this do not fit a double exactly.
const EXACT: i128 = 1 << 53;

/// The column's values: one for each row, `None` where it has no data.
pub(super) fn read_column(
    source: &ColumnSource<'_>,
    budget: &mut Budget,
) -> Result<Vec<Option<PropertyValue>>, TileError> {
    let ColumnSource {
        file,
        property,
        place,
        rows,
        ..
    } = *source;
    let broken = |reason: String| TileError::broken(file.path, place, reason);
    let elements = Elements::open(source)?;
    let arrays = Arrays::open(source, &elements)?;
    let default = default_value(property);
    let bytes = rows.saturating_mul(size_of::<Option<PropertyValue>>());
    budget.plain.take(bytes, file.path, place)?;
    let mut values = Vec::with_capacity(rows);
    for row in 0..rows {
        let span = arrays.span(row).map_err(broken)?;
        let heap = elements.heap_bytes(span.as_ref().map_or(row..row + 1, Clone::clone));
        let heap = heap.saturating_add(span.as_ref().map_or(0, |span| {
            span.len().saturating_mul(size_of::<PropertyValue>())
        }));
        budget.plain.take(heap, file.path, place)?;
        let raw = match span {
            None => elements.element(row),
            Some(span) => span
                .map(|index| elements.element(index))
                .collect::<Option<Vec<PropertyValue>>>()
                .map(PropertyValue::List),
        };
        let raw =
            raw.ok_or_else(|| broken(format!("the value of row {row} lies outside the column")))?;
        let is_missing = property
            .no_data
            .as_ref()
            .is_some_and(|no_data| is_same(&raw, no_data));
        values.push(if is_missing {
            let heap = default.as_ref().map_or(0, heap_of);
            budget.plain.take(heap, file.path, place)?;
            default.clone()
        } else {
            Some(elements.finish(raw, &mut 0))
        });
    }
    Ok(values)
}

/// What the schema says where there is no value.
pub(super) fn default_value(property: &ClassProperty) -> Option<PropertyValue> {
    property.default.as_ref().and_then(value_of_json)
}

/// What a value takes beside its own place.
pub(super) fn heap_of(value: &PropertyValue) -> usize {
    match value {
        PropertyValue::Text(text) => text.len(),
        PropertyValue::List(list) => list
            .iter()
            .map(|one| size_of::<PropertyValue>().saturating_add(heap_of(one)))
            .sum(),
        PropertyValue::Flag(_) | PropertyValue::Number(_) | PropertyValue::Integer(_) => 0,
    }
}

fn value_of_json(json: &Value) -> Option<PropertyValue> {
    match json {
        Value::Null | Value::Object(_) => None,
        Value::Bool(flag) => Some(PropertyValue::Flag(*flag)),
        Value::Number(number) => number.as_f64().map(PropertyValue::Number),
        Value::String(text) => Some(PropertyValue::Text(text.clone())),
        Value::Array(list) => list
            .iter()
            .map(value_of_json)
            .collect::<Option<Vec<PropertyValue>>>()
            .map(PropertyValue::List),
    }
}

/// True when a value as it is stored is what the schema's `noData` says.
fn is_same(value: &PropertyValue, json: &Value) -> bool {
    match (value, json) {
        (PropertyValue::Flag(flag), Value::Bool(other)) => flag == other,
        (PropertyValue::Text(text), Value::String(other)) => text == other,
        (PropertyValue::Number(number), json) => json.as_f64().is_some_and(|other| {
            // A single-precision number is never quite what the text says.
            (number - other).abs() <= other.abs() * f64::from(f32::EPSILON)
        }),
        (PropertyValue::Integer(number), json) => json
            .as_i64()
            .map(i128::from)
            .or_else(|| json.as_u64().map(i128::from))
            .is_some_and(|other| *number == other),
        (PropertyValue::List(list), Value::Array(others)) => {
            list.len() == others.len()
                && list
                    .iter()
                    .zip(others)
                    .all(|(value, json)| is_same(value, json))
        }
        _ => false,
    }
}

/// How a number is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Component {
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

impl Component {
    fn named(word: &str) -> Option<Self> {
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

    fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 => 8,
        }
    }

    /// The largest number of this kind, which `normalized` makes one.
    fn one(self) -> f64 {
        match self {
            Self::I8 => f64::from(i8::MAX),
            Self::U8 => f64::from(u8::MAX),
            Self::I16 => f64::from(i16::MAX),
            Self::U16 => f64::from(u16::MAX),
            Self::I32 => f64::from(i32::MAX),
            Self::U32 => f64::from(u32::MAX),
            Self::I64 => i64::MAX as f64,
            Self::U64 => u64::MAX as f64,
            Self::F32 | Self::F64 => 1.0,
        }
    }

    /// A number out of a list of them.
    fn number(self, bytes: &[u8], index: usize) -> Option<PropertyValue> {
        let start = index.checked_mul(self.bytes())?;
        let bytes = bytes.get(start..)?;
        Some(match self {
            Self::F32 => PropertyValue::Number(f32::from_le_bytes(*bytes.first_chunk()?).into()),
            Self::F64 => PropertyValue::Number(f64::from_le_bytes(*bytes.first_chunk()?)),
            Self::I8 => integer(i8::from_le_bytes(*bytes.first_chunk()?)),
            Self::U8 => integer(u8::from_le_bytes(*bytes.first_chunk()?)),
            Self::I16 => integer(i16::from_le_bytes(*bytes.first_chunk()?)),
            Self::U16 => integer(u16::from_le_bytes(*bytes.first_chunk()?)),
            Self::I32 => integer(i32::from_le_bytes(*bytes.first_chunk()?)),
            Self::U32 => integer(u32::from_le_bytes(*bytes.first_chunk()?)),
            Self::I64 => integer(i64::from_le_bytes(*bytes.first_chunk()?)),
            Self::U64 => integer(u64::from_le_bytes(*bytes.first_chunk()?)),
        })
    }
}

fn integer(number: impl Into<i128>) -> PropertyValue {
    let number = number.into();
    if number.abs() <= EXACT {
        PropertyValue::Number(number as f64)
    } else {
        PropertyValue::Integer(number)
    }
}

/// What one element of a column is: a value, or a part of an array.
enum Kind<'a> {
    Numbers {
        component: Component,
        /// Numbers in an element.
        width: usize,
        /// Rows of a square matrix; 0 for a vector and a single number.
        matrix: usize,
    },
    Text(Offsets<'a>),
    Flag,
    Enum(Component, Names<'a>),
}

/// The names of an enumeration's values.
struct Names<'a> {
    by_value: BTreeMap<i128, &'a str>,
    /// Bytes of the longest.
    longest: usize,
}

impl<'a> Names<'a> {
    fn of(json: &'a Enum) -> Self {
        let pairs = json.values.iter();
        Self {
            by_value: pairs
                .map(|one| (i128::from(one.value), one.name.as_str()))
                .collect(),
            longest: json
                .values
                .iter()
                .map(|one| one.name.len())
                .max()
                .unwrap_or_default(),
        }
    }

    fn name_of(&self, value: &PropertyValue) -> Option<PropertyValue> {
        let value = match value {
            PropertyValue::Number(number) => *number as i128,
            PropertyValue::Integer(number) => *number,
            _ => return None,
        };
        let name = self.by_value.get(&value)?;
        Some(PropertyValue::Text((*name).to_owned()))
    }
}

/// All elements of a column, end to end.
struct Elements<'a> {
    values: &'a [u8],
    kind: Kind<'a>,
    is_normalized: bool,
    offset: Vec<f64>,
    scale: Vec<f64>,
}

impl<'a> Elements<'a> {
    fn open(source: &ColumnSource<'a>) -> Result<Self, TileError> {
        let ColumnSource {
            file,
            property,
            column,
            place,
            ..
        } = *source;
        let broken = |reason: String| TileError::broken(file.path, place, reason);
        let component = || {
            let word = property.component_type.as_deref().unwrap_or_default();
            Component::named(word)
                .ok_or_else(|| broken(format!("component type {word:?} does not exist")))
        };
        let numbers = |width: usize, matrix: usize| {
            Ok::<_, TileError>(Kind::Numbers {
                component: component()?,
                width,
                matrix,
            })
        };
        let kind = match property.kind.as_str() {
            "SCALAR" => numbers(1, 0)?,
            "VEC2" => numbers(2, 0)?,
            "VEC3" => numbers(3, 0)?,
            "VEC4" => numbers(4, 0)?,
            "MAT2" => numbers(4, 2)?,
            "MAT3" => numbers(9, 3)?,
            "MAT4" => numbers(16, 4)?,
            "STRING" => {
                let offsets = column
                    .string_offsets
                    .ok_or_else(|| broken("a column of strings has no offsets".to_owned()))?;
                let word = column.string_offset_type.as_deref();
                Kind::Text(Offsets::open(file, offsets, word, place)?)
            }
            "BOOLEAN" => Kind::Flag,
            "ENUM" => {
                let name = property.enum_type.as_deref().unwrap_or_default();
                let kind = source
                    .schema
                    .enums
                    .get(name)
                    .ok_or_else(|| broken(format!("the schema has no enum {name:?}")))?;
                let word = kind.value_type.as_deref().unwrap_or("UINT16");
                let component = Component::named(word)
                    .ok_or_else(|| broken(format!("value type {word:?} does not exist")))?;
                Kind::Enum(component, Names::of(kind))
            }
            other => return Err(broken(format!("type {other:?} does not exist"))),
        };
        let numbers_of = |own: Option<&Value>, of_class: Option<&Value>| {
            let mut numbers = Vec::new();
            if let Some(value) = own.or(of_class) {
                flatten(value, &mut numbers);
            }
            numbers
        };
        Ok(Self {
            values: file.view(column.values)?.bytes,
            kind,
            is_normalized: property.normalized,
            offset: numbers_of(column.offset.as_ref(), property.offset.as_ref()),
            scale: numbers_of(column.scale.as_ref(), property.scale.as_ref()),
        })
    }

    /// An element as it is stored; `None` outside the column.
    fn element(&self, index: usize) -> Option<PropertyValue> {
        match &self.kind {
            Kind::Numbers {
                component,
                width: 1,
                ..
            } => component.number(self.values, index),
            Kind::Numbers {
                component, width, ..
            } => {
                let first = index.checked_mul(*width)?;
                (first..first.checked_add(*width)?)
                    .map(|part| component.number(self.values, part))
                    .collect::<Option<Vec<PropertyValue>>>()
                    .map(PropertyValue::List)
            }
            Kind::Text(offsets) => {
                // Bytes that are no UTF-8 become replacement characters: a name is not worth a column.
                let text = self.values.get(offsets.span(index)?)?;
                let text = String::from_utf8_lossy(text).into_owned();
                Some(PropertyValue::Text(text))
            }
            Kind::Flag => {
                let byte = self.values.get(index / 8)?;
                Some(PropertyValue::Flag((byte >> (index % 8)) & 1 == 1))
            }
            Kind::Enum(component, names) => {
                let value = component.number(self.values, index)?;
                Some(names.name_of(&value).unwrap_or(value))
            }
        }
    }

    /// What some elements take beside their place in a list.
    fn heap_bytes(&self, span: Range<usize>) -> usize {
        match &self.kind {
            Kind::Numbers { width: 1, .. } | Kind::Flag => 0,
            Kind::Numbers { width, .. } => {
                let parts = width.saturating_mul(size_of::<PropertyValue>());
                span.len().saturating_mul(parts)
            }
            Kind::Enum(_, names) => span.len().saturating_mul(names.longest),
            Kind::Text(offsets) => {
                let start = offsets.number(span.start).unwrap_or_default();
                let end = offsets.number(span.end).unwrap_or_default();
                end.saturating_sub(start)
            }
        }
    }

    /// A value as people mean it: `normalized`, `scale` and `offset` applied, matrices row after row. `part` counts the
    /// numbers of the value.
    fn finish(&self, value: PropertyValue, part: &mut usize) -> PropertyValue {
        let Kind::Numbers {
            component, matrix, ..
        } = &self.kind
        else {
            return value;
        };
        match value {
            PropertyValue::List(list) => {
                let is_matrix = *matrix > 0
                    && list.len() == matrix * matrix
                    && !list.iter().any(|one| matches!(one, PropertyValue::List(_)));
                let list: Vec<PropertyValue> =
                    list.into_iter().map(|one| self.finish(one, part)).collect();
                PropertyValue::List(if is_matrix {
                    transposed(&list, *matrix)
                } else {
                    list
                })
            }
            PropertyValue::Number(_) | PropertyValue::Integer(_)
                if self.is_normalized || !self.offset.is_empty() || !self.scale.is_empty() =>
            {
                let number = match value {
                    PropertyValue::Integer(number) => number as f64,
                    PropertyValue::Number(number) => number,
                    _ => 0.0,
                };
                let number = if self.is_normalized {
                    (number / component.one()).max(-1.0)
                } else {
                    number
                };
                let at = |list: &[f64], other: f64| match list {
                    [] => other,
                    [one] => *one,
                    list => list.get(*part % list.len()).copied().unwrap_or(other),
                };
                let number = number * at(&self.scale, 1.0) + at(&self.offset, 0.0);
                *part += 1;
                PropertyValue::Number(number)
            }
            other => other,
        }
    }
}

/// The numbers of a JSON value, however deep its lists.
fn flatten(value: &Value, numbers: &mut Vec<f64>) {
    match value {
        Value::Array(list) => list.iter().for_each(|one| flatten(one, numbers)),
        other => numbers.extend(other.as_f64()),
    }
}

/// Matrices are stored column after column.
fn transposed(list: &[PropertyValue], size: usize) -> Vec<PropertyValue> {
    let cells = (0..size).flat_map(|row| (0..size).map(move |column| column * size + row));
    cells.filter_map(|cell| list.get(cell).cloned()).collect()
}

/// Where the arrays of a column begin and end.
enum Arrays<'a> {
    /// The column has no arrays.
    None,
    /// Each has so many elements.
    Fixed(usize),
    /// As the offsets say, which count so many bytes or bits for each element.
    Variable(Offsets<'a>, usize),
}

impl<'a> Arrays<'a> {
    fn open(source: &ColumnSource<'a>, elements: &Elements<'a>) -> Result<Self, TileError> {
        let property = source.property;
        let broken = |reason: &str| TileError::broken(source.file.path, source.place, reason);
        if !property.array {
            return Ok(Self::None);
        }
        if let Some(count) = property.count {
            let count = usize::try_from(count);
            return count
                .map(Self::Fixed)
                .map_err(|_too_many| broken("an array of too many elements"));
        }
        let offsets = source
            .column
            .array_offsets
            .ok_or_else(|| broken("a column of arrays has no offsets"))?;
        let word = source.column.array_offset_type.as_deref();
        let offsets = Offsets::open(source.file, offsets, word, source.place)?;
        let unit = match &elements.kind {
            _ if !source.has_byte_offsets => 1,
            Kind::Numbers { component, .. } | Kind::Enum(component, _) => component.bytes(),
            Kind::Text(strings) => strings.component.bytes(),
            Kind::Flag => 1,
        };
        Ok(Self::Variable(offsets, unit))
    }

    /// The elements of a row's array; `None` when rows are no arrays.
    fn span(&self, row: usize) -> Result<Option<Range<usize>>, String> {
        let outside = || format!("the array of row {row} lies outside the column");
        match self {
            Self::None => Ok(None),
            Self::Fixed(count) => {
                let start = row.checked_mul(*count).ok_or_else(outside)?;
                let end = start.checked_add(*count).ok_or_else(outside)?;
                Ok(Some(start..end))
            }
            Self::Variable(offsets, unit) => {
                let span = offsets.span(row).ok_or_else(outside)?;
                Ok(Some(span.start / unit..span.end / unit))
            }
        }
    }
}

/// A list of places in another list: where each item begins, and at last where the end is.
struct Offsets<'a> {
    bytes: &'a [u8],
    component: Component,
}

impl<'a> Offsets<'a> {
    fn open(
        file: &GltfFile<'a>,
        view: u32,
        word: Option<&str>,
        place: &str,
    ) -> Result<Self, TileError> {
        let word = word.unwrap_or("UINT32");
        let component = Component::named(word).filter(|component| {
            use Component::{U8, U16, U32, U64};
            matches!(component, U8 | U16 | U32 | U64)
        });
        let component = component.ok_or_else(|| {
            TileError::broken(
                file.path,
                place,
                format!("offsets cannot be of type {word:?}"),
            )
        })?;
        Ok(Self {
            bytes: file.view(view)?.bytes,
            component,
        })
    }

    /// The item in a row; `None` when its offsets lie outside or run backwards.
    fn span(&self, row: usize) -> Option<Range<usize>> {
        let start = self.number(row)?;
        let end = self.number(row.checked_add(1)?)?;
        (start <= end).then_some(start..end)
    }

    fn number(&self, row: usize) -> Option<usize> {
        match self.component.number(self.bytes, row)? {
            PropertyValue::Number(number) => Some(number as usize),
            _ => None,
        }
    }
}
