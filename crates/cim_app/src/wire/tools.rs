//! What crosses to the UI for working with the twin: tools, cuts, look, comparison, bookmarks and the small map.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What a tool measures or draws.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ToolKindDto {
    /// A way along points.
    Distance,
    /// The area within a ring.
    Area,
    /// How much higher the second of two points is.
    Height,
    /// How steeply the second of two points lies above the first.
    Slope,
    /// What is within a ring between two heights.
    Volume {
        /// Lower end, metres above the city's ground plane.
        bottom_m: f64,
        /// Upper end, metres above the city's ground plane.
        top_m: f64,
    },
    /// A ring that cuts the city.
    ClipPolygon,
    /// A box that cuts the city.
    SectionBox,
    /// The middle line of a trench.
    Trench,
    /// A ring that stands for a place, for instance of a query.
    Ring,
    /// One place.
    Point,
    /// A line that stands for a way or a border.
    Path,
}

/// What the person does with a tool, apart from clicks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum ToolDto {
    /// Takes up a tool, and puts away the one before.
    Start {
        /// Which.
        tool: ToolKindDto,
    },
    /// All points are there.
    Finish,
    /// Takes back the newest point.
    Undo,
    /// Puts the tool away, and wipes off what it left in the picture.
    Cancel,
}

/// A step of the camera by key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the words of `cim_scene::KeyStep`")]
pub enum StepDto {
    Left,
    Right,
    Ahead,
    Back,
    TurnLeft,
    TurnRight,
    LookUp,
    LookDown,
    Nearer,
    Farther,
}

/// A measured number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct MeasuredDto {
    /// What it says: `quantity.<name>` in the locale files.
    pub quantity: String,
    /// The number.
    pub value: f64,
    /// Its unit.
    pub unit: String,
}

/// What was drawn for the desk. Places are longitude, latitude (degrees) and height (metres).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum SketchDto {
    /// A ring; the first corner is not repeated.
    Ring {
        /// True when it is to cut the city, false when it stands for a place.
        cuts: bool,
        /// Its corners.
        ring: Vec<[f64; 3]>,
    },
    /// The middle line of a trench.
    Trench {
        /// Its points.
        line: Vec<[f64; 3]>,
    },
    /// An upright box.
    Box {
        /// Its middle.
        centre: [f64; 3],
        /// Half its sides, metres: across, along its heading, up.
        half_m: [f64; 3],
        /// Where its second side points, clockwise from north, degrees.
        heading_deg: f64,
    },
    /// One place.
    Point {
        /// Where.
        at: [f64; 3],
    },
    /// A line that stands for a way or a border.
    Path {
        /// Its points.
        line: Vec<[f64; 3]>,
    },
}

/// Which side of a cut stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeepDto {
    /// What is inside the body.
    Inside,
    /// What is outside the body.
    Outside,
}

/// A body that cuts the city.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CutDto {
    /// An upright box.
    Box {
        /// Its middle: longitude, latitude, height.
        centre: [f64; 3],
        /// Half its sides, metres: across, along its heading, up.
        half_m: [f64; 3],
        /// Where its second side points, clockwise from north, degrees.
        heading_deg: f64,
        /// What stays.
        keep: KeepDto,
    },
    /// An upright prism.
    Polygon {
        /// Its corners: longitude, latitude, height.
        ring: Vec<[f64; 3]>,
        /// Lower end, metres above the city's ground plane.
        bottom_m: f64,
        /// Upper end, metres above the city's ground plane.
        top_m: f64,
        /// What stays.
        keep: KeepDto,
    },
}

/// An open trench.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct TrenchDto {
    /// Its middle line: longitude, latitude, height.
    pub line: Vec<[f64; 3]>,
    /// Its width, metres.
    pub width_m: f64,
    /// Its depth below ground, metres.
    pub depth_m: f64,
}

/// Everything that is cut out of the city.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct ClipsDto {
    /// Section boxes and polygons; at most 8 are drawn.
    pub cuts: Vec<CutDto>,
    /// A trench.
    pub trench: Option<TrenchDto>,
}

/// Underground mode.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct UndergroundDto {
    /// True while it is on.
    pub on: bool,
    /// What is left of the ground: 0 nothing … 1 all of it.
    pub opacity: f64,
}

/// Colours and light of the twin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StyleDto {
    /// Warm materials under the sun.
    Day,
    /// The control room's dark blue-grey.
    #[default]
    Night,
    /// Matte white, for analysis.
    White,
}

/// What a picture may cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum QualityDto {
    /// Software Vulkan and old integrated GPUs.
    #[default]
    Soft,
    /// Shadows of the sun.
    Standard,
    /// Soft shadows and contact shading.
    High,
}

/// How the twin looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LookDto {
    /// Colours and light.
    pub style: StyleDto,
    /// What a picture may cost.
    pub quality: QualityDto,
    /// The moment whose sun shines, UTC milliseconds; `None` for the moment that the desk shows.
    pub time: Option<i64>,
}

/// What the city model takes, in memory and on the graphics device together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct MemoryDto {
    /// What the loaded tiles take, MiB.
    pub used_mib: u32,
    /// What they may take, MiB; 0 until the twin has spoken.
    pub budget_mib: u32,
    /// True when the view needs more than that and is coarser than asked for.
    pub is_short: bool,
}

/// The sun over the city.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SunDto {
    /// The moment, UTC milliseconds.
    pub time: i64,
    /// Where it stands, clockwise from north, degrees.
    pub azimuth_deg: f64,
    /// How high it stands, degrees; negative at night.
    pub altitude_deg: f64,
    /// Sunrise and sunset of that day, UTC milliseconds; `None` where the sun does neither.
    pub rise_and_set: Option<[i64; 2]>,
    /// Noon of that day by the sun, UTC milliseconds.
    pub noon: i64,
}

/// How two cities share the picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum CompareDto {
    /// One city only.
    Off,
    /// The second city right of a line.
    Swipe {
        /// Where the line is, 0 … 1 of the picture's width.
        at: f64,
    },
    /// Each city in its own half.
    Split,
}

/// A city on this machine that the open one can be compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CityChoiceDto {
    /// Its folder.
    pub folder: String,
    /// Its name in Chinese.
    pub name_zh: String,
    /// Its name in English.
    pub name_en: String,
    /// The date that it shows; may be empty.
    pub epoch: String,
}

/// A view of the twin, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ViewPlaceDto {
    /// What the camera looks at: longitude, latitude, height.
    pub target: [f64; 3],
    /// How far the camera is from there, metres.
    pub distance_m: f64,
    /// Where it looks, clockwise from north, degrees.
    pub heading_deg: f64,
    /// How far it looks down, degrees below the horizon.
    pub pitch_deg: f64,
}

/// A view that somebody kept, with what they thought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct BookmarkDto {
    /// Unique among the city's bookmarks.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// What is worth knowing there; may be empty.
    pub note: String,
    /// When it was kept, UTC milliseconds.
    pub kept_at: i64,
    /// The view.
    pub view: ViewPlaceDto,
}

/// The city from above, as a small raster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct MinimapDto {
    /// West, south, east, north; degrees.
    pub bounds: [f64; 4],
    /// Cells in a row.
    pub width: u32,
    /// Rows, the northern one first.
    pub height: u32,
    /// One letter a cell: `.` ground, `w` water, `g` green, `r` road, `t` track, `b` building. Empty when no model could be read.
    pub cells: String,
}
