//! What the desk writes into the log by itself: words that are the same on every desk, so that one signature fits all of them,
//! and what people read instead.
//!
//! `key <tab> who <tab> word <tab> detail`: what happened, who did it, a word that the texts have, and what is read as it is.

use crate::{exchange::named, live::Live, texts::text};
use cim_event::duty::{DutyAct, DutyLog, EntrySource, LogEntry};
use cim_model::{EventId, UtcMillis};

/// The author of what the desk writes by itself.
pub(super) const BY_DESK: &str = "rule:duty";
/// Instead of that author for people, who have a word for it.
pub(super) const DESK: &str = "desk";
/// Many of a kind in one entry.
pub(super) const MANY: &str = "many";
/// Before the authors that are no person.
const RULE: &str = "rule:";
/// So much of what people wrote is repeated in the log, characters.
const MOST_DETAIL: usize = 300;

/// What an entry of the desk's own says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Said<'a> {
    /// What happened.
    pub(super) key: &'a str,
    /// Who did it; empty for nobody in person.
    pub(super) who: &'a str,
    /// A word that the texts have: a severity, a role, what there were many of. May be empty.
    pub(super) word: &'a str,
    /// What is read as it is; may be empty.
    pub(super) detail: &'a str,
}

impl<'a> Said<'a> {
    /// The words as they are written down.
    pub(super) fn written(&self) -> String {
        let plain = |part: &str| -> String {
            let letters = part.chars().take(MOST_DETAIL);
            letters
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect()
        };
        [self.key, self.who, self.word, self.detail]
            .map(plain)
            .join("\t")
    }

    /// The words in the text of an entry that the desk wrote; `None` for any other text.
    fn read(text: &'a str) -> Option<Self> {
        let mut parts = text.split('\t');
        let said = Self {
            key: parts.next()?,
            who: parts.next()?,
            word: parts.next()?,
            detail: parts.next()?,
        };
        parts.next().is_none().then_some(said)
    }
}

/// Who wrote an entry, and what it says, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Spoken {
    /// A person, or [`DESK`].
    pub(super) by: String,
    /// What it says, in the desk's language.
    pub(super) text: String,
}

/// What people read of an entry.
pub(super) fn spoken(live: &Live, entry: &LogEntry) -> Spoken {
    let said = Said::read(&entry.text).filter(|_| entry.stamp.by == BY_DESK);
    let Some(said) = said else {
        return Spoken {
            by: entry.stamp.by.clone(),
            text: entry.text.clone(),
        };
    };
    let is_person = !said.who.is_empty() && !said.who.starts_with(RULE);
    Spoken {
        by: if is_person { said.who } else { DESK }.to_owned(),
        text: sentence(live, &said, &entry.subject),
    }
}

/// The entries from `from` until before `until` as people read them, for paper: the same identities, moments and strikes.
pub(super) fn spoken_log(live: &Live, log: &DutyLog, from: UtcMillis, until: UtcMillis) -> DutyLog {
    let entries = log.entries(from, until);
    let mut told = DutyLog::default();
    for entry in &entries {
        let Spoken { by, text } = spoken(live, entry);
        let mut stamp = entry.stamp.clone();
        stamp.by = if by == DESK {
            say(&live.language, "duty.desk")
        } else {
            by
        };
        let act = match &entry.corrects {
            Some(wrong) => DutyAct::Correct {
                entry: wrong.clone(),
                text,
                reason: reason_of(&entries, wrong),
            },
            None => DutyAct::Write {
                source: entry.source,
                subject: entry.subject.clone(),
                text,
            },
        };
        told.apply(&stamp, act);
    }
    for entry in &entries {
        // A correction within the stretch strikes by itself: its identity is there already.
        if let Some((stamp, reason)) = &entry.struck {
            let act = DutyAct::Strike {
                entry: entry.stamp.id.clone(),
                reason: reason.clone(),
            };
            told.apply(stamp, act);
        }
    }
    told
}

fn reason_of(entries: &[LogEntry], wrong: &str) -> String {
    let mut struck = entries.iter().filter(|entry| entry.stamp.id == wrong);
    let reason = struck.find_map(|entry| entry.struck.as_ref());
    reason.map(|(_, reason)| reason.clone()).unwrap_or_default()
}

/// The text called `key`; the key itself where no language has it, which shows what is missing.
pub(super) fn say(language: &str, key: &str) -> String {
    text(language, key).unwrap_or_else(|| key.to_owned())
}

/// True when `subject` is an event of the city.
pub(super) fn is_event(live: &Live, subject: &str) -> bool {
    let id = EventId::new(subject);
    !subject.is_empty()
        && (live.event_desk.case_state(&id).is_some() || live.events.get(subject).is_some())
}

/// What people call what an entry is about; empty for nothing.
pub(super) fn name_of(live: &Live, subject: &str) -> String {
    if subject.is_empty() {
        return String::new();
    }
    let case = live.event_desk.case_state(&EventId::new(subject));
    case.map(|state| state.title.clone())
        .filter(|title| !title.is_empty())
        .unwrap_or_else(|| named(live, subject).0)
}

