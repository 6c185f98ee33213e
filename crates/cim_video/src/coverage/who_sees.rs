//! Which cameras see a point, a way or an area, the best first, with the reasons.

use super::grid::{Grid, area_m2, outline_of};
use super::lens::Assumed;
use super::level::Level;
use super::obstacles::{Clearness, Obstacles};
use super::route::Way;
use super::score::{Parts, Weights, angle_part, pixels_part, score, worth};
use super::view::Seen;
use super::viewers::{Ready, Viewers};
use cim_geo::Geodetic;
use glam::Vec3;

/// A way or an area is looked at in so many places at most.
pub const MAX_SAMPLES: usize = 256;

/// Places of a way or an area are no nearer to each other than this, metres.
const LEAST_STEP_M: f64 = 1.0;

/// The longer side of an area has so many cells at most: crossing sides enclose more than their area says.
const MOST_CELLS_ACROSS: f64 = 1_024.0;

/// What a camera that must turn first keeps of its certainty.
const TURNING_CERTAINTY: f32 = 0.6;

/// What is to be seen. Heights are above the ground; 0 takes the height of the question.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// One place.
    Point(Geodetic),
    /// A way through these places.
    Path(Vec<Geodetic>),
    /// What lies within this outline.
    Area(Vec<Geodetic>),
}

/// How the question is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Question {
    /// How wide the thing is that should be seen, metres.
    pub object_m: f64,
    /// How high above the ground it is where the target does not say, metres.
    pub height_m: f64,
    /// Where its front faces, clockwise from north, degrees; `None` when every side will do.
    pub facing_deg: Option<f64>,
    /// The most answers.
    pub limit: usize,
    /// Whether cameras are told that have it in view but something in the way.
    pub with_blocked: bool,
    /// Whether cameras are told that must turn first.
    pub with_turning: bool,
    /// How much each part of the rank counts.
    pub weights: Weights,
}

impl Default for Question {
    fn default() -> Self {
        Self {
            object_m: 1.0,
            height_m: 1.0,
            facing_deg: None,
            limit: 50,
            with_blocked: true,
            with_turning: true,
            weights: Weights::default(),
        }
    }
}

/// How a camera sees the target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// The caller's number of the camera.
    pub row: u32,
    /// The lens; height above the ellipsoid.
    pub at: Geodetic,
    /// The place of the target that it sees best, which the other fields are about; height above the ellipsoid.
    pub target: Geodetic,
    /// From the lens to there, metres.
    pub distance_m: f32,
    /// Pixels that the object is wide in the picture.
    pub pixels: f32,
    /// Pixels on a metre.
    pub pixels_per_m: f32,
    /// What such a picture is good for.
    pub level: Level,
    /// Between the line of sight and the middle of the picture, degrees; 0 when it must turn first.
    pub off_axis_deg: f32,
    /// How steeply the camera looks down at it, degrees; below 0 when it looks up.
    pub down_deg: f32,
    /// Between the line of sight and the direction that the front faces, degrees: 0 from the front, 180 from behind.
    pub facing_deg: Option<f32>,
    /// Of the target's places, the share that is in view and has nothing known in the way: 0 to 1.
    pub share: f32,
    /// True when the camera must turn first.
    pub by_turning: bool,
    /// Whether the line to the place is free.
    pub clear: Clearness,
    /// Why it ranks where it ranks.
    pub parts: Parts,
    /// Its rank, 0 to 1: [`score`] of the parts, times the share of what it sees of a way or an area.
    pub score: f32,
    /// What of its volume is only assumed.
    pub assumed: Assumed,
}

impl Sight {
    /// Free lines first, then those that nobody can be sure of, then blocked ones.
    fn group(&self) -> u8 {
        match self.clear {
            Clearness::Clear => 0,
            Clearness::Unknown => 1,
            Clearness::Blocked(_) => 2,
        }
    }
}

