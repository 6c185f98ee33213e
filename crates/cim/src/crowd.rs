//! Made-up live things over a city, the same on every machine: for pictures and figures that need no hub.

use crate::dice::Dice;
use cim_geo::{Enu, Geodetic, LocalFrame};
use cim_layers::{
    PointState, SHAPE_CAMERA, SHAPE_PERSON, SHAPE_VEHICLE, Why,
    layer::{LayerId, LayerKind, LayerLook},
    points::{heading_of, sensor_shape},
};
use cim_model::{Freshness, SensorKind, UtcMillis};
use cim_scene::{LayerPoints, TwinLayer};
use std::sync::Arc;

/// The number of their layer: above all that a desk gives.
pub(crate) const CROWD_LAYER: u16 = u16::MAX;

/// How often a made-up thing promises to report, seconds.
const PERIOD_S: f32 = 60.0;
/// How far beside the middle of a street things stand at most, metres.
const BESIDE_M: f64 = 9.0;
/// How high above the ground, metres.
const HEIGHT_M: f64 = 3.0;

/// Where made-up things may stand: along streets, and anywhere within a circle.
pub(crate) struct Ground {
    frame: LocalFrame,
    reach_m: f64,
    /// The streets' straight pieces; each knows how long all are up to its end.
    pieces: Vec<Piece>,
}

struct Piece {
    /// Length of all pieces up to the end of this one, metres.
    until_m: f64,
    /// Its ends, metres east and north.
    from: [f64; 2],
    to: [f64; 2],
}

/// A place on the ground.
struct Spot {
    /// Metres east and north.
    at: [f64; 2],
    /// Where the street leads, radians clockwise from north.
    azimuth_rad: f32,
}

impl Ground {
    /// The ground within `reach_m` metres of `origin`, with `streets` as lines.
    pub(crate) fn new<'a>(
        origin: Geodetic,
        reach_m: f64,
        streets: impl IntoIterator<Item = &'a [Geodetic]>,
    ) -> Self {
        let frame = LocalFrame::new(origin);
        let flat = |place: &Geodetic| {
            let Enu {
                east_m, north_m, ..
            } = frame.enu_from_geodetic(*place);
            [east_m, north_m]
        };
        let mut pieces = Vec::new();
        let mut until_m = 0.0;
        for street in streets {
            let line: Vec<[f64; 2]> = street.iter().map(flat).collect();
            for ends in line.windows(2) {
                let [from, to] = *ends else { continue };
                let length_m = length(way(from, to));
                if length_m.is_finite() && length_m > 0.0 {
                    until_m += length_m;
                    pieces.push(Piece { until_m, from, to });
                }
            }
        }
        Self {
            frame,
            reach_m,
            pieces,
        }
    }

    /// Two of three things stand along a street, where there are streets.
    fn spot(&self, dice: &mut Dice) -> Spot {
        let whole_m = self.pieces.last().map_or(0.0, |piece| piece.until_m);
        let at_m = part(dice) * whole_m;
        let place = self.pieces.partition_point(|piece| piece.until_m <= at_m);
        let aside = (part(dice) - 0.5) * 2.0;
        if let Some(piece) = self.pieces.get(place)
            && !dice.once_in(3)
        {
            let along = way(piece.from, piece.to);
            let length_m = length(along);
            let [east, north] = along.map(|metres| metres / length_m);
            let back_m = piece.until_m - at_m;
            let [end_east, end_north] = piece.to;
            return Spot {
                at: [
                    end_east - east * back_m + north * aside * BESIDE_M,
                    end_north - north * back_m - east * aside * BESIDE_M,
                ],
                azimuth_rad: east.atan2(north) as f32,
            };
        }
        let turn = part(dice) * std::f64::consts::TAU;
        // The root spreads them evenly over the circle.
        let far_m = self.reach_m * part(dice).sqrt();
        Spot {
            at: [far_m * turn.sin(), far_m * turn.cos()],
            azimuth_rad: turn as f32,
        }
    }
}

/// The layer that made-up things are in.
pub(crate) fn crowd_layer() -> TwinLayer {
    TwinLayer {
        number: CROWD_LAYER,
        id: LayerId::new("made-up"),
        look: LayerLook {
            order: i16::MAX,
            ..LayerLook::of(LayerKind::Points)
        },
        palette: Vec::new().into(),
        shown: true,
        is_moving: false,
        nearest_m: 0.0,
        farthest_m: f32::INFINITY,
    }
}

/// `count` things as they are at `at`, drawn from `seed`: sensors of all kinds, cameras, vehicles, people; one in forty raises
/// an alarm, one in a thousand a critical one; three in a hundred are late, one is missing.
pub(crate) fn crowd(ground: &Ground, count: u32, at: UtcMillis, seed: u64) -> Arc<LayerPoints> {
    let rows = count as usize;
    let mut points = LayerPoints {
        epoch: at,
        places: Vec::with_capacity(rows),
        states: Vec::with_capacity(rows),
        seen: Vec::with_capacity(rows),
        period: vec![PERIOD_S; rows],
        things: Vec::new(),
    };
    for row in 0..count {
        let mut dice = Dice::at(seed, u64::from(row));
        let spot = ground.spot(&mut dice);
        let [east_m, north_m] = spot.at;
        let place = ground
            .frame
            .geodetic_from_enu(Enu::new(east_m, north_m, 0.0));
        points.places.push(Geodetic {
            height_m: HEIGHT_M,
            ..place
        });
        let age_s = age_s(&mut dice);
        let freshness = Freshness::of_age(f64::from(age_s), f64::from(PERIOD_S));
        let mut state = crowd_state(&mut dice).with_freshness(freshness);
        if freshness != Freshness::Fresh {
            state = state.with_why(Why::DeviceSilent);
        }
        if matches!(state.shape(), SHAPE_VEHICLE | SHAPE_PERSON) {
            state = state.with_heading(heading_of(spot.azimuth_rad));
        }
        points.states.push(state);
        points.seen.push(-age_s);
    }
    Arc::new(points)
}

