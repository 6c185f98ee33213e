//! Vehicles and people in the field, and where the last report put them: for whoever looks for help, or wants to reach them.

use super::rows::{Mover, Shown, ThingTable, thing_age};
use cim_geo::Geodetic;
use cim_model::{Freshness, ThingClass, UtcMillis};

/// Somebody in the field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Force {
    /// The device, by its row.
    pub(crate) thing: u32,
    /// A vehicle or a person.
    pub(crate) class: ThingClass,
    /// Where, and since when that is known; `None` while nobody knows.
    pub(crate) place: Option<(Geodetic, UtcMillis)>,
    /// The last report is old.
    pub(crate) is_late: bool,
}

/// Who moves, as of one catalogue.
#[derive(Debug, Default)]
pub(crate) struct Forces {
    table: ThingTable,
}

impl Forces {
    /// Everybody who moves, by row, at the moment shown.
    pub(crate) fn all(&mut self, shown: &Shown<'_>) -> Vec<Force> {
        self.table.learn(shown.state);
        let force = |mover: &Mover| Force {
            thing: mover.thing,
            class: self.table.class(mover.thing),
            place: mover.place(shown),
            // What only the catalogue places promises no reports.
            is_late: mover.reports()
                && thing_age(shown, mover.thing, false).1.freshness != Freshness::Fresh,
        };
        self.table.movers().iter().map(force).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        events::Events,
        state::{State, tests::number},
    };
    use cim_model::{
        Datastream, DatastreamId, Limits, Quality, Reading, SensorKind, Thing, ThingId,
    };

    fn thing(id: &str, property: (&str, &str)) -> Thing {
        Thing {
            id: ThingId::new(id),
            name: id.to_owned(),
            description: String::new(),
            kind: SensorKind::default(),
            position: Geodetic::new(117.2, 34.26, 0.0),
            properties: vec![(property.0.to_owned(), property.1.to_owned())],
        }
    }

    fn axis(thing: &str, name: &str) -> Datastream {
        Datastream {
            id: DatastreamId::new(format!("{thing}-{name}")),
            thing: ThingId::new(thing),
            name: name.to_owned(),
            observed_property: name.to_owned(),
            unit: "deg".to_owned(),
            period_s: 10.0,
            limits: Limits::default(),
        }
    }

    #[test]
    fn those_who_move_are_told_with_their_last_place_and_its_age() {
        let mut state = State::default();
        state.apply_catalogue(
            vec![
                thing("truck", ("vehicle", "pump_truck")),
                thing("post", ("note", "stands")),
                thing("worker", ("person", "grid_worker")),
            ],
            vec![axis("truck", "lon"), axis("truck", "lat")],
            Vec::new(),
        );
        number(&mut state);
        for (series, value) in [("truck-lon", 117.25), ("truck-lat", 34.3)] {
            let row = state
                .series_row(&DatastreamId::new(series))
                .expect("a series");
            let reading = Reading {
                happened_at: UtcMillis(100_000),
                value,
                quality: Quality::Good,
            };
            state.take_reading(row, reading, UtcMillis(100_000), UtcMillis(100_000));
        }
        let events = Events::default();
        let mut forces = Forces::default();
        let mut at = |moment: i64| {
            forces.all(&Shown {
                state: &state,
                events: &events,
                moment: UtcMillis(moment),
                hub_gone: false,
            })
        };
        let now = at(101_000);
        let classes: Vec<ThingClass> = now.iter().map(|force| force.class).collect();
        assert_eq!(classes, [ThingClass::Vehicle, ThingClass::Person]);
        let (place, since) = now[0].place.expect("it reported");
        assert_eq!((place.lon_deg, since), (117.25, UtcMillis(100_000)));
        assert!(!now[0].is_late && at(900_000)[0].is_late);
        // Nobody reports where the worker is: the catalogue says so.
        assert_eq!(now[1].place.map(|(place, _)| place.lat_deg), Some(34.26));
        assert!(!at(900_000)[1].is_late);
    }
}
