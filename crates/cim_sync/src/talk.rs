//! Carries out what the [`Exchange`] wants: asks the hub's own doors, tells the answers upward in order, sends signs of life and
//! the shared view. One task for each stay with a hub; it ends with the stay.

use crate::{
    Exchanged, Member, Rejection, SyncError, Update,
    block::{SeriesNames, columns_block},
    catalogue::cameras_page,
    door::{self, Door, PAGE_MAX_BYTES},
    events::events_page,
    exchange::{
        Answer, Ask, AskId, Exchange, ExchangeSettings, Failure, Next, Presence, Saved, SharedView,
        Told, Verdict, wire,
    },
    hub::OwnDoors,
    iso, json,
    mqtt::Message,
    outlet::Outlet,
    settings::Standing,
};
use cim_model::{DatastreamId, ObservationBlock, UtcMillis};
use reqwest::Method;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    select,
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};

/// How many words to the task may wait; newer news of the same sort make older ones needless.
const WORDS_WAITING: usize = 1_024;
/// How many lists of changed things wait.
const CHANGES_WAITING: usize = 256;
/// How long an answer may take before it counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often this desk tells that it is there.
const PRESENCE_EVERY: Duration = Duration::from_secs(10);
/// The longest time that the task rests.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often a page of observations waits for its series to be listed; after so many, what is unknown is left out.
const MOST_WAITS: u32 = 20;
/// After so many of them, everything is listed again.
const LISTED_AGAIN_AFTER: u32 = 5;
/// How long signs of life and shared views may take.
const SMALL_TALK: Duration = Duration::from_secs(3);
/// How long a message can have waited here, seconds.
const MOST_WAITED_S: f64 = 600.0;
/// The hub's topics.
const CHANGES: &str = "citymirror/changes";
const HEAD: &str = "citymirror/head";
const JSON: &str = "application/json";

/// What others tell the task.
#[derive(Debug)]
pub(crate) enum Word {
    /// A message on one of the hub's own topics.
    Message(Message),
    /// Facts wait in the outbox.
    Nudge,
    /// Observations from here on may be missing.
    Doubt(UtcMillis),
    /// Share this view.
    Share(SharedView),
}

/// The stay's end of the talk.
#[derive(Debug)]
pub(crate) struct Talk {
    /// What the task is told.
    pub(crate) words: mpsc::Sender<Word>,
    /// Things that were created or changed at the hub.
    pub(crate) changed: mpsc::Receiver<Vec<String>>,
    /// More things changed than could be told one by one.
    all_changed: Arc<AtomicBool>,
    /// True once the hub's changes were read, or could not be.
    pub(crate) is_read: watch::Receiver<bool>,
}

impl Talk {
    /// The next list of changed things; an empty one stands for any number.
    pub(crate) async fn next_changed(&mut self) -> Option<Vec<String>> {
        if self.all_changed.swap(false, Ordering::AcqRel) {
            self.forget_changed();
            return Some(Vec::new());
        }
        let things = self.changed.recv().await?;
        if things.is_empty() {
            self.forget_changed();
        }
        Some(things)
    }

    /// True while somebody should still hear of changed things.
    pub(crate) fn has_changed(&self) -> bool {
        self.all_changed.load(Ordering::Acquire) || !self.changed.is_empty()
    }

    /// Everything that changed until now is known.
    pub(crate) fn forget_changed(&mut self) {
        while self.changed.try_recv().is_ok() {}
        self.all_changed.store(false, Ordering::Release);
    }

    /// Waits until the hub's changes were read, but no longer than `patience`.
    pub(crate) async fn wait_until_read(&mut self, patience: Duration) {
        timeout(patience, self.is_read.wait_for(|read| *read))
            .await
            .map(|_| ())
            .ok();
    }
}

