//! The ledger through its doors: what is taken, what is refused and why, what the feed says.

use super::*;
use memory::MemoryStore;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

const START: i64 = 1_767_225_600_000;

struct Still;

impl TimeSource for Still {
    fn now(&self) -> UtcMillis {
        UtcMillis(START)
    }
}

async fn hub() -> MemoryHub {
    let hub = MemoryHub::new("life-1", Arc::new(Still));
    let event = json!({"id": "e1", "title": "路面塌陷", "status": "reported"});
    hub.put_event("e1", &event).await.expect("stored");
    hub
}

fn fact(id: &str, changes: &Value) -> Value {
    json!({
        "id": id, "object": "event:e1", "verb": "event_changed", "author": "li.wei", "cause": "",
        "happened_at": "2025-12-31T23:00:00.000Z", "known_at": "2025-12-31T23:00:00.000Z",
        "body": {"changes": changes}
    })
}

async fn post(hub: &MemoryHub, desk: &str, facts: Vec<Value>) -> Vec<Value> {
    let body = json!({"desk": desk, "facts": facts}).to_string();
    let reply = hub.ask("POST", "/api/facts", None, body.as_bytes()).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let mut answer: Value = serde_json::from_str(&reply.body).expect("JSON");
    serde_json::from_value(answer["items"].take()).expect("a list")
}

#[tokio::test]
async fn a_broken_fact_is_refused_with_the_field_and_the_others_are_taken() {
    let hub = hub().await;
    for (field, value, place) in [
        ("id", json!("x".repeat(1001)), "id"),
        ("object", json!(""), "object"),
        ("object", json!("event:e9"), "object: no such event"),
        ("object", json!("alarm:1"), "object"),
        ("verb", json!(null), "verb"),
        ("author", json!("x".repeat(501)), "author"),
        ("happened_at", json!("2300-01-01T00:00:00Z"), "happened_at"),
        ("known_at", json!("yesterday"), "known_at"),
        ("body", json!([]), "body"),
        (
            "body",
            json!({"changes": {"status": "lost"}}),
            "body.changes.status",
        ),
        ("body", json!({"changes": {"note": "a\u{0}b"}}), "body"),
        (
            "body",
            json!({"changes": {"note": "x".repeat(70_000)}}),
            "body",
        ),
        ("base", json!(-1), "base"),
    ] {
        let mut broken = fact("broken", &json!({"note": "a"}));
        broken[field] = value;
        let good = fact("good", &json!({"note": "b"}));
        let outcomes = post(&hub, "east", vec![broken, good]).await;
        assert_eq!(outcomes[0]["verdict"], "refused", "{place}");
        let reason = outcomes[0]["reason"].as_str().expect("a reason");
        assert!(reason.starts_with(place), "{place}: {reason}");
        assert_ne!(outcomes[1]["verdict"], "refused", "{place}");
    }
    assert_eq!(hub.fact_ids(), ["good"]);
}

#[tokio::test]
async fn a_fact_is_taken_once_and_its_identity_is_not_given_twice() {
    let hub = hub().await;
    let note = fact("f1", &json!({"note": "a"}));
    let twice = post(&hub, "east", vec![note.clone(), note.clone()]).await;
    assert_eq!(twice[0]["verdict"], "accepted");
    assert_eq!(twice[1]["verdict"], "known");
    assert_eq!(twice[0]["seq"], twice[1]["seq"]);
    let other = post(&hub, "east", vec![fact("f1", &json!({"note": "b"}))]).await;
    assert_eq!(other[0]["verdict"], "refused");
    assert_eq!(hub.event("e1").expect("there")["note"], "a");
}

#[tokio::test]
async fn a_conflict_names_the_other_version_also_when_it_is_asked_again() {
    let hub = hub().await;
    post(
        &hub,
        "east",
        vec![fact("f1", &json!({"status": "handling"}))],
    )
    .await;
    let theirs = fact("f2", &json!({"status": "closed"}));
    let first = post(&hub, "west", vec![theirs.clone()]).await;
    assert_eq!(first[0]["verdict"], "conflict");
    assert_eq!(first[0]["with"][0]["fact"]["id"], "f1");
    assert_eq!(
        first[0]["holds"], true,
        "the greater identity at the same moment"
    );
    let again = post(&hub, "west", vec![theirs]).await;
    assert_eq!(again[0]["verdict"], "known");
    assert_eq!(again[0]["with"][0]["fact"]["id"], "f1");
    assert_eq!(hub.event("e1").expect("there")["status"], "closed");
}

#[tokio::test]
async fn the_first_to_acknowledge_an_alarm_holds() {
    let hub = hub().await;
    let ack = |id: &str, happened_at: &str| {
        let mut fact = fact(id, &json!({}));
        fact["object"] = json!("alarm-7");
        fact["verb"] = json!("alarm_acknowledged");
        fact["happened_at"] = json!(happened_at);
        fact
    };
    let outcomes = post(
        &hub,
        "east",
        vec![
            ack("b", "2025-12-31T23:00:00Z"),
            ack("c", "2025-12-31T23:01:00Z"),
            ack("a", "2025-12-31T22:00:00Z"),
        ],
    )
    .await;
    let holds: Vec<&Value> = outcomes.iter().map(|outcome| &outcome["holds"]).collect();
    assert_eq!(holds, [true, false, true]);
    assert!(
        outcomes
            .iter()
            .all(|outcome| outcome["verdict"] == "accepted")
    );
}

