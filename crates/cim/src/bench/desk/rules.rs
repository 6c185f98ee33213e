//! A thousand rules: how many values a second one core looks at, beside a loop that asks every rule about every value, and beside
//! one that only writes the conditions of each value.
//!
//! Each series is watched by four written rules (limits with a delay, a change over five minutes, standing still, failing to
//! come) and by its own limits. Values come in turn from all series, a few of them beyond a limit; time passes as at a desk.

use super::{DeskBench, MEASURE};
use crate::{
    Failure,
    bench::{at_least, figure::Figure, quantile},
    dice::Dice,
    host::{end_progress, instant, progress, say},
};
use cim_alarm::rules::{Catalogue, Change, Evaluator, RuleFile, RuleSet};
use cim_geo::Geodetic;
use cim_model::{Datastream, DatastreamId, Limits, Quality, SensorKind, Thing, ThingId, UtcMillis};
use serde_json::json;
use std::{fmt::Write as _, hint::black_box};

/// Series of one kind are watched by the same rules.
const KINDS: u32 = 250;
const RULES_OF_A_KIND: u32 = 4;
const RULES: u32 = KINDS * RULES_OF_A_KIND;
const SERIES: u32 = 20_000;
/// Conditions of a series, its own limits among them.
const CONDITIONS: usize = RULES_OF_A_KIND as usize + 1;
/// Between two values of a series.
const PERIOD_MS: i64 = 10_000;
const START: UtcMillis = UtcMillis(1_772_409_600_000);
/// Each side is measured so often, in turns.
const ROUNDS: usize = 7;
const VALUES: u32 = 2_000_000;
/// The loop over all rules is slow: it looks at this share of the values.
const NAIVE_SHARE: u32 = 40;
const LIMIT: f64 = 25.0;
/// One value in so many is beyond the limit.
const BEYOND_IN: u64 = 5_000;
/// Steps from one row to the next: coprime to the number of series, so that all have their turn in every period.
const STRIDE: u64 = 7_919;
const MUST_PER_S: f64 = 500_000.0;
const GOAL_PER_S: f64 = 2_000_000.0;

/// A value of the series in a row.
#[derive(Clone, Copy)]
struct Sample {
    row: u32,
    at: UtcMillis,
    value: f64,
}

/// What a condition takes in memory at least: the newest value, when it came, and how it stands.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
struct Written {
    value: f64,
    at: i64,
    beyond: u64,
}

/// Rates of both loops and of the rules, values a second.
#[derive(Default)]
struct Rates {
    rules: Vec<f64>,
    naive: Vec<f64>,
    bare: Vec<f64>,
    changes: u64,
}

pub(super) fn of_rules(bench: &DeskBench) -> Result<Vec<Figure>, Failure> {
    let values = bench.many(VALUES);
    let text = rules_text();
    let file = RuleFile {
        name: "made up",
        text: &text,
    };
    let (set, problems) = RuleSet::read(&[file]);
    let (things, datastreams): (Vec<_>, Vec<_>) = (0..SERIES).map(device).unzip();
    let known = Catalogue {
        things: &things,
        datastreams: &datastreams,
        fences: &[],
    };
    let (mut evaluator, unwatched) = Evaluator::new(&set, known, START);
    for problem in problems.iter().chain(&unwatched) {
        say(&problem.to_string());
    }
    if !(problems.is_empty() && unwatched.is_empty()) {
        return Err("the made-up rules are not sound".into());
    }
    let mut rates = Rates::default();
    let mut states = vec![Written::default(); SERIES as usize * CONDITIONS];
    let mut samples = Vec::with_capacity(values as usize);
    // The first round warms up: no series has a value yet.
    for round in 0..=ROUNDS as u32 {
        progress(&format!("rules, round {round} of {ROUNDS}"));
        write_samples(&mut samples, round, values);
        rates.take(
            round > 0,
            &mut evaluator,
            &datastreams,
            &samples,
            &mut states,
        );
    }
    end_progress();
    Ok(rates.figures(evaluator.conditions()))
}

