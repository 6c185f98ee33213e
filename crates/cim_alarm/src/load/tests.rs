//! The load of made-up shifts.

use super::*;

const DAY_S: i64 = 24 * 3600;

fn step(at_s: i64, name: &str, since_s: i64, what: What) -> LoadStep {
    let condition = ConditionId::new(name);
    let alarm = condition.alarm(UtcMillis(since_s * 1000));
    LoadStep {
        at: UtcMillis(at_s * 1000),
        position: "desk 1".into(),
        condition,
        alarm,
        what,
    }
}

fn raised(at_s: i64, name: &str) -> LoadStep {
    let what = What::Raised {
        severity: Severity::Low,
        hidden: None,
    };
    step(at_s, name, at_s, what)
}

fn hidden(at_s: i64, name: &str) -> LoadStep {
    let what = What::Raised {
        severity: Severity::High,
        hidden: Some(Hidden::Suppressed),
    };
    step(at_s, name, at_s, what)
}

fn load_of(steps: Vec<LoadStep>, days: i64) -> Load {
    let span = Span {
        from: UtcMillis(0),
        to: UtcMillis(days * DAY_S * 1000),
    };
    let mut loads = figures(steps, span).expect("the stretch is good");
    loads.remove("desk 1").unwrap_or_default()
}

#[test]
fn a_quiet_day_is_good_in_every_measure_but_the_top_ten() {
    let steps = (0..48)
        .map(|n| raised(n * 1800, &format!("d{n}")))
        .collect();
    let load = load_of(steps, 1);
    let figures = &load.announced;
    assert_eq!(figures.raised, 48);
    for target in TARGETS {
        let verdict = target.verdict(figures.figure(target.measure));
        let expected = match target.measure {
            Measure::TopTenPercent => Verdict::TooMuch,
            _ => Verdict::Good,
        };
        assert_eq!(verdict, expected, "{:?}", target.measure);
    }
    let per = [figures.per_ten_minutes, figures.per_hour, figures.per_day]
        .map(|n| (n * 1000.0).round() as i64);
    assert_eq!(per, [333, 2_000, 48_000]);
    assert_eq!(load.all, load.announced);
}

#[test]
fn a_burst_is_a_flood_and_suppression_shows_what_it_saved() {
    let mut steps = vec![raised(1_000, "main")];
    steps.extend((0..40).map(|n| hidden(1_001 + n, &format!("d{n}"))));
    let load = load_of(steps, 1);
    assert_eq!((load.all.raised, load.announced.raised), (41, 1));
    assert_eq!((load.all.floods, load.announced.floods), (1, 0));
    assert_eq!(
        (
            load.all.most_in_ten_minutes,
            load.announced.most_in_ten_minutes
        ),
        (41, 1)
    );
    assert_eq!(load.hidden.suppressed, 40);
    // From the eleventh alarm, at 1010 s, until four are left, at 1636 s.
    let flood_s = (load.all.flood_percent * DAY_S as f64 / 100.0).round() as i64;
    assert_eq!(flood_s, 626);
    // All of them fell into the second ten minutes of the day.
    let busy = (load.all.busy_periods_percent * 144.0 / 100.0).round() as i64;
    assert_eq!(busy, 1);
    let mix = load.all.mix_percent().map(|share| share.round() as i64);
    assert_eq!(mix, [2, 0, 98, 0]);
}

#[test]
fn the_most_frequent_and_the_chattering_are_named() {
    let mut steps: Vec<LoadStep> = (0..30)
        .map(|n| raised(n * 700, &format!("d{n:02}")))
        .collect();
    steps.extend((0..5).map(|n| raised(30_000 + n * 10, "shaky")));
    let load = load_of(steps, 1);
    assert_eq!(load.all.top.len(), TOP);
    assert_eq!(load.all.top.first(), Some(&(ConditionId::new("shaky"), 5)));
    assert_eq!(load.all.top.get(1), Some(&(ConditionId::new("d00"), 1)));
    assert_eq!(load.all.top_percent.round() as i64, 40);
    assert_eq!(load.all.chattering, [ConditionId::new("shaky")]);
}

#[test]
fn what_stays_for_more_than_a_day_is_stale_on_each_day_that_it_does() {
    let steps = vec![
        raised(-DAY_S, "before"),
        raised(10, "short"),
        raised(20, "long"),
        step(DAY_S, "short", 10, What::Cleared),
        raised(DAY_S + 30, "last"),
        step(DAY_S + 40, "before", -DAY_S, What::Cleared),
    ];
    let load = load_of(steps, 4);
    assert_eq!(load.all.raised, 3, "what began before is not counted again");
    assert_eq!(load.all.stale, 2);
}

#[test]
fn waiting_times_end_with_the_first_acknowledgement() {
    let mut steps = Vec::new();
    for n in 0..100 {
        steps.push(raised(n * 100, &format!("d{n}")));
        steps.push(step(
            n * 100 + n + 1,
            &format!("d{n}"),
            n * 100,
            What::Acknowledged,
        ));
        steps.push(step(
            n * 100 + 150,
            &format!("d{n}"),
            n * 100,
            What::Acknowledged,
        ));
    }
    steps.sort_by_key(|step| step.at);
    let load = load_of(steps, 1);
    assert_eq!(
        (load.acknowledge_p50_s, load.acknowledge_p95_s),
        (Some(50.0), Some(95.0))
    );
    assert_eq!(load_of(vec![raised(1, "d")], 1).acknowledge_p50_s, None);
}

#[test]
fn the_same_raise_twice_is_one_and_positions_are_apart() {
    let mut other = raised(5, "d1");
    other.position = "desk 2".into();
    let span = Span {
        from: UtcMillis(0),
        to: UtcMillis(1_000_000),
    };
    let loads = figures([raised(1, "d0"), raised(1, "d0"), other], span).expect("it is good");
    let raised: Vec<u32> = loads.values().map(|load| load.all.raised).collect();
    assert_eq!(raised, [1, 1]);
}

#[test]
fn an_empty_or_endless_stretch_is_refused() {
    for (from, to) in [(5, 5), (6, 5), (0, i64::MAX)] {
        let span = Span {
            from: UtcMillis(from),
            to: UtcMillis(to),
        };
        assert!(figures([], span).is_err(), "{from} to {to}");
    }
}
