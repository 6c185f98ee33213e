//! Who was sent for a case, who is told something within an area, and the picture that everybody draws on.

use super::{ChannelDto, ContactDto, DeskRefusalDto, ResourceDto};
use crate::wire::Target;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What kind of party is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DispatchKindDto {
    /// 部门.
    Department,
    /// 队伍.
    Team,
    /// 人员.
    Person,
}

/// Somebody who can be sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
pub struct PartyRefDto {
    /// What it is.
    pub kind: DispatchKindDto,
    /// Identity; identities nest: `water/crew-1` belongs to `water`.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// How far an assignment has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DispatchStateDto {
    /// 已派: sent, no answer yet.
    Sent,
    /// 已签收: somebody goes.
    Acknowledged,
    /// 到场: somebody is there.
    OnScene,
    /// 完成.
    Finished,
    /// 拒绝.
    Refused,
    /// 撤回.
    Recalled,
}

/// What happens to an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DispatchStepDto {
    /// 签收: the party takes it.
    Acknowledge,
    /// 拒绝: the party cannot; a note says why.
    Refuse,
    /// 到场.
    Arrive,
    /// 完成.
    Finish,
    /// 撤回: the desk takes it back; a note says why.
    Recall,
}

/// What happened to an assignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DispatchEntryDto {
    /// When, UTC milliseconds.
    pub at: i64,
    /// Who.
    pub by: String,
    /// What.
    pub step: DispatchStepDto,
    /// More about it; may be empty.
    pub note: String,
}

/// A party that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DispatchDto {
    /// Identity.
    pub id: String,
    /// The case.
    pub case: String,
    /// Who.
    pub to: PartyRefDto,
    /// What they are to do.
    pub task: String,
    /// When they were sent, UTC milliseconds.
    pub sent_at: i64,
    /// Who sent them.
    pub sent_by: String,
    /// When they have to have answered, UTC milliseconds.
    pub answer_by: i64,
    /// How far it has come.
    pub state: DispatchStateDto,
    /// Somebody is under way or there, or has not answered.
    pub is_open: bool,
    /// The time to answer is over, and nobody answered.
    pub is_unanswered: bool,
    /// What happened, the oldest first.
    pub history: Vec<DispatchEntryDto>,
    /// The steps that whoever sits here may write down now.
    pub may: Vec<DispatchStepDto>,
    /// Who answers there; empty where nobody is known.
    pub contact: ContactDto,
}

/// A party that can be sent, for the form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DispatchChoiceDto {
    /// Who.
    pub party: PartyRefDto,
    /// The resource that it is; `None` for a department.
    pub resource: Option<ResourceDto>,
    /// How many open assignments it has, for any case.
    pub open: u32,
}

/// Everything about who was sent for a case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct DispatchesDto {
    /// The case's assignments, the newest first.
    pub rows: Vec<DispatchDto>,
    /// Who can be sent: departments, then resources in travel order; at most 200.
    pub choices: Vec<DispatchChoiceDto>,
    /// Broadcasts for the case, the newest first.
    pub broadcasts: Vec<BroadcastDto>,
    /// Why whoever sits here may send nobody; `None` when they may.
    pub refused: Option<DeskRefusalDto>,
    /// The moment that it is shown as of, UTC milliseconds.
    pub as_of: i64,
}

/// An assignment that is being made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DispatchDraftDto {
    /// Who.
    pub to: PartyRefDto,
    /// What they are to do; must not be empty.
    pub task: String,
    /// Seconds within which they have to answer; 600 is usual.
    pub answer_within_s: u32,
}

/// What came of sending, or of a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DispatchedDto {
    /// The assignment as it stands then; `None` when it was refused.
    pub dispatch: Option<DispatchDto>,
    /// Why it was refused.
    pub refused: Option<DeskRefusalDto>,
}

/// What can be reached within an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReachKindDto {
    /// People who report where they are.
    Person,
    /// Vehicles with a crew.
    Vehicle,
    /// Teams and stores of the tables.
    Resource,
    /// Devices with a loudspeaker (`speaker` among their properties).
    Speaker,
    /// Signs 情报板 (`sign` among their properties).
    Sign,
    /// Cameras that stand there.
    Camera,
}

/// Somebody or something inside of an area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ReachedDto {
    /// Identity.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it is in the twin; `None` for what stands only in a table.
    pub target: Option<Target>,
    /// Where the last report put it, degrees.
    pub place: [f64; 2],
    /// The last report is old: it may be elsewhere.
    pub is_late: bool,
}

