//! Where a camera really looks, from places that a person shows in its picture and in the twin.
//!
//! A pinhole without distortion with square pixels. Unknown are direction, tilt, lean and angle of view, and from six
//! points on the place of the lens, which is drawn to where it is said to be (3 m for one sigma); the lean is drawn to
//! level (5°). Searched from four hundred directions and angles, so that nothing about the direction need be known.

use super::lens::{Assumed, ViewVolume, WIDEST_PERSPECTIVE_DEG, v_fov_of};
use super::obstacles::Obstacles;
use super::solve::{Found, Residuals, UNKNOWNS, least_squares, sigmas};
use super::view::axes;
use cim_geo::Geodetic;
use glam::DVec3;
use std::f64::consts::TAU;

/// Points that determine a camera whose place is known.
pub const MIN_POINTS: usize = 4;

/// Points at most.
pub const MAX_POINTS: usize = 8;

/// From so many points on the place of the lens is looked for too.
const POINTS_FOR_POSITION: usize = 6;

/// How exactly a person clicks, as a share of the picture's width.
const CLICK: f64 = 0.003;

/// One sigma of the place that the catalogue gives, metres.
const PLACE_SIGMA_M: f64 = 3.0;

/// One sigma of a camera's lean, radians: 5°.
const ROLL_SIGMA: f64 = 0.087;

/// Points nearer to each other in the picture are one, as a share of its width.
const LEAST_APART: f64 = 0.01;

/// Points nearer to each other in the city are one, metres.
const LEAST_APART_M: f64 = 0.3;

/// Points nearer to the lens show nothing about its direction, metres.
const LEAST_AWAY_M: f64 = 1.0;

/// Points spread less than this to both sides of a line lie on it.
const LEAST_SPREAD: f64 = 0.01;

/// A fit that is worse than this is none, as a share of the picture's width.
const WORST_FIT: f64 = 0.03;

/// A direction known worse than this is not known, degrees.
const WORST_SIGMA_DEG: f64 = 5.0;

/// Starts that are followed to their end.
const FOLLOWED: usize = 8;

/// A place shown in the picture and in the twin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImagePoint {
    /// From the left side, 0 to 1.
    pub x: f64,
    /// From the upper side, 0 to 1.
    pub y: f64,
    /// The same place in the city; its height is above the ground.
    pub place: Geodetic,
}

/// What is taken as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hold {
    /// The place and height of the lens.
    pub position: bool,
    /// How far the picture leans.
    pub roll: bool,
    /// The angle of view.
    pub fov: bool,
}

impl Hold {
    /// What so many points leave to be held: the position below six.
    pub fn by_default(points: usize) -> Self {
        Self {
            position: points < POINTS_FOR_POSITION,
            roll: false,
            fov: false,
        }
    }
}

/// How far off one point is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Residual {
    /// To the right, pixels.
    pub dx_px: f64,
    /// Down, pixels.
    pub dy_px: f64,
    /// On level ground at the point's height, metres; `None` where the line through the picture does not meet it.
    pub on_ground_m: Option<f64>,
}

/// A camera as its picture shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// The volume; nothing about its direction is assumed any more.
    pub volume: ViewVolume,
    /// For each point, in their order.
    pub residuals: Vec<Residual>,
    /// Root of the mean square of the distances in the picture, pixels.
    pub rms_px: f64,
    /// What was taken as it was.
    pub held: Hold,
    /// One sigma of the direction, degrees.
    pub sigma_azimuth_deg: f64,
    /// Of the tilt, degrees.
    pub sigma_tilt_deg: f64,
    /// Of the angle of view, degrees; 0 when held.
    pub sigma_h_fov_deg: f64,
    /// Of the place of the lens, metres; 0 when held.
    pub sigma_position_m: f64,
    /// How far the lens stands from where it was said to be, metres.
    pub moved_m: f64,
}

