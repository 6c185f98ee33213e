//! Who sees what: sights, coverage and blind spots, patrol routes, further cameras, calibration, presets.

use super::{VideoRefusalDto, VideoVolumeDto};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is to be seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SightTargetDto {
    /// A point.
    Point {
        /// Longitude, degrees.
        lon: f64,
        /// Latitude, degrees.
        lat: f64,
        /// Above the ground, metres; `None` is 1 m. With `is_absolute`: above the ellipsoid.
        height_m: Option<f64>,
        /// `height_m` is above the ellipsoid (a click on a roof or a wall).
        is_absolute: bool,
    },
    /// A path on the ground, degrees.
    Path {
        /// Its corners, 2 … 512.
        path: Vec<[f64; 2]>,
    },
    /// An area on the ground, degrees.
    Area {
        /// Its ring, 3 … 512 corners.
        ring: Vec<[f64; 2]>,
    },
    /// Where an event is.
    Event {
        /// `EventId`.
        id: String,
    },
    /// Where the thing of an alarm is.
    Alarm {
        /// `AlarmId`.
        id: String,
    },
    /// Where a thing is.
    Thing {
        /// `ThingId`.
        id: String,
    },
}

/// One part of the score by which cameras are ranked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SightScoreDto {
    /// `pixels`, `angle`, `grade`, `health`, `certainty`.
    pub part: String,
    /// What it adds (or takes), 0 … 1 of its weight.
    pub value: f64,
    /// The weight.
    pub weight: f64,
}

/// A camera that sees the target, or would if nothing stood in the way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SightDto {
    /// The camera.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// True when nothing stands in the way. For a path or an area: of some of it.
    pub is_clear: bool,
    /// The share of the target that it sees, 0 … 1; of a point 0 or 1.
    pub share: f64,
    /// How far, metres.
    pub distance_m: f64,
    /// Pixels on an object of 1 m at the target.
    pub pixels: f64,
    /// Between the line of sight and the horizon, degrees: 0 is level, 90 straight down.
    pub incidence_deg: f64,
    /// Where it looks from the camera, degrees clockwise from north.
    pub bearing_deg: f64,
    /// The city's feature that stands in the way; may be empty where nothing does or nobody names it.
    pub blocked_by: String,
    /// What people call that feature; may be empty.
    pub blocked_by_name: String,
    /// Where the line is blocked: longitude, latitude, height above the ellipsoid.
    pub blocked_at: Option<[f64; 3]>,
    /// It does not see it as it stands but from this preset; 0 when it has to be turned and no preset looks there.
    pub preset: Option<u32>,
    /// The score, 0 … 1.
    pub score: f64,
    /// Its parts.
    pub parts: Vec<SightScoreDto>,
    /// Some of the view volume is assumed from the camera's type.
    pub is_assumed: bool,
    /// It delivers and has no fault.
    pub is_healthy: bool,
    /// The person at the desk may look live.
    pub can_look: bool,
    /// The person at the desk may look at the past.
    pub can_play_back: bool,
    /// Category.
    pub category: u8,
    /// 1 is the mildest; 0 where it is not graded.
    pub grade: u8,
}

/// Who sees a target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct SightsDto {
    /// What stands in the way was considered. If not: the city's obstacles are not there (yet), and `is_clear` says only that the
    /// target lies within the camera's view.
    pub is_with_obstacles: bool,
    /// Clear sights first, the best first; then blocked ones; at most 50.
    pub rows: Vec<SightDto>,
    /// Cameras that see it and may be listed.
    pub clear: u32,
    /// Cameras that would see it.
    pub blocked: u32,
    /// Cameras that see it and may not be listed: how many, where the policy lets that be known.
    pub denied: u32,
    /// Where the target is: longitude, latitude, height above the ellipsoid.
    pub place: Option<[f64; 3]>,
    /// How long it took, milliseconds.
    pub took_ms: f64,
    /// Why there is no answer.
    pub refused: Option<VideoRefusalDto>,
}

/// Of what a coverage map is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct CoverageAreaDto {
    /// A ring, degrees, 3 … 512 corners.
    pub ring: Vec<[f64; 2]>,
    /// Side of a cell, metres, 0.5 … 50.
    pub cell_m: f64,
    /// At which height above the ground somebody is to be seen, metres.
    pub height_m: f64,
    /// From how many pixels a metre on it counts as seen.
    pub min_pixels: f64,
    /// Only cameras that are online.
    pub is_online_only: bool,
}

