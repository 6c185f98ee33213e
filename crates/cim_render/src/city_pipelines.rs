//! The pipelines of the city's meshes: one per form, step, cut and manner, made when first needed.

use crate::{
    device::{COLOUR, Depth, Recipe, Special, shader, special_pipeline},
    manner::Manner,
};
use bytemuck::{Pod, Zeroable};
use cim_tiles::{Instance, TileVertex};
use std::collections::BTreeMap;

/// What a mesh is to the shaders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// Walls with façades, and roofs.
    Building,
    /// Bridges, trees, furniture.
    Plain,
    /// Pipes and tunnels.
    Below,
    /// Green, rail, relief.
    Ground,
    Water,
    Road,
    /// Triangles with a material of their own.
    Own {
        is_double_sided: bool,
        is_masked: bool,
    },
    /// Lines with a material of their own.
    Lines,
    /// Points, drawn as small squares.
    Points,
}

impl Form {
    /// True when texture coordinates and colours come along with the corners.
    pub(crate) fn is_own(self) -> bool {
        matches!(self, Self::Own { .. } | Self::Lines | Self::Points)
    }

    fn is_flat(self) -> bool {
        matches!(self, Self::Ground | Self::Water | Self::Road)
    }
}

/// Which part of a picture is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// What hides what is behind it.
    Solid,
    /// What is faint because the person looks below ground.
    Veiled,
    /// Ghosts alone.
    Ghost,
    /// Materials that mix with what is behind them.
    Blended,
    /// Depth alone.
    Depth,
}

/// What is left out of a mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cutting {
    /// Nothing.
    Whole,
    /// What the cuts take away; for ground, also what the trench opens.
    Cut,
    /// What is not seen through the trench.
    Trench,
}

/// Names a pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PipelineKey {
    pub(crate) form: Form,
    pub(crate) step: Step,
    pub(crate) cutting: Cutting,
    pub(crate) manner: Manner,
}

