//! Many observations at once: the names of their series, and pages of rows that speak of series by number.
//!
//! Also the hub's own binary form of such a page (`application/vnd.citymirror.observations`), every length checked.

use crate::Rejection;
use cim_model::{BlockRow, DatastreamId, ObservationBlock, Quality, UtcMillis};
use serde_json::Value;
use std::sync::Arc;

/// How many series one list of names holds at most.
pub const MAX_SERIES: usize = 4_000_000;
/// How many rejections of one page are told in words; the rest are counted.
pub const MAX_TOLD: usize = 100;
/// How far a name may lie from where its hash points. Only names that were made to collide come so far.
const MAX_PROBES: usize = 1024;
/// Numbers up to which the short way of numeric identities is always open.
const FEW_NUMBERS: usize = 65_536;
/// How many numbers a name earns beyond that: identities of one hub lie close together.
const NUMBERS_PER_NAME: usize = 16;
const FEWEST_SLOTS: usize = 64;
const NO_PLACE: u32 = u32::MAX;

/// One place of the hash table.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The high half of the name's hash.
    tag: u32,
    /// The name's place, or [`NO_PLACE`].
    place: u32,
}

const FREE: Slot = Slot {
    tag: 0,
    place: NO_PLACE,
};

/// The names of series, each with a number that never changes: a list that only grows.
#[derive(Clone, Debug)]
pub struct SeriesNames {
    names: Vec<DatastreamId>,
    snapshot: Arc<[DatastreamId]>,
    /// The places of identities that are small whole numbers; a short way past the hash table.
    by_number: Vec<u32>,
    /// Open addressing; its length is a power of two and at least twice the number of names.
    slots: Vec<Slot>,
}

impl Default for SeriesNames {
    fn default() -> Self {
        Self::new()
    }
}

impl SeriesNames {
    /// An empty list.
    pub fn new() -> Self {
        Self {
            names: Vec::new(),
            snapshot: Arc::from([]),
            by_number: Vec::new(),
            slots: vec![FREE; FEWEST_SLOTS],
        }
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// True without names.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The name in `place`.
    pub fn name(&self, place: u32) -> Option<&DatastreamId> {
        self.names.get(place as usize)
    }

    /// The place of `id`, when it is listed.
    pub fn find(&self, id: &str) -> Option<u32> {
        self.probe(id, hash_of(id)).ok()
    }

    /// The place of `id`, which is listed if it was not. `None` when the list is full ([`MAX_SERIES`]).
    pub fn place_of(&mut self, id: &str) -> Option<u32> {
        let hash = hash_of(id);
        match self.probe(id, hash) {
            Ok(place) => Some(place),
            Err(Miss::Free(slot)) => self.add(id, hash, slot),
            Err(Miss::Crowded) => None,
        }
    }

    /// The same for an identity that is the whole number `number`, spelt `digits` without leading zeros.
    #[inline]
    pub(crate) fn place_of_number(&mut self, number: u64, digits: &str) -> Option<u32> {
        match self.by_number.get(number as usize) {
            Some(&place) if place != NO_PLACE => Some(place),
            _ => self.place_of_new_number(number, digits),
        }
    }

    /// Lists many names at once, so that the shared list is made once. Names beyond [`MAX_SERIES`] are passed over.
    pub fn extend<I>(&mut self, ids: I)
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        for id in ids {
            self.place_of(id.as_ref());
        }
    }

    /// All names as a list that blocks share; made anew only when names were added.
    pub fn snapshot(&mut self) -> Arc<[DatastreamId]> {
        if self.snapshot.len() != self.names.len() {
            self.snapshot = Arc::from(self.names.as_slice());
        }
        Arc::clone(&self.snapshot)
    }

    fn place_of_new_number(&mut self, number: u64, digits: &str) -> Option<u32> {
        let place = self.place_of(digits)?;
        let number = usize::try_from(number).ok()?;
        // Far-off numbers would make a list of holes.
        if number < FEW_NUMBERS + NUMBERS_PER_NAME * self.names.len() {
            if self.by_number.len() <= number {
                self.by_number.resize(number + 1, NO_PLACE);
            }
            if let Some(known) = self.by_number.get_mut(number) {
                *known = place;
            }
        }
        Some(place)
    }

