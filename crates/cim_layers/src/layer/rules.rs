//! Which colour each row of a layer has: its look's paint, and the rules that except rows from it.
//!
//! Rows get a *tint*, a number of the layer's palette, as [`crate::PointState`] carries it: [`STATE_TINT`] means "by
//! the state". Paints by value take a few steps of their ramp, so that a legend can name each.

use super::{
    Filter, FilterError, LayerPlan, Paint, Schema, Words,
    filter::{Choice, Columns, Compiled, FieldIndex, FieldKind},
};
use crate::field::{NO_DATA, RampId, part_of};
use std::{fmt, ops::Range};

/// The tint of rows that are coloured by their state.
pub const STATE_TINT: u8 = 0;
/// Steps of a ramp in a palette.
const RAMP_STEPS: usize = 16;
/// The colour at [`STATE_TINT`]: grey, as normal is; shaders do not look there.
const STATE_COLOUR: [u8; 3] = [0x8a, 0x9a, 0xa9];
/// Rows of a block.
const BLOCK: usize = 64;

/// Why a layer's colours cannot be worked out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StyleError {
    /// A rule's filter does not suit the rows.
    #[error("rule {rule}: {error}")]
    Filter {
        /// The rule, from 1.
        rule: usize,
        /// What does not suit.
        error: FilterError,
    },
    /// A paint asks for a field that rows do not have.
    #[error("the paint of {what} asks for the field `{name}`, which is not there")]
    UnknownField {
        /// Whose paint.
        what: PaintOf,
        /// The field.
        name: String,
    },
    /// A paint asks for the text of a field that has none.
    #[error("the paint of {what} asks for the texts of `{name}`, which are none")]
    NotText {
        /// Whose paint.
        what: PaintOf,
        /// The field.
        name: String,
    },
    /// More colours than a tint can number.
    #[error("the look and its rules have {found} colours; at most 255 are possible")]
    TooManyColours {
        /// How many there are.
        found: usize,
    },
}

/// Whose paint is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaintOf {
    /// The layer's look.
    Look,
    /// A rule, from 1.
    Rule(usize),
}

impl fmt::Display for PaintOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Look => f.write_str("the look"),
            Self::Rule(rule) => write!(f, "rule {rule}"),
        }
    }
}

/// What a legend says of one colour.
#[derive(Clone, Debug, PartialEq)]
pub struct StyleKey {
    /// The rule's words; empty for the look itself.
    pub label: Words,
    /// What has the colour.
    pub of: StyleOf,
    /// Its number in the palette; [`STATE_TINT`] for "by the state".
    pub tint: u8,
    /// sRGB.
    pub colour: [u8; 3],
}

/// What a colour of a layer stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum StyleOf {
    /// Whatever has no colour but its state's.
    State,
    /// Every row that the look or the rule colours.
    All,
    /// Rows with this text.
    Text(String),
    /// Rows with any other text, or none.
    OtherText,
    /// Rows whose value lies from the first to the second, or beyond an end of the ramp.
    Values([f32; 2]),
    /// Rows without a value.
    NoValue,
}

/// A layer's look and rules, ready to colour its rows.
#[derive(Clone, Debug)]
pub struct Styling {
    palette: Vec<[u8; 3]>,
    keys: Vec<StyleKey>,
    look: Painter,
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    when: Compiled,
    painter: Painter,
}

/// How tints are found.
#[derive(Clone, Debug)]
enum Painter {
    One(u8),
    Ramp {
        field: FieldIndex,
        first: u8,
        none: u8,
        from: f32,
        to: f32,
    },
    /// By the word's index.
    Words {
        field: FieldIndex,
        tints: Vec<u8>,
        other: u8,
    },
    Texts {
        field: FieldIndex,
        tints: Vec<(String, u8)>,
        other: u8,
    },
}

