//! Writing down: rows and facts go to the store five times a second. What it refuses waits in memory and is tried again
//! every second.

use super::{BEAT, Keeper, Listed, told_to_stop};
use crate::{
    error::with_causes,
    pending::{MAX_PENDING_FACTS, lose_oldest},
};
use cim_model::{Event, UtcMillis};
use cim_store::{Fact, Row, StoreError};
use std::sync::{Arc, PoisonError};
use tokio::{sync::watch, time::MissedTickBehavior};

/// How long a store that refused is left alone, seconds.
const RETRY_S: f64 = 1.0;

/// How many rows go to the store in one write.
const MAX_ROWS_AT_ONCE: usize = 32_768;

/// What is being written down.
#[derive(Debug, Default)]
pub(super) struct Flush {
    /// Rows on their way, or refused and waiting. Changes places with the desk's own buffer, so that neither is ever made
    /// anew while the store takes everything.
    rows: Vec<Row>,
    facts: Vec<Fact>,
    /// Facts among them that go into the outbox.
    queued: Vec<(String, Option<u64>)>,
    unsaved: Unsaved,
    refused: Option<Refused>,
}

/// What else the store has not taken, told whole from memory when it takes things again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Unsaved {
    /// Devices, series and cameras.
    pub(super) catalogue: bool,
    /// Events.
    pub(super) events: bool,
}

#[derive(Debug)]
struct Refused {
    /// When it was tried last.
    at: UtcMillis,
    reason: String,
}

impl Keeper {
    /// Takes to the store what waits for it; what is refused waits again.
    pub(crate) async fn flush(&self) {
        let mut flush = self.flush.lock().await;
        let now = self.time.now();
        self.gather(&mut flush, now);
        let rests = flush.refused.as_ref().is_some_and(|refused| {
            // A clock that was put back must not keep the store waiting for it.
            (0.0..RETRY_S).contains(&now.seconds_since(refused.at))
        });
        if !rests {
            match self.write(&mut flush).await {
                Ok(()) => flush.refused = None,
                Err(error) => self.refuse(&mut flush, &error, now),
            }
        }
        self.tell_disk(&flush);
    }

    /// Tries the store with the next flush, however recently it refused.
    pub(super) async fn retry_now(&self) {
        if let Some(refused) = &mut self.flush.lock().await.refused {
            refused.at = UtcMillis(i64::MIN);
        }
    }

    /// The store refused something that memory can tell again.
    pub(super) async fn note_unsaved(&self, error: &StoreError, note: impl FnOnce(&mut Unsaved)) {
        let mut flush = self.flush.lock().await;
        note(&mut flush.unsaved);
        self.refuse(&mut flush, error, self.time.now());
        self.tell_disk(&flush);
    }

