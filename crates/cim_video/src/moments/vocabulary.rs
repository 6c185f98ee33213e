//! Kinds of moments, their attributes and codes, as data: `assets/codes/ga1400.toml`.

use crate::{
    sheet::{Fault, Sheet, Words},
    words::words,
};
use serde::{Deserialize, Serialize};

/// The kind of a stretch of video: GA/T 1400 calls it 视频片段.
pub const CLIP: &str = "clip";

/// How many kinds there may be.
const MOST_KINDS: usize = 200;
/// Local time, when the file does not say: Asia/Shanghai.
const SHANGHAI_MIN: i32 = 480;

words! {
    /// What of a detection is masked in a kept picture, when it does not say so itself.
    Masks {
        /// Nothing.
        None = "none",
        /// The upper third: a head.
        Head = "head",
        /// Everything.
        Whole = "whole",
    }
}

/// A kind of moments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its word.
    pub id: String,
    /// The object's name in GA/T 1400.
    pub object: String,
    /// What people call it.
    pub name: Words,
    /// The attribute that names the object.
    pub id_key: String,
    /// Attributes that tell when it began, the best first.
    pub begins: Vec<String>,
    /// Attributes that tell when it ended.
    pub ends: Vec<String>,
    /// What is masked.
    pub masks: Masks,
    /// How long it is kept, days; 0 for ever.
    pub keep_days: u32,
    /// Where this is written.
    pub source: String,
}

/// A code and its names.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeValue {
    /// The code.
    pub code: String,
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// A list of codes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeList {
    /// Its word.
    pub id: String,
    /// What people call it.
    pub name: Words,
    /// Its codes.
    pub values: Vec<CodeValue>,
    /// Where this is written.
    pub source: String,
}

/// An attribute of some kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// Its name in GA/T 1400.
    pub id: String,
    /// What people call it.
    pub name: Words,
    /// The kinds that have it.
    pub kinds: Vec<String>,
    /// The list of its codes; empty for a number or a text.
    pub list: String,
    /// It tells who somebody is: shown only to those who may reveal.
    pub is_private: bool,
    /// Where this is written.
    pub source: String,
}

