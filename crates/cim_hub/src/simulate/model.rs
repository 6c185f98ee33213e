//! How a simulated device's value runs: a pure function of seed and moment, so that history and live values fit
//! together and the same seed gives the same city everywhere.
//!
//! A daily curve, slow drift, noise shared with neighbours and noise of its own; now and then an episode beyond a limit,
//! a stuck or silent device, a spike. Or a real series, replayed.

use super::kinds::{Limit, Quantity, Sheet, sheet};
use super::network::Gauge;
use super::replay::Replay;
use super::weather::Air;
use cim_model::{Quality, UtcMillis};

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Episodes beyond a limit are drawn once per window of this length.
const EPISODE_WINDOW_MS: i64 = 3 * HOUR_MS;
/// The chance of an episode in a window. With episodes of about 35 minutes, one device in 200 is beyond a limit at any
/// moment: about ten alarms among 2 000 devices, a number that a desk can handle.
const EPISODE_CHANCE: f64 = 0.034;
/// Faults are drawn once per window of this length.
const FAULT_WINDOW_MS: i64 = 2 * HOUR_MS;
/// The chance of each of the two faults in a window.
const FAULT_CHANCE: f64 = 0.006;
/// The chance that a slot of ten seconds has a spike.
const SPIKE_CHANCE: f64 = 0.000_2;

/// One simulated device.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    /// What it measures.
    pub(crate) quantity: Quantity,
    /// Its own seed.
    pub(crate) seed: u64,
    /// The seed that it shares with its neighbours of the same kind.
    pub(crate) neighbours: u64,
    /// Local time minus UTC.
    pub(crate) zone_ms: i64,
    /// The real series that it replays instead.
    pub(crate) replay: Option<Replay>,
    /// The weather where it stands.
    pub(crate) air: Option<Air>,
    /// Where it is on a water network, whose values it shows instead.
    pub(crate) gauge: Option<Gauge>,
    /// Falls silent, sticks and spikes now and then of itself; not where a fault plan does that and keeps account.
    pub(crate) has_own_faults: bool,
}

/// A value as the device reports it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sample {
    /// The value, in the quantity's unit.
    pub(crate) value: f64,
    /// What the device thinks of it.
    pub(crate) quality: Quality,
}

impl Model {
    /// A device without weather, network or real series.
    pub(crate) fn new(quantity: Quantity, seed: u64, neighbours: u64, zone_ms: i64) -> Self {
        Self {
            quantity,
            seed,
            neighbours,
            zone_ms,
            replay: None,
            air: None,
            gauge: None,
            has_own_faults: true,
        }
    }

    /// What the device reports at `moment`; nothing while it is silent.
    pub(crate) fn report(&self, moment: UtcMillis) -> Option<Sample> {
        if let Some(replay) = &self.replay {
            let value = rounded(
                replay.value_at(moment.0 + self.zone_ms),
                sheet(self.quantity),
            );
            return Some(Sample {
                value,
                quality: Quality::Good,
            });
        }
        let sheet = sheet(self.quantity);
        let at = match self.fault(moment) {
            Fault::Silent => return None,
            Fault::StuckSince(since) => since,
            Fault::None => moment,
        };
        let normal = self.normal(at, sheet);
        let episode = self.episode(normal, at, sheet);
        if self.has_own_faults
            && at == moment
            && episode.is_none()
            && self.draw(moment.0.div_euclid(10_000), 77) < SPIKE_CHANCE
        {
            return Some(Sample {
                value: rounded(spike(normal, sheet), sheet),
                quality: Quality::Suspect,
            });
        }
        Some(Sample {
            value: rounded(episode.unwrap_or(normal), sheet),
            quality: Quality::Good,
        })
    }

    /// The value without episodes and faults, between the sheet's normal bounds.
    fn normal(&self, moment: UtcMillis, sheet: &Sheet) -> f64 {
        if let Some(gauge) = &self.gauge {
            let jitter = 2.0 * self.draw(moment.0, 3) - 1.0;
            let shown = gauge.value_at(moment);
            return shown + 0.002 * shown.abs() * jitter;
        }
        let by_weather = self.air.map_or(0.0, |air| self.by_weather(&air, moment.0));
        (self.in_dry_weather(moment) + by_weather).clamp(sheet.normal.0, sheet.normal.1)
    }