/// Why points determine no camera.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CalibrationError {
    /// Fewer than [`MIN_POINTS`] or more than [`MAX_POINTS`].
    #[error("{given} points were given; 4 to 8 are needed")]
    Count {
        /// How many.
        given: usize,
    },
    /// A point lies outside the picture, or its place is none.
    #[error("point {point} lies outside the picture or has no place in the city")]
    Outside {
        /// Its number, from 1.
        point: usize,
    },
    /// A point lies at the lens itself.
    #[error("point {point} lies at the camera itself")]
    AtLens {
        /// Its number, from 1.
        point: usize,
    },
    /// Two points are one.
    #[error("points {first} and {second} are too close to each other")]
    TooClose {
        /// The number of one of them, from 1.
        first: usize,
        /// The number of the other.
        second: usize,
    },
    /// All points lie on one line of the picture.
    #[error("all points lie on one line of the picture")]
    OnOneLine,
    /// The picture is no plane.
    #[error("the picture of a panorama is no plane")]
    Panorama,
    /// No direction has all points before the lens.
    #[error("no direction has all points before the camera")]
    Behind,
    /// Picture and city do not fit together.
    #[error(
        "the points miss by {rms_px:.0} pixels, point {worst} most; perhaps two are mixed up or the camera stands elsewhere"
    )]
    Misfit {
        /// Root of the mean square of the distances, pixels.
        rms_px: f64,
        /// The number of the worst point, from 1.
        worst: usize,
    },
    /// The points leave something open.
    #[error(
        "the points do not determine the direction and the angle of view; choose some farther apart"
    )]
    Undetermined,
}

/// The problem as the solver sees it. Unknowns: azimuth, tilt, roll in radians, the logarithm of the focal length in widths
/// of the picture, east, north, up of the lens in metres.
struct Problem {
    points: Vec<(f64, f64, DVec3)>,
    /// Height of the picture over its width.
    aspect: f64,
    start: [f64; UNKNOWNS],
    hold: Hold,
}

impl Problem {
    fn forward_right_up(unknowns: &[f64; UNKNOWNS]) -> [DVec3; 3] {
        let [azimuth, tilt, roll] = [unknowns[0], unknowns[1], unknowns[2]].map(f64::to_degrees);
        axes(azimuth, tilt, roll).map(DVec3::from_array)
    }

    fn lens(unknowns: &[f64; UNKNOWNS]) -> DVec3 {
        DVec3::new(unknowns[4], unknowns[5], unknowns[6])
    }

    /// How far each point is off, in widths of the picture; `None` behind the lens.
    fn misses(&self, unknowns: &[f64; UNKNOWNS]) -> Option<Vec<[f64; 2]>> {
        let [forward, right, up] = Self::forward_right_up(unknowns);
        let (lens, focal) = (Self::lens(unknowns), unknowns[3].exp());
        let miss = |(x, y, place): &(f64, f64, DVec3)| {
            let way = *place - lens;
            let depth = forward.dot(way);
            (depth > 0.05).then(|| {
                let across = 0.5 + focal * right.dot(way) / depth;
                let down = 0.5 * self.aspect - focal * up.dot(way) / depth;
                [across - x, down - y * self.aspect]
            })
        };
        self.points.iter().map(miss).collect()
    }
}

impl Residuals for Problem {
    fn at(&self, unknowns: &[f64; UNKNOWNS], residuals: &mut Vec<f64>) -> bool {
        let Some(misses) = self.misses(unknowns) else {
            return false;
        };
        residuals.extend(misses.into_iter().flatten());
        if !self.hold.roll {
            residuals.push((unknowns[2] - self.start[2]) / ROLL_SIGMA * CLICK);
        }
        if !self.hold.position {
            let moved = Self::lens(unknowns) - Self::lens(&self.start);
            residuals.extend(moved.to_array().map(|part| part / PLACE_SIGMA_M * CLICK));
        }
        true
    }

    fn steps(&self) -> [f64; UNKNOWNS] {
        let free = |is_held: bool, step: f64| if is_held { 0.0 } else { step };
        let metre = free(self.hold.position, 1.0e-3);
        [
            1.0e-5,
            1.0e-5,
            free(self.hold.roll, 1.0e-5),
            free(self.hold.fov, 1.0e-5),
            metre,
            metre,
            metre,
        ]
    }
}

