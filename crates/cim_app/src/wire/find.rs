//! What crosses to the UI for finding things and for colouring them by what they are.

use super::Target;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How an attribute is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonDto {
    /// Equal, as numbers where both are.
    Equal,
    /// Known, and not equal.
    Different,
    /// Less.
    Less,
    /// Less or equal.
    AtMost,
    /// Greater.
    Greater,
    /// Greater or equal.
    AtLeast,
    /// The text occurs in it.
    Contains,
    /// It is known at all.
    Known,
}

/// A condition on one attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ConditionDto {
    /// The attribute: its name, or what people call it.
    pub key: String,
    /// How it is compared.
    pub comparison: ComparisonDto,
    /// With what; not looked at for `known`.
    pub value: String,
}

/// Where things must lie. Places are longitude and latitude, degrees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PlaceFilterDto {
    /// Around a point.
    Radius {
        /// The point.
        centre: [f64; 2],
        /// How far, metres.
        metres: f64,
    },
    /// Around something.
    Around {
        /// What.
        target: Target,
        /// How far, metres.
        metres: f64,
    },
    /// Within a ring: drawn by hand, or what the picture shows.
    Ring {
        /// Its corners; the first is not repeated.
        ring: Vec<[f64; 2]>,
    },
}

/// What is looked for; everything stated must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct FindDto {
    /// Words that must occur in names, ids or attributes; conditions may be typed among them: `高度>100`, `use=office`.
    pub text: String,
    /// Sorts of things: class words of the city, `thing`, `camera`, `event`; empty for all.
    pub sorts: Vec<String>,
    /// Conditions on attributes.
    pub conditions: Vec<ConditionDto>,
    /// Where.
    pub place: Option<PlaceFilterDto>,
    /// How many answers are passed over.
    pub offset: u32,
    /// How many answers are wanted; at most 200.
    pub limit: u32,
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct FoundRowDto {
    /// What it stands for.
    pub target: Target,
    /// What people call it; may be empty.
    pub name: String,
    /// Kind word.
    pub kind: String,
    /// Distance from the middle of the place asked for, metres.
    pub distance_m: Option<f64>,
    /// Values of the attributes that were asked for, in their order.
    pub values: Vec<String>,
}

/// How many answers there are of a sort.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SortCountDto {
    /// The sort, as in [`FindDto::sorts`].
    pub sort: String,
    /// How many answers, before sorts are chosen.
    pub count: u32,
}

/// A page of answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct FindPageDto {
    /// How many answers there are in all.
    pub total: u32,
    /// Those of this page, the best first.
    pub rows: Vec<FoundRowDto>,
    /// How many there are of each sort.
    pub sorts: Vec<SortCountDto>,
    /// The conditions that were understood in the text.
    pub understood: Vec<ConditionDto>,
}

/// What becomes of features in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ShowDto {
    /// Only these stay as they are; the others become faint.
    Isolate,
    /// These take the colour of what is chosen.
    Colour,
    /// These become faint.
    Ghost,
    /// These are not drawn.
    Hide,
}

/// An attribute that features can be coloured by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct AttributeDto {
    /// Its name.
    pub key: String,
    /// What people call it.
    pub label: String,
    /// Its unit; may be empty.
    pub unit: String,
    /// True when its values are numbers.
    pub is_number: bool,
    /// How many features have it.
    pub count: u32,
    /// How many different values it has; at most 1000 are counted.
    pub distinct: u32,
}

/// A row of colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RampDto {
    /// From dark blue over green to pink; perceptually even.
    Batlow,
    /// From blue to yellow; even also without red and green.
    Cividis,
    /// From blue over white to red, around the middle class.
    Vik,
    /// Colours without order.
    Categories,
}

/// How values are parted into classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ClassingDto {
    /// Classes of equal width.
    Equal,
    /// Classes of equally many features.
    Quantile,
    /// Breaks where values are sparse (Jenks).
    Natural,
    /// One class a value, the most frequent first.
    Values,
}

/// How features are to be coloured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ColourByDto {
    /// The class of features: `building`, `pipe` …
    pub class: String,
    /// The attribute.
    pub attribute: String,
    /// The colours.
    pub ramp: RampDto,
    /// How classes are made.
    pub classing: ClassingDto,
    /// How many, 2 to 9.
    pub classes: u8,
}

/// One class of a legend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LegendEntryDto {
    /// Red, green, blue.
    pub colour: [u8; 3],
    /// The least value of the class; `None` for a class of words.
    pub from: Option<f64>,
    /// The greatest value of the class.
    pub to: Option<f64>,
    /// The value, for a class of words; empty for all rare values together.
    pub word: String,
    /// How many features.
    pub count: u32,
}

/// What colours mean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct LegendDto {
    /// The attribute's label.
    pub title: String,
    /// Its unit; may be empty.
    pub unit: String,
    /// The classes, lowest first.
    pub entries: Vec<LegendEntryDto>,
    /// Features of the class without a value; they keep their own colour.
    pub without: u32,
}
