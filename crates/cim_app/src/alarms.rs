//! Limit alarms: raised by a value beyond its limit, cleared by one that is clearly back, acknowledged by a person.
//!
//! ```text
//!            value meets a limit          value is back by the dead band
//!  (none) ───────────────────────► active ──────────────────────────────► cleared
//!                                    │ acknowledge            acknowledge │
//!                                    ▼                                    ▼
//!                           active, acknowledged ──── value is back ──► settled
//! ```
//! Pure state: values in, changes out. Writing the changes down is `facts`' and the desk's business.

use cim_model::{Alarm, AlarmId, Datastream, DatastreamId, Limits, Reading, UtcMillis};
use std::collections::{BTreeMap, VecDeque};

/// How far a value must be back inside its limit before the alarm clears, as a share of the limit.
/// Without it a value that trembles on its limit would ring all day.
pub(crate) const DEAD_BAND: f64 = 0.02;

/// How many settled alarms (back and acknowledged) are kept for the timeline; the oldest go first.
pub(crate) const MAX_SETTLED: usize = 2_000;

/// How many alarms that are back but unacknowledged wait in the list; beyond it the oldest leave the list.
/// Their facts stay in the store.
pub(crate) const MAX_WAITING: usize = 5_000;

/// What a value did to an alarm.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum AlarmChange {
    /// A new alarm.
    Raised(Alarm),
    /// The same alarm met a worse limit.
    Worsened(Alarm),
    /// The value came back.
    Cleared(Alarm),
}

/// Every alarm that the desk remembers.
#[derive(Debug, Default)]
pub(crate) struct Alarms {
    active: BTreeMap<DatastreamId, Alarm>,
    /// Back but unacknowledged, oldest first.
    waiting: VecDeque<Alarm>,
    /// Back and acknowledged, oldest first.
    settled: VecDeque<Alarm>,
}

impl Alarms {
    /// Takes a newer value of `series`. Allocates only when an alarm begins or ends.
    pub(crate) fn observe(&mut self, series: &Datastream, reading: Reading) -> Option<AlarmChange> {
        if !reading.value.is_finite() {
            return None;
        }
        let met = series.limits.met_by(reading.value);
        if let Some(alarm) = self.active.get_mut(&series.id) {
            alarm.value = reading.value;
            if let Some((severity, limit)) = met {
                if severity <= alarm.severity {
                    return None;
                }
                alarm.severity = severity;
                alarm.limit = limit;
                return Some(AlarmChange::Worsened(alarm.clone()));
            }
            if !is_clearly_back(&series.limits, alarm.limit, reading.value) {
                return None;
            }
            return self
                .clear(&series.id, reading.happened_at)
                .map(AlarmChange::Cleared);
        }
        let (severity, limit) = met?;
        let alarm = Alarm {
            id: alarm_id(&series.id, reading.happened_at),
            datastream: series.id.clone(),
            thing: series.thing.clone(),
            severity,
            limit,
            value: reading.value,
            since: reading.happened_at,
            cleared_at: None,
            acknowledged: None,
        };
        self.active.insert(series.id.clone(), alarm.clone());
        Some(AlarmChange::Raised(alarm))
    }

    /// Somebody took note of the alarm. `None` when there is no such alarm; the first to acknowledge stays.
    pub(crate) fn acknowledge(&mut self, id: &str, at: UtcMillis, by: &str) -> Option<Alarm> {
        if let Some(alarm) = self
            .active
            .values_mut()
            .find(|alarm| alarm.id.as_str() == id)
        {
            alarm
                .acknowledged
                .get_or_insert_with(|| (at, by.to_owned()));
            return Some(alarm.clone());
        }
        if let Some(place) = self
            .waiting
            .iter()
            .position(|alarm| alarm.id.as_str() == id)
        {
            let mut alarm = self.waiting.remove(place)?;
            alarm.acknowledged = Some((at, by.to_owned()));
            self.settle(alarm.clone());
            return Some(alarm);
        }
        self.settled
            .iter()
            .find(|alarm| alarm.id.as_str() == id)
            .cloned()
    }

    /// Puts back an alarm that was written down earlier.
    pub(crate) fn restore(&mut self, alarm: Alarm) {
        match (alarm.cleared_at, &alarm.acknowledged) {
            (None, _) => {
                self.active.insert(alarm.datastream.clone(), alarm);
            }
            (Some(_), None) => self.wait(alarm),
            (Some(_), Some(_)) => self.settle(alarm),
        }
    }

    /// Alarms that need attention now, in no particular order.
    pub(crate) fn attention(&self) -> impl Iterator<Item = &Alarm> {
        self.active
            .values()
            .chain(&self.waiting)
            .filter(|alarm| alarm.needs_attention())
    }

