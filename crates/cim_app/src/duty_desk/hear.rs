//! What the desk writes into the log by itself, and how much of it: grave alarms, steps of cases, what people did to alarms,
//! the connection, silent sources. Whatever comes in numbers becomes one entry; in a flood one for each line of the alarm desk.

use super::said::{BY_DESK, MANY, Said};
use crate::{
    actions::BY_HISTORY,
    alarm_desk::Alarms,
    event_desk::{ActFact, identity},
    exchange::EVENT_OBJECT,
    facts::{AlarmStep, step_of as alarm_step_of},
    state::State,
    wire::{AlarmBoardDto, AlarmLineWhyDto, ConnectionDto},
};
use cim_event::{
    Act, Body, Move,
    dispatch::DispatchAct,
    duty::{DutyAct, EntrySource},
};
use cim_model::{Severity, UtcMillis};
use cim_store::Fact;
use cim_sync::sources::{SourceHealth, SourceState};
use std::collections::{BTreeMap, BTreeSet};

/// What entries of the log are about, as facts name it.
pub(crate) const LOG: &str = "duty:log";
/// From this severity on an alarm is written down by itself.
const GRAVE: Severity = Severity::High;
/// So many of a kind are written down one by one within [`SPELL_MS`]; more are one entry.
const ONE_BY_ONE: usize = 10;
/// How long that is counted, milliseconds: the ten minutes of ISA-18.2.
const SPELL_MS: i64 = 600_000;
/// So often entries about many are written, milliseconds.
const MANY_EVERY_MS: i64 = 60_000;
/// A connection that is gone for so long is written down, milliseconds.
const LOST_AFTER_MS: i64 = 10_000;
/// So often the alarm desk is asked whether there is a flood, milliseconds.
const LOOK_EVERY_MS: i64 = 1_000;
/// So many lines of one flood are written down.
const MOST_LINES: usize = 40;
/// So much waits for the next beat; of more only the number is kept.
const MOST_WAITING: usize = 5_000;
/// The word of a raised alarm.
const RAISED: &str = "alarm_raised";
/// Steps of cases that are no news for a log.
const QUIET: [Move; 5] = [
    Move::Comment,
    Move::Link,
    Move::Unlink,
    Move::Attach,
    Move::SetParent,
];
/// Acts of plans, dispatches and handovers that are.
const LOUD: [&str; 14] = [
    "plan_started",
    "plan_response_set",
    "plan_message_sent",
    "plan_stopped",
    "dispatch_sent",
    "dispatch_acknowledged",
    "dispatch_refused",
    "dispatch_arrived",
    "dispatch_finished",
    "dispatch_recalled",
    "dispatch_broadcast",
    "handover_signed_out",
    "handover_returned",
    "handover_completed",
];

/// Something for the log that no fact tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DutyNote {
    /// When it happened.
    pub(crate) at: UtcMillis,
    /// Where it comes from.
    pub(crate) source: EntrySource,
    /// What it is about; may be empty.
    pub(crate) subject: String,
    /// What is written down.
    pub(crate) text: String,
    /// Tells it from others of the same moment.
    pub(crate) key: String,
}

impl DutyNote {
    /// Somebody acts in another role from now on, for `party` where that is needed.
    pub(crate) fn role_changed(at: UtcMillis, operator: &str, role: &str, party: &str) -> Self {
        let said = Said {
            key: "role_changed",
            who: operator,
            word: role,
            detail: party,
        };
        Self {
            at,
            source: EntrySource::System,
            subject: String::new(),
            text: said.written(),
            key: format!("role#{operator}#{role}"),
        }
    }
}

/// What the log looks at with every beat.
#[derive(Clone, Copy)]
pub(crate) struct DutySeen<'a> {
    /// How the desk stands with its hub.
    pub(crate) connection: &'a ConnectionDto,
    /// How the sources are.
    pub(crate) sources: &'a BTreeMap<String, SourceHealth>,
    /// The alarms, for the lines of a flood.
    pub(crate) alarms: &'a Alarms,
    /// What the alarms are about.
    pub(crate) state: &'a State,
    /// The desk's language.
    pub(crate) language: &'a str,
}

/// Something that was heard and waits.
#[derive(Clone, Debug)]
struct Heard {
    note: DutyNote,
    /// What happened, and who did it: those of one kind are counted together.
    kind: (String, String),
}

/// Many of a kind that are held back: the first, how many, and when the last happened.
#[derive(Clone, Debug)]
struct Held {
    first: DutyNote,
    count: usize,
    last: UtcMillis,
}

