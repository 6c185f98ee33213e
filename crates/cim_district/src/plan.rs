//! The plan: a grid of streets 400 m apart, which class each of them has, and what each cell between them is for.
//!
//! ```text
//!  j = 7  ═══════════ north ring
//!         housing, schools, parks, hospital          lines i run south to north, lines j west to east;
//!  j = 1  ─ metro ─ lake with its radial streets ─   cell (i, j) lies east of line i and north of line j
//!  j = -2 ─────────── offices down to the river ─    old town and canal in the east
//!  j = -3 ≈≈≈≈≈≈≈≈≈≈≈ river ≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈≈
//!         riverside park, stadium, university, villas, works
//!  j = -5 ═══════════ south ring
//! ```
//! What a cell is depends on its place and the seed only, so that a larger district holds the smaller one.

use crate::dice::{mix, unit};
use crate::plane::Span;
use std::collections::BTreeMap;

/// Metres between two lines of the grid.
pub(crate) const CELL_M: f64 = 400.0;
/// The row of cells that the river runs through.
pub(crate) const RIVER_ROW: i32 = -3;
/// The column of cells that the canal runs through.
pub(crate) const CANAL_COLUMN: i32 = 4;
/// Rows of cells that the canal runs through, from the river to the lake at its end.
pub(crate) const CANAL_ROWS: std::ops::Range<i32> = -2..5;
/// The west-east line that the metro follows.
pub(crate) const METRO_LINE: i32 = 1;

/// Which way a street of the grid runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    SouthNorth,
    WestEast,
}

/// The class of a street (CJJ 37).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RoadClass {
    /// 快速路.
    Expressway,
    /// 主干路.
    Primary,
    /// 次干路.
    Secondary,
    /// 支路.
    Tertiary,
    /// 小区路, inside a block.
    Lane,
    /// 巷, in the old town.
    Alley,
}

impl RoadClass {
    /// The class of a line of the grid.
    pub(crate) fn of(way: Way, line: i32) -> Self {
        match way {
            Way::SouthNorth if line.rem_euclid(12) == 6 => Self::Expressway,
            Way::WestEast if line.rem_euclid(12) == 7 => Self::Expressway,
            Way::SouthNorth if line.rem_euclid(4) == 0 => Self::Primary,
            Way::WestEast if line.rem_euclid(4) == 1 => Self::Primary,
            Way::SouthNorth if line.rem_euclid(2) == 0 => Self::Secondary,
            Way::WestEast if line.rem_euclid(4) == 3 || matches!(line, 0 | -2) => Self::Secondary,
            Way::SouthNorth | Way::WestEast => Self::Tertiary,
        }
    }

    /// Half the width between the boundary lines 红线, metres.
    pub(crate) fn half_corridor_m(self) -> f64 {
        match self {
            Self::Expressway => 30.0,
            Self::Primary => 22.0,
            Self::Secondary => 15.0,
            Self::Tertiary => 10.0,
            Self::Lane => 5.0,
            Self::Alley => 2.6,
        }
    }

    /// The width of the carriageway, metres.
    pub(crate) fn carriageway_m(self) -> f64 {
        match self {
            Self::Expressway => 46.0,
            Self::Primary => 32.0,
            Self::Secondary => 21.0,
            Self::Tertiary => 13.0,
            Self::Lane => 6.0,
            Self::Alley => 3.5,
        }
    }

    /// Lanes, both ways together.
    pub(crate) fn lanes(self) -> u32 {
        match self {
            Self::Expressway => 10,
            Self::Primary => 8,
            Self::Secondary => 4,
            Self::Tertiary | Self::Lane => 2,
            Self::Alley => 1,
        }
    }

    /// Speed limit, km/h.
    pub(crate) fn speed_kmh(self) -> u32 {
        match self {
            Self::Expressway => 80,
            Self::Primary => 60,
            Self::Secondary => 50,
            Self::Tertiary => 40,
            Self::Lane => 15,
            Self::Alley => 10,
        }
    }

    /// OpenStreetMap's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Expressway => "trunk",
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Tertiary => "tertiary",
            Self::Lane => "residential",
            Self::Alley => "living_street",
        }
    }

    /// The class in Chinese.
    pub(crate) fn word_zh(self) -> &'static str {
        match self {
            Self::Expressway => "快速路",
            Self::Primary => "主干路",
            Self::Secondary => "次干路",
            Self::Tertiary => "支路",
            Self::Lane => "小区路",
            Self::Alley => "巷道",
        }
    }
}

