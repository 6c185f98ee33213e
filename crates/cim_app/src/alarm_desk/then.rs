//! The alarms of a past moment, put together from facts, from values, and from what ran while the clock played.

use super::rules::watched;
use crate::{facts::rule_of, state::State};
use cim_alarm::{
    ConditionId, condition_of,
    rules::{Catalogue, Change, ChangeKind, Evaluator, RuleSet},
};
use cim_model::{Alarm, AlarmId, Datastream, DatastreamId, Reading, Severity, UtcMillis};
use std::collections::BTreeMap;

/// The alarms of a past moment: those that facts tell of (`told`), and those of values beyond their limits of which no
/// fact tells, as in a cache that is older than facts.
pub(crate) fn alarms_at<'a>(
    values: impl Iterator<Item = (&'a Datastream, Reading)>,
    told: Vec<Alarm>,
) -> Vec<Alarm> {
    let mut alarms = told;
    let active: BTreeMap<DatastreamId, usize> = alarms
        .iter()
        .enumerate()
        .filter(|(_, alarm)| alarm.cleared_at.is_none() && rule_of(alarm.id.as_str()).is_none())
        .map(|(place, alarm)| (alarm.datastream.clone(), place))
        .collect();
    for (series, reading) in values {
        let known = active
            .get(&series.id)
            .and_then(|place| alarms.get_mut(*place));
        if let Some(alarm) = known {
            alarm.value = reading.value;
            continue;
        }
        let Some((severity, limit)) = series.limits.met_by(reading.value) else {
            continue;
        };
        alarms.push(beyond(
            series,
            reading.happened_at,
            (severity, limit, reading.value),
        ));
    }
    alarms
}

/// `told` with those of `played` that it does not tell of: alarms found while the clock ran over values without facts.
pub(crate) fn with_played(mut told: Vec<Alarm>, played: Vec<Alarm>) -> Vec<Alarm> {
    for alarm in played {
        let is_told = told.iter().any(|known| {
            known.id == alarm.id
                || (known.datastream == alarm.datastream
                    && rule_of(known.id.as_str()).is_none()
                    && known.since <= alarm.since
                    && known.cleared_at.is_none_or(|at| at >= alarm.since))
        });
        if !is_told {
            told.push(alarm);
        }
    }
    told
}

/// Worst first, then newest first; equal ones by name, so that rows never swap by chance.
pub(crate) fn worst_first(a: &Alarm, b: &Alarm) -> std::cmp::Ordering {
    b.severity
        .cmp(&a.severity)
        .then(b.since.cmp(&a.since))
        .then_with(|| a.id.cmp(&b.id))
}

/// The alarm of a series whose value is beyond its limits since `since`: how bad, which limit, and the value.
fn beyond(
    series: &Datastream,
    since: UtcMillis,
    (severity, limit, value): (Severity, f64, f64),
) -> Alarm {
    Alarm {
        id: ConditionId::of_series(&series.id).alarm(since),
        datastream: series.id.clone(),
        thing: series.thing.clone(),
        severity,
        limit,
        value,
        since,
        cleared_at: None,
        acknowledged: None,
    }
}

/// The alarms that the values of a playing stretch raise by the limits of their series. Written rules are told by facts
/// only: some of them need more of the past than is played.
pub(crate) struct Played {
    evaluator: Evaluator,
    alarms: BTreeMap<AlarmId, Alarm>,
    changes: Vec<Change>,
}

impl Played {
    /// Begins with the alarms that are there at the moment shown.
    pub(crate) fn new(state: &State, shown: &[Alarm], begins: UtcMillis) -> Self {
        let (things, datastreams) = watched(state);
        let catalogue = Catalogue {
            things: &things,
            datastreams: &datastreams,
            fences: &[],
        };
        // Without written rules nothing can be wrong.
        let (mut evaluator, _) = Evaluator::new(&RuleSet::default(), catalogue, begins);
        let mut alarms = BTreeMap::new();
        let active = shown.iter().filter(|alarm| alarm.cleared_at.is_none());
        for alarm in active {
            let Some((condition, since)) = condition_of(&alarm.id) else {
                continue;
            };
            if evaluator.restore(condition.as_str(), since, alarm.severity, alarm.limit) {
                alarms.insert(alarm.id.clone(), alarm.clone());
            }
        }
        Self {
            evaluator,
            alarms,
            changes: Vec::new(),
        }
    }

