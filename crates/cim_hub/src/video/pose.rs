//! Where a simulated camera looks, and how it is steered: a position is a function of the last word and of time.

use cim_model::UtcMillis;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Degrees that a camera turns in a second at full speed.
const PAN_DEG_PER_S: f64 = 30.0;
/// Degrees that it nods in a second at full speed.
const TILT_DEG_PER_S: f64 = 15.0;
/// How many times narrower its view becomes in a second at full speed.
const ZOOM_PER_S: f64 = 1.6;
/// A camera that nobody speaks to any more stops after this time, seconds: the officer may have lost the line.
const MOST_MOVING_S: f64 = 20.0;
/// The narrowest view, degrees.
const NARROWEST_DEG: f64 = 3.0;
/// How far a camera on a bracket turns to either side of where it was put up to look, degrees.
const BRACKET_DEG: f64 = 170.0;
/// Presets of a simulated camera.
const PRESETS: u32 = 8;
/// A smaller change of a pose is none, degrees.
const NOTICEABLE_DEG: f64 = 0.05;
/// What a catalogue that does not say is taken to mean, as the desk does.
const USUAL_FOV_DEG: f64 = 60.0;

/// Where a camera looks.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::struct_field_names, reason = "each says its unit")]
pub(crate) struct Pose {
    /// Clockwise from north, degrees, 0 to 360.
    pub(crate) azimuth_deg: f64,
    /// Below the horizon, degrees.
    pub(crate) tilt_deg: f64,
    /// Horizontal field of view, degrees.
    pub(crate) fov_deg: f64,
}

impl Pose {
    /// The pose in a camera of the catalogue.
    pub(crate) fn of(camera: &Value) -> Self {
        let number = |name: &str| camera.get(name).and_then(Value::as_f64);
        Self {
            azimuth_deg: number("Azimuth").unwrap_or(0.0).rem_euclid(360.0),
            tilt_deg: number("Tilt").unwrap_or(0.0).clamp(-90.0, 90.0),
            fov_deg: number("Fov").unwrap_or(USUAL_FOV_DEG).clamp(1.0, 360.0),
        }
    }

    /// Writes the pose into a camera of the catalogue, to a tenth of a degree.
    pub(crate) fn write(self, camera: &mut Value) {
        let Some(fields) = camera.as_object_mut() else {
            return;
        };
        let tenths = |degrees: f64| json!((degrees * 10.0).round() / 10.0);
        fields.insert("Azimuth".to_owned(), tenths(self.azimuth_deg));
        fields.insert("Tilt".to_owned(), tenths(self.tilt_deg));
        fields.insert("Fov".to_owned(), tenths(self.fov_deg));
    }

    /// Whether nobody would see a difference.
    fn is_like(self, other: Self) -> bool {
        side(self.azimuth_deg - other.azimuth_deg).abs() < NOTICEABLE_DEG
            && (self.tilt_deg - other.tilt_deg).abs() < NOTICEABLE_DEG
            && (self.fov_deg - other.fov_deg).abs() < NOTICEABLE_DEG
    }
}

/// The cameras that can be steered (GB/T 28181-2022, PTZType).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mount {
    /// 1, 球机: turns all the way round.
    Dome,
    /// 4, 遥控枪机: turns on its bracket.
    Bracket,
}

impl Mount {
    /// How a camera of the catalogue is mounted; `None` when it cannot be steered.
    pub(crate) fn of(camera: &Value) -> Option<Self> {
        let info = camera.get("Info").and_then(|info| info.get("PTZType"));
        let kind = camera.get("PTZType").or(info)?;
        let kind = kind
            .as_u64()
            .or_else(|| kind.as_str()?.trim().parse().ok())?;
        match kind {
            1 => Some(Self::Dome),
            4 => Some(Self::Bracket),
            _ => None,
        }
    }

    /// The lowest and the highest tilt, degrees below the horizon.
    fn tilts(self) -> [f64; 2] {
        match self {
            Self::Dome => [-10.0, 90.0],
            Self::Bracket => [-30.0, 60.0],
        }
    }
}

/// How fast a camera is told to move; each −1 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Motion {
    /// To the right.
    pub(crate) pan: f64,
    /// Up.
    pub(crate) tilt: f64,
    /// Nearer.
    pub(crate) zoom: f64,
}

impl Motion {
    fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// What a camera is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Word {
    /// Move until the next word; no motion stops.
    Move(Motion),
    /// Go to a preset.
    Preset(u32),
}

/// A camera that was steered.
#[derive(Clone, Copy, Debug)]
struct Steered {
    mount: Mount,
    /// Where it looked before anybody steered it.
    home: Pose,
    pose: Pose,
    since: UtcMillis,
    motion: Motion,
    /// What desks were told last.
    told: Pose,
}

