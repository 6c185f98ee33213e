//! Everything around one alarm: what was done about it, what lies beside it and along the network, and what was before.

use super::{
    acts::every_act,
    alarm_of,
    event::{event_category, level_of, plans_for},
    everything,
    network::Along,
    page::{Listing, Lists},
};
use crate::{
    facts::{ACTS, AlarmStep, alarms_from_facts, rule_of, step_of},
    live::Live,
    state::ThingRow,
    wire::{AlarmBeforeDto, AlarmDetailDto, AlarmNearDto, AlarmStepDto, Target},
};
use cim_alarm::{Act, Filter, Operator, SuppressCause};
use cim_geo::{Geodetic, LocalFrame};
use cim_model::{Alarm, Severity, ThingClass};
use cim_store::Fact;
use std::collections::BTreeMap;

/// So many steps are told; of more the newest.
const MOST_STEPS: usize = 200;
/// So many consequences are told.
const MOST_CONSEQUENCES: usize = 50;
/// So many devices up the network, and as many down.
const MOST_ALONG: usize = 20;
/// So many devices around.
const MOST_NEIGHBOURS: usize = 12;
/// Devices around are so near, metres.
const NEIGHBOUR_REACH_M: f64 = 300.0;
/// So many cameras.
const MOST_CAMERAS: usize = 4;
/// Cameras are so near, metres.
const CAMERA_REACH_M: f64 = 400.0;
/// So many people and vehicles.
const MOST_FORCES: usize = 8;
/// People and vehicles are so near, metres.
const FORCE_REACH_M: f64 = 5_000.0;
/// So many earlier alarms.
const MOST_BEFORE: usize = 10;

/// A device and how far it is, metres.
type Far<'a> = (f64, &'a ThingRow);

/// Everything around `one`. `facts` are those about its condition, in any order; `who` sits here.
pub(crate) fn detail(
    lists: &Lists<'_>,
    one: &Listing,
    facts: &[Fact],
    who: &Operator,
) -> AlarmDetailDto {
    let (live, alarm) = (lists.live(), &one.alarm);
    let thing = lists.thing(alarm);
    let place = thing.map(|row| row.thing.position);
    let near = Nearby::new(live, alarm);
    let policy = live.alarms.policy_of(alarm.id.as_str());
    let rule = rule_of(alarm.id.as_str());
    let plan = rule.and_then(|rule| live.alarms.rules.find(rule));
    let category = event_category(live, alarm);
    let along = |way| thing.map_or_else(Vec::new, |row| near.along(row, way));
    let devices = |class: &dyn Fn(ThingClass) -> bool, reach_m: f64, most: usize| {
        let around = place.map_or_else(Vec::new, |place| near.around(place, reach_m, class));
        near.told(around, most)
    };
    AlarmDetailDto {
        row: lists.row(one),
        position: place.map(|place| [place.lon_deg, place.lat_deg]),
        series: alarm.datastream.to_string(),
        about: plan.map_or_else(String::new, |plan| {
            plan.about.in_language(&live.language).to_owned()
        }),
        steps: steps(alarm, facts),
        consequences: near.consequences(lists),
        upstream: along(Along::Up),
        downstream: along(Along::Down),
        neighbours: devices(
            &|class| class == ThingClass::Device,
            NEIGHBOUR_REACH_M,
            MOST_NEIGHBOURS,
        ),
        cameras: place.map_or_else(Vec::new, |place| cameras(live, place)),
        forces: devices(
            &|class| class != ThingClass::Device,
            FORCE_REACH_M,
            MOST_FORCES,
        ),
        before: before(alarm, facts),
        event_category_name: live.event_desk.category_name(&category, &live.language),
        plans: plans_for(live, &category, level_of(alarm.severity)),
        event_category: category,
        allowed: if live.state.shows_past() {
            Vec::new()
        } else {
            let acts = every_act(policy.max_time_shelved_s);
            live.alarms.allowed(&alarm.id, &acts, who, lists.now())
        },
        max_shelve_s: f64::from(policy.max_time_shelved_s),
    }
}

/// What lies around an alarm.
struct Nearby<'a> {
    live: &'a Live,
    alarm: &'a Alarm,
    /// The worst alarm of each device that has one.
    worst: BTreeMap<&'a str, Severity>,
}

impl<'a> Nearby<'a> {
    fn new(live: &'a Live, alarm: &'a Alarm) -> Self {
        let shown = if live.state.shows_past() {
            live.past.alarms.as_slice()
        } else {
            live.alarms.attention()
        };
        let mut worst: BTreeMap<&str, Severity> = BTreeMap::new();
        for one in shown.iter().filter(|one| one.cleared_at.is_none()) {
            let known = worst.entry(one.thing.as_str()).or_default();
            *known = (*known).max(one.severity);
        }
        Self { live, alarm, worst }
    }

