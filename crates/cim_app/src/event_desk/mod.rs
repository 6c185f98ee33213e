//! The event desk: every case that this desk knows, folded from facts and from what the hub tells, with its deadlines.
//!
//! ```text
//!  facts (ours, other desks', kept) ──► step_of ──► Cases ◄── step_of_event ◄── events of the hub (derived, untold)
//!                                         │ lights, sieve, counts
//!                                         └──► rows, pages, details
//! ```
//! An event of the hub is a case at once, the same on every desk; its report becomes a fact when somebody acts on it.

mod acts;
mod alike;
mod clocks;
mod detail;
mod draft;
mod near;
mod page;
pub(crate) mod plans;
mod rows;
mod tables;
#[cfg(test)]
mod tests;
mod timeline;
mod told;

use crate::{
    duty_desk::DutyDesk,
    wire::{CasePartyDto, EventBoardDto},
};
pub(crate) use acts::{act_of, needs_reason, reason_word};
pub(crate) use alike::{AlarmAsked, cases_like, liked, likely_same};
use cim_event::{
    Act, Actor, Applied, Case, CaseState, Cases, Fingerprint, Incoming, Intake, Light, Likeness,
    LoopStep, Move, Party, PartyKind, Report, Sieve, SieveSettings, Stage, Step, Terms, intake,
    next, reminders,
};
use cim_model::{Event, EventId, EventStatus, UtcMillis};
use cim_store::Fact;
use clocks::{Clocks, dues_of};
pub(crate) use detail::{CaseFacts, detail, undoing};
pub(crate) use draft::{Asked, incoming_of};
pub(crate) use page::CaseLists;
use plans::Plans;
use serde::{Deserialize, Serialize};
use std::{
    cell::OnceCell,
    collections::{BTreeMap, BTreeSet},
};
pub(crate) use tables::Tables;
use tables::party_dto;
pub(crate) use told::{ActFact, check_body, fact_of_step, identity, step_of, step_of_event};

/// A step can be taken back for so long, milliseconds.
pub(crate) const UNDO_MS: i64 = 10 * 60 * 1000;
/// So many cases are kept in memory; of more, those that only the hub tells of and that are closed go first.
const MOST_CASES: usize = 100_000;
/// An open case that began longer ago than this is remembered by name: its facts are read however old they are, milliseconds.
const REMEMBER_MS: i64 = 20 * 24 * 3_600_000;
/// So many old open cases are remembered.
const MOST_REMEMBERED: usize = 5_000;
/// More cases than so many leave the sieve by making it anew.
const MOST_SINGLE: usize = 32;

/// What is remembered of the event desk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KeptCases {
    role: String,
    party: Option<String>,
    /// Open cases that are old.
    pub(crate) open: BTreeSet<String>,
}

/// Counts of all cases, as of a revision.
#[derive(Clone, Debug, Default)]
struct Counted {
    as_of: Option<(u64, u64)>,
    board: EventBoardDto,
    old_open: BTreeSet<String>,
}

/// Every case of the desk, with the plans, dispatches and duty log that go with them.
#[derive(Default)]
pub(crate) struct EventDesk {
    /// Roles, deadlines, categories, departments.
    pub(crate) tables: Tables,
    /// Plans, dispatches and pictures.
    pub(crate) plans: Plans,
    /// The duty log and handovers.
    pub(crate) duty: DutyDesk,
    cases: Cases,
    sieve: Sieve,
    /// Cases whose reports are still in the sieve although they are done with.
    gone: BTreeSet<EventId>,
    /// How the hub has its events, and since when that is known.
    at_hub: BTreeMap<EventId, (EventStatus, UtcMillis)>,
    /// Cases of which only the hub has told: no fact has their report.
    untold: BTreeSet<EventId>,
    clocks: Clocks,
    /// Cases whose reminders are to be looked at.
    unreminded: BTreeSet<EventId>,
    /// What each case is found by, made when somebody looks for words.
    found_by: BTreeMap<EventId, OnceCell<String>>,
    operator: String,
    role: String,
    party: Option<Party>,
    revision: u64,
    counted: Counted,
}

impl EventDesk {
    /// All cases, also those that only the hub tells of.
    pub(crate) fn cases(&self) -> &Cases {
        &self.cases
    }

