//! The duty log 值班日志: what happened in a shift, written by the desk or by hand. Nothing is ever deleted: a correction strikes
//! an entry and says why.

use super::chain::Chain;
use crate::plan::{Journal, Stamp};
use cim_model::UtcMillis;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How many records a log keeps: 2 000 a day for 30 days. Beyond it the oldest go, and are counted.
pub const MOST_ENTRIES: usize = 60_000;
/// The longest entry or reason, bytes.
pub const MOST_ENTRY_BYTES: usize = 4_096;

/// Where an entry comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntrySource {
    /// An alarm.
    Alarm,
    /// An event of the city.
    Event,
    /// What somebody did at the desk.
    Act,
    /// The desk itself: a connection lost, a source silent.
    System,
    /// Written by hand.
    Hand,
}

impl EntrySource {
    /// Every source.
    pub const ALL: [Self; 5] = [
        Self::Alarm,
        Self::Event,
        Self::Act,
        Self::System,
        Self::Hand,
    ];

    /// The word used in facts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alarm => "alarm",
            Self::Event => "event",
            Self::Act => "act",
            Self::System => "system",
            Self::Hand => "hand",
        }
    }
}

/// What is written into the log; the body of a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum DutyAct {
    /// An entry.
    Write {
        /// Where it comes from.
        source: EntrySource,
        /// What it is about, such as an alarm's or event's identity; may be empty.
        #[serde(default)]
        subject: String,
        /// What it says.
        text: String,
    },
    /// An entry is struck and another one takes its place.
    Correct {
        /// The entry that is wrong.
        entry: String,
        /// What is right.
        text: String,
        /// Why.
        reason: String,
    },
    /// An entry is struck.
    Strike {
        /// The entry that is wrong.
        entry: String,
        /// Why.
        reason: String,
    },
}

impl DutyAct {
    /// The verb of the fact that tells it.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Write { .. } => "duty_written",
            Self::Correct { .. } => "duty_corrected",
            Self::Strike { .. } => "duty_struck",
        }
    }
}

/// Why something cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogRefusal {
    /// Nothing to write, or no reason.
    #[error("a text and, for a correction, a reason are needed")]
    NeedsText,
    /// Too long.
    #[error("more than {MOST_ENTRY_BYTES} bytes of text")]
    TooMuch,
    /// No such entry.
    #[error("there is no entry `{0}`")]
    Unknown(String),
    /// It was struck before.
    #[error("the entry was struck by {0}")]
    Struck(String),
    /// What the desk writes is not corrected, but commented.
    #[error("only entries that were written by hand can be struck; write another one about it")]
    Automatic,
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Who wrote it and when, under which identity.
    pub stamp: Stamp,
    /// Where it comes from.
    pub source: EntrySource,
    /// What it is about; may be empty.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// The entry that it takes the place of.
    pub corrects: Option<String>,
    /// Who struck it when, and why.
    pub struck: Option<(Stamp, String)>,
}

/// The log of a desk.
#[derive(Clone, Debug, PartialEq)]
pub struct DutyLog {
    journal: Journal<DutyAct>,
}

impl Default for DutyLog {
    fn default() -> Self {
        Self {
            journal: Journal::new(MOST_ENTRIES),
        }
    }
}

impl DutyLog {
    /// A log of any length, for a stretch of the past.
    pub fn unbounded() -> Self {
        Self {
            journal: Journal::new(usize::MAX),
        }
    }

    /// Takes what was written. True when it is kept. Where the log is full, its oldest record makes room.
    pub fn apply(&mut self, stamp: &Stamp, act: DutyAct) -> bool {
        self.journal.insert_newer(stamp, act)
    }

    /// From when on no record is missing.
    pub fn whole_from(&self) -> UtcMillis {
        self.journal.whole_from()
    }

