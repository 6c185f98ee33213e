//! Reads a recording into a history. What is broken is named; the rest comes in.

use crate::{
    OnProgress, Progress, RecordingError, Summary,
    digest::Content,
    intake::{Intake, take_head, text_of},
    json::{EventText, FactText, MomentText},
    rows::{self, Kind},
    sink::{RECORDING, SIGNATURE},
    source::{MessageAt, Piece, Source},
    topic::Topic,
};
use cim_model::{Camera, Event};
use cim_store::{Fact, Moment, Row, Store};
use std::path::Path;

/// The most rows that are appended at once.
const MAX_APPEND: usize = 50_000;
/// The most facts or versions of events that are saved at once.
const MAX_TOLD: usize = 1_000;
/// So much of the catalogue is saved at once.
const MAX_CATALOGUE: usize = 10_000;

/// Reads the recording `from` into `store`, best a new one. Observations, facts and events keep when they happened and when
/// they became known. Reading a recording twice changes nothing more.
///
/// Embedded clips stay in the file: see [`crate::extract_clips`].
pub async fn import_recording(
    from: &Path,
    store: &Store,
    progress: OnProgress<'_>,
) -> Result<Summary, RecordingError> {
    let mut source = Source::open(from)?;
    let mut import = Import::new(store);
    while let Some(piece) = source.next()? {
        match piece {
            Piece::Messages => {
                // What was lost may have changed values: the next whole state is taken in too.
                import.wants_state |= source.take_gap();
                for message in source.take_messages() {
                    let name = source.channel_name(&message);
                    let data = source.data(&message);
                    import.digest.add_message(name, message.log_time, data);
                    let wrong = import.message(&message, data).await?;
                    if let Some(why) = wrong {
                        import.wants_state = true;
                        source.problem(message.offset, &why);
                    }
                }
            }
            Piece::Metadata { name, texts } if name == RECORDING => {
                import.digest.add_head(&texts);
                import.has_head = true;
                if let Err(why) = take_head(&texts, &mut import.summary) {
                    let path = source.path().to_path_buf();
                    return Err(RecordingError::Foreign { why, path });
                }
            }
            Piece::Metadata { name, texts } if name == SIGNATURE => {
                import.claimed = texts.get("digest").cloned();
            }
            Piece::Metadata { .. } | Piece::Attachment { .. } => {}
        }
        progress(Progress {
            done: source.at(),
            total: source.len(),
        });
    }
    if !import.has_head && !source.is_ours() {
        return Err(RecordingError::Foreign {
            why: "it is an MCAP file of another kind".to_owned(),
            path: from.to_path_buf(),
        });
    }
    import.finish(source).await
}

/// A recording on its way into a history.
struct Import<'a> {
    store: &'a Store,
    intake: Intake,
    /// The store's number of each series of the recording.
    numbers: Vec<Option<u32>>,
    /// True when something of the catalogue waits to be saved.
    has_news: bool,
    read: Vec<Row>,
    rows: Vec<Row>,
    facts: Vec<Fact>,
    events: Vec<Event>,
    /// True when the next whole state is to be appended: at the start and behind what was lost.
    wants_state: bool,
    digest: Content,
    claimed: Option<String>,
    has_head: bool,
    summary: Summary,
}

impl<'a> Import<'a> {
    fn new(store: &'a Store) -> Self {
        Self {
            store,
            intake: Intake::default(),
            numbers: Vec::new(),
            has_news: false,
            read: Vec::new(),
            rows: Vec::new(),
            facts: Vec::new(),
            events: Vec::new(),
            wants_state: true,
            digest: Content::default(),
            claimed: None,
            has_head: false,
            summary: Summary::default(),
        }
    }

    /// Takes a message in; gives what is wrong with it.
    async fn message(
        &mut self,
        message: &MessageAt,
        data: &[u8],
    ) -> Result<Option<String>, RecordingError> {
        let taken = match message.topic {
            Some(Topic::Catalogue) => {
                self.has_news = true;
                let taken = self.intake.take_entity(data, &mut self.summary);
                if self.intake.things.len() + self.intake.datastreams.len() >= MAX_CATALOGUE {
                    self.save_sensors().await?;
                }
                taken
            }
            Some(Topic::Clips) => {
                self.has_news = true;
                self.intake.take_clip(data, &mut self.summary).map(drop)
            }
            Some(Topic::Views) => match moment_of(data) {
                Ok(moment) => {
                    self.store.save_moment(&moment).await?;
                    Ok(())
                }
                Err(why) => Err(why),
            },
            Some(Topic::Facts) => match text_of::<FactText>(data, "a fact") {
                Ok(text) => {
                    self.facts.push(Fact::from(text));
                    self.summary.facts += 1;
                    self.save_told(MAX_TOLD).await?;
                    Ok(())
                }
                Err(why) => Err(why),
            },
            Some(Topic::Events) => match event_of(data) {
                Ok(event) => {
                    self.events.push(event);
                    self.summary.events += 1;
                    self.save_told(MAX_TOLD).await?;
                    Ok(())
                }
                Err(why) => Err(why),
            },
            Some(Topic::State) => self.state(data).await?,
            Some(Topic::Observations) => self.observations(data).await?,
            // A channel of somebody else's, or one that was complained about when it was announced.
            None => Ok(()),
        };
        Ok(taken.err())
    }

