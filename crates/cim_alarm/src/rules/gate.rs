//! When a figure becomes an alarm: levels, dead band, on and off delay.
//!
//! ```text
//!             meets a level for the on-delay         back by the dead band for the off-delay
//!  inactive ────────────────────────────────► active ──────────────────────────────────────► inactive
//!                                              │  ▲ meets a worse level for the on-delay
//!                                              └──┘
//! ```
//! An active gate only gets worse until it clears.

use super::{ChangeKind, DeadBand, LevelTable, Levels};
use cim_model::Severity;

/// What is held against levels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Figure {
    /// Held against levels above.
    pub(super) up: f64,
    /// Held against levels below.
    pub(super) down: f64,
}

impl Figure {
    /// The same on both sides.
    pub(super) fn of(value: f64) -> Self {
        Self {
            up: value,
            down: value,
        }
    }

    /// 1 for yes, 0 for no.
    pub(super) fn flag(is_so: bool) -> Self {
        Self::of(f64::from(u8::from(is_so)))
    }
}

/// Levels ready for comparing, worst first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bars {
    above: [f64; 4],
    below: [f64; 4],
    /// The mildest level above; infinite without one.
    nearest_above: f64,
    nearest_below: f64,
    /// Below this a figure that rose is back.
    back_above: f64,
    back_below: f64,
}

impl Bars {
    /// Bars at `levels`; a figure is back when it is `band` inside all levels of its side.
    pub(super) fn new(levels: &Levels, band: DeadBand) -> Self {
        let side = |table: &LevelTable, none: f64| {
            Severity::ALARMING.map(|severity| table.get(severity).unwrap_or(none))
        };
        let above = side(&levels.above, f64::INFINITY);
        let below = side(&levels.below, f64::NEG_INFINITY);
        let inside_above = levels.above.map(|level| level - band.at(level));
        let inside_below = levels.below.map(|level| level + band.at(level));
        let lowest = |values: [f64; 4]| values.into_iter().fold(f64::INFINITY, f64::min);
        let highest = |values: [f64; 4]| values.into_iter().fold(f64::NEG_INFINITY, f64::max);
        Self {
            above,
            below,
            nearest_above: lowest(above),
            nearest_below: highest(below),
            back_above: lowest(side(&inside_above, f64::INFINITY)),
            back_below: highest(side(&inside_below, f64::NEG_INFINITY)),
        }
    }

    /// The mildest level above that is farther than `up`.
    pub(super) fn next_above(&self, up: f64) -> Option<f64> {
        let farther = self.above.into_iter().filter(|level| *level > up);
        Some(farther.fold(f64::INFINITY, f64::min)).filter(|level| level.is_finite())
    }

    /// The bits of all levels, so that equal bars are kept once.
    pub(super) fn bits(&self) -> [u64; 10] {
        let [a, b, c, d] = self.above.map(f64::to_bits);
        let [e, f, g, h] = self.below.map(f64::to_bits);
        [
            a,
            b,
            c,
            d,
            e,
            f,
            g,
            h,
            self.back_above.to_bits(),
            self.back_below.to_bits(),
        ]
    }

    /// The worst level met on either side; the rising one of two that are as bad.
    fn met_by(&self, figure: Figure) -> Option<Met> {
        let levels = Severity::ALARMING
            .into_iter()
            .zip(self.above.into_iter().zip(self.below));
        for (severity, (above, below)) in levels {
            if figure.up >= above {
                return Some(Met::new(severity, above, true, figure.up));
            }
            if figure.down <= below {
                return Some(Met::new(severity, below, false, figure.down));
            }
        }
        None
    }

    fn is_back(&self, is_rising: bool, figure: Figure) -> bool {
        if is_rising {
            figure.up < self.back_above
        } else {
            figure.down > self.back_below
        }
    }
}

/// Milliseconds for which something must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Delays {
    pub(super) on_ms: i64,
    pub(super) off_ms: i64,
}

/// A level that is met.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Met {
    severity: Severity,
    limit: f64,
    is_rising: bool,
    value: f64,
}

impl Met {
    fn new(severity: Severity, limit: f64, is_rising: bool, value: f64) -> Self {
        Self {
            severity,
            limit,
            is_rising,
            value,
        }
    }
}

/// What a gate waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waits {
    Nothing,
    /// The end of the on-delay.
    On,
    /// The end of the off-delay.
    Off,
}

/// What happened to a gate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Turn {
    pub(super) kind: ChangeKind,
    pub(super) severity: Severity,
    pub(super) limit: f64,
    pub(super) value: f64,
    pub(super) since: i64,
    pub(super) at: i64,
}

