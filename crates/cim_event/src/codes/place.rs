//! Administrative divisions (GB/T 2260 and GB/T 10114) and grid cells (15 digits: division 6, street 3, community 3,
//! cell 3, as Beijing has them; second-hand).

use super::{CodeFault, digits};
use crate::reading::{Fault, Sheet, Words};
use serde::Deserialize;
use std::{collections::BTreeMap, fmt, str::FromStr};

/// What a division code names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DivisionLevel {
    /// 省, 2 digits.
    Province,
    /// 市, 4 digits.
    City,
    /// 区县, 6 digits.
    County,
    /// 街道, 乡镇, 9 digits.
    Street,
    /// 社区, 村, 12 digits.
    Community,
}

/// The code of an administrative division, without the zeros that fill it up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DivisionCode(String);

impl DivisionCode {
    /// Its digits, without the zeros that fill it up.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it names.
    pub fn level(&self) -> DivisionLevel {
        match self.0.len() {
            2 => DivisionLevel::Province,
            4 => DivisionLevel::City,
            6 => DivisionLevel::County,
            9 => DivisionLevel::Street,
            _ => DivisionLevel::Community,
        }
    }

    /// The division that it lies in.
    pub fn parent(&self) -> Option<Self> {
        let length = match self.level() {
            DivisionLevel::Province => return None,
            DivisionLevel::City => 2,
            DivisionLevel::County => 4,
            DivisionLevel::Street => 6,
            DivisionLevel::Community => 9,
        };
        Some(Self(self.0.get(..length)?.to_owned()))
    }

    /// True when it is `other`, or lies in it.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }

    /// Filled up with zeros to six digits or twelve, as tables write it.
    pub fn padded(&self) -> String {
        let width = if self.0.len() <= 6 { 6 } else { 12 };
        format!("{:0<width$}", self.0)
    }
}

impl FromStr for DivisionCode {
    type Err = CodeFault;

    fn from_str(text: &str) -> Result<Self, CodeFault> {
        let code = digits(text, &[2, 4, 6, 9, 12], "2, 4, 6, 9 or 12")?;
        // 11 华北 … 82 澳门: the first digit is the region, 1 to 8.
        if !code.starts_with(['1', '2', '3', '4', '5', '6', '7', '8']) {
            return Err(CodeFault::BadPart {
                code: code.to_owned(),
                part: "the province",
                found: code.get(..2).unwrap_or_default().to_owned(),
            });
        }
        // Whole groups of zeros at the end only fill up; a street of county 320400 would have no county.
        let mut bare = code;
        for (length, shorter) in [(12, 9), (9, 6), (6, 4), (4, 2)] {
            let is_filled = bare.len() == length
                && bare
                    .get(shorter..)
                    .is_some_and(|rest| rest.bytes().all(|digit| digit == b'0'));
            if is_filled {
                bare = bare.get(..shorter).unwrap_or(bare);
            }
        }
        Ok(Self(bare.to_owned()))
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The code of a grid cell 网格.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GridCode(String);

impl GridCode {
    /// Its fifteen digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The county 区县.
    pub fn county(&self) -> &str {
        self.0.get(..6).unwrap_or_default()
    }

    /// The street 街道: nine digits.
    pub fn street(&self) -> &str {
        self.0.get(..9).unwrap_or_default()
    }

    /// The community 社区: twelve digits.
    pub fn community(&self) -> &str {
        self.0.get(..12).unwrap_or_default()
    }

    /// True when it lies in the division.
    pub fn is_within(&self, division: &DivisionCode) -> bool {
        self.0.starts_with(division.as_str())
    }
}

impl FromStr for GridCode {
    type Err = CodeFault;

    fn from_str(text: &str) -> Result<Self, CodeFault> {
        let code = digits(text, &[15], "15")?;
        let bad = |part: &'static str, found: &str| CodeFault::BadPart {
            code: code.to_owned(),
            part,
            found: found.to_owned(),
        };
        if code.starts_with(['0', '9']) {
            return Err(bad("the province", code.get(..2).unwrap_or_default()));
        }
        for (part, at) in [("the street", 6), ("the community", 9), ("the cell", 12)] {
            if code.get(at..at + 3) == Some("000") {
                return Err(bad(part, "000"));
            }
        }
        Ok(Self(code.to_owned()))
    }
}

impl fmt::Display for GridCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The names of divisions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Divisions {
    names: BTreeMap<DivisionCode, Words>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDivision {
    code: String,
    name: Words,
}

impl Divisions {
    /// The names in `text`, which is the file `file`, and what is wrong in it.
    pub fn read(text: &str, file: &str) -> (Self, Vec<Fault>) {
        let mut sheet = Sheet::new(text, file);
        sheet.only(&["source", "division"]);
        let mut table = Self::default();
        for (line, raw) in sheet.rows::<RawDivision>("division") {
            match raw.code.parse::<DivisionCode>() {
                Ok(code) => {
                    table.names.insert(code, raw.name);
                }
                Err(fault) => sheet.tell(line, "division", fault.to_string()),
            }
        }
        (table, sheet.faults)
    }

