//! One pass over JSON bytes, for pages of observations: no tree, no copy, no allocation.
//!
//! Reads what servers usually send and says [`Odd`] to everything else (escapes in texts that matter, exponents, what is no
//! JSON); whoever asks then takes the slow road for that piece. What this reads without a word is valid JSON.

use crate::iso;

/// Not something that the fast road reads; the slow road decides what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Odd;

/// What the fast road makes of a piece.
pub(super) type Read<T> = Result<T, Odd>;

/// How deep values may nest inside one that is passed over.
const MAX_DEPTH: u32 = 64;
/// Up to so many digits a number is an exact integer over an exact power of ten, and one division rounds it correctly.
const EXACT_DIGITS: usize = 15;
const POWERS: [f64; EXACT_DIGITS + 1] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// The names of fields that an observation is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    IotId,
    Id,
    PhenomenonTime,
    ResultTime,
    Result,
    Quality,
    Datastream,
    DatastreamLink,
    Components,
    DataArray,
    Observations,
    Other,
}

impl Key {
    fn of(name: &str) -> Self {
        match name {
            "@iot.id" => Self::IotId,
            "id" => Self::Id,
            "phenomenonTime" => Self::PhenomenonTime,
            "resultTime" => Self::ResultTime,
            "result" => Self::Result,
            "resultQuality" => Self::Quality,
            "Datastream" => Self::Datastream,
            "Datastream@iot.navigationLink" => Self::DatastreamLink,
            "components" => Self::Components,
            "dataArray" => Self::DataArray,
            "Observations" => Self::Observations,
            _ => Self::Other,
        }
    }
}

/// The first eight bytes of frequent names, and the eight that end with the closing quote.
const IOT_ID: u64 = u64::from_le_bytes(*b"@iot.id\"");
const PHENOMEN: u64 = u64::from_le_bytes(*b"phenomen");
const NON_TIME: u64 = u64::from_le_bytes(*b"nonTime\"");
const RESULT: u64 = u64::from_le_bytes(*b"result\"\0");
const SEVEN_BYTES: u64 = 0x00ff_ffff_ffff_ffff;
const RESULT_TI: u64 = u64::from_le_bytes(*b"resultTi");
const ULT_TIME: u64 = u64::from_le_bytes(*b"ultTime\"");
const DATASTRE: u64 = u64::from_le_bytes(*b"Datastre");
const ASTREAM: u64 = u64::from_le_bytes(*b"astream\"");

