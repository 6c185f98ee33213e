//! An alert as data. Texts have no space around them; an empty text means that the element is not there.

use super::{AlertSeverity, Category, Certainty, MessageType, ResponseType, Scope, Urgency};
use cim_geo::Geodetic;
use cim_model::{Standing, UtcMillis};

/// A message (CAP 1.2, 3.2.1). Moments have whole seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Identity at its sender: no spaces, commas, `<` or `&`.
    pub identifier: String,
    /// Who sends it: no spaces, commas, `<` or `&`.
    pub sender: String,
    /// When it was sent.
    pub sent: UtcMillis,
    /// Whether it is real.
    pub status: Standing,
    /// What it does.
    pub msg_type: MessageType,
    /// Operator or device that it comes from.
    pub source: String,
    /// Who may see it.
    pub scope: Scope,
    /// The rule for restricted messages.
    pub restriction: String,
    /// To whom private messages go.
    pub addresses: Vec<String>,
    /// Codes for special handling.
    pub codes: Vec<String>,
    /// Purpose or significance.
    pub note: String,
    /// The earlier messages that it refers to.
    pub references: Vec<Reference>,
    /// The incidents that it belongs to.
    pub incidents: Vec<String>,
    /// What it tells, once per language.
    pub infos: Vec<Info>,
}

/// An earlier message (3.2.1 `<references>`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Who sent it.
    pub sender: String,
    /// Its identity there.
    pub identifier: String,
    /// When it was sent.
    pub sent: UtcMillis,
}

/// What an alert tells in one language (3.2.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Info {
    /// RFC 3066 code; `en-US` is meant when empty.
    pub language: String,
    /// What it is about; at least one.
    pub categories: Vec<Category>,
    /// The kind of event.
    pub event: String,
    /// What people are asked to do.
    pub response_types: Vec<ResponseType>,
    /// How soon people should act.
    pub urgency: Urgency,
    /// How grave it is.
    pub severity: AlertSeverity,
    /// How sure the sender is.
    pub certainty: Certainty,
    /// For whom it is.
    pub audience: String,
    /// The kind of event in systems of codes.
    pub event_codes: Vec<Pair>,
    /// From when it holds; from `sent` when absent.
    pub effective: Option<UtcMillis>,
    /// When the event is expected to begin.
    pub onset: Option<UtcMillis>,
    /// Until when it holds.
    pub expires: Option<UtcMillis>,
    /// Who sends it, for people.
    pub sender_name: String,
    /// One line.
    pub headline: String,
    /// More about it.
    pub description: String,
    /// What to do.
    pub instruction: String,
    /// Address of more.
    pub web: String,
    /// Whom to ask.
    pub contact: String,
    /// Anything else, by name.
    pub parameters: Vec<Pair>,
    /// Files.
    pub resources: Vec<Resource>,
    /// Where.
    pub areas: Vec<Area>,
}

/// A value and the name of the system that gives it a meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pair {
    /// Name of the value's system.
    pub name: String,
    /// The value; may be empty.
    pub value: String,
}

/// A file that belongs to an alert (3.2.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resource {
    /// What it is.
    pub description: String,
    /// MIME type; empty only in messages of CAP 1.0 and 1.1.
    pub mime_type: String,
    /// How long it is, bytes.
    pub size: Option<u64>,
    /// Where it is.
    pub uri: String,
    /// The file itself, Base64.
    pub deref_uri: String,
    /// SHA-1 of the file, hexadecimal.
    pub digest: String,
}

/// Where an alert holds (3.2.4).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Area {
    /// In words.
    pub desc: String,
    /// Rings: closed, at least four points; heights are 0.
    pub polygons: Vec<Vec<Geodetic>>,
    /// Circles.
    pub circles: Vec<Circle>,
    /// In systems of codes.
    pub geocodes: Vec<Pair>,
    /// Lowest height, feet above mean sea level.
    pub altitude: Option<f64>,
    /// Greatest height, feet above mean sea level; only with `altitude`.
    pub ceiling: Option<f64>,
}

/// A circle on the ground.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Circle {
    /// Its middle; height is 0.
    pub center: Geodetic,
    /// Its radius, kilometres; not negative.
    pub radius_km: f64,
}
