//! Simulated detections in the words of GA/T 1400 (`assets/codes/ga1400.toml`), and recorded stretches, as JSON lines.
//!
//! What a camera detects in a minute follows from its identity and the minute alone: nothing is kept, and whoever asks twice is
//! told the same.

use super::address::path_part;
use super::is_off;
use super::pose::Pose;
use crate::iso::iso_from_millis;
use crate::simulate::{hash_of, mix, unit};
use cim_model::UtcMillis;
use serde_json::{Map, Value, json};

const MINUTE_MS: i64 = 60_000;
const HOUR_MIN: i64 = 60;
/// China's time, minutes ahead of UTC: streets are full by day.
const ZONE_MIN: i64 = 480;
/// A recorded stretch is told every so many minutes.
const CLIP_MIN: i64 = 30;
/// How much of a stretch its address plays, seconds.
const CLIP_S: i64 = 60;
/// Detections of a camera in a minute at the busiest hour: people, motor vehicles, others.
const BUSIEST: [f64; 3] = [0.5, 0.7, 0.3];
/// A detection lasts no longer, seconds.
const MOST_S: f64 = 18.0;
/// Metres in a degree of latitude.
const DEGREE_M: f64 = 111_195.0;
/// A detection far away is no larger than what a picture shows well, metres.
const MOST_AWAY_M: f64 = 120.0;

/// Lines, and where the next question begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MomentPage {
    /// One moment each.
    pub(crate) lines: String,
    /// Nothing up to here is told again.
    pub(crate) cursor: UtcMillis,
}

/// One detection or stretch, by its end.
struct Told {
    to: UtcMillis,
    line: String,
}

/// What `cameras` detected that ended after `since` and by `now`, the earliest first: about `limit` lines. All that ended in the
/// same millisecond come together.
pub(crate) fn page_of(
    cameras: &[Value],
    since: UtcMillis,
    now: UtcMillis,
    limit: usize,
) -> MomentPage {
    let mut page = MomentPage {
        lines: String::new(),
        cursor: now.max(since),
    };
    let mut count = 0;
    for minute in since.0.div_euclid(MINUTE_MS)..=now.0.div_euclid(MINUTE_MS) {
        let mut told = Vec::new();
        for camera in cameras.iter().filter(|camera| !is_off(camera)) {
            told.extend(told_in(camera, minute));
        }
        told.retain(|told| since < told.to && told.to <= now);
        told.sort_by(|a, b| a.to.cmp(&b.to).then_with(|| a.line.cmp(&b.line)));
        for told in told {
            if count >= limit && told.to > page.cursor {
                return page;
            }
            count += 1;
            if count >= limit {
                page.cursor = told.to;
            }
            page.lines.push_str(&told.line);
            page.lines.push('\n');
        }
    }
    page
}

fn told_in(camera: &Value, minute: i64) -> Vec<Told> {
    let id = camera.get("DeviceID").and_then(Value::as_str);
    let Some(id) = id.filter(|id| !id.is_empty()) else {
        return Vec::new();
    };
    let seed = mix(hash_of(id), minute.cast_unsigned());
    let busy = busyness(minute);
    let mut told = Vec::new();
    for (row, kind) in (0_u64..).zip(["Person", "MotorVehicle", "NonMotorVehicle"]) {
        let mean = BUSIEST.get(row as usize).copied().unwrap_or(0.0) * busy;
        for n in 0..count_of(mean, unit(mix(seed, 100 + row))) {
            let dice = Dice(mix(seed, 1_000 * (row + 1) + n));
            told.push(detection(camera, (id, kind), (minute, n), dice));
        }
    }
    if minute.rem_euclid(CLIP_MIN) == 0 {
        told.push(stretch(camera, id, minute));
    }
    told
}

