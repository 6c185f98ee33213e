//! Follows a broker's messages: one task keeps the connection, one reads what arrives, so that a burst never stalls the former.
//!
//! ```text
//!  broker ──► keep (link) ──MESSAGES_WAITING──► read (JSON, ≤ 16 ms together) ──BATCHES_WAITING──► session
//!                └──────────────────── Up { session_present } / Down { reason } ─────────────────────────┘
//! ```
//! When the first queue is full, a message is dropped and counted; the session then asks over HTTP for what it missed. MQTT 5 is
//! tried first and 3.1.1 when the broker does not speak it; which one it was is remembered.

mod address;
mod dial;
mod keep;
mod link;
#[cfg(test)]
mod mosquitto_tests;
mod read;

pub(crate) use read::{Batch, Message};

use crate::{SyncError, access::Access, mqtt_payload::FILTERS, outlet::Outlet};
use address::{Broker, Version};
use dial::Dialer;
use keep::Keeper;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

/// How many messages may wait to be read: ten seconds of 2 000 sensors at 1 Hz.
const MESSAGES_WAITING: usize = 20_000;
/// How many read batches may wait for the session.
const BATCHES_WAITING: usize = 64;
/// How many ups and downs may wait for the session; at the limit the newest is dropped and counts as a gap.
const LINK_EVENTS_WAITING: usize = 64;

/// Whether the broker keeps this desk's subscriptions and messages while it is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sessions {
    /// It forgets: for a client id that is never used again.
    Fresh,
    /// It keeps them, for an hour under MQTT 5: for a client id that stays the same.
    Kept,
}

/// What is followed, and as whom.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    /// The broker's address.
    pub(crate) address: String,
    /// The name under which the broker knows this desk; two desks with one name throw each other out.
    pub(crate) client_id: String,
    pub(crate) sessions: Sessions,
    /// The topics.
    pub(crate) filters: Vec<String>,
    pub(crate) access: Access,
    /// Which version the broker speaks; keep it from one [`follow_route`] to the next.
    pub(crate) spoken: Spoken,
}

/// Which version of MQTT a broker speaks, once it is known. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spoken(Arc<AtomicU8>);

impl Spoken {
    fn get(&self) -> Option<Version> {
        match self.0.load(Ordering::Acquire) {
            3 => Some(Version::Three),
            5 => Some(Version::Five),
            _ => None,
        }
    }

    fn set(&self, version: Version) {
        let number = match version {
            Version::Three => 3,
            Version::Five => 5,
        };
        self.0.store(number, Ordering::Release);
    }
}

/// A broker came or went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LinkEvent {
    /// Subscribed. Without a `session_present` the broker kept nothing since the last time: something may have been missed.
    Up {
        /// The broker remembered this desk and kept its messages.
        session_present: bool,
    },
    /// No longer connected, or not let in.
    Down {
        /// Why, as a sentence.
        reason: String,
    },
}

/// The session's end of a followed broker.
#[derive(Debug)]
pub(crate) struct Follower {
    batches: mpsc::Receiver<Batch>,
    links: mpsc::Receiver<LinkEvent>,
    up: watch::Receiver<bool>,
    gap: Arc<AtomicBool>,
}

impl Follower {
    /// The next batch; waits for ever once the broker is no longer followed.
    pub(crate) async fn next_batch(&mut self) -> Batch {
        match self.batches.recv().await {
            Some(batch) => batch,
            None => std::future::pending().await,
        }
    }

    /// The next coming or going; waits for ever once the broker is no longer followed.
    #[cfg(test)]
    pub(crate) async fn next_link(&mut self) -> LinkEvent {
        match self.links.recv().await {
            Some(event) => event,
            None => std::future::pending().await,
        }
    }

    /// The comings and goings since this was asked last, oldest first.
    pub(crate) fn take_links(&mut self) -> Vec<LinkEvent> {
        std::iter::from_fn(|| self.links.try_recv().ok()).collect()
    }

    /// True while subscribed.
    pub(crate) fn is_up(&self) -> bool {
        *self.up.borrow()
    }

