//! The XML of GB/T 28181 messages: a flat head and, in lists, entries. Devices break XML and declare encodings that they do not
//! use, so everything before the first break is kept.

use super::item::{CatalogueItem, GrowingItem, MAX_VALUE_BYTES};
use super::{MAX_ITEMS, MAX_PACKET_BYTES, MAX_TOLD};
use crate::Rejection;
use crate::markup::{
    Manner, Markup, Piece, attributes_of, decode_kindly, local_name, name_of, place_of,
};

/// So many fields of the head are kept.
const MAX_HEAD_FIELDS: usize = 200;

/// A message, read as far as it is XML.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Name of the outermost element: `Response`, `Notify`, `Query` or `Control`.
    pub(super) root: String,
    /// Names and values outside of entries.
    pub(super) head: Vec<(String, String)>,
    /// The `Num` of the list of entries.
    pub(super) num: Option<u64>,
    /// What could be read of the list.
    pub(super) items: Vec<CatalogueItem>,
    /// How many entries the list had, usable or not.
    pub(super) entries: u64,
    /// A hash of each entry that could not be used.
    pub(super) broken: Vec<u64>,
    /// What could not be used, the first hundred.
    pub(super) rejected: Vec<Rejection>,
    /// The encoding that was used.
    pub(super) encoding: &'static str,
}

impl Document {
    /// Reads `bytes`; an error means that there is no message in them.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Rejection> {
        if bytes.len() > MAX_PACKET_BYTES {
            let reason = format!("{} bytes are more than {MAX_PACKET_BYTES}", bytes.len());
            return Err(Rejection::new("line 1, column 1", reason));
        }
        let decoded = decode_kindly(bytes);
        let mut document = Self {
            encoding: decoded.encoding,
            ..Self::default()
        };
        if !decoded.remark.is_empty() {
            document.refuse(Rejection::new("line 1, column 1", decoded.remark.clone()));
        }
        let mut markup = Markup::new(&decoded.text, Manner::Kind);
        if let Err(rejection) = document.read_pieces(&mut markup) {
            if document.head.is_empty() && document.items.is_empty() {
                return Err(rejection);
            }
            document.refuse(rejection);
        }
        if document.root.is_empty() {
            return Err(Rejection::new("line 1, column 1", "no XML message"));
        }
        Ok(document)
    }

    /// The value called `name` in the head; empty when there is none.
    pub(super) fn head(&self, name: &str) -> &str {
        self.head
            .iter()
            .find(|(own, _)| own.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value.as_str())
    }

    /// Keeps `rejection`, when not too many are kept already.
    pub(super) fn refuse(&mut self, rejection: Rejection) {
        if self.rejected.len() < MAX_TOLD {
            self.rejected.push(rejection);
        }
    }

    fn read_pieces(&mut self, markup: &mut Markup<'_>) -> Result<(), Rejection> {
        let mut leaf = None;
        loop {
            match markup.next_piece()? {
                Piece::Open(tag) => {
                    let name = local_name(name_of(tag));
                    if self.root.is_empty() {
                        name.clone_into(&mut self.root);
                    }
                    if name == "DeviceList" {
                        self.num = num_of(tag);
                    }
                    if name == "Item" && markup.depth() > 1 {
                        self.read_item(markup)?;
                        leaf = None;
                    } else {
                        leaf = Some(Leaf::new(name, markup.depth()));
                    }
                }
                Piece::Text(text) => take_text(&mut leaf, markup.depth(), &text),
                Piece::Close => {
                    if let Some((name, value)) = closed(&mut leaf, markup.depth()) {
                        self.keep_head(name, &value);
                    }
                }
                Piece::End => return Ok(()),
            }
        }
    }

    fn keep_head(&mut self, name: &str, value: &str) {
        let is_short = name.len() <= MAX_VALUE_BYTES && value.len() <= MAX_VALUE_BYTES;
        if is_short && self.head.len() < MAX_HEAD_FIELDS && !name.eq_ignore_ascii_case("Password") {
            self.head.push((name.to_owned(), value.trim().to_owned()));
        }
    }

    /// Reads the entry that was just opened, to its end.
    fn read_item(&mut self, markup: &mut Markup<'_>) -> Result<(), Rejection> {
        let (depth, from) = (markup.depth(), markup.at());
        let mut growing = GrowingItem::default();
        let mut wrong = None;
        let mut leaf = None;
        loop {
            match markup.next_piece()? {
                Piece::Open(tag) => {
                    leaf = Some(Leaf::new(local_name(name_of(tag)), markup.depth()));
                }
                Piece::Text(text) => take_text(&mut leaf, markup.depth(), &text),
                Piece::Close if markup.depth() < depth => break,
                Piece::Close => {
                    if let Some((name, value)) = closed(&mut leaf, markup.depth())
                        && let Err(reason) = growing.add(name, &value)
                    {
                        wrong.get_or_insert(reason);
                    }
                }
                Piece::End => break,
            }
        }
        self.entries += 1;
        let outcome = match wrong {
            Some(reason) => Err(reason),
            None => growing.finish(),
        };
        match outcome {
            Ok(item) if self.items.len() < MAX_ITEMS => self.items.push(item),
            Ok(_) => self.refuse(Rejection::new("DeviceList", "more entries than are kept")),
            Err(reason) => {
                let raw = markup.text().get(from..markup.at()).unwrap_or_default();
                self.broken.push(hash_of(raw));
                if self.rejected.len() < MAX_TOLD {
                    let place = place_of(markup.text(), from);
                    let place = format!("Item[{}] ({place})", self.entries);
                    self.refuse(Rejection::new(place, reason));
                }
            }
        }
        Ok(())
    }
}

/// An element that has no element in it so far.
struct Leaf<'t> {
    name: &'t str,
    depth: usize,
    text: String,
    is_too_long: bool,
}

impl<'t> Leaf<'t> {
    fn new(name: &'t str, depth: usize) -> Self {
        Self {
            name,
            depth,
            text: String::new(),
            is_too_long: false,
        }
    }
}

fn take_text(leaf: &mut Option<Leaf<'_>>, depth: usize, text: &str) {
    let Some(leaf) = leaf.as_mut().filter(|leaf| leaf.depth == depth) else {
        return;
    };
    let text = if leaf.text.is_empty() {
        text.trim_start()
    } else {
        text
    };
    // Space may be long without the value being long.
    let kept = if leaf.text.len() + text.len() > MAX_VALUE_BYTES {
        text.trim_end()
    } else {
        text
    };
    if leaf.text.len() + kept.len() > MAX_VALUE_BYTES {
        leaf.is_too_long = true;
    } else {
        leaf.text.push_str(kept);
    }
}

/// Name and value of the leaf that a close at `depth` ends. What is too long comes as a value that is refused for its length.
fn closed<'t>(leaf: &mut Option<Leaf<'t>>, depth: usize) -> Option<(&'t str, String)> {
    let leaf = leaf.take().filter(|leaf| leaf.depth == depth + 1)?;
    if leaf.is_too_long {
        return Some((leaf.name, "x".repeat(MAX_VALUE_BYTES + 1)));
    }
    Some((leaf.name, leaf.text))
}

fn num_of(tag: &str) -> Option<u64> {
    let (_, value) = attributes_of(tag).find(|(name, _)| name.eq_ignore_ascii_case("Num"))?;
    value.trim().parse().ok()
}

/// FNV-1a, 64 bits: tells the same broken entry from another one.
fn hash_of(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}
