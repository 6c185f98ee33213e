//! Composite tiles (3D Tiles 1.0, "Composite"): tiles in a tile, perhaps composites again.

use crate::batch::sections::{header, word};
use crate::content::{Door, read_binary};
use crate::merge::merge;
use crate::{Problem, TileError, TileMesh};

const HEADER_BYTES: usize = 16;
/// Magic, version, length: what every tile begins with.
const INNER_HEADER_BYTES: usize = 12;
/// Composites within composites end here.
const MAX_DEPTH: usize = 8;
/// More tiles than this in one file are not read: each has a header and tables of its own, so real ones hold a handful.
const MAX_TILES: usize = 4_096;
/// What is kept of all tiles together, beside images: this many times the file, as for one tile of packed geometry.
const TIMES_INPUT: usize = 64;
/// A small file may keep this much.
const SMALL_KEPT_BYTES: usize = 1 << 20;
/// Images of all tiles together may take this much, or [`TIMES_INPUT`] times the file where that is more.
const SMALL_IMAGE_BYTES: usize = 64 << 20;

/// Reads a cmpt. A tile within it that cannot be read is told with its byte, and the others are read.
pub(crate) fn read_cmpt(
    bytes: &[u8],
    door: Door<'_>,
    problems: &mut Vec<Problem>,
) -> Result<TileMesh, TileError> {
    let times = bytes.len().saturating_mul(TIMES_INPUT);
    let mut opening = Opening {
        door,
        left_bytes: times.max(SMALL_KEPT_BYTES),
        left_image_bytes: times.max(SMALL_IMAGE_BYTES),
        meshes: Vec::new(),
        tiles: 0,
        first_error: None,
        problems,
    };
    opening.open(bytes, 0, 0)?;
    match opening.first_error {
        // Nothing at all could be read: that is no tile with a flaw, but a broken one.
        Some(error) if opening.meshes.is_empty() => Err(error),
        _ => Ok(merge(opening.meshes)),
    }
}

/// A composite while it is taken apart.
struct Opening<'a, 'p> {
    door: Door<'a>,
    /// What may still be kept. Each tile has an allowance of its own too, but thousands of small ones have thousands.
    left_bytes: usize,
    left_image_bytes: usize,
    meshes: Vec<TileMesh>,
    tiles: usize,
    first_error: Option<TileError>,
    problems: &'p mut Vec<Problem>,
}

impl Opening<'_, '_> {
    /// Reads the tiles of the composite that `bytes` begin with, `at` bytes into the file.
    fn open(&mut self, bytes: &[u8], at: usize, depth: usize) -> Result<(), TileError> {
        let path = self.door.path;
        let (tile, [count]) = header::<1>(bytes, path)?;
        let mut from = HEADER_BYTES;
        for number in 0..count {
            let rest = tile.get(from..).unwrap_or_default();
            let length = word(rest, 8).unwrap_or_default() as usize;
            let inner = rest
                .get(..length)
                .filter(|inner| inner.len() >= INNER_HEADER_BYTES);
            let Some(inner) = inner else {
                // Where the next one begins is unknown.
                let reason = format!(
                    "tile {number} of {count} states {length} bytes, {} are left",
                    rest.len()
                );
                self.tell(TileError::broken(path, "its header", reason), at + from);
                return Ok(());
            };
            self.tiles += 1;
            if self.tiles > MAX_TILES {
                let reason = format!("there are more than {MAX_TILES} tiles in it");
                return Err(TileError::too_large(
                    path,
                    format!("byte {}", at + from),
                    reason,
                ));
            }
            self.open_inner(inner, at + from, depth);
            from += length;
        }
        Ok(())
    }

