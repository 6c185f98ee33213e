//! Tells what is new in an answer from what was told before, for feeds that repeat themselves at every question.
//!
//! By content, not by moment: a value that was corrected, or comes late, is news.

use super::Parsed;
use cim_model::Observation;
use std::fmt::{Debug, Write};

/// How many items are remembered at most; beyond, everything is told again, which does no harm.
const MAX_REMEMBERED: usize = 4_000_000;

/// What was told in the round before, and in this one so far.
#[derive(Debug, Default)]
pub(crate) struct News {
    before: Vec<u64>,
    now: Vec<u64>,
    /// True when a page of this round was not asked for again: then the round before still counts.
    keeps: bool,
}

impl News {
    /// Leaves in `parsed` what was not told in the round before.
    pub(crate) fn sift(&mut self, parsed: &mut Parsed) {
        let Self { before, now, .. } = self;
        let mut is_new = |mark: u64| {
            if now.len() < MAX_REMEMBERED {
                now.push(mark);
            }
            before.binary_search(&mark).is_err()
        };
        parsed.things.retain(|thing| is_new(mark_of(thing)));
        parsed.datastreams.retain(|series| is_new(mark_of(series)));
        parsed.cameras.retain(|camera| is_new(mark_of(camera)));
        parsed.events.retain(|event| {
            // When we came to know of it is no part of what it says.
            let mut event = event.clone();
            event.known_at = event.happened_at;
            is_new(mark_of(&event))
        });
        parsed.observations.retain(|one| is_new(mark_of_value(one)));
    }

    /// A page did not change: what it told before counts as told.
    pub(crate) fn keep(&mut self) {
        self.keeps = true;
    }

    /// Ends a round that went well.
    pub(crate) fn end_round(&mut self) {
        let mut told = std::mem::take(&mut self.now);
        if self.keeps && told.len() + self.before.len() <= MAX_REMEMBERED {
            told.append(&mut self.before);
        }
        told.sort_unstable();
        told.dedup();
        self.before = told;
        self.keeps = false;
    }

    /// Ends a round that broke off: what it told is told again.
    pub(crate) fn forget_round(&mut self) {
        self.now.clear();
        self.keeps = false;
    }
}

/// FNV-1a, 64 bits.
struct Fnv(u64);

impl Fnv {
    fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

impl Write for Fnv {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.add(text.as_bytes());
        Ok(())
    }
}

fn mark_of(item: &impl Debug) -> u64 {
    let mut fnv = Fnv::new();
    // Writing into a number cannot fail.
    write!(fnv, "{item:?}").unwrap_or_default();
    fnv.0
}

fn mark_of_value(observation: &Observation) -> u64 {
    let mut fnv = Fnv::new();
    fnv.add(observation.datastream.as_str().as_bytes());
    fnv.add(&observation.happened_at.0.to_le_bytes());
    fnv.add(&observation.value.to_bits().to_le_bytes());
    fnv.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_model::{DatastreamId, Quality, UtcMillis};

    fn parsed(values: &[(i64, f64)]) -> Parsed {
        let one = |&(second, value): &(i64, f64)| Observation {
            datastream: DatastreamId::new("s:a"),
            happened_at: UtcMillis(second * 1000),
            value,
            quality: Quality::Good,
        };
        Parsed {
            observations: values.iter().map(one).collect(),
            ..Parsed::default()
        }
    }

    #[track_caller]
    fn check(news: &mut News, values: &[(i64, f64)], left: &[(i64, f64)]) {
        let mut page = parsed(values);
        news.sift(&mut page);
        assert_eq!(page, parsed(left));
    }

    #[test]
    fn only_what_is_new_or_corrected_is_told() {
        let mut news = News::default();
        check(&mut news, &[(1, 1.0), (2, 2.0)], &[(1, 1.0), (2, 2.0)]);
        news.end_round();
        check(
            &mut news,
            &[(1, 1.5), (2, 2.0), (3, 3.0)],
            &[(1, 1.5), (3, 3.0)],
        );
        news.end_round();
        news.keep();
        check(&mut news, &[(4, 4.0)], &[(4, 4.0)]);
        news.end_round();
        check(&mut news, &[(2, 2.0), (4, 4.0)], &[]);
    }

    #[test]
    fn a_round_that_broke_off_is_told_again() {
        let mut news = News::default();
        check(&mut news, &[(1, 1.0)], &[(1, 1.0)]);
        news.forget_round();
        check(&mut news, &[(1, 1.0)], &[(1, 1.0)]);
    }
}
