//! The video index: the catalogue of channels, its import, its health, and how the whole stands.
//!
//! Statuses, actions, categories and codes cross as the words of `cim_video`; the UI has the texts, or `video_tables` names them.

mod coverage;
mod rights;
mod views;

pub use coverage::{
    CalibrationDto, CalibrationFieldDto, CalibrationPointDto, CoverageAreaDto, CoverageDto,
    RouteCoverageDto, RouteGapDto, SightDto, SightScoreDto, SightTargetDto, SightsDto,
    SuggestAskDto, SuggestionDto, SuggestionsDto, VideoPresetDto,
};
pub use rights::{
    RightsCellDto, RightsMatrixDto, VideoAuditDto, VideoAuditPageDto, VideoAuditQueryDto,
    VideoGrantDraftDto, VideoGrantDto, VideoGrantStateDto, VideoRightDto,
};
pub use views::{
    LaneDto, LanesDto, LanesQueryDto, MomentImportDto, MosaicCellDto, MosaicDto, MosaicFollowsDto,
    MosaicForDto, OpenedViewDto, PtzActDto, SnapshotDto, SnapshotTakenDto, VideoMomentDto,
    VideoMomentPageDto, VideoMomentQueryDto, ViewDraftDto, ViewStateDto, ViewStateKindDto,
};

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How the video index stands: a few numbers, told whenever they change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoBoardDto {
    /// Counts up whenever the catalogue, grades, tags or health changed.
    pub catalogue_revision: f64,
    /// Counts up whenever a grant, a mosaic, a calibration, a preset, a work, a snapshot or the audit changed.
    pub desk_revision: f64,
    /// Counts up whenever a view opened, closed or changed its state.
    pub views_revision: f64,
    /// Counts up whenever clips or detections were added.
    pub moments_revision: f64,
    /// Channels of the catalogue that the person at the desk may list.
    pub channels: u32,
    /// Of them, online.
    pub online: u32,
    /// Views that are open at this desk.
    pub views: u32,
    /// How many views may be open at once.
    pub max_views: u32,
    /// Clips and detections that are indexed.
    pub moments: u32,
    /// How the obstacles (terrain, buildings, bridges) that decide who sees what are read.
    pub obstacles: ObstaclesDto,
    /// The program that decodes foreign video is there. Without it no picture can be opened.
    pub has_helper: bool,
}

/// How the obstacles of the city are read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ObstaclesDto {
    /// There is no city, or nobody has asked yet.
    #[default]
    None,
    /// They are read.
    Reading {
        /// The share that is read, 0 … 1.
        share: f64,
    },
    /// They are there: answers consider what stands in the way.
    Ready {
        /// Triangles.
        triangles: u32,
        /// Tiles that could not be read; what stands in them is not considered.
        missing: u32,
    },
    /// They could not be read; answers do not consider what stands in the way.
    Failed {
        /// Why, in English.
        why: String,
    },
}

/// Why something about video was refused: `video.refusal.<code>` in the texts, with `%{what}`, `%{until}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VideoRefusalDto {
    /// `denied`, `not_granter`, `past`, `no_city`, `no_hub`, `no_obstacles`, `no_helper`, `no_stream`, `no_place`, `offline`,
    /// `too_many_views`, `no_purpose`, `no_reason`, `bad_grant`, `bad_points`, `bad_area`, `bad_path`, `bad_mapping`, `too_large`, `nothing`, `busy`,
    /// `bad_address`, `credentials`, `elsewhere`, `status`, `too_slow`, `plain_text`, `no_tls`, `unwritable`,
    /// `unreachable`, `not_shown`, `no_picture`, `bad_grade`, `bad_work`, `area_too_large`, `path_too_long`, `stopped`, and why
    /// points determine no camera: `points_outside`, `points_at_camera`, `points_too_close`, `points_on_a_line`, `points_panorama`,
    /// `points_behind`, `points_misfit`, `points_open`.
    pub code: String,
    /// What it is about: an action, a rule, a field; may be empty.
    pub what: String,
    /// The cell of the matrix or the rule that decided; empty where no right did.
    pub rule: String,
    /// The reason for a log, in English.
    pub message: String,
}

