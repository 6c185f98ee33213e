//! Names in the picture, and the texts of drawings: `cim_scene` decides which and where, this module sets their glyphs.
//!
//! The glyphs of a text beside a place are set once; after that only its anchor moves. A text along a road is set anew whenever
//! the picture changes, and written when it came out different. A text waits until all of its glyphs are there.

mod quads;

pub(crate) use quads::{Anchor, GlyphQuad, QuadStore};

use crate::{
    drawings::role_colour,
    glyphs::{Cell, Found, GlyphAtlas, Run, Shaper, Weight, sharpness},
    live::clusters::CountGlyphs,
    palette::{LABEL_COLOURS, linear},
};
use bevy::{
    app::{App, Plugin, PostUpdate},
    ecs::prelude::{DetectChanges, Local, Res, ResMut, Resource},
};
use cim_layers::EventMark;
use cim_model::Layer;
use cim_scene::{
    CityLook, Drawings, LabelLook, Labels, LayerSwitches, NeedsFrame, OrbitCamera, ShownLabels,
    Style, View, Viewport, along_line, label_px,
};
use quads::{Setting, TextKey};
use std::sync::Arc;

/// Characters that say what a symbol is, by shape code: sensor kinds first, 16 cameras, 18 vehicles, 19 people, 21 pipes. Events have
/// pictures by kind instead.
const MARKS: [(usize, char); 13] = [
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
    (18, '辆'),
    (19, '人'),
    (21, '管'),
];
/// Shapes that `Style.marks` has room for in the shader; the pictures of events come after them.
const SHAPE_SLOTS: usize = 24;
/// Marks that `Style.marks` has room for.
pub(crate) const MARK_SLOTS: usize = SHAPE_SLOTS + EventMark::ALL.len();

/// Colours of labels on a light city, by rank: district, road, landmark, thing.
const DARK_LABEL_COLOURS: [u32; 4] = [0x141D28, 0x35444F, 0x1C2A38, 0x2A3947];
/// Height of one em of a drawing's text, CSS px.
const DRAWN_TEXT_PX: f32 = 13.0;
/// How far above its place a drawing's text stands, em: beside the line and not on it.
const DRAWN_TEXT_ABOVE_EM: f32 = 0.95;
/// From its base line to the middle of a han character, em.
const MIDDLE_EM: f32 = 0.38;
/// How far a halo reaches on a dark and on a light city, px; more around letters larger than [`HALO_EM_PX`].
const DARK_HALO_PX: f32 = 2.0;
const LIGHT_HALO_PX: f32 = 1.2;
const HALO_EM_PX: f32 = 16.0;
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
    weight: Weight,
    size_px: f32,
    /// Linear.
    colour: [f32; 3],
    halo: Halo,
}

/// What is around the letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Halo {
    Dark,
    Light,
}

impl Ink {
    /// Square roots of the colour, which eight bits hold without bands; then how light the halo is.
    fn colour_bytes(&self) -> [u8; 4] {
        let [red, green, blue] = self
            .colour
            .map(|channel| (channel.clamp(0.0, 1.0).sqrt() * 255.0).round() as u8);
        let light = match self.halo {
            Halo::Dark => 0,
            Halo::Light => 255,
        };
        [red, green, blue, light]
    }

    /// How far the halo reaches, sixteenths of a px.
    fn halo_reach(&self) -> u8 {
        let reach_px = match self.halo {
            Halo::Dark => DARK_HALO_PX,
            Halo::Light => LIGHT_HALO_PX,
        };
        (reach_px * (self.size_px / HALO_EM_PX).max(1.0) * 16.0)
            .round()
            .clamp(1.0, 255.0) as u8
    }

    /// What quads that only depend on text and ink are set for.
    fn setting(&self, source: u64) -> Setting {
        Setting {
            source,
            size_px: self.size_px,
            ink: (self.colour_bytes(), self.halo_reach()),
        }
    }
}

/// Why a text cannot be written now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    /// Its glyphs come with one of the next frames.
    Later,
    /// There is no room for its glyphs while those of others are in the picture.
    Room,
}

/// The glyphs of the names in the picture, and the pages that they come from.
#[derive(Resource)]
pub(crate) struct LabelGlyphs {
    pub(crate) atlas: GlyphAtlas,
    pub(crate) quads: QuadStore,
    /// Where the mark of each shape lies in the texture of marks; see [`GlyphAtlas::pixels`].
    pub(crate) marks: [[f32; 4]; MARK_SLOTS],
    /// Where the characters of counts lie there.
    pub(crate) counts: CountGlyphs,
    shaper: Shaper,
    /// True while a text waits for glyphs.
    is_waiting: bool,
    /// Reused between texts.
    cells: Vec<Cell>,
    scratch: Vec<GlyphQuad>,
}

