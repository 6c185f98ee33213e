//! Reads the tables of a rule file: every mistake is told with its line, its rule and its key.

use super::{LevelTable, RuleProblem, severity_word};
use cim_layers::layer::Words;
use cim_model::Severity;
use std::{
    cell::{Cell, RefCell},
    collections::BTreeSet,
};
use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

/// A key and what lies under it.
type Entry<'d> = (&'d Spanned<DeString<'d>>, &'d Spanned<DeValue<'d>>);

/// Words of a list that are longer are not compared with what was written.
const LONGEST_WORD: usize = 48;

/// The file that tables lie in, and where its mistakes are collected.
#[derive(Clone, Copy)]
pub(super) struct Origin<'d> {
    /// The file's name, for messages.
    pub(super) file: &'d str,
    /// Its whole text.
    pub(super) text: &'d str,
    /// The byte of the text at which the parsed part begins.
    pub(super) base: usize,
    /// What is wrong so far.
    pub(super) problems: &'d RefCell<Vec<RuleProblem>>,
    /// Set by whatever makes the rule at hand unusable.
    pub(super) is_broken: &'d Cell<bool>,
}

impl Origin<'_> {
    /// Notes a mistake at byte `at` of the parsed part.
    pub(super) fn tell(&self, rule: &str, at: usize, key: &str, reason: String) {
        self.is_broken.set(true);
        self.note(rule, at, key, reason, false);
    }

    /// The line, from 1, that byte `at` of the parsed part lies in.
    pub(super) fn line_of(&self, at: usize) -> u32 {
        let before = self.text.bytes().take(self.base + at);
        let breaks = before.filter(|byte| *byte == b'\n').count();
        u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
    }

    fn note(&self, rule: &str, at: usize, key: &str, reason: String, is_passed_over: bool) {
        self.problems.borrow_mut().push(RuleProblem {
            file: self.file.to_owned(),
            line: self.line_of(at),
            rule: rule.to_owned(),
            key: key.to_owned(),
            reason,
            is_passed_over,
        });
    }
}

/// One table. What is never asked for is unknown, and told by [`Keys::finish`].
pub(super) struct Keys<'d> {
    origin: Origin<'d>,
    /// The identity of the rule that the table belongs to; empty while unknown.
    pub(super) rule: String,
    path: String,
    table: &'d DeTable<'d>,
    at: usize,
    asked: BTreeSet<&'static str>,
}

impl<'d> Keys<'d> {
    /// The table `table` at byte `at` of its file.
    pub(super) fn new(origin: Origin<'d>, table: &'d DeTable<'d>, at: usize) -> Self {
        Self {
            origin,
            rule: String::new(),
            path: String::new(),
            table,
            at,
            asked: BTreeSet::new(),
        }
    }

    /// The same table, whose keys are told without where it lies.
    pub(super) fn rooted(mut self) -> Self {
        self.path.clear();
        self
    }

    /// The line in which the table begins.
    pub(super) fn line(&self) -> u32 {
        self.origin.line_of(self.at)
    }

    /// What lies under `key`.
    pub(super) fn value(&mut self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.asked.insert(key);
        self.found(key).map(|(_, value)| value)
    }

    /// Notes that what lies under `key` is wrong, so that the rule cannot be taken.
    pub(super) fn wrong(&self, key: &str, reason: impl Into<String>) {
        let at = self.place_of(key);
        let path = self.path_of(key);
        self.origin.tell(&self.rule, at, &path, reason.into());
    }

    /// Notes that what lies under `key` is not as it should be; the rule is taken all the same.
    pub(super) fn mention(&self, key: &str, reason: impl Into<String>) {
        let at = self.place_of(key);
        let path = self.path_of(key);
        self.origin.note(&self.rule, at, &path, reason.into(), true);
    }

