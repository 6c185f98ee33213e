//! Plays a recording straight from its file: the state at any moment, without a cache.

use crate::{
    RecordingError, Summary,
    cut::Cut,
    fold::Fold,
    intake::{Intake, take_head, text_of},
    json::{EventText, FactText, MomentText},
    problems::Problems,
    rows::{self, Kind},
    sink::{CONTENTS, RECORDING, SIGNATURE, Texts},
    source::{MAX_RECORD, RecordAt, Source},
    topic::Topic,
};
use cim_model::{Camera, Datastream, DatastreamId, Event, Reading, Thing, UtcMillis};
use cim_store::{Columns, Fact, Moment, Row, state_hash};
use mcap::records::op;
use serde::de::DeserializeOwned;
use std::{collections::BTreeMap, path::Path};

/// What is in a recording's city.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    /// Sensing devices.
    pub things: Vec<Thing>,
    /// Their series, by identity.
    pub datastreams: Vec<Datastream>,
    /// Cameras with those clips that touch the stretch, newest first.
    pub cameras: Vec<Camera>,
}

/// A message's place in the file.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Where its chunk begins in the file.
    chunk: u64,
    /// Where its record begins in the chunk.
    begin: u64,
    /// Its log time, in UTC milliseconds.
    at: i64,
}

/// Where messages were lost.
#[derive(Clone, Copy, Debug)]
struct Gap {
    /// The newest moment that was told before it, in UTC milliseconds.
    after: i64,
    /// Where the file is readable again.
    offset: u64,
}

/// A recording that is played from its file. Series have the numbers that the recording gives them: see [`Player::series`].
///
/// Moments may be asked in any order; going forward is cheapest, for it reads on from where it is.
pub struct Player {
    source: Source,
    problems: Vec<String>,
    summary: Summary,
    catalogue: Catalogue,
    series: Vec<Option<DatastreamId>>,
    /// The messages of each channel, in the order of the file.
    entries: BTreeMap<Topic, Vec<Entry>>,
    gaps: Vec<Gap>,
    /// The chunk that is unpacked.
    open: Option<u64>,
    fold: Fold,
    /// The moment that the fold stands at.
    fold_at: Option<i64>,
    /// The first message of changes that is not wholly in the fold.
    next: usize,
    read: Vec<Row>,
}

impl Player {
    /// Opens the recording at `path` and reads where everything lies; values are read as they are asked for.
    pub fn open(path: &Path) -> Result<Self, RecordingError> {
        let mut scan = Scan {
            source: Source::open(path)?,
            entries: BTreeMap::new(),
            gaps: Vec::new(),
            newest: i64::MIN,
            chunk: None,
            is_listed: false,
            summary: Summary::default(),
            has_head: false,
        };
        scan.run()?;
        let (mut source, mut summary) = (scan.source, scan.summary);
        if !scan.has_head {
            return Err(RecordingError::Foreign {
                why: "it does not say which stretch it is of".to_owned(),
                path: path.to_path_buf(),
            });
        }
        summary.bytes = source.len();
        let problems: Problems = source.take_problems();
        let mut player = Self {
            source,
            problems: Vec::new(),
            summary,
            catalogue: Catalogue::default(),
            series: Vec::new(),
            entries: scan.entries,
            gaps: scan.gaps,
            open: None,
            fold: Fold::default(),
            fold_at: None,
            next: 0,
            read: Vec::new(),
        };
        player.read_catalogue()?;
        player.problems = problems.into_list();
        player
            .problems
            .extend(player.source.take_problems().into_list());
        Ok(player)
    }

    /// What is in the recording's city.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The first and the last moment.
    pub fn span(&self) -> (UtcMillis, UtcMillis) {
        (self.summary.from, self.summary.to)
    }

    /// What the recording says that it holds. Nothing of it is checked here: see [`crate::verify`].
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// What was wrong with the file as far as it was read when it was opened.
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    /// The identity of the series that has `number` in this recording's columns and rows.
    pub fn series(&self, number: u32) -> Option<&DatastreamId> {
        self.series.get(number as usize)?.as_ref()
    }

    /// The state at `t`, by the numbers of the recording. Before the stretch there is none; behind it the last one stays.
    pub fn state_at(&mut self, t: UtcMillis, into: &mut Columns) -> Result<(), RecordingError> {
        self.fold_to(t.0)?;
        into.clear();
        into.grow_to(self.series.len());
        for row in self.fold.rows() {
            into.set(row);
        }
        Ok(())
    }

