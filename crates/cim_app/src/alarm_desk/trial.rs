//! A rule tried on what this desk has seen, before somebody relies on it.

use super::{Lists, OWN_LIMITS, page::finite, rules::watched};
use crate::{
    live::Live,
    wire::{RuleExampleDto, RuleTrialDto},
};
use cim_alarm::rules::{Catalogue, RuleSet, Trial, TrialReport};
use cim_model::{Datastream, Thing, UtcMillis};
use cim_store::Row;

/// So many alarms are told as examples.
const MOST_EXAMPLES: usize = 50;
/// No row has this number.
const NO_ROW: u32 = u32::MAX;

/// Everything that a trial needs, apart from the desk: it takes long.
pub(crate) struct RuleToTry {
    rules: RuleSet,
    things: Vec<Thing>,
    datastreams: Vec<Datastream>,
    /// The row of each series, by the store's number.
    rows: Vec<u32>,
}

/// A trial under way.
pub(crate) struct Trying {
    trial: Trial,
    rows: Vec<u32>,
}

impl RuleToTry {
    /// What a trial of the rule `id` needs; `None` when there is no such rule.
    pub(crate) fn new(live: &Live, id: &str) -> Option<Self> {
        let rules = &live.alarms.rules;
        if id != OWN_LIMITS {
            rules.find(id)?;
        }
        let (things, datastreams) = watched(&live.state);
        let mut rows = Vec::new();
        for row in 0..datastreams.len() as u32 {
            let Some(number) = live.state.number(row).map(|number| number as usize) else {
                continue;
            };
            if rows.len() <= number {
                rows.resize(number + 1, NO_ROW);
            }
            if let Some(slot) = rows.get_mut(number) {
                *slot = row;
            }
        }
        Some(Self {
            // Others may be part of it, and the worst ten minutes are those of all.
            rules: rules.set().clone(),
            things,
            datastreams,
            rows,
        })
    }

    /// Begins at `from`.
    pub(crate) fn begin(self, from: UtcMillis) -> Trying {
        let catalogue = Catalogue {
            things: &self.things,
            datastreams: &self.datastreams,
            fences: &[],
        };
        // What cannot be watched was told when the rules were read.
        let (trial, _) = Trial::new(&self.rules, catalogue, from);
        Trying {
            trial,
            rows: self.rows,
        }
    }
}

impl Trying {
    /// Takes the next values, in the order of time.
    pub(crate) fn take(&mut self, values: &[Row]) {
        for value in values {
            let row = self.rows.get(value.series as usize).copied();
            if let Some(row) = row.filter(|row| *row != NO_ROW) {
                let at = UtcMillis(value.happened_at);
                self.trial.observe(row, at, value.value, value.quality);
            }
        }
    }

    /// Lets time pass until `until`, and sums up.
    pub(crate) fn finish(self, until: UtcMillis) -> TrialReport {
        self.trial.finish(until)
    }
}

/// What the rule `id` would have done, as the wire has it.
pub(crate) fn trial_dto(lists: &Lists<'_>, id: &str, report: &TrialReport) -> RuleTrialDto {
    let live = lists.live();
    let found = report.rules.iter().find(|one| one.rule == id);
    let count = |many: u64| u32::try_from(many).unwrap_or(u32::MAX);
    let plan = live.alarms.rules.find(id);
    let first = found.map(|one| one.first.as_slice()).unwrap_or_default();
    let examples = first.iter().take(MOST_EXAMPLES).map(|alarm| {
        let thing = live
            .alarm_thing(alarm.id.as_str())
            .and_then(|row| live.state.thing(row));
        RuleExampleDto {
            name: thing.map_or_else(|| alarm.id.to_string(), |row| row.thing.name.clone()),
            at: alarm.at.0,
            value: finite(alarm.value).unwrap_or_default(),
            severity: alarm.severity.into(),
        }
    });
    RuleTrialDto {
        rule: id.to_owned(),
        name: plan.map_or_else(String::new, |plan| {
            plan.name.in_language(&live.language).to_owned()
        }),
        raised: count(found.map_or(0, |one| one.raised)),
        in_burst: count(found.map_or(0, |one| one.in_burst)),
        burst_at: report.burst.map(|burst| burst.from.0),
        chattering: count(found.map_or(0, |one| one.chattering)),
        examples: examples.collect(),
    }
}
