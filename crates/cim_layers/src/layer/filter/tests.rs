//! Filters read, refused and run: 64 rows at once against row by row, on expressions made from seeds.

use super::*;
use crate::layer::Words;

/// A table of rows: a number for each field, a text for those of text.
struct Table {
    numbers: Vec<Vec<f32>>,
    texts: Vec<Vec<Option<String>>>,
    inside: Vec<Option<bool>>,
}

impl Columns for Table {
    fn numbers(&self, field: FieldIndex, first: u32, into: &mut [f32]) {
        for (place, value) in into.iter_mut().enumerate() {
            *value = self.numbers[field.0 as usize][first as usize + place];
        }
    }

    fn text(&self, field: FieldIndex, row: u32) -> Option<&str> {
        self.texts[field.0 as usize][row as usize].as_deref()
    }

    fn inside(&self, place: &str, first: u32, count: u32) -> Truth {
        let mut truth = Truth::default();
        for bit in 0..count {
            match self.inside[(first + bit) as usize] {
                Some(answer) if answer == (place == "ring-1") => truth.yes |= 1 << bit,
                Some(_) => truth.no |= 1 << bit,
                None => {}
            }
        }
        truth
    }
}

const WORDS: [&str; 3] = ["gas", "noise", "water_level"];
const LEVELS: [&str; 3] = ["low", "medium", "high"];
const TEXTS: [&str; 4] = ["北城泵站", "Pump 7", "\"quoted\"\\", ""];

fn schema() -> Schema {
    let choices = |words: [&str; 3]| {
        let choices = words.map(|word| Choice {
            word: word.to_owned(),
            label: Words::default(),
        });
        choices.to_vec()
    };
    let number = FieldKind::Number {
        unit: "%LEL".to_owned(),
    };
    Schema::new()
        .with("value", number, "数值", "Value")
        .with("age", FieldKind::Seconds, "值龄", "Age")
        .with("kind", FieldKind::Word(choices(WORDS)), "类别", "Kind")
        .with(
            "severity",
            FieldKind::Level(choices(LEVELS)),
            "级别",
            "Severity",
        )
        .with("late", FieldKind::Flag, "迟到", "Late")
        .with("pipe name", FieldKind::Text, "名称", "Name")
}

/// A small generator (xorshift64*), so that a seed gives the same expressions everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize) % sides
    }

    fn one_of<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }
}

fn table(dice: &mut Dice, rows: usize) -> Table {
    let mut table = Table {
        numbers: vec![vec![f32::NAN; rows]; 6],
        texts: vec![vec![None; rows]; 6],
        inside: vec![None; rows],
    };
    for row in 0..rows {
        for (field, sides) in [(0, 7), (1, 90), (2, 4), (3, 3), (4, 2)] {
            if dice.below(4) > 0 {
                table.numbers[field][row] = dice.below(sides) as f32;
            }
        }
        if dice.below(4) > 0 {
            table.texts[5][row] = Some(dice.one_of(&TEXTS).to_owned());
        }
        table.inside[row] = [None, Some(true), Some(false)][dice.below(3)];
    }
    table
}

fn literal(dice: &mut Dice, field: usize) -> Literal {
    Literal::new(match field {
        0 => Value::Number(dice.below(7) as f64),
        1 => Value::Seconds(dice.below(90) as f64),
        2 => Value::Word(dice.one_of(&WORDS).to_owned()),
        3 => Value::Text(dice.one_of(&LEVELS).to_owned()),
        4 => Value::Flag(dice.below(2) == 0),
        _ => Value::Text(dice.one_of(&TEXTS).to_owned()),
    })
}

const NAMES: [&str; 6] = ["value", "age", "kind", "severity", "late", "pipe name"];

fn expression(dice: &mut Dice, depth: usize) -> Expr {
    let field = dice.below(6);
    let name = Name::new(NAMES[field]);
    let ordered = [
        Op::Is,
        Op::IsNot,
        Op::Below,
        Op::AtMost,
        Op::Above,
        Op::AtLeast,
    ];
    match dice.below(if depth == 0 { 6 } else { 9 }) {
        0 => Expr::Always(dice.below(2) == 0),
        1 => Expr::Known(name),
        2 => Expr::Inside {
            place: dice.one_of(&["ring-1", "ring-2"]).to_owned(),
        },
        3 => Expr::Is(Name::new("late")),
        4 if field != 4 => Expr::OneOf {
            field: name,
            values: (0..=dice.below(3)).map(|_| literal(dice, field)).collect(),
        },
        4 | 5 => Expr::Compare {
            field: name,
            op: match field {
                0 | 1 | 3 => ordered[dice.below(6)],
                4 => ordered[dice.below(2)],
                _ => [Op::Is, Op::IsNot, Op::Has][dice.below(3)],
            },
            value: literal(dice, field),
        },
        6 => Expr::Not(Box::new(expression(dice, depth - 1))),
        joined => {
            let parts = (0..dice.below(4)).map(|_| expression(dice, depth - 1));
            let parts: Vec<Expr> = parts.collect();
            if joined == 7 {
                Expr::All(parts)
            } else {
                Expr::Any(parts)
            }
        }
    }
}

