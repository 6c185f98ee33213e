//! What is known of the ways of things while their rows are handed out anew: a new device must not wipe the trails of all
//! others.

use cim_layers::{
    PointSet,
    motion::{
        report::{MoveRules, Movers},
        trails::Trails,
    },
};
use cim_model::UtcMillis;

/// Times that were counted from different moments are the same when they are no farther apart, seconds.
pub(super) const SAME_S: f32 = 0.05;

/// Where things were and went, by the rows that they had before.
pub(super) struct WaysBefore {
    movers: Movers,
    trails: Option<Trails>,
    /// Things and their rows, by thing.
    rows: Vec<(u32, u32)>,
    epoch: UtcMillis,
}

impl WaysBefore {
    /// The ways of `things` (by row), whose seconds count from `epoch`; `None` when nothing moved, or nobody said which
    /// thing each row is.
    pub(super) fn new(
        things: &[u32],
        epoch: UtcMillis,
        movers: Option<Movers>,
        trails: Option<Trails>,
    ) -> Option<Self> {
        let movers = movers.filter(|_| !things.is_empty())?;
        let mut rows: Vec<(u32, u32)> = things.iter().copied().zip(0..movers.rows()).collect();
        rows.sort_unstable();
        Some(Self {
            movers,
            trails,
            rows,
            epoch,
        })
    }

    /// Hands the ways on to the rows that `things` have in `set` now. What is newer than what the set says of a thing is
    /// left out: the clock went back.
    pub(super) fn hand_on(
        &self,
        things: &[u32],
        set: &PointSet,
        movers: &mut Movers,
        mut trails: Option<&mut Trails>,
    ) {
        let shift_s = self.epoch.seconds_since(set.epoch());
        for (thing, row) in things.iter().zip(0..set.rows()) {
            let (Some(old), Some(slot)) = (self.row_of(*thing), set.slot_of(row)) else {
                continue;
            };
            let until = set.seen(slot) + SAME_S;
            movers.take_over(row, (&self.movers, old), shift_s, until);
            if let (Some(trails), Some(before)) = (trails.as_deref_mut(), &self.trails) {
                // Points of trails have the times at which a thing is drawn there.
                let lag_s = MoveRules::default().lag_s(set.period(slot));
                trails.take_over(row, (before, old), shift_s, until + lag_s);
            }
        }
    }

    fn row_of(&self, thing: u32) -> Option<u32> {
        let place = self.rows.binary_search_by_key(&thing, |(known, _)| *known);
        self.rows.get(place.ok()?).map(|(_, row)| *row)
    }
}
