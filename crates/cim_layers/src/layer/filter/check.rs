//! Holds a filter against the fields of a layer, and makes it ready to run.

use super::{
    Expected, Expr, FieldIndex, FieldKind, FilterError, FilterFault, Literal, MOST_DEPTH, Name, Op,
    Schema, Value, run::Node,
};
use crate::layer::{
    Words,
    filter::schema::{Choice, Field},
    near::nearest,
};

/// A filter ready to run; see [`Compiled::run`].
#[derive(Clone, Debug)]
pub struct Compiled {
    pub(super) root: Node,
}

/// `root` for columns with the fields of `schema`, and all that does not suit them. What does not suit is never true.
pub(super) fn lower(root: &Expr, schema: &Schema) -> (Compiled, Vec<FilterError>) {
    let mut lowering = Lowering {
        schema,
        errors: Vec::new(),
    };
    let root = lowering.expr(root, 0);
    (Compiled { root }, lowering.errors)
}

struct Lowering<'s> {
    schema: &'s Schema,
    errors: Vec<FilterError>,
}

/// Something does not suit, and has been noted.
struct Refused;

impl<'s> Lowering<'s> {
    fn refuse<T>(&mut self, column: u32, fault: FilterFault) -> Result<T, Refused> {
        self.errors.push(FilterError { column, fault });
        Err(Refused)
    }

    fn expr(&mut self, expr: &Expr, depth: u32) -> Node {
        self.suited(expr, depth).unwrap_or(Node::Always(false))
    }

    /// `depth` counts every step down: filters that were not read but made may be deeper than the reader allows.
    fn suited(&mut self, expr: &Expr, depth: u32) -> Result<Node, Refused> {
        // Within a parenthesis that was read lie an `or` and an `and`.
        if depth > 3 * MOST_DEPTH {
            return self.refuse(0, FilterFault::TooDeep);
        }
        match expr {
            Expr::Always(answer) => Ok(Node::Always(*answer)),
            Expr::All(parts) => Ok(Node::All(self.parts(parts, depth))),
            Expr::Any(parts) => Ok(Node::Any(self.parts(parts, depth))),
            Expr::Not(inner) => Ok(Node::Not(Box::new(self.suited(inner, depth + 1)?))),
            Expr::Compare { field, op, value } => self.compare(field, *op, value),
            Expr::OneOf { field, values } => self.one_of(field, values),
            Expr::Is(name) => self.flag(name),
            Expr::Known(name) => {
                let (field, known) = self.field(name)?;
                let is_text = known.kind == FieldKind::Text;
                Ok(Node::Known { field, is_text })
            }
            Expr::Inside { place } => Ok(Node::Inside(place.clone())),
        }
    }

    fn parts(&mut self, parts: &[Expr], depth: u32) -> Vec<Node> {
        let lowered = parts.iter().map(|part| self.expr(part, depth + 1));
        lowered.collect()
    }

    /// The field called so.
    fn field(&mut self, name: &Name) -> Result<(FieldIndex, &'s Field), Refused> {
        let schema = self.schema;
        match schema.find(&name.text) {
            Some(found) => Ok(found),
            None => self.refuse(
                name.at,
                FilterFault::UnknownField {
                    name: name.text.clone(),
                    near: schema.near(&name.text).map(str::to_owned),
                },
            ),
        }
    }

    fn flag(&mut self, name: &Name) -> Result<Node, Refused> {
        let (field, known) = self.field(name)?;
        if known.kind != FieldKind::Flag {
            let field = name.text.clone();
            return self.refuse(name.at, FilterFault::NotAFlag { field });
        }
        Ok(Node::Flag {
            field,
            wanted: true,
        })
    }

    fn compare(&mut self, name: &Name, op: Op, value: &Literal) -> Result<Node, Refused> {
        let (field, known) = self.field(name)?;
        let possible = match &known.kind {
            FieldKind::Number { .. } | FieldKind::Seconds => "= != < <= > >= in",
            FieldKind::Level(_) => "= != < <= > >= ~ in",
            FieldKind::Text | FieldKind::Word(_) => "= != ~ in",
            FieldKind::Flag => "= !=",
        };
        if !possible.split(' ').any(|sign| sign == op.as_str()) {
            return self.wrong_op(name, op.as_str(), possible);
        }
        match &known.kind {
            FieldKind::Number { .. } | FieldKind::Seconds => {
                let limit = self.number(name, &known.kind, value)?;
                Ok(Node::Number { field, op, limit })
            }
            FieldKind::Text => {
                let text = self.text(name, value)?;
                Ok(Node::Text { field, op, text })
            }
            FieldKind::Flag => match value.value {
                Value::Flag(flag) => Ok(Node::Flag {
                    field,
                    wanted: flag == (op == Op::Is),
                }),
                _ => self.wrong_type(name, value, Expected::Flag),
            },
            FieldKind::Word(choices) | FieldKind::Level(choices) => {
                let accepted = self.accepted(name, choices, op, value)?;
                Ok(Node::Words { field, accepted })
            }
        }
    }

