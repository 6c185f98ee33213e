//! Finding cameras: the nearest ones to a place, the ones that look at it first.

use crate::wedge::{ground_offset, on_the_ground, sees};
use cim_geo::{Enu, Geodetic, LocalFrame};
use cim_model::{Camera, CameraId, CameraStatus, GbCode};
use rstar::RTree;
use rstar::primitives::GeomWithData;

/// A camera's place in metres east and north, and its row in the catalogue.
type Spot = GeomWithData<[f64; 2], usize>;

/// Distances on the frame's plane and on the ground differ by less than this factor over the width of a province.
const PLANE_SLACK: f64 = 1.001;

/// All cameras of a city, found by place.
pub struct Catalogue {
    cameras: Vec<Camera>,
    /// The frame of the spots; its origin is among the cameras.
    frame: LocalFrame,
    spots: RTree<Spot>,
}

/// A camera near a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near<'a> {
    /// The camera.
    pub camera: &'a Camera,
    /// Its row in [`Catalogue::cameras`].
    pub index: usize,
    /// How far it is from the place on the ground, metres.
    pub distance_m: f64,
    /// True when the place lies within its range and field of view. Buildings in the way are not considered yet.
    pub in_view: bool,
}

impl Near<'_> {
    /// True when the camera delivers a picture of the place.
    pub fn shows_the_place(&self) -> bool {
        self.in_view && self.camera.status == CameraStatus::On
    }
}

impl Catalogue {
    /// The cameras in the order given. A camera whose place is no number is kept, but never found by place.
    pub fn new(cameras: Vec<Camera>) -> Self {
        let has_place = |camera: &&Camera| {
            camera.position.lon_deg.is_finite() && camera.position.lat_deg.is_finite()
        };
        let origin = cameras
            .iter()
            .find(has_place)
            .map(|camera| on_the_ground(camera.position))
            .unwrap_or_default();
        let frame = LocalFrame::new(origin);
        let spots = cameras
            .iter()
            .enumerate()
            .filter(|(_, camera)| has_place(camera))
            .map(|(index, camera)| GeomWithData::new(spot_of(&frame, camera.position), index))
            .collect();
        Self {
            cameras,
            frame,
            spots: RTree::bulk_load(spots),
        }
    }

    /// All cameras.
    pub fn cameras(&self) -> &[Camera] {
        &self.cameras
    }

    /// The camera with this identity.
    pub fn camera(&self, id: &CameraId) -> Option<&Camera> {
        self.cameras.iter().find(|camera| camera.id == *id)
    }

    /// At most `how_many` cameras within `max_distance_m` of `place`: first those that deliver and have the place in
    /// view, then the others; each group by distance on the ground.
    pub fn nearest(&self, place: Geodetic, how_many: usize, max_distance_m: f64) -> Vec<Near<'_>> {
        let here = spot_of(&self.frame, place);
        if !here.iter().all(|metres| metres.is_finite())
            || max_distance_m.is_nan()
            || max_distance_m < 0.0
        {
            return Vec::new();
        }
        let reach_m = max_distance_m * PLANE_SLACK + 1.0;
        let candidates = self.spots.locate_within_distance(here, reach_m * reach_m);
        let mut near: Vec<Near<'_>> = candidates
            .filter_map(|spot| {
                let camera = self.cameras.get(spot.data)?;
                let offset = ground_offset(camera.position, place);
                let distance_m = offset.east_m.hypot(offset.north_m);
                Some(Near {
                    camera,
                    index: spot.data,
                    distance_m,
                    in_view: sees(camera, place),
                })
            })
            .filter(|near| near.distance_m <= max_distance_m)
            .collect();
        near.sort_by(|a, b| {
            let by_view = b.shows_the_place().cmp(&a.shows_the_place());
            by_view
                .then(a.distance_m.total_cmp(&b.distance_m))
                .then(a.index.cmp(&b.index))
        });
        near.truncate(how_many);
        near
    }
}

/// The administrative division that a camera belongs to, six digits as in GB/T 2260, for instance `320300`; `None` when
/// its identity is no 20-digit code of GB/T 28181.
pub fn region_of(id: &CameraId) -> Option<String> {
    let code = GbCode::parse(id.as_str())?;
    Some(format!("{:06}", code.centre / 100))
}

