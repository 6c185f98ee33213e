//! Who may do what: roles as data, and the check of an act before it becomes a step. A refusal says why.

use crate::{
    case::{Act, Body, Case, CaseState, Step, belongs},
    flow::{Move, Stage, next, row},
    reading::{Fault, Sheet, Words},
};
use cim_model::UtcMillis;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Somebody at a desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The name that is written down.
    pub name: String,
    /// The role in which they act, for instance `duty_officer`.
    pub role: String,
    /// The department, team or person for whom they act.
    pub party: Option<String>,
}

/// On which cases a role may make a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// On none.
    No,
    /// On those given to its own party.
    Own,
    /// On all.
    Any,
}

/// A role and what it may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleRow {
    /// Its word.
    pub id: String,
    /// What people call it.
    pub name: Words,
    /// What it may do to any case.
    pub any: BTreeSet<Move>,
    /// What it may do to cases of its own party.
    pub own: BTreeSet<Move>,
}

/// The roles of a city.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    rows: BTreeMap<String, RoleRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRole {
    id: String,
    name: Words,
    #[serde(default)]
    any: Vec<String>,
    #[serde(default)]
    own: Vec<String>,
}

impl Roles {
    /// The roles in `text`, which is the file `file`, and what is wrong in it.
    pub fn read(text: &str, file: &str) -> (Self, Vec<Fault>) {
        let mut sheet = Sheet::new(text, file);
        sheet.only(&["source", "role"]);
        let mut roles = Self::default();
        for (line, raw) in sheet.rows::<RawRole>("role") {
            let any = moves_of(&mut sheet, line, &raw.any);
            let own = moves_of(&mut sheet, line, &raw.own);
            let row = RoleRow {
                id: raw.id.clone(),
                name: raw.name,
                any,
                own,
            };
            if roles.rows.insert(raw.id.clone(), row).is_some() {
                sheet.tell(
                    line,
                    "role",
                    format!("`{}` stands twice; this one holds", raw.id),
                );
            }
        }
        (roles, sheet.faults)
    }

    /// Every role, by its word.
    pub fn rows(&self) -> impl Iterator<Item = &RoleRow> {
        self.rows.values()
    }

    /// On which cases `role` may make `movement`. A role that nobody knows may do nothing.
    pub fn scope(&self, role: &str, movement: Move) -> Scope {
        match self.rows.get(role) {
            Some(row) if row.any.contains(&movement) => Scope::Any,
            Some(row) if row.own.contains(&movement) => Scope::Own,
            _ => Scope::No,
        }
    }
}

/// The moves that `words` name: `*` is all of them, `-word` takes one out again.
fn moves_of(sheet: &mut Sheet<'_>, line: u32, words: &[String]) -> BTreeSet<Move> {
    let mut moves = BTreeSet::new();
    for word in words {
        if word == "*" {
            moves.extend(Move::ALL.iter().copied());
            continue;
        }
        let (bare, is_out) = word
            .strip_prefix('-')
            .map_or((word.as_str(), false), |bare| (bare, true));
        match Move::from_word(bare) {
            Some(found) if is_out => {
                moves.remove(&found);
            }
            Some(found) => {
                moves.insert(found);
            }
            None => sheet.tell(line, "role", format!("`{bare}` is no move")),
        }
    }
    moves
}

/// What the plan of an event's type asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Closing needs something that shows that it was done.
    pub needs_evidence: bool,
    /// Closing needs a word of whoever reported it.
    pub needs_rating: bool,
    /// How often more time may be given.
    pub most_extensions: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            needs_evidence: false,
            needs_rating: false,
            most_extensions: 2,
        }
    }
}

