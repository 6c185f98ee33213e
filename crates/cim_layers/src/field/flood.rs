//! The surface of a flood, from how deep the water stands and how high the ground lies.
//!
//! Water lies between the middles of cells. Where a wet cell meets a dry one, the shore is where the water's level
//! meets the rising ground, so that the surface stays level up to its edge instead of climbing the bank. Triangles
//! share their corners and run counter-clockwise when seen from above. For the state between two moments see
//! [`super::between`].

use super::{FieldError, Raster};

/// Not a vertex yet.
const NONE: u32 = u32::MAX;
/// Corners and edges of a square, counter-clockwise: even numbers are corners from the south-west, odd ones the edges
/// after.
const AROUND: [usize; 8] = [0, 1, 2, 3, 4, 5, 6, 7];

/// A surface of water as triangles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FloodMesh {
    /// Metres east, north and up of the city's origin; up is the water's level.
    pub places: Vec<[f32; 3]>,
    /// Metres of water below each place; 0 at the shore.
    pub depths: Vec<f32>,
    /// Three to a triangle.
    pub indices: Vec<u32>,
}

impl FloodMesh {
    /// The surface where `depth` (metres of water) is greater than 0, over `ground` (metres up).
    ///
    /// A cell without a depth is dry. Depths below 0 say how far the level lies below the ground, and place the shore
    /// exactly. The ground may lie on other cells than the depths; where it is not known there is no surface.
    pub fn new(depth: &Raster, ground: &Raster) -> Result<Self, FieldError> {
        depth.check()?;
        ground.check()?;
        let grid = depth.grid();
        let is_same = grid == ground.grid();
        let node = |column: u32, row: u32| {
            let place = grid.centre(column, row);
            let ground = if is_same {
                ground.value(column, row)
            } else {
                ground.at(place)
            };
            Node::new(place, depth.value(column, row), ground)
        };
        let mut pour = Pour {
            mesh: Self::default(),
            known: vec![NONE; grid.cells().saturating_mul(3)],
            columns: grid.columns as usize,
            ring: Vec::with_capacity(AROUND.len()),
        };
        for row in 0..grid.rows.saturating_sub(1) {
            for column in 0..grid.columns.saturating_sub(1) {
                let corners = [
                    node(column, row),
                    node(column + 1, row),
                    node(column + 1, row + 1),
                    node(column, row + 1),
                ];
                if let [Some(sw), Some(se), Some(ne), Some(nw)] = corners {
                    let cell = row as usize * grid.columns as usize + column as usize;
                    pour.square(cell, &[sw, se, ne, nw]);
                }
            }
        }
        Ok(pour.mesh)
    }

    /// True when nothing is under water.
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// How much ground is under water, seen from above; m².
    pub fn area_m2(&self) -> f64 {
        let flat = |place: [f32; 3]| [f64::from(place[0]), f64::from(place[1])];
        self.triangles()
            .map(|corners| {
                let [[ax, ay], [bx, by], [cx, cy]] = corners.map(flat);
                ((bx - ax) * (cy - ay) - (by - ay) * (cx - ax)) * 0.5
            })
            .sum()
    }

    /// The greatest depth, metres; 0 when nothing is under water.
    pub fn deepest_m(&self) -> f32 {
        self.depths.iter().copied().fold(0.0, f32::max)
    }

    /// The corners of each triangle.
    fn triangles(&self) -> impl Iterator<Item = [[f32; 3]; 3]> {
        let places = &self.places;
        self.indices.chunks_exact(3).filter_map(move |triangle| {
            let place = |index: &u32| places.get(*index as usize).copied();
            let [a, b, c] = triangle else {
                return None;
            };
            Some([place(a)?, place(b)?, place(c)?])
        })
    }
}

/// What is known at the middle of a cell.
#[derive(Clone, Copy)]
struct Node {
    place: [f32; 2],
    /// Metres; 0 or less where it is dry.
    depth: f64,
    ground: f64,
}

impl Node {
    /// `None` where the ground is not known, or the numbers are too great to stand for metres.
    fn new(place: [f32; 2], depth: f32, ground: f32) -> Option<Self> {
        let depth = if depth.is_nan() { 0.0 } else { depth };
        let node = Self {
            place,
            depth: f64::from(depth),
            ground: f64::from(ground),
        };
        (depth.is_finite() && ground.is_finite() && (depth + ground).is_finite()).then_some(node)
    }

    fn is_wet(&self) -> bool {
        self.depth > 0.0
    }

    /// Metres up.
    fn level(&self) -> f64 {
        self.ground + self.depth
    }

    /// Place and depth of the surface here.
    fn surface(&self) -> ([f32; 3], f32) {
        let [east, north] = self.place;
        ([east, north, self.level() as f32], self.depth as f32)
    }

