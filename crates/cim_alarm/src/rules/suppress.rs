//! Suppression groups as they are written: which conditions leave the list together, and while what (ISA-18.2-2016, 12.4
//! "designed suppression"; OPC UA Part 9, 5.8.4 `AlarmSuppressionGroupType`).

use super::{
    RulePlan, RuleProblem, Selection,
    keys::Keys,
    read::{LONGEST_S, MOST_ENTRIES, check_identity, selection_of},
    select::Matcher,
};
use cim_layers::layer::Words;
use cim_model::{Datastream, Thing, UtcMillis};

/// How many groups a file, and a set of files, may hold.
pub const MOST_SUPPRESSION_GROUPS: usize = 256;
/// How many windows a group may have.
const MOST_WINDOWS: usize = 32;
/// The longest that somebody may suppress a group by hand where nobody says otherwise, seconds.
const USUAL_BY_HAND_S: f64 = 14_400.0;
/// The zone of windows where nobody says otherwise, minutes east of UTC: Asia/Shanghai, without summer time since 1991.
const USUAL_OFFSET_MIN: f64 = 480.0;
const DAY_MIN: u32 = 1_440;
const MINUTE_MS: i64 = 60_000;

/// Conditions that leave the list together.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupPlan {
    /// Identity, as that of a rule.
    pub id: String,
    /// What people call it.
    pub name: Words,
    /// Why it is there.
    pub about: Words,
    /// The file that it stands in.
    pub file: String,
    /// The line in which it begins.
    pub line: u32,
    /// What belongs to it, beside the conditions of rules that name it in their `group`.
    pub members: Option<ConditionPick>,
    /// While a condition of these is active, the members are suppressed. What is picked here is never suppressed itself.
    pub triggers: Option<ConditionPick>,
    /// When the members are suppressed, whatever happens: planned maintenance.
    pub windows: Vec<Window>,
    /// The zone of the windows, minutes east of UTC.
    pub utc_offset_min: i64,
    /// The longest that somebody may suppress it by hand, seconds.
    pub by_hand_max_s: f64,
}

/// Conditions, by their rules and by what they are about. What is empty narrows nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConditionPick {
    /// Rules; `limits` for the datastreams' own limits.
    pub rules: Vec<String>,
    /// Things and series. Conditions about areas are picked only where this is empty.
    pub on: Selection,
}

/// A stretch of every day, or of some days of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The days on which it begins, from Monday.
    pub days: [bool; 7],
    /// When it begins, minutes after midnight.
    pub from_min: u32,
    /// When it ends; on the day after where that is not later than its beginning.
    pub to_min: u32,
}

impl ConditionPick {
    /// True when a condition of `rule` is picked which is about `thing`, and about `datastream` where it looks at one.
    pub fn takes(
        &self,
        rule: &str,
        thing: Option<&Thing>,
        datastream: Option<&Datastream>,
    ) -> bool {
        if !self.rules.is_empty() && !self.rules.iter().any(|known| known == rule) {
            return false;
        }
        match thing {
            Some(thing) => Matcher::new(&self.on).takes_source(thing, datastream),
            None => self.on == Selection::default(),
        }
    }
}

impl GroupPlan {
    /// Until when one of its windows holds at `at`; `None` when none does.
    pub fn window_until(&self, at: UtcMillis) -> Option<UtcMillis> {
        let local_ms = at.0.saturating_add(self.utc_offset_min * MINUTE_MS);
        let minute = local_ms.div_euclid(MINUTE_MS);
        let begun = -local_ms.rem_euclid(MINUTE_MS);
        let left = self
            .windows
            .iter()
            .filter_map(|window| window.left_at(minute));
        let left = i64::from(left.max()?);
        Some(UtcMillis(
            at.0.saturating_add(begun).saturating_add(left * MINUTE_MS),
        ))
    }

