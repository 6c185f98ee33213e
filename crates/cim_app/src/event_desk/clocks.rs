//! How the deadlines of all cases stand, kept ready: a light changes at moments that are known beforehand, so that a beat
//! looks only at those that have come.

use super::Tables;
use cim_event::{CaseState, Due, Light, Phase, due};
use cim_model::{EventId, UtcMillis};
use std::collections::{BTreeMap, BTreeSet};

/// How the most urgent deadline of a case stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Clocked {
    /// Its light.
    pub(super) light: Light,
    /// What is due.
    pub(super) phase: Phase,
    /// When; `None` while its clock stands still.
    pub(super) due_at: Option<UtcMillis>,
}

/// The deadlines of all cases.
#[derive(Debug, Default)]
pub(super) struct Clocks {
    by_case: BTreeMap<EventId, (Clocked, Option<UtcMillis>)>,
    /// When which case is to be looked at again.
    next: BTreeSet<(UtcMillis, EventId)>,
}

impl Clocks {
    /// How the case stands; `None` where nothing is due.
    pub(super) fn of(&self, case: &EventId) -> Option<Clocked> {
        self.by_case.get(case).map(|(clocked, _)| *clocked)
    }

    /// The lights of all cases that have one.
    pub(super) fn lights(&self) -> impl Iterator<Item = (&EventId, Light)> {
        self.by_case
            .iter()
            .map(|(case, (clocked, _))| (case, clocked.light))
    }

    /// Takes what is due of a case at `now`: nothing for one that is done with. True when its light changed.
    pub(super) fn set(&mut self, case: &EventId, dues: &[Due], now: UtcMillis) -> bool {
        let before = self.by_case.remove(case);
        if let Some((_, Some(next))) = before {
            self.next.remove(&(next, case.clone()));
        }
        let Some(clocked) = most_urgent(dues) else {
            return before.is_some();
        };
        let next = next_change(dues, now);
        self.by_case.insert(case.clone(), (clocked, next));
        if let Some(next) = next {
            self.next.insert((next, case.clone()));
        }
        before.is_none_or(|(known, _)| known.light != clocked.light)
    }

    /// The cases whose moment has come, each once; whoever takes them sets them anew.
    pub(super) fn take_come(&mut self, now: UtcMillis) -> Vec<EventId> {
        let mut come = Vec::new();
        while self.next.first().is_some_and(|(at, _)| *at <= now) {
            let Some((_, case)) = self.next.pop_first() else {
                break;
            };
            if let Some((_, next)) = self.by_case.get_mut(&case) {
                *next = None;
            }
            come.push(case);
        }
        come
    }
}

/// What is due of a case, by the tables; nothing where they cannot be read.
pub(super) fn dues_of(state: &CaseState, tables: &Tables, now: UtcMillis) -> Vec<Due> {
    tables.calendar.as_ref().map_or_else(Vec::new, |calendar| {
        due(state, &tables.deadlines, calendar, now)
    })
}

/// The most urgent of what is due; they come most urgent first.
pub(super) fn most_urgent(dues: &[Due]) -> Option<Clocked> {
    dues.first().map(|due| Clocked {
        light: due.light,
        phase: due.phase,
        due_at: due.due_at,
    })
}

/// When the next light of any clock changes.
fn next_change(dues: &[Due], now: UtcMillis) -> Option<UtcMillis> {
    let moments = dues
        .iter()
        .flat_map(|due| [due.warn_at, due.due_at, due.escalate_at]);
    moments.flatten().filter(|at| *at > now).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event_desk::told::step_of_event;
    use crate::events::tests::event;
    use cim_event::Case;

    /// Noon in Shanghai on a working day.
    const NOON: UtcMillis = UtcMillis(1_763_352_000_000);

    fn case() -> Case {
        let told = event(1, NOON.0);
        let mut case = Case::new(told.id.clone());
        case.apply(step_of_event(&told)).expect("a report");
        case
    }

    #[test]
    fn a_light_is_looked_at_again_exactly_when_it_changes() {
        let (tables, case) = (Tables::default(), case());
        let mut clocks = Clocks::default();
        let dues = |now: UtcMillis| dues_of(case.state(), &tables, now);
        assert!(clocks.set(case.id(), &dues(NOON), NOON));
        assert_eq!(
            clocks.of(case.id()).map(|one| (one.light, one.phase)),
            Some((Light::Green, Phase::Assign))
        );
        assert!(clocks.take_come(NOON).is_empty());
        // Four fifths of the 15 minutes.
        let warn = NOON.plus_seconds(12.0 * 60.0);
        assert!(clocks.take_come(warn.plus_seconds(-1.0)).is_empty());
        assert_eq!(clocks.take_come(warn), [case.id().clone()]);
        assert!(clocks.take_come(warn).is_empty(), "each once");
        assert!(clocks.set(case.id(), &dues(warn), warn), "it is yellow");
        assert!(!clocks.set(case.id(), &dues(warn), warn), "it stays yellow");
    }

    #[test]
    fn what_is_done_with_has_no_light() {
        let (tables, case) = (Tables::default(), case());
        let mut clocks = Clocks::default();
        clocks.set(case.id(), &dues_of(case.state(), &tables, NOON), NOON);
        assert!(clocks.set(case.id(), &[], NOON));
        assert!(!clocks.set(case.id(), &[], NOON));
        assert_eq!(clocks.lights().count(), 0);
        assert!(clocks.take_come(NOON.plus_seconds(1e6)).is_empty());
    }
}