    /// The value of a day without rain and wind.
    fn in_dry_weather(&self, moment: UtcMillis) -> f64 {
        let hour = (moment.0 + self.zone_ms).rem_euclid(24 * HOUR_MS) as f64 / HOUR_MS as f64;
        let own = unit(mix(self.seed, 11));
        let shared = wave(self.neighbours, moment.0, 30 * MINUTE_MS);
        let drift = wave(mix(self.seed, 5), moment.0, 6 * HOUR_MS);
        let noise = wave(mix(self.seed, 7), moment.0, 2 * MINUTE_MS);
        let jitter = 2.0 * self.draw(moment.0, 3) - 1.0;
        let rush = bell(hour, 8.2, 1.4) + bell(hour, 18.0, 1.8);
        let day = 0.5 - 0.5 * ((hour - 3.0) / 24.0 * std::f64::consts::TAU).cos();
        match self.quantity {
            Quantity::Speed => {
                (45.0 + 20.0 * own) * (1.0 - 0.42 * rush)
                    + 6.0 * shared
                    + 3.0 * drift
                    + 2.0 * noise
                    + jitter
            }
            Quantity::Pm25 => {
                33.0 + 8.0 * own - 7.0 * day + 14.0 * shared + 6.0 * drift + 2.0 * noise + jitter
            }
            Quantity::Ozone => 40.0 + 60.0 * day + 15.0 * shared + 5.0 * noise,
            Quantity::RiverLevel => {
                let tide =
                    (moment.0 as f64 / (12.42 * HOUR_MS as f64) * std::f64::consts::TAU).sin();
                2.15 + 0.2 * own + 0.22 * tide + 0.1 * drift + 0.02 * noise + 0.005 * jitter
            }
            Quantity::UnderpassDepth => {
                0.6 + 0.8 * shared + 0.5 * drift + 0.2 * noise + 0.1 * jitter
            }
            Quantity::Sound => {
                48.0 + 6.0 * own
                    + 11.0 * day
                    + 4.0 * rush
                    + 2.0 * shared
                    + 2.0 * noise
                    + 1.5 * jitter
            }
            Quantity::FreePlaces => {
                let places = 60.0 + 340.0 * own;
                let taken = 0.3 + 0.5 * bell(hour, 13.5, 4.0) + 0.08 * shared + 0.03 * noise;
                (places * (1.0 - taken.clamp(0.02, 0.98))).round()
            }
            Quantity::Methane => 0.6 + 0.8 * own + 0.6 * drift + 0.3 * noise + 0.2 * jitter,
            Quantity::Tilt => 0.8 + 1.2 * own + 0.3 * drift + 0.2 * jitter,
            Quantity::Deflection => {
                26.0 + 18.0 * own + 12.0 * rush + 4.0 * drift + 3.0 * noise + jitter
            }
            Quantity::Strain => {
                90.0 + 60.0 * own + 70.0 * rush + 20.0 * drift + 8.0 * noise + 3.0 * jitter
            }
            Quantity::Smoke => 0.25 + 0.5 * own + 0.1 * drift + 0.05 * noise + 0.03 * jitter,
            Quantity::LampPower => {
                let is_lit = !(6.2..18.2).contains(&hour);
                let lit = if is_lit { 2.0 + 1.4 * own } else { 0.0 };
                lit + 0.05 + 0.1 * own + 0.02 * noise + 0.01 * jitter
            }
            Quantity::WaterPressure
            | Quantity::WaterFlow
            | Quantity::DrainLevel
            | Quantity::PumpLoad => {
                let ripple = 0.1 * noise + 0.03 * jitter;
                in_pipes(self.quantity, own, 0.6 * rush + 0.4 * day, shared + ripple)
            }
            Quantity::Rain => 0.0,
            Quantity::Wind => 0.2 * jitter,
            Quantity::Temperature => 0.1 * jitter,
        }
    }

