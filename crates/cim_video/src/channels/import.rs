//! Imports: entries of one source are put to what is there, told in a report, and can be taken back.

use super::Status;
use super::index::{ChannelIndex, IndexError, Line};
use super::merge::{Change, MAX_LISTED, Manner, MergeReport, Undo, with_news};
use super::places::{Coordinates, NOWHERE, PlaceE7, Way, degrees_said, place_e7};
use super::rows::RowSet;
use cim_geo::CrsError;
use cim_model::UtcMillis;
use cim_sync::Rejection;
use cim_sync::gb28181::{
    CatalogueEvent, CatalogueItem, Field, Packet, PacketSplitter, Piece, platform_page, read_packet,
};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};
use std::panic::resume_unwind;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

/// A file is taken in pieces of so many bytes.
const CHUNK_BYTES: usize = 1 << 20;
/// So many documents are read ahead, a few MiB each at most.
const MOST_AHEAD: usize = 4;
/// So many answers of devices are told apart within an import.
const MAX_ANSWERS: usize = 10_000;
/// So many broken entries of an answer are told apart.
const MAX_BROKEN: usize = 10_000;

/// Whether an import brings all that its source has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of it: what the source had before and does not bring any more is gone, unless announced entries are missing.
    Whole,
    /// A part of it: nothing is gone.
    Part,
}

/// An import that is under way. Dropped without [`Import::finish`], it is taken back.
#[derive(Debug)]
pub struct Import<'i> {
    index: &'i mut ChannelIndex,
    source: u8,
    scope: Scope,
    /// What the places of documents and pages are in.
    way: Way,
    at: UtcMillis,
    undo: Undo,
    /// Takes back the import before this one.
    previous: Option<Undo>,
    /// The rows that came.
    seen: RowSet,
    /// The rows that `undo` has.
    noted: RowSet,
    /// How many entries came, each once.
    came: u64,
    /// By device and number of the query.
    answers: BTreeMap<(String, String), Answer>,
    pages: Answer,
    splitter: PacketSplitter,
    documents: u64,
    encodings: BTreeSet<String>,
    report: MergeReport,
    is_over: bool,
}

/// A document that was read, and whether it is a part of a longer one.
type ReadAhead = (Result<Packet, Rejection>, bool);

/// How much of one answer came.
#[derive(Debug, Default)]
struct Answer {
    declared: Option<u64>,
    distinct: u64,
    broken: BTreeSet<u64>,
}

impl Answer {
    fn missing(&self) -> u64 {
        let declared = self.declared.unwrap_or_default();
        declared.saturating_sub(self.distinct)
    }
}

impl<'i> Import<'i> {
    /// Begins an import from the source called `source` at `at`. Where sources disagree, the one with the higher precedence is
    /// right, and of two alike the later one; the other one fills gaps.
    pub fn begin(
        index: &'i mut ChannelIndex,
        source: &str,
        precedence: u8,
        scope: Scope,
        at: UtcMillis,
    ) -> Result<Self, IndexError> {
        let number = index.add_source(source, precedence)?;
        let previous = index.undo.take();
        Ok(Self {
            source: number,
            scope,
            way: Way::Same,
            at,
            undo: Undo::default(),
            previous,
            seen: RowSet::default(),
            noted: RowSet::default(),
            came: 0,
            answers: BTreeMap::new(),
            pages: Answer::default(),
            splitter: PacketSplitter::default(),
            documents: 0,
            encodings: BTreeSet::new(),
            report: MergeReport {
                source: source.to_owned(),
                at,
                ..MergeReport::default()
            },
            is_over: false,
            index,
        })
    }

    /// Takes the places of documents and pages that follow to be in these coordinates; tables have their own in their mapping.
    pub fn places_in(&mut self, coordinates: Coordinates) -> Result<(), CrsError> {
        self.way = Way::new(coordinates)?;
        Ok(())
    }

    /// Takes XML: a packet of a device, or a file of any size with one or many of them behind one another. What cannot be used
    /// is told in the report.
    pub fn packet(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(CHUNK_BYTES) {
            self.feed(chunk);
        }
        self.end_of_file();
    }

