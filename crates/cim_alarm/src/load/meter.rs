//! Counts for one operator position while its steps go by.

use super::{Figures, Load, LoadStep, Span, TOP, What, percent};
use crate::condition::ConditionId;
use crate::desk::HiddenCounts;
use crate::noise::{Chatter, FLOOD_STARTS_ABOVE, FLOOD_WITHIN_S, Flood, STALE_AFTER_S};
use cim_model::{AlarmId, Severity, UtcMillis};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// How many waiting times are kept for the percentiles; later ones are not looked at.
const MAX_WAITS: usize = 1_000_000;

const DAY_MS: i64 = 24 * 3600 * 1000;

/// What is known of an alarm that is not over yet.
#[derive(Debug)]
struct Open {
    since: UtcMillis,
    is_announced: bool,
    is_acknowledged: bool,
    is_cleared: bool,
}

#[derive(Debug)]
pub(super) struct Meter {
    span: Span,
    all: Counter,
    announced: Counter,
    hidden: HiddenCounts,
    open: BTreeMap<AlarmId, Open>,
    waits_ms: Vec<i64>,
}

impl Meter {
    pub(super) fn new(span: Span) -> Self {
        Self {
            span,
            all: Counter::new(span),
            announced: Counter::new(span),
            hidden: HiddenCounts::default(),
            open: BTreeMap::new(),
            waits_ms: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, step: &LoadStep) {
        match step.what {
            What::Raised { severity, hidden } => {
                let open = Open {
                    since: step.at,
                    is_announced: hidden.is_none(),
                    is_acknowledged: false,
                    is_cleared: false,
                };
                // The same raise told twice is one.
                if self.open.contains_key(&step.alarm) {
                    return;
                }
                self.open.insert(step.alarm.clone(), open);
                if step.at < self.span.from {
                    return;
                }
                self.all.raise(step, severity);
                match hidden {
                    None => self.announced.raise(step, severity),
                    Some(reason) => *self.hidden.of(reason) += 1,
                }
            }
            What::Cleared => self.clear(step),
            What::Acknowledged => self.acknowledge(step),
        }
    }

    fn clear(&mut self, step: &LoadStep) {
        let Some(open) = self.open.get_mut(&step.alarm) else {
            return;
        };
        if !open.is_cleared {
            open.is_cleared = true;
            let (since, is_announced) = (open.since, open.is_announced);
            self.count_stale(since, step.at, is_announced);
        }
        self.close(&step.alarm);
    }

    fn acknowledge(&mut self, step: &LoadStep) {
        let Some(open) = self.open.get_mut(&step.alarm) else {
            return;
        };
        let is_first = !open.is_acknowledged;
        open.is_acknowledged = true;
        let has_room = self.waits_ms.len() < MAX_WAITS;
        if is_first && has_room && step.at >= self.span.from {
            self.waits_ms
                .push(step.at.0.saturating_sub(open.since.0).max(0));
        }
        self.close(&step.alarm);
    }

    /// Forgets an alarm of which nothing more is to come.
    fn close(&mut self, alarm: &AlarmId) {
        let is_over = |open: &Open| open.is_cleared && open.is_acknowledged;
        if self.open.get(alarm).is_some_and(is_over) {
            self.open.remove(alarm);
        }
    }

    fn count_stale(&mut self, since: UtcMillis, until: UtcMillis, is_announced: bool) {
        self.all.count_stale(since, until);
        if is_announced {
            self.announced.count_stale(since, until);
        }
    }

    pub(super) fn finish(mut self) -> Load {
        let end = self.span.to;
        let still: Vec<(UtcMillis, bool)> = self
            .open
            .values()
            .filter(|open| !open.is_cleared)
            .map(|open| (open.since, open.is_announced))
            .collect();
        for (since, is_announced) in still {
            self.count_stale(since, end, is_announced);
        }
        self.waits_ms.sort_unstable();
        Load {
            all: self.all.finish(),
            announced: self.announced.finish(),
            hidden: self.hidden,
            acknowledge_p50_s: percentile_s(&self.waits_ms, 50),
            acknowledge_p95_s: percentile_s(&self.waits_ms, 95),
        }
    }
}

/// The nearest-rank percentile of sorted milliseconds, in seconds.
fn percentile_s(sorted_ms: &[i64], percent: usize) -> Option<f64> {
    let rank = (sorted_ms.len() * percent).div_ceil(100);
    let wait_ms = sorted_ms.get(rank.checked_sub(1)?)?;
    Some(*wait_ms as f64 / 1000.0)
}

#[derive(Debug)]
struct Counter {
    span: Span,
    raised: u32,
    by_severity: [u32; 5],
    most: u32,
    flood: Flood,
    flood_ms: i64,
    floods: u32,
    /// How many alarms came in each ten minutes of the stretch.
    periods: Vec<u32>,
    /// How many more alarms were stale on each day than on the day before.
    stale_steps: Vec<i32>,
    by_condition: BTreeMap<ConditionId, u32>,
    chatter: Chatter,
    chattering: BTreeSet<ConditionId>,
}

impl Counter {
    fn new(span: Span) -> Self {
        let length_ms = span.to.0.saturating_sub(span.from.0);
        let days = (length_ms as u64).div_ceil(DAY_MS as u64);
        let periods = (length_ms as u64).div_ceil(FLOOD_WITHIN_S as u64 * 1000);
        Self {
            span,
            raised: 0,
            by_severity: [0; 5],
            most: 0,
            flood: Flood::default(),
            flood_ms: 0,
            floods: 0,
            periods: vec![0; periods as usize],
            stale_steps: vec![0; days as usize + 1],
            by_condition: BTreeMap::new(),
            chatter: Chatter::default(),
            chattering: BTreeSet::new(),
        }
    }

