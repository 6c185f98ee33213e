//! What a tool draws over the city while it is at work, and what it leaves there. Texts are numbers and units only, the same in
//! every language.

use super::{SketchKind, ToolKind, collect::Collecting};
use crate::{
    DrawRole, DrawnArea, DrawnLine, DrawnText, MeasureKind, Quantity, drawings::ToolDrawings,
    measure::Measured,
};
use bevy_math::DVec3;

/// Width of what is measured or drawn, CSS px.
const LINE_PX: f32 = 2.5;
/// Width of auxiliary lines, CSS px.
const THIN_PX: f32 = 1.25;
/// Stretches of a way have their own lengths written while it has no more than this many.
const MOST_TEXTS: usize = 24;

/// Replaces what the tool draws.
pub(super) fn draw(collecting: Option<&Collecting>, drawn: &mut ToolDrawings) {
    *drawn = ToolDrawings {
        revision: drawn.revision.wrapping_add(1),
        points: collecting.map_or(0, |collecting| collecting.points().len()),
        ..ToolDrawings::default()
    };
    let Some(collecting) = collecting else {
        return;
    };
    let mut points = collecting.points().to_vec();
    points.extend(collecting.hovering());
    match collecting.kind() {
        ToolKind::Measure(MeasureKind::Height | MeasureKind::Slope) => {
            draw_rise(collecting.kind(), &points, drawn);
        }
        ToolKind::Measure(MeasureKind::Volume { bottom_m, top_m }) => {
            draw_prism(&points, [bottom_m, top_m], drawn);
        }
        ToolKind::Sketch(SketchKind::SectionBox) => draw_box(collecting, drawn),
        ToolKind::Measure(_) | ToolKind::Sketch(_) if collecting.is_ring() => {
            draw_ring(&points, drawn);
        }
        ToolKind::Measure(_) | ToolKind::Sketch(_) => draw_way(&points, drawn),
    }
}

fn line(points: Vec<DVec3>, width_px: f32) -> DrawnLine {
    DrawnLine {
        points,
        role: DrawRole::Select,
        width_px,
        is_dashed: width_px < LINE_PX,
        is_closed: false,
    }
}

fn text(at: DVec3, text: String) -> DrawnText {
    DrawnText {
        at,
        text,
        role: DrawRole::Select,
    }
}

/// The text of one of the measured values; `None` when it was not measured.
fn text_of(values: &[Measured], wanted: Quantity) -> Option<String> {
    values
        .iter()
        .find(|(quantity, _)| *quantity == wanted)
        .map(|(quantity, value)| quantity.text(*value))
}

fn middle_of(points: &[DVec3]) -> DVec3 {
    points.iter().sum::<DVec3>() / points.len().max(1) as f64
}

fn draw_way(points: &[DVec3], drawn: &mut ToolDrawings) {
    let (Some(last), true) = (points.last(), points.len() >= 2) else {
        return;
    };
    drawn.lines.push(line(points.to_vec(), LINE_PX));
    if (3..=MOST_TEXTS).contains(&points.len()) {
        let of_stretch = |ends: &[DVec3]| {
            let values = MeasureKind::Distance.measure(ends);
            Some(text(middle_of(ends), text_of(&values, Quantity::Direct)?))
        };
        drawn.texts.extend(points.windows(2).filter_map(of_stretch));
    }
    let values = MeasureKind::Distance.measure(points);
    let total = text_of(&values, Quantity::Direct);
    drawn.texts.extend(total.map(|total| text(*last, total)));
}

fn draw_ring(points: &[DVec3], drawn: &mut ToolDrawings) {
    if points.len() < 3 {
        draw_way(points, drawn);
        return;
    }
    drawn.lines.push(DrawnLine {
        is_closed: true,
        ..line(points.to_vec(), LINE_PX)
    });
    drawn.areas.push(DrawnArea {
        ring: points.to_vec(),
        role: DrawRole::Select,
    });
    let values = MeasureKind::Area.measure(points);
    let area = text_of(&values, Quantity::Area);
    drawn
        .texts
        .extend(area.map(|area| text(middle_of(points), area)));
}

/// A height or a slope: up from the first point, then level to the second.
fn draw_rise(kind: ToolKind, points: &[DVec3], drawn: &mut ToolDrawings) {
    let [from, .., to] = points else {
        return;
    };
    let corner = from.truncate().extend(to.z);
    let values = MeasureKind::Height.measure(&[*from, *to]);
    let is_slope = kind == ToolKind::Measure(MeasureKind::Slope);
    let (main, aids) = if is_slope {
        (vec![*from, *to], vec![*from, corner, *to])
    } else {
        (vec![*from, corner], vec![corner, *to])
    };
    let label = if is_slope {
        [Quantity::Degrees, Quantity::Percent]
            .into_iter()
            .filter_map(|quantity| text_of(&values, quantity))
            .collect::<Vec<String>>()
            .join("  ")
    } else {
        text_of(&values, Quantity::Height).unwrap_or_default()
    };
    drawn.texts.push(text(middle_of(&main), label));
    drawn.lines.push(line(main, LINE_PX));
    drawn.lines.push(line(aids, THIN_PX));
}

