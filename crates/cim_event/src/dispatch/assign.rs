//! Who was sent where, and has answered: department, team or person, with a time to answer within.
//!
//! ```text
//!  sent ── acknowledge ──► acknowledged ── arrive ──► on_scene ── finish ──► finished
//!    └──── refuse ───────► refused            recall (from sent, acknowledged, on_scene) ──► recalled
//! ```

use crate::{
    Party,
    plan::{Journal, OVERSIGHT, Stamp},
};
use cim_model::{EventId, UtcMillis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How many assignments a desk keeps; further ones are left out and counted.
pub const MOST_ASSIGNMENTS: usize = 50_000;
/// How many acts one assignment keeps.
const MOST_ACTS: usize = 64;
/// The longest task or note, bytes.
const MOST_TEXT_BYTES: usize = 2_048;

/// How far an assignment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AssignState {
    /// 已派: sent, no answer yet.
    Sent,
    /// 已签收: somebody goes.
    Acknowledged,
    /// 到场: somebody is there.
    OnScene,
    /// 完成.
    Finished,
    /// 拒绝: nobody goes.
    Refused,
    /// 撤回: no longer needed.
    Recalled,
}

/// What happens to an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AssignStep {
    /// The party takes it.
    Acknowledge,
    /// The party cannot take it; a note says why.
    Refuse,
    /// The party is there.
    Arrive,
    /// The party is done.
    Finish,
    /// The desk takes it back; a note says why.
    Recall,
}

/// A row of [`DISPATCH_STEPS`].
pub type Connection = (AssignState, AssignStep, AssignState);

/// Every step that is possible, and where it leads. A party may be on the scene before anybody pressed a key.
pub const DISPATCH_STEPS: [Connection; 9] = [
    (
        AssignState::Sent,
        AssignStep::Acknowledge,
        AssignState::Acknowledged,
    ),
    (AssignState::Sent, AssignStep::Refuse, AssignState::Refused),
    (AssignState::Sent, AssignStep::Arrive, AssignState::OnScene),
    (
        AssignState::Acknowledged,
        AssignStep::Arrive,
        AssignState::OnScene,
    ),
    (
        AssignState::Acknowledged,
        AssignStep::Refuse,
        AssignState::Refused,
    ),
    (
        AssignState::OnScene,
        AssignStep::Finish,
        AssignState::Finished,
    ),
    (AssignState::Sent, AssignStep::Recall, AssignState::Recalled),
    (
        AssignState::Acknowledged,
        AssignStep::Recall,
        AssignState::Recalled,
    ),
    (
        AssignState::OnScene,
        AssignStep::Recall,
        AssignState::Recalled,
    ),
];

/// What somebody does; the body of a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum DispatchAct {
    /// A party is sent.
    Send {
        /// The assignment's identity.
        assignment: String,
        /// For which event.
        #[serde(with = "crate::wire")]
        event: EventId,
        /// Who.
        to: Party,
        /// What they are to do.
        task: String,
        /// Seconds within which they have to answer.
        answer_within_s: u32,
    },
    /// An assignment goes on.
    Step {
        /// The assignment's identity.
        assignment: String,
        /// How.
        step: AssignStep,
        /// More about it; may be empty.
        #[serde(default)]
        note: String,
    },
}

impl DispatchAct {
    /// The verb of the fact that tells it.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Send { .. } => "dispatch_sent",
            Self::Step { step, .. } => match step {
                AssignStep::Acknowledge => "dispatch_acknowledged",
                AssignStep::Refuse => "dispatch_refused",
                AssignStep::Arrive => "dispatch_arrived",
                AssignStep::Finish => "dispatch_finished",
                AssignStep::Recall => "dispatch_recalled",
            },
        }
    }

    fn assignment(&self) -> &str {
        match self {
            Self::Send { assignment, .. } | Self::Step { assignment, .. } => assignment,
        }
    }
}

