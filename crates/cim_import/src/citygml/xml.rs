//! XML as a stream of the root's children, one in memory at a time.

use crate::cityjson::broken;
use crate::request::ImportError;
use encoding_rs::{CoderResult, Decoder, Encoding};
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// A child of the root that takes more text than this is passed over.
const MAX_CHILD_BYTES: u64 = 128 << 20;
/// Elements are nested no deeper in any city model.
const MAX_DEPTH: usize = 200;
/// Children of the root that only wrap members.
const WRAPPERS: [&str; 3] = ["featureMembers", "cityObjectMembers", "appearanceMembers"];

/// An element with everything in it. Names are without their prefixes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Element>,
    pub(crate) text: String,
}

impl Element {
    fn of(start: &BytesStart<'_>) -> Self {
        let attributes = start
            .attributes()
            .flatten()
            .map(|attribute| {
                let value = attribute
                    .normalized_value(XmlVersion::Implicit1_0)
                    .unwrap_or_else(|_broken| attribute.value.clone());
                (
                    attribute.key.local_name().as_ref().to_owned(),
                    value.into_owned(),
                )
            })
            .collect();
        Self {
            name: start.local_name().as_ref().to_owned(),
            attributes,
            children: Vec::new(),
            text: String::new(),
        }
    }

    /// The attribute `name`, whatever its prefix.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.trim())
    }

    /// Its `gml:id`.
    pub(crate) fn id(&self) -> Option<&str> {
        self.attribute("id")
    }

    /// The id that it refers to within the file.
    pub(crate) fn href(&self) -> Option<&str> {
        self.attribute("href")?.strip_prefix('#')
    }

    /// Its first child called `name`.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Its text without the space around it.
    pub(crate) fn trimmed(&self) -> &str {
        self.text.trim()
    }

    /// The first element called `name` in it, however deep.
    pub(crate) fn find(&self, name: &str) -> Option<&Self> {
        self.children.iter().find_map(|child| {
            if child.name == name {
                Some(child)
            } else {
                child.find(name)
            }
        })
    }

    /// Calls `take` with it and everything in it.
    pub(crate) fn each<'a>(&'a self, take: &mut dyn FnMut(&'a Self)) {
        take(self);
        for child in &self.children {
            child.each(take);
        }
    }
}

#[cfg(test)]
impl Element {
    pub(super) fn set_id(&mut self, id: &str) {
        self.attributes.push(("id".to_owned(), id.to_owned()));
    }

    pub(super) fn set_href(&mut self, href: &str) {
        self.attributes.push(("href".to_owned(), href.to_owned()));
    }
}

/// A child of the root.
pub(crate) enum Child {
    Element(Element),
    /// Too large or nested too deeply to be read; where it starts.
    PassedOver(u64),
}

/// Hands over the children of the root of the file at `path`; the name of the root comes back.
pub(crate) fn each_child(
    path: &Path,
    take: &mut dyn FnMut(Child) -> Result<(), ImportError>,
) -> Result<String, ImportError> {
    let text = opened(path).map_err(|reason| ImportError::UnreadableSource {
        path: path.to_path_buf(),
        reason,
    })?;
    let mut stream = Stream {
        reader: Reader::from_reader(BufReader::with_capacity(256 << 10, text)),
        buffer: Vec::new(),
        path,
    };
    let mut root = None;
    let mut depth = 0_usize;
    loop {
        stream.buffer.clear();
        let at = stream.reader.buffer_position();
        let event = stream
            .reader
            .read_event_into(&mut stream.buffer)
            .map_err(|error| broken(path, &format!("byte {at}"), error.to_string()))?;
        match event {
            Event::Start(start) if depth == 0 || is_wrapper(&start) => {
                root.get_or_insert_with(|| start.local_name().as_ref().to_owned());
                depth += 1;
            }
            Event::Start(start) => {
                let element = Element::of(&start);
                // It borrows the buffer that the rest is read into.
                drop(start);
                take(stream.rest_of(element, at)?)?;
            }
            Event::Empty(start) if depth > 0 => take(Child::Element(Element::of(&start)))?,
            Event::Empty(start) => {
                root.get_or_insert_with(|| start.local_name().as_ref().to_owned());
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Eof if depth == 0 && root.is_some() => return Ok(root.unwrap_or_default()),
            Event::Eof => {
                let reason = "the text ends before its elements do".to_owned();
                return Err(broken(path, &format!("byte {at}"), reason));
            }
            _ => {}
        }
    }
}

fn is_wrapper(start: &BytesStart<'_>) -> bool {
    WRAPPERS.contains(&start.local_name().as_ref())
}

struct Stream<'a, R> {
    reader: Reader<R>,
    buffer: Vec<u8>,
    path: &'a Path,
}

