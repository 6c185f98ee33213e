//! Values of areas put into classes: where the classes end, and which area is in which.
//!
//! A class holds what is greater than the end before it, up to and with its own end.

use super::{FieldError, RampId, nice_step};

/// More classes than this nobody can tell apart.
pub const MOST_CLASSES: usize = 12;
/// The class of an area without a value.
pub const NO_CLASS: u8 = u8::MAX;
/// Natural breaks are looked for among so many values, taken evenly from all of them in order.
const MOST_FOR_BREAKS: usize = 2_000;

/// How the ends of classes are found.
#[derive(Clone, Debug, PartialEq)]
pub enum Classing {
    /// Classes of the same width.
    Equal,
    /// Classes of the same width that end at round numbers; as many as come of it, one or two more or fewer than asked
    /// for.
    Nice,
    /// Classes that hold equally many values.
    Quantile,
    /// Classes within which values differ least (Jenks' natural breaks, by Fisher's exact method).
    Jenks,
    /// Ends from outside, such as those of a standard, in the values' unit. One class more than ends: the last is open,
    /// and so is the first.
    Given(Vec<f64>),
}

/// Classes of values.
#[derive(Clone, Debug, PartialEq)]
pub struct Classes {
    least: f64,
    ends: Vec<f64>,
}

impl Classes {
    /// How many classes there are, 1 to [`MOST_CLASSES`].
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// The class of a value; what lies beyond the ends belongs to the first or the last. `None` for what is not finite.
    pub fn of(&self, value: f64) -> Option<usize> {
        let last = self.ends.len().checked_sub(1)?;
        let class = self.ends.partition_point(|end| *end < value);
        value.is_finite().then_some(class.min(last))
    }

    /// From where to where a class reaches; infinite where it is open.
    pub fn range(&self, class: usize) -> Option<[f64; 2]> {
        let to = self.ends.get(class).copied()?;
        let before = class
            .checked_sub(1)
            .and_then(|before| self.ends.get(before));
        Some([before.copied().unwrap_or(self.least), to])
    }

    /// The sRGB colour of each class, from one end of the ramp to the other.
    pub fn colours(&self, ramp: RampId) -> Vec<[u8; 3]> {
        let count = self.count();
        (0..count)
            .map(|class| ramp.class_srgb8(class, count))
            .collect()
    }
}

/// Areas by class.
#[derive(Clone, Debug, PartialEq)]
pub struct Choropleth {
    /// The classes.
    pub classes: Classes,
    /// The class of each area, in the order of the values; [`NO_CLASS`] without a value.
    pub class_of: Vec<u8>,
    /// Areas in each class.
    pub counts: Vec<u32>,
    /// Areas without a value.
    pub without: u32,
}

/// Puts the areas with these values (NaN: none) into about `count` classes.
pub fn choropleth(
    values: &[f64],
    classing: &Classing,
    count: usize,
) -> Result<Choropleth, FieldError> {
    let classes = classes(values, classing, count)?;
    let mut counts = vec![0; classes.count()];
    let mut without = 0;
    let mut class_of = Vec::with_capacity(values.len());
    for value in values {
        let class = classes.of(*value);
        match class.and_then(|class| counts.get_mut(class)) {
            Some(count) => *count += 1,
            None => without += 1,
        }
        class_of.push(class.map_or(NO_CLASS, |class| class as u8));
    }
    Ok(Choropleth {
        classes,
        class_of,
        counts,
        without,
    })
}

