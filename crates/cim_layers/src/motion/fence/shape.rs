//! Where a fence runs: polygons with holes, circles, corridors; in plan, metres.
//!
//! Inside with the border counts as inside. Everything is computed in `f64` from the same sums and products on every
//! machine.

use super::super::FURTHEST_M;

/// Where a fence runs, metres east and north of the city's origin. Height is not looked at.
#[derive(Clone, Debug, PartialEq)]
pub enum FenceShape {
    /// Rings need not repeat their first point. A place is inside when an odd number of rings surrounds it.
    Polygon {
        /// The outer ring.
        outer: Vec<[f32; 2]>,
        /// What is cut out of it.
        holes: Vec<Vec<[f32; 2]>>,
    },
    /// Everything within a radius.
    Circle {
        /// Its middle.
        middle: [f32; 2],
        /// Its radius, metres.
        radius_m: f32,
    },
    /// Everything within half a width of a line.
    Corridor {
        /// The line in its middle.
        line: Vec<[f32; 2]>,
        /// From border to border, metres.
        width_m: f32,
    },
}

/// Where a place is, as seen from a fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whereabouts {
    /// Inside.
    Inside,
    /// Outside, but no farther than the margin.
    Margin,
    /// Farther away.
    Outside,
}

/// What is wrong with a fence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FenceFault {
    /// A ring of fewer than three points, or a line of fewer than two.
    #[error("it has {points} points in a ring or line, too few for an area")]
    TooFewPoints {
        /// How many there are.
        points: usize,
    },
    /// More points than one fence may have.
    #[error("it has {points} points, more than {most}")]
    TooManyPoints {
        /// How many there are.
        points: usize,
        /// How many there may be.
        most: usize,
    },
    /// A point that is no number or lies outside of every city.
    #[error("point {point} (counted through its rings) is not a place of this city")]
    NoPlace {
        /// Which one, counted from 0 through all rings.
        point: usize,
    },
    /// A radius or width that is no positive number of metres.
    #[error("its radius or width is no positive number of metres")]
    NoSize,
    /// A margin or a dwell time that is no number from zero on.
    #[error("its hysteresis or its dwell time is no number from zero on")]
    NoMargin,
}

/// One fence has at most so many points.
pub const MAX_FENCE_POINTS: usize = 1 << 16;

/// A rectangle in plan, metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) min: [f64; 2],
    pub(super) max: [f64; 2],
}

impl Plan {
    /// Holds nothing.
    pub(super) const EMPTY: Self = Self {
        min: [f64::INFINITY; 2],
        max: [f64::NEG_INFINITY; 2],
    };

    /// Grows so that the point lies inside.
    pub(super) fn extend(&mut self, [east, north]: [f64; 2]) {
        let [west, south] = self.min;
        let [east_most, north_most] = self.max;
        self.min = [west.min(east), south.min(north)];
        self.max = [east_most.max(east), north_most.max(north)];
    }

    /// The same, larger by so much on every side.
    pub(super) fn grown(self, by_m: f64) -> Self {
        Self {
            min: self.min.map(|metres| metres - by_m),
            max: self.max.map(|metres| metres + by_m),
        }
    }

    /// True when both share a point.
    pub(super) fn touches(&self, other: &Self) -> bool {
        let [west, south] = self.min;
        let [east, north] = self.max;
        let [other_west, other_south] = other.min;
        let [other_east, other_north] = other.max;
        west <= other_east && other_west <= east && south <= other_north && other_south <= north
    }

    /// The rectangle around a line from `a` to `b`.
    pub(super) fn around(a: [f64; 2], b: [f64; 2]) -> Self {
        let mut plan = Self::EMPTY;
        plan.extend(a);
        plan.extend(b);
        plan
    }
}

impl FenceShape {
    /// What is wrong with it, if anything is.
    pub fn fault(&self) -> Option<FenceFault> {
        let points = self.points().count();
        if points > MAX_FENCE_POINTS {
            return Some(FenceFault::TooManyPoints {
                points,
                most: MAX_FENCE_POINTS,
            });
        }
        if let Some(point) = self
            .points()
            .position(|point| !super::super::is_near_enough(&point))
        {
            return Some(FenceFault::NoPlace { point });
        }
        match self {
            Self::Polygon { outer, holes } => std::iter::once(outer)
                .chain(holes)
                .map(Vec::len)
                .find(|points| *points < 3)
                .map(|points| FenceFault::TooFewPoints { points }),
            Self::Circle { radius_m, .. } => size_fault(*radius_m),
            Self::Corridor { line, .. } if line.len() < 2 => {
                Some(FenceFault::TooFewPoints { points: line.len() })
            }
            Self::Corridor { width_m, .. } => size_fault(*width_m),
        }
    }

    /// Where `at` is; the margin is in metres.
    pub fn whereabouts(&self, at: [f32; 2], margin_m: f32) -> Whereabouts {
        let at = exact(at);
        let margin = f64::from(margin_m);
        match self {
            Self::Polygon { .. } => {
                if self.surrounds(at) {
                    Whereabouts::Inside
                } else if margin > 0.0 && self.squared_to_border(at) <= margin * margin {
                    Whereabouts::Margin
                } else {
                    Whereabouts::Outside
                }
            }
            Self::Circle { .. } | Self::Corridor { .. } => {
                let squared = self.squared_to_border(at);
                let reach = self.reach_m();
                if squared <= reach * reach {
                    Whereabouts::Inside
                } else if squared <= (reach + margin) * (reach + margin) {
                    Whereabouts::Margin
                } else {
                    Whereabouts::Outside
                }
            }
        }
    }

