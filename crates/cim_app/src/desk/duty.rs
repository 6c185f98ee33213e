//! What a person does on duty: the log, the handover, and what the cases of a time amount to. Files of it: `report`.

mod report;

use super::Desk;
use crate::{
    duty_desk::{
        Counted, LOG, Wanted, analysis_dto, cases_in, entry_act, entry_dto, handover_act,
        handover_dto, handover_rows, log_page, open_counts, sits_since, written_act,
    },
    error::AppError,
    event_desk::{identity, step_of},
    exchange::EVENT_OBJECT,
    live::Live,
    texts::text,
    wire::{
        AnalysisDto, AnalysisQueryDto, DutyBoardDto, DutyEntryDto, DutyPageDto, DutyQueryDto,
        HandoverActDto, HandoverActedDto, HandoverDto, HandoverRowDto,
    },
};
use cim_event::{
    Case, Cases, Stage,
    duty::{DutyAct, DutyLog, EntrySource, LogRefusal},
    plan::Stamp,
};
use cim_model::{EventId, UtcMillis};
use cim_store::{DAY_MS, Fact, HOUR_MS};
use std::collections::BTreeSet;

/// So far back the desk has every fact in memory, milliseconds; what is older is read from the store.
const IN_MEMORY_MS: i64 = 30 * DAY_MS;
/// So much of the store is read at once, milliseconds.
const PART_MS: i64 = 10 * DAY_MS;
/// Whoever takes over so much before the shift begins is on duty in it, milliseconds.
const EARLY_MS: i64 = HOUR_MS;
/// So many days are looked back at most.
const MOST_DAYS: i64 = 400;
/// So many cases are looked at before others get at the desk.
const CASES_AT_ONCE: usize = 500;
/// Counting what was asked for.
const COUNTING: &str = "the analysis";

impl Desk {
    /// Who is on duty, and what is open.
    pub fn duty_board(&self) -> DutyBoardDto {
        let now = self.shared.settings.time.now();
        let live = self.shared.keeper.live();
        let desk = &live.event_desk.duty;
        let operator = live.operator().to_owned();
        let since = sits_since(desk, &operator, now);
        let shift = desk.shift_at(now, &live.language);
        // Whoever sits here since before the shift began has not been relieved.
        let begun = shift.as_ref().map(|shift| shift.from);
        let handover = desk.under_way(&operator).cloned();
        DutyBoardDto {
            next: desk.shift_after(now, &live.language),
            is_rostered: desk.is_rostered(),
            since: since.0,
            open: open_counts(&live),
            entries: number(desk.log().records(since, UtcMillis(i64::MAX)).len()),
            is_handover_due: begun.is_some_and(|begun| since.0 < begun - EARLY_MS),
            handover,
            shift,
            operator,
        }
    }

    /// A window into the duty log.
    pub async fn duty_log(&self, query: &DutyQueryDto) -> Result<DutyPageDto, AppError> {
        super::check_stretch(query.from, query.to)?;
        let (from, to) = (UtcMillis(query.from), UtcMillis(query.to));
        if let Some(log) = self.older_log(from, to).await? {
            return Ok(log_page(&self.shared.keeper.live(), &log, query));
        }
        let live = self.shared.keeper.live();
        Ok(log_page(&live, live.event_desk.duty.log(), query))
    }

    /// Writes an entry by hand, about an alarm, an event, or nothing. It is on disk when this returns; while the disk refuses,
    /// it waits. Refused while the past is shown, as all acts here.
    pub async fn write_duty(&self, text: &str, subject: &str) -> Result<DutyEntryDto, AppError> {
        let act = DutyAct::Write {
            source: EntrySource::Hand,
            subject: subject.trim().to_owned(),
            text: text.trim().to_owned(),
        };
        self.write_entry(act).await
    }

    /// Strikes an entry that was written by hand, and writes another one in its place.
    pub async fn correct_duty(
        &self,
        entry: &str,
        text: &str,
        reason: &str,
    ) -> Result<DutyEntryDto, AppError> {
        let act = DutyAct::Correct {
            entry: entry.to_owned(),
            text: text.trim().to_owned(),
            reason: reason.trim().to_owned(),
        };
        self.write_entry(act).await
    }

