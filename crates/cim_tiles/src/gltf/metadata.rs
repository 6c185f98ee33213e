//! Property tables of an asset, and the features that they describe (`EXT_structural_metadata`, "Property Tables", and
//! its draft `EXT_feature_metadata`).
//!
//! A column that is broken costs itself. Properties that lie along vertices or in textures (property attributes,
//! property textures) are passed over: they belong to places, not to features.

use super::accessor::{Budget, GltfFile};
use super::buffers::read_beside;
use super::json_metadata::{Schema, StructuralMetadata, TableJson};
use super::metadata_values::{ColumnSource, default_value, heap_of, read_column};
use super::{GltfInput, Told};
use crate::allowance::Allowance;
use crate::source::{data_uri, resolve};
use crate::{PropertyColumn, PropertyTable, PropertyValue, TileError, TileFeature};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What properties of a table mean, by their id: the `semantic` of the schema.
pub(crate) type Semantics = BTreeMap<String, String>;

/// A property table and what its columns mean.
#[derive(Debug, Default)]
pub(super) struct Table {
    pub(super) table: PropertyTable,
    pub(super) semantics: Semantics,
}

/// The property tables of an asset, in its order. What cannot be read is told and left out.
pub(super) fn read_tables(
    file: &GltfFile<'_>,
    input: &GltfInput<'_>,
    budget: &mut Budget,
    told: &mut Told<'_>,
) -> Vec<Table> {
    let extensions = &file.document.extensions;
    let metadata = match (&extensions.structural_metadata, &extensions.draft_metadata) {
        (Some(metadata), _) => Cow::Borrowed(metadata),
        (None, Some(draft)) => Cow::Owned(draft.to_structural()),
        (None, None) => return Vec::new(),
    };
    let schema = schema_of(&metadata, input).unwrap_or_else(|reason| {
        told.add("extensions/EXT_structural_metadata/schemaUri", reason);
        Cow::Owned(Schema::default())
    });
    let tables = metadata.property_tables.iter().enumerate();
    tables
        .map(|(number, json)| {
            let place = format!("propertyTables/{number}");
            read_table(file, &schema, json, &place, budget, told).unwrap_or_else(|error| {
                told.add_error(&error);
                Table::default()
            })
        })
        .collect()
}

/// The schema, from the document or beside it.
fn schema_of<'a>(
    metadata: &'a StructuralMetadata,
    input: &GltfInput<'_>,
) -> Result<Cow<'a, Schema>, String> {
    if let Some(schema) = &metadata.schema {
        return Ok(Cow::Borrowed(schema));
    }
    let Some(uri) = metadata.schema_uri.as_deref() else {
        return Ok(Cow::Owned(Schema::default()));
    };
    let bytes = match data_uri(uri) {
        Some(bytes) => bytes?,
        None => read_beside(input, &resolve(input.path, uri)?)?,
    };
    Allowance::for_input(bytes.len())
        .take_json(&bytes, uri)
        .map_err(|error| error.to_string())?;
    let mut schema: Schema =
        serde_json::from_slice(&bytes).map_err(|error| TileError::json(uri, &error).to_string())?;
    if metadata.is_draft {
        schema.modernize();
    }
    Ok(Cow::Owned(schema))
}

