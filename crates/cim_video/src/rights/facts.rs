//! What people do with cameras, as bodies of facts: looks, refusals, kept pictures, grants, mosaics, calibrations, works.
//!
//! A body is JSON of at most 64 KiB with the role and party of whoever did it. Fields that a reader does not know are passed
//! over, so that a desk that knows more does not silence one that knows less.

use super::{action::Action, grant::Grant};
use cim_model::UtcMillis;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// The hub takes no longer body of a fact, bytes.
pub const MOST_BODY_BYTES: usize = 64 * 1024;

const CAMERA: &str = "camera:";
const GRANT: &str = "video:grant:";
const MOSAIC: &str = "video:mosaic:";

/// What a fact of the video index is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A camera, by identity.
    Camera(&'a str),
    /// A grant.
    Grant(&'a str),
    /// A mosaic.
    Mosaic(&'a str),
}

impl<'a> Subject<'a> {
    /// Reads `camera:<id>`, `video:grant:<id>` or `video:mosaic:<id>`.
    pub fn parse(subject: &'a str) -> Option<Self> {
        let not_empty = |id: &&'a str| !id.is_empty();
        if let Some(id) = subject.strip_prefix(CAMERA).filter(not_empty) {
            return Some(Self::Camera(id));
        }
        if let Some(id) = subject.strip_prefix(GRANT).filter(not_empty) {
            return Some(Self::Grant(id));
        }
        let id = subject.strip_prefix(MOSAIC).filter(not_empty)?;
        Some(Self::Mosaic(id))
    }
}

/// The subject of facts about a camera.
pub fn subject_of_camera(id: &str) -> String {
    format!("{CAMERA}{id}")
}

/// The subject of facts about a grant.
pub fn subject_of_grant(id: &str) -> String {
    format!("{GRANT}{id}")
}

/// The subject of facts about a mosaic.
pub fn subject_of_mosaic(id: &str) -> String {
    format!("{MOSAIC}{id}")
}

/// `video_looked`: a picture was opened or closed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Looked {
    /// The view, the same when it opens and when it closes.
    pub view: String,
    /// It was closed; else it was opened.
    #[serde(default)]
    pub is_closed: bool,
    /// The picture as it came; else what was recorded.
    #[serde(default)]
    pub is_live: bool,
    /// The recorded moment that was asked for.
    #[serde(default, with = "crate::wire")]
    pub moment: Option<UtcMillis>,
    /// How long it was open, seconds; when it is closed.
    #[serde(default)]
    pub seconds: Option<f64>,
    /// What for; empty when nothing was named.
    #[serde(default)]
    pub purpose: String,
    /// The right or grant that allowed it, as `right:<id>` or `grant:<id>`.
    #[serde(default)]
    pub why: String,
}

/// `video_denied`: something was asked for and refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Denied {
    /// What was asked for.
    pub action: Action,
    /// Why it was refused: the word of [`Why`](super::Why) and what it names.
    #[serde(default)]
    pub why: String,
    /// What for; empty when nothing was named.
    #[serde(default)]
    pub purpose: String,
}

/// `video_snapshot`: a picture was kept.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The picture's digest.
    pub digest: String,
    /// The moment that it shows.
    #[serde(default, with = "crate::wire")]
    pub moment: Option<UtcMillis>,
    /// The picture as it came; else what was recorded.
    #[serde(default)]
    pub is_live: bool,
    /// How many faces and plates are masked in it.
    #[serde(default)]
    pub masks: u32,
    /// What for; empty when nothing was named.
    #[serde(default)]
    pub purpose: String,
    /// What was said with it.
    #[serde(default)]
    pub reason: String,
}

/// `video_exported`: a stretch of video was taken out of the desk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// The file's digest.
    pub digest: String,
    /// The moment at which it begins.
    #[serde(default, with = "crate::wire")]
    pub moment: Option<UtcMillis>,
    /// What for; empty when nothing was named.
    #[serde(default)]
    pub purpose: String,
    /// What was said with it.
    #[serde(default)]
    pub reason: String,
}

/// `video_revealed`: what is masked in a kept picture was shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revealed {
    /// The picture's digest.
    pub digest: String,
    /// Why; never empty.
    pub reason: String,
}

