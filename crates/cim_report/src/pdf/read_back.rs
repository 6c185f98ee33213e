//! A PDF read back, as far as the tests need it: objects, streams, and the text of each page through the fonts' own tables.

use flate2::read::ZlibDecoder;
use std::collections::BTreeMap;
use std::io::Read as _;

/// The objects of a PDF by their numbers.
pub(super) struct ReadBack {
    objects: BTreeMap<usize, Object>,
}

/// An object: its words, and the unpacked bytes of its stream.
pub(super) struct Object {
    pub(super) words: String,
    pub(super) stream: Vec<u8>,
}

impl Object {
    /// The object that begins at `begin`, and where it ends. A stream may hold any bytes: its length says where it ends.
    fn at(pdf: &[u8], begin: usize) -> (Self, usize) {
        let end = find(pdf, b"\nendobj", begin).expect("objects end");
        let stream = find(pdf, b"\nstream\n", begin).filter(|stream| *stream < end);
        let words = String::from_utf8_lossy(&pdf[begin..stream.unwrap_or(end)]).into_owned();
        let Some(stream) = stream else {
            let stream = Vec::new();
            return (Self { words, stream }, end);
        };
        let begin = stream + b"\nstream\n".len();
        let length = number_at(after(&words, "/Length").expect("a length").as_bytes());
        let packed = &pdf[begin..begin + length];
        let mut stream = Vec::new();
        if words.contains("FlateDecode") {
            ZlibDecoder::new(packed)
                .read_to_end(&mut stream)
                .expect("a packed stream");
        } else {
            stream.extend_from_slice(packed);
        }
        (Self { words, stream }, begin + length)
    }
}

/// Which text each code of a font stands for.
type Codes = BTreeMap<u16, String>;

impl ReadBack {
    pub(super) fn of(pdf: &[u8]) -> Self {
        assert!(
            pdf.starts_with(b"%PDF-1.7"),
            "a PDF begins with its version"
        );
        let mut objects = BTreeMap::new();
        let mut at = 0;
        while let Some(found) = find(pdf, b" 0 obj\n", at) {
            let digits = pdf[..found].iter().rev();
            let digits = digits.take_while(|byte| byte.is_ascii_digit()).count();
            let number = number_at(&pdf[found - digits..found]);
            let begin = found + b" 0 obj\n".len();
            let (object, end) = Object::at(pdf, begin);
            objects.insert(number, object);
            at = end;
        }
        Self { objects }
    }

    /// Every object whose words hold `words`.
    pub(super) fn with<'a>(&'a self, words: &'a str) -> impl Iterator<Item = &'a Object> {
        self.objects
            .values()
            .filter(move |object| object.words.contains(words))
    }

    /// The text of each page, in the order in which it is drawn.
    pub(super) fn pages(&self) -> Vec<String> {
        self.with("/Type/Page")
            .filter(|object| !object.words.contains("/Type/Pages"))
            .map(|page| self.text_of(page))
            .collect()
    }

    fn text_of(&self, page: &Object) -> String {
        let resources = self.value(&page.words, "/Resources").expect("resources");
        let fonts = self.value(resources, "/Font").expect("fonts");
        let fonts = fonts.split(">>").next().expect("fonts end");
        let mut codes: BTreeMap<String, Codes> = BTreeMap::new();
        for entry in fonts.trim_start_matches("<<").split('/').skip(1) {
            let (name, reference) = entry.split_once(' ').expect("a name and a reference");
            let font = &self.objects[&number_at(reference.as_bytes())];
            let table = number_at(after(&font.words, "/ToUnicode").expect("codes").as_bytes());
            codes.insert(name.to_owned(), codes_in(&self.objects[&table].stream));
        }
        let number = number_at(
            after(&page.words, "/Contents")
                .expect("contents")
                .as_bytes(),
        );
        drawn_text(&self.objects[&number].stream, &codes)
    }

    /// What stands behind `key` in `words`, or in the object to which it points.
    fn value<'a>(&'a self, words: &'a str, key: &str) -> Option<&'a str> {
        let rest = after(words, key)?;
        if rest.starts_with(|first: char| first.is_ascii_digit()) {
            return Some(&self.objects[&number_at(rest.as_bytes())].words);
        }
        Some(rest)
    }
}

fn find(bytes: &[u8], wanted: &[u8], from: usize) -> Option<usize> {
    bytes[from..]
        .windows(wanted.len())
        .position(|window| window == wanted)
        .map(|found| from + found)
}

