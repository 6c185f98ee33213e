//! Lines along which a raster has one value.
//!
//! Marching squares between the middles of cells, joined to lines. Each line has the greater values on its left. A
//! square with a saddle in it is cut by the mean of its corners; a square with a corner without a value holds no line,
//! so lines end there.

use super::{FieldError, Raster, raster::range_of};

/// So many levels may be asked for at once.
pub const MOST_LEVELS: usize = 256;
/// So many points may all lines of a raster have together.
const MOST_POINTS: usize = 1 << 24;

/// The lines of one level.
#[derive(Clone, Debug, PartialEq)]
pub struct Contour {
    /// The value along the lines, in the raster's unit.
    pub level: f32,
    /// Metres east and north of the city's origin; a ring ends with its first point.
    pub lines: Vec<Vec<[f32; 2]>>,
}

/// The contours of `raster` at these levels, rising; each level once, those that are not finite left out.
///
/// A level that the raster does not reach has no lines.
pub fn contours(raster: &Raster, levels: &[f32]) -> Result<Vec<Contour>, FieldError> {
    raster.check()?;
    if levels.len() > MOST_LEVELS {
        return Err(FieldError::TooMany {
            what: "levels of contours",
            found: levels.len() as u64,
            most: MOST_LEVELS as u64,
        });
    }
    let mut levels: Vec<f32> = levels.iter().copied().filter(|l| l.is_finite()).collect();
    levels.sort_by(f32::total_cmp);
    levels.dedup_by(|after, before| *after <= *before);
    let rows: Vec<&[f32]> = raster
        .values
        .chunks_exact(raster.columns as usize)
        .collect();
    let ranges: Vec<Option<[f32; 2]>> = rows.iter().map(|row| range_of(row)).collect();
    let mut left = MOST_POINTS;
    let mut found = Vec::with_capacity(levels.len());
    for level in levels {
        let steps = steps_at(&rows, &ranges, level, left)?;
        left = left.saturating_sub(steps.len());
        let lines = joined(steps)
            .iter()
            .map(|edges| line_of(raster, edges, level))
            .filter(|line| line.len() > 1)
            .collect();
        found.push(Contour { level, lines });
    }
    Ok(found)
}

/// From where to where a line crosses a square, as edges of the raster: twice the cell west or south of the edge, and 1
/// more for an edge that runs north from it.
type Step = [u32; 2];

const SOUTH: usize = 0;
const EAST: usize = 1;
const NORTH: usize = 2;
const WEST: usize = 3;

/// Every square's steps, at most `most`.
fn steps_at(
    rows: &[&[f32]],
    ranges: &[Option<[f32; 2]>],
    level: f32,
    most: usize,
) -> Result<Vec<Step>, FieldError> {
    let mut steps = Vec::new();
    let pairs = rows.iter().zip(rows.iter().skip(1));
    let reaches = ranges.iter().zip(ranges.iter().skip(1));
    for (row, ((lower, upper), (below, above))) in pairs.zip(reaches).enumerate() {
        if crosses(*below, *above, level) {
            steps_of_row(row, lower, upper, level, &mut steps);
        }
        if steps.len() > most {
            return Err(FieldError::TooMany {
                what: "points of contour lines; fewer levels or a smoother raster would do",
                found: MOST_POINTS.saturating_sub(most).saturating_add(steps.len()) as u64,
                most: MOST_POINTS as u64,
            });
        }
    }
    Ok(steps)
}

/// True when two rows that reach so far may have the level between them.
fn crosses(below: Option<[f32; 2]>, above: Option<[f32; 2]>, level: f32) -> bool {
    match (below, above) {
        (Some([least_a, most_a]), Some([least_b, most_b])) => {
            level > least_a.min(least_b) && level <= most_a.max(most_b)
        }
        _ => false,
    }
}

fn steps_of_row(row: usize, lower: &[f32], upper: &[f32], level: f32, into: &mut Vec<Step>) {
    let columns = lower.len();
    for (column, (low, high)) in lower.windows(2).zip(upper.windows(2)).enumerate() {
        let (&[sw, se], &[nw, ne]) = (low, high) else {
            continue;
        };
        let corners = [sw, se, ne, nw];
        if !corners.iter().all(|corner| corner.is_finite()) {
            continue;
        }
        let bits = corners.iter().rev().fold(0_u8, |bits, corner| {
            (bits << 1) | u8::from(*corner >= level)
        });
        let mean = corners.iter().map(|corner| f64::from(*corner)).sum::<f64>() / 4.0;
        let cell = (row * columns + column) as u32;
        let edges = [
            2 * cell,
            2 * (cell + 1) + 1,
            2 * (cell + columns as u32),
            2 * cell + 1,
        ];
        for [from, to] in crossings(bits, mean >= f64::from(level)) {
            let ends = edges.get(*from).zip(edges.get(*to));
            into.extend(ends.map(|(from, to)| [*from, *to]));
        }
    }
}

