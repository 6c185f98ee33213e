//! What the desk knows of its sources, of the facts on their way to the hub, and of the others who work with it. No I/O.

use crate::keeper::SOURCE_MARK;
use crate::{
    alarm_desk::{GROUP_OBJECT, GROUP_VERB},
    facts::ACTS,
    live::Live,
    wire::{
        ExerciseDto, FieldChangeDto, GapStateDto, KnownGapDto, OutboxDto, PresenceDto,
        SharedViewDto, SourceDto, SourceLayerDto, SourceStateDto, SourcesDto, Target,
    },
};
use cim_model::{Event, EventId, EventStatus, Freshness, UtcMillis};
use cim_store::{Fact, KnownGap, OutboxCounts, WaitingFact};
use cim_sync::{
    exchange::{OutboundFact, Presence, RemoteFact, SharedView},
    sources::{SourceHealth, SourceState},
};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The verb of a fact that changes fields of an event.
pub(crate) const EVENT_CHANGED: &str = "event_changed";
/// How the verbs of acts begin that go with cases and shifts: plans, dispatches, pictures, the duty log, handovers.
const ACTS_ABOUT: [&str; 10] = [
    "plan_",
    "dispatch_",
    "picture_",
    "duty_",
    "handover_",
    "video_",
    "camera_",
    "grant_",
    "mosaic_",
    GROUP_VERB,
];
/// What a fact about an event is about: this, then the event's identity.
pub(crate) const EVENT_OBJECT: &str = "event:";
/// Between the desk and the fact's own identity, as the hub knows it.
const DESK_MARK: char = '~';

/// Sources, outbox and company.
#[derive(Debug, Default)]
pub(crate) struct Exchanged {
    /// This desk's name at the hub.
    pub(crate) desk: String,
    /// The hub's number of the newest change that this desk knows; `None` before it met one.
    pub(crate) seq: Option<u64>,
    /// How the sources are, by identity.
    pub(crate) sources: BTreeMap<String, SourceHealth>,
    /// How full the outbox is.
    pub(crate) counts: OutboxCounts,
    /// Facts about events that the hub has not taken yet, by event.
    pub(crate) edits: BTreeMap<EventId, Vec<Edit>>,
    /// Facts that the hub has not taken yet, with what they are about.
    on_their_way: BTreeMap<String, String>,
    /// How many facts about each object are on their way.
    waiting_about: BTreeMap<String, u32>,
    /// Who is at the hub.
    pub(crate) presence: Vec<Presence>,
    /// What others share, by name.
    pub(crate) shared: BTreeMap<String, SharedView>,
    /// The shared view that this desk follows.
    pub(crate) followed: Option<String>,
    /// True while this desk shares its view.
    pub(crate) shares: bool,
}

/// A change of an event that is on its way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Edit {
    /// The fact.
    pub(crate) fact: String,
    /// Fields and what they become.
    pub(crate) changes: Map<String, Value>,
}

impl Exchanged {
    /// Takes up the facts that wait.
    pub(crate) fn take_waiting(&mut self, waiting: &[WaitingFact]) {
        self.edits.clear();
        self.on_their_way.clear();
        self.waiting_about.clear();
        for waiting in waiting {
            self.note_edit(&waiting.fact);
        }
    }

    /// True while anything about this event waits for the hub.
    pub(crate) fn is_waiting(&self, event: &EventId) -> bool {
        self.waiting_about
            .contains_key(&format!("{EVENT_OBJECT}{event}"))
    }

    /// True while this fact waits for the hub.
    pub(crate) fn is_fact_waiting(&self, fact: &str) -> bool {
        self.on_their_way.contains_key(fact)
    }

    /// Notes that `fact` is on its way, and what it changes of an event.
    pub(crate) fn note_edit(&mut self, fact: &Fact) {
        let before = self
            .on_their_way
            .insert(fact.id.clone(), fact.subject.clone());
        if before.is_none() {
            *self.waiting_about.entry(fact.subject.clone()).or_default() += 1;
        }
        let Some(event) = event_of(fact) else {
            return;
        };
        let edits = self.edits.entry(event).or_default();
        if edits.iter().all(|edit| edit.fact != fact.id) {
            edits.push(Edit {
                fact: fact.id.clone(),
                changes: changes_of(&fact.body),
            });
        }
    }

