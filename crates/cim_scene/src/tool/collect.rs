//! The points that a tool has collected, and what they make. Pure.

use super::{Sketch, SketchKind, ToolKind};
use crate::{
    City, MAX_CUT_CORNERS, MAX_TRENCH_POINTS, MeasureKind, TwinOutput, WorldRay, ring::is_simple,
};
use bevy_math::{DVec2, DVec3};
use cim_geo::Geodetic;

/// Points of a measured way, a geofence or a line; clicks beyond are dropped.
const MOST_POINTS: usize = 256;
/// A point this near to another is the same, metres.
const SAME_POINT_M: f64 = 0.05;
/// How far a section box reaches up and down at most, metres.
const FARTHEST_UP_M: f64 = 1_500.0;
/// Least side of a section box, metres.
const LEAST_SIDE_M: f64 = 0.1;

/// Points on their way to a result.
#[derive(Clone, Debug)]
pub(super) struct Collecting {
    kind: ToolKind,
    /// Where the picture's up points on the map: a section box is laid along it, clockwise from north, radians.
    heading_rad: f64,
    points: Vec<DVec3>,
    hover: Option<DVec3>,
}

/// An upright box.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Section {
    pub(super) centre: DVec3,
    pub(super) half: DVec3,
    pub(super) heading_rad: f64,
}

impl Section {
    /// The corners of its lower side, in order around it; the upper ones lie `2 × half.z` above.
    pub(super) fn lower_corners(&self) -> [DVec3; 4] {
        let (right, ahead) = axes(self.heading_rad);
        let lower = self.centre - DVec3::Z * self.half.z;
        let corner = |across: f64, along: f64| {
            lower + (right * (across * self.half.x) + ahead * (along * self.half.y)).extend(0.0)
        };
        [
            corner(-1.0, -1.0),
            corner(1.0, -1.0),
            corner(1.0, 1.0),
            corner(-1.0, 1.0),
        ]
    }
}

impl Collecting {
    pub(super) fn new(kind: ToolKind, heading_rad: f64) -> Self {
        Self {
            kind,
            heading_rad,
            points: Vec::new(),
            hover: None,
        }
    }

    pub(super) fn kind(&self) -> ToolKind {
        self.kind
    }

    /// The points clicked so far.
    pub(super) fn points(&self) -> &[DVec3] {
        &self.points
    }

    /// Where the pointer is, when there is room for another point.
    pub(super) fn hovering(&self) -> Option<DVec3> {
        self.hover.filter(|_| self.points.len() < self.most())
    }

    /// Takes the point under the pointer; true when it is another one.
    pub(super) fn hover(&mut self, point: Option<DVec3>) -> bool {
        let point = point.filter(|point| point.is_finite());
        let is_other = self.hover != point;
        self.hover = point;
        is_other
    }

    pub(super) fn undo(&mut self) {
        self.points.pop();
    }

    /// Takes a clicked point; true when it was the last one: no more fit, or it closes the ring.
    pub(super) fn add(&mut self, point: DVec3) -> bool {
        let is_same =
            |other: Option<&DVec3>| other.is_some_and(|other| other.distance(point) < SAME_POINT_M);
        if !point.is_finite() || self.points.len() >= self.most() {
            return false;
        }
        if self.is_ring() && self.points.len() >= 3 && is_same(self.points.first()) {
            return true;
        }
        if is_same(self.points.last()) {
            return false;
        }
        self.points.push(point);
        self.ends_by_itself() && self.points.len() == self.most()
    }

    /// True when the next click sets the height of a box, and not a place.
    pub(super) fn wants_height(&self) -> bool {
        self.kind == ToolKind::Sketch(SketchKind::SectionBox) && self.points.len() == 2
    }

    /// The point above the newest one that a ray passes nearest; `None` for a ray straight up or down.
    pub(super) fn height_along(&self, ray: &WorldRay) -> Option<DVec3> {
        let foot = *self.points.last()?;
        let off = ray.origin - foot;
        let along = ray.dir.z;
        let square = 1.0 - along * along;
        if square < 1e-6 {
            return None;
        }
        let up_m = (off.z - along * ray.dir.dot(off)) / square;
        up_m.is_finite()
            .then(|| foot + DVec3::Z * up_m.clamp(-FARTHEST_UP_M, FARTHEST_UP_M))
    }