    /// Strikes an entry that was written by hand; it stays readable.
    pub async fn strike_duty(&self, entry: &str, reason: &str) -> Result<(), AppError> {
        let act = DutyAct::Strike {
            entry: entry.to_owned(),
            reason: reason.trim().to_owned(),
        };
        self.tell_entry(&act)?;
        self.shared.keeper.flush().await;
        Ok(())
    }

    /// The handover called `id`; without one the one under way, or as it would be written now.
    pub fn handover(&self, id: Option<&str>) -> Result<HandoverDto, AppError> {
        let now = self.shared.settings.time.now();
        let live = self.shared.keeper.live();
        handover_dto(&live, id, now).ok_or_else(|| no_handover(id.unwrap_or_default()))
    }

    /// Does an act of a handover whose turn it is. Once it is closed the incoming officer sits here.
    pub async fn act_on_handover(
        &self,
        id: &str,
        act: &HandoverActDto,
    ) -> Result<HandoverActedDto, AppError> {
        let now = self.present()?;
        check_handover_id(id)?;
        {
            let mut live = self.shared.keeper.live();
            let (act_of, by) =
                written_act(&live, id, act, now).map_err(|text| AppError::Declined { text })?;
            live.tell_act(&handover_act(id, &act_of, &by, now), now)?;
            if *act == HandoverActDto::Complete {
                live.set_operator(&by);
            }
        }
        self.shared.keeper.flush().await;
        Ok(HandoverActedDto {
            handover: self.handover(Some(id))?,
            operator: self.operator(),
        })
    }

    /// The handovers that were written, the newest first.
    pub fn handovers(&self) -> Vec<HandoverRowDto> {
        handover_rows(&self.shared.keeper.live())
    }

    /// What the cases of a time amount to: of the present, also while the past is shown.
    pub async fn analysis(&self, query: &AnalysisQueryDto) -> Result<AnalysisDto, AppError> {
        let counted = self.counted(query).await?;
        let (query, language) = (query.clone(), self.language());
        self.aside(COUNTING, move || analysis_dto(&counted, &query, &language))
            .await
    }

    /// The cases that an analysis is of; those that are not in memory any more come from the store.
    async fn counted(&self, query: &AnalysisQueryDto) -> Result<Counted, AppError> {
        super::check_stretch(query.from, query.to)?;
        let now = self.shared.settings.time.now();
        let wanted = Wanted { query, now };
        let older = self.older_cases(query, now).await?;
        let mut counted = Counted::default();
        let mut known: BTreeSet<EventId> = BTreeSet::new();
        let ids: Vec<EventId> = {
            let live = self.shared.keeper.live();
            let cases = live.event_desk.cases().all();
            // Of a case whose report is not in memory the store knows more.
            cases
                .filter(|case| case.state().stage != Stage::Unreported)
                .map(|case| case.id().clone())
                .collect()
        };
        for some in ids.chunks(CASES_AT_ONCE) {
            {
                let live = self.shared.keeper.live();
                let cases = some.iter().filter_map(|id| live.event_desk.cases().get(id));
                counted.append(cases_in(&live, cases, wanted));
            }
            known.extend(some.iter().cloned());
            // Whoever looks or brings values is let in between.
            tokio::task::yield_now().await;
        }
        let older: Vec<&Case> = older
            .all()
            .filter(|case| !known.contains(case.id()))
            .collect();
        for some in older.chunks(CASES_AT_ONCE) {
            counted.append({
                let live = self.shared.keeper.live();
                cases_in(&live, some.iter().copied(), wanted)
            });
            tokio::task::yield_now().await;
        }
        Ok(counted)
    }

    /// The cases of before what is in memory, as far as they are asked for.
    async fn older_cases(
        &self,
        query: &AnalysisQueryDto,
        now: UtcMillis,
    ) -> Result<Cases, AppError> {
        let mut cases = Cases::default();
        let kept_from = now.0.saturating_sub(IN_MEMORY_MS);
        if query.from >= kept_from {
            return Ok(cases);
        }
        for fact in self.facts_of(query.from, now.0).await? {
            if let Some((id, step)) = step_of(&fact)
                && let Err(fault) = cases.apply(&id, step)
            {
                tracing::warn!(%fault, case = %id, "a step of an old case is passed over");
            }
        }
        Ok(cases)
    }

