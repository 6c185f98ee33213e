//! Tables of observations for other programs: CSV (RFC 4180) and Parquet.
//!
//! Columns: datastream, thing, name, observed_property, unit, phenomenon_time, result, quality, known_at. Rows come in the
//! order of time, then of series.

use crate::{
    OnProgress, Progress, RecordingError, Scope, chosen::Chosen, part::Part, steps::Steps,
};
use cim_model::{Datastream, Quality};
use cim_store::{Row, Store};
use jiff::Timestamp;
use parquet::{
    basic::{Compression, ZstdLevel},
    data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type},
    errors::ParquetError,
    file::{
        properties::WriterProperties,
        writer::{SerializedFileWriter, SerializedRowGroupWriter},
    },
    schema::parser::parse_message_type,
};
use std::{
    borrow::Cow,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    sync::Arc,
};

/// The most rows of a row group.
const ROW_GROUP: usize = 131_072;

const COLUMNS: [&str; 9] = [
    "datastream",
    "thing",
    "name",
    "observed_property",
    "unit",
    "phenomenon_time",
    "result",
    "quality",
    "known_at",
];

const SCHEMA: &str = "message observations {
  REQUIRED BYTE_ARRAY datastream (UTF8);
  REQUIRED BYTE_ARRAY thing (UTF8);
  REQUIRED BYTE_ARRAY name (UTF8);
  REQUIRED BYTE_ARRAY observed_property (UTF8);
  REQUIRED BYTE_ARRAY unit (UTF8);
  REQUIRED INT64 phenomenon_time (TIMESTAMP(MILLIS,true));
  REQUIRED DOUBLE result;
  REQUIRED BYTE_ARRAY quality (UTF8);
  REQUIRED INT64 known_at (TIMESTAMP(MILLIS,true));
}";

/// Writes the observations of `scope` as the CSV table `to`; gives how many rows. Moments are ISO 8601 in UTC. Texts that a
/// spreadsheet would run as a formula are prefixed with `'`. Begins with a byte order mark, so that Chinese names show.
pub async fn export_csv(
    store: &Store,
    scope: &Scope,
    to: &Path,
    progress: OnProgress<'_>,
) -> Result<u64, RecordingError> {
    scope.check()?;
    let chosen = Chosen::load(store, scope).await?;
    let (part, file) = Part::begin(to)?;
    let mut file = BufWriter::new(file);
    file.write_all(b"\xEF\xBB\xBF")
        .map_err(|source| part.trouble("writing the table", source))?;
    let mut table = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(file);
    let unwritten = |source| RecordingError::Csv {
        source,
        path: to.to_path_buf(),
    };
    table.write_record(COLUMNS).map_err(unwritten)?;
    let mut rows = Vec::new();
    let mut walk = Walk::new(store, scope, &chosen);
    let mut n = 0;
    while walk.next(&mut rows, progress).await? {
        for row in &rows {
            let Some(datastream) = chosen.datastreams.get(row.series as usize) else {
                continue;
            };
            write_cells(&mut table, datastream, row).map_err(unwritten)?;
            n += 1;
        }
    }
    let file = table
        .into_inner()
        .map_err(|error| part.trouble("writing the table", error.into_error()))?
        .into_inner()
        .map_err(|error| part.trouble("writing the table", error.into_error()))?;
    part.finish(file)?;
    Ok(n)
}

fn write_cells(
    table: &mut csv::Writer<BufWriter<File>>,
    datastream: &Datastream,
    row: &Row,
) -> Result<(), csv::Error> {
    let texts: [&str; 5] = [
        datastream.id.as_str(),
        datastream.thing.as_str(),
        &datastream.name,
        &datastream.observed_property,
        &datastream.unit,
    ];
    for text in texts {
        table.write_field(harmless(text).as_bytes())?;
    }
    table.write_field(iso(row.happened_at))?;
    // The shortest digits that read back to the same number, with an exponent where it is very large or small.
    table.write_field(format!("{:?}", row.value))?;
    table.write_field(quality_word(row.quality))?;
    table.write_field(iso(row.known_at))?;
    table.write_record(None::<&[u8]>)
}

/// `text` so that no spreadsheet takes it for a formula.
fn harmless(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// ISO 8601 in UTC with milliseconds; a moment beyond year 9999 stays a number of milliseconds.
fn iso(t: i64) -> String {
    Timestamp::from_millisecond(t).map_or_else(|_| t.to_string(), |moment| format!("{moment:.3}"))
}

fn quality_word(quality: Quality) -> &'static str {
    match quality {
        Quality::Good => "good",
        Quality::Suspect => "suspect",
        Quality::Estimated => "estimated",
    }
}

