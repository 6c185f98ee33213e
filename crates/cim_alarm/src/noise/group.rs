//! Which alarms belong together: consequences of one cause, one condition again and again, many of a kind in one area.
//!
//! Every alarm is in exactly one line, hidden ones are counted in theirs, and the same alarms give the same lines. Group what is
//! real and what is not apart.

use super::{CHATTER_RAISES, CHATTER_WITHIN_S, Topology};
use crate::condition::Hidden;
use crate::desk::HiddenCounts;
use cim_model::{AlarmId, Severity, UtcMillis};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

/// No alarm, no line.
const NONE: u32 = u32::MAX;

/// An alarm, with its words numbered by the caller.
#[derive(Clone, Copy, Debug)]
pub struct NoiseAlarm<'a> {
    /// Its name.
    pub id: &'a AlarmId,
    /// The number of its condition.
    pub condition: u32,
    /// The number of what kind of alarm it is: its rule, or its rule at a kind of thing.
    pub kind: u32,
    /// The number of the area that it lies in.
    pub area: Option<u32>,
    /// Where in the topology it is.
    pub node: Option<u32>,
    /// How bad it is.
    pub severity: Severity,
    /// When it began.
    pub since: UtcMillis,
    /// Why it is hidden, if it is.
    pub hidden: Option<Hidden>,
    /// True when its rule says that others may follow from it, as from a burst main.
    pub can_cause: bool,
}

/// When alarms belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupRules {
    /// Within how many seconds after its cause an alarm is a consequence.
    pub cause_within_s: i64,
    /// How many seconds before its cause it may be: a pressure falls before the burst is known.
    pub cause_lead_s: i64,
    /// Within how many seconds alarms of one kind in one area are rolled up.
    pub area_within_s: i64,
    /// How many there must be.
    pub area_at_least: usize,
    /// How many lines are shown in a flood.
    pub max_lines: usize,
}

impl Default for GroupRules {
    fn default() -> Self {
        Self {
            cause_within_s: 1800,
            cause_lead_s: 300,
            area_within_s: 600,
            area_at_least: 5,
            max_lines: 10,
        }
    }
}

/// Why the alarms of a line belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineKey {
    /// The others are downstream of this one, or in its zone. The alarm's place in what was given.
    Cause(u32),
    /// One condition chatters.
    Repeated(u32),
    /// Many of a kind in one area.
    Area {
        /// The number of the area.
        area: u32,
        /// The number of the kind.
        kind: u32,
    },
    /// One alarm that belongs to no other.
    One,
    /// Alarms of one kind that belong to no other, anywhere; in a flood.
    Kind(u32),
    /// What is left; in a flood.
    Rest,
}

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Why its alarms belong together.
    pub key: LineKey,
    /// The worst severity of those that are not hidden; of all when all are.
    pub worst: Severity,
    /// How many are not hidden, from harmless to worst.
    pub counts: [u32; 5],
    /// How many are hidden, and why.
    pub hidden: HiddenCounts,
    /// The first of them: its place in what was given.
    pub first_out: u32,
    /// When the last of them began.
    pub last_since: UtcMillis,
    members: Range<usize>,
}

impl Line {
    /// How many alarms it stands for.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// True when it stands for none; no line does.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

/// All alarms in lines, the worst first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grouping {
    /// The lines: worst first, then those of most alarms, then the earliest.
    pub lines: Vec<Line>,
    members: Vec<u32>,
}

impl Grouping {
    /// The alarms of a line in the order of time: their places in what was given.
    pub fn members(&self, line: &Line) -> &[u32] {
        self.members.get(line.members.clone()).unwrap_or(&[])
    }

