//! What was before that an alarm is like: other alarms of its device, and events that were made of them or near it.

use super::{
    detail::last_words,
    event::event_category,
    page::{Listing, Lists},
};
use crate::{
    event_desk::{AlarmAsked, cases_like},
    facts::{alarms_from_facts, rule_of},
    texts::text,
    wire::{AlarmPastDto, AlarmPastRowDto},
};
use cim_alarm::{ConditionId, condition_of};
use cim_model::Alarm;
use cim_store::{DAY_MS, Fact};

/// So far back, days.
const BACK_DAYS: i64 = 90;
/// So many conditions are looked at.
const MOST_CONDITIONS: usize = 64;
/// So many alarms are told.
const MOST_ALARMS: usize = 12;

/// The conditions at the device of an alarm, its own first.
pub(crate) fn conditions_near(lists: &Lists<'_>, one: &Listing) -> Vec<String> {
    let live = lists.live();
    let own = condition_of(&one.alarm.id).map(|(condition, _)| condition.to_string());
    let mut found: Vec<String> = own.into_iter().collect();
    let Some(row) = lists.thing(&one.alarm) else {
        return found;
    };
    let series: Vec<&str> = row
        .series
        .iter()
        .filter_map(|series| live.state.series_at(*series))
        .map(|series| series.datastream.id.as_str())
        .collect();
    let mut others: Vec<String> = series.iter().map(|id| (*id).to_owned()).collect();
    let rules = live.alarms.rules.plans().iter();
    for rule in rules.filter(|rule| rule.on.may_take(&row.thing, &series)) {
        let subjects = series.iter().copied().chain([row.thing.id.as_str()]);
        others.extend(subjects.map(|subject| format!("rule:{}/{subject}", rule.id)));
    }
    let is_other = |other: &String| Some(other) != found.first();
    let others: Vec<String> = others.into_iter().filter(is_other).collect();
    found.extend(others);
    found.truncate(MOST_CONDITIONS);
    found
}

/// What was before that the alarm is like. `facts` are those about [`conditions_near`] it, oldest first.
pub(crate) fn alarm_past(lists: &Lists<'_>, one: &Listing, facts: &[Fact]) -> AlarmPastDto {
    let (live, alarm) = (lists.live(), &one.alarm);
    let moment = live.moment(lists.now());
    let since = moment.plus_seconds(-(BACK_DAYS * DAY_MS) as f64 / 1_000.0);
    let condition = condition_of(&alarm.id).map(|(condition, _)| condition);
    // The same condition before has a list of its own.
    let is_other = |told: &Alarm| condition_of(&told.id).map(|(other, _)| other) != condition;
    let mut before = alarms_from_facts(facts);
    before.retain(|told| told.since >= since && told.since <= moment && is_other(told));
    before.sort_by(|a, b| b.since.cmp(&a.since).then_with(|| a.id.cmp(&b.id)));
    before.truncate(MOST_ALARMS);
    let category = event_category(live, alarm);
    let asked = AlarmAsked {
        condition: condition.as_ref().map_or("", ConditionId::as_str),
        thing: alarm.thing.as_str(),
        category: &category,
        place: lists.thing(alarm).map(|row| row.thing.position),
    };
    AlarmPastDto {
        alarms: before
            .iter()
            .map(|told| past_row(lists, told, facts))
            .collect(),
        cases: cases_like(&live.event_desk, &asked, (since, moment), &live.language),
    }
}

fn past_row(lists: &Lists<'_>, told: &Alarm, facts: &[Fact]) -> AlarmPastRowDto {
    let acknowledged = told.acknowledged.as_ref();
    AlarmPastRowDto {
        id: told.id.to_string(),
        name: name_of(lists, told),
        severity: told.severity.into(),
        since: told.since.0,
        for_s: told.cleared_at.map(|at| at.seconds_since(told.since)),
        acknowledged_by: acknowledged.map(|(_, by)| by.clone()),
        acknowledged_after_s: acknowledged.map(|(at, _)| at.seconds_since(told.since)),
        comment: last_words(told, facts),
    }
}

/// The rule of an alarm, or what its device measures.
fn name_of(lists: &Lists<'_>, told: &Alarm) -> String {
    let live = lists.live();
    if rule_of(told.id.as_str()).is_some() {
        return live.alarms.rule_name(told.id.as_str(), &live.language);
    }
    let series = live.state.series_row(&told.datastream);
    let name = series.and_then(|row| live.state.series_at(row));
    name.map_or_else(
        || text(&live.language, "alarm_card.own_limits").unwrap_or_default(),
        |row| row.datastream.name.clone(),
    )
}
