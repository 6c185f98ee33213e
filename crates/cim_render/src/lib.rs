//! How the twin looks: the city model, live symbols, camera wedges and names, drawn with our own small shaders.
//!
//! `cim_scene` says what there is and where the camera stands; `cim_viewport` owns the window and the loop. Bevy supplies the
//! device, the surface and its recovery; the passes are ours, because a physically based material is far too dear without a
//! graphics card. Texts of the shaders are in `shaders/`, named after the modules that use them.

mod backdrop;
mod billboards;
mod city;
mod city_pipelines;
mod city_tile;
mod clip;
mod compose;
mod device;
mod draw;
mod drawings;
mod figures;
mod frame;
mod glyph_texture;
mod glyphs;
mod labels;
mod lettering;
mod live;
mod manner;
mod model;
mod occlusion;
mod openings;
mod palette;
mod pane;
mod recovery;
mod roads;
mod shadow;
mod sights;
mod style_table;
mod textured;
mod twin;
mod view;

pub use figures::{DeviceBytes, Uploaded};
pub use model::{CityModel, OpenTiles, TileStatus};
pub use recovery::DeviceWatch;
pub use twin::{CityTwin, TwinMessage, TwinReport};

use bevy::app::{App, Plugin};

/// Draws the twin that `cim_scene::ScenePlugin` holds. Add it after Bevy's `RenderPlugin`.
pub struct TwinRenderPlugin;

impl Plugin for TwinRenderPlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins((
            model::CityModelPlugin,
            lettering::LabelGlyphsPlugin,
            frame::FramePlugin,
            draw::DrawPlugin,
            recovery::RecoveryPlugin,
            figures::FiguresPlugin,
        ));
    }
}

#[cfg(test)]
mod tests {
    use crate::live::layer::JOINED;
    use std::{fs, path::Path};

    /// Each shader parses and validates as it is loaded, and is named after a module here.
    #[test]
    fn every_shader_is_valid() {
        let root = Path::new(".");
        let mut checked = 0;
        for entry in fs::read_dir(root.join("../../shaders")).expect("shaders/ is there") {
            let path = entry.expect("an entry").path();
            let name = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .expect("a name")
                .to_owned();
            let joined = JOINED.iter().find(|(of, _)| *of == name);
            let text = joined.map_or_else(
                || fs::read_to_string(&path).expect("readable"),
                |(_, text)| (*text).to_owned(),
            );
            let module = naga::front::wgsl::parse_str(&text)
                .unwrap_or_else(|err| panic!("{}: {}", path.display(), err.emit_to_string(&text)));
            let mut validator = naga::valid::Validator::new(
                naga::valid::ValidationFlags::all(),
                naga::valid::Capabilities::empty(),
            );
            validator
                .validate(&module)
                .unwrap_or_else(|err| panic!("{}: {}", path.display(), err.emit_to_string(&text)));
            let has_module = [format!("src/{name}.rs"), format!("src/live/{name}.rs")]
                .iter()
                .any(|file| root.join(file).exists());
            assert!(has_module, "{name}.wgsl belongs to no module");
            checked += 1;
        }
        assert!(checked >= 15, "only {checked} shaders found");
    }

    /// The comment that a shader begins with, in small letters.
    fn head_of(text: &str) -> String {
        let head: Vec<&str> = text
            .lines()
            .take_while(|line| line.starts_with("//"))
            .map(|line| line.trim_start_matches('/').trim())
            .collect();
        head.join(" ").to_lowercase()
    }

    /// Each shader begins with what is bound where, and in which spaces its places are.
    #[test]
    fn every_shader_states_its_bindings_and_its_spaces() {
        for entry in fs::read_dir("../../shaders").expect("shaders/ is there") {
            let path = entry.expect("an entry").path();
            let own = fs::read_to_string(&path).expect("readable");
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let joined = JOINED.iter().find(|(name, _)| stem == Some(*name));
            // One that stands behind a shared text may refer to its head.
            let text = joined.map_or(own.as_str(), |(_, text)| text);
            let head = if joined.is_some() {
                head_of(text) + &head_of(&own)
            } else {
                head_of(&own)
            };
            let name = path.display();
            let names_bindings = ["bindings:", "bindings and spaces:"];
            assert!(
                names_bindings
                    .iter()
                    .any(|words| head_of(&own).contains(words)),
                "{name} names no bindings"
            );
            let spaces = ["metres", "pixels", "clip", "slot"];
            assert!(
                spaces.iter().any(|space| head.contains(space)),
                "{name} names no space"
            );
            let module = naga::front::wgsl::parse_str(text).expect("it is valid");
            for (_, variable) in module.global_variables.iter() {
                let Some(binding) = &variable.binding else {
                    continue;
                };
                let group = format!("group {}", binding.group);
                assert!(head.contains(&group), "{name} says nothing of {group}");
            }
        }
    }
}
