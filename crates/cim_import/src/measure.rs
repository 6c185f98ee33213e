//! Between the passes: where the city's middle is, how far it reaches, how high its ground lies.
//!
//! Reads the heads of the spool only. What it counts in memory has as many bins as the Earth has hundredths of a degree, and
//! its mountains tenths of a metre.

use crate::classify::Class;
use crate::feature::LonLat;
use crate::reader::HeightsFrom;
use crate::spool::{Head, Heads};
use cim_geo::Bounds;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// A feature this far from the city's middle was misplaced by its source, metres.
const FARTHEST_M: f64 = 150_000.0;
/// Bins in a degree.
const PER_DEGREE: f64 = 100.0;
/// Bins in a metre of height.
const PER_METRE: f64 = 10.0;

/// What is known of the whole city before anything is shaped.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extent {
    pub(crate) middle: LonLat,
    /// Around buildings and roads, which make the city; around everything where there are none.
    ///
    /// Rivers, woods and railways reach far out of an extract and would leave the city a small thing in a large void.
    pub(crate) bounds: Bounds,
    /// What the ground surfaces say, else the feet of buildings, metres in the sources' vertical datum; 0 for flat sources.
    pub(crate) ground_m: f64,
    /// Features in the spool.
    pub(crate) features: u64,
}

impl Extent {
    /// True for a feature that lies with the rest of the city.
    pub(crate) fn is_near(&self, first: LonLat) -> bool {
        rough_distance_m(first, self.middle) < FARTHEST_M
    }
}

/// Measures the spool in `folder`; `heights` says for each source what its heights count from.
pub(crate) fn measure(folder: &Path, heights: &[HeightsFrom]) -> io::Result<Extent> {
    let middle = middle_of(folder)?;
    let mut extent = Extent {
        middle,
        bounds: Bounds::EMPTY,
        ground_m: 0.0,
        features: 0,
    };
    let mut everything = Bounds::EMPTY;
    let (mut grounds, mut feet) = (Histogram::default(), Histogram::default());
    let mut heads = Heads::open(folder)?;
    while let Some(head) = heads.next_head()? {
        extent.features += 1;
        if !extent.is_near(head.first) {
            continue;
        }
        grow(&mut everything, &head);
        if head.is_built {
            grow(&mut extent.bounds, &head);
        }
        let is_from_ground =
            heights.get(head.source as usize).copied() == Some(HeightsFrom::Ground);
        if is_from_ground {
            continue;
        }
        grounds.add(head.ground_m * PER_METRE);
        if head.class == Class::Building {
            feet.add(head.low_m * PER_METRE);
        }
    }
    if extent.bounds.is_empty() {
        extent.bounds = everything;
    }
    extent.ground_m = grounds
        .median()
        .or_else(|| feet.median())
        .map_or(0.0, |bin| bin / PER_METRE);
    Ok(extent)
}

fn middle_of(folder: &Path) -> io::Result<LonLat> {
    let (mut lons, mut lats) = (Histogram::default(), Histogram::default());
    let mut heads = Heads::open(folder)?;
    while let Some(head) = heads.next_head()? {
        lons.add(head.first[0] * PER_DEGREE);
        lats.add(head.first[1] * PER_DEGREE);
    }
    let degrees = |histogram: &Histogram| histogram.median().unwrap_or_default() / PER_DEGREE;
    Ok([degrees(&lons), degrees(&lats)])
}

fn grow(bounds: &mut Bounds, head: &Head) {
    let [west, south, east, north] = head.bounds;
    bounds.extend(west, south);
    bounds.extend(east, north);
}

fn rough_distance_m(a: LonLat, b: LonLat) -> f64 {
    const DEGREE_M: f64 = 111_320.0;
    ((a[0] - b[0]) * b[1].to_radians().cos()).hypot(a[1] - b[1]) * DEGREE_M
}

/// How often each whole number came up.
#[derive(Debug, Default)]
pub(crate) struct Histogram {
    bins: BTreeMap<i64, u64>,
    count: u64,
}

impl Histogram {
    /// Counts a value in the bin of the nearest whole number; what is no number is passed over.
    pub(crate) fn add(&mut self, value: f64) {
        if value.is_finite() && value.abs() < 1.0e9 {
            *self.bins.entry(value.round() as i64).or_default() += 1;
            self.count += 1;
        }
    }

    /// The value that half of the others are below.
    pub(crate) fn median(&self) -> Option<f64> {
        self.at_rank(self.count / 2)
    }

    /// The value that `rank` others are below; `None` for a rank that is not there.
    pub(crate) fn at_rank(&self, rank: u64) -> Option<f64> {
        let mut before = 0;
        self.bins.iter().find_map(|(bin, count)| {
            before += count;
            (rank < before).then_some(*bin as f64)
        })
    }

    /// How many values were counted.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_values_are_below_the_median() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.median(), None);
        for value in [4.0, 408.2, 408.4, 409.0, 3_000.0, f64::NAN] {
            histogram.add(value);
        }
        assert_eq!((histogram.count(), histogram.median()), (5, Some(408.0)));
        assert_eq!(histogram.at_rank(4), Some(3_000.0));
        assert_eq!(histogram.at_rank(5), None);
    }

    #[test]
    fn another_continent_is_far_away() {
        let extent = Extent {
            middle: [121.5, 31.24],
            bounds: Bounds::EMPTY,
            ground_m: 0.0,
            features: 0,
        };
        assert!(extent.is_near([121.9, 31.0]) && !extent.is_near([0.0, 0.0]));
    }
}
