//! What the desk hears of the camera: that it moved, what it sees of the ground, and the view to be saved.

use super::{FrameStep, OrbitCamera};
use crate::{City, TwinCommand, TwinOutput};
use bevy_ecs::prelude::{Local, MessageReader, MessageWriter, Res};
use bevy_math::{DVec2, DVec3};

/// How often a moving camera is told to the desk, seconds.
const TELL_EVERY_S: f64 = 0.1;
/// How far the seen ground is taken to reach towards the horizon: distances of the camera, and at least metres.
const FOOTPRINT_DISTANCES: f64 = 12.0;
const LEAST_FOOTPRINT_M: f64 = 2_000.0;

/// What the desk was told last, and how long ago.
#[derive(Default)]
pub(super) struct Told {
    revision: u64,
    since_s: f64,
}

pub(super) fn tell_camera(
    mut told: Local<'_, Told>,
    step: Res<'_, FrameStep>,
    camera: Res<'_, OrbitCamera>,
    city: Res<'_, City>,
    mut outputs: MessageWriter<'_, TwinOutput>,
) {
    told.since_s += step.clamped();
    let is_news = told.revision != camera.revision();
    if is_news && (told.since_s >= TELL_EVERY_S || !camera.moving()) {
        *told = Told {
            revision: camera.revision(),
            since_s: 0.0,
        };
        let level = |point: DVec2| {
            let place = city.geodetic_from_enu(point.extend(0.0))?;
            Some([place.lon_deg, place.lat_deg])
        };
        let footprint: Option<Vec<[f64; 2]>> = footprint(&camera).into_iter().map(level).collect();
        outputs.write(TwinOutput::CameraMoved {
            heading_deg: camera.view().heading_deg(),
            metres_per_px: camera.metres_per_px(),
            eye: city.geodetic_from_enu(camera.eye()).unwrap_or_default(),
            footprint: footprint.unwrap_or_default(),
        });
    }
}

pub(super) fn answer_view(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    camera: Res<'_, OrbitCamera>,
    city: Res<'_, City>,
    mut outputs: MessageWriter<'_, TwinOutput>,
) {
    for command in commands.read() {
        if let TwinCommand::AskView = command {
            // Where the camera is going is what the person wants to keep.
            let view = camera.goal();
            if let Some(target) = city.geodetic_from_enu(view.target) {
                outputs.write(TwinOutput::View {
                    target,
                    distance_m: view.distance_m,
                    heading_deg: view.heading_deg(),
                    pitch_deg: view.pitch_rad.to_degrees(),
                });
            }
        }
    }
}

/// The corners of the seen ground, metres east and north: top left, top right, bottom right, bottom left of the picture.
/// Towards the horizon the ground ends at a limit. Empty without a viewport.
fn footprint(camera: &OrbitCamera) -> Vec<DVec2> {
    let viewport = camera.viewport();
    let (right, bottom) = (viewport.width_px as f32, viewport.height_px as f32);
    let farthest_m = (camera.view().distance_m * FOOTPRINT_DISTANCES).max(LEAST_FOOTPRINT_M);
    let foot = camera.eye().truncate();
    let corner = |px: [f32; 2]| {
        let ray = camera.ray_through(px)?;
        let seen = ray.ground().map(DVec3::truncate);
        let limit = foot + ray.dir.truncate().normalize_or_zero() * farthest_m;
        Some(
            seen.filter(|seen| seen.distance(foot) < farthest_m)
                .unwrap_or(limit),
        )
    };
    [[0.0, 0.0], [right, 0.0], [right, bottom], [0.0, bottom]]
        .into_iter()
        .filter_map(corner)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Move, View, Viewport};

    #[test]
    fn the_seen_ground_is_a_trapeze_that_ends_at_a_limit() {
        let mut camera = OrbitCamera {
            viewport: Viewport::new(1280, 720, 1.0),
            ..OrbitCamera::default()
        };
        camera.go_to(
            View {
                target: DVec3::ZERO,
                distance_m: 500.0,
                heading_rad: 0.0,
                pitch_rad: 0.2,
            },
            Move::Jump,
        );
        let corners = footprint(&camera);
        assert_eq!(corners.len(), 4);
        let foot = camera.eye().truncate();
        assert!(
            (corners[0].distance(foot) - 6_000.0).abs() < 1e-6,
            "beyond the horizon"
        );
        assert!(corners[2].distance(foot) < 1_000.0 && corners[2].x > 0.0 && corners[3].x < 0.0);
        assert!(corners[1].distance(corners[0]) > corners[2].distance(corners[3]));
        assert!(footprint(&OrbitCamera::default()).is_empty());
    }
}
