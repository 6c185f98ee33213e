//! Messages with `{placeholders}`: checked when a plan is read, filled when a message goes out.

use std::collections::BTreeMap;

/// What a message can tell. `{{` and `}}` stand for the braces themselves.
pub const PLACEHOLDERS: [&str; 12] = [
    "title", "category", "level", "response", "place", "time", "unit", "officer", "phone", "value",
    "area", "detour",
];

/// What is wrong with a message's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    /// A brace without its partner.
    #[error(
        "the brace at character {column} has no partner; write it twice if it is meant as it is"
    )]
    Stray {
        /// The character, from 1.
        column: usize,
    },
    /// A placeholder that nobody can fill.
    #[error("`{{{name}}}` is unknown; known are {}", PLACEHOLDERS.join(", "))]
    Unknown {
        /// Its name.
        name: String,
    },
}

/// A filled message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// The text; what is missing stands as `____`.
    pub text: String,
    /// The placeholders that had no value, in order.
    pub missing: Vec<String>,
}

/// A piece of a message.
enum Piece<'t> {
    Text(&'t str),
    Hole(&'t str),
}

/// The placeholders of `text` in order, each as often as it stands there.
pub fn placeholders(text: &str) -> Result<Vec<&str>, TemplateFault> {
    let mut names = Vec::new();
    for piece in pieces(text)? {
        if let Piece::Hole(name) = piece {
            if !PLACEHOLDERS.contains(&name) {
                let name = name.to_owned();
                return Err(TemplateFault::Unknown { name });
            }
            names.push(name);
        }
    }
    Ok(names)
}

/// `text` with `values` in the place of its placeholders.
pub fn fill(text: &str, values: &BTreeMap<&str, String>) -> Result<Filled, TemplateFault> {
    let mut filled = Filled {
        text: String::with_capacity(text.len()),
        missing: Vec::new(),
    };
    for piece in pieces(text)? {
        match piece {
            Piece::Text(part) => filled.text.push_str(part),
            Piece::Hole(name) => {
                if let Some(value) = values.get(name).filter(|value| !value.is_empty()) {
                    filled.text.push_str(value);
                } else {
                    filled.text.push_str("____");
                    filled.missing.push(name.to_owned());
                }
            }
        }
    }
    Ok(filled)
}

fn pieces(text: &str) -> Result<Vec<Piece<'_>>, TemplateFault> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, brace) = rest.split_at(at);
        pieces.push(Piece::Text(before));
        let stray = TemplateFault::Stray {
            column: text
                .len()
                .checked_sub(brace.len())
                .and_then(|bytes| text.get(..bytes))
                .map_or(1, |passed| passed.chars().count() + 1),
        };
        if let Some(after) = brace.strip_prefix("{{") {
            pieces.push(Piece::Text("{"));
            rest = after;
        } else if let Some(after) = brace.strip_prefix("}}") {
            pieces.push(Piece::Text("}"));
            rest = after;
        } else if let Some((name, after)) = brace
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'))
            .filter(|(name, _)| !name.contains('{'))
        {
            pieces.push(Piece::Hole(name.trim()));
            rest = after;
        } else {
            return Err(stray);
        }
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str, missing: &[&str]) {
        let values = BTreeMap::from([
            ("place", "中山路下穿".to_owned()),
            ("time", "03:12".to_owned()),
            ("unit", String::new()),
        ]);
        let filled = fill(text, &values).expect("the text is right");
        assert_eq!(filled.text, expected);
        assert_eq!(filled.missing, missing);
    }

    #[test]
    fn placeholders_are_filled_and_what_is_missing_is_told() {
        check("{time} {place}积水", "03:12 中山路下穿积水", &[]);
        check("{ place }：{unit}", "中山路下穿：____", &["unit"]);
        check("{{place}} {officer}", "{place} ____", &["officer"]);
        check("", "", &[]);
    }

    #[test]
    fn wrong_texts_are_told_with_their_place() {
        assert_eq!(
            placeholders("积水{place"),
            Err(TemplateFault::Stray { column: 3 })
        );
        assert_eq!(
            placeholders("a}b").map_err(|fault| fault.to_string()),
            Err(
                "the brace at character 2 has no partner; write it twice if it is meant as it is"
                    .to_owned()
            )
        );
        assert_eq!(
            placeholders("{a {place}"),
            Err(TemplateFault::Stray { column: 1 })
        );
        let unknown = placeholders("{where}").map_err(|fault| fault.to_string());
        assert!(
            unknown.is_err_and(|text| text.starts_with("`{where}` is unknown; known are title"))
        );
        assert_eq!(placeholders("{time}{time}"), Ok(vec!["time", "time"]));
    }
}
