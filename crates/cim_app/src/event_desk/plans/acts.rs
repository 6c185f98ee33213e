//! What people do with plans, dispatches, broadcasts and pictures: each act is told as a fact, or refused with a reason.

use super::{
    Plans,
    about::CaseAbout,
    file::CaseFile,
    reach::{reach_of, reached_counts},
    told::{Broadcast, Told},
    view::closed,
    words::{of_dispatch, of_plan, party_of, refusal, step_of},
};
use crate::{
    error::AppError,
    layers::Force,
    live::Live,
    wire::{BroadcastDraftDto, DeskRefusalDto, DispatchDraftDto, DispatchStepDto, ReachKindDto},
};
use cim_event::{
    dispatch::{DispatchAct, DispatchRefusal, MOST_PICTURE_ACTS, PictureAct},
    plan::{MOST_NOTE_BYTES, OVERSIGHT, PlanAct, PlanRefusal, PlanRun},
};
use cim_model::UtcMillis;
use cim_store::Fact;
use std::{collections::BTreeMap, sync::Arc};

/// The fact that tells of an act, or why it was refused.
pub(crate) type Acted = Result<Fact, DeskRefusalDto>;

/// The longest that somebody has to answer, seconds: a day.
const LONGEST_ANSWER_S: u32 = 86_400;
/// A message is written down as sent to so many at most.
const MOST_RECIPIENTS: usize = 200;

impl Plans {
    /// Why somebody in `role` may not do `act` with the plan of a case; `None` when they may.
    pub(super) fn refused(
        &self,
        about: &CaseAbout,
        role: &str,
        act: &PlanAct,
    ) -> Option<DeskRefusalDto> {
        let file = self.file(&about.id);
        if file.is_some_and(CaseFile::is_full) {
            return Some(of_plan(&PlanRefusal::TooMuch));
        }
        let PlanAct::Start { plan } = act else {
            let current = file.and_then(CaseFile::current);
            let Some(current) = current else {
                return Some(of_plan(&PlanRefusal::NotRunning));
            };
            let Some(run) = &current.folded else {
                return Some(missing(&current.plan));
            };
            return refused_by(run, role, act);
        };
        if !about.is_open {
            return Some(closed());
        }
        if file.is_some_and(CaseFile::is_running) {
            return Some(of_plan(&PlanRefusal::Running));
        }
        let Some(shelved) = self.shelf().plan(plan) else {
            return Some(missing(plan));
        };
        let fresh;
        let run = if let Some(run) = file.and_then(|file| file.run_of(plan)) {
            run
        } else {
            fresh = PlanRun::new(Arc::clone(&shelved.plan), about.id.clone());
            &fresh
        };
        refused_by(run, role, act)
    }

    /// When `author` may do the next thing about a case.
    fn next_at(&self, about: &CaseAbout, author: &str, now: UtcMillis) -> UtcMillis {
        self.file(&about.id)
            .map_or(now, |file| file.next_at(author, now))
    }
}

impl Live {
    /// Does something with the plan of a case.
    pub(crate) fn act_on_plan(
        &mut self,
        about: &CaseAbout,
        act: PlanAct,
        now: UtcMillis,
    ) -> Result<Acted, AppError> {
        let role = self.event_desk.actor().role;
        if let PlanAct::Send { to, .. } = &act
            && (to.len() > MOST_RECIPIENTS || to.iter().any(|one| one.len() > MOST_NOTE_BYTES))
        {
            return Ok(Err(of_plan(&PlanRefusal::TooMuch)));
        }
        match self.event_desk.plans.refused(about, &role, &act) {
            Some(refused) => Ok(Err(refused)),
            None => self.tell(about, &Told::Plan(act), now).map(Ok),
        }
    }

