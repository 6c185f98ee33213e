//! Pictures of cameras: views, mosaics, snapshots, PTZ; and the moments that are indexed.

use super::{SightTargetDto, VideoRefusalDto};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A picture of a camera that somebody wants to see.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct ViewDraftDto {
    /// The camera.
    pub camera: String,
    /// The moment, UTC milliseconds; `None` is live.
    pub at: Option<i64>,
    /// The widest picture wanted, px, 64 … 1 920.
    pub width: u32,
    /// Pictures a second at most, 1 … 30.
    pub fps: u32,
    /// The purpose's word; may be empty where the rights ask for none.
    pub purpose: String,
}

/// A view that was opened, or why not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct OpenedViewDto {
    /// Names the view; `None` where it was refused.
    pub view: Option<u32>,
    /// The camera.
    pub camera: String,
    /// What people call it.
    pub name: String,
    /// It may be steered.
    pub can_ptz: bool,
    /// Its picture may be kept.
    pub can_snapshot: bool,
    /// Why not.
    pub refused: Option<VideoRefusalDto>,
}

/// How a view stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ViewStateKindDto {
    /// It is being reached.
    #[default]
    Connecting,
    /// Pictures come.
    Playing,
    /// No picture has come for a while.
    Stalled,
    /// It ended or cannot be shown.
    Failed,
    /// Its helper ended; it begins anew.
    Restarting,
    /// It was closed: by the desk, or because a right ended.
    Closed,
}

/// A view as it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct ViewStateDto {
    /// The view.
    pub view: u32,
    /// The camera.
    pub camera: String,
    /// What people call it.
    pub name: String,
    /// How it stands.
    pub state: ViewStateKindDto,
    /// Why it failed, stalled or was closed, in English; may be empty.
    pub why: String,
    /// The kind of trouble: `address`, `resolve`, `connect`, `denied`, `not_found`, `codec`, `hostile`, `too_large`, `stalled`,
    /// `encrypted`, `protocol`, `crashed`, `spawn`, `killed`; empty where there is none.
    pub trouble: String,
    /// It begins anew in so many milliseconds; 0 where it does not.
    pub restart_in_ms: u32,
    /// The moment asked for, UTC milliseconds; `None` is live.
    pub at: Option<i64>,
    /// When the newest picture was taken, UTC milliseconds; `None` where the stream does not say or none has come.
    pub picture_at: Option<i64>,
    /// Pictures so far.
    pub pictures: f64,
    /// `hls`, `fmp4`, `ws`, `mp4`, `mjpeg`, `rtsp`.
    pub source: String,
    /// `h264`, `jpeg` …; empty until known.
    pub codec: String,
    /// What is in force around the program that decodes it: `seccomp`, `landlock`, `rlimits` …
    pub sandbox: Vec<String>,
    /// What this machine lacks of it.
    pub sandbox_missing: Vec<String>,
    /// Memory of that program, MiB.
    pub memory_mib: f64,
    /// Its share of one core, 0 … 1.
    pub cpu_share: f64,
    /// It is draped over what the camera sees.
    pub is_draped: bool,
    /// It stands above its camera in the twin.
    pub is_above: bool,
    /// The line over every picture: officer, time, camera.
    pub watermark: String,
    /// Kinds of what is masked in pictures that are kept of it: `face`, `plate`; empty where no detector is there.
    pub masks: Vec<String>,
}

/// A cell of a mosaic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MosaicCellDto {
    /// The camera; empty leaves the cell empty. A camera that may not be listed crosses as empty with `is_denied`.
    pub camera: String,
    /// What people call it.
    pub name: String,
    /// The preset to go to; 0 for none.
    pub preset: u32,
    /// The person at the desk may not look.
    pub is_denied: bool,
}

/// What a mosaic follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MosaicFollowsDto {
    /// Live pictures, whatever the clock shows.
    #[default]
    Nothing,
    /// The clock: live in the present, recorded in the past.
    Clock,
    /// An event: the nearest healthy cameras that see it.
    Event,
}

/// A mosaic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MosaicDto {
    /// Names it; empty for one that is not kept.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// 1, 4, 9 or 16.
    pub size: u32,
    /// Its cells, row by row; at most `size`.
    pub cells: Vec<MosaicCellDto>,
    /// What it follows.
    pub follows: MosaicFollowsDto,
    /// The event that it follows; `None` where it follows none.
    pub event: Option<String>,
    /// Everybody at the hub has it.
    pub is_shared: bool,
    /// Who keeps it; empty for one that is not kept.
    pub by: String,
    /// When it was kept, UTC milliseconds.
    pub saved_at: i64,
    /// It was kept by the person at the desk.
    pub is_mine: bool,
    /// The moment at which it is shown, UTC milliseconds; `None` is live.
    pub at: Option<i64>,
    /// Why there is none.
    pub refused: Option<VideoRefusalDto>,
}

/// For what a mosaic is put together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct MosaicForDto {
    /// What the cameras shall see.
    pub target: SightTargetDto,
    /// 1, 4, 9 or 16.
    pub size: u32,
    /// Only cameras that may be looked at by the person at the desk.
    pub is_allowed_only: bool,
}

