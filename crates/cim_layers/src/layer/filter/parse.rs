//! Reads a filter: recursive descent, `or` below `and` below `not`.

use super::{
    Expected, Expr, FilterError, FilterFault, Literal, MOST_DEPTH, Name, Op, RESERVED, Value,
    lex::{Piece, Token, pieces},
};

/// What `text` says.
pub(super) fn parse(text: &str) -> Result<Expr, FilterError> {
    let pieces = pieces(text)?;
    let end = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let mut reader = Reader {
        pieces: &pieces,
        next: 0,
        end: end.saturating_add(1),
        depth: 0,
    };
    let expr = reader.any()?;
    if reader.peek().is_some() {
        return reader.unexpected(Expected::AndOrEnd);
    }
    Ok(expr)
}

struct Reader<'p> {
    pieces: &'p [Piece],
    next: usize,
    /// The column behind the last character.
    end: u32,
    depth: u32,
}

impl<'p> Reader<'p> {
    fn peek(&self) -> Option<&'p Token> {
        self.pieces.get(self.next).map(|piece| &piece.token)
    }

    fn column(&self) -> u32 {
        self.pieces
            .get(self.next)
            .map_or(self.end, |piece| piece.at)
    }

    /// True when the next piece is the reserved word `word`; it stays next.
    fn is_at(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Word(found)) if found.eq_ignore_ascii_case(word))
    }

    /// Passes the reserved word `word` when it is next.
    fn takes(&mut self, word: &str) -> bool {
        let is_there = self.is_at(word);
        self.next += usize::from(is_there);
        is_there
    }

    fn unexpected<T>(&self, expected: Expected) -> Result<T, FilterError> {
        let fault = match self.peek() {
            None => FilterFault::Ends { expected },
            Some(token) => FilterFault::Unexpected {
                found: written(token),
                expected,
            },
        };
        Err(FilterError {
            column: self.column(),
            fault,
        })
    }

    fn expect(&mut self, token: &Token, expected: Expected) -> Result<(), FilterError> {
        if self.peek() == Some(token) {
            self.next += 1;
            return Ok(());
        }
        self.unexpected(expected)
    }

    /// Goes one level deeper; every level of the stack is counted here.
    fn deeper(&mut self) -> Result<(), FilterError> {
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(FilterError {
                column: self.column(),
                fault: FilterFault::TooDeep,
            });
        }
        Ok(())
    }

    fn any(&mut self) -> Result<Expr, FilterError> {
        let first = self.all()?;
        let mut parts = vec![first];
        while self.takes("or") {
            parts.push(self.all()?);
        }
        Ok(single_or(parts, Expr::Any))
    }

    fn all(&mut self) -> Result<Expr, FilterError> {
        let first = self.turned()?;
        let mut parts = vec![first];
        while self.takes("and") {
            parts.push(self.turned()?);
        }
        Ok(single_or(parts, Expr::All))
    }

    fn turned(&mut self) -> Result<Expr, FilterError> {
        if !self.is_at("not") {
            return self.term();
        }
        self.deeper()?;
        self.next += 1;
        let inner = self.turned()?;
        self.depth -= 1;
        Ok(Expr::Not(Box::new(inner)))
    }

    fn term(&mut self) -> Result<Expr, FilterError> {
        if self.peek() == Some(&Token::Open) {
            self.deeper()?;
            self.next += 1;
            let inner = self.any()?;
            self.expect(&Token::Close, Expected::Close)?;
            self.depth -= 1;
            return Ok(inner);
        }
        if self.takes("true") {
            return Ok(Expr::Always(true));
        }
        if self.takes("false") {
            return Ok(Expr::Always(false));
        }
        if self.takes("inside") {
            return self.inside();
        }
        if self.takes("known") {
            self.expect(&Token::Open, Expected::Open)?;
            let field = self.field()?;
            self.expect(&Token::Close, Expected::Close)?;
            return Ok(Expr::Known(field));
        }
        let field = self.field()?;
        self.comparison(field)
    }

    fn inside(&mut self) -> Result<Expr, FilterError> {
        self.expect(&Token::Open, Expected::Open)?;
        let Some(Token::Text(place) | Token::Word(place)) = self.peek() else {
            return self.unexpected(Expected::FenceName);
        };
        self.next += 1;
        self.expect(&Token::Close, Expected::Close)?;
        Ok(Expr::Inside {
            place: place.clone(),
        })
    }

    fn field(&mut self) -> Result<Name, FilterError> {
        let at = self.column();
        let text = match self.peek() {
            Some(Token::Name(name)) => name.clone(),
            Some(Token::Word(word)) if !is_reserved(word) => word.clone(),
            _ => return self.unexpected(Expected::Field),
        };
        self.next += 1;
        Ok(Name { text, at })
    }

    fn comparison(&mut self, field: Name) -> Result<Expr, FilterError> {
        if let Some(Token::Op(op)) = self.peek() {
            let op: Op = *op;
            self.next += 1;
            let value = self.value()?;
            return Ok(Expr::Compare { field, op, value });
        }
        if !self.takes("in") {
            // Whatever may follow a flag is seen by whoever asked for the term; a value is the usual mistake.
            let is_flag = matches!(self.peek(), None | Some(Token::Close))
                || self.is_at("and")
                || self.is_at("or");
            if !is_flag {
                return self.unexpected(Expected::Comparison);
            }
            return Ok(Expr::Is(field));
        }
        self.expect(&Token::Open, Expected::Open)?;
        let mut values = vec![self.value()?];
        while self.peek() == Some(&Token::Comma) {
            self.next += 1;
            values.push(self.value()?);
        }
        self.expect(&Token::Close, Expected::CommaOrClose)?;
        Ok(Expr::OneOf { field, values })
    }

    fn value(&mut self) -> Result<Literal, FilterError> {
        let at = self.column();
        let value = match self.peek() {
            Some(Token::Text(text)) => Value::Text(text.clone()),
            Some(Token::Number(number)) => return self.number(*number, at),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("true") => Value::Flag(true),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("false") => Value::Flag(false),
            Some(Token::Word(word)) if !is_reserved(word) => Value::Word(word.clone()),
            _ => return self.unexpected(Expected::Value),
        };
        self.next += 1;
        Ok(Literal { value, at })
    }

    /// The number that is next, with its unit of time if there is one.
    fn number(&mut self, number: f64, at: u32) -> Result<Literal, FilterError> {
        self.next += 1;
        let Some(Token::Word(word)) = self.peek() else {
            let value = Value::Number(number);
            return Ok(Literal { value, at });
        };
        if is_reserved(word) {
            let value = Value::Number(number);
            return Ok(Literal { value, at });
        }
        let seconds = match word.as_str() {
            "s" => 1.0,
            "min" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            _ => {
                return Err(FilterError {
                    column: self.column(),
                    fault: FilterFault::UnknownUnit {
                        found: word.clone(),
                    },
                });
            }
        };
        if !(number * seconds).is_finite() {
            return Err(FilterError {
                column: at,
                fault: FilterFault::BadNumber {
                    found: format!("{number} {word}"),
                },
            });
        }
        self.next += 1;
        let value = Value::Seconds(number * seconds);
        Ok(Literal { value, at })
    }
}

/// The only one of `parts`, or all of them joined.
fn single_or(mut parts: Vec<Expr>, joined: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            joined(parts)
        }
        None => joined(parts),
    }
}

fn is_reserved(word: &str) -> bool {
    RESERVED
        .iter()
        .any(|reserved| word.eq_ignore_ascii_case(reserved))
}

/// A piece as it is shown in a message.
fn written(token: &Token) -> String {
    match token {
        Token::Word(text) | Token::Name(text) => text.clone(),
        Token::Text(text) => format!("\"{text}\""),
        Token::Number(number) => number.to_string(),
        Token::Op(op) => op.as_str().to_owned(),
        Token::Open => "(".to_owned(),
        Token::Close => ")".to_owned(),
        Token::Comma => ",".to_owned(),
    }
}