impl Default for LabelGlyphs {
    fn default() -> Self {
        let mut atlas = GlyphAtlas::new();
        let mut marks = [[0.0; 4]; MARK_SLOTS];
        for (shape, character) in MARKS {
            if let (Some(place), Some(mark)) = (marks.get_mut(shape), atlas.cell(character)) {
                *place = mark.uv();
            }
        }
        for (place, kind) in marks.iter_mut().skip(SHAPE_SLOTS).zip(EventMark::ALL) {
            if let Some(picture) = atlas.picture(kind) {
                *place = picture.uv();
            }
        }
        let counts = CountGlyphs::of(&mut atlas);
        Self {
            atlas,
            quads: QuadStore::default(),
            marks,
            counts,
            shaper: Shaper::new(),
            is_waiting: false,
            cells: Vec::new(),
            scratch: Vec::new(),
        }
    }
}

impl LabelGlyphs {
    fn begin(&mut self) {
        self.is_waiting = false;
        self.atlas.begin(self.quads.pages());
        self.shaper.begin();
        self.quads.begin();
    }

    /// Writes one line of text, its middle at `middle` px.
    fn write_level(
        &mut self,
        key: TextKey,
        text: (u64, &str),
        (middle, alpha): ([f32; 2], f32),
        ink: &Ink,
    ) {
        let (source, text) = text;
        let setting = ink.setting(source);
        if !self.quads.keeps(key, &setting) {
            self.scratch.clear();
            match self.set_line(text, ink) {
                Ok(pages) => self.quads.set(key, Some(setting), &self.scratch, pages),
                Err(missing) => return self.miss(missing),
            }
        }
        // On whole pixels, as the quads are: stems stay sharp.
        let px = middle.map(f32::round);
        self.quads.place(key, anchor(px, alpha));
    }

    /// Writes a text along a line on the screen; see [`Self::set_along`].
    fn write_along(
        &mut self,
        key: TextKey,
        text: &str,
        (line, is_stacked, alpha): (&[[f32; 2]], bool, f32),
        ink: &Ink,
        depth_at: impl Fn(f32, f32) -> f32,
    ) {
        self.scratch.clear();
        match self.set_along(text, line, is_stacked, ink, depth_at) {
            Ok(pages) => self.quads.set(key, None, &self.scratch, pages),
            Err(missing) => return self.miss(missing),
        }
        self.quads.place(key, anchor([0.0, 0.0], alpha));
    }

    /// Notes that a text is not there; without a name in this layout it leaves the picture, if it was in it.
    fn miss(&mut self, missing: Missing) {
        self.is_waiting |= missing == Missing::Later;
    }

    /// Finds the glyphs of a text, into `cells`; gives a bit for each page that they lie on.
    fn find(&mut self, text: &str, weight: Weight) -> Result<(Arc<Run>, u8), Missing> {
        let run = self.shaper.run(text, weight).ok_or(Missing::Later)?;
        self.cells.clear();
        let mut pages = 0;
        for letter in &run.letters {
            match self.atlas.find(letter.glyph) {
                Found::Here(cell) => {
                    if !cell.is_empty() {
                        pages |= 1 << cell.page;
                    }
                    self.cells.push(cell);
                }
                Found::Later => return Err(Missing::Later),
                Found::Full => return Err(Missing::Room),
            }
        }
        Ok((run, pages))
    }

    /// Sets one line of text around its anchor, into `scratch`. Gives the pages that it needs.
    fn set_line(&mut self, text: &str, ink: &Ink) -> Result<u8, Missing> {
        let (run, pages) = self.find(text, ink.weight)?;
        let begin = -run.width_em * ink.size_px * 0.5;
        let base = MIDDLE_EM * ink.size_px;
        for (letter, cell) in run.letters.iter().zip(&self.cells) {
            let across = letter.pen_em + letter.offset_em[0] + cell.offset[0];
            let down = letter.offset_em[1] + cell.offset[1];
            let corner = [
                (begin + across * ink.size_px).round(),
                (base + down * ink.size_px).round(),
            ];
            self.scratch.extend(quad(cell, corner, 0.0, ink, NEAREST));
        }
        Ok(pages)
    }

