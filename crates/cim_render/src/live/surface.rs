//! Draws surfaces of water from depth rasters, and contour lines.

use super::{
    keep::{Blended, Kept, Pipelines, Tint, Told, Way, group},
    need::Limits,
    ramps::{Ramps, Scale},
};
use crate::{
    device::{Offset, sampler_entry, shader, texture_entry, uniform_entry},
    palette::linear,
};
use bytemuck::{Pod, Zeroable};
use cim_layers::{
    field::{Contour, FloodMesh},
    layer::Stand,
    room::DeviceNeed,
};
use std::collections::BTreeMap;

/// Colours of water, sRGB: shallow and deep (that of the city's own water), and the line of the shore.
const SHALLOW: u32 = 0x4F9BC2;
const DEEP: u32 = 0x0C2A3A;
const SHORE: u32 = 0xBFE3F2;
/// How strongly they cover what is below, 0 to 1.
const SHALLOW_COVER: f32 = 0.42;
const DEEP_COVER: f32 = 0.86;
const SHORE_COVER: f32 = 0.85;
/// Width of the line of the shore, CSS px.
const SHORE_PX: f32 = 1.5;
/// The surface is lifted by so much, metres: it must not sink into ground that is drawn flat.
const LIFT_M: f32 = 0.05;
/// Width of contours and of main contours, CSS px.
const CONTOUR_PX: f32 = 1.1;
const MAIN_PX: f32 = 2.0;
/// Every so many levels a contour is a main one.
const MAIN_EVERY: usize = 5;

/// How a surface of water looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct WaterLook {
    /// The depth in which light falls to 1/e, metres: small for shallow floods, so that they show steps of a decimetre.
    pub(crate) clear_m: f32,
    /// 0 to 1.
    pub(crate) opacity: f32,
    pub(crate) stand: Stand,
}

/// How contour lines look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ContourLook {
    /// [`Tint::State`] for one colour.
    pub(crate) tint: Tint,
    pub(crate) scale: Scale,
    /// sRGB hex.
    pub(crate) plain: u32,
    /// Height of the lines, metres above the city's origin.
    pub(crate) up_m: f32,
    /// 0 to 1.
    pub(crate) opacity: f32,
    pub(crate) stand: Stand,
}

/// `Water` of `shaders/surface.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
struct WaterUniform {
    shallow: [f32; 4],
    deep: [f32; 4],
    shore: [f32; 4],
    manner: [f32; 4],
}

impl WaterUniform {
    fn new(look: &WaterLook, scale: f32) -> Self {
        Self {
            shallow: covering(SHALLOW, SHALLOW_COVER),
            deep: covering(DEEP, DEEP_COVER),
            shore: covering(SHORE, SHORE_COVER),
            manner: [
                look.clear_m.max(0.01).recip(),
                look.opacity.clamp(0.0, 1.0),
                SHORE_PX * scale,
                LIFT_M,
            ],
        }
    }
}

/// `Lines` of `shaders/surface.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
struct LinesUniform {
    colour: [f32; 4],
    manner: [f32; 4],
    range: [f32; 4],
}

impl LinesUniform {
    fn new(look: &ContourLook, scale: f32) -> Self {
        let [from, per_unit, ramp] = look.scale.range();
        Self {
            colour: linear(look.plain),
            manner: [
                CONTOUR_PX * scale,
                MAIN_PX * scale,
                look.opacity.clamp(0.0, 1.0),
                look.up_m,
            ],
            range: [from, per_unit, ramp, 0.0],
        }
    }
}

fn covering(hex: u32, cover: f32) -> [f32; 4] {
    let [red, green, blue, _] = linear(hex);
    [red, green, blue, cover]
}

/// A straight stretch of a contour.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
struct Stretch {
    /// Metres east and north, 0; level.
    from: [f32; 4],
    /// Metres east and north, 0; 1 for a main line, else 0.
    to: [f32; 4],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Water(Way),
    Contours(Tint, Way),
}

impl Piece {
    fn entries(self) -> [&'static str; 2] {
        match self {
            Self::Water(_) => ["water_vertex", "water_fragment"],
            Self::Contours(tint, way) => {
                let fragment = match (tint, way == Way::Hidden) {
                    (Tint::State, false) => "plain_contour_fragment",
                    (Tint::State, true) => "hidden_plain_contour_fragment",
                    (Tint::Value, false) => "value_contour_fragment",
                    (Tint::Value, true) => "hidden_value_contour_fragment",
                };
                ["contour_vertex", fragment]
            }
        }
    }
}

