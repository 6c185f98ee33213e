//! Conditions on attributes: how they are typed, and what they ask of a feature.
//!
//! `高度>100`, `use=office`, `name~塔`, `height>=50m`, `material=*`. Full-width signs count like the others, and a value with
//! blanks stands between quotes.

use crate::{
    city::Feature,
    search::fold,
    texts::text,
    wire::{ComparisonDto, ConditionDto},
};

/// How comparisons are written; of two that begin at the same place the longer one stands first.
const SIGNS: [(&str, ComparisonDto); 14] = [
    (">=", ComparisonDto::AtLeast),
    ("<=", ComparisonDto::AtMost),
    ("!=", ComparisonDto::Different),
    ("≥", ComparisonDto::AtLeast),
    ("≤", ComparisonDto::AtMost),
    ("≠", ComparisonDto::Different),
    (">", ComparisonDto::Greater),
    ("＞", ComparisonDto::Greater),
    ("<", ComparisonDto::Less),
    ("＜", ComparisonDto::Less),
    ("=", ComparisonDto::Equal),
    ("＝", ComparisonDto::Equal),
    ("~", ComparisonDto::Contains),
    ("～", ComparisonDto::Contains),
];

/// Attributes that every feature may have, and their names.
const OWN_KEYS: [(&str, Key); 8] = [
    ("name", Key::Name),
    ("id", Key::Id),
    ("class", Key::Class),
    ("kind", Key::Kind),
    ("height", Key::Height),
    ("min_height", Key::MinHeight),
    ("levels", Key::Levels),
    ("ground", Key::Ground),
];

/// Languages in which an attribute may be called by its label.
const LANGUAGES: [&str; 2] = ["zh-CN", "en"];

/// Which attribute is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Name,
    Id,
    Class,
    Kind,
    Height,
    MinHeight,
    Levels,
    Ground,
    Tag(String),
}

/// What a feature says under a key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'a> {
    Number(f64),
    Text(&'a str),
}

impl Key {
    /// The attribute called `typed`: by its name, or by its label in one of the languages.
    pub(crate) fn of(typed: &str) -> Self {
        let typed = typed.trim();
        let wanted = fold(typed);
        for (name, key) in OWN_KEYS {
            if wanted == name || is_label(&wanted, name) {
                return key;
            }
        }
        match wanted.as_str() {
            "名称" => Self::Name,
            "标识" | "标识码" => Self::Id,
            _ => Self::Tag(typed.to_owned()),
        }
    }

    /// What `feature` says; `None` when it says nothing.
    pub(crate) fn value<'a>(&self, feature: &'a Feature) -> Option<Value<'a>> {
        let text = |text: &'a str| (!text.is_empty()).then_some(Value::Text(text));
        match self {
            Self::Name => text(&feature.name).or_else(|| text(&feature.name_en)),
            Self::Id => text(&feature.id),
            Self::Class => text(&feature.class),
            Self::Kind => text(&feature.kind),
            Self::Height => feature.height_m.map(Value::Number),
            Self::MinHeight => feature.min_height_m.map(Value::Number),
            Self::Levels => feature.levels.map(Value::Number),
            Self::Ground => Some(Value::Number(feature.ground_m)),
            Self::Tag(key) => {
                let exact = feature.tags.get(key);
                let value = exact.or_else(|| {
                    let mut tags = feature.tags.iter();
                    tags.find(|(name, _)| name.eq_ignore_ascii_case(key))
                        .map(|(_, value)| value)
                });
                value.map(String::as_str).and_then(text)
            }
        }
    }
}

/// True when people call the attribute `name` so.
fn is_label(wanted: &str, name: &str) -> bool {
    LANGUAGES.iter().any(|language| {
        text(language, &format!("attribute.{name}")).is_some_and(|label| fold(&label) == wanted)
    })
}

impl Value<'_> {
    /// As a number, where it is one or begins with one: `12 m`.
    pub(crate) fn number(self) -> Option<f64> {
        match self {
            Self::Number(number) => number.is_finite().then_some(number),
            Self::Text(text) => number_of(text),
        }
    }

    /// As text.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Number(number) => {
                let text = format!("{number:.2}");
                let short = text.trim_end_matches('0').trim_end_matches('.');
                short.to_owned()
            }
            Self::Text(text) => text.to_owned(),
        }
    }
}

/// A condition, ready to be asked of many features.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    key: Key,
    comparison: ComparisonDto,
    folded: String,
    number: Option<f64>,
}

impl Condition {
    pub(crate) fn new(asked: &ConditionDto) -> Self {
        Self {
            key: Key::of(&asked.key),
            comparison: asked.comparison,
            folded: fold(asked.value.trim()),
            number: number_of(&asked.value),
        }
    }

    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// True when `feature` meets it. What a feature does not say it does not meet.
    pub(crate) fn holds(&self, feature: &Feature) -> bool {
        self.key
            .value(feature)
            .is_some_and(|value| self.accepts(value))
    }

