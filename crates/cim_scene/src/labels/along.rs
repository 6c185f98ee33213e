//! Names along lines: where on a road there is room for its name, and how it bends there. Pure.
//!
//! A road has places for its name at even parts of its length, the more the nearer it is. At each place the road's line on the
//! screen is followed both ways; a name is written where the line is long and straight enough, never upside down.

use crate::{
    View, Viewport,
    declutter::PixelBox,
    view::{Projected, Projector},
};
use bevy_math::DVec3;
use std::f32::consts::PI;

/// A name comes again after this much of its road on the screen, CSS px.
const REPEAT_PX: f64 = 520.0;
/// Places for one road's name at most.
const MOST_PLACES: u32 = 64;
/// Points of a road at most; what comes after them carries no name.
const MOST_POINTS: usize = 4_096;
/// A new name wants this much more room than one that is written already, em.
const SPARE_EM: f32 = 1.0;
/// Largest bend between two letters, radians.
const MOST_BEND: f32 = 0.55;
/// The ends of a name are at least this part of its width apart.
const LEAST_CHORD: f32 = 0.85;
/// A line steeper than this counts as upright: 汉字 then stand one below the other, as Chinese maps have them.
const STEEP: f32 = 1.6;

/// A road's line in the city.
#[derive(Clone, Debug)]
pub(super) struct Path {
    points: Vec<DVec3>,
    /// Metres from the beginning to each point.
    ways: Vec<f64>,
    middle: DVec3,
    /// How far it reaches from its middle, metres.
    reach_m: f64,
}

/// What a name needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lettering {
    /// Its width, px.
    pub(super) width_px: f32,
    /// Its em, px.
    pub(super) em_px: f32,
    /// True for 汉字 only: they may stand one below the other.
    pub(super) is_han: bool,
    /// True when it is written already.
    pub(super) is_shown: bool,
}

/// A name's line on the screen.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Laid {
    /// The line in reading direction, px; the name's middle is half way along it.
    pub(super) line: Vec<[f32; 2]>,
    /// At each point of the line one part in its distance from the eye along the direction it looks, 1/m. Unlike the distance
    /// itself it is even along a straight stretch on the screen.
    pub(super) nearness: Vec<f32>,
    /// That middle, px.
    pub(super) middle: [f32; 2],
    /// True when the letters stand upright, one below the other.
    pub(super) is_stacked: bool,
    /// Distance of the middle from the eye, metres.
    pub(super) distance_m: f64,
}

impl Path {
    /// `None` for a line without length.
    pub(super) fn new(mut points: Vec<DVec3>) -> Option<Self> {
        points.truncate(MOST_POINTS);
        points.dedup_by(|next, kept| next.distance(*kept) < 0.01);
        if points.len() < 2 {
            return None;
        }
        let mut ways = Vec::with_capacity(points.len());
        let mut way = 0.0;
        let mut before = *points.first()?;
        for point in &points {
            way += point.distance(before);
            before = *point;
            ways.push(way);
        }
        let (least, most) = points.iter().fold(
            (DVec3::INFINITY, DVec3::NEG_INFINITY),
            |(least, most), at| (least.min(*at), most.max(*at)),
        );
        Some(Self {
            points,
            ways,
            middle: (least + most) * 0.5,
            reach_m: least.distance(most) * 0.5,
        })
    }

    fn length_m(&self) -> f64 {
        self.ways.last().copied().unwrap_or_default()
    }

    /// How many places for its name it has, seen from an eye; 0 when all of it is farther than `reach_m` or behind.
    pub(super) fn places(&self, view: &View, viewport: &Viewport, reach_m: f64) -> u32 {
        let off = self.middle - view.eye();
        let nearest_m = off.length() - self.reach_m;
        let Some(focal_px) = viewport.focal_px() else {
            return 0;
        };
        if nearest_m > reach_m || off.dot(view.forward()) < -self.reach_m {
            return 0;
        }
        // Half of the road is nearer than its middle; counted there, near and far end have about the right number.
        let metres_per_px = off.length().max(1.0) / focal_px;
        let fitting = self.length_m() / (REPEAT_PX * viewport.scale * metres_per_px);
        // Powers of two, so that the places stay while the camera comes a little nearer.
        let doublings = fitting.max(1.0).log2().floor() as u32;
        1_u32
            .checked_shl(doublings)
            .unwrap_or(MOST_PLACES)
            .min(MOST_PLACES)
    }

    /// The metres from the beginning of a place, of `places`.
    fn way_of(&self, place: u32, places: u32) -> f64 {
        self.length_m() * (f64::from(place) + 0.5) / f64::from(places.max(1))
    }