/// How much of a kind was written lately.
#[derive(Clone, Debug, Default)]
struct Spell {
    written: Vec<UtcMillis>,
    held: Option<Held>,
    next: UtcMillis,
}

/// A flood of alarms that is on.
#[derive(Clone, Debug, Default)]
struct FloodSeen {
    since: UtcMillis,
    lines: BTreeSet<String>,
    alarms: u64,
}

/// Everything that was heard and is not written yet.
#[derive(Debug, Default)]
pub(super) struct Hearing {
    waiting: Vec<Heard>,
    /// How much had no room among it.
    lost: u64,
    spells: BTreeMap<(String, String), Spell>,
    /// Alarms of any severity since the last beat.
    alarms: u64,
    flood: Option<FloodSeen>,
    looked_at: UtcMillis,
    /// Since when the connection that was written down as lost is gone.
    lost_since: Option<i64>,
    /// The sources that were written down as silent.
    silent: BTreeSet<String>,
}

impl Hearing {
    /// Takes a fact that this desk tells.
    pub(super) fn hear(&mut self, fact: &Fact) {
        if fact.author == BY_HISTORY {
            // It came and went before anybody here could have seen it.
            self.waiting
                .retain(|heard| heard.kind.0 != RAISED || heard.note.subject != fact.subject);
            return;
        }
        if let Some(case) = fact.subject.strip_prefix(EVENT_OBJECT) {
            self.hear_case(case, fact);
        } else if LOUD.contains(&fact.verb.as_str()) {
            self.wait(fact, EntrySource::Act, "", &plain_act(fact, &fact.verb, ""));
        } else {
            self.hear_alarm(fact);
        }
    }

    /// Takes something that no fact tells.
    pub(super) fn note(&mut self, note: DutyNote) {
        let kind = (note.key.clone(), String::new());
        self.push(Heard { note, kind });
    }

    /// What is to be written down now, in the order of time.
    pub(super) fn beat(&mut self, seen: &DutySeen<'_>, now: UtcMillis) -> Vec<ActFact> {
        let mut notes = Vec::new();
        self.look_at_connection(seen.connection, now, &mut notes);
        self.look_at_sources(seen.sources, &mut notes);
        self.settle(now, &mut notes);
        let is_many = self.raised_are_held();
        if is_many || now.0.saturating_sub(self.looked_at.0) >= LOOK_EVERY_MS {
            self.looked_at = now;
            let board = seen.alarms.board(seen.state, seen.language);
            self.look_at_flood(&board, now, &mut notes);
            self.alarms = 0;
        }
        notes.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
        notes.into_iter().map(written).collect()
    }

    fn hear_case(&mut self, case: &str, fact: &Fact) {
        if LOUD.contains(&fact.verb.as_str()) {
            let detail = serde_json::from_str::<DispatchAct>(&fact.body)
                .ok()
                .and_then(|act| match act {
                    DispatchAct::Send { to, .. } => Some(to.name),
                    DispatchAct::Step { .. } => None,
                });
            let detail = detail.unwrap_or_default();
            let said = plain_act(fact, &fact.verb, &detail);
            self.wait(fact, EntrySource::Act, case, &said);
            return;
        }
        let movement = Move::from_verb(&fact.verb).filter(|movement| !QUIET.contains(movement));
        if movement.is_none() {
            return;
        }
        let Ok(body) = serde_json::from_str::<Body>(&fact.body) else {
            // Whoever folds the case says so.
            return;
        };
        let (word, detail) = words_of(&body.act);
        let said = Said {
            key: &fact.verb,
            who: &fact.author,
            word,
            detail,
        };
        self.wait(fact, EntrySource::Event, case, &said);
    }

    fn hear_alarm(&mut self, fact: &Fact) {
        let Some((alarm, step)) = alarm_step_of(fact) else {
            return;
        };
        let is_grave = alarm.severity >= GRAVE;
        let severity = severity_word(alarm.severity);
        let detail = match &step {
            AlarmStep::Raised => {
                self.alarms += 1;
                String::new()
            }
            AlarmStep::Worsened { .. } => String::new(),
            AlarmStep::Done { act, .. } => act.text().to_owned(),
            AlarmStep::Cleared => return,
        };
        let is_always = matches!(
            fact.verb.as_str(),
            "alarm_shelved" | "alarm_unshelved" | "alarm_out_of_service" | "alarm_in_service"
        );
        if (!is_grave && !is_always) || fact.verb == "alarm_commented" {
            return;
        }
        let is_act = matches!(step, AlarmStep::Done { .. });
        let said = Said {
            key: &fact.verb,
            who: if is_act { &fact.author } else { "" },
            word: if is_act { "" } else { severity },
            detail: &detail,
        };
        let source = if is_act {
            EntrySource::Act
        } else {
            EntrySource::Alarm
        };
        self.wait(fact, source, &fact.subject, &said);
    }