/// What an expression says of one row, the plain way.
fn plain(expr: &Expr, table: &Table, row: usize) -> Option<bool> {
    match expr {
        Expr::Always(answer) => Some(*answer),
        Expr::Not(inner) => plain(inner, table, row).map(|answer| !answer),
        Expr::All(parts) => {
            let answers: Vec<_> = parts.iter().map(|part| plain(part, table, row)).collect();
            if answers.contains(&Some(false)) {
                Some(false)
            } else {
                (!answers.contains(&None)).then_some(true)
            }
        }
        Expr::Any(parts) => {
            let answers: Vec<_> = parts.iter().map(|part| plain(part, table, row)).collect();
            if answers.contains(&Some(true)) {
                Some(true)
            } else {
                (!answers.contains(&None)).then_some(false)
            }
        }
        Expr::Inside { place } => table.inside[row].map(|answer| answer == (place == "ring-1")),
        Expr::Is(_) => plain_code(table, 4, row).map(|code| code == 1),
        Expr::Known(name) => {
            let field = NAMES
                .iter()
                .position(|known| *known == name.text)
                .expect("known");
            Some(table.texts[field][row].is_some() || !table.numbers[field][row].is_nan())
        }
        Expr::OneOf { field, values } => {
            let answers = values
                .iter()
                .map(|value| plain_compare(table, field, Op::Is, value, row));
            let answers: Vec<_> = answers.collect();
            if answers.contains(&None) {
                return None;
            }
            Some(answers.contains(&Some(true)))
        }
        Expr::Compare { field, op, value } => plain_compare(table, field, *op, value, row),
    }
}

fn plain_code(table: &Table, field: usize, row: usize) -> Option<i64> {
    let value = table.numbers[field][row];
    let beyond = field == 2 && value >= 3.0;
    (!value.is_nan() && !beyond).then_some(value as i64)
}

fn plain_compare(table: &Table, name: &Name, op: Op, value: &Literal, row: usize) -> Option<bool> {
    let field = NAMES
        .iter()
        .position(|known| *known == name.text)
        .expect("known");
    let index_in = |words: &[&str], text: &str| words.iter().position(|word| *word == text);
    let wanted = match &value.value {
        Value::Number(number) | Value::Seconds(number) => *number as i64,
        Value::Flag(flag) => i64::from(*flag),
        Value::Word(text) | Value::Text(text) => match field {
            2 | 3 => {
                let words = if field == 2 { WORDS } else { LEVELS };
                if op == Op::Has {
                    let code = plain_code(table, field, row)?;
                    return Some(words[code as usize].contains(text.as_str()));
                }
                index_in(&words, text).expect("a word of the list") as i64
            }
            _ => {
                let found = table.texts[field][row].as_ref()?;
                return Some(match op {
                    Op::Has => found
                        .to_ascii_lowercase()
                        .contains(&text.to_ascii_lowercase()),
                    Op::IsNot => found != text,
                    _ => found == text,
                });
            }
        },
    };
    let found = plain_code(table, field, row)?;
    Some(match op {
        Op::Is | Op::Has => found == wanted,
        Op::IsNot => found != wanted,
        Op::Below => found < wanted,
        Op::AtMost => found <= wanted,
        Op::Above => found > wanted,
        Op::AtLeast => found >= wanted,
    })
}

#[test]
fn sixty_four_rows_at_once_say_what_each_row_says() {
    let schema = schema();
    for seed in 1..=600_u64 {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let rows = 1 + dice.below(200);
        let table = table(&mut dice, rows);
        let expr = expression(&mut dice, 4);
        let filter = Filter::of(expr.clone());
        let compiled = filter.compile(&schema);
        let compiled = compiled.unwrap_or_else(|error| panic!("seed {seed}: {filter}: {error}"));
        let first = dice.below(rows);
        let mut words = vec![u64::MAX; (rows - first).div_ceil(64) + 1];
        let taken = compiled.run(&table, first as u32..rows as u32, &mut words);
        let mut counted = 0;
        for row in first..rows {
            let bit = row - first;
            let vectorised = (words[bit / 64] >> (bit % 64)) & 1 == 1;
            let expected = plain(&expr, &table, row) == Some(true);
            assert_eq!(vectorised, expected, "seed {seed}, row {row}: {filter}");
            assert_eq!(
                compiled.takes(&table, row as u32),
                expected,
                "seed {seed}, row {row}"
            );
            counted += u32::from(expected);
        }
        assert_eq!(
            taken, counted,
            "seed {seed}: bits beyond the rows are not set"
        );
    }
}

#[test]
fn what_is_written_is_read_as_the_same() {
    for seed in 1..=600_u64 {
        let mut dice = Dice(seed.wrapping_mul(0xD134_2543_DE82_EF95));
        let written = Filter::of(expression(&mut dice, 4));
        let read = Filter::parse(written.text());
        let read = read.unwrap_or_else(|error| panic!("seed {seed}: {written}: {error}"));
        assert_eq!(read.root().to_string(), written.text(), "seed {seed}");
    }
}

