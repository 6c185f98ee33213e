//! What each step does to a case: stages by the table of moves, the rest here.

use super::{
    act::{Act, Step},
    parts::{Attachment, Report},
    state::{
        Assignment, CaseReport, CaseState, Comment, Extension, Handling, Rating, Urge, Verification,
    },
};
use crate::{
    deadline::{Phase, PhaseClock},
    flow::{Move, Stage, next},
};
use cim_model::{EventId, UtcMillis};

/// The clocks of somebody who was given a case.
const HANDLERS: [Phase; 3] = [Phase::Receive, Phase::Arrive, Phase::Handle];

impl CaseState {
    /// Takes one step; steps come in order. False when it was not possible, or changes nothing.
    pub(super) fn take(&mut self, step: &Step) -> bool {
        // A second first report, from a desk that did not know of the case, is one more report.
        let movement = match step.movement() {
            Move::Report if self.stage != Stage::Unreported => Move::Join,
            movement => movement,
        };
        let Some(to) = next(self.stage, movement, self.former) else {
            return false;
        };
        let is_changed = if movement == Move::Join {
            self.join(step)
        } else {
            self.take_act(step)
        };
        if is_changed && to != self.stage {
            if matches!(to, Stage::Suspended | Stage::Merged) {
                self.former = self.stage;
            }
            self.stage = to;
            self.keep_waiting_stopped(step.at);
        }
        is_changed
    }

    /// True when `step` would change anything.
    pub(crate) fn would_change(&self, step: &Step) -> bool {
        self.clone().take(step)
    }

    fn take_act(&mut self, step: &Step) -> bool {
        let at = step.at;
        match &step.body.act {
            Act::Report(report) => self.begin(report, step),
            Act::Register { category } => {
                self.registered_at = Some(at);
                if !category.is_empty() {
                    self.category.clone_from(category);
                }
            }
            Act::Return { .. } => {
                self.returns += 1;
                self.go_round(at);
            }
            Act::Reopen { .. } => {
                self.reopenings += 1;
                self.closed_at = None;
                self.go_round(at);
            }
            Act::Extend { minutes, reason } => self.extend(step, *minutes, reason),
            Act::Suspend { .. } => self.stop_clocks(at),
            Act::Resume {} => self.restart_clocks(at),
            Act::Merge { into } => {
                self.merged_into = Some(into.clone());
                self.stop_clocks(at);
            }
            Act::Unmerge { .. } => {
                self.merged_into = None;
                self.restart_clocks(at);
            }
            Act::Close { .. } | Act::Cancel { .. } => {
                self.closed_at = Some(at);
                self.end(Phase::Rate, at);
                self.clocks.retain(|_, clock| clock.ended_at.is_some());
            }
            Act::Archive { .. } => {}
            act @ (Act::SplitOff { .. }
            | Act::SetParent { .. }
            | Act::Attach(_)
            | Act::Link(_)
            | Act::Unlink(_)
            | Act::SetLevel { .. }
            | Act::SetCategory { .. }) => return self.change(act),
            act => self.take_work(act, step),
        }
        true
    }

    /// What those who handle it do, and what is said of their work.
    fn take_work(&mut self, act: &Act, step: &Step) {
        let at = step.at;
        let by = || step.author.clone();
        match act {
            Act::Assign { party, note } => {
                self.assign(at);
                self.assignment = Some(Assignment {
                    party: party.clone(),
                    at,
                    by: by(),
                    note: note.clone(),
                    received: None,
                });
            }
            Act::Receive {} => {
                self.received_at = Some(at);
                self.first_received_at.get_or_insert(at);
                self.end(Phase::Receive, at);
                if let Some(assignment) = &mut self.assignment {
                    assignment.received = Some((at, by()));
                }
            }
            Act::Arrive { text } => {
                self.arrived_at.get_or_insert(at);
                self.end(Phase::Arrive, at);
                self.remark(step, text);
            }
            Act::Handle { text } => {
                self.handled_at = Some(at);
                self.end(Phase::Arrive, at);
                self.start(Phase::Verify, at);
                self.handling = Some(Handling {
                    at,
                    by: by(),
                    text: text.clone(),
                });
            }
            Act::Verify { text } => self.verify(step, text),
            Act::SendBack { reason } => self.send_back(step, reason),
            Act::Rate { score, text } => {
                self.rated_at = Some(at);
                self.end(Phase::Rate, at);
                self.rating = Some(Rating {
                    score: *score,
                    text: text.clone(),
                    at,
                    by: by(),
                });
            }
            Act::Urge { text, rung } => self.urges.push(Urge {
                at,
                by: by(),
                role: step.body.role.clone(),
                text: text.clone(),
                rung: *rung,
            }),
            Act::Comment { text } => self.remark(step, text),
            _ => {}
        }
    }

    /// What is known of it changes; false when it was so already.
    fn change(&mut self, act: &Act) -> bool {
        match act {
            Act::SplitOff { report, into } => self.split_off(report, into),
            Act::SetParent { parent } => replace(&mut self.parent, parent),
            Act::Attach(file) => self.attach(file),
            Act::Link(link) => self.links.insert(link.clone()),
            Act::Unlink(link) => self.links.remove(link),
            Act::SetLevel { level, .. } => replace(&mut self.level, level),
            Act::SetCategory { category } => replace(&mut self.category, category),
            _ => false,
        }
    }

