//! Batch tables of b3dm, i3dm and pnts become property tables and features (3D Tiles 1.0, "Batch Table").
//!
//! A column that is broken costs itself; a table whose JSON is broken leaves features that have nothing but a number.

pub(crate) mod column;
pub(crate) mod feature_table;
pub(crate) mod hierarchy;
pub(crate) mod json;
pub(crate) mod octahedron;
pub(crate) mod sections;

use crate::allowance::Allowance;
use crate::gltf::{Semantics, features_of_table};
use crate::{Problem, PropertyColumn, PropertyTable, PropertyValue, TileError, TileFeature};
use column::Numbers;
use hierarchy::HierarchyInput;
use json::{DracoProperties, Entry, JsonTable};

/// What a feature takes with a short name.
const FEATURE_BYTES: usize = size_of::<TileFeature>() + 16;

/// A batch table as it lies in its tile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BatchInput<'a> {
    pub(crate) json: &'a [u8],
    pub(crate) binary: &'a [u8],
    /// How many features the tile has.
    pub(crate) rows: u32,
    pub(crate) path: &'a str,
}

/// A tile's features, and the table that they are rows of.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) features: Vec<TileFeature>,
    /// One table, or none when the tile has no properties.
    pub(crate) tables: Vec<PropertyTable>,
}

/// A batch table whose JSON is read.
pub(crate) struct BatchTable<'a> {
    input: BatchInput<'a>,
    table: JsonTable,
}

impl<'a> BatchTable<'a> {
    /// Reads the JSON. What is broken is told in `problems`, and the table is then empty.
    pub(crate) fn read(
        input: BatchInput<'a>,
        allowance: &mut Allowance,
        problems: &mut Vec<Problem>,
    ) -> Result<Self, TileError> {
        // The number of features is a claim of a few bytes. Features are made below, but the claim ends here.
        allowance.take(
            (input.rows as usize).saturating_mul(FEATURE_BYTES),
            input.path,
            "the number of features",
        )?;
        let table = JsonTable::read(
            input.json,
            input.rows as usize,
            allowance,
            input.path,
            "the batch table",
        );
        let table = table.unwrap_or_else(|error| {
            problems.push(Problem::from(&error));
            JsonTable::default()
        });
        Ok(Self { input, table })
    }

    /// Which properties Draco packed together with the points.
    pub(crate) fn draco(&self) -> Option<&DracoProperties> {
        self.table.draco.as_ref()
    }

    /// The features and their properties. `unpacked` are columns that come from elsewhere, instead of those with the
    /// same name.
    pub(crate) fn into_batch(
        self,
        unpacked: Vec<PropertyColumn>,
        allowance: &mut Allowance,
        problems: &mut Vec<Problem>,
    ) -> Batch {
        let Self { input, table } = self;
        let rows = input.rows as usize;
        let mut columns = unpacked;
        for (id, entry) in table.entries {
            if columns.iter().any(|column| column.id == id) {
                continue;
            }
            match values_of(&id, entry, input, allowance) {
                Ok(Some(values)) => columns.push(PropertyColumn {
                    id,
                    values,
                    ..PropertyColumn::default()
                }),
                Ok(None) => {}
                Err(error) => problems.push(Problem::from(&error)),
            }
        }
        let mut kinds = Vec::new();
        if let Some(hierarchy) = table.hierarchy {
            let input = HierarchyInput {
                binary: input.binary,
                rows,
                file: input.path,
            };
            match hierarchy.inherited(input, allowance) {
                Ok(inherited) => {
                    kinds = inherited.kinds;
                    let mut inherited = inherited.columns;
                    inherited.retain(|column| columns.iter().all(|known| known.id != column.id));
                    columns.extend(inherited);
                }
                Err(error) => problems.push(Problem::from(&error)),
            }
        }
        batch_of(columns, kinds, input.rows)
    }
}

/// The batch table of a tile without packed columns.
pub(crate) fn read_batch(
    input: BatchInput<'_>,
    allowance: &mut Allowance,
    problems: &mut Vec<Problem>,
) -> Result<Batch, TileError> {
    let table = BatchTable::read(input, allowance, problems)?;
    Ok(table.into_batch(Vec::new(), allowance, problems))
}

