//! Being on duty: the duty log, who is on duty, the handover that both officers sign, what the cases of a time amount to, and
//! the files that are made of all that.

use super::Target;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Where an entry of the duty log comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DutySourceDto {
    /// An alarm.
    Alarm,
    /// An event of the city.
    Event,
    /// What somebody did at the desk.
    Act,
    /// The desk itself: a connection lost, a source silent.
    System,
    /// Written by hand.
    Hand,
}

/// Which entries of the duty log are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DutyQueryDto {
    /// First moment, UTC milliseconds.
    pub from: i64,
    /// End, UTC milliseconds; not in it any more.
    pub to: i64,
    /// Words that text or author must have; by Chinese, pinyin or English. Empty for all.
    pub text: String,
    /// Sources; empty for all.
    pub sources: Vec<DutySourceDto>,
    /// True to leave out what was struck.
    pub hides_struck: bool,
    /// True for the oldest first; else the newest.
    pub is_oldest_first: bool,
    /// The first row wanted.
    pub offset: u32,
    /// How many rows are wanted; 1 000 at most.
    pub count: u32,
}

/// Who struck an entry, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DutyStruckDto {
    /// When, UTC milliseconds.
    pub at: i64,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// An entry of the duty log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DutyEntryDto {
    /// Identity.
    pub id: String,
    /// When, UTC milliseconds.
    pub at: i64,
    /// Who wrote it: a person, or `desk` for what the desk wrote by itself.
    pub by: String,
    /// Where it comes from.
    pub source: DutySourceDto,
    /// What it is about: an alarm's or an event's identity; may be empty.
    pub subject: String,
    /// The same as something that can be selected.
    pub target: Option<Target>,
    /// What it says, in the desk's language where the desk wrote it.
    pub text: String,
    /// The entry that it takes the place of.
    pub corrects: Option<String>,
    /// Who struck it.
    pub struck: Option<DutyStruckDto>,
    /// True while it may be corrected and struck: written by hand, and not struck.
    pub is_changeable: bool,
}

/// A window into the duty log.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DutyPageDto {
    /// How many answer in all.
    pub total: u32,
    /// How many the stretch has by source, before `sources` is looked at: alarm, event, act, system, hand.
    pub by_source: [u32; 5],
    /// The first row's place.
    pub offset: u32,
    /// The rows.
    pub rows: Vec<DutyEntryDto>,
}

/// A shift and who is on duty in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DutyShiftDto {
    /// Identity.
    pub id: String,
    /// What it is called, in the desk's language.
    pub name: String,
    /// When it began or begins, UTC milliseconds.
    pub from: i64,
    /// When it ends, UTC milliseconds.
    pub until: i64,
    /// 值班员: those at the desk; empty when the roster does not say.
    pub officers: Vec<String>,
    /// 带班领导: the leader on duty; may be empty.
    pub leader: String,
}

/// How much is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DutyOpenDto {
    /// Alarms that ask for attention.
    pub alarms: u32,
    /// Events that are not closed.
    pub events: u32,
    /// Of them those that missed a deadline.
    pub overdue: u32,
    /// Those who were sent and have not finished.
    pub assignments: u32,
}

/// Who is on duty, and what is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DutyBoardDto {
    /// Who sits here.
    pub operator: String,
    /// The shift that runs.
    pub shift: Option<DutyShiftDto>,
    /// The shift after it.
    pub next: Option<DutyShiftDto>,
    /// False when there is no roster: then shifts run from 08:00 to 20:00 and from 20:00 to 08:00.
    pub is_rostered: bool,
    /// Since when the officer who sits here is on duty, UTC milliseconds: the last handover, or the begin of the shift.
    pub since: i64,
    /// What is open.
    pub open: DutyOpenDto,
    /// Entries of the log since then.
    pub entries: u32,
    /// The handover under way.
    pub handover: Option<String>,
    /// The shift has ended, and nobody has taken over.
    pub is_handover_due: bool,
}

/// What kind of thing is still open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DutyItemKindDto {
    /// An alarm.
    Alarm,
    /// An event of the city.
    Event,
    /// Somebody who was sent.
    Assignment,
    /// A matter that an officer wrote down.
    Note,
}

/// Something that the next shift goes on with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DutyItemDto {
    /// What it is.
    pub kind: DutyItemKindDto,
    /// Its identity.
    pub id: String,
    /// The same as something that can be selected.
    pub target: Option<Target>,
    /// What it is called.
    pub title: String,
    /// Since when it is open, UTC milliseconds.
    pub since: i64,
    /// True when somebody of this shift took note of it: alarms that are acknowledged, events that were given to somebody …
    pub is_acknowledged: bool,
}