impl Rates {
    /// Measures all three over the same values.
    fn take(
        &mut self,
        is_counted: bool,
        evaluator: &mut Evaluator,
        datastreams: &[Datastream],
        samples: &[Sample],
        states: &mut [Written],
    ) {
        let mut changes: Vec<Change> = Vec::with_capacity(4_096);
        let begun = instant();
        let changed = evaluate(evaluator, samples, &mut changes);
        let rules = per_s(samples.len(), begun.elapsed().as_secs_f64());
        let begun = instant();
        black_box(write_all(states, samples));
        let bare = per_s(samples.len(), begun.elapsed().as_secs_f64());
        let few = samples.len() / NAIVE_SHARE as usize;
        let few = samples.get(..few).unwrap_or(samples);
        let begun = instant();
        black_box(ask_all(datastreams, few));
        let naive = per_s(few.len(), begun.elapsed().as_secs_f64());
        if is_counted {
            self.rules.push(rules);
            self.bare.push(bare);
            self.naive.push(naive);
            self.changes += changed;
        }
    }

    fn figures(mut self, conditions: usize) -> Vec<Figure> {
        for rates in [&mut self.rules, &mut self.naive, &mut self.bare] {
            rates.sort_by(f64::total_cmp);
        }
        let rate = quantile(&self.rules, 0.5);
        let naive = quantile(&self.naive, 0.5);
        let mut figure = at_least(
            MEASURE,
            format!("{RULES} rules over {SERIES} series, one core"),
            rate,
            MUST_PER_S,
            GOAL_PER_S,
        );
        figure.unit = "values/s";
        figure.limit = Some(quantile(&self.bare, 0.5));
        figure.notes = vec![
            ("least_per_s", json!(quantile(&self.rules, 0.0))),
            ("most_per_s", json!(quantile(&self.rules, 1.0))),
            ("conditions", json!(conditions)),
            ("changes", json!(self.changes)),
        ];
        let beside = Figure {
            measure: MEASURE,
            name: "the same beside a loop over all rules".into(),
            value: rate,
            unit: "values/s",
            peer: Some(("every rule asked".into(), naive)),
            is_rate: true,
            ..Figure::default()
        };
        vec![figure, beside]
    }
}

fn per_s(count: usize, seconds: f64) -> f64 {
    count as f64 / seconds.max(1e-9)
}

/// The rules take the values; time passes once a second, as at a desk. Returns how many changes there were.
fn evaluate(evaluator: &mut Evaluator, samples: &[Sample], changes: &mut Vec<Change>) -> u64 {
    let (mut second, mut changed) = (0, 0);
    for sample in samples {
        let now = sample.at.0 / 1_000;
        if now != second {
            second = now;
            evaluator.advance(sample.at, changes);
        }
        evaluator.observe(sample.row, sample.at, sample.value, Quality::Good, changes);
        changed += changes.len() as u64;
        changes.clear();
    }
    changed
}

/// What the memory allows: every condition of a value's series is written, and nothing is thought about.
fn write_all(states: &mut [Written], samples: &[Sample]) -> u64 {
    let mut beyond = 0;
    for sample in samples {
        let first = sample.row as usize * CONDITIONS;
        let own = states.get_mut(first..first + CONDITIONS);
        for state in own.unwrap_or_default() {
            state.value = sample.value;
            state.at = sample.at.0;
            state.beyond += u64::from(sample.value >= LIMIT);
            beyond += state.beyond;
        }
    }
    beyond
}

/// What one would write first: every rule is asked whether it is about this series, and looks at its value.
fn ask_all(datastreams: &[Datastream], samples: &[Sample]) -> u64 {
    let rules: Vec<(String, f64)> = (0..RULES)
        .map(|rule| (property(rule / RULES_OF_A_KIND), LIMIT))
        .collect();
    let mut met = 0;
    for sample in samples {
        let Some(datastream) = datastreams.get(sample.row as usize) else {
            continue;
        };
        for (property, limit) in &rules {
            let is_about = *property == datastream.observed_property;
            met += u64::from(is_about && sample.value >= *limit);
        }
    }
    met
}

