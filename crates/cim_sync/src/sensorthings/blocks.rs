//! Observations by the hundred thousand: pages and messages become rows in one pass over their bytes.
//!
//! Whatever the quick road finds odd is read again by the slow one: the row, else the entry, else the whole page. Both give
//! the same observations and rejections; a test holds them to it.

mod messages;

pub(crate) use messages::carries_observations;
pub use messages::{payload_block, payload_rows};

use super::{
    cursor::{Cursor, Key, Odd, Read},
    observation::{self, Columns, identity_in_link, number_in_text, quality_in_word},
    page::{Notes, Page, count_of, next_of},
};
use crate::{
    Rejection,
    block::{BlockPage, Rejected, SeriesNames},
    json,
};
use cim_model::{BlockRow, Observation, ObservationBlock, Quality, UtcMillis};
use serde_json::Value;

/// How many columns of a `dataArray` the quick road tells apart.
const MAX_COLUMNS: usize = 16;
/// About how many bytes an observation has at least; sizes the first allocation.
const FEW_BYTES: usize = 28;
const FULL: &str = "there are too many series";

/// Reads a page of `Observations`, one by one with their `Datastream` or as `dataArray` groups (clause 12.2), as rows.
pub fn observations_block(bytes: &[u8], names: &mut SeriesNames) -> Result<BlockPage, Rejection> {
    page_block(bytes, &Kind::Observations, names)
}

/// Reads a page of `Datastreams?$expand=Observations(…)`: the observations that are listed inside, as rows.
pub fn latest_block(bytes: &[u8], names: &mut SeriesNames) -> Result<BlockPage, Rejection> {
    page_block(bytes, &Kind::Latest, names)
}

/// Reads a page of `Datastreams(…)/Observations` of the series `datastream`, as rows.
pub fn series_block(
    bytes: &[u8],
    datastream: &str,
    names: &mut SeriesNames,
) -> Result<BlockPage, Rejection> {
    page_block(bytes, &Kind::Series(datastream), names)
}

/// What reading a message told beside its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What could not be used, the first hundred.
    pub rejected: Vec<Rejection>,
    /// How many more could not.
    pub rejected_more: u64,
    /// What is worth knowing about what could be used.
    pub notes: Vec<Rejection>,
    /// How many observations the message had, usable or not.
    pub entries: u64,
}

/// Which collection a page is of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind<'k> {
    /// `Observations`.
    Observations,
    /// `Datastreams` with their newest observations inside.
    Latest,
    /// The observations of this series.
    Series(&'k str),
}

pub(super) fn page_block(
    bytes: &[u8],
    kind: &Kind<'_>,
    names: &mut SeriesNames,
) -> Result<BlockPage, Rejection> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let rows = Vec::with_capacity(text.len() / FEW_BYTES);
        let mut decoder = Decoder::new(text, names, rows);
        if let Ok((count, next)) = decoder.page(kind) {
            return Ok(decoder.into_page(count, next));
        }
    }
    let page = slow_page(bytes, kind)?;
    let mut decoder = Decoder::new("", names, Vec::with_capacity(page.items.len()));
    decoder.entries = page.entries;
    decoder.notes = Notes(page.notes);
    for observation in page.items {
        decoder.push_slow(&observation);
    }
    for rejection in page.rejected {
        decoder.rejected.push(rejection);
    }
    Ok(decoder.into_page(page.count, page.next))
}

/// The same page by way of a tree.
pub(super) fn slow_page(bytes: &[u8], kind: &Kind<'_>) -> Result<Page<Observation>, Rejection> {
    match kind {
        Kind::Observations => super::observations_page(bytes),
        Kind::Latest => super::latest_page(bytes),
        Kind::Series(datastream) => super::observations_of_series(bytes, datastream),
    }
}

/// Where a decoder stood, to go back to.
#[derive(Clone, Copy, Debug)]
struct Mark {
    at: usize,
    rows: usize,
    rejected: (usize, u64),
    entries: u64,
    saw_zoneless: bool,
}

struct Decoder<'t, 'n> {
    cursor: Cursor<'t>,
    names: &'n mut SeriesNames,
    rows: Vec<BlockRow>,
    rejected: Rejected,
    notes: Notes,
    entries: u64,
}

/// What the fields of an observation said.
#[derive(Clone, Copy, Debug, Default)]
struct Found {
    series: Option<u32>,
    phenomenon_time: Option<i64>,
    /// Where the value of `resultTime` begins; it is read only when it is needed.
    result_time_at: Option<usize>,
    value: Option<f64>,
    quality: Quality,
}

