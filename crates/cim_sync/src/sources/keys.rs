//! Reads the tables of a TOML file that a person wrote: every mistake is told with its line and its key.

use super::SourceProblem;
use std::{cell::RefCell, collections::BTreeSet};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The file that tables lie in, and where its mistakes are collected.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'d> {
    /// The file's name, for messages.
    pub(crate) file: &'d str,
    /// Its text.
    pub(crate) text: &'d str,
    /// What is wrong so far.
    pub(crate) problems: &'d RefCell<Vec<SourceProblem>>,
}

impl Origin<'_> {
    /// Notes a mistake at byte `at` of the text.
    pub(crate) fn tell(
        &self,
        source: &str,
        at: usize,
        key: impl Into<String>,
        reason: impl Into<String>,
    ) {
        self.problems.borrow_mut().push(SourceProblem {
            file: self.file.to_owned(),
            line: line_of(self.text, at),
            source_id: source.to_owned(),
            key: key.into(),
            reason: reason.into(),
        });
    }
}

/// The line, from 1, that byte `at` lies in.
fn line_of(text: &str, at: usize) -> u32 {
    let breaks = text.bytes().take(at).filter(|byte| *byte == b'\n').count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}

/// One table. What is never asked for is unknown, and told by [`Keys::finish`].
pub(crate) struct Keys<'d> {
    origin: Origin<'d>,
    /// The identity of the source that the table belongs to; empty while unknown.
    pub(crate) source: String,
    path: String,
    table: &'d DeTable<'d>,
    at: usize,
    asked: BTreeSet<&'static str>,
}

impl<'d> Keys<'d> {
    /// The table `table`, which lies at `path` of its file, at byte `at`.
    pub(crate) fn new(
        origin: Origin<'d>,
        source: &str,
        path: &str,
        table: &'d DeTable<'d>,
        at: usize,
    ) -> Self {
        Self {
            origin,
            source: source.to_owned(),
            path: path.to_owned(),
            table,
            at,
            asked: BTreeSet::new(),
        }
    }

    /// What lies under `key`.
    pub(crate) fn value(&mut self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.asked.insert(key);
        let found = self.table.iter().find(|(name, _)| *name.get_ref() == key);
        found.map(|(_, value)| value)
    }

    /// Notes that what lies under `key` is wrong.
    pub(crate) fn wrong(&self, key: &str, reason: impl Into<String>) {
        let found = self.table.iter().find(|(name, _)| *name.get_ref() == key);
        let at = found.map_or(self.at, |(name, _)| name.span().start);
        self.origin
            .tell(&self.source, at, self.path_of(key), reason);
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
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(key, "a list of texts is expected");
            return Vec::new();
        };
        let texts: Vec<String> = list
            .iter()
            .filter_map(|item| item.get_ref().as_str().map(str::to_owned))
            .collect();
        if texts.len() != list.len() {
            self.wrong(key, "a list of texts is expected");
        }
        texts
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

    /// The finite number under `key`.
    pub(crate) fn number(&mut self, key: &'static str) -> Option<f64> {
        let value = self.value(key)?;
        let number = number_of(value.get_ref());
        if number.is_none() {
            self.wrong(key, "a number is expected");
        }
        number
    }

    /// The numbers of the list under `key`.
    pub(crate) fn numbers(&mut self, key: &'static str) -> Option<Vec<f64>> {
        let value = self.value(key)?;
        let numbers = value.get_ref().as_array().and_then(|list| {
            list.iter()
                .map(|item| number_of(item.get_ref()))
                .collect::<Option<Vec<f64>>>()
        });
        if numbers.is_none() {
            self.wrong(key, "a list of numbers is expected");
        }
        numbers
    }

    /// The table under `key`.
    pub(crate) fn table(&mut self, key: &'static str) -> Option<Self> {
        let value = self.value(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(key, "a table is expected");
            return None;
        };
        Some(Self::new(
            self.origin,
            &self.source,
            &self.path_of(key),
            table,
            value.span().start,
        ))
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
            let path = format!("{}[{index}]", self.path_of(key));
            match item.get_ref().as_table() {
                Some(table) => tables.push(Self::new(
                    self.origin,
                    &self.source,
                    &path,
                    table,
                    item.span().start,
                )),
                None => self.wrong(key, "a list of tables is expected"),
            }
        }
        tables
    }

    /// Every key with its text; what is no text is told.
    pub(crate) fn all_texts(&self) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for (name, value) in self.table {
            match value.get_ref().as_str() {
                Some(text) => pairs.push((name.get_ref().to_string(), text.to_owned())),
                None => self.wrong(name.get_ref(), "a text in quotes is expected"),
            }
        }
        pairs
    }

    /// Tells every key that nobody asked for.
    pub(crate) fn finish(self) {
        for (name, _) in self.table {
            let key: &str = name.get_ref();
            if !self.asked.contains(key) {
                let known = self.asked.iter().copied().collect::<Vec<_>>().join(", ");
                self.origin.tell(
                    &self.source,
                    name.span().start,
                    self.path_of(key),
                    format!("unknown; known here: {known}"),
                );
            }
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

/// A number, written with or without a fraction.
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
