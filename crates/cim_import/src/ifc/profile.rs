//! Profiles of extruded bodies, and the curves around them, as polygons in a plane.

use super::frame::{Frame, axis_placement, operator, sum, vector};
use super::step::{Record, Step, items_of, number_of};
use crate::door::Refusal;
use ifc_lite_core::Token;
use std::f64::consts::TAU;

/// Corners of a full circle.
const CIRCLE_CORNERS: u32 = 24;
/// Profiles and curves are nested no deeper.
const MAX_DEPTH: u8 = 8;
const UNKNOWN: Refusal = "a profile or curve of its geometry is of a kind that is not read";

/// A ring in a plane; the third number is 0.
pub(crate) type Ring = Vec<[f64; 3]>;

/// The areas of the profile `id`, each with its outer ring first. All outer rings turn counter-clockwise.
pub(crate) fn areas_of(step: &Step, id: u32) -> Result<Vec<Vec<Ring>>, Refusal> {
    let mut areas = areas(step, id, MAX_DEPTH)?;
    for area in &mut areas {
        for (row, ring) in area.iter_mut().enumerate() {
            close(ring);
            let is_left = twice_area(ring) > 0.0;
            if is_left != (row == 0) {
                ring.reverse();
            }
        }
        area.retain(|ring| ring.len() >= 3);
    }
    areas.retain(|area| !area.is_empty());
    if areas.is_empty() {
        return Err("a profile of its geometry bounds no area");
    }
    Ok(areas)
}

fn areas(step: &Step, id: u32, depth: u8) -> Result<Vec<Vec<Ring>>, Refusal> {
    let depth = depth.checked_sub(1).ok_or(UNKNOWN)?;
    let record = step.record(id).ok_or(UNKNOWN)?;
    let size = |at: usize| record.number(at).filter(|size| *size > 0.0).ok_or(UNKNOWN);
    let rings = match record.name.as_str() {
        "IFCARBITRARYCLOSEDPROFILEDEF" => {
            vec![curve(step, record.reference(2), depth)?]
        }
        "IFCARBITRARYPROFILEDEFWITHVOIDS" => {
            let mut rings = vec![curve(step, record.reference(2), depth)?];
            for inner in record.references(3) {
                rings.push(curve(step, Some(inner), depth)?);
            }
            rings
        }
        "IFCDERIVEDPROFILEDEF" | "IFCMIRROREDPROFILEDEF" => {
            let inner = areas(step, record.reference(2).ok_or(UNKNOWN)?, depth)?;
            let frame = operator(step, record.reference(3));
            return Ok(moved(inner, &frame));
        }
        "IFCCOMPOSITEPROFILEDEF" => {
            let mut all = Vec::new();
            for inner in record.references(2) {
                all.extend(areas(step, inner, depth)?);
            }
            return Ok(all);
        }
        "IFCRECTANGLEPROFILEDEF" | "IFCROUNDEDRECTANGLEPROFILEDEF" => {
            vec![rectangle(size(3)?, size(4)?)]
        }
        "IFCRECTANGLEHOLLOWPROFILEDEF" => {
            let (width, depth, wall) = (size(3)?, size(4)?, size(5)?);
            vec![
                rectangle(width, depth),
                rectangle(width - 2.0 * wall, depth - 2.0 * wall),
            ]
        }
        "IFCCIRCLEPROFILEDEF" => vec![ellipse(size(3)?, size(3)?)],
        "IFCCIRCLEHOLLOWPROFILEDEF" => {
            let inner = size(3)? - size(4)?;
            vec![ellipse(size(3)?, size(3)?), ellipse(inner, inner)]
        }
        "IFCELLIPSEPROFILEDEF" => vec![ellipse(size(3)?, size(4)?)],
        _ => vec![steel(&record)?],
    };
    let frame = axis_placement(step, record.reference(2).filter(|_| !is_arbitrary(&record)));
    Ok(moved(vec![rings], &frame))
}

fn is_arbitrary(record: &Record<'_>) -> bool {
    record.name.starts_with("IFCARBITRARY")
}