    /// The point some metres from the beginning, and the row of the point before it.
    fn point_at(&self, way: f64) -> Option<(DVec3, usize)> {
        let after = self.ways.partition_point(|reached| *reached <= way).max(1);
        let after = after.min(self.points.len() - 1);
        let (from, to) = (self.points.get(after - 1)?, self.points.get(after)?);
        let (begun, ended) = (self.ways.get(after - 1)?, self.ways.get(after)?);
        let part = ((way - begun) / (ended - begun)).clamp(0.0, 1.0);
        Some((from.lerp(*to, part), after - 1))
    }

    /// Lays a name at a place; `None` where it does not fit.
    pub(super) fn lay(
        &self,
        (place, places): (u32, u32),
        lettering: &Lettering,
        projector: &Projector,
        viewport: &Viewport,
    ) -> Option<Laid> {
        let (anchor, before) = self.point_at(self.way_of(place, places))?;
        let seen = projector.project(anchor)?;
        let spare_px = if lettering.is_shown {
            0.0
        } else {
            SPARE_EM * lettering.em_px
        };
        let half_px = lettering.width_px * 0.5;
        let needed_px = half_px + spare_px * 0.5;
        let middle = on_screen(&seen);
        let ahead = follow(
            middle,
            needed_px,
            self.points.iter().skip(before + 1),
            projector,
        )?;
        let behind = self.points.iter().take(before + 1).rev();
        let behind = follow(middle, needed_px, behind, projector)?;
        let mut line: Vec<DVec3> = behind.into_iter().rev().collect();
        line.push(middle);
        line.extend(ahead);
        if !line.iter().all(|at| viewport.contains(pixel(*at))) {
            return None;
        }
        let is_stacked = turn_to_read(&mut line, lettering)?;
        let laid = Laid {
            nearness: line.iter().map(|at| at.z as f32).collect(),
            line: line.into_iter().map(pixel).collect(),
            middle: seen.px,
            is_stacked,
            distance_m: seen.depth_m,
        };
        laid.is_gentle(lettering).then_some(laid)
    }
}

impl Laid {
    /// Boxes around letters of these advances (em), on the screen.
    pub(super) fn boxes(
        &self,
        advances_em: impl Iterator<Item = f32>,
        lettering: &Lettering,
        halo_px: f32,
    ) -> Vec<PixelBox> {
        let em = lettering.em_px;
        let mut pen = (length_of(&self.line) - lettering.width_px) * 0.5;
        advances_em
            .map(|advance_em| {
                let advance = advance_em * em;
                let (at, angle) = stretch_at(&self.line, pen, advance);
                pen += advance;
                let angle = if self.is_stacked { 0.0 } else { angle };
                let (sin, cos) = angle.sin_cos();
                let (across, up) = (advance * 0.5, em * 0.6);
                PixelBox {
                    centre: at,
                    half: [
                        across * cos.abs() + up * sin.abs() + halo_px,
                        across * sin.abs() + up * cos.abs() + halo_px,
                    ],
                }
            })
            .collect()
    }

    /// True when the line bends so little that the letters stand beside each other.
    fn is_gentle(&self, lettering: &Lettering) -> bool {
        let em = lettering.em_px;
        let start = (length_of(&self.line) - lettering.width_px) * 0.5;
        let letters = (lettering.width_px / em).ceil().max(1.0) as u32;
        let angles: Vec<f32> = (0..letters)
            .map(|letter| stretch_at(&self.line, start + em * letter as f32, em).1)
            .collect();
        let (Some(first), Some(last)) = (self.line.first(), self.line.last()) else {
            return false;
        };
        let chord = (last[0] - first[0]).hypot(last[1] - first[1]);
        chord >= LEAST_CHORD * length_of(&self.line)
            && angles.windows(2).all(|pair| match pair {
                [one, next] => between_angles(*one, *next) <= MOST_BEND,
                _ => true,
            })
    }
}

/// Follows a road on the screen for `needed_px`, from a pixel over the points that come next; `None` when it ends before, or
/// passes behind the eye. Points as [`on_screen`] has them.
fn follow<'a>(
    from: DVec3,
    needed_px: f32,
    next: impl Iterator<Item = &'a DVec3>,
    projector: &Projector,
) -> Option<Vec<DVec3>> {
    let mut left_px = f64::from(needed_px);
    let mut at = from;
    let mut line = Vec::new();
    for point in next {
        let seen = on_screen(&projector.project(*point)?);
        let step_px = at.truncate().distance(seen.truncate());
        if step_px >= left_px {
            line.push(at.lerp(seen, left_px / step_px.max(1e-9)));
            return Some(line);
        }
        // Points that fall on one pixel have no direction.
        if step_px > 0.5 {
            left_px -= step_px;
            line.push(seen);
            at = seen;
        }
    }
    None
}