    /// How a case stands.
    pub(crate) fn case_state(&self, case: &EventId) -> Option<&CaseState> {
        self.cases.get(case).map(Case::state)
    }

    /// What the category that events carry as `word` is called.
    pub(crate) fn category_name(&self, word: &str, language: &str) -> String {
        self.tables.category_name(word, language)
    }

    /// Who sits here, in which role, and for whom.
    pub(crate) fn actor(&self) -> Actor {
        Actor {
            name: self.operator.clone(),
            role: self.role.clone(),
            party: self.party.as_ref().map(|party| party.id.clone()),
        }
    }

    /// The name of whoever sits here.
    pub(crate) fn operator(&self) -> &str {
        &self.operator
    }

    /// Somebody else sits here.
    pub(crate) fn set_operator(&mut self, name: &str) {
        name.clone_into(&mut self.operator);
        self.revision += 1;
    }

    /// Whoever sits here acts in this role, for this party.
    pub(crate) fn set_actor(&mut self, role: &str, party: Option<Party>) {
        role.clone_into(&mut self.role);
        self.party = party;
        self.revision += 1;
    }

    /// Departments, teams and persons who can be given a case, what belongs together side by side.
    pub(crate) fn parties(&self, language: &str) -> Vec<Party> {
        let mut parties: BTreeMap<String, Party> = BTreeMap::new();
        let own = self.tables.departments(language).into_iter();
        // What the packs say of a party counts more than what ships.
        for party in own.chain(self.plans.parties(language)) {
            parties.insert(party.id.clone(), party);
        }
        parties.into_values().collect()
    }

    /// The same, as the wire has them.
    pub(crate) fn party_rows(&self, language: &str) -> Vec<CasePartyDto> {
        self.parties(language).iter().map(party_dto).collect()
    }

    /// What the plan of a case asks for.
    pub(crate) fn terms(&self, id: &EventId) -> Terms {
        self.case_state(id).map_or_else(Terms::default, |state| {
            self.plans.terms_of(id, &state.category, state.level)
        })
    }

    /// Counts up whenever anything that boards and pages show changes.
    pub(crate) fn revision(&self) -> u64 {
        let (plans, duty) = (self.plans.revision(), self.duty.revision());
        self.revision.wrapping_add(plans).wrapping_add(duty)
    }

    /// True when the hub knows the event of this case.
    pub(crate) fn is_at_hub(&self, case: &EventId) -> bool {
        self.at_hub.contains_key(case)
    }

    /// The report that no fact has told yet; `None` where one has, or nothing was reported.
    pub(crate) fn untold_report(&self, case: &EventId) -> Option<&Step> {
        if !self.untold.contains(case) {
            return None;
        }
        let entries = self.cases.get(case)?.entries().iter();
        let mut reports = entries.filter(|entry| entry.step.movement() == Move::Report);
        reports.next().map(|entry| &entry.step)
    }

    /// The report of this case has been told.
    pub(crate) fn note_told(&mut self, case: &EventId) {
        self.untold.remove(case);
        self.unreminded.insert(case.clone());
    }

    /// True when the case was closed where it comes from and nobody here has taken it on.
    fn is_closed_at_source(&self, case: &EventId, stage: Stage) -> bool {
        let told = self.at_hub.get(case);
        stage == Stage::Collected && told.is_some_and(|(status, _)| *status == EventStatus::Closed)
    }

    /// When the case was closed where it comes from, while nobody here has taken it on.
    pub(crate) fn closed_at_source(&self, case: &Case) -> Option<UtcMillis> {
        let (_, known_at) = self.at_hub.get(case.id())?;
        self.is_closed_at_source(case.id(), case.state().stage)
            .then_some(*known_at)
    }

    /// Takes a step of a case, in whatever order steps arrive.
    pub(crate) fn take_step(&mut self, id: &EventId, step: Step, now: UtcMillis) -> Applied {
        if step.movement() == Move::Report && self.untold.remove(id) {
            self.forget_lone_report(id);
        }
        self.apply(id, step, now)
    }

    /// Takes a fact of this or another desk. The case that it changed, when it was a step of one; true when anything changed.
    pub(crate) fn take_fact(&mut self, fact: &Fact, now: UtcMillis) -> (Option<EventId>, bool) {
        if let Some((id, step)) = step_of(fact) {
            let applied = self.take_step(&id, step, now);
            return (Some(id), applied != Applied::Known);
        }
        let is_taken = self.plans.take_fact(fact) || self.duty.take_fact(fact);
        (None, is_taken)
    }

