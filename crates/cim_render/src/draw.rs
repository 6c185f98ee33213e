//! Draws a frame: the city when it changed, then the city's picture with the live layers and names on top.

use crate::{
    device::{Care, Drawn, TwinDevice},
    frame::{Frame, Shown},
};
use bevy::{
    app::{App, Plugin},
    ecs::prelude::{IntoScheduleConfigs, Query, Res, ResMut},
    render::{
        RenderApp,
        renderer::{RenderGraph, RenderGraphSystems, RenderQueue},
        view::ViewTarget,
    },
};

/// Draws frames.
pub(crate) struct DrawPlugin;

impl Plugin for DrawPlugin {
    fn build(&self, app: &mut App) {
        if let Some(render) = app.get_sub_app_mut(RenderApp) {
            render.add_systems(RenderGraph, draw_frame.in_set(RenderGraphSystems::Render));
        }
    }
}

fn draw_frame(
    frame: Res<Frame>,
    twin: Option<ResMut<TwinDevice>>,
    queue: Res<RenderQueue>,
    pictures: Query<&ViewTarget>,
) {
    let (Some(shown), Some(mut twin)) = (&frame.shown, twin) else {
        return;
    };
    let Some(picture) = pictures.iter().next() else {
        return;
    };
    let (Some(format), Some(output)) = (picture.out_texture_view_format(), picture.out_texture())
    else {
        return;
    };
    let size = picture.main_texture().size();
    let (twin, queue) = (twin.as_mut(), &**queue.0);
    twin.fit(size.width, size.height);
    twin.write_view(queue, &shown.view);
    let device = twin.device.clone();
    let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor {
        label: Some("twin"),
    });
    draw_city(twin, queue, shown, &mut encoder);
    let Some(targets) = &twin.targets else { return };
    twin.compose.prepare(&device, format, &targets.light);
    twin.symbols
        .prepare(&device, queue, format, (&shown.marks, shown.scale));
    twin.labels.prepare(&device, format, &twin.symbols);
    // Asking for the attachment is what tells Bevy that there is something to present.
    let _asked = picture.out_texture_color_attachment(None);
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("live"),
        color_attachments: &[Some(colour_attachment(
            output,
            None,
            wgpu::LoadOp::Clear(wgpu::Color::BLACK),
        ))],
        depth_stencil_attachment: Some(depth_attachment(&targets.depth, wgpu::LoadOp::Load)),
        ..wgpu::RenderPassDescriptor::default()
    });
    twin.compose.draw(&mut pass);
    twin.symbols.draw(&mut pass, &twin.view_group);
    twin.labels.draw(&mut pass);
    drop(pass);
    queue.submit([encoder.finish()]);
}

/// Draws the city into its own targets, unless they show it already.
fn draw_city(
    twin: &mut TwinDevice,
    queue: &wgpu::Queue,
    shown: &Shown,
    encoder: &mut wgpu::CommandEncoder,
) {
    let wanted = Drawn {
        view: shown.view,
        tiles_revision: shown.tiles_revision,
        selected: shown.selected,
        layers: shown.classes,
        care: shown.care,
        missing_uploads: shown.missing_uploads,
    };
    if twin.drawn == Some(wanted) {
        return;
    }
    let device = twin.device.clone();
    twin.city
        .prepare(&device, queue, &shown.tiles, shown.classes);
    let Some(targets) = &mut twin.targets else {
        return;
    };
    if shown.care == Care::Fine {
        targets.make_fine(&device);
    }
    let (colour, depth, resolve) = match (&targets.fine, shown.care) {
        (Some(fine), Care::Fine) => (&fine.colour, &fine.depth, Some(&targets.colour)),
        _ => (&targets.colour, &targets.depth, None),
    };
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("city"),
        color_attachments: &[Some(colour_attachment(
            colour,
            resolve,
            wgpu::LoadOp::Clear(wgpu::Color::BLACK),
        ))],
        depth_stencil_attachment: Some(depth_attachment(depth, wgpu::LoadOp::Clear(0.0))),
        ..wgpu::RenderPassDescriptor::default()
    });
    twin.backdrop.draw(&mut pass, &twin.view_group, shown.care);
    twin.city.draw(&mut pass, &twin.view_group, shown.care);
    drop(pass);
    if shown.care == Care::Fine {
        // Several samples cannot be tested against by the live layers; they get a depth of their own.
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("city depth"),
            depth_stencil_attachment: Some(depth_attachment(
                &targets.depth,
                wgpu::LoadOp::Clear(0.0),
            )),
            ..wgpu::RenderPassDescriptor::default()
        });
        twin.city.draw_depth(&mut pass, &twin.view_group);
    }
    twin.drawn = Some(wanted);
}

fn colour_attachment<'a>(
    view: &'a wgpu::TextureView,
    resolve: Option<&'a wgpu::TextureView>,
    load: wgpu::LoadOp<wgpu::Color>,
) -> wgpu::RenderPassColorAttachment<'a> {
    wgpu::RenderPassColorAttachment {
        view,
        depth_slice: None,
        resolve_target: resolve,
        ops: wgpu::Operations {
            load,
            store: wgpu::StoreOp::Store,
        },
    }
}

fn depth_attachment(
    view: &wgpu::TextureView,
    load: wgpu::LoadOp<f32>,
) -> wgpu::RenderPassDepthStencilAttachment<'_> {
    wgpu::RenderPassDepthStencilAttachment {
        view,
        depth_ops: Some(wgpu::Operations {
            load,
            store: wgpu::StoreOp::Store,
        }),
        stencil_ops: None,
    }
}
