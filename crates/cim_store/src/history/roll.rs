//! Rolling: the minutes of hours that are over, and the hours of days that are over. Both are made from chunks.

use super::{
    History,
    days::OpenDay,
    pieces::{places, row_at},
    window::worse,
};
use crate::{
    StoreError,
    codec::{Aggregate, Chunk, decode_minutes_of, encode_hours, encode_minutes},
    row::{DAY_MS, GROUP, HOUR_MS, MINUTE_MS},
};
use cim_model::UtcMillis;
use std::collections::BTreeSet;

/// How long an hour or a day is left alone after its end, milliseconds: most late rows have come by then.
const SETTLE_MS: i64 = 2 * 60_000;

impl History {
    /// Makes the minutes of hours and the hours of days that are over and lack them. Returns how many hours were made.
    pub async fn roll(&self, now: UtcMillis) -> Result<usize, StoreError> {
        let mut keeping = self.inner.keeping.lock().await;
        let newest = self.memory().newest().unwrap_or(i64::MIN);
        let mut made = 0;
        for day in keeping.unrolled.clone() {
            let (open, _) = self.write_day(day).await?;
            let (hours, is_done) = self.roll_minutes(&open, now.0, newest).await?;
            made += hours;
            // The day is over when a later one has begun to be written, or the wall clock says so.
            let is_over = day.saturating_add(DAY_MS + SETTLE_MS) <= now.0.max(newest);
            if is_done && is_over {
                self.roll_hours(&open).await?;
                keeping.unrolled.remove(&day);
                let busy: BTreeSet<i64> = self.memory().days().map(|(day, _)| day).collect();
                self.inner.days.close_idle(&busy).await;
            }
        }
        Ok(made)
    }

    /// The minutes of the day's hours that are over. The flag is true when no hour is left.
    async fn roll_minutes(
        &self,
        open: &OpenDay,
        now: i64,
        newest: i64,
    ) -> Result<(usize, bool), StoreError> {
        let rolled: BTreeSet<(u32, i64)> = open.file.rolled().await?.into_iter().collect();
        let mut wanted: BTreeSet<(u32, i64)> = BTreeSet::new();
        for (group, t0, t1) in open.all_spans() {
            let mut hour = crate::row::hour_of(t0);
            while hour < t1 {
                wanted.insert((group, hour));
                hour += HOUR_MS;
            }
        }
        let mut made = Vec::new();
        let mut is_done = true;
        for (group, hour) in wanted.difference(&rolled) {
            let end = hour.saturating_add(HOUR_MS);
            let is_over = end.saturating_add(SETTLE_MS) <= now.max(newest);
            let mut waits = false;
            self.memory()
                .between(Some(*group), *hour, end, |_| waits = true);
            if !is_over || waits {
                is_done = false;
                continue;
            }
            let mut slots = vec![[Aggregate::default(); 60]; GROUP as usize];
            for chunk in self.chunks_between(open, Some(*group), *hour, end).await? {
                sum_up(&chunk, *hour, &mut slots);
            }
            let mut bytes = Vec::new();
            encode_minutes(&slots, &mut bytes).map_err(|error| StoreError::Stopped {
                act: "packing minutes",
                why: error.to_string(),
            })?;
            made.push((*group, *hour, bytes));
            if made.len() >= 64 {
                open.file.put_minutes(&made).await?;
                return Ok((made.len(), false));
            }
        }
        if !made.is_empty() {
            open.file.put_minutes(&made).await?;
        }
        Ok((made.len(), is_done))
    }

    /// The hours of a day whose minutes are all there.
    async fn roll_hours(&self, open: &OpenDay) -> Result<(), StoreError> {
        let Some(meta) = &self.inner.meta else {
            return Ok(());
        };
        let day = open.file.day();
        let groups = open.groups().clone();
        let mut rows: Vec<(u32, i64, Vec<u8>)> = Vec::new();
        for group in groups {
            let minutes = open.file.minutes(group, day, day + DAY_MS).await?;
            for slot in 0..GROUP as u16 {
                let hours = hours_of(&minutes, slot, day);
                if hours.iter().any(|hour| hour.n > 0) {
                    let mut bytes = Vec::new();
                    encode_hours(&hours, &mut bytes);
                    rows.push((group * GROUP + u32::from(slot), day, bytes));
                }
            }
        }
        for part in rows.chunks(10_000) {
            meta.put_hours(part).await?;
        }
        meta.finish_hours(day).await
    }
}

/// Adds the chunk's rows to the minutes of `hour`.
fn sum_up(chunk: &Chunk, hour: i64, slots: &mut [[Aggregate; 60]]) {
    for (slot, minutes) in slots.iter_mut().enumerate() {
        let slot = slot as u16;
        for place in places(chunk, slot) {
            let Some(row) = row_at(chunk, slot, place) else {
                continue;
            };
            let minute = (row.happened_at - hour).div_euclid(MINUTE_MS);
            let Some(part) = usize::try_from(minute)
                .ok()
                .and_then(|minute| minutes.get_mut(minute))
            else {
                continue;
            };
            if part.n == 0 {
                *part = Aggregate {
                    n: 1,
                    min: row.value,
                    max: row.value,
                    mean: row.value,
                    worst: row.quality,
                };
                continue;
            }
            part.n += 1;
            part.mean += (row.value - part.mean) / f64::from(part.n);
            part.min = part.min.min(row.value);
            part.max = part.max.max(row.value);
            part.worst = worse(part.worst, row.quality);
        }
    }
}

/// The hours of `day` of the series at `slot`, from the packed minutes of each hour.
fn hours_of(minutes: &[(i64, Vec<u8>)], slot: u16, day: i64) -> [Aggregate; 24] {
    let mut hours = [Aggregate::default(); 24];
    for (hour, bytes) in minutes {
        // What is damaged is told when it is looked at; its hour stays empty.
        let Ok(parts) = decode_minutes_of(bytes, slot) else {
            continue;
        };
        if let Some(sum) = hours.get_mut(((hour - day) / HOUR_MS) as usize) {
            *sum = total_of(&parts);
        }
    }
    hours
}

/// All minutes of an hour as one.
fn total_of(minutes: &[Aggregate; 60]) -> Aggregate {
    let mut total = Aggregate::default();
    let mut sum = 0.0;
    for part in minutes.iter().filter(|part| part.n > 0) {
        if total.n == 0 {
            total.min = part.min;
            total.max = part.max;
        }
        total.n = total.n.saturating_add(part.n);
        sum += part.mean * f64::from(part.n);
        total.min = total.min.min(part.min);
        total.max = total.max.max(part.max);
        total.worst = worse(total.worst, part.worst);
    }
    if total.n > 0 {
        total.mean = (sum / f64::from(total.n)).clamp(total.min, total.max);
    }
    total
}
