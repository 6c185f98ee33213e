//! Names in the picture, and the texts of drawings: `cim_scene` decides which and where, this module sets their glyphs.

use crate::{
    drawings::role_colour,
    glyphs::{Cell, GlyphAtlas, sharpness},
    palette::{LABEL_COLOURS, linear},
};
use bevy::{
    app::{App, Plugin, PostUpdate},
    ecs::prelude::{DetectChanges, Local, Res, ResMut, Resource},
};
use bytemuck::{Pod, Zeroable};
use cim_model::Layer;
use cim_scene::{
    CityLook, Drawings, Labels, LayerSwitches, OrbitCamera, ShownLabels, Style, View, Viewport,
    along_line, label_px,
};

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

/// Colours of labels on a light city, by rank: district, road, landmark, thing.
const DARK_LABEL_COLOURS: [u32; 4] = [0x141D28, 0x35444F, 0x1C2A38, 0x2A3947];
/// Height of one em of a drawing's text, CSS px.
const DRAWN_TEXT_PX: f32 = 13.0;
/// How far above its place a drawing's text stands, em: beside the line and not on it.
const DRAWN_TEXT_ABOVE_EM: f32 = 0.95;
/// From its base line to the middle of a han character, em.
const MIDDLE_EM: f32 = 0.38;
/// Depth (reversed) of what nothing hides.
const NEAREST: f32 = 1.0;
/// From the middle of a letter to its lower end, em, with a little to spare: letters may lean.
const BELOW_EM: f32 = 0.7;
/// What stands nearer to the eye than a road by less than this hides none of its name: kerbs, signs, relief. Metres along the
/// direction of the eye, and a share of the distance.
const SPARED_M: f64 = 6.0;
const SPARED_SHARE: f64 = 0.01;

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
    manner: [f32; 4],
    /// Where the letter stands, as the city's depth has it: what is nearer hides it.
    depth: f32,
}

/// Gives the depth of letters that lie on the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
struct GroundSight {
    near_m: f64,
    /// Sine and cosine of how far down the eye looks.
    down: [f64; 2],
    focal_px: f64,
    middle_px: f64,
}

impl GroundSight {
    /// `None` without a viewport.
    fn of(view: &View, viewport: &Viewport) -> Option<Self> {
        Some(Self {
            near_m: view.near_m(),
            down: [-view.forward().z, view.up().z],
            focal_px: viewport.focal_px()?,
            middle_px: viewport.height_px * 0.5,
        })
    }

    /// How steeply the way through a pixel row leads down; the nearness of level ground there grows with it.
    fn fall(&self, y_px: f64) -> f64 {
        let [sin, cos] = self.down;
        sin + cos * (y_px - self.middle_px) / self.focal_px
    }

    /// The depth of a letter whose middle stands at the height `y_px` of the screen, on ground of this nearness (1/m). That of
    /// the ground at its lower end, `below_px` further down, or else the ground itself would hide it.
    fn depth(&self, nearness: f32, y_px: f32, below_px: f32) -> f32 {
        let (here, below) = (
            self.fall(f64::from(y_px)),
            self.fall(f64::from(y_px + below_px)),
        );
        // Towards the horizon, ground is no plane any more.
        let growth = if here > 1e-3 {
            (below / here).clamp(1.0, 2.0)
        } else {
            1.0
        };
        let ground_m = 1.0 / (f64::from(nearness) * growth).max(1e-9);
        let letter_m = (ground_m * (1.0 - SPARED_SHARE) - SPARED_M).max(ground_m * 0.5);
        (self.near_m / letter_m).clamp(0.0, 1.0) as f32
    }
}

