//! Writes a stretch of the history as a recording, reading and writing as it goes.

use crate::{
    About, OnProgress, Progress, RecordingError, Scope, Summary,
    chosen::Chosen,
    clips::write_clips,
    fold::Fold,
    intake::contents_of,
    json::{CameraText, DatastreamText, Entity, EventText, FactText, MomentText, ThingText},
    rows::{self, Head, Kind, MAX_ROWS},
    sink::{FORMAT_VERSION, Sink, Texts},
    steps::{MINUTE_MS, Steps},
    topic::Topic,
};
use cim_model::{Event, UtcMillis};
use cim_store::{Columns, Fact, Knowledge, Row, Store};
use serde::Serialize;
use std::{collections::BTreeSet, path::Path};

/// The whole state is written so often, in milliseconds of city time.
const STATE_MS: i64 = 10 * MINUTE_MS;
/// And at the next full minute after so many rows, so that beginning anywhere costs no more than reading these.
const STATE_ROWS: u64 = 2_000_000;
/// Late observations of so long before the stretch come along, where they became known within it.
const LATE_BEFORE_MS: i64 = 10 * MINUTE_MS;
/// Facts of so long before the stretch come along: what was acknowledged yesterday still tells how the desk stood.
const FACTS_BEFORE_MS: i64 = 24 * 60 * MINUTE_MS;

/// Writes what `scope` takes from the history of `store` as the recording `to`. It appears there when it is whole.
///
/// Values that hold at the start are in it with their own moments, however old. Everything is told as it is known today;
/// late observations, facts and versions of events keep when they became known.
pub async fn export_recording(
    store: &Store,
    scope: &Scope,
    about: &About,
    to: &Path,
    progress: OnProgress<'_>,
) -> Result<Summary, RecordingError> {
    scope.check()?;
    let chosen = Chosen::load(store, scope).await?;
    let mut recorder = Recorder {
        store,
        chosen: &chosen,
        from: scope.from.0,
        to: scope.to.0,
        sink: Sink::begin(to, head_of(scope, about))?,
        fold: Fold::default(),
        pending: Vec::new(),
        bytes: Vec::new(),
        since_state: 0,
        states: 0,
        summary: Summary {
            from: scope.from,
            to: scope.to,
            ..Summary::default()
        },
    };
    recorder.catalogue()?;
    recorder.clips(about.folder_of_clips.as_deref())?;
    recorder.views().await?;
    recorder.start().await?;
    recorder.stretch(progress).await?;
    recorder.later_events()?;
    recorder.finish()
}

fn head_of(scope: &Scope, about: &About) -> Texts {
    let series = match scope.series {
        None => "all",
        Some(_) => "chosen",
    };
    [
        ("format_version", FORMAT_VERSION.to_owned()),
        ("from", scope.from.0.to_string()),
        ("to", scope.to.0.to_string()),
        ("series", series.to_owned()),
        ("city_zh", about.city_zh.clone()),
        ("city_en", about.city_en.clone()),
        ("author", about.author.clone()),
        ("made_at", about.made_at.0.to_string()),
    ]
    .into_iter()
    .map(|(name, text)| (name.to_owned(), text))
    .collect()
}

/// A recording that is being made.
struct Recorder<'a> {
    store: &'a Store,
    chosen: &'a Chosen,
    from: i64,
    to: i64,
    sink: Sink,
    /// The state as the recording tells it so far.
    fold: Fold,
    /// Rows that wait for their message.
    pending: Vec<Row>,
    /// The message at hand.
    bytes: Vec<u8>,
    since_state: u64,
    states: u64,
    summary: Summary,
}

