//! Reads a policy from its TOML file.

use super::{
    action::Actions,
    policy::{Area, Category, Grade, Named, Policy, RoleSet, Rule, Where},
    window::{Window, minutes_of},
};
use crate::{
    ring::Ring,
    sheet::{Fault, Sheet, Words},
};
use serde::Deserialize;
use std::collections::BTreeSet;

/// How many rows a list that rules name may have.
const MOST_LIST: usize = 60;
const KEYS: [&str; 11] = [
    "source",
    "roles",
    "utc_offset_minutes",
    "unknown_category",
    "category",
    "grade",
    "purpose",
    "window",
    "area",
    "right",
    "denial",
];
/// A mistake here takes nothing but its row: a right too few harms nobody's secrets.
const HARMLESS: &str = "right";
const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
/// The city's clocks, when the file does not say: Asia/Shanghai.
const SHANGHAI_MIN: i32 = 480;
/// Clocks are at most this far from UTC, minutes.
const MOST_OFFSET_MIN: i32 = 14 * 60;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCategory {
    id: String,
    name: Words,
    #[serde(default)]
    about: Words,
    grade: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGrade {
    id: String,
    name: Words,
    when_denied: String,
    most_grant_hours: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNamed {
    id: String,
    name: Words,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWindow {
    id: String,
    name: Words,
    days: Vec<String>,
    from: String,
    to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawArea {
    id: String,
    name: Words,
    #[serde(default)]
    divisions: Vec<String>,
    #[serde(default)]
    ring: Vec<[f64; 2]>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    id: String,
    roles: Vec<String>,
    #[serde(default)]
    categories: Vec<String>,
    #[serde(default)]
    grades: Vec<String>,
    #[serde(default)]
    area: String,
    actions: Vec<String>,
    #[serde(default)]
    window: String,
    #[serde(default)]
    purposes: Vec<String>,
}

impl Policy {
    /// The policy in `text`, which is the file `file`, and what is wrong in it. A broken right is left out alone; with any
    /// other mistake nobody may do anything, because a denial may be what could not be read.
    pub fn read(text: &str, file: &str) -> (Self, Vec<Fault>) {
        let mut sheet = Sheet::new(text, file);
        sheet.only(&KEYS);
        let mut policy = Self {
            offset_min: SHANGHAI_MIN,
            ..Self::default()
        };
        let roles: Vec<String> = sheet.value("roles").unwrap_or_default();
        policy.roles = roles.into_iter().collect();
        if let Some(offset) = sheet.value::<i32>("utc_offset_minutes") {
            policy.offset_min = offset.clamp(-MOST_OFFSET_MIN, MOST_OFFSET_MIN);
        }
        policy.grades = grades_of(&mut sheet);
        policy.categories = categories_of(&mut sheet, &policy.grades);
        policy.purposes = purposes_of(&mut sheet);
        policy.windows = windows_of(&mut sheet);
        policy.areas = areas_of(&mut sheet);
        policy.unknown_category = unknown_category_of(&mut sheet, &policy.categories);
        policy.rights = rules_of(&mut sheet, "right", &policy);
        policy.denials = rules_of(&mut sheet, "denial", &policy);
        let is_grave = |fault: &Fault| fault.key != HARMLESS;
        if sheet.faults.iter().any(is_grave) {
            policy.rights.clear();
        }
        (policy, sheet.faults)
    }
}

fn grades_of(sheet: &mut Sheet<'_>) -> Vec<Grade> {
    let mut grades: Vec<Grade> = Vec::new();
    for (line, raw) in sheet.rows::<RawGrade>("grade") {
        let shows_denied = raw.when_denied == "shown";
        if !shows_denied && raw.when_denied != "hidden" {
            let reason = format!(
                "`{}` is neither `shown` nor `hidden`; it is taken as hidden",
                raw.when_denied
            );
            sheet.tell(line, "grade", reason);
        }
        let is_twice = grades.iter().any(|one| one.id == raw.id);
        if has_room(sheet, line, "grade", &raw.id, (grades.len(), is_twice)) {
            grades.push(Grade {
                id: raw.id,
                name: raw.name,
                shows_denied,
                most_grant_hours: raw.most_grant_hours,
            });
        }
    }
    grades
}

fn categories_of(sheet: &mut Sheet<'_>, grades: &[Grade]) -> Vec<Category> {
    let mut categories: Vec<Category> = Vec::new();
    for (line, raw) in sheet.rows::<RawCategory>("category") {
        let Some(grade) = row_of(grades.iter().map(|one| one.id.as_str()), &raw.grade) else {
            let reason = format!("`{}` has the grade `{}`, which is none", raw.id, raw.grade);
            sheet.tell(line, "category", reason);
            continue;
        };
        let is_twice = categories.iter().any(|one| one.id == raw.id);
        let room = (categories.len(), is_twice);
        if has_room(sheet, line, "category", &raw.id, room) {
            categories.push(Category {
                id: raw.id,
                name: raw.name,
                about: raw.about,
                grade,
            });
        }
    }
    categories
}

fn purposes_of(sheet: &mut Sheet<'_>) -> Vec<Named> {
    let mut purposes: Vec<Named> = Vec::new();
    for (line, raw) in sheet.rows::<RawNamed>("purpose") {
        let is_twice = purposes.iter().any(|one| one.id == raw.id);
        if has_room(sheet, line, "purpose", &raw.id, (purposes.len(), is_twice)) {
            purposes.push(Named {
                id: raw.id,
                name: raw.name,
            });
        }
    }
    purposes
}

fn windows_of(sheet: &mut Sheet<'_>) -> Vec<Window> {
    let mut windows: Vec<Window> = Vec::new();
    for (line, raw) in sheet.rows::<RawWindow>("window") {
        let (Some(from_min), Some(to_min)) = (minutes_of(&raw.from), minutes_of(&raw.to)) else {
            sheet.tell(line, "window", "hours like `08:30` are expected");
            continue;
        };
        if let Some(strange) = raw.days.iter().find(|day| !DAYS.contains(&day.as_str())) {
            let reason = format!("`{strange}` is none of {}", DAYS.join(", "));
            sheet.tell(line, "window", reason);
            continue;
        }
        let is_twice = windows.iter().any(|one| one.id == raw.id);
        if has_room(sheet, line, "window", &raw.id, (windows.len(), is_twice)) {
            windows.push(Window {
                days: DAYS.map(|day| raw.days.iter().any(|one| one == day)),
                id: raw.id,
                name: raw.name,
                from_min,
                to_min,
            });
        }
    }
    windows
}

fn areas_of(sheet: &mut Sheet<'_>) -> Vec<Area> {
    let mut areas: Vec<Area> = Vec::new();
    for (line, raw) in sheet.rows::<RawArea>("area") {
        let ring = match Some(raw.ring).filter(|corners| !corners.is_empty()) {
            None => None,
            Some(corners) => match Ring::new(corners) {
                Ok(ring) => Some(ring),
                Err(fault) => {
                    sheet.tell(line, "area", format!("`{}`: {fault}", raw.id));
                    continue;
                }
            },
        };
        if ["any", "own", "other"].contains(&raw.id.as_str()) {
            sheet.tell(line, "area", format!("`{}` has a meaning already", raw.id));
            continue;
        }
        let is_twice = areas.iter().any(|one| one.id == raw.id);
        if has_room(sheet, line, "area", &raw.id, (areas.len(), is_twice)) {
            areas.push(Area {
                id: raw.id,
                name: raw.name,
                divisions: raw.divisions,
                ring,
            });
        }
    }
    areas
}

fn unknown_category_of(sheet: &mut Sheet<'_>, categories: &[Category]) -> u8 {
    let word: String = sheet.value("unknown_category").unwrap_or_default();
    let found = row_of(categories.iter().map(|one| one.id.as_str()), &word);
    if found.is_none() && !categories.is_empty() {
        let reason = format!("`{word}` is no category; cameras without one need it");
        sheet.tell(1, "unknown_category", reason);
    }
    found.unwrap_or_default()
}

fn rules_of(sheet: &mut Sheet<'_>, key: &str, policy: &Policy) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for (line, raw) in sheet.rows::<RawRule>(key) {
        let is_twice = rules.iter().any(|rule| rule.id == raw.id);
        if is_twice {
            sheet.tell(line, key, format!("`{}` stands twice", raw.id));
            continue;
        }
        match rule_of(raw, policy) {
            Ok(rule) => rules.push(rule),
            Err(reason) => sheet.tell(line, key, reason),
        }
    }
    rules
}

fn rule_of(raw: RawRule, policy: &Policy) -> Result<Rule, String> {
    let categories = bits_of(
        &raw.categories,
        policy.categories.iter().map(|one| one.id.as_str()),
    )
    .map_err(|word| format!("`{}`: `{word}` is no category", raw.id))?;
    let grades = bits_of(&raw.grades, policy.grades.iter().map(|one| one.id.as_str()))
        .map_err(|word| format!("`{}`: `{word}` is no grade", raw.id))?;
    let actions = Actions::read(&raw.actions)
        .map_err(|word| format!("`{}`: `{word}` is no action", raw.id))?;
    let roles = roles_of(&raw.roles, &policy.roles)
        .map_err(|word| format!("`{}`: `{word}` is no role", raw.id))?;
    let place = place_of(&raw.area, &policy.areas)
        .ok_or_else(|| format!("`{}`: `{}` is no area", raw.id, raw.area))?;
    let window = match raw.window.as_str() {
        "" => None,
        word => {
            let row = policy.windows.iter().position(|one| one.id == word);
            Some(row.ok_or_else(|| format!("`{}`: `{word}` is no window", raw.id))?)
        }
    };
    let strange = raw
        .purposes
        .iter()
        .find(|word| !policy.is_known_purpose(word));
    if let Some(word) = strange {
        return Err(format!("`{}`: `{word}` is no purpose", raw.id));
    }
    Ok(Rule {
        id: raw.id,
        roles,
        categories,
        grades,
        place,
        actions,
        window,
        purposes: raw.purposes.into_iter().collect(),
    })
}

fn place_of(word: &str, areas: &[Area]) -> Option<Where> {
    match word {
        "" | "any" => Some(Where::Any),
        "own" => Some(Where::Own),
        "other" => Some(Where::Other),
        _ => areas
            .iter()
            .position(|area| area.id == word)
            .map(Where::Area),
    }
}

/// The rows that `words` name, as bits: none at all or `*` are every row. The error is the word that names none.
fn bits_of<'a>(words: &[String], rows: impl Iterator<Item = &'a str>) -> Result<u64, String> {
    let rows: Vec<&str> = rows.collect();
    if words.is_empty() || words.iter().any(|word| word == "*") {
        return Ok(u64::MAX);
    }
    words.iter().try_fold(0, |bits, word| {
        let row = rows.iter().position(|row| row == word);
        row.map(|row| bits | (1 << row)).ok_or_else(|| word.clone())
    })
}

/// The roles that `words` name: `*` is every known one, `-word` takes one out again. The error is the word that is none.
fn roles_of(words: &[String], known: &BTreeSet<String>) -> Result<RoleSet, String> {
    let mut roles = RoleSet::default();
    for word in words {
        if word == "*" {
            roles.is_all = true;
            continue;
        }
        let (bare, is_out) = word
            .strip_prefix('-')
            .map_or((word.as_str(), false), |bare| (bare, true));
        if !known.contains(bare) {
            return Err(bare.to_owned());
        }
        let list = if is_out {
            &mut roles.left_out
        } else {
            &mut roles.named
        };
        list.insert(bare.to_owned());
    }
    Ok(roles)
}

fn row_of<'a>(mut rows: impl Iterator<Item = &'a str>, word: &str) -> Option<u8> {
    u8::try_from(rows.position(|row| row == word)?).ok()
}

/// True when a list that has so many rows, perhaps this one already, can take one more; else it is told.
fn has_room(
    sheet: &mut Sheet<'_>,
    line: u32,
    key: &str,
    id: &str,
    (rows, is_twice): (usize, bool),
) -> bool {
    if is_twice {
        sheet.tell(line, key, format!("`{id}` stands twice; the first holds"));
        return false;
    }
    if rows >= MOST_LIST {
        sheet.tell(line, key, format!("at most {MOST_LIST} rows are read"));
        return false;
    }
    true
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::fmt::Write as _;

    /// The policy that ships.
    pub(crate) fn shipped() -> Policy {
        let text = include_str!("../../../../assets/codes/video_rights.toml");
        let (policy, faults) = Policy::read(text, "video_rights.toml");
        assert_eq!(faults, []);
        policy
    }

    /// A small policy: two roles, a category, two grades, a purpose, an area, and these rules.
    pub(crate) fn small(rules: &str) -> (Policy, Vec<String>) {
        let mut text = "roles = [\"a\", \"b\"]\nunknown_category = \"1\"\n".to_owned();
        let name = "name = { zh = \"名\", en = \"Name\" }";
        for (key, rest) in [
            (
                "grade",
                "id = \"mild\"\nwhen_denied = \"shown\"\nmost_grant_hours = 24",
            ),
            (
                "grade",
                "id = \"strict\"\nwhen_denied = \"hidden\"\nmost_grant_hours = 2",
            ),
            ("category", "id = \"1\"\ngrade = \"mild\""),
            ("purpose", "id = \"event\""),
            ("purpose", "id = \"drill\""),
            (
                "window",
                "id = \"day\"\ndays = [\"mon\", \"tue\", \"wed\", \"thu\", \"fri\"]\nfrom = \"08:00\"\nto = \"18:00\"",
            ),
            (
                "area",
                "id = \"square\"\nring = [[117.0, 34.0], [117.1, 34.0], [117.1, 34.1], [117.0, 34.1]]",
            ),
        ] {
            writeln!(text, "[[{key}]]\n{name}\n{rest}").unwrap();
        }
        text.push_str(rules);
        let (policy, faults) = Policy::read(&text, "p.toml");
        let told = faults
            .iter()
            .map(|fault| format!("{}: {}", fault.key, fault.reason))
            .collect();
        (policy, told)
    }

    /// One rule as TOML.
    pub(crate) fn rule(key: &str, id: &str, rest: &str) -> String {
        format!("[[{key}]]\nid = \"{id}\"\n{rest}\n")
    }

    #[track_caller]
    fn check(rules: &str, told: &[&str], rights: usize) {
        let (policy, found) = small(rules);
        assert_eq!(found, told, "{rules}");
        assert_eq!(policy.rights.len(), rights, "{rules}");
    }

    #[test]
    fn a_broken_right_is_left_out_alone() {
        let good = rule("right", "good", "roles = [\"a\"]\nactions = [\"live\"]");
        check(&good, &[], 1);
        for (rest, reason) in [
            (
                "roles = [\"x\"]\nactions = [\"live\"]",
                "`bad`: `x` is no role",
            ),
            (
                "roles = [\"a\"]\nactions = [\"fly\"]",
                "`bad`: `fly` is no action",
            ),
            (
                "roles = [\"a\"]\nactions = []\ngrades = [\"x\"]",
                "`bad`: `x` is no grade",
            ),
            (
                "roles = [\"a\"]\nactions = []\ncategories = [\"x\"]",
                "`bad`: `x` is no category",
            ),
            (
                "roles = [\"a\"]\nactions = []\narea = \"x\"",
                "`bad`: `x` is no area",
            ),
            (
                "roles = [\"a\"]\nactions = []\nwindow = \"x\"",
                "`bad`: `x` is no window",
            ),
            (
                "roles = [\"a\"]\nactions = []\npurposes = [\"x\"]",
                "`bad`: `x` is no purpose",
            ),
        ] {
            let text = format!("{good}{}", rule("right", "bad", rest));
            check(&text, &[&format!("right: {reason}")], 1);
        }
        check(&format!("{good}{good}"), &["right: `good` stands twice"], 1);
    }

    #[test]
    fn with_a_broken_denial_or_list_nobody_may_do_anything() {
        let good = rule("right", "good", "roles = [\"a\"]\nactions = [\"live\"]");
        let denial = rule("denial", "no", "roles = [\"*\"]\nactions = [\"fly\"]");
        check(
            &format!("{good}{denial}"),
            &["denial: `no`: `fly` is no action"],
            0,
        );
        let area = "[[area]]\nid = \"own\"\nname = { zh = \"名\", en = \"Name\" }\n";
        check(
            &format!("{good}{area}"),
            &["area: `own` has a meaning already"],
            0,
        );
        let window = "[[window]]\nid = \"x\"\nname = { zh = \"名\", en = \"N\" }\ndays = [\"day\"]\nfrom = \"08:00\"\nto = \"09:00\"\n";
        check(
            &format!("{good}{window}"),
            &["window: `day` is none of mon, tue, wed, thu, fri, sat, sun"],
            0,
        );
        let (policy, faults) = Policy::read("not TOML", "p.toml");
        assert_eq!((policy.rights.len(), faults.len()), (0, 1));
    }

    #[test]
    fn the_policy_that_ships_names_every_role_of_the_event_desk() {
        let text = include_str!("../../../../assets/codes/roles.toml");
        let table: toml::Table = toml::from_str(text).unwrap();
        let words: BTreeSet<String> = table["role"]
            .as_array()
            .unwrap()
            .iter()
            .map(|role| role["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(shipped().roles, words);
    }
}
