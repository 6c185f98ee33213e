//! All colour ramps in one texture, for every pass that paints by value.

use cim_layers::field::RampId;

/// Texels of a ramp, from its beginning to its end.
const TEXELS: u32 = 256;
/// Rows of the texture; those without a ramp stay black.
const ROWS: u32 = 8;

/// Which part of a ramp a value has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Scale {
    pub(crate) ramp: RampId,
    /// Value at the ramp's beginning; lower ones have its first colour.
    pub(crate) from: f32,
    /// Value at the ramp's end; may be less than `from`, which turns the ramp round.
    pub(crate) to: f32,
}

impl Default for Scale {
    fn default() -> Self {
        Self {
            ramp: RampId::Batlow,
            from: 0.0,
            to: 1.0,
        }
    }
}

impl Scale {
    /// Value at the beginning, 1 / span, place of the ramp in the texture (0 to 1): the shaders' first three of `range`.
    ///
    /// A span of nothing, or one that is no number, gives the ramp's beginning for every value.
    pub(crate) fn range(self) -> [f32; 3] {
        let per_unit = (self.to - self.from).recip();
        if self.from.is_finite() && per_unit.is_finite() {
            [self.from, per_unit, place_of(self.ramp)]
        } else {
            [0.0, 0.0, place_of(self.ramp)]
        }
    }
}

/// The ramps on the device.
pub(crate) struct Ramps {
    view: wgpu::TextureView,
    sampler: wgpu::Sampler,
}

impl Ramps {
    pub(crate) fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        let size = wgpu::Extent3d {
            width: TEXELS,
            height: ROWS,
            depth_or_array_layers: 1,
        };
        let texture = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("ramps"),
            size,
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            // Decoded to light when read.
            format: wgpu::TextureFormat::Rgba8UnormSrgb,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        });
        queue.write_texture(
            texture.as_image_copy(),
            &texels(),
            wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(TEXELS * 4),
                rows_per_image: Some(ROWS),
            },
            size,
        );
        Self {
            view: texture.create_view(&wgpu::TextureViewDescriptor::default()),
            sampler: device.create_sampler(&wgpu::SamplerDescriptor {
                label: Some("ramps"),
                mag_filter: wgpu::FilterMode::Linear,
                min_filter: wgpu::FilterMode::Linear,
                ..wgpu::SamplerDescriptor::default()
            }),
        }
    }

    pub(crate) fn view(&self) -> &wgpu::TextureView {
        &self.view
    }

    pub(crate) fn sampler(&self) -> &wgpu::Sampler {
        &self.sampler
    }
}

/// Where a ramp lies in the texture, 0 to 1 from its first row: the middle of the ramp's row.
pub(crate) fn place_of(ramp: RampId) -> f32 {
    let row = RampId::ALL.iter().position(|other| *other == ramp);
    let row = row.unwrap_or(0);
    (row as f32 + 0.5) / ROWS as f32
}

/// The texture's bytes, red, green, blue, opaque, encoded (sRGB).
fn texels() -> Vec<u8> {
    let ramps = RampId::ALL.into_iter().take(ROWS as usize);
    let mut bytes: Vec<u8> = ramps.flat_map(RampId::texels).flatten().collect();
    bytes.resize((TEXELS * ROWS * 4) as usize, 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_ramp_has_a_row_from_its_first_colour_to_its_last() {
        let bytes = texels();
        assert_eq!(bytes.len(), 256 * 8 * 4);
        for ramp in RampId::ALL {
            let row = (place_of(ramp) * 8.0) as usize;
            let texel = |column: usize| {
                let at = (row * 256 + column) * 4;
                [bytes[at], bytes[at + 1], bytes[at + 2]]
            };
            assert_eq!(texel(0), ramp.srgb8(0.0), "{ramp:?}");
            assert_eq!(texel(255), ramp.srgb8(1.0), "{ramp:?}");
            assert_ne!(texel(0), texel(255), "{ramp:?}");
        }
    }

    #[test]
    fn a_scale_without_a_span_gives_no_infinite_number() {
        let flat = Scale {
            from: 3.0,
            to: 3.0,
            ..Scale::default()
        };
        assert!(flat.range()[1].abs() < 1e-9);
        let broken = Scale {
            from: f32::NAN,
            ..Scale::default()
        };
        assert!(broken.range().iter().all(|number| number.is_finite()));
    }

    #[test]
    fn a_scale_can_run_downwards() {
        let [from, per_unit, _] = Scale {
            from: 10.0,
            to: 0.0,
            ..Scale::default()
        }
        .range();
        assert!(((2.5 - from) * per_unit - 0.75).abs() < 1e-6);
    }
}
