//! Moments. Milliseconds since 1970-01-01T00:00:00Z inside; words for people are made at the UI.

use std::fmt;

/// A moment, in milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UtcMillis(pub i64);

impl UtcMillis {
    /// How many seconds lie between `earlier` and this moment; negative when it lies ahead.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        self.0.saturating_sub(earlier.0) as f64 / 1000.0
    }

    /// The moment `seconds` later; earlier when negative.
    #[must_use]
    pub fn plus_seconds(self, seconds: f64) -> Self {
        Self(self.0.saturating_add((seconds * 1000.0) as i64))
    }
}

impl fmt::Display for UtcMillis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

/// Where the present moment comes from. Hosts supply the machine's clock; tests supply one that stands still.
pub trait TimeSource: Send + Sync {
    /// The present moment.
    fn now(&self) -> UtcMillis;
}
