//! Draws fields over the city: heat maps, interpolated measurements, any raster on a legend.
//!
//! The raster comes from the processor (`cim_layers::field`); it is a texture here, and a level plane that a ramp colours.

use super::{
    keep::{Blended, PIECE_BYTES, Pipelines, Told, Way, group},
    need::Limits,
    ramps::{Ramps, Scale},
};
use crate::device::{Offset, sampler_entry, shader, texture_entry, uniform_entry};
use bytemuck::{Pod, Zeroable};
use cim_layers::{
    field::{FieldError, Raster},
    layer::Stand,
    room::DeviceNeed,
};
use std::{borrow::Cow, collections::BTreeMap};

/// A raster with more columns or rows is made coarser before it goes to the device.
const MOST_SIDE: u32 = 4_096;
/// Cells of the drawn plane per side: enough that depth is exact at its far edge.
const PLANE_CELLS: u32 = 24;
/// Colour steps of a ramp without steps.
const SMOOTH_STEPS: u32 = 256;
/// Stands for a cell without a value; `shaders/heat.wgsl` takes everything near it so.
const NOTHING: f32 = f32::MIN;
/// Greater numbers than this are no values of a field.
const MOST_VALUE: f32 = 1.0e30;

/// How a field looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct HeatLook {
    pub(crate) scale: Scale,
    /// Colour steps; 0 for even change.
    pub(crate) steps: u32,
    /// Share of the scale over which the field fades in from its beginning; 0 for one that is shown wherever it has a value.
    pub(crate) fade: f32,
    /// 0 to 1.
    pub(crate) opacity: f32,
    /// Height of the plane, metres above the city's origin.
    pub(crate) up_m: f32,
    pub(crate) stand: Stand,
}

/// `Field` of `shaders/heat.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
struct FieldUniform {
    extent: [f32; 4],
    raster: [f32; 4],
    range: [f32; 4],
    manner: [f32; 4],
}

impl FieldUniform {
    fn new(extent: [f32; 4], [columns, rows]: [u32; 2], look: &HeatLook) -> Self {
        let [from, per_unit, ramp] = look.scale.range();
        let (factor, summand) = if look.fade > 0.0 {
            (look.fade.max(1.0e-3).recip(), 0.0)
        } else {
            (0.0, 1.0)
        };
        let steps = if look.steps == 0 {
            SMOOTH_STEPS
        } else {
            look.steps.min(SMOOTH_STEPS)
        };
        Self {
            extent,
            raster: [
                columns as f32,
                rows as f32,
                look.up_m,
                look.opacity.clamp(0.0, 1.0),
            ],
            range: [from, per_unit, factor, summand],
            manner: [ramp, steps as f32, PLANE_CELLS as f32, 0.0],
        }
    }
}

struct Field {
    texture: wgpu::Texture,
    size: [u32; 2],
    extent: [f32; 4],
    uniform: Told<FieldUniform>,
    group: wgpu::BindGroup,
    /// Which raster is on the device.
    revision: u64,
    /// `None` until the field has a look.
    way: Option<Way>,
}

/// Textures and pipelines of fields.
pub(crate) struct HeatPass {
    module: wgpu::ShaderModule,
    view_layout: wgpu::BindGroupLayout,
    layout: wgpu::BindGroupLayout,
    pipelines: Pipelines<Way>,
    fields: BTreeMap<u32, Field>,
    uploaded: u64,
}