/// What came of something that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VideoActedDto {
    /// The facts that were told; empty where nothing changed.
    pub facts: Vec<String>,
    /// Channels (or works, grants) that changed.
    pub changed: u32,
    /// What was left as it is, with why: identity and reason; at most 100.
    pub left: Vec<[String; 2]>,
    /// Why nothing was done.
    pub refused: Option<VideoRefusalDto>,
}

/// The two trees of a catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VideoTreeDto {
    /// 行政区划: by civil code.
    #[default]
    Civil,
    /// 业务分组: by business group and virtual organisation.
    Business,
}

/// What a line of a tree stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VideoNodeKindDto {
    /// 行政区划, also one that only identities imply.
    Division,
    /// 系统 or platform.
    System,
    /// 业务分组.
    Business,
    /// 虚拟组织.
    Organisation,
    /// A device with channels.
    Device,
    /// A channel.
    Channel,
}

/// A line of a tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoNodeDto {
    /// Names the node: what `video_tree` takes.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it is.
    pub kind: VideoNodeKindDto,
    /// Its own lines: groups and channels.
    pub children: u32,
    /// Channels under it, each counted once; of a channel 1.
    pub channels: u32,
    /// Of them, online.
    pub online: u32,
    /// Nobody delivered this node: identities imply it.
    pub is_implied: bool,
    /// The channel, where the line is one.
    pub channel: Option<VideoRowDto>,
}

/// Lines of a tree.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoTreePageDto {
    /// The node whose lines these are; empty for the roots.
    pub node: String,
    /// The nodes above it, the root first; node and name.
    pub above: Vec<[String; 2]>,
    /// Lines of the node altogether.
    pub total: u32,
    /// Where the window begins.
    pub offset: u32,
    /// Groups first, then channels, both by name.
    pub rows: Vec<VideoNodeDto>,
}

/// How a channel answers.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS,
)]
#[serde(rename_all = "snake_case")]
pub enum VideoStatusDto {
    /// 在线.
    On,
    /// 离线.
    Off,
    /// 视频丢失.
    VideoLost,
    /// 故障.
    Defect,
    /// Nobody said.
    #[default]
    Unknown,
}

/// A channel in a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoRowDto {
    /// Identity: 20 digits by GB/T 28181, or the hub's.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How it answers.
    pub status: VideoStatusDto,
    /// What is the matter with it beside its status: `late`, `moved`, `image_fault`; empty when nothing is.
    pub faults: Vec<String>,
    /// PTZ type (GB/T 28181-2022 A.2.1.9): 1 dome, 2 half-dome, 3 fixed gun, 4 remote gun …; 0 when nobody said.
    pub ptz_type: u8,
    /// 1, 2, 3; 0 where it is not graded, other numbers are the local lists of `video_tables`.
    pub category: u8,
    /// 1 is the mildest; 0 where it is not graded.
    pub grade: u8,
    /// 保密属性 1.
    pub is_secret: bool,
    /// Where it is, degrees: longitude, latitude (WGS 84). `None` also where its place may not be seen.
    pub place: Option<[f64; 2]>,
    /// The division that it belongs to, by name.
    pub division: String,
    /// Where it is put up; may be empty.
    pub address: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Actions that are denied to the person at the desk, whatever for: `live`, `playback`, `snapshot` …
    pub denied: Vec<String>,
    /// Where in the name the words lie that were typed: begin and end in UTF-16 units, in order.
    pub matched: Vec<[u32; 2]>,
}

/// Which channels are listed. What is empty or `None` does not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoQueryDto {
    /// Identity, name, pinyin, address.
    pub text: String,
    /// A node of a tree: everything under it.
    pub node: Option<String>,
    /// The tree of that node.
    pub tree: VideoTreeDto,
    /// A ring, degrees: longitude, latitude.
    pub area: Vec<[f64; 2]>,
    /// West, south, east, north, degrees.
    pub bounds: Option<[f64; 4]>,
    /// Any of these tags.
    pub tags: Vec<String>,
    /// Any of these.
    pub statuses: Vec<VideoStatusDto>,
    /// Any of these PTZ types.
    pub ptz_types: Vec<u8>,
    /// Any of these categories; 0 is "not graded".
    pub categories: Vec<u8>,
    /// Any of these grades; 0 is "not graded".
    pub grades: Vec<u8>,
    /// With a place, or without one.
    pub has_place: Option<bool>,
    /// Any of these sources.
    pub sources: Vec<String>,
    /// Where the window begins.
    pub offset: u32,
    /// How many rows, 1 … 500.
    pub limit: u32,
}