/// Rolled sections without their fillets, around the middle of their box.
fn steel(record: &Record<'_>) -> Result<Ring, Refusal> {
    let size = |at: usize| record.number(at).filter(|size| *size > 0.0).ok_or(UNKNOWN);
    let corners: Vec<[f64; 2]> = match record.name.as_str() {
        "IFCISHAPEPROFILEDEF" | "IFCASYMMETRICISHAPEPROFILEDEF" => {
            let (w, d) = (size(3)? / 2.0, size(4)? / 2.0);
            let (web, flange) = (size(5)? / 2.0, d - size(6)?);
            let mut corners: Vec<[f64; 2]> = vec![[-w, -d], [w, -d], [w, -flange], [web, -flange]];
            corners.extend([[web, flange], [w, flange], [w, d], [-w, d], [-w, flange]]);
            corners.extend([[-web, flange], [-web, -flange], [-w, -flange]]);
            corners
        }
        "IFCLSHAPEPROFILEDEF" => {
            let d = size(3)? / 2.0;
            let w = record.number(4).unwrap_or(2.0 * d) / 2.0;
            let t = size(5)?;
            vec![
                [-w, -d],
                [w, -d],
                [w, t - d],
                [t - w, t - d],
                [t - w, d],
                [-w, d],
            ]
        }
        "IFCUSHAPEPROFILEDEF" | "IFCCSHAPEPROFILEDEF" => {
            let (d, w, web) = (size(3)? / 2.0, size(4)? / 2.0, size(5)?);
            let flange = if record.name == "IFCUSHAPEPROFILEDEF" {
                size(6)?
            } else {
                web
            };
            let inner = d - flange;
            let mut corners = vec![[-w, -d], [w, -d], [w, -inner], [web - w, -inner]];
            corners.extend([[web - w, inner], [w, inner], [w, d], [-w, d]]);
            corners
        }
        "IFCTSHAPEPROFILEDEF" => {
            let (d, w) = (size(3)? / 2.0, size(4)? / 2.0);
            let (web, inner) = (size(5)? / 2.0, d - size(6)?);
            let mut corners = vec![[-web, -d], [web, -d], [web, inner], [w, inner]];
            corners.extend([[w, d], [-w, d], [-w, inner], [-web, inner]]);
            corners
        }
        _ => return Err(UNKNOWN),
    };
    Ok(corners.into_iter().map(|[x, y]| [x, y, 0.0]).collect())
}

fn rectangle(width: f64, depth: f64) -> Ring {
    let (w, d) = (width / 2.0, depth / 2.0);
    vec![[-w, -d, 0.0], [w, -d, 0.0], [w, d, 0.0], [-w, d, 0.0]]
}

fn ellipse(a: f64, b: f64) -> Ring {
    arc(&Frame::WORLD, a, b, 0.0, TAU)
}

/// Points from one angle to another, radians, both ends included.
fn arc(frame: &Frame, a: f64, b: f64, from: f64, to: f64) -> Ring {
    let share = ((to - from).abs() / TAU).clamp(0.0, 1.0);
    let count = (share * f64::from(CIRCLE_CORNERS)).ceil().max(1.0) as u32;
    (0..=count)
        .map(|number| {
            let angle = from + (to - from) * f64::from(number) / f64::from(count);
            frame.point([a * angle.cos(), b * angle.sin(), 0.0])
        })
        .collect()
}

fn moved(mut areas: Vec<Vec<Ring>>, frame: &Frame) -> Vec<Vec<Ring>> {
    for at in areas.iter_mut().flatten().flatten() {
        *at = frame.point(*at);
    }
    areas
}

