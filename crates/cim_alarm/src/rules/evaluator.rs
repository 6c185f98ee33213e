//! Takes values as they come and says which conditions changed.
//!
//! A value finds its conditions in one slice and, as long as nothing changes, allocates nothing. Delays, silence and counts over a
//! time need [`Evaluator::advance`] as well: a condition that came due between two calls changed at the moment when
//! it came due, not at the call.

use super::{
    Catalogue, Change, ChangeKind, RuleProblem, RuleSet,
    compile::{Compiled, NONE, Program, Sense, compile, first_due},
    gate::{Figure, Turn},
    sense::{Series, fence_figure},
};
use cim_layers::motion::fence::FenceEventKind;
use cim_model::{Quality, Severity, UtcMillis};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, VecDeque},
    ops::Range,
};

/// A condition became active or inactive, for those that are made of it: which, what, when.
type News = (u32, bool, i64);

/// Rules at work.
#[derive(Clone, Debug, Default)]
pub struct Evaluator {
    made: Compiled,
    begins: i64,
    timers: BinaryHeap<Reverse<(i64, u32)>>,
    news: VecDeque<News>,
    /// True after conditions were restored: those that are made of them have not been looked at.
    is_unsettled: bool,
}

impl Evaluator {
    /// `rules`, and the limits that datastreams state themselves, held against `catalogue`; and what cannot be watched.
    /// Silence counts from `begins`.
    pub fn new(
        rules: &RuleSet,
        catalogue: Catalogue<'_>,
        begins: UtcMillis,
    ) -> (Self, Vec<RuleProblem>) {
        let (made, problems) = compile(rules, catalogue);
        let first = first_due(&made, begins);
        let mut evaluator = Self {
            // A timer for each condition and some to spare, so that values need no more room.
            timers: BinaryHeap::with_capacity(made.instances.len()),
            news: VecDeque::with_capacity(64),
            begins: begins.0,
            is_unsettled: false,
            made,
        };
        for (due, place) in first {
            evaluator.arm(place, due);
        }
        (evaluator, problems)
    }

    /// How many conditions are watched.
    pub fn conditions(&self) -> usize {
        self.made.instances.len()
    }

    /// How many conditions each rule makes, by its place in the set; nothing stands for the datastreams' own limits.
    pub fn condition_counts(&self) -> BTreeMap<Option<u32>, u32> {
        let mut counts = BTreeMap::new();
        for instance in &self.made.instances {
            let program = self.made.programs.get(instance.program as usize);
            if let Some(program) = program {
                let rule = Some(program.rule).filter(|rule| *rule != NONE);
                *counts.entry(rule).or_default() += 1;
            }
        }
        counts
    }

    /// Takes a value of the series `row` and adds what changed to `into`. False, and nothing happens, for a row that is not there,
    /// a value that is no number, and one that is older than the newest of its series.
    pub fn observe(
        &mut self,
        row: u32,
        at: UtcMillis,
        value: f64,
        quality: Quality,
        into: &mut Vec<Change>,
    ) -> bool {
        let Some(series) = self.made.series.get_mut(row as usize) else {
            return false;
        };
        if !value.is_finite() || at.0 < series.last_at {
            return false;
        }
        let is_gap = series.is_gap(at.0);
        series.last_at = at.0;
        series.value = value;
        let seen = Seen {
            at: at.0,
            value,
            is_gap,
            is_suspect: quality == Quality::Suspect,
        };
        for place in range(&self.made.of_row, row) {
            self.feed(place, seen, into);
        }
        true
    }

    /// Takes what the thing with the number `thing` did at the fence with the number `fence`.
    pub fn fence_event(
        &mut self,
        thing: u32,
        fence: u32,
        kind: FenceEventKind,
        at: UtcMillis,
        into: &mut Vec<Change>,
    ) {
        for place in range(&self.made.of_thing, thing) {
            let Some(is_so) = self.fence_says(place, fence, kind) else {
                continue;
            };
            self.pass(place, at.0, Figure::flag(is_so), into);
            if kind == FenceEventKind::Passed {
                self.pass(place, at.0, Figure::flag(false), into);
            }
        }
    }

