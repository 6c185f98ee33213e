//! The facts around the moment shown, folded so that the alarms of any moment in reach are told without asking the store again.

use crate::facts::{AlarmStep, Handled, step_of, take_step};
use cim_alarm::condition_of;
use cim_model::{Alarm, AlarmId, UtcMillis};
use cim_store::{DAY_MS, Fact, Knowledge};
use std::collections::{BTreeMap, BTreeSet};

/// How far before the moment shown facts are read. An alarm that began earlier is told from its value.
const BACK_MS: i64 = 7 * DAY_MS;

/// How far after the moment shown they are read, so that playing and dragging seldom ask the store.
const AHEAD_MS: i64 = DAY_MS;

/// The stretch whose facts are read for `moment`.
pub(crate) fn reach_of(moment: UtcMillis) -> (UtcMillis, UtcMillis) {
    (
        UtcMillis(moment.0.saturating_sub(BACK_MS)),
        UtcMillis(moment.0.saturating_add(AHEAD_MS)),
    )
}

/// The facts of a stretch.
#[derive(Debug)]
pub(crate) struct FactLog {
    from: UtcMillis,
    to: UtcMillis,
    stories: Vec<Story>,
    by_alarm: BTreeMap<String, usize>,
    /// Identities of the facts noted: the same fact counts once.
    noted: BTreeSet<String>,
    /// When each fact happened and became known, of those that did not become known at once.
    late: Vec<(UtcMillis, UtcMillis)>,
}

/// What became of one alarm.
#[derive(Debug)]
struct Story {
    /// The alarm as its first fact tells it, without anything that came later.
    alarm: Alarm,
    /// When each step happened and became known.
    steps: Vec<(UtcMillis, UtcMillis, AlarmStep)>,
}

/// What people had done to alarms by a moment.
#[derive(Debug, Default)]
pub(crate) struct HandledThen {
    of_alarms: BTreeMap<AlarmId, Handled>,
    of_conditions: BTreeMap<String, Handled>,
}

impl HandledThen {
    /// What was done to `alarm`; shelves and service are those of what raises it.
    pub(crate) fn of(&self, alarm: &AlarmId) -> Handled {
        let mut handled = self.of_alarms.get(alarm).cloned().unwrap_or_default();
        let condition = condition_of(alarm);
        let of_condition =
            condition.and_then(|(condition, _)| self.of_conditions.get(condition.as_str()));
        if let Some(condition) = of_condition {
            handled.shelved = condition.shelved;
            handled.is_out_of_service = condition.is_out_of_service;
        }
        handled
    }

    /// True when `alarm` was out of the list at `moment`.
    pub(crate) fn hides(&self, alarm: &Alarm, moment: UtcMillis) -> bool {
        if self.of_conditions.is_empty() {
            return false;
        }
        let handled = self.of(&alarm.id);
        handled.is_out_of_service || handled.shelved_until(alarm, moment).is_some()
    }
}

impl FactLog {
    /// The log of the facts that happened in `[from, to)`.
    pub(crate) fn new((from, to): (UtcMillis, UtcMillis), facts: &[Fact]) -> Self {
        let mut log = Self {
            from,
            to,
            stories: Vec::new(),
            by_alarm: BTreeMap::new(),
            noted: BTreeSet::new(),
            late: Vec::new(),
        };
        for fact in facts {
            log.note(fact);
        }
        log
    }

    /// True when the log says enough about `moment`: a day is left on the side that alarms come from.
    pub(crate) fn covers(&self, moment: UtcMillis) -> bool {
        moment.0.saturating_sub(self.from.0) >= BACK_MS - DAY_MS && moment < self.to
    }

    /// Takes a fact that was just written down; one from elsewhere in time is passed over.
    pub(crate) fn note(&mut self, fact: &Fact) {
        let is_outside = fact.happened_at < self.from || fact.happened_at >= self.to;
        if is_outside || !self.noted.insert(fact.id.clone()) {
            return;
        }
        if fact.known_at > fact.happened_at {
            self.late.push((fact.happened_at, fact.known_at));
        }
        let Some((alarm, step)) = step_of(fact) else {
            return;
        };
        let place = *self
            .by_alarm
            .entry(fact.subject.clone())
            .or_insert_with(|| {
                self.stories.push(Story {
                    alarm,
                    steps: Vec::new(),
                });
                self.stories.len() - 1
            });
        if let Some(story) = self.stories.get_mut(place) {
            story.steps.push((fact.happened_at, fact.known_at, step));
        }
    }

