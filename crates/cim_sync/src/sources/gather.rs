//! Turns records into devices, series, values and events, by a mapping.

use super::{
    EventMapping, Frame, Mapping, Parsed, SeriesMapping, ThingMapping, TimeFormat,
    mapping::{Cell, Pick, Record},
    parsed::{MAX_OBSERVATIONS, MAX_RECORDS},
};
use crate::{Rejection, json};
use cim_geo::{Geodetic, gcj02::wgs84_from_gcj02};
use cim_model::{
    Datastream, DatastreamId, Event, EventId, EventLevel, EventStatus, Observation, Quality, Thing,
    ThingId, UtcMillis,
};
use std::collections::BTreeMap;

/// Who asks, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// The source's identity: the prefix of every other.
    pub(crate) source: &'a str,
    /// How often the source promises news, seconds.
    pub(crate) period_s: f64,
    /// The present.
    pub(crate) now: UtcMillis,
}

impl Asked<'_> {
    /// The identity `own` of this source's, unlike any of another's.
    pub(crate) fn identity(&self, own: &str) -> String {
        format!("{}:{own}", self.source)
    }
}

/// Gathers what the records of one answer amount to.
pub(crate) struct Gather<'m> {
    asked: Asked<'m>,
    mapping: &'m Mapping,
    /// What a thing mapping that nobody gave would say.
    plain: ThingMapping,
    slots: BTreeMap<String, Slot>,
    pub(crate) parsed: Parsed,
}

/// A device that was met, and its series in the order of the mapping.
struct Slot {
    thing: usize,
    series: Vec<DatastreamId>,
}

impl<'m> Gather<'m> {
    pub(crate) fn new(asked: Asked<'m>, mapping: &'m Mapping) -> Self {
        Self {
            asked,
            mapping,
            plain: ThingMapping::default(),
            slots: BTreeMap::new(),
            parsed: Parsed::default(),
        }
    }

    /// Takes a record in. False when the answer has more of them than is sensible: the rest is left.
    pub(crate) fn take(&mut self, record: &dyn Record, place: &str) -> bool {
        self.parsed.records += 1;
        if self.parsed.records > MAX_RECORDS || self.parsed.observations.len() > MAX_OBSERVATIONS {
            self.parsed.reject(Rejection::new(
                place,
                "too many records; the rest is left out",
            ));
            return false;
        }
        if let Some(event) = &self.mapping.event {
            match self.event_of(event, record, place) {
                Ok(event) => self.parsed.events.push(event),
                Err(rejection) => self.parsed.reject(rejection),
            }
            if self.mapping.thing.is_none() {
                return true;
            }
        }
        match self.slot_of(record, place) {
            Ok(id) => self.take_values(&id, record, place),
            Err(rejection) => self.parsed.reject(rejection),
        }
        true
    }

    /// The device of `record`, met before or new.
    fn slot_of(&mut self, record: &dyn Record, place: &str) -> Result<String, Rejection> {
        let how = self.mapping.thing.as_ref().unwrap_or(&self.plain);
        let own = match &how.id {
            Some(pick) => pick.text(record),
            None => record.own_id(),
        };
        let own = own.ok_or_else(|| Rejection::new(format!("{place} id"), "has no identity"))?;
        let found = self.slots.get(&own).map(|slot| slot.thing);
        let placed = self.position(how.lon.as_ref(), how.lat.as_ref(), record, place);
        if let Some(index) = found {
            // A device that moves stands where its last record says.
            if let (Some(thing), Ok(mut position)) = (self.parsed.things.get_mut(index), placed) {
                position.height_m = thing.position.height_m;
                thing.position = position;
            }
            return Ok(own);
        }
        let mut position = placed?;
        if let Some(height) = how.height.as_ref().and_then(|pick| number(pick, record)) {
            position.height_m = height;
        }
        let id = ThingId::new(self.asked.identity(&own));
        let text = |pick: Option<&Pick>| pick.and_then(|pick| pick.text(record));
        let name = match &how.name {
            Some(pick) => pick.text(record),
            None => record.own_name(),
        };
        let name = name.unwrap_or_else(|| own.clone());
        let properties = if how.properties.is_empty() {
            record.own_lines()
        } else {
            let line = |(key, pick): &(String, Pick)| Some((key.clone(), pick.text(record)?));
            how.properties.iter().filter_map(line).collect()
        };
        let thing = Thing {
            id: id.clone(),
            description: text(how.description.as_ref()).unwrap_or_default(),
            kind: how.kind_of(record),
            position,
            properties,
            name,
        };
        let series: Vec<Datastream> = self
            .mapping
            .series
            .iter()
            .map(|series| self.series_of(series, &thing))
            .collect();
        let slot = Slot {
            thing: self.parsed.things.len(),
            series: series.iter().map(|series| series.id.clone()).collect(),
        };
        self.parsed.things.push(thing);
        self.parsed.datastreams.extend(series);
        self.slots.insert(own.clone(), slot);
        Ok(own)
    }

