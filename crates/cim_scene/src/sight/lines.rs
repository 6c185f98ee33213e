//! Sight lines and the edges of views, as drawings.

use super::PlacedPose;
use crate::{City, DrawRole, DrawnLine};
use bevy_math::DVec3;
use cim_layers::sight::{
    DepthMap, MOST_SIGHT_LINES, MOST_SIGHT_VOLUMES, SightEnd, SightLine, SightVolume, VideoStage,
};

/// A clear line: bluish green, which differs from red for every kind of colour vision.
const CLEAR: DrawRole = DrawRole::Own([0x2d, 0xbe, 0x8d]);
/// What stands in the way; not the red of alarms.
const BLOCKED: DrawRole = DrawRole::Own([0xe8, 0x5d, 0x3a]);
/// What is not seen, or not known.
const UNSEEN: DrawRole = DrawRole::Own([0x8a, 0x9a, 0xa9]);

/// Widths, CSS px.
const LINE_PX: f32 = 2.0;
const THIN_PX: f32 = 1.25;
/// Diameters of what marks an end, CSS px.
const TARGET_PX: f32 = 9.0;
const LENS_PX: f32 = 6.0;

/// The outline of what a view hits has so many points for each side of its picture.
const SIDE_POINTS: u32 = 16;
/// The corners of a picture, in order around it.
const CORNERS: [[f64; 2]; 4] = [[-1.0, 1.0], [1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]];

/// Everything that is drawn as lines, views first: sight lines lie above them.
pub(super) fn lines_of(stage: &VideoStage, city: &City) -> Vec<DrawnLine> {
    let mut lines = Vec::new();
    for volume in stage.volumes.iter().take(MOST_SIGHT_VOLUMES) {
        if let Some(pose) = PlacedPose::of(&volume.pose, city) {
            edges(volume, &pose, &mut lines);
        }
    }
    for line in stage.lines.iter().take(MOST_SIGHT_LINES) {
        sight(line, city, &mut lines);
    }
    lines
}

/// A sight: a whole line to where it ends, a broken one from there to the target, and a mark at each end.
fn sight(line: &SightLine, city: &City, lines: &mut Vec<DrawnLine>) {
    let ends = [line.from, line.to].map(|place| city.enu_from_geodetic(place));
    let [Some(lens), Some(target)] = ends else {
        return;
    };
    match line.end {
        SightEnd::Clear => {
            lines.push(straight([lens, target], CLEAR));
            lines.push(mark(target, CLEAR, TARGET_PX));
            lines.push(mark(lens, CLEAR, LENS_PX));
        }
        SightEnd::Blocked(at) => {
            let Some(at) = city.enu_from_geodetic(at) else {
                return;
            };
            lines.push(broken([at, target]));
            lines.push(mark(target, UNSEEN, LENS_PX));
            lines.push(straight([lens, at], BLOCKED));
            lines.push(mark(at, BLOCKED, TARGET_PX));
            lines.push(mark(lens, BLOCKED, LENS_PX));
        }
        SightEnd::Unknown => {
            lines.push(broken([lens, target]));
            lines.push(mark(lens, UNSEEN, LENS_PX));
        }
    }
}

/// The four edges of a view, and where its picture's border falls: on what it hits, or at its range.
fn edges(volume: &SightVolume, pose: &PlacedPose, lines: &mut Vec<DrawnLine>) {
    let depth = volume.depth.as_deref().filter(|depth| depth.is_sound());
    let (role, width_px) = if volume.is_selected {
        (DrawRole::Select, LINE_PX)
    } else {
        (DrawRole::Neutral, THIN_PX)
    };
    let line = |points, is_closed| DrawnLine {
        points,
        role,
        width_px,
        is_dashed: volume.is_assumed,
        is_closed,
    };
    for corner in CORNERS {
        lines.push(line(vec![pose.lens, end_of(pose, depth, corner)], false));
    }
    let border = border().map(|at| end_of(pose, depth, at));
    lines.push(line(border.collect(), true));
    lines.push(mark(pose.lens, role, LENS_PX));
}

/// Points around a picture.
fn border() -> impl Iterator<Item = [f64; 2]> {
    let next = CORNERS.into_iter().cycle().skip(1);
    CORNERS.into_iter().zip(next).flat_map(|(from, to)| {
        (0..SIDE_POINTS).map(move |step| {
            let share = f64::from(step) / f64::from(SIDE_POINTS);
            let [x, y] = from;
            [x + (to[0] - x) * share, y + (to[1] - y) * share]
        })
    })
}

/// Where a sight through a point of the picture ends.
fn end_of(pose: &PlacedPose, depth: Option<&DepthMap>, at: [f64; 2]) -> DVec3 {
    let hit_m = depth.map_or(f64::INFINITY, |depth| metres_at(depth, at));
    let reach_m = hit_m.min(pose.range_m).max(0.0);
    pose.lens + pose.through(at).normalize_or_zero() * reach_m
}

/// How far a camera sees through a point of its picture, metres; infinite where it is not known.
fn metres_at(depth: &DepthMap, [across, above]: [f64; 2]) -> f64 {
    let cell = |share: f64, cells: u32| {
        let last = cells.saturating_sub(1);
        ((share * f64::from(cells)) as u32).min(last) as usize
    };
    let column = cell((across + 1.0) * 0.5, depth.columns);
    let row = cell((1.0 - above) * 0.5, depth.rows);
    let metres = depth.metres.get(row * depth.columns as usize + column);
    let metres = metres.copied().map_or(f64::INFINITY, f64::from);
    if metres.is_nan() {
        f64::INFINITY
    } else {
        metres
    }
}

fn straight(points: [DVec3; 2], role: DrawRole) -> DrawnLine {
    DrawnLine {
        points: points.to_vec(),
        role,
        width_px: LINE_PX,
        is_dashed: false,
        is_closed: false,
    }
}

fn broken(points: [DVec3; 2]) -> DrawnLine {
    DrawnLine {
        width_px: THIN_PX,
        is_dashed: true,
        ..straight(points, UNSEEN)
    }
}

/// A disc: a line without length has round ends.
fn mark(at: DVec3, role: DrawRole, width_px: f32) -> DrawnLine {
    DrawnLine {
        width_px,
        ..straight([at, at], role)
    }
}
