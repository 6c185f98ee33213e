//! What a camera can see, as a volume: from what is known of it, or from its type where it does not say.

use super::presets::Preset;
use cim_geo::Geodetic;
use cim_model::Camera;

/// From this angle of view on, degrees, a lens is no perspective any more: angles count instead of a plane.
pub(crate) const WIDEST_PERSPECTIVE_DEG: f64 = 150.0;

/// What a camera is (GB/T 28181, `PTZType`: 1 to 4 of 2016, 5 to 7 added by 2022).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CameraKind {
    /// Not said.
    #[default]
    Unknown,
    /// 1 球机: turns all round.
    Dome,
    /// 2 半球.
    HalfDome,
    /// 3 固定枪机.
    Fixed,
    /// 4 遥控枪机: turns.
    RemoteFixed,
    /// 5 遥控半球: turns.
    RemoteHalfDome,
    /// 6 多目设备的全景/拼接通道.
    Panorama,
    /// 7 多目设备的分割通道.
    Detail,
}

/// What a camera of a kind is taken to be where it does not say.
struct Usual {
    height_m: f64,
    tilt_deg: f64,
    h_fov_deg: f64,
    range_m: f64,
}

impl CameraKind {
    /// The kind with this code of `PTZType`.
    pub fn from_ptz_type(code: u8) -> Self {
        match code {
            1 => Self::Dome,
            2 => Self::HalfDome,
            3 => Self::Fixed,
            4 => Self::RemoteFixed,
            5 => Self::RemoteHalfDome,
            6 => Self::Panorama,
            7 => Self::Detail,
            _ => Self::Unknown,
        }
    }

    /// True for cameras that can look elsewhere when told.
    pub fn can_turn(self) -> bool {
        matches!(self, Self::Dome | Self::RemoteFixed | Self::RemoteHalfDome)
    }

    fn usual(self) -> Usual {
        let (height_m, tilt_deg, h_fov_deg, range_m) = match self {
            Self::Unknown | Self::Fixed => (6.0, 15.0, 60.0, 80.0),
            Self::Dome => (8.0, 20.0, 60.0, 150.0),
            Self::HalfDome => (3.0, 30.0, 90.0, 30.0),
            Self::RemoteFixed => (8.0, 15.0, 60.0, 120.0),
            Self::RemoteHalfDome => (3.5, 30.0, 70.0, 40.0),
            Self::Panorama => (8.0, 30.0, 360.0, 60.0),
            Self::Detail => (6.0, 15.0, 40.0, 100.0),
        };
        Usual {
            height_m,
            tilt_deg,
            h_fov_deg,
            range_m,
        }
    }
}

/// Where a camera looks, clockwise from north in degrees, by the code of `DirectionType` (GB/T 28181): 1 from west to east,
/// 2 west, 3 south, 4 north, 5 south-east, 6 north-east, 7 south-west, 8 north-west.
pub fn azimuth_of_direction(code: u8) -> Option<f64> {
    match code {
        1 => Some(90.0),
        2 => Some(270.0),
        3 => Some(180.0),
        4 => Some(0.0),
        5 => Some(135.0),
        6 => Some(45.0),
        7 => Some(225.0),
        8 => Some(315.0),
        _ => None,
    }
}

/// What is known of a camera; numbers that are no use (no number, no length, no angle) count as unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CameraFacts {
    /// Where it stands; its height is not looked at.
    pub at: Geodetic,
    /// Of the lens above the ground, metres.
    pub height_m: Option<f64>,
    /// Where it looks, clockwise from north, degrees.
    pub azimuth_deg: Option<f64>,
    /// How far it looks down, degrees below the horizon.
    pub tilt_deg: Option<f64>,
    /// How far its picture leans to the right, degrees.
    pub roll_deg: f64,
    /// Angle from the left to the right side of the picture, degrees.
    pub h_fov_deg: Option<f64>,
    /// Angle from the upper to the lower side, degrees; follows from the other and the pixels where it is not said.
    pub v_fov_deg: Option<f64>,
    /// How far it is useful, metres.
    pub range_m: Option<f64>,
    /// Width and height of its picture.
    pub pixels: Option<[u32; 2]>,
    /// What it is.
    pub kind: CameraKind,
}

