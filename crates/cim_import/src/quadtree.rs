//! Which tile a feature goes to.
//!
//! The city's square is quartered level by level; a tile adds to its parent and repeats nothing. A tile's geometric error is
//! the size of the largest thing that its children may still add, so a feature goes to the first level whose error is not
//! larger than the feature. For buildings the size is height or diagonal, for ground its diagonal; lines are as large as
//! their rank in the network. What is longer than two cells stays higher up, so that bounding boxes stay tight.

use crate::classify::Class;
use crate::shape::CityFeature;
use std::collections::{BTreeMap, BTreeSet};

/// Bytes that a tile should have on average; decides how deep the tree goes.
const TILE_BYTES: u64 = 150_000;
/// No tree goes deeper: 4 096 cells a side.
const DEEPEST_LEVEL: u32 = 7;
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

    fn parent(self) -> Option<Self> {
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

impl Grid {
    /// A grid over a city of `width_m` by `depth_m` whose tiles hold about `bytes` together.
    pub(crate) fn new(width_m: f64, depth_m: f64, bytes: u64) -> Self {
        let tiles = (bytes / TILE_BYTES).max(1) as f64;
        Self {
            half_m: width_m.max(depth_m).max(1.0) / 2.0,
            root_error_m: (width_m.hypot(depth_m) * ROOT_SHARE).max(1.0),
            deepest: (tiles.log(4.0).ceil() as u32).min(DEEPEST_LEVEL),
        }
    }

    /// What a tile's children may still add, metres.
    pub(crate) fn error_m(&self, level: u32) -> f64 {
        self.root_error_m / f64::from(1_u32 << level.min(DEEPEST_LEVEL))
    }

    /// The tile for a feature whose body lies in `plane_box` (west, south, east, north).
    pub(crate) fn cell_of(&self, feature: &CityFeature, plane_box: [f64; 4]) -> Cell {
        let [west, south, east, north] = plane_box;
        let extent = (east - west).max(north - south).max(0.01);
        let size = self.size_of(feature, (east - west).hypot(north - south));
        let by_size = (self.root_error_m / size.max(0.01)).log2().ceil().max(0.0) as u32;
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

    fn size_of(&self, feature: &CityFeature, diagonal: f64) -> f64 {
        let rank = match (feature.class, feature.kind.trim_end_matches("_link")) {
            (Class::Building | Class::BuildingPart, _) => {
                return diagonal.max(
                    feature
                        .heights
                        .map_or(0.0, |heights| heights.height_m - heights.min_height_m),
                );
            }
            (Class::Road, "motorway" | "trunk" | "primary" | "highway" | "major_road")
            | (Class::Water, "river") => 0,
            (Class::Road, "secondary") | (Class::Water, "canal") => 1,
            (Class::Road, "tertiary") => 2,
            (Class::Road, "service" | "pedestrian" | "track") => 4,
            (
                Class::Road,
                "footway" | "path" | "steps" | "cycleway" | "bridleway" | "trail" | "via_ferrata",
            ) => 5,
            (Class::Road | Class::Rail, _) => 3,
            _ => return diagonal,
        };
        // A river's area is ranked like its line: it is what people find their way by.
        self.error_m(rank).max(if feature.class == Class::Water {
            diagonal
        } else {
            0.0
        })
    }
}

/// The tree over the tiles that hold something: every ancestor is there, nothing empty hangs below.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Feature indices by tile.
    pub(crate) content: BTreeMap<Cell, Vec<usize>>,
    nodes: BTreeSet<Cell>,
}

impl Tree {
    /// Puts a feature into a tile.
    pub(crate) fn insert(&mut self, cell: Cell, feature: usize) {
        self.content.entry(cell).or_default().push(feature);
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
    use crate::feature::Tags;
    use crate::shape::Body;
    use crate::values::Heights;

    fn feature(class: Class, kind: &str, height_m: f64) -> CityFeature {
        CityFeature {
            id: "x".into(),
            place: "here".into(),
            class,
            kind: kind.into(),
            tags: Tags::default(),
            at: [0.0, 0.0],
            body: Body::Nothing,
            heights: (class == Class::Building).then_some(Heights {
                height_m,
                min_height_m: 0.0,
                source: "tag",
                levels: None,
            }),
            is_drawn: true,
        }
    }

    #[test]
    fn towers_and_trunk_roads_show_from_afar_and_sheds_from_near() {
        let grid = Grid::new(4_000.0, 3_000.0, 10_000_000);
        let small_box = [100.0, 100.0, 110.0, 110.0];
        assert_eq!(
            grid.cell_of(&feature(Class::Building, "building", 632.0), small_box),
            Cell::ROOT
        );
        assert_eq!(
            grid.cell_of(&feature(Class::Road, "trunk_link", 0.0), small_box),
            Cell::ROOT
        );
        let shed = grid.cell_of(&feature(Class::Building, "building", 3.0), small_box);
        assert_eq!(shed.level, grid.deepest);
        assert!(shed.level >= 3);
    }

    #[test]
    fn nothing_below_a_tile_is_larger_than_its_error() {
        let grid = Grid::new(4_000.0, 3_000.0, 100_000_000);
        for height in [1.0, 5.0, 12.0, 30.0, 70.0, 150.0, 250.0] {
            let level = grid
                .cell_of(
                    &feature(Class::Building, "building", height),
                    [0.0, 0.0, 1.0, 1.0],
                )
                .level;
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
        let cell = grid.cell_of(
            &feature(Class::Building, "building", 2.0),
            [9_000.0, -9_010.0, 9_001.0, -9_000.0],
        );
        assert_eq!((cell.x, cell.y), ((1 << cell.level) - 1, 0));
    }

    #[test]
    fn a_tile_brings_its_ancestors() {
        let mut tree = Tree::default();
        tree.insert(
            Cell {
                level: 2,
                x: 3,
                y: 1,
            },
            7,
        );
        assert_eq!(
            tree.children(Cell::ROOT),
            vec![Cell {
                level: 1,
                x: 1,
                y: 0
            }]
        );
        assert_eq!(
            tree.children(Cell {
                level: 1,
                x: 1,
                y: 0
            }),
            vec![Cell {
                level: 2,
                x: 3,
                y: 1
            }]
        );
        assert_eq!(tree.content.len(), 1);
    }
}
