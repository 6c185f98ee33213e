//! What each layer counts: all its rows, those that are shown, and how bad and how old these are.
//!
//! Counted once a second where something changed, and otherwise now and then: values age by themselves. Each device is
//! looked at once for all layers together; which layer holds it is worked out once for a catalogue.

use super::{
    columns::RowColumns,
    feed::properties_of,
    fences::FenceBook,
    offers::{Offer, offer_of, range_of},
    rows::{Family, Rows, Shown, ThingTable, takes, takes_event},
};
use crate::state::State;
use cim_layers::{
    PointState,
    layer::{LayerCount, LayerId, LayerPlan, LayerSource, filter::Compiled},
};
use cim_model::{Freshness, ThingClass};

/// One layer's count, and when the newest of its rows was seen, UTC milliseconds.
pub(super) struct Counted {
    pub(super) id: LayerId,
    pub(super) count: LayerCount,
    pub(super) newest: Option<i64>,
}

/// Counts layers; remembers which rows each holds.
#[derive(Default)]
pub(super) struct Counter {
    censuses: Vec<Census>,
}

/// Everything of one family.
struct Census {
    family: Family,
    /// What is a device's value; whatever it reports first without any.
    properties: Vec<String>,
    generation: u64,
    rows: Rows,
    /// What each source holds.
    lists: Vec<Held>,
    states: Vec<(PointState, Option<i64>)>,
}

/// The rows of one source.
struct Held {
    source: LayerSource,
    rows: Vec<u32>,
    /// What they can be coloured by.
    offer: Offer,
    /// True when one of them had a value when they were counted last.
    has_values: bool,
}

impl Counter {
    /// What the rows of `source` can be coloured by; `None` before they were counted.
    pub(super) fn offer(&self, source: &LayerSource) -> Option<&Offer> {
        self.held(source).map(|(_, held)| &held.offer)
    }

    /// True when a row of `source` has a value.
    pub(super) fn has_values(&self, source: &LayerSource) -> bool {
        self.held(source).is_some_and(|(_, held)| held.has_values)
    }

    /// The least range with round ends that holds the values that the rows of `source` have now.
    pub(super) fn range(&self, source: &LayerSource, state: &State) -> Option<[f64; 2]> {
        let (census, held) = self.held(source)?;
        let has_readings = matches!(census.family, Family::Things | Family::Movers(_));
        has_readings
            .then(|| range_of(source, &census.rows, &held.rows, state))
            .flatten()
    }

    fn held(&self, source: &LayerSource) -> Option<(&Census, &Held)> {
        self.censuses.iter().find_map(|census| {
            let mut lists = census.lists.iter();
            Some((census, lists.find(|held| held.source == *source)?))
        })
    }

    /// Counts every layer of `plans`.
    pub(super) fn count<'a>(
        &mut self,
        plans: impl Iterator<Item = &'a LayerPlan>,
        shown: &Shown<'_>,
        table: &ThingTable,
        fences: &FenceBook,
    ) -> Vec<Counted> {
        for census in &mut self.censuses {
            census.look(shown, table);
        }
        let mut counted = Vec::new();
        for plan in plans {
            let Some(family) = counted_as(&plan.source) else {
                continue;
            };
            let properties = properties_of(Some(&plan.source));
            let is_it =
                |census: &Census| census.family == family && census.properties == properties;
            if !self.censuses.iter().any(is_it) {
                let mut census = Census::new(family, properties);
                census.look(shown, table);
                self.censuses.push(census);
            }
            let mut censuses = self.censuses.iter_mut();
            if let Some(census) = censuses.find(|census| is_it(census)) {
                counted.push(census.count(plan, shown, table, fences));
            }
        }
        counted
    }
}

/// True for layers that count rows, however they are drawn.
pub(super) fn has_rows(source: &LayerSource) -> bool {
    counted_as(source).is_some()
}

