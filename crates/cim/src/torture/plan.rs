//! What the child does, deed by deed, from a seed alone: parent and child agree on it without talking.
//!
//! City time goes on by [`STEP_MS`] with every deed, so that the lives of one cache cross several days.

use crate::dice::Dice;
use cim_geo::Geodetic;
use cim_model::{
    Datastream, DatastreamId, Event, EventId, EventLevel, EventStatus, Limits, Quality, SensorKind,
    Standing, Thing, ThingId, UtcMillis,
};
use cim_store::{DAY_MS, Fact, Keep};

/// Series of the cache; more than two groups of them.
pub(super) const SERIES: u64 = 1_200;
/// When city time begins: 2026-03-01T00:00:00Z.
pub(super) const START: i64 = 1_772_323_200_000;
/// How far city time goes on with a deed.
pub(super) const STEP_MS: i64 = 20 * 60_000;
/// What retention keeps.
pub(super) const KEPT: Keep = Keep {
    days: 2,
    bytes: u64::MAX,
};

/// One row before its series has a number: place of the series in the plan, moments, value, quality.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PlannedRow {
    pub(super) series: u64,
    pub(super) happened_at: i64,
    pub(super) known_at: i64,
    pub(super) value: f64,
    pub(super) quality: Quality,
}

/// Something that the child does and acknowledges.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Deed {
    /// The things and series are saved.
    Catalogue,
    /// Observations are appended.
    Rows(Vec<PlannedRow>),
    /// A fact is saved.
    Fact(Box<Fact>),
    /// An event is saved.
    Event(Box<Event>),
    /// What is due is sealed; all there is when `all`.
    Seal { all: bool },
    /// Hours that are over are rolled into minutes.
    Roll,
    /// Old days are removed.
    Retain,
}

/// City time at a deed.
pub(super) fn now(deed: u64) -> UtcMillis {
    UtcMillis(START + STEP_MS * deed as i64)
}

/// The identity of a series.
pub(super) fn series_id(series: u64) -> DatastreamId {
    DatastreamId::new(format!("torture/{series}"))
}

/// The device of all series, and the series.
pub(super) fn catalogue() -> (Vec<Thing>, Vec<Datastream>) {
    let thing = Thing {
        id: ThingId::new("torture"),
        name: "torture".into(),
        description: String::new(),
        kind: SensorKind::Other,
        position: place(),
        properties: Vec::new(),
    };
    let series = (0..SERIES).map(|series| Datastream {
        id: series_id(series),
        thing: thing.id.clone(),
        name: format!("series {series}"),
        observed_property: "level".into(),
        unit: "m".into(),
        period_s: 60.0,
        limits: Limits::default(),
    });
    let series = series.collect();
    (vec![thing], series)
}

/// The first moment that is there for certain after retention ran at `deed`. It removes whole days, so one that it keeps
/// in part may count as kept or not: a day less is certain.
pub(super) fn spared_by_retention(deed: u64) -> i64 {
    now(deed).0 - DAY_MS * (i64::from(KEPT.days) - 1)
}

/// What is done at place `deed` of the plan with `seed`.
pub(super) fn deed(seed: u64, deed: u64) -> Deed {
    if deed == 0 {
        return Deed::Catalogue;
    }
    let mut dice = Dice::at(seed, deed);
    match dice.below(24) {
        0 | 1 => Deed::Seal {
            all: dice.once_in(3),
        },
        2 => Deed::Roll,
        3 if dice.once_in(2) => Deed::Retain,
        4 | 5 => Deed::Fact(Box::new(fact(&mut dice, deed))),
        6 => Deed::Event(Box::new(event(&mut dice, deed))),
        _ => Deed::Rows(rows(&mut dice, now(deed).0)),
    }
}

fn rows(dice: &mut Dice, now: i64) -> Vec<PlannedRow> {
    let count = 20 + dice.below(300);
    (0..count).map(|_| row(dice, now)).collect()
}