/// Why an act is not allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The stage does not allow it.
    #[error("`{}` is not possible while the case is {}", .movement.as_str(), .stage.as_str())]
    NotNow {
        /// The move.
        movement: Move,
        /// The stage.
        stage: Stage,
    },
    /// The role does not allow it.
    #[error("the role `{role}` may not `{}`", .movement.as_str())]
    NotYours {
        /// The move.
        movement: Move,
        /// The role.
        role: String,
    },
    /// The role may do it to the cases of its own party only.
    #[error("the case is given to `{holder}`, not to `{party}`")]
    NotYourCase {
        /// Whoever the case is given to; empty when to nobody.
        holder: String,
        /// For whom it was tried; empty when for nobody.
        party: String,
    },
    /// It says nothing without a reason.
    #[error("`{}` needs a reason", .movement.as_str())]
    NoReason {
        /// The move.
        movement: Move,
    },
    /// A field of it is wrong.
    #[error("{field} {reason}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The plan asks for something that shows that it was done.
    #[error("closing needs evidence: attach a picture or a document that shows that it was done")]
    NoEvidence,
    /// The plan asks for a word of whoever reported it.
    #[error("closing needs a rating by whoever reported it")]
    NoRating,
    /// More time was given too often.
    #[error("more time was given {times} times already")]
    TooManyExtensions {
        /// How often.
        times: u32,
    },
    /// It changes nothing.
    #[error("`{}` would change nothing", .movement.as_str())]
    NothingChanges {
        /// The move.
        movement: Move,
    },
    /// It names a case that is not there.
    #[error("there is no case `{case}`")]
    NoSuchCase {
        /// The case that is named.
        case: String,
    },
    /// A case cannot be part of itself, however far around.
    #[error("`{case}` would become part of itself")]
    Circle {
        /// The case that is named.
        case: String,
    },
}

impl Refusal {
    /// Its word, for texts in the desk's language.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NotNow { .. } => "not_now",
            Self::NotYours { .. } => "not_yours",
            Self::NotYourCase { .. } => "not_your_case",
            Self::NoReason { .. } => "no_reason",
            Self::Field { .. } => "field",
            Self::NoEvidence => "no_evidence",
            Self::NoRating => "no_rating",
            Self::TooManyExtensions { .. } => "too_many_extensions",
            Self::NothingChanges { .. } => "nothing_changes",
            Self::NoSuchCase { .. } => "no_such_case",
            Self::Circle { .. } => "circle",
        }
    }
}

/// The step that `actor` makes with `act` at `at`, or why not. Whether other cases that it names are there is checked by
/// [`Cases::allowed`](crate::Cases::allowed).
pub fn allowed(
    case: &Case,
    act: Act,
    actor: &Actor,
    at: UtcMillis,
    roles: &Roles,
    terms: Terms,
) -> Result<Step, Refusal> {
    let state = case.state();
    let movement = act.movement();
    check_right(state, movement, actor, roles)?;
    if next(state.stage, movement, state.former).is_none() {
        return Err(Refusal::NotNow {
            movement,
            stage: state.stage,
        });
    }
    let needs_reason = row(movement).is_some_and(|row| row.needs_reason);
    if needs_reason && act.reason().is_none_or(|reason| reason.trim().is_empty()) {
        return Err(Refusal::NoReason { movement });
    }
    if let Some((field, reason)) = act.fault() {
        return Err(Refusal::Field { field, reason });
    }
    check_terms(state, movement, terms)?;
    let step = Step {
        // One person does one thing to one case at a time.
        id: format!("{}#{}#{}#{}", case.id(), movement.verb(), actor.name, at.0),
        at,
        known_at: at,
        author: actor.name.clone(),
        body: Body {
            role: actor.role.clone(),
            party: actor.party.clone(),
            act,
        },
    };
    if state.would_change(&step) {
        Ok(step)
    } else {
        Err(Refusal::NothingChanges { movement })
    }
}