impl HeatPass {
    pub(crate) fn new(device: &wgpu::Device, view: &wgpu::BindGroupLayout) -> Self {
        Self {
            module: shader(
                device,
                "heat",
                include_str!("../../../../shaders/heat.wgsl"),
            ),
            view_layout: view.clone(),
            layout: device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("field"),
                entries: &[
                    uniform_entry(0, size_of::<FieldUniform>(), Offset::Fixed),
                    texture_entry(1, false),
                    texture_entry(2, true),
                    sampler_entry(3),
                ],
            }),
            pipelines: Pipelines::default(),
            fields: BTreeMap::new(),
            uploaded: 0,
        }
    }

    /// Brings the raster of layer `id` onto the device, unless it is there with this revision.
    ///
    /// A raster that makes no sense takes the layer out of the picture and says why.
    pub(crate) fn write(
        &mut self,
        (device, queue): (&wgpu::Device, &wgpu::Queue),
        ramps: &Ramps,
        id: u32,
        (revision, raster): (u64, &Raster),
    ) -> Result<(), FieldError> {
        if self
            .fields
            .get(&id)
            .is_some_and(|field| field.revision == revision)
        {
            return Ok(());
        }
        if let Err(err) = raster.check() {
            self.fields.remove(&id);
            return Err(err);
        }
        let most = device.limits().max_texture_dimension_2d.min(MOST_SIDE);
        let raster = fitted(raster, most);
        let size = [raster.columns, raster.rows];
        let extent = [
            raster.min[0],
            raster.min[1],
            raster.columns as f32 * raster.step_m,
            raster.rows as f32 * raster.step_m,
        ];
        if self.fields.get(&id).is_none_or(|field| field.size != size) {
            let field = self.make(device, ramps, size);
            self.fields.insert(id, field);
        }
        if let Some(field) = self.fields.get_mut(&id) {
            self.uploaded += upload(queue, &field.texture, &raster);
            field.revision = revision;
            field.extent = extent;
        }
        Ok(())
    }

    /// Says how layer `id` looks; call it after `write`, which may have moved the field.
    pub(crate) fn look(&mut self, queue: &wgpu::Queue, id: u32, look: &HeatLook) {
        if let Some(field) = self.fields.get_mut(&id) {
            let uniform = FieldUniform::new(field.extent, field.size, look);
            field.uniform.tell(queue, &uniform);
            field.way = Some(Way::of_fill(look.stand));
        }
    }

    /// Takes a layer out of the picture and off the device.
    pub(crate) fn drop_layer(&mut self, id: u32) {
        self.fields.remove(&id);
    }

    /// Makes what is missing for a picture of `format`.
    pub(crate) fn prepare(&mut self, device: &wgpu::Device, format: wgpu::TextureFormat) {
        self.pipelines.aim(format);
        for way in self.fields.values().filter_map(|field| field.way) {
            self.pipelines.need(way, |way| {
                Blended {
                    label: "field",
                    layouts: [&self.view_layout, &self.layout],
                    shader: &self.module,
                    entries: ["vertex", "fragment"],
                    buffers: &[],
                    topology: wgpu::PrimitiveTopology::TriangleList,
                    way,
                    cull: None,
                    format,
                }
                .make(device)
            });
        }
    }

    /// Draws layer `id`, if there is one.
    pub(crate) fn draw(&self, pass: &mut wgpu::RenderPass<'_>, view: &wgpu::BindGroup, id: u32) {
        let Some(field) = self.fields.get(&id) else {
            return;
        };
        let Some(pipeline) = field.way.and_then(|way| self.pipelines.get(way)) else {
            return;
        };
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, view, &[]);
        pass.set_bind_group(1, &field.group, &[]);
        pass.draw(0..PLANE_CELLS * PLANE_CELLS * 6, 0..1);
    }

    /// What the fields take on the device, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.fields
            .values()
            .map(|field| u64::from(field.size[0]) * u64::from(field.size[1]) * 4)
            .sum()
    }

    /// What the field of layer `id` takes on the device, bytes.
    pub(crate) fn layer_bytes(&self, id: u32) -> u64 {
        self.fields.get(&id).map_or(0, |field| {
            u64::from(field.size[0]) * u64::from(field.size[1]) * 4
        })
    }

    /// Bytes of rasters written since the pass was made.
    pub(crate) fn uploaded(&self) -> u64 {
        self.uploaded
    }

    fn make(&self, device: &wgpu::Device, ramps: &Ramps, size: [u32; 2]) -> Field {
        let texture = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("field"),
            size: wgpu::Extent3d {
                width: size[0],
                height: size[1],
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::R32Float,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        let values = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let uniform = Told::new(device, "field");
        let group = group(
            device,
            "field",
            &self.layout,
            &[
                uniform.buffer().as_entire_binding(),
                wgpu::BindingResource::TextureView(&values),
                wgpu::BindingResource::TextureView(ramps.view()),
                wgpu::BindingResource::Sampler(ramps.sampler()),
            ],
        );
        Field {
            texture,
            size,
            extent: [0.0; 4],
            uniform,
            group,
            revision: 0,
            way: None,
        }
    }
}

/// Writes a raster into its texture, some rows at a time; returns the bytes.
fn upload(queue: &wgpu::Queue, texture: &wgpu::Texture, raster: &Raster) -> u64 {
    let columns = raster.columns.max(1) as usize;
    let band_rows = (PIECE_BYTES / 4 / columns).max(1);
    let mut texels: Vec<f32> = Vec::with_capacity(band_rows.min(raster.rows as usize) * columns);
    let mut first_row = 0;
    for band in raster.values.chunks(band_rows * columns) {
        texels.clear();
        texels.extend(band.iter().map(|value| texel(*value)));
        let rows = (band.len() / columns) as u32;
        queue.write_texture(
            wgpu::TexelCopyTextureInfo {
                origin: wgpu::Origin3d {
                    x: 0,
                    y: first_row,
                    z: 0,
                },
                ..texture.as_image_copy()
            },
            bytemuck::cast_slice(&texels),
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(raster.columns * 4),
                rows_per_image: Some(rows),
            },
            wgpu::Extent3d {
                width: raster.columns,
                height: rows,
                depth_or_array_layers: 1,
            },
        );
        first_row += rows;
    }
    size_of_val(raster.values.as_slice()) as u64
}

/// What a value is in the texture.
fn texel(value: f32) -> f32 {
    if value.abs() <= MOST_VALUE {
        value
    } else {
        NOTHING
    }
}

/// What a field takes on the device: it is made coarser where a texture cannot be as large.
pub(crate) fn need(raster: &Raster, limits: Limits) -> DeviceNeed {
    let most = limits.side.min(MOST_SIDE);
    let factor = coarser_by(raster, most);
    let side = |cells: u32| u64::from(cells.div_ceil(factor));
    let bytes = (side(raster.columns) * side(raster.rows)).saturating_mul(4);
    DeviceNeed::piece(bytes, bytes, u64::MAX)
}

