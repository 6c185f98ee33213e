//! Reads the condition of a rule: what lies under `when`.

use super::{
    By, Combination, CountRule, Deviation, Expected, FenceState, LevelTable, Levels, Rate, Stuck,
    When,
    keys::Keys,
    read::{FARTHEST, LONGEST_S},
    severity_word,
};
use cim_model::Severity;

/// How many conditions a count may ask for: so many are remembered for each area.
const MOST_COUNTED: f64 = 4_096.0;
/// How many values standing still may be right at.
const MOST_EXCEPTIONS: usize = 16;
/// How many other rules a combination may name in one list.
const MOST_MEMBERS: usize = 32;
/// How many fences a rule may name: each has a bit.
const MOST_FENCES: usize = 64;
/// Any number.
const ANY: [f64; 2] = [-FARTHEST, FARTHEST];
/// A positive number.
const POSITIVE: [f64; 2] = [1e-12, FARTHEST];
/// Seconds.
const SECONDS: [f64; 2] = [1.0, LONGEST_S];

/// The kinds of condition.
#[derive(Clone, Copy)]
enum Kind {
    Limits,
    Rate,
    Deviation,
    Stuck,
    Missing,
    Fence,
    Count,
    Combination,
}

const KINDS: [(&str, Kind); 8] = [
    ("limits", Kind::Limits),
    ("rate", Kind::Rate),
    ("deviation", Kind::Deviation),
    ("stuck", Kind::Stuck),
    ("missing", Kind::Missing),
    ("geofence", Kind::Fence),
    ("count", Kind::Count),
    ("combination", Kind::Combination),
];

/// The condition that `keys` state; `severity` is that of levels which do not say.
pub(super) fn when(mut keys: Keys<'_>, severity: Severity) -> Option<When> {
    if keys.value("is").is_none() {
        keys.wrong("is", "is missing");
    }
    let kind = keys.choice("is", &KINDS)?;
    let when = match kind {
        Kind::Limits => limits(&mut keys, severity),
        Kind::Rate => rate(&mut keys, severity),
        Kind::Deviation => deviation(&mut keys, severity),
        Kind::Stuck => stuck(&mut keys, severity),
        Kind::Missing => missing(&mut keys, severity),
        Kind::Fence => fence(&mut keys),
        Kind::Count => count(&mut keys, severity),
        Kind::Combination => combination(&mut keys),
    };
    keys.finish();
    when
}

fn limits(keys: &mut Keys<'_>, severity: Severity) -> Option<When> {
    let mut above = keys.levels("above", ANY, severity).unwrap_or_default();
    let mut below = keys.levels("below", ANY, severity).unwrap_or_default();
    single(keys, "hihi", Severity::High.max(severity), &mut above);
    single(keys, "hi", severity, &mut above);
    single(keys, "lo", severity, &mut below);
    single(keys, "lolo", Severity::High.max(severity), &mut below);
    check_levels(keys, &above, &below.map(|level| -level))?;
    Some(When::Limits(Levels { above, below }))
}

/// One level by its name in OPC UA (Part 9, 5.8.18): a number, or `{ value, severity }`.
fn single(keys: &mut Keys<'_>, key: &'static str, usual: Severity, into: &mut LevelTable) {
    let Some(value) = keys.value(key) else {
        return;
    };
    let (level, severity) = if value.get_ref().as_table().is_some() {
        let Some(mut table) = keys.table(key) else {
            return;
        };
        let words = Severity::ALARMING.map(|severity| (severity_word(severity), severity));
        let severity = table.choice("severity", &words);
        let level = table.number("value", ANY);
        if table.value("value").is_none() {
            table.wrong("value", "is missing");
        }
        table.finish();
        (level, severity.unwrap_or(usual))
    } else {
        (keys.number(key, ANY), usual)
    };
    if level.is_some() && into.get(severity).is_some() {
        let word = severity_word(severity);
        keys.wrong(
            key,
            format!("another level on this side is `{word}` already"),
        );
    }
    into.set(severity, level);
}

/// There must be a level, and the worse must lie farther out. Levels of the falling side come with their sign turned.
fn check_levels(keys: &Keys<'_>, above: &LevelTable, below: &LevelTable) -> Option<()> {
    if above.is_empty() && below.is_empty() {
        keys.wrong("", "states no level");
        return None;
    }
    for table in [above, below] {
        let levels: Vec<f64> = table.worst_first().map(|(_, level)| level).collect();
        if !levels.is_sorted_by(|worse, milder| worse > milder) {
            keys.wrong("", "a worse level has to lie farther out than a milder one");
            return None;
        }
    }
    Some(())
}

fn rate(keys: &mut Keys<'_>, severity: Severity) -> Option<When> {
    let over_s = required_number(keys, "over_s", SECONDS);
    let units = [("own", false), ("percent", true)];
    let is_percent = keys.choice("unit", &units).unwrap_or(false);
    let rise = keys.levels("rise", POSITIVE, severity).unwrap_or_default();
    let fall = keys.levels("fall", POSITIVE, severity).unwrap_or_default();
    check_levels(keys, &rise, &fall)?;
    Some(When::Rate(Rate {
        over_s: over_s?,
        is_percent,
        rise,
        fall,
    }))
}