    /// The text under `key`; an empty one is told.
    pub(super) fn text(&mut self, key: &'static str) -> Option<&'d str> {
        let value = self.value(key)?;
        let text = value.get_ref().as_str();
        match text {
            None => self.wrong(key, "a text in quotes is expected"),
            Some("") => self.wrong(key, "is empty"),
            Some(_) => {}
        }
        text
    }

    /// The text under `key`, which must be there.
    pub(super) fn required_text(&mut self, key: &'static str) -> Option<&'d str> {
        if self.value(key).is_none() {
            self.wrong(key, "is missing");
            return None;
        }
        self.text(key).filter(|text| !text.is_empty())
    }

    /// The texts under `key`, a list or a single one; at most `most`.
    pub(super) fn texts(&mut self, key: &'static str, most: usize) -> Vec<String> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        if let Some(text) = value.get_ref().as_str() {
            return vec![text.to_owned()];
        }
        let texts: Option<Vec<String>> = value.get_ref().as_array().and_then(|list| {
            let texts = list.iter().map(|item| item.get_ref().as_str());
            texts.map(|text| text.map(str::to_owned)).collect()
        });
        let Some(texts) = texts else {
            self.wrong(key, "a list of texts is expected");
            return Vec::new();
        };
        if texts.len() > most {
            self.wrong(
                key,
                format!("holds {} texts; at most {most} are possible", texts.len()),
            );
        }
        texts
    }

    /// True or false under `key`; `usual` when there is nothing.
    pub(super) fn flag(&mut self, key: &'static str, usual: bool) -> bool {
        let Some(value) = self.value(key) else {
            return usual;
        };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.wrong(key, "true or false is expected");
            usual
        })
    }

    /// The number under `key`, which must lie between `least` and `most`.
    pub(super) fn number(&mut self, key: &'static str, [least, most]: [f64; 2]) -> Option<f64> {
        let value = self.value(key)?;
        let number = number_of(value.get_ref());
        if number.is_none() {
            self.wrong(key, "a number is expected");
        }
        number.filter(|number| self.is_within(key, *number, [least, most]))
    }

    /// The numbers of the list under `key`.
    pub(super) fn numbers(&mut self, key: &'static str, most: usize) -> Vec<f64> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let numbers = value.get_ref().as_array().and_then(|list| {
            let numbers = list.iter().map(|item| number_of(item.get_ref()));
            numbers.collect::<Option<Vec<f64>>>()
        });
        match numbers {
            Some(numbers) if numbers.len() <= most => numbers,
            Some(numbers) => {
                let count = numbers.len();
                self.wrong(
                    key,
                    format!("holds {count} numbers; at most {most} are possible"),
                );
                Vec::new()
            }
            None => {
                self.wrong(key, "a list of numbers is expected");
                Vec::new()
            }
        }
    }

    /// The pairs of numbers of the list under `key`: `[[117.4, 34.1], …]`.
    pub(super) fn pairs(&mut self, key: &'static str) -> Option<Vec<[f64; 2]>> {
        let value = self.value(key)?;
        let pairs = value.get_ref().as_array().and_then(|list| {
            let pairs = list.iter().map(|item| pair_of(item.get_ref()));
            pairs.collect::<Option<Vec<[f64; 2]>>>()
        });
        if pairs.is_none() {
            self.wrong(key, "a list of [longitude, latitude] is expected");
        }
        pairs
    }

    /// The word under `key`, which must be one of `words`.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let text = self.text(key)?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            self.wrong(key, unknown(text, words.iter().map(|(word, _)| *word)));
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// The words in both languages under `key`: `{ zh = "…", en = "…" }`.
    pub(super) fn words(&mut self, key: &'static str) -> Words {
        let Some(mut table) = self.table(key) else {
            return Words::default();
        };
        let words = Words::new(
            table.text("zh").unwrap_or_default(),
            table.text("en").unwrap_or_default(),
        );
        for (language, text) in [("zh", &words.zh), ("en", &words.en)] {
            if text.is_empty() {
                self.mention(key, format!("has no words for `{language}`"));
            }
        }
        table.finish();
        words
    }

    /// The levels under `key`: a table of severity = number, or one number at the severity `usual`.
    pub(super) fn levels(
        &mut self,
        key: &'static str,
        bounds: [f64; 2],
        usual: Severity,
    ) -> Option<LevelTable> {
        let value = self.value(key)?;
        let mut levels = LevelTable::default();
        if value.get_ref().as_table().is_none() {
            let number = self.number(key, bounds)?;
            levels.set(usual, Some(number));
            return Some(levels);
        }
        let mut table = self.table(key)?;
        for severity in Severity::ALARMING {
            let level = table.number(severity_word(severity), bounds);
            levels.set(severity, level);
        }
        table.finish();
        if levels.is_empty() {
            self.wrong(key, "states no level, as in { high = 25, critical = 50 }");
            return None;
        }
        Some(levels)
    }

    /// The table under `key`.
    pub(super) fn table(&mut self, key: &'static str) -> Option<Self> {
        let value = self.value(key)?;
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong(key, "a table is expected");
        }
        let path = self.path_of(key);
        Some(self.inner(path, table?, value.span().start))
    }

    /// The tables of the list under `key`.
    pub(super) fn tables(&mut self, key: &'static str) -> Vec<Self> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(key, "a list of tables is expected");
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (index, item) in list.iter().enumerate() {
            let Some(table) = item.get_ref().as_table() else {
                self.wrong(key, "a list of tables is expected");
                continue;
            };
            let path = format!("{}[{index}]", self.path_of(key));
            tables.push(self.inner(path, table, item.span().start));
        }
        tables
    }

    /// Every key with its text, where any key may stand.
    pub(super) fn text_entries(&mut self, key: &'static str, most: usize) -> Vec<(String, String)> {
        let Some(table) = self.table(key) else {
            return Vec::new();
        };
        let mut entries = Vec::new();
        for (name, value) in table.table {
            match value.get_ref().as_str() {
                Some(text) => entries.push((name.get_ref().to_string(), text.to_owned())),
                None => table.wrong(name.get_ref(), "a text in quotes is expected"),
            }
        }
        if entries.len() > most {
            self.wrong(
                key,
                format!("holds {} texts; at most {most} are possible", entries.len()),
            );
        }
        entries
    }

    /// Tells every key that nobody asked for. The rule is taken all the same.
    pub(super) fn finish(self) {
        for (name, _) in self.table {
            let key: &str = name.get_ref();
            if !self.asked.contains(key) {
                self.mention(key, unknown(key, self.asked.iter().copied()));
            }
        }
    }

    fn is_within(&self, key: &str, number: f64, [least, most]: [f64; 2]) -> bool {
        let is_within = (least..=most).contains(&number);
        if !is_within {
            let reason = format!("{number} is out of bounds: from {least} to {most} is possible");
            self.wrong(key, reason);
        }
        is_within
    }

    fn found(&self, key: &str) -> Option<Entry<'d>> {
        let mut entries = self.table.iter();
        entries.find(|(name, _)| *name.get_ref() == key)
    }

    fn place_of(&self, key: &str) -> usize {
        self.found(key)
            .map_or(self.at, |(name, _)| name.span().start)
    }

    fn inner(&self, path: String, table: &'d DeTable<'d>, at: usize) -> Self {
        Self {
            origin: self.origin,
            rule: self.rule.clone(),
            path,
            table,
            at,
            asked: BTreeSet::new(),
        }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else if key.is_empty() {
            self.path.clone()
        } else {
            format!("{}.{key}", self.path)
        }
    }
}

