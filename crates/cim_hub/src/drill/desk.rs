//! A desk of a run: the real [`Exchange`](cim_sync::exchange::Exchange), asking over the simulated network, and an
//! officer who does what the plan says.

use super::plan::{Act, Plan, below};
use super::wire::{self, Reply, Spoil};
use super::{DESK_PORT, Moments, Trace, desk_name};
use cim_model::{TimeSource, UtcMillis};
use cim_sync::backoff::Dice;
use cim_sync::block::{SeriesNames, columns_block};
use cim_sync::exchange::drill::DrillDesk;
use cim_sync::exchange::wire::{announcement_of, answer_of, request_of};
use cim_sync::exchange::{Ask, AskId, Failure, Next, OutboundFact, Told};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use turmoil::net::UdpSocket;

/// A hub that was not heard for so long is gone.
const SILENCE: Duration = Duration::from_millis(3_500);
/// So long an answer is listened for after the desk gave it up.
const DEAF_AFTER: Duration = Duration::from_secs(12);
/// The longest rest.
const REST: Duration = Duration::from_millis(500);
/// Answers that wait to be read.
const ANSWERS_WAITING: usize = 256;
/// The largest message of the live road, in bytes.
const MESSAGE: usize = 256 * 1024;
/// Where in a question and in an answer a bit may flip, in bytes from the beginning of the connection.
const SPOILT_SENT: u64 = 700;
const SPOILT_RECEIVED: u64 = 2_000;

/// What a desk has on its disk, and what the run knows of it.
pub(super) struct Desk {
    pub(super) drill: DrillDesk,
    /// How far its clock is ahead of the right time, in milliseconds.
    pub(super) ahead_ms: i64,
    /// What its officer is still to do, in order.
    pub(super) acts: VecDeque<Act>,
    /// The facts that came of what the officer did.
    pub(super) acted: Vec<String>,
    dice: Dice,
    /// Whether the last connection was spoilt: two in a row never are.
    is_spoilt: bool,
}

impl Desk {
    pub(super) fn new(index: usize, seed: u64, plan: &Plan) -> Self {
        let own = seed.wrapping_mul(31).wrapping_add(index as u64);
        Self {
            drill: DrillDesk::comparing(&desk_name(index), own),
            ahead_ms: plan.ahead_ms.get(index).copied().unwrap_or_default(),
            acts: plan.acts.get(index).cloned().unwrap_or_default().into(),
            acted: Vec::new(),
            dice: Dice::new(own ^ 0x6465_736b),
            is_spoilt: false,
        }
    }

    /// What becomes of the bytes of the next connection, on which `ask` is asked.
    fn spoil(&mut self, chance: u64, ask: &Ask) -> Spoil {
        // These two questions carry no check value, and their answers do not repeat them: whoever asks relies on the
        // connection's own (TCP, TLS). Only their answers are spoilt.
        let is_bare = matches!(ask, Ask::Digests { .. } | Ask::Observations { .. });
        let dice = &mut self.dice;
        let (hit, back) = (below(dice, 100) < chance, below(dice, 3) > 0 || is_bare);
        let bit = below(dice, 8) as u8;
        let (sent, received) = (below(dice, SPOILT_SENT), below(dice, SPOILT_RECEIVED));
        let spoilt = hit && !self.is_spoilt;
        self.is_spoilt = spoilt;
        Spoil {
            sent: (spoilt && !back).then_some(sent),
            received: (spoilt && back).then_some(received),
            bit,
        }
    }
}

/// What the run tells a desk's program when it starts.
#[derive(Clone)]
pub(super) struct Briefing {
    pub(super) index: usize,
    pub(super) desk: Rc<RefCell<Desk>>,
    pub(super) time: Arc<Moments>,
    pub(super) trace: Rc<RefCell<Trace>>,
    pub(super) patience: Duration,
    /// Of a hundred questions so many are sent twice.
    pub(super) doubled: u64,
    /// Of a hundred connections so many are spoilt, as long as anything breaks.
    pub(super) spoilt: u64,
    pub(super) starts_anew: bool,
}

