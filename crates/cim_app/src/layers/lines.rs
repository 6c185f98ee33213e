//! Lines of a city, and which of them somebody looks at: pipes below the ground and roads on it.

use std::collections::BTreeMap;

/// A line is looked for in fields of this side, metres.
const FIELD_M: f64 = 100.0;
/// A sight that is flatter than this finds nothing far from the ground: metres sideways for each metre down.
const FLATTEST: f64 = 20.0;
/// A line farther from the sight than this is not pointed at, metres.
const FARTHEST_M: f64 = 150.0;

/// How somebody looks at the ground: metres east, north and up of the city's origin.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    /// Where the sight meets the ground.
    pub(super) at: [f64; 3],
    /// Metres east and north for each metre up.
    pub(super) lean: [f64; 2],
}

impl Sight {
    /// Where the sight is at a height.
    fn at_height(&self, up_m: f64) -> [f64; 2] {
        let [east, north, up] = self.at;
        let [e, n] = self.lean.map(|lean| lean.clamp(-FLATTEST, FLATTEST));
        [east + e * (up_m - up), north + n * (up_m - up)]
    }
}

/// Lines, and where to look for those near a place.
#[derive(Debug)]
pub(super) struct LineMap {
    /// Where each runs: metres east, north and up of the city's origin.
    lines: Vec<Vec<[f32; 3]>>,
    /// Lines, and which stretch of them, by the field that they run through.
    fields: BTreeMap<[i32; 2], Vec<[u32; 2]>>,
    /// Between these heights they are looked for, metres.
    heights_m: [f64; 2],
}

impl LineMap {
    /// These lines, which are looked for between two heights, metres.
    pub(super) fn new(lines: Vec<Vec<[f32; 3]>>, heights_m: [f64; 2]) -> Self {
        let mut fields: BTreeMap<[i32; 2], Vec<[u32; 2]>> = BTreeMap::new();
        for (line, number) in lines.iter().zip(0..) {
            let stretches = line.iter().zip(line.iter().skip(1)).zip(0..);
            for ((start, end), stretch) in stretches {
                let mut along: Vec<[i32; 2]> = fields_along(*start, *end).collect();
                along.dedup();
                for field in along {
                    fields.entry(field).or_default().push([number, stretch]);
                }
            }
        }
        Self {
            lines,
            fields,
            heights_m,
        }
    }

    /// Where a line runs.
    pub(super) fn line(&self, number: u32) -> Option<&[[f32; 3]]> {
        self.lines.get(number as usize).map(Vec::as_slice)
    }

    /// The line that is looked at, if one is at most `reach_m` from the sight: the nearest. `half_width_m` says how far a
    /// line reaches to its sides, and nothing for one that does not count. Costs what lies near.
    pub(super) fn nearest(
        &self,
        sight: Sight,
        reach_m: f64,
        half_width_m: impl Fn(u32) -> Option<f64>,
    ) -> Option<u32> {
        let reach_m = reach_m.min(FARTHEST_M);
        // Fields are noted in steps along a line, which may cut a corner.
        let around_m = reach_m + FIELD_M / 4.0;
        let [lowest, highest] = self.heights_m;
        let ([e0, n0], [e1, n1]) = (sight.at_height(highest), sight.at_height(lowest));
        let range = |a: f64, b: f64| field(a.min(b) - around_m)..=field(a.max(b) + around_m);
        let (columns, rows) = (range(e0, e1), range(n0, n1));
        let fields = columns.flat_map(|column| rows.clone().map(move |row| [column, row]));
        let stretches = fields.filter_map(|field| self.fields.get(&field)).flatten();
        let near = stretches.filter_map(|[number, stretch]| {
            let half_width_m = half_width_m(*number)?;
            let away_m = self.away_m(*number, *stretch, sight)? - half_width_m;
            (away_m <= reach_m).then_some((away_m, *number))
        });
        let nearest = near.min_by(|(a, _), (b, _)| a.total_cmp(b));
        nearest.map(|(_, number)| number)
    }

    /// How far the sight passes a stretch of a line by, metres over the ground.
    fn away_m(&self, number: u32, stretch: u32, sight: Sight) -> Option<f64> {
        let line = self.line(number)?;
        let start = line.get(stretch as usize)?.map(f64::from);
        let end = line.get(stretch as usize + 1)?.map(f64::from);
        let [east, north] = sight.at_height(f64::midpoint(start[2], end[2]));
        let [de, dn] = [end[0] - start[0], end[1] - start[1]];
        let long = de * de + dn * dn;
        let along = ((east - start[0]) * de + (north - start[1]) * dn) / long;
        let along = if long > 0.0 {
            along.clamp(0.0, 1.0)
        } else {
            0.0
        };
        let way = [east - start[0] - along * de, north - start[1] - along * dn];
        Some(way[0].hypot(way[1]))
    }
}

/// The field that a coordinate lies in.
fn field(metres: f64) -> i32 {
    (metres / FIELD_M).floor() as i32
}

/// The fields along a stretch, in steps of half a field.
fn fields_along(start: [f32; 3], end: [f32; 3]) -> impl Iterator<Item = [i32; 2]> {
    let [e0, n0, _] = start.map(f64::from);
    let [e1, n1, _] = end.map(f64::from);
    let steps = ((e1 - e0).hypot(n1 - n0) / (FIELD_M / 2.0)).ceil();
    // A line goes through no more of a city than this.
    let steps = steps.clamp(1.0, 10_000.0);
    (0..=steps as u32).map(move |step| {
        let part = f64::from(step) / steps;
        [field(e0 + (e1 - e0) * part), field(n0 + (n1 - n0) * part)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_line_that_counts_is_found_from_afar_along_it_and_none_out_of_reach() {
        let line = |north_m: f32| vec![[0.0, north_m, 0.0], [5_000.0, north_m, 0.0]];
        let map = LineMap::new(vec![line(0.0), line(30.0)], [-1.0, 1.0]);
        let look = |north_m: f64, reach_m: f64, counts: [bool; 2]| {
            let sight = Sight {
                at: [4_000.0, north_m, 0.0],
                lean: [0.0; 2],
            };
            map.nearest(sight, reach_m, |number| {
                let counts = counts.get(number as usize).copied()?;
                counts.then_some(2.0)
            })
        };
        let both = [true; 2];
        assert_eq!(look(10.0, 20.0, both), Some(0));
        assert_eq!(look(20.0, 20.0, both), Some(1));
        assert_eq!(look(20.0, 20.0, [true, false]), Some(0));
        assert_eq!(look(11.0, 9.0, both), Some(0), "it is two metres wider");
        assert_eq!(look(15.0, 9.0, both), None);
        assert_eq!(look(900.0, 5_000.0, both), None, "nobody points so far");
        assert_eq!(map.line(1).map(<[_]>::len), Some(2));
        assert!(map.line(2).is_none());
    }
}