    /// Lets time pass until `now`: delays end, silence counts, old conditions no longer count.
    pub fn advance(&mut self, now: UtcMillis, into: &mut Vec<Change>) {
        if self.is_unsettled {
            self.settle(now.0, into);
        }
        while let Some(Reverse((due, place))) = self.timers.peek().copied() {
            if due > now.0 {
                break;
            }
            self.timers.pop();
            let Some(instance) = self.made.instances.get_mut(place as usize) else {
                continue;
            };
            // An earlier timer of the same condition has taken its place.
            if instance.armed != due {
                continue;
            }
            instance.armed = i64::MAX;
            match self.timed_figure(place, due) {
                Some(figure) => self.pass(place, due, figure, into),
                None => self.ripen(place, due, into),
            }
        }
    }

    /// When [`Evaluator::advance`] has something to do next.
    pub fn next_due(&self) -> Option<UtcMillis> {
        self.timers.peek().map(|Reverse((due, _))| UtcMillis(*due))
    }

    /// Makes a condition active as it was written down earlier, without a change. False when nothing is called so.
    pub fn restore(
        &mut self,
        condition: &str,
        since: UtcMillis,
        severity: Severity,
        limit: f64,
    ) -> bool {
        let Some(place) = self.made.places.get(condition).copied() else {
            return false;
        };
        let Some(instance) = self.made.instances.get_mut(place as usize) else {
            return false;
        };
        let Some(program) = self.made.programs.get(instance.program as usize) else {
            return false;
        };
        if severity == Severity::Normal {
            return false;
        }
        let was_active = instance.gate.is_active();
        instance
            .gate
            .restore(&program.bars, since.0, severity, limit);
        if !was_active {
            for listener in range(&self.made.of_source, place) {
                self.note(listener, (place, true, since.0));
            }
            self.is_unsettled = true;
        }
        true
    }

    /// Takes over what is active, what was learnt and what was seen from an evaluator of other rules or of another catalogue.
    pub fn take_over(&mut self, before: &Self) {
        for (id, old) in &before.made.rows {
            let new = self.made.rows.get(id).copied();
            let (Some(new), Some(old)) = (new, before.made.series.get(*old as usize)) else {
                continue;
            };
            if let Some(series) = self.made.series.get_mut(new as usize) {
                (series.last_at, series.value) = (old.last_at, old.value);
            }
        }
        for (name, old) in &before.made.places {
            if let Some(place) = self.made.places.get(name).copied() {
                self.take_memory(place, before, *old);
            }
        }
        for change in before.active() {
            self.restore(
                &change.condition,
                change.since,
                change.severity,
                change.limit,
            );
        }
    }

    /// What is active, by name, each as if it had just been raised.
    pub fn active(&self) -> impl Iterator<Item = Change> {
        self.made.places.values().filter_map(move |place| {
            let instance = self.made.instances.get(*place as usize)?;
            let is_active = instance.gate.is_active();
            is_active.then(|| self.change_of(*place, instance.gate.standing()))?
        })
    }

    /// Looks at a value for one condition.
    #[inline]
    fn feed(&mut self, place: u32, seen: Seen, into: &mut Vec<Change>) {
        let made = &mut self.made;
        let Some(instance) = made.instances.get(place as usize) else {
            return;
        };
        let Some(program) = made.programs.get(instance.program as usize) else {
            return;
        };
        if seen.is_suspect && !program.takes_suspect {
            return;
        }
        let state = instance.state as usize;
        let figure = match &program.sense {
            Sense::Value => Figure::of(seen.value),
            Sense::Rate {
                part_ms,
                is_percent,
            } => match made.memory.windows.get_mut(state) {
                Some(window) => window.take(*part_ms, *is_percent, seen.at, seen.value),
                None => return,
            },
            Sense::Usual { hours, least } => {
                match made.memory.bins.get_mut(state..state + hours.bins()) {
                    Some(bins) => hours.take(bins, *least, seen.at, seen.value),
                    None => return,
                }
            }
            Sense::Partner { least } => match made.series.get(state) {
                Some(partner) if !partner.is_gap(seen.at) => {
                    let off = seen.value - partner.value;
                    Figure::of(if off.abs() < *least { 0.0 } else { off })
                }
                _ => return,
            },
            Sense::Stuck { by, except } => match made.memory.still.get_mut(state) {
                Some(still) => still.take(*by, except, seen.is_gap, seen.at, seen.value),
                None => return,
            },
            Sense::Missing => Figure::of(0.0),
            Sense::Fence { .. } | Sense::Count { .. } | Sense::Combination(_) => return,
        };
        if !instance.gate.is_quiet(&program.bars, figure) {
            self.pass(place, seen.at, figure, into);
        }
    }

