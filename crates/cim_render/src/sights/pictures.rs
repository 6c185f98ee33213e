//! Live pictures on the device: a texture for each view, written again when its frame has another number.

use cim_layers::sight::Rgba;
use cim_scene::SightPicture;
use std::collections::BTreeMap;

/// The textures of live pictures.
#[derive(Default)]
pub(crate) struct Pictures {
    held: BTreeMap<u32, Held>,
    uploaded: u64,
}

struct Held {
    texture: wgpu::Texture,
    view: wgpu::TextureView,
    size: [u32; 2],
    /// The frame that is on the device.
    seq: Option<u64>,
}

impl Pictures {
    /// Brings the newest frames onto the device, each once; true when textures were made or dropped, which bind groups have
    /// to follow. A picture that is as large as before is written in place.
    pub(crate) fn write(
        &mut self,
        (device, queue): (&wgpu::Device, &wgpu::Queue),
        pictures: &[SightPicture],
    ) -> bool {
        let most = device.limits().max_texture_dimension_2d;
        let mut shown: BTreeMap<u32, (u64, &Rgba)> = BTreeMap::new();
        for picture in pictures {
            let pixels = picture.pixels.as_deref();
            if let Some(pixels) = pixels.filter(|pixels| pixels.width.max(pixels.height) <= most) {
                shown.insert(picture.view, (picture.seq, pixels));
            }
        }
        let held_before = self.held.len();
        self.held.retain(|view, held| {
            let now = shown.get(view);
            now.is_some_and(|(_, pixels)| held.size == [pixels.width, pixels.height])
        });
        let mut is_remade = self.held.len() != held_before;
        for (view, (seq, pixels)) in shown {
            let held = self.held.entry(view).or_insert_with(|| {
                is_remade = true;
                Held::new(device, [pixels.width, pixels.height])
            });
            if held.seq.replace(seq) != Some(seq) {
                upload(queue, &held.texture, pixels);
                self.uploaded += pixels.bytes.len() as u64;
            }
        }
        is_remade
    }

    /// The picture of a view, and its height over its width.
    pub(crate) fn get(&self, view: u32) -> Option<(&wgpu::TextureView, f32)> {
        let held = self.held.get(&view)?;
        let [width, height] = held.size;
        Some((&held.view, height as f32 / width.max(1) as f32))
    }

    /// What they take on the device, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        let bytes_of = |[width, height]: [u32; 2]| u64::from(width) * u64::from(height) * 4;
        self.held.values().map(|held| bytes_of(held.size)).sum()
    }

    /// Bytes that were written.
    pub(crate) fn uploaded(&self) -> u64 {
        self.uploaded
    }
}

impl Held {
    /// An empty one.
    fn new(device: &wgpu::Device, size: [u32; 2]) -> Self {
        let texture = texture(
            device,
            "live picture",
            size,
            // Decoded to light when read.
            wgpu::TextureFormat::Rgba8UnormSrgb,
        );
        Self {
            view: texture.create_view(&wgpu::TextureViewDescriptor::default()),
            texture,
            size,
            seq: None,
        }
    }
}

fn upload(queue: &wgpu::Queue, texture: &wgpu::Texture, pixels: &Rgba) {
    write_texels(
        queue,
        texture,
        (4, [pixels.width, pixels.height]),
        &pixels.bytes,
    );
}

/// A texture that fragments read and the queue writes.
pub(crate) fn texture(
    device: &wgpu::Device,
    label: &str,
    [width, height]: [u32; 2],
    format: wgpu::TextureFormat,
) -> wgpu::Texture {
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: wgpu::Extent3d {
            width,
            height,
            depth_or_array_layers: 1,
        },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    })
}

/// Writes all texels of a texture, so many bytes each.
pub(crate) fn write_texels(
    queue: &wgpu::Queue,
    texture: &wgpu::Texture,
    (texel_bytes, [width, height]): (u32, [u32; 2]),
    bytes: &[u8],
) {
    queue.write_texture(
        texture.as_image_copy(),
        bytes,
        wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(width * texel_bytes),
            rows_per_image: Some(height),
        },
        wgpu::Extent3d {
            width,
            height,
            depth_or_array_layers: 1,
        },
    );
}
