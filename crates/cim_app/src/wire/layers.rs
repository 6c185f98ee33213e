//! What crosses to the UI about layers: the panel, filters, legends, what lies under the pointer and what is selected.

use super::Target;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A layer as the panel shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LayerRowDto {
    /// Identity.
    pub id: String,
    /// The number under which the twin counts it; layers of devices may share one.
    pub number: u16,
    /// What people call it, in the desk's language.
    pub name: String,
    /// The names of its groups, from the root.
    pub path: Vec<String>,
    /// The name of the system that it serves; may be empty.
    pub system: String,
    /// `points`, `heat`, `trails`, `flow`, `areas`, `columns`, `rings`, `surface`, `contours`, `fences`, `labels`, `city`.
    pub kind: String,
    /// True while it is drawn.
    pub shown: bool,
    /// 0 to 1.
    pub opacity: f32,
    /// How many things its filter takes.
    pub count: f64,
    /// How many of them the picture holds; `None` until the twin said so.
    pub in_view: Option<f64>,
    /// How many symbols are drawn.
    pub drawn: Option<f64>,
    /// Of the counted: normal, low, medium, high, critical, not real.
    pub by_class: [f64; 6],
    /// Of the counted: older than their sources promised.
    pub late: f64,
    /// Of the counted: never reported, or long silent.
    pub missing: f64,
    /// When the newest of them was seen, UTC milliseconds.
    pub newest_at: Option<i64>,
    /// The filter as it was written.
    pub filter: Option<String>,
    /// Why the filter cannot be run; everything is shown then.
    pub filter_error: Option<String>,
    /// What its colours mean.
    pub legend: LayerLegendDto,
    /// True when stand, gathering, colours and size can be chosen.
    pub can_style: bool,
    /// Its colours and its size; `None` where they cannot be chosen.
    pub style: Option<LayerStyleDto>,
    /// `on`, `above`, `through`.
    pub stand: String,
    /// `symbols`, `dots`, `each`.
    pub gather: String,
    /// A sentence about it; may be empty.
    pub about: String,
    /// Why it cannot be shown as it should.
    pub problem: Option<String>,
}

/// What the colours of a layer mean.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct LayerLegendDto {
    /// What is shown.
    pub title: String,
    /// Its unit; may be empty.
    pub unit: String,
    /// True when things are coloured by how bad they are.
    pub is_by_state: bool,
    /// Colours with their meaning.
    pub steps: Vec<LayerLegendStepDto>,
    /// A continuous ramp.
    pub ramp: Option<RampLegendDto>,
}

/// One colour of a legend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LayerLegendStepDto {
    /// `#rrggbb`.
    pub colour: String,
    /// What has it.
    pub label: String,
    /// Values from here on.
    pub from: Option<f64>,
    /// Values up to here.
    pub to: Option<f64>,
}

/// How a layer of symbols is coloured and how large it is, and what can be chosen instead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LayerStyleDto {
    /// Which colours.
    pub paint: LayerPaintDto,
    /// How large.
    pub size: LayerSizeDto,
    /// True while both are as its pack has them.
    pub is_own: bool,
    /// True when some of it has a value, so that it can be coloured by value.
    pub has_values: bool,
    /// What it can be coloured by: fields with few different texts; the choices are those that it has.
    pub attributes: Vec<FilterFieldDto>,
}

/// Where the colours of a layer come from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum LayerPaintDto {
    /// How bad the state is.
    State,
    /// The newest value, on a ramp.
    Value {
        /// The name of the ramp.
        ramp: String,
        /// The values at its beginning and at its end; `None` in a change for what the values are now.
        range: Option<[f64; 2]>,
    },
    /// The text of a field: a colour for each.
    Attribute {
        /// The field.
        name: String,
    },
    /// One colour, which only a pack chooses.
    Plain,
}

/// How large the symbols of a layer are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LayerSizeDto {
    /// Their width.
    pub value: f32,
    /// `px` for CSS pixels, from 6 to 40 where a person chooses; `m` for metres, from 1 to 200.
    pub unit: String,
}

/// A ramp that layers can be coloured with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LayerRampDto {
    /// Its name.
    pub name: String,
    /// Its colours at equal steps, `#rrggbb`.
    pub stops: Vec<String>,
}

