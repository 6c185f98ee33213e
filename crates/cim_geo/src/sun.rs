//! Where the sun stands at a moment, seen from a place, and when it rises and sets.
//!
//! The solar calculator of NOAA's Global Monitoring Laboratory, after Meeus, "Astronomical Algorithms", 2nd edition, chapters 25
//! and 28. From 1950 to 2050 the sun stands within 0.01° of the full theory, rising and setting within a minute at the latitudes
//! of cities. Universal time is taken for dynamical time: the sun moves less than 0.001° in the minute between the two.

use crate::Geodetic;

const MILLIS_PER_DAY: f64 = 86_400_000.0;
const MILLIS_PER_MINUTE: f64 = 60_000.0;
const MINUTES_PER_DAY: f64 = 1_440.0;
/// Julian date of 1970-01-01T00:00Z, days.
const UNIX_EPOCH_JULIAN_DAYS: f64 = 2_440_587.5;
/// Julian date of the epoch J2000.0, days.
const J2000_JULIAN_DAYS: f64 = 2_451_545.0;
const DAYS_PER_CENTURY: f64 = 36_525.0;
/// Zenith distance of the sun's centre when its upper limb touches the horizon: 16′ of its radius and 34′ of refraction.
const RISING_ZENITH_DEG: f64 = 90.833;

/// Where the sun stands.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SunPosition {
    /// Clockwise from north, degrees in 0…360.
    pub azimuth_deg: f64,
    /// Above the horizon as it is seen, refraction included, degrees; negative at night.
    pub altitude_deg: f64,
}

/// The sun's day at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SunTimes {
    /// When it stands highest, milliseconds since 1970 in UTC.
    pub noon_ms: i64,
    /// When its upper limb rises and sets, milliseconds since 1970 in UTC; `None` where it does not on this day.
    pub rise_and_set_ms: Option<(i64, i64)>,
}

/// Where the sun stands at `unix_ms` (milliseconds since 1970 in UTC), seen from a place.
pub fn sun_position(unix_ms: i64, place: Geodetic) -> SunPosition {
    let sun = Sun::at(unix_ms);
    let hour_angle = sun.hour_angle_rad(unix_ms, place.lon_deg);
    let (sin_lat, cos_lat) = place.lat_deg.to_radians().sin_cos();
    let (sin_declination, cos_declination) = sun.declination_rad.sin_cos();
    let sine = sin_lat * sin_declination + cos_lat * cos_declination * hour_angle.cos();
    let altitude_deg = sine.clamp(-1.0, 1.0).asin().to_degrees();
    let azimuth = (hour_angle.sin() * cos_declination)
        .atan2(hour_angle.cos() * sin_lat * cos_declination - sin_declination * cos_lat);
    SunPosition {
        azimuth_deg: (azimuth.to_degrees() + 180.0).rem_euclid(360.0),
        altitude_deg: altitude_deg + refraction_deg(altitude_deg),
    }
}

/// Noon, sunrise and sunset of the solar day whose noon is nearest to `unix_ms` (milliseconds since 1970 in UTC).
pub fn sun_times(unix_ms: i64, place: Geodetic) -> SunTimes {
    let noon_ms = event_ms(unix_ms, place, |_| Some(0.0)).unwrap_or(unix_ms);
    let half_day = |sun: &Sun| sun.half_day_rad(place.lat_deg);
    let rise_ms = event_ms(noon_ms, place, |sun| half_day(sun).map(|angle| -angle));
    let set_ms = event_ms(noon_ms, place, half_day);
    SunTimes {
        noon_ms,
        rise_and_set_ms: rise_ms.zip(set_ms),
    }
}

/// When the sun has the hour angle that `wanted` gives for it, in the solar day around `near_ms`.
fn event_ms(near_ms: i64, place: Geodetic, wanted: impl Fn(&Sun) -> Option<f64>) -> Option<i64> {
    // The sun itself moves until then: two more rounds settle it to a second.
    const ROUNDS: usize = 3;

    let mut at_ms = near_ms;
    for _ in 0..ROUNDS {
        let sun = Sun::at(at_ms);
        let missing_deg =
            wanted(&sun)?.to_degrees() - sun.hour_angle_rad(at_ms, place.lon_deg).to_degrees();
        // Four minutes for each degree; the short way round, so that the day stays the same.
        let missing_deg = (missing_deg + 180.0).rem_euclid(360.0) - 180.0;
        at_ms = at_ms.saturating_add((missing_deg * 4.0 * MILLIS_PER_MINUTE) as i64);
    }
    Some(at_ms)
}

