//! Plans at work for a case, who was sent, who is told something within an area, and the picture that everybody draws on.
//!
//! Places are `[longitude, latitude]`, degrees. Names and texts are in the desk's language; stages, roles, channels, colours and
//! reasons for refusing cross as words.

mod dispatch;

pub use dispatch::{
    BroadcastDraftDto, BroadcastDto, BroadcastedDto, DispatchChoiceDto, DispatchDraftDto,
    DispatchDto, DispatchEntryDto, DispatchKindDto, DispatchStateDto, DispatchStepDto,
    DispatchedDto, DispatchesDto, MarkDto, MarkShapeDto, PartyRefDto, PictureActDto,
    PictureActedDto, PictureDto, ReachDto, ReachGroupDto, ReachKindDto, ReachedCountDto,
    ReachedDto,
};

use super::Target;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How much of a plan is set in motion: 四级响应 to 一级响应. A word of its own: the level of a case is another matter.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum ResponseDto {
    /// 四级, the lowest.
    #[default]
    Four,
    /// 三级.
    Three,
    /// 二级.
    Two,
    /// 一级, the highest.
    One,
}

/// What kind of help a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKindDto {
    /// 队伍: people who come.
    Team,
    /// 物资库: goods that somebody fetches.
    Store,
    /// 车辆: a vehicle with its crew.
    Vehicle,
}

/// How a message goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChannelDto {
    /// 短信.
    Sms,
    /// 电话: read out.
    Phone,
    /// 广播.
    Broadcast,
    /// 情报板: signs along the road.
    Sign,
    /// 工作群 or another application.
    App,
}

/// Why something was refused: `refusal.<code>` in the texts, with `%{role}`, `%{by}`, `%{what}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DeskRefusalDto {
    /// `plan.not_running`, `dispatch.bad_step`, `picture.points` …
    pub code: String,
    /// The roles that may do it, as words; empty where that is not the reason.
    pub roles: Vec<String>,
    /// Who was faster; empty where nobody was.
    pub by: String,
    /// What it is about: a step, a state; may be empty.
    pub what: String,
    /// The reason for a log, in English.
    pub message: String,
}

/// Somebody to call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ContactDto {
    /// Who.
    pub name: String,
    /// The number to dial.
    pub phone: String,
}

/// A response level of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanLevelDto {
    /// The level.
    pub response: ResponseDto,
    /// Proposed for events of this level and graver ones: `I` … `IV`.
    pub from_level: String,
    /// The role that orders it.
    pub by_role: String,
    /// What it means here.
    pub about: String,
}

/// One thing to do, as the plan has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanStepDto {
    /// Identity within the plan.
    pub id: String,
    /// What is to be done.
    pub text: String,
    /// The role that does it.
    pub role: String,
    /// Seconds within which it has to be done.
    pub within_s: Option<u32>,
    /// The step whose end starts the timer.
    pub after: Option<String>,
    /// Called from this response level on.
    pub from: ResponseDto,
    /// Who can be called.
    pub contacts: Vec<ContactDto>,
    /// It counts as done only with a photo, a recording or a document.
    pub needs_evidence: bool,
    /// The case may be closed without it.
    pub is_optional: bool,
}

/// What a plan needs on the spot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanNeedDto {
    /// What kind of help.
    pub kind: ResourceKindDto,
    /// The capability, such as `pump_truck`.
    pub what: String,
    /// Its name.
    pub name: String,
    /// How many.
    pub count: u32,
    /// Looked for within so many metres; `None` for everywhere.
    pub within_m: Option<u32>,
}

/// A message that is ready but for its particulars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanTemplateDto {
    /// Identity within the plan.
    pub id: String,
    /// How it goes out.
    pub channel: ChannelDto,
    /// Its name.
    pub name: String,
    /// The text with its `{placeholders}`.
    pub text: String,
}

/// A plan 预案, whole: the action card 处置卡.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanDto {
    /// Identity.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is for; may be empty.
    pub about: String,
    /// The document that it follows; may be empty.
    pub source: String,
    /// The scene pack that it is from.
    pub pack: String,
    /// The category words of the events that it serves.
    pub categories: Vec<String>,
    /// Such a case may be closed only with evidence.
    pub closing_needs_evidence: bool,
    /// Its response levels, from the lowest.
    pub levels: Vec<PlanLevelDto>,
    /// What is to be done, in order.
    pub steps: Vec<PlanStepDto>,
    /// What is needed on the spot.
    pub needs: Vec<PlanNeedDto>,
    /// Messages.
    pub messages: Vec<PlanTemplateDto>,
    /// Everybody within so many metres of the case has to be warned; `None` where a fence says who, or nobody has to be.
    pub warn_radius_m: Option<u32>,
    /// Everybody within this fence of the pack has to be warned; empty without one.
    pub warn_fence: String,
}