struct Water {
    corners: Kept,
    indices: Kept,
    index_count: u32,
    revision: Option<u64>,
    uniform: Told<WaterUniform>,
    group: wgpu::BindGroup,
    /// `None` until the water has a look.
    way: Option<Way>,
}

impl Water {
    fn new(device: &wgpu::Device, layout: &wgpu::BindGroupLayout) -> Self {
        let uniform = Told::new(device, "water");
        Self {
            corners: Kept::new(device, "water", wgpu::BufferUsages::VERTEX),
            indices: Kept::new(device, "water triangles", wgpu::BufferUsages::INDEX),
            index_count: 0,
            revision: None,
            group: group(
                device,
                "water",
                layout,
                &[uniform.buffer().as_entire_binding()],
            ),
            uniform,
            way: None,
        }
    }
}

struct Contours {
    stretches: Kept,
    count: u32,
    revision: Option<u64>,
    uniform: Told<LinesUniform>,
    group: wgpu::BindGroup,
    /// `None` until the lines have a look.
    manner: Option<(Tint, Stand)>,
}

impl Contours {
    fn new(device: &wgpu::Device, layout: &wgpu::BindGroupLayout, ramps: &Ramps) -> Self {
        let uniform = Told::new(device, "contours");
        let entry = |binding, resource| wgpu::BindGroupEntry { binding, resource };
        Self {
            stretches: Kept::new(device, "contours", wgpu::BufferUsages::VERTEX),
            count: 0,
            revision: None,
            group: device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("contours"),
                layout,
                entries: &[
                    entry(1, wgpu::BindingResource::TextureView(ramps.view())),
                    entry(2, wgpu::BindingResource::Sampler(ramps.sampler())),
                    entry(3, uniform.buffer().as_entire_binding()),
                ],
            }),
            uniform,
            manner: None,
        }
    }
}

/// Buffers and pipelines of water and contours.
pub(crate) struct SurfacePass {
    module: wgpu::ShaderModule,
    view_layout: wgpu::BindGroupLayout,
    water_layout: wgpu::BindGroupLayout,
    lines_layout: wgpu::BindGroupLayout,
    pipelines: Pipelines<Piece>,
    waters: BTreeMap<u32, Water>,
    contours: BTreeMap<u32, Contours>,
}

