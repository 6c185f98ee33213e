//! Real series, replayed: read from CSV, aligned by time of day, interpolated in between.
//!
//! Beijing: hourly PM2.5 of four stations. Aarhus: every five minutes, one road, one pollution point, eight car parks.
//! A file or line that cannot be read is logged and left out; simulated curves take its place.

use super::kinds::Quantity;
use crate::iso::civil_millis;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

const DAY_MS: i64 = 24 * 3_600_000;
/// Of a replayed day no value may be beyond this share of the way to hazardous air, if such a day can be found.
const CALM_PM25: f64 = 110.0;

/// A real series.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Series {
    /// Where it comes from: `beijing-air/Dongsi`.
    pub(crate) name: String,
    /// What was measured.
    pub(crate) quantity: Quantity,
    /// Civil milliseconds and value, ascending.
    points: Vec<(i64, f64)>,
}

/// A series with the day at which it starts.
#[derive(Clone, Debug)]
pub(crate) struct Replay {
    series: Arc<Series>,
    /// The first midnight of the series.
    first_ms: i64,
    /// Whole days of the series, as milliseconds.
    span_ms: i64,
    /// Days by which the series is moved, so that today meets the day chosen.
    shift_ms: i64,
}

impl Series {
    fn new(name: String, quantity: Quantity, mut points: Vec<(i64, f64)>) -> Option<Self> {
        points.sort_by_key(|(time, _)| *time);
        points.dedup_by_key(|(time, _)| *time);
        let (first, last) = (points.first()?.0, points.last()?.0);
        (last - first >= 2 * DAY_MS).then_some(Self {
            name,
            quantity,
            points,
        })
    }

    fn value_at(&self, time: i64) -> f64 {
        let after = self.points.partition_point(|(found, _)| *found <= time);
        let before = after
            .checked_sub(1)
            .and_then(|index| self.points.get(index));
        match (before, self.points.get(after)) {
            (Some((t0, v0)), Some((t1, v1))) => {
                v0 + (v1 - v0) * (time - t0) as f64 / (t1 - t0) as f64
            }
            (Some((_, value)), None) | (None, Some((_, value))) => *value,
            (None, None) => 0.0,
        }
    }
}

impl Replay {
    /// Replays `series` from a day that is drawn with `seed`; `today_ms` is local midnight of the day that meets it.
    /// Air is drawn from days without hazard, so that a desk doesn't begin in an emergency.
    pub(crate) fn starting(series: Arc<Series>, today_ms: i64, seed: u64) -> Self {
        let first = series.points.first().map_or(0, |(time, _)| *time);
        let last = series.points.last().map_or(0, |(time, _)| *time);
        let first_ms = (first + DAY_MS - 1).div_euclid(DAY_MS) * DAY_MS;
        let days = ((last - first_ms) / DAY_MS).max(1);
        let span_ms = days * DAY_MS;
        let today = today_ms.div_euclid(DAY_MS) * DAY_MS;
        let drawn = i64::try_from(seed % days.unsigned_abs()).unwrap_or(0);
        let shift_to = |day: i64| (first_ms + day * DAY_MS - today).rem_euclid(span_ms);
        let replay = |day: i64| Self {
            series: Arc::clone(&series),
            first_ms,
            span_ms,
            shift_ms: shift_to(day),
        };
        let is_calm = |day: &i64| {
            let candidate = replay(*day);
            // Yesterday, today and tomorrow.
            let hours = (-24..48).map(|hour| candidate.value_at(today + hour * 3_600_000));
            series.quantity != Quantity::Pm25 || hours.fold(0.0, f64::max) < CALM_PM25
        };
        let day = (0..days)
            .map(|n| (drawn + n) % days)
            .find(is_calm)
            .unwrap_or(drawn);
        replay(day)
    }

    /// Where it comes from.
    pub(crate) fn name(&self) -> &str {
        &self.series.name
    }

    /// The value at a moment of local time.
    pub(crate) fn value_at(&self, local_ms: i64) -> f64 {
        let within = (local_ms + self.shift_ms - self.first_ms).rem_euclid(self.span_ms);
        self.series.value_at(self.first_ms + within)
    }
}

/// Every series that is found under `folder`.
pub(crate) fn series_in(folder: &Path) -> Vec<Arc<Series>> {
    let mut found = Vec::new();
    for station in ["Aotizhongxin", "Dongsi", "Guanyuan", "Wanliu"] {
        let path = folder.join("beijing-air").join(format!("{station}.csv"));
        let points = points_of(&path, beijing_point);
        found.extend(Series::new(
            format!("beijing-air/{station}"),
            Quantity::Pm25,
            points,
        ));
    }
    let aarhus = folder.join("aarhus");
    let speed = points_of(&aarhus.join("traffic-158324.csv"), |line| {
        // A road without vehicles reports a speed of 0, which is no jam.
        let speed = line.number("avgSpeed").filter(|speed| *speed > 0.0)?;
        Some((civil_millis(line.text("TIMESTAMP")?)?, speed))
    });
    found.extend(Series::new(
        "aarhus/traffic-158324".to_owned(),
        Quantity::Speed,
        speed,
    ));
    let ozone = points_of(&aarhus.join("pollution-158324.csv"), |line| {
        Some((
            civil_millis(line.text("timestamp")?)?,
            line.number("ozone")?,
        ))
    });
    found.extend(Series::new(
        "aarhus/pollution-158324".to_owned(),
        Quantity::Ozone,
        ozone,
    ));
    for (garage, points) in garages(&aarhus.join("parking.csv")) {
        found.extend(Series::new(
            format!("aarhus/parking-{garage}"),
            Quantity::FreePlaces,
            points,
        ));
    }
    found.into_iter().map(Arc::new).collect()
}

