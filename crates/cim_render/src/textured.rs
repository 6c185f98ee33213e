//! Textures of content that brings its own: onto the device with all their smaller versions.
//!
//! Pixels stay encoded (sRGB) on the device, as the city is shaded in encoded values.

use crate::device::{sampler_entry, texture_entry};
use cim_tiles::TileImage;

/// Samplers and the plain white image of meshes without texture.
pub(crate) struct Textures {
    layout: wgpu::BindGroupLayout,
    /// By whether coordinates repeat along x, y.
    samplers: [wgpu::Sampler; 4],
    white: wgpu::BindGroup,
}

impl Textures {
    pub(crate) fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("image"),
            entries: &[texture_entry(0, true), sampler_entry(1)],
        });
        let samplers = [[false, false], [true, false], [false, true], [true, true]]
            .map(|repeats| sampler(device, repeats));
        let one = TileImage {
            width: 1,
            height: 1,
            rgba: vec![255; 4],
            repeats: [true; 2],
        };
        let view = texture(device, queue, &[Level::of(&one)]);
        let white = group(device, &layout, &view, &samplers[3]);
        Self {
            layout,
            samplers,
            white,
        }
    }

    pub(crate) fn layout(&self) -> &wgpu::BindGroupLayout {
        &self.layout
    }

    /// The image of meshes that have none.
    pub(crate) fn white(&self) -> &wgpu::BindGroup {
        &self.white
    }

    /// Brings an image onto the device; also tells the bytes that it takes there.
    pub(crate) fn upload(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        image: &TileImage,
    ) -> (wgpu::BindGroup, usize) {
        let levels = levels_of(image);
        let bytes = levels.iter().map(|level| level.rgba.len()).sum();
        let view = texture(device, queue, &levels);
        let row = usize::from(image.repeats[0]) + 2 * usize::from(image.repeats[1]);
        let sampler = self.samplers.get(row).unwrap_or(&self.samplers[0]);
        (group(device, &self.layout, &view, sampler), bytes)
    }
}

/// An image at one of its sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Level {
    width: u32,
    height: u32,
    rgba: Vec<u8>,
}

impl Level {
    fn of(image: &TileImage) -> Self {
        Self {
            width: image.width,
            height: image.height,
            rgba: image.rgba.clone(),
        }
    }

    /// Half the size, each pixel the mean of four; `None` for a single pixel.
    fn halved(&self) -> Option<Self> {
        if self.width <= 1 && self.height <= 1 {
            return None;
        }
        let (width, height) = ((self.width / 2).max(1), (self.height / 2).max(1));
        let row_bytes = self.width as usize * 4;
        let mut rgba = Vec::with_capacity(width as usize * height as usize * 4);
        for y in 0..height {
            let row = |offset: u32| {
                let row = (2 * y + offset).min(self.height - 1) as usize;
                self.rgba.get(row * row_bytes..(row + 1) * row_bytes)
            };
            let (above, below) = (row(0)?, row(1)?);
            if self.width == 1 {
                push_means(&mut rgba, [above, above, below, below]);
                continue;
            }
            // Pairs of pixels of known size: this runs over every texture that arrives, and so compiles to a few instructions.
            let (above, _) = above.as_chunks::<8>();
            let (below, _) = below.as_chunks::<8>();
            for (above, below) in above.iter().zip(below).take(width as usize) {
                let [a0, a1, a2, a3, b0, b1, b2, b3] = (*above).map(u16::from);
                let [c0, c1, c2, c3, d0, d1, d2, d3] = (*below).map(u16::from);
                let sums = [
                    a0 + b0 + c0 + d0,
                    a1 + b1 + c1 + d1,
                    a2 + b2 + c2 + d2,
                    a3 + b3 + c3 + d3,
                ];
                rgba.extend_from_slice(&sums.map(|sum| ((sum + 2) / 4) as u8));
            }
        }
        Some(Self {
            width,
            height,
            rgba,
        })
    }
}

/// Appends the mean of four pixels.
fn push_means(rgba: &mut Vec<u8>, [a, b, c, d]: [&[u8]; 4]) {
    let sums = a
        .iter()
        .zip(b)
        .zip(c.iter().zip(d))
        .map(|((a, b), (c, d))| u16::from(*a) + u16::from(*b) + u16::from(*c) + u16::from(*d));
    rgba.extend(sums.map(|sum| ((sum + 2) / 4) as u8));
}