    /// Takes the next piece of a file of XML. Pieces of about a MiB keep the memory that it takes small.
    pub fn feed(&mut self, chunk: &[u8]) {
        self.splitter.push(chunk);
        while let Some(piece) = self.splitter.next_piece() {
            self.take_document(read_packet(&piece.bytes), piece.is_part);
        }
    }

    /// Takes the rest of a file of XML, of which [`Import::feed`] may have taken the beginning. It is read and decoded on a
    /// thread of its own while its entries are put to what is there on this one. After an error, what was read before it has
    /// been taken.
    pub fn read(&mut self, file: impl Read + Send) -> io::Result<()> {
        let mut splitter = std::mem::take(&mut self.splitter);
        thread::scope(|scope| {
            let (ahead, documents) = sync_channel(MOST_AHEAD);
            let reading = scope.spawn(move || read_ahead(file, &mut splitter, &ahead));
            for (read, is_part) in documents {
                self.take_document(read, is_part);
            }
            reading.join().unwrap_or_else(|panic| resume_unwind(panic))
        })
    }

    /// Ends a file that came in pieces.
    pub fn end_of_file(&mut self) {
        if let Some(piece) = self.splitter.finish() {
            self.take_document(read_packet(&piece.bytes), piece.is_part);
        }
    }

    /// Takes a page of a platform, see [`platform_page`].
    pub fn page(&mut self, bytes: &[u8]) {
        self.documents += 1;
        let page = match platform_page(bytes) {
            Ok(page) => page,
            Err(rejection) => return self.reject(rejection),
        };
        self.pages.declared = self.pages.declared.max(page.total);
        self.pages.distinct += page.entries;
        self.report.duplicates += page.catalogue.duplicates;
        for rejection in page.catalogue.rejected {
            self.reject(rejection);
        }
        for item in page.catalogue.items {
            self.item(&item, "page");
        }
    }

    /// Takes one entry that stands at `place` in its source; true when it is not one that came before in this import. An entry
    /// with an event (`Notify` of GB/T 28181) tells a change of what is there: nothing is gone that did not come with it.
    pub fn item(&mut self, item: &CatalogueItem, place: &str) -> bool {
        let axes = [Field::Longitude, Field::Latitude].map(|axis| item.get(axis));
        let stands = degrees_said(axes, &self.way).unwrap_or_else(|reason| {
            let place = format!("{place} {} position", item.id());
            self.report.reject(Rejection::new(place, reason));
            None
        });
        let stands = stands.map_or(NOWHERE, |[lon_deg, lat_deg]| place_e7(lon_deg, lat_deg));
        self.placed((item, stands), place)
    }

    /// Takes one entry whose place is known.
    pub(super) fn placed(
        &mut self,
        (item, stands): (&CatalogueItem, PlaceE7),
        place: &str,
    ) -> bool {
        let event = item.get(Field::Event);
        if !event.is_empty() {
            self.scope = Scope::Part;
            if let Some(event) = CatalogueEvent::from_word(event) {
                self.notice((item, stands), event, place);
            } else {
                let reason = format!("the event {event:?} is not known");
                self.reject(Rejection::new(format!("{place} {}", item.id()), reason));
            }
            return true;
        }
        let known = self.index.row(item.id());
        if let Some(row) = known.filter(|row| self.seen.contains(*row)) {
            self.report.duplicates += 1;
            let added = self.index.add_parents(row, item);
            let before = added.unwrap_or_else(|error| {
                self.report.reject(Rejection::new(place, error.to_string()));
                None
            });
            if let Some(before) = before {
                self.note(row, before);
            }
            return before.is_some();
        }
        if let Some(row) = self.put((item, stands), Manner::Whole, place) {
            self.seen.insert(row);
        }
        true
    }

