//! The solids around one lens, sorted by direction: many lines from one place, each answered from a short list.
//!
//! A light buffer (Haines and Greenberg 1986) with sectors around the upright axis only: lines to the ground are told apart
//! by their bearing, and a wall ends them all. Bearings are counted as `y / (|x| + |y|)`, which turns like an angle and
//! costs one division; half a turn is 2. A list is sorted by the distance at which its triangles begin, so that a line
//! stops at its own end. Lists hold too much rather than too little; what is on them is tried as everywhere.

use super::bvh::Bvh;
use super::triangle::{Segment, Triangle};
use glam::{Vec2, Vec3};

/// Sectors of a full turn: 0.2° on average.
const SECTORS: usize = 2_048;

/// A full turn.
const TURN: f32 = 4.0;

/// A triangle is put into sectors so much beyond its corners: more than edges and rounding can make of it half a metre
/// from the lens.
const MARGIN: f32 = 1.5e-3;

/// Triangles that begin nearer than this on the plane are in every sector, metres.
const ON_TOP_M: f32 = 0.05;

/// Distances on the plane are taken for so much less, metres.
const SLACK_M: f32 = 0.01;

/// Solids around a lens.
#[derive(Debug, Default)]
pub(crate) struct Sectors {
    lens: Vec3,
    /// Where each sector's list begins; one more than there are sectors.
    starts: Vec<u32>,
    lists: Vec<Entry>,
    /// What is being sorted; kept for the next lens.
    rows: Vec<u32>,
    spans: Vec<Span>,
    fill: Vec<u32>,
}

/// A triangle in a list.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    least_m: f32,
    row: u32,
}

/// The sectors of a triangle, from `first` on, perhaps beyond the last one.
#[derive(Clone, Copy, Debug)]
struct Span {
    entry: Entry,
    first: u32,
    count: u32,
}

impl Sectors {
    /// Sorts what lies in the box; lines asked for later must stay within it.
    pub(crate) fn fill(&mut self, bvh: &Bvh, lens: Vec3, low: Vec3, high: Vec3) {
        self.lens = lens;
        let margin = Vec3::splat(SLACK_M);
        bvh.in_box(
            low.min(lens) - margin,
            high.max(lens) + margin,
            &mut self.rows,
        );
        self.spans.clear();
        self.fill.clear();
        self.fill.resize(SECTORS, 0);
        for row in &self.rows {
            let Some(triangle) = bvh.triangles().get(*row as usize) else {
                continue;
            };
            let span = span_of(triangle, *row, lens);
            self.spans.push(span);
            for sector in sectors_of(&span) {
                self.fill[sector] += 1;
            }
        }
        self.starts.clear();
        let mut total = 0;
        for count in &mut self.fill {
            self.starts.push(total);
            total += std::mem::replace(count, total);
        }
        self.starts.push(total);
        self.lists.clear();
        self.lists.resize(total as usize, Entry::default());
        for span in &self.spans {
            for sector in sectors_of(span) {
                let place = self.fill[sector];
                self.fill[sector] += 1;
                self.lists[place as usize] = span.entry;
            }
        }
        for sector in 0..SECTORS {
            let list = self.starts[sector] as usize..self.starts[sector + 1] as usize;
            self.lists[list]
                .sort_unstable_by(|a, b| a.least_m.total_cmp(&b.least_m).then(a.row.cmp(&b.row)));
        }
    }

    /// Whether anything is between the lens and the target.
    #[inline]
    pub(crate) fn is_blocked(&self, bvh: &Bvh, target: Vec3) -> bool {
        let Some(line) = Segment::between(self.lens, target) else {
            return false;
        };
        let way = Vec2::new(line.way.x, line.way.y);
        let end_m = way.length();
        let sector = sector_at(bearing(way));
        let (Some(start), Some(end)) = (self.starts.get(sector), self.starts.get(sector + 1))
        else {
            return false;
        };
        let list = self.lists.get(*start as usize..*end as usize);
        list.unwrap_or_default()
            .iter()
            .take_while(|entry| entry.least_m <= end_m)
            .filter_map(|entry| bvh.triangles().get(entry.row as usize))
            .any(|triangle| triangle.meets(&line).is_some())
    }
}

fn sectors_of(span: &Span) -> impl Iterator<Item = usize> + use<> {
    let first = span.first;
    (0..span.count).map(move |step| (first + step) as usize % SECTORS)
}

fn span_of(triangle: &Triangle, row: u32, lens: Vec3) -> Span {
    let corners = triangle
        .corners()
        .map(|corner| Vec2::new(corner.x - lens.x, corner.y - lens.y));
    let least_m = distance_from_origin(corners);
    let all_around = Span {
        entry: Entry {
            least_m: (least_m - SLACK_M).max(0.0),
            row,
        },
        first: 0,
        count: SECTORS as u32,
    };
    if least_m < ON_TOP_M {
        return all_around;
    }
    // Seen from beside it, a triangle takes less than half a turn.
    let [from, b, c] = corners.map(bearing);
    let turns = [turn_between(from, b), turn_between(from, c)];
    let low = turns[0].min(turns[1]).min(0.0) - MARGIN;
    let high = turns[0].max(turns[1]).max(0.0) + MARGIN;
    let scale = SECTORS as f32 / TURN;
    let first = ((from + low + TURN) * scale).floor();
    let last = ((from + high + TURN) * scale).floor();
    Span {
        first: first as u32,
        count: (last - first + 1.0).min(SECTORS as f32) as u32,
        ..all_around
    }
}