/// The values of a round: they go on where the round before it ended.
fn write_samples(into: &mut Vec<Sample>, round: u32, count: u32) {
    let mut dice = Dice::at(7, u64::from(round));
    let first = u64::from(round) * u64::from(count);
    into.clear();
    into.extend((first..first + u64::from(count)).map(|n| {
        let usual = 3.0 + dice.below(400) as f64 / 100.0;
        let value = if dice.once_in(BEYOND_IN) {
            LIMIT + usual
        } else {
            usual
        };
        let row = (n * STRIDE % u64::from(SERIES)) as u32;
        Sample {
            row,
            at: UtcMillis(START.0 + n as i64 * PERIOD_MS / i64::from(SERIES)),
            value,
        }
    }));
}

fn property(kind: u32) -> String {
    format!("property-{kind:03}")
}

/// The rules as a pack writes them.
fn rules_text() -> String {
    let mut text = String::new();
    for kind in 0..KINDS {
        let on = format!("on = {{ properties = [\"{}\"] }}", property(kind));
        let whens = [
            "when = { is = \"limits\", above = { medium = 25, high = 40 } }\non_delay_s = 30",
            "when = { is = \"rate\", over_s = 300, unit = \"percent\", fall = { medium = 99.5 } }",
            "when = { is = \"stuck\", for_s = 21600 }",
            "when = { is = \"missing\", periods = { low = 10, medium = 30 } }",
        ];
        for (number, when) in whens.into_iter().enumerate() {
            // Writing into a text cannot fail.
            writeln!(
                text,
                "[[rule]]\nid = \"r{kind}-{number}\"\nname = {{ zh = \"规则\", en = \"Rule\" }}\n{when}\n{on}\n"
            )
            .ok();
        }
    }
    text
}

fn device(number: u32) -> (Thing, Datastream) {
    let id = (number + 1).to_string();
    let thing = Thing {
        id: ThingId::new(&id),
        name: format!("device {number}"),
        description: String::new(),
        kind: SensorKind::Other,
        position: Geodetic::default(),
        properties: Vec::new(),
    };
    let datastream = Datastream {
        id: DatastreamId::new(&id),
        thing: thing.id.clone(),
        name: "series".into(),
        observed_property: property(number % KINDS),
        unit: String::new(),
        period_s: PERIOD_MS as f64 / 1_000.0,
        limits: Limits {
            above_high: Some(LIMIT),
            ..Limits::default()
        },
    };
    (thing, datastream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_sound_and_every_series_is_watched_by_all_of_its_kind() {
        let text = rules_text();
        let (set, problems) = RuleSet::read(&[RuleFile {
            name: "made up",
            text: &text,
        }]);
        assert!(problems.is_empty(), "{:?}", problems.first());
        assert_eq!(set.rules().len(), RULES as usize);
        let (things, datastreams): (Vec<_>, Vec<_>) = (0..500).map(device).unzip();
        let known = Catalogue {
            things: &things,
            datastreams: &datastreams,
            fences: &[],
        };
        let (evaluator, unwatched) = Evaluator::new(&set, known, START);
        assert!(unwatched.is_empty(), "{:?}", unwatched.first());
        assert_eq!(evaluator.conditions(), 500 * CONDITIONS);
    }

    #[test]
    fn every_series_has_its_turn_in_a_period_and_time_goes_on() {
        let mut samples = Vec::new();
        write_samples(&mut samples, 0, SERIES);
        let mut rows: Vec<u32> = samples.iter().map(|sample| sample.row).collect();
        rows.sort_unstable();
        assert!(rows.iter().copied().eq(0..SERIES));
        let last = samples.last().map(|sample| sample.at);
        write_samples(&mut samples, 1, SERIES);
        assert!(samples.is_sorted_by_key(|sample| sample.at));
        assert!(samples.first().map(|sample| sample.at) > last);
    }
}
