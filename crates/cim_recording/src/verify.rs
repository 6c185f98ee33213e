//! Reads a recording once from end to end and says everything that is wrong with it.
//!
//! The proof that it plays right from anywhere: each whole state in it must equal what the states and changes before it
//! come to.

use crate::{
    OnProgress, Progress, RecordingError, Summary, Verified,
    digest::{Bytes, Content},
    fold::Fold,
    intake::{Intake, contents_of, take_head, text_of},
    json::{EventText, FactText, MomentText},
    problems::Problems,
    rows::{self, Kind},
    sink::{CONTENTS, RECORDING, SIGNATURE, Texts},
    source::{MessageAt, Piece, Source},
    topic::Topic,
};
use cim_model::Event;
use cim_store::{Moment, Row};
use std::{collections::BTreeMap, path::Path};

/// Reads the recording at `path` and checks every checksum, the digest, the order of every channel, the counts, and that each
/// whole state equals what came before it. Fails only where there is nothing to check: no file, or no MCAP file.
pub fn verify(path: &Path, progress: OnProgress<'_>) -> Result<Verified, RecordingError> {
    let mut source = Source::open(path)?;
    let mut check = Check::default();
    while let Some(piece) = source.next()? {
        let offset = source.at();
        match piece {
            Piece::Messages => {
                check.is_cut_off |= source.take_gap();
                for message in source.take_messages() {
                    let name = source.channel_name(&message);
                    let data = source.data(&message);
                    if let Err(why) = check.message(&message, name, data) {
                        source.problem(message.offset, &why);
                    }
                }
            }
            Piece::Metadata { name, texts } => {
                if let Err(why) = check.metadata(&name, texts) {
                    source.problem(offset, &why);
                }
            }
            Piece::Attachment { name } => {
                let mut digest = Bytes::default();
                digest.add(source.attachment());
                check.embedded.insert(name, digest.finish());
            }
        }
        progress(Progress {
            done: source.at(),
            total: source.len(),
        });
    }
    if !check.has_head && !source.is_ours() {
        return Err(RecordingError::Foreign {
            why: "it is an MCAP file of another kind".to_owned(),
            path: path.to_path_buf(),
        });
    }
    let (at, counted) = (source.at(), source.counted_messages());
    let mut problems = source.take_problems();
    check.end(at, counted, &mut problems);
    Ok(Verified {
        summary: Summary {
            bytes: source.len(),
            digest: check.digest.finish(),
            ..check.summary
        },
        problems: problems.into_list(),
        is_signed: check.is_signed,
    })
}

/// What is known of the recording so far.
#[derive(Default)]
struct Check {
    intake: Intake,
    digest: Content,
    summary: Summary,
    has_head: bool,
    is_signed: bool,
    contents: Option<Texts>,
    claimed: Option<String>,
    messages: u64,
    states: u64,
    /// The newest log time of each channel.
    newest: BTreeMap<u16, u64>,
    /// What the states and changes so far come to.
    fold: Fold,
    has_fold: bool,
    /// True when something was lost since the last whole state: the fold proves nothing then.
    is_cut_off: bool,
    /// The state at hand, until its last part.
    state: Fold,
    is_within_state: bool,
    read: Vec<Row>,
    newest_row: Option<i64>,
    /// The digest of each embedded clip.
    embedded: BTreeMap<String, String>,
    /// What the references say of embedded clips.
    referred: Vec<(u64, String, Option<String>)>,
}

impl Check {
    fn message(&mut self, message: &MessageAt, name: &str, data: &[u8]) -> Result<(), String> {
        self.digest.add_message(name, message.log_time, data);
        self.messages += 1;
        let newest = self.newest.insert(message.channel, message.log_time);
        let order = match newest {
            Some(newest) if newest > message.log_time => Err(format!(
                "the channel `{name}` goes back from {newest} ns to {} ns",
                message.log_time
            )),
            _ => Ok(()),
        };
        let content = match message.topic {
            Some(Topic::Catalogue) => self.intake.take_entity(data, &mut self.summary),
            Some(Topic::Clips) => self.clip(message.offset, data),
            Some(Topic::Views) => text_of::<MomentText>(data, "a moment")
                .and_then(Moment::try_from)
                .map(drop),
            Some(Topic::Facts) => {
                self.summary.facts += 1;
                text_of::<FactText>(data, "a fact").map(drop)
            }
            Some(Topic::Events) => {
                self.summary.events += 1;
                text_of::<EventText>(data, "an event")
                    .and_then(Event::try_from)
                    .map(drop)
            }
            Some(Topic::State) => self.take_state(data),
            Some(Topic::Observations) => self.take_changes(data),
            None => Ok(()),
        };
        order.and(content)
    }

