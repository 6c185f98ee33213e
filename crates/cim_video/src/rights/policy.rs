//! The policy of a city: its lists, its rights and denials, and what of them fits a person and a camera.

use super::{
    action::{Action, Actions},
    window::Window,
};
use crate::{ring::Ring, sheet::Words};
use cim_model::UtcMillis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Somebody who looks at cameras.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The name that is written down.
    pub name: String,
    /// The role in which they act, for instance `duty_officer`.
    pub role: String,
    /// The department, team or person for whom they act.
    #[serde(default)]
    pub party: Option<String>,
    /// The divisions (GB/T 2260, for instance `320303`) that are theirs to watch over: cameras there are in their own area.
    #[serde(default)]
    pub divisions: Vec<String>,
}

/// What a camera is to a policy: rows of its lists. Only [`Policy::marks`] makes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marks {
    pub(super) category: u8,
    pub(super) grade: u8,
}

/// A camera about which is asked.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// Its identity.
    pub id: &'a str,
    /// What it is to the policy.
    pub marks: Marks,
    /// The division that it stands in, with or without the zeros at its end; empty when nobody knows.
    pub division: &'a str,
    /// The department that it belongs to; empty when nobody knows.
    pub owner: &'a str,
    /// Where it stands: longitude and latitude, degrees.
    pub place: Option<[f64; 2]>,
}

/// 分类: a category of cameras.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Its word.
    pub id: String,
    /// What people call it.
    pub name: Words,
    /// What belongs to it.
    pub about: Words,
    /// The grade of its cameras that have none of their own: a row of [`Policy::grades`].
    pub grade: u8,
}

/// 分级: a grade of cameras, from the mildest to the strictest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grade {
    /// Its word.
    pub id: String,
    /// What people call it.
    pub name: Words,
    /// A camera that may not be listed is shown as denied; else it is not there at all.
    pub shows_denied: bool,
    /// The longest grant on its cameras, hours.
    pub most_grant_hours: u32,
}

/// A word and its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The word.
    pub id: String,
    /// What people call it.
    pub name: Words,
}

/// A named part of the city: divisions and a drawn ring; what lies in either lies inside.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// Its word.
    pub id: String,
    /// What people call it.
    pub name: Words,
    /// Divisions that belong to it whole.
    pub divisions: Vec<String>,
    /// What is drawn on the map.
    pub ring: Option<Ring>,
}

impl Area {
    /// True when the camera stands inside.
    pub fn holds(&self, target: &Target<'_>) -> bool {
        let is_in_ring = || {
            let ring = self.ring.as_ref();
            ring.zip(target.place)
                .is_some_and(|(ring, [lon_deg, lat_deg])| ring.contains(lon_deg, lat_deg))
        };
        is_in_any(&self.divisions, target.division) || is_in_ring()
    }
}

/// The part of the city in which a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    /// Everywhere.
    Any,
    /// In the person's own area.
    Own,
    /// Outside of it.
    Other,
    /// In a named area: a row of [`Policy::areas`].
    Area(usize),
}

/// Which roles a rule names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RoleSet {
    pub(super) is_all: bool,
    pub(super) named: BTreeSet<String>,
    pub(super) left_out: BTreeSet<String>,
}

impl RoleSet {
    pub(super) fn has(&self, role: &str) -> bool {
        (self.is_all && !self.left_out.contains(role)) || self.named.contains(role)
    }
}

/// One right, or one denial.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) roles: RoleSet,
    /// Rows of the categories, as bits.
    pub(super) categories: u64,
    /// Rows of the grades, as bits.
    pub(super) grades: u64,
    pub(super) place: Where,
    pub(super) actions: Actions,
    /// A row of the windows.
    pub(super) window: Option<usize>,
    /// Empty: none has to be named.
    pub(super) purposes: BTreeSet<String>,
}

impl Rule {
    /// True when it speaks of such cameras to such a role, wherever they stand.
    pub(super) fn covers(&self, role: &str, marks: Marks) -> bool {
        has_bit(self.categories, marks.category)
            && has_bit(self.grades, marks.grade)
            && self.roles.has(role)
    }

    /// True when `purpose` is enough for it.
    pub(super) fn is_content(&self, purpose: Option<&str>) -> bool {
        self.purposes.is_empty() || purpose.is_some_and(|word| self.purposes.contains(word))
    }
}

/// Who may do what with which camera. Without rules nobody may do anything.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    pub(super) roles: BTreeSet<String>,
    pub(super) offset_min: i32,
    /// The row of cameras whose category nobody knows.
    pub(super) unknown_category: u8,
    pub(super) categories: Vec<Category>,
    pub(super) grades: Vec<Grade>,
    pub(super) purposes: Vec<Named>,
    pub(super) areas: Vec<Area>,
    pub(super) windows: Vec<Window>,
    pub(super) rights: Vec<Rule>,
    pub(super) denials: Vec<Rule>,
}