    /// The very first alarm of all: its place in what was given.
    pub fn first_out(&self, alarms: &[NoiseAlarm<'_>]) -> Option<u32> {
        let firsts = self.lines.iter().map(|line| line.first_out);
        firsts.min_by_key(|place| alarms.get(*place as usize).map(|one| (one.since, one.id)))
    }

    /// The lines whose cause is known, those of most alarms first.
    pub fn top_causes(&self) -> Vec<&Line> {
        let is_cause = |line: &&Line| matches!(line.key, LineKey::Cause(_));
        let mut causes: Vec<&Line> = self.lines.iter().filter(is_cause).collect();
        causes.sort_by_key(|line| Reverse(line.len()));
        causes
    }
}

/// Puts alarms into lines; in a flood into at most `max_lines`, and at least one.
pub fn group(
    alarms: &[NoiseAlarm<'_>],
    net: &Topology,
    rules: &GroupRules,
    is_flood: bool,
) -> Grouping {
    // Numbers of alarms are 32 bits wide; a desk holds far fewer.
    let alarms = alarms
        .get(..alarms.len().min(NONE as usize - 1))
        .unwrap_or(alarms);
    let mut order: Vec<u32> = (0..alarms.len() as u32).collect();
    order.sort_unstable_by_key(|place| (alarms[*place as usize].since, alarms[*place as usize].id));
    let mut draft = Draft {
        alarms,
        order,
        line_of: vec![NONE; alarms.len()],
        keys: Vec::new(),
    };
    draft.by_cause(net, rules);
    draft.by_condition();
    draft.by_area(rules);
    draft.one_by_one();
    if is_flood && draft.keys.len() > rules.max_lines {
        draft.fold_kinds();
        draft.fold_rest(rules.max_lines.max(1));
    }
    draft.finish()
}

struct Draft<'a> {
    alarms: &'a [NoiseAlarm<'a>],
    /// Places of alarms by time, then name.
    order: Vec<u32>,
    line_of: Vec<u32>,
    keys: Vec<LineKey>,
}

