//! What happens to simulated cameras: they go off, fall silent, are moved and show bad pictures, and are mended after a while.
//!
//! A camera's body tells it in fields of our own beside those of GB/T 28181: `Fault` (a word, empty when the picture is good
//! again), `SeenAt` (when its platform last heard of it; cameras that never were silent have none) and `LivePosition` (where it
//! says that it is, which may be elsewhere than in its catalogue).

use super::SimulateSettings;
use super::cameras::{OFF_SHARE, is_off};
use super::client::HubClient;
use crate::iso::iso_from_millis;
use cim_model::{TimeSource, UtcMillis};
use rand::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, interval, sleep_until};

/// The mean time between two changes when only off and on are wanted.
const BETWEEN_CHANGES: Duration = Duration::from_secs(75);
/// All cameras together change no faster, seconds.
const LEAST_PAUSE_S: f64 = 0.5;
/// And no more slowly, seconds: a day.
const MOST_PAUSE_S: f64 = 86_400.0;
/// How often a camera that was silent once says that it is there.
const KEEPALIVE: Duration = Duration::from_mins(1);
/// The share of cameras with a trouble; beyond it the next change mends one.
const AILING_SHARE: f64 = 0.08;
/// What ails pictures, as video quality diagnosis names it.
const FAULTS: [&str; 8] = [
    "black",
    "frozen",
    "blurred",
    "covered",
    "shifted",
    "discoloured",
    "noisy",
    "shaking",
];
/// Metres in a degree of latitude.
const DEGREE_M: f64 = 111_195.0;

/// What happens to a camera.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trouble {
    /// It delivers nothing.
    Off,
    /// Its platform does not hear of it any more.
    Silent,
    /// It says that it is somewhere else, metres from its place.
    Moved([f64; 2]),
    /// Its picture is bad.
    Fault(&'static str),
}

impl Trouble {
    /// Half of the troubles are outages.
    fn any(rng: &mut impl Rng) -> Self {
        match rng.random_range(0.0..1.0) {
            draw if draw < 0.5 => Self::Off,
            draw if draw < 0.65 => Self::Silent,
            draw if draw < 0.8 => {
                let away_m: f64 = rng.random_range(60.0..250.0);
                let way: f64 = rng.random_range(0.0..std::f64::consts::TAU);
                Self::Moved([away_m * way.sin(), away_m * way.cos()])
            }
            _ => {
                let place = rng.random_range(0..FAULTS.len());
                Self::Fault(FAULTS.get(place).copied().unwrap_or("frozen"))
            }
        }
    }
}

/// A camera, and what is the matter with it.
#[derive(Clone, Debug)]
struct Patient {
    camera: Value,
    trouble: Option<Trouble>,
    /// It says now and then that it is there; a platform that heard it once waits for more.
    is_heard: bool,
}

impl Patient {
    fn new(camera: Value) -> Self {
        Self {
            trouble: is_off(&camera).then_some(Trouble::Off),
            is_heard: false,
            camera,
        }
    }

    fn befall(&mut self, trouble: Trouble, now: UtcMillis) {
        self.trouble = Some(trouble);
        match trouble {
            Trouble::Off => self.set("Status", json!("OFF")),
            Trouble::Fault(word) => self.set("Fault", json!(word)),
            Trouble::Moved(metres) => self.stand(metres, now),
            Trouble::Silent => {
                self.is_heard = true;
                self.set("SeenAt", json!(iso_from_millis(now)));
            }
        }
    }

    fn mend(&mut self, now: UtcMillis) {
        match self.trouble.take() {
            Some(Trouble::Off) => self.set("Status", json!("ON")),
            Some(Trouble::Fault(_)) => self.set("Fault", json!("")),
            Some(Trouble::Moved(_)) => self.stand([0.0; 2], now),
            Some(Trouble::Silent) => self.set("SeenAt", json!(iso_from_millis(now))),
            None => {}
        }
    }

    /// It says that it is `east_m` and `north_m` from its place.
    fn stand(&mut self, [east_m, north_m]: [f64; 2], now: UtcMillis) {
        let number = |name: &str| self.camera.get(name).and_then(Value::as_f64).unwrap_or(0.0);
        let (lon_deg, lat_deg) = (number("Longitude"), number("Latitude"));
        let narrower = lat_deg.to_radians().cos().max(0.01);
        let place = json!({
            "Longitude": lon_deg + east_m / (DEGREE_M * narrower),
            "Latitude": lat_deg + north_m / DEGREE_M,
            "At": iso_from_millis(now)
        });
        self.set("LivePosition", place);
    }

    fn set(&mut self, name: &str, value: Value) {
        if let Some(fields) = self.camera.as_object_mut() {
            fields.insert(name.to_owned(), value);
        }
    }
}

/// Lets things happen to cameras until stopped.
pub(crate) async fn live(
    hub: &HubClient,
    settings: &SimulateSettings,
    cameras: Vec<Value>,
    time: Arc<dyn TimeSource>,
    mut stop: watch::Receiver<bool>,
) {
    if cameras.is_empty() {
        return;
    }
    let mut rng = Pcg64Mcg::seed_from_u64(settings.seed ^ time.now().0.cast_unsigned() ^ 0xCA);
    let pause = pause(settings.camera_faults, cameras.len());
    let is_every_kind = settings.camera_faults > 0.0;
    let mut patients: Vec<Patient> = cameras.into_iter().map(Patient::new).collect();
    let mut keepalive = interval(KEEPALIVE);
    let mut due = Instant::now() + pause.mul_f64(rng.random_range(0.5..1.5));
    loop {
        let changed: Vec<Value> = tokio::select! {
            () = sleep_until(due) => {
                due = Instant::now() + pause.mul_f64(rng.random_range(0.5..1.5));
                happen(&mut patients, is_every_kind, &mut rng, time.now()).into_iter().collect()
            }
            _ = keepalive.tick() => heard(&mut patients, time.now()),
            _ = stop.wait_for(|stop| *stop) => return,
        };
        if changed.is_empty() {
            continue;
        }
        let body = json!({"items": changed});
        if let Err(err) = hub.post("/api/cameras", &body, "cameras").await {
            tracing::warn!(
                error = &err as &dyn std::error::Error,
                "a camera's change is not told"
            );
        }
    }
}

