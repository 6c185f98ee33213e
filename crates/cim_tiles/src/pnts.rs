//! Point clouds (3D Tiles 1.0, "Point Cloud"): places with colours, normals and properties, perhaps packed by Draco.

mod draco;

use crate::allowance::Allowance;
use crate::batch::column::Component;
use crate::batch::feature_table::{FeatureTable, Items};
use crate::batch::octahedron::unit_from_octahedron;
use crate::batch::sections::{Sections, header};
use crate::batch::{Batch, BatchInput, BatchTable};
use crate::content::Door;
use crate::i3dm::{positions_of, quantized_volume};
use crate::{
    ClassMesh, FeatureClass, Material, Primitive, Problem, TileError, TileFeature, TileMesh,
    TileVertex,
};
use draco::Packed;
use draco_core::PointCloud;
use glam::DVec3;

/// How points look that have no colour: grey, so that they stand out from white and from night.
const GREY: f32 = 0.4;

/// Reads a pnts.
pub(crate) fn read_pnts(
    bytes: &[u8],
    door: Door<'_>,
    problems: &mut Vec<Problem>,
) -> Result<TileMesh, TileError> {
    let (tile, lengths) = header::<4>(bytes, door.path)?;
    let sections = Sections::cut(tile, 28, lengths, door.path)?;
    let mut allowance = Allowance::for_input(bytes.len());
    let table = FeatureTable::read(&sections, door.path, &mut allowance)?;
    let count = table
        .count("POINTS_LENGTH")?
        .ok_or_else(|| table.broken("POINTS_LENGTH", "it is missing".to_owned()))?;
    let points = count as usize;
    if table.draco().is_some() {
        allowance = Allowance::for_input(draco::unpacked_input(bytes.len()));
    }
    let cloud = table
        .draco()
        .map(|draco| draco::unpack(draco, table.binary(), points, &mut allowance, door.path))
        .transpose()?;
    let properties = Properties {
        table: &table,
        cloud: cloud.as_ref(),
        points,
    };
    allowance.take(
        points.saturating_mul(size_of::<TileVertex>() + size_of::<u32>() + size_of::<[u8; 4]>()),
        door.path,
        "the points",
    )?;
    let places = Places::of(&properties)?;
    let ids = properties.of("BATCH_ID", Component::U16, 1)?;
    let input = BatchInput {
        json: sections.batch_json,
        binary: sections.batch_binary,
        rows: match ids {
            Some(_) => table.count("BATCH_LENGTH")?.unwrap_or_default(),
            // Without ids, every point is a feature, but only where there is something to say about it.
            None if sections.batch_json.is_empty() => 0,
            None => count,
        },
        path: door.path,
    };
    let batch = batch_of(input, cloud.as_ref(), &mut allowance, problems);

    let mut mesh = place_points(&properties, &places)?;
    let lost = give_features(&mut mesh, batch, ids);
    if lost > 0 {
        let reason = format!("{lost} points belong to features that do not exist");
        problems.push(Problem::from(&table.broken("BATCH_ID", reason)));
    }
    mesh.bytes = mesh.counted_bytes();
    Ok(mesh)
}

/// A property of points, wherever it lies.
#[derive(Clone, Copy)]
enum Property<'t> {
    Plain(Items<'t>),
    Packed(Packed<'t>),
}

impl Property<'_> {
    fn number(&self, point: usize, part: usize) -> f64 {
        match self {
            Self::Plain(items) => items.number(point, part),
            Self::Packed(packed) => packed.number(point, part),
        }
    }

    fn vector(&self, point: usize) -> DVec3 {
        DVec3::new(
            self.number(point, 0),
            self.number(point, 1),
            self.number(point, 2),
        )
    }

    fn byte(&self, point: usize, part: usize) -> u8 {
        self.number(point, part) as u8
    }
}

/// What is known about the points of a tile.
#[derive(Clone, Copy)]
struct Properties<'t> {
    table: &'t FeatureTable<'t>,
    cloud: Option<&'t PointCloud>,
    points: usize,
}