impl Draft<'_> {
    fn alarm(&self, place: u32) -> &NoiseAlarm<'_> {
        &self.alarms[place as usize]
    }

    /// Alarms that are in no line yet, in the order of time.
    fn left(&self) -> Vec<u32> {
        let is_left = |place: &u32| self.line_of[*place as usize] == NONE;
        self.order.iter().copied().filter(is_left).collect()
    }

    fn line_up(&mut self, key: LineKey, members: &[u32]) {
        let line = self.keys.len() as u32;
        self.keys.push(key);
        for member in members {
            self.line_of[*member as usize] = line;
        }
    }

    /// Puts consequences into the line of their cause. A cause without consequences stays alone.
    fn by_cause(&mut self, net: &Topology, rules: &GroupRules) {
        if net.node_count() == 0 {
            return;
        }
        let mut causes = Causes::new(self.alarms, net, rules);
        let opens: Vec<u32> = self
            .order
            .iter()
            .copied()
            .filter(|place| self.alarm(*place).can_cause && self.alarm(*place).node.is_some())
            .collect();
        let mut waiting = opens.into_iter().peekable();
        for place in &self.order {
            let since = self.alarm(*place).since;
            while let Some(cause) =
                waiting.next_if(|cause| self.alarm(*cause).since <= plus(since, rules.cause_lead_s))
            {
                causes.open(cause);
            }
            causes.assign(*place);
        }
        let mut of_root: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for place in &self.order {
            of_root.entry(causes.root(*place)).or_default().push(*place);
        }
        for (root, members) in of_root {
            if members.len() > 1 {
                self.line_up(LineKey::Cause(root), &members);
            }
        }
    }

    fn by_condition(&mut self) {
        let mut of_condition: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for place in self.left() {
            let condition = self.alarm(place).condition;
            of_condition.entry(condition).or_default().push(place);
        }
        for (condition, members) in of_condition {
            if self.has_dense(&members, CHATTER_RAISES, CHATTER_WITHIN_S) {
                self.line_up(LineKey::Repeated(condition), &members);
            }
        }
    }

    fn by_area(&mut self, rules: &GroupRules) {
        let mut of_area: BTreeMap<(u32, u32), Vec<u32>> = BTreeMap::new();
        for place in self.left() {
            let alarm = self.alarm(place);
            if let Some(area) = alarm.area {
                let key = (area, alarm.kind);
                of_area.entry(key).or_default().push(place);
            }
        }
        for ((area, kind), members) in of_area {
            // A pause longer than the window ends a line: yesterday's alarms are another story.
            let is_near = |a: &u32, b: &u32| {
                self.alarm(*b).since <= plus(self.alarm(*a).since, rules.area_within_s)
            };
            let runs: Vec<Vec<u32>> = members.chunk_by(is_near).map(<[u32]>::to_vec).collect();
            for run in runs {
                if self.has_dense(&run, rules.area_at_least.max(2), rules.area_within_s) {
                    self.line_up(LineKey::Area { area, kind }, &run);
                }
            }
        }
    }

    /// True when `at_least` of the alarms, which are in the order of time, lie within `within_s`.
    fn has_dense(&self, members: &[u32], at_least: usize, within_s: i64) -> bool {
        members.windows(at_least).any(|some| match some {
            [first, .., last] => {
                self.alarm(*last).since <= plus(self.alarm(*first).since, within_s)
            }
            _ => true,
        })
    }

    fn one_by_one(&mut self) {
        for place in self.left() {
            self.line_up(LineKey::One, &[place]);
        }
    }

    /// Makes one line of all lines of one alarm that are of a kind.
    fn fold_kinds(&mut self) {
        let mut line_of_kind: BTreeMap<u32, u32> = BTreeMap::new();
        for place in 0..self.line_of.len() {
            let line = self.line_of[place];
            if self.keys.get(line as usize) != Some(&LineKey::One) {
                continue;
            }
            let kind = self.alarms[place].kind;
            let kept = *line_of_kind.entry(kind).or_insert(line);
            if kept != line {
                self.line_of[place] = kept;
            }
        }
        let mut sizes = vec![0_u32; self.keys.len()];
        for line in &self.line_of {
            sizes[*line as usize] += 1;
        }
        for (kind, line) in line_of_kind {
            if sizes[line as usize] > 1 {
                self.keys[line as usize] = LineKey::Kind(kind);
            }
        }
    }

    /// Keeps the first lines, and makes one of all others.
    fn fold_rest(&mut self, max_lines: usize) {
        let mut lines = self.tally();
        if lines.len() <= max_lines {
            return;
        }
        lines.sort_by_key(|(_, line)| rank(line));
        let rest = self.keys.len() as u32;
        self.keys.push(LineKey::Rest);
        let mut becomes: Vec<u32> = (0..rest).collect();
        for (number, _) in lines.iter().skip(max_lines - 1) {
            becomes[*number as usize] = rest;
        }
        for line in &mut self.line_of {
            *line = becomes[*line as usize];
        }
    }

    /// The lines that have alarms, with their numbers; their members lie one after the other.
    fn tally(&self) -> Vec<(u32, Line)> {
        let mut lines: Vec<Option<Line>> = vec![None; self.keys.len()];
        let mut visible = vec![Severity::Normal; self.keys.len()];
        for place in &self.order {
            let alarm = self.alarm(*place);
            let number = self.line_of[*place as usize] as usize;
            let line = lines[number].get_or_insert_with(|| Line {
                key: self.keys[number],
                worst: Severity::Normal,
                counts: [0; 5],
                hidden: HiddenCounts::default(),
                first_out: *place,
                last_since: alarm.since,
                members: 0..0,
            });
            line.last_since = alarm.since;
            line.worst = line.worst.max(alarm.severity);
            line.members.end += 1;
            if let Some(reason) = alarm.hidden {
                *line.hidden.of(reason) += 1;
            } else {
                line.counts[alarm.severity as usize] += 1;
                visible[number] = visible[number].max(alarm.severity);
            }
        }
        let mut told = Vec::new();
        let mut start = 0;
        for (number, line) in (0_u32..).zip(lines) {
            let Some(mut line) = line else { continue };
            if line.counts.iter().any(|n| *n > 0) {
                line.worst = visible[number as usize];
            }
            line.members = start..start + line.members.end;
            start = line.members.end;
            told.push((number, line));
        }
        told
    }

    fn finish(self) -> Grouping {
        let lines = self.tally();
        let mut next = vec![0; self.keys.len()];
        for (number, line) in &lines {
            next[*number as usize] = line.members.start;
        }
        let mut members = vec![0; self.order.len()];
        for place in &self.order {
            let slot = &mut next[self.line_of[*place as usize] as usize];
            members[*slot] = *place;
            *slot += 1;
        }
        let mut lines: Vec<Line> = lines.into_iter().map(|(_, line)| line).collect();
        lines.sort_by_key(rank);
        Grouping { lines, members }
    }
}

