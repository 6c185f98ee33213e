//! What was done about a case with plans, dispatches, broadcasts and pictures: for its page, and for paper.

use super::{
    Plans,
    file::{CaseFile, Done, What},
    told::BROADCAST,
    words::channel_word,
};
use crate::{
    texts::text,
    wire::{CaseEntryDto, CaseEntryKindDto},
};
use cim_event::{
    dispatch::DispatchAct,
    plan::{Plan, PlanAct, PlanRun},
};
use cim_model::{EventId, Outline, UtcMillis};

/// What an entry says beside who did what when.
#[derive(Default)]
struct Said {
    text: String,
    reason: String,
    about: String,
    figure: Option<f64>,
}

impl Plans {
    /// What was done about a case with plans, dispatches, broadcasts and its picture, oldest first.
    pub(crate) fn timeline_of(&self, case: &EventId, language: &str) -> Vec<CaseEntryDto> {
        let file = self.file(case);
        let mut plan: Option<&Plan> = None;
        let mut entries = Vec::new();
        for (at, id, done) in file.into_iter().flat_map(CaseFile::acts) {
            if let What::Plan(PlanAct::Start { plan: started }) = &done.what {
                plan = self.shelf().plan(started).map(|one| one.plan.as_ref());
            }
            let (kind, verb, said) = self.said(done, plan, language);
            entries.push(CaseEntryDto {
                id: id.to_owned(),
                kind,
                verb: verb.to_owned(),
                at: at.0,
                known_at: done.known_at.0,
                by: done.by.clone(),
                role: String::new(),
                text: said.text,
                reason: said.reason,
                about: said.about,
                figure: said.figure,
                has_effect: true,
                is_unsynced: false,
            });
        }
        entries
    }

    /// The action card of a case's plan with what was done, for paper; `None` where no plan was started, or no pack has it.
    /// `say` gives the text of a key.
    pub(crate) fn outline_of(
        &self,
        case: &EventId,
        now: UtcMillis,
        language: &str,
        say: &dyn Fn(&str) -> String,
    ) -> Option<Outline> {
        let run: &PlanRun = self.run_of(case)?;
        Some(run.outline(now, language, say))
    }

    fn said(
        &self,
        done: &Done,
        plan: Option<&Plan>,
        language: &str,
    ) -> (CaseEntryKindDto, &'static str, Said) {
        match &done.what {
            What::Plan(act) => (
                CaseEntryKindDto::Plan,
                act.verb(),
                said_of_plan(act, plan, language),
            ),
            What::Dispatch(act) => (
                CaseEntryKindDto::Dispatch,
                act.verb(),
                self.said_of_dispatch(act),
            ),
            What::Broadcast(sent) => {
                let word = channel_word(sent.channel);
                let channel = text(language, &format!("channel.{word}"));
                let said = Said {
                    text: sent.text.clone(),
                    about: channel.unwrap_or_else(|| word.to_owned()),
                    figure: Some(sent.reached.values().copied().map(f64::from).sum()),
                    ..Said::default()
                };
                (CaseEntryKindDto::Dispatch, BROADCAST, said)
            }
            What::Drawn { verb, label } => {
                let said = Said {
                    about: label.clone(),
                    ..Said::default()
                };
                (CaseEntryKindDto::Picture, *verb, said)
            }
        }
    }

    fn said_of_dispatch(&self, act: &DispatchAct) -> Said {
        match act {
            DispatchAct::Send { to, task, .. } => Said {
                text: task.clone(),
                about: to.name.clone(),
                ..Said::default()
            },
            DispatchAct::Step {
                assignment, note, ..
            } => {
                let sent = self.assignments().get(assignment);
                Said {
                    text: note.clone(),
                    about: sent.map_or_else(String::new, |sent| sent.to.name.clone()),
                    ..Said::default()
                }
            }
        }
    }
}

fn said_of_plan(act: &PlanAct, plan: Option<&Plan>, language: &str) -> Said {
    let step_text = |step: &str| {
        let found = plan.and_then(|plan| plan.step(step));
        found.map_or_else(
            || step.to_owned(),
            |step| step.text.in_language(language).to_owned(),
        )
    };
    match act {
        PlanAct::Start { plan: id } => Said {
            about: plan.map_or_else(
                || id.clone(),
                |plan| plan.name.in_language(language).to_owned(),
            ),
            ..Said::default()
        },
        PlanAct::Tick { step, note, .. } => Said {
            text: note.clone(),
            about: step_text(step),
            ..Said::default()
        },
        PlanAct::Skip { step, reason } | PlanAct::Untick { step, reason } => Said {
            reason: reason.clone(),
            about: step_text(step),
            ..Said::default()
        },
        PlanAct::Respond { response, reason } => {
            let word = response.as_str();
            let name = text(language, &format!("response.{word}"));
            Said {
                reason: reason.clone(),
                about: name.unwrap_or_else(|| word.to_owned()),
                ..Said::default()
            }
        }
        PlanAct::Send { message, text, .. } => {
            let template = plan.and_then(|plan| plan.message(message));
            Said {
                text: text.clone(),
                about: template.map_or_else(
                    || message.clone(),
                    |one| one.name.in_language(language).to_owned(),
                ),
                ..Said::default()
            }
        }
        PlanAct::Stop { reason } => Said {
            reason: reason.clone(),
            ..Said::default()
        },
    }
}