/// Finds the direction, the tilt, the lean and the angle of view of a camera, and its place where that is not held, so that
/// the places appear where they were shown. `start` gives what is held and the place; its direction may be unknown.
pub fn calibrate(
    obstacles: &Obstacles,
    start: &ViewVolume,
    points: &[ImagePoint],
    hold: Hold,
) -> Result<Calibration, CalibrationError> {
    if start.h_fov_deg > WIDEST_PERSPECTIVE_DEG {
        return Err(CalibrationError::Panorama);
    }
    let problem = problem_of(obstacles, start, points, hold)?;
    let found = search(&problem).ok_or(CalibrationError::Behind)?;
    let misses = problem
        .misses(&found.unknowns)
        .ok_or(CalibrationError::Behind)?;
    let width = f64::from(start.pixels[0].max(1));
    let squares: Vec<f64> = misses.iter().map(|[x, y]| x * x + y * y).collect();
    let rms = (squares.iter().sum::<f64>() / squares.len().max(1) as f64).sqrt();
    if rms > WORST_FIT {
        let worst = squares
            .iter()
            .enumerate()
            .max_by(|(_, a), (_, b)| a.total_cmp(b));
        return Err(CalibrationError::Misfit {
            rms_px: rms * width,
            worst: worst.map_or(0, |(at, _)| at) + 1,
        });
    }
    let sigma = sigmas(&problem, &found.unknowns).ok_or(CalibrationError::Undetermined)?;
    // People do not click better than this, however well the points happen to fit.
    let noise = rms.max(CLICK);
    let sigma_deg = |at: usize| (sigma[at] * noise).to_degrees();
    let volume = volume_of(obstacles, start, &problem, &found);
    let h_fov = volume.h_fov_deg.to_radians();
    // The angle's change with the logarithm of the focal length.
    let sigma_h_fov_deg = sigma_deg(3) * h_fov.sin();
    let is_open = sigma_deg(0) > WORST_SIGMA_DEG
        || sigma_deg(1) > WORST_SIGMA_DEG
        || sigma_h_fov_deg > 2.0 * WORST_SIGMA_DEG
        || !(0.5..=WIDEST_PERSPECTIVE_DEG).contains(&volume.h_fov_deg);
    if is_open {
        return Err(CalibrationError::Undetermined);
    }
    let residuals = misses
        .iter()
        .zip(&problem.points)
        .map(|([x, y], point)| Residual {
            dx_px: x * width,
            dy_px: y * width,
            on_ground_m: problem.on_ground_m(&found.unknowns, point),
        })
        .collect();
    let moved = Problem::lens(&found.unknowns) - Problem::lens(&problem.start);
    Ok(Calibration {
        volume,
        residuals,
        rms_px: rms * width,
        held: hold,
        sigma_azimuth_deg: sigma_deg(0),
        sigma_tilt_deg: sigma_deg(1),
        sigma_h_fov_deg,
        sigma_position_m: DVec3::new(sigma[4], sigma[5], sigma[6]).length() * noise,
        moved_m: moved.length(),
    })
}

