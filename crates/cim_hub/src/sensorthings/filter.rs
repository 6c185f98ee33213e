//! The `$filter` language (OGC 18-088, clause 9.3.3.5.1): text in, tree out, with the position of what is wrong.
//!
//! Comparisons, `and`, `or`, `not`, parentheses, arithmetic and the functions of texts, times, numbers and places. What a path means is for the evaluator
//! (entities) and for the translator to SQL (observations).

use super::functions::Function;
use super::geometry::Geometry;
use crate::iso::millis_from_iso;
use cim_model::UtcMillis;

/// How deep parentheses and `not` may nest; deeper text is refused, so that no request can exhaust the stack.
const MAX_DEPTH: usize = 64;

/// A condition.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    /// Both hold.
    And(Box<Expr>, Box<Expr>),
    /// One holds.
    Or(Box<Expr>, Box<Expr>),
    /// It does not hold.
    Not(Box<Expr>),
    /// Two operands compared.
    Compare(Operand, Comparison, Operand),
    /// A text function of two operands.
    Text(TextTest, Operand, Operand),
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Operand {
    /// A property, step by step: `properties/kind`.
    Path(Vec<String>),
    /// A text literal.
    Text(String),
    /// A number.
    Number(f64),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
    /// A moment.
    Moment(UtcMillis),
    /// A place: `geography'POINT (121.5 31.2)'`.
    Place(Geometry),
    /// A function or an arithmetic operator with its arguments.
    Call(Function, Vec<Operand>),
}

/// `eq ne gt ge lt le`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
}

impl Comparison {
    /// The operator that says the same with its sides exchanged.
    pub(crate) fn mirrored(self) -> Self {
        match self {
            Self::Gt => Self::Lt,
            Self::Ge => Self::Le,
            Self::Lt => Self::Gt,
            Self::Le => Self::Ge,
            same => same,
        }
    }

    /// The operator in SQL.
    pub(crate) fn sql(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "<>",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Lt => "<",
            Self::Le => "<=",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "gt" => Self::Gt,
            "ge" => Self::Ge,
            "lt" => Self::Lt,
            "le" => Self::Le,
            _ => return None,
        })
    }
}

/// Functions of two texts; the first argument is searched for the second, whatever order the request had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextTest {
    /// `substringof('part', path)` and `contains(path, 'part')`.
    Contains,
    /// `startswith(path, 'start')`.
    StartsWith,
    /// `endswith(path, 'end')`.
    EndsWith,
}

/// What is wrong with a condition, and where: characters from the start of the option's value, counted from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FilterError {
    /// Position.
    pub(crate) at: usize,
    /// What is wrong.
    pub(crate) reason: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Comma,
    Word(String),
    Text(String),
    Number(f64),
    Moment(UtcMillis),
}

/// Reads a condition.
pub(crate) fn parse(text: &str) -> Result<Expr, FilterError> {
    let tokens = tokens_of(text)?;
    let end = text.chars().count();
    let mut parser = Parser {
        tokens,
        next: 0,
        end,
    };
    let expr = parser.or(0)?;
    match parser.peek() {
        None => Ok(expr),
        Some(_) => Err(parser.wrong("expected `and`, `or` or the end")),
    }
}

fn tokens_of(text: &str) -> Result<Vec<(usize, Token)>, FilterError> {
    let letters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(letter) = letters.get(at) {
        let start = at;
        let token = match letter {
            ' ' | '\t' | '\n' | '\r' => {
                at += 1;
                continue;
            }
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            '\'' => {
                let (literal, after) = text_literal(&letters, at)?;
                at = after;
                tokens.push((start, Token::Text(literal)));
                continue;
            }
            _ => {
                let after = end_of_run(&letters, at);
                if after == at {
                    return Err(FilterError {
                        at,
                        reason: format!("unexpected {letter:?}"),
                    });
                }
                let run: String = letters.get(at..after).unwrap_or_default().iter().collect();
                at = after;
                tokens.push((start, word_or_number(&run, start)?));
                continue;
            }
        };
        tokens.push((start, token));
        at += 1;
    }
    Ok(tokens)
}

fn text_literal(letters: &[char], open: usize) -> Result<(String, usize), FilterError> {
    let mut literal = String::new();
    let mut at = open + 1;
    loop {
        match (letters.get(at), letters.get(at + 1)) {
            (Some('\''), Some('\'')) => {
                literal.push('\'');
                at += 2;
            }
            (Some('\''), _) => return Ok((literal, at + 1)),
            (Some(letter), _) => {
                literal.push(*letter);
                at += 1;
            }
            (None, _) => {
                return Err(FilterError {
                    at: open,
                    reason: "the text is not closed".to_owned(),
                });
            }
        }
    }
}

