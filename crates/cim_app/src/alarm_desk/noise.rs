//! Less noise: which alarms follow from which, which lines they stand in while there is a flood, and what chatters.
//!
//! All of it is derived from the alarms, the networks and the areas, and is worked out anew when they change: no fact tells
//! it. A consequence leaves the list only while its cause is in the list, active, and no less severe; it is counted.

use super::{Alarms, Around, everything, network::Network};
use crate::{state::State, update::count_in, wire::AlarmLineWhyDto};
use cim_alarm::{
    Act, AlarmDesk, ConditionId, Hidden, Input, Row, SoundOf, Step, SuppressCause, condition_of,
    noise::{Chatter, Flood, GroupRules, Grouping, Line, LineKey, NoiseAlarm, Topology, group},
};
use cim_model::{Alarm, AlarmId, SensorKind, Severity, ThingId, UtcMillis};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Of so many alarms the lines are worked out anew after a rest at the soonest: half of what an officer may wait for them.
const MANY: usize = 2_000;
/// The rest, seconds.
const REST_S: f64 = 0.4;
/// From this severity on an alarm may be the cause of others.
const LEAST_CAUSE: Severity = Severity::High;
/// What is measured of networks: pressures, flows and pumps, and levels. What other devices say, above all of gas, never
/// follows from anything.
const FOLLOWS: [SensorKind; 2] = [SensorKind::Other, SensorKind::WaterLevel];
/// The author of what is derived.
const BY: &str = "rule:cause";

/// A line of alarms in a flood.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FloodLine {
    /// Identity: the alarm that came first.
    pub(super) first: AlarmId,
    /// Why its alarms stand together.
    pub(super) why: AlarmLineWhyDto,
    /// The alarm that it is called after: the cause, or the first.
    pub(super) named: AlarmId,
    /// Its alarms, in the order of time.
    pub(super) members: Vec<AlarmId>,
    /// By severity: critical, high, medium, low.
    pub(super) counts: [u32; 4],
    /// How many nobody has acknowledged.
    pub(super) unacknowledged: u32,
    /// When the first came.
    pub(super) since: UtcMillis,
}

/// What is known of the noise.
#[derive(Default)]
pub(super) struct Noise {
    topology: Topology,
    flood: Flood,
    chatter: Chatter,
    /// The alarm that each suppressed condition follows from.
    causes: BTreeMap<ConditionId, AlarmId>,
    /// How many follow from each cause.
    consequences: BTreeMap<AlarmId, u32>,
    lines: Vec<FloodLine>,
    /// As of which change of the desk, and when, it was looked at last.
    looked: Option<(u64, UtcMillis)>,
    revision: u64,
}

/// The alarms with their words numbered.
#[derive(Default)]
struct Numbered<'a> {
    rows: Vec<Row<'a>>,
    conditions: BTreeMap<&'a ConditionId, u32>,
    kinds: BTreeMap<(&'a str, &'a str), u32>,
    areas: BTreeMap<&'a str, u32>,
}

impl Noise {
    /// Another city is open.
    pub(super) fn set_network(&mut self, network: &Network) {
        let edges: Vec<(u32, u32)> = network.edges().collect();
        // Parts are numbered as edges name them: this fits but for a city of too many parts, in which nothing follows.
        self.topology = Topology::new(network.len(), &edges, Vec::new()).unwrap_or_default();
        self.looked = None;
    }

    /// A condition was raised.
    pub(super) fn note_raise(&mut self, condition: &ConditionId, at: UtcMillis, is_hidden: bool) {
        self.chatter.raise(condition, at);
        if !is_hidden {
            self.flood.raise(at);
        }
    }

    /// Works out anew what follows from what, when anything changed. `heard` is the moment up to which values can have come.
    /// True when something is other than before.
    pub(super) fn look(
        &mut self,
        desk: &mut AlarmDesk,
        around: &Around,
        state: &State,
        (now, heard): (UtcMillis, UtcMillis),
    ) -> bool {
        let flood_before = (self.flood.on_since(), self.flood.count());
        self.flood.advance(heard);
        let is_flood = self.flood.on_since().is_some();
        let is_other_flood = flood_before != (self.flood.on_since(), self.flood.count());
        let has_ended = flood_before.0.is_some() && !is_flood;
        if !self.is_due(desk, now) && !has_ended {
            self.revision += u64::from(is_other_flood);
            return is_other_flood;
        }
        let (causes, lines) = self.grouped(desk, around, state, is_flood);
        let is_other = is_other_flood || causes != self.causes || lines != self.lines;
        self.lines = lines;
        self.suppress(desk, causes, now);
        self.looked = Some((desk.revision(), now));
        self.revision += u64::from(is_other);
        is_other
    }

    /// Counts up whenever something that is derived changes.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// Since when there is a flood.
    pub(super) fn flood_since(&self) -> Option<UtcMillis> {
        self.flood.on_since()
    }

