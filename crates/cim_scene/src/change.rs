//! Whether the picture has to be drawn again. An idle twin costs nothing.

use crate::{
    CityLook, Clips, Compare, DrawingSystems, Drawings, FeatureStyles, Hovered, LabelSystems,
    LayerSwitches, LiveLayers, LiveSystems, OrbitCamera, PickSystems, Selected, ShownLabels,
    Sights, Tool, Underground,
};
use bevy_app::{App, Plugin, Update};
use bevy_ecs::prelude::{
    DetectChanges, IntoScheduleConfigs, Local, Res, ResMut, Resource, SystemSet,
};

/// Keeps [`NeedsFrame`].
pub struct ChangePlugin;

impl Plugin for ChangePlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<NeedsFrame>().add_systems(
            Update,
            gather_changes
                .in_set(ChangeSystems)
                .after(LabelSystems)
                .after(DrawingSystems)
                .after(PickSystems::Choose)
                .after(LiveSystems::Mark),
        );
    }
}

/// Systems that notice visible changes. What changes something visible after this set shows a frame later.
#[derive(SystemSet, Clone, Debug, Hash, PartialEq, Eq)]
pub struct ChangeSystems;

/// Whether the picture has to be drawn, and whether another update must follow by itself.
#[derive(Resource, Debug, Default)]
pub struct NeedsFrame {
    is_due: bool,
    goes_on: bool,
}

impl NeedsFrame {
    /// Asks for a picture, for instance because a tile has arrived.
    pub fn ask(&mut self) {
        self.is_due = true;
    }

    /// True when something visible has changed since the last picture.
    pub fn is_due(&self) -> bool {
        self.is_due
    }

    /// True while something moves or fades: run another update after a frame's time, also without commands.
    pub fn goes_on(&self) -> bool {
        self.goes_on
    }

    /// Tells whether a picture is due, and takes it as drawn.
    pub fn take(&mut self) -> bool {
        std::mem::take(&mut self.is_due)
    }
}

/// What was there at the update before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    live: u64,
    camera: u64,
    labels: u64,
}

fn gather_changes(
    mut seen: Local<'_, Seen>,
    live: Res<'_, LiveLayers>,
    camera: Res<'_, OrbitCamera>,
    labels: Res<'_, ShownLabels>,
    switches: Res<'_, LayerSwitches>,
    selected: Res<'_, Selected>,
    hovered: Res<'_, Hovered>,
    (look, styles, clips): (Res<'_, CityLook>, Res<'_, FeatureStyles>, Res<'_, Clips>),
    (underground, compare): (Res<'_, Underground>, Res<'_, Compare>),
    (drawings, sights): (Res<'_, Drawings>, Res<'_, Sights>),
    tool: Res<'_, Tool>,
    mut needs: ResMut<'_, NeedsFrame>,
) {
    let now = Seen {
        live: live.revision(),
        camera: camera.revision(),
        labels: labels.revision(),
    };
    let has_chosen = switches.is_changed() || selected.is_changed() || hovered.is_changed();
    let has_other_looks = look.is_changed()
        || styles.is_changed()
        || clips.is_changed()
        || underground.is_changed()
        || compare.is_changed()
        || drawings.is_changed()
        || sights.is_changed();
    if *seen != now || has_chosen || has_other_looks {
        *seen = now;
        needs.ask();
    }
    let labels_go_on = labels.fading() || labels.is_waiting();
    needs.goes_on = camera.moving() || labels_go_on || tool.is_waiting() || live.goes_on();
}
