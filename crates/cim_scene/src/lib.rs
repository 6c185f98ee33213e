//! What is in the city and what the person is doing in it: camera, symbols, labels, layers, selection.
//!
//! Bevy messages in ([`TwinCommand`]), Bevy resources and messages out. Draws nothing and owns no window: `cim_render` draws
//! what is held here, `cim_viewport` drives the frames.
//!
//! # Frames
//! City positions are [`bevy_math::DVec3`] in metres east, north and up of the city's origin (`enu`). Render space is Bevy's:
//! x east, y up, z south; [`render_from_enu`] and [`enu_from_render`] are the only way between the two.
//! Pixels are physical pixels of the viewport, from its top left corner.

mod camera;
mod change;
mod city;
mod command;
mod declutter;
mod dirty;
mod labels;
mod layers;
mod pick;
mod scene;
mod symbols;
mod view;

pub use camera::{CameraPlugin, CameraSystems, FrameStep, OrbitCamera};
pub use change::{ChangePlugin, ChangeSystems, NeedsFrame};
pub use city::{City, CityPlugin, CitySystems, enu_from_render, render_from_enu};
pub use command::{CommandPlugin, Label, Move, Picked, TwinCommand, TwinOutput, take_outputs};
pub use dirty::{Dirt, DirtyRows};
pub use labels::{
    LabelPlugin, LabelSystems, Labels, MAX_LABELS, ShownLabel, ShownLabels, label_px,
};
pub use layers::{LayerPlugin, LayerState, LayerSwitches, LayerSystems};
pub use pick::{
    FeatureHit, Hovered, PICK_RADIUS_PX, PickFeature, PickPlugin, PickPurpose, PickSystems,
    Selected,
};
pub use scene::{ScenePlugin, SceneSystems};
pub use symbols::{
    HOVERED_BIT, MAX_SYMBOLS, SELECTED_BIT, SHAPE_CAMERA, SHAPE_EVENT, SHAPE_NONE, SHOWN_BIT,
    SymbolInstance, SymbolPlugin, SymbolSystems, Symbols,
};
pub use view::{FOV_Y_RAD, Projected, View, Viewport, WorldRay};