/// A plan that fits a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanOfferDto {
    /// The plan.
    pub plan: PlanDto,
    /// The response level that it proposes; an officer decides.
    pub proposed: Option<ResponseDto>,
    /// It runs for this case.
    pub is_running: bool,
    /// Why it cannot be started now; `None` when it can.
    pub refused: Option<DeskRefusalDto>,
}

/// How a plan stands with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PlanStateDto {
    /// It runs.
    Running,
    /// It was ended.
    Stopped,
    /// It was started, and this desk has no such plan: only what people did can be shown.
    Missing,
}

/// What a tick means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PlanMarkKindDto {
    /// Done.
    Done,
    /// Left out; the note says why.
    Skipped,
}

/// A tick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanMarkDto {
    /// What it means.
    pub kind: PlanMarkKindDto,
    /// When, UTC milliseconds.
    pub at: i64,
    /// Who.
    pub by: String,
    /// More about it, or why it was left out; may be empty.
    pub note: String,
    /// References of evidence: digests of the case's attachments, or what somebody wrote.
    pub evidence: Vec<String>,
}

/// A step of a plan at work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanRunStepDto {
    /// What the plan says.
    pub step: PlanStepDto,
    /// Its tick.
    pub mark: Option<PlanMarkDto>,
    /// The response level calls for it.
    pub is_called: bool,
    /// When it has to be done, UTC milliseconds; `None` without a timer or before it starts.
    pub due_at: Option<i64>,
    /// It is called, and neither done nor left out in time.
    pub is_overdue: bool,
    /// Why whoever sits here may not tick it now; `None` when they may (or take the tick back where there is one).
    pub refused: Option<DeskRefusalDto>,
    /// Whether it may be left out by whoever sits here.
    pub may_skip: bool,
}

/// A resource with how soon it comes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ResourceDto {
    /// Identity; what is dispatched is [`ResourceDto::party`].
    pub id: String,
    /// What kind of help.
    pub kind: ResourceKindDto,
    /// What people call it.
    pub name: String,
    /// What it can do, as words.
    pub capabilities: Vec<String>,
    /// Where it is, degrees.
    pub place: [f64; 2],
    /// The straight line, metres.
    pub distance_m: f64,
    /// Seconds until it is there.
    pub arrives_in_s: f64,
    /// By the straight line and a usual speed; no router was asked.
    pub is_estimate: bool,
    /// False while it is sent elsewhere, silent or out of order.
    pub is_available: bool,
    /// How many there are.
    pub count: u32,
    /// Who answers there; the phone may be empty.
    pub contact: ContactDto,
    /// Who is dispatched.
    pub party: PartyRefDto,
    /// What it is in the twin; `None` for what stands only in a table.
    pub target: Option<Target>,
    /// When a vehicle reported last, UTC milliseconds; `None` for what stands in a table.
    pub seen_at: Option<i64>,
}

/// What is taken for a need.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TakenDto {
    /// The resource.
    pub resource: String,
    /// How many of it.
    pub count: u32,
}

/// A need of a plan at work, with who can come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PlanRunNeedDto {
    /// What the plan says.
    pub need: PlanNeedDto,
    /// Who would be taken, the soonest first.
    pub taken: Vec<TakenDto>,
    /// How many are missing.
    pub missing: u32,
    /// Seconds until the last of those taken is there; 0 when nobody is taken.
    pub complete_in_s: f64,
    /// Who could come, in travel order: available ones first; at most 12.
    pub offers: Vec<ResourceDto>,
}

/// A message of a plan at work, filled in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanRunMessageDto {
    /// Identity within the plan.
    pub id: String,
    /// How it goes out.
    pub channel: ChannelDto,
    /// Its name.
    pub name: String,
    /// The text, filled in; what is missing stands as `____`.
    pub text: String,
    /// The placeholders that nobody could fill, as words.
    pub missing: Vec<String>,
    /// How often it went out.
    pub sent: u32,
}

/// A message that was written down as sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SentMessageDto {
    /// The message's identity in the plan.
    pub message: String,
    /// Its name; the identity where the plan has none such any more.
    pub name: String,
    /// The text.
    pub text: String,
    /// To whom.
    pub to: Vec<String>,
    /// When, UTC milliseconds.
    pub at: i64,
    /// Who sent it.
    pub by: String,
}

