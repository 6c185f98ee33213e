//! A plan at work for one event: who ticked which step when, what is due, which response level holds, which messages went out.
//!
//! Folded from acts that may arrive late, out of order or twice. A step is ticked once: the first tick stays until somebody
//! takes it back with a reason.

use super::{Journal, Plan, PlanStep, Response, Stamp};
use cim_model::{EventId, UtcMillis};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// How many acts one run keeps; what comes beyond is left out and counted.
pub const MOST_ACTS: usize = 2_000;
/// The longest note, reason, text or reference of an act, bytes.
pub const MOST_NOTE_BYTES: usize = 4_096;
/// How many pieces of evidence one tick may name.
const MOST_EVIDENCE: usize = 32;
/// Roles that may tick any step: they answer for the whole.
pub const OVERSIGHT: [&str; 3] = ["duty_officer", "shift_leader", "leader_on_duty"];
/// The role that may always set the response level.
const HIGHEST: &str = "leader_on_duty";

/// What somebody does with a plan; the body of a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum PlanAct {
    /// 启动: the plan begins for the event.
    Start {
        /// The plan's identity.
        plan: String,
    },
    /// A step is done.
    Tick {
        /// The step.
        step: String,
        /// More about it; may be empty.
        #[serde(default)]
        note: String,
        /// References of photos, recordings or documents.
        #[serde(default)]
        evidence: Vec<String>,
    },
    /// A step is left out.
    Skip {
        /// The step.
        step: String,
        /// Why.
        reason: String,
    },
    /// A tick or a skip was wrong.
    Untick {
        /// The step.
        step: String,
        /// Why.
        reason: String,
    },
    /// 响应: the response level is set.
    Respond {
        /// The level from now on.
        response: Response,
        /// Why.
        reason: String,
    },
    /// A message went out.
    Send {
        /// The message's identity in the plan.
        message: String,
        /// The text as it went out.
        text: String,
        /// To whom.
        to: Vec<String>,
    },
    /// 终止: the plan ends.
    Stop {
        /// Why.
        reason: String,
    },
}

impl PlanAct {
    /// The verb of the fact that tells it.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Start { .. } => "plan_started",
            Self::Tick { .. } => "plan_step_ticked",
            Self::Skip { .. } => "plan_step_skipped",
            Self::Untick { .. } => "plan_step_unticked",
            Self::Respond { .. } => "plan_response_set",
            Self::Send { .. } => "plan_message_sent",
            Self::Stop { .. } => "plan_stopped",
        }
    }

    /// The longest text that it carries, bytes.
    fn longest(&self) -> usize {
        match self {
            Self::Start { plan } => plan.len(),
            Self::Tick { note, evidence, .. } => {
                let references = evidence.iter().map(String::len).max();
                note.len().max(references.unwrap_or_default())
            }
            Self::Skip { reason, .. }
            | Self::Untick { reason, .. }
            | Self::Respond { reason, .. }
            | Self::Stop { reason } => reason.len(),
            Self::Send { text, .. } => text.len(),
        }
    }
}

/// Why an act is not possible.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanRefusal {
    /// Nobody started the plan, or it has ended.
    #[error("the plan is not running")]
    NotRunning,
    /// It runs already.
    #[error("the plan is running")]
    Running,
    /// Another plan is meant.
    #[error("this is the plan `{plan}`")]
    OtherPlan {
        /// The plan at hand.
        plan: String,
    },
    /// No such step, or it is not called at this response level.
    #[error("the plan calls for no step `{step}` at this response level")]
    NoStep {
        /// The step.
        step: String,
    },
    /// Somebody was faster.
    #[error("`{step}` was ticked by {by}")]
    Marked {
        /// The step.
        step: String,
        /// Who ticked it.
        by: String,
    },
    /// There is nothing to take back.
    #[error("`{step}` is not ticked")]
    NotMarked {
        /// The step.
        step: String,
    },
    /// The step counts as done only with evidence.
    #[error("`{step}` needs a photo, a recording or a document")]
    NeedsEvidence {
        /// The step.
        step: String,
    },
    /// A reason has to be given.
    #[error("a reason has to be given")]
    NeedsReason,
    /// Others do that.
    #[error("only {role} may do that")]
    NotYours {
        /// The role that may.
        role: String,
    },
    /// The plan has no such response level, or it holds already.
    #[error("the response level cannot be set to `{}`", .response.as_str())]
    NoResponse {
        /// The level.
        response: Response,
    },
    /// The plan has no such message.
    #[error("the plan has no message `{message}`")]
    NoMessage {
        /// The message.
        message: String,
    },
    /// Too many acts, or an act too long.
    #[error("more than {MOST_ACTS} acts, or a text longer than {MOST_NOTE_BYTES} bytes")]
    TooMuch,
}