    /// Takes events as the hub tells them: each is a case.
    pub(crate) fn take_events(&mut self, events: &[Event], now: UtcMillis) {
        for event in events {
            self.take_event(event, now);
        }
        self.forget_too_many();
    }

    /// Takes up what was known when the desk was last closed.
    pub(crate) fn restore(&mut self, facts: &[Fact], events: &[Event], now: UtcMillis) {
        for fact in facts {
            if let Some((id, step)) = step_of(fact) {
                self.take_step(&id, step, now);
            }
        }
        self.plans.restore(facts);
        self.duty.restore(facts);
        self.take_events(events, now);
    }

    /// What to remember for the next time; the old open cases as of the last look.
    pub(crate) fn kept(&self) -> KeptCases {
        KeptCases {
            role: self.role.clone(),
            party: self.party.as_ref().map(|party| party.id.clone()),
            open: self.counted.old_open.clone(),
        }
    }

    /// Makes what was remembered hold again, for `operator` who sits here.
    pub(crate) fn remember(&mut self, kept: &KeptCases, operator: &str, language: &str) {
        operator.clone_into(&mut self.operator);
        self.role = if self.tables.has_role(&kept.role) {
            kept.role.clone()
        } else {
            self.tables.first_role()
        };
        let mut parties = self.parties(language).into_iter();
        self.party = kept.party.as_ref().map(|id| {
            // The pack that names it may come with the city.
            let known = parties.find(|party| party.id == *id);
            known.unwrap_or_else(|| Party {
                kind: PartyKind::Department,
                id: id.clone(),
                name: id.clone(),
            })
        });
    }

    /// Lets time pass: lights change, and what is overdue is urged in the desk's name. Returns the steps of that, which are
    /// taken already and want to be told.
    pub(crate) fn beat(&mut self, now: UtcMillis) -> Vec<(EventId, Step)> {
        let mut come: BTreeSet<EventId> = self.clocks.take_come(now).into_iter().collect();
        come.append(&mut self.unreminded);
        let mut urged = Vec::new();
        for id in come {
            self.look_at_clock(&id, now);
            // A case of which only the hub tells shows its light; the hub's own people are not urged by each desk.
            if !self.untold.contains(&id) {
                self.urge(&id, now, &mut urged);
            }
        }
        urged
    }

    /// Counts the cases anew, if anything changed; true when it did.
    pub(crate) fn look(&mut self, now: UtcMillis) -> bool {
        // Once an hour anyway: cases grow old by themselves.
        let hour = now.0.div_euclid(3_600_000).unsigned_abs();
        let as_of = Some((self.revision(), hour));
        if self.counted.as_of == as_of {
            return false;
        }
        let mut board = EventBoardDto {
            revision: self.revision() as f64,
            role: self.role.clone(),
            party: self.party.as_ref().map(|party| party.id.clone()),
            party_name: self
                .party
                .as_ref()
                .map(|party| party.name.clone())
                .unwrap_or_default(),
            ..EventBoardDto::default()
        };
        let mut old_open = BTreeSet::new();
        let mut newest: Option<(UtcMillis, &EventId)> = None;
        for case in self.cases.all() {
            let (id, state) = (case.id(), case.state());
            if state.stage == Stage::Unreported {
                continue;
            }
            let is_closed = self.is_closed_at_source(id, state.stage);
            let step = shown_step(state, is_closed);
            if let Some(count) = board.by_step.get_mut(place_of(step)) {
                *count += 1;
            }
            if !state.stage.is_open() || is_closed {
                continue;
            }
            board.open += 1;
            board.unassigned += u32::from(state.assignment.is_none());
            let since = state.reported_at.unwrap_or_default();
            if newest.is_none_or(|known| known < (since, id)) {
                newest = Some((since, id));
            }
            let is_old = now.0.saturating_sub(since.0) > REMEMBER_MS;
            if is_old && !self.untold.contains(id) && old_open.len() < MOST_REMEMBERED {
                old_open.insert(id.to_string());
            }
        }
        board.newest_id = newest.map(|(_, id)| id.to_string()).unwrap_or_default();
        for (_, light) in self.clocks.lights() {
            match light {
                Light::Yellow => board.yellow += 1,
                Light::Red => board.red += 1,
                Light::Escalated => board.escalated += 1,
                Light::Stopped | Light::Green => {}
            }
        }
        let planned = self.plans.open_cases(now).into_iter();
        old_open.extend(planned.take(MOST_REMEMBERED).map(|id| id.to_string()));
        self.counted = Counted {
            as_of,
            board,
            old_open,
        };
        true
    }

