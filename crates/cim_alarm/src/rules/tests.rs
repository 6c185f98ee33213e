//! Rules at work: what a person would notice of them.

use super::*;
use cim_geo::Geodetic;
use cim_layers::motion::fence::FenceEventKind;
use cim_model::{
    Datastream, DatastreamId, Limits, Quality, SensorKind, Severity, Thing, ThingId, UtcMillis,
};

/// Six gas probes `t0` to `t5` with a series `s0` to `s5` that reports every 10 s; even ones lie in the grid cell `east`. Only `s0`
/// states limits.
struct City {
    things: Vec<Thing>,
    datastreams: Vec<Datastream>,
    fences: Vec<String>,
}

impl City {
    fn new() -> Self {
        let thing = |number: usize| Thing {
            id: ThingId::new(format!("t{number}")),
            name: format!("燃气{number}"),
            description: String::new(),
            kind: SensorKind::Gas,
            position: Geodetic::new(117.0 + number as f64 / 100.0, 34.0, 0.0),
            properties: vec![(
                "grid".to_owned(),
                if number.is_multiple_of(2) {
                    "east"
                } else {
                    "west"
                }
                .to_owned(),
            )],
        };
        let datastream = |number: usize| Datastream {
            id: DatastreamId::new(format!("s{number}")),
            thing: ThingId::new(format!("t{number}")),
            name: "甲烷".to_owned(),
            observed_property: "甲烷浓度".to_owned(),
            unit: "%LEL".to_owned(),
            period_s: 10.0,
            limits: Limits {
                above_medium: (number == 0).then_some(10.0),
                above_high: (number == 0).then_some(25.0),
                ..Limits::default()
            },
        };
        Self {
            things: (0..6).map(thing).collect(),
            datastreams: (0..6).map(datastream).collect(),
            fences: vec!["ring".to_owned(), "yard".to_owned()],
        }
    }

    fn catalogue(&self) -> Catalogue<'_> {
        Catalogue {
            things: &self.things,
            datastreams: &self.datastreams,
            fences: &self.fences,
        }
    }

    fn with(&self, rules: &str) -> Bench {
        let set = rules_of(rules);
        let (evaluator, problems) = Evaluator::new(&set, self.catalogue(), UtcMillis(0));
        assert_eq!(problems, []);
        Bench {
            evaluator,
            changes: Vec::new(),
        }
    }
}

/// `id: condition and further lines` for each rule.
fn rules_of(rules: &str) -> RuleSet {
    let written = rules.lines().map(|line| {
        let (id, rest) = line.trim().split_once(": ").expect("id: rest");
        let rest = rest.replace(" | ", "\n");
        format!("[[rule]]\nid = \"{id}\"\nname = {{ zh = \"规\", en = \"R\" }}\nwhen = {rest}\n")
    });
    let text = written.collect::<Vec<String>>().concat();
    let file = RuleFile {
        name: "t.toml",
        text: &text,
    };
    let (set, problems) = RuleSet::read(&[file]);
    assert_eq!(problems, [], "{text}");
    set
}

/// An evaluator with what it said.
struct Bench {
    evaluator: Evaluator,
    changes: Vec<Change>,
}

impl Bench {
    /// Time passes until `second`, then the series `row` has `value`.
    fn see(&mut self, row: u32, second: i64, value: f64) {
        let at = UtcMillis(second * 1_000);
        self.evaluator.advance(at, &mut self.changes);
        assert!(
            self.evaluator
                .observe(row, at, value, Quality::Good, &mut self.changes)
        );
    }

    fn wait(&mut self, second: i64) {
        self.evaluator
            .advance(UtcMillis(second * 1_000), &mut self.changes);
    }

    /// Compares what was said since the last look: `R`aised, `W`orsened or `C`leared, the condition, the second.
    #[track_caller]
    fn check(&mut self, expected: &[&str]) {
        let told: Vec<String> = self
            .changes
            .drain(..)
            .map(|change| {
                let word = match change.kind {
                    ChangeKind::Raised => 'R',
                    ChangeKind::Worsened => 'W',
                    ChangeKind::Cleared => 'C',
                };
                format!("{word} {} {}", change.condition, change.at.0 / 1_000)
            })
            .collect();
        assert_eq!(told, expected);
    }
}