fn end_of_run(letters: &[char], start: usize) -> usize {
    let belongs = |letter: &char| letter.is_alphanumeric() || "_@./:+-$".contains(*letter);
    letters
        .iter()
        .skip(start)
        .position(|letter| !belongs(letter))
        .map_or(letters.len(), |length| start + length)
}

fn word_or_number(run: &str, at: usize) -> Result<Token, FilterError> {
    let first = run.trim_start_matches(['-', '+']).chars().next();
    if first.is_some_and(|letter| letter.is_ascii_digit() || letter == '.') {
        if let Ok(number) = run.parse::<f64>() {
            return Ok(Token::Number(number));
        }
        return millis_from_iso(run)
            .map(Token::Moment)
            .ok_or_else(|| FilterError {
                at,
                reason: format!("{run:?} is neither a number nor a moment"),
            });
    }
    Ok(Token::Word(run.to_owned()))
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    next: usize,
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(_, token)| token)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.next += 1;
        token
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(found)) if found == word);
        if found {
            self.next += 1;
        }
        found
    }

    fn expect(&mut self, token: &Token, what: &str) -> Result<(), FilterError> {
        if self.peek() == Some(token) {
            self.next += 1;
            return Ok(());
        }
        Err(self.wrong(what))
    }

    fn wrong(&self, reason: &str) -> FilterError {
        let at = self.tokens.get(self.next).map_or(self.end, |(at, _)| *at);
        FilterError {
            at,
            reason: reason.to_owned(),
        }
    }

    fn or(&mut self, depth: usize) -> Result<Expr, FilterError> {
        let mut left = self.and(depth)?;
        while self.take_word("or") {
            left = Expr::Or(Box::new(left), Box::new(self.and(depth)?));
        }
        Ok(left)
    }

    fn and(&mut self, depth: usize) -> Result<Expr, FilterError> {
        let mut left = self.not(depth)?;
        while self.take_word("and") {
            left = Expr::And(Box::new(left), Box::new(self.not(depth)?));
        }
        Ok(left)
    }

    fn not(&mut self, depth: usize) -> Result<Expr, FilterError> {
        if depth > MAX_DEPTH {
            return Err(self.wrong("nested too deeply"));
        }
        if self.take_word("not") {
            return Ok(Expr::Not(Box::new(self.not(depth + 1)?)));
        }
        if self.peek() == Some(&Token::Open) {
            self.next += 1;
            let inner = self.or(depth + 1)?;
            self.expect(&Token::Close, "expected `)`")?;
            return Ok(inner);
        }
        self.comparison(depth)
    }

    fn comparison(&mut self, depth: usize) -> Result<Expr, FilterError> {
        if let Some(test) = self.text_test() {
            return self.text_function(test, depth);
        }
        let left = self.sum(depth, 1)?;
        let comparison = match self.peek() {
            Some(Token::Word(word)) => Comparison::from_word(word),
            _ => None,
        };
        match comparison {
            Some(comparison) => {
                self.next += 1;
                Ok(Expr::Compare(left, comparison, self.sum(depth, 1)?))
            }
            // A bare path is a flag: `properties/simulated`; a bare function is one as well.
            None if matches!(left, Operand::Path(_) | Operand::Call(..))
                && !matches!(self.peek(), Some(Token::Word(word)) if !is_joint(word)) =>
            {
                Ok(Expr::Compare(left, Comparison::Eq, Operand::Bool(true)))
            }
            None => Err(self.wrong("expected one of eq, ne, gt, ge, lt, le")),
        }
    }

    fn text_test(&self) -> Option<(TextTest, bool)> {
        let Some(Token::Word(word)) = self.peek() else {
            return None;
        };
        if self.tokens.get(self.next + 1).map(|(_, token)| token) != Some(&Token::Open) {
            return None;
        }
        match word.as_str() {
            "substringof" => Some((TextTest::Contains, true)),
            "contains" => Some((TextTest::Contains, false)),
            "startswith" => Some((TextTest::StartsWith, false)),
            "endswith" => Some((TextTest::EndsWith, false)),
            _ => None,
        }
    }

    fn text_function(
        &mut self,
        (test, part_first): (TextTest, bool),
        depth: usize,
    ) -> Result<Expr, FilterError> {
        self.next += 2;
        let first = self.operand(depth + 1)?;
        self.expect(&Token::Comma, "expected `,`")?;
        let second = self.operand(depth + 1)?;
        self.expect(&Token::Close, "expected `)`")?;
        // Some clients write `startswith(…) eq true`.
        let call = if part_first {
            Expr::Text(test, second, first)
        } else {
            Expr::Text(test, first, second)
        };
        if matches!(self.peek(), Some(Token::Word(word)) if word == "eq") {
            self.next += 1;
            return match self.take() {
                Some(Token::Word(word)) if word == "true" => Ok(call),
                Some(Token::Word(word)) if word == "false" => Ok(Expr::Not(Box::new(call))),
                _ => {
                    self.next = self.next.saturating_sub(1);
                    Err(self.wrong("expected true or false"))
                }
            };
        }
        Ok(call)
    }

    /// Operands joined by arithmetic operators that bind at least as close as `binds`.
    fn sum(&mut self, depth: usize, binds: u8) -> Result<Operand, FilterError> {
        if depth > MAX_DEPTH {
            return Err(self.wrong("nested too deeply"));
        }
        let mut left = self.operand(depth)?;
        loop {
            let operator = match self.peek() {
                Some(Token::Word(word)) => Function::operator(word),
                _ => None,
            };
            match operator {
                Some((function, close)) if close >= binds => {
                    self.next += 1;
                    let right = self.sum(depth + 1, close + 1)?;
                    left = Operand::Call(function, vec![left, right]);
                }
                _ => return Ok(left),
            }
        }
    }

    fn call(&mut self, word: &str, depth: usize) -> Result<Operand, FilterError> {
        self.next = self.next.saturating_sub(1);
        let unknown = self.wrong("no such function");
        self.next += 2;
        let mut args = Vec::new();
        if self.peek() != Some(&Token::Close) {
            args.push(self.sum(depth + 1, 1)?);
            while self.peek() == Some(&Token::Comma) {
                self.next += 1;
                args.push(self.sum(depth + 1, 1)?);
            }
        }
        let (function, least, most) = Function::from_word(word).ok_or(unknown)?;
        if !(least..=most).contains(&args.len()) {
            return Err(self.wrong("wrong number of arguments"));
        }
        self.expect(&Token::Close, "expected `)`")?;
        Ok(Operand::Call(function, args))
    }

    fn operand(&mut self, depth: usize) -> Result<Operand, FilterError> {
        if depth > MAX_DEPTH {
            return Err(self.wrong("nested too deeply"));
        }
        let problem = self.wrong("expected a property, a text, a number or a moment");
        let Some(token) = self.take() else {
            return Err(problem);
        };
        Ok(match token {
            Token::Text(text) => Operand::Text(text),
            Token::Number(number) => Operand::Number(number),
            Token::Moment(moment) => Operand::Moment(moment),
            Token::Word(word) if self.peek() == Some(&Token::Open) => {
                return self.call(&word, depth);
            }
            Token::Word(word) if matches!(word.as_str(), "geography" | "geometry") => {
                let unreadable = self.wrong("expected a place, as 'POINT (121.5 31.2)'");
                match self.take() {
                    Some(Token::Text(text)) => {
                        Operand::Place(Geometry::from_wkt(&text).ok_or(unreadable)?)
                    }
                    _ => return Err(unreadable),
                }
            }
            Token::Word(word) => match word.as_str() {
                "true" => Operand::Bool(true),
                "false" => Operand::Bool(false),
                "null" => Operand::Null,
                "and" | "or" | "not" | "eq" | "ne" | "gt" | "ge" | "lt" | "le" => {
                    return Err(problem);
                }
                path => Operand::Path(path.split('/').map(str::to_owned).collect()),
            },
            Token::Open | Token::Close | Token::Comma => return Err(problem),
        })
    }
}