/// An image with all its smaller versions; white when its bytes do not fit its size.
fn levels_of(image: &TileImage) -> Vec<Level> {
    let wanted = image.width as usize * image.height as usize * 4;
    let first = if wanted > 0 && image.rgba.len() == wanted {
        Level::of(image)
    } else {
        Level {
            width: 1,
            height: 1,
            rgba: vec![255; 4],
        }
    };
    std::iter::successors(Some(first), Level::halved).collect()
}

fn texture(device: &wgpu::Device, queue: &wgpu::Queue, levels: &[Level]) -> wgpu::TextureView {
    let largest = device.limits().max_texture_dimension_2d;
    // An image larger than the device takes begins at the first version that fits.
    let first = levels
        .iter()
        .position(|level| level.width <= largest && level.height <= largest)
        .unwrap_or_default();
    let levels = levels.get(first..).unwrap_or_default();
    let (width, height) = levels
        .first()
        .map_or((1, 1), |level| (level.width, level.height));
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some("tile image"),
        size: extent(width, height),
        mip_level_count: levels.len().max(1) as u32,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    for (mip_level, level) in levels.iter().enumerate() {
        queue.write_texture(
            wgpu::TexelCopyTextureInfo {
                texture: &texture,
                mip_level: mip_level as u32,
                origin: wgpu::Origin3d::ZERO,
                aspect: wgpu::TextureAspect::All,
            },
            &level.rgba,
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(level.width * 4),
                rows_per_image: Some(level.height),
            },
            extent(level.width, level.height),
        );
    }
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

fn extent(width: u32, height: u32) -> wgpu::Extent3d {
    wgpu::Extent3d {
        width,
        height,
        depth_or_array_layers: 1,
    }
}

fn sampler(device: &wgpu::Device, repeats: [bool; 2]) -> wgpu::Sampler {
    let [u, v] = repeats.map(|repeats| {
        if repeats {
            wgpu::AddressMode::Repeat
        } else {
            wgpu::AddressMode::ClampToEdge
        }
    });
    device.create_sampler(&wgpu::SamplerDescriptor {
        label: Some("tile image"),
        address_mode_u: u,
        address_mode_v: v,
        mag_filter: wgpu::FilterMode::Linear,
        min_filter: wgpu::FilterMode::Linear,
        mipmap_filter: wgpu::MipmapFilterMode::Linear,
        ..wgpu::SamplerDescriptor::default()
    })
}

fn group(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    view: &wgpu::TextureView,
    sampler: &wgpu::Sampler,
) -> wgpu::BindGroup {
    device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("tile image"),
        layout,
        entries: &[
            wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(view),
            },
            wgpu::BindGroupEntry {
                binding: 1,
                resource: wgpu::BindingResource::Sampler(sampler),
            },
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(width: u32, height: u32) -> TileImage {
        TileImage {
            width,
            height,
            rgba: (0..width * height * 4).map(|byte| byte as u8).collect(),
            repeats: [false; 2],
        }
    }

    #[test]
    fn halving_agrees_with_the_tiles_own() {
        for (width, height) in [(8, 4), (7, 5), (1, 6), (6, 1), (2, 2)] {
            let image = image(width, height);
            let theirs = image.halved().expect("more than one pixel");
            let ours = Level::of(&image).halved().expect("more than one pixel");
            assert_eq!((ours.width, ours.height), (theirs.width, theirs.height));
            assert_eq!(ours.rgba, theirs.rgba, "{width} × {height}");
        }
    }

    #[test]
    fn the_versions_end_with_one_pixel_and_a_broken_image_is_white() {
        let sizes: Vec<(u32, u32)> = levels_of(&image(20, 5))
            .iter()
            .map(|level| (level.width, level.height))
            .collect();
        assert_eq!(sizes, [(20, 5), (10, 2), (5, 1), (2, 1), (1, 1)]);
        let broken = TileImage {
            rgba: vec![0; 7],
            ..image(4, 4)
        };
        assert_eq!(levels_of(&broken)[0].rgba, [255; 4]);
    }
}