/// Everybody or everything of one kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ReachGroupDto {
    /// What.
    pub kind: ReachKindDto,
    /// How many are inside.
    pub inside: u32,
    /// Of them with an old report.
    pub late: u32,
    /// How many are nowhere, as far as is known.
    pub nowhere: u32,
    /// Those inside; at most 200.
    pub members: Vec<ReachedDto>,
}

/// Who is inside of an area.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct ReachDto {
    /// By kind; kinds of which the city has none at all are left out.
    pub groups: Vec<ReachGroupDto>,
    /// How large the area is, square metres.
    pub area_m2: f64,
    /// Its bounds: west, south, east, north; degrees.
    pub bounds: [f64; 4],
    /// The moment that it is counted as of, UTC milliseconds.
    pub as_of: i64,
}

/// A broadcast that is being made. It cannot be taken back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct BroadcastDraftDto {
    /// The ring of the area, degrees; 3 to 1 024 corners.
    pub area: Vec<[f64; 2]>,
    /// How it goes out.
    pub channel: ChannelDto,
    /// The text; 1 to 4 096 bytes.
    pub text: String,
    /// The message of the running plan that it is; empty for a text of one's own.
    pub message: String,
}

/// A broadcast that was written down. No gateway of the desk sends it: the hub has it, and whoever listens there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct BroadcastDto {
    /// Identity.
    pub id: String,
    /// When, UTC milliseconds.
    pub at: i64,
    /// Who.
    pub by: String,
    /// How it goes out.
    pub channel: ChannelDto,
    /// The text.
    pub text: String,
    /// The area's ring, degrees.
    pub area: Vec<[f64; 2]>,
    /// How many were inside then, by kind.
    pub reached: Vec<ReachedCountDto>,
}

/// How many of a kind were inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReachedCountDto {
    /// What.
    pub kind: ReachKindDto,
    /// How many.
    pub count: u32,
}

/// What came of a broadcast.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct BroadcastedDto {
    /// The broadcast; `None` when it was refused.
    pub broadcast: Option<BroadcastDto>,
    /// Why it was refused.
    pub refused: Option<DeskRefusalDto>,
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum MarkShapeDto {
    /// A place with a symbol.
    Point {
        /// Where, degrees.
        at: [f64; 2],
        /// The symbol's word: `post`, `fire`, `danger`, `water`, `medical`, `gather`, `block`, `flag`.
        symbol: String,
    },
    /// A line.
    Line {
        /// Its points, degrees; 2 to 1 024.
        points: Vec<[f64; 2]>,
        /// It ends in an arrow.
        is_arrow: bool,
    },
    /// An area.
    Area {
        /// Its ring, degrees; 3 to 1 024 corners, the first is not repeated.
        ring: Vec<[f64; 2]>,
    },
    /// Words on the ground: the mark's label.
    Text {
        /// Where, degrees.
        at: [f64; 2],
    },
}

/// One thing that is drawn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct MarkDto {
    /// Identity within the picture; a later mark of the same one takes its place.
    pub id: String,
    /// What.
    pub shape: MarkShapeDto,
    /// Its words; those of a text are the text. At most 512 bytes.
    pub label: String,
    /// The colour's word: `red`, `orange`, `yellow`, `green`, `blue`, `white`.
    pub colour: String,
}

/// What is done with a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum PictureActDto {
    /// A mark is drawn, or takes the place of the one with its identity.
    Put {
        /// The mark.
        mark: MarkDto,
    },
    /// A mark is taken away.
    Remove {
        /// Its identity.
        mark: String,
    },
}

/// The picture that goes with a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PictureDto {
    /// The case.
    pub case: String,
    /// Changes with every act.
    pub version: f64,
    /// The marks, by identity.
    pub marks: Vec<MarkDto>,
    /// There is something of one's own to undo.
    pub may_undo: bool,
    /// There is something of one's own to do again.
    pub may_redo: bool,
    /// Marks and acts that had no room.
    pub left_out: u32,
    /// It is drawn in the twin now.
    pub is_shown: bool,
    /// As of a past moment: nothing can be drawn.
    pub is_past: bool,
}

/// What came of an act on a picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PictureActedDto {
    /// The picture as it stands then.
    pub picture: PictureDto,
    /// Why it was refused.
    pub refused: Option<DeskRefusalDto>,
}
