//! What event an alarm makes: its category, its level, and the plans that serve it.

use crate::{facts::rule_of, live::Live, wire::AlarmPlanDto};
use cim_alarm::rules::RulePlan;
use cim_model::{Alarm, EventLevel, SensorKind, Severity};

/// The categories of what devices find by their own limits.
const OF_KINDS: [(SensorKind, &str); 4] = [
    (SensorKind::Gas, "gas_leak"),
    (SensorKind::Manhole, "missing_cover"),
    (SensorKind::WaterLevel, "road_flooding"),
    (SensorKind::Traffic, "traffic_jam"),
];
/// The category of everything else.
const ANY: &str = "device_alarm";

/// The category word of an event that is made of `alarm`: what its rule says, else what its plan is for where that is a category.
pub(crate) fn event_category(live: &Live, alarm: &Alarm) -> String {
    let Some(rule) = rule_of(alarm.id.as_str()) else {
        let row = live.state.thing_row(alarm.thing.as_str());
        let thing = row.and_then(|row| live.state.thing(row));
        return of_kind(thing.map(|row| row.thing.kind)).to_owned();
    };
    let rule = live.alarms.rules.find(rule);
    let stated = rule.map_or("", RulePlan::category);
    let is_stated = rule.is_some_and(|rule| !rule.event_category.is_empty());
    let categories = &live.event_desk.tables.categories;
    if is_stated || categories.of_event(stated).is_some() {
        stated.to_owned()
    } else {
        ANY.to_owned()
    }
}

fn of_kind(kind: Option<SensorKind>) -> &'static str {
    let known = OF_KINDS.iter().find(|(known, _)| Some(*known) == kind);
    known.map_or(ANY, |(_, category)| *category)
}

/// The level at which an event that is made of an alarm begins.
pub(super) fn level_of(severity: Severity) -> EventLevel {
    match severity {
        Severity::Critical => EventLevel::II,
        Severity::High => EventLevel::III,
        Severity::Medium | Severity::Low | Severity::Normal => EventLevel::IV,
    }
}

/// The plans that serve events of `category`.
pub(super) fn plans_for(live: &Live, category: &str, level: EventLevel) -> Vec<AlarmPlanDto> {
    let plans = &live.event_desk.plans;
    let serving = plans.serving(category, level, &live.language);
    serving
        .into_iter()
        .map(|offer| AlarmPlanDto {
            steps: u32::try_from(offer.plan.steps.len()).unwrap_or(u32::MAX),
            id: offer.plan.id,
            name: offer.plan.name,
            about: offer.plan.about,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_devices_find_by_themselves_has_a_category() {
        for (kind, category) in [
            (Some(SensorKind::Gas), "gas_leak"),
            (Some(SensorKind::Noise), ANY),
            (None, ANY),
        ] {
            assert_eq!(of_kind(kind), category, "{kind:?}");
        }
    }

    #[test]
    fn the_worse_an_alarm_the_higher_its_event() {
        let levels = Severity::ALARMING.map(level_of);
        let expected = [
            EventLevel::II,
            EventLevel::III,
            EventLevel::IV,
            EventLevel::IV,
        ];
        assert_eq!(levels, expected);
    }
}