    /// Sends somebody. The assignment's identity with the fact.
    pub(crate) fn dispatch(
        &mut self,
        about: &CaseAbout,
        draft: &DispatchDraftDto,
        now: UtcMillis,
    ) -> Result<Result<String, DeskRefusalDto>, AppError> {
        let actor = self.event_desk.actor();
        let plans = &self.event_desk.plans;
        let at = plans.next_at(about, &actor.name, now);
        if !about.is_open {
            return Ok(Err(closed()));
        }
        let to = party_of(&draft.to);
        if to.id.is_empty() || to.id.len() > MOST_NOTE_BYTES || to.name.len() > MOST_NOTE_BYTES {
            return Ok(Err(refusal("dispatch.no_party", "somebody has to be sent")));
        }
        let id = format!("{}#{}#{}", about.id, actor.name, at.0);
        let act = DispatchAct::Send {
            assignment: id.clone(),
            event: about.id.clone(),
            to,
            task: draft.task.clone(),
            answer_within_s: draft.answer_within_s.clamp(1, LONGEST_ANSWER_S),
        };
        let allowed = plans
            .assignments()
            .allowed(&[actor.role.as_str()], &[], &act);
        if let Err(refused) = allowed {
            return Ok(Err(of_dispatch(&refused)));
        }
        self.tell(about, &Told::Dispatch(act), now)?;
        Ok(Ok(id))
    }

    /// Writes down what happens to an assignment.
    pub(crate) fn step_dispatch(
        &mut self,
        about: &CaseAbout,
        (id, step, note): (&str, DispatchStepDto, &str),
        now: UtcMillis,
    ) -> Result<Acted, AppError> {
        let actor = self.event_desk.actor();
        let act = DispatchAct::Step {
            assignment: id.to_owned(),
            step: step_of(step),
            note: note.to_owned(),
        };
        let mine: Vec<&str> = actor.party.iter().map(String::as_str).collect();
        let all = self.event_desk.plans.assignments();
        let allowed = all.allowed(&[actor.role.as_str()], &mine, &act);
        match allowed {
            Err(refused) => Ok(Err(of_dispatch(&refused))),
            Ok(()) => self.tell(about, &Told::Dispatch(act), now).map(Ok),
        }
    }

    /// Writes down that everybody within an area is told something; and, when it is a message of the running plan, that it
    /// went out.
    pub(crate) fn broadcast(
        &mut self,
        about: &CaseAbout,
        draft: &BroadcastDraftDto,
        (forces, now): (&[Force], UtcMillis),
    ) -> Result<Acted, AppError> {
        let role = self.event_desk.actor().role;
        let plans = &self.event_desk.plans;
        if let Some(refused) = broadcast_refused(plans, about, &role, draft) {
            return Ok(Err(refused));
        }
        let (area, found) = match reach_of(self, plans, forces, (&draft.area, now)) {
            Ok(found) => found,
            Err(refused) => return Ok(Err(refused)),
        };
        let reached = reached_counts(&found);
        let to = recipients(&reached);
        let sent = Broadcast {
            area,
            channel: draft.channel,
            text: draft.text.clone(),
            message: draft.message.clone(),
            reached,
        };
        let fact = self.tell(about, &Told::Broadcast(sent), now)?;
        if !draft.message.is_empty() {
            let act = PlanAct::Send {
                message: draft.message.clone(),
                text: draft.text.clone(),
                to,
            };
            self.tell(about, &Told::Plan(act), now)?;
        }
        Ok(Ok(fact))
    }

    /// Draws on the picture of a case.
    pub(crate) fn draw(
        &mut self,
        about: &CaseAbout,
        act: PictureAct,
        now: UtcMillis,
    ) -> Result<Acted, AppError> {
        let file = self.event_desk.plans.file(&about.id);
        let acts = file.map_or(0, |file| file.picture().version());
        if acts >= MOST_PICTURE_ACTS as u64 || file.is_some_and(CaseFile::is_full) {
            return Ok(Err(refusal(
                "picture.too_much",
                "the picture has no room for more acts",
            )));
        }
        if let PictureAct::Remove { mark } = &act {
            let mut marks = file.into_iter().flat_map(|file| file.picture().marks());
            if !marks.any(|one| one.id == *mark) {
                return Ok(Err(refusal("picture.unknown", "there is no such mark")));
            }
        }
        self.tell(about, &Told::Picture(act), now).map(Ok)
    }

