//! Geometries of GML 3.1 and 3.2 as CityGML uses them.

use super::xml::Element;
use crate::feature::SurfaceRole;
use std::collections::BTreeMap;

/// References are followed so many times from one another.
const MAX_HOPS: u8 = 8;

/// A ring with its own id, by which textures name it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ring {
    pub(crate) id: Option<String>,
    pub(crate) corners: Vec<[f64; 3]>,
    /// True for a ring that is gone round against its own direction.
    pub(crate) is_turned: bool,
}

/// A polygon in the file's own coordinates.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Polygon {
    pub(crate) id: Option<String>,
    pub(crate) rings: Vec<Ring>,
    pub(crate) role: SurfaceRole,
    pub(crate) colour: Option<[u8; 4]>,
}

/// What a geometry property holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Shapes {
    pub(crate) polygons: Vec<Polygon>,
    pub(crate) lines: Vec<Vec<[f64; 3]>>,
    pub(crate) points: Vec<[f64; 3]>,
    /// Coordinates that are no numbers, or references to nothing.
    pub(crate) problem: Option<&'static str>,
}

/// Elements by their id, and colours by the id of what they are on.
#[derive(Debug, Default)]
pub(crate) struct Index<'a> {
    pub(crate) elements: BTreeMap<&'a str, &'a Element>,
    pub(crate) colours: BTreeMap<String, [u8; 4]>,
    /// The roles of polygons, by their id.
    pub(crate) roles: BTreeMap<&'a str, SurfaceRole>,
}

/// Collects what is below a geometry property.
pub(crate) struct Collector<'a, 'b> {
    pub(crate) index: &'b Index<'a>,
    pub(crate) role: SurfaceRole,
    pub(crate) shapes: &'b mut Shapes,
    /// So many elements may still be come by through references, which could multiply them.
    pub(crate) budget: usize,
}

/// Elements that one object may come by through references.
pub(crate) const MAX_REFERRED: usize = 4_000_000;

/// How an element is come by.
#[derive(Clone, Copy)]
struct Route {
    colour: Option<[u8; 4]>,
    is_turned: bool,
    is_referred_to: bool,
    hops: u8,
}

impl Collector<'_, '_> {
    /// Takes everything below `property`.
    pub(crate) fn take(&mut self, property: &Element) {
        self.walk(
            property,
            Route {
                colour: None,
                is_turned: false,
                is_referred_to: false,
                hops: MAX_HOPS,
            },
        );
    }

    fn walk(&mut self, element: &Element, mut route: Route) {
        if route.is_referred_to {
            let Some(left) = self.budget.checked_sub(1) else {
                self.shapes.problem = Some("its geometry refers to too many others");
                return;
            };
            self.budget = left;
        }
        let own = element.id().and_then(|id| self.index.colours.get(id));
        route.colour = own.copied().or(route.colour);
        match element.name.as_str() {
            "Polygon" | "PolygonPatch" | "Triangle" | "Rectangle" => self.polygon(element, route),
            "LineString" | "LineStringSegment" | "Curve" | "LinearRing"
                if has_positions(element) =>
            {
                match positions(element) {
                    Some(line) => self.shapes.lines.push(line),
                    None => self.shapes.problem = Some(NO_NUMBER),
                }
            }
            "Point" => match positions(element) {
                Some(points) => self.shapes.points.extend(points.first()),
                None => self.shapes.problem = Some(NO_NUMBER),
            },
            "OrientableSurface" => {
                route.is_turned ^= element.attribute("orientation") == Some("-");
                self.inside(element, route);
            }
            _ => self.inside(element, route),
        }
    }

    fn inside(&mut self, element: &Element, route: Route) {
        if let Some(id) = element.href() {
            let target = self.index.elements.get(id).copied();
            match (target, route.hops.checked_sub(1)) {
                (Some(target), Some(hops)) => self.walk(
                    target,
                    Route {
                        hops,
                        is_referred_to: true,
                        ..route
                    },
                ),
                _ => self.shapes.problem = Some("a reference of its geometry leads nowhere"),
            }
        }
        for child in &element.children {
            self.walk(child, route);
        }
    }

