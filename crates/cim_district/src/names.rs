//! Names that nobody else has: stems of two or three characters with their spelling in Latin letters.
//!
//! Stem number *n* is one pair out of [`FIRST`] and [`SECOND`]; the pairs are walked in steps that share no factor with their
//! number, so every number below 3 600 has a pair of its own, and with the prefixes every number below 68 400.

use crate::plan::{RoadClass, Way};

/// How far apart neighbouring numbers lie among the pairs; prime, and no factor of their number.
const STEP: u64 = 1_009;
/// Stems below this number are for streets; cells count from here.
const STEMS_OF_STREETS: u32 = 600;

/// A name's two spellings without its last word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    /// Simplified Chinese.
    pub(crate) zh: String,
    /// English: pinyin with a capital.
    pub(crate) en: String,
}

impl Name {
    pub(crate) fn new(zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: en.into(),
        }
    }

    /// The name with a last word: `云湖` and `路`, `Road`.
    pub(crate) fn with(&self, zh: &str, en: &str) -> Self {
        Self {
            zh: format!("{}{zh}", self.zh),
            en: format!("{} {en}", self.en),
        }
    }
}

/// The stem with a number; the seed shuffles which is which.
fn stem(seed: u64, number: u32) -> Name {
    let pairs = (FIRST.len() * SECOND.len()) as u64;
    let number = u64::from(number);
    let pair = (number % pairs * STEP + seed % pairs) % pairs;
    let part = |table: &[(&'static str, &'static str)], at: u64| {
        table.get(at as usize).copied().unwrap_or_default()
    };
    let (first, first_en) = part(&FIRST, pair / SECOND.len() as u64);
    let (second, second_en) = part(&SECOND, pair % SECOND.len() as u64);
    if number < pairs {
        Name::new(
            format!("{first}{second}"),
            capital(&format!("{first_en}{second_en}")),
        )
    } else {
        let (before, before_en) = part(&PREFIX, (number / pairs - 1) % PREFIX.len() as u64);
        Name::new(
            format!("{before}{first}{second}"),
            format!(
                "{} {}",
                capital(before_en),
                capital(&format!("{first_en}{second_en}"))
            ),
        )
    }
}

/// The stem of a cell's names, by the cell's number.
pub(crate) fn stem_of_cell(seed: u64, cell: u32) -> Name {
    stem(seed, STEMS_OF_STREETS + cell)
}

/// What a street of the grid is called.
pub(crate) fn street_name(seed: u64, way: Way, line: i32, class: RoadClass) -> Name {
    if let Some(name) = known_street(way, line) {
        return name;
    }
    if class == RoadClass::Expressway {
        return ring_name(way, line);
    }
    // Lines to both sides of the middle in turn, and both ways in turn: each has a number of its own.
    let zigzag = 2 * line.unsigned_abs() + u32::from(line < 0);
    let number = 2 * zigzag + u32::from(way == Way::WestEast);
    let stem = stem(seed, number % STEMS_OF_STREETS);
    match (class, way) {
        (RoadClass::Primary, _) => stem.with("大道", "Avenue"),
        (_, Way::WestEast) => stem.with("路", "Road"),
        (_, Way::SouthNorth) => stem.with("街", "Street"),
    }
}

fn known_street(way: Way, line: i32) -> Option<Name> {
    match (way, line) {
        (Way::SouthNorth, 0) => Some(Name::new("云湖中央大道", "Yunhu Central Avenue")),
        (Way::WestEast, 1) => Some(Name::new("望湖大道", "Wanghu Avenue")),
        (Way::WestEast, -2) => Some(Name::new("滨河北路", "Binhe North Road")),
        (Way::WestEast, -3) => Some(Name::new("滨河南路", "Binhe South Road")),
        _ => None,
    }
}

/// Expressways are called after their side and their ring.
fn ring_name(way: Way, line: i32) -> Name {
    let (side, side_en) = match (way, line > 0) {
        (Way::SouthNorth, true) => ("东", "East"),
        (Way::SouthNorth, false) => ("西", "West"),
        (Way::WestEast, true) => ("北", "North"),
        (Way::WestEast, false) => ("南", "South"),
    };
    let ring = line.unsigned_abs() / 12 + 1;
    if ring == 1 {
        Name::new(
            format!("{side}环快速路"),
            format!("{side_en} Ring Expressway"),
        )
    } else {
        Name::new(
            format!("{side}{}环快速路", numeral(ring)),
            format!("{side_en} Ring Expressway {ring}"),
        )
    }
}

/// A small number in Chinese numerals: 一 to 九十九; digits beyond.
pub(crate) fn numeral(number: u32) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |at: u32| DIGITS.get(at as usize).copied().unwrap_or_default();
    match number {
        0 => "零".to_owned(),
        1..=9 => digit(number).to_owned(),
        10..=19 => format!("十{}", digit(number % 10)),
        20..=99 => format!("{}十{}", digit(number / 10), digit(number % 10)),
        _ => number.to_string(),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_ascii_uppercase().to_string() + letters.as_str()
    })
}