/// `video_ptz`: a camera was turned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ptz {
    /// To the right, −1 to 1.
    #[serde(default)]
    pub pan: f64,
    /// Up, −1 to 1.
    #[serde(default)]
    pub tilt: f64,
    /// Nearer, −1 to 1.
    #[serde(default)]
    pub zoom: f64,
    /// To this preset instead.
    #[serde(default)]
    pub preset: Option<u32>,
    /// What for; empty when nothing was named.
    #[serde(default)]
    pub purpose: String,
}

/// Where a camera stands and looks, as it was found out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// Degrees east.
    pub lon_deg: f64,
    /// Degrees north.
    pub lat_deg: f64,
    /// Metres above the ground.
    pub height_m: f64,
    /// Where it looks, degrees clockwise from north.
    pub azimuth_deg: f64,
    /// How far down it looks, degrees below the horizon.
    pub tilt_deg: f64,
    /// How far it leans, degrees clockwise as it looks.
    #[serde(default)]
    pub roll_deg: f64,
    /// Horizontal field of view, degrees.
    pub hfov_deg: f64,
    /// Vertical field of view, degrees.
    pub vfov_deg: f64,
    /// What is left over between clicked and computed points, pixels.
    #[serde(default)]
    pub residual_px: f64,
    /// How many points were clicked.
    #[serde(default)]
    pub points: u32,
    /// What the catalogue said of one that can be turned when this was found out: azimuth, tilt and horizontal field of view,
    /// degrees. Turned since, it looks so much elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<[f64; 3]>,
}

/// `camera_calibrated`: a camera's pose was set, or taken back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibrated {
    /// The pose; `None` takes the last one back.
    #[serde(default)]
    pub pose: Option<Pose>,
}

/// `camera_preset`: a preset of a camera that turns was described, or deleted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preset {
    /// Its number at the camera.
    pub number: u32,
    /// What people call it.
    #[serde(default)]
    pub name: String,
    /// Where it looks, degrees clockwise from north.
    #[serde(default)]
    pub azimuth_deg: f64,
    /// How far down it looks, degrees below the horizon.
    #[serde(default)]
    pub tilt_deg: f64,
    /// Horizontal field of view, degrees.
    #[serde(default)]
    pub hfov_deg: f64,
    /// It was deleted.
    #[serde(default)]
    pub is_deleted: bool,
}

/// `camera_graded`: a camera was put into a category and a grade, or tagged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Graded {
    /// The category's word; empty takes it away.
    #[serde(default)]
    pub category: String,
    /// The grade's word; empty takes it away.
    #[serde(default)]
    pub grade: String,
    /// All its tags from now on; `None` leaves them.
    #[serde(default)]
    pub tags: Option<Vec<String>>,
}

/// `camera_work`: a repair was opened, given, done or closed. Words are those of the work list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// What is wrong.
    pub what: String,
    /// What became of it.
    pub state: String,
    /// What was said with it.
    #[serde(default)]
    pub note: String,
}

/// `grant_revoked`: a grant was taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// Why; never empty.
    pub reason: String,
}

/// What a mosaic follows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Follow {
    /// The live picture, whatever the clock shows.
    #[default]
    Live,
    /// The clock: live, or the recorded moment.
    Clock,
    /// An event: the nearest healthy cameras that see it.
    Event(String),
}

/// `mosaic_saved`: several pictures side by side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mosaic {
    /// What people call it.
    pub name: String,
    /// How many cells: 1, 4, 9 or 16.
    pub size: u8,
    /// The camera of each cell; empty where there is none.
    pub cameras: Vec<String>,
    /// Everybody may open it, each with their own rights; else only whoever saved it.
    #[serde(default)]
    pub is_shared: bool,
    /// What it follows.
    #[serde(default)]
    pub follow: Follow,
    /// The preset of each cell; 0 for none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<u32>,
}

/// What was done.
#[derive(Clone, Debug, PartialEq)]
pub enum VideoAct {
    /// A picture was opened or closed.
    Looked(Looked),
    /// Something was refused.
    Denied(Denied),
    /// A picture was kept.
    Snapshot(Snapshot),
    /// A stretch of video was taken out.
    Exported(Exported),
    /// What is masked was shown.
    Revealed(Revealed),
    /// A camera was turned.
    Ptz(Ptz),
    /// A pose was set or taken back.
    Calibrated(Calibrated),
    /// A preset was described or deleted.
    Preset(Preset),
    /// A camera was graded or tagged.
    Graded(Graded),
    /// A repair went on.
    Work(Work),
    /// A right was given for a while.
    GrantGiven(Box<Grant>),
    /// It was taken back.
    GrantRevoked(Revoked),
    /// A mosaic was saved.
    MosaicSaved(Mosaic),
    /// A mosaic was deleted.
    MosaicDeleted,
}

