//! Places where the same happens again: cases of one category within a radius, so many within so many days.

use super::CaseRow;
use crate::{Place, plan::DAY_MS};
use cim_model::UtcMillis;
use std::collections::BTreeMap;

/// How many cases a place names; all are counted.
pub const MOST_NAMED: usize = 50;
/// So many newest cases of a cell are compared; older ones of a crowded cell are joined through them.
const MOST_COMPARED: usize = 64;
/// Metres of a degree of latitude on the mean sphere (IUGG, 6 371 008.8 m).
const METRES_A_DEGREE: f64 = 111_195.08;

/// What counts as the same place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RepeatSettings {
    /// Cases within so many metres of each other belong together.
    pub within_m: f64,
    /// And within so many days.
    pub within_days: u16,
    /// At least so many.
    pub least: usize,
}

impl Default for RepeatSettings {
    /// Three within 50 m and 30 days.
    fn default() -> Self {
        Self {
            within_m: 50.0,
            within_days: 30,
            least: 3,
        }
    }
}

/// A place where the same happens again.
#[derive(Clone, Debug, PartialEq)]
pub struct RepeatPlace {
    /// The category.
    pub category: String,
    /// The middle of the cases.
    pub place: Place,
    /// How many.
    pub cases: usize,
    /// The first.
    pub first: UtcMillis,
    /// The last.
    pub last: UtcMillis,
    /// Some of them by identity, the newest first.
    pub ids: Vec<String>,
}

#[derive(Clone, Debug)]
struct Spot {
    at: UtcMillis,
    id: String,
    place: Place,
}

/// Collects the places of cases by category.
#[derive(Debug)]
pub(super) struct Places {
    settings: RepeatSettings,
    spots: BTreeMap<String, Vec<Spot>>,
}

impl Places {
    pub(super) fn new(settings: RepeatSettings) -> Self {
        Self {
            settings,
            spots: BTreeMap::new(),
        }
    }

    pub(super) fn add(&mut self, row: &CaseRow) {
        let Some(place) = row.place.filter(|place| place.is_usable()) else {
            return;
        };
        let spots = self.spots.entry(row.category.clone()).or_default();
        spots.push(Spot {
            at: row.happened_at,
            id: row.id.clone(),
            place,
        });
    }

    /// The places, the most cases first.
    pub(super) fn finish(self) -> Vec<RepeatPlace> {
        let mut places = Vec::new();
        if self.settings.within_m > 0.0 {
            for (category, mut spots) in self.spots {
                spots.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
                let joined = joined(&spots, &self.settings);
                places.extend(gathered(&category, &spots, &joined, self.settings.least));
            }
        }
        places.sort_by(|a, b| {
            let cases = b.cases.cmp(&a.cases);
            cases
                .then_with(|| a.category.cmp(&b.category))
                .then_with(|| (a.first, &a.ids).cmp(&(b.first, &b.ids)))
        });
        places
    }
}

/// For each of `spots` (in the order of time) the number of the one that stands for its group.
fn joined(spots: &[Spot], settings: &RepeatSettings) -> Vec<usize> {
    let span_ms = i64::from(settings.within_days) * DAY_MS;
    let mut stands: Vec<usize> = (0..spots.len()).collect();
    let mut cells: BTreeMap<(i64, i64), Vec<usize>> = BTreeMap::new();
    for (number, spot) in spots.iter().enumerate() {
        let (column, row) = cell_of(spot.place, settings.within_m);
        let around = (row - 1..=row + 1)
            .flat_map(|row| (column - 1..=column + 1).map(move |column| (column, row)));
        for cell in around {
            let others = cells.get(&cell).map(Vec::as_slice).unwrap_or_default();
            for other in others.iter().rev().take(MOST_COMPARED) {
                let is_same = spots.get(*other).is_some_and(|earlier| {
                    spot.at.0.saturating_sub(earlier.at.0) <= span_ms
                        && apart_m(spot.place, earlier.place) <= settings.within_m
                });
                if is_same {
                    join(&mut stands, *other, number);
                }
            }
        }
        cells.entry((column, row)).or_default().push(number);
    }
    (0..spots.len())
        .map(|number| root(&mut stands, number))
        .collect()
}

/// The cell of a grid of about `size_m`, whose columns all cities at one latitude share; neighbours lie in adjoining cells.
fn cell_of(place: Place, size_m: f64) -> (i64, i64) {
    let row = (place.lat_deg * METRES_A_DEGREE / size_m).floor();
    // One width for a whole degree of latitude, the narrowest in it, so that columns of adjoining rows nearly agree.
    let narrowest = (place.lat_deg.abs().floor() + 1.0).min(89.0);
    let width = METRES_A_DEGREE * narrowest.to_radians().cos();
    let column = (place.lon_deg * width / size_m).floor();
    (column as i64, row as i64)
}

