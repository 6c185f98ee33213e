//! Several contents become one: those of a tile with `contents`, those within a cmpt.

use crate::{ClassMesh, Material, TileMesh, TileVertex};
use glam::DVec3;

/// Everything that `meshes` hold, in one mesh.
///
/// Rows of features, tables and images move behind those of the meshes before. The new centre is in the middle of the
/// old ones; surfaces of one class and look become one surface, so that they are drawn in one go.
pub fn merge(mut meshes: Vec<TileMesh>) -> TileMesh {
    if meshes.len() <= 1 {
        return meshes.pop().unwrap_or_default();
    }
    let centre = middle(&meshes);
    let mut whole = TileMesh {
        centre: centre.to_array(),
        ..TileMesh::default()
    };
    for mesh in meshes {
        append(&mut whole, mesh, centre);
    }
    whole.classes.sort_by_key(|mesh| mesh.class.index());
    whole.bytes = whole.counted_bytes();
    whole
}

/// The middle of the box around all centres.
fn middle(meshes: &[TileMesh]) -> DVec3 {
    let centres = meshes
        .iter()
        .filter(|mesh| !mesh.classes.is_empty())
        .map(|mesh| DVec3::from_array(mesh.centre));
    let (low, high) = centres.fold(
        (DVec3::INFINITY, DVec3::NEG_INFINITY),
        |(low, high), centre| (low.min(centre), high.max(centre)),
    );
    if low.is_finite() && high.is_finite() {
        low.midpoint(high)
    } else {
        DVec3::ZERO
    }
}

fn append(whole: &mut TileMesh, mesh: TileMesh, centre: DVec3) {
    let shift = DVec3::from_array(mesh.centre) - centre;
    let first_feature = whole.features.len() as u32;
    let first_table = whole.tables.len() as u32;
    let first_image = whole.images.len() as u32;
    whole
        .features
        .extend(mesh.features.into_iter().map(|mut feature| {
            if let Some((table, _)) = &mut feature.row {
                *table += first_table;
            }
            feature
        }));
    whole.tables.extend(mesh.tables);
    whole.images.extend(mesh.images);
    for mut class in mesh.classes {
        if let Some(Material {
            image: Some(image), ..
        }) = &mut class.material
        {
            *image += first_image;
        }
        move_by(&mut class, shift, first_feature);
        let same = whole
            .classes
            .iter_mut()
            .find(|known| go_together(known, &class));
        match same {
            Some(known) => join(known, class),
            None => whole.classes.push(class),
        }
    }
}

/// Moves a surface by `shift` metres, and its features by so many rows.
fn move_by(class: &mut ClassMesh, shift: DVec3, first_feature: u32) {
    // The corners of copies are in the copies' own frame.
    let is_drawn_once = class.instances.is_empty();
    for vertex in &mut class.vertices {
        vertex.feature = vertex.feature.saturating_add(first_feature);
        if is_drawn_once {
            vertex.position = moved(vertex, shift);
        }
    }
    for instance in &mut class.instances {
        instance.feature = instance.feature.saturating_add(first_feature);
        for (row, shift) in instance.rows.iter_mut().zip(shift.to_array()) {
            row[3] = (f64::from(row[3]) + shift) as f32;
        }
    }
}

fn moved(vertex: &TileVertex, shift: DVec3) -> [f32; 3] {
    (DVec3::from_array(vertex.position.map(f64::from)) + shift)
        .as_vec3()
        .to_array()
}

/// Whether two surfaces can be one.
fn go_together(one: &ClassMesh, other: &ClassMesh) -> bool {
    one.class == other.class
        && one.primitive == other.primitive
        && one.material == other.material
        && one.instances.is_empty()
        && other.instances.is_empty()
        && one.coordinates.is_empty() == other.coordinates.is_empty()
        && one.colours.is_empty() == other.colours.is_empty()
        && u32::try_from(one.vertices.len().saturating_add(other.vertices.len())).is_ok()
}

