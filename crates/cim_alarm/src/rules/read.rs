//! Reads rules from TOML (`scenes/README.md` says what may stand there).
//!
//! One broken rule never takes the others, not even when it is no TOML: the file is then cut at its `[[rule]]` lines. A rule is
//! left out when something in it cannot be understood, since half of a rule would ring or be silent at the wrong time; a
//! key that nobody knows is told and passed over.

use super::{
    AUDIBLE_FROM, Area, Consequence, DEAD_BAND, DeadBand, GroupPlan, MOST_SUPPRESSION_GROUPS,
    RulePlan, RuleProblem, Selection, When,
    keys::{Keys, Origin, unknown},
    read_when, severity_of_priority, severity_word,
    suppress::group_of,
};
use cim_model::{SensorKind, Severity, ThingClass};
use std::cell::{Cell, RefCell};
use toml::de::DeTable;

/// The longest file that is read, bytes.
pub const MOST_FILE_BYTES: usize = 1 << 20;
/// How many rules a file, and a set of files, may hold.
pub const MOST_RULES: usize = 1_000;
/// How many entries a list of a rule may have.
pub(super) const MOST_ENTRIES: usize = 1_000;
/// How many places an area may have.
const MOST_PLACES: usize = 4_096;
/// How many suppression groups a rule may belong to.
const MOST_GROUPS: usize = 16;
/// The longest delay, seconds: 30 days.
pub(super) const LONGEST_S: f64 = 2_592_000.0;
/// The greatest number of a level.
pub(super) const FARTHEST: f64 = 1e15;

/// What stands in a file.
#[derive(Debug, Default)]
pub(super) struct FileRead {
    /// Its rules.
    pub(super) rules: Vec<RulePlan>,
    /// Its suppression groups.
    pub(super) groups: Vec<GroupPlan>,
    /// What is wrong with it.
    pub(super) problems: Vec<RuleProblem>,
}

/// The rules in `text`, which is the file `file`, and everything in it that is wrong. Whether the rules that they name
/// exist is the set's to say: see [`super::RuleSet::read`].
pub fn read_rules(text: &str, file: &str) -> (Vec<RulePlan>, Vec<RuleProblem>) {
    let read = read_file(text, file);
    (read.rules, read.problems)
}

/// The rules and groups in `text`, which is the file `file`.
pub(super) fn read_file(text: &str, file: &str) -> FileRead {
    let problems = RefCell::new(Vec::new());
    let is_broken = Cell::new(false);
    let origin = Origin {
        file,
        text,
        base: 0,
        problems: &problems,
        is_broken: &is_broken,
    };
    let mut read = FileRead::default();
    if text.len() > MOST_FILE_BYTES {
        let bytes = text.len();
        let reason = format!("the file has {bytes} bytes; at most {MOST_FILE_BYTES} are read");
        origin.tell("", 0, "", reason);
    } else if let Ok(table) = DeTable::parse(text) {
        read_part(origin, table.get_ref(), &mut read);
    } else {
        for (base, part) in parts_of(text) {
            let origin = Origin { base, ..origin };
            match DeTable::parse(part) {
                Ok(table) => read_part(origin, table.get_ref(), &mut read),
                Err(error) => tell_syntax(&origin, part, &error),
            }
        }
    }
    read.problems = problems.into_inner();
    read
}

fn tell_syntax(origin: &Origin<'_>, part: &str, error: &toml::de::Error) {
    let at = error.span().map_or(0, |span| span.start);
    let reason = format!("this is not TOML: {}", error.message());
    origin.tell(identity_in(part), at, "", reason);
}

/// The text cut before each line that begins a rule or a group, with the byte at which each part begins.
fn parts_of(text: &str) -> Vec<(usize, &str)> {
    let mut begins = vec![0];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let signs = line.chars().filter(|sign| !sign.is_whitespace());
        let signs: String = signs.take(9).collect();
        if at > 0 && (signs.starts_with("[[rule]]") || signs == "[[group]]") {
            begins.push(at);
        }
        at += line.len();
    }
    let ends = begins.iter().copied().skip(1).chain([text.len()]);
    begins
        .iter()
        .zip(ends)
        .filter_map(|(begin, end)| Some((*begin, text.get(*begin..end)?)))
        .collect()
}

/// The identity that a part states which is no TOML, as far as it can be seen.
fn identity_in(part: &str) -> &str {
    let stated = part.lines().find_map(|line| {
        let rest = line.trim_start().strip_prefix("id")?.trim_start();
        rest.strip_prefix('=')?.trim().strip_prefix('"')
    });
    stated
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_default()
}

