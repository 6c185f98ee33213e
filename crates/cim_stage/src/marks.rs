//! What people drew on the picture of a case, as the twin draws it: on the ground of the city.

use cim_app::{MarkPlan, MarkShape, MarksPlan};
use cim_geo::{Enu, Geodetic, LocalFrame};
use cim_scene::{DrawRole, DrawingPlan, DrawnArea, DrawnLine, DrawnText};

/// Drawings lie so far above the ground, metres: not in it.
const UP_M: f64 = 1.5;
/// Width of lines, CSS px.
const LINE_PX: f32 = 3.0;
/// A place is a diamond that reaches so far, metres.
const DIAMOND_M: f64 = 7.0;
/// The barbs of an arrow are so long, as a share of its last stretch, and so many metres at most.
const BARB: (f64, f64) = (0.35, 30.0);
/// How far the barbs are turned from the arrow's shaft, radians.
const BARB_TURN: f64 = 0.45;

/// Metres east and north of the city's origin.
type Flat = [f64; 2];

/// The drawings of `marks` in the city at `origin`.
pub(crate) fn drawings_of(marks: &MarksPlan, origin: Geodetic) -> DrawingPlan {
    let ground = Ground {
        frame: LocalFrame::new(origin),
        height_m: origin.height_m,
    };
    let mut plan = DrawingPlan::default();
    for mark in &marks.marks {
        ground.draw(mark, &mut plan);
    }
    plan
}

/// The ground of a city.
struct Ground {
    frame: LocalFrame,
    height_m: f64,
}

impl Ground {
    fn flat(&self, [lon_deg, lat_deg]: [f64; 2]) -> Flat {
        let at = Geodetic::new(lon_deg, lat_deg, self.height_m);
        let at = self.frame.enu_from_geodetic(at);
        [at.east_m, at.north_m]
    }

    fn place(&self, [east_m, north_m]: Flat) -> Geodetic {
        self.frame
            .geodetic_from_enu(Enu::new(east_m, north_m, UP_M))
    }

    fn flats(&self, points: &[[f64; 2]]) -> Vec<Flat> {
        points.iter().map(|point| self.flat(*point)).collect()
    }

    fn draw(&self, mark: &MarkPlan, plan: &mut DrawingPlan) {
        let role = DrawRole::Own(mark.colour);
        let named_at = match &mark.shape {
            MarkShape::Text(at) => self.flat(*at),
            MarkShape::Point(at) => {
                let at @ [east, north] = self.flat(*at);
                let corner = |e: f64, n: f64| [east + e * DIAMOND_M, north + n * DIAMOND_M];
                let ring = [
                    corner(1.0, 0.0),
                    corner(0.0, 1.0),
                    corner(-1.0, 0.0),
                    corner(0.0, -1.0),
                ];
                self.area(&ring, role, plan);
                at
            }
            MarkShape::Line { points, is_arrow } => {
                let points = self.flats(points);
                self.line(&points, false, role, plan);
                if *is_arrow && let [.., from, to] = points.as_slice() {
                    self.line(&barbs(*from, *to), false, role, plan);
                }
                points.get(points.len() / 2).copied().unwrap_or_default()
            }
            MarkShape::Area(ring) => {
                let ring = self.flats(ring);
                self.area(&ring, role, plan);
                middle_of(&ring)
            }
        };
        if !mark.label.is_empty() {
            plan.texts.push(DrawnText {
                at: self.place(named_at),
                text: mark.label.clone(),
                role,
            });
        }
    }

    fn area(&self, ring: &[Flat], role: DrawRole, plan: &mut DrawingPlan) {
        self.line(ring, true, role, plan);
        plan.areas.push(DrawnArea {
            ring: ring.iter().map(|point| self.place(*point)).collect(),
            role,
        });
    }

    fn line(&self, points: &[Flat], is_closed: bool, role: DrawRole, plan: &mut DrawingPlan) {
        plan.lines.push(DrawnLine {
            points: points.iter().map(|point| self.place(*point)).collect(),
            role,
            width_px: LINE_PX,
            is_dashed: false,
            is_closed,
        });
    }
}

/// The two barbs at `to` of an arrow that comes from `from`.
fn barbs(from: Flat, to: Flat) -> [Flat; 3] {
    let (east, north) = (from[0] - to[0], from[1] - to[1]);
    let length = east.hypot(north);
    let (share, most) = BARB;
    let factor = if length > 0.0 {
        (length * share).min(most) / length
    } else {
        0.0
    };
    let barb = |turn: f64| {
        let (sin, cos) = turn.sin_cos();
        [
            to[0] + (east * cos - north * sin) * factor,
            to[1] + (east * sin + north * cos) * factor,
        ]
    };
    [barb(BARB_TURN), to, barb(-BARB_TURN)]
}

fn middle_of(points: &[Flat]) -> Flat {
    let many = points.len().max(1) as f64;
    let sum = points
        .iter()
        .fold([0.0, 0.0], |[east, north], [e, n]| [east + e, north + n]);
    [sum[0] / many, sum[1] / many]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: Geodetic = Geodetic {
        lon_deg: 117.2,
        lat_deg: 34.26,
        height_m: 35.0,
    };

    fn drawn(shape: MarkShape, label: &str) -> DrawingPlan {
        let marks = vec![MarkPlan {
            shape,
            label: label.to_owned(),
            colour: [1, 2, 3],
        }];
        drawings_of(&MarksPlan { revision: 1, marks }, ORIGIN)
    }

    #[test]
    fn every_shape_lies_on_the_ground_with_its_words_and_its_colour() {
        let at = [117.21, 34.27];
        let line = vec![[117.2, 34.26], at];
        let ring = vec![[117.2, 34.26], at, [117.2, 34.27]];
        let cases = [
            (MarkShape::Text(at), [0, 0]),
            (MarkShape::Point(at), [1, 1]),
            (
                MarkShape::Line {
                    points: line.clone(),
                    is_arrow: false,
                },
                [1, 0],
            ),
            (
                MarkShape::Line {
                    points: line,
                    is_arrow: true,
                },
                [2, 0],
            ),
            (MarkShape::Area(ring), [1, 1]),
        ];
        let frame = LocalFrame::new(ORIGIN);
        for (shape, expected) in cases {
            let plan = drawn(shape, "警戒");
            assert_eq!([plan.lines.len(), plan.areas.len()], expected);
            assert_eq!(plan.texts[0].role, DrawRole::Own([1, 2, 3]));
            let points = plan.lines.iter().flat_map(|line| &line.points);
            for point in points.chain([&plan.texts[0].at]) {
                let up_m = frame.enu_from_geodetic(*point).up_m;
                assert!((up_m - UP_M).abs() < 1e-6, "{up_m}");
            }
        }
    }

    #[test]
    fn a_mark_without_words_writes_none() {
        assert!(drawn(MarkShape::Point([117.2, 34.26]), "").texts.is_empty());
    }

    #[test]
    fn barbs_point_back_along_the_arrow() {
        let [left, tip, right] = barbs([0.0, 0.0], [100.0, 0.0]);
        assert!((tip[0] - 100.0).abs() < 1e-9 && tip[1].abs() < 1e-9);
        assert!(left[0] < 100.0 && right[0] < 100.0);
        assert!((left[1] + right[1]).abs() < 1e-9 && left[1].abs() > 1.0);
        // An arrow without a length has no barbs.
        for [east, north] in barbs([5.0, 5.0], [5.0, 5.0]) {
            assert!((east - 5.0).abs() < 1e-9 && (north - 5.0).abs() < 1e-9);
        }
    }
}
