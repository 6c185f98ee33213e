//! Values as columns that stand on the ground and as rings that fill, with marks at their limits.
//!
//! A column's height says its value: the scale's `from` is the ground, its `to` is [`ColumnScale::height_m`]. What is
//! above is drawn as high as the scale goes, and its `share` above 1 tells the shader to draw it cut. A ring says a
//! share of a whole, as of a car park's places. A mark is a bar of its own: a thin, wider disc around a column at the
//! limit's height, or a thin ring outside of the ring that ends at the limit's share; both in the limit's class.

use super::bits::Bits;
use super::{FURTHEST_M, is_near_enough};
use crate::points::PointState;
use bytemuck::{Pod, Zeroable};
use std::ops::Range;

/// No column is drawn lower than this, pixels: a value of zero is not the same as no column.
pub const LEAST_COLUMN_PX: f32 = 2.0;
/// A scale has at most so many limits.
pub const MAX_BAR_LIMITS: usize = 4;
/// More bars than this are refused: 32 MiB, and with four marks each 160 MiB.
pub const MAX_BARS: usize = 1 << 20;

/// How thick a mark is as a part of a column's radius, or of a ring's band.
const MARK_PART: f32 = 0.25;
/// How much farther out than its bar a mark goes.
const MARK_REACH: f32 = 1.2;

/// A column or a ring as the GPU reads it, 32 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct Bar {
    /// The middle of its foot: metres east, north and up of the city's origin.
    pub at: [f32; 3],
    /// A column's height, or the width of a ring's band, metres.
    pub height_m: f32,
    /// Its outer radius, metres.
    pub radius_m: f32,
    /// As [`PointState::packed`].
    pub packed: u32,
    /// How much of a ring is filled, 0 to 1; how much of its scale a column takes, above 1 when it is cut. NaN without
    /// a value.
    pub share: f32,
    /// The value that colours it, in the layer's unit; NaN when there is none.
    pub value: f32,
}

/// How values become columns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColumnScale {
    /// The value at the ground, in the layer's unit.
    pub from: f32,
    /// The value at the greatest height, in the layer's unit.
    pub to: f32,
    /// The greatest height, metres.
    pub height_m: f32,
    /// A column's radius, metres.
    pub radius_m: f32,
}

/// How values become rings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RingScale {
    /// The value of a full ring, in the layer's unit: the whole.
    pub whole: f32,
    /// A ring's outer radius, metres.
    pub radius_m: f32,
    /// The width of its band, metres.
    pub band_m: f32,
}

/// How values become bars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BarScale {
    /// Columns.
    Columns(ColumnScale),
    /// Rings.
    Rings(RingScale),
}

/// A limit that is marked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BarLimit {
    /// At which value, in the layer's unit.
    pub value: f32,
    /// Which class begins there: 1 low, 2 medium, 3 high, 4 critical.
    pub class: u8,
}

/// A thing with a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BarRow {
    /// Where its bar stands: metres east, north and up of the city's origin.
    pub at: [f32; 3],
    /// Its state and value.
    pub state: PointState,
}

/// Why there can be no such bars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BarError {
    /// The scale goes nowhere.
    #[error("the scale has no range of values")]
    NoRange,
    /// A height, radius or width that is no positive number of metres.
    #[error("the height, radius or width of the bars is no positive number of metres")]
    NoSize,
    /// Too many limits, or one that is no number.
    #[error("the limits are more than {MAX_BAR_LIMITS}, or one of them is no number")]
    Limits,
    /// Too many bars.
    #[error("{rows} bars are more than the {MAX_BARS} that one layer may have")]
    TooMany {
        /// How many were asked for.
        rows: usize,
    },
}

/// The bars of a layer. A change allocates nothing.
#[derive(Clone, Debug)]
pub struct Bars {
    scale: BarScale,
    limits: Vec<BarLimit>,
    /// Limits of single rows, by row.
    own_limits: Vec<(u32, BarLimit)>,
    all: Vec<Bar>,
    marks: Vec<Bar>,
    /// The first mark of each row, and how many there are.
    mark_starts: Vec<u32>,
    changed: Bits,
    are_marks_new: bool,
    revision: u64,
}

