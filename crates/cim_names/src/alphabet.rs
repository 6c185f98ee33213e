//! The letters of an index: each gets a small number, and its readings are looked up once.

use crate::{
    query::{Kind, kind_of},
    spelling::readings,
};
use std::collections::BTreeMap;

/// Stands between two names of one thing; no letter of any word.
pub(crate) const BETWEEN: u16 = 0;
/// Stands for the letters for which there is no number left. No word is found by them.
const TOO_MANY: u16 = 1;

/// A letter of some name.
#[derive(Clone, Debug)]
pub(crate) struct Letter {
    pub(crate) sign: char,
    pub(crate) kind: Kind,
    /// Numbers of its syllables.
    pub(crate) readings: Vec<u16>,
}

/// The letters that occur, numbered in the order in which they came.
#[derive(Clone, Debug)]
pub(crate) struct Alphabet {
    letters: Vec<Letter>,
    /// The number of each letter of the Basic Multilingual Plane; [`BETWEEN`] for those that have not come.
    basic: Vec<u16>,
    /// The same for the letters beyond.
    beyond: BTreeMap<char, u16>,
    syllables: Vec<String>,
    by_syllable: BTreeMap<String, u16>,
}

impl Default for Alphabet {
    fn default() -> Self {
        const BASIC: usize = 1 << 16;
        // No name has this letter: folding takes control characters out.
        let nothing = Letter {
            sign: '\0',
            kind: Kind::Sign,
            readings: Vec::new(),
        };
        Self {
            letters: vec![nothing.clone(), nothing],
            basic: vec![BETWEEN; BASIC],
            beyond: BTreeMap::new(),
            syllables: Vec::new(),
            by_syllable: BTreeMap::new(),
        }
    }
}

impl Alphabet {
    /// The number of a folded letter; it gets one when it has none.
    pub(crate) fn number(&mut self, letter: char) -> u16 {
        let known = self.basic.get(letter as usize).copied();
        let known = known.or_else(|| self.beyond.get(&letter).copied());
        match known {
            Some(number) if number != BETWEEN => number,
            _ => self.add(letter),
        }
    }

    /// Every letter, in the order of the numbers.
    pub(crate) fn letters(&self) -> &[Letter] {
        &self.letters
    }

    /// Every syllable, in the order of the numbers.
    pub(crate) fn syllables(&self) -> &[String] {
        &self.syllables
    }

    /// What kind of letter has this number.
    pub(crate) fn kind(&self, number: u16) -> Kind {
        let letter = self.letters.get(usize::from(number));
        letter.map_or(Kind::Sign, |letter| letter.kind)
    }

    /// About how many bytes it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.basic.len() * size_of::<u16>()
            + self.letters.len() * (size_of::<Letter>() + 2 * size_of::<u16>())
    }

    fn add(&mut self, letter: char) -> u16 {
        let Ok(number) = u16::try_from(self.letters.len()) else {
            return TOO_MANY;
        };
        let readings = readings(letter)
            .into_iter()
            .filter_map(|reading| self.syllable(reading))
            .collect();
        self.letters.push(Letter {
            sign: letter,
            kind: kind_of(letter),
            readings,
        });
        if let Some(slot) = self.basic.get_mut(letter as usize) {
            *slot = number;
        } else {
            self.beyond.insert(letter, number);
        }
        number
    }

    /// The number of a syllable. There are some five hundred; `None` only if there were 65 536.
    fn syllable(&mut self, syllable: String) -> Option<u16> {
        if let Some(number) = self.by_syllable.get(&syllable) {
            return Some(*number);
        }
        let number = u16::try_from(self.syllables.len()).ok()?;
        self.syllables.push(syllable.clone());
        self.by_syllable.insert(syllable, number);
        Some(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_keeps_its_number_and_shares_its_syllables() {
        let mut alphabet = Alphabet::default();
        let (new, heart, far) = (
            alphabet.number('新'),
            alphabet.number('心'),
            alphabet.number('𠀀'),
        );
        assert_eq!(alphabet.number('新'), new);
        assert_eq!(alphabet.number('𠀀'), far);
        assert!(new != heart && heart != far && far != BETWEEN);
        let of = |number: u16| alphabet.letters()[usize::from(number)].readings.clone();
        assert_eq!(of(new), of(heart));
        assert_eq!(alphabet.syllables()[usize::from(of(new)[0])], "xin");
        assert_eq!(alphabet.kind(new), Kind::Han);
    }

    #[test]
    fn more_letters_than_numbers_share_one_that_nobody_finds() {
        let mut alphabet = Alphabet::default();
        let many = '\u{1000}'..='\u{1ffff}';
        let last = many.map(|letter| alphabet.number(letter)).last();
        assert_eq!(last, Some(TOO_MANY));
    }
}