    fn probe(&self, id: &str, hash: u64) -> Result<u32, Miss> {
        let mask = self.slots.len().wrapping_sub(1);
        let tag = (hash >> 32) as u32;
        let mut at = hash as usize & mask;
        for _ in 0..MAX_PROBES {
            let slot = self.slots.get(at).copied().unwrap_or(FREE);
            if slot.place == NO_PLACE {
                return Err(Miss::Free(at));
            }
            if slot.tag == tag
                && self
                    .name(slot.place)
                    .is_some_and(|name| name.as_str() == id)
            {
                return Ok(slot.place);
            }
            at = at.wrapping_add(1) & mask;
        }
        Err(Miss::Crowded)
    }

    fn add(&mut self, id: &str, hash: u64, slot: usize) -> Option<u32> {
        if self.names.len() >= MAX_SERIES {
            return None;
        }
        let place = self.names.len() as u32;
        self.names.push(DatastreamId::new(id));
        if self.names.len() * 2 > self.slots.len() {
            self.rehash();
        } else if let Some(free) = self.slots.get_mut(slot) {
            *free = Slot {
                tag: (hash >> 32) as u32,
                place,
            };
        }
        Some(place)
    }

    fn rehash(&mut self) {
        let length = self.slots.len().saturating_mul(2).max(FEWEST_SLOTS);
        let mut slots = vec![FREE; length];
        let mask = length - 1;
        for (place, name) in self.names.iter().enumerate() {
            let hash = hash_of(name.as_str());
            let mut at = hash as usize & mask;
            while slots.get(at).is_some_and(|slot| slot.place != NO_PLACE) {
                at = (at + 1) & mask;
            }
            if let Some(free) = slots.get_mut(at) {
                *free = Slot {
                    tag: (hash >> 32) as u32,
                    place: place as u32,
                };
            }
        }
        self.slots = slots;
    }
}

/// Why a name was not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Miss {
    /// It is not listed; this slot is free for it.
    Free(usize),
    /// Too many names have its hash.
    Crowded,
}

/// FNV-1a of the identity's bytes, stirred once: its low bits alone are too alike for names that differ in the last digit.
fn hash_of(id: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in id.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

/// One page of observations, as rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlockPage {
    /// What could be used.
    pub block: ObservationBlock,
    /// What could not, the first [`MAX_TOLD`].
    pub rejected: Vec<Rejection>,
    /// How many more could not.
    pub rejected_more: u64,
    /// What is worth knowing about what could be used; each reason once.
    pub notes: Vec<Rejection>,
    /// How many entries the page had, usable or not.
    pub entries: u64,
    /// How many entries the collection has, when the server counted.
    pub count: Option<u64>,
    /// Where the next page is, as the server spells it; for [`columns_block`] the token to ask with.
    pub next: Option<String>,
    /// True when the server gave a part of what it has (only told by [`columns_block`]).
    pub is_thinned: bool,
}

/// What could not be used: the first in words, the rest as a number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rejected {
    pub(crate) told: Vec<Rejection>,
    pub(crate) more: u64,
}

impl Rejected {
    pub(crate) fn push(&mut self, rejection: Rejection) {
        if self.told.len() < MAX_TOLD {
            self.told.push(rejection);
        } else {
            self.more += 1;
        }
    }

    /// A mark to go back to.
    pub(crate) fn mark(&self) -> (usize, u64) {
        (self.told.len(), self.more)
    }

    pub(crate) fn back_to(&mut self, (told, more): (usize, u64)) {
        self.told.truncate(told);
        self.more = more;
    }
}

const COLUMNS_MAGIC: &[u8; 4] = b"CMO1";
const HEAD_BYTES: usize = 8;
/// Bytes of a row: time, value, series, quality.
const ROW_BYTES: usize = 8 + 8 + 4 + 1;