/// The points as the solver takes them, refused where they determine nothing.
fn problem_of(
    obstacles: &Obstacles,
    start: &ViewVolume,
    points: &[ImagePoint],
    hold: Hold,
) -> Result<Problem, CalibrationError> {
    if !(MIN_POINTS..=MAX_POINTS).contains(&points.len()) {
        return Err(CalibrationError::Count {
            given: points.len(),
        });
    }
    let lens = start.lens_in(obstacles).as_dvec3();
    let aspect = f64::from(start.pixels[1].max(1)) / f64::from(start.pixels[0].max(1));
    let mut taken: Vec<(f64, f64, DVec3)> = Vec::new();
    for (point, number) in points.iter().zip(1..) {
        let place = obstacles.place(point.place).as_dvec3();
        let is_inside = (0.0..=1.0).contains(&point.x) && (0.0..=1.0).contains(&point.y);
        if !is_inside || !place.is_finite() {
            return Err(CalibrationError::Outside { point: number });
        }
        if place.distance(lens) < LEAST_AWAY_M {
            return Err(CalibrationError::AtLens { point: number });
        }
        let twin = taken.iter().position(|(x, y, other)| {
            (x - point.x).hypot((y - point.y) * aspect) < LEAST_APART
                || other.distance(place) < LEAST_APART_M
        });
        if let Some(first) = twin {
            return Err(CalibrationError::TooClose {
                first: first + 1,
                second: number,
            });
        }
        taken.push((point.x, point.y, place));
    }
    if spread(&taken, aspect) < LEAST_SPREAD {
        return Err(CalibrationError::OnOneLine);
    }
    let focal = 0.5 / (start.h_fov_deg / 2.0).to_radians().tan();
    Ok(Problem {
        points: taken,
        aspect,
        start: [
            start.azimuth_deg.to_radians(),
            start.tilt_deg.to_radians(),
            start.roll_deg.to_radians(),
            focal.ln(),
            lens.x,
            lens.y,
            lens.z,
        ],
        hold,
    })
}

/// How far points lie to both sides of the line that fits them best: the smaller root of their covariance.
fn spread(points: &[(f64, f64, DVec3)], aspect: f64) -> f64 {
    let count = points.len().max(1) as f64;
    let flat: Vec<[f64; 2]> = points.iter().map(|(x, y, _)| [*x, y * aspect]).collect();
    let mean = |axis: usize| flat.iter().map(|point| point[axis]).sum::<f64>() / count;
    let (mean_x, mean_y) = (mean(0), mean(1));
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for [x, y] in &flat {
        let (x, y) = (x - mean_x, y - mean_y);
        xx += x * x / count;
        xy += x * y / count;
        yy += y * y / count;
    }
    let half = f64::midpoint(xx, yy);
    let smaller = half - ((xx - yy) / 2.0).hypot(xy);
    smaller.max(0.0).sqrt()
}

/// The best of what many starts lead to.
fn search(problem: &Problem) -> Option<Found> {
    let mut starts: Vec<(f64, [f64; UNKNOWNS])> = Vec::new();
    let mut add = |azimuth: f64, tilt: f64, focal: f64| {
        let mut start = problem.start;
        (start[0], start[1], start[3]) = (azimuth, tilt, focal);
        if let Some(misses) = problem.misses(&start) {
            let cost: f64 = misses.iter().flatten().map(|part| part * part).sum();
            starts.push((cost, start));
        }
    };
    add(problem.start[0], problem.start[1], problem.start[3]);
    let focals: Vec<f64> = if problem.hold.fov {
        vec![problem.start[3]]
    } else {
        [20.0_f64, 45.0, 75.0, 110.0]
            .map(|fov_deg| (0.5 / (fov_deg / 2.0).to_radians().tan()).ln())
            .to_vec()
    };
    for turn in 0..24_u32 {
        for tilt_deg in [0.0_f64, 15.0, 35.0, 60.0] {
            for focal in &focals {
                add(f64::from(turn) * TAU / 24.0, tilt_deg.to_radians(), *focal);
            }
        }
    }
    starts.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    starts.truncate(FOLLOWED);
    starts
        .into_iter()
        .filter_map(|(_, start)| least_squares(problem, start))
        .min_by(|a, b| a.cost.total_cmp(&b.cost))
}

impl Problem {
    /// How far from a point the line through its place in the picture meets the level of the point.
    fn on_ground_m(
        &self,
        unknowns: &[f64; UNKNOWNS],
        (x, y, place): &(f64, f64, DVec3),
    ) -> Option<f64> {
        let [forward, right, up] = Self::forward_right_up(unknowns);
        let (lens, focal) = (Self::lens(unknowns), unknowns[3].exp());
        let way = forward * focal + right * (x - 0.5) + up * ((0.5 - y) * self.aspect);
        let along = (place.z - lens.z) / way.z;
        (along.is_finite() && along > 0.0).then(|| (lens + way * along).distance(*place))
    }
}

