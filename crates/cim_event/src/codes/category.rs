//! Categories of components and events (GB/T 30428.2, formerly CJ/T 214; second-hand) and the codes of components.

use super::{CodeFault, digits, number};
use crate::{
    reading::{Fault, Sheet, Words},
    words::words,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

words! {
    /// What a category is of.
    CategoryKind {
        /// 部件: something that stands in the city.
        Component = "component",
        /// 事件: something that happens.
        Event = "event",
    }
}

/// A category: major 大类 and minor 小类. Minor 0 is the major category as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CategoryCode {
    /// 大类, 1 to 99.
    pub major: u8,
    /// 小类, 0 to 999; 80 and above are a city's own.
    pub minor: u16,
}

impl CategoryCode {
    /// True when a city added it: major 21, or minor 80 and above (assigned downward from 999).
    pub fn is_extension(self) -> bool {
        self.major == 21 || self.minor >= 80
    }

    /// The code with two digits for the minor category, as the older edition writes it; `None` where two are too few.
    pub fn with_two_digits(self) -> Option<String> {
        (self.minor < 100).then(|| format!("{:02}{:02}", self.major, self.minor))
    }
}

impl FromStr for CategoryCode {
    type Err = CodeFault;

    /// Two digits (a major category), four (2 + 2) or five (2 + 3).
    fn from_str(text: &str) -> Result<Self, CodeFault> {
        let code = digits(text, &[2, 4, 5], "2, 4 or 5")?;
        let major = number(code, 0, 2) as u8;
        if major == 0 {
            return Err(CodeFault::BadPart {
                code: code.to_owned(),
                part: "the major category",
                found: "00".to_owned(),
            });
        }
        Ok(Self {
            major,
            minor: number(code, 2, code.len() - 2) as u16,
        })
    }
}

impl fmt::Display for CategoryCode {
    /// Five digits: major 2, minor 3.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}{:03}", self.major, self.minor)
    }
}

/// How the sixteen digits of a component's code are shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComponentLayout {
    /// Division 6, major 2, minor 2, sequence 6.
    Older,
    /// Division 6, major 2, minor 3, sequence 5.
    Newer,
}

/// The code of one component 部件. The digits do not say which layout they have: the city does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ComponentCode {
    /// The county that it stands in, six digits.
    pub county: String,
    /// What it is.
    pub category: CategoryCode,
    /// Its number.
    pub sequence: u32,
}

impl ComponentCode {
    /// The code spelt `text` in `layout`.
    pub fn parse(text: &str, layout: ComponentLayout) -> Result<Self, CodeFault> {
        let code = digits(text, &[16], "16")?;
        let minor_digits = layout.minor_digits();
        let category = CategoryCode {
            major: number(code, 6, 2) as u8,
            minor: number(code, 8, minor_digits) as u16,
        };
        let bad = |part: &'static str, found: String| CodeFault::BadPart {
            code: code.to_owned(),
            part,
            found,
        };
        if category.major == 0 || category.minor == 0 {
            return Err(bad("the category", category.to_string()));
        }
        if code.starts_with(['0', '9']) {
            let found = code.get(..2).unwrap_or_default().to_owned();
            return Err(bad("the province", found));
        }
        Ok(Self {
            county: code.get(..6).unwrap_or_default().to_owned(),
            category,
            sequence: number(code, 8 + minor_digits, 8 - minor_digits),
        })
    }

    /// The sixteen digits in `layout`; `None` where a part does not fit.
    pub fn to_text(&self, layout: ComponentLayout) -> Option<String> {
        let minor_digits = layout.minor_digits();
        let text = format!(
            "{}{:02}{:0minor_digits$}{:0sequence_digits$}",
            self.county,
            self.category.major,
            self.category.minor,
            self.sequence,
            sequence_digits = 8 - minor_digits,
        );
        (text.len() == 16).then_some(text)
    }
}

impl ComponentLayout {
    fn minor_digits(self) -> usize {
        match self {
            Self::Older => 2,
            Self::Newer => 3,
        }
    }
}

/// A category with its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryRow {
    /// What it is of.
    pub kind: CategoryKind,
    /// Its code.
    pub code: CategoryCode,
    /// The word that events carry on the wire, for instance `road_damage`; empty when it has none.
    pub word: String,
    /// What people call it.
    pub name: Words,
}

/// The table of categories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CategoryTable {
    rows: BTreeMap<(CategoryKind, CategoryCode), CategoryRow>,
    by_word: BTreeMap<String, (CategoryKind, CategoryCode)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCategory {
    code: String,
    #[serde(default)]
    word: String,
    name: Words,
}

impl CategoryTable {
    /// The table in `text`, which is the file `file`, and what is wrong in it. Rows are listed under `component` and
    /// `event`; a code of two digits is a major category.
    pub fn read(text: &str, file: &str) -> (Self, Vec<Fault>) {
        let mut sheet = Sheet::new(text, file);
        sheet.only(&["source", "edition", "component", "event"]);
        let mut table = Self::default();
        for kind in CategoryKind::ALL.iter().copied() {
            for (line, raw) in sheet.rows::<RawCategory>(kind.as_str()) {
                if let Err(reason) = table.add(kind, raw) {
                    sheet.tell(line, kind.as_str(), reason);
                }
            }
        }
        (table, sheet.faults)
    }

