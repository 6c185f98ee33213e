//! What the desk makes of values, of what people do, and of networks.

use super::{
    around::tests::around,
    network::tests::WATER,
    rules::tests::{RAISED, text},
    *,
};
use crate::{facts::fact_of_act, state::tests::gas_sensor, wire::SeverityDto};
use cim_alarm::{Level, ShelveKind};
use cim_model::{Limits, Quality, SensorKind};

/// A desk with devices of one kind at parts of the network, each with a limit of this severity at 10.
struct Bench {
    state: State,
    alarms: Alarms,
    told: Vec<Fact>,
}

impl Bench {
    fn new(kind: SensorKind, devices: &[(&str, Severity)]) -> Self {
        let mut state = State::default();
        let (mut things, mut series) = (Vec::new(), Vec::new());
        for ((asset, severity), n) in devices.iter().zip(0_u32..) {
            let (mut thing, mut of) = gas_sensor(n);
            thing.kind = kind;
            thing
                .properties
                .push(("asset".to_owned(), (*asset).to_owned()));
            let limit = |of: Severity| (of == *severity).then_some(10.0);
            of.limits = Limits {
                above_medium: limit(Severity::Medium),
                above_high: limit(Severity::High),
                above_critical: limit(Severity::Critical),
                ..Limits::default()
            };
            things.push(thing);
            series.push(of);
        }
        state.apply_catalogue(things, series, Vec::new());
        let mut alarms = Alarms::default();
        alarms.set_around(around(WATER));
        alarms.catch_up(&state, UtcMillis(0));
        Self {
            state,
            alarms,
            told: Vec::new(),
        }
    }

    /// The series in `row` reads `value` at `second`.
    fn read(&mut self, row: u32, second: i64, value: f64) {
        let reading = Reading {
            happened_at: UtcMillis(second * 1_000),
            value,
            quality: Quality::Good,
        };
        self.alarms.observe(row, reading);
        let changes = self.alarms.take_changes();
        for change in &changes {
            let became = self.alarms.follow(&self.state, change, change.at);
            self.told.extend(became.map(|(_, fact)| fact));
        }
        self.alarms.give_back(changes);
    }

    fn tick(&mut self, second: i64) {
        let now = UtcMillis(second * 1_000);
        self.alarms.tick(&self.state, now, now);
        self.alarms.look();
    }

    fn act(&mut self, alarm: &str, act: &Act, second: i64) -> Result<Fact, Refusal> {
        let now = UtcMillis(second * 1_000);
        self.alarms.act(&AlarmId::new(alarm), act, &li(), now)
    }

    /// The names in the list.
    fn listed(&self) -> Vec<&str> {
        let shown = self.alarms.attention().iter();
        shown.map(|alarm| alarm.id.as_str()).collect()
    }
}

fn li() -> Operator {
    Operator {
        name: Arc::from("Li"),
        level: Level::Leader,
    }
}

fn acknowledge() -> Act {
    Act::Acknowledge {
        comment: String::new(),
    }
}

fn shelve(duration_s: u32) -> Act {
    Act::Shelve {
        kind: ShelveKind::Timed,
        duration_s,
        reason: "works".to_owned(),
    }
}

/// All gas sensors leave the list while the first one has an alarm.
const WORKS: &str = r#"
[[group]]
id = "works"
name = { zh = "施工", en = "Works" }
members = { on = { kinds = ["gas"] } }
while = { on = { ids = ["t0"] } }
"#;

/// Two gas sensors with `rules`.
fn with_groups(rules: &str) -> Bench {
    let devices = [("x", Severity::High), ("y", Severity::High)];
    let mut bench = Bench::new(SensorKind::Gas, &devices);
    assert_eq!(bench.alarms.set_rules(vec![text(rules)]), Vec::new());
    bench.alarms.settle(&bench.state, UtcMillis(0));
    bench
}

