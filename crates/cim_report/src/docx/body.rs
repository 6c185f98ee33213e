//! The body of a DOCX: `word/document.xml`, and the pictures that it shows.

use super::xml::Xml;
use crate::letters::{on_one_line, printed_lines};
use crate::paper::{
    FURNITURE_PT, MARGIN_PT, SIDE_PT, TEXT_WIDTH_PT, column_widths_pt, picture_size_pt,
};
use crate::picture;
use cim_model::{Align, Block, Check, ListMarks, Outline, Picture, Signature, Table, Text, Weight};

/// The list of `word/numbering.xml` whose items have dots. Numbered lists have the numbers behind it, one each, so that
/// every list begins with 1.
const DOTS: usize = 1;
/// The first relation that is a picture; those before it are in `parts::document_relations`.
pub(super) const FIRST_PICTURE: usize = 100;
/// English metric units in a point.
const EMU_PER_PT: f32 = 12_700.0;
/// The most letters of the words for who cannot see a picture.
const MAX_WORDS: usize = 500;
/// A4 in twentieths of a point.
const PAGE_SIZE: [(&str, &str); 2] = [("w:w", "11906"), ("w:h", "16838")];
const NAMESPACES: [(&str, &str); 5] = [
    (
        "xmlns:w",
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    (
        "xmlns:r",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    ),
    (
        "xmlns:wp",
        "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    ),
    (
        "xmlns:a",
        "http://schemas.openxmlformats.org/drawingml/2006/main",
    ),
    (
        "xmlns:pic",
        "http://schemas.openxmlformats.org/drawingml/2006/picture",
    ),
];

/// What a document's body comes to.
pub(super) struct Body<'a> {
    /// `word/document.xml`.
    pub(super) text: String,
    /// The PNG files that it shows, in order.
    pub(super) pictures: Vec<&'a [u8]>,
    /// How many numbered lists it has.
    pub(super) numbered_lists: usize,
    /// How many pictures were left out.
    pub(super) unreadable_pictures: usize,
}

impl<'a> Body<'a> {
    /// The body of `outline`.
    pub(super) fn of(outline: &'a Outline) -> Self {
        let mut writer = Writer {
            xml: Xml::new(),
            pictures: Vec::new(),
            numbered_lists: 0,
            unreadable_pictures: 0,
        };
        writer
            .xml
            .open("w:document", &NAMESPACES)
            .open("w:body", &[]);
        writer.paragraph("Title", &Text::from(outline.title.as_str()));
        for meta in &outline.meta {
            let line = Text::bold(meta.label.as_str())
                .then("  ")
                .then(meta.value.as_str());
            writer.paragraph("Meta", &line);
        }
        for block in &outline.blocks {
            writer.block(block);
        }
        writer.section();
        Self {
            text: writer.xml.finish(),
            pictures: writer.pictures,
            numbered_lists: writer.numbered_lists,
            unreadable_pictures: writer.unreadable_pictures,
        }
    }
}

struct Writer<'a> {
    xml: Xml,
    pictures: Vec<&'a [u8]>,
    numbered_lists: usize,
    unreadable_pictures: usize,
}

impl<'a> Writer<'a> {
    fn block(&mut self, block: &'a Block) {
        match block {
            Block::Heading { level, text } => {
                let style = format!("Heading{}", level.depth());
                self.paragraph(&style, &Text::from(text.as_str()));
            }
            Block::Paragraph(text) => self.paragraph("Normal", text),
            Block::List { marks, items } => self.list(*marks, items),
            Block::Table(table) => self.table(table),
            Block::Check(check) => self.check(check),
            Block::Signature(signature) => self.signature(signature),
            Block::PageBreak => {
                self.open_paragraph("Spacer");
                self.xml.open("w:r", &[]);
                self.xml.leaf("w:br", &[("w:type", "page")]).close().close();
            }
            Block::Picture(picture) => self.picture(picture),
        }
    }

    fn list(&mut self, marks: ListMarks, items: &[Text]) {
        let number = match marks {
            ListMarks::Dots => DOTS,
            ListMarks::Numbers => {
                self.numbered_lists += 1;
                DOTS + self.numbered_lists
            }
        };
        for text in items {
            self.xml.open("w:p", &[]).open("w:pPr", &[]);
            self.xml.leaf("w:pStyle", &[("w:val", "ListItem")]);
            self.xml.open("w:numPr", &[]);
            self.xml.leaf("w:ilvl", &[("w:val", "0")]);
            self.xml.leaf("w:numId", &[("w:val", &number.to_string())]);
            self.xml.close().close();
            self.runs(text);
            self.xml.close();
        }
    }