/// Reads the rules and groups of one table.
fn read_part<'d>(origin: Origin<'d>, table: &'d DeTable<'d>, read: &mut FileRead) {
    let mut whole = Keys::new(origin, table, 0);
    let (rules, groups) = (whole.tables("rule"), whole.tables("group"));
    whole.finish();
    for mut keys in rules.into_iter().map(Keys::rooted) {
        origin.is_broken.set(false);
        let rule = rule_of(&mut keys, origin.file);
        if let Some(rule) = &rule {
            if read.rules.len() >= MOST_RULES {
                keys.wrong("id", format!("a file holds at most {MOST_RULES} rules"));
            } else if read.rules.iter().any(|other| other.id == rule.id) {
                keys.wrong("id", "another rule of this file has the same id");
            }
        }
        keys.finish();
        read.rules.extend(rule.filter(|_| !origin.is_broken.get()));
    }
    for mut keys in groups.into_iter().map(Keys::rooted) {
        origin.is_broken.set(false);
        let group = group_of(&mut keys, origin.file);
        if let Some(group) = &group {
            if read.groups.len() >= MOST_SUPPRESSION_GROUPS {
                let reason = format!("a file holds at most {MOST_SUPPRESSION_GROUPS} groups");
                keys.wrong("id", reason);
            } else if read.groups.iter().any(|other| other.id == group.id) {
                keys.wrong("id", "another group of this file has the same id");
            }
        }
        keys.finish();
        let is_broken = origin.is_broken.get();
        read.groups.extend(group.filter(|_| !is_broken));
    }
}

fn rule_of(keys: &mut Keys<'_>, file: &str) -> Option<RulePlan> {
    let id = keys.required_text("id")?;
    check_identity(keys, id);
    id.clone_into(&mut keys.rule);
    for key in ["name", "when"] {
        if keys.value(key).is_none() {
            keys.wrong(key, "is missing");
        }
    }
    let severity = severity_of(keys);
    let when = keys
        .table("when")
        .and_then(|table| read_when::when(table, severity));
    let delays = [0.0, LONGEST_S];
    let times = [1.0, LONGEST_S];
    let rule = RulePlan {
        id: id.to_owned(),
        name: keys.words("name"),
        about: keys.words("about"),
        file: file.to_owned(),
        line: keys.line(),
        // What else is wrong is told all the same; without a condition nothing is taken.
        when: when.unwrap_or(When::Limits(super::Levels::default())),
        severity,
        on: selection_of(keys),
        on_delay_s: keys.number("on_delay_s", delays).unwrap_or(0.0),
        off_delay_s: keys.number("off_delay_s", delays).unwrap_or(0.0),
        dead_band: dead_band_of(keys),
        needs_confirm: keys.flag("confirm", false),
        is_latching: keys.flag("latch", false),
        re_alarm_s: keys.number("re_alarm_s", times),
        shelve_max_s: keys.number("shelve_max_s", times),
        is_audible: keys.flag("audible", severity >= AUDIBLE_FROM),
        groups: keys.texts("group", MOST_GROUPS),
        plan: keys.text("plan").unwrap_or_default().to_owned(),
        event_category: keys.text("event_category").unwrap_or_default().to_owned(),
        takes_suspect: keys.flag("takes_suspect", true),
    };
    check_selection(keys, &rule);
    Some(rule)
}

/// What a rule selects must be something that its condition can watch.
fn check_selection(keys: &Keys<'_>, rule: &RulePlan) {
    let is_of_things = matches!(rule.when, When::Fence { .. } | When::Combination(_));
    if is_of_things && (!rule.on.properties.is_empty() || rule.on.is_without_own_limits) {
        keys.wrong("on", "this condition is about things: neither `properties` nor `without_own_limits` is possible");
    }
}

/// The severity that the rule states, or the one that consequence and time to respond make.
fn severity_of(keys: &mut Keys<'_>) -> Severity {
    let words = Severity::ALARMING.map(|severity| (severity_word(severity), severity));
    let stated = keys.choice("severity", &words);
    let Some(mut table) = keys.table("priority") else {
        return stated.unwrap_or(Severity::Medium);
    };
    let consequences = [
        ("minor", Consequence::Minor),
        ("major", Consequence::Major),
        ("severe", Consequence::Severe),
    ];
    let consequence = table.choice("consequence", &consequences);
    let respond_s = table.number("respond_s", [1.0, LONGEST_S]);
    for (key, is_there) in [
        ("consequence", consequence.is_some()),
        ("respond_s", respond_s.is_some()),
    ] {
        if !is_there && table.value(key).is_none() {
            table.wrong(key, "is missing");
        }
    }
    table.finish();
    if stated.is_some() {
        keys.wrong(
            "priority",
            "makes a severity, and `severity` states one: only one is possible",
        );
    }
    match (consequence, respond_s) {
        (Some(consequence), Some(respond_s)) => severity_of_priority(consequence, respond_s),
        _ => Severity::Medium,
    }
}

