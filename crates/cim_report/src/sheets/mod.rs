//! Which mark stands where on which page, before anything knows of PDF: paragraphs, lists, tables and pictures flow over
//! sheets of A4.
//!
//! Places are points from a page's top left, y down. Every mark either belongs to a part of the document's structure (which
//! screen readers and archives go by) or is furniture.

mod flow;
mod table;

use crate::ReportError;
use crate::font::{Fonts, Letter};
use crate::imprint::Imprint;
use crate::limits::{MAX_PAGES, at_most};
use crate::paper::Ink;
use cim_model::{ListMarks, Outline};
use flow::Flow;
use std::collections::BTreeSet;

/// A document laid out on pages.
pub(crate) struct Sheets<'a> {
    /// The marks of each page, in reading order.
    pub(crate) pages: Vec<Vec<Mark<'a>>>,
    /// The document's structure; a part comes before what is in it.
    pub(crate) parts: Vec<Part>,
    /// The title and the headings, in reading order.
    pub(crate) bookmarks: Vec<Bookmark>,
    /// Letters for which no font has a sign.
    pub(crate) missing: BTreeSet<char>,
}

/// Something that is drawn.
pub(crate) struct Mark<'a> {
    /// What it is part of.
    pub(crate) belongs: Belongs,
    /// What it looks like.
    pub(crate) shape: Shape<'a>,
}

/// What a mark is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Belongs {
    /// The part with this number.
    To(usize),
    /// Nothing: lines, grounds, heads of tables that are shown again.
    Layout,
    /// The top of the page.
    Header,
    /// The foot of the page.
    Footer,
}

/// What a mark looks like. Places and sizes in points.
pub(crate) enum Shape<'a> {
    /// Letters beside each other.
    Letters {
        /// Where the first begins.
        x_pt: f32,
        /// The line that they stand on.
        baseline_pt: f32,
        /// How high they are.
        size_pt: f32,
        /// Their colour.
        ink: Ink,
        /// The letters.
        letters: Vec<Letter>,
    },
    /// A filled rectangle.
    Bar {
        /// Its frame.
        frame: Frame,
        /// Its colour.
        ink: Ink,
    },
    /// The box of a step, ticked when it is done.
    Tick {
        /// Its frame.
        frame: Frame,
        /// Whether it is ticked.
        is_done: bool,
    },
    /// The dot of a list, a filled square.
    Dot {
        /// Its frame.
        frame: Frame,
    },
    /// A picture.
    Picture {
        /// Its frame.
        frame: Frame,
        /// The bytes of a PNG file.
        png: &'a [u8],
    },
}

/// A rectangle on a page: left, top, width and height in points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    /// Its top left corner.
    pub(crate) corner: (f32, f32),
    /// Its width and height.
    pub(crate) size: (f32, f32),
}

/// A part of the document's structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// What it is.
    pub(crate) kind: Kind,
    /// The number of the part that it is in.
    pub(crate) within: Option<usize>,
}

/// The kinds of parts, named as in ISO 32000-1, 14.8.4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A heading with its depth (the title's is 1) and its words.
    Heading(u8, String),
    /// A paragraph.
    Paragraph,
    /// A list.
    List(ListMarks),
    /// An item of a list: label and body.
    Item,
    /// What stands before an item.
    Label,
    /// An item's text.
    Body,
    /// A table.
    Table,
    /// The head of a table.
    Head,
    /// The other rows.
    Rows,
    /// One row.
    Row,
    /// A cell of the head.
    HeadCell,
    /// Any other cell.
    Cell,
    /// A picture with the words for who cannot see it.
    Figure(String),
    /// The line under a picture.
    Caption,
}

/// Where a heading stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bookmark {
    /// 1 for the title, 2 to 4 for headings.
    pub(crate) depth: u8,
    /// Its words.
    pub(crate) text: String,
    /// The page, from 0.
    pub(crate) page: usize,
    /// How far from the page's top.
    pub(crate) top_pt: f32,
}

