//! Names in the picture: `cim_scene` decides which and where, this module sets their glyphs.

use crate::{
    glyphs::{GlyphAtlas, sharpness},
    palette::{LABEL_COLOURS, linear},
};
use bevy::{
    app::{App, Plugin, PostUpdate},
    ecs::prelude::{DetectChanges, Local, Res, ResMut, Resource},
};
use bytemuck::{Pod, Zeroable};
use cim_model::Layer;
use cim_scene::{Labels, LayerSwitches, OrbitCamera, ShownLabels, label_px};

/// Characters that say what a symbol is, by shape code of `cim_scene`: sensor kinds first, 16 cameras, 17 events.
const MARKS: [(usize, char); 11] = [
    (0, '车'),
    (1, '气'),
    (2, '水'),
    (3, '声'),
    (4, '停'),
    (5, '燃'),
    (6, '井'),
    (7, '构'),
    (8, '感'),
    (16, '像'),
    (17, '事'),
];
/// Shapes that `Style.marks` has room for in the shader.
pub(crate) const MARK_SLOTS: usize = 24;

/// Sets the glyphs of names.
pub(crate) struct LabelGlyphsPlugin;

impl Plugin for LabelGlyphsPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<LabelGlyphs>()
            .add_systems(PostUpdate, set_glyphs);
    }
}

/// One glyph as the shader takes it; see `shaders/labels.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
pub(crate) struct GlyphQuad {
    place: [f32; 4],
    texels: [f32; 4],
    colour: [f32; 4],
    sharpness: [f32; 4],
}

/// The glyphs of the names in the picture, and the texture that they come from.
#[derive(Resource)]
pub(crate) struct LabelGlyphs {
    pub(crate) atlas: GlyphAtlas,
    pub(crate) quads: Vec<GlyphQuad>,
    pub(crate) marks: [[f32; 4]; MARK_SLOTS],
    marks_era: Option<u64>,
}

impl Default for LabelGlyphs {
    fn default() -> Self {
        let mut glyphs = Self {
            atlas: GlyphAtlas::new(),
            quads: Vec::new(),
            marks: [[0.0; 4]; MARK_SLOTS],
            marks_era: None,
        };
        glyphs.set_marks();
        glyphs
    }
}

impl LabelGlyphs {
    /// Marks come first into every new texture, so that symbols never lack theirs.
    fn set_marks(&mut self) {
        if self.marks_era == Some(self.atlas.era()) {
            return;
        }
        for (shape, character) in MARKS {
            if let (Some(mark), Some(cell)) =
                (self.marks.get_mut(shape), self.atlas.cell(character))
            {
                *mark = cell.uv();
            }
        }
        self.marks_era = Some(self.atlas.era());
    }

    /// Sets one line of text, its middle at `middle` px. False when the texture is full.
    fn set_line(&mut self, text: &str, middle: [f32; 2], size_px: f32, colour: [f32; 4]) -> bool {
        let mut width_em = 0.0;
        for character in text.chars() {
            let Some(cell) = self.atlas.cell(character) else {
                return false;
            };
            width_em += cell.advance;
        }
        let mut pen = middle[0] - width_em * size_px * 0.5;
        // The middle of a han character lies 0.38 em above the base line.
        let base = middle[1] + 0.38 * size_px;
        for character in text.chars() {
            let Some(cell) = self.atlas.cell(character) else {
                return false;
            };
            let [width, height] = cell.size_em();
            if width > 0.0 {
                self.quads.push(GlyphQuad {
                    place: [
                        (pen + cell.offset[0] * size_px).round(),
                        (base + cell.offset[1] * size_px).round(),
                        width * size_px,
                        height * size_px,
                    ],
                    texels: cell.uv(),
                    colour,
                    sharpness: [sharpness(size_px), 0.0, 0.0, 0.0],
                });
            }
            pen += cell.advance * size_px;
        }
        true
    }
}

fn set_glyphs(
    shown: Res<ShownLabels>,
    labels: Res<Labels>,
    layers: Res<LayerSwitches>,
    camera: Res<OrbitCamera>,
    mut seen: Local<u64>,
    mut glyphs: ResMut<LabelGlyphs>,
) {
    let is_new = std::mem::replace(&mut *seen, shown.revision()) != shown.revision();
    if !is_new && !layers.is_changed() {
        return;
    }
    let glyphs = glyphs.as_mut();
    glyphs.quads.clear();
    if !layers.is_shown(Layer::Labels) {
        return;
    }
    let scale = camera.viewport().scale as f32;
    for attempt in 0..2 {
        glyphs.quads.clear();
        let mut fits = true;
        for label in shown.list() {
            let text = labels.text(label.index);
            let hex = LABEL_COLOURS
                .get(usize::from(label.rank))
                .copied()
                .unwrap_or(LABEL_COLOURS[3]);
            let [red, green, blue, _] = linear(hex);
            fits &= glyphs.set_line(
                text,
                label.px,
                label_px(label.rank) * scale,
                [red, green, blue, label.alpha],
            );
        }
        if fits || attempt == 1 {
            break;
        }
        glyphs.atlas.begin_anew();
        glyphs.set_marks();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stands_around_its_middle() {
        let mut glyphs = LabelGlyphs::default();
        assert!(glyphs.set_line("南京路", [100.0, 50.0], 20.0, [1.0; 4]));
        assert_eq!(glyphs.quads.len(), 3);
        let left = glyphs.quads[0].place[0];
        let right = glyphs.quads[2].place[0] + glyphs.quads[2].place[2];
        assert!(
            (f32::midpoint(left, right) - 100.0).abs() < 3.0,
            "{left} … {right}"
        );
    }

    #[test]
    fn every_sensor_kind_has_its_mark() {
        let glyphs = LabelGlyphs::default();
        for (shape, character) in MARKS {
            assert!(glyphs.marks[shape][2] > 0.0, "{character}");
        }
    }
}
