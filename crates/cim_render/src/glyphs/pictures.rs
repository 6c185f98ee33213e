//! Small pictures of what happened, for the pins of events: as much as can be told apart at 14 px. Pure.
//!
//! Each is a distance to its outline in a square from -1 to 1, y down: less than 0 inside. Shapes are joined by the lesser
//! distance and cut by the greater one.

use cim_layers::EventMark;

/// A place in the square.
type At = [f32; 2];

/// Steps in which a drop becomes narrower.
const DROP_STEPS: u32 = 24;

/// How much of each texel a picture covers, 0 to 1, row by row: a picture of `side` texels with `margin` empty ones around it.
pub(super) fn coverage(mark: EventMark, side: usize, margin: usize) -> Vec<f32> {
    let whole = side + 2 * margin;
    let per_texel = 2.0 / side.max(1) as f32;
    let at = |texel: usize| (texel as f32 + 0.5 - margin as f32) * per_texel - 1.0;
    (0..whole)
        .flat_map(|row| (0..whole).map(move |column| [at(column), at(row)]))
        .map(|place| (0.5 - distance(mark, place) / per_texel).clamp(0.0, 1.0))
        .collect()
}

/// The distance of a place to the outline of a picture.
fn distance(mark: EventMark, at: At) -> f32 {
    match mark {
        EventMark::Other => {
            let stroke = bar(at, [[0.0, -0.75], [0.0, 0.2]], 0.18);
            stroke.min(disc(at, [0.0, 0.74], 0.21))
        }
        EventMark::Fire => {
            let tongues = teardrop(at, [0.0, 0.32], 0.6, [-0.1, -0.95]).min(teardrop(
                at,
                [0.22, 0.35],
                0.42,
                [0.68, -0.5],
            ));
            tongues.max(-teardrop(at, [0.02, 0.56], 0.28, [0.0, -0.12]))
        }
        EventMark::Water => teardrop(at, [0.0, 0.3], 0.6, [0.0, -0.95]),
        EventMark::Gas => disc(at, [-0.48, 0.2], 0.38)
            .min(disc(at, [0.44, 0.16], 0.44))
            .min(disc(at, [-0.04, -0.2], 0.48))
            .min(block(at, [0.0, 0.39], [0.48, 0.2])),
        EventMark::Traffic => car(at),
        EventMark::Cover => {
            let ring = disc(at, [0.0, 0.0], 0.88).max(-disc(at, [0.0, 0.0], 0.64));
            let upper = block(at, [0.0, -0.2], [0.66, 0.1]);
            ring.min(upper).min(block(at, [0.0, 0.2], [0.66, 0.1]))
        }
        EventMark::Damage => {
            let crack = bar(at, [[-0.12, -0.8], [0.2, -0.25]], 0.11)
                .min(bar(at, [[0.2, -0.25], [-0.2, 0.2]], 0.11))
                .min(bar(at, [[-0.2, 0.2], [0.12, 0.8]], 0.11));
            block(at, [0.0, 0.0], [0.9, 0.62]).max(-crack)
        }
        EventMark::Waste => bin(at),
        EventMark::People => person(at, [-0.46, 0.1]).min(person(at, [0.46, 0.1])),
        EventMark::Power => triangle(at, [[0.3, -0.95], [-0.58, 0.16], [0.14, 0.16]])
            .min(triangle(at, [[-0.3, 0.95], [0.58, -0.16], [-0.14, -0.16]])),
    }
}

/// A car from the front.
fn car(at: At) -> f32 {
    let body = block(at, [0.0, 0.22], [0.88, 0.32]).min(block(at, [0.0, -0.3], [0.58, 0.34]));
    let wheels = block(at, [-0.58, 0.62], [0.18, 0.2]).min(block(at, [0.58, 0.62], [0.18, 0.2]));
    let holes = block(at, [0.0, -0.28], [0.4, 0.18])
        .min(disc(at, [-0.55, 0.22], 0.14))
        .min(disc(at, [0.55, 0.22], 0.14));
    body.min(wheels).max(-holes)
}

/// A bin with its lid.
fn bin(at: At) -> f32 {
    let lid = block(at, [0.0, -0.62], [0.74, 0.12]).min(block(at, [0.0, -0.8], [0.26, 0.14]));
    let slots =
        bar(at, [[-0.2, 0.0], [-0.2, 0.6]], 0.09).min(bar(at, [[0.2, 0.0], [0.2, 0.6]], 0.09));
    block(at, [0.0, 0.28], [0.56, 0.62]).max(-slots).min(lid)
}

