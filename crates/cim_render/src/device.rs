//! What the twin keeps on the graphics device, and the small helpers to make it.
//!
//! Everything here is made anew when the device is lost: it holds no truth of its own.

use crate::{
    backdrop::Backdrop,
    city::{CITIES, CityPass},
    clip::{CUTS_BYTES, cuts_table},
    compose::Compose,
    drawings::DrawingsPass,
    figures::{DeviceBytes, Uploaded},
    labels::LabelsPass,
    live::passes::LivePasses,
    manner::Manner,
    occlusion::{Occlusion, OcclusionGroups, depth_entry, shares_target},
    shadow::{ShadowDrawn, ShadowPass, view_entry},
    sights::SightsPass,
    view::ViewUniform,
};
use bevy::{
    ecs::prelude::{FromWorld, Resource, World},
    render::renderer::{RenderDevice, RenderQueue},
};
use cim_scene::{Clips, Compare};
use std::num::NonZeroU64;

/// Depth everywhere: reversed, 32-bit float.
pub(crate) const DEPTH: wgpu::TextureFormat = wgpu::TextureFormat::Depth32Float;
/// The city's own colour, before live layers: encoded values, written as they are.
pub(crate) const COLOUR: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
/// The same, read as light when it goes into the picture.
const COLOUR_AS_LIGHT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8UnormSrgb;
/// Samples per pixel of a city that stands still.
pub(crate) const FINE_SAMPLES: u32 = 4;

/// How carefully the city is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Care {
    /// While the camera moves: one sample per pixel.
    Quick,
    /// At rest: [`FINE_SAMPLES`] samples per pixel.
    Fine,
}

/// Everything of the twin's that lives on the device.
#[derive(Resource)]
pub(crate) struct TwinDevice {
    pub(crate) device: wgpu::Device,
    pub(crate) view_buffer: wgpu::Buffer,
    /// The view alone, for the live layers and contact shading.
    pub(crate) view_group: wgpu::BindGroup,
    /// View and cuts, for the sun's picture: it cannot be read while it is drawn.
    pub(crate) caster_group: wgpu::BindGroup,
    pub(crate) view_written: Option<ViewUniform>,
    pub(crate) scene: SceneGroup,
    pub(crate) targets: Option<Targets>,
    pub(crate) backdrop: Backdrop,
    pub(crate) city: CityPass,
    pub(crate) shadow: ShadowPass,
    /// What the sun's picture shows; `None` when it has to be drawn.
    pub(crate) shadow_drawn: Option<ShadowDrawn>,
    pub(crate) occlusion: Occlusion,
    pub(crate) live: LivePasses,
    pub(crate) drawings: DrawingsPass,
    pub(crate) sights: SightsPass,
    pub(crate) labels: LabelsPass,
    pub(crate) compose: Compose,
    /// Which city models the tiles on the device belong to.
    pub(crate) tiles_eras: [u64; CITIES],
    /// What the city's picture in `targets` shows; `None` when it has to be drawn.
    pub(crate) drawn: Option<Drawn>,
    /// Bytes of glyphs and names that were written.
    pub(crate) letters_uploaded: u64,
    /// Bytes of tiles that were written.
    pub(crate) tiles_uploaded: u64,
}

/// Identity of a city picture: drawn again only when one of these differs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Drawn {
    pub(crate) view: ViewUniform,
    pub(crate) tiles_revision: u64,
    pub(crate) selected: Option<(u32, u32)>,
    pub(crate) layers: u32,
    pub(crate) manner: Manner,
    pub(crate) has_occlusion: bool,
    pub(crate) is_underground: bool,
    pub(crate) styles_revision: u64,
    pub(crate) clips_revision: u64,
    pub(crate) compare: Compare,
    /// What is painted of what cameras see.
    pub(crate) paint_revision: u64,
    pub(crate) missing_uploads: u32,
}

/// What backdrop and city share: the view, the cuts, the sun's picture.
pub(crate) struct SceneGroup {
    layout: wgpu::BindGroupLayout,
    cuts: wgpu::Buffer,
    pub(crate) group: wgpu::BindGroup,
    clips_revision: Option<u64>,
}

