//! The names and codes of very many things in flat columns, read through for every question.
//!
//! ```text
//!  symbols  新苑小区│中山路行人天桥│新苑 CBD …     2 B a letter: names with Chinese in them
//!  texts    xinyuan garden⏎¹w123⏎│¹3101…⏎│ …      UTF-8: other names, and codes behind a mark; one a line
//!  ends     where each thing's share of both ends   8 B a thing
//!  places   longitude and latitude                  8 B a thing
//! ```
//! A thing with a Chinese name of ten letters, an English one of twenty-five, and two codes of thirty in all takes about
//! 100 bytes. The longest word of a question is looked for everywhere: in `texts` at the speed of memory, in `symbols` with
//! a table that ends most names at their first look; the other words only where that one is.

use crate::{
    alphabet::{Alphabet, BETWEEN},
    fold::{fold_letter, is_han},
    query::{Kind, Query, Word},
    rank::{Best, Hit, Merits, Tier, far, rank_of},
    table::Table,
};
use memchr::memmem::Finder;
use std::{ops::Range, panic::resume_unwind, thread};

/// Letters of a name that can be found.
const MAX_NAME_LETTERS: usize = 200;
/// Letters of a code that can be found.
const MAX_CODE_LETTERS: usize = 100;

/// Bytes of texts, and letters of names, that an index holds at most. Places in both are 32 bits wide.
const MOST: usize = 1 << 31;
/// A thread is not started for fewer entries, nor more threads than so many for one question.
const LEAST_PART: u32 = 65_536;
const MOST_PARTS: u32 = 4;
/// Stands before a code; no folded text has it.
const CODE: u8 = 1;
/// Stands behind every name and code in the texts.
const LINE: u8 = b'\n';

/// A thing with what it is found by. Texts may be empty. Of a name the first 200 letters are looked at, of a code the first 100.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Named<'a> {
    /// What people call it, in any language.
    pub names: [&'a str; 2],
    /// Identities and codes.
    pub codes: [&'a str; 2],
    /// Longitude and latitude, degrees; not finite where it has no place.
    pub place: [f64; 2],
}

/// What an answer is wanted for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Where somebody looks: longitude and latitude, degrees.
    pub near: Option<[f64; 2]>,
    /// Entries that alarm, in order.
    pub alarmed: &'a [u32],
    /// Answers at most.
    pub most: usize,
}

/// Names and codes, numbered in the order in which they were added.
#[derive(Clone, Debug, Default)]
pub struct NameIndex {
    alphabet: Alphabet,
    symbols: Vec<u16>,
    texts: Vec<u8>,
    /// Behind each entry's share of symbols and texts.
    ends: Vec<[u32; 2]>,
    places: Vec<[f32; 2]>,
}

/// What is known of one entry.
#[derive(Clone, Copy)]
struct Entry<'a> {
    symbols: &'a [u16],
    text: &'a [u8],
}

/// A word of the question, with what finds it.
struct Asked<'a> {
    word: &'a Word,
    table: Table<'a>,
    finder: Finder<'a>,
}

impl NameIndex {
    /// Adds a thing; false when the index is full, and nothing was added.
    pub fn push(&mut self, named: &Named<'_>) -> bool {
        const LONGEST_ENTRY: usize = 8 * (MAX_NAME_LETTERS + MAX_CODE_LETTERS);
        if self.texts.len().max(self.symbols.len()) > MOST - LONGEST_ENTRY {
            return false;
        }
        let first = self.symbols.len();
        for name in named.names.iter().filter(|name| !name.is_empty()) {
            if !name.chars().any(is_han) {
                self.push_line(name, MAX_NAME_LETTERS);
                continue;
            }
            if self.symbols.len() > first {
                self.symbols.push(BETWEEN);
            }
            for letter in name.chars().take(MAX_NAME_LETTERS) {
                let number = self.alphabet.number(folded(letter));
                self.symbols.push(number);
            }
        }
        for code in named.codes.iter().filter(|code| !code.is_empty()) {
            self.texts.push(CODE);
            self.push_line(code, MAX_CODE_LETTERS);
        }
        self.ends
            .push([self.symbols.len() as u32, self.texts.len() as u32]);
        self.places.push(named.place.map(|degrees| degrees as f32));
        true
    }

