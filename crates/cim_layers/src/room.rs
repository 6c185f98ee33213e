//! Whether a layer fits onto the graphics device beside the others, and what is said when it does not.
//!
//! A layer is there as a whole or not at all: a part of it would look like the truth and be none.

use std::fmt;

/// Bytes of a MiB.
const MIB: u64 = 1 << 20;

/// What a layer would take on the graphics device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceNeed {
    /// All that it takes, bytes.
    pub bytes: u64,
    /// The largest part that is larger than a piece of the device's memory can be, bytes; and what a piece can be.
    pub too_large: Option<[u64; 2]>,
}

impl DeviceNeed {
    /// A part of `bytes` that has to lie in one piece. It takes `taken_bytes`, because pieces grow in steps; the device has
    /// pieces of at most `most_bytes`.
    pub fn piece(bytes: u64, taken_bytes: u64, most_bytes: u64) -> Self {
        Self {
            bytes: taken_bytes.max(bytes),
            too_large: (bytes > most_bytes).then_some([bytes, most_bytes]),
        }
    }

    /// This and another part.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            too_large: self.too_large.max(other.too_large),
        }
    }
}

/// What the graphics device has for live layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceRoom {
    /// What all live layers together may take, bytes.
    pub most_bytes: u64,
    /// What those beside the one that asks take, bytes.
    pub others_bytes: u64,
}

impl DeviceRoom {
    /// Why there is no room for a layer; `None` when there is.
    pub fn refusal(self, need: DeviceNeed) -> Option<Refusal> {
        if let Some([bytes, most_bytes]) = need.too_large {
            return Some(Refusal::new(NoRoom::OnePiece, bytes, most_bytes));
        }
        let free_bytes = self.most_bytes.saturating_sub(self.others_bytes);
        (need.bytes > free_bytes).then(|| Refusal::new(NoRoom::Shared, need.bytes, free_bytes))
    }
}

/// Which room a layer does not find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRoom {
    /// That which all live layers share; it comes back when another layer gives some back.
    Shared,
    /// A piece of memory that is large enough for one of its parts.
    OnePiece,
}

impl NoRoom {
    /// Its word in texts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::OnePiece => "one_piece",
        }
    }
}

/// Why a layer is not on the graphics device. In whole MiB, so that it is the same while little changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which room is missing.
    pub why: NoRoom,
    /// What the layer needs of it, MiB, rounded up.
    pub needed_mib: u64,
    /// What there is of it, MiB, rounded down.
    pub free_mib: u64,
}

impl Refusal {
    fn new(why: NoRoom, needed_bytes: u64, free_bytes: u64) -> Self {
        Self {
            why,
            needed_mib: needed_bytes.div_ceil(MIB),
            free_mib: free_bytes / MIB,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (needed, free) = (self.needed_mib, self.free_mib);
        match self.why {
            NoRoom::Shared => write!(
                f,
                "the layer is not drawn: it needs {needed} MiB on the graphics device, and {free} MiB are free for it"
            ),
            NoRoom::OnePiece => write!(
                f,
                "the layer is not drawn: a part of it needs {needed} MiB in one piece, and the graphics device has pieces of at most {free} MiB"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn need(mib: u64) -> DeviceNeed {
        DeviceNeed::piece(mib * MIB, mib * MIB, u64::MAX)
    }

    fn room(others_mib: u64) -> DeviceRoom {
        DeviceRoom {
            most_bytes: 64 * MIB,
            others_bytes: others_mib * MIB,
        }
    }

    #[test]
    fn what_fits_to_the_last_byte_is_taken_and_a_byte_more_is_not() {
        assert_eq!(room(24).refusal(need(40)), None);
        let more = DeviceNeed {
            bytes: 40 * MIB + 1,
            too_large: None,
        };
        let refusal = room(24).refusal(more);
        assert_eq!(
            refusal,
            Some(Refusal {
                why: NoRoom::Shared,
                needed_mib: 41,
                free_mib: 40
            })
        );
    }

    #[test]
    fn a_layer_comes_back_when_the_others_give_room_back() {
        assert!(room(30).refusal(need(40)).is_some());
        assert_eq!(room(10).refusal(need(40)), None);
    }

    #[test]
    fn others_that_take_more_than_all_leave_nothing() {
        let refusal = room(80).refusal(need(1));
        assert_eq!(refusal.map(|refusal| refusal.free_mib), Some(0));
    }

    #[test]
    fn a_part_that_is_too_large_for_one_piece_is_told_first() {
        let parts = need(3).and(DeviceNeed::piece(10 * MIB, 16 * MIB, 8 * MIB));
        assert_eq!(parts.bytes, 19 * MIB);
        let refusal = room(0).refusal(parts);
        assert_eq!(
            refusal,
            Some(Refusal {
                why: NoRoom::OnePiece,
                needed_mib: 10,
                free_mib: 8
            })
        );
    }

    #[test]
    fn a_refusal_says_what_is_missing_and_how_much() {
        let shared = room(60).refusal(need(40)).map(|told| told.to_string());
        let shared = shared.unwrap_or_default();
        assert!(shared.contains("needs 40 MiB"), "{shared}");
        assert!(shared.contains("4 MiB are free"), "{shared}");
    }
}
