//! DOCX for those who write on: Office Open XML (ECMA-376, transitional) with real styles, numbered lists, tables whose heads
//! repeat, page numbers that Word counts.
//!
//! Fonts are named, not embedded: a desk without them takes its own.

mod body;
mod parts;
mod xml;

use crate::imprint::Imprint;
use crate::{ReportError, limits};
use body::Body;
use cim_model::Outline;
use std::io::{Cursor, Write as _};
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// A printed document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocxFile {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many pictures could not be read. Only their captions are in the file.
    pub unreadable_pictures: usize,
}

/// Writes `outline` as a DOCX on A4. The same values give the same bytes.
pub fn print_docx(outline: &Outline, imprint: &Imprint) -> Result<DocxFile, ReportError> {
    limits::check(outline)?;
    let moment = imprint.moment()?;
    let body = Body::of(outline);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    // Word looks for the list of contents first.
    let texts = [
        ("[Content_Types].xml", parts::content_types()),
        ("_rels/.rels", parts::relations()),
        ("docProps/core.xml", parts::core(outline, imprint, moment)),
        ("docProps/app.xml", parts::app(imprint)),
        ("word/document.xml", body.text),
        (
            "word/_rels/document.xml.rels",
            parts::document_relations(body.pictures.len()),
        ),
        ("word/styles.xml", parts::styles(&outline.language)),
        ("word/numbering.xml", parts::numbering(body.numbered_lists)),
        ("word/settings.xml", parts::settings()),
        ("word/fontTable.xml", parts::font_table()),
        ("word/header1.xml", parts::header(&outline.running_head)),
        ("word/footer1.xml", parts::footer(imprint)),
    ];
    for (name, text) in texts {
        add(
            &mut archive,
            name,
            text.as_bytes(),
            CompressionMethod::Deflated,
        )?;
    }
    for (number, png) in (1..).zip(body.pictures) {
        let name = format!("word/media/picture{number}.png");
        add(&mut archive, &name, png, CompressionMethod::Stored)?;
    }
    Ok(DocxFile {
        bytes: archive.finish()?.into_inner(),
        unreadable_pictures: body.unreadable_pictures,
    })
}

