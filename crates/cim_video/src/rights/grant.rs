//! Rights that one person gives another for a while: with a purpose, an end, and a way to take them back.

use super::{
    action::{Action, Actions},
    decide::{Asking, earliest},
    policy::{Person, Policy, Target, belongs, is_within},
};
use crate::{ring::Ring, words::words};
use cim_model::UtcMillis;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How many cameras one grant may name.
pub const MOST_GRANT_CAMERAS: usize = 1_000;
/// The longest word, name or note in a grant, bytes.
const MOST_TEXT_BYTES: usize = 2_000;
const HOUR_MS: f64 = 3_600_000.0;

/// Whom something is granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// Everybody in a role, by its word.
    Role(String),
    /// Everybody of a department or team.
    Party(String),
    /// One person, by name.
    Person(String),
}

impl Holder {
    /// True when `person` is meant.
    pub fn is(&self, person: &Person) -> bool {
        match self {
            Self::Role(role) => person.role == *role,
            Self::Party(party) => belongs(person.party.as_deref().unwrap_or_default(), party),
            Self::Person(name) => person.name == *name,
        }
    }

    fn word(&self) -> &str {
        match self {
            Self::Role(word) | Self::Party(word) | Self::Person(word) => word,
        }
    }
}

/// On which cameras something is granted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// These, by identity.
    Cameras(BTreeSet<String>),
    /// All that stand in a division.
    Division(String),
    /// All that stand in a drawn area.
    Ring(Ring),
}

impl Scope {
    /// True when the camera is among them.
    pub fn holds(&self, target: &Target<'_>) -> bool {
        match self {
            Self::Cameras(cameras) => cameras.contains(target.id),
            Self::Division(division) => is_within(division, target.division),
            Self::Ring(ring) => target
                .place
                .is_some_and(|[lon_deg, lat_deg]| ring.contains(lon_deg, lat_deg)),
        }
    }
}

/// A right that was given for a while: the body of the fact `grant_given`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grant {
    /// Identity.
    pub id: String,
    /// Who gave it, as they acted then.
    pub by: Person,
    /// To whom.
    pub to: Holder,
    /// On which cameras.
    pub scope: Scope,
    /// To do what.
    pub actions: Actions,
    /// From when.
    #[serde(with = "crate::wire")]
    pub from: UtcMillis,
    /// Until when; then it is over.
    #[serde(with = "crate::wire")]
    pub until: UtcMillis,
    /// What for: a word of [`Policy::purposes`].
    pub purpose: String,
    /// When it was given.
    #[serde(with = "crate::wire")]
    pub given_at: UtcMillis,
    /// What was said with it.
    #[serde(default)]
    pub note: String,
}

impl Grant {
    /// How long it lasts, hours.
    pub fn hours(&self) -> f64 {
        self.until.0.saturating_sub(self.from.0) as f64 / HOUR_MS
    }

    /// True when what is asked is what it was given for. To find a camera nobody has to say why.
    pub(super) fn is_content(&self, action: Action, purpose: Option<&str>) -> bool {
        action.is_of_the_catalogue() || purpose == Some(self.purpose.as_str())
    }
}

/// A grant taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revocation {
    /// When.
    pub at: UtcMillis,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
}

words! {
    /// How a grant stands.
    GrantState {
        /// It begins later.
        Waiting = "waiting",
        /// It holds.
        Open = "open",
        /// Its time is over.
        Ended = "ended",
        /// It was taken back.
        Revoked = "revoked",
    }
}

/// A grant, and whether it was taken back.
#[derive(Clone, Debug, PartialEq)]
pub struct GrantRow {
    /// The grant.
    pub grant: Grant,
    /// Taken back.
    pub revoked: Option<Revocation>,
}

impl GrantRow {
    /// How it stands at `now`.
    pub fn state(&self, now: UtcMillis) -> GrantState {
        if self.revoked.as_ref().is_some_and(|told| told.at <= now) {
            GrantState::Revoked
        } else if now < self.grant.from {
            GrantState::Waiting
        } else if now < self.grant.until {
            GrantState::Open
        } else {
            GrantState::Ended
        }
    }
}

/// Every grant, from facts in whatever order they come.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    rows: BTreeMap<String, GrantRow>,
    /// Taken back before it was known that they were given.
    early: BTreeMap<String, Revocation>,
}