fn is_joint(word: &str) -> bool {
    matches!(word, "and" | "or")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Operand {
        Operand::Path(text.split('/').map(str::to_owned).collect())
    }

    fn compare(left: &str, comparison: Comparison, right: Operand) -> Expr {
        Expr::Compare(path(left), comparison, right)
    }

    #[track_caller]
    fn check(text: &str, expected: &Expr) {
        assert_eq!(&parse(text).expect(text), expected, "{text}");
    }

    #[test]
    fn comparisons_of_every_kind_are_read() {
        check(
            "result gt 10.5",
            &compare("result", Comparison::Gt, Operand::Number(10.5)),
        );
        check(
            "result le -3",
            &compare("result", Comparison::Le, Operand::Number(-3.0)),
        );
        check(
            "result lt 1e3",
            &compare("result", Comparison::Lt, Operand::Number(1000.0)),
        );
        check(
            "name eq 'O''Brien'",
            &compare("name", Comparison::Eq, Operand::Text("O'Brien".to_owned())),
        );
        check(
            "properties/kind ne 'gas'",
            &compare(
                "properties/kind",
                Comparison::Ne,
                Operand::Text("gas".to_owned()),
            ),
        );
        check(
            "@iot.id eq 4",
            &compare("@iot.id", Comparison::Eq, Operand::Number(4.0)),
        );
        check(
            "phenomenonTime ge 2023-11-14T22:13:20.250Z",
            &compare(
                "phenomenonTime",
                Comparison::Ge,
                Operand::Moment(UtcMillis(1_700_000_000_250)),
            ),
        );
        check(
            "phenomenonTime lt 2023-11-15T06:13:20.250+08:00",
            &compare(
                "phenomenonTime",
                Comparison::Lt,
                Operand::Moment(UtcMillis(1_700_000_000_250)),
            ),
        );
        check(
            "properties/open",
            &compare("properties/open", Comparison::Eq, Operand::Bool(true)),
        );
    }

    #[test]
    fn and_binds_closer_than_or_and_not_closest() {
        let a = || compare("a", Comparison::Eq, Operand::Number(1.0));
        let b = || compare("b", Comparison::Eq, Operand::Number(2.0));
        let c = || compare("c", Comparison::Eq, Operand::Number(3.0));
        check(
            "a eq 1 or b eq 2 and c eq 3",
            &Expr::Or(
                Box::new(a()),
                Box::new(Expr::And(Box::new(b()), Box::new(c()))),
            ),
        );
        check(
            "(a eq 1 or b eq 2) and not c eq 3",
            &Expr::And(
                Box::new(Expr::Or(Box::new(a()), Box::new(b()))),
                Box::new(Expr::Not(Box::new(c()))),
            ),
        );
    }

    #[test]
    fn text_functions_put_the_searched_text_first() {
        let gas = || Operand::Text("燃气".to_owned());
        let contains = Expr::Text(TextTest::Contains, path("name"), gas());
        check("substringof('燃气', name)", &contains);
        check("contains(name,'燃气')", &contains);
        check("contains(name,'燃气') eq true", &contains);
        check(
            "startswith(name,'燃气') eq false",
            &Expr::Not(Box::new(Expr::Text(
                TextTest::StartsWith,
                path("name"),
                gas(),
            ))),
        );
        check(
            "endswith(tolower(name),'燃气')",
            &Expr::Text(
                TextTest::EndsWith,
                Operand::Call(Function::ToLower, vec![path("name")]),
                gas(),
            ),
        );
    }

    #[test]
    fn a_wrong_condition_says_where() {
        for (text, at) in [
            ("", 0),
            ("result gt", 9),
            ("result 5", 7),
            ("name eq 'open", 8),
            ("(a eq 1", 7),
            ("a eq 1 b eq 2", 7),
            ("a eq 2023-99-99T00:00:00Z", 5),
            ("geo.flight(location, 5) lt 3", 0),
            ("length(name, 5) lt 3", 14),
            ("location eq geography'BLOB (1)'", 21),
            ("a ? 1", 2),
        ] {
            assert_eq!(parse(text).expect_err(text).at, at, "{text}");
        }
    }

    #[test]
    fn endless_nesting_is_refused_and_not_followed() {
        let deep = format!("{}a eq 1{}", "(".repeat(10_000), ")".repeat(10_000));
        assert!(
            parse(&deep)
                .expect_err("too deep")
                .reason
                .contains("deeply")
        );
    }

    #[test]
    fn products_bind_closer_than_sums_and_both_go_from_left_to_right() {
        let number = |number: f64| Operand::Number(number);
        let call = |function, left, right| Operand::Call(function, vec![left, right]);
        let product = call(Function::Mul, number(2.0), number(3.0));
        let sum = call(Function::Add, path("result"), product);
        check(
            "result add 2 mul 3 sub 1 gt 5",
            &Expr::Compare(
                call(Function::Sub, sum, number(1.0)),
                Comparison::Gt,
                number(5.0),
            ),
        );
    }
}
