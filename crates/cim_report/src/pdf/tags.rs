//! The document's structure as PDF has it: the tree of tags and the bookmarks.

use crate::paper::SIDE_PT;
use crate::sheets::{Bookmark, Kind, Part};
use cim_model::ListMarks;
use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::outline::{Outline, OutlineNode};
use krilla::tagging::{
    Identifier, ListNumbering, TableHeaderScope, Tag, TagGroup, TagKind, TagTree,
};
use std::mem;
use std::num::NonZeroU16;

/// The tree of `parts`; `leaves` are the pieces of pages that belong to each.
pub(super) fn tree(parts: &[Part], leaves: Vec<Vec<Identifier>>, language: &str) -> TagTree {
    let mut inside: Vec<Vec<TagGroup>> = Vec::new();
    inside.resize_with(parts.len(), Vec::new);
    let mut outermost = Vec::new();
    // From the last: a part comes before what is in it, so its children are whole when it is reached.
    for ((number, part), leaves) in parts.iter().enumerate().zip(leaves).rev() {
        let mut group = TagGroup::new(tag(&part.kind));
        for leaf in leaves {
            group.push(leaf);
        }
        let children = inside.get_mut(number).map(mem::take).unwrap_or_default();
        for child in children.into_iter().rev() {
            group.push(child);
        }
        match part.within.and_then(|within| inside.get_mut(within)) {
            Some(children) => children.push(group),
            None => outermost.push(group),
        }
    }
    let mut tree = TagTree::new().with_lang(Some(language.trim().to_owned()));
    for group in outermost.into_iter().rev() {
        tree.push(group);
    }
    tree
}

/// The title and the headings as bookmarks, each under the one above it.
pub(super) fn bookmarks(bookmarks: &[Bookmark]) -> Outline {
    let mut outline = Outline::new();
    for node in nodes(bookmarks) {
        outline.push_child(node);
    }
    outline
}

fn nodes(mut bookmarks: &[Bookmark]) -> Vec<OutlineNode> {
    let mut found = Vec::new();
    while let Some((first, rest)) = bookmarks.split_first() {
        let end = rest
            .iter()
            .position(|next| next.depth <= first.depth)
            .unwrap_or(rest.len());
        let (below, after) = rest.split_at(end);
        let place = XyzDestination::new(first.page, Point::from_xy(SIDE_PT, first.top_pt));
        let mut node = OutlineNode::new(first.text.clone(), place).with_open(true);
        for child in nodes(below) {
            node.push_child(child);
        }
        found.push(node);
        bookmarks = after;
    }
    found
}

fn tag(kind: &Kind) -> TagKind {
    match kind {
        Kind::Heading(depth, words) => {
            let depth = NonZeroU16::new(u16::from(*depth)).unwrap_or(NonZeroU16::MIN);
            Tag::Hn(depth, Some(words.clone())).into()
        }
        Kind::Paragraph => Tag::P.into(),
        Kind::List(ListMarks::Dots) => Tag::L(ListNumbering::Disc).into(),
        Kind::List(ListMarks::Numbers) => Tag::L(ListNumbering::Decimal).into(),
        Kind::Item => Tag::LI.into(),
        Kind::Label => Tag::Lbl.into(),
        Kind::Body => Tag::LBody.into(),
        Kind::Table => Tag::Table.into(),
        Kind::Head => Tag::THead.into(),
        Kind::Rows => Tag::TBody.into(),
        Kind::Row => Tag::TR.into(),
        Kind::HeadCell => Tag::TH(TableHeaderScope::Column).into(),
        Kind::Cell => Tag::TD.into(),
        Kind::Figure(words) => Tag::Figure(Some(words.clone())).into(),
        Kind::Caption => Tag::Caption.into(),
    }
}
