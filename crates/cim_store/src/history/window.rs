//! A series over a stretch of time, summed up for a chart of so many pixels; and how busy the city was.
//!
//! | a bucket is at least | read from |
//! |---|---|
//! | 2 h | the hours of whole days, minutes or chunks for the rest |
//! | 20 s | the minutes of whole hours, chunks for the rest |
//! | less | chunks |

use super::{History, pieces::places, read::rows_of_series};
use crate::{
    StoreError,
    codec::{Aggregate, decode_hours, decode_minutes_of},
    row::{DAY_MS, GROUP, HOUR_MS, MINUTE_MS, Row, day_of, hour_of},
};
use cim_model::{Quality, UtcMillis};
use std::collections::BTreeMap;

/// Buckets as wide as this are made from hours, milliseconds.
const FROM_HOURS_MS: i64 = 2 * HOUR_MS;
/// Buckets as wide as this are made from minutes, milliseconds.
const FROM_MINUTES_MS: i64 = 20_000;

/// A stretch of a series, summed up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bucket {
    /// Where the stretch ends.
    pub end: UtcMillis,
    /// Arithmetic mean of its values.
    pub mean: f64,
    /// Least value.
    pub min: f64,
    /// Greatest value.
    pub max: f64,
    /// How many values it has; never 0.
    pub n: u32,
    /// The worst quality among them: suspect, then estimated, then good.
    pub worst: Quality,
}

/// Buckets being filled.
struct Chart {
    t0: i64,
    t1: i64,
    width: i64,
    buckets: BTreeMap<i64, (f64, Bucket)>,
}

impl Chart {
    fn add(&mut self, at: i64, part: &Aggregate) {
        if part.n == 0 || at < self.t0 || at >= self.t1 {
            return;
        }
        let number = (at - self.t0) / self.width;
        let end = self
            .t0
            .saturating_add((number + 1).saturating_mul(self.width))
            .min(self.t1);
        let (total, bucket) = self.buckets.entry(number).or_insert((
            0.0,
            Bucket {
                end: UtcMillis(end),
                mean: 0.0,
                min: part.min,
                max: part.max,
                n: 0,
                worst: Quality::Good,
            },
        ));
        *total += part.mean * f64::from(part.n);
        bucket.n = bucket.n.saturating_add(part.n);
        bucket.min = bucket.min.min(part.min);
        bucket.max = bucket.max.max(part.max);
        bucket.worst = worse(bucket.worst, part.worst);
    }

    fn finish(self) -> Vec<Bucket> {
        let finished = |(total, bucket): (f64, Bucket)| Bucket {
            // A mean lies between the extremes, whatever rounding says.
            mean: (total / f64::from(bucket.n)).clamp(bucket.min, bucket.max),
            ..bucket
        };
        self.buckets.into_values().map(finished).collect()
    }
}

/// The worse of two qualities: suspect, then estimated, then good.
pub(super) fn worse(a: Quality, b: Quality) -> Quality {
    let rank = |quality| match quality {
        Quality::Good => 0,
        Quality::Estimated => 1,
        Quality::Suspect => 2,
    };
    if rank(b) > rank(a) { b } else { a }
}

/// One value as a part of a bucket.
fn single(row: &Row) -> Aggregate {
    Aggregate {
        n: 1,
        min: row.value,
        max: row.value,
        mean: row.value,
        worst: row.quality,
    }
}

