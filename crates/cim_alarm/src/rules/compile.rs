//! Rules held against a city: which instance of which rule watches what.
//!
//! Instances that watch series lie first, by row, so that a value finds its instances in one slice; then those that watch
//! things and fences, by thing; then those that are made of others, each behind what it is made of.

use super::{
    By, Cause, DeadBand, Deviation, Expected, FenceState, LevelTable, Levels, RulePlan,
    RuleProblem, RuleSet, Selection, When,
    gate::{Bars, Delays, Gate},
    group::{Counted, Lists, Members},
    select::Matcher,
    sense::{Bin, Hours, Series, Still, Window},
    set::{OWN_LIMITS, by_of},
};
use cim_model::{Datastream, Limits, Severity, Thing, ThingId, UtcMillis};
use std::{collections::BTreeMap, sync::Arc};

/// More conditions than this are not watched; the rules that ask for more are told.
pub const MOST_INSTANCES: usize = 1 << 22;
/// Hours learnt for all series together; rules that ask for more are told.
pub const MOST_LEARNT_BINS: usize = 1 << 23;

/// No row, no thing, no rule.
pub(super) const NONE: u32 = u32::MAX;

/// Clocks of hub and desk are never quite equal.
const GRACE_MS: i64 = 1_000;

/// What is in the city. Rows are places in these slices.
#[derive(Clone, Copy, Debug, Default)]
pub struct Catalogue<'a> {
    /// Devices and whatever moves.
    pub things: &'a [Thing],
    /// Their series; a value is told by its series' place here.
    pub datastreams: &'a [Datastream],
    /// Identities of fences; an event is told by its fence's place here.
    pub fences: &'a [String],
}

/// What a condition looks at.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sense {
    Value,
    Rate {
        part_ms: i64,
        is_percent: bool,
    },
    Usual {
        hours: Hours,
        least: f64,
    },
    Partner {
        least: f64,
    },
    Stuck {
        by: f64,
        except: Arc<[f64]>,
    },
    Missing,
    Fence {
        state: FenceState,
        fences: Arc<[u32]>,
    },
    Count {
        within_ms: i64,
    },
    Combination(Lists),
}

/// What instances of one rule with the same levels share.
#[derive(Clone, Debug)]
pub(super) struct Program {
    /// The rule's place in the set; [`NONE`] for datastreams' own limits.
    pub(super) rule: u32,
    pub(super) bars: Bars,
    pub(super) delays: Delays,
    pub(super) sense: Sense,
    pub(super) cause: Cause,
    pub(super) takes_suspect: bool,
}

/// One rule at one subject.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instance {
    pub(super) gate: Gate,
    pub(super) program: u32,
    /// Where its sense remembers, or the row of its partner.
    pub(super) state: u32,
    pub(super) row: u32,
    pub(super) thing: u32,
    /// The moment of its earliest timer that counts; `i64::MAX` without one.
    pub(super) armed: i64,
}

/// What senses remember, by [`Instance::state`].
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    pub(super) windows: Vec<Window>,
    pub(super) bins: Vec<Bin>,
    pub(super) still: Vec<Still>,
    pub(super) inside: Vec<u64>,
    pub(super) counted: Vec<Counted>,
    pub(super) members: Vec<Members>,
}

/// Rules held against a city.
#[derive(Clone, Debug, Default)]
pub(super) struct Compiled {
    pub(super) programs: Vec<Program>,
    pub(super) instances: Vec<Instance>,
    /// The conditions' names, by instance.
    pub(super) names: Vec<Arc<str>>,
    pub(super) places: BTreeMap<Arc<str>, u32>,
    pub(super) series: Vec<Series>,
    /// The series' identities, by row.
    pub(super) rows: BTreeMap<Arc<str>, u32>,
    /// Where the instances of each row begin; one more than there are rows.
    pub(super) of_row: Vec<u32>,
    /// Where those of each thing's fences begin.
    pub(super) of_thing: Vec<u32>,
    /// Where those begin that are made of others.
    pub(super) first_made: u32,
    /// Where the listeners of each instance begin.
    pub(super) of_source: Vec<u32>,
    /// An instance that is made of this one, and as which member.
    pub(super) listeners: Vec<(u32, u32)>,
    pub(super) memory: Memory,
}

