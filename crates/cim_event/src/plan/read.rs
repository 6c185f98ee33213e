//! Reads plans from TOML (`scenes/README.md` says what may stand there).
//!
//! A plan is left out when something in it cannot be understood, since half of an action card is worse than none; a key that
//! nobody knows is told and passed over.

use super::{
    card::{
        Channel, Contact, Need, Plan, PlanLevel, PlanStep, ResourceKind, Response, Template,
        WarnArea,
    },
    keys::{FileProblem, Keys, is_identity, tables_of},
    template::placeholders,
};
use cim_model::EventLevel;
use std::collections::BTreeSet;

/// The longest file that is read, bytes.
pub const MOST_FILE_BYTES: usize = 1 << 20;
/// How many plans a file may hold.
pub const MOST_PLANS: usize = 200;
/// How many steps a plan may have.
pub const MOST_STEPS: usize = 200;
/// How many needs a plan may have.
pub const MOST_NEEDS: usize = 64;
/// How many messages a plan may have.
pub const MOST_MESSAGES: usize = 32;
/// How many contacts a step may have.
pub const MOST_CONTACTS: usize = 16;
/// The longest timer, seconds: ninety days.
const LONGEST_S: u32 = 90 * 86_400;
/// The farthest that is looked for help or that is warned, metres.
const FARTHEST_M: u32 = 500_000;
const LEVELS: [EventLevel; 4] = [
    EventLevel::IV,
    EventLevel::III,
    EventLevel::II,
    EventLevel::I,
];

/// What a plan may name. An empty list is not held against anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'k> {
    /// Roles.
    pub roles: &'k [&'k str],
    /// Category words of events.
    pub categories: &'k [&'k str],
}

/// The plans in `text`, which is the file `file`, and everything in it that is wrong.
pub fn read_plans(text: &str, file: &str, known: &Known<'_>) -> (Vec<Plan>, Vec<FileProblem>) {
    let mut ids = BTreeSet::new();
    tables_of(text, file, "plan", MOST_FILE_BYTES, |keys| {
        let plan = plan_of(keys, known);
        let id = &plan.as_ref()?.id;
        if ids.len() >= MOST_PLANS {
            keys.wrong("id", format!("a file holds at most {MOST_PLANS} plans"));
        } else if !ids.insert(id.clone()) {
            keys.wrong("id", "another plan of this file has the same id");
        }
        plan
    })
}

fn plan_of(keys: &mut Keys<'_>, known: &Known<'_>) -> Option<Plan> {
    let id = keys.identity();
    let plan = Plan {
        id: id.clone().unwrap_or_default(),
        name: keys.required_words("name"),
        about: keys.words("about"),
        events: events_of(keys, known),
        source: keys.text("source").unwrap_or_default().to_owned(),
        closing_needs_evidence: keys.flag("closing_evidence"),
        levels: levels_of(keys, known),
        steps: steps_of(keys, known),
        needs: bounded(keys, "need", MOST_NEEDS)
            .into_iter()
            .filter_map(need_of)
            .collect(),
        messages: messages_of(keys),
        warn: keys.table("warn").and_then(warn_of),
    };
    check_steps(keys, &plan);
    id.map(|_| plan)
}

fn events_of(keys: &mut Keys<'_>, known: &Known<'_>) -> Vec<String> {
    let events = keys.texts("events");
    if events.is_empty() {
        keys.wrong("events", "no event is named that the plan serves");
    }
    for event in &events {
        let is_known = known.categories.is_empty() || known.categories.contains(&event.as_str());
        if !is_identity(event) {
            keys.wrong("events", format!("`{event}` is no category word"));
        } else if !is_known {
            // A pack may serve categories that another hub has.
            keys.mention("events", format!("no event has the category `{event}`"));
        }
    }
    events
}

/// The tables under `key`; none, and told, when there are more than `most`.
fn bounded<'d>(keys: &mut Keys<'d>, key: &'static str, most: usize) -> Vec<Keys<'d>> {
    let tables = keys.tables(key);
    if tables.len() > most {
        keys.wrong(key, format!("at most {most} are possible"));
        return Vec::new();
    }
    tables
}

fn levels_of(keys: &mut Keys<'_>, known: &Known<'_>) -> Vec<PlanLevel> {
    let mut levels: Vec<PlanLevel> = Vec::new();
    for mut table in bounded(keys, "level", Response::ALL.len()) {
        let response = table.choice("response", &Response::ALL, Response::as_str);
        let from = table.choice("from", &LEVELS, EventLevel::as_str);
        let by = table.known_text("by", known.roles);
        let about = table.words("about");
        if let (Some(response), Some(from)) = (response, from) {
            if levels.iter().any(|level| level.response == response) {
                table.wrong("response", "this response level is there twice");
            }
            levels.push(PlanLevel {
                response,
                from,
                by,
                about,
            });
        }
        table.finish();
    }
    levels.sort_by_key(|level| level.response);
    if !levels.is_sorted_by_key(|level| level.from) {
        keys.wrong(
            "level",
            "a higher response level begins at a less grave event than a lower one",
        );
    }
    levels
}

