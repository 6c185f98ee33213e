//! From a layer's definition to what the passes are told: sizes, colours, strengths.

use super::{
    areas::AreaPaint,
    bars::BarLook,
    flow::FlowLook,
    heat::HeatLook,
    keep::Tint,
    points::{Form, PointLook, PointPaint},
    ramps::Scale,
    surface::{ContourLook, WaterLook},
    trails::{TrailLook, TrailThing},
};
use crate::palette::SYMBOL_COLOURS;
use cim_layers::{
    PointState,
    field::NO_DATA,
    layer::{Gathering, HeatOf, LayerKind, LayerLook, Paint, Size},
};
use cim_model::Freshness;
use cim_scene::{AreaPaintPlan, RampScale, TwinLayer};

/// Symbols of at most so many CSS px are dots: nothing else of them could be seen.
const DOT_PX: f32 = 6.0;
/// Colour of what flows and is normal, where the definition has none: that of water pipes.
const FLOW: u32 = 0x3F86C4;
/// Colour of contours, where the definition has none.
const CONTOUR: u32 = 0xA9B8C6;
/// Height of fields over the city's origin, metres.
const FIELD_UP_M: f32 = 0.3;
/// Share of the scale over which a density fades in.
const DENSITY_FADE: f32 = 0.2;
/// How strongly areas are filled and bordered, 0 to 255, before the layer's opacity.
const AREA_FILL: u8 = 210;
const AREA_BORDER: u8 = 255;
/// Border of an area that nothing is known of, sRGB.
const UNKNOWN_BORDER: [u8; 3] = [0x5A, 0x60, 0x66];
/// The depth at which water has turned to its deep colour by 1 − 1/e, as a share of the deepest.
const CLEAR_SHARE: f32 = 0.4;
/// Width of the trail of a symbol, CSS px; that of a layer of trails is its size.
const SYMBOL_TRAIL_PX: f32 = 2.5;
/// How strong the trail of what is late, and of what is missing.
const LATE: f32 = 0.55;
const MISSING: f32 = 0.45;
/// Row of [`SYMBOL_COLOURS`] of what is not real.
const UNREAL: usize = 8;

/// What of a frame the looks depend on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Glance {
    /// Seconds since the layer's epoch.
    pub(crate) now_s: f32,
    /// Device px per CSS px.
    pub(crate) scale: f32,
    /// Device px that 1 m takes 1 m away.
    pub(crate) focal_px: f32,
    /// Where the eye is, metres east, north and up.
    pub(crate) eye: [f32; 3],
}

/// How the points of a layer look.
pub(crate) fn point_look(plan: &TwinLayer, glance: &Glance) -> PointLook {
    let look = &plan.look;
    PointLook {
        now: glance.now_s,
        scale: glance.scale,
        focal_px: glance.focal_px,
        opacity: look.opacity.clamp(0.0, 1.0),
        form: form_of(look),
        stand: look.stand,
        size: look.size,
        paint: match &look.paint {
            // Rules of the definition may tint single points of a layer that is painted by state.
            Paint::ByState if plan.palette.len() > 1 => PointPaint::ByTint,
            Paint::ByState => PointPaint::ByState,
            Paint::ByValue { ramp, from, to, .. } => PointPaint::ByValue(Scale {
                ramp: *ramp,
                from: *from,
                to: *to,
            }),
            Paint::ByAttribute { .. } => PointPaint::ByTint,
            Paint::Plain(colour) => PointPaint::Plain(*colour),
        },
    }
}

fn form_of(look: &LayerLook) -> Form {
    match (look.gather, look.size) {
        (Gathering::Dots { dot_px }, _) => Form::Dots { px: dot_px },
        (Gathering::Each, Size::Pixels(px)) if px <= DOT_PX => Form::Dots { px },
        (Gathering::Symbols { .. } | Gathering::Each, _) => Form::Symbols,
    }
}

/// What colours things that know their class and their value, and on which scale.
fn tint_of(look: &LayerLook) -> (Tint, Scale) {
    match &look.paint {
        Paint::ByValue { ramp, from, to, .. } => (
            Tint::Value,
            Scale {
                ramp: *ramp,
                from: *from,
                to: *to,
            },
        ),
        Paint::ByState | Paint::ByAttribute { .. } | Paint::Plain(_) => {
            (Tint::State, Scale::default())
        }
    }
}

fn plain_of(look: &LayerLook, otherwise: u32) -> u32 {
    match &look.paint {
        Paint::Plain(colour) => hex(*colour),
        Paint::ByState | Paint::ByValue { .. } | Paint::ByAttribute { .. } => otherwise,
    }
}

