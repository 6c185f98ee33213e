//! The texts of all entries, one record each, behind one another in one block of memory.
//!
//! ```text
//!  record   field│n│bytes  field│n  field│n│bytes …
//!  n        varint: twice a length, bytes follow; or twice a number plus one: a text that many entries share
//! ```
//! What many entries share (who made it, what it belongs to) is kept once. Records are never changed: a changed entry gets
//! another record, and [`Texts::compacted`] leaves the dead ones out.

use cim_sync::gb28181::Field;
use std::collections::BTreeMap;

/// So many texts are shared at most; others stand in their records.
const MAX_SHARED: usize = 1 << 18;
/// A text that is longer is not shared.
const MAX_SHARED_BYTES: usize = 96;
/// All records together are no longer; offsets are 32 bits wide.
pub(crate) const MAX_BYTES: usize = 1 << 30;

/// Where a record lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Record {
    from: u32,
    length: u32,
}

impl Record {
    /// Its bytes.
    pub(crate) fn bytes(self) -> usize {
        self.length as usize
    }
}

/// The records.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    arena: Vec<u8>,
    shared: Vec<Box<str>>,
    numbers: BTreeMap<Box<str>, u32>,
}

impl Texts {
    /// Adds a record of `fields`; `None` when there is no more room.
    pub(crate) fn add<'a>(
        &mut self,
        fields: impl IntoIterator<Item = (Field, &'a str)>,
    ) -> Option<Record> {
        let from = self.arena.len();
        for (field, value) in fields {
            self.arena.push(field as u8);
            let number = if is_shared(field) {
                self.number_of(value)
            } else {
                None
            };
            if let Some(number) = number {
                push_varint(&mut self.arena, u64::from(number) * 2 + 1);
            } else {
                push_varint(&mut self.arena, value.len() as u64 * 2);
                self.arena.extend_from_slice(value.as_bytes());
            }
        }
        if self.arena.len() > MAX_BYTES {
            self.arena.truncate(from);
            return None;
        }
        Some(Record {
            from: from as u32,
            length: (self.arena.len() - from) as u32,
        })
    }

    /// The fields of `record` in their order.
    pub(crate) fn fields(&self, record: Record) -> Fields<'_> {
        self.fields_in(self.raw(record))
    }

    /// The first value of `field` in `record`; empty when there is none.
    pub(crate) fn value(&self, record: Record, field: Field) -> &str {
        self.fields(record)
            .find(|(own, _)| *own == field)
            .map_or("", |(_, value)| value)
    }

    /// The number of a text that is kept once; `None` when it has to stand on its own.
    pub(crate) fn number_of(&mut self, text: &str) -> Option<u32> {
        if text.len() > MAX_SHARED_BYTES {
            return None;
        }
        if let Some(number) = self.numbers.get(text) {
            return Some(*number);
        }
        if self.shared.len() >= MAX_SHARED {
            return None;
        }
        let number = self.shared.len() as u32;
        self.shared.push(text.into());
        self.numbers.insert(text.into(), number);
        Some(number)
    }

    /// The text of a number.
    pub(crate) fn shared(&self, number: u32) -> &str {
        self.shared.get(number as usize).map_or("", |text| &**text)
    }

    /// The bytes of `record`.
    pub(crate) fn raw(&self, record: Record) -> &[u8] {
        let from = record.from as usize;
        let bytes = self.arena.get(from..from + record.length as usize);
        bytes.unwrap_or_default()
    }

    /// The fields in a record's bytes, as [`Texts::raw`] gives them.
    pub(crate) fn fields_in<'a>(&'a self, raw: &'a [u8]) -> Fields<'a> {
        Fields {
            texts: self,
            rest: raw,
        }
    }

    /// The texts that are kept once, by their numbers.
    pub(crate) fn all_shared(&self) -> impl ExactSizeIterator<Item = &str> {
        self.shared.iter().map(|text| &**text)
    }

    /// Texts with only the records of `live`, and where these lie there, in their order.
    pub(crate) fn compacted(mut self, live: impl Iterator<Item = Record>) -> (Self, Vec<Record>) {
        let mut arena = Vec::new();
        let mut moved = Vec::new();
        for record in live {
            moved.push(Record {
                from: arena.len() as u32,
                length: record.length,
            });
            arena.extend_from_slice(self.raw(record));
        }
        self.arena = arena;
        (self, moved)
    }

    /// Length of all records, dead ones with them.
    pub(crate) fn arena_bytes(&self) -> usize {
        self.arena.len()
    }

    /// About how much memory it takes, bytes.
    pub(crate) fn bytes(&self) -> usize {
        /// What a shared text takes twice beside its letters: in the list and in the tree.
        const SHARED_BYTES: usize = 64;
        let letters: usize = self.shared.iter().map(|text| text.len()).sum();
        self.arena.capacity() + 2 * letters + self.shared.len() * SHARED_BYTES
    }

    /// Gives back the room that was kept for more.
    pub(crate) fn shrink(&mut self) {
        self.arena.shrink_to_fit();
        self.shared.shrink_to_fit();
    }
}