fn check_right(
    state: &CaseState,
    movement: Move,
    actor: &Actor,
    roles: &Roles,
) -> Result<(), Refusal> {
    match roles.scope(&actor.role, movement) {
        Scope::Any => Ok(()),
        Scope::No => Err(Refusal::NotYours {
            movement,
            role: actor.role.clone(),
        }),
        Scope::Own => {
            let holder = state
                .assignment
                .as_ref()
                .map_or("", |assignment| assignment.party.id.as_str());
            let party = actor.party.as_deref().unwrap_or_default();
            if belongs(holder, party) {
                return Ok(());
            }
            Err(Refusal::NotYourCase {
                holder: holder.to_owned(),
                party: party.to_owned(),
            })
        }
    }
}

fn check_terms(state: &CaseState, movement: Move, terms: Terms) -> Result<(), Refusal> {
    match movement {
        Move::Close if terms.needs_evidence && !state.has_evidence() => Err(Refusal::NoEvidence),
        Move::Close if terms.needs_rating && state.rating.is_none() => Err(Refusal::NoRating),
        Move::Extend => {
            let times = u32::try_from(state.extensions.len()).unwrap_or(u32::MAX);
            if times < terms.most_extensions {
                return Ok(());
            }
            Err(Refusal::TooManyExtensions { times })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::case::{
        Applied,
        tests::{STRAIGHT, act, case, photo, step},
    };

    /// The roles that ship.
    pub(crate) fn shipped() -> Roles {
        let text = include_str!("../../../assets/codes/roles.toml");
        let (roles, faults) = Roles::read(text, "roles.toml");
        assert_eq!(faults, []);
        roles
    }

    pub(crate) fn actor(role: &str, party: Option<&str>) -> Actor {
        Actor {
            name: "Wang".to_owned(),
            role: role.to_owned(),
            party: party.map(str::to_owned),
        }
    }

    /// Which of the moves each role that ships may make, on cases of its own party (`o`) and on all (`a`).
    #[test]
    fn the_roles_that_ship_may_do_what_their_work_is() {
        let roles = shipped();
        let check = |role: &str, expected: &str| {
            let may: String = Move::ALL
                .iter()
                .map(|one| match roles.scope(role, *one) {
                    Scope::No => '.',
                    Scope::Own => 'o',
                    Scope::Any => 'a',
                })
                .collect();
            assert_eq!(may, expected, "{role}");
        };
        check("duty_officer", "aaaa.a...a.aaaaaa.aaaaaaaaaaa");
        check("shift_leader", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        check("leader_on_duty", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        check("department", "aa.oooo...o............aaa...");
        check("team", "aa..ooo...o............aa....");
        check("grid_worker", "aa..ooo...oaa..........aaa...");
        check("hotline", "aa...........a.........aa....");
        check("system", "aa................a....aaa...");
        check("nobody", &".".repeat(29));
    }

    #[track_caller]
    fn check(
        moves: &[Move],
        movement: Move,
        (role, party): (&str, Option<&str>),
        expected: Result<(), &str>,
    ) {
        let mut case = case(moves);
        let made = allowed(
            &case,
            act(movement),
            &actor(role, party),
            UtcMillis(90_000_000),
            &shipped(),
            Terms::default(),
        );
        let told = made.as_ref().map(|_| ()).map_err(Refusal::as_str);
        assert_eq!(told, expected, "{role} {}", movement.as_str());
        if let Ok(step) = made {
            assert_eq!(case.apply(step), Ok(Applied::Changed));
        }
    }

    #[test]
    fn each_move_asks_for_its_stage_its_role_and_its_party() {
        let officer = ("duty_officer", None);
        let water = ("department", Some("water"));
        let parks = ("department", Some("parks"));
        check(&STRAIGHT[..1], Move::Register, officer, Ok(()));
        check(&STRAIGHT[..1], Move::Assign, officer, Err("not_now"));
        check(&STRAIGHT[..2], Move::Assign, officer, Ok(()));
        check(&STRAIGHT[..3], Move::Receive, officer, Err("not_yours"));
        check(&STRAIGHT[..3], Move::Receive, water, Ok(()));
        check(&STRAIGHT[..3], Move::Receive, parks, Err("not_your_case"));
        check(&STRAIGHT[..4], Move::Return, water, Ok(()));
        check(&STRAIGHT[..6], Move::Verify, ("grid_worker", None), Ok(()));
        check(&STRAIGHT[..6], Move::Verify, water, Err("not_yours"));
        check(&STRAIGHT[..7], Move::Close, officer, Ok(()));
        check(
            &STRAIGHT[..3],
            Move::Receive,
            ("department", None),
            Err("not_your_case"),
        );
    }

    #[test]
    fn a_move_without_its_reason_is_refused() {
        let made = allowed(
            &case(&STRAIGHT[..4]),
            Act::Return {
                reason: "  ".to_owned(),
            },
            &actor("department", Some("water")),
            UtcMillis(1),
            &shipped(),
            Terms::default(),
        );
        assert_eq!(
            made,
            Err(Refusal::NoReason {
                movement: Move::Return
            })
        );
    }

    #[track_caller]
    fn check_terms_of(case: &Case, movement: Move, terms: Terms, expected: Result<(), &str>) {
        let made = allowed(
            case,
            act(movement),
            &actor("shift_leader", None),
            UtcMillis(90_000_000),
            &shipped(),
            terms,
        );
        let told = made.as_ref().map(|_| ()).map_err(Refusal::as_str);
        assert_eq!(told, expected);
    }

    #[test]
    fn closing_asks_for_what_the_plan_asks_for() {
        let strict = Terms {
            needs_evidence: true,
            needs_rating: true,
            ..Terms::default()
        };
        let mut case = case(&STRAIGHT[..7]);
        check_terms_of(&case, Move::Close, strict, Err("no_evidence"));
        assert!(case.apply(step(75, Act::Attach(photo("a9")))).is_ok());
        check_terms_of(&case, Move::Close, strict, Err("no_rating"));
        check_terms_of(&case, Move::Close, Terms::default(), Ok(()));
        assert!(case.apply(step(76, act(Move::Rate))).is_ok());
        check_terms_of(&case, Move::Close, strict, Ok(()));
    }

    #[test]
    fn more_time_is_given_only_so_often() {
        let twice = [&STRAIGHT[..4], &[Move::Extend, Move::Extend]].concat();
        check_terms_of(&case(&twice[..5]), Move::Extend, Terms::default(), Ok(()));
        check_terms_of(
            &case(&twice),
            Move::Extend,
            Terms::default(),
            Err("too_many_extensions"),
        );
    }

    #[test]
    fn what_changes_nothing_is_not_written_down() {
        let linked = case(&[Move::Report, Move::Link]);
        check_terms_of(
            &linked,
            Move::Link,
            Terms::default(),
            Err("nothing_changes"),
        );
        check_terms_of(&linked, Move::Join, Terms::default(), Ok(()));
    }

    #[test]
    fn what_is_wrong_in_the_roles_is_told() {
        let text = "[[role]]\nid = \"a\"\nname = { zh = \"甲\", en = \"A\" }\nany = [\"fly\", \"*\", \"-close\"]\n\
                    [[role]]\nid = \"a\"\nname = { zh = \"甲\", en = \"A\" }\n";
        let (roles, faults) = Roles::read(text, "r.toml");
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "r.toml:1: role: `fly` is no move",
                "r.toml:5: role: `a` stands twice; this one holds"
            ]
        );
        assert_eq!(roles.scope("a", Move::Close), Scope::No);
        let text =
            "[[role]]\nid = \"a\"\nname = { zh = \"甲\", en = \"A\" }\nany = [\"*\", \"-close\"]\n";
        let (roles, _) = Roles::read(text, "r.toml");
        assert_eq!(roles.scope("a", Move::Close), Scope::No);
        assert_eq!(roles.scope("a", Move::Reopen), Scope::Any);
        let names: Vec<&str> = roles.rows().map(|row| row.name.in_language("en")).collect();
        assert_eq!(names, ["A"]);
    }
}
