//! What could not be used, and how much of it is worth telling.

use cim_model::UtcMillis;

/// Something that could not be used: where in its source, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// JSON path, line and column, or another place within the source.
    pub place: String,
    /// What is wrong.
    pub reason: String,
}

impl std::fmt::Display for Rejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

impl Rejection {
    /// A rejection of what is at `place`.
    pub fn new(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            reason: reason.into(),
        }
    }
}

/// How many rejections a minute are told one by one; the rest of the minute is told as a number.
pub(crate) const TOLD_PER_MINUTE: u32 = 60;
const MINUTE_S: f64 = 60.0;

/// Keeps a storm of bad payloads from flooding whoever listens.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate {
    minute_began: Option<UtcMillis>,
    told: u32,
    held: u64,
}

impl Gate {
    /// True when this rejection is told; otherwise it is counted.
    pub(crate) fn admits(&mut self, now: UtcMillis) -> bool {
        if self.minute_is_over(now) {
            self.minute_began = Some(now);
            self.told = 0;
        }
        if self.told < TOLD_PER_MINUTE {
            self.told += 1;
            return true;
        }
        self.held += 1;
        false
    }

    /// How many were held back, once their minute is over; then they are forgotten.
    pub(crate) fn take_held(&mut self, now: UtcMillis) -> Option<u64> {
        if self.held == 0 || !self.minute_is_over(now) {
            return None;
        }
        Some(std::mem::take(&mut self.held))
    }

    fn minute_is_over(&self, now: UtcMillis) -> bool {
        // A clock that was set back begins a new minute too.
        self.minute_began
            .is_none_or(|began| !(0.0..MINUTE_S).contains(&now.seconds_since(began)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_is_told_as_a_number_once_its_minute_is_over() {
        let mut gate = Gate::default();
        let told = (0..1000).filter(|_| gate.admits(UtcMillis(5000))).count();
        assert_eq!(told, TOLD_PER_MINUTE as usize);
        assert_eq!(gate.take_held(UtcMillis(6000)), None);
        assert_eq!(
            gate.take_held(UtcMillis(65_000)),
            Some(1000 - u64::from(TOLD_PER_MINUTE))
        );
        assert_eq!(gate.take_held(UtcMillis(65_000)), None);
        assert!(gate.admits(UtcMillis(65_000)));
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_silence_the_gate() {
        let mut gate = Gate::default();
        while gate.admits(UtcMillis(1_000_000)) {}
        assert!(gate.admits(UtcMillis(0)));
    }
}
