//! How a layer is drawn, as its definition says it.

use crate::{
    field::{Classing, RampId},
    look::Gather,
};

/// How a layer shows what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LayerKind {
    /// A symbol or dot for each thing.
    Points,
    /// A raster of how much there is, or of what was measured.
    Heat,
    /// The way that each thing came.
    Trails,
    /// Arrows along pipes and roads.
    Flow,
    /// Coloured areas.
    Areas,
    /// A column for each thing, as high as its value.
    Columns,
    /// A ring around each thing, as full as its share.
    Rings,
    /// A surface over the ground: water, a raster.
    Surface,
    /// Lines of equal value.
    Contours,
    /// Fences.
    Fences,
    /// Names.
    Labels,
    /// What the city's tiles are made of.
    City,
}

impl LayerKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Points,
        Self::Heat,
        Self::Trails,
        Self::Flow,
        Self::Areas,
        Self::Columns,
        Self::Rings,
        Self::Surface,
        Self::Contours,
        Self::Fences,
        Self::Labels,
        Self::City,
    ];

    /// The word in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Points => "points",
            Self::Heat => "heat",
            Self::Trails => "trails",
            Self::Flow => "flow",
            Self::Areas => "areas",
            Self::Columns => "columns",
            Self::Rings => "rings",
            Self::Surface => "surface",
            Self::Contours => "contours",
            Self::Fences => "fences",
            Self::Labels => "labels",
            Self::City => "city",
        }
    }
}

/// How a layer stands to the buildings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stand {
    /// In the city: what a building hides is drawn weakly.
    #[default]
    On,
    /// Always in front.
    Above,
    /// Equally strong everywhere, as if the buildings were glass.
    Through,
}

impl Stand {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::On, Self::Above, Self::Through];

    /// The word in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Above => "above",
            Self::Through => "through",
        }
    }
}

/// What becomes of things that are too near to each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Gathering {
    /// They become one symbol with their count.
    Symbols {
        /// How near is too near, CSS pixels.
        cell_px: f32,
    },
    /// The worst of them is shown as a dot.
    Dots {
        /// Width of a dot, CSS pixels.
        dot_px: f32,
    },
    /// Nothing: each is shown.
    Each,
}

impl Gathering {
    /// The same in physical pixels, of which there are `scale` to a CSS pixel.
    pub fn at_scale(self, scale: f32) -> Gather {
        match self {
            Self::Symbols { cell_px } => Gather::Symbols {
                cell_px: cell_px * scale,
            },
            Self::Dots { dot_px } => Gather::Dots {
                dot_px: dot_px * scale,
            },
            Self::Each => Gather::Each,
        }
    }
}

/// How large a symbol, dot, line or column is: its width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Size {
    /// The same on the screen wherever it is, CSS pixels.
    Pixels(f32),
    /// The same in the city.
    Metres {
        /// Metres.
        m: f32,
        /// Never smaller on the screen, CSS pixels.
        least_px: f32,
        /// Never larger on the screen, CSS pixels.
        most_px: f32,
    },
}

/// Where a layer's colours come from. Colours are sRGB.
#[derive(Clone, Debug, PartialEq)]
pub enum Paint {
    /// How bad the state is.
    ByState,
    /// A number, on a ramp.
    ByValue {
        /// The colours.
        ramp: RampId,
        /// The value at the ramp's beginning.
        from: f32,
        /// The value at its end.
        to: f32,
        /// The value's unit; may be empty.
        unit: String,
    },
    /// A field's text.
    ByAttribute {
        /// The field.
        name: String,
        /// Texts with their colours.
        palette: Vec<(String, [u8; 3])>,
        /// The colour of all other texts, and of none.
        other: [u8; 3],
    },
    /// One colour.
    Plain([u8; 3]),
}

/// Values of areas put into classes, each with one colour of the ramp.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassesPlan {
    /// How their ends are found.
    pub classing: Classing,
    /// About how many there are; says nothing where the ends are given.
    pub count: u8,
}

/// What a heat raster says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum HeatOf {
    /// How many there are to a square kilometre (kernel density).
    #[default]
    Density,
    /// What they measure, between them too (inverse distance weighting).
    Value {
        /// How fast a sample's weight falls with its distance; usually 2.
        power: f32,
    },
}

/// How a layer is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerLook {
    /// As what.
    pub kind: LayerKind,
    /// 0 invisible to 1 full.
    pub opacity: f32,
    /// Layers are drawn from the lowest to the highest; those that their pack names keep its order, whatever they say here.
    pub order: i16,
    /// In, above or through the buildings.
    pub stand: Stand,
    /// What becomes of things too near to each other.
    pub gather: Gathering,
    /// How large.
    pub size: Size,
    /// Which colours.
    pub paint: Paint,
    /// How old the oldest part of a trail is, seconds; 0 for no trail.
    pub trail_s: f32,
    /// How far a thing reaches over the ground, metres: heat, rings. 0 where nothing reaches.
    pub radius_m: f32,
    /// How high a column is at the end of the ramp, metres.
    pub height_m: f32,
    /// The values at which contours are drawn, rising.
    pub levels: Vec<f32>,
    /// What a heat raster says.
    pub heat: HeatOf,
    /// The classes of areas that are painted by value; the ramp runs smoothly where there are none.
    pub classes: Option<ClassesPlan>,
}

impl LayerLook {
    /// What a layer of `kind` looks like when its definition says nothing more.
    pub fn of(kind: LayerKind) -> Self {
        let is_on_ground = matches!(
            kind,
            LayerKind::Heat | LayerKind::Areas | LayerKind::Surface | LayerKind::Contours
        );
        Self {
            kind,
            opacity: if is_on_ground { 0.7 } else { 1.0 },
            order: 0,
            stand: Stand::On,
            gather: match kind {
                LayerKind::Points | LayerKind::Labels => Gathering::Symbols { cell_px: 80.0 },
                _ => Gathering::Each,
            },
            size: match kind {
                LayerKind::Points => Size::Pixels(22.0),
                LayerKind::Labels => Size::Pixels(13.0),
                LayerKind::Columns | LayerKind::Rings => Size::Metres {
                    m: 12.0,
                    least_px: 4.0,
                    most_px: 40.0,
                },
                _ => Size::Pixels(2.0),
            },
            paint: Paint::ByState,
            trail_s: if kind == LayerKind::Trails {
                600.0
            } else {
                0.0
            },
            radius_m: if kind == LayerKind::Heat { 500.0 } else { 0.0 },
            height_m: if kind == LayerKind::Columns {
                200.0
            } else {
                0.0
            },
            levels: Vec::new(),
            heat: HeatOf::Density,
            classes: None,
        }
    }
}
