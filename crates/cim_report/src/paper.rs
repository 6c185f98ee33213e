//! The sheet of A4 and the looks of what stands on it, one table for both formats. Points are 1/72 inch.

use cim_model::{HeadingLevel, Table};

/// The width of A4.
pub(crate) const PAGE_WIDTH_PT: f32 = 595.0;
/// The height of A4.
pub(crate) const PAGE_HEIGHT_PT: f32 = 842.0;
/// The margin at the left and at the right.
pub(crate) const SIDE_PT: f32 = 62.0;
/// The margin above and below the text.
pub(crate) const MARGIN_PT: f32 = 70.0;
/// How far running head and page number stand from the edge.
pub(crate) const FURNITURE_PT: f32 = 36.0;
/// The width of the text.
pub(crate) const TEXT_WIDTH_PT: f32 = PAGE_WIDTH_PT - 2.0 * SIDE_PT;
/// Where the text ends on a page, from the top.
pub(crate) const BOTTOM_PT: f32 = PAGE_HEIGHT_PT - MARGIN_PT;
/// How far lists and checks stand in.
pub(crate) const INDENT_PT: f32 = 18.0;
/// The most of a page's height that a picture takes.
pub(crate) const PICTURE_HEIGHT_PT: f32 = 520.0;

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    /// The height of the letters' square.
    pub(crate) size_pt: f32,
    /// From line to line.
    pub(crate) lead_pt: f32,
    /// Free above and below the text.
    pub(crate) free_pt: (f32, f32),
    /// The colour.
    pub(crate) ink: Ink,
}

/// The few colours of a document. All text meets WCAG AA on white, and everything survives a black and white printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Text.
    Black,
    /// What is said in passing: notes, captions, page numbers.
    Grey,
    /// Lines of tables.
    Line,
    /// The ground of a table's head.
    Shade,
}

impl Ink {
    /// Red, green and blue, sRGB.
    pub(crate) fn rgb(self) -> [u8; 3] {
        match self {
            Self::Black => [0x1a; 3],
            Self::Grey => [0x59; 3],
            Self::Line => [0x9a; 3],
            Self::Shade => [0xee; 3],
        }
    }

    /// As OOXML writes colours.
    pub(crate) fn hex(self) -> String {
        let [red, green, blue] = self.rgb();
        format!("{red:02X}{green:02X}{blue:02X}")
    }
}

/// The document's name.
pub(crate) const TITLE: Look = look(18.0, 27.0, (0.0, 8.0), Ink::Black);
/// Running text.
pub(crate) const BODY: Look = look(10.5, 17.0, (0.0, 6.0), Ink::Black);
/// Items of lists, checks and lines about the document.
pub(crate) const ITEM: Look = look(10.5, 17.0, (0.0, 2.0), Ink::Black);
/// Texts in tables.
pub(crate) const CELL: Look = look(9.5, 14.0, (2.5, 2.5), Ink::Black);
/// Notes and captions.
pub(crate) const SMALL: Look = look(8.5, 13.0, (1.0, 4.0), Ink::Grey);
/// A line to sign on.
pub(crate) const SIGNATURE: Look = look(10.5, 17.0, (14.0, 4.0), Ink::Black);

/// How a heading looks.
pub(crate) fn heading(level: HeadingLevel) -> Look {
    match level {
        HeadingLevel::Part => look(14.0, 21.0, (14.0, 5.0), Ink::Black),
        HeadingLevel::Section => look(12.0, 18.0, (10.0, 4.0), Ink::Black),
        HeadingLevel::Point => look(10.5, 17.0, (8.0, 3.0), Ink::Black),
    }
}

const fn look(size_pt: f32, lead_pt: f32, free_pt: (f32, f32), ink: Ink) -> Look {
    Look {
        size_pt,
        lead_pt,
        free_pt,
        ink,
    }
}

/// The widths of a table's columns on `width_pt`.
pub(crate) fn column_widths_pt(table: &Table, width_pt: f32) -> Vec<f32> {
    let parts = |parts: u16| f32::from(parts.max(1));
    let whole: f32 = table.columns.iter().map(|column| parts(column.parts)).sum();
    table
        .columns
        .iter()
        .map(|column| width_pt * parts(column.parts) / whole)
        .collect()
}

/// Width and height of a picture of so many pixels that shall take `percent` of the text's width.
pub(crate) fn picture_size_pt((width, height): (u32, u32), percent: u8) -> (f32, f32) {
    let shape = height.max(1) as f32 / width.max(1) as f32;
    let wanted_pt = TEXT_WIDTH_PT * f32::from(percent.clamp(1, 100)) / 100.0;
    let height_pt = (wanted_pt * shape).min(PICTURE_HEIGHT_PT);
    // A line of pixels still is a picture: neither side vanishes.
    (
        (height_pt / shape).clamp(1.0, wanted_pt),
        height_pt.max(1.0),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_picture(pixels: (u32, u32), percent: u8, expected: (f32, f32)) {
        let (width, height) = picture_size_pt(pixels, percent);
        assert!(
            (width - expected.0).abs() < 0.1 && (height - expected.1).abs() < 0.1,
            "{width} × {height}"
        );
    }

    #[test]
    fn a_picture_keeps_its_shape_and_stays_on_the_page() {
        check_picture((1000, 500), 100, (471.0, 235.5));
        check_picture((1000, 500), 50, (235.5, 117.75));
        check_picture((500, 1000), 100, (260.0, 520.0));
        check_picture((0, 0), 0, (4.71, 4.71));
        check_picture((100_000, 1), 100, (471.0, 1.0));
        check_picture((1, 100_000), 100, (1.0, 520.0));
    }

    #[test]
    fn columns_share_the_width_by_their_parts() {
        let table = Table::default()
            .with_column("时间", 1)
            .with_column("内容", 3)
            .with_column("", 0);
        let widths = column_widths_pt(&table, 500.0);
        assert_eq!(
            widths
                .iter()
                .map(|width| width.round() as u32)
                .collect::<Vec<_>>(),
            [100, 300, 100]
        );
    }

    #[test]
    fn colours_are_written_as_six_digits() {
        assert_eq!(Ink::Grey.hex(), "595959");
    }
}