/// Begins to talk with the hub behind `doors`; the task lives in `tasks`.
pub(crate) async fn start(
    doors: OwnDoors,
    door: Door,
    out: Outlet,
    member: Member,
    seed: u64,
    tasks: &mut JoinSet<()>,
) -> Talk {
    let (words_in, words) = mpsc::channel(WORDS_WAITING);
    let (changed_in, changed) = mpsc::channel(CHANGES_WAITING);
    let (read_in, is_read) = watch::channel(false);
    let all_changed = Arc::new(AtomicBool::new(false));
    let saved = saved_of(&member).await;
    let settings = ExchangeSettings {
        compares_observations: doors.compares,
        ..ExchangeSettings::of(&member.desk, seed)
    };
    let talking = Talking {
        began: (out.now(), Instant::now()),
        exchange: Exchange::new(settings, saved),
        names: SeriesNames::new(),
        doors,
        door,
        out,
        member,
        asked: JoinSet::new(),
        changed: changed_in,
        all_changed: Arc::clone(&all_changed),
        listed: BTreeSet::new(),
        waited: 0,
        is_read: read_in,
    };
    tasks.spawn(talking.run(words));
    Talk {
        words: words_in,
        changed,
        all_changed,
        is_read,
    }
}

async fn saved_of(member: &Member) -> Saved {
    let Standing {
        cursor,
        compared,
        restoring,
    } = member.keeping.standing().await;
    let cursor = cursor.unwrap_or_default();
    let accepted = member
        .keeping
        .at_hub()
        .await
        .unwrap_or_default()
        .into_iter()
        // While a hub is being restored, everything is given back at once.
        .filter(|held| !restoring && held.desk == member.desk && held.seq > cursor.seq)
        .map(|held| (held.fact, held.seq))
        .collect();
    Saved {
        accepted,
        queued: member.keeping.waiting().await.unwrap_or_default(),
        sure_until: compared,
        restoring,
        cursor,
    }
}

struct Talking {
    /// The wall time and the machine's own when the talk began.
    began: (UtcMillis, Instant),
    exchange: Exchange,
    names: SeriesNames,
    doors: OwnDoors,
    door: Door,
    out: Outlet,
    member: Member,
    /// Questions on their way.
    asked: JoinSet<Asked>,
    changed: mpsc::Sender<Vec<String>>,
    all_changed: Arc<AtomicBool>,
    /// The series that the cache knew when it was asked last.
    listed: BTreeSet<DatastreamId>,
    /// How often a page waited for its series to be listed.
    waited: u32,
    is_read: watch::Sender<bool>,
}

/// A question with its answer, as it came.
type Asked = (AskId, Ask, Result<door::Answer, Failure>);

impl Talking {
    /// Now, by a clock that nobody sets: a wall clock that jumps must neither silence the exchange nor make it look ahead.
    fn now(&self) -> UtcMillis {
        let (wall, own) = self.began;
        wall.plus_seconds(own.elapsed().as_secs_f64())
    }

    async fn run(mut self, mut words: mpsc::Receiver<Word>) {
        let now = self.now();
        if let Some(time) = self.doors.time {
            // The hub's clock decides which minutes are over. What it says of its changes comes with the feed.
            let cursor = self.exchange.cursor().clone();
            self.exchange
                .head(&cursor.epoch, cursor.seq, Some(time), now);
        }
        let begun = self.exchange.connected(now);
        if let Err(error) = self.go_on(begun, &mut words).await {
            tracing::debug!(%error, "the talk with the hub ends");
        }
    }

