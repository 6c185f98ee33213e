//! Instanced 3D models (3D Tiles 1.0, "Instanced 3D Model"): one glTF that stands at many places.
//!
//! The model is turned to z up first, then scaled, turned and put where each instance is (section "Transforms"). All of
//! it in doubles: places are usually Earth-centred, and only what is left from the middle of all of them becomes a float.

use crate::allowance::Allowance;
use crate::batch::column::Component;
use crate::batch::feature_table::{FeatureTable, Items};
use crate::batch::octahedron::unit_from_octahedron;
use crate::batch::sections::{Sections, header, without_padding};
use crate::batch::{Batch, BatchInput, read_batch};
use crate::content::{Door, read_model};
use crate::source::{read_resource, resolve};
use crate::{ClassMesh, Instance, Problem, TileError, TileMesh};
use cim_geo::{Ecef, LocalFrame, geodetic_from_ecef};
use glam::{DMat3, DMat4, DVec3};

const HEADER_BYTES: usize = 32;

/// Reads an i3dm.
pub(crate) fn read_i3dm(
    bytes: &[u8],
    door: Door<'_>,
    problems: &mut Vec<Problem>,
) -> Result<TileMesh, TileError> {
    let (tile, words) = header::<5>(bytes, door.path)?;
    let [first, second, third, fourth, format] = words;
    let lengths = [first, second, third, fourth];
    let sections = Sections::cut(tile, HEADER_BYTES, lengths, door.path)?;
    let (model, model_bytes) = model_of(&sections, format, door, problems)?;

    let mut allowance = Allowance::for_input(bytes.len().saturating_add(model_bytes));
    let table = FeatureTable::read(&sections, door.path, &mut allowance)?;
    let count = table
        .count("INSTANCES_LENGTH")?
        .ok_or_else(|| table.broken("INSTANCES_LENGTH", "it is missing".to_owned()))?;
    let places = Places::of(&table, count as usize)?;
    let ids = table.items("BATCH_ID", Component::U16, 1, count as usize)?;
    let rows = ids.map_or(count, |ids| rows_of(&ids, count));
    let input = BatchInput {
        json: sections.batch_json,
        binary: sections.batch_binary,
        rows,
        path: door.path,
    };
    let batch = read_batch(input, &mut allowance, problems)?;

    // Everything is counted once more where a model consists of several meshes or of instances itself.
    let per_place: usize = model
        .classes
        .iter()
        .map(|mesh| mesh.instances.len().max(1))
        .sum();
    allowance.take(
        (count as usize)
            .saturating_mul(per_place)
            .saturating_mul(size_of::<Instance>()),
        door.path,
        "the instances",
    )?;
    let feature_of = |row: usize| ids.map_or(row as u32, |ids| ids.number(row, 0) as u32);
    let lost = |lost: usize| {
        let reason = format!("{lost} instances have no finite place");
        let place = "the feature table, POSITION";
        Problem::from(&TileError::broken(door.path, place, reason))
    };
    Ok(instanced(model, &places, feature_of, batch, |count| {
        problems.push(lost(count));
    }))
}

/// The model that the tile holds or names, and the size of its file beside the tile.
fn model_of(
    sections: &Sections<'_>,
    format: u32,
    door: Door<'_>,
    problems: &mut Vec<Problem>,
) -> Result<(TileMesh, usize), TileError> {
    let place = || format!("byte {}", sections.body_at);
    match format {
        0 => {
            let broken = |reason: String| TileError::broken(door.path, place(), reason);
            let uri = std::str::from_utf8(without_padding(sections.body))
                .map_err(|error| broken(format!("the model's address is no text: {error}")))?;
            let path = resolve(door.path, uri.trim()).map_err(broken)?;
            let model = read_resource(door.source, &path)?;
            let inside = Door {
                path: &path,
                ..door
            };
            Ok((read_model(&model, inside, None, problems)?, model.len()))
        }
        1 if sections.body.is_empty() => {
            Err(TileError::broken(door.path, place(), "there is no glTF"))
        }
        1 => Ok((read_model(sections.body, door, None, problems)?, 0)),
        other => Err(TileError::broken(
            door.path,
            "byte 28",
            format!("gltfFormat {other} is neither 0 nor 1"),
        )),
    }
}

/// How many features the batch ids speak of.
fn rows_of(ids: &Items<'_>, count: u32) -> u32 {
    let highest = (0..count as usize)
        .map(|row| ids.number(row, 0) as u32)
        .max();
    highest.map_or(0, |highest| highest.saturating_add(1))
}