/// Whether a condition is active, and how bad.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gate {
    /// The worst level met while active; of an inactive gate its severity is normal.
    worst: Met,
    since: i64,
    waits: Waits,
    wait_since: i64,
    /// What is met while the on-delay runs.
    next: Met,
}

impl Gate {
    /// Inactive.
    pub(super) const CLOSED: Self = Self {
        worst: Met {
            severity: Severity::Normal,
            limit: 0.0,
            is_rising: true,
            value: 0.0,
        },
        since: 0,
        waits: Waits::Nothing,
        wait_since: 0,
        next: Met {
            severity: Severity::Normal,
            limit: 0.0,
            is_rising: true,
            value: 0.0,
        },
    };

    pub(super) fn is_active(&self) -> bool {
        self.worst.severity != Severity::Normal
    }

    /// True when `figure` changes nothing and nothing is waited for: what nearly every value is.
    #[inline]
    pub(super) fn is_quiet(&self, bars: &Bars, figure: Figure) -> bool {
        self.waits == Waits::Nothing
            && !self.is_active()
            && figure.up < bars.nearest_above
            && figure.down > bars.nearest_below
    }

    /// When something that is waited for is due.
    pub(super) fn due(&self, delays: Delays) -> Option<i64> {
        match self.waits {
            Waits::Nothing => None,
            Waits::On => Some(self.wait_since.saturating_add(delays.on_ms)),
            Waits::Off => Some(self.wait_since.saturating_add(delays.off_ms)),
        }
    }

    /// Ends a delay that is over at `at`. Comes before [`Gate::take`]: the figure of before held until then.
    pub(super) fn ripen(&mut self, delays: Delays, at: i64) -> Option<Turn> {
        let due = self.due(delays).filter(|due| *due <= at)?;
        if self.waits == Waits::On {
            Some(self.worsen(self.next, due))
        } else {
            Some(self.clear(due))
        }
    }

    /// Takes a figure of the moment `at`.
    pub(super) fn take(
        &mut self,
        bars: &Bars,
        delays: Delays,
        at: i64,
        figure: Figure,
    ) -> Option<Turn> {
        let met = bars.met_by(figure);
        if self.is_active() {
            self.worst.value = if self.worst.is_rising {
                figure.up
            } else {
                figure.down
            };
        }
        match met {
            Some(met) if met.severity > self.worst.severity => {
                if delays.on_ms == 0 {
                    return Some(self.worsen(met, at));
                }
                self.next = met;
                self.wait(Waits::On, at);
            }
            None if self.is_active() && bars.is_back(self.worst.is_rising, figure) => {
                if delays.off_ms == 0 {
                    return Some(self.clear(at));
                }
                self.wait(Waits::Off, at);
            }
            _ => self.waits = Waits::Nothing,
        }
        None
    }

    /// Makes the gate active as it was written down earlier.
    pub(super) fn restore(&mut self, levels: &Bars, since: i64, severity: Severity, limit: f64) {
        let is_falling = levels
            .below
            .iter()
            .any(|level| level.to_bits() == limit.to_bits());
        self.worst = Met::new(severity, limit, !is_falling, limit);
        self.since = since;
        self.waits = Waits::Nothing;
    }

    /// How it stands, as if it had just become so.
    pub(super) fn standing(&self) -> Turn {
        self.turn(ChangeKind::Raised, self.since)
    }

    fn wait(&mut self, waits: Waits, at: i64) {
        if self.waits != waits {
            self.waits = waits;
            self.wait_since = at;
        }
    }

    fn worsen(&mut self, met: Met, at: i64) -> Turn {
        let kind = if self.is_active() {
            ChangeKind::Worsened
        } else {
            self.since = at;
            ChangeKind::Raised
        };
        self.worst = met;
        self.waits = Waits::Nothing;
        self.turn(kind, at)
    }

    fn clear(&mut self, at: i64) -> Turn {
        let turn = self.turn(ChangeKind::Cleared, at);
        *self = Self::CLOSED;
        turn
    }