/// About `count` classes of these values (at least 1, at most [`MOST_CLASSES`]); fewer where values repeat. Values that
/// are not finite do not count; given ends need no values, and no count.
pub fn classes(values: &[f64], classing: &Classing, count: usize) -> Result<Classes, FieldError> {
    if let Classing::Given(ends) = classing {
        return given(ends);
    }
    if count == 0 || count > MOST_CLASSES {
        return Err(FieldError::BadNumber {
            what: "the number of classes",
            found: count as f64,
            must: "from 1 to 12",
        });
    }
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let (Some(least), Some(most)) = (sorted.first().copied(), sorted.last().copied()) else {
        return Err(FieldError::NoValues {
            what: "values for classes",
            given: values.len(),
        });
    };
    if *classing == Classing::Nice
        && let Some(classes) = nice(least, most, count)
    {
        return Ok(classes);
    }
    let mut ends = match classing {
        Classing::Quantile => quantiles(&sorted, count),
        Classing::Jenks => natural(&evenly_from(&sorted, MOST_FOR_BREAKS), count),
        Classing::Equal | Classing::Nice | Classing::Given(_) => equal(least, most, count),
    };
    // Rounding must not leave the greatest value out.
    if let Some(last) = ends.last_mut() {
        *last = most;
    }
    ends.dedup_by(|after, before| *after <= *before);
    Ok(Classes { least, ends })
}

fn given(ends: &[f64]) -> Result<Classes, FieldError> {
    if ends.len() >= MOST_CLASSES {
        return Err(FieldError::TooMany {
            what: "ends of classes",
            found: ends.len() as u64,
            most: MOST_CLASSES as u64 - 1,
        });
    }
    if let Some(found) = ends.iter().copied().find(|end| !end.is_finite()) {
        return Err(FieldError::BadNumber {
            what: "an end of a class",
            found,
            must: "finite",
        });
    }
    let mut ends = ends.to_vec();
    ends.sort_by(f64::total_cmp);
    ends.dedup_by(|after, before| *after <= *before);
    ends.push(f64::INFINITY);
    Ok(Classes {
        least: f64::NEG_INFINITY,
        ends,
    })
}

/// Each end is a mixture of least and most, so that not even the range of all numbers overflows.
fn equal(least: f64, most: f64, count: usize) -> Vec<f64> {
    (1..=count)
        .map(|class| {
            let part = class as f64 / count as f64;
            (least * (1.0 - part) + most * part).clamp(least, most)
        })
        .collect()
}

/// `None` where there are no round numbers to end at: a single value, or too wide a range.
fn nice(least: f64, most: f64, count: usize) -> Option<Classes> {
    let step = nice_step(most - least, count)?;
    let first = (least / step).floor();
    let classes = ((most / step).ceil() - first).max(1.0);
    // Numbers far from 0 and close together have no round numbers between them.
    if classes > MOST_CLASSES as f64 || first.abs() > 1.0e15 {
        return None;
    }
    let ends = (1..=classes as usize).map(|class| (first + class as f64) * step);
    Some(Classes {
        least: first * step,
        ends: ends.collect(),
    })
}

fn quantiles(sorted: &[f64], count: usize) -> Vec<f64> {
    (1..=count)
        .filter_map(|class| {
            let rank = (sorted.len() * class).div_ceil(count);
            sorted.get(rank.saturating_sub(1)).copied()
        })
        .collect()
}

/// At most so many values, evenly taken, with the first and the last among them.
fn evenly_from(sorted: &[f64], most: usize) -> Vec<f64> {
    if sorted.len() <= most {
        return sorted.to_vec();
    }
    let last = (sorted.len() - 1) as f64;
    (0..most)
        .filter_map(|taken| {
            let rank = taken as f64 / (most - 1) as f64 * last;
            sorted.get(rank.round() as usize).copied()
        })
        .collect()
}

/// Fisher's exact method: the best way to cut the first `n` values into one class more is a last class after the best
/// way to cut what lies before it. Quadratic in the number of values, for each class.
fn natural(sorted: &[f64], count: usize) -> Vec<f64> {
    let spread = Spread::of(sorted);
    let all = sorted.len();
    // Least spread of the first `to` values, for each `to`, in as many classes as steps have been made.
    let mut best: Vec<f64> = (0..=all).map(|to| spread.between(0, to)).collect();
    let mut begins: Vec<Vec<usize>> = vec![vec![0; all + 1]];
    for class in 1..count.min(all) {
        let (next, begin) = one_class_more(&spread, &best, class);
        best = next;
        begins.push(begin);
    }
    let mut ends = Vec::with_capacity(begins.len());
    let mut to = all;
    for begin in begins.iter().rev() {
        ends.extend(to.checked_sub(1).and_then(|last| sorted.get(last)).copied());
        to = begin.get(to).copied().unwrap_or_default();
    }
    ends.reverse();
    ends
}

