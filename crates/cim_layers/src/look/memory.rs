//! What the last look showed: which cells were split and which were clusters, and what is still fading in.
//!
//! All lists are ascending, because a walk meets cells and slots in that order. They hold what was seen, so they are bounded
//! by the picture; two copies take turns, so that nothing is allocated once they have grown.

use super::{FADE_S, FADE_SHIFT};

/// So strong is what has only just appeared: from nothing, the picture would blink where a cluster splits.
const FIRST_STRENGTH: f32 = 0.3;

/// The last look and the one that is being made.
#[derive(Debug, Default)]
pub(super) struct Memory {
    last: Shown,
    now: Shown,
    /// By how much what fades in rises in this look.
    step: f32,
}

/// One look.
#[derive(Debug, Default)]
struct Shown {
    split: Vec<u64>,
    clusters: Vec<u64>,
    /// Clusters that fade in, and how far they are, 0 to 1.
    rising_clusters: Vec<(u64, f32)>,
    /// Slots that fade in, and how far they are, 0 to 1.
    rising_points: Vec<(u32, f32)>,
}

impl Shown {
    fn clear(&mut self) {
        self.split.clear();
        self.clusters.clear();
        self.rising_clusters.clear();
        self.rising_points.clear();
    }
}

impl Memory {
    /// Begins a look, so many seconds after the last.
    pub(super) fn turn(&mut self, seconds: f32) {
        std::mem::swap(&mut self.last, &mut self.now);
        self.now.clear();
        // Asked this way round, a NaN is no time.
        self.step = if seconds > 0.0 { seconds / FADE_S } else { 0.0 };
    }

    /// Forgets every look: the cells are others now.
    pub(super) fn forget(&mut self) {
        self.last.clear();
        self.now.clear();
    }

    /// Forgets the slots: they are others now.
    pub(super) fn forget_points(&mut self) {
        self.now.rising_points.clear();
    }

    pub(super) fn is_fading(&self) -> bool {
        !(self.now.rising_clusters.is_empty() && self.now.rising_points.is_empty())
    }

    /// True when the last look went into the cell.
    pub(super) fn was_split(&self, cell: u64) -> bool {
        self.last.split.binary_search(&cell).is_ok()
    }

    /// True when the last look showed the cell as one cluster.
    pub(super) fn was_cluster(&self, cell: u64) -> bool {
        self.last.clusters.binary_search(&cell).is_ok()
    }

    /// Remembers a cell that this look goes into.
    pub(super) fn split(&mut self, cell: u64) {
        self.now.split.push(cell);
    }

    /// Remembers a cluster of this look; the bits that say how far it has faded in. `came_apart`: it lies in what was one
    /// cluster in the last look.
    pub(super) fn cluster(&mut self, cell: u64, came_apart: bool) -> u32 {
        let is_new = !self.was_cluster(cell) && (came_apart || self.was_split(cell));
        let before = found(&self.last.rising_clusters, &cell);
        self.now.clusters.push(cell);
        match risen(before, is_new, self.step) {
            Some(part) => {
                self.now.rising_clusters.push((cell, part));
                bits(part)
            }
            None => super::FULL,
        }
    }

    /// The same for a point that this look shows as a symbol.
    pub(super) fn point(&mut self, slot: u32, came_apart: bool) -> u32 {
        let before = found(&self.last.rising_points, &slot);
        match risen(before, came_apart, self.step) {
            Some(part) => {
                self.now.rising_points.push((slot, part));
                bits(part)
            }
            None => super::FULL,
        }
    }
}

/// How far something is that was so far in the last look; `None` when it is there.
fn risen(before: Option<f32>, is_new: bool, step: f32) -> Option<f32> {
    match before {
        Some(before) => Some(before + step).filter(|part| *part < 1.0),
        None => is_new.then_some(0.0),
    }
}

fn found<K: Copy + Ord>(rising: &[(K, f32)], key: &K) -> Option<f32> {
    let at = rising.binary_search_by_key(key, |(key, _)| *key).ok()?;
    rising.get(at).map(|(_, part)| *part)
}

fn bits(part: f32) -> u32 {
    let strength = FIRST_STRENGTH + (1.0 - FIRST_STRENGTH) * part.clamp(0.0, 1.0);
    ((strength * 255.0) as u32) << FADE_SHIFT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_out_of_a_cluster_is_there_after_a_fifth_of_a_second() {
        let mut memory = Memory::default();
        memory.turn(0.0);
        memory.cluster(9, false);
        assert!(!memory.is_fading(), "the first look fades nothing");

        memory.turn(0.1);
        let first = memory.point(4, true);
        assert!(memory.is_fading() && first < super::super::FULL);
        memory.turn(0.15);
        let later = memory.point(4, false);
        assert!(memory.is_fading() && later > first);
        memory.turn(0.1);
        assert_eq!(memory.point(4, false), super::super::FULL);
        assert!(!memory.is_fading());
    }

    #[test]
    fn a_cluster_that_comes_into_the_picture_does_not_fade() {
        let mut memory = Memory::default();
        memory.turn(0.1);
        assert_eq!(memory.cluster(9, false), super::super::FULL);
        memory.turn(f32::NAN);
        assert_eq!(memory.cluster(7, false), super::super::FULL);
        assert_eq!(memory.cluster(9, false), super::super::FULL);
    }

    #[test]
    fn a_cell_that_was_split_fades_in_as_a_cluster() {
        let mut memory = Memory::default();
        memory.turn(0.1);
        memory.split(32);
        memory.turn(0.1);
        assert!(memory.cluster(32, false) < super::super::FULL);
    }
}
