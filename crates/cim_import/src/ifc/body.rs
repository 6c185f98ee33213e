//! Bodies of building elements as polygons: extrusions, boundary representations, tessellations, mapped bodies.

use super::frame::{Frame, axis_placement, operator, scaled, sum, vector};
use super::profile::{areas_of, curve, point_at, point_list};
use super::step::{Record, Step, items_of, number_of};
use crate::door::Refusal;
use std::collections::BTreeMap;

/// Mapped bodies and operands are nested no deeper.
const MAX_DEPTH: u8 = 16;
/// An element of more polygons is left out.
const MAX_POLYGONS: usize = 2_000_000;
const UNKNOWN: Refusal = "its geometry is of a kind that is not read";
const BROKEN: Refusal = "a record of its geometry is broken or not there";
const TOO_LARGE: Refusal = "its geometry has more than two million polygons";

/// A polygon with its holes, in the project's unit of length.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Face {
    pub(crate) rings: Vec<Vec<[f64; 3]>>,
    pub(crate) colour: Option<[u8; 4]>,
}

/// The polygons of an element.
#[derive(Debug, Default)]
pub(crate) struct Body {
    pub(crate) faces: Vec<Face>,
    /// True where something was read more simply than it is.
    pub(crate) is_simplified: bool,
}

/// Reads the bodies of a file.
pub(crate) struct Bodies<'a> {
    pub(crate) step: &'a Step,
    /// Colours by the item that is painted.
    pub(crate) colours: BTreeMap<u32, [u8; 4]>,
}