fn steps_of(keys: &mut Keys<'_>, known: &Known<'_>) -> Vec<PlanStep> {
    let tables = bounded(keys, "step", MOST_STEPS);
    if tables.is_empty() {
        keys.wrong("step", "a plan needs at least one step");
    }
    let mut ids = BTreeSet::new();
    let mut steps = Vec::new();
    for mut table in tables {
        let id = part_id(&mut table, &mut ids);
        let from = table
            .text("from")
            .and_then(|_| table.choice("from", &Response::ALL, Response::as_str));
        steps.push(PlanStep {
            id,
            text: table.required_words("text"),
            role: table.known_text("role", known.roles),
            within_s: table.whole("within_s", 1, LONGEST_S),
            after: table.text("after").map(str::to_owned),
            from: from.unwrap_or_default(),
            contacts: contacts_of(&mut table),
            needs_evidence: table.flag("evidence"),
            is_optional: table.flag("optional"),
        });
        table.finish();
    }
    steps
}

fn contacts_of(step: &mut Keys<'_>) -> Vec<Contact> {
    let mut contacts = Vec::new();
    for mut table in bounded(step, "contacts", MOST_CONTACTS) {
        let name = table.required_words("name");
        let phone = table.required_text("phone").unwrap_or_default().to_owned();
        let is_number = |sign: char| sign.is_ascii_digit() || "+-*# ".contains(sign);
        if phone.len() > 32 || !phone.chars().all(is_number) {
            table.wrong("phone", format!("`{phone}` cannot be dialled"));
        }
        table.finish();
        contacts.push(Contact { name, phone });
    }
    contacts
}

/// The identity of a step or message, which is told when it is no identity or is there twice.
fn part_id(table: &mut Keys<'_>, ids: &mut BTreeSet<String>) -> String {
    let id = table.required_text("id").unwrap_or_default().to_owned();
    if !id.is_empty() && !is_identity(&id) {
        table.wrong(
            "id",
            "only a to z, 0 to 9, - and _ are possible, 64 at most",
        );
    } else if !id.is_empty() && !ids.insert(id.clone()) {
        table.wrong("id", format!("`{id}` is there twice"));
    }
    id
}

/// A step may wait only for one that stands before it, so that no two wait for each other.
fn check_steps(keys: &Keys<'_>, plan: &Plan) {
    let mut before = BTreeSet::new();
    for step in &plan.steps {
        if let Some(after) = &step.after {
            if !before.contains(after.as_str()) {
                let reason = format!(
                    "`{}` waits for `{after}`, which no step before it is",
                    step.id
                );
                keys.wrong("step", reason);
            }
            if step.within_s.is_none() {
                let reason = format!("`{}` has an `after`, but no `within_s`", step.id);
                keys.mention("step", reason);
            }
        }
        if plan.level(step.from).is_none() && step.from != Response::Four {
            let reason = format!(
                "`{}` is called from the response level `{}`, which the plan does not have",
                step.id,
                step.from.as_str()
            );
            keys.wrong("step", reason);
        }
        before.insert(step.id.as_str());
    }
}

fn need_of(mut table: Keys<'_>) -> Option<Need> {
    let kind = table.choice("kind", &ResourceKind::ALL, ResourceKind::as_str);
    let what = table.required_text("what").unwrap_or_default().to_owned();
    if !what.is_empty() && !is_identity(&what) {
        table.wrong("what", format!("`{what}` is no word for a capability"));
    }
    let name = table.required_words("name");
    let count = table.whole("count", 1, 1_000).unwrap_or(1);
    let within_m = table.whole("within_m", 1, FARTHEST_M);
    table.finish();
    Some(Need {
        kind: kind?,
        what,
        name,
        count,
        within_m,
    })
}

fn messages_of(keys: &mut Keys<'_>) -> Vec<Template> {
    let mut ids = BTreeSet::new();
    let mut messages = Vec::new();
    for mut table in bounded(keys, "message", MOST_MESSAGES) {
        let id = part_id(&mut table, &mut ids);
        let channel = table.choice("channel", &Channel::ALL, Channel::as_str);
        let name = table.required_words("name");
        let text = table.required_words("text");
        let mut holes = Vec::new();
        for language in [&text.zh, &text.en] {
            match placeholders(language) {
                Ok(names) => holes.push(names.into_iter().collect::<BTreeSet<_>>()),
                Err(fault) => table.wrong("text", fault.to_string()),
            }
        }
        if holes.len() == 2 && holes.first() != holes.last() {
            table.mention("text", "the two languages do not tell the same particulars");
        }
        table.finish();
        if let Some(channel) = channel {
            messages.push(Template {
                id,
                channel,
                name,
                text,
            });
        }
    }
    messages
}

