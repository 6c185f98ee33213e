//! The two fonts of a document, and which sign stands for a letter.
//!
//! The product's fonts hold one sign for one letter and move no sign for its neighbour's sake, so a text is as wide as its
//! letters. What the bold font lacks is printed in the regular one; what both lack becomes an empty square, and is told.

use crate::ReportError;
use crate::letters::{is_private, printable};
use ab_glyph::{Font as _, FontRef};
use cim_model::{Text, Weight};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What stands for letters that no font has, by preference.
const STAND_INS: [char; 2] = ['□', '?'];

/// Bytes of a font, wherever they are kept.
pub(crate) type FontBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// The fonts that documents are set in: TrueType or OpenType, without collections. Cheap to clone.
#[derive(Clone)]
pub struct Fonts {
    regular: FontBytes,
    bold: FontBytes,
}

impl Fonts {
    /// Takes the bytes of both fonts, such as those built into a program. Refuses what is no font.
    pub fn new(
        regular: impl AsRef<[u8]> + Send + Sync + 'static,
        bold: impl AsRef<[u8]> + Send + Sync + 'static,
    ) -> Result<Self, ReportError> {
        let fonts = Self {
            regular: Arc::new(regular),
            bold: Arc::new(bold),
        };
        fonts.setter()?;
        Ok(fonts)
    }

    /// The bytes of the font of `weight`.
    pub(crate) fn bytes(&self, weight: Weight) -> FontBytes {
        match weight {
            Weight::Regular => Arc::clone(&self.regular),
            Weight::Bold => Arc::clone(&self.bold),
        }
    }

    /// Sets texts in these fonts.
    pub(crate) fn setter(&self) -> Result<Setter<'_>, ReportError> {
        let regular = face(&self.regular, "regular", Weight::Regular)?;
        let bold = face(&self.bold, "bold", Weight::Bold)?;
        let stand_in = STAND_INS
            .into_iter()
            .find_map(|letter| regular.glyph(letter))
            .ok_or(ReportError::NoStandIn)?;
        Ok(Setter {
            regular,
            bold,
            stand_in,
            missing: BTreeSet::new(),
        })
    }
}

/// A sign of one of the fonts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Glyph {
    /// Its number in the font.
    pub(crate) id: u16,
    /// The font that it is from.
    pub(crate) weight: Weight,
    /// How far it moves the pen, in heights of the letters.
    pub(crate) advance_em: f32,
}

/// A letter and the sign that is printed for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Letter {
    /// The letter; `\n` ends a line and is not printed.
    pub(crate) meant: char,
    /// The sign.
    pub(crate) glyph: Glyph,
}

/// How wide `letters` are beside each other, in heights of the letters.
pub(crate) fn width_em(letters: &[Letter]) -> f32 {
    letters.iter().map(|letter| letter.glyph.advance_em).sum()
}

/// Turns texts into letters with signs, and remembers what it had no sign for.
pub(crate) struct Setter<'a> {
    regular: Face<'a>,
    bold: Face<'a>,
    stand_in: Glyph,
    missing: BTreeSet<char>,
}

impl Setter<'_> {
    /// `text` in letters.
    pub(crate) fn set(&mut self, text: &Text) -> Vec<Letter> {
        let mut letters = Vec::new();
        for run in &text.runs {
            self.add(&run.text, run.weight, &mut letters);
        }
        letters
    }

    /// `text` in letters of `weight`.
    pub(crate) fn set_plain(&mut self, text: &str, weight: Weight) -> Vec<Letter> {
        let mut letters = Vec::new();
        self.add(text, weight, &mut letters);
        letters
    }

    /// The letters so far for which no font has a sign.
    pub(crate) fn missing(self) -> BTreeSet<char> {
        self.missing
    }

    fn add(&mut self, text: &str, weight: Weight, letters: &mut Vec<Letter>) {
        for meant in text.chars().filter_map(printable) {
            let glyph = self.glyph(meant, weight);
            // An archive takes no letter that only its maker understands.
            let meant = if is_private(meant) {
                STAND_INS[0]
            } else {
                meant
            };
            letters.push(Letter { meant, glyph });
        }
    }

    fn glyph(&mut self, letter: char, weight: Weight) -> Glyph {
        if letter == '\n' {
            return Glyph {
                advance_em: 0.0,
                ..self.stand_in
            };
        }
        let bold = match weight {
            Weight::Bold => self.bold.glyph(letter),
            Weight::Regular => None,
        };
        let found = bold.or_else(|| self.regular.glyph(letter));
        match found {
            Some(glyph) if !is_private(letter) => glyph,
            _ => {
                self.missing.insert(letter);
                self.stand_in
            }
        }
    }
}

struct Face<'a> {
    font: FontRef<'a>,
    weight: Weight,
    units_per_em: f32,
}

impl Face<'_> {
    fn glyph(&self, letter: char) -> Option<Glyph> {
        let id = self.font.glyph_id(letter);
        // Sign 0 is what a font shows for letters that it lacks.
        (id.0 != 0).then(|| Glyph {
            id: id.0,
            weight: self.weight,
            advance_em: self.font.h_advance_unscaled(id) / self.units_per_em,
        })
    }
}

fn face<'a>(
    bytes: &'a FontBytes,
    name: &'static str,
    weight: Weight,
) -> Result<Face<'a>, ReportError> {
    let bytes: &'a [u8] = bytes.as_ref().as_ref();
    let font = FontRef::try_from_slice(bytes).map_err(|source| ReportError::Font {
        weight: name,
        source,
    })?;
    let units_per_em = font.units_per_em().unwrap_or(1000.0).max(1.0);
    Ok(Face {
        font,
        weight,
        units_per_em,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[track_caller]
    fn check(letter: char, weight: Weight, expected: Weight, expected_missing: bool) {
        let fonts = samples::fonts();
        let mut setter = fonts.setter().expect("fonts");
        let letters = setter.set_plain(&letter.to_string(), weight);
        assert_eq!(letters.len(), 1);
        assert_eq!(letters[0].glyph.weight, expected);
        assert_eq!(setter.missing().contains(&letter), expected_missing);
    }

    #[test]
    fn each_letter_gets_a_sign_of_its_weight() {
        check('泵', Weight::Regular, Weight::Regular, false);
        check('泵', Weight::Bold, Weight::Bold, false);
        check('A', Weight::Bold, Weight::Bold, false);
    }

    #[test]
    fn what_the_bold_font_lacks_is_printed_in_the_regular_one() {
        check('√', Weight::Bold, Weight::Regular, false);
    }

    #[test]
    fn what_no_font_has_is_told() {
        check('\u{36c3}', Weight::Regular, Weight::Regular, true);
        check('\u{e000}', Weight::Bold, Weight::Regular, true);
    }

    #[test]
    fn a_chinese_letter_is_as_wide_as_it_is_high() {
        let fonts = samples::fonts();
        let mut setter = fonts.setter().expect("fonts");
        let letters = setter.set(&Text::from("供水").then_bold("管网\n"));
        assert!((width_em(&letters) - 4.0).abs() < 1e-3);
    }

    #[test]
    fn bytes_that_are_no_font_are_refused() {
        let refusal = Fonts::new(b"no font".as_slice(), b"".as_slice())
            .err()
            .expect("no font");
        assert_eq!(refusal.to_string(), "the regular font cannot be read");
    }
}
