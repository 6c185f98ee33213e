//! Who may do what with which camera, what was given for a while, and what was looked at.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Whether the person at the desk may do one thing with one camera.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VideoRightDto {
    /// `list`, `see_place`, `live`, `playback`, `snapshot`, `export`, `ptz`, `reveal`, `grant`.
    pub action: String,
    /// It may be done.
    pub is_allowed: bool,
    /// Why: `right`, `grant`, `no_right`, `denial`, `needs_purpose`, `outside_hours`, `unknown_role`.
    pub why: String,
    /// The right, denial, grant, window or purposes that `why` names; empty when it names none.
    pub detail: String,
    /// The grant that allows it; `None` where the matrix does.
    pub grant: Option<String>,
    /// Until when it is so, UTC milliseconds; `None` where nothing ends it.
    pub until: Option<i64>,
    /// A purpose has to be named.
    pub needs_purpose: bool,
}

/// A cell of the printed matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RightsCellDto {
    /// The role's word.
    pub role: String,
    /// `1`, `2`, `3` or the local list.
    pub category: String,
    /// The grade's word.
    pub grade: String,
    /// `own`, `other` or an area's word.
    pub area: String,
    /// The actions that are allowed.
    pub allowed: Vec<String>,
    /// The actions that are allowed only at some hours or for some purposes, with how: action and words.
    pub limited: Vec<[String; 2]>,
    /// The actions that a denial forbids, whatever is granted.
    pub forbidden: Vec<String>,
    /// A camera of this cell that may not be listed is shown as denied; else it is invisible.
    pub shows_denied: bool,
}

/// The matrix of rights as it holds at this desk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RightsMatrixDto {
    /// The role of the person at the desk.
    pub role: String,
    /// Where the policy comes from: `built_in`, or the pack's file.
    pub source: String,
    /// Why the pack's policy is not used; empty when it is.
    pub problem: String,
    /// Every action, in its order.
    pub actions: Vec<String>,
    /// Every cell.
    pub cells: Vec<RightsCellDto>,
}

/// A temporary grant as it is asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoGrantDraftDto {
    /// To a role's word; `None` where it is to a person.
    pub role: Option<String>,
    /// To a person, by name as they sign in; `None` where it is to a role.
    pub person: Option<String>,
    /// The cameras; empty where it is an area.
    pub cameras: Vec<String>,
    /// A ring in degrees; empty where it is cameras.
    pub area: Vec<[f64; 2]>,
    /// The actions.
    pub actions: Vec<String>,
    /// First moment, UTC milliseconds.
    pub from: i64,
    /// Last moment, UTC milliseconds.
    pub to: i64,
    /// The purpose's word.
    pub purpose: String,
    /// What is said with it; may be empty.
    pub note: String,
}

/// How a grant stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VideoGrantStateDto {
    /// It begins later.
    Coming,
    /// It holds.
    #[default]
    Holds,
    /// Its time is over.
    Expired,
    /// It was taken back.
    Revoked,
}

/// A temporary grant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoGrantDto {
    /// Names the grant.
    pub id: String,
    /// What was asked for.
    pub draft: VideoGrantDraftDto,
    /// Who gave it.
    pub given_by: String,
    /// As which role.
    pub given_as: String,
    /// When, UTC milliseconds.
    pub given_at: i64,
    /// How it stands now.
    pub state: VideoGrantStateDto,
    /// Who took it back; empty where nobody did.
    pub revoked_by: String,
    /// Why it was taken back; may be empty.
    pub revoked_why: String,
    /// The person at the desk may take it back.
    pub can_revoke: bool,
    /// It is given to the person at the desk, or to their role.
    pub is_mine: bool,
}

/// What is asked of the audit log. What is empty or `None` does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VideoAuditQueryDto {
    /// A camera.
    pub camera: Option<String>,
    /// Who looked: part of a name.
    pub by: String,
    /// Kinds of facts: `video_looked`, `video_denied`, `video_snapshot`, `video_revealed`, `video_ptz`, `grant_given` …
    pub kinds: Vec<String>,
    /// A purpose's word.
    pub purpose: Option<String>,
    /// Not before, UTC milliseconds.
    pub from: Option<i64>,
    /// Not after, UTC milliseconds.
    pub to: Option<i64>,
    /// Where the window begins.
    pub offset: u32,
    /// How many rows, 1 … 500.
    pub limit: u32,
}

/// A line of the audit log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoAuditDto {
    /// The fact.
    pub id: String,
    /// When, UTC milliseconds.
    pub at: i64,
    /// Who.
    pub by: String,
    /// As which role; may be empty.
    pub role: String,
    /// The kind of the fact.
    pub kind: String,
    /// The camera; empty for grants and mosaics.
    pub camera: String,
    /// What people call it.
    pub name: String,
    /// What was done: `live`, `playback`, `ptz` …; may be empty.
    pub action: String,
    /// The purpose's word, or the reason that was written; may be empty.
    pub purpose: String,
    /// How long it was looked at, seconds; `None` for what has no length.
    pub seconds: Option<f64>,
    /// The moment that was looked at, UTC milliseconds; `None` for the present.
    pub moment: Option<i64>,
    /// The rest in words: a digest, a preset, why it was denied; may be empty.
    pub note: String,
    /// The hub has it.
    pub is_synced: bool,
}

/// A window into the audit log.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoAuditPageDto {
    /// Lines that answer.
    pub total: u32,
    /// Where the window begins.
    pub offset: u32,
    /// Newest first.
    pub rows: Vec<VideoAuditDto>,
}
