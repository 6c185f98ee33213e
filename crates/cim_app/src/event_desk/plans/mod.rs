//! Plans at work for cases, who was sent, what was broadcast, and the pictures that people draw together.
//!
//! ```text
//!  facts (ours, other desks', kept) ─► told ─► CaseFile (acts, plans at work, picture) ─┐
//!                                        └───► Dispatches ──────────────────────────────┼─► CaseView ─► the wire
//!  packs (plans/*.toml, resources.toml) ─► Shelf ─► helpers (with who is in the field) ─┘
//! ```
//! | file | what |
//! |---|---|
//! | `told` | what facts tell, and how acts are written down |
//! | `file` | what was done about one case |
//! | `shelf` | plans and resources of the packs |
//! | `about` | what plans have to know of a case |
//! | `near`, `reach` | who can come; who is inside of an area |
//! | `acts` | what people do, and why not |
//! | `view`, `card`, `words` | how it stands, on the wire |
//! | `timeline` | what was done, for the case's page and for paper |
//!
//! No I/O: facts are told by the event desk.

mod about;
mod acts;
mod card;
mod file;
mod near;
mod reach;
mod shelf;
#[cfg(test)]
mod tests;
mod timeline;
mod told;
mod view;
mod words;

pub(crate) use about::CaseAbout;
pub(crate) use acts::Acted;
pub(crate) use reach::reach_of;
pub(crate) use view::{CaseView, dispatches_of, picture_of, plan_offers, run_of};
pub(crate) use words::{picture_act_of, plan_act_of};

use super::{Tables, identity};
use crate::{
    layers::{Force, Forces, PackText, Shown},
    live::Live,
    marks::MarkPlan,
    wire::{PlanDto, PlanOfferDto},
};
use cim_event::{
    Party, PartyKind, Terms,
    dispatch::Dispatches,
    plan::{PlanRun, Stamp},
};
use cim_model::{EventId, EventLevel, UtcMillis};
use cim_store::Fact;
use cim_tiles::Problem;
use file::CaseFile;
use shelf::Shelf;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use told::{Told, told_of};

/// So many cases are kept; facts of more are passed over.
const MOST_CASES: usize = 100_000;

/// Plans, dispatches and pictures of all cases.
#[derive(Default)]
pub(crate) struct Plans {
    shelf: Arc<Shelf>,
    files: BTreeMap<EventId, CaseFile>,
    dispatches: Dispatches,
    /// Who moves in the field.
    forces: Forces,
    /// The case whose picture is in the twin.
    shown: Option<EventId>,
    revision: u64,
}

impl Plans {
    /// Takes the plans and the resources of all packs, lowest pack first; says what is wrong with them.
    pub(crate) fn set_texts(
        &mut self,
        texts: &[(String, PackText)],
        tables: &Tables,
    ) -> Vec<Problem> {
        let roles: Vec<&str> = tables.roles.rows().map(|row| row.id.as_str()).collect();
        let (shelf, problems) = Shelf::read(texts, &roles);
        self.shelf = Arc::new(shelf);
        for (case, file) in &mut self.files {
            file.fold(case, &self.shelf);
        }
        self.revision += 1;
        problems
    }

    /// Takes what somebody did, here or at another desk, in any order. True when it is about plans, dispatches or pictures and
    /// was not known.
    pub(crate) fn take_fact(&mut self, fact: &Fact) -> bool {
        let Some((case, told)) = told_of(fact) else {
            return false;
        };
        if self.files.len() >= MOST_CASES && !self.files.contains_key(&case) {
            tracing::warn!(%case, "too many cases; what was done about this one is passed over");
            return false;
        }
        let stamp = Stamp::new(identity(fact), fact.happened_at, fact.author.as_str());
        let dispatch = match &told {
            Told::Dispatch(act) => Some(act.clone()),
            _ => None,
        };
        let file = self.files.entry(case.clone()).or_default();
        if !file.take((&case, self.shelf.as_ref()), &stamp, fact.known_at, told) {
            return false;
        }
        if let Some(act) = dispatch {
            self.dispatches.apply(&stamp, act);
        }
        self.revision += 1;
        true
    }

    /// Takes many facts, for instance after a restart. Returns how many were about plans, dispatches or pictures.
    pub(crate) fn restore(&mut self, facts: &[Fact]) -> usize {
        facts.iter().filter(|fact| self.take_fact(fact)).count()
    }