/// A window into the channels that a query answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoPageDto {
    /// The channels that answer and may be listed.
    pub total: u32,
    /// False when there are more than `total` says.
    pub is_total_exact: bool,
    /// Where the window begins.
    pub offset: u32,
    /// The best first.
    pub rows: Vec<VideoRowDto>,
    /// The catalogue's revision that answered.
    pub revision: f64,
}

/// Which channels are drawn as points: as in [`VideoQueryDto`], thinned to a grid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoPointsDto {
    /// West, south, east, north of what is shown, degrees.
    pub bounds: [f64; 4],
    /// Channels that have a place inside.
    pub total: u32,
    /// One point a cell that has channels; at most 20 000.
    pub points: Vec<VideoPointDto>,
}

/// A point of the map of channels: one channel, or many that stand together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoPointDto {
    /// Where, degrees.
    pub lon: f64,
    /// Where, degrees.
    pub lat: f64,
    /// How many.
    pub count: u32,
    /// Of them, online.
    pub online: u32,
    /// The channel, where it is one.
    pub id: Option<String>,
}

/// One field of a channel in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VideoFieldDto {
    /// The field as the standard calls it: `Manufacturer`, `DirectionType` …
    pub field: String,
    /// What people call the field, in the desk's language.
    pub label: String,
    /// Its value as it was delivered.
    pub raw: String,
    /// Its value in words, in the desk's language; the value itself where no table has it.
    pub value: String,
    /// Nobody delivered it: it is taken from the channel's type.
    pub is_assumed: bool,
}

/// Everything about one channel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoChannelDto {
    /// The channel as in a list.
    pub row: VideoRowDto,
    /// The identity in its parts: region, industry, type, network, serial number; empty where it is not of 20 digits.
    pub code: Vec<VideoFieldDto>,
    /// Every field that was delivered.
    pub fields: Vec<VideoFieldDto>,
    /// Its places in both trees: each from the root, node and name.
    pub paths: Vec<VideoPathDto>,
    /// Where it comes from, the one that is believed first.
    pub sources: Vec<String>,
    /// Its view volume; `None` where it has no place or that may not be seen.
    pub volume: Option<VideoVolumeDto>,
    /// Where its view points are kept: PTZ presets, in their order.
    pub presets: Vec<VideoPresetDto>,
    /// Every action, with whether the person at the desk may do it and why.
    pub rights: Vec<VideoRightDto>,
    /// What is wrong with it, and since when.
    pub health: VideoHealthRowDto,
    /// It can be followed by PTZ through the hub.
    pub has_ptz: bool,
    /// The clips that are kept of it, newest first: first and last moment, UTC milliseconds; at most 50.
    pub clips: Vec<[i64; 2]>,
}

/// A place in a tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VideoPathDto {
    /// Which tree.
    pub tree: VideoTreeDto,
    /// Node and name, the root first.
    pub nodes: Vec<[String; 2]>,
}

/// What a camera can see at most.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoVolumeDto {
    /// The lens: longitude and latitude in degrees, height above the ellipsoid in metres.
    pub lens: [f64; 3],
    /// Where it looks, degrees clockwise from north.
    pub azimuth_deg: f64,
    /// How far it looks down from the horizon, degrees; negative is up.
    pub tilt_deg: f64,
    /// Turned about its axis, degrees clockwise.
    pub roll_deg: f64,
    /// Horizontal field of view, degrees.
    pub fov_h_deg: f64,
    /// Vertical field of view, degrees.
    pub fov_v_deg: f64,
    /// Useful range, metres.
    pub range_m: f64,
    /// Resolution, px.
    pub width_px: u32,
    /// Resolution, px.
    pub height_px: u32,
    /// The fields that nobody delivered: `height`, `azimuth`, `tilt`, `fov`, `range`, `resolution`.
    pub assumed: Vec<String>,
    /// It was calibrated in the twin.
    pub is_calibrated: bool,
}