impl<'t> Properties<'t> {
    /// A property by its name: packed where Draco has it, plain otherwise.
    fn of(
        &self,
        name: &str,
        component: Component,
        width: usize,
    ) -> Result<Option<Property<'t>>, TileError> {
        let id = self
            .table
            .draco()
            .and_then(|draco| draco.properties.get(name));
        if let (Some(cloud), Some(id)) = (self.cloud, id) {
            return Packed::of(cloud, *id, width)
                .map(|packed| Some(Property::Packed(packed)))
                .map_err(|reason| self.table.broken(name, reason));
        }
        let items = self.table.items(name, component, width, self.points)?;
        Ok(items.map(Property::Plain))
    }
}

/// Where the points are.
struct Places<'t> {
    positions: Property<'t>,
    scale: DVec3,
    offset: DVec3,
    points: usize,
}

impl<'t> Places<'t> {
    fn of(properties: &Properties<'t>) -> Result<Self, TileError> {
        let table = properties.table;
        let centre = table.vector("RTC_CENTER")?.unwrap_or_default();
        let packed = table.draco().map(|draco| &draco.properties);
        let is_packed = |name| packed.is_some_and(|packed| packed.contains_key(name));
        let (positions, scale, offset) = if is_packed("POSITION") {
            let positions = properties.of("POSITION", Component::F32, 3)?;
            (positions, DVec3::ONE, DVec3::ZERO)
        } else if is_packed("POSITION_QUANTIZED") {
            let (scale, offset) = quantized_volume(table)?;
            let positions = properties.of("POSITION_QUANTIZED", Component::U16, 3)?;
            (positions, scale, offset)
        } else {
            let (positions, scale, offset) = positions_of(table, properties.points)?;
            (Some(Property::Plain(positions)), scale, offset)
        };
        Ok(Self {
            positions: positions
                .ok_or_else(|| table.broken("POSITION", "it is missing".to_owned()))?,
            scale,
            offset: offset + centre,
            points: properties.points,
        })
    }

    fn position(&self, point: usize) -> DVec3 {
        self.positions.vector(point) * self.scale + self.offset
    }

    /// The middle of the box around all points: as floats they are exact only near it.
    fn centre(&self) -> DVec3 {
        let places = (0..self.points)
            .map(|point| self.position(point))
            .filter(|place| place.is_finite());
        let (low, high) = places.fold(
            (DVec3::INFINITY, DVec3::NEG_INFINITY),
            |(low, high), place| (low.min(place), high.max(place)),
        );
        if low.is_finite() && high.is_finite() {
            low.midpoint(high)
        } else {
            DVec3::ZERO
        }
    }
}

/// The features of the points. A table that is broken or too large costs itself.
fn batch_of(
    input: BatchInput<'_>,
    cloud: Option<&PointCloud>,
    allowance: &mut Allowance,
    problems: &mut Vec<Problem>,
) -> Batch {
    let table = match BatchTable::read(input, allowance, problems) {
        Ok(table) => table,
        Err(error) => {
            problems.push(Problem::from(&error));
            return Batch::default();
        }
    };
    let unpacked = match (table.draco(), cloud) {
        (Some(draco), Some(cloud)) => draco::columns(draco, cloud, allowance, input.path)
            .unwrap_or_else(|error| {
                problems.push(Problem::from(&error));
                Vec::new()
            }),
        _ => Vec::new(),
    };
    table.into_batch(unpacked, allowance, problems)
}

