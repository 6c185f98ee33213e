//! Draws areas on the ground: grids and communities coloured by a value, and fences with broken borders.
//!
//! Shapes go to the device when they change; a new value is 16 bytes per area.

use super::{
    keep::{Blended, Kept, Pipelines, Told, Way, group, rows_entry},
    need::Limits,
    outline::{filled, rings},
};
use crate::device::{Offset, shader, uniform_entry};
use bevy::math::DVec2;
use bytemuck::{Pod, Zeroable};
use cim_layers::{layer::Stand, motion::fence::FenceShape, room::DeviceNeed};
use std::collections::{BTreeMap, BTreeSet};

/// Width of a border, CSS px.
const BORDER_PX: f32 = 1.5;
/// Distance of the lines of a hatch, CSS px.
const HATCH_PX: f32 = 7.0;
/// Least length of a dash with its gap, CSS px.
const DASH_PX: f32 = 8.0;
/// How strongly a fence is filled and bordered, 0 to 255. Light is mixed, not its code: a little of it shows far on dark ground.
const FENCE_FILL: u8 = 8;
const FENCE_BORDER: u8 = 230;
/// Flags of a paint; see `shaders/areas.wgsl`.
const HATCHED: u32 = 1;
const BROKEN: u32 = 2;
const UNSEEN: u32 = 4;
/// Borders of two areas are one when their corners differ by less, metres.
const SAME_M: f64 = 0.01;

/// A colour (sRGB) and how strong it is, 0 to 255.
pub(crate) type Strong = ([u8; 3], u8);

/// How one area is painted.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq, Eq)]
pub(crate) struct AreaPaint {
    fill: u32,
    border: u32,
    flags: u32,
    pad: u32,
}

impl AreaPaint {
    /// Not drawn.
    pub(crate) const NONE: Self = Self {
        fill: 0,
        border: 0,
        flags: UNSEEN,
        pad: 0,
    };

    /// A class of a value: filled, with a whole border.
    pub(crate) fn class(fill: Strong, border: Strong) -> Self {
        Self {
            fill: packed(fill),
            border: packed(border),
            flags: 0,
            pad: 0,
        }
    }

    /// An area that nothing is known of, or nothing new: hatched.
    pub(crate) fn hatched(fill: Strong, border: Strong) -> Self {
        Self {
            flags: HATCHED,
            ..Self::class(fill, border)
        }
    }

    /// A fence of a colour (sRGB): hardly filled, with a broken border.
    pub(crate) fn fence(colour: [u8; 3]) -> Self {
        Self {
            flags: BROKEN,
            ..Self::class((colour, FENCE_FILL), (colour, FENCE_BORDER))
        }
    }
}

fn packed(([red, green, blue], strength): Strong) -> u32 {
    u32::from_le_bytes([red, green, blue, strength])
}

/// Where areas lie, and which of their borders are drawn twice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AreaShapes<'a> {
    /// One per area.
    pub(crate) shapes: &'a [FenceShape],
    /// Height of all of them, metres above the city's origin.
    pub(crate) up_m: f32,
    pub(crate) borders: Borders,
}

/// What happens where two areas meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Borders {
    /// They share one border, painted as the first of them says.
    Shared,
    /// Each has its own.
    Own,
}

/// A corner of a fill.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
struct Corner {
    at: [f32; 3],
    area: u32,
}

/// A straight stretch of a border.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
struct Stretch {
    from: [f32; 3],
    area: u32,
    to: [f32; 3],
    /// Metres along the ring at its beginning.
    along_m: f32,
}

/// `Areas` of `shaders/areas.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
struct AreasUniform {
    manner: [f32; 4],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Fill(Way),
    Border(Way),
}

impl Piece {
    fn entries(self) -> [&'static str; 2] {
        match self {
            Self::Fill(_) => ["fill_vertex", "fill_fragment"],
            Self::Border(Way::Hidden) => ["border_vertex", "hidden_border_fragment"],
            Self::Border(Way::Front | Way::Over) => ["border_vertex", "border_fragment"],
        }
    }

    /// What is drawn of a layer, in drawing order.
    fn all_of(stand: Stand) -> impl Iterator<Item = Self> {
        let borders = Way::all_of(stand).iter().copied().map(Self::Border);
        std::iter::once(Self::Fill(Way::of_fill(stand))).chain(borders)
    }
}

