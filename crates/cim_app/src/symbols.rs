//! The twin's symbols: one dense row per device, camera and event, and what changed since the twin last asked.
//!
//! Keys are rows of the set that was last handed out in full: devices, then cameras, then events. When the set
//! changes (a device appears, an event comes or goes), the whole set is handed out again; otherwise only states.

use crate::{changed::Changed, events::Events, state::State, wire::Target};
use cim_model::{
    CameraStatus, Event, EventId, EventStatus, Freshness, Severity, Symbol, SymbolKey, SymbolShape,
    SymbolState, UtcMillis,
};

/// What the twin must change to show the present state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SymbolChanges {
    /// The whole set, when it is a new one: it replaces everything.
    pub full: Option<Vec<Symbol>>,
    /// States of symbols of the set handed out last; empty beside a new set.
    pub changed: Vec<(SymbolKey, SymbolState)>,
}

/// The set that was handed out last.
#[derive(Debug, Default)]
pub(crate) struct SymbolTable {
    states: Vec<SymbolState>,
    things: u32,
    cameras: u32,
    events: Vec<EventId>,
    /// Generations of catalogue and event set that this set was made from; `None` before the first.
    made_from: Option<(u64, u64)>,
    /// Second and event generation at the last look at every row.
    looked_at: (i64, u64),
}

impl SymbolTable {
    /// What changed since the last call, as seen at `moment`.
    ///
    /// Devices with new readings are looked at on every call; every row is once a second, for values age by themselves.
    pub(crate) fn changes(
        &mut self,
        state: &mut State,
        events: &Events,
        moment: UtcMillis,
    ) -> SymbolChanges {
        let made_from = Some((state.catalogue_generation(), events.set_generation()));
        let changed = state.take_changed();
        if self.made_from != made_from {
            self.made_from = made_from;
            return SymbolChanges {
                full: Some(self.remake(state, events, moment)),
                changed: Vec::new(),
            };
        }
        let look = (moment.0.div_euclid(1000), events.generation());
        let rows: Vec<u32> = match changed {
            Changed::Rows(rows) if look == self.looked_at => rows,
            _ => (0..self.states.len() as u32).collect(),
        };
        self.looked_at = look;
        let mut changes = SymbolChanges::default();
        for row in rows {
            let now = self.state_of(row, state, events, moment);
            if let Some(sent) = self.states.get_mut(row as usize)
                && *sent != now
            {
                *sent = now;
                changes.changed.push((SymbolKey(row), now));
            }
        }
        changes
    }

    /// What the symbol stands for.
    pub(crate) fn target_of(&self, key: SymbolKey, state: &State) -> Option<Target> {
        let row = key.0;
        if row < self.things {
            let id = state.thing(row)?.thing.id.to_string();
            return Some(Target::Thing { id });
        }
        let row = row - self.things;
        if row < self.cameras {
            let id = state.cameras().get(row as usize)?.id.to_string();
            return Some(Target::Camera { id });
        }
        let id = self.events.get((row - self.cameras) as usize)?.to_string();
        Some(Target::Event { id })
    }

    /// The symbol that stands for `target`; `None` for features, and for what is newer than the set.
    pub(crate) fn key_of(&self, target: &Target, state: &State) -> Option<SymbolKey> {
        let row = match target {
            Target::Thing { id } => state.thing_row(id).filter(|row| *row < self.things)?,
            Target::Camera { id } => {
                self.things + state.camera_row(id).filter(|row| *row < self.cameras)?
            }
            Target::Event { id } => {
                let place = self.events.iter().position(|event| event.as_str() == id)?;
                self.things + self.cameras + place as u32
            }
            Target::Feature { .. } => return None,
        };
        Some(SymbolKey(row))
    }

    fn remake(&mut self, state: &State, events: &Events, moment: UtcMillis) -> Vec<Symbol> {
        self.things = state.things().len() as u32;
        self.cameras = state.cameras().len() as u32;
        self.events = events.rows().iter().map(|event| event.id.clone()).collect();
        self.looked_at = (moment.0.div_euclid(1000), events.generation());

        let things = state
            .things()
            .iter()
            .map(|row| (SymbolShape::Sensor(row.thing.kind), row.thing.position));
        let cameras = state.cameras().iter().map(|camera| {
            let shape = SymbolShape::Camera {
                azimuth_deg: camera.azimuth_deg as f32,
                fov_deg: camera.fov_deg as f32,
                range_m: camera.range_m as f32,
            };
            (shape, camera.position)
        });
        let pins = events
            .rows()
            .iter()
            .map(|event| (SymbolShape::Event, event.position));
        let symbols: Vec<Symbol> = things
            .chain(cameras)
            .chain(pins)
            .enumerate()
            .map(|(row, (shape, position))| Symbol {
                key: SymbolKey(row as u32),
                shape,
                position,
                state: self.state_of(row as u32, state, events, moment),
            })
            .collect();
        self.states = symbols.iter().map(|symbol| symbol.state).collect();
        symbols
    }

