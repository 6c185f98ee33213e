//! Outlines: rings made clean enough to build walls on.
//!
//! Corners stay where the source has them, in longitude and latitude; the plane of the city's frame serves only to measure,
//! to turn rings the right way and to untangle those that cross themselves.

use crate::feature::{Area, LonLat};
use cim_geo::{Enu, Geodetic, LocalFrame};
use geo::{BooleanOps, LineString, MultiPolygon, Polygon};

/// Metres east and north in the city's frame, of a place on the ellipsoid.
pub(crate) type Plane = [f64; 2];

/// Corners nearer to each other than this are one corner, metres.
const SAME_CORNER_M: f64 = 0.005;
/// A ring that holds less is no area, square metres.
const SMALLEST_AREA_M2: f64 = 0.05;

/// One polygon: an outer ring counter-clockwise and holes clockwise, first corners not repeated.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outline {
    /// Outer ring first.
    pub(crate) rings: Vec<Vec<LonLat>>,
    /// The same corners in the plane.
    pub(crate) plane: Vec<Vec<Plane>>,
    /// Square metres, holes taken off.
    pub(crate) area_m2: f64,
}

/// What it took to clean an area's rings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cleaning {
    pub(crate) was_open: bool,
    pub(crate) was_tangled: bool,
    pub(crate) was_repeated: bool,
    pub(crate) lost_hole: bool,
}

impl Cleaning {
    /// The sentences for the ledger.
    pub(crate) fn sentences(self) -> impl Iterator<Item = &'static str> {
        [
            (self.was_tangled, "a ring crosses itself; untangled"),
            (self.was_open, "a ring was not closed; closed"),
            (
                self.was_repeated,
                "a ring repeats a corner or runs out and back; cleaned",
            ),
            (self.lost_hole, "a hole without an area was filled"),
        ]
        .into_iter()
        .filter(|(was_done, _)| *was_done)
        .map(|(_, sentence)| sentence)
    }

    /// What was done in either.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            was_open: self.was_open || other.was_open,
            was_tangled: self.was_tangled || other.was_tangled,
            was_repeated: self.was_repeated || other.was_repeated,
            lost_hole: self.lost_hole || other.lost_hole,
        }
    }
}

/// The place on the ellipsoid in the plane.
pub(crate) fn plane_of(frame: &LocalFrame, at: LonLat) -> Plane {
    let enu = frame.enu_from_geodetic(Geodetic::new(at[0], at[1], 0.0));
    [enu.east_m, enu.north_m]
}

/// The place on the ellipsoid whose plane coordinates are `at`.
pub(crate) fn place_of(frame: &LocalFrame, at: Plane) -> LonLat {
    let mut up_m = 0.0;
    let mut place = Geodetic::default();
    // The ground curves away under the plane: step down onto it. Two steps are enough for a whole province.
    for _ in 0..3 {
        place = frame.geodetic_from_enu(Enu::new(at[0], at[1], up_m));
        up_m -= place.height_m;
    }
    [place.lon_deg, place.lat_deg]
}

/// Cleans an area's rings. Empty when nothing is left; the reason is then that no ring bounds an area.
pub(crate) fn outlines_of(area: &Area, frame: &LocalFrame) -> (Vec<Outline>, Cleaning) {
    let mut cleaning = Cleaning {
        was_open: !is_closed(&area.outer),
        ..Cleaning::default()
    };
    let outer = Ring::clean(&area.outer, frame);
    cleaning.was_repeated = outer.is_changed;
    if outer.places.len() < 3 {
        return (Vec::new(), cleaning);
    }
    let mut holes = Vec::new();
    for hole in &area.inner {
        let ring = Ring::clean(hole, frame);
        if ring.places.len() >= 3 && signed_area(&ring.plane).abs() >= SMALLEST_AREA_M2 {
            holes.push(ring);
        } else {
            cleaning.lost_hole = true;
        }
    }
    if crosses_itself(&outer.plane) || holes.iter().any(|hole| crosses_itself(&hole.plane)) {
        cleaning.was_tangled = true;
        return (untangled(&outer, &holes, frame), cleaning);
    }
    (Outline::of(outer, holes).into_iter().collect(), cleaning)
}