    /// The alarms that need attention at `moment`, seen with `knowledge`, and those that came back after `since`, if it is
    /// given: what came and went while the clock ran is seen once.
    pub(crate) fn alarms_at(
        &self,
        moment: UtcMillis,
        knowledge: Knowledge,
        since: Option<UtcMillis>,
    ) -> Vec<Alarm> {
        self.stories
            .iter()
            .filter_map(|story| story.at(moment, knowledge))
            .filter(|alarm| {
                let back_since = |since: UtcMillis| alarm.cleared_at.is_some_and(|at| at > since);
                alarm.needs_attention() || since.is_some_and(back_since)
            })
            .collect()
    }

    /// What people had done to alarms by `moment`, seen with `knowledge`.
    pub(crate) fn handled_at(&self, moment: UtcMillis, knowledge: Knowledge) -> HandledThen {
        let mut acts = Vec::new();
        for story in &self.stories {
            for (happened_at, known_at, step) in &story.steps {
                let is_told = knowledge == Knowledge::Now || *known_at <= moment;
                if let AlarmStep::Done { act, .. } = step
                    && *happened_at <= moment
                    && is_told
                {
                    acts.push((*happened_at, &story.alarm.id, act));
                }
            }
        }
        acts.sort_by_key(|(at, _, _)| *at);
        let mut then = HandledThen::default();
        for (at, alarm, act) in acts {
            then.of_alarms
                .entry(alarm.clone())
                .or_default()
                .take(act, at);
            // Who shelves an alarm shelves what raises it: the next one is away as well.
            if let Some((condition, _)) = condition_of(alarm) {
                let condition = then.of_conditions.entry(condition.to_string());
                condition.or_default().take(act, at);
            }
        }
        then
    }

    /// How many facts had happened by `moment` and became known only later.
    pub(crate) fn learnt_after(&self, moment: UtcMillis) -> u32 {
        let is_later = |(happened_at, known_at): &&(UtcMillis, UtcMillis)| {
            *happened_at <= moment && *known_at > moment
        };
        self.late.iter().filter(is_later).count() as u32
    }
}