    /// Where the water of this wet node ends on the way to a dry one.
    fn shore(&self, dry: &Self) -> ([f32; 3], f32) {
        // A depth of 0 only says that it is dry; by how much the ground says.
        let below = if dry.depth < 0.0 {
            dry.depth
        } else {
            (self.level() - dry.ground).min(0.0)
        };
        let part = (self.depth / (self.depth - below)).clamp(0.0, 1.0);
        let mix = |from: f64, to: f64| (from + (to - from) * part) as f32;
        let along = |from: f32, to: f32| mix(f64::from(from), f64::from(to));
        let place = [
            along(self.place[0], dry.place[0]),
            along(self.place[1], dry.place[1]),
            mix(self.ground, dry.ground),
        ];
        (place, 0.0)
    }
}

/// A surface in the making.
struct Pour {
    mesh: FloodMesh,
    /// Vertex of each cell's middle, of the edge that runs east from it, and of the edge that runs north.
    known: Vec<u32>,
    columns: usize,
    /// Corners of the piece at hand.
    ring: Vec<u32>,
}

impl Pour {
    /// Adds what is wet of the square that runs north-east from the middle of a cell.
    fn square(&mut self, cell: usize, corners: &[Node; 4]) {
        let wet = corners.map(|node| node.is_wet());
        match wet {
            [false, false, false, false] => {}
            [true, false, true, false] if !is_middle_wet(corners) => {
                self.piece(cell, corners, &[7, 0, 1]);
                self.piece(cell, corners, &[3, 4, 5]);
            }
            [false, true, false, true] if !is_middle_wet(corners) => {
                self.piece(cell, corners, &[1, 2, 3]);
                self.piece(cell, corners, &[5, 6, 7]);
            }
            _ => self.piece(cell, corners, &AROUND),
        }
    }

    /// Adds a piece with these corners and edges of the square, as far as they are wet and have a shore.
    fn piece(&mut self, cell: usize, corners: &[Node; 4], around: &[usize]) {
        self.ring.clear();
        for number in around {
            let Some((node, next)) = corners
                .get(number / 2)
                .zip(corners.get((number / 2 + 1) % corners.len()))
            else {
                continue;
            };
            let vertex = match (number % 2 == 0, node.is_wet(), next.is_wet()) {
                (true, true, _) => self.vertex(cell, *number, || node.surface()),
                (false, true, false) => self.vertex(cell, *number, || node.shore(next)),
                (false, false, true) => self.vertex(cell, *number, || next.shore(node)),
                _ => continue,
            };
            self.ring.push(vertex);
        }
        let Some((first, rest)) = self.ring.split_first() else {
            return;
        };
        for pair in rest.windows(2) {
            self.mesh.indices.push(*first);
            self.mesh.indices.extend_from_slice(pair);
        }
    }

    /// The vertex of a corner or edge of a square, shared with the squares beside it.
    fn vertex(
        &mut self,
        cell: usize,
        number: usize,
        make: impl FnOnce() -> ([f32; 3], f32),
    ) -> u32 {
        let (north, north_east) = (cell + self.columns, cell + self.columns + 1);
        let slot = match number {
            0 => 3 * cell,
            1 => 3 * cell + 1,
            2 => 3 * (cell + 1),
            3 => 3 * (cell + 1) + 2,
            4 => 3 * north_east,
            5 => 3 * north + 1,
            6 => 3 * north,
            _ => 3 * cell + 2,
        };
        let known = self.known.get(slot).copied().unwrap_or(NONE);
        if known != NONE {
            return known;
        }
        let (place, depth) = make();
        let vertex = self.mesh.places.len() as u32;
        self.mesh.places.push(place);
        self.mesh.depths.push(depth);
        if let Some(known) = self.known.get_mut(slot) {
            *known = vertex;
        }
        vertex
    }
}

/// True when the mean level of a square's wet corners lies above its mean ground.
fn is_middle_wet(corners: &[Node; 4]) -> bool {
    let wet = corners.iter().filter(|node| node.is_wet());
    let (sum, count) = wet.fold((0.0, 0.0), |(sum, count), node| {
        (sum + node.level(), count + 1.0)
    });
    let ground = corners.iter().map(|node| node.ground).sum::<f64>() / 4.0;
    sum > ground * count
}

#[cfg(test)]
mod tests {
    use super::super::Grid;
    use super::*;

    const GRID: Grid = Grid {
        columns: 41,
        rows: 31,
        min: [-205.0, -155.0],
        step_m: 10.0,
    };

    fn raster(grid: &Grid, value: impl Fn([f32; 2]) -> f32) -> Raster {
        let cells = (0..grid.rows).flat_map(|row| (0..grid.columns).map(move |c| (c, row)));
        let values = cells.map(|(column, row)| value(grid.centre(column, row)));
        Raster::new(grid, values.collect()).expect("a raster")
    }

