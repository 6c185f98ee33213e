//! Draws a frame: the city when it changed, then the city's picture with the live layers and names on top.

use crate::{
    backdrop::Piece,
    city::{Plan, Stage},
    device::{Drawn, Targets, TwinDevice},
    frame::{Frame, Shown},
    live::dots::{Canvas, DotsBy},
    manner::Manner,
    pane::{Pane, panes},
    recovery::Undrawn,
    shadow::ShadowDrawn,
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
use cim_scene::Compare;

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
    mut undrawn: ResMut<Undrawn>,
) {
    let (Some(shown), Some(mut twin)) = (&frame.shown, twin) else {
        return;
    };
    let picture = pictures.iter().next();
    let output = picture.and_then(|picture| {
        let format = picture.out_texture_view_format()?;
        Some((picture, format, picture.out_texture()?))
    });
    let Some((picture, format, output)) = output else {
        undrawn.note();
        return;
    };
    undrawn.reset();
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
    let dots = dots_by(shown.compare, targets, &twin.view_buffer);
    twin.live.prepare(&device, (format, dots), &mut encoder);
    twin.drawings.prepare(&device, format);
    twin.labels.prepare(&device, format);
    twin.sights.prepare(&device, format, &targets.depth);
    // Asking for the attachment is what tells Bevy that there is something to present.
    let _asked = picture.out_texture_color_attachment(None);
    let is_copied = copy_city(targets, &mut encoder, output);
    let is_there = draw_drapes(twin, shown, &mut encoder, (output, is_copied));
    let mut pass = begin_live(targets, &mut encoder, (output, is_there));
    if !is_there {
        twin.compose.draw(&mut pass);
    }
    for pane in panes(shown.compare, targets.size) {
        pane.set(&mut pass);
        twin.live.draw_ground(&mut pass, &twin.view_group);
        twin.drawings.draw(&mut pass, &twin.view_group);
        twin.live.draw_things(&mut pass, &twin.view_group);
        twin.labels.draw(&mut pass);
        twin.sights.draw_boards(&mut pass, &twin.view_group);
    }
    drop(pass);
    queue.submit([encoder.finish()]);
}

/// Begins to draw over the city, which is in the picture already, or has to be put there first.
fn begin_live<'a>(
    targets: &Targets,
    encoder: &'a mut wgpu::CommandEncoder,
    (output, is_there): (&wgpu::TextureView, bool),
) -> wgpu::RenderPass<'a> {
    let load = if is_there {
        wgpu::LoadOp::Load
    } else {
        wgpu::LoadOp::Clear(wgpu::Color::BLACK)
    };
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("live"),
        color_attachments: &[Some(colour_attachment(output, None, load))],
        depth_stencil_attachment: Some(depth_attachment(&targets.depth, wgpu::LoadOp::Load)),
        ..wgpu::RenderPassDescriptor::default()
    })
}

/// Lays live pictures onto the city's copy, if there are any; true when the city is in the picture then. In a pass of its own,
/// because it reads the depth that the live layers test against.
fn draw_drapes(
    twin: &TwinDevice,
    shown: &Shown,
    encoder: &mut wgpu::CommandEncoder,
    (output, is_copied): (&wgpu::TextureView, bool),
) -> bool {
    let Some(targets) = &twin.targets else {
        return is_copied;
    };
    if !twin.sights.has_drapes() || !has_surfaces(&shown.plan) {
        return is_copied;
    }
    if !is_copied {
        let mut pass = begin_live(targets, encoder, (output, false));
        twin.compose.draw(&mut pass);
    }
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("live pictures"),
        color_attachments: &[Some(colour_attachment(output, None, wgpu::LoadOp::Load))],
        ..wgpu::RenderPassDescriptor::default()
    });
    for pane in panes(shown.compare, targets.size) {
        pane.set(&mut pass);
        twin.sights.draw_drapes(&mut pass, &twin.view_group);
    }
    true
}

/// True when the city's depth tells its surfaces: the veils of underground mode have none.
fn has_surfaces(plan: &Plan) -> bool {
    !plan.is_underground
}

/// How dots are drawn: a splat knows one picture of one city.
fn dots_by<'a>(compare: Compare, targets: &'a Targets, view: &'a wgpu::Buffer) -> DotsBy<'a> {
    match compare {
        Compare::Off => DotsBy::Splat(Canvas {
            view,
            depth: &targets.depth,
            size: targets.size,
        }),
        Compare::Swipe { .. } | Compare::Split => DotsBy::Triangles,
    }
}

/// Copies the city into a picture that can be copied into: as bytes, a tenth of what drawing it pixel by pixel takes in
/// software. A window's surface cannot.
fn copy_city(
    targets: &Targets,
    encoder: &mut wgpu::CommandEncoder,
    output: &wgpu::TextureView,
) -> bool {
    let (city, picture) = (targets.colour.texture(), output.texture());
    let can = picture.usage().contains(wgpu::TextureUsages::COPY_DST)
        && picture.format().remove_srgb_suffix() == city.format().remove_srgb_suffix()
        && picture.size() == city.size();
    if can {
        encoder.copy_texture_to_texture(city.as_image_copy(), picture.as_image_copy(), city.size());
    }
    can
}