fn hex([red, green, blue]: [u8; 3]) -> u32 {
    u32::from_be_bytes([0, red, green, blue])
}

fn srgb(hex: u32) -> [u8; 3] {
    let [_, red, green, blue] = hex.to_be_bytes();
    [red, green, blue]
}

/// The colour of a class, sRGB.
fn class_colour(class: u8) -> [u8; 3] {
    let row = if class >= 5 {
        UNREAL
    } else {
        usize::from(class)
    };
    srgb(SYMBOL_COLOURS.get(row).copied().unwrap_or_default())
}

/// A scale as the passes take it.
pub(crate) fn scale_of(scale: RampScale) -> Scale {
    Scale {
        ramp: scale.ramp,
        from: scale.from,
        to: scale.to,
    }
}

/// How a field looks.
pub(crate) fn heat_look(look: &LayerLook, scale: RampScale, steps: u8) -> HeatLook {
    HeatLook {
        scale: scale_of(scale),
        steps: u32::from(steps),
        fade: match look.heat {
            HeatOf::Density => DENSITY_FADE,
            HeatOf::Value { .. } => 0.0,
        },
        opacity: look.opacity,
        up_m: FIELD_UP_M,
        stand: look.stand,
    }
}

/// How contours look.
pub(crate) fn contour_look(look: &LayerLook, scale: Option<RampScale>, up_m: f32) -> ContourLook {
    ContourLook {
        tint: if scale.is_some() {
            Tint::Value
        } else {
            Tint::State
        },
        scale: scale.map(scale_of).unwrap_or_default(),
        plain: plain_of(look, CONTOUR),
        up_m,
        opacity: look.opacity,
        stand: look.stand,
    }
}

/// How water looks.
pub(crate) fn water_look(look: &LayerLook, deepest_m: f32) -> WaterLook {
    let deepest_m = if deepest_m.is_finite() {
        deepest_m.max(0.0)
    } else {
        1.0
    };
    WaterLook {
        clear_m: (deepest_m * CLEAR_SHARE).clamp(0.05, 10.0),
        opacity: look.opacity,
        stand: look.stand,
    }
}

/// How flows look.
pub(crate) fn flow_look(look: &LayerLook) -> FlowLook {
    let (tint, scale) = tint_of(look);
    FlowLook {
        tint,
        scale,
        plain: plain_of(look, FLOW),
        least_px: match look.size {
            Size::Pixels(px) => px,
            Size::Metres { least_px, .. } => least_px,
        },
        opacity: look.opacity,
        stand: look.stand,
    }
}

/// How columns and rings look.
pub(crate) fn bar_look(look: &LayerLook) -> BarLook {
    let (tint, scale) = tint_of(look);
    let (least_px, most_px) = match look.size {
        Size::Pixels(px) => (px, px),
        Size::Metres {
            least_px, most_px, ..
        } => (least_px, most_px),
    };
    BarLook {
        tint,
        scale,
        plain: plain_of(look, hex(class_colour(0))),
        least_px,
        most_px,
        opacity: look.opacity,
        stand: look.stand,
    }
}

/// How trails look.
pub(crate) fn trail_look(look: &LayerLook) -> TrailLook {
    let width_px = match (look.kind, look.size) {
        (LayerKind::Trails, Size::Pixels(px)) => px,
        (LayerKind::Trails, Size::Metres { least_px, .. }) => least_px,
        _ => SYMBOL_TRAIL_PX,
    };
    TrailLook {
        trail_s: look.trail_s,
        width_px,
        opacity: look.opacity,
        stand: look.stand,
    }
}

/// The trail of a thing: in the colour of its class, or in its tint's while it is normal.
pub(crate) fn trail_thing(row: u32, state: PointState, plan: &TwinLayer) -> TrailThing {
    let tint = state.tint();
    let colour = match (state.class(), &plan.look.paint) {
        (3.., _) => class_colour(state.class()),
        (_, Paint::Plain(colour)) => *colour,
        (class, _) => plan
            .palette
            .get(usize::from(tint))
            .filter(|_| tint > 0)
            .copied()
            .unwrap_or_else(|| class_colour(class)),
    };
    let strength = match state.freshness() {
        Freshness::Fresh => 1.0,
        Freshness::Late => LATE,
        Freshness::Missing => MISSING,
    };
    TrailThing::new(row, colour, strength)
}

