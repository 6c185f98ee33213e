//! Moments in and out as JSON lines: our own flat form, and objects of GA/T 1400 as they are.

use super::{
    index::{Change, FrameBox, Moment, MomentIndex},
    vocabulary::{Kind, Vocabulary},
};
use cim_model::UtcMillis;
use jiff::{Timestamp, civil::DateTime, tz::Offset};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// How many rejected lines are listed; all are counted.
pub const MOST_REJECTED: usize = 200;
/// The longest line, bytes.
const MOST_LINE_BYTES: usize = 64 * 1024;
/// How many unknown names are listed.
const MOST_STRANGE: usize = 64;
const MINUTE_MS: i64 = 60_000;
/// Our own fields.
const FIELDS: [&str; 13] = [
    "id",
    "camera",
    "kind",
    "from",
    "to",
    "lon",
    "lat",
    "box",
    "mask",
    "confidence",
    "source",
    "media",
    "attributes",
];
/// Fields of GA/T 1400 objects that are read, or mean nothing here.
const GA_FIELDS: [&str; 9] = [
    "DeviceID",
    "SourceID",
    "InfoKind",
    "LeftTopX",
    "LeftTopY",
    "RightBtmX",
    "RightBtmY",
    "SubImageList",
    "ShotTime",
];
/// The picture of the whole scene among the pictures of an object (GA/T 1400 ImageType, second-hand).
const SCENE_PICTURE: &str = "14";

/// A line that was not taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// Its number, from 1.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// What came of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Lines that were read; empty ones are not.
    pub read: u64,
    /// Moments that were not there before.
    pub added: u64,
    /// Moments that are others now.
    pub changed: u64,
    /// Moments that were there.
    pub same: u64,
    /// The first lines that were not taken in.
    pub rejected: Vec<Rejected>,
    /// How many were not.
    pub rejected_total: u64,
    /// Names that the vocabulary does not know, and how often they came; those in GA/T 1400 objects are left out.
    pub strange: BTreeMap<String, u64>,
}

impl ImportReport {
    fn reject(&mut self, line: u64, reason: String) {
        self.rejected_total += 1;
        if self.rejected.len() < MOST_REJECTED {
            self.rejected.push(Rejected { line, reason });
        }
    }

    fn wonder(&mut self, name: &str) {
        if let Some(count) = self.strange.get_mut(name) {
            *count += 1;
        } else if self.strange.len() < MOST_STRANGE {
            let short: String = name.chars().take(80).collect();
            self.strange.insert(short, 1);
        }
    }
}

impl MomentIndex {
    /// Takes in every line of `text`, and settles.
    pub fn import(&mut self, text: &str, vocabulary: &Vocabulary) -> ImportReport {
        let mut report = ImportReport::default();
        for (number, line) in (1..).zip(text.lines()) {
            self.import_line(number, line, vocabulary, &mut report);
        }
        self.settle();
        report
    }

    /// Takes in one line, whose number is told if it cannot be. The index is not settled.
    pub fn import_line(
        &mut self,
        number: u64,
        line: &str,
        vocabulary: &Vocabulary,
        report: &mut ImportReport,
    ) {
        let line = line.trim();
        if line.is_empty() {
            return;
        }
        report.read += 1;
        let moment = match moment_of(line, vocabulary, report) {
            Ok(moment) => moment,
            Err(reason) => return report.reject(number, reason),
        };
        match self.add(&moment) {
            Ok(Change::Added) => report.added += 1,
            Ok(Change::Changed) => report.changed += 1,
            Ok(Change::Same) => report.same += 1,
            Err(fault) => report.reject(number, fault.to_string()),
        }
    }

    /// The moments in `rows` as JSON lines of our own form.
    pub fn export(&self, rows: &[u32]) -> String {
        let mut text = String::new();
        for moment in rows.iter().filter_map(|row| self.moment(*row)) {
            text.push_str(&line_of(&moment).to_string());
            text.push('\n');
        }
        text
    }
}

fn line_of(moment: &Moment) -> Value {
    let frame = |frame: FrameBox| json!([frame.x, frame.y, frame.w, frame.h]);
    let attributes: Map<String, Value> = moment
        .attributes
        .iter()
        .map(|(key, value)| (key.clone(), Value::from(value.as_str())))
        .collect();
    let fields = [
        ("id", Some(json!(moment.id))),
        ("camera", Some(json!(moment.camera))),
        ("kind", Some(json!(moment.kind))),
        ("from", Some(told_time(moment.from))),
        ("to", Some(told_time(moment.to))),
        ("lon", moment.place.map(|[lon_deg, _]| json!(lon_deg))),
        ("lat", moment.place.map(|[_, lat_deg]| json!(lat_deg))),
        ("box", moment.frame_box.map(frame)),
        ("mask", moment.mask.map(frame)),
        ("confidence", moment.confidence.map(Value::from)),
        ("source", told_text(&moment.source)),
        ("media", told_text(&moment.media)),
        (
            "attributes",
            (!attributes.is_empty()).then_some(Value::Object(attributes)),
        ),
    ];
    let told = fields
        .into_iter()
        .filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(told.collect())
}

