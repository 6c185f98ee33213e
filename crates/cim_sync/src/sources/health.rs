//! Whether a source is alive, late, silent or lives in another time, and how fresh each of its layers is.
//!
//! Fed with arrivals, asked now and then. An arrival costs a few additions: no allocation, no search.

use cim_model::{DatastreamId, Freshness, UtcMillis};
use std::collections::BTreeMap;

/// How many arrivals the skew is judged by.
const ARRIVALS: usize = 100;
/// How many arrivals it takes at least.
const ARRIVALS_MIN: usize = 3;
/// Values from further ahead than this are from a clock that is wrong, seconds.
const AHEAD_S: f64 = 60.0;
/// Values from further back than this, or three periods, are from a clock that is wrong, seconds.
const BEHIND_S: f64 = 300.0;
/// A new state is told once it held this long, or two periods when that is shorter, seconds: no flicker.
const HOLD_S: f64 = 5.0;
/// How often a health is told though nothing changed, seconds.
const TELL_EVERY_S: f64 = 5.0;
/// Seconds that the rate is counted over.
const RATE_WINDOW: usize = 60;

/// How a source stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SourceState {
    /// Nothing is known yet.
    Starting,
    /// It tells in time.
    Good,
    /// Nothing for more than three periods.
    Late,
    /// Nothing for more than ten periods, or never.
    Silent,
    /// What it tells is dated by a clock that is wrong.
    Skewed,
    /// The last attempt failed.
    Failing,
    /// Left alone on purpose.
    Off,
}

impl SourceState {
    /// The word used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Good => "good",
            Self::Late => "late",
            Self::Silent => "silent",
            Self::Skewed => "skewed",
            Self::Failing => "failing",
            Self::Off => "off",
        }
    }
}

/// How many items of a layer are fresh, late and missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerHealth {
    /// The layer.
    pub layer: String,
    /// Reported within three of their periods.
    pub fresh: u32,
    /// Longer ago than three periods.
    pub late: u32,
    /// Never, or longer ago than ten periods.
    pub missing: u32,
}

/// How a source stands, as the board shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceHealth {
    /// Identity.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What speaks there.
    pub kind: String,
    /// Where it is; without a password.
    pub address: String,
    /// How it stands.
    pub state: SourceState,
    /// Since when.
    pub since: UtcMillis,
    /// When something arrived last.
    pub last_arrival: Option<UtcMillis>,
    /// The newest moment that it told of.
    pub last_happened: Option<UtcMillis>,
    /// How far its values lie behind their arrival, seconds: the median of the last arrivals. Negative ones come from the future.
    pub skew_s: Option<f64>,
    /// How many items arrived.
    pub items: u64,
    /// How many arrived within the last minute.
    pub per_minute: f64,
    /// How many could not be used.
    pub rejected: u64,
    /// How often it promises news, seconds.
    pub period_s: f64,
    /// Why it stands so, for a person; empty when it is good.
    pub reason: String,
    /// How fresh its layers are, by name.
    pub layers: Vec<LayerHealth>,
}

impl SourceHealth {
    /// A source of which nothing is known yet.
    pub fn new(
        id: &str,
        name: &str,
        kind: &str,
        address: &str,
        period_s: f64,
        now: UtcMillis,
    ) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            address: address.to_owned(),
            state: SourceState::Starting,
            since: now,
            last_arrival: None,
            last_happened: None,
            skew_s: None,
            items: 0,
            per_minute: 0.0,
            rejected: 0,
            period_s,
            reason: String::new(),
            layers: Vec::new(),
        }
    }
}

/// Judges one source.
#[derive(Clone, Debug)]
pub struct HealthTracker {
    health: SourceHealth,
    /// When the tracker began; set by the first that happens.
    began: Option<UtcMillis>,
    is_off: bool,
    failure: Option<String>,
    last_answer: Option<UtcMillis>,
    /// True once a value with a moment of its own arrived: then an answer without any is no news.
    has_values: bool,
    skews: [f64; ARRIVALS],
    skews_seen: usize,
    rate: Rate,
    items: Vec<ItemHealth>,
    places: BTreeMap<DatastreamId, u32>,
    layers: Vec<String>,
    /// The state that would be told if it holds, and since when.
    next: Option<(SourceState, UtcMillis)>,
    told_at: Option<UtcMillis>,
    /// True when something must be told at the next look.
    changed: bool,
}

