//! What a tile holds once read: surfaces by class and material, and the features that they belong to.

use crate::properties::PropertyTable;
use bytemuck::{Pod, Zeroable};

/// What a part of the city is; decides its colour and its layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeatureClass {
    /// Buildings and building parts.
    #[default]
    Building,
    /// Rivers, lakes, harbour basins.
    Water,
    /// Parks, woods, grass.
    Green,
    /// Roads and paths.
    Road,
    /// Railways, trams, metro tracks.
    Rail,
    /// Relief and paved ground.
    Ground,
    /// Bridges with their piers and embankments.
    Bridge,
    /// Tunnels and other rooms below ground.
    Tunnel,
    /// Pipes, cables and ducts with their valves and manholes.
    Pipe,
    /// Single trees and shrubs.
    Tree,
    /// Lamps, poles, walls and other city furniture.
    Furniture,
    /// Content that does not say what it is, drawn as its own materials say.
    Model,
}

impl FeatureClass {
    /// Every class, in the order that tiles list them.
    pub const ALL: [Self; 12] = [
        Self::Building,
        Self::Water,
        Self::Green,
        Self::Road,
        Self::Rail,
        Self::Ground,
        Self::Bridge,
        Self::Tunnel,
        Self::Pipe,
        Self::Tree,
        Self::Furniture,
        Self::Model,
    ];

    /// The word used in files, also as material name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Water => "water",
            Self::Green => "green",
            Self::Road => "road",
            Self::Rail => "rail",
            Self::Ground => "ground",
            Self::Bridge => "bridge",
            Self::Tunnel => "tunnel",
            Self::Pipe => "pipe",
            Self::Tree => "tree",
            Self::Furniture => "furniture",
            Self::Model => "model",
        }
    }

    /// The class spelt `word`; [`FeatureClass::Model`] for any other word.
    pub fn from_word(word: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|class| class.as_str() == word)
            .unwrap_or(Self::Model)
    }

    /// This class's place in [`FeatureClass::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// A corner of a triangle, as the GPU takes it: 20 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct TileVertex {
    /// Metres from [`TileMesh::centre`], along the axes of the tile's frame.
    pub position: [f32; 3],
    /// Along the axes of the tile's frame, as signed fractions of 127; the fourth is the shade: 0 at the ground, 127 from
    /// 100 m above it.
    pub normal: [i8; 4],
    /// Row of [`TileMesh::features`].
    pub feature: u32,
}

/// What the elements of a [`ClassMesh`] are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Primitive {
    /// Three indices make a triangle, counter-clockwise seen from outside.
    #[default]
    Triangles,
    /// Two indices make a line of one pixel.
    Lines,
    /// One index makes a point.
    Points,
}

/// How a surface looks that does not follow the style of its class (glTF 2.0, section 3.9, the part that is drawn).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Material {
    /// Linear red, green, blue and opacity; multiplied with image and vertex colours.
    pub base_colour: [f32; 4],
    /// Row of [`TileMesh::images`] that [`ClassMesh::coordinates`] look up.
    pub image: Option<u32>,
    /// Drawn as it is, without light (`KHR_materials_unlit`).
    pub is_unlit: bool,
    /// Drawn from both sides.
    pub is_double_sided: bool,
    /// Below this opacity nothing is drawn (`MASK`).
    pub cutoff: Option<f32>,
    /// Mixed with what is behind it (`BLEND`).
    pub is_blended: bool,
}

impl Default for Material {
    fn default() -> Self {
        Self {
            base_colour: [1.0; 4],
            image: None,
            is_unlit: false,
            is_double_sided: false,
            cutoff: None,
            is_blended: false,
        }
    }
}

/// One copy of a mesh that is drawn many times (`EXT_mesh_gpu_instancing`, i3dm): 52 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub struct Instance {
    /// The upper three rows of the matrix from the mesh's corners to metres from [`TileMesh::centre`].
    pub rows: [[f32; 4]; 3],
    /// Row of [`TileMesh::features`]; overrides the corners' own.
    pub feature: u32,
}

/// Elements of one class and one material.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClassMesh {
    /// What they are.
    pub class: FeatureClass,
    /// What `indices` make.
    pub primitive: Primitive,
    /// How they look; `None` leaves it to the style of the class.
    pub material: Option<Material>,
    /// Corners.
    pub vertices: Vec<TileVertex>,
    /// Rows of `vertices`, all within bounds.
    pub indices: Vec<u32>,
    /// Texture coordinates of each corner, `KHR_texture_transform` applied; empty without an image.
    pub coordinates: Vec<[f32; 2]>,
    /// Red, green, blue and opacity of each corner, encoded as sRGB; empty when all are white.
    pub colours: Vec<[u8; 4]>,
    /// Where copies stand; empty for a mesh that is drawn once, as it is.
    pub instances: Vec<Instance>,
}