/// What a tick means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// Done.
    Done,
    /// Left out, with the reason in the note.
    Skipped,
}

/// A tick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepMark {
    /// What it means.
    pub kind: MarkKind,
    /// When.
    pub at: UtcMillis,
    /// Who.
    pub by: String,
    /// More about it.
    pub note: String,
    /// References of evidence.
    pub evidence: Vec<String>,
}

/// A step as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepState<'p> {
    /// The step.
    pub step: &'p PlanStep,
    /// Its tick.
    pub mark: Option<&'p StepMark>,
    /// True when the response level calls for it.
    pub is_called: bool,
    /// When it has to be done; `None` without a timer or before the timer starts.
    pub due: Option<UtcMillis>,
    /// True when it is called, and neither done nor left out in time.
    pub is_overdue: bool,
}

/// How far a run has come; steps that are not called do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Steps that are called for.
    pub steps: usize,
    /// Of them done.
    pub done: usize,
    /// Of them left out.
    pub skipped: usize,
    /// Of them overdue and still to do.
    pub overdue: usize,
}

/// A response level that somebody ordered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseSet {
    /// The level.
    pub response: Response,
    /// Since when.
    pub at: UtcMillis,
    /// Who ordered it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A message that went out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentMessage {
    /// The message's identity in the plan.
    pub message: String,
    /// The text as it went out.
    pub text: String,
    /// To whom.
    pub to: Vec<String>,
    /// When.
    pub at: UtcMillis,
    /// Who sent it.
    pub by: String,
}

/// What the acts amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Folded {
    started: Option<(UtcMillis, String)>,
    stopped: Option<(UtcMillis, String)>,
    marks: BTreeMap<String, StepMark>,
    responses: Vec<ResponseSet>,
    messages: Vec<SentMessage>,
}

/// A plan at work for one event.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanRun {
    plan: Arc<Plan>,
    event: EventId,
    journal: Journal<PlanAct>,
    now: Folded,
}

impl PlanRun {
    /// `plan` for `event`, not yet started.
    pub fn new(plan: Arc<Plan>, event: EventId) -> Self {
        Self {
            plan,
            event,
            journal: Journal::new(MOST_ACTS),
            now: Folded::default(),
        }
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The event that it is for.
    pub fn event(&self) -> &EventId {
        &self.event
    }

    /// Takes an act that happened. True when it is kept; what was there stays.
    pub fn apply(&mut self, stamp: &Stamp, act: PlanAct) -> bool {
        if !self.journal.insert(stamp, act) {
            return false;
        }
        self.now = folded(&self.journal);
        true
    }

    /// Whether somebody with `roles` may do `act` now.
    pub fn allowed(&self, roles: &[&str], act: &PlanAct) -> Result<(), PlanRefusal> {
        if self.journal.is_full() || act.longest() > MOST_NOTE_BYTES {
            return Err(PlanRefusal::TooMuch);
        }
        if !matches!(act, PlanAct::Start { .. }) && !self.is_running() {
            return Err(PlanRefusal::NotRunning);
        }
        match act {
            PlanAct::Start { plan } => self.may_start(roles, plan),
            PlanAct::Tick { step, evidence, .. } => self.may_tick(roles, step, evidence),
            PlanAct::Skip { step, reason } => self.may_skip(roles, step, reason),
            PlanAct::Untick { step, reason } => self.may_untick(roles, step, reason),
            PlanAct::Respond { response, reason } => self.may_respond(roles, *response, reason),
            PlanAct::Send { message, .. } => {
                if self.plan.message(message).is_none() {
                    let message = message.clone();
                    return Err(PlanRefusal::NoMessage { message });
                }
                needs_oversight(roles)
            }
            PlanAct::Stop { reason } => {
                needs_reason(reason)?;
                needs_oversight(roles)
            }
        }
    }

    /// True while it is started and not ended.
    pub fn is_running(&self) -> bool {
        self.now.started.is_some() && self.now.stopped.is_none()
    }

    /// When it was started, and by whom.
    pub fn started(&self) -> Option<(UtcMillis, &str)> {
        let (at, by) = self.now.started.as_ref()?;
        Some((*at, by.as_str()))
    }

    /// When it was ended, and by whom.
    pub fn stopped(&self) -> Option<(UtcMillis, &str)> {
        let (at, by) = self.now.stopped.as_ref()?;
        Some((*at, by.as_str()))
    }

    /// The response level that holds; before anybody ordered one, none.
    pub fn response(&self) -> Option<&ResponseSet> {
        self.now.responses.last()
    }

    /// Every response level that was ordered, the earliest first.
    pub fn responses(&self) -> &[ResponseSet] {
        &self.now.responses
    }

    /// Messages that went out, the earliest first.
    pub fn messages(&self) -> &[SentMessage] {
        &self.now.messages
    }

    /// Acts that had no room.
    pub fn left_out(&self) -> u64 {
        self.journal.left_out()
    }

    /// Ticks of steps that the plan does not have: it was changed while it ran.
    pub fn strange_ticks(&self) -> usize {
        let marks = self.now.marks.keys();
        marks.filter(|step| self.plan.step(step).is_none()).count()
    }

    /// Every step as it stands at `now`, in the plan's order.
    pub fn steps(&self, now: UtcMillis) -> Vec<StepState<'_>> {
        let holding = self.holding();
        let steps = self.plan.steps.iter().map(|step| {
            let mark = self.now.marks.get(&step.id);
            let is_called = step.from <= holding;
            let due = self.due(step);
            StepState {
                step,
                mark,
                is_called,
                due,
                is_overdue: is_called
                    && mark.is_none()
                    && self.is_running()
                    && due.is_some_and(|due| now > due),
            }
        });
        steps.collect()
    }

