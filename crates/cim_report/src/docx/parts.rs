//! The parts of a DOCX beside its body: what is in the archive, properties, styles, lists, head and foot.

use super::body::{FIRST_PICTURE, twips};
use super::xml::Xml;
use crate::imprint::{Imprint, LabelPart};
use crate::letters::{on_one_line, printable};
use crate::paper::{
    BODY, CELL, INDENT_PT, ITEM, Ink, Look, SIGNATURE, SMALL, TEXT_WIDTH_PT, TITLE, heading,
};
use cim_model::{HeadingLevel, Outline};
use jiff::Timestamp;

/// The product's font by name, and what a desk takes that does not have it.
const FONT: &str = "Noto Sans SC";
const OTHER_FONT: &str = "Microsoft YaHei";
/// The most letters of a property of the file.
const MAX_PROPERTY: usize = 1_000;

const MAIN: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const TYPES: &str = "http://schemas.openxmlformats.org/package/2006/content-types";
const RELATIONS: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const KINDS: &str = "application/vnd.openxmlformats-officedocument";

/// `[Content_Types].xml`.
pub(super) fn content_types() -> String {
    let mut xml = Xml::new();
    xml.open("Types", &[("xmlns", TYPES)]);
    for (extension, kind) in [
        (
            "rels",
            "application/vnd.openxmlformats-package.relationships+xml",
        ),
        ("xml", "application/xml"),
        ("png", "image/png"),
    ] {
        xml.leaf(
            "Default",
            &[("Extension", extension), ("ContentType", kind)],
        );
    }
    for (part, kind) in [
        ("word/document", "document.main"),
        ("word/styles", "styles"),
        ("word/numbering", "numbering"),
        ("word/settings", "settings"),
        ("word/fontTable", "fontTable"),
        ("word/header1", "header"),
        ("word/footer1", "footer"),
    ] {
        let name = format!("/{part}.xml");
        let kind = format!("{KINDS}.wordprocessingml.{kind}+xml");
        xml.leaf("Override", &[("PartName", &name), ("ContentType", &kind)]);
    }
    for (name, kind) in [
        (
            "/docProps/core.xml",
            "application/vnd.openxmlformats-package.core-properties+xml".to_owned(),
        ),
        (
            "/docProps/app.xml",
            format!("{KINDS}.extended-properties+xml"),
        ),
    ] {
        xml.leaf("Override", &[("PartName", name), ("ContentType", &kind)]);
    }
    xml.finish()
}

/// `_rels/.rels`.
pub(super) fn relations() -> String {
    let mut xml = Xml::new();
    xml.open("Relationships", &[("xmlns", RELATIONS)]);
    let core =
        "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties";
    let document = format!("{OFFICE}/officeDocument");
    let app = format!("{OFFICE}/extended-properties");
    relation(&mut xml, "rId1", &document, "word/document.xml");
    relation(&mut xml, "rId2", core, "docProps/core.xml");
    relation(&mut xml, "rId3", &app, "docProps/app.xml");
    xml.finish()
}

/// `word/_rels/document.xml.rels` for so many pictures.
pub(super) fn document_relations(pictures: usize) -> String {
    let mut xml = Xml::new();
    xml.open("Relationships", &[("xmlns", RELATIONS)]);
    for (number, (kind, target)) in (1..).zip([
        ("styles", "styles.xml"),
        ("numbering", "numbering.xml"),
        ("settings", "settings.xml"),
        ("fontTable", "fontTable.xml"),
        ("header", "header1.xml"),
        ("footer", "footer1.xml"),
    ]) {
        let (id, kind) = (format!("rId{number}"), format!("{OFFICE}/{kind}"));
        relation(&mut xml, &id, &kind, target);
    }
    let kind = format!("{OFFICE}/image");
    for number in 1..=pictures {
        let id = format!("rId{}", FIRST_PICTURE + number);
        relation(&mut xml, &id, &kind, &format!("media/picture{number}.png"));
    }
    xml.finish()
}

fn relation(xml: &mut Xml, id: &str, kind: &str, target: &str) {
    xml.leaf(
        "Relationship",
        &[("Id", id), ("Type", kind), ("Target", target)],
    );
}

/// `docProps/core.xml`.
pub(super) fn core(outline: &Outline, imprint: &Imprint, moment: Timestamp) -> String {
    let mut xml = Xml::new();
    xml.open(
        "cp:coreProperties",
        &[
            (
                "xmlns:cp",
                "http://schemas.openxmlformats.org/package/2006/metadata/core-properties",
            ),
            ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
            ("xmlns:dcterms", "http://purl.org/dc/terms/"),
            ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
        ],
    );
    let title = on_one_line(&outline.title, MAX_PROPERTY);
    let author = on_one_line(&imprint.author, MAX_PROPERTY);
    let time = moment.to_string();
    xml.open("dc:title", &[]).words(&title).close();
    xml.open("dc:creator", &[]).words(&author).close();
    xml.open("dc:language", &[])
        .words(outline.language.trim())
        .close();
    for name in ["dcterms:created", "dcterms:modified"] {
        xml.open(name, &[("xsi:type", "dcterms:W3CDTF")])
            .words(&time)
            .close();
    }
    xml.finish()
}