    /// The log of a stretch that begins before what is in memory; `None` for one that does not.
    async fn older_log(&self, from: UtcMillis, to: UtcMillis) -> Result<Option<DutyLog>, AppError> {
        let now = self.shared.settings.time.now();
        let whole_from = {
            let live = self.shared.keeper.live();
            live.event_desk.duty.log().whole_from()
        };
        if from.0 >= now.0.saturating_sub(IN_MEMORY_MS) && from >= whole_from {
            return Ok(None);
        }
        // A strike may come days later.
        let until =
            to.0.saturating_add(IN_MEMORY_MS)
                .min(now.0.saturating_add(1));
        let mut log = DutyLog::unbounded();
        for fact in self.facts_of(from.0, until).await? {
            if fact.subject != LOG {
                continue;
            }
            if let Ok(act) = serde_json::from_str::<DutyAct>(&fact.body) {
                let id = identity(&fact);
                let stamp = Stamp::new(id, fact.happened_at, fact.author.as_str());
                log.apply(&stamp, act);
            }
        }
        Ok(Some(log))
    }

    /// The facts of a stretch, of [`MOST_DAYS`] at most, about cases and the log, some days at a time: others are many, and are let
    /// go at once.
    async fn facts_of(&self, from: i64, to: i64) -> Result<Vec<Fact>, AppError> {
        let store = &self.shared.keeper.store;
        // What is on its way to the store belongs to it.
        self.shared.keeper.flush().await;
        let mut begin = from.max(to.saturating_sub(MOST_DAYS * DAY_MS));
        let mut found = Vec::new();
        while begin < to {
            let end = begin.saturating_add(PART_MS).min(to);
            let mut facts = store
                .facts_between(UtcMillis(begin), UtcMillis(end))
                .await?;
            facts.retain(|fact| fact.subject == LOG || fact.subject.starts_with(EVENT_OBJECT));
            found.append(&mut facts);
            begin = end;
        }
        Ok(found)
    }

    async fn write_entry(&self, act: DutyAct) -> Result<DutyEntryDto, AppError> {
        let (id, at) = self.tell_entry(&act)?;
        self.shared.keeper.flush().await;
        let live = self.shared.keeper.live();
        let until = UtcMillis(at.0.saturating_add(1));
        let entries = live.event_desk.duty.log().entries(at, until);
        let written = entries.iter().find(|entry| entry.stamp.id == id);
        written
            .map(|entry| entry_dto(&live, entry))
            .ok_or(AppError::NotFound {
                what: "entry of the duty log",
                id,
            })
    }

    /// Tells an entry in the operator's name: its identity, and when it was written.
    fn tell_entry(&self, act: &DutyAct) -> Result<(String, UtcMillis), AppError> {
        let now = self.present()?;
        let mut live = self.shared.keeper.live();
        if let Err(refusal) = live.event_desk.duty.log().allowed(act) {
            return Err(declined(&live, &refusal));
        }
        let told = entry_act(act, live.operator(), now);
        let fact = live.tell_act(&told, now)?;
        Ok((fact.id, now))
    }
}

/// Why nothing is written, in the desk's language.
fn declined(live: &Live, refusal: &LogRefusal) -> AppError {
    let word = match refusal {
        LogRefusal::NeedsText => "needs_text",
        LogRefusal::TooMuch => "too_long",
        LogRefusal::Unknown(_) => "unknown_entry",
        LogRefusal::Struck(_) => "struck",
        LogRefusal::Automatic => "automatic",
    };
    let text = text(&live.language, &format!("duty.refusal.{word}"));
    let text = text.unwrap_or_else(|| refusal.to_string());
    let text = match refusal {
        LogRefusal::Struck(by) => text.replace("%{name}", by),
        _ => text,
    };
    AppError::Declined { text }
}

fn no_handover(id: &str) -> AppError {
    AppError::NotFound {
        what: "handover",
        id: id.to_owned(),
    }
}

/// Identities are made here; what a stranger sends is not longer.
fn check_handover_id(id: &str) -> Result<(), AppError> {
    let is_usable = !id.trim().is_empty() && id.len() <= 300 && !id.contains(char::is_control);
    if is_usable {
        return Ok(());
    }
    Err(no_handover(&id.chars().take(40).collect::<String>()))
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