    /// How the event desk stands, as of the last look.
    pub(crate) fn board(&self) -> EventBoardDto {
        self.counted.board.clone()
    }

    /// The sieve that holds the reports of open cases and of no others.
    pub(crate) fn sieve(&mut self) -> &Sieve {
        let gone = std::mem::take(&mut self.gone);
        if gone.len() > MOST_SINGLE {
            self.sieve = Sieve::new(SieveSettings::default());
            let open: Vec<EventId> = self.open_cases().cloned().collect();
            for id in open {
                self.sift(&id);
            }
        } else {
            for id in &gone {
                self.sieve.remove(id);
            }
        }
        &self.sieve
    }

    /// What would become of something that came in at `at`, and the open cases that it may be the same as. An exercise is
    /// never the same as what is real.
    pub(crate) fn judge(
        &mut self,
        incoming: &Incoming,
        at: UtcMillis,
    ) -> (Intake, Vec<(EventId, Likeness)>) {
        self.sieve();
        let judged = intake(incoming, &self.cases, &self.sieve, &self.actor(), at);
        let mut alike = self.sieve.matches(&incoming.fingerprint());
        alike.retain(|(id, _)| {
            let state = self.case_state(self.cases.handled_in(id));
            state.is_some_and(|state| state.standing == incoming.report.standing)
        });
        (judged, alike)
    }

    /// What a case is found by: folded words, and the pinyin of its title.
    fn words_of(&self, id: &EventId, make: impl FnOnce() -> String) -> &str {
        self.found_by
            .get(id)
            .map_or("", |known| known.get_or_init(make).as_str())
    }

    fn open_cases(&self) -> impl Iterator<Item = &EventId> {
        let open = self.cases.all().filter(|case| {
            let stage = case.state().stage;
            stage.is_open() && !self.is_closed_at_source(case.id(), stage)
        });
        open.map(Case::id)
    }

    fn apply(&mut self, id: &EventId, step: Step, now: UtcMillis) -> Applied {
        let was_open = self.is_open(id);
        let report = match &step.body.act {
            Act::Report(report) | Act::Join(report) => Some(fingerprint_of(report)),
            _ => None,
        };
        let applied = match self.cases.apply(id, step) {
            Ok(applied) => applied,
            Err(fault) => {
                tracing::warn!(%fault, case = %id, "a step of a case is passed over");
                return Applied::Known;
            }
        };
        if applied == Applied::Known {
            return applied;
        }
        self.revision += 1;
        self.found_by.insert(id.clone(), OnceCell::new());
        let is_open = self.is_open(id);
        match report.filter(|_| was_open && is_open) {
            Some(print) => self.sieve.insert(id.clone(), print),
            None => self.note_open(id, (was_open, is_open)),
        }
        self.look_at_clock(id, now);
        self.unreminded.insert(id.clone());
        applied
    }

    fn is_open(&self, id: &EventId) -> bool {
        self.case_state(id).is_some_and(|state| {
            state.stage.is_open() && !self.is_closed_at_source(id, state.stage)
        })
    }

    /// Puts the reports of a case into the sieve.
    fn sift(&mut self, id: &EventId) {
        let Some(state) = self.case_state(id) else {
            return;
        };
        let prints: Vec<Fingerprint> = state
            .own_reports()
            .map(|report| fingerprint_of(&report.report))
            .collect();
        for print in prints {
            self.sieve.insert(id.clone(), print);
        }
    }