/// `docProps/app.xml`.
pub(super) fn app(imprint: &Imprint) -> String {
    let mut xml = Xml::new();
    xml.open(
        "Properties",
        &[(
            "xmlns",
            "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties",
        )],
    );
    let made_with = on_one_line(&imprint.made_with, MAX_PROPERTY);
    xml.open("Application", &[]).words(&made_with);
    xml.finish()
}

/// `word/settings.xml`: as Word 2013 and later lay out, with marks kept within the margins.
pub(super) fn settings() -> String {
    let mut xml = Xml::new();
    xml.open("w:settings", &[("xmlns:w", MAIN)]);
    xml.leaf("w:defaultTabStop", &[("w:val", "420")]);
    xml.leaf("w:characterSpacingControl", &[("w:val", "doNotCompress")]);
    xml.open("w:compat", &[]);
    xml.leaf(
        "w:compatSetting",
        &[
            ("w:name", "compatibilityMode"),
            ("w:uri", "http://schemas.microsoft.com/office/word"),
            ("w:val", "15"),
        ],
    );
    xml.finish()
}

/// `word/fontTable.xml`.
pub(super) fn font_table() -> String {
    let mut xml = Xml::new();
    xml.open("w:fonts", &[("xmlns:w", MAIN)]);
    xml.open("w:font", &[("w:name", FONT)]);
    xml.leaf("w:altName", &[("w:val", OTHER_FONT)]);
    xml.finish()
}

/// `word/numbering.xml`: list 1 has dots, the next `numbered_lists` have numbers, each from 1.
pub(super) fn numbering(numbered_lists: usize) -> String {
    let mut xml = Xml::new();
    xml.open("w:numbering", &[("xmlns:w", MAIN)]);
    let indent = twips(INDENT_PT);
    for (id, format, text) in [("0", "bullet", "\u{2022}"), ("1", "decimal", "%1.")] {
        xml.open("w:abstractNum", &[("w:abstractNumId", id)]);
        xml.leaf("w:multiLevelType", &[("w:val", "singleLevel")]);
        xml.open("w:lvl", &[("w:ilvl", "0")]);
        xml.leaf("w:start", &[("w:val", "1")]);
        xml.leaf("w:numFmt", &[("w:val", format)]);
        xml.leaf("w:lvlText", &[("w:val", text)]);
        xml.leaf("w:lvlJc", &[("w:val", "left")]);
        xml.open("w:pPr", &[]);
        xml.leaf("w:ind", &[("w:left", &indent), ("w:hanging", &indent)]);
        xml.close().close().close();
    }
    xml.open("w:num", &[("w:numId", "1")]);
    xml.leaf("w:abstractNumId", &[("w:val", "0")]).close();
    for number in 0..numbered_lists {
        xml.open("w:num", &[("w:numId", &(number + 2).to_string())]);
        xml.leaf("w:abstractNumId", &[("w:val", "1")]);
        xml.open("w:lvlOverride", &[("w:ilvl", "0")]);
        xml.leaf("w:startOverride", &[("w:val", "1")]);
        xml.close().close();
    }
    xml.finish()
}

/// `word/header1.xml`.
pub(super) fn header(running_head: &str) -> String {
    let mut xml = Xml::new();
    xml.open("w:hdr", &[("xmlns:w", MAIN)]);
    open_paragraph(&mut xml, "Header");
    words(&mut xml, &on_one_line(running_head, MAX_PROPERTY));
    xml.finish()
}

/// `word/footer1.xml`, with fields that are counted by whoever opens the file.
pub(super) fn footer(imprint: &Imprint) -> String {
    let mut xml = Xml::new();
    xml.open("w:ftr", &[("xmlns:w", MAIN)]);
    open_paragraph(&mut xml, "Footer");
    for part in imprint.label_parts() {
        let field = match part {
            LabelPart::Words(text) => {
                words(&mut xml, text);
                continue;
            }
            LabelPart::Page => " PAGE ",
            LabelPart::Pages => " NUMPAGES ",
        };
        xml.open("w:fldSimple", &[("w:instr", field)]);
        words(&mut xml, "1");
        xml.close();
    }
    xml.finish()
}

fn open_paragraph(xml: &mut Xml, style: &str) {
    xml.open("w:p", &[]).open("w:pPr", &[]);
    xml.leaf("w:pStyle", &[("w:val", style)]).close();
}

