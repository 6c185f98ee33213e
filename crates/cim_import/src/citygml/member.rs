//! From a member of a city model to features: the object, and the objects that it consists of.

use super::gml::{Collector, Index, MAX_REFERRED, Polygon, Shapes, positions};
use super::looks::Looks;
use super::xml::Element;
use crate::cityjson::kinds::{ObjectKind, base_of, kind_of};
use crate::cityjson::placing::Placing;
use crate::cityjson::{ADDRESS, Built, NO_GEOMETRY, note_losses, role_of, shape_of, turned};
use crate::door::Refusal;
use crate::feature::{Shape, SourceFeature, Surface, SurfaceRole, SurfaceTexture, Tags};
use crate::ledger::Ledger;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What all members of a file share.
pub(crate) struct Context<'a> {
    pub(crate) path: &'a Path,
    pub(crate) file: &'a str,
    pub(crate) placing: &'a Placing,
    pub(crate) lod: Option<f64>,
    /// Looks that stand outside of their objects.
    pub(crate) looks: &'a Looks,
}

/// The features of the object `element`: itself first, then its parts.
pub(crate) fn features_of(
    element: &Element,
    number: u64,
    context: &Context<'_>,
    ledger: &mut Ledger,
) -> Vec<SourceFeature> {
    let mut own_looks = Looks::default();
    element.each(&mut |inside| {
        if inside.name == "Appearance" {
            own_looks.take(inside, context.path);
        }
    });
    let mut index = Index {
        colours: colours_of(context.looks, &own_looks, element),
        ..Index::default()
    };
    element.each(&mut |inside| {
        if let Some(id) = inside.id() {
            index.elements.entry(id).or_insert(inside);
        }
    });
    note_roles(element, SurfaceRole::Other, &mut index.roles);
    let mut member = Member {
        context,
        index,
        own_looks,
        ledger,
        features: Vec::new(),
    };
    member.object(element, &format!("m{number}"), None);
    member.features
}

/// The colours that matter to one member.
fn colours_of(shared: &Looks, own: &Looks, element: &Element) -> BTreeMap<String, [u8; 4]> {
    let mut colours = own.colours.clone();
    if shared.colours.is_empty() {
        return colours;
    }
    element.each(&mut |inside| {
        let known = inside.id().and_then(|id| shared.colours.get_key_value(id));
        if let Some((id, colour)) = known {
            colours.entry(id.clone()).or_insert(*colour);
        }
    });
    colours
}

/// Notes for each polygon the thematic surface that it stands in.
fn note_roles<'a>(
    element: &'a Element,
    role: SurfaceRole,
    roles: &mut BTreeMap<&'a str, SurfaceRole>,
) {
    let own = if element.name.ends_with("Surface") && is_thematic(element) {
        role_of(&element.name)
    } else {
        role
    };
    if element.name == "Polygon"
        && let Some(id) = element.id()
    {
        roles.insert(id, own);
    }
    for child in &element.children {
        note_roles(child, own, roles);
    }
}

/// True for `WallSurface` and its like, false for GML's `MultiSurface`, `CompositeSurface` and `OrientableSurface`, and for
/// properties such as `lod2MultiSurface`, which begin with a small letter.
fn is_thematic(element: &Element) -> bool {
    let is_object = element.name.starts_with(char::is_uppercase);
    is_object
        && !matches!(
            element.name.as_str(),
            "MultiSurface"
                | "CompositeSurface"
                | "OrientableSurface"
                | "TriangulatedSurface"
                | "Surface"
        )
}

struct Member<'a, 'b> {
    context: &'b Context<'b>,
    index: Index<'a>,
    own_looks: Looks,
    ledger: &'b mut Ledger,
    features: Vec<SourceFeature>,
}

/// What of an object has been found at each level of detail, in tenths.
type Levels = BTreeMap<u32, Shapes>;

/// A walk through one object.
struct Walk<'a> {
    levels: Levels,
    /// Placed models, already in longitude and latitude.
    placed: BTreeMap<u32, Vec<Surface>>,
    parts: Vec<&'a Element>,
    /// Polygons of doors and windows at each level, which make no body by themselves.
    openings: BTreeMap<u32, usize>,
    problem: Option<Refusal>,
}

