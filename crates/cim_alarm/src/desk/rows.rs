//! What a list shows of an alarm, which alarms it shows, and how many there are.

use crate::condition::{Condition, Hidden, Occurrence, SuppressCause};
use cim_model::{DatastreamId, Severity, Standing, ThingId};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a condition is about; its rule and the catalogue know.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct About {
    /// The rule that finds it; `limits` for the series' own limits.
    pub rule: Arc<str>,
    /// What kind of thing it is at, as the catalogue spells it.
    pub kind: Arc<str>,
    /// The thing that it is at.
    pub thing: Option<ThingId>,
    /// The series whose values it judges.
    pub datastream: Option<DatastreamId>,
    /// The area that it lies in.
    pub area: Option<Arc<str>>,
    /// Whether it is real.
    pub standing: Standing,
}

/// What is counted and heard together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SoundOf {
    /// What happened.
    #[default]
    Real,
    /// Exercises and tests.
    NotReal,
}

impl SoundOf {
    /// What something of this standing is counted with.
    pub fn standing(standing: Standing) -> Self {
        if standing.is_real() {
            Self::Real
        } else {
            Self::NotReal
        }
    }
}

/// One alarm in a list.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// The alarm.
    pub occurrence: &'a Occurrence,
    /// Its condition, with what operators decided about it.
    pub condition: &'a Condition,
    /// What it is about.
    pub about: &'a About,
    /// When it last changed; see [`super::AlarmDesk::changes_since`].
    pub revision: u64,
}

impl Row<'_> {
    /// True when it should blink: critical, real, unacknowledged and not hidden. Nothing else may.
    pub fn is_blinking(&self) -> bool {
        self.occurrence.severity == Severity::Critical
            && self.occurrence.phase.is_unacked()
            && self.condition.hidden().is_none()
            && self.about.standing.is_real()
    }

    /// True when its condition has become active again since.
    pub fn is_branch(&self) -> bool {
        self.condition
            .branches()
            .iter()
            .any(|one| one.id == self.occurrence.id)
    }
}

/// Which alarms a list shows. Empty sets ask for nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// At least so severe.
    pub severity_at_least: Severity,
    /// Only those that are active.
    pub is_active_only: bool,
    /// Only those that nobody has acknowledged.
    pub is_unacked_only: bool,
    /// Which of those that are hidden: none when empty and `is_hidden_only` is not set.
    pub hidden: BTreeSet<Hidden>,
    /// Only those that are hidden for one of the reasons of `hidden`.
    pub is_hidden_only: bool,
    /// Of these rules.
    pub rules: BTreeSet<Arc<str>>,
    /// At things of these kinds.
    pub kinds: BTreeSet<Arc<str>>,
    /// In these areas.
    pub areas: BTreeSet<Arc<str>>,
    /// At these things.
    pub things: BTreeSet<ThingId>,
    /// Suppressed for this cause.
    pub cause: Option<SuppressCause>,
    /// Real ones, or those that are not; both when absent.
    pub sound_of: Option<SoundOf>,
}

impl Filter {
    /// True when the list shows this row.
    pub fn shows(&self, row: &Row<'_>) -> bool {
        let about = row.about;
        let is_asked =
            |set: &BTreeSet<Arc<str>>, word: &Arc<str>| set.is_empty() || set.contains(word);
        let is_in_area = || {
            self.areas.is_empty()
                || about
                    .area
                    .as_ref()
                    .is_some_and(|area| self.areas.contains(area))
        };
        let is_at_thing = || {
            self.things.is_empty()
                || about
                    .thing
                    .as_ref()
                    .is_some_and(|thing| self.things.contains(thing))
        };
        let has_cause = |cause: &SuppressCause| row.condition.suppressions().contains_key(cause);
        row.occurrence.severity >= self.severity_at_least
            && (!self.is_active_only || row.occurrence.phase.is_active())
            && (!self.is_unacked_only || row.occurrence.phase.is_unacked())
            && match row.condition.hidden() {
                None => !self.is_hidden_only,
                Some(reason) => self.hidden.contains(&reason),
            }
            && is_asked(&self.rules, &about.rule)
            && is_asked(&self.kinds, &about.kind)
            && is_in_area()
            && is_at_thing()
            && self.cause.as_ref().is_none_or(has_cause)
            && self
                .sound_of
                .is_none_or(|of| of == SoundOf::standing(about.standing))
    }
}

/// How many alarms are hidden, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HiddenCounts {
    /// Disabled.
    pub disabled: u32,
    /// Out of service.
    pub out_of_service: u32,
    /// Suppressed by a cause.
    pub suppressed: u32,
    /// On the shelf.
    pub shelved: u32,
}

impl HiddenCounts {
    /// How many are hidden for this reason.
    pub fn of(&mut self, reason: Hidden) -> &mut u32 {
        match reason {
            Hidden::Disabled => &mut self.disabled,
            Hidden::OutOfService => &mut self.out_of_service,
            Hidden::Suppressed => &mut self.suppressed,
            Hidden::Shelved => &mut self.shelved,
        }
    }

    /// How many are hidden at all.
    pub fn total(&self) -> u32 {
        self.disabled + self.out_of_service + self.suppressed + self.shelved
    }
}

/// How many open alarms there are. Lists by severity run from harmless to worst: their index is the severity's place in
/// [`Severity`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tallies {
    /// Open and not hidden.
    pub open: [u32; 5],
    /// Of these, unacknowledged.
    pub unacked: [u32; 5],
    /// Of these, sounding, if nobody had silenced the desk.
    pub sounding: [u32; 5],
    /// Hidden ones.
    pub hidden: HiddenCounts,
}

impl Tallies {
    /// The worst severity that sounds.
    pub fn worst_sounding(&self) -> Option<Severity> {
        Severity::ALARMING.into_iter().find(|severity| {
            self.sounding
                .get(place_of(*severity))
                .is_some_and(|n| *n > 0)
        })
    }

    pub(super) fn add(&mut self, counted: Counted) {
        self.change(counted, |n| *n += 1);
    }

    pub(super) fn remove(&mut self, counted: Counted) {
        self.change(counted, |n| *n = n.saturating_sub(1));
    }

    fn change(&mut self, counted: Counted, by_one: impl Fn(&mut u32)) {
        if let Some(reason) = counted.hidden {
            by_one(self.hidden.of(reason));
            return;
        }
        let place = place_of(counted.severity);
        let lists = [
            (&mut self.open, true),
            (&mut self.unacked, counted.is_unacked),
            (&mut self.sounding, counted.is_sounding),
        ];
        for (list, is_in) in lists {
            if let Some(n) = list.get_mut(place).filter(|_| is_in) {
                by_one(n);
            }
        }
    }
}

/// How an open alarm counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Counted {
    pub(super) sound_of: SoundOf,
    pub(super) severity: Severity,
    pub(super) hidden: Option<Hidden>,
    pub(super) is_unacked: bool,
    pub(super) is_sounding: bool,
}

fn place_of(severity: Severity) -> usize {
    severity as usize
}