/// A place in a text.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'t> {
    text: &'t str,
    bytes: &'t [u8],
    /// Where it stands, bytes from the beginning.
    pub(super) at: usize,
    /// The day that was read last: neighbours usually share it.
    day: iso::Day,
    /// True once a moment without a zone was read.
    pub(super) saw_zoneless: bool,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            day: iso::Day::default(),
            saw_zoneless: false,
        }
    }

    /// The byte at the cursor; 0 at the end, which no JSON has outside of texts.
    #[inline]
    pub(super) fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or(0)
    }

    /// Steps over the byte at the cursor.
    #[inline]
    pub(super) fn step(&mut self) {
        self.at = self.at.wrapping_add(1);
    }

    #[inline]
    pub(super) fn skip_space(&mut self) {
        while matches!(self.peek(), b' ' | b'\n' | b'\r' | b'\t') {
            self.step();
        }
    }

    /// Steps over `byte`.
    #[inline]
    pub(super) fn expect(&mut self, byte: u8) -> Read<()> {
        if self.peek() == byte {
            self.step();
            Ok(())
        } else {
            Err(Odd)
        }
    }

    /// After a value of an object or list that `close` ends: true when another one follows.
    #[inline]
    pub(super) fn goes_on(&mut self, close: u8) -> Read<bool> {
        self.skip_space();
        let byte = self.peek();
        if byte == b',' {
            self.step();
            self.skip_space();
            Ok(true)
        } else if byte == close {
            self.step();
            Ok(false)
        } else {
            Err(Odd)
        }
    }

    /// Steps over `open`; true when something lies inside, false when it is closed at once.
    #[inline]
    pub(super) fn opens(&mut self, open: u8, close: u8) -> Read<bool> {
        self.expect(open)?;
        self.skip_space();
        if self.peek() == close {
            self.step();
            Ok(false)
        } else {
            Ok(true)
        }
    }

    /// The text from `begins` to the cursor.
    #[inline]
    pub(super) fn since(&self, begins: usize) -> Read<&'t str> {
        self.text.get(begins..self.at).ok_or(Odd)
    }

    /// True when nothing but space is left.
    pub(super) fn is_at_end(&mut self) -> bool {
        self.skip_space();
        self.at == self.bytes.len()
    }

    /// The name of a field; the cursor then stands at its value.
    #[inline]
    pub(super) fn key(&mut self) -> Read<Key> {
        if self.peek() != b'"' {
            return Err(Odd);
        }
        let begins = self.at.wrapping_add(1);
        let Some((key, length)) = self.frequent_key(begins) else {
            let name = self.string()?;
            return self.colon().map(|()| Key::of(name));
        };
        self.at = begins.wrapping_add(length);
        self.colon()?;
        Ok(key)
    }

    /// One of the names that every observation has, and its length with the closing quote.
    #[inline]
    fn frequent_key(&self, begins: usize) -> Option<(Key, usize)> {
        let word = self.word(begins)?;
        let later = |by: usize| self.word(begins.wrapping_add(by));
        match word {
            IOT_ID => Some((Key::IotId, 8)),
            PHENOMEN if later(7) == Some(NON_TIME) => Some((Key::PhenomenonTime, 15)),
            DATASTRE if later(3) == Some(ASTREAM) => Some((Key::Datastream, 11)),
            RESULT_TI if later(3) == Some(ULT_TIME) => Some((Key::ResultTime, 11)),
            _ if word & SEVEN_BYTES == RESULT => Some((Key::Result, 7)),
            _ => None,
        }
    }

    /// The name of a field as text; the cursor then stands at its value.
    pub(super) fn name(&mut self) -> Read<&'t str> {
        let name = self.string()?;
        self.colon()?;
        Ok(name)
    }

    #[inline]
    fn colon(&mut self) -> Read<()> {
        self.skip_space();
        self.expect(b':')?;
        self.skip_space();
        Ok(())
    }

    /// A text without escapes.
    #[inline]
    pub(super) fn string(&mut self) -> Read<&'t str> {
        if self.peek() != b'"' {
            return Err(Odd);
        }
        let begins = self.at.wrapping_add(1);
        let ends = self.stop_from(begins);
        if self.bytes.get(ends) != Some(&b'"') {
            return Err(Odd);
        }
        self.at = ends.wrapping_add(1);
        self.text.get(begins..ends).ok_or(Odd)
    }

    /// The first quote, backslash or control character from `at` on; the end when there is none.
    #[inline]
    fn stop_from(&self, mut at: usize) -> usize {
        while let Some(word) = self.word(at) {
            let stops = stops_in(word);
            if stops != 0 {
                return at.wrapping_add((stops.trailing_zeros() / 8) as usize);
            }
            at = at.wrapping_add(8);
        }
        while let Some(byte) = self.bytes.get(at) {
            if *byte < 0x20 || matches!(byte, b'"' | b'\\') {
                return at;
            }
            at = at.wrapping_add(1);
        }
        at
    }

    #[inline]
    fn word(&self, at: usize) -> Option<u64> {
        let chunk = self.bytes.get(at..)?.first_chunk::<8>()?;
        Some(u64::from_le_bytes(*chunk))
    }

    /// A number. Up to 15 digits are read here, more of them by the standard library; exponents are odd.
    #[inline]
    pub(super) fn number(&mut self) -> Read<f64> {
        let begins = self.at;
        let is_negative = self.peek() == b'-';
        if is_negative {
            self.step();
        }
        let leads_with_zero = self.peek() == b'0';
        let (whole, digits) = self.digits(0);
        if digits == 0 || (leads_with_zero && digits > 1) {
            return Err(Odd);
        }
        let (mantissa, decimals) = if self.peek() == b'.' {
            self.step();
            let (mantissa, decimals) = self.digits(whole);
            if decimals == 0 {
                return Err(Odd);
            }
            (mantissa, decimals)
        } else {
            (whole, 0)
        };
        if matches!(self.peek(), b'e' | b'E') {
            return Err(Odd);
        }
        if digits.wrapping_add(decimals) > EXACT_DIGITS {
            let exact: f64 = self.since(begins)?.parse().map_err(|_not_a_number| Odd)?;
            return if exact.is_finite() {
                Ok(exact)
            } else {
                Err(Odd)
            };
        }
        let power = POWERS.get(decimals).ok_or(Odd)?;
        let size = mantissa as f64 / power;
        Ok(if is_negative { -size } else { size })
    }

    /// Digits, put behind those of `value`; and how many they are.
    #[inline]
    fn digits(&mut self, mut value: u64) -> (u64, usize) {
        let begins = self.at;
        loop {
            let digit = self.peek().wrapping_sub(b'0');
            if digit > 9 {
                return (value, self.at.wrapping_sub(begins));
            }
            value = value.wrapping_mul(10).wrapping_add(u64::from(digit));
            self.step();
        }
    }

    /// A whole number as identities are: without sign and leading zeros; and its digits.
    #[inline]
    pub(super) fn whole_number(&mut self) -> Read<(u64, &'t str)> {
        let begins = self.at;
        let leads_with_zero = self.peek() == b'0';
        let (number, digits) = self.digits(0);
        let is_whole = (1..=18).contains(&digits) && !(leads_with_zero && digits > 1);
        if !is_whole || matches!(self.peek(), b'.' | b'e' | b'E') {
            return Err(Odd);
        }
        Ok((number, self.since(begins)?))
    }

    /// A moment in a text, milliseconds since 1970; the end of it when it is an interval.
    #[inline]
    pub(super) fn moment(&mut self) -> Read<i64> {
        if self.peek() != b'"' {
            return Err(Odd);
        }
        let begins = self.at.wrapping_add(1);
        let rest = self.bytes.get(begins..).ok_or(Odd)?;
        if let Some(found) = iso::usual_moment(rest, &mut self.day)
            && rest.get(found.length) == Some(&b'"')
        {
            self.at = begins.wrapping_add(found.length).wrapping_add(1);
            self.saw_zoneless |= found.is_zoneless;
            return Ok(found.millis);
        }
        let (moment, is_zoneless) = iso::local_moment_of(self.string()?).ok_or(Odd)?;
        self.saw_zoneless |= is_zoneless;
        Ok(moment.0)
    }

    /// True when `null` was stepped over.
    #[inline]
    pub(super) fn null(&mut self) -> Read<bool> {
        if self.peek() != b'n' {
            return Ok(false);
        }
        self.literal(b"null").map(|()| true)
    }

    pub(super) fn literal(&mut self, word: &[u8]) -> Read<()> {
        let ends = self.at.wrapping_add(word.len());
        if self.bytes.get(self.at..ends) != Some(word) {
            return Err(Odd);
        }
        self.at = ends;
        Ok(())
    }

    /// Steps over a value, and holds it to the grammar.
    #[inline]
    pub(super) fn skip_value(&mut self) -> Read<()> {
        match self.peek() {
            b'"' => self.skip_string(),
            b'{' | b'[' => self.skip_nested(),
            _ => self.skip_scalar(),
        }
    }

    #[inline]
    fn skip_string(&mut self) -> Read<()> {
        let mut at = self.at.wrapping_add(1);
        loop {
            at = self.stop_from(at);
            match self.bytes.get(at) {
                Some(b'"') => {
                    self.at = at.wrapping_add(1);
                    return Ok(());
                }
                // `\u` may stand for half a character; the slow road knows.
                Some(b'\\')
                    if matches!(
                        self.bytes.get(at.wrapping_add(1)),
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')
                    ) =>
                {
                    at = at.wrapping_add(2);
                }
                _ => return Err(Odd),
            }
        }
    }

    fn skip_scalar(&mut self) -> Read<()> {
        match self.peek() {
            b't' => self.literal(b"true"),
            b'f' => self.literal(b"false"),
            b'n' => self.literal(b"null"),
            _ => self.number().map(|_number| ()),
        }
    }

    fn skip_nested(&mut self) -> Read<()> {
        // One bit per open level, the innermost lowest: 1 for an object.
        let mut levels = 0_u64;
        let mut depth = 0_u32;
        loop {
            let byte = self.peek();
            if matches!(byte, b'{' | b'[') {
                if depth == MAX_DEPTH {
                    return Err(Odd);
                }
                depth += 1;
                levels = (levels << 1) | u64::from(byte == b'{');
                if self.opens_level(byte)? {
                    continue;
                }
            } else if byte == b'"' {
                self.skip_string()?;
            } else {
                self.skip_scalar()?;
            }
            if self.closes_levels(&mut levels, &mut depth)? {
                return Ok(());
            }
        }
    }

    /// Steps over `open`; true when the cursor then stands at a value, false at the closing bracket.
    fn opens_level(&mut self, open: u8) -> Read<bool> {
        self.step();
        self.skip_space();
        let close = if open == b'{' { b'}' } else { b']' };
        if self.peek() == close {
            return Ok(false);
        }
        if open == b'{' {
            self.name()?;
        }
        Ok(true)
    }

    /// Behind a value: steps to the next one, out of levels that end here. True when the outermost ended.
    fn closes_levels(&mut self, levels: &mut u64, depth: &mut u32) -> Read<bool> {
        loop {
            self.skip_space();
            let is_object = *levels & 1 == 1;
            let byte = self.peek();
            if byte == b',' {
                self.step();
                self.skip_space();
                if is_object {
                    self.name()?;
                }
                return Ok(false);
            }
            if byte != if is_object { b'}' } else { b']' } {
                return Err(Odd);
            }
            self.step();
            *levels >>= 1;
            *depth = depth.saturating_sub(1);
            if *depth == 0 {
                return Ok(true);
            }
        }
    }

    /// Steps over a value by its brackets and quotes alone, and gives its text. When that text is valid JSON, it is the value.
    pub(super) fn bound_value(&mut self) -> Read<&'t str> {
        let begins = self.at;
        let mut depth = 0_u32;
        loop {
            match self.peek() {
                b'"' => self.bound_string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.step();
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.step();
                }
                0 | b'}' | b']' | b',' if depth == 0 => return Err(Odd),
                0 => return Err(Odd),
                b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' => self.step(),
                _ => self.bound_scalar(),
            }
            if depth == 0 {
                return self.since(begins);
            }
        }
    }

    fn bound_string(&mut self) -> Read<()> {
        let mut at = self.at.wrapping_add(1);
        loop {
            at = self.stop_from(at);
            match self.bytes.get(at) {
                Some(b'"') => {
                    self.at = at.wrapping_add(1);
                    return Ok(());
                }
                Some(b'\\') => at = at.wrapping_add(2),
                _ => return Err(Odd),
            }
        }
    }

    fn bound_scalar(&mut self) {
        let ends_here = |byte: u8| {
            matches!(
                byte,
                0 | b',' | b':' | b'{' | b'}' | b'[' | b']' | b'"' | b' ' | b'\n' | b'\r' | b'\t'
            )
        };
        while !ends_here(self.peek()) {
            self.step();
        }
    }
}