    /// Whether `act` can be written.
    pub fn allowed(&self, act: &DutyAct) -> Result<(), LogRefusal> {
        let texts = match act {
            DutyAct::Write { text, .. } => vec![text],
            DutyAct::Correct { text, reason, .. } => vec![text, reason],
            DutyAct::Strike { reason, .. } => vec![reason],
        };
        if texts.iter().any(|text| text.trim().is_empty()) {
            return Err(LogRefusal::NeedsText);
        }
        if texts.iter().any(|text| text.len() > MOST_ENTRY_BYTES) {
            return Err(LogRefusal::TooMuch);
        }
        let (DutyAct::Correct { entry, .. } | DutyAct::Strike { entry, .. }) = act else {
            return Ok(());
        };
        let entries = self.entries(UtcMillis(i64::MIN), UtcMillis(i64::MAX));
        let Some(found) = entries.into_iter().find(|found| found.stamp.id == *entry) else {
            return Err(LogRefusal::Unknown(entry.clone()));
        };
        match found.struck {
            Some((stamp, _)) => Err(LogRefusal::Struck(stamp.by)),
            None if found.source != EntrySource::Hand => Err(LogRefusal::Automatic),
            None => Ok(()),
        }
    }

    /// The entries that were written from `from` until before `until`, in order, struck ones included.
    pub fn entries(&self, from: UtcMillis, until: UtcMillis) -> Vec<LogEntry> {
        let mut entries: Vec<LogEntry> = Vec::new();
        // The first who strikes an entry stays.
        let mut struck: BTreeMap<&str, (Stamp, String)> = BTreeMap::new();
        for noted in self.journal.between(from, until) {
            let (source, subject, text, corrects) = match &noted.act {
                DutyAct::Write {
                    source,
                    subject,
                    text,
                } => (*source, subject.clone(), text, None),
                DutyAct::Correct { entry, text, .. } => {
                    (EntrySource::Hand, String::new(), text, Some(entry.clone()))
                }
                DutyAct::Strike { .. } => continue,
            };
            entries.push(LogEntry {
                stamp: noted.stamp.clone(),
                source,
                subject,
                text: text.clone(),
                corrects,
                struck: None,
            });
        }
        for noted in self.journal.iter() {
            if let DutyAct::Correct { entry, reason, .. } | DutyAct::Strike { entry, reason } =
                &noted.act
            {
                let by = || (noted.stamp.clone(), reason.clone());
                struck.entry(entry.as_str()).or_insert_with(by);
            }
        }
        for entry in &mut entries {
            entry.struck = struck.get(entry.stamp.id.as_str()).cloned();
        }
        entries
    }

    /// The identities of all records, entries and strikes, from `from` until before `until`, in order: what a handover covers.
    pub fn records(&self, from: UtcMillis, until: UtcMillis) -> Vec<String> {
        let records = self.journal.between(from, until);
        records.map(|noted| noted.stamp.id.clone()).collect()
    }

    /// How many entries of each source were written from `from` until before `until`.
    pub fn figures(&self, from: UtcMillis, until: UtcMillis) -> BTreeMap<String, u64> {
        let mut figures = BTreeMap::new();
        for source in EntrySource::ALL {
            figures.insert(source.as_str().to_owned(), 0);
        }
        for entry in self.entries(from, until) {
            let count: &mut u64 = figures.entry(entry.source.as_str().to_owned()).or_default();
            *count += 1;
        }
        figures
    }

    /// How many records are kept, and how many have no room any more.
    pub fn size(&self) -> (usize, u64) {
        (self.journal.len(), self.journal.left_out())
    }