/// A ramp of colours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RampLegendDto {
    /// Its colours at equal steps, `#rrggbb`.
    pub stops: Vec<String>,
    /// Value at its beginning.
    pub from: f64,
    /// Value at its end.
    pub to: f64,
    /// Marks: values and their labels.
    pub ticks: Vec<(f64, String)>,
}

/// The layer panel.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LayersDto {
    /// As in [`super::DeskUpdate::layers_revision`].
    pub revision: f64,
    /// Every layer, uppermost first.
    pub rows: Vec<LayerRowDto>,
    /// The tree by kind.
    pub by_kind: Vec<TreeRowDto>,
    /// The tree by system.
    pub by_system: Vec<TreeRowDto>,
    /// Saved sets.
    pub sets: Vec<LayerSetDto>,
    /// How many names: `few`, `normal`, `many`.
    pub density: String,
    /// The ramps that layers can be coloured with, in the order in which to offer them.
    pub ramps: Vec<LayerRampDto>,
}

/// A saved set of layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LayerSetDto {
    /// What its person calls it.
    pub name: String,
    /// How many layers it shows.
    pub shown: f64,
}

/// A row of the tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TreeRowDto {
    /// 0 at the root.
    pub depth: u32,
    /// Identities of the groups from the root.
    pub path: Vec<String>,
    /// What people call it.
    pub name: String,
    /// The layer; `None` for a branch.
    pub layer: Option<String>,
    /// `all`, `some`, `none`.
    pub shown: String,
    /// What it counts.
    pub count: f64,
}

/// What a person does to layers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum LayerChangeDto {
    /// Draws a layer, or leaves it out.
    Show {
        /// The layer.
        id: String,
        /// True to draw it.
        on: bool,
    },
    /// Draws all layers of a branch, or leaves them out.
    ShowBranch {
        /// `kind` or `system`.
        by: String,
        /// The branch, from the root.
        path: Vec<String>,
        /// True to draw them.
        on: bool,
    },
    /// Draws it weaker or stronger.
    Opacity {
        /// The layer.
        id: String,
        /// 0 to 1.
        opacity: f32,
    },
    /// Shows only what the filter takes.
    Filter {
        /// The layer.
        id: String,
        /// The filter; `None` for none.
        text: Option<String>,
    },
    /// Puts it above another one.
    Move {
        /// The layer.
        id: String,
        /// The one that it is to lie above; `None` for the lowest place.
        before: Option<String>,
    },
    /// In, above or through the buildings.
    Stand {
        /// The layer.
        id: String,
        /// `on`, `above`, `through`.
        stand: String,
    },
    /// What becomes of things too near to each other.
    Gather {
        /// The layer.
        id: String,
        /// `symbols`, `dots`, `each`.
        gather: String,
    },
    /// Other colours; for layers whose style can be chosen.
    Paint {
        /// The layer.
        id: String,
        /// Which.
        paint: LayerPaintDto,
    },
    /// Larger or smaller; for layers whose style can be chosen.
    Size {
        /// The layer.
        id: String,
        /// How large.
        size: LayerSizeDto,
    },
    /// The colours and the size that its pack gave it.
    OwnStyle {
        /// The layer.
        id: String,
    },
    /// Keeps how everything stands.
    SaveSet {
        /// Under this name.
        name: String,
    },
    /// Brings everything to how it stood.
    UseSet {
        /// The set.
        name: String,
    },
    /// Forgets a set.
    DropSet {
        /// The set.
        name: String,
    },
    /// More or fewer names on the map.
    Density {
        /// `few`, `normal`, `many`.
        density: String,
    },
    /// Everything as the packs want it.
    Reset,
}

/// A geofence that a person drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct FenceDto {
    /// What people call it, and what filters name it by; one of the same name gives way.
    pub name: String,
    /// Its corners, longitude and latitude in degrees; the first is not repeated.
    pub ring: Vec<[f64; 2]>,
    /// Seconds inside after which it is told that somebody stays; `None` when nobody asks.
    pub dwell_s: Option<f32>,
}

