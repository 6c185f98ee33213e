//! A rule as it is written: what it watches, when it is met, and how its alarms behave.

use super::{Area, select::Matcher};
use cim_layers::layer::Words;
use cim_model::{SensorKind, Severity, Thing, ThingClass};
use std::fmt;

/// How far a value must be back inside its limit before the alarm clears where nobody says otherwise, as a share of the
/// limit. Without it a value that trembles on its limit would ring all day.
pub const DEAD_BAND: f64 = 0.02;

/// From this severity on an alarm sounds where its rule does not say.
pub const AUDIBLE_FROM: Severity = Severity::Medium;

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RulePlan {
    /// Identity: a to z, 0 to 9, `-` and `_`, 64 at most.
    pub id: String,
    /// What people call it.
    pub name: Words,
    /// Why it is there and what to do.
    pub about: Words,
    /// The file that it stands in.
    pub file: String,
    /// The line in which it begins.
    pub line: u32,
    /// When it is met.
    pub when: When,
    /// How bad it is where the levels do not say.
    pub severity: Severity,
    /// What it watches.
    pub on: Selection,
    /// Seconds for which it must be met before it is active (ISA-18.2-2016, 3.1 "on-delay").
    pub on_delay_s: f64,
    /// Seconds for which it must be back before it is inactive (ISA-18.2-2016, 3.1 "off-delay").
    pub off_delay_s: f64,
    /// How far a figure must be back.
    pub dead_band: DeadBand,
    /// True when somebody must confirm that it is done with (OPC UA Part 9, 5.7.3 `ConfirmedState`).
    pub needs_confirm: bool,
    /// True when it stays until somebody resets it (OPC UA Part 9, 5.8.2 `LatchedState`).
    pub is_latching: bool,
    /// Seconds after which an active alarm rings again (OPC UA Part 9, 5.8.2 `ReAlarmTime`).
    pub re_alarm_s: Option<f64>,
    /// The longest time for which it may be shelved, seconds (OPC UA Part 9, 5.8.17 `MaxTimeShelved`).
    pub shelve_max_s: Option<f64>,
    /// True when it sounds.
    pub is_audible: bool,
    /// The suppression groups that it belongs to.
    pub groups: Vec<String>,
    /// The type of event whose plan answers it; empty for none.
    pub plan: String,
    /// The category word of an event that is made of its alarms; empty where `plan` says it.
    pub event_category: String,
    /// True when values that their source doubts count as well.
    pub takes_suspect: bool,
}

/// When a rule is met.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// A value beyond limits.
    Limits(Levels),
    /// A value that changes fast.
    Rate(Rate),
    /// A value away from what is expected.
    Deviation(Deviation),
    /// Values that come and stand still.
    Stuck(Stuck),
    /// No value for so many periods of the series, by severity.
    Missing(LevelTable),
    /// A thing and fences.
    Fence {
        /// What about the fence.
        state: FenceState,
        /// Identities of fences; any of them counts.
        fences: Vec<String>,
    },
    /// Many conditions of another rule at once.
    Count(CountRule),
    /// Conditions of other rules together.
    Combination(Combination),
}

impl When {
    /// The identities of the rules that this one is made of.
    pub fn members(&self) -> impl Iterator<Item = &str> {
        let (one, combination) = match self {
            Self::Count(count) => (Some(count.of.as_str()), None),
            Self::Combination(combination) => (None, Some(combination)),
            _ => (None, None),
        };
        let lists = combination.map(|made| [&made.all, &made.any, &made.none]);
        let many = lists.into_iter().flatten().flatten().map(String::as_str);
        one.into_iter().chain(many)
    }
}

/// Numbers by severity.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LevelTable {
    low: Option<f64>,
    medium: Option<f64>,
    high: Option<f64>,
    critical: Option<f64>,
}

impl LevelTable {
    /// The number of a severity.
    pub fn get(&self, severity: Severity) -> Option<f64> {
        match severity {
            Severity::Normal => None,
            Severity::Low => self.low,
            Severity::Medium => self.medium,
            Severity::High => self.high,
            Severity::Critical => self.critical,
        }
    }

    /// Another number for a severity; [`Severity::Normal`] has none.
    pub fn set(&mut self, severity: Severity, level: Option<f64>) {
        match severity {
            Severity::Normal => {}
            Severity::Low => self.low = level,
            Severity::Medium => self.medium = level,
            Severity::High => self.high = level,
            Severity::Critical => self.critical = level,
        }
    }

