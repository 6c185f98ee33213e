//! The plans of a case as pages show them: which fit, how the one that runs stands, who was sent, what is drawn.

use super::{
    Plans,
    about::CaseAbout,
    card::{need_dto, plan_dto, step_dto},
    file::{CaseFile, Run, What},
    near::{Helpers, suits},
    shelf::Shelved,
    told::Broadcast,
    words::{
        STEPS, assign_step_dto, channel_dto, mark_dto, of_dispatch, of_plan, party_dto, refusal,
        response_dto, ring_of, state_dto,
    },
};
use crate::{
    layers::{Force, fences::ring_around},
    live::Live,
    texts::text,
    wire::{
        BroadcastDto, DeskRefusalDto, DispatchChoiceDto, DispatchDto, DispatchEntryDto,
        DispatchesDto, PictureDto, PlanDto, PlanMarkDto, PlanMarkKindDto, PlanOfferDto,
        PlanProgressDto, PlanRunDto, PlanRunMessageDto, PlanRunNeedDto, PlanRunStepDto,
        PlanStateDto, ReachedCountDto, ResponseSetDto, SentMessageDto, TakenDto, WarnAreaDto,
    },
};
use cim_event::{
    Actor, Party, PartyKind,
    dispatch::{Assignment, DispatchAct, cover, nearest},
    plan::{
        MarkKind, OVERSIGHT, Plan, PlanAct, PlanRun, Response, ResponseSet, StepMark, StepState,
        WarnArea, fill,
    },
};
use cim_model::{EventLevel, UtcMillis};
use jiff::{Timestamp, tz::Offset};
use std::collections::BTreeMap;

/// So many resources are offered for one need.
const MOST_OFFERS: usize = 12;
/// So many parties can be chosen from.
const MOST_CHOICES: usize = 200;
/// Hours that the city's clocks are ahead of UTC: Asia/Shanghai.
const AHEAD_H: i8 = 8;

/// A case with its plans, as of a moment.
pub(crate) struct CaseView<'a> {
    /// Everything else that the desk knows.
    pub(crate) live: &'a Live,
    /// The plans: those of the desk, or as they were.
    pub(crate) plans: &'a Plans,
    /// The case.
    pub(crate) about: &'a CaseAbout,
    /// Who is in the field.
    pub(crate) forces: &'a [Force],
    /// The moment.
    pub(crate) now: UtcMillis,
    /// It is a past one: nothing can be done.
    pub(crate) is_past: bool,
}

