//! The door to a tile's content: whatever a tileset names, by what its bytes say and not by its name.
//!
//! glTF 2.0 is read by `gltf`; the containers of 3D Tiles 1.0 and glTF 1.0 are taken apart here and in the modules
//! beside, and then read by it too.

use crate::b3dm::read_b3dm;
use crate::batch::sections::word;
use crate::cmpt::read_cmpt;
use crate::files::without_byte_order_mark;
use crate::gltf::{BatchedFeatures, GltfInput, UpAxis, read_gltf_with};
use crate::gltf1;
use crate::i3dm::read_i3dm;
use crate::pnts::read_pnts;
use crate::source::{TileSource, unpacked};
use crate::{Problem, TileError, TileMesh, Tileset};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::borrow::Cow;

/// What a tile's content is.
#[derive(Debug)]
pub enum TileContent {
    /// Something to draw.
    Mesh(TileMesh),
    /// Another tileset, whose root takes the place of the content.
    Tileset(Box<Tileset>),
}

/// Where content comes from, for everything that it names itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Door<'a> {
    /// The content's path within `source`; names it in errors too.
    pub(crate) path: &'a str,
    pub(crate) source: &'a dyn TileSource,
    /// Which axis points up in glTF without a word of its own.
    pub(crate) up: UpAxis,
    /// Whether textures are unpacked.
    pub(crate) images: bool,
}

/// How content is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadOptions {
    /// Which axis of glTF points up: `X`, `Y` or `Z`. glTF's own is `Y`; tilesets of old converters may say something
    /// else, see [`Tileset::gltf_up_axis`].
    pub up_axis: char,
    /// Whether textures are unpacked; otherwise each is one white pixel.
    pub images: bool,
}

impl ReadOptions {
    /// The options for content of a tileset that says `up_axis`, or nothing.
    pub fn with_up_axis(up_axis: Option<&str>) -> Self {
        let up_axis = match up_axis {
            Some("X" | "x") => 'X',
            Some("Z" | "z") => 'Z',
            _ => 'Y',
        };
        Self {
            up_axis,
            ..Self::default()
        }
    }

    fn up(self) -> UpAxis {
        match self.up_axis {
            'X' => UpAxis::X,
            'Z' => UpAxis::Z,
            _ => UpAxis::Y,
        }
    }
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            up_axis: 'Y',
            images: true,
        }
    }
}

impl From<UpAxis> for ReadOptions {
    fn from(up: UpAxis) -> Self {
        let up_axis = match up {
            UpAxis::X => 'X',
            UpAxis::Y => 'Y',
            UpAxis::Z => 'Z',
        };
        Self {
            up_axis,
            ..Self::default()
        }
    }
}

/// Reads content: glTF (2.0 and 1.0, binary or JSON), b3dm, i3dm, pnts, cmpt or a tileset, perhaps with gzip around it.
///
/// `path` is the content's own within `source`: what it names is looked up from there. What is broken but costs only a
/// part of it (a texture, a column, a tile within a cmpt) is told in `problems`.
pub fn read_content(
    bytes: &[u8],
    path: &str,
    source: &dyn TileSource,
    problems: &mut Vec<Problem>,
) -> Result<TileContent, TileError> {
    read_content_with(bytes, path, source, ReadOptions::default(), problems)
}

/// Reads content as its tileset and its user want it; see [`read_content`].
pub fn read_content_with(
    bytes: &[u8],
    path: &str,
    source: &dyn TileSource,
    options: impl Into<ReadOptions>,
    problems: &mut Vec<Problem>,
) -> Result<TileContent, TileError> {
    let options = options.into();
    let bytes = if bytes.starts_with(&[0x1f, 0x8b]) {
        Cow::Owned(unpacked(bytes.to_vec(), path)?)
    } else {
        Cow::Borrowed(bytes)
    };
    let door = Door {
        path,
        source,
        up: options.up(),
        images: options.images,
    };
    let text = without_byte_order_mark(&bytes).trim_ascii_start();
    if text.starts_with(b"{") {
        return read_json(text, door, problems);
    }
    read_binary(&bytes, door, problems).map(TileContent::Mesh)
}

/// Reads content that begins with a magic word.
pub(crate) fn read_binary(
    bytes: &[u8],
    door: Door<'_>,
    problems: &mut Vec<Problem>,
) -> Result<TileMesh, TileError> {
    let unsupported = |kind: &str| Err(TileError::unsupported(door.path, "byte 0", kind));
    match bytes.first_chunk::<4>() {
        Some(b"glTF") => read_model(bytes, door, None, problems),
        Some(b"b3dm") => read_b3dm(bytes, door, problems),
        Some(b"i3dm") => read_i3dm(bytes, door, problems),
        Some(b"pnts") => read_pnts(bytes, door, problems),
        Some(b"cmpt") => read_cmpt(bytes, door, problems),
        // Drafts of 2017 that never became part of the standard.
        Some(b"vctr") => unsupported("vector tile content (vctr)"),
        Some(b"geom") => unsupported("geometry tile content (geom)"),
        Some(b"subt") => Err(TileError::broken(
            door.path,
            "byte 0",
            "a subtree stands where content is needed",
        )),
        Some(_) => Err(TileError::broken(
            door.path,
            "byte 0",
            "this is no content that 3D Tiles knows",
        )),
        None => Err(TileError::broken(
            door.path,
            format!("byte {}", bytes.len()),
            "the content ends before its fourth byte",
        )),
    }
}

