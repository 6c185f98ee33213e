//! Draws the dots of all layers at once: a compute pass puts them into words, one per pixel, and one draw puts the words into the
//! picture.
//!
//! In software a dot that is drawn as a triangle costs its setup, and a depth test and a blend for each of its pixels, which took
//! most of a frame of a hundred thousand dots. Here it costs one depth test and a few whole numbers. Where two cities share the
//! picture, `points` draws dots as triangles.

use super::{
    keep::{Pipelines, Way, group, rows_entry},
    layer,
    points::{Form, LiveStyle, PointLook, PointPaint},
    scatter::rectangle,
    upload::{LayerBuffers, LookUniform, whole},
};
use crate::{
    device::{Offset, Recipe, buffer, pipeline, shader, texture_entry, uniform_entry},
    occlusion::depth_entry,
    shadow::view_entry,
};
use std::collections::BTreeMap;
use wgpu::util::DeviceExt;

/// Dots that one workgroup serves, as `shaders/dots.wgsl` has it.
const WORKERS: u32 = 64;
/// Bytes of a pixel's word.
const WORD_BYTES: u64 = 4;
/// The words are given back after so many frames without dots: dots that are out of the picture for a moment find theirs again.
const IDLE_FRAMES: u32 = 30;

/// How the dots of a frame are drawn.
#[derive(Clone, Copy)]
pub(crate) enum DotsBy<'a> {
    /// All at once, into words.
    Splat(Canvas<'a>),
    /// One by one: where two cities share the picture.
    Triangles,
}

/// What dots are put over.
#[derive(Clone, Copy)]
pub(crate) struct Canvas<'a> {
    /// The scene's view.
    pub(crate) view: &'a wgpu::Buffer,
    /// The city's depth, as large as the picture.
    pub(crate) depth: &'a wgpu::TextureView,
    /// Width and height of the picture, pixels.
    pub(crate) size: [u32; 2],
}

/// What tells the splatting pipelines apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Splat {
    is_moving: bool,
    is_painted: bool,
}

impl Splat {
    /// How a layer's dots are splatted; `None` when it has none.
    fn of(layer: &LayerBuffers) -> Option<Self> {
        let look = layer.look.as_ref().filter(|look| is_dots(look))?;
        (layer.points > 0).then(|| Self {
            is_moving: layer.is_moving,
            is_painted: look.paint != PointPaint::ByState,
        })
    }

    fn entry_point(self) -> &'static str {
        match (self.is_moving, self.is_painted) {
            (false, false) => "splat_standing",
            (false, true) => "splat_painted_standing",
            (true, false) => "splat_moving",
            (true, true) => "splat_painted_moving",
        }
    }
}

struct DotsLayouts {
    picture: wgpu::BindGroupLayout,
    layer: wgpu::BindGroupLayout,
    shared: wgpu::BindGroupLayout,
    paint: wgpu::BindGroupLayout,
    /// Of the splatting pipelines: picture, layer, shared.
    splat: wgpu::PipelineLayout,
}

impl DotsLayouts {
    fn new(device: &wgpu::Device) -> Self {
        let make = |label, entries: &[wgpu::BindGroupLayoutEntry]| {
            device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some(label),
                entries,
            })
        };
        let size_entry = uniform_entry(3, size_of::<[u32; 4]>(), Offset::Fixed);
        let picture = make(
            "dots",
            &[
                computed(view_entry()),
                computed(depth_entry(1)),
                words_entry(),
                computed(size_entry),
            ],
        );
        let layer = make(
            "layer of dots",
            &[
                computed(uniform_entry(0, size_of::<LookUniform>(), Offset::Fixed)),
                computed(rows_entry(1)),
                computed(rows_entry(2)),
                computed(rows_entry(3)),
                computed(rows_entry(4)),
            ],
        );
        let shared = make(
            "colours of dots",
            &[
                computed(uniform_entry(0, size_of::<LiveStyle>(), Offset::Fixed)),
                computed(texture_entry(3, false)),
            ],
        );
        let painted_entry = wgpu::BindGroupLayoutEntry {
            visibility: wgpu::ShaderStages::FRAGMENT,
            ..rows_entry(2)
        };
        let paint = make("painted dots", &[painted_entry, size_entry]);
        let splat = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("dots"),
            bind_group_layouts: &[Some(&picture), Some(&layer), Some(&shared)],
            immediate_size: 0,
        });
        Self {
            picture,
            layer,
            shared,
            paint,
            splat,
        }
    }
}