    /// A word's comparison is the set of words for which it holds.
    fn accepted(
        &mut self,
        name: &Name,
        choices: &[Choice],
        op: Op,
        value: &Literal,
    ) -> Result<Vec<bool>, Refused> {
        if op == Op::Has {
            let part = self.text(name, value)?;
            return Ok(choices.iter().map(|choice| has(choice, &part)).collect());
        }
        let wanted = self.choice(name, choices, value)?;
        let holds = |index: usize| match op {
            Op::Is | Op::Has => index == wanted,
            Op::IsNot => index != wanted,
            Op::Below => index < wanted,
            Op::AtMost => index <= wanted,
            Op::Above => index > wanted,
            Op::AtLeast => index >= wanted,
        };
        Ok((0..choices.len()).map(holds).collect())
    }

    fn one_of(&mut self, name: &Name, values: &[Literal]) -> Result<Node, Refused> {
        let (field, known) = self.field(name)?;
        match &known.kind {
            FieldKind::Number { .. } | FieldKind::Seconds => {
                let mut numbers = Vec::with_capacity(values.len());
                for value in values {
                    numbers.push(self.number(name, &known.kind, value)?);
                }
                Ok(Node::OneNumber { field, numbers })
            }
            FieldKind::Text => {
                let mut texts = Vec::with_capacity(values.len());
                for value in values {
                    texts.push(self.text(name, value)?);
                }
                Ok(Node::OneText { field, texts })
            }
            FieldKind::Word(choices) | FieldKind::Level(choices) => {
                let mut wanted = Vec::with_capacity(values.len());
                for value in values {
                    wanted.push(self.choice(name, choices, value)?);
                }
                let accepted = (0..choices.len()).map(|index| wanted.contains(&index));
                Ok(Node::Words {
                    field,
                    accepted: accepted.collect(),
                })
            }
            FieldKind::Flag => self.wrong_op(name, "in", "= !="),
        }
    }

    fn wrong_op<T>(
        &mut self,
        name: &Name,
        op: &'static str,
        possible: &'static str,
    ) -> Result<T, Refused> {
        let field = name.text.clone();
        self.refuse(
            name.at,
            FilterFault::WrongOp {
                field,
                op,
                possible,
            },
        )
    }

    fn wrong_type<T>(
        &mut self,
        name: &Name,
        value: &Literal,
        expected: Expected,
    ) -> Result<T, Refused> {
        let field = name.text.clone();
        self.refuse(value.at, FilterFault::WrongType { field, expected })
    }

    fn number(&mut self, name: &Name, kind: &FieldKind, value: &Literal) -> Result<f32, Refused> {
        // Columns hold f32, so both sides are rounded alike and `= 0.1` can hold.
        match (&value.value, kind) {
            (Value::Number(number), FieldKind::Number { .. })
            | (Value::Seconds(number), FieldKind::Seconds) => Ok(*number as f32),
            (_, FieldKind::Seconds) => self.wrong_type(name, value, Expected::Time),
            _ => self.wrong_type(name, value, Expected::Number),
        }
    }

    fn text(&mut self, name: &Name, value: &Literal) -> Result<String, Refused> {
        match &value.value {
            Value::Text(text) | Value::Word(text) => Ok(text.clone()),
            _ => self.wrong_type(name, value, Expected::Text),
        }
    }

    fn choice(
        &mut self,
        name: &Name,
        choices: &[Choice],
        value: &Literal,
    ) -> Result<usize, Refused> {
        let (Value::Text(text) | Value::Word(text)) = &value.value else {
            return self.wrong_type(name, value, Expected::Word);
        };
        if let Some(found) = choices.iter().position(|choice| choice.is(text)) {
            return Ok(found);
        }
        let known = choices.iter().map(|choice| choice.word.as_str());
        let fault = FilterFault::UnknownWord {
            field: name.text.clone(),
            word: text.clone(),
            near: nearest(text, known).map(str::to_owned),
        };
        self.refuse(value.at, fault)
    }
}

/// True when `part` is in the word, in whichever language.
fn has(choice: &Choice, part: &str) -> bool {
    let Words { zh, en } = &choice.label;
    let mut texts = [&choice.word, zh, en].into_iter();
    texts.any(|text| super::run::contains(text, part))
}