/// Turns a line so that a name can be read along it; true when the letters have to be stacked. `None` for a line of no extent.
fn turn_to_read(line: &mut [DVec3], lettering: &Lettering) -> Option<bool> {
    let across = (*line.last()? - *line.first()?).truncate();
    let is_steep = across.y.abs() > f64::from(STEEP) * across.x.abs();
    let is_stacked = is_steep && lettering.is_han;
    let is_backwards = if is_stacked {
        across.y < 0.0
    } else {
        across.x < 0.0
    };
    if is_backwards {
        line.reverse();
    }
    (across.length() > 1.0).then_some(is_stacked)
}

/// The length of a line, px.
pub(super) fn length_of(line: &[[f32; 2]]) -> f32 {
    line.windows(2)
        .map(|ends| match ends {
            [from, to] => (to[0] - from[0]).hypot(to[1] - from[1]),
            _ => 0.0,
        })
        .sum()
}

/// The middle and the direction (radians, clockwise on the screen) of a stretch of a line that begins at `from_px`.
///
/// Before its beginning and after its end the line goes on straight.
pub(super) fn stretch_at(line: &[[f32; 2]], from_px: f32, length_px: f32) -> ([f32; 2], f32) {
    let (from, to) = (pixel_at(line, from_px), pixel_at(line, from_px + length_px));
    let middle = pixel_at(line, from_px + length_px * 0.5);
    (middle, (to[1] - from[1]).atan2(to[0] - from[0]))
}

/// The nearness some way along a line that has one at each point. Beyond its ends it stays as it is there.
pub(super) fn nearness_at(line: &[[f32; 2]], nearness: &[f32], way_px: f32) -> Option<f32> {
    let mut left = way_px.max(0.0);
    for (ends, near) in line.windows(2).zip(nearness.windows(2)) {
        let ([from, to], [begun, ended]) = (ends, near) else {
            continue;
        };
        let step = (to[0] - from[0]).hypot(to[1] - from[1]);
        if left <= step {
            return Some(begun + (ended - begun) * (left / step.max(1e-6)));
        }
        left -= step;
    }
    nearness.last().copied()
}

/// The pixel some way along a line.
fn pixel_at(line: &[[f32; 2]], way_px: f32) -> [f32; 2] {
    let mut left = way_px;
    let last = line.len().saturating_sub(2);
    for (row, ends) in line.windows(2).enumerate() {
        let [from, to] = ends else { continue };
        let step = (to[0] - from[0]).hypot(to[1] - from[1]);
        if left <= step || row == last {
            let part = left / step.max(1e-6);
            return [
                from[0] + (to[0] - from[0]) * part,
                from[1] + (to[1] - from[1]) * part,
            ];
        }
        left -= step;
    }
    line.first().copied().unwrap_or_default()
}

/// The smaller angle between two directions, radians.
fn between_angles(one: f32, other: f32) -> f32 {
    ((one - other + PI).rem_euclid(2.0 * PI) - PI).abs()
}

/// Where a point appears: pixel in x and y, nearness (1/m) in z.
fn on_screen(seen: &Projected) -> DVec3 {
    DVec3::new(
        f64::from(seen.px[0]),
        f64::from(seen.px[1]),
        1.0 / seen.depth_m,
    )
}

