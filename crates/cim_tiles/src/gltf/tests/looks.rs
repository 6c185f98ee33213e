//! Materials, textures and vertex colours.

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{ImageFormat, Rgba, RgbaImage};
use std::io::Cursor;

/// A picture of one colour as a data address.
fn picture(colour: [u8; 4]) -> String {
    let picture = RgbaImage::from_pixel(2, 2, Rgba(colour));
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, ImageFormat::Png)
        .expect("it can be written");
    let text = STANDARD.encode(bytes.into_inner());
    format!("data:image/png;base64,{text}")
}

/// The sample of a foreign maker, with texture coordinates in place of its normals.
fn foreign(json: &mut Value) {
    json["asset"]["generator"] = json!("somebody else");
    json["accessors"][1]["type"] = json!("VEC2");
    for primitive in 0..2_usize {
        json["meshes"][0]["primitives"][primitive]["attributes"] =
            json!({"POSITION": 0, "TEXCOORD_0": 1});
        json["meshes"][0]["primitives"][primitive]["extensions"] = json!({});
    }
    json["images"] = json!([{"uri": picture([10, 20, 30, 255])}]);
    json["samplers"] = json!([{"wrapS": 33071}]);
    json["textures"] = json!([{"source": 0, "sampler": 0}]);
}

#[test]
fn foreign_materials_are_kept() {
    let mesh = changed(|json| {
        foreign(json);
        json["materials"][0] = json!({
            "name": "building",
            "pbrMetallicRoughness": {
                "baseColorFactor": [0.5, 0.25, 1.0, 0.5],
                "baseColorTexture": {"index": 0, "extensions": {"KHR_texture_transform": {"scale": [2.0, 1.0]}}},
            },
            "alphaMode": "MASK",
            "doubleSided": true,
            "extensions": {"KHR_materials_unlit": {}},
        });
        json["materials"][1] = json!({"alphaMode": "BLEND"});
    })
    .expect("a tile");
    let expected = [
        Material {
            base_colour: [0.5, 0.25, 1.0, 0.5],
            image: Some(0),
            is_unlit: true,
            is_double_sided: true,
            cutoff: Some(0.5),
            is_blended: false,
        },
        Material {
            is_blended: true,
            ..Material::default()
        },
    ];
    for (one, expected) in mesh.classes.iter().zip(expected) {
        assert_eq!(
            (one.class, one.material),
            (FeatureClass::Model, Some(expected))
        );
    }
    assert_eq!(mesh.classes[0].coordinates.len(), 8);
    // The sample's normals are (0, 1, 0): as texture coordinates they are (0, 1), (0, 0), (1, 0) …
    let place = mesh.classes[0].coordinates[2].map(|part| part.round() as i32);
    assert_eq!(place, [2, 0]);
    assert!(mesh.classes[1].coordinates.is_empty());
    assert_eq!(mesh.images.len(), 1);
    assert_eq!(mesh.images[0].rgba[..4], [10, 20, 30, 255]);
    assert_eq!(mesh.images[0].repeats, [false, true]);
}

#[test]
fn materials_that_look_the_same_are_drawn_together() {
    let mesh = changed(|json| {
        foreign(json);
        json["materials"] = json!([{"name": "a"}, {"name": "b"}]);
    })
    .expect("a tile");
    assert_eq!(mesh.classes.len(), 1);
    assert_eq!(mesh.classes[0].vertices.len(), 12);
    assert_eq!(mesh.classes[0].indices.len(), 18);
    assert!(mesh.images.is_empty());
}

#[test]
fn the_specular_workflow_techniques_and_glowing_textures_have_a_colour() {
    let looks = [
        json!({"extensions": {"KHR_materials_pbrSpecularGlossiness": {"diffuseTexture": {"index": 0}}}}),
        json!({"extensions": {"KHR_techniques_webgl": {"technique": 0, "values": {"u_diffuse": {"index": 0}}}}}),
        json!({
            "pbrMetallicRoughness": {"baseColorFactor": [0, 0, 0, 1]},
            "emissiveFactor": [1, 1, 1], "emissiveTexture": {"index": 0},
        }),
    ];
    for look in looks {
        let mesh = changed(|json| {
            foreign(json);
            json["materials"][0] = look;
        })
        .expect("a tile");
        let textured = mesh.classes.iter().find(|one| !one.coordinates.is_empty());
        let material = textured
            .and_then(|one| one.material)
            .expect("it is textured");
        assert_eq!((material.image, material.base_colour), (Some(0), [1.0; 4]));
    }
}

#[test]
fn a_broken_texture_costs_itself_and_is_told() {
    let (mesh, problems) = told(|json| {
        foreign(json);
        json["images"] = json!([{"uri": "data:image/png;base64,iVBORw0KGgo="}]);
        json["materials"][0] = json!({"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}});
        json["materials"][1] = json!({"pbrMetallicRoughness": {"baseColorTexture": {"index": 7}}});
    });
    assert_eq!(mesh.classes[0].material, Some(Material::default()));
    assert!(mesh.images.is_empty());
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(
        problems[0].contains("at textures/0 of tiles/3_1_2.glb"),
        "{problems:?}"
    );
    assert!(
        problems[1].contains("there is no such texture"),
        "{problems:?}"
    );
}

#[test]
fn a_broken_ktx2_gives_way_to_the_plain_image() {
    let (mesh, problems) = told(|json| {
        foreign(json);
        let broken = STANDARD.encode(b"\xABKTX 20\xBB\r\n\x1A\n and no more");
        let broken = format!("data:image/ktx2;base64,{broken}");
        json["images"] = json!([{"uri": broken}, {"uri": picture([1, 2, 3, 255])}]);
        json["textures"] =
            json!([{"source": 1, "extensions": {"KHR_texture_basisu": {"source": 0}}}]);
        json["materials"][0] = json!({"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}});
    });
    assert_eq!(mesh.images[0].rgba[..4], [1, 2, 3, 255]);
    assert!(problems.is_empty(), "{problems:?}");
}

#[test]
fn vertex_colours_become_srgb_and_white_ones_are_not_kept() {
    let coloured = |shape: &str| {
        changed(|json| {
            foreign(json);
            json["accessors"][1]["type"] = json!(shape);
            json["meshes"][0]["primitives"][0]["attributes"] = json!({"POSITION": 0, "COLOR_0": 1});
        })
        .expect("a tile")
    };
    // The normals (0, 1, 0) as colours: green.
    let mesh = coloured("VEC3");
    assert_eq!(mesh.classes[0].colours.len(), 12);
    assert_eq!(mesh.classes[0].colours[0], [0, 255, 0, 255]);
    assert_eq!(mesh.classes[0].colours[11], [255; 4]);
    let plain = changed(foreign).expect("a tile");
    assert!(plain.classes.iter().all(|one| one.colours.is_empty()));
}

#[test]
fn our_own_tiles_follow_the_style_of_their_class() {
    let mesh = changed(|json| {
        json["materials"][0]["pbrMetallicRoughness"] = json!({"baseColorFactor": [1, 0, 0, 1]});
    })
    .expect("a tile");
    assert_eq!(mesh.classes[0].class, FeatureClass::Building);
    assert_eq!(mesh.classes[0].material, None);
}