#[test]
fn a_group_hides_its_members_while_its_trigger_is_active_and_never_the_trigger() {
    let mut bench = with_groups(WORKS);
    bench.read(1, 1, 20.0);
    bench.tick(1);
    assert_eq!(bench.listed(), ["d1@1000"]);
    bench.read(0, 2, 20.0);
    bench.tick(2);
    assert_eq!(bench.listed(), ["d0@2000"]);
    assert_eq!(bench.alarms.suppressed_counts(), (0, 1));
    let groups = bench.alarms.groups("en", UtcMillis(2_000));
    let told: Vec<(&str, bool, u32, u32)> = groups
        .iter()
        .map(|one| {
            (
                one.name.as_str(),
                one.is_on,
                one.active_triggers,
                one.hidden,
            )
        })
        .collect();
    assert_eq!(told, [("Works", true, 1, 1)]);
    bench.read(0, 3, 1.0);
    bench.tick(3);
    assert!(bench.listed().contains(&"d1@1000"));
    assert_eq!(bench.alarms.suppressed_counts(), (0, 0));
}

#[test]
fn what_somebody_suppresses_is_a_fact_that_other_desks_follow_and_ends_at_its_time() {
    let by_hand = WORKS.replace("while = { on = { ids = [\"t0\"] } }\n", "");
    let (mut here, mut there) = (with_groups(&by_hand), with_groups(&by_hand));
    let said = (Some(UtcMillis(9_000)), "digging");
    let fact = here
        .alarms
        .set_group("works", said, (UtcMillis(4_000), "Li"));
    assert!(there.alarms.take_act(&fact));
    assert!(!there.alarms.take_act(&fact), "known");
    assert!(here.alarms.kept().holds.contains(&fact.id));
    for bench in [&mut here, &mut there] {
        bench.read(1, 5, 20.0);
        bench.tick(5);
        assert!(bench.listed().is_empty());
        assert_eq!(bench.alarms.suppressed_counts(), (0, 1));
        let groups = bench.alarms.groups("zh-CN", UtcMillis(5_000));
        let hand = groups.first().and_then(|one| one.hand.clone());
        let told = hand.map(|hand| (hand.by, hand.reason, hand.until));
        assert_eq!(told, Some(("Li".to_owned(), "digging".to_owned(), 9_000)));
    }
    here.tick(9);
    assert_eq!(here.listed(), ["d1@5000"]);
    let back = there
        .alarms
        .set_group("works", (None, ""), (UtcMillis(6_000), "Li"));
    assert_eq!(back.cause, fact.id);
    there.tick(6);
    assert_eq!(there.listed(), ["d1@5000"]);
    assert!(there.alarms.kept().holds.is_empty());
}

/// A main, a valve below it and a house below that.
const BELOW: [(&str, Severity); 3] = [
    ("main-1", Severity::High),
    ("valve-b", Severity::Medium),
    ("c", Severity::Medium),
];

#[test]
fn what_follows_from_a_cause_leaves_the_list_counted_and_comes_back_with_it() {
    let mut bench = Bench::new(SensorKind::Other, &BELOW);
    bench.read(1, 5, 12.0);
    bench.read(0, 6, 12.0);
    bench.read(2, 7, 12.0);
    bench.tick(10);
    assert_eq!(bench.listed(), ["d0@6000"]);
    let board = bench.alarms.board(&bench.state, "en");
    assert_eq!(board.hidden.consequences, 2);
    let cause = AlarmId::new("d0@6000");
    assert_eq!(bench.alarms.noise.consequences_of(&cause), 2);
    assert!(
        bench.told.iter().all(|fact| fact.verb == "alarm_raised"),
        "what is derived is no fact"
    );

    bench.read(0, 11, 1.0);
    bench.tick(12);
    assert_eq!(bench.listed(), ["d0@6000", "d2@7000", "d1@5000"]);
    assert_eq!(
        bench.alarms.board(&bench.state, "en").hidden.consequences,
        0
    );
}

#[test]
fn gas_follows_from_nothing_and_what_is_worse_than_its_cause_stays() {
    let mut gas = Bench::new(SensorKind::Gas, &BELOW);
    let mut devices = BELOW;
    devices[2].1 = Severity::Critical;
    let mut worse = Bench::new(SensorKind::Other, &devices);
    for bench in [&mut gas, &mut worse] {
        for row in 0..3 {
            bench.read(row, 5, 12.0);
        }
        bench.tick(10);
    }
    assert_eq!(gas.listed().len(), 3);
    assert_eq!(worse.listed(), ["d2@5000", "d0@5000"]);
}