/// Steering a camera.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PtzActDto {
    /// Moves until it is told to stop; the hub stops it by itself after a few seconds.
    Move {
        /// −1 is left, 1 is right.
        pan: f64,
        /// −1 is down, 1 is up.
        tilt: f64,
        /// −1 is wide, 1 is near.
        zoom: f64,
    },
    /// Stops.
    Stop,
    /// Goes to a preset.
    Preset {
        /// 1 … 255.
        number: u32,
    },
}

/// A picture that is kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct SnapshotDto {
    /// SHA-256 of the file, in hexadecimal digits.
    pub digest: String,
    /// The camera.
    pub camera: String,
    /// What people call it.
    pub name: String,
    /// When it was kept, UTC milliseconds.
    pub taken_at: i64,
    /// The moment that it shows, UTC milliseconds; `None` where the stream does not say.
    pub shows_at: Option<i64>,
    /// Who kept it.
    pub by: String,
    /// Why; may be empty.
    pub reason: String,
    /// px.
    pub width: u32,
    /// px.
    pub height: u32,
    /// Faces and plates that are masked in it.
    pub masked: u32,
    /// A detector was there: without one, nothing could be masked.
    pub has_detector: bool,
    /// The file lies at this desk.
    pub is_here: bool,
    /// Where it lies at this desk; empty where it does not.
    pub path: String,
    /// The person at the desk may reveal what is masked.
    pub can_reveal: bool,
    /// Who revealed it, and when (UTC milliseconds).
    pub revealed: Vec<(String, i64)>,
}

/// A picture that was kept, or why not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct SnapshotTakenDto {
    /// The picture.
    pub snapshot: Option<SnapshotDto>,
    /// The picture as JPEG in base64: masked, or revealed where that was asked for; empty where it was not.
    pub base64: String,
    /// Why not.
    pub refused: Option<VideoRefusalDto>,
}

/// A clip or a detection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoMomentDto {
    /// Names it.
    pub id: String,
    /// The camera.
    pub camera: String,
    /// What people call it.
    pub name: String,
    /// `clip`, `person`, `face`, `motor_vehicle` …
    pub kind: String,
    /// What people call the kind.
    pub kind_name: String,
    /// First moment, UTC milliseconds.
    pub from: i64,
    /// Last moment, UTC milliseconds.
    pub to: i64,
    /// Where, degrees: longitude, latitude.
    pub place: Option<[f64; 2]>,
    /// Attributes in words: name, value.
    pub attributes: Vec<[String; 2]>,
    /// Where in the image, 0 … 1: left, top, right, bottom.
    pub area: Option<[f64; 4]>,
    /// How sure the detector was, 0 … 1.
    pub confidence: Option<f64>,
    /// Which source told it.
    pub source: String,
    /// The person at the desk may look at it.
    pub can_look: bool,
}

/// Which moments are looked for. What is empty or `None` does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoMomentQueryDto {
    /// A ring, degrees.
    pub area: Vec<[f64; 2]>,
    /// Not before, UTC milliseconds.
    pub from: Option<i64>,
    /// Not after, UTC milliseconds.
    pub to: Option<i64>,
    /// Any of these kinds.
    pub kinds: Vec<String>,
    /// All of these: attribute and value.
    pub attributes: Vec<[String; 2]>,
    /// Any of these cameras.
    pub cameras: Vec<String>,
    /// How sure at least, 0 … 1.
    pub min_confidence: Option<f64>,
    /// Where the window begins.
    pub offset: u32,
    /// How many rows, 1 … 500.
    pub limit: u32,
}

/// A window into the moments that answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoMomentPageDto {
    /// Moments that answer, of cameras that may be listed.
    pub total: u32,
    /// Where the window begins.
    pub offset: u32,
    /// Newest first.
    pub rows: Vec<VideoMomentDto>,
}

/// Which lanes are drawn on the timeline.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct LanesQueryDto {
    /// UTC milliseconds.
    pub from: i64,
    /// UTC milliseconds.
    pub to: i64,
    /// How many bins, 1 … 2 000.
    pub bins: u32,
    /// A ring, degrees; empty for everywhere.
    pub area: Vec<[f64; 2]>,
    /// Any of these cameras; empty for all.
    pub cameras: Vec<String>,
    /// Any of these kinds; empty for all.
    pub kinds: Vec<String>,
}

/// A lane: how many moments of a kind lie in each bin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LaneDto {
    /// `clip`, `person` …
    pub kind: String,
    /// What people call it.
    pub name: String,
    /// One number a bin.
    pub counts: Vec<u32>,
}

/// Lanes of moments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LanesDto {
    /// UTC milliseconds.
    pub from: i64,
    /// UTC milliseconds.
    pub to: i64,
    /// Clips first, then by how many there are.
    pub lanes: Vec<LaneDto>,
}

/// What an import of moments brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MomentImportDto {
    /// Lines read.
    pub read: u32,
    /// Moments that are there since.
    pub added: u32,
    /// Moments that were told anew.
    pub changed: u32,
    /// Moments that are as they were.
    pub same: u32,
    /// Lines that were left out.
    pub rejected: u32,
    /// The first of them: line and why; at most 100.
    pub rejects: Vec<[String; 2]>,
    /// Moments that the limit pushed out: the oldest.
    pub forgotten: u32,
    /// Why nothing was read.
    pub refused: Option<VideoRefusalDto>,
}
