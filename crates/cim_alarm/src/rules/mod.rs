//! Rules: what has to be so before something is an alarm, written in `rules/*.toml` of scene packs.
//!
//! | file | what |
//! |---|---|
//! | `plan` | a rule as it is written |
//! | `keys`, `read`, `read_when`, `set` | reads rules; every mistake is named with file, line, rule and key |
//! | `suppress` | suppression groups: which conditions leave the list together, and while what |
//! | `area` | a polygon of longitudes and latitudes |
//! | `select` | what a selection takes |
//! | `compile` | rules held against things and series: which instance watches what |
//! | `gate` | levels, dead band, on and off delay: when a figure becomes an alarm |
//! | `sense` | what an instance remembers of its series: change over time, what is usual, standing still |
//! | `group` | counts and combinations of other rules |
//! | `evaluator` | takes values as they come and says what changed |
//! | `trial` | what rules would have raised over a recording |
//!
//! A condition is one rule at one subject. The limits that a datastream states itself are the rule `limits`; its conditions
//! are called by the datastream's identity alone. Those of a written rule are called `rule:<rule>/<subject>`.
//! Pure: values, times and texts come in, changes go out.

mod area;
mod change;
mod compile;
mod evaluator;
mod gate;
mod group;
mod keys;
mod plan;
mod read;
mod read_when;
mod select;
mod sense;
mod set;
mod suppress;
#[cfg(test)]
mod tests;
mod trial;

pub use area::Area;
pub use change::{Cause, Change, ChangeKind};
pub use compile::{Catalogue, MOST_INSTANCES, MOST_LEARNT_BINS};
pub use evaluator::Evaluator;
pub use plan::{
    AUDIBLE_FROM, By, Combination, Consequence, CountRule, DEAD_BAND, DeadBand, Deviation,
    Expected, FenceState, LevelTable, Levels, Rate, RulePlan, RuleProblem, Selection, Stuck, When,
    severity_of_priority, severity_word,
};
pub use read::{MOST_FILE_BYTES, MOST_RULES, read_rules};
pub use set::{RuleFile, RuleSet};
pub use suppress::{ConditionPick, GroupPlan, MOST_SUPPRESSION_GROUPS, Window};
pub use trial::{
    Burst, FIRST_ALARMS, MOST_RAISES, RuleTrial, Trial, TrialAlarm, TrialReport, WORST_STRETCH_MS,
};