impl<'a> Member<'a, '_> {
    /// Takes the object `element`, then its parts.
    fn object(&mut self, element: &'a Element, fallback_id: &str, parent: Option<&str>) {
        let id = element.id().unwrap_or(fallback_id).to_owned();
        let place = format!("{}, object {id}", self.context.file);
        let kind = if let Some(kind) = kind_of(&element.name) {
            kind
        } else {
            self.ledger.note(
                "its type is not one of CityGML's; taken by its name",
                &place,
            );
            base_of(&element.name)
        };
        let mut walk = Walk {
            levels: Levels::new(),
            placed: BTreeMap::new(),
            parts: Vec::new(),
            openings: BTreeMap::new(),
            problem: None,
        };
        self.walk(element, SurfaceRole::Other, &mut walk);
        let slot = self.features.len();
        let feature = SourceFeature {
            tags: tags_of(element, kind),
            shape: Shape::Points(Vec::new()),
            hint: kind.hint(),
            level: None,
            parent: parent.map(str::to_owned),
            id: id.clone(),
            place,
        };
        self.features.push(feature);
        let outcome = self.shape(&mut walk, kind, slot);
        for (number, part) in walk.parts.into_iter().enumerate() {
            self.object(part, &format!("{id}-{number}"), Some(&id));
        }
        if let Err(refusal) = outcome {
            self.without_shape(slot, refusal);
        }
    }

    /// An object without a shape of its own stays as a record where its parts are.
    fn without_shape(&mut self, slot: usize, refusal: Refusal) {
        let first = self
            .features
            .iter()
            .skip(slot + 1)
            .find_map(|part| part.shape.first());
        match (first, refusal) {
            (Some(at), NO_GEOMETRY) => {
                if let Some(feature) = self.features.get_mut(slot) {
                    feature.shape = Shape::Points(vec![at]);
                }
            }
            _ => {
                if slot < self.features.len() {
                    let feature = self.features.remove(slot);
                    self.ledger.refuse(refusal, &feature.place);
                }
            }
        }
    }

    /// Finds geometries, surfaces and parts of an object.
    fn walk(&mut self, element: &'a Element, role: SurfaceRole, walk: &mut Walk<'a>) {
        let is_opening = matches!(
            element.name.as_str(),
            "Door" | "Window" | "DoorSurface" | "WindowSurface"
        );
        for property in &element.children {
            if let Some(lod) = lod_of(element, property) {
                let before = polygons_at(walk, lod);
                self.geometry(property, lod, role, walk);
                if is_opening {
                    *walk.openings.entry(lod).or_default() += polygons_at(walk, lod) - before;
                }
                continue;
            }
            if matches!(
                property.name.as_str(),
                "appearance" | "appearanceMember" | "address" | "genericAttribute"
            ) {
                continue;
            }
            for inside in &property.children {
                // Spaces with a type of their own are objects, all surfaces belong to the object that they bound.
                let is_object =
                    !inside.name.ends_with("Surface") && kind_of(&inside.name).is_some();
                if is_object {
                    walk.parts.push(inside);
                } else if is_surface_or_space(&inside.name) {
                    self.walk(inside, role_of(&inside.name), walk);
                }
            }
        }
    }

    fn geometry(&self, property: &'a Element, lod: u32, role: SurfaceRole, walk: &mut Walk<'a>) {
        if let Some(implicit) = property.child("ImplicitGeometry") {
            match self.implicit(implicit, role) {
                Ok(surfaces) => walk.placed.entry(lod).or_default().extend(surfaces),
                Err(refusal) => walk.problem = walk.problem.or(Some(refusal)),
            }
            return;
        }
        let shapes = walk.levels.entry(lod).or_default();
        Collector {
            index: &self.index,
            role,
            shapes,
            budget: MAX_REFERRED,
        }
        .take(property);
    }

    /// A model in coordinates of its own, turned and put at its reference point.
    fn implicit(&self, element: &Element, role: SurfaceRole) -> Result<Vec<Surface>, Refusal> {
        let anchor = element
            .child("referencePoint")
            .and_then(|property| property.child("Point"))
            .and_then(positions)
            .and_then(|points| points.first().copied())
            .ok_or("a placed model has no reference point")?;
        let matrix: Vec<f64> = element
            .child("transformationMatrix")
            .map(|matrix| {
                let words = matrix.text.split_ascii_whitespace();
                words.filter_map(|word| word.parse().ok()).collect()
            })
            .unwrap_or_default();
        let matrix = <[f64; 16]>::try_from(matrix)
            .map_err(|_other| "a placed model has no matrix of 16 numbers")?;
        let property = ["relativeGMLGeometry", "relativeGeometry"]
            .iter()
            .find_map(|name| element.child(name))
            .ok_or("a placed model is in a file of its own, which is not read")?;
        let mut shapes = Shapes::default();
        Collector {
            index: &self.index,
            role,
            shapes: &mut shapes,
            budget: MAX_REFERRED,
        }
        .take(property);
        let placing = self.context.placing;
        let mut built = Built::default();
        self.build(
            shapes,
            &|at| placing.place_beside(anchor, turned(&matrix, at)),
            &mut built,
        )?;
        Ok(built.surfaces)
    }

    /// Gives the feature at `slot` the shape of the level that is taken.
    fn shape(&mut self, walk: &mut Walk<'a>, kind: ObjectKind, slot: usize) -> Result<(), Refusal> {
        let mut lods: BTreeSet<u32> = walk.levels.keys().copied().collect();
        lods.extend(walk.placed.keys());
        let mut refusal = walk.problem;
        for lod in by_worth(&lods, walk, self.context.lod) {
            let shapes = walk.levels.remove(&lod).unwrap_or_default();
            let mut built = Built {
                surfaces: walk.placed.remove(&lod).unwrap_or_default(),
                ..Built::default()
            };
            let placing = self.context.placing;
            if let Err(own) = self.build(shapes, &|at| placing.place(at), &mut built) {
                refusal = refusal.or(Some(own));
                continue;
            }
            let Some(feature) = self.features.get_mut(slot) else {
                break;
            };
            note_losses(&built, &feature.place, self.ledger);
            let lod = f64::from(lod) / 10.0;
            if let Some((shape, is_model)) = shape_of(built, kind, lod) {
                feature.level = if is_model { kind.level(lod) } else { None };
                feature.shape = shape;
                return Ok(());
            }
        }
        Err(refusal.unwrap_or(NO_GEOMETRY))
    }

    /// Places shapes; a polygon that is come by twice is taken once.
    fn build(
        &self,
        shapes: Shapes,
        place: &dyn Fn([f64; 3]) -> Result<[f64; 3], Refusal>,
        built: &mut Built,
    ) -> Result<(), Refusal> {
        if let Some(problem) = shapes.problem {
            return Err(problem);
        }
        let mut seen = BTreeSet::new();
        for polygon in shapes.polygons {
            let is_new = polygon.id.as_ref().is_none_or(|id| seen.insert(id.clone()));
            if is_new && let Some(surface) = self.surface(polygon, place, built)? {
                built.surfaces.push(surface);
            }
        }
        for line in shapes.lines {
            let line: Vec<[f64; 3]> = line.into_iter().map(place).collect::<Result<_, _>>()?;
            if line.len() >= 2 {
                built.lines.push(line);
            }
        }
        for point in shapes.points {
            built.points.push(place(point)?);
        }
        Ok(())
    }

    fn surface(
        &self,
        polygon: Polygon,
        place: &dyn Fn([f64; 3]) -> Result<[f64; 3], Refusal>,
        built: &mut Built,
    ) -> Result<Option<Surface>, Refusal> {
        let mut surface = Surface {
            role: polygon.role,
            colour: polygon.colour,
            ..Surface::default()
        };
        let mut image = None;
        let mut coordinates = Vec::new();
        let mut is_pictured = true;
        for (row, ring) in polygon.rings.into_iter().enumerate() {
            let count = ring.corners.len();
            // Rings of GML repeat their first corner.
            if count < 4 {
                built.lost_ring = true;
                if row == 0 {
                    return Ok(None);
                }
                continue;
            }
            let picture = ring.id.as_ref().and_then(|id| {
                let own = self.own_looks.pictures.get(id);
                own.or_else(|| self.context.looks.pictures.get(id))
            });
            match picture {
                Some((Some(own), pairs)) if pairs.len() == count => {
                    let mut pairs = pairs.clone();
                    if ring.is_turned {
                        pairs.reverse();
                    }
                    image.get_or_insert_with(|| own.clone());
                    coordinates.push(pairs);
                }
                other => {
                    built.lost_image |= other.is_some();
                    is_pictured = false;
                }
            }
            let places: Result<Vec<[f64; 3]>, Refusal> =
                ring.corners.into_iter().map(place).collect();
            surface.rings.push(places?);
        }
        surface.texture = image
            .filter(|_| is_pictured)
            .map(|image| SurfaceTexture { image, coordinates });
        Ok((!surface.rings.is_empty()).then_some(surface))
    }
}

