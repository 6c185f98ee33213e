//! Which version of a field holds: the rule, and nothing else.
//!
//! When two people change the same field, both versions are kept and the later one holds; different fields hold side
//! by side. "Later" is the greater (moment, identity), so that every hub and every order of arrival agrees.

use cim_model::{EventLevel, EventStatus, UtcMillis};
use serde_json::{Map, Value};

/// One edit: fields and their new values, with what decides among edits.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Edit {
    pub(super) id: String,
    pub(super) desk: String,
    pub(super) author: String,
    pub(super) ordered_at: UtcMillis,
    pub(super) seq: u64,
    pub(super) changes: Map<String, Value>,
}

impl Edit {
    fn rank(&self) -> (UtcMillis, &str) {
        (self.ordered_at, &self.id)
    }

    /// The fields for which nothing later than this edit stands among `others`.
    pub(super) fn fields_that_hold<'e>(&'e self, others: &[Self]) -> Vec<(&'e str, &'e Value)> {
        let beaten = |field: &String| {
            others
                .iter()
                .any(|other| other.changes.contains_key(field) && other.rank() > self.rank())
        };
        self.changes
            .iter()
            .filter(|(field, _)| !beaten(field))
            .map(|(field, value)| (field.as_str(), value))
            .collect()
    }

    /// Whether each field has the value that this edit gave it, `others` considered.
    pub(super) fn holds(&self, others: &[Self]) -> bool {
        self.changes.iter().all(|(field, value)| {
            let latest = others
                .iter()
                .filter(|other| other.changes.contains_key(field))
                .max_by(|one, other| one.rank().cmp(&other.rank()));
            latest.is_none_or(|latest| {
                latest.rank() <= self.rank() || latest.changes.get(field) == Some(value)
            })
        })
    }

    /// The edits of other desks or people that gave a common field another value, and that the author had not seen when
    /// the newest change that he saw was `base`.
    pub(super) fn conflicts<'o>(&self, base: Option<u64>, others: &'o [Self]) -> Vec<&'o Self> {
        let unseen = |other: &Self| base.is_none_or(|base| other.seq > base);
        let foreign = |other: &Self| other.desk != self.desk || other.author != self.author;
        let differs = |other: &Self| {
            self.changes.iter().any(|(field, value)| {
                other
                    .changes
                    .get(field)
                    .is_some_and(|theirs| theirs != value)
            })
        };
        others
            .iter()
            .filter(|other| {
                other.id != self.id && unseen(other) && foreign(other) && differs(other)
            })
            .collect()
    }
}

/// Whether `changes` may be made to an event, or which field may not and why.
pub(super) fn check_event_changes(changes: &Map<String, Value>) -> Result<(), String> {
    if changes.is_empty() {
        return Err("body.changes names no field".to_owned());
    }
    for (field, value) in changes {
        let problem = match field.as_str() {
            "title" => text_problem(value).or_else(|| {
                let empty = value.as_str().is_some_and(|text| text.trim().is_empty());
                empty.then_some("a title is expected")
            }),
            "description" | "category" | "note" => text_problem(value),
            "level" => (value.as_str().and_then(EventLevel::from_numeral).is_none())
                .then_some("I, II, III or IV is expected"),
            "status" => (value.as_str().and_then(EventStatus::from_word).is_none())
                .then_some("reported, handling or closed is expected"),
            "lon" => degrees_problem(value, 180.0),
            "lat" => degrees_problem(value, 90.0),
            _ => Some("this field of an event cannot be changed"),
        };
        if let Some(problem) = problem {
            return Err(format!("body.changes.{field}: {problem}"));
        }
    }
    Ok(())
}

fn text_problem(value: &Value) -> Option<&'static str> {
    value.as_str().is_none().then_some("a text is expected")
}

fn degrees_problem(value: &Value, most: f64) -> Option<&'static str> {
    let good = value.as_f64().is_some_and(|degrees| degrees.abs() <= most);
    (!good).then_some("degrees on the earth are expected")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn edit(id: &str, desk: &str, moment: i64, seq: u64, changes: Value) -> Edit {
        Edit {
            id: id.to_owned(),
            desk: desk.to_owned(),
            author: format!("officer at {desk}"),
            ordered_at: UtcMillis(moment),
            seq,
            changes: changes.as_object().cloned().expect("an object"),
        }
    }

    #[expect(
        clippy::fn_params_excessive_bools,
        reason = "the calls read as a table: conflict, holds"
    )]
    #[track_caller]
    fn check(new: &Edit, base: Option<u64>, other: &Edit, conflict: bool, holds: bool) {
        let others = [other.clone()];
        assert_eq!(
            !new.conflicts(base, &others).is_empty(),
            conflict,
            "conflict"
        );
        assert_eq!(new.holds(&others), holds, "holds");
    }

    #[test]
    fn the_same_field_with_another_value_is_a_conflict_and_the_later_one_holds() {
        let first = edit("a", "east", 10, 4, json!({"status": "handling"}));
        let later = edit("b", "west", 20, 0, json!({"status": "closed"}));
        let sooner = edit("b", "west", 5, 0, json!({"status": "closed"}));
        let same = edit("b", "west", 5, 0, json!({"status": "handling"}));
        let aside = edit("b", "west", 5, 0, json!({"note": "seen"}));
        check(&later, None, &first, true, true);
        check(&later, Some(3), &first, true, true);
        check(&later, Some(4), &first, false, true);
        check(&sooner, Some(3), &first, true, false);
        check(&same, Some(3), &first, false, true);
        check(&aside, Some(3), &first, false, true);
    }

    #[test]
    fn two_people_at_one_desk_can_disagree_and_one_person_cannot() {
        let first = edit("a", "east", 10, 4, json!({"status": "handling"}));
        let mut second = edit("b", "east", 20, 0, json!({"status": "closed"}));
        check(&second, Some(3), &first, false, true);
        second.author = "the night shift".to_owned();
        check(&second, Some(3), &first, true, true);
    }

    #[test]
    fn at_the_same_moment_the_greater_identity_holds() {
        let first = edit("a", "east", 10, 4, json!({"status": "handling"}));
        let second = edit("b", "west", 10, 0, json!({"status": "closed"}));
        assert!(second.holds(std::slice::from_ref(&first)));
        assert!(!first.holds(std::slice::from_ref(&second)));
        assert_eq!(first.fields_that_hold(std::slice::from_ref(&second)), []);
        assert_eq!(second.fields_that_hold(&[first]).len(), 1);
    }

    #[test]
    fn only_known_fields_with_known_words_go_into_an_event() {
        for (changes, place) in [
            (json!({"status": "lost"}), "status"),
            (json!({"level": "V"}), "level"),
            (json!({"title": " "}), "title"),
            (json!({"note": 7}), "note"),
            (json!({"lat": 91}), "lat"),
            (json!({"lon": "east"}), "lon"),
            (json!({"known_at": "2026-01-01T00:00:00Z"}), "known_at"),
        ] {
            let changes = changes.as_object().expect("an object");
            let problem = check_event_changes(changes).expect_err("refused");
            assert!(
                problem.starts_with(&format!("body.changes.{place}:")),
                "{problem}"
            );
        }
        let good = json!({"status": "closed", "level": "I", "title": "水管爆裂", "note": "", "lon": 121.4, "lat": -31});
        assert_eq!(
            check_event_changes(good.as_object().expect("an object")),
            Ok(())
        );
    }
}