/// Writes the observations of `scope` as the Parquet table `to`; gives how many rows. Texts are in dictionaries, everything is
/// packed with zstd, row groups have at most 131 072 rows.
pub async fn export_parquet(
    store: &Store,
    scope: &Scope,
    to: &Path,
    progress: OnProgress<'_>,
) -> Result<u64, RecordingError> {
    scope.check()?;
    let chosen = Chosen::load(store, scope).await?;
    let (part, file) = Part::begin(to)?;
    let mut table = ParquetTable::new(file, &chosen).map_err(|error| unwritten(error, to))?;
    let mut rows = Vec::new();
    let mut waiting: Vec<Row> = Vec::new();
    let mut walk = Walk::new(store, scope, &chosen);
    let mut n = 0;
    while walk.next(&mut rows, progress).await? {
        n += rows.len() as u64;
        for row in &rows {
            waiting.push(*row);
            if waiting.len() >= ROW_GROUP {
                table
                    .write(&waiting)
                    .map_err(|error| unwritten(error, to))?;
                waiting.clear();
            }
        }
    }
    if !waiting.is_empty() {
        table
            .write(&waiting)
            .map_err(|error| unwritten(error, to))?;
    }
    let file = table.finish().map_err(|error| unwritten(error, to))?;
    let file = file
        .into_inner()
        .map_err(|error| part.trouble("writing the table", error.into_error()))?;
    part.finish(file)?;
    Ok(n)
}

fn unwritten(source: ParquetError, path: &Path) -> RecordingError {
    RecordingError::Parquet {
        source: Box::new(source),
        path: path.to_path_buf(),
    }
}

/// The texts of one series, shared by its rows.
struct Texts {
    texts: [ByteArray; 5],
}

/// A Parquet file that is being written.
struct ParquetTable {
    writer: SerializedFileWriter<BufWriter<File>>,
    /// By number.
    series: Vec<Texts>,
}

impl ParquetTable {
    fn new(file: File, chosen: &Chosen) -> Result<Self, ParquetError> {
        let schema = Arc::new(parse_message_type(SCHEMA)?);
        // No version in the file: the same rows give the same bytes.
        let properties = WriterProperties::builder()
            .set_created_by("citymirror".to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let text = |text: &str| ByteArray::from(text.as_bytes().to_vec());
        let series = chosen.datastreams.iter().map(|datastream| Texts {
            texts: [
                text(datastream.id.as_str()),
                text(datastream.thing.as_str()),
                text(&datastream.name),
                text(&datastream.observed_property),
                text(&datastream.unit),
            ],
        });
        Ok(Self {
            series: series.collect(),
            writer: SerializedFileWriter::new(BufWriter::new(file), schema, Arc::new(properties))?,
        })
    }

    /// Writes `rows` as one row group.
    fn write(&mut self, rows: &[Row]) -> Result<(), ParquetError> {
        let series = &self.series;
        let mut group = self.writer.next_row_group()?;
        for place in 0..5 {
            let texts = rows.iter().map(|row| {
                let texts = series.get(row.series as usize);
                texts
                    .and_then(|texts| texts.texts.get(place).cloned())
                    .unwrap_or_else(|| ByteArray::from(Vec::new()))
            });
            write_column::<ByteArrayType>(&mut group, &texts.collect::<Vec<_>>())?;
        }
        let times: Vec<i64> = rows.iter().map(|row| row.happened_at).collect();
        write_column::<Int64Type>(&mut group, &times)?;
        let values: Vec<f64> = rows.iter().map(|row| row.value).collect();
        write_column::<DoubleType>(&mut group, &values)?;
        let words: Vec<ByteArray> = rows
            .iter()
            .map(|row| ByteArray::from(quality_word(row.quality)))
            .collect();
        write_column::<ByteArrayType>(&mut group, &words)?;
        let known: Vec<i64> = rows.iter().map(|row| row.known_at).collect();
        write_column::<Int64Type>(&mut group, &known)?;
        group.close().map(drop)
    }

    /// Writes the end; gives the file.
    fn finish(self) -> Result<BufWriter<File>, ParquetError> {
        self.writer.into_inner()
    }
}

/// Writes the next column of a row group.
fn write_column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, BufWriter<File>>,
    values: &[T::T],
) -> Result<(), ParquetError> {
    let Some(mut column) = group.next_column()? else {
        return Err(ParquetError::General(
            "the schema has no such column".to_owned(),
        ));
    };
    column.typed::<T>().write_batch(values, None, None)?;
    column.close()
}

/// Goes through a stretch and tells how far it is.
struct Walk<'a> {
    steps: Steps<'a>,
    from: i64,
    to: i64,
}

impl<'a> Walk<'a> {
    fn new(store: &'a Store, scope: &Scope, chosen: &'a Chosen) -> Self {
        let (from, to) = (scope.from.0, scope.to.0);
        Self {
            // What is read lies behind a moment; the first one belongs to the stretch.
            steps: Steps::after(from - 1, store, chosen),
            from,
            to,
        }
    }

    /// Reads on; false when all is read.
    async fn next(
        &mut self,
        rows: &mut Vec<Row>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<bool, RecordingError> {
        if self.steps.at() >= self.to {
            return Ok(false);
        }
        self.steps.read(self.to, rows).await?;
        progress(Progress {
            done: self.steps.at().saturating_sub(self.from).unsigned_abs(),
            total: self.to.saturating_sub(self.from).unsigned_abs(),
        });
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_iso_8601_in_utc() {
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso(1_732_233_600_500), "2024-11-22T00:00:00.500Z");
        assert_eq!(iso(i64::MAX), "9223372036854775807");
    }

    #[test]
    fn no_text_is_a_formula() {
        assert_eq!(harmless("=1+1"), "'=1+1");
        assert_eq!(harmless("-5 °C"), "'-5 °C");
        assert_eq!(harmless("PM2.5"), "PM2.5");
    }
}
