//! From where the points are seen: which pixel shows a place, how large a metre is there, and what lies outside.
//!
//! Places are metres east, north and up of the city's origin. Pixels are physical, y down, from the viewport's top left.
//! Depth is the distance along the direction of the look, metres.

use crate::points::Bounds;

/// Depths below this are beside or behind the eye, metres.
const NEAREST_DEPTH_M: f32 = 1e-3;
/// What lies flat is never taken for more squeezed than this: at the horizon all of a city would be one cluster.
const LEAST_LEAN: f32 = 0.2;

/// One look at the points. Plain numbers, so that whoever holds a camera can fill it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// Columns of the matrix to clip space (reversed depth: 1 near, 0 far) from a place **relative to the eye**.
    pub clip_from_enu: [[f32; 4]; 4],
    /// The eye, metres east, north and up.
    pub eye: [f32; 3],
    /// Width and height of the picture, physical px.
    pub size_px: [f32; 2],
    /// How many px one metre across covers at a depth of one metre.
    pub focal_px: f32,
    /// Physical px per CSS px.
    pub scale: f32,
}

impl Sight {
    /// A look with its matrix (columns, from a place relative to the eye), eye (m), size (px), px of one metre at one
    /// metre, and physical px per CSS px. A scale that is no size counts as 1.
    pub fn new(
        clip_from_enu: [[f32; 4]; 4],
        eye: [f32; 3],
        size_px: [f32; 2],
        focal_px: f32,
        scale: f32,
    ) -> Self {
        let has_scale = scale.is_finite() && scale > 0.0;
        Self {
            clip_from_enu,
            eye,
            size_px,
            focal_px,
            scale: if has_scale { scale } else { 1.0 },
        }
    }

    /// True when there is a picture at all and every number is one.
    pub fn is_usable(&self) -> bool {
        let is_finite = self
            .clip_from_enu
            .as_flattened()
            .iter()
            .all(|n| n.is_finite())
            && self.eye.iter().all(|n| n.is_finite())
            && self.size_px.iter().all(|n| n.is_finite());
        let has_size = self.size_px.iter().all(|side| *side >= 1.0);
        is_finite && has_size && self.focal_px.is_finite() && self.focal_px > 0.0
    }

    /// The pixel that shows a place, and its depth in metres; `None` beside or behind the eye and for what is no place.
    /// The pixel may lie outside the picture.
    pub fn project(&self, place: [f32; 3]) -> Option<([f32; 2], f32)> {
        let [x, y, z, w] = self.rows().map(|row| row.at(from_eye(place, self.eye)));
        // Asked this way round, a NaN is turned away as well.
        let is_ahead = w > NEAREST_DEPTH_M && z <= w && (x + y).is_finite();
        if !is_ahead {
            return None;
        }
        let [width, height] = self.size_px;
        let px = [(x / w + 1.0) * 0.5 * width, (1.0 - y / w) * 0.5 * height];
        Some((px, w))
    }

    /// How many px something of that many metres covers at a depth (m), seen squarely; infinite at the eye and behind it.
    pub fn px_of(&self, metres: f32, depth_m: f32) -> f32 {
        if depth_m > NEAREST_DEPTH_M {
            metres * self.focal_px / depth_m
        } else {
            f32::INFINITY
        }
    }

    /// By how much what lies flat in a box is squeezed in the picture's height: 1 from straight above, less towards the
    /// horizon, never less than a fifth. A move to the side changes nothing.
    pub fn foreshortening(&self, bounds: &Bounds) -> f32 {
        let [_, _, _, depth] = self.rows();
        let (middle, _) = middle_and_half(bounds, self.eye);
        let away = depth.at(middle);
        // Asked this way round, what is behind the eye is seen from above.
        if away > NEAREST_DEPTH_M {
            (middle[2].abs() / away).clamp(LEAST_LEAN, 1.0)
        } else {
            1.0
        }
    }

    /// How many px the largest side of a box covers at its nearest point; infinite when the box reaches the eye.
    pub fn px_of_bounds(&self, bounds: &Bounds) -> f32 {
        let [_, _, _, depth] = self.rows();
        let (middle, half) = middle_and_half(bounds, self.eye);
        let side_m = half.into_iter().fold(0.0, f32::max) * 2.0;
        self.px_of(side_m, depth.at(middle) - depth.reach(half))
    }

    /// What the picture shows, widened by a margin in px on every side; `None` when there is no picture.
    pub fn frustum(&self, margin_px: f32) -> Option<Frustum> {
        let [width, height] = self.size_px;
        self.frustum_through(
            [-margin_px, -margin_px],
            [width + margin_px, height + margin_px],
        )
    }

