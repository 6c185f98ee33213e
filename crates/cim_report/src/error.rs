//! Why a document cannot be printed.

/// Why a document cannot be printed. A picture that cannot be read and a letter that no font has are no such reasons:
/// they are told with the document.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The title is empty; archives and screen readers ask for one.
    #[error("the document has no title")]
    NoTitle,
    /// The language tag is empty; archives and screen readers ask for one.
    #[error("the document does not say in which language it is")]
    NoLanguage,
    /// The document is larger than any that a desk has to print.
    #[error("{found} {what} in one document; at most {most} are printed")]
    TooLarge {
        /// What is counted, in the plural.
        what: &'static str,
        /// How many there are, or at least are.
        found: usize,
        /// How many there may be.
        most: usize,
    },
    /// A font's bytes are not a TrueType or OpenType font.
    #[error("the {weight} font cannot be read")]
    Font {
        /// Which of the two.
        weight: &'static str,
        /// What is wrong with it.
        #[source]
        source: ab_glyph::InvalidFont,
    },
    /// The ordinary font has neither of the signs that stand for letters which it lacks.
    #[error("the regular font has no sign that could stand for a missing letter")]
    NoStandIn,
    /// The time of printing is no time of the calendar.
    #[error("the time of printing is out of range")]
    Time(#[from] jiff::Error),
    /// The finished pages do not meet PDF/A-2a and PDF/UA-1, or a font cannot be embedded.
    #[error("the PDF cannot be written: {0}")]
    Pdf(String),
    /// The parts of the DOCX cannot be packed.
    #[error("the DOCX cannot be packed")]
    Docx(#[from] zip::result::ZipError),
}