    /// How far it has come at `now`.
    pub fn progress(&self, now: UtcMillis) -> Progress {
        let mut progress = Progress::default();
        for state in self.steps(now).iter().filter(|state| state.is_called) {
            progress.steps += 1;
            match state.mark.map(|mark| mark.kind) {
                Some(MarkKind::Done) => progress.done += 1,
                Some(MarkKind::Skipped) => progress.skipped += 1,
                None => progress.overdue += usize::from(state.is_overdue),
            }
        }
        progress
    }

    /// The steps that keep the event from being closed: called for, not optional and not ticked.
    pub fn hindrances(&self, now: UtcMillis) -> Vec<&PlanStep> {
        self.steps(now)
            .into_iter()
            .filter(|state| state.is_called && !state.step.is_optional && state.mark.is_none())
            .map(|state| state.step)
            .collect()
    }

    /// The references of all evidence, in the order of the steps.
    pub fn evidence(&self) -> Vec<&str> {
        let marks = self.plan.steps.iter();
        let marks = marks.filter_map(|step| self.now.marks.get(&step.id));
        marks
            .flat_map(|mark| mark.evidence.iter().map(String::as_str))
            .collect()
    }

    /// The level that steps are called at: the lowest one until somebody orders another.
    fn holding(&self) -> Response {
        self.response().map(|set| set.response).unwrap_or_default()
    }

    fn due(&self, step: &PlanStep) -> Option<UtcMillis> {
        let within = step.within_s?;
        let called = self.called(step.from)?;
        let from = match &step.after {
            Some(after) => called.max(self.now.marks.get(after)?.at),
            None => called,
        };
        Some(from.plus_seconds(f64::from(within)))
    }

    /// Since when the steps of `from` are called, without a break; `None` while they are not.
    fn called(&self, from: Response) -> Option<UtcMillis> {
        let (started, _) = self.now.started.as_ref()?;
        let mut since = (from <= Response::default()).then_some(*started);
        for set in &self.now.responses {
            let is_called = from <= set.response;
            since = is_called.then(|| since.unwrap_or(set.at));
        }
        since
    }

    fn may_start(&self, roles: &[&str], plan: &str) -> Result<(), PlanRefusal> {
        if self.is_running() {
            return Err(PlanRefusal::Running);
        }
        if plan != self.plan.id {
            let plan = self.plan.id.clone();
            return Err(PlanRefusal::OtherPlan { plan });
        }
        needs_oversight(roles)
    }