impl Bars {
    /// No bars yet, on this scale and with these limits marked.
    pub fn new(scale: BarScale, limits: &[BarLimit]) -> Result<Self, BarError> {
        let (from, to) = scale.range();
        let span = to - from;
        if !span.is_finite() || span.abs() <= 0.0 {
            return Err(BarError::NoRange);
        }
        let is_size = |metres: f32| metres > 0.0 && metres <= FURTHEST_M;
        if !scale.sizes().into_iter().all(is_size) {
            return Err(BarError::NoSize);
        }
        if limits.len() > MAX_BAR_LIMITS || limits.iter().any(|limit| !limit.value.is_finite()) {
            return Err(BarError::Limits);
        }
        Ok(Self {
            scale,
            limits: limits.to_vec(),
            own_limits: Vec::new(),
            all: Vec::new(),
            marks: Vec::new(),
            mark_starts: Vec::new(),
            changed: Bits::default(),
            are_marks_new: false,
            revision: 0,
        })
    }

    /// The same with limits that only single rows have, beside those of all; of each row at most [`MAX_BAR_LIMITS`] count.
    /// Those that are no number are left out. Takes effect with the next [`Bars::replace`].
    #[must_use]
    pub fn with_own_limits(mut self, own: &[(u32, BarLimit)]) -> Self {
        self.own_limits = own.to_vec();
        self.own_limits.retain(|(_, limit)| limit.value.is_finite());
        self.own_limits.sort_by_key(|(row, _)| *row);
        self
    }

    /// The limits of one row.
    fn own_limits_of(&self, row: u32) -> impl Iterator<Item = &BarLimit> {
        let first = self.own_limits.partition_point(|(known, _)| *known < row);
        let own = self.own_limits.get(first..).unwrap_or_default().iter();
        own.take_while(move |(known, _)| *known == row)
            .take(MAX_BAR_LIMITS)
            .map(|(_, limit)| limit)
    }

    /// Takes all rows anew; a bar's number is its row's. One whose place is not in this city is not shown and has no
    /// marks.
    pub fn replace(&mut self, rows: &[BarRow]) -> Result<(), BarError> {
        if rows.len() > MAX_BARS {
            return Err(BarError::TooMany { rows: rows.len() });
        }
        self.all.clear();
        let mut marks = std::mem::take(&mut self.marks);
        marks.clear();
        let mut starts = std::mem::take(&mut self.mark_starts);
        starts.clear();
        starts.push(0);
        for (row, number) in rows.iter().zip(0..) {
            let is_placed = is_near_enough(&row.at);
            let place = if is_placed { row.at } else { [0.0; 3] };
            let state = if is_placed {
                row.state
            } else {
                PointState::default()
            };
            self.all.push(self.scale.bar(place, state));
            if is_placed {
                let limits = self.limits.iter().chain(self.own_limits_of(number));
                let own = limits.filter_map(|limit| self.scale.mark(place, *limit));
                marks.extend(own.map(|mark| seen_with(mark, state)));
            }
            starts.push(marks.len() as u32);
        }
        self.marks = marks;
        self.mark_starts = starts;
        self.changed = Bits::new(rows.len() as u32);
        self.mark_all();
        self.revision += 1;
        Ok(())
    }

    /// Every bar and mark counts as changed.
    fn mark_all(&mut self) {
        for bar in 0..self.all.len() as u32 {
            self.changed.mark(bar);
        }
        self.are_marks_new = true;
    }

    /// A thing's state and value now. False when that is nothing new, or there is no such row or it has no place.
    pub fn change(&mut self, row: u32, state: PointState) -> bool {
        let Some(bar) = self.all.get_mut(row as usize) else {
            return false;
        };
        let was = PointState {
            packed: bar.packed,
            value: bar.value,
        };
        if was == state || bar.packed == PointState::default().packed {
            return false;
        }
        *bar = self.scale.bar(bar.at, state);
        self.changed.mark(row);
        if was.is_shown() != state.is_shown() {
            self.show_marks(row, state);
        }
        self.revision += 1;
        true
    }

    /// Shows or hides the marks of a row with its bar.
    fn show_marks(&mut self, row: u32, state: PointState) {
        let at = row as usize;
        let own = match (self.mark_starts.get(at), self.mark_starts.get(at + 1)) {
            (Some(from), Some(to)) => self.marks.get_mut(*from as usize..*to as usize),
            _ => None,
        };
        for mark in own.into_iter().flatten() {
            *mark = seen_with(*mark, state);
            self.are_marks_new = true;
        }
    }

