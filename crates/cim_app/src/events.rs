//! What happened in the city, as the hub tells it: newest last, one entry per event.

use cim_model::{Event, EventId};
use std::collections::BTreeMap;

/// How many events the desk holds; beyond it those known longest go first. A day of one a minute fits.
pub(crate) const MAX_EVENTS: usize = 5_000;

/// How many events a table of the past may gather before it begins anew.
const MAX_GATHERED: usize = 4 * MAX_EVENTS;

/// Set generations of the past begin here, so that they never equal one of the present.
const PAST: u64 = 1 << 63;

/// Every event that the desk knows of, or those of a past moment.
#[derive(Clone, Debug, Default)]
pub(crate) struct Events {
    rows: Vec<Event>,
    by_id: BTreeMap<EventId, usize>,
    set_generation: u64,
    generation: u64,
    /// Which rows are there at the moment shown; `None` in the present, where all are.
    shown: Option<Vec<bool>>,
}

impl Events {
    /// Every event by row, in the order in which they became known here.
    pub(crate) fn rows(&self) -> &[Event] {
        &self.rows
    }

    /// Counts up whenever events appear, vanish or move; not when only their status changes.
    pub(crate) fn set_generation(&self) -> u64 {
        self.set_generation
    }

    /// Counts up whenever anything about any event changes.
    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// The event with this id.
    pub(crate) fn get(&self, id: &str) -> Option<&Event> {
        self.find(&EventId::new(id))
    }

    /// The event with this id.
    pub(crate) fn find(&self, id: &EventId) -> Option<&Event> {
        self.rows.get(*self.by_id.get(id)?)
    }

    /// The events that are there at the moment shown.
    pub(crate) fn shown(&self) -> impl Iterator<Item = &Event> {
        self.rows
            .iter()
            .enumerate()
            .filter(|(row, _)| self.shows_row(*row))
            .map(|(_, event)| event)
    }

    /// True when the event is there at the moment shown.
    pub(crate) fn shows(&self, id: &EventId) -> bool {
        self.by_id.get(id).is_some_and(|row| self.shows_row(*row))
    }

    /// A table for the past that begins with the same rows, none of them shown. It is the `session`th.
    pub(crate) fn past(&self, session: u32) -> Self {
        Self {
            shown: Some(vec![false; self.rows.len()]),
            // The same set until an event appears that the present does not have.
            set_generation: self.set_generation,
            generation: PAST | (u64::from(session) << 32),
            ..self.clone()
        }
    }

    /// In a table of the past: shows exactly these events, as they were then. Rows stay, so that symbols keep their keys.
    pub(crate) fn show_only(&mut self, events: Vec<Event>) {
        let base = self.generation & !0xFFFF_FFFF;
        let before = self.set_generation;
        if self.rows.len() > MAX_GATHERED {
            self.rows.clear();
            self.by_id.clear();
            self.set_generation = self.set_generation.wrapping_add(1);
        }
        self.shown = None;
        let ids: Vec<EventId> = events.iter().map(|event| event.id.clone()).collect();
        self.put(events);
        let mut shown = vec![false; self.rows.len()];
        for id in &ids {
            let slot = self.by_id.get(id).and_then(|row| shown.get_mut(*row));
            if let Some(slot) = slot {
                *slot = true;
            }
        }
        self.shown = Some(shown);
        if self.set_generation != before && before & PAST == 0 {
            self.set_generation = base;
        }
    }

    fn shows_row(&self, row: usize) -> bool {
        match &self.shown {
            None => true,
            Some(shown) => shown.get(row).copied().unwrap_or(false),
        }
    }

    /// Adds new events and replaces known ones.
    pub(crate) fn apply(&mut self, events: Vec<Event>) {
        self.put(events);
        self.forget_oldest();
    }

