//! What is in the city and what the person is doing in it: camera, live layers, labels, selection.
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
mod clips;
mod command;
mod compare;
mod declutter;
mod drawings;
mod follow;
mod labels;
mod layers;
mod live;
mod look;
mod measure;
mod pick;
mod ring;
mod scene;
mod sight;
mod styles;
mod tool;
mod underground;
mod view;

pub use camera::{CameraPlugin, CameraSystems, FrameStep, KeyStep, OrbitCamera, Pinch, Skyline};
pub use change::{ChangePlugin, ChangeSystems, NeedsFrame};
pub use city::{City, CityPlugin, CitySystems, enu_from_render, render_from_enu};
pub use clips::{
    ClipPlan, ClipPlugin, ClipSystems, Clips, Cut, Keep, MAX_CUT_CORNERS, MAX_CUTS,
    MAX_TRENCH_POINTS, PlannedCut, PlannedTrench, TRENCH_WIDTH_M, Trench,
};
pub use command::{
    CommandPlugin, GroundSight, Label, Move, Picked, TwinCommand, TwinOutput, take_outputs,
};
pub use compare::{Compare, ComparePlugin, CompareSystems};
pub use drawings::{
    DrawRole, DrawingPlan, DrawingPlugin, DrawingSystems, Drawings, DrawnArea, DrawnLine,
    DrawnText, MAX_DRAWN_POINTS,
};
pub use follow::{AskCorners, FeatureCorners, FollowPlugin, FollowSystems, middle_line};
pub use labels::{
    LabelDensity, LabelLook, LabelPlugin, LabelSystems, Labels, MAX_LABELS, ShownLabel,
    ShownLabels, along_line, label_px, wall_text_scale, wall_text_scale_by_height,
};
pub use layers::{LayerPlugin, LayerState, LayerSwitches, LayerSystems};
pub use live::{
    AreaPaintPlan, AreaShape, CameraWedge, ContourShape, FlowLinePlan, FrameBudget, HeatShape,
    LayerCountNow, LayerPoints, LayerShape, LiveLayer, LiveLayers, LivePlugin, LiveSystems,
    MOST_HERE, MOST_LIVE_LAYERS, MOST_WITHIN, MoveReport, NumberManner, PerformanceNow,
    PerformancePlugin, PerformanceSystems, RampScale, RegionPx, Selection, ShapeState, TwinGauges,
    TwinLayer, WaterShape,
};
pub use look::{CityLook, LookPlugin, LookSystems, Quality, Style, Sun};
pub use measure::{
    MeasureKind, Measured, Quantity, cut_and_fill_m3, direct_length_m, level_length_m,
    plane_area_m2, points_along, slope,
};
pub use pick::{
    FeatureHit, Hovered, PICK_RADIUS_PX, PickFeature, PickPlugin, PickPurpose, PickSystems,
    Selected,
};
pub use ring::{MAX_FILLED_CORNERS, is_simple, perimeter_m, signed_area_m2, triangulate};
pub use scene::{ScenePlugin, SceneSystems};
pub use sight::{
    PlacedPose, SightLight, SightPicture, SightPlugin, SightSheet, SightSystems, Sights,
};
pub use styles::{
    FeatureStyle, FeatureStyles, MAX_STYLE_RULES, Paint, Show, StylePlugin, StyleRule, StyleRules,
    StyleSystems,
};
pub use tool::{Sketch, SketchKind, Tool, ToolCommand, ToolKind, ToolPlugin, ToolSystems};
pub use underground::{Underground, UndergroundPlugin, UndergroundSystems};
pub use view::{FOV_Y_RAD, Projected, View, Viewport, WorldRay};
