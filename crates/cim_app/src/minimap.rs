//! The city from above as a small raster: ground, water, green, roads, tracks and buildings, from the tiles' own meshes.
//!
//! Read once a city, breadth first from the root, so that a city too large to be read whole still gives its coarse outlines.

use crate::wire::MinimapDto;
use cim_geo::{Ecef, Enu, Geodetic, LocalFrame};
use cim_tiles::{
    Catalogue, FeatureClass, FolderSource, Primitive, Tile, TileContent, TileMesh, TileSource,
    TileVertex, Tileset, read_content,
};
use std::path::Path;

/// Cells along the longer side.
const SIDE: u32 = 256;
/// Bytes of tiles that are read at most.
const MAX_BYTES: usize = 48 << 20;
/// Tiles that are looked at at most.
const MAX_TILES: usize = 4_000;

/// The raster of the city in `folder`; without cells when no tile of it can be read.
pub(crate) fn minimap(folder: &Path, catalogue: &Catalogue) -> MinimapDto {
    let bounds = catalogue.bounds;
    let mut raster = Raster::new([
        bounds.west_deg,
        bounds.south_deg,
        bounds.east_deg,
        bounds.north_deg,
    ]);
    let source = FolderSource::new(folder.to_path_buf());
    let drawn = raster
        .as_mut()
        .is_some_and(|raster| draw_tiles(raster, &source, &catalogue.origin.into()));
    let empty = MinimapDto {
        bounds: [
            bounds.west_deg,
            bounds.south_deg,
            bounds.east_deg,
            bounds.north_deg,
        ],
        ..MinimapDto::default()
    };
    match raster {
        Some(raster) if drawn => MinimapDto {
            width: raster.width,
            height: raster.height,
            cells: raster.text(),
            ..empty
        },
        Some(_) | None => empty,
    }
}

/// True when something was drawn.
fn draw_tiles(raster: &mut Raster, source: &dyn TileSource, origin: &Geodetic) -> bool {
    let tileset = match Tileset::open(source, "tileset.json") {
        Ok(tileset) => tileset,
        Err(error) => {
            tracing::debug!(%error, "no small map of this city");
            return false;
        }
    };
    let frame = LocalFrame::new(*origin);
    let (mut bytes_read, mut has_drawn) = (0, false);
    // Numbers are breadth first: the coarse tiles come first.
    for tile in tileset.tiles().take(MAX_TILES) {
        for content in &tile.contents {
            let Ok(bytes) = source.read(&content.uri) else {
                continue;
            };
            bytes_read += bytes.len();
            let mut problems = Vec::new();
            let read = read_content(&bytes, &content.uri, source, &mut problems);
            if let Ok(TileContent::Mesh(mesh)) = read {
                has_drawn |= draw_mesh(raster, &frame, tile, &mesh);
            }
            if bytes_read > MAX_BYTES {
                return has_drawn;
            }
        }
    }
    has_drawn
}

/// True when something was drawn.
fn draw_mesh(raster: &mut Raster, frame: &LocalFrame, tile: &Tile, mesh: &TileMesh) -> bool {
    let [cx, cy, cz] = mesh.centre;
    let mut has_drawn = false;
    for class in &mesh.classes {
        let Some(cell) = cell_of(class.class) else {
            continue;
        };
        if class.primitive != Primitive::Triangles || !class.instances.is_empty() {
            continue;
        }
        let place_of = |vertex: &TileVertex| {
            let [x, y, z] = vertex.position.map(f64::from);
            let ecef = tile
                .transform
                .transform_point3([x + cx, y + cy, z + cz].into());
            let at = frame.enu_from_ecef(Ecef {
                x_m: ecef.x,
                y_m: ecef.y,
                z_m: ecef.z,
            });
            raster.cell_at(frame, at)
        };
        let places: Vec<[f64; 2]> = class.vertices.iter().map(place_of).collect();
        has_drawn |= raster.triangles(&places, &class.indices, cell);
    }
    has_drawn
}

/// What a class is drawn as; a later one lies above an earlier one.
fn cell_of(class: FeatureClass) -> Option<u8> {
    match class {
        FeatureClass::Green => Some(b'g'),
        FeatureClass::Water => Some(b'w'),
        FeatureClass::Road | FeatureClass::Bridge => Some(b'r'),
        FeatureClass::Rail => Some(b't'),
        FeatureClass::Building => Some(b'b'),
        FeatureClass::Ground
        | FeatureClass::Tunnel
        | FeatureClass::Pipe
        | FeatureClass::Tree
        | FeatureClass::Furniture
        | FeatureClass::Model => None,
    }
}

/// What lies above what.
fn height_of(cell: u8) -> u8 {
    match cell {
        b'g' => 1,
        b'w' => 2,
        b'b' => 3,
        b't' => 4,
        b'r' => 5,
        _ => 0,
    }
}

struct Raster {
    bounds: [f64; 4],
    width: u32,
    height: u32,
    cells: Vec<u8>,
}

