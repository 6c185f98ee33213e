//! A tileset with nothing but a pipe below ground, written byte by byte.

use super::{PLACE, Scene};
use cim_geo::LocalFrame;
use cim_scene::{Move, Paint, StyleRule, StyleRules, TwinCommand};
use cim_tiles::FeatureClass;
use std::{fs, path::Path};

/// The pipe's upper side, metres above ground.
pub(super) const TOP_M: f64 = -1.4;

/// The pipe from above, painted red; `None` where nothing can draw.
pub(super) fn scene(name: &str) -> Option<Scene> {
    let folder = std::env::temp_dir().join(format!("cim_render-{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a scratch folder");
    write(&folder);
    let mut scene = Scene::of(&folder, PLACE)?;
    scene.tell(TwinCommand::SetStyles(StyleRules {
        rules: vec![StyleRule {
            class: Some(FeatureClass::Pipe),
            paint: Some(Paint::Plain([0xE0, 0x30, 0x20])),
            ..StyleRule::default()
        }],
        ..StyleRules::default()
    }));
    scene.tell(TwinCommand::GoToView {
        target: PLACE,
        distance_m: 90.0,
        heading_deg: 0.0,
        pitch_deg: 80.0,
        how: Move::Jump,
    });
    scene.settle();
    Some(scene)
}

fn write(folder: &Path) {
    fs::write(folder.join("pipe.glb"), glb()).expect("written");
    let frame = LocalFrame::new(PLACE).ecef_from_enu_matrix();
    let transform: Vec<String> = frame
        .to_cols_array()
        .iter()
        .map(|number| format!("{number:?}"))
        .collect();
    let tileset = format!(
        r#"{{"asset":{{"version":"1.1"}},"geometricError":100,"root":{{"transform":[{}],
"boundingVolume":{{"box":[0,0,-2,50,0,0,0,5,0,0,0,4]}},"geometricError":0,"refine":"ADD","content":{{"uri":"pipe.glb"}}}}}}"#,
        transform.join(",")
    );
    fs::write(folder.join("tileset.json"), tileset).expect("written");
}

/// A flat band of 80 × 0.8 m along the east axis, in glTF's axes: east, up, south.
fn glb() -> Vec<u8> {
    let up = TOP_M as f32;
    let corners = [
        [-40.0, up, 0.4],
        [40.0, up, 0.4],
        [40.0, up, -0.4],
        [-40.0, up, -0.4],
    ];
    let mut bin: Vec<u8> = Vec::new();
    for number in corners.iter().flatten() {
        bin.extend(f32::to_le_bytes(*number));
    }
    for _ in 0..4 {
        for number in [0.0_f32, 1.0, 0.0] {
            bin.extend(number.to_le_bytes());
        }
    }
    for feature in [0.0_f32; 4] {
        bin.extend(feature.to_le_bytes());
    }
    for index in [0_u32, 1, 2, 0, 2, 3] {
        bin.extend(index.to_le_bytes());
    }
    let json = format!(
        r#"{{"asset":{{"version":"2.0","generator":"CityMirror test"}},"extensionsUsed":["EXT_mesh_features"],
"scene":0,"scenes":[{{"nodes":[0]}}],"nodes":[{{"mesh":0}}],
"materials":[{{"name":"pipe"}}],
"meshes":[{{"primitives":[{{"attributes":{{"POSITION":0,"NORMAL":1,"_FEATURE_ID_0":2}},"indices":3,"material":0,
"extensions":{{"EXT_mesh_features":{{"featureIds":[{{"featureCount":1,"attribute":0}}]}}}}}}]}}],
"accessors":[
{{"bufferView":0,"componentType":5126,"count":4,"type":"VEC3","min":[-40,{up},-0.4],"max":[40,{up},0.4]}},
{{"bufferView":1,"componentType":5126,"count":4,"type":"VEC3"}},
{{"bufferView":2,"componentType":5126,"count":4,"type":"SCALAR"}},
{{"bufferView":3,"componentType":5125,"count":6,"type":"SCALAR"}}],
"bufferViews":[
{{"buffer":0,"byteOffset":0,"byteLength":48,"target":34962}},
{{"buffer":0,"byteOffset":48,"byteLength":48,"target":34962}},
{{"buffer":0,"byteOffset":96,"byteLength":16,"target":34962}},
{{"buffer":0,"byteOffset":112,"byteLength":24,"target":34963}}],
"buffers":[{{"byteLength":{}}}]}}"#,
        bin.len()
    );
    let mut json = json.into_bytes();
    json.resize(json.len().next_multiple_of(4), b' ');
    let mut file = Vec::new();
    file.extend(b"glTF");
    let total = 12 + 8 + json.len() + 8 + bin.len();
    for number in [2, total as u32, json.len() as u32] {
        file.extend(number.to_le_bytes());
    }
    file.extend(b"JSON");
    file.extend(&json);
    file.extend((bin.len() as u32).to_le_bytes());
    file.extend(b"BIN\0");
    file.extend(&bin);
    file
}
