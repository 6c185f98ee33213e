//! The records of a point: its state, its place or its leg, as the GPU reads them, and what a caller hands in.

use super::{age::Why, mark::EventMark};
use bytemuck::{Pod, Zeroable};
use cim_model::{Freshness, SensorKind, Severity};
use std::f32::consts::TAU;

/// Shape code of a camera. Codes 0 to 8 are sensors in the order of [`SensorKind::ALL`].
pub const SHAPE_CAMERA: u8 = 16;
/// Shape code of an event.
pub const SHAPE_EVENT: u8 = 17;
/// Shape code of a vehicle; it has a heading.
pub const SHAPE_VEHICLE: u8 = 18;
/// Shape code of a person in the field; it has a heading.
pub const SHAPE_PERSON: u8 = 19;
/// Shape code of a plain dot.
pub const SHAPE_DOT: u8 = 20;
/// Shape code of a pipe or another asset of a network.
pub const SHAPE_ASSET: u8 = 21;
/// Shape code of a row that holds nothing; never shown.
pub const SHAPE_NONE: u8 = 255;

/// Lowest bit of the class in [`PointState::packed`] (3 bits: 0 normal, 1 low, 2 medium, 3 high, 4 critical, 5 not real).
pub const CLASS_SHIFT: u32 = 8;
/// The class of what is not real (an exercise, a test, a draft): it has none of the severities.
pub const CLASS_UNREAL: u8 = 5;
/// Lowest bit of the freshness (2 bits: 0 fresh, 1 late, 2 missing).
pub const FRESH_SHIFT: u32 = 11;
/// Lowest bit of the reason why it aged (2 bits, see [`Why`]).
pub const WHY_SHIFT: u32 = 13;
/// Set when there is something to show.
pub const SHOWN: u32 = 1 << 15;
/// Lowest bit of the tint (8 bits: index into the layer's palette, 0 = coloured by class).
pub const TINT_SHIFT: u32 = 16;
/// Lowest bit of the heading (8 bits: 256 steps clockwise from north); of an event, of its [`EventMark`].
pub const HEADING_SHIFT: u32 = 24;

/// The state of a point as the GPU reads it, 8 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct PointState {
    /// `shape (8 bits) | class << 8 | freshness << 11 | why << 13 | shown << 15 | tint << 16 | heading << 24`.
    pub packed: u32,
    /// The value that colours or labels it, in the layer's unit; NaN when there is none.
    pub value: f32,
}

impl Default for PointState {
    /// A row that holds nothing.
    fn default() -> Self {
        Self {
            packed: u32::from(SHAPE_NONE),
            value: f32::NAN,
        }
    }
}

// By bits: a missing value (NaN) equals a missing value.
impl PartialEq for PointState {
    fn eq(&self, other: &Self) -> bool {
        (self.packed ^ other.packed) | (self.value.to_bits() ^ other.value.to_bits()) == 0
    }
}

impl Eq for PointState {}

impl PointState {
    /// Shown, fresh, without a value, coloured by `class` (0 normal to 4 critical, 5 not real; what is above counts as 5).
    pub fn new(shape: u8, class: u8) -> Self {
        Self {
            packed: u32::from(shape) | SHOWN,
            value: f32::NAN,
        }
        .with_class(class)
    }

    /// Its shape code, one of the `SHAPE_` constants or a sensor's.
    pub fn shape(self) -> u8 {
        self.packed as u8
    }

    /// Its class: 0 normal, 1 low, 2 medium, 3 high, 4 critical, 5 not real.
    pub fn class(self) -> u8 {
        (((self.packed >> CLASS_SHIFT) & 7) as u8).min(CLASS_UNREAL)
    }

    /// How fresh it is.
    pub fn freshness(self) -> Freshness {
        match (self.packed >> FRESH_SHIFT) & 3 {
            0 => Freshness::Fresh,
            1 => Freshness::Late,
            _ => Freshness::Missing,
        }
    }

    /// Why it is not fresh.
    pub fn why(self) -> Why {
        match (self.packed >> WHY_SHIFT) & 3 {
            0 => Why::NotAged,
            1 => Why::SourceLate,
            2 => Why::DeviceSilent,
            _ => Why::HubGone,
        }
    }

    /// True when there is something to show. Filters and missing places are the set's: see
    /// [`PointSet::is_visible`](super::PointSet::is_visible).
    pub fn is_shown(self) -> bool {
        self.packed & SHOWN != 0 && self.shape() != SHAPE_NONE
    }

    /// Its colour in the layer's palette; 0 when it is coloured by class.
    pub fn tint(self) -> u8 {
        (self.packed >> TINT_SHIFT) as u8
    }

    /// Where it heads, in 256 steps clockwise from north; 0 for shapes that have no heading. Of an event, the number of its mark.
    pub fn heading(self) -> u8 {
        (self.packed >> HEADING_SHIFT) as u8
    }

    /// The same with another shape.
    #[must_use]
    pub fn with_shape(self, shape: u8) -> Self {
        self.with_bits(0, 0xff, u32::from(shape))
    }

    /// The same with another class; above 5 counts as 5 (not real).
    #[must_use]
    pub fn with_class(self, class: u8) -> Self {
        self.with_bits(CLASS_SHIFT, 7, u32::from(class.min(CLASS_UNREAL)))
    }

    /// The same with another freshness.
    #[must_use]
    pub fn with_freshness(self, freshness: Freshness) -> Self {
        self.with_bits(FRESH_SHIFT, 3, fresh_bits(freshness))
    }