#[test]
fn limits_that_a_series_states_ring_under_its_own_name() {
    let mut bench = City::new().with("");
    for (second, value) in [
        (0, 9.0),
        (1, 12.0),
        (2, 30.0),
        (3, 12.0),
        (4, 9.9),
        (5, 9.0),
    ] {
        bench.see(0, second, value);
    }
    let ids: Vec<String> = bench
        .changes
        .iter()
        .map(|change| change.alarm_id().to_string())
        .collect();
    assert_eq!(ids, ["s0@1000"; 3]);
    let first = &bench.changes[0];
    assert_eq!(
        (first.rule, first.series, first.thing),
        (None, Some(0), Some(0))
    );
    assert_eq!(
        (first.severity, first.cause.as_str()),
        (Severity::Medium, "limits")
    );
    bench.check(&["R s0 1", "W s0 2", "C s0 5"]);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let mut bench = City::new().with("");
    bench.see(0, 5, 1.0);
    let mut observe = |row, second: i64, value| {
        let into = &mut bench.changes;
        bench
            .evaluator
            .observe(row, UtcMillis(second * 1_000), value, Quality::Good, into)
    };
    assert!(!observe(0, 4, 99.0), "older than the newest");
    assert!(!observe(0, 6, f64::NAN));
    assert!(!observe(99, 6, 99.0), "no such series");
    bench.check(&[]);
}

#[test]
fn a_selection_narrows_and_series_with_limits_of_their_own_may_be_left_out() {
    let city = City::new();
    let count = |on: &str| {
        let rules = format!("r: {{ is = \"limits\", hi = 5 }} | on = {on}");
        city.with(&rules).evaluator.conditions() - 1
    };
    assert_eq!(count("{}"), 6);
    assert_eq!(count("{ kinds = [\"air\"] }"), 0);
    assert_eq!(
        count("{ properties = \"甲烷浓度\", without_own_limits = true }"),
        5
    );
    assert_eq!(count("{ ids = [\"t1\", \"s2\"] }"), 2);
    assert_eq!(count("{ tags = { grid = \"east\" } }"), 3);
    assert_eq!(
        count("{ area = [[117.005, 33], [117.025, 33], [117.025, 35], [117.005, 35]] }"),
        2
    );
    assert_eq!(count("{ classes = [\"vehicle\"] }"), 0);
}

#[test]
fn values_that_their_source_doubts_may_be_passed_over() {
    let mut bench = City::new().with("r: { is = \"limits\", hi = 5 } | takes_suspect = false");
    let at = UtcMillis(1_000);
    bench
        .evaluator
        .observe(1, at, 9.0, Quality::Suspect, &mut bench.changes);
    bench.check(&[]);
    bench
        .evaluator
        .observe(1, at, 9.0, Quality::Good, &mut bench.changes);
    bench.check(&["R rule:r/s1 1"]);
}

#[test]
fn a_delay_ends_when_it_is_due_and_not_when_somebody_looks() {
    let mut bench =
        City::new().with("r: { is = \"limits\", hi = 5 } | on_delay_s = 30 | off_delay_s = 20");
    bench.see(1, 10, 9.0);
    assert_eq!(bench.evaluator.next_due(), Some(UtcMillis(40_000)));
    bench.wait(39);
    bench.check(&[]);
    bench.wait(500);
    bench.check(&["R rule:r/s1 40"]);
    bench.see(1, 501, 1.0);
    bench.see(1, 510, 9.0);
    bench.see(1, 512, 1.0);
    bench.wait(600);
    bench.check(&["C rule:r/s1 532"]);
}