    /// The hash of the state at `t`: what `Store::state_hash` gives for the cache that the recording was made from.
    pub fn hash_at(&mut self, t: UtcMillis) -> Result<u64, RecordingError> {
        self.fold_to(t.0)?;
        let named = self.fold.rows().filter_map(|row| {
            let id = self.series.get(row.series as usize)?.as_ref()?;
            let reading = Reading {
                happened_at: UtcMillis(row.happened_at),
                value: row.value,
                quality: row.quality,
            };
            Some((id.as_str(), reading))
        });
        Ok(state_hash(named))
    }

    /// What changed behind `t0` and up to `t1`, in the order of time, then of series, into `into`, which is cleared first.
    pub fn changes_between(
        &mut self,
        t0: UtcMillis,
        t1: UtcMillis,
        into: &mut Vec<Row>,
    ) -> Result<(), RecordingError> {
        into.clear();
        self.refuse_gaps(t0.0, t1.0)?;
        let changes = self.of(Topic::Observations);
        // The last message that begins at or before t0 may reach beyond it.
        let mut place = changes
            .partition_point(|entry| entry.at <= t0.0)
            .saturating_sub(1);
        while let Some(entry) = self.entry(Topic::Observations, place, t1.0) {
            self.read_rows(entry, Kind::Changes)?;
            let within = |row: &&Row| t0.0 < row.happened_at && row.happened_at <= t1.0;
            into.extend(self.read.iter().filter(within));
            place += 1;
        }
        Ok(())
    }

    /// What people did, those facts of the day before the stretch included, in the order in which it was done.
    pub fn facts(&mut self) -> Result<Vec<Fact>, RecordingError> {
        self.texts(Topic::Facts, |text: FactText| Ok(text.into()))
    }

    /// Every version of every event, in the order in which they became known.
    pub fn events(&mut self) -> Result<Vec<Event>, RecordingError> {
        self.texts(Topic::Events, |text: EventText| text.try_into())
    }

    /// The moments that somebody marked, in the order of time.
    pub fn views(&mut self) -> Result<Vec<Moment>, RecordingError> {
        self.texts(Topic::Views, |text: MomentText| text.try_into())
    }

    fn of(&self, topic: Topic) -> &[Entry] {
        self.entries.get(&topic).map_or(&[], Vec::as_slice)
    }

    /// A message of `topic`, unless it begins behind `t`.
    fn entry(&self, topic: Topic, place: usize, t: i64) -> Option<Entry> {
        let entry = self.of(topic).get(place).copied();
        entry.filter(|entry| entry.at <= t)
    }

    fn read_catalogue(&mut self) -> Result<(), RecordingError> {
        let mut intake = Intake::default();
        let mut counted = Summary::default();
        for topic in [Topic::Catalogue, Topic::Clips] {
            for entry in self.of(topic).to_vec() {
                let data = self.data(entry)?;
                let taken = if topic == Topic::Catalogue {
                    intake.take_entity(data, &mut counted)
                } else {
                    intake.take_clip(data, &mut counted).map(drop)
                };
                if let Err(why) = taken {
                    self.source.problem(entry.chunk, &why);
                }
            }
        }
        for camera in intake.cameras.values_mut() {
            camera.clips.reverse();
        }
        self.series = intake.series;
        self.catalogue = Catalogue {
            things: intake.things,
            datastreams: intake.datastreams,
            cameras: intake.cameras.into_values().collect(),
        };
        Ok(())
    }

    fn texts<T: DeserializeOwned, U>(
        &mut self,
        topic: Topic,
        read: impl Fn(T) -> Result<U, String>,
    ) -> Result<Vec<U>, RecordingError> {
        let mut list = Vec::new();
        for entry in self.of(topic).to_vec() {
            let data = self.data(entry)?;
            let item = text_of(data, topic.name()).and_then(&read);
            list.push(item.map_err(|why| self.source.damaged(entry.chunk, &why))?);
        }
        Ok(list)
    }

