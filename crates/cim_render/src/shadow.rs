//! Shadows of the sun: what its picture covers, and the pass that draws the city's depth from it.
//!
//! One picture of depth, laid over what the camera looks at. Its place moves in whole texels and its size in steps, so that
//! shadows hold still while the camera moves.

use crate::device::{
    DEPTH, Depth, Offset, Recipe, Special, shader, special_pipeline, uniform_entry,
};
use crate::view::ViewUniform;
use bevy::math::{DVec3, Mat4, Vec4};
use cim_scene::View;
use cim_tiles::TileVertex;

/// Half the side of the smallest and the largest area that shadows are drawn for, metres.
const HALF_M: [f64; 2] = [250.0, 2_300.0];
/// Half the side, as a share of the camera's distance.
const HALF_PER_DISTANCE: f64 = 0.95;
/// The sides grow by this factor from step to step.
const STEP: f64 = std::f64::consts::SQRT_2;
/// Casters this far above or below the middle of the area are seen by the sun, metres.
const CASTERS_M: f64 = 900.0;

/// What the sun's picture covers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ShadowFit {
    /// Axes of the picture and towards the sun, unit vectors ENU.
    x: DVec3,
    y: DVec3,
    z: DVec3,
    /// The middle along these axes, metres from the city's origin.
    middle: DVec3,
    half_m: f64,
    depth_m: f64,
    size: u32,
}

impl ShadowFit {
    /// The area that `view` looks at, seen from `to_sun` with a picture of `size` texels.
    pub(crate) fn of(view: &View, to_sun: DVec3, size: u32) -> Self {
        let wanted = (view.distance_m * HALF_PER_DISTANCE).clamp(HALF_M[0], HALF_M[1]);
        let half_m = STEP.powf((wanted.ln() / STEP.ln()).ceil());
        let z = to_sun.normalize_or(DVec3::Z);
        let aside = if z.z.abs() < 0.99 { DVec3::Z } else { DVec3::Y };
        let x = aside.cross(z).normalize_or(DVec3::X);
        let y = z.cross(x);
        let size = size.max(1);
        let texel = 2.0 * half_m / f64::from(size);
        let middle = DVec3::new(view.target.x, view.target.y, 0.0);
        let snapped = |along: f64| (along / texel).floor() * texel;
        Self {
            x,
            y,
            z,
            middle: DVec3::new(
                snapped(middle.dot(x)),
                snapped(middle.dot(y)),
                middle.dot(z),
            ),
            half_m,
            depth_m: 2.0 * (half_m + CASTERS_M),
            size,
        }
    }

    /// Clip space of the sun from a point relative to the eye: x and y −1 to 1, depth 0 nearest to the sun, 1 farthest.
    pub(crate) fn shadow_from_eye(&self, eye: DVec3) -> Mat4 {
        let row = |axis: DVec3, scale: f64, offset: f64| {
            Vec4::new(
                (axis.x * scale) as f32,
                (axis.y * scale) as f32,
                (axis.z * scale) as f32,
                (eye.dot(axis) * scale + offset) as f32,
            )
        };
        let (across, deep) = (1.0 / self.half_m, 1.0 / self.depth_m);
        Mat4::from_cols(
            row(self.x, across, -self.middle.x * across),
            row(self.y, across, -self.middle.y * across),
            row(self.z, -deep, self.middle.z * deep + 0.5),
            Vec4::W,
        )
        .transpose()
    }

    /// `shade` of the view: a texel as a share of the picture, metres to step off a face, depth to step towards the sun.
    pub(crate) fn shade(&self) -> [f32; 4] {
        let texel_m = 2.0 * self.half_m / f64::from(self.size);
        [
            1.0 / self.size as f32,
            (texel_m * 1.2) as f32,
            (texel_m / self.depth_m) as f32,
            0.0,
        ]
    }
}

/// Identity of the sun's picture: drawn again only when one of these differs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ShadowDrawn {
    pub(crate) fit: ShadowFit,
    pub(crate) city: usize,
    pub(crate) tiles_revision: u64,
    pub(crate) styles_revision: u64,
    pub(crate) clips_revision: u64,
    pub(crate) missing_uploads: u32,
    pub(crate) layers: u32,
}

/// The sun's picture and the pipelines that draw it.
pub(crate) struct ShadowPass {
    /// For a whole city.
    whole: wgpu::RenderPipeline,
    /// For one with cuts: what is cut away casts no shadow.
    cut: wgpu::RenderPipeline,
    sampler: wgpu::Sampler,
    picture: wgpu::TextureView,
    size: u32,
}