/// Where instances stand and how they are turned.
struct Places<'t> {
    count: usize,
    positions: Items<'t>,
    /// What a stored position is multiplied with, and what is added.
    scale: DVec3,
    offset: DVec3,
    turn: Turn<'t>,
    uniform_scale: Option<Items<'t>>,
    scales: Option<Items<'t>>,
}

/// How instances are turned.
enum Turn<'t> {
    None,
    /// East, north and up of the place where each stands.
    EastNorthUp,
    /// Up and right of each.
    Vectors(Items<'t>, Items<'t>),
    /// The same in 32 bits.
    Octahedral(Items<'t>, Items<'t>),
}

impl<'t> Places<'t> {
    fn of(table: &'t FeatureTable<'_>, count: usize) -> Result<Self, TileError> {
        let (positions, scale, offset) = positions_of(table, count)?;
        let centre = table.vector("RTC_CENTER")?.unwrap_or_default();
        let up = table.items("NORMAL_UP", Component::F32, 3, count)?;
        let right = table.items("NORMAL_RIGHT", Component::F32, 3, count)?;
        let packed_up = table.items("NORMAL_UP_OCT32P", Component::U16, 2, count)?;
        let packed_right = table.items("NORMAL_RIGHT_OCT32P", Component::U16, 2, count)?;
        let turn = match (up.zip(right), packed_up.zip(packed_right)) {
            (Some((up, right)), _) => Turn::Vectors(up, right),
            (None, Some((up, right))) => Turn::Octahedral(up, right),
            (None, None) if table.flag("EAST_NORTH_UP") => Turn::EastNorthUp,
            (None, None) => Turn::None,
        };
        Ok(Self {
            count,
            positions,
            scale,
            offset: offset + centre,
            turn,
            uniform_scale: table.items("SCALE", Component::F32, 1, count)?,
            scales: table.items("SCALE_NON_UNIFORM", Component::F32, 3, count)?,
        })
    }

    fn position(&self, row: usize) -> DVec3 {
        self.positions.vector(row) * self.scale + self.offset
    }

    /// From the model, z up, to the tile.
    fn matrix(&self, row: usize) -> DMat4 {
        let position = self.position(row);
        let turn = match &self.turn {
            Turn::None => DMat3::IDENTITY,
            Turn::EastNorthUp => east_north_up(position),
            Turn::Vectors(up, right) => basis(up.vector(row), right.vector(row)),
            Turn::Octahedral(up, right) => {
                let unit = |items: &Items<'_>| {
                    let part = |part| items.number(row, part) / 65_535.0;
                    unit_from_octahedron(part(0), part(1))
                };
                basis(unit(up), unit(right))
            }
        };
        let uniform = self.uniform_scale.map_or(1.0, |scale| scale.number(row, 0));
        let scales = self.scales.map_or(DVec3::ONE, |scales| scales.vector(row)) * uniform;
        let linear = DMat3::from_cols(
            turn.x_axis * scales.x,
            turn.y_axis * scales.y,
            turn.z_axis * scales.z,
        );
        DMat4::from_mat3_translation(linear, position)
    }

    /// The middle of the box around all places.
    fn centre(&self) -> DVec3 {
        let places = (0..self.count)
            .map(|row| self.position(row))
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

/// Stored positions, and what they are multiplied with and moved by.
pub(crate) fn positions_of<'t>(
    table: &'t FeatureTable<'_>,
    count: usize,
) -> Result<(Items<'t>, DVec3, DVec3), TileError> {
    if let Some(positions) = table.items("POSITION", Component::F32, 3, count)? {
        return Ok((positions, DVec3::ONE, DVec3::ZERO));
    }
    let positions = table
        .items("POSITION_QUANTIZED", Component::U16, 3, count)?
        .ok_or_else(|| {
            let reason = "neither POSITION nor POSITION_QUANTIZED is there";
            table.broken("POSITION", reason.to_owned())
        })?;
    let (scale, offset) = quantized_volume(table)?;
    Ok((positions, scale, offset))
}

/// What a quantized position is multiplied with, and what is added.
pub(crate) fn quantized_volume(table: &FeatureTable<'_>) -> Result<(DVec3, DVec3), TileError> {
    let part = |name: &str| {
        table
            .vector(name)?
            .ok_or_else(|| table.broken(name, "it is missing".to_owned()))
    };
    let scale = part("QUANTIZED_VOLUME_SCALE")? / 65_535.0;
    Ok((scale, part("QUANTIZED_VOLUME_OFFSET")?))
}

/// The directions of a place on the globe.
fn east_north_up(position: DVec3) -> DMat3 {
    let place = Ecef {
        x_m: position.x,
        y_m: position.y,
        z_m: position.z,
    };
    let frame = LocalFrame::new(geodetic_from_ecef(place));
    DMat3::from_mat4(frame.ecef_from_enu_matrix())
}