/// Counter-clockwise from east, 0 to 4.
#[inline]
fn bearing(way: Vec2) -> f32 {
    let sum = way.x.abs() + way.y.abs();
    let part = way.y / sum.max(f32::MIN_POSITIVE);
    if way.x < 0.0 {
        2.0 - part
    } else if part < 0.0 {
        TURN + part
    } else {
        part
    }
}

#[inline]
fn sector_at(bearing: f32) -> usize {
    ((bearing * (SECTORS as f32 / TURN)) as usize) % SECTORS
}

/// The shorter way from one bearing to another, −2 to 2.
fn turn_between(from: f32, to: f32) -> f32 {
    let turn = to - from;
    if turn > TURN / 2.0 {
        turn - TURN
    } else if turn < -TURN / 2.0 {
        turn + TURN
    } else {
        turn
    }
}

/// The distance from the origin to the nearest place of a triangle on the plane; 0 within it.
fn distance_from_origin([a, b, c]: [Vec2; 3]) -> f32 {
    let sides = [a.perp_dot(b), b.perp_dot(c), c.perp_dot(a)];
    if sides.iter().all(|side| *side > 0.0) || sides.iter().all(|side| *side < 0.0) {
        return 0.0;
    }
    [(a, b), (b, c), (c, a)]
        .into_iter()
        .map(|(from, to)| {
            let way = to - from;
            let along = -from.dot(way) / way.length_squared().max(f32::MIN_POSITIVE);
            (from + way * along.clamp(0.0, 1.0)).length()
        })
        .fold(f32::INFINITY, f32::min)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::town::{CELL_M, Roll, town};

    #[test]
    fn bearings_turn_once_around() {
        for (x, y, expected) in [
            (1.0, 0.0, 0.0),
            (1.0, 1.0, 0.5),
            (0.0, 1.0, 1.0),
            (-1.0, 1.0, 1.5),
            (-1.0, 0.0, 2.0),
            (-1.0, -1.0, 2.5),
            (0.0, -1.0, 3.0),
            (1.0, -1.0, 3.5),
        ] {
            let found = bearing(Vec2::new(x, y));
            assert!((found - expected).abs() < 1e-6, "{x} {y}: {found}");
        }
        assert!((turn_between(3.9, 0.1) - 0.2).abs() < 1e-6);
        assert!((turn_between(0.1, 3.9) + 0.2).abs() < 1e-6);
    }

    #[test]
    fn the_distance_to_a_triangle_is_that_to_its_nearest_side() {
        let triangle = |east: f32| {
            [
                Vec2::new(east, -5.0),
                Vec2::new(east + 4.0, 0.0),
                Vec2::new(east, 5.0),
            ]
        };
        for (east, expected) in [(3.0, 3.0), (-1.0, 0.0), (-4.0, 0.0), (-7.0, 3.0)] {
            let found = distance_from_origin(triangle(east));
            assert!((found - expected).abs() < 1e-5, "{east}: {found}");
        }
    }

    /// Lenses all over the town, also within houses and on bridges: every line as the tree answers it.
    #[test]
    fn sectors_answer_what_the_tree_answers() {
        let obstacles = town(12, 4);
        let bvh = obstacles.bvh();
        let half = 6.0 * CELL_M;
        let mut roll = Roll::new(8);
        let mut sectors = Sectors::default();
        let (mut clear, mut blocked) = (0, 0);
        for _ in 0..60 {
            let spot = roll.place();
            let lens = Vec3::new(spot.x * half, spot.y * half, 1.5 + roll.unit() * 20.0);
            let low = Vec3::new(-half, -half, 0.5);
            let high = Vec3::new(half, half, 3.0);
            sectors.fill(bvh, lens, low, high);
            for _ in 0..300 {
                let spot = roll.place();
                let target = Vec3::new(spot.x * half, spot.y * half, 0.5 + roll.unit() * 2.5);
                let expected = obstacles.is_blocked(lens, target);
                assert_eq!(sectors.is_blocked(bvh, target), expected, "{lens} {target}");
                if expected {
                    blocked += 1;
                } else {
                    clear += 1;
                }
            }
            let below = Vec3::new(lens.x, lens.y, 0.5);
            assert_eq!(
                sectors.is_blocked(bvh, below),
                obstacles.is_blocked(lens, below)
            );
        }
        assert!(
            clear > 500 && blocked > 500,
            "{clear} clear, {blocked} blocked"
        );
    }
}