impl ShadowPass {
    /// What the sun's picture takes on the device, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        u64::from(self.size) * u64::from(self.size) * 4
    }

    /// `casters`: view and cuts; `layouts`: the tile's slot and its rows, as the city has them.
    pub(crate) fn new(
        device: &wgpu::Device,
        casters: &wgpu::BindGroupLayout,
        layouts: [&wgpu::BindGroupLayout; 2],
        copies: &wgpu::VertexBufferLayout<'_>,
    ) -> Self {
        let module = shader(
            device,
            "shadow",
            include_str!("../../../shaders/shadow.wgsl"),
        );
        let attributes = [
            wgpu::VertexAttribute {
                format: wgpu::VertexFormat::Float32x3,
                offset: 0,
                shader_location: 0,
            },
            wgpu::VertexAttribute {
                format: wgpu::VertexFormat::Uint32,
                offset: 16,
                shader_location: 2,
            },
        ];
        let buffers = [
            wgpu::VertexBufferLayout {
                array_stride: size_of::<TileVertex>() as u64,
                step_mode: wgpu::VertexStepMode::Vertex,
                attributes: &attributes,
            },
            copies.clone(),
        ];
        let recipe = Recipe {
            label: "shadow",
            layouts: &[casters, layouts[0], layouts[1]],
            shader: &module,
            vertex: "vertex",
            fragment: None,
            buffers: &buffers,
            topology: wgpu::PrimitiveTopology::TriangleList,
            depth: Depth::FromSun,
            format: DEPTH,
            blend: None,
            samples: 1,
        };
        let special = Special {
            bias: wgpu::DepthBiasState {
                constant: 2,
                slope_scale: 2.0,
                clamp: 0.0,
            },
            ..Special::default()
        };
        let cut = Recipe {
            vertex: "cut_vertex",
            fragment: Some("cut_fragment"),
            ..recipe
        };
        let leaves_out = Special {
            is_colourless: true,
            ..special
        };
        Self {
            whole: special_pipeline(device, &recipe, &special),
            cut: special_pipeline(device, &cut, &leaves_out),
            sampler: device.create_sampler(&wgpu::SamplerDescriptor {
                label: Some("shadow"),
                mag_filter: wgpu::FilterMode::Linear,
                min_filter: wgpu::FilterMode::Linear,
                compare: Some(wgpu::CompareFunction::LessEqual),
                ..wgpu::SamplerDescriptor::default()
            }),
            picture: picture(device, 1),
            size: 1,
        }
    }

    /// Makes sure that the picture has at least `size` texels a side; true when it was made anew.
    pub(crate) fn fit(&mut self, device: &wgpu::Device, size: u32) -> bool {
        if self.size >= size {
            return false;
        }
        self.picture = picture(device, size);
        self.size = size;
        true
    }

    pub(crate) fn picture(&self) -> &wgpu::TextureView {
        &self.picture
    }

    pub(crate) fn sampler(&self) -> &wgpu::Sampler {
        &self.sampler
    }

    /// The pipeline for a city with cuts or without.
    pub(crate) fn pipeline(&self, has_cuts: bool) -> &wgpu::RenderPipeline {
        if has_cuts { &self.cut } else { &self.whole }
    }
}

fn picture(device: &wgpu::Device, size: u32) -> wgpu::TextureView {
    device
        .create_texture(&wgpu::TextureDescriptor {
            label: Some("shadow"),
            size: wgpu::Extent3d {
                width: size,
                height: size,
                depth_or_array_layers: 1,
            },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: DEPTH,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::TEXTURE_BINDING,
            view_formats: &[],
        })
        .create_view(&wgpu::TextureViewDescriptor::default())
}

/// Layout entry of the view.
pub(crate) fn view_entry() -> wgpu::BindGroupLayoutEntry {
    uniform_entry(0, size_of::<ViewUniform>(), Offset::Fixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(target: DVec3) -> View {
        View {
            target,
            distance_m: 800.0,
            heading_rad: 0.3,
            pitch_rad: 0.6,
        }
    }

    fn seen(fit: &ShadowFit, view: &View, point: DVec3) -> Vec4 {
        fit.shadow_from_eye(view.eye()) * (point - view.eye()).as_vec3().extend(1.0)
    }

    const SUN: DVec3 = DVec3::new(0.4, -0.5, 0.768);

    #[test]
    fn what_the_camera_looks_at_is_in_the_middle_of_the_picture() {
        let view = view(DVec3::new(300.0, -200.0, 0.0));
        let fit = ShadowFit::of(&view, SUN, 2048);
        let at = seen(&fit, &view, view.target);
        assert!(at.x.abs() < 0.01 && at.y.abs() < 0.01, "{at}");
        assert!((at.z - 0.5).abs() < 0.01, "{at}");
    }

    #[test]
    fn what_is_nearer_to_the_sun_has_less_depth() {
        let view = view(DVec3::ZERO);
        let fit = ShadowFit::of(&view, SUN, 2048);
        let roof = seen(&fit, &view, SUN * 100.0);
        let ground = seen(&fit, &view, DVec3::ZERO);
        assert!(roof.z < ground.z);
        assert!((roof.x - ground.x).abs() < 1e-3 && (roof.y - ground.y).abs() < 1e-3);
    }

    #[test]
    fn shadows_move_in_whole_texels() {
        let (one, other) = (view(DVec3::ZERO), view(DVec3::new(3.217, -1.733, 0.0)));
        let place = DVec3::new(50.0, 60.0, 10.0);
        let texels = |view: &View| {
            let at = seen(&ShadowFit::of(view, SUN, 2048), view, place);
            (at.x * 1024.0, at.y * 1024.0)
        };
        let (a, b) = (texels(&one), texels(&other));
        for moved in [a.0 - b.0, a.1 - b.1] {
            assert!(
                (moved - moved.round()).abs() < 0.02,
                "moved by {moved} texels"
            );
        }
    }
}