impl Outline {
    fn of(outer: Ring, holes: Vec<Ring>) -> Option<Self> {
        let outer = outer.turned(true);
        let mut area_m2 = signed_area(&outer.plane);
        if area_m2 < SMALLEST_AREA_M2 {
            return None;
        }
        let (mut rings, mut plane) = (vec![outer.places], vec![outer.plane]);
        for hole in holes {
            let hole = hole.turned(false);
            area_m2 += signed_area(&hole.plane);
            rings.push(hole.places);
            plane.push(hole.plane);
        }
        Some(Self {
            rings,
            plane,
            area_m2: area_m2.max(0.0),
        })
    }

    /// The outline as `geo` has it, in the plane.
    pub(crate) fn polygon(&self) -> Polygon<f64> {
        let mut rings = self.plane.iter().map(|ring| line_string(ring));
        let outer = rings.next().unwrap_or_else(|| LineString::new(Vec::new()));
        Polygon::new(outer, rings.collect())
    }

    /// The middle of the outer ring's area, longitude and latitude.
    pub(crate) fn middle(&self) -> LonLat {
        let (Some(places), Some(plane)) = (self.rings.first(), self.plane.first()) else {
            return [0.0, 0.0];
        };
        weighted_middle(places, plane)
    }

    /// True when the place of the plane lies inside.
    pub(crate) fn contains(&self, at: Plane) -> bool {
        let mut rings = self.plane.iter();
        rings.next().is_some_and(|outer| ring_contains(outer, at))
            && !rings.any(|hole| ring_contains(hole, at))
    }
}

/// Even-odd test; a place exactly on the ring may fall either way.
pub(crate) fn ring_contains(ring: &[[f64; 2]], at: [f64; 2]) -> bool {
    let mut is_inside = false;
    for (a, b) in edges(ring) {
        if (a[1] > at[1]) != (b[1] > at[1])
            && at[0] < (b[0] - a[0]) * (at[1] - a[1]) / (b[1] - a[1]) + a[0]
        {
            is_inside = !is_inside;
        }
    }
    is_inside
}

/// A ring's edges, the closing one included.
pub(crate) fn edges<T: Copy>(ring: &[T]) -> impl Iterator<Item = (T, T)> {
    ring.iter()
        .copied()
        .zip(ring.iter().copied().cycle().skip(1))
}

/// Square metres, positive when the ring turns counter-clockwise.
pub(crate) fn signed_area(ring: &[Plane]) -> f64 {
    let Some(first) = ring.first() else {
        return 0.0;
    };
    // Measured from the first corner, so that a small ring far out keeps its digits.
    edges(ring)
        .map(|(a, b)| (a[0] - first[0]) * (b[1] - first[1]) - (b[0] - first[0]) * (a[1] - first[1]))
        .sum::<f64>()
        / 2.0
}

struct Ring {
    places: Vec<LonLat>,
    plane: Vec<Plane>,
    /// True when corners were left out, the closing one aside.
    is_changed: bool,
}

impl Ring {
    /// Corners without repetitions and without spikes that run out and back.
    fn clean(points: &[LonLat], frame: &LocalFrame) -> Self {
        let mut ring = Self {
            places: Vec::with_capacity(points.len()),
            plane: Vec::with_capacity(points.len()),
            is_changed: false,
        };
        for point in points {
            ring.push(*point, plane_of(frame, *point));
        }
        let mut ends = 0;
        while ring.plane.len() > 1
            && ring
                .plane
                .first()
                .zip(ring.plane.last())
                .is_some_and(|(a, b)| is_same(*a, *b))
        {
            ring.pop();
            ends += 1;
        }
        ring.is_changed |= ends > 1;
        ring
    }

    fn push(&mut self, place: LonLat, at: Plane) {
        if self.plane.last().is_some_and(|last| is_same(*last, at)) {
            self.is_changed = true;
            return;
        }
        // Out and straight back: the corner in between bounds nothing.
        if self.plane.len() >= 2
            && self
                .plane
                .get(self.plane.len() - 2)
                .is_some_and(|before| is_same(*before, at))
        {
            self.pop();
            self.is_changed = true;
            return;
        }
        self.places.push(place);
        self.plane.push(at);
    }

