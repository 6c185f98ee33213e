//! A document as a flat list of elements, small enough that hostile input cannot make it large: what belongs to another
//! vocabulary is not kept, and neither are more elements than a text of its length can mean.

use crate::Rejection;
use crate::markup::{Manner, Markup, Piece, attributes_of, local_name, name_of, place_of};
use std::borrow::Cow;

/// Elements that any document may have, however short.
const FREE_ELEMENTS: usize = 64;
/// Below this many bytes an element, tags and text, the elements mean nothing.
const BYTES_PER_ELEMENT: usize = 12;
/// At most this many elements are kept.
const MAX_ELEMENTS: usize = 300_000;
/// At most this many namespaces are bound at once.
const MAX_BINDINGS: usize = 128;
/// So many skipped elements are told.
const MAX_SKIPPED: usize = 16;

/// The vocabulary that an element belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// Common Alerting Protocol 1.0.
    Cap10,
    /// Common Alerting Protocol 1.1.
    Cap11,
    /// Common Alerting Protocol 1.2.
    Cap12,
    /// RFC 4287.
    Atom,
    /// Emergency Data Exchange Language, Distribution Element 1.0 or 2.0.
    Edxl,
    /// None was declared, as in RSS.
    None,
    /// Any other.
    Foreign,
}

impl Space {
    fn of(address: &str) -> Self {
        match address {
            "http://www.incident.com/cap/1.0" | "urn:oasis:names:tc:emergency:cap:1.0" => {
                Self::Cap10
            }
            "urn:oasis:names:tc:emergency:cap:1.1" => Self::Cap11,
            "urn:oasis:names:tc:emergency:cap:1.2" => Self::Cap12,
            "http://www.w3.org/2005/Atom" => Self::Atom,
            "urn:oasis:names:tc:emergency:EDXL:DE:1.0"
            | "urn:oasis:names:tc:emergency:EDXL:DE:2.0" => Self::Edxl,
            "" => Self::None,
            _ => Self::Foreign,
        }
    }

    /// True for CAP of any version.
    pub(super) fn is_cap(self) -> bool {
        matches!(self, Self::Cap10 | Self::Cap11 | Self::Cap12)
    }
}

#[derive(Debug)]
struct Node<'t> {
    tag: &'t str,
    text: Cow<'t, str>,
    at: u32,
    /// One past the last element inside.
    end: u32,
    space: Space,
}

/// A document.
#[derive(Debug)]
pub(super) struct Tree<'t> {
    text: &'t str,
    nodes: Vec<Node<'t>>,
    /// Elements of other vocabularies that were passed over: where, and their names.
    skipped: Vec<(usize, &'t str)>,
}

impl<'t> Tree<'t> {
    /// Reads `text`, or says where and why it cannot be read.
    pub(super) fn read(text: &'t str) -> Result<Self, Rejection> {
        let mut markup = Markup::new(text, Manner::Strict);
        let mut growing = Growing {
            limit: MAX_ELEMENTS.min(FREE_ELEMENTS + text.len() / BYTES_PER_ELEMENT),
            tree: Self {
                text: markup.text(),
                nodes: Vec::new(),
                skipped: Vec::new(),
            },
            open: Vec::new(),
            bindings: Vec::new(),
        };
        loop {
            match markup.next_piece()? {
                Piece::Open(tag) => growing.open(&mut markup, tag)?,
                Piece::Close => growing.close(),
                Piece::Text(text) => growing.take_text(text),
                Piece::End => return Ok(growing.tree),
            }
        }
    }

    /// The outermost element.
    pub(super) fn root(&self) -> Option<Element<'_, 't>> {
        self.nodes.first().map(|_| Element {
            tree: self,
            index: 0,
        })
    }

    /// Line and column of byte `at`.
    pub(super) fn place_of(&self, at: usize) -> String {
        place_of(self.text, at)
    }

    /// What was passed over within bytes `from` to `until`: where, and its name.
    pub(super) fn skipped(
        &self,
        from: usize,
        until: usize,
    ) -> impl Iterator<Item = (usize, &'t str)> {
        self.skipped
            .iter()
            .copied()
            .filter(move |(at, _)| (from..until).contains(at))
    }
}

struct Growing<'t> {
    limit: usize,
    tree: Tree<'t>,
    open: Vec<usize>,
    /// Depth, prefix, vocabulary.
    bindings: Vec<(usize, &'t str, Space)>,
}

impl<'t> Growing<'t> {
    fn open(&mut self, markup: &mut Markup<'t>, tag: &'t str) -> Result<(), Rejection> {
        let at = markup.at();
        let depth = markup.depth();
        self.bindings.retain(|(bound_at, ..)| *bound_at < depth);
        let refuse = |reason: &str| Rejection::new(place_of(markup.text(), at), reason);
        for (name, value) in attributes_of(tag) {
            let prefix = match name {
                "xmlns" => "",
                other => match other.strip_prefix("xmlns:") {
                    Some(prefix) => prefix,
                    None => continue,
                },
            };
            if self.bindings.len() >= MAX_BINDINGS {
                return Err(refuse("more namespaces than any message needs"));
            }
            self.bindings.push((depth, prefix, Space::of(value)));
        }
        let space = self.space_of(name_of(tag));
        if self.open.is_empty() && !self.tree.nodes.is_empty() {
            return Err(refuse("a document has one outermost element"));
        }
        if space == Space::Foreign && !self.open.is_empty() {
            if self.tree.skipped.len() < MAX_SKIPPED {
                self.tree.skipped.push((at, name_of(tag)));
            }
            return markup.skip_element();
        }
        if self.tree.nodes.len() >= self.limit {
            return Err(refuse(
                "more elements than a message of this length can mean",
            ));
        }
        self.open.push(self.tree.nodes.len());
        self.tree.nodes.push(Node {
            tag,
            text: Cow::Borrowed(""),
            at: u32::try_from(at).unwrap_or(u32::MAX),
            end: 0,
            space,
        });
        Ok(())
    }

