//! The event desk: what the event board, lists and pages of cases show, and what is done to cases.
//!
//! Moves, phases, roles, sources and refusals cross as the words of `cim_event`; the UI has the texts.

use super::{AlarmNearDto, SeverityDto, StandingDto, Target};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How far a case has come: the words of `cim_event::Stage`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of `cim_event::Stage`")]
pub enum CaseStageDto {
    Unreported,
    Collected,
    Registered,
    Assigned,
    Handling,
    Handled,
    Verified,
    Rated,
    Closed,
    Archived,
    Suspended,
    Cancelled,
    Merged,
}

/// The six steps of the loop 事件收集 → 集中交办 → 限时办结 → 跟踪督办 → 反馈评价 → 分析应用.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of `cim_event::LoopStep`")]
pub enum LoopStepDto {
    Collect,
    Assign,
    Complete,
    Urge,
    Feedback,
    Analyse,
}

/// How the most urgent deadline of a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of `cim_event::Light`")]
pub enum CaseLightDto {
    Stopped,
    Green,
    Yellow,
    Red,
    Escalated,
}

/// Somebody who can be given a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CasePartyDto {
    /// `department`, `team` or `person`.
    pub kind: String,
    /// Identity; identities nest: `water/crew-1` belongs to `water`.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// One row of the event board.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CaseRowDto {
    /// `EventId`.
    pub id: String,
    /// What happened, in one line.
    pub title: String,
    /// Category word; may be empty.
    pub category: String,
    /// What the category is called, in the desk's language; the word itself where no table has it.
    pub category_name: String,
    /// `I` … `IV`.
    pub level: String,
    /// The severity whose colour it borrows.
    pub severity: SeverityDto,
    /// How far it has come.
    pub stage: CaseStageDto,
    /// The step of the loop that it is in.
    pub loop_step: LoopStepDto,
    /// How its most urgent deadline stands; `None` where nothing is due.
    pub light: Option<CaseLightDto>,
    /// What is due: a phase's word.
    pub due_phase: Option<String>,
    /// When it is due, UTC milliseconds; `None` also while its clock stands still.
    pub due_at: Option<i64>,
    /// The share of the time that is used: 1 is the deadline.
    pub used: Option<f64>,
    /// To whom it is given.
    pub holder: Option<CasePartyDto>,
    /// Where its first report comes from: `alarm`, `hotline`, `grid_worker` …
    pub source: String,
    /// Where it is, degrees: longitude, latitude.
    pub place: Option<[f64; 2]>,
    /// When it happened, UTC milliseconds.
    pub happened_at: i64,
    /// When it was taken in, UTC milliseconds.
    pub reported_at: i64,
    /// When it was closed or cancelled, UTC milliseconds.
    pub closed_at: Option<i64>,
    /// Reports of it, with those of the cases merged into it.
    pub reports: u32,
    /// Cases that are part of it.
    pub children: u32,
    /// Cases that were merged into it.
    pub merged: u32,
    /// How often it was urged.
    pub urges: u32,
    /// Pictures and documents.
    pub attachments: u32,
    /// The greater one that it is part of.
    pub parent: Option<String>,
    /// The case in which it is handled.
    pub merged_into: Option<String>,
    /// Whether it is real.
    pub standing: StandingDto,
    /// True while a step of ours waits for the hub.
    pub is_unsynced: bool,
    /// Closed where it comes from; nobody here has acted on it.
    pub is_closed_at_source: bool,
}

/// How cases are ordered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CaseOrderDto {
    /// Overdue first, then the gravest, then what is due soonest.
    #[default]
    Urgency,
    /// Newest first.
    Newest,
    /// Oldest first.
    Oldest,
    /// What is due soonest first; what is not due last.
    Due,
    /// Gravest first, of those the newest.
    Level,
}