/// What is said of a word that is not among `known`: the nearest one, or all.
pub(super) fn unknown(word: &str, known: impl Iterator<Item = &'static str>) -> String {
    let known: Vec<&str> = known.collect();
    match nearest(word, &known) {
        Some(near) => format!("`{word}` is unknown; did you mean `{near}`?"),
        None => format!("`{word}` is unknown; known here: {}", known.join(", ")),
    }
}

/// A finite number, written with or without a fraction.
fn number_of(value: &DeValue<'_>) -> Option<f64> {
    let number = match value {
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).ok()? as f64
        }
        DeValue::Float(float) => float.as_str().parse().ok()?,
        _ => return None,
    };
    Some(number).filter(|number: &f64| number.is_finite())
}

fn pair_of(value: &DeValue<'_>) -> Option<[f64; 2]> {
    let mut numbers = value
        .as_array()?
        .iter()
        .map(|item| number_of(item.get_ref()));
    let pair = [numbers.next()??, numbers.next()??];
    numbers.next().is_none().then_some(pair)
}

/// The known word that differs by the fewest letters, if they are few enough to be a slip.
fn nearest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let length = word.chars().count();
    if length > LONGEST_WORD {
        return None;
    }
    known
        .iter()
        .map(|candidate| (steps_between(word, candidate), *candidate))
        .filter(|(steps, candidate)| {
            let longest = length.max(candidate.chars().count());
            *steps <= (longest / 4).max(1) && *steps < longest
        })
        .min_by_key(|(steps, _)| *steps)
        .map(|(_, candidate)| candidate)
}

/// How many letters have to be put in, taken out or changed (Levenshtein).
fn steps_between(word: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (line, letter) in word.chars().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        let mut next = vec![left];
        for (candidate, above) in other.chars().zip(row.iter().skip(1)) {
            let changed = diagonal + usize::from(letter != candidate);
            left = changed.min(above + 1).min(left + 1);
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_another_word_does_not() {
        let known = ["severity", "on_delay_s", "when"];
        assert_eq!(nearest("severty", &known), Some("severity"));
        assert_eq!(nearest("on_delay", &known), Some("on_delay_s"));
        assert_eq!(nearest("plan", &known), None);
        assert_eq!(nearest(&"a".repeat(1_000), &known), None);
    }

    #[test]
    fn steps_are_counted_as_a_person_would() {
        assert_eq!(steps_between("kitten", "sitting"), 3);
        assert_eq!(steps_between("", "abc"), 3);
        assert_eq!(steps_between("水位", "水"), 1);
    }
}
