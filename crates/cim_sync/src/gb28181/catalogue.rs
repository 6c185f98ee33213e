//! A catalogue from many packets: any order, duplicates, several trees over the same cameras.

use super::document::Document;
use super::item::{CatalogueItem, MAX_PARENTS};
use super::packet::catalogue_document;
use super::{MAX_CATALOGUE_BYTES, MAX_ITEMS, MAX_TOLD};
use crate::Rejection;
use std::collections::{BTreeMap, BTreeSet};

/// What the index takes for one entry beside its identity, bytes.
const INDEX_BYTES: usize = 64;

/// A catalogue, each entry once though it may stand in several trees.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    /// Its entries, in the order in which they came first.
    pub items: Vec<CatalogueItem>,
    /// How many entries came again, word for word or in another tree.
    pub duplicates: u64,
    /// What could not be used, the first hundred.
    pub rejected: Vec<Rejection>,
    /// How many entries the device said that there are.
    pub declared: Option<u64>,
}

impl Catalogue {
    /// How many cameras it has: every one once.
    pub fn channels(&self) -> usize {
        self.items.iter().filter(|item| item.is_channel()).count()
    }
}

/// What one packet brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PacketOutcome {
    /// The number of the query that it answers.
    pub sn: String,
    /// The device that answers.
    pub device_id: String,
    /// How many entries the whole answer has, when it says so.
    pub sum: Option<u64>,
    /// How many entries it had, usable or not.
    pub entries: u64,
    /// How many of them were new.
    pub new: u64,
    /// How many had come before.
    pub duplicates: u64,
    /// True when it answers another query: nothing of it was kept.
    pub is_foreign: bool,
    /// What could not be used.
    pub rejected: Vec<Rejection>,
    /// The encoding that was used.
    pub encoding: &'static str,
}

/// Puts the packets of one query together. Holds at most [`MAX_ITEMS`] entries and [`MAX_CATALOGUE_BYTES`].
#[derive(Debug, Default)]
pub struct CatalogueReader {
    sn: Option<String>,
    device_id: String,
    catalogue: Catalogue,
    index: BTreeMap<Box<str>, u32>,
    broken: BTreeSet<u64>,
    /// How many different entries came: an entry in two trees counts twice, as devices count.
    distinct: u64,
    bytes: usize,
}

impl CatalogueReader {
    /// Waits for the answer to the query `sn`; packets of other queries are left out.
    pub fn new(sn: impl Into<String>) -> Self {
        Self {
            sn: Some(sn.into()),
            ..Self::default()
        }
    }

    /// Takes whatever query the first packet answers.
    pub fn of_first() -> Self {
        Self::default()
    }

    /// A reader that begins with `items`, for instance of a page of a platform.
    pub fn with_items(items: Vec<CatalogueItem>) -> Self {
        let mut reader = Self::default();
        let mut told = Document::default();
        for item in items {
            reader.take(item, &mut told);
        }
        reader.catalogue.rejected = told.rejected;
        reader
    }

    /// Takes a packet: the body of a MESSAGE with `<CmdType>Catalog</CmdType>`. An error means that nothing of it is usable.
    pub fn packet(&mut self, bytes: &[u8]) -> Result<PacketOutcome, Rejection> {
        let mut document = catalogue_document(bytes)?;
        let mut outcome = PacketOutcome {
            sn: document.head("SN").to_owned(),
            device_id: document.head("DeviceID").to_owned(),
            sum: document.head("SumNum").parse().ok(),
            entries: document.entries,
            encoding: document.encoding,
            ..PacketOutcome::default()
        };
        let expected = self.sn.get_or_insert_with(|| outcome.sn.clone());
        if *expected != outcome.sn {
            outcome.is_foreign = true;
            return Ok(outcome);
        }
        self.check_head(&mut document, &outcome);
        for hash in &document.broken {
            if self.broken.len() < MAX_ITEMS && self.broken.insert(*hash) {
                self.distinct += 1;
            }
        }
        for item in std::mem::take(&mut document.items) {
            if self.take(item, &mut document) {
                outcome.new += 1;
            } else {
                outcome.duplicates += 1;
            }
        }
        let room = MAX_TOLD.saturating_sub(self.catalogue.rejected.len());
        let told = document.rejected.iter().take(room).cloned();
        self.catalogue.rejected.extend(told);
        outcome.rejected = document.rejected;
        Ok(outcome)
    }