    async fn go_on(
        &mut self,
        begun: Vec<Told>,
        words: &mut mpsc::Receiver<Word>,
    ) -> Result<(), SyncError> {
        self.tell(begun).await?;
        let mut presence = interval(PRESENCE_EVERY);
        presence.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let pause = self.ask_all();
            select! {
                Some(answered) = self.asked.join_next() => match answered {
                    Ok(asked) => self.take(asked).await?,
                    Err(error) => {
                        tracing::warn!(%error, "a question to the hub did not end well");
                        self.asked.abort_all();
                        let told = self.exchange.connected(self.now());
                        self.tell(told).await?;
                    }
                },
                word = words.recv() => match word {
                    Some(word) => self.hear(word).await?,
                    None => return Ok(()),
                },
                _ = presence.tick() => {
                    // A nudge may have found no room.
                    self.hear(Word::Nudge).await?;
                    // Not before what people did.
                    let present = timeout(SMALL_TALK, self.be_present()).await;
                    present.unwrap_or(Ok(()))?;
                }
                () = sleep(pause) => {}
            }
        }
    }

    /// Asks whatever can be asked now, and says how long nothing else is due.
    fn ask_all(&mut self) -> Duration {
        loop {
            let now = self.now();
            match self.exchange.next(now) {
                Next::Ask(id, ask) => self.ask(id, ask),
                Next::WaitUntil(until) => {
                    let ms = until.0.saturating_sub(now.0).max(1);
                    return Duration::from_millis(ms.unsigned_abs()).min(LOOK_EVERY);
                }
                Next::Idle => return LOOK_EVERY,
            }
        }
    }

    fn ask(&mut self, id: AskId, ask: Ask) {
        let request = wire::request_of(&ask, &self.member.desk);
        let address = self.doors.base.join(request.target.trim_start_matches('/'));
        let door = self.door.clone();
        self.asked.spawn(async move {
            let address = match address {
                Ok(address) => address,
                Err(error) => {
                    return (id, ask, Err(Failure::Refused(400, error.to_string())));
                }
            };
            let asked = async {
                match request.body {
                    Some(body) => door.send(Method::POST, &address, body.into(), JSON).await,
                    None => door.get_any(&address, PAGE_MAX_BYTES).await,
                }
            };
            let answer = match timeout(PATIENCE, asked).await {
                Err(_elapsed) => Err(Failure::Timeout),
                Ok(Err(error)) => Err(failure_of(&error)),
                Ok(Ok(answer)) => Ok(answer),
            };
            (id, ask, answer)
        });
    }

    /// Hands an answer to the exchange; observations first go on their own road.
    async fn take(&mut self, (id, ask, answer): Asked) -> Result<(), SyncError> {
        let answer = match (&ask, answer) {
            (_, Err(failure)) => Err(failure),
            // The door has checked the digest.
            (Ask::Observations { .. }, Ok(raw)) if raw.status == 200 => {
                self.take_observations(&raw.body).await?
            }
            (ask, Ok(raw)) => wire::answer_of(ask, raw.status, None, &raw.body),
        };
        let is_read = match (&ask, &answer) {
            (Ask::Changes { .. }, Ok(Answer::Changes(page))) => page.seq >= page.newest,
            (Ask::Changes { .. }, Err(_)) => true,
            _ => false,
        };
        let told = self.exchange.answered(id, answer, self.now());
        self.tell(told).await?;
        if is_read {
            self.is_read.send_replace(true);
        }
        Ok(())
    }

    async fn take_observations(
        &mut self,
        body: &[u8],
    ) -> Result<Result<Answer, Failure>, SyncError> {
        match columns_block(body, &mut self.names) {
            Ok(page) => {
                if self.waited < MOST_WAITS && self.has_unlisted(&page.block).await {
                    // Its series are listed first. The lane asks for the same page after its pause, and no try is used up.
                    self.waited += 1;
                    if self.waited.is_multiple_of(LISTED_AGAIN_AFTER) {
                        self.all_changed.store(true, Ordering::Release);
                        self.changed.try_send(Vec::new()).ok();
                    }
                    return Ok(Err(Failure::Unreachable));
                }
                let rows = page.block.len() as u64;
                if rows > 0 {
                    self.out.send(Update::Block(page.block)).await?;
                }
                Ok(Ok(Answer::Observations {
                    rows,
                    next: page.next,
                }))
            }
            Err(rejection) => Ok(Err(Failure::Broken(format!(
                "{}: {}",
                rejection.place, rejection.reason
            )))),
        }
    }

    /// True when the history would not take a row, because the cache does not know its series yet.
    async fn has_unlisted(&mut self, block: &ObservationBlock) -> bool {
        if block.series.iter().all(|id| self.listed.contains(id)) {
            self.waited = 0;
            return false;
        }
        self.listed.extend(self.member.keeping.series().await);
        let named: BTreeSet<u32> = block.rows.iter().map(|row| row.series).collect();
        let is_unlisted = named.iter().any(|place| {
            let id = block.series.get(*place as usize);
            id.is_some_and(|id| !self.listed.contains(id))
        });
        if !is_unlisted {
            self.waited = 0;
        }
        is_unlisted
    }

    /// Tells upward what the exchange told, in its order, and answers what it asks of this desk.
    async fn tell(&mut self, told: Vec<Told>) -> Result<(), SyncError> {
        let mut waiting = told;
        // Answers of this desk make the exchange tell more.
        while !waiting.is_empty() {
            let mut brought = Exchanged::default();
            let mut more = Vec::new();
            for told in waiting {
                self.tell_one(told, &mut brought, &mut more).await?;
            }
            self.pass_on(brought).await?;
            waiting = more;
        }
        Ok(())
    }

    async fn tell_one(
        &mut self,
        told: Told,
        brought: &mut Exchanged,
        more: &mut Vec<Told>,
    ) -> Result<(), SyncError> {
        match told {
            Told::Facts(facts) => brought.facts.extend(facts),
            Told::Outcomes(outcomes) => {
                for outcome in &outcomes {
                    if outcome.verdict == Verdict::Refused {
                        tracing::warn!(fact = outcome.id, reason = outcome.reason, "refused");
                    }
                }
                brought.outcomes.extend(outcomes);
            }
            Told::Requeued(ids) => brought.requeued.extend(ids),
            Told::Gap(gap) => brought.gaps.push(gap),
            Told::Cursor(cursor) => brought.cursor = Some(cursor),
            Told::SureUntil(moment) => brought.compared = Some(moment),
            Told::HubRestored { .. } => brought.restoring = Some(true),
            Told::GivenBack => brought.restoring = Some(false),
            Told::Events(events) => self.pass_events(&events).await?,
            Told::Cameras(cameras) => self.pass_cameras(&cameras).await?,
            Told::CatalogueChanged(things) => {
                if self.changed.try_send(things).is_err() {
                    self.all_changed.store(true, Ordering::Release);
                }
            }
            Told::NeedLocalDigest { from, until } => {
                self.pass_on(std::mem::take(brought)).await?;
                self.out.settle().await?;
                // What cannot be read now is compared in the next stay.
                if let Some(minutes) = self.member.keeping.digests(from, until).await {
                    more.extend(self.exchange.local_digest(&minutes, self.now()));
                }
            }
            Told::NeedHeld => {
                self.pass_on(std::mem::take(brought)).await?;
                self.out.settle().await?;
                // Otherwise it stays noted that the hub was restored, and the next stay does it again.
                if let Some(held) = self.member.keeping.at_hub().await {
                    more.extend(self.exchange.held(held));
                }
            }
            Told::Trouble { what, reason } => {
                let place = format!("the hub's {what}");
                self.out
                    .reject(&place, Rejection::new("answer", reason))
                    .await?;
            }
        }
        Ok(())
    }

    async fn pass_on(&self, brought: Exchanged) -> Result<(), SyncError> {
        if brought == Exchanged::default() {
            return Ok(());
        }
        self.out.send(Update::Exchanged(brought)).await
    }

    async fn pass_events(&self, events: &[Value]) -> Result<(), SyncError> {
        let body = Value::from(events.to_vec()).to_string();
        match events_page(body.as_bytes()) {
            Ok(page) => {
                self.out.reject_all("changes", page.rejected).await?;
                self.out.send(Update::Events(page.events)).await
            }
            Err(rejection) => self.out.reject("changes", rejection).await,
        }
    }

    async fn pass_cameras(&self, cameras: &[Value]) -> Result<(), SyncError> {
        let body = Value::from(cameras.to_vec()).to_string();
        match cameras_page(body.as_bytes()) {
            Ok(page) => {
                self.out.reject_all("changes", page.rejected).await?;
                self.out
                    .send(Update::Catalogue {
                        things: Vec::new(),
                        datastreams: Vec::new(),
                        cameras: page.cameras,
                    })
                    .await
            }
            Err(rejection) => self.out.reject("changes", rejection).await,
        }
    }

    async fn hear(&mut self, word: Word) -> Result<(), SyncError> {
        match word {
            Word::Nudge => {
                self.out.settle().await?;
                // When they cannot be read now, nothing is taken back.
                if let Some(waiting) = self.member.keeping.waiting().await {
                    self.exchange.keep_queued(waiting);
                }
            }
            Word::Doubt(from) => self.exchange.doubt(from),
            Word::Share(view) => {
                // Not before what people did.
                timeout(SMALL_TALK, self.share(&view)).await.ok();
            }
            Word::Message(message) => self.hear_message(&message).await?,
        }
        Ok(())
    }

    async fn hear_message(&mut self, message: &Message) -> Result<(), SyncError> {
        let topic = String::from_utf8_lossy(&message.topic);
        let heard = match topic.as_ref() {
            CHANGES => match wire::announcement_of(&message.payload) {
                Ok(announced) => {
                    let told = self.exchange.announced(&announced);
                    return self.tell(told).await;
                }
                Err(reason) => Err(Rejection::new("message", reason)),
            },
            HEAD => self.hear_head(message),
            _ => match shared_view(&message.payload) {
                Ok(view) => return self.out.send(Update::Shared(view)).await,
                Err(rejection) => Err(rejection),
            },
        };
        match heard {
            Ok(()) => Ok(()),
            Err(rejection) => self.out.reject(&topic, rejection).await,
        }
    }

    fn hear_head(&mut self, message: &Message) -> Result<(), Rejection> {
        let value = json::parse(&message.payload)?;
        let epoch = json::required_text(&value, "epoch", "$")?;
        let seq = value
            .get("seq")
            .and_then(Value::as_u64)
            .ok_or_else(|| Rejection::new("$.seq", "a number is expected"))?;
        // A kept message may be old; and this one may have waited.
        let time = iso::moment_in(&value, "time", "$")
            .ok()
            .filter(|_| !message.is_retained);
        let waited_s = self.out.now().seconds_since(message.received);
        let arrived = self.now().plus_seconds(-waited_s.clamp(0.0, MOST_WAITED_S));
        self.exchange.head(epoch, seq, time, arrived);
        Ok(())
    }

    async fn share(&self, view: &SharedView) {
        let Some(shared) = &self.doors.shared else {
            return;
        };
        let mut address = shared.clone();
        if let Ok(mut parts) = address.path_segments_mut() {
            parts.push(&view.name);
        }
        let body = shared_body(view);
        if let Err(error) = self.door.put(&address, body.into(), JSON).await {
            tracing::debug!(%error, "the view is not shared");
        }
    }

    /// Tells the hub that this desk is there, and hears who else is.
    async fn be_present(&self) -> Result<(), SyncError> {
        let Some(presence) = &self.doors.presence else {
            return Ok(());
        };
        let member = &self.member;
        let body = json!({"desk": member.desk, "operator": member.operator, "mode": member.mode})
            .to_string();
        let put = self.door.put(presence, body.into(), JSON).await;
        let heard = match put {
            Ok(_) => self.door.get(presence, PAGE_MAX_BYTES).await,
            Err(error) => Err(error),
        };
        match heard {
            Ok(body) => match present(&body) {
                Ok(present) => self.out.send(Update::Presence(present)).await,
                Err(rejection) => self.out.reject(presence.as_str(), rejection).await,
            },
            Err(error) => {
                tracing::debug!(%error, "nobody is told that this desk is here");
                Ok(())
            }
        }
    }
}