/// The cameras that have the target in view, the best first: free lines before unknown and blocked ones, each group by
/// score, then by distance and row. Empty for a target without a place.
pub fn who_sees(
    obstacles: &Obstacles,
    viewers: &Viewers,
    target: &Target,
    question: &Question,
) -> Vec<Sight> {
    let samples = samples_of(obstacles, target, question.height_m);
    let Some(window) = window_of(&samples) else {
        return Vec::new();
    };
    let mut sights: Vec<Sight> = viewers
        .near(window)
        .into_iter()
        .filter_map(|ready| sight_of(obstacles, ready, &samples, question))
        .filter(|sight| question.with_blocked || sight.group() < 2)
        .collect();
    sights.sort_by(|a, b| {
        let by_group = a.group().cmp(&b.group());
        by_group
            .then(b.score.total_cmp(&a.score))
            .then(a.distance_m.total_cmp(&b.distance_m))
            .then(a.row.cmp(&b.row))
    });
    sights.truncate(question.limit);
    sights
}

/// The places that stand for the target, in the frame.
fn samples_of(obstacles: &Obstacles, target: &Target, height_m: f64) -> Vec<Vec3> {
    let raised = |place: Geodetic| {
        let height_m = if place.height_m > 0.0 {
            place.height_m
        } else {
            height_m
        };
        obstacles.place(Geodetic { height_m, ..place })
    };
    let mut samples: Vec<Vec3> = match target {
        Target::Point(place) => vec![raised(*place)],
        Target::Path(places) => along(places, MAX_SAMPLES, LEAST_STEP_M)
            .into_iter()
            .map(raised)
            .collect(),
        Target::Area(outline) => {
            let inside = within(obstacles, outline, height_m);
            if inside.is_empty() && outline.len() > 2 {
                // Narrower than a cell: its outline stands for it.
                along(outline, MAX_SAMPLES, LEAST_STEP_M)
                    .into_iter()
                    .map(raised)
                    .collect()
            } else {
                inside
            }
        }
    };
    samples.retain(|place| place.is_finite());
    samples
}

/// Places along a way, both ends included: no more than `most` and no nearer to each other than `least_step_m`.
fn along(places: &[Geodetic], most: usize, least_step_m: f64) -> Vec<Geodetic> {
    let way = Way::new(places);
    let gaps = (way.length_m() / least_step_m)
        .floor()
        .clamp(1.0, most.saturating_sub(1).max(1) as f64);
    (0..=gaps as u32)
        .filter_map(|step| way.at(way.length_m() * f64::from(step) / gaps))
        .collect()
}

/// Middles of cells over an area, as many as are looked at.
fn within(obstacles: &Obstacles, outline: &[Geodetic], height_m: f64) -> Vec<Vec3> {
    let outline = outline_of(obstacles, outline);
    let cell_m = (area_m2(&outline) / MAX_SAMPLES as f64)
        .sqrt()
        .max(LEAST_STEP_M)
        .max(longer_side_m(&outline) / MOST_CELLS_ACROSS);
    let Ok(grid) = Grid::over(&outline, cell_m, obstacles.frame().origin()) else {
        return Vec::new();
    };
    let inside = grid.inside(&outline);
    let cells: Vec<usize> = inside
        .iter()
        .zip(0_usize..)
        .filter(|(is_inside, _)| **is_inside)
        .map(|(_, cell)| cell)
        .collect();
    let count = cells.len();
    let is_taken = |at: usize| {
        count <= MAX_SAMPLES || (at + 1) * MAX_SAMPLES / count > at * MAX_SAMPLES / count
    };
    cells
        .into_iter()
        .enumerate()
        .filter(|(at, _)| is_taken(*at))
        .map(|(_, cell)| {
            let [east, north] = grid.centre_of(cell);
            let up = obstacles.ground_at(east, north) + height_m as f32;
            Vec3::new(east, north, up)
        })
        .collect()
}

/// The longer side of the rectangle around an outline, metres; 0 for none.
fn longer_side_m(outline: &[[f64; 2]]) -> f64 {
    let sides = (0..2).map(|axis| {
        let parts = outline.iter().map(|corner| corner[axis]);
        let low = parts.clone().fold(f64::INFINITY, f64::min);
        parts.fold(f64::NEG_INFINITY, f64::max) - low
    });
    sides.fold(0.0, f64::max)
}

fn window_of(samples: &[Vec3]) -> Option<[f32; 4]> {
    let low = samples.iter().copied().reduce(Vec3::min)?;
    let high = samples.iter().copied().reduce(Vec3::max)?;
    Some([low.x, low.y, high.x, high.y])
}

/// The place that a camera sees best, how, and how much of the target it sees.
struct Judged {
    place: Vec3,
    seen: Seen,
    clear: Clearness,
    share: f32,
}

