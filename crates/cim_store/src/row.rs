//! One observation as history keeps it, and the words that the parts of history share.

use cim_model::Quality;

/// How many series share a column chunk. A series' group is its number divided by this.
pub const GROUP: u32 = 512;

/// The moment of a series without a value.
pub const NEVER: i64 = i64::MIN;

/// A value that became known later than this after it held is remembered as late, milliseconds. One that came sooner
/// counts as known when it held.
pub const LATE_MS: i64 = 5_000;

/// A minute, in milliseconds.
pub const MINUTE_MS: i64 = 60_000;
/// An hour, in milliseconds.
pub const HOUR_MS: i64 = 3_600_000;
/// A day, in milliseconds.
pub const DAY_MS: i64 = 86_400_000;

/// One observation as history keeps it: numbers only, so that a million of them cost no allocation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// The dense number of its series, as the store gave it (`Store::number_of`).
    pub series: u32,
    /// How far the value can be trusted.
    pub quality: Quality,
    /// When the value held in the city, UTC milliseconds.
    pub happened_at: i64,
    /// When the desk came to know it, UTC milliseconds.
    pub known_at: i64,
    /// The value, in the series' unit; finite.
    pub value: f64,
}

impl Row {
    /// The group that its series belongs to.
    pub fn group(&self) -> u32 {
        self.series / GROUP
    }

    /// Its series' place in the group.
    pub fn slot(&self) -> u16 {
        (self.series % GROUP) as u16
    }

    /// True when it became known so late that a past moment must tell what was known then.
    pub fn is_late(&self) -> bool {
        self.known_at.saturating_sub(self.happened_at) > LATE_MS
    }
}

/// Which knowledge a past moment is seen with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Knowledge {
    /// With all that is known today.
    #[default]
    Now,
    /// Only with what was known at that moment.
    Then,
}

/// The start of the minute that `t` falls into; also before 1970.
pub(crate) fn minute_of(t: i64) -> i64 {
    t.div_euclid(MINUTE_MS).saturating_mul(MINUTE_MS)
}

/// The start of the hour that `t` falls into.
pub(crate) fn hour_of(t: i64) -> i64 {
    t.div_euclid(HOUR_MS).saturating_mul(HOUR_MS)
}

/// The start of the UTC day that `t` falls into.
pub(crate) fn day_of(t: i64) -> i64 {
    t.div_euclid(DAY_MS).saturating_mul(DAY_MS)
}