/// Head and shoulders.
fn person(at: At, [x, y]: At) -> f32 {
    let shoulders = disc(at, [x, y + 0.52], 0.44).max(at[1] - (y + 0.5));
    disc(at, [x, y - 0.32], 0.28).min(shoulders)
}

fn disc([x, y]: At, [middle_x, middle_y]: At, radius: f32) -> f32 {
    (x - middle_x).hypot(y - middle_y) - radius
}

/// An upright rectangle of half sides.
fn block([x, y]: At, [middle_x, middle_y]: At, [wide, tall]: [f32; 2]) -> f32 {
    let (across, down) = ((x - middle_x).abs() - wide, (y - middle_y).abs() - tall);
    across.max(0.0).hypot(down.max(0.0)) + across.max(down).min(0.0)
}

/// A line with round ends, `half` wide to either side.
fn bar([x, y]: At, [[from_x, from_y], [to_x, to_y]]: [At; 2], half: f32) -> f32 {
    let (along_x, along_y) = (to_x - from_x, to_y - from_y);
    let length_2 = (along_x * along_x + along_y * along_y).max(1e-9);
    let share = ((x - from_x) * along_x + (y - from_y) * along_y) / length_2;
    let share = share.clamp(0.0, 1.0);
    disc(
        [x, y],
        [from_x + share * along_x, from_y + share * along_y],
        half,
    )
}

/// A disc that runs out into a tip.
fn teardrop(at: At, [x, y]: At, radius: f32, [tip_x, tip_y]: At) -> f32 {
    let discs = (0..=DROP_STEPS).map(|step| {
        let share = step as f32 / DROP_STEPS as f32;
        let middle = [x + (tip_x - x) * share, y + (tip_y - y) * share];
        disc(at, middle, radius * (1.0 - share))
    });
    discs.fold(f32::INFINITY, f32::min)
}

/// A triangle, its corners in any order.
fn triangle([x, y]: At, corners: [At; 3]) -> f32 {
    let [a, b, c] = corners;
    let turn = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
    let sides = [[a, b], [b, c], [c, a]].map(|[from, to]| {
        let (along_x, along_y) = (to[0] - from[0], to[1] - from[1]);
        let beside = along_y * (x - from[0]) - along_x * (y - from[1]);
        beside * turn.signum() / along_x.hypot(along_y).max(1e-6)
    });
    sides.into_iter().fold(f32::NEG_INFINITY, f32::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: usize = 40;
    const MARGIN: usize = 8;

    fn picture(mark: EventMark) -> Vec<f32> {
        coverage(mark, SIDE, MARGIN)
    }

    #[test]
    fn every_picture_has_ink_within_its_square_and_none_beyond() {
        let whole = SIDE + 2 * MARGIN;
        for mark in EventMark::ALL {
            let texels = picture(mark);
            assert_eq!(texels.len(), whole * whole);
            let ink: f32 = texels.iter().sum();
            let share = ink / (SIDE * SIDE) as f32;
            assert!((0.1..0.75).contains(&share), "{mark:?} covers {share}");
            let edge = texels.iter().enumerate().filter(|(at, _)| {
                let (row, column) = (at / whole, at % whole);
                row.min(column) < MARGIN || row.max(column) >= whole - MARGIN
            });
            let beyond: f32 = edge.map(|(_, share)| share).sum();
            assert!(beyond < 0.5, "{mark:?} has {beyond} beyond its square");
        }
    }

    #[test]
    fn no_two_pictures_are_alike() {
        for (row, one) in EventMark::ALL.into_iter().enumerate() {
            for other in &EventMark::ALL[row + 1..] {
                let (first, second) = (picture(one), picture(*other));
                let pairs = first.iter().zip(&second);
                let unlike: f32 = pairs.map(|(a, b)| (a - b).abs()).sum();
                let ink = first.iter().sum::<f32>().min(second.iter().sum());
                assert!(unlike > 0.3 * ink, "{one:?} and {other:?}: {unlike}");
            }
        }
    }

    #[test]
    fn the_inside_of_a_triangle_is_inside_whichever_way_it_turns() {
        let corners = [[0.0, -0.5], [0.5, 0.5], [-0.5, 0.5]];
        let [a, b, c] = corners;
        for turned in [[a, b, c], [c, b, a]] {
            assert!(triangle([0.0, 0.2], turned) < 0.0);
            assert!(triangle([0.6, 0.2], turned) > 0.0);
        }
    }
}