/// The same entry, for the compute stage.
fn computed(entry: wgpu::BindGroupLayoutEntry) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        visibility: wgpu::ShaderStages::COMPUTE,
        ..entry
    }
}

fn words_entry() -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        ty: wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Storage { read_only: false },
            has_dynamic_offset: false,
            min_binding_size: None,
        },
        ..computed(rows_entry(2))
    }
}

/// What is as large as the picture.
struct Words {
    /// A word a pixel.
    pixels: wgpu::Buffer,
    /// Its width and height.
    size: wgpu::Buffer,
    splat: wgpu::BindGroup,
    paint: wgpu::BindGroup,
}

impl Words {
    fn new(device: &wgpu::Device, layouts: &DotsLayouts, canvas: &Canvas<'_>) -> Self {
        let pixels = buffer(
            device,
            "dots",
            words_bytes(canvas.size),
            wgpu::BufferUsages::STORAGE,
        );
        let [width, height] = canvas.size;
        let size = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("size of the dots' picture"),
            contents: bytemuck::bytes_of(&[width, height, 0, 0]),
            usage: wgpu::BufferUsages::UNIFORM,
        });
        let splat = group(
            device,
            "dots",
            &layouts.picture,
            &[
                canvas.view.as_entire_binding(),
                wgpu::BindingResource::TextureView(canvas.depth),
                pixels.as_entire_binding(),
                size.as_entire_binding(),
            ],
        );
        let paint = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("painted dots"),
            layout: &layouts.paint,
            entries: &[whole(2, &pixels), whole(3, &size)],
        });
        Self {
            pixels,
            size,
            splat,
            paint,
        }
    }
}

/// How many frames in a row had no dots.
#[derive(Debug, Default)]
struct Idle(u32);

impl Idle {
    /// Counts a frame; true when there were no dots for so long that nothing is kept for them.
    fn note(&mut self, has_dots: bool) -> bool {
        self.0 = if has_dots {
            0
        } else {
            self.0.saturating_add(1)
        };
        self.0 >= IDLE_FRAMES
    }
}

/// Pipelines and words of dots; each is made when dots are first splatted. Words are given back when there are no dots any more.
pub(crate) struct DotsPass {
    module: wgpu::ShaderModule,
    layouts: DotsLayouts,
    /// Colours and ramps.
    shared: wgpu::BindGroup,
    splats: BTreeMap<Splat, wgpu::ComputePipeline>,
    paint: Pipelines<Way>,
    words: Option<Words>,
    idle: Idle,
    /// True when the dots of the frame at hand are splatted, if there are any.
    is_splatting: bool,
    has_dots: bool,
}

