//! What is painted within the view of one camera: its light, or its picture.

use super::{
    hull::pyramid,
    pictures::{texture, write_texels},
};
use crate::{
    device::{Offset, buffer, sampler_entry, texture_entry, uniform_entry},
    live::keep::group,
    palette::encoded,
};
use bevy::math::DVec3;
use bytemuck::{Pod, Zeroable};
use cim_layers::sight::DepthMap;
use cim_scene::PlacedPose;
use std::sync::Arc;

/// Colours of light, sRGB: of the camera that the person has chosen, and of others; and how strong each is.
const CHOSEN: (u32, f32) = (0x4DA3FF, 0.34);
const OTHER: (u32, f32) = (0xA9B8C6, 0.22);
/// A camera sees nothing nearer than this, metres.
const NEAREST_M: f32 = 0.05;

/// What a decal shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum DecalKind {
    /// Where a camera sees.
    Light { is_selected: bool },
    /// What it sees, so strongly: 0 to 1.
    Picture { opacity: f32 },
}

/// `Decal` of `shaders/sights.wgsl`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable, PartialEq)]
struct DecalUniform {
    lens: [f32; 4],
    forward: [f32; 4],
    right: [f32; 4],
    up: [f32; 4],
    colour: [f32; 4],
    cells: [f32; 4],
}

impl DecalUniform {
    fn new(pose: &PlacedPose, depth: &DepthMap, kind: DecalKind) -> Self {
        let (colour, opacity) = match kind {
            DecalKind::Light { is_selected } => {
                let (hex, strength) = if is_selected { CHOSEN } else { OTHER };
                (encoded(hex), strength)
            }
            DecalKind::Picture { opacity } => ([1.0; 4], opacity.clamp(0.0, 1.0)),
        };
        let [half_width, half_height] = pose.half_size;
        let four = |at: DVec3, fourth: f32| at.as_vec3().extend(fourth).to_array();
        Self {
            lens: four(pose.lens, pose.range_m as f32),
            forward: four(pose.forward, opacity),
            right: four(pose.right / half_width, 0.0),
            up: four(pose.up / half_height, 0.0),
            colour,
            cells: [depth.columns as f32, depth.rows as f32, 0.0, 0.0],
        }
    }
}

/// What is painted within the view of one camera.
pub(crate) struct Decal {
    pub(crate) hull: wgpu::Buffer,
    /// How many corners the hull's triangles have.
    pub(crate) corners: u32,
    pub(crate) group: wgpu::BindGroup,
    /// Bytes that were written for it.
    pub(crate) uploaded: u64,
    depth: Arc<DepthMap>,
    nearness: wgpu::TextureView,
}

impl Decal {
    /// What it takes on the device, bytes.
    pub(crate) fn bytes(&self) -> u64 {
        size_of_val(self.depth.metres.as_slice()) as u64 + self.hull.size()
    }
}

/// Makes decals.
pub(crate) struct Decals {
    layout: wgpu::BindGroupLayout,
}

impl Decals {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        Self {
            layout: device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
                label: Some("decal"),
                entries: &[
                    uniform_entry(0, size_of::<DecalUniform>(), Offset::Fixed),
                    texture_entry(1, true),
                    sampler_entry(2),
                    texture_entry(3, false),
                ],
            }),
        }
    }

    pub(crate) fn layout(&self) -> &wgpu::BindGroupLayout {
        &self.layout
    }

    /// A decal for a camera. A depth map that one of those `before` had already is not brought onto the device again.
    pub(crate) fn make(
        &self,
        (device, queue): (&wgpu::Device, &wgpu::Queue),
        (pose, depth): (&PlacedPose, &Arc<DepthMap>),
        kind: DecalKind,
        (picture, sampler): (&wgpu::TextureView, &wgpu::Sampler),
        before: &[Decal],
    ) -> Decal {
        let corners = pyramid(pose);
        let bytes: &[u8] = bytemuck::cast_slice(&corners);
        let hull = buffer(
            device,
            "view",
            bytes.len() as u64,
            wgpu::BufferUsages::VERTEX,
        );
        queue.write_buffer(&hull, 0, bytes);
        let uniform = DecalUniform::new(pose, depth, kind);
        let uniforms = buffer(
            device,
            "decal",
            size_of::<DecalUniform>() as u64,
            wgpu::BufferUsages::UNIFORM,
        );
        queue.write_buffer(&uniforms, 0, bytemuck::bytes_of(&uniform));
        let mut uploaded = (bytes.len() + size_of::<DecalUniform>()) as u64;
        let known = before.iter().find(|decal| Arc::ptr_eq(&decal.depth, depth));
        let nearness = known.map_or_else(
            || {
                uploaded += size_of_val(depth.metres.as_slice()) as u64;
                nearness_of(device, queue, depth)
            },
            |decal| decal.nearness.clone(),
        );
        let resources = [
            uniforms.as_entire_binding(),
            wgpu::BindingResource::TextureView(picture),
            wgpu::BindingResource::Sampler(sampler),
            wgpu::BindingResource::TextureView(&nearness),
        ];
        Decal {
            hull,
            corners: corners.len() as u32,
            group: group(device, "decal", &self.layout, &resources),
            uploaded,
            depth: Arc::clone(depth),
            nearness,
        }
    }
}