/// A count of the shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DutyFigureDto {
    /// What is counted: `duty.figure.<word>` in the texts.
    pub word: String,
    /// How many.
    pub count: u32,
}

/// How far a handover has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HandoverStateDto {
    /// Nothing is written yet: what is shown is what would be written now.
    Open,
    /// Written, and still to be changed.
    Drafted,
    /// 交班人 has signed.
    SignedByOutgoing,
    /// 接班人 has signed too.
    SignedByIncoming,
    /// Closed: the other officer sits here.
    Done,
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HandoverSignatureDto {
    /// Who.
    pub name: String,
    /// When, UTC milliseconds.
    pub at: i64,
    /// What was signed, in words.
    pub statement: String,
    /// SHA-256 over everything that was signed, 64 hexadecimal digits.
    pub proof: String,
}

/// That the incoming officer sent it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HandoverReturnDto {
    /// When, UTC milliseconds.
    pub at: i64,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A handover: under way, done, or as it would be written now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HandoverDto {
    /// Identity; the next free one while nothing is written.
    pub id: String,
    /// How far it has come.
    pub state: HandoverStateDto,
    /// The shift's identity.
    pub shift: String,
    /// What the shift is called, in the desk's language.
    pub shift_name: String,
    /// When the shift began, UTC milliseconds.
    pub from: i64,
    /// Until when the log is covered, UTC milliseconds.
    pub until: i64,
    /// 交班人: who hands over.
    pub outgoing: String,
    /// 接班人: who takes over; may be empty while nothing is written.
    pub incoming: String,
    /// Whom the roster names for the next shift: offered as the incoming officer.
    pub candidates: Vec<String>,
    /// What is open: worst or most urgent first within each kind. At most 2 000.
    pub items: Vec<DutyItemDto>,
    /// Counts of the shift.
    pub figures: Vec<DutyFigureDto>,
    /// What the outgoing officer adds.
    pub note: String,
    /// How many records of the log it covers.
    pub records: u32,
    /// SHA-256 over everything that is handed over, 64 hexadecimal digits; empty while nothing is written.
    pub proof: String,
    /// The outgoing officer's signature.
    pub signed_out: Option<HandoverSignatureDto>,
    /// The incoming officer's signature.
    pub signed_in: Option<HandoverSignatureDto>,
    /// How often it was sent back, the newest last.
    pub returned: Vec<HandoverReturnDto>,
    /// When it was closed, UTC milliseconds.
    pub completed_at: Option<i64>,
    /// False when the log has been changed since it was signed.
    pub is_intact: bool,
    /// The acts that are its turn: words of [`HandoverActDto`].
    pub allowed: Vec<String>,
}

/// One row of the list of handovers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HandoverRowDto {
    /// Identity.
    pub id: String,
    /// How far it has come.
    pub state: HandoverStateDto,
    /// What the shift is called, in the desk's language.
    pub shift_name: String,
    /// When the shift began, UTC milliseconds.
    pub from: i64,
    /// Until when the log is covered, UTC milliseconds.
    pub until: i64,
    /// Who hands over.
    pub outgoing: String,
    /// Who takes over.
    pub incoming: String,
    /// How many items were open.
    pub items: u32,
    /// False when the log has been changed since it was signed.
    pub is_intact: bool,
}

/// What is done with a handover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum HandoverActDto {
    /// It is written, or written anew, as everything stands now.
    Draft {
        /// Who takes over.
        incoming: String,
        /// What the outgoing officer adds; may be empty.
        note: String,
        /// Open items that the outgoing officer took note of here, by identity.
        acknowledged: Vec<String>,
        /// Matters written by hand that go into the list of open items; lines. Those of the handover before that still
        /// stand are to be sent again.
        notes: Vec<String>,
    },
    /// The outgoing officer, who sits here, signs.
    SignOut {
        /// What is signed, in words.
        statement: String,
        /// The check value of what the officer saw.
        proof: String,
    },
    /// The incoming officer signs, under the own name.
    SignIn {
        /// Who signs.
        officer: String,
        /// What is signed, in words.
        statement: String,
        /// The check value of what the officer saw.
        proof: String,
        /// The open items that the officer took note of, by identity: all of them.
        seen: Vec<String>,
    },
    /// The incoming officer sends it back.
    Return {
        /// Who sends it back.
        officer: String,
        /// Why; must not be empty.
        reason: String,
    },
    /// It is closed: the incoming officer sits here from now on.
    Complete,
}

