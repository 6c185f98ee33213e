//! Closed rings of points in the plane: area, crossings, triangles. Pure; metres east and north.

use bevy_math::DVec2;

/// Rings with more corners are not filled: cutting off ears takes the square of their number.
pub const MAX_FILLED_CORNERS: usize = 1_024;

/// The area within a ring, square metres; positive when it runs counter-clockwise. The first corner is not repeated.
pub fn signed_area_m2(ring: &[DVec2]) -> f64 {
    let Some(first) = ring.first().copied() else {
        return 0.0;
    };
    // Measured from the first corner, so that a small ring far from the origin keeps its digits.
    sides(ring)
        .map(|(from, to)| (from - first).perp_dot(to - first))
        .sum::<f64>()
        * 0.5
}

/// The length around a ring, metres.
pub fn perimeter_m(ring: &[DVec2]) -> f64 {
    sides(ring).map(|(from, to)| from.distance(to)).sum()
}

/// True when no two sides of a ring cross or touch, neighbours aside. False for fewer than three corners.
pub fn is_simple(ring: &[DVec2]) -> bool {
    let count = ring.len();
    let all: Vec<(DVec2, DVec2)> = sides(ring).collect();
    count >= 3
        && !all.iter().enumerate().any(|(at, one)| {
            let is_neighbour =
                |other: usize| (other + 1) % count == at || (at + 1) % count == other;
            all.iter()
                .enumerate()
                .skip(at + 1)
                .any(|(other_at, other)| !is_neighbour(other_at) && meet(*one, *other))
        })
}

/// Triangles that fill a ring, as rows of its corners, counter-clockwise when the ring is.
///
/// Cuts off ears (Meisters 1975). What is left of a ring that crosses itself stays unfilled; a ring with more than
/// [`MAX_FILLED_CORNERS`] is not filled at all.
pub fn triangulate(ring: &[DVec2]) -> Vec<[usize; 3]> {
    let is_sound = (3..=MAX_FILLED_CORNERS).contains(&ring.len());
    if !is_sound || ring.iter().any(|corner| !corner.is_finite()) {
        return Vec::new();
    }
    let turn = signed_area_m2(ring).signum();
    let mut left: Vec<usize> = (0..ring.len()).collect();
    let mut triangles = Vec::with_capacity(ring.len() - 2);
    while left.len() > 3 {
        let ear = (0..left.len())
            .map(|at| around(&left, at))
            .find(|ear| is_ear(ring, &left, *ear, turn));
        let Some(ear) = ear else {
            return triangles;
        };
        triangles.push(ear);
        left.retain(|row| *row != ear[1]);
    }
    if let [a, b, c] = left[..] {
        triangles.push([a, b, c]);
    }
    triangles
}

/// The sides of a ring, the last one back to the first corner.
fn sides(ring: &[DVec2]) -> impl Iterator<Item = (DVec2, DVec2)> + '_ {
    ring.iter()
        .copied()
        .zip(ring.iter().copied().cycle().skip(1))
}

/// The rows before, at and after a place of the ring that is left.
fn around(left: &[usize], at: usize) -> [usize; 3] {
    let count = left.len();
    [
        left[(at + count - 1) % count],
        left[at],
        left[(at + 1) % count],
    ]
}

/// True when the triangle at a corner lies inside the ring and holds no other corner of it.
fn is_ear(ring: &[DVec2], left: &[usize], ear: [usize; 3], turn: f64) -> bool {
    let [a, b, c] = ear.map(|row| ring[row]);
    if (b - a).perp_dot(c - b) * turn <= 0.0 {
        return false;
    }
    !left
        .iter()
        .filter(|row| !ear.contains(row))
        .any(|row| is_within(ring[*row], [a, b, c], turn))
}

fn is_within(point: DVec2, [a, b, c]: [DVec2; 3], turn: f64) -> bool {
    let is_left = |from: DVec2, to: DVec2| (to - from).perp_dot(point - from) * turn > 0.0;
    is_left(a, b) && is_left(b, c) && is_left(c, a)
}

/// True when two stretches share a point.
fn meet((a, b): (DVec2, DVec2), (c, d): (DVec2, DVec2)) -> bool {
    let side = |from: DVec2, to: DVec2, point: DVec2| (to - from).perp_dot(point - from);
    let (of_c, of_d) = (side(a, b, c), side(a, b, d));
    let (of_a, of_b) = (side(c, d, a), side(c, d, b));
    if of_c.abs() + of_d.abs() <= 0.0 {
        // All four on one line: they meet where their extents do.
        let overlap = |low: f64, high: f64, x: f64, y: f64| {
            low.min(high) <= x.max(y) && x.min(y) <= low.max(high)
        };
        return overlap(a.x, b.x, c.x, d.x) && overlap(a.y, b.y, c.y, d.y);
    }
    of_c * of_d <= 0.0 && of_a * of_b <= 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(corners: &[[f64; 2]]) -> Vec<DVec2> {
        corners
            .iter()
            .map(|corner| DVec2::from_array(*corner))
            .collect()
    }

    /// A square of 10 m with a notch of 4 m by 5 m in its upper side.
    fn notched() -> Vec<DVec2> {
        ring(&[
            [0.0, 0.0],
            [10.0, 0.0],
            [10.0, 10.0],
            [7.0, 10.0],
            [7.0, 5.0],
            [3.0, 5.0],
            [3.0, 10.0],
            [0.0, 10.0],
        ])
    }

    #[test]
    fn the_area_is_that_of_the_closed_form() {
        assert!((signed_area_m2(&notched()) - 80.0).abs() < 1e-12);
        let backwards: Vec<DVec2> = notched().into_iter().rev().collect();
        assert!((signed_area_m2(&backwards) + 80.0).abs() < 1e-12);
        assert!((perimeter_m(&notched()) - 50.0).abs() < 1e-12);
        let far: Vec<DVec2> = notched()
            .into_iter()
            .map(|at| at + DVec2::splat(4e6))
            .collect();
        assert!((signed_area_m2(&far) - 80.0).abs() < 1e-6);
    }

    #[test]
    fn triangles_fill_a_ring_whichever_way_it_runs() {
        let backwards: Vec<DVec2> = notched().into_iter().rev().collect();
        for ring in [notched(), backwards] {
            let triangles = triangulate(&ring);
            assert_eq!(triangles.len(), 6);
            let filled: f64 = triangles
                .iter()
                .map(|rows| signed_area_m2(&rows.map(|row| ring[row])).abs())
                .sum();
            assert!((filled - 80.0).abs() < 1e-9);
        }
    }

    #[test]
    fn a_ring_that_crosses_itself_is_noticed_and_does_no_harm() {
        let bow = ring(&[[0.0, 0.0], [10.0, 10.0], [10.0, 0.0], [0.0, 10.0]]);
        assert!(!is_simple(&bow));
        assert!(is_simple(&notched()));
        assert!(!is_simple(&bow[..2]));
        assert!(triangulate(&bow).len() <= 2);
        assert!(triangulate(&ring(&[[0.0, 0.0], [f64::NAN, 1.0], [1.0, 0.0]])).is_empty());
        assert!(triangulate(&[DVec2::ZERO; 50]).is_empty());
    }
}
