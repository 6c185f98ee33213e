//! What rules would have raised over a recording, before they go live.
//!
//! The same values in the same order give the same report. Fences are not tried: a recording of values knows no fence events.

use super::{
    Catalogue, Change, ChangeKind, Evaluator, RuleProblem, RuleSet, When, set::OWN_LIMITS,
};
use cim_model::{AlarmId, Quality, Severity, UtcMillis};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// So many alarms of each rule are told one by one.
pub const FIRST_ALARMS: usize = 20;
/// The length of the worst stretch, milliseconds: what ISA-18.2-2016, clause 16 counts alarms in.
pub const WORST_STRETCH_MS: i64 = 600_000;
/// So many alarms are looked at for the worst stretch; later ones are counted only.
pub const MOST_RAISES: usize = 1 << 22;
/// A condition that is raised so often within [`CHATTERING_MS`] chatters (ISA-18.2-2016, 16.5.5).
const CHATTERING_RAISES: usize = 3;
const CHATTERING_MS: i64 = 60_000;

/// Rules at work on a recording.
#[derive(Debug)]
pub struct Trial {
    evaluator: Evaluator,
    /// By place in the set; the limits of datastreams come last.
    rules: Vec<RuleTrial>,
    changes: Vec<Change>,
    /// When which rule was raised.
    raises: Vec<(i64, u32)>,
    /// The two newest raises of each condition.
    newest: BTreeMap<Arc<str>, [i64; CHATTERING_RAISES - 1]>,
    chattering: Vec<BTreeSet<Arc<str>>>,
    active: Vec<BTreeSet<Arc<str>>>,
    observations: u64,
    span: Option<(UtcMillis, UtcMillis)>,
}

/// What rules would have raised.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialReport {
    /// The first moment.
    pub from: UtcMillis,
    /// The last moment.
    pub to: UtcMillis,
    /// Values that were taken.
    pub observations: u64,
    /// Alarms of all rules.
    pub raised: u64,
    /// The worst stretch; nothing when nothing was raised.
    pub burst: Option<Burst>,
    /// By rule, in the order of the set; the limits of datastreams come last, as the rule `limits`.
    pub rules: Vec<RuleTrial>,
}

/// The ten minutes in which most was raised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Burst {
    /// When they begin.
    pub from: UtcMillis,
    /// How many alarms were raised in them.
    pub raised: u64,
}

/// What one rule would have raised.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleTrial {
    /// The rule's identity; `limits` for the limits of datastreams.
    pub rule: String,
    /// True for rules that a recording cannot try.
    pub is_untried: bool,
    /// Alarms.
    pub raised: u64,
    /// The worst of them.
    pub worst: Severity,
    /// Those in the worst stretch.
    pub in_burst: u64,
    /// Conditions that rang three times within a minute.
    pub chattering: u64,
    /// Those that were active at the end.
    pub active_at_end: u64,
    /// The first alarms, [`FIRST_ALARMS`] at most.
    pub first: Vec<TrialAlarm>,
}

/// One alarm that would have been.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialAlarm {
    /// Its name.
    pub id: AlarmId,
    /// When it would have been raised.
    pub at: UtcMillis,
    /// How bad it was at first.
    pub severity: Severity,
    /// The figure that met the level.
    pub value: f64,
    /// The level.
    pub limit: f64,
}

impl Trial {
    /// A trial of `rules` in the city of `catalogue` from `begins` on, and what cannot be watched.
    pub fn new(
        rules: &RuleSet,
        catalogue: Catalogue<'_>,
        begins: UtcMillis,
    ) -> (Self, Vec<RuleProblem>) {
        let (evaluator, problems) = Evaluator::new(rules, catalogue, begins);
        let named = rules.rules().iter().map(|rule| {
            let is_untried = matches!(rule.when, When::Fence { .. });
            RuleTrial::new(&rule.id, is_untried)
        });
        let rules: Vec<RuleTrial> = named.chain([RuleTrial::new(OWN_LIMITS, false)]).collect();
        let trial = Self {
            evaluator,
            changes: Vec::new(),
            raises: Vec::new(),
            newest: BTreeMap::new(),
            chattering: vec![BTreeSet::new(); rules.len()],
            active: vec![BTreeSet::new(); rules.len()],
            rules,
            observations: 0,
            span: None,
        };
        (trial, problems)
    }