    /// What of the group has no use among `rules`; it is taken all the same.
    pub(super) fn doubts(&self, rules: &[RulePlan]) -> Vec<RuleProblem> {
        let mut problems = Vec::new();
        for (key, pick) in [("members", &self.members), ("while", &self.triggers)] {
            let named = pick.iter().flat_map(|pick| &pick.rules);
            let missing = named.filter(|id| {
                *id != super::set::OWN_LIMITS && !rules.iter().any(|rule| rule.id == **id)
            });
            problems
                .extend(missing.map(|id| self.problem(key, format!("there is no rule `{id}`"))));
        }
        let is_named = rules.iter().any(|rule| rule.groups.contains(&self.id));
        if self.members.is_none() && !is_named {
            let reason = "nothing belongs to the group: it has no members, and no rule names it";
            problems.push(self.problem("members", reason.to_owned()));
        }
        problems
    }

    fn problem(&self, key: &str, reason: String) -> RuleProblem {
        RuleProblem {
            file: self.file.clone(),
            line: self.line,
            rule: self.id.clone(),
            key: key.to_owned(),
            reason,
            is_passed_over: true,
        }
    }
}

/// What is said of a rule that names groups which nobody wrote down.
pub(super) fn groups_nowhere(rule: &RulePlan, groups: &[GroupPlan]) -> Vec<RuleProblem> {
    let is_known = |id: &String| groups.iter().any(|group| group.id == *id);
    let missing = rule.groups.iter().filter(|id| !is_known(id));
    missing
        .map(|id| RuleProblem {
            is_passed_over: true,
            ..rule.problem("group", format!("there is no group `{id}`"))
        })
        .collect()
}

impl Window {
    /// How many minutes it still holds at `minute` (minutes of local time since 1970); `None` when it does not.
    fn left_at(self, minute: i64) -> Option<u32> {
        let day_min = i64::from(DAY_MIN);
        let (day, of_day) = (minute.div_euclid(day_min), minute.rem_euclid(day_min));
        let of_day = u32::try_from(of_day).ok()?;
        // 1970-01-01 was a Thursday.
        let weekday = |day: i64| usize::try_from((day + 3).rem_euclid(7)).unwrap_or_default();
        let begins_on = |day: i64| self.days.get(weekday(day)).copied().unwrap_or(false);
        let length = if self.to_min > self.from_min {
            self.to_min - self.from_min
        } else {
            DAY_MIN - self.from_min + self.to_min
        };
        let since_today = of_day.checked_sub(self.from_min);
        let since_yesterday = (of_day + DAY_MIN).checked_sub(self.from_min);
        let left = |since: Option<u32>, day: i64| {
            let since = since.filter(|since| *since < length && begins_on(day))?;
            Some(length - since)
        };
        left(since_today, day).max(left(since_yesterday, day - 1))
    }
}

/// Reads one group.
pub(super) fn group_of(keys: &mut Keys<'_>, file: &str) -> Option<GroupPlan> {
    let id = keys.required_text("id")?;
    check_identity(keys, id);
    id.clone_into(&mut keys.rule);
    if keys.value("name").is_none() {
        keys.wrong("name", "is missing");
    }
    let offset = keys.number("utc_offset_minutes", [-1_080.0, 1_080.0]);
    let by_hand = keys.number("by_hand_max_s", [1.0, LONGEST_S]);
    Some(GroupPlan {
        id: id.to_owned(),
        name: keys.words("name"),
        about: keys.words("about"),
        file: file.to_owned(),
        line: keys.line(),
        members: pick_of(keys, "members"),
        triggers: pick_of(keys, "while"),
        windows: windows_of(keys),
        utc_offset_min: offset.unwrap_or(USUAL_OFFSET_MIN).round() as i64,
        by_hand_max_s: by_hand.unwrap_or(USUAL_BY_HAND_S),
    })
}