impl DotsPass {
    /// `style` holds a [`LiveStyle`]; `ramps` are those of the points.
    pub(crate) fn new(
        device: &wgpu::Device,
        style: &wgpu::Buffer,
        ramps: &wgpu::TextureView,
    ) -> Self {
        let layouts = DotsLayouts::new(device);
        Self {
            module: shader(device, "dots", layer::DOTS),
            shared: device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("colours of dots"),
                layout: &layouts.shared,
                entries: &[
                    whole(0, style),
                    wgpu::BindGroupEntry {
                        binding: 3,
                        resource: wgpu::BindingResource::TextureView(ramps),
                    },
                ],
            }),
            layouts,
            splats: BTreeMap::new(),
            paint: Pipelines::default(),
            words: None,
            idle: Idle::default(),
            is_splatting: false,
            has_dots: false,
        }
    }

    /// The city's depth was made anew, in another size.
    pub(crate) fn forget_picture(&mut self) {
        self.words = None;
    }

    /// Records the splat of these layers' dots: after what puts their changes in place, before the pass that draws.
    pub(crate) fn encode<'a>(
        &mut self,
        device: &wgpu::Device,
        (format, dots): (wgpu::TextureFormat, DotsBy<'_>),
        encoder: &mut wgpu::CommandEncoder,
        layers: impl Iterator<Item = &'a mut LayerBuffers>,
    ) {
        self.has_dots = false;
        self.is_splatting = false;
        if let DotsBy::Splat(canvas) = dots
            && fits(&device.limits(), canvas.size)
        {
            self.is_splatting = true;
            let mut layers = layers
                .filter_map(|layer| Some((Splat::of(layer)?, layer)))
                .peekable();
            if layers.peek().is_some() {
                self.has_dots = true;
                self.prepare_paint(device, format);
                self.splat(device, &canvas, encoder, layers);
            }
        }
        if self.idle.note(self.has_dots) {
            self.words = None;
        }
    }

    fn splat<'a>(
        &mut self,
        device: &wgpu::Device,
        canvas: &Canvas<'_>,
        encoder: &mut wgpu::CommandEncoder,
        layers: impl Iterator<Item = (Splat, &'a mut LayerBuffers)>,
    ) {
        let words = self
            .words
            .get_or_insert_with(|| Words::new(device, &self.layouts, canvas));
        encoder.clear_buffer(&words.pixels, 0, None);
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
            label: Some("dots"),
            timestamp_writes: None,
        });
        for (splat, layer) in layers {
            let made = self
                .splats
                .entry(splat)
                .or_insert_with(|| make(device, &self.module, &self.layouts.splat, splat));
            let [across, down] = rectangle(layer.points.div_ceil(WORKERS));
            pass.set_pipeline(made);
            pass.set_bind_group(0, &words.splat, &[]);
            pass.set_bind_group(1, layer.bind_dots(device, &self.layouts.layer), &[]);
            pass.set_bind_group(2, &self.shared, &[]);
            pass.dispatch_workgroups(across, down, 1);
        }
    }

    fn prepare_paint(&mut self, device: &wgpu::Device, format: wgpu::TextureFormat) {
        self.paint.aim(format);
        let (module, layout) = (&self.module, &self.layouts.paint);
        self.paint.need(Way::Over, |way| {
            pipeline(
                device,
                &Recipe {
                    label: "dots",
                    layouts: &[layout],
                    shader: module,
                    vertex: "vertex",
                    fragment: Some("fragment"),
                    buffers: &[],
                    topology: wgpu::PrimitiveTopology::TriangleList,
                    depth: way.depth(),
                    format,
                    blend: Some(wgpu::BlendState::ALPHA_BLENDING),
                    samples: 1,
                },
            )
        });
    }

    /// Draws what was splatted in this frame.
    pub(crate) fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        let (true, Some(words), Some(pipeline)) =
            (self.has_dots, &self.words, self.paint.get(Way::Over))
        else {
            return;
        };
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, &words.paint, &[]);
        pass.draw(0..3, 0..1);
    }

    /// True when points that look like this are splatted in this frame: nobody else draws them.
    pub(crate) fn takes(&self, look: &PointLook) -> bool {
        self.is_splatting && is_dots(look)
    }

    /// What the words take on the device, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.words
            .as_ref()
            .map_or(0, |words| words.pixels.size() + words.size.size())
    }
}

fn is_dots(look: &PointLook) -> bool {
    matches!(look.form, Form::Dots { .. })
}

fn words_bytes([width, height]: [u32; 2]) -> u64 {
    u64::from(width) * u64::from(height) * WORD_BYTES
}

/// True when a device can bind the words of a picture of this size. `buffer` rounds up to 16 bytes.
fn fits(limits: &wgpu::Limits, size: [u32; 2]) -> bool {
    let most = limits
        .max_buffer_size
        .min(limits.max_storage_buffer_binding_size);
    words_bytes(size).next_multiple_of(16) <= most
}

