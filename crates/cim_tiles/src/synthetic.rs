//! A tileset that nobody could store: hills near Shanghai, made tile by tile as somebody asks for them.
//!
//! For measuring how a stream behaves on a city larger than any disk. The same path always gives the same bytes. Its
//! tiles are real ones: implicit quadtree tiling with binary subtrees, GLB with normals, texture coordinates and a PNG.

mod png;

use crate::{TileError, TileSource};
use cim_geo::{Geodetic, LocalFrame};
use glam::DVec3;
use serde_json::{Value, json};

/// The JSON of every tile is padded to so many bytes, so that all tiles are of one size.
const JSON_BYTES: usize = 2_048;
/// Hills are less high and less deep than this, metres.
const HIGHEST_M: f64 = 400.0;
/// A side of more corners would not fit 16-bit indices.
const MAX_GRID: u32 = 255;
/// Implicit quadtrees deeper than this would not fit 32-bit coordinates.
const MAX_LEVELS: u32 = 24;

/// How large the synthetic tileset is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SyntheticOptions {
    /// Levels of the quadtree, 1 to 24.
    pub levels: u32,
    /// Corners along a tile's side, 2 to 255.
    pub grid: u32,
    /// Pixels along a texture's side; 0 for tiles without texture.
    pub texture_px: u32,
    /// Length of the root's side, metres.
    pub root_size_m: f64,
    /// Where the middle of the root stands.
    pub origin: Geodetic,
}

impl Default for SyntheticOptions {
    /// 349 525 tiles of 300 KB: 106 GB over 51.2 km around Shanghai, down to tiles of 100 m.
    fn default() -> Self {
        Self {
            levels: 10,
            grid: 49,
            texture_px: 256,
            root_size_m: 51_200.0,
            origin: Geodetic::new(121.47, 31.23, 0.0),
        }
    }
}

/// Makes the files of a synthetic tileset as they are asked for: `tileset.json`, `subtrees/{level}/{x}/{y}.subtree` and
/// `tiles/{level}/{x}/{y}.glb`.
#[derive(Clone, Debug)]
pub struct SyntheticSource {
    options: SyntheticOptions,
    subtree_levels: u32,
}

impl SyntheticSource {
    /// Of this size; values out of range are brought into it.
    pub fn new(options: SyntheticOptions) -> Self {
        let levels = options.levels.clamp(1, MAX_LEVELS);
        Self {
            options: SyntheticOptions {
                levels,
                grid: options.grid.clamp(2, MAX_GRID),
                ..options
            },
            // Whole subtrees only: then every bit of availability is one.
            subtree_levels: (1..=5)
                .rev()
                .find(|count| levels.is_multiple_of(*count))
                .unwrap_or(1),
        }
    }

    /// What it was made with.
    pub fn options(&self) -> SyntheticOptions {
        self.options
    }

    /// The frame whose origin is the middle of the root.
    pub fn frame(&self) -> LocalFrame {
        LocalFrame::new(self.options.origin)
    }

    /// Tiles in the whole tree.
    pub fn tile_count(&self) -> u64 {
        (0..self.options.levels)
            .map(|level| 1_u64 << (2 * level))
            .sum()
    }

    /// Bytes of one tile's file; all are alike.
    pub fn tile_bytes(&self) -> u64 {
        let grid = self.options.grid as usize;
        let corners = grid * grid;
        let indices = (grid - 1) * (grid - 1) * 6;
        let image = match self.options.texture_px {
            0 => 0,
            px => png::encoded_bytes(px).next_multiple_of(4),
        };
        let binary = corners * 32 + (indices * 2).next_multiple_of(4) + image;
        (12 + 8 + JSON_BYTES + 8 + binary) as u64
    }

    /// Bytes of all tiles' files together.
    pub fn described_bytes(&self) -> u64 {
        self.tile_count() * self.tile_bytes()
    }

    /// How high the hills are at a place east and north of the origin, metres.
    pub fn height_m(east_m: f64, north_m: f64) -> f64 {
        180.0 * (east_m / 7_000.0).sin() * (north_m / 5_500.0).cos()
            + 40.0 * ((east_m + 0.6 * north_m) / 900.0).sin()
            + 6.0 * (east_m / 110.0).sin() * (north_m / 140.0).sin()
    }

    /// Geometric error of a level: the length of a side of its smallest square, metres.
    fn error_m(&self, level: u32) -> f64 {
        self.size_m(level) / f64::from(self.options.grid - 1)
    }

    /// Length of a tile's side, metres.
    fn size_m(&self, level: u32) -> f64 {
        self.options.root_size_m / f64::from(1_u32 << level)
    }