    /// Refuses a stretch that something is lost of: better no value than a wrong one. What was lost reaches to the next whole state.
    fn refuse_gaps(&self, t0: i64, t1: i64) -> Result<(), RecordingError> {
        let states = self.of(Topic::State);
        let is_touched = |gap: &&Gap| {
            let next = states.partition_point(|entry| entry.at <= gap.after);
            let until = states.get(next).map_or(i64::MAX, |entry| entry.at);
            gap.after < t1 && t0 < until
        };
        let Some(gap) = self.gaps.iter().find(is_touched) else {
            return Ok(());
        };
        let why = format!("what changed behind {} ms is lost", gap.after);
        Err(self.source.damaged(gap.offset, &why))
    }

    /// Brings the fold to the moment `t`.
    fn fold_to(&mut self, t: i64) -> Result<(), RecordingError> {
        self.refuse_gaps(t, t)?;
        let states = self.of(Topic::State);
        let end = states.partition_point(|entry| entry.at <= t);
        let newest = end.checked_sub(1).and_then(|last| states.get(last));
        let Some(base) = newest.map(|entry| entry.at) else {
            self.fold.clear();
            self.fold_at = None;
            return Ok(());
        };
        let first = states.partition_point(|entry| entry.at < base);
        let goes_on = self.fold_at.is_some_and(|at| base <= at && at <= t);
        // Until it is whole again: an error on the way must not leave a half state behind.
        self.fold_at = None;
        if !goes_on {
            self.fold.clear();
            for place in first..end {
                let Some(entry) = self.entry(Topic::State, place, base) else {
                    continue;
                };
                self.read_rows(entry, Kind::State)?;
                for row in &self.read {
                    self.fold.put(row);
                }
            }
            let changes = self.of(Topic::Observations);
            self.next = changes.partition_point(|entry| entry.at <= base);
        }
        while let Some(entry) = self.entry(Topic::Observations, self.next, t) {
            self.read_rows(entry, Kind::Changes)?;
            let due = self.read.partition_point(|row| row.happened_at <= t);
            for row in self.read.iter().take(due) {
                self.fold.put(row);
            }
            if due < self.read.len() {
                // The rest comes later; what is in already does no harm a second time.
                break;
            }
            self.next += 1;
        }
        self.fold_at = Some(t);
        Ok(())
    }

    /// Reads the rows of a message into `self.read`.
    fn read_rows(&mut self, entry: Entry, kind: Kind) -> Result<(), RecordingError> {
        let mut read = std::mem::take(&mut self.read);
        let series = self.series.len() as u32;
        let data = self.data(entry)?;
        let head = rows::decode(data, series, &mut read);
        self.read = read;
        match head {
            Ok(head) if head.kind == kind => Ok(()),
            Ok(_) => Err(self.source.damaged(entry.chunk, "rows of another kind")),
            Err(why) => Err(self.source.damaged(entry.chunk, &why)),
        }
    }

    /// A message's bytes.
    fn data(&mut self, entry: Entry) -> Result<&[u8], RecordingError> {
        if self.open != Some(entry.chunk) {
            self.open = None;
            self.source.open_chunk(entry.chunk)?;
            self.open = Some(entry.chunk);
        }
        let Some(message) = self.source.message_at(entry.begin) else {
            let why = format!("no message begins at byte {} of the chunk", entry.begin);
            return Err(self.source.damaged(entry.chunk, &why));
        };
        Ok(self.source.data(message))
    }
}

/// Goes through a recording's records without unpacking the chunks, to learn where the messages lie.
struct Scan {
    source: Source,
    entries: BTreeMap<Topic, Vec<Entry>>,
    gaps: Vec<Gap>,
    /// The newest moment that rows were told of.
    newest: i64,
    /// The chunk that was passed last.
    chunk: Option<RecordAt>,
    /// True when its messages are known.
    is_listed: bool,
    summary: Summary,
    has_head: bool,
}

impl Scan {
    fn run(&mut self) -> Result<(), RecordingError> {
        while let Some(record) = self.source.record()? {
            if record.kind != op::MESSAGE_INDEX {
                self.list_unindexed()?;
            }
            self.note_gap(record.offset);
            match record.kind {
                _ if record.len > MAX_RECORD => self.source.skip(record)?,
                op::CHUNK => {
                    self.chunk = Some(record);
                    self.is_listed = false;
                    self.source.skip(record)?;
                }
                op::MESSAGE_INDEX => {
                    self.source.load(record)?;
                    self.index(record)?;
                }
                op::METADATA => {
                    self.source.load(record)?;
                    self.metadata()?;
                }
                op::DATA_END => break,
                _ => self.source.skip(record)?,
            }
        }
        self.list_unindexed()?;
        self.note_gap(self.source.at());
        for list in self.entries.values_mut() {
            // Within a channel moments never go back, so this keeps the order of the file.
            list.sort_by_key(|entry| entry.at);
        }
        Ok(())
    }