    fn turn(&self, kind: ChangeKind, at: i64) -> Turn {
        Turn {
            kind,
            severity: self.worst.severity,
            limit: self.worst.limit,
            value: self.worst.value,
            since: self.since,
            at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels() -> Levels {
        let mut levels = Levels::default();
        levels.above.set(Severity::Medium, Some(10.0));
        levels.above.set(Severity::High, Some(25.0));
        levels
    }

    /// Feeds values one second apart and compares what each one did: `R`aised, `W`orsened, `C`leared, `.` nothing.
    #[track_caller]
    fn check(levels: Levels, delays: [i64; 2], values: &[f64], expected: &str) {
        let [on_ms, off_ms] = delays;
        let delays = Delays { on_ms, off_ms };
        let bars = Bars::new(&levels, DeadBand::Share(0.02));
        let mut gate = Gate::CLOSED;
        let mut seen = String::new();
        for (second, value) in values.iter().enumerate() {
            let at = second as i64 * 1_000;
            let ripened = gate.ripen(delays, at);
            let taken = gate.take(&bars, delays, at, Figure::of(*value));
            let words = [ripened, taken]
                .into_iter()
                .flatten()
                .map(|turn| match turn.kind {
                    ChangeKind::Raised => 'R',
                    ChangeKind::Worsened => 'W',
                    ChangeKind::Cleared => 'C',
                });
            let length = seen.len();
            seen.extend(words);
            if seen.len() == length {
                seen.push('.');
            }
        }
        assert_eq!(seen, expected);
    }

    #[test]
    fn without_delays_a_value_rings_at_once_and_clears_behind_the_dead_band() {
        check(levels(), [0, 0], &[9.9, 10.0, 9.81, 9.79], ".R.C");
        check(
            levels(),
            [0, 0],
            &[12.0, 30.0, 12.0, 30.0, 5.0, 30.0],
            "RW..CR",
        );
    }

    #[test]
    fn limits_on_both_sides_clear_on_the_side_that_rang() {
        let mut both = Levels::default();
        both.above.set(Severity::Medium, Some(10.0));
        both.below.set(Severity::Medium, Some(8.0));
        check(both, [0, 0], &[10.5, 9.7, 7.9, 8.1, 8.2], "RCR.C");
    }

    #[test]
    fn a_value_that_comes_back_within_the_on_delay_never_rings() {
        check(
            levels(),
            [2_000, 0],
            &[12.0, 1.0, 12.0, 12.0, 12.0, 12.0],
            "....R.",
        );
        check(
            levels(),
            [2_000, 0],
            &[12.0, 12.0, 12.0, 30.0, 30.0, 30.0],
            "..R..W",
        );
    }

    #[test]
    fn a_value_that_trembles_within_the_off_delay_rings_once() {
        check(
            levels(),
            [0, 2_000],
            &[12.0, 1.0, 12.0, 1.0, 1.0, 1.0],
            "R....C",
        );
        check(
            levels(),
            [0, 2_000],
            &[12.0, 1.0, 9.9, 1.0, 1.0, 1.0],
            "R....C",
        );
    }

    #[test]
    fn a_delay_that_ended_between_two_values_counts_from_its_end() {
        let delays = Delays {
            on_ms: 2_000,
            off_ms: 0,
        };
        let bars = Bars::new(&levels(), DeadBand::Share(0.02));
        let mut gate = Gate::CLOSED;
        assert_eq!(gate.take(&bars, delays, 0, Figure::of(12.0)), None);
        assert_eq!(gate.due(delays), Some(2_000));
        let turn = gate.ripen(delays, 60_000).expect("it held for a minute");
        assert_eq!(
            (turn.kind, turn.at, turn.since),
            (ChangeKind::Raised, 2_000, 2_000)
        );
        let turn = gate
            .take(&bars, delays, 60_000, Figure::of(0.0))
            .expect("it is back");
        assert_eq!(
            (turn.kind, turn.severity, turn.at),
            (ChangeKind::Cleared, Severity::Medium, 60_000)
        );
    }

    #[test]
    fn a_gate_that_is_restored_clears_on_its_side() {
        let mut falling = Levels::default();
        falling.below.set(Severity::High, Some(5.0));
        let bars = Bars::new(&falling, DeadBand::Absolute(1.0));
        let mut gate = Gate::CLOSED;
        gate.restore(&bars, 77, Severity::High, 5.0);
        assert!(gate.is_active() && gate.standing().since == 77);
        let none = Delays::default();
        assert_eq!(gate.take(&bars, none, 100, Figure::of(5.5)), None);
        assert!(gate.take(&bars, none, 200, Figure::of(6.5)).is_some());
        assert!(gate.is_quiet(&bars, Figure::of(6.0)) && !gate.is_quiet(&bars, Figure::of(4.0)));
    }

    #[test]
    fn the_next_level_is_the_mildest_that_is_farther() {
        let bars = Bars::new(&levels(), DeadBand::Share(0.0));
        assert_eq!(bars.next_above(0.0), Some(10.0));
        assert_eq!(bars.next_above(10.0), Some(25.0));
        assert_eq!(bars.next_above(25.0), None);
    }
}