    /// The step called `id`, if it is called for and somebody with `roles` may tick it.
    fn ticked_by(&self, roles: &[&str], id: &str) -> Result<&PlanStep, PlanRefusal> {
        let holding = self.holding();
        let step = self.plan.step(id).filter(|step| step.from <= holding);
        let step = step.ok_or_else(|| PlanRefusal::NoStep {
            step: id.to_owned(),
        })?;
        if roles.contains(&step.role.as_str()) || needs_oversight(roles).is_ok() {
            return Ok(step);
        }
        Err(PlanRefusal::NotYours {
            role: step.role.clone(),
        })
    }

    fn is_unmarked(&self, step: &str) -> Result<(), PlanRefusal> {
        match self.now.marks.get(step) {
            Some(mark) => Err(PlanRefusal::Marked {
                step: step.to_owned(),
                by: mark.by.clone(),
            }),
            None => Ok(()),
        }
    }

    fn may_tick(&self, roles: &[&str], id: &str, evidence: &[String]) -> Result<(), PlanRefusal> {
        let step = self.ticked_by(roles, id)?;
        self.is_unmarked(id)?;
        if evidence.len() > MOST_EVIDENCE {
            return Err(PlanRefusal::TooMuch);
        }
        if step.needs_evidence && evidence.iter().all(String::is_empty) {
            let step = id.to_owned();
            return Err(PlanRefusal::NeedsEvidence { step });
        }
        Ok(())
    }

    fn may_skip(&self, roles: &[&str], id: &str, reason: &str) -> Result<(), PlanRefusal> {
        let step = self.ticked_by(roles, id)?;
        self.is_unmarked(id)?;
        needs_reason(reason)?;
        // A step that has to be done is left out only by somebody who answers for the whole.
        if step.is_optional {
            Ok(())
        } else {
            needs_oversight(roles)
        }
    }

    fn may_untick(&self, roles: &[&str], id: &str, reason: &str) -> Result<(), PlanRefusal> {
        self.ticked_by(roles, id)?;
        if !self.now.marks.contains_key(id) {
            let step = id.to_owned();
            return Err(PlanRefusal::NotMarked { step });
        }
        needs_reason(reason)
    }

    fn may_respond(
        &self,
        roles: &[&str],
        response: Response,
        reason: &str,
    ) -> Result<(), PlanRefusal> {
        let holds = self.response().map(|set| set.response);
        let Some(level) = self
            .plan
            .level(response)
            .filter(|_| holds != Some(response))
        else {
            return Err(PlanRefusal::NoResponse { response });
        };
        needs_reason(reason)?;
        if roles.contains(&level.by.as_str()) || roles.contains(&HIGHEST) {
            return Ok(());
        }
        Err(PlanRefusal::NotYours {
            role: level.by.clone(),
        })
    }
}

fn needs_reason(reason: &str) -> Result<(), PlanRefusal> {
    if reason.trim().is_empty() {
        return Err(PlanRefusal::NeedsReason);
    }
    Ok(())
}

fn needs_oversight(roles: &[&str]) -> Result<(), PlanRefusal> {
    if roles.iter().any(|role| OVERSIGHT.contains(role)) {
        return Ok(());
    }
    Err(PlanRefusal::NotYours {
        role: OVERSIGHT.join(", "),
    })
}

fn folded(journal: &Journal<PlanAct>) -> Folded {
    let mut now = Folded::default();
    for noted in journal.iter() {
        let (at, by) = (noted.stamp.at, noted.stamp.by.clone());
        match noted.act.clone() {
            PlanAct::Start { .. } => {
                // Started again after it had ended, it goes on with what was ticked.
                now.started.get_or_insert((at, by));
                now.stopped = None;
            }
            PlanAct::Stop { .. } => now.stopped = Some((at, by)),
            PlanAct::Tick {
                step,
                note,
                evidence,
            } => {
                now.marks.entry(step).or_insert(StepMark {
                    kind: MarkKind::Done,
                    at,
                    by,
                    note,
                    evidence,
                });
            }
            PlanAct::Skip { step, reason } => {
                now.marks.entry(step).or_insert(StepMark {
                    kind: MarkKind::Skipped,
                    at,
                    by,
                    note: reason,
                    evidence: Vec::new(),
                });
            }
            PlanAct::Untick { step, .. } => {
                now.marks.remove(&step);
            }
            PlanAct::Respond { response, reason } => now.responses.push(ResponseSet {
                response,
                at,
                by,
                reason,
            }),
            PlanAct::Send { message, text, to } => now.messages.push(SentMessage {
                message,
                text,
                to,
                at,
                by,
            }),
        }
    }
    now
}

#[cfg(test)]
mod tests;