/// A depth map on the device, as one over metres: straight faces stay straight in it.
fn nearness_of(device: &wgpu::Device, queue: &wgpu::Queue, depth: &DepthMap) -> wgpu::TextureView {
    let size = [depth.columns, depth.rows];
    let made = texture(
        device,
        "how near things are",
        size,
        wgpu::TextureFormat::R32Float,
    );
    let texels: Vec<f32> = depth.metres.iter().copied().map(nearness).collect();
    write_texels(queue, &made, (4, size), bytemuck::cast_slice(&texels));
    made.create_view(&wgpu::TextureViewDescriptor::default())
}

/// One over metres; 0 where nothing is hit. What is no number hides all: nothing is claimed to be seen there.
fn nearness(metres: f32) -> f32 {
    // The greater of a NaN and a number is the number.
    metres.max(NEAREST_M).recip()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pose() -> PlacedPose {
        PlacedPose {
            lens: DVec3::new(10.0, 20.0, 5.0),
            forward: DVec3::Y,
            right: DVec3::X,
            up: DVec3::Z,
            half_size: [2.0, 0.5],
            range_m: 30.0,
        }
    }

    fn depth() -> DepthMap {
        DepthMap {
            columns: 3,
            rows: 2,
            metres: vec![10.0; 6],
        }
    }

    #[test]
    fn the_edge_of_a_picture_is_one_in_the_units_of_the_shader() {
        let kind = DecalKind::Picture { opacity: 3.0 };
        let uniform = DecalUniform::new(&pose(), &depth(), kind);
        assert_eq!(size_of::<DecalUniform>(), 96);
        // Ten metres ahead, the right edge is 20 m to the right and the upper one 5 m up.
        let dot = |axis: [f32; 4], at: [f32; 3]| -> f32 {
            axis.iter().zip(at).map(|(axis, at)| axis * at).sum()
        };
        let at = [20.0, 10.0, 5.0];
        assert!((dot(uniform.right, at) / dot(uniform.forward, at) - 1.0).abs() < 1e-6);
        assert!((dot(uniform.up, at) / dot(uniform.forward, at) - 1.0).abs() < 1e-6);
        assert_eq!((uniform.lens[3], uniform.forward[3]), (30.0, 1.0));
        assert_eq!((uniform.cells[0], uniform.cells[1]), (3.0, 2.0));
    }

    #[test]
    fn a_chosen_cameras_light_is_stronger() {
        let strength = |is_selected| {
            let kind = DecalKind::Light { is_selected };
            DecalUniform::new(&pose(), &depth(), kind).forward[3]
        };
        assert!(strength(true) > strength(false));
    }

    #[test]
    fn nothing_that_is_hit_is_endlessly_far_and_what_is_no_number_hides_all() {
        assert!((nearness(20.0) - 0.05).abs() < 1e-7);
        assert!(nearness(f32::INFINITY) < 1e-9);
        for broken in [f32::NAN, -3.0, 0.0, f32::NEG_INFINITY] {
            assert!(nearness(broken) > 10.0, "{broken}");
        }
    }
}