fn judge(
    obstacles: &Obstacles,
    ready: &Ready,
    samples: &[Vec3],
    question: &Question,
) -> Option<Judged> {
    let lens = ready.view.lens;
    let seen_at = |place: Vec3| {
        let seen = ready.view.seen(place)?;
        (question.with_turning || !seen.by_turning).then_some(seen)
    };
    if let [place] = samples {
        let seen = seen_at(*place)?;
        let clear = obstacles.clearness(lens, *place);
        let share = if matches!(clear, Clearness::Blocked(_)) {
            0.0
        } else {
            1.0
        };
        return Some(Judged {
            place: *place,
            seen,
            clear,
            share,
        });
    }
    let mut free = 0_u32;
    let mut best: Option<(bool, Seen, Vec3)> = None;
    for place in samples {
        let Some(seen) = seen_at(*place) else {
            continue;
        };
        let is_free = !obstacles.is_blocked(lens, *place);
        free += u32::from(is_free);
        let rank = |is_free: bool, seen: &Seen| (is_free, !seen.by_turning);
        let is_better = best.as_ref().is_none_or(|(was_free, before, _)| {
            rank(is_free, &seen)
                .cmp(&rank(*was_free, before))
                .then(seen.pixels_per_m.total_cmp(&before.pixels_per_m))
                .is_gt()
        });
        if is_better {
            best = Some((is_free, seen, *place));
        }
    }
    let (_, seen, place) = best?;
    Some(Judged {
        place,
        seen,
        clear: obstacles.clearness(lens, place),
        share: free as f32 / samples.len().max(1) as f32,
    })
}