/// The least spread of each number of values with a class more than in `best`, and where the last class begins.
fn one_class_more(spread: &Spread, best: &[f64], class: usize) -> (Vec<f64>, Vec<usize>) {
    (0..best.len())
        .map(|to| {
            let mut least = (f64::INFINITY, 0);
            for (from, before) in best.iter().enumerate().take(to).skip(class) {
                let cost = before + spread.between(from, to);
                if cost < least.0 {
                    least = (cost, from);
                }
            }
            least
        })
        .unzip()
}

/// Sums up to each value, so that the spread of any stretch is at hand.
struct Spread {
    sums: Vec<[f64; 2]>,
}

impl Spread {
    /// Values are moved and scaled to lie between 0 and 2: nothing is lost to great numbers that lie close together.
    fn of(sorted: &[f64]) -> Self {
        let least = sorted.first().copied().unwrap_or_default();
        let most = sorted.last().copied().unwrap_or_default();
        let scale = least.abs().max(most.abs()).max(f64::MIN_POSITIVE);
        let way = (most / scale - least / scale).max(f64::MIN_POSITIVE);
        let mut sums = Vec::with_capacity(sorted.len() + 1);
        let (mut sum, mut squares) = (0.0, 0.0);
        sums.push([sum, squares]);
        for value in sorted {
            let value = 2.0 * ((value / scale - least / scale) / way);
            sum += value;
            squares += value * value;
            sums.push([sum, squares]);
        }
        Self { sums }
    }

