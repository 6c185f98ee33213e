//! What can be wrong with a filter, and where: each fault has a word and parameters, so that it can be said in any
//! language.

use super::{MOST_BYTES, MOST_DEPTH};
use std::fmt;

/// Why a filter cannot be read or run, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("column {column}: {fault}")]
pub struct FilterError {
    /// The column, characters from 1; 0 when nobody wrote it.
    pub column: u32,
    /// What is wrong there.
    pub fault: FilterFault,
}

/// What is wrong with a filter. Its text is English; [`FilterFault::as_str`] is the word for other languages.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterFault {
    /// It ends where something has to follow.
    #[error("the filter ends, but {expected} is expected")]
    Ends {
        /// What has to follow.
        expected: Expected,
    },
    /// Something else stands there.
    #[error("`{found}` stands where {expected} is expected")]
    Unexpected {
        /// What stands there.
        found: String,
        /// What has to stand there.
        expected: Expected,
    },
    /// A quote without its end.
    #[error("the text in quotes has no end")]
    OpenText,
    /// A number that cannot be one.
    #[error("`{found}` is not a number")]
    BadNumber {
        /// What stands there.
        found: String,
    },
    /// A character that means nothing here.
    #[error("`{found}` means nothing in a filter{}", hint(.near.as_deref()))]
    BadSign {
        /// What stands there.
        found: String,
        /// What was probably meant.
        near: Option<String>,
    },
    /// It is too long.
    #[error("the filter is longer than {MOST_BYTES} bytes")]
    TooLong,
    /// It is nested too deep.
    #[error("parentheses and `not` lie deeper than {MOST_DEPTH}")]
    TooDeep,
    /// No such unit of time.
    #[error("`{found}` is not a unit of time; known are s, min, h, d")]
    UnknownUnit {
        /// What stands there.
        found: String,
    },
    /// No such field.
    #[error("there is no field `{name}`{}", hint(.near.as_deref()))]
    UnknownField {
        /// The name.
        name: String,
        /// A field whose name is nearly the same.
        near: Option<String>,
    },
    /// No such word in the field's list.
    #[error("`{field}` is never `{word}`{}", hint(.near.as_deref()))]
    UnknownWord {
        /// The field.
        field: String,
        /// The word.
        word: String,
        /// A word of its list that is nearly the same.
        near: Option<String>,
    },
    /// The value is of another type than the field.
    #[error("`{field}` is compared with {expected}")]
    WrongType {
        /// The field.
        field: String,
        /// What it can be compared with.
        expected: Expected,
    },
    /// The field cannot be compared so.
    #[error("`{field}` cannot be compared with `{op}`; possible: {possible}")]
    WrongOp {
        /// The field.
        field: String,
        /// The sign.
        op: &'static str,
        /// The signs that suit it.
        possible: &'static str,
    },
    /// A field that stands alone but is no flag.
    #[error("`{field}` is not a flag: a comparison is expected after it")]
    NotAFlag {
        /// The field.
        field: String,
    },
}

impl FilterFault {
    /// Its word, the same in every version.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ends { .. } => "ends",
            Self::Unexpected { .. } => "unexpected",
            Self::OpenText => "open_text",
            Self::BadNumber { .. } => "bad_number",
            Self::BadSign { .. } => "bad_sign",
            Self::TooLong => "too_long",
            Self::TooDeep => "too_deep",
            Self::UnknownUnit { .. } => "unknown_unit",
            Self::UnknownField { .. } => "unknown_field",
            Self::UnknownWord { .. } => "unknown_word",
            Self::WrongType { .. } => "wrong_type",
            Self::WrongOp { .. } => "wrong_op",
            Self::NotAFlag { .. } => "not_a_flag",
        }
    }

    /// What was probably meant instead.
    pub fn near(&self) -> Option<&str> {
        match self {
            Self::BadSign { near, .. }
            | Self::UnknownField { near, .. }
            | Self::UnknownWord { near, .. } => near.as_deref(),
            _ => None,
        }
    }
}

/// What has to stand somewhere in a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// `and`, `or`, or nothing more.
    AndOrEnd,
    /// `)`
    Close,
    /// `(`
    Open,
    /// `,` or `)`
    CommaOrClose,
    /// The name of a fence.
    FenceName,
    /// The name of a field.
    Field,
    /// What follows a field.
    Comparison,
    /// What a field is compared with.
    Value,
    /// `true` or `false`.
    Flag,
    /// A number with a unit of time.
    Time,
    /// A number without one.
    Number,
    /// A text in quotes.
    Text,
    /// A word of the field's list.
    Word,
}

impl Expected {
    /// Everything that may be expected.
    pub const ALL: [Self; 13] = [
        Self::AndOrEnd,
        Self::Close,
        Self::Open,
        Self::CommaOrClose,
        Self::FenceName,
        Self::Field,
        Self::Comparison,
        Self::Value,
        Self::Flag,
        Self::Time,
        Self::Number,
        Self::Text,
        Self::Word,
    ];

    /// Its word, the same in every version.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AndOrEnd => "and_or_end",
            Self::Close => "close",
            Self::Open => "open",
            Self::CommaOrClose => "comma_or_close",
            Self::FenceName => "fence_name",
            Self::Field => "field",
            Self::Comparison => "comparison",
            Self::Value => "value",
            Self::Flag => "flag",
            Self::Time => "time",
            Self::Number => "number",
            Self::Text => "text",
            Self::Word => "word",
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AndOrEnd => "`and`, `or` or the end",
            Self::Close => "`)`",
            Self::Open => "`(`",
            Self::CommaOrClose => "`,` or `)`",
            Self::FenceName => "the name of a fence in quotes",
            Self::Field => "a field",
            Self::Comparison => "a comparison, `in`, `and` or `or`",
            Self::Value => "a number, a word or a text in quotes",
            Self::Flag => "true or false",
            Self::Time => "a time with its unit: s, min, h or d",
            Self::Number => "a number without a unit of time",
            Self::Text => "a text in quotes",
            Self::Word => "one of its words",
        })
    }
}

/// " (did you mean `x`?)" for messages, or nothing.
fn hint(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!(" (did you mean `{near}`?)"))
}