/// Worst first, then those of most alarms, then the earliest; where the members lie settles the rest.
fn rank(line: &Line) -> (bool, Reverse<Severity>, Reverse<usize>, usize) {
    let is_hidden = line.counts.iter().all(|n| *n == 0);
    (
        is_hidden,
        Reverse(line.worst),
        Reverse(line.len()),
        line.members.start,
    )
}

/// Which cause holds each node and zone while alarms are looked at in the order of time.
struct Causes<'a> {
    alarms: &'a [NoiseAlarm<'a>],
    net: &'a Topology,
    within_s: i64,
    lead_s: i64,
    node_claims: Vec<u32>,
    zone_claims: Vec<u32>,
    parents: Vec<u32>,
    is_open: Vec<bool>,
}

impl<'a> Causes<'a> {
    fn new(alarms: &'a [NoiseAlarm<'a>], net: &'a Topology, rules: &GroupRules) -> Self {
        Self {
            alarms,
            net,
            within_s: rules.cause_within_s,
            lead_s: rules.cause_lead_s,
            node_claims: vec![NONE; net.node_count()],
            zone_claims: vec![NONE; net.zone_count()],
            parents: (0..alarms.len() as u32).collect(),
            is_open: vec![false; alarms.len()],
        }
    }

    /// A cause begins to hold what is downstream of it, unless it is itself held by another.
    fn open(&mut self, cause: u32) {
        let alarm = self.alarms[cause as usize];
        let Some(node) = alarm.node else { return };
        self.is_open[cause as usize] = true;
        if let Some(holder) = self.holder(node, alarm.since) {
            let root = self.root(holder);
            self.parents[cause as usize] = root;
            return;
        }
        if let Some(zone) = self.net.zone(node) {
            self.zone_claims[zone as usize] = cause;
        }
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            let Some(claim) = self.node_claims.get(node as usize).copied() else {
                continue;
            };
            if claim == cause {
                continue;
            }
            if self.is_live(claim, alarm.since) {
                self.take_over(claim, node, cause);
                continue;
            }
            // What is held already is not walked again: all causes together walk each node once in a window.
            self.node_claims[node as usize] = cause;
            open.extend_from_slice(self.net.downstream(node));
        }
    }

    /// A cause further upstream, found out at about the same time, is the cause of the one found before.
    fn take_over(&mut self, claim: u32, node: u32, cause: u32) {
        let held = &self.alarms[claim as usize];
        let is_its_place = held.node == Some(node);
        let is_root = self.parents[claim as usize] == claim;
        let since = self.alarms[cause as usize].since;
        if is_its_place && is_root && since <= plus(held.since, self.lead_s) {
            self.parents[claim as usize] = cause;
        }
    }

    /// Gives an alarm to the cause that holds its node or zone.
    fn assign(&mut self, place: u32) {
        let alarm = &self.alarms[place as usize];
        if self.is_open[place as usize] {
            return;
        }
        if let Some(holder) = alarm.node.and_then(|node| self.holder(node, alarm.since)) {
            self.parents[place as usize] = holder;
        }
    }

    fn holder(&self, node: u32, since: UtcMillis) -> Option<u32> {
        let zone = self.net.zone(node);
        let claims = [
            self.node_claims.get(node as usize),
            zone.and_then(|zone| self.zone_claims.get(zone as usize)),
        ];
        let mut claims = claims.into_iter().flatten().copied();
        claims.find(|claim| self.is_live(*claim, since))
    }

    fn is_live(&self, claim: u32, since: UtcMillis) -> bool {
        let cause = self.alarms.get(claim as usize);
        cause.is_some_and(|cause| since <= plus(cause.since, self.within_s))
    }

    fn root(&self, place: u32) -> u32 {
        let mut root = place;
        while self.parents[root as usize] != root {
            root = self.parents[root as usize];
        }
        root
    }
}

fn plus(moment: UtcMillis, seconds: i64) -> UtcMillis {
    UtcMillis(moment.0.saturating_add(seconds.saturating_mul(1000)))
}

#[cfg(test)]
mod tests;