/// The points along a curve.
pub(crate) fn curve(step: &Step, id: Option<u32>, depth: u8) -> Result<Ring, Refusal> {
    let depth = depth.checked_sub(1).ok_or(UNKNOWN)?;
    let record = id.and_then(|id| step.record(id)).ok_or(UNKNOWN)?;
    match record.name.as_str() {
        "IFCPOLYLINE" => record
            .references(0)
            .into_iter()
            .map(|point| vector(step, Some(point)).ok_or(UNKNOWN))
            .collect(),
        "IFCINDEXEDPOLYCURVE" => indexed(step, &record),
        "IFCCOMPOSITECURVE" | "IFC2DCOMPOSITECURVE" | "IFCBOUNDARYCURVE" => {
            let mut points = Ring::new();
            for segment in record.references(0) {
                let segment = step.record(segment).ok_or(UNKNOWN)?;
                let mut part = curve(step, segment.reference(2), depth)?;
                if segment.word(1).as_deref() == Some("F") {
                    part.reverse();
                }
                points.extend(part);
            }
            Ok(points)
        }
        "IFCCIRCLE" | "IFCELLIPSE" => {
            let (frame, a, b) = round(step, &record)?;
            Ok(arc(&frame, a, b, 0.0, TAU))
        }
        "IFCTRIMMEDCURVE" => trimmed(step, &record),
        _ => Err(UNKNOWN),
    }
}

fn round(step: &Step, record: &Record<'_>) -> Result<(Frame, f64, f64), Refusal> {
    let a = record.number(1).ok_or(UNKNOWN)?;
    let b = if record.name == "IFCELLIPSE" {
        record.number(2).ok_or(UNKNOWN)?
    } else {
        a
    };
    Ok((axis_placement(step, record.reference(0)), a, b))
}

/// A part of a line or circle between two points or parameters.
fn trimmed(step: &Step, record: &Record<'_>) -> Result<Ring, Refusal> {
    let basis = record
        .reference(0)
        .and_then(|id| step.record(id))
        .ok_or(UNKNOWN)?;
    let point = |at: usize| {
        record
            .references(at)
            .first()
            .and_then(|id| vector(step, Some(*id)))
    };
    let parameter = |at: usize| {
        let items = items_of(record.value(at));
        items.iter().find_map(number_of)
    };
    if basis.name == "IFCLINE" {
        if let (Some(from), Some(to)) = (point(1), point(2)) {
            return Ok(vec![from, to]);
        }
        return line_by_parameters(step, &basis, parameter(1), parameter(2));
    }
    if !matches!(basis.name.as_str(), "IFCCIRCLE" | "IFCELLIPSE") {
        return Err(UNKNOWN);
    }
    let (frame, a, b) = round(step, &basis)?;
    let angle = |at: usize| -> Option<f64> {
        if let Some(point) = point(at) {
            let away = [0, 1].map(|axis: usize| {
                let own = if axis == 0 { frame.x } else { frame.y };
                (0..3).fold(0.0, |sum, part: usize| {
                    let parts = (own.get(part), point.get(part), frame.origin.get(part));
                    match parts {
                        (Some(own), Some(point), Some(origin)) => sum + own * (point - origin),
                        _ => sum,
                    }
                })
            });
            return Some((away[1] / b).atan2(away[0] / a));
        }
        // Angles are written in the project's unit: more than a turn in radians has to be degrees.
        let parameter = parameter(at)?;
        Some(if parameter.abs() > TAU + 1e-6 {
            parameter.to_radians()
        } else {
            parameter
        })
    };
    let (Some(from), Some(mut to)) = (angle(1), angle(2)) else {
        return Err(UNKNOWN);
    };
    let is_forward = record.word(3).as_deref() != Some("F");
    if is_forward && to <= from {
        to += TAU;
    } else if !is_forward && to >= from {
        to -= TAU;
    }
    Ok(arc(&frame, a, b, from, to))
}

fn line_by_parameters(
    step: &Step,
    line: &Record<'_>,
    from: Option<f64>,
    to: Option<f64>,
) -> Result<Ring, Refusal> {
    let origin = vector(step, line.reference(0)).ok_or(UNKNOWN)?;
    let along = line
        .reference(1)
        .and_then(|id| step.record(id))
        .ok_or(UNKNOWN)?;
    let size = along.number(1).unwrap_or(1.0);
    let direction = vector(step, along.reference(0)).ok_or(UNKNOWN)?;
    let at = |parameter: f64| sum(origin, direction.map(|part| part * size * parameter));
    match (from, to) {
        (Some(from), Some(to)) => Ok(vec![at(from), at(to)]),
        _ => Err(UNKNOWN),
    }
}