fn make(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    layout: &wgpu::PipelineLayout,
    splat: Splat,
) -> wgpu::ComputePipeline {
    device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(splat.entry_point()),
        layout: Some(layout),
        module,
        entry_point: Some(splat.entry_point()),
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::palette::{SYMBOL_COLOURS, linear};

    /// Mirrors how `shaders/dots.wgsl` packs a word.
    fn word(urgency: u32, strength: f32, colour: [f32; 4]) -> u32 {
        let [red, green, blue] =
            [colour[0], colour[1], colour[2]].map(|linear| (linear.sqrt() * 255.0 + 0.5) as u32);
        let strength = (strength * 31.0 + 0.5) as u32;
        (urgency << 29) | (strength << 24) | (red << 16) | (green << 8) | blue
    }

    /// Mirrors how `shaders/dots.wgsl` reads a word: linear colour, strength.
    fn read(word: u32) -> [f32; 4] {
        let root = |shift: u32| ((word >> shift) & 0xff) as f32 / 255.0;
        let [red, green, blue] = [root(16), root(8), root(0)].map(|root| root * root);
        [red, green, blue, ((word >> 24) & 31) as f32 / 31.0]
    }

    #[test]
    fn a_word_brings_back_colour_and_strength() {
        for colour in SYMBOL_COLOURS.map(linear) {
            let read = read(word(3, 0.5, colour));
            for (got, sent) in read.iter().zip(colour).take(3) {
                // Half a step of the root, twice the root times as much when squared.
                assert!((got - sent).abs() <= (sent.sqrt() + 0.01) / 255.0);
            }
            assert!((read[3] - 0.5).abs() <= 0.5 / 31.0 + 1e-6);
        }
    }

    #[test]
    fn the_most_urgent_wins_a_pixel_and_then_the_strongest() {
        let white = [1.0; 4];
        let black = [0.0, 0.0, 0.0, 1.0];
        let order = [
            0,
            word(0, 0.28, white),
            word(1, 0.5, white),
            word(1, 1.0, black),
            word(2, 0.1, black),
            word(5, 0.1, black),
            word(6, 1.0, white),
        ];
        assert!(order.is_sorted_by(|one, other| one < other));
    }

    #[test]
    fn the_weakest_dot_is_told_from_a_pixel_without_one() {
        assert_ne!(word(0, 1.0 / 31.0, [0.0; 4]), 0);
    }

    #[test]
    fn the_words_of_a_picture_are_one_a_pixel_and_have_to_be_bindable() {
        assert_eq!(words_bytes([1920, 1080]), 8_294_400);
        let limits = wgpu::Limits {
            max_buffer_size: 1 << 20,
            max_storage_buffer_binding_size: 1 << 16,
            ..wgpu::Limits::default()
        };
        assert!(fits(&limits, [128, 128]));
        assert!(!fits(&limits, [128, 129]));
    }

    #[test]
    fn without_dots_for_a_while_nothing_is_kept_for_them() {
        let mut idle = Idle::default();
        assert!(!idle.note(true));
        assert!((1..IDLE_FRAMES).all(|_| !idle.note(false)));
        assert!(
            !idle.note(true),
            "they were out of the picture for a moment"
        );
        assert!((1..IDLE_FRAMES).all(|_| !idle.note(false)));
        assert!(idle.note(false));
    }

    #[test]
    fn every_splat_names_an_entry_point_of_the_shader() {
        for bits in 0..4_u32 {
            let name = Splat {
                is_moving: bits & 1 != 0,
                is_painted: bits & 2 != 0,
            }
            .entry_point();
            let start = format!("\nfn {name}(");
            assert!(layer::DOTS.contains(&start), "{name}");
        }
    }

    #[test]
    fn a_workgroup_serves_as_many_dots_as_the_shader_says() {
        let served = format!("const WORKERS: u32 = {WORKERS}u;");
        assert!(layer::DOTS.contains(&served));
        let size = format!("@workgroup_size({WORKERS})");
        assert_eq!(layer::DOTS.matches(&size).count(), 4);
    }
}
