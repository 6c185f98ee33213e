//! A view volume made ready: whether it holds a place, and how large a metre there is in the picture.

use super::lens::{ViewVolume, WIDEST_PERSPECTIVE_DEG};
use glam::Vec3;

/// A camera that turns can look up so far, degrees above the horizon; down it can look straight.
const TURN_UP_DEG: f32 = 20.0;

/// Nearer than this to the lens nothing is a picture, metres.
const TOO_NEAR_M: f32 = 0.01;

/// A view volume in the frame of the obstacles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    pub(crate) lens: Vec3,
    forward: Vec3,
    right: Vec3,
    up: Vec3,
    shape: Shape,
    range_m: f32,
    /// Pixels that a metre takes at a metre.
    pixels_at_1_m: f32,
    can_turn: bool,
}

/// What is within the picture's sides.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// Tangents of half the angles.
    Perspective { across: f32, upright: f32 },
    /// Half the angle around, and the elevations between which something is seen, degrees above the horizon.
    Around {
        azimuth_deg: f32,
        half_deg: f32,
        low_deg: f32,
        high_deg: f32,
    },
}

/// How a place is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Seen {
    pub(crate) distance_m: f32,
    pub(crate) pixels_per_m: f32,
    /// Between the line of sight and the middle of the picture, degrees.
    pub(crate) off_axis_deg: f32,
    /// How steeply it is looked down at, degrees.
    pub(crate) down_deg: f32,
    /// True when the camera must turn first.
    pub(crate) by_turning: bool,
}

impl View {
    /// The volume with its lens at that place of the frame.
    pub(crate) fn new(volume: &ViewVolume, lens: Vec3) -> Self {
        let [forward, right, up] = axes(volume.azimuth_deg, volume.tilt_deg, volume.roll_deg)
            .map(|axis| Vec3::from_array(axis.map(|part| part as f32)));
        let half_h = (volume.h_fov_deg / 2.0).to_radians();
        let half_v = (volume.v_fov_deg / 2.0).to_radians();
        let is_perspective_lens = volume.h_fov_deg <= WIDEST_PERSPECTIVE_DEG;
        let width = f64::from(volume.pixels[0]);
        let pixels_at_1_m = if is_perspective_lens {
            width / (2.0 * half_h.tan())
        } else {
            width / (2.0 * half_h)
        };
        let shape = if volume.is_all_around() {
            Shape::Around {
                azimuth_deg: volume.azimuth_deg as f32,
                half_deg: if volume.assumed.azimuth {
                    180.0
                } else {
                    (volume.h_fov_deg / 2.0) as f32
                },
                low_deg: (-volume.tilt_deg - volume.v_fov_deg / 2.0) as f32,
                high_deg: (-volume.tilt_deg + volume.v_fov_deg / 2.0) as f32,
            }
        } else {
            Shape::Perspective {
                across: half_h.tan() as f32,
                // A lens that is 180° high has no tangent; a very large one holds as much.
                upright: half_v.tan().min(1.0e6) as f32,
            }
        };
        Self {
            lens,
            forward,
            right,
            up,
            shape,
            range_m: volume.range_m as f32,
            pixels_at_1_m: pixels_at_1_m as f32,
            can_turn: volume.can_turn,
        }
    }

    /// Pixels on a metre at that place as the camera stands now; `None` when it is not in the picture or out of range.
    #[inline]
    pub(crate) fn pixels_per_m(&self, at: Vec3) -> Option<f32> {
        let way = at - self.lens;
        let square = way.length_squared();
        if square > self.range_m * self.range_m || square < TOO_NEAR_M * TOO_NEAR_M {
            return None;
        }
        match self.shape {
            Shape::Perspective { across, upright } => {
                let depth = self.forward.dot(way);
                let is_inside = depth > 0.0
                    && self.right.dot(way).abs() <= across * depth
                    && self.up.dot(way).abs() <= upright * depth;
                is_inside.then(|| self.pixels_at_1_m / depth)
            }
            Shape::Around {
                azimuth_deg,
                half_deg,
                low_deg,
                high_deg,
            } => {
                let elevation_deg = elevation_deg(way);
                let is_inside = elevation_deg >= low_deg
                    && elevation_deg <= high_deg
                    && (half_deg >= 180.0
                        || between_deg(way.x.atan2(way.y).to_degrees(), azimuth_deg) <= half_deg);
                is_inside.then(|| self.pixels_at_1_m / square.sqrt())
            }
        }
    }

