//! Desks and a hub over a network that drops, doubles, delays and corrupts: nothing is lost, nothing is doubled, and in
//! the end all have the same.
#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use cim_hub::{MemoryHub, Reply, Snapshot};
use cim_model::{TimeSource, UtcMillis};
use cim_sync::backoff::Dice;
use cim_sync::exchange::drill::DrillDesk;
use cim_sync::exchange::wire::{answer_of, request_of};
use cim_sync::exchange::{Answer, AskId, Failure, Next, OutboundFact, content_digest};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

const HOUR_MS: i64 = 3_600_000;
const START: i64 = 1_767_225_600_000;

struct Clock(AtomicI64);

impl TimeSource for Clock {
    fn now(&self) -> UtcMillis {
        UtcMillis(self.0.load(Ordering::Relaxed))
    }
}

/// What the network does to one request.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Arrives,
    LostBefore,
    LostAfter,
    Late,
    Doubled,
    Corrupted,
}

struct World {
    clock: Arc<Clock>,
    hub: MemoryHub,
    desks: Vec<DrillDesk>,
    dice: Dice,
    lossy: bool,
    late: Vec<(usize, AskId, Answer)>,
    acted: BTreeSet<String>,
}

impl World {
    async fn new(desks: &[&str], seed: u64) -> Self {
        let clock = Arc::new(Clock(AtomicI64::new(START)));
        let time: Arc<dyn TimeSource> = Arc::<Clock>::clone(&clock);
        let hub = MemoryHub::new("life-1", time);
        for id in ["e1", "e2"] {
            let event = json!({
                "id": id, "title": "路面塌陷", "status": "reported", "level": "III",
                "lon": 121.5, "lat": 31.2, "happened_at": "2026-01-01T00:00:00.000Z"
            });
            hub.put_event(id, &event).await.expect("stored");
        }
        let desks = desks.iter().zip(seed..);
        Self {
            clock,
            hub,
            desks: desks
                .map(|(desk, seed)| DrillDesk::new(desk, seed))
                .collect(),
            dice: Dice::new(seed),
            lossy: false,
            late: Vec::new(),
            acted: BTreeSet::new(),
        }
    }

    fn now(&self) -> UtcMillis {
        self.clock.now()
    }