fn polygons_at(walk: &Walk<'_>, lod: u32) -> usize {
    walk.levels
        .get(&lod)
        .map_or(0, |shapes| shapes.polygons.len())
}

/// Levels of detail in the order in which they are tried: bodies before lines and points, the best up to what was asked for.
fn by_worth(lods: &BTreeSet<u32>, walk: &Walk<'_>, wanted: Option<f64>) -> Vec<u32> {
    let mut order: Vec<u32> = lods.iter().copied().collect();
    let worth = |lod: u32| {
        let openings = walk.openings.get(&lod).copied().unwrap_or_default();
        let is_body = polygons_at(walk, lod) > openings || walk.placed.contains_key(&lod);
        let is_within = wanted.is_none_or(|wanted| f64::from(lod) <= wanted * 10.0 + 1e-6);
        let rank = if is_within {
            i64::from(lod)
        } else {
            -1_000 - i64::from(lod)
        };
        (is_body, rank)
    };
    order.sort_by_key(|lod| std::cmp::Reverse(worth(*lod)));
    order
}

/// The level of detail of a geometry property in tenths; `None` for other properties.
fn lod_of(element: &Element, property: &Element) -> Option<u32> {
    if matches!(
        property.name.as_str(),
        "tin" | "reliefPoints" | "ridgeOrValleyLines"
    ) {
        let stated = element.child("lod")?.trimmed().parse::<u32>();
        return Some(stated.unwrap_or_default().min(9) * 10);
    }
    // The footprint says the same and lies on the ground.
    if property.name == "lod0RoofEdge" && element.child("lod0FootPrint").is_some() {
        return None;
    }
    let digit = property.name.strip_prefix("lod")?.chars().next()?;
    let digit = digit.to_digit(10)?;
    // Where the object meets the terrain is no part of it.
    (!property.name.contains("TerrainIntersection")).then_some(digit * 10)
}

