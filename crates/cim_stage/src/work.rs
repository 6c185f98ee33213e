//! The desk's words for tools, cuts, look, styles and comparison, and the scene's.

use cim_app::{
    Showing,
    wire::{
        ClipsDto, CompareDto, CutDto, KeepDto, LookDto, MeasuredDto, QualityDto, SketchDto,
        StepDto, StyleDto, SunDto, ToolDto, ToolKindDto, UndergroundDto, ViewPlaceDto,
    },
};
use cim_geo::Geodetic;
use cim_scene::{
    ClipPlan, Compare, Keep, KeyStep, MeasureKind, Measured, Move, PlannedCut, PlannedTrench,
    Quality, Quantity, Show, Sketch, SketchKind, Style, StyleRules, Sun, ToolCommand, ToolKind,
    TwinCommand, Underground,
};
use cim_tiles::FeatureClass;

/// Takes up, uses or puts away a tool.
pub fn command_of_tool(tool: &ToolDto) -> TwinCommand {
    TwinCommand::Tool(match tool {
        ToolDto::Start { tool } => ToolCommand::Start(kind_of(*tool)),
        ToolDto::Finish => ToolCommand::Finish,
        ToolDto::Undo => ToolCommand::Undo,
        ToolDto::Cancel => ToolCommand::Cancel,
    })
}

fn kind_of(tool: ToolKindDto) -> ToolKind {
    match tool {
        ToolKindDto::Distance => ToolKind::Measure(MeasureKind::Distance),
        ToolKindDto::Area => ToolKind::Measure(MeasureKind::Area),
        ToolKindDto::Height => ToolKind::Measure(MeasureKind::Height),
        ToolKindDto::Slope => ToolKind::Measure(MeasureKind::Slope),
        ToolKindDto::Volume { bottom_m, top_m } => {
            ToolKind::Measure(MeasureKind::Volume { bottom_m, top_m })
        }
        ToolKindDto::ClipPolygon => ToolKind::Sketch(SketchKind::ClipPolygon),
        ToolKindDto::SectionBox => ToolKind::Sketch(SketchKind::SectionBox),
        ToolKindDto::Trench => ToolKind::Sketch(SketchKind::Trench),
        ToolKindDto::Ring => ToolKind::Sketch(SketchKind::Geofence),
        ToolKindDto::Point => ToolKind::Sketch(SketchKind::Point),
        ToolKindDto::Path => ToolKind::Sketch(SketchKind::Line),
    }
}

/// The scene's word for a step by key.
pub(crate) fn step_of(step: StepDto) -> KeyStep {
    match step {
        StepDto::Left => KeyStep::Left,
        StepDto::Right => KeyStep::Right,
        StepDto::Ahead => KeyStep::Ahead,
        StepDto::Back => KeyStep::Back,
        StepDto::TurnLeft => KeyStep::TurnLeft,
        StepDto::TurnRight => KeyStep::TurnRight,
        StepDto::LookUp => KeyStep::LookUp,
        StepDto::LookDown => KeyStep::LookDown,
        StepDto::Nearer => KeyStep::Nearer,
        StepDto::Farther => KeyStep::Farther,
    }
}

/// Cuts the city.
pub fn command_of_clips(clips: &ClipsDto) -> TwinCommand {
    TwinCommand::SetClips(ClipPlan {
        cuts: clips.cuts.iter().map(cut_of).collect(),
        trench: clips.trench.as_ref().map(|trench| PlannedTrench {
            line: places_of(&trench.line),
            width_m: trench.width_m,
            depth_m: trench.depth_m,
        }),
    })
}

fn cut_of(cut: &CutDto) -> PlannedCut {
    match cut {
        CutDto::Box {
            centre,
            half_m,
            heading_deg,
            keep,
        } => PlannedCut::Box {
            centre: place_of(*centre),
            half_m: *half_m,
            heading_deg: *heading_deg,
            keep: keep_of(*keep),
        },
        CutDto::Polygon {
            ring,
            bottom_m,
            top_m,
            keep,
        } => PlannedCut::Polygon {
            ring: places_of(ring),
            bottom_m: *bottom_m,
            top_m: *top_m,
            keep: keep_of(*keep),
        },
    }
}

