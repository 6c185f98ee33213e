//! Materials of glTF 1.0: programs for a GPU, of which only the colour and the picture are taken.

use super::document::{Document, Material, Sampler};
use crate::pnts::linear;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// `BLEND` and `CULL_FACE` of WebGL.
const BLEND: u32 = 3042;
const CULL_FACE: u32 = 2884;
/// Names that converters give to the colour or picture of a surface, the usual ones first.
const DIFFUSE: [&str; 12] = [
    "diffuse",
    "diffuseTexture",
    "diffuseTex",
    "tex",
    "u_diffuse",
    "u_tex",
    "u_diffuse_tex",
    "u_diffuse_mat",
    "diffuseColor",
    "baseColor",
    "color",
    "u_color",
];

/// The material of glTF 2.0 that looks like this one.
pub(super) fn upgraded(
    material: &Material,
    document: &Document,
    textures: &BTreeMap<&str, usize>,
) -> Value {
    let common = material.extensions.common.as_ref();
    let older = material.instance_technique.as_ref();
    let technique = material
        .technique
        .as_deref()
        .or_else(|| older.and_then(|older| older.technique.as_deref()))
        .and_then(|name| document.techniques.get(name));
    let value = |name: &str| {
        common
            .and_then(|common| common.values.get(name))
            .or_else(|| material.values.get(name))
            .or_else(|| older.and_then(|older| older.values.get(name)))
            .or_else(|| technique?.parameters.get(name)?.value.as_ref())
            .map(plain)
    };

    let mut surface = Map::new();
    surface.insert("metallicFactor".to_owned(), json!(0.0));
    let mut colour = [1.0, 1.0, 1.0, 1.0];
    let texture = DIFFUSE
        .iter()
        .find_map(|name| texture_of(value(name)?, textures));
    if let Some(texture) = texture {
        surface.insert("baseColorTexture".to_owned(), json!({"index": texture}));
    } else if let Some(stated) = DIFFUSE.iter().find_map(|name| colour_of(value(name)?)) {
        colour = stated;
    }
    let transparency = value("transparency").and_then(number_of).unwrap_or(1.0);
    let opacity = colour[3] * transparency;
    let factor = [
        f64::from(linear(colour[0])),
        f64::from(linear(colour[1])),
        f64::from(linear(colour[2])),
        opacity,
    ];
    surface.insert("baseColorFactor".to_owned(), json!(factor));

    let enabled = technique.and_then(|technique| technique.states.as_ref());
    let is_enabled = |state: u32| enabled.is_some_and(|states| states.enable.contains(&state));
    let is_blended =
        opacity < 1.0 || is_enabled(BLEND) || common.is_some_and(|common| common.transparent);
    let is_double_sided = match common {
        Some(common) => common.double_sided,
        // Where states are given, culling is one of them.
        None => enabled.is_some() && !is_enabled(CULL_FACE),
    };
    let mut upgraded = json!({
        "pbrMetallicRoughness": surface,
        "alphaMode": if is_blended { "BLEND" } else { "OPAQUE" },
        "doubleSided": is_double_sided,
    });
    if let Some(upgraded) = upgraded.as_object_mut() {
        if let Some(name) = &material.name {
            upgraded.insert("name".to_owned(), json!(name));
        }
        if common.is_some_and(|common| common.technique == "CONSTANT") {
            upgraded.insert("extensions".to_owned(), json!({"KHR_materials_unlit": {}}));
        }
    }
    upgraded
}

/// Which directions a sampler repeats in, in the words of 2.0.
pub(super) fn sampler(sampler: &Sampler) -> Value {
    const REPEAT: u32 = 10_497;
    json!({
        "wrapS": sampler.wrap_s.unwrap_or(REPEAT),
        "wrapT": sampler.wrap_t.unwrap_or(REPEAT),
    })
}

/// A value without the object that says its type, and without a list of one text around it.
fn plain(value: &Value) -> &Value {
    match value {
        Value::Object(object) => object.get("value").map_or(value, plain),
        Value::Array(list) => match list.as_slice() {
            [only @ Value::String(_)] => only,
            _ => value,
        },
        _ => value,
    }
}

fn texture_of(value: &Value, textures: &BTreeMap<&str, usize>) -> Option<usize> {
    textures.get(value.as_str()?).copied()
}

fn number_of(value: &Value) -> Option<f64> {
    match value {
        Value::Array(list) => list.first()?.as_f64(),
        _ => value.as_f64(),
    }
}

fn colour_of(value: &Value) -> Option<[f64; 4]> {
    let list = value.as_array()?;
    let part = |row: usize| list.get(row).and_then(Value::as_f64);
    let share = |number: f64| number.clamp(0.0, 1.0);
    Some([
        share(part(0)?),
        share(part(1)?),
        share(part(2)?),
        share(part(3).unwrap_or(1.0)),
    ])
}