/// What is in a column of a `dataArray`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    PhenomenonTime,
    ResultTime,
    Result,
    Quality,
    Other,
}

impl<'t, 'n> Decoder<'t, 'n> {
    fn new(text: &'t str, names: &'n mut SeriesNames, rows: Vec<BlockRow>) -> Self {
        Self {
            cursor: Cursor::new(text),
            names,
            rows,
            rejected: Rejected::default(),
            notes: Notes::default(),
            entries: 0,
        }
    }

    fn into_told(self) -> (Told, Vec<BlockRow>) {
        let told = Told {
            rejected: self.rejected.told,
            rejected_more: self.rejected.more,
            notes: self.notes.0,
            entries: self.entries,
        };
        (told, self.rows)
    }

    fn into_page(self, count: Option<u64>, next: Option<String>) -> BlockPage {
        let series = self.names.snapshot();
        let (told, rows) = self.into_told();
        BlockPage {
            block: ObservationBlock { series, rows },
            rejected: told.rejected,
            rejected_more: told.rejected_more,
            notes: told.notes,
            entries: told.entries,
            count,
            next,
            is_thinned: false,
        }
    }

    fn mark(&self) -> Mark {
        Mark {
            at: self.cursor.at,
            rows: self.rows.len(),
            rejected: self.rejected.mark(),
            entries: self.entries,
            saw_zoneless: self.cursor.saw_zoneless,
        }
    }

    fn back_to(&mut self, mark: Mark) {
        self.cursor.at = mark.at;
        self.rows.truncate(mark.rows);
        self.rejected.back_to(mark.rejected);
        self.entries = mark.entries;
        self.cursor.saw_zoneless = mark.saw_zoneless;
    }

    /// Notes a moment without a zone that was read since this was asked last.
    fn note_zoneless(&mut self, place: impl FnOnce() -> String) {
        if std::mem::take(&mut self.cursor.saw_zoneless) {
            self.notes.tell_zoneless(&place());
        }
    }

    fn push_slow(&mut self, observation: &Observation) {
        match self.names.place_of(observation.datastream.as_str()) {
            Some(series) => self.rows.push(BlockRow {
                series,
                quality: observation.quality,
                happened_at: observation.happened_at,
                value: observation.value,
            }),
            None => self
                .rejected
                .push(Rejection::new(observation.datastream.as_str(), FULL)),
        }
    }

    /// The whole page; how many entries the collection has, and where the next page is.
    fn page(&mut self, kind: &Kind<'_>) -> Read<(Option<u64>, Option<String>)> {
        let (mut count, mut next, mut has_list) = (None, None, false);
        self.cursor.skip_space();
        if !self.cursor.opens(b'{', b'}')? {
            return Err(Odd);
        }
        loop {
            match self.cursor.name()? {
                "value" if has_list => return Err(Odd),
                "value" => {
                    has_list = true;
                    self.list(kind)?;
                }
                "@iot.count" => count = count_of(&self.tree()?),
                "@iot.nextLink" => next = next_of(&self.tree()?),
                _ => self.cursor.skip_value()?,
            }
            if !self.cursor.goes_on(b'}')? {
                break;
            }
        }
        if has_list && self.cursor.is_at_end() {
            Ok((count, next))
        } else {
            Err(Odd)
        }
    }

    /// The value at the cursor as a tree.
    fn tree(&mut self) -> Read<Value> {
        let text = self.cursor.bound_value()?;
        serde_json::from_str(text).map_err(|_told_by_the_slow_road| Odd)
    }

    fn list(&mut self, kind: &Kind<'_>) -> Read<()> {
        let of = match kind {
            Kind::Series(datastream) => Some(self.names.place_of(datastream).ok_or(Odd)?),
            Kind::Observations | Kind::Latest => None,
        };
        if !self.cursor.opens(b'[', b']')? {
            return Ok(());
        }
        let mut index = 0_u64;
        loop {
            self.list_entry(kind, of, index)?;
            index += 1;
            if !self.cursor.goes_on(b']')? {
                return Ok(());
            }
        }
    }

    #[inline]
    fn list_entry(&mut self, kind: &Kind<'_>, of: Option<u32>, index: u64) -> Read<()> {
        let mark = self.mark();
        self.entries += 1;
        let quick = match kind {
            Kind::Observations => match self.entry(None, None) {
                Ok(Shape::Single) => Ok(()),
                Ok(Shape::Group) => {
                    self.back_to(mark);
                    self.group(|| format!("$.value[{index}]"))
                }
                Err(odd) => Err(odd),
            },
            Kind::Series(_) => match self.entry(of, None) {
                Ok(Shape::Single) => Ok(()),
                Ok(Shape::Group) | Err(_) => Err(Odd),
            },
            Kind::Latest => self.latest(index),
        };
        if quick.is_err() {
            self.back_to(mark);
            return self.slow_entry(kind, index);
        }
        self.note_zoneless(|| format!("$.value[{index}]"));
        Ok(())
    }