#[test]
fn a_fall_of_pressure_rings_by_how_much_fell() {
    let mut bench = City::new().with(
        "r: { is = \"rate\", over_s = 300, unit = \"percent\", fall = { medium = 10, high = 20 } } | dead_band = 0",
    );
    for (second, value) in [
        (0, 0.40),
        (60, 0.39),
        (120, 0.35),
        (180, 0.31),
        (2_000, 0.31),
    ] {
        bench.see(1, second, value);
    }
    bench.check(&["R rule:r/s1 120", "W rule:r/s1 180", "C rule:r/s1 2000"]);
}

#[test]
fn silence_is_noticed_level_by_level_also_of_who_never_reported() {
    let mut bench = City::new().with(
        "r: { is = \"missing\", periods = { low = 3, high = 10 } } | on = { ids = [\"s1\"] }",
    );
    bench.see(1, 20, 1.0);
    bench.wait(300);
    bench.check(&["R rule:r/s1 51", "W rule:r/s1 121"]);
    bench.see(1, 300, 1.0);
    bench.check(&["C rule:r/s1 300"]);
    let mut silent =
        City::new().with("r: { is = \"missing\", periods = 3 } | on = { ids = [\"s2\"] }");
    silent.wait(60);
    silent.check(&["R rule:r/s2 31"]);
}

#[test]
fn a_value_that_stands_still_is_noticed_while_values_come() {
    let mut bench = City::new()
        .with("r: { is = \"stuck\", for_s = 30, except = [0] } | on = { ids = [\"s1\", \"s2\"] }");
    for second in [0, 10, 20, 30, 40] {
        bench.see(1, second, 5.0);
        bench.see(2, second, 0.0);
    }
    bench.see(1, 50, 5.1);
    bench.check(&["R rule:r/s1 30", "C rule:r/s1 50"]);
}

#[test]
fn a_value_is_held_against_what_is_usual_at_its_hour() {
    let mut bench = City::new().with("r: { is = \"deviation\", from = \"hour_of_day\", by = 5, least = 3 } | on = { ids = [\"s1\"] }");
    for day in 0..5_i64 {
        for minute in 0..60 {
            bench.see(1, day * 86_400 + minute * 60, 20.0 + (minute % 3) as f64);
        }
    }
    bench.check(&[]);
    bench.see(1, 5 * 86_400, 60.0);
    bench.see(1, 5 * 86_400 + 60, 21.0);
    bench.check(&["R rule:r/s1 432000", "C rule:r/s1 432060"]);
}

#[test]
fn a_value_is_held_against_another_series_of_its_thing() {
    let mut city = City::new();
    let mut second = city.datastreams[1].clone();
    second.id = DatastreamId::new("s1b");
    second.observed_property = "备用".to_owned();
    city.datastreams.push(second);
    let mut bench = city.with("r: { is = \"deviation\", from = \"series\", property = \"备用\", by = 2 } | on = { properties = \"甲烷浓度\" }");
    assert_eq!(bench.evaluator.conditions(), 2);
    bench.see(1, 0, 9.0);
    bench.see(6, 1, 5.0);
    bench.see(1, 2, 8.0);
    bench.see(1, 3, 5.5);
    bench.see(1, 500, 9.0);
    bench.check(&["R rule:r/s1 2", "C rule:r/s1 3"]);
}

#[test]
fn a_thing_in_a_fence_rings_until_it_left() {
    let mut bench = City::new().with("in: { is = \"geofence\", fences = [\"ring\"], state = \"inside\" }\nby: { is = \"geofence\", fences = [\"yard\"], state = \"passed\" }");
    let mut tell = |second: i64, fence, kind| {
        let at = UtcMillis(second * 1_000);
        bench
            .evaluator
            .fence_event(3, fence, kind, at, &mut bench.changes);
    };
    tell(1, 0, FenceEventKind::Entered);
    tell(2, 1, FenceEventKind::Passed);
    tell(3, 0, FenceEventKind::Left);
    bench.check(&[
        "R rule:in/t3 1",
        "R rule:by/t3 2",
        "C rule:by/t3 2",
        "C rule:in/t3 3",
    ]);
}

