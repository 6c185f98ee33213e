//! Alarms as facts in the store: what was raised, worsened and cleared, and what people did to alarms, when and by whom.
//!
//! Facts are appended and never changed; [`alarms_from_facts`] folds them back into alarms after a restart. Every fact
//! about an alarm says what the alarm is about, so that any one of them tells it.

use cim_alarm::{Act, ShelveKind};
use cim_model::{Alarm, AlarmId, DatastreamId, Severity, ThingId, UtcMillis};
use cim_store::Fact;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The author of what the desk derives from the limits of the series themselves.
const LIMITS: &str = "rule:limits";
/// Before the condition of a written rule.
const RULE: &str = "rule:";

const RAISED: &str = "alarm_raised";
const WORSENED: &str = "alarm_worsened";
const CLEARED: &str = "alarm_cleared";
/// The verb of taking note of an alarm.
pub(crate) const ACKNOWLEDGED: &str = "alarm_acknowledged";

/// The verbs of what people do to alarms.
pub(crate) const ACTS: [&str; 8] = [
    ACKNOWLEDGED,
    "alarm_confirmed",
    "alarm_commented",
    "alarm_shelved",
    "alarm_unshelved",
    "alarm_out_of_service",
    "alarm_in_service",
    "alarm_reset",
];

/// What became of an alarm by itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AlarmChange {
    /// A new alarm.
    Raised(Alarm),
    /// The same alarm met a worse limit.
    Worsened(Alarm),
    /// It came back.
    Cleared(Alarm),
}

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
    /// It came back.
    Cleared,
    /// Somebody did something to it.
    Done {
        /// Who.
        by: String,
        /// What.
        act: Act,
    },
}

/// What people did to an alarm beyond taking note of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Handled {
    /// Somebody confirmed that it was dealt with.
    pub(crate) is_confirmed: bool,
    /// Somebody let go of its latch.
    pub(crate) is_reset: bool,
    /// How often it was commented.
    pub(crate) comments: u32,
    /// Until when it is shelved, and whether it comes back as soon as it is over.
    pub(crate) shelved: Option<(UtcMillis, ShelveKind)>,
    /// It is out of service.
    pub(crate) is_out_of_service: bool,
}

impl Handled {
    /// Takes what was done at `at`.
    pub(crate) fn take(&mut self, act: &Act, at: UtcMillis) {
        match act {
            Act::Confirm { .. } => self.is_confirmed = true,
            Act::Reset { .. } => self.is_reset = true,
            Act::Shelve {
                kind, duration_s, ..
            } => self.shelved = Some((at.plus_seconds(f64::from(*duration_s)), *kind)),
            Act::Unshelve => self.shelved = None,
            Act::TakeOutOfService { .. } => self.is_out_of_service = true,
            Act::PlaceInService => self.is_out_of_service = false,
            _ => {}
        }
        self.comments += u32::from(!act.text().is_empty());
    }

    /// Until when `alarm` is shelved at `moment`; `None` when it is not.
    pub(crate) fn shelved_until(&self, alarm: &Alarm, moment: UtcMillis) -> Option<UtcMillis> {
        let (until, kind) = self.shelved?;
        let is_back = kind == ShelveKind::OneShot && alarm.cleared_at.is_some();
        (until > moment && !is_back).then_some(until)
    }
}

/// What is written down of an alarm.
#[derive(Serialize, Deserialize)]
struct AlarmBody {
    series: String,
    thing: String,
    severity: u8,
    limit: Option<f64>,
    value: Option<f64>,
    since: i64,
    /// What was done to it; caches of before have none where the verb says it all.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    act: Option<Act>,
}

/// The fact that says what became of an alarm by what held at `happened_at`.
pub(crate) fn fact_of_change(
    change: &AlarmChange,
    happened_at: UtcMillis,
    known_at: UtcMillis,
) -> Fact {
    let (alarm, verb, happened_at) = match change {
        AlarmChange::Raised(alarm) => (alarm, RAISED, alarm.since),
        AlarmChange::Worsened(alarm) => (alarm, WORSENED, happened_at),
        AlarmChange::Cleared(alarm) => (alarm, CLEARED, alarm.cleared_at.unwrap_or(happened_at)),
    };
    // The same step of the same alarm is the same fact, however often it is written. An alarm can worsen twice.
    let id = if verb == WORSENED {
        format!("{}#{verb}#{}", alarm.id, number_of(alarm.severity))
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
        author: author_of(&alarm.id),
        subject: alarm.id.to_string(),
        verb: verb.to_owned(),
        body: body_of(alarm, None),
        cause,
    }
}

