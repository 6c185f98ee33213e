//! Draws the city model's tiles: what stands, near ones first; what lies flat; what lies below; ghosts and glass last.

use crate::{
    city_pipelines::{CityPipelines, Cutting, Form, PipelineKey, Step, copies_layout},
    city_tile::{IDENTITY, Part, TileBuffers, Uploader, rows_layout},
    device::{Offset, buffer, uniform_entry},
    manner::Manner,
    palette::Tones,
    textured::Textures,
};
use bytemuck::{Pod, Zeroable};
use cim_scene::FeatureStyles;
use cim_tiles::{FeatureClass, PlacedMesh, TileMesh};
use std::collections::BTreeMap;

/// Uniform slots start at multiples of this, bytes (the WebGPU default limit).
const SLOT: u64 = 256;
/// No feature.
pub(crate) const NONE: u32 = u32::MAX;
/// Cities in one picture: the city, and the one that it is compared with.
pub(crate) const CITIES: usize = 2;

/// Which tile, of which city.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TileKey {
    /// 0 the city, 1 the one that it is compared with.
    pub(crate) city: usize,
    pub(crate) tile: u32,
}

/// `Tile` of `shaders/city.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
struct TileUniform {
    offset: [f32; 4],
    pick: [u32; 4],
    base: [f32; 4],
    material: [f32; 4],
}

/// Flat classes in the order that they are drawn: what lies on top comes first, so that what it hides is not shaded.
const FLAT: [FeatureClass; 5] = [
    FeatureClass::Rail,
    FeatureClass::Road,
    FeatureClass::Water,
    FeatureClass::Green,
    FeatureClass::Ground,
];

/// How much of its nearness a class keeps. Flat classes share one plane: those below keep less, so that those above win,
/// and so does everything else that stands, lies or is drawn on the ground.
fn nearness_kept(class: FeatureClass) -> f32 {
    match class {
        FeatureClass::Rail => 1.0 - 1.0e-4,
        FeatureClass::Road => 1.0 - 3.2e-4,
        FeatureClass::Water => 1.0 - 6.0e-4,
        FeatureClass::Green => 1.0 - 9.0e-4,
        FeatureClass::Ground => 1.0 - 1.2e-3,
        FeatureClass::Building
        | FeatureClass::Bridge
        | FeatureClass::Tunnel
        | FeatureClass::Pipe
        | FeatureClass::Tree
        | FeatureClass::Furniture
        | FeatureClass::Model => 1.0,
    }
}

/// The colour of a class that follows the style.
fn class_colour(class: FeatureClass, tones: &Tones) -> [f32; 4] {
    let [_, water, green, road, rail, wall, ..] = tones.colours;
    let [tree, bridge, furniture, relief, tunnel, ..] = tones.more;
    match class {
        FeatureClass::Building => wall,
        FeatureClass::Water => water,
        FeatureClass::Green => green,
        FeatureClass::Road => road,
        FeatureClass::Rail => rail,
        FeatureClass::Ground => relief,
        FeatureClass::Bridge => bridge,
        FeatureClass::Tunnel => tunnel,
        FeatureClass::Tree => tree,
        FeatureClass::Pipe | FeatureClass::Furniture | FeatureClass::Model => furniture,
    }
}

/// Which classes are drawn: a bit per class.
pub(crate) fn class_bit(class: FeatureClass) -> u32 {
    1 << class.index()
}

/// True for what lies below ground.
pub(crate) fn is_below(class: FeatureClass) -> bool {
    matches!(class, FeatureClass::Tunnel | FeatureClass::Pipe)
}

/// True for what is the ground, or lies flat on it.
pub(crate) fn is_flat(class: FeatureClass) -> bool {
    FLAT.contains(&class)
}

/// One tile to draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TileDraw {
    pub(crate) key: TileKey,
    /// The tile's centre relative to the eye, metres ENU.
    pub(crate) offset: [f32; 3],
    pub(crate) selected: u32,
}

/// What of the city a picture shows, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    pub(crate) manner: Manner,
    /// [`class_bit`]s.
    pub(crate) layers: u32,
    pub(crate) has_cuts: bool,
    pub(crate) has_trench: bool,
    pub(crate) is_underground: bool,
}