/// Right becomes x, up becomes y; z is what stands on both.
fn basis(up: DVec3, right: DVec3) -> DMat3 {
    let (up, right) = (up.normalize_or_zero(), right.normalize_or_zero());
    let forward = right.cross(up).normalize_or_zero();
    DMat3::from_cols(right, up, forward)
}

/// The model at all places.
fn instanced(
    mut model: TileMesh,
    places: &Places<'_>,
    feature_of: impl Fn(usize) -> u32,
    batch: Batch,
    tell_lost: impl FnOnce(usize),
) -> TileMesh {
    let centre = places.centre();
    let model_centre = DVec3::from_array(model.centre);
    let own: Vec<Vec<Instance>> = model
        .classes
        .iter_mut()
        .map(|mesh| std::mem::take(&mut mesh.instances))
        .collect();
    for (mesh, own) in model.classes.iter_mut().zip(&own) {
        mesh.instances
            .reserve_exact(places.count.saturating_mul(own.len().max(1)));
    }
    let mut lost = 0;
    for row in 0..places.count {
        let matrix = places.matrix(row);
        if !matrix.is_finite() {
            lost += 1;
            continue;
        }
        let feature = feature_of(row);
        let put = |mesh: &mut ClassMesh, inner: DMat4| {
            let mut whole = matrix * inner;
            whole.w_axis -= centre.extend(0.0);
            mesh.instances.push(Instance {
                rows: rows_of_matrix(&whole),
                feature,
            });
        };
        let to_model = DMat4::from_translation(model_centre);
        for (mesh, own) in model.classes.iter_mut().zip(&own) {
            if own.is_empty() {
                put(mesh, to_model);
            }
            for instance in own {
                put(mesh, to_model * matrix_of_rows(&instance.rows));
            }
        }
    }
    if lost > 0 {
        tell_lost(lost);
    }
    for vertex in model.classes.iter_mut().flat_map(|mesh| &mut mesh.vertices) {
        vertex.feature = 0;
    }
    if places.count == 0 {
        model.classes.clear();
        model.images.clear();
    }
    model.features = batch.features;
    model.tables = batch.tables;
    model.centre = centre.to_array();
    model.bytes = model.counted_bytes();
    model
}

/// The upper three rows of a matrix, as floats.
pub(crate) fn rows_of_matrix(matrix: &DMat4) -> [[f32; 4]; 3] {
    let row = |row: usize| matrix.row(row).to_array().map(|part| part as f32);
    [row(0), row(1), row(2)]
}