    /// True when the points are enough for a result.
    pub(super) fn is_complete(&self) -> bool {
        let flat: Vec<DVec2> = self.points.iter().map(|point| point.truncate()).collect();
        self.points.len() >= self.fewest() && (!self.is_ring() || is_simple(&flat))
    }

    /// True when the points are the corners of a ring.
    pub(super) fn is_ring(&self) -> bool {
        match self.kind {
            ToolKind::Measure(kind) => {
                matches!(kind, MeasureKind::Area | MeasureKind::Volume { .. })
            }
            ToolKind::Sketch(kind) => {
                matches!(kind, SketchKind::ClipPolygon | SketchKind::Geofence)
            }
        }
    }

    /// The box that the points make, the pointer's among them.
    pub(super) fn section(&self) -> Option<Section> {
        let mut points = self.points.iter().copied().chain(self.hovering());
        let (one, other) = (points.next()?, points.next()?);
        let base_m = one.z.min(other.z);
        let top_m = points.next().map_or(base_m, |point| point.z);
        let (right, ahead) = axes(self.heading_rad);
        let across = other.truncate() - one.truncate();
        let half = DVec3::new(
            across.dot(right).abs(),
            across.dot(ahead).abs(),
            (top_m - base_m).abs(),
        )
        .max(DVec3::splat(LEAST_SIDE_M))
            * 0.5;
        let middle = (one.truncate() + other.truncate()) * 0.5;
        Some(Section {
            centre: middle.extend(f64::midpoint(base_m, top_m)),
            half,
            heading_rad: self.heading_rad,
        })
    }

    /// What a measuring tool can say so far.
    pub(super) fn preview(&self, city: &City) -> Option<TwinOutput> {
        self.measured(city, false)
    }

    /// What came of it.
    pub(super) fn result(&self, city: &City) -> Option<TwinOutput> {
        let kind = match self.kind {
            ToolKind::Measure(_) => return self.measured(city, true),
            ToolKind::Sketch(kind) => kind,
        };
        let sketch = match kind {
            SketchKind::SectionBox => {
                let section = self.section()?;
                Sketch::Box {
                    centre: city.geodetic_from_enu(section.centre)?,
                    half_m: section.half.to_array(),
                    heading_deg: section.heading_rad.to_degrees().rem_euclid(360.0),
                }
            }
            SketchKind::ClipPolygon | SketchKind::Geofence => Sketch::Ring {
                kind,
                ring: places(&self.points, city)?,
            },
            SketchKind::Trench | SketchKind::Line => Sketch::Line {
                kind,
                line: places(&self.points, city)?,
            },
            SketchKind::Point => Sketch::Point {
                at: city.geodetic_from_enu(*self.points.first()?)?,
            },
        };
        Some(TwinOutput::Sketched(sketch))
    }

    fn measured(&self, city: &City, is_final: bool) -> Option<TwinOutput> {
        let ToolKind::Measure(kind) = self.kind else {
            return None;
        };
        let values = kind.measure(&self.points);
        let points = places(&self.points, city)?;
        (!values.is_empty()).then_some(TwinOutput::Measured {
            kind,
            values,
            points,
            is_final,
        })
    }

    fn fewest(&self) -> usize {
        match self.kind {
            ToolKind::Sketch(SketchKind::SectionBox) => 3,
            ToolKind::Sketch(SketchKind::Point) => 1,
            _ if self.is_ring() => 3,
            _ => 2,
        }
    }

    fn most(&self) -> usize {
        match self.kind {
            ToolKind::Measure(MeasureKind::Height | MeasureKind::Slope) => 2,
            ToolKind::Sketch(SketchKind::SectionBox) => 3,
            ToolKind::Sketch(SketchKind::Point) => 1,
            ToolKind::Sketch(SketchKind::ClipPolygon) => MAX_CUT_CORNERS,
            ToolKind::Sketch(SketchKind::Trench) => MAX_TRENCH_POINTS,
            ToolKind::Measure(_) | ToolKind::Sketch(_) => MOST_POINTS,
        }
    }

