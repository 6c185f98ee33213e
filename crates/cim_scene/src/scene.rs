//! The index of the scene: every plugin, and the order of a frame.

use crate::{
    CameraPlugin, CameraSystems, ChangePlugin, ChangeSystems, CityPlugin, CitySystems, ClipPlugin,
    ClipSystems, CommandPlugin, ComparePlugin, CompareSystems, DrawingPlugin, DrawingSystems,
    FollowPlugin, FollowSystems, LabelPlugin, LabelSystems, LayerPlugin, LayerSystems, LivePlugin,
    LiveSystems, LookPlugin, LookSystems, PerformancePlugin, PerformanceSystems, PickPlugin,
    PickSystems, SightPlugin, SightSystems, StylePlugin, StyleSystems, ToolPlugin,
    UndergroundPlugin, UndergroundSystems,
};
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{IntoScheduleConfigs, SystemSet};

/// The whole scene. Nothing else is needed to run it without a window.
pub struct ScenePlugin;

impl Plugin for ScenePlugin {
    fn build(&self, app: &mut App) {
        app.configure_sets(
            Update,
            (
                SceneSystems::Commands,
                SceneSystems::Camera,
                SceneSystems::Look,
                SceneSystems::Pick,
                SceneSystems::Answers,
                SceneSystems::Choose,
                SceneSystems::Labels,
                SceneSystems::Changes,
            )
                .chain(),
        )
        .configure_sets(
            Update,
            (
                (CitySystems, LayerSystems, LiveSystems::Take).in_set(SceneSystems::Commands),
                (
                    LookSystems,
                    StyleSystems,
                    ClipSystems,
                    UndergroundSystems,
                    CompareSystems,
                    SightSystems,
                    PerformanceSystems::Budget,
                )
                    .in_set(SceneSystems::Commands),
                CameraSystems.in_set(SceneSystems::Camera),
                LiveSystems::Look.in_set(SceneSystems::Look),
                (PickSystems::Ask, FollowSystems::Ask).in_set(SceneSystems::Pick),
                (PickSystems::Choose, FollowSystems::Tell).in_set(SceneSystems::Choose),
                (LabelSystems, DrawingSystems, LiveSystems::Mark).in_set(SceneSystems::Labels),
                (ChangeSystems, PerformanceSystems::Tell).in_set(SceneSystems::Changes),
            ),
        )
        .add_plugins((
            CommandPlugin,
            CityPlugin,
            LayerPlugin,
            LivePlugin,
            PerformancePlugin,
            CameraPlugin,
            PickPlugin,
            LabelPlugin,
            ChangePlugin,
        ))
        .add_plugins((
            LookPlugin,
            StylePlugin,
            ClipPlugin,
            UndergroundPlugin,
            ComparePlugin,
            ToolPlugin,
            FollowPlugin,
            SightPlugin,
            DrawingPlugin,
        ));
    }
}

/// The steps of a frame, in this order, all in [`Update`].
#[derive(SystemSet, Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum SceneSystems {
    /// Cities open, layers switch, live layers change and age; look, styles, cuts and comparison are set.
    Commands,
    /// The camera moves.
    Camera,
    /// What is in the picture of the live layers is looked for.
    Look,
    /// What lies under the pointer is looked for.
    Pick,
    /// Left to whoever holds the meshes: answers each [`crate::PickFeature`] with a [`crate::FeatureHit`], and each
    /// [`crate::AskCorners`] with [`crate::FeatureCorners`].
    Answers,
    /// The selection is settled, and tools take their points.
    Choose,
    /// Labels are laid out and fade, drawings are gathered, what is chosen is marked.
    Labels,
    /// Whether a picture is due is decided. Take uploads after this.
    Changes,
}