/// Which cases are listed. An empty list of words stands for all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct CaseQueryDto {
    /// Words that title, description, identity, category or holder must have; by Chinese, pinyin or English.
    pub text: String,
    /// Steps of the loop. Where these and `stages` are both empty: everything that is open.
    pub steps: Vec<LoopStepDto>,
    /// Stages.
    pub stages: Vec<CaseStageDto>,
    /// `I` … `IV`.
    pub levels: Vec<String>,
    /// Category words.
    pub categories: Vec<String>,
    /// Parties' identities; what belongs to one of them counts too. An empty text asks for what nobody has.
    pub holders: Vec<String>,
    /// Lights.
    pub lights: Vec<CaseLightDto>,
    /// Words of sources.
    pub sources: Vec<String>,
    /// Standings.
    pub standings: Vec<StandingDto>,
    /// Reported at this moment or later, UTC milliseconds.
    pub from: Option<i64>,
    /// Reported before this moment, UTC milliseconds.
    pub to: Option<i64>,
    /// Only within: west, south, east, north, degrees.
    pub bounds: Option<[f64; 4]>,
    /// Only the cases that are part of this one, or were merged into it.
    pub within: Option<String>,
    /// How the rows are ordered.
    pub order: CaseOrderDto,
    /// The first row wanted.
    pub offset: u32,
    /// How many rows are wanted; 1 000 at most.
    pub count: u32,
}

/// A window into the cases that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct CasePageDto {
    /// The desk's count of changes that the page shows; [`EventBoardDto::revision`].
    pub revision: f64,
    /// How many answer in all.
    pub total: u32,
    /// Of them by step of the loop, in the loop's order.
    pub by_step: [u32; 6],
    /// Of them by light: stopped, green, yellow, red, escalated.
    pub by_light: [u32; 5],
    /// Of them by level: `I` … `IV`.
    pub by_level: [u32; 4],
    /// The first row's place.
    pub offset: u32,
    /// The rows.
    pub rows: Vec<CaseRowDto>,
    /// True when the past is shown: nothing can be done to the rows.
    pub is_past: bool,
}

/// How the event desk stands; part of every update. Of the present, also while the past is shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct EventBoardDto {
    /// Counts up whenever any case, plan, dispatch or picture changed, a light changed, or somebody acts in another role.
    pub revision: f64,
    /// Open cases.
    pub open: u32,
    /// Of them given to nobody.
    pub unassigned: u32,
    /// Of them with a yellow light.
    pub yellow: u32,
    /// Of them overdue.
    pub red: u32,
    /// Of them twice overdue.
    pub escalated: u32,
    /// The case that was taken in last; empty without one.
    pub newest_id: String,
    /// All cases that the desk has, by step of the loop.
    pub by_step: [u32; 6],
    /// The role in which the person at the desk acts.
    pub role: String,
    /// The party for which they act; `None` for the desk itself.
    pub party: Option<String>,
    /// What that party is called; empty without one.
    pub party_name: String,
}

/// A case that is like another one, or like a draft.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CaseLikeDto {
    /// `EventId`.
    pub id: String,
    /// What happened.
    pub title: String,
    /// What its category is called.
    pub category_name: String,
    /// `I` … `IV`.
    pub level: String,
    /// How far it has come.
    pub stage: CaseStageDto,
    /// How alike, 0 to 1.
    pub score: f64,
    /// How far away, metres; `None` where a place is not known.
    pub distance_m: Option<f64>,
    /// When it happened, UTC milliseconds.
    pub happened_at: i64,
    /// When it was closed, UTC milliseconds.
    pub closed_at: Option<i64>,
    /// How long it took from report to closing, seconds.
    pub took_s: Option<f64>,
    /// How it ended: what was done, or why it was cancelled; may be empty.
    pub outcome: String,
}