    /// Ground that rises to all sides, and water up to a level in it.
    fn bowl(level: f32) -> (Raster, Raster) {
        let ground = raster(&GRID, |[x, y]| 0.1 * x.hypot(y));
        let depth = raster(&GRID, |[x, y]| (level - 0.1 * x.hypot(y)).max(0.0));
        (depth, ground)
    }

    #[test]
    fn water_in_a_bowl_is_level_up_to_a_round_shore() {
        let (depth, ground) = bowl(10.0);
        let mesh = FloodMesh::new(&depth, &ground).expect("a surface");
        for (place, depth) in mesh.places.iter().zip(&mesh.depths) {
            assert!(
                (place[2] - 10.0).abs() < 0.02,
                "{place:?} is not at the level"
            );
            let expected = 10.0 - 0.1 * place[0].hypot(place[1]);
            assert!((depth - expected).abs() < 0.06, "{depth} m at {place:?}");
        }
        let expected = std::f64::consts::PI * 100.0 * 100.0;
        let found = mesh.area_m2();
        assert!(
            (found / expected - 1.0).abs() < 0.01,
            "{found} m², not {expected}"
        );
        assert!((mesh.deepest_m() - 10.0).abs() < 1.0e-5);
    }

    #[test]
    fn each_edge_within_belongs_to_two_triangles_and_all_face_up() {
        // No cell's middle lies on this shore.
        let (depth, ground) = bowl(7.3);
        let mesh = FloodMesh::new(&depth, &ground).expect("a surface");
        let mut edges = std::collections::BTreeSet::new();
        for triangle in mesh.indices.chunks_exact(3) {
            for (from, to) in [(0, 1), (1, 2), (2, 0)] {
                let is_new = edges.insert((triangle[from], triangle[to]));
                assert!(is_new, "an edge runs the same way twice");
            }
        }
        let is_shore = |vertex: &u32| mesh.depths[*vertex as usize] <= 0.0;
        for (from, to) in &edges {
            let has_other_side = edges.contains(&(*to, *from));
            assert!(
                has_other_side || (is_shore(from) && is_shore(to)),
                "a gap in the middle of the water"
            );
        }
        for [a, b, c] in mesh.triangles() {
            let twice = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
            assert!(twice > 0.0, "a triangle faces down or has no area");
        }
    }

    #[test]
    fn depths_below_nothing_place_the_shore() {
        let grid = Grid {
            columns: 2,
            rows: 2,
            min: [0.0; 2],
            step_m: 1.0,
        };
        let depth = Raster::new(&grid, vec![3.0, -1.0, 3.0, -1.0]).expect("a raster");
        let ground = raster(&grid, |_| 0.0);
        let mesh = FloodMesh::new(&depth, &ground).expect("a surface");
        assert!((mesh.area_m2() - 0.75).abs() < 1.0e-6, "{}", mesh.area_m2());
    }

    #[test]
    fn a_cell_without_a_depth_is_dry_and_without_ground_there_is_no_surface() {
        let (mut depth, ground) = bowl(10.0);
        let whole = FloodMesh::new(&depth, &ground).expect("a surface");
        for value in &mut depth.values {
            if *value <= 0.0 {
                *value = f32::NAN;
            }
        }
        assert_eq!(FloodMesh::new(&depth, &ground), Ok(whole));
        let nowhere = raster(&GRID, |_| f32::NAN);
        let none = FloodMesh::new(&depth, &nowhere).expect("no surface");
        assert!(none.is_empty());
        let wild = raster(
            &GRID,
            |[x, _]| if x < 0.0 { f32::MAX } else { f32::INFINITY },
        );
        assert!(FloodMesh::new(&wild, &wild).expect("no surface").is_empty());
    }

    #[test]
    fn ground_on_other_cells_serves_as_well() {
        let (depth, ground) = bowl(10.0);
        let fine = Grid {
            columns: 164,
            rows: 124,
            min: GRID.min,
            step_m: 2.5,
        };
        let other = raster(&fine, |[x, y]| 0.1 * x.hypot(y));
        let area = |ground: &Raster| FloodMesh::new(&depth, ground).expect("a surface").area_m2();
        let (same, other) = (area(&ground), area(&other));
        assert!(
            (same / other - 1.0).abs() < 0.005,
            "{same} m² and {other} m²"
        );
    }

    #[test]
    fn two_pools_that_touch_at_a_corner_stay_apart_when_a_ridge_is_between() {
        let grid = Grid {
            columns: 2,
            rows: 2,
            min: [0.0; 2],
            step_m: 1.0,
        };
        let depth = Raster::new(&grid, vec![1.0, 0.0, 0.0, 1.0]).expect("a raster");
        let mesh_over = |dry: f32| {
            let ground = Raster::new(&grid, vec![0.0, dry, dry, 0.0]).expect("a raster");
            FloodMesh::new(&depth, &ground).expect("a surface")
        };
        assert_eq!(mesh_over(5.0).indices.len(), 6, "two corners");
        assert_eq!(mesh_over(1.5).indices.len(), 12, "one band");
    }
}