fn pick_of(keys: &mut Keys<'_>, key: &'static str) -> Option<ConditionPick> {
    let mut table = keys.table(key)?;
    let pick = ConditionPick {
        rules: table.texts("rules", MOST_ENTRIES),
        on: selection_of(&mut table),
    };
    table.finish();
    if pick == ConditionPick::default() {
        keys.wrong(key, "neither names rules nor selects anything");
    }
    if pick.on.is_without_own_limits {
        keys.wrong(key, "`without_own_limits` is about rules, not about groups");
    }
    Some(pick)
}

fn windows_of(keys: &mut Keys<'_>) -> Vec<Window> {
    let tables = keys.tables("windows");
    if tables.len() > MOST_WINDOWS {
        keys.wrong(
            "windows",
            format!("at most {MOST_WINDOWS} windows are possible"),
        );
    }
    let read = tables.into_iter().map(|mut table| {
        let window = Window {
            days: days_of(&mut table),
            from_min: minute_of(&mut table, "from"),
            to_min: minute_of(&mut table, "to"),
        };
        table.finish();
        window
    });
    read.collect()
}

/// The days under `days`; every day where there are none.
fn days_of(table: &mut Keys<'_>) -> [bool; 7] {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let named = table.texts("days", DAYS.len());
    for word in &named {
        if !DAYS.contains(&word.as_str()) {
            let reason = format!("`{word}` is unknown; known here: {}", DAYS.join(", "));
            table.wrong("days", reason);
        }
    }
    DAYS.map(|day| named.is_empty() || named.iter().any(|word| word == day))
}

