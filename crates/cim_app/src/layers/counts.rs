//! What each layer counts: all its rows, those that are shown, and how bad and how old these are.
//!
//! Counted once a second where something changed, and otherwise now and then: values age by themselves. Each device is
//! looked at once for all layers together; which layer holds it is worked out once for a catalogue.

use super::{
    columns::RowColumns,
    fences::FenceBook,
    rows::{Family, Rows, Shown, ThingTable, takes, takes_event},
};
use cim_layers::{
    PointState,
    layer::{LayerCount, LayerId, LayerPlan, LayerSource, filter::Compiled},
};
use cim_model::{Freshness, ThingClass};

/// Whatever a device reports first is its value.
const NO_PROPERTIES: &[String] = &[];

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
    generation: u64,
    rows: Rows,
    /// The rows that each source holds.
    lists: Vec<(LayerSource, Vec<u32>)>,
    states: Vec<(PointState, Option<i64>)>,
}

impl Counter {
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
            if self.censuses.iter().all(|census| census.family != family) {
                let mut census = Census::new(family);
                census.look(shown, table);
                self.censuses.push(census);
            }
            let mut censuses = self.censuses.iter_mut();
            if let Some(census) = censuses.find(|census| census.family == family) {
                counted.push(census.count(plan, shown, table, fences));
            }
        }
        counted
    }
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
    fn new(family: Family) -> Self {
        Self {
            family,
            generation: u64::MAX,
            rows: Rows::default(),
            lists: Vec::new(),
            states: Vec::new(),
        }
    }

    /// Looks at everything as it is now.
    fn look(&mut self, shown: &Shown<'_>, table: &ThingTable) {
        let generation = match self.family {
            Family::Cameras => shown.state.cameras_generation(),
            Family::Events => shown.events.set_generation(),
            _ => shown.state.things_generation(),
        };
        if self.generation != generation {
            self.generation = generation;
            self.rows = Rows::collect(self.family, shown, table, |_| Some((0, NO_PROPERTIES)));
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
            .position(|(source, _)| *source == plan.source);
        let place = known.unwrap_or_else(|| {
            let list = self.rows_of(&plan.source, shown);
            self.lists.push((plan.source.clone(), list));
            self.lists.len() - 1
        });
        let list = self.lists.get(place).map(|(_, list)| list.as_slice());
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
        for row in list.unwrap_or_default() {
            count.all += 1;
            let Some((state, seen)) = self.states.get(*row as usize) else {
                continue;
            };
            let is_taken = filter
                .as_ref()
                .is_none_or(|filter| filter.takes(&columns, *row));
            if state.is_shown() && is_taken {
                newest = newest.max(*seen);
                add(&mut count, *state);
            }
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