/// Everything around one case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CaseDetailDto {
    /// Its row.
    pub row: CaseRowDto,
    /// True when it is shown as it stood at a past moment: no move is allowed.
    pub is_past: bool,
    /// More about it; may be empty.
    pub description: String,
    /// What people call the area it lies in, as the model says; its degrees where that has no name, empty without a place.
    pub area: String,
    /// What was told of it, with the reports of the cases merged into it, oldest first; at most 200.
    pub reports: Vec<CaseReportDto>,
    /// Everything that was done and happened, oldest first; the newest 500 where there are more.
    pub timeline: Vec<CaseEntryDto>,
    /// How many there are in all.
    pub timeline_total: u32,
    /// Every move with its refusal, the most usual of the stage first.
    pub moves: Vec<CaseMoveDto>,
    /// To whom it is given and was given, oldest first.
    pub assignments: Vec<CaseAssignmentDto>,
    /// Its clocks: those that run first, then those that ended.
    pub clocks: Vec<CaseClockDto>,
    /// What it is tied to.
    pub links: Vec<CaseLinkDto>,
    /// Pictures and documents.
    pub attachments: Vec<CaseAttachmentDto>,
    /// The greater one that it is part of.
    pub parent: Option<CaseTitleDto>,
    /// The case in which it is handled.
    pub merged_into: Option<CaseTitleDto>,
    /// Cases that are part of it; at most 100.
    pub children: Vec<CaseTitleDto>,
    /// Cases that were merged into it; at most 100.
    pub merged: Vec<CaseTitleDto>,
    /// The newest step, where it can be taken back.
    pub undo: Option<CaseUndoDto>,
    /// Open cases that may be the same, the likeliest first; at most 10.
    pub likely_same: Vec<CaseLikeDto>,
    /// Cases before that were like it, the likeliest first; at most 10.
    pub similar: Vec<CaseLikeDto>,
    /// Cameras around, best first; at most 4.
    pub cameras: Vec<AlarmNearDto>,
    /// People and vehicles around, nearest first; at most 8.
    pub forces: Vec<AlarmNearDto>,
    /// True when closing it needs something that shows that it was done.
    pub needs_evidence: bool,
    /// True when closing it needs a word of whoever reported it.
    pub needs_rating: bool,
    /// What whoever reported it says.
    pub rating: Option<CaseRatingDto>,
    /// How often it was given back.
    pub returns: u32,
    /// How often it was found not handled.
    pub send_backs: u32,
    /// How often it was opened again.
    pub reopenings: u32,
    /// How often more time was given.
    pub extensions: u32,
}

/// A case's name, for lines that lead to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CaseTitleDto {
    /// `EventId`.
    pub id: String,
    /// What happened; empty while its report has not arrived.
    pub title: String,
    /// `I` … `IV`.
    pub level: String,
    /// How far it has come.
    pub stage: CaseStageDto,
}

/// A report of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CaseReportDto {
    /// Its identity within its case.
    pub id: String,
    /// The case that it lies with: this one, or one that was merged into it.
    pub case: String,
    /// Word of the source.
    pub source: String,
    /// Its number at its source; may be empty.
    pub number: String,
    /// What happened.
    pub title: String,
    /// More about it; may be empty.
    pub text: String,
    /// Who told it; may be empty.
    pub reporter: String,
    /// Where it is, degrees: longitude, latitude.
    pub place: Option<[f64; 2]>,
    /// When it happened, UTC milliseconds.
    pub happened_at: i64,
    /// When it was taken in, UTC milliseconds.
    pub at: i64,
    /// Who took it in.
    pub by: String,
    /// The case that it became, when it was split off.
    pub moved_to: Option<String>,
}

/// What an entry of a timeline is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CaseEntryKindDto {
    /// A step of the case: its verb is `event_…`.
    Step,
    /// An act of its plan: `plan_…`.
    Plan,
    /// A dispatch: `dispatch_…`.
    Dispatch,
    /// The shared picture: `picture_…`.
    Picture,
    /// An alarm that it is tied to: `alarm_…`.
    Alarm,
}

/// One thing that was done or happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CaseEntryDto {
    /// The fact's identity.
    pub id: String,
    /// What it is about.
    pub kind: CaseEntryKindDto,
    /// The fact's verb.
    pub verb: String,
    /// When it was done, UTC milliseconds.
    pub at: i64,
    /// When the desk came to know of it, UTC milliseconds.
    pub known_at: i64,
    /// Who: a person, or `rule:…`.
    pub by: String,
    /// Word of the role in which it was done; may be empty.
    pub role: String,
    /// What was said: text, note, remark; may be empty.
    pub text: String,
    /// Why; may be empty.
    pub reason: String,
    /// What it names besides, as people call it: a party, a case, a file, a level, a mark; may be empty.
    pub about: String,
    /// A figure that belongs to it: score, minutes, rung.
    pub figure: Option<f64>,
    /// False when it was not possible in the stage that it found.
    pub has_effect: bool,
    /// True while it waits for the hub.
    pub is_unsynced: bool,
}

/// A move and whether it is allowed now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CaseMoveDto {
    /// The move's word, as in [`super::CaseActDto`]; `attach` besides.
    pub word: String,
    /// Why not: `event.refusal.<word>` in the texts; `None` when it is allowed.
    pub refusal: Option<String>,
    /// True when it says nothing without a reason.
    pub needs_reason: bool,
    /// True for the one or two that usually come next.
    pub is_usual: bool,
}