impl History {
    /// The series over `[t0, t1)` in at most `pixels` buckets of equal width; a stretch without values has none. A minute or
    /// an hour that is read summed up falls whole into the bucket in which it begins.
    pub async fn window(
        &self,
        series: u32,
        t0: UtcMillis,
        t1: UtcMillis,
        pixels: u32,
    ) -> Result<Vec<Bucket>, StoreError> {
        let span = t1.0.saturating_sub(t0.0);
        if span <= 0 || pixels == 0 {
            return Ok(Vec::new());
        }
        let width = span.saturating_add(i64::from(pixels) - 1) / i64::from(pixels);
        let mut chart = Chart {
            t0: t0.0,
            t1: t1.0,
            width,
            buckets: BTreeMap::new(),
        };
        let mut by_hours: BTreeMap<i64, Vec<u8>> = BTreeMap::new();
        if width >= FROM_HOURS_MS
            && let Some(meta) = &self.inner.meta
        {
            let days = meta.hours_of(series, day_of(t0.0), day_of(t1.0)).await?;
            by_hours.extend(days);
        }
        let files = self.inner.days.list();
        let days: Vec<i64> = files
            .iter()
            .chain(by_hours.keys())
            .copied()
            .filter(|day| *day < t1.0 && day.saturating_add(DAY_MS) > t0.0)
            .collect::<std::collections::BTreeSet<i64>>()
            .into_iter()
            .collect();
        for day in days {
            let is_whole = day >= t0.0 && day.saturating_add(DAY_MS) <= t1.0;
            let hours = by_hours
                .get(&day)
                .filter(|_| is_whole || !files.contains(&day));
            match hours.map(|bytes| decode_hours(bytes)) {
                Some(Ok(hours)) => {
                    for (place, part) in hours.iter().enumerate() {
                        chart.add(day + place as i64 * HOUR_MS, part);
                    }
                }
                _ => match self.window_of_day(series, day, &mut chart).await {
                    Err(error) if error.is_damage() => self.lose_day(day, &error).await?,
                    read => read?,
                },
            }
        }
        self.add_memory(series, &mut chart).await?;
        Ok(chart.finish())
    }

    /// Adds a day from its minutes and chunks.
    async fn window_of_day(
        &self,
        series: u32,
        day: i64,
        chart: &mut Chart,
    ) -> Result<(), StoreError> {
        let Some(open) = self.inner.days.for_reading(day).await? else {
            return Ok(());
        };
        let group = series / GROUP;
        if !open.groups().contains(&group) {
            return Ok(());
        }
        let (from, to) = (day.max(chart.t0), day.saturating_add(DAY_MS).min(chart.t1));
        let mut rolled: BTreeMap<i64, [Aggregate; 60]> = BTreeMap::new();
        if chart.width >= FROM_MINUTES_MS {
            let first = hour_of(from.saturating_add(HOUR_MS - 1));
            for (hour, bytes) in open.file.minutes(group, first, hour_of(to)).await? {
                match decode_minutes_of(&bytes, (series % GROUP) as u16) {
                    Ok(minutes) => {
                        rolled.insert(hour, minutes);
                    }
                    // Chunks have it all; the next roll makes it again.
                    Err(error) => {
                        tracing::warn!(%error, hour, "minutes are damaged; chunks are read instead");
                    }
                }
            }
        }
        let mut hour = hour_of(from);
        while hour < to {
            if let Some(minutes) = rolled.get(&hour) {
                for (place, part) in minutes.iter().enumerate() {
                    chart.add(hour + place as i64 * MINUTE_MS, part);
                }
                hour += HOUR_MS;
                continue;
            }
            // A run of hours that are not rolled is read in one go.
            let mut until = hour + HOUR_MS;
            while until < to && !rolled.contains_key(&until) {
                until += HOUR_MS;
            }
            self.add_chunks(&open, series, (hour.max(from), until.min(to)), chart)
                .await?;
            hour = until;
        }
        Ok(())
    }

    async fn add_chunks(
        &self,
        open: &super::days::OpenDay,
        series: u32,
        (from, to): (i64, i64),
        chart: &mut Chart,
    ) -> Result<(), StoreError> {
        let mut rows = BTreeMap::new();
        for chunk in self
            .chunks_between(open, Some(series / GROUP), from, to)
            .await?
        {
            rows_of_series(&chunk, series, from, to, &mut rows);
        }
        for row in rows.values() {
            chart.add(row.happened_at, &single(row));
        }
        Ok(())
    }

    /// Adds what no chunk has yet.
    async fn add_memory(&self, series: u32, chart: &mut Chart) -> Result<(), StoreError> {
        let mut rows: BTreeMap<i64, (Row, bool)> = BTreeMap::new();
        self.memory()
            .of_series(series, chart.t0, chart.t1, |row, is_late| {
                rows.entry(row.happened_at).or_insert((*row, is_late));
            });
        for (row, is_late) in rows.into_values() {
            if !is_late || !self.is_in_a_chunk(&row).await? {
                chart.add(row.happened_at, &single(&row));
            }
        }
        Ok(())
    }