    /// How many alarms came within ten minutes.
    pub(super) fn in_ten_minutes(&self) -> u32 {
        self.flood.count()
    }

    /// The lines that the alarms stand in while there is a flood.
    pub(super) fn lines(&self) -> &[FloodLine] {
        &self.lines
    }

    /// How many alarms follow from this one.
    pub(super) fn consequences_of(&self, alarm: &AlarmId) -> u32 {
        self.consequences.get(alarm).copied().unwrap_or(0)
    }

    /// True when the condition comes and goes.
    pub(super) fn is_chattering(&self, condition: &ConditionId, at: UtcMillis) -> bool {
        self.chatter.is_chattering(condition, at)
    }

    fn is_due(&self, desk: &AlarmDesk, now: UtcMillis) -> bool {
        let Some((revision, at)) = self.looked else {
            return true;
        };
        let open: u32 = desk.tallies(SoundOf::Real).open.iter().sum();
        let has_rested = now.seconds_since(at).abs() >= REST_S;
        revision != desk.revision() && (has_rested || (open as usize) < MANY)
    }

    /// Which condition follows from which alarm, and the lines of a flood.
    fn grouped(
        &self,
        desk: &AlarmDesk,
        around: &Around,
        state: &State,
        is_flood: bool,
    ) -> (BTreeMap<ConditionId, AlarmId>, Vec<FloodLine>) {
        let has_network = self.topology.node_count() > 0;
        if !has_network && !is_flood {
            return (BTreeMap::new(), Vec::new());
        }
        let all = everything();
        let numbered = Numbered::new(desk.list(&all, 0, usize::MAX));
        let alarms = numbered.alarms(around, state);
        let rules = GroupRules::default();
        let causes = if has_network {
            let grouping = group(&alarms, &self.topology, &rules, false);
            causes_in(&grouping, &numbered.rows)
        } else {
            BTreeMap::new()
        };
        let lines = if is_flood {
            let grouping = group(&alarms, &self.topology, &rules, true);
            let told = grouping.lines.iter();
            told.filter_map(|line| flood_line(&grouping, line, &numbered.rows))
                .collect()
        } else {
            Vec::new()
        };
        (causes, lines)
    }

    /// Suppresses what follows from something, and lets go what does not any more.
    fn suppress(
        &mut self,
        desk: &mut AlarmDesk,
        causes: BTreeMap<ConditionId, AlarmId>,
        now: UtcMillis,
    ) {
        for (condition, cause) in &self.causes {
            if causes.get(condition) != Some(cause) {
                let act = Act::Unsuppress {
                    cause: SuppressCause::Alarm(cause.to_string()),
                };
                desk.apply(derived(condition, act, now));
            }
        }
        for (condition, cause) in &causes {
            if self.causes.get(condition) != Some(cause) {
                let act = Act::Suppress {
                    cause: SuppressCause::Alarm(cause.to_string()),
                    reason: String::new(),
                    until_ms: None,
                };
                desk.apply(derived(condition, act, now));
            }
        }
        self.consequences.clear();
        for cause in causes.values() {
            *self.consequences.entry(cause.clone()).or_default() += 1;
        }
        self.causes = causes;
    }
}

impl<'a> Numbered<'a> {
    fn new(rows: Vec<Row<'a>>) -> Self {
        let mut numbered = Self::default();
        for row in &rows {
            let next = numbered.conditions.len() as u32;
            numbered
                .conditions
                .entry(row.condition.id())
                .or_insert(next);
            let next = numbered.kinds.len() as u32;
            let kind = (&*row.about.rule, &*row.about.kind);
            numbered.kinds.entry(kind).or_insert(next);
            if let Some(area) = &row.about.area {
                let next = numbered.areas.len() as u32;
                numbered.areas.entry(area).or_insert(next);
            }
        }
        numbered.rows = rows;
        numbered
    }

    fn alarms(&self, around: &Around, state: &State) -> Vec<NoiseAlarm<'a>> {
        let number = |row: &Row<'a>| {
            let about = row.about;
            let kind = (&*about.rule, &*about.kind);
            let area = about.area.as_ref();
            let thing = about.thing.as_ref();
            let hidden = row.condition.hidden();
            let is_listed = matches!(hidden, None | Some(Hidden::Suppressed));
            NoiseAlarm {
                id: &row.occurrence.id,
                condition: self
                    .conditions
                    .get(row.condition.id())
                    .copied()
                    .unwrap_or_default(),
                kind: self.kinds.get(&kind).copied().unwrap_or_default(),
                area: area.and_then(|area| self.areas.get(&**area).copied()),
                node: thing.and_then(|id| node_of(around, state, id)),
                severity: row.occurrence.severity,
                since: row.occurrence.since,
                hidden,
                can_cause: is_listed
                    && row.occurrence.phase.is_active()
                    && row.occurrence.severity >= LEAST_CAUSE,
            }
        };
        self.rows.iter().map(number).collect()
    }
}

