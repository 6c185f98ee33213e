//! Readings of a made-up city, as gauges report them: decimals that wander and follow the hour, with some milliseconds of jitter.
//!
//! Nine in ten sensors report with one period, staggered over it; each tenth is a tilt or level gauge that reports about
//! every ten minutes. The same seed gives the same readings on every machine.

use crate::dice::Dice;
use cim_model::Quality;
use cim_store::{DAY_MS, Row};

/// How often a slow gauge reports, at least.
const SLOW_MS: i64 = 600_000;
/// Reports come up to this much late.
const JITTER_MS: i64 = 40;
/// A report that came through at once is known this much after it held.
const DELAY_MS: i64 = 250;

/// What a city's sensors report, step by step; a step is one period of the fast ones.
pub(super) struct Readings {
    dice: Dice,
    walks: Vec<Walk>,
    first_ms: i64,
    period_ms: f64,
    /// A slow sensor reports once in so many steps.
    slow_steps: u64,
    step: u64,
}

/// One sensor's value as it wanders, in units of its last digit.
#[derive(Clone, Copy, Debug)]
struct Walk {
    at: i32,
    /// What it wanders around, and how far the hour carries it.
    middle: i32,
    swing: i32,
    /// A value is `at` divided by this: 10 or 100.
    scale: f64,
    phase: f32,
}

impl Readings {
    /// `sensors` sensors from `first_ms` on; the fast ones report every `period_ms`.
    pub(super) fn new(sensors: u32, first_ms: i64, period_ms: f64) -> Self {
        let mut dice = Dice::new(0x0063_6974_7900);
        let walks = (0..sensors).map(|_| Walk::new(&mut dice)).collect();
        Self {
            dice,
            walks,
            first_ms,
            period_ms,
            slow_steps: ((SLOW_MS as f64 / period_ms).round() as u64).max(1),
            step: 0,
        }
    }

    /// The period of the fast sensors at which `sensors` of them together report `observations` times a day.
    pub(super) fn period_for(sensors: u32, observations: u64) -> f64 {
        let day = DAY_MS as f64;
        let per_sensor = observations as f64 / f64::from(sensors.max(1));
        // The slow tenth reports at most every ten minutes; the others make up for it.
        let slow = (day / SLOW_MS as f64).min(per_sensor);
        day / ((per_sensor - 0.1 * slow) / 0.9).max(1e-6)
    }

    /// Where in city time the next step begins.
    pub(super) fn now_ms(&self) -> i64 {
        self.first_ms + (self.step as f64 * self.period_ms) as i64
    }

    /// True for the sensors that report seldom; `place` counts from 0.
    pub(super) fn is_slow(place: usize) -> bool {
        place % 10 == 9
    }

    /// What is reported in the next step, in the order of time; `numbers` are the store's numbers of the sensors. Fills `rows`
    /// anew, without allocating once it has grown.
    pub(super) fn step(&mut self, numbers: &[u32], rows: &mut Vec<Row>) {
        rows.clear();
        let begin = self.step as f64 * self.period_ms;
        let share = self.period_ms / self.walks.len().max(1) as f64;
        for (place, (walk, number)) in self.walks.iter_mut().zip(numbers).enumerate() {
            let turn = (self.step + place as u64 / 10) % self.slow_steps;
            if Self::is_slow(place) && turn != 0 {
                continue;
            }
            let draw = self.dice.roll();
            let jitter = (draw >> 32) as i64 % JITTER_MS;
            let happened_at = self.first_ms + (begin + share * place as f64) as i64 + jitter;
            rows.push(Row {
                series: *number,
                quality: quality(draw),
                happened_at,
                known_at: happened_at + DELAY_MS,
                value: walk.next(draw, happened_at),
            });
        }
        self.step += 1;
    }
}

impl Walk {
    fn new(dice: &mut Dice) -> Self {
        let middle = 100 + dice.below(4_000) as i32;
        Self {
            at: 0,
            middle,
            swing: middle / 4,
            scale: if dice.once_in(3) { 100.0 } else { 10.0 },
            phase: dice.below(1_000) as f32 / 1_000.0,
        }
    }

    fn next(&mut self, draw: u64, now: i64) -> f64 {
        // Most gauges show the same last digit twice running more often than not.
        self.at += match draw & 15 {
            0..=2 => 1,
            3..=5 => -1,
            6 => 3,
            7 => -3,
            _ => 0,
        };
        // It is drawn back to the middle, so that it never leaves its range.
        self.at -= self.at / 400;
        let share = now.rem_euclid(DAY_MS) as f32 / DAY_MS as f32;
        let daily = self.swing as f32 * (std::f32::consts::TAU * (share + self.phase)).sin();
        // The gauge has so many digits and no more.
        f64::from(self.middle + self.at + daily as i32) / self.scale
    }
}

fn quality(draw: u64) -> Quality {
    match (draw >> 8) & 0xfff {
        0 => Quality::Suspect,
        1 | 2 => Quality::Estimated,
        _ => Quality::Good,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_as_many_observations_as_asked_for() {
        let sensors = 1_000;
        let period_ms = Readings::period_for(sensors, 1_000_000);
        let mut readings = Readings::new(sensors, 0, period_ms);
        let numbers: Vec<u32> = (1..=sensors).collect();
        let (mut rows, mut count) = (Vec::new(), 0);
        while readings.now_ms() < DAY_MS {
            readings.step(&numbers, &mut rows);
            count += rows.len();
        }
        assert!((980_000..=1_020_000).contains(&count), "{count}");
    }

    #[test]
    fn readings_are_short_decimals_in_the_order_of_time_and_the_same_each_time() {
        let run = || {
            let mut readings = Readings::new(200, 1_000, 5_000.0);
            let numbers: Vec<u32> = (1..=200).collect();
            let (mut rows, mut all) = (Vec::new(), Vec::new());
            for _ in 0..50 {
                readings.step(&numbers, &mut rows);
                all.extend_from_slice(&rows);
            }
            all
        };
        let rows = run();
        assert_eq!(rows, run());
        for row in &rows {
            let digits = row.value * 100.0;
            assert!((digits - digits.round()).abs() < 1e-6, "{}", row.value);
        }
        let backwards = rows
            .windows(2)
            .filter(|pair| pair[1].happened_at + JITTER_MS < pair[0].happened_at);
        assert_eq!(backwards.count(), 0);
    }
}