impl Steered {
    fn new(mount: Mount, home: Pose, now: UtcMillis) -> Self {
        Self {
            mount,
            home,
            pose: home,
            since: now,
            motion: Motion::default(),
            told: home,
        }
    }

    fn pose_at(&self, now: UtcMillis) -> Pose {
        let seconds = now.seconds_since(self.since).clamp(0.0, MOST_MOVING_S);
        let Motion { pan, tilt, zoom } = self.motion;
        let before = side(self.pose.azimuth_deg - self.home.azimuth_deg);
        let tilt_deg = self.pose.tilt_deg - tilt * TILT_DEG_PER_S * seconds;
        let fov_deg = self.pose.fov_deg / ZOOM_PER_S.powf(zoom * seconds);
        self.within(before + pan * PAN_DEG_PER_S * seconds, tilt_deg, fov_deg)
    }

    /// The pose nearest to what is wanted that the camera can have; `turned_deg` is to the right of home.
    fn within(&self, turned_deg: f64, tilt_deg: f64, fov_deg: f64) -> Pose {
        let turned_deg = match self.mount {
            Mount::Dome => turned_deg,
            Mount::Bracket => turned_deg.clamp(-BRACKET_DEG, BRACKET_DEG),
        };
        let [lowest, highest] = self.mount.tilts();
        // A camera that was put up beyond these keeps what it was given.
        let (lowest, highest) = (
            lowest.min(self.home.tilt_deg),
            highest.max(self.home.tilt_deg),
        );
        let widest = self.home.fov_deg.max(NARROWEST_DEG);
        Pose {
            azimuth_deg: (self.home.azimuth_deg + turned_deg).rem_euclid(360.0),
            tilt_deg: tilt_deg.clamp(lowest, highest),
            fov_deg: fov_deg.clamp(NARROWEST_DEG, widest),
        }
    }

    fn is_moving(&self, now: UtcMillis) -> bool {
        !self.motion.is_none() && now.seconds_since(self.since) < MOST_MOVING_S
    }

    /// The first preset is home; the others lie around it, every second one twice as near.
    fn preset(&self, number: u32) -> Option<Pose> {
        if !(1..=PRESETS).contains(&number) {
            return None;
        }
        let turn = match self.mount {
            Mount::Dome => 45.0,
            Mount::Bracket => 20.0,
        };
        let nearer = if number.is_multiple_of(2) { 2.0 } else { 1.0 };
        let turned_deg = turn * f64::from(number - 1);
        let home = self.home;
        Some(self.within(turned_deg, home.tilt_deg, home.fov_deg / nearer))
    }
}

/// An angle between two directions, −180 to 180 degrees.
fn side(degrees: f64) -> f64 {
    (degrees + 180.0).rem_euclid(360.0) - 180.0
}

/// Where every camera that was steered looks.
#[derive(Debug, Default)]
pub(crate) struct Poses {
    steered: Mutex<BTreeMap<String, Steered>>,
}

impl Poses {
    /// Tells a camera, and says where it looks now and whether it moves; `None` when it has no such preset.
    pub(crate) fn tell(
        &self,
        camera: &Value,
        (id, mount): (&str, Mount),
        word: Word,
        now: UtcMillis,
    ) -> Option<(Pose, bool)> {
        let mut all = self.lock();
        let steered = all
            .entry(id.to_owned())
            .or_insert_with(|| Steered::new(mount, Pose::of(camera), now));
        let pose = match word {
            Word::Move(_) => steered.pose_at(now),
            Word::Preset(number) => steered.preset(number)?,
        };
        let motion = match word {
            Word::Move(motion) => motion,
            Word::Preset(_) => Motion::default(),
        };
        *steered = Steered {
            pose,
            motion,
            since: now,
            ..*steered
        };
        Some((pose, steered.is_moving(now)))
    }

    /// Where a camera that was steered looks.
    pub(crate) fn pose_at(&self, id: &str, now: UtcMillis) -> Option<Pose> {
        self.lock().get(id).map(|steered| steered.pose_at(now))
    }

    /// A source that tells a camera anew as it always was does not turn it back; one that tells another pose has put it up
    /// elsewhere.
    pub(crate) fn keep(&self, id: &str, camera: &mut Value, now: UtcMillis) {
        let mut all = self.lock();
        let Some(steered) = all.get(id) else {
            return;
        };
        if Pose::of(camera).is_like(steered.home) {
            steered.pose_at(now).write(camera);
        } else {
            all.remove(id);
        }
    }