impl Styling {
    /// The colours of `plan` for rows with the fields of `schema`. A paint by value colours the field `value`.
    pub fn compile(plan: &LayerPlan, schema: &Schema) -> Result<Self, StyleError> {
        let mut styling = Self {
            palette: vec![STATE_COLOUR],
            keys: Vec::new(),
            look: Painter::One(STATE_TINT),
            rules: Vec::new(),
        };
        let no_words = Words::default();
        styling.look = styling.painter(&plan.look.paint, schema, PaintOf::Look, &no_words)?;
        for (index, rule) in plan.rules.iter().enumerate() {
            let number = index + 1;
            let when = compiled(&rule.when, schema, number)?;
            let what = PaintOf::Rule(number);
            let painter = styling.painter(&rule.paint, schema, what, &rule.label)?;
            styling.rules.push(Rule { when, painter });
        }
        if styling.palette.len() > 256 {
            let found = styling.palette.len() - 1;
            return Err(StyleError::TooManyColours { found });
        }
        Ok(styling)
    }

    /// The colours by tint, sRGB; at most 256.
    pub fn palette(&self) -> &[[u8; 3]] {
        &self.palette
    }

    /// What a legend says of the colours: the look's first, then those of the rules.
    pub fn keys(&self) -> &[StyleKey] {
        &self.keys
    }

    /// True when every row is coloured by its state, so that nothing has to be asked.
    pub fn is_by_state(&self) -> bool {
        let is_plain = |painter: &Painter| matches!(painter, Painter::One(STATE_TINT));
        is_plain(&self.look) && self.rules.iter().all(|rule| is_plain(&rule.painter))
    }

    /// Writes the tint of each of the rows `rows` of `columns`, the first at the first place of `into`. Places beyond
    /// the rows stay as they are. Does not allocate.
    pub fn tints(&self, columns: &dyn Columns, rows: Range<u32>, into: &mut [u8]) {
        let asked = rows.end.saturating_sub(rows.start) as usize;
        let asked = asked.min(into.len());
        let (into, _) = into.split_at_mut(asked);
        let mut first = rows.start;
        for block in into.chunks_mut(BLOCK) {
            self.look.paint(columns, first, u64::MAX, block);
            let count = block.len() as u32;
            let mut left = u64::MAX;
            for rule in &self.rules {
                let taken = rule.taken(columns, first, count) & left;
                left &= !taken;
                if taken != 0 {
                    rule.painter.paint(columns, first, taken, block);
                }
            }
            first = first.saturating_add(count);
        }
    }

    fn painter(
        &mut self,
        paint: &Paint,
        schema: &Schema,
        what: PaintOf,
        label: &Words,
    ) -> Result<Painter, StyleError> {
        match paint {
            Paint::ByState => {
                self.key(label, StyleOf::State, STATE_TINT, STATE_COLOUR);
                Ok(Painter::One(STATE_TINT))
            }
            Paint::Plain(colour) => Ok(Painter::One(self.colour(label, StyleOf::All, *colour))),
            Paint::ByValue { ramp, from, to, .. } => {
                let Some((field, _)) = schema.find("value") else {
                    return Err(StyleError::UnknownField {
                        what,
                        name: "value".to_owned(),
                    });
                };
                Ok(self.ramp(field, label, *ramp, [*from, *to]))
            }
            Paint::ByAttribute {
                name,
                palette,
                other,
            } => {
                let Some((field, known)) = schema.find(name) else {
                    return Err(StyleError::UnknownField {
                        what,
                        name: name.clone(),
                    });
                };
                let mut tints = Vec::with_capacity(palette.len());
                for (text, colour) in palette {
                    let of = StyleOf::Text(text.clone());
                    tints.push((text.clone(), self.colour(label, of, *colour)));
                }
                let other = self.colour(label, StyleOf::OtherText, *other);
                match &known.kind {
                    FieldKind::Text => Ok(Painter::Texts {
                        field,
                        tints,
                        other,
                    }),
                    FieldKind::Word(choices) | FieldKind::Level(choices) => {
                        let tint_of = |choice: &Choice| {
                            let found = tints.iter().find(|(text, _)| choice.is(text));
                            found.map_or(other, |(_, tint)| *tint)
                        };
                        Ok(Painter::Words {
                            field,
                            tints: choices.iter().map(tint_of).collect(),
                            other,
                        })
                    }
                    _ => Err(StyleError::NotText {
                        what,
                        name: name.clone(),
                    }),
                }
            }
        }
    }