    fn wait(&mut self, fact: &Fact, source: EntrySource, subject: &str, said: &Said<'_>) {
        let note = DutyNote {
            at: fact.happened_at,
            source,
            subject: subject.to_owned(),
            text: said.written(),
            key: identity(fact).to_owned(),
        };
        let kind = (said.key.to_owned(), said.who.to_owned());
        self.push(Heard { note, kind });
    }

    fn push(&mut self, heard: Heard) {
        if self.waiting.len() < MOST_WAITING {
            self.waiting.push(heard);
        } else {
            self.lost += 1;
        }
    }

    /// Writes what is little, and holds back what is much.
    fn settle(&mut self, now: UtcMillis, notes: &mut Vec<DutyNote>) {
        let lost = std::mem::take(&mut self.lost);
        if lost > 0 {
            // Their kinds are written as many all the same; the numbers are short of these.
            tracing::warn!(lost, "too much waited for the duty log");
        }
        for heard in std::mem::take(&mut self.waiting) {
            let is_old = now.0.saturating_sub(heard.note.at.0) > SPELL_MS;
            if heard.kind.0 == RAISED && is_old {
                // Nobody here could have seen it come: it stands among what is open, or is over.
                continue;
            }
            let spell = self.spells.entry(heard.kind.clone()).or_default();
            spell
                .written
                .retain(|at| now.0.saturating_sub(at.0) < SPELL_MS);
            if let Some(held) = &mut spell.held {
                held.count += 1;
                held.last = held.last.max(heard.note.at);
            } else if spell.written.len() < ONE_BY_ONE {
                spell.written.push(now);
                notes.push(heard.note);
            } else {
                spell.held = Some(Held {
                    last: heard.note.at,
                    first: heard.note,
                    count: 1,
                });
            }
        }
        for ((key, who), spell) in &mut self.spells {
            if key != RAISED {
                notes.extend(spell.let_go((key.as_str(), who.as_str()), now));
            }
        }
        self.spells.retain(|_, spell| {
            let is_recent = |at: &UtcMillis| now.0.saturating_sub(at.0) < SPELL_MS;
            spell.held.is_some() || spell.written.iter().any(is_recent) || spell.next > now
        });
    }

    fn raised_are_held(&self) -> bool {
        let raised = self.spells.iter().find(|((key, _), _)| key == RAISED);
        raised.is_some_and(|(_, spell)| spell.held.is_some())
    }

    /// One entry for each line, one when the flood begins, one when it is over.
    fn look_at_flood(&mut self, board: &AlarmBoardDto, now: UtcMillis, notes: &mut Vec<DutyNote>) {
        let Some(since) = board.flood_since.map(UtcMillis) else {
            self.end_flood(now, notes);
            return;
        };
        if self.flood.is_none() {
            notes.push(system("flood_began", since, "", &since.0.to_string()));
        }
        let flood = self.flood.get_or_insert_with(|| FloodSeen {
            since,
            ..FloodSeen::default()
        });
        flood.alarms += self.alarms;
        for line in &board.lines {
            let is_grave = line.counts.iter().take(2).any(|count| *count > 0);
            let is_new = flood.lines.len() < MOST_LINES && !flood.lines.contains(&line.id);
            if !is_grave || !is_new {
                continue;
            }
            flood.lines.insert(line.id.clone());
            let said = Said {
                key: "alarm_line",
                word: why_word(line.why),
                ..Said::default()
            };
            notes.push(DutyNote {
                at: UtcMillis(line.since),
                source: EntrySource::Alarm,
                subject: line.first.clone(),
                text: said.written(),
                key: format!("line#{}", line.id),
            });
        }
        for ((key, _), spell) in &mut self.spells {
            if key == RAISED {
                // They stand in the lines.
                spell.held = None;
            }
        }
    }

    fn end_flood(&mut self, now: UtcMillis, notes: &mut Vec<DutyNote>) {
        if let Some(flood) = self.flood.take() {
            let count = flood.alarms.to_string();
            let key = format!("{}#{count}", flood.since.0);
            notes.push(system("flood_ended", now, &count, &key));
        }
        // Many, and yet no flood: they follow from others, and are out of the list.
        for ((key, who), spell) in &mut self.spells {
            if key == RAISED {
                notes.extend(spell.let_go((key.as_str(), who.as_str()), now));
            }
        }
    }

