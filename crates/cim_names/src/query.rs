//! What somebody typed, and how one word of it is looked for in one name.
//!
//! A word is read through a name as an automaton reads a text: bit `p` of a number says "the first `p` letters of the word
//! are found, up to here". A letter of the name takes one letter of the word when it is that letter, and as many as begin
//! one of its readings when it is Chinese. So `xiny`, `xyuan` and `新yuan` all find 新苑, without being taken apart first.

use crate::{
    fold::{fold_letter, is_han},
    spelling::{LONGEST, readings},
};

/// How much of what is typed is looked at, letters.
const MAX_TYPED: usize = 200;
/// Words of a query; more are not looked for.
const MAX_WORDS: usize = 8;
/// Letters of a word: they are bits of a number, beside one for its end. Of a longer word its beginning is looked for.
const MAX_LETTERS: usize = 60;

/// What somebody typed, ready to be asked. Every word must be found; their order does not count.
#[derive(Clone, Debug)]
pub struct Query {
    words: Vec<Word>,
    whole: String,
}

impl Query {
    /// `None` when there is nothing to look for.
    pub fn new(typed: &str) -> Option<Self> {
        let folded: String = typed
            .chars()
            .take(MAX_TYPED)
            .map(|letter| {
                if letter.is_control() {
                    ' '
                } else {
                    fold_letter(letter)
                }
            })
            .collect();
        let words: Vec<Word> = folded
            .split_whitespace()
            .take(MAX_WORDS)
            .map(Word::new)
            .collect();
        let whole: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let whole = whole.join(" ");
        (!words.is_empty()).then_some(Self { words, whole })
    }

    /// Where the words lie in `name`: begin and end of each stretch in UTF-16 units, as a UI counts, in order and apart.
    /// Empty where something else than this name was the answer.
    pub fn ranges(&self, name: &str) -> Vec<[u32; 2]> {
        let letters: Vec<(char, Vec<String>)> = name
            .chars()
            .map(|letter| (fold_letter(letter), readings(letter)))
            .collect();
        let mut ends = vec![0];
        let mut end = 0;
        for letter in name.chars() {
            end += letter.len_utf16() as u32;
            ends.push(end);
        }
        let mut found: Vec<[usize; 2]> = self
            .words
            .iter()
            .filter_map(|word| word.range(&letters))
            .collect();
        found.sort_unstable();
        let mut ranges: Vec<[u32; 2]> = Vec::new();
        for [from, to] in found {
            let (Some(from), Some(to)) = (ends.get(from), ends.get(to)) else {
                continue;
            };
            match ranges.last_mut() {
                Some(last) if *from <= last[1] => last[1] = last[1].max(*to),
                _ => ranges.push([*from, *to]),
            }
        }
        ranges
    }

    pub(crate) fn words(&self) -> &[Word] {
        &self.words
    }

    /// All words, a blank between them; `None` when there is only one.
    pub(crate) fn whole(&self) -> Option<&str> {
        (self.words.len() > 1).then_some(self.whole.as_str())
    }
}

/// One word of a query, folded.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    text: String,
    letters: Vec<char>,
}

/// What a letter of a name takes of a word: bit `p` of `takes[k]` says that after `p` letters of the word the next `k + 1`
/// are its.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) takes: [u64; LONGEST],
    /// True for signs between letters: a word goes on behind them.
    pub(crate) is_sign: bool,
}

impl Step {
    /// Where the word stands after this letter, when it stood at any of `places` before it.
    pub(crate) fn after(&self, places: u64) -> u64 {
        let mut after = if self.is_sign { places } else { 0 };
        for (letters, takes) in (1_u32..).zip(&self.takes) {
            after |= (places & takes) << letters;
        }
        after
    }

    /// True when the word can begin with this letter.
    pub(crate) fn begins(&self) -> bool {
        self.takes.iter().any(|takes| takes & 1 != 0)
    }
}

impl Word {
    fn new(folded: &str) -> Self {
        // 西安 is written xi'an: in pinyin the sign only parts syllables.
        let is_apostrophe = |letter: char| matches!(letter, '\'' | '’');
        let is_latin = |letter: char| letter.is_ascii_alphanumeric() || is_apostrophe(letter);
        let parts = folded.chars().all(is_latin) && !folded.chars().all(is_apostrophe);
        let letters = folded
            .chars()
            .filter(|letter| !(parts && is_apostrophe(*letter)))
            .take(MAX_LETTERS);
        Self {
            letters: letters.collect(),
            text: folded.chars().take(MAX_LETTERS).collect(),
        }
    }

    /// As it is looked for letter by letter in texts that are not Chinese.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// True when some of it can be pinyin.
    pub(crate) fn may_be_spelt(&self) -> bool {
        self.letters.iter().any(char::is_ascii_alphabetic)
    }

    /// The bit that says that all of the word is found.
    pub(crate) fn done(&self) -> u64 {
        1 << self.letters.len()
    }

    /// What `letter` itself takes of the word: bit `p` for the letter after `p` others.
    pub(crate) fn spots(&self, letter: char) -> u64 {
        let places = (0_u32..).zip(&self.letters);
        places
            .filter(|(_, own)| **own == letter)
            .fold(0, |spots, (place, _)| spots | (1 << place))
    }

