//! Whether the person looks below ground.

use crate::TwinCommand;
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{
    DetectChangesMut, IntoScheduleConfigs, MessageReader, ResMut, Resource, SystemSet,
};

/// Keeps [`Underground`].
pub struct UndergroundPlugin;

impl Plugin for UndergroundPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Underground>()
            .add_systems(Update, take_underground.in_set(UndergroundSystems));
    }
}

/// Systems that open and close the ground. Run after this set to see the frame's final choice.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub struct UndergroundSystems;

/// Underground mode: the ground fades, pipes and tunnels are seen, and the camera may go below.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct Underground {
    /// True while it is on.
    pub on: bool,
    /// What is left of the ground while it is on: 0 nothing … 1 all of it.
    pub opacity: f32,
}

impl Default for Underground {
    fn default() -> Self {
        Self {
            on: false,
            opacity: 0.25,
        }
    }
}

fn take_underground(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    mut underground: ResMut<'_, Underground>,
) {
    for command in commands.read() {
        if let TwinCommand::SetUnderground(wanted) = command {
            let opacity = if wanted.opacity.is_finite() {
                wanted.opacity.clamp(0.0, 1.0)
            } else {
                underground.opacity
            };
            // Assigned only when different: writing marks the resource as changed, and that costs a frame.
            underground.set_if_neq(Underground {
                on: wanted.on,
                opacity,
            });
        }
    }
}
