//! Digests of observations: whether two sides hold the same, without sending it.
//!
//! Each minute (UTC) is a digest of 64 buckets; a series always falls into the same one. A bucket tells how many different pairs
//! of series and time there are, and the XOR of their hashes: the order does not matter, and one missing pair shows.

use crate::UtcMillis;

/// How many buckets a minute has.
pub const BUCKETS: usize = 64;
/// Length of the stretch that one digest covers, milliseconds.
pub const MINUTE_MS: i64 = 60_000;

const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// The digest of one minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MinuteDigest {
    /// The start of the minute.
    pub at: UtcMillis,
    /// Whether its keeper has thinned it: then it is a sample of what there was.
    pub thinned: bool,
    /// How many different pairs of series and time there are, by bucket.
    pub n: [u32; BUCKETS],
    /// The XOR of their hashes, by bucket.
    pub x: [u64; BUCKETS],
}

/// A series as digests see it: hash its identity once, then each of its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestSeries {
    prefix: u64,
}

impl DigestSeries {
    /// The series with the identity `id`: FNV-1a, 64 bits, of its UTF-8 bytes.
    pub fn new(id: &str) -> Self {
        Self {
            prefix: fnv(FNV_BASIS, id.as_bytes()),
        }
    }

    /// The bucket that it falls into, less than [`BUCKETS`].
    pub fn bucket(self) -> usize {
        (self.prefix & (BUCKETS as u64 - 1)) as usize
    }

    /// The hash of the series with `happened_at`: FNV-1a of its identity and of the time as 8 bytes, lowest first; then mixed,
    /// because FNV alone leaves the exclusive or of neighbours poor. Test values:
    ///
    /// | series | UTC ms | bucket | hash |
    /// |---|---|---|---|
    /// | `1` | 0 | 60 | `a67e2b503615adc3` |
    /// | `42` | 1700000000250 | 35 | `d076b1427fe26484` |
    /// | `42` | 1700000000251 | 35 | `1e93c8c17ee78767` |
    /// | `7` | −1 | 22 | `dfe5f8c45f8920f8` |
    /// | `传感器-9` | 1767225600000 | 10 | `0a2317feeb861bb9` |
    pub fn pair(self, happened_at: UtcMillis) -> u64 {
        let mut hash = fnv(self.prefix, &happened_at.0.to_le_bytes());
        hash ^= hash >> 32;
        hash = hash.wrapping_mul(MIX);
        hash ^ (hash >> 29)
    }
}

impl MinuteDigest {
    /// The digest of a minute without observations.
    pub fn empty(at: UtcMillis) -> Self {
        Self {
            at,
            thinned: false,
            n: [0; BUCKETS],
            x: [0; BUCKETS],
        }
    }

    /// Adds an observation of the series called `datastream`. Adding the same one twice shows.
    pub fn add(&mut self, datastream: &str, happened_at: UtcMillis) {
        self.add_series(DigestSeries::new(datastream), happened_at);
    }

    /// Adds an observation. Adding the same one twice shows.
    pub fn add_series(&mut self, series: DigestSeries, happened_at: UtcMillis) {
        let bucket = series.bucket();
        if let (Some(count), Some(hash)) = (self.n.get_mut(bucket), self.x.get_mut(bucket)) {
            *count = count.saturating_add(1);
            *hash ^= series.pair(happened_at);
        }
    }

    /// How many pairs there are in all buckets.
    pub fn count(&self) -> u64 {
        self.n.iter().map(|n| u64::from(*n)).sum()
    }

    /// The buckets in which the two differ, as bits.
    pub fn differing(&self, other: &Self) -> u64 {
        let mut bits = 0;
        let ours = self.n.iter().zip(&self.x);
        let theirs = other.n.iter().zip(&other.x);
        for (bucket, (one, two)) in ours.zip(theirs).enumerate() {
            if one != two {
                bits |= 1 << bucket;
            }
        }
        bits
    }
}

/// The start of the minute that `moment` falls into; also before 1970.
pub fn minute_of(moment: UtcMillis) -> UtcMillis {
    UtcMillis(moment.0.div_euclid(MINUTE_MS).saturating_mul(MINUTE_MS))
}

fn fnv(mut hash: u64, bytes: &[u8]) -> u64 {
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME);
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_matter_and_one_missing_pair_shows() {
        let pairs = [("1", 5_i64), ("2", 5), ("1", 59_999), ("甲", 30_000)];
        let mut one = MinuteDigest::empty(UtcMillis(0));
        let mut two = MinuteDigest::empty(UtcMillis(0));
        for (series, at) in pairs {
            one.add(series, UtcMillis(at));
        }
        for (series, at) in pairs.iter().rev() {
            two.add(series, UtcMillis(*at));
        }
        assert_eq!(one, two);
        assert_eq!(one.count(), 4);
        two.add("9", UtcMillis(1));
        assert_eq!(
            one.differing(&two),
            1 << DigestSeries::new("9").bucket(),
            "only the bucket of the series that has more"
        );
    }

    #[test]
    fn hashes_are_those_that_other_programs_compute() {
        // FNV-1a of "a" and of "foobar" are published test vectors.
        assert_eq!(DigestSeries::new("a").prefix, 0xaf63_dc4c_8601_ec8c);
        assert_eq!(DigestSeries::new("foobar").prefix, 0x8594_4171_f739_67e8);
        assert_eq!(
            DigestSeries::new("1").pair(UtcMillis(0)),
            0xa67e2b503615adc3
        );
        assert_eq!(
            DigestSeries::new("42").pair(UtcMillis(1763787600123)),
            0x904cf65b7e8b5487
        );
        assert_eq!(
            DigestSeries::new("-1").pair(UtcMillis(-1)),
            0x84ce79c2cfe0e679
        );
        assert_eq!(
            DigestSeries::new("甲").pair(UtcMillis(60000)),
            0x97e5cf629e095cf9
        );
    }

    #[test]
    fn minutes_begin_before_1970_too() {
        assert_eq!(minute_of(UtcMillis(-1)), UtcMillis(-60_000));
        assert_eq!(minute_of(UtcMillis(61_000)), UtcMillis(60_000));
    }
}