    /// A fact is on its way no more.
    pub(crate) fn settle(&mut self, fact: &str) {
        if let Some(subject) = self.on_their_way.remove(fact)
            && let Some(count) = self.waiting_about.get_mut(&subject)
        {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.waiting_about.remove(&subject);
            }
        }
        for edits in self.edits.values_mut() {
            edits.retain(|edit| edit.fact != fact);
        }
        self.edits.retain(|_, edits| !edits.is_empty());
    }

    /// The event as it is with what is on its way, and whether anything is.
    pub(crate) fn edited(&self, event: &Event) -> (Event, bool) {
        let Some(edits) = self.edits.get(&event.id) else {
            return (event.clone(), false);
        };
        let mut edited = event.clone();
        for edit in edits {
            let status = edit.changes.get("status").and_then(Value::as_str);
            if let Some(status) = status.and_then(EventStatus::from_word) {
                edited.status = status;
            }
        }
        (edited, true)
    }

    /// This desk's own number, of plain letters: what follows the operator in its name.
    pub(crate) fn desk_number(&self) -> String {
        let number = self.desk.rsplit('-').next().unwrap_or_default();
        format!("desk-{number}")
    }

    /// Under this identity the hub knows the fact.
    pub(crate) fn id_at_hub(&self, fact: &str) -> String {
        format!("{}{DESK_MARK}{fact}", self.desk)
    }

    /// The fact's own identity at this desk; facts of others keep the one that the hub knows.
    pub(crate) fn id_here<'a>(&self, id_at_hub: &'a str) -> &'a str {
        id_at_hub
            .strip_prefix(self.desk.as_str())
            .and_then(|rest| rest.strip_prefix(DESK_MARK))
            .unwrap_or(id_at_hub)
    }

    /// The fact as the hub is told.
    pub(crate) fn outbound(&self, waiting: &WaitingFact) -> OutboundFact {
        let fact = &waiting.fact;
        OutboundFact {
            id: self.id_at_hub(&fact.id),
            object: fact.subject.clone(),
            verb: fact.verb.clone(),
            author: fact.author.clone(),
            happened_at: fact.happened_at,
            known_at: fact.known_at,
            cause: fact.cause.clone(),
            body: if fact.body.is_empty() {
                "{}".to_owned()
            } else {
                fact.body.clone()
            },
            base: waiting.base,
        }
    }

    /// The hub's fact as this desk keeps it, known since `now` unless it is ours.
    pub(crate) fn fact_of(&self, remote: &RemoteFact, now: UtcMillis) -> Fact {
        let told = &remote.fact;
        Fact {
            id: self.id_here(&told.id).to_owned(),
            happened_at: told.happened_at,
            known_at: if remote.desk == self.desk {
                told.known_at
            } else {
                now
            },
            author: told.author.clone(),
            subject: told.object.clone(),
            verb: told.verb.clone(),
            body: told.body.clone(),
            cause: told.cause.clone(),
        }
    }

    /// The sources for the board, worst first.
    pub(crate) fn source_rows(&self) -> Vec<SourceDto> {
        let mut rows: Vec<SourceDto> = self.sources.values().map(source_dto).collect();
        rows.sort_by(|a, b| b.state.cmp(&a.state).then_with(|| a.id.cmp(&b.id)));
        rows
    }

    /// The sources, counted.
    pub(crate) fn source_counts(&self) -> SourcesDto {
        let mut counts = SourcesDto::default();
        for source in self.sources.values() {
            counts.total += 1;
            let state = state_dto(source.state);
            let place = match state {
                SourceStateDto::Good => &mut counts.good,
                SourceStateDto::Late => &mut counts.late,
                SourceStateDto::Silent => &mut counts.silent,
                SourceStateDto::Skewed => &mut counts.skewed,
                SourceStateDto::Failing => &mut counts.failing,
                SourceStateDto::Off => &mut counts.off,
                SourceStateDto::Starting => continue,
            };
            *place += 1;
            counts.worst = counts.worst.max(state);
        }
        counts
    }

    /// How full the outbox is, for the top bar.
    pub(crate) fn outbox_dto(&self) -> OutboxDto {
        OutboxDto {
            waiting: self.counts.waiting,
            refused: self.counts.refused,
            conflicts: self.counts.conflicts,
            oldest_waiting: self.counts.oldest_waiting.map(|at| at.0),
        }
    }

    /// Who is at the hub, this desk first.
    pub(crate) fn presence_rows(&self) -> Vec<PresenceDto> {
        let mut rows: Vec<PresenceDto> = self
            .presence
            .iter()
            .map(|present| PresenceDto {
                desk: present.desk.clone(),
                operator: present.operator.clone(),
                mode: present.mode.clone(),
                since: present.since.0,
                last_seen: present.last_seen.0,
                is_self: present.desk == self.desk,
            })
            .collect();
        rows.sort_by_key(|row| (!row.is_self, row.desk.clone()));
        rows
    }

    /// The shared views.
    pub(crate) fn shared_rows(&self) -> Vec<SharedViewDto> {
        let own = self.desk_number();
        self.shared
            .values()
            .filter(|view| view.name != own)
            .map(|view| SharedViewDto {
                name: view.name.clone(),
                by: view.by.clone(),
                at: view.at.0,
                followed: self.followed.as_ref() == Some(&view.name),
            })
            .collect()
    }
}

