//! What a person does with plans: starting and ticking them, sending help, broadcasting, drawing.

use super::Desk;
use crate::{
    error::AppError,
    event_desk::plans::{
        Acted, CaseAbout, CaseView, Plans, dispatches_of, picture_act_of, picture_of, plan_act_of,
        plan_offers, reach_of, run_of,
    },
    exchange::EVENT_OBJECT,
    live::Live,
    marks::MarksPlan,
    wire::{
        BroadcastDraftDto, BroadcastedDto, DeskRefusalDto, DispatchDraftDto, DispatchStepDto,
        DispatchedDto, DispatchesDto, PictureActDto, PictureActedDto, PictureDto, PlanActDto,
        PlanActedDto, PlanDto, PlanOfferDto, PlanRunDto, ReachDto,
    },
};
use cim_event::dispatch::PictureAct;
use cim_model::{EventId, EventLevel, UtcMillis};
use cim_store::Knowledge;

/// So many facts about one case are read.
const MOST_FACTS: u32 = 50_000;

impl Desk {
    /// Every plan of the scene packs, by its name.
    pub fn all_plans(&self) -> Vec<PlanDto> {
        let live = self.shared.keeper.live();
        live.event_desk.plans.all(&live.language)
    }

    /// The plans that serve a case, the one that runs first; of the moment shown.
    pub async fn plans_for(&self, case: &str) -> Result<Vec<PlanOfferDto>, AppError> {
        self.seen(case, plan_offers).await
    }

    /// The plans that serve events of `category`, with the response that they propose for `level` (`I` … `IV`).
    pub fn plans_about(&self, category: &str, level: &str) -> Result<Vec<PlanOfferDto>, AppError> {
        let level = EventLevel::from_numeral(level).ok_or_else(|| AppError::BadRequest {
            what: "the level",
            found: level.chars().take(40).collect(),
            reason: "I, II, III or IV",
        })?;
        let live = self.shared.keeper.live();
        let plans = &live.event_desk.plans;
        Ok(plans.serving(category, level, &live.language))
    }

    /// The plan of a case that was started last, with who can come; `None` when none was. Of the moment shown.
    pub async fn plan_run(&self, case: &str) -> Result<Option<PlanRunDto>, AppError> {
        self.seen(case, run_of).await
    }

    /// Does something with the plan of a case in the name of whoever sits here. It is on disk when this returns; while the disk
    /// refuses, it waits. Refused while the past is shown.
    pub async fn act_on_plan(
        &self,
        case: &str,
        act: &PlanActDto,
    ) -> Result<PlanActedDto, AppError> {
        let now = self.present()?;
        let acted = {
            let mut live = self.shared.keeper.live();
            let about = about(&live, case)?;
            live.act_on_plan(&about, plan_act_of(act), now)?
        };
        let (fact, refused) = self.written(acted).await;
        Ok(PlanActedDto {
            fact,
            refused,
            run: self.plan_run(case).await?,
        })
    }

    /// Who was sent for a case, who can be, and what was broadcast. Of the moment shown.
    pub async fn dispatches(&self, case: &str) -> Result<DispatchesDto, AppError> {
        self.seen(case, dispatches_of).await
    }

    /// Sends somebody. Written down like [`Desk::act_on_plan`].
    pub async fn dispatch(
        &self,
        case: &str,
        draft: &DispatchDraftDto,
    ) -> Result<DispatchedDto, AppError> {
        let now = self.present()?;
        let sent = {
            let mut live = self.shared.keeper.live();
            let about = about(&live, case)?;
            live.dispatch(&about, draft, now)?
        };
        match sent {
            Ok(id) => {
                self.shared.keeper.flush().await;
                self.dispatched(case, &id, None).await
            }
            Err(refused) => Ok(DispatchedDto {
                dispatch: None,
                refused: Some(refused),
            }),
        }
    }