fn failure_of(error: &SyncError) -> Failure {
    match error {
        SyncError::Refused { status, .. } => Failure::Refused(*status, error.to_string()),
        SyncError::NotUnderstood { .. } | SyncError::TooLarge { .. } => {
            Failure::Broken(error.to_string())
        }
        _ => Failure::Unreachable,
    }
}

/// Who is at the hub, as it says.
fn present(body: &[u8]) -> Result<Vec<Presence>, Rejection> {
    let value = json::parse(body)?;
    let mut present = Vec::new();
    for (index, item) in json::list(&value, "items", "$")?.iter().enumerate() {
        let place = format!("$.items[{index}]");
        present.push(Presence {
            desk: json::required_text(item, "desk", &place)?.to_owned(),
            operator: json::text(item, "operator").to_owned(),
            mode: json::text(item, "mode").to_owned(),
            since: iso::moment_in(item, "since", &place)?,
            last_seen: iso::moment_in(item, "last_seen", &place)?,
        });
    }
    Ok(present)
}

fn shared_view(payload: &[u8]) -> Result<SharedView, Rejection> {
    let value = json::parse(payload)?;
    let object = |key: &str| value.get(key).map(ToString::to_string).unwrap_or_default();
    Ok(SharedView {
        name: json::required_text(&value, "name", "$")?.to_owned(),
        by: json::text(&value, "by").to_owned(),
        at: iso::moment_in(&value, "at", "$")?,
        camera: object("camera"),
        clock: object("clock"),
    })
}

fn shared_body(view: &SharedView) -> String {
    let object = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
    json!({"by": view.by, "camera": object(&view.camera), "clock": object(&view.clock)}).to_string()
}
