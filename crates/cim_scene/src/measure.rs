//! Measuring: lengths, areas, heights, slopes and volumes from points in the city. Pure.
//!
//! Points are metres east, north and up in the city's tangent plane. Within 5 km of the origin its lengths are those on the
//! ellipsoid to better than 10⁻⁶ (see the tests), far better than anybody can click.

use crate::ring::{is_simple, perimeter_m, signed_area_m2, triangulate};
use bevy_math::{DVec2, DVec3};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MeasureKind {
    /// A way along points.
    Distance,
    /// The area within a ring of points.
    Area,
    /// How much higher the second of two points is.
    Height,
    /// How steeply the second of two points lies above the first.
    Slope,
    /// What is within a ring of points.
    Volume {
        /// Lower end of the prism above the ring, metres up; also the plane that cut and fill are measured from.
        bottom_m: f64,
        /// Upper end of the prism, metres up.
        top_m: f64,
    },
}

/// What a measured number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantity {
    /// Length on the map, metres.
    Level,
    /// Length along the straight stretches between the points, metres.
    Direct,
    /// Length along the ground below the points, metres.
    Ground,
    /// Area on the map, square metres.
    Area,
    /// Area in the plane that fits the ring best, square metres: that of a sloping roof.
    PlaneArea,
    /// Length around an area on the map, metres.
    Perimeter,
    /// Difference of heights, metres; positive when the second point is higher.
    Height,
    /// Slope, degrees; positive upwards.
    Degrees,
    /// Slope, rise for a hundred level metres.
    Percent,
    /// Volume of the prism, cubic metres.
    Volume,
    /// What of the surface through the ring's points lies above the plane, cubic metres.
    Cut,
    /// What is missing below the plane, cubic metres.
    Fill,
}

impl Quantity {
    /// Its unit.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Level | Self::Direct | Self::Ground | Self::Perimeter | Self::Height => "m",
            Self::Area | Self::PlaneArea => "m²",
            Self::Degrees => "°",
            Self::Percent => "%",
            Self::Volume | Self::Cut | Self::Fill => "m³",
        }
    }

    /// A value as it is written into the picture: the same in every language.
    pub fn text(self, value: f64) -> String {
        let unit = self.unit();
        match self {
            Self::Degrees => format!("{value:.1}{unit}"),
            Self::Percent
            | Self::Height
            | Self::Level
            | Self::Direct
            | Self::Ground
            | Self::Perimeter => format!("{value:.1} {unit}"),
            Self::Area | Self::PlaneArea | Self::Volume | Self::Cut | Self::Fill => {
                if value.abs() < 100.0 {
                    format!("{value:.1} {unit}")
                } else {
                    format!("{value:.0} {unit}")
                }
            }
        }
    }
}

/// A measured number.
pub type Measured = (Quantity, f64);

impl MeasureKind {
    /// Everything that can be said of these points; empty for too few of them and for a ring that crosses itself.
    pub fn measure(self, points: &[DVec3]) -> Vec<Measured> {
        if points.iter().any(|point| !point.is_finite()) {
            return Vec::new();
        }
        match self {
            Self::Distance if points.len() >= 2 => vec![
                (Quantity::Level, level_length_m(points)),
                (Quantity::Direct, direct_length_m(points)),
            ],
            Self::Area => area_of(points),
            Self::Height | Self::Slope => match points {
                [from, .., to] => height_and_slope(*from, *to),
                _ => Vec::new(),
            },
            Self::Volume { bottom_m, top_m } => volume_of(points, bottom_m, top_m),
            Self::Distance => Vec::new(),
        }
    }
}

/// Length of a way on the map, metres.
pub fn level_length_m(points: &[DVec3]) -> f64 {
    stretches(points)
        .map(|(from, to)| from.truncate().distance(to.truncate()))
        .sum()
}

/// Length of a way along its straight stretches, metres.
pub fn direct_length_m(points: &[DVec3]) -> f64 {
    stretches(points).map(|(from, to)| from.distance(to)).sum()
}