impl CaseView<'_> {
    fn language(&self) -> &str {
        &self.live.language
    }

    fn actor(&self) -> Actor {
        self.live.event_desk.actor()
    }

    fn file(&self) -> Option<&CaseFile> {
        self.plans.file(&self.about.id)
    }

    /// The plan of a run; only its identity where no pack has it.
    fn plan_of(&self, run: &Run) -> PlanDto {
        let shelved = self.plans.shelf().plan(&run.plan);
        shelved.map_or_else(
            || PlanDto {
                id: run.plan.clone(),
                ..PlanDto::default()
            },
            |shelved| plan_dto(shelved, self.language()),
        )
    }

    /// `base` with how the plan at work stands.
    fn at_work(&self, run: &PlanRun, base: PlanRunDto) -> PlanRunDto {
        let actor = self.actor();
        let plan = run.plan();
        let stopped = run.stopped();
        let holds = run.response().map(|set| set.response).unwrap_or_default();
        let progress = run.progress(self.now);
        let may = |act: &PlanAct| !self.is_past && run.allowed(&[actor.role.as_str()], act).is_ok();
        let some = || "-".to_owned();
        let may_order = Response::ALL.into_iter().filter(|response| {
            may(&PlanAct::Respond {
                response: *response,
                reason: some(),
            })
        });
        let is_over = stopped.is_some();
        PlanRunDto {
            state: if run.is_running() {
                PlanStateDto::Running
            } else {
                PlanStateDto::Stopped
            },
            stopped_at: stopped.map(|(at, _)| at.0),
            stopped_by: stopped.map_or_else(String::new, |(_, by)| by.to_owned()),
            response: response_dto(holds),
            responses: run.responses().iter().map(set_dto).collect(),
            proposed: plan.proposed(self.about.level).map(response_dto),
            may_order: may_order.map(response_dto).collect(),
            may_stop: may(&PlanAct::Stop { reason: some() }),
            may_send: !self.is_past && !is_over && OVERSIGHT.contains(&actor.role.as_str()),
            steps: run
                .steps(self.now)
                .iter()
                .map(|state| self.step(run, &actor.role, state))
                .collect(),
            needs: self.needs(plan),
            messages: self.messages(run, holds),
            sent: self.sent(run),
            warn: self.warn(plan),
            progress: PlanProgressDto {
                steps: count(progress.steps),
                done: count(progress.done),
                skipped: count(progress.skipped),
                overdue: count(progress.overdue),
            },
            hindrances: run
                .hindrances(self.now)
                .into_iter()
                .map(|step| step.id.clone())
                .collect(),
            strange_ticks: count(run.strange_ticks()),
            ..base
        }
    }

    fn step(&self, run: &PlanRun, role: &str, state: &StepState<'_>) -> PlanRunStepDto {
        let id = || state.step.id.clone();
        let some = || "-".to_owned();
        let act = if state.mark.is_some() {
            PlanAct::Untick {
                step: id(),
                reason: some(),
            }
        } else {
            PlanAct::Tick {
                step: id(),
                note: String::new(),
                evidence: vec![some()],
            }
        };
        let skip = PlanAct::Skip {
            step: id(),
            reason: some(),
        };
        let refused = run.allowed(&[role], &act).err();
        PlanRunStepDto {
            step: step_dto(state.step, self.language()),
            mark: state.mark.map(step_mark),
            is_called: state.is_called,
            due_at: state.due.map(|due| due.0),
            is_overdue: state.is_overdue,
            refused: refused
                .map(|refused| of_plan(&refused))
                .or_else(|| self.past_refusal()),
            may_skip: !self.is_past && run.allowed(&[role], &skip).is_ok(),
        }
    }

    /// What the plan needs, with who can come, in travel order.
    fn needs(&self, plan: &Plan) -> Vec<PlanRunNeedDto> {
        let language = self.language();
        let helpers = self.helpers();
        let offers = match self.about.place {
            Some(place) => nearest(place, helpers.suiting(&plan.needs), usize::MAX),
            None => Vec::new(),
        };
        let covers = cover(&plan.needs, &offers);
        plan.needs
            .iter()
            .zip(covers)
            .map(|(need, covered)| {
                let suiting = offers.iter().filter(|offer| {
                    let within = need.within_m.map(f64::from);
                    suits(offer.candidate, need)
                        && within.is_none_or(|within_m| offer.distance_m <= within_m)
                });
                PlanRunNeedDto {
                    need: need_dto(need, language),
                    taken: covered
                        .taken
                        .iter()
                        .map(|(one, count)| TakenDto {
                            resource: one.id.clone(),
                            count: *count,
                        })
                        .collect(),
                    missing: covered.missing,
                    complete_in_s: covered.complete_in_s,
                    offers: suiting
                        .take(MOST_OFFERS)
                        .filter_map(|offer| helpers.dto(offer))
                        .collect(),
                }
            })
            .collect()
    }

    fn helpers(&self) -> Helpers {
        Helpers::new(
            self.live,
            self.plans.shelf(),
            self.plans.assignments(),
            self.forces,
        )
    }

    /// The plan's messages, filled in.
    fn messages(&self, run: &PlanRun, holds: Response) -> Vec<PlanRunMessageDto> {
        let values = self.values(run.plan(), holds);
        let language = self.language();
        let messages = run.plan().messages.iter();
        messages
            .map(|template| {
                let raw = template.text.in_language(language);
                // What a plan's message may hold was checked when it was read.
                let (text, missing) = fill(raw, &values).map_or_else(
                    |_| (raw.to_owned(), Vec::new()),
                    |filled| (filled.text, filled.missing),
                );
                let sent = run.messages().iter();
                PlanRunMessageDto {
                    id: template.id.clone(),
                    channel: channel_dto(template.channel),
                    name: template.name.in_language(language).to_owned(),
                    text,
                    missing,
                    sent: count(sent.filter(|one| one.message == template.id).count()),
                }
            })
            .collect()
    }

    /// The messages that went out, the oldest first.
    fn sent(&self, run: &PlanRun) -> Vec<SentMessageDto> {
        let sent = run.messages().iter();
        sent.map(|one| {
            let template = run.plan().message(&one.message);
            let name = template.map(|template| template.name.in_language(self.language()));
            SentMessageDto {
                message: one.message.clone(),
                name: name.unwrap_or(&one.message).to_owned(),
                text: one.text.clone(),
                to: one.to.clone(),
                at: one.at.0,
                by: one.by.clone(),
            }
        })
        .collect()
    }

    /// What the placeholders of messages stand for; what is not known is left out.
    fn values(&self, plan: &Plan, holds: Response) -> BTreeMap<&'static str, String> {
        let (live, about, language) = (self.live, self.about, self.language());
        let mut values = BTreeMap::new();
        let mut put = |name: &'static str, value: String| {
            values.insert(name, value);
        };
        put("title", about.title.clone());
        put(
            "category",
            live.event_desk.category_name(&about.category, language),
        );
        put("level", about.level.as_str().to_owned());
        let response = text(language, &format!("response.{}", holds.as_str()));
        put("response", response.unwrap_or_default());
        if let Some(place) = about.place {
            let name = live.alarms.place_name(place.geodetic(), language);
            put("place", name);
        }
        put("time", clock_text(about.happened_at));
        put("unit", about.holder.clone());
        put("officer", self.actor().name);
        if let Some(area) = self.warn(plan) {
            let metres = area.radius_m.map(|metres| format!("{metres} m"));
            put("area", metres.unwrap_or(area.fence));
        }
        values
    }

    /// Who has to be warned.
    fn warn(&self, plan: &Plan) -> Option<WarnAreaDto> {
        match plan.warn.as_ref()? {
            WarnArea::RadiusM(metres) => {
                let place = self.about.place?;
                let middle = [place.lon_deg, place.lat_deg];
                Some(WarnAreaDto {
                    ring: ring_around(middle, f64::from(*metres)),
                    radius_m: Some(*metres),
                    fence: String::new(),
                })
            }
            WarnArea::Fence(fence) => {
                let (name, ring) = self.live.layers.fence_ring(fence)?;
                Some(WarnAreaDto {
                    ring,
                    radius_m: None,
                    fence: name,
                })
            }
        }
    }

    /// The assignment called `id`.
    pub(crate) fn dispatch_called(&self, id: &str) -> Option<DispatchDto> {
        let one = self.plans.assignments().get(id)?;
        Some(self.dispatch(&self.actor(), one, &self.helpers()))
    }

    /// Why whoever sits here may send nobody; `None` when they may.
    fn may_send(&self, actor: &Actor) -> Option<DeskRefusalDto> {
        if !self.about.is_open {
            return Some(closed());
        }
        let send = DispatchAct::Send {
            assignment: String::new(),
            event: self.about.id.clone(),
            to: Party {
                kind: PartyKind::Team,
                id: String::new(),
                name: String::new(),
            },
            task: "-".to_owned(),
            answer_within_s: 1,
        };
        let allowed = self
            .plans
            .assignments()
            .allowed(&[actor.role.as_str()], &[], &send);
        allowed.err().map(|refused| of_dispatch(&refused))
    }

    fn dispatch(&self, actor: &Actor, one: &Assignment, helpers: &Helpers) -> DispatchDto {
        let mine: Vec<&str> = actor.party.iter().map(String::as_str).collect();
        let may = STEPS.into_iter().filter(|step| {
            let act = DispatchAct::Step {
                assignment: one.id.clone(),
                step: *step,
                note: "-".to_owned(),
            };
            let all = self.plans.assignments();
            !self.is_past && all.allowed(&[actor.role.as_str()], &mine, &act).is_ok()
        });
        DispatchDto {
            id: one.id.clone(),
            case: one.event.to_string(),
            to: party_dto(&one.to),
            task: one.task.clone(),
            sent_at: one.sent_at.0,
            sent_by: one.sent_by.clone(),
            answer_by: one.answer_by.0,
            state: state_dto(one.state),
            is_open: one.is_open(),
            is_unanswered: one.is_unanswered(self.now),
            history: one
                .history
                .iter()
                .map(|(at, by, step, note)| DispatchEntryDto {
                    at: at.0,
                    by: by.clone(),
                    step: assign_step_dto(*step),
                    note: note.clone(),
                })
                .collect(),
            may: may.map(assign_step_dto).collect(),
            contact: helpers.contact_of(&one.to.id),
        }
    }

    /// Departments, then resources in travel order.
    fn choices(&self, helpers: &Helpers) -> Vec<DispatchChoiceDto> {
        let all = self.plans.assignments();
        let open = |party: &str| {
            let sent = all.iter().filter(|one| one.is_open() && one.to.id == party);
            count(sent.count())
        };
        let departments = self.live.event_desk.parties(self.language()).into_iter();
        let departments = departments
            .filter(|party| party.kind == PartyKind::Department)
            .map(|party| DispatchChoiceDto {
                open: open(&party.id),
                party: party_dto(&party),
                resource: None,
            });
        // Without a place nobody is nearer than another.
        let here = self.about.place;
        let offers = here.map_or_else(Vec::new, |place| {
            nearest(place, &helpers.candidates, MOST_CHOICES)
        });
        let resources = offers.iter().filter_map(|offer| {
            let resource = helpers.dto(offer)?;
            Some(DispatchChoiceDto {
                open: open(&resource.party.id),
                party: resource.party.clone(),
                resource: Some(resource),
            })
        });
        departments.chain(resources).take(MOST_CHOICES).collect()
    }

    fn past_refusal(&self) -> Option<DeskRefusalDto> {
        self.is_past
            .then(|| refusal("case.past", "only the present can be acted on"))
    }
}

