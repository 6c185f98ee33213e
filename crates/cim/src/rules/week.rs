//! `cim rules week`: days of a simulated city through rules, and how much an officer would have had to take of it: every alarm,
//! those that follow from no other, and the lines that belong together.
//!
//! Time is virtual: nothing sleeps, and the same seed gives the same figures.

mod story;
mod table;

use super::{files_at, set_of};
use crate::{
    Failure,
    host::{end_progress, progress, say},
    stretch::{iso, moment},
};
use cim_hub::{SimulateSettings, SimulatedCity};
use cim_model::UtcMillis;
use clap::Args;
use std::path::{Path, PathBuf};
use story::Story;
use table::Figured;

/// The word that stands for a network under the roads.
const UNDER_ROADS: &str = "roads";
const DAY_S: f64 = 86_400.0;

/// Rules over days of a simulated city.
#[derive(Debug, Args)]
pub(super) struct Week {
    /// Scene packs with a folder `rules`, folders of files, or files.
    #[arg(value_name = "PATH", required = true, num_args = 1..)]
    rules: Vec<PathBuf>,
    /// The city folder on whose features the devices stand.
    #[arg(long, value_name = "DIR")]
    city: PathBuf,
    /// How many days.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=60))]
    days: u32,
    /// When they begin, ISO 8601; a shift begins then, too.
    #[arg(long, value_name = "TIME", default_value = "2026-03-02T08:00:00+08:00", value_parser = moment)]
    from: UtcMillis,
    /// How many sensors.
    #[arg(long, default_value_t = 2_000)]
    sensors: usize,
    /// Seconds between two values of a device.
    #[arg(long, value_name = "S", default_value_t = 60.0)]
    every: f64,
    /// A water network: an EPANET input file, or the word "roads" for one under the roads.
    #[arg(long, value_name = "FILE")]
    network: Option<PathBuf>,
    /// Gauges on the water network.
    #[arg(long, value_name = "N", default_value_t = 40)]
    gauges: usize,
    /// A drill on the first day, for instance water_burst.
    #[arg(long, value_name = "NAME")]
    drill: Option<String>,
    /// Hours from the beginning to the drill, 0 to 24.
    #[arg(long, value_name = "H", default_value_t = 4.0)]
    drill_after_h: f64,
    /// Faults per device and hour, 0 to 1, in place of the devices' own.
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    faults: f64,
    /// The same seed gives the same days.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl Week {
    pub(super) fn run(self) -> Result<bool, Failure> {
        let (figured, is_sound) = self.figured()?;
        figured.tell(self.json);
        Ok(is_sound && figured.values > 0)
    }

    /// The figures, and whether nothing is wrong with the rules.
    fn figured(&self) -> Result<(Figured, bool), Failure> {
        let (set, problems) = set_of(&files_at(&self.rules)?);
        let city = SimulatedCity::read(self.settings()?, self.from)?;
        let to = self.from.plus_seconds(f64::from(self.days) * DAY_S);
        let mut shown = self.from;
        let (story, unwatched) = Story::play(&city, &set, (self.from, to), |at| {
            if at.seconds_since(shown) >= 3_600.0 {
                shown = at;
                progress(&format!("simulating: {}", iso(at)));
            }
        })?;
        end_progress();
        for problem in problems.iter().chain(&unwatched) {
            say(&problem.to_string());
        }
        let figured = Figured::of(&story, city.zone_ms(), set.rules().len())?;
        Ok((figured, problems.is_empty()))
    }

    fn settings(&self) -> Result<SimulateSettings, Failure> {
        if !(self.every.is_finite() && self.every > 0.0) {
            return Err("--every is a number of seconds above 0".into());
        }
        let is_under_roads = self.network.as_deref() == Some(Path::new(UNDER_ROADS));
        Ok(SimulateSettings {
            sensors: self.sensors,
            cameras: 0,
            hz: 1.0 / self.every,
            seed: self.seed,
            network: self.network.clone().filter(|_| !is_under_roads),
            has_network_under_roads: is_under_roads,
            gauges: self.gauges,
            faults: self.faults,
            drill: self.drill.clone(),
            drill_after_s: self.drill_after_h * 3_600.0,
            // No hub is asked.
            ..SimulateSettings::new("http://127.0.0.1:1", &self.city)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_model::Severity;
    use std::fs;

    /// A day in a street of forty pieces with a main under it that bursts at noon.
    fn day(name: &str, seed: u64) -> Figured {
        let folder = std::env::temp_dir().join(format!("cim-week-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("rules")).expect("a folder");
        let lines: Vec<String> = (0..40)
            .map(|n| {
                serde_json::json!({"id": format!("w{n}"), "class": "road", "kind": "primary", "name": "云湖大道",
                    "lon": 117.2 + 0.001 * f64::from(n), "lat": 34.2})
                .to_string()
            })
            .collect();
        fs::write(folder.join("attributes.jsonl"), lines.join("\n")).expect("a city");
        let silent = "[[rule]]\nid = \"silent\"\nname = { zh = \"无数据\", en = \"Silent\" }\nwhen = { is = \"missing\", periods = 10 }\n";
        fs::write(folder.join("rules/silent.toml"), silent).expect("a rule");
        let week = Week {
            rules: vec![folder.clone()],
            city: folder.clone(),
            days: 1,
            from: UtcMillis(1_772_409_600_000),
            sensors: 200,
            every: 60.0,
            network: Some(PathBuf::from(UNDER_ROADS)),
            gauges: 12,
            drill: Some("water_burst".to_owned()),
            drill_after_h: 4.0,
            faults: 0.0,
            seed,
            json: true,
        };
        let (figured, is_sound) = week.figured().expect("a day");
        fs::remove_dir_all(&folder).expect("the folder goes");
        assert!(is_sound);
        figured
    }

    #[test]
    fn a_simulated_day_is_counted_whole_and_the_same_each_time() {
        let figured = day("first", 1);
        let told = figured.to_json();
        assert_eq!(told, day("second", 1).to_json());
        assert_ne!(told, day("other", 2).to_json());
        let of = |column: usize| figured.columns[column].figures.raised;
        assert!(of(0) > 0, "nothing was raised in a day");
        assert!(of(1) <= of(0) && of(2) <= of(1), "{told}");
        assert_eq!(figured.consequences, of(0) - of(1), "each is counted");
        for (place, column) in figured.columns.iter().enumerate() {
            let in_shifts: u32 = figured.shifts.iter().map(|shift| shift.raised[place]).sum();
            let in_hours: u32 = column.by_hour.iter().sum();
            assert_eq!((in_shifts, in_hours), (of(place), of(place)));
        }
        let [normal, ..] = figured.columns[0].figures.by_severity;
        assert_eq!(normal, 0, "an alarm is never {:?}", Severity::Normal);
        assert_eq!(figured.shifts.len(), 2);
        // 212 devices, a value a minute, some of them silent for a while.
        assert!(
            (270_000..=305_280).contains(&figured.values),
            "{}",
            figured.values
        );
    }

    #[test]
    fn days_need_a_pace() {
        let week = |every: f64| Week {
            rules: Vec::new(),
            city: PathBuf::new(),
            days: 1,
            from: UtcMillis(0),
            sensors: 1,
            every,
            network: None,
            gauges: 0,
            drill: None,
            drill_after_h: 0.0,
            faults: 0.0,
            seed: 1,
            json: false,
        };
        assert!(week(60.0).settings().is_ok());
        assert!(week(0.0).settings().is_err() && week(f64::NAN).settings().is_err());
    }
}