    fn table(&mut self, table: &Table) {
        if table.columns.is_empty() {
            return;
        }
        let widths: Vec<String> = column_widths_pt(table, TEXT_WIDTH_PT)
            .into_iter()
            .map(twips)
            .collect();
        self.xml.open("w:tbl", &[]).open("w:tblPr", &[]);
        self.xml.leaf("w:tblStyle", &[("w:val", "Grid")]);
        let whole = twips(TEXT_WIDTH_PT);
        self.xml
            .leaf("w:tblW", &[("w:w", &whole), ("w:type", "dxa")]);
        self.xml.leaf("w:tblLayout", &[("w:type", "fixed")]);
        self.xml
            .leaf("w:tblLook", &[("w:val", "0020"), ("w:firstRow", "1")]);
        self.xml.close().open("w:tblGrid", &[]);
        for width in &widths {
            self.xml.leaf("w:gridCol", &[("w:w", width)]);
        }
        self.xml.close();

        self.open_row();
        self.xml.leaf("w:tblHeader", &[]).close();
        for (column, width) in table.columns.iter().zip(&widths) {
            let head = Text::bold(column.head.as_str());
            self.cell("TableHead", width, column.align, &head);
        }
        self.xml.close();
        let nothing = Text::default();
        for row in &table.rows {
            self.open_row();
            self.xml.close();
            for (number, (column, width)) in table.columns.iter().zip(&widths).enumerate() {
                let text = row.get(number).unwrap_or(&nothing);
                self.cell("TableText", width, column.align, text);
            }
            self.xml.close();
        }
        self.xml.close();
        // Two tables without a paragraph between them would become one.
        self.open_paragraph("Spacer");
        self.xml.close();
    }

    /// Opens a row and its properties. A row that fits on a page is not cut.
    fn open_row(&mut self) {
        self.xml.open("w:tr", &[]).open("w:trPr", &[]);
        self.xml.leaf("w:cantSplit", &[]);
    }

    fn cell(&mut self, style: &str, width: &str, align: Align, text: &Text) {
        self.xml.open("w:tc", &[]).open("w:tcPr", &[]);
        self.xml.leaf("w:tcW", &[("w:w", width), ("w:type", "dxa")]);
        self.xml.close().open("w:p", &[]).open("w:pPr", &[]);
        self.xml.leaf("w:pStyle", &[("w:val", style)]);
        if align == Align::Right {
            self.xml.leaf("w:jc", &[("w:val", "right")]);
        }
        self.xml.close();
        self.runs(text);
        self.xml.close().close();
    }

    fn check(&mut self, check: &Check) {
        self.open_paragraph("Step");
        self.xml.open("w:r", &[]).open("w:rPr", &[]);
        // Chinese fonts have no boxes; the fonts with signs of both families of desks do.
        let font = "Segoe UI Symbol";
        self.xml.leaf(
            "w:rFonts",
            &[("w:ascii", font), ("w:hAnsi", font), ("w:eastAsia", font)],
        );
        self.xml.close();
        let mark = if check.is_done {
            "\u{2611}"
        } else {
            "\u{2610}"
        };
        self.xml.open("w:t", &[]).words(mark).close();
        self.xml.leaf("w:tab", &[]).close();
        self.runs(&check.text);
        if !check.note.trim().is_empty() {
            self.run("  ", Weight::Regular);
            self.note(&check.note);
        }
        self.xml.close();
    }

    /// Role, name and time over lines that reach to the middle and to the right edge.
    fn signature(&mut self, signature: &Signature) {
        let (name, at, proof) = signature.signed.as_ref().map_or(("", "", ""), |signed| {
            (
                signed.name.as_str(),
                signed.at.as_str(),
                signed.proof.as_str(),
            )
        });
        if !signature.statement.trim().is_empty() {
            self.paragraph("Statement", &Text::from(signature.statement.as_str()));
        }
        self.open_paragraph("Signature");
        self.run(&signature.role, Weight::Bold);
        self.run("  ", Weight::Regular);
        self.run(name, Weight::Regular);
        self.tab();
        self.run("  ", Weight::Regular);
        self.run(&signature.time_label, Weight::Bold);
        self.run("  ", Weight::Regular);
        self.run(at, Weight::Regular);
        self.tab();
        self.xml.close();
        if !proof.trim().is_empty() {
            self.paragraph("Caption", &Text::from(proof));
        }
    }

    fn picture(&mut self, picture: &'a Picture) {
        // Word shows a red cross for a broken picture and may refuse the file: only what can be read goes in.
        if let Ok(pixels) = picture::pixels_of(&picture.png) {
            self.pictures.push(&picture.png);
            self.open_paragraph("Figure");
            self.xml.open("w:r", &[]);
            self.drawing(picture, pixels.size);
            self.xml.close().close();
        } else {
            self.unreadable_pictures += 1;
        }
        if !picture.caption.trim().is_empty() {
            self.paragraph("Caption", &Text::from(picture.caption.as_str()));
        }
    }