/// The plans that serve the case's category, the one that runs first.
pub(crate) fn plan_offers(view: &CaseView<'_>) -> Vec<PlanOfferDto> {
    let actor = view.actor();
    let running = view.file().filter(|file| file.is_running());
    let running = running.and_then(CaseFile::current);
    let is_running = |plan: &str| running.is_some_and(|run| run.plan == plan);
    let serving = view.plans.shelf().serving(&view.about.category);
    let mut offers: Vec<PlanOfferDto> = serving
        .map(|shelved| {
            let start = PlanAct::Start {
                plan: shelved.plan.id.clone(),
            };
            let refused = view.plans.refused(view.about, &actor.role, &start);
            PlanOfferDto {
                is_running: is_running(&shelved.plan.id),
                refused: refused.or_else(|| view.past_refusal()),
                ..offer(shelved, view.about.level, view.language())
            }
        })
        .collect();
    offers.sort_by_key(|offer| !offer.is_running);
    offers
}

/// The plan that was started last; `None` when none was.
pub(crate) fn run_of(view: &CaseView<'_>) -> Option<PlanRunDto> {
    let file = view.file()?;
    let started = file.current()?;
    let language = view.language();
    let name_of = |plan: &str| view.plans.plan_name(plan, language);
    let base = PlanRunDto {
        case: view.about.id.to_string(),
        plan: view.plan_of(started),
        state: PlanStateDto::Missing,
        started_at: started.started.0.0,
        started_by: started.started.1.clone(),
        stopped_at: None,
        stopped_by: String::new(),
        response: response_dto(Response::default()),
        responses: Vec::new(),
        proposed: None,
        may_order: Vec::new(),
        may_stop: false,
        may_send: false,
        steps: Vec::new(),
        needs: Vec::new(),
        messages: Vec::new(),
        sent: Vec::new(),
        warn: None,
        progress: PlanProgressDto::default(),
        hindrances: Vec::new(),
        earlier: file
            .earlier()
            .map(|plan| name_of(plan).unwrap_or_else(|| plan.to_owned()))
            .collect(),
        strange_ticks: 0,
        as_of: view.now.0,
        is_past: view.is_past,
    };
    Some(match &started.folded {
        Some(run) => view.at_work(run, base),
        None => base,
    })
}