    /// How many things there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Gives back the room that was kept for more.
    pub fn shrink(&mut self) {
        self.symbols.shrink_to_fit();
        self.texts.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.places.shrink_to_fit();
    }

    /// About how many bytes it takes.
    pub fn bytes(&self) -> usize {
        self.symbols.capacity() * size_of::<u16>()
            + self.texts.capacity()
            + self.ends.capacity() * size_of::<[u32; 2]>()
            + self.places.capacity() * size_of::<[f32; 2]>()
            + self.alphabet.bytes()
    }

    /// The best answers, the best first.
    pub fn search(&self, query: &Query, wanted: &Wanted<'_>) -> Vec<Hit> {
        self.search_where(query, wanted, |_| true, |_| true)
    }

    /// The best answers among the entries that `may` and `keep` let through, the best first. `may` is asked of every entry
    /// that has the query's longest word and is to be quick; `keep` may be dear: it is asked only of those that would be
    /// among the best. Very many entries are read by several threads.
    pub fn search_where(
        &self,
        query: &Query,
        wanted: &Wanted<'_>,
        may: impl Fn(u32) -> bool + Sync,
        keep: impl Fn(u32) -> bool + Sync,
    ) -> Vec<Hit> {
        let asked: Vec<Asked<'_>> = query
            .words()
            .iter()
            .map(|word| Asked {
                word,
                table: Table::new(word, &self.alphabet),
                finder: Finder::new(word.text()),
            })
            .collect();
        // The longest word is in the fewest names.
        let Some(rarest) = asked.iter().max_by_key(|asked| asked.word.text().len()) else {
            return Vec::new();
        };
        let in_part = |entries: Range<u32>| {
            let mut best = Best::new(wanted.most);
            for entry in self.having(rarest, entries) {
                if may(entry)
                    && let Some(hit) = self.hit(entry, query, &asked, wanted, &best)
                    && best.takes(hit)
                    && keep(entry)
                {
                    best.offer(hit);
                }
            }
            best
        };
        let mut parts = self.parts().into_iter();
        let first = parts.next().unwrap_or_default();
        let best = thread::scope(|scope| {
            let others: Vec<_> = parts
                .map(|entries| scope.spawn(|| in_part(entries)))
                .collect();
            let mut best = in_part(first);
            for other in others {
                match other.join() {
                    Ok(other) => best.take_all(other),
                    Err(panic) => resume_unwind(panic),
                }
            }
            best
        });
        best.into_hits()
    }

    /// All entries, in as many parts as threads are worth their while.
    fn parts(&self) -> Vec<Range<u32>> {
        let entries = self.len() as u32;
        let cores = thread::available_parallelism().map_or(1, |cores| cores.get() as u32);
        let parts = (entries / LEAST_PART).min(cores).clamp(1, MOST_PARTS);
        let end = |part: u32| (u64::from(entries) * u64::from(part) / u64::from(parts)) as u32;
        (0..parts).map(|part| end(part)..end(part + 1)).collect()
    }

