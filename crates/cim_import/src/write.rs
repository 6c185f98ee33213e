//! The city's folder.
//!
//! Everything is written into a hidden folder beside the one asked for and moved into place at the end, so that a failed
//! import leaves nothing half done. `catalogue.json` comes last and lists every other file with its size and hash.

use crate::classify::Class;
use crate::glb::{Glb, tile};
use crate::ledger::Ledger;
use crate::mesh::Mesh;
use crate::quadtree::{Cell, Grid, Tree};
use crate::request::{Counts, Dropped, ImportError, Progress};
use crate::shape::CityFeature;
use crate::views::View;
use cim_geo::{Bounds, LocalFrame};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What the catalogue says of the city as a whole.
#[derive(Clone, Debug)]
pub(crate) struct About {
    pub(crate) name_zh: String,
    pub(crate) name_en: String,
    pub(crate) crs: String,
    pub(crate) source: String,
    pub(crate) licence: String,
    pub(crate) attribution: String,
    pub(crate) bounds: Bounds,
    pub(crate) tallest_m: f64,
}

/// The city, ready to be written.
pub(crate) struct City<'a> {
    pub(crate) about: About,
    pub(crate) features: &'a [CityFeature],
    pub(crate) frame: LocalFrame,
    pub(crate) grid: Grid,
    pub(crate) tree: Tree,
    pub(crate) views: Vec<View>,
}

/// Writes the city to `out`.
pub(crate) fn write_city(
    city: &City<'_>,
    ledger: &mut Ledger,
    out: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), ImportError> {
    refuse_if_taken(out)?;
    let mut folder = Folder::beside(out)?;
    let tiles = write_tiles(city, ledger, &mut folder, progress)?;
    folder.write("tileset.json", tileset(city, &tiles).to_string().as_bytes())?;
    let attributes = attribute_lines(city.features).map_err(|err| not_json(out, err))?;
    folder.write("attributes.jsonl", attributes.as_bytes())?;
    let views = serde_json::to_vec_pretty(&city.views).map_err(|err| not_json(out, err))?;
    folder.write("views.json", &views)?;
    let catalogue = serde_json::to_vec_pretty(&catalogue(city, ledger, &folder.files))
        .map_err(|err| not_json(out, err))?;
    folder.write("catalogue.json", &catalogue)?;
    folder.move_to(out)
}

fn not_json(out: &Path, err: serde_json::Error) -> ImportError {
    ImportError::Unwritable {
        path: out.to_path_buf(),
        reason: err.into(),
    }
}

/// Refuses a folder that is neither empty nor a city; so that a slip of the pen costs nobody their files.
pub(crate) fn refuse_if_taken(out: &Path) -> Result<(), ImportError> {
    let taken = || ImportError::OutIsTaken {
        path: out.to_path_buf(),
    };
    match std::fs::read_dir(out) {
        Ok(mut entries) => {
            let is_city =
                out.join("catalogue.json").is_file() && out.join("tileset.json").is_file();
            if is_city || entries.next().is_none() {
                Ok(())
            } else {
                Err(taken())
            }
        }
        Err(_) if out.exists() => Err(taken()),
        Err(_) => Ok(()),
    }
}

fn write_tiles(
    city: &City<'_>,
    ledger: &mut Ledger,
    folder: &mut Folder,
    progress: &mut dyn FnMut(Progress),
) -> Result<BTreeMap<Cell, Glb>, ImportError> {
    let total = city.tree.content.len() as u64;
    let mut tiles = BTreeMap::new();
    for (done, (cell, indices)) in city.tree.content.iter().enumerate() {
        let meshes: Vec<(&CityFeature, Mesh)> = indices
            .iter()
            .filter_map(|index| city.features.get(*index))
            .map(|feature| (feature, Mesh::of(feature, &city.frame)))
            .collect();
        for (feature, _) in meshes.iter().filter(|(_, mesh)| mesh.indices.is_empty()) {
            ledger.note(
                "no triangle comes out of it; kept without a mesh",
                &feature.place,
            );
        }
        if let Some(mut glb) = tile(&meshes) {
            folder.write(&uri_of(*cell), &glb.bytes)?;
            // Only the box is needed from here on.
            glb.bytes = Vec::new();
            tiles.insert(*cell, glb);
        }
        progress(Progress {
            stage: "writing",
            done: done as u64 + 1,
            total,
        });
    }
    Ok(tiles)
}

fn uri_of(cell: Cell) -> String {
    format!("tiles/{}_{}_{}.glb", cell.level, cell.x, cell.y)
}

