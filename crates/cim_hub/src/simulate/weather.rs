//! The weather over the city: fronts and rain cells that move over the map, a pure function of seed, place and moment.
//!
//! A front reaches the west of the city before its east. What follows the weather with a delay (water levels, traffic, air,
//! structures) asks for the rain of some time before.

use super::model::{mix, unit, wave};
use super::plane::Plane;
use std::f64::consts::TAU;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
/// At most one front passes within a window of this length.
const FRONT_WINDOW_MS: i64 = 36 * HOUR_MS;
/// The chance that one does.
const FRONT_CHANCE: f64 = 0.75;
/// Rain cells are drawn once per window of this length.
const CELL_WINDOW_MS: i64 = 40 * MINUTE_MS;
/// So many windows are showery together, or not.
const CELL_WINDOWS: i64 = 9;
/// The chance that they are.
const SHOWERY_CHANCE: f64 = 0.3;
/// The longest life of a rain cell.
const CELL_LIFE_MS: f64 = 100.0 * MINUTE_MS as f64;
/// Moments that are looked at for the rain of a time span.
const LOOKS: i64 = 5;

/// The weather of a city.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Weather {
    seed: u64,
    plane: Plane,
    /// Local time minus UTC.
    zone_ms: i64,
}

/// The weather at one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Air {
    weather: Weather,
    at: [f64; 2],
}

struct Front {
    /// When it passes the middle of the map.
    passes_ms: f64,
    /// The direction that it moves to, east and north.
    towards: [f64; 2],
    metres_per_ms: f64,
    rain: f64,
    gust: f64,
    drop: f64,
}

impl Weather {
    /// The weather over a map.
    pub(crate) fn new(seed: u64, plane: Plane, zone_ms: i64) -> Self {
        Self {
            seed: mix(seed, 0x7EA7),
            plane,
            zone_ms,
        }
    }

    /// The weather at a place.
    pub(crate) fn at(&self, lon: f64, lat: f64) -> Air {
        Air {
            weather: *self,
            at: self.plane.metres(lon, lat),
        }
    }

    fn draw(&self, window: i64, purpose: u64) -> f64 {
        unit(mix(mix(self.seed, purpose), window.cast_unsigned()))
    }

    fn front(&self, window: i64) -> Option<Front> {
        if self.draw(window, 1) >= FRONT_CHANCE {
            return None;
        }
        let heading = (20.0 + 140.0 * self.draw(window, 2)).to_radians();
        let (sin, cos) = heading.sin_cos();
        let speed_km_h = 20.0 + 30.0 * self.draw(window, 3);
        let within = self.draw(window, 4) * FRONT_WINDOW_MS as f64;
        Some(Front {
            passes_ms: (window * FRONT_WINDOW_MS) as f64 + within,
            towards: [sin, cos],
            metres_per_ms: speed_km_h * 1000.0 / HOUR_MS as f64,
            rain: 1.0 + 8.0 * self.draw(window, 5),
            gust: 4.0 + 8.0 * self.draw(window, 6),
            drop: 3.0 + 6.0 * self.draw(window, 7),
        })
    }

    /// Rain of the cells of one window, mm/h.
    fn cells(&self, window: i64, at: [f64; 2], ms: i64) -> f64 {
        let spell = window.div_euclid(CELL_WINDOWS);
        if self.draw(spell, 11) >= SHOWERY_CHANCE {
            return 0.0;
        }
        let (sin, cos) = (20.0 + 140.0 * self.draw(spell, 12)).to_radians().sin_cos();
        let metres_per_ms = (20.0 + 25.0 * self.draw(spell, 13)) * 1000.0 / HOUR_MS as f64;
        let mut rain = 0.0;
        for cell in 0..2_u64 {
            let draw = |purpose: u64| self.draw(window, 20 + 10 * cell + purpose);
            let life = CELL_LIFE_MS * (0.5 + 0.5 * draw(0));
            let born = (window * CELL_WINDOW_MS) as f64 + draw(1) * CELL_WINDOW_MS as f64;
            let age = (ms as f64 - born) / life;
            if draw(2) < 0.4 || !(0.0..1.0).contains(&age) {
                continue;
            }
            // Half way through its life it is about over the middle of the map.
            let along = (age - 0.5) * life * metres_per_ms + 8000.0 * (draw(3) - 0.5);
            let across = 8000.0 * (draw(4) - 0.5);
            let centre = [along * sin + across * cos, along * cos - across * sin];
            let radius = 1200.0 + 2300.0 * draw(5);
            let (east, north) = (at[0] - centre[0], at[1] - centre[1]);
            let distance2 = (east * east + north * north) / (radius * radius);
            let grown = 1.0 - (2.0 * age - 1.0) * (2.0 * age - 1.0);
            rain += (6.0 + 34.0 * draw(6)) * grown * (-0.5 * distance2).exp();
        }
        rain
    }
}

impl Front {
    /// Hours since it passed a place; negative before.
    fn hours_after(&self, at: [f64; 2], ms: i64) -> f64 {
        let ahead = at[0] * self.towards[0] + at[1] * self.towards[1];
        (ms as f64 - self.passes_ms - ahead / self.metres_per_ms) / HOUR_MS as f64
    }
}

impl Air {
    fn fronts(&self, ms: i64) -> impl Iterator<Item = (Front, f64)> {
        let window = ms.div_euclid(FRONT_WINDOW_MS);
        (window - 1..=window + 1).filter_map(move |window| {
            let front = self.weather.front(window)?;
            let after = front.hours_after(self.at, ms);
            Some((front, after))
        })
    }

