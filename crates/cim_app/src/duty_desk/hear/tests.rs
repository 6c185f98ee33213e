//! What the log writes by itself, and how it becomes little when it is much.

use super::*;
use crate::{facts::tests::raised_fact, wire::AlarmLineDto};
use cim_event::Party;
use cim_event::PartyKind;
use cim_model::{Alarm, AlarmId, DatastreamId, ThingId};

const NOW: UtcMillis = UtcMillis(10_000_000);

/// The fact that the alarm of `d<n>` was raised at `at`.
fn raised(n: u32, severity: Severity, at: UtcMillis) -> Fact {
    let alarm = Alarm {
        id: AlarmId::new(format!("d{n}@{}", at.0)),
        datastream: DatastreamId::new(format!("d{n}")),
        thing: ThingId::new(format!("t{n}")),
        severity,
        limit: 10.0,
        value: 12.0,
        since: at,
        cleared_at: None,
        acknowledged: None,
    };
    raised_fact(alarm, at.0)
}

/// The fact that `by` made a step of the case `e1`.
fn step(act: Act, by: &str, at: UtcMillis) -> Fact {
    let body = Body {
        role: "duty_officer".to_owned(),
        party: None,
        act,
    };
    let verb = body.act.movement().verb();
    Fact {
        id: format!("e1#{verb}#{by}#{}", at.0),
        happened_at: at,
        known_at: at,
        author: by.to_owned(),
        subject: "event:e1".to_owned(),
        verb: verb.to_owned(),
        body: serde_json::to_string(&body).expect("a body"),
        cause: "e1".to_owned(),
    }
}

/// What is written at `now` with this connection and these sources, without alarms: source and text.
fn written_with(
    hearing: &mut Hearing,
    connection: &ConnectionDto,
    sources: &BTreeMap<String, SourceHealth>,
    now: UtcMillis,
) -> Vec<(EntrySource, String)> {
    let seen = DutySeen {
        connection,
        sources,
        alarms: &Alarms::default(),
        state: &State::default(),
        language: "en",
    };
    let acts = hearing.beat(&seen, now).into_iter();
    acts.map(|act| {
        assert_eq!((act.subject.as_str(), act.author.as_str()), (LOG, BY_DESK));
        match serde_json::from_str(&act.body).expect("an entry") {
            DutyAct::Write { source, text, .. } => (source, text),
            other => panic!("{other:?}"),
        }
    })
    .collect()
}

fn beat(hearing: &mut Hearing, now: UtcMillis) -> Vec<(EntrySource, String)> {
    written_with(hearing, &ConnectionDto::NoHub, &BTreeMap::new(), now)
}

fn texts(written: &[(EntrySource, String)]) -> Vec<&str> {
    written.iter().map(|(_, text)| text.as_str()).collect()
}

#[test]
fn only_grave_alarms_are_news() {
    let mut hearing = Hearing::default();
    for (n, severity) in [
        (0, Severity::Medium),
        (1, Severity::High),
        (2, Severity::Critical),
    ] {
        hearing.hear(&raised(n, severity, NOW));
    }
    let written = beat(&mut hearing, NOW);
    assert_eq!(
        texts(&written),
        ["alarm_raised\t\thigh\t", "alarm_raised\t\tcritical\t"]
    );
    assert!(
        written
            .iter()
            .all(|(source, _)| *source == EntrySource::Alarm)
    );
    assert!(beat(&mut hearing, NOW).is_empty(), "once");
}