/// What a layer's rows are, however they are drawn; heat counts what it is made of.
fn counted_as(source: &LayerSource) -> Option<Family> {
    match source {
        LayerSource::Things { .. } | LayerSource::Feed { .. } => Some(Family::Things),
        LayerSource::Cameras => Some(Family::Cameras),
        LayerSource::Events { .. } => Some(Family::Events),
        LayerSource::Vehicles => Some(Family::Movers(ThingClass::Vehicle)),
        LayerSource::People => Some(Family::Movers(ThingClass::Person)),
        _ => None,
    }
}

impl Census {
    fn new(family: Family, properties: &[String]) -> Self {
        Self {
            family,
            properties: properties.to_vec(),
            generation: u64::MAX,
            rows: Rows::default(),
            lists: Vec::new(),
            states: Vec::new(),
        }
    }

    /// Looks at everything as it is now.
    fn look(&mut self, shown: &Shown<'_>, table: &ThingTable) {
        let generation = match self.family {
            Family::Cameras => shown.state.drawn_cameras_generation(),
            Family::Events => shown.events.set_generation(),
            _ => shown.state.things_generation(),
        };
        if self.generation != generation {
            self.generation = generation;
            let properties = self.properties.as_slice();
            self.rows = Rows::collect(self.family, shown, table, |_| Some((0, properties)));
            self.lists.clear();
        }
        let (rows, family) = (&self.rows, self.family);
        self.states.clear();
        self.states.extend((0..rows.len()).map(|row| {
            let now = rows.now(family, shown, row);
            (now.state, now.seen)
        }));
    }

    fn count(
        &mut self,
        plan: &LayerPlan,
        shown: &Shown<'_>,
        table: &ThingTable,
        fences: &FenceBook,
    ) -> Counted {
        let known = self
            .lists
            .iter()
            .position(|held| held.source == plan.source);
        let place = known.unwrap_or_else(|| {
            let rows = self.rows_of(&plan.source, shown);
            self.lists.push(Held {
                source: plan.source.clone(),
                offer: offer_of(&plan.source, self.family, &self.rows, &rows, shown),
                rows,
                has_values: false,
            });
            self.lists.len() - 1
        });
        let list = self.lists.get(place).map(|held| held.rows.as_slice());
        let filter: Option<Compiled> = plan
            .filter
            .as_ref()
            .and_then(|filter| filter.compile(&table.schema).ok());
        let columns = RowColumns {
            shown,
            family: self.family,
            rows: &self.rows,
            schema: &table.schema,
            fences,
        };
        let mut count = LayerCount::default();
        let mut newest: Option<i64> = None;
        let mut has_values = false;
        for row in list.unwrap_or_default() {
            count.all += 1;
            let Some((state, seen)) = self.states.get(*row as usize) else {
                continue;
            };
            has_values |= state.value.is_finite();
            let is_taken = filter
                .as_ref()
                .is_none_or(|filter| filter.takes(&columns, *row));
            if state.is_shown() && is_taken {
                newest = newest.max(*seen);
                add(&mut count, *state);
            }
        }
        if let Some(held) = self.lists.get_mut(place) {
            held.has_values = has_values;
        }
        Counted {
            id: plan.id.clone(),
            count,
            newest,
        }
    }

    fn rows_of(&self, source: &LayerSource, shown: &Shown<'_>) -> Vec<u32> {
        let holds = |row: &u32| {
            let of = self.rows.of.get(*row as usize).copied();
            match self.family {
                Family::Things | Family::Movers(_) => {
                    of.is_some_and(|thing| takes(source, shown.state, thing))
                }
                Family::Events => of.is_some_and(|event| takes_event(source, shown.events, event)),
                _ => true,
            }
        };
        (0..self.rows.len()).filter(holds).collect()
    }
}

fn add(count: &mut LayerCount, state: PointState) {
    count.shown += 1;
    if let Some(class) = count.by_class.get_mut(usize::from(state.class())) {
        *class += 1;
    }
    match state.freshness() {
        Freshness::Fresh => {}
        Freshness::Late => count.late += 1,
        Freshness::Missing => count.missing += 1,
    }
}
