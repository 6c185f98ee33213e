//! A lost device or surface: noticed, and made anew, while everything else goes on.
//!
//! Bevy tells of a lost device before the next frame; [`renewed`] asks the same adapter for another device, and any adapter
//! when that fails. Bevy then runs `RenderStartup`, which makes [`TwinDevice`](crate::device::TwinDevice) anew from what the
//! main world holds. A frame that could not be drawn asks for the next one; a surface that gives no picture is made anew.

use bevy::{
    app::{App, Plugin},
    ecs::prelude::{IntoScheduleConfigs, ResMut, Resource, World},
    render::{
        Render, RenderApp,
        error_handler::{ErrorType, RenderError, RenderErrorHandler, RenderErrorPolicy},
        renderer::{
            RenderAdapter, RenderAdapterInfo, RenderDevice, RenderInstance, RenderQueue,
            WgpuWrapper,
        },
        settings::RenderCreation,
        view::{WindowSurfaces, create_surfaces},
    },
};
use cim_scene::NeedsFrame;
use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

/// So often the adapter of the lost device is asked for another; then any adapter is.
const SAME_ADAPTER_TRIES: u32 = 3;
/// After so many frames without a picture to draw into, the surface is made anew.
const MEND_AFTER: u32 = 2;
/// After so many, nobody asks for further frames: a covered window has no picture either.
const MOST_RETRIES: u32 = 8;

/// Notices a lost device and sees to another.
pub(crate) struct RecoveryPlugin;

impl Plugin for RecoveryPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<DeviceWatch>()
            .insert_resource(RenderErrorHandler(on_error));
        if let Some(render) = app.get_sub_app_mut(RenderApp) {
            render
                .init_resource::<Undrawn>()
                .add_systems(Render, mend_surfaces.before(create_surfaces));
        }
    }
}

/// Whether the graphics device is there, and how often it was not.
#[derive(Resource, Debug, Default)]
pub struct DeviceWatch {
    lost: u32,
    tries: u32,
    /// True from a loss until a device draws.
    is_recovering: bool,
    /// The one that was lost, where it is known, until another one draws.
    dead: Option<wgpu::Device>,
    canary: Option<Canary>,
}

impl DeviceWatch {
    /// How many devices were lost so far.
    pub fn lost(&self) -> u32 {
        self.lost
    }

    /// True from the loss of a device until another one draws.
    pub fn is_recovering(&self) -> bool {
        self.is_recovering
    }

    /// True when `device` can be drawn with, as far as is known.
    pub(crate) fn trusts(&self, device: &wgpu::Device) -> bool {
        self.dead.as_ref() != Some(device)
    }

    /// A device that works draws again.
    pub(crate) fn note_drawing(&mut self) {
        self.dead = None;
        if std::mem::take(&mut self.is_recovering) {
            tracing::info!(
                lost = self.lost,
                "drawing goes on with another graphics device"
            );
        }
        self.tries = 0;
    }

    fn note_loss(&mut self, device: Option<wgpu::Device>) {
        // Losing the next one before it drew is the same trouble.
        if !std::mem::replace(&mut self.is_recovering, true) {
            self.lost += 1;
        }
        self.dead = device;
        self.tries += 1;
        self.canary = None;
    }

    /// Looks whether a device still answers. It may be asked after each frame: a lost device that nobody asks is noticed with
    /// the next frame only, and there is none while nothing changes. False when it is lost.
    pub(crate) fn check(&mut self, device: &wgpu::Device) -> bool {
        if self.is_recovering {
            return false;
        }
        let canary = match &mut self.canary {
            Some(canary) if canary.device == *device => canary,
            other => other.insert(Canary::new(device)),
        };
        canary.answers()
    }
}

/// A buffer of a few bytes that is mapped again and again: a lost device refuses it.
#[derive(Debug)]
struct Canary {
    device: wgpu::Device,
    buffer: wgpu::Buffer,
    state: Arc<AtomicU8>,
}

/// States of a [`Canary`].
const RESTING: u8 = 0;
const ASKED: u8 = 1;
const MAPPED: u8 = 2;
const REFUSED: u8 = 3;

impl Canary {
    fn new(device: &wgpu::Device) -> Self {
        Self {
            device: device.clone(),
            buffer: device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("canary"),
                size: 16,
                usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }),
            state: Arc::new(AtomicU8::new(RESTING)),
        }
    }

    /// False when the device is lost.
    fn answers(&mut self) -> bool {
        if self.state.load(Ordering::Acquire) == MAPPED {
            self.buffer.unmap();
            self.state.store(RESTING, Ordering::Release);
        }
        if self.state.load(Ordering::Acquire) == RESTING {
            self.state.store(ASKED, Ordering::Release);
            let state = Arc::clone(&self.state);
            self.buffer
                .map_async(wgpu::MapMode::Read, .., move |answer| {
                    let came = if answer.is_ok() { MAPPED } else { REFUSED };
                    state.store(came, Ordering::Release);
                });
        }
        let polled = self.device.poll(wgpu::PollType::Poll);
        polled.is_ok() && self.state.load(Ordering::Acquire) != REFUSED
    }
}

/// Frames in a row that had no picture to draw into.
#[derive(Resource, Debug, Default)]
pub(crate) struct Undrawn {
    frames: u32,
}

impl Undrawn {
    /// A frame was drawn.
    pub(crate) fn reset(&mut self) {
        self.frames = 0;
    }

    /// A frame had nothing to draw into.
    pub(crate) fn note(&mut self) {
        self.frames = self.frames.saturating_add(1);
    }

    /// True when another try may help.
    pub(crate) fn wants_retry(&self) -> bool {
        (1..=MOST_RETRIES).contains(&self.frames)
    }
}