/// Why an act is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DispatchRefusal {
    /// No such assignment.
    #[error("there is no assignment `{0}`")]
    Unknown(String),
    /// There is one of the same identity.
    #[error("there is an assignment `{0}` already")]
    Twice(String),
    /// It has gone another way.
    #[error("an assignment that is {state:?} cannot {step:?}")]
    BadStep {
        /// How far it has come.
        state: AssignState,
        /// What was asked for.
        step: AssignStep,
    },
    /// Others do that.
    #[error("only {0} may do that")]
    NotYours(String),
    /// A reason or a task has to be given.
    #[error("a reason or a task has to be given")]
    NeedsText,
    /// More than there is room for.
    #[error("more than {MOST_ASSIGNMENTS} assignments or {MOST_TEXT_BYTES} bytes of text")]
    TooMuch,
}

/// A party that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Identity.
    pub id: String,
    /// For which event.
    pub event: EventId,
    /// Who.
    pub to: Party,
    /// What they are to do.
    pub task: String,
    /// When they have to have answered.
    pub answer_by: UtcMillis,
    /// When they were sent.
    pub sent_at: UtcMillis,
    /// Who sent them.
    pub sent_by: String,
    /// How far it has come.
    pub state: AssignState,
    /// What happened: when, who, what, and the note.
    pub history: Vec<(UtcMillis, String, AssignStep, String)>,
}

impl Assignment {
    /// True while somebody is under way or on the scene, or has not answered.
    pub fn is_open(&self) -> bool {
        matches!(
            self.state,
            AssignState::Sent | AssignState::Acknowledged | AssignState::OnScene
        )
    }

    /// True when the time to answer is over and nobody answered.
    pub fn is_unanswered(&self, now: UtcMillis) -> bool {
        self.state == AssignState::Sent && now > self.answer_by
    }
}

/// Every assignment of a desk, folded from acts.
#[derive(Clone, Debug, Default)]
pub struct Dispatches {
    kept: BTreeMap<String, Kept>,
    left_out: u64,
}

#[derive(Clone, Debug)]
struct Kept {
    journal: Journal<DispatchAct>,
    /// Nothing while only steps arrived, and not what they belong to.
    now: Option<Assignment>,
}

impl Dispatches {
    /// Takes an act that happened. True when it is kept. Steps that were not possible stay in the journal without effect.
    pub fn apply(&mut self, stamp: &Stamp, act: DispatchAct) -> bool {
        let id = act.assignment().to_owned();
        if !self.kept.contains_key(&id) && self.kept.len() >= MOST_ASSIGNMENTS {
            self.left_out += 1;
            return false;
        }
        let kept = self.kept.entry(id).or_insert_with(|| Kept {
            journal: Journal::new(MOST_ACTS),
            now: None,
        });
        if !kept.journal.insert(stamp, act) {
            return false;
        }
        kept.now = folded(&kept.journal);
        true
    }

    /// Whether somebody with `roles`, who belongs to the parties `mine`, may do `act`.
    pub fn allowed(
        &self,
        roles: &[&str],
        mine: &[&str],
        act: &DispatchAct,
    ) -> Result<(), DispatchRefusal> {
        let is_officer = roles.iter().any(|role| OVERSIGHT.contains(role));
        let officer = || DispatchRefusal::NotYours(OVERSIGHT.join(", "));
        match act {
            DispatchAct::Send {
                assignment, task, ..
            } => {
                if self.kept.len() >= MOST_ASSIGNMENTS || task.len() > MOST_TEXT_BYTES {
                    Err(DispatchRefusal::TooMuch)
                } else if self.get(assignment).is_some() {
                    Err(DispatchRefusal::Twice(assignment.clone()))
                } else if task.trim().is_empty() {
                    Err(DispatchRefusal::NeedsText)
                } else if is_officer {
                    Ok(())
                } else {
                    Err(officer())
                }
            }
            DispatchAct::Step {
                assignment,
                step,
                note,
            } => {
                let found = self.get(assignment);
                let found = found.ok_or_else(|| DispatchRefusal::Unknown(assignment.clone()))?;
                let (state, step) = (found.state, *step);
                let needs_note = matches!(step, AssignStep::Refuse | AssignStep::Recall);
                let is_mine = step != AssignStep::Recall
                    && mine.iter().any(|party| is_within(party, &found.to.id));
                if led_to(state, step).is_none() {
                    Err(DispatchRefusal::BadStep { state, step })
                } else if note.len() > MOST_TEXT_BYTES {
                    Err(DispatchRefusal::TooMuch)
                } else if needs_note && note.trim().is_empty() {
                    Err(DispatchRefusal::NeedsText)
                } else if is_mine || is_officer {
                    Ok(())
                } else {
                    Err(officer())
                }
            }
        }
    }