/// An instance before all are in order.
struct Draft {
    instance: Instance,
    name: Arc<str>,
    /// The area that it is about; empty for things.
    area: Arc<str>,
}

/// The compiling at hand.
struct Compiler<'a> {
    rules: &'a [RulePlan],
    catalogue: Catalogue<'a>,
    things: BTreeMap<&'a ThingId, u32>,
    programs: Vec<Program>,
    drafts: Vec<Draft>,
    memory: Memory,
    problems: Vec<RuleProblem>,
}

/// Holds `rules` against `catalogue`.
pub(super) fn compile(rules: &RuleSet, catalogue: Catalogue<'_>) -> (Compiled, Vec<RuleProblem>) {
    let named = catalogue.things.iter().zip(0_u32..);
    let mut compiler = Compiler {
        rules: rules.rules(),
        catalogue,
        things: named.map(|(thing, place)| (&thing.id, place)).collect(),
        programs: Vec::new(),
        drafts: Vec::new(),
        memory: Memory::default(),
        problems: Vec::new(),
    };
    compiler.own_limits();
    for (rule, number) in compiler.rules.iter().zip(0_u32..) {
        match &rule.when {
            When::Count(_) | When::Combination(_) | When::Fence { .. } => {}
            _ => compiler.over_series(rule, number),
        }
    }
    compiler.drafts.sort_by_key(|draft| draft.instance.row);
    let of_row = starts(
        compiler.drafts.iter().map(|draft| draft.instance.row),
        catalogue.datastreams.len(),
        0,
    );
    let first_fence = compiler.drafts.len();
    compiler.over_fences();
    let (_, fenced) = compiler.drafts.split_at_mut(first_fence);
    fenced.sort_by_key(|draft| draft.instance.thing);
    let of_thing = starts(
        fenced.iter().map(|draft| draft.instance.thing),
        catalogue.things.len(),
        first_fence as u32,
    );
    let first_made = compiler.drafts.len() as u32;
    let listeners = compiler.over_others();
    compiler.finish(of_row, of_thing, first_made, listeners)
}

/// Where the entries of each of `count` numbers begin in a list that is in their order, and where the last ends.
fn starts(numbers: impl Iterator<Item = u32>, count: usize, first: u32) -> Vec<u32> {
    let mut lengths = vec![0_u32; count + 1];
    for number in numbers {
        if let Some(length) = lengths.get_mut(number as usize + 1) {
            *length += 1;
        }
    }
    let mut at = first;
    for length in &mut lengths {
        at += *length;
        *length = at;
    }
    lengths
}

impl<'a> Compiler<'a> {
    /// The limits that datastreams state themselves; series with the same share a program.
    fn own_limits(&mut self) {
        let mut known: BTreeMap<[u64; 10], u32> = BTreeMap::new();
        for (datastream, row) in self.catalogue.datastreams.iter().zip(0_u32..) {
            if datastream.limits == Limits::default() {
                continue;
            }
            let bars = Bars::new(
                &levels_of(&datastream.limits),
                DeadBand::Share(super::DEAD_BAND),
            );
            let program = *known.entry(bars.bits()).or_insert_with(|| {
                self.programs.push(Program {
                    rule: NONE,
                    bars,
                    delays: Delays::default(),
                    sense: Sense::Value,
                    cause: Cause::Limit,
                    takes_suspect: true,
                });
                self.programs.len() as u32 - 1
            });
            let thing = self.things.get(&datastream.thing).copied();
            self.drafts.push(Draft {
                instance: instance(program, 0, row, thing.unwrap_or(NONE)),
                name: Arc::clone(&datastream.id.0),
                area: Arc::from(""),
            });
        }
    }