fn warn_of(mut table: Keys<'_>) -> Option<WarnArea> {
    let radius = table.whole("radius_m", 1, FARTHEST_M);
    let fence = table.text("fence").map(str::to_owned);
    let area = match (radius, fence) {
        (Some(radius), None) => Some(WarnArea::RadiusM(radius)),
        (None, Some(fence)) => Some(WarnArea::Fence(fence)),
        _ => {
            table.wrong("radius_m", "either `radius_m` or `fence` is expected");
            None
        }
    };
    table.finish();
    area
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const ROLES: [&str; 7] = [
        "duty_officer",
        "shift_leader",
        "leader_on_duty",
        "department",
        "team",
        "grid_worker",
        "hotline",
    ];
    const GOOD: &str = r#"
[[plan]]
id = "flood"
name = { zh = "积水", en = "Flood" }
events = ["road_flooding"]

[[plan.level]]
response = "four"
from = "IV"
by = "shift_leader"

[[plan.step]]
id = "go"
text = { zh = "到场", en = "Go there" }
role = "team"
within_s = 3600
"#;

    fn known() -> Known<'static> {
        Known {
            roles: &ROLES,
            categories: &["road_flooding"],
        }
    }

    /// What is told of [`GOOD`] with `from` replaced by `to`, and whether the plan is taken.
    #[track_caller]
    fn check(from: &str, to: &str, expected: &str, is_taken: bool) {
        assert!(GOOD.contains(from));
        let text = GOOD.replace(from, to);
        let (plans, problems) = read_plans(&text, "p.toml", &known());
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|told| told == expected), "{told:#?}");
        assert_eq!(!plans.is_empty(), is_taken, "{told:#?}");
    }

    #[test]
    fn mistakes_are_told_with_file_line_plan_and_key() {
        check(
            "within_s = 3600",
            "witin_s = 3600",
            "p.toml:16: flood: step[0].witin_s: `witin_s` is unknown; did you mean `within_s`?",
            true,
        );
        check(
            "within_s = 3600",
            "within_s = 0",
            "p.toml:16: flood: step[0].within_s: a whole number from 1 to 7776000 is expected",
            false,
        );
        check(
            "role = \"team\"",
            "role = \"teem\"",
            "p.toml:15: flood: step[0].role: `teem` is unknown; did you mean `team`?",
            false,
        );
        check(
            "en = \"Go there\"",
            "fr = \"Va\"",
            "p.toml:14: flood: step[0].text: has no words for `en`",
            false,
        );
        check(
            "within_s = 3600",
            "within_s = 3600\nafter = \"call\"",
            "p.toml:12: flood: step: `go` waits for `call`, which no step before it is",
            false,
        );
        check(
            "within_s = 3600",
            "from = \"one\"",
            "p.toml:12: flood: step: `go` is called from the response level `one`, which the plan does not have",
            false,
        );
        check(
            "[\"road_flooding\"]",
            "[\"road_floding\"]",
            "p.toml:5: flood: events: no event has the category `road_floding`",
            true,
        );
        check(
            "id = \"flood\"",
            "id = \"Flood 1\"",
            "p.toml:3: Flood 1: id: only a to z, 0 to 9, - and _ are possible, 64 at most",
            false,
        );
    }

    #[test]
    fn a_broken_plan_never_takes_the_others() {
        let text = format!(
            "{GOOD}\n[[plan]]\nid = \"bad\nname = 3\n{}",
            GOOD.replace("flood\"", "f2\"")
        );
        let (plans, problems) = read_plans(&text, "p.toml", &known());
        let ids: Vec<&str> = plans.iter().map(|plan| plan.id.as_str()).collect();
        assert_eq!(ids, ["flood", "f2"]);
        assert_eq!(problems.len(), 1, "{problems:#?}");
        assert_eq!((problems[0].item.as_str(), problems[0].line), ("bad", 19));
    }

    #[test]
    fn one_identity_counts_once_and_a_huge_file_is_not_read() {
        let (plans, problems) = read_plans(&format!("{GOOD}{GOOD}"), "p.toml", &known());
        assert_eq!((plans.len(), problems.len()), (1, 1));
        let huge = "#".repeat(MOST_FILE_BYTES + 1);
        let (plans, problems) = read_plans(&huge, "p.toml", &known());
        assert_eq!((plans.len(), problems.len()), (0, 1));
    }

    #[test]
    fn plans_of_the_committed_pack_have_no_problems() {
        let mut files: Vec<_> = fs::read_dir("../../scenes/city/plans")
            .expect("the plans are there")
            .map(|entry| entry.expect("can be read").path())
            .collect();
        files.sort();
        let mut served = BTreeSet::new();
        for file in files {
            let text = fs::read_to_string(&file).expect("can be read");
            let known = Known {
                roles: &ROLES,
                categories: &[],
            };
            let (plans, problems) = read_plans(&text, &file.to_string_lossy(), &known);
            assert_eq!(problems, []);
            for plan in plans {
                assert!(plan.proposed(EventLevel::IV).is_some(), "{}", plan.id);
                assert_eq!(plan.proposed(EventLevel::I), Some(Response::One));
                served.extend(plan.events);
            }
        }
        for event in ["gas_leak", "road_flooding", "missing_cover", "burst_main"] {
            assert!(served.contains(event), "{event}");
        }
    }
}
