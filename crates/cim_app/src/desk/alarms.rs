//! What a person does at the alarm desk: lists, acts on many alarms at once, silence, figures, rules, kept filters.

use super::{Desk, files::tell};
use crate::{
    alarm_desk::{
        Lists, OWN_LIMITS, RuleToTry, Trying, act_of, alarm_past, conditions_near, detail, load_of,
        trial_dto, undo_of,
    },
    error::AppError,
    keeper::{Keeper, told_to_stop},
    texts::text,
    wire::{
        AlarmActDto, AlarmActedDto, AlarmDetailDto, AlarmGroupDto, AlarmLoadDto, AlarmPageDto,
        AlarmPastDto, AlarmPickDto, AlarmQueryDto, AlarmRefusedDto, AlarmViewDto, RuleDto,
        RuleTrialDto,
    },
};
use cim_alarm::{Act, Level, Operator, condition_of, rules::TrialReport};
use cim_model::{AlarmId, UtcMillis};
use cim_recording::Progress;
use cim_store::{DAY_MS, Fact, HOUR_MS};
use std::{collections::BTreeSet, sync::Arc};

/// Under this name the store remembers the kept filters of the alarm list.
const VIEWS: &str = "alarm_views";
/// So many filters are kept.
const MOST_VIEWS: usize = 100;
/// The name of a filter is at most so long, characters.
const MOST_NAME_CHARS: usize = 80;
/// So many alarms are acted on before others get at the desk.
const ACTS_AT_ONCE: usize = 500;
/// So many refusals are told one by one.
const MOST_REFUSED: usize = 100;
/// So many alarms are told for taking an act back.
const MOST_IDS: usize = 10_000;
/// So many facts about one condition are read.
const MOST_FACTS: u32 = 2_000;
/// So many facts about each condition that an alarm is compared with.
const MOST_PAST_FACTS: u32 = 400;
/// A reason has at most so many characters.
const MOST_REASON_CHARS: usize = 2_000;
/// Before every reason for refusing an act, in `cim_alarm`'s words.
const REFUSAL: &str = "refusal.alarm.";
/// Which work a trial is.
const TRIAL: &str = "the trial of the rule";

impl Desk {
    /// A window into the alarms that `query` answers: those of the present, or as they were at the moment shown.
    pub fn alarms(&self, query: &AlarmQueryDto) -> AlarmPageDto {
        let now = self.shared.settings.time.now();
        let live = self.shared.keeper.live();
        Lists::new(&live, now).page(query)
    }

    /// Everything around one alarm.
    pub async fn alarm(&self, id: &str) -> Result<AlarmDetailDto, AppError> {
        let facts = self.facts_about(id).await?;
        let who = self.officer();
        let now = self.shared.settings.time.now();
        let live = self.shared.keeper.live();
        let lists = Lists::new(&live, now);
        let one = lists.get(id).ok_or_else(|| not_found(id))?;
        Ok(detail(&lists, &one, &facts, &who))
    }

    /// What was before at the device of an alarm and around it, within 90 days, with how it ended.
    pub async fn alarm_past(&self, id: &str) -> Result<AlarmPastDto, AppError> {
        let now = self.shared.settings.time.now();
        let conditions = {
            let live = self.shared.keeper.live();
            let lists = Lists::new(&live, now);
            let one = lists.get(id).ok_or_else(|| not_found(id))?;
            conditions_near(&lists, &one)
        };
        let store = &self.shared.keeper.store;
        let mut facts = Vec::new();
        for condition in &conditions {
            // `A` follows `@`: all alarms of the condition lie between.
            let (first, end) = (format!("{condition}@"), format!("{condition}A"));
            facts.extend(store.facts_about(&first, &end, MOST_PAST_FACTS).await?);
        }
        let live = self.shared.keeper.live();
        let is_near = |fact: &Fact| {
            let condition = fact.subject.rsplit_once('@');
            condition.is_some_and(|(condition, _)| conditions.iter().any(|one| one == condition))
        };
        facts.extend(live.facts_on_their_way().into_iter().filter(is_near));
        facts.sort_by(|a, b| (a.happened_at, &a.id).cmp(&(b.happened_at, &b.id)));
        facts.dedup_by(|a, b| a.id == b.id);
        let lists = Lists::new(&live, now);
        let one = lists.get(id).ok_or_else(|| not_found(id))?;
        Ok(alarm_past(&lists, &one, &facts))
    }

    /// The suppression groups, by identity.
    pub fn alarm_groups(&self) -> Vec<AlarmGroupDto> {
        let now = self.shared.settings.time.now();
        let live = self.shared.keeper.live();
        live.alarms.groups(&live.language, now)
    }

