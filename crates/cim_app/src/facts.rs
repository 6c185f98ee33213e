//! Alarms as facts in the store: what was raised, worsened, cleared and acknowledged, when and by whom.
//!
//! Facts are appended and never changed; [`alarms_from_facts`] folds them back into alarms after a restart.

use crate::alarms::AlarmChange;
use cim_model::{Alarm, AlarmId, DatastreamId, Severity, ThingId, UtcMillis};
use cim_store::Fact;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The author of what the desk derives by itself.
const RULE: &str = "rule:limits";

const RAISED: &str = "alarm_raised";
const WORSENED: &str = "alarm_worsened";
const CLEARED: &str = "alarm_cleared";
/// The verb of what an operator does to an alarm.
pub(crate) const ACKNOWLEDGED: &str = "alarm_acknowledged";

/// What a fact says of an alarm.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AlarmStep {
    /// It began.
    Raised,
    /// It met a worse limit.
    Worsened {
        /// How bad it is from then on.
        severity: Severity,
        /// The limit met.
        limit: f64,
    },
    /// The value came back.
    Cleared,
    /// Somebody took note of it.
    Acknowledged {
        /// Who.
        by: String,
    },
}

/// What is written down of an alarm.
#[derive(Serialize, Deserialize)]
struct AlarmBody {
    series: String,
    thing: String,
    severity: u8,
    limit: f64,
    value: f64,
    since: i64,
}

/// The fact that says what became of an alarm by the value that held at `happened_at`.
pub(crate) fn fact_of_change(
    change: &AlarmChange,
    happened_at: UtcMillis,
    known_at: UtcMillis,
) -> Fact {
    match change {
        AlarmChange::Raised(alarm) => fact(alarm, RAISED, alarm.since, known_at, RULE),
        AlarmChange::Worsened(alarm) => fact(alarm, WORSENED, happened_at, known_at, RULE),
        AlarmChange::Cleared(alarm) => fact(
            alarm,
            CLEARED,
            alarm.cleared_at.unwrap_or(happened_at),
            known_at,
            RULE,
        ),
    }
}

/// The fact that somebody acknowledged an alarm; `None` while nobody has.
pub(crate) fn fact_of_acknowledgement(alarm: &Alarm) -> Option<Fact> {
    let (at, by) = alarm.acknowledged.as_ref()?;
    Some(fact(alarm, ACKNOWLEDGED, *at, *at, by))
}

/// The alarms that `facts` tell of, in the order in which they were raised. Facts about anything else are passed over.
pub(crate) fn alarms_from_facts(facts: &[Fact]) -> Vec<Alarm> {
    let mut alarms: BTreeMap<&str, Alarm> = BTreeMap::new();
    for fact in facts {
        let Some((told, step)) = step_of(fact) else {
            continue;
        };
        // Any of an alarm's facts tells what it is about: the first may be older than what was asked for.
        let alarm = alarms.entry(&fact.subject).or_insert(told);
        take_step(alarm, &step, fact.happened_at);
    }
    let mut alarms: Vec<Alarm> = alarms.into_values().collect();
    alarms.sort_by_key(|alarm| alarm.since);
    alarms
}

/// What `fact` says of which alarm; `None` when it is about anything else, or cannot be read.
pub(crate) fn step_of(fact: &Fact) -> Option<(Alarm, AlarmStep)> {
    let verb = fact.verb.as_str();
    if !matches!(verb, RAISED | WORSENED | CLEARED | ACKNOWLEDGED) {
        return None;
    }
    let Ok(body) = serde_json::from_str::<AlarmBody>(&fact.body) else {
        tracing::warn!(fact = %fact.id, "a fact about an alarm cannot be read");
        return None;
    };
    let alarm = alarm_of(&fact.subject, &body);
    let step = match verb {
        WORSENED => AlarmStep::Worsened {
            severity: alarm.severity,
            limit: body.limit,
        },
        CLEARED => AlarmStep::Cleared,
        ACKNOWLEDGED => AlarmStep::Acknowledged {
            by: fact.author.clone(),
        },
        _ => AlarmStep::Raised,
    };
    Some((alarm, step))
}

/// Takes `alarm` one step on, which happened at `at`.
pub(crate) fn take_step(alarm: &mut Alarm, step: &AlarmStep, at: UtcMillis) {
    match step {
        AlarmStep::Raised => {}
        AlarmStep::Worsened { severity, limit } => {
            alarm.severity = alarm.severity.max(*severity);
            alarm.limit = *limit;
        }
        AlarmStep::Cleared => alarm.cleared_at = Some(at),
        AlarmStep::Acknowledged { by } => {
            alarm.acknowledged.get_or_insert_with(|| (at, by.clone()));
        }
    }
}

/// The identity of the fact that the alarm was raised.
fn raised_id(alarm: &AlarmId) -> String {
    format!("{alarm}#{RAISED}")
}