impl SceneGroup {
    fn new(
        device: &wgpu::Device,
        layout: wgpu::BindGroupLayout,
        view: &wgpu::Buffer,
        shadow: &ShadowPass,
    ) -> Self {
        let cuts = buffer(
            device,
            "cuts",
            CUTS_BYTES as u64,
            wgpu::BufferUsages::STORAGE,
        );
        Self {
            group: scene_group(device, &layout, view, &cuts, shadow),
            layout,
            cuts,
            clips_revision: None,
        }
    }
}

/// Layout entry of the cuts, which fragments read.
fn cuts_entry() -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding: 1,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty: wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Storage { read_only: true },
            has_dynamic_offset: false,
            min_binding_size: NonZeroU64::new(CUTS_BYTES as u64),
        },
        count: None,
    }
}

fn scene_layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("scene"),
        entries: &[
            view_entry(),
            cuts_entry(),
            depth_entry(2),
            wgpu::BindGroupLayoutEntry {
                binding: 3,
                visibility: wgpu::ShaderStages::FRAGMENT,
                ty: wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Comparison),
                count: None,
            },
        ],
    })
}

fn scene_group(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    view: &wgpu::Buffer,
    cuts: &wgpu::Buffer,
    shadow: &ShadowPass,
) -> wgpu::BindGroup {
    device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("scene"),
        layout,
        entries: &[
            wgpu::BindGroupEntry {
                binding: 0,
                resource: view.as_entire_binding(),
            },
            wgpu::BindGroupEntry {
                binding: 1,
                resource: cuts.as_entire_binding(),
            },
            wgpu::BindGroupEntry {
                binding: 2,
                resource: wgpu::BindingResource::TextureView(shadow.picture()),
            },
            wgpu::BindGroupEntry {
                binding: 3,
                resource: wgpu::BindingResource::Sampler(shadow.sampler()),
            },
        ],
    })
}

fn caster_group(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    view: &wgpu::Buffer,
    cuts: &wgpu::Buffer,
) -> wgpu::BindGroup {
    device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("casters"),
        layout,
        entries: &[
            wgpu::BindGroupEntry {
                binding: 0,
                resource: view.as_entire_binding(),
            },
            wgpu::BindGroupEntry {
                binding: 1,
                resource: cuts.as_entire_binding(),
            },
        ],
    })
}

impl FromWorld for TwinDevice {
    fn from_world(world: &mut World) -> Self {
        let device = world.resource::<RenderDevice>().wgpu_device().clone();
        let queue = world.resource::<RenderQueue>();
        let view_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("view"),
            entries: &[view_entry()],
        });
        let view_buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("view"),
            size: size_of::<ViewUniform>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let view_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("view"),
            layout: &view_layout,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: view_buffer.as_entire_binding(),
            }],
        });
        let scene_layout = scene_layout(&device);
        let city = CityPass::new(&device, &queue.0, &scene_layout);
        let caster_layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("casters"),
            entries: &[view_entry(), cuts_entry()],
        });
        let shadow = ShadowPass::new(
            &device,
            &caster_layout,
            city.layouts(),
            &CityPass::copies_layout(),
        );
        let scene = SceneGroup::new(&device, scene_layout.clone(), &view_buffer, &shadow);
        Self {
            backdrop: Backdrop::new(&device, &scene_layout),
            city,
            caster_group: caster_group(&device, &caster_layout, &view_buffer, &scene.cuts),
            scene,
            shadow,
            shadow_drawn: None,
            occlusion: Occlusion::new(&device, &view_layout),
            live: LivePasses::new(&device, &queue.0, &view_layout),
            drawings: DrawingsPass::new(&device, &view_layout),
            sights: SightsPass::new(&device, &view_layout),
            labels: LabelsPass::new(&device),
            compose: Compose::new(&device),
            view_buffer,
            view_group,
            view_written: None,
            targets: None,
            tiles_eras: [0; CITIES],
            drawn: None,
            letters_uploaded: 0,
            tiles_uploaded: 0,
            device,
        }
    }
}

