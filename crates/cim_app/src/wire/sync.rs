//! What crosses to the UI about sources, the exchange with the hub, and the others who work with it.

use super::Target;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How a source of the desk is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum SourceStateDto {
    /// Not asked for.
    Off,
    /// It delivers as promised.
    #[default]
    Good,
    /// Nothing was heard of it yet.
    Starting,
    /// Its times and ours are far apart.
    Skewed,
    /// Nothing for longer than three of its periods.
    Late,
    /// Nothing for longer than ten of its periods.
    Silent,
    /// It cannot be reached, or answers what cannot be read.
    Failing,
}

/// How fresh one layer of a source is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SourceLayerDto {
    /// Kind of its devices, `SensorKind::as_str`, or `cameras`, `events` …
    pub layer: String,
    /// Series within their period.
    pub fresh: u32,
    /// Series that are late.
    pub late: u32,
    /// Series that are missing.
    pub missing: u32,
}

/// A source, and how it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SourceDto {
    /// Its name in `sources.toml`; `hub` for the hub.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it speaks: `hub`, `sensorthings`, `mqtt`, `cap` …
    pub kind: String,
    /// Where it is.
    pub address: String,
    /// How it is.
    pub state: SourceStateDto,
    /// Since when, UTC milliseconds.
    pub since: i64,
    /// When something last arrived, UTC milliseconds.
    pub last_arrival: Option<i64>,
    /// When the newest value held, UTC milliseconds.
    pub last_happened: Option<i64>,
    /// How far its clock is ahead of ours, seconds; negative when it is behind.
    pub skew_s: Option<f64>,
    /// How many things it told in all.
    pub items: f64,
    /// How many a minute.
    pub per_minute: f64,
    /// How many could not be used.
    pub rejected: f64,
    /// How often it promises to report, seconds.
    pub period_s: f64,
    /// Why it is as it is, in words; may be empty.
    pub reason: String,
    /// Its layers.
    pub layers: Vec<SourceLayerDto>,
}

/// The sources, counted by state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SourcesDto {
    /// All of them.
    pub total: u32,
    /// Those that deliver.
    pub good: u32,
    /// Those that are late.
    pub late: u32,
    /// Those that are silent.
    pub silent: u32,
    /// Those whose clock is wrong.
    pub skewed: u32,
    /// Those that fail.
    pub failing: u32,
    /// Those that are not asked for.
    pub off: u32,
    /// The worst state.
    pub worst: SourceStateDto,
}

/// What became of a fact that the hub is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FactStateDto {
    /// It waits until the hub can be reached.
    Waiting,
    /// It was sent, and waits for an answer.
    Sending,
    /// The hub has it.
    Accepted,
    /// The hub will not take it.
    Refused,
    /// The hub has it, and another's beside it.
    Conflict,
    /// Its author took it back.
    Withdrawn,
}

/// One field that a fact changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FieldChangeDto {
    /// Its name.
    pub field: String,
    /// What it becomes.
    pub value: String,
}

/// One fact of the outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OutboxItemDto {
    /// Identity.
    pub id: String,
    /// What it is about.
    pub subject: String,
    /// What people call that.
    pub subject_name: String,
    /// Its card; `None` without one.
    pub target: Option<Target>,
    /// What was done.
    pub verb: String,
    /// By whom.
    pub author: String,
    /// When, UTC milliseconds.
    pub happened_at: i64,
    /// What became of it.
    pub state: FactStateDto,
    /// How often it was sent.
    pub tries: u32,
    /// Why it was refused or still waits; may be empty.
    pub reason: String,
    /// What it changes.
    pub changes: Vec<FieldChangeDto>,
}

/// How full the outbox is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OutboxDto {
    /// Facts that wait.
    pub waiting: u32,
    /// Facts that were refused.
    pub refused: u32,
    /// Conflicts that nobody has looked at.
    pub conflicts: u32,
    /// When the oldest that waits was done, UTC milliseconds.
    pub oldest_waiting: Option<i64>,
}

/// One side of a conflict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VersionDto {
    /// The fact.
    pub id: String,
    /// Who.
    pub author: String,
    /// At which desk.
    pub desk: String,
    /// When it was done, UTC milliseconds.
    pub happened_at: i64,
    /// When it became known here, UTC milliseconds.
    pub known_at: i64,
    /// What it changes.
    pub changes: Vec<FieldChangeDto>,
}

/// Whose version holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HoldsDto {
    /// Ours.
    Mine,
    /// The other's.
    Theirs,
    /// Some fields of each.
    Mixed,
}

/// Two people changed the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConflictDto {
    /// Identity: that of our fact.
    pub id: String,
    /// What both changed.
    pub subject: String,
    /// What people call that.
    pub subject_name: String,
    /// Its card.
    pub target: Option<Target>,
    /// Our version.
    pub mine: VersionDto,
    /// The other's.
    pub theirs: VersionDto,
    /// Whose holds.
    pub holds: HoldsDto,
    /// When it became known, UTC milliseconds.
    pub at: i64,
    /// True once somebody looked at it.
    pub seen: bool,
}

/// What is to become of a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChoiceDto {
    /// What holds, stays.
    Keep,
    /// Ours is said again, so that it holds.
    Mine,
    /// The other's is said again in our name, so that it holds.
    Theirs,
}

/// Whether something is real.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of `cim_model::Standing`")]
pub enum StandingDto {
    #[default]
    Actual,
    Exercise,
    System,
    Test,
    Draft,
}

/// What is known of a stretch that misses something, or did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum GapStateDto {
    /// It is known to miss something.
    Found,
    /// What it misses is being fetched.
    Filling,
    /// It is whole again.
    Filled,
    /// The hub has only a sample of it.
    Sampled,
    /// Nobody has what it misses.
    Lost,
}

/// A stretch that misses something, or did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct KnownGapDto {
    /// The source.
    pub source: String,
    /// Its first moment, UTC milliseconds.
    pub from: i64,
    /// The first moment after it, UTC milliseconds.
    pub until: i64,
    /// What is known of it.
    pub state: GapStateDto,
    /// How many observations are missing, when that is known.
    pub missing: Option<f64>,
}

/// Somebody at the hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PresenceDto {
    /// The desk.
    pub desk: String,
    /// Who sits there.
    pub operator: String,
    /// `desk`, `wall` or `planner`.
    pub mode: String,
    /// Since when, UTC milliseconds.
    pub since: i64,
    /// When it was last heard of, UTC milliseconds.
    pub last_seen: i64,
    /// True for this desk.
    pub is_self: bool,
}

/// A view that somebody shares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SharedViewDto {
    /// Its name.
    pub name: String,
    /// Who shares it.
    pub by: String,
    /// When it changed last, UTC milliseconds.
    pub at: i64,
    /// True when this desk follows it.
    pub followed: bool,
}

/// An exercise or a test that is on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ExerciseDto {
    /// Its open events.
    pub events: u32,
    /// The title of the newest.
    pub title: String,
}

/// What catching up is fetching.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PhaseDto {
    /// What changed at the hub.
    #[default]
    Changes,
    /// Devices.
    Things,
    /// Cameras.
    Cameras,
    /// Events.
    Events,
    /// Observations of the past.
    History,
    /// The newest value of each series.
    Newest,
}
