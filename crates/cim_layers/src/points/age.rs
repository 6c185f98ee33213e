//! Freshness from the time of the last report: the rule is [`Freshness::of_age`], and the reason is said with it.
//!
//! What a row was told is one record of 16 bytes, so that a report touches one cache line here and one in the states, and a
//! pass over all rows reads memory in order.

use super::state::{FRESH_SHIFT, fresh_bits};
use cim_model::Freshness;

/// Why something is not fresh.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// It is fresh.
    #[default]
    NotAged = 0,
    /// The source that it comes through is late as a whole.
    SourceLate = 1,
    /// Its source reports, but not this device.
    DeviceSilent = 2,
    /// The hub is gone: nothing can be known.
    HubGone = 3,
}

/// What is known about the cause when things age.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Aging {
    /// True while the hub cannot be reached.
    pub hub_gone: bool,
}

/// What a row was told last, and where it lies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// Its slot.
    pub(super) slot: u32,
    /// When it was seen last, seconds since the set's epoch; NaN for never.
    pub(super) seen: f32,
    /// How often it promises to report, seconds.
    pub(super) period: f32,
    /// Freshness and reason as in its state (4 bits), and [`SOURCE_LATE`].
    pub(super) aged: u32,
}

/// The bits of freshness and reason in [`Row::aged`].
pub(super) const AGED: u32 = 0b1111;
/// In [`Row::aged`]: the source that it comes through is late.
pub(super) const SOURCE_LATE: u32 = 1 << 4;

impl Row {
    /// Takes in one report; `packed` is the state's.
    #[inline]
    pub(super) fn report(&mut self, packed: u32, seen: f32, period: f32) {
        self.seen = seen;
        self.period = period;
        self.aged = (self.aged & SOURCE_LATE) | aged_of(packed);
    }

    /// Freshness and reason at `now`, seconds since the set's epoch.
    #[inline]
    pub(super) fn aged_at(&self, now: f64, why: Aging) -> u32 {
        let age_s = now - f64::from(self.seen);
        let fresh = fresh_bits(Freshness::of_age(age_s, f64::from(self.period)));
        if fresh == 0 {
            return 0;
        }
        let reason = if why.hub_gone {
            Why::HubGone
        } else if self.aged & SOURCE_LATE != 0 {
            Why::SourceLate
        } else {
            Why::DeviceSilent
        };
        fresh | ((reason as u32) << 2)
    }
}

/// Freshness and reason of a state. They lie beside each other in it.
#[inline]
pub(super) fn aged_of(packed: u32) -> u32 {
    (packed >> FRESH_SHIFT) & AGED
}

/// The state's bits with another freshness and reason.
#[inline]
pub(super) fn with_aged(packed: u32, aged: u32) -> u32 {
    (packed & !(AGED << FRESH_SHIFT)) | (aged << FRESH_SHIFT)
}