    async fn state(&mut self, data: &[u8]) -> Result<Result<(), String>, RecordingError> {
        if !self.wants_state {
            return Ok(Ok(()));
        }
        self.save_catalogue().await?;
        let head = match rows::decode(data, self.intake.count(), &mut self.read) {
            Ok(head) if head.kind == Kind::State => head,
            Ok(_) => return Ok(Err("changes among the states".to_owned())),
            Err(why) => return Ok(Err(why)),
        };
        self.wants_state = head.has_more;
        self.append_read().await
    }

    async fn observations(&mut self, data: &[u8]) -> Result<Result<(), String>, RecordingError> {
        self.save_catalogue().await?;
        match rows::decode(data, self.intake.count(), &mut self.read) {
            Ok(head) if head.kind == Kind::Changes => {}
            Ok(_) => return Ok(Err("a state among the changes".to_owned())),
            Err(why) => return Ok(Err(why)),
        }
        self.summary.observations += self.read.len() as u64;
        self.append_read().await
    }

    /// Appends the rows that were just read, under the store's numbers.
    async fn append_read(&mut self) -> Result<Result<(), String>, RecordingError> {
        let mut lost = 0;
        let read = std::mem::take(&mut self.read);
        for row in &read {
            let number = self.numbers.get(row.series as usize).copied().flatten();
            let Some(series) = number else {
                lost += 1;
                continue;
            };
            self.rows.push(Row { series, ..*row });
            if self.rows.len() >= MAX_APPEND {
                self.append().await?;
            }
        }
        self.read = read;
        if lost > 0 {
            return Ok(Err(format!(
                "{lost} rows belong to series whose entry in the catalogue was lost"
            )));
        }
        Ok(Ok(()))
    }

    async fn append(&mut self) -> Result<(), RecordingError> {
        if !self.rows.is_empty() {
            self.store.append_rows(&self.rows).await?;
            self.rows.clear();
        }
        Ok(())
    }

    /// Saves the facts and the events that wait, where there are at least `enough`.
    async fn save_told(&mut self, enough: usize) -> Result<(), RecordingError> {
        if self.facts.len() >= enough {
            self.store.save_facts(&self.facts).await?;
            self.facts.clear();
        }
        if self.events.len() >= enough {
            self.store.save_events(&self.events).await?;
            self.events.clear();
        }
        Ok(())
    }

    /// Saves what waits of the catalogue, cameras included.
    async fn save_catalogue(&mut self) -> Result<(), RecordingError> {
        if !self.has_news {
            return Ok(());
        }
        self.has_news = false;
        self.save_sensors().await?;
        let mut cameras: Vec<Camera> = self.intake.cameras.values().cloned().collect();
        for camera in &mut cameras {
            // A camera lists its newest clip first.
            camera.clips.reverse();
        }
        let at = self.summary.from;
        self.store.save_catalogue(&[], &[], &cameras, at).await?;
        Ok(())
    }

    async fn save_sensors(&mut self) -> Result<(), RecordingError> {
        let things = std::mem::take(&mut self.intake.things);
        let datastreams = std::mem::take(&mut self.intake.datastreams);
        let at = self.summary.from;
        self.store
            .save_catalogue(&things, &datastreams, &[], at)
            .await?;
        let learnt = self.numbers.len();
        for id in self.intake.series.iter().skip(learnt) {
            let number = id.as_ref().and_then(|id| self.store.number_of(id));
            self.numbers.push(number);
        }
        Ok(())
    }

    async fn finish(mut self, mut source: Source) -> Result<Summary, RecordingError> {
        self.save_catalogue().await?;
        self.append().await?;
        self.save_told(1).await?;
        let digest = self.digest.finish();
        match self.claimed {
            Some(claimed) if claimed == digest => {}
            Some(claimed) => {
                let why = format!("the digest is {digest}, the recording says {claimed}");
                source.problem(source.at(), &why);
            }
            None => source.problem(source.at(), "the recording has no digest"),
        }
        let problems = source.take_problems().into_list();
        for problem in &problems {
            tracing::warn!(recording = %source.path().display(), "{problem}");
        }
        Ok(Summary {
            bytes: source.len(),
            digest,
            problems,
            ..self.summary
        })
    }
}

fn event_of(data: &[u8]) -> Result<Event, String> {
    text_of::<EventText>(data, "an event")?.try_into()
}

fn moment_of(data: &[u8]) -> Result<Moment, String> {
    text_of::<MomentText>(data, "a moment")?.try_into()
}
