//! Reads what changed step by step, so that memory stays bounded however long the stretch and however busy the city.

use crate::{RecordingError, chosen::Chosen};
use cim_model::UtcMillis;
use cim_store::{Row, Store};

/// A minute, in milliseconds: the longest step.
pub(crate) const MINUTE_MS: i64 = 60_000;

/// So many rows a step are aimed at: 16 MB.
const AIM: u64 = 500_000;
/// So far ahead the history is asked how busy it was, in minutes.
const AHEAD: u32 = 10;

/// Reads the changes of a stretch.
pub(crate) struct Steps<'a> {
    store: &'a Store,
    chosen: &'a Chosen,
    /// The last moment that was read.
    at: i64,
    /// Observations of the minutes from `busy_from` on.
    busy: Vec<u32>,
    busy_from: i64,
    /// Into how many steps a minute is cut, as the last step taught.
    learnt: u64,
}

impl<'a> Steps<'a> {
    /// Begins just behind `from`.
    pub(crate) fn after(from: i64, store: &'a Store, chosen: &'a Chosen) -> Self {
        Self {
            store,
            chosen,
            at: from,
            busy: Vec::new(),
            busy_from: from,
            learnt: 1,
        }
    }

    /// The last moment that was read.
    pub(crate) fn at(&self) -> i64 {
        self.at
    }

    /// Reads on, at most a minute and at most to `until`: the rows of the chosen series under our numbers, in the order of
    /// time, then of series. Rows of one moment are never torn apart.
    pub(crate) async fn read(
        &mut self,
        until: i64,
        rows: &mut Vec<Row>,
    ) -> Result<(), RecordingError> {
        let step = MINUTE_MS / self.pieces().await?.clamp(1, MINUTE_MS);
        let to = self.at.saturating_add(step.max(1)).min(until);
        self.store
            .history()
            .changes_between(UtcMillis(self.at), UtcMillis(to), rows)
            .await?;
        self.learn(rows.len() as u64);
        let chosen = self.chosen;
        rows.retain_mut(|row| {
            let number = chosen.number(row.series);
            row.series = number.unwrap_or(row.series);
            number.is_some()
        });
        // The order of series in the cache is not ours.
        rows.sort_unstable_by_key(|row| (row.happened_at, row.series));
        self.at = to;
        Ok(())
    }

    fn learn(&mut self, n: u64) {
        if n > AIM {
            self.learnt = (self.learnt * 2).min(MINUTE_MS as u64);
        } else if n < AIM / 4 {
            self.learnt = (self.learnt / 2).max(1);
        }
    }

    /// Into how many steps the minute at hand is cut.
    async fn pieces(&mut self) -> Result<i64, RecordingError> {
        let behind = self.at.saturating_sub(self.busy_from) / MINUTE_MS;
        if self.busy.is_empty() || behind >= i64::from(AHEAD) {
            self.busy_from = self.at;
            let until = self.at.saturating_add(i64::from(AHEAD) * MINUTE_MS);
            self.busy = self
                .store
                .activity(UtcMillis(self.at), UtcMillis(until), AHEAD)
                .await?;
        }
        let minute = (self.at - self.busy_from) / MINUTE_MS;
        // The step may reach into the next minute.
        let around = |minute: i64| {
            let place = usize::try_from(minute).ok()?;
            self.busy.get(place).copied()
        };
        let n = around(minute).max(around(minute + 1)).unwrap_or(0);
        let told = u64::from(n) / AIM + 1;
        Ok(told.max(self.learnt) as i64)
    }
}