fn words(xml: &mut Xml, text: &str) {
    let text: String = text
        .chars()
        .filter_map(printable)
        .filter(|letter| *letter != '\n')
        .collect();
    xml.open("w:r", &[])
        .open("w:t", &[("xml:space", "preserve")]);
    xml.words(&text).close().close();
}

/// How a style of paragraphs differs from running text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Feature {
    /// Bold.
    Bold,
    /// Stays with the next paragraph.
    Kept,
    /// In the middle.
    Middle,
    /// At the right.
    Right,
    /// Stands in, its first line does not.
    Hanging,
    /// Tab stops with lines to sign on.
    Lines,
    /// In the list of contents at this depth, from 0.
    Depth(u8),
}

/// `word/styles.xml` for a document in `language`.
pub(super) fn styles(language: &str) -> String {
    use Feature::{Bold, Depth, Hanging, Kept, Lines, Middle, Right};

    let mut xml = Xml::new();
    xml.open("w:styles", &[("xmlns:w", MAIN)]);
    defaults(&mut xml, language.trim());
    let part = heading(HeadingLevel::Part);
    let section = heading(HeadingLevel::Section);
    let point = heading(HeadingLevel::Point);
    let spacer = Look {
        size_pt: 2.0,
        lead_pt: 4.0,
        ..CELL
    };
    style(&mut xml, ("Normal", "Normal"), BODY, &[]);
    style(&mut xml, ("Title", "Title"), TITLE, &[Bold, Middle]);
    style(&mut xml, ("Meta", "Meta"), ITEM, &[]);
    style(
        &mut xml,
        ("Heading1", "heading 1"),
        part,
        &[Bold, Kept, Depth(0)],
    );
    style(
        &mut xml,
        ("Heading2", "heading 2"),
        section,
        &[Bold, Kept, Depth(1)],
    );
    style(
        &mut xml,
        ("Heading3", "heading 3"),
        point,
        &[Bold, Kept, Depth(2)],
    );
    style(&mut xml, ("ListItem", "List Item"), ITEM, &[]);
    style(&mut xml, ("Step", "Step"), ITEM, &[Hanging]);
    style(&mut xml, ("TableHead", "Table Head"), CELL, &[Bold, Kept]);
    style(&mut xml, ("TableText", "Table Text"), CELL, &[]);
    style(&mut xml, ("Spacer", "Spacer"), spacer, &[]);
    style(&mut xml, ("Statement", "Statement"), BODY, &[Kept]);
    style(
        &mut xml,
        ("Signature", "Signature Line"),
        SIGNATURE,
        &[Lines],
    );
    style(&mut xml, ("Figure", "Figure"), ITEM, &[Kept, Middle]);
    style(&mut xml, ("Caption", "caption"), SMALL, &[Middle]);
    style(&mut xml, ("Header", "header"), SMALL, &[Right]);
    style(&mut xml, ("Footer", "footer"), SMALL, &[Middle]);
    xml.open("w:style", &[("w:type", "character"), ("w:styleId", "Note")]);
    xml.leaf("w:name", &[("w:val", "Note")]).open("w:rPr", &[]);
    letters(&mut xml, SMALL);
    xml.close().close();
    grid(&mut xml);
    xml.finish()
}

fn defaults(xml: &mut Xml, language: &str) {
    // Word keeps the languages of Latin and of East Asian letters apart.
    let (latin, east_asian) = if language.starts_with("zh") {
        ("en-US", language)
    } else {
        (language, "zh-CN")
    };
    xml.open("w:docDefaults", &[]).open("w:rPrDefault", &[]);
    xml.open("w:rPr", &[]);
    xml.leaf(
        "w:rFonts",
        &[
            ("w:ascii", FONT),
            ("w:hAnsi", FONT),
            ("w:eastAsia", FONT),
            ("w:cs", FONT),
        ],
    );
    xml.leaf("w:lang", &[("w:val", latin), ("w:eastAsia", east_asian)]);
    xml.close().close().close();
}

