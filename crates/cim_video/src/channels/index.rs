//! The columns of all channels and groups, and what is read from them.
//!
//! ```text
//!  ids      20 B   identity as a number, rows by identity
//!  columns  50 B   place, status, type, grade, when it changed, where its texts lie
//!  texts   150 B   one record each; what many have in common stands once
//!  names   100 B   id, name and address, for searching
//!  trees     8 B   leaves under their nodes
//! ```

use super::entry::{Entry, org_keys};
use super::health::Faults;
use super::ids::Ids;
use super::merge::Undo;
use super::places::{NOWHERE, PlaceE7};
use super::texts::{Record, Texts};
use super::tree::Forest;
use super::{MAX_ENTRIES, MAX_SOURCES, MAX_TAGS, Status};
use cim_model::{Camera, UtcMillis};
use cim_names::{NameIndex, Named};
use cim_sync::gb28181::{CatalogueItem, Field, camera_of};
use std::collections::{BTreeMap, BTreeSet};

/// A tag is no longer, letters.
const MAX_TAG_CHARS: usize = 40;
/// The share of searched names that are dead before all are read in again: one in so many.
const DEAD_SHARE: usize = 4;
/// So many changes are followed one by one in an index of any size.
const MANY_CHANGES: usize = 1000;
/// Stands for a row that no name stands for.
const NO_NAME: u32 = u32::MAX;

/// Why something cannot be kept in an index.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// It is full.
    #[error("the index of channels is full: {what}")]
    Full {
        /// What there are too many of.
        what: &'static str,
    },
    /// Kept bytes are no index, or a damaged one.
    #[error("the kept index of channels cannot be read: {reason}")]
    Damaged {
        /// What is wrong.
        reason: String,
    },
}

/// Where entries come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// Whose word counts: a higher one before a lower one.
    pub precedence: u8,
}

/// Whether a tag is put on or taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tagging {
    /// Put it on.
    Add,
    /// Take it off.
    Remove,
}

/// Where a moving device was told to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LivePlace {
    /// Longitude and latitude of its catalogue, 10⁻⁷ degrees; the longitude is [`super::NO_PLACE`] when it has none.
    pub catalogued_e7: [i32; 2],
    /// When it was there.
    pub at: UtcMillis,
    /// How fast, kilometres an hour.
    pub speed_kmh: Option<f64>,
    /// Where to, degrees clockwise from north.
    pub direction_deg: Option<f64>,
}

/// Columns by row, for maps of very many.
#[derive(Clone, Copy, Debug)]
pub struct Columns<'a> {
    /// Longitude, 10⁻⁷ degrees; [`super::NO_PLACE`] without a place.
    pub lon_e7: &'a [i32],
    /// Latitude, 10⁻⁷ degrees.
    pub lat_e7: &'a [i32],
    /// Status.
    pub status: &'a [Status],
    /// 摄像机类型, 0 when nobody said.
    pub ptz: &'a [u8],
    /// Category, 0 when nobody said.
    pub category: &'a [u8],
    /// Grade, 0 when nobody said.
    pub grade: &'a [u8],
    /// True for a channel that is there.
    pub is_channel: &'a [bool],
}

/// What the columns say of one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) record: Record,
    pub(crate) place: PlaceE7,
    pub(crate) status: Status,
    pub(crate) is_alive: bool,
    pub(crate) is_channel: bool,
    pub(crate) ptz: u8,
    pub(crate) category: u8,
    pub(crate) grade: u8,
    pub(crate) source: u8,
    /// A shared text; `u32::MAX` when it has no owner.
    pub(crate) owner: u32,
    /// Seconds since 1970, 0 when nobody knows.
    pub(crate) since_s: u32,
    /// Seconds since 1970, 0 when nobody knows.
    pub(crate) seen_s: u32,
    pub(crate) drops: u16,
}

impl Default for Line {
    fn default() -> Self {
        Self {
            record: Record::default(),
            place: NOWHERE,
            status: Status::Unknown,
            is_alive: false,
            is_channel: false,
            ptz: 0,
            category: 0,
            grade: 0,
            source: 0,
            owner: u32::MAX,
            since_s: 0,
            seen_s: 0,
            drops: 0,
        }
    }
}

impl Line {
    /// True for a channel that is there.
    pub(crate) fn is_leaf(&self) -> bool {
        self.is_alive && self.is_channel
    }
}

/// What of a line is not a column of its own.
#[derive(Clone, Copy, Debug)]
struct Rest {
    record: Record,
    owner: u32,
    since_s: u32,
    seen_s: u32,
    drops: u16,
    source: u8,
    is_alive: bool,
}