fn keep_of(keep: KeepDto) -> Keep {
    match keep {
        KeepDto::Inside => Keep::Inside,
        KeepDto::Outside => Keep::Outside,
    }
}

/// Looks below ground, or not.
pub fn command_of_underground(underground: UndergroundDto) -> TwinCommand {
    TwinCommand::SetUnderground(Underground {
        on: underground.on,
        opacity: underground.opacity as f32,
    })
}

/// Draws the city so, under this sun.
pub fn command_of_look(look: LookDto, sun: SunDto) -> TwinCommand {
    TwinCommand::SetLook {
        style: match look.style {
            StyleDto::Day => Style::Day,
            StyleDto::Night => Style::Night,
            StyleDto::White => Style::White,
        },
        quality: match look.quality {
            QualityDto::Soft => Quality::Soft,
            QualityDto::Standard => Quality::Standard,
            QualityDto::High => Quality::High,
        },
        sun: Sun {
            azimuth_deg: sun.azimuth_deg,
            altitude_deg: sun.altitude_deg,
        },
    }
}

/// Shares the picture between two cities, or not.
pub fn command_of_compare(compare: CompareDto) -> TwinCommand {
    TwinCommand::SetCompare(match compare {
        CompareDto::Off => Compare::Off,
        CompareDto::Swipe { at } => Compare::Swipe { at: at as f32 },
        CompareDto::Split => Compare::Split,
    })
}

/// Draws single features as the person asked for.
pub(crate) fn command_of_showing(showing: &Showing) -> TwinCommand {
    let hidden_classes = FeatureClass::ALL
        .into_iter()
        .filter(|class| showing.hidden_classes.contains(class.as_str()))
        .collect();
    TwinCommand::SetStyles(StyleRules {
        hidden_classes,
        colours: showing.colours.clone(),
        rules: Vec::new(),
        hidden: showing.hidden.clone(),
        ghosts: showing.ghosts.clone(),
        isolated: showing.isolated.clone(),
        others: if showing.isolated.is_some() {
            Show::Ghost
        } else {
            Show::Normal
        },
    })
}

/// Flies to exactly this view.
pub fn command_of_place(view: &ViewPlaceDto) -> TwinCommand {
    TwinCommand::GoToView {
        target: place_of(view.target),
        distance_m: view.distance_m,
        heading_deg: view.heading_deg,
        pitch_deg: view.pitch_deg,
        how: Move::Ease,
    }
}

/// What was measured, in the UI's words.
pub(crate) fn measured_dto(values: &[Measured]) -> Vec<MeasuredDto> {
    values
        .iter()
        .map(|(quantity, value)| MeasuredDto {
            quantity: word_of(*quantity).to_owned(),
            value: *value,
            unit: quantity.unit().to_owned(),
        })
        .collect()
}

fn word_of(quantity: Quantity) -> &'static str {
    match quantity {
        Quantity::Level => "level",
        Quantity::Direct => "direct",
        Quantity::Ground => "ground",
        Quantity::Area => "area",
        Quantity::PlaneArea => "plane_area",
        Quantity::Perimeter => "perimeter",
        Quantity::Height => "height",
        Quantity::Degrees => "degrees",
        Quantity::Percent => "percent",
        Quantity::Volume => "volume",
        Quantity::Cut => "cut",
        Quantity::Fill => "fill",
    }
}

