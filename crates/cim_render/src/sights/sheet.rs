//! How an area is covered, painted onto the ground and what lies level on it.

use super::{
    hull::block,
    pictures::{texture, write_texels},
};
use crate::device::{Offset, buffer, texture_entry, uniform_entry};
use bevy::math::DVec3;
use bytemuck::{Pod, Zeroable};
use cim_layers::sight::CoverageSheet;
use cim_scene::SightSheet;
use std::sync::Arc;

/// What is painted lies between these heights, metres above the city's origin.
const LOWEST_M: f64 = -300.0;
const HIGHEST_M: f64 = 1_200.0;
/// Length of a stripe with its gap over blind spots, metres.
const STRIPE_M: f32 = 6.0;
/// Colours on the device: one per count.
const COLOURS: u32 = 256;

/// `Sheet` of `shaders/sights.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
struct SheetUniform {
    extent: [f32; 4],
    raster: [f32; 4],
}

impl SheetUniform {
    fn new(placed: &SightSheet) -> Self {
        let sheet = &placed.sheet;
        let [width, height] = size_m(sheet);
        Self {
            extent: [
                placed.min.x as f32,
                placed.min.y as f32,
                width as f32,
                height as f32,
            ],
            raster: [
                sheet.grid.columns as f32,
                sheet.grid.rows as f32,
                sheet.opacity.clamp(0.0, 1.0),
                STRIPE_M,
            ],
        }
    }
}

/// Width and height of a sheet, metres.
fn size_m(sheet: &CoverageSheet) -> [f64; 2] {
    let grid = &sheet.grid;
    [grid.columns, grid.rows].map(|cells| f64::from(cells) * f64::from(grid.step_m))
}

/// A sheet on the device.
pub(crate) struct Sheet {
    pub(crate) hull: wgpu::Buffer,
    /// How many corners the hull's triangles have.
    pub(crate) corners: u32,
    pub(crate) group: wgpu::BindGroup,
    /// Bytes that were written for it.
    pub(crate) uploaded: u64,
    shown: Arc<CoverageSheet>,
    counts: wgpu::TextureView,
}

impl Sheet {
    /// What it takes on the device, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.shown.counts.len() as u64 + u64::from(COLOURS) * 4
    }
}

/// Makes sheets.
pub(crate) struct Sheets {
    layout: wgpu::BindGroupLayout,
}

impl Sheets {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        Self {
            layout: device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("sheet"),
                entries: &[
                    uniform_entry(4, size_of::<SheetUniform>(), Offset::Fixed),
                    texture_entry(5, false),
                    texture_entry(6, false),
                ],
            }),
        }
    }

    pub(crate) fn layout(&self) -> &wgpu::BindGroupLayout {
        &self.layout
    }

    /// A sheet; `None` when the device has no texture that is large enough. Counts that were there `before` are not brought
    /// onto the device again.
    pub(crate) fn make(
        &self,
        (device, queue): (&wgpu::Device, &wgpu::Queue),
        placed: &SightSheet,
        before: Option<Sheet>,
    ) -> Option<Sheet> {
        let sheet = &placed.sheet;
        let size = [sheet.grid.columns, sheet.grid.rows];
        let most = device.limits().max_texture_dimension_2d;
        if size.iter().any(|side| *side > most) {
            return None;
        }
        let [width, height] = size_m(sheet);
        let hull = block(
            placed.min.extend(LOWEST_M),
            placed.min.extend(HIGHEST_M) + DVec3::new(width, height, 0.0),
        );
        let corners = hull.len() as u32;
        let hull = filled(
            device,
            queue,
            wgpu::BufferUsages::VERTEX,
            bytemuck::cast_slice(&hull),
        );
        let uniform = SheetUniform::new(placed);
        let uniform = filled(
            device,
            queue,
            wgpu::BufferUsages::UNIFORM,
            bytemuck::bytes_of(&uniform),
        );
        let mut uploaded = hull.size() + uniform.size() + u64::from(COLOURS) * 4;
        let known = before.filter(|before| Arc::ptr_eq(&before.shown, sheet));
        let counts = known.map_or_else(
            || {
                uploaded += sheet.counts.len() as u64;
                let made = texture(device, "counts", size, wgpu::TextureFormat::R8Unorm);
                write_texels(queue, &made, (1, size), &sheet.counts);
                made.create_view(&wgpu::TextureViewDescriptor::default())
            },
            |before| before.counts,
        );
        Some(Sheet {
            hull,
            corners,
            group: self.group(device, (&uniform, &counts), &colours(device, queue, sheet)),
            uploaded,
            shown: Arc::clone(sheet),
            counts,
        })
    }

    fn group(
        &self,
        device: &wgpu::Device,
        (uniform, counts): (&wgpu::Buffer, &wgpu::TextureView),
        colours: &wgpu::TextureView,
    ) -> wgpu::BindGroup {
        device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("sheet"),
            layout: &self.layout,
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 4,
                    resource: uniform.as_entire_binding(),
                },
                wgpu::BindGroupEntry {
                    binding: 5,
                    resource: wgpu::BindingResource::TextureView(counts),
                },
                wgpu::BindGroupEntry {
                    binding: 6,
                    resource: wgpu::BindingResource::TextureView(colours),
                },
            ],
        })
    }
}

/// The colours of counts, encoded as the city's are.
fn colours(device: &wgpu::Device, queue: &wgpu::Queue, sheet: &CoverageSheet) -> wgpu::TextureView {
    let size = [COLOURS, 1];
    let made = texture(
        device,
        "colours of counts",
        size,
        wgpu::TextureFormat::Rgba8Unorm,
    );
    write_texels(
        queue,
        &made,
        (4, size),
        bytemuck::cast_slice(&sheet.texels()),
    );
    made.create_view(&wgpu::TextureViewDescriptor::default())
}

/// A buffer that holds `bytes`.
fn filled(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    usage: wgpu::BufferUsages,
    bytes: &[u8],
) -> wgpu::Buffer {
    let made = buffer(device, "sheet", bytes.len() as u64, usage);
    queue.write_buffer(&made, 0, bytes);
    made
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::math::DVec2;
    use cim_layers::field::Grid;

    #[test]
    fn a_sheet_reaches_as_far_as_its_cells() {
        let sheet = CoverageSheet {
            origin: cim_geo::Geodetic::default(),
            grid: Grid {
                columns: 30,
                rows: 20,
                min: [0.0, 0.0],
                step_m: 2.0,
            },
            counts: vec![0; 600],
            most: 5,
            opacity: 7.0,
        };
        let uniform = SheetUniform::new(&SightSheet {
            min: DVec2::new(-5.0, 8.0),
            sheet: Arc::new(sheet),
        });
        assert_eq!(size_of::<SheetUniform>(), 32);
        assert_eq!(
            (uniform.extent, uniform.raster),
            ([-5.0, 8.0, 60.0, 40.0], [30.0, 20.0, 1.0, STRIPE_M])
        );
    }
}
