//! From a city object to a feature of the import (CityJSON 2.0, section 2).

use super::geometry::{Built, Geometry, NO_VERTEX, Shared, Space};
use super::json::Json;
use super::kinds::{ObjectKind, base_of, kind_of};
use super::placing::Placing;
use super::vertices::Vertices;
use crate::door::Refusal;
use crate::feature::{Area, LonLat, Shape, SourceFeature, Tags};
use crate::ledger::Ledger;
use crate::request::ImportError;
use std::collections::BTreeMap;

/// Attributes are flattened so many levels deep; what is deeper is left out.
const MAX_DEPTH: u8 = 8;
/// Places of vertices that are kept while an object is built.
const MAX_PLACES: usize = 1 << 20;
/// What the ledger says of an object without a shape.
pub(crate) const NO_GEOMETRY: Refusal = "the feature has no geometry";

/// Scale and shift of a file's vertices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Transform {
    scale: [f64; 3],
    translate: [f64; 3],
}

impl Transform {
    /// The transform that changes nothing.
    pub(crate) const NONE: Self = Self {
        scale: [1.0; 3],
        translate: [0.0; 3],
    };

    /// Reads the member `transform`; `None` when its numbers are none.
    pub(crate) fn of(json: &Json) -> Option<Self> {
        let row = |key| json.get(key).map(Json::row);
        let transform = Self {
            scale: row("scale")?,
            translate: row("translate")?,
        };
        let is_usable = transform
            .scale
            .iter()
            .all(|part| part.is_finite() && *part != 0.0)
            && transform.translate.iter().all(|part| part.is_finite());
        is_usable.then_some(transform)
    }

    /// A vertex in the file's system of coordinates.
    pub(crate) fn apply(&self, at: [f64; 3]) -> [f64; 3] {
        let mut point = self.translate;
        for (own, (part, scale)) in point.iter_mut().zip(at.iter().zip(self.scale)) {
            *own += part * scale;
        }
        point
    }
}

/// What all objects of a file share.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) file: &'a str,
    pub(crate) placing: &'a Placing,
    pub(crate) transform: Transform,
    /// The level of detail that was asked for.
    pub(crate) lod: Option<f64>,
    /// Why no geometry of this file can be placed, if so.
    pub(crate) refusal: Option<Refusal>,
}

/// A feature, or what stands in its way.
#[derive(Debug)]
pub(crate) enum Outcome {
    Feature(Box<SourceFeature>),
    /// An object without geometry that has children: its place is where they are.
    Parent(Box<SourceFeature>),
    /// Groups of objects: nothing of their own.
    Group,
    Refused(Refusal),
}

/// Makes a feature of the object `id`.
pub(crate) fn feature_of(
    id: &str,
    object: Json,
    context: &Context<'_>,
    shared: &Shared,
    vertices: &mut Vertices,
    ledger: &mut Ledger,
) -> Result<Outcome, ImportError> {
    let place = place_of(context.file, id);
    let Json::Map(mut members) = object else {
        return Ok(Outcome::Refused("the city object is no JSON object"));
    };
    let Some(kind) = object_kind(&members, &place, ledger) else {
        return Ok(Outcome::Refused("the city object has no type"));
    };
    let geometries = match members.remove("geometry") {
        Some(Json::List(geometries)) => geometries,
        None | Some(Json::Null) => Vec::new(),
        Some(_) => return Ok(Outcome::Refused("its geometry is not a list")),
    };
    let mut feature = SourceFeature {
        id: id.to_owned(),
        tags: tags_of(&members, kind),
        shape: Shape::Points(Vec::new()),
        hint: kind.hint(),
        level: None,
        parent: parent_of(&members),
        place,
    };
    if geometries.is_empty() {
        let has_children = ["children", "members"].iter().any(|key| {
            members
                .get(*key)
                .is_some_and(|list| !list.items().is_empty())
        });
        return Ok(if kind.name == "CityObjectGroup" {
            Outcome::Group
        } else if has_children {
            Outcome::Parent(Box::new(feature))
        } else {
            Outcome::Refused(NO_GEOMETRY)
        });
    }
    if let Some(refusal) = context.refusal {
        return Ok(Outcome::Refused(refusal));
    }
    let (built, lod) = match built_of(geometries, context, shared, vertices)? {
        Ok(built) => built,
        Err(refusal) => return Ok(Outcome::Refused(refusal)),
    };
    note_losses(&built, &feature.place, ledger);
    let Some((shape, is_model)) = shape_of(built, kind, lod) else {
        return Ok(Outcome::Refused(NO_GEOMETRY));
    };
    feature.level = if is_model { kind.level(lod) } else { None };
    feature.shape = shape;
    Ok(Outcome::Feature(Box::new(feature)))
}

