//! What a rule watches: things and series that its selection takes.

use super::Selection;
use cim_model::{Datastream, Limits, Thing};
use std::collections::BTreeSet;

/// A selection ready for matching.
pub(super) struct Matcher<'a> {
    on: &'a Selection,
    ids: BTreeSet<&'a str>,
}

impl<'a> Matcher<'a> {
    pub(super) fn new(on: &'a Selection) -> Self {
        Self {
            on,
            ids: on.ids.iter().map(String::as_str).collect(),
        }
    }

    pub(super) fn takes_series(&self, thing: &Thing, datastream: &Datastream) -> bool {
        let properties = &self.on.properties;
        (properties.is_empty() || properties.contains(&datastream.observed_property))
            && !(self.on.is_without_own_limits && datastream.limits != Limits::default())
            && self.takes_thing(thing, &[datastream.id.as_str()])
    }

    /// True for a thing that is selected by itself or by one of `others`, identities of its series.
    pub(super) fn takes_thing(&self, thing: &Thing, others: &[&str]) -> bool {
        let on = self.on;
        let is_named = |id: &str| self.ids.contains(id);
        let has = |(key, value): &(String, String)| {
            let mut properties = thing.properties.iter();
            properties.any(|(name, said)| name == key && said == value)
        };
        (on.kinds.is_empty() || on.kinds.contains(&thing.kind))
            && (self.ids.is_empty()
                || is_named(thing.id.as_str())
                || others.iter().any(|id| is_named(id)))
            && (on.classes.is_empty() || on.classes.contains(&thing.class()))
            && on.tags.iter().all(has)
            && on
                .area
                .as_ref()
                .is_none_or(|area| area.contains(thing.position))
    }

    /// True for what another rule found at a thing, in one of its series where it is about one.
    pub(super) fn takes_source(&self, thing: &Thing, datastream: Option<&Datastream>) -> bool {
        match datastream {
            Some(datastream) => self.takes_series(thing, datastream),
            None => self.on.properties.is_empty() && self.takes_thing(thing, &[]),
        }
    }
}
