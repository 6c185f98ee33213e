//! The desk's words for what the scene says, and the other way round.

use crate::answers::{fields_of, here_of, hover_of, note_counts, performance_dto, target_of};
use crate::work::{measured_dto, numbers, numbers_of, sketch_dto, step_of};
use cim_app::{
    Desk,
    wire::{GestureDto, HereDto, Target, TwinNote, ViewPlaceDto},
};
use cim_geo::Geodetic;
use cim_model::Layer;
use cim_scene::{LayerState, Move, NumberManner, Picked, Pinch, RegionPx, TwinCommand, TwinOutput};
use cim_tiles::SavedView;

/// The scene's command for a gesture; `scale` is physical px per CSS px.
pub fn command_of_gesture(gesture: &GestureDto, scale: f64) -> TwinCommand {
    let px = |[x, y]: [f64; 2]| [(x * scale) as f32, (y * scale) as f32];
    match gesture {
        GestureDto::Pan { from, to } => TwinCommand::Pan {
            from: px(*from),
            to: px(*to),
        },
        GestureDto::Orbit { by } => TwinCommand::Orbit { by: px(*by) },
        GestureDto::Zoom { at, notches } => TwinCommand::Zoom {
            at: px(*at),
            notches: *notches as f32,
        },
        GestureDto::Pick { at } => TwinCommand::Pick { at: px(*at) },
        GestureDto::Hover { at } => TwinCommand::Hover { at: at.map(px) },
        GestureDto::Pinch {
            from,
            to,
            scale: spread,
            turn_deg,
        } => TwinCommand::Pinch(Pinch {
            from: px(*from),
            to: px(*to),
            scale: *spread as f32,
            turn_deg: *turn_deg as f32,
        }),
        GestureDto::Step { step } => TwinCommand::Step(step_of(*step)),
        GestureDto::North => TwinCommand::North,
        GestureDto::Overview => TwinCommand::Overview,
        GestureDto::Here { at } => TwinCommand::AskHere { at: px(*at) },
        GestureDto::SelectBox { from, to, add } => TwinCommand::SelectWithin {
            region: RegionPx::Box {
                from: px(*from),
                to: px(*to),
            },
            add: *add,
        },
        GestureDto::SelectLasso { points, add } => TwinCommand::SelectWithin {
            region: RegionPx::Lasso(points.iter().copied().map(px).collect()),
            add: *add,
        },
        GestureDto::ClearSelection => TwinCommand::SelectPoints(Vec::new()),
    }
}

/// What the UI is told of what happened in the picture; `None` for what only the desk takes note of. `scale` is physical px per
/// CSS px.
pub fn note_of_output(desk: &Desk, output: TwinOutput, scale: f64) -> Option<TwinNote> {
    Some(match output {
        TwinOutput::Picked(picked) => TwinNote::Picked {
            target: picked.and_then(|picked| target_of(desk, &picked)),
        },
        TwinOutput::Hovering { what, at, ground } => TwinNote::Hovering {
            name: what.as_ref().and_then(|picked| name_of(desk, picked)),
            hover: what.as_ref().and_then(|picked| hover_of(desk, picked)),
            at: at.map(|px| f64::from(px) / scale),
            fields: fields_of(desk, ground.as_ref(), scale),
        },
        TwinOutput::CameraMoved {
            heading_deg,
            metres_per_px,
            eye,
            footprint,
        } => TwinNote::Camera {
            heading_deg,
            metres_per_px: metres_per_px * scale,
            eye: numbers(eye),
            footprint,
        },
        TwinOutput::View {
            target,
            distance_m,
            heading_deg,
            pitch_deg,
        } => TwinNote::View {
            view: ViewPlaceDto {
                target: numbers(target),
                distance_m,
                heading_deg,
                pitch_deg,
            },
        },
        TwinOutput::Measured {
            values,
            points,
            is_final,
            ..
        } => TwinNote::Measured {
            values: measured_dto(&values),
            points: numbers_of(&points),
            done: is_final,
        },
        TwinOutput::Sketched(sketch) => TwinNote::Sketched {
            sketch: sketch_dto(&sketch),
        },
        TwinOutput::Here {
            items,
            more,
            ground,
            ..
        } => TwinNote::Here {
            here: HereDto {
                fields: fields_of(desk, ground.as_ref(), scale),
                ..here_of(desk, &items, more)
            },
        },
        TwinOutput::Within { keys, total } => TwinNote::Selection {
            selection: desk.selection_dto(&keys, total),
        },
        TwinOutput::Performance(now) => TwinNote::Performance {
            performance: performance_dto(&now),
        },
        TwinOutput::Layers(counts) => {
            note_counts(desk, &counts);
            return None;
        }
    })
}