    /// Sets a text along a line on the screen, glyph by glyph, its middle half way, into `scratch`. Stacked, the glyphs stay
    /// upright, one below the other. `depth_at` gives a letter's depth from how far along the line (px) and how far down the
    /// screen (px) its middle stands. Gives the pages that it needs.
    fn set_along(
        &mut self,
        text: &str,
        line: &[[f32; 2]],
        is_stacked: bool,
        ink: &Ink,
        depth_at: impl Fn(f32, f32) -> f32,
    ) -> Result<u8, Missing> {
        let (run, pages) = self.find(text, ink.weight)?;
        let length_px: f32 = line
            .iter()
            .zip(line.iter().skip(1))
            .map(|(from, to)| (to[0] - from[0]).hypot(to[1] - from[1]))
            .sum();
        let begin = (length_px - run.width_em * ink.size_px) * 0.5;
        for (letter, cell) in run.letters.iter().zip(&self.cells) {
            let pen = begin + letter.pen_em * ink.size_px;
            let advance = letter.advance_em * ink.size_px;
            let (middle, angle) = along_line(line, pen, advance);
            let angle = if is_stacked { 0.0 } else { angle };
            let [width, height] = cell.size_em().map(|em| em * ink.size_px);
            // From the middle of the glyph's room on the line to the middle of its quad, turned with the line.
            let across =
                (letter.offset_em[0] + cell.offset[0]) * ink.size_px + (width - advance) * 0.5;
            let down =
                (letter.offset_em[1] + cell.offset[1] + MIDDLE_EM) * ink.size_px + height * 0.5;
            let (sin, cos) = angle.sin_cos();
            let corner = [
                middle[0] + across * cos - down * sin - width * 0.5,
                middle[1] + across * sin + down * cos - height * 0.5,
            ];
            let depth = depth_at(pen + advance * 0.5, middle[1]);
            self.scratch.extend(quad(cell, corner, angle, ink, depth));
        }
        Ok(pages)
    }

    /// Writes every name.
    fn write_names(
        &mut self,
        shown: &ShownLabels,
        labels: &Labels,
        camera: &OrbitCamera,
        (style, scale): (Style, f32),
    ) {
        let viewport = camera.viewport();
        let sight = GroundSight::of(&camera.view(), &viewport);
        let (colours, halo) = match style {
            Style::Night => (&LABEL_COLOURS, Halo::Dark),
            Style::Day | Style::White => (&DARK_LABEL_COLOURS, Halo::Light),
        };
        let source = u64::from(labels.generation());
        for label in shown.list() {
            let hex = colours
                .get(usize::from(label.rank))
                .copied()
                .unwrap_or(colours[3]);
            let [red, green, blue, _] = linear(hex);
            let ink = Ink {
                weight: if label.rank == 0 {
                    Weight::Bold
                } else {
                    Weight::Regular
                },
                size_px: label_px(label.rank) * scale,
                colour: [red, green, blue],
                halo,
            };
            let key = TextKey::Name(label.index, label.place());
            let text = labels.text(label.index);
            let line = shown.line(label);
            if line.is_empty() {
                self.write_level(key, (source, text), (label.px, label.alpha), &ink);
            } else {
                let depth_at = |way_px: f32, y_px: f32| {
                    let nearness = shown.nearness_at(label, way_px);
                    letter_depth(sight, nearness, y_px, ink.size_px)
                };
                let along = (line, label.is_stacked, label.alpha);
                self.write_along(key, text, along, &ink, depth_at);
            }
        }
    }

    /// Writes the texts of drawings.
    fn write_drawn_texts(&mut self, drawings: &Drawings, camera: &OrbitCamera, scale: f32) {
        let viewport = camera.viewport();
        let size_px = DRAWN_TEXT_PX * scale;
        for (index, drawn) in drawings.texts.iter().enumerate() {
            let seen = camera.project(drawn.at);
            let Some(seen) = seen.filter(|seen| viewport.contains(seen.px)) else {
                continue;
            };
            let [red, green, blue, _] = linear(role_colour(drawn.role));
            let ink = Ink {
                weight: Weight::Regular,
                size_px,
                colour: [red, green, blue],
                halo: Halo::Dark,
            };
            let middle = [seen.px[0], seen.px[1] - DRAWN_TEXT_ABOVE_EM * size_px];
            let text = (drawings.revision, drawn.text.as_str());
            self.write_level(TextKey::Drawn(index as u32), text, (middle, 1.0), &ink);
        }
    }
}

fn anchor(px: [f32; 2], alpha: f32) -> Anchor {
    Anchor {
        px,
        alpha,
        spare: 0.0,
    }
}

