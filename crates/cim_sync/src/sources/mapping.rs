//! Which field of a foreign record means what.
//!
//! A [`Pick`] says where a value comes from; a [`Mapping`] says what is made of it. Mapping files are read by `mapping_file`.

use super::TimeFormat;
use cim_model::{EventLevel, EventStatus, Limits, SensorKind, Standing};
use serde_json::Value;
use std::borrow::Cow;

/// What a feed's records mean.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// How its text is written.
    pub encoding: TextEncoding,
    /// The frame of its coordinates.
    pub frame: Frame,
    /// What parts the columns of a table; a comma when absent.
    pub delimiter: Option<u8>,
    /// The names of a table's columns, when its first line does not hold them.
    pub columns: Vec<String>,
    /// JSON Pointer to the list of records, when it is not where GeoJSON or OGC API Features has it.
    pub items: String,
    /// JSON Pointer to the address of the next page, when it is not among the `links`.
    pub next: String,
    /// The device that a record tells of.
    pub thing: Option<ThingMapping>,
    /// The series that a record carries a value for.
    pub series: Vec<SeriesMapping>,
    /// The event that a record tells of.
    pub event: Option<EventMapping>,
}

impl Mapping {
    /// Every field that a pick names.
    pub(crate) fn fields(&self) -> Vec<&str> {
        let mut picks: Vec<&Pick> = Vec::new();
        if let Some(thing) = &self.thing {
            let named = [
                &thing.id,
                &thing.name,
                &thing.description,
                &thing.lon,
                &thing.lat,
                &thing.height,
            ];
            picks.extend(named.into_iter().flatten());
            picks.extend(thing.properties.iter().map(|(_, pick)| pick));
        }
        for series in &self.series {
            picks.push(&series.value);
            picks.extend(&series.time);
        }
        if let Some(event) = &self.event {
            let named = [
                &event.id,
                &event.description,
                &event.category,
                &event.level,
                &event.status,
                &event.lon,
                &event.lat,
                &event.time,
            ];
            picks.extend(named.into_iter().flatten());
            picks.push(&event.title);
        }
        picks.into_iter().flat_map(Pick::fields).collect()
    }
}

/// How a text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TextEncoding {
    /// UTF-8 when it is that, else GB18030.
    #[default]
    ByContent,
    /// UTF-8.
    Utf8,
    /// GB18030, which holds GBK and GB2312.
    Gb18030,
}

impl TextEncoding {
    /// The text that `bytes` spell, without a byte order mark. What cannot be read is replaced by U+FFFD.
    pub(crate) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        match (self, std::str::from_utf8(bytes)) {
            (Self::Utf8 | Self::ByContent, Ok(text)) => Cow::Borrowed(text),
            (Self::Utf8, Err(_)) => String::from_utf8_lossy(bytes),
            (Self::Gb18030, _) | (Self::ByContent, Err(_)) => {
                encoding_rs::GB18030.decode_without_bom_handling(bytes).0
            }
        }
    }
}

/// The frame of a feed's longitudes and latitudes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Frame {
    /// WGS 84, or CGCS2000, which differs by less than anything shown.
    #[default]
    Wgs84,
    /// The shifted coordinates of Chinese web maps; turned into WGS 84 here, at the edge.
    Gcj02,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Pick {
    /// Always this text: `"=Dongsi"`.
    Constant(String),
    /// Always this number: `116.417`.
    Number(f64),
    /// A JSON Pointer (RFC 6901) such as `/properties/level`, or a column's name.
    Field(String),
    /// Text around fields: `"{year}-{month}-{day} {hour}"`. The flag says that a part is a field.
    Template(Vec<(bool, String)>),
}