    /// True when no severity has a number.
    pub fn is_empty(&self) -> bool {
        self.worst_first().next().is_none()
    }

    /// Every severity that has a number, with it.
    pub fn worst_first(&self) -> impl Iterator<Item = (Severity, f64)> {
        Severity::ALARMING
            .into_iter()
            .filter_map(|severity| Some((severity, self.get(severity)?)))
    }

    /// These numbers, each passed through `f`.
    #[must_use]
    pub fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Self {
            low: self.low.map(&f),
            medium: self.medium.map(&f),
            high: self.high.map(&f),
            critical: self.critical.map(&f),
        }
    }
}

/// Levels on both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Levels {
    /// Met at or above.
    pub above: LevelTable,
    /// Met at or below.
    pub below: LevelTable,
}

/// A value that changes fast.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Seconds over which the change is looked at.
    pub over_s: f64,
    /// True when changes are percent of the value before.
    pub is_percent: bool,
    /// Rises that meet it.
    pub rise: LevelTable,
    /// Falls that meet it, as positive numbers.
    pub fall: LevelTable,
}

/// A value away from what is expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviation {
    /// What is expected.
    pub from: Expected,
    /// How far above: standard deviations of what is learnt, units of another series.
    pub above: LevelTable,
    /// How far below, as positive numbers.
    pub below: LevelTable,
    /// Closer than this is never a deviation, in the series' unit.
    pub least: f64,
}

/// What a value is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// The mean of the same hour of the day, learnt over days.
    HourOfDay {
        /// Days before it is used.
        least_days: u8,
    },
    /// The mean of the same hour of the week, learnt over weeks.
    HourOfWeek {
        /// Weeks before it is used.
        least_weeks: u8,
    },
    /// The mean of the same hour of the day before.
    Yesterday,
    /// The newest value of another series of the same thing, by what it measures.
    Series {
        /// The observed property.
        property: String,
    },
}

/// Values that come and stand still.
#[derive(Clone, Debug, PartialEq)]
pub struct Stuck {
    /// Seconds without a change, by severity.
    pub for_s: LevelTable,
    /// A change is more than this, in the series' unit.
    pub by: f64,
    /// Values at which standing still is right: a dry underpass stays at 0.
    pub except: Vec<f64>,
}

/// What about a fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FenceState {
    /// The thing is inside.
    Inside,
    /// The thing left.
    Outside,
    /// The thing is inside for longer than the fence's dwell time.
    Dwelling,
    /// The thing went through between two reports; over at once.
    Passed,
}

/// What conditions are put together by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The thing.
    Thing,
    /// A property of things, for instance their grid cell or district.
    Property(String),
    /// Everything that the rule selects is one area.
    Selection,
}

/// Many conditions of another rule at once.
#[derive(Clone, Debug, PartialEq)]
pub struct CountRule {
    /// The other rule's identity; `limits` for the datastreams' own limits.
    pub of: String,
    /// How many, by severity.
    pub least: LevelTable,
    /// Those count that became active within so many seconds; 0: those that are active.
    pub within_s: f64,
    /// What makes an area.
    pub by: By,
}

/// Conditions of other rules together. `all`, `any` and `none` must hold, each where it names a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Combination {
    /// Each of these rules is active.
    pub all: Vec<String>,
    /// One of these is.
    pub any: Vec<String>,
    /// None of these is.
    pub none: Vec<String>,
    /// At the same thing, or in the same area.
    pub by: By,
}

/// How far a figure must be back inside its level.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DeadBand {
    /// In the figure's unit.
    Absolute(f64),
    /// A share of the level.
    Share(f64),
}

impl DeadBand {
    /// The band at a level.
    pub fn at(self, level: f64) -> f64 {
        match self {
            Self::Absolute(band) => band,
            Self::Share(share) => level.abs() * share,
        }
    }
}

/// What a rule watches. Each key that names something narrows; none takes everything.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// Kinds of devices.
    pub kinds: Vec<SensorKind>,
    /// Things that stand, drive or walk.
    pub classes: Vec<ThingClass>,
    /// Observed properties as the hub names them.
    pub properties: Vec<String>,
    /// Identities of things or of series.
    pub ids: Vec<String>,
    /// Properties of things, with the value that they must have.
    pub tags: Vec<(String, String)>,
    /// Where things must be.
    pub area: Option<Area>,
    /// Only series that state no limits of their own.
    pub is_without_own_limits: bool,
}

