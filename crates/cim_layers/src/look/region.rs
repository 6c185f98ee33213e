//! What lies in a box or a lasso that a person has drawn over the picture.

use super::sight::{Frustum, Side, Sight};
use super::walk::{Cell, each_visible};
use crate::points::{Bounds, PointSet};

/// In cells of so few slots each point is tested.
const FEW_SLOTS: u32 = 64;

/// An area of the picture, physical px.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Region<'a> {
    /// The rectangle between two corners, whichever they are.
    Box {
        /// One corner.
        min: [f32; 2],
        /// The opposite corner.
        max: [f32; 2],
    },
    /// A closed line; what it goes round an odd number of times is inside.
    Lasso(&'a [[f32; 2]]),
}

/// Fills `into` with the slots of all visible points whose place appears in a region, ascending. Empty for a region that
/// has no inside or a corner that is no number.
pub fn within(set: &PointSet, now: f32, sight: &Sight, region: &Region<'_>, into: &mut Vec<u32>) {
    into.clear();
    let Some((min, max)) = box_of(region) else {
        return;
    };
    let Some(window) = sight.frustum_through(min, max) else {
        return;
    };
    let line: &[[f32; 2]] = match region {
        Region::Box { .. } => &[],
        Region::Lasso(line) => line,
    };
    let mut search = Search {
        set,
        now,
        area: Area {
            sight,
            window,
            line,
        },
        found: into,
    };
    search.visit(Cell::root(set));
}

/// The upright rectangle around a region; `None` when it is no region.
fn box_of(region: &Region<'_>) -> Option<([f32; 2], [f32; 2])> {
    let is_finite = |corners: &[[f32; 2]]| corners.as_flattened().iter().all(|px| px.is_finite());
    match *region {
        Region::Box { min, max } if is_finite(&[min, max]) => Some(around([min, max].into_iter())),
        Region::Lasso(line) if line.len() >= 3 && is_finite(line) => {
            Some(around(line.iter().copied()))
        }
        Region::Box { .. } | Region::Lasso(_) => None,
    }
}

fn around(corners: impl Iterator<Item = [f32; 2]>) -> ([f32; 2], [f32; 2]) {
    let nothing = ([f32::INFINITY; 2], [f32::NEG_INFINITY; 2]);
    corners.fold(nothing, |([left, top], [right, bottom]), [x, y]| {
        ([left.min(x), top.min(y)], [right.max(x), bottom.max(y)])
    })
}

struct Search<'a> {
    set: &'a PointSet,
    now: f32,
    area: Area<'a>,
    found: &'a mut Vec<u32>,
}

impl Search<'_> {
    fn visit(&mut self, cell: Cell) {
        if cell.span.is_empty() {
            return;
        }
        let (set, now) = (self.set, self.now);
        let bounds = set.bounds(cell.span.range());
        match self.area.side_of(&bounds) {
            Side::Outside => {}
            Side::Inside => each_visible(set, cell.span, |slot| self.found.push(slot)),
            Side::Crosses if cell.span.len() <= FEW_SLOTS || cell.is_finest() => {
                each_visible(set, cell.span, |slot| {
                    if self.area.holds(set.place_at(slot, now)) {
                        self.found.push(slot);
                    }
                });
            }
            Side::Crosses => {
                for quarter in cell.quarters(set.keys()) {
                    self.visit(quarter);
                }
            }
        }
    }
}

/// A region as it cuts through the city.
struct Area<'a> {
    sight: &'a Sight,
    window: Frustum,
    /// The lasso; empty for a box, which is the window.
    line: &'a [[f32; 2]],
}