    /// Every alarm remembered, in no particular order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Alarm> {
        self.active
            .values()
            .chain(&self.waiting)
            .chain(&self.settled)
    }

    /// The alarm with this id.
    #[cfg(test)]
    pub(crate) fn get(&self, id: &str) -> Option<&Alarm> {
        self.all().find(|alarm| alarm.id.as_str() == id)
    }

    fn clear(&mut self, series: &DatastreamId, at: UtcMillis) -> Option<Alarm> {
        let mut alarm = self.active.remove(series)?;
        alarm.cleared_at = Some(at);
        if alarm.acknowledged.is_some() {
            self.settle(alarm.clone());
        } else {
            self.wait(alarm.clone());
        }
        Some(alarm)
    }

    fn wait(&mut self, alarm: Alarm) {
        self.waiting.push_back(alarm);
        if self.waiting.len() > MAX_WAITING {
            self.waiting.pop_front();
        }
    }

    fn settle(&mut self, alarm: Alarm) {
        self.settled.push_back(alarm);
        if self.settled.len() > MAX_SETTLED {
            self.settled.pop_front();
        }
    }
}

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
        .filter(|(_, alarm)| alarm.cleared_at.is_none())
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
        alarms.push(Alarm {
            id: alarm_id(&series.id, reading.happened_at),
            datastream: series.id.clone(),
            thing: series.thing.clone(),
            severity,
            limit,
            value: reading.value,
            since: reading.happened_at,
            cleared_at: None,
            acknowledged: None,
        });
    }
    alarms
}

