//! Draws clusters: how many points stand close together, the shares of their classes, and the worst of them.

use super::{
    Layouts, layer,
    upload::{Device, LayerBuffers},
};
use crate::{
    device::{Depth, Recipe, pipeline, shader},
    glyphs::{GlyphAtlas, sharpness},
    palette::{LABEL_COLOURS, linear},
};
use bytemuck::{Pod, Zeroable};
use cim_layers::look::Cluster;
use cim_scene::NumberManner;

/// Characters that counts are written with; their place here is their code.
const CHARACTERS: [char; 14] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '.', 'k', 'M', '万',
];
const POINT: u32 = 10;
const THOUSAND: u32 = 11;
const MILLION: u32 = 12;
const TEN_THOUSAND: u32 = 13;
/// Codes that `Counts` of the shader has room for; the last stands for no character.
const CODES: usize = 16;
/// Characters of one count.
const MOST_CHARACTERS: u32 = 6;
/// The largest number that is written.
const MOST: u32 = 99_999_999;
/// No arc of a class worse than low is shorter, as a share of the turn: one alarm among ten thousand is seen.
const LEAST_ARC: f32 = 0.04;

/// `Counts` of `shaders/clusters.wgsl`: where the characters lie in the glyph texture.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(crate) struct CountGlyphs {
    texels: [[f32; 4]; CODES],
    boxes: [[f32; 4]; CODES],
    advances: [[f32; 4]; CODES],
    ink: [f32; 4],
}

impl Default for CountGlyphs {
    fn default() -> Self {
        Self::zeroed()
    }
}

impl CountGlyphs {
    /// Takes the characters from the texture; those that it has no room for are left out.
    pub(crate) fn of(atlas: &mut GlyphAtlas) -> Self {
        let mut glyphs = Self::default();
        let tables = glyphs
            .texels
            .iter_mut()
            .zip(&mut glyphs.boxes)
            .zip(&mut glyphs.advances);
        for (((texels, area), advance), character) in tables.zip(CHARACTERS) {
            let Some(cell) = atlas.cell(character) else {
                continue;
            };
            let [left, top] = cell.offset;
            let [width, height] = cell.size_em();
            *texels = cell.uv();
            *area = [left, top, width, height];
            *advance = [cell.advance, 0.0, 0.0, 0.0];
        }
        let [red, green, blue, _] = linear(LABEL_COLOURS[0]);
        glyphs.ink = [red, green, blue, sharpness(1.0)];
        glyphs
    }

    fn width_em(&self, text: Text) -> f32 {
        text.codes()
            .filter_map(|code| self.advances.get(code as usize))
            .map(|advance| advance[0])
            .sum()
    }
}

/// A cluster as the shader takes it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub(crate) struct ClusterInstance {
    /// Metres east, north and up of the city's origin.
    at: [f32; 3],
    /// CSS px.
    radius: f32,
    arcs: [f32; 4],
    flags: u32,
    /// Share that is late or missing.
    late: f32,
    text: u32,
    text_em: f32,
}

impl ClusterInstance {
    pub(crate) fn new(cluster: &Cluster, glyphs: &CountGlyphs, numbers: NumberManner) -> Self {
        let text = Text::of(cluster.count, numbers);
        Self {
            at: cluster.at,
            radius: cluster.radius_px(),
            arcs: arcs(cluster.by_class),
            flags: cluster.flags,
            late: cluster.late as f32 / cluster.count.max(1) as f32,
            text: text.packed,
            text_em: glyphs.width_em(text),
        }
    }
}

/// Where the arcs of critical, high, medium and the rest end, shares of the turn. The counts are normal and low, medium, high,
/// critical.
fn arcs([rest, medium, high, critical]: [u32; 4]) -> [f32; 4] {
    let total = [rest, medium, high, critical]
        .iter()
        .map(|count| *count as f32)
        .sum::<f32>()
        .max(1.0);
    let mut end = 0.0_f32;
    let mut next = |count: u32| {
        if count > 0 {
            end = (end + (count as f32 / total).max(LEAST_ARC)).min(1.0);
        }
        end
    };
    [next(critical), next(high), next(medium), 1.0]
}

/// A count as characters, 4 bits each from the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Text {
    packed: u32,
    length: u32,
}

impl Text {
    /// Shortened downwards: never more than there is.
    fn of(count: u32, numbers: NumberManner) -> Self {
        let count = count.min(MOST);
        let mut text = Self {
            packed: u32::MAX,
            length: 0,
        };
        let (unit, code) = match (numbers, count) {
            (NumberManner::TenThousands, 10_000..) => (10_000, TEN_THOUSAND),
            (NumberManner::Thousands, 1_000_000..) => (1_000_000, MILLION),
            (NumberManner::Thousands, 1_000..) => (1_000, THOUSAND),
            _ => {
                text.push_number(count);
                return text;
            }
        };
        let (whole, tenth) = (count / unit, count / (unit / 10) % 10);
        text.push_number(whole);
        if whole < 10 && tenth > 0 {
            text.push(POINT);
            text.push(tenth);
        }
        text.push(code);
        text
    }

    fn push_number(&mut self, number: u32) {
        if number >= 10 {
            self.push_number(number / 10);
        }
        self.push(number % 10);
    }

    /// Beyond the most characters, nothing is added.
    fn push(&mut self, code: u32) {
        if self.length < MOST_CHARACTERS {
            let shift = 4 * self.length;
            self.packed = (self.packed & !(15 << shift)) | (code << shift);
            self.length += 1;
        }
    }

    fn codes(self) -> impl Iterator<Item = u32> {
        (0..self.length).map(move |place| (self.packed >> (4 * place)) & 15)
    }
}

