//! Grants: who may give them, for how long, what they open, and how they end.

use super::*;
use crate::rights::read::tests::shipped;

/// Monday 2026-11-23, 10:00 in Shanghai.
const MORNING: i64 = 1_795_399_200_000;
const HOUR: i64 = 3_600_000;

fn person(role: &str) -> Person {
    Person {
        name: format!("{role} Wang"),
        role: role.to_owned(),
        party: None,
        divisions: vec!["320303".to_owned()],
    }
}

/// A grant by the shift leader to a team: look live at one camera for two hours because of an event.
fn grant() -> Grant {
    Grant {
        id: "g1".to_owned(),
        by: person("shift_leader"),
        to: Holder::Role("team".to_owned()),
        scope: Scope::Cameras(BTreeSet::from(["c1".to_owned()])),
        actions: Actions::of(&[Action::List, Action::Live]),
        from: UtcMillis(MORNING),
        until: UtcMillis(MORNING + 2 * HOUR),
        purpose: "event".to_owned(),
        given_at: UtcMillis(MORNING),
        note: String::new(),
    }
}

fn target<'a>(policy: &Policy, id: &'a str, grade: u8) -> Target<'a> {
    Target {
        id,
        marks: policy.marks(2, grade, false),
        division: "320303",
        owner: "",
        place: Some([117.05, 34.05]),
    }
}

#[track_caller]
fn check_give(change: impl Fn(&mut Grant), grade: u8, expected: Result<(), &str>) {
    let policy = shipped();
    let mut given = grant();
    change(&mut given);
    let targets = [target(&policy, "c1", grade)];
    let told = policy.check_grant(&given, &targets, UtcMillis(MORNING));
    assert_eq!(told.map_err(|why| why.as_str()), expected);
}

#[test]
fn nobody_gives_what_they_may_not_do_themselves_or_for_too_long() {
    check_give(|_| (), 3, Ok(()));
    check_give(
        |grant| grant.by = person("duty_officer"),
        3,
        Err("not_yours"),
    );
    check_give(|grant| grant.by.divisions.clear(), 3, Err("not_yours"));
    check_give(|_| (), 4, Err("not_yours"));
    check_give(
        |grant| grant.until = UtcMillis(MORNING + 73 * HOUR),
        3,
        Err("too_long"),
    );
    check_give(|grant| grant.until = grant.from, 3, Err("ended"));
    check_give(|grant| grant.actions = Actions::NONE, 3, Err("no_action"));
    check_give(|grant| grant.actions = Actions::ALL, 3, Err("hands_on"));
    check_give(
        |grant| grant.purpose = "fishing".to_owned(),
        3,
        Err("purpose"),
    );
    check_give(
        |grant| grant.to = Holder::Person(" ".to_owned()),
        3,
        Err("text"),
    );
    check_give(|grant| grant.note = "n".repeat(2_001), 3, Err("text"));
    let policy = shipped();
    assert_eq!(
        policy.check_grant(&grant(), &[], UtcMillis(MORNING)),
        Err(GrantRefusal::Cameras(1))
    );
    let many = Grant {
        scope: Scope::Cameras((0..=MOST_GRANT_CAMERAS).map(|n| n.to_string()).collect()),
        ..grant()
    };
    let targets = [target(&policy, "1", 3)];
    assert_eq!(
        policy.check_grant(&many, &targets, UtcMillis(MORNING)),
        Err(GrantRefusal::Cameras(MOST_GRANT_CAMERAS + 1))
    );
}

/// What a team member is told about a camera of the grade `sensitive`, `hours` after the morning.
#[track_caller]
fn check_use(
    grants: &Grants,
    (camera, action, purpose): (&str, Action, Option<&str>),
    hours: i64,
    expected: (&str, Option<i64>),
) {
    let policy = shipped();
    let team = person("team");
    let asking = Asking {
        person: &team,
        target: target(&policy, camera, 3),
        action,
        purpose,
        at: UtcMillis(MORNING + hours * HOUR),
    };
    let verdict = policy.decide(&asking, grants);
    let until = verdict.until.map(|moment| (moment.0 - MORNING) / HOUR);
    assert_eq!((verdict.why.as_str(), until), expected);
}

#[test]
fn a_grant_opens_its_cameras_for_its_purpose_until_its_end() {
    let mut grants = Grants::default();
    assert!(grants.give(grant()));
    assert!(!grants.give(grant()), "told twice, kept once");
    let live = ("c1", Action::Live, Some("event"));
    check_use(&grants, live, -1, ("no_right", Some(0)));
    check_use(&grants, live, 0, ("grant", Some(2)));
    check_use(&grants, live, 2, ("no_right", None));
    check_use(
        &grants,
        ("c1", Action::Live, None),
        1,
        ("needs_purpose", Some(2)),
    );
    check_use(&grants, ("c1", Action::List, None), 1, ("grant", Some(2)));
    check_use(
        &grants,
        ("c1", Action::Snapshot, Some("event")),
        1,
        ("no_right", None),
    );
    check_use(
        &grants,
        ("c2", Action::Live, Some("event")),
        1,
        ("no_right", None),
    );
}