fn told_text(text: &str) -> Option<Value> {
    (!text.is_empty()).then(|| Value::from(text))
}

/// ISO 8601; milliseconds for what lies beyond the calendar.
fn told_time(at: UtcMillis) -> Value {
    Timestamp::from_millisecond(at.0).map_or_else(|_| json!(at.0), |stamp| json!(stamp.to_string()))
}

fn moment_of(
    line: &str,
    vocabulary: &Vocabulary,
    report: &mut ImportReport,
) -> Result<Moment, String> {
    if line.len() > MOST_LINE_BYTES {
        let found = line.len();
        return Err(format!(
            "the line has {found} bytes; at most {MOST_LINE_BYTES} are read"
        ));
    }
    let object: Map<String, Value> =
        serde_json::from_str(line).map_err(|error| format!("this is no JSON object: {error}"))?;
    if object.contains_key("camera") {
        return own_form(&object, vocabulary, report);
    }
    // A vehicle may name its driver and a face its person: those kinds come earlier in the vocabulary.
    let kind = vocabulary
        .kinds()
        .iter()
        .rev()
        .find(|kind| object.contains_key(&kind.id_key));
    let kind = kind.ok_or("neither `camera` nor the identity of a GA/T 1400 object is there")?;
    ga_form(&object, kind, vocabulary, report)
}

/// `{"id":…,"camera":…,"kind":…,"from":ISO or ms,"to":…,"lon":…,"lat":…,"box":[x,y,w,h],"mask":[…],"confidence":…,"source":…,
/// "media":…,"attributes":{…}}`.
fn own_form(
    object: &Map<String, Value>,
    vocabulary: &Vocabulary,
    report: &mut ImportReport,
) -> Result<Moment, String> {
    for name in object
        .keys()
        .filter(|name| !FIELDS.contains(&name.as_str()))
    {
        report.wonder(name);
    }
    let from = time_in(object, "from", vocabulary)?.ok_or("`from` is missing")?;
    let to = time_in(object, "to", vocabulary)?.unwrap_or(from);
    let mut attributes = Vec::new();
    let given = object.get("attributes").and_then(Value::as_object);
    for (key, value) in given.into_iter().flatten() {
        if vocabulary.attribute(key).is_none() {
            report.wonder(key);
        }
        if let Some(text) = scalar(value) {
            attributes.push((key.clone(), text));
        }
    }
    let kind = text(object, "kind");
    let named = vocabulary.kind_named(&kind).map(|known| known.id.clone());
    Ok(Moment {
        id: text(object, "id"),
        camera: text(object, "camera"),
        kind: named.unwrap_or(kind),
        from,
        to,
        place: number(object, "lon")
            .zip(number(object, "lat"))
            .map(<[f64; 2]>::from),
        frame_box: box_in(object, "box")?,
        mask: box_in(object, "mask")?,
        confidence: number(object, "confidence").map(|share| share as f32),
        source: text(object, "source"),
        media: text(object, "media"),
        attributes,
    })
}

/// An object of GA/T 1400: its attributes are fields beside its identity.
fn ga_form(
    object: &Map<String, Value>,
    kind: &Kind,
    vocabulary: &Vocabulary,
    report: &mut ImportReport,
) -> Result<Moment, String> {
    let first = |keys: &[String]| -> Result<Option<UtcMillis>, String> {
        for key in keys {
            if let Some(moment) = time_in(object, key, vocabulary)? {
                return Ok(Some(moment));
            }
        }
        Ok(None)
    };
    let from = match first(&kind.begins)? {
        Some(moment) => moment,
        None => time_in(object, "ShotTime", vocabulary)?
            .ok_or_else(|| format!("none of {} is there", kind.begins.join(", ")))?,
    };
    let to = first(&kind.ends)?.unwrap_or(from).max(from);
    let mut attributes = Vec::new();
    for (key, value) in object {
        let is_read = *key == kind.id_key
            || GA_FIELDS.contains(&key.as_str())
            || kind.begins.contains(key)
            || kind.ends.contains(key);
        if is_read {
            continue;
        }
        let is_known = vocabulary
            .attribute(key)
            .is_some_and(|attribute| attribute.kinds.contains(&kind.id));
        if is_known {
            attributes.extend(scalar(value).map(|text| (key.clone(), text)));
        } else {
            report.wonder(key);
        }
    }
    Ok(Moment {
        id: text(object, &kind.id_key),
        camera: text(object, "DeviceID"),
        kind: kind.id.clone(),
        from,
        to,
        place: number(object, "Longitude")
            .zip(number(object, "Latitude"))
            .map(<[f64; 2]>::from),
        frame_box: ga_box(object),
        mask: None,
        confidence: None,
        source: text(object, "SourceID"),
        media: String::new(),
        attributes,
    })
}

