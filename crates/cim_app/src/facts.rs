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
const ACKNOWLEDGED: &str = "alarm_acknowledged";

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

/// The fact that says what became of an alarm.
pub(crate) fn fact_of_change(change: &AlarmChange, known_at: UtcMillis) -> Fact {
    match change {
        AlarmChange::Raised(alarm) => fact(alarm, RAISED, alarm.since, known_at, RULE),
        AlarmChange::Worsened(alarm) => fact(alarm, WORSENED, known_at, known_at, RULE),
        AlarmChange::Cleared(alarm) => fact(
            alarm,
            CLEARED,
            alarm.cleared_at.unwrap_or(known_at),
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
        if !matches!(
            fact.verb.as_str(),
            RAISED | WORSENED | CLEARED | ACKNOWLEDGED
        ) {
            continue;
        }
        let Ok(body) = serde_json::from_str::<AlarmBody>(&fact.body) else {
            tracing::warn!(fact = %fact.id, "a fact about an alarm cannot be read");
            continue;
        };
        // Any of an alarm's facts tells what it is about: the first may be older than what was asked for.
        let alarm = alarms
            .entry(&fact.subject)
            .or_insert_with(|| alarm_of(&fact.subject, &body));
        match fact.verb.as_str() {
            WORSENED => {
                alarm.severity = alarm.severity.max(severity_of(body.severity));
                alarm.limit = body.limit;
            }
            CLEARED => alarm.cleared_at = Some(fact.happened_at),
            ACKNOWLEDGED => {
                alarm
                    .acknowledged
                    .get_or_insert_with(|| (fact.happened_at, fact.author.clone()));
            }
            _ => {}
        }
    }
    let mut alarms: Vec<Alarm> = alarms.into_values().collect();
    alarms.sort_by_key(|alarm| alarm.since);
    alarms
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
    Fact {
        // The same step of the same alarm is the same fact, however often it is written.
        id: format!("{}#{verb}#{}", alarm.id, body.severity),
        happened_at,
        known_at,
        author: author.to_owned(),
        subject: alarm.id.to_string(),
        verb: verb.to_owned(),
        // Numbers and short texts: this cannot fail, and an empty body is passed over when read.
        body: serde_json::to_string(&body).unwrap_or_default(),
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
mod tests {
    use super::*;

    fn alarm() -> Alarm {
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
            fact_of_change(&AlarmChange::Raised(raised), UtcMillis(5_100)),
            fact_of_change(&AlarmChange::Worsened(worse), UtcMillis(5_500)),
        ];
        facts.extend(fact_of_acknowledgement(&seen));
        facts.push(fact_of_change(
            &AlarmChange::Cleared(back.clone()),
            UtcMillis(7_100),
        ));
        assert_eq!(alarms_from_facts(&facts), vec![back]);
    }

    #[test]
    fn the_same_step_written_twice_is_one_fact() {
        let once = fact_of_change(&AlarmChange::Raised(alarm()), UtcMillis(5_100));
        let twice = fact_of_change(&AlarmChange::Raised(alarm()), UtcMillis(9_100));
        assert_eq!(once.id, twice.id);
    }

    #[test]
    fn a_fact_that_cannot_be_read_is_passed_over() {
        let mut broken = fact_of_change(&AlarmChange::Raised(alarm()), UtcMillis(5_100));
        broken.body = "{".to_owned();
        let other = Fact {
            verb: "event_closed".to_owned(),
            ..broken.clone()
        };
        assert_eq!(alarms_from_facts(&[broken, other]), Vec::new());
    }
}
