//! Codes of places, components and categories: reading, checking, writing. The tables of names are data.

mod category;
mod place;

pub use category::{
    CategoryCode, CategoryKind, CategoryRow, CategoryTable, ComponentCode, ComponentLayout,
};
pub use place::{DivisionCode, DivisionLevel, Divisions, GridCode};

/// What is wrong with a code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeFault {
    /// It has characters that are no digits.
    #[error("`{code}` holds something else than the digits 0 to 9")]
    NotDigits {
        /// The code, cut to a readable length.
        code: String,
    },
    /// It is too long or too short.
    #[error("`{code}` has {length} digits; {expected} are expected")]
    WrongLength {
        /// The code, cut to a readable length.
        code: String,
        /// Its length.
        length: usize,
        /// The lengths that are possible.
        expected: &'static str,
    },
    /// A part of it cannot be.
    #[error("`{code}`: {part} cannot be {found}")]
    BadPart {
        /// The code.
        code: String,
        /// Which part.
        part: &'static str,
        /// What stands there.
        found: String,
    },
}

/// `text` without spaces around it, if it is digits only and has one of the lengths.
fn digits<'t>(
    text: &'t str,
    lengths: &[usize],
    expected: &'static str,
) -> Result<&'t str, CodeFault> {
    let code = text.trim();
    let shown = || code.chars().take(40).collect::<String>();
    if !code.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(CodeFault::NotDigits { code: shown() });
    }
    if !lengths.contains(&code.len()) {
        return Err(CodeFault::WrongLength {
            code: shown(),
            length: code.len(),
            expected,
        });
    }
    Ok(code)
}

/// The digits of `code` from `at`, `count` of them, as a number; 0 where there are none.
fn number(code: &str, at: usize, count: usize) -> u32 {
    code.get(at..at + count)
        .and_then(|part| part.parse().ok())
        .unwrap_or(0)
}