fn spot_of(frame: &LocalFrame, place: Geodetic) -> [f64; 2] {
    let Enu {
        east_m, north_m, ..
    } = frame.enu_from_geodetic(on_the_ground(place));
    [east_m, north_m]
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    const XUZHOU: Geodetic = Geodetic {
        lon_deg: 117.2,
        lat_deg: 34.26,
        height_m: 0.0,
    };

    /// The place so many metres east and north of a square in Xuzhou.
    pub(crate) fn place_at(east_m: f64, north_m: f64) -> Geodetic {
        LocalFrame::new(XUZHOU).geodetic_from_enu(Enu {
            east_m,
            north_m,
            up_m: 0.0,
        })
    }

    /// A camera there, 8 m up, 90° wide, useful to 120 m.
    pub(crate) fn camera_at(name: &str, east_m: f64, north_m: f64, azimuth_deg: f64) -> Camera {
        Camera {
            id: CameraId::new(name),
            name: name.to_owned(),
            position: Geodetic {
                height_m: 8.0,
                ..place_at(east_m, north_m)
            },
            azimuth_deg,
            tilt_deg: 15.0,
            fov_deg: 90.0,
            range_m: 120.0,
            status: CameraStatus::On,
            category: 1,
            clips: Vec::new(),
        }
    }

    #[track_caller]
    fn check_nearest(
        cameras: Vec<Camera>,
        how_many: usize,
        max_distance_m: f64,
        expected: &[&str],
    ) {
        let catalogue = Catalogue::new(cameras);
        let near = catalogue.nearest(place_at(0.0, 0.0), how_many, max_distance_m);
        let found: Vec<String> = near
            .iter()
            .map(|one| {
                format!(
                    "{} {:.0} m{}",
                    one.camera.name,
                    one.distance_m,
                    if one.in_view { " in view" } else { "" }
                )
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn cameras_that_look_at_the_place_come_before_nearer_ones_that_do_not() {
        let cameras = vec![
            camera_at("away", 0.0, 10.0, 0.0),
            camera_at("far", 0.0, 100.0, 180.0),
            camera_at("at it", 50.0, 0.0, 270.0),
        ];
        check_nearest(
            cameras,
            9,
            500.0,
            &["at it 50 m in view", "far 100 m in view", "away 10 m"],
        );
    }

    #[test]
    fn a_camera_that_does_not_deliver_stands_among_those_that_see_nothing() {
        let dark = Camera {
            status: CameraStatus::Off,
            ..camera_at("dark", 20.0, 0.0, 270.0)
        };
        let cameras = vec![
            dark,
            camera_at("away", 10.0, 0.0, 90.0),
            camera_at("lit", 90.0, 0.0, 270.0),
        ];
        check_nearest(
            cameras,
            9,
            500.0,
            &["lit 90 m in view", "away 10 m", "dark 20 m in view"],
        );
    }

    #[test]
    fn a_place_beyond_the_range_or_beside_the_field_of_view_is_not_in_view() {
        let cameras = vec![
            camera_at("too far", -130.0, 0.0, 90.0),
            camera_at("just inside", 50.0, 0.0, 314.0),
            camera_at("just outside", 60.0, 0.0, 316.0),
        ];
        check_nearest(
            cameras,
            9,
            500.0,
            &[
                "just inside 50 m in view",
                "just outside 60 m",
                "too far 130 m",
            ],
        );
    }

    #[test]
    fn no_more_are_given_than_asked_for_and_none_from_farther_away() {
        let row = |count: u32| -> Vec<Camera> {
            (1..=count)
                .map(|n| camera_at(&n.to_string(), f64::from(n) * 30.0, 0.0, 270.0))
                .collect()
        };
        check_nearest(row(9), 2, 500.0, &["1 30 m in view", "2 60 m in view"]);
        check_nearest(row(9), 9, 70.0, &["1 30 m in view", "2 60 m in view"]);
        check_nearest(row(9), 0, 500.0, &[]);
        check_nearest(row(9), 9, -1.0, &[]);
        check_nearest(Vec::new(), 9, 500.0, &[]);
    }

    #[test]
    fn cameras_at_one_pole_keep_their_order() {
        let cameras = vec![
            camera_at("b", 30.0, 0.0, 270.0),
            camera_at("a", 30.0, 0.0, 270.0),
        ];
        check_nearest(cameras, 9, 500.0, &["b 30 m in view", "a 30 m in view"]);
    }

    #[test]
    fn a_camera_without_a_place_is_listed_but_never_found() {
        let mut lost = camera_at("lost", 0.0, 0.0, 0.0);
        lost.position.lon_deg = f64::NAN;
        let catalogue = Catalogue::new(vec![lost, camera_at("here", 5.0, 0.0, 270.0)]);
        assert_eq!(catalogue.cameras().len(), 2);
        assert!(catalogue.camera(&CameraId::new("lost")).is_some());
        let near = catalogue.nearest(place_at(0.0, 0.0), 9, f64::INFINITY);
        assert_eq!(near.iter().map(|one| one.index).collect::<Vec<_>>(), [1]);
        let nowhere = Geodetic {
            lon_deg: f64::NAN,
            ..XUZHOU
        };
        assert!(catalogue.nearest(nowhere, 9, 500.0).is_empty());
    }

    /// The index and a plain look at every camera agree, over a city 40 km wide.
    #[test]
    fn the_index_finds_what_a_look_at_every_camera_finds() {
        let mut dice: u32 = 7;
        let mut roll = || {
            dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(dice >> 16) / 65_536.0
        };
        let cameras: Vec<Camera> = (0..500)
            .map(|n| {
                camera_at(
                    &n.to_string(),
                    roll() * 40_000.0 - 20_000.0,
                    roll() * 40_000.0 - 20_000.0,
                    roll() * 360.0,
                )
            })
            .collect();
        let catalogue = Catalogue::new(cameras.clone());
        for _ in 0..50 {
            let place = place_at(roll() * 40_000.0 - 20_000.0, roll() * 40_000.0 - 20_000.0);
            let mut expected: Vec<usize> = (0..cameras.len())
                .filter(|index| {
                    let offset = ground_offset(cameras[*index].position, place);
                    offset.east_m.hypot(offset.north_m) <= 3_000.0
                })
                .collect();
            let mut found: Vec<usize> = catalogue
                .nearest(place, 500, 3_000.0)
                .iter()
                .map(|one| one.index)
                .collect();
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_code_tells_its_division() {
        assert_eq!(
            region_of(&CameraId::new("32030000001320000017")).as_deref(),
            Some("320300")
        );
        assert_eq!(
            region_of(&CameraId::new("01020000001320000017")).as_deref(),
            Some("010200")
        );
        assert_eq!(region_of(&CameraId::new("camera 7")), None);
    }
}