    /// The check value over the records called `ids`, in the log's order; `None` when one of them is not there.
    pub(super) fn chained(&self, ids: &[String]) -> Option<Chain> {
        let wanted: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
        let mut chain = Chain::default();
        let mut found = 0;
        for noted in self.journal.iter() {
            let stamp = &noted.stamp;
            if !wanted.contains(stamp.id.as_str()) {
                continue;
            }
            found += 1;
            let at = stamp.at.0.to_string();
            let head = [
                stamp.id.as_str(),
                at.as_str(),
                stamp.by.as_str(),
                noted.act.verb(),
            ];
            let body = match &noted.act {
                DutyAct::Write {
                    source,
                    subject,
                    text,
                } => vec![source.as_str(), subject.as_str(), text.as_str()],
                DutyAct::Correct {
                    entry,
                    text,
                    reason,
                } => vec![entry.as_str(), text.as_str(), reason.as_str()],
                DutyAct::Strike { entry, reason } => vec![entry.as_str(), reason.as_str()],
            };
            chain.add(&[head.to_vec(), body].concat());
        }
        (found == wanted.len()).then_some(chain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(source: EntrySource, text: &str) -> DutyAct {
        DutyAct::Write {
            source,
            subject: String::new(),
            text: text.to_owned(),
        }
    }

    fn strike(entry: &str, reason: &str) -> DutyAct {
        DutyAct::Strike {
            entry: entry.to_owned(),
            reason: reason.to_owned(),
        }
    }

    fn stamp(id: &str, at: i64) -> Stamp {
        Stamp::new(id, UtcMillis(at), "li")
    }

    fn log() -> DutyLog {
        let mut log = DutyLog::default();
        let correct = DutyAct::Correct {
            entry: "b".to_owned(),
            text: "水位 27 cm".to_owned(),
            reason: "读错".to_owned(),
        };
        // Out of order, as facts from other desks come.
        log.apply(&stamp("c", 30), correct);
        log.apply(&stamp("d", 40), strike("b", "again"));
        log.apply(&stamp("b", 20), write(EntrySource::Hand, "水位 72 cm"));
        log.apply(&stamp("a", 10), write(EntrySource::Alarm, "告警"));
        assert!(!log.apply(&stamp("a", 10), write(EntrySource::Alarm, "告警")));
        log
    }

    #[test]
    fn corrections_strike_and_never_delete() {
        let entries = log().entries(UtcMillis(0), UtcMillis(100));
        let texts: Vec<&str> = entries.iter().map(|entry| entry.text.as_str()).collect();
        assert_eq!(texts, ["告警", "水位 72 cm", "水位 27 cm"]);
        let (by, reason) = entries[1].struck.as_ref().expect("is struck");
        assert_eq!((by.id.as_str(), reason.as_str()), ("c", "读错"));
        assert_eq!(entries[2].corrects.as_deref(), Some("b"));
        assert_eq!(log().entries(UtcMillis(10), UtcMillis(20)).len(), 1);
        assert_eq!(log().size(), (4, 0));
    }

    #[track_caller]
    fn check_refused(act: &DutyAct, expected: &str) {
        let refusal = log().allowed(act).expect_err("is refused");
        assert_eq!(refusal.to_string(), expected);
    }

    #[test]
    fn what_cannot_be_written_is_told() {
        check_refused(
            &write(EntrySource::Hand, " "),
            "a text and, for a correction, a reason are needed",
        );
        check_refused(&strike("x", "r"), "there is no entry `x`");
        check_refused(&strike("b", "r"), "the entry was struck by li");
        check_refused(
            &strike("a", "r"),
            "only entries that were written by hand can be struck; write another one about it",
        );
        check_refused(
            &write(EntrySource::Hand, &"长".repeat(MOST_ENTRY_BYTES)),
            "more than 4096 bytes of text",
        );
        assert_eq!(log().allowed(&strike("c", "r")), Ok(()));
        assert_eq!(log().allowed(&write(EntrySource::Hand, "x")), Ok(()));
    }

    #[test]
    fn figures_count_every_source() {
        let figures = log().figures(UtcMillis(0), UtcMillis(100));
        let counts: Vec<(&str, u64)> = figures.iter().map(|(key, n)| (key.as_str(), *n)).collect();
        assert_eq!(
            counts,
            [
                ("act", 0),
                ("alarm", 1),
                ("event", 0),
                ("hand", 2),
                ("system", 0)
            ]
        );
    }

    #[test]
    fn the_chain_covers_strikes_and_misses_nothing() {
        let ids = log().records(UtcMillis(0), UtcMillis(100));
        assert_eq!(ids, ["a", "b", "c", "d"]);
        let whole = log().chained(&ids).expect("all are there").hex();
        let part = log().chained(&ids[..3]).expect("all are there").hex();
        assert_ne!(whole, part);
        assert!(log().chained(&["z".to_owned()]).is_none());
        let mut other = DutyLog::default();
        other.apply(&stamp("a", 10), write(EntrySource::Alarm, "改"));
        let changed = other.chained(&ids[..1]).expect("is there").hex();
        assert_ne!(changed, log().chained(&ids[..1]).expect("is there").hex());
    }

    #[test]
    fn acts_travel_as_the_body_of_a_fact() {
        for act in [write(EntrySource::Event, "x"), strike("a", "r")] {
            let text = serde_json::to_string(&act).expect("can be written");
            assert_eq!(
                serde_json::from_str::<DutyAct>(&text).expect("is the same"),
                act
            );
            assert!(act.verb().starts_with("duty_"));
        }
    }
}
