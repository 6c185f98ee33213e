//! Rings out of the member ways of a multipolygon relation.

use std::collections::{BTreeMap, BTreeSet};

/// Rings of node ids, and the chains that would not close.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Assembled {
    /// Closed rings; the first node is repeated at the end.
    pub(crate) rings: Vec<Vec<i64>>,
    /// What was left over.
    pub(crate) open: Vec<Vec<i64>>,
}

/// Joins ways at their ends until they close.
pub(crate) fn assemble(ways: &[&[i64]]) -> Assembled {
    let mut assembled = Assembled::default();
    let mut ends: BTreeMap<i64, BTreeSet<usize>> = BTreeMap::new();
    let mut free: BTreeSet<usize> = BTreeSet::new();
    for (index, way) in ways.iter().enumerate() {
        let (Some(&first), Some(&last)) = (way.first(), way.last()) else {
            continue;
        };
        if first == last && way.len() >= 4 {
            assembled.rings.push(way.to_vec());
        } else {
            free.insert(index);
            ends.entry(first).or_default().insert(index);
            ends.entry(last).or_default().insert(index);
        }
    }
    while let Some(start) = free.pop_first() {
        let mut chain: Vec<i64> = ways.get(start).map(|way| way.to_vec()).unwrap_or_default();
        // Grow at the end, then once more from the other end for chains that never close.
        for _ in 0..2 {
            grow(&mut chain, ways, &mut free, &ends);
            if chain.first() == chain.last() {
                break;
            }
            chain.reverse();
        }
        if chain.first() == chain.last() && chain.len() >= 4 {
            assembled.rings.push(chain);
        } else {
            assembled.open.push(chain);
        }
    }
    assembled
}

fn grow(
    chain: &mut Vec<i64>,
    ways: &[&[i64]],
    free: &mut BTreeSet<usize>,
    ends: &BTreeMap<i64, BTreeSet<usize>>,
) {
    while chain.first() != chain.last() || chain.len() < 2 {
        let Some(&tail) = chain.last() else { return };
        let Some(&next) = ends
            .get(&tail)
            .and_then(|here| here.iter().find(|index| free.contains(index)))
        else {
            return;
        };
        free.remove(&next);
        let way = ways.get(next).copied().unwrap_or_default();
        if way.first() == Some(&tail) {
            chain.extend(way.iter().skip(1));
        } else {
            chain.extend(way.iter().rev().skip(1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_in_any_direction_make_one_ring() {
        let assembled = assemble(&[&[1, 2, 3], &[5, 4, 3], &[5, 6, 1]]);
        assert!(assembled.open.is_empty());
        assert_eq!(assembled.rings.len(), 1);
        assert_eq!(assembled.rings[0].len(), 7);
        assert_eq!(assembled.rings[0].first(), assembled.rings[0].last());
    }

    #[test]
    fn a_closed_way_is_a_ring_by_itself() {
        let assembled = assemble(&[&[1, 2, 3, 1], &[7, 8, 9, 7]]);
        assert_eq!((assembled.rings.len(), assembled.open.len()), (2, 0));
    }

    #[test]
    fn what_does_not_close_is_left_over_whole() {
        let assembled = assemble(&[&[2, 3], &[1, 2], &[3, 4]]);
        assert!(assembled.rings.is_empty());
        assert_eq!(assembled.open.len(), 1);
        assert_eq!(assembled.open[0].len(), 4);
    }
}