impl Selection {
    /// True when conditions about `thing`, or about its series called `series`, can be among what is selected.
    pub fn may_take(&self, thing: &Thing, series: &[&str]) -> bool {
        Matcher::new(self).takes_thing(thing, series)
    }
}

/// What happens when nobody responds (ISA-18.2-2016, clause 9 "Rationalization"; EEMUA 191, 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consequence {
    /// Nuisance, small cost.
    Minor,
    /// Damage, disturbed services.
    Major,
    /// People in danger, great damage.
    Severe,
}

/// The severity of a consequence that comes unless somebody responds within `respond_s` seconds.
///
/// EEMUA 191 (3rd edition), 4.3: priority from consequence and time to respond; steps of 3, 10 and 30 minutes.
pub fn severity_of_priority(consequence: Consequence, respond_s: f64) -> Severity {
    let row = match consequence {
        Consequence::Minor => [Severity::Medium, Severity::Low, Severity::Low],
        Consequence::Major => [Severity::High, Severity::Medium, Severity::Low],
        Consequence::Severe => [Severity::Critical, Severity::High, Severity::Medium],
    };
    let [within_3_min, within_10_min, within_30_min] = row;
    if respond_s <= 180.0 {
        within_3_min
    } else if respond_s <= 600.0 {
        within_10_min
    } else if respond_s <= 1_800.0 {
        within_30_min
    } else {
        Severity::Low
    }
}

/// The word of a severity in files and on the wire.
pub fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Normal => "normal",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

/// Something in a rule that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleProblem {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The rule's identity; empty where it is not known.
    pub rule: String,
    /// The key, with the tables that it lies in: `when.above.high`.
    pub key: String,
    /// What is wrong with it.
    pub reason: String,
    /// True when the rule is taken all the same: the key was passed over.
    pub is_passed_over: bool,
}

impl fmt::Display for RuleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if !self.rule.is_empty() {
            write!(f, "rule {}: ", self.rule)?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.reason)
    }
}

impl RulePlan {
    /// The category word of an event that is made of its alarms; empty for none.
    pub fn category(&self) -> &str {
        if self.event_category.is_empty() {
            &self.plan
        } else {
            &self.event_category
        }
    }

    /// Something wrong with this rule's `key`.
    pub(super) fn problem(&self, key: &str, reason: impl Into<String>) -> RuleProblem {
        RuleProblem {
            file: self.file.clone(),
            line: self.line,
            rule: self.id.clone(),
            key: key.to_owned(),
            reason: reason.into(),
            is_passed_over: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_graver_and_the_sooner_the_worse() {
        use Consequence::{Major, Minor, Severe};
        for (consequence, respond_s, severity) in [
            (Severe, 60.0, Severity::Critical),
            (Severe, 600.0, Severity::High),
            (Severe, 1_200.0, Severity::Medium),
            (Severe, 7_200.0, Severity::Low),
            (Major, 120.0, Severity::High),
            (Major, 900.0, Severity::Low),
            (Minor, 180.0, Severity::Medium),
            (Minor, 181.0, Severity::Low),
        ] {
            assert_eq!(severity_of_priority(consequence, respond_s), severity);
        }
    }

    #[test]
    fn levels_are_told_worst_first() {
        let mut levels = LevelTable::default();
        assert!(levels.is_empty());
        levels.set(Severity::Medium, Some(10.0));
        levels.set(Severity::Critical, Some(50.0));
        levels.set(Severity::Normal, Some(0.0));
        let told: Vec<_> = levels.map(|level| -level).worst_first().collect();
        assert_eq!(
            told,
            [(Severity::Critical, -50.0), (Severity::Medium, -10.0)]
        );
    }

    #[test]
    fn a_dead_band_is_a_share_or_a_number() {
        assert_eq!(Some(DeadBand::Share(0.02).at(-50.0)), Some(1.0));
        assert_eq!(Some(DeadBand::Absolute(0.3).at(50.0)), Some(0.3));
    }

    #[test]
    fn a_problem_says_where_it_is() {
        let problem = RuleProblem {
            file: "a.toml".to_owned(),
            line: 7,
            rule: "gas".to_owned(),
            key: "when".to_owned(),
            reason: "is missing".to_owned(),
            is_passed_over: false,
        };
        assert_eq!(problem.to_string(), "a.toml:7: rule gas: when: is missing");
    }
}