    fn raise(&mut self, step: &LoadStep, severity: Severity) {
        self.raised += 1;
        self.by_severity[severity as usize] += 1;
        *self.by_condition.entry(step.condition.clone()).or_default() += 1;
        let into_ms = step.at.0.saturating_sub(self.span.from.0);
        let period = into_ms / (FLOOD_WITHIN_S * 1000);
        if let Some(count) = self.periods.get_mut(period as usize) {
            *count += 1;
        }
        let over = self.flood.raise(step.at);
        self.count_flood(over);
        self.most = self.most.max(self.flood.count());
        if self.chatter.raise(&step.condition, step.at)
            && !self.chattering.contains(&step.condition)
        {
            self.chattering.insert(step.condition.clone());
        }
    }

    fn count_flood(&mut self, over: Option<(UtcMillis, UtcMillis)>) {
        if let Some((began, ended)) = over {
            let ended = ended.min(self.span.to);
            self.floods += 1;
            self.flood_ms += ended.0.saturating_sub(began.0).max(0);
        }
    }

    /// An alarm was active from `since` until `until`: on which days of the stretch was it stale?
    fn count_stale(&mut self, since: UtcMillis, until: UtcMillis) {
        let stale_from = since.0.saturating_add(STALE_AFTER_S * 1000);
        let first_ms = stale_from.saturating_sub(self.span.from.0).max(0);
        let last_ms = until.0.saturating_sub(self.span.from.0);
        if stale_from >= until.0 || last_ms <= 0 {
            return;
        }
        let last_day = self.stale_steps.len().saturating_sub(1);
        let first = ((first_ms / DAY_MS) as usize).min(last_day);
        let after = ((last_ms - 1) / DAY_MS + 1) as usize;
        self.stale_steps[first] += 1;
        self.stale_steps[after.min(last_day)] -= 1;
    }

    fn finish(mut self) -> Figures {
        let over = self.flood.advance(self.span.to);
        self.count_flood(over);
        let running = self.flood.on_since().map(|began| (began, self.span.to));
        self.count_flood(running);
        let length_ms = self.span.to.0.saturating_sub(self.span.from.0) as f64;
        let raised = f64::from(self.raised);
        let per = |seconds: i64| raised * (seconds * 1000) as f64 / length_ms;
        let is_busy = |count: &&u32| **count > FLOOD_STARTS_ABOVE;
        let busy = self.periods.iter().filter(is_busy).count();
        let mut top: Vec<(ConditionId, u32)> = self.by_condition.into_iter().collect();
        // The sort keeps the order of names among equals.
        top.sort_by_key(|(_, count)| Reverse(*count));
        top.truncate(TOP);
        let in_top: u32 = top.iter().map(|(_, count)| *count).sum();
        let mut stale = 0;
        let mut most_stale = 0;
        for step in &self.stale_steps {
            stale += *step;
            most_stale = most_stale.max(stale);
        }
        Figures {
            raised: self.raised,
            per_ten_minutes: per(600),
            per_hour: per(3600),
            per_day: per(24 * 3600),
            most_in_ten_minutes: self.most,
            busy_periods_percent: percent(busy as f64, self.periods.len() as f64),
            flood_percent: percent(self.flood_ms as f64, length_ms),
            floods: self.floods,
            by_severity: self.by_severity,
            top_percent: percent(f64::from(in_top), raised),
            top,
            chattering: self.chattering.into_iter().collect(),
            stale: most_stale.max(0) as u32,
        }
    }
}