/// To whom a case was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CaseAssignmentDto {
    /// To whom.
    pub party: CasePartyDto,
    /// When, UTC milliseconds.
    pub at: i64,
    /// By whom.
    pub by: String,
    /// What is asked for; may be empty.
    pub note: String,
    /// When receipt was acknowledged, UTC milliseconds.
    pub received_at: Option<i64>,
    /// By whom; empty while it was not.
    pub received_by: String,
    /// True for the one that holds it.
    pub is_current: bool,
}

/// A clock of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CaseClockDto {
    /// The phase's word: `assign`, `receive`, `arrive`, `handle`, `verify`, `rate`.
    pub phase: String,
    /// How it stands; `None` once it is over.
    pub light: Option<CaseLightDto>,
    /// When it began, UTC milliseconds; `None` for one that is over.
    pub started_at: Option<i64>,
    /// When it turns yellow, UTC milliseconds.
    pub warn_at: Option<i64>,
    /// The deadline, UTC milliseconds.
    pub due_at: Option<i64>,
    /// When the leader on duty hears of it, UTC milliseconds.
    pub escalate_at: Option<i64>,
    /// The share of the time that is used: 1 is the deadline.
    pub used: f64,
    /// The time that it may take, seconds of its measure; `None` for one that runs.
    pub allowed_s: Option<f64>,
    /// The time that it took, seconds of its measure; `None` for one that runs.
    pub took_s: Option<f64>,
    /// True once it is over.
    pub is_over: bool,
    /// True when it took longer than it may, or already does.
    pub is_late: bool,
}

/// Something that a case is tied to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CaseLinkDto {
    /// Kind's word.
    pub kind: String,
    /// Identity among its kind.
    pub id: String,
    /// What people call it; the identity where nobody knows.
    pub name: String,
    /// What it leads to in the twin and the card; `None` where it leads nowhere.
    pub target: Option<Target>,
}

/// A picture or a document that lies with a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CaseAttachmentDto {
    /// Its identity within its case.
    pub id: String,
    /// The file's name.
    pub name: String,
    /// Its media type, for instance `image/jpeg`.
    pub media_type: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub digest: String,
    /// Its size.
    pub bytes: f64,
    /// True when it shows that something was done.
    pub is_evidence: bool,
    /// When it was attached, UTC milliseconds.
    pub at: i64,
    /// By whom.
    pub by: String,
    /// False when its bytes are not on this desk.
    pub is_here: bool,
}

/// What whoever reported a case says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CaseRatingDto {
    /// 1 bad … 5 good.
    pub score: u8,
    /// In words; may be empty.
    pub text: String,
    /// When, UTC milliseconds.
    pub at: i64,
    /// Who asked.
    pub by: String,
}

/// The newest step of a case, where it can be taken back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CaseUndoDto {
    /// The step's identity, for `undo_case_step`.
    pub step: String,
    /// The word of the move that is taken back.
    pub word: String,
    /// True when taking it back needs a reason.
    pub needs_reason: bool,
    /// Until when, UTC milliseconds.
    pub until: i64,
}

/// The tables of the event desk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct CaseTablesDto {
    /// Categories of events.
    pub categories: Vec<CaseCategoryDto>,
    /// Roles in which people act.
    pub roles: Vec<CaseRoleDto>,
    /// Departments, teams and persons who can be given a case, what belongs together side by side.
    pub parties: Vec<CasePartyDto>,
    /// `I` … `IV`.
    pub levels: Vec<String>,
    /// Words of sources that a person can name.
    pub sources: Vec<String>,
    /// What is wrong with the tables: file, line, reason.
    pub problems: Vec<String>,
    /// The largest file that can be attached, bytes.
    pub most_attachment_bytes: f64,
}

/// A category of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CaseCategoryDto {
    /// The word that events carry.
    pub word: String,
    /// Its code (GB/T 30428.2): 4 or 5 digits.
    pub code: String,
    /// What it is called, in the desk's language.
    pub name: String,
    /// What its major category is called; may be empty.
    pub group: String,
}

/// A role in which people act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CaseRoleDto {
    /// Its word.
    pub id: String,
    /// What it is called, in the desk's language.
    pub name: String,
    /// True when it acts on cases of its own party only: it needs a party.
    pub needs_party: bool,
}

/// A kept filter of the event board.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CaseViewDto {
    /// What it is called.
    pub name: String,
    /// The filter.
    pub query: CaseQueryDto,
}
