//! What is wrong with a filter, a layer's colours or its shape, and why a layer is not in the picture, in the desk's language: the
//! texts are `filter_fault.<word>`, `filter_expected.<word>`, `layer_fault.<word>` and `layer_refused.<word>`.

use crate::texts::text;
use cim_layers::room::Refusal;
use cim_layers::{
    field::FieldError,
    layer::{
        FilterError, GridLevel, PaintOf, StyleError,
        filter::{Expected, FilterFault, MOST_BYTES, MOST_DEPTH},
    },
};
use cim_tiles::Problem;
use std::path::Path;

/// Why the shape of a layer cannot be made.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ShapeFault {
    /// There is no such figure of areas.
    NoFigure(String),
    /// The city has no areas of this level.
    NoAreas(GridLevel),
    /// The figure of areas has no states that could paint them.
    NoStates,
    /// Areas have no texts that could paint them.
    NoTexts,
    /// Of the city's features only roads carry something that flows.
    NoFlow,
    /// The city has no named roads.
    NoRoads,
    /// The city, or the pack, has no such file.
    NoFile(String),
    /// A file cannot be read or understood.
    BadFile(Problem),
    /// Nothing can be made of these values.
    Field(FieldError),
}

impl ShapeFault {
    /// What a file that cannot be used comes to. Looks whether it is there.
    pub(super) fn of_file(problem: Problem) -> Self {
        if Path::new(&problem.source).exists() {
            Self::BadFile(problem)
        } else {
            Self::NoFile(problem.source)
        }
    }
}

/// What `fault` says in `language`. What a reader of files or of numbers found wrong there stays in its own words.
pub(super) fn shape_text(fault: &ShapeFault, language: &str) -> String {
    match fault {
        ShapeFault::NoFigure(figure) => {
            layer_text(language, "no_figure", &[("figure", figure.clone())])
        }
        ShapeFault::NoAreas(level) => {
            let word = level.as_str();
            let level = text(language, &format!("grid_level.{word}"));
            let level = level.unwrap_or_else(|| word.to_owned());
            layer_text(language, "no_areas", &[("level", level)])
        }
        ShapeFault::NoStates => layer_text(language, "no_states", &[]),
        ShapeFault::NoTexts => layer_text(language, "no_texts", &[]),
        ShapeFault::NoFlow => layer_text(language, "no_flow", &[]),
        ShapeFault::NoRoads => layer_text(language, "no_roads", &[]),
        ShapeFault::NoFile(file) => layer_text(language, "no_file", &[("file", file.clone())]),
        ShapeFault::BadFile(problem) => {
            let reason = [problem.place.as_str(), problem.reason.as_str()];
            let reason = reason.into_iter().filter(|part| !part.is_empty());
            let reason = reason.collect::<Vec<_>>().join(": ");
            let parameters = [("file", problem.source.clone()), ("reason", reason)];
            layer_text(language, "bad_file", &parameters)
        }
        ShapeFault::Field(error) => layer_text(language, "field", &[("reason", error.to_string())]),
    }
}

/// Why the colours of a layer cannot be worked out, in `language`.
pub(super) fn style_text(error: &StyleError, language: &str) -> String {
    let what = |what: PaintOf| {
        let said = match what {
            PaintOf::Look => layer_text(language, "of_look", &[]),
            PaintOf::Rule(rule) => layer_text(language, "of_rule", &[("rule", rule.to_string())]),
        };
        ("what", said)
    };
    match error {
        StyleError::Filter { rule, error } => {
            let fault = ("fault", error_text(error, language));
            layer_text(language, "rule", &[("rule", rule.to_string()), fault])
        }
        StyleError::UnknownField { what: of, name } => layer_text(
            language,
            "paint_field",
            &[what(*of), ("field", name.clone())],
        ),
        StyleError::NotText { what: of, name } => layer_text(
            language,
            "paint_texts",
            &[what(*of), ("field", name.clone())],
        ),
        StyleError::TooManyColours { found } => {
            layer_text(language, "colours", &[("found", found.to_string())])
        }
    }
}

fn layer_text(language: &str, word: &str, parameters: &[(&str, String)]) -> String {
    let said = text(language, &format!("layer_fault.{word}"));
    said.map_or_else(|| word.to_owned(), |said| filled(said, parameters))
}

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

/// Why the graphics device does not take a layer, in `language`; English where the language has no words for it.
pub(super) fn refusal_text(refusal: Refusal, language: &str) -> String {
    let key = format!("layer_refused.{}", refusal.why.as_str());
    let said = text(language, &key).unwrap_or_else(|| refusal.to_string());
    filled(
        said,
        &[
            ("needed", refusal.needed_mib.to_string()),
            ("free", refusal.free_mib.to_string()),
        ],
    )
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
    use cim_layers::room::NoRoom;

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
    fn what_keeps_a_layer_from_being_drawn_is_said_in_both_languages() {
        let name = || "depth".to_owned();
        let errors = [
            StyleError::Filter {
                rule: 2,
                error: FilterError {
                    column: 1,
                    fault: FilterFault::OpenText,
                },
            },
            StyleError::UnknownField {
                what: PaintOf::Look,
                name: name(),
            },
            StyleError::NotText {
                what: PaintOf::Rule(2),
                name: name(),
            },
            StyleError::TooManyColours { found: 300 },
        ];
        for error in errors {
            assert_eq!(style_text(&error, "en"), error.to_string());
            let said = style_text(&error, "zh-CN");
            assert!(!said.contains("%{") && said != error.to_string(), "{said}");
        }
        let problem = Problem {
            source: "no/such/networks.json".to_owned(),
            place: String::new(),
            reason: "os error 2".to_owned(),
        };
        let faults = [
            ShapeFault::NoFigure(name()),
            ShapeFault::NoAreas(GridLevel::Community),
            ShapeFault::NoStates,
            ShapeFault::NoTexts,
            ShapeFault::NoFlow,
            ShapeFault::NoRoads,
            ShapeFault::BadFile(problem.clone()),
            ShapeFault::Field(FieldError::NoValues {
                what: "classes",
                given: 3,
            }),
            ShapeFault::of_file(problem),
        ];
        for fault in &faults {
            let said = ["zh-CN", "en"].map(|language| shape_text(fault, language));
            assert!(said.iter().all(|said| !said.contains("%{")), "{said:?}");
            let [chinese, english] = said;
            assert_ne!(chinese, english);
        }
        assert_eq!(
            faults.last().map(|fault| shape_text(fault, "zh-CN")),
            Some("没有文件 no/such/networks.json".to_owned())
        );
    }

    #[test]
    fn a_refusal_is_said_in_both_languages_and_in_english_as_it_itself_says_it() {
        for why in [NoRoom::Shared, NoRoom::OnePiece] {
            let refusal = Refusal {
                why,
                needed_mib: 96,
                free_mib: 12,
            };
            assert_eq!(refusal_text(refusal, "en"), refusal.to_string());
            let said = refusal_text(refusal, "zh-CN");
            assert!(said.contains("96") && said.contains("12"), "{said}");
            assert!(!said.contains("%{") && said != refusal.to_string());
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