/// Reads the glTF of a tile, whatever its version.
pub(crate) fn read_model(
    bytes: &[u8],
    door: Door<'_>,
    batch: Option<BatchedFeatures<'_>>,
    problems: &mut Vec<Problem>,
) -> Result<TileMesh, TileError> {
    let is_old_binary = bytes.starts_with(b"glTF") && word(bytes, 4) == Some(1);
    let bytes = if is_old_binary || is_old_text(bytes) {
        Cow::Owned(gltf1::upgraded(bytes, door)?)
    } else {
        Cow::Borrowed(bytes)
    };
    let input = GltfInput {
        bytes: &bytes,
        path: door.path,
        source: Some(door.source),
        batch,
        up: door.up,
        images: door.images,
    };
    read_gltf_with(&input, problems)
}

/// The part of a JSON file that tells a tileset from a glTF.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Sniffed {
    asset: SniffedAsset,
    root: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SniffedAsset {
    version: Option<String>,
}

/// Whether `bytes` are glTF 1.0 (or 0.8) as JSON.
fn is_old_text(bytes: &[u8]) -> bool {
    let text = without_byte_order_mark(bytes).trim_ascii_start();
    text.starts_with(b"{")
        && serde_json::from_slice::<Sniffed>(text).is_ok_and(|sniffed| {
            let version = sniffed.asset.version.unwrap_or_default();
            version.starts_with("1.") || version.starts_with("0.") || version == "1"
        })
}

fn read_json(
    text: &[u8],
    door: Door<'_>,
    problems: &mut Vec<Problem>,
) -> Result<TileContent, TileError> {
    let sniffed: Sniffed =
        serde_json::from_slice(text).map_err(|error| TileError::json(door.path, &error))?;
    if sniffed.root.is_some() {
        let tileset = Tileset::from_resource(text, door.path, door.source)?;
        return Ok(TileContent::Tileset(Box::new(tileset)));
    }
    read_model(text, door, None, problems).map(TileContent::Mesh)
}

#[cfg(test)]
pub(crate) mod sample {
    //! Small tiles for tests, and their reading.

    use super::*;
    pub(crate) use crate::source::MemorySource;

    /// The mesh of one content, with everything that was told.
    pub(crate) fn read_mesh(
        bytes: &[u8],
        source: &MemorySource,
    ) -> (Result<TileMesh, TileError>, Vec<Problem>) {
        let mut problems = Vec::new();
        let content = read_content(bytes, "tiles/a", source, &mut problems);
        let mesh = content.map(|content| match content {
            TileContent::Mesh(mesh) => mesh,
            TileContent::Tileset(_) => panic!("a tileset"),
        });
        (mesh, problems)
    }

    /// A GLB of one triangle in glTF's axes, with feature ids for `_BATCHID` 0, 1, 1.
    pub(crate) fn triangle_glb() -> Vec<u8> {
        let corners: [f32; 9] = [0.0, 0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 3.0, 0.0];
        let mut body: Vec<u8> = corners.iter().flat_map(|part| part.to_le_bytes()).collect();
        body.extend([0_u16, 1, 1, 0].iter().flat_map(|id| id.to_le_bytes()));
        let json = r#"{"asset":{"version":"2.0"},"scene":0,"scenes":[{"nodes":[0]}],"nodes":[{"mesh":0}],
            "meshes":[{"primitives":[{"attributes":{"POSITION":0,"_BATCHID":1}}]}],
            "accessors":[{"bufferView":0,"componentType":5126,"count":3,"type":"VEC3","min":[0,0,0],"max":[2,3,0]},
                         {"bufferView":1,"componentType":5123,"count":3,"type":"SCALAR"}],
            "bufferViews":[{"buffer":0,"byteOffset":0,"byteLength":36},{"buffer":0,"byteOffset":36,"byteLength":6}],
            "buffers":[{"byteLength":44}]}"#;
        gltf1::packed(json.as_bytes(), &body)
    }

    /// A container of 3D Tiles 1.0: `words` behind the length, then the rest.
    pub(crate) fn container(magic: [u8; 4], words: &[u32], rest: &[u8]) -> Vec<u8> {
        let mut bytes = magic.to_vec();
        let length = 12 + 4 * words.len() + rest.len();
        for word in [1, length as u32].iter().chain(words) {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(rest);
        bytes
    }

    /// A b3dm of two features around [`triangle_glb`].
    pub(crate) fn small_b3dm() -> Vec<u8> {
        let feature_table = br#"{"BATCH_LENGTH":2,"RTC_CENTER":[10,20,30]}"#;
        let batch_table = br#"{"id":["A","B"],"height":[3,4]}"#;
        let words = [feature_table.len() as u32, 0, batch_table.len() as u32, 0];
        let model = triangle_glb();
        let parts: [&[u8]; 3] = [feature_table, batch_table, &model];
        let rest = parts.concat();
        container(*b"b3dm", &words, &rest)
    }
}