#[track_caller]
fn check_read(text: &str, expected: &str) {
    let filter = Filter::parse(text).expect("can be read");
    assert_eq!(filter.root().to_string(), expected);
}

#[test]
fn not_binds_before_and_and_and_before_or() {
    check_read("a or b and not c or d", "a or (b and not c) or d");
    check_read("(a or b) and not (c or d)", "(a or b) and not (c or d)");
    check_read("not a and b", "not a and b");
    check_read("not (a and b)", "not (a and b)");
    check_read("NOT a AND b", "not a and b");
}

#[test]
fn chinese_keyboards_and_units_are_understood() {
    check_read("（value ≥ 25）", "value >= 25");
    check_read(
        "name ～ “泵站” and age＞10min",
        "name ~ \"泵站\" and age > 600 s",
    );
    check_read("kind in (gas，noise)", "kind in (gas, noise)");
    check_read("age < 1.5 h", "age < 5400 s");
    check_read("value > -1e3", "value > -1000");
    check_read("`管径 (mm)` != 300", "`管径 (mm)` != 300");
}

#[track_caller]
fn check_error(text: &str, column: u32, reason: &str) {
    let error = Filter::parse(text)
        .and_then(|filter| filter.compile(&schema()))
        .expect_err("is wrong");
    assert_eq!(error.column, column, "{error}");
    assert!(error.to_string().contains(reason), "{error}");
}

#[test]
fn an_error_names_its_column_and_what_is_expected() {
    check_error("", 1, "a field is expected");
    check_error(
        "value >",
        8,
        "a number, a word or a text in quotes is expected",
    );
    check_error("value > 3 late", 11, "not a unit of time");
    check_error(
        "late late",
        6,
        "a comparison, `in`, `and` or `or` is expected",
    );
    check_error("(late", 6, "`)` is expected");
    check_error("late)", 5, "`and`, `or` or the end is expected");
    check_error("kind = \"gas", 8, "has no end");
    check_error("value == 3", 7, "did you mean `=`");
    check_error("late && late", 6, "did you mean `and`");
    check_error("值 # 3", 3, "means nothing");
    check_error("vlaue > 3", 1, "did you mean `value`");
    check_error("late and kind = gsa", 17, "did you mean `gas`");
    check_error("age > 10", 7, "a time with its unit");
    check_error("value > 10 min", 9, "a number without a unit of time");
    check_error("kind < gas", 1, "possible: = != ~ in");
    check_error("value", 1, "not a flag");
    check_error("late = 1", 8, "true or false");
    check_error("value = 1e400", 9, "not a number");
}

#[test]
fn endless_filters_are_refused() {
    let long = "late or ".repeat(1_000);
    check_error(&long, 1, "longer than");
    check_error(&"(".repeat(2_000), 33, "deeper than");
    check_error(&"not ".repeat(1_000), 129, "deeper than");
    let deepest = format!("{}late{}", "(".repeat(32), ")".repeat(32));
    assert!(Filter::parse(&deepest).is_ok());
    let mut made = Expr::Is(Name::new("late"));
    for _ in 0..500 {
        made = Expr::Not(Box::new(made));
    }
    let error = Filter::of(made).compile(&schema()).expect_err("too deep");
    assert_eq!(error.fault, FilterFault::TooDeep);
}

#[test]
fn a_row_without_the_attribute_is_taken_by_neither_side() {
    let table = Table {
        numbers: vec![vec![f32::NAN]; 6],
        texts: vec![vec![None]; 6],
        inside: vec![None],
    };
    let schema = schema();
    let takes = |text: &str| {
        let filter = Filter::parse(text).expect("can be read");
        filter.compile(&schema).expect("suits").takes(&table, 0)
    };
    assert!(!takes("value > 3"));
    assert!(!takes("not (value > 3)"));
    assert!(!takes("value != 3"));
    assert!(takes("value > 3 or true"));
    assert!(takes("not known(value)"));
    assert!(!takes("inside(\"ring-1\") or not inside(\"ring-1\")"));
}

#[test]
fn words_may_be_said_in_either_language() {
    let schema = Schema::live();
    for text in [
        "severity >= 重要",
        "severity >= \"High\"",
        "kind = 燃气",
        "kind ~ \"水\"",
    ] {
        assert!(
            Filter::parse(text).expect("read").compile(&schema).is_ok(),
            "{text}"
        );
    }
    let (index, field) = schema.find("grid").expect("there");
    assert_eq!(index, live::GRID);
    assert_eq!(field.name, "grid");
    assert_eq!(schema.fields().len(), usize::from(live::NEXT.0));
    for (name, index) in [
        ("id", live::ID),
        ("value", live::VALUE),
        ("late", live::LATE),
    ] {
        assert_eq!(schema.find(name).expect("there").0, index);
    }
}

#[test]
fn all_errors_are_told_not_only_the_first() {
    let filter = Filter::parse("vlaue > 3 and kind = gsa or late < true").expect("read");
    let errors = filter.check(&schema());
    let columns: Vec<u32> = errors.iter().map(|error| error.column).collect();
    assert_eq!(columns, [1, 22, 29]);
}