fn row(dice: &mut Dice, now: i64) -> PlannedRow {
    let mut series = dice.below(SERIES);
    let mut happened_at = now - dice.millis_below(STEP_MS);
    let mut known_at = happened_at + dice.millis_below(4_000);
    match dice.below(100) {
        // A source that was cut off and catches up: known much later than it happened.
        0..=4 => {
            happened_at -= dice.millis_below(3 * 3_600_000);
            known_at = now;
        }
        // Few series on whole minutes: the same moment comes again with another value, and the first one stays.
        5..=14 => {
            series = dice.below(8);
            happened_at = happened_at.div_euclid(60_000) * 60_000;
            known_at = happened_at;
        }
        // A source whose clock is ahead of the desk's.
        15 | 16 => known_at = happened_at - dice.millis_below(3_600_000),
        _ => {}
    }
    PlannedRow {
        series,
        happened_at,
        known_at,
        value: value(dice),
        quality: match dice.below(20) {
            0 => Quality::Suspect,
            1 => Quality::Estimated,
            _ => Quality::Good,
        },
    }
}

/// Mostly a decimal as gauges report it; now and then any finite number.
fn value(dice: &mut Dice) -> f64 {
    if dice.once_in(50) {
        let any = f64::from_bits(dice.roll());
        if any.is_finite() {
            return any;
        }
    }
    (dice.below(40_000) as f64 - 20_000.0) / 100.0
}

fn fact(dice: &mut Dice, deed: u64) -> Fact {
    let known_at = now(deed);
    Fact {
        id: format!("fact-{deed}"),
        happened_at: UtcMillis(known_at.0 - dice.millis_below(60_000)),
        known_at,
        author: "torture".into(),
        subject: format!("subject-{}", dice.below(50)),
        verb: "acknowledge".into(),
        body: format!("{{\"draw\":{}}}", dice.below(1_000_000)),
        cause: String::new(),
    }
}

fn event(dice: &mut Dice, deed: u64) -> Event {
    let known_at = now(deed);
    Event {
        id: EventId::new(format!("event-{deed}")),
        title: format!("event {}", dice.below(1_000_000)),
        description: String::new(),
        category: "road_damage".into(),
        level: EventLevel::III,
        // Never closed: closed events may be forgotten with their days.
        status: EventStatus::Handling,
        position: place(),
        happened_at: UtcMillis(known_at.0 - dice.millis_below(60_000)),
        known_at,
        source: "torture".into(),
        standing: Standing::Actual,
    }
}

fn place() -> Geodetic {
    Geodetic {
        lon_deg: 120.0,
        lat_deg: 31.0,
        height_m: 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_deeds() {
        for place in 0..200 {
            assert_eq!(deed(5, place), deed(5, place));
        }
        let differs = (1..200).any(|place| deed(5, place) != deed(6, place));
        assert!(differs);
    }

    #[test]
    fn a_plan_has_late_rows_repeated_ones_and_every_kind_of_deed() {
        let (mut late, mut kinds) = (0, [0; 6]);
        let mut met = std::collections::BTreeSet::new();
        let mut repeated = 0;
        for place in 1..600 {
            let kind = match deed(3, place) {
                Deed::Rows(rows) => {
                    for row in rows {
                        assert!(row.value.is_finite());
                        late += u32::from(row.known_at - row.happened_at > 5_000);
                        repeated += u32::from(!met.insert((row.series, row.happened_at)));
                    }
                    0
                }
                Deed::Fact(_) => 1,
                Deed::Event(_) => 2,
                Deed::Seal { .. } => 3,
                Deed::Roll => 4,
                Deed::Retain => 5,
                Deed::Catalogue => panic!("only the first deed saves the catalogue"),
            };
            kinds[kind] += 1;
        }
        assert!(kinds.iter().all(|count| *count > 0), "{kinds:?}");
        assert!(
            late > 100 && repeated > 20,
            "{late} late, {repeated} repeated"
        );
    }
}