/// Sends acknowledgements (identity, seconds after 23:00) of the alarm `d0@5` one after the other and compares which hold.
async fn check_acknowledgements(told: &[(&str, u8)], expected: &[bool]) {
    let hub = hub().await;
    let facts = told.iter().map(|(id, second)| {
        let mut fact = fact(id, &json!({}));
        fact["object"] = json!("d0@5");
        fact["verb"] = json!("alarm_acknowledged");
        fact["happened_at"] = json!(format!("2025-12-31T23:00:{second:02}Z"));
        fact
    });
    let outcomes = post(&hub, "east", facts.collect()).await;
    let holds: Vec<Option<bool>> = outcomes
        .iter()
        .map(|outcome| outcome["holds"].as_bool())
        .collect();
    let expected: Vec<Option<bool>> = expected.iter().copied().map(Some).collect();
    assert_eq!(holds, expected, "{told:?}");
}

#[tokio::test]
async fn an_alarm_that_rang_again_is_acknowledged_again() {
    let (first, again, third) = (
        "d0@5#alarm_acknowledged",
        "d0@5#alarm_acknowledged#7",
        "d0@5#alarm_acknowledged#9",
    );
    check_acknowledgements(&[(first, 1), (again, 8), (third, 10)], &[true, true, true]).await;
    check_acknowledgements(&[(again, 8), (first, 1)], &[true, true]).await;
    // What names no ring answers the first one.
    check_acknowledgements(&[(first, 1), ("other", 2)], &[true, false]).await;
    check_acknowledgements(&[(again, 8), ("other", 9)], &[true, true]).await;
    // What is no moment is no ring.
    check_acknowledgements(
        &[(first, 1), ("d0@5#alarm_acknowledged#x", 2)],
        &[true, false],
    )
    .await;
}

#[tokio::test]
async fn the_feed_pages_on_and_notices_another_history() {
    let hub = hub().await;
    post(&hub, "east", vec![fact("f1", &json!({"note": "a"}))]).await;
    let reply = hub.ask("GET", "/api/changes?limit=2", None, b"").await;
    let page: Value = serde_json::from_str(&reply.body).expect("JSON");
    assert_eq!((&page["seq"], &page["newest"]), (&json!(2), &json!(3)));
    assert_eq!(page["items"][1]["desk"], "east");
    let chain = page["chain"].as_str().expect("a check value");
    let rest = format!("/api/changes?after=2&chain={chain}&kinds=event%2Ccamera");
    let reply = hub.ask("GET", &rest, None, b"").await;
    let page: Value = serde_json::from_str(&reply.body).expect("JSON");
    assert_eq!(
        page["items"][0]["body"]["note"], "a",
        "the event as it is now"
    );
    for other in ["after=2&chain=0000", "after=4&chain=0000", "after=4"] {
        let reply = hub
            .ask("GET", &format!("/api/changes?{other}"), None, b"")
            .await;
        assert_eq!(reply.status, 409, "{other}");
        assert!(reply.body.contains("restored"), "{}", reply.body);
    }
}

#[tokio::test]
async fn requests_that_are_no_requests_are_refused_in_words() {
    let hub = hub().await;
    let large = vec![b' '; 1024 * 1024 + 1];
    let many = json!({"desk": "east", "facts": vec![json!({}); 501]}).to_string();
    for (method, target, digest, body, status) in [
        ("POST", "/api/facts", None, &b"{"[..], 400),
        ("POST", "/api/facts", None, &b"{\"facts\":[]}"[..], 400),
        ("POST", "/api/facts", None, &b"{\"desk\":\"a\"}"[..], 400),
        (
            "POST",
            "/api/facts",
            None,
            &b"{\"desk\":\"a\\u0085\",\"facts\":[]}"[..],
            400,
        ),
        (
            "POST",
            "/api/facts",
            Some("sha-256=:AA==:"),
            &b"{}"[..],
            400,
        ),
        ("POST", "/api/facts", None, &large[..], 413),
        ("POST", "/api/facts", None, many.as_bytes(), 413),
        ("GET", "/api/changes?after=x", None, &b""[..], 400),
        ("GET", "/api/changes?kinds=weather", None, &b""[..], 400),
        ("DELETE", "/api/facts", None, &b""[..], 405),
    ] {
        let reply = hub.ask(method, target, digest, body).await;
        assert_eq!(reply.status, status, "{method} {target}: {}", reply.body);
        assert!(reply.body.contains("reason"), "{}", reply.body);
    }
}