    fn pass(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::Relaxed);
    }

    fn pick(&mut self, below: u64) -> u64 {
        self.dice.next_number() % below
    }

    fn fate(&mut self) -> Fate {
        if !self.lossy {
            return Fate::Arrives;
        }
        match self.pick(10) {
            0 => Fate::LostBefore,
            1 => Fate::LostAfter,
            2 => Fate::Late,
            3 => Fate::Doubled,
            4 => Fate::Corrupted,
            _ => Fate::Arrives,
        }
    }

    /// A person at `desk` changes a field of an event.
    fn edit(&mut self, desk: usize, id: &str, event: &str, happened_at: i64, changes: &Value) {
        let fact = OutboundFact {
            id: id.to_owned(),
            object: format!("event:{event}"),
            verb: "event_changed".to_owned(),
            author: format!("officer at {desk}"),
            happened_at: UtcMillis(happened_at),
            known_at: UtcMillis(happened_at),
            cause: String::new(),
            body: json!({ "changes": changes }).to_string(),
            base: Some(self.desks[desk].seen()),
        };
        self.acted.insert(id.to_owned());
        self.desks[desk].act(fact);
    }

    fn connect(&mut self, desk: usize) {
        let now = self.now();
        let told = self.desks[desk].exchange.connected(now);
        self.desks[desk].take(told, now);
    }

    async fn ask_hub(&self, desk: usize, ask: &cim_sync::exchange::Ask) -> Reply {
        let request = request_of(ask, self.desks[desk].name());
        let body = request.body.unwrap_or_default();
        let digest = content_digest(body.as_bytes());
        self.hub
            .ask(
                request.method,
                &request.target,
                Some(&digest),
                body.as_bytes(),
            )
            .await
    }

    /// The desk asks once, if it has something to ask.
    async fn step(&mut self, desk: usize) -> bool {
        let now = self.now();
        let Next::Ask(id, ask) = self.desks[desk].exchange.next(now) else {
            return false;
        };
        let fate = self.fate();
        let mut answer = Err(Failure::Timeout);
        if fate != Fate::LostBefore {
            if fate == Fate::Doubled {
                self.ask_hub(desk, &ask).await;
            }
            let mut reply = self.ask_hub(desk, &ask).await;
            let digest = content_digest(reply.body.as_bytes());
            if fate == Fate::Corrupted {
                reply.body = reply.body.replacen("e1", "e9", 1).replacen('1', "7", 2);
            }
            answer = answer_of(&ask, reply.status, Some(&digest), reply.body.as_bytes());
            match fate {
                Fate::Late => {
                    if let Ok(answer) = answer {
                        self.late.push((desk, id, answer));
                    }
                    answer = Err(Failure::Timeout);
                }
                Fate::LostAfter => answer = Err(Failure::Timeout),
                _ => {}
            }
        }
        let told = self.desks[desk].exchange.answered(id, answer, now);
        self.desks[desk].take(told, now);
        true
    }

    /// An answer arrives after the desk gave up.
    fn deliver_late(&mut self) {
        if !self.late.is_empty() {
            let which = self.pick(self.late.len() as u64) as usize;
            let (desk, id, answer) = self.late.swap_remove(which);
            let now = self.now();
            let told = self.desks[desk].exchange.answered(id, Ok(answer), now);
            self.desks[desk].take(told, now);
        }
    }

    fn restore(&mut self, backup: &Snapshot) {
        self.hub.restore(backup);
        // The process ends: what was on its way to or from it is gone.
        self.late.clear();
        for desk in &mut self.desks {
            desk.exchange.lost();
        }
    }

    /// The desk asks until it has no question.
    async fn many_steps(&mut self, desk: usize) {
        for _ in 0..500 {
            if !self.step(desk).await {
                break;
            }
        }
    }

    /// The network is whole again: everybody asks until nobody has a question.
    async fn heal(&mut self) {
        self.lossy = false;
        self.late.clear();
        for desk in 0..self.desks.len() {
            self.connect(desk);
        }
        for _ in 0..200 {
            self.pass(61_000);
            for desk in 0..self.desks.len() {
                self.many_steps(desk).await;
            }
            let cursor = self.hub.head().1;
            let done = |desk: &DrillDesk| desk.exchange.in_step() && desk.seen() == cursor;
            if self.desks.iter().all(done) {
                return;
            }
        }
    }

    #[track_caller]
    fn check_same_everywhere(&self, what: &str) {
        let here: Vec<String> = self.hub.fact_ids();
        let acted: Vec<String> = self.acted.iter().cloned().collect();
        let desks: Vec<String> = self
            .desks
            .iter()
            .map(|desk| {
                let exchange = &desk.exchange;
                format!(
                    "{}: in step {}, waiting {}, refused {:?}, seen {} of {}",
                    desk.name(),
                    exchange.in_step(),
                    exchange.queued(),
                    desk.refused,
                    desk.seen(),
                    self.hub.head().1
                )
            })
            .collect();
        assert_eq!(here, acted, "{what}: lost or doubled; {desks:#?}");
        for desk in &self.desks {
            let name = desk.name();
            assert!(desk.exchange.in_step(), "{what}: {name} is not in step");
            assert_eq!(desk.refused, [], "{what}: {name}");
            assert_eq!(desk.state_hash(), self.hub.state_hash(), "{what}: {name}");
        }
    }

    fn event_field(&self, event: &str, field: &str) -> Value {
        let event = self.hub.event(event).expect("there");
        event.get(field).cloned().unwrap_or_default()
    }
}

#[tokio::test]
async fn two_officers_edit_the_same_event_during_72_hours_offline() {
    let mut world = World::new(&["east", "west"], 1).await;
    world.heal().await;
    for desk in 0..2 {
        world.desks[desk].exchange.lost();
    }
    let day = START + 24 * HOUR_MS;
    world.edit(
        0,
        "east-1",
        "e1",
        day,
        &json!({"status": "handling", "note": "封路"}),
    );
    world.edit(
        1,
        "west-1",
        "e1",
        day + HOUR_MS,
        &json!({"status": "closed", "level": "II"}),
    );
    world.pass(72 * HOUR_MS);
    world.heal().await;
    world.check_same_everywhere("after 72 hours");
    assert_eq!(
        world.event_field("e1", "status"),
        json!("closed"),
        "the later one"
    );
    assert_eq!(
        world.event_field("e1", "note"),
        json!("封路"),
        "side by side"
    );
    assert_eq!(
        world.event_field("e1", "level"),
        json!("II"),
        "side by side"
    );
    for desk in &world.desks {
        let mentions = |(id, with): &(String, Vec<String>)| {
            id == "west-1" && with.iter().any(|id| id == "east-1")
        };
        assert!(
            desk.conflicts.iter().any(mentions),
            "{} sees both",
            desk.name()
        );
        let theirs = desk.fact("east-1").expect("kept");
        assert!(theirs.fact.body.contains("handling"), "both are kept");
    }
}

