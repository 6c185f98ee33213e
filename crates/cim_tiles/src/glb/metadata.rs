//! Property tables: what the features of a tile are called (`EXT_structural_metadata`, "Property Tables").
//!
//! Reads four columns by name: `id`, `kind` and `name` as STRING, `height_m` as FLOAT32. Columns that are missing or
//! of another type stay empty; arrays and other columns are for later readers.

use super::accessor::GltfFile;
use super::document::{ClassProperty, PropertyTable, StructuralMetadata, TableColumn};
use crate::allowance::Allowance;
use crate::{TileError, TileFeature};

/// The features of one property table, in its order.
pub(super) fn read_table(
    file: &GltfFile<'_>,
    table: u32,
    allowance: &mut Allowance,
) -> Result<Vec<TileFeature>, TileError> {
    let place = format!("propertyTables/{table}");
    let metadata: &StructuralMetadata = file
        .document
        .extensions
        .structural_metadata
        .as_ref()
        .ok_or_else(|| {
            TileError::broken(
                file.source,
                place.as_str(),
                "the file has no property tables",
            )
        })?;
    let table: &PropertyTable = metadata
        .property_tables
        .get(table as usize)
        .ok_or_else(|| {
            TileError::broken(
                file.source,
                place.as_str(),
                "there is no such property table",
            )
        })?;
    let count = usize::try_from(table.count).unwrap_or(usize::MAX);
    allowance.take(
        count.saturating_mul(size_of::<TileFeature>()),
        file.source,
        &place,
    )?;
    let mut features = vec![TileFeature::default(); count];
    for (name, column) in &table.properties {
        let property = metadata
            .schema
            .classes
            .get(&table.class)
            .and_then(|class| class.properties.get(name));
        let Some(property) = property.filter(|property| !property.array) else {
            continue;
        };
        let place = format!("{place}/properties/{name}");
        let Some(set) = setter_of(name) else { continue };
        match (set, property.kind.as_str()) {
            (Setter::Text(set), "STRING") => {
                let strings = Strings::of(file, column, count, &place)?;
                allowance.take(strings.values.len(), file.source, &place)?;
                for (row, feature) in features.iter_mut().enumerate() {
                    set(feature, strings.get(row, file.source, &place)?);
                }
            }
            (Setter::Number(set), "SCALAR") if is_float32(property) => {
                let (values, _) = file.view(column.values)?;
                let (numbers, _) = values.as_chunks::<4>();
                let numbers = numbers.get(..count).ok_or_else(|| {
                    TileError::broken(
                        file.source,
                        place.as_str(),
                        format!("{} bytes do not hold {count} numbers", values.len()),
                    )
                })?;
                for (feature, number) in features.iter_mut().zip(numbers) {
                    set(feature, f32::from_le_bytes(*number));
                }
            }
            _ => {}
        }
    }
    for (row, feature) in features.iter_mut().enumerate() {
        if feature.id.is_empty() {
            feature.id = row.to_string();
        }
    }
    Ok(features)
}

enum Setter {
    Text(fn(&mut TileFeature, String)),
    Number(fn(&mut TileFeature, f32)),
}

fn setter_of(column: &str) -> Option<Setter> {
    match column {
        "id" => Some(Setter::Text(|feature, text| feature.id = text)),
        "kind" => Some(Setter::Text(|feature, text| feature.kind = text)),
        "name" => Some(Setter::Text(|feature, text| feature.name = text)),
        "height_m" => Some(Setter::Number(|feature, number| feature.height_m = number)),
        _ => None,
    }
}

fn is_float32(property: &ClassProperty) -> bool {
    property.component_type.as_deref() == Some("FLOAT32")
}

/// A column of strings: all of them end to end, and where each begins.
struct Strings<'a> {
    values: &'a [u8],
    offsets: &'a [u8],
    offset_bytes: usize,
}

impl<'a> Strings<'a> {
    fn of(
        file: &GltfFile<'a>,
        column: &TableColumn,
        count: usize,
        place: &str,
    ) -> Result<Self, TileError> {
        let broken = |reason: String| TileError::broken(file.source, place, reason);
        let offset_bytes = match column.string_offset_type.as_deref() {
            None | Some("UINT32") => 4,
            Some("UINT8") => 1,
            Some("UINT16") => 2,
            Some("UINT64") => 8,
            Some(other) => {
                return Err(broken(format!(
                    "string offsets cannot be of type {other:?}"
                )));
            }
        };
        let (values, _) = file.view(column.values)?;
        let offsets = column
            .string_offsets
            .ok_or_else(|| broken("a column of strings has no offsets".to_owned()))?;
        let (offsets, _) = file.view(offsets)?;
        if offsets.len() / offset_bytes <= count {
            return Err(broken(format!(
                "{} bytes do not hold {count} string offsets and the end",
                offsets.len()
            )));
        }
        Ok(Self {
            values,
            offsets,
            offset_bytes,
        })
    }

    /// The string in a row. Bytes that are no UTF-8 become replacement characters: a name is not worth a tile.
    fn get(&self, row: usize, source: &str, place: &str) -> Result<String, TileError> {
        let text = self
            .offset(row)
            .zip(self.offset(row + 1))
            .and_then(|(start, end)| self.values.get(start..end));
        let text = text.ok_or_else(|| {
            TileError::broken(
                source,
                place,
                format!("the offsets of string {row} lie outside or run backwards"),
            )
        })?;
        Ok(String::from_utf8_lossy(text).into_owned())
    }

    fn offset(&self, row: usize) -> Option<usize> {
        let at = row * self.offset_bytes;
        let bytes = self.offsets.get(at..at + self.offset_bytes)?;
        let number = bytes
            .iter()
            .rev()
            .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        usize::try_from(number).ok()
    }
}