/// Pixels of a texture, top row first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TileImage {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Red, green, blue and opacity, encoded as sRGB; `width × height × 4` bytes.
    pub rgba: Vec<u8>,
    /// True when coordinates beyond 0 and 1 repeat the image along x, y.
    pub repeats: [bool; 2],
}

impl TileImage {
    /// The image at half its size, each pixel the mean of four; `None` when it is one pixel already.
    pub fn halved(&self) -> Option<Self> {
        if self.width <= 1 && self.height <= 1 {
            return None;
        }
        let (width, height) = ((self.width / 2).max(1), (self.height / 2).max(1));
        let mut rgba = Vec::with_capacity(width as usize * height as usize * 4);
        for y in 0..height {
            for x in 0..width {
                for channel in 0..4 {
                    rgba.push(self.mean_of_four(x, y, channel));
                }
            }
        }
        Some(Self {
            width,
            height,
            rgba,
            repeats: self.repeats,
        })
    }

    /// Bytes on the device with all its smaller versions: a third more than the pixels.
    pub fn device_bytes(&self) -> usize {
        self.rgba.len() + self.rgba.len() / 3
    }

    fn mean_of_four(&self, x: u32, y: u32, channel: usize) -> u8 {
        let at = |dx: u32, dy: u32| {
            let column = (2 * x + dx).min(self.width - 1) as usize;
            let row = (2 * y + dy).min(self.height - 1) as usize;
            let index = (row * self.width as usize + column) * 4 + channel;
            u32::from(self.rgba.get(index).copied().unwrap_or_default())
        };
        ((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) / 4) as u8
    }
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
    /// Where the file's own properties of it are: row of [`TileMesh::tables`], and row in that table.
    pub row: Option<(u32, u32)>,
}

/// A tile's content, ready for the GPU.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TileMesh {
    /// What is drawn, in the order of [`FeatureClass::ALL`]; several for a class with several materials.
    pub classes: Vec<ClassMesh>,
    /// Textures that materials name.
    pub images: Vec<TileImage>,
    /// The features that corners point to.
    pub features: Vec<TileFeature>,
    /// Property tables of the file (`EXT_structural_metadata`, batch tables).
    pub tables: Vec<PropertyTable>,
    /// Where the corners' origin is, metres in the frame of the tile's transform (z up).
    pub centre: [f64; 3],
    /// What all this takes in memory, textures included; see [`TileMesh::counted_bytes`].
    pub bytes: usize,
}

impl TileMesh {
    /// The first mesh of one class, if the tile has any of it.
    pub fn class(&self, class: FeatureClass) -> Option<&ClassMesh> {
        self.classes.iter().find(|mesh| mesh.class == class)
    }

    /// What everything takes in memory.
    pub fn counted_bytes(&self) -> usize {
        let features: usize = self
            .features
            .iter()
            .map(|one| size_of::<TileFeature>() + one.id.len() + one.kind.len() + one.name.len())
            .sum();
        let tables: usize = self.tables.iter().map(PropertyTable::bytes).sum();
        let images: usize = self.images.iter().map(|image| image.rgba.len()).sum();
        self.geometry_bytes() + features + tables + images
    }

    /// What the geometry takes, in memory and again on the device.
    pub fn geometry_bytes(&self) -> usize {
        self.classes
            .iter()
            .map(|mesh| {
                mesh.vertices.len() * size_of::<TileVertex>()
                    + mesh.indices.len() * size_of::<u32>()
                    + mesh.coordinates.len() * size_of::<[f32; 2]>()
                    + mesh.colours.len() * size_of::<[u8; 4]>()
                    + mesh.instances.len() * size_of::<Instance>()
            })
            .sum()
    }

    /// What it will take on the device, smaller versions of the textures included.
    pub fn device_bytes(&self) -> usize {
        let images: usize = self.images.iter().map(TileImage::device_bytes).sum();
        self.geometry_bytes() + images
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vertex_takes_twenty_bytes_and_an_instance_fifty_two() {
        assert_eq!((size_of::<TileVertex>(), size_of::<Instance>()), (20, 52));
    }

    #[test]
    fn a_foreign_material_is_drawn_as_it_says() {
        assert_eq!(FeatureClass::from_word("water"), FeatureClass::Water);
        assert_eq!(FeatureClass::from_word("Material.001"), FeatureClass::Model);
        for (row, class) in FeatureClass::ALL.into_iter().enumerate() {
            assert_eq!(class.index(), row);
        }
    }

    #[test]
    fn half_an_image_is_the_mean_of_its_pixels() {
        let image = TileImage {
            width: 3,
            height: 2,
            rgba: [0, 10, 100, 20, 30, 100]
                .into_iter()
                .flat_map(|grey: u8| [grey, grey, grey, 255])
                .collect(),
            repeats: [false; 2],
        };
        let half = image.halved().expect("it has more than one pixel");
        assert_eq!((half.width, half.height), (1, 1));
        assert_eq!(half.rgba, [15, 15, 15, 255]);
        assert_eq!(half.halved(), None);
    }
}
