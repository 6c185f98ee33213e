//! The sheet of marks and digits on the device: what stands inside symbols and clusters.

use crate::glyphs::{GlyphAtlas, TEXTURE_SIDE};

/// The texture, and how it is read.
pub(crate) struct GlyphTexture {
    texture: wgpu::Texture,
    view: wgpu::TextureView,
    sampler: wgpu::Sampler,
    /// Which state of the sheet is on the device.
    revision: Option<u64>,
}

impl GlyphTexture {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        let texture = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("marks"),
            size: size(),
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::R8Unorm,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        Self {
            view: texture.create_view(&wgpu::TextureViewDescriptor::default()),
            texture,
            sampler: device.create_sampler(&wgpu::SamplerDescriptor {
                label: Some("marks"),
                mag_filter: wgpu::FilterMode::Linear,
                min_filter: wgpu::FilterMode::Linear,
                ..wgpu::SamplerDescriptor::default()
            }),
            revision: None,
        }
    }

    pub(crate) fn view(&self) -> &wgpu::TextureView {
        &self.view
    }

    pub(crate) fn sampler(&self) -> &wgpu::Sampler {
        &self.sampler
    }

    /// Brings the sheet onto the device, unless it is there. Returns the bytes that went over.
    pub(crate) fn write(&mut self, queue: &wgpu::Queue, atlas: &GlyphAtlas) -> u64 {
        if self.revision == Some(atlas.revision()) {
            return 0;
        }
        let pixels = atlas.pixels();
        queue.write_texture(
            self.texture.as_image_copy(),
            pixels,
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(TEXTURE_SIDE),
                rows_per_image: Some(TEXTURE_SIDE),
            },
            size(),
        );
        self.revision = Some(atlas.revision());
        pixels.len() as u64
    }

    /// What it takes on the device, bytes.
    pub(crate) fn bytes() -> u64 {
        u64::from(TEXTURE_SIDE) * u64::from(TEXTURE_SIDE)
    }
}

fn size() -> wgpu::Extent3d {
    wgpu::Extent3d {
        width: TEXTURE_SIDE,
        height: TEXTURE_SIDE,
        depth_or_array_layers: 1,
    }
}