/// The exercise or test that is on: what is open and not real.
pub(crate) fn exercise<'a>(events: impl Iterator<Item = &'a Event>) -> Option<ExerciseDto> {
    let mut count = 0;
    let mut newest: Option<&Event> = None;
    for event in events {
        if event.standing.is_real() || event.status == EventStatus::Closed {
            continue;
        }
        count += 1;
        if newest.is_none_or(|known| known.happened_at <= event.happened_at) {
            newest = Some(event);
        }
    }
    newest.map(|event| ExerciseDto {
        events: count,
        title: event.title.clone(),
    })
}

/// The event that `fact` is about; `None` when it changes none.
pub(crate) fn event_of(fact: &Fact) -> Option<EventId> {
    let id = fact.subject.strip_prefix(EVENT_OBJECT)?;
    (fact.verb == EVENT_CHANGED).then(|| EventId::new(id))
}

/// The fields that the body of a fact changes.
pub(crate) fn changes_of(body: &str) -> Map<String, Value> {
    match serde_json::from_str::<Value>(body) {
        Ok(Value::Object(mut body)) => match body.remove("changes") {
            Some(Value::Object(changes)) => changes,
            _ => Map::new(),
        },
        _ => Map::new(),
    }
}

/// The fields that the body of a fact changes, for people.
pub(crate) fn change_rows(body: &str) -> Vec<FieldChangeDto> {
    changes_of(body)
        .into_iter()
        .map(|(field, value)| FieldChangeDto {
            field,
            value: match value {
                Value::String(text) => text,
                other => other.to_string(),
            },
        })
        .collect()
}

/// The fact that `author` changes fields of `event` at `at`.
pub(crate) fn fact_of_edit(
    event: &EventId,
    changes: Map<String, Value>,
    author: &str,
    at: UtcMillis,
) -> Fact {
    Fact {
        id: format!("{EVENT_OBJECT}{event}#{EVENT_CHANGED}#{author}#{}", at.0),
        happened_at: at,
        known_at: at,
        author: author.to_owned(),
        subject: format!("{EVENT_OBJECT}{event}"),
        verb: EVENT_CHANGED.to_owned(),
        body: json!({ "changes": changes }).to_string(),
        cause: event.to_string(),
    }
}