/// The sides by which lines enter and leave a square whose corners reach the level as the bits say: 1 south-west,
/// 2 south-east, 4 north-east, 8 north-west. What reaches the level is on the left.
fn crossings(bits: u8, is_middle_within: bool) -> &'static [[usize; 2]] {
    match (bits, is_middle_within) {
        (1, _) => &[[SOUTH, WEST]],
        (2, _) => &[[EAST, SOUTH]],
        (3, _) => &[[EAST, WEST]],
        (4, _) => &[[NORTH, EAST]],
        (5, true) => &[[SOUTH, EAST], [NORTH, WEST]],
        (5, false) => &[[SOUTH, WEST], [NORTH, EAST]],
        (6, _) => &[[NORTH, SOUTH]],
        (7, _) => &[[NORTH, WEST]],
        (8, _) => &[[WEST, NORTH]],
        (9, _) => &[[SOUTH, NORTH]],
        (10, true) => &[[WEST, SOUTH], [EAST, NORTH]],
        (10, false) => &[[EAST, SOUTH], [WEST, NORTH]],
        (11, _) => &[[EAST, NORTH]],
        (12, _) => &[[WEST, EAST]],
        (13, _) => &[[SOUTH, EAST]],
        (14, _) => &[[WEST, SOUTH]],
        _ => &[],
    }
}

/// Steps put end to end. No edge is left or entered twice, since the greater values are always on the left.
fn joined(mut steps: Vec<Step>) -> Vec<Vec<u32>> {
    steps.sort_unstable();
    let mut ends: Vec<u32> = steps.iter().map(|[_, to]| *to).collect();
    ends.sort_unstable();
    let mut taken = vec![false; steps.len()];
    let mut lines = Vec::new();
    // Lines with a beginning first; what is left over are rings, which may begin anywhere.
    for is_open in [true, false] {
        for (index, [from, _]) in steps.iter().enumerate() {
            if is_open && ends.binary_search(from).is_ok() {
                continue;
            }
            let line = follow(&steps, &mut taken, index);
            if !line.is_empty() {
                lines.push(line);
            }
        }
    }
    lines
}

/// The edges from this step on, up to the end or back to the beginning; none if the step is taken.
fn follow(steps: &[Step], taken: &mut [bool], index: usize) -> Vec<u32> {
    let mut line = Vec::new();
    let mut next = Some(index);
    while let Some(index) = next {
        let (Some([from, to]), Some(taken)) = (steps.get(index), taken.get_mut(index)) else {
            break;
        };
        if *taken {
            break;
        }
        *taken = true;
        if line.is_empty() {
            line.push(*from);
        }
        line.push(*to);
        next = steps.binary_search_by_key(to, |[from, _]| *from).ok();
    }
    line
}

/// Where the level crosses the edges; a point only once where a line runs through a cell's very middle.
fn line_of(raster: &Raster, edges: &[u32], level: f32) -> Vec<[f32; 2]> {
    let mut line: Vec<[f32; 2]> = edges
        .iter()
        .map(|edge| crossing(raster, *edge, level))
        .collect();
    line.dedup();
    line
}

fn crossing(raster: &Raster, edge: u32, level: f32) -> [f32; 2] {
    let cell = edge / 2;
    let columns = raster.columns.max(1);
    let (column, row) = (cell % columns, cell / columns);
    let (right, up) = if edge.is_multiple_of(2) {
        (1, 0)
    } else {
        (0, 1)
    };
    let from = f64::from(raster.value(column, row));
    let to = f64::from(raster.value(column + right, row + up));
    let part = ((f64::from(level) - from) / (to - from)).clamp(0.0, 1.0);
    let grid = raster.grid();
    [
        grid.east(f64::from(column) + 0.5 + part * f64::from(right)) as f32,
        grid.north(f64::from(row) + 0.5 + part * f64::from(up)) as f32,
    ]
}

#[cfg(test)]
mod tests {
    use super::super::Grid;
    use super::*;

    /// A raster from what a value is at a place.
    fn raster(side: u32, step_m: f32, value: impl Fn([f32; 2]) -> f32) -> Raster {
        let grid = Grid {
            columns: side,
            rows: side,
            min: [-0.5 * side as f32 * step_m; 2],
            step_m,
        };
        let cells = (0..side).flat_map(|row| (0..side).map(move |column| (column, row)));
        let values = cells.map(|(column, row)| value(grid.centre(column, row)));
        Raster::new(&grid, values.collect()).expect("a raster")
    }

    fn lines_at(raster: &Raster, level: f32) -> Vec<Vec<[f32; 2]>> {
        let found = contours(raster, &[level]).expect("contours");
        found.into_iter().next().expect("one level").lines
    }

    /// Area within a ring, m²; positive when it runs counter-clockwise.
    fn area(ring: &[[f32; 2]]) -> f64 {
        let cross = |pair: &[[f32; 2]]| {
            let [[ax, ay], [bx, by]] = [pair[0].map(f64::from), pair[1].map(f64::from)];
            ax * by - bx * ay
        };
        ring.windows(2).map(cross).sum::<f64>() * 0.5
    }

