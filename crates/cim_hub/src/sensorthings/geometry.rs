//! Geometries in `$filter`: WKT literals and GeoJSON values, compared in the plane of longitude and latitude.
//!
//! Distances and lengths are in degrees, as OData's functions over geographic coordinates give them without a unit
//! (18-088, table 12, takes them from there).

use serde_json::Value;

/// A place of the filter language.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Geometry {
    /// One position.
    Point([f64; 2]),
    /// A line.
    Line(Vec<[f64; 2]>),
    /// An area: its outer ring, and holes.
    Polygon(Vec<Vec<[f64; 2]>>),
}

/// The most positions that one geometry may have.
const MAX_POSITIONS: usize = 10_000;

impl Geometry {
    /// Reads `POINT (121.5 31.2)`, `LINESTRING (…)` or `POLYGON ((…))`; an SRID in front may be 4326 only.
    pub(crate) fn from_wkt(text: &str) -> Option<Self> {
        let upper = text.trim().to_ascii_uppercase();
        let upper = upper.strip_prefix("SRID=4326;").unwrap_or(&upper);
        let (kind, rest) = upper.split_once('(')?;
        let rest = rest.trim_end().strip_suffix(')')?;
        if rest.split(',').count() > MAX_POSITIONS {
            return None;
        }
        match kind.split_whitespace().next()? {
            "POINT" => Some(Self::Point(position(rest)?)),
            "LINESTRING" => line(rest).map(Self::Line),
            "POLYGON" => {
                let rings: Option<Vec<_>> = rest
                    .split(')')
                    .map(|ring| ring.trim().trim_start_matches(',').trim())
                    .filter(|ring| !ring.is_empty())
                    .map(|ring| line(ring.strip_prefix('(')?))
                    .collect();
                rings
                    .filter(|rings| rings.iter().all(|ring| ring.len() >= 4))
                    .filter(|rings| !rings.is_empty())
                    .map(Self::Polygon)
            }
            _ => None,
        }
    }

    /// Reads a GeoJSON geometry, or that of a feature.
    pub(crate) fn from_geojson(value: &Value) -> Option<Self> {
        if let Some(inner) = value.get("geometry") {
            return Self::from_geojson(inner);
        }
        let coordinates = value.get("coordinates")?;
        match value.get("type")?.as_str()? {
            "Point" => json_position(coordinates).map(Self::Point),
            "LineString" => json_line(coordinates).map(Self::Line),
            "Polygon" => {
                let rings: Option<Vec<_>> = coordinates.as_array()?.iter().map(json_line).collect();
                rings.filter(|rings| !rings.is_empty()).map(Self::Polygon)
            }
            _ => None,
        }
    }

    /// The shortest distance to another geometry, in degrees; 0 where they meet.
    pub(crate) fn distance(&self, other: &Self) -> f64 {
        if self.intersects(other) {
            return 0.0;
        }
        let mut best = f64::INFINITY;
        for (a, b) in self.edges() {
            for (c, d) in other.edges() {
                let ends = [
                    to_edge(a, c, d),
                    to_edge(b, c, d),
                    to_edge(c, a, b),
                    to_edge(d, a, b),
                ];
                best = ends.into_iter().fold(best, f64::min);
            }
        }
        best
    }

    /// The length of a line or of an outline, in degrees; 0 for a point.
    pub(crate) fn length(&self) -> f64 {
        self.edges().iter().map(|(a, b)| between(*a, *b)).sum()
    }

    /// True when the two have a position in common.
    pub(crate) fn intersects(&self, other: &Self) -> bool {
        let crossing = self
            .edges()
            .iter()
            .any(|(a, b)| other.edges().iter().any(|(c, d)| meet(*a, *b, *c, *d)));
        crossing || self.holds_start_of(other) || other.holds_start_of(self)
    }

    /// True when every position of this lies in `other`.
    pub(crate) fn within(&self, other: &Self) -> bool {
        match other {
            Self::Point(_) => self == other,
            Self::Line(_) => self
                .positions()
                .all(|position| Self::Point(position).intersects(other)),
            Self::Polygon(rings) => {
                let inside = self
                    .positions()
                    .all(|position| contains(rings, position) || on_outline(rings, position));
                let leaves = self.edges().iter().any(|(a, b)| {
                    let middle = [f64::midpoint(a[0], b[0]), f64::midpoint(a[1], b[1])];
                    !contains(rings, middle) && !on_outline(rings, middle)
                });
                inside && !leaves
            }
        }
    }

    fn holds_start_of(&self, other: &Self) -> bool {
        match (self, other.positions().next()) {
            (Self::Polygon(rings), Some(start)) => contains(rings, start),
            _ => false,
        }
    }

