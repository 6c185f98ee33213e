//! What instances remember of their series: the change over a time, what is usual at an hour, since when a value stands still.
//!
//! Everything has its size when rules are compiled; a value allocates nothing.

use super::{FenceState, gate::Figure};
use cim_layers::motion::fence::FenceEventKind;

/// The parts that the time of a rate is cut into.
const PARTS: usize = 12;
/// An hour.
const HOUR_MS: i64 = 3_600_000;
/// A mean forgets: a value never weighs less than one in so many.
const MOST_WEIGHT: u16 = 4_096;
/// Values in an hour before it can be held against.
const LEAST_VALUES: u16 = 4;
/// Values farther out than so many standard deviations are learnt as if they lay there: an incident does not become usual.
const FARTHEST_LEARNT: f64 = 3.0;

/// The newest value of a series.
#[derive(Clone, Copy, Debug)]
pub(super) struct Series {
    /// When it held; [`Series::NEVER`] before the first.
    pub(super) last_at: i64,
    pub(super) value: f64,
    /// How often one is promised; 0 when nobody promises.
    pub(super) period_ms: i64,
}

impl Series {
    /// No value yet.
    pub(super) const NEVER: i64 = i64::MIN;

    /// True when the value before `at` is too old to say anything about `at` (ten periods, as `Freshness::Missing`).
    pub(super) fn is_gap(&self, at: i64) -> bool {
        let longest = self.period_ms.saturating_mul(10).saturating_add(1_000);
        self.last_at == Self::NEVER || at.saturating_sub(self.last_at) > longest
    }
}

/// The least and the most of each part of the time that a rate looks at.
#[derive(Clone, Debug)]
pub(super) struct Window {
    least: [f64; PARTS],
    most: [f64; PARTS],
    /// The number of the newest part since 1970; [`Series::NEVER`] before the first value.
    newest: i64,
}

impl Window {
    /// No value yet.
    pub(super) const EMPTY: Self = Self {
        least: [f64::INFINITY; PARTS],
        most: [f64::NEG_INFINITY; PARTS],
        newest: Series::NEVER,
    };

    /// The length of a part, so that they cover the whole time with one to spare.
    pub(super) fn part_ms(over_s: f64) -> i64 {
        ((over_s * 1_000.0 / (PARTS - 1) as f64).ceil() as i64).max(1)
    }

    /// Takes a value and gives how far it lies above the least (`up`) and below the most (`down`, negative) of the time.
    pub(super) fn take(&mut self, part_ms: i64, is_percent: bool, at: i64, value: f64) -> Figure {
        let part = at.div_euclid(part_ms);
        let passed = part.saturating_sub(self.newest);
        for step in 0..passed.clamp(0, PARTS as i64) {
            let place = (part - step).rem_euclid(PARTS as i64) as usize;
            if let (Some(least), Some(most)) = (self.least.get_mut(place), self.most.get_mut(place))
            {
                (*least, *most) = (f64::INFINITY, f64::NEG_INFINITY);
            }
        }
        self.newest = self.newest.max(part);
        let place = part.rem_euclid(PARTS as i64) as usize;
        if let (Some(least), Some(most)) = (self.least.get_mut(place), self.most.get_mut(place)) {
            (*least, *most) = (least.min(value), most.max(value));
        }
        let least = self.least.iter().copied().fold(value, f64::min);
        let most = self.most.iter().copied().fold(value, f64::max);
        Figure {
            up: change(least, value, is_percent),
            down: change(most, value, is_percent),
        }
    }
}

/// How far `to` lies from `from`; in percent of `from` when asked, where nothing is a percent of zero.
fn change(from: f64, to: f64, is_percent: bool) -> f64 {
    let change = to - from;
    if !is_percent {
        return change;
    }
    let percent = change / from.abs() * 100.0;
    if percent.is_finite() { percent } else { 0.0 }
}

/// What is usual at one hour.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bin {
    mean: f32,
    variance: f32,
    values: u16,
    /// How many days (or weeks) it has seen.
    rounds: u16,
    /// The newest of them.
    round: i32,
}

impl Bin {
    /// Nothing learnt.
    pub(super) const EMPTY: Self = Self {
        mean: 0.0,
        variance: 0.0,
        values: 0,
        rounds: 0,
        round: i32::MIN,
    };

    /// How many standard deviations `value` lies from what is usual; nothing closer than `least` counts.
    fn deviation(&self, value: f64, least: f64) -> f64 {
        let off = value - f64::from(self.mean);
        if off.abs() < least {
            return 0.0;
        }
        // A series that never moved has no deviation to measure by; any move is then far.
        let sigma = f64::from(self.variance).max(0.0).sqrt().max(1e-9);
        off / sigma
    }