fn pixel(at: DVec3) -> [f32; 2] {
    [at.x as f32, at.y as f32]
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEWPORT: Viewport = Viewport {
        width_px: 1280.0,
        height_px: 720.0,
        scale: 1.0,
    };

    /// Straight down from 800 m, north up: about one metre a pixel.
    fn view() -> View {
        View {
            target: DVec3::ZERO,
            distance_m: 800.0,
            heading_rad: 0.0,
            pitch_rad: 1.55,
        }
    }

    fn lettering(letters: f32, is_han: bool) -> Lettering {
        Lettering {
            width_px: letters * 12.0,
            em_px: 12.0,
            is_han,
            is_shown: true,
        }
    }

    fn laid(points: &[[f64; 2]], lettering: &Lettering) -> Option<Laid> {
        let points = points
            .iter()
            .map(|[x, y]| DVec3::new(*x, *y, 0.0))
            .collect();
        let path = Path::new(points)?;
        let projector = Projector::new(&view(), &VIEWPORT)?;
        path.lay((0, 1), lettering, &projector, &VIEWPORT)
    }

    #[test]
    fn a_name_is_read_from_left_to_right_whichever_way_its_road_runs() {
        for road in [
            [[-200.0, 0.0], [200.0, 40.0]],
            [[200.0, 40.0], [-200.0, 0.0]],
        ] {
            let laid = laid(&road, &lettering(4.0, true)).expect("room");
            let (first, last) = (laid.line[0], laid.line[laid.line.len() - 1]);
            assert!(first[0] < last[0] && !laid.is_stacked);
            assert!((length_of(&laid.line) - 48.0).abs() < 0.1);
            let (_, angle) = stretch_at(&laid.line, 10.0, 12.0);
            assert!(
                angle < -0.05 && angle > -0.2,
                "north is up, so it rises: {angle}"
            );
        }
    }

    #[test]
    fn on_a_steep_road_hanzi_stand_one_below_the_other() {
        for road in [
            [[0.0, -200.0], [10.0, 200.0]],
            [[10.0, 200.0], [0.0, -200.0]],
        ] {
            let han = laid(&road, &lettering(4.0, true)).expect("room");
            assert!(han.is_stacked);
            assert!(
                han.line[0][1] < han.line[han.line.len() - 1][1],
                "from top to bottom"
            );
            let latin = laid(&road, &lettering(4.0, false)).expect("room");
            assert!(!latin.is_stacked);
        }
    }

    #[test]
    fn a_short_or_crooked_road_has_no_name() {
        assert_eq!(
            laid(&[[0.0, 0.0], [30.0, 0.0]], &lettering(4.0, true)),
            None
        );
        let zigzag = [
            [-40.0, 0.0],
            [-10.0, 0.0],
            [-10.0, 30.0],
            [10.0, 30.0],
            [10.0, 0.0],
            [40.0, 0.0],
        ];
        assert_eq!(laid(&zigzag, &lettering(8.0, true)), None);
        assert!(Path::new(vec![DVec3::ZERO, DVec3::ZERO]).is_none());
    }

    #[test]
    fn a_name_bends_gently_with_its_road() {
        let arc: Vec<[f64; 2]> = (-10..=10)
            .map(|step| {
                let turn = f64::from(step) * 0.06;
                [turn.sin() * 150.0, turn.cos() * 150.0 - 150.0]
            })
            .collect();
        let laid = laid(&arc, &lettering(6.0, true)).expect("room");
        let (_, first) = stretch_at(&laid.line, 0.0, 12.0);
        let (_, last) = stretch_at(&laid.line, 60.0, 12.0);
        assert!(last - first > 0.2, "it bends: {first} … {last}");
        let boxes = laid.boxes(std::iter::repeat_n(1.0, 6), &lettering(6.0, true), 2.0);
        assert_eq!(boxes.len(), 6);
        assert!(boxes[5].centre[0] - boxes[0].centre[0] > 50.0);
    }

    #[test]
    fn a_long_road_has_more_places_near_by_and_none_far_away() {
        let path = Path::new(vec![
            DVec3::new(-2_000.0, 0.0, 0.0),
            DVec3::new(2_000.0, 0.0, 0.0),
        ])
        .expect("a line");
        let places = |distance_m: f64| {
            let view = View {
                distance_m,
                ..view()
            };
            path.places(&view, &VIEWPORT, 5_000.0)
        };
        assert!(places(400.0) > places(1_600.0));
        assert_eq!(places(1e5), 0);
        assert!(places(1.0) <= MOST_PLACES);
    }

    #[test]
    fn a_name_knows_how_near_its_road_is() {
        // Seen aslant, the road leads away from the eye.
        let view = View {
            pitch_rad: 0.5,
            ..view()
        };
        let projector = Projector::new(&view, &VIEWPORT).expect("a viewport");
        let path = Path::new(vec![
            DVec3::new(-60.0, -200.0, 0.0),
            DVec3::new(60.0, 200.0, 0.0),
        ])
        .expect("a line");
        let laid = path
            .lay((0, 1), &lettering(4.0, false), &projector, &VIEWPORT)
            .expect("room");
        assert_eq!(laid.line.len(), laid.nearness.len());
        let half_px = length_of(&laid.line) * 0.5;
        let middle = nearness_at(&laid.line, &laid.nearness, half_px).expect("a line");
        let off = f64::from(middle) * laid.distance_m - 1.0;
        assert!(off.abs() < 1e-3, "{middle} for {} m", laid.distance_m);
        let (first, last) = (laid.nearness[0], laid.nearness[laid.nearness.len() - 1]);
        assert!((first - last).abs() > 1e-6, "{first} … {last}");
        let end = nearness_at(&laid.line, &laid.nearness, 1e4).expect("a line");
        assert!((end - last).abs() < 1e-9);
        assert_eq!(nearness_at(&[], &[], 1.0), None);
    }

    #[test]
    fn beyond_its_ends_a_line_goes_on_straight() {
        let line = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]];
        for (way_px, wanted) in [
            (-5.0, [-5.0, 0.0]),
            (15.0, [10.0, 5.0]),
            (25.0, [10.0, 15.0]),
        ] {
            let [x, y] = pixel_at(&line, way_px);
            assert!(
                (x - wanted[0]).hypot(y - wanted[1]) < 1e-4,
                "{way_px} px along: {x}, {y}"
            );
        }
    }
}