    /// Takes what the series in `row` read next.
    pub(crate) fn observe(&mut self, state: &State, row: u32, reading: Reading) {
        let Reading {
            happened_at,
            value,
            quality,
        } = reading;
        self.evaluator
            .observe(row, happened_at, value, quality, &mut self.changes);
        for change in self.changes.drain(..) {
            let id = change.alarm_id();
            match change.kind {
                ChangeKind::Raised => {
                    let series = change.series.and_then(|row| state.series_at(row));
                    if let Some(series) = series {
                        let met = (change.severity, change.limit, change.value);
                        let alarm = beyond(&series.datastream, change.since, met);
                        self.alarms.insert(id, alarm);
                    }
                }
                ChangeKind::Worsened => {
                    if let Some(alarm) = self.alarms.get_mut(&id) {
                        alarm.severity = change.severity;
                        alarm.limit = change.limit;
                        alarm.value = change.value;
                    }
                }
                ChangeKind::Cleared => {
                    if let Some(alarm) = self.alarms.get_mut(&id) {
                        alarm.cleared_at = Some(change.at);
                        alarm.value = change.value;
                    }
                }
            }
        }
    }

    /// The alarms that were there at some time after `moment`. Those that ended before are forgotten.
    pub(crate) fn there_since(&mut self, moment: UtcMillis) -> Vec<Alarm> {
        self.alarms
            .retain(|_, alarm| alarm.cleared_at.is_none_or(|at| at > moment));
        self.alarms.values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::gas_sensor;
    use cim_model::{Limits, Quality};

    fn reading(millis: i64, value: f64) -> Reading {
        Reading {
            happened_at: UtcMillis(millis),
            value,
            quality: Quality::Good,
        }
    }

    fn rising(n: u32) -> Datastream {
        Datastream {
            limits: Limits {
                above_medium: Some(10.0),
                above_high: Some(25.0),
                ..Limits::default()
            },
            ..gas_sensor(n).1
        }
    }

    #[test]
    fn the_past_has_the_alarms_that_facts_tell_of_and_those_of_its_own_values() {
        let (first, second) = (rising(0), rising(1));
        let told = Alarm {
            acknowledged: Some((UtcMillis(5_500), "Li".to_owned())),
            ..beyond(&first, UtcMillis(5_000), (Severity::High, 25.0, 26.0))
        };
        let values = [
            (&first, reading(6_000, 9.9)),
            (&second, reading(6_500, 12.0)),
        ];
        let then = alarms_at(values.into_iter(), vec![told.clone()]);
        let rows: Vec<(&str, f64, Severity)> = then
            .iter()
            .map(|alarm| (alarm.id.as_str(), alarm.value, alarm.severity))
            .collect();
        assert_eq!(
            rows,
            [
                ("d0@5000", 9.9, Severity::High),
                ("d1@6500", 12.0, Severity::Medium)
            ],
            "inside the dead band it is still the alarm that was raised"
        );
        assert_eq!(alarms_at(std::iter::empty(), Vec::new()), Vec::new());

        let played = |since: i64| Alarm {
            id: AlarmId::new(format!("d0@{since}")),
            since: UtcMillis(since),
            ..told.clone()
        };
        let both = with_played(vec![told.clone()], vec![played(5_800), played(4_000)]);
        let ids: Vec<&str> = both.iter().map(|alarm| alarm.id.as_str()).collect();
        assert_eq!(ids, ["d0@5000", "d0@4000"], "one alarm has one name");
    }

    #[test]
    fn an_alarm_of_a_rule_hides_no_limit_of_the_same_series() {
        let series = rising(0);
        let ruled = Alarm {
            id: AlarmId::new("rule:fast/d0@5000"),
            ..beyond(&series, UtcMillis(5_000), (Severity::Low, 1.0, 2.0))
        };
        let then = alarms_at([(&series, reading(6_000, 30.0))].into_iter(), vec![ruled]);
        let values: Vec<f64> = then.iter().map(|alarm| alarm.value).collect();
        assert_eq!(values, [2.0, 30.0]);
    }

    #[test]
    fn playing_finds_what_came_and_went() {
        let mut state = State::default();
        let (things, datastreams) = (gas_sensor(0).0, rising(0));
        state.apply_catalogue(vec![things], vec![datastreams], Vec::new());
        let shown = [beyond(
            &rising(0),
            UtcMillis(1_000),
            (Severity::Medium, 10.0, 12.0),
        )];
        let mut played = Played::new(&state, &shown, UtcMillis(1_000));
        for (millis, value) in [(2_000, 1.0), (3_000, 12.0), (4_000, 30.0), (5_000, 1.0)] {
            played.observe(&state, 0, reading(millis, value));
        }
        let found: Vec<(String, Severity, Option<UtcMillis>)> = played
            .there_since(UtcMillis(1_500))
            .into_iter()
            .map(|alarm| (alarm.id.to_string(), alarm.severity, alarm.cleared_at))
            .collect();
        let row = |id: &str, severity, at| (id.to_owned(), severity, Some(UtcMillis(at)));
        assert_eq!(
            found,
            [
                row("d0@1000", Severity::Medium, 2_000),
                row("d0@3000", Severity::High, 5_000)
            ]
        );
        assert!(played.there_since(UtcMillis(5_000)).is_empty());
    }
}