impl Policy {
    /// Every role that may be given rights, by its word. Any other may do nothing.
    pub fn roles(&self) -> impl Iterator<Item = &str> {
        self.roles.iter().map(String::as_str)
    }

    /// The categories. The n-th has the number n in a catalogue; 0 stands for none.
    pub fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// The grades, mildest first. The n-th has the number n in a catalogue; 0 stands for none.
    pub fn grades(&self) -> &[Grade] {
        &self.grades
    }

    /// What a look can be for.
    pub fn purposes(&self) -> &[Named] {
        &self.purposes
    }

    /// Named parts of the city.
    pub fn areas(&self) -> &[Area] {
        &self.areas
    }

    /// Hours of the week that rights name.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// True when `word` is a purpose.
    pub fn is_known_purpose(&self, word: &str) -> bool {
        self.purposes.iter().any(|purpose| purpose.id == word)
    }

    /// The number of a category in a catalogue, from 1.
    pub fn category_number(&self, word: &str) -> Option<u8> {
        number_of(self.categories.iter().position(|one| one.id == word)?)
    }

    /// The number of a grade in a catalogue, from 1.
    pub fn grade_number(&self, word: &str) -> Option<u8> {
        number_of(self.grades.iter().position(|one| one.id == word)?)
    }

    /// What a camera is to this policy. Without a known category it counts as the policy says, without a known grade it has
    /// that of its category; one that its catalogue calls secret (GB/T 28181 `Secrecy` 1) has the strictest.
    pub fn marks(&self, category: u8, grade: u8, is_secret: bool) -> Marks {
        let known = |number: u8, rows: usize| {
            let row = number.checked_sub(1)?;
            (usize::from(row) < rows).then_some(row)
        };
        let category = known(category, self.categories.len()).unwrap_or(self.unknown_category);
        let strictest = u8::try_from(self.grades.len().saturating_sub(1)).unwrap_or(u8::MAX);
        let usual = self.categories.get(usize::from(category));
        let grade = if is_secret {
            strictest
        } else {
            known(grade, self.grades.len())
                .or_else(|| usual.map(|category| category.grade))
                .unwrap_or(strictest)
        };
        Marks { category, grade }
    }

    /// The category of a camera.
    pub fn category_of(&self, marks: Marks) -> Option<&Category> {
        self.categories.get(usize::from(marks.category))
    }

    /// The grade of a camera.
    pub fn grade_of(&self, marks: Marks) -> Option<&Grade> {
        self.grades.get(usize::from(marks.grade))
    }

    /// True when a role may give grants on any camera at all.
    pub fn may_grant_somewhere(&self, role: &str) -> bool {
        let gives = |rule: &Rule| rule.actions.has(Action::Grant) && rule.roles.has(role);
        self.roles.contains(role) && self.rights.iter().any(gives)
    }

    /// True when `rule` holds where the camera stands.
    pub(super) fn is_there(&self, rule: &Rule, person: &Person, target: &Target<'_>) -> bool {
        match rule.place {
            Where::Any => true,
            Where::Own => is_own(person, target),
            Where::Other => !is_own(person, target),
            Where::Area(row) => self.areas.get(row).is_some_and(|area| area.holds(target)),
        }
    }

    /// True when the hours of `rule` are open at `at`.
    pub(super) fn is_open(&self, rule: &Rule, at: UtcMillis) -> bool {
        self.window_of(rule)
            .is_none_or(|window| window.is_open(at, self.offset_min))
    }

    /// When the hours of `rule` begin or end next.
    pub(super) fn next_change(&self, rule: &Rule, at: UtcMillis) -> Option<UtcMillis> {
        self.window_of(rule)?.next_change(at, self.offset_min)
    }

    /// The window that `rule` names.
    pub(super) fn window_of(&self, rule: &Rule) -> Option<&Window> {
        self.windows.get(rule.window?)
    }
}

/// True when the camera is in the person's own area: it stands in one of their divisions, or belongs to their party.
pub(super) fn is_own(person: &Person, target: &Target<'_>) -> bool {
    let party = person.party.as_deref().unwrap_or_default();
    is_in_any(&person.divisions, target.division)
        || belongs(party, target.owner)
        || belongs(target.owner, party)
}

/// True when `division` is one of `divisions` or lies in it.
pub(super) fn is_in_any(divisions: &[String], division: &str) -> bool {
    divisions.iter().any(|one| is_within(one, division))
}