    /// True when the straight way from `a` to `b` touches the border, or the inside of a circle or corridor. For a way
    /// whose ends are outside, this is whether it leads through.
    pub fn is_crossed(&self, a: [f32; 2], b: [f32; 2]) -> bool {
        let (a, b) = (exact(a), exact(b));
        let reach = self.reach_m();
        let way = Plan::around(a, b).grown(reach);
        match self {
            Self::Circle { middle, .. } => squared_to_line(exact(*middle), a, b) <= reach * reach,
            Self::Polygon { .. } | Self::Corridor { .. } => self.lines().any(|(p, q)| {
                way.touches(&Plan::around(p, q))
                    && (are_crossing(a, b, p, q)
                        || (reach > 0.0 && squared_between(a, b, p, q) <= reach * reach))
            }),
        }
    }

    /// How far `at` is from the border, metres, negative inside.
    pub(super) fn distance_m(&self, at: [f64; 2]) -> f64 {
        let distance = self.squared_to_border(at).sqrt();
        match self {
            Self::Polygon { .. } if self.surrounds(at) => -distance,
            Self::Polygon { .. } => distance,
            Self::Circle { .. } | Self::Corridor { .. } => distance - self.reach_m(),
        }
    }

    /// The rectangle around it.
    pub(super) fn plan(&self) -> Plan {
        let mut plan = Plan::EMPTY;
        for point in self.points() {
            plan.extend(exact(point));
        }
        plan.grown(self.reach_m())
    }

    /// How many points it has.
    pub(super) fn size(&self) -> usize {
        self.points().count()
    }

    /// How far the area goes beyond its middle line, metres; zero for polygons.
    fn reach_m(&self) -> f64 {
        match self {
            Self::Polygon { .. } => 0.0,
            Self::Circle { radius_m, .. } => f64::from(*radius_m),
            Self::Corridor { width_m, .. } => 0.5 * f64::from(*width_m),
        }
    }

    /// The rings, or the line, or the middle.
    fn strings(&self) -> impl Iterator<Item = &[[f32; 2]]> {
        let no_rings = <&[Vec<[f32; 2]>]>::default();
        let (first, rest) = match self {
            Self::Polygon { outer, holes } => (outer.as_slice(), holes.as_slice()),
            Self::Circle { middle, .. } => (std::slice::from_ref(middle), no_rings),
            Self::Corridor { line, .. } => (line.as_slice(), no_rings),
        };
        std::iter::once(first).chain(rest.iter().map(Vec::as_slice))
    }

    fn points(&self) -> impl Iterator<Item = [f32; 2]> {
        self.strings().flatten().copied()
    }

    /// The sides of the rings, the parts of the line, or the middle as a line without length.
    fn lines(&self) -> impl Iterator<Item = ([f64; 2], [f64; 2])> {
        let is_closed = matches!(self, Self::Polygon { .. });
        self.strings().flat_map(move |string| {
            let is_point = string.len() == 1;
            let closing = string.first().filter(|_| is_closed || is_point);
            string
                .iter()
                .zip(string.iter().skip(1).chain(closing))
                .map(|(a, b)| (exact(*a), exact(*b)))
        })
    }

    /// How far `at` is from the nearest side, line or middle, squared.
    fn squared_to_border(&self, at: [f64; 2]) -> f64 {
        self.lines()
            .map(|(a, b)| squared_to_line(at, a, b))
            .fold(f64::INFINITY, f64::min)
    }

    /// True when an odd number of rings surrounds `at`.
    fn surrounds(&self, [east, north]: [f64; 2]) -> bool {
        let mut is_inside = false;
        for ([ae, an], [be, bn]) in self.lines() {
            // Half-open in north, so that a corner counts once.
            if (an > north) != (bn > north) && east < (be - ae) * (north - an) / (bn - an) + ae {
                is_inside = !is_inside;
            }
        }
        is_inside
    }
}

/// The same place; every `f32` is an `f64`.
pub(super) fn exact(place: [f32; 2]) -> [f64; 2] {
    place.map(f64::from)
}

/// What is wrong with a radius or width.
fn size_fault(metres: f32) -> Option<FenceFault> {
    let is_size = metres > 0.0 && metres <= FURTHEST_M;
    (!is_size).then_some(FenceFault::NoSize)
}

/// How far `at` is from the line from `a` to `b`, squared.
fn squared_to_line(at: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let [along_e, along_n] = [b[0] - a[0], b[1] - a[1]];
    let [to_e, to_n] = [at[0] - a[0], at[1] - a[1]];
    let length = along_e * along_e + along_n * along_n;
    let part = if length > 0.0 {
        ((to_e * along_e + to_n * along_n) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let [off_e, off_n] = [to_e - part * along_e, to_n - part * along_n];
    off_e * off_e + off_n * off_n
}

/// How far two lines are apart, squared.
fn squared_between(a: [f64; 2], b: [f64; 2], p: [f64; 2], q: [f64; 2]) -> f64 {
    squared_to_line(a, p, q)
        .min(squared_to_line(b, p, q))
        .min(squared_to_line(p, a, b))
        .min(squared_to_line(q, a, b))
}

/// True when two lines share a point.
fn are_crossing(a: [f64; 2], b: [f64; 2], p: [f64; 2], q: [f64; 2]) -> bool {
    // Lines on one line are on no side of each other: only their rectangles tell.
    Plan::around(a, b).touches(&Plan::around(p, q))
        && side(a, b, p) * side(a, b, q) <= 0.0
        && side(p, q, a) * side(p, q, b) <= 0.0
}

/// On which side of the way from `a` to `b` a point is: positive on the left.
fn side(a: [f64; 2], b: [f64; 2], point: [f64; 2]) -> f64 {
    (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])
}