fn join(known: &mut ClassMesh, other: ClassMesh) {
    let first = known.vertices.len() as u32;
    known.vertices.extend(other.vertices);
    known
        .indices
        .extend(other.indices.into_iter().map(|index| index + first));
    known.coordinates.extend(other.coordinates);
    known.colours.extend(other.colours);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{FeatureClass, Instance, PropertyTable, TileFeature, TileImage};
    use glam::Vec3;

    /// A mesh of one triangle whose first corner is 1 m east of its centre.
    fn mesh(centre: [f64; 3], class: FeatureClass, image: Option<u32>) -> TileMesh {
        let corner = |x: f32| TileVertex {
            position: [x, 0.0, 0.0],
            ..TileVertex::default()
        };
        TileMesh {
            classes: vec![ClassMesh {
                class,
                material: image.map(|image| Material {
                    image: Some(image),
                    ..Material::default()
                }),
                vertices: vec![corner(1.0), corner(2.0), corner(3.0)],
                indices: vec![0, 1, 2],
                ..ClassMesh::default()
            }],
            images: vec![TileImage::default(); usize::from(image.is_some())],
            features: vec![TileFeature {
                row: Some((0, 0)),
                ..TileFeature::default()
            }],
            tables: vec![PropertyTable::default()],
            centre,
            bytes: 0,
        }
    }

    #[test]
    fn everything_stays_where_it_is_and_belongs_to_what_it_did() {
        let east = mesh([1_000_000.0, 0.0, 0.0], FeatureClass::Building, None);
        let west = mesh([1_000_020.0, 4.0, 0.0], FeatureClass::Building, None);
        let whole = merge(vec![east, west]);
        assert_eq!(whole.classes.len(), 1, "one class, one look");
        let class = &whole.classes[0];
        assert_eq!(class.indices, [0, 1, 2, 3, 4, 5]);
        let place = |row: usize| {
            let position = class.vertices[row].position.map(f64::from);
            DVec3::from_array(whole.centre) + DVec3::from_array(position)
        };
        assert_eq!(place(0), DVec3::new(1_000_001.0, 0.0, 0.0));
        assert_eq!(place(3), DVec3::new(1_000_021.0, 4.0, 0.0));
        assert_eq!(class.vertices[3].feature, 1);
        assert_eq!(whole.features[1].row, Some((1, 0)));
        assert_eq!(whole.bytes, whole.counted_bytes());
    }

    #[test]
    fn looks_stay_apart_and_classes_in_order() {
        let whole = merge(vec![
            mesh([0.0; 3], FeatureClass::Model, Some(0)),
            mesh([0.0; 3], FeatureClass::Model, Some(0)),
            mesh([0.0; 3], FeatureClass::Water, None),
        ]);
        let classes: Vec<FeatureClass> = whole.classes.iter().map(|one| one.class).collect();
        assert_eq!(
            classes,
            [
                FeatureClass::Water,
                FeatureClass::Model,
                FeatureClass::Model
            ]
        );
        let image = whole.classes[2].material.and_then(|look| look.image);
        assert_eq!(image, Some(1));
    }

    #[test]
    fn copies_move_and_their_corners_do_not() {
        let mut trees = mesh([10.0, 0.0, 0.0], FeatureClass::Tree, None);
        trees.classes[0].instances = vec![Instance {
            rows: [
                [1.0, 0.0, 0.0, 5.0],
                [0.0, 1.0, 0.0, 0.0],
                [0.0, 0.0, 1.0, 0.0],
            ],
            feature: 0,
        }];
        let whole = merge(vec![mesh([0.0; 3], FeatureClass::Ground, None), trees]);
        let trees = whole.class(FeatureClass::Tree).expect("trees");
        assert_eq!(DVec3::from_array(whole.centre), DVec3::new(5.0, 0.0, 0.0));
        assert!((trees.instances[0].rows[0][3] - 10.0).abs() < f32::EPSILON);
        assert_eq!(trees.instances[0].feature, 1);
        assert_eq!(Vec3::from_array(trees.vertices[0].position), Vec3::X);
    }

    #[test]
    fn nothing_and_one_stay_what_they_are() {
        assert_eq!(merge(Vec::new()), TileMesh::default());
        let one = mesh([3.0; 3], FeatureClass::Road, None);
        assert_eq!(merge(vec![one.clone()]), one);
    }
}
