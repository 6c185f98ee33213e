//! How an entry that comes is put together with the one that is there, and what is told of it.

use super::entry::{SEPARATOR, seconds_of};
use super::index::{ChannelIndex, IndexError, Line, LivePlace};
use super::places::{NOWHERE, PlaceE7, apart_m, degrees_text, place_e7};
use super::texts::Record;
use super::{NO_PLACE, Status};
use cim_model::UtcMillis;
use cim_sync::Rejection;
use cim_sync::gb28181::{CatalogueItem, Field, ItemKind};
use std::borrow::Cow;

/// What a report lists at most of each; its counts are of all.
pub const MAX_LISTED: usize = 1000;
/// An entry that is this far from where it was has moved, metres.
const MOVED_M: f64 = 5.0;

/// A field that became another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// Its name in the standard, or the source's own.
    pub field: String,
    /// What it was; empty when there was none.
    pub before: String,
    /// What it is; empty when there is none any more.
    pub after: String,
}

/// An entry that became another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its identity.
    pub id: String,
    /// Its name now.
    pub name: String,
    /// Which fields.
    pub fields: Vec<FieldChange>,
}

/// An entry that is somewhere else.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// Its identity.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How far, metres.
    pub metres: f64,
    /// Longitude and latitude before, degrees.
    pub from: [f64; 2],
    /// Longitude and latitude now, degrees.
    pub to: [f64; 2],
}

/// What an import did, or would do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MergeReport {
    /// Where the entries came from.
    pub source: String,
    /// When.
    pub at: UtcMillis,
    /// How many entries came that were not there.
    pub added: u64,
    /// How many came with another value than before, those that moved with them.
    pub changed: u64,
    /// How many came as they were.
    pub same: u64,
    /// How many did not come any more.
    pub gone: u64,
    /// How many are more than five metres from where they were.
    pub moved: u64,
    /// How many came again, word for word or in another tree.
    pub duplicates: u64,
    /// How many things could not be used.
    pub rejected: u64,
    /// How many entries were announced and never came.
    pub missing: u64,
    /// The first identities that were added.
    pub added_ids: Vec<String>,
    /// The first changes.
    pub changes: Vec<Change>,
    /// The first identities that are gone.
    pub gone_ids: Vec<String>,
    /// The first moves.
    pub moves: Vec<Move>,
    /// What could not be used, and why: the first of it.
    pub rejections: Vec<Rejection>,
    /// The encodings that were used, each once.
    pub encodings: Vec<String>,
}

impl MergeReport {
    /// Counts what could not be used, and tells it when not too much was told.
    pub(crate) fn reject(&mut self, rejection: Rejection) {
        self.rejected += 1;
        if self.rejections.len() < MAX_LISTED {
            self.rejections.push(rejection);
        }
    }
}

/// What takes an import back.
#[derive(Clone, Debug, Default)]
pub(crate) struct Undo {
    /// Rows that changed, each once, and what they were.
    pub(crate) lines: Vec<(u32, Line)>,
    /// Where moving devices were when their catalogue changed.
    pub(crate) live: Vec<(u32, LivePlace)>,
}

impl Undo {
    /// How much memory it takes, bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.lines.capacity() * size_of::<(u32, Line)>()
            + self.live.capacity() * size_of::<(u32, LivePlace)>()
    }

    /// The records that it refers to.
    pub(crate) fn records(&self) -> impl Iterator<Item = Record> + '_ {
        self.lines.iter().map(|(_, line)| line.record)
    }

    /// How long they are together, bytes.
    pub(crate) fn record_bytes(&self) -> usize {
        self.records().map(Record::bytes).sum()
    }

    /// Refers to `records` instead, in the same order.
    pub(crate) fn move_records(&mut self, records: impl Iterator<Item = Record>) {
        for ((_, line), record) in self.lines.iter_mut().zip(records) {
            line.record = record;
        }
    }
}

/// How an entry is put together with the one that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It tells all that its source knows: what it leaves out is no more.
    Whole,
    /// It tells what changed: what it leaves out stays.
    Partial,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Merged {
    pub(crate) row: u32,
    /// What it was; not alive when it was not there.
    pub(crate) before: Line,
    /// Where a moving device was when its catalogue's place changed.
    pub(crate) live: Option<LivePlace>,
    pub(crate) is_changed: bool,
}

