//! What a tile holds once read: triangles by class, and the features that they belong to.

use bytemuck::{Pod, Zeroable};

/// What a part of the city is; decides its colour and its layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeatureClass {
    /// Buildings and building parts; also whatever a foreign file does not name.
    #[default]
    Building,
    /// Rivers, lakes, harbour basins.
    Water,
    /// Parks, woods, grass.
    Green,
    /// Roads and paths.
    Road,
    /// Railways and trams.
    Rail,
}

impl FeatureClass {
    /// Every class, in the order that tiles list them.
    pub const ALL: [Self; 5] = [
        Self::Building,
        Self::Water,
        Self::Green,
        Self::Road,
        Self::Rail,
    ];

    /// The word used in files, also as material name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Water => "water",
            Self::Green => "green",
            Self::Road => "road",
            Self::Rail => "rail",
        }
    }

    /// The class spelt `word`; [`FeatureClass::Building`] for any other word.
    pub fn from_word(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|class| class.as_str() == word)
            .unwrap_or_default()
    }
}

/// A corner of a triangle, as the GPU takes it: 20 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct TileVertex {
    /// Metres east, north and up from [`TileMesh::centre_enu`].
    pub position: [f32; 3],
    /// East, north, up as signed fractions of 127; the fourth is the shade: 0 at the ground, 127 from 100 m above it.
    pub normal: [i8; 4],
    /// Row of [`TileMesh::features`].
    pub feature: u32,
}

/// The triangles of one class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClassMesh {
    /// What they are.
    pub class: FeatureClass,
    /// Corners.
    pub vertices: Vec<TileVertex>,
    /// Three rows of `vertices` per triangle, counter-clockwise seen from outside; all within bounds.
    pub indices: Vec<u32>,
}

/// A thing of the city that somebody can pick.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TileFeature {
    /// Identity, the key of the attribute table; the feature's number when its file has no identities, empty when the
    /// file knows no features at all.
    pub id: String,
    /// Kind word of the source, for instance `building` or `primary`; may be empty.
    pub kind: String,
    /// What people call it; may be empty.
    pub name: String,
    /// Height above ground in metres; 0 when unknown.
    pub height_m: f32,
}

/// A tile's content, ready for the GPU.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TileMesh {
    /// At most one mesh per class, in the order of [`FeatureClass::ALL`].
    pub classes: Vec<ClassMesh>,
    /// The features that vertices point to.
    pub features: Vec<TileFeature>,
    /// Where the vertices' origin is: metres east, north and up in the frame of the tile's transform.
    pub centre_enu: [f64; 3],
    /// What all this takes in memory; what a budget counts.
    pub bytes: usize,
}

impl TileMesh {
    /// The mesh of one class, if the tile has any of it.
    pub fn class(&self, class: FeatureClass) -> Option<&ClassMesh> {
        self.classes.iter().find(|mesh| mesh.class == class)
    }

    /// What vertices, indices and features take in memory.
    pub(crate) fn counted_bytes(&self) -> usize {
        let triangles: usize = self
            .classes
            .iter()
            .map(|mesh| {
                mesh.vertices.len() * size_of::<TileVertex>()
                    + mesh.indices.len() * size_of::<u32>()
            })
            .sum();
        let features: usize = self
            .features
            .iter()
            .map(|one| size_of::<TileFeature>() + one.id.len() + one.kind.len() + one.name.len())
            .sum();
        triangles + features
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vertex_takes_twenty_bytes() {
        assert_eq!(size_of::<TileVertex>(), 20);
    }

    #[test]
    fn a_foreign_material_is_drawn_as_a_building() {
        assert_eq!(FeatureClass::from_word("water"), FeatureClass::Water);
        assert_eq!(
            FeatureClass::from_word("Material.001"),
            FeatureClass::Building
        );
    }
}
