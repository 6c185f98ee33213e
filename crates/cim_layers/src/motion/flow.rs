//! Flows in pipes and on roads: polylines as segments along which arrows move.
//!
//! A segment is an instance that the GPU reads as it is. The arrows' phase is `(along_m + metres from a − speed ·
//! seconds) mod spacing`: arrows run on from segment to segment, with the sign of the speed. Nothing is written while
//! they run, only when a line's speed or state changes.

use super::bits::Bits;
use super::{dot, is_near_enough, squared_distance, way};
use crate::points::PointState;
use bytemuck::{Pod, Zeroable};
use cim_model::Freshness;
use std::ops::Range;

/// More segments than this are refused: 96 MiB.
pub const MAX_FLOW_SEGMENTS: usize = 1 << 21;
/// Arrows run at most this fast, metres per second: faster ones would only flicker.
pub const FASTEST_ARROW_MPS: f32 = 100.0;
/// Points of a line nearer than this to the straight way past them are left out, metres.
pub const FLOW_TOLERANCE_M: f32 = 0.25;

/// So many points in a row are looked at for one straight way: bounds the work for a line of a million.
const MOST_LEFT_OUT: usize = 32;
/// Points nearer than this to each other are one, metres.
const ONE_PLACE_M: f32 = 0.001;

/// A straight piece of a flow as the GPU reads it, 48 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct FlowSegment {
    /// Where it begins: metres east, north and up of the city's origin.
    pub a: [f32; 3],
    /// Where it ends.
    pub b: [f32; 3],
    /// From the line's beginning to `a`, metres.
    pub along_m: f32,
    /// From `a` to `b`, metres.
    pub length_m: f32,
    /// Metres per second, positive from `a` to `b`; 0 where it stands or nobody knows.
    pub speed: f32,
    /// How wide it is, metres.
    pub width_m: f32,
    /// As [`PointState::packed`].
    pub packed: u32,
    /// The value that colours it, in the layer's unit; NaN when there is none.
    pub value: f32,
}

/// A pipe or a road, and what flows in it.
#[derive(Clone, Copy, Debug)]
pub struct FlowLine<'a> {
    /// Where it runs: metres east, north and up of the city's origin.
    pub places: &'a [[f32; 3]],
    /// How wide it is, metres.
    pub width_m: f32,
    /// Metres per second along the places, negative against them; NaN when nobody knows.
    pub speed: f32,
    /// Its state and value.
    pub state: PointState,
}

/// What is wrong with a line, which therefore has no segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlowProblem {
    /// A point that is no number or lies outside of every city.
    #[error("line {line}: point {point} is not a place of this city")]
    NoPlace {
        /// The line's number.
        line: u32,
        /// The point's number.
        point: usize,
    },
    /// Fewer than two different places.
    #[error("line {line} has no length")]
    NoLength {
        /// The line's number.
        line: u32,
    },
    /// A width that is no positive number of metres.
    #[error("line {line}: its width is no positive number of metres")]
    NoWidth {
        /// The line's number.
        line: u32,
    },
    /// There are [`MAX_FLOW_SEGMENTS`] already.
    #[error("line {line} is left out: a layer has at most {MAX_FLOW_SEGMENTS} segments")]
    TooMany {
        /// The line's number.
        line: u32,
    },
}

/// The flows of a layer. A change of a line allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    segments: Vec<FlowSegment>,
    /// The first segment of each line; one more than there are lines.
    starts: Vec<u32>,
    changed: Bits,
    moving: u32,
    revision: u64,
}

