//! The alarms that rules find in a simulated city, and which of them belong together.

use crate::Failure;
use cim_alarm::{
    ConditionId, Hidden,
    load::{Load, LoadStep, Span, What, figures},
    noise::{GroupRules, Grouping, LineKey, NoiseAlarm, Topology, group},
    rules::{Catalogue, Change, ChangeKind, Evaluator, RuleProblem, RuleSet},
};
use cim_geo::Geodetic;
use cim_hub::{SimulatedCity, SimulatedDevice};
use cim_model::{
    AlarmId, Datastream, DatastreamId, SensorKind, Severity, Thing, ThingId, UtcMillis,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// From this severity on an alarm may be the cause of others, as at the desk.
const LEAST_CAUSE: Severity = Severity::High;
/// What is measured of networks, as at the desk: what other devices say never follows from anything.
const FOLLOWS: [SensorKind; 2] = [SensorKind::Other, SensorKind::WaterLevel];
/// All alarms are one position's.
const POSITION: &str = "desk";

/// One alarm of the days.
#[derive(Clone, Debug)]
pub(super) struct Told {
    id: AlarmId,
    condition: ConditionId,
    /// The number of its condition.
    number: u32,
    /// The number of its rule at a kind of thing.
    kind: u32,
    /// The number of its street.
    area: Option<u32>,
    node: Option<u32>,
    severity: Severity,
    pub(super) since: UtcMillis,
    cleared_at: Option<UtcMillis>,
}

/// What happened in the days.
#[derive(Debug, Default)]
pub(super) struct Story {
    pub(super) from: UtcMillis,
    pub(super) to: UtcMillis,
    pub(super) devices: usize,
    /// Values that the rules took.
    pub(super) values: u64,
    /// In the order in which they were found.
    pub(super) alarms: Vec<Told>,
    topology: Topology,
    open: BTreeMap<Arc<str>, usize>,
    numbers: BTreeMap<Arc<str>, u32>,
    kinds: BTreeMap<(Option<u32>, SensorKind), u32>,
    areas: BTreeMap<String, u32>,
}

impl Story {
    /// Lets the days pass; `passed` hears of every step. Also says what cannot be watched.
    pub(super) fn play(
        city: &SimulatedCity,
        rules: &RuleSet,
        (from, to): (UtcMillis, UtcMillis),
        mut passed: impl FnMut(UtcMillis),
    ) -> Result<(Self, Vec<RuleProblem>), Failure> {
        let (things, datastreams) = catalogue(city);
        let known = Catalogue {
            things: &things,
            datastreams: &datastreams,
            fences: &[],
        };
        let (mut evaluator, unwatched) = Evaluator::new(rules, known, from);
        let (parts, edges) = city.network();
        let mut story = Self {
            from,
            to,
            devices: things.len(),
            topology: Topology::new(parts, edges, Vec::new())?,
            ..Self::default()
        };
        let mut flow = city.flow()?;
        let (mut values, mut changes) = (Vec::new(), Vec::new());
        let mut now = from;
        while now < to {
            now = flow.step(to, &mut values);
            for value in &values {
                evaluator.advance(value.at, &mut changes);
                let is_taken = evaluator.observe(
                    value.row,
                    value.at,
                    value.value,
                    value.quality,
                    &mut changes,
                );
                story.values += u64::from(is_taken);
            }
            evaluator.advance(now, &mut changes);
            for change in changes.drain(..) {
                story.take(city.devices(), &change);
            }
            passed(now);
        }
        Ok((story, unwatched))
    }

    fn take(&mut self, devices: &[SimulatedDevice], change: &Change) {
        // What happens at the very end belongs to what comes after it.
        if change.at >= self.to {
            return;
        }
        let known = self.open.get(&change.condition).copied();
        let open = known.and_then(|place| self.alarms.get_mut(place));
        match change.kind {
            ChangeKind::Raised => self.begin(devices, change),
            ChangeKind::Worsened => {
                if let Some(alarm) = open {
                    alarm.severity = alarm.severity.max(change.severity);
                }
            }
            ChangeKind::Cleared => {
                if let Some(alarm) = open {
                    alarm.cleared_at = Some(change.at);
                }
                self.open.remove(&change.condition);
            }
        }
    }

    fn begin(&mut self, devices: &[SimulatedDevice], change: &Change) {
        // Each device has one series, at the same place.
        let place = change.thing.or(change.series);
        let device = place.and_then(|place| devices.get(place as usize));
        let sensor = device.map_or(SensorKind::Other, |device| device.kind);
        let next = self.numbers.len() as u32;
        let number = self.numbers.entry(Arc::clone(&change.condition));
        let number = *number.or_insert(next);
        let next = self.kinds.len() as u32;
        let kind = *self.kinds.entry((change.rule, sensor)).or_insert(next);
        let next = self.areas.len() as u32;
        let area = device.map(|device| *self.areas.entry(device.street.clone()).or_insert(next));
        self.open
            .insert(Arc::clone(&change.condition), self.alarms.len());
        self.alarms.push(Told {
            id: change.alarm_id(),
            condition: ConditionId(Arc::clone(&change.condition)),
            number,
            kind,
            area,
            node: device
                .filter(|device| FOLLOWS.contains(&device.kind))
                .and_then(|device| device.part),
            severity: change.severity,
            since: change.at,
            cleared_at: None,
        });
    }

    /// Which alarms belong together.
    pub(super) fn grouped(&self) -> Grouping {
        let given: Vec<NoiseAlarm<'_>> = self
            .alarms
            .iter()
            .map(|alarm| NoiseAlarm {
                id: &alarm.id,
                condition: alarm.number,
                kind: alarm.kind,
                area: alarm.area,
                node: alarm.node,
                severity: alarm.severity,
                since: alarm.since,
                hidden: None,
                can_cause: alarm.severity >= LEAST_CAUSE,
            })
            .collect();
        group(&given, &self.topology, &GroupRules::default(), false)
    }

    /// The places of alarms that follow from another one and are no worse: they leave the list, and are counted at their cause.
    pub(super) fn consequences(&self, grouping: &Grouping) -> BTreeSet<u32> {
        let mut hidden = BTreeSet::new();
        for line in &grouping.lines {
            let LineKey::Cause(root) = line.key else {
                continue;
            };
            let Some(cause) = self.alarms.get(root as usize) else {
                continue;
            };
            let is_no_worse = |place: &&u32| {
                let alarm = self.alarms.get(**place as usize);
                **place != root && alarm.is_some_and(|alarm| alarm.severity <= cause.severity)
            };
            hidden.extend(grouping.members(line).iter().filter(is_no_worse));
        }
        hidden
    }

    /// The places of alarms that stand in a line that was there when they came: consequences, those of one kind in one street,
    /// a condition again and again. After a pause as long as the desk's a line counts anew; what is worse than anything before it
    /// in its line is read for itself.
    pub(super) fn joined(&self, grouping: &Grouping) -> BTreeSet<u32> {
        let pause_ms = GroupRules::default().area_within_s * 1000;
        let mut hidden = self.consequences(grouping);
        for line in &grouping.lines {
            let is_cause = matches!(line.key, LineKey::Cause(_));
            let mut before: Option<(UtcMillis, Severity)> = None;
            for place in grouping.members(line) {
                let Some(alarm) = self.alarms.get(*place as usize) else {
                    continue;
                };
                let (since, severity) = (alarm.since, alarm.severity);
                let standing = before
                    .filter(|(last, _)| is_cause || since.0.saturating_sub(last.0) <= pause_ms);
                if standing.is_some_and(|(_, worst)| severity <= worst) {
                    hidden.insert(*place);
                }
                let worst = standing.map_or(severity, |(_, worst)| worst.max(severity));
                before = Some((since, worst));
            }
        }
        hidden
    }

    /// The load, when the alarms at the places in `hidden` are not announced.
    pub(super) fn load(&self, hidden: &BTreeSet<u32>) -> Result<Load, Failure> {
        let position: Arc<str> = Arc::from(POSITION);
        let mut steps: Vec<LoadStep> = Vec::with_capacity(2 * self.alarms.len());
        for (place, alarm) in (0_u32..).zip(&self.alarms) {
            let step = |at: UtcMillis, what: What| LoadStep {
                at,
                position: Arc::clone(&position),
                condition: alarm.condition.clone(),
                alarm: alarm.id.clone(),
                what,
            };
            let raised = What::Raised {
                severity: alarm.severity,
                hidden: hidden.contains(&place).then_some(Hidden::Suppressed),
            };
            steps.push(step(alarm.since, raised));
            steps.extend(alarm.cleared_at.map(|at| step(at, What::Cleared)));
        }
        // A raise lies before what clears it, and the sort keeps that order.
        steps.sort_by_key(|step| step.at);
        let span = Span {
            from: self.from,
            to: self.to,
        };
        let loads = figures(steps, span)?;
        Ok(loads.into_values().next().unwrap_or_default())
    }
}

/// What a desk would know of the devices.
fn catalogue(city: &SimulatedCity) -> (Vec<Thing>, Vec<Datastream>) {
    let told = city.devices().iter().zip(1_u32..);
    told.map(|(device, number)| known(device, number, city.period_s()))
        .unzip()
}

fn known(device: &SimulatedDevice, number: u32, period_s: f64) -> (Thing, Datastream) {
    let id = number.to_string();
    let [lon_deg, lat_deg, height_m] = device.place;
    let thing = Thing {
        id: ThingId::new(&id),
        name: device.name.clone(),
        description: String::new(),
        kind: device.kind,
        position: Geodetic {
            lon_deg,
            lat_deg,
            height_m,
        },
        properties: vec![
            ("code".to_owned(), device.code.clone()),
            ("street".to_owned(), device.street.clone()),
        ],
    };
    let datastream = Datastream {
        id: DatastreamId::new(&id),
        thing: thing.id.clone(),
        name: device.property.to_owned(),
        observed_property: device.property.to_owned(),
        unit: device.unit.to_owned(),
        period_s,
        limits: device.limits,
    };
    (thing, datastream)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When, in seconds; how bad; the numbers of kind, street and node.
    type Row = (i64, Severity, u32, Option<u32>, Option<u32>);

    /// A story of these alarms; node 0 lies above 1, and 1 above 2.
    fn story(alarms: &[Row]) -> Story {
        let told = alarms.iter().zip(0_u32..).map(|(alarm, number)| {
            let (second, severity, kind, area, node) = *alarm;
            let condition = ConditionId::new(format!("d{number}"));
            let since = UtcMillis(second * 1000);
            Told {
                id: condition.alarm(since),
                condition,
                number,
                kind,
                area,
                node,
                severity,
                since,
                cleared_at: None,
            }
        });
        Story {
            to: UtcMillis(7_200_000),
            alarms: told.collect(),
            topology: Topology::new(3, &[(0, 1), (1, 2)], Vec::new()).expect("it fits"),
            ..Story::default()
        }
    }

    #[test]
    fn what_is_downstream_of_a_burst_and_no_worse_leaves_the_list_and_is_counted() {
        let story = story(&[
            (100, Severity::High, 0, None, Some(0)),
            (160, Severity::Medium, 0, None, Some(1)),
            (170, Severity::Critical, 0, None, Some(2)),
            (5_000, Severity::Medium, 1, None, None),
        ]);
        let hidden = story.consequences(&story.grouped());
        assert!(hidden.contains(&1) && !hidden.contains(&2), "{hidden:?}");
        let load = story.load(&hidden).expect("a load");
        assert_eq!(load.all.raised, 4);
        assert_eq!(load.announced.raised as usize, 4 - hidden.len());
        assert_eq!(load.hidden.suppressed as usize, hidden.len());
    }

    #[test]
    fn many_of_a_kind_in_a_street_are_read_once_until_they_pause_or_get_worse() {
        let mut alarms: Vec<Row> = (0..6)
            .map(|n| (n * 10, Severity::Low, 0, Some(0), None))
            .collect();
        alarms.push((70, Severity::High, 0, Some(0), None));
        let story = story(&alarms);
        let grouping = story.grouped();
        assert!(story.consequences(&grouping).is_empty());
        let joined: Vec<u32> = story.joined(&grouping).into_iter().collect();
        assert_eq!(joined, [1, 2, 3, 4, 5]);
    }
}