/// The depth of a letter of a name on the ground; nothing hides it where the ground is unknown.
fn letter_depth(sight: Option<GroundSight>, nearness: Option<f32>, y_px: f32, size_px: f32) -> f32 {
    sight.zip(nearness).map_or(NEAREST, |(sight, nearness)| {
        sight.depth(nearness, y_px, BELOW_EM * size_px)
    })
}

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Ink {
    size_px: f32,
    /// Linear, with opacity.
    colour: [f32; 4],
    /// 0 for a dark halo, 1 for a light one.
    halo: f32,
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

    /// The width of a text, em; `None` when the texture is full.
    fn width_em(&mut self, text: &str) -> Option<f32> {
        text.chars()
            .map(|character| self.atlas.cell(character).map(|cell| cell.advance))
            .sum()
    }

    /// Sets one line of text, its middle at `middle` px. False when the texture is full.
    fn set_line(&mut self, text: &str, middle: [f32; 2], ink: &Ink) -> bool {
        let Some(width_em) = self.width_em(text) else {
            return false;
        };
        let mut pen = middle[0] - width_em * ink.size_px * 0.5;
        let base = middle[1] + MIDDLE_EM * ink.size_px;
        for character in text.chars() {
            let Some(cell) = self.atlas.cell(character) else {
                return false;
            };
            let corner = [
                (pen + cell.offset[0] * ink.size_px).round(),
                (base + cell.offset[1] * ink.size_px).round(),
            ];
            self.push(&cell, corner, 0.0, ink, NEAREST);
            pen += cell.advance * ink.size_px;
        }
        true
    }

    /// Sets a text along a line on the screen, glyph by glyph, its middle half way. Stacked, the glyphs stay upright, one below
    /// the other. `depth_at` gives a letter's depth from how far along the line (px) and how far down the screen (px) its middle
    /// stands. False when the texture is full.
    fn set_along(
        &mut self,
        text: &str,
        line: &[[f32; 2]],
        is_stacked: bool,
        ink: &Ink,
        depth_at: impl Fn(f32, f32) -> f32,
    ) -> bool {
        let Some(width_em) = self.width_em(text) else {
            return false;
        };
        let length_px: f32 = line
            .iter()
            .zip(line.iter().skip(1))
            .map(|(from, to)| (to[0] - from[0]).hypot(to[1] - from[1]))
            .sum();
        let mut pen = (length_px - width_em * ink.size_px) * 0.5;
        for character in text.chars() {
            let Some(cell) = self.atlas.cell(character) else {
                return false;
            };
            let advance = cell.advance * ink.size_px;
            let (middle, angle) = along_line(line, pen, advance);
            let angle = if is_stacked { 0.0 } else { angle };
            let [width, height] = cell.size_em().map(|em| em * ink.size_px);
            // From the middle of the glyph's room on the line to the middle of its quad, turned with the line.
            let across = (cell.offset[0] * ink.size_px + width * 0.5) - advance * 0.5;
            let down = (cell.offset[1] + MIDDLE_EM) * ink.size_px + height * 0.5;
            let (sin, cos) = angle.sin_cos();
            let corner = [
                middle[0] + across * cos - down * sin - width * 0.5,
                middle[1] + across * sin + down * cos - height * 0.5,
            ];
            let depth = depth_at(pen + advance * 0.5, middle[1]);
            self.push(&cell, corner, angle, ink, depth);
            pen += advance;
        }
        true
    }

    /// Takes a glyph whose quad has its top left at `corner` px before it is turned about its middle.
    fn push(&mut self, cell: &Cell, corner: [f32; 2], angle: f32, ink: &Ink, depth: f32) {
        let [width, height] = cell.size_em().map(|em| em * ink.size_px);
        if width <= 0.0 {
            return;
        }
        self.quads.push(GlyphQuad {
            place: [corner[0], corner[1], width, height],
            texels: cell.uv(),
            colour: ink.colour,
            manner: [sharpness(ink.size_px), angle.cos(), angle.sin(), ink.halo],
            depth,
        });
    }

    /// Sets every name. False when the texture is full.
    fn set_names(
        &mut self,
        shown: &ShownLabels,
        labels: &Labels,
        camera: &OrbitCamera,
        style: Style,
    ) -> bool {
        let viewport = camera.viewport();
        let scale = viewport.scale as f32;
        let sight = GroundSight::of(&camera.view(), &viewport);
        let (colours, halo) = match style {
            Style::Night => (&LABEL_COLOURS, 0.0),
            Style::Day | Style::White => (&DARK_LABEL_COLOURS, 1.0),
        };
        let mut fits = true;
        for label in shown.list() {
            let hex = colours
                .get(usize::from(label.rank))
                .copied()
                .unwrap_or(colours[3]);
            let [red, green, blue, _] = linear(hex);
            let ink = Ink {
                size_px: label_px(label.rank) * scale,
                colour: [red, green, blue, label.alpha],
                halo,
            };
            let text = labels.text(label.index);
            let line = shown.line(label);
            fits &= if line.is_empty() {
                self.set_line(text, label.px, &ink)
            } else {
                let depth_at = |way_px: f32, y_px: f32| {
                    let nearness = shown.nearness_at(label, way_px);
                    letter_depth(sight, nearness, y_px, ink.size_px)
                };
                self.set_along(text, line, label.is_stacked, &ink, depth_at)
            };
        }
        fits
    }

    /// Sets the texts of drawings. False when the texture is full.
    fn set_drawn_texts(&mut self, drawings: &Drawings, camera: &OrbitCamera) -> bool {
        let viewport = camera.viewport();
        let size_px = DRAWN_TEXT_PX * viewport.scale as f32;
        let mut fits = true;
        for drawn in &drawings.texts {
            let seen = camera.project(drawn.at);
            let Some(seen) = seen.filter(|seen| viewport.contains(seen.px)) else {
                continue;
            };
            let ink = Ink {
                size_px,
                colour: linear(role_colour(drawn.role)),
                halo: 0.0,
            };
            let middle = [seen.px[0], seen.px[1] - DRAWN_TEXT_ABOVE_EM * size_px];
            fits &= self.set_line(&drawn.text, middle, &ink);
        }
        fits
    }
}