    /// How an entry that has the longest word answers; `None` when it does not, or when it cannot be among the best.
    fn hit(
        &self,
        entry: u32,
        query: &Query,
        asked: &[Asked<'_>],
        wanted: &Wanted<'_>,
        best: &Best,
    ) -> Option<Hit> {
        // With as many answers as are wanted that begin with a word, one that has it elsewhere is none: a single letter is in
        // half of all names.
        let least_inside = rank_of(Tier::WordStart);
        if let [only] = asked
            && !best.takes_rank(least_inside)
            && !self.may_begin(entry, only)
        {
            return None;
        }
        let merits = Merits {
            tier: self.tier(entry, query, asked)?,
            is_alarmed: wanted.alarmed.binary_search(&entry).is_ok(),
            far: wanted.near.map_or(0, |near| self.far(entry, near)),
            length: self.entry(entry).length(),
        };
        Some(Hit {
            rank: merits.rank(),
            entry,
        })
    }

    /// Those of `entries` that have a word.
    fn having(&self, asked: &Asked<'_>, entries: Range<u32>) -> impl Iterator<Item = u32> + use<> {
        let (first, last) = (entries.start, entries.end as usize);
        let mut having = vec![0; entries.len().div_ceil(u64::BITS as usize)];
        let [first_symbol, first_text] = self.begin(first as usize);
        let ends = self.ends.get(first as usize..last).unwrap_or_default();
        let texts_end = ends.last().map_or(first_text, |[_, end]| *end as usize);
        let texts = self.texts.get(first_text..texts_end).unwrap_or_default();
        note_in_texts(texts, first_text, ends, &asked.finder, &mut having);
        if !asked.table.is_hopeless() {
            let mut from = first_symbol;
            for (place, [end, _]) in ends.iter().enumerate() {
                let symbols = self.symbols.get(from..*end as usize);
                from = *end as usize;
                if symbols.is_some_and(|symbols| asked.table.is_in(symbols)) {
                    note(&mut having, place);
                }
            }
        }
        ones(having).map(move |place| first + place)
    }

    /// Where an entry's symbols and texts begin.
    fn begin(&self, place: usize) -> [usize; 2] {
        let before = place.checked_sub(1).and_then(|place| self.ends.get(place));
        before
            .copied()
            .unwrap_or_default()
            .map(|before| before as usize)
    }

    /// False when no name and no code of an entry begins with the word.
    fn may_begin(&self, entry: u32, asked: &Asked<'_>) -> bool {
        let entry = self.entry(entry);
        let mut names = entry.symbols.split(|number| *number == BETWEEN);
        let first = asked.word.text().as_bytes().first();
        names.any(|name| asked.table.may_begin(name))
            || entry.lines().any(|(line, _)| line.first() == first)
    }

    /// How well an entry answers; `None` when a word is nowhere in it.
    fn tier(&self, entry: u32, query: &Query, asked: &[Asked<'_>]) -> Option<Tier> {
        let entry = self.entry(entry);
        let mut worst = Tier::Whole;
        for asked in asked {
            worst = worst.max(self.tier_of_word(entry, asked)?);
        }
        let whole = query.whole().and_then(|whole| entry.whole(whole));
        Some(whole.map_or(worst, |whole| whole.min(worst)))
    }

    fn tier_of_word(&self, entry: Entry<'_>, asked: &Asked<'_>) -> Option<Tier> {
        let names = entry.symbols.split(|number| *number == BETWEEN);
        let in_names = names.filter_map(|name| {
            let lies = asked.table.lies_in(name)?;
            let is_han = name
                .first()
                .is_some_and(|first| self.alphabet.kind(*first) == Kind::Han);
            Some(Tier::of(lies, is_han && asked.word.may_be_spelt()))
        });
        let word = asked.word.text().as_bytes();
        let in_lines = entry
            .lines()
            .filter_map(|(line, is_code)| tier_in_line(line, is_code, word, &asked.finder));
        in_names.chain(in_lines).min()
    }

    fn entry(&self, entry: u32) -> Entry<'_> {
        let place = entry as usize;
        let [first_symbol, first_text] = self.begin(place);
        let [last_symbol, last_text] = self.ends.get(place).copied().unwrap_or_default();
        let symbols = self.symbols.get(first_symbol..last_symbol as usize);
        let text = self.texts.get(first_text..last_text as usize);
        Entry {
            symbols: symbols.unwrap_or_default(),
            text: text.unwrap_or_default(),
        }
    }

    fn far(&self, entry: u32, near: [f64; 2]) -> u32 {
        let place = self.places.get(entry as usize).copied();
        place.map_or(0, |place| far(place.map(f64::from), near))
    }

    fn push_line(&mut self, text: &str, most_letters: usize) {
        let mut room = [0; 4];
        for letter in text.chars().take(most_letters) {
            let letter = folded(letter).encode_utf8(&mut room);
            self.texts.extend_from_slice(letter.as_bytes());
        }
        self.texts.push(LINE);
    }
}

impl<'a> Entry<'a> {
    /// Its names without Chinese and its codes, and whether each is a code.
    fn lines(self) -> impl Iterator<Item = (&'a [u8], bool)> {
        let lines = self.text.split(|byte| *byte == LINE);
        lines
            .filter(|line| !line.is_empty())
            .map(|line| match line.strip_prefix(&[CODE]) {
                Some(code) => (code, true),
                None => (line, false),
            })
    }