/// The quad of a glyph whose top left is at `corner` px before it is turned about its middle; `None` for a glyph without outline.
fn quad(cell: &Cell, corner: [f32; 2], angle: f32, ink: &Ink, depth: f32) -> Option<GlyphQuad> {
    let [width, height] = cell.size_em().map(|em| em * ink.size_px);
    let whole = f32::from(i16::MAX);
    (!cell.is_empty()).then(|| GlyphQuad {
        place: [corner[0], corner[1], width, height],
        depth,
        sharpness: sharpness(ink.size_px),
        turn: [angle.cos(), angle.sin()].map(|part| (part * whole).round() as i16),
        texels: cell.texels,
        colour: ink.colour_bytes(),
        manner: [cell.page, ink.halo_reach(), 0, 0],
        anchor: 0,
    })
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
    (layers, look, sizes): (Res<LayerSwitches>, Res<CityLook>, Res<LabelLook>),
    drawings: Res<Drawings>,
    camera: Res<OrbitCamera>,
    mut seen: Local<SetFor>,
    mut glyphs: ResMut<LabelGlyphs>,
    mut needs: ResMut<NeedsFrame>,
) {
    let now = SetFor {
        labels: shown.revision(),
        drawings: drawings.revision,
        camera: (!drawings.texts.is_empty()).then(|| camera.revision()),
    };
    let has_other_looks = layers.is_changed() || look.is_changed() || sizes.is_changed();
    if *seen == now && !has_other_looks && !glyphs.is_waiting {
        return;
    }
    *seen = now;
    let glyphs = glyphs.as_mut();
    let scale = camera.viewport().scale as f32 * sizes.text_scale();
    glyphs.begin();
    if layers.is_shown(Layer::Labels) {
        glyphs.write_names(&shown, &labels, &camera, (look.style, scale));
    }
    glyphs.write_drawn_texts(&drawings, &camera, scale);
    glyphs.quads.end();
    if glyphs.is_waiting {
        needs.ask();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::math::DVec3;

    const INK: Ink = Ink {
        weight: Weight::Regular,
        size_px: 20.0,
        colour: [1.0; 3],
        halo: Halo::Dark,
    };
    const ANY: TextKey = TextKey::Name(0, (0, 0));

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
        assert_eq!(glyphs.set_line("塔", &INK), Ok(1));
        assert!(glyphs.scratch[0].depth >= NEAREST);
        glyphs.scratch.clear();
        let line = [[40.0, 50.0], [160.0, 50.0]];
        let depth_at = |way_px: f32, _y_px: f32| way_px / 200.0;
        assert_eq!(
            glyphs.set_along("南京路", &line, false, &INK, depth_at),
            Ok(1)
        );
        let depths: Vec<f32> = glyphs.scratch.iter().map(|quad| quad.depth).collect();
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
    fn a_line_stands_around_its_anchor() {
        let mut glyphs = LabelGlyphs::default();
        assert!(glyphs.set_line("南京路", &INK).is_ok());
        assert_eq!(glyphs.scratch.len(), 3);
        let left = glyphs.scratch[0].place[0];
        let right = glyphs.scratch[2].place[0] + glyphs.scratch[2].place[2];
        assert!(f32::midpoint(left, right).abs() < 3.0, "{left} … {right}");
    }

    #[test]
    fn a_level_line_is_written_like_a_plain_text() {
        let mut glyphs = LabelGlyphs::default();
        assert!(glyphs.set_line("南京路", &INK).is_ok());
        let plain = std::mem::take(&mut glyphs.scratch);
        let line = [[-60.0, 0.0], [60.0, 0.0]];
        assert!(glyphs.set_along("南京路", &line, false, &INK, near).is_ok());
        for (one, other) in plain.iter().zip(&glyphs.scratch) {
            let (a, b) = (middle_of(one), middle_of(other));
            assert!((a[0] - b[0]).hypot(a[1] - b[1]) < 1.1, "{a:?} and {b:?}");
        }
    }

    #[test]
    fn glyphs_turn_with_their_line_and_stay_upright_when_stacked() {
        let mut glyphs = LabelGlyphs::default();
        let rising = [[0.0, 100.0], [100.0, 0.0]];
        assert!(
            glyphs
                .set_along("南京路", &rising, false, &INK, near)
                .is_ok()
        );
        let half = std::f32::consts::FRAC_1_SQRT_2;
        for quad in &glyphs.scratch {
            let [x, y] = middle_of(quad);
            assert!((x + y - 100.0).abs() < 4.0, "on the line: {x}, {y}");
            let [cos, sin] = quad.turn.map(|part| f32::from(part) / f32::from(i16::MAX));
            assert!((cos - half).abs() < 1e-3 && (sin + half).abs() < 1e-3);
        }
        glyphs.scratch.clear();
        let upright = [[50.0, 0.0], [50.0, 100.0]];
        assert!(
            glyphs
                .set_along("南京路", &upright, true, &INK, near)
                .is_ok()
        );
        let middles: Vec<[f32; 2]> = glyphs.scratch.iter().map(middle_of).collect();
        assert!(
            middles
                .windows(2)
                .all(|pair| pair[1][1] - pair[0][1] > 15.0)
        );
        assert!(glyphs.scratch.iter().all(|quad| quad.turn[1] == 0));
    }

    #[test]
    fn every_shape_has_its_mark() {
        let glyphs = LabelGlyphs::default();
        for (shape, character) in MARKS {
            assert!(glyphs.marks[shape][2] > 0.0, "{character}");
        }
        for kind in EventMark::ALL {
            let [.., width, _] = glyphs.marks[SHAPE_SLOTS + kind as usize];
            assert!(width > 0.0, "{kind:?}");
        }
    }

    #[test]
    fn no_name_is_wider_than_the_room_that_it_is_given() {
        let texts = [
            "南京路",
            "G15 沈海高速",
            "Tower AVA 88",
            "（解放大道）",
            "1号线 Line 1 · 陆家嘴",
            "Café №5 ×2 …",
            "Ωμέγα Ж",
        ];
        let place = cim_geo::Geodetic {
            lon_deg: 121.5,
            lat_deg: 31.2,
            height_m: 0.0,
        };
        let label = |text: &str, rank: u8| cim_scene::Label {
            text: text.into(),
            position: place,
            rank,
            path: None,
            feature: None,
        };
        let all: Vec<cim_scene::Label> = texts
            .iter()
            .flat_map(|text| [label(text, 0), label(text, 1)])
            .collect();
        let mut app = App::new();
        app.add_plugins(cim_scene::ScenePlugin);
        app.world_mut()
            .write_message(cim_scene::TwinCommand::SetLabels(all));
        app.update();
        let labels = app.world().resource::<Labels>();
        let mut shaper = Shaper::new();
        for (index, weight) in (0..).zip([Weight::Bold, Weight::Regular].repeat(texts.len())) {
            let text = labels.text(index);
            let run = shaper.run(text, weight).expect("a frame has room");
            let (needed, given) = (run.width_em, labels.width_em(index));
            assert!(
                needed > 1.0 && needed <= given + 0.02,
                "{text}: {needed} in {given}"
            );
            assert!(given < needed * 1.35, "{text}: {needed} in {given}");
        }
    }

    #[test]
    fn a_name_that_moves_or_fades_is_not_set_again() {
        let mut glyphs = LabelGlyphs::default();
        let write = |glyphs: &mut LabelGlyphs, x: f32, alpha: f32| {
            glyphs.begin();
            glyphs.write_level(ANY, (1, "南京路"), ([x, 50.0], alpha), &INK);
            glyphs.quads.end();
            let [quads, anchors] = glyphs.quads.take_changes();
            (quads.len(), anchors.len())
        };
        assert_eq!(write(&mut glyphs, 100.0, 0.5), (1, 1));
        assert_eq!(write(&mut glyphs, 130.0, 0.5), (0, 1));
        assert_eq!(write(&mut glyphs, 130.0, 1.0), (0, 1));
        assert_eq!(write(&mut glyphs, 130.2, 1.0), (0, 0), "on whole pixels");
    }

    #[test]
    fn a_text_waits_until_all_of_its_glyphs_are_there() {
        let mut glyphs = LabelGlyphs::default();
        let text: String = ('\u{4e00}'..='\u{4e5f}').collect();
        let frames = (1..6)
            .find(|_| {
                glyphs.begin();
                glyphs.write_level(ANY, (1, text.as_str()), ([500.0, 50.0], 1.0), &INK);
                glyphs.quads.end();
                !glyphs.is_waiting
            })
            .expect("it comes");
        assert_eq!(frames, 2, "96 glyphs, 48 a frame");
        let drawn = glyphs
            .quads
            .quads()
            .iter()
            .filter(|quad| quad.place[2] > 0.0);
        assert!(drawn.count() > 48, "none is missing");
    }

    #[test]
    fn halos_grow_with_large_letters_only() {
        let reach = |size_px: f32, halo: Halo| {
            Ink {
                size_px,
                halo,
                ..INK
            }
            .halo_reach()
        };
        assert_eq!(reach(12.0, Halo::Dark), 32, "two px");
        assert_eq!(reach(16.0, Halo::Dark), 32);
        assert_eq!(reach(48.0, Halo::Dark), 96);
        assert!(reach(12.0, Halo::Light) < 32);
        assert_eq!(reach(1_000.0, Halo::Dark), 255);
    }
}
