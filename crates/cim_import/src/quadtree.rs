//! Which tile a feature goes to.
//!
//! The city's square is quartered level by level; a tile adds to its parent and repeats nothing. A tile's geometric error is
//! the size of the largest thing that its children may still add, so a feature goes to the first level whose error is not
//! larger than the feature. For buildings the size is height or diagonal, for ground its diagonal; lines are as large as
//! their rank in the network. What is longer than two cells stays higher up, so that bounding boxes stay tight.

use crate::classify::Class;
use cim_tiles::CityGrid;
use std::collections::BTreeSet;

/// Bytes that a tile should have on average; decides how deep the tree goes.
const TILE_BYTES: u64 = 150_000;
/// No tree goes deeper: 1 024 cells a side.
const DEEPEST_LEVEL: u32 = 10;
/// The rank of what goes by its size and not by its place in a network.
pub(crate) const NO_RANK: u8 = u8::MAX;
/// The root's error as a share of the city's diagonal.
const ROOT_SHARE: f64 = 1.0 / 20.0;

/// A tile's place in the tree: level, column from the west, row from the south.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cell {
    pub(crate) level: u32,
    pub(crate) x: u32,
    pub(crate) y: u32,
}

impl Cell {
    /// The whole square.
    pub(crate) const ROOT: Self = Self {
        level: 0,
        x: 0,
        y: 0,
    };

    /// The four quarters.
    pub(crate) fn children(self) -> [Self; 4] {
        let (level, x, y) = (self.level + 1, 2 * self.x, 2 * self.y);
        [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)].map(|(x, y)| Self { level, x, y })
    }

    /// The cell that it is a quarter of.
    pub(crate) fn parent(self) -> Option<Self> {
        (self.level > 0).then(|| Self {
            level: self.level - 1,
            x: self.x / 2,
            y: self.y / 2,
        })
    }
}

/// The square and how deep it is quartered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Grid {
    /// Half a side, metres; the middle is the frame's origin.
    half_m: f64,
    root_error_m: f64,
    deepest: u32,
}

/// What decides how high up in the tree a feature is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Size {
    pub(crate) class: Class,
    /// See [`rank_of`].
    pub(crate) rank: u8,
    /// From the underside to the top, metres; 0 for what is no building.
    pub(crate) height_m: f64,
    /// West, south, east, north in the plane.
    pub(crate) bounds: [f64; 4],
}

impl Grid {
    /// A grid over a city of `width_m` by `depth_m` whose tiles hold about `bytes` together.
    pub(crate) fn new(width_m: f64, depth_m: f64, bytes: u64) -> Self {
        let tiles = (bytes / TILE_BYTES).max(1) as f64;
        // Whole millimetres come back from a catalogue as they were written.
        let whole_mm = |metres: f64| (metres * 1_000.0).ceil() / 1_000.0;
        Self {
            half_m: whole_mm(width_m.max(depth_m).max(1.0) / 2.0),
            root_error_m: whole_mm((width_m.hypot(depth_m) * ROOT_SHARE).max(1.0)),
            deepest: (tiles.log(4.0).ceil() as u32).min(DEEPEST_LEVEL),
        }
    }

    /// The grid of a city that is there already; `None` when its numbers make no sense.
    pub(crate) fn of_city(grid: CityGrid) -> Option<Self> {
        let is_sane = grid.half_m.is_finite()
            && grid.half_m > 0.0
            && grid.root_error_m.is_finite()
            && grid.root_error_m > 0.0
            && grid.deepest <= DEEPEST_LEVEL;
        is_sane.then_some(Self {
            half_m: grid.half_m,
            root_error_m: grid.root_error_m,
            deepest: grid.deepest,
        })
    }

    /// The grid as a catalogue has it.
    pub(crate) fn for_catalogue(&self) -> CityGrid {
        CityGrid {
            half_m: self.half_m,
            root_error_m: self.root_error_m,
            deepest: self.deepest,
        }
    }

    /// True when a city for which `other` would be made has room here without being lost in it.
    pub(crate) fn has_room_for(&self, other: &Self) -> bool {
        const ROOM: f64 = 1.1;
        const MOST_ROOM: f64 = 2.0;
        other.half_m <= self.half_m * ROOM && other.half_m * MOST_ROOM >= self.half_m
    }

    /// True when this grid is about as deep as `other`.
    pub(crate) fn is_as_deep_as(&self, other: &Self) -> bool {
        self.deepest.abs_diff(other.deepest) <= 1
    }

    /// What a tile's children may still add, metres.
    pub(crate) fn error_m(&self, level: u32) -> f64 {
        self.root_error_m / f64::from(1_u32 << level.min(DEEPEST_LEVEL))
    }

    /// The tile for a feature of this size.
    pub(crate) fn cell_of(&self, size: &Size) -> Cell {
        let [west, south, east, north] = size.bounds;
        let extent = (east - west).max(north - south).max(0.01);
        let metres = self.metres_of(size, (east - west).hypot(north - south));
        let by_size = (self.root_error_m / metres.max(0.01))
            .log2()
            .ceil()
            .max(0.0) as u32;
        let by_extent = (4.0 * self.half_m / extent).log2().floor().max(0.0) as u32;
        let level = by_size.min(by_extent).min(self.deepest);
        let cells = 1_u32 << level;
        let column = |at: f64| {
            let share = (at + self.half_m) / (2.0 * self.half_m) * f64::from(cells);
            (share.floor().max(0.0) as u32).min(cells - 1)
        };
        Cell {
            level,
            x: column(f64::midpoint(west, east)),
            y: column(f64::midpoint(south, north)),
        }
    }