    fn pop(&mut self) {
        self.places.pop();
        self.plane.pop();
    }

    fn turned(mut self, counter_clockwise: bool) -> Self {
        if (signed_area(&self.plane) > 0.0) != counter_clockwise {
            self.places.reverse();
            self.plane.reverse();
        }
        self
    }
}

fn is_same(a: Plane, b: Plane) -> bool {
    (a[0] - b[0]).abs() < SAME_CORNER_M && (a[1] - b[1]).abs() < SAME_CORNER_M
}

fn is_closed(points: &[LonLat]) -> bool {
    points.len() > 1 && points.first() == points.last()
}

fn line_string(ring: &[Plane]) -> LineString<f64> {
    LineString::from(
        ring.iter()
            .map(|p| (p[0], p[1]))
            .collect::<Vec<(f64, f64)>>(),
    )
}

/// True when two edges of the ring cross; touching is harmless to what is done with rings here.
fn crosses_itself(ring: &[Plane]) -> bool {
    let mut segments: Vec<(usize, Plane, Plane)> = edges(ring)
        .enumerate()
        .map(|(index, (a, b))| (index, a, b))
        .collect();
    segments.sort_by(|x, y| x.1[0].min(x.2[0]).total_cmp(&y.1[0].min(y.2[0])));
    for (at, (i, a, b)) in segments.iter().enumerate() {
        let right = a[0].max(b[0]);
        for (j, c, d) in segments.iter().skip(at + 1) {
            if c[0].min(d[0]) > right {
                break;
            }
            let apart = i.abs_diff(*j);
            if apart > 1 && apart < ring.len() - 1 && cross(*a, *b, *c, *d) {
                return true;
            }
        }
    }
    false
}

/// True when the segments meet inside both.
fn cross(a: Plane, b: Plane, c: Plane, d: Plane) -> bool {
    // A square millimetre: less is a corner that touches an edge.
    const TOUCH: f64 = 1e-6;
    let side = |p: Plane, q: Plane, r: Plane| {
        (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])
    };
    let (s1, s2, s3, s4) = (side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b));
    s1.abs() > TOUCH
        && s2.abs() > TOUCH
        && s3.abs() > TOUCH
        && s4.abs() > TOUCH
        && (s1 > 0.0) != (s2 > 0.0)
        && (s3 > 0.0) != (s4 > 0.0)
}

/// The polygons that a tangle of rings bounds, by the even-odd rule.
fn untangled(outer: &Ring, holes: &[Ring], frame: &LocalFrame) -> Vec<Outline> {
    let tangle = Polygon::new(
        line_string(&outer.plane),
        holes.iter().map(|hole| line_string(&hole.plane)).collect(),
    );
    let nothing: MultiPolygon<f64> = MultiPolygon::new(Vec::new());
    let ring_of = |line: &LineString<f64>| {
        let places: Vec<LonLat> = line.0.iter().map(|c| place_of(frame, [c.x, c.y])).collect();
        Ring::clean(&places, frame)
    };
    tangle
        .union(&nothing)
        .0
        .iter()
        .filter_map(|polygon| {
            let outer = ring_of(polygon.exterior());
            let holes = polygon
                .interiors()
                .iter()
                .map(ring_of)
                .filter(|ring| ring.places.len() >= 3)
                .collect();
            if outer.places.len() < 3 {
                None
            } else {
                Outline::of(outer, holes)
            }
        })
        .collect()
}

