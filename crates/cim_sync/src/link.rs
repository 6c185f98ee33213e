//! Who owns the connection to a hub: one task that stays, waits and comes back, until it is stopped.

use crate::{
    Connection, Settings, SyncError, Update,
    backoff::{Backoff, Dice},
    outlet::Outlet,
    session::{Desk, stay},
};
use cim_model::{TimeSource, UtcMillis};
use std::sync::Arc;
use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet},
    time::sleep,
};

/// How many stretches that are to be fetched again wait at most.
const MAX_WISHES: usize = 64;

/// A stretch of time: its begin, and its end, exclusive.
pub(crate) type Stretch = (UtcMillis, UtcMillis);

/// The owner's end of a running sync. Dropping it stops the sync without waiting.
#[derive(Debug)]
pub struct SyncHandle {
    stop: watch::Sender<bool>,
    wanted: mpsc::Sender<Stretch>,
    task: JoinHandle<()>,
}

impl SyncHandle {
    /// Asks for the observations of `[from, until)` once more, for a history that lost them. They come as updates, as far as
    /// the hub has them. False when too many such wishes wait, or the sync has ended: ask again later.
    pub fn fetch_again(&self, from: UtcMillis, until: UtcMillis) -> bool {
        self.wanted.try_send((from, until)).is_ok()
    }

    /// Stops the sync and waits until all of its tasks have ended.
    pub async fn stop(self) {
        self.stop.send_replace(true);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the sync did not end as it should");
        }
    }
}

/// Begins to follow a hub; call it inside a Tokio runtime. Everything arrives through `updates`, whose length sets the pace.
pub fn start(
    settings: Settings,
    time: Arc<dyn TimeSource>,
    updates: mpsc::Sender<Update>,
) -> SyncHandle {
    let (stop, stopped) = watch::channel(false);
    let (wanted, wishes) = mpsc::channel(MAX_WISHES);
    let out = Outlet::new(updates, time);
    let task = tokio::spawn(async move {
        let mut tasks = JoinSet::new();
        tokio::select! {
            () = until_stopped(stopped) => {}
            error = come_back_for_ever(settings, out, wishes, &mut tasks) => tracing::debug!(%error, "the sync ends"),
        }
        tasks.shutdown().await;
    });
    SyncHandle { stop, wanted, task }
}

async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    // An error means that the handle was dropped; that stops the sync as well.
    stopped.wait_for(|stop| *stop).await.map(|_| ()).ok();
}

async fn come_back_for_ever(
    settings: Settings,
    out: Outlet,
    wishes: mpsc::Receiver<Stretch>,
    tasks: &mut JoinSet<()>,
) -> SyncError {
    let backoff = Backoff {
        min: settings.backoff_min,
        max: settings.backoff_max,
    };
    // Two desks with the same settings must not knock each other off the broker.
    let own = settings.seed ^ (u64::from(std::process::id()) << 32) ^ out.now().0.unsigned_abs();
    let mut dice = Dice::new(own);
    let client_id = format!("citymirror-{:016x}", dice.next_number());
    let mut desk = match Desk::new(settings, out, wishes, client_id) {
        Ok(desk) => desk,
        Err(error) => return error,
    };
    if let Err(error) = desk
        .out
        .send(Update::Connection(Connection::Connecting))
        .await
    {
        return error;
    }
    let mut failed = 0;
    let mut lost_at: Option<UtcMillis> = None;
    loop {
        let error = stay(&mut desk, tasks).await;
        tasks.shutdown().await;
        if matches!(error, SyncError::Unheard) {
            return error;
        }
        if desk.was_live {
            failed = 0;
            lost_at = None;
        }
        failed += 1;
        let now = desk.out.now();
        let since = *lost_at.get_or_insert(now);
        let pause = backoff.pause(failed, &mut dice);
        let next_try = now.plus_seconds(pause.as_secs_f64());
        let told = desk
            .report(Connection::Offline {
                since,
                reason: error.to_string(),
                next_try,
            })
            .await;
        if let Err(error) = told {
            return error;
        }
        sleep(pause).await;
    }
}