    /// The last of the pictures, in the line of text.
    fn drawing(&mut self, picture: &Picture, pixels: (u32, u32)) {
        let number = self.pictures.len();
        let id = number.to_string();
        let name = format!("picture{number}.png");
        let relation = format!("rId{}", FIRST_PICTURE + number);
        let (width_pt, height_pt) = picture_size_pt(pixels, picture.width_percent);
        let (width, height) = (emu(width_pt), emu(height_pt));
        let words = on_one_line(&picture.caption, MAX_WORDS);
        let size = [("cx", width.as_str()), ("cy", height.as_str())];
        let from = [
            ("distT", "0"),
            ("distB", "0"),
            ("distL", "0"),
            ("distR", "0"),
        ];
        let xml = &mut self.xml;
        xml.open("w:drawing", &[]).open("wp:inline", &from);
        xml.leaf("wp:extent", &size);
        let named = [
            ("id", id.as_str()),
            ("name", name.as_str()),
            ("descr", words.as_str()),
        ];
        xml.leaf("wp:docPr", &named);
        xml.open("a:graphic", &[]);
        xml.open(
            "a:graphicData",
            &[(
                "uri",
                "http://schemas.openxmlformats.org/drawingml/2006/picture",
            )],
        );
        xml.open("pic:pic", &[]).open("pic:nvPicPr", &[]);
        xml.leaf("pic:cNvPr", &named);
        xml.leaf("pic:cNvPicPr", &[]).close();
        xml.open("pic:blipFill", &[]);
        xml.leaf("a:blip", &[("r:embed", &relation)]);
        xml.open("a:stretch", &[]).leaf("a:fillRect", &[]);
        xml.close().close();
        xml.open("pic:spPr", &[]).open("a:xfrm", &[]);
        xml.leaf("a:off", &[("x", "0"), ("y", "0")]);
        xml.leaf("a:ext", &size).close();
        xml.open("a:prstGeom", &[("prst", "rect")]);
        xml.leaf("a:avLst", &[]).close().close();
        // The picture, its data, the graphic, the place in the line, the drawing.
        xml.close().close().close().close().close();
    }

    /// The last element of a body: paper, margins, head and foot.
    fn section(&mut self) {
        let (margin, side, edge) = (twips(MARGIN_PT), twips(SIDE_PT), twips(FURNITURE_PT));
        self.xml.open("w:sectPr", &[]);
        self.xml.leaf(
            "w:headerReference",
            &[("w:type", "default"), ("r:id", "rId5")],
        );
        self.xml.leaf(
            "w:footerReference",
            &[("w:type", "default"), ("r:id", "rId6")],
        );
        self.xml.leaf("w:pgSz", &PAGE_SIZE);
        self.xml.leaf(
            "w:pgMar",
            &[
                ("w:top", &margin),
                ("w:right", &side),
                ("w:bottom", &margin),
                ("w:left", &side),
                ("w:header", &edge),
                ("w:footer", &edge),
                ("w:gutter", "0"),
            ],
        );
        self.xml.close();
    }

    fn paragraph(&mut self, style: &str, text: &Text) {
        self.open_paragraph(style);
        self.runs(text);
        self.xml.close();
    }

    fn open_paragraph(&mut self, style: &str) {
        self.xml.open("w:p", &[]).open("w:pPr", &[]);
        self.xml.leaf("w:pStyle", &[("w:val", style)]).close();
    }

    fn runs(&mut self, text: &Text) {
        for run in &text.runs {
            self.run(&run.text, run.weight);
        }
    }

    fn run(&mut self, text: &str, weight: Weight) {
        if text.is_empty() {
            return;
        }
        self.xml.open("w:r", &[]);
        if weight == Weight::Bold {
            self.xml.open("w:rPr", &[]);
            self.xml.leaf("w:b", &[]).leaf("w:bCs", &[]).close();
        }
        self.letters(text);
        self.xml.close();
    }

    fn note(&mut self, text: &str) {
        self.xml.open("w:r", &[]).open("w:rPr", &[]);
        self.xml.leaf("w:rStyle", &[("w:val", "Note")]).close();
        self.letters(text);
        self.xml.close();
    }

    fn tab(&mut self) {
        self.xml.open("w:r", &[]);
        self.xml.leaf("w:tab", &[]).close();
    }

    fn letters(&mut self, text: &str) {
        for (number, line) in printed_lines(text).iter().enumerate() {
            if number > 0 {
                self.xml.leaf("w:br", &[]);
            }
            self.xml.open("w:t", &[("xml:space", "preserve")]);
            self.xml.words(line).close();
        }
    }
}

/// Points as twentieths of a point.
pub(super) fn twips(points: f32) -> String {
    ((points * 20.0).round() as u32).to_string()
}

fn emu(points: f32) -> String {
    ((points * EMU_PER_PT).round() as u32).to_string()
}