    /// The same with another reason for its age.
    #[must_use]
    pub fn with_why(self, why: Why) -> Self {
        self.with_bits(WHY_SHIFT, 3, why as u32)
    }

    /// The same with another colour of the layer's palette; 0 colours it by class.
    #[must_use]
    pub fn with_tint(self, tint: u8) -> Self {
        self.with_bits(TINT_SHIFT, 0xff, u32::from(tint))
    }

    /// The same with another heading, in 256 steps clockwise from north (see [`heading_of`]).
    #[must_use]
    pub fn with_heading(self, heading: u8) -> Self {
        self.with_bits(HEADING_SHIFT, 0xff, u32::from(heading))
    }

    /// The same with the picture of another kind of event. Only for events, which head nowhere.
    #[must_use]
    pub fn with_mark(self, mark: EventMark) -> Self {
        self.with_bits(HEADING_SHIFT, 0xff, mark as u32)
    }

    /// The same with another value, in the layer's unit.
    #[must_use]
    pub fn with_value(self, value: f32) -> Self {
        Self { value, ..self }
    }

    /// The same, shown or not.
    #[must_use]
    pub fn with_shown(self, shown: bool) -> Self {
        self.with_bits(15, 1, u32::from(shown))
    }

    fn with_bits(self, shift: u32, mask: u32, bits: u32) -> Self {
        Self {
            packed: (self.packed & !(mask << shift)) | (bits << shift),
            ..self
        }
    }
}

/// The bits of a freshness.
pub(super) fn fresh_bits(freshness: Freshness) -> u32 {
    match freshness {
        Freshness::Fresh => 0,
        Freshness::Late => 1,
        Freshness::Missing => 2,
    }
}

/// The class of a severity: 0 normal to 4 critical.
pub fn class_of(severity: Severity) -> u8 {
    match severity {
        Severity::Normal => 0,
        Severity::Low => 1,
        Severity::Medium => 2,
        Severity::High => 3,
        Severity::Critical => 4,
    }
}

/// The shape code of a sensor: its place in [`SensorKind::ALL`].
pub fn sensor_shape(kind: SensorKind) -> u8 {
    SensorKind::ALL
        .iter()
        .position(|other| *other == kind)
        .map_or(SHAPE_DOT, |place| place as u8)
}

/// An azimuth (clockwise from north, radians) in 256 steps; 0 for what is not finite.
pub fn heading_of(azimuth_rad: f32) -> u8 {
    if !azimuth_rad.is_finite() {
        return 0;
    }
    let turns = azimuth_rad.rem_euclid(TAU) / TAU;
    ((turns * 256.0).round() as u32 & 0xff) as u8
}

/// Where a point of a standing set is, as the GPU reads it, 16 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct Place {
    /// East, north and up of the city's origin, metres; NaN when it is not known.
    pub at: [f32; 3],
    /// When it was seen last as of the last full upload, seconds since the set's epoch; NaN for never. Single reports do not
    /// rewrite it: how it has aged since is in its state.
    pub since: f32,
}

/// The leg that a point of a moving set is on, as the GPU reads it, 32 bytes: at `t0` at `from`, at `t1` at `to`, before and
/// after it stays. Seconds since the set's epoch; metres east, north and up of the city's origin.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct Motion {
    /// Where the leg begins.
    pub from: [f32; 3],
    /// When it begins.
    pub t0: f32,
    /// Where it ends: always a reported place.
    pub to: [f32; 3],
    /// When it ends.
    pub t1: f32,
}

impl Motion {
    /// A leg that stays at `place` from `t` on.
    pub fn still(place: [f32; 3], t: f32) -> Self {
        Self {
            from: place,
            t0: t,
            to: place,
            t1: t,
        }
    }

    /// Where it is at `now`, seconds since the set's epoch. Never beyond `to`: nobody sees a place that was not reported.
    pub fn at(&self, now: f32) -> [f32; 3] {
        if now >= self.t1 {
            return self.to;
        }
        // Written so that a NaN stays at the beginning.
        if now > self.t0 {
            let part = (now - self.t0) / (self.t1 - self.t0);
            let [e0, n0, u0] = self.from;
            let [e1, n1, u1] = self.to;
            return [
                e0 + (e1 - e0) * part,
                n0 + (n1 - n0) * part,
                u0 + (u1 - u0) * part,
            ];
        }
        self.from
    }
}

/// One report of one row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PointChange {
    /// The caller's number of the thing.
    pub row: u32,
    /// Its state now.
    pub state: PointState,
    /// When it was seen, seconds since the set's epoch; NaN for never.
    pub seen: f32,
    /// How often it promises to report, seconds; infinite for what never ages.
    pub period: f32,
}

/// All rows of a set. The number of places is the number of rows; where another column is shorter, the row holds nothing
/// or was never seen. What has no age is seen at some moment and has an infinite period.
#[derive(Clone, Debug, Default)]
pub struct PointRows {
    /// East, north and up of the city's origin, metres; NaN for a row whose place is not known.
    pub places: Vec<[f32; 3]>,
    /// States.
    pub states: Vec<PointState>,
    /// When each was seen last, seconds since the set's epoch; NaN for never.
    pub seen: Vec<f32>,
    /// How often each promises to report, seconds; infinite for what never ages.
    pub period: Vec<f32>,
}

/// True for shapes whose heading follows their movement.
#[inline]
pub(super) fn has_heading(shape: u8) -> bool {
    matches!(shape, SHAPE_VEHICLE | SHAPE_PERSON)
}

/// True when all three numbers are finite.
pub(super) fn is_placed(place: [f32; 3]) -> bool {
    place.iter().all(|metres| metres.is_finite())
}
