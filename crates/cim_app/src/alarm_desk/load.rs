//! How much the officer had to take in a stretch (EEMUA 191, ISA-18.2), from the facts of that stretch: as they had it, and as
//! it would have been without shelves, services and causes.

use super::{Alarms, Lists, noise::hidden_by_causes};
use crate::{
    error::AppError,
    facts::{ACKNOWLEDGED, AlarmStep, Handled, alarms_from_facts, rule_of, step_of},
    state::State,
    wire::{AlarmLoadDto, LoadFiguresDto, LoadTopDto, Target},
};
use cim_alarm::{
    ConditionId, Hidden, condition_of,
    load::{Figures, Load, LoadStep, Span, What, figures},
    noise::is_stale,
};
use cim_model::{Alarm, AlarmId, Severity, UtcMillis};
use cim_store::Fact;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What alarms are counted in, milliseconds.
const TEN_MINUTES_MS: i64 = 600_000;
/// The longest stretch: thirty days of ten minutes.
const MOST_TEN_MINUTES: i64 = 4_320;
/// Lists have at most so many.
const TOP: usize = 10;
/// The desk is one position.
const POSITION: &str = "desk";

/// The alarms of a stretch, ready to be measured.
struct Story {
    alarms: Vec<Alarm>,
    /// When and how bad each began, and what hid it then.
    begun: BTreeMap<AlarmId, (UtcMillis, Severity, Option<Hidden>)>,
    steps: Vec<LoadStep>,
}

/// The load of `[from, to)`; `facts` are those of the stretch and of a day before it.
pub(crate) fn load_of(
    lists: &Lists<'_>,
    facts: &[Fact],
    (from, to): (UtcMillis, UtcMillis),
) -> Result<AlarmLoadDto, AppError> {
    let many = to.0.saturating_sub(from.0).div_euclid(TEN_MINUTES_MS);
    let too_long = || AppError::BadRequest {
        what: "the stretch",
        found: format!("{many} times ten minutes"),
        reason: "it is thirty days or less",
    };
    if many > MOST_TEN_MINUTES {
        return Err(too_long());
    }
    let live = lists.live();
    let story = Story::new(&live.alarms, &live.state, facts);
    let measured = figures(story.steps.iter().cloned(), Span { from, to });
    let loads = measured.map_err(|error| {
        tracing::warn!(%error, "the load of alarms cannot be measured");
        too_long()
    })?;
    let load = loads.into_values().next().unwrap_or_default();
    let bins = |is_counted: &dyn Fn(Option<Hidden>) -> bool| {
        let mut bins = vec![0_u32; (many + 1) as usize];
        for (at, _, hidden) in story.begun.values() {
            let bin = at.0.saturating_sub(from.0).div_euclid(TEN_MINUTES_MS);
            let is_inside = *at >= from && *at < to && is_counted(*hidden);
            let slot = usize::try_from(bin).ok().and_then(|bin| bins.get_mut(bin));
            if let Some(slot) = slot.filter(|_| is_inside) {
                *slot += 1;
            }
        }
        bins.truncate(MOST_TEN_MINUTES as usize);
        bins
    };
    let counts = story.counts((from, to));
    let raised = load.all.raised;
    let top_of =
        |condition: &ConditionId, count: u32| top(lists, &story, condition, (count, raised));
    let counted = |condition: &ConditionId| counts.get(condition).copied().unwrap_or(0);
    let mut chattering: Vec<&ConditionId> = load.all.chattering.iter().collect();
    chattering.sort_by_key(|condition| std::cmp::Reverse(counted(condition)));
    let stale = story.stale(to);
    Ok(AlarmLoadDto {
        from: from.0,
        to: to.0,
        before: figures_dto(&load.all, &load, stale.len()),
        after: figures_dto(&load.announced, &load, stale.len()),
        ten_minutes: bins(&|hidden| hidden.is_none()),
        ten_minutes_before: bins(&|_| true),
        top: load
            .all
            .top
            .iter()
            .take(TOP)
            .map(|(condition, count)| top_of(condition, *count))
            .collect(),
        chattering: chattering
            .into_iter()
            .take(TOP)
            .map(|condition| top_of(condition, counted(condition)))
            .collect(),
        stale: stale
            .iter()
            .take(TOP)
            .map(|condition| top_of(condition, counted(condition)))
            .collect(),
    })
}

impl Story {
    fn new(alarms: &Alarms, state: &State, facts: &[Fact]) -> Self {
        let mut ordered: Vec<&Fact> = facts.iter().collect();
        ordered.sort_by(|a, b| (a.happened_at, &a.id).cmp(&(b.happened_at, &b.id)));
        let told = alarms_from_facts(facts);
        let by_cause = hidden_by_causes(alarms, state, &told);
        let mut story = Self {
            alarms: told,
            begun: BTreeMap::new(),
            steps: Vec::new(),
        };
        let mut put_away: BTreeMap<ConditionId, Handled> = BTreeMap::new();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for fact in ordered {
            let Some((alarm, step)) = step_of(fact) else {
                continue;
            };
            // Who reads the store while it is written meets a fact twice.
            if seen.insert(&fact.id) {
                story.take(fact.happened_at, &alarm, &step, (&by_cause, &mut put_away));
            }
        }
        story
    }