/// A question and what came of it.
type Answered = (AskId, Ask, Result<Reply, Failure>);

/// The desk's program.
struct Program {
    of: Briefing,
    /// The clock at the start, and since when it runs: it goes on evenly when somebody sets the desk's clock.
    began: (UtcMillis, Instant),
    online: bool,
    heard: Instant,
    asked: JoinSet<()>,
    answers: mpsc::Receiver<Answered>,
    answer_to: mpsc::Sender<Answered>,
    /// Questions without an answer, and when their time is over.
    waiting: BTreeMap<AskId, Instant>,
    names: SeriesNames,
}

/// Runs a desk's program until it is ended.
pub(super) async fn follow(briefing: Briefing) -> turmoil::Result {
    let live = UdpSocket::bind(("0.0.0.0", DESK_PORT)).await?;
    let mut program = Program::start(briefing);
    let mut buffer = vec![0_u8; MESSAGE];
    loop {
        let pause = program.look();
        tokio::select! {
            biased;
            Some(answered) = program.answers.recv() => program.take_answer(answered),
            received = live.recv_from(&mut buffer) => {
                let (length, _) = received?;
                program.hear(buffer.get(..length).unwrap_or_default());
            }
            () = sleep(pause) => {}
        }
    }
}

impl Program {
    fn start(of: Briefing) -> Self {
        let now = {
            let mut desk = of.desk.borrow_mut();
            desk.drill.restart();
            UtcMillis(of.time.now().0 + desk.ahead_ms)
        };
        let (answer_to, answers) = mpsc::channel(ANSWERS_WAITING);
        let program = Self {
            of,
            began: (now, Instant::now()),
            online: false,
            heard: Instant::now(),
            asked: JoinSet::new(),
            answers,
            answer_to,
            waiting: BTreeMap::new(),
            names: SeriesNames::new(),
        };
        program.note("starts");
        program
    }

    /// The present moment for the exchange.
    fn now(&self) -> UtcMillis {
        let (began, since) = self.began;
        UtcMillis(began.0 + since.elapsed().as_millis() as i64)
    }

    fn note(&self, text: &str) {
        let line = format!("{} {text}", desk_name(self.of.index));
        self.of.trace.borrow_mut().note(&self.of.time, &line);
    }

    /// Does whatever is due, and says how long nothing else is.
    fn look(&mut self) -> Duration {
        while self.asked.try_join_next().is_some() {}
        let mut pause = self.act().min(REST);
        if self.online && self.heard.elapsed() > SILENCE {
            self.lose();
        }
        self.give_up();
        let now = self.now();
        loop {
            let next = self.of.desk.borrow_mut().drill.exchange.next(now);
            match next {
                Next::Ask(id, ask) => self.ask(id, ask),
                Next::WaitUntil(until) => {
                    let ms = until.0.saturating_sub(now.0).max(1).unsigned_abs();
                    pause = pause.min(Duration::from_millis(ms));
                    break;
                }
                Next::Idle => break,
            }
        }
        let first = self.waiting.values().min();
        let first = first.map(|until| until.saturating_duration_since(Instant::now()));
        pause
            .min(first.unwrap_or(REST))
            .max(Duration::from_millis(1))
    }

    /// The officer does what is due; how long until the next time.
    fn act(&self) -> Duration {
        loop {
            let mut desk = self.of.desk.borrow_mut();
            let since_start = self.of.time.since_start_ms();
            let Some(act) = desk.acts.front() else {
                return REST;
            };
            let early = act.at_ms - since_start;
            if early > 0 {
                return Duration::from_millis(early.unsigned_abs());
            }
            let Some(act) = desk.acts.pop_front() else {
                return REST;
            };
            // The officer's watch is the desk's clock as it is set now.
            let moment = UtcMillis(self.of.time.now().0 + desk.ahead_ms);
            let fact = OutboundFact {
                id: act.id.clone(),
                object: act.object,
                verb: act.verb.to_owned(),
                author: format!("officer-{}", self.of.index),
                happened_at: moment,
                known_at: moment,
                cause: String::new(),
                body: act.body.to_string(),
                base: Some(desk.drill.seen()),
            };
            desk.acted.push(act.id.clone());
            desk.drill.act(fact);
            drop(desk);
            self.note(&format!("acts {} at {}", act.id, moment.0));
        }
    }