/// The sun at a moment, seen from the Earth's middle.
#[derive(Clone, Copy, Debug)]
struct Sun {
    declination_rad: f64,
    /// Apparent minus mean solar time, minutes.
    equation_of_time_min: f64,
}

impl Sun {
    fn at(unix_ms: i64) -> Self {
        let julian_days = unix_ms as f64 / MILLIS_PER_DAY + UNIX_EPOCH_JULIAN_DAYS;
        let t = (julian_days - J2000_JULIAN_DAYS) / DAYS_PER_CENTURY;
        let mean_longitude = (280.46646 + t * (36000.76983 + t * 0.0003032))
            .rem_euclid(360.0)
            .to_radians();
        let anomaly = (357.52911 + t * (35999.05029 - t * 0.0001537))
            .rem_euclid(360.0)
            .to_radians();
        let eccentricity = 0.016708634 - t * (0.000042037 + t * 0.0000001267);
        let centre_deg = anomaly.sin() * (1.914602 - t * (0.004817 + t * 0.000014))
            + (2.0 * anomaly).sin() * (0.019993 - t * 0.000101)
            + (3.0 * anomaly).sin() * 0.000289;
        // The Moon's node: the largest term of nutation.
        let node = (125.04 - 1934.136 * t).to_radians();
        let longitude = mean_longitude + (centre_deg - 0.00569 - 0.00478 * node.sin()).to_radians();
        let mean_obliquity_deg =
            23.0 + (26.0 + (21.448 - t * (46.8150 + t * (0.00059 - t * 0.001813))) / 60.0) / 60.0;
        let obliquity = (mean_obliquity_deg + 0.00256 * node.cos()).to_radians();
        let y = (obliquity / 2.0).tan().powi(2);
        let equation = y * (2.0 * mean_longitude).sin() - 2.0 * eccentricity * anomaly.sin()
            + 4.0 * eccentricity * y * anomaly.sin() * (2.0 * mean_longitude).cos()
            - 0.5 * y * y * (4.0 * mean_longitude).sin()
            - 1.25 * eccentricity * eccentricity * (2.0 * anomaly).sin();
        Self {
            declination_rad: (obliquity.sin() * longitude.sin()).asin(),
            equation_of_time_min: equation.to_degrees() * 4.0,
        }
    }

    /// How far it is past its highest point, radians in −π…π.
    fn hour_angle_rad(&self, unix_ms: i64, lon_deg: f64) -> f64 {
        let minutes = (unix_ms as f64 / MILLIS_PER_MINUTE).rem_euclid(MINUTES_PER_DAY);
        let solar =
            (minutes + self.equation_of_time_min + 4.0 * lon_deg).rem_euclid(MINUTES_PER_DAY);
        (solar / 4.0 - 180.0).to_radians()
    }

    /// The hour angle at which its upper limb sets; `None` where it does not.
    fn half_day_rad(&self, lat_deg: f64) -> Option<f64> {
        let (sin_lat, cos_lat) = lat_deg.to_radians().sin_cos();
        let (sin_declination, cos_declination) = self.declination_rad.sin_cos();
        let cosine = (RISING_ZENITH_DEG.to_radians().cos() - sin_lat * sin_declination)
            / (cos_lat * cos_declination);
        (cosine.abs() <= 1.0).then(|| cosine.acos())
    }
}

