//! Live things made up from a seed: where they are, what they report, and the layer that shows them.

use crate::dice::Dice;
use cim_geo::{Enu, Geodetic, LocalFrame};
use cim_layers::{
    PointChange, PointRows, PointState,
    layer::{Gathering, LayerId, LayerKind, LayerLook, Size},
};
use cim_model::UtcMillis;
use cim_scene::{LayerPoints, TwinLayer};
use std::{f32::consts::TAU, sync::Arc};

/// Where the invented ground has its origin.
pub(crate) const ORIGIN: Geodetic = Geodetic {
    lon_deg: 117.2,
    lat_deg: 34.26,
    height_m: 0.0,
};
/// Side of the square that things are in, metres.
pub(crate) const SIDE_M: f32 = 12_000.0;
/// How far the square reaches from the origin, metres.
pub(crate) const RADIUS_M: f64 = 8_500.0;
/// How high above the ground things are, metres.
const LIFTED_M: f32 = 3.0;

/// Things gather around so many middles, as they do in a city.
const MIDDLES: u64 = 96;
/// How far they reach from a middle, metres.
const GATHERED_M: f32 = 1_200.0;
/// Sensor shapes that are used in turn.
const SHAPES: u32 = 8;

/// The moment that the things' seconds count from: any will do, and the same in every run.
pub(crate) fn epoch() -> UtcMillis {
    UtcMillis(1_792_000_000_000)
}

/// A number from 0 to below 1.
pub(crate) fn unit_of(dice: &mut Dice) -> f32 {
    (dice.roll() >> 40) as f32 / (1_u64 << 24) as f32
}

/// So many things. The same seed gives the same things.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Things {
    pub(crate) count: u32,
    pub(crate) seed: u64,
}

impl Things {
    /// Where a thing is, metres east, north and up of [`ORIGIN`].
    pub(crate) fn place(self, row: u32) -> [f32; 3] {
        let mut dice = Dice::at(self.seed, u64::from(row));
        let anywhere = |dice: &mut Dice| (unit_of(dice) - 0.5) * SIDE_M;
        // One in three stands anywhere.
        if dice.once_in(3) {
            return [anywhere(&mut dice), anywhere(&mut dice), LIFTED_M];
        }
        let mut middle = Dice::at(!self.seed, dice.below(MIDDLES));
        let middle = [anywhere(&mut middle), anywhere(&mut middle)];
        let (turn, reach) = (unit_of(&mut dice) * TAU, unit_of(&mut dice) * GATHERED_M);
        let inside = |metres: f32| metres.clamp(-0.5 * SIDE_M, 0.5 * SIDE_M);
        let [east, north] = middle;
        [
            inside(east + reach * turn.cos()),
            inside(north + reach * turn.sin()),
            LIFTED_M,
        ]
    }

    /// What a thing reports the `turn`th time: mostly normal, one in a thousand critical. Values of different turns differ.
    pub(crate) fn state(self, row: u32, turn: u64) -> PointState {
        let mut dice = Dice::at(self.seed.wrapping_add(turn), !u64::from(row));
        let class = match dice.below(1_000) {
            0 => 4,
            1..=3 => 3,
            4..=19 => 2,
            20..=69 => 1,
            _ => 0,
        };
        let value = (turn % 4_096) as f32 + unit_of(&mut dice) * 0.5;
        PointState::new((row % SHAPES) as u8, class).with_value(value)
    }

    /// All things as a set takes them, before any report but the first.
    pub(crate) fn rows(self) -> PointRows {
        let rows = 0..self.count;
        PointRows {
            places: rows.clone().map(|row| self.place(row)).collect(),
            states: rows.clone().map(|row| self.state(row, 0)).collect(),
            seen: rows.clone().map(|_| 0.0).collect(),
            // What never ages: a picture that stands still must not change by itself.
            period: rows.map(|_| f32::INFINITY).collect(),
        }
    }

    /// All things as the twin takes them.
    pub(crate) fn points(self) -> LayerPoints {
        let frame = LocalFrame::new(ORIGIN);
        let PointRows {
            places,
            states,
            seen,
            period,
        } = self.rows();
        LayerPoints {
            epoch: epoch(),
            places: places
                .iter()
                .map(|[east, north, up]| {
                    frame.geodetic_from_enu(Enu {
                        east_m: f64::from(*east),
                        north_m: f64::from(*north),
                        up_m: f64::from(*up),
                    })
                })
                .collect(),
            states,
            seen,
            period,
            things: Vec::new(),
        }
    }

    /// Fills `into` with `count` reports of things drawn at random, of the `turn`th time.
    pub(crate) fn report(self, turn: u64, count: usize, into: &mut Vec<PointChange>) {
        let mut dice = Dice::at(self.seed ^ 0x5eed, turn);
        into.clear();
        for _ in 0..count {
            let row = dice.below(u64::from(self.count)) as u32;
            into.push(PointChange {
                row,
                state: self.state(row, turn),
                seen: 0.0,
                period: f32::INFINITY,
            });
        }
    }
}

/// A layer of points without more about it than the twin needs.
pub(crate) fn layer(number: u16, id: &str, gather: Gathering, size_px: f32) -> TwinLayer {
    TwinLayer {
        number,
        id: LayerId::new(id),
        look: LayerLook {
            gather,
            size: Size::Pixels(size_px),
            ..LayerLook::of(LayerKind::Points)
        },
        palette: Arc::default(),
        shown: true,
        is_moving: false,
        nearest_m: 0.0,
        farthest_m: f32::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_things_within_their_square() {
        let things = Things {
            count: 2_000,
            seed: 5,
        };
        let rows = things.rows();
        assert_eq!(rows.places, things.rows().places);
        assert_ne!(rows.places, Things { seed: 6, ..things }.rows().places);
        let half = SIDE_M / 2.0;
        for [east, north, up] in rows.places {
            assert!(east.abs() <= half && north.abs() <= half, "{east} {north}");
            assert!((up - LIFTED_M).abs() < 1.0e-6);
        }
    }

    #[test]
    fn the_twin_gets_the_places_that_a_set_gets() {
        let things = Things { count: 50, seed: 1 };
        let frame = LocalFrame::new(ORIGIN);
        for (place, [east, north, up]) in things.points().places.iter().zip(things.rows().places) {
            let enu = frame.enu_from_geodetic(*place);
            let off = [
                enu.east_m - f64::from(east),
                enu.north_m - f64::from(north),
                enu.up_m - f64::from(up),
            ];
            assert!(off.iter().all(|metres| metres.abs() < 1.0e-3), "{off:?}");
        }
    }

    #[test]
    fn every_report_differs_from_the_one_before() {
        let things = Things {
            count: 300,
            seed: 3,
        };
        for row in 0..things.count {
            assert_ne!(things.state(row, 1), things.state(row, 2));
        }
        let mut reports = Vec::new();
        things.report(9, 1_000, &mut reports);
        assert_eq!(reports.len(), 1_000);
        assert!(reports.iter().all(|report| report.row < 300));
        let urgent = reports
            .iter()
            .filter(|report| report.state.class() >= 3)
            .count();
        assert!(urgent < 50, "{urgent} of 1 000 are urgent");
    }
}