    /// What a fence event means for one condition; nothing when it is about other fences.
    fn fence_says(&mut self, place: u32, fence: u32, kind: FenceEventKind) -> Option<bool> {
        let instance = self.made.instances.get(place as usize)?;
        let program = self.made.programs.get(instance.program as usize)?;
        let Sense::Fence { state, fences } = &program.sense else {
            return None;
        };
        let bit = fences.iter().position(|own| *own == fence)?;
        let inside = self.made.memory.inside.get_mut(instance.state as usize)?;
        fence_figure(*state, inside, 1 << bit, kind)
    }

    /// The figure of a condition that time alone changes.
    fn timed_figure(&mut self, place: u32, at: i64) -> Option<Figure> {
        let instance = self.made.instances.get(place as usize)?;
        let program = self.made.programs.get(instance.program as usize)?;
        match &program.sense {
            Sense::Missing => {
                let series = self.made.series.get(instance.row as usize)?;
                Some(Figure::of(series.periods_missed(self.begins, at)))
            }
            Sense::Count { within_ms } => {
                let counted = self.made.memory.counted.get_mut(instance.state as usize)?;
                Some(Figure::of(counted.figure(*within_ms, at)))
            }
            Sense::Combination(lists) => {
                let members = self.made.memory.members.get(instance.state as usize)?;
                Some(Figure::flag(members.holds(*lists)))
            }
            _ => None,
        }
    }

    /// Gives a figure to a condition, and what follows to those that are made of it.
    fn pass(&mut self, place: u32, at: i64, figure: Figure, into: &mut Vec<Change>) {
        self.decide(place, at, Some(figure), into);
        self.spread(into);
    }

    /// Ends delays of a condition whose figure time does not change.
    fn ripen(&mut self, place: u32, at: i64, into: &mut Vec<Change>) {
        self.decide(place, at, None, into);
        self.spread(into);
    }

    fn decide(&mut self, place: u32, at: i64, figure: Option<Figure>, into: &mut Vec<Change>) {
        let Some(instance) = self.made.instances.get_mut(place as usize) else {
            return;
        };
        let Some(program) = self.made.programs.get(instance.program as usize) else {
            return;
        };
        let delays = program.delays;
        let gate = &mut instance.gate;
        let ripened = gate.ripen(delays, at);
        let taken = figure.and_then(|figure| gate.take(&program.bars, delays, at, figure));
        let wait = gate.due(delays);
        let timed = timed_due(&self.made, program, place, self.begins, at);
        for turn in [ripened, taken].into_iter().flatten() {
            into.extend(self.change_of(place, turn));
            if turn.kind != ChangeKind::Worsened {
                let is_active = turn.kind == ChangeKind::Raised;
                self.news.push_back((place, is_active, turn.at));
            }
        }
        // A moment that is over would only come again and again.
        let next = [wait, timed].into_iter().flatten().min();
        if let Some(due) = next {
            self.arm(place, due.max(at.saturating_add(1)));
        }
    }

    /// Tells conditions that are made of others what became of these.
    fn spread(&mut self, into: &mut Vec<Change>) {
        while let Some(news) = self.news.pop_front() {
            let (source, _, at) = news;
            for place in range(&self.made.of_source, source) {
                let Some(listener) = self.note(place, news) else {
                    continue;
                };
                if let Some(figure) = self.timed_figure(listener, at) {
                    self.decide(listener, at, Some(figure), into);
                }
            }
        }
    }

    /// Writes news down at the listener with the number `entry`; which condition that is.
    fn note(&mut self, entry: u32, (source, is_active, at): News) -> Option<u32> {
        let (listener, slot) = self.made.listeners.get(entry as usize).copied()?;
        let instance = self.made.instances.get(listener as usize)?;
        let program = self.made.programs.get(instance.program as usize)?;
        let state = instance.state as usize;
        match program.sense {
            Sense::Count { .. } => {
                let counted = self.made.memory.counted.get_mut(state)?;
                counted.note(source, is_active, at);
            }
            _ => self
                .made
                .memory
                .members
                .get_mut(state)?
                .note(slot, is_active),
        }
        Some(listener)
    }