/// Elements that hold surfaces of the object that they stand in.
fn is_surface_or_space(name: &str) -> bool {
    name.ends_with("Surface")
        || name.ends_with("Area")
        || name.ends_with("Space")
        || name.ends_with("Marking")
        || matches!(
            name,
            "Door" | "Window" | "TransportationHole" | "ClearanceSpace"
        )
}

fn tags_of(element: &Element, kind: ObjectKind) -> Tags {
    let mut tags = Tags::default();
    for child in &element.children {
        match child.name.as_str() {
            "address" => take_address(child, &mut tags),
            "genericAttribute" => {
                for inside in &child.children {
                    take_generic(inside, "", &mut tags);
                }
            }
            name if name.ends_with("Attribute") || name == "genericAttributeSet" => {
                take_generic(child, "", &mut tags);
            }
            // CityGML 3: `con:height` with its `value`.
            "height" => {
                if let Some(value) = child.find("value") {
                    add(&mut tags, "measuredHeight", value.trimmed());
                }
            }
            "externalReference" => {
                let inside = child.find("name").or_else(|| child.find("uri"));
                if let Some(inside) = inside {
                    add(&mut tags, "externalReference", inside.trimmed());
                }
            }
            "lod" => {}
            name if child.children.is_empty() => add(&mut tags, name, child.trimmed()),
            _ => {}
        }
    }
    kind.say_in(&mut tags);
    tags
}

/// Adds a value to those that `key` has.
fn add(tags: &mut Tags, key: &str, value: &str) {
    if value.is_empty() {
        return;
    }
    let own = tags.0.entry(key.to_owned()).or_default();
    if !own.is_empty() {
        own.push_str("; ");
    }
    own.push_str(value);
}

/// `stringAttribute` and its like, in 3.0 `StringAttribute`; sets by `outer.inner`.
fn take_generic(element: &Element, prefix: &str, tags: &mut Tags) {
    let name = element
        .attribute("name")
        .or_else(|| element.child("name").map(Element::trimmed));
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return;
    };
    let key = if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}.{name}")
    };
    if let Some(value) = element.child("value") {
        add(tags, &key, value.trimmed());
        return;
    }
    for child in &element.children {
        if child.name.ends_with("Attribute") || child.name.ends_with("AttributeSet") {
            take_generic(child, &key, tags);
        }
        for inside in &child.children {
            take_generic(inside, &key, tags);
        }
    }
}

fn take_address(element: &Element, tags: &mut Tags) {
    for (own, key) in ADDRESS {
        if let Some(value) = element.find(own).map(Element::trimmed)
            && !value.is_empty()
        {
            tags.0
                .entry(key.to_owned())
                .or_insert_with(|| value.to_owned());
        }
    }
}