/// Points along a way on the map, `step_m` apart, its own points among them; at most `most`, farther apart if need be.
pub fn points_along(points: &[DVec3], step_m: f64, most: usize) -> Vec<DVec2> {
    let most = most.max(1);
    let room = most.saturating_sub(points.len()).max(1) as f64;
    let step_m = step_m.max(level_length_m(points) / room).max(1e-3);
    let mut along = Vec::new();
    for (from, to) in stretches(points) {
        let (from, to) = (from.truncate(), to.truncate());
        let pieces = (from.distance(to) / step_m).ceil().clamp(1.0, most as f64) as u32;
        let piece = |part: u32| from.lerp(to, f64::from(part) / f64::from(pieces));
        along.extend((0..pieces).map(piece));
    }
    along.extend(points.last().map(|last| last.truncate()));
    along
}

/// Slope from one point to another: degrees, and rise for a hundred level metres where there are any.
pub fn slope(from: DVec3, to: DVec3) -> (f64, Option<f64>) {
    let rise_m = to.z - from.z;
    let run_m = from.truncate().distance(to.truncate());
    let percent = (run_m > 1e-9).then(|| rise_m / run_m * 100.0);
    (rise_m.atan2(run_m).to_degrees(), percent)
}

/// The area of a ring in the plane that fits it best, square metres: the length of its area vector.
pub fn plane_area_m2(ring: &[DVec3]) -> f64 {
    let Some(first) = ring.first().copied() else {
        return 0.0;
    };
    let vector: DVec3 = stretches(ring)
        .map(|(from, to)| (from - first).cross(to - first))
        .sum();
    vector.length() * 0.5
}

/// What of the surface through a ring's points lies above, and what is missing below, a plane at `level_m`: cubic metres.
pub fn cut_and_fill_m3(ring: &[DVec3], level_m: f64) -> (f64, f64) {
    let flat: Vec<DVec2> = ring.iter().map(|point| point.truncate()).collect();
    let (mut cut, mut fill) = (0.0, 0.0);
    for rows in triangulate(&flat) {
        let area = signed_area_m2(&rows.map(|row| flat[row])).abs();
        let heights = rows.map(|row| ring[row].z - level_m);
        let (above, below) = split_prism(area, heights);
        cut += above;
        fill += below;
    }
    (cut, fill)
}

/// What of an upright prism with a sloping top lies above, and what below, its base.
fn split_prism(area_m2: f64, heights_m: [f64; 3]) -> (f64, f64) {
    let net = area_m2 * heights_m.iter().sum::<f64>() / 3.0;
    // The corner that is alone on its side of the base cuts off a tip with that corner's height.
    let tip = |alone: f64, b: f64, c: f64| {
        let part = alone / (alone - b) * (alone / (alone - c));
        area_m2 * part * alone / 3.0
    };
    let [a, b, c] = heights_m;
    let is_above = heights_m.map(|height| height > 0.0);
    let tip = match is_above {
        [true, true, true] => return (net, 0.0),
        [false, false, false] => return (0.0, -net),
        [x, y, z] if y == z && x != y => tip(a, b, c),
        [x, y, z] if x == z && y != x => tip(b, a, c),
        _ => tip(c, a, b),
    };
    let other = net - tip;
    (
        tip.max(0.0) + other.max(0.0),
        -(tip.min(0.0) + other.min(0.0)),
    )
}

fn area_of(points: &[DVec3]) -> Vec<Measured> {
    let flat: Vec<DVec2> = points.iter().map(|point| point.truncate()).collect();
    if !is_simple(&flat) {
        return Vec::new();
    }
    vec![
        (Quantity::Area, signed_area_m2(&flat).abs()),
        (Quantity::PlaneArea, plane_area_m2(points)),
        (Quantity::Perimeter, perimeter_m(&flat)),
    ]
}

