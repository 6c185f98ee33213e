//! The small models that stand many times in a city: made of a few prisms each, metres, front to the north.

use super::{Look, Part, normal_of};
use crate::feature::ModelKind;
use std::f64::consts::TAU;

const BARK: [u8; 4] = [96, 78, 60, 255];
const LEAVES: [u8; 4] = [92, 124, 72, 255];
const NEEDLES: [u8; 4] = [64, 98, 70, 255];
const METAL: [u8; 4] = [122, 126, 130, 255];
const LIGHT: [u8; 4] = [240, 226, 190, 255];
const IRON: [u8; 4] = [70, 72, 76, 255];
const RED: [u8; 4] = [186, 52, 44, 255];
const BLUE: [u8; 4] = [58, 110, 160, 255];
const CONCRETE: [u8; 4] = [164, 164, 158, 255];

/// The model around its foot: east, north, up.
pub(crate) fn model_part(model: ModelKind) -> Part {
    let mut part = Part::new(Look {
        class: model.class(),
        image: None,
        is_coloured: true,
    });
    for piece in pieces_of(model) {
        part.take_piece(piece);
    }
    part
}

/// How far the model reaches from its foot, metres: to the side and up.
pub(crate) fn reach_m(model: ModelKind) -> [f64; 2] {
    let mut reach = [0.0_f64; 2];
    for piece in pieces_of(model) {
        let side = piece.at[0].hypot(piece.at[1]) + piece.radii[0].max(piece.radii[1]);
        reach = [reach[0].max(side), reach[1].max(piece.from_to[1])];
    }
    reach
}

/// A prism, cone or box that stands upright.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// East and north of its axis.
    at: [f64; 2],
    /// Radius at its foot and at its top.
    radii: [f64; 2],
    /// Height of its foot and its top.
    from_to: [f64; 2],
    sides: u32,
    colour: [u8; 4],
}

fn piece(sides: u32, radii: [f64; 2], from_to: [f64; 2], colour: [u8; 4]) -> Piece {
    Piece {
        at: [0.0, 0.0],
        radii,
        from_to,
        sides,
        colour,
    }
}

impl Piece {
    /// The same piece somewhere else.
    fn at(self, east: f64, north: f64) -> Self {
        Self {
            at: [east, north],
            ..self
        }
    }
}

fn pieces_of(model: ModelKind) -> Vec<Piece> {
    match model {
        ModelKind::Tree => vec![
            piece(5, [0.2, 0.14], [0.0, 2.6], BARK),
            piece(7, [0.9, 2.3], [2.0, 4.0], LEAVES),
            piece(7, [2.3, 1.7], [4.0, 6.2], LEAVES),
            piece(7, [1.7, 0.3], [6.2, 8.0], LEAVES),
        ],
        ModelKind::Conifer => vec![
            piece(5, [0.2, 0.14], [0.0, 1.6], BARK),
            piece(7, [2.0, 0.5], [1.2, 5.2], NEEDLES),
            piece(7, [1.5, 0.3], [4.2, 7.8], NEEDLES),
            piece(7, [1.0, 0.0], [6.8, 10.0], NEEDLES),
        ],
        ModelKind::Lamp => vec![
            piece(5, [0.1, 0.06], [0.0, 9.0], METAL),
            piece(4, [0.08, 0.08], [8.8, 8.9], METAL).at(0.0, 0.6),
            piece(4, [0.08, 0.08], [8.8, 8.9], METAL).at(0.0, 1.0),
            piece(6, [0.3, 0.2], [8.7, 8.95], LIGHT).at(0.0, 1.5),
        ],
        ModelKind::Manhole => vec![piece(12, [0.4, 0.4], [0.0, 0.03], IRON)],
        ModelKind::Valve => vec![
            piece(6, [0.14, 0.14], [0.0, 0.45], BLUE),
            piece(8, [0.3, 0.3], [0.45, 0.55], RED),
        ],
        ModelKind::Pole => vec![
            piece(5, [0.12, 0.07], [0.0, 9.0], METAL),
            piece(4, [0.2, 0.2], [8.4, 8.7], CONCRETE).at(0.0, 0.35),
        ],
        ModelKind::Hydrant => vec![
            piece(8, [0.18, 0.18], [0.0, 0.1], RED),
            piece(8, [0.12, 0.12], [0.1, 0.7], RED),
            piece(8, [0.15, 0.05], [0.7, 0.9], RED),
            piece(4, [0.09, 0.09], [0.45, 0.6], IRON).at(0.14, 0.0),
            piece(4, [0.09, 0.09], [0.45, 0.6], IRON).at(-0.14, 0.0),
        ],
        ModelKind::Pump => vec![
            piece(4, [1.0, 1.0], [0.0, 0.3], CONCRETE),
            piece(10, [0.5, 0.5], [0.3, 1.2], BLUE),
            piece(8, [0.25, 0.2], [1.2, 1.5], METAL),
        ],
        ModelKind::Tank => vec![
            piece(20, [5.0, 5.0], [0.0, 4.5], CONCRETE),
            piece(20, [5.0, 0.0], [4.5, 5.4], METAL),
        ],
    }
}

impl Part {
    fn take_piece(&mut self, piece: Piece) {
        let Piece {
            at,
            radii,
            from_to,
            sides,
            colour,
        } = piece;
        let corner = |side: u32, end: usize| {
            let (sin, cos) = (TAU * f64::from(side) / f64::from(sides)).sin_cos();
            let radius = radii.get(end).copied().unwrap_or_default();
            [
                at[0] + radius * cos,
                at[1] + radius * sin,
                from_to.get(end).copied().unwrap_or_default(),
            ]
        };
        for side in 0..sides {
            let (a, b) = (corner(side, 0), corner(side + 1, 0));
            let (c, d) = (corner(side + 1, 1), corner(side, 1));
            if radii[1] <= 0.0 {
                self.triangle([a, b, d]);
            } else if radii[0] <= 0.0 {
                self.triangle([a, c, d]);
            } else if let Some(normal) = normal_of([a, b, c]) {
                self.quad([a, b, c, d], normal);
            }
        }
        // Its top, and its underside where it hangs over what is below.
        for side in 1..sides - 1 {
            if radii[1] > 0.0 {
                self.triangle([corner(0, 1), corner(side, 1), corner(side + 1, 1)]);
            }
            if radii[0] > 0.0 && from_to[0] > 0.0 {
                self.triangle([corner(0, 0), corner(side + 1, 0), corner(side, 0)]);
            }
        }
        self.colours.resize(self.positions.len(), colour);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_normals;
    use super::*;

    #[test]
    fn every_model_stands_on_the_ground_and_looks_outwards() {
        for model in ModelKind::ALL {
            let part = model_part(model);
            check_normals(&part);
            assert_eq!(part.colours.len(), part.positions.len());
            let low = part
                .positions
                .iter()
                .map(|at| at[2])
                .fold(f64::INFINITY, f64::min);
            assert!(low.abs() < 1e-9, "{model:?} {low}");
            let [side, up] = reach_m(model);
            assert!(
                part.positions
                    .iter()
                    .all(|at| at[0].hypot(at[1]) <= side + 1e-9 && at[2] <= up + 1e-9)
            );
            assert!(part.indices.len() / 3 < 160, "{model:?}");
        }
    }
}