impl TwinDevice {
    /// What everything takes on the device, by what it is.
    pub(crate) fn bytes(&self) -> DeviceBytes {
        DeviceBytes {
            tiles: self.city.bytes(),
            live: self.live.bytes() + self.sights.bytes(),
            labels: self.labels.bytes(),
            targets: self.targets.as_ref().map_or(0, Targets::bytes) + self.shadow.bytes(),
        }
    }

    /// What was written to this device.
    pub(crate) fn uploaded(&self) -> Uploaded {
        let live = self.live.uploaded();
        Uploaded {
            labels: self.letters_uploaded,
            tiles: self.tiles_uploaded,
            shapes: live.shapes + self.sights.uploaded(),
            ..live
        }
    }

    /// Writes the view when it differs from what is there.
    pub(crate) fn write_view(&mut self, queue: &wgpu::Queue, view: &ViewUniform) {
        if self.view_written.as_ref() != Some(view) {
            queue.write_buffer(&self.view_buffer, 0, bytemuck::bytes_of(view));
            self.view_written = Some(*view);
        }
    }

    /// Takes over what is cut out of the city.
    pub(crate) fn write_clips(&mut self, queue: &wgpu::Queue, clips: Option<&Clips>) {
        let revision = clips.map_or(0, |clips| clips.revision);
        if self.scene.clips_revision == Some(revision) {
            return;
        }
        self.scene.clips_revision = Some(revision);
        queue.write_buffer(&self.scene.cuts, 0, &cuts_table(clips));
        let trench = clips.and_then(|clips| clips.trench.as_ref());
        self.backdrop.set_trench(&self.device, queue, trench);
    }

    /// Makes sure that the sun's picture is as large as a manner wants it.
    pub(crate) fn fit_shadow(&mut self, manner: Manner) {
        if self.shadow.fit(&self.device, manner.shadow_size()) {
            let scene = &mut self.scene;
            scene.group = scene_group(
                &self.device,
                &scene.layout,
                &self.view_buffer,
                &scene.cuts,
                &self.shadow,
            );
            self.shadow_drawn = None;
        }
    }

    /// Makes sure that targets of this size are there.
    pub(crate) fn fit(&mut self, width: u32, height: u32) {
        if self
            .targets
            .as_ref()
            .is_none_or(|targets| targets.size != [width, height])
        {
            self.targets = Some(Targets::new(&self.device, width, height));
            self.drawn = None;
            self.compose.forget_source();
            self.live.forget_picture();
            self.sights.forget_picture();
        }
    }
}

/// What the city is drawn into.
pub(crate) struct Targets {
    pub(crate) size: [u32; 2],
    pub(crate) colour: wgpu::TextureView,
    /// `colour`, decoded to light when read.
    pub(crate) light: wgpu::TextureView,
    pub(crate) depth: wgpu::TextureView,
    /// Made when first needed.
    pub(crate) fine: Option<FineTargets>,
    /// Made when first needed.
    pub(crate) contact: Option<ContactTargets>,
}

/// What contact shading needs.
pub(crate) struct ContactTargets {
    pub(crate) shares: wgpu::TextureView,
    pub(crate) groups: OcclusionGroups,
}

/// The same with several samples per pixel.
pub(crate) struct FineTargets {
    pub(crate) colour: wgpu::TextureView,
    pub(crate) depth: wgpu::TextureView,
}

impl Targets {
    fn new(device: &wgpu::Device, width: u32, height: u32) -> Self {
        let sampled = wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::TEXTURE_BINDING;
        let copied = sampled | wgpu::TextureUsages::COPY_SRC;
        let colour = target(device, "city colour", [width, height], COLOUR, 1, copied);
        let light = colour.texture().create_view(&wgpu::TextureViewDescriptor {
            format: Some(COLOUR_AS_LIGHT),
            usage: Some(wgpu::TextureUsages::TEXTURE_BINDING),
            ..wgpu::TextureViewDescriptor::default()
        });
        Self {
            size: [width, height],
            colour,
            light,
            depth: target(device, "city depth", [width, height], DEPTH, 1, sampled),
            fine: None,
            contact: None,
        }
    }