    /// Writes down what happens to an assignment. Written down like [`Desk::act_on_plan`].
    pub async fn dispatch_step(
        &self,
        id: &str,
        step: DispatchStepDto,
        note: &str,
    ) -> Result<DispatchedDto, AppError> {
        let now = self.present()?;
        let (case, acted) = {
            let mut live = self.shared.keeper.live();
            let case = live.event_desk.plans.case_of_dispatch(id);
            let case = case.ok_or_else(|| AppError::NotFound {
                what: "assignment",
                id: id.to_owned(),
            })?;
            let about = about(&live, case.as_str())?;
            let acted = live.step_dispatch(&about, (id, step, note), now)?;
            (case, acted)
        };
        let (_, refused) = self.written(acted).await;
        self.dispatched(case.as_str(), id, refused).await
    }

    /// Who and what is inside of an area at the moment shown; its ring in degrees.
    pub fn reach(&self, area: &[[f64; 2]]) -> Result<ReachDto, AppError> {
        let now = self.shared.settings.time.now();
        let mut live = self.shared.keeper.live();
        let forces = live.forces(now);
        let moment = live.moment(now);
        let plans = &live.event_desk.plans;
        let found = reach_of(&live, plans, &forces, (area, moment));
        found
            .map(|(_, dto)| dto)
            .map_err(|refused| AppError::BadRequest {
                what: "the area",
                found: refused.message,
                reason: "a ring of 3 to 1 024 places on the earth",
            })
    }

    /// Writes down that everybody within an area is told something. No gateway of the desk sends it: the hub has it, and whoever
    /// listens there. Written down like [`Desk::act_on_plan`].
    pub async fn broadcast(
        &self,
        case: &str,
        draft: &BroadcastDraftDto,
    ) -> Result<BroadcastedDto, AppError> {
        let now = self.present()?;
        let acted = {
            let mut live = self.shared.keeper.live();
            let about = about(&live, case)?;
            let forces = live.forces(now);
            live.broadcast(&about, draft, (&forces, now))?
        };
        let (fact, refused) = self.written(acted).await;
        let sent = self.dispatches(case).await?.broadcasts;
        Ok(BroadcastedDto {
            broadcast: fact.and_then(|fact| sent.into_iter().find(|one| one.id == fact)),
            refused,
        })
    }

    /// The picture of a case, of the moment shown.
    pub async fn picture(&self, case: &str) -> Result<PictureDto, AppError> {
        self.seen(case, picture_of).await
    }

    /// Draws on the picture of a case. Written down like [`Desk::act_on_plan`].
    pub async fn draw(&self, case: &str, act: &PictureActDto) -> Result<PictureActedDto, AppError> {
        let now = self.present()?;
        let acted = match picture_act_of(act) {
            Err(refused) => Err(refused),
            Ok(act) => self.draw_now(case, act, now)?,
        };
        self.drawn(case, acted).await
    }

    /// Takes back what whoever sits here drew last on the picture of a case.
    pub async fn undo_drawing(&self, case: &str) -> Result<PictureActedDto, AppError> {
        self.undo_or_redo(case, false).await
    }

    /// Does again what whoever sits here took back last on the picture of a case.
    pub async fn redo_drawing(&self, case: &str) -> Result<PictureActedDto, AppError> {
        self.undo_or_redo(case, true).await
    }

    /// Shows the picture of a case in the twin; without a case, none.
    pub fn show_picture(&self, case: Option<&str>) -> Result<(), AppError> {
        let mut live = self.shared.keeper.live();
        let shown = match case {
            Some(case) => Some(about(&live, case)?.id),
            None => None,
        };
        live.event_desk.plans.show(shown);
        live.changed = true;
        Ok(())
    }

    /// What is drawn in the twin of the picture that is shown: of the present.
    pub fn marks(&self) -> MarksPlan {
        let live = self.shared.keeper.live();
        let plans = &live.event_desk.plans;
        let shown = plans.shown().map(EventId::as_str);
        let about = shown.and_then(|case| CaseAbout::new(&live, case, None));
        MarksPlan {
            revision: plans.revision(),
            marks: plans.drawn(about.is_none_or(|about| about.is_real)),
        }
    }

    /// The revision of [`Desk::marks`], which costs nothing to ask for.
    pub fn marks_revision(&self) -> u64 {
        self.shared.keeper.live().event_desk.plans.revision()
    }