    /// The name of a division, if the table has it.
    pub fn name(&self, code: &DivisionCode) -> Option<&Words> {
        self.names.get(code)
    }

    /// The names of a division and of those that it lies in, the widest first, as far as the table has them.
    pub fn path(&self, code: &DivisionCode) -> Vec<&Words> {
        let mut path = Vec::new();
        let mut at = Some(code.clone());
        while let Some(code) = at {
            path.extend(self.names.get(&code));
            at = code.parent();
        }
        path.reverse();
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(&str, DivisionLevel), &str>) {
        let code = text.parse::<DivisionCode>();
        let told = code
            .as_ref()
            .map(|code| (code.as_str(), code.level()))
            .map_err(ToString::to_string);
        assert_eq!(told, expected.map_err(str::to_owned));
    }

    #[test]
    fn division_codes_are_read_with_and_without_filling_zeros() {
        check("32", Ok(("32", DivisionLevel::Province)));
        check("320000", Ok(("32", DivisionLevel::Province)));
        check("320300", Ok(("3203", DivisionLevel::City)));
        check("320412", Ok(("320412", DivisionLevel::County)));
        check(" 320412001 ", Ok(("320412001", DivisionLevel::Street)));
        check("320412001000", Ok(("320412001", DivisionLevel::Street)));
        check(
            "320412001002",
            Ok(("320412001002", DivisionLevel::Community)),
        );
        check("3204", Ok(("3204", DivisionLevel::City)));
        check(
            "32041",
            Err("`32041` has 5 digits; 2, 4, 6, 9 or 12 are expected"),
        );
        check(
            "32O412",
            Err("`32O412` holds something else than the digits 0 to 9"),
        );
        check("990000", Err("`990000`: the province cannot be 99"));
    }

    #[test]
    fn a_division_knows_what_it_lies_in() {
        let code: DivisionCode = "320412001002".parse().unwrap();
        let city: DivisionCode = "320400".parse().unwrap();
        assert!(code.is_within(&city) && !city.is_within(&code));
        assert_eq!(city.padded(), "320400");
        assert_eq!(
            code.parent().map(|parent| parent.padded()),
            Some("320412001000".to_owned())
        );
        let text = include_str!("../../../../assets/codes/divisions.toml");
        let (table, faults) = Divisions::read(text, "divisions.toml");
        assert_eq!(faults, []);
        let path: Vec<&str> = table
            .path(&code)
            .into_iter()
            .map(|words| words.zh.as_str())
            .collect();
        assert_eq!(path, ["江苏省", "常州市", "武进区"]);
        assert_eq!(table.name(&code), None);
        assert_eq!(
            table.name(&city).map(|words| words.in_language("en")),
            Some("Changzhou")
        );
    }

    #[test]
    fn grid_codes_have_fifteen_digits_and_no_empty_part() {
        let code: GridCode = "320412001002003".parse().unwrap();
        assert_eq!(code.county(), "320412");
        assert_eq!(code.street(), "320412001");
        assert_eq!(code.community(), "320412001002");
        assert_eq!(code.to_string(), code.as_str());
        assert!(code.is_within(&"3204".parse().unwrap()));
        let check = |text: &str, reason: &str| {
            let fault = text.parse::<GridCode>().unwrap_err().to_string();
            assert!(fault.contains(reason), "{fault}");
        };
        check("32041200100200", "14 digits");
        check("320412000002003", "the street cannot be 000");
        check("320412001002000", "the cell cannot be 000");
        check("020412001002003", "the province");
        check("网格", "digits 0 to 9");
    }
}