impl Pick {
    /// The pick spelt `text`.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(constant) = text.strip_prefix('=') {
            return Ok(Self::Constant(constant.to_owned()));
        }
        if !text.contains('{') {
            return Ok(Self::Field(text.to_owned()));
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            let Some((field, after)) = behind.split_once('}') else {
                return Err("a { without its }".to_owned());
            };
            if !before.is_empty() {
                parts.push((false, before.to_owned()));
            }
            parts.push((true, field.to_owned()));
            rest = after;
        }
        if !rest.is_empty() {
            parts.push((false, rest.to_owned()));
        }
        Ok(Self::Template(parts))
    }

    /// The fields that it looks at.
    fn fields(&self) -> Vec<&str> {
        match self {
            Self::Constant(_) | Self::Number(_) => Vec::new(),
            Self::Field(name) => vec![name.as_str()],
            Self::Template(parts) => parts
                .iter()
                .filter(|(is_field, _)| *is_field)
                .map(|(_, name)| name.as_str())
                .collect(),
        }
    }

    /// The text that is picked from `record`; `None` when the record lacks it or it is empty.
    pub(crate) fn text(&self, record: &dyn Record) -> Option<String> {
        let found = match self {
            Self::Constant(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Field(name) => record.cell(name)?.into_text()?,
            Self::Template(parts) => {
                let mut text = String::new();
                for (is_field, part) in parts {
                    if *is_field {
                        text.push_str(&record.cell(part)?.into_text()?);
                    } else {
                        text.push_str(part);
                    }
                }
                text
            }
        };
        Some(found).filter(|text| !text.is_empty())
    }

    /// The cell that is picked from `record`.
    pub(crate) fn cell<'r>(&'r self, record: &'r dyn Record) -> Option<Cell<'r>> {
        match self {
            Self::Constant(text) => Some(Cell::Text(Cow::Borrowed(text))),
            Self::Number(number) => Some(Cell::Number(*number)),
            Self::Field(name) => record.cell(name),
            Self::Template(_) => self.text(record).map(|text| Cell::Text(Cow::Owned(text))),
        }
    }
}

/// A single value of a record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell<'r> {
    /// A text, never trimmed.
    Text(Cow<'r, str>),
    /// A finite number.
    Number(f64),
}

impl<'r> Cell<'r> {
    /// The value `value` of a JSON record; `None` for null. Truth counts as 1 and 0; what is nested stays JSON.
    pub(crate) fn of_json(value: &'r Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Bool(truth) => Some(Self::Number(f64::from(u8::from(*truth)))),
            // An identity of 64 bits would lose its last digits as a floating number.
            Value::Number(number) if !number.is_f64() => {
                Some(Self::Text(Cow::Owned(number.to_string())))
            }
            Value::Number(number) => number
                .as_f64()
                .filter(|number| number.is_finite())
                .map(Self::Number),
            Value::String(text) => Some(Self::Text(Cow::Borrowed(text))),
            nested => Some(Self::Text(Cow::Owned(nested.to_string()))),
        }
    }

    /// The value as text, trimmed; `None` when that is empty.
    pub(crate) fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Self::Number(number) => Some(number.to_string()),
        }
    }
}

/// What a mapping asks of a row, a feature or a message.
pub(crate) trait Record {
    /// The value called `name`: a JSON Pointer or a column.
    fn cell(&self, name: &str) -> Option<Cell<'_>>;
    /// Longitude, latitude and height by the record's own geometry, in the feed's frame.
    fn point(&self) -> Option<[f64; 3]>;
    /// Identity, name and lines for the card, when no mapping names them.
    fn own_id(&self) -> Option<String>;
    /// See [`Record::own_id`].
    fn own_name(&self) -> Option<String>;
    /// See [`Record::own_id`].
    fn own_lines(&self) -> Vec<(String, String)>;
}

/// How a record becomes a device.
#[derive(Clone, Debug, Default)]
pub struct ThingMapping {
    /// Its identity within the source; the record's own when absent.
    pub id: Option<Pick>,
    /// What people call it.
    pub name: Option<Pick>,
    /// A sentence about it.
    pub description: Option<Pick>,
    /// What it senses, a word of the product's table.
    pub kind: Option<Pick>,
    /// Longitude, degrees; the record's geometry when absent.
    pub lon: Option<Pick>,
    /// Latitude, degrees.
    pub lat: Option<Pick>,
    /// Height above ground, metres.
    pub height: Option<Pick>,
    /// Lines for the card, by their names; all of the record's properties when empty.
    pub properties: Vec<(String, Pick)>,
}