/// A prism above a ring, with its volume.
fn draw_prism(points: &[DVec3], [bottom_m, top_m]: [f64; 2], drawn: &mut ToolDrawings) {
    if points.len() < 3 {
        draw_way(points, drawn);
        return;
    }
    let at = |up_m: f64| -> Vec<DVec3> {
        let raised = |point: &DVec3| point.truncate().extend(up_m);
        points.iter().map(raised).collect()
    };
    let (bottom, top) = (at(bottom_m), at(top_m));
    draw_body(&bottom, &top, drawn);
    let values = MeasureKind::Volume { bottom_m, top_m }.measure(points);
    let volume = text_of(&values, Quantity::Volume);
    drawn
        .texts
        .extend(volume.map(|volume| text(middle_of(&top), volume)));
}

fn draw_box(collecting: &Collecting, drawn: &mut ToolDrawings) {
    let Some(section) = collecting.section() else {
        return;
    };
    let bottom = section.lower_corners();
    let top = bottom.map(|corner| corner + DVec3::Z * (2.0 * section.half.z));
    draw_body(&bottom, &top, drawn);
    let sides = section.half * 2.0;
    let label = format!("{:.1} × {:.1} × {:.1} m", sides.x, sides.y, sides.z);
    drawn.texts.push(text(middle_of(&top), label));
}

/// The edges of an upright body.
fn draw_body(bottom: &[DVec3], top: &[DVec3], drawn: &mut ToolDrawings) {
    for ring in [bottom, top] {
        drawn.lines.push(DrawnLine {
            is_closed: true,
            ..line(ring.to_vec(), LINE_PX)
        });
    }
    for (lower, upper) in bottom.iter().zip(top) {
        drawn.lines.push(line(vec![*lower, *upper], THIN_PX));
    }
    drawn.areas.push(DrawnArea {
        ring: bottom.to_vec(),
        role: DrawRole::Select,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(kind: ToolKind, points: &[DVec3], hover: Option<DVec3>) -> ToolDrawings {
        let mut collecting = Collecting::new(kind, 0.0);
        for point in points {
            collecting.add(*point);
        }
        collecting.hover(hover);
        let mut drawn = ToolDrawings::default();
        draw(Some(&collecting), &mut drawn);
        drawn
    }

    #[test]
    fn a_way_is_written_with_its_stretches_and_its_length() {
        let way = [DVec3::ZERO, DVec3::X * 30.0];
        let drawn = drawn(
            ToolKind::Measure(MeasureKind::Distance),
            &way,
            Some(DVec3::new(30.0, 40.0, 0.0)),
        );
        let texts: Vec<&str> = drawn.texts.iter().map(|text| text.text.as_str()).collect();
        assert_eq!(texts, ["30.0 m", "40.0 m", "70.0 m"]);
        assert_eq!(drawn.lines[0].points.len(), 3);
        assert_eq!(drawn.points, 2);
    }

    #[test]
    fn an_area_follows_the_pointer() {
        let drawn = drawn(
            ToolKind::Measure(MeasureKind::Area),
            &[DVec3::ZERO, DVec3::X * 10.0],
            Some(DVec3::new(10.0, 10.0, 0.0)),
        );
        assert_eq!(drawn.texts[0].text, "50.0 m²");
        assert_eq!((drawn.areas.len(), drawn.lines[0].is_closed), (1, true));
    }

    #[test]
    fn a_slope_is_written_in_degrees_and_percent() {
        let rise = [DVec3::ZERO, DVec3::new(10.0, 0.0, 10.0)];
        let slope = drawn(ToolKind::Measure(MeasureKind::Slope), &rise, None);
        assert_eq!(slope.texts[0].text, "45.0°  100.0 %");
        let height = drawn(ToolKind::Measure(MeasureKind::Height), &rise, None);
        assert_eq!(height.texts[0].text, "10.0 m");
    }

    #[test]
    fn nothing_is_left_when_the_tool_is_put_away() {
        let way = [DVec3::ZERO, DVec3::X];
        let mut drawn = drawn(ToolKind::Sketch(SketchKind::Line), &way, None);
        let revision = drawn.revision;
        draw(None, &mut drawn);
        assert!(drawn.lines.is_empty() && drawn.texts.is_empty());
        assert_eq!(drawn.revision, revision + 1);
    }
}
