//! Rows of cases as the wire has them, and the engine's words in the wire's.

use super::{
    clocks::{dues_of, most_urgent},
    page::{CaseLists, Listing},
    tables::party_dto,
};
use crate::wire::{CaseLightDto, CaseRowDto, CaseStageDto, CaseTitleDto, LoopStepDto};
use cim_event::{Case, Light, LoopStep, Place, Stage};
use cim_model::EventId;

impl From<Stage> for CaseStageDto {
    fn from(stage: Stage) -> Self {
        match stage {
            Stage::Unreported => Self::Unreported,
            Stage::Collected => Self::Collected,
            Stage::Registered => Self::Registered,
            Stage::Assigned => Self::Assigned,
            Stage::Handling => Self::Handling,
            Stage::Handled => Self::Handled,
            Stage::Verified => Self::Verified,
            Stage::Rated => Self::Rated,
            Stage::Closed => Self::Closed,
            Stage::Archived => Self::Archived,
            Stage::Suspended => Self::Suspended,
            Stage::Cancelled => Self::Cancelled,
            Stage::Merged => Self::Merged,
        }
    }
}

impl From<LoopStep> for LoopStepDto {
    fn from(step: LoopStep) -> Self {
        match step {
            LoopStep::Collect => Self::Collect,
            LoopStep::Assign => Self::Assign,
            LoopStep::Complete => Self::Complete,
            LoopStep::Urge => Self::Urge,
            LoopStep::Feedback => Self::Feedback,
            LoopStep::Analyse => Self::Analyse,
        }
    }
}

impl From<Light> for CaseLightDto {
    fn from(light: Light) -> Self {
        match light {
            Light::Stopped => Self::Stopped,
            Light::Green => Self::Green,
            Light::Yellow => Self::Yellow,
            Light::Red => Self::Red,
            Light::Escalated => Self::Escalated,
        }
    }
}

/// A place as the wire has it: longitude, latitude.
pub(super) fn place_dto(place: Place) -> [f64; 2] {
    [place.lon_deg, place.lat_deg]
}

/// How many there are, as the wire has it.
pub(super) fn count(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}

/// The row of a case.
pub(super) fn row(lists: &CaseLists<'_>, one: &Listing<'_>) -> CaseRowDto {
    let desk = &lists.live().event_desk;
    let (id, state) = (one.case.id(), one.state());
    let dues = if one.light.is_some() {
        dues_of(state, &desk.tables, lists.moment())
    } else {
        Vec::new()
    };
    let urgent = most_urgent(&dues);
    CaseRowDto {
        id: id.to_string(),
        title: state.title.clone(),
        category: state.category.clone(),
        category_name: desk.category_name(&state.category, lists.language()),
        level: state.level.as_str().to_owned(),
        severity: state.level.shown_as().into(),
        stage: one.stage().into(),
        loop_step: one.step.into(),
        light: urgent.map(|due| due.light.into()),
        due_phase: urgent.map(|due| due.phase.as_str().to_owned()),
        due_at: urgent.and_then(|due| due.due_at).map(|at| at.0),
        used: dues.first().map(|due| due.used),
        holder: state
            .assignment
            .as_ref()
            .map(|assignment| party_dto(&assignment.party)),
        source: state.source.clone(),
        place: state.place.map(place_dto),
        happened_at: state.happened_at.0,
        reported_at: state.reported_at.unwrap_or_default().0,
        closed_at: state.closed_at.map(|at| at.0),
        reports: count(if lists.is_past() {
            state.own_reports().count()
        } else {
            desk.cases.reports_of(id).len()
        }),
        children: count(desk.cases.children_of(id).count()),
        merged: count(desk.cases.merged_into(id).count()),
        urges: count(state.urges.len()),
        attachments: count(state.attachments.len()),
        parent: state.parent.as_ref().map(EventId::to_string),
        merged_into: state.merged_into.as_ref().map(EventId::to_string),
        standing: state.standing.into(),
        is_unsynced: lists.live().exchanged.is_waiting(id),
        is_closed_at_source: one.is_closed_at_source,
    }
}

/// The name of a case, for lines that lead to it.
pub(super) fn title_of<'a>(lists: &CaseLists<'a>, case: &'a Case) -> CaseTitleDto {
    let one = lists.listing(case);
    let state = one.state();
    CaseTitleDto {
        id: case.id().to_string(),
        title: state.title.clone(),
        level: state.level.as_str().to_owned(),
        stage: one.stage().into(),
    }
}

impl Listing<'_> {
    /// How far the case has come, as it is shown.
    pub(super) fn stage(&self) -> Stage {
        if self.is_closed_at_source {
            Stage::Closed
        } else {
            self.state().stage
        }
    }

    /// True while something has to be done.
    pub(super) fn is_open(&self) -> bool {
        self.stage().is_open()
    }
}