/// A part of the picture, in the order in which they may be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Buildings, bridges, trees, furniture, content with its own materials.
    Standing,
    /// Ground, green, water, roads, rails.
    Flat,
    /// Pipes and tunnels, where they can be seen.
    Below,
    /// Materials that mix with what is behind them.
    Blended,
    /// Features that are ghosts.
    Ghosts,
}

impl Plan {
    /// How a part is drawn in a stage; `None` when it is not.
    fn step_of(&self, part: &Part, stage: Stage) -> Option<(Step, Cutting)> {
        let is_shown = self.layers & class_bit(part.class) != 0;
        if !is_shown || part.indices.is_empty() {
            return None;
        }
        let below = is_below(part.class);
        if below && !(self.is_underground || self.has_trench) {
            return None;
        }
        let flat = is_flat(part.class);
        let solid = if self.is_underground && !below {
            Step::Veiled
        } else {
            Step::Solid
        };
        let is_cut = self.has_cuts || (flat && self.has_trench);
        let cutting = match (below, self.is_underground, is_cut) {
            (true, false, _) => Cutting::Trench,
            (_, _, true) => Cutting::Cut,
            (_, _, false) => Cutting::Whole,
        };
        // A material of its own cannot tell where the way from the eye enters the ground.
        let cutting = match cutting {
            Cutting::Trench if part.form != Form::Below => return None,
            Cutting::Trench | Cutting::Cut | Cutting::Whole => cutting,
        };
        let is_drawn = match stage {
            Stage::Standing => !flat && !below && !part.is_blended,
            Stage::Flat => flat && !part.is_blended,
            Stage::Below => below && !part.is_blended,
            Stage::Blended => part.is_blended,
            Stage::Ghosts => {
                (!below || self.is_underground) && !matches!(part.form, Form::Lines | Form::Points)
            }
        };
        let step = match stage {
            Stage::Standing | Stage::Flat | Stage::Below => solid,
            Stage::Blended => Step::Blended,
            Stage::Ghosts => Step::Ghost,
        };
        let cutting = if stage == Stage::Ghosts {
            Cutting::Whole
        } else {
            cutting
        };
        is_drawn.then_some((step, cutting))
    }

    fn key_of(&self, part: &Part, stage: Stage) -> Option<PipelineKey> {
        let (step, cutting) = self.step_of(part, stage)?;
        Some(PipelineKey {
            form: part.form,
            step,
            cutting,
            manner: self.manner,
        })
    }

    /// The same for a pass that writes depth alone; veils over what lies below have none.
    fn depth_key_of(&self, part: &Part, stage: Stage) -> Option<PipelineKey> {
        let (step, cutting) = self.step_of(part, stage)?;
        let has_depth = step == Step::Solid || (step == Step::Veiled && stage == Stage::Standing);
        has_depth.then_some(PipelineKey {
            form: part.form,
            step: Step::Depth,
            cutting,
            manner: Manner::DEPTH,
        })
    }

    fn casts_shadow(&self, part: &Part) -> bool {
        let is_caster = matches!(
            part.class,
            FeatureClass::Building
                | FeatureClass::Bridge
                | FeatureClass::Tree
                | FeatureClass::Furniture
                | FeatureClass::Model
        );
        is_caster
            && self.layers & class_bit(part.class) != 0
            && !part.is_blended
            && !part.indices.is_empty()
            && !matches!(part.form, Form::Lines | Form::Points)
    }
}

/// A mesh of a tile that is in the picture.
struct Draw {
    key: TileKey,
    part: usize,
    slot: u32,
}

/// Pipelines and buffers of the city model.
pub(crate) struct CityPass {
    pipelines: CityPipelines,
    textures: Textures,
    slot_layout: wgpu::BindGroupLayout,
    rows_layout: wgpu::BindGroupLayout,
    slots: wgpu::Buffer,
    slot_group: wgpu::BindGroup,
    /// The one copy of meshes that have none, once for each corner of a point.
    once: wgpu::Buffer,
    tiles: BTreeMap<TileKey, TileBuffers>,
    /// Near ones first.
    draws: Vec<Draw>,
}