    /// True when as many different entries came as the device said.
    pub fn complete(&self) -> bool {
        self.missing() == Some(0)
    }

    /// How many entries are still to come; `None` while the device has not said how many there are.
    pub fn missing(&self) -> Option<u64> {
        let declared = self.catalogue.declared?;
        Some(declared.saturating_sub(self.distinct))
    }

    /// What came, complete or not.
    pub fn finish(mut self) -> Catalogue {
        if let Some(missing) = self.missing().filter(|missing| *missing > 0) {
            let reason = format!("{missing} entries never came");
            self.catalogue
                .rejected
                .push(Rejection::new("SumNum", reason));
        }
        let declared = self.catalogue.declared.unwrap_or(self.distinct);
        if self.distinct > declared {
            let reason = format!("{declared} entries were announced, {} came", self.distinct);
            self.catalogue
                .rejected
                .push(Rejection::new("SumNum", reason));
        }
        self.catalogue
    }

    fn check_head(&mut self, document: &mut Document, outcome: &PacketOutcome) {
        match (self.catalogue.declared, outcome.sum) {
            (None, sum) => self.catalogue.declared = sum,
            (Some(first), Some(now)) if first != now => {
                let reason = format!("{now} entries, earlier {first}; the earlier one holds");
                document.refuse(Rejection::new("Response/SumNum", reason));
            }
            _ => {}
        }
        if self.device_id.is_empty() {
            self.device_id.clone_from(&outcome.device_id);
        } else if self.device_id != outcome.device_id {
            let reason = format!("another device answers than {}", self.device_id);
            document.refuse(Rejection::new("Response/DeviceID", reason));
        }
        if let Some(num) = document.num.filter(|num| *num != document.entries) {
            let reason = format!("Num is {num}, {} entries are there", document.entries);
            document.refuse(Rejection::new("Response/DeviceList", reason));
        }
    }

    /// Takes `item`; false when it came before.
    fn take(&mut self, item: CatalogueItem, document: &mut Document) -> bool {
        let known = self.index.get(item.id()).copied();
        let Some(index) = known else {
            let bytes = item.bytes() + item.id().len() + INDEX_BYTES;
            if self.catalogue.items.len() >= MAX_ITEMS || self.bytes + bytes > MAX_CATALOGUE_BYTES {
                document.refuse(Rejection::new("DeviceList", "more entries than are kept"));
                return true;
            }
            self.bytes += bytes;
            self.distinct += 1;
            let next = u32::try_from(self.catalogue.items.len()).unwrap_or(u32::MAX);
            self.index.insert(item.id().into(), next);
            self.catalogue.items.push(item);
            return true;
        };
        self.catalogue.duplicates += 1;
        let Some(kept) = self.catalogue.items.get_mut(index as usize) else {
            return false;
        };
        let parents = item.parents();
        let before = kept.parents();
        let added: Vec<_> = parents
            .into_iter()
            .filter(|parent| !before.contains(parent))
            .collect();
        if added.is_empty() || before.len() >= MAX_PARENTS {
            return false;
        }
        let Some(merged) = kept.with_parents(&added.join("/")) else {
            return false;
        };
        // The same entry in another tree: it stays one entry, and the device counts it again.
        self.distinct += 1;
        self.bytes += merged.bytes().saturating_sub(kept.bytes());
        *kept = merged;
        true
    }
}