    /// The hub is silent.
    fn lose(&mut self) {
        self.note("hears nothing");
        self.online = false;
        self.of.desk.borrow_mut().drill.exchange.lost();
    }

    /// Answers whose time is over count as not given. One that comes later is still heard.
    fn give_up(&mut self) {
        let present = Instant::now();
        let over: Vec<AskId> = self
            .waiting
            .iter()
            .filter(|(_, until)| **until <= present)
            .map(|(id, _)| *id)
            .collect();
        for id in over {
            self.waiting.remove(&id);
            self.note(&format!("gives up {}", id.0));
            let now = self.now();
            let mut desk = self.of.desk.borrow_mut();
            let told = desk.drill.exchange.answered(id, Err(Failure::Timeout), now);
            desk.drill.take(told, now);
        }
    }

    fn ask(&mut self, id: AskId, ask: Ask) {
        self.note(&format!("asks {}: {}", id.0, in_short(&ask)));
        let (times, breaks) = {
            let breaks = !self.of.time.is_healed();
            let mut desk = self.of.desk.borrow_mut();
            let twice = below(&mut desk.dice, 100) < self.of.doubled;
            (if twice && breaks { 2 } else { 1 }, breaks)
        };
        for _ in 0..times {
            let chance = if breaks { self.of.spoilt } else { 0 };
            let spoil = self.of.desk.borrow_mut().spoil(chance, &ask);
            let request = request_of(&ask, &desk_name(self.of.index));
            let (answer_to, ask) = (self.answer_to.clone(), ask.clone());
            self.asked.spawn_local(async move {
                let answer = timeout(DEAF_AFTER, wire::ask(request, spoil)).await;
                let answer = answer.unwrap_or(Err(Failure::Timeout));
                // Nobody listens any more when the program asks anew.
                answer_to.send((id, ask, answer)).await.ok();
            });
        }
        self.waiting.insert(id, Instant::now() + self.of.patience);
    }

    fn take_answer(&mut self, (id, ask, reply): Answered) {
        let is_late = self.waiting.remove(&id).is_none();
        let answer = reply.and_then(|reply| {
            let digest = reply.digest.as_deref();
            let answer = answer_of(&ask, reply.status, digest, &reply.body)?;
            if matches!(ask, Ask::Observations { .. }) {
                self.keep_rows(&reply.body)?;
            }
            Ok(answer)
        });
        let outcome = match &answer {
            Ok(_) => "answered".to_owned(),
            Err(failure) => format!("{failure:?}"),
        };
        let late = if is_late { " late" } else { "" };
        self.note(&format!("{}{late}: {outcome}", id.0));
        if is_late && answer.is_err() {
            return;
        }
        let now = self.now();
        let mut desk = self.of.desk.borrow_mut();
        let told = desk.drill.exchange.answered(id, answer, now);
        drop(desk);
        self.take(told);
    }

    /// Observations go into the history before the exchange hears of them.
    fn keep_rows(&mut self, body: &[u8]) -> Result<(), Failure> {
        let page = columns_block(body, &mut self.names).map_err(|rejection| {
            Failure::Broken(format!("{}: {}", rejection.place, rejection.reason))
        })?;
        let mut desk = self.of.desk.borrow_mut();
        for row in &page.block.rows {
            let series = page.block.series.get(row.series as usize);
            if let Some(series) = series {
                desk.drill
                    .observe(series.as_str(), row.happened_at, row.value);
            }
        }
        Ok(())
    }