/// Reads a page in the hub's binary form: `CMO1`, the header's length (u32 LE), a JSON header, padding to 8 bytes, then the
/// columns times (i64 LE, ms), values (f64 LE), series (u32 LE, an index into the header's list), quality (u8).
///
/// Rows with a series or quality that does not exist, or a value that is no number, are rejected one by one.
pub fn columns_block(bytes: &[u8], names: &mut SeriesNames) -> Result<BlockPage, Rejection> {
    let header = ColumnsHeader::read(bytes)?;
    let columns = header.columns(bytes)?;
    let mut places = Vec::with_capacity(header.series.len());
    for id in &header.series {
        places.push(names.place_of(id));
    }
    let mut rows = Vec::with_capacity(header.count);
    let mut rejected = Rejected::default();
    let times = columns.times.as_chunks::<8>().0;
    let values = columns.values.as_chunks::<8>().0;
    let series = columns.series.as_chunks::<4>().0;
    for (index, (((time, value), series), quality)) in times
        .iter()
        .zip(values)
        .zip(series)
        .zip(columns.quality)
        .enumerate()
    {
        let value = f64::from_le_bytes(*value);
        let place = places
            .get(u32::from_le_bytes(*series) as usize)
            .copied()
            .flatten();
        let quality = match quality {
            0 => Some(Quality::Good),
            1 => Some(Quality::Suspect),
            2 => Some(Quality::Estimated),
            _ => None,
        };
        match (place, quality) {
            (Some(series), Some(quality)) if value.is_finite() => rows.push(BlockRow {
                series,
                quality,
                happened_at: UtcMillis(i64::from_le_bytes(*time)),
                value,
            }),
            _ => rejected.push(Rejection::new(
                format!("row {index}"),
                "series, quality or value is out of range",
            )),
        }
    }
    Ok(BlockPage {
        block: ObservationBlock {
            series: names.snapshot(),
            rows,
        },
        rejected: rejected.told,
        rejected_more: rejected.more,
        notes: Vec::new(),
        entries: header.count as u64,
        count: None,
        next: header.next,
        is_thinned: header.is_thinned,
    })
}

struct ColumnsHeader {
    count: usize,
    next: Option<String>,
    series: Vec<String>,
    is_thinned: bool,
    /// Where the columns begin.
    body: usize,
}

struct ColumnsBody<'b> {
    times: &'b [u8],
    values: &'b [u8],
    series: &'b [u8],
    quality: &'b [u8],
}

impl ColumnsHeader {
    fn read(bytes: &[u8]) -> Result<Self, Rejection> {
        let wrong = |at: usize, reason: &str| Rejection::new(format!("byte {at}"), reason);
        if bytes.first_chunk::<4>() != Some(COLUMNS_MAGIC) {
            return Err(wrong(0, "CMO1 is expected"));
        }
        let length = bytes
            .get(4..HEAD_BYTES)
            .and_then(|field| field.first_chunk::<4>())
            .ok_or_else(|| wrong(4, "the header's length is expected"))?;
        let ends = (u32::from_le_bytes(*length) as usize).saturating_add(HEAD_BYTES);
        let header = bytes
            .get(HEAD_BYTES..ends)
            .ok_or_else(|| wrong(4, "the header is longer than the page"))?;
        let header: Value = serde_json::from_slice(header)
            .map_err(|error| wrong(HEAD_BYTES, &format!("the header is no JSON: {error}")))?;
        let count = header
            .get("count")
            .and_then(Value::as_u64)
            .and_then(|count| usize::try_from(count).ok())
            .ok_or_else(|| Rejection::new("header.count", "a whole number is expected"))?;
        let list = header
            .get("series")
            .and_then(Value::as_array)
            .ok_or_else(|| Rejection::new("header.series", "a list is expected"))?;
        let mut series = Vec::with_capacity(list.len());
        for (index, id) in list.iter().enumerate() {
            let id = id.as_str().filter(|id| !id.is_empty()).ok_or_else(|| {
                Rejection::new(format!("header.series[{index}]"), "a text is expected")
            })?;
            series.push(id.to_owned());
        }
        Ok(Self {
            count,
            next: header
                .get("next")
                .and_then(Value::as_str)
                .map(str::to_owned),
            series,
            is_thinned: header.get("thinned").and_then(Value::as_bool) == Some(true),
            body: ends.next_multiple_of(8),
        })
    }