    fn take_event(&mut self, event: &Event, now: UtcMillis) {
        let id = &event.id;
        let was_open = self.is_open(id);
        let before = self
            .at_hub
            .insert(id.clone(), (event.status, event.known_at));
        let before = before.map(|(status, _)| status);
        let known = self.cases.get(id);
        let is_told = known.is_some_and(|case| case.state().reported_at.is_some())
            && !self.untold.contains(id);
        let step = step_of_event(event);
        let is_same = known
            .and_then(|case| case.entries().first())
            .is_some_and(|entry| entry.step.body == step.body);
        if !is_told && !is_same {
            self.forget_lone_report(id);
            self.apply(id, step, now);
            self.untold.insert(id.clone());
        } else if before != Some(event.status) {
            let is_open = self.is_open(id);
            self.note_open(id, (was_open, is_open));
            self.revision += 1;
            self.look_at_clock(id, now);
        }
    }

    /// A report that no fact has told gives way to one that is told, or to a newer one of the hub.
    fn forget_lone_report(&mut self, id: &EventId) {
        let is_lone = self.cases.get(id).is_some_and(|case| {
            let mut entries = case.entries().iter();
            case.entries().len() == 1 && entries.all(|entry| entry.step.movement() == Move::Report)
        });
        if is_lone {
            self.cases.forget(id);
            self.gone.insert(id.clone());
            self.sieve();
        }
    }

    /// A case that is done with leaves the sieve; one that is open again is back.
    fn note_open(&mut self, id: &EventId, became: (bool, bool)) {
        match became {
            (true, false) => {
                self.gone.insert(id.clone());
            }
            (false, true) if !self.gone.remove(id) => self.sift(id),
            _ => {}
        }
    }

    fn look_at_clock(&mut self, id: &EventId, now: UtcMillis) {
        let dues = match self.case_state(id) {
            Some(state) if !self.is_closed_at_source(id, state.stage) => {
                dues_of(state, &self.tables, now)
            }
            _ => Vec::new(),
        };
        if self.clocks.set(id, &dues, now) {
            self.revision += 1;
        }
    }

    /// Urges what is overdue, once for each deadline.
    fn urge(&mut self, id: &EventId, now: UtcMillis, urged: &mut Vec<(EventId, Step)>) {
        let Some(case) = self.cases.get(id) else {
            return;
        };
        if self.closed_at_source(case).is_some() {
            // It shows no light either.
            return;
        }
        let Some(calendar) = &self.tables.calendar else {
            return;
        };
        let since = UtcMillis(i64::MIN);
        let said = reminders(case, &self.tables.deadlines, calendar, since, now);
        for mut step in said.into_iter().filter_map(|reminder| reminder.step) {
            let state = self.case_state(id);
            let is_possible =
                state.is_some_and(|state| next(state.stage, Move::Urge, state.former).is_some());
            if !is_possible {
                return;
            }
            // It follows from the clock alone, and is known from now on.
            step.known_at = now;
            if self.apply(id, step.clone(), now) == Applied::Changed {
                urged.push((id.clone(), step));
            }
        }
    }

    /// Lets go of what nobody here has to do with.
    fn forget_too_many(&mut self) {
        let too_many = self.cases.len().saturating_sub(MOST_CASES);
        if too_many == 0 {
            return;
        }
        let mut closed: Vec<(UtcMillis, EventId)> = self
            .untold
            .iter()
            .filter(|id| !self.is_open(id))
            .filter_map(|id| Some((self.case_state(id)?.happened_at, id.clone())))
            .collect();
        closed.sort();
        for (_, id) in closed.into_iter().take(too_many) {
            self.cases.forget(&id);
            self.untold.remove(&id);
            self.at_hub.remove(&id);
            self.found_by.remove(&id);
            self.clocks.set(&id, &[], UtcMillis::default());
            self.gone.insert(id);
        }
        self.revision += 1;
    }
}

/// The step of the loop that a case is shown in.
fn shown_step(state: &CaseState, is_closed_at_source: bool) -> LoopStep {
    if is_closed_at_source {
        LoopStep::Analyse
    } else {
        state.step()
    }
}

/// The place of a word in the order of its kind: steps in counts.
fn place_of(step: LoopStep) -> usize {
    let mut all = LoopStep::ALL.iter();
    all.position(|known| *known == step).unwrap_or_default()
}

fn fingerprint_of(report: &Report) -> Fingerprint {
    let text = format!("{} {}", report.title, report.text);
    Fingerprint::new(
        report.place,
        report.happened_at,
        report.category.as_str(),
        &text,
    )
}