impl CityPass {
    /// `scene`: the layout of the scene's group (view, cuts, the sun's picture).
    pub(crate) fn new(
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        scene: &wgpu::BindGroupLayout,
    ) -> Self {
        let slot_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("tile"),
            entries: &[uniform_entry(0, size_of::<TileUniform>(), Offset::Dynamic)],
        });
        let rows_layout = rows_layout(device);
        let textures = Textures::new(device, queue);
        let layouts = [
            scene.clone(),
            slot_layout.clone(),
            rows_layout.clone(),
            textures.layout().clone(),
        ];
        let once = [IDENTITY; 4];
        let bytes: &[u8] = bytemuck::cast_slice(&once);
        let once = buffer(
            device,
            "one copy",
            bytes.len() as u64,
            wgpu::BufferUsages::VERTEX,
        );
        queue.write_buffer(&once, 0, bytes);
        let (slots, slot_group) = make_slots(device, &slot_layout, 256);
        Self {
            pipelines: CityPipelines::new(device, layouts),
            textures,
            slot_layout,
            rows_layout,
            slots,
            slot_group,
            once,
            tiles: BTreeMap::new(),
            draws: Vec::new(),
        }
    }

    /// Layouts of a mesh's slot and its features' rows.
    pub(crate) fn layouts(&self) -> [&wgpu::BindGroupLayout; 2] {
        [&self.slot_layout, &self.rows_layout]
    }

    /// The layout of the buffer of copies.
    pub(crate) fn copies_layout() -> wgpu::VertexBufferLayout<'static> {
        copies_layout()
    }

    /// True when the tile is here, its textures at the resolution that is wanted.
    pub(crate) fn has(&self, key: TileKey, texture_level: u8) -> bool {
        self.tiles
            .get(&key)
            .is_some_and(|tile| tile.is_at(texture_level))
    }

    /// Forgets tiles that are not among `kept`.
    pub(crate) fn keep(&mut self, kept: impl Fn(TileKey) -> bool) {
        self.tiles.retain(|key, _| kept(*key));
    }

    /// What all tiles take on the device, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.tiles.values().map(|tile| tile.bytes as u64).sum()
    }

    /// Brings a tile onto the device.
    pub(crate) fn upload(
        &mut self,
        (device, queue): (&wgpu::Device, &wgpu::Queue),
        key: TileKey,
        placed: &PlacedMesh,
        styles: Option<&FeatureStyles>,
    ) {
        let to = Uploader {
            device,
            queue,
            rows_layout: &self.rows_layout,
            textures: &self.textures,
            styles,
        };
        let made = TileBuffers::upload(&to, placed);
        self.tiles.insert(key, made);
    }

    /// Takes over changed styles of a tile's features.
    pub(crate) fn restyle(
        &mut self,
        (device, queue): (&wgpu::Device, &wgpu::Queue),
        key: TileKey,
        mesh: &TileMesh,
        styles: Option<&FeatureStyles>,
    ) {
        let to = Uploader {
            device,
            queue,
            rows_layout: &self.rows_layout,
            textures: &self.textures,
            styles,
        };
        if let Some(tile) = self.tiles.get_mut(&key) {
            tile.restyle(&to, mesh);
        }
    }

    /// Makes ready what the next pictures draw.
    pub(crate) fn prepare(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        draws: &[TileDraw],
        tones: &Tones,
        plan: &Plan,
    ) {
        let mut near_first: Vec<&TileDraw> = draws.iter().collect();
        // What near tiles hide is then not shaded.
        near_first.sort_by(|a, b| square(a.offset).total_cmp(&square(b.offset)));
        self.draws.clear();
        let mut bytes: Vec<u8> = Vec::new();
        for draw in near_first {
            let Some(tile) = self.tiles.get(&draw.key) else {
                continue;
            };
            for (row, part) in tile.parts.iter().enumerate() {
                let uniform = tile_uniform(draw, tile, part, tones);
                self.draws.push(Draw {
                    key: draw.key,
                    part: row,
                    slot: bytes.len() as u32,
                });
                bytes.extend_from_slice(bytemuck::bytes_of(&uniform));
                bytes.resize(bytes.len().next_multiple_of(SLOT as usize), 0);
            }
        }
        if self.slots.size() < bytes.len() as u64 {
            let count = (bytes.len() as u64 / SLOT).next_power_of_two();
            (self.slots, self.slot_group) = make_slots(device, &self.slot_layout, count);
        }
        queue.write_buffer(&self.slots, 0, &bytes);
        self.prepare_pipelines(device, plan);
    }

    fn prepare_pipelines(&mut self, device: &wgpu::Device, plan: &Plan) {
        // The first picture, with one sample, need not wait for what only finer ones use.
        let has_depth_pass = plan.manner.samples() > 1;
        for draw in &self.draws {
            let Some(tile) = self.tiles.get(&draw.key) else {
                continue;
            };
            let Some(part) = tile.parts.get(draw.part) else {
                continue;
            };
            for stage in [Stage::Standing, Stage::Flat, Stage::Below, Stage::Blended] {
                let depth = if has_depth_pass {
                    plan.depth_key_of(part, stage)
                } else {
                    None
                };
                let keys = [plan.key_of(part, stage), depth];
                for key in keys.into_iter().flatten() {
                    self.pipelines.prepare(device, key);
                }
            }
            if tile.has_ghosts
                && let Some(key) = plan.key_of(part, Stage::Ghosts)
            {
                self.pipelines.prepare(device, key);
            }
        }
    }

    /// Draws a stage of one city; the scene's group is bound already.
    pub(crate) fn draw(
        &self,
        pass: &mut wgpu::RenderPass<'_>,
        plan: &Plan,
        city: usize,
        stage: Stage,
    ) {
        match stage {
            Stage::Flat => {
                let mut order = FLAT;
                if plan.is_underground {
                    // Veils do not hide one another: the lowest comes first.
                    order.reverse();
                }
                for class in order {
                    self.draw_parts(pass, city, false, |_, part| {
                        (part.class == class)
                            .then(|| plan.key_of(part, stage))
                            .flatten()
                    });
                }
            }
            Stage::Ghosts => self.draw_parts(pass, city, true, |tile, part| {
                tile.has_ghosts.then(|| plan.key_of(part, stage)).flatten()
            }),
            Stage::Standing | Stage::Below | Stage::Blended => {
                let far_first = stage == Stage::Blended;
                self.draw_parts(pass, city, far_first, |_, part| plan.key_of(part, stage));
            }
        }
    }

    /// Writes the depth of a stage of one city and no colour; the scene's group is bound already.
    pub(crate) fn draw_depth(
        &self,
        pass: &mut wgpu::RenderPass<'_>,
        plan: &Plan,
        city: usize,
        stage: Stage,
    ) {
        self.draw_parts(pass, city, false, |_, part| plan.depth_key_of(part, stage));
    }

    fn draw_parts(
        &self,
        pass: &mut wgpu::RenderPass<'_>,
        city: usize,
        far_first: bool,
        key_of: impl Fn(&TileBuffers, &Part) -> Option<PipelineKey>,
    ) {
        let mut bound: Option<PipelineKey> = None;
        let mut one = |draw: &Draw| {
            let tile = self.tiles.get(&draw.key)?;
            let part = tile.parts.get(draw.part)?;
            let key = key_of(tile, part)?;
            if bound != Some(key) {
                pass.set_pipeline(self.pipelines.get(key)?);
                bound = Some(key);
            }
            pass.set_bind_group(1, &self.slot_group, &[draw.slot]);
            pass.set_bind_group(2, &tile.rows_group, &[]);
            if part.form.is_own() {
                let image = part.image.and_then(|row| tile.images.get(row));
                let image = image.unwrap_or_else(|| self.textures.white());
                pass.set_bind_group(3, image, &[]);
                pass.set_vertex_buffer(2, tile.own.slice(part.own_at..));
            }
            self.draw_part(pass, tile, part);
            Some(())
        };
        let in_city = |draw: &&Draw| draw.key.city == city;
        if far_first {
            for draw in self.draws.iter().rev().filter(in_city) {
                one(draw);
            }
        } else {
            for draw in self.draws.iter().filter(in_city) {
                one(draw);
            }
        }
    }

    fn draw_part(&self, pass: &mut wgpu::RenderPass<'_>, tile: &TileBuffers, part: &Part) {
        pass.set_vertex_buffer(0, tile.vertices.slice(part.vertices_at..));
        if part.form == Form::Points {
            pass.set_vertex_buffer(1, self.once.slice(..));
            pass.draw(0..4, part.indices.clone());
            return;
        }
        let count = if let Some((at, count)) = part.copies {
            pass.set_vertex_buffer(1, tile.copies.slice(at..));
            count
        } else {
            pass.set_vertex_buffer(1, self.once.slice(..));
            1
        };
        pass.set_index_buffer(tile.indices.slice(..), wgpu::IndexFormat::Uint32);
        pass.draw_indexed(part.indices.clone(), 0, 0..count);
    }

    /// Draws what casts shadows in one city; pipeline and view are bound already.
    pub(crate) fn draw_casters(&self, pass: &mut wgpu::RenderPass<'_>, plan: &Plan, city: usize) {
        for draw in self.draws.iter().filter(|draw| draw.key.city == city) {
            let Some(tile) = self.tiles.get(&draw.key) else {
                continue;
            };
            if let Some(part) = tile.parts.get(draw.part)
                && plan.casts_shadow(part)
            {
                pass.set_bind_group(1, &self.slot_group, &[draw.slot]);
                pass.set_bind_group(2, &tile.rows_group, &[]);
                self.draw_part(pass, tile, part);
            }
        }
    }
}