    /// The scale.
    pub fn scale(&self) -> BarScale {
        self.scale
    }

    /// A bar for each row.
    pub fn bars(&self) -> &[Bar] {
        &self.all
    }

    /// The marks at limits: bars as well, drawn the same way.
    pub fn marks(&self) -> &[Bar] {
        &self.marks
    }

    /// How many bars are cut because their value is beyond the scale: the legend says so.
    pub fn cut(&self) -> usize {
        self.all.iter().filter(|bar| bar.share > 1.0).count()
    }

    /// Grows with every change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Writes the bars that changed since the last time into `ranges` (replaced, ascending) and forgets them. Returns
    /// true when the marks are new as well.
    pub fn take_changes(&mut self, ranges: &mut Vec<Range<u32>>) -> bool {
        // Three bars more are less than what another write costs.
        self.changed.take_ranges(3, ranges);
        std::mem::take(&mut self.are_marks_new)
    }
}

impl BarScale {
    /// The values at the beginning and the end of the scale.
    pub fn range(&self) -> (f32, f32) {
        match self {
            Self::Columns(columns) => (columns.from, columns.to),
            Self::Rings(rings) => (0.0, rings.whole),
        }
    }

    /// How much of the scale a value takes: 0 at its beginning, 1 at its end, never below 0; NaN for no value.
    pub fn share(&self, value: f32) -> f32 {
        let (from, to) = self.range();
        let share = (value - from) / (to - from);
        // Written so that NaN stays; `max` would make it zero.
        if share < 0.0 { 0.0 } else { share }
    }

    /// The bar of a state at a place.
    fn bar(&self, at: [f32; 3], state: PointState) -> Bar {
        let share = self.share(state.value);
        let full = if share.is_nan() { 0.0 } else { share.min(1.0) };
        let (height_m, radius_m) = match self {
            Self::Columns(columns) => (columns.height_m * full, columns.radius_m),
            Self::Rings(rings) => (rings.band_m, rings.radius_m),
        };
        Bar {
            at,
            height_m,
            radius_m,
            packed: state.packed,
            share,
            value: state.value,
        }
    }

    /// The mark of a limit; none where the limit is beyond the scale.
    fn mark(&self, at: [f32; 3], limit: BarLimit) -> Option<Bar> {
        let (from, to) = self.range();
        let share = (limit.value - from) / (to - from);
        if !(0.0..=1.0).contains(&share) {
            return None;
        }
        let [east, north, up] = at;
        let (lift_m, height_m, radius_m) = match self {
            Self::Columns(columns) => {
                let thick_m = columns.radius_m * MARK_PART;
                let middle_m = columns.height_m * share;
                (
                    (middle_m - 0.5 * thick_m).max(0.0),
                    thick_m,
                    columns.radius_m * MARK_REACH,
                )
            }
            Self::Rings(rings) => (0.0, rings.band_m * MARK_PART, rings.radius_m * MARK_REACH),
        };
        Some(Bar {
            at: [east, north, up + lift_m],
            height_m,
            radius_m,
            packed: PointState::new(crate::points::SHAPE_DOT, limit.class).packed,
            share,
            value: limit.value,
        })
    }

    /// Every length of it, metres.
    fn sizes(&self) -> [f32; 2] {
        match self {
            Self::Columns(columns) => [columns.height_m, columns.radius_m],
            Self::Rings(rings) => [rings.radius_m, rings.band_m],
        }
    }
}

/// How high a column is drawn, metres, `depth_m` metres from an eye to which a metre at one metre is `focal_px` pixels:
/// its height, but never lower than [`LEAST_COLUMN_PX`].
pub fn drawn_height_m(height_m: f32, depth_m: f32, focal_px: f32) -> f32 {
    let least_m = LEAST_COLUMN_PX * depth_m / focal_px;
    if least_m.is_finite() {
        height_m.max(least_m)
    } else {
        height_m
    }
}

/// A mark is seen when its bar is.
fn seen_with(mark: Bar, state: PointState) -> Bar {
    let own = PointState {
        packed: mark.packed,
        value: mark.value,
    };
    Bar {
        packed: own.with_shown(state.is_shown()).packed,
        ..mark
    }
}

#[cfg(test)]
mod tests;