impl Grants {
    /// Takes in a grant. False when it changes nothing. Of two with one identity the one given first holds, on every desk.
    pub fn give(&mut self, grant: Grant) -> bool {
        let revoked = match self.rows.get(&grant.id) {
            Some(row) => {
                let key = |one: &Grant| (one.given_at, one.by.name.clone());
                if key(&row.grant) <= key(&grant) {
                    return false;
                }
                row.revoked.clone()
            }
            None => self.early.remove(&grant.id),
        };
        let row = GrantRow { grant, revoked };
        self.rows.insert(row.grant.id.clone(), row);
        true
    }

    /// Takes a grant back. False when it was taken back earlier. Whether it may be is asked of [`Policy::check_revoke`]; a
    /// right too few harms nobody's secrets.
    pub fn revoke(&mut self, id: &str, revocation: Revocation) -> bool {
        let is_earlier = |known: Option<&Revocation>| {
            known.is_none_or(|known| (revocation.at, &revocation.by) < (known.at, &known.by))
        };
        match self.rows.get_mut(id) {
            Some(row) if is_earlier(row.revoked.as_ref()) => {
                row.revoked = Some(revocation);
                true
            }
            None if is_earlier(self.early.get(id)) => {
                self.early.insert(id.to_owned(), revocation);
                true
            }
            _ => false,
        }
    }

    /// Every grant, by identity.
    pub fn rows(&self) -> impl Iterator<Item = &GrantRow> {
        self.rows.values()
    }

    /// One grant.
    pub fn row(&self, id: &str) -> Option<&GrantRow> {
        self.rows.get(id)
    }

    /// The grants to `person` that hold at `at`.
    pub(super) fn open_to(&self, person: &Person, at: UtcMillis) -> impl Iterator<Item = &Grant> {
        self.rows
            .values()
            .filter(move |row| row.state(at) == GrantState::Open && row.grant.to.is(person))
            .map(|row| &row.grant)
    }

    /// When grants to `person` begin or end next, after `at`.
    pub(super) fn next_change_for(&self, person: &Person, at: UtcMillis) -> Option<UtcMillis> {
        let mine = self.rows.values().filter(|row| row.grant.to.is(person));
        mine.flat_map(GrantRow::turns)
            .filter(|moment| *moment > at)
            .min()
    }

    /// When grants that speak of what is asked begin or end next.
    pub(super) fn next_change(&self, asking: &Asking<'_>) -> Option<UtcMillis> {
        let speaks = |row: &&GrantRow| {
            row.grant.actions.has(asking.action)
                && row.grant.to.is(asking.person)
                && row.grant.scope.holds(&asking.target)
        };
        let rows = self.rows.values().filter(speaks);
        rows.flat_map(GrantRow::turns)
            .filter(|moment| *moment > asking.at)
            .fold(None, |first, moment| earliest(first, Some(moment)))
    }
}

impl GrantRow {
    /// When its state becomes another.
    fn turns(&self) -> impl Iterator<Item = UtcMillis> {
        let revoked = self.revoked.as_ref().map(|told| told.at);
        let end = revoked.map_or(self.grant.until, |at| at.min(self.grant.until));
        [self.grant.from.min(end), end].into_iter()
    }
}

/// Why a grant cannot be given or taken back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantRefusal {
    /// It names nothing to do.
    #[error("a grant names at least one action")]
    NoAction,
    /// It names no camera, or too many of them.
    #[error(
        "a grant is on 1 to {MOST_GRANT_CAMERAS} cameras or on an area with cameras; this one is on {0}"
    )]
    Cameras(usize),
    /// The right to grant would be granted.
    #[error("the right to grant cannot be handed on")]
    HandsOn,
    /// It is over before it begins, or already.
    #[error("a grant ends after it begins and after the present moment")]
    Ended,
    /// It is given for nothing that the policy knows.
    #[error("`{0}` is no purpose")]
    Purpose(String),
    /// A text is missing or too long.
    #[error("{0} is empty or longer than {MOST_TEXT_BYTES} bytes")]
    Text(&'static str),
    /// Whoever gives it may not do so, or may not do that themselves.
    #[error("`{role}` may not `{}` on camera {camera}, and cannot give it", .action.as_str())]
    NotYours {
        /// The giver's role.
        role: String,
        /// The camera.
        camera: String,
        /// What they may not do.
        action: Action,
    },
    /// It lasts longer than the camera's grade allows.
    #[error("a grant on camera {camera} lasts at most {most_hours} hours")]
    TooLong {
        /// The camera.
        camera: String,
        /// The longest grant.
        most_hours: u32,
    },
    /// It is over already.
    #[error("the grant is over")]
    Over,
    /// Somebody else gave it, and the role may give none.
    #[error("only whoever gave it, or a role that may grant, takes it back")]
    NotTheGiver,
}

