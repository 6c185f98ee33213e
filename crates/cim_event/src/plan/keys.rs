//! Reads the tables of a TOML file that a person wrote: every mistake is told with its line and its key.
//!
//! One broken item never takes the others, not even when it is no TOML: the file is then cut at its `[[item]]` lines.

use super::near::nearest;
use crate::Words;
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

/// Something in a file that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {item}: {key}: {reason}")]
pub struct FileProblem {
    /// The file's name.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The identity of the plan or shift that it belongs to; empty while unknown.
    pub item: String,
    /// The key, with the tables that it lies in; empty for the file as a whole.
    pub key: String,
    /// What is wrong.
    pub reason: String,
    /// True when the item is taken all the same.
    pub is_passed_over: bool,
}

/// The file that tables lie in, and where its mistakes are collected.
#[derive(Clone, Copy)]
struct Origin<'d> {
    file: &'d str,
    text: &'d str,
    /// The byte of the text at which the parsed part begins.
    base: usize,
    problems: &'d RefCell<Vec<FileProblem>>,
    /// Set by whatever makes the item at hand unusable.
    is_broken: &'d Cell<bool>,
}

impl Origin<'_> {
    fn tell(&self, item: &str, at: usize, key: &str, reason: String, passed: bool) {
        if !passed {
            self.is_broken.set(true);
        }
        let breaks = self.text.bytes().take(self.base + at);
        let line = breaks.filter(|byte| *byte == b'\n').count();
        self.problems.borrow_mut().push(FileProblem {
            file: self.file.to_owned(),
            line: u32::try_from(line).unwrap_or(u32::MAX).saturating_add(1),
            item: item.to_owned(),
            key: key.to_owned(),
            reason,
            is_passed_over: passed,
        });
    }
}

/// Reads the tables `[[name]]` of `text` with `take`, which gives nothing for what cannot be used. What was told as wrong is
/// left out even if `take` gave something.
pub(crate) fn tables_of<T>(
    text: &str,
    file: &str,
    name: &'static str,
    most_bytes: usize,
    mut take: impl FnMut(&mut Keys<'_>) -> Option<T>,
) -> (Vec<T>, Vec<FileProblem>) {
    let problems = RefCell::new(Vec::new());
    let is_broken = Cell::new(false);
    let whole = Origin {
        file,
        text,
        base: 0,
        problems: &problems,
        is_broken: &is_broken,
    };
    let mut taken = Vec::new();
    if text.len() > most_bytes {
        let reason = format!(
            "the file has {} bytes; at most {most_bytes} are read",
            text.len()
        );
        whole.tell("", 0, "", reason, false);
        return (taken, problems.into_inner());
    }
    let parts = if DeTable::parse(text).is_ok() {
        vec![(0, text)]
    } else {
        parts_of(text, name)
    };
    for (base, part) in parts {
        let origin = Origin { base, ..whole };
        match DeTable::parse(part) {
            Ok(table) => take_all(origin, table.get_ref(), name, &mut take, &mut taken),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                let reason = format!("this is not TOML: {}", error.message());
                origin.tell(identity_in(part), at, "", reason, false);
            }
        }
    }
    (taken, problems.into_inner())
}

/// Takes what the list `name` of one parsed part holds.
fn take_all<'d, T>(
    origin: Origin<'d>,
    table: &'d DeTable<'d>,
    name: &'static str,
    take: &mut impl FnMut(&mut Keys<'_>) -> Option<T>,
    taken: &mut Vec<T>,
) {
    let mut top = Keys::new(origin, table);
    for mut keys in top.tables(name) {
        origin.is_broken.set(false);
        keys.path.clear();
        let item = take(&mut keys);
        keys.finish();
        if !origin.is_broken.get() {
            taken.extend(item);
        }
    }
    top.finish();
}

/// The text cut before each line `[[name]]`, with the byte at which each part begins.
fn parts_of<'t>(text: &'t str, name: &str) -> Vec<(usize, &'t str)> {
    let header = format!("[[{name}]]");
    let mut begins = vec![0];
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if at > 0 && line.trim_start().starts_with(&header) {
            begins.push(at);
        }
        at += line.len();
    }
    let ends = begins.iter().copied().skip(1).chain([text.len()]);
    begins
        .iter()
        .zip(ends)
        .filter_map(|(begin, end)| Some((*begin, text.get(*begin..end)?)))
        .collect()
}