/// Builds what is taken of an object's geometries; the outer error is a working file that cannot be read.
fn built_of(
    geometries: Vec<Json>,
    context: &Context<'_>,
    shared: &Shared,
    vertices: &mut Vertices,
) -> Result<Result<(Built, f64), Refusal>, ImportError> {
    let mut places = Places {
        context,
        vertices,
        known: BTreeMap::new(),
        failure: None,
    };
    let chosen = choose(geometries, context.lod, shared, &mut places);
    match places.failure {
        Some(reason) => Err(ImportError::Unwritable {
            path: context.file.into(),
            reason,
        }),
        None => Ok(chosen),
    }
}

/// Counts what had to be left out of a geometry.
pub(crate) fn note_losses(built: &Built, place: &str, ledger: &mut Ledger) {
    if built.lost_ring {
        ledger.repair(
            "a ring or line of its geometry has too few corners; left out",
            place,
        );
    }
    if built.lost_image {
        ledger.repair(
            "an image, or its place on a surface, is not there; drawn without it",
            place,
        );
    }
}

/// Where an object is, for messages.
pub(crate) fn place_of(file: &str, id: &str) -> String {
    format!("{file}, object {id}")
}

fn object_kind(
    members: &BTreeMap<String, Json>,
    place: &str,
    ledger: &mut Ledger,
) -> Option<ObjectKind> {
    let name = members.get("type")?.text()?;
    if let Some(kind) = kind_of(name) {
        return Some(kind);
    }
    if !name.starts_with('+') {
        ledger.note(
            "its type is not one of CityJSON's; taken by its name",
            place,
        );
    }
    Some(base_of(name))
}

fn parent_of(members: &BTreeMap<String, Json>) -> Option<String> {
    match members.get("parents").or_else(|| members.get("parent"))? {
        Json::Text(parent) => Some(parent.clone()),
        other => other.items().first()?.text().map(str::to_owned),
    }
}

/// Attributes and address as tags.
fn tags_of(members: &BTreeMap<String, Json>, kind: ObjectKind) -> Tags {
    let mut tags = Tags::default();
    if let Some(attributes) = members.get("attributes").and_then(Json::map) {
        flatten("", attributes, MAX_DEPTH, &mut tags);
    }
    let address = members.get("address").or_else(|| {
        members
            .get("attributes")
            .and_then(|attributes| attributes.get("address"))
    });
    let first = match address {
        Some(Json::List(addresses)) => addresses.first(),
        other => other,
    };
    if let Some(address) = first.and_then(Json::map) {
        for (own, key) in ADDRESS {
            if let Some(value) = find_in(address, own, MAX_DEPTH) {
                tags.0.entry(key.to_owned()).or_insert(value);
            }
        }
    }
    kind.say_in(&mut tags);
    tags
}