    /// The instances of a rule that watches series, one for each that it selects.
    fn over_series(&mut self, rule: &'a RulePlan, number: u32) {
        let Some((sense, levels, cause)) = sense_of(rule) else {
            return;
        };
        let partners = self.partners_of(rule);
        let matcher = Matcher::new(&rule.on);
        let program = self.program(rule, number, sense.clone(), &levels, cause);
        for (datastream, row) in self.catalogue.datastreams.iter().zip(0_u32..) {
            let Some(place) = self.things.get(&datastream.thing).copied() else {
                continue;
            };
            let Some(thing) = self.catalogue.things.get(place as usize) else {
                continue;
            };
            let is_due = sense != Sense::Missing || period_ms(datastream) > 0;
            if !is_due || !matcher.takes_series(thing, datastream) {
                continue;
            }
            let state = match &sense {
                Sense::Partner { .. } => match partners.get(&datastream.thing) {
                    Some(partner) if *partner != row => *partner,
                    _ => continue,
                },
                _ => match self.memory.room(&sense) {
                    Some(state) => state,
                    None => return self.full(rule),
                },
            };
            let name = name_of(rule, datastream.id.as_str());
            if !self.push(rule, instance(program, state, row, place), name, "") {
                return;
            }
        }
    }

    /// The series of each thing that a deviation is held against.
    fn partners_of(&self, rule: &RulePlan) -> BTreeMap<&'a ThingId, u32> {
        let When::Deviation(Deviation {
            from: Expected::Series { property },
            ..
        }) = &rule.when
        else {
            return BTreeMap::new();
        };
        let rows = self.catalogue.datastreams.iter().zip(0_u32..);
        let mut partners = BTreeMap::new();
        for (datastream, row) in
            rows.filter(|(datastream, _)| datastream.observed_property == *property)
        {
            partners.entry(&datastream.thing).or_insert(row);
        }
        partners
    }

    /// The instances of rules about things and fences.
    fn over_fences(&mut self) {
        let known: BTreeMap<&str, u32> = self
            .catalogue
            .fences
            .iter()
            .zip(0_u32..)
            .map(|(fence, place)| (fence.as_str(), place))
            .collect();
        for (rule, number) in self.rules.iter().zip(0_u32..) {
            let When::Fence { state, fences } = &rule.when else {
                continue;
            };
            for fence in fences
                .iter()
                .filter(|fence| !known.contains_key(fence.as_str()))
            {
                let mut problem =
                    rule.problem("when.fences", format!("there is no fence `{fence}`"));
                problem.is_passed_over = true;
                self.problems.push(problem);
            }
            let fences: Arc<[u32]> = fences
                .iter()
                .filter_map(|fence| known.get(fence.as_str()).copied())
                .collect();
            let sense = Sense::Fence {
                state: *state,
                fences,
            };
            let program = self.program(
                rule,
                number,
                sense.clone(),
                &flag_levels(rule.severity),
                Cause::Fence,
            );
            let matcher = Matcher::new(&rule.on);
            for (thing, place) in self.catalogue.things.iter().zip(0_u32..) {
                if !matcher.takes_thing(thing, &[]) {
                    continue;
                }
                let Some(state) = self.memory.room(&sense) else {
                    continue;
                };
                let name = name_of(rule, thing.id.as_str());
                if !self.push(rule, instance(program, state, NONE, place), name, "") {
                    break;
                }
            }
        }
    }

    /// The instances of rules that are made of others, and who listens to whom: source, listener, member.
    fn over_others(&mut self) -> Vec<(u32, u32, u32)> {
        let mut of_rule: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (draft, place) in self.drafts.iter().zip(0_u32..) {
            of_rule.entry(self.rule_of(draft)).or_default().push(place);
        }
        let numbers: BTreeMap<&str, u32> = self
            .rules
            .iter()
            .zip(0_u32..)
            .map(|(rule, number)| (rule.id.as_str(), number))
            .chain([(OWN_LIMITS, NONE)])
            .collect();
        let mut listeners = Vec::new();
        for (rule, number) in self.rules.iter().zip(0_u32..) {
            let (sense, levels, cause) = match &rule.when {
                When::Count(count) => {
                    let within_ms = millis(count.within_s);
                    let levels = Levels {
                        above: count.least,
                        ..Levels::default()
                    };
                    (Sense::Count { within_ms }, levels, Cause::Count)
                }
                When::Combination(made) => {
                    let lists = Lists {
                        all: made.all.len(),
                        any: made.any.len(),
                    };
                    (
                        Sense::Combination(lists),
                        flag_levels(rule.severity),
                        Cause::Combination,
                    )
                }
                _ => continue,
            };
            let program = self.program(rule, number, sense, &levels, cause);
            let mut made: BTreeMap<Arc<str>, u32> = BTreeMap::new();
            for (member, slot) in rule.when.members().zip(0_u32..) {
                let sources = numbers.get(member).and_then(|number| of_rule.get(number));
                listeners.extend(sources.into_iter().flatten().filter_map(|source| {
                    let listener = self.listener_of(rule, program, *source, &mut made)?;
                    Some((*source, listener, slot))
                }));
            }
            of_rule.insert(number, made.into_values().collect());
        }
        listeners
    }

    /// The instance of `rule` that listens to `source`, made when it is the first of its subject.
    fn listener_of(
        &mut self,
        rule: &RulePlan,
        program: u32,
        source: u32,
        made: &mut BTreeMap<Arc<str>, u32>,
    ) -> Option<u32> {
        let by = by_of(rule);
        let draft = self.drafts.get(source as usize)?;
        let thing = self.catalogue.things.get(draft.instance.thing as usize);
        let datastream = self.catalogue.datastreams.get(draft.instance.row as usize);
        let is_area = !draft.area.is_empty();
        let is_selected = match thing {
            Some(thing) => Matcher::new(&rule.on).takes_source(thing, datastream),
            None => is_area && rule.on == Selection::default(),
        };
        if !is_selected {
            return None;
        }
        let subject: Arc<str> = match (&by, thing) {
            (By::Selection, _) => Arc::from("all"),
            (By::Thing, Some(thing)) if !is_area => Arc::clone(&thing.id.0),
            (By::Property(_), None) => Arc::clone(&draft.area),
            (By::Property(name), Some(thing)) => {
                let (_, value) = thing.properties.iter().find(|(key, _)| key == name)?;
                Arc::from(value.as_str())
            }
            _ => return None,
        };
        if let Some(place) = made.get(&subject) {
            return Some(*place);
        }
        let place = if by == By::Thing {
            draft.instance.thing
        } else {
            NONE
        };
        let state = self.memory.room_of(rule)?;
        let area = if by == By::Thing { "" } else { &*subject };
        let name = name_of(rule, &subject);
        if !self.push(rule, instance(program, state, NONE, place), name, area) {
            return None;
        }
        let listener = self.drafts.len() as u32 - 1;
        made.insert(subject, listener);
        Some(listener)
    }

    fn rule_of(&self, draft: &Draft) -> u32 {
        let program = self.programs.get(draft.instance.program as usize);
        program.map_or(NONE, |program| program.rule)
    }

    fn program(
        &mut self,
        rule: &RulePlan,
        number: u32,
        sense: Sense,
        levels: &Levels,
        cause: Cause,
    ) -> u32 {
        // What is yes or no, or a whole number, needs no dead band.
        let band = match sense {
            Sense::Value | Sense::Rate { .. } | Sense::Usual { .. } | Sense::Partner { .. } => {
                rule.dead_band
            }
            _ => DeadBand::Absolute(0.0),
        };
        self.programs.push(Program {
            rule: number,
            bars: Bars::new(levels, band),
            delays: Delays {
                on_ms: millis(rule.on_delay_s),
                off_ms: millis(rule.off_delay_s),
            },
            sense,
            cause,
            takes_suspect: rule.takes_suspect,
        });
        self.programs.len() as u32 - 1
    }

    /// Adds an instance; false, and told, when there are too many.
    fn push(&mut self, rule: &RulePlan, instance: Instance, name: Arc<str>, area: &str) -> bool {
        if self.drafts.len() >= MOST_INSTANCES {
            let reason =
                format!("selects too much: at most {MOST_INSTANCES} conditions are watched");
            self.problems.push(rule.problem("on", reason));
            return false;
        }
        self.drafts.push(Draft {
            instance,
            name,
            area: Arc::from(area),
        });
        true
    }

    fn full(&mut self, rule: &RulePlan) {
        let reason = format!("selects too much: at most {MOST_LEARNT_BINS} hours are learnt");
        self.problems.push(rule.problem("on", reason));
    }

    fn finish(
        self,
        of_row: Vec<u32>,
        of_thing: Vec<u32>,
        first_made: u32,
        mut listeners: Vec<(u32, u32, u32)>,
    ) -> (Compiled, Vec<RuleProblem>) {
        listeners.sort_unstable();
        let of_source = starts(
            listeners.iter().map(|(source, ..)| *source),
            self.drafts.len(),
            0,
        );
        let names: Vec<Arc<str>> = self
            .drafts
            .iter()
            .map(|draft| Arc::clone(&draft.name))
            .collect();
        let places = names.iter().map(Arc::clone).zip(0_u32..).collect();
        let datastreams = self.catalogue.datastreams;
        let series = datastreams.iter().map(|datastream| Series {
            last_at: Series::NEVER,
            value: 0.0,
            period_ms: period_ms(datastream),
        });
        let ids = datastreams
            .iter()
            .map(|datastream| Arc::clone(&datastream.id.0));
        let made = Compiled {
            programs: self.programs,
            instances: self.drafts.iter().map(|draft| draft.instance).collect(),
            names,
            places,
            series: series.collect(),
            rows: ids.zip(0_u32..).collect(),
            of_row,
            of_thing,
            first_made,
            of_source,
            listeners: listeners
                .into_iter()
                .map(|(_, listener, slot)| (listener, slot))
                .collect(),
            memory: self.memory,
        };
        (made, self.problems)
    }
}

