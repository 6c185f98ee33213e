//! Tells the desks over MQTT what the ledger gained, and every second where it stands.

use super::HubState;
use super::doors::PRESENT_FOR;
use super::messages::topics::{CHANGES, HEAD};
use crate::error::HubError;
use crate::iso::iso_from_millis;
use crate::ledger::{Change, ChangeKind, Head, LedgerStore};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How often the head is told, and things are noted, without anything new.
const TICK: Duration = Duration::from_secs(1);
/// Pause in which changes gather after the first.
const GATHERING: Duration = Duration::from_millis(50);
/// Changes read at a time.
const AT_ONCE: usize = 500;
/// Changes told over MQTT at a time; who is further behind asks for the rest.
const TOLD_AT_MOST: u64 = 5000;

/// Runs until `stop`.
pub(super) async fn announce(state: Arc<HubState>, mut stop: watch::Receiver<bool>) {
    let begin = LedgerStore::head(&state.store).await;
    let mut told = begin.map_or(0, |head| head.seq);
    loop {
        let (rung, stopping) = tokio::select! {
            () = state.changed.notified() => (true, false),
            () = tokio::time::sleep(TICK) => (false, false),
            _ = stop.wait_for(|stop| *stop) => (false, true),
        };
        if rung {
            tokio::time::sleep(GATHERING).await;
        }
        match tell(&state, told).await {
            Ok(newest) => told = newest,
            Err(error) => tracing::error!(
                error = &error as &dyn std::error::Error,
                "changes are not announced"
            ),
        }
        if stopping {
            return;
        }
    }
}

/// Tells every change after `told`, and the head; gives the newest number.
async fn tell(state: &HubState, told: u64) -> Result<u64, HubError> {
    state
        .notes
        .flush(&state.service, &state.ledger, &state.store)
        .await?;
    let asked = Instant::now();
    let head = LedgerStore::head(&state.store).await?;
    let took = i64::try_from(asked.elapsed().as_micros()).unwrap_or(i64::MAX);
    let gauges = &state.telemetry.gauges;
    gauges.database_us.store(took, Ordering::Relaxed);
    let seq = i64::try_from(head.seq).unwrap_or(i64::MAX);
    gauges.ledger_seq.store(seq, Ordering::Relaxed);
    gauges
        .present
        .store(present(state).await?, Ordering::Relaxed);

    let mut after = told
        .max(head.seq.saturating_sub(TOLD_AT_MOST))
        .min(head.seq);
    while after < head.seq {
        let changes = LedgerStore::changes(&state.store, after, AT_ONCE, &ChangeKind::ALL).await?;
        let Some(last) = changes.last() else {
            break;
        };
        after = last.seq;
        for change in &changes {
            state.outbox.publish(
                CHANGES.to_owned(),
                change_json(change, &head).to_string().into_bytes(),
            );
        }
    }
    let message = json!({
        "epoch": head.epoch,
        "seq": head.seq,
        "chain": head.chain,
        "time": iso_from_millis(state.service.now())
    });
    state
        .outbox
        .publish_retained(HEAD.to_owned(), message.to_string().into_bytes());
    Ok(head.seq)
}

async fn present(state: &HubState) -> Result<i64, HubError> {
    let oldest = state.service.now().plus_seconds(-PRESENT_FOR);
    let documents = state.store.documents("presence").await?;
    let here = documents
        .iter()
        .filter(|(_, _, last_seen)| *last_seen >= oldest);
    Ok(i64::try_from(here.count()).unwrap_or(i64::MAX))
}

fn change_json(change: &Change, head: &Head) -> Value {
    let mut message = json!({
        "epoch": head.epoch,
        "prev": change.seq.saturating_sub(1),
        "seq": change.seq,
        "chain": change.chain,
        "kind": change.kind.as_str(),
        "id": change.id,
        "known_at": iso_from_millis(change.known_at),
        "body": serde_json::from_str::<Value>(&change.body).unwrap_or_default()
    });
    let meta = serde_json::from_str::<Value>(&change.meta).unwrap_or_default();
    if let (Value::Object(message), Value::Object(meta)) = (&mut message, meta) {
        message.extend(meta);
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_model::UtcMillis;

    #[test]
    fn a_change_is_told_with_the_number_before_it_and_what_the_hub_says_of_a_fact() {
        let change = Change {
            seq: 8,
            chain: "c".to_owned(),
            kind: ChangeKind::Fact,
            id: "f1".to_owned(),
            known_at: UtcMillis(0),
            body: r#"{"id":"f1"}"#.to_owned(),
            meta: r#"{"desk":"d1","holds":true,"conflict_with":[]}"#.to_owned(),
        };
        let head = Head {
            epoch: "e".to_owned(),
            seq: 9,
            chain: "d".to_owned(),
        };
        let message = change_json(&change, &head);
        assert_eq!(message["prev"], 7);
        assert_eq!(message["body"]["id"], "f1");
        assert_eq!(message["desk"], "d1");
        assert_eq!(message["kind"], "fact");
    }
}
