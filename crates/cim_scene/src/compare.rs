//! Two epochs or two plans of the city in one picture.

use crate::TwinCommand;
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{
    DetectChangesMut, IntoScheduleConfigs, MessageReader, ResMut, Resource, SystemSet,
};

/// Keeps [`Compare`].
pub struct ComparePlugin;

impl Plugin for ComparePlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Compare>()
            .add_systems(Update, take_compare.in_set(CompareSystems));
    }
}

/// Systems that set how two cities are compared. Run after this set to see the frame's final choice.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub struct CompareSystems;

/// How two cities share the picture.
#[derive(Resource, Clone, Copy, Debug, Default, PartialEq)]
pub enum Compare {
    /// One city only.
    #[default]
    Off,
    /// The first city left of a line, the other one right of it, both through one camera.
    Swipe {
        /// Where the line is, 0 … 1 of the picture's width.
        at: f32,
    },
    /// Each city in its own half, both through the same camera.
    Split,
}

fn take_compare(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    mut compare: ResMut<'_, Compare>,
) {
    for command in commands.read() {
        let TwinCommand::SetCompare(wanted) = command else {
            continue;
        };
        let wanted = match *wanted {
            Compare::Swipe { at } if !at.is_finite() => continue,
            Compare::Swipe { at } => Compare::Swipe {
                at: at.clamp(0.0, 1.0),
            },
            Compare::Off | Compare::Split => *wanted,
        };
        // Assigned only when different: writing marks the resource as changed, and that costs a frame.
        compare.set_if_neq(wanted);
    }
}