/// Who was sent, who can be sent, and what was broadcast.
pub(crate) fn dispatches_of(view: &CaseView<'_>) -> DispatchesDto {
    let actor = view.actor();
    let helpers = view.helpers();
    let of_case = view.plans.assignments().of_event(&view.about.id);
    let mut rows: Vec<DispatchDto> = of_case
        .map(|one| view.dispatch(&actor, one, &helpers))
        .collect();
    rows.sort_by(|a, b| b.sent_at.cmp(&a.sent_at).then_with(|| b.id.cmp(&a.id)));
    let file = view.file().into_iter();
    let broadcasts = file
        .flat_map(|file| file.acts().rev())
        .filter_map(|(at, id, done)| match &done.what {
            What::Broadcast(sent) => Some(broadcast_dto(id, at, &done.by, sent)),
            _ => None,
        })
        .collect();
    DispatchesDto {
        rows,
        choices: view.choices(&helpers),
        broadcasts,
        refused: view.may_send(&actor).or_else(|| view.past_refusal()),
        as_of: view.now.0,
    }
}

/// The picture.
pub(crate) fn picture_of(view: &CaseView<'_>) -> PictureDto {
    let name = view.actor().name;
    let empty = CaseFile::default();
    let picture = view.file().unwrap_or(&empty).picture();
    PictureDto {
        case: view.about.id.to_string(),
        version: picture.version() as f64,
        marks: picture.marks().map(mark_dto).collect(),
        may_undo: !view.is_past && picture.undoable(&name).is_some(),
        may_redo: !view.is_past && picture.redoable(&name).is_some(),
        left_out: u32::try_from(picture.left_out()).unwrap_or(u32::MAX),
        is_shown: view.live.event_desk.plans.shown() == Some(&view.about.id),
        is_past: view.is_past,
    }
}