#[derive(Clone, Copy, Debug)]
struct ItemHealth {
    layer: u32,
    period_s: f64,
    newest: Option<UtcMillis>,
}

impl HealthTracker {
    /// A tracker of the source `id`, which promises news every `period_s` seconds.
    pub fn new(id: &str, name: &str, kind: &str, address: &str, period_s: f64) -> Self {
        Self {
            health: SourceHealth::new(id, name, kind, address, period_s, UtcMillis(0)),
            began: None,
            is_off: false,
            failure: None,
            last_answer: None,
            has_values: false,
            skews: [0.0; ARRIVALS],
            skews_seen: 0,
            rate: Rate::default(),
            items: Vec::new(),
            places: BTreeMap::new(),
            layers: Vec::new(),
            next: None,
            told_at: None,
            changed: true,
        }
    }

    /// Leaves the source alone on purpose, or no longer.
    pub fn set_off(&mut self, is_off: bool) {
        self.is_off = is_off;
    }

    /// Where the source is, once that is known better.
    pub fn set_address(&mut self, address: &str) {
        if self.health.address != address {
            address.clone_into(&mut self.health.address);
            self.changed = true;
        }
    }

    /// A value arrived that happened at `happened_at`.
    pub fn arrived(&mut self, happened_at: UtcMillis, now: UtcMillis) {
        self.arrived_many(happened_at, happened_at, 1, now);
    }

    /// `n` values arrived, which happened between `oldest` and `newest`.
    pub fn arrived_many(&mut self, newest: UtcMillis, oldest: UtcMillis, n: u64, now: UtcMillis) {
        self.has_values = true;
        self.count(n, now);
        // History that is fetched once says nothing of the clock; the newest of it does.
        let newest = newest.max(oldest);
        self.health.last_happened = self.health.last_happened.max(Some(newest));
        let place = self.skews_seen % ARRIVALS;
        if let Some(slot) = self.skews.get_mut(place) {
            *slot = now.seconds_since(newest);
        }
        self.skews_seen += 1;
    }

    /// `n` items without a moment of their own arrived: devices, cameras, tiles.
    pub fn arrived_plain(&mut self, n: u64, now: UtcMillis) {
        self.count(n, now);
    }

    /// The source answered, with nothing new.
    pub fn answered(&mut self, now: UtcMillis) {
        self.began.get_or_insert(now);
        self.failure = None;
        self.last_answer = Some(now);
    }

    /// The last attempt failed.
    pub fn failed(&mut self, reason: impl Into<String>, now: UtcMillis) {
        self.began.get_or_insert(now);
        self.failure = Some(reason.into());
    }

    /// `n` items could not be used.
    pub fn rejected(&mut self, n: u64) {
        self.health.rejected += n;
    }

    /// Makes an item known: a series of `layer` that promises a value every `period_s` seconds.
    pub fn know(&mut self, series: &DatastreamId, layer: &str, period_s: f64) {
        let layer = self.layer_place(layer);
        if let Some(item) = self.item_mut(series) {
            item.layer = layer;
            item.period_s = period_s;
            return;
        }
        self.places.insert(series.clone(), self.items.len() as u32);
        self.items.push(ItemHealth {
            layer,
            period_s,
            newest: None,
        });
    }

    /// The place of an item that is known, for [`HealthTracker::seen_at`].
    pub fn item(&self, series: &DatastreamId) -> Option<u32> {
        self.places.get(series).copied()
    }

    /// The item at `place` told of `happened_at`.
    pub fn seen_at(&mut self, place: u32, happened_at: UtcMillis) {
        if let Some(item) = self.items.get_mut(place as usize) {
            item.newest = item.newest.max(Some(happened_at));
        }
    }

