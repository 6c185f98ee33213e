//! Placements and transformations of a building model, as matrices.

use super::step::{Record, Step};

/// Placements are nested no deeper.
const MAX_DEPTH: u8 = 64;

/// Three axes and an origin; the axes may carry a scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) x: [f64; 3],
    pub(crate) y: [f64; 3],
    pub(crate) z: [f64; 3],
    pub(crate) origin: [f64; 3],
}

impl Frame {
    /// The frame that moves nothing.
    pub(crate) const WORLD: Self = Self {
        x: [1.0, 0.0, 0.0],
        y: [0.0, 1.0, 0.0],
        z: [0.0, 0.0, 1.0],
        origin: [0.0; 3],
    };

    /// A point of the frame in the one around it.
    pub(crate) fn point(&self, at: [f64; 3]) -> [f64; 3] {
        let turned = self.direction(at);
        sum(turned, self.origin)
    }

    /// A direction of the frame in the one around it.
    pub(crate) fn direction(&self, at: [f64; 3]) -> [f64; 3] {
        let [a, b, c] = at;
        sum(sum(scaled(self.x, a), scaled(self.y, b)), scaled(self.z, c))
    }

    /// `inner`, given in this frame, in the one around this one.
    pub(crate) fn with(&self, inner: &Self) -> Self {
        Self {
            x: self.direction(inner.x),
            y: self.direction(inner.y),
            z: self.direction(inner.z),
            origin: self.point(inner.origin),
        }
    }
}

/// The frame of an `IfcLocalPlacement` in the world, and whether everything on the way could be read.
pub(crate) fn placement(step: &Step, id: Option<u32>) -> Frame {
    let mut frame = Frame::WORLD;
    let mut next = id;
    for _ in 0..MAX_DEPTH {
        let Some(record) = next.and_then(|id| step.record(id)) else {
            break;
        };
        if let Some(axes) = record.reference(1) {
            frame = axis_placement(step, Some(axes)).with(&frame);
        }
        next = record.reference(0);
    }
    frame
}

/// The frame of an `IfcAxis2Placement3D` or `2D`; the world without one.
pub(crate) fn axis_placement(step: &Step, id: Option<u32>) -> Frame {
    let Some(record) = id.and_then(|id| step.record(id)) else {
        return Frame::WORLD;
    };
    let origin = vector(step, record.reference(0)).unwrap_or_default();
    if record.name == "IFCAXIS2PLACEMENT2D" {
        let x = vector(step, record.reference(1)).and_then(unit);
        let x = x.unwrap_or(Frame::WORLD.x);
        return Frame {
            x,
            y: [-x[1], x[0], 0.0],
            z: Frame::WORLD.z,
            origin,
        };
    }
    let z = vector(step, record.reference(1)).and_then(unit);
    frame_of(
        z.unwrap_or(Frame::WORLD.z),
        vector(step, record.reference(2)),
        origin,
    )
}

/// The frame of an `IfcCartesianTransformationOperator`.
pub(crate) fn operator(step: &Step, id: Option<u32>) -> Frame {
    let Some(record) = id.and_then(|id| step.record(id)) else {
        return Frame::WORLD;
    };
    let axis = |at: usize| vector(step, record.reference(at)).and_then(unit);
    let scale = record.number(3).unwrap_or(1.0);
    let is_3d = record.name.contains("3D");
    let origin = vector(step, record.reference(2)).unwrap_or_default();
    let z = if is_3d { axis(4) } else { None };
    let mut frame = frame_of(z.unwrap_or(Frame::WORLD.z), axis(0), origin);
    // A second axis against the others' hand mirrors.
    if let Some(y) = axis(1)
        && dot(y, frame.y) < 0.0
    {
        frame.y = scaled(frame.y, -1.0);
    }
    let (second, third) = if is_3d { (5, 6) } else { (4, 5) };
    frame.x = scaled(frame.x, scale);
    frame.y = scaled(frame.y, record.number(second).unwrap_or(scale));
    frame.z = scaled(frame.z, record.number(third).unwrap_or(scale));
    frame
}

/// Right-handed axes from the third one and about where the first one points.
fn frame_of(z: [f64; 3], about_x: Option<[f64; 3]>, origin: [f64; 3]) -> Frame {
    let across = |x: [f64; 3]| unit(sum(x, scaled(z, -dot(x, z))));
    let x = about_x
        .and_then(across)
        .or_else(|| across(Frame::WORLD.x))
        .or_else(|| across(Frame::WORLD.y))
        .unwrap_or(Frame::WORLD.x);
    Frame {
        x,
        y: cross(z, x),
        z,
        origin,
    }
}

/// An `IfcCartesianPoint` or `IfcDirection`; a missing third number is 0.
pub(crate) fn vector(step: &Step, id: Option<u32>) -> Option<[f64; 3]> {
    let record: Record<'_> = step.record(id?)?;
    let numbers = record.numbers(0);
    let mut vector = [0.0; 3];
    if numbers.len() < 2 {
        return None;
    }
    for (own, number) in vector.iter_mut().zip(numbers) {
        *own = number;
    }
    Some(vector)
}

pub(crate) fn sum(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

pub(crate) fn scaled(a: [f64; 3], by: f64) -> [f64; 3] {
    a.map(|part| part * by)
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

/// The direction with a length of 1; `None` for none.
fn unit(a: [f64; 3]) -> Option<[f64; 3]> {
    let length = dot(a, a).sqrt();
    (length > 1e-12).then(|| scaled(a, 1.0 / length))
}
