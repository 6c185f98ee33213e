//! What the colours of a field mean: round numbers, each with its unit.
//!
//! The title is the layer's, in the language of whoever asks; here are only numbers and units. A value without a unit
//! has an empty one, and whoever shows the legend says that in words.

use super::{Classes, FieldError, RampId, part_of};

/// A continuous legend bears at most so many marks.
const MOST_MARKS: usize = 6;
/// Decimals that are worth reading.
const MOST_DECIMALS: usize = 6;
/// Greater numbers are written with a power of ten, if that still tells the marks apart.
const GREAT: f64 = 1.0e7;
/// So are numbers that are all smaller than this.
const SMALL: f64 = 1.0e-4;

/// The meaning of a layer's colours.
#[derive(Clone, Debug, PartialEq)]
pub struct Legend {
    /// What is shown, in words.
    pub title: String,
    /// Its unit; empty for a number without one.
    pub unit: String,
    /// The colours and their values.
    pub scale: LegendScale,
}

/// Colours and values.
#[derive(Clone, Debug, PartialEq)]
pub enum LegendScale {
    /// A colour for each class, rising.
    Steps(Vec<LegendStep>),
    /// A ramp with marks on it.
    Continuous {
        /// The colours.
        ramp: RampId,
        /// Value of the ramp's beginning.
        from: f64,
        /// Value of the ramp's end.
        to: f64,
        /// Rising.
        ticks: Vec<LegendTick>,
    },
}

/// One class.
#[derive(Clone, Debug, PartialEq)]
pub struct LegendStep {
    /// The class holds what is greater than this; negative infinity when it is open.
    pub from: f64,
    /// Up to and with this; infinity when it is open.
    pub to: f64,
    /// sRGB.
    pub colour: [u8; 3],
    /// Its range and unit.
    pub label: String,
}

/// One mark on a ramp.
#[derive(Clone, Debug, PartialEq)]
pub struct LegendTick {
    /// What is marked.
    pub value: f64,
    /// Where on the ramp, from 0 to 1.
    pub part: f32,
    /// The value and its unit.
    pub label: String,
}

impl Legend {
    /// A legend of classes.
    pub fn of_classes(title: &str, unit: &str, classes: &Classes, ramp: RampId) -> Self {
        let ranges: Vec<[f64; 2]> = (0..classes.count())
            .filter_map(|class| classes.range(class))
            .collect();
        let numbers = Numbers::for_values(ranges.iter().flatten().copied());
        let steps = ranges.iter().zip(classes.colours(ramp));
        Self {
            title: title.to_owned(),
            unit: unit.to_owned(),
            scale: LegendScale::Steps(
                steps
                    .map(|([from, to], colour)| LegendStep {
                        from: *from,
                        to: *to,
                        colour,
                        label: with_unit(&numbers.range(*from, *to), unit),
                    })
                    .collect(),
            ),
        }
    }

    /// A legend of a ramp from one value to another, with marks at round numbers. `to` may be less than `from`.
    pub fn of_ramp(
        title: &str,
        unit: &str,
        ramp: RampId,
        [from, to]: [f64; 2],
    ) -> Result<Self, FieldError> {
        for end in [from, to] {
            if !end.is_finite() {
                return Err(FieldError::BadNumber {
                    what: "an end of a legend",
                    found: end,
                    must: "finite",
                });
            }
        }
        let mut marks = nice_ticks(from.min(to), from.max(to), MOST_MARKS);
        if marks.is_empty() {
            marks = vec![from.min(to), from.max(to)];
            marks.dedup_by(|after, before| *after <= *before);
        }
        let numbers = Numbers::for_values(marks.iter().copied());
        let ticks = marks.into_iter().map(|value| LegendTick {
            value,
            part: part_of(value, from, to),
            label: with_unit(&numbers.text(value), unit),
        });
        Ok(Self {
            title: title.to_owned(),
            unit: unit.to_owned(),
            scale: LegendScale::Continuous {
                ramp,
                from,
                to,
                ticks: ticks.collect(),
            },
        })
    }
}

/// The least of 1, 2 and 5 times a power of ten by which at most `most` steps cover `span`; `None` for no way at all.
pub fn nice_step(span: f64, most: usize) -> Option<f64> {
    let least = span / most.max(1) as f64;
    if !(least.is_finite() && least > 0.0) {
        return None;
    }
    let power = 10.0_f64.powf(least.log10().floor());
    // A step that fits but for rounding fits.
    let step = [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|digit| digit * power)
        .find(|step| *step >= least * (1.0 - 1.0e-9))?;
    (step.is_finite() && step > 0.0).then_some(step)
}