    /// The item `series` told of `happened_at`.
    pub fn seen(&mut self, series: &DatastreamId, happened_at: UtcMillis) {
        if let Some(item) = self.item_mut(series) {
            item.newest = item.newest.max(Some(happened_at));
        }
    }

    /// The health, when something worth telling changed or it was not told for five seconds.
    pub fn look(&mut self, now: UtcMillis) -> Option<SourceHealth> {
        if self.began.is_none() || self.health.since == UtcMillis(0) {
            self.began.get_or_insert(now);
            self.health.since = now;
        }
        let (state, reason) = self.judge(now);
        self.step(state, now);
        if self.health.state == state && self.health.reason != reason {
            // A number in a reason moves all the time; that alone is told with the next regular look.
            self.health.reason = reason;
        }
        let is_due = self
            .told_at
            .is_none_or(|told| !(0.0..TELL_EVERY_S).contains(&now.seconds_since(told)));
        if !self.changed && !is_due {
            return None;
        }
        self.changed = false;
        self.told_at = Some(now);
        self.health.per_minute = self.rate.per_minute(now);
        self.health.skew_s = self.skew_s();
        self.health.layers = self.layers_at(now);
        Some(self.health.clone())
    }

    fn count(&mut self, n: u64, now: UtcMillis) {
        self.answered(now);
        self.health.last_arrival = Some(now);
        self.health.items += n;
        self.rate.add(n, now);
    }

    /// How the source stands at `now`, and why.
    fn judge(&self, now: UtcMillis) -> (SourceState, String) {
        if self.is_off {
            return (SourceState::Off, String::new());
        }
        if let Some(failure) = &self.failure {
            return (SourceState::Failing, failure.clone());
        }
        let last = if self.has_values {
            self.health.last_arrival
        } else {
            self.last_answer
        };
        let period_s = self.health.period_s;
        let Some(last) = last else {
            let waited_s = now.seconds_since(self.began.unwrap_or(now));
            return if Freshness::of_age(waited_s, period_s) == Freshness::Missing {
                (SourceState::Silent, "nothing has ever arrived".to_owned())
            } else {
                (SourceState::Starting, String::new())
            };
        };
        let age_s = now.seconds_since(last);
        let word =
            |limit: &str| format!("nothing for {age_s:.0} s, {limit} periods of {period_s} s");
        match Freshness::of_age(age_s, period_s) {
            Freshness::Missing => return (SourceState::Silent, word("more than ten")),
            Freshness::Late => return (SourceState::Late, word("more than three")),
            Freshness::Fresh => {}
        }
        match self.skew_s() {
            Some(skew) if skew < -AHEAD_S => (
                SourceState::Skewed,
                format!("its values are dated {:.0} s ahead", -skew),
            ),
            Some(skew) if skew > BEHIND_S.max(3.0 * period_s) => (
                SourceState::Skewed,
                format!("its values are dated {skew:.0} s back"),
            ),
            _ => (SourceState::Good, String::new()),
        }
    }

    /// Steps to `state` once it held long enough. Off and the first good word are told at once.
    fn step(&mut self, state: SourceState, now: UtcMillis) {
        if state == self.health.state {
            self.next = None;
            return;
        }
        let since = match self.next {
            Some((next, since)) if next == state && since <= now => since,
            _ => {
                self.next = Some((state, now));
                now
            }
        };
        let hold_s = HOLD_S.min(2.0 * self.health.period_s);
        let is_prompt = matches!(self.health.state, SourceState::Starting | SourceState::Off)
            || state == SourceState::Off;
        if is_prompt || now.seconds_since(since) >= hold_s {
            self.health.state = state;
            self.health.since = since;
            self.next = None;
            self.changed = true;
        }
    }

    /// The median distance between arrival and moment, seconds.
    fn skew_s(&self) -> Option<f64> {
        let count = self.skews_seen.min(ARRIVALS);
        if count < ARRIVALS_MIN {
            return None;
        }
        let mut sorted = self.skews;
        let known = sorted.get_mut(..count)?;
        known.sort_unstable_by(f64::total_cmp);
        known.get(count / 2).copied()
    }