    fn open_inner(&mut self, inner: &[u8], at: usize, depth: usize) {
        let path = self.door.path;
        if inner.starts_with(b"cmpt") {
            if depth + 1 >= MAX_DEPTH {
                let reason = format!("composites lie {MAX_DEPTH} deep in each other");
                self.tell(TileError::too_large(path, "its header", reason), at);
            } else if let Err(error) = self.open(inner, at, depth + 1) {
                self.tell(error, at);
            }
            return;
        }
        let mut told = Vec::new();
        let read = read_binary(inner, self.door, &mut told);
        self.problems
            .extend(told.into_iter().map(|problem| Problem {
                place: place_within(at, &problem.place),
                ..problem
            }));
        match read {
            Ok(mesh) if self.may_keep(&mesh) => self.meshes.push(mesh),
            Ok(_) => {
                let reason = "the tiles together ask for more than their file deserves";
                self.tell(TileError::too_large(path, "", reason), at);
            }
            Err(error) => self.tell(error, at),
        }
    }

    /// Whether there is room for one tile more; takes it.
    fn may_keep(&mut self, mesh: &TileMesh) -> bool {
        let image_bytes: usize = mesh.images.iter().map(|image| image.rgba.len()).sum();
        let bytes = mesh.counted_bytes().saturating_sub(image_bytes);
        let left = self
            .left_bytes
            .checked_sub(bytes)
            .zip(self.left_image_bytes.checked_sub(image_bytes));
        if let Some((left, left_image)) = left {
            (self.left_bytes, self.left_image_bytes) = (left, left_image);
        }
        left.is_some()
    }

    fn tell(&mut self, error: TileError, at: usize) {
        let problem = Problem::from(&error);
        self.problems.push(Problem {
            place: place_within(at, &problem.place),
            ..problem
        });
        self.first_error.get_or_insert(error);
    }
}

/// A place within a tile that begins at byte `at` of the file.
fn place_within(at: usize, place: &str) -> String {
    if place.is_empty() {
        format!("the tile at byte {at}")
    } else {
        format!("the tile at byte {at}, {place}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::sample::{MemorySource, container, read_mesh, small_b3dm};

    fn composite(tiles: &[&[u8]]) -> Vec<u8> {
        container(*b"cmpt", &[tiles.len() as u32], &tiles.concat())
    }

    #[test]
    fn composites_within_composites_are_read() {
        let tile = small_b3dm();
        let inner = composite(&[&tile, &tile]);
        let bytes = composite(&[&inner, &tile]);
        let (mesh, problems) = read_mesh(&bytes, &MemorySource::default());
        let mesh = mesh.expect("three tiles");
        assert_eq!(problems, []);
        let triangles: usize = mesh.classes.iter().map(|one| one.indices.len() / 3).sum();
        assert_eq!((triangles, mesh.features.len()), (3, 6));
    }

    #[test]
    fn a_broken_tile_is_told_and_the_others_are_shown() {
        let tile = small_b3dm();
        let vector = container(*b"vctr", &[0; 4], b"");
        let bytes = composite(&[&vector, &tile]);
        let (mesh, problems) = read_mesh(&bytes, &MemorySource::default());
        assert_eq!(mesh.expect("one tile").features.len(), 2);
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].place.contains("byte 16") && problems[0].reason.contains("vctr"),
            "{}",
            problems[0]
        );
    }

    #[test]
    fn nothing_but_broken_tiles_is_an_error() {
        let vector = container(*b"vctr", &[0; 4], b"");
        let (mesh, _) = read_mesh(&composite(&[&vector]), &MemorySource::default());
        assert!(mesh.is_err());
        let (empty, problems) = read_mesh(&composite(&[]), &MemorySource::default());
        assert!(empty.expect("an empty tile").classes.is_empty() && problems.is_empty());
    }

    #[test]
    fn a_length_of_nothing_ends_the_reading() {
        let mut bytes = composite(&[&small_b3dm(), &small_b3dm()]);
        // The first tile's length.
        bytes[24..28].copy_from_slice(&0_u32.to_le_bytes());
        let (mesh, problems) = read_mesh(&bytes, &MemorySource::default());
        assert!(mesh.is_err());
        assert_eq!(problems.len(), 1);
    }

    #[test]
    fn a_well_of_composites_has_a_bottom() {
        let mut bytes = small_b3dm();
        for _ in 0..=MAX_DEPTH {
            bytes = composite(&[&bytes]);
        }
        let (mesh, _) = read_mesh(&bytes, &MemorySource::default());
        assert!(mesh.is_err());
    }
}
