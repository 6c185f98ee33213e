//! The cases of the desk as time passes and facts come: what people do becomes facts, what the hub tells becomes cases, and
//! what is overdue is urged.

use super::Live;
use crate::{
    duty_desk::DutySeen,
    error::AppError,
    event_desk::{ActFact, check_body, fact_of_step, reason_word},
    exchange::{EVENT_OBJECT, fact_of_edit},
    wire::ConnectionDto,
};
use cim_event::{Act, Case, Incoming, Intake, Likeness, Move, Refusal, Report, Step};
use cim_model::{Event, EventId, UtcMillis};
use cim_store::Fact;
use cim_tiles::Problem;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A clock that is further ahead than this is wrong: nobody follows it, milliseconds.
const MOST_AHEAD_MS: i64 = 2 * 60 * 1000;

/// What a person says of the case that a report belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Joining {
    /// The desk decides.
    Any,
    /// It is one more report of this case.
    To(EventId),
    /// It is a case of its own.
    Alone,
}

/// What became of a report.
#[derive(Clone, Debug)]
pub(crate) struct TakenIn {
    /// The case that has it.
    pub(crate) case: EventId,
    /// True when the case was there before.
    pub(crate) is_joined: bool,
    /// True when the very same report was there.
    pub(crate) is_repeated: bool,
    /// Cases that it may be the same as.
    pub(crate) perhaps: Vec<(EventId, Likeness)>,
}

impl Live {
    /// Who sits here.
    pub(crate) fn operator(&self) -> &str {
        self.event_desk.operator()
    }

    /// Somebody else sits here from now on.
    pub(crate) fn set_operator(&mut self, name: &str) {
        self.event_desk.set_operator(name);
        self.changed = true;
    }

    /// Takes the plans, resources and rosters of all scene packs; says what is wrong with them.
    pub(crate) fn take_plans(&mut self) -> Vec<Problem> {
        let plans = self.layers.plan_texts();
        let rosters = self.layers.roster_texts();
        let desk = &mut self.event_desk;
        let mut problems = desk.plans.set_texts(&plans, &desk.tables);
        problems.extend(desk.duty.set_rosters(&rosters));
        problems
    }

    /// Does something to a case in the name of whoever sits here, and writes it down with the next beat. The step.
    pub(crate) fn act_on_case(
        &mut self,
        id: &EventId,
        act: Act,
        now: UtcMillis,
    ) -> Result<Step, AppError> {
        let step = self.step_allowed(id, act, self.after_newest(id, now))?;
        self.tell_step(id, step.clone(), now)?;
        Ok(step)
    }

    /// Makes a report a case of its own, and says in the case that had it which one. The step of the latter.
    pub(crate) fn split_case(
        &mut self,
        id: &EventId,
        (report, into): (&str, &EventId),
        now: UtcMillis,
    ) -> Result<Step, AppError> {
        let act = Act::SplitOff {
            report: report.to_owned(),
            into: into.clone(),
        };
        let at = self.after_newest(id, now);
        let step = self.step_allowed(id, act, at)?;
        let told = self.event_desk.case_state(id).and_then(|state| {
            let mut reports = state.own_reports();
            let found = reports.find(|told| told.report.id == report)?;
            Some(found.report.clone())
        });
        let told = told.ok_or_else(|| AppError::NotFound {
            what: "report",
            id: report.to_owned(),
        })?;
        let first = self.report_step(into, Act::Report(told), at)?;
        self.tell_step(into, first, now)?;
        self.tell_step(id, step.clone(), now)?;
        Ok(step)
    }

    /// Takes in what somebody tells: it becomes a case, or one more report of a case that is there.
    pub(crate) fn take_in(
        &mut self,
        incoming: &Incoming,
        joining: &Joining,
        now: UtcMillis,
    ) -> Result<TakenIn, AppError> {
        let taken = self.judge(incoming, joining, now);
        if taken.is_repeated {
            return Ok(taken);
        }
        let report: Report = incoming.report.clone();
        let act = if taken.is_joined {
            Act::Join(report)
        } else {
            Act::Report(report)
        };
        let at = self.after_newest(&taken.case, now);
        let step = self.report_step(&taken.case, act, at)?;
        self.tell_step(&taken.case, step, now)?;
        Ok(taken)
    }