#[tokio::test]
async fn a_hub_restored_from_an_old_backup_gets_everything_back() {
    let mut world = World::new(&["east", "west"], 2).await;
    world.edit(0, "east-1", "e1", START, &json!({"note": "one"}));
    world.heal().await;
    let backup = world.hub.snapshot();
    world.edit(0, "east-2", "e1", START + 1, &json!({"note": "two"}));
    world.edit(1, "west-1", "e2", START + 2, &json!({"status": "handling"}));
    world.heal().await;
    let before = world.hub.state_hash();
    world.restore(&backup);
    assert_ne!(
        world.hub.state_hash(),
        before,
        "something is lost at the hub"
    );
    // The first desk is gone for good; its fact comes back from the other one, under its name.
    world.desks.remove(0);
    world.heal().await;
    world.check_same_everywhere("after the restore");
    assert_eq!(world.hub.state_hash(), before, "everything is back");
    assert_eq!(world.desks[0].fact("east-2").expect("kept").desk, "east");
}

#[tokio::test]
async fn a_clock_wrong_by_ten_years_does_not_win_for_ten_years() {
    let mut world = World::new(&["east", "west"], 3).await;
    let ten_years = 10 * 365 * 24 * HOUR_MS;
    world.edit(
        0,
        "ahead",
        "e1",
        START + ten_years,
        &json!({"status": "handling"}),
    );
    world.edit(
        0,
        "behind",
        "e2",
        START - ten_years,
        &json!({"note": "old"}),
    );
    world.heal().await;
    let later = world.now().0 + 1000;
    world.pass(HOUR_MS);
    world.edit(1, "right", "e1", later, &json!({"status": "closed"}));
    world.heal().await;
    world.check_same_everywhere("with a wrong clock");
    assert_eq!(world.event_field("e1", "status"), json!("closed"));
    assert_eq!(world.event_field("e2", "note"), json!("old"));
}

#[tokio::test]
async fn one_poisoned_edit_never_blocks_the_rest() {
    let mut world = World::new(&["east"], 4).await;
    world.edit(0, "good-1", "e1", START, &json!({"note": "a"}));
    world.edit(0, "poison", "e1", START + 1, &json!({"status": "lost"}));
    world.edit(0, "good-2", "e1", START + 2, &json!({"note": "b"}));
    // One that makes the hub refuse the whole request: larger than what it reads.
    world.edit(
        0,
        "huge",
        "e2",
        START + 3,
        &json!({"note": "x".repeat(2_000_000)}),
    );
    world.edit(
        0,
        "good-3",
        "e3-not-there",
        START + 4,
        &json!({"note": "c"}),
    );
    world.edit(0, "good-4", "e2", START + 5, &json!({"note": "d"}));
    world.heal().await;
    assert_eq!(world.hub.fact_ids(), ["good-1", "good-2", "good-4"]);
    assert_eq!(world.event_field("e1", "note"), json!("b"));
    let refused: BTreeSet<&str> = world.desks[0]
        .refused
        .iter()
        .map(|outcome| outcome.id.as_str())
        .collect();
    assert_eq!(refused, BTreeSet::from(["good-3", "huge", "poison"]));
    let poison = world.desks[0]
        .refused
        .iter()
        .find(|outcome| outcome.id == "poison");
    let reason = &poison.expect("told").reason;
    assert!(reason.contains("body.changes.status"), "{reason}");
}

