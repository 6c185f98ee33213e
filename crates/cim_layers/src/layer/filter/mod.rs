//! Filter expressions: which rows of a layer are shown, and which a style rule takes.
//!
//! A small typed language that a person writes: `kind = gas and value > 25 and age < 10 min and not late`. It is read
//! ([`Filter::parse`], errors with their column), checked against the fields of a layer ([`Filter::check`]) and run
//! over columns, 64 rows at a time ([`Filter::compile`], [`Compiled::run`]).
//!
//! **What it says.** `=` `!=` `<` `<=` `>` `>=`, `~` (contains, ASCII letters of either case), `in ( … )`, `and`, `or`,
//! `not`, parentheses, `inside("fence")`, `known(field)`, `true`, `false`. A field that is a flag stands alone: `late`.
//! Texts stand in quotes, words of a list may stand without: `severity >= high`. An age needs a unit: `s`, `min`, `h`,
//! `d`. A field whose name is not one word stands in back ticks. `not` binds before `and`, `and` before `or`.
//!
//! **What is unknown.** A row without the attribute is neither inside nor outside of a comparison: the comparison is
//! *unknown* there (Kleene's three values). `not` leaves unknown as it is, `and` and `or` decide where one side is
//! enough. A row whose answer stays unknown is not taken; `known(field)` asks.

mod check;
mod fault;
mod lex;
mod parse;
mod run;
mod schema;
#[cfg(test)]
mod tests;

use std::fmt;

pub use check::Compiled;
pub use fault::{Expected, FilterError, FilterFault};
pub use run::{Columns, Truth};
pub use schema::{Choice, Field, FieldIndex, FieldKind, Schema, live};

/// The longest filter that is read, bytes of UTF-8.
pub const MOST_BYTES: usize = 4_096;
/// How deep parentheses and `not` may lie in each other.
pub const MOST_DEPTH: u32 = 32;

/// A filter as a person wrote it, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    text: String,
    root: Expr,
}

impl Filter {
    /// Reads `text`. The error names the column, counted in characters from 1, and what is expected there.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Ok(Self {
            text: text.trim().to_owned(),
            root: parse::parse(text)?,
        })
    }

    /// The filter that says `root`.
    pub fn of(root: Expr) -> Self {
        Self {
            text: root.to_string(),
            root,
        }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it says.
    pub fn root(&self) -> &Expr {
        &self.root
    }

    /// Everything in it that does not suit the fields of `schema`; empty when it can be run.
    pub fn check(&self, schema: &Schema) -> Vec<FilterError> {
        check::lower(&self.root, schema).1
    }

    /// Makes it ready to run over columns whose fields are those of `schema`. The error is the first of
    /// [`Filter::check`].
    pub fn compile(&self, schema: &Schema) -> Result<Compiled, FilterError> {
        let (compiled, errors) = check::lower(&self.root, schema);
        match errors.into_iter().next() {
            Some(error) => Err(error),
            None => Ok(compiled),
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What a filter says.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// `true` or `false`, whatever the row.
    Always(bool),
    /// Every one of them (`and`); true when there is none.
    All(Vec<Expr>),
    /// One of them (`or`); false when there is none.
    Any(Vec<Expr>),
    /// The opposite (`not`); unknown stays unknown.
    Not(Box<Expr>),
    /// A field beside a value.
    Compare {
        /// The field.
        field: Name,
        /// How they are compared.
        op: Op,
        /// The value.
        value: Literal,
    },
    /// A field that has one of some values (`in`).
    OneOf {
        /// The field.
        field: Name,
        /// The values.
        values: Vec<Literal>,
    },
    /// A flag that is up.
    Is(Name),
    /// A field that has a value at all.
    Known(Name),
    /// A place inside a fence.
    Inside {
        /// The fence's name.
        place: String,
    },
}

/// The name of a field, and where it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Name {
    /// The name.
    pub text: String,
    /// The column, characters from 1; 0 when nobody wrote it.
    pub at: u32,
}

impl Name {
    /// The field called `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            at: 0,
        }
    }
}

/// A value that was written, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Literal {
    /// The value.
    pub value: Value,
    /// The column, characters from 1; 0 when nobody wrote it.
    pub at: u32,
}