    fn space_of(&self, name: &str) -> Space {
        let prefix = name.split_once(':').map_or("", |(prefix, _)| prefix);
        let bound = self
            .bindings
            .iter()
            .rev()
            .find(|(_, bound, _)| *bound == prefix);
        match bound {
            Some((.., space)) => *space,
            None if prefix.is_empty() => Space::None,
            None => Space::Foreign,
        }
    }

    fn close(&mut self) {
        let end = u32::try_from(self.tree.nodes.len()).unwrap_or(u32::MAX);
        if let Some(node) = self
            .open
            .pop()
            .and_then(|index| self.tree.nodes.get_mut(index))
        {
            node.end = end;
        }
    }

    fn take_text(&mut self, text: Cow<'t, str>) {
        let Some(node) = self
            .open
            .last()
            .and_then(|index| self.tree.nodes.get_mut(*index))
        else {
            return;
        };
        if node.text.is_empty() {
            node.text = text;
        } else if !(node.text.trim().is_empty() && text.trim().is_empty()) {
            // The space between children is not kept, or it would be copied again and again.
            node.text.to_mut().push_str(&text);
        }
    }
}

/// An element of a [`Tree`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Element<'a, 't> {
    tree: &'a Tree<'t>,
    index: usize,
}

impl<'a, 't> Element<'a, 't> {
    fn node(self) -> Option<&'a Node<'t>> {
        self.tree.nodes.get(self.index)
    }

    /// Its name, without a prefix.
    pub(super) fn name(self) -> &'t str {
        self.node().map_or("", |node| local_name(name_of(node.tag)))
    }

    /// Its vocabulary.
    pub(super) fn space(self) -> Space {
        self.node().map_or(Space::Foreign, |node| node.space)
    }

    /// The text directly in it, without the space around it.
    pub(super) fn text(self) -> &'a str {
        self.node().map_or("", |node| node.text.trim())
    }

    /// Where it begins, bytes.
    pub(super) fn at(self) -> usize {
        self.node().map_or(0, |node| node.at as usize)
    }

    /// The attribute `name`, references resolved.
    pub(super) fn attribute(self, name: &str) -> Option<String> {
        let (_, value) = attributes_of(self.node()?.tag).find(|(own, _)| *own == name)?;
        let value = quick_xml::escape::unescape(value).ok()?;
        Some(value.trim().to_owned())
    }

    /// The elements directly in it.
    pub(super) fn children(self) -> impl Iterator<Item = Element<'a, 't>> {
        let tree = self.tree;
        let end = self.node().map_or(0, |node| node.end as usize);
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            let index = next;
            let node = tree.nodes.get(index).filter(|_| index < end)?;
            next = (node.end as usize).max(index + 1);
            Some(Element { tree, index })
        })
    }

    /// The first element called `name` directly in it.
    pub(super) fn child(self, name: &str) -> Option<Element<'a, 't>> {
        self.children().find(|child| child.name() == name)
    }

    /// Every `alert` in it, however deep, but none within another.
    pub(super) fn alerts(self) -> Vec<Element<'a, 't>> {
        let end = self.node().map_or(0, |node| node.end as usize);
        let mut found = Vec::new();
        let mut index = self.index + 1;
        while index < end {
            let element = Element {
                tree: self.tree,
                index,
            };
            let is_alert = element.name() == "alert" && element.space().is_cap();
            index = match element.node() {
                Some(node) if is_alert => (node.end as usize).max(index + 1),
                _ => index + 1,
            };
            if is_alert {
                found.push(element);
            }
        }
        found
    }

    /// Where the first sibling after it begins, or the end of the document: what lies between is in it.
    pub(super) fn until(self) -> usize {
        let end = self.node().map_or(0, |node| node.end as usize);
        let after = self.tree.nodes.get(end);
        after.map_or(self.tree.text.len(), |node| node.at as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_by_name_and_vocabulary() {
        let text = "<a xmlns='http://www.w3.org/2005/Atom' xmlns:c='urn:oasis:names:tc:emergency:cap:1.2'>\
            <b> one &amp; two </b><c:alert><c:note/></c:alert><x xmlns='urn:other'><c:alert/></x><b>three</b></a>";
        let tree = Tree::read(text).expect("readable");
        let root = tree.root().expect("a root");
        assert_eq!((root.name(), root.space()), ("a", Space::Atom));
        let names: Vec<_> = root.children().map(Element::name).collect();
        assert_eq!(names, ["b", "alert", "b"]);
        assert_eq!(root.child("b").expect("b").text(), "one & two");
        assert_eq!(root.alerts().len(), 1);
        let skipped: Vec<_> = tree.skipped(0, text.len()).map(|(_, name)| name).collect();
        assert_eq!(skipped, ["x"]);
    }

    #[test]
    fn a_swarm_of_empty_elements_is_refused() {
        let text = format!("<a>{}</a>", "<b/>".repeat(1000));
        let rejection = Tree::read(&text).expect_err("too many");
        assert!(rejection.reason.contains("more elements"), "{rejection:?}");
    }

    #[test]
    fn a_document_has_one_root() {
        assert!(Tree::read("<a/><b/>").is_err());
        assert!(
            Tree::read("")
                .expect("nothing is XML here")
                .root()
                .is_none()
        );
    }
}