impl Raster {
    /// `None` for bounds without an area.
    fn new(bounds: [f64; 4]) -> Option<Self> {
        let [west, south, east, north] = bounds;
        let across = (east - west) * f64::midpoint(south, north).to_radians().cos();
        let up = north - south;
        if !(across > 0.0 && up > 0.0 && across.is_finite() && up.is_finite()) {
            return None;
        }
        let longer = across.max(up);
        let cells = |side: f64| ((side / longer * f64::from(SIDE)).round() as u32).max(1);
        let (width, height) = (cells(across), cells(up));
        Some(Self {
            bounds,
            width,
            height,
            cells: vec![b'.'; width as usize * height as usize],
        })
    }

    /// Column and row of a place of the city's frame.
    fn cell_at(&self, frame: &LocalFrame, at: Enu) -> [f64; 2] {
        let place = frame.geodetic_from_enu(at);
        let [west, south, east, north] = self.bounds;
        [
            (place.lon_deg - west) / (east - west) * f64::from(self.width),
            (north - place.lat_deg) / (north - south) * f64::from(self.height),
        ]
    }

    /// Fills every cell whose middle a triangle covers, and the cells of its corners: a road is narrower than a cell.
    fn triangles(&mut self, places: &[[f64; 2]], indices: &[u32], cell: u8) -> bool {
        let mut has_drawn = false;
        let (triangles, _) = indices.as_chunks::<3>();
        for corners in triangles {
            let [Some(a), Some(b), Some(c)] = corners.map(|row| places.get(row as usize).copied())
            else {
                continue;
            };
            has_drawn |= self.triangle([a, b, c], cell);
        }
        has_drawn
    }

    fn triangle(&mut self, corners: [[f64; 2]; 3], cell: u8) -> bool {
        let [a, b, c] = corners;
        if corners.iter().flatten().any(|number| !number.is_finite()) {
            return false;
        }
        let mut has_drawn = false;
        for [x, y] in corners {
            has_drawn |= self.set(x.floor(), y.floor(), cell);
        }
        let range = |least: f64, most: f64, end: u32| {
            let end = f64::from(end);
            (least.floor().clamp(0.0, end) as u32)..(most.ceil().clamp(0.0, end) as u32)
        };
        let columns = range(
            a[0].min(b[0]).min(c[0]),
            a[0].max(b[0]).max(c[0]),
            self.width,
        );
        let rows = range(
            a[1].min(b[1]).min(c[1]),
            a[1].max(b[1]).max(c[1]),
            self.height,
        );
        let side = |from: [f64; 2], to: [f64; 2], x: f64, y: f64| {
            (to[0] - from[0]) * (y - from[1]) - (to[1] - from[1]) * (x - from[0])
        };
        for row in rows {
            for column in columns.clone() {
                let (x, y) = (f64::from(column) + 0.5, f64::from(row) + 0.5);
                let sides = [side(a, b, x, y), side(b, c, x, y), side(c, a, x, y)];
                let is_inside =
                    sides.iter().all(|side| *side >= 0.0) || sides.iter().all(|side| *side <= 0.0);
                if is_inside {
                    has_drawn |= self.set(f64::from(column), f64::from(row), cell);
                }
            }
        }
        has_drawn
    }

    /// True when there is such a cell.
    fn set(&mut self, column: f64, row: f64, cell: u8) -> bool {
        let is_there = (0.0..f64::from(self.width)).contains(&column)
            && (0.0..f64::from(self.height)).contains(&row);
        if !is_there {
            return false;
        }
        let index = row as usize * self.width as usize + column as usize;
        if let Some(there) = self.cells.get_mut(index)
            && height_of(cell) > height_of(*there)
        {
            *there = cell;
        }
        true
    }

    fn text(&self) -> String {
        self.cells.iter().map(|cell| char::from(*cell)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raster() -> Raster {
        let mut raster = Raster::new([0.0, 0.0, 1.0, 1.0]).expect("an area");
        raster.width = 8;
        raster.height = 4;
        raster.cells = vec![b'.'; 32];
        raster
    }

    #[test]
    fn a_triangle_covers_its_cells_and_a_road_lies_above_water() {
        let mut raster = raster();
        let lake = [[0.0, 0.0], [8.0, 0.0], [0.0, 4.0]];
        assert!(raster.triangle(lake, b'w'));
        assert!(raster.triangle([[1.2, 0.2], [1.4, 0.2], [1.3, 2.4]], b'r'));
        let text = raster.text();
        assert!(text.starts_with("wrwwwww"), "{text}");
        assert!(text.ends_with('.'), "{text}");
        raster.triangle(lake, b'g');
        assert!(raster.text().starts_with("wr"), "green lies below both");
    }

    #[test]
    fn what_lies_outside_is_not_drawn() {
        let mut raster = raster();
        assert!(!raster.triangle([[20.0, 20.0], [21.0, 20.0], [20.0, 21.0]], b'w'));
        assert!(!raster.triangle([[f64::NAN, 0.0], [1.0, 0.0], [0.0, 1.0]], b'w'));
        assert!(raster.cells.iter().all(|cell| *cell == b'.'));
        assert!(Raster::new([0.0, 0.0, 0.0, 1.0]).is_none());
    }
}