    /// Notes that messages were lost, if they were; the file is readable again at byte `offset`.
    fn note_gap(&mut self, offset: u64) {
        if self.source.take_gap() {
            let after = self.newest;
            self.gaps.push(Gap { after, offset });
        }
    }

    fn enter(&mut self, topic: Topic, entry: Entry) {
        if matches!(topic, Topic::State | Topic::Observations) {
            self.newest = self.newest.max(entry.at);
        }
        self.entries.entry(topic).or_default().push(entry);
    }

    /// Takes the index of one channel of the chunk before it.
    fn index(&mut self, record: RecordAt) -> Result<(), RecordingError> {
        let Some(chunk) = self.chunk else {
            return Ok(());
        };
        let body = self.source.body().to_vec();
        let mut cut = Cut::new(&body);
        let Some(channel) = cut.u16() else {
            self.source.problem(record.offset, "an index is cut off");
            return Ok(());
        };
        self.is_listed = true;
        if !self.source.knows(channel) {
            // Channels are announced inside of chunks.
            let behind = self.source.at();
            if let Err(error) = self.source.open_chunk(chunk.offset) {
                self.source.problem(chunk.offset, &error.to_string());
            }
            self.source.go_to(behind)?;
        }
        let Some(topic) = self.source.topic_of(channel) else {
            return Ok(());
        };
        cut.u32();
        while let Some((log_time, begin)) = cut.u64().zip(cut.u64()) {
            let entry = Entry {
                chunk: chunk.offset,
                begin,
                at: millis_of(log_time),
            };
            self.enter(topic, entry);
        }
        Ok(())
    }

    /// Lists the chunk that was passed last by unpacking it, where no index came behind it.
    fn list_unindexed(&mut self) -> Result<(), RecordingError> {
        let Some(chunk) = self.chunk.filter(|_| !self.is_listed) else {
            return Ok(());
        };
        self.is_listed = true;
        let behind = self.source.at();
        match self.source.open_chunk(chunk.offset) {
            Err(error) => self.source.problem(chunk.offset, &error.to_string()),
            Ok(()) => {
                for message in self.source.take_messages() {
                    let Some(topic) = message.topic else {
                        continue;
                    };
                    let entry = Entry {
                        chunk: chunk.offset,
                        begin: message.begin(),
                        at: millis_of(message.log_time),
                    };
                    self.enter(topic, entry);
                }
            }
        }
        self.source.go_to(behind)
    }

    fn metadata(&mut self) -> Result<(), RecordingError> {
        let mut cut = Cut::new(self.source.body());
        let Some((name, texts)) = cut.text().map(str::to_owned).zip(cut.map()) else {
            let at = self.source.at();
            self.source.problem(at, "metadata cannot be read");
            return Ok(());
        };
        match name.as_str() {
            RECORDING => {
                let path = self.source.path().to_path_buf();
                take_head(&texts, &mut self.summary)
                    .map_err(|why| RecordingError::Foreign { why, path })?;
                self.has_head = true;
            }
            CONTENTS => take_contents(&texts, &mut self.summary),
            SIGNATURE => {
                self.summary.digest = texts.get("digest").cloned().unwrap_or_default();
            }
            _ => {}
        }
        Ok(())
    }
}

/// Takes the counts as the recording tells them; one that is no number counts as none.
fn take_contents(texts: &Texts, summary: &mut Summary) {
    let count = |name: &str| {
        let text = texts.get(name).map_or("", String::as_str);
        text.parse().unwrap_or_default()
    };
    summary.observations = count("observations");
    summary.facts = count("facts");
    summary.events = count("events");
    summary.things = count("things");
    summary.cameras = count("cameras");
    summary.clips = count("clips");
}

/// Log time in UTC milliseconds.
fn millis_of(log_time: u64) -> i64 {
    i64::try_from(log_time / 1_000_000).unwrap_or(i64::MAX)
}