impl PipelineKey {
    fn vertex(self) -> &'static str {
        match self.form {
            Form::Building => "building_vertex",
            Form::Plain => "plain_vertex",
            Form::Below => "below_vertex",
            Form::Ground | Form::Water | Form::Road => "flat_vertex",
            Form::Own { .. } | Form::Lines => "own_vertex",
            Form::Points => "point_vertex",
        }
    }

    fn fragment(self) -> Option<&'static str> {
        let is_masked = matches!(
            self.form,
            Form::Own {
                is_masked: true,
                ..
            }
        );
        let is_cut = self.cutting != Cutting::Whole || is_masked;
        match self.step {
            Step::Ghost => Some(if self.form.is_own() {
                "own_ghost_fragment"
            } else if self.form.is_flat() {
                "flat_ghost_fragment"
            } else {
                "solid_ghost_fragment"
            }),
            Step::Depth => is_cut.then(|| self.depth_fragment()),
            Step::Solid | Step::Veiled | Step::Blended => Some(self.colour_fragment(is_cut)),
        }
    }

    /// What leaves parts out of the depth.
    fn depth_fragment(self) -> &'static str {
        if self.cutting == Cutting::Trench {
            "below_depth_trench_fragment"
        } else if self.form.is_own() {
            "own_depth_cut_fragment"
        } else if self.form.is_flat() {
            "flat_depth_cut_fragment"
        } else {
            "solid_depth_cut_fragment"
        }
    }

    fn colour_fragment(self, is_cut: bool) -> &'static str {
        match (self.form, is_cut) {
            (Form::Building, false) => "building_fragment",
            (Form::Building, true) => "building_cut_fragment",
            (Form::Plain, false) => "plain_fragment",
            (Form::Plain, true) => "plain_cut_fragment",
            (Form::Below, false) => "below_fragment",
            (Form::Below, true) if self.cutting == Cutting::Trench => "below_trench_fragment",
            (Form::Below, true) => "below_cut_fragment",
            (Form::Ground, false) => "ground_fragment",
            (Form::Ground, true) => "ground_cut_fragment",
            (Form::Water, false) => "water_fragment",
            (Form::Water, true) => "water_cut_fragment",
            (Form::Road, false) => "road_fragment",
            (Form::Road, true) => "road_cut_fragment",
            (Form::Own { .. } | Form::Lines | Form::Points, false) => "own_fragment",
            (Form::Own { .. } | Form::Lines | Form::Points, true) => "own_cut_fragment",
        }
    }

    fn depth(self) -> Depth {
        match self.step {
            // Flat classes are veils over what lies below; of what stands, the nearest face alone is seen.
            Step::Veiled if self.form.is_flat() => Depth::InFront,
            Step::Solid | Step::Depth | Step::Veiled => Depth::Written,
            Step::Ghost | Step::Blended => Depth::InFront,
        }
    }

    fn is_mixed(self) -> bool {
        matches!(self.step, Step::Veiled | Step::Ghost | Step::Blended)
    }

    /// Which faces are left out. A cut shows the inside of what it opens.
    fn cull(self) -> Option<wgpu::Face> {
        let is_closed = match self.form {
            Form::Building | Form::Below => true,
            Form::Own {
                is_double_sided, ..
            } => !is_double_sided,
            Form::Plain | Form::Ground | Form::Water | Form::Road | Form::Lines | Form::Points => {
                false
            }
        };
        (is_closed && self.cutting != Cutting::Cut).then_some(wgpu::Face::Back)
    }

    fn topology(self) -> wgpu::PrimitiveTopology {
        match self.form {
            Form::Lines => wgpu::PrimitiveTopology::LineList,
            Form::Points => wgpu::PrimitiveTopology::TriangleStrip,
            Form::Building
            | Form::Plain
            | Form::Below
            | Form::Ground
            | Form::Water
            | Form::Road
            | Form::Own { .. } => wgpu::PrimitiveTopology::TriangleList,
        }
    }
}

/// What a corner of an own material has besides: texture coordinates, and a colour encoded as sRGB.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
pub(crate) struct OwnVertex {
    pub(crate) coordinates: [f32; 2],
    pub(crate) colour: [u8; 4],
}

const CORNER: [wgpu::VertexAttribute; 3] =
    wgpu::vertex_attr_array![0 => Float32x3, 1 => Snorm8x4, 2 => Uint32];
const COPY: [wgpu::VertexAttribute; 4] =
    wgpu::vertex_attr_array![3 => Float32x4, 4 => Float32x4, 5 => Float32x4, 6 => Uint32];
const OWN: [wgpu::VertexAttribute; 2] = wgpu::vertex_attr_array![7 => Float32x2, 8 => Unorm8x4];

fn layout<T>(
    step_mode: wgpu::VertexStepMode,
    attributes: &'static [wgpu::VertexAttribute],
) -> wgpu::VertexBufferLayout<'static> {
    wgpu::VertexBufferLayout {
        array_stride: size_of::<T>() as u64,
        step_mode,
        attributes,
    }
}

/// The layout of the buffer of copies.
pub(crate) fn copies_layout() -> wgpu::VertexBufferLayout<'static> {
    layout::<Instance>(wgpu::VertexStepMode::Instance, &COPY)
}

/// The pipelines made so far.
pub(crate) struct CityPipelines {
    module: wgpu::ShaderModule,
    /// Scene, slot, rows, image.
    layouts: [wgpu::BindGroupLayout; 4],
    made: BTreeMap<PipelineKey, wgpu::RenderPipeline>,
}

impl CityPipelines {
    /// `layouts`: groups of scene, slot, rows and image.
    pub(crate) fn new(device: &wgpu::Device, layouts: [wgpu::BindGroupLayout; 4]) -> Self {
        Self {
            module: shader(device, "city", include_str!("../../../shaders/city.wgsl")),
            layouts,
            made: BTreeMap::new(),
        }
    }