    /// Rain, mm/h.
    pub(crate) fn rain(&self, ms: i64) -> f64 {
        let fronts: f64 = self
            .fronts(ms)
            .map(|(front, after)| front.rain * hump(after, 0.8))
            .sum();
        let window = ms.div_euclid(CELL_WINDOW_MS);
        let cells: f64 = (window - 3..=window)
            .map(|window| self.weather.cells(window, self.at, ms))
            .sum();
        let rain = fronts + cells;
        if rain < 0.05 { 0.0 } else { rain }
    }

    /// The mean rain of a span of time that ended `lag_ms` ago, mm/h.
    pub(crate) fn rain_before(&self, ms: i64, lag_ms: i64, span_ms: i64) -> f64 {
        let looks = (0..LOOKS).map(|look| self.rain(ms - lag_ms - look * span_ms / LOOKS));
        looks.sum::<f64>() / LOOKS as f64
    }

    /// Wind, m/s.
    pub(crate) fn wind(&self, ms: i64) -> f64 {
        let gusts: f64 = self
            .fronts(ms)
            .map(|(front, after)| front.gust * hump(after, 1.5))
            .sum();
        let day = 0.5 - 0.5 * self.day(ms, 3.0);
        let sway = 0.8 * wave(mix(self.weather.seed, 41), ms, 20 * MINUTE_MS)
            + 0.5 * wave(mix(self.weather.seed, 42), ms, 2 * MINUTE_MS);
        (2.0 + 1.6 * day + sway + gusts + 0.12 * self.rain(ms)).max(0.0)
    }

    /// Temperature of the air, degrees Celsius.
    pub(crate) fn temperature(&self, ms: i64) -> f64 {
        let days = ms as f64 / (24.0 * HOUR_MS as f64);
        let season = ((days - 200.0) / 365.25 * TAU).cos();
        let drops: f64 = self
            .fronts(ms)
            .map(|(front, after)| front.drop * cooled(after))
            .sum();
        let sway = 0.6 * wave(mix(self.weather.seed, 43), ms, 3 * HOUR_MS);
        14.0 + 11.0 * season + 4.5 * self.day(ms, 15.0) + sway
            - drops
            - (0.15 * self.rain(ms)).min(3.0)
    }

    /// 1 at `hour` of the local day, -1 twelve hours later.
    fn day(&self, ms: i64, hour: f64) -> f64 {
        let now = (ms + self.weather.zone_ms).rem_euclid(24 * HOUR_MS) as f64 / HOUR_MS as f64;
        ((now - hour) / 24.0 * TAU).cos()
    }
}

/// A bell around zero, without its far ends.
fn hump(hours: f64, width: f64) -> f64 {
    let share = hours / width;
    if share.abs() > 4.0 {
        return 0.0;
    }
    (-0.5 * share * share).exp()
}

/// How much of a front's cold is felt: all of it within three hours, and none after thirty.
fn cooled(hours: f64) -> f64 {
    let comes = ((hours + 2.0) / 3.0).clamp(0.0, 1.0);
    let goes = (1.0 - hours / 30.0).clamp(0.0, 1.0);
    comes * goes
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: i64 = 1_760_000_000_000;

    fn weather(seed: u64) -> Weather {
        Weather::new(seed, Plane::around(121.5, 31.2), 8 * HOUR_MS)
    }

    #[test]
    fn the_same_seed_gives_the_same_weather_and_another_seed_another() {
        let series = |seed: u64| -> Vec<f64> {
            let air = weather(seed).at(121.5, 31.2);
            (0..200)
                .map(|n| air.rain(START + n * HOUR_MS) + air.wind(START + n * HOUR_MS))
                .collect()
        };
        assert_eq!(series(4), series(4));
        assert_ne!(series(4), series(5));
    }

    #[test]
    fn a_front_reaches_the_upwind_side_of_the_city_first() {
        let weather = weather(9);
        let front = (0..200)
            .find_map(|n| weather.front(START / FRONT_WINDOW_MS + n))
            .expect("there are fronts");
        let upwind = [-9000.0 * front.towards[0], -9000.0 * front.towards[1]];
        let downwind = [-upwind[0], -upwind[1]];
        let ms = front.passes_ms as i64;
        assert!(front.hours_after(upwind, ms) > 0.1);
        assert!(front.hours_after(downwind, ms) < -0.1);
    }

    #[test]
    fn it_rains_sometimes_and_values_stay_within_what_weather_does() {
        let air = weather(2).at(121.48, 31.22);
        let (mut wet, mut warmest, mut coldest) = (0, f64::MIN, f64::MAX);
        let all = 4 * 24 * 365;
        for n in 0..all {
            let ms = START + n * 15 * MINUTE_MS;
            let (rain, wind, temperature) = (air.rain(ms), air.wind(ms), air.temperature(ms));
            assert!((0.0..160.0).contains(&rain), "{rain}");
            assert!((0.0..45.0).contains(&wind), "{wind}");
            wet += i64::from(rain > 0.2);
            warmest = warmest.max(temperature);
            coldest = coldest.min(temperature);
        }
        assert!(wet * 100 > all && wet * 2 < all, "{wet} of {all}");
        assert!(warmest > 20.0 && warmest < 42.0, "{warmest}");
        assert!(coldest < 5.0 && coldest > -35.0, "{coldest}");
    }

    #[test]
    fn rain_of_before_is_felt_after_it_has_stopped() {
        let air = weather(2).at(121.48, 31.22);
        let ended = (0..40_000)
            .map(|n| START + n * 10 * MINUTE_MS)
            .find(|ms| air.rain(ms - 30 * MINUTE_MS) > 2.0 && air.rain(*ms) == 0.0)
            .expect("a shower ends");
        assert!(air.rain_before(ended, 10 * MINUTE_MS, HOUR_MS) > 0.1);
    }
}
