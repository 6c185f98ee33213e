//! The words of GB/T 28181: what the parts of a code and the values of catalogue fields mean, read from a table that a city can
//! change.

use cim_model::GbCode;
use cim_sync::gb28181::Field;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// A name in two languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// What a value of a field means.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// The value as it is sent.
    pub value: String,
    /// What it means.
    pub name: Name,
    /// The edition of the standard that has it first, `2016` or `2022`.
    pub edition: String,
}

/// What the parts of a code mean, where the table knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CodeWords {
    /// 行业.
    pub industry: Option<Name>,
    /// 类型.
    pub kind: Option<Name>,
    /// 网络标识.
    pub network: Option<Name>,
}

/// Why a table of words cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CodesError {
    /// It is no TOML, or not of this form.
    #[error("the words of GB/T 28181 cannot be read: {0}")]
    NotATable(#[from] toml::de::Error),
    /// A code is no number or range of numbers.
    #[error("{table} {code:?}: a number or a range like 80-89 is expected")]
    NotACode {
        /// Which table: `industry`, `type` or `network`.
        table: &'static str,
        /// What stands there.
        code: String,
    },
    /// A code stands there twice.
    #[error("{table} {code}: is there twice")]
    Twice {
        /// Which table: `industry`, `type` or `network`.
        table: &'static str,
        /// The code.
        code: u16,
    },
    /// A field is unknown, or stands there twice.
    #[error("field {name:?}: is no field of a catalogue, or is there twice")]
    NotAField {
        /// The name that stands there.
        name: String,
    },
    /// A value of a field stands there twice.
    #[error("field {name} value {value:?}: is there twice")]
    ValueTwice {
        /// The field.
        name: String,
        /// The value.
        value: String,
    },
}

/// The words of GB/T 28181.
#[derive(Clone, Debug, Default)]
pub struct GbTables {
    industries: BTreeMap<u16, Name>,
    kinds: BTreeMap<u16, Name>,
    networks: BTreeMap<u16, Name>,
    fields: BTreeMap<Field, Vec<Word>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "source")]
    _source: String,
    #[serde(default)]
    industry: Vec<CodeRow>,
    #[serde(default, rename = "type")]
    kind: Vec<CodeRow>,
    #[serde(default)]
    network: Vec<CodeRow>,
    #[serde(default)]
    field: Vec<FieldRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeRow {
    code: String,
    name: Name,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldRow {
    name: String,
    values: Vec<Word>,
}

impl GbTables {
    /// Reads the table; for its form see `assets/codes/gb28181.toml`.
    pub fn read(text: &str) -> Result<Self, CodesError> {
        let file: File = toml::from_str(text)?;
        let mut fields = BTreeMap::new();
        for row in file.field {
            let field = Field::from_name(&row.name);
            if field == Field::Other || fields.contains_key(&field) {
                return Err(CodesError::NotAField { name: row.name });
            }
            if let Some(value) = value_twice(&row.values) {
                return Err(CodesError::ValueTwice {
                    name: row.name,
                    value,
                });
            }
            fields.insert(field, row.values);
        }
        Ok(Self {
            industries: codes_of("industry", file.industry)?,
            kinds: codes_of("type", file.kind)?,
            networks: codes_of("network", file.network)?,
            fields,
        })
    }

    /// What the parts of `code` mean.
    pub fn describe(&self, code: &GbCode) -> CodeWords {
        CodeWords {
            industry: self.industries.get(&u16::from(code.industry)).cloned(),
            kind: self.kinds.get(&code.kind).cloned(),
            network: self.networks.get(&u16::from(code.network)).cloned(),
        }
    }

    /// What `value` of `field` means; values with `/` between give several. `None` when the table does not know all of them.
    pub fn word(&self, field: Field, value: &str) -> Option<Vec<Name>> {
        let words = self.fields.get(&field)?;
        let name_of = |value: &str| {
            let word = words
                .iter()
                .find(|word| word.value.eq_ignore_ascii_case(value.trim()))?;
            Some(word.name.clone())
        };
        value.split('/').map(name_of).collect()
    }

    /// The value of `field` that a word in either language means; `None` when the table has no such word.
    pub fn value_of(&self, field: Field, word: &str) -> Option<&str> {
        let words = self.fields.get(&field)?;
        let word = word.trim();
        let found = words
            .iter()
            .find(|known| known.name.zh == word || known.name.en.eq_ignore_ascii_case(word))?;
        Some(&found.value)
    }

    /// Every field that has words, by the name of its element.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &[Word])> {
        self.fields
            .iter()
            .map(|(field, words)| (field.as_str(), words.as_slice()))
    }
}

