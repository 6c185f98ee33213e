//! Digests of closed minutes: what a hub and a desk compare to find out which observations one of them misses.
//!
//! Of a minute, each of 64 buckets of series has the number of its different (series, time) pairs and the exclusive or
//! of their hashes. A digest is a fact about the database, so it may be kept until something touches its minute.

use crate::sensorthings::NewObservation;
use cim_model::UtcMillis;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Buckets of a minute.
pub(super) const BUCKETS: usize = 64;
/// Length of a digest's stretch, milliseconds.
pub(super) const MINUTE_MS: i64 = 60_000;
/// Minutes kept; the oldest go first, since desks mostly ask for what is new.
const MOST_MINUTES: usize = 3_000;
/// Touches remembered, to find out whether a minute was touched while it was read.
const MOST_TOUCHES: usize = 4_096;

/// FNV-1a 64: offset basis and prime (draft-eastlake-fnv).
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

/// What a minute holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MinuteDigest {
    /// When the minute begins.
    pub(crate) at: UtcMillis,
    /// True when only the lowest, highest and last values of the minute may be left.
    pub(crate) thinned: bool,
    /// Different (series, time) pairs of each bucket.
    pub(crate) n: [u32; BUCKETS],
    /// Exclusive or of the pairs' hashes, of each bucket.
    pub(crate) x: [u64; BUCKETS],
}

/// The sums of a minute.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sums {
    pub(super) n: [u32; BUCKETS],
    pub(super) x: [u64; BUCKETS],
}

/// The bucket of a series, 0 to 63: the low bits of the hash of its id as decimal text.
pub(crate) fn bucket_of(datastream: i64) -> u32 {
    low_bits(fnv(FNV_BASIS, datastream.to_string().as_bytes()))
}

fn low_bits(hash: u64) -> u32 {
    (hash & (BUCKETS as u64 - 1)) as u32
}

fn fnv(start: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(start, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(FNV_PRIME)
    })
}

/// FNV alone leaves the last bytes in few bits; the sum of a bucket needs them spread.
fn spread(hash: u64) -> u64 {
    let mut x = hash;
    x ^= x >> 32;
    x = x.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^ (x >> 29)
}

/// The sums of a minute's pairs, each given as `series * 60 000 + milliseconds into the minute`, in any order, with or
/// without doubles.
pub(super) fn sums_of(minute: i64, mut pairs: Vec<i64>) -> Sums {
    pairs.sort_unstable();
    pairs.dedup();
    let begin = minute.saturating_mul(MINUTE_MS);
    let mut sums = Sums {
        n: [0; BUCKETS],
        x: [0; BUCKETS],
    };
    let mut series: Option<(i64, u64)> = None;
    for pair in pairs {
        let id = pair.div_euclid(MINUTE_MS);
        let hash = match series {
            Some((last, hash)) if last == id => hash,
            _ => fnv(FNV_BASIS, id.to_string().as_bytes()),
        };
        series = Some((id, hash));
        let time = begin.saturating_add(pair.rem_euclid(MINUTE_MS));
        let bucket = low_bits(hash) as usize;
        if let Some(n) = sums.n.get_mut(bucket) {
            *n = n.saturating_add(1);
        }
        if let Some(x) = sums.x.get_mut(bucket) {
            *x ^= spread(fnv(hash, &time.to_le_bytes()));
        }
    }
    sums
}

/// The minutes that observations lie in, as ranges of minute numbers, the end excluded.
pub(super) fn minutes_of(observations: &[NewObservation]) -> Vec<(i64, i64)> {
    let minutes: BTreeSet<i64> = observations
        .iter()
        .map(|observation| observation.time.0.div_euclid(MINUTE_MS))
        .collect();
    let mut ranges: Vec<(i64, i64)> = Vec::new();
    for minute in minutes {
        match ranges.last_mut() {
            Some((_, end)) if *end == minute => *end += 1,
            _ => ranges.push((minute, minute + 1)),
        }
    }
    ranges
}