/// True when `division` is `of`, or lies in it.
pub(super) fn is_within(of: &str, division: &str) -> bool {
    let stem = stem_of(of);
    !stem.is_empty() && division.starts_with(stem)
}

/// True when the party called `id` is `of`, or belongs to it: identities nest, `water/crew-1` belongs to `water`.
pub(super) fn belongs(id: &str, of: &str) -> bool {
    !of.is_empty()
        && id
            .strip_prefix(of)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// True when the bit of `row` is set.
pub(super) fn has_bit(bits: u64, row: u8) -> bool {
    1_u64
        .checked_shl(u32::from(row))
        .is_some_and(|bit| bits & bit != 0)
}

/// A division code without the zeros that stand for "all of it": GB/T 2260 has levels of 2, 2 and 2 digits, GB/T 10114 adds
/// levels of 3.
fn stem_of(code: &str) -> &str {
    let mut stem = code;
    while stem.len() > 6 {
        let Some(rest) = stem.strip_suffix("000") else {
            break;
        };
        stem = rest;
    }
    while stem.len() > 2 && stem.len() <= 6 {
        let Some(rest) = stem.strip_suffix("00") else {
            break;
        };
        stem = rest;
    }
    stem
}

fn number_of(row: usize) -> Option<u8> {
    u8::try_from(row).ok()?.checked_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rights::read::tests::shipped;

    #[test]
    fn a_division_holds_what_lies_in_it() {
        for (of, division, expected) in [
            ("320300", "3203", true),
            ("320300", "320303", true),
            ("320000", "320303", true),
            ("320303", "320303001", true),
            ("320303000000", "320303001", true),
            ("320303100", "320303101", false),
            ("320303", "3203", false),
            ("320303", "320304", false),
            ("", "320303", false),
            ("320303", "", false),
        ] {
            assert_eq!(is_within(of, division), expected, "{of} {division}");
        }
    }

    #[track_caller]
    fn check_own(party: Option<&str>, divisions: &[&str], expected: [bool; 4]) {
        let policy = shipped();
        let person = Person {
            party: party.map(str::to_owned),
            divisions: divisions.iter().map(|one| (*one).to_owned()).collect(),
            ..Person::default()
        };
        let found = [
            ("320303", "water"),
            ("320304", "water/crew-1"),
            ("320304", "waterworks"),
            ("", ""),
        ]
        .map(|(division, owner)| {
            let target = Target {
                id: "1",
                marks: policy.marks(1, 1, false),
                division,
                owner,
                place: None,
            };
            is_own(&person, &target)
        });
        assert_eq!(found, expected, "{party:?} {divisions:?}");
    }

    #[test]
    fn what_is_ones_own_stands_in_ones_division_or_belongs_to_ones_party() {
        check_own(None, &[], [false; 4]);
        check_own(None, &["320303"], [true, false, false, false]);
        check_own(None, &["320300"], [true, true, true, false]);
        check_own(Some("water"), &[], [true, true, false, false]);
        check_own(Some("water/crew-1"), &[], [true, true, false, false]);
        check_own(Some(""), &[""], [false; 4]);
    }

    #[test]
    fn marks_fall_back_on_the_category_and_secrecy_on_the_strictest_grade() {
        let policy = shipped();
        let check = |category: u8, grade: u8, is_secret: bool, expected: (&str, &str)| {
            let marks = policy.marks(category, grade, is_secret);
            let found = (
                policy.category_of(marks).unwrap().id.as_str(),
                policy.grade_of(marks).unwrap().id.as_str(),
            );
            assert_eq!(found, expected, "{category} {grade} {is_secret}");
        };
        check(2, 1, false, ("2", "public"));
        check(2, 0, false, ("2", "internal"));
        check(2, 99, false, ("2", "internal"));
        check(2, 1, true, ("2", "core"));
        check(0, 0, false, ("1", "internal"));
        check(200, 3, false, ("1", "sensitive"));
        assert_eq!(policy.category_number("3"), Some(3));
        assert_eq!(policy.grade_number("core"), Some(4));
        assert_eq!(policy.grade_number("none"), None);
    }

    #[test]
    fn a_policy_without_lists_marks_everything_and_allows_nothing() {
        let policy = Policy::default();
        let marks = policy.marks(1, 1, false);
        assert_eq!(policy.category_of(marks), None);
        assert_eq!(policy.roles().count(), 0);
        assert!(!policy.may_grant_somewhere("shift_leader"));
        assert!(shipped().may_grant_somewhere("shift_leader"));
        assert!(!shipped().may_grant_somewhere("hotline"));
    }
}
