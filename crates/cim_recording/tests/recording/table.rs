//! Tables of a small city that is made up, read back by other means and compared with the history row by row.

use crate::city::{City, FROM, whole};
use cim_model::{DatastreamId, Quality, UtcMillis};
use cim_recording::{Scope, export_csv, export_parquet};
use cim_store::Row;
use parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::Field,
};

/// The rows of a stretch in the order of time, then of series' identities, which here is that of their numbers.
async fn rows_of(city: &City, scope: &Scope) -> Vec<Row> {
    let mut rows = Vec::new();
    city.store
        .history()
        .changes_between(UtcMillis(scope.from.0 - 1), scope.to, &mut rows)
        .await
        .expect("changes");
    rows
}

fn word(quality: Quality) -> &'static str {
    match quality {
        Quality::Good => "good",
        Quality::Suspect => "suspect",
        Quality::Estimated => "estimated",
    }
}

fn millis(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>()
        .expect("ISO 8601")
        .as_millisecond()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_csv_table_reads_back_as_the_rows() {
    let city = City::lively("csv", 12).await;
    let scope = whole(12);
    let path = city.folder.join("table.csv");
    let n = export_csv(&city.store, &scope, &path, &mut |_| {})
        .await
        .expect("a table");
    let rows = rows_of(&city, &scope).await;
    assert_eq!(n, rows.len() as u64);
    let mut table = csv::Reader::from_path(&path).expect("a table");
    assert_eq!(
        table.headers().expect("a head").iter().next(),
        Some("datastream")
    );
    let names = city.store.names();
    let mut read = 0;
    for (cells, row) in table.records().zip(&rows) {
        let cells = cells.expect("nine cells");
        let id = names.get(row.series).expect("a known series");
        assert_eq!(&cells[0], id.as_str());
        assert!(cells[2].starts_with("'=序列"), "{}", &cells[2]);
        assert_eq!((&cells[3], &cells[4]), ("PM2.5", "µg/m³"));
        assert_eq!(millis(&cells[5]), row.happened_at);
        let value: f64 = cells[6].parse().expect("a number");
        assert_eq!(value.to_bits(), row.value.to_bits());
        assert_eq!(&cells[7], word(row.quality));
        assert_eq!(millis(&cells[8]), row.known_at);
        read += 1;
    }
    assert_eq!(read, rows.len());
    city.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_parquet_table_reads_back_as_the_rows() {
    let city = City::steady("parquet", 40).await;
    let scope = whole(40);
    let path = city.folder.join("table.parquet");
    let n = export_parquet(&city.store, &scope, &path, &mut |_| {})
        .await
        .expect("a table");
    let rows = rows_of(&city, &scope).await;
    assert_eq!(n, rows.len() as u64);
    let file = std::fs::File::open(&path).expect("a file");
    let reader = SerializedFileReader::new(file).expect("a table");
    let groups = reader.metadata().row_groups();
    assert_eq!(groups.len(), rows.len().div_ceil(131_072));
    assert!(groups.iter().all(|group| group.num_rows() <= 131_072));
    let names = city.store.names();
    let mut read = 0;
    for (record, row) in reader.get_row_iter(None).expect("rows").zip(&rows) {
        let cells = record.expect("a row").into_columns();
        let id = names.get(row.series).expect("a known series");
        assert_eq!(cells[0].1, Field::Str(id.as_str().to_owned()));
        assert_eq!(cells[5].1, Field::TimestampMillis(row.happened_at));
        assert_eq!(cells[6].1, Field::Double(row.value));
        assert_eq!(cells[7].1, Field::Str(word(row.quality).to_owned()));
        assert_eq!(cells[8].1, Field::TimestampMillis(row.known_at));
        read += 1;
    }
    assert_eq!(read, rows.len());
    city.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_of_chosen_series_holds_the_first_and_the_last_moment() {
    let city = City::steady("chosen-table", 2).await;
    let scope = Scope {
        from: UtcMillis(FROM + 3),
        to: UtcMillis(FROM + 3 + 60_000),
        series: Some(vec![DatastreamId::new("ds-03")]),
    };
    let path = city.folder.join("chosen.csv");
    let n = export_csv(&city.store, &scope, &path, &mut |_| {})
        .await
        .expect("a table");
    assert_eq!(n, 61);
    city.close().await;
}