/// Draws the city into its own targets, unless they show it already.
fn draw_city(
    twin: &mut TwinDevice,
    queue: &wgpu::Queue,
    shown: &Shown,
    encoder: &mut wgpu::CommandEncoder,
) {
    let plan = shown.plan;
    let wanted = Drawn {
        view: shown.view,
        tiles_revision: shown.tiles_revision,
        selected: shown.selected,
        layers: plan.layers,
        manner: plan.manner,
        has_occlusion: shown.has_occlusion,
        is_underground: plan.is_underground,
        styles_revision: shown.styles_revision,
        clips_revision: shown.clips_revision,
        compare: shown.compare,
        paint_revision: shown.paint_revision,
        missing_uploads: shown.missing_uploads,
    };
    if twin.drawn == Some(wanted) {
        return;
    }
    prepare(twin, queue, shown);
    let Some(targets) = &twin.targets else {
        return;
    };
    let panes = panes(shown.compare, targets.size);
    let mut is_first = true;
    let shadow = shadow_of(shown, &panes);
    // The sun's picture outlives turns of the camera, clicks, and the step from moving to rest.
    let is_shadow_old = shadow.is_none() || twin.shadow_drawn != shadow;
    for pane in &panes {
        if plan.manner.has_shadows() && is_shadow_old {
            draw_shadow(twin, encoder, &plan, pane);
        }
        draw_pane(twin, targets, encoder, &plan, (pane, is_first));
        is_first = false;
    }
    if targets.fine.is_some() && plan.manner.samples() > 1 {
        draw_depth(twin, targets, encoder, &plan, &panes);
    }
    if shown.has_occlusion {
        draw_contact(twin, targets, encoder, &panes);
    }
    if twin.sights.has_paint() && has_surfaces(&plan) {
        draw_paint(twin, targets, encoder, &panes);
    }
    if plan.manner.has_shadows() {
        twin.shadow_drawn = shadow;
    }
    twin.drawn = Some(wanted);
}

/// What the sun's picture shows after this frame; `None` when two cities share it and it can't be kept.
fn shadow_of(shown: &Shown, panes: &[Pane]) -> Option<ShadowDrawn> {
    let [pane] = panes else { return None };
    Some(ShadowDrawn {
        fit: shown.shadow?,
        city: pane.city,
        tiles_revision: shown.tiles_revision,
        styles_revision: shown.styles_revision,
        clips_revision: shown.clips_revision,
        missing_uploads: shown.missing_uploads,
        layers: shown.plan.layers,
    })
}

/// Makes everything that the picture needs.
fn prepare(twin: &mut TwinDevice, queue: &wgpu::Queue, shown: &Shown) {
    let (device, plan) = (twin.device.clone(), shown.plan);
    twin.fit_shadow(plan.manner);
    twin.city
        .prepare(&device, queue, &shown.tiles, &shown.tones, &plan);
    for piece in pieces(&plan) {
        twin.backdrop.prepare(&device, *piece, plan.manner);
    }
    if plan.has_trench {
        twin.backdrop
            .prepare(&device, Piece::TrenchDepth, Manner::DEPTH);
    }
    let Some(targets) = &mut twin.targets else {
        return;
    };
    if plan.manner.samples() > 1 {
        targets.make_fine(&device);
    }
    if shown.has_occlusion {
        twin.occlusion.prepare(&device, plan.manner);
        targets.make_contact(&device, &twin.occlusion);
    }
    if twin.sights.has_paint() {
        twin.sights.prepare_paint(&device, &targets.depth);
    }
}

/// The pieces of the backdrop that a plan draws.
fn pieces(plan: &Plan) -> &'static [Piece] {
    if plan.is_underground {
        &[Piece::Earth, Piece::Veil]
    } else if plan.has_trench {
        &[Piece::CutSky, Piece::Trench]
    } else if plan.has_cuts {
        &[Piece::CutSky]
    } else {
        &[Piece::Sky]
    }
}

/// What the sun sees of a pane's city.
fn draw_shadow(twin: &TwinDevice, encoder: &mut wgpu::CommandEncoder, plan: &Plan, pane: &Pane) {
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("shadow"),
        depth_stencil_attachment: Some(depth_attachment(
            twin.shadow.picture(),
            wgpu::LoadOp::Clear(1.0),
        )),
        ..wgpu::RenderPassDescriptor::default()
    });
    pass.set_pipeline(twin.shadow.pipeline(plan.has_cuts));
    pass.set_bind_group(0, &twin.caster_group, &[]);
    twin.city.draw_casters(&mut pass, plan, pane.city);
}