/// First characters of stems.
const FIRST: [(&str, &str); 60] = [
    ("云", "yun"),
    ("锦", "jin"),
    ("华", "hua"),
    ("瑞", "rui"),
    ("祥", "xiang"),
    ("安", "an"),
    ("康", "kang"),
    ("宁", "ning"),
    ("和", "he"),
    ("德", "de"),
    ("仁", "ren"),
    ("义", "yi"),
    ("文", "wen"),
    ("明", "ming"),
    ("清", "qing"),
    ("晨", "chen"),
    ("星", "xing"),
    ("月", "yue"),
    ("兰", "lan"),
    ("竹", "zhu"),
    ("梅", "mei"),
    ("菊", "ju"),
    ("松", "song"),
    ("柏", "bai"),
    ("桂", "gui"),
    ("枫", "feng"),
    ("荷", "he"),
    ("莲", "lian"),
    ("翠", "cui"),
    ("碧", "bi"),
    ("青", "qing"),
    ("紫", "zi"),
    ("金", "jin"),
    ("银", "yin"),
    ("玉", "yu"),
    ("珠", "zhu"),
    ("凤", "feng"),
    ("龙", "long"),
    ("鹤", "he"),
    ("燕", "yan"),
    ("春", "chun"),
    ("秋", "qiu"),
    ("丰", "feng"),
    ("永", "yong"),
    ("长", "chang"),
    ("福", "fu"),
    ("禄", "lu"),
    ("嘉", "jia"),
    ("景", "jing"),
    ("秀", "xiu"),
    ("雅", "ya"),
    ("静", "jing"),
    ("朝", "zhao"),
    ("虹", "hong"),
    ("霞", "xia"),
    ("霖", "lin"),
    ("雪", "xue"),
    ("凌", "ling"),
    ("澄", "cheng"),
    ("启", "qi"),
];
/// Second characters of stems; none is a first one.
const SECOND: [(&str, &str); 60] = [
    ("湖", "hu"),
    ("溪", "xi"),
    ("泉", "quan"),
    ("江", "jiang"),
    ("海", "hai"),
    ("山", "shan"),
    ("岭", "ling"),
    ("峰", "feng"),
    ("谷", "gu"),
    ("原", "yuan"),
    ("林", "lin"),
    ("园", "yuan"),
    ("苑", "yuan"),
    ("庭", "ting"),
    ("居", "ju"),
    ("庄", "zhuang"),
    ("桥", "qiao"),
    ("津", "jin"),
    ("洲", "zhou"),
    ("浦", "pu"),
    ("湾", "wan"),
    ("塘", "tang"),
    ("源", "yuan"),
    ("渊", "yuan"),
    ("川", "chuan"),
    ("阳", "yang"),
    ("光", "guang"),
    ("辉", "hui"),
    ("韵", "yun"),
    ("波", "bo"),
    ("涛", "tao"),
    ("帆", "fan"),
    ("舟", "zhou"),
    ("塔", "ta"),
    ("亭", "ting"),
    ("台", "tai"),
    ("楼", "lou"),
    ("阁", "ge"),
    ("坊", "fang"),
    ("城", "cheng"),
    ("乡", "xiang"),
    ("野", "ye"),
    ("田", "tian"),
    ("禾", "he"),
    ("麦", "mai"),
    ("花", "hua"),
    ("叶", "ye"),
    ("枝", "zhi"),
    ("根", "gen"),
    ("香", "xiang"),
    ("歌", "ge"),
    ("舞", "wu"),
    ("诗", "shi"),
    ("画", "hua"),
    ("书", "shu"),
    ("墨", "mo"),
    ("弦", "xian"),
    ("远", "yuan"),
    ("致", "zhi"),
    ("新", "xin"),
];
/// What comes before a stem when the pairs are used up.
const PREFIX: [(&str, &str); 18] = [
    ("东", "dong"),
    ("南", "nan"),
    ("西", "xi"),
    ("北", "bei"),
    ("上", "shang"),
    ("中", "zhong"),
    ("下", "xia"),
    ("大", "da"),
    ("小", "xiao"),
    ("前", "qian"),
    ("后", "hou"),
    ("内", "nei"),
    ("外", "wai"),
    ("左", "zuo"),
    ("右", "you"),
    ("老", "lao"),
    ("古", "gu"),
    ("平", "ping"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn no_stem_comes_twice() {
        for seed in [1, 77] {
            let stems: BTreeSet<String> = (0..30_000).map(|n| stem(seed, n).zh).collect();
            assert_eq!(stems.len(), 30_000);
        }
    }

    #[test]
    fn streets_of_a_large_district_have_names_of_their_own() {
        let mut names = BTreeSet::new();
        for line in -70..70 {
            for way in [Way::SouthNorth, Way::WestEast] {
                let name = street_name(3, way, line, RoadClass::of(way, line));
                assert!(names.insert(name.zh.clone()), "{} comes twice", name.zh);
            }
        }
    }

    #[test]
    fn numerals_and_names_are_written_as_people_write_them() {
        assert_eq!(
            [3, 10, 14, 20, 37].map(numeral),
            ["三", "十", "十四", "二十", "三十七"]
        );
        assert_eq!(stem(0, 0), Name::new("云湖", "Yunhu"));
    }
}