fn style(xml: &mut Xml, (id, name): (&str, &str), look: Look, features: &[Feature]) {
    let kind = ("w:type", "paragraph");
    if id == "Normal" {
        xml.open("w:style", &[kind, ("w:default", "1"), ("w:styleId", id)]);
        xml.leaf("w:name", &[("w:val", name)]);
    } else {
        xml.open("w:style", &[kind, ("w:styleId", id)]);
        xml.leaf("w:name", &[("w:val", name)]);
        xml.leaf("w:basedOn", &[("w:val", "Normal")]);
    }
    xml.leaf("w:qFormat", &[]);
    // The order of what follows is the schema's: ECMA-376-1, 17.3.1.26.
    xml.open("w:pPr", &[]);
    if features.contains(&Feature::Kept) {
        xml.leaf("w:keepNext", &[]);
    }
    if features.contains(&Feature::Lines) {
        tab_stops(xml);
    }
    xml.leaf(
        "w:spacing",
        &[
            ("w:before", &twips(look.free_pt.0)),
            ("w:after", &twips(look.free_pt.1)),
            ("w:line", &twips(look.lead_pt)),
            ("w:lineRule", "atLeast"),
        ],
    );
    if features.contains(&Feature::Hanging) {
        let indent = twips(INDENT_PT);
        xml.leaf("w:ind", &[("w:left", &indent), ("w:hanging", &indent)]);
    }
    if features.contains(&Feature::Middle) {
        xml.leaf("w:jc", &[("w:val", "center")]);
    }
    if features.contains(&Feature::Right) {
        xml.leaf("w:jc", &[("w:val", "right")]);
    }
    for feature in features {
        if let Feature::Depth(depth) = feature {
            xml.leaf("w:outlineLvl", &[("w:val", &depth.to_string())]);
        }
    }
    xml.close().open("w:rPr", &[]);
    if features.contains(&Feature::Bold) {
        xml.leaf("w:b", &[]).leaf("w:bCs", &[]);
    }
    letters(xml, look);
    xml.close().close();
}

fn letters(xml: &mut Xml, look: Look) {
    let half_points = ((look.size_pt * 2.0).round() as u32).to_string();
    xml.leaf("w:color", &[("w:val", &look.ink.hex())]);
    xml.leaf("w:sz", &[("w:val", &half_points)]);
    xml.leaf("w:szCs", &[("w:val", &half_points)]);
}

/// Lines to sign on: to the middle, and to the right edge.
fn tab_stops(xml: &mut Xml) {
    xml.open("w:tabs", &[]);
    for place_pt in [TEXT_WIDTH_PT / 2.0, TEXT_WIDTH_PT] {
        xml.leaf(
            "w:tab",
            &[
                ("w:val", "left"),
                ("w:leader", "underscore"),
                ("w:pos", &twips(place_pt)),
            ],
        );
    }
    xml.close();
}

/// The style of tables: a thin grid, a shaded head.
fn grid(xml: &mut Xml) {
    xml.open("w:style", &[("w:type", "table"), ("w:styleId", "Grid")]);
    xml.leaf("w:name", &[("w:val", "Grid")]);
    xml.open("w:tblPr", &[]).open("w:tblBorders", &[]);
    let colour = Ink::Line.hex();
    for side in [
        "w:top",
        "w:left",
        "w:bottom",
        "w:right",
        "w:insideH",
        "w:insideV",
    ] {
        xml.leaf(
            side,
            &[
                ("w:val", "single"),
                ("w:sz", "4"),
                ("w:space", "0"),
                ("w:color", &colour),
            ],
        );
    }
    xml.close().open("w:tblCellMar", &[]);
    for side in ["w:left", "w:right"] {
        xml.leaf(side, &[("w:w", "80"), ("w:type", "dxa")]);
    }
    xml.close().close();
    xml.open("w:tblStylePr", &[("w:type", "firstRow")]);
    xml.open("w:tcPr", &[]);
    let ground = Ink::Shade.hex();
    let shade = [
        ("w:val", "clear"),
        ("w:color", "auto"),
        ("w:fill", ground.as_str()),
    ];
    xml.leaf("w:shd", &shade);
    xml.close().close().close();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[track_caller]
    fn check_languages(language: &str, latin: &str, east_asian: &str) {
        let wanted = format!("<w:lang w:val=\"{latin}\" w:eastAsia=\"{east_asian}\"/>");
        assert!(styles(language).contains(&wanted), "{wanted}");
    }

    #[test]
    fn spelling_is_checked_in_the_language_of_the_document() {
        check_languages("zh-CN", "en-US", "zh-CN");
        check_languages(" en ", "en", "zh-CN");
    }

    #[test]
    fn headings_are_in_the_list_of_contents() {
        let styles = styles("zh-CN");
        for depth in 0..3 {
            let wanted = format!("<w:outlineLvl w:val=\"{depth}\"/>");
            assert_eq!(styles.matches(&wanted).count(), 1);
        }
    }

    #[test]
    fn a_signature_has_two_lines() {
        assert_eq!(
            styles("zh-CN").matches("w:leader=\"underscore\"").count(),
            2
        );
    }

    #[test]
    fn the_foot_is_words_and_fields() {
        let mut imprint = samples::imprint();
        imprint.page_label = "%{page} / %{pages} <内部>".into();
        let footer = footer(&imprint);
        assert_eq!(footer.matches("<w:fldSimple").count(), 2);
        assert!(footer.contains("&lt;内部&gt;"));
    }
}