fn tileset(city: &City<'_>, tiles: &BTreeMap<Cell, Glb>) -> Value {
    let mut root = node(city, tiles, Cell::ROOT).map_or_else(|| json!({}), |(value, _, _)| value);
    if let Some(object) = root.as_object_mut() {
        object.insert(
            "transform".to_owned(),
            json!(city.frame.ecef_from_enu_matrix().to_cols_array()),
        );
        object.insert("refine".to_owned(), json!("ADD"));
    }
    json!({
        "asset": {"version": "1.1", "generator": "CityMirror cim import"},
        // What is missing while not even the root is there.
        "geometricError": 2.0 * city.grid.error_m(0),
        "root": root,
    })
}

/// A tile with everything below it, and the box around both; `None` when there is nothing.
fn node(
    city: &City<'_>,
    tiles: &BTreeMap<Cell, Glb>,
    cell: Cell,
) -> Option<(Value, [f64; 3], [f64; 3])> {
    let own = tiles.get(&cell);
    let (mut min, mut max) = own.map_or(([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]), |glb| {
        (glb.min, glb.max)
    });
    let mut children = Vec::new();
    for (child, child_min, child_max) in city
        .tree
        .children(cell)
        .into_iter()
        .filter_map(|child| node(city, tiles, child))
    {
        children.push(child);
        min = [0, 1, 2].map(|axis: usize| min[axis].min(child_min[axis]));
        max = [0, 1, 2].map(|axis: usize| max[axis].max(child_max[axis]));
    }
    if own.is_none() && children.is_empty() {
        return None;
    }
    let middle = [0, 1, 2].map(|axis: usize| f64::midpoint(min[axis], max[axis]));
    // A flat tile still gets a box with some height, and rounding to f32 must not push a corner out.
    let half = [0, 1, 2].map(|axis: usize| (max[axis] - min[axis]) / 2.0 + 0.05);
    let error = if children.is_empty() {
        0.0
    } else {
        city.grid.error_m(cell.level)
    };
    let mut tile = json!({
        "boundingVolume": {"box": [
            middle[0], middle[1], middle[2], half[0], 0.0, 0.0, 0.0, half[1], 0.0, 0.0, 0.0, half[2]
        ]},
        "geometricError": error,
    });
    if let Some(object) = tile.as_object_mut() {
        if own.is_some() {
            object.insert("content".to_owned(), json!({"uri": uri_of(cell)}));
        }
        if !children.is_empty() {
            object.insert("children".to_owned(), Value::Array(children));
        }
    }
    Some((tile, min, max))
}

/// One line of the attribute table.
#[derive(Serialize)]
struct Record<'a> {
    id: &'a str,
    kind: &'a str,
    class: &'static str,
    name: &'a str,
    name_en: &'a str,
    lon: f64,
    lat: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    height_m: Option<f64>,
    height_source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    levels: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_height_m: Option<f64>,
    tags: &'a BTreeMap<String, String>,
}

fn attribute_lines(features: &[CityFeature]) -> Result<String, serde_json::Error> {
    let mut lines = String::new();
    for feature in features {
        let heights = feature.heights;
        let record = Record {
            id: &feature.id,
            kind: &feature.kind,
            class: class_word(feature.class),
            name: feature.tags.name(),
            name_en: feature.tags.name_en(),
            lon: feature.at[0],
            lat: feature.at[1],
            height_m: heights.map(|heights| heights.height_m),
            height_source: heights.map_or("", |heights| heights.source),
            levels: heights.and_then(|heights| heights.levels).map(plain_number),
            min_height_m: heights.map(|heights| heights.min_height_m),
            tags: &feature.tags.0,
        };
        lines.push_str(&serde_json::to_string(&record)?);
        lines.push('\n');
    }
    Ok(lines)
}

/// 128 storeys rather than 128.0.
fn plain_number(value: f64) -> Value {
    if value.fract() == 0.0 {
        json!(value as i64)
    } else {
        json!(value)
    }
}

fn class_word(class: Class) -> &'static str {
    match class {
        Class::Building | Class::BuildingPart => "building",
        Class::Road => "road",
        Class::Rail => "rail",
        Class::Water => "water",
        Class::Green => "green",
        Class::Point | Class::Label | Class::Other => "point",
    }
}

#[derive(Serialize)]
struct Catalogue<'a> {
    format: u32,
    name: Value,
    crs: &'a str,
    source: &'a str,
    licence: &'a str,
    attribution: &'a str,
    made_by: &'static str,
    origin: Value,
    bounds: Value,
    tallest_m: f64,
    counts: Counts,
    dropped: Vec<Value>,
    notes: Vec<Value>,
    height_sources: BTreeMap<&'static str, u64>,
    files: &'a [FileEntry],
}

