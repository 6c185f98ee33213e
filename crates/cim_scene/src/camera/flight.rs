//! Flights: the way of the camera from one view to another.

use super::reach::DEGREE;
use crate::View;
use std::f64::consts::PI;

/// Shortest and longest flight, seconds.
const FLIGHT_S: [f64; 2] = [0.4, 0.9];
/// Half way the camera looks down at least this far, so that roofs pass below and not in front.
const CRUISE_PITCH_RAD: f64 = 45.0 * DEGREE;
/// How far above the highest roof the eye passes, metres.
const CLEARANCE_M: f64 = 20.0;
/// Shorter flights rise at most by [`MOST_RISE`] times their length: a hop across a street does not climb a tower's height.
const SHORT_TRAVEL_M: f64 = 200.0;
const MOST_RISE: f64 = 1.5;

/// A way from one view to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flight {
    from: View,
    to: View,
    pub(super) elapsed_s: f64,
    pub(super) duration_s: f64,
    /// How much farther from its target than both ends the eye is half way, metres.
    rise_m: f64,
    /// How much farther down than both ends it looks half way, radians.
    bow_rad: f64,
}

impl Flight {
    /// The way between two views over roofs that are at most `skyline_m` high.
    pub(super) fn between(from: View, to: View, skyline_m: f64) -> Self {
        let travel_m = from.target.distance(to.target);
        let travel = travel_m / from.distance_m.max(to.distance_m);
        let zoom = (to.distance_m / from.distance_m).ln().abs();
        let turn = (to.heading_rad - from.heading_rad).abs() / PI;
        let effort = (travel / 4.0 + zoom / 4.0 + turn / 2.0).clamp(0.0, 1.0);
        let [shortest_s, longest_s] = FLIGHT_S;
        // Only who goes somewhere looks down on the way.
        let bow_rad = (CRUISE_PITCH_RAD - f64::midpoint(from.pitch_rad, to.pitch_rad)).max(0.0)
            * travel.clamp(0.0, 1.0);
        let cruise_sine = (f64::midpoint(from.pitch_rad, to.pitch_rad) + bow_rad)
            .sin()
            .max(0.1);
        let cruise_m = (from.distance_m * to.distance_m).sqrt();
        let over_roofs_m = (skyline_m + CLEARANCE_M - f64::midpoint(from.target.z, to.target.z))
            / cruise_sine
            - cruise_m;
        let most_m = if travel_m < SHORT_TRAVEL_M {
            travel_m * MOST_RISE
        } else {
            f64::INFINITY
        };
        Self {
            from,
            to,
            elapsed_s: 0.0,
            duration_s: shortest_s + (longest_s - shortest_s) * effort,
            rise_m: over_roofs_m.min(most_m).max(travel_m * 0.3),
            bow_rad,
        }
    }

    /// The view at the time flown so far: slow at both ends, high for most of the way.
    pub(super) fn view(&self) -> View {
        let time = (self.elapsed_s / self.duration_s).clamp(0.0, 1.0);
        let way = time * time * time * (time * (time * 6.0 - 15.0) + 10.0);
        let between = |from: f64, to: f64| from + (to - from) * way;
        // Up soon, down late: 0 at both ends, 1 half way, 0.6 after a tenth.
        let aloft = 1.0 - (1.0 - 2.0 * way).powi(4);
        View {
            target: self.from.target.lerp(self.to.target, way),
            distance_m: between(self.from.distance_m.ln(), self.to.distance_m.ln()).exp()
                + self.rise_m * aloft,
            heading_rad: between(self.from.heading_rad, self.to.heading_rad),
            pitch_rad: between(self.from.pitch_rad, self.to.pitch_rad) + self.bow_rad * aloft,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy_math::DVec3;

    fn view(east_m: f64) -> View {
        View {
            target: DVec3::new(east_m, 0.0, 0.0),
            distance_m: 150.0,
            heading_rad: 0.0,
            pitch_rad: 0.5,
        }
    }

    fn half_way(mut flight: Flight) -> View {
        flight.elapsed_s = flight.duration_s / 2.0;
        flight.view()
    }

    #[test]
    fn a_flight_rises_on_its_way_and_takes_longer_for_more() {
        let short = Flight::between(view(0.0), view(50.0), 0.0);
        let long = Flight::between(view(0.0), view(900.0), 0.0);
        assert!(
            short.duration_s >= 0.4 && short.duration_s < long.duration_s && long.duration_s <= 0.9
        );
        assert!(half_way(long).distance_m > 400.0);
    }

    #[test]
    fn a_flight_passes_above_the_highest_roof() {
        let flight = Flight::between(view(0.0), view(900.0), 300.0);
        assert!(half_way(flight).eye().z >= 320.0 - 1e-6);
        let hop = Flight::between(view(0.0), view(30.0), 300.0);
        assert!(half_way(hop).distance_m < 150.0 + 30.0 * MOST_RISE + 1e-6);
    }

    #[test]
    fn a_flight_begins_and_ends_exactly_at_its_views() {
        let mut flight = Flight::between(view(0.0), view(900.0), 300.0);
        assert!(flight.view().eye().distance(view(0.0).eye()) < 1e-9);
        flight.elapsed_s = flight.duration_s;
        assert!(flight.view().eye().distance(view(900.0).eye()) < 1e-9);
    }
}