struct Line<'a> {
    columns: &'a BTreeMap<String, usize>,
    record: &'a csv::StringRecord,
}

impl Line<'_> {
    fn text(&self, column: &str) -> Option<&str> {
        self.record.get(*self.columns.get(column)?)
    }

    fn number(&self, column: &str) -> Option<f64> {
        self.text(column)?
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
    }
}

fn beijing_point(line: &Line<'_>) -> Option<(i64, f64)> {
    let part = |column: &str| line.text(column)?.trim().parse::<u32>().ok();
    let (year, month, day, hour) = (part("year")?, part("month")?, part("day")?, part("hour")?);
    let time = civil_millis(&format!("{year:04}-{month:02}-{day:02}T{hour:02}:00:00"))?;
    Some((time, line.number("PM2.5")?))
}

fn garages(path: &Path) -> BTreeMap<String, Vec<(i64, f64)>> {
    let mut garages: BTreeMap<String, Vec<(i64, f64)>> = BTreeMap::new();
    each_line(path, |line| {
        let time = line
            .text("updatetime")
            .and_then(|text| civil_millis(text.split('.').next()?));
        let free = line
            .number("totalspaces")
            .zip(line.number("vehiclecount"))
            .map(|(all, taken)| (all - taken).max(0.0));
        if let (Some(garage), Some(time), Some(free)) = (line.text("garagecode"), time, free) {
            garages
                .entry(garage.to_owned())
                .or_default()
                .push((time, free));
        }
    });
    garages
}

fn points_of(path: &Path, point: impl Fn(&Line<'_>) -> Option<(i64, f64)>) -> Vec<(i64, f64)> {
    let mut points = Vec::new();
    each_line(path, |line| points.extend(point(line)));
    points
}

fn each_line(path: &Path, mut take: impl FnMut(&Line<'_>)) {
    let mut reader = match csv::Reader::from_path(path) {
        Ok(reader) => reader,
        Err(err) => {
            tracing::info!(reason = %err, path = %path.display(), "a series is not there");
            return;
        }
    };
    let columns: BTreeMap<String, usize> = match reader.headers() {
        Ok(headers) => headers
            .iter()
            .enumerate()
            .map(|(index, name)| (name.to_owned(), index))
            .collect(),
        Err(err) => {
            tracing::warn!(reason = %err, path = %path.display(), "a series has no header");
            return;
        }
    };
    let mut broken = 0_u32;
    let mut record = csv::StringRecord::new();
    loop {
        match reader.read_record(&mut record) {
            Ok(true) => take(&Line {
                columns: &columns,
                record: &record,
            }),
            Ok(false) => break,
            Err(err) if err.is_io_error() => break,
            Err(_broken_line) => broken += 1,
        }
    }
    if broken > 0 {
        tracing::warn!(broken, path = %path.display(), "lines of a series are left out");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    fn hours_of_days(days: i64, value: impl Fn(i64) -> f64) -> Arc<Series> {
        let points = (0..=days * 24)
            .map(|hour| (hour * HOUR_MS, value(hour)))
            .collect();
        Arc::new(Series::new("test".to_owned(), Quantity::Pm25, points).expect("long enough"))
    }

    #[test]
    fn a_replay_keeps_the_time_of_day_and_interpolates() {
        let series = hours_of_days(5, |hour| (hour % 24) as f64);
        let today = 20_000 * DAY_MS;
        for seed in 0..10 {
            let replay = Replay::starting(Arc::clone(&series), today, seed);
            assert!((replay.value_at(today + 7 * HOUR_MS) - 7.0).abs() < 1e-9);
            assert!((replay.value_at(today + 7 * HOUR_MS + HOUR_MS / 2) - 7.5).abs() < 1e-9);
            assert!(
                (replay.value_at(today + 9 * DAY_MS + 3 * HOUR_MS) - 3.0).abs() < 1e-9,
                "goes round"
            );
        }
    }

    #[test]
    fn a_day_of_hazardous_air_is_not_where_a_replay_starts() {
        let series = hours_of_days(9, |hour| {
            if (48..120).contains(&hour) {
                300.0
            } else {
                30.0
            }
        });
        let today = 20_000 * DAY_MS;
        for seed in 0..9 {
            let replay = Replay::starting(Arc::clone(&series), today, seed);
            assert!(
                replay.value_at(today + 12 * HOUR_MS) < CALM_PM25,
                "seed {seed}"
            );
        }
    }

    #[test]
    fn a_missing_folder_gives_no_series() {
        assert!(series_in(Path::new("/nowhere/at/all")).is_empty());
    }
}