/// The fields of an entry, in the order of the standard.
type Fields<'a> = Vec<(Field, Cow<'a, str>)>;

/// What an entry is apart from its fields.
#[derive(Clone, Copy)]
struct Told {
    place: PlaceE7,
    status: Option<Status>,
}

impl ChannelIndex {
    /// Puts `item`, which stands at `place`, of a source to what is there. Trees and names are the caller's, see `follow`.
    pub(crate) fn merge(
        &mut self,
        (item, place): (&CatalogueItem, PlaceE7),
        source: u8,
        manner: Manner,
        at: UtcMillis,
    ) -> Result<Merged, IndexError> {
        let row = self.row_for(item.id())?;
        let before = self.line(row).unwrap_or_default();
        let told = Told {
            place,
            status: Status::from_word(item.get(Field::Status)),
        };
        let fields = fields_of(item);
        let mut line = if before.is_alive {
            let line = self.joined(row, &before, fields, told, (source, manner))?;
            with_news(line, &before, at)
        } else {
            let record = self.record_of(&fields)?;
            let line = Line {
                record,
                place: told.place,
                status: told.status.unwrap_or_default(),
                is_alive: true,
                source,
                category: before.category,
                grade: before.grade,
                ..Line::default()
            };
            with_news(line, &before, at)
        };
        // What only the entry said is said again; what a person set stays.
        if before.is_alive && line.category == self.said_category(before.record) {
            line.category = 0;
        }
        self.classify(row, &mut line);
        let live = if line.place == before.place {
            None
        } else {
            self.live.remove(&row)
        };
        let is_changed = line != before;
        if is_changed {
            self.set_line(row, line);
        }
        Ok(Merged {
            row,
            before,
            live,
            is_changed,
        })
    }

    /// Lets `row` belong to the parents of `item` too; what it was, when that is something else.
    pub(crate) fn add_parents(
        &mut self,
        row: u32,
        item: &CatalogueItem,
    ) -> Result<Option<Line>, IndexError> {
        let Some(before) = self.line(row) else {
            return Ok(None);
        };
        let known = self.texts.value(before.record, Field::ParentId).to_owned();
        let mut parents: Vec<&str> = known.split('/').filter(|id| !id.is_empty()).collect();
        let count = parents.len();
        for parent in item.parents() {
            if parents.len() < super::MAX_PARENTS && !parents.contains(&parent) {
                parents.push(parent);
            }
        }
        if parents.len() == count {
            return Ok(None);
        }
        let kept = self.texts.fields(before.record);
        let mut fields: Fields<'static> = kept
            .filter(|(field, _)| *field != Field::ParentId)
            .map(|(field, value)| (field, Cow::Owned(value.to_owned())))
            .collect();
        fields.push((Field::ParentId, Cow::Owned(parents.join("/"))));
        fields.sort_by_key(|(field, _)| *field);
        let record = self.record_of(&fields)?;
        self.set_line(row, Line { record, ..before });
        Ok(Some(before))
    }