/// The points themselves; what they belong to comes later.
fn place_points(properties: &Properties<'_>, places: &Places<'_>) -> Result<TileMesh, TileError> {
    let centre = places.centre();
    let normals = Normals::of(properties)?;
    let (colours, material) = colours_of(properties, normals.is_some())?;
    let mut mesh = ClassMesh {
        class: FeatureClass::Model,
        primitive: Primitive::Points,
        material: Some(material),
        colours,
        ..ClassMesh::default()
    };
    mesh.vertices.reserve_exact(places.points);
    mesh.indices.reserve_exact(places.points);
    for point in 0..places.points {
        let position = (places.position(point) - centre).as_vec3();
        // A point that is nowhere stays in the list, so that rows keep their numbers, but is not drawn.
        let is_somewhere = position.is_finite();
        mesh.vertices.push(TileVertex {
            position: if is_somewhere {
                position.to_array()
            } else {
                [0.0; 3]
            },
            normal: normals
                .as_ref()
                .map_or([0, 0, 127, 0], |normals| normals.packed(point)),
            feature: 0,
        });
        if is_somewhere {
            mesh.indices.push(point as u32);
        }
    }
    let classes = if places.points == 0 {
        Vec::new()
    } else {
        vec![mesh]
    };
    Ok(TileMesh {
        classes,
        centre: centre.to_array(),
        ..TileMesh::default()
    })
}

/// Writes to each point the feature that it belongs to; how many belong to none that exists.
fn give_features(mesh: &mut TileMesh, batch: Batch, ids: Option<Property<'_>>) -> usize {
    mesh.features = batch.features;
    mesh.tables = batch.tables;
    let count = mesh.features.len();
    let mut lost = 0;
    if count > 0 {
        let vertices = mesh.classes.iter_mut().flat_map(|mesh| &mut mesh.vertices);
        for (point, vertex) in vertices.enumerate() {
            vertex.feature = ids.map_or(point as u32, |ids| ids.number(point, 0) as u32);
            if vertex.feature as usize >= count {
                vertex.feature = count as u32;
                lost += 1;
            }
        }
    }
    if count == 0 || lost > 0 {
        mesh.features.push(TileFeature::default());
    }
    lost
}