    fn state_of(&self, row: u32, state: &State, events: &Events, moment: UtcMillis) -> SymbolState {
        if row < self.things {
            let (severity, freshness) = state.thing_state(state.readings(), row, moment);
            return SymbolState {
                severity,
                freshness,
                shown: true,
                ..SymbolState::default()
            };
        }
        let row = row - self.things;
        if row < self.cameras {
            let on = state.camera_status(row as usize) == CameraStatus::On;
            let freshness = if on {
                Freshness::Fresh
            } else {
                Freshness::Missing
            };
            return SymbolState {
                severity: Severity::Normal,
                freshness,
                shown: true,
                ..SymbolState::default()
            };
        }
        let event = self
            .events
            .get((row - self.cameras) as usize)
            .and_then(|id| events.find(id));
        event.map_or_else(SymbolState::default, |event| SymbolState {
            severity: if event.standing.is_real() {
                event.level.shown_as()
            } else {
                Severity::Normal
            },
            freshness: Freshness::Fresh,
            unreal: !event.standing.is_real(),
            shown: stands(event, events),
        })
    }
}

/// True when the event has a pin: open, and there at the moment shown.
fn stands(event: &Event, events: &Events) -> bool {
    event.status != EventStatus::Closed && events.shows(&event.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        events::tests::event,
        state::tests::{observed, show_past, state_of},
    };
    use cim_model::{EventLevel, Standing};

    const NOW: UtcMillis = UtcMillis(100_000);

    /// Two fresh devices and one event, already handed out.
    fn handed_out() -> (SymbolTable, State, Events) {
        let (mut table, mut state, mut events) =
            (SymbolTable::default(), state_of(2), Events::default());
        events.apply(vec![event(1, 90_000)]);
        for n in 0..2 {
            state.take_known(&observed(n, NOW.0, 1.0), NOW, NOW);
        }
        let first = table.changes(&mut state, &events, NOW);
        assert_eq!(first.full.map(|symbols| symbols.len()), Some(3));
        (table, state, events)
    }

    #[test]
    fn only_the_symbol_whose_state_changed_is_told() {
        let (mut table, mut state, events) = handed_out();
        state.take_known(&observed(0, NOW.0 + 1, 2.0), NOW, NOW);
        state.take_known(&observed(1, NOW.0 + 1, 12.0), NOW, NOW);
        let changes = table.changes(&mut state, &events, NOW);
        assert_eq!(changes.full, None);
        let told: Vec<(u32, Severity)> = changes
            .changed
            .iter()
            .map(|(key, state)| (key.0, state.severity))
            .collect();
        assert_eq!(told, vec![(1, Severity::Medium)]);
    }

    #[test]
    fn values_age_while_nothing_arrives() {
        let (mut table, mut state, events) = handed_out();
        let later = table.changes(&mut state, &events, NOW.plus_seconds(6.0));
        assert_eq!(later.changed.len(), 2);
        assert!(
            later
                .changed
                .iter()
                .all(|(_, state)| state.freshness == Freshness::Late)
        );
    }

    #[test]
    fn a_new_event_brings_a_new_set_and_a_closed_one_only_hides() {
        let (mut table, mut state, mut events) = handed_out();
        events.apply(vec![Event {
            status: EventStatus::Closed,
            ..event(1, 90_000)
        }]);
        let closed = table.changes(&mut state, &events, NOW);
        assert_eq!(closed.full, None);
        assert_eq!(
            closed
                .changed
                .iter()
                .map(|(key, state)| (key.0, state.shown))
                .collect::<Vec<_>>(),
            [(2, false)]
        );
        events.apply(vec![event(2, 95_000)]);
        assert_eq!(
            table
                .changes(&mut state, &events, NOW)
                .full
                .map(|symbols| symbols.len()),
            Some(4)
        );
    }

    #[test]
    fn the_pin_of_what_is_not_real_has_no_severity_and_a_correction_gives_it_one() {
        let (mut table, mut state, mut events) = handed_out();
        for standing in Standing::ALL {
            events.apply(vec![Event {
                level: EventLevel::I,
                standing,
                ..event(1, 90_000)
            }]);
            let told = table.changes(&mut state, &events, NOW).changed;
            let expected = if standing.is_real() {
                (Severity::Critical, false)
            } else {
                (Severity::Normal, true)
            };
            // Between two standings that are both not real nothing changes in the picture.
            for (key, state) in told {
                assert_eq!(
                    (key.0, state.severity, state.unreal),
                    (2, expected.0, expected.1)
                );
            }
            let sent = table.states.get(2).expect("the pin");
            assert_eq!(
                (sent.severity, sent.unreal, sent.shown),
                (expected.0, expected.1, true)
            );
        }
    }

    #[test]
    fn an_event_has_no_pin_before_it_was_known() {
        let (mut table, mut state, events) = handed_out();
        show_past(&mut state, &[]);
        let past = events.past(1);
        let past = table.changes(&mut state, &past, UtcMillis(80_000));
        assert_eq!(past.full, None, "the same set");
        assert!(
            past.changed
                .iter()
                .any(|(key, state)| key.0 == 2 && !state.shown)
        );
    }

    #[test]
    fn keys_and_targets_are_each_others_way_back() {
        let (table, state, _) = handed_out();
        for row in 0..3 {
            let target = table
                .target_of(SymbolKey(row), &state)
                .expect("a symbol of the set");
            assert_eq!(table.key_of(&target, &state), Some(SymbolKey(row)));
        }
        assert_eq!(table.target_of(SymbolKey(3), &state), None);
        assert_eq!(
            table.key_of(
                &Target::Feature {
                    id: "w1".to_owned()
                },
                &state
            ),
            None
        );
    }
}
