//! How large a document may be, so that one bad list cannot take the desk's memory with it.

use crate::ReportError;
use crate::letters::on_one_line;
use cim_model::{Block, Outline, Text};

/// The most bytes of text in one document; about 900 pages.
pub const MAX_TEXT_BYTES: usize = 4 << 20;
/// The most blocks, list items, cells and runs in one document.
pub const MAX_PIECES: usize = 400_000;
/// The most columns in one table; more cannot be read on A4.
pub const MAX_COLUMNS: usize = 24;
/// The most pages in one PDF.
pub const MAX_PAGES: usize = 3_000;

/// Refuses what is too large, and what lacks what every file must have.
pub(crate) fn check(outline: &Outline) -> Result<(), ReportError> {
    if on_one_line(&outline.title, 1).is_empty() {
        return Err(ReportError::NoTitle);
    }
    if outline.language.trim().is_empty() {
        return Err(ReportError::NoLanguage);
    }
    let mut bytes = outline.title.len() + outline.running_head.len();
    let mut pieces = outline.meta.len();
    for meta in &outline.meta {
        bytes += meta.label.len() + meta.value.len();
    }
    for block in &outline.blocks {
        let (more_bytes, more_pieces) = size_of(block);
        bytes += more_bytes;
        pieces += more_pieces;
        if let Block::Table(table) = block {
            at_most("columns", table.columns.len(), MAX_COLUMNS)?;
        }
    }
    at_most("bytes of text", bytes, MAX_TEXT_BYTES)?;
    at_most("pieces", pieces, MAX_PIECES)
}

/// Refuses more than `most`.
pub(crate) fn at_most(what: &'static str, found: usize, most: usize) -> Result<(), ReportError> {
    if found > most {
        return Err(ReportError::TooLarge { what, found, most });
    }
    Ok(())
}

/// Bytes of text and pieces of a block.
fn size_of(block: &Block) -> (usize, usize) {
    match block {
        Block::Heading { text, .. } => (text.len(), 1),
        Block::Paragraph(text) => size_of_all([text]),
        Block::List { items, .. } => size_of_all(items),
        Block::Table(table) => {
            let heads: usize = table.columns.iter().map(|column| column.head.len()).sum();
            let (bytes, pieces) = size_of_all(table.rows.iter().flatten());
            (
                heads + bytes,
                table.columns.len() + table.rows.len() + pieces,
            )
        }
        Block::Check(check) => {
            let (bytes, pieces) = size_of_all([&check.text]);
            (bytes + check.note.len(), pieces)
        }
        Block::Signature(signature) => {
            let signed = signature.signed.as_ref().map_or(0, |signed| {
                signed.name.len() + signed.at.len() + signed.proof.len()
            });
            let labels = signature.role.len() + signature.time_label.len();
            (labels + signature.statement.len() + signed, 1)
        }
        Block::PageBreak => (0, 1),
        Block::Picture(picture) => (picture.caption.len(), 1),
    }
}

fn size_of_all<'a>(texts: impl IntoIterator<Item = &'a Text>) -> (usize, usize) {
    let mut size = (0, 0);
    for text in texts {
        size.0 += text.runs.iter().map(|run| run.text.len()).sum::<usize>();
        size.1 += text.runs.len().max(1);
    }
    size
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_model::{Column, Table};

    #[track_caller]
    fn check_refused(outline: &Outline, expected: &str) {
        let refusal = check(outline).expect_err("too large");
        assert_eq!(refusal.to_string(), expected);
    }

    #[test]
    fn a_document_needs_a_title_and_a_language() {
        check_refused(&Outline::new(" \n", "zh-CN"), "the document has no title");
        check_refused(
            &Outline::new("记录", ""),
            "the document does not say in which language it is",
        );
        assert!(check(&Outline::new("记录", "zh-CN")).is_ok());
    }

    #[test]
    fn a_document_without_end_is_refused_before_it_is_laid_out() {
        let mut outline = Outline::new("记录", "zh-CN");
        outline.paragraph("a".repeat(MAX_TEXT_BYTES));
        check_refused(
            &outline,
            "4194310 bytes of text in one document; at most 4194304 are printed",
        );
    }

    #[test]
    fn empty_rows_count_as_well() {
        let mut table = Table::default().with_column("时间", 1);
        table.rows = vec![Vec::new(); MAX_PIECES];
        let mut outline = Outline::new("记录", "zh-CN");
        outline.table(table);
        check_refused(
            &outline,
            "400001 pieces in one document; at most 400000 are printed",
        );
    }

    #[test]
    fn a_table_that_is_too_wide_to_read_is_refused() {
        let column = Column {
            head: "值".into(),
            parts: 1,
            align: cim_model::Align::Left,
        };
        let mut outline = Outline::new("记录", "zh-CN");
        outline.table(Table {
            columns: vec![column; 25],
            rows: Vec::new(),
        });
        check_refused(
            &outline,
            "25 columns in one document; at most 24 are printed",
        );
    }
}