    fn begin(&mut self, report: &Report, step: &Step) {
        self.title.clone_from(&report.title);
        self.description.clone_from(&report.text);
        self.category.clone_from(&report.category);
        self.source.clone_from(&report.source);
        self.level = report.level;
        self.standing = report.standing;
        self.place = report.place;
        self.happened_at = report.happened_at;
        self.reported_at = Some(step.at);
        self.links.extend(report.links.iter().cloned());
        self.keep(report, step);
        self.start(Phase::Assign, step.at);
    }

    fn join(&mut self, step: &Step) -> bool {
        let (Act::Report(report) | Act::Join(report)) = &step.body.act else {
            return false;
        };
        if self
            .reports
            .iter()
            .any(|known| known.report.id == report.id)
        {
            return false;
        }
        if self.place.is_none() {
            self.place = report.place;
        }
        // One real report makes it real: nothing that happened may pass for an exercise.
        if report.standing.is_real() {
            self.standing = report.standing;
        }
        self.links.extend(report.links.iter().cloned());
        self.keep(report, step);
        true
    }

    fn keep(&mut self, report: &Report, step: &Step) {
        self.reports.push(CaseReport {
            report: report.clone(),
            at: step.at,
            by: step.author.clone(),
            moved_to: None,
        });
    }

    fn split_off(&mut self, report: &str, into: &EventId) -> bool {
        let is_last = self.own_reports().count() < 2;
        let found = self
            .reports
            .iter_mut()
            .find(|known| known.report.id == report && known.moved_to.is_none());
        match found {
            Some(known) if !is_last => {
                known.moved_to = Some(into.clone());
                true
            }
            _ => false,
        }
    }

    fn attach(&mut self, file: &Attachment) -> bool {
        let is_known = self.attachments.iter().any(|known| known.id == file.id);
        if !is_known {
            self.attachments.push(file.clone());
        }
        !is_known
    }

    fn remark(&mut self, step: &Step, text: &str) {
        if !text.is_empty() {
            self.comments.push(Comment {
                at: step.at,
                by: step.author.clone(),
                text: text.to_owned(),
            });
        }
    }

    fn extend(&mut self, step: &Step, minutes: u32, reason: &str) {
        if let Some(clock) = self.clocks.get_mut(&Phase::Handle) {
            clock.extra_minutes = clock.extra_minutes.saturating_add(minutes);
        }
        self.extensions.push(Extension {
            at: step.at,
            by: step.author.clone(),
            minutes,
            reason: reason.to_owned(),
        });
    }

    fn assign(&mut self, at: UtcMillis) {
        self.assigned_at = Some(at);
        self.first_assigned_at.get_or_insert(at);
        self.received_at = None;
        self.arrived_at = None;
        self.end(Phase::Assign, at);
        for phase in HANDLERS {
            self.start(phase, at);
        }
    }

    fn verify(&mut self, step: &Step, text: &str) {
        let at = step.at;
        self.verified_at = Some(at);
        self.end(Phase::Verify, at);
        self.end(Phase::Handle, at);
        self.start(Phase::Rate, at);
        self.verification = Some(Verification {
            at,
            by: step.author.clone(),
            text: text.to_owned(),
            is_passed: true,
        });
    }

    fn send_back(&mut self, step: &Step, reason: &str) {
        self.send_backs += 1;
        self.handled_at = None;
        self.end(Phase::Verify, step.at);
        // Who says too early that it is handled gains no time but the wait.
        if let Some(clock) = self.clocks.get_mut(&Phase::Handle) {
            clock.go(step.at);
        }
        self.verification = Some(Verification {
            at: step.at,
            by: step.author.clone(),
            text: reason.to_owned(),
            is_passed: false,
        });
    }

    /// It waits for somebody to take it once more.
    fn go_round(&mut self, at: UtcMillis) {
        self.assignment = None;
        self.handling = None;
        self.verification = None;
        self.rating = None;
        for moment in [
            &mut self.assigned_at,
            &mut self.received_at,
            &mut self.arrived_at,
            &mut self.handled_at,
            &mut self.verified_at,
            &mut self.rated_at,
        ] {
            *moment = None;
        }
        for (phase, clock) in std::mem::take(&mut self.clocks) {
            self.put_away(phase, clock);
        }
        self.start(Phase::Assign, at);
    }

    fn start(&mut self, phase: Phase, at: UtcMillis) {
        if let Some(before) = self.clocks.insert(phase, PhaseClock::new(at)) {
            self.put_away(phase, before);
        }
    }

    fn put_away(&mut self, phase: Phase, clock: PhaseClock) {
        if clock.ended_at.is_some() {
            self.past_clocks.push((phase, clock));
        }
    }

    fn end(&mut self, phase: Phase, at: UtcMillis) {
        if let Some(clock) = self.clocks.get_mut(&phase) {
            clock.end(at);
        }
    }

    fn stop_clocks(&mut self, at: UtcMillis) {
        for clock in self.clocks.values_mut() {
            clock.stop(at);
        }
    }

    fn restart_clocks(&mut self, at: UtcMillis) {
        for clock in self.clocks.values_mut() {
            clock.go(at);
        }
    }

    /// While it waits to be verified, the time for handling stands still.
    fn keep_waiting_stopped(&mut self, at: UtcMillis) {
        if self.stage == Stage::Handled
            && let Some(clock) = self.clocks.get_mut(&Phase::Handle)
        {
            clock.stop(at);
        }
    }
}

/// Puts `by` in the place of `what`; false when it is the same.
fn replace<T: Clone + PartialEq>(what: &mut T, by: &T) -> bool {
    let is_other = *what != *by;
    what.clone_from(by);
    is_other
}
