//! What is wrong with a filter, in the desk's language: the texts are `filter_fault.<word>` and `filter_expected.<word>`.

use crate::texts::text;
use cim_layers::layer::{
    FilterError,
    filter::{Expected, FilterFault, MOST_BYTES, MOST_DEPTH},
};

/// What `fault` says in `language`; English where the language has no words for it.
pub(super) fn fault_text(fault: &FilterFault, language: &str) -> String {
    let Some(said) = text(language, &format!("filter_fault.{}", fault.as_str())) else {
        return fault.to_string();
    };
    let mut said = filled(said, &parameters(fault, language));
    if let Some(near) = fault.near()
        && let Some(hint) = text(language, "filter_fault.near")
    {
        said.push_str(&filled(hint, &[("near", near.to_owned())]));
    }
    said
}

/// The same with the column, where somebody wrote it.
pub(super) fn error_text(error: &FilterError, language: &str) -> String {
    let fault = fault_text(&error.fault, language);
    match text(language, "filter_fault.at_column") {
        Some(said) if error.column > 0 => filled(
            said,
            &[("column", error.column.to_string()), ("fault", fault)],
        ),
        _ => fault,
    }
}

fn parameters(fault: &FilterFault, language: &str) -> Vec<(&'static str, String)> {
    let found = |found: &str| ("found", found.to_owned());
    let field = |field: &str| ("field", field.to_owned());
    let expected = |expected: Expected| ("expected", expected_text(expected, language));
    match fault {
        FilterFault::Ends { expected: what } => vec![expected(*what)],
        FilterFault::Unexpected {
            found: sign,
            expected: what,
        } => vec![found(sign), expected(*what)],
        FilterFault::OpenText => Vec::new(),
        FilterFault::BadNumber { found: sign }
        | FilterFault::BadSign { found: sign, .. }
        | FilterFault::UnknownUnit { found: sign } => vec![found(sign)],
        FilterFault::TooLong => vec![("bytes", MOST_BYTES.to_string())],
        FilterFault::TooDeep => vec![("depth", MOST_DEPTH.to_string())],
        FilterFault::UnknownField { name, .. } | FilterFault::NotAFlag { field: name } => {
            vec![field(name)]
        }
        FilterFault::UnknownWord {
            field: name, word, ..
        } => vec![field(name), ("word", word.clone())],
        FilterFault::WrongType {
            field: name,
            expected: what,
        } => vec![field(name), expected(*what)],
        FilterFault::WrongOp {
            field: name,
            op,
            possible,
        } => vec![
            field(name),
            ("op", (*op).to_owned()),
            ("possible", (*possible).to_owned()),
        ],
    }
}

fn expected_text(expected: Expected, language: &str) -> String {
    let said = text(language, &format!("filter_expected.{}", expected.as_str()));
    said.unwrap_or_else(|| expected.to_string())
}

/// `text` with each `%{name}` as its parameter says.
fn filled(text: String, parameters: &[(&str, String)]) -> String {
    parameters.iter().fold(text, |text, (name, value)| {
        text.replace(&format!("%{{{name}}}"), value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_fault() -> Vec<FilterFault> {
        let word = || "vlaue".to_owned();
        let near = Some("value".to_owned());
        vec![
            FilterFault::Ends {
                expected: Expected::Value,
            },
            FilterFault::Unexpected {
                found: word(),
                expected: Expected::Close,
            },
            FilterFault::OpenText,
            FilterFault::BadNumber { found: word() },
            FilterFault::BadSign {
                found: word(),
                near: None,
            },
            FilterFault::TooLong,
            FilterFault::TooDeep,
            FilterFault::UnknownUnit { found: word() },
            FilterFault::UnknownField {
                name: word(),
                near: near.clone(),
            },
            FilterFault::UnknownWord {
                field: word(),
                word: word(),
                near,
            },
            FilterFault::WrongType {
                field: word(),
                expected: Expected::Time,
            },
            FilterFault::WrongOp {
                field: word(),
                op: "<",
                possible: "= !=",
            },
            FilterFault::NotAFlag { field: word() },
        ]
    }

    #[test]
    fn every_fault_is_said_in_both_languages_and_in_english_as_the_filter_itself_says_it() {
        for fault in every_fault() {
            assert_eq!(fault_text(&fault, "en"), fault.to_string());
            let said = fault_text(&fault, "zh-CN");
            assert!(!said.contains("%{"), "{said}");
            assert_ne!(said, fault.to_string());
        }
        for expected in Expected::ALL {
            assert_eq!(expected_text(expected, "en"), expected.to_string());
            let key = format!("filter_expected.{}", expected.as_str());
            assert_ne!(text("zh-CN", &key), text("en", &key), "{key}");
        }
    }

    #[test]
    fn a_fault_names_its_column_and_what_was_probably_meant() {
        let error = FilterError {
            column: 4,
            fault: FilterFault::UnknownField {
                name: "vlaue".to_owned(),
                near: Some("value".to_owned()),
            },
        };
        assert_eq!(error_text(&error, "en"), error.to_string());
        assert_eq!(
            error_text(&error, "zh-CN"),
            "第 4 字：没有字段「vlaue」（是不是「value」？）"
        );
    }
}