#[test]
fn a_grant_taken_back_is_over_in_whatever_order_the_facts_come() {
    let revocation = Revocation {
        at: UtcMillis(MORNING + HOUR),
        by: "Li".to_owned(),
        reason: "done".to_owned(),
    };
    let later = Revocation {
        at: UtcMillis(MORNING + HOUR + 1),
        ..revocation.clone()
    };
    let mut one = Grants::default();
    assert!(one.give(grant()));
    assert!(one.revoke("g1", later.clone()));
    assert!(one.revoke("g1", revocation.clone()));
    assert!(!one.revoke("g1", later.clone()));
    let mut other = Grants::default();
    assert!(other.revoke("g1", revocation));
    assert!(!other.revoke("g1", later));
    assert!(other.give(grant()));
    assert_eq!(one.row("g1"), other.row("g1"));
    for grants in [&one, &other] {
        let live = ("c1", Action::Live, Some("event"));
        check_use(grants, live, 0, ("grant", Some(1)));
        check_use(grants, live, 1, ("no_right", None));
        let states = [-1, 0, 1].map(|hours| {
            let row = grants.rows().next().unwrap();
            row.state(UtcMillis(MORNING + hours * HOUR)).as_str()
        });
        assert_eq!(states, ["waiting", "open", "revoked"]);
    }
}

#[test]
fn a_grant_that_might_not_be_given_counts_for_nothing() {
    let live = ("c1", Action::Live, Some("event"));
    for change in [
        (|grant: &mut Grant| grant.by = person("hotline")) as fn(&mut Grant),
        |grant| grant.by.divisions.clear(),
        |grant| grant.until = UtcMillis(MORNING + 500 * HOUR),
        |grant| grant.purpose = "fishing".to_owned(),
    ] {
        let mut forged = grant();
        change(&mut forged);
        let mut grants = Grants::default();
        assert!(grants.give(forged));
        let policy = shipped();
        let team = person("team");
        let asking = Asking {
            person: &team,
            target: target(&policy, live.0, 3),
            action: live.1,
            purpose: Some("event"),
            at: UtcMillis(MORNING + HOUR),
        };
        assert!(!policy.decide(&asking, &grants).is_allowed);
    }
}

#[test]
fn scopes_and_holders_are_matched() {
    let policy = shipped();
    let ring = Ring::new(vec![[117.0, 34.0], [117.1, 34.0], [117.1, 34.1]]).unwrap();
    for (scope, expected) in [
        (Scope::Cameras(BTreeSet::from(["c1".to_owned()])), true),
        (Scope::Cameras(BTreeSet::new()), false),
        (Scope::Division("320300".to_owned()), true),
        (Scope::Division("320400".to_owned()), false),
        (Scope::Division(String::new()), false),
        (Scope::Ring(ring), true),
    ] {
        assert_eq!(
            scope.holds(&target(&policy, "c1", 1)),
            expected,
            "{scope:?}"
        );
    }
    let crew = Person {
        party: Some("water/crew-1".to_owned()),
        ..person("team")
    };
    for (holder, expected) in [
        (Holder::Role("team".to_owned()), true),
        (Holder::Role("hotline".to_owned()), false),
        (Holder::Party("water".to_owned()), true),
        (Holder::Party(String::new()), false),
        (Holder::Person("team Wang".to_owned()), true),
    ] {
        assert_eq!(holder.is(&crew), expected, "{holder:?}");
    }
}

#[test]
fn the_giver_or_a_role_that_grants_takes_back() {
    let policy = shipped();
    let mut row = GrantRow {
        grant: grant(),
        revoked: None,
    };
    let check = |row: &GrantRow, role: &str, hours: i64, expected: Result<(), GrantRefusal>| {
        let told = policy.check_revoke(row, &person(role), UtcMillis(MORNING + hours * HOUR));
        assert_eq!(told, expected, "{role}");
    };
    check(&row, "shift_leader", 1, Ok(()));
    check(&row, "leader_on_duty", 1, Ok(()));
    check(&row, "team", 1, Err(GrantRefusal::NotTheGiver));
    check(&row, "shift_leader", 2, Err(GrantRefusal::Over));
    row.grant.by = person("team");
    check(&row, "team", 1, Ok(()));
}
