//! What a camera sees, seen from above: a wedge on the ground.

use cim_geo::{Enu, Geodetic, LocalFrame};
use cim_model::Camera;

/// A wedge's far side is drawn through this many points.
pub const WEDGE_ARC_POINTS: u32 = 17;

/// From this field of view on, in degrees, a camera looks all around.
const ALL_AROUND_DEG: f64 = 359.5;

/// A place nearer than this to the camera, in metres, is in view whichever way it looks.
const BESIDE_M: f64 = 1.0;

/// The outline of what a camera sees on the ground: the camera itself, then the far side clockwise; the last point
/// joins the first. A camera that looks all around has a circle, without the point in the middle.
///
/// All heights are 0. Tilt is not considered: the wedge reaches from the camera's foot to its range. Empty when the
/// camera's place, direction or range is no number, or nothing is in its range.
pub fn wedge(camera: &Camera) -> Vec<Geodetic> {
    let numbers = [
        camera.position.lon_deg,
        camera.position.lat_deg,
        camera.azimuth_deg,
        camera.fov_deg,
        camera.range_m,
    ];
    if !numbers.iter().all(|number| number.is_finite())
        || camera.range_m <= 0.0
        || camera.fov_deg <= 0.0
    {
        return Vec::new();
    }
    let foot = on_the_ground(camera.position);
    let frame = LocalFrame::new(foot);
    let is_all_around = camera.fov_deg >= ALL_AROUND_DEG;
    let fov_deg = if is_all_around { 360.0 } else { camera.fov_deg };
    // The last point of a circle is its first one.
    let steps = if is_all_around {
        WEDGE_ARC_POINTS
    } else {
        WEDGE_ARC_POINTS - 1
    };
    let arc = (0..WEDGE_ARC_POINTS).map(|point| {
        let share = f64::from(point) / f64::from(steps);
        let bearing = (camera.azimuth_deg + fov_deg * (share - 0.5)).to_radians();
        let (sin, cos) = bearing.sin_cos();
        let corner = Enu {
            east_m: camera.range_m * sin,
            north_m: camera.range_m * cos,
            up_m: 0.0,
        };
        on_the_ground(frame.geodetic_from_enu(corner))
    });
    let apex = (!is_all_around).then_some(foot);
    apex.into_iter().chain(arc).collect()
}

/// True when `place` lies within a camera's range and field of view, seen from above. Whether the camera delivers, and
/// what stands in between, is not asked.
pub fn sees(camera: &Camera, place: Geodetic) -> bool {
    let offset = ground_offset(camera.position, place);
    let distance_m = offset.east_m.hypot(offset.north_m);
    let bearing_deg = offset.east_m.atan2(offset.north_m).to_degrees();
    let off_axis_deg = angle_between_deg(bearing_deg, camera.azimuth_deg);
    let is_ahead = distance_m <= BESIDE_M || off_axis_deg <= camera.fov_deg / 2.0;
    // Comparisons with what is no number are false: a camera with a broken range or azimuth sees nothing.
    is_ahead && distance_m <= camera.range_m
}

/// Where `place` is from `from`, both taken on the ground, metres.
pub(crate) fn ground_offset(from: Geodetic, place: Geodetic) -> Enu {
    LocalFrame::new(on_the_ground(from)).enu_from_geodetic(on_the_ground(place))
}

pub(crate) fn on_the_ground(place: Geodetic) -> Geodetic {
    Geodetic {
        height_m: 0.0,
        ..place
    }
}

/// The angle between two bearings, 0 to 180 degrees.
fn angle_between_deg(a: f64, b: f64) -> f64 {
    let turn = (a - b).rem_euclid(360.0);
    turn.min(360.0 - turn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::tests::camera_at;

    /// Metres between two places on the ground.
    fn metres(a: Geodetic, b: Geodetic) -> f64 {
        let offset = ground_offset(a, b);
        offset.east_m.hypot(offset.north_m)
    }

    #[test]
    fn a_wedge_begins_at_the_camera_and_reaches_its_range_everywhere() {
        let camera = camera_at("1", 0.0, 0.0, 90.0);
        let outline = wedge(&camera);
        assert_eq!(outline.len(), WEDGE_ARC_POINTS as usize + 1);
        assert_eq!(outline[0], on_the_ground(camera.position));
        for point in &outline[1..] {
            assert!(
                (metres(outline[0], *point) - camera.range_m).abs() < 0.01,
                "{point:?}"
            );
            assert!(sees(
                &Camera {
                    range_m: camera.range_m + 0.1,
                    fov_deg: camera.fov_deg + 0.1,
                    ..camera.clone()
                },
                *point
            ));
        }
        let middle = outline[1 + WEDGE_ARC_POINTS as usize / 2];
        let offset = ground_offset(camera.position, middle);
        assert!(
            offset.north_m.abs() < 0.01 && offset.east_m > 0.0,
            "it looks east: {offset:?}"
        );
    }

    #[test]
    fn a_camera_that_looks_all_around_has_a_circle() {
        let camera = Camera {
            fov_deg: 360.0,
            ..camera_at("1", 0.0, 0.0, 0.0)
        };
        let outline = wedge(&camera);
        assert_eq!(outline.len(), WEDGE_ARC_POINTS as usize);
        assert!(
            metres(outline[0], outline[outline.len() - 1]) > 1.0,
            "no point stands twice"
        );
    }

    #[test]
    fn a_camera_with_nonsense_numbers_has_no_wedge_and_sees_nothing() {
        let good = camera_at("1", 0.0, 0.0, 0.0);
        let place = crate::catalogue::tests::place_at(0.0, 50.0);
        assert!(sees(&good, place));
        for broken in [
            Camera {
                azimuth_deg: f64::NAN,
                ..good.clone()
            },
            Camera {
                fov_deg: f64::NAN,
                ..good.clone()
            },
            Camera {
                range_m: -1.0,
                ..good.clone()
            },
            Camera {
                range_m: f64::NAN,
                ..good.clone()
            },
        ] {
            assert!(wedge(&broken).is_empty(), "{broken:?}");
            assert!(!sees(&broken, place), "{broken:?}");
        }
    }

    #[test]
    fn north_lies_between_359_and_1_degree() {
        assert!((angle_between_deg(359.0, 1.0) - 2.0).abs() < 1e-9);
        assert!((angle_between_deg(-170.0, 170.0) - 20.0).abs() < 1e-9);
        assert!((angle_between_deg(0.0, 180.0) - 180.0).abs() < 1e-9);
    }
}
