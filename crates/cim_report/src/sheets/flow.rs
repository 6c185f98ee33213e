//! Blocks one under the other, over pages.

use super::{Belongs, Bookmark, Frame, Kind, Mark, Part, Shape, Sheets};
use crate::font::{Letter, Setter};
use crate::imprint::Imprint;
use crate::letters::on_one_line;
use crate::limits::MAX_PAGES;
use crate::paper::{
    BODY, BOTTOM_PT, FURNITURE_PT, INDENT_PT, ITEM, Ink, Look, MARGIN_PT, PAGE_HEIGHT_PT, SIDE_PT,
    SIGNATURE, SMALL, TEXT_WIDTH_PT, TITLE, heading, picture_size_pt,
};
use crate::picture;
use crate::wrap::{inked_width_em, lines};
use cim_model::{
    Block, Check, HeadingLevel, ListMarks, Meta, Outline, Picture, Signature, Text, Weight,
};

/// How much must fit under a heading so that it may stand at the foot of a page.
const KEEP_PT: f32 = 56.0;
/// Where the letters of a line stand on, from the top of their square. Chinese letters stand in a square whose lower edge is
/// 0.12 below the line of the Latin ones.
const ASCENT_EM: f32 = 0.88;
/// The most letters of a heading or caption that go into the file's structure.
const MAX_WORDS: usize = 500;
/// The thickness of thin lines.
const HAIR_PT: f32 = 0.5;
/// Free between the two fields of a signature.
const GAP_PT: f32 = 24.0;
/// How wide and high a picture is taken to be that cannot be read.
const UNREADABLE: (u32, u32) = (4, 3);

/// Where lines of text stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// The left edge.
    pub(super) left_pt: f32,
    /// How wide it is.
    pub(super) width_pt: f32,
    /// Where a line stands that is shorter.
    pub(super) stand: Stand,
}

/// Where a line stands in its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// At the left.
    Left,
    /// In the middle.
    Middle,
    /// At the right.
    Right,
}

/// The whole width of the text.
const WHOLE: Column = Column {
    left_pt: SIDE_PT,
    width_pt: TEXT_WIDTH_PT,
    stand: Stand::Left,
};
/// What stands in a little: items and steps.
const INDENTED: Column = Column {
    left_pt: SIDE_PT + INDENT_PT,
    width_pt: TEXT_WIDTH_PT - INDENT_PT,
    stand: Stand::Left,
};

/// The left field of a signature.
const LEFT_HALF: Column = Column {
    left_pt: SIDE_PT,
    width_pt: (TEXT_WIDTH_PT - GAP_PT) / 2.0,
    stand: Stand::Left,
};
/// The right field of a signature.
const RIGHT_HALF: Column = Column {
    left_pt: SIDE_PT + f32::midpoint(TEXT_WIDTH_PT, GAP_PT),
    ..LEFT_HALF
};

/// Pages that grow from the top.
pub(super) struct Flow<'a> {
    pub(super) setter: Setter<'a>,
    pages: Vec<Vec<Mark<'a>>>,
    /// Where the next line begins.
    pub(super) top_pt: f32,
    parts: Vec<Part>,
    bookmarks: Vec<Bookmark>,
}

impl<'a> Flow<'a> {
    pub(super) fn new(setter: Setter<'a>) -> Self {
        Self {
            setter,
            pages: vec![Vec::new()],
            top_pt: MARGIN_PT,
            parts: Vec::new(),
            bookmarks: Vec::new(),
        }
    }

    pub(super) fn page_count(&self) -> usize {
        self.pages.len()
    }

    /// The title and the lines about the document.
    pub(super) fn title(&mut self, outline: &Outline) {
        let letters = self.setter.set_plain(&outline.title, Weight::Bold);
        let part = self.named(&outline.title, 1);
        let column = Column {
            stand: Stand::Middle,
            ..WHOLE
        };
        self.write(&letters, column, TITLE, Belongs::To(part));
        self.top_pt += TITLE.free_pt.1;
        for Meta { label, value } in &outline.meta {
            let text = Text::bold(label.as_str()).then("  ").then(value.as_str());
            self.paragraph(&text, ITEM);
        }
        if !outline.meta.is_empty() {
            self.rule(WHOLE, Ink::Line);
            self.top_pt += ITEM.lead_pt / 2.0;
        }
    }