#[test]
fn a_cause_on_the_shelf_hides_nothing() {
    let mut bench = Bench::new(SensorKind::Other, &BELOW);
    bench.read(0, 5, 12.0);
    bench.read(1, 6, 12.0);
    bench.tick(10);
    assert_eq!(bench.listed(), ["d0@5000"]);
    bench
        .act("d0@5000", &shelve(60), 11)
        .expect("it is shelved");
    bench.tick(12);
    assert_eq!(bench.listed(), ["d1@6000"]);
    bench.tick(72);
    assert_eq!(bench.listed(), ["d0@5000"], "it is back, and causes again");
}

#[test]
fn silence_holds_until_something_worse_rings() {
    let devices = [
        ("", Severity::Medium),
        ("", Severity::Medium),
        ("", Severity::High),
    ];
    let mut bench = Bench::new(SensorKind::Gas, &devices);
    let audible = |bench: &Bench| bench.alarms.board(&bench.state, "en").audible;
    bench.read(0, 5, 12.0);
    assert_eq!(audible(&bench), Some(SeverityDto::Medium));
    bench.alarms.silence();
    bench.read(1, 6, 12.0);
    assert_eq!(audible(&bench), None);
    assert!(bench.alarms.board(&bench.state, "en").is_silenced);
    bench.read(2, 7, 12.0);
    assert_eq!(audible(&bench), Some(SeverityDto::High));
}

#[test]
fn an_alarm_that_gets_worse_must_be_acknowledged_again_by_another_fact() {
    let (mut thing, mut series) = gas_sensor(0);
    thing.kind = SensorKind::Gas;
    series.limits.above_high = Some(25.0);
    let mut bench = Bench::new(SensorKind::Gas, &[]);
    bench
        .state
        .apply_catalogue(vec![thing], vec![series], Vec::new());
    bench.alarms.catch_up(&bench.state, UtcMillis(0));
    bench.read(0, 5, 12.0);
    let first = bench.act("d0@5000", &acknowledge(), 6).expect("seen");
    bench.read(0, 7, 30.0);
    let second = bench.act("d0@5000", &acknowledge(), 8).expect("seen again");
    assert_ne!(first.id, second.id);
    let refused = bench.act("d0@5000", &acknowledge(), 9);
    assert!(matches!(refused, Err(Refusal::AlreadyAcknowledged { .. })));
    let verbs: Vec<&str> = bench.told.iter().map(|fact| fact.verb.as_str()).collect();
    assert_eq!(verbs, ["alarm_raised", "alarm_worsened"]);
}

#[test]
fn a_rule_that_is_switched_off_ends_its_alarms_and_rings_anew_when_it_is_on() {
    let mut bench = Bench::new(SensorKind::Gas, &[("", Severity::High)]);
    let text = text(RAISED);
    assert_eq!(bench.alarms.set_rules(vec![text]), Vec::new());
    bench.alarms.settle(&bench.state, UtcMillis(0));
    bench.read(0, 5, 7.0);
    bench.tick(6);
    assert_eq!(bench.listed(), ["rule:raised/d0@5000"]);

    let now = UtcMillis(7_000);
    let ended = bench.alarms.switch_rule(&bench.state, "raised", false, now);
    assert_eq!(ended.map(|became| became.len()), Some(1));
    bench.read(0, 8, 8.0);
    bench
        .act("rule:raised/d0@5000", &acknowledge(), 8)
        .expect("seen");
    let confirm = Act::Confirm {
        comment: String::new(),
    };
    bench.act("rule:raised/d0@5000", &confirm, 9).expect("done");
    bench.tick(9);
    assert!(bench.listed().is_empty());
    let rules = bench.alarms.rules("en", "Limits".to_owned());
    let told: Vec<(&str, bool)> = rules
        .iter()
        .map(|rule| (rule.id.as_str(), rule.is_on))
        .collect();
    assert_eq!(told, [("limits", true), ("raised", false)]);

    let begun = bench
        .alarms
        .switch_rule(&bench.state, "raised", true, UtcMillis(10_000));
    assert_eq!(begun.map(|became| became.len()), Some(1));
    bench.tick(10);
    assert_eq!(bench.listed(), ["rule:raised/d0@10000"]);
    assert_eq!(
        bench.alarms.switch_rule(&bench.state, "none", true, now),
        None
    );
}