/// Makes surfaces anew that give no pictures: a lost surface never comes back by itself.
fn mend_surfaces(mut surfaces: ResMut<WindowSurfaces>, mut undrawn: ResMut<Undrawn>) {
    if undrawn.frames == MEND_AFTER {
        tracing::warn!("the window gives no picture to draw into; its surface is made anew");
        *surfaces = WindowSurfaces::default();
        // Counted once for each time that it is made anew.
        undrawn.note();
    }
}

/// What Bevy does about an error of the device. A wrong command of ours costs its picture and never the desk: Bevy has put it
/// into the log, and drawing goes on.
fn on_error(error: &RenderError, main: &mut World, render: &mut World) -> RenderErrorPolicy {
    if error.ty != ErrorType::DeviceLost {
        return RenderErrorPolicy::Ignore;
    }
    let device = render
        .get_resource::<RenderDevice>()
        .map(|device| device.wgpu_device().clone());
    let mut tries = 1;
    if let Some(mut watch) = main.get_resource_mut::<DeviceWatch>() {
        watch.note_loss(device);
        tries = watch.tries;
    }
    if let Some(mut needs) = main.get_resource_mut::<NeedsFrame>() {
        needs.ask();
    }
    match renewed(render, tries) {
        Ok(creation) => RenderErrorPolicy::Recover(creation),
        Err(reason) => {
            // Asked again with the next frame.
            tracing::warn!(tries, reason, "there is no graphics device to draw with");
            RenderErrorPolicy::StopRendering
        }
    }
}

/// Another device, with what the lost one could.
fn renewed(render: &World, tries: u32) -> Result<RenderCreation, String> {
    let (Some(lost), Some(adapter), Some(instance)) = (
        render.get_resource::<RenderDevice>(),
        render.get_resource::<RenderAdapter>(),
        render.get_resource::<RenderInstance>(),
    ) else {
        return Err("nothing has drawn before".into());
    };
    let adapter = if tries <= SAME_ADAPTER_TRIES {
        adapter.clone()
    } else {
        let any = instance.request_adapter(&wgpu::RequestAdapterOptions::default());
        let any = bevy::tasks::block_on(any).map_err(|err| err.to_string())?;
        RenderAdapter(Arc::new(WgpuWrapper::new(any)))
    };
    let mut features = lost.features() & adapter.features();
    features.remove(wgpu::Features::all_experimental_mask());
    let request = adapter.request_device(&wgpu::DeviceDescriptor {
        label: Some("twin"),
        required_features: features,
        required_limits: adapter.limits(),
        ..wgpu::DeviceDescriptor::default()
    });
    let (device, queue) = bevy::tasks::block_on(request).map_err(|err| err.to_string())?;
    Ok(RenderCreation::manual(
        RenderDevice::from(device),
        RenderQueue(Arc::new(WgpuWrapper::new(queue))),
        RenderAdapterInfo(WgpuWrapper::new(adapter.get_info())),
        adapter,
        instance.clone(),
    ))
}

/// Takes the graphics device away, as a driver that restarts does: for drills.
pub(crate) fn lose_device(main: &mut World) {
    if let Some(device) = main.get_resource::<RenderDevice>() {
        let device = device.wgpu_device();
        device.destroy();
        // Bevy hears of it when what was under way has come to its end.
        if let Err(err) = device.poll(wgpu::PollType::wait_indefinitely()) {
            tracing::warn!(%err, "the graphics device did not finish before it was taken away");
        }
    }
    if let Some(mut needs) = main.get_resource_mut::<NeedsFrame>() {
        needs.ask();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::ecs::schedule::Schedule;

    #[test]
    fn a_window_without_a_picture_is_tried_again_but_not_for_ever() {
        let mut undrawn = Undrawn::default();
        assert!(!undrawn.wants_retry());
        undrawn.note();
        assert!(undrawn.wants_retry());
        for _ in 0..MOST_RETRIES {
            undrawn.note();
        }
        assert!(!undrawn.wants_retry());
        undrawn.reset();
        assert!(!undrawn.wants_retry());
    }

    /// The system that mends surfaces, run for a frame; true when it made them anew.
    fn mends(world: &mut World, schedule: &mut Schedule) -> bool {
        world.clear_trackers();
        schedule.run(world);
        world.is_resource_changed::<WindowSurfaces>()
    }

    #[test]
    fn a_surface_that_gives_no_picture_twice_is_made_anew_once_and_again_after_it_gave_one() {
        let mut world = World::new();
        world.init_resource::<WindowSurfaces>();
        world.init_resource::<Undrawn>();
        let mut schedule = Schedule::default();
        schedule.add_systems(mend_surfaces);
        for _ in 0..2 {
            assert!(!mends(&mut world, &mut schedule), "a frame was drawn");
            world.resource_mut::<Undrawn>().note();
            assert!(!mends(&mut world, &mut schedule), "once may be chance");
            world.resource_mut::<Undrawn>().note();
            assert!(mends(&mut world, &mut schedule), "it never comes back");
            // A covered window has no picture either: nothing is made anew with each frame.
            for _ in 0..MOST_RETRIES {
                assert!(!mends(&mut world, &mut schedule), "made anew again");
                world.resource_mut::<Undrawn>().note();
            }
            world.resource_mut::<Undrawn>().reset();
        }
    }

    #[test]
    fn a_loss_is_counted_once_until_something_draws_again() {
        let mut watch = DeviceWatch::default();
        assert!(!watch.is_recovering());
        watch.note_loss(None);
        watch.note_loss(None);
        assert!(watch.is_recovering());
        assert_eq!((watch.lost(), watch.tries), (1, 2));
        watch.note_drawing();
        assert!(!watch.is_recovering());
        watch.note_loss(None);
        assert_eq!((watch.lost(), watch.tries), (2, 1));
    }
}
