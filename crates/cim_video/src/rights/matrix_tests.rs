//! Every cell of the policy that ships, role × grade × area × action, against a table written out by hand.

use super::*;
use crate::rights::{
    decide::{Asking, Why},
    grant::Grants,
    policy::{Person, Target},
    read::tests::{rule, shipped, small},
};
use cim_model::UtcMillis;

/// Role, grade, own area, elsewhere. Letters as [`MatrixRow::letters`]: list, place, live (v), playback (b), snapshot, export,
/// turn (z), reveal, grant. A capital: only for a purpose or at some hours. For categories 1 and 2.
const BY_HAND: [(&str, &str, &str, &str); 32] = [
    ("department", "public", "lpvbs....", "lpvbs...."),
    ("department", "internal", "lpvbs.z..", "lp......."),
    ("department", "sensitive", "lpV......", "........."),
    ("department", "core", ".........", "........."),
    ("duty_officer", "public", "lpvbsezR.", "lpvbsezR."),
    ("duty_officer", "internal", "lpvbsEzR.", "lpvbsEzR."),
    ("duty_officer", "sensitive", "lpVBS.Z..", "lp......."),
    ("duty_officer", "core", "l........", "........."),
    ("grid_worker", "public", "lpv......", "lpv......"),
    ("grid_worker", "internal", "lpv......", "........."),
    ("grid_worker", "sensitive", ".........", "........."),
    ("grid_worker", "core", ".........", "........."),
    ("hotline", "public", "lp.......", "lp......."),
    ("hotline", "internal", ".........", "........."),
    ("hotline", "sensitive", ".........", "........."),
    ("hotline", "core", ".........", "........."),
    ("leader_on_duty", "public", "lpvbsezrg", "lpvbsezrg"),
    ("leader_on_duty", "internal", "lpvbsezrg", "lpvbsezrg"),
    ("leader_on_duty", "sensitive", "lpvbsEzrg", "lpvbsEzrg"),
    ("leader_on_duty", "core", "lpVBS.ZRg", "lpVB....."),
    ("shift_leader", "public", "lpvbsezrg", "lpvbsezrg"),
    ("shift_leader", "internal", "lpvbsezrg", "lpvbsezrg"),
    ("shift_leader", "sensitive", "lpvbsEzRg", "lpVBS.Z.."),
    ("shift_leader", "core", "lpV......", "........."),
    ("system", "public", "lp..s....", "lp..s...."),
    ("system", "internal", "lp..s....", "lp..s...."),
    ("system", "sensitive", "lp.......", "lp......."),
    ("system", "core", ".........", "........."),
    ("team", "public", "lpv.s....", "lpv.s...."),
    ("team", "internal", "lpV.S....", "........."),
    ("team", "sensitive", ".........", "........."),
    ("team", "core", ".........", "........."),
];

/// Monday 2026-11-23, 10:00 in Shanghai, and the Sunday before it, 10:00.
const MORNING: UtcMillis = UtcMillis(1_795_399_200_000);
const SUNDAY: UtcMillis = UtcMillis(1_795_312_800_000);

/// What the hand-written row becomes for cameras of category 3, which others own: nobody turns them, and only the leader on
/// duty takes video of them away.
fn of_category_3(role: &str, letters: &str) -> String {
    let taken = |(place, letter): (usize, char)| match place {
        6 => 'x',
        5 if role != "leader_on_duty" => 'x',
        _ => letter,
    };
    letters.chars().enumerate().map(taken).collect()
}

fn expected(role: &str, category: &str, grade: &str, area: &str) -> String {
    let (_, _, own, other) = BY_HAND
        .iter()
        .find(|row| (row.0, row.1) == (role, grade))
        .unwrap();
    let letters = if area == "own" { own } else { other };
    if category == "3" {
        of_category_3(role, letters)
    } else {
        (*letters).to_owned()
    }
}

#[test]
fn the_printed_matrix_is_the_one_written_by_hand() {
    let rows = shipped().matrix();
    assert_eq!(
        rows.len(),
        8 * 3 * 4 * 2,
        "roles × categories × grades × areas"
    );
    for row in rows {
        assert_eq!(
            row.letters(),
            expected(&row.role, &row.category, &row.grade, &row.area),
            "{} {} {} {}",
            row.role,
            row.category,
            row.grade,
            row.area
        );
        assert_eq!(row.shows_denied, row.grade != "core");
    }
}