/// Parts of an address as CityJSON and xAL call them, and as tags do.
pub(crate) const ADDRESS: [(&str, &str); 14] = [
    ("country", "addr:country"),
    ("CountryName", "addr:country"),
    ("locality", "addr:city"),
    ("LocalityName", "addr:city"),
    ("thoroughfareName", "addr:street"),
    ("ThoroughfareName", "addr:street"),
    ("thoroughfareNumber", "addr:housenumber"),
    ("ThoroughfareNumber", "addr:housenumber"),
    ("postcode", "addr:postcode"),
    ("Postcode", "addr:postcode"),
    ("PostalCodeNumber", "addr:postcode"),
    ("PostCode", "addr:postcode"),
    ("Number", "addr:housenumber"),
    ("NameElement", "addr:street"),
];

/// The scalar called `key`, however deep.
fn find_in(members: &BTreeMap<String, Json>, key: &str, depth: u8) -> Option<String> {
    if let Some(value) = members.get(key).and_then(Json::scalar) {
        return Some(value);
    }
    members
        .values()
        .filter_map(Json::map)
        .find_map(|inside| find_in(inside, key, depth.checked_sub(1)?))
}

/// Nested attributes as `outer.inner`.
fn flatten(prefix: &str, members: &BTreeMap<String, Json>, depth: u8, tags: &mut Tags) {
    for (key, value) in members {
        let key = if prefix.is_empty() {
            key.clone()
        } else {
            format!("{prefix}.{key}")
        };
        flatten_value(key, value, depth, tags);
    }
}

fn flatten_value(key: String, value: &Json, depth: u8, tags: &mut Tags) {
    if let Some(text) = value.scalar() {
        tags.0.insert(key, text);
        return;
    }
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    if let Some(inside) = value.map() {
        flatten(&key, inside, depth, tags);
        return;
    }
    let scalars: Vec<String> = value.items().iter().filter_map(Json::scalar).collect();
    if !scalars.is_empty() {
        tags.0.insert(key.clone(), scalars.join("; "));
    }
    for (number, item) in value.items().iter().enumerate() {
        if let Some(inside) = item.map() {
            flatten(&format!("{key}.{number}"), inside, depth, tags);
        }
    }
}

/// Builds the geometries of the level of detail that is taken: the best one up to what was asked for, bodies before lines
/// and points. One that is broken gives way to the next best, and is the reason when there is none.
fn choose(
    geometries: Vec<Json>,
    wanted: Option<f64>,
    shared: &Shared,
    places: &mut Places<'_>,
) -> Result<(Built, f64), Refusal> {
    let mut first_refusal = None;
    let mut readable: Vec<Geometry> = Vec::new();
    for geometry in geometries {
        match Geometry::of(geometry, &shared.appearance) {
            Ok(geometry) => readable.push(geometry),
            Err(refusal) => first_refusal = first_refusal.or(Some(refusal)),
        }
    }
    // Higher is better; what is beyond the level that was asked for comes last, the nearest of it first.
    let worth = |geometry: &Geometry| {
        let lod = geometry.lod(shared);
        let is_beyond = wanted.is_some_and(|wanted| lod > wanted + 1e-9);
        let rank = if is_beyond { -1000.0 - lod } else { lod };
        (geometry.is_body(shared), rank)
    };
    readable.sort_by(|a, b| {
        let (a, b) = (worth(a), worth(b));
        b.0.cmp(&a.0).then(b.1.total_cmp(&a.1))
    });
    let mut rest = readable.as_slice();
    while let Some(best) = rest.first() {
        let (is_body, lod) = (best.is_body(shared), best.lod(shared));
        let count = rest
            .iter()
            .take_while(|other| {
                other.is_body(shared) == is_body && (other.lod(shared) - lod).abs() < 1e-9
            })
            .count()
            .max(1);
        let (equal, others) = rest.split_at(count);
        let mut built = Built::default();
        let outcome = equal
            .iter()
            .try_for_each(|geometry| geometry.build(shared, places, &mut built));
        match outcome {
            Ok(()) => return Ok((built, lod)),
            Err(refusal) => first_refusal = first_refusal.or(Some(refusal)),
        }
        rest = others;
    }
    Err(first_refusal.unwrap_or(NO_GEOMETRY))
}