#[test]
fn the_same_fact_is_the_same_entry_on_every_desk() {
    let ids = |sources: [Fact; 2]| {
        let mut hearing = Hearing::default();
        for fact in &sources {
            hearing.hear(fact);
        }
        let seen = DutySeen {
            connection: &ConnectionDto::NoHub,
            sources: &BTreeMap::new(),
            alarms: &Alarms::default(),
            state: &State::default(),
            language: "zh-CN",
        };
        let acts = hearing.beat(&seen, NOW).into_iter();
        acts.map(|act| act.fact(NOW).id).collect::<Vec<_>>()
    };
    let (a, b) = (
        raised(1, Severity::High, NOW),
        raised(2, Severity::High, NOW),
    );
    let mut one = ids([a.clone(), b.clone()]);
    let mut other = ids([b, a]);
    one.sort();
    other.sort();
    assert_eq!(one, other);
    assert_eq!(one.len(), 2);
    assert!(one[0].starts_with("duty:log#duty_written#rule:duty#10000000#"));
    assert!(one[0].len() < 64, "{}", one[0]);
}

#[test]
fn what_was_over_before_anybody_could_see_it_is_no_news() {
    let mut hearing = Hearing::default();
    let fact = raised(1, Severity::High, NOW);
    hearing.hear(&fact);
    hearing.hear(&Fact {
        verb: "alarm_acknowledged".to_owned(),
        author: BY_HISTORY.to_owned(),
        ..fact
    });
    hearing.hear(&raised(2, Severity::High, UtcMillis(NOW.0 - SPELL_MS - 1)));
    assert!(beat(&mut hearing, NOW).is_empty());
}

#[test]
fn steps_of_cases_are_told_with_who_and_what() {
    let mut hearing = Hearing::default();
    let party = Party {
        kind: PartyKind::Department,
        id: "water".to_owned(),
        name: "水务局".to_owned(),
    };
    let assign = Act::Assign {
        party,
        note: String::new(),
    };
    let text = "阀门\t已关".to_owned();
    hearing.hear(&step(assign, "Li", NOW));
    hearing.hear(&step(Act::Comment { text: text.clone() }, "Li", NOW));
    hearing.hear(&step(Act::Handle { text }, "Wang", UtcMillis(NOW.0 + 1)));
    let written = beat(&mut hearing, UtcMillis(NOW.0 + 1));
    assert_eq!(
        texts(&written),
        [
            "event_assigned\tLi\t\t水务局",
            "event_handled\tWang\t\t阀门 已关"
        ]
    );
}

#[test]
fn many_of_a_kind_are_one_entry_a_minute() {
    let mut hearing = Hearing::default();
    let receive = |n: i64| step(Act::Receive {}, "Li", UtcMillis(NOW.0 + n));
    for n in 0..50 {
        hearing.hear(&receive(n));
    }
    let first = beat(&mut hearing, NOW);
    assert_eq!(first.len(), ONE_BY_ONE + 1);
    let many = first.last().map(|(_, text)| text.as_str());
    assert_eq!(many, Some("many\tLi\tevent_received\t40"));
    hearing.hear(&receive(100));
    hearing.hear(&receive(101));
    let soon = UtcMillis(NOW.0 + 1_000);
    assert!(beat(&mut hearing, soon).is_empty(), "they wait");
    let later = UtcMillis(NOW.0 + MANY_EVERY_MS);
    let told = beat(&mut hearing, later);
    assert_eq!(texts(&told), ["many\tLi\tevent_received\t2"]);
    let calm = UtcMillis(NOW.0 + 2 * SPELL_MS);
    assert!(beat(&mut hearing, calm).is_empty());
    assert!(hearing.spells.is_empty(), "nothing is remembered for ever");
}

fn line(id: &str, counts: [u32; 4]) -> AlarmLineDto {
    AlarmLineDto {
        id: id.to_owned(),
        why: AlarmLineWhyDto::Cause,
        name: "main".to_owned(),
        counts,
        first: id.to_owned(),
        first_name: "main".to_owned(),
        since: NOW.0,
        unacknowledged: 1,
    }
}