fn weighted_middle(places: &[LonLat], plane: &[Plane]) -> LonLat {
    let Some(first) = places.first() else {
        return [0.0, 0.0];
    };
    let (mut lon, mut lat, mut weight) = (0.0, 0.0, 0.0);
    let area = signed_area(plane);
    for (a, b) in edges(places) {
        let (ax, ay, bx, by) = (
            a[0] - first[0],
            a[1] - first[1],
            b[0] - first[0],
            b[1] - first[1],
        );
        let piece = ax * by - bx * ay;
        lon += (ax + bx) * piece;
        lat += (ay + by) * piece;
        weight += 3.0 * piece;
    }
    if area.abs() < SMALLEST_AREA_M2 || weight == 0.0 {
        return *first;
    }
    [first[0] + lon / weight, first[1] + lat / weight]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> LocalFrame {
        LocalFrame::new(Geodetic::new(121.5, 31.24, 0.0))
    }

    /// An area from corners in metres east and north of the frame's origin.
    fn area(corners: &[Plane], holes: &[&[Plane]]) -> Area {
        let ring = |corners: &[Plane]| {
            corners
                .iter()
                .map(|p| place_of(&frame(), *p))
                .collect::<Vec<LonLat>>()
        };
        Area {
            outer: ring(corners),
            inner: holes.iter().map(|hole| ring(hole)).collect(),
        }
    }

    const SQUARE: [Plane; 5] = [
        [0.0, 0.0],
        [0.0, 10.0],
        [10.0, 10.0],
        [10.0, 0.0],
        [0.0, 0.0],
    ];

    #[test]
    fn rings_are_turned_and_measured() {
        let (outlines, cleaning) = outlines_of(
            &area(
                &SQUARE,
                &[&[[2.0, 2.0], [4.0, 2.0], [4.0, 4.0], [2.0, 4.0], [2.0, 2.0]]],
            ),
            &frame(),
        );
        assert_eq!((outlines.len(), cleaning), (1, Cleaning::default()));
        let outline = &outlines[0];
        assert!((outline.area_m2 - 96.0).abs() < 1e-3, "{}", outline.area_m2);
        assert!(signed_area(&outline.plane[0]) > 0.0 && signed_area(&outline.plane[1]) < 0.0);
        assert!(
            outline.contains([8.0, 8.0])
                && !outline.contains([3.0, 3.0])
                && !outline.contains([11.0, 5.0])
        );
        let middle = plane_of(&frame(), outline.middle());
        assert!(
            (middle[0] - 5.0).abs() < 0.01 && (middle[1] - 5.0).abs() < 0.01,
            "{middle:?}"
        );
    }

    #[test]
    fn an_open_ring_is_closed() {
        let (outlines, cleaning) = outlines_of(&area(&SQUARE[..4], &[]), &frame());
        assert!(cleaning.was_open && outlines.len() == 1);
        assert!((outlines[0].area_m2 - 100.0).abs() < 1e-3);
    }

    #[test]
    fn a_bow_tie_becomes_two_triangles() {
        let (outlines, cleaning) = outlines_of(
            &area(
                &[
                    [0.0, 0.0],
                    [10.0, 10.0],
                    [10.0, 0.0],
                    [0.0, 10.0],
                    [0.0, 0.0],
                ],
                &[],
            ),
            &frame(),
        );
        assert!(cleaning.was_tangled);
        assert_eq!(outlines.len(), 2);
        let total: f64 = outlines.iter().map(|outline| outline.area_m2).sum();
        assert!((total - 50.0).abs() < 0.1, "{total}");
    }

    #[test]
    fn a_ring_without_an_area_is_nothing() {
        assert!(
            outlines_of(&area(&[[0.0, 0.0], [5.0, 0.0], [0.0, 0.0]], &[]), &frame())
                .0
                .is_empty()
        );
        assert!(
            outlines_of(
                &area(&[[0.0, 0.0], [5.0, 0.0], [9.0, 0.0], [0.0, 0.0]], &[]),
                &frame()
            )
            .0
            .is_empty()
        );
        assert!(outlines_of(&Area::default(), &frame()).0.is_empty());
    }

    #[test]
    fn a_spike_is_cut_off() {
        let (outlines, cleaning) = outlines_of(
            &area(
                &[
                    [0.0, 0.0],
                    [10.0, 0.0],
                    [30.0, 0.0],
                    [10.0, 0.0],
                    [10.0, 10.0],
                    [0.0, 10.0],
                    [0.0, 0.0],
                ],
                &[],
            ),
            &frame(),
        );
        assert!(!cleaning.was_tangled && cleaning.was_repeated);
        assert_eq!(outlines[0].rings[0].len(), 4);
        assert_eq!(cleaning.and(Cleaning::default()).sentences().count(), 1);
    }
}