    /// What is seen through a rectangle of pixels; `None` when there is no picture or the rectangle has no inside.
    pub fn frustum_through(&self, min_px: [f32; 2], max_px: [f32; 2]) -> Option<Frustum> {
        let ([left, top], [right, bottom]) = (min_px, max_px);
        let is_finite = [left, top, right, bottom].iter().all(|n| n.is_finite());
        if !self.is_usable() || !is_finite || left >= right || top >= bottom {
            return None;
        }
        let [width, height] = self.size_px;
        let [x, y, z, w] = self.rows();
        let across = |px: f32| px / width * 2.0 - 1.0;
        let above = |px: f32| 1.0 - px / height * 2.0;
        Some(Frustum {
            planes: [
                x.plus(w, -across(left)),
                w.times(across(right)).plus(x, -1.0),
                w.times(above(top)).plus(y, -1.0),
                y.plus(w, -above(bottom)),
                w.plus(z, -1.0),
            ],
            depth: w,
            eye: self.eye,
        })
    }

    /// The matrix by rows: what makes x, y, z and w.
    fn rows(&self) -> [Row; 4] {
        let [
            [xe, ye, ze, we],
            [xn, yn, zn, wn],
            [xu, yu, zu, wu],
            [xo, yo, zo, wo],
        ] = self.clip_from_enu;
        [
            Row::new([xe, xn, xu], xo),
            Row::new([ye, yn, yu], yo),
            Row::new([ze, zn, zu], zo),
            Row::new([we, wn, wu], wo),
        ]
    }
}

/// The part of the city that is seen through a rectangle of the picture. Places beyond the far plane count as seen.
#[derive(Clone, Copy, Debug)]
pub struct Frustum {
    /// Left, right, top, bottom, near: positive inside.
    planes: [Row; 5],
    depth: Row,
    eye: [f32; 3],
}

impl Frustum {
    /// True when a place lies inside; false for what is no place.
    pub fn holds(&self, place: [f32; 3]) -> bool {
        let seen = from_eye(place, self.eye);
        self.planes.iter().all(|plane| plane.at(seen) >= 0.0)
    }

    /// How a box lies. [`Side::Outside`] and [`Side::Inside`] are certain; a box that only seems to touch crosses.
    pub fn side_of(&self, bounds: &Bounds) -> Side {
        let (middle, half) = middle_and_half(bounds, self.eye);
        let mut side = Side::Inside;
        for plane in &self.planes {
            let (at, reach) = (plane.at(middle), plane.reach(half));
            // Asked this way round, a box that is none (NaN, infinite) lies outside.
            let touches = at + reach >= 0.0;
            if !touches {
                return Side::Outside;
            }
            if at < reach {
                side = Side::Crosses;
            }
        }
        side
    }

    /// The depths of a box's nearest and farthest point, metres; negative behind the eye.
    pub fn depths_of(&self, bounds: &Bounds) -> (f32, f32) {
        let (middle, half) = middle_and_half(bounds, self.eye);
        let (at, reach) = (self.depth.at(middle), self.depth.reach(half));
        (at - reach, at + reach)
    }
}

/// How a box lies to something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// No part of it is inside.
    Outside,
    /// Perhaps a part of it is inside.
    Crosses,
    /// All of it is inside.
    Inside,
}

/// One row of the matrix, or a plane: a value that grows along a direction.
#[derive(Clone, Copy, Debug)]
struct Row {
    along: [f32; 3],
    at_eye: f32,
}

impl Row {
    fn new(along: [f32; 3], at_eye: f32) -> Self {
        Self { along, at_eye }
    }

    fn at(&self, from_eye: [f32; 3]) -> f32 {
        let ([a, b, c], [east, north, up]) = (self.along, from_eye);
        a * east + b * north + c * up + self.at_eye
    }

    /// By how much the value differs at most between a box's middle and its corners.
    fn reach(&self, half: [f32; 3]) -> f32 {
        let ([a, b, c], [east, north, up]) = (self.along, half);
        a.abs() * east + b.abs() * north + c.abs() * up
    }

    fn times(self, factor: f32) -> Self {
        let [a, b, c] = self.along;
        Self::new([a * factor, b * factor, c * factor], self.at_eye * factor)
    }

    fn plus(self, other: Self, factor: f32) -> Self {
        let other = other.times(factor);
        let ([a, b, c], [d, e, f]) = (self.along, other.along);
        Self::new([a + d, b + e, c + f], self.at_eye + other.at_eye)
    }
}

/// A place relative to the eye; subtracted first, because large coordinates leave `f32` no room for anything else.
fn from_eye(place: [f32; 3], eye: [f32; 3]) -> [f32; 3] {
    let ([a, b, c], [d, e, f]) = (place, eye);
    [a - d, b - e, c - f]
}

/// The middle of a box relative to the eye, and half its sides.
fn middle_and_half(bounds: &Bounds, eye: [f32; 3]) -> ([f32; 3], [f32; 3]) {
    let (low, high) = (from_eye(bounds.min, eye), from_eye(bounds.max, eye));
    let ([a, b, c], [d, e, f]) = (low, high);
    (
        [(a + d) * 0.5, (b + e) * 0.5, (c + f) * 0.5],
        [(d - a) * 0.5, (e - b) * 0.5, (f - c) * 0.5],
    )
}