/// `dead_band = 0.5` in the figure's unit, or `"2 %"` of the level.
fn dead_band_of(keys: &mut Keys<'_>) -> DeadBand {
    let usual = DeadBand::Share(DEAD_BAND);
    let Some(value) = keys.value("dead_band") else {
        return usual;
    };
    let Some(text) = value.get_ref().as_str() else {
        let band = keys.number("dead_band", [0.0, FARTHEST]);
        return band.map_or(usual, DeadBand::Absolute);
    };
    let percent = text
        .strip_suffix('%')
        .and_then(|number| number.trim().parse::<f64>().ok())
        .filter(|percent| (0.0..=100.0).contains(percent));
    if percent.is_none() {
        keys.wrong(
            "dead_band",
            format!("`{text}` is neither a number nor a share like \"2 %\""),
        );
    }
    percent.map_or(usual, |percent| DeadBand::Share(percent / 100.0))
}

/// What is selected under `on`; everything where there is nothing.
pub(super) fn selection_of(keys: &mut Keys<'_>) -> Selection {
    let Some(mut table) = keys.table("on") else {
        return Selection::default();
    };
    let selection = Selection {
        kinds: words_of(
            &mut table,
            "kinds",
            &SensorKind::ALL.map(|kind| (kind.as_str(), kind)),
        ),
        classes: words_of(
            &mut table,
            "classes",
            &[
                ("device", ThingClass::Device),
                ("vehicle", ThingClass::Vehicle),
                ("person", ThingClass::Person),
            ],
        ),
        properties: table.texts("properties", MOST_ENTRIES),
        ids: table.texts("ids", MOST_ENTRIES),
        tags: table.text_entries("tags", MOST_ENTRIES),
        area: area_of(&mut table),
        is_without_own_limits: table.flag("without_own_limits", false),
    };
    table.finish();
    selection
}