    fn series_of(&self, how: &SeriesMapping, thing: &Thing) -> Datastream {
        Datastream {
            id: DatastreamId::new(format!("{}:{}", thing.id, how.id_suffix)),
            thing: thing.id.clone(),
            name: format!("{} {}", thing.name, how.name),
            observed_property: how.property.clone(),
            unit: how.unit.clone(),
            period_s: how.period_s.unwrap_or(self.asked.period_s),
            limits: how.limits,
        }
    }

    /// Takes the values that `record` carries for the device `own`.
    fn take_values(&mut self, own: &str, record: &dyn Record, place: &str) {
        let Some(slot) = self.slots.get(own) else {
            return;
        };
        for (how, datastream) in self.mapping.series.iter().zip(&slot.series) {
            let value = match value_of(how, record, place) {
                Ok(Some(value)) => value,
                Ok(None) => continue,
                Err(rejection) => {
                    self.parsed.reject(rejection);
                    continue;
                }
            };
            let happened_at = match moment(how.time.as_ref(), &how.time_format, record, place) {
                Ok(moment) => moment.unwrap_or(self.asked.now),
                Err(rejection) => {
                    self.parsed.reject(rejection);
                    continue;
                }
            };
            self.parsed.observations.push(Observation {
                datastream: datastream.clone(),
                happened_at,
                value,
                quality: Quality::Good,
            });
        }
    }

    fn event_of(
        &self,
        how: &EventMapping,
        record: &dyn Record,
        place: &str,
    ) -> Result<Event, Rejection> {
        let missing = |field: &str| Rejection::new(format!("{place} {field}"), "is missing");
        let text = |pick: Option<&Pick>| pick.and_then(|pick| pick.text(record));
        let own = match &how.id {
            Some(pick) => pick.text(record),
            None => record.own_id(),
        };
        let level = match text(how.level.as_ref()) {
            Some(word) => translated(&word, &how.levels)
                .or_else(|| EventLevel::from_numeral(&word))
                .ok_or_else(|| {
                    Rejection::new(format!("{place} level"), format!("unknown level {word}"))
                })?,
            None => EventLevel::default(),
        };
        let status = match text(how.status.as_ref()) {
            Some(word) => translated(&word, &how.statuses)
                .or_else(|| EventStatus::from_word(&word))
                .ok_or_else(|| {
                    Rejection::new(format!("{place} status"), format!("unknown status {word}"))
                })?,
            None => EventStatus::default(),
        };
        let happened_at = moment(how.time.as_ref(), &how.time_format, record, place)?;
        Ok(Event {
            id: EventId::new(self.asked.identity(&own.ok_or_else(|| missing("id"))?)),
            title: how.title.text(record).ok_or_else(|| missing("title"))?,
            description: text(how.description.as_ref()).unwrap_or_default(),
            category: text(how.category.as_ref()).unwrap_or_default(),
            level,
            status,
            position: self.position(how.lon.as_ref(), how.lat.as_ref(), record, place)?,
            happened_at: happened_at.unwrap_or(self.asked.now),
            known_at: self.asked.now,
            source: self.asked.source.to_owned(),
            standing: how.standing,
        })
    }

