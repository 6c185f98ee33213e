//! What crosses to the UI about time: the clock, history, charts, moments, recordings and branches.

use super::{AlarmRow, EventRow, KnownGapDto, LimitDto, ViewPlaceDto};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How time runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum ClockDto {
    /// Now.
    Live,
    /// A past moment.
    At {
        /// UTC milliseconds.
        time: i64,
    },
    /// The past, playing.
    Playing {
        /// The moment shown when playing began, UTC milliseconds.
        from: i64,
        /// Seconds of city time per second, -60 to 1000 and not 0; backwards when negative.
        rate: f64,
        /// The earliest moment that it shows, UTC milliseconds.
        start: i64,
        /// Where it stops or begins again, UTC milliseconds.
        until: i64,
        /// True when it plays the stretch over and over.
        looping: bool,
    },
    /// A moment of a branch.
    Branch {
        /// The branch.
        id: String,
        /// UTC milliseconds.
        time: i64,
    },
}

/// Which knowledge a past moment is seen with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KnowledgeDto {
    /// Only with what was known at that moment.
    Then,
    /// With all that is known today.
    Now,
}

/// What a step goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StepKindDto {
    /// An event.
    Event,
    /// An alarm that was raised.
    Alarm,
    /// A saved moment.
    Moment,
}

/// The alarms of the present, also while the past is shown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct LiveAlarmsDto {
    /// How many nobody has acknowledged, by severity: critical, high, medium, low.
    pub counts: [u32; 4],
    /// The newest of the worst severity among them.
    pub newest: Option<AlarmRow>,
}

/// What is kept of the past, and how the disk takes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct HistoryDto {
    /// The oldest moment with a value, UTC milliseconds.
    pub from: Option<i64>,
    /// How many days it spans.
    pub days: u32,
    /// What it takes on disk, bytes.
    pub bytes: u64,
    /// For how many days it is kept.
    pub keep_days: u32,
    /// How large it may become, bytes.
    pub keep_bytes: u64,
    /// Stretches that could not be read and were set aside.
    pub damaged: Vec<DamageDto>,
    /// True while the disk refuses: live goes on from memory.
    pub memory_only: bool,
    /// Observations that wait for the disk.
    pub waiting: u32,
    /// Why the disk refuses; empty while it does not.
    pub reason: String,
}

/// A stretch of history that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DamageDto {
    /// First moment, UTC milliseconds.
    pub from: i64,
    /// Last moment, UTC milliseconds.
    pub to: i64,
    /// How many series are touched.
    pub series: u32,
    /// What is wrong with it.
    pub reason: String,
}

/// Long work under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TaskDto {
    /// `recording`, `export`, `verify`, `migration`, `rule_trial`.
    pub what: String,
    /// What it works on.
    pub name: String,
    /// How much is done.
    pub done: u64,
    /// How much there is; 0 while unknown.
    pub total: u64,
}

/// What the timeline draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Timeline {
    /// First moment, UTC milliseconds.
    pub from: i64,
    /// Last moment, UTC milliseconds.
    pub to: i64,
    /// Alarms raised per bin and severity: critical, high, medium, low.
    pub alarms: Vec<[u32; 4]>,
    /// Observations per bin; 0 is a gap.
    pub observations: Vec<u32>,
    /// Events in the stretch.
    pub events: Vec<EventRow>,
    /// Stretches without any observation, first and last moment, UTC milliseconds.
    pub gaps: Vec<[i64; 2]>,
    /// What people did, oldest first; at most 500.
    pub actions: Vec<ActionDto>,
    /// Saved moments in the stretch.
    pub moments: Vec<MomentDto>,
    /// Stretches that are known to miss something, or did, oldest first.
    pub known_gaps: Vec<KnownGapDto>,
}

/// Something that a person did at the desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ActionDto {
    /// When, UTC milliseconds.
    pub time: i64,
    /// When this desk came to know of it, UTC milliseconds.
    pub known_at: i64,
    /// Who.
    pub author: String,
    /// What was done: `alarm_acknowledged`, `layer_on`, `layer_off`, `view`, `moment_saved`, `recording_saved`.
    pub verb: String,
    /// To what, in people's words where there are some.
    pub subject: String,
}

/// A moment that somebody saved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct MomentDto {
    /// Identity.
    pub id: String,
    /// The moment, UTC milliseconds.
    pub time: i64,
    /// What people call it.
    pub title: String,
    /// Who saved it.
    pub author: String,
    /// What was looked at.
    pub view: Option<ViewPlaceDto>,
    /// A small picture of it, as a `data:` address.
    pub thumbnail: Option<String>,
}

/// A stretch of one series, reduced to what a chart of so many pixels can show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Trend {
    /// `DatastreamId`.
    pub id: String,
    /// Device and series, as people call them.
    pub name: String,
    /// Unit; may be empty.
    pub unit: String,
    /// Limits to draw.
    pub limits: Vec<LimitDto>,
    /// Bucket ends, UTC milliseconds, ascending.
    pub times: Vec<i64>,
    /// Mean per bucket; `None` is a gap.
    pub means: Vec<Option<f64>>,
    /// Least value per bucket.
    pub mins: Vec<Option<f64>>,
    /// Greatest value per bucket.
    pub maxs: Vec<Option<f64>>,
    /// The worst that can be said of a bucket's values; late or missing for a gap.
    pub worst: Vec<QualityWordDto>,
}

/// Quality and freshness of a value in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of `cim_model::QualityWord`")]
pub enum QualityWordDto {
    Good,
    Late,
    Missing,
    Estimated,
    Suspect,
}

/// A series that a chart can show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SeriesChoiceDto {
    /// `DatastreamId`.
    pub id: String,
    /// Device and series, as people call them.
    pub name: String,
    /// Unit; may be empty.
    pub unit: String,
    /// `ThingId` of its device.
    pub thing: String,
}

/// A recording in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RecordingDto {
    /// What people call it.
    pub name: String,
    /// Its file.
    pub path: String,
    /// First moment, UTC milliseconds; 0 until it was verified, when it was not made here.
    pub from: i64,
    /// Last moment, UTC milliseconds.
    pub to: i64,
    /// How large the file is, bytes.
    pub bytes: u64,
    /// How many observations it holds.
    pub observations: u64,
    /// What the last check found wrong with it.
    pub problems: Vec<String>,
    /// True when it was checked as it is.
    pub is_verified: bool,
}

/// A file of values for other programs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExportDto {
    /// The file.
    pub path: String,
    /// How many values it holds.
    pub rows: u64,
}

/// What kind of file values are written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormatDto {
    /// Text, for spreadsheets.
    Csv,
    /// Columns, for analysis.
    Parquet,
}

/// A branch: the past up to a moment, then what somebody assumes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BranchDto {
    /// Identity.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// Where it leaves the past, UTC milliseconds.
    pub from: i64,
    /// Who made it.
    pub author: String,
}