    /// Looks at all conditions that are made of others.
    fn settle(&mut self, at: i64, into: &mut Vec<Change>) {
        self.is_unsettled = false;
        for place in self.made.first_made..self.made.instances.len() as u32 {
            if let Some(figure) = self.timed_figure(place, at) {
                self.pass(place, at, figure, into);
            }
        }
    }

    fn arm(&mut self, place: u32, due: i64) {
        if let Some(instance) = self.made.instances.get_mut(place as usize)
            && due < instance.armed
        {
            instance.armed = due;
            self.timers.push(Reverse((due, place)));
        }
    }

    fn take_memory(&mut self, place: u32, before: &Self, old: u32) {
        let (Some(own), Some(other)) = (self.parts_of(place), before.parts_of(old)) else {
            return;
        };
        let ((state, program), (old_state, old_program)) = (own, other);
        if program.sense != old_program.sense {
            return;
        }
        let memory = &mut self.made.memory;
        let old_memory = &before.made.memory;
        match &old_program.sense {
            Sense::Rate { .. } => copy(
                &mut memory.windows,
                state,
                &old_memory.windows,
                old_state,
                1,
            ),
            Sense::Usual { hours, .. } => {
                copy(
                    &mut memory.bins,
                    state,
                    &old_memory.bins,
                    old_state,
                    hours.bins(),
                );
            }
            Sense::Stuck { .. } => copy(&mut memory.still, state, &old_memory.still, old_state, 1),
            Sense::Fence { .. } => {
                copy(&mut memory.inside, state, &old_memory.inside, old_state, 1);
            }
            _ => {}
        }
    }

    fn parts_of(&self, place: u32) -> Option<(usize, &Program)> {
        let instance = self.made.instances.get(place as usize)?;
        let program = self.made.programs.get(instance.program as usize)?;
        Some((instance.state as usize, program))
    }

    fn change_of(&self, place: u32, turn: Turn) -> Option<Change> {
        let instance = self.made.instances.get(place as usize)?;
        let program = self.made.programs.get(instance.program as usize)?;
        let known = |number: u32| Some(number).filter(|number| *number != NONE);
        Some(Change {
            condition: self.made.names.get(place as usize)?.clone(),
            rule: known(program.rule),
            series: known(instance.row),
            thing: known(instance.thing),
            kind: turn.kind,
            severity: turn.severity,
            value: turn.value,
            limit: turn.limit,
            at: UtcMillis(turn.at),
            since: UtcMillis(turn.since),
            cause: program.cause,
        })
    }
}

/// A value as conditions see it.
#[derive(Clone, Copy)]
struct Seen {
    at: i64,
    value: f64,
    is_gap: bool,
    is_suspect: bool,
}

/// When time alone will change the figure of a condition.
fn timed_due(made: &Compiled, program: &Program, place: u32, begins: i64, at: i64) -> Option<i64> {
    let instance = made.instances.get(place as usize)?;
    match &program.sense {
        Sense::Missing => {
            let series: &Series = made.series.get(instance.row as usize)?;
            series.missing_due(&program.bars, begins, series.periods_missed(begins, at))
        }
        Sense::Count { within_ms } => made
            .memory
            .counted
            .get(instance.state as usize)?
            .due(*within_ms),
        _ => None,
    }
}

/// The places from where `number` begins to where the next one does.
fn range(starts: &[u32], number: u32) -> Range<u32> {
    let at = |place: usize| starts.get(place).copied().unwrap_or(0);
    let next = (number as usize).saturating_add(1);
    if next < starts.len() {
        at(number as usize)..at(next)
    } else {
        0..0
    }
}

fn copy<T: Clone>(into: &mut [T], to: usize, from: &[T], begin: usize, count: usize) {
    if let (Some(into), Some(from)) = (into.get_mut(to..to + count), from.get(begin..begin + count))
    {
        into.clone_from_slice(from);
    }
}