/// The multiples of a nice step from `from` to `to`, at most `most` steps apart; none where numbers are too close
/// together to have round ones between them.
pub fn nice_ticks(from: f64, to: f64, most: usize) -> Vec<f64> {
    let Some(step) = nice_step(to - from, most) else {
        return Vec::new();
    };
    let first = (from / step - 1.0e-9).ceil();
    let last = (to / step + 1.0e-9).floor();
    if first.abs().max(last.abs()) > 1.0e9 {
        return Vec::new();
    }
    (first as i64..=last as i64)
        .map(|count| count as f64 * step)
        .collect()
}

/// The least range with nice ends that holds `from` to `to`; itself where there are none.
pub fn nice_range(from: f64, to: f64, most: usize) -> [f64; 2] {
    let Some(step) = nice_step(to - from, most) else {
        return [from, to];
    };
    let (first, last) = ((from / step + 1.0e-9).floor(), (to / step - 1.0e-9).ceil());
    if first.abs().max(last.abs()) > 1.0e9 {
        [from, to]
    } else {
        [first * step, last * step]
    }
}

/// How the numbers of one legend are written, so that they can be told apart and compared.
#[derive(Clone, Copy)]
enum Numbers {
    Decimals(usize),
    /// With a power of ten.
    Powers,
}