#[test]
fn a_fence_that_is_not_there_is_told() {
    let city = City::new();
    let rules = rules_of("r: { is = \"geofence\", fences = [\"moat\"], state = \"inside\" }");
    let (_, problems) = Evaluator::new(&rules, city.catalogue(), UtcMillis(0));
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["t.toml:1: rule r: when.fences: there is no fence `moat`"]
    );
}

#[test]
fn many_of_a_kind_in_one_area_and_time_are_one_more_alarm() {
    let mut bench = City::new().with(
        "gas: { is = \"limits\", hi = 5 }\nmany: { is = \"count\", of = \"gas\", least = 3, within_s = 60, by = \"grid\" }",
    );
    for (row, second) in [(0, 0), (1, 1), (2, 2), (4, 70), (0, 71)] {
        bench.see(row, second, 4.0);
        bench.see(row, second, 6.0);
    }
    bench.changes.retain(|change| change.cause == Cause::Count);
    bench.check(&[]);
    bench.see(2, 72, 1.0);
    bench.see(2, 73, 6.0);
    bench.wait(200);
    bench.changes.retain(|change| change.cause == Cause::Count);
    bench.check(&["R rule:many/east 73", "C rule:many/east 130"]);
    for (row, second) in [(0, 210), (2, 211), (4, 212)] {
        bench.see(row, second, 1.0);
        bench.see(row, second, 6.0);
    }
    bench.wait(400);
    bench.changes.retain(|change| change.cause == Cause::Count);
    bench.check(&["R rule:many/east 212", "C rule:many/east 270"]);
}

#[test]
fn the_limits_of_datastreams_can_be_counted_and_combined() {
    let mut bench = City::new().with(
        "fast: { is = \"rate\", over_s = 60, rise = 4 } | on = { ids = [\"t0\"] }\n\
         both: { is = \"combination\", all = [\"limits\", \"fast\"] } | severity = \"critical\"\n\
         calm: { is = \"combination\", all = [\"limits\"], none = [\"fast\"] } | on_delay_s = 5",
    );
    bench.see(0, 0, 9.0);
    bench.see(0, 10, 14.0);
    bench.check(&["R s0 10", "R rule:fast/s0 10", "R rule:both/t0 10"]);
}

#[test]
fn conditions_of_one_thing_are_put_together() {
    let mut bench = City::new().with(
        "high: { is = \"limits\", hi = 5 }\nstill: { is = \"stuck\", for_s = 20 }\n\
         both: { is = \"combination\", all = [\"high\", \"still\"] }\nonly: { is = \"combination\", all = [\"high\"], none = [\"still\"] } | on_delay_s = 60",
    );
    for second in [0, 10, 20] {
        bench.see(1, second, 6.0);
    }
    bench.check(&[
        "R rule:high/s1 0",
        "R rule:still/s1 20",
        "R rule:both/t1 20",
    ]);
    bench.see(1, 30, 7.0);
    bench.check(&["C rule:still/s1 30", "C rule:both/t1 30"]);
    bench.see(1, 60, 8.0);
    bench.wait(100);
    bench.check(&["R rule:only/t1 90"]);
}

#[test]
fn what_was_active_is_active_again_after_a_restart() {
    let city = City::new();
    let rules =
        "gas: { is = \"limits\", hi = 5 }\nmany: { is = \"count\", of = \"gas\", least = 2 }";
    let mut bench = city.with(rules);
    let restore = |bench: &mut Bench, name: &str, severity| {
        bench.evaluator.restore(name, UtcMillis(77), severity, 5.0)
    };
    assert!(restore(&mut bench, "rule:gas/s1", Severity::Medium));
    assert!(!restore(&mut bench, "rule:gas/s99", Severity::Medium));
    assert!(!restore(&mut bench, "rule:gas/s2", Severity::Normal));
    bench.see(1, 1, 6.0);
    bench.check(&[]);
    bench.see(2, 2, 6.0);
    bench.check(&["R rule:gas/s2 2", "R rule:many/all 2"]);
    bench.see(1, 3, 1.0);
    bench.check(&["C rule:gas/s1 3", "C rule:many/all 3"]);
}

