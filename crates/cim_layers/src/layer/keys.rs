//! Reads the tables of a TOML file that a person wrote: every mistake is told with its line and its key.

use super::{LayerProblem, Words, near::nearest};
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

/// The file that tables lie in, and where its mistakes are collected.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'d> {
    /// The file's name, for messages.
    pub(crate) file: &'d str,
    /// Its whole text.
    pub(crate) text: &'d str,
    /// The byte of the text at which the parsed part begins.
    pub(crate) base: usize,
    /// What is wrong so far.
    pub(crate) problems: &'d RefCell<Vec<LayerProblem>>,
    /// Set by whatever makes the layer at hand unusable.
    pub(crate) is_broken: &'d Cell<bool>,
}

impl Origin<'_> {
    /// Notes a mistake at byte `at` of the parsed part.
    pub(crate) fn tell(&self, layer: &str, at: usize, key: &str, reason: String, passed: bool) {
        if !passed {
            self.is_broken.set(true);
        }
        self.problems.borrow_mut().push(LayerProblem {
            file: self.file.to_owned(),
            line: line_of(self.text, self.base + at),
            layer: layer.to_owned(),
            key: key.to_owned(),
            reason,
            is_passed_over: passed,
        });
    }
}

/// The line, from 1, that byte `at` lies in.
pub(crate) fn line_of(text: &str, at: usize) -> u32 {
    let breaks = text.bytes().take(at).filter(|byte| *byte == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}

/// One table. What is never asked for is unknown, and told by [`Keys::finish`].
pub(crate) struct Keys<'d> {
    origin: Origin<'d>,
    /// The identity of the layer that the table belongs to; empty while unknown.
    pub(crate) layer: String,
    path: String,
    /// Nothing where a word stands in the place of a table.
    table: Option<&'d DeTable<'d>>,
    at: usize,
    asked: BTreeSet<&'static str>,
}

impl<'d> Keys<'d> {
    /// The table `table` at byte `at` of its file.
    pub(crate) fn new(origin: Origin<'d>, layer: &str, table: &'d DeTable<'d>, at: usize) -> Self {
        Self {
            origin,
            layer: layer.to_owned(),
            path: String::new(),
            table: Some(table),
            at,
            asked: BTreeSet::new(),
        }
    }