/// Why nothing can be begun for a case that is done with.
pub(super) fn closed() -> DeskRefusalDto {
    refusal("case.closed", "the case is closed")
}

/// A plan that serves a category, with the level that it proposes.
pub(super) fn offer(shelved: &Shelved, level: EventLevel, language: &str) -> PlanOfferDto {
    PlanOfferDto {
        plan: plan_dto(shelved, language),
        proposed: shelved.plan.proposed(level).map(response_dto),
        is_running: false,
        refused: None,
    }
}

pub(super) fn broadcast_dto(id: &str, at: UtcMillis, by: &str, sent: &Broadcast) -> BroadcastDto {
    let reached = sent.reached.iter();
    BroadcastDto {
        id: id.to_owned(),
        at: at.0,
        by: by.to_owned(),
        channel: sent.channel,
        text: sent.text.clone(),
        area: ring_of(&sent.area),
        reached: reached
            .map(|(kind, count)| ReachedCountDto {
                kind: *kind,
                count: *count,
            })
            .collect(),
    }
}

fn step_mark(mark: &StepMark) -> PlanMarkDto {
    PlanMarkDto {
        kind: match mark.kind {
            MarkKind::Done => PlanMarkKindDto::Done,
            MarkKind::Skipped => PlanMarkKindDto::Skipped,
        },
        at: mark.at.0,
        by: mark.by.clone(),
        note: mark.note.clone(),
        evidence: mark.evidence.clone(),
    }
}

fn set_dto(set: &ResponseSet) -> ResponseSetDto {
    ResponseSetDto {
        response: response_dto(set.response),
        at: set.at.0,
        by: set.by.clone(),
        reason: set.reason.clone(),
    }
}

/// `2026-03-01 08:00` on the city's clock.
fn clock_text(at: UtcMillis) -> String {
    let moment = Timestamp::from_millisecond(at.0).unwrap_or_default();
    let civil = Offset::constant(AHEAD_H).to_datetime(moment);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}",
        civil.year(),
        civil.month(),
        civil.day(),
        civil.hour(),
        civil.minute()
    )
}

fn count(many: usize) -> u32 {
    u32::try_from(many).unwrap_or(u32::MAX)
}