    /// The cameras whose pose is another than desks were told. They count as told from now on.
    pub(crate) fn take_untold(&self, now: UtcMillis) -> Vec<(String, Pose)> {
        let mut all = self.lock();
        let mut untold = Vec::new();
        for (id, steered) in all.iter_mut() {
            let pose = steered.pose_at(now);
            if !pose.is_like(steered.told) {
                steered.told = pose;
                untold.push((id.clone(), pose));
            }
        }
        untold
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Steered>> {
        self.steered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: UtcMillis = UtcMillis(1_760_000_000_000);

    fn camera(kind: u8) -> Value {
        json!({"DeviceID": "c1", "Azimuth": 350.0, "Tilt": 10.0, "Fov": 60.0, "PTZType": kind})
    }

    fn told(poses: &Poses, kind: u8, word: Word, now: UtcMillis) -> Option<(Pose, bool)> {
        let camera = camera(kind);
        let mount = Mount::of(&camera).expect("it can be steered");
        poses.tell(&camera, ("c1", mount), word, now)
    }

    fn moving(pan: f64, tilt: f64, zoom: f64) -> Word {
        Word::Move(Motion { pan, tilt, zoom })
    }

    #[track_caller]
    fn check_pose(poses: &Poses, seconds: f64, expected: [f64; 3]) {
        let pose = poses
            .pose_at("c1", START.plus_seconds(seconds))
            .expect("steered");
        let found = [pose.azimuth_deg, pose.tilt_deg, pose.fov_deg];
        let is_near = found
            .iter()
            .zip(expected)
            .all(|(a, b)| (a - b).abs() < 0.01);
        assert!(is_near, "{found:?} is not {expected:?}");
    }

    #[test]
    fn a_dome_turns_until_it_is_told_to_stop_and_by_itself_stops_after_a_while() {
        let poses = Poses::default();
        let (_, is_moving) = told(&poses, 1, moving(1.0, -1.0, 0.0), START).expect("moves");
        assert!(is_moving);
        check_pose(&poses, 1.0, [20.0, 25.0, 60.0]);
        check_pose(&poses, 60.0, [(350.0 + 600.0) % 360.0, 90.0, 60.0]);
        let stop = START.plus_seconds(2.0);
        let (_, is_moving) = told(&poses, 1, moving(0.0, 0.0, 0.0), stop).expect("stops");
        assert!(!is_moving);
        check_pose(&poses, 30.0, [50.0, 40.0, 60.0]);
    }

    #[test]
    fn a_bracket_and_a_lens_have_their_limits() {
        let poses = Poses::default();
        told(&poses, 4, moving(1.0, 1.0, 1.0), START).expect("moves");
        check_pose(&poses, 20.0, [(350.0 + 170.0) % 360.0, -30.0, 3.0]);
        let turned = START.plus_seconds(20.0);
        told(&poses, 4, moving(-1.0, 0.0, -1.0), turned).expect("moves");
        check_pose(&poses, 40.0, [180.0, -30.0, 60.0]);
    }

    #[test]
    fn presets_lie_around_where_the_camera_was_put_up() {
        let poses = Poses::default();
        assert!(told(&poses, 1, Word::Preset(9), START).is_none());
        told(&poses, 1, Word::Preset(2), START).expect("a preset");
        check_pose(&poses, 0.0, [35.0, 10.0, 30.0]);
        told(&poses, 1, Word::Preset(1), START).expect("home");
        check_pose(&poses, 5.0, [350.0, 10.0, 60.0]);
    }

    #[test]
    fn only_two_kinds_of_cameras_can_be_steered() {
        assert_eq!(Mount::of(&camera(3)), None);
        assert_eq!(Mount::of(&json!({})), None);
        assert_eq!(Mount::of(&json!({"PTZType": "4"})), Some(Mount::Bracket));
        assert_eq!(
            Mount::of(&json!({"Info": {"PTZType": 1}})),
            Some(Mount::Dome)
        );
    }

    #[test]
    fn a_camera_told_as_it_always_was_keeps_its_pose_and_one_told_elsewhere_does_not() {
        let poses = Poses::default();
        told(&poses, 1, Word::Preset(3), START).expect("a preset");
        let mut same = camera(1);
        poses.keep("c1", &mut same, START);
        assert_eq!(same["Azimuth"], 80.0);
        let mut other = camera(1);
        other["Azimuth"] = json!(90.0);
        poses.keep("c1", &mut other, START);
        assert_eq!(other["Azimuth"], 90.0);
        assert_eq!(poses.pose_at("c1", START), None);
    }

    #[test]
    fn a_pose_is_told_once() {
        let poses = Poses::default();
        assert!(poses.take_untold(START).is_empty());
        told(&poses, 1, moving(1.0, 0.0, 0.0), START).expect("moves");
        let later = START.plus_seconds(1.0);
        let told = poses.take_untold(later);
        assert_eq!(told.len(), 1);
        assert!((told[0].1.azimuth_deg - 20.0).abs() < 0.01);
        assert!(poses.take_untold(later).is_empty());
    }
}