    fn take_listed(&self) -> Listed {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *listed)
    }

    /// Asks the store for the numbers of new series.
    fn learn_numbers(&self) {
        let mut live = self.live();
        if live.state.lacks_numbers() {
            live.state.learn_numbers(|id| self.store.number_of(id));
        }
        let live = &mut *live;
        live.pending.number(&live.state);
    }

    /// Takes over what waits in the live state.
    fn gather(&self, flush: &mut Flush, now: UtcMillis) {
        let mut live = self.live();
        live.take_due(now);
        if flush.rows.is_empty() {
            std::mem::swap(&mut flush.rows, &mut live.pending.rows);
        } else {
            flush.rows.append(&mut live.pending.rows);
        }
        flush.facts.append(&mut live.pending.facts);
        flush.queued.append(&mut live.pending.queued);
        live.unwritten.clone_from(&flush.facts);
        let lost = lose_oldest(&mut flush.rows);
        if lost > 0 {
            live.tell_lost(lost, now);
        }
        let too_many = flush.facts.len().saturating_sub(MAX_PENDING_FACTS);
        if too_many > 0 {
            flush.facts.drain(..too_many);
            let reason = format!("{too_many} facts could not be written down");
            live.add_problem(now, "cache".to_owned(), "facts".to_owned(), reason);
        }
    }

    /// Writes down everything that waits. What was taken before an error does not wait any more.
    async fn write(&self, flush: &mut Flush) -> Result<(), StoreError> {
        self.write_unsaved(flush).await?;
        while !flush.rows.is_empty() {
            let many = flush.rows.len().min(MAX_ROWS_AT_ONCE);
            let first = flush.rows.get(..many).unwrap_or_default();
            self.store.append_rows(first).await?;
            let oldest = first.iter().map(|row| row.happened_at).min();
            self.live().note_written(oldest, self.time.now());
            if many == flush.rows.len() {
                flush.rows.clear();
            } else {
                flush.rows.drain(..many);
            }
        }
        if !flush.facts.is_empty() {
            self.store
                .save_and_queue(&flush.facts, &flush.queued, self.time.now())
                .await?;
            let oldest = flush.facts.iter().map(|fact| fact.happened_at.0).min();
            self.live().note_written(oldest, self.time.now());
            flush.facts.clear();
            if !flush.queued.is_empty() {
                flush.queued.clear();
                self.outbox_changed().await?;
            }
        }
        Ok(())
    }

    /// Tells the store again what it did not take, and takes up what had no number.
    async fn write_unsaved(&self, flush: &mut Flush) -> Result<(), StoreError> {
        let mut listed = self.take_listed();
        if flush.unsaved.catalogue {
            let (things, datastreams, cameras) = self.live().state.catalogue();
            listed = Listed {
                things,
                datastreams,
                cameras,
            };
        }
        if !listed.is_empty() {
            // Until it is written, all of it counts as not: what was taken out is in memory as well.
            flush.unsaved.catalogue = true;
            self.store
                .save_catalogue(
                    &listed.things,
                    &listed.datastreams,
                    &listed.cameras,
                    self.time.now(),
                )
                .await?;
            flush.unsaved.catalogue = false;
            self.learn_numbers();
            flush.rows.append(&mut self.live().pending.rows);
        }
        if flush.unsaved.events {
            // Cases that began at a desk are shown as events and are not the hub's: their facts have them.
            let events: Vec<Event> = {
                let live = self.live();
                let rows = live.events.rows().iter();
                let told = rows.filter(|event| live.event_desk.is_at_hub(&event.id));
                told.cloned().collect()
            };
            self.store.save_events(&events).await?;
            flush.unsaved.events = false;
        }
        Ok(())
    }

    fn refuse(&self, flush: &mut Flush, error: &StoreError, now: UtcMillis) {
        if flush.refused.is_none() {
            self.tell(error);
        }
        flush.refused = Some(Refused {
            at: now,
            reason: with_causes(error),
        });
    }

    /// Says on the screen how the disk takes what is written.
    fn tell_disk(&self, flush: &Flush) {
        let mut live = self.live();
        live.unwritten.clone_from(&flush.facts);
        let waiting = if flush.refused.is_some() {
            flush.rows.len() + live.pending.rows.len() + live.pending.unnumbered.len()
        } else {
            0
        };
        let waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
        let reason = flush
            .refused
            .as_ref()
            .map_or("", |refused| refused.reason.as_str());
        let history = &live.history;
        let is_refused = flush.refused.is_some();
        if history.memory_only == is_refused
            && history.waiting == waiting
            && history.reason == reason
        {
            return;
        }
        live.history.memory_only = is_refused;
        live.history.waiting = waiting;
        reason.clone_into(&mut live.history.reason);
        live.changed = true;
    }
}

/// Writes down on every beat.
pub(super) async fn flush_on(keeper: Arc<Keeper>, mut stop: watch::Receiver<bool>) {
    let mut beat = tokio::time::interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = told_to_stop(&mut stop) => break,
            _ = beat.tick() => keeper.flush().await,
        }
    }
}
