//! Calibrating a camera by points that somebody clicked in its image and in the twin.

use super::{
    Look, VideoDesk,
    sights::{told_pose, volume_dto},
};
use crate::wire::{CalibrationDto, CalibrationFieldDto, CalibrationPointDto, VideoRefusalDto};
use cim_geo::{Geodetic, LocalFrame};
use cim_layers::sight::ViewPose;
use cim_video::{
    coverage::{
        Calibration, CalibrationError, Hold, ImagePoint, MAX_POINTS, MIN_POINTS, Obstacles,
        ViewVolume, calibrate,
    },
    rights::Pose,
};

/// A calibration and what it would be written down as.
pub(crate) struct Calibrating {
    pub(crate) told: CalibrationDto,
    pub(crate) record: Option<Pose>,
}

/// Why the points are none; `None` when they are.
pub(crate) fn refused_points(points: &[CalibrationPointDto]) -> Option<VideoRefusalDto> {
    let is_sound = |point: &CalibrationPointDto| {
        (0.0..=1.0).contains(&point.x)
            && (0.0..=1.0).contains(&point.y)
            && (-180.0..=180.0).contains(&point.lon)
            && (-90.0..=90.0).contains(&point.lat)
            && point.height_m.is_finite()
    };
    let is_many = (MIN_POINTS..=MAX_POINTS).contains(&points.len());
    if is_many && points.iter().all(is_sound) {
        return None;
    }
    let found = format!("{} points", points.len());
    Some(super::refusal(
        "bad_points",
        &found,
        "4 to 8 points within the image and on the earth are needed",
    ))
}

impl VideoDesk {
    /// What the points say about a camera. Nothing is written down.
    pub(crate) fn calibrate(
        &self,
        look: &Look<'_>,
        id: &str,
        points: &[CalibrationPointDto],
    ) -> Calibrating {
        let refused = |refused: VideoRefusalDto| Calibrating {
            told: CalibrationDto {
                id: id.to_owned(),
                refused: Some(refused),
                ..CalibrationDto::default()
            },
            record: None,
        };
        if let Some(why) = refused_points(points) {
            return refused(why);
        }
        let Some((start, is_calibrated)) = self.volume_of(id) else {
            let why = "nobody knows where the camera stands";
            return refused(super::refusal("no_place", id, why));
        };
        let scene = self.in_sight(look, start.at);
        let obstacles = &scene.obstacles;
        let clicked: Vec<ImagePoint> = points
            .iter()
            .map(|point| ImagePoint {
                x: point.x,
                y: point.y,
                place: above_ground(obstacles, point),
            })
            .collect();
        let hold = Hold::by_default(clicked.len());
        match calibrate(obstacles, &start, &clicked, hold) {
            Err(error) => refused(refused_by_points(&error)),
            Ok(found) => {
                let told = self.channels().find(id).and_then(told_pose);
                Calibrating {
                    record: Some(record_of(&found, points.len(), told)),
                    told: told_of(id, (&start, is_calibrated), &found),
                }
            }
        }
    }
}

/// Why points determine no camera, each reason with a code of its own and the points that it is about.
fn refused_by_points(error: &CalibrationError) -> VideoRefusalDto {
    let (code, what) = match error {
        CalibrationError::Count { given } => ("bad_points", given.to_string()),
        CalibrationError::Outside { point } => ("points_outside", point.to_string()),
        CalibrationError::AtLens { point } => ("points_at_camera", point.to_string()),
        CalibrationError::TooClose { first, second } => {
            ("points_too_close", format!("{first}, {second}"))
        }
        CalibrationError::OnOneLine => ("points_on_a_line", String::new()),
        CalibrationError::Panorama => ("points_panorama", String::new()),
        CalibrationError::Behind => ("points_behind", String::new()),
        CalibrationError::Misfit { worst, .. } => ("points_misfit", worst.to_string()),
        CalibrationError::Undetermined => ("points_open", String::new()),
    };
    super::refusal(code, &what, &error.to_string())
}

/// A place that was clicked in the twin, its height above the ground.
fn above_ground(obstacles: &Obstacles, point: &CalibrationPointDto) -> Geodetic {
    let place = Geodetic::new(point.lon, point.lat, point.height_m);
    let up_m = obstacles.frame().enu_from_geodetic(place).up_m;
    Geodetic {
        height_m: up_m - obstacles.ground_m(place),
        ..place
    }
}