/// Asks the policy one cell; `purpose` and `at` decide whether a capital counts.
fn ask(
    policy: &Policy,
    (role, category, grade, area): (&str, u8, u8, &str),
    action: Action,
    purpose: Option<&str>,
    at: UtcMillis,
) -> (bool, Why) {
    let person = Person {
        name: "Wang".to_owned(),
        role: role.to_owned(),
        party: None,
        divisions: vec!["320303".to_owned()],
    };
    let asking = Asking {
        person: &person,
        target: Target {
            id: "32030300001310000001",
            marks: policy.marks(category, grade, false),
            division: if area == "own" { "320303" } else { "320311" },
            owner: "",
            place: None,
        },
        action,
        purpose,
        at,
    };
    let verdict = policy.decide(&asking, &Grants::default());
    (verdict.is_allowed, verdict.why)
}

#[test]
fn every_cell_is_decided_as_it_was_written_by_hand() {
    let policy = shipped();
    let mut cells = 0;
    for (role, grade, _, _) in BY_HAND {
        let number = policy.grade_number(grade).unwrap();
        for (category, area) in [1, 2, 3]
            .into_iter()
            .flat_map(|c| [(c, "own"), (c, "other")])
        {
            let letters = expected(role, &category.to_string(), grade, area);
            for (action, letter) in Action::ALL.iter().zip(letters.chars()) {
                let cell = (role, category, number, area);
                let told = format!("{cell:?} {}", action.as_str());
                let plain = ask(&policy, cell, *action, None, SUNDAY);
                let meant = ask(&policy, cell, *action, Some("event"), MORNING);
                assert_eq!(
                    plain.0,
                    letter.is_ascii_lowercase() && letter != 'x',
                    "{told}"
                );
                assert_eq!(
                    meant.0,
                    letter.is_ascii_alphabetic() && letter != 'x',
                    "{told}"
                );
                let why = match letter {
                    'x' => "denial",
                    '.' => "no_right",
                    _ => "right",
                };
                assert_eq!(meant.1.as_str(), why, "{told}");
                cells += 1;
            }
        }
    }
    assert_eq!(cells, 8 * 4 * 3 * 2 * 9, "every cell was asked");
}

#[test]
fn conditions_are_told_with_the_cell() {
    let policy = shipped();
    let cell = |role: &str, grade: &str, action: Action| {
        let rows = policy.matrix();
        let row = rows
            .iter()
            .find(|row| {
                (row.role.as_str(), row.category.as_str(), row.area.as_str()) == (role, "1", "own")
                    && row.grade == grade
            })
            .unwrap();
        let cell = row.cells.iter().find(|cell| cell.action == action).unwrap();
        (cell.kind, cell.limits.join(" "))
    };
    assert_eq!(
        cell("department", "sensitive", Action::Live),
        (
            CellKind::Conditional,
            "event hours:work_hours maintenance".to_owned()
        )
    );
    assert_eq!(
        cell("duty_officer", "internal", Action::Export),
        (CellKind::Conditional, "event evidence".to_owned())
    );
    assert_eq!(
        cell("hotline", "core", Action::List),
        (CellKind::No, String::new())
    );
    let (_, why) = ask(
        &policy,
        ("department", 1, 3, "own"),
        Action::Live,
        Some("event"),
        SUNDAY,
    );
    assert_eq!(
        why,
        Why::OutsideHours {
            window: "work_hours".to_owned()
        }
    );
}

#[test]
fn a_named_area_has_rows_where_a_rule_names_it() {
    let rules = format!(
        "{}{}{}",
        rule("right", "r", "roles = [\"a\"]\nactions = [\"live\"]"),
        rule(
            "denial",
            "d",
            "roles = [\"*\"]\nactions = [\"live\"]\narea = \"square\"\ngrades = [\"strict\"]"
        ),
        rule(
            "denial",
            "n",
            "roles = [\"*\"]\nactions = [\"live\"]\narea = \"own\"\nwindow = \"day\""
        ),
    );
    let (policy, faults) = small(&rules);
    assert_eq!(faults, Vec::<String>::new());
    let told: Vec<String> = policy
        .matrix()
        .iter()
        .filter(|row| row.role == "a")
        .map(|row| format!("{} {} {}", row.grade, row.area, row.letters()))
        .collect();
    assert_eq!(
        told,
        [
            "mild own ..V......",
            "mild other ..v......",
            "mild square ..v......",
            "strict own ..V......",
            "strict other ..v......",
            "strict square ..x......",
        ]
    );
    let limits: Vec<String> = policy.matrix().swap_remove(0).cells.swap_remove(2).limits;
    assert_eq!(limits, ["not:hours:day"]);
    assert_eq!(small("").0.matrix().len(), 2 * 2 * 2);
}