fn height_and_slope(from: DVec3, to: DVec3) -> Vec<Measured> {
    let (degrees, percent) = slope(from, to);
    let mut values = vec![
        (Quantity::Height, to.z - from.z),
        (Quantity::Level, from.truncate().distance(to.truncate())),
        (Quantity::Direct, from.distance(to)),
        (Quantity::Degrees, degrees),
    ];
    values.extend(percent.map(|percent| (Quantity::Percent, percent)));
    values
}

fn volume_of(points: &[DVec3], bottom_m: f64, top_m: f64) -> Vec<Measured> {
    let flat: Vec<DVec2> = points.iter().map(|point| point.truncate()).collect();
    if !is_simple(&flat) || !bottom_m.is_finite() || !top_m.is_finite() {
        return Vec::new();
    }
    let area = signed_area_m2(&flat).abs();
    let (cut, fill) = cut_and_fill_m3(points, bottom_m);
    vec![
        (Quantity::Area, area),
        (Quantity::Volume, area * (top_m - bottom_m).abs()),
        (Quantity::Cut, cut),
        (Quantity::Fill, fill),
    ]
}

fn stretches(points: &[DVec3]) -> impl Iterator<Item = (DVec3, DVec3)> + '_ {
    points.iter().copied().zip(points.iter().copied().skip(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_geo::{Enu, Geodetic, LocalFrame, gauss_kruger::GaussKruger};

    fn value(values: &[Measured], wanted: Quantity) -> f64 {
        values
            .iter()
            .find(|(quantity, _)| *quantity == wanted)
            .map(|(_, value)| *value)
            .expect("measured")
    }

    #[track_caller]
    fn check(values: &[Measured], wanted: Quantity, expected: f64) {
        let found = value(values, wanted);
        assert!((found - expected).abs() < 1e-9, "{wanted:?} is {found}");
    }

    fn square(side_m: f64, heights_m: [f64; 4]) -> Vec<DVec3> {
        let [a, b, c, d] = heights_m;
        vec![
            DVec3::new(0.0, 0.0, a),
            DVec3::new(side_m, 0.0, b),
            DVec3::new(side_m, side_m, c),
            DVec3::new(0.0, side_m, d),
        ]
    }

    #[test]
    fn a_way_has_a_length_on_the_map_and_a_longer_one_on_the_slope() {
        let way = [
            DVec3::ZERO,
            DVec3::new(3.0, 4.0, 12.0),
            DVec3::new(3.0, 10.0, 4.0),
        ];
        let values = MeasureKind::Distance.measure(&way);
        check(&values, Quantity::Level, 11.0);
        check(&values, Quantity::Direct, 23.0);
        assert!(MeasureKind::Distance.measure(&way[..1]).is_empty());
    }

    #[test]
    fn a_tilted_square_has_its_own_area_and_that_of_its_map() {
        // A roof that rises 1 for 1.
        let values = MeasureKind::Area.measure(&square(10.0, [0.0, 10.0, 10.0, 0.0]));
        check(&values, Quantity::Area, 100.0);
        check(&values, Quantity::PlaneArea, 100.0 * 2.0_f64.sqrt());
        check(&values, Quantity::Perimeter, 40.0);
    }

    #[test]
    fn a_ring_that_crosses_itself_has_no_area() {
        let mut bow = square(10.0, [0.0; 4]);
        bow.swap(1, 2);
        assert!(MeasureKind::Area.measure(&bow).is_empty());
    }

    #[test]
    fn heights_and_slopes_have_their_sign() {
        let values = MeasureKind::Height.measure(&[DVec3::ZERO, DVec3::new(3.0, 4.0, -5.0)]);
        check(&values, Quantity::Height, -5.0);
        check(&values, Quantity::Degrees, -45.0);
        check(&values, Quantity::Percent, -100.0);
        check(&values, Quantity::Direct, 50.0_f64.sqrt());
        let upright = MeasureKind::Slope.measure(&[DVec3::ZERO, DVec3::Z]);
        check(&upright, Quantity::Degrees, 90.0);
        assert!(upright.iter().all(|(of, _)| *of != Quantity::Percent));
    }

    #[test]
    fn a_prism_has_the_volume_of_area_times_height() {
        let kind = MeasureKind::Volume {
            bottom_m: 2.0,
            top_m: 7.0,
        };
        let values = kind.measure(&square(10.0, [5.0; 4]));
        check(&values, Quantity::Volume, 500.0);
        check(&values, Quantity::Cut, 300.0);
        check(&values, Quantity::Fill, 0.0);
    }

    #[test]
    fn a_slope_through_the_plane_cuts_as_much_as_it_fills() {
        // A ramp from −2 m to 2 m over 10 m: half of a wedge of 5 m by 10 m by 2 m on each side.
        let (cut, fill) = cut_and_fill_m3(&square(10.0, [-2.0, 2.0, 2.0, -2.0]), 0.0);
        assert!(
            (cut - 50.0).abs() < 1e-9 && (fill - 50.0).abs() < 1e-9,
            "{cut} {fill}"
        );
        let (cut, fill) = cut_and_fill_m3(&square(10.0, [-2.0, 2.0, 2.0, -2.0]), 2.0);
        assert!(
            cut.abs() < 1e-9 && (fill - 200.0).abs() < 1e-9,
            "{cut} {fill}"
        );
    }

    #[test]
    fn a_tip_above_the_plane_is_a_pyramid() {
        let ring = [
            DVec3::new(0.0, 0.0, 3.0),
            DVec3::new(6.0, 0.0, -3.0),
            DVec3::new(0.0, 6.0, -3.0),
        ];
        // The tip: half the sides, so a base of 4.5 m², 3 m high.
        let (cut, fill) = cut_and_fill_m3(&ring, 0.0);
        assert!((cut - 4.5).abs() < 1e-9, "{cut}");
        assert!((cut - fill + 18.0).abs() < 1e-9, "{fill}");
    }

    #[test]
    fn the_plane_agrees_with_the_ellipsoid() {
        // On its central meridian Gauss–Krüger is true to scale to 10⁻⁷ within 3 km.
        let origin = Geodetic::new(120.0, 31.24, 0.0);
        let frame = LocalFrame::new(origin);
        let plane = GaussKruger::three_degree(120.0);
        let ring: Vec<DVec3> = square(1_000.0, [0.0; 4]);
        let surveyed: Vec<DVec2> = ring
            .iter()
            .map(|at| {
                let place = frame.geodetic_from_enu(Enu::new(at.x, at.y, 0.0));
                let at = plane.projected_from_geodetic(place);
                DVec2::new(at.easting_m, at.northing_m)
            })
            .collect();
        let ours = value(&MeasureKind::Area.measure(&ring), Quantity::Area);
        let theirs = signed_area_m2(&surveyed).abs();
        assert!((ours / theirs - 1.0).abs() < 1e-6, "{ours} and {theirs}");
    }

    #[test]
    fn points_along_a_way_are_evenly_apart_and_end_where_it_ends() {
        let way = [
            DVec3::ZERO,
            DVec3::new(10.0, 0.0, 0.0),
            DVec3::new(10.0, 4.0, 0.0),
        ];
        let along = points_along(&way, 2.0, 100);
        assert_eq!(along.len(), 8);
        assert_eq!(along.last(), Some(&DVec2::new(10.0, 4.0)));
        assert!(points_along(&way, 0.001, 20).len() <= 20);
        assert!(points_along(&[], 1.0, 20).is_empty());
    }

    #[test]
    fn values_are_written_with_their_units() {
        assert_eq!(Quantity::Direct.text(12.34), "12.3 m");
        assert_eq!(Quantity::Area.text(1234.56), "1235 m²");
        assert_eq!(Quantity::Degrees.text(-4.26), "-4.3°");
    }
}