    fn polygon(&mut self, element: &Element, route: Route) {
        let mut rings = Vec::new();
        for child in &element.children {
            if !matches!(
                child.name.as_str(),
                "exterior" | "interior" | "outerBoundaryIs" | "innerBoundaryIs"
            ) {
                continue;
            }
            let ring = child.child("LinearRing").or_else(|| child.child("Ring"));
            let Some(corners) = ring.and_then(positions) else {
                self.shapes.problem = Some(NO_NUMBER);
                return;
            };
            let mut ring = Ring {
                id: ring.and_then(Element::id).map(str::to_owned),
                corners,
                is_turned: route.is_turned,
            };
            if route.is_turned {
                ring.corners.reverse();
            }
            rings.push(ring);
        }
        // A solid refers to the polygons of its walls and roofs, which keep the role that they have there.
        let known = element
            .id()
            .and_then(|id| self.index.roles.get(id))
            .copied();
        let role = if route.is_referred_to {
            known.unwrap_or(self.role)
        } else {
            self.role
        };
        self.shapes.polygons.push(Polygon {
            id: element.id().map(str::to_owned),
            rings,
            role,
            colour: route.colour,
        });
    }
}

const NO_NUMBER: &str = "a coordinate is not a number";

fn has_positions(element: &Element) -> bool {
    ["posList", "pos", "coordinates", "pointProperty", "coord"]
        .iter()
        .any(|name| element.child(name).is_some())
}

/// The positions directly in a ring, line or point; `None` when one is not made of numbers.
pub(crate) fn positions(element: &Element) -> Option<Vec<[f64; 3]>> {
    let mut found = Vec::new();
    for child in &element.children {
        match child.name.as_str() {
            "posList" => found.extend(rows(child, &child.text)?),
            "pos" => found.extend(rows(child, &child.text)?.first().copied()),
            "coordinates" => found.extend(tuples(child)?),
            "coord" => {
                let part = |name: &str| child.child(name)?.trimmed().parse::<f64>().ok();
                found.push([part("X")?, part("Y")?, part("Z").unwrap_or_default()]);
            }
            // Rings of curves, and points by property.
            "pointProperty" | "Point" | "curveMember" | "LineString" | "segments"
            | "LineStringSegment" | "Curve" => {
                found.extend(positions(child)?);
            }
            _ => {}
        }
    }
    Some(found)
}

/// Numbers in rows of two or three.
fn rows(element: &Element, text: &str) -> Option<Vec<[f64; 3]>> {
    let numbers: Vec<f64> = text
        .split_ascii_whitespace()
        .map(|word| word.parse().ok())
        .collect::<Option<_>>()?;
    let stated = element
        .attribute("srsDimension")
        .or_else(|| element.attribute("dimension"))
        .and_then(|text| text.parse::<usize>().ok());
    let by_count = if numbers.len() == 2 { 2 } else { 3 };
    let size = stated
        .filter(|size| (2..=3).contains(size))
        .unwrap_or(by_count);
    if numbers.is_empty() || !numbers.len().is_multiple_of(size) {
        return None;
    }
    Some(
        numbers
            .chunks_exact(size)
            .map(|row| match *row {
                [x, y, z] => [x, y, z],
                [x, y] => [x, y, 0.0],
                _ => [f64::NAN; 3],
            })
            .collect(),
    )
}

/// GML 2's `x,y,z x,y,z`.
fn tuples(element: &Element) -> Option<Vec<[f64; 3]>> {
    element
        .text
        .split_ascii_whitespace()
        .map(|tuple| {
            let mut row = [0.0; 3];
            let mut count = 0;
            for (own, word) in row.iter_mut().zip(tuple.split(',')) {
                *own = word.parse().ok()?;
                count += 1;
            }
            (count >= 2).then_some(row)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(name: &str, text: &str, children: Vec<Element>) -> Element {
        Element {
            name: name.to_owned(),
            text: text.to_owned(),
            children,
            ..Element::default()
        }
    }

    #[test]
    fn positions_are_read_however_they_are_written() {
        let expected = Some(vec![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        for children in [
            vec![element("posList", "1 2 3\n 4 5 6 ", vec![])],
            vec![
                element("pos", "1 2 3", vec![]),
                element("pos", "4 5 6", vec![]),
            ],
            vec![element("coordinates", "1,2,3 4,5,6", vec![])],
        ] {
            assert_eq!(positions(&element("LinearRing", "", children)), expected);
        }
        for text in ["1 2 x", "1 2 3 4", ""] {
            let ring = element("LinearRing", "", vec![element("posList", text, vec![])]);
            assert_eq!(positions(&ring), None, "{text}");
        }
    }

    #[test]
    fn a_reference_in_a_circle_ends() {
        let mut a = element("surfaceMember", "", vec![]);
        a.set_href("#m");
        let mut whole = element("MultiSurface", "", vec![a]);
        whole.set_id("m");
        let index = Index {
            elements: BTreeMap::from([("m", &whole)]),
            ..Index::default()
        };
        let mut shapes = Shapes::default();
        Collector {
            index: &index,
            role: SurfaceRole::Other,
            shapes: &mut shapes,
            budget: MAX_REFERRED,
        }
        .take(&whole);
        assert!(shapes.problem.is_some() && shapes.polygons.is_empty());
    }
}