    /// True for a value that it asks for.
    pub(crate) fn accepts(&self, value: Value<'_>) -> bool {
        let compared = || Some(value.number()?.total_cmp(&self.number?));
        match self.comparison {
            ComparisonDto::Known => true,
            ComparisonDto::Contains => fold(&value.text()).contains(&self.folded),
            ComparisonDto::Equal => self.equals(value),
            ComparisonDto::Different => !self.equals(value),
            ComparisonDto::Less => compared().is_some_and(std::cmp::Ordering::is_lt),
            ComparisonDto::AtMost => compared().is_some_and(std::cmp::Ordering::is_le),
            ComparisonDto::Greater => compared().is_some_and(std::cmp::Ordering::is_gt),
            ComparisonDto::AtLeast => compared().is_some_and(std::cmp::Ordering::is_ge),
        }
    }

    fn equals(&self, value: Value<'_>) -> bool {
        const SAME: f64 = 1.0e-9;
        match (value, self.number) {
            (Value::Number(number), Some(wanted)) => (number - wanted).abs() <= SAME,
            (Value::Number(_), None) => false,
            (Value::Text(text), _) => fold(text) == self.folded,
        }
    }
}

/// What is typed, taken apart: the words, and the conditions among them.
pub(crate) fn parse(typed: &str) -> (Vec<String>, Vec<ConditionDto>) {
    let mut words = Vec::new();
    let mut conditions = Vec::new();
    for token in tokens(typed) {
        match condition_of(&token) {
            Some(condition) => conditions.push(condition),
            None => words.push(token.replace('"', "")),
        }
    }
    words.retain(|word| !word.is_empty());
    (words, conditions)
}

/// Pieces between blanks; what stands between quotes stays together.
fn tokens(typed: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut token = String::new();
    let mut is_quoted = false;
    for letter in typed.chars() {
        let letter = if matches!(letter, '“' | '”') {
            '"'
        } else {
            letter
        };
        if letter == '"' {
            is_quoted = !is_quoted;
        }
        if letter.is_whitespace() && !is_quoted {
            tokens.push(std::mem::take(&mut token));
        } else {
            token.push(letter);
        }
    }
    tokens.push(token);
    tokens.retain(|token| !token.is_empty());
    tokens
}

fn condition_of(token: &str) -> Option<ConditionDto> {
    let found = SIGNS
        .iter()
        .filter_map(|(sign, comparison)| Some((token.find(sign)?, *sign, *comparison)));
    // `min_by_key` keeps the first of equals: the longer sign.
    let (at, sign, comparison) = found.min_by_key(|(at, _, _)| *at)?;
    let key = token.get(..at)?.trim_matches('"');
    let value = token.get(at + sign.len()..)?.trim_matches('"');
    // A sign with nothing before or after it is still being typed, or no condition at all.
    if key.is_empty() || value.is_empty() {
        return None;
    }
    let is_known = value == "*" && comparison == ComparisonDto::Equal;
    Some(ConditionDto {
        key: key.to_owned(),
        comparison: if is_known {
            ComparisonDto::Known
        } else {
            comparison
        },
        value: if is_known {
            String::new()
        } else {
            value.to_owned()
        },
    })
}

/// The number that `text` is, or begins with before a unit of a few letters.
pub(crate) fn number_of(text: &str) -> Option<f64> {
    const LONGEST_UNIT: usize = 5;
    let text = text.trim();
    let end = text
        .char_indices()
        .find(|(at, letter)| {
            let is_sign = *at == 0 && matches!(letter, '-' | '+');
            !(letter.is_ascii_digit() || *letter == '.' || is_sign)
        })
        .map_or(text.len(), |(at, _)| at);
    let (number, unit) = text.split_at_checked(end)?;
    let unit = unit.trim();
    if unit.chars().count() > LONGEST_UNIT || unit.contains(|letter: char| letter.is_ascii_digit())
    {
        return None;
    }
    number
        .parse()
        .ok()
        .filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::city::tests::feature;

    fn tower() -> Feature {
        let mut tower = feature("w1", "building", "上海中心大厦", "Shanghai Tower");
        tower.height_m = Some(632.0);
        tower.tags.insert("use".to_owned(), "Office".to_owned());
        tower
            .tags
            .insert("diameter".to_owned(), "300 mm".to_owned());
        tower
    }

    #[track_caller]
    fn check(typed: &str, expected: bool) {
        let (words, conditions) = parse(typed);
        assert_eq!((words.len(), conditions.len()), (0, 1), "{typed}");
        let holds = Condition::new(&conditions[0]).holds(&tower());
        assert_eq!(holds, expected, "{typed}");
    }

    #[test]
    fn conditions_hold_or_do_not() {
        check("高度>100", true);
        check("height>=632", true);
        check("Height＜100m", false);
        check("use=office", true);
        check("use!=office", false);
        check("use~ffi", true);
        check("diameter>=300", true);
        check("use=*", true);
        check("roof=*", false);
        check("levels>1", false);
        check("use=\"old office\"", false);
    }

    #[test]
    fn what_is_still_being_typed_is_no_condition() {
        assert_eq!(parse("高度>"), (vec!["高度>".to_owned()], Vec::new()));
        let (words, conditions) = parse("中心  大厦 高度≥100");
        assert_eq!(words, ["中心", "大厦"]);
        assert_eq!(conditions[0].comparison, ComparisonDto::AtLeast);
    }

    #[test]
    fn a_number_may_carry_its_unit_and_a_date_is_no_number() {
        assert_eq!(number_of("300 mm"), Some(300.0));
        assert_eq!(number_of("-1.5"), Some(-1.5));
        assert_eq!(number_of("2025-04-18"), None);
        assert_eq!(number_of("office"), None);
    }
}