/// The fact that somebody did something to an alarm that rang last at `rang_at`.
pub(crate) fn fact_of_act(
    alarm: &Alarm,
    act: &Act,
    rang_at: UtcMillis,
    (at, by): (UtcMillis, &str),
) -> Fact {
    let verb = act.verb();
    let id = match act {
        // Once for each time that it rings, whoever does it first.
        Act::Acknowledge { .. } | Act::Confirm { .. } | Act::Reset { .. } => {
            if rang_at == alarm.since {
                format!("{}#{verb}", alarm.id)
            } else {
                format!("{}#{verb}#{}", alarm.id, rang_at.0)
            }
        }
        _ => format!("{}#{verb}#{by}#{}", alarm.id, at.0),
    };
    Fact {
        id,
        happened_at: at,
        known_at: at,
        author: by.to_owned(),
        subject: alarm.id.to_string(),
        verb: verb.to_owned(),
        body: body_of(alarm, Some(act.clone())),
        cause: raised_id(&alarm.id),
    }
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
    let is_act = ACTS.contains(&verb);
    if !is_act && !matches!(verb, RAISED | WORSENED | CLEARED) {
        return None;
    }
    let Ok(body) = serde_json::from_str::<AlarmBody>(&fact.body) else {
        tracing::warn!(fact = %fact.id, "a fact about an alarm cannot be read");
        return None;
    };
    let alarm = alarm_of(&fact.subject, &body);
    let step = match verb {
        RAISED => AlarmStep::Raised,
        WORSENED => AlarmStep::Worsened {
            severity: alarm.severity,
            limit: alarm.limit,
        },
        CLEARED => AlarmStep::Cleared,
        _ => AlarmStep::Done {
            by: fact.author.clone(),
            // A body that tells of another act than its verb is not believed.
            act: body
                .act
                .filter(|act| act.verb() == verb)
                .or_else(|| Act::bare(verb))?,
        },
    };
    Some((alarm, step))
}

/// Takes `alarm` one step on, which happened at `at`.
pub(crate) fn take_step(alarm: &mut Alarm, step: &AlarmStep, at: UtcMillis) {
    match step {
        AlarmStep::Worsened { severity, limit } => {
            if *severity > alarm.severity {
                // It rang anew: who took note before took note of less.
                alarm.acknowledged = alarm.acknowledged.take().filter(|(seen, _)| *seen > at);
            }
            alarm.severity = alarm.severity.max(*severity);
            alarm.limit = *limit;
        }
        AlarmStep::Cleared => alarm.cleared_at = Some(at),
        AlarmStep::Done {
            by,
            act: Act::Acknowledge { .. },
        } => {
            alarm.acknowledged.get_or_insert_with(|| (at, by.clone()));
        }
        AlarmStep::Raised | AlarmStep::Done { .. } => {}
    }
}

/// The written rule whose condition an alarm or a condition is of; `None` for a series' own limits.
pub(crate) fn rule_of(alarm: &str) -> Option<&str> {
    let (rule, _) = alarm.strip_prefix(RULE)?.split_once('/')?;
    Some(rule)
}

/// What the rule of an alarm or a condition is held against there: a device, a series or an area, by its identity.
pub(crate) fn subject_of(alarm: &str) -> &str {
    let condition = alarm
        .rsplit_once('@')
        .map_or(alarm, |(condition, _)| condition);
    if rule_of(condition).is_none() {
        return condition;
    }
    let subject = condition.split_once('/');
    subject.map_or(condition, |(_, subject)| subject)
}

/// The identity of the fact that the alarm was raised.
fn raised_id(alarm: &AlarmId) -> String {
    format!("{alarm}#{RAISED}")
}

/// Who says what became of an alarm by itself.
fn author_of(alarm: &AlarmId) -> String {
    rule_of(alarm.as_str()).map_or_else(|| LIMITS.to_owned(), |rule| format!("{RULE}{rule}"))
}

fn body_of(alarm: &Alarm, act: Option<Act>) -> String {
    let finite = |value: f64| value.is_finite().then_some(value);
    let body = AlarmBody {
        series: alarm.datastream.to_string(),
        thing: alarm.thing.to_string(),
        severity: number_of(alarm.severity),
        limit: finite(alarm.limit),
        value: finite(alarm.value),
        since: alarm.since.0,
        act,
    };
    // Numbers and short texts: this cannot fail, and an empty body is passed over when read.
    serde_json::to_string(&body).unwrap_or_default()
}