fn volume_of(
    obstacles: &Obstacles,
    start: &ViewVolume,
    problem: &Problem,
    found: &Found,
) -> ViewVolume {
    let [forward, right, _] = Problem::forward_right_up(&found.unknowns);
    // The angles again from the axes: the search may have gone over the top.
    let azimuth = forward.x.atan2(forward.y);
    let tilt = (-forward.z).clamp(-1.0, 1.0).asin();
    let [_, level, above] =
        axes(azimuth.to_degrees(), tilt.to_degrees(), 0.0).map(DVec3::from_array);
    let roll = (-right.dot(above)).atan2(right.dot(level));
    let half = (0.5 / found.unknowns[3].exp()).atan();
    let h_fov_deg = if problem.hold.fov {
        start.h_fov_deg
    } else {
        2.0 * half.to_degrees()
    };
    let (mut at, mut height_m) = (start.at, start.height_m);
    if !problem.hold.position {
        let lens = Problem::lens(&found.unknowns).as_vec3();
        height_m = f64::from(lens.z - obstacles.ground_at(lens.x, lens.y));
        at = Geodetic {
            height_m: 0.0,
            ..obstacles.geodetic_of(lens.to_array())
        };
    }
    ViewVolume {
        at,
        height_m,
        azimuth_deg: azimuth.to_degrees().rem_euclid(360.0),
        tilt_deg: tilt.to_degrees(),
        roll_deg: roll.to_degrees(),
        h_fov_deg,
        v_fov_deg: v_fov_of(h_fov_deg, start.pixels),
        assumed: Assumed {
            azimuth: false,
            tilt: false,
            h_fov: false,
            v_fov: false,
            height: start.assumed.height && problem.hold.position,
            ..start.assumed
        },
        ..*start
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::depth::project;
    use crate::coverage::lens::CameraFacts;
    use crate::coverage::town::place_at;
    use cim_geo::LocalFrame;

    fn flat() -> Obstacles {
        Obstacles::none(LocalFrame::new(place_at(0.0, 0.0, 0.0)))
    }

    /// The truth: 8 m up, looking south-east and 14° down, leaning by 2°, 48° wide.
    fn truth() -> ViewVolume {
        let facts = CameraFacts {
            at: place_at(10.0, -5.0, 0.0),
            height_m: Some(8.0),
            azimuth_deg: Some(123.0),
            tilt_deg: Some(14.0),
            roll_deg: 2.0,
            h_fov_deg: Some(48.0),
            ..CameraFacts::default()
        };
        ViewVolume::of(&facts).expect("a place")
    }

    /// What the catalogue says: nothing but the place.
    fn said() -> ViewVolume {
        let facts = CameraFacts {
            at: truth().at,
            height_m: Some(8.0),
            ..CameraFacts::default()
        };
        ViewVolume::of(&facts).expect("a place")
    }

    /// Places before the camera: so many metres ahead and to the right, and so high.
    const BEFORE: [(f64, f64, f64); 8] = [
        (20.0, -6.0, 0.0),
        (22.0, 7.0, 0.0),
        (60.0, -20.0, 0.0),
        (55.0, 18.0, 0.0),
        (40.0, 2.0, 4.0),
        (35.0, -10.0, 6.0),
        (70.0, 10.0, 3.0),
        (30.0, 5.0, 2.0),
    ];

    fn shown(count: usize) -> Vec<ImagePoint> {
        let (sin, cos) = 123.0_f64.to_radians().sin_cos();
        BEFORE
            .iter()
            .take(count)
            .map(|(ahead, right, height_m)| {
                let place = place_at(
                    10.0 + ahead * sin + right * cos,
                    -5.0 + ahead * cos - right * sin,
                    *height_m,
                );
                let [x, y] = project(&flat(), &truth(), place).expect("ahead");
                ImagePoint { x, y, place }
            })
            .collect()
    }

    #[track_caller]
    fn check_near(found: f64, expected: f64, tolerance: f64) {
        assert!(
            (found - expected).abs() <= tolerance,
            "{found} is not {expected}"
        );
    }

    #[test]
    fn four_points_on_the_ground_tell_where_a_camera_looks() {
        let points = shown(4);
        let found = calibrate(&flat(), &said(), &points, Hold::by_default(4)).expect("a fit");
        check_near(found.volume.azimuth_deg, 123.0, 0.05);
        check_near(found.volume.tilt_deg, 14.0, 0.05);
        check_near(found.volume.roll_deg, 2.0, 0.1);
        check_near(found.volume.h_fov_deg, 48.0, 0.1);
        assert!(
            found.rms_px < 1.0 && found.moved_m.abs() < 1e-9,
            "{found:?}"
        );
        assert!(found.held.position && !found.volume.assumed.azimuth);
        assert!(found.sigma_azimuth_deg > 0.0 && found.sigma_azimuth_deg < 1.0);
        let on_ground = found.residuals[0].on_ground_m.expect("it looks down");
        assert!(on_ground < 0.1, "{on_ground}");
    }

    #[test]
    fn eight_points_also_correct_the_place() {
        let mut start = said();
        start.at = place_at(11.5, -6.0, 0.0);
        start.height_m = 9.0;
        let found = calibrate(&flat(), &start, &shown(8), Hold::by_default(8)).expect("a fit");
        check_near(found.volume.azimuth_deg, 123.0, 0.5);
        check_near(found.volume.height_m, 8.0, 0.5);
        check_near(found.moved_m, 2.06, 0.6);
        assert!(found.sigma_position_m > 0.0 && !found.volume.assumed.height);
    }

    #[test]
    fn what_is_held_stays() {
        let mut start = said();
        (start.h_fov_deg, start.roll_deg) = (48.0, 2.0);
        let hold = Hold {
            position: true,
            roll: true,
            fov: true,
        };
        let found = calibrate(&flat(), &start, &shown(5), hold).expect("a fit");
        check_near(found.volume.h_fov_deg, 48.0, 1e-9);
        check_near(found.volume.roll_deg, 2.0, 1e-6);
        check_near(found.volume.azimuth_deg, 123.0, 0.05);
        check_near(found.sigma_h_fov_deg, 0.0, 1e-12);
    }

    #[track_caller]
    fn check_refused(points: &[ImagePoint], expected: &CalibrationError) {
        let hold = Hold::by_default(points.len());
        let refused = calibrate(&flat(), &said(), points, hold).err();
        assert_eq!(refused.as_ref(), Some(expected));
    }

    #[test]
    fn points_that_determine_nothing_are_refused() {
        check_refused(&shown(3), &CalibrationError::Count { given: 3 });
        let mut twice = shown(4);
        twice[3] = twice[1];
        let expected = CalibrationError::TooClose {
            first: 2,
            second: 4,
        };
        check_refused(&twice, &expected);
        let mut outside = shown(4);
        outside[2].x = 1.2;
        check_refused(&outside, &CalibrationError::Outside { point: 3 });
        let mut at_lens = shown(4);
        at_lens[0].place = Geodetic {
            height_m: 8.0,
            ..truth().at
        };
        check_refused(&at_lens, &CalibrationError::AtLens { point: 1 });
        let mut line = shown(4);
        for (point, x) in line.iter_mut().zip([0.1, 0.3, 0.6, 0.9]) {
            (point.x, point.y) = (x, 0.5);
        }
        check_refused(&line, &CalibrationError::OnOneLine);
    }

    #[test]
    fn points_that_are_mixed_up_are_refused() {
        let mut mixed = shown(6);
        let first = mixed[0].place;
        mixed[0].place = mixed[3].place;
        mixed[3].place = first;
        let hold = Hold {
            position: true,
            ..Hold::default()
        };
        let refused = calibrate(&flat(), &said(), &mixed, hold);
        assert!(
            matches!(refused, Err(CalibrationError::Misfit { .. })),
            "{refused:?}"
        );
        let panorama = ViewVolume {
            h_fov_deg: 360.0,
            ..said()
        };
        let refused = calibrate(&flat(), &panorama, &shown(4), hold);
        assert_eq!(refused, Err(CalibrationError::Panorama));
    }
}