    /// What they take on the device, bytes: contact's shares are a byte a pixel.
    fn bytes(&self) -> u64 {
        let pixels = u64::from(self.size[0]) * u64::from(self.size[1]);
        let fine = if self.fine.is_some() {
            8 * u64::from(FINE_SAMPLES)
        } else {
            0
        };
        pixels * (8 + fine + u64::from(self.contact.is_some()))
    }

    pub(crate) fn make_contact(&mut self, device: &wgpu::Device, occlusion: &Occlusion) {
        let (size, depth) = (self.size, &self.depth);
        self.contact.get_or_insert_with(|| {
            let shares = shares_target(device, size);
            ContactTargets {
                groups: occlusion.groups(device, depth, &shares),
                shares,
            }
        });
    }

    pub(crate) fn make_fine(&mut self, device: &wgpu::Device) {
        let size = self.size;
        self.fine.get_or_insert_with(|| FineTargets {
            colour: target(
                device,
                "city colour, fine",
                size,
                COLOUR,
                FINE_SAMPLES,
                wgpu::TextureUsages::RENDER_ATTACHMENT,
            ),
            depth: target(
                device,
                "city depth, fine",
                size,
                DEPTH,
                FINE_SAMPLES,
                wgpu::TextureUsages::RENDER_ATTACHMENT,
            ),
        });
    }
}

fn target(
    device: &wgpu::Device,
    label: &str,
    [width, height]: [u32; 2],
    format: wgpu::TextureFormat,
    sample_count: u32,
    usage: wgpu::TextureUsages,
) -> wgpu::TextureView {
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: wgpu::Extent3d {
            width,
            height,
            depth_or_array_layers: 1,
        },
        mip_level_count: 1,
        sample_count,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage,
        view_formats: if format == COLOUR {
            &[COLOUR_AS_LIGHT]
        } else {
            &[]
        },
    });
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

/// Whether a uniform is bound at an offset chosen per draw.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Offset {
    /// Always the whole buffer.
    Fixed,
    /// Chosen per draw.
    Dynamic,
}

/// Layout entry of a uniform that both stages read.
pub(crate) fn uniform_entry(
    binding: u32,
    size: usize,
    offset: Offset,
) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
        ty: wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Uniform,
            has_dynamic_offset: offset == Offset::Dynamic,
            min_binding_size: NonZeroU64::new(size as u64),
        },
        count: None,
    }
}

/// Layout entry of a texture that the fragment stage reads.
pub(crate) fn texture_entry(binding: u32, filterable: bool) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty: wgpu::BindingType::Texture {
            sample_type: wgpu::TextureSampleType::Float { filterable },
            view_dimension: wgpu::TextureViewDimension::D2,
            multisampled: false,
        },
        count: None,
    }
}

/// Layout entry of a filtering sampler.
pub(crate) fn sampler_entry(binding: u32) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: wgpu::ShaderStages::FRAGMENT,
        ty: wgpu::BindingType::Sampler(wgpu::SamplerBindingType::Filtering),
        count: None,
    }
}

/// A shader of ours; its text has been validated by a test.
pub(crate) fn shader(device: &wgpu::Device, label: &str, text: &str) -> wgpu::ShaderModule {
    device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(label),
        source: wgpu::ShaderSource::Wgsl(text.into()),
    })
}

/// What differs between the twin's pipelines.
pub(crate) struct Recipe<'a> {
    pub(crate) label: &'a str,
    pub(crate) layouts: &'a [&'a wgpu::BindGroupLayout],
    pub(crate) shader: &'a wgpu::ShaderModule,
    pub(crate) vertex: &'a str,
    pub(crate) fragment: Option<&'a str>,
    pub(crate) buffers: &'a [wgpu::VertexBufferLayout<'a>],
    pub(crate) topology: wgpu::PrimitiveTopology,
    pub(crate) depth: Depth,
    pub(crate) format: wgpu::TextureFormat,
    pub(crate) blend: Option<wgpu::BlendState>,
    pub(crate) samples: u32,
}