    /// What a syllable takes of the word, one letter of it, two, and so on.
    pub(crate) fn takes(&self, syllable: &str) -> [u64; LONGEST] {
        let mut takes = [0; LONGEST];
        let mut before = u64::MAX;
        for ((place, letter), take) in (0_u32..).zip(syllable.chars()).zip(&mut takes) {
            before &= self.spots(letter) >> place;
            *take = before;
        }
        takes
    }

    fn step(&self, letter: char, readings: &[String]) -> Step {
        let mut step = Step {
            is_sign: is_sign(letter),
            ..Step::default()
        };
        step.takes[0] = self.spots(letter);
        for reading in readings {
            for (take, of_reading) in step.takes.iter_mut().zip(self.takes(reading)) {
                *take |= of_reading;
            }
        }
        step
    }

    /// Where the word lies in a name best: at its beginning, else where a word begins, else anywhere.
    fn range(&self, letters: &[(char, Vec<String>)]) -> Option<[usize; 2]> {
        let steps: Vec<Step> = letters
            .iter()
            .map(|(letter, readings)| self.step(*letter, readings))
            .collect();
        let begins_word = |place: &usize| {
            let kind = |place: usize| letters.get(place).map(|(letter, _)| kind_of(*letter));
            *place == 0 || kind(*place) != kind(*place - 1)
        };
        let (first, others): (Vec<usize>, Vec<usize>) = (0..steps.len()).partition(begins_word);
        first.into_iter().chain(others).find_map(|from| {
            let begins = steps.get(from).is_some_and(Step::begins);
            let end = self.end_of(&steps, from).filter(|_| begins)?;
            Some([from, end])
        })
    }

    /// Behind which letter the word ends when it begins at `from`.
    fn end_of(&self, steps: &[Step], from: usize) -> Option<usize> {
        let mut places = 1;
        for (place, step) in steps.iter().enumerate().skip(from) {
            places = step.after(places);
            if places & self.done() != 0 {
                return Some(place + 1);
            }
            if places == 0 {
                break;
            }
        }
        None
    }
}

/// Which letters stand together in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Blanks, brackets, dots.
    Sign,
    /// Chinese characters.
    Han,
    /// Other letters, and digits.
    Other,
}

pub(crate) fn kind_of(letter: char) -> Kind {
    if is_han(letter) {
        Kind::Han
    } else if letter.is_alphanumeric() {
        Kind::Other
    } else {
        Kind::Sign
    }
}

fn is_sign(letter: char) -> bool {
    kind_of(letter) == Kind::Sign
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, name: &str, expected: &[[u32; 2]]) {
        let query = Query::new(typed).expect("something to look for");
        assert_eq!(query.ranges(name), expected, "{typed} in {name}");
    }

    #[test]
    fn pinyin_is_found_in_full_by_initials_and_mixed() {
        for typed in [
            "新苑", "xinyuan", "xy", "xiny", "xyuan", "新yuan", "XinY", "ｘｙ",
        ] {
            check(typed, "新苑小区", &[[0, 2]]);
        }
        check("xq", "新苑小区", &[[2, 4]]);
        check("xinyuanx", "新苑小区", &[[0, 3]]);
        check("yuanxin", "新苑小区", &[]);
    }

    #[test]
    fn every_reading_of_a_character_answers() {
        check("chongqinglu", "重庆路", &[[0, 3]]);
        check("zhongqinglu", "重庆路", &[[0, 3]]);
        check("cql", "重庆路", &[[0, 3]]);
        check("changan", "长安街", &[[0, 2]]);
        check("yinhang", "工商银行", &[[2, 4]]);
        check("xingrentianqiao", "中山路行人天桥", &[[3, 7]]);
        check("xrtq", "中山路行人天桥", &[[3, 7]]);
        check("lvdi", "绿地广场", &[[0, 2]]);
    }

    #[test]
    fn an_apostrophe_parts_syllables_and_stays_in_english() {
        check("xi'an", "西安路", &[[0, 2]]);
        check("king's", "King's Road", &[[0, 6]]);
    }

    #[test]
    fn digits_and_letters_stand_for_themselves_and_signs_are_passed_over() {
        check("22hl", "凤根花园22号楼", &[[4, 8]]);
        check("xyeq", "新苑（二期）", &[[0, 5]]);
        check("k3+2", "高架 K3+200", &[[3, 7]]);
        check("tower", "Old Tower", &[[4, 9]]);
    }

    #[test]
    fn words_are_found_in_any_order_and_what_lies_together_is_one_stretch() {
        check("tower sh", "Shanghai Tower", &[[0, 2], [9, 14]]);
        check("新苑 苑小", "新苑小区", &[[0, 3]]);
        check("b", "𠀀b", &[[2, 3]]);
    }

    #[test]
    fn nothing_typed_is_no_question_and_very_much_is_cut() {
        assert!(Query::new(" \u{3000}\t").is_none());
        let long = Query::new(&"a".repeat(500)).expect("a word");
        assert_eq!(long.words()[0].text().len(), MAX_LETTERS);
        let many = Query::new(&"a ".repeat(90)).expect("words");
        assert_eq!(many.words().len(), MAX_WORDS);
        assert_eq!(many.whole().map(str::len), Some(2 * MAX_WORDS - 1));
    }
}