/// The words of GA/T 1400, or what of them a city uses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vocabulary {
    kinds: Vec<Kind>,
    lists: Vec<CodeList>,
    attributes: Vec<Attribute>,
    offset_min: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKind {
    id: String,
    object: String,
    name: Words,
    id_key: String,
    begins: Vec<String>,
    #[serde(default)]
    ends: Vec<String>,
    masks: Masks,
    keep_days: u32,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawList {
    id: String,
    name: Words,
    values: Vec<CodeValue>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAttribute {
    id: String,
    name: Words,
    kinds: Vec<String>,
    #[serde(default)]
    list: String,
    #[serde(default)]
    is_private: bool,
    source: String,
}

impl Vocabulary {
    /// The words in `text`, which is the file `file`, and what is wrong in it.
    pub fn read(text: &str, file: &str) -> (Self, Vec<Fault>) {
        let mut sheet = Sheet::new(text, file);
        sheet.only(&["source", "utc_offset_minutes", "kind", "list", "attribute"]);
        let offset = sheet.value::<i32>("utc_offset_minutes");
        let mut words = Self {
            offset_min: offset.unwrap_or(SHANGHAI_MIN).clamp(-840, 840),
            ..Self::default()
        };
        for (line, raw) in sheet.rows::<RawKind>("kind") {
            if words.kind_row(&raw.id).is_some() || words.kinds.len() >= MOST_KINDS {
                let reason = format!("`{}` stands twice, or there are too many kinds", raw.id);
                sheet.tell(line, "kind", reason);
                continue;
            }
            words.kinds.push(Kind {
                id: raw.id,
                object: raw.object,
                name: raw.name,
                id_key: raw.id_key,
                begins: raw.begins,
                ends: raw.ends,
                masks: raw.masks,
                keep_days: raw.keep_days,
                source: raw.source,
            });
        }
        for (line, raw) in sheet.rows::<RawList>("list") {
            if words.list(&raw.id).is_some() {
                sheet.tell(line, "list", format!("`{}` stands twice", raw.id));
                continue;
            }
            words.lists.push(CodeList {
                id: raw.id,
                name: raw.name,
                values: raw.values,
                source: raw.source,
            });
        }
        for (line, raw) in sheet.rows::<RawAttribute>("attribute") {
            if let Some(reason) = words.fault_of(&raw) {
                sheet.tell(line, "attribute", reason);
                continue;
            }
            words.attributes.push(Attribute {
                id: raw.id,
                name: raw.name,
                kinds: raw.kinds,
                list: raw.list,
                is_private: raw.is_private,
                source: raw.source,
            });
        }
        (words, sheet.faults)
    }

    /// The kinds.
    pub fn kinds(&self) -> &[Kind] {
        &self.kinds
    }

    /// The row of a kind.
    pub fn kind_row(&self, id: &str) -> Option<u8> {
        u8::try_from(self.kinds.iter().position(|kind| kind.id == id)?).ok()
    }

    /// A kind.
    pub fn kind(&self, id: &str) -> Option<&Kind> {
        self.kinds.iter().find(|kind| kind.id == id)
    }

    /// A kind by its word, or by its object's name in GA/T 1400.
    pub fn kind_named(&self, name: &str) -> Option<&Kind> {
        let by_object = || self.kinds.iter().find(|kind| kind.object == name);
        self.kind(name).or_else(by_object)
    }

    /// The attributes of a kind.
    pub fn attributes<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Attribute> {
        self.attributes
            .iter()
            .filter(move |attribute| attribute.kinds.iter().any(|one| one == kind))
    }

    /// An attribute.
    pub fn attribute(&self, id: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.id == id)
    }

    /// A list of codes.
    pub fn list(&self, id: &str) -> Option<&CodeList> {
        self.lists.iter().find(|list| list.id == id)
    }

    /// What a code of an attribute means; `None` when it has no list or the list does not have it.
    pub fn value_of(&self, attribute: &str, code: &str) -> Option<&CodeValue> {
        let list = self.list(&self.attribute(attribute)?.list)?;
        list.values.iter().find(|value| value.code == code)
    }

    /// How far the clocks of the cameras are ahead of UTC, minutes.
    pub fn offset_min(&self) -> i32 {
        self.offset_min
    }

    fn fault_of(&self, raw: &RawAttribute) -> Option<String> {
        if self.attribute(&raw.id).is_some() {
            return Some(format!("`{}` stands twice", raw.id));
        }
        if !raw.list.is_empty() && self.list(&raw.list).is_none() {
            return Some(format!("`{}`: there is no list `{}`", raw.id, raw.list));
        }
        let strange = raw.kinds.iter().find(|kind| self.kind(kind).is_none())?;
        Some(format!("`{}`: there is no kind `{strange}`", raw.id))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The words that ship.
    pub(in crate::moments) fn shipped() -> Vocabulary {
        let text = include_str!("../../../../assets/codes/ga1400.toml");
        let (words, faults) = Vocabulary::read(text, "ga1400.toml");
        assert_eq!(faults, []);
        words
    }

    #[test]
    fn the_words_that_ship_name_kinds_attributes_and_codes() {
        let words = shipped();
        let kinds: Vec<&str> = words.kinds().iter().map(|kind| kind.id.as_str()).collect();
        assert_eq!(
            kinds,
            [
                "person",
                "face",
                "motor_vehicle",
                "non_motor_vehicle",
                "thing",
                "scene",
                CLIP
            ]
        );
        let color = words.value_of("VehicleColor", "5").unwrap();
        assert_eq!((color.zh.as_str(), color.en.as_str()), ("蓝", "blue"));
        assert_eq!(words.value_of("GenderCode", "1").unwrap().zh, "男");
        assert_eq!(words.value_of("PlateNo", "苏C12345"), None);
        assert!(words.attribute("PlateNo").unwrap().is_private);
        assert!(words.attributes("face").any(|one| one.id == "GenderCode"));
        assert!(!words.attributes("scene").any(|one| one.id == "GenderCode"));
        assert_eq!(words.kind("face").unwrap().masks, Masks::Whole);
        assert_eq!(words.kind_row("ghost"), None);
        assert_eq!(
            words.kind_named("NonMotorVehicle"),
            words.kind("non_motor_vehicle")
        );
        assert_eq!(words.kind_named("face"), words.kind("face"));
        assert_eq!(words.kind_named("Ghost"), None);
        assert_eq!(words.offset_min(), 480);
        for attribute in &words.attributes {
            assert!(!attribute.source.is_empty(), "{}", attribute.id);
        }
    }

    #[test]
    fn an_attribute_without_its_list_or_kind_is_told() {
        let text = "[[kind]]\nid = \"A\"\nobject = \"A\"\nname = { zh = \"甲\", en = \"A\" }\nid_key = \"AID\"\nbegins = []\nmasks = \"none\"\nkeep_days = 1\nsource = \"x\"\n";
        let attribute = |rest: &str| {
            format!("[[attribute]]\nname = {{ zh = \"甲\", en = \"A\" }}\nsource = \"x\"\n{rest}\n")
        };
        let all = [
            attribute("id = \"Good\"\nkinds = [\"A\"]"),
            attribute("id = \"Good\"\nkinds = [\"A\"]"),
            attribute("id = \"B\"\nkinds = [\"Z\"]"),
            attribute("id = \"C\"\nkinds = [\"A\"]\nlist = \"none\""),
        ]
        .concat();
        let (words, faults) = Vocabulary::read(&format!("{text}{text}{all}"), "g.toml");
        let told: Vec<&str> = faults.iter().map(|fault| fault.reason.as_str()).collect();
        assert_eq!(
            told,
            [
                "`A` stands twice, or there are too many kinds",
                "`Good` stands twice",
                "`B`: there is no kind `Z`",
                "`C`: there is no list `none`"
            ]
        );
        assert_eq!(words.attributes("A").count(), 1);
    }
}