    /// Puts an entry to what is there, and says in which row.
    fn put(
        &mut self,
        (item, stands): (&CatalogueItem, PlaceE7),
        manner: Manner,
        place: &str,
    ) -> Option<u32> {
        let merged = self
            .index
            .merge((item, stands), self.source, manner, self.at);
        match merged {
            Ok(merged) => {
                self.came += 1;
                if merged.is_changed {
                    self.note(merged.row, merged.before);
                }
                let live = merged.live.map(|live| (merged.row, live));
                self.undo.live.extend(live);
                Some(merged.row)
            }
            Err(error) => {
                let place = format!("{place} {}", item.id());
                self.reject(Rejection::new(place, error.to_string()));
                None
            }
        }
    }

    /// Takes what is told of one entry: that it is new or another, its status, or that it is gone.
    fn notice(
        &mut self,
        (item, stands): (&CatalogueItem, PlaceE7),
        event: CatalogueEvent,
        place: &str,
    ) {
        if matches!(event, CatalogueEvent::Add | CatalogueEvent::Update) {
            self.put((item, stands), Manner::Partial, place);
            return;
        }
        let row = self.index.row(item.id());
        let known = row.and_then(|row| Some((row, self.index.line(row)?)));
        let Some((row, before)) = known.filter(|(_, line)| line.is_alive) else {
            let reason = "a notice of an entry that is not there";
            return self.reject(Rejection::new(format!("{place} {}", item.id()), reason));
        };
        let Some(status) = Status::after(event) else {
            let gone = Line {
                is_alive: false,
                ..before
            };
            self.index.set_line(row, gone);
            self.note(row, before);
            return self.tell_gone(row);
        };
        self.came += 1;
        let line = with_news(Line { status, ..before }, &before, self.at);
        if line != before {
            self.index.set_line(row, line);
            self.note(row, before);
        }
    }

    fn tell_gone(&mut self, row: u32) {
        self.report.gone += 1;
        if self.report.gone_ids.len() < MAX_LISTED {
            self.report.gone_ids.push(self.index.ids.id(row));
        }
    }

    /// Tells something that could not be used.
    pub fn reject(&mut self, rejection: Rejection) {
        self.report.reject(rejection);
    }

    /// Notes the encoding of a file.
    pub(crate) fn note_encoding(&mut self, encoding: &str) {
        if !self.encodings.contains(encoding) {
            self.encodings.insert(encoding.to_owned());
        }
    }

    /// Ends the import, and says what it did. Until the next one it can be taken back.
    pub fn finish(mut self) -> MergeReport {
        self.end_of_file();
        self.sum_up();
        let undo = std::mem::take(&mut self.undo);
        self.index.follow(&undo.lines);
        self.index.undo = Some(undo);
        self.index.compact();
        self.is_over = true;
        std::mem::take(&mut self.report)
    }

    /// Ends the import and takes it back; the report says what it would have done.
    pub fn finish_dry(mut self) -> MergeReport {
        self.end_of_file();
        self.sum_up();
        std::mem::take(&mut self.report)
    }

    fn take_document(&mut self, read: Result<Packet, Rejection>, is_part: bool) {
        self.documents += 1;
        let place = format!("document {}", self.documents);
        match read {
            Ok(packet) => self.take_packet(packet, &place, is_part),
            Err(rejection) => {
                let place = format!("{place}, {}", rejection.place);
                self.reject(Rejection::new(place, rejection.reason));
            }
        }
    }

    fn take_packet(&mut self, packet: Packet, place: &str, is_part: bool) {
        self.note_encoding(packet.encoding);
        for rejection in packet.rejected {
            let place = format!("{place}, {}", rejection.place);
            self.reject(Rejection::new(place, rejection.reason));
        }
        if let Some(num) = packet.num.filter(|num| !is_part && *num != packet.entries) {
            let reason = format!("Num is {num}, {} entries are there", packet.entries);
            self.reject(Rejection::new(format!("{place}, DeviceList"), reason));
        }
        let mut distinct = 0;
        for item in &packet.items {
            distinct += u64::from(self.item(item, place));
        }
        if self.answers.len() >= MAX_ANSWERS {
            return;
        }
        let answer = self
            .answers
            .entry((packet.device_id, packet.sn))
            .or_default();
        answer.distinct += distinct;
        for hash in packet.broken {
            if answer.broken.len() < MAX_BROKEN && answer.broken.insert(hash) {
                answer.distinct += 1;
            }
        }
        let Some(sum) = packet.sum else {
            return;
        };
        let earlier = *answer.declared.get_or_insert(sum);
        if sum != earlier {
            let reason = format!("{sum} entries, earlier {earlier}; the earlier one holds");
            self.reject(Rejection::new(format!("{place}, SumNum"), reason));
        }
    }