/// A property's values, one per row; `None` for what is no column.
fn values_of(
    id: &str,
    entry: Entry,
    input: BatchInput<'_>,
    allowance: &mut Allowance,
) -> Result<Option<Vec<Option<PropertyValue>>>, TileError> {
    let rows = input.rows as usize;
    let place = format!("the batch table, {id}");
    match entry {
        Entry::Values(mut values) => {
            // Fewer values than features: the last ones have none.
            let missing = rows.saturating_sub(values.len());
            allowance.take(
                missing.saturating_mul(size_of::<Option<PropertyValue>>()),
                input.path,
                &place,
            )?;
            values.resize(rows, None);
            Ok(Some(values))
        }
        Entry::Binary(reference) => {
            let numbers = Numbers::of_reference(&reference, input.binary, None, rows)
                .map_err(|reason| TileError::broken(input.path, place.as_str(), reason))?;
            numbers
                .values(rows, allowance, input.path, &place)
                .map(Some)
        }
        Entry::Single(_) | Entry::Other => Ok(None),
    }
}

/// The features of `columns`, each named after what its table calls it.
fn batch_of(columns: Vec<PropertyColumn>, kinds: Vec<String>, rows: u32) -> Batch {
    if columns.is_empty() {
        let mut kinds = kinds.into_iter();
        let features = (0..rows).map(|row| TileFeature {
            id: row.to_string(),
            kind: kinds.next().unwrap_or_default(),
            ..TileFeature::default()
        });
        return Batch {
            features: features.collect(),
            tables: Vec::new(),
        };
    }
    let table = PropertyTable {
        class: String::new(),
        rows,
        columns,
    };
    let mut features = features_of_table(&table, 0, &Semantics::new());
    for (feature, kind) in features.iter_mut().zip(kinds) {
        feature.kind = kind;
    }
    Batch {
        features,
        tables: vec![table],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, binary: &[u8], rows: u32) -> (Batch, Vec<Problem>) {
        let mut allowance = Allowance::for_input(json.len() + binary.len());
        let mut problems = Vec::new();
        let input = BatchInput {
            json: json.as_bytes(),
            binary,
            rows,
            path: "a.b3dm",
        };
        let batch = read_batch(input, &mut allowance, &mut problems).expect("few features");
        (batch, problems)
    }

    #[test]
    fn features_are_called_what_their_table_calls_them() {
        let json = r#"{"gml_id":["B-1","B-2"],"name":["Rathaus",null],"Height":[12.5,7],"levels":{"byteOffset":2,"componentType":"UNSIGNED_BYTE","type":"SCALAR"}}"#;
        let (batch, problems) = read(json, &[0, 0, 4, 2], 2);
        assert_eq!(problems, []);
        let [first, second] = batch.features.as_slice() else {
            panic!("two features");
        };
        assert_eq!((first.id.as_str(), first.name.as_str()), ("B-1", "Rathaus"));
        assert!((first.height_m - 12.5).abs() < f32::EPSILON);
        assert_eq!((second.id.as_str(), second.name.as_str()), ("B-2", ""));
        let (table, row) = second.row.expect("a row");
        let shown: Vec<String> = batch.tables[table as usize]
            .row(row)
            .map(|(column, value)| format!("{}={value}", column.id))
            .collect();
        assert_eq!(shown, ["gml_id=B-2", "Height=7", "levels=2"]);
    }

    #[test]
    fn a_broken_column_costs_itself() {
        let json = r#"{"a":{"byteOffset":0,"componentType":"DOUBLE","type":"VEC4"},"id":["x"]}"#;
        let (batch, problems) = read(json, &[0; 8], 2);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].place, "the batch table, a");
        let ids: Vec<&str> = batch.features.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids, ["x", "1"], "the second has no value");
    }

    #[test]
    fn a_broken_table_leaves_numbers() {
        let (batch, problems) = read("{\"id\":[1,", &[], 3);
        assert_eq!(problems.len(), 1);
        assert_eq!(batch.features.len(), 3);
        assert_eq!(batch.features[2].id, "2");
        assert!(batch.tables.is_empty());
    }

    #[test]
    fn a_lying_number_of_features_is_refused() {
        let mut allowance = Allowance::for_input(100);
        let input = BatchInput {
            json: b"{}",
            binary: &[],
            rows: u32::MAX,
            path: "a.b3dm",
        };
        let error = read_batch(input, &mut allowance, &mut Vec::new()).expect_err("4 billion");
        assert!(matches!(error, TileError::TooLarge { .. }), "{error}");
    }
}
