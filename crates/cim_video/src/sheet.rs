//! Reads the tables of a TOML file that a person wrote: each mistake is told with its file, line and key, and a broken
//! row takes no other with it.

use serde::{Deserialize, Serialize, de::DeserializeOwned, de::IntoDeserializer};
use std::fmt;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// The longest file that is read, bytes.
const MOST_FILE_BYTES: usize = 4 << 20;

/// How many rows one list may have.
const MOST_ROWS: usize = 20_000;

/// Something's name in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Words {
    /// The words in `language`: English for `en`, Chinese for any other.
    pub fn in_language(&self, language: &str) -> &str {
        if language.starts_with("en") {
            &self.en
        } else {
            &self.zh
        }
    }
}

/// A mistake in a file: the row that it lies in is passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file's name.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The list or key in which it lies; empty for the file as a whole.
    pub key: String,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.reason)
    }
}

/// A file that is being read.
pub(crate) struct Sheet<'d> {
    file: &'d str,
    text: &'d str,
    table: DeTable<'d>,
    /// What is wrong so far.
    pub(crate) faults: Vec<Fault>,
}

impl<'d> Sheet<'d> {
    /// The file `file` with its text. One that is no TOML, or far too long, is empty and told.
    pub(crate) fn new(text: &'d str, file: &'d str) -> Self {
        let mut sheet = Self {
            file,
            text,
            table: DeTable::new(),
            faults: Vec::new(),
        };
        if text.len() > MOST_FILE_BYTES {
            let reason = format!(
                "the file has {} bytes; at most {MOST_FILE_BYTES} are read",
                text.len()
            );
            sheet.tell(1, "", reason);
            return sheet;
        }
        match DeTable::parse(text) {
            Ok(table) => sheet.table = table.into_inner(),
            Err(error) => {
                let line = sheet.line_of(error.span().map_or(0, |span| span.start));
                sheet.tell(line, "", format!("this is not TOML: {}", error.message()));
            }
        }
        sheet
    }

    /// Notes a mistake.
    pub(crate) fn tell(&mut self, line: u32, key: &str, reason: impl Into<String>) {
        self.faults.push(Fault {
            file: self.file.to_owned(),
            line,
            key: key.to_owned(),
            reason: reason.into(),
        });
    }

    /// Tells every key of the file that is not among `known`.
    pub(crate) fn only(&mut self, known: &[&str]) {
        let strange: Vec<(usize, String)> = self
            .table
            .keys()
            .filter(|key| !known.iter().any(|word| *key.get_ref() == *word))
            .map(|key| (key.span().start, key.get_ref().to_string()))
            .collect();
        for (at, key) in strange {
            let line = self.line_of(at);
            let reason = format!("is unknown; known here: {}", known.join(", "));
            self.tell(line, &key, reason);
        }
    }

    /// What lies under `key`; `None` when there is nothing or it cannot be read, which is told.
    pub(crate) fn value<T: DeserializeOwned>(&mut self, key: &str) -> Option<T> {
        let found = self.found(key)?;
        self.read(found, key).map(|(_, value)| value)
    }

    /// The rows of the list under `key`, each with its line; those that cannot be read are told and left out.
    pub(crate) fn rows<T: DeserializeOwned>(&mut self, key: &str) -> Vec<(u32, T)> {
        let Some(found) = self.found(key) else {
            return Vec::new();
        };
        let line = self.line_of(found.span().start);
        let DeValue::Array(list) = found.into_inner() else {
            self.tell(line, key, "a list of tables is expected");
            return Vec::new();
        };
        if list.len() > MOST_ROWS {
            let reason = format!("{} rows; at most {MOST_ROWS} are read", list.len());
            self.tell(line, key, reason);
        }
        let rows: Vec<Spanned<DeValue<'d>>> = list.iter().take(MOST_ROWS).cloned().collect();
        rows.into_iter()
            .filter_map(|row| self.read(row, key))
            .collect()
    }

    fn found(&self, key: &str) -> Option<Spanned<DeValue<'d>>> {
        let mut entries = self.table.iter();
        entries
            .find(|(name, _)| *name.get_ref() == key)
            .map(|(_, value)| value.clone())
    }

    fn read<T: DeserializeOwned>(
        &mut self,
        value: Spanned<DeValue<'d>>,
        key: &str,
    ) -> Option<(u32, T)> {
        let start = value.span().start;
        let line = self.line_of(start);
        match T::deserialize(value.into_deserializer()) {
            Ok(value) => Some((line, value)),
            Err(error) => {
                let at = self.line_of(error.span().map_or(start, |span| span.start));
                self.tell(at, key, error.message().to_owned());
                None
            }
        }
    }

    fn line_of(&self, at: usize) -> u32 {
        let breaks = self.text.bytes().take(at).filter(|byte| *byte == b'\n');
        u32::try_from(breaks.count())
            .unwrap_or(u32::MAX)
            .saturating_add(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Row {
        id: String,
        minutes: u32,
    }

    #[track_caller]
    fn check(text: &str, rows: &[&str], faults: &[(u32, &str)]) {
        let mut sheet = Sheet::new(text, "x.toml");
        sheet.only(&["row"]);
        let read: Vec<(u32, Row)> = sheet.rows("row");
        let ids: Vec<&str> = read.iter().map(|(_, row)| row.id.as_str()).collect();
        assert_eq!(ids, rows);
        assert!(read.iter().all(|(_, row)| row.minutes > 0));
        let told: Vec<(u32, &str)> = sheet
            .faults
            .iter()
            .map(|fault| (fault.line, fault.key.as_str()))
            .collect();
        assert_eq!(told, faults);
    }

    #[test]
    fn a_broken_row_is_told_with_its_line_and_takes_no_other() {
        check(
            "[[row]]\nid = \"a\"\nminutes = 3\n[[row]]\nid = \"b\"\nminutes = \"x\"\n[[row]]\nid = \"c\"\nminutes = 1\n",
            &["a", "c"],
            &[(6, "row")],
        );
    }

    #[test]
    fn what_is_no_toml_and_what_nobody_knows_is_told() {
        check("[[row]\nid", &[], &[(1, "")]);
        check("other = 1\n", &[], &[(1, "other")]);
        check("row = 5\n", &[], &[(1, "row")]);
    }

    #[test]
    fn a_fault_names_file_line_and_key_and_words_are_told_in_a_language() {
        let fault = Fault {
            file: "a.toml".to_owned(),
            line: 3,
            key: "row".to_owned(),
            reason: "is missing".to_owned(),
        };
        assert_eq!(fault.to_string(), "a.toml:3: row: is missing");
        let words = Words {
            zh: "一类".to_owned(),
            en: "Class 1".to_owned(),
        };
        assert_eq!(words.in_language("en-GB"), "Class 1");
        assert_eq!(words.in_language("zh-CN"), "一类");
    }
}