/// A made-up state: what it is, how bad it is, what it measures.
fn crowd_state(dice: &mut Dice) -> PointState {
    let shape = match dice.below(20) {
        0..=2 => SHAPE_VEHICLE,
        3 => SHAPE_PERSON,
        4 | 5 => SHAPE_CAMERA,
        _ => {
            let kind = dice.below(SensorKind::ALL.len() as u64) as usize;
            sensor_shape(SensorKind::ALL.get(kind).copied().unwrap_or_default())
        }
    };
    PointState::new(shape, class(dice)).with_value(dice.below(1_000) as f32 / 10.0)
}

/// 0 normal to 4 critical.
fn class(dice: &mut Dice) -> u8 {
    match dice.below(1_000) {
        0 => 4,
        1..=3 => 3,
        4..=13 => 2,
        14..=24 => 1,
        _ => 0,
    }
}

/// How long ago it reported, seconds.
fn age_s(dice: &mut Dice) -> f32 {
    let periods = match dice.below(100) {
        0 => 20.0,
        1..=3 => 5.0,
        _ => part(dice),
    };
    PERIOD_S * periods as f32
}

/// A number of 0 to just below 1.
fn part(dice: &mut Dice) -> f64 {
    dice.below(1 << 53) as f64 / (1_u64 << 53) as f64
}

fn way([from_east, from_north]: [f64; 2], [to_east, to_north]: [f64; 2]) -> [f64; 2] {
    [to_east - from_east, to_north - from_north]
}

fn length([east, north]: [f64; 2]) -> f64 {
    east.hypot(north)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: Geodetic = Geodetic {
        lon_deg: 117.2,
        lat_deg: 34.26,
        height_m: 0.0,
    };

    fn east_of_origin(metres: f64) -> Geodetic {
        LocalFrame::new(ORIGIN).geodetic_from_enu(Enu::new(metres, 0.0, 0.0))
    }

    #[test]
    fn the_same_seed_gives_the_same_crowd_and_another_gives_another() {
        let ground = Ground::new(ORIGIN, 2_000.0, []);
        let at = UtcMillis(1_795_000_000_000);
        let first = crowd(&ground, 500, at, 7);
        assert_eq!(first.places, crowd(&ground, 500, at, 7).places);
        assert_eq!(first.states, crowd(&ground, 500, at, 7).states);
        assert_ne!(first.places, crowd(&ground, 500, at, 8).places);
        // A larger crowd begins with the smaller one.
        assert_eq!(
            crowd(&ground, 600, at, 7).places.get(..500),
            Some(&first.places[..])
        );
    }

    #[test]
    fn most_of_a_crowd_stands_along_streets_and_all_of_it_within_reach() {
        let street = [ORIGIN, east_of_origin(1_000.0)];
        let ground = Ground::new(ORIGIN, 1_500.0, [&street[..]]);
        let points = crowd(&ground, 3_000, UtcMillis(0), 1);
        let frame = LocalFrame::new(ORIGIN);
        let mut along = 0;
        for place in &points.places {
            let flat = frame.enu_from_geodetic(*place);
            assert!(flat.east_m.hypot(flat.north_m) < 1_510.0, "{flat:?}");
            let is_beside = flat.north_m.abs() <= BESIDE_M + 0.1;
            along += u32::from(is_beside && (-0.1..=1_000.1).contains(&flat.east_m));
        }
        assert!((1_900..2_200).contains(&along), "{along}");
    }

    #[test]
    fn a_crowd_has_alarms_late_ones_and_missing_ones_but_few() {
        let ground = Ground::new(ORIGIN, 1_000.0, []);
        let points = crowd(&ground, 20_000, UtcMillis(0), 3);
        let of = |taken: &dyn Fn(&PointState) -> bool| {
            points.states.iter().filter(|state| taken(state)).count()
        };
        let critical = of(&|state: &PointState| state.class() == 4);
        let alarms = of(&|state: &PointState| state.class() > 0);
        let late = of(&|state: &PointState| state.freshness() == Freshness::Late);
        let missing = of(&|state: &PointState| state.freshness() == Freshness::Missing);
        assert!((5..60).contains(&critical), "{critical}");
        assert!((350..700).contains(&alarms), "{alarms}");
        assert!((450..750).contains(&late), "{late}");
        assert!((120..290).contains(&missing), "{missing}");
        assert!(points.seen.iter().all(|seen| *seen <= 0.0));
        assert_eq!(points.seen.len(), points.period.len());
    }

    #[test]
    fn a_street_without_length_is_no_street() {
        let ground = Ground::new(ORIGIN, 100.0, [&[ORIGIN, ORIGIN][..], &[ORIGIN][..]]);
        assert!(ground.pieces.is_empty());
        let points = crowd(&ground, 10, UtcMillis(0), 1);
        assert!(points.places.iter().all(|place| place.lon_deg.is_finite()));
    }
}