/// How much higher the air lifts what stands at a true altitude, degrees.
fn refraction_deg(altitude_deg: f64) -> f64 {
    let tangent = altitude_deg.to_radians().tan();
    let arc_seconds = if altitude_deg > 85.0 {
        0.0
    } else if altitude_deg > 5.0 {
        58.1 / tangent - 0.07 / tangent.powi(3) + 0.000086 / tangent.powi(5)
    } else if altitude_deg > -0.575 {
        1735.0
            + altitude_deg
                * (-518.2 + altitude_deg * (103.4 + altitude_deg * (-12.79 + altitude_deg * 0.711)))
    } else {
        -20.772 / tangent
    };
    arc_seconds / 3600.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place of NREL's worked example (Reda and Andreas 2008, "Solar Position Algorithm", NREL/TP-560-34302, table A5.1).
    const GOLDEN: Geodetic = Geodetic::new(-105.1786, 39.742476, 1_830.14);
    /// 2003-10-17T12:30:30 at UTC−7.
    const GOLDEN_MS: i64 = 1_066_419_030_000;
    const SHANGHAI: Geodetic = Geodetic::new(121.4737, 31.2304, 0.0);
    const MINUTE_MS: i64 = 60_000;

    #[track_caller]
    fn check_near(found_ms: i64, wanted_ms: i64) {
        let off_s = (found_ms - wanted_ms) / 1_000;
        assert!(off_s.abs() <= 20, "{off_s} s off");
    }

    #[test]
    fn the_sun_stands_where_the_published_example_has_it() {
        let sun = sun_position(GOLDEN_MS, GOLDEN);
        assert!((sun.azimuth_deg - 194.34024).abs() < 0.02, "{sun:?}");
        assert!(
            (sun.altitude_deg - (90.0 - 50.11162)).abs() < 0.02,
            "{sun:?}"
        );
    }

    #[test]
    fn the_sun_rises_and_sets_when_the_published_example_says() {
        // Transit 11:46:04, sunrise 06:12:43, sunset 17:20:19 at UTC−7; the example counts days in universal time, so its
        // sunset is that of the evening before.
        let midnight_ms = GOLDEN_MS - (12 * 3_600 + 30 * 60 + 30) * 1_000;
        let local = |h: i64, m: i64, s: i64| midnight_ms + (h * 3_600 + m * 60 + s) * 1_000;
        let times = sun_times(GOLDEN_MS, GOLDEN);
        check_near(times.noon_ms, local(11, 46, 4));
        let (rise_ms, _) = times.rise_and_set_ms.expect("the sun rises");
        check_near(rise_ms, local(6, 12, 43));
        let day_before = sun_times(GOLDEN_MS - 24 * 60 * MINUTE_MS, GOLDEN);
        let (_, set_ms) = day_before.rise_and_set_ms.expect("the sun sets");
        check_near(set_ms, local(17, 20, 19) - 24 * 60 * MINUTE_MS);
    }

    #[test]
    fn the_declination_is_that_of_meeus() {
        // Example 25.a: 1992 October 13 at 0 h dynamical time, −7.78507°.
        let sun = Sun::at(718_934_400_000);
        assert!((sun.declination_rad.to_degrees() + 7.78507).abs() < 0.001);
    }

    #[test]
    fn noon_in_shanghai_has_the_sun_in_the_south() {
        // 2024-06-21T12:00 at UTC+8.
        let noon = sun_times(1_718_942_400_000, SHANGHAI);
        let sun = sun_position(noon.noon_ms, SHANGHAI);
        assert!((sun.azimuth_deg - 180.0).abs() < 0.1, "{sun:?}");
        // At the solstice: 90° − latitude + obliquity.
        assert!(
            (sun.altitude_deg - (90.0 - 31.2304 + 23.436)).abs() < 0.05,
            "{sun:?}"
        );
        let (rise_ms, set_ms) = noon.rise_and_set_ms.expect("the sun rises");
        let before = sun_position(rise_ms - 20 * MINUTE_MS, SHANGHAI);
        assert!(before.altitude_deg < -2.0 && before.azimuth_deg < 90.0);
        assert!(sun_position(set_ms - 20 * MINUTE_MS, SHANGHAI).azimuth_deg > 270.0);
    }

    #[test]
    fn in_the_polar_night_the_sun_does_not_rise() {
        // 2024-12-21T12:00Z at 80° north.
        let times = sun_times(1_734_782_400_000, Geodetic::new(0.0, 80.0, 0.0));
        assert_eq!(times.rise_and_set_ms, None);
        let sun = sun_position(times.noon_ms, Geodetic::new(0.0, 80.0, 0.0));
        assert!(sun.altitude_deg < -12.0);
    }
}