    /// Reads the entry at the cursor by way of a tree.
    #[cold]
    fn slow_entry(&mut self, kind: &Kind<'_>, index: u64) -> Read<()> {
        let place = format!("$.value[{index}]");
        let value = self.tree()?;
        self.entries += 1;
        match kind {
            Kind::Observations if value.get("dataArray").is_some() => {
                self.entries -= 1;
                self.slow_group(&value, &place);
            }
            Kind::Observations => self.slow_observation(&value, None, &place),
            Kind::Series(datastream) => self.slow_observation(&value, Some(*datastream), &place),
            Kind::Latest => self.slow_latest(&value, &place),
        }
        Ok(())
    }

    fn slow_observation(&mut self, value: &Value, of: Option<&str>, place: &str) {
        match observation::observation_of(value, of, place, &mut self.notes) {
            Ok(observation) => self.push_slow(&observation),
            Err(rejection) => self.rejected.push(rejection),
        }
    }

    fn slow_group(&mut self, value: &Value, place: &str) {
        match observation::data_array_group(value, place, &mut self.notes) {
            Ok((observations, rejected)) => {
                self.entries += (observations.len() + rejected.len()) as u64;
                for observation in &observations {
                    self.push_slow(observation);
                }
                for rejection in rejected {
                    self.rejected.push(rejection);
                }
            }
            Err(rejection) => {
                self.entries += 1;
                self.rejected.push(rejection);
            }
        }
    }

    fn slow_latest(&mut self, value: &Value, place: &str) {
        let listed = observation::identity_of(value, place)
            .and_then(|id| Ok((id, json::list(value, "Observations", place)?)));
        match listed {
            Ok((id, list)) => {
                for (index, inner) in list.iter().enumerate() {
                    let place = format!("{place}.Observations[{index}]");
                    self.slow_observation(inner, Some(&id), &place);
                }
            }
            Err(rejection) => self.rejected.push(rejection),
        }
    }

    /// The observation at the cursor, or the word that it is a group of them. `of` is its series unless it names one, `received`
    /// its moment when it has none.
    #[inline]
    fn entry(&mut self, of: Option<u32>, received: Option<i64>) -> Read<Shape> {
        if !self.cursor.opens(b'{', b'}')? {
            return Err(Odd);
        }
        let mut found = Found::default();
        loop {
            match self.cursor.key()? {
                Key::Result => found.value = Some(self.result()?),
                Key::PhenomenonTime => found.phenomenon_time = self.moment()?,
                Key::Datastream => found.series = Some(self.datastream()?),
                Key::ResultTime => found.result_time_at = self.moment_for_later()?,
                Key::Quality => found.quality = self.quality()?,
                Key::Components | Key::DataArray => return Ok(Shape::Group),
                Key::IotId | Key::Id | Key::DatastreamLink | Key::Observations | Key::Other => {
                    self.cursor.skip_value()?;
                }
            }
            if !self.cursor.goes_on(b'}')? {
                break;
            }
        }
        let series = found.series.or(of).ok_or(Odd)?;
        self.finish(series, &found, received)?;
        Ok(Shape::Single)
    }

    /// Adds the row that `found` is.
    #[inline]
    fn finish(&mut self, series: u32, found: &Found, received: Option<i64>) -> Read<()> {
        let millis = match (found.phenomenon_time, found.result_time_at) {
            (Some(millis), _) => millis,
            (None, Some(at)) => self.moment_at(at)?,
            (None, None) => received.ok_or(Odd)?,
        };
        self.rows.push(BlockRow {
            series,
            quality: found.quality,
            happened_at: UtcMillis(millis),
            value: found.value.ok_or(Odd)?,
        });
        Ok(())
    }

    #[inline]
    fn result(&mut self) -> Read<f64> {
        match self.cursor.peek() {
            b'-' | b'0'..=b'9' => self.cursor.number(),
            b'"' => number_in_text(self.cursor.string()?).ok_or(Odd),
            b't' => self.cursor.literal(b"true").map(|()| 1.0),
            b'f' => self.cursor.literal(b"false").map(|()| 0.0),
            _ => Err(Odd),
        }
    }

    #[inline]
    fn moment(&mut self) -> Read<Option<i64>> {
        if self.cursor.null()? {
            Ok(None)
        } else {
            self.cursor.moment().map(Some)
        }
    }