    /// True when a chunk has a value of this row's series and moment.
    async fn is_in_a_chunk(&self, row: &Row) -> Result<bool, StoreError> {
        let Some(open) = self.inner.days.for_reading(day_of(row.happened_at)).await? else {
            return Ok(false);
        };
        let Some(chunk) = self.chunk_at(&open, row.group(), row.happened_at).await? else {
            return Ok(false);
        };
        let times = chunk.times.get(places(&chunk, row.slot()));
        Ok(times.is_some_and(|times| times.binary_search(&row.happened_at).is_ok()))
    }

    /// Observations of all series per bin of `[t0, t1)`, `bins` of equal width; a minute is spread evenly over the bins that
    /// it touches.
    pub async fn activity(
        &self,
        t0: UtcMillis,
        t1: UtcMillis,
        bins: u32,
    ) -> Result<Vec<u32>, StoreError> {
        let minutes = self.minutes_between(t0.0, t1.0).await?;
        let minutes: Vec<(i64, i64)> = minutes.into_iter().collect();
        Ok(spread(&minutes, t0.0, t1.0, bins))
    }

    /// How many observations each minute that has any has, of those that touch `[t0, t1)`.
    pub(super) async fn minutes_between(
        &self,
        t0: i64,
        t1: i64,
    ) -> Result<BTreeMap<i64, i64>, StoreError> {
        let mut minutes: BTreeMap<i64, i64> = BTreeMap::new();
        self.memory().between(None, t0, t1, |row| {
            *minutes
                .entry(crate::row::minute_of(row.happened_at))
                .or_default() += 1;
        });
        let from = crate::row::minute_of(t0);
        for day in self.inner.days.list() {
            if day >= t1 || day.saturating_add(DAY_MS) <= from {
                continue;
            }
            if let Some(open) = self.inner.days.for_reading(day).await? {
                for (minute, n) in open.file.activity(from, t1).await? {
                    *minutes.entry(minute).or_default() += n;
                }
            }
        }
        Ok(minutes)
    }
}

/// Spreads each minute's count evenly over the bins that it touches; a minute that begins before `t0` or ends after `t1`
/// gives its share.
fn spread(minutes: &[(i64, i64)], t0: i64, t1: i64, bins: u32) -> Vec<u32> {
    let mut filled = vec![0.0; bins as usize];
    let width = t1.saturating_sub(t0) as f64 / f64::from(bins.max(1));
    if width <= 0.0 {
        return vec![0; bins as usize];
    }
    for &(minute, n) in minutes {
        let (from, to) = (
            (minute.max(t0) - t0) as f64,
            ((minute + MINUTE_MS).min(t1) - t0) as f64,
        );
        let first = (from / width) as usize;
        for (bin, sum) in filled.iter_mut().enumerate().skip(first) {
            let overlap = to.min((bin + 1) as f64 * width) - from.max(bin as f64 * width);
            if overlap <= 0.0 {
                break;
            }
            *sum += n as f64 * overlap / MINUTE_MS as f64;
        }
    }
    filled
        .into_iter()
        .map(|sum: f64| sum.round() as u32)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_bins_add_whole_minutes() {
        assert_eq!(
            spread(&[(0, 10), (60_000, 20), (180_000, 5)], 0, 240_000, 2),
            [30, 5]
        );
    }

    #[test]
    fn narrow_bins_share_a_minute() {
        assert_eq!(spread(&[(0, 60)], 0, 60_000, 4), [15, 15, 15, 15]);
        assert_eq!(spread(&[(0, 60)], 30_000, 90_000, 2), [30, 0]);
    }

    #[test]
    fn an_empty_stretch_is_quiet() {
        assert_eq!(spread(&[], 0, 0, 3), [0, 0, 0]);
        assert_eq!(spread(&[(0, 5)], 0, 60_000, 0), Vec::<u32>::new());
    }
}