    fn draw_now(&self, case: &str, act: PictureAct, now: UtcMillis) -> Result<Acted, AppError> {
        let mut live = self.shared.keeper.live();
        let about = about(&live, case)?;
        live.draw(&about, act, now)
    }

    async fn undo_or_redo(&self, case: &str, is_again: bool) -> Result<PictureActedDto, AppError> {
        let now = self.present()?;
        let acted = {
            let mut live = self.shared.keeper.live();
            let about = about(&live, case)?;
            live.undo_drawing(&about, is_again, now)?
        };
        self.drawn(case, acted).await
    }

    async fn drawn(&self, case: &str, acted: Acted) -> Result<PictureActedDto, AppError> {
        let (_, refused) = self.written(acted).await;
        Ok(PictureActedDto {
            picture: self.picture(case).await?,
            refused,
        })
    }

    /// The assignment as it stands, with why the last step was refused.
    async fn dispatched(
        &self,
        case: &str,
        id: &str,
        refused: Option<DeskRefusalDto>,
    ) -> Result<DispatchedDto, AppError> {
        let dispatch = self.seen(case, |view| view.dispatch_called(id)).await?;
        Ok(DispatchedDto { dispatch, refused })
    }

    /// Puts what was told on disk. The fact's identity, or why there is none.
    async fn written(&self, acted: Acted) -> (Option<String>, Option<DeskRefusalDto>) {
        match acted {
            Ok(fact) => {
                self.shared.keeper.flush().await;
                (Some(fact.id), None)
            }
            Err(refused) => (None, Some(refused)),
        }
    }

    /// What `look` sees of a case and its plans at the moment shown.
    async fn seen<T>(
        &self,
        case: &str,
        look: impl FnOnce(&CaseView<'_>) -> T + Send,
    ) -> Result<T, AppError> {
        let then = self.plans_then(case).await?;
        let now = self.shared.settings.time.now();
        let mut live = self.shared.keeper.live();
        let forces = live.forces(now);
        let past = then.as_ref().map(|(_, moment)| *moment);
        let about = CaseAbout::new(&live, case, past).ok_or_else(|| not_found(case))?;
        let plans = then.as_ref().map(|(plans, _)| plans);
        let view = CaseView {
            live: &live,
            plans: plans.unwrap_or(&live.event_desk.plans),
            about: &about,
            forces: &forces,
            now: past.unwrap_or(now),
            is_past: past.is_some(),
        };
        Ok(look(&view))
    }

    /// The plans as they were for a case at the moment shown, and that moment; `None` in the present, where the desk has them
    /// at hand.
    async fn plans_then(&self, case: &str) -> Result<Option<(Plans, UtcMillis)>, AppError> {
        let now = self.shared.settings.time.now();
        let (mut then, moment, knowledge) = {
            let live = self.shared.keeper.live();
            if live.clock.is_live() {
                return Ok(None);
            }
            let empty = live.event_desk.plans.as_of(&[]);
            (empty, live.clock.moment(now), live.knowledge)
        };
        // What is on its way to the store is part of what was.
        self.shared.keeper.flush().await;
        let subject = format!("{EVENT_OBJECT}{case}");
        // `!` follows the blank: only the case itself lies between.
        let end = format!("{subject}!");
        let store = &self.shared.keeper.store;
        let mut facts = store.facts_about(&subject, &end, MOST_FACTS).await?;
        facts.retain(|fact| {
            let is_known = match knowledge {
                Knowledge::Then => fact.known_at <= moment,
                Knowledge::Now => true,
            };
            is_known && fact.subject == subject && fact.happened_at <= moment
        });
        then.restore(&facts);
        Ok(Some((then, moment)))
    }
}

fn about(live: &Live, case: &str) -> Result<CaseAbout, AppError> {
    CaseAbout::new(live, case, None).ok_or_else(|| not_found(case))
}

fn not_found(case: &str) -> AppError {
    AppError::NotFound {
        what: "case",
        id: case.to_owned(),
    }
}