/// A response level that somebody ordered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ResponseSetDto {
    /// The level.
    pub response: ResponseDto,
    /// Since when, UTC milliseconds.
    pub at: i64,
    /// Who ordered it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// How far a plan has come; steps that are not called do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PlanProgressDto {
    /// Steps that are called for.
    pub steps: u32,
    /// Of them done.
    pub done: u32,
    /// Of them left out.
    pub skipped: u32,
    /// Of them overdue and still to do.
    pub overdue: u32,
}

/// The area to warn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct WarnAreaDto {
    /// Its ring, degrees; the first corner is not repeated.
    pub ring: Vec<[f64; 2]>,
    /// How far around the case, metres; `None` for a fence.
    pub radius_m: Option<u32>,
    /// The fence's name; empty for a circle.
    pub fence: String,
}

/// A plan at work for a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PlanRunDto {
    /// The case.
    pub case: String,
    /// The plan; when this desk has none such, only its identity is filled in.
    pub plan: PlanDto,
    /// How it stands.
    pub state: PlanStateDto,
    /// When it was started first, UTC milliseconds.
    pub started_at: i64,
    /// Who started it.
    pub started_by: String,
    /// When it was ended, UTC milliseconds.
    pub stopped_at: Option<i64>,
    /// Who ended it; empty while it runs.
    pub stopped_by: String,
    /// The response level that steps are called at.
    pub response: ResponseDto,
    /// Levels that were ordered, the oldest first; none while the lowest holds by itself.
    pub responses: Vec<ResponseSetDto>,
    /// The level that the plan proposes for the case's level.
    pub proposed: Option<ResponseDto>,
    /// The levels that whoever sits here may order now.
    pub may_order: Vec<ResponseDto>,
    /// Whether whoever sits here may end it.
    pub may_stop: bool,
    /// Whether whoever sits here may send messages and broadcasts.
    pub may_send: bool,
    /// The checklist, in the plan's order.
    pub steps: Vec<PlanRunStepDto>,
    /// What is needed, with who can come.
    pub needs: Vec<PlanRunNeedDto>,
    /// Messages, filled in.
    pub messages: Vec<PlanRunMessageDto>,
    /// Messages that went out, the oldest first.
    pub sent: Vec<SentMessageDto>,
    /// Who has to be warned; `None` where the plan warns nobody, or its fence is not there.
    pub warn: Option<WarnAreaDto>,
    /// How far it has come.
    pub progress: PlanProgressDto,
    /// Steps that keep the case from being closed, by identity.
    pub hindrances: Vec<String>,
    /// Other plans that ran for the case before, by name.
    pub earlier: Vec<String>,
    /// Ticks for steps that the plan has not (any more).
    pub strange_ticks: u32,
    /// The moment that it is shown as of, UTC milliseconds.
    pub as_of: i64,
    /// As of a past moment: nothing can be done.
    pub is_past: bool,
}

/// What is done with a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum PlanActDto {
    /// 启动.
    Start {
        /// The plan.
        plan: String,
    },
    /// A step is done.
    Tick {
        /// The step.
        step: String,
        /// More about it; may be empty.
        note: String,
        /// References of evidence.
        evidence: Vec<String>,
    },
    /// A step is left out.
    Skip {
        /// The step.
        step: String,
        /// Why; must not be empty.
        reason: String,
    },
    /// A tick or a skip was wrong.
    Untick {
        /// The step.
        step: String,
        /// Why; must not be empty.
        reason: String,
    },
    /// The response level is ordered.
    Respond {
        /// The level from now on.
        response: ResponseDto,
        /// Why; must not be empty.
        reason: String,
    },
    /// A message is written down as sent. No gateway of the desk sends it: the hub and whoever listens there have the text.
    Send {
        /// The message's identity in the plan.
        message: String,
        /// The text as it goes out.
        text: String,
        /// To whom.
        to: Vec<String>,
    },
    /// 终止.
    Stop {
        /// Why; must not be empty.
        reason: String,
    },
}

/// What came of an act on a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PlanActedDto {
    /// The fact that tells it; `None` when it was refused.
    pub fact: Option<String>,
    /// Why it was refused.
    pub refused: Option<DeskRefusalDto>,
    /// The plan as it stands then; `None` when none was started.
    pub run: Option<PlanRunDto>,
}