    /// The same, or what the camera gives when it turns to the place.
    #[inline]
    pub(crate) fn pixels_per_m_turning(&self, at: Vec3) -> Option<f32> {
        if let Some(pixels) = self.pixels_per_m(at) {
            return Some(pixels);
        }
        let way = at - self.lens;
        let distance_m = way.length();
        let is_reached = self.can_turn
            && (TOO_NEAR_M..=self.range_m).contains(&distance_m)
            && elevation_deg(way) <= TURN_UP_DEG;
        is_reached.then(|| self.pixels_at_1_m / distance_m)
    }

    /// How the place is seen; `None` when it is not, also not by turning.
    pub(crate) fn seen(&self, at: Vec3) -> Option<Seen> {
        let now = self.pixels_per_m(at);
        let pixels_per_m = now.or_else(|| self.pixels_per_m_turning(at))?;
        let way = at - self.lens;
        let distance_m = way.length();
        let is_plane = matches!(self.shape, Shape::Perspective { .. });
        let off_axis_deg = if now.is_some() && is_plane {
            (self.forward.dot(way) / distance_m)
                .clamp(-1.0, 1.0)
                .acos()
                .to_degrees()
        } else {
            0.0
        };
        Some(Seen {
            distance_m,
            pixels_per_m,
            off_axis_deg,
            down_deg: -elevation_deg(way),
            by_turning: now.is_none(),
        })
    }

    /// Places east and north within which everything that it sees lies, also by turning: west, south, east, north.
    pub(crate) fn reach(&self) -> [f32; 4] {
        // A little more, so that rounding loses nothing at the edge.
        let range = self.range_m * 1.000_01 + 0.01;
        let (mut low, mut high) = ([-range; 2], [range; 2]);
        if let Shape::Perspective { across, upright } = self.shape
            && !self.can_turn
        {
            // A direction within the picture is a mean of its corners' directions, made longer by no more than this.
            let stretch = (1.0 + across * across + upright * upright).sqrt();
            (low, high) = ([0.0; 2], [0.0; 2]);
            for corner in self.corner_directions(across, upright) {
                let [x, y, _] = (corner * stretch * range).to_array();
                for (axis, part) in [x, y].into_iter().enumerate() {
                    low[axis] = low[axis].min(part.max(-range));
                    high[axis] = high[axis].max(part.min(range));
                }
            }
        }
        [
            self.lens.x + low[0],
            self.lens.y + low[1],
            self.lens.x + high[0],
            self.lens.y + high[1],
        ]
    }

    /// The direction of length one through a place of the picture: 0 and 0 its upper left, 1 and 1 its lower right corner;
    /// `None` for a picture that is no plane.
    pub(crate) fn direction(&self, x: f32, y: f32) -> Option<Vec3> {
        let Shape::Perspective { across, upright } = self.shape else {
            return None;
        };
        let way = self.forward
            + self.right * (across * (2.0 * x - 1.0))
            + self.up * (upright * (1.0 - 2.0 * y));
        way.try_normalize()
    }

    /// Where in the picture a direction from the lens appears; may lie beyond its sides. `None` behind the lens, and for a
    /// picture that is no plane.
    pub(crate) fn image_of(&self, at: Vec3) -> Option<[f32; 2]> {
        let Shape::Perspective { across, upright } = self.shape else {
            return None;
        };
        let way = at - self.lens;
        let depth = self.forward.dot(way);
        (depth > TOO_NEAR_M).then(|| {
            [
                0.5 + self.right.dot(way) / (2.0 * across * depth),
                0.5 - self.up.dot(way) / (2.0 * upright * depth),
            ]
        })
    }

