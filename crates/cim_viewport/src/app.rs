//! A Bevy app without winit, without a render thread of its own, and with the renderer that the product needs.

use bevy::{
    DefaultPlugins,
    app::{App, PluginGroup, PluginsState, TerminalCtrlCHandlerPlugin},
    camera::{Camera, Projection, RenderTarget},
    ecs::schedule::ScheduleLabel,
    render::{
        RenderPlugin,
        camera::CameraRenderGraph,
        pipelined_rendering::PipelinedRenderingPlugin,
        settings::{InstanceFlags, RenderCreation, WgpuSettings},
        view::Msaa,
    },
    window::{ExitCondition, WindowPlugin},
};
use std::time::Duration;

/// The passes of the guest are not run by a camera's graph; Bevy still wants one named.
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
struct NoGraph;

/// An app with everything but the guest. `prepare` runs before the renderer chooses its adapter.
pub(crate) fn new_app(prepare: impl FnOnce(&mut App)) -> App {
    let mut app = App::new();
    prepare(&mut app);
    let settings = WgpuSettings {
        // Validation layers are for working on shaders; every shader is validated in a test.
        instance_flags: InstanceFlags::empty(),
        ..WgpuSettings::default()
    };
    app.add_plugins(
        DefaultPlugins
            .build()
            // The host owns signals.
            .disable::<TerminalCtrlCHandlerPlugin>()
            // One frame at a time: what is asked for is what is shown, and nothing is a frame late.
            .disable::<PipelinedRenderingPlugin>()
            .set(WindowPlugin {
                primary_window: None,
                exit_condition: ExitCondition::DontExit,
                close_when_requested: false,
                ..WindowPlugin::default()
            })
            .set(RenderPlugin {
                render_creation: RenderCreation::Automatic(Box::new(settings)),
                synchronous_pipeline_compilation: true,
                ..RenderPlugin::default()
            }),
    );
    app
}

/// The camera entity that makes Bevy prepare a target; what is drawn into it is the guest's.
pub(crate) fn camera_for(
    target: RenderTarget,
) -> (Camera, CameraRenderGraph, Projection, RenderTarget, Msaa) {
    (
        Camera::default(),
        CameraRenderGraph::new(NoGraph),
        Projection::default(),
        target,
        Msaa::Off,
    )
}

/// Waits for plugins and finishes the app, so that it can be updated by hand.
pub(crate) fn finish(app: &mut App) {
    while app.plugins_state() == PluginsState::Adding {
        bevy::tasks::tick_global_task_pools_on_main_thread();
        std::thread::sleep(Duration::from_millis(1));
    }
    app.finish();
    app.cleanup();
    // Frames are drawn when there is something new; Bevy's clock must not wait for the renderer's word on the time.
    app.world_mut()
        .remove_resource::<bevy::time::TimeReceiver>();
}

/// Runs the app's systems; draws when `wants` says so afterwards. True when a frame was drawn.
pub(crate) fn step(app: &mut App, wants: impl FnOnce(&mut App) -> bool) -> bool {
    app.sub_apps_mut().main.run_default_schedule();
    let draws = wants(app);
    let sub_apps = app.sub_apps_mut();
    if draws {
        for sub_app in sub_apps.sub_apps.values_mut() {
            sub_app.extract(sub_apps.main.world_mut());
            sub_app.update();
        }
    }
    sub_apps.main.world_mut().clear_trackers();
    draws
}