    #[inline]
    fn moment_for_later(&mut self) -> Read<Option<usize>> {
        let at = self.cursor.at;
        if self.cursor.null()? {
            return Ok(None);
        }
        self.cursor.skip_value().map(|()| Some(at))
    }

    fn moment_at(&mut self, at: usize) -> Read<i64> {
        let behind = std::mem::replace(&mut self.cursor.at, at);
        let moment = self.cursor.moment();
        self.cursor.at = behind;
        moment
    }

    fn quality(&mut self) -> Read<Quality> {
        if self.cursor.peek() == b'"' {
            self.cursor.string().map(quality_in_word)
        } else {
            self.cursor.skip_value().map(|()| Quality::Good)
        }
    }

    /// The series that an object of an entity's identity stands for.
    #[inline]
    fn datastream(&mut self) -> Read<u32> {
        if !self.cursor.opens(b'{', b'}')? {
            return Err(Odd);
        }
        let (mut iot_id, mut id) = (None, None);
        loop {
            match self.cursor.key()? {
                Key::IotId => iot_id = Some(self.identity()?),
                Key::Id => id = Some(self.identity()?),
                _ => self.cursor.skip_value()?,
            }
            if !self.cursor.goes_on(b'}')? {
                return iot_id.or(id).ok_or(Odd);
            }
        }
    }

    /// The series whose identity is at the cursor.
    #[inline]
    fn identity(&mut self) -> Read<u32> {
        if self.cursor.peek() == b'"' {
            let id = self.cursor.string()?;
            if id.is_empty() {
                return Err(Odd);
            }
            return self.names.place_of(id).ok_or(Odd);
        }
        let (number, digits) = self.cursor.whole_number()?;
        self.names.place_of_number(number, digits).ok_or(Odd)
    }

    /// The series at the cursor with the observations inside it.
    fn latest(&mut self, index: u64) -> Read<()> {
        if !self.cursor.opens(b'{', b'}')? {
            return Err(Odd);
        }
        let (mut iot_id, mut id, mut list_at) = (None, None, None);
        loop {
            match self.cursor.key()? {
                Key::IotId => iot_id = Some(self.identity()?),
                Key::Id => id = Some(self.identity()?),
                Key::Observations => {
                    // Its series may be told behind it.
                    list_at = Some(self.cursor.at);
                    self.cursor.skip_value()?;
                }
                _ => self.cursor.skip_value()?,
            }
            if !self.cursor.goes_on(b'}')? {
                break;
            }
        }
        let series = iot_id.or(id).ok_or(Odd)?;
        let behind = std::mem::replace(&mut self.cursor.at, list_at.ok_or(Odd)?);
        self.latest_list(series, index)?;
        self.cursor.at = behind;
        Ok(())
    }

    fn latest_list(&mut self, series: u32, index: u64) -> Read<()> {
        if !self.cursor.opens(b'[', b']')? {
            return Ok(());
        }
        let mut inner = 0_u64;
        loop {
            let mark = self.mark();
            if self.entry(Some(series), None) != Ok(Shape::Single) {
                self.back_to(mark);
                let id = self.names.name(series).cloned().ok_or(Odd)?;
                let place = format!("$.value[{index}].Observations[{inner}]");
                let value = self.tree()?;
                self.slow_observation(&value, Some(id.as_str()), &place);
            }
            inner += 1;
            if !self.cursor.goes_on(b']')? {
                return Ok(());
            }
        }
    }

    /// A group of a `dataArray`, whose fields may come in any order.
    fn group(&mut self, place: impl Fn() -> String) -> Read<()> {
        if !self.cursor.opens(b'{', b'}')? {
            return Err(Odd);
        }
        let (mut own, mut linked, mut columns, mut rows_at) = (None, None, None, None);
        loop {
            let key = self.cursor.key()?;
            let is_second = match key {
                Key::Datastream => own.is_some(),
                Key::DatastreamLink => linked.is_some(),
                Key::Components => columns.is_some(),
                Key::DataArray => rows_at.is_some(),
                _ => false,
            };
            if is_second {
                return Err(Odd);
            }
            match key {
                Key::Datastream => own = Some(self.datastream()?),
                Key::DatastreamLink => linked = Some(self.linked()?),
                Key::Components => columns = Some(self.columns()?),
                Key::DataArray => {
                    rows_at = Some(self.cursor.at);
                    if let (Some(series), Some(columns)) = (own.or(linked), &columns) {
                        self.rows(series, columns, &place)?;
                        // Nothing that the rows depend on may follow them.
                        return self.rest_of_group();
                    }
                    self.cursor.skip_value()?;
                }
                _ => self.cursor.skip_value()?,
            }
            if !self.cursor.goes_on(b'}')? {
                break;
            }
        }
        let series = own.or(linked).ok_or(Odd)?;
        let behind = std::mem::replace(&mut self.cursor.at, rows_at.ok_or(Odd)?);
        self.rows(series, &columns.ok_or(Odd)?, &place)?;
        self.cursor.at = behind;
        Ok(())
    }

