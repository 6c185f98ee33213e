//! What plans have to know of a case.

use crate::live::Live;
use cim_event::{CaseState, Place, Stage};
use cim_model::{EventId, EventLevel, UtcMillis};
use cim_store::Knowledge;

/// What plans have to know of a case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CaseAbout {
    /// Its identity.
    pub(crate) id: EventId,
    /// What happened, in one line.
    pub(crate) title: String,
    /// Its category's word; may be empty.
    pub(crate) category: String,
    /// How grave it is.
    pub(crate) level: EventLevel,
    /// Where it is.
    pub(crate) place: Option<Place>,
    /// When it happened.
    pub(crate) happened_at: UtcMillis,
    /// Whoever it is given to; empty for nobody.
    pub(crate) holder: String,
    /// Something has to be done about it.
    pub(crate) is_open: bool,
    /// It is no exercise.
    pub(crate) is_real: bool,
}

impl CaseAbout {
    /// The case called `id`: in the present, or as of `then`. `None` when there is no such case, or was none.
    pub(crate) fn new(live: &Live, id: &str, then: Option<UtcMillis>) -> Option<Self> {
        let id = EventId::new(id);
        let case = live.event_desk.cases().get(&id)?;
        match then {
            None => Self::of(id, case.state()),
            Some(at) => {
                let known_by = match live.knowledge {
                    Knowledge::Then => at,
                    Knowledge::Now => UtcMillis(i64::MAX),
                };
                Self::of(id, &case.state_at(at, known_by))
            }
        }
    }

    fn of(id: EventId, state: &CaseState) -> Option<Self> {
        if state.stage == Stage::Unreported {
            return None;
        }
        let holder = state.assignment.as_ref();
        Some(Self {
            id,
            title: state.title.clone(),
            category: state.category.clone(),
            level: state.level,
            place: state.place,
            happened_at: state.happened_at,
            holder: holder.map_or_else(String::new, |given| given.party.name.clone()),
            is_open: state.stage.is_open(),
            is_real: state.standing.is_real(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_reported_is_no_case() {
        let id = EventId::new("e1");
        assert_eq!(CaseAbout::of(id.clone(), &CaseState::default()), None);
        let state = CaseState {
            stage: Stage::Registered,
            title: "燃气泄漏".to_owned(),
            ..CaseState::default()
        };
        let about = CaseAbout::of(id, &state).expect("a case");
        assert!(about.is_open && about.is_real && about.holder.is_empty());
    }
}