/// The shape for the import, and whether it is a model in space.
pub(crate) fn shape_of(built: Built, kind: ObjectKind, lod: f64) -> Option<(Shape, bool)> {
    let flat = |at: &[f64; 3]| -> LonLat { [at[0], at[1]] };
    let ring = |ring: &Vec<[f64; 3]>| -> Vec<LonLat> { ring.iter().map(flat).collect() };
    if !built.surfaces.is_empty() {
        // A footprint is raised to the height that the building states.
        if kind.is_building() && lod < 1.0 && is_flat(&built) {
            let areas = built
                .surfaces
                .iter()
                .filter_map(|surface| {
                    let (outer, inner) = surface.rings.split_first()?;
                    Some(Area {
                        outer: ring(outer),
                        inner: inner.iter().map(ring).collect(),
                    })
                })
                .collect();
            return Some((Shape::Areas(areas), false));
        }
        return Some((Shape::Surfaces(built.surfaces), true));
    }
    if !built.lines.is_empty() {
        return Some((Shape::Lines(built.lines.iter().map(ring).collect()), false));
    }
    let points: Vec<LonLat> = built.points.iter().map(flat).collect();
    (!points.is_empty()).then_some((Shape::Points(points), false))
}

/// True when every surface lies at one height.
fn is_flat(built: &Built) -> bool {
    built.surfaces.iter().all(|surface| {
        let mut heights = surface.rings.iter().flatten().map(|at| at[2]);
        let first = heights.next().unwrap_or_default();
        heights.all(|height| (height - first).abs() < 0.01)
    })
}

/// Places of vertices, each converted once for an object.
struct Places<'a> {
    context: &'a Context<'a>,
    vertices: &'a mut Vertices,
    known: BTreeMap<u32, [f64; 3]>,
    /// The working file that vertices lie in could not be read.
    failure: Option<std::io::Error>,
}

impl Places<'_> {
    fn point(&mut self, index: u32) -> Result<[f64; 3], Refusal> {
        match self.vertices.get(index) {
            Ok(Some(row)) => Ok(self.context.transform.apply(row)),
            Ok(None) => Err(NO_VERTEX),
            Err(error) => {
                self.failure = Some(error);
                Err("a working file of the import cannot be read")
            }
        }
    }
}