/// A coverage map in figures; its sheet is drawn in the twin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct CoverageDto {
    /// What was asked.
    pub area: CoverageAreaDto,
    /// What stands in the way was considered.
    pub is_with_obstacles: bool,
    /// The area (without what is built over), m².
    pub area_m2: f64,
    /// What nobody sees, m².
    pub blind_m2: f64,
    /// The share that is seen, 0 … 1.
    pub seen_share: f64,
    /// m² seen by 0, 1, 2, 3, 4 and by 5 or more cameras.
    pub by_count_m2: Vec<f64>,
    /// Cameras that see some of it.
    pub cameras: u32,
    /// Rows and columns of the sheet.
    pub size: [u32; 2],
    /// The largest blind spots: longitude, latitude, m²; the largest first, at most 20.
    pub blind_spots: Vec<[f64; 3]>,
    /// How long it took, milliseconds.
    pub took_ms: f64,
    /// Why there is none.
    pub refused: Option<VideoRefusalDto>,
}

/// A stretch of a route that nobody sees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RouteGapDto {
    /// Metres along the route.
    pub from_m: f64,
    /// Metres along the route.
    pub to_m: f64,
}

/// How much of a patrol route is seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct RouteCoverageDto {
    /// What stands in the way was considered.
    pub is_with_obstacles: bool,
    /// The route, metres.
    pub length_m: f64,
    /// The share that is seen, 0 … 1.
    pub seen_share: f64,
    /// What nobody sees, in the order of the route; at most 500.
    pub gaps: Vec<RouteGapDto>,
    /// Every stretch that a camera sees, in the order of the route: its identity, name, from, to (metres); at most 2000.
    pub cameras: Vec<(String, String, f64, f64)>,
    /// Why there is none.
    pub refused: Option<VideoRefusalDto>,
}

/// What is asked for when cameras are to be added.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct SuggestAskDto {
    /// The area that is to be seen.
    pub area: CoverageAreaDto,
    /// How many cameras at most, 1 … 20.
    pub count: u32,
    /// Places where one may stand, degrees; empty takes corners of buildings, poles and roofs.
    pub places: Vec<[f64; 2]>,
}

/// A camera that would help.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SuggestionDto {
    /// How it would see.
    pub volume: VideoVolumeDto,
    /// `pole`, `corner`, `roof`, `given`.
    pub stands_on: String,
    /// What it would see that nobody sees, m².
    pub gain_m2: f64,
    /// The share that is seen with it and those before, 0 … 1.
    pub seen_share: f64,
}

/// Cameras that would help most, in the order in which to build them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct SuggestionsDto {
    /// What stands in the way was considered.
    pub is_with_obstacles: bool,
    /// The most helpful first.
    pub rows: Vec<SuggestionDto>,
    /// The share that is seen without them, 0 … 1.
    pub seen_share: f64,
    /// Why there is none.
    pub refused: Option<VideoRefusalDto>,
}

/// A point in a camera's image and in the twin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CalibrationPointDto {
    /// From the left, 0 … 1 of the image's width.
    pub x: f64,
    /// From the top, 0 … 1 of the image's height.
    pub y: f64,
    /// Longitude, degrees.
    pub lon: f64,
    /// Latitude, degrees.
    pub lat: f64,
    /// Above the ellipsoid, metres.
    pub height_m: f64,
}

/// A field that a calibration moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct CalibrationFieldDto {
    /// `azimuth`, `tilt`, `roll`, `fov`, `east`, `north`, `up`.
    pub field: String,
    /// Before; degrees or metres.
    pub before: f64,
    /// After.
    pub after: f64,
    /// It was held as it is: the points do not decide it.
    pub is_held: bool,
}

/// What four or more points say about a camera.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct CalibrationDto {
    /// The camera.
    pub id: String,
    /// How it would see.
    pub volume: Option<VideoVolumeDto>,
    /// What moved.
    pub fields: Vec<CalibrationFieldDto>,
    /// How far each point is from where it should be, px of the image.
    pub residuals_px: Vec<f64>,
    /// Their root mean square, px.
    pub rms_px: f64,
    /// It is kept: who did it and when can be asked of the audit.
    pub is_saved: bool,
    /// The calibration before can be brought back.
    pub can_undo: bool,
    /// Why there is none.
    pub refused: Option<VideoRefusalDto>,
}

/// A preset of a PTZ camera.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct VideoPresetDto {
    /// 1 … 255.
    pub number: u32,
    /// What people call it.
    pub name: String,
    /// Where it looks, degrees clockwise from north.
    pub azimuth_deg: f64,
    /// How far it looks down from the horizon, degrees.
    pub tilt_deg: f64,
    /// Horizontal field of view, degrees.
    pub fov_h_deg: f64,
}