/// True when the hub is to have the fact: what a person did to something that others see too, and what follows for a case or the
/// duty log, with an identity that is the same on every desk.
pub(crate) fn is_for_hub(fact: &Fact) -> bool {
    let verb = fact.verb.as_str();
    verb == EVENT_CHANGED
        || cim_event::Move::from_verb(verb).is_some()
        || ACTS_ABOUT.iter().any(|begin| verb.starts_with(begin))
        || (ACTS.contains(&fact.verb.as_str()) && fact.author != crate::actions::BY_HISTORY)
}

/// What people call the object of a fact, and its card.
pub(crate) fn named(live: &Live, subject: &str) -> (String, Option<Target>) {
    if let Some(id) = subject.strip_prefix(EVENT_OBJECT) {
        let target = Target::Event { id: id.to_owned() };
        let event = live.events.get(id);
        return event.map_or_else(
            || (id.to_owned(), None),
            |event| (event.title.clone(), Some(target)),
        );
    }
    if let Some(group) = subject.strip_prefix(GROUP_OBJECT) {
        let name = live.alarms.group_name(group, &live.language);
        return (name.unwrap_or_else(|| group.to_owned()), None);
    }
    let thing = live
        .alarm_thing(subject)
        .and_then(|thing| live.state.thing(thing));
    thing.map_or_else(
        || (subject.to_owned(), None),
        |row| {
            let target = Target::Thing {
                id: row.thing.id.to_string(),
            };
            (row.thing.name.clone(), Some(target))
        },
    )
}

/// A gap for the timeline.
pub(crate) fn known_gap_dto(gap: &KnownGap) -> KnownGapDto {
    KnownGapDto {
        source: gap.source.clone(),
        from: gap.from.0,
        until: gap.until.0,
        state: match gap.state.as_str() {
            "filling" => GapStateDto::Filling,
            "filled" => GapStateDto::Filled,
            "sampled" => GapStateDto::Sampled,
            "lost" => GapStateDto::Lost,
            _ => GapStateDto::Found,
        },
        missing: gap.missing.map(|missing| missing as f64),
    }
}

/// How fresh the devices of `source` are, by kind; devices of other sources than the hub carry their source's name in front.
pub(crate) fn layers_of(live: &Live, source: &str, now: UtcMillis) -> Vec<SourceLayerDto> {
    let mut layers: BTreeMap<&'static str, SourceLayerDto> = BTreeMap::new();
    let readings = live.state.live_readings();
    for (row, thing) in (0_u32..).zip(live.state.things()) {
        let own = thing.thing.id.as_str().split_once(SOURCE_MARK);
        let is_of = own.map_or("hub", |(source, _)| source);
        if is_of != source {
            continue;
        }
        let word = thing.thing.kind.as_str();
        let layer = layers.entry(word).or_insert_with(|| SourceLayerDto {
            layer: word.to_owned(),
            fresh: 0,
            late: 0,
            missing: 0,
        });
        match live.state.thing_state(readings, row, now).1 {
            Freshness::Fresh => layer.fresh += 1,
            Freshness::Late => layer.late += 1,
            Freshness::Missing => layer.missing += 1,
        }
    }
    layers.into_values().collect()
}

fn state_dto(state: SourceState) -> SourceStateDto {
    match state {
        SourceState::Starting => SourceStateDto::Starting,
        SourceState::Good => SourceStateDto::Good,
        SourceState::Late => SourceStateDto::Late,
        SourceState::Silent => SourceStateDto::Silent,
        SourceState::Skewed => SourceStateDto::Skewed,
        SourceState::Failing => SourceStateDto::Failing,
        SourceState::Off => SourceStateDto::Off,
    }
}