fn alarm_of(id: &str, body: &AlarmBody) -> Alarm {
    Alarm {
        id: AlarmId::new(id),
        datastream: DatastreamId::new(&body.series),
        thing: ThingId::new(&body.thing),
        severity: severity_of(body.severity),
        limit: body.limit.unwrap_or(f64::NAN),
        value: body.value.unwrap_or(f64::NAN),
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

    /// The fact that somebody acknowledged an alarm; `None` while nobody has.
    pub(crate) fn fact_of_acknowledgement(alarm: &Alarm) -> Option<Fact> {
        let (at, by) = alarm.acknowledged.as_ref()?;
        let act = Act::Acknowledge {
            comment: String::new(),
        };
        Some(fact_of_act(alarm, &act, alarm.since, (*at, by)))
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

    #[test]
    fn every_act_is_read_back_as_it_was_done() {
        let acts = [
            Act::Acknowledge {
                comment: "seen".to_owned(),
            },
            Act::Confirm {
                comment: String::new(),
            },
            Act::Comment {
                text: "on the way".to_owned(),
            },
            Act::Shelve {
                kind: ShelveKind::Timed,
                duration_s: 600,
                reason: "works".to_owned(),
            },
            Act::Unshelve,
            Act::TakeOutOfService {
                reason: "broken".to_owned(),
            },
            Act::PlaceInService,
            Act::Reset {
                comment: String::new(),
            },
        ];
        for (act, verb) in acts.into_iter().zip(ACTS) {
            let fact = fact_of_act(&alarm(), &act, UtcMillis(5_000), (UtcMillis(6_000), "Li"));
            assert_eq!(fact.verb, verb);
            let (told, step) = step_of(&fact).expect("a fact about an alarm");
            assert_eq!(told, alarm(), "{verb}");
            let by = "Li".to_owned();
            assert_eq!(step, AlarmStep::Done { by, act });
        }
    }

    #[test]
    fn an_acknowledgement_of_an_earlier_cache_is_read() {
        let fact = Fact {
            verb: ACKNOWLEDGED.to_owned(),
            author: "Li".to_owned(),
            body: r#"{"series":"d0","thing":"t0","severity":2,"limit":10.0,"value":12.0,"since":5000}"#
                .to_owned(),
            ..raised_fact(alarm(), 5_100)
        };
        let (told, step) = step_of(&fact).expect("an acknowledgement");
        assert_eq!(told, alarm());
        assert!(matches!(
            step,
            AlarmStep::Done {
                act: Act::Acknowledge { .. },
                ..
            }
        ));
    }

    #[test]
    fn an_alarm_of_a_rule_without_a_limit_keeps_its_rule_and_says_that_it_has_none() {
        let missing = Alarm {
            id: AlarmId::new("rule:silent/t0@5000"),
            limit: f64::NAN,
            ..alarm()
        };
        let fact = raised_fact(missing, 5_100);
        assert_eq!(fact.author, "rule:silent");
        let (told, _) = step_of(&fact).expect("an alarm");
        assert!(told.limit.is_nan());
        assert_eq!(rule_of(told.id.as_str()), Some("silent"));
        assert_eq!(rule_of("d0@5000"), None);
        for (alarm, subject) in [
            ("d0@5000", "d0"),
            ("rule:silent/t0@5000", "t0"),
            ("rule:burst/云湖大道/东@5000", "云湖大道/东"),
            ("a/b", "a/b"),
        ] {
            assert_eq!(subject_of(alarm), subject);
        }
    }

    #[test]
    fn who_took_note_of_less_has_not_taken_note_of_worse() {
        let mut told = Alarm {
            acknowledged: Some((UtcMillis(6_000), "Li".to_owned())),
            ..alarm()
        };
        let worse = AlarmStep::Worsened {
            severity: Severity::High,
            limit: 25.0,
        };
        take_step(&mut told, &worse, UtcMillis(7_000));
        assert_eq!((told.severity, told.acknowledged), (Severity::High, None));
        let again = fact_of_act(
            &alarm(),
            &Act::Acknowledge {
                comment: String::new(),
            },
            UtcMillis(7_000),
            (UtcMillis(8_000), "Li"),
        );
        assert_eq!(again.id, "d0@5000#alarm_acknowledged#7000");
    }

    #[test]
    fn what_is_shelved_comes_back_by_itself() {
        let mut handled = Handled::default();
        let shelve = |kind| Act::Shelve {
            kind,
            duration_s: 10,
            reason: "works".to_owned(),
        };
        handled.take(&shelve(ShelveKind::Timed), UtcMillis(6_000));
        let until = |handled: &Handled, alarm: &Alarm, moment: i64| {
            handled.shelved_until(alarm, UtcMillis(moment))
        };
        assert_eq!(until(&handled, &alarm(), 15_999), Some(UtcMillis(16_000)));
        assert_eq!(until(&handled, &alarm(), 16_000), None);
        handled.take(&shelve(ShelveKind::OneShot), UtcMillis(6_000));
        let back = Alarm {
            cleared_at: Some(UtcMillis(7_000)),
            ..alarm()
        };
        assert_eq!(until(&handled, &back, 8_000), None);
        assert!(until(&handled, &alarm(), 8_000).is_some());
    }
}