impl Story {
    /// The alarm as it was at `moment`; `None` before it was raised, or before that was known.
    fn at(&self, moment: UtcMillis, knowledge: Knowledge) -> Option<Alarm> {
        if self.alarm.since > moment {
            return None;
        }
        let is_told = |known_at: UtcMillis| knowledge == Knowledge::Now || known_at <= moment;
        let raised = self
            .steps
            .iter()
            .find(|(_, _, step)| *step == AlarmStep::Raised);
        if raised.is_some_and(|(_, known_at, _)| !is_told(*known_at)) {
            return None;
        }
        let mut alarm = self.alarm.clone();
        for (happened_at, known_at, step) in &self.steps {
            if *happened_at <= moment && is_told(*known_at) {
                take_step(&mut alarm, step, *happened_at);
            }
        }
        Some(alarm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{
        AlarmChange, fact_of_act, fact_of_change,
        tests::{alarm, fact_of_acknowledgement, raised_fact},
    };
    use cim_alarm::{Act, ShelveKind};
    use cim_model::Severity;

    /// Raised at 5 s and known at 8 s, worse at 10 s, acknowledged at 12 s, back at 20 s.
    fn log() -> FactLog {
        let worse = Alarm {
            severity: Severity::High,
            limit: 25.0,
            ..alarm()
        };
        let seen = Alarm {
            acknowledged: Some((UtcMillis(12_000), "Li".to_owned())),
            ..worse.clone()
        };
        let back = Alarm {
            cleared_at: Some(UtcMillis(20_000)),
            ..seen.clone()
        };
        let at = |second: i64| UtcMillis(second * 1_000);
        let mut facts = vec![
            raised_fact(alarm(), 8_000),
            fact_of_change(&AlarmChange::Worsened(worse), at(10), at(10)),
            fact_of_change(&AlarmChange::Cleared(back), at(20), at(20)),
        ];
        facts.extend(fact_of_acknowledgement(&seen));
        FactLog::new((UtcMillis(0), UtcMillis(DAY_MS)), &facts)
    }

    #[track_caller]
    fn check(second: i64, knowledge: Knowledge, expected: Option<(Severity, bool, bool)>) {
        let alarms = log().alarms_at(UtcMillis(second * 1_000), knowledge, None);
        let told = alarms.first().map(|alarm| {
            (
                alarm.severity,
                alarm.cleared_at.is_some(),
                alarm.acknowledged.is_some(),
            )
        });
        assert_eq!(told, expected, "after {second} s, {knowledge:?}");
    }

    #[test]
    fn an_alarm_is_told_as_it_was_at_each_moment() {
        check(4, Knowledge::Now, None);
        check(5, Knowledge::Now, Some((Severity::Medium, false, false)));
        check(11, Knowledge::Now, Some((Severity::High, false, false)));
        check(15, Knowledge::Now, Some((Severity::High, false, true)));
        check(25, Knowledge::Now, None);
    }

    #[test]
    fn what_was_not_known_then_is_not_shown_then() {
        check(6, Knowledge::Then, None);
        check(6, Knowledge::Now, Some((Severity::Medium, false, false)));
        check(9, Knowledge::Then, Some((Severity::Medium, false, false)));
        assert_eq!(log().learnt_after(UtcMillis(6_000)), 1);
        assert_eq!(log().learnt_after(UtcMillis(9_000)), 0);
    }

    #[test]
    fn an_alarm_that_came_and_went_since_the_last_look_is_seen_once() {
        let log = log();
        let seen = log.alarms_at(UtcMillis(25_000), Knowledge::Now, Some(UtcMillis(4_000)));
        assert_eq!(seen.len(), 1);
        let again = log.alarms_at(UtcMillis(30_000), Knowledge::Now, Some(UtcMillis(25_000)));
        assert_eq!(again, Vec::new());
    }

    #[test]
    fn a_fact_from_elsewhere_in_time_is_passed_over_and_one_told_twice_counts_once() {
        let mut log = FactLog::new((UtcMillis(0), UtcMillis(5_000)), &[]);
        log.note(&raised_fact(alarm(), 5_000));
        assert!(
            log.alarms_at(UtcMillis(9_000), Knowledge::Now, None)
                .is_empty()
        );
        let mut log = FactLog::new((UtcMillis(0), UtcMillis(6_000)), &[]);
        log.note(&raised_fact(alarm(), 5_000));
        log.note(&raised_fact(alarm(), 5_000));
        assert_eq!(
            log.alarms_at(UtcMillis(9_000), Knowledge::Now, None).len(),
            1
        );
    }

    #[test]
    fn a_log_covers_moments_with_enough_past_before_them() {
        let moment = UtcMillis(100 * DAY_MS);
        let log = FactLog::new(reach_of(moment), &[]);
        assert!(log.covers(moment));
        assert!(log.covers(UtcMillis(moment.0 + DAY_MS - 1)));
        assert!(!log.covers(UtcMillis(moment.0 + DAY_MS)));
        assert!(!log.covers(UtcMillis(moment.0 - 2 * DAY_MS)));
    }

    #[test]
    fn what_was_shelved_then_was_out_of_the_list_until_it_came_back() {
        let shelve = Act::Shelve {
            kind: ShelveKind::Timed,
            duration_s: 10,
            reason: "works".to_owned(),
        };
        let at = |second: i64| UtcMillis(second * 1_000);
        let facts = [
            raised_fact(alarm(), 5_000),
            fact_of_act(&alarm(), &shelve, at(5), (at(6), "Li")),
        ];
        let log = FactLog::new((UtcMillis(0), UtcMillis(DAY_MS)), &facts);
        let next = Alarm {
            id: AlarmId::new("d0@8000"),
            since: at(8),
            ..alarm()
        };
        let hides = |second: i64, alarm: &Alarm| {
            let then = log.handled_at(at(second), Knowledge::Now);
            then.hides(alarm, at(second))
        };
        assert!(!hides(5, &alarm()));
        assert!(hides(9, &alarm()) && hides(9, &next));
        assert!(!hides(16, &alarm()), "it came back by itself");
    }
}