impl Literal {
    /// The value `value`.
    pub fn new(value: Value) -> Self {
        Self { value, at: 0 }
    }
}

/// A value that was written.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number without a unit.
    Number(f64),
    /// A stretch of time, seconds.
    Seconds(f64),
    /// A text in quotes.
    Text(String),
    /// A word without quotes: one of a field's list.
    Word(String),
    /// `true` or `false`.
    Flag(bool),
}

/// How a field and a value are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// `=`
    Is,
    /// `!=`
    IsNot,
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `>`
    Above,
    /// `>=`
    AtLeast,
    /// `~`: contains; letters of ASCII may differ in case.
    Has,
}

impl Op {
    /// Every way of comparing.
    pub const ALL: [Self; 7] = [
        Self::Is,
        Self::IsNot,
        Self::Below,
        Self::AtMost,
        Self::Above,
        Self::AtLeast,
        Self::Has,
    ];

    /// The sign in filters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Is => "=",
            Self::IsNot => "!=",
            Self::Below => "<",
            Self::AtMost => "<=",
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Has => "~",
        }
    }

    /// True for the four that need an order.
    pub fn needs_order(self) -> bool {
        matches!(
            self,
            Self::Below | Self::AtMost | Self::Above | Self::AtLeast
        )
    }
}

/// Words that cannot be the plain name of a field.
const RESERVED: [&str; 8] = ["and", "or", "not", "in", "inside", "known", "true", "false"];

/// True for what may stand as one word without quotes.
fn is_plain_word(text: &str) -> bool {
    let mut signs = text.chars();
    signs.next().is_some_and(lex::begins_word)
        && signs.all(lex::continues_word)
        && !RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word))
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_plain_word(&self.text) {
            f.write_str(&self.text)
        } else {
            let escaped = self.text.replace('\\', "\\\\").replace('`', "\\`");
            write!(f, "`{escaped}`")
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::Number(number) => write!(f, "{number}"),
            Value::Seconds(seconds) => write!(f, "{seconds} s"),
            Value::Flag(flag) => write!(f, "{flag}"),
            Value::Word(word) if is_plain_word(word) => f.write_str(word),
            Value::Word(text) | Value::Text(text) => {
                let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
                write!(f, "\"{escaped}\"")
            }
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always(answer) => write!(f, "{answer}"),
            Self::All(parts) => write_joined(f, parts, " and ", "true"),
            Self::Any(parts) => write_joined(f, parts, " or ", "false"),
            Self::Not(inner) => {
                f.write_str("not ")?;
                write_enclosed(f, inner)
            }
            Self::Compare { field, op, value } => write!(f, "{field} {} {value}", op.as_str()),
            Self::OneOf { field, values } => {
                write!(f, "{field} in (")?;
                for (index, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str(")")
            }
            Self::Is(field) => write!(f, "{field}"),
            Self::Known(field) => write!(f, "known({field})"),
            Self::Inside { place } => {
                write!(f, "inside({})", Literal::new(Value::Text(place.clone())))
            }
        }
    }
}

/// Writes `parts` with `between`; a single one as itself, none as `none`.
fn write_joined(
    f: &mut fmt::Formatter<'_>,
    parts: &[Expr],
    between: &str,
    none: &str,
) -> fmt::Result {
    match parts {
        [] => f.write_str(none),
        [only] => write!(f, "{only}"),
        _ => {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    f.write_str(between)?;
                }
                // What joins parts of its own stands in parentheses, so that no precedence has to be known by heart.
                write_enclosed(f, part)?;
            }
            Ok(())
        }
    }
}

/// Writes `part`, in parentheses when it joins parts of its own.
fn write_enclosed(f: &mut fmt::Formatter<'_>, part: &Expr) -> fmt::Result {
    if joins(part) {
        write!(f, "({part})")
    } else {
        write!(f, "{part}")
    }
}

/// True for what is written with `and` or `or` on its outside. A single part is written as itself.
fn joins(expr: &Expr) -> bool {
    match expr {
        Expr::All(parts) | Expr::Any(parts) => match parts.as_slice() {
            [] => false,
            [only] => joins(only),
            _ => true,
        },
        _ => false,
    }
}
