//! Fixed records of the later passes: what was found out about each feature, and which tile it goes to.

use crate::classify::Class;
use crate::extsort::{Fields, FieldsOf};
use crate::feature::LonLat;
use crate::quadtree::Cell;
use crate::values::{HEIGHT_SOURCES, Heights};

/// Bytes of a [`Shaped`] on disk.
pub(crate) const SHAPED_BYTES: usize = 116;
/// Bytes of a [`Placement`] on disk.
pub(crate) const PLACEMENT_BYTES: usize = 47;
/// The number of a feature without heights.
const NO_SOURCE: u8 = u8::MAX;

/// Where a feature's bytes are in the spool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) offset: u64,
    pub(crate) bytes: u32,
    /// True when its heights count from the ground.
    pub(crate) is_from_ground: bool,
}

/// What the second pass found out about a feature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Shaped {
    /// Its number in the order of the sources.
    pub(crate) number: u64,
    pub(crate) spot: Spot,
    pub(crate) class: Class,
    pub(crate) is_drawn: bool,
    /// True for a building or part with walls of its own.
    pub(crate) is_raised: bool,
    /// Its rank in a network; [`crate::quadtree::NO_RANK`] for what goes by its size.
    pub(crate) rank: u8,
    /// West, south, east, north in the plane; only of use when it is drawn.
    pub(crate) bounds: [f64; 4],
    pub(crate) at: LonLat,
    pub(crate) heights: Option<Heights>,
    pub(crate) ground_m: f64,
    pub(crate) area_m2: f64,
    /// About how many bytes it takes in a tile.
    pub(crate) weight: u32,
}

impl Shaped {
    pub(crate) fn record(&self) -> [u8; SHAPED_BYTES] {
        let flags = u8::from(self.is_drawn)
            | u8::from(self.is_raised) << 1
            | u8::from(self.spot.is_from_ground) << 2;
        let fields = Fields::new()
            .number(self.number)
            .number(self.spot.offset)
            .small(self.spot.bytes)
            .byte(self.class as u8)
            .byte(flags)
            .byte(self.rank);
        let fields = self
            .bounds
            .iter()
            .chain(&self.at)
            .fold(fields, |fields, value| fields.real(*value));
        put_heights(fields, self.heights)
            .real(self.ground_m)
            .real(self.area_m2)
            .small(self.weight)
            .done()
    }

    pub(crate) fn of_record(record: &[u8]) -> Option<Self> {
        let mut fields = FieldsOf(record);
        let (number, offset, bytes) = (fields.number(), fields.number(), fields.small());
        let class = *Class::ALL.get(usize::from(fields.byte()))?;
        let flags = fields.byte();
        Some(Self {
            number,
            spot: Spot {
                offset,
                bytes,
                is_from_ground: flags & 4 != 0,
            },
            class,
            is_drawn: flags & 1 != 0,
            is_raised: flags & 2 != 0,
            rank: fields.byte(),
            bounds: [fields.real(), fields.real(), fields.real(), fields.real()],
            at: [fields.real(), fields.real()],
            heights: heights_of(&mut fields),
            ground_m: fields.real(),
            area_m2: fields.real(),
            weight: fields.small(),
        })
    }
}

/// A feature in its tile, with what other features changed about it. Ordered by tile, then by number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Placement {
    pub(crate) cell: Cell,
    pub(crate) number: u64,
    pub(crate) spot: Spot,
    pub(crate) weight: u32,
    /// See [`new_id`].
    pub(crate) ordinal: u32,
    /// The height that it inherits from its building, and how that is known.
    pub(crate) inherited: Option<(f64, u8)>,
}

impl Placement {
    pub(crate) fn record(&self) -> [u8; PLACEMENT_BYTES] {
        let (height_m, source) = self.inherited.unwrap_or((0.0, NO_SOURCE));
        Fields::new()
            .byte(self.cell.level as u8)
            .small(self.cell.x)
            .small(self.cell.y)
            .number(self.number)
            .number(self.spot.offset)
            .small(self.spot.bytes)
            .byte(u8::from(self.spot.is_from_ground))
            .small(self.weight)
            .small(self.ordinal)
            .real(height_m)
            .byte(source)
            .done()
    }