/// How an area is painted.
pub(crate) fn area_paint(plan: AreaPaintPlan) -> AreaPaint {
    match plan {
        AreaPaintPlan::Class(class) => filled(class_colour(class)),
        AreaPaintPlan::Colour(colour) => filled(colour),
        AreaPaintPlan::SilentClass(class) => silent(class_colour(class)),
        AreaPaintPlan::SilentColour(colour) => silent(colour),
        AreaPaintPlan::NoData => {
            AreaPaint::hatched((NO_DATA, AREA_FILL), (UNKNOWN_BORDER, AREA_BORDER))
        }
        AreaPaintPlan::Fence(colour) => AreaPaint::fence(colour),
        AreaPaintPlan::Hidden => AreaPaint::NONE,
    }
}

fn filled(colour: [u8; 3]) -> AreaPaint {
    AreaPaint::class((colour, AREA_FILL), (colour, AREA_BORDER))
}

/// What it said last, as lines only: nobody takes it for what is.
fn silent(colour: [u8; 3]) -> AreaPaint {
    AreaPaint::hatched((colour, AREA_FILL), (colour, AREA_BORDER))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_layers::{field::RampId, layer::LayerId};

    fn plan(look: LayerLook, palette: &[[u8; 3]]) -> TwinLayer {
        TwinLayer {
            number: 16,
            id: LayerId("test".into()),
            look,
            palette: palette.into(),
            shown: true,
            is_moving: false,
            nearest_m: 0.0,
            farthest_m: f32::INFINITY,
        }
    }

    const GLANCE: Glance = Glance {
        now_s: 5.0,
        scale: 1.0,
        focal_px: 800.0,
        eye: [0.0; 3],
    };

    #[test]
    fn a_layer_by_state_is_painted_by_tint_as_soon_as_a_rule_gave_a_colour() {
        let look = LayerLook::of(LayerKind::Points);
        let plain = point_look(&plan(look.clone(), &[]), &GLANCE);
        assert_eq!(plain.paint, PointPaint::ByState);
        let ruled = point_look(&plan(look, &[[0; 3], [1, 2, 3]]), &GLANCE);
        assert_eq!(ruled.paint, PointPaint::ByTint);
    }

    #[test]
    fn symbols_too_small_to_be_told_apart_are_dots() {
        let mut look = LayerLook::of(LayerKind::Points);
        look.gather = Gathering::Each;
        look.size = Size::Pixels(3.0);
        assert_eq!(form_of(&look), Form::Dots { px: 3.0 });
        look.size = Size::Pixels(22.0);
        assert_eq!(form_of(&look), Form::Symbols);
    }

    #[test]
    fn a_trail_has_its_tints_colour_unless_it_matters_more() {
        let plan = plan(
            LayerLook::of(LayerKind::Trails),
            &[[0; 3], [0x11, 0x22, 0x33]],
        );
        let state = |class| PointState::new(18, class).with_tint(1);
        let tinted = trail_thing(4, state(0), &plan);
        assert_eq!(tinted, TrailThing::new(4, [0x11, 0x22, 0x33], 1.0));
        let critical = trail_thing(4, state(4), &plan);
        assert_eq!(critical, TrailThing::new(4, [0xFF, 0x4D, 0x4F], 1.0));
        let late = trail_thing(4, state(0).with_freshness(Freshness::Late), &plan);
        assert_eq!(late, TrailThing::new(4, [0x11, 0x22, 0x33], LATE));
    }

    #[test]
    fn an_area_without_data_is_painted_unlike_any_class() {
        let unknown = area_paint(AreaPaintPlan::NoData);
        for class in 0..6 {
            let known = area_paint(AreaPaintPlan::Class(class));
            let silent = area_paint(AreaPaintPlan::SilentClass(class));
            assert_ne!(known, unknown);
            assert!(silent != known && silent != unknown);
        }
        assert_eq!(area_paint(AreaPaintPlan::Hidden), AreaPaint::NONE);
    }

    #[test]
    fn water_of_no_known_depth_is_still_drawn() {
        let look = LayerLook::of(LayerKind::Surface);
        assert!((water_look(&look, f32::NAN).clear_m - 0.4).abs() < 1e-6);
        assert!(water_look(&look, 0.0).clear_m > 0.0);
    }

    #[test]
    fn what_is_painted_by_value_has_its_scale_everywhere() {
        let mut look = LayerLook::of(LayerKind::Columns);
        look.paint = Paint::ByValue {
            ramp: RampId::Vik,
            from: 2.0,
            to: 8.0,
            unit: "m".into(),
        };
        let bars = bar_look(&look);
        assert_eq!(bars.tint, Tint::Value);
        assert_eq!(bars.scale, flow_look(&look).scale);
        assert!((bars.scale.to - 8.0).abs() < 1e-6);
    }
}