struct Areas {
    corners: Kept,
    corner_count: u32,
    stretches: Kept,
    stretch_count: u32,
    paints: Kept,
    uniform: Told<AreasUniform>,
    group: wgpu::BindGroup,
    /// How many areas have a shape and a paint.
    shape_count: usize,
    paint_count: usize,
    /// Which shapes are on the device.
    revision: Option<u64>,
    /// `None` until the areas have a look.
    stand: Option<Stand>,
}

impl Areas {
    fn new(device: &wgpu::Device, layout: &wgpu::BindGroupLayout) -> Self {
        let vertices = |label| Kept::new(device, label, wgpu::BufferUsages::VERTEX);
        let paints = Kept::new(device, "area paints", wgpu::BufferUsages::STORAGE);
        let uniform = Told::new(device, "areas");
        Self {
            corners: vertices("area fills"),
            corner_count: 0,
            stretches: vertices("area borders"),
            stretch_count: 0,
            group: areas_group(device, layout, &uniform, &paints),
            paints,
            uniform,
            shape_count: 0,
            paint_count: 0,
            revision: None,
            stand: None,
        }
    }
}

/// Buffers and pipelines of areas.
pub(crate) struct AreasPass {
    module: wgpu::ShaderModule,
    view_layout: wgpu::BindGroupLayout,
    layout: wgpu::BindGroupLayout,
    pipelines: Pipelines<Piece>,
    layers: BTreeMap<u32, Areas>,
}

impl AreasPass {
    pub(crate) fn new(device: &wgpu::Device, view: &wgpu::BindGroupLayout) -> Self {
        Self {
            module: shader(
                device,
                "areas",
                include_str!("../../../../shaders/areas.wgsl"),
            ),
            view_layout: view.clone(),
            layout: device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("areas"),
                entries: &[
                    uniform_entry(0, size_of::<AreasUniform>(), Offset::Fixed),
                    rows_entry(1),
                ],
            }),
            pipelines: Pipelines::default(),
            layers: BTreeMap::new(),
        }
    }

    /// Brings the shapes of layer `id` onto the device, unless they are there with this revision.
    pub(crate) fn write(
        &mut self,
        (device, queue): (&wgpu::Device, &wgpu::Queue),
        id: u32,
        revision: u64,
        areas: AreaShapes<'_>,
    ) {
        let layer = self
            .layers
            .entry(id)
            .or_insert_with(|| Areas::new(device, &self.layout));
        if layer.revision == Some(revision) {
            return;
        }
        let (corners, stretches) = meshed(areas);
        let corners = layer.corners.most(device, &corners);
        layer.corners.fill(device, queue, corners);
        layer.corner_count = (corners.len() / 3 * 3) as u32;
        let stretches = layer.stretches.most(device, &stretches);
        layer.stretches.fill(device, queue, stretches);
        layer.stretch_count = stretches.len() as u32;
        layer.shape_count = areas.shapes.len();
        layer.revision = Some(revision);
    }

    /// Says how the areas of layer `id` are painted, one paint per shape; nothing is drawn while there are fewer.
    pub(crate) fn paint(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        id: u32,
        paints: &[AreaPaint],
    ) {
        if let Some(layer) = self.layers.get_mut(&id) {
            let paints = layer.paints.most(device, paints);
            if layer.paints.fill(device, queue, paints) {
                layer.group = areas_group(device, &self.layout, &layer.uniform, &layer.paints);
            }
            layer.paint_count = paints.len();
        }
    }

    /// Says how the areas of layer `id` look; `opacity` is 0 to 1, `scale` device px per CSS px.
    pub(crate) fn look(
        &mut self,
        queue: &wgpu::Queue,
        id: u32,
        (opacity, stand): (f32, Stand),
        scale: f32,
    ) {
        if let Some(layer) = self.layers.get_mut(&id) {
            let uniform = AreasUniform {
                manner: [
                    opacity.clamp(0.0, 1.0),
                    BORDER_PX * scale,
                    HATCH_PX * scale,
                    DASH_PX * scale,
                ],
            };
            layer.uniform.tell(queue, &uniform);
            layer.stand = Some(stand);
        }
    }

    /// Takes a layer out of the picture and off the device.
    pub(crate) fn drop_layer(&mut self, id: u32) {
        self.layers.remove(&id);
    }

    /// Makes what is missing for a picture of `format`.
    pub(crate) fn prepare(&mut self, device: &wgpu::Device, format: wgpu::TextureFormat) {
        self.pipelines.aim(format);
        for stand in self.layers.values().filter_map(|layer| layer.stand) {
            for piece in Piece::all_of(stand) {
                let (module, layouts) = (&self.module, [&self.view_layout, &self.layout]);
                self.pipelines.need(piece, |piece| {
                    make(device, module, layouts, (piece, format))
                });
            }
        }
    }

    /// Draws the areas of layer `id`, if there are any.
    pub(crate) fn draw(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup, id: u32) {
        let Some(layer) = self.layers.get(&id) else {
            return;
        };
        let Some(stand) = layer
            .stand
            .filter(|_| layer.paint_count >= layer.shape_count)
        else {
            return;
        };
        pass.set_bind_group(0, view, &[]);
        pass.set_bind_group(1, &layer.group, &[]);
        for piece in Piece::all_of(stand) {
            let Some(pipeline) = self.pipelines.get(piece) else {
                continue;
            };
            let (rows, vertices, instances) = match piece {
                Piece::Fill(_) => (&layer.corners, layer.corner_count, 1),
                Piece::Border(_) => (&layer.stretches, 4, layer.stretch_count),
            };
            if vertices > 0 && instances > 0 {
                pass.set_pipeline(pipeline);
                pass.set_vertex_buffer(0, rows.buffer().slice(..));
                pass.draw(0..vertices, 0..instances);
            }
        }
    }

    /// What the areas take on the device, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.kept().map(Kept::bytes).sum()
    }

    /// What the areas of layer `id` take on the device, bytes.
    pub(crate) fn layer_bytes(&self, id: u32) -> u64 {
        self.layers.get(&id).map_or(0, |layer| {
            layer.corners.bytes() + layer.stretches.bytes() + layer.paints.bytes()
        })
    }

    /// Bytes written since the layers were made.
    pub(crate) fn uploaded(&self) -> u64 {
        self.kept().map(Kept::uploaded).sum()
    }

    fn kept(&self) -> impl Iterator<Item = &Kept> {
        self.layers
            .values()
            .flat_map(|layer| [&layer.corners, &layer.stretches, &layer.paints])
    }
}