/// A curve of lines and arcs by the numbers of their points.
fn indexed(step: &Step, record: &Record<'_>) -> Result<Ring, Refusal> {
    let points = record
        .reference(0)
        .and_then(|id| step.record(id))
        .map(|list| point_list(&list))
        .ok_or(UNKNOWN)?;
    let segments = items_of(record.value(1));
    if segments.is_empty() {
        return Ok(points);
    }
    let mut ring = Ring::new();
    for segment in segments {
        let Token::TypedValue(name, values) = segment else {
            return Err(UNKNOWN);
        };
        let corners: Option<Vec<[f64; 3]>> = items_of(values.first())
            .iter()
            .map(|index| point_at(&points, number_of(index)?))
            .collect();
        let corners = corners.ok_or("an index of its geometry names no point")?;
        match (
            name.eq_ignore_ascii_case(b"IFCARCINDEX"),
            corners.as_slice(),
        ) {
            (true, [from, through, to]) => ring.extend(arc_through(*from, *through, *to)),
            _ => ring.extend_from_slice(&corners),
        }
    }
    Ok(ring)
}

/// Points along the circle through three points; the points themselves where they lie on a line.
fn arc_through(from: [f64; 3], through: [f64; 3], to: [f64; 3]) -> Ring {
    let ([ax, ay, _], [bx, by, _], [cx, cy, _]) = (from, through, to);
    let d = 2.0 * (ax * (by - cy) + bx * (cy - ay) + cx * (ay - by));
    if d.abs() < 1e-12 {
        return vec![from, through, to];
    }
    let (a, b, c) = (ax * ax + ay * ay, bx * bx + by * by, cx * cx + cy * cy);
    let x = (a * (by - cy) + b * (cy - ay) + c * (ay - by)) / d;
    let y = (a * (cx - bx) + b * (ax - cx) + c * (bx - ax)) / d;
    let angle = |at: [f64; 3]| (at[1] - y).atan2(at[0] - x);
    let radius = (ax - x).hypot(ay - y);
    let start = angle(from);
    let turn = |at: [f64; 3]| (angle(at) - start).rem_euclid(TAU);
    let end = if turn(through) <= turn(to) {
        start + turn(to)
    } else {
        start + turn(to) - TAU
    };
    let frame = Frame {
        origin: [x, y, 0.0],
        ..Frame::WORLD
    };
    arc(&frame, radius, radius, start, end)
}

/// The points of an `IfcCartesianPointList`; a missing third number is 0.
pub(crate) fn point_list(list: &Record<'_>) -> Vec<[f64; 3]> {
    items_of(list.value(0))
        .iter()
        .map(|row| {
            let mut point = [0.0; 3];
            for (own, number) in point.iter_mut().zip(items_of(Some(row))) {
                *own = number_of(number).unwrap_or(f64::NAN);
            }
            point
        })
        .collect()
}

/// The point `number`, counted from 1.
pub(crate) fn point_at(points: &[[f64; 3]], number: f64) -> Option<[f64; 3]> {
    let index = (number as usize).checked_sub(1)?;
    points.get(index).copied()
}

/// Takes away corners that repeat the one before them, the closing one too.
fn close(ring: &mut Ring) {
    let is_same = |a: &[f64; 3], b: &[f64; 3]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9);
    ring.dedup_by(|a, b| is_same(a, b));
    while ring.len() > 1
        && ring
            .first()
            .zip(ring.last())
            .is_some_and(|(first, last)| is_same(first, last))
    {
        ring.pop();
    }
}

fn twice_area(ring: &[[f64; 3]]) -> f64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter()
        .zip(next)
        .map(|(a, b)| a[0] * b[1] - a[1] * b[0])
        .sum()
}