impl SurfacePass {
    pub(crate) fn new(device: &wgpu::Device, view: &wgpu::BindGroupLayout) -> Self {
        Self {
            module: shader(
                device,
                "surface",
                include_str!("../../../../shaders/surface.wgsl"),
            ),
            view_layout: view.clone(),
            water_layout: device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("water"),
                entries: &[uniform_entry(0, size_of::<WaterUniform>(), Offset::Fixed)],
            }),
            lines_layout: device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("contours"),
                entries: &[
                    texture_entry(1, true),
                    sampler_entry(2),
                    uniform_entry(3, size_of::<LinesUniform>(), Offset::Fixed),
                ],
            }),
            pipelines: Pipelines::default(),
            waters: BTreeMap::new(),
            contours: BTreeMap::new(),
        }
    }

    /// Brings the water of layer `id` onto the device, unless it is there with this revision.
    pub(crate) fn write_water(
        &mut self,
        (device, queue): (&wgpu::Device, &wgpu::Queue),
        id: u32,
        (revision, mesh): (u64, &FloodMesh),
    ) {
        let water = self
            .waters
            .entry(id)
            .or_insert_with(|| Water::new(device, &self.water_layout));
        if water.revision == Some(revision) {
            return;
        }
        water.revision = Some(revision);
        let corners = corners_of(mesh);
        let all = water.corners.most(device, &corners);
        let indices = water.indices.most(device, &mesh.indices);
        let last = indices.iter().max().copied().unwrap_or(0);
        // A mesh that names corners which are not there is not drawn.
        water.index_count = if (last as usize) < all.len() {
            (indices.len() / 3 * 3) as u32
        } else {
            0
        };
        water.corners.fill(device, queue, all);
        water.indices.fill(device, queue, indices);
    }

    /// Says how the water of layer `id` looks with `scale` device px per CSS px.
    pub(crate) fn look_water(
        &mut self,
        queue: &wgpu::Queue,
        id: u32,
        look: &WaterLook,
        scale: f32,
    ) {
        if let Some(water) = self.waters.get_mut(&id) {
            water.uniform.tell(queue, &WaterUniform::new(look, scale));
            water.way = Some(Way::of_fill(look.stand));
        }
    }

    /// Brings the contours of layer `id` onto the device, unless they are there with this revision.
    pub(crate) fn write_contours(
        &mut self,
        (device, queue): (&wgpu::Device, &wgpu::Queue),
        ramps: &Ramps,
        id: u32,
        (revision, contours): (u64, &[Contour]),
    ) {
        let lines = self
            .contours
            .entry(id)
            .or_insert_with(|| Contours::new(device, &self.lines_layout, ramps));
        if lines.revision == Some(revision) {
            return;
        }
        lines.revision = Some(revision);
        let stretches = stretches_of(contours);
        let stretches = lines.stretches.most(device, &stretches);
        lines.count = stretches.len() as u32;
        lines.stretches.fill(device, queue, stretches);
    }

    /// Says how the contours of layer `id` look with `scale` device px per CSS px.
    pub(crate) fn look_contours(
        &mut self,
        queue: &wgpu::Queue,
        id: u32,
        look: &ContourLook,
        scale: f32,
    ) {
        if let Some(lines) = self.contours.get_mut(&id) {
            lines.uniform.tell(queue, &LinesUniform::new(look, scale));
            lines.manner = Some((look.tint, look.stand));
        }
    }

    /// Takes a layer out of the picture and off the device.
    pub(crate) fn drop_layer(&mut self, id: u32) {
        self.waters.remove(&id);
        self.contours.remove(&id);
    }

    /// Makes what is missing for a picture of `format`.
    pub(crate) fn prepare(&mut self, device: &wgpu::Device, format: wgpu::TextureFormat) {
        let waters = self.waters.values().filter_map(|water| water.way);
        let manners = self.contours.values().filter_map(|lines| lines.manner);
        let contours = manners.flat_map(|(tint, stand)| {
            Way::all_of(stand)
                .iter()
                .map(move |way| Piece::Contours(tint, *way))
        });
        self.pipelines.aim(format);
        for piece in waters.map(Piece::Water).chain(contours) {
            let group_layout = match piece {
                Piece::Water(_) => &self.water_layout,
                Piece::Contours(..) => &self.lines_layout,
            };
            let (module, layouts) = (&self.module, [&self.view_layout, group_layout]);
            self.pipelines.need(piece, |piece| {
                make(device, module, layouts, (piece, format))
            });
        }
    }

    /// Draws the water of layer `id` and then its contours, if there are any.
    pub(crate) fn draw(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup, id: u32) {
        if let Some(water) = self.waters.get(&id)
            && water.index_count > 0
            && let Some(way) = water.way
            && let Some(pipeline) = self.pipelines.get(Piece::Water(way))
        {
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, view, &[]);
            pass.set_bind_group(1, &water.group, &[]);
            pass.set_vertex_buffer(0, water.corners.buffer().slice(..));
            pass.set_index_buffer(water.indices.buffer().slice(..), wgpu::IndexFormat::Uint32);
            pass.draw_indexed(0..water.index_count, 0, 0..1);
        }
        if let Some(lines) = self.contours.get(&id)
            && lines.count > 0
            && let Some((tint, stand)) = lines.manner
        {
            pass.set_bind_group(0, view, &[]);
            pass.set_bind_group(1, &lines.group, &[]);
            pass.set_vertex_buffer(0, lines.stretches.buffer().slice(..));
            for way in Way::all_of(stand) {
                if let Some(pipeline) = self.pipelines.get(Piece::Contours(tint, *way)) {
                    pass.set_pipeline(pipeline);
                    pass.draw(0..4, 0..lines.count);
                }
            }
        }
    }

    /// What water and contours take on the device, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.kept().map(Kept::bytes).sum()
    }

    /// What the water and the contours of layer `id` take on the device, bytes.
    pub(crate) fn layer_bytes(&self, id: u32) -> u64 {
        let water = self.waters.get(&id);
        let lines = self.contours.get(&id);
        water.map_or(0, |water| water.corners.bytes() + water.indices.bytes())
            + lines.map_or(0, |lines| lines.stretches.bytes())
    }

    /// Bytes written since the layers were made.
    pub(crate) fn uploaded(&self) -> u64 {
        self.kept().map(Kept::uploaded).sum()
    }

    fn kept(&self) -> impl Iterator<Item = &Kept> {
        let of_water = self
            .waters
            .values()
            .flat_map(|water| [&water.corners, &water.indices]);
        of_water.chain(self.contours.values().map(|lines| &lines.stretches))
    }
}