/// Whether a filter can be run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct FilterCheckDto {
    /// True when it can.
    pub ok: bool,
    /// Where it is wrong, characters from 1.
    pub column: Option<u32>,
    /// What is wrong.
    pub message: String,
    /// How many things it takes.
    pub hits: Option<f64>,
}

/// A field that a filter may ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct FilterFieldDto {
    /// As it is written.
    pub name: String,
    /// What people call it.
    pub words: String,
    /// `number`, `seconds`, `text`, `word`, `level`, `flag`.
    pub kind: String,
    /// Of a number.
    pub unit: Option<String>,
    /// Words that it may be.
    pub choices: Vec<String>,
}

/// What lies at a place, nearest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct HereDto {
    /// At most 50.
    pub items: Vec<HereItemDto>,
    /// How many more there are.
    pub more: f64,
    /// What layers say of the ground there, the uppermost first.
    pub fields: Vec<FieldDto>,
}

/// One thing of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct HereItemDto {
    /// What it is.
    pub target: Target,
    /// What people call it.
    pub name: String,
    /// Kind word, as in [`super::Card::kind`].
    pub kind: String,
    /// How bad it is; `None` for what has no state.
    pub severity: Option<String>,
    /// When its newest value held, UTC milliseconds.
    pub at: Option<i64>,
}

/// What is selected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SelectionDto {
    /// How many.
    pub total: f64,
    /// How many of each kind word, the most first.
    pub by_kind: Vec<(String, f64)>,
    /// Normal, low, medium, high, critical, not real.
    pub by_class: [f64; 6],
    /// Late and missing ones.
    pub late: f64,
    /// The worst first; at most 200.
    pub names: Vec<HereItemDto>,
}

/// What the hover card says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct HoverDto {
    /// What people call it.
    pub name: String,
    /// Kind word.
    pub kind: String,
    /// The value, as people write it.
    pub value: Option<String>,
    /// Its unit; may be empty.
    pub unit: String,
    /// When it held, UTC milliseconds.
    pub at: Option<i64>,
    /// `fresh`, `source_late`, `device_silent`, `hub_gone`.
    pub why: Option<String>,
    /// `normal`, `low`, `medium`, `high`, `critical`, `unreal`.
    pub severity: String,
}

/// What a layer says of a place on the ground: of the area or pipe there, or of the place itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct FieldDto {
    /// The layer's name.
    pub layer: String,
    /// `areas`, `flow`, `heat`, `surface`, `contours`.
    pub kind: String,
    /// What the area or pipe is called; empty for what has no name.
    pub name: String,
    /// The code of the area; may be empty.
    pub code: String,
    /// What is in the pipe: `water`, `gas`, `drainage`, …; empty for what is none.
    pub medium: String,
    /// The value, as people write it.
    pub value: Option<String>,
    /// Its unit; may be empty.
    pub unit: String,
    /// The worst state there: `normal`, `low`, `medium`, `high`, `critical`; `None` where no state counts.
    pub severity: Option<String>,
    /// When the newest value in it held, UTC milliseconds.
    pub at: Option<i64>,
    /// `fresh`, `source_late`, `device_silent`, `hub_gone`; `None` where nobody reports.
    pub why: Option<String>,
}

/// How the twin gets on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PerformanceDto {
    /// Middle time of a frame, milliseconds.
    pub frame_ms_p50: f32,
    /// 95 of 100 frames take less, milliseconds.
    pub frame_ms_p95: f32,
    /// Frames in a second.
    pub frames_per_s: f32,
    /// Tiles in the picture.
    pub tiles_shown: u32,
    /// Tiles on their way.
    pub tiles_waiting: u32,
    /// Bytes to the GPU in a second.
    pub upload_bytes_per_s: u64,
    /// GPU memory in use, bytes.
    pub gpu_bytes: u64,
    /// GPU memory that may be used, bytes.
    pub gpu_limit_bytes: u64,
    /// `soft`, `standard`, `high`: in use.
    pub quality: String,
    /// The same: as chosen.
    pub wanted: String,
    /// The GPU.
    pub adapter: String,
    /// Age of the oldest command when it was taken, milliseconds.
    pub queue_ms: f32,
    /// How many devices were lost so far.
    pub lost: u32,
}