    fn put(&mut self, events: Vec<Event>) {
        for event in events {
            if let Some(known) = self
                .by_id
                .get(&event.id)
                .and_then(|row| self.rows.get_mut(*row))
            {
                // A layer holds events of its categories.
                if known.position != event.position || known.category != event.category {
                    self.set_generation += 1;
                }
                *known = event;
            } else {
                self.by_id.insert(event.id.clone(), self.rows.len());
                self.rows.push(event);
                self.set_generation += 1;
            }
        }
        self.generation += 1;
    }

    fn forget_oldest(&mut self) {
        if self.rows.len() <= MAX_EVENTS {
            return;
        }
        let too_many = self.rows.len() - MAX_EVENTS;
        self.rows.sort_by_key(|event| event.known_at);
        self.rows.drain(..too_many);
        self.by_id = self
            .rows
            .iter()
            .enumerate()
            .map(|(row, event)| (event.id.clone(), row))
            .collect();
        self.set_generation += 1;
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use cim_geo::Geodetic;
    use cim_model::{EventLevel, EventStatus, Standing, UtcMillis};

    /// An event `e<n>` that happened and was known at `millis`.
    pub(crate) fn event(n: u32, millis: i64) -> Event {
        Event {
            id: EventId::new(format!("e{n}")),
            title: format!("Road damage {n}"),
            description: String::new(),
            category: "road_damage".to_owned(),
            level: EventLevel::III,
            status: EventStatus::Reported,
            position: Geodetic {
                lon_deg: 121.5,
                lat_deg: 31.2,
                height_m: 0.0,
            },
            happened_at: UtcMillis(millis),
            known_at: UtcMillis(millis),
            source: "hotline".to_owned(),
            standing: Standing::Actual,
        }
    }

    #[test]
    fn a_new_status_replaces_the_event_and_leaves_the_set_alone() {
        let mut events = Events::default();
        events.apply(vec![event(1, 1_000)]);
        let before = events.set_generation();
        events.apply(vec![Event {
            status: EventStatus::Closed,
            ..event(1, 1_000)
        }]);
        assert_eq!(
            events.get("e1").map(|event| event.status),
            Some(EventStatus::Closed)
        );
        assert_eq!((events.rows().len(), events.set_generation()), (1, before));
    }

    #[test]
    fn beyond_the_limit_the_longest_known_event_goes() {
        let mut events = Events::default();
        events.apply(
            (0..=MAX_EVENTS as u32)
                .map(|n| event(n, i64::from(n)))
                .collect(),
        );
        assert_eq!(events.rows().len(), MAX_EVENTS);
        assert!(events.get("e0").is_none());
        assert_eq!(
            events.get("e7").map(|event| event.title.as_str()),
            Some("Road damage 7")
        );
    }

    #[test]
    fn the_past_shows_its_own_versions_and_keeps_the_set_while_it_can() {
        let mut events = Events::default();
        events.apply(vec![event(1, 1_000), event(2, 2_000)]);
        let mut past = events.past(7);
        assert_eq!(past.shown().count(), 0);
        past.show_only(vec![Event {
            status: EventStatus::Handling,
            ..event(2, 2_000)
        }]);
        let shown: Vec<(&str, EventStatus)> = past
            .shown()
            .map(|event| (event.id.as_str(), event.status))
            .collect();
        assert_eq!(shown, [("e2", EventStatus::Handling)]);
        assert!(past.shows(&EventId::new("e2")) && !past.shows(&EventId::new("e1")));
        assert_eq!(past.set_generation(), events.set_generation());
        assert_ne!(past.generation(), events.generation());
    }

    #[test]
    fn an_event_that_only_the_past_has_makes_another_set() {
        let mut events = Events::default();
        events.apply(vec![event(1, 1_000)]);
        let mut past = events.past(7);
        past.show_only(vec![event(9, 500)]);
        let first = past.set_generation();
        past.show_only(vec![event(8, 500)]);
        let second = past.set_generation();
        let another = {
            let mut past = events.past(8);
            past.show_only(vec![event(9, 500)]);
            past.set_generation()
        };
        let mut all = vec![events.set_generation(), first, second, another];
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 4);
        assert_eq!(past.shown().count(), 1);
    }
}