    fn learn(&mut self, round: i32, value: f64, is_ready: bool) {
        if self.round != round {
            self.round = round;
            self.rounds = self.rounds.saturating_add(1);
        }
        let mean = f64::from(self.mean);
        let reach = f64::from(self.variance).max(0.0).sqrt() * FARTHEST_LEARNT;
        let value = if is_ready && reach > 0.0 {
            value.clamp(mean - reach, mean + reach)
        } else {
            value
        };
        self.values = self.values.saturating_add(1).min(MOST_WEIGHT);
        let weight = 1.0 / f64::from(self.values);
        let (before, now) = (value - mean, mean + (value - mean) * weight);
        let variance = f64::from(self.variance);
        self.variance = (variance + (before * (value - now) - variance) * weight) as f32;
        self.mean = now as f32;
    }
}

/// Which hours are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hours {
    /// Those of a day, once so many days were seen.
    Day(u8),
    /// Those of a week, once so many weeks were seen.
    Week(u8),
    /// The same one of the day before.
    Yesterday,
}

impl Hours {
    /// How many bins that takes.
    pub(super) fn bins(self) -> usize {
        match self {
            Self::Day(_) => 24,
            Self::Week(_) => 168,
            Self::Yesterday => 48,
        }
    }

    /// Judges a value by what was learnt, then learns it. Nothing while too little is known.
    pub(super) fn take(self, bins: &mut [Bin], least: f64, at: i64, value: f64) -> Figure {
        let hour = at.div_euclid(HOUR_MS);
        let place = |hour: i64| hour.rem_euclid(self.bins() as i64) as usize;
        let round = i32::try_from(hour.div_euclid(match self {
            Self::Day(_) => 24,
            Self::Week(_) => 168,
            Self::Yesterday => 1,
        }))
        .unwrap_or(i32::MAX);
        let judged = match self {
            Self::Yesterday => hour - 24,
            _ => hour,
        };
        let judge = bins.get(place(judged)).filter(|bin| match self {
            Self::Day(rounds) | Self::Week(rounds) => {
                let own = u16::from(bin.round == round);
                bin.rounds.saturating_sub(own) >= u16::from(rounds) && bin.values >= LEAST_VALUES
            }
            Self::Yesterday => bin.round == round.saturating_sub(24) && bin.values >= LEAST_VALUES,
        });
        let figure = judge.map(|bin| bin.deviation(value, least));
        if let Some(bin) = bins.get_mut(place(hour)) {
            if self == Self::Yesterday && bin.round != round {
                *bin = Bin::EMPTY;
            }
            bin.learn(round, value, figure.is_some() && self != Self::Yesterday);
        }
        Figure::of(figure.unwrap_or(0.0))
    }
}

/// Since when a value stands still.
#[derive(Clone, Copy, Debug)]
pub(super) struct Still {
    value: f64,
    since: i64,
}

impl Still {
    /// No value yet.
    pub(super) const EMPTY: Self = Self {
        value: f64::NAN,
        since: 0,
    };

    /// Takes a value and gives for how many seconds it has not moved by more than `by`.
    pub(super) fn take(
        &mut self,
        by: f64,
        except: &[f64],
        is_gap: bool,
        at: i64,
        value: f64,
    ) -> Figure {
        let is_excepted = except.iter().any(|right| (value - right).abs() <= by);
        // Written so that NaN, the value before the first, counts as moved.
        let stands = (value - self.value).abs() <= by;
        if !stands || is_gap || is_excepted {
            *self = Self { value, since: at };
        }
        Figure::of(at.saturating_sub(self.since) as f64 / 1_000.0)
    }
}

