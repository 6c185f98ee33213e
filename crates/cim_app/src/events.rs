//! What happened in the city, as the hub tells it: newest last, one entry per event.

use cim_model::{Event, EventId, UtcMillis};
use std::collections::BTreeMap;

/// How many events the desk holds; beyond it those known longest go first. A day of one a minute fits.
pub(crate) const MAX_EVENTS: usize = 5_000;

/// Every event that the desk knows of.
#[derive(Debug, Default)]
pub(crate) struct Events {
    rows: Vec<Event>,
    by_id: BTreeMap<EventId, usize>,
    set_generation: u64,
    generation: u64,
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

    /// Adds new events and replaces known ones.
    pub(crate) fn apply(&mut self, events: Vec<Event>) {
        for event in events {
            if let Some(known) = self
                .by_id
                .get(&event.id)
                .and_then(|row| self.rows.get_mut(*row))
            {
                if known.position != event.position {
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
        self.forget_oldest();
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

/// True when `event` had happened and was known at `moment`.
pub(crate) fn was_known(event: &Event, moment: UtcMillis) -> bool {
    event.happened_at <= moment && event.known_at <= moment
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use cim_geo::Geodetic;
    use cim_model::{EventLevel, EventStatus};

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
    fn an_event_is_not_known_before_the_hub_knew_of_it() {
        let late = Event {
            known_at: UtcMillis(9_000),
            ..event(1, 1_000)
        };
        assert!(!was_known(&late, UtcMillis(5_000)));
        assert!(was_known(&late, UtcMillis(9_000)));
    }
}