    fn look_at_connection(
        &mut self,
        connection: &ConnectionDto,
        now: UtcMillis,
        notes: &mut Vec<DutyNote>,
    ) {
        match connection {
            ConnectionDto::Offline { since, .. } => {
                let is_long = now.0.saturating_sub(*since) >= LOST_AFTER_MS;
                if self.lost_since.is_none() && is_long {
                    self.lost_since = Some(*since);
                    let key = since.to_string();
                    notes.push(system("connection_lost", UtcMillis(*since), "", &key));
                }
            }
            ConnectionDto::Live => {
                if let Some(since) = self.lost_since.take() {
                    notes.push(system("connection_back", now, "", &since.to_string()));
                }
            }
            _ => {}
        }
    }

    fn look_at_sources(
        &mut self,
        sources: &BTreeMap<String, SourceHealth>,
        notes: &mut Vec<DutyNote>,
    ) {
        for (id, source) in sources {
            let is_silent = matches!(source.state, SourceState::Silent | SourceState::Failing);
            let is_back = source.state == SourceState::Good;
            let key = if is_silent && self.silent.insert(id.clone()) {
                "source_silent"
            } else if is_back && self.silent.remove(id) {
                "source_back"
            } else {
                continue;
            };
            let of = format!("{id}#{}", source.since.0);
            notes.push(system(key, source.since, &source.name, &of));
        }
    }
}

impl Spell {
    /// What is held back as one entry, once it is time for one.
    fn let_go(&mut self, (key, who): (&str, &str), now: UtcMillis) -> Option<DutyNote> {
        if self.next > now {
            return None;
        }
        let held = self.held.take()?;
        self.next = UtcMillis(now.0.saturating_add(MANY_EVERY_MS));
        if held.count == 1 {
            return Some(held.first);
        }
        let count = held.count.to_string();
        let said = Said {
            key: MANY,
            who,
            word: key,
            detail: &count,
        };
        Some(DutyNote {
            at: held.last,
            subject: String::new(),
            text: said.written(),
            key: format!("{}#{count}", held.first.key),
            ..held.first
        })
    }
}

fn plain_act<'a>(fact: &'a Fact, key: &'a str, detail: &'a str) -> Said<'a> {
    Said {
        key,
        who: &fact.author,
        word: "",
        detail,
    }
}

/// What the desk says of itself.
fn system(key: &'static str, at: UtcMillis, detail: &str, of: &str) -> DutyNote {
    let said = Said {
        key,
        detail,
        ..Said::default()
    };
    DutyNote {
        at,
        source: EntrySource::System,
        subject: String::new(),
        text: said.written(),
        key: format!("{key}#{of}"),
    }
}

/// The entry as it is written down: the same on every desk that writes it.
fn written(note: DutyNote) -> ActFact {
    let act = DutyAct::Write {
        source: note.source,
        subject: note.subject,
        text: note.text,
    };
    ActFact {
        subject: LOG.to_owned(),
        verb: act.verb(),
        // Short texts: this cannot fail, and an empty body is passed over when read.
        body: serde_json::to_string(&act).unwrap_or_default(),
        author: BY_DESK.to_owned(),
        at: note.at,
        key: short(&note.key),
        cause: String::new(),
    }
}

/// A short name for a long one: FNV-1a, 64 bits. A handover names every entry that it covers, and has room for short names.
pub(super) fn short(name: &str) -> String {
    let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// What a step of a case says beside its move: a word that the texts have, and what somebody wrote.
fn words_of(act: &Act) -> (&str, &str) {
    match act {
        Act::Report(report) | Act::Join(report) => {
            (report.level.as_str(), report.reporter.as_str())
        }
        Act::Assign { party, .. } => ("", party.name.as_str()),
        Act::Arrive { text }
        | Act::Handle { text }
        | Act::Verify { text }
        | Act::Rate { text, .. }
        | Act::Close { text }
        | Act::Archive { text }
        | Act::Urge { text, .. } => ("", text.as_str()),
        Act::SetLevel { level, reason } => (level.as_str(), reason.as_str()),
        other => ("", other.reason().unwrap_or_default()),
    }
}

/// A severity's word in the texts.
fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Normal => "normal",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

fn why_word(why: AlarmLineWhyDto) -> &'static str {
    match why {
        AlarmLineWhyDto::Cause => "cause",
        AlarmLineWhyDto::Area => "area",
        AlarmLineWhyDto::Kind => "kind",
        AlarmLineWhyDto::Chattering => "chattering",
        AlarmLineWhyDto::Rest => "rest",
    }
}

#[cfg(test)]
mod tests;