/// Lays `outline` out on pages.
pub(crate) fn lay_out<'a>(
    outline: &'a Outline,
    fonts: &'a Fonts,
    imprint: &Imprint,
) -> Result<Sheets<'a>, ReportError> {
    let mut flow = Flow::new(fonts.setter()?);
    flow.title(outline);
    for block in &outline.blocks {
        flow.block(block);
        at_most("pages", flow.page_count(), MAX_PAGES)?;
    }
    Ok(flow.finish(&outline.running_head, imprint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paper::{BOTTOM_PT, MARGIN_PT, PAGE_WIDTH_PT, SIDE_PT};
    use crate::samples;
    use crate::wrap::inked_width_em;
    use cim_model::{Block, Table};

    /// What is written on each page, without furniture.
    fn read(outline: &Outline) -> Vec<String> {
        let fonts = samples::fonts();
        let sheets = lay_out(outline, &fonts, &samples::imprint()).expect("sheets");
        let words = |mark: &Mark<'_>| match (&mark.belongs, &mark.shape) {
            (Belongs::To(_) | Belongs::Layout, Shape::Letters { letters, .. }) => letters
                .iter()
                .map(|letter| letter.meant)
                .collect::<String>(),
            _ => String::new(),
        };
        sheets
            .pages
            .iter()
            .map(|marks| marks.iter().map(words).collect())
            .collect()
    }

    #[track_caller]
    fn check_pages(outline: &Outline, expected: usize) -> Vec<String> {
        let pages = read(outline);
        assert_eq!(pages.len(), expected);
        pages
    }

    #[test]
    fn the_head_of_a_table_is_repeated_on_every_page_that_it_reaches() {
        let mut outline = Outline::new("告警", "zh-CN");
        outline.table(samples::alarms(100));
        for page in check_pages(&outline, 3) {
            assert!(page.contains("时刻内容数值"), "{page}");
        }
    }

    #[test]
    fn every_row_is_printed_once() {
        let mut outline = Outline::new("告警", "zh-CN");
        outline.table(samples::alarms(100));
        let all = read(&outline).concat();
        for row in 1..=100 {
            let words = format!("{row} 号测点压力低0.{row}");
            assert!(all.contains(&words), "row {row} is lost");
        }
        assert_eq!(all.matches("号测点").count(), 100);
    }

    #[test]
    fn a_row_that_is_longer_than_a_page_goes_on_on_the_next() {
        let text = "字".repeat(4_000);
        let mut table = Table::default()
            .with_column("时刻", 1)
            .with_column("内容", 2);
        table.row(["03:12", text.as_str()]);
        let mut outline = Outline::new("记录", "zh-CN");
        outline.table(table);
        let pages = check_pages(&outline, 3);
        assert_eq!(pages.concat().matches('字').count(), 4_000);
    }

    #[test]
    fn a_row_that_fits_on_a_page_is_not_cut() {
        let mut table = Table::default().with_column("内容", 1);
        table.row(["上".repeat(1_000)]);
        table.row(["下".repeat(1_300)]);
        let mut outline = Outline::new("记录", "zh-CN");
        outline.table(table);
        let pages = check_pages(&outline, 2);
        assert_eq!(pages[1].matches('下').count(), 1_300);
    }

    #[test]
    fn a_heading_stays_with_what_follows() {
        for lines in 15..35 {
            let mut outline = Outline::new("记录", "zh-CN");
            for _ in 0..lines {
                outline.dots(["一行"]);
            }
            outline.part("未结事项").paragraph("内容");
            for page in read(&outline) {
                assert_eq!(page.contains("未结事项"), page.contains("内容"), "{lines}");
            }
        }
    }

    #[test]
    fn a_signature_stays_on_one_page() {
        for lines in 15..35 {
            let mut outline = samples::handover();
            outline.blocks.retain(
                |block| matches!(block, Block::Signature(signature) if signature.signed.is_some()),
            );
            let signature = outline.blocks.pop().expect("a signature");
            for _ in 0..lines {
                outline.dots(["一行"]);
            }
            outline.block(signature);
            for page in read(&outline) {
                assert_eq!(
                    page.contains("以上记录属实"),
                    page.contains("李娜"),
                    "{lines}"
                );
            }
        }
    }

    #[test]
    fn page_breaks_begin_pages_and_leave_none_empty() {
        let mut outline = Outline::new("记录", "zh-CN");
        outline
            .paragraph("一")
            .page_break()
            .page_break()
            .paragraph("二");
        let pages = check_pages(&outline, 2);
        assert!(pages[1].contains('二') && !pages[1].contains('一'));
    }

    #[test]
    fn a_document_without_blocks_is_one_page() {
        check_pages(&Outline::new("记录", "zh-CN"), 1);
    }

    #[test]
    fn a_document_with_too_many_pages_is_refused() {
        let mut outline = Outline::new("记录", "zh-CN");
        for _ in 0..=MAX_PAGES {
            outline.paragraph("页").page_break();
        }
        let fonts = samples::fonts();
        let refusal = lay_out(&outline, &fonts, &samples::imprint())
            .err()
            .expect("too many pages");
        assert!(refusal.to_string().contains("pages"), "{refusal}");
    }

    #[test]
    fn text_stays_within_the_margins() {
        let fonts = samples::fonts();
        let mut outline = samples::handover();
        outline.paragraph("据“城市运行”监测，人民路 DN300 供水主管于 03:12 爆裂。".repeat(80));
        let sheets = lay_out(&outline, &fonts, &samples::imprint()).expect("sheets");
        for mark in sheets.pages.iter().flatten() {
            let Shape::Letters {
                x_pt,
                baseline_pt,
                size_pt,
                letters,
                ..
            } = &mark.shape
            else {
                continue;
            };
            let right = x_pt + inked_width_em(letters) * size_pt;
            assert!(*x_pt >= SIDE_PT - 0.1 && right <= PAGE_WIDTH_PT - SIDE_PT + 0.1);
            if matches!(mark.belongs, Belongs::To(_)) {
                assert!((MARGIN_PT..=BOTTOM_PT).contains(baseline_pt));
            }
        }
    }

    #[test]
    fn parts_come_after_what_they_are_in() {
        let fonts = samples::fonts();
        let outline = samples::handover();
        let sheets = lay_out(&outline, &fonts, &samples::imprint()).expect("sheets");
        for (number, part) in sheets.parts.iter().enumerate() {
            assert!(part.within.is_none_or(|within| within < number), "{part:?}");
        }
        let tables = |part: &&Part| part.kind == Kind::Table;
        assert_eq!(sheets.parts.iter().filter(tables).count(), 1);
    }
}