/// The colour of one pane; the first one clears the picture.
fn draw_pane(
    twin: &TwinDevice,
    targets: &Targets,
    encoder: &mut wgpu::CommandEncoder,
    plan: &Plan,
    (pane, is_first): (&Pane, bool),
) {
    let (colour, depth, resolve) = match &targets.fine {
        Some(fine) if plan.manner.samples() > 1 => {
            (&fine.colour, &fine.depth, Some(&targets.colour))
        }
        Some(_) | None => (&targets.colour, &targets.depth, None),
    };
    let (clear_colour, clear_depth) = if is_first {
        (
            wgpu::LoadOp::Clear(wgpu::Color::BLACK),
            wgpu::LoadOp::Clear(0.0),
        )
    } else {
        (wgpu::LoadOp::Load, wgpu::LoadOp::Load)
    };
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("city"),
        color_attachments: &[Some(colour_attachment(colour, resolve, clear_colour))],
        depth_stencil_attachment: Some(depth_attachment(depth, clear_depth)),
        ..wgpu::RenderPassDescriptor::default()
    });
    pane.set(&mut pass);
    pass.set_bind_group(0, &twin.scene.group, &[]);
    if plan.is_underground {
        paint_underground(twin, &mut pass, plan, pane.city);
    } else {
        paint(twin, &mut pass, plan, pane.city);
    }
    for stage in [Stage::Blended, Stage::Ghosts] {
        twin.city.draw(&mut pass, plan, pane.city, stage);
    }
}

/// What stands hides what lies, and both hide sky and ground: each pixel is shaded about once.
fn paint(twin: &TwinDevice, pass: &mut wgpu::RenderPass<'_>, plan: &Plan, city: usize) {
    twin.city.draw(pass, plan, city, Stage::Standing);
    twin.city.draw(pass, plan, city, Stage::Flat);
    if plan.has_trench {
        twin.backdrop.draw(pass, Piece::Trench, plan.manner);
        twin.city.draw(pass, plan, city, Stage::Below);
    }
    let sky = if plan.has_trench || plan.has_cuts {
        Piece::CutSky
    } else {
        Piece::Sky
    };
    twin.backdrop.draw(pass, sky, plan.manner);
}

/// From below upwards: earth, pipes, the ground's veil, what lies and stands on it.
fn paint_underground(twin: &TwinDevice, pass: &mut wgpu::RenderPass<'_>, plan: &Plan, city: usize) {
    twin.backdrop.draw(pass, Piece::Earth, plan.manner);
    twin.city.draw(pass, plan, city, Stage::Below);
    twin.backdrop.draw(pass, Piece::Veil, plan.manner);
    twin.city.draw(pass, plan, city, Stage::Flat);
    twin.city.draw(pass, plan, city, Stage::Standing);
}

/// Several samples cannot be tested against by the live layers, nor read by contact shading: both get a depth of their own.
fn draw_depth(
    twin: &TwinDevice,
    targets: &Targets,
    encoder: &mut wgpu::CommandEncoder,
    plan: &Plan,
    panes: &[Pane],
) {
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("city depth"),
        depth_stencil_attachment: Some(depth_attachment(&targets.depth, wgpu::LoadOp::Clear(0.0))),
        ..wgpu::RenderPassDescriptor::default()
    });
    pass.set_bind_group(0, &twin.scene.group, &[]);
    for pane in panes {
        pane.set(&mut pass);
        for stage in [Stage::Standing, Stage::Flat, Stage::Below] {
            twin.city.draw_depth(&mut pass, plan, pane.city, stage);
        }
        if plan.has_trench && !plan.is_underground {
            twin.backdrop
                .draw(&mut pass, Piece::TrenchDepth, Manner::DEPTH);
        }
    }
}

/// Measures where light is blocked and darkens the picture there.
fn draw_contact(
    twin: &TwinDevice,
    targets: &Targets,
    encoder: &mut wgpu::CommandEncoder,
    panes: &[Pane],
) {
    let Some(contact) = &targets.contact else {
        return;
    };
    for (target, is_measured) in [(&contact.shares, false), (&targets.colour, true)] {
        let load = if is_measured {
            wgpu::LoadOp::Load
        } else {
            wgpu::LoadOp::Clear(wgpu::Color::WHITE)
        };
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("contact"),
            color_attachments: &[Some(colour_attachment(target, None, load))],
            ..wgpu::RenderPassDescriptor::default()
        });
        pass.set_bind_group(0, &twin.view_group, &[]);
        for pane in panes {
            pane.set(&mut pass);
            if is_measured {
                twin.occlusion.apply(&mut pass, &contact.groups);
            } else {
                twin.occlusion.measure(&mut pass, &contact.groups);
            }
        }
    }
}

/// Paints what cameras see onto the city's colour.
fn draw_paint(
    twin: &TwinDevice,
    targets: &Targets,
    encoder: &mut wgpu::CommandEncoder,
    panes: &[Pane],
) {
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("sight paint"),
        color_attachments: &[Some(colour_attachment(
            &targets.colour,
            None,
            wgpu::LoadOp::Load,
        ))],
        ..wgpu::RenderPassDescriptor::default()
    });
    for pane in panes {
        pane.set(&mut pass);
        twin.sights.draw_paint(&mut pass, &twin.view_group);
    }
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
