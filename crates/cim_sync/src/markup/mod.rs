//! XML from senders who are not trusted, piece by piece: no document type definitions, no entities but the five of XML,
//! nothing nested deeper than [`MAX_DEPTH`]. Every piece takes at least one byte of the text, but for the end of an empty element.

mod charset;

pub use charset::is_mostly_utf8;
pub(crate) use charset::{decode_kindly, decode_strict};

use crate::Rejection;
use quick_xml::events::Event;
use quick_xml::reader::Reader;
use std::borrow::Cow;

/// Elements are nested no deeper than this.
pub(crate) const MAX_DEPTH: usize = 64;

/// How much is forgiven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// XML 1.0 to the letter: unknown entities, bare ampersands and control characters end the reading.
    Strict,
    /// What devices send: bare ampersands and unknown entities stay as they are written.
    Kind,
}

/// A piece of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'t> {
    /// An element begins: its whole start tag, `<` and `>` included. See [`name_of`].
    Open(&'t str),
    /// The innermost open element ends.
    Close,
    /// Text, with references resolved; one text may come in several pieces.
    Text(Cow<'t, str>),
    /// The document is over, and every element was closed.
    End,
}

/// Hands out the pieces of a document.
#[derive(Debug)]
pub(crate) struct Markup<'t> {
    text: &'t str,
    reader: Reader<&'t [u8]>,
    manner: Manner,
    depth: usize,
    closes_next: bool,
    at: usize,
}

impl<'t> Markup<'t> {
    /// Begins at the start of `text`.
    pub(crate) fn new(text: &'t str, manner: Manner) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let mut reader = Reader::from_str(text);
        reader.config_mut().allow_dangling_amp = manner == Manner::Kind;
        Self {
            text,
            reader,
            manner,
            depth: 0,
            closes_next: false,
            at: 0,
        }
    }

