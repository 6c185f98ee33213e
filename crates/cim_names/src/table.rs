//! One word of a query against the letters of an index: what each letter takes of the word is worked out once, and then
//! read from a table for every name.

use crate::{
    alphabet::{Alphabet, BETWEEN},
    query::{Kind, Step, Word},
    spelling::LONGEST,
};

/// How a word lies in a name, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lies {
    /// It is the name.
    Whole,
    /// The name begins with it.
    Beginning,
    /// A word of the name begins with it.
    WordStart,
    /// It is somewhere in it.
    Inside,
}

/// A word, ready to be looked for in the names of one index.
pub(crate) struct Table<'a> {
    alphabet: &'a Alphabet,
    /// The step of each letter: 0 takes nothing, up to `beginning` the word can begin with it.
    slots: Vec<u16>,
    steps: Vec<Step>,
    beginning: u16,
    done: u64,
}

impl<'a> Table<'a> {
    pub(crate) fn new(word: &Word, alphabet: &'a Alphabet) -> Self {
        let syllables: Vec<[u64; LONGEST]> = alphabet
            .syllables()
            .iter()
            .map(|syllable| word.takes(syllable))
            .collect();
        let (mut first, mut others) = (Vec::new(), Vec::new());
        for (number, letter) in alphabet.letters().iter().enumerate() {
            let mut step = Step {
                is_sign: letter.kind == Kind::Sign && number != usize::from(BETWEEN),
                ..Step::default()
            };
            step.takes[0] = word.spots(letter.sign);
            let of_readings = letter.readings.iter();
            for of_reading in of_readings.filter_map(|one| syllables.get(usize::from(*one))) {
                for (take, more) in step.takes.iter_mut().zip(of_reading) {
                    *take |= more;
                }
            }
            if step.begins() {
                first.push((number, step));
            } else if step != Step::default() {
                others.push((number, step));
            }
        }
        let beginning = first.len() as u16;
        let mut slots = vec![0; alphabet.letters().len()];
        let mut steps = vec![Step::default()];
        for (number, step) in first.into_iter().chain(others) {
            if let Some(slot) = slots.get_mut(number) {
                *slot = steps.len() as u16;
            }
            steps.push(step);
        }
        Self {
            alphabet,
            slots,
            steps,
            beginning,
            done: word.done(),
        }
    }

    /// True when no letter of the index begins the word: it is in no name.
    pub(crate) fn is_hopeless(&self) -> bool {
        self.beginning == 0
    }

    /// True when the word is in `names`.
    pub(crate) fn is_in(&self, names: &[u16]) -> bool {
        let mut places = 0;
        for number in names {
            let slot = self.slot(*number);
            // Most letters of most names end here.
            if slot == 0 || (places == 0 && slot > self.beginning) {
                places = 0;
                continue;
            }
            places = self.after(slot, places | 1);
            if places & self.done != 0 {
                return true;
            }
        }
        false
    }

    /// False when the name's first letter is none that the word begins with, and no sign before it.
    pub(crate) fn may_begin(&self, name: &[u16]) -> bool {
        name.first().is_some_and(|first| self.slot(*first) != 0)
    }

    /// How the word lies in one name; `None` when it is not in it.
    pub(crate) fn lies_in(&self, name: &[u16]) -> Option<Lies> {
        if let Some(end) = self.end_from_start(name) {
            return Some(if end == name.len() {
                Lies::Whole
            } else {
                Lies::Beginning
            });
        }
        if self.is_at_word_start(name) {
            return Some(Lies::WordStart);
        }
        self.is_in(name).then_some(Lies::Inside)
    }

    /// Behind which letter the word ends when it begins where the name does.
    fn end_from_start(&self, name: &[u16]) -> Option<usize> {
        let mut places = 1;
        for (place, number) in name.iter().enumerate() {
            places = self.after(self.slot(*number), places);
            if places & self.done != 0 {
                return Some(place + 1);
            }
            if places == 0 {
                break;
            }
        }
        None
    }

    fn is_at_word_start(&self, name: &[u16]) -> bool {
        let (mut places, mut before) = (0, Kind::Sign);
        for number in name {
            let kind = self.alphabet.kind(*number);
            places |= u64::from(kind != before && kind != Kind::Sign);
            before = kind;
            if places == 0 {
                continue;
            }
            places = self.after(self.slot(*number), places);
            if places & self.done != 0 {
                return true;
            }
        }
        false
    }

    fn slot(&self, number: u16) -> u16 {
        self.slots.get(usize::from(number)).copied().unwrap_or(0)
    }

    fn after(&self, slot: u16, places: u64) -> u64 {
        let step = self.steps.get(usize::from(slot));
        step.map_or(0, |step| step.after(places))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{fold::fold, query::Query};

    #[track_caller]
    fn check(typed: &str, name: &str, expected: Option<Lies>) {
        let mut alphabet = Alphabet::default();
        let numbers: Vec<u16> = fold(name)
            .chars()
            .map(|letter| alphabet.number(letter))
            .collect();
        let query = Query::new(typed).expect("a word");
        let table = Table::new(&query.words()[0], &alphabet);
        assert_eq!(table.lies_in(&numbers), expected, "{typed} in {name}");
        assert_eq!(
            table.is_in(&numbers),
            expected.is_some(),
            "{typed} in {name}"
        );
        assert_eq!(
            query.ranges(name).is_empty(),
            expected.is_none(),
            "{typed} in {name}"
        );
    }

    #[test]
    fn a_word_lies_whole_at_the_beginning_at_a_word_or_inside() {
        check("xinyuan", "新苑", Some(Lies::Whole));
        check("xin", "新苑", Some(Lies::Beginning));
        check("xy", "CBD新苑小区", Some(Lies::WordStart));
        check("22", "新苑22号楼", Some(Lies::WordStart));
        check("yuanxiao", "新苑小区", Some(Lies::Inside));
        check("苑", "新苑", Some(Lies::Inside));
        check("xq", "新苑", None);
        check("小区", "新苑", None);
    }

    #[test]
    fn two_names_of_one_thing_are_not_read_as_one() {
        let mut alphabet = Alphabet::default();
        let (new, garden) = (alphabet.number('新'), alphabet.number('苑'));
        let query = Query::new("xy").expect("a word");
        let table = Table::new(&query.words()[0], &alphabet);
        assert!(table.is_in(&[new, garden]));
        assert!(!table.is_in(&[new, BETWEEN, garden]));
    }

    #[test]
    fn a_word_that_no_letter_begins_is_known_at_once() {
        let mut alphabet = Alphabet::default();
        alphabet.number('新');
        let hopeless = |typed: &str| {
            let query = Query::new(typed).expect("a word");
            Table::new(&query.words()[0], &alphabet).is_hopeless()
        };
        assert!(hopeless("yuan") && hopeless("苑"));
        assert!(!hopeless("x") && !hopeless("新"));
    }
}
