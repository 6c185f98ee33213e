//! What people drew on the picture of a case, in plain words for the twin.

use cim_event::{
    Place,
    dispatch::{Mark, Shape},
};

/// What is drawn over the city.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MarksPlan {
    /// Changes with every change.
    pub revision: u64,
    /// The marks, in the order in which they are drawn.
    pub marks: Vec<MarkPlan>,
}

/// One thing that is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct MarkPlan {
    /// What, on the ground; degrees of longitude and latitude, WGS 84 / CGCS2000.
    pub shape: MarkShape,
    /// Its words; may be empty.
    pub label: String,
    /// Its colour, sRGB.
    pub colour: [u8; 3],
}

/// What is drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum MarkShape {
    /// A place with a symbol.
    Point([f64; 2]),
    /// A line.
    Line {
        /// Its points.
        points: Vec<[f64; 2]>,
        /// It ends in an arrow.
        is_arrow: bool,
    },
    /// An area; its first corner is not repeated.
    Area(Vec<[f64; 2]>),
    /// Words only.
    Text([f64; 2]),
}

/// The colours that a mark may have, by their words.
const COLOURS: [(&str, [u8; 3]); 6] = [
    ("red", [0xff, 0x5a, 0x5f]),
    ("orange", [0xff, 0x9f, 0x1c]),
    ("yellow", [0xff, 0xd6, 0x0a]),
    ("green", [0x34, 0xc7, 0x59]),
    ("blue", [0x4d, 0xa3, 0xff]),
    ("white", [0xf2, 0xf6, 0xfa]),
];
/// The colour of a mark with a word that nobody knows: that of what a person chose.
const OTHER: [u8; 3] = [0x4d, 0xa3, 0xff];
/// The colour of everything that belongs to an exercise: it never looks real.
const EXERCISE: [u8; 3] = [0xc0, 0x4d, 0xff];

impl MarkPlan {
    /// A mark as the twin draws it; `is_real` is false for one of an exercise.
    pub(crate) fn of(mark: &Mark, is_real: bool) -> Self {
        let known = COLOURS.iter().find(|(word, _)| *word == mark.colour);
        let own = known.map_or(OTHER, |(_, colour)| *colour);
        Self {
            shape: match &mark.shape {
                Shape::Point { at, .. } => MarkShape::Point(degrees(*at)),
                Shape::Line { points, is_arrow } => MarkShape::Line {
                    points: points.iter().copied().map(degrees).collect(),
                    is_arrow: *is_arrow,
                },
                Shape::Area { ring } => {
                    MarkShape::Area(ring.ring().iter().copied().map(degrees).collect())
                }
                Shape::Text { at } => MarkShape::Text(degrees(*at)),
            },
            label: mark.label.clone(),
            colour: if is_real { own } else { EXERCISE },
        }
    }
}

fn degrees(place: Place) -> [f64; 2] {
    [place.lon_deg, place.lat_deg]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_has_its_colour_and_one_of_an_exercise_another() {
        let mark = |colour: &str| Mark {
            id: "m".to_owned(),
            shape: Shape::Text {
                at: Place {
                    lon_deg: 117.2,
                    lat_deg: 34.26,
                },
            },
            label: "指挥部".to_owned(),
            colour: colour.to_owned(),
        };
        let red = MarkPlan::of(&mark("red"), true);
        assert_eq!(red.colour, [0xff, 0x5a, 0x5f]);
        assert_eq!(red.shape, MarkShape::Text([117.2, 34.26]));
        assert_eq!(MarkPlan::of(&mark("plaid"), true).colour, OTHER);
        assert_eq!(MarkPlan::of(&mark("red"), false).colour, EXERCISE);
    }
}
