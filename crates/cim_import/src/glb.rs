//! One tile's content: binary glTF 2.0 with `EXT_mesh_features` and `EXT_structural_metadata`.
//!
//! glTF is Y-up: its x, y, z are east, up and minus north; 3D Tiles turns it back. Positions are relative to the tile's
//! middle, a whole number of metres, so that `f32` keeps them to a tenth of a millimetre. Materials are named by the class
//! words of [`FeatureClass`], images are embedded as they are, and small models stand as instances
//! (`EXT_mesh_gpu_instancing`).

mod bin;
mod table;

use crate::feature::{ModelKind, Tags};
use crate::mesh::{Look, Mesh, Part, Standing, model_part, reach_m};
use crate::values::Heights;
use bin::{Bin, container};
use cim_tiles::FeatureClass;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use table::property_table;

/// What is drawn of one feature, with what its row of the property table says.
#[derive(Clone, Debug)]
pub(crate) struct Drawn {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) class: FeatureClass,
    pub(crate) tags: Tags,
    pub(crate) heights: Option<Heights>,
    pub(crate) mesh: Mesh,
}

impl Drawn {
    fn name(&self) -> &str {
        self.tags.name()
    }

    fn height_m(&self) -> f64 {
        self.heights.map_or(0.0, |heights| heights.height_m)
    }
}

/// An image file as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImageFile {
    pub(crate) bytes: Vec<u8>,
    /// `image/png`, `image/jpeg` or `image/webp`.
    pub(crate) mime: &'static str,
}

/// A tile's bytes and the box around it.
#[derive(Debug)]
pub(crate) struct Glb {
    pub(crate) bytes: Vec<u8>,
    /// Smallest and largest east, north, up of the city's frame, metres.
    pub(crate) min: [f64; 3],
    pub(crate) max: [f64; 3],
}

/// Writes the features of one tile; `None` when there is nothing to draw between them. Every image that a mesh names must
/// be among `images`.
pub(crate) fn tile(features: &[Drawn], images: &BTreeMap<Arc<str>, ImageFile>) -> Option<Glb> {
    let shown: Vec<&Drawn> = features
        .iter()
        .filter(|feature| !feature.mesh.is_empty())
        .collect();
    let (min, max) = corners(&shown)?;
    let middle = [0, 1, 2].map(|axis: usize| f64::midpoint(min[axis], max[axis]).round());
    let mut tile = Tile {
        bin: Bin::default(),
        middle,
        images,
        materials: Vec::new(),
        textures: Vec::new(),
        image_views: Vec::new(),
        meshes: Vec::new(),
        nodes: Vec::new(),
        has_webp: false,
        has_instances: false,
    };
    tile.take_meshes(&shown);
    tile.take_instances(&shown);
    let (schema, table) = property_table(&mut tile.bin, &shown);
    let root = tile.document(&schema, &table);
    Some(Glb {
        bytes: container(&root, &tile.bin.bytes),
        min,
        max,
    })
}

fn corners(shown: &[&Drawn]) -> Option<([f64; 3], [f64; 3])> {
    let (mut min, mut max) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    let mut take = |at: [f64; 3]| {
        for ((low, high), at) in min.iter_mut().zip(&mut max).zip(at) {
            *low = low.min(at);
            *high = high.max(at);
        }
    };
    for feature in shown {
        for at in feature.mesh.parts.iter().flat_map(|part| &part.positions) {
            take(*at);
        }
        for standing in &feature.mesh.standing {
            let [side, up] = reach_m(standing.model).map(|metres| metres * standing.scale);
            let at = standing.at;
            take([at[0] - side, at[1] - side, at[2]]);
            take([at[0] + side, at[1] + side, at[2] + up]);
        }
    }
    min.iter()
        .zip(&max)
        .all(|(low, high)| low <= high)
        .then_some((min, max))
}

/// Linear colour of a class for programs that know no styles.
fn colour_of(class: FeatureClass) -> [f64; 3] {
    match class {
        FeatureClass::Building => [0.70, 0.69, 0.66],
        FeatureClass::Water => [0.16, 0.36, 0.50],
        FeatureClass::Green => [0.30, 0.46, 0.26],
        FeatureClass::Road => [0.36, 0.36, 0.38],
        FeatureClass::Rail => [0.28, 0.25, 0.24],
        FeatureClass::Ground => [0.46, 0.44, 0.40],
        FeatureClass::Bridge => [0.52, 0.51, 0.50],
        FeatureClass::Tunnel => [0.40, 0.40, 0.44],
        FeatureClass::Pipe => [0.20, 0.38, 0.60],
        FeatureClass::Tree => [0.22, 0.38, 0.18],
        FeatureClass::Furniture => [0.42, 0.42, 0.44],
        FeatureClass::Model => [0.80, 0.80, 0.80],
    }
}

