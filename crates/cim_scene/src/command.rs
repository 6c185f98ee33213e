//! What the desk asks of the twin, and what the twin tells the desk.
//!
//! Every module reads [`TwinCommand`] for itself and takes the variants that are its own.

use crate::{
    ClipPlan, Compare, DrawingPlan, KeyStep, LayerState, MeasureKind, Measured, Pinch, Quality,
    Sketch, Style, StyleRules, Sun, ToolCommand, Underground,
};
use bevy_app::{App, Plugin};
use bevy_ecs::prelude::{Message, Messages, World};
use cim_geo::Geodetic;
use cim_model::{Layer, Symbol, SymbolKey, SymbolState};

/// Declares the messages between desk and twin.
pub struct CommandPlugin;

impl Plugin for CommandPlugin {
    fn build(&self, app: &mut App) {
        app.add_message::<TwinCommand>().add_message::<TwinOutput>();
    }
}

/// What the desk, or a person's gesture, asks of the twin. Pixels are physical pixels of the viewport, from its top left.
///
/// Whatever makes no sense (a coordinate that is not a number, a symbol that does not exist) is ignored.
#[derive(Message, Clone, Debug, PartialEq)]
pub enum TwinCommand {
    /// Show the city around `origin`. The camera looks at all of it, unless this city is open already.
    OpenCity {
        /// Where the local frame has its zero.
        origin: Geodetic,
        /// How far the city reaches from there, metres.
        radius_m: f64,
    },
    /// Replace every symbol.
    SetSymbols(Vec<Symbol>),
    /// Change the state of some symbols.
    ChangeSymbols(Vec<(SymbolKey, SymbolState)>),
    /// Replace every label candidate.
    SetLabels(Vec<Label>),
    /// Show or hide a layer.
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
}

/// Something in the twin that can be selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Picked {
    /// A sensor, a camera or an event.
    Symbol(SymbolKey),
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