    fn clip(&mut self, offset: u64, data: &[u8]) -> Result<(), String> {
        let text = self.intake.take_clip(data, &mut self.summary)?;
        if text.is_embedded {
            self.referred.push((offset, text.path, text.sha256));
        }
        Ok(())
    }

    fn take_state(&mut self, data: &[u8]) -> Result<(), String> {
        let head = rows::decode(data, self.intake.count(), &mut self.read).inspect_err(|_| {
            self.is_cut_off = true;
        })?;
        if head.kind != Kind::State {
            return Err("changes among the states".to_owned());
        }
        if !self.is_within_state {
            self.state.clear();
        }
        for row in &self.read {
            self.state.put(row);
        }
        self.is_within_state = head.has_more;
        if head.has_more {
            return Ok(());
        }
        self.states += 1;
        let is_ahead = self.newest_row.is_some_and(|newest| newest > head.at);
        let is_proven = !self.has_fold || self.is_cut_off || self.fold.is_same(&self.state);
        std::mem::swap(&mut self.fold, &mut self.state);
        self.has_fold = true;
        self.is_cut_off = false;
        if is_ahead {
            return Err(format!(
                "the state of {} ms comes behind later changes",
                head.at
            ));
        }
        if !is_proven {
            return Err(format!(
                "the state of {} ms is not what the changes before it come to",
                head.at
            ));
        }
        Ok(())
    }

    fn take_changes(&mut self, data: &[u8]) -> Result<(), String> {
        let head = rows::decode(data, self.intake.count(), &mut self.read).inspect_err(|_| {
            self.is_cut_off = true;
        })?;
        if head.kind != Kind::Changes {
            return Err("a state among the changes".to_owned());
        }
        self.summary.observations += self.read.len() as u64;
        let mut stray = None;
        for row in &self.read {
            let stretch = self.summary.from.0..=self.summary.to.0;
            let goes_back = self
                .newest_row
                .is_some_and(|newest| row.happened_at < newest);
            if goes_back || !stretch.contains(&row.happened_at) {
                stray = stray.or(Some(row.happened_at));
            }
            self.newest_row = self.newest_row.max(Some(row.happened_at));
            self.fold.put(row);
        }
        match stray {
            Some(t) => Err(format!("a change at {t} ms is out of order")),
            None => Ok(()),
        }
    }

    fn metadata(&mut self, name: &str, texts: Texts) -> Result<(), String> {
        match name {
            RECORDING => {
                self.digest.add_head(&texts);
                self.has_head = true;
                take_head(&texts, &mut self.summary)
            }
            CONTENTS => {
                self.contents = Some(texts);
                Ok(())
            }
            SIGNATURE => {
                let filled = |name: &str| texts.get(name).is_some_and(|text| !text.is_empty());
                let algorithm = texts.get("algorithm").map_or("none", String::as_str);
                self.is_signed = algorithm != "none" && filled("signature");
                self.claimed = texts.get("digest").cloned();
                match texts.get("digest_algorithm").map(String::as_str) {
                    Some("sha-256") => Ok(()),
                    other => Err(format!("the digest is of an unknown kind ({other:?})")),
                }
            }
            _ => Ok(()),
        }
    }

    /// What can only be said at the end, which is byte `at`.
    fn end(&mut self, at: u64, counted: Option<u64>, problems: &mut Problems) {
        if !self.has_head {
            problems.add(at, "the recording does not say which stretch it is of");
        }
        if let Some(counted) = counted.filter(|counted| *counted != self.messages) {
            let why = format!(
                "{} messages came, the summary counts {counted}",
                self.messages
            );
            problems.add(at, &why);
        }
        let series = self.intake.datastreams.len() as u64;
        let came = contents_of(&self.summary, series, self.states);
        match &self.contents {
            None => problems.add(at, "the recording does not say what it holds"),
            Some(claimed) => {
                for (name, n) in &came {
                    let said = claimed.get(name).map_or("nothing", String::as_str);
                    if said != n {
                        problems.add(at, &format!("{n} {name} came, the recording says {said}"));
                    }
                }
            }
        }
        let digest = self.digest.clone().finish();
        match self.claimed.as_deref() {
            None => problems.add(at, "the recording has no digest"),
            Some(claimed) if claimed == digest => {}
            Some(claimed) => {
                let why = format!("the digest is {digest}, the recording says {claimed}");
                problems.add(at, &why);
            }
        }
        for (offset, path, sha256) in &self.referred {
            match self.embedded.get(path) {
                None => problems.add(*offset, &format!("the clip `{path}` is not embedded")),
                Some(came) if Some(came) == sha256.as_ref() => {}
                Some(_) => {
                    let why = format!("the clip `{path}` is not the one that was recorded");
                    problems.add(*offset, &why);
                }
            }
        }
    }
}
