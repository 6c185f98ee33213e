//! `tileset.json`: the tree of tiles, written while it is walked.

use crate::quadtree::{Cell, Grid, Tree};
use crate::site::Site;
use crate::tiles::{TileRecord, Tiles, uri_of};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes the tileset of a city.
pub(crate) fn write_tileset(
    out: &mut impl Write,
    site: &Site,
    grid: &Grid,
    tiles: &Tiles,
) -> io::Result<()> {
    let mut tree = Tree::default();
    for record in tiles.values() {
        tree.insert(record.cell());
    }
    let forest = Forest {
        boxes: boxes_of(tiles),
        tree,
        grid,
        tiles,
    };
    let asset = json!({"version": "1.1", "generator": "CityMirror cim import"});
    // What is missing while not even the root is there.
    let error = json!(2.0 * grid.error_m(0));
    write!(
        out,
        "{{\"asset\":{asset},\"geometricError\":{error},\"root\":"
    )?;
    let transform = json!(site.frame().ecef_from_enu_matrix().to_cols_array());
    let head = format!("\"transform\":{transform},\"refine\":\"ADD\",");
    forest.write(out, Cell::ROOT, &head)?;
    out.write_all(b"}\n")
}

/// The box around each cell's own tiles and everything below.
fn boxes_of(tiles: &Tiles) -> BTreeMap<Cell, Around> {
    let mut boxes: BTreeMap<Cell, Around> = BTreeMap::new();
    for record in tiles.values() {
        let own = Around::of(record);
        let mut at = Some(record.cell());
        while let Some(cell) = at {
            boxes
                .entry(cell)
                .and_modify(|around| around.grow(&own))
                .or_insert(own);
            at = cell.parent();
        }
    }
    boxes
}

/// Smallest and largest east, north, up.
#[derive(Clone, Copy, Debug)]
struct Around {
    min: [f64; 3],
    max: [f64; 3],
}

impl Around {
    fn of(record: &TileRecord) -> Self {
        Self {
            min: record.min,
            max: record.max,
        }
    }

    fn grow(&mut self, other: &Self) {
        self.min = [0, 1, 2].map(|axis: usize| self.min[axis].min(other.min[axis]));
        self.max = [0, 1, 2].map(|axis: usize| self.max[axis].max(other.max[axis]));
    }

    fn volume(&self) -> Value {
        let middle = [0, 1, 2].map(|axis: usize| f64::midpoint(self.min[axis], self.max[axis]));
        // A flat tile still gets a box with some height, and rounding to f32 must not push a corner out.
        let half = [0, 1, 2].map(|axis: usize| (self.max[axis] - self.min[axis]) / 2.0 + 0.05);
        json!({"box": [
            middle[0], middle[1], middle[2], half[0], 0.0, 0.0, 0.0, half[1], 0.0, 0.0, 0.0, half[2]
        ]})
    }
}

struct Forest<'a> {
    boxes: BTreeMap<Cell, Around>,
    tree: Tree,
    grid: &'a Grid,
    tiles: &'a Tiles,
}

impl Forest<'_> {
    /// Writes a cell with everything below it; `head` are its own first members. The tree is no deeper than the grid.
    fn write(&self, out: &mut impl Write, cell: Cell, head: &str) -> io::Result<()> {
        let Some(around) = self.boxes.get(&cell) else {
            return out.write_all(b"{}");
        };
        let children = self.tree.children(cell);
        let own = |serial: u32| self.tiles.get(&[cell.level, cell.x, cell.y, serial]);
        let more: Vec<&TileRecord> = (1..).map_while(own).collect();
        let is_leaf = children.is_empty() && more.is_empty();
        let error = if is_leaf {
            0.0
        } else {
            self.grid.error_m(cell.level)
        };
        write!(
            out,
            "{{{head}\"boundingVolume\":{},\"geometricError\":{}",
            around.volume(),
            json!(error)
        )?;
        if own(0).is_some() {
            let uri = json!(uri_of([cell.level, cell.x, cell.y, 0]));
            write!(out, ",\"content\":{{\"uri\":{uri}}}")?;
        }
        if !is_leaf {
            out.write_all(b",\"children\":[")?;
            let mut is_first = true;
            // What one tile of the cell did not hold.
            for record in more {
                write!(out, "{}", if is_first { "" } else { "," })?;
                is_first = false;
                let tile = json!({
                    "boundingVolume": Around::of(record).volume(), "geometricError": 0.0,
                    "content": {"uri": record.uri()}
                });
                write!(out, "{tile}")?;
            }
            for child in children {
                write!(out, "{}", if is_first { "" } else { "," })?;
                is_first = false;
                self.write(out, child, "")?;
            }
            out.write_all(b"]")?;
        }
        out.write_all(b"}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_geo::Geodetic;

    #[test]
    fn every_tile_is_in_the_tree_and_inside_of_its_parents() {
        let record = |at: [u32; 4], min: f64, max: f64| {
            (
                at,
                TileRecord {
                    at,
                    bytes: 10,
                    min: [min; 3],
                    max: [max; 3],
                    ..TileRecord::default()
                },
            )
        };
        let tiles: Tiles = [
            record([0, 0, 0, 0], 0.0, 5.0),
            record([2, 3, 3, 0], 6.0, 8.0),
            record([2, 3, 3, 1], 6.0, 9.0),
        ]
        .into_iter()
        .collect();
        let site = Site::new(Geodetic::new(121.5, 31.24, 0.0));
        let grid = Grid::new(1_000.0, 1_000.0, 10_000_000);
        let mut text = Vec::new();
        write_tileset(&mut text, &site, &grid, &tiles).expect("written");
        let tileset: Value = serde_json::from_slice(&text).expect("JSON");
        let root = &tileset["root"];
        assert_eq!(
            (&root["refine"], &root["content"]["uri"]),
            (&json!("ADD"), &json!("tiles/0_0_0.glb"))
        );
        let leaf = &root["children"][0]["children"][0];
        assert_eq!(leaf["content"]["uri"], "tiles/2_3_3.glb");
        assert_eq!(leaf["children"][0]["content"]["uri"], "tiles/2_3_3_1.glb");
        let root_box = root["boundingVolume"]["box"].as_array().expect("a box");
        let (middle, half) = (root_box[0].as_f64(), root_box[3].as_f64());
        assert!(
            middle
                .zip(half)
                .is_some_and(|(m, h)| m + h >= 9.0 && m - h <= 0.0)
        );
        let error = |tile: &Value| tile["geometricError"].as_f64().expect("an error");
        assert!(error(root) > error(leaf) && error(leaf) > 0.0);
    }
}