/// What came of an act on a handover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HandoverActedDto {
    /// The handover as it stands.
    pub handover: HandoverDto,
    /// Who sits here.
    pub operator: String,
}

/// Which cases an analysis is of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AnalysisQueryDto {
    /// First moment at which something happened, UTC milliseconds.
    pub from: i64,
    /// End, UTC milliseconds; not in it any more.
    pub to: i64,
    /// Category words; empty for all.
    pub categories: Vec<String>,
    /// Levels `I` … `IV`; empty for all.
    pub levels: Vec<String>,
    /// Departments' identities; empty for all.
    pub departments: Vec<String>,
    /// True to count exercises and tests too.
    pub has_exercises: bool,
}

/// Figures of a group of cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct CaseFiguresDto {
    /// Cases.
    pub cases: u32,
    /// Of them closed.
    pub closed: u32,
    /// Of them with a deadline that was not kept.
    pub overdue: u32,
    /// Their share, 0 to 1.
    pub overdue_share: f64,
    /// Of them opened again.
    pub reopened: u32,
    /// Half of those that were answered were answered within so many seconds of the report.
    pub response_p50_s: Option<f64>,
    /// Nine of ten were.
    pub response_p90_s: Option<f64>,
    /// Half of those that are closed were closed within so many seconds of the report.
    pub closing_p50_s: Option<f64>,
    /// Nine of ten were.
    pub closing_p90_s: Option<f64>,
}

/// What cases are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AnalysisByDto {
    /// Category.
    Category,
    /// Level, `I` … `IV`.
    Level,
    /// Department.
    Department,
    /// Community.
    Community,
    /// Grid cell.
    Grid,
    /// Hour of the city's day in which it happened, `00` to `23`.
    Hour,
    /// Day of the week, `1` Monday to `7`.
    Weekday,
    /// Day, `2026-03-01`.
    Day,
}

/// A group with its figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AnalysisRowDto {
    /// The group's word; empty for what is unknown.
    pub group: String,
    /// What it is called, in the desk's language.
    pub name: String,
    /// Its figures.
    pub figures: CaseFiguresDto,
}

/// The groups of one kind: times in their order, others by count, the most first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AnalysisTableDto {
    /// What is grouped by.
    pub by: AnalysisByDto,
    /// The groups; at most 400.
    pub rows: Vec<AnalysisRowDto>,
    /// How many groups there are.
    pub total: u32,
}

/// A place where the same happens again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RepeatPlaceDto {
    /// The category's word.
    pub category: String,
    /// What it is called, in the desk's language.
    pub name: String,
    /// The middle of the cases, degrees: longitude, latitude.
    pub position: [f64; 2],
    /// How many cases.
    pub cases: u32,
    /// The first, UTC milliseconds.
    pub first: i64,
    /// The last, UTC milliseconds.
    pub last: i64,
    /// Some of them by identity, the newest first; at most 50.
    pub ids: Vec<String>,
}

/// What the cases of a time amount to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AnalysisDto {
    /// First moment, UTC milliseconds.
    pub from: i64,
    /// End, UTC milliseconds.
    pub to: i64,
    /// The figures of all cases together.
    pub total: CaseFiguresDto,
    /// One table for each of [`AnalysisByDto`], in that order.
    pub tables: Vec<AnalysisTableDto>,
    /// Places where the same happens again, the most cases first; at most 200.
    pub repeats: Vec<RepeatPlaceDto>,
    /// How many repeated places there are.
    pub repeats_total: u32,
}

/// What a report is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReportOfDto {
    /// A handover.
    Handover {
        /// Its identity.
        id: String,
    },
    /// The duty log of a stretch.
    DutyLog {
        /// First moment, UTC milliseconds.
        from: i64,
        /// End, UTC milliseconds; not in it any more.
        to: i64,
    },
    /// What the cases of a time amount to.
    Analysis {
        /// Which cases.
        query: AnalysisQueryDto,
    },
    /// One case with its whole course.
    Case {
        /// Its identity.
        id: String,
    },
    /// The plan of a case as far as it was carried out.
    Plan {
        /// The case's identity.
        id: String,
    },
}

/// What a report is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReportFormatDto {
    /// PDF/A-2a, PDF/UA-1.
    Pdf,
    /// Office Open XML.
    Docx,
    /// Comma-separated values: of the log and of analyses.
    Csv,
}

/// A report that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ReportFileDto {
    /// Where the file lies.
    pub path: String,
    /// Its length, bytes.
    pub bytes: u64,
    /// Its pages; 0 where it has none of its own.
    pub pages: u32,
    /// Characters that the fonts do not have and that are shown as boxes; empty as a rule.
    pub missing: String,
}