fn number_at(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .fold(0, |number, byte| number * 10 + usize::from(byte - b'0'))
}

/// What stands behind the name `key`, where that is not only the beginning of a longer name.
fn after<'a>(words: &'a str, key: &str) -> Option<&'a str> {
    words.match_indices(key).find_map(|(found, _)| {
        let rest = &words[found + key.len()..];
        (!rest.starts_with(|next: char| next.is_ascii_alphanumeric())).then(|| rest.trim_start())
    })
}

/// The table `<code> <UTF-16 text>` of a font.
fn codes_in(table: &[u8]) -> Codes {
    let table = String::from_utf8_lossy(table);
    let mut codes = Codes::new();
    for block in table.split("beginbfchar").skip(1) {
        let block = block.split("endbfchar").next().unwrap_or_default();
        let cells: Vec<&str> = block
            .split('<')
            .filter_map(|cell| cell.split_once('>'))
            .map(|(cell, _)| cell.trim())
            .collect();
        for pair in cells.chunks(2) {
            let code = u16::from_str_radix(pair[0], 16).expect("a code");
            let units: Vec<u16> = hex(pair[1]).chunks(2).map(unit).collect();
            codes.insert(code, String::from_utf16(&units).expect("UTF-16"));
        }
    }
    codes
}

fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .map(|digit| digit as u8)
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] * 16 + pair[1])
        .collect()
}

fn unit(pair: &[u8]) -> u16 {
    u16::from_be_bytes([pair[0], pair[1]])
}

/// The text that a page's operators draw.
fn drawn_text(content: &[u8], fonts: &BTreeMap<String, Codes>) -> String {
    let mut text = String::new();
    let (mut font, mut name, mut depth, mut at) = (None, String::new(), 0, 0);
    while at < content.len() {
        let rest = &content[at..];
        if rest.starts_with(b"<<") {
            (depth, at) = (depth + 1, at + 2);
        } else if rest.starts_with(b">>") {
            (depth, at) = (depth - 1, at + 2);
        } else if rest[0] == b'<' || rest[0] == b'(' {
            let (string, length) = string_at(rest);
            // Strings in dictionaries are said, not drawn.
            if depth == 0 {
                let codes: &Codes = font
                    .and_then(|font: &String| fonts.get(font))
                    .expect("a font");
                text.extend(string.chunks(2).map(|pair| codes[&unit(pair)].as_str()));
            }
            at += length;
        } else if rest[0] == b'/' {
            let end = rest[1..]
                .iter()
                .position(|byte| !byte.is_ascii_alphanumeric());
            let end = end.map_or(rest.len(), |end| end + 1);
            name = String::from_utf8_lossy(&rest[1..end]).into_owned();
            at += end;
        } else {
            if rest.starts_with(b"Tf") {
                font = fonts.keys().find(|key| **key == name);
            }
            at += 1;
        }
    }
    text
}

/// A string in one of both spellings, and how many bytes it takes.
fn string_at(bytes: &[u8]) -> (Vec<u8>, usize) {
    if bytes[0] == b'<' {
        let end = bytes.iter().position(|byte| *byte == b'>').expect("an end");
        return (hex(&String::from_utf8_lossy(&bytes[1..end])), end + 1);
    }
    let (mut string, mut depth, mut at) = (Vec::new(), 1, 1);
    while depth > 0 {
        match bytes[at] {
            b'\\' => {
                let (byte, length) = escaped(&bytes[at + 1..]);
                string.push(byte);
                at += length;
            }
            byte => {
                depth += i32::from(byte == b'(') - i32::from(byte == b')');
                if depth > 0 {
                    string.push(byte);
                }
            }
        }
        at += 1;
    }
    (string, at)
}

/// The byte behind a backslash, and how many bytes spell it.
fn escaped(bytes: &[u8]) -> (u8, usize) {
    match bytes[0] {
        b'n' => (b'\n', 1),
        b'r' => (b'\r', 1),
        b't' => (b'\t', 1),
        b'b' => (8, 1),
        b'f' => (12, 1),
        b'0'..=b'7' => {
            let digits = bytes
                .iter()
                .take(3)
                .take_while(|byte| (b'0'..=b'7').contains(byte));
            let value = digits
                .clone()
                .fold(0_u32, |value, byte| value * 8 + u32::from(byte - b'0'));
            (value as u8, digits.count())
        }
        byte => (byte, 1),
    }
}