/// A value that stands there more than once.
fn value_twice(words: &[Word]) -> Option<String> {
    let mut seen = BTreeSet::new();
    let twice = words
        .iter()
        .find(|word| !seen.insert(word.value.as_str()))?;
    Some(twice.value.clone())
}

fn codes_of(table: &'static str, rows: Vec<CodeRow>) -> Result<BTreeMap<u16, Name>, CodesError> {
    let mut codes = BTreeMap::new();
    for row in rows {
        let (first, last) = row.code.split_once('-').unwrap_or((&row.code, &row.code));
        let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>()) else {
            return Err(CodesError::NotACode {
                table,
                code: row.code,
            });
        };
        // No part of a code has more than three digits.
        for code in first..=last.min(999) {
            if codes.insert(code, row.name.clone()).is_some() {
                return Err(CodesError::Twice { table, code });
            }
        }
    }
    Ok(codes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tables() -> GbTables {
        GbTables::read(include_str!("../../../../assets/codes/gb28181.toml")).expect("a table")
    }

    #[test]
    fn a_code_is_told_in_words() {
        let code = GbCode::parse("32030000041325000017").expect("20 digits");
        let words = tables().describe(&code);
        let zh = |name: Option<Name>| name.map(|name| name.zh).unwrap_or_default();
        assert_eq!(zh(words.industry), "交通路面接入");
        assert_eq!(zh(words.kind), "网络摄像机");
        assert_eq!(zh(words.network), "公安信息网");
        let code = GbCode::parse("32030000859995000017").expect("20 digits");
        let words = tables().describe(&code);
        assert_eq!(zh(words.industry), "居民自治接入");
        assert_eq!(words.kind, None);
    }

    #[test]
    fn values_of_fields_have_words_and_several_have_several() {
        let tables = tables();
        let english = |field: Field, value: &str| -> Option<Vec<String>> {
            let words = tables.word(field, value)?;
            Some(words.into_iter().map(|name| name.en).collect())
        };
        assert_eq!(english(Field::PtzType, "3"), Some(vec!["Fixed".to_owned()]));
        assert_eq!(
            english(Field::Resolution, "5/6"),
            Some(vec!["720p".to_owned(), "1080p/i".to_owned()])
        );
        assert_eq!(english(Field::PtzType, "99"), None);
        assert_eq!(english(Field::Name, "1"), None);
        assert_eq!(tables.value_of(Field::PtzType, "球机"), Some("1"));
        assert_eq!(tables.value_of(Field::RoomType, "indoors"), Some("2"));
        assert_eq!(tables.value_of(Field::RoomType, "楼顶"), None);
        assert!(
            tables
                .fields()
                .any(|(name, words)| name == "RoomType" && words.len() == 2)
        );
    }

    #[test]
    fn a_table_with_mistakes_is_refused_with_their_place() {
        let refused = |rest: &str| {
            let text = format!("source = \"x\"\n{rest}");
            GbTables::read(&text).expect_err("refused").to_string()
        };
        let row = "code = \"7\"\nname = { zh = \"a\", en = \"a\" }\n";
        assert!(refused(&format!("[[type]]\n{row}[[type]]\n{row}")).contains("type 7"));
        assert!(
            refused("[[network]]\ncode = \"x\"\nname = { zh = \"a\", en = \"a\" }")
                .contains("network")
        );
        assert!(refused("[[field]]\nname = \"Colour\"\nvalues = []").contains("Colour"));
        assert!(refused("colour = 1").contains("colour"));
    }
}