impl<R: io::BufRead> Stream<'_, R> {
    /// Reads `element` to its end; `start` is where it began.
    fn rest_of(&mut self, element: Element, start: u64) -> Result<Child, ImportError> {
        let mut open = vec![element];
        // How many elements are open that are not kept.
        let mut passed = 0_usize;
        let mut is_passed_over = false;
        loop {
            self.buffer.clear();
            let at = self.reader.buffer_position();
            let event = self
                .reader
                .read_event_into(&mut self.buffer)
                .map_err(|error| broken(self.path, &format!("byte {at}"), error.to_string()))?;
            if !is_passed_over && (at - start > MAX_CHILD_BYTES || open.len() > MAX_DEPTH) {
                is_passed_over = true;
                passed = open.len();
                open.clear();
            }
            match event {
                Event::Start(_) if is_passed_over => passed += 1,
                Event::Start(start) => open.push(Element::of(&start)),
                Event::End(_) if is_passed_over => {
                    passed = passed.saturating_sub(1);
                    if passed == 0 {
                        return Ok(Child::PassedOver(start));
                    }
                }
                Event::Eof => {
                    let reason = "the text ends before its elements do".to_owned();
                    return Err(broken(self.path, &format!("byte {at}"), reason));
                }
                event => {
                    if let Some(whole) = add(&mut open, event) {
                        return Ok(Child::Element(whole));
                    }
                }
            }
        }
    }
}

/// Adds what `event` holds to the innermost open element; the outermost one when it ends.
fn add(open: &mut Vec<Element>, event: Event<'_>) -> Option<Element> {
    if let Event::End(_) = event {
        let ended = open.pop()?;
        let Some(outer) = open.last_mut() else {
            return Some(ended);
        };
        outer.children.push(ended);
        return None;
    }
    let inner = open.last_mut()?;
    match event {
        Event::Empty(start) => inner.children.push(Element::of(&start)),
        Event::Text(text) => inner.text.push_str(&text.xml10_content()),
        Event::CData(text) => inner.text.push_str(&text.into_inner()),
        Event::GeneralRef(name) => inner.text.extend(character_of(&name)),
        _ => {}
    }
    None
}

/// The character that `&name;` stands for; entities of a DTD are left out.
fn character_of(name: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(character)) = name.resolve_char_ref() {
        return Some(character);
    }
    match &**name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

/// The file at `path` as UTF-8, whatever encoding its declaration names.
fn opened(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = File::open(path)?;
    let mut start = Vec::new();
    file.by_ref().take(200).read_to_end(&mut start)?;
    file.seek(SeekFrom::Start(0))?;
    let declared = Encoding::for_bom(&start)
        .map(|(encoding, _)| encoding)
        .or_else(|| Encoding::for_label(label_of(&start)?.as_bytes()));
    Ok(match declared {
        Some(encoding) if encoding != encoding_rs::UTF_8 => Box::new(Recoded {
            source: file,
            decoder: encoding.new_decoder(),
            raw: Vec::new(),
            text: Vec::new(),
            read: 0,
            is_ended: false,
        }),
        _ => Box::new(file),
    })
}