impl Space for Places<'_> {
    fn place(&mut self, index: u32) -> Result<[f64; 3], Refusal> {
        if let Some(place) = self.known.get(&index) {
            return Ok(*place);
        }
        let point = self.point(index)?;
        let place = self.context.placing.place(point)?;
        if self.known.len() >= MAX_PLACES {
            self.known.clear();
        }
        self.known.insert(index, place);
        Ok(place)
    }

    fn place_beside(&mut self, index: u32, by: [f64; 3]) -> Result<[f64; 3], Refusal> {
        let point = self.point(index)?;
        self.context.placing.place_beside(point, by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cityjson::json::Within;
    use crate::cityjson::placing::Naming;
    use crate::request::ImportRequest;
    use serde::de::DeserializeSeed;
    use std::path::Path;

    fn json(text: &str) -> Json {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        Within::Object.deserialize(&mut deserializer).expect("JSON")
    }

    fn outcome(text: &str, lod: Option<f64>) -> Outcome {
        let request = ImportRequest::new(Vec::new(), "out".into());
        let mut vertices = Vertices::of(vec![
            [0.0, 0.0, 0.0],
            [10.0, 0.0, 0.0],
            [0.0, 10.0, 0.0],
            [0.0, 0.0, 10.0],
        ]);
        let placing = Placing::of(
            Path::new("a.json"),
            &request,
            None,
            Naming::Map,
            vertices.extent(),
        )
        .expect("local");
        let context = Context {
            file: "a.json",
            placing: &placing,
            transform: Transform::NONE,
            lod,
            refusal: None,
        };
        feature_of(
            "o1",
            json(text),
            &context,
            &Shared::default(),
            &mut vertices,
            &mut Ledger::default(),
        )
        .expect("no working file is needed")
    }

    const TWO_LODS: &str = r#"{"type":"Building","parents":["b"],
        "attributes":{"name":"Tower","class":"1000","owner":{"name":"City","since":1990},"uses":["a","b"]},
        "address":[{"country":"NL","thoroughfareName":"Dam"}],
        "geometry":[
          {"type":"MultiSurface","lod":"0","boundaries":[[[0,1,2]]]},
          {"type":"MultiSurface","lod":"2.2","boundaries":[[[0,1,3]],[[1,2,3]]]},
          {"type":"MultiSurface","lod":"3","boundaries":[[[0,1,77]]]}]}"#;

    #[track_caller]
    fn feature(text: &str, lod: Option<f64>) -> SourceFeature {
        match outcome(text, lod) {
            Outcome::Feature(feature) => *feature,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_best_usable_level_of_detail_is_taken() {
        let best = feature(TWO_LODS, None);
        assert!(matches!(&best.shape, Shape::Surfaces(surfaces) if surfaces.len() == 2));
        assert_eq!(best.parent.as_deref(), Some("b"));
        let footprint = feature(TWO_LODS, Some(1.0));
        assert!(matches!(&footprint.shape, Shape::Areas(areas) if areas.len() == 1));
        assert_eq!(footprint.level, None);
    }

    #[test]
    fn attributes_become_tags() {
        let tags = feature(TWO_LODS, None).tags;
        for (key, value) in [
            ("name", "Tower"),
            ("owner.name", "City"),
            ("owner.since", "1990"),
            ("uses", "a; b"),
            ("addr:country", "NL"),
            ("addr:street", "Dam"),
            ("citymodel:class", "1000"),
            ("class", "building"),
        ] {
            assert_eq!(tags.get(key), Some(value), "{key}");
        }
    }

    #[test]
    fn an_object_that_cannot_be_used_says_why() {
        let refusal = |text: &str| match outcome(text, None) {
            Outcome::Refused(refusal) => refusal,
            other => panic!("{other:?}"),
        };
        assert_eq!(refusal(r#"{"type":"Road"}"#), NO_GEOMETRY);
        assert_eq!(refusal(r#"{"geometry":[]}"#), "the city object has no type");
        assert_eq!(refusal("3"), "the city object is no JSON object");
        assert_eq!(
            refusal(r#"{"type":"Road","geometry":{}}"#),
            "its geometry is not a list"
        );
        assert_eq!(
            refusal(
                r#"{"type":"Road","geometry":[{"type":"MultiSurface","boundaries":[[[0,1,9]]]}]}"#
            ),
            NO_VERTEX
        );
        assert!(matches!(
            outcome(r#"{"type":"CityObjectGroup","children":["a"]}"#, None),
            Outcome::Group
        ));
        assert!(matches!(
            outcome(r#"{"type":"Building","children":["a"]}"#, None),
            Outcome::Parent(_)
        ));
    }

    #[test]
    fn a_transform_needs_numbers() {
        let transform = json(r#"{"scale":[0.001,0.001,0.001],"translate":[10,20,30]}"#);
        let point = Transform::of(&transform)
            .expect("numbers")
            .apply([1000.0, 2000.0, 3000.0]);
        assert!((point[0] - 11.0).abs() < 1e-9 && (point[2] - 33.0).abs() < 1e-9);
        assert_eq!(Transform::of(&json(r#"{"scale":[1,1,1]}"#)), None);
        assert_eq!(
            Transform::of(&json(r#"{"scale":[0,1,1],"translate":[0,0,0]}"#)),
            None
        );
    }
}