/// The matrix with these upper three rows.
pub(crate) fn matrix_of_rows(rows: &[[f32; 4]; 3]) -> DMat4 {
    let [x, y, z] = rows.map(|row| row.map(f64::from));
    DMat4::from_cols_array_2d(&[x, y, z, [0.0, 0.0, 0.0, 1.0]]).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::sample::{MemorySource, container, read_mesh, triangle_glb};

    /// An i3dm around the sample triangle: `json` is the feature table.
    fn tile(json: &str, binary: &[u8], format: u32, body: &[u8]) -> Vec<u8> {
        let words = [json.len() as u32, binary.len() as u32, 0, 0, format];
        let rest = [json.as_bytes(), binary, body].concat();
        container(*b"i3dm", &words, &rest)
    }

    fn read(json: &str, binary: &[u8]) -> Result<TileMesh, TileError> {
        let bytes = tile(json, binary, 1, &triangle_glb());
        read_mesh(&bytes, &MemorySource::default()).0
    }

    /// Where a corner of an instance is in the tile.
    fn place(mesh: &TileMesh, instance: usize, vertex: usize) -> DVec3 {
        let class = &mesh.classes[0];
        let corner = DVec3::from_array(class.vertices[vertex].position.map(f64::from));
        let matrix = matrix_of_rows(&class.instances[instance].rows);
        matrix.transform_point3(corner) + DVec3::from_array(mesh.centre)
    }

    #[track_caller]
    fn check_place(mesh: &TileMesh, instance: usize, vertex: usize, expected: [f64; 3]) {
        let found = place(mesh, instance, vertex);
        assert!(
            (found - DVec3::from_array(expected)).length() < 1e-4,
            "{found}"
        );
    }

    #[test]
    fn instances_stand_where_the_table_says() {
        let mesh = read(
            r#"{"INSTANCES_LENGTH":2,"POSITION":[0,0,0,100,0,0],"SCALE":[1,2],"RTC_CENTER":[1,0,0]}"#,
            &[],
        )
        .expect("two instances");
        // The sample's corners are (0,0,0), (2,0,0) and (0,3,0) with y up.
        check_place(&mesh, 0, 1, [3.0, 0.0, 0.0]);
        check_place(&mesh, 0, 2, [1.0, 0.0, 3.0]);
        check_place(&mesh, 1, 2, [101.0, 0.0, 6.0]);
        assert_eq!(mesh.features.len(), 2);
        assert_eq!(mesh.classes[0].instances[1].feature, 1);
    }

    #[test]
    fn quantized_places_scales_and_batch_ids_are_read_from_the_binary_part() {
        let mut binary: Vec<u8> = Vec::new();
        for part in [0_u16, 0, 0, 65_535, 65_535, 0] {
            binary.extend(part.to_le_bytes());
        }
        for part in [1.0_f32, 1.0, 1.0, 2.0, 1.0, 0.5] {
            binary.extend(part.to_le_bytes());
        }
        binary.extend([7, 3]);
        let mesh = read(
            r#"{"INSTANCES_LENGTH":2,"POSITION_QUANTIZED":{"byteOffset":0},"QUANTIZED_VOLUME_OFFSET":[10,0,0],
               "QUANTIZED_VOLUME_SCALE":[5,5,5],"SCALE_NON_UNIFORM":{"byteOffset":12},
               "BATCH_ID":{"byteOffset":36,"componentType":"UNSIGNED_BYTE"}}"#,
            &binary,
        )
        .expect("two instances");
        check_place(&mesh, 0, 0, [10.0, 0.0, 0.0]);
        check_place(&mesh, 1, 1, [19.0, 5.0, 0.0]);
        check_place(&mesh, 1, 2, [15.0, 5.0, 1.5]);
        assert_eq!(mesh.features.len(), 8);
        assert_eq!(mesh.classes[0].instances[0].feature, 7);
    }

    #[test]
    fn up_and_right_turn_an_instance() {
        // Right is y, up is -x: a quarter turn about z.
        let mesh = read(
            r#"{"INSTANCES_LENGTH":1,"POSITION":[0,0,0],"NORMAL_UP":[-1,0,0],"NORMAL_RIGHT":[0,1,0]}"#,
            &[],
        )
        .expect("an instance");
        check_place(&mesh, 0, 1, [0.0, 2.0, 0.0]);
        check_place(&mesh, 0, 2, [0.0, 0.0, 3.0]);
    }

    #[test]
    fn east_north_up_follows_the_globe() {
        let mesh = read(
            r#"{"INSTANCES_LENGTH":1,"POSITION":[0,6378137,0],"EAST_NORTH_UP":true}"#,
            &[],
        )
        .expect("an instance");
        // At 90 degrees east, up is y and east is -x.
        check_place(&mesh, 0, 1, [-2.0, 6_378_137.0, 0.0]);
        check_place(&mesh, 0, 2, [0.0, 6_378_140.0, 0.0]);
    }

    #[test]
    fn a_model_beside_the_tile_is_found() {
        let bytes = tile(
            r#"{"INSTANCES_LENGTH":1,"POSITION":[0,0,0]}"#,
            &[],
            0,
            b"../models/tree.glb  \0",
        );
        let source = MemorySource::of(&[("models/tree.glb", triangle_glb().as_slice())]);
        let (mesh, _) = read_mesh(&bytes, &source);
        assert_eq!(mesh.expect("an instance").classes[0].instances.len(), 1);
        let (missing, _) = read_mesh(&bytes, &MemorySource::default());
        let message = missing.expect_err("no model").to_string();
        assert!(message.contains("models/tree.glb"), "{message}");
    }

    #[test]
    fn broken_tables_are_refused_and_broken_places_left_out() {
        let cases = [
            r#"{"POSITION":[0,0,0]}"#,
            r#"{"INSTANCES_LENGTH":1}"#,
            r#"{"INSTANCES_LENGTH":4000000000,"POSITION":{"byteOffset":0}}"#,
            r#"{"INSTANCES_LENGTH":1,"POSITION_QUANTIZED":[0,0,0]}"#,
            r#"{"INSTANCES_LENGTH":1,"POSITION":[0,0,0],"SCALE":[]}"#,
        ];
        for json in cases {
            assert!(read(json, &[]).is_err(), "{json}");
        }
        let binary: Vec<u8> = [f32::NAN, 0.0, 0.0, 1.0, 0.0, 0.0]
            .iter()
            .flat_map(|part| part.to_le_bytes())
            .collect();
        let json = r#"{"INSTANCES_LENGTH":2,"POSITION":{"byteOffset":0}}"#;
        let bytes = tile(json, &binary, 1, &triangle_glb());
        let (mesh, problems) = read_mesh(&bytes, &MemorySource::default());
        assert_eq!(mesh.expect("one is left").classes[0].instances.len(), 1);
        assert_eq!(problems.len(), 1);
    }
}