/// The encoding that an XML declaration names.
fn label_of(start: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(start);
    let declaration = text.split_once("?>")?.0;
    let label = declaration.split_once("encoding")?.1;
    let label = label.trim_start().strip_prefix('=')?.trim_start();
    let quote = label.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    label.get(1..)?.split(quote).next().map(str::to_owned)
}

/// Text of another encoding as UTF-8.
struct Recoded<R> {
    source: R,
    decoder: Decoder,
    /// Bytes of the source that are not decoded yet.
    raw: Vec<u8>,
    text: Vec<u8>,
    /// Bytes of `text` that were given away.
    read: usize,
    is_ended: bool,
}

impl<R: Read> Recoded<R> {
    fn refill(&mut self) -> io::Result<()> {
        let mut piece = [0; 16 << 10];
        let count = self.source.read(&mut piece)?;
        self.is_ended = count == 0;
        self.raw.extend(piece.iter().take(count));
        self.text.clear();
        self.read = 0;
        // Three bytes for each of the source's are enough for every encoding.
        self.text.resize(self.raw.len() * 3 + 16, 0);
        let (result, taken, written, _) =
            self.decoder
                .decode_to_utf8(&self.raw, &mut self.text, self.is_ended);
        self.text.truncate(written);
        self.raw.drain(..taken);
        self.is_ended &= result == CoderResult::InputEmpty;
        Ok(())
    }
}

impl<R: Read> Read for Recoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.read >= self.text.len() {
            if self.is_ended {
                return Ok(0);
            }
            self.refill()?;
        }
        let rest = self.text.get(self.read..).unwrap_or_default();
        let count = rest.len().min(out.len());
        for (to, from) in out.iter_mut().zip(rest) {
            *to = *from;
        }
        self.read += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn children(name: &str, bytes: &[u8]) -> Result<Vec<Element>, ImportError> {
        let path = std::env::temp_dir().join(format!("cim_xml_{name}_{}", std::process::id()));
        std::fs::write(&path, bytes).expect("written");
        let mut children = Vec::new();
        let outcome = each_child(&path, &mut |child| {
            if let Child::Element(element) = child {
                children.push(element);
            }
            Ok(())
        });
        std::fs::remove_file(path).ok();
        outcome.map(|_| children)
    }

    #[test]
    fn the_children_of_the_root_come_one_by_one() {
        let text = b"<?xml version='1.0'?><c:M xmlns:c='x'><!-- n --><c:a g:id='1'><b> x &amp; <![CDATA[<y>]]></b></c:a>\
            <c:featureMembers><d/><e>&#65;</e></c:featureMembers></c:M>";
        let children = children("plain", text).expect("XML");
        let names: Vec<&str> = children.iter().map(|child| child.name.as_str()).collect();
        assert_eq!(names, ["a", "d", "e"]);
        assert_eq!(children[0].id(), Some("1"));
        assert_eq!(children[0].child("b").expect("b").trimmed(), "x & <y>");
        assert_eq!(children[2].text, "A");
    }

    #[test]
    fn another_encoding_is_read() {
        let text = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><m><n>Stra\xdfe</n></m>";
        assert_eq!(children("latin", text).expect("XML")[0].text, "Straße");
    }

    #[test]
    fn broken_text_is_named_with_its_place() {
        for text in ["<m><a></b></m>", "<m><a>", ""] {
            let error = children("broken", text.as_bytes()).expect_err(text);
            assert!(error.to_string().contains("byte"), "{error}");
        }
    }

    #[test]
    fn an_element_that_is_nested_too_deeply_is_passed_over() {
        let text = format!("<m>{}{}<z/></m>", "<a>".repeat(300), "</a>".repeat(300));
        let children = children("deep", text.as_bytes()).expect("XML");
        assert_eq!(children.len(), 1);
        assert_eq!(children[0].name, "z");
    }
}