    fn tileset_json(&self) -> Vec<u8> {
        let half_m = self.options.root_size_m / 2.0;
        let bounds = [
            0.0, 0.0, 0.0, half_m, 0.0, 0.0, 0.0, half_m, 0.0, 0.0, 0.0, HIGHEST_M,
        ];
        let text = json!({
            "asset": {"version": "1.1", "copyright": "synthetic, no real place"},
            "geometricError": self.error_m(0) * 2.0,
            "root": {
                "boundingVolume": {"box": bounds},
                "transform": self.frame().ecef_from_enu_matrix().to_cols_array(),
                "geometricError": self.error_m(0),
                "refine": "REPLACE",
                "content": {"uri": "tiles/{level}/{x}/{y}.glb"},
                "implicitTiling": {
                    "subdivisionScheme": "QUADTREE",
                    "availableLevels": self.options.levels,
                    "subtreeLevels": self.subtree_levels,
                    "subtrees": {"uri": "subtrees/{level}/{x}/{y}.subtree"},
                },
            },
        });
        text.to_string().into_bytes()
    }

    /// A subtree in which everything is there, down to the last level of the tree.
    fn subtree(&self, level: u32) -> Vec<u8> {
        let is_last = level + self.subtree_levels >= self.options.levels;
        let text = json!({
            "tileAvailability": {"constant": 1},
            "contentAvailability": [{"constant": 1}],
            "childSubtreeAvailability": {"constant": u32::from(!is_last)},
        });
        let mut json = text.to_string().into_bytes();
        json.resize(json.len().next_multiple_of(8), b' ');
        let mut file = b"subt".to_vec();
        file.extend(1_u32.to_le_bytes());
        file.extend((json.len() as u64).to_le_bytes());
        file.extend(0_u64.to_le_bytes());
        file.extend(json);
        file
    }

    fn tile(&self, place: TilePlace) -> Vec<u8> {
        let size_m = self.size_m(place.level);
        let half_m = self.options.root_size_m / 2.0;
        let west_m = f64::from(place.x) * size_m - half_m;
        let south_m = f64::from(place.y) * size_m - half_m;
        let centre = DVec3::new(west_m + size_m / 2.0, south_m + size_m / 2.0, 0.0);
        let mut binary = Vec::new();
        let corners = self.corners(centre, size_m);
        let mut views: Vec<Value> = Vec::new();
        let mut add = |binary: &mut Vec<u8>, bytes: &[u8]| {
            views.push(json!({
                "buffer": 0, "byteOffset": binary.len(), "byteLength": bytes.len(),
            }));
            binary.extend_from_slice(bytes);
            binary.resize(binary.len().next_multiple_of(4), 0);
        };
        add(&mut binary, &corners.positions);
        add(&mut binary, &corners.normals);
        add(&mut binary, &corners.coordinates);
        let indices = self.indices();
        add(&mut binary, &indices);
        if self.options.texture_px > 0 {
            add(&mut binary, &self.texture(place));
        }
        let json = self.tile_json(centre, &corners, indices.len() / 2, &views, binary.len());
        glb(&json, &binary)
    }

    fn tile_json(
        &self,
        centre: DVec3,
        corners: &Corners,
        indices: usize,
        views: &[Value],
        binary_bytes: usize,
    ) -> Value {
        let count = self.options.grid * self.options.grid;
        let mut json = json!({
            "asset": {"version": "2.0", "generator": "synthetic hills"},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            // glTF has y up: north becomes -z.
            "nodes": [{"mesh": 0, "translation": [centre.x, centre.z, -centre.y]}],
            "meshes": [{"primitives": [{
                "attributes": {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2},
                "indices": 3,
                "material": 0,
            }]}],
            "materials": [{"pbrMetallicRoughness": {
                "baseColorFactor": [0.8, 0.85, 0.8, 1.0], "metallicFactor": 0.0,
            }}],
            "accessors": [
                {"bufferView": 0, "componentType": 5126, "count": count, "type": "VEC3",
                    "min": corners.least, "max": corners.most},
                {"bufferView": 1, "componentType": 5126, "count": count, "type": "VEC3"},
                {"bufferView": 2, "componentType": 5126, "count": count, "type": "VEC2"},
                {"bufferView": 3, "componentType": 5123, "count": indices, "type": "SCALAR"},
            ],
            "bufferViews": views,
            "buffers": [{"byteLength": binary_bytes}],
        });
        if self.options.texture_px > 0
            && let Some(json) = json.as_object_mut()
        {
            json.insert(
                "materials".to_owned(),
                json!([{"pbrMetallicRoughness": {
                    "baseColorTexture": {"index": 0}, "metallicFactor": 0.0,
                }}]),
            );
            json.insert("textures".to_owned(), json!([{"source": 0, "sampler": 0}]));
            json.insert(
                "images".to_owned(),
                json!([{"bufferView": 4, "mimeType": "image/png"}]),
            );
            json.insert(
                "samplers".to_owned(),
                json!([{"wrapS": 33071, "wrapT": 33071}]),
            );
        }
        json
    }