    /// The assignment called `id`.
    pub fn get(&self, id: &str) -> Option<&Assignment> {
        self.kept.get(id)?.now.as_ref()
    }

    /// Every assignment, by identity.
    pub fn iter(&self) -> impl Iterator<Item = &Assignment> {
        self.kept.values().filter_map(|kept| kept.now.as_ref())
    }

    /// The assignments of an event, by identity.
    pub fn of_event(&self, event: &EventId) -> impl Iterator<Item = &Assignment> {
        self.iter().filter(move |one| one.event == *event)
    }

    /// Those who should have answered by `now`, the longest overdue first.
    pub fn unanswered(&self, now: UtcMillis) -> Vec<&Assignment> {
        let mut late: Vec<_> = self.iter().filter(|one| one.is_unanswered(now)).collect();
        late.sort_by_key(|one| one.answer_by);
        late
    }

    /// Assignments that had no room.
    pub fn left_out(&self) -> u64 {
        self.left_out
    }
}

/// True when the party `id` is `of`, or belongs to it (`water/crew-1` to `water`).
fn is_within(id: &str, of: &str) -> bool {
    id.strip_prefix(of)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn led_to(state: AssignState, step: AssignStep) -> Option<AssignState> {
    let mut rows = DISPATCH_STEPS.iter();
    let row = rows.find(|(from, by, _)| *from == state && *by == step);
    row.map(|(_, _, to)| *to)
}

fn folded(journal: &Journal<DispatchAct>) -> Option<Assignment> {
    // A desk whose clock is behind may have answered "before" it was asked.
    let sent = journal.iter().find_map(|noted| match &noted.act {
        DispatchAct::Send {
            assignment,
            event,
            to,
            task,
            answer_within_s,
        } => Some(Assignment {
            id: assignment.clone(),
            event: event.clone(),
            to: to.clone(),
            task: task.clone(),
            answer_by: noted.stamp.at.plus_seconds(f64::from(*answer_within_s)),
            sent_at: noted.stamp.at,
            sent_by: noted.stamp.by.clone(),
            state: AssignState::Sent,
            history: Vec::new(),
        }),
        DispatchAct::Step { .. } => None,
    });
    let mut assignment = sent?;
    for noted in journal.iter() {
        if let DispatchAct::Step { step, note, .. } = &noted.act
            && let Some(to) = led_to(assignment.state, *step)
        {
            assignment.state = to;
            let (at, by) = (noted.stamp.at, noted.stamp.by.clone());
            assignment.history.push((at, by, *step, note.clone()));
        }
    }
    Some(assignment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PartyKind;

    fn send() -> DispatchAct {
        DispatchAct::Send {
            assignment: "a1".to_owned(),
            event: EventId::new("e1"),
            to: Party {
                kind: PartyKind::Department,
                id: "water".to_owned(),
                name: "水务".to_owned(),
            },
            task: "抽水".to_owned(),
            answer_within_s: 300,
        }
    }

    fn step(step: AssignStep, note: &str) -> DispatchAct {
        DispatchAct::Step {
            assignment: "a1".to_owned(),
            step,
            note: note.to_owned(),
        }
    }

    fn stamp(id: &str, at_s: i64) -> Stamp {
        Stamp::new(id, UtcMillis(at_s * 1_000), "li")
    }

    #[track_caller]
    fn check(acts: &[(&str, i64, DispatchAct)], expected: AssignState) {
        let mut forward = Dispatches::default();
        let mut backward = Dispatches::default();
        for (id, at, act) in acts {
            forward.apply(&stamp(id, *at), act.clone());
            assert!(!forward.apply(&stamp(id, *at), act.clone()));
        }
        for (id, at, act) in acts.iter().rev() {
            backward.apply(&stamp(id, *at), act.clone());
        }
        let found = forward.get("a1").expect("is there");
        assert_eq!(found.state, expected);
        assert_eq!(backward.get("a1"), Some(found));
    }

    #[test]
    fn an_assignment_goes_the_way_of_the_table_in_whatever_order_it_is_told() {
        let sent = ("1", 0, send());
        let taken = ("2", 10, step(AssignStep::Acknowledge, ""));
        let there = ("3", 20, step(AssignStep::Arrive, ""));
        let done = ("4", 30, step(AssignStep::Finish, ""));
        let refused = ("5", 25, step(AssignStep::Refuse, "无车"));
        check(&[sent.clone(), taken.clone()], AssignState::Acknowledged);
        let all = [sent.clone(), taken, there, refused.clone(), done];
        check(&all, AssignState::Finished);
        check(&[sent, refused], AssignState::Refused);
    }

    #[test]
    fn no_answer_in_time_is_told_and_an_answer_ends_it() {
        let mut all = Dispatches::default();
        all.apply(&stamp("1", 0), send());
        assert!(all.unanswered(UtcMillis(300_000)).is_empty());
        assert_eq!(all.unanswered(UtcMillis(300_001)).len(), 1);
        all.apply(&stamp("2", 400), step(AssignStep::Acknowledge, ""));
        assert!(all.unanswered(UtcMillis(900_000)).is_empty());
        assert_eq!(all.of_event(&EventId::new("e1")).count(), 1);
        assert!(all.iter().all(Assignment::is_open));
        assert_eq!(all.left_out(), 0);
    }

    #[test]
    fn steps_ask_for_rights_reasons_and_their_turn() {
        let mut all = Dispatches::default();
        let officer = ["duty_officer"];
        assert_eq!(all.allowed(&officer, &[], &send()), Ok(()));
        assert!(all.allowed(&["team"], &["water"], &send()).is_err());
        all.apply(&stamp("1", 0), send());
        let take = step(AssignStep::Acknowledge, "");
        assert_eq!(all.allowed(&["team"], &["water/crew-1"], &take), Ok(()));
        let foreign = all.allowed(&["team"], &["waterworks"], &take);
        assert!(matches!(foreign, Err(DispatchRefusal::NotYours(_))));
        let twice = all.allowed(&officer, &[], &send());
        assert_eq!(twice, Err(DispatchRefusal::Twice("a1".to_owned())));
        let recall = |note| step(AssignStep::Recall, note);
        assert_eq!(
            all.allowed(&officer, &[], &recall("")),
            Err(DispatchRefusal::NeedsText)
        );
        assert!(all.allowed(&["team"], &["water"], &recall("x")).is_err());
        let finish = all.allowed(&officer, &[], &step(AssignStep::Finish, ""));
        assert_eq!(
            finish.expect_err("too early").to_string(),
            "an assignment that is Sent cannot Finish"
        );
    }

    #[test]
    fn acts_travel_as_the_body_of_a_fact() {
        for act in [send(), step(AssignStep::Arrive, "到")] {
            let text = serde_json::to_string(&act).expect("can be written");
            let again: DispatchAct = serde_json::from_str(&text).expect("can be read");
            assert_eq!(again, act);
            assert!(act.verb().starts_with("dispatch_"));
        }
    }
}