/// The identity that a part states which is no TOML, as far as it can be seen.
fn identity_in(part: &str) -> &str {
    let stated = part.lines().find_map(|line| {
        let rest = line.trim_start().strip_prefix("id")?.trim_start();
        rest.strip_prefix('=')?.trim().strip_prefix('"')
    });
    stated
        .and_then(|rest| rest.split('"').next())
        .unwrap_or_default()
}

/// True for what may be an identity: a to z, 0 to 9, - and _, 64 at most.
pub(super) fn is_identity(text: &str) -> bool {
    let is_usual = |sign: u8| {
        sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'-' || sign == b'_'
    };
    (1..=64).contains(&text.len()) && text.bytes().all(is_usual)
}

/// One table. What is never asked for is unknown, and told by [`Keys::finish`].
pub(crate) struct Keys<'d> {
    origin: Origin<'d>,
    item: String,
    path: String,
    table: &'d DeTable<'d>,
    at: usize,
    asked: BTreeSet<&'static str>,
}

impl<'d> Keys<'d> {
    fn new(origin: Origin<'d>, table: &'d DeTable<'d>) -> Self {
        Self {
            origin,
            item: String::new(),
            path: String::new(),
            table,
            at: 0,
            asked: BTreeSet::new(),
        }
    }

    fn found(&self, key: &str) -> Option<Entry<'d>> {
        let mut entries = self.table.iter();
        entries.find(|(name, _)| *name.get_ref() == key)
    }

    fn value(&mut self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.asked.insert(key);
        self.found(key).map(|(_, value)| value)
    }

    /// Notes that what lies under `key` is wrong, so that the item cannot be taken.
    pub(crate) fn wrong(&self, key: &str, reason: impl Into<String>) {
        self.tell(key, reason.into(), false);
    }

    /// Notes that what lies under `key` is not as it should be; the item is taken all the same.
    pub(crate) fn mention(&self, key: &str, reason: impl Into<String>) {
        self.tell(key, reason.into(), true);
    }

    fn tell(&self, key: &str, reason: String, passed: bool) {
        let at = self
            .found(key)
            .map_or(self.at, |(name, _)| name.span().start);
        self.origin
            .tell(&self.item, at, &self.path_of(key), reason, passed);
    }

    /// The identity under `id`; from then on mistakes are told under it.
    pub(crate) fn identity(&mut self) -> Option<String> {
        let id = self.required_text("id")?.to_owned();
        self.item.clone_from(&id);
        if !is_identity(&id) {
            let reason = "only a to z, 0 to 9, - and _ are possible, 64 at most";
            self.wrong("id", reason);
        }
        Some(id)
    }

    /// The text under `key`.
    pub(crate) fn text(&mut self, key: &'static str) -> Option<&'d str> {
        let text = self.value(key)?.get_ref().as_str();
        if text.is_none() {
            self.wrong(key, "a text in quotes is expected");
        }
        text
    }

    /// The text under `key`, which must be there.
    pub(crate) fn required_text(&mut self, key: &'static str) -> Option<&'d str> {
        if self.value(key).is_none() {
            self.wrong(key, "is missing");
            return None;
        }
        let text = self.text(key)?;
        if text.is_empty() {
            self.wrong(key, "is empty");
            return None;
        }
        Some(text)
    }

    /// The texts of the list under `key`.
    pub(crate) fn texts(&mut self, key: &'static str) -> Vec<String> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let texts: Option<Vec<String>> = value.get_ref().as_array().and_then(|list| {
            let texts = list.iter().map(|item| item.get_ref().as_str());
            texts.map(|text| text.map(str::to_owned)).collect()
        });
        texts.unwrap_or_else(|| {
            self.wrong(key, "a list of texts is expected");
            Vec::new()
        })
    }

    /// True or false under `key`; false when there is nothing.
    pub(crate) fn flag(&mut self, key: &'static str) -> bool {
        let Some(value) = self.value(key) else {
            return false;
        };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.wrong(key, "true or false is expected");
            false
        })
    }

    /// The whole number under `key`, which must lie between `least` and `most`.
    pub(crate) fn whole(&mut self, key: &'static str, least: u32, most: u32) -> Option<u32> {
        let number = match self.value(key)?.get_ref() {
            DeValue::Integer(integer) => {
                u32::from_str_radix(integer.as_str(), integer.radix()).ok()
            }
            _ => None,
        };
        let found = number.filter(|number| (least..=most).contains(number));
        if found.is_none() {
            let reason = format!("a whole number from {least} to {most} is expected");
            self.wrong(key, reason);
        }
        found
    }

    /// The number under `key`, whole or not, which must lie between `least` and `most`.
    pub(crate) fn number(&mut self, key: &'static str, least: f64, most: f64) -> Option<f64> {
        let number = match self.value(key)?.get_ref() {
            DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
                .ok()
                .map(|whole| whole as f64),
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            _ => None,
        };
        // NaN is in no range.
        let found = number.filter(|number| (least..=most).contains(number));
        if found.is_none() {
            self.wrong(key, format!("a number from {least} to {most} is expected"));
        }
        found
    }

    /// The word under `key`, which must be one of those that `word` gives for `all`.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        all: &[T],
        word: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let text = self.required_text(key)?;
        let found = all.iter().copied().find(|choice| word(*choice) == text);
        if found.is_none() {
            let words: Vec<&str> = all.iter().map(|choice| word(*choice)).collect();
            self.wrong(key, unknown(text, &words));
        }
        found
    }

    /// The text under `key`, which must be there and among `known`, unless nothing is known.
    pub(crate) fn known_text(&mut self, key: &'static str, known: &[&str]) -> String {
        let text = self.required_text(key).unwrap_or_default();
        if !text.is_empty() && !known.is_empty() && !known.contains(&text) {
            self.wrong(key, unknown(text, known));
        }
        text.to_owned()
    }

    /// The words in both languages under `key`, which must be there: `{ zh = "…", en = "…" }`.
    pub(crate) fn required_words(&mut self, key: &'static str) -> Words {
        if self.value(key).is_none() {
            self.wrong(key, "is missing");
        }
        self.words(key)
    }

    /// The words in both languages under `key`.
    pub(crate) fn words(&mut self, key: &'static str) -> Words {
        let Some(mut table) = self.table(key) else {
            return Words::default();
        };
        let words = Words {
            zh: table.text("zh").unwrap_or_default().to_owned(),
            en: table.text("en").unwrap_or_default().to_owned(),
        };
        for (language, text) in [("zh", &words.zh), ("en", &words.en)] {
            if text.is_empty() {
                self.wrong(key, format!("has no words for `{language}`"));
            }
        }
        table.finish();
        words
    }

    /// The table under `key`.
    pub(crate) fn table(&mut self, key: &'static str) -> Option<Self> {
        let value = self.value(key)?;
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong(key, "a table is expected");
        }
        Some(self.inner(self.path_of(key), table?, value.span().start))
    }

    /// The tables of the list under `key`.
    pub(crate) fn tables(&mut self, key: &'static str) -> Vec<Self> {
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

    /// Tells every key that nobody asked for. The item is taken all the same.
    pub(crate) fn finish(self) {
        for (name, _) in self.table {
            let key: &str = name.get_ref();
            if !self.asked.contains(key) {
                let known: Vec<&str> = self.asked.iter().copied().collect();
                let path = self.path_of(key);
                let reason = unknown(key, &known);
                self.origin
                    .tell(&self.item, name.span().start, &path, reason, true);
            }
        }
    }

    fn inner(&self, path: String, table: &'d DeTable<'d>, at: usize) -> Self {
        Self {
            origin: self.origin,
            item: self.item.clone(),
            path,
            table,
            at,
            asked: BTreeSet::new(),
        }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }
}

/// What is said of a word that is not among `known`.
fn unknown(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(near) => format!("`{word}` is unknown; did you mean `{near}`?"),
        None => format!("`{word}` is unknown; known here: {}", known.join(", ")),
    }
}