/// Where in the networks a device stands whose alarms may follow from others.
fn node_of(around: &Around, state: &State, thing: &ThingId) -> Option<u32> {
    let row = state.thing(state.thing_row(thing.as_str())?)?;
    let part = around.parts_at(&row.thing).first().copied();
    part.filter(|_| FOLLOWS.contains(&row.thing.kind))
}

/// Which of `told`, the alarms of a stretch, followed from others of them and are no worse.
pub(super) fn hidden_by_causes(
    alarms: &Alarms,
    state: &State,
    told: &[Alarm],
) -> BTreeSet<AlarmId> {
    let topology = &alarms.noise.topology;
    let mut hidden = BTreeSet::new();
    if topology.node_count() == 0 {
        return hidden;
    }
    let mut numbers: BTreeMap<ConditionId, u32> = BTreeMap::new();
    let mut given = Vec::with_capacity(told.len());
    for alarm in told {
        let Some((condition, _)) = condition_of(&alarm.id) else {
            continue;
        };
        let next = numbers.len() as u32;
        given.push(NoiseAlarm {
            id: &alarm.id,
            condition: *numbers.entry(condition).or_insert(next),
            kind: 0,
            area: None,
            node: node_of(&alarms.around, state, &alarm.thing),
            severity: alarm.severity,
            since: alarm.since,
            hidden: None,
            can_cause: alarm.severity >= LEAST_CAUSE,
        });
    }
    let grouping = group(&given, topology, &GroupRules::default(), false);
    for line in &grouping.lines {
        let LineKey::Cause(root) = line.key else {
            continue;
        };
        let Some(cause) = given.get(root as usize) else {
            continue;
        };
        let members = grouping.members(line).iter();
        let followers = members
            .filter_map(|place| given.get(*place as usize))
            .filter(|one| one.id != cause.id && one.severity <= cause.severity);
        hidden.extend(followers.map(|one| one.id.clone()));
    }
    hidden
}

/// Which conditions leave the list because of which alarm.
fn causes_in(grouping: &Grouping, rows: &[Row<'_>]) -> BTreeMap<ConditionId, AlarmId> {
    let mut causes = BTreeMap::new();
    for line in &grouping.lines {
        let LineKey::Cause(root) = line.key else {
            continue;
        };
        let Some(cause) = rows.get(root as usize) else {
            continue;
        };
        for place in grouping.members(line) {
            let Some(row) = rows.get(*place as usize) else {
                continue;
            };
            // An earlier activation of a condition hides no later one, and the worse is always seen.
            let is_newest = row
                .condition
                .current()
                .is_some_and(|one| one.id == row.occurrence.id);
            let is_other = row.condition.id() != cause.condition.id();
            if is_newest && is_other && row.occurrence.severity <= cause.occurrence.severity {
                causes.insert(row.condition.id().clone(), cause.occurrence.id.clone());
            }
        }
    }
    causes
}

fn flood_line(grouping: &Grouping, line: &Line, rows: &[Row<'_>]) -> Option<FloodLine> {
    let first = rows.get(line.first_out as usize)?.occurrence;
    let cause = match line.key {
        LineKey::Cause(root) => rows.get(root as usize).map(|row| &row.occurrence.id),
        _ => None,
    };
    let mut told = FloodLine {
        first: first.id.clone(),
        why: match line.key {
            LineKey::Cause(_) => AlarmLineWhyDto::Cause,
            LineKey::Repeated(_) => AlarmLineWhyDto::Chattering,
            LineKey::Area { .. } => AlarmLineWhyDto::Area,
            LineKey::One | LineKey::Kind(_) => AlarmLineWhyDto::Kind,
            LineKey::Rest => AlarmLineWhyDto::Rest,
        },
        named: cause.unwrap_or(&first.id).clone(),
        members: Vec::with_capacity(line.len()),
        counts: [0; 4],
        unacknowledged: 0,
        since: first.since,
    };
    for place in grouping.members(line) {
        let Some(row) = rows.get(*place as usize) else {
            continue;
        };
        let one = row.occurrence;
        told.members.push(one.id.clone());
        told.unacknowledged += u32::from(one.phase.is_unacked());
        count_in(&mut told.counts, one.severity);
    }
    Some(told)
}

/// A step that no fact tells.
pub(super) fn derived(condition: &ConditionId, act: Act, now: UtcMillis) -> Step {
    let cause = match &act {
        Act::Suppress { cause, .. } | Act::Unsuppress { cause } => format!("{cause:?}"),
        _ => String::new(),
    };
    Step {
        id: Arc::from(format!("{condition}#{}#{cause}#{}", act.verb(), now.0)),
        condition: condition.clone(),
        at: now,
        by: Arc::from(BY),
        input: Input::Act { alarm: None, act },
    }
}