fn make(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    layouts: [&wgpu::BindGroupLayout; 2],
    (piece, format): (Piece, wgpu::TextureFormat),
) -> wgpu::RenderPipeline {
    let fill_attributes = wgpu::vertex_attr_array![0 => Float32x3, 1 => Uint32];
    let border_attributes =
        wgpu::vertex_attr_array![0 => Float32x3, 1 => Uint32, 2 => Float32x3, 3 => Float32];
    let (buffers, topology, way) = match piece {
        Piece::Fill(way) => (
            [wgpu::VertexBufferLayout {
                array_stride: size_of::<Corner>() as u64,
                step_mode: wgpu::VertexStepMode::Vertex,
                attributes: fill_attributes.as_slice(),
            }],
            wgpu::PrimitiveTopology::TriangleList,
            way,
        ),
        Piece::Border(way) => (
            [wgpu::VertexBufferLayout {
                array_stride: size_of::<Stretch>() as u64,
                step_mode: wgpu::VertexStepMode::Instance,
                attributes: border_attributes.as_slice(),
            }],
            wgpu::PrimitiveTopology::TriangleStrip,
            way,
        ),
    };
    Blended {
        label: "areas",
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

fn areas_group(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    uniform: &Told<AreasUniform>,
    paints: &Kept,
) -> wgpu::BindGroup {
    group(
        device,
        "areas",
        layout,
        &[
            uniform.buffer().as_entire_binding(),
            paints.buffer().as_entire_binding(),
        ],
    )
}

/// What areas take on the device, as if none shared a border with another.
pub(crate) fn need(shapes: &[FenceShape], limits: Limits) -> DeviceNeed {
    let (mut corners, mut stretches) = (0_usize, 0_usize);
    for shape in shapes {
        let rings = rings(shape);
        let count: usize = rings.iter().map(Vec::len).sum();
        let holes = rings.len().saturating_sub(1);
        // The way to each hole and back adds two corners; a ring has two triangles less than it has corners.
        corners += (count + 2 * holes).saturating_sub(2) * 3;
        stretches += count;
    }
    limits
        .kept(corners, size_of::<Corner>())
        .and(limits.kept(stretches, size_of::<Stretch>()))
        .and(limits.kept_storage(shapes.len(), size_of::<AreaPaint>()))
}

/// Fills and borders of all shapes.
fn meshed(areas: AreaShapes<'_>) -> (Vec<Corner>, Vec<Stretch>) {
    let (mut corners, mut stretches) = (Vec::new(), Vec::new());
    let mut known = BTreeSet::new();
    for (area, shape) in (0..).zip(areas.shapes) {
        let rings = rings(shape);
        let place = |at: DVec2| [at.x as f32, at.y as f32, areas.up_m];
        for corner in filled(&rings).into_iter().flatten() {
            corners.push(Corner {
                at: place(corner),
                area,
            });
        }
        for ring in &rings {
            let mut along_m = 0.0;
            for (from, to) in ring.iter().zip(ring.iter().cycle().skip(1)) {
                let start_m = along_m;
                along_m += from.distance(*to);
                if areas.borders == Borders::Own || known.insert(key_of(*from, *to)) {
                    stretches.push(Stretch {
                        from: place(*from),
                        area,
                        to: place(*to),
                        along_m: start_m as f32,
                    });
                }
            }
        }
    }
    (corners, stretches)
}

/// The same for a stretch whichever way it runs.
fn key_of(from: DVec2, to: DVec2) -> [[i64; 2]; 2] {
    let rounded = |at: DVec2| (at / SAME_M).round().to_array().map(|part| part as i64);
    let mut ends = [rounded(from), rounded(to)];
    ends.sort_unstable();
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(east: f32) -> FenceShape {
        FenceShape::Polygon {
            outer: vec![
                [east, 0.0],
                [east + 10.0, 0.0],
                [east + 10.0, 10.0],
                [east, 10.0],
            ],
            holes: Vec::new(),
        }
    }

    fn shapes(shapes: &[FenceShape], borders: Borders) -> AreaShapes<'_> {
        AreaShapes {
            shapes,
            up_m: 0.4,
            borders,
        }
    }

    #[test]
    fn two_cells_of_a_grid_share_the_border_between_them() {
        let cells = [cell(0.0), cell(10.0)];
        let (corners, stretches) = meshed(shapes(&cells, Borders::Shared));
        assert_eq!((corners.len(), stretches.len()), (12, 7));
        let (_, own) = meshed(shapes(&cells, Borders::Own));
        assert_eq!(own.len(), 8);
    }

    #[test]
    fn dashes_run_on_from_one_stretch_to_the_next() {
        let (_, stretches) = meshed(shapes(&[cell(0.0)], Borders::Own));
        let along: Vec<i32> = stretches.iter().map(|part| part.along_m as i32).collect();
        assert_eq!(along, [0, 10, 20, 30]);
    }

    #[test]
    fn every_corner_knows_its_area_and_its_height() {
        let cells = [cell(0.0), cell(10.0)];
        let (corners, _) = meshed(shapes(&cells, Borders::Own));
        assert_eq!(corners[0].area, 0);
        assert_eq!(corners[11].area, 1);
        assert!(
            corners
                .iter()
                .all(|corner| (corner.at[2] - 0.4).abs() < 1e-6)
        );
    }

    #[test]
    fn a_broken_shape_is_nowhere_and_the_next_one_keeps_its_number() {
        let broken = FenceShape::Circle {
            middle: [f32::NAN, 0.0],
            radius_m: 5.0,
        };
        let (corners, stretches) = meshed(shapes(&[broken, cell(0.0)], Borders::Own));
        assert_eq!((corners.len(), stretches.len()), (6, 4));
        assert!(corners.iter().all(|corner| corner.area == 1));
    }

    #[test]
    fn a_paint_has_red_in_its_lowest_byte_and_says_what_is_not_known() {
        let paint = AreaPaint::hatched(([1, 2, 3], 4), ([5, 6, 7], 8));
        assert_eq!((paint.fill, paint.border), (0x0403_0201, 0x0807_0605));
        assert_eq!(paint.flags, HATCHED);
        assert_eq!(AreaPaint::fence([0; 3]).flags, BROKEN);
        assert_eq!(AreaPaint::NONE.flags, UNSEEN);
    }

    #[test]
    fn borders_are_drawn_over_the_fill_and_weakly_where_the_city_hides_them() {
        let pieces: Vec<Piece> = Piece::all_of(Stand::On).collect();
        let wanted = [
            Piece::Fill(Way::Front),
            Piece::Border(Way::Hidden),
            Piece::Border(Way::Front),
        ];
        assert_eq!(pieces, wanted);
        assert_eq!(wanted[1].entries()[1], "hidden_border_fragment");
    }
}
