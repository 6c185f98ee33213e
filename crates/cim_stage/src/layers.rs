//! The desk's words for what lives over the city, and the scene's.

use cim_app::{
    AreaPaintPlan as DeskPaint, LayerChanges, LayerPointsPlan, MovePlan, NameDensity, ShapePlan,
};
use cim_scene::{AreaPaintPlan, LabelDensity, LayerPoints, LayerShape, MoveReport, TwinCommand};
use std::sync::Arc;

/// The scene's commands for what changed, in the order in which they make sense: layers before their rows, rows before what
/// changed of them. Time, names and the hub are the stage's.
pub(crate) fn commands_of_changes(changes: LayerChanges, commands: &mut Vec<TwinCommand>) {
    if let Some(layers) = changes.layers {
        commands.push(TwinCommand::SetLayers(layers));
    }
    for (layer, points) in changes.points {
        let late = points.source_late.iter().map(|row| (*row, true)).collect();
        commands.push(TwinCommand::SetPoints {
            layer,
            points: points_of(points),
        });
        commands.extend(late_command(layer, late));
    }
    for (layer, rows) in changes.source_late {
        commands.extend(late_command(layer, rows));
    }
    for (layer, changes) in changes.changes {
        if !changes.is_empty() {
            commands.push(TwinCommand::ChangePoints { layer, changes });
        }
    }
    for (layer, moves) in changes.moves {
        if !moves.is_empty() {
            let moves = moves.iter().map(move_of).collect();
            commands.push(TwinCommand::MovePoints { layer, moves });
        }
    }
    for (layer, taken) in changes.filters {
        commands.push(TwinCommand::FilterPoints { layer, taken });
    }
    for (layer, shape) in changes.shapes {
        let shape = shape_of(shape);
        commands.push(TwinCommand::SetShape { layer, shape });
    }
    if let Some(wedges) = changes.wedges {
        commands.push(TwinCommand::SetWedges(wedges));
    }
}

fn late_command(layer: u16, rows: Vec<(u32, bool)>) -> Option<TwinCommand> {
    (!rows.is_empty()).then_some(TwinCommand::SetSourceLate { layer, rows })
}

/// The columns are moved, not copied, where nobody else holds them.
fn points_of(plan: Arc<LayerPointsPlan>) -> Arc<LayerPoints> {
    let plan = Arc::unwrap_or_clone(plan);
    Arc::new(LayerPoints {
        epoch: plan.epoch,
        places: plan.places,
        states: plan.states,
        seen: plan.seen,
        period: plan.period,
        things: plan.things,
    })
}

fn move_of(plan: &MovePlan) -> MoveReport {
    MoveReport {
        row: plan.row,
        place: plan.place,
        t: plan.t,
        heading_deg: plan.heading_deg,
        speed_mps: plan.speed_mps,
    }
}

fn shape_of(plan: ShapePlan) -> LayerShape {
    match plan {
        ShapePlan::Nothing => LayerShape::Nothing,
        ShapePlan::Heat {
            origin,
            raster,
            scale,
            steps,
        } => LayerShape::Heat {
            origin,
            raster,
            scale,
            steps,
        },
        ShapePlan::Contours {
            origin,
            lines,
            scale,
        } => LayerShape::Contours {
            origin,
            lines,
            scale: Some(scale),
            up_m: 0.0,
        },
        ShapePlan::Areas {
            origin,
            shapes,
            paints,
            up_m,
        } => LayerShape::Areas {
            origin,
            shapes,
            paints: paints.iter().copied().map(paint_of).collect(),
            up_m,
        },
        ShapePlan::Flow { origin, lines } => LayerShape::Flow { origin, lines },
        ShapePlan::FlowStates(states) => LayerShape::FlowStates(states),
        ShapePlan::Bars {
            scale,
            limits,
            own_limits,
        } => LayerShape::Bars {
            scale,
            limits,
            own_limits,
        },
        ShapePlan::Water {
            origin,
            mesh,
            deepest_m,
        } => LayerShape::Water {
            origin,
            mesh,
            deepest_m,
        },
        ShapePlan::Trails => LayerShape::Trails,
    }
}