impl From<&Camera> for CameraFacts {
    fn from(camera: &Camera) -> Self {
        Self {
            at: camera.position,
            height_m: Some(camera.position.height_m),
            azimuth_deg: Some(camera.azimuth_deg),
            tilt_deg: Some(camera.tilt_deg),
            h_fov_deg: Some(camera.fov_deg),
            range_m: Some(camera.range_m),
            ..Self::default()
        }
    }
}

/// Which fields of a view volume the type of the camera had to fill in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Assumed {
    /// Height above the ground.
    pub height: bool,
    /// Direction: it may look anywhere around.
    pub azimuth: bool,
    /// Tilt.
    pub tilt: bool,
    /// Horizontal angle of view.
    pub h_fov: bool,
    /// Vertical angle of view, taken from the horizontal one and the shape of the picture.
    pub v_fov: bool,
    /// Range.
    pub range: bool,
    /// Width and height of the picture.
    pub pixels: bool,
}

impl Assumed {
    /// The fields that are assumed, by name.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.fields()
            .into_iter()
            .filter(|(is_assumed, _, _)| *is_assumed)
            .map(|(_, name, _)| name)
    }

    /// True when anything is assumed.
    pub fn any(self) -> bool {
        self.names().next().is_some()
    }

    /// How much of the volume is known: 1 for all of it. The direction counts most.
    pub fn certainty(self) -> f32 {
        let missing = self
            .fields()
            .into_iter()
            .filter(|(is_assumed, _, _)| *is_assumed);
        1.0 - missing.map(|(_, _, share)| share).sum::<f32>()
    }

    fn fields(self) -> [(bool, &'static str, f32); 7] {
        [
            (self.height, "height", 0.1),
            (self.azimuth, "azimuth", 0.4),
            (self.tilt, "tilt", 0.1),
            (self.h_fov, "h_fov", 0.15),
            (self.v_fov, "v_fov", 0.05),
            (self.range, "range", 0.1),
            (self.pixels, "pixels", 0.1),
        ]
    }
}

/// What a camera can see when nothing is in the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewVolume {
    /// Where it stands, on the ground: the height is 0.
    pub at: Geodetic,
    /// Of the lens above the ground, metres.
    pub height_m: f64,
    /// Where it looks, clockwise from north, degrees, 0 to 360.
    pub azimuth_deg: f64,
    /// How far it looks down, degrees below the horizon, −90 to 90.
    pub tilt_deg: f64,
    /// How far its picture leans to the right, degrees.
    pub roll_deg: f64,
    /// Angle from the left to the right side of the picture, degrees, up to 360.
    pub h_fov_deg: f64,
    /// Angle from the upper to the lower side, degrees, up to 180.
    pub v_fov_deg: f64,
    /// How far it is useful, metres along the line of sight.
    pub range_m: f64,
    /// Width and height of its picture.
    pub pixels: [u32; 2],
    /// True when it can look elsewhere.
    pub can_turn: bool,
    /// Which of these the camera's type had to say.
    pub assumed: Assumed,
}

/// A known number within its limits, or the usual one and true.
fn known_or(known: Option<f64>, [least, most]: [f64; 2], usual: f64) -> (f64, bool) {
    match known.filter(|number| (least..=most).contains(number)) {
        Some(number) => (number, false),
        None => (usual, true),
    }
}

/// The vertical angle of a lens with this horizontal one, degrees.
pub(crate) fn v_fov_of(h_fov_deg: f64, [width, height]: [u32; 2]) -> f64 {
    let aspect = f64::from(height.max(1)) / f64::from(width.max(1));
    if h_fov_deg > WIDEST_PERSPECTIVE_DEG {
        return 90.0;
    }
    let half = (h_fov_deg / 2.0).to_radians().tan() * aspect;
    2.0 * half.atan().to_degrees()
}