impl Bodies<'_> {
    /// The body of the `IfcProductDefinitionShape` `id`, in the frame of its product.
    pub(crate) fn body_of(&self, id: u32, frame: &Frame) -> Result<Body, Refusal> {
        let shape = self.step.record(id).ok_or(BROKEN)?;
        let representations: Vec<Record<'_>> = shape
            .references(2)
            .into_iter()
            .filter_map(|id| self.step.record(id))
            .collect();
        let is_body = |record: &&Record<'_>| {
            let name = record.text(1).unwrap_or_default();
            matches!(name.as_str(), "Body" | "Facetation" | "Tessellation")
        };
        let is_solid = |record: &&Record<'_>| {
            let kind = record.text(2).unwrap_or_default();
            !matches!(
                kind.as_str(),
                "Curve2D"
                    | "Curve3D"
                    | "Curve"
                    | "BoundingBox"
                    | "GeometricCurveSet"
                    | "Annotation2D"
            )
        };
        let chosen = representations
            .iter()
            .find(is_body)
            .or_else(|| representations.iter().find(is_solid))
            .ok_or("the feature has no geometry")?;
        let mut body = Body::default();
        for item in chosen.references(3) {
            self.item(item, frame, None, MAX_DEPTH, &mut body)?;
        }
        if body.faces.is_empty() {
            return Err("the feature has no geometry");
        }
        Ok(body)
    }

    fn item(
        &self,
        id: u32,
        frame: &Frame,
        colour: Option<[u8; 4]>,
        depth: u8,
        body: &mut Body,
    ) -> Result<(), Refusal> {
        let depth = depth.checked_sub(1).ok_or(UNKNOWN)?;
        let record = self.step.record(id).ok_or(BROKEN)?;
        let colour = self.colours.get(&id).copied().or(colour);
        let mut painter = Painter {
            body: &mut *body,
            frame,
            colour,
        };
        match record.name.as_str() {
            "IFCEXTRUDEDAREASOLID" | "IFCEXTRUDEDAREASOLIDTAPERED" => {
                self.extrusion(&record, &mut painter)
            }
            "IFCFACETEDBREP" | "IFCFACETEDBREPWITHVOIDS" => {
                self.shell(record.reference(0), &mut painter)
            }
            "IFCADVANCEDBREP" | "IFCADVANCEDBREPWITHVOIDS" => {
                body.is_simplified = true;
                let mut painter = Painter {
                    body,
                    frame,
                    colour,
                };
                self.shell(record.reference(0), &mut painter)
            }
            "IFCSHELLBASEDSURFACEMODEL" | "IFCFACEBASEDSURFACEMODEL" => record
                .references(0)
                .into_iter()
                .try_for_each(|shell| self.shell(Some(shell), &mut painter)),
            "IFCPOLYGONALFACESET" => self.polygons(&record, &mut painter),
            "IFCTRIANGULATEDFACESET" | "IFCTRIANGULATEDIRREGULARNETWORK" => {
                self.triangles(&record, &mut painter)
            }
            "IFCMAPPEDITEM" => self.mapped(&record, frame, colour, depth, body),
            "IFCBOOLEANCLIPPINGRESULT" | "IFCBOOLEANRESULT" => {
                body.is_simplified = true;
                let first = record.reference(1).ok_or(BROKEN)?;
                self.item(first, frame, colour, depth, body)
            }
            _ => Err(UNKNOWN),
        }
    }

    fn extrusion(&self, record: &Record<'_>, painter: &mut Painter<'_>) -> Result<(), Refusal> {
        let areas = areas_of(self.step, record.reference(0).ok_or(BROKEN)?)?;
        let frame = painter
            .frame
            .with(&axis_placement(self.step, record.reference(1)));
        let direction = vector(self.step, record.reference(2)).unwrap_or(Frame::WORLD.z);
        let length = direction.iter().map(|part| part * part).sum::<f64>().sqrt();
        let depth = record.number(3).ok_or(BROKEN)?;
        if length < 1e-12 || depth.abs() < 1e-12 {
            return Err("an extrusion of its geometry has no depth");
        }
        let along = scaled(direction, depth / length);
        let is_up = along[2] > 0.0;
        for area in areas {
            let lifted = |ring: &Vec<[f64; 3]>| -> Vec<[f64; 3]> {
                ring.iter().map(|at| frame.point(sum(*at, along))).collect()
            };
            let lying = |ring: &Vec<[f64; 3]>| -> Vec<[f64; 3]> {
                ring.iter().map(|at| frame.point(*at)).collect()
            };
            let mut bottom: Vec<Vec<[f64; 3]>> = area.iter().map(lying).collect();
            let mut top: Vec<Vec<[f64; 3]>> = area.iter().map(lifted).collect();
            for (low, high) in bottom.iter().zip(&top) {
                let next = low.iter().zip(high).cycle().skip(1);
                for ((a, d), (b, c)) in low.iter().zip(high).zip(next) {
                    let mut side = vec![*a, *b, *c, *d];
                    if !is_up {
                        side.reverse();
                    }
                    painter.face(vec![side])?;
                }
            }
            let downward = if is_up { &mut bottom } else { &mut top };
            downward.iter_mut().for_each(|ring| ring.reverse());
            painter.face(bottom)?;
            painter.face(top)?;
        }
        Ok(())
    }

    /// An `IfcConnectedFaceSet`, open or closed.
    fn shell(&self, id: Option<u32>, painter: &mut Painter<'_>) -> Result<(), Refusal> {
        let shell = id.and_then(|id| self.step.record(id)).ok_or(BROKEN)?;
        for face in shell.references(0) {
            let face = self.step.record(face).ok_or(BROKEN)?;
            let mut rings: Vec<Vec<[f64; 3]>> = Vec::new();
            for bound in face.references(0) {
                let bound = self.step.record(bound).ok_or(BROKEN)?;
                let mut ring = self.ring(bound.reference(0))?;
                if bound.word(1).as_deref() == Some("F") {
                    ring.reverse();
                }
                let ring: Vec<[f64; 3]> =
                    ring.into_iter().map(|at| painter.frame.point(at)).collect();
                if bound.name == "IFCFACEOUTERBOUND" {
                    rings.insert(0, ring);
                } else {
                    rings.push(ring);
                }
            }
            painter.face(rings)?;
        }
        Ok(())
    }

    /// A polygon, or the corners of a loop of edges.
    fn ring(&self, id: Option<u32>) -> Result<Vec<[f64; 3]>, Refusal> {
        let record = id.and_then(|id| self.step.record(id)).ok_or(BROKEN)?;
        let points: Option<Vec<[f64; 3]>> = match record.name.as_str() {
            "IFCPOLYLOOP" => record
                .references(0)
                .into_iter()
                .map(|point| vector(self.step, Some(point)))
                .collect(),
            "IFCEDGELOOP" => record
                .references(0)
                .into_iter()
                .map(|edge| self.start_of(edge))
                .collect(),
            _ => return curve(self.step, id, MAX_DEPTH),
        };
        points.ok_or(BROKEN)
    }

    /// Where an `IfcOrientedEdge` starts.
    fn start_of(&self, id: u32) -> Option<[f64; 3]> {
        let oriented = self.step.record(id)?;
        let edge = self.step.record(oriented.reference(2)?)?;
        let is_forward = oriented.word(3).as_deref() != Some("F");
        let vertex = self
            .step
            .record(edge.reference(usize::from(!is_forward))?)?;
        vector(self.step, vertex.reference(0))
    }

    fn points_of(&self, record: &Record<'_>) -> Result<Vec<[f64; 3]>, Refusal> {
        let list = record
            .reference(0)
            .and_then(|id| self.step.record(id))
            .ok_or(BROKEN)?;
        Ok(point_list(&list))
    }

    fn polygons(&self, record: &Record<'_>, painter: &mut Painter<'_>) -> Result<(), Refusal> {
        let points = self.points_of(record)?;
        // Faces may count through a list of their own.
        let through: Vec<f64> = record.numbers(3);
        let corners = |numbers: &[f64]| -> Option<Vec<[f64; 3]>> {
            numbers
                .iter()
                .map(|number| {
                    let number = if through.is_empty() {
                        *number
                    } else {
                        *through.get((*number as usize).checked_sub(1)?)?
                    };
                    Some(painter.frame.point(point_at(&points, number)?))
                })
                .collect()
        };
        let mut faces = Vec::new();
        for face in record.references(2) {
            let face = self.step.record(face).ok_or(BROKEN)?;
            let mut rings = vec![corners(&face.numbers(0)).ok_or(BROKEN)?];
            for inner in items_of(face.value(1)) {
                let numbers: Vec<f64> =
                    items_of(Some(inner)).iter().filter_map(number_of).collect();
                rings.push(corners(&numbers).ok_or(BROKEN)?);
            }
            faces.push(rings);
        }
        faces.into_iter().try_for_each(|rings| painter.face(rings))
    }

    fn triangles(&self, record: &Record<'_>, painter: &mut Painter<'_>) -> Result<(), Refusal> {
        let points = self.points_of(record)?;
        let through: Vec<f64> = record.numbers(4);
        for triangle in items_of(record.value(3)) {
            let ring: Option<Vec<[f64; 3]>> = items_of(Some(triangle))
                .iter()
                .map(|number| {
                    let mut number = number_of(number)?;
                    if !through.is_empty() {
                        number = *through.get((number as usize).checked_sub(1)?)?;
                    }
                    Some(painter.frame.point(point_at(&points, number)?))
                })
                .collect();
            painter.face(vec![ring.ok_or(BROKEN)?])?;
        }
        Ok(())
    }

    fn mapped(
        &self,
        record: &Record<'_>,
        frame: &Frame,
        colour: Option<[u8; 4]>,
        depth: u8,
        body: &mut Body,
    ) -> Result<(), Refusal> {
        let source = record
            .reference(0)
            .and_then(|id| self.step.record(id))
            .ok_or(BROKEN)?;
        let frame = frame
            .with(&operator(self.step, record.reference(1)))
            .with(&axis_placement(self.step, source.reference(0)));
        let representation = source
            .reference(1)
            .and_then(|id| self.step.record(id))
            .ok_or(BROKEN)?;
        representation
            .references(3)
            .into_iter()
            .try_for_each(|item| self.item(item, &frame, colour, depth, body))
    }
}

