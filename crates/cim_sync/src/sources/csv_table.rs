//! Tables of separated values (RFC 4180), in UTF-8 or GB18030, columns by name.

use super::{
    Mapping, Parsed,
    gather::{Asked, Gather},
    mapping::{Cell, Record},
};
use crate::Rejection;
use cim_model::UtcMillis;
use csv::{ReaderBuilder, StringRecord};
use std::{borrow::Cow, collections::BTreeMap};

/// Reads a table whose first line names the columns, unless the mapping does.
///
/// `source` prefixes every identity; `period_s` is how often news is promised; `now` is when it arrived.
pub fn read_csv(
    bytes: &[u8],
    mapping: &Mapping,
    source: &str,
    period_s: f64,
    now: UtcMillis,
) -> Result<Parsed, Rejection> {
    let text = mapping.encoding.decode(bytes);
    let named_here = mapping.columns.is_empty();
    let mut reader = ReaderBuilder::new()
        .delimiter(mapping.delimiter.unwrap_or(b','))
        .has_headers(named_here)
        // A line that lacks a cell is rejected below by what it lacks, and does not end the table.
        .flexible(true)
        .from_reader(text.as_bytes());
    let names: Vec<String> = if named_here {
        let headers = reader.headers().map_err(|error| rejection_of(&error))?;
        headers.iter().map(|name| name.trim().to_owned()).collect()
    } else {
        mapping.columns.clone()
    };
    let columns: BTreeMap<&str, usize> = names
        .iter()
        .enumerate()
        .map(|(index, name)| (name.as_str(), index))
        .collect();
    refuse_missing_columns(mapping, &columns)?;

    let asked = Asked {
        source,
        period_s,
        now,
    };
    let mut gather = Gather::new(asked, mapping);
    let mut record = StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line);
                let row = Row {
                    columns: &columns,
                    cells: &record,
                };
                if !gather.take(&row, &format!("line {line}")) {
                    break;
                }
            }
            Err(error) => {
                gather.parsed.reject(rejection_of(&error));
                if reader.is_done() {
                    break;
                }
            }
        }
    }
    Ok(gather.parsed)
}

/// A column that the mapping names and the table lacks would silently give nothing, so the whole table is refused.
fn refuse_missing_columns(
    mapping: &Mapping,
    columns: &BTreeMap<&str, usize>,
) -> Result<(), Rejection> {
    for name in mapping.fields() {
        if !columns.contains_key(name) {
            let known = columns.keys().copied().take(40).collect::<Vec<_>>();
            return Err(Rejection::new(
                "line 1",
                format!("there is no column {name}; there are {}", known.join(", ")),
            ));
        }
    }
    Ok(())
}

fn rejection_of(error: &csv::Error) -> Rejection {
    let line = error.position().map_or(0, csv::Position::line);
    Rejection::new(format!("line {line}"), format!("not a table: {error}"))
}

struct Row<'r> {
    columns: &'r BTreeMap<&'r str, usize>,
    cells: &'r StringRecord,
}

impl Record for Row<'_> {
    fn cell(&self, name: &str) -> Option<Cell<'_>> {
        let text = self.cells.get(*self.columns.get(name)?)?;
        Some(Cell::Text(Cow::Borrowed(text)))
    }

    fn point(&self) -> Option<[f64; 3]> {
        None
    }

    fn own_id(&self) -> Option<String> {
        self.cell("id")?.into_text()
    }

    fn own_name(&self) -> Option<String> {
        self.cell("name")?.into_text()
    }

    /// None: the columns of a table of values are not what a card shows.
    fn own_lines(&self) -> Vec<(String, String)> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::read_mapping;

    const NOW: UtcMillis = UtcMillis(0);
    const MAPPING: &str = r#"
        [thing]
        id = "站"
        lon = "lon"
        lat = "lat"
        [[series]]
        property = "level"
        value = "水位"
        time = "t"
        time_format = "unix_s"
        missing = ["-999"]
    "#;

    #[test]
    fn a_table_in_gb18030_is_read_like_one_in_utf8() {
        let text = "站,lon,lat,水位,t\n甲,121.5,31.2,1.5,10\n乙,121.6,31.2,-999,10\n甲,121.5,31.2,x,20\n丙,,,1,10\n甲,121.5,31.2,2.5,30\n";
        let mapping = read_mapping(MAPPING, "m").expect("a mapping");
        let chinese = encoding_rs::GB18030.encode(text).0.into_owned();
        let first = read_csv(text.as_bytes(), &mapping, "s", 60.0, NOW).expect("readable");
        let second = read_csv(&chinese, &mapping, "s", 60.0, NOW).expect("readable");
        assert_eq!(first, second);
        assert_eq!(first.things.len(), 2);
        let values: Vec<(i64, f64)> = first
            .observations
            .iter()
            .map(|o| (o.happened_at.0, o.value))
            .collect();
        assert_eq!(values, [(10_000, 1.5), (30_000, 2.5)]);
        let places: Vec<&str> = first.rejected.iter().map(|r| r.place.as_str()).collect();
        assert_eq!(places, ["line 4 level", "line 5 position"]);
    }

    #[test]
    fn a_column_that_the_table_lacks_is_named_with_those_that_it_has() {
        let mapping = read_mapping(MAPPING, "m").expect("a mapping");
        let rejection =
            read_csv(b"id,lon,lat\n1,2,3\n", &mapping, "s", 60.0, NOW).expect_err("no column");
        assert!(rejection.reason.contains('站'), "{rejection:?}");
        assert!(rejection.reason.contains("lon"), "{rejection:?}");
    }

    #[test]
    fn a_table_without_a_first_line_of_names_gets_them_from_the_mapping() {
        let text = format!("columns = [\"站\", \"lon\", \"lat\", \"水位\", \"t\"]\n{MAPPING}");
        let mapping = read_mapping(&text, "m").expect("a mapping");
        let parsed = read_csv("甲,121.5,31.2,1.5,10".as_bytes(), &mapping, "s", 60.0, NOW)
            .expect("readable");
        assert_eq!(parsed.observations.len(), 1);
    }
}