#[tokio::test]
async fn two_processes_over_one_store_append_without_a_hole() {
    let store = Arc::new(MemoryStore::new("life-1"));
    let ledgers = [0, 1].map(|_: i32| {
        let time: Arc<dyn TimeSource> = Arc::new(Still);
        Ledger::new(Arc::clone(&store), time)
    });
    for number in 0..20_usize {
        let ids = vec![format!("thing-{number}")];
        let changes = ledgers[number % 2]
            .note_catalogue(&ids)
            .await
            .expect("noted");
        assert_eq!(changes[0].seq, number as u64 + 1);
    }
    let page = ledgers[0]
        .changes(0, None, 100, &ChangeKind::ALL)
        .await
        .expect("read");
    assert!(matches!(&page, page::Page::Items(text) if text.contains("thing-19")));
    let head = store.head().await.expect("read");
    let mut chain = "life-1".to_owned();
    for change in store.changes(0, 100, &ChangeKind::ALL).await.expect("read") {
        chain = next_chain(&chain, change.kind, &change.id, &change.body);
    }
    assert_eq!(head.chain, chain);
}

/// A store to which another process writes just before the first append of ours.
struct Raced {
    store: MemoryStore,
    is_first: AtomicBool,
}

impl LedgerStore for Raced {
    async fn head(&self) -> Result<Head, HubError> {
        self.store.head().await
    }

    async fn chain_at(&self, seq: u64) -> Result<Option<String>, HubError> {
        self.store.chain_at(seq).await
    }

    async fn changes(
        &self,
        after: u64,
        limit: usize,
        kinds: &[ChangeKind],
    ) -> Result<Vec<Change>, HubError> {
        self.store.changes(after, limit, kinds).await
    }

    async fn fact(&self, id: &str) -> Result<Option<StoredFact>, HubError> {
        self.store.fact(id).await
    }

    async fn facts_of(&self, object: &str) -> Result<Vec<StoredFact>, HubError> {
        self.store.facts_of(object).await
    }

    async fn event(&self, id: &str) -> Result<Option<Value>, HubError> {
        self.store.event(id).await
    }

    async fn append(&self, expected: &Head, append: &Append) -> Result<bool, HubError> {
        if self.is_first.swap(false, Ordering::Relaxed) {
            let event = json!({"id": "e1", "title": "路面塌陷", "status": "closed"});
            let (moment, text) = (UtcMillis(START), event.to_string());
            let theirs = Append {
                changes: vec![expected.next(ChangeKind::Event, "e1", moment, text, String::new())],
                facts: Vec::new(),
                events: vec![("e1".to_owned(), moment, event)],
            };
            assert!(self.store.append(expected, &theirs).await?);
        }
        self.store.append(expected, append).await
    }
}

#[tokio::test]
async fn an_edit_of_another_process_is_not_overwritten_by_a_source() {
    let store = Raced {
        store: MemoryStore::new("life-1"),
        is_first: AtomicBool::new(true),
    };
    let ledger = Ledger::new(store, Arc::new(Still));
    let merge = |before: Option<&Value>| {
        let new = json!({"id": "e1", "title": "路面塌陷", "status": "reported"});
        let mut event = before.cloned().unwrap_or(new);
        event["level"] = json!("I");
        Ok::<Value, HubError>(event)
    };
    let event = ledger.note_event_with("e1", UtcMillis(START + 1), merge);
    let event = event.await.expect("written");
    assert_eq!(event["status"], "closed", "what the other process said");
    assert_eq!(event["level"], "I", "what the source said");
    assert_eq!(ledger.store.event("e1").await.expect("read"), Some(event));
    assert_eq!(ledger.store.head().await.expect("read").seq, 2);
}

#[tokio::test]
async fn facts_and_news_of_the_catalogue_wait_while_somebody_reads_and_writes_events() {
    let ledger = Ledger::new(MemoryStore::new("life-1"), Arc::new(Still));
    let writing = ledger.writing.lock().await;
    let early = tokio::time::timeout(Duration::from_millis(20), ledger.accept("east", &[])).await;
    assert!(early.is_err(), "it waits");
    let ids = ["t1".to_owned()];
    let early = tokio::time::timeout(Duration::from_millis(20), ledger.note_catalogue(&ids)).await;
    assert!(early.is_err(), "so does news of the catalogue");
    drop(writing);
    assert!(ledger.accept("east", &[]).await.is_ok());
    assert!(ledger.note_catalogue(&ids).await.is_ok());
}

#[tokio::test]
async fn an_identity_may_have_1000_bytes_and_a_desk_200_characters() {
    let hub = hub().await;
    let id = format!("alarm~gas:7#{}", "x".repeat(988));
    let outcomes = post(
        &hub,
        &"台".repeat(200),
        vec![fact(&id, &json!({"note": "a"}))],
    )
    .await;
    assert_eq!(outcomes[0]["verdict"], "accepted", "{}", outcomes[0]);
    let body = json!({"desk": "台".repeat(201), "facts": []}).to_string();
    let reply = hub.ask("POST", "/api/facts", None, body.as_bytes()).await;
    assert_eq!(reply.status, 400, "{}", reply.body);
    let said: Value = serde_json::from_str(&reply.body).expect("JSON");
    assert_eq!(
        (&said["code"], &said["type"]),
        (&json!(400), &json!("error"))
    );
    assert_eq!(said["message"], said["reason"]);
}