    /// What would become of something that came in. Nothing is written.
    pub(crate) fn judge(
        &mut self,
        incoming: &Incoming,
        joining: &Joining,
        now: UtcMillis,
    ) -> TakenIn {
        let (judged, perhaps) = self.event_desk.judge(incoming, now);
        if let Intake::Repeated { case } = judged {
            return TakenIn {
                case,
                is_joined: true,
                is_repeated: true,
                perhaps,
            };
        }
        let cases = self.event_desk.cases();
        let (case, is_joined) = match (joining, judged) {
            (Joining::To(case), _) => (cases.handled_in(case).clone(), true),
            (Joining::Any, Intake::Joins { case, .. }) => (case, true),
            _ => (incoming.case.clone(), false),
        };
        TakenIn {
            case,
            is_joined,
            is_repeated: false,
            perhaps,
        }
    }

    /// Tells the report of a case that only the hub has told of, before somebody acts on it. Nothing where it was told.
    pub(crate) fn ensure_reported(&mut self, id: &EventId, now: UtcMillis) -> Result<(), AppError> {
        let Some(report) = self.event_desk.untold_report(id) else {
            return Ok(());
        };
        let fact = fact_of_step(id, report)?;
        self.event_desk.note_told(id);
        self.tell_fact(Fact {
            known_at: fact.known_at.min(now),
            ..fact
        });
        Ok(())
    }

    /// Writes an act about a case, or of the duty desk, down with the next beat, and takes it. The fact.
    pub(crate) fn tell_act(&mut self, act: &ActFact, now: UtcMillis) -> Result<Fact, AppError> {
        let fact = act.fact(now);
        check_body(&fact)?;
        if let Some(case) = fact.subject.strip_prefix(EVENT_OBJECT) {
            self.ensure_reported(&EventId::new(case), now)?;
        }
        self.event_desk.take_fact(&fact, now);
        self.tell_fact(fact.clone());
        self.changed = true;
        Ok(fact)
    }

    /// Takes what somebody at another desk did about a case, or wrote into the duty log. The case, for [`Live::show_cases`].
    pub(crate) fn take_event_fact(&mut self, fact: &Fact, now: UtcMillis) -> Option<EventId> {
        let (case, is_changed) = self.event_desk.take_fact(fact, now);
        self.changed |= is_changed;
        case
    }

    /// Cases that began at a desk are events for pins, cards and the search; those of the hub come from there.
    pub(crate) fn show_cases(&mut self, ids: &BTreeSet<EventId>) {
        let desk = &self.event_desk;
        let own = ids.iter().filter(|id| !desk.is_at_hub(id));
        let events: Vec<Event> = own
            .filter_map(|id| desk.cases().get(id).and_then(Case::event))
            .collect();
        if !events.is_empty() {
            self.events.apply(events);
        }
    }

    /// Takes events as the hub tells them, as cases.
    pub(crate) fn take_hub_events(&mut self, events: &[Event], now: UtcMillis) {
        self.event_desk.take_events(events, now);
    }

    /// Takes up what was known of cases when the desk was last closed.
    pub(crate) fn restore_cases(&mut self, facts: &[Fact], events: &[Event], now: UtcMillis) {
        self.event_desk.restore(facts, events, now);
        let open = self.event_desk.cases().all();
        let shown: Vec<Event> = open
            .filter(|case| case.state().stage.is_open() && !self.event_desk.is_at_hub(case.id()))
            .filter_map(Case::event)
            .collect();
        if !shown.is_empty() {
            self.events.apply(shown);
        }
        self.changed = true;
    }

