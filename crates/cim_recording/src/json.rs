//! The JSON messages of a recording, and what they stand for. Moments are UTC milliseconds, positions degrees and metres.

use base64::{Engine, engine::general_purpose::STANDARD};
use cim_geo::Geodetic;
use cim_model::{
    Camera, CameraId, CameraStatus, Clip, Datastream, DatastreamId, Event, EventId, EventLevel,
    EventStatus, Limits, SensorKind, Standing, Thing, ThingId, UtcMillis,
};
use cim_store::{Fact, Moment};
use serde::{Deserialize, Serialize};

/// A message of `catalogue`.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entity {
    /// A sensing device.
    Thing(ThingText),
    /// One of its series.
    Datastream(DatastreamText),
    /// A camera; its clips are messages of `clips`.
    Camera(CameraText),
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    lon_deg: f64,
    lat_deg: f64,
    height_m: f64,
}

impl From<Geodetic> for Place {
    fn from(position: Geodetic) -> Self {
        Self {
            lon_deg: position.lon_deg,
            lat_deg: position.lat_deg,
            height_m: position.height_m,
        }
    }
}

impl From<Place> for Geodetic {
    fn from(place: Place) -> Self {
        Self {
            lon_deg: place.lon_deg,
            lat_deg: place.lat_deg,
            height_m: place.height_m,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ThingText {
    id: String,
    name: String,
    description: String,
    kind: String,
    position: Place,
    properties: Vec<(String, String)>,
}

impl From<&Thing> for ThingText {
    fn from(thing: &Thing) -> Self {
        Self {
            id: thing.id.as_str().to_owned(),
            name: thing.name.clone(),
            description: thing.description.clone(),
            kind: thing.kind.as_str().to_owned(),
            position: thing.position.into(),
            properties: thing.properties.clone(),
        }
    }
}

impl From<ThingText> for Thing {
    fn from(text: ThingText) -> Self {
        Self {
            id: ThingId::new(text.id),
            name: text.name,
            description: text.description,
            kind: SensorKind::from_word(&text.kind),
            position: text.position.into(),
            properties: text.properties,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct DatastreamText {
    /// Its number in this recording.
    pub(crate) number: u32,
    id: String,
    thing: String,
    name: String,
    observed_property: String,
    unit: String,
    period_s: f64,
    above_medium: Option<f64>,
    above_high: Option<f64>,
    above_critical: Option<f64>,
    below_medium: Option<f64>,
    below_high: Option<f64>,
}

impl DatastreamText {
    /// `datastream`, which has `number` in this recording.
    pub(crate) fn new(number: u32, datastream: &Datastream) -> Self {
        let limits = datastream.limits;
        Self {
            number,
            id: datastream.id.as_str().to_owned(),
            thing: datastream.thing.as_str().to_owned(),
            name: datastream.name.clone(),
            observed_property: datastream.observed_property.clone(),
            unit: datastream.unit.clone(),
            period_s: datastream.period_s,
            above_medium: limits.above_medium,
            above_high: limits.above_high,
            above_critical: limits.above_critical,
            below_medium: limits.below_medium,
            below_high: limits.below_high,
        }
    }
}

impl From<DatastreamText> for Datastream {
    fn from(text: DatastreamText) -> Self {
        Self {
            id: DatastreamId::new(text.id),
            thing: ThingId::new(text.thing),
            name: text.name,
            observed_property: text.observed_property,
            unit: text.unit,
            period_s: text.period_s,
            limits: Limits {
                above_medium: text.above_medium,
                above_high: text.above_high,
                above_critical: text.above_critical,
                below_medium: text.below_medium,
                below_high: text.below_high,
            },
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct CameraText {
    id: String,
    name: String,
    position: Place,
    azimuth_deg: f64,
    tilt_deg: f64,
    fov_deg: f64,
    range_m: f64,
    is_on: bool,
    category: u8,
}

impl From<&Camera> for CameraText {
    fn from(camera: &Camera) -> Self {
        Self {
            id: camera.id.as_str().to_owned(),
            name: camera.name.clone(),
            position: camera.position.into(),
            azimuth_deg: camera.azimuth_deg,
            tilt_deg: camera.tilt_deg,
            fov_deg: camera.fov_deg,
            range_m: camera.range_m,
            is_on: camera.status == CameraStatus::On,
            category: camera.category,
        }
    }
}

impl From<CameraText> for Camera {
    fn from(text: CameraText) -> Self {
        Self {
            id: CameraId::new(text.id),
            name: text.name,
            position: text.position.into(),
            azimuth_deg: text.azimuth_deg,
            tilt_deg: text.tilt_deg,
            fov_deg: text.fov_deg,
            range_m: text.range_m,
            status: if text.is_on {
                CameraStatus::On
            } else {
                CameraStatus::Off
            },
            category: text.category,
            clips: Vec::new(),
        }
    }
}

/// A message of `clips`: which stretch of a camera's video lies where.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ClipText {
    pub(crate) camera: String,
    pub(crate) path: String,
    pub(crate) from: i64,
    pub(crate) to: i64,
    /// SHA-256 of the file, where it was at hand.
    pub(crate) sha256: Option<String>,
    /// True when the file is an attachment of this recording, called as `path`.
    pub(crate) is_embedded: bool,
}

impl From<&ClipText> for Clip {
    fn from(text: &ClipText) -> Self {
        Self {
            path: text.path.clone(),
            from: UtcMillis(text.from),
            to: UtcMillis(text.to),
        }
    }
}

/// A message of `facts`.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FactText {
    id: String,
    happened_at: i64,
    known_at: i64,
    author: String,
    subject: String,
    verb: String,
    body: String,
    cause: String,
}

impl From<&Fact> for FactText {
    fn from(fact: &Fact) -> Self {
        Self {
            id: fact.id.clone(),
            happened_at: fact.happened_at.0,
            known_at: fact.known_at.0,
            author: fact.author.clone(),
            subject: fact.subject.clone(),
            verb: fact.verb.clone(),
            body: fact.body.clone(),
            cause: fact.cause.clone(),
        }
    }
}

impl From<FactText> for Fact {
    fn from(text: FactText) -> Self {
        Self {
            id: text.id,
            happened_at: UtcMillis(text.happened_at),
            known_at: UtcMillis(text.known_at),
            author: text.author,
            subject: text.subject,
            verb: text.verb,
            body: text.body,
            cause: text.cause,
        }
    }
}

/// A message of `events`: an event as it was known from `known_at` on.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct EventText {
    id: String,
    title: String,
    description: String,
    category: String,
    level: String,
    status: String,
    position: Place,
    happened_at: i64,
    known_at: i64,
    source: String,
    /// Recordings of before there were exercises have none: then it is real.
    #[serde(default)]
    standing: String,
}

impl From<&Event> for EventText {
    fn from(event: &Event) -> Self {
        Self {
            id: event.id.as_str().to_owned(),
            title: event.title.clone(),
            description: event.description.clone(),
            category: event.category.clone(),
            level: event.level.as_str().to_owned(),
            status: event.status.as_str().to_owned(),
            position: event.position.into(),
            happened_at: event.happened_at.0,
            known_at: event.known_at.0,
            source: event.source.clone(),
            standing: event.standing.as_str().to_owned(),
        }
    }
}

impl TryFrom<EventText> for Event {
    type Error = String;

    fn try_from(text: EventText) -> Result<Self, String> {
        Ok(Self {
            level: EventLevel::from_numeral(&text.level)
                .ok_or_else(|| format!("the event has the unknown level `{}`", text.level))?,
            status: EventStatus::from_word(&text.status)
                .ok_or_else(|| format!("the event has the unknown status `{}`", text.status))?,
            id: EventId::new(text.id),
            title: text.title,
            description: text.description,
            category: text.category,
            position: text.position.into(),
            happened_at: UtcMillis(text.happened_at),
            known_at: UtcMillis(text.known_at),
            source: text.source,
            standing: match text.standing.as_str() {
                "" => Standing::Actual,
                word => Standing::from_word(word)
                    .ok_or_else(|| format!("the event has the unknown standing `{word}`"))?,
            },
        })
    }
}

/// A message of `views`: a moment that somebody marked.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct MomentText {
    id: String,
    at: i64,
    title: String,
    author: String,
    saved_at: i64,
    view: String,
    /// Base64.
    thumbnail: String,
}

impl From<&Moment> for MomentText {
    fn from(moment: &Moment) -> Self {
        Self {
            id: moment.id.clone(),
            at: moment.at.0,
            title: moment.title.clone(),
            author: moment.author.clone(),
            saved_at: moment.saved_at.0,
            view: moment.view.clone(),
            thumbnail: STANDARD.encode(&moment.thumbnail),
        }
    }
}

impl TryFrom<MomentText> for Moment {
    type Error = String;

    fn try_from(text: MomentText) -> Result<Self, String> {
        Ok(Self {
            thumbnail: STANDARD
                .decode(&text.thumbnail)
                .map_err(|error| format!("the moment's picture is no Base64: {error}"))?,
            id: text.id,
            at: UtcMillis(text.at),
            title: text.title,
            author: text.author,
            saved_at: UtcMillis(text.saved_at),
            view: text.view,
        })
    }
}