/// The pipeline of clusters.
pub(crate) struct ClustersPass {
    module: wgpu::ShaderModule,
    pipeline: Option<(wgpu::TextureFormat, wgpu::RenderPipeline)>,
}

impl ClustersPass {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        Self {
            module: shader(device, "clusters", layer::CLUSTERS),
            pipeline: None,
        }
    }

    /// Makes what is missing for a picture of `format`.
    pub(crate) fn prepare(
        &mut self,
        device: &wgpu::Device,
        format: wgpu::TextureFormat,
        layouts: &Layouts,
    ) {
        if self
            .pipeline
            .as_ref()
            .is_some_and(|(made_for, _)| *made_for == format)
        {
            return;
        }
        let attributes = wgpu::vertex_attr_array![
            0 => Float32x4, 1 => Float32x4, 2 => Uint32, 3 => Float32, 4 => Uint32, 5 => Float32
        ];
        let made = pipeline(
            device,
            &Recipe {
                label: "clusters",
                layouts: &[&layouts.view, &layouts.layer, &layouts.shared],
                shader: &self.module,
                vertex: "vertex",
                fragment: Some("fragment"),
                buffers: &[wgpu::VertexBufferLayout {
                    array_stride: size_of::<ClusterInstance>() as u64,
                    step_mode: wgpu::VertexStepMode::Instance,
                    attributes: &attributes,
                }],
                topology: wgpu::PrimitiveTopology::TriangleStrip,
                // A sum over an area has no one place that could be hidden.
                depth: Depth::Ignored,
                format,
                blend: Some(wgpu::BlendState::ALPHA_BLENDING),
                samples: 1,
            },
        );
        self.pipeline = Some((format, made));
    }

    /// Draws the clusters of a layer; the groups are set.
    pub(crate) fn draw(&self, pass: &mut wgpu::RenderPass<'_>, layer: &LayerBuffers) {
        let Some((_, pipeline)) = &self.pipeline else {
            return;
        };
        if layer.cluster_count == 0 {
            return;
        }
        pass.set_pipeline(pipeline);
        pass.set_vertex_buffer(0, layer.clusters.buffer.slice(..));
        pass.draw(0..4, 0..layer.cluster_count);
    }
}

/// Writes the clusters of a layer.
pub(crate) fn write(
    on: Device<'_>,
    layer: &mut LayerBuffers,
    clusters: &[Cluster],
    (glyphs, numbers): (&CountGlyphs, NumberManner),
) -> u64 {
    let rows = clusters
        .iter()
        .map(|cluster| ClusterInstance::new(cluster, glyphs, numbers));
    layer.put_clusters(on, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_text(count: u32, numbers: NumberManner, expected: &str) {
        let text: String = Text::of(count, numbers)
            .codes()
            .map(|code| CHARACTERS[code as usize])
            .collect();
        assert_eq!(text, expected);
    }

    #[test]
    fn counts_are_shortened_as_the_language_has_it() {
        check_text(2, NumberManner::TenThousands, "2");
        check_text(9_999, NumberManner::TenThousands, "9999");
        check_text(10_000, NumberManner::TenThousands, "1万");
        check_text(12_999, NumberManner::TenThousands, "1.2万");
        check_text(1_234_567, NumberManner::TenThousands, "123万");
        check_text(u32::MAX, NumberManner::TenThousands, "9999万");
        check_text(999, NumberManner::Thousands, "999");
        check_text(1_000, NumberManner::Thousands, "1k");
        check_text(1_250, NumberManner::Thousands, "1.2k");
        check_text(99_999, NumberManner::Thousands, "99k");
        check_text(2_345_678, NumberManner::Thousands, "2.3M");
    }

    #[test]
    fn unused_places_of_a_text_hold_no_character() {
        assert_eq!(Text::of(7, NumberManner::Thousands).packed, 0xffff_fff7);
    }

    #[test]
    fn one_alarm_among_ten_thousand_has_an_arc() {
        let [critical, high, medium, rest] = arcs([9_999, 0, 0, 1]);
        assert!((critical - LEAST_ARC).abs() < 1e-6);
        assert!((high - critical).abs() < 1e-6 && (medium - critical).abs() < 1e-6);
        assert!((rest - 1.0).abs() < 1e-6);
    }

    #[test]
    fn arcs_are_the_shares_of_the_classes() {
        let [critical, high, medium, _] = arcs([50, 25, 15, 10]);
        assert!((critical - 0.10).abs() < 1e-6);
        assert!((high - 0.25).abs() < 1e-6);
        assert!((medium - 0.50).abs() < 1e-6);
    }

    #[test]
    fn a_count_fits_into_its_disc_at_a_readable_size() {
        let mut atlas = GlyphAtlas::new();
        let glyphs = CountGlyphs::of(&mut atlas);
        for count in [2, 99, 8_888, 88_888, 888_888, 8_888_888] {
            let width = glyphs.width_em(Text::of(count, NumberManner::TenThousands));
            let radius = Cluster {
                count,
                ..Cluster::zeroed()
            }
            .radius_px();
            // As in the shader: what is inside the ring, and no larger than its size.
            let size = (1.84 * (radius - 4.9) / width).min((radius * 0.68).clamp(11.0, 15.0));
            assert!(width > 0.4, "{count} has no width");
            assert!(size >= 8.5, "{count} is written {size} px high");
        }
    }

    #[test]
    fn an_instance_is_laid_out_as_the_shader_reads_it() {
        assert_eq!(size_of::<ClusterInstance>(), 48);
        assert_eq!(size_of::<CountGlyphs>(), (3 * 16 + 1) * 16);
    }
}