    fn columns<'b>(&self, bytes: &'b [u8]) -> Result<ColumnsBody<'b>, Rejection> {
        let wrong = || {
            Rejection::new(
                format!("byte {}", self.body),
                format!(
                    "{} rows of {ROW_BYTES} bytes are announced, the page has {} bytes after its header",
                    self.count,
                    bytes.len().saturating_sub(self.body)
                ),
            )
        };
        let body = bytes.get(self.body..).ok_or_else(wrong)?;
        if self.count.checked_mul(ROW_BYTES) != Some(body.len()) {
            return Err(wrong());
        }
        let (times, rest) = body.split_at_checked(self.count * 8).ok_or_else(wrong)?;
        let (values, rest) = rest.split_at_checked(self.count * 8).ok_or_else(wrong)?;
        let (series, quality) = rest.split_at_checked(self.count * 4).ok_or_else(wrong)?;
        Ok(ColumnsBody {
            times,
            values,
            series,
            quality,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_place_however_it_comes_and_however_many_follow() {
        let mut names = SeriesNames::new();
        let first = names.place_of("7");
        assert_eq!(names.place_of_number(7, "7"), first);
        for id in 0..20_000_u64 {
            names.place_of_number(id, &id.to_string());
            names.place_of(&format!("urn:station:{id}"));
        }
        assert_eq!(names.len(), 40_000);
        assert_eq!(names.find("7"), first);
        let far = names.place_of_number(99_000_000_000, "99000000000");
        assert_eq!(names.find("99000000000"), far);
        assert_eq!(names.place_of_number(99_000_000_000, "99000000000"), far);
        assert!(names.by_number.len() < 1_000_000, "no list of holes");
        assert_eq!(names.find("urn:station:20000"), None);
        for place in 0..names.len() as u32 {
            let name = names.name(place).expect("listed").clone();
            assert_eq!(names.find(name.as_str()), Some(place));
        }
    }

    #[test]
    fn the_shared_list_is_made_anew_only_when_names_were_added() {
        let mut names = SeriesNames::new();
        names.extend(["a", "b", "a"]);
        let first = names.snapshot();
        names.extend(["b"]);
        assert!(Arc::ptr_eq(&first, &names.snapshot()));
        names.extend(["c"]);
        let second = names.snapshot();
        assert_eq!((first.len(), second.len()), (2, 3));
        assert_eq!(second.get(2), Some(&DatastreamId::new("c")));
    }

    fn columns(header: &str, rows: &[(i64, f64, u32, u8)]) -> Vec<u8> {
        let mut bytes = COLUMNS_MAGIC.to_vec();
        bytes.extend((header.len() as u32).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes.extend(rows.iter().flat_map(|row| row.0.to_le_bytes()));
        bytes.extend(rows.iter().flat_map(|row| row.1.to_le_bytes()));
        bytes.extend(rows.iter().flat_map(|row| row.2.to_le_bytes()));
        bytes.extend(rows.iter().map(|row| row.3));
        bytes
    }

    const HEADER: &str = r#"{"count":3,"next":"17-4","series":["x","42"],"thinned":true}"#;
    const ROWS: [(i64, f64, u32, u8); 3] = [
        (1000, 1.5, 1, 0),
        (2000, f64::NAN, 0, 0),
        (3000, -2.0, 0, 2),
    ];

    #[test]
    fn columns_become_rows_and_a_broken_row_takes_none_with_it() {
        let mut names = SeriesNames::new();
        names.extend(["42"]);
        let page = columns_block(&columns(HEADER, &ROWS), &mut names).expect("a page");
        let found: Vec<_> = page
            .block
            .iter()
            .map(|row| {
                (
                    row.datastream.to_string(),
                    row.happened_at.0,
                    row.value,
                    row.quality,
                )
            })
            .collect();
        assert_eq!(
            found,
            [
                ("42".to_owned(), 1000, 1.5, Quality::Good),
                ("x".to_owned(), 3000, -2.0, Quality::Estimated)
            ]
        );
        assert_eq!(page.rejected.len(), 1);
        assert_eq!(page.rejected[0].place, "row 1");
        assert_eq!(
            (page.entries, page.next.as_deref(), page.is_thinned),
            (3, Some("17-4"), true)
        );
    }

    #[test]
    fn columns_that_are_cut_off_anywhere_are_refused() {
        let whole = columns(HEADER, &ROWS);
        for length in 0..whole.len() {
            assert!(
                columns_block(&whole[..length], &mut SeriesNames::new()).is_err(),
                "{length} bytes"
            );
        }
        let mut longer = whole.clone();
        longer.push(0);
        assert!(columns_block(&longer, &mut SeriesNames::new()).is_err());
        let many = HEADER.replace(":3,", ":18446744073709551615,");
        let refused = columns_block(&columns(&many, &ROWS), &mut SeriesNames::new());
        assert!(refused.expect_err("too many").reason.contains("announced"));
    }
}