#[cfg(test)]
mod tests {
    use super::sample::{MemorySource, container, read_mesh, small_b3dm, triangle_glb};
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use glam::DVec3;
    use std::io::Write;

    #[track_caller]
    fn check_error(bytes: &[u8], part_of_message: &str) {
        let (mesh, _) = read_mesh(bytes, &MemorySource::default());
        let message = mesh.expect_err("no content").to_string();
        assert!(
            message.contains(part_of_message) && message.contains("tiles/a"),
            "{message}"
        );
    }

    #[test]
    fn a_batched_triangle_stands_at_its_centre_and_knows_its_features() {
        let (mesh, problems) = read_mesh(&small_b3dm(), &MemorySource::default());
        let mesh = mesh.expect("a mesh");
        assert_eq!(problems, []);
        let vertices = &mesh.classes[0].vertices;
        let place = |row: usize| {
            let position = vertices[row].position;
            DVec3::from_array(mesh.centre) + DVec3::from_array(position.map(f64::from))
        };
        assert_eq!(place(0), DVec3::new(10.0, 20.0, 30.0));
        assert_eq!(place(2), DVec3::new(10.0, 20.0, 33.0), "glTF's y is up");
        let id = |row: usize| mesh.features[vertices[row].feature as usize].id.as_str();
        assert_eq!([id(0), id(1), id(2)], ["A", "B", "B"]);
        let (table, row) = mesh.features[1].row.expect("a row");
        let height = mesh.tables[table as usize].column("height");
        let height = height.expect("a column").values[row as usize].clone();
        assert_eq!(height.expect("a value").to_string(), "4");
    }

    #[test]
    fn a_tileset_may_say_that_z_is_up_already() {
        let source = MemorySource::default();
        let tile = small_b3dm();
        let content = read_content_with(
            &tile,
            "a.b3dm",
            &source,
            ReadOptions::with_up_axis(Some("Z")),
            &mut Vec::new(),
        );
        let Ok(TileContent::Mesh(mesh)) = content else {
            panic!("a mesh");
        };
        let corner = mesh.classes[0].vertices[2].position.map(f64::from);
        let place = DVec3::from_array(mesh.centre) + DVec3::from_array(corner);
        assert_eq!(place, DVec3::new(10.0, 23.0, 30.0));
    }

    #[test]
    fn gzip_around_content_is_undone() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        packed.write_all(&small_b3dm()).expect("memory");
        let packed = packed.finish().expect("memory");
        let (mesh, _) = read_mesh(&packed, &MemorySource::default());
        assert_eq!(mesh.expect("a mesh").features.len(), 2);
    }

    #[test]
    fn content_is_known_by_its_bytes() {
        let (mesh, _) = read_mesh(&triangle_glb(), &MemorySource::default());
        assert_eq!(mesh.expect("a mesh").classes[0].indices.len(), 3);
        let tileset = br#" {"asset":{"version":"1.0"},"geometricError":1,
            "root":{"boundingVolume":{"sphere":[0,0,0,1]},"geometricError":0,"refine":"ADD"}}"#;
        let content = read_content(
            tileset,
            "b/t.json",
            &MemorySource::default(),
            &mut Vec::new(),
        );
        assert!(matches!(content, Ok(TileContent::Tileset(_))));
        check_error(&container(*b"vctr", &[0, 0, 0, 0], b""), "vctr");
        check_error(&container(*b"geom", &[0, 0, 0, 0], b""), "geom");
        check_error(&container(*b"subt", &[0, 0], b""), "subtree");
        check_error(b"<html>not found</html>", "no content that 3D Tiles knows");
        check_error(b"b3", "ends before its fourth byte");
        check_error(b"", "ends before its fourth byte");
        check_error(b"{\"asset\":", "line 1");
    }

    #[test]
    fn a_tile_cut_short_anywhere_never_panics() {
        let whole = small_b3dm();
        for length in 0..whole.len() {
            let cut = whole.get(..length).expect("a part");
            let (mesh, _) = read_mesh(cut, &MemorySource::default());
            assert!(mesh.is_err(), "{length} bytes");
        }
    }

    #[test]
    fn a_byte_changed_anywhere_never_panics() {
        let whole = small_b3dm();
        let mut read = 0;
        for place in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[place] ^= 0x55;
            let (mesh, _) = read_mesh(&bytes, &MemorySource::default());
            read += usize::from(mesh.is_ok());
        }
        assert!(read > 0, "most changes are of numbers");
    }
}