fn fact(
    alarm: &Alarm,
    verb: &str,
    happened_at: UtcMillis,
    known_at: UtcMillis,
    author: &str,
) -> Fact {
    let body = AlarmBody {
        series: alarm.datastream.to_string(),
        thing: alarm.thing.to_string(),
        severity: number_of(alarm.severity),
        limit: alarm.limit,
        value: alarm.value,
        since: alarm.since.0,
    };
    // The same step of the same alarm is the same fact, however often it is written. An alarm can worsen twice.
    let id = if verb == WORSENED {
        format!("{}#{verb}#{}", alarm.id, body.severity)
    } else {
        format!("{}#{verb}", alarm.id)
    };
    // What follows an alarm follows from its being raised.
    let cause = if verb == RAISED {
        String::new()
    } else {
        raised_id(&alarm.id)
    };
    Fact {
        id,
        happened_at,
        known_at,
        author: author.to_owned(),
        subject: alarm.id.to_string(),
        verb: verb.to_owned(),
        // Numbers and short texts: this cannot fail, and an empty body is passed over when read.
        body: serde_json::to_string(&body).unwrap_or_default(),
        cause,
    }
}

fn alarm_of(id: &str, body: &AlarmBody) -> Alarm {
    Alarm {
        id: AlarmId::new(id),
        datastream: DatastreamId::new(&body.series),
        thing: ThingId::new(&body.thing),
        severity: severity_of(body.severity),
        limit: body.limit,
        value: body.value,
        since: UtcMillis(body.since),
        cleared_at: None,
        acknowledged: None,
    }
}

/// 0 harmless … 4 worst.
fn number_of(severity: Severity) -> u8 {
    match severity {
        Severity::Normal => 0,
        Severity::Low => 1,
        Severity::Medium => 2,
        Severity::High => 3,
        Severity::Critical => 4,
    }
}

fn severity_of(number: u8) -> Severity {
    match number {
        0 => Severity::Normal,
        1 => Severity::Low,
        2 => Severity::Medium,
        3 => Severity::High,
        _ => Severity::Critical,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A medium alarm of `d0`, raised at 5 s.
    pub(crate) fn alarm() -> Alarm {
        Alarm {
            id: AlarmId::new("d0@5000"),
            datastream: DatastreamId::new("d0"),
            thing: ThingId::new("t0"),
            severity: Severity::Medium,
            limit: 10.0,
            value: 12.0,
            since: UtcMillis(5_000),
            cleared_at: None,
            acknowledged: None,
        }
    }

    /// The fact that `alarm` was raised, known at `known_at`.
    pub(crate) fn raised_fact(alarm: Alarm, known_at: i64) -> Fact {
        let since = alarm.since;
        fact_of_change(&AlarmChange::Raised(alarm), since, UtcMillis(known_at))
    }

    #[test]
    fn what_follows_an_alarm_names_the_fact_that_it_was_raised_as_its_cause() {
        let raised = raised_fact(alarm(), 5_100);
        let seen = Alarm {
            severity: Severity::High,
            acknowledged: Some((UtcMillis(6_000), "Li".to_owned())),
            ..alarm()
        };
        let acknowledged = fact_of_acknowledgement(&seen).expect("somebody saw it");
        assert_eq!(raised.cause, "");
        assert_eq!(acknowledged.cause, raised.id);
        assert_eq!(acknowledged.author, "Li");
    }

    #[test]
    fn an_alarm_written_down_step_by_step_is_read_back_whole() {
        let raised = alarm();
        let worse = Alarm {
            severity: Severity::High,
            limit: 25.0,
            ..raised.clone()
        };
        let seen = Alarm {
            acknowledged: Some((UtcMillis(6_000), "Li".to_owned())),
            ..worse.clone()
        };
        let back = Alarm {
            cleared_at: Some(UtcMillis(7_000)),
            ..seen.clone()
        };
        let mut facts = vec![
            raised_fact(raised, 5_100),
            fact_of_change(
                &AlarmChange::Worsened(worse),
                UtcMillis(5_400),
                UtcMillis(5_500),
            ),
        ];
        facts.extend(fact_of_acknowledgement(&seen));
        facts.push(fact_of_change(
            &AlarmChange::Cleared(back.clone()),
            UtcMillis(7_000),
            UtcMillis(7_100),
        ));
        assert_eq!(alarms_from_facts(&facts), vec![back]);
    }

    #[test]
    fn the_same_step_written_twice_is_one_fact() {
        let once = raised_fact(alarm(), 5_100);
        let twice = raised_fact(alarm(), 9_100);
        assert_eq!(once.id, twice.id);
    }

    #[test]
    fn a_fact_that_cannot_be_read_is_passed_over() {
        let mut broken = raised_fact(alarm(), 5_100);
        broken.body = "{".to_owned();
        let other = Fact {
            verb: "event_closed".to_owned(),
            ..broken.clone()
        };
        assert_eq!(alarms_from_facts(&[broken, other]), Vec::new());
    }
}