/// What the glyphs were set for.
#[derive(Default, PartialEq)]
struct SetFor {
    labels: u64,
    drawings: u64,
    /// Counts only while there are texts that move with the camera.
    camera: Option<u64>,
}

fn set_glyphs(
    shown: Res<ShownLabels>,
    labels: Res<Labels>,
    (layers, look): (Res<LayerSwitches>, Res<CityLook>),
    drawings: Res<Drawings>,
    camera: Res<OrbitCamera>,
    mut seen: Local<SetFor>,
    mut glyphs: ResMut<LabelGlyphs>,
) {
    let now = SetFor {
        labels: shown.revision(),
        drawings: drawings.revision,
        camera: (!drawings.texts.is_empty()).then(|| camera.revision()),
    };
    if *seen == now && !layers.is_changed() && !look.is_changed() {
        return;
    }
    *seen = now;
    let glyphs = glyphs.as_mut();
    let has_names = layers.is_shown(Layer::Labels);
    for attempt in 0..2 {
        glyphs.quads.clear();
        let names_fit = !has_names || glyphs.set_names(&shown, &labels, &camera, look.style);
        let texts_fit = glyphs.set_drawn_texts(&drawings, &camera);
        if (names_fit && texts_fit) || attempt == 1 {
            break;
        }
        glyphs.atlas.begin_anew();
        glyphs.set_marks();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::math::DVec3;

    const INK: Ink = Ink {
        size_px: 20.0,
        colour: [1.0; 4],
        halo: 0.0,
    };

    fn near(_way_px: f32, _y_px: f32) -> f32 {
        NEAREST
    }

    /// Looks down on the origin from the south, 800 m away.
    fn view() -> View {
        View {
            target: DVec3::ZERO,
            distance_m: 800.0,
            heading_rad: 0.0,
            pitch_rad: 0.4,
        }
    }

    /// The depth that the city's shader gives a point.
    fn city_depth(view: &View, point: DVec3) -> f64 {
        view.near_m() / (point - view.eye()).dot(view.forward())
    }

    #[test]
    fn a_letter_on_a_road_is_before_the_ground_and_behind_a_tower() {
        let viewport = Viewport::new(1280, 720, 1.0);
        let sight = GroundSight::of(&view(), &viewport).expect("a viewport");
        for north_m in [-300.0, 0.0, 900.0] {
            let road = DVec3::new(40.0, north_m, 0.0);
            let seen = view().project(&viewport, road).expect("ahead");
            let depth = f64::from(sight.depth((1.0 / seen.depth_m) as f32, seen.px[1], 8.0));
            let lower = [seen.px[0], seen.px[1] + 8.0];
            let ground = view().ground_at(&viewport, lower).expect("ground");
            assert!(depth > city_depth(&view(), ground), "{north_m} m north");
            let tower = DVec3::new(40.0, north_m - 120.0, 20.0);
            assert!(depth < city_depth(&view(), tower), "{north_m} m north");
        }
    }

    #[test]
    fn a_name_beside_a_place_is_never_hidden() {
        let mut glyphs = LabelGlyphs::default();
        assert!(glyphs.set_line("塔", [100.0, 50.0], &INK));
        assert!(glyphs.quads[0].depth >= NEAREST);
        glyphs.quads.clear();
        let line = [[40.0, 50.0], [160.0, 50.0]];
        assert!(glyphs.set_along("南京路", &line, false, &INK, |way_px, _| way_px / 200.0));
        let depths: Vec<f32> = glyphs.quads.iter().map(|quad| quad.depth).collect();
        // Each letter has the depth of its own place: 40, 60 and 80 px along.
        for (depth, wanted) in depths.iter().zip([0.2, 0.3, 0.4]) {
            assert!((depth - wanted).abs() < 0.01, "{depths:?}");
        }
    }

    fn middle_of(quad: &GlyphQuad) -> [f32; 2] {
        let [left, top, width, height] = quad.place;
        [left + width * 0.5, top + height * 0.5]
    }

    #[test]
    fn a_line_stands_around_its_middle() {
        let mut glyphs = LabelGlyphs::default();
        assert!(glyphs.set_line("南京路", [100.0, 50.0], &INK));
        assert_eq!(glyphs.quads.len(), 3);
        let left = glyphs.quads[0].place[0];
        let right = glyphs.quads[2].place[0] + glyphs.quads[2].place[2];
        assert!(
            (f32::midpoint(left, right) - 100.0).abs() < 3.0,
            "{left} … {right}"
        );
    }

    #[test]
    fn a_level_line_is_written_like_a_plain_text() {
        let mut glyphs = LabelGlyphs::default();
        assert!(glyphs.set_line("南京路", [100.0, 50.0], &INK));
        let plain = std::mem::take(&mut glyphs.quads);
        assert!(glyphs.set_along("南京路", &[[40.0, 50.0], [160.0, 50.0]], false, &INK, near));
        for (one, other) in plain.iter().zip(&glyphs.quads) {
            let (a, b) = (middle_of(one), middle_of(other));
            assert!((a[0] - b[0]).hypot(a[1] - b[1]) < 1.1, "{a:?} and {b:?}");
        }
    }

    #[test]
    fn glyphs_turn_with_their_line_and_stay_upright_when_stacked() {
        let mut glyphs = LabelGlyphs::default();
        let rising = [[0.0, 100.0], [100.0, 0.0]];
        assert!(glyphs.set_along("南京路", &rising, false, &INK, near));
        let half = std::f32::consts::FRAC_1_SQRT_2;
        for quad in &glyphs.quads {
            let [x, y] = middle_of(quad);
            assert!((x + y - 100.0).abs() < 4.0, "on the line: {x}, {y}");
            assert!((quad.manner[1] - half).abs() < 1e-3 && (quad.manner[2] + half).abs() < 1e-3);
        }
        glyphs.quads.clear();
        assert!(glyphs.set_along("南京路", &[[50.0, 0.0], [50.0, 100.0]], true, &INK, near));
        let middles: Vec<[f32; 2]> = glyphs.quads.iter().map(middle_of).collect();
        assert!(
            middles
                .windows(2)
                .all(|pair| pair[1][1] - pair[0][1] > 15.0)
        );
        assert!(glyphs.quads.iter().all(|quad| quad.manner[2].abs() < 1e-6));
    }

    #[test]
    fn every_sensor_kind_has_its_mark() {
        let glyphs = LabelGlyphs::default();
        for (shape, character) in MARKS {
            assert!(glyphs.marks[shape][2] > 0.0, "{character}");
        }
    }
}
