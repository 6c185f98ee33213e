//! What the shaders know of each feature: a row of eight bytes, looked up per corner.

use crate::palette::PIPE_COLOURS;
use bytemuck::{Pod, Zeroable};
use cim_scene::{FeatureStyle, FeatureStyles, Show};
use cim_tiles::{FeatureClass, TileFeature, TileMesh};

/// Heights beyond this are stored as this, metres.
const HIGHEST_M: f32 = 1_023.0;

/// A row of `rows` in `shaders/city.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
pub(crate) struct FeatureRow {
    /// Colour in 24 bits (red lowest), then how it is shown in 2, then whether the colour counts.
    style: u32,
    /// A hash of the id in 16 bits, height in metres in 10, kind in 6 (roads: importance 0 to 7).
    looks: u32,
}

/// The rows of a tile.
#[derive(Debug, Default)]
pub(crate) struct StyleTable {
    pub(crate) rows: Vec<FeatureRow>,
    /// True when some feature is a ghost: a second, blended pass is then needed.
    pub(crate) has_ghosts: bool,
}

impl StyleTable {
    /// The rows of a tile's features; `styles` may be absent.
    pub(crate) fn of(mesh: &TileMesh, styles: Option<&FeatureStyles>) -> Self {
        let classes = classes_of(mesh);
        let styles = styles.filter(|styles| !styles.is_plain());
        let mut table = Self::default();
        for (number, (feature, class)) in mesh.features.iter().zip(classes).enumerate() {
            let style = styles.map_or_else(FeatureStyle::default, |all| all.of(feature, class));
            table.has_ghosts |= style.show == Show::Ghost;
            table.rows.push(FeatureRow {
                style: packed_style(style, feature, class),
                looks: packed_looks(feature, class, number),
            });
        }
        table
    }
}

/// The class that each feature is drawn as: that of the first mesh that has a corner of it.
fn classes_of(mesh: &TileMesh) -> Vec<FeatureClass> {
    let mut classes: Vec<Option<FeatureClass>> = vec![None; mesh.features.len()];
    for part in &mesh.classes {
        let of_corners = part.vertices.iter().map(|vertex| vertex.feature);
        let of_copies = part.instances.iter().map(|copy| copy.feature);
        for feature in of_corners.chain(of_copies) {
            if let Some(class) = classes.get_mut(feature as usize) {
                class.get_or_insert(part.class);
            }
        }
    }
    classes.into_iter().map(Option::unwrap_or_default).collect()
}

fn packed_style(style: FeatureStyle, feature: &TileFeature, class: FeatureClass) -> u32 {
    let show = match style.show {
        Show::Normal => 0,
        Show::Ghost => 1,
        Show::Hidden => 2,
    };
    let colour = style
        .colour
        .or_else(|| (class == FeatureClass::Pipe).then(|| pipe_colour(&feature.kind)));
    let [red, green, blue] = colour.unwrap_or_default().map(u32::from);
    red | (green << 8) | (blue << 16) | (show << 24) | (u32::from(colour.is_some()) << 26)
}

fn packed_looks(feature: &TileFeature, class: FeatureClass, number: usize) -> u32 {
    // The same building looks the same in every tile that shows it; a feature without id keeps its number's look.
    let hash = if feature.id.is_empty() {
        (number as u32).wrapping_mul(2_654_435_761) >> 16
    } else {
        hash_of(&feature.id)
    };
    let height = feature.height_m.clamp(0.0, HIGHEST_M) as u32;
    let kind = if class == FeatureClass::Road {
        importance(&feature.kind)
    } else {
        0
    };
    (hash & 0xffff) | (height << 16) | (kind << 26)
}

/// FNV-1a, folded to 16 bits.
fn hash_of(id: &str) -> u32 {
    let hash = id.bytes().fold(2_166_136_261_u32, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(16_777_619)
    });
    (hash ^ (hash >> 16)) & 0xffff
}

/// How important a road is, 0 to 7, so that the main net reads first.
fn importance(kind: &str) -> u32 {
    match kind {
        "motorway" | "trunk" | "highway" => 7,
        "primary" | "major_road" | "motorway_link" | "trunk_link" => 6,
        "secondary" | "primary_link" => 4,
        "tertiary" | "secondary_link" => 3,
        "footway" | "path" | "steps" | "cycleway" | "service" | "track" => 0,
        _ => 1,
    }
}

/// The colour of a pipe by what its kind says that it carries.
fn pipe_colour(kind: &str) -> [u8; 3] {
    const WORDS: [(&[&str], usize); 7] = [
        (&["sew", "waste", "foul", "污"], 2),
        (&["drain", "storm", "rain", "雨", "排水"], 3),
        (&["gas", "燃气"], 1),
        (&["heat", "steam", "热"], 4),
        (&["power", "electr", "电力"], 5),
        (&["tele", "comm", "data", "fibre", "fiber", "通信"], 6),
        (&["water", "hydrant", "给水"], 0),
    ];
    let row = WORDS
        .iter()
        .find(|(words, _)| words.iter().any(|word| kind.contains(word)))
        .map_or(7, |(_, row)| *row);
    PIPE_COLOURS.get(row).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_tiles::{ClassMesh, TileVertex};

    fn tile(class: FeatureClass, kinds: &[&str]) -> TileMesh {
        let features = kinds
            .iter()
            .map(|kind| TileFeature {
                id: (*kind).to_owned(),
                kind: (*kind).to_owned(),
                height_m: 42.6,
                ..TileFeature::default()
            })
            .collect();
        let vertices = (0..kinds.len() as u32)
            .map(|feature| TileVertex {
                feature,
                ..TileVertex::default()
            })
            .collect();
        TileMesh {
            features,
            classes: vec![ClassMesh {
                class,
                vertices,
                ..ClassMesh::default()
            }],
            ..TileMesh::default()
        }
    }

    #[test]
    fn a_row_takes_eight_bytes() {
        assert_eq!(size_of::<FeatureRow>(), 8);
    }

    #[test]
    fn a_building_keeps_its_hash_and_tells_its_height() {
        let one = StyleTable::of(&tile(FeatureClass::Building, &["house", "tower"]), None);
        let other = StyleTable::of(&tile(FeatureClass::Building, &["tower"]), None);
        assert_eq!(one.rows[1].looks, other.rows[0].looks);
        assert_ne!(one.rows[0].looks & 0xffff, one.rows[1].looks & 0xffff);
        assert_eq!((one.rows[0].looks >> 16) & 0x3ff, 42);
        assert_eq!(one.rows[0].style, 0);
        assert!(!one.has_ghosts);
    }

    #[test]
    fn pipes_have_the_colours_of_what_they_carry() {
        let kinds = ["water_pipe", "gas_pipe", "sewage_pipe", "storm_water", "x"];
        let table = StyleTable::of(&tile(FeatureClass::Pipe, &kinds), None);
        for (row, colour) in table.rows.iter().zip([0, 1, 2, 3, 7]) {
            let [red, green, blue] = PIPE_COLOURS[colour].map(u32::from);
            assert_eq!(row.style, red | (green << 8) | (blue << 16) | (1 << 26));
        }
    }

    #[test]
    fn main_roads_are_more_important_than_paths() {
        let table = StyleTable::of(&tile(FeatureClass::Road, &["path", "motorway"]), None);
        assert_eq!(table.rows[0].looks >> 26, 0);
        assert_eq!(table.rows[1].looks >> 26, 7);
    }
}
