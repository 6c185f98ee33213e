//! `cim bench layers`: what the live layers cost: taking changes in, looking, picking, drawing, and doing nothing.

mod apply;
mod burst;
mod deck;
mod fields;
mod frames;
mod looking;
mod moving;

use super::{figure::Figure, quantile};
use crate::Failure;
use serde_json::{Value, json};
use std::path::PathBuf;

const MEASURE: &str = "layers";
/// The seed of everything that is made up here.
const SEED: u64 = 20_261;
/// Width of a dot, px: the same in the peer's picture.
const DOT_PX: f32 = 3.0;

/// Measures the live layers, or one part of them.
pub(super) struct LayersBench {
    /// Points in the pictures.
    pub(super) count: u32,
    pub(super) size: (u32, u32),
    /// Ten million points, too.
    pub(super) is_large: bool,
    /// Shorter stretches: ten seconds in place of a minute.
    pub(super) is_quick: bool,
    /// The folder of the peers, when they are measured too.
    pub(super) peers: Option<PathBuf>,
    /// The only part that is measured; all of them without.
    pub(super) part: Option<String>,
    pub(super) json: bool,
}

type Part = fn(&LayersBench) -> Result<Vec<Figure>, Failure>;

/// What can be measured on its own.
const PARTS: [(&str, Part); 8] = [
    ("apply", apply::of_changes),
    ("look", looking::of_looks),
    ("pick", looking::of_picks),
    ("fields", fields::of_fields),
    ("frames", frames::of_panning),
    ("moving", moving::of_vehicles),
    ("idle", burst::of_rest),
    ("burst", burst::of_storm),
];

impl LayersBench {
    pub(super) fn run(&self) -> Result<bool, Failure> {
        let is_wanted = |name: &str| self.part.as_deref().is_none_or(|part| part == name);
        let mut holds = true;
        let mut measured = 0;
        for (_, measure) in PARTS.iter().filter(|(name, _)| is_wanted(name)) {
            for figure in measure(self)? {
                figure.tell(self.json);
                holds &= figure.holds();
            }
            measured += 1;
        }
        if measured == 0 {
            let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
            return Err(format!("there is no such part; there are {}", names.join(", ")).into());
        }
        Ok(holds)
    }
}

/// Times in ascending order.
struct Times(Vec<f64>);

impl Times {
    fn new(mut millis: Vec<f64>) -> Self {
        millis.sort_by(f64::total_cmp);
        Self(millis)
    }

    fn at(&self, share: f64) -> f64 {
        quantile(&self.0, share)
    }

    fn median(&self) -> f64 {
        self.at(0.5)
    }

    /// How many there are in a second, one after the other.
    fn per_s(&self) -> f64 {
        let sum: f64 = self.0.iter().sum();
        1_000.0 * self.0.len() as f64 / sum.max(1e-9)
    }

    /// Median and tail, to stand beside a figure.
    fn notes(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("p50_ms", json!(self.median())),
            ("p99_ms", json!(self.at(0.99))),
            ("most_ms", json!(self.at(1.0))),
            ("times", json!(self.0.len())),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_tell_their_median_and_their_rate() {
        let times = Times::new(vec![30.0, 10.0, 20.0]);
        assert!((times.median() - 20.0).abs() < 1e-9);
        assert!((times.per_s() - 50.0).abs() < 1e-9);
        assert!((times.at(1.0) - 30.0).abs() < 1e-9);
        assert!(Times::new(Vec::new()).median().abs() < 1e-9);
    }
}