    /// Keeps what `row` was, the first time that it changes.
    fn note(&mut self, row: u32, before: Line) {
        if self.noted.insert(row) {
            self.undo.lines.push((row, before));
        }
    }

    fn sum_up(&mut self) {
        for (row, before) in &self.undo.lines {
            tell(self.index, &mut self.report, *row, before);
        }
        let told = self.report.added + self.report.changed;
        self.report.same = self.came.saturating_sub(told);
        let missing: u64 = self.answers.values().map(Answer::missing).sum();
        self.report.missing = missing + self.pages.missing();
        self.report.encodings = self.encodings.iter().cloned().collect();
        if self.scope == Scope::Whole && self.came > 0 && self.report.missing == 0 {
            self.let_go();
        }
    }

    /// Lets go what the source had and did not bring.
    fn let_go(&mut self) {
        for row in 0..self.index.ids.len() as u32 {
            let Some(before) = self.index.line(row) else {
                continue;
            };
            let is_its = before.is_alive && before.source == self.source;
            if !is_its || self.seen.contains(row) {
                continue;
            }
            let gone = Line {
                is_alive: false,
                ..before
            };
            self.index.set_line(row, gone);
            self.note(row, before);
            self.tell_gone(row);
        }
    }
}

/// Reads a file to its end, and sends its documents as they become whole. Ends early when nobody takes them.
fn read_ahead(
    mut file: impl Read,
    splitter: &mut PacketSplitter,
    ahead: &SyncSender<ReadAhead>,
) -> io::Result<()> {
    let is_taken = |piece: &Piece| {
        let read = (read_packet(&piece.bytes), piece.is_part);
        ahead.send(read).is_ok()
    };
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let read = match file.read(&mut chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        splitter.push(chunk.get(..read).unwrap_or_default());
        while let Some(piece) = splitter.next_piece() {
            if !is_taken(&piece) {
                return Ok(());
            }
        }
        if read == 0 {
            // Where nobody takes it, what takes is gone and says why itself.
            if let Some(piece) = splitter.finish() {
                is_taken(&piece);
            }
            return Ok(());
        }
    }
}

/// Counts what became of an entry that was `before`.
fn tell(index: &ChannelIndex, report: &mut MergeReport, row: u32, before: &Line) {
    // What a notice said to be gone is told as that.
    let Some(now) = index.line(row).filter(|now| now.is_alive) else {
        return;
    };
    if !before.is_alive {
        report.added += 1;
        if report.added_ids.len() < MAX_LISTED {
            report.added_ids.push(index.ids.id(row));
        }
        return;
    }
    // An entry that came twice, in two trees, may be what it was though its record lies elsewhere.
    let has_its_texts = before.record == now.record
        || index
            .texts
            .fields(before.record)
            .eq(index.texts.fields(now.record));
    if has_its_texts && (before.place, before.status) == (now.place, now.status) {
        return;
    }
    report.changed += 1;
    if report.changes.len() < MAX_LISTED {
        let name = index.entry(row).map(|entry| entry.name().to_owned());
        report.changes.push(Change {
            id: index.ids.id(row),
            name: name.unwrap_or_default(),
            fields: index.changes_of(row, before),
        });
    }
    if let Some(far) = index.move_of(row, before) {
        report.moved += 1;
        if report.moves.len() < MAX_LISTED {
            report.moves.push(far);
        }
    }
}

impl Drop for Import<'_> {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        for (row, before) in self.undo.lines.drain(..) {
            self.index.set_line(row, before);
        }
        self.index.live.extend(self.undo.live.drain(..));
        self.index.undo = self.previous.take();
        self.index.ids.settle_soon();
        self.index.compact();
    }
}