    /// Steps of `ramp` over the values `range`, and a colour for rows without a value.
    fn ramp(&mut self, field: FieldIndex, label: &Words, ramp: RampId, range: [f32; 2]) -> Painter {
        let [from, to] = range;
        let value_at = |step: usize| from + (to - from) * (step as f32 / RAMP_STEPS as f32);
        let mut first = None;
        for step in 0..RAMP_STEPS {
            let part = (step as f32 + 0.5) / RAMP_STEPS as f32;
            let of = StyleOf::Values([value_at(step), value_at(step + 1)]);
            let tint = self.colour(label, of, ramp.srgb8(part));
            first = first.or(Some(tint));
        }
        let none = self.colour(label, StyleOf::NoValue, NO_DATA);
        Painter::Ramp {
            field,
            first: first.unwrap_or(none),
            none,
            from,
            to,
        }
    }

    /// The tint of `colour`, a new one. Beyond 255 the number means nothing; [`Styling::compile`] refuses then.
    fn colour(&mut self, label: &Words, of: StyleOf, colour: [u8; 3]) -> u8 {
        let tint = u8::try_from(self.palette.len()).unwrap_or(u8::MAX);
        self.palette.push(colour);
        self.key(label, of, tint, colour);
        tint
    }

    fn key(&mut self, label: &Words, of: StyleOf, tint: u8, colour: [u8; 3]) {
        self.keys.push(StyleKey {
            label: label.clone(),
            of,
            tint,
            colour,
        });
    }
}

fn compiled(when: &Filter, schema: &Schema, rule: usize) -> Result<Compiled, StyleError> {
    when.compile(schema)
        .map_err(|error| StyleError::Filter { rule, error })
}

impl Rule {
    /// A bit for each of the `count` rows from `first` on that it takes.
    fn taken(&self, columns: &dyn Columns, first: u32, count: u32) -> u64 {
        let mut word = [0];
        let rows = first..first.saturating_add(count);
        self.when.run(columns, rows, &mut word);
        let [taken] = word;
        taken
    }
}

impl Painter {
    /// Writes the tints of the rows from `first` on whose bit in `which` is set; `block` has a place for each, at most
    /// 64.
    fn paint(&self, columns: &dyn Columns, first: u32, which: u64, block: &mut [u8]) {
        let numbers = |field: FieldIndex, count: usize| {
            let mut values = [f32::NAN; BLOCK];
            let (asked, _) = values.split_at_mut(count.min(BLOCK));
            columns.numbers(field, first, asked);
            values
        };
        match self {
            Self::One(tint) => write_where(which, block, |_| *tint),
            Self::Ramp {
                field,
                first: lowest,
                none,
                from,
                to,
            } => {
                let values = numbers(*field, block.len());
                write_where(which, block, |bit| {
                    let step = values
                        .get(bit)
                        .and_then(|value| step_of(*value, *from, *to));
                    step.map_or(*none, |step| lowest.saturating_add(step))
                });
            }
            Self::Words {
                field,
                tints,
                other,
            } => {
                let values = numbers(*field, block.len());
                write_where(which, block, |bit| {
                    let code = values.get(bit).filter(|code| **code >= 0.0);
                    let tint = code.and_then(|code| tints.get(*code as usize));
                    tint.copied().unwrap_or(*other)
                });
            }
            Self::Texts {
                field,
                tints,
                other,
            } => write_where(which, block, |bit| {
                let text = columns.text(*field, first.saturating_add(bit as u32));
                let mut tints = tints.iter();
                let found = tints.find(|(known, _)| text == Some(known.as_str()));
                found.map_or(*other, |(_, tint)| *tint)
            }),
        }
    }
}

/// Writes the tint of each place whose bit in `which` is set.
fn write_where(which: u64, block: &mut [u8], tint_at: impl Fn(usize) -> u8) {
    for (bit, place) in block.iter_mut().enumerate().take(BLOCK) {
        if (which >> bit) & 1 == 1 {
            *place = tint_at(bit);
        }
    }
}

/// The step of a ramp that `value` lies in; nothing for NaN.
fn step_of(value: f32, from: f32, to: f32) -> Option<u8> {
    let part = part_of(f64::from(value), f64::from(from), f64::from(to));
    if part.is_nan() {
        return None;
    }
    let step = (part * RAMP_STEPS as f32) as u8;
    Some(step.min(RAMP_STEPS as u8 - 1))
}