    /// Positions, normals and texture coordinates, row by row from south-west, with y up.
    fn corners(&self, centre: DVec3, size_m: f64) -> Corners {
        let steps = f64::from(self.options.grid - 1);
        let mut corners = Corners {
            positions: Vec::new(),
            normals: Vec::new(),
            coordinates: Vec::new(),
            least: [f32::INFINITY; 3],
            most: [f32::NEG_INFINITY; 3],
        };
        for row in 0..self.options.grid {
            for column in 0..self.options.grid {
                let (u, v) = (f64::from(column) / steps, f64::from(row) / steps);
                let (east, north) = ((u - 0.5) * size_m, (v - 0.5) * size_m);
                let height =
                    |east: f64, north: f64| Self::height_m(centre.x + east, centre.y + north);
                let up = height(east, north);
                let slope_east = height(east + 1.0, north) - up;
                let slope_north = height(east, north + 1.0) - up;
                let normal = DVec3::new(-slope_east, 1.0, slope_north).normalize_or_zero();
                let position = DVec3::new(east, up, -north).as_vec3().to_array();
                corners.reach(position);
                push(&mut corners.positions, &position);
                push(&mut corners.normals, &normal.as_vec3().to_array());
                push(&mut corners.coordinates, &[u as f32, 1.0 - v as f32]);
            }
        }
        corners
    }

    /// Two triangles per square, counter-clockwise from above.
    fn indices(&self) -> Vec<u8> {
        let grid = self.options.grid;
        let mut bytes = Vec::new();
        for row in 0..grid - 1 {
            for column in 0..grid - 1 {
                let a = row * grid + column;
                for corner in [a, a + 1, a + grid + 1, a, a + grid + 1, a + grid] {
                    bytes.extend((corner as u16).to_le_bytes());
                }
            }
        }
        bytes
    }

    /// Grains of a colour that differs from level to level, so that a picture shows which tiles it is made of.
    fn texture(&self, place: TilePlace) -> Vec<u8> {
        let px = self.options.texture_px;
        let seed = place.seed();
        let tint = [
            96 + (place.level * 37 % 96) as u8,
            112 + (place.level * 53 % 80) as u8,
            80 + (place.level * 71 % 96) as u8,
        ];
        png::encoded(px, |x, y| {
            let grain = (mixed(seed ^ ((u64::from(y) << 32) | u64::from(x))) & 31) as u8;
            tint.map(|channel| channel.saturating_add(grain))
        })
    }
}

impl TileSource for SyntheticSource {
    fn name(&self) -> String {
        format!("synthetic://{}-levels", self.options.levels)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TileError> {
        let file = path.split(['?', '#']).next().unwrap_or(path);
        if file == "tileset.json" {
            return Ok(self.tileset_json());
        }
        let made =
            TilePlace::of_path(file, self.options.levels).map(|(folder, place)| match folder {
                Folder::Tiles => self.tile(place),
                Folder::Subtrees => self.subtree(place.level),
            });
        made.ok_or_else(|| TileError::Unreadable {
            file: format!("{}/{file}", self.name()),
            cause: std::io::Error::from(std::io::ErrorKind::NotFound),
        })
    }
}

/// Which tile of the tree.
#[derive(Clone, Copy, Debug)]
struct TilePlace {
    level: u32,
    x: u32,
    y: u32,
}

#[derive(Clone, Copy, Debug)]
enum Folder {
    Tiles,
    Subtrees,
}

impl TilePlace {
    /// What `tiles/3/5/1.glb` or `subtrees/3/5/1.subtree` names, if it exists.
    fn of_path(path: &str, levels: u32) -> Option<(Folder, Self)> {
        let mut steps = path.split('/');
        let (folder, ending) = match steps.next()? {
            "tiles" => (Folder::Tiles, ".glb"),
            "subtrees" => (Folder::Subtrees, ".subtree"),
            _ => return None,
        };
        let level: u32 = steps.next()?.parse().ok()?;
        let x: u32 = steps.next()?.parse().ok()?;
        let y: u32 = steps.next()?.strip_suffix(ending)?.parse().ok()?;
        // Shifts of 32 and more do not come to pass: no tree has so many levels.
        let side = 1_u32.checked_shl(level)?;
        let exists = level < levels && x < side && y < side && steps.next().is_none();
        exists.then_some((folder, Self { level, x, y }))
    }