fn add(
    archive: &mut ZipWriter<Cursor<Vec<u8>>>,
    name: &str,
    bytes: &[u8],
    method: CompressionMethod,
) -> Result<(), ReportError> {
    // Files in the archive have no time of their own, so that the same document is the same file.
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(DateTime::default());
    archive.start_file(name, options)?;
    archive.write_all(bytes).map_err(ZipError::from)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;
    use cim_model::{Table, Text};
    use quick_xml::events::Event;
    use quick_xml::reader::Reader;
    use std::collections::BTreeMap;
    use std::io::Read as _;
    use std::path::Path;
    use zip::ZipArchive;

    fn printed(outline: &Outline) -> DocxFile {
        print_docx(outline, &samples::imprint()).expect("a DOCX")
    }

    /// The files in the archive by their names.
    fn files(docx: &DocxFile) -> BTreeMap<String, Vec<u8>> {
        let mut archive = ZipArchive::new(Cursor::new(&docx.bytes)).expect("an archive");
        let mut files = BTreeMap::new();
        for index in 0..archive.len() {
            let mut file = archive.by_index(index).expect("a file");
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).expect("its bytes");
            let name = file.name().expect("a name").into_owned();
            files.insert(name, bytes);
        }
        files
    }

    fn part(docx: &DocxFile, name: &str) -> String {
        String::from_utf8(files(docx).remove(name).expect(name)).expect("UTF-8")
    }

    fn is_a(name: &str, extension: &str) -> bool {
        Path::new(name)
            .extension()
            .is_some_and(|own| own == extension)
    }

    #[track_caller]
    fn check_holds(part: &str, expected: &[&str]) {
        for words in expected {
            assert!(part.contains(words), "{words} is not in: {part}");
        }
    }

    /// How many elements are open at the end of `text`.
    fn left_open(text: &str) -> i32 {
        let mut reader = Reader::from_str(text);
        let mut open = 0;
        loop {
            match reader.read_event().expect("XML") {
                Event::Start(_) => open += 1,
                Event::End(_) => open -= 1,
                Event::Eof => return open,
                _ => {}
            }
        }
    }

    #[test]
    fn every_part_is_well_formed() {
        let mut files = files(&printed(&samples::handover()));
        files.retain(|name, _| !is_a(name, "png"));
        assert_eq!(files.len(), 12);
        for (name, bytes) in files {
            let text = String::from_utf8(bytes).expect("UTF-8");
            assert_eq!(left_open(&text), 0, "{name}");
        }
    }

    #[test]
    fn every_part_is_listed_and_every_relation_leads_somewhere() {
        let docx = printed(&samples::handover());
        let files = files(&docx);
        let types = part(&docx, "[Content_Types].xml");
        let parts = files.keys().filter(|name| is_a(name, "xml"));
        for name in parts.filter(|name| name.starts_with("word/")) {
            check_holds(&types, &[&format!("PartName=\"/{name}\"")]);
        }
        let relations = part(&docx, "word/_rels/document.xml.rels");
        for target in relations.split("Target=\"").skip(1) {
            let target = target.split('"').next().unwrap_or_default();
            assert!(files.contains_key(&format!("word/{target}")), "{target}");
        }
        assert_eq!(files["word/media/picture1.png"], samples::png(4, 2));
    }

    #[test]
    fn every_block_has_its_style() {
        let document = part(&printed(&samples::handover()), "word/document.xml");
        let heading = |style: &str, text: &str| {
            format!(
                "<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr><w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p>"
            )
        };
        check_holds(
            &document,
            &[
                &heading("Title", "交接班记录"),
                &heading("Heading1", "未结事项"),
                &heading("Heading2", "处置卡"),
                &heading("Heading3", "告警"),
                &heading("Caption", "现场照片"),
                "<w:r><w:rPr><w:b/><w:bCs/></w:rPr><w:t xml:space=\"preserve\">40</w:t></w:r>",
                "通知水务局 &lt;值班室&gt; &amp; 交通",
                "descr=\"现场照片\"",
                "<w:br w:type=\"page\"/>",
                "\u{2611}",
                "\u{2610}",
                "李娜",
            ],
        );
    }

    #[test]
    fn the_head_of_a_table_is_repeated_and_numbers_stand_at_the_right() {
        let mut outline = Outline::new("告警", "zh-CN");
        outline.table(samples::alarms(3));
        let document = part(&printed(&outline), "word/document.xml");
        assert_eq!(document.matches("<w:tblHeader/>").count(), 1);
        assert_eq!(document.matches("<w:tr>").count(), 4);
        assert_eq!(document.matches("<w:cantSplit/>").count(), 4);
        assert_eq!(document.matches("<w:jc w:val=\"right\"/>").count(), 4);
        let widths: usize = document
            .split("<w:gridCol w:w=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap_or_default())
            .map(|width| width.parse::<usize>().expect("a width"))
            .sum();
        assert!(widths.abs_diff(471 * 20) <= 3, "{widths}");
    }

    #[test]
    fn each_numbered_list_begins_with_one() {
        let docx = printed(&samples::handover());
        let document = part(&docx, "word/document.xml");
        for (list, count) in [(1, 1), (2, 2), (3, 1)] {
            let mark = format!("<w:numId w:val=\"{list}\"/>");
            assert_eq!(document.matches(&mark).count(), count, "{mark}");
        }
        let numbering = part(&docx, "word/numbering.xml");
        assert_eq!(
            numbering.matches("<w:startOverride w:val=\"1\"/>").count(),
            2
        );
    }

    #[test]
    fn pages_are_numbered_by_the_reader() {
        let footer = part(&printed(&samples::handover()), "word/footer1.xml");
        let number = footer.find("w:instr=\" PAGE \"").expect("a page number");
        let count = footer.find("w:instr=\" NUMPAGES \"").expect("a page count");
        let words = footer.find("页，共").expect("the words between");
        assert!(number < words && words < count, "{footer}");
    }

    #[test]
    fn the_properties_tell_who_and_when() {
        let core = part(&printed(&samples::handover()), "docProps/core.xml");
        check_holds(
            &core,
            &[
                "<dc:title>交接班记录</dc:title>",
                "<dc:creator>云湖新区城市运行管理中心</dc:creator>",
                ">2026-03-01T00:00:00Z<",
            ],
        );
    }

    #[test]
    fn rows_that_are_too_short_or_too_long_still_fill_the_grid() {
        let mut table = Table::default().with_column("一", 1).with_column("二", 1);
        table
            .row(["甲"])
            .row(["乙", "丙", "丁"])
            .row(Vec::<Text>::new());
        let mut outline = Outline::new("表", "zh-CN");
        outline.table(table).table(Table::default());
        let document = part(&printed(&outline), "word/document.xml");
        assert_eq!(document.matches("<w:tc>").count(), 8);
        assert!(!document.contains('丁'));
    }

    #[test]
    fn what_would_break_the_file_is_left_out() {
        let mut outline = samples::handover();
        outline
            .paragraph("a\u{0}b\u{ffff}\nc]]>")
            .picture(samples::picture(b"no picture".to_vec()));
        let docx = printed(&outline);
        assert_eq!(docx.unreadable_pictures, 1);
        let document = part(&docx, "word/document.xml");
        check_holds(
            &document,
            &["ab</w:t><w:br/><w:t xml:space=\"preserve\">c]]&gt;</w:t>"],
        );
        assert_eq!(document.matches("<w:drawing>").count(), 1);
    }

    #[test]
    fn the_same_document_gives_the_same_bytes() {
        assert_eq!(printed(&samples::handover()), printed(&samples::handover()));
    }

    #[test]
    fn a_document_that_is_too_large_is_refused() {
        let mut outline = Outline::new("记录", "zh-CN");
        outline.paragraph("a".repeat(limits::MAX_TEXT_BYTES));
        let refusal = print_docx(&outline, &samples::imprint());
        assert!(matches!(refusal, Err(ReportError::TooLarge { .. })));
    }
}