/// What a cell is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Use {
    /// The lake with its tower, and the sectors around it: four cells as one, drawn by the one in the south-west.
    Centre,
    /// A cell of the centre that another one draws.
    CentreShare,
    /// River, banks and bridges.
    River,
    /// Towers with podiums.
    Business,
    /// Offices, hotels, shops, flats.
    Mixed,
    /// Courtyards along alleys.
    OldTown,
    /// Flats in rows and towers.
    Estate,
    /// Houses with gardens.
    Villas,
    /// The university.
    Campus,
    /// The hospital.
    Hospital,
    /// The stadium.
    Stadium,
    /// Works and warehouses.
    Industry,
    /// Green.
    Park,
}

/// What the cell (i, j) is for.
pub(crate) fn use_of(seed: u64, i: i32, j: i32) -> Use {
    match (i, j) {
        (-1, -1) => Use::Centre,
        (-1..=0, -1..=0) => Use::CentreShare,
        (_, RIVER_ROW) => Use::River,
        (-2..=1, -2) => Use::Business,
        (-1..=0, -4) | (-4, -1..=0) | (4, 5) => Use::Park,
        (-2 | 1, -1..=0) | (-2..=1, 1) | (-3 | 2, -2) => Use::Mixed,
        (3..=4, -2..=-1) => Use::OldTown,
        (2, 2) => Use::Hospital,
        (2, -4) => Use::Stadium,
        (-5..=-4, -5..=-4) => Use::Campus,
        (-7..=-6, -6..=-2) => Use::Villas,
        (4..=9, -9..=-4) => Use::Industry,
        _ => use_farther_out(seed, i, j),
    }
}

fn use_farther_out(seed: u64, i: i32, j: i32) -> Use {
    // Quarters of 4 × 4 cells have a character; single cells depart from it.
    let quarter = mix(
        mix(seed, 0x51),
        number_of(i.div_euclid(4), j.div_euclid(4)).into(),
    );
    let own = unit(mix(mix(seed, 0xCE11), number_of(i, j).into()));
    let distance = i.abs().max(j.abs());
    if own < 0.05 {
        return Use::Park;
    }
    match unit(quarter) {
        works if works < 0.16 && distance > 9 => Use::Industry,
        villas if villas > 0.9 && distance > 6 => Use::Villas,
        _ if own > 0.93 && distance > 2 => Use::Mixed,
        _ => Use::Estate,
    }
}

/// Cells of the district: lines `west` to `east` and `south` to `north` bound it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) west: i32,
    pub(crate) east: i32,
    pub(crate) south: i32,
    pub(crate) north: i32,
}

impl Extent {
    /// The smallest district: the centre.
    pub(crate) const CENTRE: Self = Self {
        west: -1,
        east: 1,
        south: -1,
        north: 1,
    };

    /// The district with one more row or column; in turns, so that it stays about as wide as it is deep.
    pub(crate) fn grown(self, step: u32) -> Self {
        match step % 4 {
            0 => Self {
                south: self.south - 1,
                ..self
            },
            1 => Self {
                east: self.east + 1,
                ..self
            },
            2 => Self {
                west: self.west - 1,
                ..self
            },
            _ => Self {
                north: self.north + 1,
                ..self
            },
        }
    }

    /// Cells, row by row from the south.
    pub(crate) fn cells(self) -> impl Iterator<Item = (i32, i32)> {
        (self.south..self.north).flat_map(move |j| (self.west..self.east).map(move |i| (i, j)))
    }

    /// Crossings, row by row from the south: one column and one row more than cells.
    pub(crate) fn crossings(self) -> impl Iterator<Item = (i32, i32)> {
        (self.south..=self.north).flat_map(move |j| (self.west..=self.east).map(move |i| (i, j)))
    }

    pub(crate) fn has_cell(self, i: i32, j: i32) -> bool {
        (self.west..self.east).contains(&i) && (self.south..self.north).contains(&j)
    }

    /// True when the district reaches the river and beyond it.
    pub(crate) fn has_river(self) -> bool {
        self.south <= RIVER_ROW
    }

    /// The row of crossings on the north bank, or the southernmost where there is no river yet.
    pub(crate) fn north_bank(self) -> i32 {
        self.south.max(RIVER_ROW + 1)
    }
}

/// True when the grid has a crossing there; the middle of the lake has none.
pub(crate) fn has_crossing(i: i32, j: i32) -> bool {
    (i, j) != (0, 0)
}

/// True when a street of the grid runs along `way` from the crossing (i, j) to the next one.
pub(crate) fn has_street(way: Way, i: i32, j: i32) -> bool {
    match way {
        Way::SouthNorth if i == 0 && (-1..=0).contains(&j) => false,
        // Only every second street has a bridge.
        Way::SouthNorth if j == RIVER_ROW => i.rem_euclid(2) == 0,
        Way::WestEast if j == 0 && (-1..=0).contains(&i) => false,
        Way::SouthNorth | Way::WestEast => true,
    }
}