    pub(super) fn block(&mut self, block: &'a Block) {
        match block {
            Block::Heading { level, text } => self.heading(*level, text),
            Block::Paragraph(text) => self.paragraph(text, BODY),
            Block::List { marks, items } => self.list(*marks, items),
            Block::Table(table) => self.table(table),
            Block::Check(check) => self.check(check),
            Block::Signature(signature) => self.signature(signature),
            Block::PageBreak => {
                if !self.is_fresh() {
                    self.turn();
                }
            }
            Block::Picture(picture) => self.picture(picture),
        }
    }

    /// The finished pages, with their heads and feet.
    pub(super) fn finish(mut self, running_head: &str, imprint: &Imprint) -> Sheets<'a> {
        // A break at the very end leaves a page that nobody wrote on.
        if self.pages.len() > 1 && self.pages.last().is_some_and(Vec::is_empty) {
            self.pages.pop();
        }
        let count = self.pages.len();
        let head_top_pt = FURNITURE_PT;
        let foot_top_pt = PAGE_HEIGHT_PT - FURNITURE_PT - SMALL.lead_pt;
        let head = on_one_line(running_head, MAX_WORDS);
        let head = self.setter.set_plain(&head, Weight::Regular);
        for (page, marks) in (1..).zip(&mut self.pages) {
            let foot = on_one_line(&imprint.label(page, count), MAX_WORDS);
            let foot = self.setter.set_plain(&foot, Weight::Regular);
            furnish(marks, &head, head_top_pt, Stand::Right, Belongs::Header);
            furnish(marks, &foot, foot_top_pt, Stand::Middle, Belongs::Footer);
        }
        Sheets {
            pages: self.pages,
            parts: self.parts,
            bookmarks: self.bookmarks,
            missing: self.setter.missing(),
        }
    }

    /// A part of the structure.
    pub(super) fn part(&mut self, kind: Kind, within: Option<usize>) -> usize {
        self.parts.push(Part { kind, within });
        self.parts.len() - 1
    }

    pub(super) fn put(&mut self, belongs: Belongs, shape: Shape<'a>) {
        if let Some(marks) = self.pages.last_mut() {
            marks.push(Mark { belongs, shape });
        }
    }

    /// Starts a page.
    pub(super) fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.top_pt = MARGIN_PT;
    }

    /// Starts a page unless `height_pt` fits on this one, or this one is still empty.
    pub(super) fn need(&mut self, height_pt: f32) {
        if self.top_pt + height_pt > BOTTOM_PT && !self.is_fresh() {
            self.turn();
        }
    }

    /// Leaves `height_pt` free, but not at the top of a page.
    fn space(&mut self, height_pt: f32) {
        if !self.is_fresh() {
            self.top_pt += height_pt;
        }
    }

    /// Whether there are so many pages already that the document will be refused.
    pub(super) fn is_full(&self) -> bool {
        self.pages.len() > MAX_PAGES
    }

    /// Writes `letters` in lines, over pages where they need it. Two lines that begin a text stay together.
    fn write(&mut self, letters: &[Letter], column: Column, look: Look, belongs: Belongs) {
        let found = lines(letters, column.width_pt / look.size_pt);
        self.need(look.lead_pt * found.len().min(2) as f32);
        for line in found {
            if self.is_full() {
                return;
            }
            self.need(look.lead_pt);
            let line = letters.get(line).unwrap_or_default();
            self.write_line(line, column, look, belongs);
            self.top_pt += look.lead_pt;
        }
    }

    /// Writes one line at the current place.
    pub(super) fn write_line(
        &mut self,
        line: &[Letter],
        column: Column,
        look: Look,
        belongs: Belongs,
    ) {
        if !line.is_empty() {
            let shape = line_shape(line, column, look, self.top_pt);
            self.put(belongs, shape);
        }
    }

    /// Whether the page is still free from its top.
    fn is_fresh(&self) -> bool {
        self.top_pt < MARGIN_PT + HAIR_PT
    }

    /// A line across `column`, at the current place.
    fn rule(&mut self, column: Column, ink: Ink) {
        let frame = Frame {
            corner: (column.left_pt, self.top_pt),
            size: (column.width_pt, HAIR_PT),
        };
        self.put(Belongs::Layout, Shape::Bar { frame, ink });
    }

    /// The part of a heading called `text`, and its bookmark at the current place.
    fn named(&mut self, text: &str, depth: u8) -> usize {
        let text = on_one_line(text, MAX_WORDS);
        self.bookmarks.push(Bookmark {
            depth,
            text: text.clone(),
            page: self.pages.len().saturating_sub(1),
            top_pt: self.top_pt,
        });
        self.part(Kind::Heading(depth, text), None)
    }

    fn heading(&mut self, level: HeadingLevel, text: &str) {
        if on_one_line(text, 1).is_empty() {
            return;
        }
        let look = heading(level);
        let letters = self.setter.set_plain(text, Weight::Bold);
        let height_pt = lines(&letters, TEXT_WIDTH_PT / look.size_pt).len() as f32 * look.lead_pt;
        self.need(look.free_pt.0 + height_pt + KEEP_PT);
        self.space(look.free_pt.0);
        let part = self.named(text, level.depth() + 1);
        self.write(&letters, WHOLE, look, Belongs::To(part));
        self.top_pt += look.free_pt.1;
    }

    fn paragraph(&mut self, text: &Text, look: Look) {
        let letters = self.setter.set(text);
        let part = self.part(Kind::Paragraph, None);
        self.write(&letters, WHOLE, look, Belongs::To(part));
        self.top_pt += look.free_pt.1;
    }

    fn list(&mut self, marks: ListMarks, items: &[Text]) {
        let list = self.part(Kind::List(marks), None);
        for (number, text) in (1..).zip(items) {
            let item = self.part(Kind::Item, Some(list));
            // A label stays with the two lines that stay together behind it.
            self.need(ITEM.lead_pt * 2.0);
            let label = Belongs::To(self.part(Kind::Label, Some(item)));
            self.label(marks, number, label);
            let body = self.part(Kind::Body, Some(item));
            let letters = self.setter.set(text);
            self.write(&letters, INDENTED, ITEM, Belongs::To(body));
            self.top_pt += ITEM.free_pt.1;
        }
        self.top_pt += BODY.free_pt.1 - ITEM.free_pt.1;
    }

    /// What stands before an item, at the current place.
    fn label(&mut self, marks: ListMarks, number: usize, belongs: Belongs) {
        match marks {
            ListMarks::Dots => {
                let side_pt = 3.0;
                let frame = Frame {
                    corner: (SIDE_PT + 5.0, self.top_pt + (ITEM.lead_pt - side_pt) / 2.0),
                    size: (side_pt, side_pt),
                };
                self.put(belongs, Shape::Dot { frame });
            }
            ListMarks::Numbers => {
                let letters = self
                    .setter
                    .set_plain(&format!("{number}."), Weight::Regular);
                self.write_line(&letters, WHOLE, ITEM, belongs);
            }
        }
    }

    fn check(&mut self, check: &Check) {
        let part = Belongs::To(self.part(Kind::Paragraph, None));
        let letters = self.setter.set(&check.text);
        self.need(ITEM.lead_pt * 2.0);
        let side_pt = 9.0;
        let frame = Frame {
            corner: (SIDE_PT + 1.0, self.top_pt + (ITEM.lead_pt - side_pt) / 2.0),
            size: (side_pt, side_pt),
        };
        let is_done = check.is_done;
        self.put(part, Shape::Tick { frame, is_done });
        self.write(&letters, INDENTED, ITEM, part);
        self.small(&check.note, INDENTED, part);
        self.top_pt += ITEM.free_pt.1;
    }

    /// A note, unless there is nothing to say.
    fn small(&mut self, text: &str, column: Column, belongs: Belongs) {
        if !text.trim().is_empty() {
            let letters = self.setter.set_plain(text, Weight::Regular);
            self.write(&letters, column, SMALL, belongs);
        }
    }

    /// Role and name at the left, time at the right, each over a line, so that a pen finds its place as well.
    fn signature(&mut self, signature: &Signature) {
        let (name, at, proof) = signature.signed.as_ref().map_or(("", "", ""), |signed| {
            (
                signed.name.as_str(),
                signed.at.as_str(),
                signed.proof.as_str(),
            )
        });
        let who = Text::bold(signature.role.as_str()).then("  ").then(name);
        let when = Text::bold(signature.time_label.as_str())
            .then("  ")
            .then(at);
        let fields = [
            (self.setter.set(&who), LEFT_HALF),
            (self.setter.set(&when), RIGHT_HALF),
        ];
        let most = fields
            .iter()
            .map(|(letters, half)| lines(letters, half.width_pt / SIGNATURE.size_pt).len())
            .max()
            .unwrap_or(1);
        let fields_pt = most as f32 * SIGNATURE.lead_pt;
        let statement = self.setter.set_plain(&signature.statement, Weight::Regular);
        let statement_lines = lines(&statement, TEXT_WIDTH_PT / BODY.size_pt).len();
        let statement_pt = statement_lines as f32 * BODY.lead_pt;
        let whole_pt = SIGNATURE.free_pt.0 * 2.0 + statement_pt + fields_pt + SMALL.lead_pt * 3.0;
        self.need(whole_pt.min(BOTTOM_PT - MARGIN_PT));
        self.space(SIGNATURE.free_pt.0);

        let part = Belongs::To(self.part(Kind::Paragraph, None));
        if !signature.statement.trim().is_empty() {
            self.write(&statement, WHOLE, BODY, part);
        }
        if signature.signed.is_none() {
            self.top_pt += SIGNATURE.free_pt.0;
        }
        self.fields(&fields, fields_pt, part);
        self.top_pt += SMALL.free_pt.0 + HAIR_PT;
        self.small(proof, WHOLE, part);
        self.top_pt += SIGNATURE.free_pt.1;
    }

    /// Fields beside each other, each over a line. They begin at the same height and never turn the page: a name that is too
    /// long for a page is nobody's name.
    fn fields(&mut self, fields: &[(Vec<Letter>, Column)], height_pt: f32, belongs: Belongs) {
        let top_pt = self.top_pt;
        for (letters, column) in fields {
            self.top_pt = top_pt;
            for line in lines(letters, column.width_pt / SIGNATURE.size_pt) {
                let line = letters.get(line).unwrap_or_default();
                self.write_line(line, *column, SIGNATURE, belongs);
                self.top_pt += SIGNATURE.lead_pt;
            }
            self.top_pt = top_pt + height_pt;
            self.rule(*column, Ink::Black);
        }
    }

    fn picture(&mut self, picture: &'a Picture) {
        let pixels = picture::size_of(&picture.png).unwrap_or(UNREADABLE);
        let size = picture_size_pt(pixels, picture.width_percent);
        self.need(size.1 + SMALL.lead_pt * 2.0);
        // A figure without words is refused by readers for the blind; the document's name is better than nothing.
        let mut words = on_one_line(&picture.caption, MAX_WORDS);
        if words.is_empty()
            && let Some(title) = self.bookmarks.first()
        {
            words.clone_from(&title.text);
        }
        let figure = self.part(Kind::Figure(words), None);
        let frame = Frame {
            corner: (SIDE_PT + (TEXT_WIDTH_PT - size.0) / 2.0, self.top_pt),
            size,
        };
        let png = picture.png.as_slice();
        self.put(Belongs::To(figure), Shape::Picture { frame, png });
        self.top_pt += size.1 + SMALL.free_pt.0;
        if !picture.caption.trim().is_empty() {
            let caption = self.part(Kind::Caption, None);
            let column = Column {
                stand: Stand::Middle,
                ..WHOLE
            };
            self.small(&picture.caption, column, Belongs::To(caption));
        }
        self.top_pt += SMALL.free_pt.1;
    }
}

