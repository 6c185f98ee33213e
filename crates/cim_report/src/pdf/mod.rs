//! PDF for the archive and for everybody who reads it: PDF/A-2a (ISO 19005-2, long keeping) and PDF/UA-1 (ISO 14289-1, readable
//! with a screen reader) at once, with both fonts embedded as subsets.
//!
//! The writer checks the finished document against both standards and refuses what does not meet them.

mod draw;
#[cfg(test)]
mod read_back;
mod tags;
#[cfg(test)]
mod tests;

use crate::imprint::Imprint;
use crate::letters::on_one_line;
use crate::sheets::lay_out;
use crate::{Fonts, ReportError, limits};
use cim_model::Outline;
use draw::Pen;
use jiff::tz::TimeZone;
use krilla::configure::{Accessibility, Archival, Configuration, ConfigurationBuilder};
use krilla::error::KrillaError;
use krilla::metadata::{DateTime, Metadata};
use krilla::{Document, SerializeSettings};
use std::collections::BTreeSet;

/// The most letters of a property of the file.
const MAX_PROPERTY: usize = 1_000;

/// A printed document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PdfFile {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many pages it has.
    pub pages: usize,
    /// Letters for which no font has a sign. An empty square is printed for each; who copies the text gets the letter.
    pub missing: BTreeSet<char>,
    /// How many pictures could not be read. A crossed frame is printed for each.
    pub unreadable_pictures: usize,
}

/// Prints `outline` on A4. The same values give the same bytes.
pub fn print_pdf(
    outline: &Outline,
    fonts: &Fonts,
    imprint: &Imprint,
) -> Result<PdfFile, ReportError> {
    limits::check(outline)?;
    let metadata = metadata(outline, imprint)?;
    let sheets = lay_out(outline, fonts, imprint)?;
    let mut document = Document::new_with(SerializeSettings {
        configuration: configuration()?,
        ..SerializeSettings::default()
    });
    let mut pen = Pen::new(fonts, sheets.parts.len())?;
    for marks in &sheets.pages {
        let mut page = document.start_page();
        let mut surface = page.surface();
        pen.draw(&mut surface, marks);
        surface.finish();
        page.finish();
    }
    let unreadable_pictures = pen.unreadable_pictures;
    document.set_metadata(metadata);
    document.set_outline(tags::bookmarks(&sheets.bookmarks));
    document.set_tag_tree(tags::tree(&sheets.parts, pen.leaves, &outline.language));
    let bytes = document.finish().map_err(|error| refused(&error))?;
    Ok(PdfFile {
        bytes,
        pages: sheets.pages.len(),
        missing: sheets.missing,
        unreadable_pictures,
    })
}

fn configuration() -> Result<Configuration, ReportError> {
    ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| ReportError::Pdf(format!("{error:?}")))
}

fn metadata(outline: &Outline, imprint: &Imprint) -> Result<Metadata, ReportError> {
    let time = imprint.moment()?.to_zoned(TimeZone::UTC);
    let created = DateTime::new(time.year().unsigned_abs())
        .month(time.month().unsigned_abs())
        .day(time.day().unsigned_abs())
        .hour(time.hour().unsigned_abs())
        .minute(time.minute().unsigned_abs())
        .second(time.second().unsigned_abs())
        .utc_offset_hour(0);
    let made_with = on_one_line(&imprint.made_with, MAX_PROPERTY);
    let metadata = Metadata::new()
        .title(on_one_line(&outline.title, MAX_PROPERTY))
        .language(outline.language.trim().to_owned())
        .creator(made_with.clone())
        .producer(made_with)
        .creation_date(created);
    let author = on_one_line(&imprint.author, MAX_PROPERTY);
    if author.is_empty() {
        return Ok(metadata);
    }
    Ok(metadata.authors(vec![author]))
}

fn refused(error: &KrillaError) -> ReportError {
    ReportError::Pdf(match error {
        KrillaError::Validation(faults) => format!("{error}: {faults:?}"),
        _ => error.to_string(),
    })
}