/// A word of a table with its texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VideoWordDto {
    /// The code or word.
    pub code: String,
    /// What people call it, in the desk's language.
    pub name: String,
}

/// A kind of detections with its attributes (GA/T 1400).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VideoKindDto {
    /// `person`, `face`, `motor_vehicle` …
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Its attributes.
    pub attributes: Vec<VideoAttributeDto>,
}

/// An attribute of a detection with the values that it may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VideoAttributeDto {
    /// The attribute's word.
    pub code: String,
    /// What people call it.
    pub name: String,
    /// Its values; empty where any text may stand.
    pub values: Vec<VideoWordDto>,
}

/// Everything that the video pages choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VideoTablesDto {
    /// Categories: 1, 2, 3 and the local lists.
    pub categories: Vec<VideoWordDto>,
    /// Grades, the mildest first.
    pub grades: Vec<VideoWordDto>,
    /// PTZ types.
    pub ptz_types: Vec<VideoWordDto>,
    /// Tags that are in use.
    pub tags: Vec<String>,
    /// Sources of the catalogue.
    pub sources: Vec<String>,
    /// Actions of the rights.
    pub actions: Vec<VideoWordDto>,
    /// Purposes that may be named.
    pub purposes: Vec<VideoWordDto>,
    /// Roles of the rights matrix.
    pub roles: Vec<VideoWordDto>,
    /// Areas of the rights.
    pub areas: Vec<VideoWordDto>,
    /// What may be the matter with a channel.
    pub faults: Vec<VideoWordDto>,
    /// Kinds of detections.
    pub kinds: Vec<VideoKindDto>,
    /// Target fields of an import mapping; code is the field.
    pub import_fields: Vec<VideoWordDto>,
    /// The longest grant that may be given, hours.
    pub max_grant_hours: u32,
}

/// What a catalogue is called, what its places are in, and how the columns of a table become fields. A table without columns and
/// without a delimiter here is read by its header.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VideoMappingDto {
    /// `utf-8` or `gb18030`.
    pub encoding: String,
    /// What parts the columns: `,`, `;` or a tab.
    pub delimiter: String,
    /// `wgs84`, `gcj02`, `bd09`, or `epsg:` with a number; empty is WGS 84, for a table what its header says.
    pub coordinates: String,
    /// What it is called as a source; empty for the name of its file or host.
    pub source: String,
    /// Column (as in the header) and field of `VideoTablesDto::import_fields`; what is empty is left out.
    pub columns: Vec<[String; 2]>,
}

/// A proposal of a mapping, with the first rows of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VideoProposalDto {
    /// `xml` or `csv`; empty when the file is neither.
    pub format: String,
    /// The proposal; of no use for XML.
    pub mapping: VideoMappingDto,
    /// The header.
    pub header: Vec<String>,
    /// The first rows as they stand, at most 8.
    pub rows: Vec<Vec<String>>,
    /// Why it could not be read.
    pub refused: Option<VideoRefusalDto>,
}

/// A row or message that an import left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ImportRejectDto {
    /// Where: a line, a packet, an identity.
    pub place: String,
    /// Why, in English.
    pub reason: String,
}

/// A field that an import changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ImportFieldDto {
    /// The field as the standard calls it.
    pub field: String,
    /// Its value before; empty where it had none.
    pub before: String,
    /// Its value since; empty where it has none.
    pub value: String,
}

/// A channel that an import changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ImportChangeDto {
    /// The channel.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// `added`, `changed`, `gone`, `moved`, `duplicate`.
    pub kind: String,
    /// What of it.
    pub fields: Vec<ImportFieldDto>,
    /// How far it moved, metres; 0 where it did not.
    pub moved_m: u32,
}