/// `told` with those of `played` that it does not tell of: alarms found while the clock ran over values without facts.
pub(crate) fn with_played(mut told: Vec<Alarm>, played: Vec<Alarm>) -> Vec<Alarm> {
    for alarm in played {
        let is_told = told.iter().any(|known| {
            known.id == alarm.id
                || (known.datastream == alarm.datastream
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

/// `<datastream>@<since>`: the same alarm has the same name on every desk.
fn alarm_id(series: &DatastreamId, since: UtcMillis) -> AlarmId {
    AlarmId::new(format!("{series}@{}", since.0))
}

/// True when `value` lies inside its limits by the dead band, on the side where the alarm came from.
fn is_clearly_back(limits: &Limits, met: f64, value: f64) -> bool {
    let inside = |limit: f64| limit.abs() * DEAD_BAND;
    let rising = [
        limits.above_medium,
        limits.above_high,
        limits.above_critical,
    ];
    let falling = [limits.below_medium, limits.below_high];
    let rose = !falling.contains(&Some(met));
    if rose {
        rising
            .into_iter()
            .flatten()
            .all(|limit| value < limit - inside(limit))
    } else {
        falling
            .into_iter()
            .flatten()
            .all(|limit| value > limit + inside(limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::gas_sensor;
    use cim_model::{Quality, Severity};

    fn reading(millis: i64, value: f64) -> Reading {
        Reading {
            happened_at: UtcMillis(millis),
            value,
            quality: Quality::Good,
        }
    }

    fn series(limits: Limits) -> Datastream {
        Datastream {
            limits,
            ..gas_sensor(0).1
        }
    }

    /// Feeds values one second apart and compares what each one did: `R`aised, `W`orsened, `C`leared, `.` nothing.
    #[track_caller]
    fn check(limits: Limits, values: &[f64], expected: &str) {
        let series = series(limits);
        let mut alarms = Alarms::default();
        let mut seen = String::new();
        for (second, value) in values.iter().enumerate() {
            seen.push(
                match alarms.observe(&series, reading(second as i64 * 1000, *value)) {
                    Some(AlarmChange::Raised(_)) => 'R',
                    Some(AlarmChange::Worsened(_)) => 'W',
                    Some(AlarmChange::Cleared(_)) => 'C',
                    None => '.',
                },
            );
        }
        assert_eq!(seen, expected);
    }

    fn rising() -> Limits {
        Limits {
            above_medium: Some(10.0),
            above_high: Some(25.0),
            ..Limits::default()
        }
    }

    fn falling() -> Limits {
        Limits {
            below_medium: Some(5.0),
            below_high: Some(2.0),
            ..Limits::default()
        }
    }

    #[test]
    fn a_value_rings_when_it_meets_a_limit_and_is_quiet_before() {
        check(rising(), &[9.9, 10.0, 11.0], ".R.");
        check(falling(), &[5.1, 5.0, 4.0], ".R.");
    }

    #[test]
    fn a_value_that_trembles_on_its_limit_rings_once() {
        check(rising(), &[10.0, 9.9, 10.1, 9.81, 10.0], "R....");
        check(falling(), &[5.0, 5.05, 4.9, 5.09], "R...");
    }

    #[test]
    fn a_value_clears_when_it_is_back_by_the_dead_band() {
        check(rising(), &[10.0, 9.79, 9.0], "RC.");
        check(falling(), &[5.0, 5.11, 6.0], "RC.");
    }

    #[test]
    fn an_alarm_only_gets_worse_until_it_clears() {
        check(rising(), &[12.0, 30.0, 12.0, 30.0, 5.0, 30.0], "RW..CR");
        check(falling(), &[4.0, 1.0, 4.0, 9.0], "RW.C");
    }

    #[test]
    fn a_value_without_limits_or_without_meaning_never_rings() {
        check(Limits::default(), &[1e9, -1e9], "..");
        check(rising(), &[12.0, f64::NAN, 12.0], "R..");
    }

    #[test]
    fn limits_on_both_sides_clear_on_the_side_that_rang() {
        let both = Limits {
            above_medium: Some(10.0),
            below_medium: Some(8.0),
            ..Limits::default()
        };
        check(both, &[10.5, 9.7, 7.9, 8.1, 8.2], "RCR.C");
    }

    #[test]
    fn the_name_of_an_alarm_is_its_series_and_its_first_moment() {
        let mut alarms = Alarms::default();
        alarms.observe(&series(rising()), reading(5_000, 12.0));
        alarms.observe(&series(rising()), reading(6_000, 30.0));
        let ids: Vec<&str> = alarms.all().map(|alarm| alarm.id.as_str()).collect();
        assert_eq!(ids, ["d0@5000"]);
    }

    #[test]
    fn an_alarm_asks_for_attention_until_it_is_both_back_and_acknowledged() {
        let mut alarms = Alarms::default();
        alarms.observe(&series(rising()), reading(5_000, 12.0));
        assert!(
            alarms
                .acknowledge("d0@5000", UtcMillis(5_500), "Li")
                .is_some()
        );
        assert_eq!(alarms.attention().count(), 1, "still beyond its limit");
        alarms.observe(&series(rising()), reading(6_000, 1.0));
        assert_eq!(alarms.attention().count(), 0);

        alarms.observe(&series(rising()), reading(7_000, 12.0));
        alarms.observe(&series(rising()), reading(8_000, 1.0));
        assert_eq!(alarms.attention().count(), 1, "nobody has seen it");
        assert!(
            alarms
                .acknowledge("d0@7000", UtcMillis(8_500), "Li")
                .is_some()
        );
        assert_eq!(alarms.attention().count(), 0);
        assert_eq!(alarms.all().count(), 2, "the timeline still has both");
    }

    #[test]
    fn the_first_to_acknowledge_stays() {
        let mut alarms = Alarms::default();
        alarms.observe(&series(rising()), reading(5_000, 12.0));
        alarms.acknowledge("d0@5000", UtcMillis(5_500), "Li");
        let again = alarms.acknowledge("d0@5000", UtcMillis(9_000), "Wang");
        assert_eq!(
            again.and_then(|alarm| alarm.acknowledged),
            Some((UtcMillis(5_500), "Li".to_owned()))
        );
        assert_eq!(alarms.acknowledge("d0@1", UtcMillis(0), "Li"), None);
    }

    #[test]
    fn settled_alarms_are_kept_up_to_a_limit_and_the_oldest_go() {
        let mut alarms = Alarms::default();
        for n in 0..=MAX_SETTLED as i64 {
            alarms.observe(&series(rising()), reading(n * 10, 12.0));
            alarms.observe(&series(rising()), reading(n * 10 + 1, 1.0));
            alarms.acknowledge(&format!("d0@{}", n * 10), UtcMillis(n * 10 + 2), "Li");
        }
        assert_eq!(alarms.all().count(), MAX_SETTLED);
        assert!(alarms.get("d0@0").is_none());
        assert!(alarms.get("d0@10").is_some());
    }

    #[test]
    fn the_past_has_the_alarms_that_facts_tell_of_and_those_of_its_own_values() {
        let first = series(rising());
        let second = Datastream {
            limits: rising(),
            ..gas_sensor(1).1
        };
        let told = Alarm {
            id: AlarmId::new("d0@5000"),
            datastream: first.id.clone(),
            thing: first.thing.clone(),
            severity: Severity::High,
            limit: 25.0,
            value: 26.0,
            since: UtcMillis(5_000),
            cleared_at: None,
            acknowledged: Some((UtcMillis(5_500), "Li".to_owned())),
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
}
