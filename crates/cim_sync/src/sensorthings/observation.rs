//! Observations by way of a JSON tree: the road that reads everything, and the measure of the quick one.
//!
//! OGC 18-088: clause 8.2.7 (Observation), 12.2 and 13.2 (`dataArray`).

use super::page::Notes;
use crate::{Rejection, iso, json};
use cim_model::{DatastreamId, Observation, Quality, UtcMillis};
use serde_json::Value;

const MOMENT_EXPECTED: &str = "a moment like 2026-01-31T08:15:00Z is expected";
const ZONELESS: &str = "a moment without a zone is taken as UTC";

/// The identity of an entity: `@iot.id`, `id`, or what its `@iot.selfLink` names.
pub(super) fn identity_of(value: &Value, place: &str) -> Result<String, Rejection> {
    json::identity(value, "@iot.id")
        .or_else(|| json::identity(value, "id"))
        .or_else(|| identity_in_last_parentheses(json::text(value, "@iot.selfLink")))
        .ok_or_else(|| Rejection::new(format!("{place}.@iot.id"), "an identity is expected"))
}

/// Reads an observation; without a `Datastream` in it, `of` says to which series it belongs.
pub(super) fn observation_of(
    value: &Value,
    of: Option<&str>,
    place: &str,
    notes: &mut Notes,
) -> Result<Observation, Rejection> {
    let own = value
        .get("Datastream")
        .filter(|datastream| !datastream.is_null())
        .map(|datastream| identity_of(datastream, &format!("{place}.Datastream")))
        .transpose()?;
    let datastream = own
        .or_else(|| of.map(str::to_owned))
        .or_else(|| identity_in_link(json::text(value, "Datastream@iot.navigationLink")));
    let datastream = datastream
        .ok_or_else(|| Rejection::new(format!("{place}.Datastream"), "a datastream is expected"))?;
    Ok(Observation {
        datastream: DatastreamId::new(datastream),
        happened_at: happened_at(value, place, notes)?,
        value: result_of(value.get("result"), place)?,
        quality: quality_of(value.get("resultQuality")),
    })
}

/// `phenomenonTime`, or `resultTime` where a server leaves the former away.
fn happened_at(value: &Value, place: &str, notes: &mut Notes) -> Result<UtcMillis, Rejection> {
    let key = if !has_time(value, "phenomenonTime") && has_time(value, "resultTime") {
        "resultTime"
    } else {
        "phenomenonTime"
    };
    let place = format!("{place}.{key}");
    let text = value.get(key).and_then(Value::as_str);
    let (moment, is_zoneless) = text
        .and_then(iso::local_moment_of)
        .ok_or_else(|| Rejection::new(place.as_str(), MOMENT_EXPECTED))?;
    if is_zoneless {
        notes.tell_zoneless(&place);
    }
    Ok(moment)
}

fn has_time(value: &Value, key: &str) -> bool {
    value.get(key).is_some_and(|time| !time.is_null())
}

impl Notes {
    /// Tells that the moment at `place` names no zone.
    pub(super) fn tell_zoneless(&mut self, place: &str) {
        self.tell(place, ZONELESS);
    }
}

/// Reads an observation that was published for `datastream`; without a time of its own it holds at `received`.
pub(super) fn published(
    value: &Value,
    datastream: Option<&str>,
    received: UtcMillis,
    place: &str,
    notes: &mut Notes,
) -> Result<Observation, Rejection> {
    if has_time(value, "phenomenonTime") || has_time(value, "resultTime") {
        return observation_of(value, datastream, place, notes);
    }
    let mut timed = value.clone();
    if let Some(fields) = timed.as_object_mut() {
        fields.insert(
            "phenomenonTime".to_owned(),
            Value::from(iso::text_of(received)),
        );
    }
    observation_of(&timed, datastream, place, notes)
}

fn result_of(result: Option<&Value>, place: &str) -> Result<f64, Rejection> {
    let number = match result {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => number_in_text(text),
        Some(Value::Bool(yes)) => Some(f64::from(u8::from(*yes))),
        _ => None,
    };
    let finite = number.filter(|number| number.is_finite());
    finite.ok_or_else(|| Rejection::new(format!("{place}.result"), "a number is expected"))
}

/// The finite number that a server sent as text.
pub(super) fn number_in_text(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    number.is_finite().then_some(number)
}

/// The quality in words of ours and of common servers; anything else counts as measured.
pub(super) fn quality_in_word(word: &str) -> Quality {
    let is_any = |words: &[&str]| words.iter().any(|known| word.eq_ignore_ascii_case(known));
    if is_any(&["suspect", "doubtful", "bad", "low"]) {
        Quality::Suspect
    } else if is_any(&["estimated", "interpolated"]) {
        Quality::Estimated
    } else {
        Quality::Good
    }
}

