//! Who owns the connection to a hub: one task that stays, waits and comes back, until it is stopped.

use crate::{
    Connection, Settings, SyncError, Update,
    backoff::{Backoff, Dice},
    exchange::SharedView,
    mqtt,
    outlet::Outlet,
    session::{Desk, stay},
    sources::{SourceConfig, start_sources},
};
use cim_model::{TimeSource, UtcMillis};
use std::sync::Arc;
use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet},
    time::sleep,
};

/// How many wishes wait at most.
const MAX_WISHES: usize = 64;

/// What the owner wants of a running sync.
#[derive(Debug)]
pub(crate) enum Wish {
    /// The observations of this stretch once more: its begin, and its end, exclusive.
    Stretch(UtcMillis, UtcMillis),
    /// Facts wait in the outbox.
    Nudge,
    /// Share this view.
    Share(SharedView),
}

/// The owner's end of a running sync. Dropping it stops the sync without waiting.
#[derive(Debug)]
pub struct SyncHandle {
    stop: watch::Sender<bool>,
    wanted: mpsc::Sender<Wish>,
    task: JoinHandle<()>,
}

impl SyncHandle {
    /// Asks for the observations of `[from, until)` once more, for a history that lost them. They come as updates, as far as
    /// the hub has them. False when too many such wishes wait, or the sync has ended: ask again later.
    pub fn fetch_again(&self, from: UtcMillis, until: UtcMillis) -> bool {
        self.wanted.try_send(Wish::Stretch(from, until)).is_ok()
    }

    /// Says that facts wait in the outbox. A word that finds no room is not missed: whoever reads the others looks into the outbox.
    pub fn nudge(&self) {
        self.wanted.try_send(Wish::Nudge).ok();
    }

    /// Shares `view` with those who follow it, when the hub can. The newest is what counts: one that finds no room is left out.
    pub fn share(&self, view: SharedView) {
        self.wanted.try_send(Wish::Share(view)).ok();
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
    let sources = start_sources(settings.sources.clone(), Arc::clone(&time), updates.clone());
    let out = Outlet::new(updates, time);
    let task = tokio::spawn(async move {
        let mut tasks = JoinSet::new();
        tokio::select! {
            () = until_stopped(stopped) => {}
            error = come_back_for_ever(settings, out, wishes, &mut tasks) => tracing::debug!(%error, "the sync ends"),
        }
        tasks.shutdown().await;
        sources.stop().await;
    });
    SyncHandle { stop, wanted, task }
}

/// Begins to follow `sources`, without a hub; call it inside a Tokio runtime.
pub fn start_without_hub(
    sources: Vec<SourceConfig>,
    time: Arc<dyn TimeSource>,
    updates: mpsc::Sender<Update>,
) -> SyncHandle {
    let (stop, stopped) = watch::channel(false);
    // Nobody grants a wish without a hub: all are refused.
    let (wanted, _) = mpsc::channel(1);
    let sources = start_sources(sources, time, updates);
    let task = tokio::spawn(async move {
        until_stopped(stopped).await;
        sources.stop().await;
    });
    SyncHandle { stop, wanted, task }
}

/// Begins to follow the observations on the broker at `address` alone, without a hub; call it inside a Tokio runtime. They arrive
/// as [`Update::Block`]. Errors when the address is none.
pub fn start_with_broker(
    address: &str,
    time: Arc<dyn TimeSource>,
    updates: mpsc::Sender<Update>,
) -> Result<SyncHandle, SyncError> {
    let (stop, stopped) = watch::channel(false);
    let (wanted, _) = mpsc::channel(1);
    let out = Outlet::new(updates, time);
    let mut tasks = JoinSet::new();
    let client_id = format!("citymirror-{:016x}", out.now().0.unsigned_abs());
    let mut follower = mqtt::follow(address, &client_id, &out, &mut tasks)?;
    let task = tokio::spawn(async move {
        let pass_on = async {
            loop {
                let batch = follower.next_batch().await;
                if out.send(Update::Block(batch.observations)).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = until_stopped(stopped) => {}
            () = pass_on => {}
        }
        tasks.shutdown().await;
    });
    Ok(SyncHandle { stop, wanted, task })
}

fn own_number(desk: &str) -> u64 {
    desk.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

async fn until_stopped(mut stopped: watch::Receiver<bool>) {
    // An error means that the handle was dropped; that stops the sync as well.
    stopped.wait_for(|stop| *stop).await.map(|_| ()).ok();
}

async fn come_back_for_ever(
    settings: Settings,
    out: Outlet,
    wishes: mpsc::Receiver<Wish>,
    tasks: &mut JoinSet<()>,
) -> SyncError {
    let backoff = Backoff {
        min: settings.backoff_min,
        max: settings.backoff_max,
    };
    // Two desks with the same settings must not knock each other off the broker.
    let own = settings.seed ^ (u64::from(std::process::id()) << 32) ^ out.now().0.unsigned_abs();
    let mut dice = Dice::new(own);
    let client_id = match &settings.member {
        // The broker keeps a session for the desk: its name there stays the same, and is plain letters everywhere.
        Some(member) => format!("citymirror-{:016x}", own_number(&member.desk)),
        None => format!("citymirror-{:016x}", dice.next_number()),
    };
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