    #[test]
    fn around_a_cone_lines_are_circles_that_close() {
        let cone = raster(81, 5.0, |[x, y]| 200.0 - x.hypot(y));
        for level in [20.0, 75.5, 150.0] {
            let lines = lines_at(&cone, level);
            assert_eq!(lines.len(), 1, "one ring at {level}");
            let ring = &lines[0];
            assert_eq!(ring.first(), ring.last(), "the ring at {level} is closed");
            let radius = f64::from(200.0 - level);
            for [x, y] in ring {
                let off = f64::from(x.hypot(*y)) - radius;
                assert!(off.abs() < 2.5, "{off} m off at {level}");
            }
            // The peak is on the left: counter-clockwise.
            let expected = std::f64::consts::PI * radius * radius;
            let found = area(ring);
            assert!(
                (found / expected - 1.0).abs() < 0.02,
                "{found} m², not {expected}"
            );
        }
    }

    #[test]
    fn on_a_plane_lines_are_straight_and_run_from_edge_to_edge() {
        let plane = raster(40, 2.5, |[x, y]| 3.0 * x + y);
        let lines = lines_at(&plane, 10.0);
        assert_eq!(lines.len(), 1);
        let line = &lines[0];
        for [x, y] in line {
            assert!((3.0 * x + y - 10.0).abs() < 1.0e-3, "{x}, {y}");
        }
        // The greater values, in the east, are on the left: it runs south.
        let north = |point: Option<&[f32; 2]>| point.expect("a point")[1];
        assert!(north(line.first()) - north(line.last()) > 90.0);
    }

    #[test]
    fn a_saddle_is_cut_by_its_mean() {
        let corners = |sw, se, nw, ne| {
            let grid = Grid {
                columns: 2,
                rows: 2,
                min: [0.0; 2],
                step_m: 1.0,
            };
            Raster::new(&grid, vec![sw, se, nw, ne]).expect("a raster")
        };
        // South-west and north-east are high and joined: the lines cut off the low corners.
        let joined = lines_at(&corners(10.0, 0.0, 0.0, 10.0), 4.0);
        // Not joined: the lines cut off the high corners.
        let apart = lines_at(&corners(10.0, 0.0, 0.0, 10.0), 6.0);
        let touches_south_east = |lines: &[Vec<[f32; 2]>]| {
            lines.iter().any(|line| {
                let mean = |axis: usize| line.iter().map(|p| p[axis]).sum::<f32>() / 2.0;
                mean(0) > 1.0 && mean(1) < 1.0
            })
        };
        assert_eq!((joined.len(), apart.len()), (2, 2));
        assert!(touches_south_east(&joined));
        assert!(!touches_south_east(&apart));
    }

    #[test]
    fn at_a_hole_the_lines_end() {
        let holed = raster(
            21,
            1.0,
            |[x, y]| {
                if x.hypot(y) < 2.0 { f32::NAN } else { y + 0.25 }
            },
        );
        let lines = lines_at(&holed, 0.0);
        assert_eq!(lines.len(), 2, "one on each side of the hole");
        assert!(lines.iter().flatten().all(|[x, _]| x.abs() >= 1.9));
    }

    #[test]
    fn a_level_through_the_middles_of_cells_makes_whole_lines() {
        let steps = raster(9, 1.0, |[x, _]| x);
        let lines = lines_at(&steps, 0.0);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].len(), 9, "each point once");
        let peak = raster(5, 1.0, |[x, y]| if x.hypot(y) < 0.1 { 1.0 } else { 0.0 });
        assert_eq!(lines_at(&peak, 1.0).len(), 0, "a point is no line");
    }

    #[test]
    fn levels_come_back_rising_and_once_and_those_out_of_reach_without_lines() {
        let plane = raster(8, 1.0, |[x, _]| x);
        let levels = [2.0, f32::NAN, -1.0, 2.0, 99.0, f32::INFINITY];
        let found = contours(&plane, &levels).expect("contours");
        let lines: Vec<(i32, usize)> = found
            .iter()
            .map(|contour| (contour.level as i32, contour.lines.len()))
            .collect();
        assert_eq!(lines, [(-1, 1), (2, 1), (99, 0)]);
        assert!(contours(&plane, &vec![0.0; MOST_LEVELS + 1]).is_err());
    }

    #[test]
    fn the_rim_of_what_numbers_can_be_makes_no_panic() {
        let wild = raster(6, 1.0, |[x, y]| {
            [f32::MAX, f32::MIN, f32::NAN, f32::INFINITY, 0.0]
                [((x + 3.0) as usize * 3 + (y + 3.0) as usize) % 5]
        });
        for level in [f32::MIN, -1.0, 0.0, f32::MAX] {
            let lines = lines_at(&wild, level);
            assert!(
                lines
                    .iter()
                    .flatten()
                    .flatten()
                    .all(|part| part.is_finite())
            );
        }
        let single = raster(1, 1.0, |_| 3.0);
        assert!(lines_at(&single, 3.0).is_empty());
    }
}
