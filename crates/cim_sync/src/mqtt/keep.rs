//! Keeps the connection to a broker: comes back with growing pauses, finds out which MQTT is spoken, tells ups and downs.

use super::{
    LinkEvent, Route,
    address::{Broker, Version},
    dial::Dialer,
    link::{Failure, Happening, Link, Verdict},
    read::Message,
};
use crate::{
    Rejection,
    backoff::{Backoff, Dice},
    outlet::Outlet,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{mpsc, watch},
    time::sleep,
};

const PAUSES: Backoff = Backoff {
    min: Duration::from_millis(500),
    max: Duration::from_secs(5),
};

/// After how many failures in a row it is doubted that the broker still speaks what it once spoke: it may be another one.
const DOUBTED_AFTER: u32 = 3;

/// Keeps the connection, and hands over what arrives.
pub(super) struct Keeper {
    pub(super) broker: Broker,
    pub(super) dialer: Dialer,
    pub(super) route: Route,
    pub(super) messages: mpsc::Sender<Message>,
    pub(super) links: mpsc::Sender<LinkEvent>,
    pub(super) up: watch::Sender<bool>,
    pub(super) gap: Arc<AtomicBool>,
    pub(super) missed: Arc<AtomicU64>,
    pub(super) out: Outlet,
}

/// How one connection went.
struct Stay {
    was_up: bool,
    failure: Failure,
}

impl Keeper {
    pub(super) async fn keep(self) {
        let mut failed = 0;
        let mut is_told = false;
        let mut dice = Dice::new(self.out.now().0.unsigned_abs());
        let mut version = self.first_version();
        while !self.messages.is_closed() {
            let Stay { was_up, failure } = self.stay(version).await;
            let was_reached = self.dialer.take_reached();
            if self.up.send_replace(false) {
                tracing::debug!(reason = failure.reason, "the broker is gone");
            }
            if was_up {
                failed = 0;
                is_told = false;
            }
            failed += 1;
            let is_settled = was_up || !was_reached;
            let next = if is_settled {
                version
            } else {
                self.next_version(version, failed, failure.version)
            };
            if next != version && failed == 1 {
                // The other version at once: most brokers that refuse one speak the other.
                version = next;
                continue;
            }
            version = next;
            if !is_told {
                is_told = true;
                self.tell(&failure.reason).await;
            }
            self.tell_link(LinkEvent::Down {
                reason: failure.reason,
            });
            sleep(PAUSES.pause(failed, &mut dice)).await;
        }
    }

    /// The version that the address insists on, else the one that was spoken before, else the newer.
    fn first_version(&self) -> Version {
        self.broker
            .version
            .or_else(|| self.route.spoken.get())
            .unwrap_or(Version::Five)
    }

    /// Which version is tried after `tried`. A broker that does not know a version may say so, or only hang up.
    fn next_version(&self, tried: Version, failed: u32, verdict: Verdict) -> Version {
        if self.broker.version.is_some() {
            return tried;
        }
        let was_spoken = self.route.spoken.get() == Some(tried);
        match verdict {
            Verdict::NotSpoken => tried.other(),
            Verdict::Unknown if !was_spoken || failed >= DOUBTED_AFTER => tried.other(),
            Verdict::Spoken | Verdict::Unknown => tried,
        }
    }

    /// Stays connected until it fails.
    async fn stay(&self, version: Version) -> Stay {
        let mut was_up = false;
        let opened = Link::open(
            version,
            &self.broker,
            &self.dialer,
            &self.route.client_id,
            self.route.sessions,
        );
        let mut link = match opened {
            Ok(link) => link,
            Err(reason) => return not_settled(reason),
        };
        let mut is_remembered = false;
        loop {
            match link.next(|| self.out.now()).await {
                Ok(Happening::Connected { session_present }) => {
                    is_remembered = session_present;
                    self.route.spoken.set(version);
                    // Also when the broker remembers: the topics may be others by now.
                    if let Err(reason) = link.subscribe(&self.route.filters) {
                        return not_settled(reason);
                    }
                }
                Ok(Happening::Subscribed { refused }) => {
                    was_up = true;
                    self.subscribed(refused, is_remembered).await;
                }
                Ok(Happening::Arrived(message)) => self.hand_over(message),
                Ok(Happening::Other) => {}
                Err(failure) => return Stay { was_up, failure },
            }
        }
    }

    async fn subscribed(&self, refused: usize, session_present: bool) {
        if refused > 0 {
            let all = self.route.filters.len();
            self.tell(&format!("the broker refuses {refused} of {all} topics"))
                .await;
        }
        self.tell_link(LinkEvent::Up { session_present });
        self.up.send_replace(refused == 0);
    }

    fn hand_over(&self, message: Message) {
        if self.messages.try_send(message).is_err() {
            self.missed.fetch_add(1, Ordering::AcqRel);
            self.gap.store(true, Ordering::Release);
        }
    }

    fn tell_link(&self, event: LinkEvent) {
        if self.links.try_send(event).is_err() {
            // Whoever did not hear of it must look for what is missing.
            self.gap.store(true, Ordering::Release);
        }
    }

    async fn tell(&self, reason: &str) {
        // When nobody listens, the session notices by itself.
        self.out
            .reject(&self.broker.shown, Rejection::new("connection", reason))
            .await
            .ok();
    }
}

fn not_settled(reason: String) -> Stay {
    Stay {
        was_up: false,
        failure: Failure {
            reason,
            version: Verdict::Spoken,
        },
    }
}
