//! Sky and ground where no tile covers them, the ground's veil in underground mode, and the inside of an open trench.

use crate::{
    clip::{TrenchVertex, trench_mesh},
    device::{COLOUR, Depth, Recipe, Special, buffer, shader, special_pipeline},
    manner::Manner,
};
use cim_scene::Trench;
use std::collections::BTreeMap;

/// What of the backdrop is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Piece {
    /// Sky and ground, behind everything, where nothing has been drawn.
    Sky,
    /// The same with parts of the ground cut away.
    CutSky,
    /// Sky, and earth instead of ground; below everything.
    Earth,
    /// The ground, over what lies below it.
    Veil,
    /// Walls and floor of the trench.
    Trench,
    /// The trench's depth alone.
    TrenchDepth,
}

impl Piece {
    fn entries(self) -> (&'static str, &'static str) {
        match self {
            Self::Sky => ("vertex", "fragment"),
            Self::CutSky => ("vertex", "cut_fragment"),
            Self::Earth => ("vertex", "earth_fragment"),
            Self::Veil => ("vertex", "veil_fragment"),
            Self::Trench => ("trench_vertex", "trench_fragment"),
            Self::TrenchDepth => ("trench_vertex", "trench_depth_fragment"),
        }
    }

    fn depth(self) -> Depth {
        match self {
            Self::Sky | Self::CutSky => Depth::InFront,
            Self::Earth | Self::Veil => Depth::Ignored,
            Self::Trench | Self::TrenchDepth => Depth::Written,
        }
    }

    fn is_trench(self) -> bool {
        matches!(self, Self::Trench | Self::TrenchDepth)
    }
}

/// Draws the backdrop.
pub(crate) struct Backdrop {
    module: wgpu::ShaderModule,
    layout: wgpu::BindGroupLayout,
    pipelines: BTreeMap<(Piece, Manner), wgpu::RenderPipeline>,
    trench: Option<(wgpu::Buffer, u32)>,
}

impl Backdrop {
    /// `layout`: the scene's group (view, cuts, the sun's picture).
    pub(crate) fn new(device: &wgpu::Device, layout: &wgpu::BindGroupLayout) -> Self {
        Self {
            module: shader(
                device,
                "backdrop",
                include_str!("../../../shaders/backdrop.wgsl"),
            ),
            layout: layout.clone(),
            pipelines: BTreeMap::new(),
            trench: None,
        }
    }

    /// Opens a trench in the ground, or closes it.
    pub(crate) fn set_trench(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        trench: Option<&Trench>,
    ) {
        self.trench = trench.map(trench_mesh).map(|mesh| {
            let bytes: &[u8] = bytemuck::cast_slice(&mesh);
            let vertices = buffer(
                device,
                "trench",
                bytes.len() as u64,
                wgpu::BufferUsages::VERTEX,
            );
            queue.write_buffer(&vertices, 0, bytes);
            (vertices, mesh.len() as u32)
        });
    }

    /// Makes what is missing to draw a piece.
    pub(crate) fn prepare(&mut self, device: &wgpu::Device, piece: Piece, manner: Manner) {
        let Self {
            module,
            layout,
            pipelines,
            ..
        } = self;
        pipelines
            .entry((piece, manner))
            .or_insert_with(|| make(device, module, layout, piece, manner));
    }

    /// Draws a piece; the scene's group is bound already.
    pub(crate) fn draw(&self, pass: &mut wgpu::RenderPass<'_>, piece: Piece, manner: Manner) {
        let Some(pipeline) = self.pipelines.get(&(piece, manner)) else {
            return;
        };
        pass.set_pipeline(pipeline);
        if !piece.is_trench() {
            pass.draw(0..3, 0..1);
        } else if let Some((vertices, count)) = &self.trench
            && *count > 0
        {
            pass.set_vertex_buffer(0, vertices.slice(..));
            pass.draw(0..*count, 0..1);
        }
    }
}

fn make(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    layout: &wgpu::BindGroupLayout,
    piece: Piece,
    manner: Manner,
) -> wgpu::RenderPipeline {
    let attributes = wgpu::vertex_attr_array![0 => Float32x3, 1 => Float32x3];
    let corners = [wgpu::VertexBufferLayout {
        array_stride: size_of::<TrenchVertex>() as u64,
        step_mode: wgpu::VertexStepMode::Vertex,
        attributes: &attributes,
    }];
    let (vertex, fragment) = piece.entries();
    let recipe = Recipe {
        label: "backdrop",
        layouts: &[layout],
        shader: module,
        vertex,
        fragment: Some(fragment),
        buffers: if piece.is_trench() { &corners } else { &[] },
        topology: wgpu::PrimitiveTopology::TriangleList,
        depth: piece.depth(),
        format: COLOUR,
        blend: (piece == Piece::Veil).then_some(wgpu::BlendState::ALPHA_BLENDING),
        samples: manner.samples(),
    };
    let special = Special {
        constants: &manner.constants(),
        is_colourless: piece == Piece::TrenchDepth,
        ..Special::default()
    };
    special_pipeline(device, &recipe, &special)
}
