//! Documents that people file, sign and send: an [`Outline`](cim_model::Outline) becomes a PDF or a DOCX.
//!
//! Values in, bytes out: fonts, time and texts come from the caller; no files, no clock, no words of its own. What a document
//! says is its maker's business (plans, handovers, analyses); how it looks on A4 is decided here, once for both formats.

mod docx;
mod error;
mod font;
mod imprint;
mod letters;
mod limits;
mod paper;
mod pdf;
mod picture;
#[cfg(test)]
mod samples;
mod sheets;
mod wrap;

pub use docx::{DocxFile, print_docx};
pub use error::ReportError;
pub use font::Fonts;
pub use imprint::Imprint;
pub use limits::{MAX_COLUMNS, MAX_PAGES, MAX_PIECES, MAX_TEXT_BYTES};
pub use pdf::{PdfFile, print_pdf};