    /// Suppresses a group in the operator's name for `for_s` seconds, and says why. It is on disk when this returns; while the
    /// disk refuses, it waits. Refused while the past is shown.
    pub async fn suppress_group(&self, id: &str, for_s: f64, reason: &str) -> Result<(), AppError> {
        let now = self.present()?;
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > MOST_REASON_CHARS {
            return Err(AppError::BadRequest {
                what: "the reason for suppressing a group",
                found: reason.chars().take(40).collect(),
                reason: "it has 1 to 2 000 characters",
            });
        }
        let most_s = self.shared.keeper.live().alarms.by_hand_max_s(id);
        let most_s = most_s.ok_or_else(|| no_group(id))?;
        if !(1.0..=most_s).contains(&for_s) {
            return Err(AppError::BadRequest {
                what: "the time for which a group is suppressed",
                found: format!("{for_s} s"),
                reason: "it is a second or more, and no more than the group allows",
            });
        }
        self.tell_group(id, (Some(now.plus_seconds(for_s)), reason), now);
        self.shared.keeper.flush().await;
        Ok(())
    }

    /// Takes back what somebody suppressed by hand; triggers and windows still hold the group. On disk as with
    /// [`Desk::suppress_group`].
    pub async fn release_group(&self, id: &str) -> Result<(), AppError> {
        let now = self.present()?;
        if self.shared.keeper.live().alarms.by_hand_max_s(id).is_none() {
            return Err(no_group(id));
        }
        self.tell_group(id, (None, ""), now);
        self.shared.keeper.flush().await;
        Ok(())
    }

    fn tell_group(&self, id: &str, said: (Option<UtcMillis>, &str), now: UtcMillis) {
        let by = self.operator();
        let mut live = self.shared.keeper.live();
        let fact = live.alarms.set_group(id, said, (now, &by));
        live.tell_fact(fact);
        live.changed = true;
    }

    /// Takes note of an alarm in the operator's name. It is on disk when this returns; while the disk refuses, it waits. Whoever
    /// was first stays.
    pub async fn acknowledge(&self, alarm: &str) -> Result<(), AppError> {
        let act = Act::Acknowledge {
            comment: String::new(),
        };
        let id = AlarmId::new(alarm);
        let now = self.shared.settings.time.now();
        let who = self.officer();
        {
            let mut live = self.shared.keeper.live();
            if live.alarms.get(alarm).is_none() {
                return Err(not_found(alarm));
            }
            // What refuses is acknowledged already, or done with.
            if let Err(refusal) = live.act_on(&id, &act, &who, now) {
                tracing::debug!(%refusal, alarm, "nothing is left to take note of");
            }
        }
        self.shared.keeper.flush().await;
        Ok(())
    }

    /// Does something to alarms in the operator's name, each for itself; those that refuse it are told. It is on disk when this
    /// returns; while the disk refuses, it waits. Refused while the past is shown.
    pub async fn act_on_alarms(
        &self,
        pick: &AlarmPickDto,
        act: &AlarmActDto,
    ) -> Result<AlarmActedDto, AppError> {
        let who = self.officer();
        let ids = self.picked(pick)?;
        let mut acted = AlarmActedDto {
            undo: undo_of(act),
            ..AlarmActedDto::default()
        };
        let mut done: BTreeSet<String> = BTreeSet::new();
        for some in ids.chunks(ACTS_AT_ONCE) {
            for id in some {
                self.act_on_one(id, act, &who, (&mut acted, &mut done))?;
            }
            // Whoever looks or brings values is let in between.
            tokio::task::yield_now().await;
        }
        if acted.done == 0 {
            acted.undo = None;
        }
        self.shared.keeper.flush().await;
        Ok(acted)
    }

    /// Silences what rings at this desk; a worse one rings again.
    pub fn silence_alarms(&self) {
        let mut live = self.shared.keeper.live();
        live.alarms.silence();
        live.changed = true;
    }

    /// How much the officer had to take from `from` to `to` (UTC milliseconds): with and without what kept alarms away.
    pub async fn alarm_load(&self, from: i64, to: i64) -> Result<AlarmLoadDto, AppError> {
        super::check_stretch(from, to)?;
        let (from, to) = (UtcMillis(from), UtcMillis(to));
        let store = &self.shared.keeper.store;
        // What began before is still there, and what was shelved then still away.
        let begin = UtcMillis(from.0.saturating_sub(DAY_MS));
        let mut facts = store.facts_between(begin, to).await?;
        let now = self.shared.settings.time.now();
        let live = self.shared.keeper.live();
        facts.extend(live.facts_on_their_way());
        facts.retain(|fact| fact.happened_at >= begin && fact.happened_at < to);
        load_of(&Lists::new(&live, now), &facts, (from, to))
    }