impl Flow {
    /// Takes all lines anew; a line's number is its place. Those with a fault have no segments, and are named.
    pub fn replace<'a>(
        &mut self,
        lines: impl IntoIterator<Item = FlowLine<'a>>,
    ) -> Vec<FlowProblem> {
        self.segments.clear();
        self.starts.clear();
        self.starts.push(0);
        self.moving = 0;
        let mut problems = Vec::new();
        let mut kept = Vec::new();
        for (number, line) in lines.into_iter().enumerate() {
            if let Err(problem) = self.add(number as u32, &line, &mut kept) {
                problems.push(problem);
            }
            self.starts.push(self.segments.len() as u32);
        }
        self.changed = Bits::new(self.segments.len() as u32);
        self.mark_all();
        self.revision += 1;
        problems
    }

    /// Every segment counts as changed.
    fn mark_all(&mut self) {
        for segment in 0..self.segments.len() as u32 {
            self.changed.mark(segment);
        }
    }

    /// What flows in a line now: metres per second (NaN when nobody knows) and its state. False when that is nothing
    /// new, or there is no such line.
    pub fn change(&mut self, line: u32, speed: f32, state: PointState) -> bool {
        let range = self.segments_of(line);
        let (speed, state) = shown(speed, state);
        let Some(segments) = self
            .segments
            .get_mut(range.start as usize..range.end as usize)
        else {
            return false;
        };
        let Some(first) = segments.first() else {
            return false;
        };
        let was = PointState {
            packed: first.packed,
            value: first.value,
        };
        if first.speed.to_bits() == speed.to_bits() && was == state {
            return false;
        }
        self.moving -= u32::from(is_moving(first.speed));
        self.moving += u32::from(is_moving(speed));
        for segment in segments {
            segment.speed = speed;
            segment.packed = state.packed;
            segment.value = state.value;
        }
        for segment in range {
            self.changed.mark(segment);
        }
        self.revision += 1;
        true
    }

    /// All segments, line after line.
    pub fn segments(&self) -> &[FlowSegment] {
        &self.segments
    }

    /// How many lines there are, with and without segments.
    pub fn lines(&self) -> u32 {
        (self.starts.len() as u32).saturating_sub(1)
    }

    /// Which segments are a line's; none for one that there is not.
    pub fn segments_of(&self, line: u32) -> Range<u32> {
        let line = line as usize;
        match (self.starts.get(line), self.starts.get(line + 1)) {
            (Some(from), Some(to)) => *from..*to,
            _ => 0..0,
        }
    }

    /// How many lines flow: while it is not zero, a picture in motion is due.
    pub fn moving(&self) -> u32 {
        self.moving
    }

    /// Grows with every change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Writes the segments that changed since the last time into `ranges` (replaced, ascending) and forgets them.
    pub fn take_changes(&mut self, ranges: &mut Vec<Range<u32>>) {
        // Two segments more are less than what another write costs.
        self.changed.take_ranges(2, ranges);
    }

    /// Adds a line's segments. `kept` is a buffer.
    fn add(
        &mut self,
        number: u32,
        line: &FlowLine<'_>,
        kept: &mut Vec<[f32; 3]>,
    ) -> Result<(), FlowProblem> {
        if let Some(point) = line.places.iter().position(|place| !is_near_enough(place)) {
            return Err(FlowProblem::NoPlace {
                line: number,
                point,
            });
        }
        if !line.width_m.is_finite() || line.width_m <= 0.0 {
            return Err(FlowProblem::NoWidth { line: number });
        }
        straighten(line.places, FLOW_TOLERANCE_M, kept);
        if kept.len() < 2 {
            return Err(FlowProblem::NoLength { line: number });
        }
        if self.segments.len() + kept.len() - 1 > MAX_FLOW_SEGMENTS {
            return Err(FlowProblem::TooMany { line: number });
        }
        let (speed, state) = shown(line.speed, line.state);
        self.moving += u32::from(is_moving(speed));
        let mut along_m = 0.0;
        for (a, b) in kept.iter().zip(kept.iter().skip(1)) {
            let length_m = squared_distance(*a, *b).sqrt();
            self.segments.push(FlowSegment {
                a: *a,
                b: *b,
                along_m,
                length_m,
                speed,
                width_m: line.width_m,
                packed: state.packed,
                value: state.value,
            });
            along_m += length_m;
        }
        Ok(())
    }
}

/// How far apart arrows are, metres, so that they are at least `least_px` pixels apart where a pixel is `metres_per_px`
/// wide. A power of two from 4 m to 4 096 m: as one comes nearer, new arrows appear between the old ones and none
/// jumps.
pub fn arrow_spacing_m(metres_per_px: f32, least_px: f32) -> f32 {
    let wanted = metres_per_px * least_px;
    let mut spacing_m = 4.0;
    while spacing_m < wanted && spacing_m < 4096.0 {
        spacing_m *= 2.0;
    }
    spacing_m
}

/// The places of a line without those that lie on the straight way past them (within `tolerance_m`), and without
/// repeated ones. Ends stay. `kept` is replaced.
pub fn straighten(places: &[[f32; 3]], tolerance_m: f32, kept: &mut Vec<[f32; 3]>) {
    kept.clear();
    let Some(first) = places.first() else {
        return;
    };
    kept.push(*first);
    let mut anchor = 0;
    while anchor + 1 < places.len() {
        let mut end = anchor + 1;
        while end + 1 < places.len()
            && end - anchor < MOST_LEFT_OUT
            && is_straight(places.get(anchor..end + 2).unwrap_or_default(), tolerance_m)
        {
            end += 1;
        }
        if let (Some(last), Some(place)) = (kept.last(), places.get(end))
            && squared_distance(*last, *place) > ONE_PLACE_M * ONE_PLACE_M
        {
            kept.push(*place);
        }
        anchor = end;
    }
}

/// True when every place is within `tolerance_m` of the straight way from the first to the last, and they do not turn
/// back.
fn is_straight(places: &[[f32; 3]], tolerance_m: f32) -> bool {
    let (Some(first), Some(last)) = (places.first(), places.last()) else {
        return false;
    };
    let along = way(*first, *last);
    let length_m2 = dot(along, along);
    let mut reached = 0.0;
    places.iter().all(|place| {
        let to = way(*first, *place);
        let part = dot(to, along);
        let is_ahead = part >= reached && part <= length_m2;
        reached = part;
        let share = if length_m2 > 0.0 {
            part / length_m2
        } else {
            0.0
        };
        // Not as a difference of squares, which loses the centimetres of a long line.
        let on = along.map(|metres| metres * share);
        is_ahead && squared_distance(on, to) <= tolerance_m * tolerance_m
    })
}

/// Speed and state as they are drawn: what nobody knows stands still and is missing.
fn shown(speed: f32, state: PointState) -> (f32, PointState) {
    if speed.is_nan() {
        (0.0, state.with_freshness(Freshness::Missing))
    } else {
        (speed.clamp(-FASTEST_ARROW_MPS, FASTEST_ARROW_MPS), state)
    }
}

/// True when arrows at this speed move.
fn is_moving(speed: f32) -> bool {
    speed.abs() > 0.0
}

#[cfg(test)]
mod tests;