    /// What the weather of now and of some time ago adds to the value.
    fn by_weather(&self, air: &Air, ms: i64) -> f64 {
        let windy = || (air.wind(ms) - 4.0).clamp(0.0, 14.0);
        match self.quantity {
            Quantity::Rain => air.rain(ms),
            Quantity::Wind => air.wind(ms),
            Quantity::Temperature => air.temperature(ms),
            Quantity::Speed => {
                -(1.6 * air.rain_before(ms, 3 * MINUTE_MS, 15 * MINUTE_MS)).min(18.0)
            }
            Quantity::Pm25 => {
                -(3.0 * air.rain_before(ms, 0, HOUR_MS)).min(18.0) - (1.2 * windy()).min(9.0)
            }
            Quantity::Ozone => {
                (1.2 * (air.temperature(ms - 2 * HOUR_MS) - 18.0)).clamp(-20.0, 20.0)
            }
            Quantity::RiverLevel => (0.06 * air.rain_before(ms, 2 * HOUR_MS, 5 * HOUR_MS)).min(0.5),
            Quantity::UnderpassDepth => {
                (0.35 * air.rain_before(ms, 8 * MINUTE_MS, 40 * MINUTE_MS)).min(3.4)
            }
            Quantity::DrainLevel => (2.2 * air.rain_before(ms, 15 * MINUTE_MS, HOUR_MS)).min(30.0),
            Quantity::PumpLoad => (1.5 * air.rain_before(ms, 20 * MINUTE_MS, HOUR_MS)).min(25.0),
            Quantity::Sound => (0.4 * air.rain(ms)).min(8.0),
            Quantity::Deflection => 0.9 * windy(),
            Quantity::Strain => {
                4.0 * windy()
                    + (1.5 * (air.temperature(ms - 2 * HOUR_MS) - 15.0)).clamp(-30.0, 30.0)
            }
            _ => 0.0,
        }
    }

    /// The value while an episode beyond a limit is going on. Networks and the weather have none: their values belong together.
    fn episode(&self, normal: f64, moment: UtcMillis, sheet: &Sheet) -> Option<f64> {
        if self.gauge.is_some() || matches!(sheet.limits, Limit::None) {
            return None;
        }
        let shifted = moment.0 + (unit(mix(self.seed, 19)) * EPISODE_WINDOW_MS as f64) as i64;
        let window = shifted.div_euclid(EPISODE_WINDOW_MS);
        if self.draw(window, 23) >= EPISODE_CHANCE {
            return None;
        }
        let length = 10.0 + 50.0 * self.draw(window, 29);
        let room = EPISODE_WINDOW_MS as f64 / MINUTE_MS as f64 - length;
        let begin = room * self.draw(window, 31);
        let minute = shifted.rem_euclid(EPISODE_WINDOW_MS) as f64 / MINUTE_MS as f64;
        let share = (minute - begin) / length;
        if !(0.0..1.0).contains(&share) {
            return None;
        }
        // Rises and falls within a tenth of its length each.
        let strength = (share * 10.0).min((1.0 - share) * 10.0).min(1.0);
        Some(normal + (self.worst_of_episode(window, normal, sheet) - normal) * strength)
    }

    /// Where an episode leads: mostly between the first and second limit, seldom beyond the last.
    fn worst_of_episode(&self, window: i64, normal: f64, sheet: &Sheet) -> f64 {
        let (grade, within) = (self.draw(window, 37), 0.15 + 0.7 * self.draw(window, 41));
        match sheet.limits {
            Limit::Above(medium, high, critical) => match grade {
                g if g < 0.72 => medium + (high - medium) * within,
                g if g < 0.93 => high + (critical - high) * within,
                _ => critical * (1.02 + 0.15 * within),
            },
            Limit::Below(medium, high) => match grade {
                g if g < 0.8 => high + (medium - high) * within,
                _ => high * within,
            },
            Limit::None => normal,
        }
    }

    fn fault(&self, moment: UtcMillis) -> Fault {
        if !self.has_own_faults {
            return Fault::None;
        }
        let shifted = moment.0 + (unit(mix(self.seed, 43)) * FAULT_WINDOW_MS as f64) as i64;
        let window = shifted.div_euclid(FAULT_WINDOW_MS);
        let drawn = self.draw(window, 47);
        if drawn >= 2.0 * FAULT_CHANCE {
            return Fault::None;
        }
        let length = ((5.0 + 35.0 * self.draw(window, 53)) * MINUTE_MS as f64) as i64;
        let begin = (self.draw(window, 59) * (FAULT_WINDOW_MS - length) as f64) as i64;
        let within = shifted.rem_euclid(FAULT_WINDOW_MS) - begin;
        if !(0..length).contains(&within) {
            return Fault::None;
        }
        if drawn < FAULT_CHANCE {
            Fault::Silent
        } else {
            Fault::StuckSince(UtcMillis(moment.0 - within))
        }
    }

