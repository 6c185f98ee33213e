//! Steps of the clock: to the next or the previous event, alarm or moment.

use crate::facts::alarms_from_facts;
use cim_model::{Event, UtcMillis};
use cim_store::{DAY_MS, Fact, HOUR_MS, Knowledge};
use std::collections::BTreeMap;

/// How far a step looks, in growing stretches, milliseconds.
pub(crate) const REACHES_MS: [i64; 4] = [HOUR_MS, DAY_MS, 30 * DAY_MS, 3_650 * DAY_MS];

/// What became known this long after it happened is still found by a step, milliseconds.
pub(crate) const LATE_BY_MS: i64 = DAY_MS;

/// Which way a step goes, from where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// To what comes after this moment.
    After(UtcMillis),
    /// To what was before this moment.
    Before(UtcMillis),
}

impl Way {
    /// The moment from which the step goes.
    pub(crate) fn start(self) -> UtcMillis {
        match self {
            Self::After(moment) | Self::Before(moment) => moment,
        }
    }

    /// The stretch that a step looks at when it looks so far.
    pub(crate) fn stretch(self, reach_ms: i64) -> (UtcMillis, UtcMillis) {
        let start = self.start().0;
        match self {
            Self::After(_) => (
                UtcMillis(start.saturating_sub(LATE_BY_MS)),
                UtcMillis(start.saturating_add(reach_ms)),
            ),
            Self::Before(_) => (
                UtcMillis(start.saturating_sub(reach_ms).saturating_sub(LATE_BY_MS)),
                self.start(),
            ),
        }
    }

    /// The nearest of `moments` on this way.
    pub(crate) fn nearest(self, moments: impl Iterator<Item = UtcMillis>) -> Option<UtcMillis> {
        match self {
            Self::After(start) => moments.filter(|at| *at > start).min(),
            Self::Before(start) => moments.filter(|at| *at < start).max(),
        }
    }
}

/// The moments at which alarms of `facts` came to be seen.
pub(crate) fn alarm_moments(facts: &[Fact], knowledge: Knowledge) -> Vec<UtcMillis> {
    let mut known: BTreeMap<&str, UtcMillis> = BTreeMap::new();
    for fact in facts {
        let first = known.entry(&fact.subject).or_insert(fact.known_at);
        *first = fact.known_at.min(*first);
    }
    alarms_from_facts(facts)
        .iter()
        .map(|alarm| {
            let known_at = known.get(alarm.id.as_str()).copied();
            seen_at(alarm.since, known_at.unwrap_or(alarm.since), knowledge)
        })
        .collect()
}

/// The moment at which an event came to be seen.
pub(crate) fn event_moment(event: &Event, knowledge: Knowledge) -> UtcMillis {
    seen_at(event.happened_at, event.known_at, knowledge)
}

/// When something is seen first: with the knowledge of then, not before it was known.
fn seen_at(happened_at: UtcMillis, known_at: UtcMillis, knowledge: Knowledge) -> UtcMillis {
    match knowledge {
        Knowledge::Now => happened_at,
        Knowledge::Then => happened_at.max(known_at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        events::tests::event,
        facts::tests::{alarm, raised_fact},
    };

    #[test]
    fn a_step_goes_to_the_nearest_and_never_stays() {
        let moments = || [10, 20, 30].into_iter().map(UtcMillis);
        assert_eq!(
            Way::After(UtcMillis(20)).nearest(moments()),
            Some(UtcMillis(30))
        );
        assert_eq!(
            Way::Before(UtcMillis(20)).nearest(moments()),
            Some(UtcMillis(10))
        );
        assert_eq!(Way::After(UtcMillis(30)).nearest(moments()), None);
    }

    #[test]
    fn with_the_knowledge_of_then_a_step_goes_to_where_it_was_known() {
        let facts = [raised_fact(alarm(), 9_000)];
        assert_eq!(alarm_moments(&facts, Knowledge::Now), [UtcMillis(5_000)]);
        assert_eq!(alarm_moments(&facts, Knowledge::Then), [UtcMillis(9_000)]);
        let late = Event {
            known_at: UtcMillis(4_000),
            ..event(1, 1_000)
        };
        assert_eq!(event_moment(&late, Knowledge::Then), UtcMillis(4_000));
        assert_eq!(event_moment(&late, Knowledge::Now), UtcMillis(1_000));
    }
}