impl Memory {
    /// Room for one more instance with this sense; nothing when there are too many hours.
    fn room(&mut self, sense: &Sense) -> Option<u32> {
        let place = match sense {
            Sense::Rate { .. } => {
                self.windows.push(Window::EMPTY);
                self.windows.len() - 1
            }
            Sense::Usual { hours, .. } => {
                let place = self.bins.len();
                if place + hours.bins() > MOST_LEARNT_BINS {
                    return None;
                }
                self.bins.resize(place + hours.bins(), Bin::EMPTY);
                place
            }
            Sense::Stuck { .. } => {
                self.still.push(Still::EMPTY);
                self.still.len() - 1
            }
            Sense::Fence { .. } => {
                self.inside.push(0);
                self.inside.len() - 1
            }
            _ => 0,
        };
        u32::try_from(place).ok()
    }

    /// Room for one more instance of a rule that is made of others.
    fn room_of(&mut self, rule: &RulePlan) -> Option<u32> {
        let place = if let When::Count(count) = &rule.when {
            let (_, most) = count.least.worst_first().next()?;
            let most = if count.within_s > 0.0 {
                most.ceil() as usize
            } else {
                0
            };
            self.counted.push(Counted::new(most));
            self.counted.len() - 1
        } else {
            self.members.push(Members::new(rule.when.members().count()));
            self.members.len() - 1
        };
        u32::try_from(place).ok()
    }
}