fn quality_of(quality: Option<&Value>) -> Quality {
    quality_in_word(quality.and_then(Value::as_str).unwrap_or_default())
}

/// What stands in which column of a `dataArray`; the first of a name counts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Columns {
    pub(super) phenomenon_time: Option<usize>,
    pub(super) result_time: Option<usize>,
    pub(super) result: Option<usize>,
    pub(super) quality: Option<usize>,
}

impl Columns {
    fn of(group: &Value, place: &str) -> Result<Self, Rejection> {
        let components = json::list(group, "components", place)?;
        let column = |name: &str| {
            components
                .iter()
                .position(|component| component.as_str() == Some(name))
        };
        let missing = |name: &str| {
            Rejection::new(format!("{place}.components"), format!("{name} is missing"))
        };
        let columns = Self {
            phenomenon_time: column("phenomenonTime"),
            result_time: column("resultTime"),
            result: column("result"),
            quality: column("resultQuality"),
        };
        if columns.phenomenon_time.or(columns.result_time).is_none() {
            Err(missing("phenomenonTime"))
        } else if columns.result.is_none() {
            Err(missing("result"))
        } else {
            Ok(columns)
        }
    }

    /// Reads one row of series `datastream`.
    pub(super) fn row(
        &self,
        row: &Value,
        datastream: &DatastreamId,
        place: &str,
        notes: &mut Notes,
    ) -> Result<Observation, Rejection> {
        let time = |column: Option<usize>| {
            column
                .and_then(|column| row.get(column))
                .filter(|time| !time.is_null())
        };
        let (happened_at, is_zoneless) = time(self.phenomenon_time)
            .or_else(|| time(self.result_time))
            .and_then(Value::as_str)
            .and_then(iso::local_moment_of)
            .ok_or_else(|| Rejection::new(place, MOMENT_EXPECTED))?;
        if is_zoneless {
            notes.tell_zoneless(place);
        }
        Ok(Observation {
            datastream: datastream.clone(),
            happened_at,
            value: result_of(self.result.and_then(|column| row.get(column)), place)?,
            quality: quality_of(self.quality.and_then(|column| row.get(column))),
        })
    }
}

/// Reads one group of a `dataArray`: rows of one series, with the meaning of their columns.
pub(super) fn data_array_group(
    group: &Value,
    place: &str,
    notes: &mut Notes,
) -> Result<(Vec<Observation>, Vec<Rejection>), Rejection> {
    let datastream = match group.get("Datastream") {
        Some(inner) => identity_of(inner, &format!("{place}.Datastream"))?,
        None => identity_in_link(json::text(group, "Datastream@iot.navigationLink")).ok_or_else(
            || Rejection::new(format!("{place}.Datastream"), "a datastream is expected"),
        )?,
    };
    let columns = Columns::of(group, place)?;
    let datastream = DatastreamId::new(datastream);
    let (mut observations, mut rejected) = (Vec::new(), Vec::new());
    for (index, row) in json::list(group, "dataArray", place)?.iter().enumerate() {
        let place = format!("{place}.dataArray[{index}]");
        match columns.row(row, &datastream, &place, notes) {
            Ok(observation) => observations.push(observation),
            Err(rejection) => rejected.push(rejection),
        }
    }
    Ok((observations, rejected))
}

/// The identity between the parentheses of `…Datastreams(17)…` or `…Datastreams('a')…`.
pub(crate) fn identity_in_link(link: &str) -> Option<String> {
    let (_, tail) = link.rsplit_once("Datastreams(")?;
    let (inside, _) = tail.rsplit_once(')')?;
    unquoted(inside)
}

/// The identity at the end of `…/Things(17)` or `…/Things('a')`, whatever the set.
pub(super) fn identity_in_last_parentheses(link: &str) -> Option<String> {
    let inside = link.strip_suffix(')')?;
    if let Some(text) = inside.strip_suffix('\'') {
        let (_, id) = text.rsplit_once("('")?;
        return (!id.is_empty()).then(|| id.replace("''", "'"));
    }
    let last = inside.rsplit('/').next().unwrap_or(inside);
    let (_, inside) = last.split_once('(')?;
    unquoted(inside)
}

fn unquoted(inside: &str) -> Option<String> {
    let text = inside
        .strip_prefix('\'')
        .and_then(|rest| rest.strip_suffix('\''));
    let id = text.map_or_else(|| inside.to_owned(), |text| text.replace("''", "'"));
    (!id.is_empty()).then_some(id)
}

/// `id` as it is written between the parentheses of an address.
pub(crate) fn identity_in_address(id: &str) -> String {
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    if is_number {
        id.to_owned()
    } else {
        format!("'{}'", id.replace('\'', "''"))
    }
}