    /// Takes back, or does again, what whoever sits here drew last.
    pub(crate) fn undo_drawing(
        &mut self,
        about: &CaseAbout,
        is_again: bool,
        now: UtcMillis,
    ) -> Result<Acted, AppError> {
        let name = self.event_desk.actor().name;
        let file = self.event_desk.plans.file(&about.id);
        let picture = file.map(CaseFile::picture);
        let what = picture.and_then(|picture| {
            if is_again {
                picture.redoable(&name)
            } else {
                picture.undoable(&name)
            }
        });
        match what.map(str::to_owned) {
            Some(what) => self.draw(about, PictureAct::Undo { what }, now),
            None => Ok(Err(refusal(
                "picture.nothing",
                "nothing of one's own is left to take back or do again",
            ))),
        }
    }

    /// Tells an act as a fact in the name of whoever sits here.
    fn tell(&mut self, about: &CaseAbout, told: &Told, now: UtcMillis) -> Result<Fact, AppError> {
        let author = self.event_desk.actor().name;
        let at = self.event_desk.plans.next_at(about, &author, now);
        let act = told.act(&about.id, &author, at)?;
        self.tell_act(&act, now)
    }
}

/// Why a broadcast is refused, whatever its area; `None` when it is not.
fn broadcast_refused(
    plans: &Plans,
    about: &CaseAbout,
    role: &str,
    draft: &BroadcastDraftDto,
) -> Option<DeskRefusalDto> {
    if !about.is_open {
        return Some(closed());
    }
    if !OVERSIGHT.contains(&role) {
        let refused = DispatchRefusal::NotYours(OVERSIGHT.join(", "));
        return Some(of_dispatch(&refused));
    }
    if draft.text.trim().is_empty() {
        return Some(refusal("broadcast.no_text", "a broadcast needs words"));
    }
    if draft.text.len() > MOST_NOTE_BYTES {
        return Some(refusal(
            "broadcast.too_long",
            format!("a broadcast has at most {MOST_NOTE_BYTES} bytes"),
        ));
    }
    if draft.message.is_empty() {
        return None;
    }
    let send = PlanAct::Send {
        message: draft.message.clone(),
        text: draft.text.clone(),
        to: Vec::new(),
    };
    plans.refused(about, role, &send)
}

fn refused_by(run: &PlanRun, role: &str, act: &PlanAct) -> Option<DeskRefusalDto> {
    run.allowed(&[role], act)
        .err()
        .map(|refused| of_plan(&refused))
}

/// Why nothing can be done with a plan that no pack has.
fn missing(plan: &str) -> DeskRefusalDto {
    DeskRefusalDto {
        what: plan.to_owned(),
        ..refusal(
            "plan.unknown",
            format!("no scene pack has the plan `{plan}`"),
        )
    }
}

/// Whom a message of a plan reached, in words that need no language: `person 12`.
fn recipients(reached: &BTreeMap<ReachKindDto, u32>) -> Vec<String> {
    let word = |kind: ReachKindDto| match kind {
        ReachKindDto::Person => "person",
        ReachKindDto::Vehicle => "vehicle",
        ReachKindDto::Resource => "resource",
        ReachKindDto::Speaker => "speaker",
        ReachKindDto::Sign => "sign",
        ReachKindDto::Camera => "camera",
    };
    let counts = reached.iter();
    counts
        .filter(|(kind, _)| **kind != ReachKindDto::Camera)
        .map(|(kind, count)| format!("{} {count}", word(*kind)))
        .collect()
}