impl Area<'_> {
    fn holds(&self, place: [f32; 3]) -> bool {
        if !self.window.holds(place) {
            return false;
        }
        self.line.is_empty()
            || self
                .sight
                .project(place)
                .is_some_and(|(px, _)| is_inside(self.line, px))
    }

    fn side_of(&self, bounds: &Bounds) -> Side {
        let side = self.window.side_of(bounds);
        if side == Side::Outside || self.line.is_empty() {
            return side;
        }
        let Some((min, max)) = self.rectangle_of(bounds) else {
            return Side::Crosses;
        };
        if edges(self.line).any(|(from, to)| touches(from, to, min, max)) {
            return Side::Crosses;
        }
        // No edge of the lasso runs through the rectangle, so one of its points stands for all.
        let ([left, top], [right, bottom]) = (min, max);
        if is_inside(self.line, [(left + right) * 0.5, (top + bottom) * 0.5]) {
            Side::Inside
        } else {
            Side::Outside
        }
    }

    /// The rectangle of pixels around a box; `None` when a part of it is beside or behind the eye.
    fn rectangle_of(&self, bounds: &Bounds) -> Option<([f32; 2], [f32; 2])> {
        let ([west, south, low], [east, north, high]) = (bounds.min, bounds.max);
        let corner = |index: u8| {
            [
                if index & 1 == 0 { west } else { east },
                if index & 2 == 0 { south } else { north },
                if index & 4 == 0 { low } else { high },
            ]
        };
        let mut corners = [[0.0; 2]; 8];
        for (index, px) in (0_u8..).zip(corners.iter_mut()) {
            (*px, _) = self.sight.project(corner(index))?;
        }
        Some(around(corners.into_iter()))
    }
}

/// The edges of a closed line.
fn edges(line: &[[f32; 2]]) -> impl Iterator<Item = ([f32; 2], [f32; 2])> {
    let nexts = line.iter().cycle().skip(1);
    line.iter().copied().zip(nexts.copied())
}

/// True when a closed line goes round a pixel an odd number of times.
fn is_inside(line: &[[f32; 2]], px: [f32; 2]) -> bool {
    let [x, y] = px;
    let crossed = edges(line).filter(|([from_x, from_y], [to_x, to_y])| {
        (*from_y > y) != (*to_y > y)
            && x < (to_x - from_x) * (y - from_y) / (to_y - from_y) + from_x
    });
    crossed.count() % 2 == 1
}

/// False only when a piece of a line surely passes by a rectangle.
fn touches(from: [f32; 2], to: [f32; 2], min: [f32; 2], max: [f32; 2]) -> bool {
    let ([from_x, from_y], [to_x, to_y]) = (from, to);
    let ([left, top], [right, bottom]) = (min, max);
    let is_beside = from_x.max(to_x) < left
        || from_x.min(to_x) > right
        || from_y.max(to_y) < top
        || from_y.min(to_y) > bottom;
    if is_beside {
        return false;
    }
    // The rectangle lies on one side of the line when its middle is farther from it than its corners reach.
    let (along_x, along_y) = (to_x - from_x, to_y - from_y);
    let (middle_x, middle_y) = ((left + right) * 0.5, (top + bottom) * 0.5);
    let apart = (along_x * (middle_y - from_y) - along_y * (middle_x - from_x)).abs();
    let reach = along_x.abs() * (bottom - top) * 0.5 + along_y.abs() * (right - left) * 0.5;
    apart <= reach
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: [[f32; 2]; 4] = [[10.0, 10.0], [20.0, 10.0], [20.0, 20.0], [10.0, 20.0]];

    #[test]
    fn a_line_that_goes_round_a_pixel_once_holds_it() {
        assert!(is_inside(&SQUARE, [15.0, 15.0]));
        assert!(!is_inside(&SQUARE, [25.0, 15.0]));
        assert!(!is_inside(&SQUARE, [15.0, 5.0]));
        assert!(!is_inside(&[], [15.0, 5.0]));
    }

    #[test]
    fn a_line_that_passes_a_corner_does_not_touch_the_rectangle() {
        let (min, max) = ([0.0, 0.0], [4.0, 4.0]);
        assert!(touches([-1.0, 2.0], [5.0, 2.0], min, max));
        assert!(touches([1.0, 1.0], [2.0, 2.0], min, max));
        assert!(!touches([3.0, 10.0], [10.0, 3.0], min, max));
        assert!(!touches([5.0, 0.0], [5.0, 4.0], min, max));
    }
}