impl Recorder<'_> {
    fn text(
        &mut self,
        topic: Topic,
        at: i64,
        what: &'static str,
        text: &impl Serialize,
    ) -> Result<(), RecordingError> {
        self.bytes.clear();
        serde_json::to_writer(&mut self.bytes, text)
            .map_err(|source| RecordingError::Json { what, source })?;
        self.sink.put(topic, (at, at), &self.bytes)
    }

    fn catalogue(&mut self) -> Result<(), RecordingError> {
        let (chosen, at) = (self.chosen, self.from);
        for thing in &chosen.things {
            let text = Entity::Thing(ThingText::from(thing));
            self.text(Topic::Catalogue, at, "a thing", &text)?;
        }
        for (number, datastream) in chosen.datastreams.iter().enumerate() {
            let text = Entity::Datastream(DatastreamText::new(number as u32, datastream));
            self.text(Topic::Catalogue, at, "a datastream", &text)?;
        }
        for camera in &chosen.cameras {
            let text = Entity::Camera(CameraText::from(camera));
            self.text(Topic::Catalogue, at, "a camera", &text)?;
        }
        self.summary.things = chosen.things.len() as u64;
        self.summary.cameras = chosen.cameras.len() as u64;
        Ok(())
    }

    fn clips(&mut self, folder: Option<&Path>) -> Result<(), RecordingError> {
        let stretch = (self.from, self.to);
        self.summary.clips = write_clips(&mut self.sink, self.chosen, stretch, folder)?;
        Ok(())
    }

    async fn views(&mut self) -> Result<(), RecordingError> {
        let mut moments = self.store.moments().await?;
        moments.retain(|moment| (self.from..=self.to).contains(&moment.at.0));
        moments.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        for moment in &moments {
            let text = MomentText::from(moment);
            self.text(Topic::Views, moment.at.0, "a moment", &text)?;
        }
        Ok(())
    }

    /// How the desk stood at the start: the state, the facts of the day before, the events.
    async fn start(&mut self) -> Result<(), RecordingError> {
        let from = UtcMillis(self.from);
        let (store, chosen) = (self.store, self.chosen);
        for row in state_of(store, chosen, from, Knowledge::Now).await? {
            self.fold.put(&row);
        }
        // What the desk showed in place of values that became known only within the stretch.
        let mut older = state_of(store, chosen, from, Knowledge::Then).await?;
        older.extend(late_before(store, chosen, self.from).await?);
        older.sort_unstable_by_key(|row| (row.series, row.happened_at));
        older.dedup_by_key(|row| (row.series, row.happened_at));
        older.retain(|row| !self.fold.has(row));
        self.state_with(self.from, &older)?;
        let before = UtcMillis(self.from.saturating_sub(FACTS_BEFORE_MS));
        self.facts(before, UtcMillis(self.from + 1)).await?;
        let events = self.store.events_at(from, Knowledge::Then).await?;
        let told: BTreeSet<&str> = events.iter().map(|event| event.id.as_str()).collect();
        // Announced before the start, to happen behind it.
        let ahead = self.chosen.events.iter().filter(|event| {
            event.known_at <= from
                && event.happened_at.0 <= self.to
                && !told.contains(event.id.as_str())
        });
        let mut known: Vec<Event> = events.iter().chain(ahead).cloned().collect();
        known.sort_by(|a, b| (a.known_at, &a.id).cmp(&(b.known_at, &b.id)));
        for event in &known {
            self.event(self.from, event)?;
        }
        Ok(())
    }

    /// Everything that follows the start, in the order of time.
    async fn stretch(&mut self, progress: OnProgress<'_>) -> Result<(), RecordingError> {
        let mut steps = Steps::after(self.from, self.store, self.chosen);
        let total = self.to.saturating_sub(self.from).unsigned_abs();
        let mut mark = self.from;
        while mark < self.to {
            let end = mark.saturating_add(STATE_MS).min(self.to);
            if mark > self.from && self.since_state > 0 {
                self.state(mark)?;
            }
            let behind = (UtcMillis(mark + 1), UtcMillis(end + 1));
            self.facts(behind.0, behind.1).await?;
            for event in self
                .store
                .event_versions_between(behind.0, behind.1)
                .await?
            {
                self.event(event.known_at.0, &event)?;
            }
            let mut minute = mark;
            while minute < end {
                minute = minute.saturating_add(MINUTE_MS).min(end);
                self.minute(&mut steps, minute).await?;
                if self.since_state >= STATE_ROWS && minute < end {
                    self.state(minute)?;
                }
                let done = minute.saturating_sub(self.from).unsigned_abs();
                progress(Progress { done, total });
            }
            mark = end;
        }
        Ok(())
    }

    /// The rows up to `end`, a full minute or the end of the stretch.
    async fn minute(&mut self, steps: &mut Steps<'_>, end: i64) -> Result<(), RecordingError> {
        // Where messages are cut depends on the rows alone, not on the steps that they were read in.
        let begin = steps.at();
        let mut read = Vec::new();
        while steps.at() < end {
            steps.read(end, &mut read).await?;
            for row in &read {
                self.fold.put(row);
                self.pending.push(*row);
                if self.pending.len() >= MAX_ROWS {
                    self.changes(begin)?;
                }
            }
        }
        self.changes(begin)
    }

    /// Writes the rows that wait; none is older than `begin`.
    fn changes(&mut self, begin: i64) -> Result<(), RecordingError> {
        let (Some(first), Some(last)) = (self.pending.first(), self.pending.last()) else {
            return Ok(());
        };
        let moments = (first.happened_at, last.happened_at);
        let head = Head {
            kind: Kind::Changes,
            has_more: false,
            at: begin,
        };
        rows::encode(head, &self.pending, &mut self.bytes);
        let n = self.pending.len() as u64;
        self.pending.clear();
        self.summary.observations += n;
        self.since_state += n;
        self.sink.put(Topic::Observations, moments, &self.bytes)
    }

    /// Writes the whole state at `at`.
    fn state(&mut self, at: i64) -> Result<(), RecordingError> {
        self.state_with(at, &[])
    }

    /// Writes the whole state at `at`, and behind it `older` rows, which change nothing in it.
    fn state_with(&mut self, at: i64, older: &[Row]) -> Result<(), RecordingError> {
        let rows: Vec<Row> = self.fold.rows().chain(older).copied().collect();
        let mut rest = rows.as_slice();
        loop {
            let (part, more) = rest.split_at(rest.len().min(MAX_ROWS));
            let head = Head {
                kind: Kind::State,
                has_more: !more.is_empty(),
                at,
            };
            rows::encode(head, part, &mut self.bytes);
            self.sink.put(Topic::State, (at, at), &self.bytes)?;
            if more.is_empty() {
                break;
            }
            rest = more;
        }
        self.states += 1;
        self.since_state = 0;
        Ok(())
    }

    /// The facts that happened from `t0` on, before `t1`.
    async fn facts(&mut self, t0: UtcMillis, t1: UtcMillis) -> Result<(), RecordingError> {
        let mut facts: Vec<Fact> = self.store.facts_between(t0, t1).await?;
        facts.sort_by(|a, b| (a.happened_at, &a.id).cmp(&(b.happened_at, &b.id)));
        for fact in &facts {
            let text = FactText::from(fact);
            self.text(Topic::Facts, fact.happened_at.0, "a fact", &text)?;
        }
        self.summary.facts += facts.len() as u64;
        Ok(())
    }

    fn event(&mut self, at: i64, event: &Event) -> Result<(), RecordingError> {
        self.summary.events += 1;
        self.text(Topic::Events, at, "an event", &EventText::from(event))
    }

    /// What is known today of events of the stretch, where it became known behind its end.
    fn later_events(&mut self) -> Result<(), RecordingError> {
        let (chosen, to) = (self.chosen, self.to);
        let mut later: Vec<&Event> = chosen
            .events
            .iter()
            .filter(|event| event.happened_at.0 <= to && event.known_at.0 > to)
            .collect();
        later.sort_by(|a, b| (a.known_at, &a.id).cmp(&(b.known_at, &b.id)));
        for event in later {
            self.event(event.known_at.0, event)?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Summary, RecordingError> {
        let series = self.chosen.datastreams.len() as u64;
        let contents = contents_of(&self.summary, series, self.states);
        let (bytes, digest) = self.sink.finish(contents)?;
        Ok(Summary {
            bytes,
            digest,
            ..self.summary
        })
    }
}

/// The store's state at `t`, under our numbers.
async fn state_of(
    store: &Store,
    chosen: &Chosen,
    t: UtcMillis,
    knowledge: Knowledge,
) -> Result<Vec<Row>, RecordingError> {
    let mut columns = Columns::new();
    store.state_at(t, knowledge, &mut columns).await?;
    let series = chosen.datastreams.iter().enumerate();
    let rows = series.filter_map(|(number, datastream)| {
        let place = store.number_of(&datastream.id)?;
        let reading = columns.get(place)?;
        let known_at = columns.known_at(place).unwrap_or(reading.happened_at);
        Some(Row {
            series: number as u32,
            quality: reading.quality,
            happened_at: reading.happened_at.0,
            known_at: known_at.0,
            value: reading.value,
        })
    });
    Ok(rows.collect())
}

/// Rows of shortly before `from` that became known behind it.
async fn late_before(
    store: &Store,
    chosen: &Chosen,
    from: i64,
) -> Result<Vec<Row>, RecordingError> {
    let mut steps = Steps::after(from.saturating_sub(LATE_BEFORE_MS), store, chosen);
    let (mut read, mut late) = (Vec::new(), Vec::new());
    while steps.at() < from {
        steps.read(from, &mut read).await?;
        late.extend(
            read.iter()
                .filter(|row| row.is_late() && row.known_at > from),
        );
    }
    Ok(late)
}
