//! The tables of the event desk, as they ship: roles, deadlines, the working calendar, categories, departments.

use crate::wire::{CaseCategoryDto, CasePartyDto, CaseRoleDto};
use cim_event::{
    Calendar, CategoryKind, CategoryRow, CategoryTable, Deadlines, Fault, Move, Party, PartyKind,
    Roles, Scope, Words,
};
use serde::Deserialize;
use std::collections::BTreeMap;

const ROLES: &str = include_str!("../../../../assets/codes/roles.toml");
const CALENDAR: &str = include_str!("../../../../assets/codes/calendar.toml");
const DEADLINES: &str = include_str!("../../../../assets/codes/deadlines.toml");
const CATEGORIES: &str = include_str!("../../../../assets/codes/categories.toml");
const PARTIES: &str = include_str!("../../../../assets/codes/parties.toml");

/// The role in which whoever opens a desk acts first.
const FIRST_ROLE: &str = "duty_officer";
/// The role of rules: no person's.
const SYSTEM: &str = "system";

/// The tables.
#[derive(Debug)]
pub(crate) struct Tables {
    /// Who may do what.
    pub(crate) roles: Roles,
    /// Working time; `None` where the file cannot be read: then nothing is due.
    pub(crate) calendar: Option<Calendar>,
    /// How long each phase may take.
    pub(crate) deadlines: Deadlines,
    /// Categories of components and events.
    pub(crate) categories: CategoryTable,
    /// Departments, by identity.
    departments: BTreeMap<String, Words>,
    /// What is wrong with the files.
    pub(crate) problems: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartiesFile {
    #[serde(rename = "source")]
    _source: String,
    #[serde(default)]
    department: Vec<RawDepartment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDepartment {
    id: String,
    name: Words,
}

impl Default for Tables {
    fn default() -> Self {
        let (roles, in_roles) = Roles::read(ROLES, "roles.toml");
        let (calendar, in_calendar) = Calendar::read(CALENDAR, "calendar.toml");
        let (deadlines, in_deadlines) = Deadlines::read(DEADLINES, "deadlines.toml");
        let (categories, in_categories) = CategoryTable::read(CATEGORIES, "categories.toml");
        let faults = [in_roles, in_calendar, in_deadlines, in_categories];
        let mut problems: Vec<String> = faults.iter().flatten().map(Fault::to_string).collect();
        let departments = read_departments(PARTIES).unwrap_or_else(|problem| {
            problems.push(format!("parties.toml: {problem}"));
            BTreeMap::new()
        });
        Self {
            roles,
            calendar,
            deadlines,
            categories,
            departments,
            problems,
        }
    }
}

impl Tables {
    /// What the category that events carry as `word` is called; the word itself where no table has it.
    pub(crate) fn category_name(&self, word: &str, language: &str) -> String {
        self.categories.of_event(word).map_or_else(
            || word.to_owned(),
            |row| row.name.in_language(language).to_owned(),
        )
    }

    /// True when there is a role of this word that a person may act in.
    pub(crate) fn has_role(&self, role: &str) -> bool {
        role != SYSTEM && self.roles.rows().any(|row| row.id == role)
    }

    /// The role in which whoever opens a desk acts first.
    pub(crate) fn first_role(&self) -> String {
        let mut roles = self.roles.rows().filter(|row| row.id != SYSTEM);
        if self.has_role(FIRST_ROLE) {
            return FIRST_ROLE.to_owned();
        }
        roles.next().map(|row| row.id.clone()).unwrap_or_default()
    }

    /// The departments, by identity, named in `language`.
    pub(crate) fn departments(&self, language: &str) -> Vec<Party> {
        let departments = self.departments.iter();
        departments
            .map(|(id, name)| Party {
                kind: PartyKind::Department,
                id: id.clone(),
                name: name.in_language(language).to_owned(),
            })
            .collect()
    }

    /// The categories of events, without the major ones, for forms and filters.
    pub(crate) fn category_rows(&self, language: &str) -> Vec<CaseCategoryDto> {
        let rows = self.categories.rows();
        let own = rows.filter(|row| row.kind == CategoryKind::Event && !row.word.is_empty());
        own.map(|row| self.category_dto(row, language)).collect()
    }

    /// The roles that a person may act in.
    pub(crate) fn role_rows(&self, language: &str) -> Vec<CaseRoleDto> {
        let rows = self.roles.rows().filter(|row| row.id != SYSTEM);
        rows.map(|row| CaseRoleDto {
            id: row.id.clone(),
            name: row.name.in_language(language).to_owned(),
            needs_party: self.roles.scope(&row.id, Move::Receive) == Scope::Own,
        })
        .collect()
    }

    fn category_dto(&self, row: &CategoryRow, language: &str) -> CaseCategoryDto {
        let major = self.categories.major(row.kind, row.code);
        CaseCategoryDto {
            word: row.word.clone(),
            code: row.code.to_string(),
            name: row.name.in_language(language).to_owned(),
            group: major.map_or_else(String::new, |major| {
                major.name.in_language(language).to_owned()
            }),
        }
    }
}

/// A party as the wire has it.
pub(super) fn party_dto(party: &Party) -> CasePartyDto {
    CasePartyDto {
        kind: party.kind.as_str().to_owned(),
        id: party.id.clone(),
        name: party.name.clone(),
    }
}

fn read_departments(text: &str) -> Result<BTreeMap<String, Words>, toml::de::Error> {
    let file: PartiesFile = toml::from_str(text)?;
    let rows = file.department.into_iter();
    Ok(rows.map(|row| (row.id, row.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_that_ship_have_no_mistake() {
        let tables = Tables::default();
        assert_eq!(tables.problems, Vec::<String>::new());
        assert!(tables.calendar.is_some());
        assert_eq!(tables.first_role(), "duty_officer");
        assert!(tables.has_role("team") && !tables.has_role("system"));
        assert!(!tables.departments("en").is_empty());
        assert!(!tables.category_rows("zh-CN").is_empty());
    }

    #[test]
    fn a_category_is_called_by_its_name_and_one_that_nobody_knows_by_its_word() {
        let tables = Tables::default();
        assert_ne!(tables.category_name("gas_leak", "en"), "gas_leak");
        assert_eq!(tables.category_name("castle", "en"), "castle");
    }

    #[test]
    fn a_role_that_acts_on_its_own_cases_needs_a_party() {
        let rows = Tables::default().role_rows("en");
        let needs = |id: &str| rows.iter().any(|row| row.id == id && row.needs_party);
        assert!(needs("team") && needs("department"));
        assert!(!needs("duty_officer") && !needs("shift_leader"));
    }

    #[test]
    fn a_broken_table_of_departments_says_so() {
        assert!(read_departments("department = 5").is_err());
        assert!(read_departments("source = \"x\"\n").is_ok_and(|read| read.is_empty()));
    }
}