fn source_dto(source: &SourceHealth) -> SourceDto {
    SourceDto {
        id: source.id.clone(),
        name: source.name.clone(),
        kind: source.kind.clone(),
        address: source.address.clone(),
        state: state_dto(source.state),
        since: source.since.0,
        last_arrival: source.last_arrival.map(|at| at.0),
        last_happened: source.last_happened.map(|at| at.0),
        skew_s: source.skew_s,
        items: source.items as f64,
        per_minute: source.per_minute,
        rejected: source.rejected as f64,
        period_s: source.period_s,
        reason: source.reason.clone(),
        layers: source
            .layers
            .iter()
            .map(|layer| SourceLayerDto {
                layer: layer.layer.clone(),
                fresh: layer.fresh,
                late: layer.late,
                missing: layer.missing,
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::tests::event;
    use cim_model::Standing;

    fn desk() -> Exchanged {
        Exchanged {
            desk: "desk-1".to_owned(),
            ..Exchanged::default()
        }
    }

    fn closing(event: &Event) -> Fact {
        let changes = Map::from_iter([("status".to_owned(), Value::from("closed"))]);
        fact_of_edit(&event.id, changes, "Li", UtcMillis(7_000))
    }

    #[test]
    fn an_edit_shows_at_once_and_goes_when_it_is_settled() {
        let mut exchanged = desk();
        let open = event(1, 0);
        let fact = closing(&open);
        exchanged.note_edit(&fact);
        exchanged.note_edit(&fact);
        let (shown, unsynced) = exchanged.edited(&open);
        assert_eq!((shown.status, unsynced), (EventStatus::Closed, true));
        exchanged.settle(&fact.id);
        assert_eq!(exchanged.edited(&open), (open, false));
    }

    #[test]
    fn a_step_of_a_case_waits_until_the_hub_has_it() {
        let mut exchanged = desk();
        let id = EventId::new("e1");
        let step = |n: u32| Fact {
            id: format!("e1#event_commented#Li#{n}"),
            subject: "event:e1".to_owned(),
            verb: "event_commented".to_owned(),
            ..Fact::default()
        };
        assert!(is_for_hub(&step(1)) && !exchanged.is_waiting(&id));
        exchanged.note_edit(&step(1));
        exchanged.note_edit(&step(1));
        exchanged.note_edit(&step(2));
        exchanged.settle(&step(1).id);
        assert!(exchanged.is_waiting(&id) && exchanged.is_fact_waiting(&step(2).id));
        exchanged.settle(&step(2).id);
        assert!(!exchanged.is_waiting(&id));
        for verb in [
            "plan_started",
            "dispatch_sent",
            "duty_written",
            "handover_completed",
        ] {
            let fact = Fact {
                verb: verb.to_owned(),
                ..Fact::default()
            };
            assert!(is_for_hub(&fact), "{verb}");
        }
    }

    #[test]
    fn a_fact_of_ours_comes_back_as_itself_and_one_of_others_does_not_meet_it() {
        let exchanged = desk();
        let waiting = WaitingFact {
            fact: closing(&event(1, 0)),
            base: Some(4),
        };
        let told = exchanged.outbound(&waiting);
        assert_eq!(exchanged.id_here(&told.id), waiting.fact.id);
        let remote = |desk: &str, id: String| RemoteFact {
            seq: 5,
            desk: desk.to_owned(),
            fact: OutboundFact { id, ..told.clone() },
            conflict_with: Vec::new(),
            holds: true,
        };
        let ours = exchanged.fact_of(&remote("desk-1", told.id.clone()), UtcMillis(9_000));
        assert_eq!(ours, waiting.fact);
        let theirs = exchanged.fact_of(
            &remote("desk-2", "desk-2~same".to_owned()),
            UtcMillis(9_000),
        );
        assert_eq!(theirs.id, "desk-2~same");
        assert_eq!(theirs.known_at, UtcMillis(9_000));
    }

    #[test]
    fn what_is_not_real_is_counted_apart() {
        let drill = Event {
            standing: Standing::Exercise,
            ..event(1, 5)
        };
        let real = event(2, 9);
        let told = exercise([&drill, &real].into_iter()).expect("a drill is on");
        assert_eq!((told.events, told.title), (1, drill.title.clone()));
        assert_eq!(exercise([&real].into_iter()), None);
    }
}