#[test]
fn other_rules_take_over_what_is_active_and_what_was_seen() {
    let city = City::new();
    let mut bench =
        city.with("gas: { is = \"limits\", hi = 5 }\nstill: { is = \"stuck\", for_s = 30 }");
    bench.see(1, 0, 6.0);
    bench.see(1, 10, 6.0);
    bench.see(1, 20, 6.0);
    let mut next = city.with(
        "gas: { is = \"limits\", hi = 4 }\nstill: { is = \"stuck\", for_s = 30 }\nmany: { is = \"count\", of = \"gas\", least = 1 }",
    );
    next.evaluator.take_over(&bench.evaluator);
    let active: Vec<String> = next
        .evaluator
        .active()
        .map(|change| change.alarm_id().to_string())
        .collect();
    assert_eq!(active, ["rule:gas/s1@0"]);
    next.see(1, 30, 6.0);
    next.check(&["R rule:many/all 30", "R rule:still/s1 30"]);
}

#[test]
fn a_trial_says_how_many_alarms_there_would_have_been_and_when() {
    let city = City::new();
    let rules = rules_of(
        "gas: { is = \"limits\", hi = 5 } | severity = \"high\"\nfence: { is = \"geofence\", fences = [\"ring\"], state = \"inside\" }",
    );
    let run = || {
        let (mut trial, problems) = Trial::new(&rules, city.catalogue(), UtcMillis(0));
        assert_eq!(problems, []);
        let mut see = |row, second: i64, value| {
            trial.observe(row, UtcMillis(second * 1_000), value, Quality::Good);
        };
        // One long before, then three of one probe within a minute and one of another: that is the burst.
        for (row, second) in [(1, 0), (1, 5_000), (1, 5_010), (1, 5_020), (2, 5_030)] {
            see(row, second, 9.0);
            see(row, second + 5, 1.0);
        }
        see(3, 9_000, 9.0);
        trial.finish(UtcMillis(10_000_000))
    };
    let report = run();
    assert_eq!(report, run(), "the same values give the same report");
    assert_eq!(
        (report.from, report.to),
        (UtcMillis(0), UtcMillis(10_000_000))
    );
    assert_eq!((report.observations, report.raised), (11, 6));
    assert_eq!(
        report.burst,
        Some(Burst {
            from: UtcMillis(5_000_000),
            raised: 4
        })
    );
    let [gas, fence, limits] = report.rules.as_slice() else {
        panic!("{:?}", report.rules);
    };
    assert_eq!(
        (gas.raised, gas.in_burst, gas.chattering, gas.active_at_end),
        (6, 4, 1, 1)
    );
    assert_eq!((gas.worst, gas.first.len()), (Severity::High, 6));
    assert_eq!(gas.first[1].id.as_str(), "rule:gas/s1@5000000");
    assert!(fence.is_untried && !limits.is_untried && limits.raised == 0);
}

#[test]
fn the_rules_that_come_along_are_sound() {
    let folder = std::path::Path::new("../../scenes/city/rules");
    let mut files: Vec<std::path::PathBuf> = std::fs::read_dir(folder)
        .expect("the rules are there")
        .map(|entry| entry.expect("can be read").path())
        .collect();
    files.sort();
    let texts: Vec<(String, String)> = files
        .iter()
        .map(|file| {
            (
                file.to_string_lossy().into_owned(),
                std::fs::read_to_string(file).expect("can be read"),
            )
        })
        .collect();
    let files: Vec<RuleFile<'_>> = texts
        .iter()
        .map(|(name, text)| RuleFile { name, text })
        .collect();
    let (set, problems) = RuleSet::read(&files);
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(told, Vec::<String>::new());
    assert!(set.rules().len() >= 15);
    for rule in set.rules() {
        assert!(
            !rule.name.zh.is_empty() && !rule.about.zh.is_empty() && !rule.about.en.is_empty(),
            "{}",
            rule.id
        );
    }
}