fn read_table(
    file: &GltfFile<'_>,
    schema: &Schema,
    json: &TableJson,
    place: &str,
    budget: &mut Budget,
    told: &mut Told<'_>,
) -> Result<Table, TileError> {
    let rows = u32::try_from(json.count).map_err(|_too_many| {
        TileError::too_large(file.path, place, format!("a table of {} rows", json.count))
    })?;
    let class = schema.classes.get(&json.class);
    if class.is_none() {
        let reason = format!("the schema has no class {:?}", json.class);
        told.add(place, reason);
    }
    let mut table = Table {
        table: PropertyTable {
            class: json.class.clone(),
            rows,
            columns: Vec::new(),
        },
        semantics: Semantics::new(),
    };
    let properties = class.map(|class| class.properties.0.as_slice());
    for (id, property) in properties.unwrap_or_default() {
        let place = format!("{place}/properties/{id}");
        let column = match json.properties.get(id) {
            Some(column) => read_column(
                &ColumnSource {
                    file,
                    schema,
                    property,
                    column,
                    rows: rows as usize,
                    has_byte_offsets: json.has_byte_offsets,
                    place: &place,
                },
                budget,
            ),
            None => match default_value(property) {
                Some(value) => repeated(file, &value, rows as usize, &place, budget),
                None => continue,
            },
        };
        if let Some(semantic) = &property.semantic {
            table.semantics.insert(id.clone(), semantic.clone());
        }
        match column {
            Ok(values) => table.table.columns.push(PropertyColumn {
                id: id.clone(),
                name: property.name.clone().unwrap_or_default(),
                unit: String::new(),
                values,
            }),
            Err(error) => told.add_error(&error),
        }
    }
    Ok(table)
}

/// A column that the table does not have, with the default of the schema in every row.
fn repeated(
    file: &GltfFile<'_>,
    value: &PropertyValue,
    rows: usize,
    place: &str,
    budget: &mut Budget,
) -> Result<Vec<Option<PropertyValue>>, TileError> {
    let one = size_of::<Option<PropertyValue>>().saturating_add(heap_of(value));
    budget
        .plain
        .take(rows.saturating_mul(one), file.path, place)?;
    Ok(vec![Some(value.clone()); rows])
}

/// The features of a table, one for each row; `number` is the table's row in [`crate::TileMesh::tables`].
///
/// What a feature is called is told by the semantics `ID` and `NAME`, or else by the properties' own names.
pub(crate) fn features_of_table(
    table: &PropertyTable,
    number: u32,
    semantics: &Semantics,
) -> Vec<TileFeature> {
    const IDS: [&str; 10] = [
        "id",
        "gml:id",
        "gml_id",
        "gmlid",
        "identifier",
        "ID",
        "Id",
        "GmlID",
        "uuid",
        "guid",
    ];
    const NAMES: [&str; 4] = ["name", "NAME", "Name", "gml:name"];
    const KINDS: [&str; 3] = ["kind", "class", "type"];
    const HEIGHTS: [&str; 6] = [
        "height_m",
        "height",
        "Height",
        "HEIGHT",
        "measuredHeight",
        "building_height",
    ];
    let ids = column_of(table, semantics, "ID", &IDS);
    let names = column_of(table, semantics, "NAME", &NAMES);
    let kinds = column_of(table, semantics, "", &KINDS);
    let heights = column_of(table, semantics, "", &HEIGHTS);
    let text = |column: Option<&PropertyColumn>, row: usize| {
        let value = column?.values.get(row)?.as_ref()?;
        Some(value.to_string())
    };
    let feature = |row: u32| {
        let at = row as usize;
        let id = text(ids, at).filter(|id| !id.is_empty());
        TileFeature {
            id: id.unwrap_or_else(|| row.to_string()),
            kind: text(kinds, at).unwrap_or_default(),
            name: text(names, at).unwrap_or_default(),
            height_m: heights.map_or(0.0, |column| metres(column, at)),
            row: Some((number, row)),
        }
    };
    (0..table.rows).map(feature).collect()
}

fn column_of<'a>(
    table: &'a PropertyTable,
    semantics: &Semantics,
    semantic: &str,
    names: &[&str],
) -> Option<&'a PropertyColumn> {
    let meant = |column: &&PropertyColumn| {
        semantics
            .get(&column.id)
            .is_some_and(|word| word == semantic)
    };
    table
        .columns
        .iter()
        .find(meant)
        .or_else(|| names.iter().find_map(|name| table.column(name)))
}

fn metres(column: &PropertyColumn, row: usize) -> f32 {
    let metres = match column.values.get(row).and_then(Option::as_ref) {
        Some(PropertyValue::Number(number)) => *number as f32,
        Some(PropertyValue::Text(text)) => text.trim().parse().unwrap_or_default(),
        _ => 0.0,
    };
    if metres.is_finite() { metres } else { 0.0 }
}