    fn rest_of_group(&mut self) -> Read<()> {
        while self.cursor.goes_on(b'}')? {
            match self.cursor.key()? {
                Key::Datastream | Key::DatastreamLink | Key::Components | Key::DataArray => {
                    return Err(Odd);
                }
                _ => self.cursor.skip_value()?,
            }
        }
        Ok(())
    }

    fn linked(&mut self) -> Read<u32> {
        let id = identity_in_link(self.cursor.string()?).ok_or(Odd)?;
        self.names.place_of(&id).ok_or(Odd)
    }

    fn columns(&mut self) -> Read<Layout> {
        let mut layout = Layout::default();
        if !self.cursor.opens(b'[', b']')? {
            return Err(Odd);
        }
        loop {
            layout.add(self.cursor.string()?)?;
            if !self.cursor.goes_on(b']')? {
                break;
            }
        }
        let columns = &layout.columns;
        let is_usable =
            columns.phenomenon_time.or(columns.result_time).is_some() && columns.result.is_some();
        if is_usable { Ok(layout) } else { Err(Odd) }
    }

    fn rows(&mut self, series: u32, layout: &Layout, place: impl Fn() -> String) -> Read<()> {
        if !self.cursor.opens(b'[', b']')? {
            return Ok(());
        }
        let mut index = 0_u64;
        loop {
            let mark = self.mark();
            if self.row(series, layout).is_err() {
                self.back_to(mark);
                self.slow_row(series, layout, &format!("{}.dataArray[{index}]", place()))?;
            }
            self.note_zoneless(|| format!("{}.dataArray[{index}]", place()));
            self.entries += 1;
            index += 1;
            if !self.cursor.goes_on(b']')? {
                return Ok(());
            }
        }
    }

    #[inline]
    fn row(&mut self, series: u32, layout: &Layout) -> Read<()> {
        if !self.cursor.opens(b'[', b']')? {
            return Err(Odd);
        }
        let mut found = Found::default();
        let mut kinds = layout.kinds.iter();
        loop {
            match kinds.next().copied().unwrap_or(Column::Other) {
                Column::PhenomenonTime => found.phenomenon_time = self.moment()?,
                Column::Result => found.value = Some(self.result()?),
                Column::ResultTime => found.result_time_at = self.moment_for_later()?,
                Column::Quality => found.quality = self.quality()?,
                Column::Other => self.cursor.skip_value()?,
            }
            if !self.cursor.goes_on(b']')? {
                break;
            }
        }
        self.finish(series, &found, None)
    }

    #[cold]
    fn slow_row(&mut self, series: u32, layout: &Layout, place: &str) -> Read<()> {
        let row = self.tree()?;
        let datastream = self.names.name(series).cloned().ok_or(Odd)?;
        match layout
            .columns
            .row(&row, &datastream, place, &mut self.notes)
        {
            Ok(observation) => self.push_slow(&observation),
            Err(rejection) => self.rejected.push(rejection),
        }
        Ok(())
    }
}

/// Whether an entry of a page is one observation or many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Single,
    Group,
}

/// The columns of a group, by number for the quick road and by name for the slow one.
#[derive(Clone, Copy, Debug)]
struct Layout {
    kinds: [Column; MAX_COLUMNS],
    length: usize,
    columns: Columns,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            kinds: [Column::Other; MAX_COLUMNS],
            length: 0,
            columns: Columns::default(),
        }
    }
}

impl Layout {
    /// Adds the next column; the first of a name counts.
    fn add(&mut self, name: &str) -> Read<()> {
        let place = self.length;
        self.length += 1;
        let (known, kind) = match name {
            "phenomenonTime" => (&mut self.columns.phenomenon_time, Column::PhenomenonTime),
            "resultTime" => (&mut self.columns.result_time, Column::ResultTime),
            "result" => (&mut self.columns.result, Column::Result),
            "resultQuality" => (&mut self.columns.quality, Column::Quality),
            _ => {
                return if place < MAX_COLUMNS {
                    Ok(())
                } else {
                    Err(Odd)
                };
            }
        };
        if known.is_none() {
            *known = Some(place);
            *self.kinds.get_mut(place).ok_or(Odd)? = kind;
        }
        Ok(())
    }
}