    fn corner_directions(&self, across: f32, upright: f32) -> [Vec3; 4] {
        [(-1.0, 1.0), (1.0, 1.0), (1.0, -1.0), (-1.0, -1.0)].map(|(x, y)| {
            (self.forward + self.right * (across * x) + self.up * (upright * y)).normalize_or_zero()
        })
    }
}

/// Forward, right and up of a camera, each of length one, along east, north and up.
pub(crate) fn axes(azimuth_deg: f64, tilt_deg: f64, roll_deg: f64) -> [[f64; 3]; 3] {
    let (sin_a, cos_a) = azimuth_deg.to_radians().sin_cos();
    let (sin_t, cos_t) = tilt_deg.to_radians().sin_cos();
    let (sin_r, cos_r) = roll_deg.to_radians().sin_cos();
    let forward = [sin_a * cos_t, cos_a * cos_t, -sin_t];
    let level = [cos_a, -sin_a, 0.0];
    let above = [sin_a * sin_t, cos_a * sin_t, cos_t];
    let mix = |one: f64, other: f64| -> [f64; 3] {
        std::array::from_fn(|axis| level[axis] * one + above[axis] * other)
    };
    [forward, mix(cos_r, -sin_r), mix(sin_r, cos_r)]
}

fn elevation_deg(way: Vec3) -> f32 {
    way.z.atan2(way.x.hypot(way.y)).to_degrees()
}