impl GrantRefusal {
    /// Its word, for texts in the desk's language.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NoAction => "no_action",
            Self::Cameras(_) => "cameras",
            Self::HandsOn => "hands_on",
            Self::Ended => "ended",
            Self::Purpose(_) => "purpose",
            Self::Text(_) => "text",
            Self::NotYours { .. } => "not_yours",
            Self::TooLong { .. } => "too_long",
            Self::Over => "over",
            Self::NotTheGiver => "not_the_giver",
        }
    }
}

impl Policy {
    /// Whether a grant may be given at `now`; `targets` are the cameras of its scope. The same is asked again of each camera
    /// whenever the grant is used: a grant by somebody who might not give it counts for nothing.
    pub fn check_grant(
        &self,
        grant: &Grant,
        targets: &[Target<'_>],
        now: UtcMillis,
    ) -> Result<(), GrantRefusal> {
        self.check_form(grant, now)?;
        let named = match &grant.scope {
            Scope::Cameras(cameras) => cameras.len().max(targets.len()),
            Scope::Division(_) | Scope::Ring(_) => targets.len().min(1),
        };
        if targets.is_empty() || named > MOST_GRANT_CAMERAS {
            return Err(GrantRefusal::Cameras(named));
        }
        for target in targets {
            self.check_target(grant, target, now)?;
        }
        Ok(())
    }

    fn check_form(&self, grant: &Grant, now: UtcMillis) -> Result<(), GrantRefusal> {
        if grant.actions.is_empty() {
            return Err(GrantRefusal::NoAction);
        }
        if grant.actions.has(Action::Grant) {
            return Err(GrantRefusal::HandsOn);
        }
        if grant.until <= grant.from || grant.until <= now {
            return Err(GrantRefusal::Ended);
        }
        if !self.is_known_purpose(&grant.purpose) {
            return Err(GrantRefusal::Purpose(grant.purpose.clone()));
        }
        let texts = [
            ("the identity", grant.id.as_str()),
            ("the name of the giver", grant.by.name.as_str()),
            ("to whom it is given", grant.to.word()),
        ];
        let is_wrong = |text: &str| text.trim().is_empty() || text.len() > MOST_TEXT_BYTES;
        if let Some((field, _)) = texts.into_iter().find(|(_, text)| is_wrong(text)) {
            return Err(GrantRefusal::Text(field));
        }
        if grant.note.len() > MOST_TEXT_BYTES {
            return Err(GrantRefusal::Text("the note"));
        }
        Ok(())
    }

    fn check_target(
        &self,
        grant: &Grant,
        target: &Target<'_>,
        now: UtcMillis,
    ) -> Result<(), GrantRefusal> {
        let most_hours = self
            .grade_of(target.marks)
            .map_or(0, |grade| grade.most_grant_hours);
        if grant.hours() > f64::from(most_hours) {
            return Err(GrantRefusal::TooLong {
                camera: target.id.to_owned(),
                most_hours,
            });
        }
        let needed = grant.actions.with(Action::Grant);
        let missing = needed.each().find(|action| {
            let asking = Asking {
                person: &grant.by,
                target: *target,
                action: *action,
                purpose: Some(&grant.purpose),
                at: now,
            };
            !self.weigh(&asking).0.allows()
        });
        missing.map_or(Ok(()), |action| {
            Err(GrantRefusal::NotYours {
                role: grant.by.role.clone(),
                camera: target.id.to_owned(),
                action,
            })
        })
    }

    /// Whether `person` may take a grant back at `now`: its giver, or whoever may grant by role.
    pub fn check_revoke(
        &self,
        row: &GrantRow,
        person: &Person,
        now: UtcMillis,
    ) -> Result<(), GrantRefusal> {
        if matches!(row.state(now), GrantState::Ended | GrantState::Revoked) {
            return Err(GrantRefusal::Over);
        }
        let is_giver = row.grant.by.name == person.name && row.grant.by.role == person.role;
        if is_giver || self.may_grant_somewhere(&person.role) {
            Ok(())
        } else {
            Err(GrantRefusal::NotTheGiver)
        }
    }
}

#[cfg(test)]
#[path = "grant_tests.rs"]
mod tests;