fn name_of(desk: &Desk, picked: &Picked) -> Option<String> {
    match picked {
        Picked::Point(key) => desk.name_of(&desk.target_of(*key)?),
        Picked::Feature { id, name, .. } => desk
            .name_of(&Target::Feature { id: id.clone() })
            .or_else(|| Some(name.clone()).filter(|name| !name.is_empty())),
    }
}

/// The scene's word for a target; `None` for one that the twin does not show.
pub fn picked_of(desk: &Desk, target: &Target) -> Option<Picked> {
    match target {
        Target::Feature { id } => Some(Picked::Feature {
            // Which tile holds it is the renderer's to find.
            tile: u32::MAX,
            feature: u32::MAX,
            id: id.clone(),
            name: String::new(),
        }),
        Target::Thing { .. } | Target::Camera { .. } | Target::Event { .. } => {
            desk.key_of(target).map(Picked::Point)
        }
    }
}

/// Flies to a target; `None` when nobody knows where it is.
pub fn fly_command(desk: &Desk, target: &Target) -> Option<TwinCommand> {
    let (place, size_m) = desk.place_of(target)?;
    Some(TwinCommand::FlyTo { place, size_m })
}

/// Takes a saved view.
pub fn view_command(view: &SavedView, how: Move) -> TwinCommand {
    let Geodetic {
        lon_deg,
        lat_deg,
        height_m,
    } = view.target;
    TwinCommand::GoToView {
        target: Geodetic {
            lon_deg,
            lat_deg,
            height_m,
        },
        distance_m: view.distance_m,
        heading_deg: view.heading_deg,
        pitch_deg: view.pitch_deg,
        how,
    }
}

/// Writes counts as people do whose language has this tag.
pub(crate) fn numbers_command(language: &str) -> TwinCommand {
    TwinCommand::SetNumbers(if language.starts_with("zh") {
        NumberManner::TenThousands
    } else {
        NumberManner::Thousands
    })
}

/// Shows or hides a layer.
pub fn switch_command(layer: Layer, on: bool) -> TwinCommand {
    TwinCommand::SwitchLayer {
        layer,
        to: if on {
            LayerState::Shown
        } else {
            LayerState::Hidden
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_written_as_the_language_does() {
        for (language, numbers) in [
            ("zh-CN", NumberManner::TenThousands),
            ("en", NumberManner::Thousands),
        ] {
            assert_eq!(numbers_command(language), TwinCommand::SetNumbers(numbers));
        }
    }

    #[test]
    fn a_selection_is_asked_for_in_physical_pixels() {
        let lasso = GestureDto::SelectLasso {
            points: vec![[1.0, 2.0], [30.0, 2.0], [30.0, 40.0]],
            add: true,
        };
        assert_eq!(
            command_of_gesture(&lasso, 2.0),
            TwinCommand::SelectWithin {
                region: RegionPx::Lasso(vec![[2.0, 4.0], [60.0, 4.0], [60.0, 80.0]]),
                add: true,
            }
        );
        let asked = GestureDto::Here { at: [10.0, 20.0] };
        assert_eq!(
            command_of_gesture(&asked, 1.5),
            TwinCommand::AskHere { at: [15.0, 30.0] }
        );
        assert_eq!(
            command_of_gesture(&GestureDto::ClearSelection, 1.0),
            TwinCommand::SelectPoints(Vec::new())
        );
    }
}