/// A tile while it is written.
struct Tile<'a> {
    bin: Bin,
    middle: [f64; 3],
    images: &'a BTreeMap<Arc<str>, ImageFile>,
    materials: Vec<Value>,
    textures: Vec<Value>,
    image_views: Vec<Value>,
    meshes: Vec<Value>,
    nodes: Vec<Value>,
    has_webp: bool,
    has_instances: bool,
}

impl Tile<'_> {
    /// Parts of all features, those of one look in one primitive.
    fn take_meshes(&mut self, shown: &[&Drawn]) {
        let mut groups: BTreeMap<&Look, Vec<(usize, &Part)>> = BTreeMap::new();
        for (row, feature) in shown.iter().enumerate() {
            for part in &feature.mesh.parts {
                groups.entry(&part.look).or_default().push((row, part));
            }
        }
        let primitives: Vec<Value> = groups
            .into_iter()
            .map(|(look, group)| self.primitive(look, &group))
            .collect();
        if !primitives.is_empty() {
            let mesh = self.meshes.len();
            self.meshes.push(json!({"primitives": primitives}));
            self.nodes
                .push(json!({"mesh": mesh, "translation": self.translation()}));
        }
    }

    fn translation(&self) -> [f64; 3] {
        [self.middle[0], self.middle[2], -self.middle[1]]
    }

    fn primitive(&mut self, look: &Look, group: &[(usize, &Part)]) -> Value {
        let (mut positions, mut normals, mut rows, mut indices) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut coordinates, mut colours) = (Vec::new(), Vec::new());
        for (row, part) in group {
            let first = rows.len() as u32;
            for at in &part.positions {
                positions.push([
                    (at[0] - self.middle[0]) as f32,
                    (at[2] - self.middle[2]) as f32,
                    -(at[1] - self.middle[1]) as f32,
                ]);
                rows.push(*row as f32);
            }
            normals.extend(part.normals.iter().map(|n| [n[0], n[2], -n[1]]));
            indices.extend(part.indices.iter().map(|index| first + index));
            coordinates.extend_from_slice(&part.coordinates);
            colours.extend_from_slice(&part.colours);
        }
        let mut attributes = Map::new();
        attributes.insert("POSITION".into(), json!(self.bin.positions(&positions)));
        attributes.insert("NORMAL".into(), json!(self.bin.vectors(&normals)));
        attributes.insert("_FEATURE_ID_0".into(), json!(self.bin.scalars(&rows)));
        if look.image.is_some() && coordinates.len() == positions.len() {
            attributes.insert("TEXCOORD_0".into(), json!(self.bin.vectors(&coordinates)));
        }
        if look.is_coloured && colours.len() == positions.len() {
            attributes.insert("COLOR_0".into(), json!(self.bin.colours(&colours)));
        }
        let mut features: Vec<usize> = group.iter().map(|(row, _)| *row).collect();
        features.dedup();
        let material = self.material(look);
        json!({
            "attributes": attributes,
            "indices": self.bin.indices(&indices),
            "material": material,
            "mode": 4,
            "extensions": {"EXT_mesh_features": {
                "featureIds": [{"featureCount": features.len(), "attribute": 0, "propertyTable": 0}]
            }}
        })
    }

    /// The number of a new material for `look`.
    fn material(&mut self, look: &Look) -> usize {
        let is_plain = look.image.is_none() && !look.is_coloured;
        let colour = if is_plain {
            colour_of(look.class)
        } else {
            [1.0; 3]
        };
        let mut pbr = json!({
            "baseColorFactor": [colour[0], colour[1], colour[2], 1.0], "metallicFactor": 0.0, "roughnessFactor": 1.0
        });
        let texture = look.image.as_ref().and_then(|image| self.texture(image));
        if let (Some(texture), Some(object)) = (texture, pbr.as_object_mut()) {
            object.insert("baseColorTexture".to_owned(), json!({"index": texture}));
        }
        self.materials
            .push(json!({"name": look.class.as_str(), "pbrMetallicRoughness": pbr}));
        self.materials.len() - 1
    }

    /// The number of the texture with this image, embedded once.
    fn texture(&mut self, image: &Arc<str>) -> Option<usize> {
        let file = self.images.get(image)?;
        let known = self
            .image_views
            .iter()
            .position(|known| known["name"] == **image);
        if known.is_some() {
            return known;
        }
        let view = self.bin.plain(&file.bytes);
        let source = self.image_views.len();
        self.image_views
            .push(json!({"name": **image, "mimeType": file.mime, "bufferView": view}));
        self.textures.push(if file.mime == "image/webp" {
            self.has_webp = true;
            json!({"extensions": {"EXT_texture_webp": {"source": source}}})
        } else {
            json!({"source": source})
        });
        Some(self.textures.len() - 1)
    }

    /// Small models: one mesh for each, and a node with all the places where it stands.
    fn take_instances(&mut self, shown: &[&Drawn]) {
        let mut groups: BTreeMap<(FeatureClass, ModelKind), Vec<(usize, Standing)>> =
            BTreeMap::new();
        for (row, feature) in shown.iter().enumerate() {
            for standing in &feature.mesh.standing {
                groups
                    .entry((feature.class, standing.model))
                    .or_default()
                    .push((row, *standing));
            }
        }
        for ((class, model), group) in groups {
            self.has_instances = true;
            let mesh = self.model_mesh(class, model);
            let node = self.instances(mesh, &group);
            self.nodes.push(node);
        }
    }

    fn model_mesh(&mut self, class: FeatureClass, model: ModelKind) -> usize {
        let part = model_part(model);
        let turned = |at: &[f64; 3]| [at[0] as f32, at[2] as f32, -at[1] as f32];
        let positions: Vec<[f32; 3]> = part.positions.iter().map(turned).collect();
        let normals: Vec<[f32; 3]> = part.normals.iter().map(|n| [n[0], n[2], -n[1]]).collect();
        let (position, normal) = (self.bin.positions(&positions), self.bin.vectors(&normals));
        let colour = self.bin.colours(&part.colours);
        let indices = self.bin.indices(&part.indices);
        let material = self.material(&Look {
            class,
            image: None,
            is_coloured: true,
        });
        self.meshes
            .push(json!({"name": model.as_str(), "primitives": [{
                "attributes": {"POSITION": position, "NORMAL": normal, "COLOR_0": colour},
                "indices": indices, "material": material, "mode": 4
            }]}));
        self.meshes.len() - 1
    }

    fn instances(&mut self, mesh: usize, group: &[(usize, Standing)]) -> Value {
        let (mut places, mut turns, mut scales, mut rows) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (row, standing) in group {
            let away = [0, 1, 2].map(|axis: usize| (standing.at[axis] - self.middle[axis]) as f32);
            places.push([away[0], away[2], -away[1]]);
            // Clockwise seen from above is backwards about glTF's up.
            let half = -standing.heading_deg.to_radians() / 2.0;
            turns.push([0.0, half.sin() as f32, 0.0, half.cos() as f32]);
            scales.push([standing.scale as f32; 3]);
            rows.push(*row as f32);
        }
        let mut features: Vec<usize> = group.iter().map(|(row, _)| *row).collect();
        features.dedup();
        let attributes = json!({
            "TRANSLATION": self.bin.vectors(&places),
            "ROTATION": self.bin.vectors(&turns),
            "SCALE": self.bin.vectors(&scales),
            "_FEATURE_ID_0": self.bin.scalars(&rows),
        });
        json!({
            "mesh": mesh,
            "translation": self.translation(),
            "extensions": {
                "EXT_mesh_gpu_instancing": {"attributes": attributes},
                "EXT_instance_features": {
                    "featureIds": [{"featureCount": features.len(), "attribute": 0, "propertyTable": 0}]
                }
            }
        })
    }

    fn document(&self, schema: &Value, table: &Value) -> Value {
        let mut used = vec!["EXT_mesh_features", "EXT_structural_metadata"];
        let mut required = Vec::new();
        if self.has_instances {
            used.extend(["EXT_mesh_gpu_instancing", "EXT_instance_features"]);
            required.push("EXT_mesh_gpu_instancing");
        }
        if self.has_webp {
            used.push("EXT_texture_webp");
            required.push("EXT_texture_webp");
        }
        let mut root = json!({
            "asset": {"version": "2.0", "generator": "CityMirror cim import"},
            "extensionsUsed": used,
            "extensions": {"EXT_structural_metadata": {"schema": schema, "propertyTables": [table]}},
            "scene": 0,
            "scenes": [{"nodes": (0..self.nodes.len()).collect::<Vec<_>>()}],
            "nodes": self.nodes,
            "meshes": self.meshes,
            "materials": self.materials,
            "accessors": self.bin.accessors,
            "bufferViews": self.bin.views,
            "buffers": [{"byteLength": self.bin.bytes.len()}],
        });
        // Empty lists are not allowed.
        if let Some(object) = root.as_object_mut() {
            if !required.is_empty() {
                object.insert("extensionsRequired".to_owned(), json!(required));
            }
            if !self.textures.is_empty() {
                object.insert("textures".to_owned(), json!(self.textures));
                object.insert("images".to_owned(), json!(self.image_views));
            }
        }
        root
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn triangle(look: Look) -> Part {
        let mut part = Part::new(look);
        part.triangle([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [0.0, 10.0, 0.0]]);
        part
    }

    fn drawn(id: &str, parts: Vec<Part>, standing: Vec<Standing>) -> Drawn {
        Drawn {
            id: id.into(),
            kind: "building".into(),
            class: FeatureClass::Building,
            tags: Tags::default(),
            heights: None,
            mesh: Mesh { parts, standing },
        }
    }

    fn root_of(glb: &Glb) -> Value {
        let length =
            u32::from_le_bytes([glb.bytes[12], glb.bytes[13], glb.bytes[14], glb.bytes[15]]);
        serde_json::from_slice(&glb.bytes[20..20 + length as usize]).expect("JSON")
    }

    #[test]
    fn parts_of_one_look_share_a_primitive_and_an_image_is_embedded_once() {
        let image: Arc<str> = "wall.png".into();
        let textured = || {
            let mut part = triangle(Look {
                class: FeatureClass::Building,
                image: Some(Arc::clone(&image)),
                is_coloured: false,
            });
            part.coordinates = vec![[0.0, 0.0]; 3];
            part
        };
        let plain = || triangle(Look::plain(FeatureClass::Building));
        let features = [
            drawn("a", vec![plain(), textured()], Vec::new()),
            drawn("b", vec![textured()], Vec::new()),
            drawn("empty", Vec::new(), Vec::new()),
        ];
        let images = BTreeMap::from([(
            Arc::clone(&image),
            ImageFile {
                bytes: b"\x89PNG".to_vec(),
                mime: "image/png",
            },
        )]);
        let glb = tile(&features, &images).expect("a tile");
        let root = root_of(&glb);
        assert_eq!(
            root["meshes"][0]["primitives"].as_array().map(Vec::len),
            Some(2)
        );
        assert_eq!(root["images"].as_array().map(Vec::len), Some(1));
        assert_eq!(root["materials"][1]["name"], "building");
        let table = &root["extensions"]["EXT_structural_metadata"]["propertyTables"][0];
        assert_eq!(table["count"], 2);
        assert!(glb.max[0] > 9.9 && glb.min[1] < 0.1);
    }

    #[test]
    fn trees_are_instances_that_know_their_feature() {
        let standing = |east: f64| Standing {
            model: ModelKind::Tree,
            at: [east, 0.0, 0.0],
            heading_deg: 90.0,
            scale: 1.0,
        };
        let features = [drawn(
            "trees",
            Vec::new(),
            vec![standing(0.0), standing(20.0)],
        )];
        let glb = tile(&features, &BTreeMap::new()).expect("a tile");
        let root = root_of(&glb);
        let node = &root["nodes"][0];
        let attributes = &node["extensions"]["EXT_mesh_gpu_instancing"]["attributes"];
        let places = attributes["TRANSLATION"].as_u64().expect("an accessor") as usize;
        assert_eq!(root["accessors"][places]["count"], 2);
        assert_eq!(root["extensionsRequired"][0], "EXT_mesh_gpu_instancing");
        assert!(glb.max[2] > 7.9 && glb.min[0] < -2.0);
        assert!(tile(&[drawn("none", Vec::new(), Vec::new())], &BTreeMap::new()).is_none());
    }
}