#[test]
fn a_flood_is_one_entry_for_each_grave_line() {
    let mut hearing = Hearing::default();
    for n in 0..1_000 {
        hearing.hear(&raised(n, Severity::Critical, NOW));
    }
    let mut notes = Vec::new();
    hearing.settle(NOW, &mut notes);
    assert_eq!(
        notes.len(),
        ONE_BY_ONE,
        "the first ones, as before any flood"
    );
    assert!(hearing.raised_are_held());
    let mut board = AlarmBoardDto {
        flood_since: Some(NOW.0),
        lines: vec![line("d1@5", [300, 0, 0, 0]), line("d2@5", [0, 0, 9, 0])],
        ..AlarmBoardDto::default()
    };
    let mut notes = Vec::new();
    hearing.look_at_flood(&board, NOW, &mut notes);
    hearing.alarms = 0;
    let said: Vec<&str> = notes.iter().map(|note| note.text.as_str()).collect();
    assert_eq!(said, ["flood_began\t\t\t", "alarm_line\t\tcause\t"]);
    assert_eq!(notes[1].subject, "d1@5");
    assert!(!hearing.raised_are_held());

    let mut notes = Vec::new();
    hearing.look_at_flood(&board, UtcMillis(NOW.0 + 1_000), &mut notes);
    assert!(notes.is_empty(), "each line once");
    board.flood_since = None;
    hearing.look_at_flood(&board, UtcMillis(NOW.0 + 2_000), &mut notes);
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0].text, "flood_ended\t\t\t1000");
}

#[test]
fn a_connection_is_lost_when_it_stays_away() {
    let mut hearing = Hearing::default();
    let offline = ConnectionDto::Offline {
        since: NOW.0,
        reason: String::new(),
        next_try: NOW.0,
    };
    let none = BTreeMap::new();
    let mut at = |connection: &ConnectionDto, after_ms: i64| {
        let now = UtcMillis(NOW.0 + after_ms);
        let written = written_with(&mut hearing, connection, &none, now);
        written
            .into_iter()
            .map(|(_, text)| text)
            .collect::<Vec<_>>()
    };
    assert!(at(&ConnectionDto::Live, 0).is_empty());
    assert!(at(&offline, 9_999).is_empty(), "a flicker is no news");
    assert_eq!(at(&offline, 10_000), ["connection_lost\t\t\t"]);
    assert!(at(&offline, 60_000).is_empty());
    assert!(at(&ConnectionDto::Connecting, 61_000).is_empty());
    assert_eq!(at(&ConnectionDto::Live, 62_000), ["connection_back\t\t\t"]);
    assert!(at(&ConnectionDto::Live, 63_000).is_empty());
}

#[test]
fn a_source_is_silent_once_and_back_once() {
    let mut hearing = Hearing::default();
    let mut health = SourceHealth::new("water", "水务", "mqtt", "tcp://water", 60.0, NOW);
    let mut at = |state: SourceState, after_ms: i64| {
        health.state = state;
        health.since = UtcMillis(NOW.0 + after_ms);
        let sources = BTreeMap::from([("water".to_owned(), health.clone())]);
        let written = written_with(&mut hearing, &ConnectionDto::NoHub, &sources, health.since);
        written
            .into_iter()
            .map(|(_, text)| text)
            .collect::<Vec<_>>()
    };
    assert!(at(SourceState::Good, 0).is_empty());
    assert_eq!(at(SourceState::Silent, 1), ["source_silent\t\t\t水务"]);
    assert!(at(SourceState::Failing, 2).is_empty());
    assert!(at(SourceState::Late, 3).is_empty());
    assert_eq!(at(SourceState::Good, 4), ["source_back\t\t\t水务"]);
}

#[test]
fn a_change_of_role_is_noted() {
    let mut hearing = Hearing::default();
    hearing.note(DutyNote::role_changed(NOW, "Li Na", "shift_leader", ""));
    let written = beat(&mut hearing, NOW);
    assert_eq!(texts(&written), ["role_changed\tLi Na\tshift_leader\t"]);
}

#[test]
fn short_names_tell_long_ones_apart() {
    let names: BTreeSet<String> = (0..10_000).map(|n| short(&format!("d{n}@5"))).collect();
    assert_eq!(names.len(), 10_000);
    assert!(names.iter().all(|name| name.len() == 16));
}