    fn metres_of(&self, size: &Size, diagonal: f64) -> f64 {
        if size.class.is_building() {
            return diagonal.max(size.height_m);
        }
        if size.rank == NO_RANK {
            return diagonal;
        }
        // A river's area is ranked like its line: it is what people find their way by.
        self.error_m(u32::from(size.rank))
            .max(if size.class == Class::Water {
                diagonal
            } else {
                0.0
            })
    }
}

/// The rank of a line in its network: the level that it shows from. [`NO_RANK`] for what goes by its size.
pub(crate) fn rank_of(class: Class, kind: &str) -> u8 {
    match (class, kind.trim_end_matches("_link")) {
        (Class::Road, "motorway" | "trunk" | "primary" | "highway" | "major_road")
        | (Class::Water, "river") => 0,
        (Class::Road, "secondary") | (Class::Water, "canal") => 1,
        (Class::Road, "tertiary") => 2,
        (Class::Road, "service" | "pedestrian" | "track") | (Class::Pipe, _) => 4,
        (
            Class::Road,
            "footway" | "path" | "steps" | "cycleway" | "bridleway" | "trail" | "via_ferrata",
        )
        | (Class::Tree | Class::Furniture, _) => 5,
        (Class::Road | Class::Rail, _) => 3,
        _ => NO_RANK,
    }
}

/// The tree over the tiles that hold something: every ancestor is there, nothing empty hangs below.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    nodes: BTreeSet<Cell>,
}

impl Tree {
    /// Takes a tile that holds something.
    pub(crate) fn insert(&mut self, cell: Cell) {
        let mut at = Some(cell);
        while let Some(node) = at.filter(|node| self.nodes.insert(*node)) {
            at = node.parent();
        }
    }

    /// The children that are there.
    pub(crate) fn children(&self, cell: Cell) -> Vec<Cell> {
        cell.children()
            .into_iter()
            .filter(|child| self.nodes.contains(child))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(class: Class, kind: &str, height_m: f64, bounds: [f64; 4]) -> Size {
        Size {
            class,
            rank: rank_of(class, kind),
            height_m,
            bounds,
        }
    }

    #[test]
    fn towers_and_trunk_roads_show_from_afar_and_sheds_from_near() {
        let grid = Grid::new(4_000.0, 3_000.0, 10_000_000);
        let small_box = [100.0, 100.0, 110.0, 110.0];
        let cell = |class, kind, height| grid.cell_of(&size(class, kind, height, small_box));
        assert_eq!(cell(Class::Building, "building", 632.0), Cell::ROOT);
        assert_eq!(cell(Class::Road, "trunk_link", 0.0), Cell::ROOT);
        let shed = cell(Class::Building, "building", 3.0);
        assert_eq!(shed.level, grid.deepest);
        assert!(shed.level >= 3);
    }

    #[test]
    fn nothing_below_a_tile_is_larger_than_its_error() {
        let grid = Grid::new(4_000.0, 3_000.0, 100_000_000);
        for height in [1.0, 5.0, 12.0, 30.0, 70.0, 150.0, 250.0] {
            let house = size(Class::Building, "building", height, [0.0, 0.0, 1.0, 1.0]);
            let level = grid.cell_of(&house).level;
            if level > 0 {
                assert!(
                    height.max(2.0_f64.sqrt()) <= grid.error_m(level - 1),
                    "{height} at {level}"
                );
            }
        }
    }

    #[test]
    fn a_feature_beyond_the_square_goes_to_the_nearest_cell() {
        let grid = Grid::new(1_000.0, 1_000.0, 100_000_000);
        let house = size(
            Class::Building,
            "building",
            2.0,
            [9_000.0, -9_010.0, 9_001.0, -9_000.0],
        );
        let cell = grid.cell_of(&house);
        assert_eq!((cell.x, cell.y), ((1 << cell.level) - 1, 0));
    }

    #[test]
    fn a_tile_brings_its_ancestors() {
        let cell = |level, x, y| Cell { level, x, y };
        let mut tree = Tree::default();
        tree.insert(cell(2, 3, 1));
        assert_eq!(tree.children(Cell::ROOT), vec![cell(1, 1, 0)]);
        assert_eq!(tree.children(cell(1, 1, 0)), vec![cell(2, 3, 1)]);
        assert!(tree.children(cell(2, 3, 1)).is_empty());
    }

    #[test]
    fn a_grid_serves_a_city_that_grew_a_little_and_no_other_one() {
        let grid = Grid::new(4_000.0, 3_000.0, 10_000_000);
        let kept = Grid::of_city(grid.for_catalogue()).expect("the same");
        assert_eq!(kept, grid);
        assert!(kept.has_room_for(&Grid::new(4_200.0, 3_000.0, 10_500_000)));
        assert!(!kept.has_room_for(&Grid::new(9_000.0, 3_000.0, 10_000_000)));
        assert!(!kept.has_room_for(&Grid::new(500.0, 300.0, 10_000_000)));
        assert!(kept.is_as_deep_as(&Grid::new(4_000.0, 3_000.0, 12_000_000)));
        assert!(!kept.is_as_deep_as(&Grid::new(4_000.0, 3_000.0, 10_000_000_000)));
        assert_eq!(Grid::of_city(CityGrid::default()), None);
    }
}