    /// The devices along the network from the one in `row`, nearest first.
    fn along(&self, row: &ThingRow, way: Along) -> Vec<AlarmNearDto> {
        let around = &self.live.alarms.around;
        let starts = around.parts_at(&row.thing);
        if starts.is_empty() {
            return Vec::new();
        }
        let walked = around.network.walk(starts, way);
        // What stands at the same part is below: what is above must be further up.
        let is_there = |(part, _): &&(u32, f32)| way == Along::Down || !starts.contains(part);
        let far: BTreeMap<u32, f32> = walked.iter().filter(is_there).copied().collect();
        let mut found: Vec<Far<'_>> = Vec::new();
        for other in self.live.state.things() {
            let parts = around.parts_at(&other.thing).iter();
            let nearest = parts
                .filter_map(|part| far.get(part).copied())
                .min_by(f32::total_cmp);
            if let Some(metres) = nearest.filter(|_| other.thing.id != row.thing.id) {
                found.push((f64::from(metres), other));
            }
        }
        self.told(found, MOST_ALONG)
    }

    /// The devices of a class within `reach_m` of a place.
    fn around(
        &self,
        place: Geodetic,
        reach_m: f64,
        is_of: &dyn Fn(ThingClass) -> bool,
    ) -> Vec<Far<'a>> {
        let frame = LocalFrame::new(place);
        // A degree of latitude has 111 km; most devices are far away by that alone.
        let reach_deg = reach_m / 100_000.0;
        let things = self.live.state.things().iter();
        let near = things.filter(|row| {
            (row.thing.position.lat_deg - place.lat_deg).abs() <= reach_deg
                && row.thing.id != self.alarm.thing
        });
        near.filter_map(|row| {
            let at = frame.enu_from_geodetic(row.thing.position);
            let metres = at.east_m.hypot(at.north_m);
            (metres <= reach_m && is_of(row.thing.class())).then_some((metres, row))
        })
        .collect()
    }

    /// The nearest of `found`, as the wire has them.
    fn told(&self, mut found: Vec<Far<'_>>, most: usize) -> Vec<AlarmNearDto> {
        found.sort_by(|(a, x), (b, y)| a.total_cmp(b).then_with(|| x.thing.id.cmp(&y.thing.id)));
        found.truncate(most);
        let told = found
            .into_iter()
            .map(|(metres, row)| self.near(row, metres));
        told.collect()
    }

    /// The alarms that follow from this one, worst first.
    fn consequences(&self, lists: &Lists<'_>) -> Vec<AlarmNearDto> {
        if self.live.state.shows_past() {
            return Vec::new();
        }
        let filter = Filter {
            cause: Some(SuppressCause::Alarm(self.alarm.id.to_string())),
            ..everything()
        };
        let rows = self.live.alarms.desk.list(&filter, 0, MOST_CONSEQUENCES);
        let place = lists.thing(self.alarm).map(|row| row.thing.position);
        rows.iter()
            .filter_map(|row| {
                let alarm = alarm_of(row);
                let thing = lists.thing(&alarm)?;
                let metres = place.map_or(0.0, |place| {
                    let at = LocalFrame::new(place).enu_from_geodetic(thing.thing.position);
                    at.east_m.hypot(at.north_m)
                });
                Some(AlarmNearDto {
                    severity: alarm.severity.into(),
                    ..self.near(thing, metres)
                })
            })
            .collect()
    }

    fn near(&self, row: &ThingRow, distance_m: f64) -> AlarmNearDto {
        let id = row.thing.id.as_str();
        AlarmNearDto {
            target: Target::Thing { id: id.to_owned() },
            name: row.thing.name.clone(),
            kind: row.thing.kind.as_str().to_owned(),
            distance_m,
            severity: self.worst.get(id).copied().unwrap_or_default().into(),
            value: self.value(row),
        }
    }

    /// The newest value of a device's first series that has one, with its unit.
    fn value(&self, row: &ThingRow) -> String {
        let readings = self.live.state.readings();
        let mut told = row.series.iter().filter_map(|series| {
            let reading = readings.get(*series)?;
            let unit = &self.live.state.series_at(*series)?.datastream.unit;
            Some(
                format!("{} {unit}", short(reading.value))
                    .trim_end()
                    .to_owned(),
            )
        });
        told.next().unwrap_or_default()
    }
}