    fn seed(self) -> u64 {
        mixed((u64::from(self.level) << 56) ^ (u64::from(self.x) << 28) ^ u64::from(self.y))
    }
}

struct Corners {
    positions: Vec<u8>,
    normals: Vec<u8>,
    coordinates: Vec<u8>,
    least: [f32; 3],
    most: [f32; 3],
}

impl Corners {
    fn reach(&mut self, position: [f32; 3]) {
        let bounds = self.least.iter_mut().zip(&mut self.most);
        for ((least, most), value) in bounds.zip(position) {
            *least = least.min(value);
            *most = most.max(value);
        }
    }
}

/// The finalizer of `SplitMix64` (Steele, Lea and Flood, 2014): every bit of the number decides about every bit.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn push(bytes: &mut Vec<u8>, numbers: &[f32]) {
    for number in numbers {
        bytes.extend(number.to_le_bytes());
    }
}

/// A GLB of these two chunks, its JSON padded to [`JSON_BYTES`].
fn glb(json: &Value, binary: &[u8]) -> Vec<u8> {
    let mut text = json.to_string().into_bytes();
    text.resize(text.len().max(JSON_BYTES).next_multiple_of(4), b' ');
    let length = 12 + 8 + text.len() + 8 + binary.len();
    let mut file = Vec::with_capacity(length);
    file.extend(b"glTF");
    file.extend(2_u32.to_le_bytes());
    file.extend((length as u32).to_le_bytes());
    file.extend((text.len() as u32).to_le_bytes());
    file.extend(b"JSON");
    file.extend(text);
    file.extend((binary.len() as u32).to_le_bytes());
    file.extend(b"BIN\0");
    file.extend(binary);
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Tileset, read_glb};

    /// Four levels of small tiles.
    fn small() -> SyntheticSource {
        SyntheticSource::new(SyntheticOptions {
            levels: 4,
            grid: 5,
            texture_px: 8,
            root_size_m: 1_600.0,
            ..SyntheticOptions::default()
        })
    }

    #[test]
    fn the_default_describes_more_than_a_hundred_gigabytes() {
        let source = SyntheticSource::new(SyntheticOptions::default());
        assert_eq!(source.tile_count(), 349_525);
        assert!(source.described_bytes() > 100_000_000_000);
    }

    #[test]
    fn a_tile_has_the_size_that_is_told_and_can_be_read() {
        for texture_px in [0, 8] {
            let source = SyntheticSource::new(SyntheticOptions {
                texture_px,
                ..small().options()
            });
            let bytes = source.read("tiles/2/3/1.glb").expect("a tile");
            assert_eq!(bytes.len() as u64, source.tile_bytes());
            let mesh = read_glb(&bytes, "tiles/2/3/1.glb").expect("it is glTF");
            let class = mesh.classes.first().expect("a surface");
            assert_eq!((class.vertices.len(), class.indices.len()), (25, 96));
            assert_eq!(mesh.images.len(), usize::from(texture_px > 0));
        }
    }

    #[test]
    fn corners_stand_on_the_hills() {
        let source = small();
        let bytes = source.read("tiles/2/3/1.glb").expect("a tile");
        let mesh = read_glb(&bytes, "tiles/2/3/1.glb").expect("it is glTF");
        let class = mesh.classes.first().expect("a surface");
        for vertex in &class.vertices {
            let at =
                DVec3::from_array(mesh.centre) + DVec3::from_array(vertex.position.map(f64::from));
            // Column 3 and row 1 of four tiles of 400 m.
            assert!((400.0..=800.0).contains(&at.x.round()), "{at}");
            assert!((-400.0..=0.0).contains(&at.y.round()), "{at}");
            assert!(
                (at.z - SyntheticSource::height_m(at.x, at.y)).abs() < 0.01,
                "{at}"
            );
        }
    }

    #[test]
    fn the_same_path_gives_the_same_bytes_and_another_path_others() {
        let read = |path: &str| small().read(path).expect("a tile");
        assert_eq!(read("tiles/3/1/2.glb"), read("tiles/3/1/2.glb?token=7"));
        assert_ne!(read("tiles/3/1/2.glb"), read("tiles/3/2/1.glb"));
    }

    #[test]
    fn what_is_not_in_the_tree_is_not_found() {
        for path in [
            "tiles/4/0/0.glb",
            "tiles/2/4/0.glb",
            "tiles/0/0/0.subtree",
            "tiles/0/0",
            "other.json",
            "tiles/0/0/0.glb/1",
        ] {
            assert!(small().read(path).is_err(), "{path}");
        }
    }

    #[test]
    fn its_tileset_stands_near_shanghai() {
        let tileset = Tileset::open(&small(), "tileset.json").expect("a tileset");
        assert!(tileset.problems.is_empty(), "{:?}", tileset.problems);
        let root = tileset.tile(Tileset::ROOT).expect("a root");
        let origin = small().frame().ecef_from_enu_matrix().w_axis.truncate();
        assert!(root.bounds.centre_m().distance(origin) < 1.0);
    }
}