    fn take(
        &mut self,
        at: UtcMillis,
        alarm: &Alarm,
        step: &AlarmStep,
        (by_cause, put_away): (&BTreeSet<AlarmId>, &mut BTreeMap<ConditionId, Handled>),
    ) {
        let Some((condition, _)) = condition_of(&alarm.id) else {
            return;
        };
        let what = match step {
            AlarmStep::Raised => {
                let handled = put_away.get(&condition);
                let is_out = handled.is_some_and(|handled| handled.is_out_of_service);
                let is_shelved =
                    handled.is_some_and(|handled| handled.shelved_until(alarm, at).is_some());
                let hidden = if is_out {
                    Some(Hidden::OutOfService)
                } else if is_shelved {
                    Some(Hidden::Shelved)
                } else {
                    by_cause.contains(&alarm.id).then_some(Hidden::Suppressed)
                };
                let severity = alarm.severity;
                self.begun
                    .insert(alarm.id.clone(), (alarm.since, severity, hidden));
                What::Raised { severity, hidden }
            }
            AlarmStep::Cleared => What::Cleared,
            AlarmStep::Done { act, .. } => {
                put_away.entry(condition.clone()).or_default().take(act, at);
                if act.verb() != ACKNOWLEDGED {
                    return;
                }
                What::Acknowledged
            }
            AlarmStep::Worsened { .. } => return,
        };
        self.steps.push(LoadStep {
            at,
            position: Arc::from(POSITION),
            condition,
            alarm: alarm.id.clone(),
            what,
        });
    }

    /// How often each condition was raised in a stretch.
    fn counts(&self, (from, to): (UtcMillis, UtcMillis)) -> BTreeMap<ConditionId, u32> {
        let mut counts = BTreeMap::new();
        for (alarm, (at, _, _)) in &self.begun {
            if let Some((condition, _)) = condition_of(alarm)
                && *at >= from
                && *at < to
            {
                *counts.entry(condition).or_default() += 1;
            }
        }
        counts
    }

    /// The conditions that are stale at `moment`, the oldest first.
    fn stale(&self, moment: UtcMillis) -> Vec<ConditionId> {
        let is_active =
            |alarm: &&Alarm| alarm.since <= moment && alarm.cleared_at.is_none_or(|at| at > moment);
        let active = self.alarms.iter().filter(is_active);
        active
            .filter(|alarm| is_stale(alarm.since, moment))
            .filter_map(|alarm| Some(condition_of(&alarm.id)?.0))
            .collect()
    }
}

fn figures_dto(figures: &Figures, load: &Load, stale: usize) -> LoadFiguresDto {
    let [low, medium, high, critical] = figures.mix_percent().map(|percent| percent / 100.0);
    LoadFiguresDto {
        count: figures.raised,
        per_ten_minutes: figures.per_ten_minutes,
        worst_ten_minutes: figures.most_in_ten_minutes,
        per_hour: figures.per_hour,
        per_day: figures.per_day,
        flood_share: figures.flood_percent / 100.0,
        floods: figures.floods,
        over_ten_share: figures.busy_periods_percent / 100.0,
        mix: [critical, high, medium, low],
        acknowledged_p50_s: load.acknowledge_p50_s,
        acknowledged_p95_s: load.acknowledge_p95_s,
        chattering: u32::try_from(figures.chattering.len()).unwrap_or(u32::MAX),
        stale: u32::try_from(stale).unwrap_or(u32::MAX),
    }
}

/// A condition that was raised `count` times of `all`.
fn top(
    lists: &Lists<'_>,
    story: &Story,
    condition: &ConditionId,
    (count, all): (u32, u32),
) -> LoadTopDto {
    let live = lists.live();
    let mut alarms = story.alarms.iter();
    let alarm =
        alarms.find(|alarm| condition_of(&alarm.id).is_some_and(|(own, _)| own == *condition));
    let thing = alarm.and_then(|alarm| lists.thing(alarm));
    // A condition alone names no moment, and its rule all the same.
    let rule = rule_of(condition.as_str()).map_or_else(String::new, |_| {
        live.alarms.rule_name(condition.as_str(), &live.language)
    });
    LoadTopDto {
        target: thing.map(|row| Target::Thing {
            id: row.thing.id.to_string(),
        }),
        name: alarm.map_or_else(|| condition.to_string(), |alarm| lists.name(alarm)),
        rule,
        count,
        share: if all > 0 {
            f64::from(count) / f64::from(all)
        } else {
            0.0
        },
    }
}