impl ViewVolume {
    /// The volume of a camera of which this is known; `None` when its place is no place.
    pub fn of(facts: &CameraFacts) -> Option<Self> {
        let is_place = facts.at.lon_deg.abs() <= 180.0 && facts.at.lat_deg.abs() <= 90.0;
        if !is_place {
            return None;
        }
        let usual = facts.kind.usual();
        let (height_m, height) = known_or(facts.height_m, [0.1, 2_000.0], usual.height_m);
        let (azimuth_deg, azimuth) = known_or(facts.azimuth_deg, [-360.0, 720.0], 0.0);
        let (tilt_deg, tilt) = known_or(facts.tilt_deg, [-90.0, 90.0], usual.tilt_deg);
        let (h_fov_deg, h_fov) = known_or(facts.h_fov_deg, [0.1, 360.0], usual.h_fov_deg);
        let (range_m, range) = known_or(facts.range_m, [0.1, 50_000.0], usual.range_m);
        let said = facts
            .pixels
            .filter(|pixels| pixels.iter().all(|side| (16..=65_536).contains(side)));
        let pixels = said.unwrap_or([1_920, 1_080]);
        let (v_fov_deg, v_fov) =
            known_or(facts.v_fov_deg, [0.1, 180.0], v_fov_of(h_fov_deg, pixels));
        // Who looks all around needs no direction.
        let azimuth = azimuth && h_fov_deg < 359.5;
        Some(Self {
            at: Geodetic {
                height_m: 0.0,
                ..facts.at
            },
            height_m,
            azimuth_deg: azimuth_deg.rem_euclid(360.0),
            tilt_deg,
            roll_deg: if facts.roll_deg.is_finite() {
                facts.roll_deg
            } else {
                0.0
            },
            h_fov_deg,
            v_fov_deg,
            range_m,
            pixels,
            can_turn: facts.kind.can_turn(),
            assumed: Assumed {
                height,
                azimuth,
                tilt,
                h_fov,
                v_fov,
                range,
                pixels: said.is_none(),
            },
        })
    }

    /// True when its picture is no plane: panoramas, and cameras that may look anywhere around.
    pub fn is_all_around(&self) -> bool {
        self.assumed.azimuth || self.h_fov_deg > WIDEST_PERSPECTIVE_DEG
    }

    /// How far away the camera still has so many pixels on a metre, and no farther than its range, metres. A number that asks
    /// for none leaves the range.
    pub fn reach_m(&self, pixels_per_m: f64) -> f64 {
        if !(pixels_per_m.is_finite() && pixels_per_m > 0.0) {
            return self.range_m;
        }
        let half = (self.h_fov_deg / 2.0).to_radians();
        let spread = if self.h_fov_deg <= WIDEST_PERSPECTIVE_DEG {
            half.tan()
        } else {
            half
        };
        let reach_m = f64::from(self.pixels[0]) / (2.0 * spread * pixels_per_m);
        self.range_m.min(reach_m)
    }