fn deviation(keys: &mut Keys<'_>, severity: Severity) -> Option<When> {
    let from = expected(keys);
    let both = keys.levels("by", POSITIVE, severity).unwrap_or_default();
    let above = keys.levels("above", POSITIVE, severity).unwrap_or(both);
    let below = keys.levels("below", POSITIVE, severity).unwrap_or(both);
    check_levels(keys, &above, &below)?;
    Some(When::Deviation(Deviation {
        from: from?,
        above,
        below,
        least: keys.number("least", [0.0, FARTHEST]).unwrap_or(0.0),
    }))
}

fn expected(keys: &mut Keys<'_>) -> Option<Expected> {
    #[derive(Clone, Copy)]
    enum Word {
        Day,
        Week,
        Yesterday,
        Series,
    }
    let words = [
        ("hour_of_day", Word::Day),
        ("hour_of_week", Word::Week),
        ("yesterday", Word::Yesterday),
        ("series", Word::Series),
    ];
    if keys.value("from").is_none() {
        keys.wrong("from", "is missing");
    }
    match keys.choice("from", &words)? {
        Word::Day => Some(Expected::HourOfDay {
            least_days: keys.number("least_days", [1.0, 60.0]).unwrap_or(3.0) as u8,
        }),
        Word::Week => Some(Expected::HourOfWeek {
            least_weeks: keys.number("least_weeks", [1.0, 20.0]).unwrap_or(2.0) as u8,
        }),
        Word::Yesterday => Some(Expected::Yesterday),
        Word::Series => {
            let property = keys.required_text("property")?.to_owned();
            Some(Expected::Series { property })
        }
    }
}

fn stuck(keys: &mut Keys<'_>, severity: Severity) -> Option<When> {
    let for_s = required_levels(keys, "for_s", SECONDS, severity)?;
    Some(When::Stuck(Stuck {
        for_s,
        by: keys.number("by", [0.0, FARTHEST]).unwrap_or(0.0),
        except: keys.numbers("except", MOST_EXCEPTIONS),
    }))
}

fn missing(keys: &mut Keys<'_>, severity: Severity) -> Option<When> {
    required_levels(keys, "periods", [1.0, 1e6], severity).map(When::Missing)
}

fn fence(keys: &mut Keys<'_>) -> Option<When> {
    let words = [
        ("inside", FenceState::Inside),
        ("outside", FenceState::Outside),
        ("dwelling", FenceState::Dwelling),
        ("passed", FenceState::Passed),
    ];
    let fences = keys.texts("fences", MOST_FENCES);
    if fences.is_empty() {
        keys.wrong("fences", "is missing, or names no fence");
    }
    if keys.value("state").is_none() {
        keys.wrong("state", "is missing");
    }
    let state = keys.choice("state", &words)?;
    (!fences.is_empty()).then_some(When::Fence { state, fences })
}

fn count(keys: &mut Keys<'_>, severity: Severity) -> Option<When> {
    let of = keys.required_text("of");
    let least = required_levels(keys, "least", [1.0, MOST_COUNTED], severity);
    let within_s = keys.number("within_s", SECONDS).unwrap_or(0.0);
    let by = by(keys, By::Selection);
    Some(When::Count(CountRule {
        of: of?.to_owned(),
        least: least?,
        within_s,
        by,
    }))
}

fn combination(keys: &mut Keys<'_>) -> Option<When> {
    let made = Combination {
        all: keys.texts("all", MOST_MEMBERS),
        any: keys.texts("any", MOST_MEMBERS),
        none: keys.texts("none", MOST_MEMBERS),
        by: by(keys, By::Thing),
    };
    // Without this everything that is quiet would be an alarm.
    if made.all.is_empty() && made.any.is_empty() {
        keys.wrong("", "`all` or `any` has to name a rule");
        return None;
    }
    Some(When::Combination(made))
}

/// `thing`, `selection`, or the name of a property of things.
fn by(keys: &mut Keys<'_>, usual: By) -> By {
    match keys.text("by") {
        None => usual,
        Some("thing") => By::Thing,
        Some("selection") => By::Selection,
        Some(property) => By::Property(property.to_owned()),
    }
}

fn required_number(keys: &mut Keys<'_>, key: &'static str, bounds: [f64; 2]) -> Option<f64> {
    if keys.value(key).is_none() {
        keys.wrong(key, "is missing");
    }
    keys.number(key, bounds)
}

fn required_levels(
    keys: &mut Keys<'_>,
    key: &'static str,
    bounds: [f64; 2],
    severity: Severity,
) -> Option<LevelTable> {
    if keys.value(key).is_none() {
        keys.wrong(key, "is missing");
    }
    let levels = keys.levels(key, bounds, severity)?;
    check_levels(keys, &levels, &LevelTable::default())?;
    Some(levels)
}
