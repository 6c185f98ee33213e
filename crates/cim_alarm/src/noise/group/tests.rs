//! Alarms in lines: one cause, one area, one condition, and floods.

use super::*;

/// Names of their own for so many alarms.
fn named(count: usize) -> Vec<AlarmId> {
    (0..count)
        .map(|n| AlarmId::new(format!("d{n:05}@0")))
        .collect()
}

fn alarm(id: &AlarmId, number: u32, since_s: i64) -> NoiseAlarm<'_> {
    NoiseAlarm {
        id,
        condition: number,
        kind: 0,
        area: None,
        node: None,
        severity: Severity::Medium,
        since: UtcMillis(since_s * 1000),
        hidden: None,
        can_cause: false,
    }
}

/// One alarm a second, as `edit` makes each of them.
fn alarms<'a>(ids: &'a [AlarmId], edit: impl Fn(u32, &mut NoiseAlarm<'a>)) -> Vec<NoiseAlarm<'a>> {
    (0..)
        .zip(ids)
        .map(|(n, id)| {
            let mut one = alarm(id, n, i64::from(n));
            edit(n, &mut one);
            one
        })
        .collect()
}

/// The keys of the lines with how many alarms each has; every alarm must be in exactly one.
#[track_caller]
fn check(
    alarms: &[NoiseAlarm<'_>],
    net: &Topology,
    is_flood: bool,
    expected: &[(LineKey, usize)],
) -> Grouping {
    let told = group(alarms, net, &GroupRules::default(), is_flood);
    let lines: Vec<(LineKey, usize)> = told
        .lines
        .iter()
        .map(|line| (line.key, line.len()))
        .collect();
    assert_eq!(lines, expected);
    check_complete(alarms, &told);
    told
}

#[track_caller]
fn check_complete(alarms: &[NoiseAlarm<'_>], told: &Grouping) {
    let mut members: Vec<u32> = told
        .lines
        .iter()
        .flat_map(|line| told.members(line))
        .copied()
        .collect();
    members.sort_unstable();
    let all: Vec<u32> = (0..alarms.len() as u32).collect();
    assert_eq!(members, all, "every alarm is in exactly one line");
    for line in &told.lines {
        let counted = line.counts.iter().sum::<u32>() + line.hidden.total();
        assert_eq!(counted as usize, line.len());
        assert_eq!(told.members(line).first(), Some(&line.first_out));
        assert!(!line.is_empty());
    }
}

/// A pipe from node 0 down to node `length - 1`.
fn pipe(length: u32) -> Topology {
    let edges: Vec<(u32, u32)> = (1..length).map(|n| (n - 1, n)).collect();
    Topology::new(length as usize, &edges, Vec::new()).expect("it fits")
}

#[test]
fn one_burst_main_is_one_line_with_forty_consequences() {
    let ids = named(42);
    // The burst at node 1; everything downstream follows, and the reservoir upstream does not.
    let all = alarms(&ids, |n, one| {
        one.node = Some(n);
        one.can_cause = n == 1;
        if n == 1 {
            one.severity = Severity::Critical;
        }
    });
    let told = check(
        &all,
        &pipe(42),
        false,
        &[(LineKey::Cause(1), 41), (LineKey::One, 1)],
    );
    assert_eq!(told.lines[0].worst, Severity::Critical);
    assert_eq!(told.lines[0].counts, [0, 0, 40, 0, 1]);
    assert_eq!(told.first_out(&all), Some(0));
    assert_eq!(told.top_causes().len(), 1);
}

#[test]
fn a_consequence_comes_shortly_before_or_not_long_after_its_cause() {
    let ids = named(2);
    for (since_s, expected) in [(-301, 2), (-300, 1), (1800, 1), (1801, 2)] {
        let all = alarms(&ids, |n, one| {
            one.node = Some(n);
            one.can_cause = n == 0;
            one.since = UtcMillis(if n == 0 { 0 } else { since_s * 1000 });
        });
        let told = group(&all, &pipe(2), &GroupRules::default(), false);
        assert_eq!(told.lines.len(), expected, "{since_s} s");
        check_complete(&all, &told);
    }
}

#[test]
fn a_cause_further_upstream_takes_over_from_one_found_just_before() {
    let ids = named(5);
    // Node 2 is found first, then node 0, which is above it.
    let all = alarms(&ids, |n, one| {
        one.node = Some([2, 0, 3, 4, 1][n as usize]);
        one.can_cause = n < 2;
    });
    check(&all, &pipe(5), false, &[(LineKey::Cause(1), 5)]);
}

#[test]
fn a_ring_main_has_one_cause() {
    let ids = named(3);
    let ring = Topology::new(3, &[(0, 1), (1, 2), (2, 0)], Vec::new()).expect("it fits");
    let all = alarms(&ids, |n, one| {
        one.node = Some(n);
        one.can_cause = true;
    });
    check(&all, &ring, false, &[(LineKey::Cause(0), 3)]);
}

#[test]
fn what_is_in_the_zone_of_a_cause_follows_from_it() {
    let ids = named(3);
    let zones = vec![Some(7), Some(7), Some(8)];
    let net = Topology::new(3, &[], zones).expect("it fits");
    let all = alarms(&ids, |n, one| {
        one.node = Some(n);
        one.can_cause = n == 0;
    });
    check(
        &all,
        &net,
        false,
        &[(LineKey::Cause(0), 2), (LineKey::One, 1)],
    );
}

#[test]
fn many_of_a_kind_in_one_area_are_one_line() {
    let ids = named(9);
    let all = alarms(&ids, |n, one| {
        one.area = Some(n / 5);
        one.kind = 3;
        // The last of the first area is another day's.
        one.since = UtcMillis(if n == 4 {
            99_999_000
        } else {
            i64::from(n) * 1000
        });
    });
    let fewer = GroupRules {
        area_at_least: 4,
        ..GroupRules::default()
    };
    let told = group(&all, &Topology::default(), &fewer, false);
    let keys: Vec<(LineKey, usize)> = told
        .lines
        .iter()
        .map(|line| (line.key, line.len()))
        .collect();
    let area = |area| LineKey::Area { area, kind: 3 };
    assert_eq!(keys, [(area(0), 4), (area(1), 4), (LineKey::One, 1)]);
    check_complete(&all, &told);
}

#[test]
fn a_condition_that_chatters_is_one_line() {
    let ids = named(4);
    let all = alarms(&ids, |n, one| one.condition = n / 3);
    check(
        &all,
        &Topology::default(),
        false,
        &[(LineKey::Repeated(0), 3), (LineKey::One, 1)],
    );
}

#[test]
fn hidden_alarms_are_counted_in_their_line_and_stand_last() {
    let ids = named(3);
    let all = alarms(&ids, |n, one| {
        if n == 0 {
            one.hidden = Some(Hidden::Shelved);
            one.severity = Severity::Critical;
        }
    });
    let one = LineKey::One;
    let told = check(
        &all,
        &Topology::default(),
        false,
        &[(one, 1), (one, 1), (one, 1)],
    );
    assert_eq!(told.lines[2].hidden.shelved, 1);
    assert_eq!(told.lines[2].worst, Severity::Critical);
}

#[test]
fn in_a_flood_a_few_lines_stand_for_all_and_outside_none_is_folded() {
    let ids = named(300);
    let all = alarms(&ids, |n, one| {
        one.kind = n % 30;
        one.severity = if n == 299 {
            Severity::Critical
        } else {
            Severity::Low
        };
    });
    assert_eq!(
        group(&all, &Topology::default(), &GroupRules::default(), false)
            .lines
            .len(),
        300
    );
    let told = group(&all, &Topology::default(), &GroupRules::default(), true);
    assert_eq!(told.lines.len(), 10);
    assert_eq!(
        (told.lines[0].key, told.lines[0].worst),
        (LineKey::Kind(29), Severity::Critical)
    );
    let rest = told.lines.iter().find(|line| line.key == LineKey::Rest);
    assert_eq!(rest.map(Line::len), Some(210));
    check_complete(&all, &told);
}

#[test]
fn fifty_thousand_alarms_are_ten_lines_and_the_same_ones_again() {
    let ids = named(50_000);
    let edges: Vec<(u32, u32)> = (1..20_000).map(|n| ((n - 1) / 2, n)).collect();
    let net = Topology::new(20_000, &edges, Vec::new()).expect("it fits");
    let all = alarms(&ids, |n, one| {
        one.since = UtcMillis(i64::from(n) / 5);
        one.kind = n % 40;
        one.area = Some(n % 97);
        one.node = (n % 3 == 0).then_some(n % 20_000);
        one.can_cause = n % 1000 == 0;
        one.severity = if n == 31_000 {
            Severity::Critical
        } else {
            Severity::Medium
        };
    });
    let told = group(&all, &net, &GroupRules::default(), true);
    assert!(told.lines.len() <= 10);
    assert_eq!(told.lines[0].worst, Severity::Critical);
    check_complete(&all, &told);
    assert_eq!(group(&all, &net, &GroupRules::default(), true), told);
}

#[test]
fn no_alarms_are_no_lines() {
    let told = group(&[], &pipe(3), &GroupRules::default(), true);
    assert_eq!(told, Grouping::default());
    assert_eq!(told.first_out(&[]), None);
}