/// So many cells become one, so that a raster has at most `most` columns and rows.
fn coarser_by(raster: &Raster, most: u32) -> u32 {
    let longest = raster.columns.max(raster.rows);
    longest.div_ceil(most.max(1)).max(1)
}

/// A raster of at most `most` columns and rows: cells become the means of those that they cover.
fn fitted(raster: &Raster, most: u32) -> Cow<'_, Raster> {
    let factor = coarser_by(raster, most);
    if factor == 1 {
        return Cow::Borrowed(raster);
    }
    let (columns, rows) = (
        raster.columns.div_ceil(factor),
        raster.rows.div_ceil(factor),
    );
    let cells = (0..rows).flat_map(|row| (0..columns).map(move |column| [column, row]));
    Cow::Owned(Raster {
        columns,
        rows,
        min: raster.min,
        step_m: raster.step_m * factor as f32,
        values: cells
            .map(|[column, row]| mean_of(raster, [column * factor, row * factor], factor))
            .collect(),
    })
}

/// Mean of the values in a square of cells; NaN when none has one.
fn mean_of(raster: &Raster, [first_column, first_row]: [u32; 2], side: u32) -> f32 {
    let (mut sum, mut count) = (0.0_f64, 0_u32);
    for row in first_row..first_row.saturating_add(side).min(raster.rows) {
        for column in first_column..first_column.saturating_add(side).min(raster.columns) {
            let value = raster.value(column, row);
            if value.is_finite() {
                sum += f64::from(value);
                count += 1;
            }
        }
    }
    if count == 0 {
        f32::NAN
    } else {
        (sum / f64::from(count)) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raster(columns: u32, rows: u32, values: Vec<f32>) -> Raster {
        Raster {
            columns,
            rows,
            min: [100.0, 200.0],
            step_m: 10.0,
            values,
        }
    }

    fn look() -> HeatLook {
        HeatLook {
            scale: Scale {
                from: 0.0,
                to: 50.0,
                ..Scale::default()
            },
            steps: 0,
            fade: 0.2,
            opacity: 0.6,
            up_m: 0.3,
            stand: Stand::On,
        }
    }

    #[test]
    fn a_raster_that_fits_is_not_copied() {
        let small = raster(2, 1, vec![1.0, 2.0]);
        assert!(matches!(fitted(&small, 2), Cow::Borrowed(_)));
    }

    #[test]
    fn a_raster_that_is_too_large_becomes_the_means_of_its_cells() {
        let values = vec![1.0, 3.0, 8.0, f32::NAN, f32::NAN, 9.0];
        let coarse = fitted(&raster(3, 2, values), 2).into_owned();
        assert_eq!([coarse.columns, coarse.rows], [2, 1]);
        assert!((coarse.step_m - 20.0).abs() < 1e-6);
        // Mean of 1 and 3, and of 8 and 9; cells without a value do not count.
        assert!((coarse.values[0] - 2.0).abs() < 1e-6 && (coarse.values[1] - 8.5).abs() < 1e-6);
        assert!(coarse.check().is_ok());
    }

    #[test]
    fn a_coarse_cell_without_any_value_has_none() {
        let coarse = fitted(&raster(2, 1, vec![f32::NAN, f32::NAN]), 1).into_owned();
        assert!(coarse.values[0].is_nan());
    }

    #[test]
    fn what_is_no_number_is_nothing_to_the_shader() {
        for broken in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 3.0e38] {
            assert!(texel(broken) < -1.0e37, "{broken}");
        }
        assert!((texel(-40.0) + 40.0).abs() < 1e-6);
    }

    #[test]
    fn a_heat_map_fades_in_and_a_field_of_measurements_does_not() {
        let strength = |uniform: FieldUniform, share: f32| {
            (share * uniform.range[2] + uniform.range[3]).clamp(0.0, 1.0)
        };
        let heat = FieldUniform::new([0.0; 4], [4, 4], &look());
        assert!(strength(heat, 0.0) < 1e-6);
        assert!((strength(heat, 0.1) - 0.5).abs() < 1e-6);
        assert!((strength(heat, 0.2) - 1.0).abs() < 1e-6);
        let measured = HeatLook {
            fade: 0.0,
            ..look()
        };
        let measured = FieldUniform::new([0.0; 4], [4, 4], &measured);
        assert!((strength(measured, -0.5) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn the_uniform_holds_what_the_shader_reads() {
        let uniform = FieldUniform::new([1.0, 2.0, 30.0, 40.0], [3, 4], &look());
        assert_eq!(size_of::<FieldUniform>(), 64);
        assert!((uniform.range[1] - 0.02).abs() < 1e-7);
        assert!((uniform.raster[0] - 3.0).abs() < 1e-6 && (uniform.raster[3] - 0.6).abs() < 1e-6);
        assert!((uniform.manner[1] - 256.0).abs() < 1e-6);
    }
}
