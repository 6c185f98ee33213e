//! A hub on another machine that is to be met in plain text: refused before a byte leaves, with a reason that says what
//! to do.

#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, a panic is the report"
)]

use cim_model::{TimeSource, UtcMillis};
use cim_sync::{Connection, HubAddress, Settings, Update, start};
use std::{sync::Arc, time::Duration};
use tokio::{sync::mpsc, time::timeout};

/// A clock that stands at 2026-01-01T00:00:00Z.
struct Still;

impl TimeSource for Still {
    fn now(&self) -> UtcMillis {
        UtcMillis(1_767_225_600_000)
    }
}

/// Why a desk that is told to follow `hub` is offline.
async fn reason_of(hub: &str) -> String {
    let address = HubAddress {
        http: hub.to_owned(),
        mqtt: None,
    };
    let (sender, mut updates) = mpsc::channel(64);
    let handle = start(Settings::new(address), Arc::new(Still), sender);
    let reason = loop {
        let next = timeout(Duration::from_secs(10), updates.recv()).await;
        match next.expect("an update in time") {
            Some(Update::Connection(Connection::Offline { reason, .. })) => break reason,
            Some(_) => {}
            None => panic!("the sync ended"),
        }
    };
    handle.stop().await;
    reason
}

#[tokio::test]
async fn the_reason_for_being_offline_says_how_plain_text_is_avoided_or_allowed() {
    // A name that nobody has (RFC 2606): looking it up would give another reason.
    let reason = reason_of("http://hub.invalid:8090").await;
    for word in ["https://", "--plain-text", "hub.invalid:8090"] {
        assert!(reason.contains(word), "{word} is missing: {reason}");
    }
}