/// The minute of the day under `key`, which is a text like "22:30".
fn minute_of(table: &mut Keys<'_>, key: &'static str) -> u32 {
    let Some(text) = table.required_text(key) else {
        return 0;
    };
    let minute = text.split_once(':').and_then(|(hours, minutes)| {
        let hours = hours.parse::<u32>().ok().filter(|hours| *hours <= 24)?;
        let minutes = minutes
            .parse::<u32>()
            .ok()
            .filter(|minutes| *minutes < 60)?;
        Some(hours * 60 + minutes).filter(|minute| *minute <= DAY_MIN)
    });
    if minute.is_none() {
        table.wrong(key, format!("`{text}` is no time like \"22:30\""));
    }
    minute.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{RuleFile, RuleSet};

    const RULE: &str = "[[rule]]\nid = \"r\"\nname = { zh = \"规\", en = \"R\" }\n\
                        when = { is = \"missing\", periods = 3 }\n";

    /// Reads a rule and a group with `lines` behind its identity and its name.
    fn read(lines: &str) -> (RuleSet, Vec<RuleProblem>) {
        let text = format!(
            "{RULE}[[group]]\nid = \"g\"\nname = {{ zh = \"组\", en = \"Group\" }}\n{lines}"
        );
        let file = RuleFile {
            name: "t.toml",
            text: &text,
        };
        RuleSet::read(&[file])
    }

    #[track_caller]
    fn check_wrong(lines: &str, key: &str, part: &str, is_taken: bool) {
        let (set, problems) = read(lines);
        let first = problems.first().expect("something is wrong");
        assert_eq!(first.key, key, "{first}");
        assert!(first.reason.contains(part), "{first}");
        assert_eq!(set.groups().len(), usize::from(is_taken), "{first}");
        assert_eq!(set.rules().len(), 1, "the rule stands beside it");
    }

    #[test]
    fn a_group_with_every_key_is_read() {
        let (set, problems) = read(
            "about = { zh = \"说明\", en = \"About\" }\n\
             members = { rules = [\"r\"], on = { kinds = [\"gas\"], area = [[0, 0], [1, 0], [1, 1]] } }\n\
             while = { rules = [\"limits\"], on = { ids = [\"t1\"] } }\n\
             windows = [{ days = [\"sat\", \"sun\"], from = \"22:00\", to = \"05:30\" }, { from = \"1:00\", to = \"2:00\" }]\n\
             utc_offset_minutes = 0\nby_hand_max_s = 600\n",
        );
        assert_eq!(problems, []);
        let [group] = set.groups() else {
            panic!("one group: {:?}", set.groups());
        };
        assert_eq!((group.id.as_str(), group.line), ("g", 5));
        assert_eq!(
            (group.utc_offset_min, group.by_hand_max_s.round() as i64),
            (0, 600)
        );
        let members = group.members.as_ref().expect("members");
        assert!(members.on.area.is_some());
        assert!(
            !members.takes("r", None, None),
            "an area is not at a gas sensor"
        );
        let [weekend, every] = group.windows.as_slice() else {
            panic!("two windows: {:?}", group.windows);
        };
        assert_eq!((weekend.from_min, weekend.to_min), (1_320, 330));
        assert_eq!(
            weekend.days,
            [false, false, false, false, false, true, true]
        );
        assert_eq!(every.days, [true; 7]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_key() {
        check_wrong("members = { }\n", "members", "neither names", false);
        check_wrong(
            "while = { rules = [\"x\"] }\n",
            "while",
            "no rule `x`",
            true,
        );
        check_wrong("", "members", "nothing belongs", true);
        check_wrong(
            "members = { rules = [\"r\"] }\nwindows = [{ from = \"25:00\", to = \"1:00\" }]\n",
            "windows[0].from",
            "no time",
            false,
        );
        check_wrong(
            "members = { rules = [\"r\"] }\nwindows = [{ days = [\"someday\"], from = \"1:00\", to = \"2:00\" }]\n",
            "windows[0].days",
            "unknown",
            false,
        );
    }

    #[test]
    fn a_rule_that_names_no_group_that_is_there_is_told_and_taken() {
        let text = format!("{RULE}group = [\"nowhere\"]\n");
        let file = RuleFile {
            name: "t.toml",
            text: &text,
        };
        let (set, problems) = RuleSet::read(&[file]);
        assert_eq!(set.rules().len(), 1);
        let told: Vec<&str> = problems.iter().map(|one| one.reason.as_str()).collect();
        assert_eq!(told, ["there is no group `nowhere`"]);
    }

    /// Whether a window of these days holds at `hour` o'clock of a day of 1970, of which the first was a Thursday; and for how
    /// many hours more.
    #[track_caller]
    fn check(days: [bool; 7], [from, to]: [u32; 2], (day, hour): (i64, i64), left_h: Option<i64>) {
        let group = GroupPlan {
            id: String::new(),
            name: Words::default(),
            about: Words::default(),
            file: String::new(),
            line: 0,
            members: None,
            triggers: None,
            windows: vec![Window {
                days,
                from_min: from * 60,
                to_min: to * 60,
            }],
            utc_offset_min: 480,
            by_hand_max_s: 60.0,
        };
        // Half a minute into the minute: what is left is counted from its beginning.
        let at = UtcMillis((day * 24 + hour - 8) * 3_600_000 + 30_000);
        let until = group.window_until(at);
        let expected = left_h.map(|left| UtcMillis(at.0 - 30_000 + left * 3_600_000));
        assert_eq!(until, expected, "{from}–{to} at {hour} of day {day}");
    }

    #[test]
    fn a_window_holds_on_its_days_and_over_midnight() {
        let thursday = [false, false, false, true, false, false, false];
        check([true; 7], [9, 17], (0, 9), Some(8));
        check([true; 7], [9, 17], (0, 16), Some(1));
        check([true; 7], [9, 17], (0, 17), None);
        check(thursday, [22, 5], (0, 23), Some(6));
        check(thursday, [22, 5], (1, 4), Some(1));
        check(thursday, [22, 5], (1, 23), None);
        check(thursday, [22, 5], (0, 4), None);
        check([true; 7], [0, 24], (3, 12), Some(12));
    }
}