/// The mean time between two changes of any of so many cameras.
fn pause(per_camera_and_hour: f64, cameras: usize) -> Duration {
    if per_camera_and_hour <= 0.0 {
        return BETWEEN_CHANGES;
    }
    let seconds = 3_600.0 / (per_camera_and_hour * cameras.max(1) as f64);
    Duration::from_secs_f64(seconds.clamp(LEAST_PAUSE_S, MOST_PAUSE_S))
}

/// One camera falls ill or is mended: about the usual share is ill.
fn happen(
    patients: &mut [Patient],
    is_every_kind: bool,
    rng: &mut impl Rng,
    now: UtcMillis,
) -> Option<Value> {
    let share = if is_every_kind {
        AILING_SHARE
    } else {
        OFF_SHARE
    };
    let count = patients.len();
    let ailing = patients.iter().filter(|patient| patient.trouble.is_some());
    let falls_ill = ailing.count() as f64 <= share * count as f64;
    let from = rng.random_range(0..count);
    let fits = |index: &usize| {
        let patient = patients.get(*index);
        patient.is_some_and(|patient| patient.trouble.is_none() == falls_ill)
    };
    let index = (0..count).map(|n| (from + n) % count).find(fits)?;
    let patient = patients.get_mut(index)?;
    if !falls_ill {
        patient.mend(now);
    } else if is_every_kind {
        patient.befall(Trouble::any(rng), now);
    } else {
        patient.befall(Trouble::Off, now);
    }
    Some(patient.camera.clone())
}

/// Those who say now and then that they are there, and are not silent, say so.
fn heard(patients: &mut [Patient], now: UtcMillis) -> Vec<Value> {
    let speaking = patients
        .iter_mut()
        .filter(|patient| patient.is_heard && patient.trouble != Some(Trouble::Silent));
    speaking
        .map(|patient| {
            patient.set("SeenAt", json!(iso_from_millis(now)));
            patient.camera.clone()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UtcMillis = UtcMillis(1_760_000_000_000);

    fn patients(count: usize) -> Vec<Patient> {
        let camera = |n: usize| json!({"DeviceID": format!("c{n}"), "Status": "ON", "Longitude": 117.4, "Latitude": 34.0});
        (0..count).map(|n| Patient::new(camera(n))).collect()
    }

    #[test]
    fn every_kind_of_trouble_comes_and_goes_and_a_few_ail() {
        let mut patients = patients(100);
        let mut rng = Pcg64Mcg::seed_from_u64(7);
        let mut told = String::new();
        for n in 0..2_000 {
            let now = NOW.plus_seconds(f64::from(n));
            let camera = happen(&mut patients, true, &mut rng, now).expect("a change");
            told.push_str(&camera.to_string());
            let ailing = patients.iter().filter(|patient| patient.trouble.is_some());
            assert!(ailing.count() <= 9);
        }
        for word in [
            "OFF",
            "SeenAt",
            "LivePosition",
            "frozen",
            "shaking",
            "\"Fault\":\"\"",
        ] {
            assert!(told.contains(word), "{word}");
        }
        for patient in patients.iter().filter(|patient| patient.trouble.is_none()) {
            assert_eq!(patient.camera["Status"], "ON");
            let fault = patient.camera.get("Fault");
            assert!(fault.is_none_or(|fault| fault == ""), "{fault:?}");
        }
    }

    #[test]
    fn without_a_rate_cameras_only_go_off_and_on() {
        let mut patients = patients(50);
        let mut rng = Pcg64Mcg::seed_from_u64(7);
        for _ in 0..200 {
            let camera = happen(&mut patients, false, &mut rng, NOW).expect("a change");
            assert!(camera.get("Fault").is_none() && camera.get("SeenAt").is_none());
        }
        assert_eq!(pause(0.0, 50), BETWEEN_CHANGES);
        assert_eq!(pause(0.25, 200), Duration::from_secs(72));
        assert_eq!(pause(60.0, 1_000_000), Duration::from_millis(500));
    }

    #[test]
    fn a_silent_camera_is_heard_again_once_it_is_mended() {
        let mut patients = patients(2);
        assert!(heard(&mut patients, NOW).is_empty());
        patients[1].befall(Trouble::Silent, NOW);
        assert!(heard(&mut patients, NOW.plus_seconds(60.0)).is_empty());
        assert_eq!(patients[1].camera["SeenAt"], iso_from_millis(NOW));
        patients[1].mend(NOW.plus_seconds(300.0));
        let later = NOW.plus_seconds(360.0);
        let told = heard(&mut patients, later);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0]["SeenAt"], iso_from_millis(later));
    }

    #[test]
    fn a_moved_camera_says_where_it_is_and_comes_back() {
        let mut patient = patients(1).remove(0);
        patient.befall(Trouble::Moved([0.0, 111.195]), NOW);
        let place = |patient: &Patient| patient.camera["LivePosition"]["Latitude"].as_f64();
        assert!((place(&patient).expect("a place") - 34.001).abs() < 1e-9);
        assert_eq!(patient.camera["Latitude"], 34.0, "its catalogue stays");
        patient.mend(NOW);
        assert_eq!(place(&patient), Some(34.0));
    }
}