    pub(crate) fn of_record(record: &[u8]) -> Self {
        let mut fields = FieldsOf(record);
        let cell = Cell {
            level: u32::from(fields.byte()),
            x: fields.small(),
            y: fields.small(),
        };
        let number = fields.number();
        let spot = Spot {
            offset: fields.number(),
            bytes: fields.small(),
            is_from_ground: fields.byte() != 0,
        };
        let (weight, ordinal) = (fields.small(), fields.small());
        let inherited = (fields.real(), fields.byte());
        Self {
            cell,
            number,
            spot,
            weight,
            ordinal,
            inherited: (inherited.1 != NO_SOURCE).then_some(inherited),
        }
    }
}

/// The number of a height's source in working files.
pub(crate) fn source_number(source: &str) -> u8 {
    HEIGHT_SOURCES
        .iter()
        .position(|known| *known == source)
        .map_or(NO_SOURCE, |row| row as u8)
}

/// The heights with what was inherited.
pub(crate) fn with_inherited(
    heights: Option<Heights>,
    inherited: Option<(f64, u8)>,
) -> Option<Heights> {
    let mut heights = heights?;
    if let Some((height_m, number)) = inherited {
        heights.height_m = height_m;
        heights.source = HEIGHT_SOURCES
            .get(usize::from(number))
            .copied()
            .unwrap_or("default");
    }
    Some(heights)
}

/// The id of a feature whose id others have too: 0 leaves it, 1 takes the plain one, n makes `id~n`.
pub(crate) fn new_id(id: &str, ordinal: u32) -> String {
    match ordinal {
        0 => id.to_owned(),
        1 => stem_of(id).to_owned(),
        _ => format!("{}~{ordinal}", stem_of(id)),
    }
}

/// An id without the `~n` that an import adds: ids with one stem are told apart together.
pub(crate) fn stem_of(id: &str) -> &str {
    match id.rsplit_once('~') {
        Some((stem, number))
            if !stem.is_empty()
                && !number.is_empty()
                && number.bytes().all(|digit| digit.is_ascii_digit()) =>
        {
            stem_of(stem)
        }
        _ => id,
    }
}

fn put_heights<const N: usize>(fields: Fields<N>, heights: Option<Heights>) -> Fields<N> {
    match heights {
        None => fields.byte(NO_SOURCE).real(0.0).real(0.0).real(f64::NAN),
        Some(heights) => fields
            .byte(source_number(heights.source))
            .real(heights.height_m)
            .real(heights.min_height_m)
            .real(heights.levels.unwrap_or(f64::NAN)),
    }
}

fn heights_of(fields: &mut FieldsOf<'_>) -> Option<Heights> {
    let number = fields.byte();
    let (height_m, min_height_m, levels) = (fields.real(), fields.real(), fields.real());
    Some(Heights {
        height_m,
        min_height_m,
        source: HEIGHT_SOURCES.get(usize::from(number)).copied()?,
        levels: Some(levels).filter(|levels| levels.is_finite()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shaped(heights: Option<Heights>) -> Shaped {
        Shaped {
            number: 7,
            spot: Spot {
                offset: 9_999_999_999,
                bytes: 88,
                is_from_ground: true,
            },
            class: Class::Pipe,
            is_drawn: true,
            is_raised: false,
            rank: 3,
            bounds: [-1.0, -2.0, 3.0, 4.0],
            at: [121.5, 31.24],
            heights,
            ground_m: 4.5,
            area_m2: 12.0,
            weight: 1_234,
        }
    }

    #[test]
    fn records_come_back_as_they_were_written() {
        for heights in [
            None,
            Some(Heights {
                height_m: 40.0,
                min_height_m: 3.0,
                source: "levels",
                levels: Some(12.0),
            }),
        ] {
            let shaped = shaped(heights);
            assert_eq!(Shaped::of_record(&shaped.record()), Some(shaped));
        }
        for inherited in [None, Some((80.0, source_number("tag")))] {
            let placement = Placement {
                cell: Cell {
                    level: 3,
                    x: 5,
                    y: 6,
                },
                number: 7,
                spot: shaped(None).spot,
                weight: 99,
                ordinal: 2,
                inherited,
            };
            assert_eq!(Placement::of_record(&placement.record()), placement);
        }
    }

    #[test]
    fn ids_are_told_apart_by_what_follows_their_stem() {
        assert_eq!(stem_of("w7~2"), "w7");
        assert_eq!(stem_of("~2"), "~2");
        assert_eq!(stem_of("a~b"), "a~b");
        assert_eq!(
            (new_id("w7", 0), new_id("w7~9", 1), new_id("w7", 3)),
            ("w7".into(), "w7".into(), "w7~3".into())
        );
    }
}