/// Why a body cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum BodyFault {
    /// It says nothing without a reason.
    #[error("`{0}` needs a reason")]
    NoReason(&'static str),
    /// The hub would not take it.
    #[error("the body of a fact has {0} bytes; at most {MOST_BODY_BYTES} are taken")]
    TooLong(usize),
    /// It is not what its verb says.
    #[error("the body of `{verb}` cannot be understood")]
    Json {
        /// The verb.
        verb: String,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
}

/// Who did it, beside what was done.
#[derive(Default, Deserialize)]
struct Author {
    #[serde(default)]
    role: String,
    #[serde(default)]
    party: Option<String>,
}

/// A body as it is written.
#[derive(Serialize)]
struct Told<'a, T> {
    role: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    party: Option<&'a str>,
    #[serde(flatten)]
    act: &'a T,
}

/// An act that says no more than its verb.
#[derive(Serialize)]
struct Nothing {}

impl VideoAct {
    /// The verb of its fact.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Looked(_) => "video_looked",
            Self::Denied(_) => "video_denied",
            Self::Snapshot(_) => "video_snapshot",
            Self::Exported(_) => "video_exported",
            Self::Revealed(_) => "video_revealed",
            Self::Ptz(_) => "video_ptz",
            Self::Calibrated(_) => "camera_calibrated",
            Self::Preset(_) => "camera_preset",
            Self::Graded(_) => "camera_graded",
            Self::Work(_) => "camera_work",
            Self::GrantGiven(_) => "grant_given",
            Self::GrantRevoked(_) => "grant_revoked",
            Self::MosaicSaved(_) => "mosaic_saved",
            Self::MosaicDeleted => "mosaic_deleted",
        }
    }

    /// The body of its fact, done in `role` for `party`.
    pub fn body(&self, role: &str, party: Option<&str>) -> Result<String, BodyFault> {
        let reason = match self {
            Self::Revealed(told) => Some(told.reason.as_str()),
            Self::GrantRevoked(told) => Some(told.reason.as_str()),
            _ => None,
        };
        if reason.is_some_and(|reason| reason.trim().is_empty()) {
            return Err(BodyFault::NoReason(self.verb()));
        }
        let body = self.text(role, party).map_err(|source| BodyFault::Json {
            verb: self.verb().to_owned(),
            source,
        })?;
        if body.len() > MOST_BODY_BYTES {
            return Err(BodyFault::TooLong(body.len()));
        }
        Ok(body)
    }

    fn text(&self, role: &str, party: Option<&str>) -> Result<String, serde_json::Error> {
        fn told<T: Serialize>(
            role: &str,
            party: Option<&str>,
            act: &T,
        ) -> Result<String, serde_json::Error> {
            serde_json::to_string(&Told { role, party, act })
        }
        match self {
            Self::Looked(act) => told(role, party, act),
            Self::Denied(act) => told(role, party, act),
            Self::Snapshot(act) => told(role, party, act),
            Self::Exported(act) => told(role, party, act),
            Self::Revealed(act) => told(role, party, act),
            Self::Ptz(act) => told(role, party, act),
            Self::Calibrated(act) => told(role, party, act),
            Self::Preset(act) => told(role, party, act),
            Self::Graded(act) => told(role, party, act),
            Self::Work(act) => told(role, party, act),
            Self::GrantGiven(act) => told(role, party, act.as_ref()),
            Self::GrantRevoked(act) => told(role, party, act),
            Self::MosaicSaved(act) => told(role, party, act),
            Self::MosaicDeleted => told(role, party, &Nothing {}),
        }
    }

    /// What it was done for; empty when nothing was named.
    pub fn purpose(&self) -> &str {
        match self {
            Self::Looked(act) => &act.purpose,
            Self::Denied(act) => &act.purpose,
            Self::Snapshot(act) => &act.purpose,
            Self::Exported(act) => &act.purpose,
            Self::Ptz(act) => &act.purpose,
            Self::GrantGiven(act) => &act.purpose,
            _ => "",
        }
    }

    /// What was said with it: a reason, a note, a name; empty when nothing was.
    pub fn said(&self) -> &str {
        match self {
            Self::Looked(act) => &act.why,
            Self::Denied(act) => &act.why,
            Self::Snapshot(act) => &act.digest,
            Self::Exported(act) => &act.reason,
            Self::Revealed(act) => &act.reason,
            Self::Preset(act) => &act.name,
            Self::Graded(act) => &act.grade,
            Self::Work(act) => &act.note,
            Self::GrantGiven(act) => &act.note,
            Self::GrantRevoked(act) => &act.reason,
            Self::MosaicSaved(act) => &act.name,
            Self::Ptz(_) | Self::Calibrated(_) | Self::MosaicDeleted => "",
        }
    }
}