/// The high bit of the first byte of `word` that is a quote, a backslash or a control character; bits above it mean nothing.
#[inline]
fn stops_in(word: u64) -> u64 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let is_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let quotes = is_zero(word ^ (ONES * u64::from(b'"')));
    let backslashes = is_zero(word ^ (ONES * u64::from(b'\\')));
    let controls = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
    quotes | backslashes | controls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_ends_at_its_first_quote_wherever_it_lies() {
        for length in 0..40 {
            let inside = "é".repeat(length);
            let text = format!("\"{inside}\" \"x\"");
            let mut cursor = Cursor::new(&text);
            assert_eq!(cursor.string(), Ok(inside.as_str()));
            for odd in ["\\", "\n", "\u{1f}"] {
                let broken = format!("\"{inside}{odd}n\"");
                assert_eq!(Cursor::new(&broken).string(), Err(Odd), "{broken:?}");
            }
        }
        assert_eq!(Cursor::new("\"open").string(), Err(Odd));
    }

    #[test]
    fn numbers_are_the_nearest_ones_and_what_is_none_is_odd() {
        for text in [
            "0",
            "-0",
            "12.5",
            "0.1",
            "123456789012345",
            "0.00000000000001",
            "-99999.99999",
            "12.300000000000001",
            "1234567890123456789",
            "123456789.123456789123",
        ] {
            let mut cursor = Cursor::new(text);
            let expected: f64 = text.parse().expect("a number");
            let found = cursor.number().expect("a number");
            assert_eq!(found.to_bits(), expected.to_bits(), "{text}");
            assert!(cursor.is_at_end());
        }
        for text in ["", "-", "01", "1.", ".5", "1e5", "+1", "NaN", "--1"] {
            assert_eq!(Cursor::new(text).number(), Err(Odd), "{text}");
        }
    }

    #[test]
    fn what_is_stepped_over_without_a_word_is_json() {
        let deep = format!("{}1{}", "[".repeat(64), "]".repeat(64));
        for text in [
            "null",
            "true",
            "[]",
            "{}",
            "[[],{}]",
            r#"{"a":[1,{"b":"\n"}],"c":{}}"#,
            "[ 1 , 2 ]",
            deep.as_str(),
        ] {
            let mut cursor = Cursor::new(text);
            assert_eq!(cursor.skip_value(), Ok(()), "{text}");
            assert!(cursor.is_at_end(), "{text}");
            assert!(serde_json::from_str::<serde_json::Value>(text).is_ok());
        }
        let deeper = format!("[{deep}]");
        for text in [
            "",
            "nul",
            "[,]",
            "[,1]",
            "[1,]",
            "{,}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            "[1}",
            "{1:2}",
            "[1 2]",
            "[",
            "\"",
            "\"\\u12\"",
            "[\"\t\"]",
            "tru",
            "]",
            deeper.as_str(),
        ] {
            assert_eq!(Cursor::new(text).skip_value(), Err(Odd), "{text}");
        }
    }

    #[test]
    fn names_of_fields_are_known_at_any_place_in_the_text() {
        for (name, key) in [
            ("@iot.id", Key::IotId),
            ("id", Key::Id),
            ("phenomenonTime", Key::PhenomenonTime),
            ("resultTime", Key::ResultTime),
            ("result", Key::Result),
            ("resultQuality", Key::Quality),
            ("Datastream", Key::Datastream),
            ("Datastreams", Key::Other),
            ("results", Key::Other),
            ("resultTimes", Key::Other),
            ("phenomenonTimes", Key::Other),
            ("@iot.id2", Key::Other),
            ("", Key::Other),
        ] {
            for tail in [String::new(), " ".repeat(30)] {
                let text = format!("\"{name}\" : 1{tail}");
                let mut cursor = Cursor::new(&text);
                assert_eq!(cursor.key(), Ok(key), "{name}");
                assert_eq!(cursor.peek(), b'1');
            }
        }
    }
}