/// Sums that have been worked out. Shared by the questions and by whatever changes observations.
#[derive(Debug, Default)]
pub(super) struct DigestCache {
    inner: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    minutes: BTreeMap<i64, Arc<Sums>>,
    /// Counts touches.
    generation: u64,
    /// Ranges touched lately, with the generation that the touch began.
    touched: VecDeque<(u64, i64, i64)>,
}

impl DigestCache {
    /// The sums of a minute, or the generation to hand to [`Self::put`] once they are worked out.
    pub(super) fn get(&self, minute: i64) -> Result<Arc<Sums>, u64> {
        let kept = self.lock();
        kept.minutes.get(&minute).cloned().ok_or(kept.generation)
    }

    /// Keeps sums that were asked for at a generation, unless the minute has been touched since.
    pub(super) fn put(&self, minute: i64, sums: Arc<Sums>, asked_at: u64) {
        let mut kept = self.lock();
        let is_remembered = kept.touched.len() < MOST_TOUCHES
            || kept
                .touched
                .front()
                .is_some_and(|first| first.0 <= asked_at + 1);
        let is_touched = kept.touched.iter().any(|(generation, from, end)| {
            *generation > asked_at && (*from..*end).contains(&minute)
        });
        if is_touched || !is_remembered {
            return;
        }
        kept.minutes.insert(minute, sums);
        if kept.minutes.len() > MOST_MINUTES {
            kept.minutes.pop_first();
        }
    }

    /// Forgets minutes whose observations have changed.
    pub(super) fn touch(&self, ranges: &[(i64, i64)]) {
        let mut kept = self.lock();
        for (from, end) in ranges.iter().copied().filter(|(from, end)| from < end) {
            kept.generation += 1;
            let generation = kept.generation;
            kept.touched.push_back((generation, from, end));
            if kept.touched.len() > MOST_TOUCHES {
                kept.touched.pop_front();
            }
            let gone: Vec<i64> = kept
                .minutes
                .range(from..end)
                .map(|(minute, _)| *minute)
                .collect();
            for minute in gone {
                kept.minutes.remove(&minute);
            }
        }
    }

    /// Forgets every minute.
    pub(super) fn clear(&self) {
        self.touch(&[(i64::MIN, i64::MAX)]);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fnv_gives_the_published_values() {
        assert_eq!(fnv(FNV_BASIS, b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(FNV_BASIS, b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv(FNV_BASIS, b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_pair_counts_once_and_order_does_not_matter() {
        let one = sums_of(
            10,
            vec![7 * MINUTE_MS + 5, 9 * MINUTE_MS, 7 * MINUTE_MS + 5],
        );
        let other = sums_of(10, vec![9 * MINUTE_MS, 7 * MINUTE_MS + 5]);
        assert_eq!(one, other);
        assert_eq!(one.n.iter().sum::<u32>(), 2);
        let less = sums_of(10, vec![9 * MINUTE_MS]);
        assert_ne!(one.x, less.x);
    }

    #[test]
    fn a_minute_touched_while_it_was_read_is_not_kept() {
        let cache = DigestCache::default();
        let sums = Arc::new(sums_of(5, vec![MINUTE_MS]));
        let asked_at = cache.get(5).expect_err("nothing is kept yet");
        cache.touch(&[(5, 6)]);
        cache.put(5, Arc::clone(&sums), asked_at);
        let asked_at = cache.get(5).expect_err("it was touched meanwhile");
        cache.touch(&[(6, 9)]);
        cache.put(5, Arc::clone(&sums), asked_at);
        assert_eq!(cache.get(5).expect("another minute was touched"), sums);
        cache.touch(&[(0, 100)]);
        assert!(cache.get(5).is_err());
    }

    #[test]
    fn neighbouring_minutes_become_one_range() {
        let at = |millis: i64| NewObservation {
            datastream: 1,
            time: UtcMillis(millis),
            value: Some(1.0),
            result: None,
            detail: serde_json::Map::new(),
        };
        let ranges = minutes_of(&[at(0), at(60_000), at(59_999), at(600_000), at(-1)]);
        assert_eq!(ranges, [(-1, 2), (10, 11)]);
    }
}