    /// Sum of the squared distances from their mean of the values `from..to`.
    fn between(&self, from: usize, to: usize) -> f64 {
        let (Some([sum_a, squares_a]), Some([sum_b, squares_b])) =
            (self.sums.get(from), self.sums.get(to))
        else {
            return 0.0;
        };
        let sum = sum_b - sum_a;
        let count = to.saturating_sub(from).max(1) as f64;
        (squares_b - squares_a - sum * sum / count).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_ends(values: &[f64], classing: &Classing, count: usize, expected: &[f64]) {
        let found = classes(values, classing, count).expect("classes");
        let is_near = |(a, b): (&f64, &f64)| (a - b).abs() < 1.0e-9 || a.to_bits() == b.to_bits();
        assert!(
            found.ends.len() == expected.len() && found.ends.iter().zip(expected).all(is_near),
            "{classing:?}: {:?} instead of {expected:?}",
            found.ends
        );
    }

    #[test]
    fn classes_end_where_each_way_says() {
        let values = [
            0.0,
            1.0,
            2.0,
            3.0,
            4.0,
            5.0,
            6.0,
            47.0,
            f64::NAN,
            f64::INFINITY,
        ];
        check_ends(&values, &Classing::Equal, 4, &[11.75, 23.5, 35.25, 47.0]);
        check_ends(&values, &Classing::Nice, 5, &[10.0, 20.0, 30.0, 40.0, 50.0]);
        check_ends(&values, &Classing::Quantile, 4, &[1.0, 3.0, 5.0, 47.0]);
        check_ends(&values, &Classing::Jenks, 2, &[6.0, 47.0]);
        let limits = Classing::Given(vec![75.0, 35.0, 75.0]);
        check_ends(&values, &limits, 0, &[35.0, 75.0, f64::INFINITY]);
    }

    #[test]
    fn natural_breaks_are_the_best_of_all_possible() {
        let values = [1.0, 1.5, 2.0, 7.0, 7.2, 9.0, 14.0, 14.1, 15.5, 30.0, 31.0];
        let found = classes(&values, &Classing::Jenks, 3).expect("classes");
        let spread_of = |part: &[f64]| {
            let mean = part.iter().sum::<f64>() / part.len() as f64;
            part.iter().map(|value| (value - mean).powi(2)).sum::<f64>()
        };
        let mut best = (f64::INFINITY, Vec::new());
        for first in 1..values.len() - 1 {
            for second in first + 1..values.len() {
                let spread = spread_of(&values[..first])
                    + spread_of(&values[first..second])
                    + spread_of(&values[second..]);
                if spread < best.0 {
                    best = (spread, vec![values[first - 1], values[second - 1], 31.0]);
                }
            }
        }
        assert_eq!(found.ends, best.1);
    }

    #[test]
    fn natural_breaks_of_many_values_keep_the_ends_and_the_gap() {
        let low = (0..50_000).map(|row| f64::from(row) * 1.0e-4);
        let high = (0..50_000).map(|row| 1_000.0 + f64::from(row) * 1.0e-4);
        let values: Vec<f64> = low.chain(high).collect();
        let found = classes(&values, &Classing::Jenks, 2).expect("classes");
        assert_eq!(found.count(), 2);
        assert!((4.9..5.0).contains(&found.ends[0]), "{:?}", found.ends);
        assert_eq!(found.of(1_004.999_9), Some(1));
    }

    #[test]
    fn every_area_is_counted_once_and_one_without_a_value_has_no_class() {
        let values = [3.0, f64::NAN, 10.0, 6.5, 3.0, f64::NEG_INFINITY];
        let found = choropleth(&values, &Classing::Equal, 2).expect("a choropleth");
        assert_eq!(found.class_of, [0, NO_CLASS, 1, 0, 0, NO_CLASS]);
        assert_eq!((found.counts, found.without), (vec![3, 1], 2));
        // A value that comes later belongs to the class that is nearest.
        assert_eq!(found.classes.of(-100.0), Some(0));
        assert_eq!(found.classes.of(100.0), Some(1));
        assert_eq!(found.classes.range(1), Some([6.5, 10.0]));
        assert_eq!(found.classes.range(2), None);
        assert_eq!(found.classes.colours(RampId::Viridis).len(), 2);
    }

    #[test]
    fn where_values_repeat_there_are_fewer_classes() {
        for classing in [
            Classing::Equal,
            Classing::Nice,
            Classing::Quantile,
            Classing::Jenks,
        ] {
            let found = classes(&[7.0; 20], &classing, 5).expect("classes");
            assert_eq!(found.count(), 1, "{classing:?}");
            assert_eq!(found.of(7.0), Some(0));
        }
    }

    #[test]
    fn what_cannot_be_classed_is_refused_by_name() {
        let check = |values: &[f64], classing: &Classing, count, word: &str| {
            let text = classes(values, classing, count)
                .expect_err("no classes")
                .to_string();
            assert!(text.contains(word), "{text}");
        };
        check(&[], &Classing::Equal, 3, "values for classes");
        check(&[f64::NAN], &Classing::Jenks, 3, "values for classes");
        check(&[1.0], &Classing::Equal, 0, "number of classes");
        check(&[1.0], &Classing::Equal, 13, "number of classes");
        check(
            &[1.0],
            &Classing::Given(vec![f64::NAN]),
            3,
            "end of a class",
        );
        check(
            &[1.0],
            &Classing::Given(vec![0.0; 12]),
            3,
            "ends of classes",
        );
    }

    #[test]
    fn the_rim_of_what_numbers_can_be_makes_classes_all_the_same() {
        let values = [f64::MIN, -1.0e-300, 0.0, f64::MIN_POSITIVE, f64::MAX];
        for classing in [
            Classing::Equal,
            Classing::Nice,
            Classing::Quantile,
            Classing::Jenks,
        ] {
            let found = classes(&values, &classing, 3).expect("classes");
            assert!(found.ends.iter().all(|end| end.is_finite()), "{found:?}");
            assert!(
                found.ends.windows(2).all(|pair| pair[1] > pair[0]),
                "{found:?}"
            );
            assert_eq!(found.of(f64::MAX), Some(found.count() - 1));
        }
    }
}