/// All channels and groups of a city. See the module for how entries come in.
#[derive(Clone, Debug, Default)]
pub struct ChannelIndex {
    pub(crate) ids: Ids,
    pub(crate) texts: Texts,
    lon_e7: Vec<i32>,
    lat_e7: Vec<i32>,
    status: Vec<Status>,
    ptz: Vec<u8>,
    category: Vec<u8>,
    grade: Vec<u8>,
    is_channel: Vec<bool>,
    rest: Vec<Rest>,
    pub(crate) forest: Forest,
    pub(crate) names: NameIndex,
    /// The row of each name.
    pub(crate) named_rows: Vec<u32>,
    /// The name of each row.
    pub(crate) row_names: Vec<u32>,
    pub(crate) sources: Vec<Source>,
    pub(crate) tags: BTreeMap<Box<str>, BTreeSet<u32>>,
    pub(crate) live: BTreeMap<u32, LivePlace>,
    pub(crate) faults: BTreeMap<u32, Faults>,
    /// When devices were heard of last, seconds since 1970, by their identity.
    pub(crate) heard: BTreeMap<Box<str>, u32>,
    pub(crate) undo: Option<Undo>,
    alive: usize,
    channels: usize,
    revision: u64,
}

impl ChannelIndex {
    /// How many entries there are: channels, devices and groups.
    pub fn len(&self) -> usize {
        self.alive
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.alive == 0
    }

    /// How many channels there are, each once.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// The row of the entry with this identity, when it is there.
    pub fn row(&self, id: &str) -> Option<u32> {
        self.ids.row(id).filter(|row| self.is_alive(*row))
    }

    /// True when the entry of `row` is there; false when it is gone.
    pub fn is_alive(&self, row: u32) -> bool {
        self.rest
            .get(row as usize)
            .is_some_and(|rest| rest.is_alive)
    }

    /// The rows of all channels, in the order in which they came first.
    pub fn channel_rows(&self) -> impl Iterator<Item = u32> {
        (0..)
            .zip(&self.is_channel)
            .filter_map(|(row, is_channel)| is_channel.then_some(row))
    }