/// The corners of a GA/T 1400 object are pixels; they say something only beside the size of the scene's picture.
fn ga_box(object: &Map<String, Value>) -> Option<FrameBox> {
    let images = object.get("SubImageList")?.get("SubImageInfoObject")?;
    let scene = images
        .as_array()?
        .iter()
        .filter_map(Value::as_object)
        .find(|image| text(image, "Type") == SCENE_PICTURE)?;
    let (width, height) = number(scene, "Width").zip(number(scene, "Height"))?;
    let (left, right) = number(object, "LeftTopX").zip(number(object, "RightBtmX"))?;
    let (top, bottom) = number(object, "LeftTopY").zip(number(object, "RightBtmY"))?;
    let frame = FrameBox {
        x: (left / width) as f32,
        y: (top / height) as f32,
        w: ((right - left) / width) as f32,
        h: ((bottom - top) / height) as f32,
    };
    frame.is_usable().then_some(frame)
}

/// A text or number as text; `None` for everything else and for an empty text.
fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(is_so) => u8::from(*is_so).to_string(),
        _ => String::new(),
    };
    (!text.is_empty()).then_some(text)
}

fn text(object: &Map<String, Value>, key: &str) -> String {
    object.get(key).and_then(scalar).unwrap_or_default()
}

/// A number, also one that is written as a text.
fn number(object: &Map<String, Value>, key: &str) -> Option<f64> {
    match object.get(key)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn box_in(object: &Map<String, Value>, key: &str) -> Result<Option<FrameBox>, String> {
    let Some(value) = object.get(key).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let told = || format!("`{key}`: four shares x, y, width and height are expected");
    let shares = value.as_array().ok_or_else(told)?;
    let shares: Vec<f64> = shares.iter().filter_map(Value::as_f64).collect();
    let [x, y, w, h] = *<&[f64; 4]>::try_from(shares.as_slice())
        .ok()
        .ok_or_else(told)?;
    Ok(Some(FrameBox {
        x: x as f32,
        y: y as f32,
        w: w as f32,
        h: h as f32,
    }))
}

/// The moment under `key`; `None` when nothing is there.
fn time_in(
    object: &Map<String, Value>,
    key: &str,
    vocabulary: &Vocabulary,
) -> Result<Option<UtcMillis>, String> {
    let found = match object.get(key) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
        Some(Value::String(text)) => time_of(text.trim(), vocabulary.offset_min()),
        Some(value) => value.as_i64().map(UtcMillis),
    };
    found.map(Some).ok_or_else(|| {
        format!("`{key}`: a moment like 2026-11-23T02:00:00Z or 20261123100000 is expected")
    })
}

/// ISO 8601 with a zone, or `YYYYMMDDhhmmss` with or without milliseconds in the cameras' local time (GA/T 1400).
fn time_of(text: &str, offset_min: i32) -> Option<UtcMillis> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        let stamp: Timestamp = text.parse().ok()?;
        return Some(UtcMillis(stamp.as_millisecond()));
    }
    if text.len() != 14 && text.len() != 17 {
        return None;
    }
    let part = |from: usize, to: usize| text.get(from..to)?.parse::<i16>().ok();
    let small = |from: usize| part(from, from + 2).and_then(|part| i8::try_from(part).ok());
    let millis = if text.len() == 17 { part(14, 17)? } else { 0 };
    let local = DateTime::new(
        part(0, 4)?,
        small(4)?,
        small(6)?,
        small(8)?,
        small(10)?,
        small(12)?,
        i32::from(millis) * 1_000_000,
    );
    let stamp = Offset::UTC.to_timestamp(local.ok()?).ok()?;
    let utc = stamp.as_millisecond() - i64::from(offset_min) * MINUTE_MS;
    Some(UtcMillis(utc))
}

#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