    /// Takes the next value; time passes until it.
    pub fn observe(&mut self, row: u32, at: UtcMillis, value: f64, quality: Quality) {
        let (from, to) = self.span.unwrap_or((at, at));
        self.span = Some((from, to.max(at)));
        self.evaluator.advance(at, &mut self.changes);
        if self
            .evaluator
            .observe(row, at, value, quality, &mut self.changes)
        {
            self.observations += 1;
        }
        self.count();
    }

    /// Lets time pass until `until`, and sums up.
    pub fn finish(mut self, until: UtcMillis) -> TrialReport {
        self.evaluator.advance(until, &mut self.changes);
        self.count();
        let burst = self.burst();
        for (rule, (chattering, active)) in self
            .rules
            .iter_mut()
            .zip(self.chattering.iter().zip(&self.active))
        {
            rule.chattering = chattering.len() as u64;
            rule.active_at_end = active.len() as u64;
        }
        let (from, to) = self.span.unwrap_or((until, until));
        TrialReport {
            from,
            to: to.max(until),
            observations: self.observations,
            raised: self.rules.iter().map(|rule| rule.raised).sum(),
            burst,
            rules: self.rules,
        }
    }

    fn count(&mut self) {
        let own = self.rules.len().saturating_sub(1);
        let mut changes = std::mem::take(&mut self.changes);
        for change in changes.drain(..) {
            let place = change.rule.map_or(own, |rule| rule as usize);
            self.count_one(place, &change);
        }
        // The room is used again.
        self.changes = changes;
    }

    fn count_one(&mut self, place: usize, change: &Change) {
        let (Some(rule), Some(active)) = (self.rules.get_mut(place), self.active.get_mut(place))
        else {
            return;
        };
        if change.kind == ChangeKind::Cleared {
            active.remove(&change.condition);
            return;
        }
        rule.worst = rule.worst.max(change.severity);
        if change.kind == ChangeKind::Worsened {
            return;
        }
        active.insert(Arc::clone(&change.condition));
        rule.raised += 1;
        if rule.first.len() < FIRST_ALARMS {
            rule.first.push(TrialAlarm {
                id: change.alarm_id(),
                at: change.at,
                severity: change.severity,
                value: change.value,
                limit: change.limit,
            });
        }
        if self.raises.len() < MOST_RAISES {
            self.raises.push((change.at.0, place as u32));
        }
        let newest = self
            .newest
            .entry(Arc::clone(&change.condition))
            .or_insert([i64::MIN; 2]);
        let [before_last, last] = *newest;
        *newest = [last, change.at.0];
        if change.at.0.saturating_sub(before_last) <= CHATTERING_MS
            && let Some(chattering) = self.chattering.get_mut(place)
        {
            chattering.insert(Arc::clone(&change.condition));
        }
    }

    /// The worst stretch, the earliest of those that are as bad; tells each rule how much of it is its own.
    fn burst(&mut self) -> Option<Burst> {
        self.raises.sort_unstable();
        let (mut end, mut worst) = (0, 0..0);
        for (begin, (at, _)) in self.raises.iter().enumerate() {
            let until = at.saturating_add(WORST_STRETCH_MS);
            let rest = self.raises.get(end..).unwrap_or_default();
            end += rest.iter().take_while(|(later, _)| *later < until).count();
            if end - begin > worst.len() {
                worst = begin..end;
            }
        }
        let stretch = self.raises.get(worst)?;
        for (_, place) in stretch {
            if let Some(rule) = self.rules.get_mut(*place as usize) {
                rule.in_burst += 1;
            }
        }
        let (from, _) = stretch.first()?;
        Some(Burst {
            from: UtcMillis(*from),
            raised: stretch.len() as u64,
        })
    }
}

impl RuleTrial {
    fn new(rule: &str, is_untried: bool) -> Self {
        Self {
            rule: rule.to_owned(),
            is_untried,
            raised: 0,
            worst: Severity::Normal,
            in_burst: 0,
            chattering: 0,
            active_at_end: 0,
            first: Vec::new(),
        }
    }
}