    /// The text that is read, without a byte order mark; offsets count in it.
    pub(crate) fn text(&self) -> &'t str {
        self.text
    }

    /// Where the piece that came last begins, bytes.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// How many elements are open.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// The next piece, or where and why the text stops being XML. After an error nothing more can be read.
    pub(crate) fn next_piece(&mut self) -> Result<Piece<'t>, Rejection> {
        if self.closes_next {
            self.closes_next = false;
            self.depth = self.depth.saturating_sub(1);
            return Ok(Piece::Close);
        }
        loop {
            self.at = self.position();
            let outcome = self.reader.read_event();
            let event = match outcome {
                Ok(event) => event,
                Err(error) => {
                    let at = usize::try_from(self.reader.error_position()).unwrap_or(self.at);
                    return Err(self.refusal(at, format!("not XML: {error}")));
                }
            };
            if let Some(piece) = self.piece_of(event)? {
                return Ok(piece);
            }
        }
    }

    /// Passes over the element that was opened last, with everything in it.
    pub(crate) fn skip_element(&mut self) -> Result<(), Rejection> {
        let outside = self.depth.saturating_sub(1);
        while self.depth > outside {
            self.next_piece()?;
        }
        Ok(())
    }

    fn piece_of(&mut self, event: Event<'t>) -> Result<Option<Piece<'t>>, Rejection> {
        let piece = match event {
            Event::Start(_) => self.open()?,
            Event::Empty(_) => {
                let piece = self.open()?;
                self.closes_next = true;
                piece
            }
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Piece::Close
            }
            Event::Text(text) => Piece::Text(self.checked(text.xml10_content())?),
            Event::CData(text) => Piece::Text(self.checked(text.xml10_content())?),
            Event::GeneralRef(name) => {
                let resolved = self.resolved(&name)?;
                Piece::Text(self.checked(Cow::Owned(resolved))?)
            }
            Event::DocType(_) => {
                let reason = "a document type definition is not accepted";
                return Err(self.refusal(self.at, reason));
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => return Ok(None),
            Event::Eof if self.depth > 0 => {
                return Err(self.refusal(self.text.len(), "the text ends before its elements do"));
            }
            Event::Eof => Piece::End,
        };
        Ok(Some(piece))
    }

    fn open(&mut self) -> Result<Piece<'t>, Rejection> {
        if self.depth >= MAX_DEPTH {
            let reason = format!("elements are nested deeper than {MAX_DEPTH}");
            return Err(self.refusal(self.at, reason));
        }
        self.depth += 1;
        let tag = self.text.get(self.at..self.position());
        Ok(Piece::Open(tag.unwrap_or_default()))
    }

    fn resolved(&self, name: &str) -> Result<String, Rejection> {
        let known = match name {
            "lt" => Some('<'),
            "gt" => Some('>'),
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            _ => char_reference(name),
        };
        match (known, self.manner) {
            (Some(character), _) => Ok(character.to_string()),
            (None, Manner::Kind) => Ok(format!("&{name};")),
            (None, Manner::Strict) => Err(self.refusal(
                self.at,
                format!("the entity \"{}\" is not known", shortened(name)),
            )),
        }
    }

    /// `text`, when every character of it may stand in XML 1.0 (2.2); a kind reader leaves the others out.
    fn checked(&self, text: Cow<'t, str>) -> Result<Cow<'t, str>, Rejection> {
        let Some((index, _)) = text.char_indices().find(|(_, c)| !is_xml_char(*c)) else {
            return Ok(text);
        };
        if self.manner == Manner::Kind {
            return Ok(Cow::Owned(
                text.chars().filter(|c| is_xml_char(*c)).collect(),
            ));
        }
        let reason = "a character that XML does not allow";
        Err(self.refusal(self.at.saturating_add(index), reason))
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn refusal(&self, at: usize, reason: impl Into<String>) -> Rejection {
        Rejection::new(place_of(self.text, at), reason)
    }
}

/// The name in a start tag, with its prefix.
pub(crate) fn name_of(tag: &str) -> &str {
    let inside = tag.strip_prefix('<').unwrap_or(tag);
    let end = inside.find(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>');
    inside
        .get(..end.unwrap_or(inside.len()))
        .unwrap_or_default()
}

/// The attributes of a start tag, as they are written: name with prefix, value with its references. Ends where the tag is broken.
pub(crate) fn attributes_of(tag: &str) -> Attributes<'_> {
    let inside = tag.strip_prefix('<').unwrap_or(tag);
    Attributes {
        rest: inside.get(name_of(tag).len()..).unwrap_or_default(),
    }
}

/// See [`attributes_of`].
#[derive(Clone, Debug)]
pub(crate) struct Attributes<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Attributes<'t> {
    type Item = (&'t str, &'t str);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, after) = self.rest.split_once('=')?;
        let after = after.trim_start();
        let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, rest) = after.get(1..)?.split_once(quote)?;
        self.rest = rest;
        Some((name.trim(), value))
    }
}

/// A name without its prefix.
pub(crate) fn local_name(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// `line 3, column 7` of byte `at`; columns count characters.
pub(crate) fn place_of(text: &str, at: usize) -> String {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = text.get(..at).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |index| index + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.get(line_start..).unwrap_or_default().chars().count() + 1;
    format!("line {line}, column {column}")
}

/// The first characters of `text`, for a message.
pub(crate) fn shortened(text: &str) -> String {
    const TOLD_CHARS: usize = 60;
    match text.char_indices().nth(TOLD_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// `text` as it stands between tags: markup characters escaped, characters that XML does not allow left out.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // A bare carriage return would be read back as a line feed.
            '\r' => out.push_str("&#13;"),
            other if is_xml_char(other) => out.push(other),
            _ => {}
        }
    }
    out
}