/// Takes what happened at the fence that has `bit`; nothing where it says nothing about `state`.
pub(super) fn fence_figure(
    state: FenceState,
    inside: &mut u64,
    bit: u64,
    kind: FenceEventKind,
) -> Option<bool> {
    if state == FenceState::Passed {
        return (kind == FenceEventKind::Passed).then_some(true);
    }
    match (state, kind) {
        (FenceState::Inside | FenceState::Outside, FenceEventKind::Entered)
        | (FenceState::Dwelling, FenceEventKind::Dwelled) => *inside |= bit,
        (_, FenceEventKind::Left) => *inside &= !bit,
        _ => return None,
    }
    Some((*inside == 0) == (state == FenceState::Outside))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_seen_over_its_time_and_forgotten_behind_it() {
        let part_ms = Window::part_ms(300.0);
        let mut window = Window::EMPTY;
        let mut fall_at =
            |second: i64, value: f64| window.take(part_ms, true, second * 1_000, value).down;
        assert!(fall_at(0, 0.4).abs() < 1e-9);
        assert!(
            (fall_at(240, 0.3) + 25.0).abs() < 1e-9,
            "a quarter in four minutes"
        );
        assert!((fall_at(300, 0.3) + 25.0).abs() < 1e-9);
        assert!(fall_at(620, 0.3).abs() < 1e-9, "the fall is over");
    }

    #[test]
    fn a_rise_from_zero_is_no_percent() {
        let mut window = Window::EMPTY;
        assert!(window.take(1_000, true, 0, 0.0).up.abs() < 1e-9);
        assert!(window.take(1_000, true, 10, 5.0).up.abs() < 1e-9);
        assert!((window.take(1_000, false, 20, 6.0).up - 6.0).abs() < 1e-9);
    }

    #[test]
    fn what_is_usual_is_learnt_over_days_and_an_incident_is_far_from_it() {
        let hours = Hours::Day(3);
        let mut bins = vec![Bin::EMPTY; hours.bins()];
        let mut figure = Figure::of(0.0);
        for day in 0..5 {
            for minute in 0..60_i32 {
                let value = 100.0 + f64::from(minute % 3);
                let at = day * 24 * HOUR_MS + i64::from(minute) * 60_000;
                figure = hours.take(&mut bins, 0.5, at, value);
            }
        }
        assert!(figure.up.abs() < 2.0, "{figure:?}");
        let incident = hours.take(&mut bins, 0.5, 5 * 24 * HOUR_MS, 140.0);
        assert!(incident.up > 10.0, "{incident:?}");
        let other_hour = hours.take(&mut bins, 0.5, 5 * 24 * HOUR_MS + HOUR_MS, 140.0);
        assert!(other_hour.up.abs() < 1e-9, "nothing is known of this hour");
    }

    #[test]
    fn yesterday_is_only_the_day_before() {
        let hours = Hours::Yesterday;
        let mut bins = vec![Bin::EMPTY; hours.bins()];
        for minute in 0..60_i64 {
            hours.take(&mut bins, 0.0, minute * 60_000, 10.0 + (minute % 2) as f64);
        }
        let next_day = hours.take(&mut bins, 0.0, 24 * HOUR_MS, 20.0);
        assert!(next_day.up > 5.0, "{next_day:?}");
        let two_days = hours.take(&mut bins, 0.0, 49 * HOUR_MS, 20.0);
        assert!(two_days.up.abs() < 1e-9, "{two_days:?}");
    }

    #[test]
    fn a_value_stands_still_until_it_moves_or_nothing_came() {
        let mut still = Still::EMPTY;
        let mut take = |at, value, is_gap| still.take(0.1, &[0.0], is_gap, at, value).up;
        assert!(take(0, 5.0, false).abs() < 1e-9);
        assert!((take(60_000, 5.05, false) - 60.0).abs() < 1e-9);
        assert!(take(61_000, 5.2, false).abs() < 1e-9, "it moved");
        assert!(
            take(90_000, 5.2, true).abs() < 1e-9,
            "nobody knows of the time between"
        );
        take(91_000, 0.0, false);
        assert!(
            take(200_000, 0.0, false).abs() < 1e-9,
            "standing still at zero is right"
        );
    }

    #[test]
    fn a_thing_is_in_any_of_its_fences() {
        use FenceEventKind::{Dwelled, Entered, Left, Passed};
        let mut inside = 0;
        let mut inside_says = |bit, kind| fence_figure(FenceState::Inside, &mut inside, bit, kind);
        assert_eq!(inside_says(1, Entered), Some(true));
        assert_eq!(inside_says(2, Entered), Some(true));
        assert_eq!(inside_says(1, Left), Some(true), "still in the other");
        assert_eq!(inside_says(2, Left), Some(false));
        assert_eq!(inside_says(2, Passed), None);
        let mut outside = 0;
        let mut outside_says = |kind| fence_figure(FenceState::Outside, &mut outside, 1, kind);
        assert_eq!(outside_says(Entered), Some(false));
        assert_eq!(outside_says(Left), Some(true));
        let mut long = 0;
        assert_eq!(
            fence_figure(FenceState::Dwelling, &mut long, 1, Entered),
            None
        );
        assert_eq!(
            fence_figure(FenceState::Dwelling, &mut long, 1, Dwelled),
            Some(true)
        );
        assert_eq!(
            fence_figure(FenceState::Passed, &mut long, 1, Passed),
            Some(true)
        );
    }
}