/// The angle between two bearings, 0 to 180 degrees.
fn between_deg(a: f32, b: f32) -> f32 {
    let turn = (a - b).rem_euclid(360.0);
    turn.min(360.0 - turn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::lens::{CameraFacts, CameraKind};
    use crate::coverage::town::Roll;

    /// 10 m up, looking north-east and 10° down; 60° wide, 100 m far.
    fn facts() -> CameraFacts {
        CameraFacts {
            height_m: Some(10.0),
            azimuth_deg: Some(45.0),
            tilt_deg: Some(10.0),
            h_fov_deg: Some(60.0),
            range_m: Some(100.0),
            pixels: Some([1_000, 500]),
            ..CameraFacts::default()
        }
    }

    fn view(facts: &CameraFacts) -> View {
        let volume = ViewVolume::of(facts).expect("a place");
        View::new(&volume, Vec3::new(0.0, 0.0, 10.0))
    }

    /// A place at that bearing and distance on the ground, and that height.
    fn at(bearing_deg: f32, distance_m: f32, up_m: f32) -> Vec3 {
        let (sin, cos) = bearing_deg.to_radians().sin_cos();
        Vec3::new(sin * distance_m, cos * distance_m, up_m)
    }

    #[test]
    fn axes_stand_upright_on_each_other_and_lean_with_the_roll() {
        for (azimuth, tilt, roll) in [(0.0, 0.0, 0.0), (123.0, 35.0, -20.0), (300.0, -10.0, 90.0)] {
            let [forward, right, up] = axes(azimuth, tilt, roll)
                .map(|axis| Vec3::from_array(axis.map(|part| part as f32)));
            assert!((right.cross(forward) - up).length() < 1e-6);
        }
        let [_, right, _] = axes(0.0, 0.0, 30.0);
        assert!(
            right[2] < -0.49,
            "rolled clockwise, the right side goes down"
        );
    }

    #[test]
    fn a_place_is_in_the_picture_within_its_sides_and_its_range() {
        let view = view(&facts());
        for (place, expected) in [
            (at(45.0, 50.0, 1.0), true),
            (at(20.0, 50.0, 1.0), true),
            (at(10.0, 50.0, 1.0), false),
            (at(80.0, 50.0, 1.0), false),
            (at(45.0, 99.0, 1.0), true),
            (at(45.0, 101.0, 1.0), false),
            (at(45.0, 5.0, 0.0), false),
            (at(225.0, 50.0, 1.0), false),
            (Vec3::new(0.0, 0.0, 10.0), false),
        ] {
            assert_eq!(view.pixels_per_m(place).is_some(), expected, "{place}");
        }
    }

    #[test]
    fn pixels_shrink_with_the_depth() {
        let near = view(&facts()).seen(at(45.0, 40.0, 10.0)).expect("ahead");
        let far = view(&facts()).seen(at(45.0, 80.0, 10.0)).expect("ahead");
        // 1 000 pixels over twice 40 m · cos 10° · tan 30°.
        assert!((near.pixels_per_m - 21.98).abs() < 0.01, "{near:?}");
        assert!((near.pixels_per_m / far.pixels_per_m - 2.0).abs() < 1e-4);
        assert!((near.off_axis_deg - 10.0).abs() < 0.01 && near.down_deg.abs() < 0.01);
    }

    #[test]
    fn a_dome_sees_behind_itself_by_turning() {
        let dome = view(&CameraFacts {
            kind: CameraKind::Dome,
            ..facts()
        });
        let behind = at(225.0, 50.0, 1.0);
        assert!(dome.pixels_per_m(behind).is_none());
        let seen = dome.seen(behind).expect("by turning");
        assert!(seen.by_turning && seen.off_axis_deg.abs() < 1e-6);
        assert!(!dome.seen(at(45.0, 50.0, 1.0)).expect("ahead").by_turning);
        assert!(
            dome.seen(at(225.0, 20.0, 60.0)).is_none(),
            "too high above it"
        );
    }

    #[test]
    fn without_a_direction_it_sees_all_around_with_the_pixels_of_its_lens() {
        let around = view(&CameraFacts {
            azimuth_deg: None,
            ..facts()
        });
        let known = view(&facts()).seen(at(45.0, 60.0, 0.0)).expect("ahead");
        let unknown = around.seen(at(200.0, 60.0, 0.0)).expect("somewhere");
        assert!((known.pixels_per_m / unknown.pixels_per_m - 1.0).abs() < 0.02);
    }

    #[test]
    fn a_panorama_of_half_a_circle_sees_half_a_circle() {
        let half = view(&CameraFacts {
            h_fov_deg: Some(180.0),
            ..facts()
        });
        assert!(half.pixels_per_m(at(130.0, 50.0, 0.0)).is_some());
        assert!(half.pixels_per_m(at(140.0, 50.0, 0.0)).is_none());
    }

    #[test]
    fn everything_that_is_seen_lies_within_reach() {
        let mut roll = Roll::new(9);
        for turn in 0..60_u32 {
            let view = view(&CameraFacts {
                azimuth_deg: Some(f64::from(turn) * 6.0),
                tilt_deg: Some(f64::from(turn % 10) * 9.0),
                roll_deg: f64::from(turn) - 30.0,
                h_fov_deg: Some(10.0 + f64::from(turn) * 2.0),
                ..facts()
            });
            let [west, south, east, north] = view.reach();
            for _ in 0..2_000 {
                let place = view.lens + roll.place() * 100.0;
                if view.seen(place).is_some() {
                    let is_inside = place.x >= west - 1e-3
                        && place.x <= east + 1e-3
                        && place.y >= south - 1e-3
                        && place.y <= north + 1e-3;
                    assert!(is_inside, "{place} is beyond {:?}", view.reach());
                }
            }
        }
    }

    #[test]
    fn a_place_of_the_picture_leads_out_and_back() {
        let view = view(&CameraFacts {
            roll_deg: 7.0,
            ..facts()
        });
        for [x, y] in [[0.5, 0.5], [0.0, 0.0], [1.0, 0.25]] {
            let direction = view.direction(x, y).expect("a plane");
            let [again_x, again_y] = view.image_of(view.lens + direction * 30.0).expect("ahead");
            assert!((again_x - x).abs() < 1e-5 && (again_y - y).abs() < 1e-5);
        }
        assert_eq!(view.image_of(view.lens - view.forward * 5.0), None);
    }
}
