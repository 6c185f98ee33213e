//! Properties of features as their file has them: tables with one row per feature.

use std::fmt;

/// A property's value.
#[derive(Clone, Debug, PartialEq)]
pub enum PropertyValue {
    /// Yes or no.
    Flag(bool),
    /// Any whole or fractional number, `normalized`, `offset` and `scale` applied.
    Number(f64),
    /// A whole number that does not fit a double exactly.
    Integer(i128),
    /// Text, also the name of an enumeration's value.
    Text(String),
    /// Vectors, matrices and arrays, row after row.
    List(Vec<PropertyValue>),
}

impl fmt::Display for PropertyValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
            Self::List(list) => {
                for (row, value) in list.iter().enumerate() {
                    if row > 0 {
                        f.write_str(", ")?;
                    }
                    write!(f, "{value}")?;
                }
                Ok(())
            }
        }
    }
}

/// One property of all features of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PropertyColumn {
    /// The property's id in its class, or its key in a batch table.
    pub id: String,
    /// Its name for people; empty where the schema gives none.
    pub name: String,
    /// Its unit where the schema or the semantic gives one; empty otherwise.
    pub unit: String,
    /// One value per row; `None` where the value is missing or `noData`.
    pub values: Vec<Option<PropertyValue>>,
}

/// Properties of features of one class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PropertyTable {
    /// The class in the schema, or the class of a batch table hierarchy; may be empty.
    pub class: String,
    /// Rows.
    pub rows: u32,
    /// Its properties, in the order of the schema.
    pub columns: Vec<PropertyColumn>,
}

impl PropertyTable {
    /// The properties of one feature that have a value.
    pub fn row(&self, row: u32) -> impl Iterator<Item = (&PropertyColumn, &PropertyValue)> {
        self.columns.iter().filter_map(move |column| {
            let value = column.values.get(row as usize)?.as_ref()?;
            Some((column, value))
        })
    }

    /// The column with this id.
    pub fn column(&self, id: &str) -> Option<&PropertyColumn> {
        self.columns.iter().find(|column| column.id == id)
    }

    /// What the table takes in memory.
    pub fn bytes(&self) -> usize {
        self.columns
            .iter()
            .map(|column| {
                column.id.len()
                    + column.name.len()
                    + column.values.len() * size_of::<Option<PropertyValue>>()
                    + column
                        .values
                        .iter()
                        .flatten()
                        .map(heap_bytes)
                        .sum::<usize>()
            })
            .sum()
    }
}

fn heap_bytes(value: &PropertyValue) -> usize {
    match value {
        PropertyValue::Text(text) => text.len(),
        PropertyValue::List(list) => list
            .iter()
            .map(|one| size_of::<PropertyValue>() + heap_bytes(one))
            .sum(),
        PropertyValue::Flag(_) | PropertyValue::Number(_) | PropertyValue::Integer(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_shows_the_properties_that_it_has() {
        let table = PropertyTable {
            class: "building".into(),
            rows: 2,
            columns: vec![
                PropertyColumn {
                    id: "height".into(),
                    values: vec![Some(PropertyValue::Number(12.5)), None],
                    ..PropertyColumn::default()
                },
                PropertyColumn {
                    id: "tags".into(),
                    values: vec![
                        None,
                        Some(PropertyValue::List(vec![
                            PropertyValue::Text("a".into()),
                            PropertyValue::Flag(true),
                        ])),
                    ],
                    ..PropertyColumn::default()
                },
            ],
        };
        let texts = |row| {
            table
                .row(row)
                .map(|(column, value)| format!("{}={value}", column.id))
                .collect::<Vec<_>>()
        };
        assert_eq!(texts(0), ["height=12.5"]);
        assert_eq!(texts(1), ["tags=a, true"]);
        assert!(texts(2).is_empty());
        assert!(table.bytes() > 0);
    }
}