    /// A number in 0..1, drawn for this device, a time slot and a purpose.
    fn draw(&self, slot: i64, purpose: u64) -> f64 {
        unit(mix(mix(self.seed, purpose), slot.cast_unsigned()))
    }
}

/// What gauges in pipes and at pumps show: `demand` runs from 0 to about 1 over the day, `sway` about -1 to 1.
fn in_pipes(quantity: Quantity, own: f64, demand: f64, sway: f64) -> f64 {
    match quantity {
        Quantity::WaterPressure => 0.37 + 0.05 * own - 0.07 * demand + 0.012 * sway,
        Quantity::WaterFlow => 60.0 + 140.0 * own + 180.0 * demand + 20.0 * sway,
        Quantity::PumpLoad => 30.0 + 18.0 * own + 22.0 * demand + 8.0 * sway,
        _ => 12.0 + 16.0 * own + 14.0 * demand + 5.0 * sway,
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    Silent,
    StuckSince(UtcMillis),
}

/// A spike jumps far, but stays short of the limits: it is noise, and no alarm.
fn spike(normal: f64, sheet: &Sheet) -> f64 {
    match sheet.limits {
        Limit::Above(medium, ..) => normal + (0.95 * medium - normal).max(0.0),
        Limit::Below(medium, _) => (1.1 * medium).min(normal),
        Limit::None => normal,
    }
}

/// A value with the decimals that the device reports.
pub(crate) fn rounded(value: f64, sheet: &Sheet) -> f64 {
    let scale = 10_f64.powi(sheet.decimals);
    (value * scale).round() / scale
}

/// A bell of height 1 around `centre`, over a day that has no ends.
pub(crate) fn bell(hour: f64, centre: f64, width: f64) -> f64 {
    let distance = (hour - centre).abs();
    let distance = distance.min(24.0 - distance);
    (-0.5 * (distance / width).powi(2)).exp()
}

/// Smooth noise between -1 and 1 with a knot every `period_ms`.
pub(crate) fn wave(seed: u64, moment_ms: i64, period_ms: i64) -> f64 {
    let knot = moment_ms.div_euclid(period_ms);
    let share = moment_ms.rem_euclid(period_ms) as f64 / period_ms as f64;
    let value = |knot: i64| 2.0 * unit(mix(seed, knot.cast_unsigned())) - 1.0;
    let smooth = share * share * (3.0 - 2.0 * share);
    value(knot) * (1.0 - smooth) + value(knot + 1) * smooth
}

/// Mixes two numbers into one that looks random (SplitMix64).
pub(crate) fn mix(a: u64, b: u64) -> u64 {
    let mut z = a ^ b
        .wrapping_add(0x9E37_79B9_7F4A_7C15)
        .wrapping_mul(0xD1B5_4A32_D192_ED03);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A mixed number as a number in 0..1.
pub(crate) fn unit(mixed: u64) -> f64 {
    (mixed >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::super::kinds::SHEETS;
    use super::*;
    use cim_model::{Limits, Severity};

    const START: UtcMillis = UtcMillis(1_760_000_000_000);

    fn device(quantity: Quantity, index: u64, seed: u64) -> Model {
        let own = mix(seed, index);
        Model::new(quantity, own, mix(seed, index / 10), 8 * HOUR_MS)
    }

    fn limits_of(sheet: &Sheet) -> Limits {
        match sheet.limits {
            Limit::Above(medium, high, critical) => Limits {
                above_medium: Some(medium),
                above_high: Some(high),
                above_critical: Some(critical),
                ..Limits::default()
            },
            Limit::Below(medium, high) => Limits {
                below_medium: Some(medium),
                below_high: Some(high),
                ..Limits::default()
            },
            Limit::None => Limits::default(),
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_values_and_another_seed_others() {
        let weather = [Quantity::Rain, Quantity::Wind, Quantity::Temperature];
        for sheet in SHEETS
            .iter()
            .filter(|sheet| !weather.contains(&sheet.quantity))
        {
            let values = |seed: u64| -> Vec<Option<Sample>> {
                let model = device(sheet.quantity, 4, seed);
                (0..50)
                    .map(|n| model.report(START.plus_seconds(f64::from(n) * 61.0)))
                    .collect()
            };
            assert_eq!(values(1), values(1));
            assert_ne!(values(1), values(2), "{:?}", sheet.quantity);
        }
    }

    #[test]
    fn about_ten_of_two_thousand_devices_are_beyond_a_limit_at_any_moment() {
        let quantities: Vec<Quantity> = SHEETS
            .iter()
            .map(|sheet| sheet.quantity)
            .filter(|quantity| *quantity != Quantity::Ozone && *quantity <= Quantity::Strain)
            .collect();
        let devices: Vec<Model> = (0..2000_u64)
            .map(|n| device(quantities[n as usize % quantities.len()], n, 7))
            .collect();
        let mut counts = Vec::new();
        let mut critical = 0;
        for n in 0..96 {
            let moment = START.plus_seconds(f64::from(n) * 900.0);
            let beyond: Vec<Severity> = devices
                .iter()
                .filter_map(|device| {
                    let value = device.report(moment)?.value;
                    Some(limits_of(sheet(device.quantity)).met_by(value)?.0)
                })
                .collect();
            critical += beyond
                .iter()
                .filter(|severity| **severity == Severity::Critical)
                .count();
            counts.push(beyond.len());
        }
        let mean = counts.iter().sum::<usize>() as f64 / counts.len() as f64;
        assert!(
            (5.0..20.0).contains(&mean),
            "mean {mean}, counts {counts:?}"
        );
        assert!(counts.iter().all(|count| *count < 40), "{counts:?}");
        assert!(critical > 0, "some are critical");
        assert!(
            critical * 5 < counts.iter().sum::<usize>(),
            "but few: {critical}"
        );
    }

    #[test]
    fn some_devices_fall_silent_and_come_back() {
        let devices: Vec<Model> = (0..2000_u64)
            .map(|n| device(Quantity::Tilt, n, 3))
            .collect();
        let silent = |moment: UtcMillis| -> Vec<usize> {
            let is_silent = |(_, device): &(usize, &Model)| device.report(moment).is_none();
            devices
                .iter()
                .enumerate()
                .filter(is_silent)
                .map(|(index, _)| index)
                .collect()
        };
        let many: Vec<Vec<usize>> = (0..48)
            .map(|n| silent(START.plus_seconds(f64::from(n) * 900.0)))
            .collect();
        let mean = many.iter().map(Vec::len).sum::<usize>() as f64 / 48.0;
        assert!((0.3..15.0).contains(&mean), "{mean}");
        assert_ne!(many.first(), many.last());
    }

    #[test]
    fn a_normal_value_moves_in_small_steps() {
        let model = device(Quantity::Sound, 1, 1);
        let values: Vec<f64> = (0..60)
            .filter_map(|n| Some(model.report(START.plus_seconds(f64::from(n)))?.value))
            .collect();
        assert!(
            values
                .windows(2)
                .all(|pair| (pair[0] - pair[1]).abs() < 25.0)
        );
        assert!(
            values
                .windows(2)
                .any(|pair| (pair[0] - pair[1]).abs() > 1e-9),
            "it moves"
        );
    }

    #[test]
    fn an_underpass_fills_after_the_rain_and_a_road_slows_down() {
        let plane = super::super::plane::Plane::around(121.5, 31.2);
        let air = super::super::weather::Weather::new(2, plane, 0).at(121.5, 31.2);
        let wet = (0..40_000)
            .map(|n| START.plus_seconds(f64::from(n) * 600.0))
            .find(|moment| {
                air.rain_before(moment.0, 8 * MINUTE_MS, 40 * MINUTE_MS) > 3.0
                    && air.rain_before(moment.0, 3 * MINUTE_MS, 15 * MINUTE_MS) > 3.0
            })
            .expect("it rains");
        for (quantity, is_higher) in [(Quantity::UnderpassDepth, true), (Quantity::Speed, false)] {
            let dry = device(quantity, 4, 1);
            let mut rained = dry.clone();
            rained.air = Some(air);
            let sheet = sheet(quantity);
            let (before, after) = (dry.normal(wet, sheet), rained.normal(wet, sheet));
            assert_eq!(after > before, is_higher, "{quantity:?}: {before} {after}");
        }
    }
}