fn sight_of(
    obstacles: &Obstacles,
    ready: &Ready,
    samples: &[Vec3],
    question: &Question,
) -> Option<Sight> {
    let Judged {
        place,
        seen,
        clear,
        share,
    } = judge(obstacles, ready, samples, question)?;
    let (lens, viewer) = (ready.view.lens, &ready.viewer);
    let facing_deg = question.facing_deg.map(|front_deg| {
        let back = lens - place;
        let bearing_deg = f64::from(back.x.atan2(back.y).to_degrees());
        let turn = (bearing_deg - front_deg).rem_euclid(360.0);
        turn.min(360.0 - turn) as f32
    });
    let assumed = viewer.volume.assumed;
    let turning = if seen.by_turning {
        TURNING_CERTAINTY
    } else {
        1.0
    };
    let parts = Parts {
        pixels: pixels_part(seen.pixels_per_m),
        angle: angle_part(seen.down_deg, facing_deg),
        grade: worth(viewer.grade),
        health: worth(viewer.health),
        certainty: worth(assumed.certainty() * turning),
    };
    let of_target = if share > 0.0 { share } else { 1.0 };
    Some(Sight {
        row: viewer.row,
        at: obstacles.geodetic_of(lens.to_array()),
        target: obstacles.geodetic_of(place.to_array()),
        distance_m: seen.distance_m,
        pixels: seen.pixels_per_m * question.object_m as f32,
        pixels_per_m: seen.pixels_per_m,
        level: Level::of(seen.pixels_per_m),
        off_axis_deg: seen.off_axis_deg,
        down_deg: seen.down_deg,
        facing_deg,
        share,
        by_turning: seen.by_turning,
        clear,
        parts,
        score: score(&parts, &question.weights) * of_target,
        assumed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::brute;
    use crate::coverage::lens::{CameraFacts, CameraKind, ViewVolume};
    use crate::coverage::town::{Roll, add_block, cameras, feature, place_at, town, viewer};
    use crate::coverage::viewers::Viewer;
    use cim_geo::LocalFrame;
    use cim_tiles::FeatureClass;

    /// A block between the origin and what lies north of it.
    fn block() -> Obstacles {
        let mut triangles = Vec::new();
        add_block(&mut triangles, [-10.0, 20.0], [10.0, 40.0], 0.0, 20.0, 0);
        let features = vec![feature("b1", FeatureClass::Building)];
        Obstacles::from_triangles(
            LocalFrame::new(place_at(0.0, 0.0, 0.0)),
            None,
            features,
            triangles,
        )
    }

    /// A camera there, 6 m up, 90° wide and 120 m far.
    fn camera(row: u32, east_m: f64, north_m: f64, azimuth_deg: f64) -> Viewer {
        let facts = CameraFacts {
            at: place_at(east_m, north_m, 0.0),
            height_m: Some(6.0),
            azimuth_deg: Some(azimuth_deg),
            tilt_deg: Some(5.0),
            h_fov_deg: Some(90.0),
            range_m: Some(120.0),
            ..CameraFacts::default()
        };
        viewer(row, ViewVolume::of(&facts).expect("a place"))
    }

    #[track_caller]
    fn check_sights(
        viewers: Vec<Viewer>,
        target: &Target,
        question: &Question,
        expected: &[(u32, &str)],
    ) {
        let obstacles = block();
        let viewers = Viewers::new(&obstacles, viewers);
        let sights = who_sees(&obstacles, &viewers, target, question);
        let found: Vec<(u32, &str)> = sights
            .iter()
            .map(|sight| {
                let word = match sight.clear {
                    Clearness::Clear if sight.by_turning => "clear by turning",
                    Clearness::Clear => "clear",
                    Clearness::Blocked(_) => "blocked",
                    Clearness::Unknown => "unknown",
                };
                (sight.row, word)
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn free_lines_come_before_blocked_ones_and_nearer_cameras_before_farther_ones() {
        let viewers = vec![
            camera(1, 0.0, 0.0, 0.0),
            camera(2, 30.0, 60.0, 270.0),
            camera(3, 80.0, 60.0, 270.0),
            camera(4, 80.0, 60.0, 90.0),
        ];
        let target = Target::Point(place_at(0.0, 60.0, 0.0));
        let question = Question::default();
        let expected = [(2, "clear"), (3, "clear"), (1, "blocked")];
        check_sights(viewers.clone(), &target, &question, &expected);
        let only_clear = Question {
            with_blocked: false,
            limit: 1,
            ..question
        };
        check_sights(viewers, &target, &only_clear, &expected[..1]);
    }

    #[test]
    fn a_camera_that_must_turn_is_told_after_one_that_looks() {
        let mut dome = camera(1, 30.0, 60.0, 90.0);
        dome.volume.can_turn = true;
        let target = Target::Point(place_at(0.0, 60.0, 1.5));
        let viewers = vec![dome, camera(2, 35.0, 60.0, 270.0)];
        let question = Question::default();
        check_sights(
            viewers.clone(),
            &target,
            &question,
            &[(2, "clear"), (1, "clear by turning")],
        );
        let now = Question {
            with_turning: false,
            ..question
        };
        check_sights(viewers, &target, &now, &[(2, "clear")]);
    }

    #[test]
    fn a_sick_camera_ranks_below_a_well_one() {
        let mut sick = camera(1, 30.0, 60.0, 270.0);
        sick.health = 0.1;
        let target = Target::Point(place_at(0.0, 60.0, 0.0));
        let viewers = vec![sick, camera(2, 40.0, 60.0, 270.0)];
        check_sights(
            viewers,
            &target,
            &Question::default(),
            &[(2, "clear"), (1, "clear")],
        );
    }

    #[test]
    fn of_a_way_the_share_counts_that_is_seen() {
        let obstacles = block();
        let viewers = Viewers::new(&obstacles, vec![camera(1, 0.0, 0.0, 0.0)]);
        let path = Target::Path(vec![place_at(-60.0, 60.0, 0.0), place_at(60.0, 60.0, 0.0)]);
        let sights = who_sees(&obstacles, &viewers, &path, &Question::default());
        // The block hides the middle: 30 m to both sides of the axis, of 120 m.
        assert_eq!(sights.len(), 1);
        assert!((sights[0].share - 0.5).abs() < 0.02, "{:?}", sights[0]);
        assert!(sights[0].clear.is_clear());
        let area = Target::Area(vec![
            place_at(-5.0, 50.0, 0.0),
            place_at(5.0, 50.0, 0.0),
            place_at(5.0, 60.0, 0.0),
            place_at(-5.0, 60.0, 0.0),
        ]);
        let sights = who_sees(&obstacles, &viewers, &area, &Question::default());
        assert!(sights[0].share == 0.0 && !sights[0].clear.is_clear());
    }

    #[test]
    fn an_area_of_any_shape_is_looked_at_in_a_few_places() {
        let obstacles = block();
        let corners = |places: &[(f64, f64)]| {
            let each = places.iter();
            let outline = each.map(|(east, north)| place_at(*east, *north, 0.0));
            samples_of(&obstacles, &Target::Area(outline.collect()), 1.0).len()
        };
        // Sides that cross enclose as much to the left as to the right.
        let crossed = [
            (-900.0, -900.0),
            (900.0, 900.0),
            (900.0, -900.0),
            (-900.0, 900.0),
        ];
        assert!((100..=MAX_SAMPLES).contains(&corners(&crossed)));
        let sliver = [(0.0, 0.0), (3_000.0, 3_000.0), (3_000.0, 3_000.1)];
        assert!((1..=MAX_SAMPLES).contains(&corners(&sliver)));
        let square = [(0.0, 0.0), (160.0, 0.0), (160.0, 160.0), (0.0, 160.0)];
        assert!((200..=MAX_SAMPLES).contains(&corners(&square)));
    }

    #[test]
    fn a_front_is_seen_from_its_side() {
        let obstacles = block();
        let viewers = Viewers::new(&obstacles, vec![camera(1, 60.0, 60.0, 270.0)]);
        let target = Target::Point(place_at(0.0, 60.0, 1.0));
        let facing = |front_deg: f64| {
            let question = Question {
                facing_deg: Some(front_deg),
                ..Question::default()
            };
            who_sees(&obstacles, &viewers, &target, &question)[0]
        };
        assert!(facing(90.0).facing_deg.is_some_and(|beside| beside < 0.1));
        assert!(facing(270.0).parts.angle.abs() < 1e-6);
        assert!(facing(90.0).score > facing(30.0).score);
    }

    #[test]
    fn a_target_without_a_place_is_seen_by_nobody() {
        for target in [
            Target::Point(Geodetic::new(f64::NAN, 34.0, 0.0)),
            Target::Path(Vec::new()),
            Target::Area(vec![place_at(0.0, 0.0, 0.0)]),
        ] {
            check_sights(
                vec![camera(1, 0.0, 0.0, 0.0)],
                &target,
                &Question::default(),
                &[],
            );
        }
    }

    /// A thousand random points: tree and index answer what a loop over all cameras and all triangles answers.
    #[test]
    fn a_thousand_points_are_answered_as_by_brute_force() {
        let side = 30;
        let obstacles = town(side, 1);
        let viewers = cameras(&obstacles, side, 600, 2);
        let mut roll = Roll::new(3);
        let half = f64::from(side * 25);
        let question = Question {
            limit: usize::MAX,
            ..Question::default()
        };
        let (mut clear, mut blocked) = (0, 0);
        for _ in 0..1_000 {
            let spot = roll.place();
            let at = place_at(
                f64::from(spot.x) * half,
                f64::from(spot.y) * half,
                f64::from(spot.z + 1.1) * 4.0,
            );
            let mut found: Vec<(u32, Option<u32>)> =
                who_sees(&obstacles, &viewers, &Target::Point(at), &question)
                    .iter()
                    .map(|sight| match sight.clear {
                        Clearness::Blocked(block) => (sight.row, Some(block.feature)),
                        Clearness::Clear | Clearness::Unknown => (sight.row, None),
                    })
                    .collect();
            found.sort_unstable();
            assert_eq!(found, brute::who_sees(&obstacles, &viewers, at));
            clear += found.iter().filter(|(_, block)| block.is_none()).count();
            blocked += found.iter().filter(|(_, block)| block.is_some()).count();
        }
        assert!(
            clear > 500 && blocked > 500,
            "{clear} clear, {blocked} blocked"
        );
    }

    #[test]
    fn kinds_without_a_direction_say_so() {
        let obstacles = block();
        let facts = CameraFacts {
            at: place_at(30.0, 60.0, 0.0),
            kind: CameraKind::Fixed,
            ..CameraFacts::default()
        };
        let bare = viewer(1, ViewVolume::of(&facts).expect("a place"));
        let viewers = Viewers::new(&obstacles, vec![bare, camera(2, 30.0, 61.0, 270.0)]);
        let target = Target::Point(place_at(0.0, 60.0, 1.0));
        let sights = who_sees(&obstacles, &viewers, &target, &Question::default());
        assert_eq!(sights.iter().map(|one| one.row).collect::<Vec<_>>(), [2, 1]);
        assert!(sights[1].assumed.azimuth && sights[1].parts.certainty < 0.2);
    }
}