/// Adds faces of one frame and colour to a body.
struct Painter<'a> {
    body: &'a mut Body,
    frame: &'a Frame,
    colour: Option<[u8; 4]>,
}

impl Painter<'_> {
    /// Adds a face whose rings are in the world already; rings without an area are left out.
    fn face(&mut self, mut rings: Vec<Vec<[f64; 3]>>) -> Result<(), Refusal> {
        if rings.first().is_none_or(|outer| outer.len() < 3) {
            return Ok(());
        }
        if self.body.faces.len() >= MAX_POLYGONS {
            return Err(TOO_LARGE);
        }
        rings.retain(|ring| ring.len() >= 3);
        self.body.faces.push(Face {
            rings,
            colour: self.colour,
        });
        Ok(())
    }
}

/// Colours by the item that is painted (`IfcStyledItem`).
pub(crate) fn colours_of(step: &Step, styled: &[u32]) -> BTreeMap<u32, [u8; 4]> {
    let mut colours = BTreeMap::new();
    for id in styled {
        let Some(record) = step.record(*id) else {
            continue;
        };
        let colour = record
            .references(1)
            .into_iter()
            .find_map(|style| colour_of(step, style, 4));
        if let (Some(item), Some(colour)) = (record.reference(0), colour) {
            colours.insert(item, colour);
        }
    }
    colours
}

/// The surface colour somewhere below a style.
fn colour_of(step: &Step, id: u32, depth: u8) -> Option<[u8; 4]> {
    let depth = depth.checked_sub(1)?;
    let record = step.record(id)?;
    match record.name.as_str() {
        "IFCPRESENTATIONSTYLEASSIGNMENT" => record
            .references(0)
            .into_iter()
            .find_map(|style| colour_of(step, style, depth)),
        "IFCSURFACESTYLE" => record
            .references(2)
            .into_iter()
            .find_map(|style| colour_of(step, style, depth)),
        "IFCSURFACESTYLERENDERING" | "IFCSURFACESTYLESHADING" => {
            let rgb = step.record(record.reference(0)?)?;
            let parts = [rgb.number(1)?, rgb.number(2)?, rgb.number(3)?];
            crate::cityjson::rgba_of(parts, record.number(1).unwrap_or_default())
        }
        _ => None,
    }
}