#[test]
fn what_another_desk_did_holds_also_when_it_comes_before_the_alarm() {
    let mut elsewhere = Bench::new(SensorKind::Gas, &[("", Severity::High)]);
    elsewhere.read(0, 5, 12.0);
    let seen = elsewhere.act("d0@5000", &acknowledge(), 6).expect("seen");

    let mut bench = Bench::new(SensorKind::Gas, &[("", Severity::High)]);
    let remote = Fact {
        id: "desk-2~1".to_owned(),
        ..seen
    };
    assert!(bench.alarms.take_act(&remote));
    bench.read(0, 5, 12.0);
    let alarm = bench.alarms.get("d0@5000").expect("the alarm");
    assert_eq!(
        alarm.acknowledged,
        Some((UtcMillis(6_000), "Li".to_owned()))
    );
}

#[test]
fn shelves_are_found_again_by_their_facts_also_without_their_alarms() {
    let mut before = Bench::new(SensorKind::Gas, &[("", Severity::High)]);
    before.read(0, 5, 12.0);
    let shelved = before.act("d0@5000", &shelve(3_600), 6).expect("shelved");
    let kept = before.alarms.kept();
    assert_eq!(kept.holds, BTreeSet::from([shelved.id.clone()]));

    let mut after = Bench::new(SensorKind::Gas, &[("", Severity::High)]);
    let Bench { state, alarms, .. } = &mut after;
    alarms.restore(state, &[], &[shelved], UtcMillis(7_000));
    after.read(0, 8, 12.0);
    after.tick(9);
    assert!(after.listed().is_empty());
    assert_eq!(after.alarms.board(&after.state, "en").hidden.shelved, 1);
    after.tick(3_606);
    assert_eq!(after.listed(), ["d0@8000"]);
    assert!(after.alarms.kept().holds.is_empty());
}

#[test]
fn an_alarm_of_a_series_that_is_gone_is_not_taken_up() {
    let mut before = Bench::new(SensorKind::Gas, &[("", Severity::High)]);
    before.read(0, 5, 12.0);
    let mut after = Bench::new(SensorKind::Gas, &[]);
    let Bench { state, alarms, .. } = &mut after;
    alarms.restore(state, &before.told, &[], UtcMillis(7_000));
    after.tick(8);
    assert!(after.listed().is_empty());
    let comment = Act::Comment {
        text: "late".to_owned(),
    };
    let seen = before.alarms.get("d0@5000").expect("the alarm");
    let fact = fact_of_act(&seen, &comment, seen.since, (UtcMillis(9_000), "Li"));
    assert!(after.alarms.take_act(&fact), "it waits for its alarm");
}

#[test]
fn an_alarm_of_a_pack_that_comes_later_keeps_its_name_and_who_saw_it() {
    let devices = [("", Severity::High)];
    let mut before = Bench::new(SensorKind::Gas, &devices);
    before.alarms.set_rules(vec![text(RAISED)]);
    before.alarms.settle(&before.state, UtcMillis(0));
    before.read(0, 5, 7.0);
    let seen = before.act("rule:raised/d0@5000", &acknowledge(), 6);
    let mut facts = before.told;
    facts.push(seen.expect("seen"));

    let mut after = Bench::new(SensorKind::Gas, &devices);
    let Bench { state, alarms, .. } = &mut after;
    alarms.restore(state, &facts, &[], UtcMillis(7_000));
    assert!(alarms.all().is_empty());
    alarms.set_rules(vec![text(RAISED)]);
    alarms.settle(state, UtcMillis(7_000));
    let alarm = alarms.get("rule:raised/d0@5000").expect("the same alarm");
    assert!(alarm.acknowledged.is_some());
    after.read(0, 8, 7.0);
    assert!(after.told.is_empty(), "nothing new happened");
}