    fn add(&mut self, kind: CategoryKind, raw: RawCategory) -> Result<(), String> {
        let code: CategoryCode = raw
            .code
            .parse()
            .map_err(|fault: CodeFault| fault.to_string())?;
        if self.rows.contains_key(&(kind, code)) {
            return Err(format!("`{}` stands twice; the first one holds", raw.code));
        }
        if self.by_word.contains_key(&raw.word) {
            return Err(format!("the word `{}` stands twice", raw.word));
        }
        if !raw.word.is_empty() {
            self.by_word.insert(raw.word.clone(), (kind, code));
        }
        let row = CategoryRow {
            kind,
            code,
            word: raw.word,
            name: raw.name,
        };
        self.rows.insert((kind, code), row);
        Ok(())
    }

    /// Every category, by kind and code.
    pub fn rows(&self) -> impl Iterator<Item = &CategoryRow> {
        self.rows.values()
    }

    /// The category with this code.
    pub fn get(&self, kind: CategoryKind, code: CategoryCode) -> Option<&CategoryRow> {
        self.rows.get(&(kind, code))
    }

    /// The major category that `code` belongs to.
    pub fn major(&self, kind: CategoryKind, code: CategoryCode) -> Option<&CategoryRow> {
        self.get(kind, CategoryCode { minor: 0, ..code })
    }

    /// The category that events carry as `category`: its word, or its code in digits.
    pub fn of_event(&self, category: &str) -> Option<&CategoryRow> {
        if let Some((kind, code)) = self.by_word.get(category) {
            return self.get(*kind, *code);
        }
        self.get(CategoryKind::Event, category.parse().ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped() -> CategoryTable {
        let text = include_str!("../../../../assets/codes/categories.toml");
        let (table, faults) = CategoryTable::read(text, "categories.toml");
        assert_eq!(faults, []);
        table
    }

    #[test]
    fn categories_are_read_in_both_editions() {
        let check = |text: &str, major: u8, minor: u16, shown: &str| {
            let code: CategoryCode = text.parse().unwrap();
            assert_eq!((code.major, code.minor), (major, minor));
            assert_eq!(code.to_string(), shown);
        };
        check("01", 1, 0, "01000");
        check("0102", 1, 2, "01002");
        check("01002", 1, 2, "01002");
        check("21999", 21, 999, "21999");
        assert_eq!("00".parse::<CategoryCode>().ok(), None);
        assert_eq!("1".parse::<CategoryCode>().ok(), None);
        let code = |text: &str| text.parse::<CategoryCode>().unwrap();
        assert!(code("01999").is_extension() && !code("0102").is_extension());
        assert_eq!(code("01002").with_two_digits(), Some("0102".to_owned()));
        assert_eq!(code("01999").with_two_digits(), None);
    }

    #[test]
    fn a_component_is_read_and_written_in_either_layout() {
        let older = ComponentCode::parse("3204120103000017", ComponentLayout::Older).unwrap();
        assert_eq!(older.county, "320412");
        assert_eq!((older.category.major, older.category.minor), (1, 3));
        assert_eq!(older.sequence, 17);
        assert_eq!(
            older.to_text(ComponentLayout::Older).as_deref(),
            Some("3204120103000017")
        );
        assert_eq!(
            older.to_text(ComponentLayout::Newer).as_deref(),
            Some("3204120100300017")
        );
        let newer = ComponentCode::parse("3204120100300017", ComponentLayout::Newer).unwrap();
        assert_eq!(newer, older);
        let own = ComponentCode {
            category: CategoryCode {
                major: 1,
                minor: 999,
            },
            ..older
        };
        assert_eq!(own.to_text(ComponentLayout::Older), None);
        let check = |text: &str| {
            assert!(
                ComponentCode::parse(text, ComponentLayout::Older).is_err(),
                "{text}"
            );
        };
        check("320412010300001");
        check("3204120003000017");
        check("3204120100000017");
        check("9904120103000017");
    }

    #[test]
    fn the_table_that_ships_names_what_the_city_reports() {
        let table = shipped();
        let check = |category: &str, zh: &str, major: &str| {
            let row = table.of_event(category).unwrap();
            assert_eq!(row.name.zh, zh);
            let parent = table.major(row.kind, row.code).unwrap();
            assert_eq!(parent.name.zh, major);
        };
        check("exposed_garbage", "暴露垃圾", "市容环境");
        check("road_flooding", "道路积水", "突发事件");
        check("0406", "道路积水", "突发事件");
        assert_eq!(table.of_event("nonsense"), None);
        let cover = table.get(CategoryKind::Component, "0103".parse().unwrap());
        assert_eq!(cover.map(|row| row.name.zh.as_str()), Some("雨水井盖"));
        for row in table.rows() {
            assert!(
                table.major(row.kind, row.code).is_some(),
                "{} has no major category",
                row.code
            );
        }
    }

    #[test]
    fn what_is_wrong_in_a_table_is_told() {
        let row = |code: &str| {
            format!(
                "[[event]]\ncode = \"{code}\"\nword = \"w{code}\"\nname = {{ zh = \"甲\", en = \"A\" }}\n"
            )
        };
        let check = |text: &str, reason: &str| {
            let (_, faults) = CategoryTable::read(text, "c.toml");
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].to_string().contains(reason), "{}", faults[0]);
        };
        check(&row("x1"), "c.toml:1: event");
        check(&format!("{}{}", row("0101"), row("01001")), "c.toml:5");
        check("edition = \"x\"\n[[events]]\n", "events: is unknown");
    }
}