    /// The rules that find alarms, the series' own limits first.
    pub fn rules(&self) -> Vec<RuleDto> {
        let live = self.shared.keeper.live();
        let name = text(&live.language, "alarm_card.own_limits");
        let name = name.unwrap_or_else(|| OWN_LIMITS.to_owned());
        live.alarms.rules(&live.language, name)
    }

    /// Switches a rule of a scene pack on or off; found again after a restart. The limits of series cannot be switched off.
    pub fn switch_rule(&self, id: &str, on: bool) -> Result<(), AppError> {
        if id == OWN_LIMITS {
            return Err(AppError::BadRequest {
                what: "the rule to switch",
                found: id.to_owned(),
                reason: "the limits of the series themselves always hold",
            });
        }
        let now = self.shared.settings.time.now();
        let mut live = self.shared.keeper.live();
        live.switch_rule(id, on, now)
            .ok_or_else(|| AppError::NotFound {
                what: "rule",
                id: id.to_owned(),
            })
    }

    /// What the rule `id` would have raised from `from` to `to` (UTC milliseconds), by the values that this desk has. Takes long;
    /// the updates tell how far it is.
    pub async fn try_rule(&self, id: &str, from: i64, to: i64) -> Result<RuleTrialDto, AppError> {
        super::check_stretch(from, to)?;
        let (from, to) = (UtcMillis(from), UtcMillis(to));
        // What is on its way to the store is part of what was, and has its number then.
        self.shared.keeper.flush().await;
        let ready = RuleToTry::new(&self.shared.keeper.live(), id);
        let ready = ready.ok_or_else(|| AppError::NotFound {
            what: "rule",
            id: id.to_owned(),
        })?;
        let work = self.begin("rule_trial", id)?;
        let keeper = Arc::clone(&self.shared.keeper);
        let runtime = keeper.runtime().clone();
        let mut stop = self.shared.stop.subscribe();
        let tried = self.aside(TRIAL, move || {
            let trying = ready.begin(from);
            runtime.block_on(async {
                tokio::select! {
                    tried = try_on(&keeper, trying, (from, to)) => Some(tried),
                    () = told_to_stop(&mut stop) => None,
                }
            })
        });
        let report = match tried.await? {
            Some(report) => report?,
            None => return Err(AppError::Stopped { what: TRIAL }),
        };
        drop(work);
        let now = self.shared.settings.time.now();
        let live = self.shared.keeper.live();
        Ok(trial_dto(&Lists::new(&live, now), id, &report))
    }

    /// The kept filters of the alarm list, in their order.
    pub async fn alarm_views(&self) -> Result<Vec<AlarmViewDto>, AppError> {
        let kept = self.shared.keeper.store.setting(VIEWS).await?;
        let kept = kept.unwrap_or_default();
        if kept.is_empty() {
            return Ok(Vec::new());
        }
        serde_json::from_str(&kept).or_else(|error| {
            // Another version's words: they stay in the store until somebody keeps new ones.
            self.note_problem("cache", VIEWS, &error.to_string());
            Ok(Vec::new())
        })
    }

    /// Keeps these filters instead of those before. They are on disk when this returns.
    pub async fn save_alarm_views(&self, views: Vec<AlarmViewDto>) -> Result<(), AppError> {
        check_views(&views)?;
        let written = serde_json::to_string(&views).map_err(|error| AppError::BadRequest {
            what: "the filters",
            found: error.to_string(),
            reason: "texts and whole numbers",
        })?;
        let store = &self.shared.keeper.store;
        Ok(store.put_setting(VIEWS, &written).await?)
    }

    /// Who sits here, and may do everything at this desk. Never asked while the desk is held.
    fn officer(&self) -> Operator {
        Operator {
            name: Arc::from(self.operator()),
            level: Level::Leader,
        }
    }

    /// The alarms that an act is for; refused while the past is shown.
    fn picked(&self, pick: &AlarmPickDto) -> Result<Vec<AlarmId>, AppError> {
        let now = self.shared.settings.time.now();
        let live = self.shared.keeper.live();
        if !live.clock.is_live() {
            return Err(AppError::BadRequest {
                what: "the moment to act at",
                found: format!("{} ms", live.clock.moment(now).0),
                reason: "alarms are acted on in the present only",
            });
        }
        Ok(match pick {
            AlarmPickDto::Ids { ids } => ids.iter().map(AlarmId::new).collect(),
            AlarmPickDto::Query { query } => Lists::new(&live, now).picked(query),
        })
    }

