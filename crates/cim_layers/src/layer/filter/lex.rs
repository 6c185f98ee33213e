//! Cuts a filter into words, numbers, texts and signs.
//!
//! Full-width signs of Chinese keyboards are taken for what they look like: （ ） ， ＝ ＞ ＜ ≥ ≤ ≠ “ ”.

use super::{FilterError, FilterFault, MOST_BYTES, Op};

/// A piece of a filter.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A word without quotes.
    Word(String),
    /// A name in back ticks.
    Name(String),
    /// A number.
    Number(f64),
    /// A text in quotes.
    Text(String),
    /// A sign that compares.
    Op(Op),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
}

/// A piece and its column, characters from 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) token: Token,
    pub(super) at: u32,
}

/// True for what a word may begin with.
pub(super) fn begins_word(sign: char) -> bool {
    sign.is_alphabetic() || sign == '_'
}

/// True for what may follow in a word.
pub(super) fn continues_word(sign: char) -> bool {
    sign.is_alphanumeric() || matches!(sign, '_' | '-' | '.' | ':' | '·')
}

/// The pieces of `text`, in order.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, FilterError> {
    if text.len() > MOST_BYTES {
        return Err(FilterError {
            column: 1,
            fault: FilterFault::TooLong,
        });
    }
    let mut scanner = Scanner {
        signs: text.chars().collect(),
        next: 0,
    };
    let mut pieces = Vec::new();
    while let Some(sign) = scanner.peek(0) {
        if sign.is_whitespace() {
            scanner.next += 1;
            continue;
        }
        let at = scanner.column();
        let token = scanner.token(sign)?;
        pieces.push(Piece { token, at });
    }
    Ok(pieces)
}

struct Scanner {
    signs: Vec<char>,
    next: usize,
}

impl Scanner {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.signs.get(self.next + ahead).copied()
    }

    fn column(&self) -> u32 {
        u32::try_from(self.next)
            .unwrap_or(u32::MAX)
            .saturating_add(1)
    }

    fn error<T>(&self, fault: FilterFault) -> Result<T, FilterError> {
        Err(FilterError {
            column: self.column(),
            fault,
        })
    }

    /// The piece that begins with `sign`, which is next.
    fn token(&mut self, sign: char) -> Result<Token, FilterError> {
        let is_number = sign.is_ascii_digit()
            || (sign == '-' && self.peek(1).is_some_and(|next| next.is_ascii_digit()));
        if is_number {
            return self.number();
        }
        if begins_word(sign) {
            let word = self.while_true(continues_word);
            return Ok(Token::Word(word));
        }
        match sign {
            '"' => self.quoted(&['"']).map(Token::Text),
            '“' | '”' => self.quoted(&['”', '“']).map(Token::Text),
            '`' => self.quoted(&['`']).map(Token::Name),
            _ => self.sign(sign),
        }
    }

    /// A sign of one or two characters.
    fn sign(&mut self, sign: char) -> Result<Token, FilterError> {
        let is_doubled = self.peek(1) == Some('=');
        let (token, length) = match sign {
            '(' | '（' => (Token::Open, 1),
            ')' | '）' => (Token::Close, 1),
            ',' | '，' | '、' => (Token::Comma, 1),
            '=' | '＝' if !is_doubled => (Token::Op(Op::Is), 1),
            '!' | '！' if is_doubled => (Token::Op(Op::IsNot), 2),
            '≠' => (Token::Op(Op::IsNot), 1),
            '<' | '＜' if is_doubled => (Token::Op(Op::AtMost), 2),
            '≤' => (Token::Op(Op::AtMost), 1),
            '<' if self.peek(1) == Some('>') => return self.bad_sign("<>", "!="),
            '<' | '＜' => (Token::Op(Op::Below), 1),
            '>' | '＞' if is_doubled => (Token::Op(Op::AtLeast), 2),
            '≥' => (Token::Op(Op::AtLeast), 1),
            '>' | '＞' => (Token::Op(Op::Above), 1),
            '~' | '～' => (Token::Op(Op::Has), 1),
            '=' | '＝' => return self.bad_sign("==", "="),
            '!' | '！' => return self.bad_sign("!", "not"),
            '&' => return self.bad_sign("&", "and"),
            '|' => return self.bad_sign("|", "or"),
            '\'' => return self.bad_sign("'", "\""),
            other => {
                return self.error(FilterFault::BadSign {
                    found: other.to_string(),
                    near: None,
                });
            }
        };
        self.next += length;
        Ok(token)
    }

    fn bad_sign(&self, found: &str, near: &str) -> Result<Token, FilterError> {
        self.error(FilterFault::BadSign {
            found: found.to_owned(),
            near: Some(near.to_owned()),
        })
    }

    /// What follows as long as `belongs` holds.
    fn while_true(&mut self, belongs: fn(char) -> bool) -> String {
        let mut taken = String::new();
        while let Some(sign) = self.peek(0).filter(|sign| belongs(*sign)) {
            taken.push(sign);
            self.next += 1;
        }
        taken
    }

    /// The number that is next: `-12`, `0.5`, `1e3`.
    fn number(&mut self) -> Result<Token, FilterError> {
        let is_digit = |sign: char| sign.is_ascii_digit();
        let mut ahead = usize::from(self.peek(0) == Some('-'));
        ahead += self.run_of(ahead, is_digit);
        if self.peek(ahead) == Some('.') {
            ahead += 1 + self.run_of(ahead + 1, is_digit);
        }
        // An `e` is an exponent only with digits behind it; else it is the beginning of a wrong unit.
        if matches!(self.peek(ahead), Some('e' | 'E')) {
            let signed = usize::from(matches!(self.peek(ahead + 1), Some('+' | '-')));
            let digits = self.run_of(ahead + 1 + signed, is_digit);
            if digits > 0 {
                ahead += 1 + signed + digits;
            }
        }
        let text: String = self.signs.iter().skip(self.next).take(ahead).collect();
        match text.parse::<f64>().ok().filter(|number| number.is_finite()) {
            Some(number) => {
                self.next += ahead;
                Ok(Token::Number(number))
            }
            None => self.error(FilterFault::BadNumber { found: text }),
        }
    }

    /// How many characters from `ahead` on `belongs` holds for.
    fn run_of(&self, ahead: usize, belongs: impl Fn(char) -> bool) -> usize {
        let rest = self.signs.iter().skip(self.next + ahead);
        rest.take_while(|sign| belongs(**sign)).count()
    }

    /// What stands between the quote that is next and one of `ends`. A backslash takes the next character as it is.
    fn quoted(&mut self, ends: &[char]) -> Result<String, FilterError> {
        let mut text = String::new();
        let mut ahead = 1;
        loop {
            match self.peek(ahead) {
                None => return self.error(FilterFault::OpenText),
                Some(sign) if ends.contains(&sign) => break,
                Some('\\') => {
                    ahead += 1;
                    text.extend(self.peek(ahead));
                }
                Some(sign) => text.push(sign),
            }
            ahead += 1;
        }
        self.next += ahead + 1;
        Ok(text)
    }
}