    fn layers_at(&self, now: UtcMillis) -> Vec<LayerHealth> {
        let named = |layer: &String| LayerHealth {
            layer: layer.clone(),
            fresh: 0,
            late: 0,
            missing: 0,
        };
        let mut layers: Vec<LayerHealth> = self.layers.iter().map(named).collect();
        for item in &self.items {
            let freshness = item.newest.map_or(Freshness::Missing, |newest| {
                Freshness::of_age(now.seconds_since(newest), item.period_s)
            });
            if let Some(layer) = layers.get_mut(item.layer as usize) {
                match freshness {
                    Freshness::Fresh => layer.fresh += 1,
                    Freshness::Late => layer.late += 1,
                    Freshness::Missing => layer.missing += 1,
                }
            }
        }
        layers.sort_by(|a, b| a.layer.cmp(&b.layer));
        layers
    }

    fn layer_place(&mut self, layer: &str) -> u32 {
        let known = self.layers.iter().position(|known| known == layer);
        let place = known.unwrap_or_else(|| {
            self.layers.push(layer.to_owned());
            self.layers.len() - 1
        });
        place as u32
    }

    fn item_mut(&mut self, series: &DatastreamId) -> Option<&mut ItemHealth> {
        let place = *self.places.get(series)?;
        self.items.get_mut(place as usize)
    }
}

/// Counts the arrivals of the last minute, second by second.
#[derive(Clone, Debug)]
struct Rate {
    counts: [u64; RATE_WINDOW],
    /// The second that was counted last.
    second: i64,
}

impl Default for Rate {
    fn default() -> Self {
        Self {
            counts: [0; RATE_WINDOW],
            second: 0,
        }
    }
}

impl Rate {
    fn add(&mut self, n: u64, now: UtcMillis) {
        self.move_to(now);
        if let Some(count) = self.counts.get_mut(place_of(self.second)) {
            *count += n;
        }
    }

    fn per_minute(&mut self, now: UtcMillis) -> f64 {
        self.move_to(now);
        self.counts.iter().sum::<u64>() as f64
    }

    /// Forgets what lies more than a minute back. A clock that was set back begins anew.
    fn move_to(&mut self, now: UtcMillis) {
        let second = now.0.div_euclid(1000);
        let passed = second.saturating_sub(self.second);
        if (0..RATE_WINDOW as i64).contains(&passed) {
            for skipped in 1..=passed {
                if let Some(count) = self.counts.get_mut(place_of(self.second + skipped)) {
                    *count = 0;
                }
            }
        } else {
            self.counts = [0; RATE_WINDOW];
        }
        self.second = second;
    }
}

