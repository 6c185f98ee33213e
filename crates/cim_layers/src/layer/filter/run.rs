//! Runs a filter over columns, 64 rows at a time, without allocating.

use super::{Compiled, FieldIndex, Op};
use std::ops::Range;

/// Rows in a block: the bits of a word.
const BLOCK: u32 = 64;

/// The columns that a filter is run over. Rows are those of the layer's set, from 0.
pub trait Columns {
    /// Writes field `field` of the rows from `first` on, one for each place of `into` (at most 64). NaN where a row
    /// does not have it. A word is its index in the schema's list, a flag is 1 or 0, a time is in seconds. A field of
    /// text is never asked for here.
    fn numbers(&self, field: FieldIndex, first: u32, into: &mut [f32]);

    /// The text of field `field` of row `row`, where it has one.
    fn text(&self, field: FieldIndex, row: u32) -> Option<&str>;

    /// Which of the `count` rows from `first` on stand inside the fence called `place`. Unknown for whoever has no
    /// fences.
    fn inside(&self, place: &str, first: u32, count: u32) -> Truth {
        let _ = (place, first, count);
        Truth::default()
    }
}

/// Answers for 64 rows, bit 0 the first: yes, no, or, where neither is set, unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// Rows for which it holds.
    pub yes: u64,
    /// Rows for which it does not. Never shares a bit with `yes`.
    pub no: u64,
}

impl Truth {
    const YES: Self = Self {
        yes: u64::MAX,
        no: 0,
    };
    const NO: Self = Self {
        yes: 0,
        no: u64::MAX,
    };

    fn turned(self) -> Self {
        Self {
            yes: self.no,
            no: self.yes,
        }
    }

    fn and(self, other: Self) -> Self {
        Self {
            yes: self.yes & other.yes,
            no: self.no | other.no,
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            yes: self.yes | other.yes,
            no: self.no & other.no,
        }
    }
}

impl Compiled {
    /// Asks rows `rows` of `columns`: bit `i % 64` of `into[i / 64]` is set when row `rows.start + i` is taken. Places
    /// of `into` beyond the rows become 0; rows beyond `into` are not asked. Says how many rows are taken. Does not
    /// allocate.
    pub fn run(&self, columns: &dyn Columns, rows: Range<u32>, into: &mut [u64]) -> u32 {
        let mut first = rows.start;
        let mut taken = 0;
        for word in into {
            let count = rows.end.saturating_sub(first).min(BLOCK);
            *word = 0;
            if count > 0 {
                let block = Block {
                    columns,
                    first,
                    count,
                };
                *word = self.root.truth(&block).yes & block.mask();
                taken += word.count_ones();
                first += count;
            }
        }
        taken
    }

    /// True when row `row` of `columns` is taken.
    pub fn takes(&self, columns: &dyn Columns, row: u32) -> bool {
        let block = Block {
            columns,
            first: row,
            count: 1,
        };
        self.root.truth(&block).yes & 1 == 1
    }
}

/// A step of a filter that is ready to run.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Always(bool),
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Number {
        field: FieldIndex,
        op: Op,
        limit: f32,
    },
    OneNumber {
        field: FieldIndex,
        numbers: Vec<f32>,
    },
    /// By the word's index: which words are taken.
    Words {
        field: FieldIndex,
        accepted: Vec<bool>,
    },
    Text {
        field: FieldIndex,
        op: Op,
        text: String,
    },
    OneText {
        field: FieldIndex,
        texts: Vec<String>,
    },
    Flag {
        field: FieldIndex,
        wanted: bool,
    },
    Known {
        field: FieldIndex,
        is_text: bool,
    },
    Inside(String),
}

/// Up to 64 rows.
struct Block<'c> {
    columns: &'c dyn Columns,
    first: u32,
    /// 1 to 64.
    count: u32,
}

