//! A trench along a thing that is there, usually a pipe: its middle line, from the corners of its mesh.
//!
//! The desk names the thing; whoever holds the meshes is asked for its corners ([`AskCorners`], [`FeatureCorners`]); the line
//! is told as a [`Sketch::Line`], heights included, so that the desk knows how deep the thing lies.

use crate::{City, Sketch, SketchKind, TwinCommand, TwinOutput};
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{
    IntoScheduleConfigs, Local, Message, MessageReader, MessageWriter, Res, SystemSet,
};
use bevy_math::{DVec2, DVec3};

/// Follows things.
pub struct FollowPlugin;

impl Plugin for FollowPlugin {
    fn build(&self, app: &mut App) {
        app.add_message::<AskCorners>()
            .add_message::<FeatureCorners>()
            .add_systems(
                Update,
                (
                    ask_corners.in_set(FollowSystems::Ask),
                    follow_thing
                        .in_set(FollowSystems::Tell)
                        .after(FollowSystems::Ask),
                ),
            );
    }
}

/// Systems that follow things. Answer [`AskCorners`] between the two.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub enum FollowSystems {
    /// Asks for corners.
    Ask,
    /// Tells the line along them.
    Tell,
}

/// Asks for the corners of a feature's mesh, in all tiles that are shown. Answered with [`FeatureCorners`].
#[derive(Message, Clone, Debug, PartialEq, Eq)]
pub struct AskCorners {
    /// The feature's identity.
    pub id: String,
}

/// The answer to [`AskCorners`].
#[derive(Message, Clone, Debug, PartialEq)]
pub struct FeatureCorners {
    /// The feature's identity.
    pub id: String,
    /// Its corners, metres east, north and up, in any order; empty when it is not there.
    pub corners: Vec<DVec3>,
}

/// Corners that are nearer along the thing than this belong to one point of its line, metres.
const POINT_APART_M: f64 = 2.0;
/// Points of a line at most; a longer thing has them farther apart.
const MOST_POINTS: usize = 64;

/// The middle line of a long thing: its corners in groups along its main direction, the middle of each group.
///
/// Right for whatever always goes on along that direction, as pipes, cables and tunnels between two manholes do; a thing that
/// turns back upon itself comes out too straight. Fewer than two points for a thing without length.
pub fn middle_line(corners: &[DVec3]) -> Vec<DVec3> {
    let corners: Vec<DVec3> = corners
        .iter()
        .copied()
        .filter(|at| at.is_finite())
        .collect();
    let count = corners.len().max(1) as f64;
    let middle = corners.iter().map(|at| at.truncate()).sum::<DVec2>() / count;
    let (mut east, mut north, mut both) = (0.0, 0.0, 0.0);
    for corner in &corners {
        let off = corner.truncate() - middle;
        east += off.x * off.x;
        north += off.y * off.y;
        both += off.x * off.y;
    }
    // The axis of largest spread of a plane cloud.
    let axis = DVec2::from_angle(0.5 * (2.0 * both).atan2(east - north));
    let mut along: Vec<(f64, DVec3)> = corners
        .into_iter()
        .map(|at| ((at.truncate() - middle).dot(axis), at))
        .collect();
    along.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (Some(first), Some(last)) = (along.first(), along.last()) else {
        return Vec::new();
    };
    let apart_m = POINT_APART_M.max((last.0 - first.0) / (MOST_POINTS - 1) as f64);
    let mut line: Vec<DVec3> = Vec::new();
    let mut group: Vec<DVec3> = Vec::new();
    let mut begun = first.0;
    for (way, at) in along {
        if way - begun >= apart_m {
            line.push(mean(&group));
            group.clear();
            begun = way;
        }
        group.push(at);
    }
    line.push(mean(&group));
    line
}

fn mean(points: &[DVec3]) -> DVec3 {
    points.iter().sum::<DVec3>() / points.len().max(1) as f64
}

/// What is to be followed.
#[derive(Default)]
struct Wanted(Option<String>);

fn ask_corners(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    mut questions: MessageWriter<'_, AskCorners>,
) {
    for command in commands.read() {
        if let TwinCommand::TrenchAlong { id } = command {
            questions.write(AskCorners { id: id.clone() });
        }
    }
}

fn follow_thing(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    mut wanted: Local<'_, Wanted>,
    mut answers: MessageReader<'_, '_, FeatureCorners>,
    city: Res<'_, City>,
    mut outputs: MessageWriter<'_, TwinOutput>,
) {
    for command in commands.read() {
        if let TwinCommand::TrenchAlong { id } = command {
            wanted.0 = Some(id.clone());
        }
    }
    for answer in answers.read() {
        if wanted.0.as_ref() != Some(&answer.id) {
            continue;
        }
        wanted.0 = None;
        let line: Option<Vec<_>> = middle_line(&answer.corners)
            .into_iter()
            .map(|point| city.geodetic_from_enu(point))
            .collect();
        if let Some(line) = line.filter(|line| line.len() >= 2) {
            outputs.write(TwinOutput::Sketched(Sketch::Line {
                kind: SketchKind::Trench,
                line,
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The corners of a tube of 0.3 m radius through some points.
    fn tube(points: &[DVec3]) -> Vec<DVec3> {
        let mut corners = Vec::new();
        for (row, at) in points.iter().enumerate() {
            let from = points[row.saturating_sub(1)];
            let to = points[(row + 1).min(points.len() - 1)];
            let side = (to - from).normalize().cross(DVec3::Z) * 0.3;
            corners.extend([
                *at + side,
                *at - side,
                *at + DVec3::Z * 0.3,
                *at - DVec3::Z * 0.3,
            ]);
        }
        corners
    }

    #[test]
    fn the_line_runs_through_the_middle_of_a_pipe() {
        let way = [
            DVec3::new(0.0, 0.0, -2.0),
            DVec3::new(40.0, 10.0, -2.5),
            DVec3::new(80.0, 12.0, -3.0),
        ];
        let line = middle_line(&tube(&way));
        assert_eq!(line.len(), 3);
        for (found, wanted) in line.iter().zip(way) {
            assert!(found.distance(wanted) < 1e-9, "{found} is not {wanted}");
        }
    }

    #[test]
    fn a_long_pipe_keeps_to_the_limit_and_a_point_has_no_line() {
        let way: Vec<DVec3> = (0..2_000).map(|step| DVec3::Y * f64::from(step)).collect();
        let line = middle_line(&tube(&way));
        assert!((2..=MOST_POINTS).contains(&line.len()), "{}", line.len());
        assert_eq!(middle_line(&[DVec3::ONE; 4]).len(), 1);
        assert!(middle_line(&[]).is_empty());
    }
}