    /// Does something to one alarm of many. What is done to a condition is done once, however many of its alarms are picked.
    fn act_on_one(
        &self,
        id: &AlarmId,
        asked: &AlarmActDto,
        who: &Operator,
        (acted, done): (&mut AlarmActedDto, &mut BTreeSet<String>),
    ) -> Result<(), AppError> {
        let now = self.shared.settings.time.now();
        let mut live = self.shared.keeper.live();
        let act = act_of(asked, live.alarms.policy_of(id.as_str()).max_time_shelved_s)?;
        let subject = match condition_of(id) {
            Some((condition, _)) if !act.is_about_an_alarm() => condition.to_string(),
            _ => id.to_string(),
        };
        if done.contains(&subject) {
            return Ok(());
        }
        match live.act_on(id, &act, who, now) {
            Ok(()) => {
                done.insert(subject);
                acted.done += 1;
                if acted.ids.len() < MOST_IDS {
                    acted.ids.push(id.to_string());
                }
            }
            Err(refusal) => {
                acted.refused_count += 1;
                if acted.refused.len() < MOST_REFUSED {
                    let code = refusal.code();
                    acted.refused.push(AlarmRefusedDto {
                        id: id.to_string(),
                        reason: code.strip_prefix(REFUSAL).unwrap_or(code).to_owned(),
                    });
                }
            }
        }
        Ok(())
    }

    /// The facts about the condition of an alarm, those that are not written down yet included.
    async fn facts_about(&self, alarm: &str) -> Result<Vec<Fact>, AppError> {
        let Some((condition, _)) = condition_of(&AlarmId::new(alarm)) else {
            return Err(not_found(alarm));
        };
        // `A` follows `@`: all alarms of the condition lie between.
        let (first, end) = (format!("{condition}@"), format!("{condition}A"));
        let store = &self.shared.keeper.store;
        let mut facts = store.facts_about(&first, &end, MOST_FACTS).await?;
        let on_their_way = self.shared.keeper.live().facts_on_their_way();
        let own = on_their_way.into_iter();
        facts.extend(own.filter(|fact| fact.subject.starts_with(&first)));
        facts.sort_by(|a, b| (a.happened_at, &a.id).cmp(&(b.happened_at, &b.id)));
        facts.dedup_by(|a, b| a.id == b.id);
        Ok(facts)
    }
}

/// Runs the rules over what the store has, an hour at a time.
async fn try_on(
    keeper: &Keeper,
    mut trying: Trying,
    (from, to): (UtcMillis, UtcMillis),
) -> Result<TrialReport, AppError> {
    let history = keeper.store.history();
    let mut values = Vec::new();
    let mut begin = from;
    while begin < to {
        let end = UtcMillis(begin.0.saturating_add(HOUR_MS)).min(to);
        history.changes_between(begin, end, &mut values).await?;
        trying.take(&values);
        begin = end;
        let whole = |until: UtcMillis| until.0.saturating_sub(from.0).unsigned_abs();
        tell(
            keeper,
            Progress {
                done: whole(begin),
                total: whole(to),
            },
        );
        // A desk that closes is heard between two hours.
        tokio::task::yield_now().await;
    }
    Ok(trying.finish(to))
}

fn not_found(alarm: &str) -> AppError {
    AppError::NotFound {
        what: "alarm",
        id: alarm.to_owned(),
    }
}

fn no_group(id: &str) -> AppError {
    AppError::NotFound {
        what: "suppression group",
        id: id.to_owned(),
    }
}

fn check_views(views: &[AlarmViewDto]) -> Result<(), AppError> {
    if views.len() > MOST_VIEWS {
        return Err(AppError::BadRequest {
            what: "the number of filters",
            found: views.len().to_string(),
            reason: "at most 100 are kept",
        });
    }
    let is_named = |view: &&AlarmViewDto| {
        let long = view.name.chars().count();
        !view.name.trim().is_empty() && long <= MOST_NAME_CHARS
    };
    match views.iter().find(|view| !is_named(view)) {
        None => Ok(()),
        Some(view) => Err(AppError::BadRequest {
            what: "the name of a filter",
            found: view.name.chars().take(40).collect(),
            reason: "it has 1 to 80 characters",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_filter_has_a_name_and_there_are_not_too_many() {
        let view = |name: &str| AlarmViewDto {
            name: name.to_owned(),
            query: AlarmQueryDto::default(),
        };
        assert!(check_views(&[view("夜班燃气")]).is_ok());
        assert!(check_views(&[view(" ")]).is_err());
        assert!(check_views(&[view(&"长".repeat(81))]).is_err());
        let many = vec![view("a"); MOST_VIEWS + 1];
        assert!(check_views(&many).is_err());
    }
}