/// Reads a catalogue that is one document.
pub fn catalogue_xml(bytes: &[u8]) -> Result<Catalogue, Rejection> {
    let mut reader = CatalogueReader::of_first();
    reader.packet(bytes)?;
    Ok(reader.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gb28181::Field;

    fn packet(sn: &str, sum: u64, items: &[String]) -> Vec<u8> {
        format!(
            "<?xml version=\"1.0\" encoding=\"GB2312\"?><Response><CmdType>Catalog</CmdType><SN>{sn}</SN><DeviceID>31010100002000000001</DeviceID>\
            <SumNum>{sum}</SumNum><DeviceList Num=\"{}\">{}</DeviceList></Response>",
            items.len(),
            items.concat()
        )
        .into_bytes()
    }

    fn camera(number: u32, parent: &str) -> String {
        format!(
            "<Item><DeviceID>310101000013200{number:05}</DeviceID><Name>camera {number}</Name><ParentID>{parent}</ParentID>\
            <Info><PTZType>1</PTZType><Zoom>30</Zoom></Info></Item>"
        )
    }

    #[test]
    fn packets_come_in_any_order_and_more_than_once() {
        let mut reader = CatalogueReader::new("7");
        assert_eq!(reader.missing(), None);
        let second = packet("7", 3, &[camera(3, "310101")]);
        let first = packet("7", 3, &[camera(1, "310101"), camera(2, "310101")]);
        assert_eq!(reader.packet(&second).expect("a packet").new, 1);
        assert_eq!((reader.missing(), reader.complete()), (Some(2), false));
        assert_eq!(reader.packet(&second).expect("a packet").duplicates, 1);
        assert_eq!(reader.missing(), Some(2));
        let foreign = reader
            .packet(&packet("8", 1, &[camera(9, "1")]))
            .expect("a packet");
        assert!(foreign.is_foreign);
        reader.packet(&first).expect("a packet");
        assert!(reader.complete());
        let catalogue = reader.finish();
        assert_eq!((catalogue.items.len(), catalogue.duplicates), (3, 1));
        assert_eq!(catalogue.rejected, []);
        assert_eq!(catalogue.items[0].get(Field::PtzType), "1");
        assert_eq!(catalogue.items[0].others().next(), Some(("Zoom", "30")));
    }

    #[test]
    fn a_camera_in_two_trees_is_one_camera() {
        let mut reader = CatalogueReader::of_first();
        let items = [camera(1, "310101"), camera(1, "31010100002160000001")];
        reader.packet(&packet("7", 2, &items)).expect("a packet");
        assert!(reader.complete());
        let catalogue = reader.finish();
        assert_eq!(catalogue.channels(), 1);
        assert_eq!(
            catalogue.items[0].parents(),
            ["310101", "31010100002160000001"]
        );
    }

    #[test]
    fn wrong_numbers_and_broken_entries_are_told_and_the_rest_stays() {
        let mut reader = CatalogueReader::of_first();
        let broken = "<Item><Name>nobody</Name></Item>".to_owned();
        let bytes = packet("7", 3, &[camera(1, "1"), broken, camera(2, "1")]);
        for _ in 0..2 {
            let outcome = reader.packet(&bytes).expect("a packet");
            assert_eq!(outcome.entries, 3);
            assert!(
                outcome.rejected[0].place.starts_with("Item[2] ("),
                "{outcome:?}"
            );
        }
        assert!(reader.complete(), "the broken one was there too, once");
        let outcome = reader
            .packet(&packet("7", 5, &[camera(3, "1")]))
            .expect("a packet");
        assert_eq!(outcome.rejected[0].place, "Response/SumNum");
        let catalogue = reader.finish();
        let last = catalogue.rejected.last().expect("told");
        assert!(
            last.reason.contains("3 entries were announced, 4 came"),
            "{last:?}"
        );
    }

    #[test]
    fn a_packet_that_was_cut_gives_what_came_before_the_cut() {
        let whole = packet("7", 2, &[camera(1, "1"), camera(2, "1")]);
        let cut = &whole[..whole.len() - 60];
        let mut reader = CatalogueReader::of_first();
        let outcome = reader.packet(cut).expect("a packet");
        assert_eq!(outcome.new, 1);
        assert!(!outcome.rejected.is_empty());
        assert_eq!(reader.missing(), Some(1));
        let catalogue = reader.finish();
        assert!(
            catalogue
                .rejected
                .iter()
                .any(|one| one.reason == "1 entries never came")
        );
    }

    #[test]
    fn hostile_packets_are_refused_or_bounded() {
        let long = format!(
            "<Item><DeviceID>1</DeviceID><Name>{}</Name></Item>",
            "名".repeat(3_000_000)
        );
        let mut reader = CatalogueReader::of_first();
        let outcome = reader.packet(&packet("7", 1, &[long])).expect("a packet");
        let told = |word: &str| outcome.rejected.iter().any(|one| one.reason.contains(word));
        assert!(told("Name is longer"), "{outcome:?}");
        let deep = "<a>".repeat(100_000);
        assert!(CatalogueReader::of_first().packet(deep.as_bytes()).is_err());
        let entity = b"<!DOCTYPE r [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><Response><CmdType>Catalog</CmdType></Response>";
        assert!(CatalogueReader::of_first().packet(entity).is_err());
        assert!(CatalogueReader::of_first().packet(b"").is_err());
        let other = b"<Response><CmdType>Keepalive</CmdType></Response>";
        assert!(CatalogueReader::of_first().packet(other).is_err());
    }
}
