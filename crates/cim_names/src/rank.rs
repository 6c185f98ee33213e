//! Which of two answers is the better one, and the best of very many.

use crate::table::Lies;
use std::collections::BinaryHeap;

/// Distances that tell near from far, kilometres: within the first is nearest.
const NEAR_KM: [f64; 5] = [0.3, 1.0, 3.0, 10.0, 30.0];
/// Length of a degree of latitude, kilometres (the mean over WGS 84 is 111.1 to 111.7; which is nearer needs no more).
const DEGREE_KM: f64 = 111.3;

/// How a query answers, the best first. Names come before codes, what was typed literally before what was spelt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tier {
    /// A name or a code, whole.
    Whole,
    /// A whole name, spelt in pinyin.
    WholeSpelt,
    /// The beginning of a name.
    Beginning,
    /// The beginning of a name, spelt in pinyin.
    BeginningSpelt,
    /// The beginning of a code.
    CodeBeginning,
    /// The beginning of a word in a name.
    WordStart,
    /// Somewhere in a name.
    Inside,
    /// Somewhere in a code.
    InCode,
}

impl Tier {
    /// The tier of a word that lies so in a name; `is_spelt` where it is pinyin of it.
    pub(crate) fn of(lies: Lies, is_spelt: bool) -> Self {
        match (lies, is_spelt) {
            (Lies::Whole, false) => Self::Whole,
            (Lies::Whole, true) => Self::WholeSpelt,
            (Lies::Beginning, false) => Self::Beginning,
            (Lies::Beginning, true) => Self::BeginningSpelt,
            (Lies::WordStart, _) => Self::WordStart,
            (Lies::Inside, _) => Self::Inside,
        }
    }
}

/// An answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// How good it is: a smaller one is better, also between the answers of several indices to one [`crate::Query`].
    pub rank: u32,
    /// Which name, in the order in which they were added.
    pub entry: u32,
}

/// What makes the rank of an answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Merits {
    pub(crate) tier: Tier,
    pub(crate) is_alarmed: bool,
    /// 0 near to 5 far or nobody knows.
    pub(crate) far: u32,
    /// Letters of the name.
    pub(crate) length: usize,
}

impl Merits {
    /// One number to compare: the tier first, then what alarms, what is near, what is short.
    pub(crate) fn rank(self) -> u32 {
        const LENGTH_BITS: u32 = 16;
        const FAR_BITS: u32 = 3;
        let length = u16::try_from(self.length).unwrap_or(u16::MAX);
        let tier = self.tier as u32;
        let quiet = u32::from(!self.is_alarmed);
        (((((tier << 1) | quiet) << FAR_BITS) | self.far) << LENGTH_BITS) | u32::from(length)
    }
}

/// The best rank of an answer of this tier.
pub(crate) fn rank_of(tier: Tier) -> u32 {
    let best = Merits {
        tier,
        is_alarmed: true,
        far: 0,
        length: 0,
    };
    best.rank()
}

/// How far two places (longitude and latitude, degrees) are apart: 0 near to 5 far, or not a place at all.
pub(crate) fn far(one: [f64; 2], other: [f64; 2]) -> u32 {
    let [east, north] = [one[0] - other[0], one[1] - other[1]];
    let km = DEGREE_KM * (east * one[1].to_radians().cos()).hypot(north);
    let nearer = NEAR_KM.iter().filter(|within| km <= **within).count();
    (NEAR_KM.len() - nearer) as u32
}

/// The best answers of very many.
pub(crate) struct Best {
    most: usize,
    /// The worst on top.
    hits: BinaryHeap<Hit>,
}

impl Best {
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            hits: BinaryHeap::new(),
        }
    }

    /// True when some answer of this rank has room.
    pub(crate) fn takes_rank(&self, rank: u32) -> bool {
        self.takes(Hit { rank, entry: 0 })
    }

    /// True when this answer has room.
    pub(crate) fn takes(&self, hit: Hit) -> bool {
        self.hits.len() < self.most || self.hits.peek().is_some_and(|worst| hit < *worst)
    }

    /// Takes what is good enough of other answers.
    pub(crate) fn take_all(&mut self, other: Self) {
        for hit in other.hits {
            self.offer(hit);
        }
    }

    pub(crate) fn offer(&mut self, hit: Hit) {
        if self.hits.len() < self.most {
            self.hits.push(hit);
        } else if let Some(mut worst) = self.hits.peek_mut()
            && hit < *worst
        {
            *worst = hit;
        }
    }

    /// The best first.
    pub(crate) fn into_hits(self) -> Vec<Hit> {
        self.hits.into_sorted_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Merits = Merits {
        tier: Tier::Beginning,
        is_alarmed: false,
        far: 3,
        length: 8,
    };

    #[test]
    fn the_tier_counts_first_then_alarms_then_nearness_then_shortness() {
        let better = [
            Merits {
                tier: Tier::Whole,
                far: 5,
                length: 100_000,
                ..PLAIN
            },
            Merits {
                is_alarmed: true,
                far: 5,
                length: 90,
                ..PLAIN
            },
            Merits {
                far: 0,
                length: 90,
                ..PLAIN
            },
            Merits { length: 7, ..PLAIN },
            PLAIN,
            Merits {
                tier: Tier::InCode,
                is_alarmed: true,
                far: 0,
                length: 1,
            },
        ];
        let ranks: Vec<u32> = better.iter().map(|merits| merits.rank()).collect();
        assert!(ranks.is_sorted(), "{ranks:?}");
    }

    #[test]
    fn near_is_told_from_far_and_from_nowhere() {
        let here = [117.185, 34.245];
        assert_eq!(far(here, here), 0);
        assert_eq!(far([117.19, 34.245], here), 1);
        assert_eq!(far([117.185, 34.9], here), 5);
        assert_eq!(far([f64::NAN, 34.245], here), 5);
    }

    #[test]
    fn the_best_of_many_are_kept_in_order() {
        let mut best = Best::new(3);
        for entry in 0..100 {
            best.offer(Hit {
                rank: (entry * 37) % 100,
                entry,
            });
        }
        let ranks: Vec<u32> = best.into_hits().iter().map(|hit| hit.rank).collect();
        assert_eq!(ranks, [0, 1, 2]);
        let mut none = Best::new(0);
        none.offer(Hit { rank: 1, entry: 1 });
        assert!(none.into_hits().is_empty());
    }
}