    /// Waits until subscribed, but no longer than `patience`.
    pub(crate) async fn wait_until_up(&mut self, patience: Duration) {
        tokio::time::timeout(patience, self.up.wait_for(|up| *up))
            .await
            .map(|_| ())
            .ok();
    }

    /// True when messages were dropped since this was asked last.
    pub(crate) fn take_gap(&self) -> bool {
        self.gap.swap(false, Ordering::AcqRel)
    }
}

/// What a [`Listener`] hears.
#[derive(Debug)]
pub(crate) enum Heard {
    /// The broker came or went.
    Link(LinkEvent),
    /// A message, unread.
    Message(Message),
}

/// The end of a broker whose messages are somebody else's to read.
#[derive(Debug)]
pub(crate) struct Listener {
    messages: mpsc::Receiver<Message>,
    links: mpsc::Receiver<LinkEvent>,
}

impl Listener {
    /// The next message, coming or going; waits for ever once the broker is no longer followed.
    pub(crate) async fn heard(&mut self) -> Heard {
        tokio::select! {
            Some(event) = self.links.recv() => Heard::Link(event),
            Some(message) = self.messages.recv() => Heard::Message(message),
            else => std::future::pending().await,
        }
    }
}

/// Begins to listen on `route`; its messages come as they are. The tasks live in `tasks` and end with them.
pub(crate) fn listen(
    route: Route,
    out: &Outlet,
    tasks: &mut JoinSet<()>,
) -> Result<Listener, SyncError> {
    let (messages, links, ..) = keep_route(route, out, tasks)?;
    Ok(Listener { messages, links })
}

/// Begins to follow the broker at `address` as nobody in particular, under a client id that is not used again. The tasks live in
/// `tasks` and end with them.
pub(crate) fn follow(
    address: &str,
    client_id: &str,
    out: &Outlet,
    tasks: &mut JoinSet<()>,
) -> Result<Follower, SyncError> {
    let route = Route {
        address: address.to_owned(),
        client_id: client_id.to_owned(),
        sessions: Sessions::Fresh,
        filters: FILTERS.map(str::to_owned).to_vec(),
        access: Access::default(),
        spoken: Spoken::default(),
    };
    follow_route(route, out, tasks)
}

/// Begins to follow `route`. The tasks live in `tasks` and end with them.
pub(crate) fn follow_route(
    route: Route,
    out: &Outlet,
    tasks: &mut JoinSet<()>,
) -> Result<Follower, SyncError> {
    let (messages, links, up, gap, missed) = keep_route(route, out, tasks)?;
    let (batches_in, batches) = mpsc::channel(BATCHES_WAITING);
    tasks.spawn(read::read(messages, batches_in, missed));
    Ok(Follower {
        batches,
        links,
        up,
        gap,
    })
}

/// What comes from a kept connection: messages, comings and goings, whether it is up, whether messages were dropped, how many.
type KeptRoute = (
    mpsc::Receiver<Message>,
    mpsc::Receiver<LinkEvent>,
    watch::Receiver<bool>,
    Arc<AtomicBool>,
    Arc<AtomicU64>,
);

fn keep_route(route: Route, out: &Outlet, tasks: &mut JoinSet<()>) -> Result<KeptRoute, SyncError> {
    let broker = Broker::parse(&route.address, &route.access)?;
    let dialer = Dialer::new(&broker, &route.access)?;
    let (messages_in, messages) = mpsc::channel(MESSAGES_WAITING);
    let (links_in, links) = mpsc::channel(LINK_EVENTS_WAITING);
    let (up_in, up) = watch::channel(false);
    let gap = Arc::new(AtomicBool::new(false));
    let missed = Arc::new(AtomicU64::new(0));
    let keeper = Keeper {
        broker,
        dialer,
        route,
        messages: messages_in,
        links: links_in,
        up: up_in,
        gap: Arc::clone(&gap),
        missed: Arc::clone(&missed),
        out: out.clone(),
    };
    tasks.spawn(keeper.keep());
    Ok((messages, links, up, gap, missed))
}
