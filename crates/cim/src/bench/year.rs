//! The charts of `cim bench seek`: one series at 1 Hz over a year, a day and an hour, in a thousand pixels.

use super::{
    at_most,
    cache::{FIRST_MS, Place, open_city},
    figure::Figure,
    quantile,
    readings::Readings,
};
use crate::{
    Failure,
    dice::Dice,
    host::{end_progress, instant, progress, say},
    stretch::open_cache,
};
use cim_model::UtcMillis;
use cim_store::{DAY_MS, HOUR_MS, History, Row};
use serde_json::json;
use std::path::Path;

const PIXELS: u32 = 1_000;
/// Charts drawn of each length.
const CHARTS: u64 = 50;
/// The series, and a few neighbours of its group that report once a minute.
const SERIES: u32 = 4;
const SECOND_MS: f64 = 1_000.0;
const MINUTE_MS: f64 = 60_000.0;
/// The file that says that the year is complete.
const MARK: &str = "year-made";

/// Writes the year, unless it is there, and draws charts of it.
pub(super) async fn measure(place: &Place, days: u32) -> Result<Vec<Figure>, Failure> {
    let folder = place.join(&format!("year-{days}"));
    let mark = place.join(&format!("{MARK}-{days}"));
    if !mark.exists() {
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        let begun = instant();
        make_year(&folder, i64::from(days)).await?;
        end_progress();
        say(&format!(
            "{days} days at 1 Hz, written in {:.0} s",
            begun.elapsed().as_secs_f64()
        ));
        std::fs::write(&mark, "")?;
    }
    let store = open_cache(&folder).await?;
    let series = store.number_of(&cim_model::DatastreamId::new("bench/0"));
    let series = series.ok_or("the year has no series")?;
    let span_ms = i64::from(days) * DAY_MS;
    // A day less than there is, so that the chart may begin anywhere in the first one.
    let charts = [
        (format!("{} days", days - 1), span_ms - DAY_MS),
        ("1 day".to_owned(), DAY_MS),
        ("1 hour".to_owned(), HOUR_MS),
    ];
    let mut figures = Vec::new();
    for (name, length_ms) in charts {
        figures.push(draw(store.history(), series, &name, (span_ms, length_ms)).await?);
    }
    store.close().await;
    Ok(figures)
}

/// Draws charts of `length_ms` that begin anywhere in `span_ms`.
async fn draw(
    history: &History,
    series: u32,
    name: &str,
    (span_ms, length_ms): (i64, i64),
) -> Result<Figure, Failure> {
    let mut dice = Dice::new(3);
    let mut times = Vec::new();
    for _ in 0..CHARTS {
        let from = UtcMillis(FIRST_MS + dice.millis_below(span_ms - length_ms));
        let to = UtcMillis(from.0 + length_ms);
        let begun = instant();
        let buckets = history.window(series, from, to, PIXELS).await?;
        times.push(begun.elapsed().as_secs_f64() * 1_000.0);
        let values: i64 = buckets.iter().map(|bucket| i64::from(bucket.n)).sum();
        // An hour that is read summed up may reach over the edge.
        let edge = 2 * HOUR_MS.min(length_ms / 50) / 1_000;
        let is_whole = (values - length_ms / 1_000).abs() <= edge;
        if !is_whole || buckets.len() > PIXELS as usize {
            return Err(format!(
                "a chart of {name} has {} buckets with {values} values",
                buckets.len()
            )
            .into());
        }
    }
    times.sort_by(f64::total_cmp);
    let mut figure = at_most(
        "seek",
        format!("chart of {name} at 1 Hz, {PIXELS} px, p99"),
        quantile(&times, 0.99),
        10.0,
        5.0,
    );
    figure.unit = "ms";
    figure.notes = vec![
        ("p50_ms", json!(quantile(&times, 0.5))),
        ("max_ms", json!(quantile(&times, 1.0))),
        ("charts", json!(CHARTS)),
        ("values", json!(length_ms / 1_000)),
    ];
    Ok(figure)
}

/// Writes `days` days of one group through the normal path, a day at a time.
async fn make_year(folder: &Path, days: i64) -> Result<(), Failure> {
    let (store, numbers) = open_city(folder, SERIES).await?;
    let (own, neighbours) = numbers.split_at(1);
    let mut seconds = Readings::new(1, FIRST_MS, SECOND_MS);
    let mut minutes = Readings::new(SERIES - 1, FIRST_MS, MINUTE_MS);
    let mut rows: Vec<Row> = Vec::new();
    let mut step = Vec::new();
    for day in 1..=days {
        let end = FIRST_MS + day * DAY_MS;
        rows.clear();
        for (readings, numbers) in [(&mut seconds, own), (&mut minutes, neighbours)] {
            while readings.now_ms() < end {
                readings.step(numbers, &mut step);
                rows.extend_from_slice(&step);
            }
        }
        store.history().append(&rows).await?;
        let now = UtcMillis(end);
        store.history().seal(now, false).await?;
        store.history().roll(now).await?;
        progress(&format!("writing the year: day {day} of {days}"));
    }
    let over = UtcMillis(FIRST_MS + (days + 1) * DAY_MS);
    store.history().seal(over, true).await?;
    store.history().roll(over).await?;
    store.close().await;
    Ok(())
}