/// A fact of the video index.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The fact's identity.
    pub id: String,
    /// When it was done.
    pub at: UtcMillis,
    /// Who did it.
    pub author: String,
    /// What it is about: `camera:<id>`, `video:grant:<id>` or `video:mosaic:<id>`.
    pub subject: String,
    /// In which role.
    pub role: String,
    /// For which department or team.
    pub party: Option<String>,
    /// What was done.
    pub act: VideoAct,
}

impl Record {
    /// Reads a fact. `None` when it is not one of the video index: another verb, or a subject that does not go with it.
    pub fn parse(
        id: &str,
        at: UtcMillis,
        author: &str,
        subject: &str,
        verb: &str,
        body: &str,
    ) -> Result<Option<Self>, BodyFault> {
        let Some(about) = Subject::parse(subject) else {
            return Ok(None);
        };
        if !is_verb_of(about, verb) {
            return Ok(None);
        }
        if body.len() > MOST_BODY_BYTES {
            return Err(BodyFault::TooLong(body.len()));
        }
        let broken = |source| BodyFault::Json {
            verb: verb.to_owned(),
            source,
        };
        let told: Author = serde_json::from_str(body).map_err(broken)?;
        let Some(act) = act_of(verb, body).map_err(broken)? else {
            return Ok(None);
        };
        // A grant that names another identity than its subject is not believed.
        if let (Subject::Grant(named), VideoAct::GrantGiven(grant)) = (about, &act)
            && grant.id != named
        {
            return Ok(None);
        }
        Ok(Some(Self {
            id: id.to_owned(),
            at,
            author: author.to_owned(),
            subject: subject.to_owned(),
            role: told.role,
            party: told.party,
            act,
        }))
    }
}

fn is_verb_of(about: Subject<'_>, verb: &str) -> bool {
    match about {
        Subject::Camera(_) => verb.starts_with("video_") || verb.starts_with("camera_"),
        Subject::Grant(_) => verb.starts_with("grant_"),
        Subject::Mosaic(_) => verb.starts_with("mosaic_"),
    }
}

fn act_of(verb: &str, body: &str) -> Result<Option<VideoAct>, serde_json::Error> {
    fn read<T: DeserializeOwned>(
        body: &str,
        act: fn(T) -> VideoAct,
    ) -> Result<Option<VideoAct>, serde_json::Error> {
        serde_json::from_str(body).map(act).map(Some)
    }
    match verb {
        "video_looked" => read(body, VideoAct::Looked),
        "video_denied" => read(body, VideoAct::Denied),
        "video_snapshot" => read(body, VideoAct::Snapshot),
        "video_exported" => read(body, VideoAct::Exported),
        "video_revealed" => read(body, VideoAct::Revealed),
        "video_ptz" => read(body, VideoAct::Ptz),
        "camera_calibrated" => read(body, VideoAct::Calibrated),
        "camera_preset" => read(body, VideoAct::Preset),
        "camera_graded" => read(body, VideoAct::Graded),
        "camera_work" => read(body, VideoAct::Work),
        "grant_given" => read(body, VideoAct::GrantGiven),
        "grant_revoked" => read(body, VideoAct::GrantRevoked),
        "mosaic_saved" => read(body, VideoAct::MosaicSaved),
        "mosaic_deleted" => Ok(Some(VideoAct::MosaicDeleted)),
        _ => Ok(None),
    }
}

#[cfg(test)]
#[path = "facts_tests.rs"]
mod tests;