/// What a rule about series looks at, and its levels.
fn sense_of(rule: &RulePlan) -> Option<(Sense, Levels, Cause)> {
    let falling = |table: LevelTable| table.map(|level| -level);
    Some(match &rule.when {
        When::Limits(levels) => (Sense::Value, *levels, Cause::Limit),
        When::Rate(rate) => {
            let sense = Sense::Rate {
                part_ms: Window::part_ms(rate.over_s),
                is_percent: rate.is_percent,
            };
            let levels = Levels {
                above: rate.rise,
                below: falling(rate.fall),
            };
            (sense, levels, Cause::Rate)
        }
        When::Deviation(deviation) => {
            let least = deviation.least;
            let usual = |hours| Sense::Usual { hours, least };
            let sense = match &deviation.from {
                Expected::HourOfDay { least_days } => usual(Hours::Day(*least_days)),
                Expected::HourOfWeek { least_weeks } => usual(Hours::Week(*least_weeks)),
                Expected::Yesterday => usual(Hours::Yesterday),
                Expected::Series { .. } => Sense::Partner { least },
            };
            let levels = Levels {
                above: deviation.above,
                below: falling(deviation.below),
            };
            (sense, levels, Cause::Deviation)
        }
        When::Stuck(stuck) => {
            let sense = Sense::Stuck {
                by: stuck.by,
                except: Arc::from(stuck.except.as_slice()),
            };
            let levels = Levels {
                above: stuck.for_s,
                ..Levels::default()
            };
            (sense, levels, Cause::Stuck)
        }
        When::Missing(periods) => {
            let levels = Levels {
                above: *periods,
                ..Levels::default()
            };
            (Sense::Missing, levels, Cause::Missing)
        }
        When::Fence { .. } | When::Count(_) | When::Combination(_) => return None,
    })
}

