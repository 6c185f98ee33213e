//! What a PDF says when it is read back.

use super::read_back::ReadBack;
use super::*;
use crate::samples;
use cim_model::Text;

fn printed(outline: &Outline) -> PdfFile {
    print_pdf(outline, &samples::fonts(), &samples::imprint()).expect("a PDF")
}

#[track_caller]
fn check_says(page: &str, expected: &[&str]) {
    for words in expected {
        assert!(page.contains(words), "{words} is not in: {page}");
    }
}

#[test]
fn every_block_is_on_its_page() {
    let file = printed(&samples::handover());
    let pages = ReadBack::of(&file.bytes).pages();
    assert_eq!((file.pages, pages.len()), (2, 2));
    check_says(
        &pages[0],
        &[
            "交接班记录",
            "班次  夜班 20:00–08:00",
            "人民路供水主管爆裂，40 条告警归并为一条。",
            "关闭 3 号阀门03:12 张伟",
            "通知水务局 <值班室> & 交通",
            "1.疏散2.抢修1.复核",
            "保持联络",
            "时刻内容数值03:011 号测点压力低0.1",
            "现场照片",
            "演练",
            "第 1 页，共 2 页",
        ],
    );
    check_says(
        &pages[1],
        &[
            "签字",
            "交班人  李娜",
            "时间  2026-03-01 08:00",
            "sha256:4f1c",
            "接班人",
            "第 2 页，共 2 页",
        ],
    );
    assert!(file.missing.is_empty(), "{:?}", file.missing);
    assert_eq!(file.unreadable_pictures, 0);
}

#[test]
fn a_long_table_has_its_head_and_a_number_on_each_page() {
    let mut outline = Outline::new("告警", "zh-CN");
    outline.table(samples::alarms(100));
    let pages = ReadBack::of(&printed(&outline).bytes).pages();
    assert_eq!(pages.len(), 3);
    for (number, page) in (1..).zip(&pages) {
        check_says(page, &["时刻内容数值", &format!("第 {number} 页，共 3 页")]);
    }
}

#[test]
fn only_the_signs_that_are_used_are_in_the_file() {
    let file = printed(&samples::handover());
    assert!(file.bytes.len() < 300_000, "{} bytes", file.bytes.len());
    let read = ReadBack::of(&file.bytes);
    let fonts: Vec<&str> = read
        .with("/FontFile2")
        .map(|font| font.words.as_str())
        .collect();
    assert_eq!(fonts.len(), 2);
    assert!(fonts.iter().all(|words| words.contains("+NotoSansCJKsc")));
}

#[test]
fn archives_and_screen_readers_find_what_they_ask_for() {
    let file = printed(&samples::handover());
    let read = ReadBack::of(&file.bytes);
    let xmp: String = read
        .with("/Subtype/XML")
        .map(|object| String::from_utf8_lossy(&object.stream).into_owned())
        .collect();
    check_says(
        &xmp,
        &[
            "<pdfaid:part>2</pdfaid:part>",
            "<pdfaid:conformance>A</pdfaid:conformance>",
            "<pdfuaid:part>1</pdfuaid:part>",
            "交接班记录",
            "2026-03-01T00:00:00",
        ],
    );
    for (tag, least) in [
        ("/S/H1", 1),
        ("/S/H2", 2),
        ("/S/Table", 1),
        ("/S/TH", 3),
        ("/S/TD", 6),
        ("/S/LI", 4),
        ("/S/Figure", 1),
    ] {
        assert!(read.with(tag).count() >= least, "{tag}");
    }
    assert!(
        read.with("/S/Figure")
            .all(|figure| figure.words.contains("/Alt"))
    );
}

#[test]
fn title_and_headings_are_bookmarks() {
    let read = ReadBack::of(&printed(&samples::handover()).bytes);
    let marks = read
        .with("/Dest")
        .filter(|mark| mark.words.contains("/Title"));
    assert_eq!(marks.count(), 5);
}

#[test]
fn a_letter_without_a_sign_is_told_and_can_still_be_copied() {
    let mut outline = Outline::new("名单", "zh-CN");
    outline.paragraph("值班员 㛃某、\u{20bb7}某");
    let file = printed(&outline);
    assert_eq!(file.missing, BTreeSet::from(['㛃', '\u{20bb7}']));
    let pages = ReadBack::of(&file.bytes).pages();
    // The second one's sign is the same square; its own letter stands beside it for those who copy.
    check_says(&pages[0], &["值班员 㛃某、"]);
}

#[test]
fn letters_that_archives_forbid_do_not_stop_the_printing() {
    let mut outline = Outline::new("\u{0}记录\u{feff}", "zh-CN");
    outline
        .paragraph("a\u{e000}b\u{1}\u{fffe}\u{202e}c")
        .part("\u{200b}");
    let file = printed(&outline);
    assert_eq!(file.missing, BTreeSet::from(['\u{e000}']));
    check_says(&ReadBack::of(&file.bytes).pages()[0], &["记录", "a□bc"]);
}

#[test]
fn a_picture_that_cannot_be_read_takes_nothing_with_it() {
    let mut outline = samples::handover();
    outline.picture(samples::picture(b"no picture".to_vec()));
    let mut cut = samples::png(64, 64);
    cut.truncate(cut.len() / 2);
    outline.picture(samples::picture(cut));
    let file = printed(&outline);
    assert_eq!(file.unreadable_pictures, 2);
    assert_eq!(ReadBack::of(&file.bytes).with("/Subtype/Image").count(), 1);
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    assert_eq!(printed(&samples::handover()), printed(&samples::handover()));
}

#[test]
fn what_has_nothing_in_it_is_printed_as_well() {
    let mut outline = Outline::new("Duty log", "en");
    outline
        .paragraph(Text::default())
        .dots(Vec::<Text>::new())
        .table(cim_model::Table::default())
        .table(samples::alarms(0))
        .page_break();
    let pages = ReadBack::of(&printed(&outline).bytes).pages();
    assert_eq!(pages.len(), 1);
    check_says(&pages[0], &["Duty log", "时刻内容数值"]);
}

#[test]
fn a_document_without_a_title_is_refused() {
    let outline = Outline::new("", "zh-CN");
    let refusal = print_pdf(&outline, &samples::fonts(), &samples::imprint());
    assert!(matches!(refusal, Err(ReportError::NoTitle)));
}