    /// How all words together, as they were typed, are one of its names or codes.
    fn whole(self, words: &str) -> Option<Tier> {
        let tiers = self.lines().filter_map(|(line, is_code)| {
            let is_beginning = line.starts_with(words.as_bytes());
            match (is_beginning, line.len() == words.len(), is_code) {
                (false, _, _) => None,
                (true, true, _) => Some(Tier::Whole),
                (true, false, false) => Some(Tier::Beginning),
                (true, false, true) => Some(Tier::CodeBeginning),
            }
        });
        tiers.min()
    }

    /// Letters of the first name, or of what stands for it.
    fn length(self) -> usize {
        let mut names = self.symbols.split(|number| *number == BETWEEN);
        let name = names.next().map_or(0, <[u16]>::len);
        if name > 0 {
            return name;
        }
        self.lines().next().map_or(0, |(line, _)| line.len())
    }
}

/// How a word lies in a name without Chinese, or in a code.
fn tier_in_line(line: &[u8], is_code: bool, word: &[u8], finder: &Finder<'_>) -> Option<Tier> {
    let first = finder.find(line)?;
    if first == 0 {
        return Some(match (line.len() == word.len(), is_code) {
            (true, _) => Tier::Whole,
            (false, false) => Tier::Beginning,
            (false, true) => Tier::CodeBeginning,
        });
    }
    if is_code {
        return Some(Tier::InCode);
    }
    let begins_word = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| line.get(before));
        before.is_none_or(|before| before.is_ascii() && !before.is_ascii_alphanumeric())
    };
    let mut at = first;
    loop {
        if begins_word(at) {
            return Some(Tier::WordStart);
        }
        let more = line.get(at + 1..).and_then(|rest| finder.find(rest));
        let Some(more) = more else {
            return Some(Tier::Inside);
        };
        at += 1 + more;
    }
}

/// A letter as it is kept: folded, and no control character.
fn folded(letter: char) -> char {
    if letter.is_control() {
        ' '
    } else {
        fold_letter(letter)
    }
}

/// Notes the places in `ends` that have a word in `texts`, which begin at `begin` and are read as one.
fn note_in_texts(
    texts: &[u8],
    begin: usize,
    ends: &[[u32; 2]],
    finder: &Finder<'_>,
    having: &mut [u64],
) {
    let (mut from, mut place) = (0, 0);
    while let Some(at) = texts.get(from..).and_then(|rest| finder.find(rest)) {
        let at = from + at;
        // Answers come in order: in all, each end is passed once.
        while let Some([_, end]) = ends.get(place)
            && *end as usize <= begin + at
        {
            place += 1;
        }
        let Some([_, end]) = ends.get(place) else {
            return;
        };
        note(having, place);
        from = *end as usize - begin;
        place += 1;
    }
}

fn note(having: &mut [u64], place: usize) {
    if let Some(word) = having.get_mut(place / u64::BITS as usize) {
        *word |= 1 << (place % u64::BITS as usize);
    }
}

/// The places of the bits that are set.
fn ones(having: Vec<u64>) -> impl Iterator<Item = u32> {
    (0..)
        .step_by(u64::BITS as usize)
        .zip(having)
        .flat_map(|(first, rest): (u32, u64)| Ones { first, rest })
}

/// The bits of one word.
struct Ones {
    first: u32,
    rest: u64,
}

impl Iterator for Ones {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.rest == 0 {
            return None;
        }
        let bit = self.rest.trailing_zeros();
        self.rest &= self.rest - 1;
        Some(self.first + bit)
    }
}

#[cfg(test)]
mod tests;