/// How busy streets are at a minute since 1970, 0.05 to 1.
fn busyness(minute: i64) -> f64 {
    let hour = (minute + ZONE_MIN).rem_euclid(24 * HOUR_MIN) as f64 / HOUR_MIN as f64;
    let peak = |at: f64, width: f64| (-((hour - at) / width).powi(2)).exp();
    (0.05 + 0.8 * peak(8.2, 1.8) + 0.5 * peak(13.0, 3.5) + 0.9 * peak(18.2, 2.4)).min(1.0)
}

/// A whole number that is `mean` on average.
fn count_of(mean: f64, draw: f64) -> u64 {
    (mean.floor() + f64::from(u8::from(draw < mean.fract()))) as u64
}

/// Numbers for one detection, each for its own purpose.
#[derive(Clone, Copy)]
struct Dice(u64);

impl Dice {
    fn draw(self, purpose: u64) -> f64 {
        unit(mix(self.0, purpose))
    }

    fn within(self, purpose: u64, least: f64, most: f64) -> f64 {
        least + self.draw(purpose) * (most - least)
    }

    fn pick(self, purpose: u64, choices: &[&'static str]) -> &'static str {
        let place = (self.draw(purpose) * choices.len() as f64) as usize;
        choices.get(place).or(choices.last()).copied().unwrap_or("")
    }
}

fn detection(
    camera: &Value,
    (id, kind): (&str, &str),
    (minute, n): (i64, u64),
    dice: Dice,
) -> Told {
    // It ends within its minute, so that minutes follow each other.
    let end_s = dice.within(1, 0.0, 59.999);
    let to = UtcMillis(minute * MINUTE_MS).plus_seconds(end_s);
    let from = to.plus_seconds(-dice.within(2, 1.5, MOST_S));
    let range = camera.get("Range").and_then(Value::as_f64).unwrap_or(60.0);
    let away_m = dice.within(3, 0.15, 0.9) * range.clamp(5.0, MOST_AWAY_M);
    let side = dice.within(4, -0.42, 0.42);
    let frame = frame_of(kind, away_m, side);
    let mask = mask_of(kind, frame);
    let [lon, lat] = place_of(camera, away_m, side);
    let mut line = json!({
        "id": format!("sim:{id}:{kind}:{minute}:{n}"),
        "camera": id,
        "kind": kind,
        "from": iso_from_millis(from),
        "to": iso_from_millis(to),
        "lon": lon,
        "lat": lat,
        "box": frame,
        "confidence": thousandths(dice.within(5, 0.62, 0.99)),
        "source": "simulated",
        "media": clip_address(id, from, 10),
        "attributes": attributes_of(kind, dice)
    });
    if let (Some(mask), Some(fields)) = (mask, line.as_object_mut()) {
        fields.insert("mask".to_owned(), json!(mask));
    }
    Told {
        to,
        line: line.to_string(),
    }
}

/// A recorded stretch that ends with `minute`.
fn stretch(camera: &Value, id: &str, minute: i64) -> Told {
    let to = UtcMillis(minute * MINUTE_MS);
    let from = UtcMillis((minute - CLIP_MIN) * MINUTE_MS);
    let number = |name: &str| camera.get(name).and_then(Value::as_f64);
    let line = json!({
        "id": format!("sim:{id}:VideoSlice:{minute}"),
        "camera": id,
        "kind": "VideoSlice",
        "from": iso_from_millis(from),
        "to": iso_from_millis(to),
        "lon": number("Longitude"),
        "lat": number("Latitude"),
        "source": "simulated",
        "media": clip_address(id, from, CLIP_S)
    });
    Told {
        to,
        line: line.to_string(),
    }
}

fn clip_address(id: &str, from: UtcMillis, seconds: i64) -> String {
    let at = iso_from_millis(from);
    format!(
        "/video/{}/clip.mp4?at={at}&seconds={seconds}",
        path_part(id)
    )
}

/// Where something is in the picture: left, upper side, width, height as shares. What is further away is smaller and higher.
fn frame_of(kind: &str, away_m: f64, side: f64) -> [f64; 4] {
    let (wide_m, high_m) = match kind {
        "Person" => (0.7, 1.75),
        "MotorVehicle" => (3.6, 1.7),
        _ => (1.7, 1.7),
    };
    // A usual lens: at some distance the picture is 1.15 times as wide.
    let across_m = 1.15 * away_m.max(3.0);
    let width = (wide_m / across_m).clamp(0.012, 0.5);
    let height = (high_m / across_m * 16.0 / 9.0).clamp(0.02, 0.8);
    let foot = (0.42 + 4.0 / away_m.max(3.0)).min(0.97);
    let left = (0.5 + side - width / 2.0).clamp(0.0, 1.0 - width);
    let top = (foot - height).clamp(0.0, 1.0 - height);
    [left, top, width, height].map(ten_thousandths_down)
}

/// The part of a box that is masked in a kept picture: a head, a plate.
fn mask_of(kind: &str, [left, top, width, height]: [f64; 4]) -> Option<[f64; 4]> {
    let part = match kind {
        "Person" => [left + 0.2 * width, top, 0.6 * width, 0.25 * height],
        "MotorVehicle" => [
            left + 0.3 * width,
            top + 0.6 * height,
            0.4 * width,
            0.3 * height,
        ],
        _ => return None,
    };
    Some(part.map(ten_thousandths_down))
}

/// Longitude and latitude of what is `away_m` from a camera and `side` of the picture's width beside its middle.
fn place_of(camera: &Value, away_m: f64, side: f64) -> [f64; 2] {
    let number = |name: &str| camera.get(name).and_then(Value::as_f64).unwrap_or(0.0);
    let (lon_deg, lat_deg) = (number("Longitude"), number("Latitude"));
    let pose = Pose::of(camera);
    let way = (pose.azimuth_deg + side * pose.fov_deg).to_radians();
    let narrower = lat_deg.to_radians().cos().max(0.01);
    let lon_deg = lon_deg + away_m * way.sin() / (DEGREE_M * narrower);
    let lat_deg = lat_deg + away_m * way.cos() / DEGREE_M;
    // Seven decimals are a centimetre.
    [lon_deg.clamp(-180.0, 180.0), lat_deg.clamp(-90.0, 90.0)]
        .map(|degrees| (degrees * 1e7).round() / 1e7)
}

fn attributes_of(kind: &str, dice: Dice) -> Map<String, Value> {
    let colours = ["1", "2", "3", "4", "5", "6", "9"];
    let mut found = Map::new();
    let mut tell = |name: &str, value: String| {
        found.insert(name.to_owned(), Value::from(value));
    };
    if kind == "Person" {
        let age = (dice.within(10, 16.0, 75.0) / 5.0).floor() * 5.0;
        tell("GenderCode", dice.pick(11, &["1", "2"]).to_owned());
        tell("AgeLowerLimit", format!("{age:.0}"));
        tell("AgeUpLimit", format!("{:.0}", age + 9.0));
        tell("CoatColor", dice.pick(12, &colours).to_owned());
        tell(
            "TrousersColor",
            dice.pick(13, &["1", "3", "5", "8"]).to_owned(),
        );
        if dice.draw(14) < 0.3 {
            tell("BagStyle", dice.pick(15, &["1", "2", "3", "9"]).to_owned());
        }
        return found;
    }
    tell("VehicleColor", dice.pick(12, &colours).to_owned());
    tell("Speed", format!("{:.0}", speed_of(kind, dice)));
    let has_plate = kind == "MotorVehicle" || dice.draw(16) < 0.6;
    tell("HasPlate", u8::from(has_plate).to_string());
    if kind == "MotorVehicle" {
        let is_electric = dice.draw(17) < 0.3;
        let class = if is_electric { "52" } else { "02" };
        tell("PlateClass", class.to_owned());
        tell("PlateColor", if is_electric { "9" } else { "5" }.to_owned());
        // No such plates are given out: the letters after 测 are those of a test.
        let number = (dice.draw(18) * 100_000.0) as u32;
        tell("PlateNo", format!("测A{number:05}"));
        tell("LaneNo", (1 + (dice.draw(19) * 3.0) as u32).to_string());
    }
    found
}

fn speed_of(kind: &str, dice: Dice) -> f64 {
    if kind == "MotorVehicle" {
        dice.within(20, 8.0, 62.0)
    } else {
        dice.within(20, 6.0, 26.0)
    }
}

fn thousandths(share: f64) -> f64 {
    (share * 1_000.0).round() / 1_000.0
}

/// Rounded down, so that a box never leaves its picture.
fn ten_thousandths_down(share: f64) -> f64 {
    (share * 10_000.0).floor() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Eight in the morning in China.
    const MORNING: UtcMillis = UtcMillis(1_777_593_600_000);

    fn camera(id: &str) -> Value {
        json!({"DeviceID": id, "Longitude": 117.43, "Latitude": 34.07, "Azimuth": 90.0, "Fov": 60.0, "Range": 100.0, "Status": "ON"})
    }

    fn cameras() -> Vec<Value> {
        (0..20).map(|n| camera(&format!("c{n}"))).collect()
    }

    fn lines(page: &MomentPage) -> Vec<Value> {
        let read = |line: &str| serde_json::from_str(line).expect("JSON");
        page.lines.lines().map(read).collect()
    }

    #[test]
    fn the_same_is_told_whenever_it_is_asked_and_pages_follow_each_other() {
        let (cameras, now) = (cameras(), MORNING.plus_seconds(600.0));
        let whole = page_of(&cameras, MORNING, now, 100_000);
        assert!(lines(&whole).len() > 100, "{}", lines(&whole).len());
        assert_eq!(whole.cursor, now);
        let (mut joined, mut since) = (String::new(), MORNING);
        while since < now {
            let page = page_of(&cameras, since, now, 50);
            assert!(page.cursor > since);
            joined.push_str(&page.lines);
            since = page.cursor;
        }
        assert_eq!(joined, whole.lines);
        assert!(page_of(&cameras, now, now, 50).lines.is_empty());
    }

    #[test]
    fn a_detection_has_what_an_index_needs() {
        let page = page_of(&cameras(), MORNING, MORNING.plus_seconds(3_600.0), 100_000);
        let mut kinds = std::collections::BTreeSet::new();
        for line in lines(&page) {
            kinds.insert(line["kind"].as_str().expect("a kind").to_owned());
            let times = [&line["from"], &line["to"]].map(|time| time.as_str().expect("a moment"));
            assert!(times.is_sorted(), "{line}");
            assert!(
                (line["lon"].as_f64().expect("degrees") - 117.43).abs() < 0.002,
                "{line}"
            );
            for name in ["box", "mask"] {
                let Some(frame) = line[name].as_array() else {
                    continue;
                };
                let share = |n: usize| frame[n].as_f64().expect("a share");
                let is_inside = share(0) >= 0.0
                    && share(1) >= 0.0
                    && share(2) > 0.0
                    && share(3) > 0.0
                    && share(0) + share(2) <= 1.0
                    && share(1) + share(3) <= 1.0;
                assert!(is_inside, "{line}");
            }
        }
        let expected = ["MotorVehicle", "NonMotorVehicle", "Person", "VideoSlice"];
        assert!(kinds.iter().eq(expected.iter()), "{kinds:?}");
    }

    #[test]
    fn cameras_that_are_off_detect_nothing_and_nights_are_quiet() {
        let mut off = camera("c1");
        off["Status"] = json!("OFF");
        let hour = MORNING.plus_seconds(3_600.0);
        assert!(
            page_of(&[off, json!({})], MORNING, hour, 1_000)
                .lines
                .is_empty()
        );
        let night = MORNING.plus_seconds(-6.0 * 3_600.0);
        let quiet = page_of(&cameras(), night, night.plus_seconds(3_600.0), 100_000);
        let busy = page_of(&cameras(), MORNING, hour, 100_000);
        assert!(lines(&quiet).len() * 5 < lines(&busy).len());
    }
}