impl Numbers {
    /// The shortest way in which each number is off by less than a hundredth of the least gap between two.
    fn for_values(values: impl Iterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.filter(|value| value.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup_by(|after, before| *after <= *before);
        let greatest = sorted
            .iter()
            .fold(0.0_f64, |most, value| most.max(value.abs()));
        let gaps = sorted.windows(2).filter_map(|pair| match pair {
            [before, after] => Some(after - before),
            _ => None,
        });
        let gap = gaps.fold(f64::INFINITY, f64::min).min(greatest);
        let is_far = greatest >= GREAT || (greatest < SMALL && greatest > 0.0);
        if is_far && gap >= greatest * 0.01 {
            return Self::Powers;
        }
        let is_enough = |decimals: &usize| {
            let unit = 10.0_f64.powi(*decimals as i32);
            let is_near = |value: &f64| ((value * unit).round() / unit - value).abs() <= gap * 0.01;
            sorted.iter().all(is_near)
        };
        let fewest = (0..MOST_DECIMALS).find(is_enough);
        Self::Decimals(fewest.unwrap_or(MOST_DECIMALS))
    }

    fn text(self, value: f64) -> String {
        let text = match self {
            Self::Decimals(decimals) => format!("{value:.decimals$}"),
            Self::Powers => powers_of_ten(value),
        };
        let is_nothing = !text.chars().any(|sign| ('1'..='9').contains(&sign));
        match text.strip_prefix('-') {
            // Nothing is not negative.
            Some(rest) if is_nothing => rest.to_owned(),
            Some(rest) => format!("−{rest}"),
            None => text,
        }
    }

    fn range(self, from: f64, to: f64) -> String {
        match (from.is_finite(), to.is_finite()) {
            (true, true) => format!("{} – {}", self.text(from), self.text(to)),
            (false, true) => format!("≤ {}", self.text(to)),
            (true, false) => format!("> {}", self.text(from)),
            (false, false) => "–".to_owned(),
        }
    }
}

/// Such as `1.25×10⁷`, with three digits at most.
fn powers_of_ten(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let text = format!("{value:.2e}");
    let Some((digits, power)) = text.split_once('e') else {
        return text;
    };
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    let raised: String = power
        .chars()
        .map(|sign| match sign {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            digit => digit
                .to_digit(10)
                .and_then(|digit| char::from_u32(0x2070 + digit))
                .unwrap_or(digit),
        })
        .collect();
    format!("{digits}×10{raised}")
}

fn with_unit(text: &str, unit: &str) -> String {
    if unit.is_empty() {
        text.to_owned()
    } else {
        format!("{text} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Classing, classes};
    use super::*;

    fn labels(legend: &Legend) -> Vec<&str> {
        match &legend.scale {
            LegendScale::Steps(steps) => steps.iter().map(|step| step.label.as_str()).collect(),
            LegendScale::Continuous { ticks, .. } => {
                ticks.iter().map(|tick| tick.label.as_str()).collect()
            }
        }
    }

    #[track_caller]
    fn check_ramp(range: [f64; 2], unit: &str, expected: &[&str]) {
        let legend = Legend::of_ramp("", unit, RampId::Batlow, range).expect("a legend");
        assert_eq!(labels(&legend), expected);
    }

    #[track_caller]
    fn check_classes(ends: &[f64], unit: &str, expected: &[&str]) {
        let classes = classes(&[], &Classing::Given(ends.to_vec()), 0).expect("classes");
        let legend = Legend::of_classes("", unit, &classes, RampId::Batlow);
        assert_eq!(labels(&legend), expected);
    }

    #[test]
    fn marks_stand_at_round_numbers_with_their_unit() {
        check_ramp(
            [0.0, 47.0],
            "mm",
            &["0 mm", "10 mm", "20 mm", "30 mm", "40 mm"],
        );
        check_ramp(
            [-0.3, 0.3],
            "",
            &["−0.3", "−0.2", "−0.1", "0.0", "0.1", "0.2", "0.3"],
        );
        check_ramp(
            [100.0, 0.0],
            "%",
            &["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"],
        );
        check_ramp(
            [0.0, 4.0e9],
            "m³",
            &["0 m³", "1×10⁹ m³", "2×10⁹ m³", "3×10⁹ m³", "4×10⁹ m³"],
        );
        check_ramp(
            [0.0, 2.0e-6],
            "g",
            &["0 g", "5×10⁻⁷ g", "1×10⁻⁶ g", "1.5×10⁻⁶ g", "2×10⁻⁶ g"],
        );
        check_ramp([21.5, 21.5], "°C", &["21.5 °C"]);
    }

    #[test]
    fn a_mark_lies_where_its_colour_is() {
        let legend = Legend::of_ramp("水深", "m", RampId::Vik, [5.0, 0.0]).expect("a legend");
        let LegendScale::Continuous { ticks, .. } = legend.scale else {
            panic!("a ramp has no steps");
        };
        let top = ticks.last().expect("a mark");
        assert!((top.value - 5.0).abs() < 1.0e-12 && top.part.abs() < 1.0e-6);
    }

    #[test]
    fn classes_are_named_by_their_ends_and_open_ones_by_one() {
        check_classes(
            &[35.0, 75.0, 115.0],
            "µg/m³",
            &[
                "≤ 35 µg/m³",
                "35 – 75 µg/m³",
                "75 – 115 µg/m³",
                "> 115 µg/m³",
            ],
        );
        check_classes(&[-0.5, 0.25], "", &["≤ −0.50", "−0.50 – 0.25", "> 0.25"]);
        check_classes(&[], "", &["–"]);
    }

    #[test]
    fn the_colours_of_classes_are_those_of_the_areas() {
        let classes = classes(&[1.0, 2.0, 9.0], &Classing::Equal, 4).expect("classes");
        let legend = Legend::of_classes("t", "u", &classes, RampId::Cividis);
        let LegendScale::Steps(steps) = legend.scale else {
            panic!("classes are steps");
        };
        let colours: Vec<[u8; 3]> = steps.iter().map(|step| step.colour).collect();
        assert_eq!(colours, classes.colours(RampId::Cividis));
        assert!((steps[0].from - 1.0).abs() < 1.0e-12 && (steps[3].to - 9.0).abs() < 1.0e-12);
    }

    #[test]
    fn steps_are_one_two_or_five_times_a_power_of_ten() {
        let check = |span, most, expected: f64| {
            let found = nice_step(span, most).expect("a step");
            assert!(
                (found / expected - 1.0).abs() < 1.0e-9,
                "{found} for {span} in {most}"
            );
        };
        check(10.0, 10, 1.0);
        check(11.0, 10, 2.0);
        check(47.0, 5, 10.0);
        check(0.3, 3, 0.1);
        check(0.9, 2, 0.5);
        check(1.0e300, 1, 1.0e300);
        for span in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(nice_step(span, 5), None);
        }
        let [from, to] = nice_range(3.2, 96.0, 5);
        assert!(from.abs() < 1.0e-12 && (to - 100.0).abs() < 1.0e-9);
    }

    #[test]
    fn ends_that_are_no_numbers_make_no_legend_and_huge_ones_no_endless_one() {
        assert!(Legend::of_ramp("", "", RampId::Batlow, [0.0, f64::NAN]).is_err());
        for range in [
            [f64::MIN, f64::MAX],
            [1.0e16, 1.0e16 + 4.0],
            [0.0, 1.0e-320],
        ] {
            let legend = Legend::of_ramp("", "", RampId::Batlow, range).expect("a legend");
            assert!((1..=8).contains(&labels(&legend).len()), "{legend:?}");
        }
    }
}