/// What an import changes, or has changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ImportReportDto {
    /// What was read.
    pub source: String,
    /// True while nothing is changed yet.
    pub is_dry_run: bool,
    /// Entries that were understood, those that came again too.
    pub read: u32,
    /// Channels that are there since.
    pub added: u32,
    /// Channels with another field.
    pub changed: u32,
    /// Channels that are as they were.
    pub same: u32,
    /// Channels of this source that it does not have any more.
    pub gone: u32,
    /// Channels that moved by more than 5 m.
    pub moved: u32,
    /// Items that came twice.
    pub duplicates: u32,
    /// Items that were left out.
    pub rejected: u32,
    /// The first of the changes, at most 500.
    pub changes: Vec<ImportChangeDto>,
    /// The first of what was left out, at most 100.
    pub rejects: Vec<ImportRejectDto>,
    /// How long it took, milliseconds.
    pub took_ms: u32,
    /// It can be taken back.
    pub can_undo: bool,
    /// Why nothing was read.
    pub refused: Option<VideoRefusalDto>,
}

/// By what health is summed up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VideoHealthByDto {
    /// By division.
    #[default]
    Division,
    /// By owner.
    Owner,
}

/// What is wrong with one channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoHealthRowDto {
    /// How it answers.
    pub status: VideoStatusDto,
    /// Since when it is so, UTC milliseconds.
    pub since: Option<i64>,
    /// When it was heard of last, UTC milliseconds.
    pub heard_at: Option<i64>,
    /// `late`, `moved`, `image_fault`.
    pub faults: Vec<String>,
    /// How often it went off within 30 days.
    pub outages: u32,
    /// How far it is from its place in the catalogue, metres.
    pub moved_m: Option<f64>,
}

/// The health of a division or owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoRateDto {
    /// Division code or owner.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Channels.
    pub channels: u32,
    /// Online now.
    pub online: u32,
    /// Online without a fault now.
    pub intact: u32,
    /// 在线率 over the last 24 hours, 0 … 1; `None` while nothing is known.
    pub online_rate: Option<f64>,
    /// 完好率 over the last 24 hours, 0 … 1.
    pub intact_rate: Option<f64>,
}

/// Health by division or owner.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoHealthDto {
    /// The worst first; at most 500.
    pub rows: Vec<VideoRateDto>,
    /// All of them together.
    pub all: Option<VideoRateDto>,
    /// Channels by fault: word and count.
    pub faults: Vec<VideoCountDto>,
    /// The online rate by hour, oldest first: UTC milliseconds and 0 … 1; at most 168.
    pub by_hour: Vec<[f64; 2]>,
}

/// How many of something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VideoCountDto {
    /// Of what.
    pub word: String,
    /// How many.
    pub count: u32,
}

/// How far a repair is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VideoWorkStateDto {
    /// Found; nobody has it.
    #[default]
    Found,
    /// A repair is ordered.
    Opened,
    /// Repaired and closed.
    Closed,
}

/// A line of the work list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoWorkDto {
    /// The channel.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What is wrong: `offline`, `late`, `image_fault`, `moved`, `no_place`.
    pub what: String,
    /// Since when, UTC milliseconds.
    pub since: i64,
    /// How often within 30 days.
    pub times: u32,
    /// Who owns the channel; may be empty.
    pub owner: String,
    /// The division.
    pub division: String,
    /// How far it is.
    pub state: VideoWorkStateDto,
    /// Who opened or closed it; may be empty.
    pub by: String,
    /// When, UTC milliseconds.
    pub acted_at: Option<i64>,
    /// What was written with it.
    pub note: String,
    /// Category and grade, for the order.
    pub category: u8,
    /// 1 is the mildest; 0 where it is not graded.
    pub grade: u8,
}

/// The work list for repair.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoWorksDto {
    /// Lines altogether.
    pub total: u32,
    /// The gravest and longest first; at most 500 from `offset`.
    pub rows: Vec<VideoWorkDto>,
}

/// Something done to a line of the work list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct VideoWorkActDto {
    /// The channel.
    pub id: String,
    /// The line's `what`.
    pub what: String,
    /// True opens the repair, false closes it.
    pub is_opened: bool,
    /// What is said with it; may be empty.
    pub note: String,
}