/// At most two digits after the point, and none that says nothing.
fn short(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The cameras around a place, best first.
fn cameras(live: &Live, place: Geodetic) -> Vec<AlarmNearDto> {
    let near = live
        .state
        .cameras_near(place, MOST_CAMERAS, CAMERA_REACH_M)
        .into_iter();
    near.map(|near| AlarmNearDto {
        target: Target::Camera {
            id: near.camera.id.to_string(),
        },
        name: near.camera.name.clone(),
        kind: "camera".to_owned(),
        distance_m: near.distance_m,
        severity: Severity::Normal.into(),
        value: String::new(),
    })
    .collect()
}

/// What was done to `alarm` and what happened to it, oldest first.
fn steps(alarm: &Alarm, facts: &[Fact]) -> Vec<AlarmStepDto> {
    let own = facts
        .iter()
        .filter(|fact| fact.subject == alarm.id.as_str());
    let mut steps: Vec<AlarmStepDto> = own
        .filter_map(|fact| {
            let (told, step) = step_of(fact)?;
            Some(AlarmStepDto {
                at: fact.happened_at.0,
                verb: fact.verb.clone(),
                by: fact.author.clone(),
                note: note_of(&step).to_owned(),
                severity: match step {
                    AlarmStep::Raised | AlarmStep::Worsened { .. } => Some(told.severity.into()),
                    AlarmStep::Cleared | AlarmStep::Done { .. } => None,
                },
            })
        })
        .collect();
    // Of the same moment, what happened comes before what was done about it.
    let order = |step: &AlarmStepDto| (step.at, ACTS.contains(&step.verb.as_str()));
    steps.sort_by(|a, b| (order(a), &a.verb).cmp(&(order(b), &b.verb)));
    steps.dedup();
    let too_many = steps.len().saturating_sub(MOST_STEPS);
    steps.drain(..too_many);
    steps
}

fn note_of(step: &AlarmStep) -> &str {
    match step {
        AlarmStep::Done { act, .. } => act.text(),
        AlarmStep::Raised | AlarmStep::Worsened { .. } | AlarmStep::Cleared => "",
    }
}

/// Earlier alarms of the same condition, newest first.
fn before(alarm: &Alarm, facts: &[Fact]) -> Vec<AlarmBeforeDto> {
    let mut earlier = alarms_from_facts(facts);
    earlier.retain(|one| one.since < alarm.since);
    let newest = earlier.iter().rev().take(MOST_BEFORE);
    newest
        .map(|one| AlarmBeforeDto {
            since: one.since.0,
            for_s: one.cleared_at.map(|at| at.seconds_since(one.since)),
            severity: one.severity.into(),
            acknowledged_after_s: one
                .acknowledged
                .as_ref()
                .map(|(at, _)| at.seconds_since(one.since)),
            comment: last_words(one, facts),
        })
        .collect()
}

/// What was said last about an alarm.
pub(super) fn last_words(alarm: &Alarm, facts: &[Fact]) -> String {
    let own = facts
        .iter()
        .filter(|fact| fact.subject == alarm.id.as_str());
    let said = own.filter_map(|fact| match step_of(fact)?.1 {
        AlarmStep::Done {
            act:
                Act::Comment { text }
                | Act::Acknowledge { comment: text }
                | Act::Confirm { comment: text }
                | Act::Reset { comment: text },
            ..
        } if !text.is_empty() => Some((fact.happened_at, text)),
        _ => None,
    });
    said.max_by_key(|(at, _)| *at)
        .map(|(_, text)| text)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{
        AlarmChange, fact_of_act, fact_of_change,
        tests::{alarm, raised_fact},
    };
    use cim_model::{AlarmId, UtcMillis};

    #[test]
    fn a_number_has_no_digits_that_say_nothing() {
        for (value, told) in [(12.0, "12"), (0.456, "0.46"), (100.5, "100.5"), (0.0, "0")] {
            assert_eq!(short(value), told);
        }
    }

    #[test]
    fn what_was_done_is_told_in_order_and_what_was_before_newest_first() {
        let at = |second: i64| UtcMillis(second * 1_000);
        let comment = Act::Comment {
            text: "on the way".to_owned(),
        };
        let back = Alarm {
            cleared_at: Some(at(7)),
            ..alarm()
        };
        let later = Alarm {
            id: AlarmId::new("d0@9000"),
            since: at(9),
            ..alarm()
        };
        let facts = [
            fact_of_act(&alarm(), &comment, at(5), (at(6), "Li")),
            fact_of_change(&AlarmChange::Cleared(back), at(7), at(7)),
            raised_fact(alarm(), 5_000),
            raised_fact(later.clone(), 9_000),
        ];
        let verbs: Vec<String> = steps(&alarm(), &facts)
            .into_iter()
            .map(|step| step.verb)
            .collect();
        assert_eq!(verbs, ["alarm_raised", "alarm_commented", "alarm_cleared"]);
        let before = before(&later, &facts);
        let told: Vec<(i64, Option<f64>, &str)> = before
            .iter()
            .map(|one| (one.since, one.for_s, one.comment.as_str()))
            .collect();
        assert_eq!(told, [(5_000, Some(2.0), "on the way")]);
    }
}