    /// Where `record` is, in WGS 84.
    fn position(
        &self,
        lon: Option<&Pick>,
        lat: Option<&Pick>,
        record: &dyn Record,
        place: &str,
    ) -> Result<Geodetic, Rejection> {
        let reject = |reason: &str| Rejection::new(format!("{place} position"), reason);
        let [lon_deg, lat_deg, height_m] = match (lon, lat) {
            (Some(lon), Some(lat)) => {
                let lon = number(lon, record).ok_or_else(|| reject("has no longitude"))?;
                let lat = number(lat, record).ok_or_else(|| reject("has no latitude"))?;
                [lon, lat, 0.0]
            }
            _ => record.point().ok_or_else(|| reject("has no place"))?,
        };
        placed(self.mapping.frame, lon_deg, lat_deg, height_m)
            .ok_or_else(|| reject("not on the earth"))
    }
}

/// The place in WGS 84; `None` when it is not on the earth.
pub(crate) fn placed(frame: Frame, lon_deg: f64, lat_deg: f64, height_m: f64) -> Option<Geodetic> {
    if !json::on_earth(lon_deg, lat_deg) || !height_m.is_finite() {
        return None;
    }
    let place = Geodetic::new(lon_deg, lat_deg, height_m);
    Some(match frame {
        Frame::Wgs84 => place,
        Frame::Gcj02 => wgs84_from_gcj02(place),
    })
}

fn translated<T: Copy>(word: &str, words: &[(String, T)]) -> Option<T> {
    words
        .iter()
        .find(|(theirs, _)| theirs == word)
        .map(|(_, ours)| *ours)
}

/// The number that `pick` finds; `None` when there is none.
fn number(pick: &Pick, record: &dyn Record) -> Option<f64> {
    match pick.cell(record)? {
        Cell::Number(number) => Some(number),
        Cell::Text(text) => number_in(&text),
    }
}

fn number_in(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    Some(number).filter(|number| number.is_finite())
}

/// Texts that stand for "no value" in every feed.
const NO_VALUE: [&str; 6] = ["", "NA", "N/A", "NaN", "null", "-"];

/// The value for the series `how`; `None` when the record has none, which is no mistake.
fn value_of(
    how: &SeriesMapping,
    record: &dyn Record,
    place: &str,
) -> Result<Option<f64>, Rejection> {
    let Some(cell) = how.value.cell(record) else {
        return Ok(None);
    };
    let is_missing = |text: &str| NO_VALUE.contains(&text) || how.missing.iter().any(|m| m == text);
    let number = match cell {
        Cell::Number(number) => {
            if !how.missing.is_empty() && is_missing(&number.to_string()) {
                return Ok(None);
            }
            number
        }
        Cell::Text(text) => {
            let text = text.trim();
            if is_missing(text) {
                return Ok(None);
            }
            number_in(text).ok_or_else(|| {
                let shown: String = text.chars().take(40).collect();
                Rejection::new(
                    format!("{place} {}", how.property),
                    format!("not a number: {shown}"),
                )
            })?
        }
    };
    Ok(Some(number * how.scale).filter(|value| value.is_finite()))
}

/// The moment that `pick` finds; `None` when there is no such field in the mapping.
fn moment(
    pick: Option<&Pick>,
    format: &TimeFormat,
    record: &dyn Record,
    place: &str,
) -> Result<Option<UtcMillis>, Rejection> {
    let Some(pick) = pick else { return Ok(None) };
    let reject = |reason: String| Rejection::new(format!("{place} time"), reason);
    let cell = pick
        .cell(record)
        .ok_or_else(|| reject("is missing".to_owned()))?;
    let found = match &cell {
        Cell::Number(number) => format.moment_of_number(*number),
        Cell::Text(text) => format
            .moment(text)
            .or_else(|| format.moment_of_number(number_in(text)?)),
    };
    found.map(Some).ok_or_else(|| {
        let shown: String = cell
            .into_text()
            .unwrap_or_default()
            .chars()
            .take(40)
            .collect();
        reject(format!("not a moment as the mapping expects it: {shown}"))
    })
}