fn record_of(found: &Calibration, points: usize, told: Option<[f64; 3]>) -> Pose {
    let volume = &found.volume;
    Pose {
        azimuth_deg: volume.azimuth_deg,
        tilt_deg: volume.tilt_deg,
        roll_deg: volume.roll_deg,
        hfov_deg: volume.h_fov_deg,
        vfov_deg: volume.v_fov_deg,
        lon_deg: volume.at.lon_deg,
        lat_deg: volume.at.lat_deg,
        height_m: volume.height_m,
        residual_px: found.rms_px,
        points: u32::try_from(points).unwrap_or(u32::MAX),
        told,
    }
}

fn told_of(
    id: &str,
    (start, is_calibrated): (&ViewVolume, bool),
    found: &Calibration,
) -> CalibrationDto {
    let after = &found.volume;
    let moved = LocalFrame::new(start.at).enu_from_geodetic(after.at);
    let field = |field: &str, before: f64, after: f64, is_held: bool| CalibrationFieldDto {
        field: field.to_owned(),
        before,
        after,
        is_held,
    };
    let held = found.held;
    CalibrationDto {
        id: id.to_owned(),
        volume: Some(volume_dto(&(*after, is_calibrated))),
        fields: vec![
            field("azimuth", start.azimuth_deg, after.azimuth_deg, false),
            field("tilt", start.tilt_deg, after.tilt_deg, false),
            field("roll", start.roll_deg, after.roll_deg, held.roll),
            field("fov", start.h_fov_deg, after.h_fov_deg, held.fov),
            field("east", 0.0, moved.east_m, held.position),
            field("north", 0.0, moved.north_m, held.position),
            field("up", start.height_m, after.height_m, held.position),
        ],
        residuals_px: found
            .residuals
            .iter()
            .map(|residual| residual.dx_px.hypot(residual.dy_px))
            .collect(),
        rms_px: found.rms_px,
        is_saved: false,
        can_undo: is_calibrated,
        refused: None,
    }
}

/// How a camera stands and looks, in the frame of the twin.
pub(crate) fn pose_of(obstacles: &Obstacles, volume: &ViewVolume) -> ViewPose {
    let lens = Geodetic {
        height_m: volume.height_m,
        ..volume.at
    };
    ViewPose {
        lens: obstacles.geodetic_of(obstacles.enu_of(lens)),
        azimuth_deg: volume.azimuth_deg,
        tilt_deg: volume.tilt_deg,
        roll_deg: volume.roll_deg,
        fov_h_deg: volume.h_fov_deg,
        fov_v_deg: volume.v_fov_deg,
        range_m: volume.range_m,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_names_its_points() {
        let told = |error: CalibrationError| {
            let why = refused_by_points(&error);
            (why.code, why.what)
        };
        let close = CalibrationError::TooClose {
            first: 1,
            second: 3,
        };
        assert_eq!(
            told(close),
            ("points_too_close".to_owned(), "1, 3".to_owned())
        );
        let off = CalibrationError::Misfit {
            rms_px: 80.0,
            worst: 2,
        };
        assert_eq!(told(off), ("points_misfit".to_owned(), "2".to_owned()));
        let line = told(CalibrationError::OnOneLine);
        assert_eq!(line, ("points_on_a_line".to_owned(), String::new()));
    }

    #[test]
    fn four_points_within_the_image_are_needed() {
        let point = CalibrationPointDto {
            x: 0.5,
            y: 0.5,
            lon: 121.5,
            lat: 31.2,
            height_m: 4.0,
        };
        assert!(refused_points(&[point; 4]).is_none());
        assert!(refused_points(&[point; 3]).is_some());
        assert!(refused_points(&[point; 9]).is_some());
        let outside = CalibrationPointDto { x: 1.5, ..point };
        assert!(refused_points(&[point, point, point, outside]).is_some());
        let nowhere = CalibrationPointDto {
            lat: f64::NAN,
            ..point
        };
        assert!(refused_points(&[point, point, point, nowhere]).is_some());
    }
}
