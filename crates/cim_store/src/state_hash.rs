//! One number for a state, so that two machines can tell whether they show the same city.

use cim_model::{Quality, Reading};

/// The hash of a state: 64-bit FNV-1a over, for each series in the order of identities, its identity's bytes, its moment (i64),
/// the value's bits (f64) and the quality (0 good, 1 suspect, 2 estimated), all little endian. Series without a value are left out.
pub fn state_hash<'a>(state: impl IntoIterator<Item = (&'a str, Reading)>) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut add = |bytes: &[u8]| {
        for &byte in bytes {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    };
    for (identity, reading) in state {
        add(identity.as_bytes());
        add(&reading.happened_at.0.to_le_bytes());
        add(&reading.value.to_bits().to_le_bytes());
        add(&[quality_number(reading.quality)]);
    }
    hash
}

/// The number that stands for a quality.
fn quality_number(quality: Quality) -> u8 {
    match quality {
        Quality::Good => 0,
        Quality::Suspect => 1,
        Quality::Estimated => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_model::UtcMillis;

    fn reading(value: f64) -> Reading {
        Reading {
            happened_at: UtcMillis(1_000),
            value,
            quality: Quality::Good,
        }
    }

    #[test]
    fn an_empty_state_has_the_hash_that_fnv_gives_nothing() {
        assert_eq!(state_hash([]), 0xcbf2_9ce4_8422_2325);
    }

    #[test]
    fn whatever_differs_in_a_state_changes_its_hash() {
        let first = state_hash([("a", reading(1.0))]);
        let doubted = Reading {
            quality: Quality::Suspect,
            ..reading(1.0)
        };
        let later = Reading {
            happened_at: UtcMillis(1_001),
            ..reading(1.0)
        };
        for other in [
            state_hash([("b", reading(1.0))]),
            state_hash([("a", reading(2.0))]),
            state_hash([("a", doubted)]),
            state_hash([("a", later)]),
            state_hash([("a", reading(1.0)), ("b", reading(1.0))]),
        ] {
            assert_ne!(first, other);
        }
        assert_eq!(first, state_hash([("a", reading(1.0))]));
    }
}