/// A datastream's own limits as levels.
fn levels_of(limits: &Limits) -> Levels {
    let mut levels = Levels::default();
    levels.above.set(Severity::Medium, limits.above_medium);
    levels.above.set(Severity::High, limits.above_high);
    levels.above.set(Severity::Critical, limits.above_critical);
    levels.below.set(Severity::Medium, limits.below_medium);
    levels.below.set(Severity::High, limits.below_high);
    levels
}

/// The level of what is 1 when it is so.
fn flag_levels(severity: Severity) -> Levels {
    let mut levels = Levels::default();
    levels.above.set(severity, Some(1.0));
    levels
}

fn instance(program: u32, state: u32, row: u32, thing: u32) -> Instance {
    Instance {
        gate: Gate::CLOSED,
        program,
        state,
        row,
        thing,
        armed: i64::MAX,
    }
}

fn name_of(rule: &RulePlan, subject: &str) -> Arc<str> {
    Arc::from(format!("rule:{}/{subject}", rule.id))
}

/// How often a series promises a value; 0 when it does not.
fn period_ms(datastream: &Datastream) -> i64 {
    if datastream.period_s.is_finite() && datastream.period_s > 0.0 {
        millis(datastream.period_s).max(1)
    } else {
        0
    }
}

fn millis(seconds: f64) -> i64 {
    (seconds * 1_000.0).round() as i64
}

/// The moments of timers that run from the start: whoever never reports is missing from then on.
pub(super) fn first_due(made: &Compiled, begins: UtcMillis) -> Vec<(i64, u32)> {
    let mut due = Vec::new();
    for (instance, place) in made.instances.iter().zip(0_u32..) {
        let Some(program) = made.programs.get(instance.program as usize) else {
            continue;
        };
        let series = made.series.get(instance.row as usize);
        if let (Sense::Missing, Some(series)) = (&program.sense, series) {
            due.extend(
                series
                    .missing_due(&program.bars, begins.0, 0.0)
                    .map(|at| (at, place)),
            );
        }
    }
    due
}

impl Series {
    /// For how many periods nothing has come at `at`; values are waited for since `begins` at the latest.
    pub(super) fn periods_missed(&self, begins: i64, at: i64) -> f64 {
        let waited = at
            .saturating_sub(self.last_at.max(begins))
            .saturating_sub(GRACE_MS);
        waited.max(0) as f64 / self.period_ms.max(1) as f64
    }

    /// When so many periods are missed that the level after `periods` is met.
    pub(super) fn missing_due(&self, bars: &Bars, begins: i64, periods: f64) -> Option<i64> {
        let level = bars.next_above(periods)?;
        let wait = (level * self.period_ms as f64).ceil() as i64;
        Some(
            self.last_at
                .max(begins)
                .saturating_add(wait)
                .saturating_add(GRACE_MS),
        )
    }
}