fn make(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    layouts: [&wgpu::BindGroupLayout; 2],
    (piece, format): (Piece, wgpu::TextureFormat),
) -> wgpu::RenderPipeline {
    let water_attributes = wgpu::vertex_attr_array![0 => Float32x4];
    let line_attributes = wgpu::vertex_attr_array![0 => Float32x4, 1 => Float32x4];
    let (buffers, topology, way) = match piece {
        Piece::Water(way) => (
            [wgpu::VertexBufferLayout {
                array_stride: size_of::<[f32; 4]>() as u64,
                step_mode: wgpu::VertexStepMode::Vertex,
                attributes: water_attributes.as_slice(),
            }],
            wgpu::PrimitiveTopology::TriangleList,
            way,
        ),
        Piece::Contours(_, way) => (
            [wgpu::VertexBufferLayout {
                array_stride: size_of::<Stretch>() as u64,
                step_mode: wgpu::VertexStepMode::Instance,
                attributes: line_attributes.as_slice(),
            }],
            wgpu::PrimitiveTopology::TriangleStrip,
            way,
        ),
    };
    Blended {
        label: "surface",
        layouts,
        shader: module,
        entries: piece.entries(),
        buffers: &buffers,
        topology,
        way,
        cull: None,
        format,
    }
    .make(device)
}

/// What a surface of water takes on the device.
pub(crate) fn water_need(mesh: &FloodMesh, limits: Limits) -> DeviceNeed {
    limits
        .kept(mesh.places.len(), size_of::<[f32; 4]>())
        .and(limits.kept(mesh.indices.len(), size_of::<u32>()))
}

/// What contours take on the device.
pub(crate) fn contours_need(contours: &[Contour], limits: Limits) -> DeviceNeed {
    let lines = contours.iter().flat_map(|contour| &contour.lines);
    let stretches: usize = lines.map(|line| line.len().saturating_sub(1)).sum();
    limits.kept(stretches, size_of::<Stretch>())
}

/// Corners as the shader reads them: place and depth.
fn corners_of(mesh: &FloodMesh) -> Vec<[f32; 4]> {
    mesh.places
        .iter()
        .zip(&mesh.depths)
        .map(|([east, north, up], depth)| [*east, *north, *up, *depth])
        .collect()
}

/// The stretches of all lines; of the levels, in their order, every fifth is a main one.
fn stretches_of(contours: &[Contour]) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    for (number, contour) in contours.iter().enumerate() {
        let main = if number.is_multiple_of(MAIN_EVERY) {
            1.0
        } else {
            0.0
        };
        for line in &contour.lines {
            let ends = line.iter().zip(line.iter().skip(1));
            stretches.extend(ends.map(|(from, to)| Stretch {
                from: [from[0], from[1], 0.0, contour.level],
                to: [to[0], to[1], 0.0, main],
            }));
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corner_of_water_is_its_place_and_its_depth() {
        let mesh = FloodMesh {
            places: vec![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]],
            depths: vec![0.5],
            indices: Vec::new(),
        };
        // A corner without a depth is none.
        let bits: Vec<[u32; 4]> = corners_of(&mesh)
            .into_iter()
            .map(|corner| corner.map(f32::to_bits))
            .collect();
        assert_eq!(bits, [[1.0_f32, 2.0, 3.0, 0.5].map(f32::to_bits)]);
    }

    #[test]
    fn a_ring_of_a_contour_has_a_stretch_less_than_points() {
        let contour = |level| Contour {
            level,
            lines: vec![
                vec![[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]],
                vec![[5.0, 5.0]],
            ],
        };
        let levels: Vec<Contour> = [10.0, 20.0].map(contour).to_vec();
        let stretches = stretches_of(&levels);
        assert_eq!(stretches.len(), 6);
        assert!((stretches[0].from[3] - 10.0).abs() < 1e-6);
        // The first level is a main one, the second is not.
        assert!(stretches[0].to[3] > 0.5 && stretches[3].to[3] < 0.5);
    }

    #[test]
    fn deep_water_covers_more_and_is_darker_than_shallow() {
        let look = WaterLook {
            clear_m: 0.0,
            opacity: 0.7,
            stand: Stand::On,
        };
        let uniform = WaterUniform::new(&look, 2.0);
        assert!(uniform.deep[3] > uniform.shallow[3]);
        assert!((0..3).all(|channel| uniform.deep[channel] < uniform.shallow[channel]));
        assert!(uniform.manner[0].is_finite());
        assert!((uniform.manner[2] - 3.0).abs() < 1e-6);
        assert_eq!(size_of::<WaterUniform>(), 64);
        assert_eq!(size_of::<LinesUniform>(), 48);
    }

    #[test]
    fn what_the_city_hides_of_a_contour_has_an_entry_of_its_own() {
        for tint in [Tint::State, Tint::Value] {
            let [_, hidden] = Piece::Contours(tint, Way::Hidden).entries();
            let [_, front] = Piece::Contours(tint, Way::Front).entries();
            assert_eq!(hidden, format!("hidden_{front}"));
        }
    }
}