    fn take(&self, told: Vec<Told>) {
        for told in &told {
            let words = match told {
                Told::Outcomes(outcomes) => {
                    let words = outcomes.iter().map(|outcome| {
                        format!(
                            "{} {} {}",
                            outcome.id,
                            outcome.verdict.as_str(),
                            outcome.reason
                        )
                    });
                    words.collect::<Vec<_>>().join(", ")
                }
                Told::HubRestored { epoch, .. } => format!("the hub was restored, {epoch}"),
                Told::Requeued(ids) => format!("queued again: {}", ids.join(", ")),
                Told::GivenBack => "everything is given back".to_owned(),
                Told::Cursor(cursor) => format!("has read up to {}", cursor.seq),
                Told::Gap(gap) => format!("gap {} from {}", gap.state.as_str(), gap.from.0),
                Told::Trouble { what, reason } => format!("trouble with {what}: {reason}"),
                _ => continue,
            };
            self.note(&words);
        }
        let now = self.now();
        self.of.desk.borrow_mut().drill.take(told, now);
    }

    /// A message of the live road.
    fn hear(&mut self, message: &[u8]) {
        let Some((kind, rest)) = message.split_first() else {
            return;
        };
        match kind {
            b'h' => self.hear_head(rest),
            b'c' if self.online => {
                if let Ok(announced) = announcement_of(rest) {
                    let told = {
                        let mut desk = self.of.desk.borrow_mut();
                        desk.drill.exchange.announced(&announced)
                    };
                    self.take(told);
                }
            }
            b'o' if self.online => self.hear_rows(rest),
            _ => {}
        }
    }

    fn hear_rows(&self, text: &[u8]) {
        let rows: Vec<(String, i64, f64)> = serde_json::from_slice(text).unwrap_or_default();
        let mut desk = self.of.desk.borrow_mut();
        for (series, moment, value) in rows {
            desk.drill.observe(&series, UtcMillis(moment), value);
        }
    }

    fn hear_head(&mut self, text: &[u8]) {
        let head: Value = serde_json::from_slice(text).unwrap_or_default();
        let epoch = head.get("epoch").and_then(Value::as_str);
        let seq = head.get("seq").and_then(Value::as_u64);
        let (Some(epoch), Some(seq)) = (epoch, seq) else {
            return;
        };
        let time = head.get("time").and_then(Value::as_i64).map(UtcMillis);
        self.heard = Instant::now();
        let is_back = !self.online;
        if is_back && self.of.starts_anew {
            // Questions of the former exchange would be taken for those of the new one.
            (self.answer_to, self.answers) = mpsc::channel(ANSWERS_WAITING);
            self.asked = JoinSet::new();
            self.waiting.clear();
            self.of.desk.borrow_mut().drill.restart();
        }
        let now = self.now();
        let mut desk = self.of.desk.borrow_mut();
        desk.drill.exchange.head(epoch, seq, time, now);
        if is_back {
            let told = desk.drill.exchange.connected(now);
            drop(desk);
            self.online = true;
            self.waiting.clear();
            self.note("hears the hub");
            self.take(told);
        }
    }
}

fn in_short(ask: &Ask) -> String {
    let ids = |ids: Vec<&str>| ids.join(" ");
    match ask {
        Ask::Facts(facts) => {
            format!(
                "take {}",
                ids(facts.iter().map(|fact| fact.id.as_str()).collect())
            )
        }
        Ask::GiveBack(facts) => {
            let facts = facts.iter().map(|fact| fact.fact.id.as_str());
            format!("take back {}", ids(facts.collect()))
        }
        Ask::Changes { after, .. } => format!("changes after {after}"),
        Ask::Digests { from, until } => format!("digests {} to {}", from.0, until.0),
        Ask::Observations { from, until, .. } => format!("rows {} to {}", from.0, until.0),
    }
}