/// How a pipeline meets the depth target. Depth is reversed: nearer is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// There is none.
    Absent,
    /// There is one, and it is left alone.
    Ignored,
    /// Nearer wins and is kept.
    Written,
    /// Only what is nearer than the city is drawn.
    InFront,
    /// Only what the city hides is drawn.
    Behind,
    /// Not reversed: nearer to the sun wins and is kept.
    FromSun,
}

/// What few pipelines ask for.
#[derive(Clone, Copy, Default)]
pub(crate) struct Special<'a> {
    /// Values of the shader's overrides.
    pub(crate) constants: &'a [(&'a str, f64)],
    /// Which side of a face is left out.
    pub(crate) cull: Option<wgpu::Face>,
    pub(crate) bias: wgpu::DepthBiasState,
    /// The fragment stage only leaves out; nothing is painted.
    pub(crate) is_colourless: bool,
}

/// Makes a pipeline; what writes depth shows its front faces only.
pub(crate) fn pipeline(device: &wgpu::Device, recipe: &Recipe<'_>) -> wgpu::RenderPipeline {
    let special = Special {
        cull: (recipe.depth == Depth::Written).then_some(wgpu::Face::Back),
        ..Special::default()
    };
    special_pipeline(device, recipe, &special)
}

/// Makes a pipeline with its specialities.
pub(crate) fn special_pipeline(
    device: &wgpu::Device,
    recipe: &Recipe<'_>,
    special: &Special<'_>,
) -> wgpu::RenderPipeline {
    let layouts: Vec<Option<&wgpu::BindGroupLayout>> =
        recipe.layouts.iter().map(|layout| Some(*layout)).collect();
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(recipe.label),
        bind_group_layouts: &layouts,
        immediate_size: 0,
    });
    let targets = [Some(wgpu::ColorTargetState {
        format: recipe.format,
        blend: recipe.blend,
        write_mask: wgpu::ColorWrites::ALL,
    })];
    let options = || wgpu::PipelineCompilationOptions {
        constants: special.constants,
        ..wgpu::PipelineCompilationOptions::default()
    };
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(recipe.label),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module: recipe.shader,
            entry_point: Some(recipe.vertex),
            compilation_options: options(),
            buffers: recipe.buffers,
        },
        primitive: wgpu::PrimitiveState {
            topology: recipe.topology,
            cull_mode: special.cull,
            ..wgpu::PrimitiveState::default()
        },
        depth_stencil: depth_state(recipe.depth, special.bias),
        multisample: wgpu::MultisampleState {
            count: recipe.samples,
            ..wgpu::MultisampleState::default()
        },
        fragment: recipe.fragment.map(|entry| wgpu::FragmentState {
            module: recipe.shader,
            entry_point: Some(entry),
            compilation_options: options(),
            targets: if special.is_colourless { &[] } else { &targets },
        }),
        multiview_mask: None,
        cache: None,
    })
}

fn depth_state(depth: Depth, bias: wgpu::DepthBiasState) -> Option<wgpu::DepthStencilState> {
    let (compare, write) = match depth {
        Depth::Absent => return None,
        Depth::Ignored => (wgpu::CompareFunction::Always, false),
        Depth::Written => (wgpu::CompareFunction::GreaterEqual, true),
        Depth::InFront => (wgpu::CompareFunction::GreaterEqual, false),
        Depth::Behind => (wgpu::CompareFunction::Less, false),
        Depth::FromSun => (wgpu::CompareFunction::LessEqual, true),
    };
    Some(wgpu::DepthStencilState {
        format: DEPTH,
        depth_write_enabled: Some(write),
        depth_compare: Some(compare),
        stencil: wgpu::StencilState::default(),
        bias,
    })
}

/// A buffer of `bytes` that can be written again, at least `capacity` large.
pub(crate) fn buffer(
    device: &wgpu::Device,
    label: &str,
    capacity: u64,
    usage: wgpu::BufferUsages,
) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size: capacity.max(16).next_multiple_of(16),
        usage: usage | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    })
}