fn tile_uniform(draw: &TileDraw, tile: &TileBuffers, part: &Part, tones: &Tones) -> TileUniform {
    let [east, north, up] = draw.offset;
    TileUniform {
        offset: [east, north, up, nearness_kept(part.class)],
        pick: [part.class.index() as u32, draw.selected, tile.row_count, 0],
        base: part.base.unwrap_or_else(|| class_colour(part.class, tones)),
        material: part.material,
    }
}

fn square([x, y, z]: [f32; 3]) -> f32 {
    x * x + y * y + z * z
}

fn make_slots(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    count: u64,
) -> (wgpu::Buffer, wgpu::BindGroup) {
    let slots = buffer(
        device,
        "tile slots",
        count * SLOT,
        wgpu::BufferUsages::UNIFORM,
    );
    let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("tile"),
        layout,
        entries: &[wgpu::BindGroupEntry {
            binding: 0,
            resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer: &slots,
                offset: 0,
                size: std::num::NonZeroU64::new(size_of::<TileUniform>() as u64),
            }),
        }],
    });
    (slots, group)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(class: FeatureClass, form: Form) -> Part {
        Part {
            class,
            form,
            is_blended: false,
            vertices_at: 0,
            own_at: 0,
            copies: None,
            indices: 0..3,
            base: None,
            material: [0.0; 4],
            image: None,
        }
    }

    fn plan() -> Plan {
        Plan {
            manner: Manner::DEPTH,
            layers: u32::MAX,
            has_cuts: false,
            has_trench: false,
            is_underground: false,
        }
    }

    #[test]
    fn pipes_are_seen_through_a_trench_or_below_ground_alone() {
        let pipe = part(FeatureClass::Pipe, Form::Below);
        assert_eq!(plan().step_of(&pipe, Stage::Below), None);
        let opened = Plan {
            has_trench: true,
            ..plan()
        };
        assert_eq!(
            opened.step_of(&pipe, Stage::Below),
            Some((Step::Solid, Cutting::Trench))
        );
        let underground = Plan {
            is_underground: true,
            ..plan()
        };
        assert_eq!(
            underground.step_of(&pipe, Stage::Below),
            Some((Step::Solid, Cutting::Whole))
        );
    }

    #[test]
    fn a_trench_opens_the_ground_and_no_building() {
        let opened = Plan {
            has_trench: true,
            ..plan()
        };
        let road = part(FeatureClass::Road, Form::Road);
        let house = part(FeatureClass::Building, Form::Building);
        assert_eq!(
            opened.step_of(&road, Stage::Flat),
            Some((Step::Solid, Cutting::Cut))
        );
        assert_eq!(
            opened.step_of(&house, Stage::Standing),
            Some((Step::Solid, Cutting::Whole))
        );
    }

    #[test]
    fn a_layer_that_is_off_is_drawn_in_no_stage() {
        let off = Plan {
            layers: !class_bit(FeatureClass::Water),
            ..plan()
        };
        let lake = part(FeatureClass::Water, Form::Water);
        for stage in [
            Stage::Standing,
            Stage::Flat,
            Stage::Below,
            Stage::Blended,
            Stage::Ghosts,
        ] {
            assert_eq!(off.step_of(&lake, stage), None);
        }
        assert_ne!(plan().step_of(&lake, Stage::Flat), None);
    }

    #[test]
    fn what_lies_on_top_keeps_more_of_its_nearness() {
        for pair in FLAT.windows(2) {
            assert!(nearness_kept(pair[0]) > nearness_kept(pair[1]));
        }
    }
}