    /// The entry of `row`; `None` when it is gone.
    pub fn entry(&self, row: u32) -> Option<Entry<'_>> {
        self.is_alive(row).then_some(Entry { index: self, row })
    }

    /// The entry with this identity.
    pub fn find(&self, id: &str) -> Option<Entry<'_>> {
        self.entry(self.row(id)?)
    }

    /// A number that grows with every change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The columns, by row.
    pub fn columns(&self) -> Columns<'_> {
        Columns {
            lon_e7: &self.lon_e7,
            lat_e7: &self.lat_e7,
            status: &self.status,
            ptz: &self.ptz,
            category: &self.category,
            grade: &self.grade,
            is_channel: &self.is_channel,
        }
    }

    /// About how much memory it takes, bytes.
    pub fn bytes(&self) -> usize {
        const COLUMN_BYTES: usize =
            2 * size_of::<i32>() + size_of::<Status>() + 4 + size_of::<Rest>();
        self.ids.bytes()
            + self.texts.bytes()
            + self.rest.capacity() * COLUMN_BYTES
            + self.names.bytes()
            + (self.named_rows.capacity() + self.row_names.capacity()) * size_of::<u32>()
            + self.forest.bytes()
            + self.undo.as_ref().map_or(0, Undo::bytes)
    }

    /// Where entries come from, by number.
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// The number of the source called `name`; its precedence becomes `precedence`.
    pub fn add_source(&mut self, name: &str, precedence: u8) -> Result<u8, IndexError> {
        let known = self.sources.iter().position(|source| source.name == name);
        let number = known.unwrap_or(self.sources.len());
        if number >= MAX_SOURCES {
            return Err(IndexError::Full { what: "sources" });
        }
        if let Some(source) = self.sources.get_mut(number) {
            source.precedence = precedence;
        } else {
            self.sources.push(Source {
                name: name.to_owned(),
                precedence,
            });
        }
        Ok(number as u8)
    }

    /// Sets category and grade of a channel; false when nothing changed. Imports keep what was set.
    pub fn set_grade(&mut self, row: u32, category: u8, grade: u8) -> bool {
        let Some(mut line) = self.line(row).filter(|line| line.is_alive) else {
            return false;
        };
        if (line.category, line.grade) == (category, grade) {
            return false;
        }
        (line.category, line.grade) = (category, grade);
        self.set_line(row, line);
        true
    }

    /// Puts a tag on an entry or takes it off; false when nothing changed. A tag is trimmed, of 40 letters at most; there
    /// are 1000 different ones at most.
    pub fn set_tag(&mut self, row: u32, tag: &str, tagging: Tagging) -> bool {
        let tag: String = tag.trim().chars().take(MAX_TAG_CHARS).collect();
        if tag.is_empty() || !self.is_alive(row) {
            return false;
        }
        let is_changed = match tagging {
            Tagging::Add => {
                let is_full = self.tags.len() >= MAX_TAGS && !self.tags.contains_key(tag.as_str());
                !is_full && self.tags.entry(tag.into()).or_default().insert(row)
            }
            Tagging::Remove => {
                let rows = self.tags.get_mut(tag.as_str());
                let is_changed = rows.is_some_and(|rows| rows.remove(&row));
                self.tags.retain(|_, rows| !rows.is_empty());
                is_changed
            }
        };
        if is_changed {
            self.touch();
        }
        is_changed
    }

    /// All tags, and how many entries each is on.
    pub fn tags(&self) -> impl Iterator<Item = (&str, usize)> {
        self.tags.iter().map(|(tag, rows)| (&**tag, rows.len()))
    }

    /// The channel of `row` as the map's cameras are; `None` when it has no place.
    pub fn camera(&self, row: u32) -> Option<Camera> {
        let entry = self.entry(row).filter(Entry::is_channel)?;
        let fields = entry.fields();
        let pairs = fields
            .iter()
            .map(|(field, value)| (field.as_str(), &**value));
        let item = CatalogueItem::from_pairs(pairs).ok()?;
        let mut camera = camera_of(&item).ok()?;
        camera.category = entry.category();
        Some(camera)
    }

    /// What the columns say of `row`, gone or not.
    pub(crate) fn line(&self, row: u32) -> Option<Line> {
        let at = row as usize;
        let rest = self.rest.get(at)?;
        Some(Line {
            record: rest.record,
            place: [*self.lon_e7.get(at)?, *self.lat_e7.get(at)?],
            status: *self.status.get(at)?,
            is_alive: rest.is_alive,
            is_channel: *self.is_channel.get(at)?,
            ptz: *self.ptz.get(at)?,
            category: *self.category.get(at)?,
            grade: *self.grade.get(at)?,
            source: rest.source,
            owner: rest.owner,
            since_s: rest.since_s,
            seen_s: rest.seen_s,
            drops: rest.drops,
        })
    }

    /// Writes a line. Trees and names are the caller's.
    pub(crate) fn set_line(&mut self, row: u32, line: Line) {
        let at = row as usize;
        let Some(rest) = self.rest.get_mut(at) else {
            return;
        };
        let is_channel = line.is_leaf();
        self.alive = self.alive + usize::from(line.is_alive) - usize::from(rest.is_alive);
        *rest = Rest {
            record: line.record,
            owner: line.owner,
            since_s: line.since_s,
            seen_s: line.seen_s,
            drops: line.drops,
            source: line.source,
            is_alive: line.is_alive,
        };
        let was_channel = put(&mut self.is_channel, at, is_channel);
        self.channels = self.channels + usize::from(is_channel) - usize::from(was_channel);
        put(&mut self.lon_e7, at, line.place[0]);
        put(&mut self.lat_e7, at, line.place[1]);
        put(&mut self.status, at, line.status);
        put(&mut self.ptz, at, line.ptz);
        put(&mut self.category, at, line.category);
        put(&mut self.grade, at, line.grade);
        self.touch();
    }

    /// The row of `id`, gone or not; another one when there is none.
    pub(crate) fn row_for(&mut self, id: &str) -> Result<u32, IndexError> {
        if let Some(row) = self.ids.row(id) {
            return Ok(row);
        }
        if self.ids.len() >= MAX_ENTRIES {
            return Err(IndexError::Full { what: "entries" });
        }
        let row = self.ids.push(id);
        let line = Line::default();
        self.lon_e7.push(line.place[0]);
        self.lat_e7.push(line.place[1]);
        self.status.push(line.status);
        self.ptz.push(line.ptz);
        self.category.push(line.category);
        self.grade.push(line.grade);
        self.is_channel.push(false);
        self.row_names.push(NO_NAME);
        self.rest.push(Rest {
            record: line.record,
            owner: line.owner,
            since_s: line.since_s,
            seen_s: line.seen_s,
            drops: line.drops,
            source: line.source,
            is_alive: false,
        });
        Ok(row)
    }

    /// Lets trees and names follow rows, each once with what it was before. A group may carry others with it, so that the
    /// trees are made again for it.
    pub(crate) fn follow(&mut self, changed: &[(u32, Line)]) {
        if changed.len() > MANY_CHANGES.max(self.alive / 50) {
            self.rebuild();
            return;
        }
        self.ids.settle_soon();
        if changed
            .iter()
            .any(|(row, _)| self.ids.kind(*row).is_group())
        {
            self.rebuild_forest();
        } else {
            for (row, before) in changed {
                self.follow_in_trees(*row, before);
            }
        }
        for (row, before) in changed {
            self.follow_name(*row, before);
        }
    }

    /// Makes trees, names and the order of identities again, after very many rows changed.
    pub(crate) fn rebuild(&mut self) {
        self.ids.settle();
        self.rebuild_forest();
        self.rebuild_names();
        self.texts.shrink();
    }

    /// Takes another revision.
    pub(crate) fn touch(&mut self) {
        self.revision += 1;
    }

    /// The keys of the nodes that a channel hangs under: its division and its groups.
    pub(crate) fn places_in_trees(&self, row: u32, line: &Line) -> [Vec<String>; 2] {
        let civil = super::entry::civil_key(
            self.texts.value(line.record, Field::CivilCode),
            self.ids.code(row).as_ref(),
        );
        [
            vec![civil],
            org_keys(
                self.texts.value(line.record, Field::ParentId),
                self.texts.value(line.record, Field::BusinessGroupId),
            ),
        ]
    }

    /// Leaves out the records that nothing refers to, when they are more than half of all.
    pub(crate) fn compact(&mut self) {
        let mut live: usize = self.rest.iter().map(|rest| rest.record.bytes()).sum();
        live += self.undo.as_ref().map_or(0, Undo::record_bytes);
        if self.texts.arena_bytes() <= live.saturating_mul(2) {
            return;
        }
        let texts = std::mem::take(&mut self.texts);
        let of_rows = self.rest.iter().map(|rest| rest.record);
        let of_undo = self.undo.iter().flat_map(Undo::records);
        let (texts, moved) = texts.compacted(of_rows.chain(of_undo));
        self.texts = texts;
        let mut moved = moved.into_iter();
        for (rest, record) in self.rest.iter_mut().zip(moved.by_ref()) {
            rest.record = record;
        }
        if let Some(undo) = &mut self.undo {
            undo.move_records(moved);
        }
    }

    fn rebuild_forest(&mut self) {
        let mut forest = Forest::default();
        for row in 0..self.ids.len() as u32 {
            let is_channel = self.is_channel.get(row as usize).copied();
            if is_channel.unwrap_or_default() {
                continue;
            }
            if let Some(entry) = self.entry(row).filter(|entry| entry.kind().is_group()) {
                forest.add_group(&entry);
            }
        }
        for row in self.channel_rows() {
            let Some(line) = self.line(row) else {
                continue;
            };
            let places = self.places_in_trees(row, &line);
            forest.load(row, &places, line.status.is_on());
        }
        forest.settle(&self.ids);
        self.forest = forest;
    }

    fn rebuild_names(&mut self) {
        self.names = NameIndex::default();
        self.named_rows = Vec::with_capacity(self.channels);
        self.row_names.fill(NO_NAME);
        for row in 0..self.ids.len() as u32 {
            self.add_name(row);
        }
        self.names.shrink();
    }

    fn follow_in_trees(&mut self, row: u32, before: &Line) {
        if before.is_leaf() {
            let places = self.places_in_trees(row, before);
            self.forest
                .leave(row, &places, before.status.is_on(), &self.ids);
        }
        if let Some(now) = self.line(row).filter(Line::is_leaf) {
            let places = self.places_in_trees(row, &now);
            self.forest
                .join(row, &places, now.status.is_on(), &self.ids);
        }
    }

    fn follow_name(&mut self, row: u32, before: &Line) {
        let searched = |line: &Line| line.is_leaf().then_some(line.record);
        if self.line(row).as_ref().and_then(searched) == searched(before) {
            return;
        }
        if let Some(name) = self.row_names.get_mut(row as usize) {
            *name = NO_NAME;
        }
        let dead = self.named_rows.len().saturating_sub(self.channels);
        if dead > 1000 && dead > self.named_rows.len() / DEAD_SHARE {
            self.rebuild_names();
        } else {
            self.add_name(row);
        }
    }

    fn add_name(&mut self, row: u32) {
        let at = row as usize;
        if !self.is_channel.get(at).copied().unwrap_or_default() {
            return;
        }
        let Some(line) = self.line(row) else {
            return;
        };
        let id = self.ids.id(row);
        let place = super::places::degrees_of(line.place);
        let named = Named {
            names: [
                self.texts.value(line.record, Field::Name),
                self.texts.value(line.record, Field::Address),
            ],
            codes: [&id, ""],
            place: place.unwrap_or([f64::NAN; 2]),
        };
        if self.names.push(&named) {
            if let Some(name) = self.row_names.get_mut(at) {
                *name = self.named_rows.len() as u32;
            }
            self.named_rows.push(row);
        }
    }
}

/// Puts `value` there and gives what was there; the default where nothing is.
fn put<T: Copy + Default>(column: &mut [T], at: usize, value: T) -> T {
    match column.get_mut(at) {
        Some(slot) => std::mem::replace(slot, value),
        None => T::default(),
    }
}
