//! Which layers of the city itself are shown: classes of tiles, and labels. Whoever draws leaves out the others.
//!
//! Live layers are switched by their own plans (see `live`).

use crate::TwinCommand;
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{IntoScheduleConfigs, MessageReader, ResMut, Resource, SystemSet};
use cim_model::Layer;

/// Keeps [`LayerSwitches`].
pub struct LayerPlugin;

impl Plugin for LayerPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<LayerSwitches>()
            .add_systems(Update, switch_layers.in_set(LayerSystems));
    }
}

/// Systems that switch layers. Run after this set to see the frame's final choice.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub struct LayerSystems;

/// Whether a layer is to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LayerState {
    /// It is drawn and can be picked.
    Shown,
    /// It is neither drawn nor picked.
    Hidden,
}

/// Which layers are shown; all of them at first.
#[derive(Resource, Debug, Default, PartialEq, Eq)]
pub struct LayerSwitches {
    /// A bit per layer, in the order of their declaration.
    hidden: u32,
}

impl LayerSwitches {
    /// True when the layer is to be seen.
    pub fn is_shown(&self, layer: Layer) -> bool {
        self.hidden & bit_of(layer) == 0
    }

    /// The switches with one of them set.
    #[must_use]
    fn with(&self, layer: Layer, state: LayerState) -> Self {
        let hidden = match state {
            LayerState::Shown => self.hidden & !bit_of(layer),
            LayerState::Hidden => self.hidden | bit_of(layer),
        };
        Self { hidden }
    }
}

fn bit_of(layer: Layer) -> u32 {
    1 << (layer as u32)
}

fn switch_layers(
    mut commands: MessageReader<'_, '_, TwinCommand>,
    mut switches: ResMut<'_, LayerSwitches>,
) {
    for command in commands.read() {
        if let TwinCommand::SwitchLayer { layer, to } = command {
            let wanted = switches.with(*layer, *to);
            // Assigned only when different: writing marks the resource as changed, and that costs a frame.
            if *switches != wanted {
                *switches = wanted;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hiding_one_layer_leaves_the_others() {
        let switches = LayerSwitches::default().with(Layer::Cameras, LayerState::Hidden);
        for layer in Layer::ALL {
            assert_eq!(switches.is_shown(layer), layer != Layer::Cameras);
        }
        assert_eq!(
            switches.with(Layer::Cameras, LayerState::Shown),
            LayerSwitches::default()
        );
    }
}
