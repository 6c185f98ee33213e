//! Where bridges go on into bridges: their decks must meet there and not come down to the ground.

use crate::feature::LonLat;
use std::collections::BTreeMap;

/// More ends than this are not remembered; bridges beyond them come down to the ground at both ends.
const MAX_ENDS: usize = 1_000_000;

/// The ends of all lifted lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bridges {
    ends: BTreeMap<[u64; 2], End>,
}

#[derive(Clone, Copy, Debug)]
struct End {
    count: u32,
    lowest_m: f64,
}

impl Bridges {
    /// Takes the ends of a line that is lifted by `lift_m`.
    pub(crate) fn note(&mut self, line: &[LonLat], lift_m: f64) {
        for place in line.first().into_iter().chain(line.last()) {
            let key = key_of(*place);
            if let Some(end) = self.ends.get_mut(&key) {
                end.count += 1;
                end.lowest_m = end.lowest_m.min(lift_m);
            } else if self.ends.len() < MAX_ENDS {
                self.ends.insert(
                    key,
                    End {
                        count: 1,
                        lowest_m: lift_m,
                    },
                );
            }
        }
    }

    /// How high a deck is at this end of it, metres: 0 where no other one goes on.
    pub(crate) fn height_at(&self, place: LonLat) -> f64 {
        self.ends
            .get(&key_of(place))
            .filter(|end| end.count > 1)
            .map_or(0.0, |end| end.lowest_m)
    }
}

fn key_of(place: LonLat) -> [u64; 2] {
    place.map(f64::to_bits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decks_meet_at_the_lower_one_and_come_down_where_none_goes_on() {
        let mut bridges = Bridges::default();
        bridges.note(&[[0.0, 0.0], [1.0, 0.0]], 10.0);
        bridges.note(&[[1.0, 0.0], [2.0, 0.0]], 5.0);
        assert!((bridges.height_at([1.0, 0.0]) - 5.0).abs() < 1e-12);
        assert!(bridges.height_at([0.0, 0.0]).abs() < 1e-12);
        assert!(bridges.height_at([9.0, 9.0]).abs() < 1e-12);
    }
}