/// The list of words under `key`, each of which must be one of `known`.
fn words_of<T: Copy>(
    table: &mut Keys<'_>,
    key: &'static str,
    known: &[(&'static str, T)],
) -> Vec<T> {
    let mut meant = Vec::new();
    for text in table.texts(key, MOST_ENTRIES) {
        match known.iter().find(|(word, _)| *word == text) {
            Some((_, meaning)) => meant.push(*meaning),
            None => table.wrong(key, unknown(&text, known.iter().map(|(word, _)| *word))),
        }
    }
    meant
}

fn area_of(table: &mut Keys<'_>) -> Option<Area> {
    let ring = table.pairs("area")?;
    let is_on_earth = ring
        .iter()
        .all(|[lon, lat]| lon.abs() <= 180.0 && lat.abs() <= 90.0);
    if !is_on_earth || ring.len() > MOST_PLACES {
        let reason =
            format!("at most {MOST_PLACES} places of longitude before latitude are possible");
        table.wrong("area", reason);
        return None;
    }
    let area = Area::new(ring);
    if area.is_none() {
        table.wrong("area", "an area has at least three places");
    }
    area
}

/// Tells what cannot be the identity of a rule or a group.
pub(super) fn check_identity(keys: &Keys<'_>, id: &str) {
    if !is_identity(id) || id == super::set::OWN_LIMITS {
        let reason = "only a to z, 0 to 9, - and _ are possible, 64 at most, and not `limits`";
        keys.wrong("id", reason);
    }
}

/// True for what may be the identity of a rule.
fn is_identity(text: &str) -> bool {
    let is_usual = |sign: u8| {
        sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'-' || sign == b'_'
    };
    (1..=64).contains(&text.len()) && text.bytes().all(is_usual)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{By, Expected, FenceState};

    /// A rule with `lines` behind its identity and its name, from the third line on.
    fn rule(lines: &str) -> String {
        format!("[[rule]]\nid = \"r\"\nname = {{ zh = \"规则\", en = \"Rule\" }}\n{lines}")
    }

    #[track_caller]
    fn read(lines: &str) -> RulePlan {
        let (mut rules, problems) = read_rules(&rule(lines), "t.toml");
        assert_eq!(problems, []);
        rules.pop().expect("a rule")
    }

    /// Reads a rule with `lines` and compares the first thing that is wrong: its line, its key, and a part of the reason.
    #[track_caller]
    fn check_wrong(lines: &str, line: u32, key: &str, part: &str) {
        let (rules, problems) = read_rules(&rule(lines), "t.toml");
        assert_eq!(rules, [], "a broken rule is left out");
        let first = problems.iter().find(|problem| !problem.is_passed_over);
        let first = first.expect("something is wrong");
        assert_eq!((first.line, first.key.as_str()), (line, key), "{first}");
        assert!(first.reason.contains(part), "{first}");
    }

    #[test]
    fn a_rule_with_every_key_is_read() {
        let read = read(
            "about = { zh = \"说明\", en = \"About\" }\n\
             when = { is = \"limits\", hi = 10, hihi = { value = 25, severity = \"critical\" }, lo = -3 }\n\
             severity = \"high\"\non_delay_s = 10\noff_delay_s = 30.5\ndead_band = \"5 %\"\nconfirm = true\nlatch = true\n\
             re_alarm_s = 600\nshelve_max_s = 3600\naudible = false\ngroup = [\"works\"]\nplan = \"gas_leak\"\n\
             takes_suspect = false\nevent_category = \"gas_smell\"\n\
             on = { kinds = [\"gas\"], classes = [\"device\"], properties = \"甲烷浓度\", ids = [\"t1\"], tags = { street = \"云湖大道\" }, \
             area = [[0, 0], [1, 0], [1, 1]], without_own_limits = true }\n",
        );
        let When::Limits(levels) = &read.when else {
            panic!("other condition: {:?}", read.when);
        };
        let above: Vec<_> = levels.above.worst_first().collect();
        assert_eq!(above, [(Severity::Critical, 25.0), (Severity::High, 10.0)]);
        assert_eq!(levels.below.get(Severity::High), Some(-3.0));
        assert_eq!(read.severity, Severity::High);
        assert_eq!(read.dead_band, DeadBand::Share(0.05));
        assert_eq!(
            (read.re_alarm_s, read.shelve_max_s),
            (Some(600.0), Some(3_600.0))
        );
        assert!(read.needs_confirm && read.is_latching && !read.is_audible && !read.takes_suspect);
        assert_eq!(
            (read.groups, read.plan, read.event_category),
            (
                vec!["works".to_owned()],
                "gas_leak".to_owned(),
                "gas_smell".to_owned()
            )
        );
        assert_eq!(read.on.kinds, [SensorKind::Gas]);
        assert_eq!(read.on.tags, [("street".to_owned(), "云湖大道".to_owned())]);
        assert!(read.on.area.is_some() && read.on.is_without_own_limits);
    }

    #[test]
    fn every_kind_of_condition_is_read() {
        let when = |text: &str| read(&format!("when = {text}\n")).when;
        assert!(matches!(
            when("{ is = \"rate\", over_s = 300, unit = \"percent\", fall = { medium = 10, high = 20 } }"),
            When::Rate(rate) if rate.is_percent && rate.rise.is_empty()
        ));
        assert!(matches!(
            when("{ is = \"deviation\", from = \"hour_of_day\", by = 4 }"),
            When::Deviation(found) if found.from == (Expected::HourOfDay { least_days: 3 }) && found.above == found.below
        ));
        assert!(matches!(
            when("{ is = \"deviation\", from = \"series\", property = \"p\", above = 2, least = 0.1 }"),
            When::Deviation(found) if found.below.is_empty()
        ));
        assert!(
            matches!(when("{ is = \"stuck\", for_s = 3600, except = [0] }"), When::Stuck(stuck) if stuck.except.len() == 1)
        );
        assert!(matches!(
            when("{ is = \"missing\", periods = { low = 3, high = 10 } }"),
            When::Missing(_)
        ));
        assert!(matches!(
            when("{ is = \"geofence\", fences = [\"ring\"], state = \"dwelling\" }"),
            When::Fence {
                state: FenceState::Dwelling,
                ..
            }
        ));
        assert!(matches!(
            when("{ is = \"count\", of = \"limits\", least = 5, within_s = 600, by = \"grid\" }"),
            When::Count(count) if count.by == By::Property("grid".to_owned())
        ));
        assert!(matches!(
            when("{ is = \"combination\", all = [\"a\"], none = \"b\" }"),
            When::Combination(made) if made.by == By::Thing && made.none == ["b"]
        ));
    }

    #[test]
    fn a_mistake_is_told_with_its_line_and_its_key() {
        check_wrong("", 1, "when", "is missing");
        check_wrong(
            "when = { is = \"limit\", hi = 1 }\n",
            4,
            "when.is",
            "did you mean `limits`",
        );
        check_wrong("when = { is = \"limits\" }\n", 4, "when", "no level");
        check_wrong(
            "when = { is = \"limits\", hi = \"ten\" }\n",
            4,
            "when.hi",
            "a number",
        );
        check_wrong(
            "when = { is = \"limits\", above = { high = 5, critical = 3 } }\n",
            4,
            "when",
            "worse",
        );
        check_wrong(
            "when = { is = \"rate\", rise = 3 }\n",
            4,
            "when.over_s",
            "is missing",
        );
        check_wrong(
            "when = { is = \"stuck\", for_s = 0 }\n",
            4,
            "when.for_s",
            "out of bounds",
        );
        check_wrong(
            "when = { is = \"combination\", none = [\"a\"] }\n",
            4,
            "when",
            "`all` or `any`",
        );
        check_wrong(
            "when = { is = \"geofence\", state = \"inside\" }\n",
            4,
            "when.fences",
            "is missing",
        );
    }

    #[test]
    fn a_mistake_beside_the_condition_is_told_as_well() {
        let fine = "when = { is = \"limits\", hi = 1 }\n";
        check_wrong(
            &format!("{fine}severity = \"grave\"\n"),
            5,
            "severity",
            "known here",
        );
        check_wrong(
            &format!("{fine}dead_band = \"2\"\n"),
            5,
            "dead_band",
            "neither",
        );
        check_wrong(
            &format!("{fine}on_delay_s = -1\n"),
            5,
            "on_delay_s",
            "out of bounds",
        );
        check_wrong(
            &format!("{fine}on = {{ kinds = [\"gaz\"] }}\n"),
            5,
            "on.kinds",
            "did you mean `gas`",
        );
        check_wrong(
            &format!("{fine}on = {{ area = [[1, 2], [3, 4]] }}\n"),
            5,
            "on.area",
            "three",
        );
        check_wrong(
            &format!("{fine}priority = {{ consequence = \"major\" }}\n"),
            5,
            "priority.respond_s",
            "missing",
        );
        check_wrong(
            "when = { is = \"geofence\", fences = \"f\", state = \"inside\" }\non = { properties = [\"p\"] }\n",
            5,
            "on",
            "about things",
        );
    }

    #[test]
    fn a_key_that_nobody_knows_is_told_and_passed_over() {
        let (rules, problems) = read_rules(
            &rule("when = { is = \"limits\", hi = 1 }\nonn_delay_s = 3\n"),
            "t.toml",
        );
        assert_eq!(rules.len(), 1);
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            ["t.toml:5: rule r: onn_delay_s: `onn_delay_s` is unknown; did you mean `on_delay_s`?"]
        );
        assert!(problems.iter().all(|problem| problem.is_passed_over));
    }

    #[test]
    fn a_rule_that_is_no_toml_does_not_take_the_others() {
        let text = "[[rule]]\nid = \"bad\"\nwhen = {{\n[[rule]]\nid = \"good\"\nname = { zh = \"好\", en = \"Good\" }\n\
                    when = { is = \"missing\", periods = 5 }\n";
        let (rules, problems) = read_rules(text, "t.toml");
        assert_eq!(
            rules
                .iter()
                .map(|rule| rule.id.as_str())
                .collect::<Vec<_>>(),
            ["good"]
        );
        assert_eq!(rules.first().map(|rule| rule.line), Some(4));
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].rule == "bad" && problems[0].line == 3,
            "{}",
            problems[0]
        );
    }

    #[test]
    fn a_severity_comes_from_consequence_and_time_to_respond() {
        let when = "when = { is = \"missing\", periods = 3 }\n";
        let read = read(&format!(
            "{when}priority = {{ consequence = \"severe\", respond_s = 120 }}\n"
        ));
        assert_eq!(read.severity, Severity::Critical);
        check_wrong(
            &format!(
                "{when}severity = \"low\"\npriority = {{ consequence = \"minor\", respond_s = 60 }}\n"
            ),
            6,
            "priority",
            "only one",
        );
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let (rules, problems) = read_rules(&" ".repeat(MOST_FILE_BYTES + 1), "t.toml");
        assert!(rules.is_empty() && problems.len() == 1);
        let one = |number: usize| {
            rule("when = { is = \"missing\", periods = 3 }\n")
                .replace("\"r\"", &format!("\"r{number}\""))
        };
        let many: String = (0..=MOST_RULES).map(one).collect();
        let (rules, problems) = read_rules(&many, "t.toml");
        assert_eq!((rules.len(), problems.len()), (MOST_RULES, 1));
        let twice = [one(1), one(1)].concat();
        let (rules, problems) = read_rules(&twice, "t.toml");
        assert_eq!((rules.len(), problems.len()), (1, 1));
    }
}