    /// Lets time pass for the deadlines and the duty log. On every beat.
    pub(crate) fn beat_cases(&mut self, now: UtcMillis) {
        let has_sources = !self.exchanged.sources.is_empty();
        let is_alone = matches!(self.connection, ConnectionDto::NoHub) && !has_sources;
        let urged = if is_alone && !self.clock.is_live() {
            // A recording that is played stays as it was.
            Vec::new()
        } else {
            self.event_desk.beat(now)
        };
        for (id, step) in urged {
            match fact_of_step(&id, &step) {
                Ok(fact) => self.tell_fact(fact),
                Err(error) => tracing::warn!(%error, case = %id, "an urging is not told"),
            }
            self.changed = true;
        }
        let seen = DutySeen {
            connection: &self.connection,
            sources: &self.exchanged.sources,
            alarms: &self.alarms,
            state: &self.state,
            language: &self.language,
        };
        for act in self.event_desk.duty.beat(&seen, now) {
            if let Err(error) = self.tell_act(&act, now) {
                tracing::warn!(%error, verb = act.verb, "the duty log misses an entry");
            }
        }
        self.changed |= self.event_desk.look(now);
    }

    /// When a step made at `now` counts as done: after everything that its author saw, also where another desk's clock is a
    /// little ahead, or two things are done in one millisecond.
    fn after_newest(&self, id: &EventId, now: UtcMillis) -> UtcMillis {
        let case = self.event_desk.cases().get(id);
        let newest = case.and_then(|case| case.entries().last());
        let after = newest.map_or(now.0, |entry| entry.step.at.0.saturating_add(1));
        if after > now.0.saturating_add(MOST_AHEAD_MS) {
            return now;
        }
        UtcMillis(after.max(now.0))
    }

    /// The step that whoever sits here makes with `act`, or why not.
    fn step_allowed(&self, id: &EventId, act: Act, now: UtcMillis) -> Result<Step, AppError> {
        let desk = &self.event_desk;
        let actor = desk.actor();
        let terms = desk.terms(id);
        let allowed = desk
            .cases()
            .allowed(id, act, &actor, now, &desk.tables.roles, terms);
        allowed.map_err(|refusal| match refusal {
            Refusal::NoSuchCase { case } => AppError::NotFound {
                what: "case",
                id: case,
            },
            refusal => AppError::Refused {
                word: reason_word(&refusal),
                reason: refusal.to_string(),
            },
        })
    }

    /// The step with which a report is taken in; the same report of the same case is the same step on every desk.
    fn report_step(&self, id: &EventId, act: Act, now: UtcMillis) -> Result<Step, AppError> {
        let report = match &act {
            Act::Report(report) | Act::Join(report) => report.id.clone(),
            _ => String::new(),
        };
        let mut step = self.step_allowed(id, act, now)?;
        step.id = format!("{id}#{}#{report}", step.verb());
        Ok(step)
    }

    /// Takes a step of a case, and writes it down with the next beat. What the hub would not take is refused before.
    fn tell_step(&mut self, id: &EventId, step: Step, now: UtcMillis) -> Result<(), AppError> {
        let fact = fact_of_step(id, &step)?;
        if step.movement() != Move::Report {
            self.ensure_reported(id, now)?;
        }
        let status = |live: &Self| live.event_desk.case_state(id).map(|s| s.stage.status());
        let before = status(self);
        let author = step.author.clone();
        self.event_desk.take_step(id, step, now);
        self.tell_fact(fact);
        let after = status(self);
        if self.event_desk.is_at_hub(id)
            && before != after
            && let Some(status) = after
        {
            // Pins and other systems follow.
            let changes = Map::from_iter([("status".to_owned(), Value::from(status.as_str()))]);
            self.tell_fact(fact_of_edit(id, changes, &author, now));
        }
        self.show_cases(&BTreeSet::from([id.clone()]));
        self.changed = true;
        Ok(())
    }
}
