//! The way out: one bounded queue to whoever listens, with a gate for what was rejected.

use crate::{Mark, Rejection, SyncError, Update, rejection::Gate};
use cim_model::{Observation, TimeSource, UtcMillis};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// How many observations one update carries at most.
pub(crate) const OBSERVATIONS_PER_UPDATE: usize = 2000;

/// The way out. Waits while the queue is full: the listener sets the pace.
#[derive(Clone)]
pub(crate) struct Outlet {
    updates: mpsc::Sender<Update>,
    gate: Arc<Mutex<Gate>>,
    time: Arc<dyn TimeSource>,
}

impl Outlet {
    pub(crate) fn new(updates: mpsc::Sender<Update>, time: Arc<dyn TimeSource>) -> Self {
        Self {
            updates,
            gate: Arc::default(),
            time,
        }
    }

    pub(crate) fn now(&self) -> UtcMillis {
        self.time.now()
    }

    pub(crate) async fn send(&self, update: Update) -> Result<(), SyncError> {
        self.updates
            .send(update)
            .await
            .map_err(|_closed| SyncError::Unheard)
    }

    /// Waits until everything that was sent is taken in.
    pub(crate) async fn settle(&self) -> Result<(), SyncError> {
        let mark = Mark::default();
        self.send(Update::Mark(mark.clone())).await?;
        tokio::select! {
            () = mark.wait() => Ok(()),
            () = self.updates.closed() => Err(SyncError::Unheard),
        }
    }

    pub(crate) async fn send_observations(
        &self,
        observations: Vec<Observation>,
    ) -> Result<(), SyncError> {
        if observations.len() <= OBSERVATIONS_PER_UPDATE {
            return if observations.is_empty() {
                Ok(())
            } else {
                self.send(Update::Observations(observations)).await
            };
        }
        for part in observations.chunks(OBSERVATIONS_PER_UPDATE) {
            self.send(Update::Observations(part.to_vec())).await?;
        }
        Ok(())
    }

    /// Tells what could not be used of `source`, unless too much was told already.
    pub(crate) async fn reject(&self, source: &str, rejection: Rejection) -> Result<(), SyncError> {
        let admitted = self
            .gate
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .admits(self.now());
        if !admitted {
            return Ok(());
        }
        let Rejection { place, reason } = rejection;
        self.send(Update::Rejected {
            source: source.to_owned(),
            place,
            reason,
        })
        .await
    }

    pub(crate) async fn reject_all(
        &self,
        source: &str,
        rejected: Vec<Rejection>,
    ) -> Result<(), SyncError> {
        for rejection in rejected {
            self.reject(source, rejection).await?;
        }
        Ok(())
    }

    /// Tells how many rejections were held back, once their minute is over.
    pub(crate) async fn tell_held(&self) -> Result<(), SyncError> {
        let held = self
            .gate
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take_held(self.now());
        let Some(held) = held else { return Ok(()) };
        let reason = format!("{held} more could not be used in the last minute");
        self.send(Update::Rejected {
            source: "all sources".to_owned(),
            place: String::new(),
            reason,
        })
        .await
    }
}