/// How a record becomes an observation.
#[derive(Clone, Debug)]
pub struct SeriesMapping {
    /// What is put behind the device's identity to make the series'.
    pub id_suffix: String,
    /// What people call it; the property when empty.
    pub name: String,
    /// What is measured.
    pub property: String,
    /// Where the value is.
    pub value: Pick,
    /// When it held; the moment of arrival when absent.
    pub time: Option<Pick>,
    /// How that moment is spelt.
    pub time_format: TimeFormat,
    /// The unit's symbol after scaling.
    pub unit: String,
    /// How often a value is promised, seconds; the source's own period when absent.
    pub period_s: Option<f64>,
    /// What values are multiplied by.
    pub scale: f64,
    /// Texts and numbers that stand for "no value".
    pub missing: Vec<String>,
    /// Values that call for a response.
    pub limits: Limits,
}

/// How a record becomes an event.
#[derive(Clone, Debug)]
pub struct EventMapping {
    /// Its identity within the source; the record's own when absent.
    pub id: Option<Pick>,
    /// What happened, in one line.
    pub title: Pick,
    /// More about it.
    pub description: Option<Pick>,
    /// Category word.
    pub category: Option<Pick>,
    /// How grave: a numeral, or a word that `levels` translates.
    pub level: Option<Pick>,
    /// The source's words for levels.
    pub levels: Vec<(String, EventLevel)>,
    /// How far it has come: a word of ours, or one that `statuses` translates.
    pub status: Option<Pick>,
    /// The source's words for statuses.
    pub statuses: Vec<(String, EventStatus)>,
    /// Longitude, degrees; the record's geometry when absent.
    pub lon: Option<Pick>,
    /// Latitude, degrees.
    pub lat: Option<Pick>,
    /// When it happened; the moment of arrival when absent.
    pub time: Option<Pick>,
    /// How that moment is spelt.
    pub time_format: TimeFormat,
    /// Whether it is real: CAP 1.2 clause 3.2.1.
    pub standing: Standing,
}

impl ThingMapping {
    /// What `record`'s device senses.
    pub(crate) fn kind_of(&self, record: &dyn Record) -> SensorKind {
        let word = match &self.kind {
            // A word of the table stands for itself; anything else is a field.
            Some(Pick::Field(name)) if SensorKind::from_word(name) != SensorKind::Other => {
                return SensorKind::from_word(name);
            }
            Some(pick) => pick.text(record),
            None => None,
        };
        word.map(|word| SensorKind::from_word(&word))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pick_is_a_constant_a_field_or_a_text_around_fields() {
        assert_eq!(Pick::parse("=Dongsi"), Ok(Pick::Constant("Dongsi".into())));
        assert_eq!(
            Pick::parse("/properties/a"),
            Ok(Pick::Field("/properties/a".into()))
        );
        let template = Pick::parse("{year}-{month}").expect("a template");
        let parts = [(true, "year"), (false, "-"), (true, "month")];
        let parts = parts.map(|(is_field, text)| (is_field, text.to_owned()));
        assert_eq!(template, Pick::Template(parts.to_vec()));
        assert!(Pick::parse("{year").is_err());
    }

    #[test]
    fn a_text_is_read_in_the_encoding_that_it_is_written_in() {
        let chinese = encoding_rs::GB18030.encode("水位站点").0.into_owned();
        assert_eq!(TextEncoding::ByContent.decode(&chinese), "水位站点");
        assert_eq!(TextEncoding::Gb18030.decode(&chinese), "水位站点");
        assert_eq!(TextEncoding::ByContent.decode("水位".as_bytes()), "水位");
        assert_eq!(TextEncoding::Utf8.decode(b"\xef\xbb\xbfname"), "name");
    }
}
