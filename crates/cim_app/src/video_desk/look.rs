//! Whoever sits at the desk, and what they may see of a channel.

use super::PolicyInUse;
use crate::live::Live;
use cim_model::UtcMillis;
use cim_video::{
    channels::Entry,
    rights::{Action, Actions, Grants, Person, Policy, Presence, Reach, Target},
};
use std::sync::Arc;

/// Whoever sits here, in which language, and when.
#[derive(Clone)]
pub(crate) struct Sitting {
    pub(crate) person: Person,
    pub(crate) language: String,
    /// The present: rights are those of now, also while the past is shown.
    pub(crate) now: UtcMillis,
}

impl Sitting {
    /// Whoever sits at this desk at `now`.
    pub(crate) fn at(live: &Live, now: UtcMillis) -> Self {
        let actor = live.event_desk.actor();
        let divisions = divisions_of(actor.party.as_deref());
        Self {
            person: Person {
                name: actor.name,
                role: actor.role,
                party: actor.party,
                divisions,
            },
            language: live.language.clone(),
            now,
        }
    }

    /// True when texts are Chinese.
    pub(crate) fn is_chinese(&self) -> bool {
        self.language != "en"
    }
}

/// The divisions that a party watches over: those that its identity names, as `320303/police` names one.
fn divisions_of(party: Option<&str>) -> Vec<String> {
    let parts = party.into_iter().flat_map(|id| id.split('/'));
    parts
        .filter(|part| {
            (4..=12).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_digit())
        })
        .map(str::to_owned)
        .collect()
}

/// Whoever looks, with the policy and the grants that hold.
pub(crate) struct Looker {
    pub(crate) sitting: Sitting,
    pub(crate) policy: Arc<PolicyInUse>,
    pub(super) grants: Grants,
}

impl Looker {
    /// What they may do, worked out once.
    pub(crate) fn look(&self) -> Look<'_> {
        let policy = &self.policy.policy;
        let purposes = policy.purposes().iter().map(|one| Some(one.id.as_str()));
        let each = std::iter::once(None).chain(purposes);
        let (person, now) = (&self.sitting.person, self.sitting.now);
        Look {
            sitting: &self.sitting,
            policy: &self.policy,
            grants: &self.grants,
            reaches: each
                .map(|purpose| policy.reach(person, purpose, now, &self.grants))
                .collect(),
        }
    }
}

/// What whoever looks may do.
pub(crate) struct Look<'a> {
    pub(crate) sitting: &'a Sitting,
    pub(crate) policy: &'a PolicyInUse,
    pub(super) grants: &'a Grants,
    /// Without a purpose, then for each one.
    reaches: Vec<Reach<'a>>,
}

impl Look<'_> {
    /// Whether a channel is there for whoever looks, before they say what for.
    pub(crate) fn presence(&self, entry: Entry<'_>) -> Presence {
        let names = names_of(entry);
        let target = target_of(&self.policy.policy, entry, &names);
        let presence = |reach: &Reach<'_>| reach.presence(&target);
        self.reaches.first().map_or(Presence::Hidden, presence)
    }

    /// True when a channel is not there at all for whoever looks. Quick where its grade hides nothing.
    pub(crate) fn is_hidden(&self, entry: Entry<'_>) -> bool {
        let policy = &self.policy.policy;
        let marks = policy.marks(entry.category(), entry.grade(), entry.is_secret());
        let grade = policy.grade_of(marks);
        grade.is_none_or(|grade| !grade.shows_denied) && self.presence(entry) == Presence::Hidden
    }

    /// When what they may do is to be asked again; `None` when it stays as it is.
    pub(crate) fn until(&self) -> Option<UtcMillis> {
        self.reaches.iter().filter_map(Reach::until).min()
    }

    /// What whoever looks may do with a channel, for one purpose or another.
    pub(crate) fn actions(&self, entry: Entry<'_>) -> Actions {
        let names = names_of(entry);
        let target = target_of(&self.policy.policy, entry, &names);
        let each = self.reaches.iter().map(|reach| reach.actions(&target));
        each.fold(Actions::NONE, Actions::or)
    }

    /// What whoever looks may do with a channel, without saying what for.
    pub(crate) fn plain_actions(&self, entry: Entry<'_>) -> Actions {
        let names = names_of(entry);
        let target = target_of(&self.policy.policy, entry, &names);
        let plain = self.reaches.first();
        plain.map_or(Actions::NONE, |reach| reach.actions(&target))
    }

    /// True when a channel may be listed.
    pub(crate) fn lists(&self, entry: Entry<'_>) -> bool {
        self.plain_actions(entry).has(Action::List)
    }

    /// True when a channel may be listed and its place be seen.
    pub(crate) fn sees_place(&self, entry: Entry<'_>) -> bool {
        let actions = self.plain_actions(entry);
        actions.has(Action::List) && actions.has(Action::SeePlace)
    }
}

/// The identity of a channel and its division.
pub(super) fn names_of(entry: Entry<'_>) -> [String; 2] {
    [entry.id(), entry.division()]
}

/// A channel, as rights see it; its names are those of [`names_of`].
pub(super) fn target_of<'a>(
    policy: &Policy,
    entry: Entry<'a>,
    [id, division]: &'a [String; 2],
) -> Target<'a> {
    Target {
        id,
        marks: policy.marks(entry.category(), entry.grade(), entry.is_secret()),
        division,
        owner: entry.owner(),
        place: entry.place(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_party_watches_over_the_divisions_that_its_identity_names() {
        assert_eq!(divisions_of(Some("320303/police/2")), ["320303"]);
        assert!(divisions_of(Some("water/crew-1")).is_empty());
        assert!(divisions_of(None).is_empty());
    }
}
