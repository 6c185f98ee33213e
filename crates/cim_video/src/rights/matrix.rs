//! The rights of a policy as a table: who may do what with which cameras, cell by cell.

use super::{
    action::Action,
    policy::{Marks, Policy, Rule, Where},
};
use crate::words::words;
use serde::{Deserialize, Serialize};

words! {
    /// What stands in a cell.
    CellKind {
        /// Not allowed.
        No = "no",
        /// Allowed at any time and for anything.
        Yes = "yes",
        /// Allowed for some purposes, or at some hours.
        Conditional = "conditional",
        /// Forbidden by a denial, whatever is granted.
        Denied = "denied",
    }
}

/// One action in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The action.
    pub action: Action,
    /// Whether it is allowed.
    pub kind: CellKind,
    /// For what or when: purposes as they are, hours as `hours:<window>`, each word once.
    pub limits: Vec<String>,
}

/// One row: a role, a category, a grade and a part of the city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatrixRow {
    /// The role's word.
    pub role: String,
    /// The category's word.
    pub category: String,
    /// The grade's word.
    pub grade: String,
    /// `own`, `other`, or a named area's word: there, outside of the person's own area.
    pub area: String,
    /// A camera of this row that may not be listed is shown as denied; else it is not there.
    pub shows_denied: bool,
    /// Each action, in the order of [`Action::ALL`].
    pub cells: Vec<Cell>,
}

impl MatrixRow {
    /// The row in letters: small where it is allowed, a capital where only for a purpose or at some hours, `x` where it is
    /// denied, a dot where it is not allowed.
    pub fn letters(&self) -> String {
        let letter = |cell: &Cell| match cell.kind {
            CellKind::No => '.',
            CellKind::Yes => cell.action.letter(),
            CellKind::Conditional => cell.action.letter().to_ascii_uppercase(),
            CellKind::Denied => 'x',
        };
        self.cells.iter().map(letter).collect()
    }
}

impl Policy {
    /// Every cell: roles by their word, categories, grades and areas in their order.
    pub fn matrix(&self) -> Vec<MatrixRow> {
        let mut rows = Vec::new();
        for role in &self.roles {
            for (category, grade) in self.pairs() {
                for (area, place) in self.places() {
                    rows.extend(self.matrix_row(role, Marks { category, grade }, &area, place));
                }
            }
        }
        rows
    }

    fn pairs(&self) -> impl Iterator<Item = (u8, u8)> {
        let count = |rows: usize| u8::try_from(rows).unwrap_or(u8::MAX);
        let grades = count(self.grades.len());
        (0..count(self.categories.len()))
            .flat_map(move |category| (0..grades).map(move |grade| (category, grade)))
    }

    /// The parts of the city, with their words: named areas only where a rule names them.
    fn places(&self) -> Vec<(String, Where)> {
        let is_named = |row: usize| {
            let mut rules = self.rights.iter().chain(&self.denials);
            rules.any(|rule| rule.place == Where::Area(row))
        };
        let areas = self.areas.iter().enumerate();
        let named = areas
            .filter(|(row, _)| is_named(*row))
            .map(|(row, area)| (area.id.clone(), Where::Area(row)));
        [
            ("own".to_owned(), Where::Own),
            ("other".to_owned(), Where::Other),
        ]
        .into_iter()
        .chain(named)
        .collect()
    }

    fn matrix_row(&self, role: &str, marks: Marks, area: &str, place: Where) -> Option<MatrixRow> {
        let grade = self.grade_of(marks)?;
        let cells = Action::ALL
            .iter()
            .map(|action| self.cell(role, marks, place, *action))
            .collect();
        Some(MatrixRow {
            role: role.to_owned(),
            category: self.category_of(marks)?.id.clone(),
            grade: grade.id.clone(),
            area: area.to_owned(),
            shows_denied: grade.shows_denied,
            cells,
        })
    }

    fn cell(&self, role: &str, marks: Marks, place: Where, action: Action) -> Cell {
        let fits = |rule: &&Rule| {
            rule.actions.has(action) && rule.covers(role, marks) && is_at(rule.place, place)
        };
        let is_plain = |rule: &Rule| rule.window.is_none() && rule.purposes.is_empty();
        if self.denials.iter().filter(fits).any(is_plain) {
            return Cell {
                action,
                kind: CellKind::Denied,
                limits: Vec::new(),
            };
        }
        let rights: Vec<&Rule> = self.rights.iter().filter(fits).collect();
        let mut limits: Vec<String> = Vec::new();
        if !rights.iter().any(|rule| is_plain(rule)) {
            limits.extend(rights.iter().flat_map(|rule| self.limits_of(rule, "")));
        }
        if !rights.is_empty() {
            let denials = self.denials.iter().filter(fits);
            limits.extend(denials.flat_map(|rule| self.limits_of(rule, "not:")));
        }
        limits.sort_unstable();
        limits.dedup();
        let kind = match (rights.is_empty(), limits.is_empty()) {
            (true, _) => CellKind::No,
            (false, true) => CellKind::Yes,
            (false, false) => CellKind::Conditional,
        };
        Cell {
            action,
            kind,
            limits,
        }
    }

    /// The purposes and hours of a rule, as words.
    fn limits_of(&self, rule: &Rule, before: &str) -> Vec<String> {
        let hours = self
            .window_of(rule)
            .map(|window| format!("{before}hours:{}", window.id));
        rule.purposes
            .iter()
            .map(|word| format!("{before}{word}"))
            .chain(hours)
            .collect()
    }
}

/// True when a rule for `of` holds in the part `place` of the table.
fn is_at(of: Where, place: Where) -> bool {
    match of {
        Where::Any => true,
        // A named area's row shows what holds there outside of the person's own area.
        Where::Other => matches!(place, Where::Other | Where::Area(_)),
        Where::Own | Where::Area(_) => of == place,
    }
}

#[cfg(test)]
#[path = "matrix_tests.rs"]
mod tests;