fn place_of(second: i64) -> usize {
    second.rem_euclid(RATE_WINDOW as i64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGAN: i64 = 1_767_225_600_000;

    fn at(second: f64) -> UtcMillis {
        UtcMillis(BEGAN).plus_seconds(second)
    }

    fn tracker() -> HealthTracker {
        HealthTracker::new("s", "Source", "csv", "http://s", 1.0)
    }

    /// Looks every half second from `from` to `until`; the states that were told, each once.
    fn states(tracker: &mut HealthTracker, from: f64, until: f64) -> Vec<SourceState> {
        let mut told = Vec::new();
        let mut second = from;
        while second <= until {
            if let Some(health) = tracker.look(at(second))
                && told.last() != Some(&health.state)
            {
                told.push(health.state);
            }
            second += 0.5;
        }
        told
    }

    #[test]
    fn a_source_that_stops_becomes_late_then_silent_and_good_when_it_comes_back() {
        use SourceState::{Good, Late, Silent};
        let mut tracker = tracker();
        for second in 0..10 {
            tracker.arrived(at(f64::from(second)), at(f64::from(second)));
            assert_eq!(
                states(&mut tracker, f64::from(second), f64::from(second)).len(),
                usize::from(second % 5 == 0)
            );
        }
        assert_eq!(states(&mut tracker, 9.5, 40.0), [Good, Late, Silent]);
        tracker.arrived(at(40.0), at(40.0));
        tracker.arrived(at(41.0), at(41.0));
        let told = states(&mut tracker, 41.0, 43.5);
        assert_eq!(told.last(), Some(&Good), "{told:?}");
    }

    #[test]
    fn a_source_that_never_tells_is_silent_after_ten_periods() {
        use SourceState::{Silent, Starting};
        let mut tracker = tracker();
        assert_eq!(states(&mut tracker, 0.0, 30.0), [Starting, Silent]);
    }

    #[test]
    fn a_clock_that_is_wrong_is_told_in_seconds() {
        for (offset_s, expected) in [(-3600.0, 3600.0), (7200.0, -7200.0)] {
            let mut tracker = tracker();
            for second in 0..20 {
                let now = at(f64::from(second));
                tracker.arrived(now.plus_seconds(offset_s), now);
                tracker.look(now);
            }
            let health = tracker.look(at(25.0)).expect("due");
            assert_eq!(health.state, SourceState::Skewed);
            assert!((health.skew_s.expect("a skew") - expected).abs() < 1e-6);
            assert!(
                health
                    .reason
                    .contains(&format!("{:.0} s", f64::abs(expected)))
            );
        }
    }

    #[test]
    fn one_value_from_the_future_is_no_wrong_clock() {
        let mut tracker = tracker();
        for second in 0..20 {
            let now = at(f64::from(second));
            let happened = if second == 10 {
                now.plus_seconds(1e6)
            } else {
                now
            };
            tracker.arrived(happened, now);
            tracker.look(now);
        }
        let health = tracker.look(at(20.0)).expect("due");
        assert_eq!(health.state, SourceState::Good);
    }

    #[test]
    fn a_failure_that_passes_at_once_is_never_told() {
        let mut tracker = tracker();
        tracker.arrived(at(0.0), at(0.0));
        tracker.look(at(0.0));
        tracker.failed("refused", at(1.0));
        assert_eq!(tracker.look(at(1.0)), None);
        tracker.arrived(at(2.0), at(2.0));
        assert_eq!(tracker.look(at(2.0)), None);
        tracker.failed("refused", at(3.0));
        let told = states(&mut tracker, 3.0, 9.0);
        assert_eq!(told.last(), Some(&SourceState::Failing));
        let health = tracker.look(at(20.0)).expect("due");
        assert_eq!(health.reason, "refused");
    }

    #[test]
    fn a_document_that_does_not_change_is_not_late() {
        let mut tracker = tracker();
        tracker.arrived_plain(493, at(0.0));
        for second in 1..60 {
            tracker.answered(at(f64::from(second)));
        }
        assert_eq!(states(&mut tracker, 60.0, 60.0), [SourceState::Good]);
    }

    #[test]
    fn layers_count_their_items_by_freshness() {
        let mut tracker = tracker();
        for (index, age_s) in [(0, 1.0), (1, 6.0), (2, 60.0), (3, 0.0)] {
            let series = DatastreamId::new(format!("s:{index}"));
            tracker.know(&series, "water_level", 1.0);
            if index != 3 {
                tracker.seen(&series, at(100.0 - age_s));
            }
        }
        tracker.know(&DatastreamId::new("s:9"), "air", 1.0);
        let place = tracker.item(&DatastreamId::new("s:9")).expect("known");
        tracker.seen_at(place, at(100.0));
        let layers = tracker.look(at(100.0)).expect("the first").layers;
        let counts: Vec<(&str, u32, u32, u32)> = layers
            .iter()
            .map(|l| (l.layer.as_str(), l.fresh, l.late, l.missing))
            .collect();
        assert_eq!(counts, [("air", 1, 0, 0), ("water_level", 1, 1, 2)]);
    }

    #[test]
    fn the_rate_is_that_of_the_last_minute() {
        let mut tracker = tracker();
        tracker.arrived_many(at(0.0), at(-60.0), 500, at(0.0));
        tracker.arrived_many(at(30.0), at(0.0), 20, at(30.0));
        let health = tracker.look(at(59.0)).expect("the first");
        assert!((health.per_minute - 520.0).abs() < 1e-9);
        let health = tracker.look(at(70.0)).expect("due");
        assert!((health.per_minute - 20.0).abs() < 1e-9);
        assert_eq!(health.items, 520);
    }
}