fn catalogue<'a>(city: &'a City<'_>, ledger: &Ledger, files: &'a [FileEntry]) -> Catalogue<'a> {
    let about = &city.about;
    let origin = city.frame.origin();
    let listed = |list: Vec<Dropped>| -> Vec<Value> {
        list.into_iter()
            .map(
                |entry| json!({"reason": entry.reason, "count": entry.count, "first": entry.first}),
            )
            .collect()
    };
    let mut height_sources = BTreeMap::from([("tag", 0), ("levels", 0), ("default", 0)]);
    for heights in city.features.iter().filter_map(|feature| feature.heights) {
        *height_sources.entry(heights.source).or_insert(0) += 1;
    }
    Catalogue {
        format: 1,
        name: json!({"zh": about.name_zh, "en": about.name_en}),
        crs: &about.crs,
        source: &about.source,
        licence: &about.licence,
        attribution: &about.attribution,
        made_by: "cim import",
        origin: json!({"lon_deg": origin.lon_deg, "lat_deg": origin.lat_deg, "height_m": origin.height_m}),
        bounds: json!({
            "west_deg": about.bounds.west_deg, "south_deg": about.bounds.south_deg,
            "east_deg": about.bounds.east_deg, "north_deg": about.bounds.north_deg
        }),
        tallest_m: about.tallest_m,
        counts: ledger.counts,
        dropped: listed(ledger.dropped()),
        notes: listed(ledger.noted()),
        height_sources,
        files,
    }
}

/// A file as the catalogue lists it.
#[derive(Debug, Serialize)]
struct FileEntry {
    path: String,
    bytes: u64,
    hash: String,
}

/// The hidden folder that is written to. Gone when dropped before it was moved.
struct Folder {
    path: PathBuf,
    files: Vec<FileEntry>,
    is_moved: bool,
}

impl Folder {
    fn beside(out: &Path) -> Result<Self, ImportError> {
        let path = sibling(out, "importing")?;
        let unwritable = |reason| ImportError::Unwritable {
            path: path.clone(),
            reason,
        };
        // What an import that was killed has left behind.
        if path.exists() {
            std::fs::remove_dir_all(&path).map_err(unwritable)?;
        }
        std::fs::create_dir_all(path.join("tiles")).map_err(unwritable)?;
        Ok(Self {
            path,
            files: Vec::new(),
            is_moved: false,
        })
    }

    fn write(&mut self, relative: &str, bytes: &[u8]) -> Result<(), ImportError> {
        let path = self.path.join(relative);
        std::fs::write(&path, bytes).map_err(|reason| ImportError::Unwritable { path, reason })?;
        self.files.push(FileEntry {
            path: relative.to_owned(),
            bytes: bytes.len() as u64,
            hash: fnv1a64(bytes),
        });
        Ok(())
    }

    fn move_to(mut self, out: &Path) -> Result<(), ImportError> {
        let unwritable = |reason| ImportError::Unwritable {
            path: out.to_path_buf(),
            reason,
        };
        let old = sibling(out, "replaced")?;
        if old.exists() {
            std::fs::remove_dir_all(&old).map_err(unwritable)?;
        }
        let had_one = out.exists();
        if had_one {
            std::fs::rename(out, &old).map_err(unwritable)?;
        }
        if let Err(reason) = std::fs::rename(&self.path, out) {
            if had_one {
                // Put the old city back; the first error is the one to tell.
                std::fs::rename(&old, out).map_err(unwritable)?;
            }
            return Err(unwritable(reason));
        }
        self.is_moved = true;
        if had_one {
            std::fs::remove_dir_all(&old).map_err(unwritable)?;
        }
        Ok(())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.is_moved {
            // Should it stay behind, the next import to the same place clears it away.
            std::fs::remove_dir_all(&self.path).ok();
        }
    }
}

fn sibling(out: &Path, word: &str) -> Result<PathBuf, ImportError> {
    let Some(name) = out.file_name() else {
        let reason = std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            "a city needs a folder with a name of its own",
        );
        return Err(ImportError::Unwritable {
            path: out.to_path_buf(),
            reason,
        });
    };
    Ok(out.with_file_name(format!(".{}.{word}", name.to_string_lossy())))
}

/// FNV-1a, 64 bits, as 16 hexadecimal digits: enough to notice a damaged or changed file, not a signature.
fn fnv1a64(bytes: &[u8]) -> String {
    const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let hash = bytes.iter().fold(OFFSET, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(PRIME)
    });
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_published_one() {
        assert_eq!(fnv1a64(b""), "cbf29ce484222325");
        assert_eq!(fnv1a64(b"a"), "af63dc4c8601ec8c");
        assert_eq!(fnv1a64(b"foobar"), "85944171f73967e8");
    }

    #[test]
    fn a_folder_needs_a_name() {
        assert!(sibling(Path::new("/"), "importing").is_err());
        assert_eq!(
            sibling(Path::new("/x/city"), "importing").expect("named"),
            Path::new("/x/.city.importing")
        );
    }
}
