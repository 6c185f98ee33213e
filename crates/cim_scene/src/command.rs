//! What the desk asks of the twin, and what the twin tells the desk.
//!
//! Every module reads [`TwinCommand`] for itself and takes the variants that are its own.

use crate::{
    CameraWedge, ClipPlan, Compare, DrawingPlan, KeyStep, LabelDensity, LayerCountNow, LayerPoints,
    LayerShape, LayerState, MeasureKind, Measured, MoveReport, NumberManner, PerformanceNow, Pinch,
    Quality, RegionPx, Sketch, Style, StyleRules, Sun, ToolCommand, TwinLayer, Underground,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::{Message, Messages, World};
use cim_geo::Geodetic;
use cim_layers::{
    PointChange,
    sight::{Rgba, VideoStage},
};
use cim_model::{Layer, PointKey, Severity, UtcMillis};
use std::sync::Arc;

/// Declares the messages between desk and twin.
pub struct CommandPlugin;

impl Plugin for CommandPlugin {
    fn build(&self, app: &mut App) {
        app.add_message::<TwinCommand>().add_message::<TwinOutput>();
    }
}

/// What the desk, or a person's gesture, asks of the twin. Pixels are physical pixels of the viewport, from its top left.
///
/// Whatever makes no sense (a coordinate that is not a number, a layer or row that does not exist) is ignored.
#[derive(Message, Clone, Debug, PartialEq)]
pub enum TwinCommand {
    /// Show the city around `origin`. The camera looks at all of it, unless this city is open already.
    OpenCity {
        /// Where the local frame has its zero.
        origin: Geodetic,
        /// How far the city reaches from there, metres.
        radius_m: f64,
    },
    /// Replace the live layers, in the order in which they are drawn: the last lies on top. Layers whose number stays keep
    /// their points and shapes. Points and shapes of a layer come after it.
    SetLayers(Vec<TwinLayer>),
    /// Replace every point of a layer. Its filter is forgotten.
    SetPoints {
        /// The layer's number.
        layer: u16,
        /// The points; a row is an index.
        points: Arc<LayerPoints>,
    },
    /// Reports of some points of a layer.
    ChangePoints {
        /// The layer's number.
        layer: u16,
        /// The reports, in their order.
        changes: Vec<PointChange>,
    },
    /// The sources through which some points of a layer come are late as a whole, or no longer: they say so when they age.
    /// Forgotten when the points are replaced.
    SetSourceLate {
        /// The layer's number.
        layer: u16,
        /// Rows, and whether their source is late.
        rows: Vec<(u32, bool)>,
    },
    /// Moving points of a layer say where they are.
    MovePoints {
        /// The layer's number.
        layer: u16,
        /// The reports, in their order.
        moves: Vec<MoveReport>,
    },
    /// Show only some points of a layer.
    FilterPoints {
        /// The layer's number.
        layer: u16,
        /// A bit per row, the first in the lowest of the first word; rows beyond are not shown. `None` shows all.
        taken: Option<Arc<[u64]>>,
    },
    /// Replace what the cameras (layer 1) see.
    SetWedges(Arc<[CameraWedge]>),
    /// What time it is for the desk. To be sent when it jumps, and at least once a second while it runs.
    SetTime {
        /// The moment.
        at: UtcMillis,
        /// How many seconds pass in one; 0 when the clock stands.
        rate: f64,
    },
    /// The hub cannot be reached, or can again: what has aged says so.
    SetHubGone(bool),
    /// Replace what a layer holds besides points.
    SetShape {
        /// The layer's number.
        layer: u16,
        /// What it holds.
        shape: LayerShape,
    },
    /// Tell what lies at a pixel ([`TwinOutput::Here`]).
    AskHere {
        /// Where, px.
        at: [f32; 2],
    },
    /// Mark the points in a part of the picture and tell them ([`TwinOutput::Within`]).
    SelectWithin {
        /// The part.
        region: RegionPx,
        /// True to keep what is marked already.
        add: bool,
    },
    /// Mark these points and no others. Nothing is told back.
    SelectPoints(Vec<PointKey>),
    /// The oldest reading in what is told now had waited so long at the desk, milliseconds.
    NoteWait(f32),
    /// Tell how the twin is doing twice a second ([`TwinOutput::Performance`]), or no longer.
    WatchPerformance(bool),
    /// Replace every label candidate.
    SetLabels(Vec<Label>),
    /// The things in alarm, as indexes of labels, and how bad it is: their names go first.
    SetLabelAlarms(Vec<(u32, Severity)>),
    /// Write names so many times as large.
    SetTextScale(f32),
    /// How many names are written.
    SetLabelDensity(LabelDensity),
    /// How the counts of clusters are written.
    SetNumbers(NumberManner),
    /// Show or hide a layer of the city itself; live layers are switched by [`TwinCommand::SetLayers`].
    SwitchLayer {
        /// Which layer.
        layer: Layer,
        /// What to do with it.
        to: LayerState,
    },
    /// Select what the desk chose. Nothing is told back.
    Select(Option<Picked>),
    /// Fly to a place so that something of `size_m` fills a good part of the picture.
    FlyTo {
        /// Where.
        place: Geodetic,
        /// How large the thing there is, metres.
        size_m: f64,
    },
    /// Take exactly this view.
    GoToView {
        /// What the camera looks at.
        target: Geodetic,
        /// How far the camera is from there, metres.
        distance_m: f64,
        /// Where it looks, clockwise from north, degrees.
        heading_deg: f64,
        /// How far it looks down, degrees below the horizon.
        pitch_deg: f64,
        /// How it gets there.
        how: Move,
    },
    /// The ground under `from` is dragged to `to`.
    Pan {
        /// From, px.
        from: [f32; 2],
        /// To, px.
        to: [f32; 2],
    },
    /// Look around: the picture follows the pointer.
    Orbit {
        /// Moved by, px.
        by: [f32; 2],
    },
    /// Nearer (positive) or farther, towards the ground under `at`.
    Zoom {
        /// Where, px.
        at: [f32; 2],
        /// Notches of the wheel.
        notches: f32,
    },
    /// Two fingers hold the picture.
    Pinch(Pinch),
    /// A step by key.
    Step(KeyStep),
    /// Fly to where all of the city is seen.
    Overview,
    /// Fly down into the street.
    StandAt {
        /// Where to stand.
        place: Geodetic,
        /// Where to look, clockwise from north, degrees.
        heading_deg: f64,
    },
    /// Tell the view ([`TwinOutput::View`]), so that it can be saved.
    AskView,
    /// Take up a tool, or use the one in hand.
    Tool(ToolCommand),
    /// Tell the line of a trench along a feature, for instance a pipe ([`TwinOutput::Sketched`]).
    TrenchAlong {
        /// The feature's identity in the city's attribute table.
        id: String,
    },
    /// A click.
    Pick {
        /// Where, px.
        at: [f32; 2],
    },
    /// The pointer rests here; `None` when it left.
    Hover {
        /// Where, px.
        at: Option<[f32; 2]>,
    },
    /// Turn until north is up.
    North,
    /// Draw the city in this style, with this effort, under this sun.
    SetLook {
        /// Colours and light.
        style: Style,
        /// What a picture may cost.
        quality: Quality,
        /// Where the sun stands.
        sun: Sun,
    },
    /// Replace every style of single features.
    SetStyles(StyleRules),
    /// Replace everything that is cut out of the city.
    SetClips(ClipPlan),
    /// Look below ground, or not.
    SetUnderground(Underground),
    /// Compare two cities, or not.
    SetCompare(Compare),
    /// Replace the desk's drawings over the city.
    SetDrawings(DrawingPlan),
    /// Replace everything that is shown of what cameras see. Pictures whose view stays keep their pixels.
    SetSight(VideoStage),
    /// A live picture has a new frame; ignored for a view that [`TwinCommand::SetSight`] does not show.
    SetPixels {
        /// The view.
        view: u32,
        /// The frame's number; the one that is shown already is ignored.
        seq: u64,
        /// Its pixels.
        pixels: Arc<Rgba>,
    },
    /// The viewport has a new size.
    Resize {
        /// Width, physical px.
        width: u32,
        /// Height, physical px.
        height: u32,
        /// Physical px per CSS px.
        scale: f32,
    },
}

/// What the twin tells the desk; see [`take_outputs`].
#[derive(Message, Clone, Debug, PartialEq)]
pub enum TwinOutput {
    /// The person picked something in the picture, or nothing.
    Picked(Option<Picked>),
    /// What lies under the pointer changed, or moved with it.
    Hovering {
        /// What.
        what: Option<Picked>,
        /// Where the pointer is, px.
        at: [f32; 2],
        /// The ground there, while layers are drawn that say something of it; `None` over points and names.
        ground: Option<GroundSight>,
    },
    /// The camera moved; at most ten times a second, and once when it rests.
    CameraMoved {
        /// Where it looks, clockwise from north, degrees in 0…360.
        heading_deg: f64,
        /// Metres per physical pixel at the middle of the picture.
        metres_per_px: f64,
        /// Where the eye is.
        eye: Geodetic,
        /// Longitudes and latitudes (degrees) of the corners of the seen ground: top left, top right, bottom right, bottom
        /// left of the picture; cut off towards the horizon. Empty without a city or a viewport.
        footprint: Vec<[f64; 2]>,
    },
    /// The view, as [`TwinCommand::GoToView`] takes it; the answer to [`TwinCommand::AskView`].
    View {
        /// What the camera looks at.
        target: Geodetic,
        /// How far the camera is from there, metres.
        distance_m: f64,
        /// Where it looks, clockwise from north, degrees in 0…360.
        heading_deg: f64,
        /// How far it looks down, degrees below the horizon.
        pitch_deg: f64,
    },
    /// A measuring tool has another point, or is done.
    Measured {
        /// What is measured.
        kind: MeasureKind,
        /// What can be said of it.
        values: Vec<Measured>,
        /// The points.
        points: Vec<Geodetic>,
        /// True when the tool is done.
        is_final: bool,
    },
    /// The person has drawn something for the desk.
    Sketched(Sketch),
    /// What lies at a pixel: the answer to [`TwinCommand::AskHere`], or to a click on a cluster that cannot be split.
    Here {
        /// Where, px.
        at: [f32; 2],
        /// The nearest first, at most [`MOST_HERE`](crate::MOST_HERE).
        items: Vec<Picked>,
        /// How many more there are.
        more: u32,
        /// The ground there, while layers are drawn that say something of it.
        ground: Option<GroundSight>,
    },
    /// What is marked after [`TwinCommand::SelectWithin`].
    Within {
        /// The points, at most [`MOST_WITHIN`](crate::MOST_WITHIN).
        keys: Vec<PointKey>,
        /// How many there are in all.
        total: u32,
    },
    /// What of the live layers is in the picture; at most twice a second, when it changed.
    Layers(Vec<LayerCountNow>),
    /// How the twin is doing; twice a second while asked for.
    Performance(PerformanceNow),
}

/// Where the sight through a pixel meets the ground, or what stands on it.
#[derive(Clone, Debug, PartialEq)]
pub struct GroundSight {
    /// Where.
    pub place: Geodetic,
    /// How the sight goes on: metres east and north for each metre up.
    pub lean: [f64; 2],
    /// Metres per physical pixel there.
    pub metres_per_px: f64,
    /// The layers that are drawn and say something of the ground, by their numbers, the uppermost first.
    pub layers: Vec<u16>,
}

/// Something in the twin that can be selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picked {
    /// A point of a live layer: a sensor, a camera, an event, a vehicle.
    Point(PointKey),
    /// A feature of a tile, usually a building.
    Feature {
        /// The tile that holds it: its index in the tileset.
        tile: u32,
        /// Its index in the tile.
        feature: u32,
        /// Its identity in the city's attribute table.
        id: String,
        /// What people call it; may be empty.
        name: String,
    },
}

/// A name that may be written into the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Label {
    /// The name.
    pub text: String,
    /// Where it belongs, height above ground in metres.
    pub position: Geodetic,
    /// 0 district, 1 road, 2 landmark, 3 thing; lower goes first.
    pub rank: u8,
    /// The line that the name is written along, for instance a road's; `None` for a name beside its place.
    pub path: Option<Vec<Geodetic>>,
    /// The feature that a click on the name selects, by its identity in the city's attribute table; only names beside
    /// their place can be clicked, since houses hide those along roads.
    pub feature: Option<String>,
}

/// How a camera gets to its new view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Along an arc.
    Ease,
    /// At once.
    Jump,
}

/// Everything that the twin has told since the last call, in order. Call it after every update.
pub fn take_outputs(world: &mut World) -> Vec<TwinOutput> {
    match world.get_resource_mut::<Messages<TwinOutput>>() {
        Some(mut outputs) => outputs.drain().collect(),
        None => Vec::new(),
    }
}