fn sentence(live: &Live, said: &Said<'_>, subject: &str) -> String {
    let language = live.language.as_str();
    if said.key == MANY {
        let what = say(language, &format!("duty.auto.{}", said.word));
        let many = say(language, "duty.auto_many");
        return many.replace("%{what}", &what).replace("%{n}", said.detail);
    }
    let what = say(language, &format!("duty.auto.{}", said.key));
    let word = worded(live, said.word);
    let parts = [name_of(live, subject), word, said.detail.to_owned()];
    let about: Vec<&str> = parts
        .iter()
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    if about.is_empty() {
        return what;
    }
    let comma = say(language, "duty.auto_comma");
    say(language, "duty.auto_one")
        .replace("%{what}", &what)
        .replace("%{about}", &about.join(&comma))
}

/// A word for people: a severity, a level or a role; as it is where there is none.
fn worded(live: &Live, word: &str) -> String {
    if word.is_empty() {
        return String::new();
    }
    let language = live.language.as_str();
    let texts = ["severity", "level", "duty.word"];
    let mut found = texts
        .iter()
        .filter_map(|of| text(language, &format!("{of}.{word}")));
    if let Some(text) = found.next() {
        return text;
    }
    let mut roles = live.event_desk.tables.roles.rows();
    let role = roles.find(|row| row.id == word);
    role.map_or_else(
        || word.to_owned(),
        |row| row.name.in_language(language).to_owned(),
    )
}

/// The place of a source in the order in which sources are counted.
pub(super) fn place_of(source: EntrySource) -> usize {
    let mut all = EntrySource::ALL.iter();
    all.position(|known| *known == source).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::ConnectionDto;
    use cim_event::plan::Stamp;

    fn live(language: &str) -> Live {
        Live::new(language.to_owned(), ConnectionDto::NoHub, None)
    }

    fn entry(by: &str, subject: &str, text: &str) -> LogEntry {
        LogEntry {
            stamp: Stamp::new("a", UtcMillis(1), by),
            source: EntrySource::System,
            subject: subject.to_owned(),
            text: text.to_owned(),
            corrects: None,
            struck: None,
        }
    }

    #[track_caller]
    fn check(said: Said<'_>, subject: &str, language: &str, by: &str, text: &str) {
        let told = spoken(&live(language), &entry(BY_DESK, subject, &said.written()));
        assert_eq!((told.by.as_str(), told.text.as_str()), (by, text));
    }

    #[test]
    fn what_the_desk_wrote_is_read_in_the_language_of_whoever_reads_it() {
        let raised = Said {
            key: "alarm_raised",
            word: "critical",
            ..Said::default()
        };
        check(raised, "t0", "zh-CN", DESK, "告警：t0，紧急");
        check(raised, "t0", "en", DESK, "Alarm: t0, Critical");
        let many = Said {
            key: MANY,
            who: "Li Na",
            word: "alarm_acknowledged",
            detail: "40",
        };
        check(many, "", "en", "Li Na", "Alarm acknowledged: 40 in all");
        let back = Said {
            key: "connection_back",
            who: "rule:limits",
            ..Said::default()
        };
        check(back, "", "zh-CN", DESK, "与中枢的连接恢复");
        let role = Said {
            key: "role_changed",
            who: "Li Na",
            word: "shift_leader",
            detail: "",
        };
        check(
            role,
            "",
            "en",
            "Li Na",
            "Acts in another role: Shift leader",
        );
    }

    #[test]
    fn what_a_person_wrote_stays_as_it_is_even_when_it_looks_like_the_desks() {
        let told = spoken(&live("en"), &entry("Li", "", "many\tWang\tx\t5"));
        assert_eq!(
            (told.by.as_str(), told.text.as_str()),
            ("Li", "many\tWang\tx\t5")
        );
    }

    #[test]
    fn what_is_repeated_is_one_short_line() {
        let long = "长\n".repeat(1_000);
        let said = Said {
            key: "event_closed",
            detail: &long,
            ..Said::default()
        };
        let written = said.written();
        assert_eq!(written.chars().filter(|c| c.is_control()).count(), 3);
        assert!(written.chars().count() < 400);
    }

    #[test]
    fn paper_has_the_same_strikes_as_the_log() {
        let mut log = DutyLog::default();
        let write = |text: &str| DutyAct::Write {
            source: EntrySource::Hand,
            subject: String::new(),
            text: text.to_owned(),
        };
        let stamp = |id: &str, at: i64| Stamp::new(id, UtcMillis(at), "Li");
        log.apply(&stamp("a", 1), write("72"));
        log.apply(&stamp("b", 2), write("twice"));
        log.apply(
            &stamp("c", 3),
            DutyAct::Correct {
                entry: "a".to_owned(),
                text: "27".to_owned(),
                reason: "misread".to_owned(),
            },
        );
        log.apply(
            &stamp("s", 4),
            DutyAct::Strike {
                entry: "b".to_owned(),
                reason: "again".to_owned(),
            },
        );
        let told = spoken_log(&live("en"), &log, UtcMillis(0), UtcMillis(9));
        let all = (UtcMillis(0), UtcMillis(9));
        assert_eq!(told.entries(all.0, all.1), log.entries(all.0, all.1));
    }
}