/// A fence keeps its colour, an area without a value says so, and only then does a colour count before a class.
fn paint_of(plan: DeskPaint) -> AreaPaintPlan {
    match plan.colour {
        _ if plan.no_data => AreaPaintPlan::NoData,
        Some(colour) if plan.fence => AreaPaintPlan::Fence(colour),
        None if plan.fence => AreaPaintPlan::Fence(FENCE_COLOUR),
        Some(colour) if plan.silent => AreaPaintPlan::SilentColour(colour),
        None if plan.silent => AreaPaintPlan::SilentClass(plan.class),
        Some(colour) => AreaPaintPlan::Colour(colour),
        None => AreaPaintPlan::Class(plan.class),
    }
}

/// The colour of a fence that has none of its own, sRGB: the accent of what a person has drawn.
const FENCE_COLOUR: [u8; 3] = [0x20, 0xb8, 0xa6];

/// The scene's word for how many names there are.
pub(crate) fn density_of(density: NameDensity) -> LabelDensity {
    match density {
        NameDensity::Few => LabelDensity::Few,
        NameDensity::Normal => LabelDensity::Normal,
        NameDensity::Many => LabelDensity::Many,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_geo::Geodetic;

    const PLACE: Geodetic = Geodetic {
        lon_deg: 117.2,
        lat_deg: 34.26,
        height_m: 3.0,
    };

    fn points(late: Vec<u32>) -> Arc<LayerPointsPlan> {
        Arc::new(LayerPointsPlan {
            places: vec![PLACE; 3],
            seen: vec![0.0; 3],
            period: vec![60.0; 3],
            source_late: late,
            ..LayerPointsPlan::default()
        })
    }

    #[test]
    fn layers_are_told_before_their_rows_and_rows_before_what_changed_of_them() {
        let changes = LayerChanges {
            layers: Some(Vec::new()),
            points: vec![(0, points(vec![1]))],
            moves: vec![(
                0,
                vec![MovePlan {
                    row: 2,
                    place: PLACE,
                    t: 4.0,
                    heading_deg: Some(90.0),
                    speed_mps: None,
                }],
            )],
            filters: vec![(0, None)],
            ..LayerChanges::default()
        };
        let mut commands = Vec::new();
        commands_of_changes(changes, &mut commands);
        assert!(matches!(
            commands.as_slice(),
            [
                TwinCommand::SetLayers(_),
                TwinCommand::SetPoints { layer: 0, points },
                TwinCommand::SetSourceLate { layer: 0, rows },
                TwinCommand::MovePoints { layer: 0, moves },
                TwinCommand::FilterPoints { layer: 0, taken: None },
            ] if points.places.len() == 3
                && *rows == [(1, true)]
                && moves.iter().map(|moved| moved.row).eq([2])
        ));
    }

    #[test]
    fn what_did_not_change_is_not_told() {
        let changes = LayerChanges {
            changes: vec![(0, Vec::new())],
            moves: vec![(3, Vec::new())],
            source_late: vec![(0, Vec::new())],
            ..LayerChanges::default()
        };
        let mut commands = Vec::new();
        commands_of_changes(changes, &mut commands);
        assert!(commands.is_empty(), "{commands:?}");
    }

    #[test]
    fn an_area_without_a_value_is_not_painted_as_if_it_were_normal() {
        let paint = DeskPaint {
            no_data: true,
            ..DeskPaint::default()
        };
        assert_eq!(paint_of(paint), AreaPaintPlan::NoData);
        let coloured = DeskPaint {
            colour: Some([1, 2, 3]),
            class: 4,
            ..DeskPaint::default()
        };
        assert_eq!(paint_of(coloured), AreaPaintPlan::Colour([1, 2, 3]));
        let fence = DeskPaint {
            fence: true,
            ..coloured
        };
        assert_eq!(paint_of(fence), AreaPaintPlan::Fence([1, 2, 3]));
        let classed = DeskPaint {
            class: 3,
            ..DeskPaint::default()
        };
        assert_eq!(paint_of(classed), AreaPaintPlan::Class(3));
        let silent = DeskPaint {
            silent: true,
            ..classed
        };
        assert_eq!(paint_of(silent), AreaPaintPlan::SilentClass(3));
    }
}