fn is_xml_char(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn char_reference(name: &str) -> Option<char> {
    let number = name.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code).filter(|character| is_xml_char(*character))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All pieces as one word each, or the refusal; counts them too.
    fn pieces(text: &str, manner: Manner) -> (Vec<String>, Option<Rejection>) {
        let mut markup = Markup::new(text, manner);
        let mut seen = Vec::new();
        loop {
            match markup.next_piece() {
                Ok(Piece::Open(tag)) => seen.push(format!("<{}", name_of(tag))),
                Ok(Piece::Close) => seen.push(">".to_owned()),
                Ok(Piece::Text(text)) => seen.push(text.into_owned()),
                Ok(Piece::End) => return (seen, None),
                Err(rejection) => return (seen, Some(rejection)),
            }
        }
    }

    #[track_caller]
    fn check_refused(text: &str, place: &str, reason: &str) {
        let rejection = pieces(text, Manner::Strict).1.expect("refused");
        assert_eq!(rejection.place, place, "{rejection:?}");
        assert!(rejection.reason.contains(reason), "{rejection:?}");
    }

    #[test]
    fn a_document_comes_in_pieces() {
        let text = "<?xml version='1.0'?>\n<a x='1'><!-- no --><b/>5 &lt; 6<![CDATA[ <&> ]]></a>";
        let (seen, refusal) = pieces(text, Manner::Strict);
        assert_eq!(refusal, None);
        assert_eq!(seen, ["\n", "<a", "<b", ">", "5 ", "<", " 6", " <&> ", ">"]);
    }

    #[test]
    fn what_is_dangerous_or_broken_is_refused_with_its_place() {
        check_refused(
            "<a>\n<!DOCTYPE a [<!ENTITY x 'y'>]></a>",
            "line 2, column 1",
            "document type",
        );
        check_refused("<a>五&xxe;</a>", "line 1, column 5", "\"xxe\"");
        check_refused("<a>&#0;</a>", "line 1, column 4", "#0");
        check_refused("<a>a & b</a>", "line 1, column 6", "not XML");
        check_refused("<a><b></a>", "line 1, column 7", "not XML");
        check_refused("<a><b>", "line 1, column 7", "ends before");
        check_refused(&"<a>".repeat(65), "line 1, column 193", "deeper than 64");
    }

    #[test]
    fn a_kind_reader_keeps_what_devices_write() {
        let (seen, refusal) = pieces("<a>M&M &nbsp;\u{1}!</a>", Manner::Kind);
        assert_eq!(refusal, None);
        assert_eq!(seen.concat(), "<aM&M &nbsp;!>");
    }

    #[test]
    fn attributes_are_read_with_either_quote() {
        let tag = "<link rel = 'self'\n href=\"http://a/?b=1&amp;c=2\" broken=x/>";
        let seen: Vec<_> = attributes_of(tag).collect();
        assert_eq!(seen, [("rel", "self"), ("href", "http://a/?b=1&amp;c=2")]);
        assert_eq!(attributes_of("<a>").count(), 0);
    }

    #[test]
    fn an_element_is_passed_over_with_everything_in_it() {
        let mut markup = Markup::new("<a><b><c/>x</b><d/></a>", Manner::Strict);
        markup.next_piece().expect("a");
        markup.next_piece().expect("b");
        markup.skip_element().expect("closed");
        assert_eq!(markup.next_piece(), Ok(Piece::Open("<d/>")));
        assert_eq!(markup.depth(), 2);
    }

    #[test]
    fn what_is_escaped_is_read_back() {
        let text = "5 < 6 & \"7\" > '\r\n五";
        let (seen, refusal) = pieces(&format!("<a>{}</a>", escaped(text)), Manner::Strict);
        assert_eq!(refusal, None);
        let inside: String = seen[1..seen.len() - 1].concat();
        assert_eq!(inside, text);
        assert_eq!(escaped("a\u{0}b"), "ab");
    }

    #[test]
    fn the_number_of_pieces_is_bounded_by_the_bytes() {
        let mut state = 7_u64;
        for _ in 0..2000 {
            let text: String = (0..60)
                .map(|_| {
                    state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
                    ["<", ">", "/", "a", "&", ";", "!", "[", "-", "?", "\"", "五"]
                        [(state >> 33) as usize % 12]
                })
                .collect();
            for manner in [Manner::Strict, Manner::Kind] {
                assert!(pieces(&text, manner).0.len() <= 2 * text.len(), "{text}");
            }
        }
    }
}