    /// The volume when the camera stands at a preset. Nothing about its direction is assumed then.
    #[must_use]
    pub fn at_preset(&self, preset: &Preset) -> Self {
        Self {
            azimuth_deg: preset.azimuth_deg.rem_euclid(360.0),
            tilt_deg: preset.tilt_deg.clamp(-90.0, 90.0),
            h_fov_deg: preset.h_fov_deg.clamp(0.1, WIDEST_PERSPECTIVE_DEG),
            v_fov_deg: v_fov_of(
                preset.h_fov_deg.clamp(0.1, WIDEST_PERSPECTIVE_DEG),
                self.pixels,
            ),
            can_turn: false,
            assumed: Assumed {
                azimuth: false,
                tilt: false,
                h_fov: false,
                v_fov: false,
                ..self.assumed
            },
            ..*self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> CameraFacts {
        CameraFacts {
            at: Geodetic::new(117.2, 34.26, 99.0),
            height_m: Some(7.5),
            azimuth_deg: Some(-90.0),
            tilt_deg: Some(12.0),
            h_fov_deg: Some(62.0),
            v_fov_deg: Some(36.0),
            range_m: Some(120.0),
            pixels: Some([3_840, 2_160]),
            ..CameraFacts::default()
        }
    }

    #[track_caller]
    fn check_assumed(facts: &CameraFacts, expected: &[&str]) -> ViewVolume {
        let volume = ViewVolume::of(facts).expect("a place");
        let names: Vec<&str> = volume.assumed.names().collect();
        assert_eq!(names, expected);
        assert_eq!(volume.assumed.any(), !expected.is_empty());
        volume
    }

    #[test]
    fn what_is_known_is_taken_as_it_is() {
        let volume = check_assumed(&facts(), &[]);
        assert_eq!((volume.height_m, volume.at.height_m), (7.5, 0.0));
        assert_eq!((volume.azimuth_deg, volume.range_m), (270.0, 120.0));
        assert!((volume.assumed.certainty() - 1.0).abs() < 1e-6);
        assert!(!volume.is_all_around());
    }

    #[test]
    fn what_is_unknown_comes_from_the_type_and_is_marked() {
        let bare = CameraFacts {
            at: facts().at,
            kind: CameraKind::HalfDome,
            ..CameraFacts::default()
        };
        let all = [
            "height", "azimuth", "tilt", "h_fov", "v_fov", "range", "pixels",
        ];
        let volume = check_assumed(&bare, &all);
        assert_eq!((volume.height_m, volume.range_m), (3.0, 30.0));
        assert!(volume.is_all_around() && volume.assumed.certainty().abs() < 1e-6);
    }

    #[test]
    fn numbers_that_are_no_use_are_unknown() {
        let broken = CameraFacts {
            azimuth_deg: Some(f64::NAN),
            h_fov_deg: Some(0.0),
            range_m: Some(-5.0),
            pixels: Some([0, 1_080]),
            ..facts()
        };
        check_assumed(&broken, &["azimuth", "h_fov", "range", "pixels"]);
        let nowhere = CameraFacts {
            at: Geodetic::new(f64::NAN, 34.0, 0.0),
            ..facts()
        };
        assert_eq!(ViewVolume::of(&nowhere), None);
    }

    #[test]
    fn the_shape_of_the_picture_gives_the_other_angle() {
        let v_fov_deg = v_fov_of(90.0, [1_920, 1_080]);
        assert!((v_fov_deg - 58.72).abs() < 0.01, "{v_fov_deg}");
    }

    #[test]
    fn a_panorama_needs_no_direction_and_a_dome_can_turn() {
        let panorama = CameraFacts {
            azimuth_deg: None,
            h_fov_deg: None,
            v_fov_deg: Some(60.0),
            kind: CameraKind::from_ptz_type(6),
            ..facts()
        };
        assert!(check_assumed(&panorama, &["h_fov"]).is_all_around());
        for (code, can_turn) in [
            (0, false),
            (1, true),
            (2, false),
            (3, false),
            (4, true),
            (5, true),
            (7, false),
            (9, false),
        ] {
            assert_eq!(
                CameraKind::from_ptz_type(code).can_turn(),
                can_turn,
                "{code}"
            );
        }
    }

    #[test]
    fn directions_have_codes() {
        assert_eq!(azimuth_of_direction(1), Some(90.0));
        assert_eq!(azimuth_of_direction(4), Some(0.0));
        assert_eq!(azimuth_of_direction(8), Some(315.0));
        assert_eq!(azimuth_of_direction(0), None);
    }

    #[test]
    fn more_pixels_are_had_less_far_away_and_never_beyond_the_range() {
        let volume = ViewVolume::of(&CameraFacts {
            h_fov_deg: Some(90.0),
            ..facts()
        })
        .expect("a place");
        for (pixels_per_m, expected) in
            [(0.0, 120.0), (f64::NAN, 120.0), (10.0, 120.0), (96.0, 20.0)]
        {
            let found = volume.reach_m(pixels_per_m);
            assert!((found - expected).abs() < 1e-9, "{pixels_per_m}: {found}");
        }
    }

    #[test]
    fn at_a_preset_the_direction_is_known() {
        let bare = CameraFacts {
            at: facts().at,
            kind: CameraKind::Dome,
            ..CameraFacts::default()
        };
        let preset = Preset {
            number: 3,
            name: "路口".to_owned(),
            azimuth_deg: 370.0,
            tilt_deg: 8.0,
            h_fov_deg: 20.0,
        };
        let volume = ViewVolume::of(&bare).expect("a place").at_preset(&preset);
        assert_eq!((volume.azimuth_deg, volume.h_fov_deg), (10.0, 20.0));
        assert!(!volume.is_all_around() && !volume.can_turn);
        let names: Vec<&str> = volume.assumed.names().collect();
        assert_eq!(names, ["height", "range", "pixels"]);
    }
}