#[tokio::test]
async fn the_hub_answers_after_the_desk_gave_up() {
    let mut world = World::new(&["east"], 5).await;
    world.heal().await;
    world.edit(0, "east-1", "e1", START, &json!({"note": "a"}));
    let now = world.now();
    let Next::Ask(id, ask) = world.desks[0].exchange.next(now) else {
        panic!("a fact waits");
    };
    let reply = world.ask_hub(0, &ask).await;
    let told = world.desks[0]
        .exchange
        .answered(id, Err(Failure::Timeout), now);
    world.desks[0].take(told, now);
    assert_eq!(
        world.desks[0].exchange.queued(),
        1,
        "not done without an answer"
    );
    let answer = answer_of(&ask, reply.status, None, reply.body.as_bytes());
    let told = world.desks[0].exchange.answered(id, answer, now);
    world.desks[0].take(told, now);
    assert_eq!(
        world.desks[0].exchange.queued(),
        0,
        "the late answer counts"
    );
    world.heal().await;
    world.check_same_everywhere("after a late answer");
}

#[tokio::test]
async fn any_order_and_any_doubling_of_facts_gives_the_same_state() {
    let mut hashes = BTreeSet::new();
    for seed in 0..100 {
        let world = World::new(&[], seed).await;
        let mut dice = Dice::new(seed);
        let mut facts: Vec<Value> = (0..12)
            .map(|index: i64| {
                let field = ["note", "title", "description"][index as usize % 3];
                json!({
                    "id": format!("f{index}"), "object": format!("event:e{}", 1 + index % 2),
                    "verb": "event_changed", "author": "li.wei", "cause": "",
                    "happened_at": format!("2026-01-01T00:0{}:00.000Z", index / 2),
                    "known_at": "2026-01-01T00:00:00.000Z",
                    "body": {"changes": {field: format!("text {index}")}}
                })
            })
            .collect();
        world.pass(HOUR_MS);
        facts.extend(facts.clone());
        for last in (1..facts.len()).rev() {
            facts.swap(last, (dice.next_number() % (last as u64 + 1)) as usize);
        }
        while !facts.is_empty() {
            let count = 1 + (dice.next_number() % facts.len() as u64) as usize;
            let some: Vec<Value> = facts.drain(..count).collect();
            let body = json!({"desk": "east", "facts": some}).to_string();
            let reply = world
                .hub
                .ask("POST", "/api/facts", None, body.as_bytes())
                .await;
            assert_eq!(reply.status, 200, "seed {seed}: {}", reply.body);
            assert!(
                !reply.body.contains("refused"),
                "seed {seed}: {}",
                reply.body
            );
        }
        hashes.insert(world.hub.state_hash());
    }
    assert_eq!(hashes.len(), 1, "one state, whatever the order");
}

#[tokio::test]
async fn three_desks_and_a_hub_agree_after_2000_bad_days() {
    for seed in 0..2000 {
        let mut world = bad_day(seed).await;
        world.heal().await;
        world.check_same_everywhere(&format!("seed {seed}"));
    }
}

/// A day on which everything goes wrong that can.
async fn bad_day(seed: u64) -> World {
    let mut world = World::new(&["east", "west", "north"], seed).await;
    world.lossy = true;
    let mut backup = world.hub.snapshot();
    for desk in 0..3 {
        world.connect(desk);
    }
    for number in 0..150 {
        let pause = world.pick(3000) as i64;
        world.pass(pause);
        let desk = world.pick(3) as usize;
        match world.pick(40) {
            0..=4 => {
                let event = ["e1", "e2"][world.pick(2) as usize];
                let changes = match world.pick(3) {
                    0 => json!({"note": format!("note {number}")}),
                    1 => json!({"status": (["reported", "handling", "closed"][number % 3])}),
                    _ => json!({"title": format!("title {number}"), "level": "II"}),
                };
                let skew = world.pick(2 * HOUR_MS as u64) as i64 - HOUR_MS;
                let happened_at = world.now().0 + skew;
                world.edit(desk, &format!("f{number:03}"), event, happened_at, &changes);
            }
            5 => world.desks[desk].exchange.lost(),
            6 | 7 => world.connect(desk),
            8 => {
                world.desks[desk].restart();
                world.late.retain(|(owner, _, _)| *owner != desk);
            }
            9 => world.hub = world.hub.restarted(Arc::<Clock>::clone(&world.clock)),
            10 => backup = world.hub.snapshot(),
            11 if world.pick(4) == 0 => world.restore(&backup),
            12..=14 => world.deliver_late(),
            _ => {
                world.step(desk).await;
            }
        }
    }
    world
}