/// One line of the furniture of a page: what does not fit on it is left out.
fn furnish(
    marks: &mut Vec<Mark<'_>>,
    letters: &[Letter],
    top_pt: f32,
    stand: Stand,
    belongs: Belongs,
) {
    let first = lines(letters, TEXT_WIDTH_PT / SMALL.size_pt)
        .into_iter()
        .next()
        .and_then(|line| letters.get(line))
        .unwrap_or_default();
    if !first.is_empty() {
        let column = Column { stand, ..WHOLE };
        let shape = line_shape(first, column, SMALL, top_pt);
        marks.push(Mark { belongs, shape });
    }
}

/// A line of letters whose square begins at `top_pt`.
fn line_shape(line: &[Letter], column: Column, look: Look, top_pt: f32) -> Shape<'static> {
    let free_pt = column.width_pt - inked_width_em(line) * look.size_pt;
    let shift_pt = match column.stand {
        Stand::Left => 0.0,
        Stand::Middle => free_pt.max(0.0) / 2.0,
        Stand::Right => free_pt.max(0.0),
    };
    Shape::Letters {
        x_pt: column.left_pt + shift_pt,
        baseline_pt: top_pt + (look.lead_pt - look.size_pt) / 2.0 + ASCENT_EM * look.size_pt,
        size_pt: look.size_pt,
        ink: look.ink,
        letters: line.to_vec(),
    }
}
