//! Gaps of the history: stretches in which no value came, longer than a pause may be.

use cim_model::UtcMillis;
use cim_store::{HOUR_MS, MINUTE_MS};

/// The shortest gap, minutes.
const LEAST_GAP: i64 = 3;

/// How many usual pauses make a gap.
const PAUSES_IN_A_GAP: i64 = 3;

/// How far before the stretch the usual pause is looked for, milliseconds.
const LOOK_BACK_MS: i64 = 3 * HOUR_MS;

/// The most steps that a stretch is looked at in; longer ones are looked at more coarsely.
const MAX_STEPS: i64 = 100_000;

/// The steps in which the activity of a stretch is looked at for gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Steps {
    /// The first moment, on a whole minute.
    pub(crate) from: UtcMillis,
    /// The last moment, on a whole minute.
    pub(crate) to: UtcMillis,
    /// How many there are.
    pub(crate) count: u32,
    /// How long each is, milliseconds.
    step_ms: i64,
}

impl Steps {
    /// The steps for gaps in `[from, to)`.
    pub(crate) fn of(from: UtcMillis, to: UtcMillis) -> Self {
        let first = from.0.saturating_sub(LOOK_BACK_MS).div_euclid(MINUTE_MS);
        let last = to.0.saturating_add(MINUTE_MS - 1).div_euclid(MINUTE_MS);
        let minutes = last.saturating_sub(first).max(1);
        let minutes_a_step = (minutes + MAX_STEPS - 1) / MAX_STEPS;
        let count = (minutes + minutes_a_step - 1) / minutes_a_step;
        let step_ms = minutes_a_step.saturating_mul(MINUTE_MS);
        let start = first.saturating_mul(MINUTE_MS);
        Self {
            from: UtcMillis(start),
            to: UtcMillis(start.saturating_add(count.saturating_mul(step_ms))),
            count: u32::try_from(count).unwrap_or(u32::MAX),
            step_ms,
        }
    }

    /// The gaps within `[from, to)`, where `counts` is how many values came in each step.
    pub(crate) fn gaps(&self, counts: &[u32], from: UtcMillis, to: UtcMillis) -> Vec<[i64; 2]> {
        let minutes_a_step = self.step_ms / MINUTE_MS;
        let usual = usual_pause(counts).saturating_mul(minutes_a_step);
        let least_ms = LEAST_GAP
            .max(usual.saturating_mul(PAUSES_IN_A_GAP))
            .saturating_mul(MINUTE_MS);
        let mut gaps = Vec::new();
        let mut began: Option<i64> = None;
        let ends = counts.iter().map(|count| *count > 0).chain([true]);
        for (place, is_filled) in ends.enumerate() {
            let at = self.from.0 + place as i64 * self.step_ms;
            if !is_filled {
                began.get_or_insert(at);
                continue;
            }
            let Some(start) = began.take() else {
                continue;
            };
            // What counts is the part that is asked about and that history can tell of.
            let (start, end) = (start.max(from.0), at.min(to.0));
            if end.saturating_sub(start) >= least_ms {
                gaps.push([start, end]);
            }
        }
        gaps
    }
}

/// The usual distance between two steps with values; 1 when that cannot be told.
fn usual_pause(counts: &[u32]) -> i64 {
    let filled: Vec<usize> = (0..counts.len())
        .filter(|place| counts.get(*place).is_some_and(|count| *count > 0))
        .collect();
    let mut pauses: Vec<usize> = filled
        .iter()
        .zip(filled.iter().skip(1))
        .map(|(a, b)| b - a)
        .collect();
    pauses.sort_unstable();
    pauses
        .get(pauses.len() / 2)
        .map_or(1, |pause| *pause as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: i64 = 1_000 * HOUR_MS;

    /// Gaps in minutes after `T` of an hour in which values came in the minutes that `is_filled` names.
    #[track_caller]
    fn check(is_filled: impl Fn(i64) -> bool, expected: &[[i64; 2]]) {
        let (from, to) = (UtcMillis(T), UtcMillis(T + HOUR_MS));
        let steps = Steps::of(from, to);
        let counts: Vec<u32> = (0..i64::from(steps.count))
            .map(|step| {
                let minute = (steps.from.0 - T) / MINUTE_MS + step;
                // The hours before were alike.
                u32::from(is_filled(minute.rem_euclid(60)))
            })
            .collect();
        let gaps: Vec<[i64; 2]> = steps
            .gaps(&counts, from, to)
            .iter()
            .map(|gap| gap.map(|at| (at - T) / MINUTE_MS))
            .collect();
        assert_eq!(gaps, expected);
    }

    #[test]
    fn three_minutes_without_a_value_are_a_gap_and_two_are_none() {
        check(|_| true, &[]);
        check(|minute| !(10..12).contains(&minute), &[]);
        check(|minute| !(10..13).contains(&minute), &[[10, 13]]);
    }

    #[test]
    fn values_that_come_seldom_have_longer_gaps() {
        check(|minute| minute % 10 == 0, &[]);
        check(
            |minute| minute % 5 == 0 && !(6..38).contains(&minute),
            &[[6, 40]],
        );
    }

    #[test]
    fn a_gap_at_the_edge_is_cut_there() {
        check(|minute| minute < 50, &[[50, 60]]);
        check(|minute| minute >= 20, &[[0, 20]]);
    }

    #[test]
    fn a_very_long_stretch_is_looked_at_in_coarser_steps() {
        let steps = Steps::of(UtcMillis(0), UtcMillis(400 * 24 * HOUR_MS));
        assert!(i64::from(steps.count) <= MAX_STEPS && steps.step_ms > MINUTE_MS);
        assert!(steps.to.0 >= 400 * 24 * HOUR_MS);
    }
}