/// Which way points face.
enum Normals<'t> {
    Plain(Property<'t>),
    Octahedral(Property<'t>),
}

impl<'t> Normals<'t> {
    fn of(properties: &Properties<'t>) -> Result<Option<Self>, TileError> {
        if let Some(normals) = properties.of("NORMAL", Component::F32, 3)? {
            return Ok(Some(Self::Plain(normals)));
        }
        let normals = properties.of("NORMAL_OCT16P", Component::U8, 2)?;
        Ok(normals.map(Self::Octahedral))
    }

    fn packed(&self, point: usize) -> [i8; 4] {
        let normal = match self {
            Self::Plain(normals) => normals.vector(point).normalize_or_zero(),
            Self::Octahedral(normals) => {
                let part = |part| normals.number(point, part) / 255.0;
                unit_from_octahedron(part(0), part(1))
            }
        };
        let part = |number: f64| (number * 127.0).round() as i8;
        [part(normal.x), part(normal.y), part(normal.z), 0]
    }
}

/// The colour of each point, or one for all in the material. RGBA before RGB before RGB565, as the standard says.
fn colours_of(
    properties: &Properties<'_>,
    has_normals: bool,
) -> Result<(Vec<[u8; 4]>, Material), TileError> {
    let mut material = Material {
        is_unlit: !has_normals,
        ..Material::default()
    };
    let each = |colour: &dyn Fn(usize) -> [u8; 4]| (0..properties.points).map(colour).collect();
    let colours: Vec<[u8; 4]> = if let Some(all) = properties.of("RGBA", Component::U8, 4)? {
        each(&|point| [0, 1, 2, 3].map(|part| all.byte(point, part)))
    } else if let Some(all) = properties.of("RGB", Component::U8, 3)? {
        each(&|point| {
            let [red, green, blue] = [0, 1, 2].map(|part| all.byte(point, part));
            [red, green, blue, 255]
        })
    } else if let Some(all) = properties.of("RGB565", Component::U16, 1)? {
        each(&|point| from_565(all.number(point, 0) as u16))
    } else {
        let constant = properties
            .table
            .global::<4>("CONSTANT_RGBA", Component::U8)?;
        material.base_colour = match constant {
            Some([red, green, blue, opacity]) => [
                linear(red / 255.0),
                linear(green / 255.0),
                linear(blue / 255.0),
                (opacity / 255.0) as f32,
            ],
            None => [GREY, GREY, GREY, 1.0],
        };
        Vec::new()
    };
    material.is_blended =
        material.base_colour[3] < 1.0 || colours.iter().any(|colour| colour[3] < 255);
    Ok((colours, material))
}

/// Five bits of red, six of green, five of blue.
fn from_565(packed: u16) -> [u8; 4] {
    let five = |bits: u16| ((bits & 31) * 255 / 31) as u8;
    let green = ((packed >> 5) & 63) * 255 / 63;
    [five(packed >> 11), green as u8, five(packed), 255]
}

/// An sRGB share as a share of light (IEC 61966-2-1).
pub(crate) fn linear(encoded: f64) -> f32 {
    let light = if encoded <= 0.040_45 {
        encoded / 12.92
    } else {
        ((encoded + 0.055) / 1.055).powf(2.4)
    };
    light as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::sample::{MemorySource, container, read_mesh};
    use std::path::Path;

    fn tile(json: &str, binary: &[u8], batch: &str) -> Vec<u8> {
        let words = [
            json.len() as u32,
            binary.len() as u32,
            batch.len() as u32,
            0,
        ];
        container(
            *b"pnts",
            &words,
            &[json.as_bytes(), binary, batch.as_bytes()].concat(),
        )
    }

    fn read(json: &str, binary: &[u8], batch: &str) -> TileMesh {
        let (mesh, problems) = read_mesh(&tile(json, binary, batch), &MemorySource::default());
        assert_eq!(problems, []);
        mesh.expect("points")
    }

    fn place(mesh: &TileMesh, point: usize) -> DVec3 {
        let position = mesh.classes[0].vertices[point].position.map(f64::from);
        DVec3::from_array(position) + DVec3::from_array(mesh.centre)
    }

    #[test]
    fn points_have_places_colours_and_normals() {
        let mesh = read(
            r#"{"POINTS_LENGTH":2,"POSITION":[0,0,0,4,2,0],"RGB":[255,0,10,1,2,3],"NORMAL":[0,0,2,-1,0,0],"RTC_CENTER":[1000000,0,0.5]}"#,
            &[],
            "",
        );
        assert_eq!(place(&mesh, 1), DVec3::new(1_000_004.0, 2.0, 0.5));
        let class = &mesh.classes[0];
        assert_eq!(class.primitive, Primitive::Points);
        assert_eq!(class.indices, [0, 1]);
        assert_eq!(class.colours, [[255, 0, 10, 255], [1, 2, 3, 255]]);
        assert_eq!(class.vertices[1].normal, [-127, 0, 0, 0]);
        let material = class.material.expect("a material");
        assert!(!material.is_unlit && !material.is_blended);
        assert_eq!(mesh.features, [TileFeature::default()]);
    }

    #[test]
    fn quantized_points_and_packed_colours_are_unfolded() {
        let mut binary: Vec<u8> = Vec::new();
        for part in [0_u16, 0, 0, 65_535, 0, 32_768, 0xF800, 0x07E0] {
            binary.extend(part.to_le_bytes());
        }
        binary.extend([128, 128, 255, 255]);
        let mesh = read(
            r#"{"POINTS_LENGTH":2,"POSITION_QUANTIZED":{"byteOffset":0},"QUANTIZED_VOLUME_OFFSET":[10,20,30],
               "QUANTIZED_VOLUME_SCALE":[100,1,65535],"RGB565":{"byteOffset":12},"NORMAL_OCT16P":{"byteOffset":16}}"#,
            &binary,
            "",
        );
        assert!((place(&mesh, 1) - DVec3::new(110.0, 20.0, 32_798.0)).length() < 0.01);
        assert_eq!(
            mesh.classes[0].colours,
            [[255, 0, 0, 255], [0, 255, 0, 255]]
        );
        assert_eq!(mesh.classes[0].vertices[0].normal[2], 127, "nearly up");
        assert_eq!(mesh.classes[0].vertices[1].normal, [0, 0, -127, 0]);
    }

    #[test]
    fn one_colour_for_all_is_in_the_material() {
        let mesh = read(
            r#"{"POINTS_LENGTH":1,"POSITION":[0,0,0],"CONSTANT_RGBA":[255,0,0,51]}"#,
            &[],
            "",
        );
        let material = mesh.classes[0].material.expect("a material");
        assert!(material.is_blended && material.is_unlit);
        assert!((material.base_colour[3] - 0.2).abs() < 1e-6);
        assert!(mesh.classes[0].colours.is_empty());
    }

    #[test]
    fn points_belong_to_features_by_id_or_are_features_themselves() {
        let batched = read(
            r#"{"POINTS_LENGTH":3,"BATCH_LENGTH":2,"POSITION":[0,0,0,1,0,0,2,0,0],"BATCH_ID":[1,0,1]}"#,
            &[],
            r#"{"id":["tree","lamp"]}"#,
        );
        let of = |point: usize| {
            let feature = batched.classes[0].vertices[point].feature;
            batched.features[feature as usize].id.as_str()
        };
        assert_eq!([of(0), of(1), of(2)], ["lamp", "tree", "lamp"]);
        let each = read(
            r#"{"POINTS_LENGTH":2,"POSITION":[0,0,0,1,0,0]}"#,
            &[],
            r#"{"intensity":[5,6]}"#,
        );
        assert_eq!(each.features.len(), 2);
        assert_eq!(each.classes[0].vertices[1].feature, 1);
    }

    #[test]
    fn what_is_missing_or_lies_is_told() {
        let cases = [
            r#"{"POSITION":[0,0,0]}"#,
            r#"{"POINTS_LENGTH":1}"#,
            r#"{"POINTS_LENGTH":4000000000,"POSITION":{"byteOffset":0}}"#,
            r#"{"POINTS_LENGTH":1,"POSITION":[0,0,0],"RGB":{"byteOffset":10}}"#,
            r#"{"POINTS_LENGTH":1,"POSITION":{"byteOffset":0},"extensions":{"3DTILES_draco_point_compression":
               {"properties":{"POSITION":0},"byteOffset":0,"byteLength":12}}}"#,
        ];
        for json in cases {
            let (mesh, _) = read_mesh(&tile(json, &[0; 12], ""), &MemorySource::default());
            assert!(mesh.is_err(), "{json}");
        }
        let stranger =
            r#"{"POINTS_LENGTH":2,"BATCH_LENGTH":1,"POSITION":[0,0,0,1,0,0],"BATCH_ID":[0,9]}"#;
        let (mesh, problems) = read_mesh(&tile(stranger, &[], ""), &MemorySource::default());
        assert_eq!(problems.len(), 1);
        assert_eq!(mesh.expect("points").features.len(), 2);
    }

    /// The samples of CesiumJS, where they lie beside the checkout.
    #[test]
    fn packed_points_of_real_files_are_those_of_the_plain_ones() {
        let samples =
            Path::new(".").join("../../../shared/data/conformance/3d-tiles-1.0/PointCloud");
        let read = |name: &str| {
            let path = samples.join(name);
            let bytes = std::fs::read(&path).ok()?;
            let (mesh, problems) = read_mesh(&bytes, &MemorySource::default());
            assert_eq!(problems, [], "{name}");
            Some(mesh.expect("points"))
        };
        let Some(plain) = read("PointCloudRGB/pointCloudRGB.pnts") else {
            println!("skipped: no samples at {}", samples.display());
            return;
        };
        let names = [
            "PointCloudDraco/pointCloudDraco.pnts",
            "PointCloudDracoPartial/pointCloudDracoPartial.pnts",
            "PointCloudDracoBatched/pointCloudDracoBatched.pnts",
        ];
        for name in names {
            let packed = read(name).expect("a sample beside the others");
            assert_eq!(packed.classes[0].vertices.len(), 1000, "{name}");
            let distance = DVec3::from_array(packed.centre) - DVec3::from_array(plain.centre);
            assert!(distance.length() < 1.0, "{name}: {distance}");
            assert_eq!(packed.classes[0].colours.len(), 1000, "{name}");
            assert!(packed.tables[0].columns.len() >= 3, "{name}");
        }
    }
}