/// What lies between the boundary lines of the streets around a cell.
pub(crate) fn inside_of(i: i32, j: i32) -> Span {
    let edge = |way, line: i32| {
        (
            f64::from(line) * CELL_M,
            RoadClass::of(way, line).half_corridor_m(),
        )
    };
    let ((west, a), (east, b)) = (edge(Way::SouthNorth, i), edge(Way::SouthNorth, i + 1));
    let ((south, c), (north, d)) = (edge(Way::WestEast, j), edge(Way::WestEast, j + 1));
    Span {
        west: west + a,
        south: south + c,
        east: east - b,
        north: north - d,
    }
}

/// A cell's number: its place on a spiral from the middle. No two cells share one, and it never changes as the district
/// grows.
pub(crate) fn number_of(i: i32, j: i32) -> u32 {
    // Cells -1 and 0 are the first ring.
    let ring_of = |n: i32| if n >= 0 { n } else { -1 - n };
    let ring = ring_of(i).max(ring_of(j)).unsigned_abs();
    let side = 2 * ring + 1;
    let (from_west, from_south) = (
        (i + 1).wrapping_add_unsigned(ring).unsigned_abs(),
        (j + 1).wrapping_add_unsigned(ring).unsigned_abs(),
    );
    let within = if from_south == 0 {
        from_west
    } else if from_west == side {
        side + from_south
    } else if from_south == side {
        2 * side + (side - from_west)
    } else {
        3 * side + (side - from_south)
    };
    4 * ring * ring + within
}

/// How many buildings each cell gets so that together there are exactly as many as asked for.
#[derive(Clone, Debug)]
pub(crate) struct Quotas {
    pub(crate) extent: Extent,
    cells: BTreeMap<(i32, i32), u32>,
}

impl Quotas {
    /// Lets the district grow until it has room for `wanted` buildings, then shares them out. `room` says how many a cell
    /// has room for; it is asked once for each cell. `None` when `largest` cells are too few.
    pub(crate) fn share(
        wanted: u32,
        largest: usize,
        mut room: impl FnMut(i32, i32) -> u32,
    ) -> Option<Self> {
        let mut extent = Extent::CENTRE;
        let mut rooms = BTreeMap::new();
        let mut total = 0_u64;
        for step in 0.. {
            for (i, j) in extent.cells() {
                rooms.entry((j, i)).or_insert_with(|| {
                    let here = room(i, j);
                    total += u64::from(here);
                    here
                });
            }
            if total >= u64::from(wanted) {
                break;
            }
            if rooms.len() >= largest {
                return None;
            }
            extent = extent.grown(step);
        }
        let mut cells = BTreeMap::new();
        let (mut before, mut given) = (0_u64, 0_u64);
        for ((j, i), here) in rooms {
            before += u64::from(here);
            // What all cells up to this one get together, so that rounding never adds up.
            let due = (before * u64::from(wanted)).checked_div(total).unwrap_or(0);
            cells.insert((i, j), (due - given) as u32);
            given = due;
        }
        Some(Self { extent, cells })
    }

    /// How many buildings the cell gets.
    pub(crate) fn of(&self, i: i32, j: i32) -> u32 {
        self.cells.get(&(i, j)).copied().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_cell_has_a_number_of_its_own_and_the_spiral_has_no_gaps() {
        let numbers: BTreeSet<u32> = (-8..8)
            .flat_map(|i| (-8..8).map(move |j| number_of(i, j)))
            .collect();
        assert_eq!(numbers.len(), 256);
        assert_eq!(numbers.last(), Some(&255));
    }

    #[test]
    fn quotas_add_up_exactly_and_no_cell_gets_more_than_it_has_room_for() {
        for wanted in [1, 7, 100, 1_234, 12_000] {
            let room = |i: i32, j: i32| ((i * 7 + j * 13).unsigned_abs() % 90) + 3;
            let quotas = Quotas::share(wanted, 10_000, room).expect("room enough");
            let total: u32 = quotas.extent.cells().map(|(i, j)| quotas.of(i, j)).sum();
            assert_eq!(total, wanted);
            for (i, j) in quotas.extent.cells() {
                assert!(quotas.of(i, j) <= room(i, j));
            }
        }
        assert!(Quotas::share(1_000, 30, |_, _| 1).is_none());
    }

    #[test]
    fn the_river_has_a_bridge_on_every_second_street() {
        assert!(has_street(Way::SouthNorth, 2, RIVER_ROW));
        assert!(!has_street(Way::SouthNorth, 3, RIVER_ROW));
        assert!(!has_street(Way::WestEast, -1, 0));
        assert!(has_street(Way::WestEast, -1, 1));
    }

    #[test]
    fn the_ground_of_a_cell_lies_between_its_streets() {
        let inside = inside_of(2, 2);
        assert!(inside.west > 800.0 && inside.east < 1_200.0);
        assert!(inside.north - inside.south > 300.0);
    }
}