    /// The fields in which `row` is another than `before`.
    pub(crate) fn changes_of(&self, row: u32, before: &Line) -> Vec<FieldChange> {
        let Some(now) = self.line(row) else {
            return Vec::new();
        };
        let written = |line: &Line| -> Vec<(String, String)> {
            let fields = self.texts.fields(line.record);
            let mut written: Vec<(String, String)> = fields.map(named).collect();
            let is_placed = line.place[0] != NO_PLACE;
            for (name, units) in ["Longitude", "Latitude"].into_iter().zip(line.place) {
                if is_placed {
                    written.push((name.to_owned(), degrees_text(units)));
                }
            }
            let status = line.status.standard_word();
            if !status.is_empty() {
                written.push(("Status".to_owned(), status.to_owned()));
            }
            written
        };
        let (old, new) = (written(before), written(&now));
        let value_in = |list: &[(String, String)], name: &str| {
            let found = list.iter().find(|(own, _)| own == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let lost = old
            .iter()
            .filter(|(name, _)| !new.iter().any(|(own, _)| own == name));
        new.iter()
            .chain(lost)
            .map(|(name, _)| FieldChange {
                field: name.clone(),
                before: value_in(&old, name),
                after: value_in(&new, name),
            })
            .filter(|change| change.before != change.after)
            .collect()
    }

    /// How `row` moved, when it did by more than five metres.
    pub(crate) fn move_of(&self, row: u32, before: &Line) -> Option<Move> {
        let entry = self.entry(row)?;
        let now = self.line(row)?;
        let metres = apart_m(before.place, now.place).filter(|metres| *metres > MOVED_M)?;
        Some(Move {
            id: entry.id(),
            name: entry.name().to_owned(),
            metres,
            from: super::places::degrees_of(before.place)?,
            to: super::places::degrees_of(now.place)?,
        })
    }

    /// Takes the last import back; how many entries it had changed. `None` when there is nothing to take back. Grades and tags
    /// stay as they are.
    pub fn undo(&mut self) -> Option<u64> {
        let undo = self.undo.take()?;
        let mut changed = Vec::with_capacity(undo.lines.len());
        for (row, before) in undo.lines {
            let Some(now) = self.line(row) else {
                continue;
            };
            let graded = if now.is_alive { now } else { before };
            let is_said = now.category == self.said_category(now.record);
            let category = if now.is_alive && before.is_alive && is_said {
                before.category
            } else {
                graded.category
            };
            self.set_line(
                row,
                Line {
                    category,
                    grade: graded.grade,
                    ..before
                },
            );
            changed.push((row, now));
        }
        self.live.extend(undo.live);
        self.follow(&changed);
        self.compact();
        Some(changed.len() as u64)
    }

    /// True when there is an import to take back.
    pub fn can_undo(&self) -> bool {
        self.undo.is_some()
    }

    /// The line of an entry that is there, with what came.
    fn joined(
        &mut self,
        row: u32,
        before: &Line,
        fields: Fields<'_>,
        told: Told,
        (source, manner): (u8, Manner),
    ) -> Result<Line, IndexError> {
        let is_own = source == before.source;
        let is_first = is_own || self.precedence(source) >= self.precedence(before.source);
        let catalogued = self
            .live
            .get(&row)
            .map_or(before.place, |live| live.catalogued_e7);
        let is_whole = is_own && manner == Manner::Whole;
        let has_better = is_first && told.place != NOWHERE;
        let place = if is_whole || has_better || catalogued == NOWHERE {
            told.place
        } else {
            catalogued
        };
        // A moving device stays where it was told to be while its catalogue says what it said.
        let place = if place == catalogued {
            before.place
        } else {
            place
        };
        let status = match told.status {
            Some(status) if is_first || before.status == Status::Unknown => status,
            _ => before.status,
        };
        let kept = self.texts.fields(before.record);
        let is_same = is_whole
            && kept
                .clone()
                .eq(fields.iter().map(|(field, value)| (*field, &**value)));
        let record = if is_same {
            before.record
        } else {
            let kept: Fields<'static> = kept
                .map(|(field, value)| (field, Cow::Owned(value.to_owned())))
                .collect();
            let union = match (is_whole, is_first) {
                (true, _) => fields,
                (false, true) => united(fields, &kept),
                (false, false) => united(kept.clone(), &fields),
            };
            if union == kept {
                before.record
            } else {
                self.record_of(&union)?
            }
        };
        Ok(Line {
            record,
            place,
            status,
            source: if is_first { source } else { before.source },
            ..*before
        })
    }

    /// Fills in what follows from the texts of a line.
    pub(crate) fn classify(&mut self, row: u32, line: &mut Line) {
        let record = line.record;
        let kind = self.ids.kind(row);
        line.ptz = self.small_number(record, Field::PtzType);
        // What has no code of the standard is a camera where it stands somewhere: agencies number theirs in their own ways.
        let is_lens = !self.texts.value(record, Field::PtzType).is_empty()
            || (kind == ItemKind::Other && line.place != NOWHERE);
        line.is_channel = kind == ItemKind::Camera
            || (!kind.is_group() && self.texts.value(record, Field::Parental) != "1" && is_lens);
        if line.category == 0 {
            line.category = self.said_category(record);
        }
        let owner = [Field::ManagementUnit, Field::Owner]
            .into_iter()
            .map(|field| self.texts.value(record, field))
            .find(|owner| !owner.is_empty())
            .map(str::to_owned);
        line.owner = owner
            .and_then(|owner| self.texts.number_of(&owner))
            .unwrap_or(u32::MAX);
    }

    /// The category that an entry says itself, 0 where it says none.
    fn said_category(&self, record: Record) -> u8 {
        let class = self.small_number(record, Field::PointType);
        if class <= 3 { class } else { 0 }
    }

    fn small_number(&self, record: Record, field: Field) -> u8 {
        let text = self.texts.value(record, field);
        text.parse().unwrap_or_default()
    }

    fn record_of(&mut self, fields: &[(Field, Cow<'_, str>)]) -> Result<Record, IndexError> {
        let fields = fields.iter().map(|(field, value)| (*field, &**value));
        let record = self.texts.add(fields);
        record.ok_or(IndexError::Full { what: "texts" })
    }

    fn precedence(&self, source: u8) -> u8 {
        let source = self.sources.get(usize::from(source));
        source.map_or(0, |source| source.precedence)
    }
}

/// The line with the moments of its status.
pub(crate) fn with_news(mut line: Line, before: &Line, at: UtcMillis) -> Line {
    if line.status == before.status && before.is_alive {
        return line;
    }
    line.since_s = seconds_of(at);
    if line.status.is_on() {
        line.seen_s = seconds_of(at);
    } else if before.is_alive && before.status.is_on() {
        line.drops = line.drops.saturating_add(1);
    }
    line
}

/// What of an item is kept in its record.
fn fields_of(item: &CatalogueItem) -> Fields<'_> {
    let mut fields: Fields<'_> = Vec::new();
    for (field, value) in item.fields() {
        let is_elsewhere = matches!(
            field,
            Field::DeviceId
                | Field::ParentId
                | Field::Status
                | Field::Longitude
                | Field::Latitude
                | Field::Event
        );
        if !is_elsewhere && !fields.iter().any(|(own, _)| *own == field) {
            fields.push((field, Cow::Borrowed(value)));
        }
    }
    match item.parents().as_slice() {
        [] => {}
        [parent] => fields.push((Field::ParentId, Cow::Borrowed(*parent))),
        parents => fields.push((Field::ParentId, Cow::Owned(parents.join("/")))),
    }
    let others = item.others();
    fields.extend(others.map(|(name, value)| {
        let pair = format!("{name}{SEPARATOR}{value}");
        (Field::Other, Cow::Owned(pair))
    }));
    fields.sort_by_key(|(field, _)| *field);
    fields
}

/// Where an entry says that it is, in degrees of WGS 84.
pub(crate) fn place_of(item: &CatalogueItem) -> PlaceE7 {
    let lon_deg = item.number(Field::Longitude);
    let lat_deg = item.number(Field::Latitude);
    lon_deg
        .zip(lat_deg)
        .map_or(NOWHERE, |(lon_deg, lat_deg)| place_e7(lon_deg, lat_deg))
}

/// `first`, with what only `second` has.
fn united<'a>(mut first: Fields<'a>, second: &[(Field, Cow<'_, str>)]) -> Fields<'a> {
    let own: Vec<(Field, String)> = first.iter().map(key_of).collect();
    for pair in second {
        if !own.contains(&key_of(pair)) {
            first.push((pair.0, Cow::Owned(pair.1.to_string())));
        }
    }
    first.sort_by_key(|(field, _)| *field);
    first
}

/// What tells one field of an entry from another.
fn key_of((field, value): &(Field, Cow<'_, str>)) -> (Field, String) {
    let name = match field {
        Field::Other => value.split(SEPARATOR).next().unwrap_or_default(),
        _ => "",
    };
    (*field, name.to_owned())
}

/// A field by its name.
fn named((field, value): (Field, &str)) -> (String, String) {
    match (field, value.split_once(SEPARATOR)) {
        (Field::Other, Some((name, value))) => (name.to_owned(), value.to_owned()),
        _ => (field.as_str().to_owned(), value.to_owned()),
    }
}