    fn positions(&self) -> impl Iterator<Item = [f64; 2]> + '_ {
        let lines: Vec<&[[f64; 2]]> = match self {
            Self::Point(position) => vec![std::slice::from_ref(position)],
            Self::Line(line) => vec![line.as_slice()],
            Self::Polygon(rings) => rings.iter().map(Vec::as_slice).collect(),
        };
        lines.into_iter().flatten().copied()
    }

    /// Its edges; a point is an edge without length.
    fn edges(&self) -> Vec<([f64; 2], [f64; 2])> {
        let pairs = |line: &[[f64; 2]]| -> Vec<([f64; 2], [f64; 2])> {
            line.iter()
                .copied()
                .zip(line.iter().copied().skip(1))
                .collect()
        };
        match self {
            Self::Point(position) => vec![(*position, *position)],
            Self::Line(line) => pairs(line),
            Self::Polygon(rings) => rings.iter().flat_map(|ring| pairs(ring)).collect(),
        }
    }
}

fn position(text: &str) -> Option<[f64; 2]> {
    let mut words = text.split_whitespace().map(str::parse::<f64>);
    let (x, y) = (words.next()?.ok()?, words.next()?.ok()?);
    (x.is_finite() && y.is_finite()).then_some([x, y])
}

fn line(text: &str) -> Option<Vec<[f64; 2]>> {
    let line: Option<Vec<_>> = text.split(',').map(position).collect();
    line.filter(|line| line.len() >= 2)
}

fn json_position(value: &Value) -> Option<[f64; 2]> {
    let items = value.as_array()?;
    Some([items.first()?.as_f64()?, items.get(1)?.as_f64()?])
}

fn json_line(value: &Value) -> Option<Vec<[f64; 2]>> {
    let items = value.as_array()?;
    if items.len() > MAX_POSITIONS {
        return None;
    }
    let line: Option<Vec<_>> = items.iter().map(json_position).collect();
    line.filter(|line| line.len() >= 2)
}

fn between(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

fn to_edge(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let square = dx * dx + dy * dy;
    let along = if square > 0.0 {
        (((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / square).clamp(0.0, 1.0)
    } else {
        0.0
    };
    between(p, [a[0] + along * dx, a[1] + along * dy])
}

fn side(a: [f64; 2], b: [f64; 2], p: [f64; 2]) -> f64 {
    (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
}

fn on_edge(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> bool {
    to_edge(p, a, b) <= 1e-12
}

fn meet(a: [f64; 2], b: [f64; 2], c: [f64; 2], d: [f64; 2]) -> bool {
    let crosses = side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0;
    crosses || on_edge(a, c, d) || on_edge(b, c, d) || on_edge(c, a, b) || on_edge(d, a, b)
}

/// Inside by the even-odd rule, so that holes are outside.
fn contains(rings: &[Vec<[f64; 2]>], p: [f64; 2]) -> bool {
    let mut inside = false;
    for ring in rings {
        for (a, b) in ring.iter().zip(ring.iter().skip(1)) {
            let spans = (a[1] > p[1]) != (b[1] > p[1]);
            if spans && p[0] < (b[0] - a[0]) * (p[1] - a[1]) / (b[1] - a[1]) + a[0] {
                inside = !inside;
            }
        }
    }
    inside
}

fn on_outline(rings: &[Vec<[f64; 2]>], p: [f64; 2]) -> bool {
    rings.iter().any(|ring| {
        ring.iter()
            .zip(ring.iter().skip(1))
            .any(|(a, b)| on_edge(p, *a, *b))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wkt(text: &str) -> Geometry {
        Geometry::from_wkt(text).expect(text)
    }

    #[test]
    fn literals_and_values_are_read_and_nonsense_is_not() {
        assert_eq!(wkt("point (1 2)"), Geometry::Point([1.0, 2.0]));
        assert_eq!(
            Geometry::from_geojson(&json!({"type": "Point", "coordinates": [1, 2, 3]})),
            Some(Geometry::Point([1.0, 2.0]))
        );
        assert!(matches!(
            wkt("POLYGON((0 0,4 0,4 4,0 4,0 0),(1 1,2 1,2 2,1 1))"),
            Geometry::Polygon(rings) if rings.len() == 2
        ));
        for wrong in [
            "POINT (1)",
            "POINT 1 2",
            "CIRCLE (1 2)",
            "POLYGON ((0 0, 1 1))",
            "POINT (x y)",
        ] {
            assert_eq!(Geometry::from_wkt(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn places_are_inside_beside_and_apart() {
        let square = wkt("POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))");
        let holed = wkt("POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 3 1, 3 3, 1 3, 1 1))");
        let middle = wkt("POINT (2 2)");
        assert!(middle.within(&square) && middle.intersects(&square));
        assert!(!middle.within(&holed) && !middle.intersects(&holed));
        assert!((wkt("POINT (7 2)").distance(&square) - 3.0).abs() < 1e-12);
        assert!(wkt("LINESTRING (-1 2, 5 2)").intersects(&square));
        assert!(!wkt("LINESTRING (-1 2, 5 2)").within(&square));
        assert!((square.length() - 16.0).abs() < 1e-12);
        assert!((wkt("POINT (0 0)").distance(&wkt("POINT (3 4)")) - 5.0).abs() < 1e-12);
    }
}