    fn found(&self, key: &str) -> Option<Entry<'d>> {
        let mut entries = self.table?.iter();
        entries.find(|(name, _)| *name.get_ref() == key)
    }

    /// The same table, whose keys are told without where it lies.
    pub(crate) fn rooted(mut self) -> Self {
        self.path.clear();
        self
    }

    /// What lies under `key`.
    pub(crate) fn value(&mut self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.asked.insert(key);
        self.found(key).map(|(_, value)| value)
    }

    /// Notes that what lies under `key` is wrong, so that the layer cannot be taken.
    pub(crate) fn wrong(&self, key: &str, reason: impl Into<String>) {
        let at = self
            .found(key)
            .map_or(self.at, |(name, _)| name.span().start);
        self.origin
            .tell(&self.layer, at, &self.path_of(key), reason.into(), false);
    }

    /// Notes that what lies under `key` is not as it should be; the layer is taken all the same.
    pub(crate) fn mention(&self, key: &str, reason: impl Into<String>) {
        let at = self
            .found(key)
            .map_or(self.at, |(name, _)| name.span().start);
        self.origin
            .tell(&self.layer, at, &self.path_of(key), reason.into(), true);
    }

    /// The text under `key`.
    pub(crate) fn text(&mut self, key: &'static str) -> Option<&'d str> {
        let value = self.value(key)?;
        let text = value.get_ref().as_str();
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

    /// The texts under `key`, a list or a single one.
    pub(crate) fn texts(&mut self, key: &'static str) -> Vec<String> {
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
        texts.unwrap_or_else(|| {
            self.wrong(key, "a list of texts is expected");
            Vec::new()
        })
    }

    /// True or false under `key`; `usual` when there is nothing.
    pub(crate) fn flag(&mut self, key: &'static str, usual: bool) -> bool {
        let Some(value) = self.value(key) else {
            return usual;
        };
        value.get_ref().as_bool().unwrap_or_else(|| {
            self.wrong(key, "true or false is expected");
            usual
        })
    }

    /// The number under `key`, which must lie between `least` and `most`.
    pub(crate) fn number(&mut self, key: &'static str, least: f64, most: f64) -> Option<f64> {
        let value = self.value(key)?;
        let number = number_of(value.get_ref());
        match number {
            None => self.wrong(key, "a number is expected"),
            Some(number) if number < least || number > most => {
                let reason =
                    format!("{number} is out of bounds: from {least} to {most} is possible");
                self.wrong(key, reason);
                return None;
            }
            Some(_) => {}
        }
        number
    }

    /// The number under `key` as [`Keys::number`] has it; `usual` when there is none.
    pub(crate) fn number_or(&mut self, key: &'static str, bounds: [f64; 2], usual: f32) -> f32 {
        let [least, most] = bounds;
        let number = self.number(key, least, most);
        number.map_or(usual, |number| number as f32)
    }

    /// The numbers of the list under `key`.
    pub(crate) fn numbers(&mut self, key: &'static str) -> Option<Vec<f64>> {
        let value = self.value(key)?;
        let numbers = value.get_ref().as_array().and_then(|list| {
            let numbers = list.iter().map(|item| number_of(item.get_ref()));
            numbers.collect::<Option<Vec<f64>>>()
        });
        if numbers.is_none() {
            self.wrong(key, "a list of numbers is expected");
        }
        numbers
    }

    /// The word under `key`, which must be one of those that `word` gives for `all`.
    pub(crate) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        all: &[T],
        word: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let text = self.text(key)?;
        let found = all.iter().copied().find(|choice| word(*choice) == text);
        if found.is_none() {
            let words: Vec<&str> = all.iter().map(|choice| word(*choice)).collect();
            self.wrong(key, unknown(text, &words));
        }
        found
    }

    /// The colour `#rrggbb` under `key`.
    pub(crate) fn colour(&mut self, key: &'static str) -> Option<[u8; 3]> {
        let text = self.text(key)?;
        let colour = colour_of(text);
        if colour.is_none() {
            self.wrong(key, format!("`{text}` is not a colour like #67b7f7"));
        }
        colour
    }

    /// The words in both languages under `key`: `{ zh = "…", en = "…" }`.
    pub(crate) fn words(&mut self, key: &'static str) -> Words {
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

    /// The table under `key`.
    pub(crate) fn table(&mut self, key: &'static str) -> Option<Self> {
        let value = self.value(key)?;
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.wrong(key, "a table is expected");
        }
        Some(self.inner(key, Some(table?), value.span().start))
    }

    /// What lies under `key`: a table whose key `tag` says which, or that word alone.
    pub(crate) fn tagged(
        &mut self,
        key: &'static str,
        tag: &'static str,
    ) -> Option<(&'d str, Self)> {
        let value = self.value(key)?;
        if let Some(word) = value.get_ref().as_str() {
            return Some((word, self.inner(key, None, value.span().start)));
        }
        let mut table = self.table(key)?;
        let word = table.required_text(tag)?;
        Some((word, table))
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
            let mut inner = self.inner(key, Some(table), item.span().start);
            inner.path = format!("{}[{index}]", self.path_of(key));
            tables.push(inner);
        }
        tables
    }

    /// Every key with its value, where any key may stand.
    pub(crate) fn entries(&self) -> Vec<(&'d str, &'d Spanned<DeValue<'d>>)> {
        let entries = self.table.into_iter().flatten();
        entries
            .map(|(name, value)| (&**name.get_ref(), value))
            .collect()
    }

    /// Tells every key that nobody asked for. The layer is taken all the same.
    pub(crate) fn finish(self) {
        for (name, _) in self.table.into_iter().flatten() {
            let key: &str = name.get_ref();
            if !self.asked.contains(key) {
                let known: Vec<&str> = self.asked.iter().copied().collect();
                self.origin.tell(
                    &self.layer,
                    name.span().start,
                    &self.path_of(key),
                    unknown(key, &known),
                    true,
                );
            }
        }
    }

    fn inner(&self, key: &str, table: Option<&'d DeTable<'d>>, at: usize) -> Self {
        Self {
            origin: self.origin,
            layer: self.layer.clone(),
            path: self.path_of(key),
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
pub(crate) fn unknown(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("`{word}` is unknown; did you mean `{near}`?"),
        None => format!("`{word}` is unknown; known here: {}", known.join(", ")),
    }
}

/// A finite number, written with or without a fraction.
pub(crate) fn number_of(value: &DeValue<'_>) -> Option<f64> {
    let number = match value {
        DeValue::Integer(integer) => {
            i64::from_str_radix(integer.as_str(), integer.radix()).ok()? as f64
        }
        DeValue::Float(float) => float.as_str().parse().ok()?,
        _ => return None,
    };
    Some(number).filter(|number: &f64| number.is_finite())
}

/// The colour `#rrggbb`.
pub(crate) fn colour_of(text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#').filter(|digits| {
        digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    })?;
    let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some([red, green, blue])
}