    /// The same packs, and only what `facts` tell: how it was.
    pub(crate) fn as_of(&self, facts: &[Fact]) -> Self {
        let mut then = Self {
            shelf: Arc::clone(&self.shelf),
            ..Self::default()
        };
        then.restore(facts);
        then
    }

    /// Counts up with every change.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// What closing a case asks for: by the plan that was started last, or by those that serve its category. The level changes
    /// nothing of it.
    pub(crate) fn terms_of(&self, case: &EventId, category: &str, _level: EventLevel) -> Terms {
        let started = self.run_of(case).map(PlanRun::plan);
        let needs_evidence = match started {
            Some(plan) => plan.closing_needs_evidence,
            None => self
                .shelf
                .serving(category)
                .any(|one| one.plan.closing_needs_evidence),
        };
        Terms {
            needs_evidence,
            ..Terms::default()
        }
    }

    /// Those who were sent and have not finished.
    pub(crate) fn open_assignments(
        &self,
    ) -> impl Iterator<Item = &cim_event::dispatch::Assignment> {
        self.dispatches.iter().filter(|one| one.is_open())
    }

    /// Cases with a running plan or an open assignment.
    pub(crate) fn open_cases(&self, _now: UtcMillis) -> BTreeSet<EventId> {
        let running = self.files.iter().filter(|(_, file)| file.is_running());
        let sent = self.dispatches.iter().filter(|one| one.is_open());
        running
            .map(|(case, _)| case.clone())
            .chain(sent.map(|one| one.event.clone()))
            .collect()
    }

    /// The teams of the packs as parties, by identity.
    pub(crate) fn parties(&self, language: &str) -> Vec<Party> {
        let teams = self.shelf.resources().map(|resource| Party {
            kind: PartyKind::Team,
            id: resource.party(),
            name: resource.name.in_language(language).to_owned(),
        });
        let mut parties: Vec<Party> = teams.collect();
        parties.sort_by(|a, b| a.id.cmp(&b.id));
        parties
    }

    /// What a plan is called; `None` where no pack has it.
    pub(crate) fn plan_name(&self, plan: &str, language: &str) -> Option<String> {
        let shelved = self.shelf.plan(plan)?;
        Some(shelved.plan.name.in_language(language).to_owned())
    }

    /// Every plan, by its name.
    pub(crate) fn all(&self, language: &str) -> Vec<PlanDto> {
        let plans = self.shelf.plans();
        let mut all: Vec<PlanDto> = plans.map(|one| card::plan_dto(one, language)).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// The plans that serve events of `category`, with the response that they propose for `level`.
    pub(crate) fn serving(
        &self,
        category: &str,
        level: EventLevel,
        language: &str,
    ) -> Vec<PlanOfferDto> {
        let serving = self.shelf.serving(category);
        serving
            .map(|shelved| view::offer(shelved, level, language))
            .collect()
    }

    /// The case that an assignment is for; `None` without such an assignment.
    pub(crate) fn case_of_dispatch(&self, id: &str) -> Option<EventId> {
        Some(self.dispatches.get(id)?.event.clone())
    }

    /// The case whose picture is in the twin.
    pub(crate) fn shown(&self) -> Option<&EventId> {
        self.shown.as_ref()
    }

    /// Shows the picture of a case in the twin, or none.
    pub(crate) fn show(&mut self, case: Option<EventId>) {
        if self.shown != case {
            self.shown = case;
            self.revision += 1;
        }
    }

    /// What is drawn in the twin.
    pub(crate) fn drawn(&self, is_real: bool) -> Vec<MarkPlan> {
        let file = self.shown.as_ref().and_then(|case| self.files.get(case));
        let marks = file.into_iter().flat_map(|file| file.picture().marks());
        marks.map(|mark| MarkPlan::of(mark, is_real)).collect()
    }

    fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    fn assignments(&self) -> &Dispatches {
        &self.dispatches
    }

    fn file(&self, case: &EventId) -> Option<&CaseFile> {
        self.files.get(case)
    }

    /// The plan of a case that was started last, at work.
    fn run_of(&self, case: &EventId) -> Option<&PlanRun> {
        self.file(case)?.current()?.folded.as_ref()
    }
}

impl Live {
    /// Everybody who moves in the field, at the moment shown.
    pub(crate) fn forces(&mut self, now: UtcMillis) -> Vec<Force> {
        let mut forces = std::mem::take(&mut self.event_desk.plans.forces);
        let found = forces.all(&Shown {
            state: &self.state,
            events: self.shown_events(),
            moment: self.moment(now),
            hub_gone: false,
        });
        self.event_desk.plans.forces = forces;
        found
    }
}