/// The fields of a record.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    texts: &'a Texts,
    rest: &'a [u8],
}

impl<'a> Iterator for Fields<'a> {
    type Item = (Field, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let (number, rest) = self.rest.split_first()?;
        let field = Field::ALL.get(usize::from(*number)).copied();
        let (n, rest) = take_varint(rest)?;
        let value = if n % 2 == 1 {
            self.rest = rest;
            self.texts.shared(u32::try_from(n / 2).ok()?)
        } else {
            let (value, rest) = rest.split_at_checked(usize::try_from(n / 2).ok()?)?;
            self.rest = rest;
            std::str::from_utf8(value).ok()?
        };
        Some((field.unwrap_or(Field::Other), value))
    }
}

/// True for what many entries have in common.
fn is_shared(field: Field) -> bool {
    !matches!(
        field,
        Field::Name
            | Field::Address
            | Field::IpAddress
            | Field::Mac
            | Field::CertNum
            | Field::PointCommonName
            | Field::ContactInfo
            | Field::Other
    )
}

/// Adds `number` in groups of seven bits, the lowest first (LEB128).
pub(crate) fn push_varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// A number in groups of seven bits and what is behind it; `None` when it does not end within 64 bits.
pub(crate) fn take_varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (place, byte) in bytes.iter().enumerate().take(9) {
        number |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((number, bytes.get(place + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_give_back_their_fields_and_share_what_is_common() {
        let mut texts = Texts::default();
        let fields = [
            (Field::Name, "外滩一号"),
            (Field::Manufacturer, "海康"),
            (Field::Other, "Colour\u{1f}red"),
            (Field::PtzType, "1"),
        ];
        let first = texts.add(fields).expect("room");
        let second = texts.add(fields).expect("room");
        assert_eq!(texts.fields(first).collect::<Vec<_>>(), fields);
        assert_eq!(texts.fields(second).collect::<Vec<_>>(), fields);
        assert_eq!(texts.value(second, Field::Manufacturer), "海康");
        assert_eq!(texts.value(second, Field::Address), "");
        assert_eq!(texts.shared.len(), 2);
        assert!(first.bytes() < 45, "{}", first.bytes());
    }

    #[test]
    fn dead_records_are_left_out() {
        let mut texts = Texts::default();
        let dead = texts.add([(Field::Name, "甲")]).expect("room");
        let live = texts.add([(Field::Name, "乙")]).expect("room");
        assert_ne!(dead, live);
        let before = texts.arena_bytes();
        let (texts, moved) = texts.compacted([live].into_iter());
        assert!(texts.arena_bytes() < before);
        assert_eq!(texts.value(moved[0], Field::Name), "乙");
    }

    #[test]
    fn long_texts_stand_on_their_own_and_numbers_of_any_size_come_back() {
        let mut texts = Texts::default();
        let long = "长".repeat(1000);
        let record = texts.add([(Field::Owner, long.as_str())]).expect("room");
        assert_eq!(texts.value(record, Field::Owner), long);
        for number in [0, 127, 128, 300, 1 << 40] {
            let mut bytes = Vec::new();
            push_varint(&mut bytes, number);
            assert_eq!(take_varint(&bytes), Some((number, &[][..])));
        }
        assert_eq!(take_varint(&[0x80]), None);
        assert_eq!(take_varint(&[0x80; 20]), None);
    }
}