    /// True when the last point that fits also ends the work.
    fn ends_by_itself(&self) -> bool {
        self.most() <= 3
    }
}

/// Points as places; `None` without a city.
pub(super) fn places(points: &[DVec3], city: &City) -> Option<Vec<Geodetic>> {
    points
        .iter()
        .map(|point| city.geodetic_from_enu(*point))
        .collect()
}

/// The directions to the right of and along a heading, metres east and north.
fn axes(heading_rad: f64) -> (DVec2, DVec2) {
    let (sin, cos) = heading_rad.sin_cos();
    (DVec2::new(cos, -sin), DVec2::new(sin, cos))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collecting(kind: ToolKind) -> Collecting {
        Collecting::new(kind, 0.0)
    }

    #[test]
    fn a_height_is_done_with_its_second_point() {
        let mut height = collecting(ToolKind::Measure(MeasureKind::Height));
        assert!(!height.add(DVec3::ZERO));
        assert!(!height.is_complete());
        assert!(height.add(DVec3::Z * 30.0));
        assert!(height.is_complete());
        assert!(!height.add(DVec3::X), "no third point fits");
        assert_eq!(height.points().len(), 2);
    }

    #[test]
    fn a_place_is_done_with_its_click() {
        let mut point = collecting(ToolKind::Sketch(SketchKind::Point));
        assert!(!point.is_complete());
        assert!(point.add(DVec3::X));
        assert!(point.is_complete());
        assert!(!point.add(DVec3::Y), "no second point fits");
        assert_eq!(point.points(), [DVec3::X]);
    }

    #[test]
    fn a_ring_closes_at_its_first_corner_and_may_not_cross_itself() {
        let mut ring = collecting(ToolKind::Sketch(SketchKind::Geofence));
        for corner in [[0.0, 0.0], [10.0, 10.0], [10.0, 0.0]] {
            assert!(!ring.add(DVec2::from_array(corner).extend(0.0)));
        }
        assert!(ring.is_complete());
        assert!(ring.add(DVec3::ZERO));
        assert_eq!(ring.points().len(), 3);
        ring.add(DVec3::new(0.0, 10.0, 0.0));
        assert!(!ring.is_complete(), "it crosses itself");
        ring.undo();
        assert!(ring.is_complete());
    }

    #[test]
    fn a_box_takes_two_corners_and_its_height_from_the_pointer() {
        let mut section = collecting(ToolKind::Sketch(SketchKind::SectionBox));
        section.add(DVec3::new(0.0, 0.0, 0.0));
        section.add(DVec3::new(20.0, 40.0, 0.0));
        assert!(section.wants_height());
        // Level, 30 m up, towards the second corner.
        let ray = WorldRay {
            origin: DVec3::new(20.0, -100.0, 30.0),
            dir: DVec3::Y,
        };
        let top = section.height_along(&ray).expect("a level ray");
        assert!(top.distance(DVec3::new(20.0, 40.0, 30.0)) < 1e-9);
        let down = WorldRay {
            origin: DVec3::Z,
            dir: -DVec3::Z,
        };
        assert_eq!(section.height_along(&down), None);
        assert!(section.add(top));
        let found = section.section().expect("three points");
        assert_eq!(found.centre, DVec3::new(10.0, 20.0, 15.0));
        assert_eq!(found.half, DVec3::new(10.0, 20.0, 15.0));
        assert_eq!(found.lower_corners()[2], DVec3::new(20.0, 40.0, 0.0));
    }

    #[test]
    fn clicks_beyond_the_limit_are_dropped() {
        let mut polygon = collecting(ToolKind::Sketch(SketchKind::ClipPolygon));
        for corner in 0..100 {
            let turn = f64::from(corner) * 0.06;
            polygon.add(DVec3::new(turn.cos() * 100.0, turn.sin() * 100.0, 0.0));
        }
        assert_eq!(polygon.points().len(), MAX_CUT_CORNERS);
        assert!(polygon.is_complete());
    }
}