    /// Makes a pipeline that is missing.
    pub(crate) fn prepare(&mut self, device: &wgpu::Device, key: PipelineKey) {
        let Self {
            module,
            layouts,
            made,
        } = self;
        made.entry(key)
            .or_insert_with(|| make(device, module, layouts, key));
    }

    pub(crate) fn get(&self, key: PipelineKey) -> Option<&wgpu::RenderPipeline> {
        self.made.get(&key)
    }
}

fn make(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    [scene, slot, rows, image]: &[wgpu::BindGroupLayout; 4],
    key: PipelineKey,
) -> wgpu::RenderPipeline {
    use wgpu::VertexStepMode::{Instance as PerCopy, Vertex as PerCorner};
    // A point is an instance of a square; its only copy is then the same at every corner.
    let (corners, copies) = if key.form == Form::Points {
        (PerCopy, PerCorner)
    } else {
        (PerCorner, PerCopy)
    };
    let buffers = [
        layout::<TileVertex>(corners, &CORNER),
        layout::<Instance>(copies, &COPY),
        layout::<OwnVertex>(corners, &OWN),
    ];
    let layouts = [scene, slot, rows, image];
    // What has no material of its own has no image and no coordinates.
    let spared = usize::from(!key.form.is_own());
    let [style, shadows] = key.manner.constants();
    let shown = if key.step == Step::Ghost { 1.0 } else { 0.0 };
    let recipe = Recipe {
        label: "city",
        layouts: layouts.get(..4 - spared).unwrap_or_default(),
        shader: module,
        vertex: key.vertex(),
        fragment: key.fragment(),
        buffers: buffers.get(..3 - spared).unwrap_or_default(),
        topology: key.topology(),
        depth: key.depth(),
        format: COLOUR,
        blend: key.is_mixed().then_some(wgpu::BlendState::ALPHA_BLENDING),
        samples: key.manner.samples(),
    };
    let special = Special {
        constants: &[style, shadows, ("SHOWN", shown)],
        cull: key.cull(),
        is_colourless: key.step == Step::Depth,
        ..Special::default()
    };
    special_pipeline(device, &recipe, &special)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms() -> Vec<Form> {
        let mut all = vec![
            Form::Building,
            Form::Plain,
            Form::Below,
            Form::Ground,
            Form::Water,
            Form::Road,
            Form::Lines,
            Form::Points,
        ];
        for is_masked in [false, true] {
            all.push(Form::Own {
                is_double_sided: false,
                is_masked,
            });
        }
        all
    }

    #[track_caller]
    fn check_entry_points(text: &str, key: PipelineKey) {
        for entry in key.fragment().into_iter().chain([key.vertex()]) {
            assert!(text.contains(&format!("fn {entry}(")), "{entry}: {key:?}");
        }
    }

    #[test]
    fn every_entry_point_that_a_key_names_is_in_the_shader() {
        let text = include_str!("../../../shaders/city.wgsl");
        for form in forms() {
            for step in [
                Step::Solid,
                Step::Veiled,
                Step::Ghost,
                Step::Blended,
                Step::Depth,
            ] {
                for cutting in [Cutting::Whole, Cutting::Cut, Cutting::Trench] {
                    let key = PipelineKey {
                        form,
                        step,
                        cutting,
                        manner: Manner::DEPTH,
                    };
                    check_entry_points(text, key);
                }
            }
        }
    }

    #[test]
    fn a_cut_body_shows_its_inside() {
        let key = |cutting| PipelineKey {
            form: Form::Building,
            step: Step::Solid,
            cutting,
            manner: Manner::DEPTH,
        };
        assert_eq!(key(Cutting::Whole).cull(), Some(wgpu::Face::Back));
        assert_eq!(key(Cutting::Cut).cull(), None);
    }
}