/// The distance on the ground, metres; right for places of one city.
fn apart_m(a: Place, b: Place) -> f64 {
    let middle = f64::midpoint(a.lat_deg, b.lat_deg).to_radians();
    let east = (a.lon_deg - b.lon_deg) * METRES_A_DEGREE * middle.cos();
    let north = (a.lat_deg - b.lat_deg) * METRES_A_DEGREE;
    east.hypot(north)
}

/// The number that stands for a group; ways to it are halved on the way.
fn root(stands: &mut [usize], number: usize) -> usize {
    let mut at = number;
    loop {
        let next = stands.get(at).copied().unwrap_or(at);
        if next == at {
            return at;
        }
        let after = stands.get(next).copied().unwrap_or(next);
        if let Some(stand) = stands.get_mut(at) {
            *stand = after;
        }
        at = after;
    }
}

/// Joins two groups; the newer one stands for both.
fn join(stands: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(stands, a), root(stands, b));
    let (low, high) = (a.min(b), a.max(b));
    if let Some(stand) = stands.get_mut(low) {
        *stand = high;
    }
}

fn gathered(category: &str, spots: &[Spot], joined: &[usize], least: usize) -> Vec<RepeatPlace> {
    let mut groups: BTreeMap<usize, Vec<&Spot>> = BTreeMap::new();
    for (spot, stand) in spots.iter().zip(joined) {
        groups.entry(*stand).or_default().push(spot);
    }
    let repeated = groups
        .into_values()
        .filter(|group| group.len() >= least.max(2));
    let place = |group: Vec<&Spot>| {
        let cases = group.len();
        let mean = |of: fn(&Place) -> f64| {
            group.iter().map(|spot| of(&spot.place)).sum::<f64>() / cases as f64
        };
        let newest = group.iter().rev().take(MOST_NAMED);
        Some(RepeatPlace {
            category: category.to_owned(),
            place: Place {
                lon_deg: mean(|place| place.lon_deg),
                lat_deg: mean(|place| place.lat_deg),
            },
            cases,
            first: group.first()?.at,
            last: group.last()?.at,
            ids: newest.map(|spot| spot.id.clone()).collect(),
        })
    };
    repeated.filter_map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::row;
    use super::*;

    /// A case so many metres east, on a day.
    fn at(id: u32, category: &str, east_m: f64, day: i64) -> CaseRow {
        CaseRow {
            place: Some(Place {
                lon_deg: 117.2 + east_m / (METRES_A_DEGREE * 34.26_f64.to_radians().cos()),
                lat_deg: 34.26,
            }),
            ..row(id, category, day * 24, 5)
        }
    }

    #[track_caller]
    fn check(rows: &[CaseRow], expected: &[(&str, usize, &str)]) {
        for is_turned in [false, true] {
            let mut places = Places::new(RepeatSettings::default());
            let mut rows = rows.to_vec();
            if is_turned {
                rows.reverse();
            }
            for row in &rows {
                places.add(row);
            }
            let found = places.finish();
            let found: Vec<(&str, usize, &str)> = found
                .iter()
                .map(|place| {
                    let newest = place.ids.first().expect("cases have identities");
                    (place.category.as_str(), place.cases, newest.as_str())
                })
                .collect();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn three_of_a_kind_near_each_other_in_time_are_a_place() {
        let three = [
            at(1, "hole", 0.0, 0),
            at(2, "hole", 30.0, 5),
            at(3, "hole", 70.0, 9),
        ];
        check(&three, &[("hole", 3, "e003")]);
        check(&three[..2], &[]);
        let other = [three.to_vec(), vec![at(4, "leak", 0.0, 1)]].concat();
        check(&other, &[("hole", 3, "e003")]);
        check(
            &[
                at(1, "hole", 0.0, 0),
                at(2, "hole", 30.0, 5),
                at(3, "hole", 82.0, 9),
            ],
            &[],
        );
        check(
            &[
                at(1, "hole", 0.0, 0),
                at(2, "hole", 0.0, 29),
                at(3, "hole", 0.0, 60),
            ],
            &[],
        );
    }

    #[test]
    fn a_crowded_place_is_one_and_names_some() {
        let many: Vec<CaseRow> = (0..500).map(|id| at(id, "hole", 0.0, 1)).collect();
        let mut places = Places::new(RepeatSettings::default());
        for row in &many {
            places.add(row);
        }
        let found = places.finish();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].cases, found[0].ids.len()), (500, MOST_NAMED));
        assert!((found[0].place.lon_deg - 117.2).abs() < 1e-9);
    }
}