/// What was drawn, in the UI's words.
pub(crate) fn sketch_dto(sketch: &Sketch) -> SketchDto {
    match sketch {
        Sketch::Ring { kind, ring } => SketchDto::Ring {
            cuts: *kind == SketchKind::ClipPolygon,
            ring: numbers_of(ring),
        },
        Sketch::Line {
            kind: SketchKind::Line,
            line,
        } => SketchDto::Path {
            line: numbers_of(line),
        },
        Sketch::Line { line, .. } => SketchDto::Trench {
            line: numbers_of(line),
        },
        Sketch::Point { at } => SketchDto::Point { at: numbers(*at) },
        Sketch::Box {
            centre,
            half_m,
            heading_deg,
        } => SketchDto::Box {
            centre: numbers(*centre),
            half_m: *half_m,
            heading_deg: *heading_deg,
        },
    }
}

fn place_of([lon_deg, lat_deg, height_m]: [f64; 3]) -> Geodetic {
    Geodetic {
        lon_deg,
        lat_deg,
        height_m,
    }
}

fn places_of(places: &[[f64; 3]]) -> Vec<Geodetic> {
    places.iter().copied().map(place_of).collect()
}

/// Longitude, latitude and height.
pub(crate) fn numbers(place: Geodetic) -> [f64; 3] {
    [place.lon_deg, place.lat_deg, place.height_m]
}

pub(crate) fn numbers_of(places: &[Geodetic]) -> Vec<[f64; 3]> {
    places.iter().copied().map(numbers).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_app::wire::TrenchDto;

    #[test]
    fn a_ring_that_stands_for_a_place_cuts_nothing() {
        let place = Geodetic {
            lon_deg: 117.2,
            lat_deg: 34.2,
            height_m: 3.0,
        };
        let drawn = sketch_dto(&Sketch::Ring {
            kind: SketchKind::Geofence,
            ring: vec![place],
        });
        assert_eq!(
            drawn,
            SketchDto::Ring {
                cuts: false,
                ring: vec![[117.2, 34.2, 3.0]]
            }
        );
        assert_eq!(
            command_of_tool(&ToolDto::Start {
                tool: ToolKindDto::Ring
            }),
            TwinCommand::Tool(ToolCommand::Start(ToolKind::Sketch(SketchKind::Geofence)))
        );
    }

    #[test]
    fn a_way_and_a_place_are_told_as_such() {
        let place = Geodetic::new(117.2, 34.2, 3.0);
        let line = vec![place, place];
        let way = |kind| {
            sketch_dto(&Sketch::Line {
                kind,
                line: line.clone(),
            })
        };
        assert!(matches!(way(SketchKind::Line), SketchDto::Path { line } if line.len() == 2));
        assert!(matches!(way(SketchKind::Trench), SketchDto::Trench { .. }));
        assert_eq!(
            sketch_dto(&Sketch::Point { at: place }),
            SketchDto::Point {
                at: [117.2, 34.2, 3.0]
            }
        );
    }

    #[test]
    fn a_trench_keeps_its_line_width_and_depth() {
        let clips = ClipsDto {
            cuts: Vec::new(),
            trench: Some(TrenchDto {
                line: vec![[117.2, 34.2, 0.0], [117.3, 34.2, 0.0]],
                width_m: 0.6,
                depth_m: 3.0,
            }),
        };
        let TwinCommand::SetClips(plan) = command_of_clips(&clips) else {
            panic!("clips are cuts");
        };
        let trench = plan.trench.expect("the trench");
        assert_eq!((trench.width_m, trench.depth_m), (0.6, 3.0));
        assert_eq!(trench.line.len(), 2);
    }

    #[test]
    fn a_switched_off_class_is_hidden_and_the_rest_fades_around_what_is_isolated() {
        let mut showing = Showing::default();
        showing.hidden_classes.insert("pipe".to_owned());
        showing.isolated = Some(std::sync::Arc::new(["w1".to_owned()].into()));
        let TwinCommand::SetStyles(rules) = command_of_showing(&showing) else {
            panic!("showing is styles");
        };
        assert!(rules.hidden_classes.contains(&FeatureClass::Pipe));
        assert_eq!((rules.hidden_classes.len(), rules.others), (1, Show::Ghost));
    }
}