impl Block<'_> {
    /// A bit for each row.
    fn mask(&self) -> u64 {
        u64::MAX >> (BLOCK - self.count.clamp(1, BLOCK))
    }

    /// Asks each row's number; a number that is not there leaves the answer open.
    fn numbers(&self, field: FieldIndex, holds: impl Fn(f32) -> bool) -> Truth {
        self.judged(field, |value| (!value.is_nan()).then(|| holds(value)))
    }

    /// Asks each row's number, NaN included; `None` leaves the answer open.
    fn judged(&self, field: FieldIndex, judge: impl Fn(f32) -> Option<bool>) -> Truth {
        let mut values = [f32::NAN; BLOCK as usize];
        let (asked, _) = values.split_at_mut(self.count.min(BLOCK) as usize);
        self.columns.numbers(field, self.first, asked);
        let mut truth = Truth::default();
        for (bit, value) in asked.iter().enumerate() {
            let answer = judge(*value);
            truth.yes |= u64::from(answer == Some(true)) << bit;
            truth.no |= u64::from(answer == Some(false)) << bit;
        }
        truth
    }

    /// Asks each row's text.
    fn texts(&self, field: FieldIndex, holds: impl Fn(&str) -> bool) -> Truth {
        let mut truth = Truth::default();
        for bit in 0..self.count {
            match self.columns.text(field, self.first.saturating_add(bit)) {
                Some(text) if holds(text) => truth.yes |= 1 << bit,
                Some(_) => truth.no |= 1 << bit,
                None => {}
            }
        }
        truth
    }
}

impl Node {
    fn truth(&self, block: &Block<'_>) -> Truth {
        match self {
            Self::Always(true) => Truth::YES,
            Self::Always(false) => Truth::NO,
            Self::All(parts) => {
                let mut truth = Truth::YES;
                for part in parts {
                    truth = truth.and(part.truth(block));
                    // No row can come back once all are refused.
                    if truth.no & block.mask() == block.mask() {
                        break;
                    }
                }
                truth
            }
            Self::Any(parts) => {
                let mut truth = Truth::NO;
                for part in parts {
                    truth = truth.or(part.truth(block));
                    if truth.yes & block.mask() == block.mask() {
                        break;
                    }
                }
                truth
            }
            Self::Not(inner) => inner.truth(block).turned(),
            Self::Number { field, op, limit } => compare(block, *field, *op, *limit),
            Self::OneNumber { field, numbers } => block.numbers(*field, |value| {
                numbers.iter().any(|number| is_same(*number, value))
            }),
            Self::Words { field, accepted } => words(block, *field, accepted),
            Self::Text { field, op, text } => match op {
                Op::IsNot => block.texts(*field, |found| found != text),
                Op::Has => block.texts(*field, |found| contains(found, text)),
                _ => block.texts(*field, |found| found == text),
            },
            Self::OneText { field, texts } => {
                block.texts(*field, |found| texts.iter().any(|text| text == found))
            }
            Self::Flag { field, wanted } => {
                block.numbers(*field, |value| is_same(value, 0.0) != *wanted)
            }
            Self::Known { field, is_text } => {
                let truth = if *is_text {
                    block.texts(*field, |_| true)
                } else {
                    block.numbers(*field, |_| true)
                };
                Truth {
                    yes: truth.yes,
                    no: !truth.yes,
                }
            }
            Self::Inside(place) => block.columns.inside(place, block.first, block.count),
        }
    }
}

/// One loop for each sign, so that none has to be chosen for each row.
fn compare(block: &Block<'_>, field: FieldIndex, op: Op, limit: f32) -> Truth {
    match op {
        Op::Is | Op::Has => block.numbers(field, |value| is_same(value, limit)),
        Op::IsNot => block.numbers(field, |value| !is_same(value, limit)),
        Op::Below => block.numbers(field, |value| value < limit),
        Op::AtMost => block.numbers(field, |value| value <= limit),
        Op::Above => block.numbers(field, |value| value > limit),
        Op::AtLeast => block.numbers(field, |value| value >= limit),
    }
}

/// A code beyond the list is unknown, as if the row had none.
fn words(block: &Block<'_>, field: FieldIndex, accepted: &[bool]) -> Truth {
    block.judged(field, |value| {
        // NaN and what lies below the list fail this test; what lies beyond it is not found.
        if value >= 0.0 {
            accepted.get(value as usize).copied()
        } else {
            None
        }
    })
}

/// True when both are the same number; 0 and -0 are.
#[expect(
    clippy::float_cmp,
    reason = "a filter's `=` asks for exactly the number that was written"
)]
fn is_same(a: f32, b: f32) -> bool {
    a == b
}

/// True when `part` is in `text`; letters of ASCII may differ in case.
pub(super) fn contains(text: &str, part: &str) -> bool {
    // UTF-8 never begins a character inside another, so bytes may be compared.
    part.is_empty()
        || text
            .as_bytes()
            .windows(part.len())
            .any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
}
