//! A geometry of a city object (CityJSON 2.0, section 3) as surfaces, lines or points in space.

use super::appearance::{Appearance, Pictured};
use super::json::{Item, Items, Json, Packed};
use crate::door::Refusal;
use crate::feature::{Surface, SurfaceRole};

const NOT_DEEP: Refusal = "its boundaries are not nested as deeply as their type asks";
const NO_INDEX: Refusal = "an index of its boundaries is not a whole number";
/// What the ledger says of an index that names no vertex.
pub(crate) const NO_VERTEX: Refusal = "a vertex index is out of range";
const NO_SURFACE: Refusal = "no ring of its geometry has three corners";

/// What a geometry is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Points,
    Lines,
    /// Surfaces below so many lists of shells and solids.
    Surfaces(u8),
    Instance,
}

/// A geometry, read but not yet placed.
#[derive(Clone, Debug)]
pub(crate) struct Geometry {
    kind: Kind,
    lod: f64,
    boundaries: Packed,
    roles: Vec<SurfaceRole>,
    role_of: Packed,
    materials: Packed,
    textures: Packed,
    template: Option<usize>,
    matrix: [f64; 16],
}

/// What a geometry looks like in space.
#[derive(Clone, Debug, Default)]
pub(crate) struct Built {
    pub(crate) surfaces: Vec<Surface>,
    pub(crate) lines: Vec<Vec<[f64; 3]>>,
    pub(crate) points: Vec<[f64; 3]>,
    /// True when a ring had fewer than three corners and was left out.
    pub(crate) lost_ring: bool,
    /// True when an image, or coordinates on it, are not there.
    pub(crate) lost_image: bool,
}

/// Where vertices are.
pub(crate) trait Space {
    /// The place of a vertex of the file.
    fn place(&mut self, index: u32) -> Result<[f64; 3], Refusal>;

    /// The place of a template's corner, `by` metres beside a vertex of the file.
    fn place_beside(&mut self, index: u32, by: [f64; 3]) -> Result<[f64; 3], Refusal>;
}

/// What geometries share in a file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared {
    pub(crate) appearance: Appearance,
    templates: Vec<Option<Geometry>>,
    template_corners: Vec<[f64; 3]>,
}

impl Shared {
    /// Takes in the members `appearance` and `geometry-templates`.
    pub(crate) fn of(appearance: Appearance, templates: Option<Json>) -> Self {
        let mut shared = Self {
            appearance,
            ..Self::default()
        };
        let Some(Json::Map(mut members)) = templates else {
            return shared;
        };
        if let Some(Json::List(corners)) = members.remove("vertices-templates") {
            shared.template_corners = corners.iter().map(Json::row).collect();
        }
        if let Some(Json::List(templates)) = members.remove("templates") {
            shared.templates = templates
                .into_iter()
                .map(|template| Geometry::of(template, &shared.appearance).ok())
                .collect();
        }
        shared
    }

    /// The same templates with another appearance, as a feature of a sequence may have its own.
    pub(crate) fn with_appearance(&self, appearance: Appearance) -> Self {
        Self {
            appearance,
            templates: self.templates.clone(),
            template_corners: self.template_corners.clone(),
        }
    }
}

impl Geometry {
    /// Reads a geometry.
    pub(crate) fn of(json: Json, appearance: &Appearance) -> Result<Self, Refusal> {
        let Json::Map(mut members) = json else {
            return Err("its geometry is no JSON object");
        };
        let kind = match members.get("type").and_then(Json::text) {
            Some("MultiPoint") => Kind::Points,
            Some("MultiLineString") => Kind::Lines,
            Some("MultiSurface" | "CompositeSurface") => Kind::Surfaces(0),
            Some("Solid") => Kind::Surfaces(1),
            Some("MultiSolid" | "CompositeSolid") => Kind::Surfaces(2),
            Some("GeometryInstance") => Kind::Instance,
            _ => return Err("its geometry's type is not one of CityJSON's"),
        };
        let Some(Json::Packed(boundaries)) = members.remove("boundaries") else {
            return Err("its geometry has no boundaries");
        };
        let (roles, role_of) = semantics_of(members.remove("semantics"));
        let template = members.get("template").and_then(Json::number);
        Ok(Self {
            kind,
            lod: members
                .get("lod")
                .and_then(Json::number)
                .unwrap_or_default(),
            boundaries,
            roles,
            role_of,
            materials: appearance.materials_of(&mut members),
            textures: appearance.textures_of(&mut members),
            template: template
                .filter(|index| (0.0..1.0e9).contains(index))
                .map(|index| index as usize),
            matrix: matrix_of(members.get("transformationMatrix")),
        })
    }

    /// Its level of detail; a placed template's is the template's.
    pub(crate) fn lod(&self, shared: &Shared) -> f64 {
        self.template_in(shared)
            .map_or(self.lod, |template| template.lod)
    }

    /// True when it is made of surfaces.
    pub(crate) fn is_body(&self, shared: &Shared) -> bool {
        let kind = self
            .template_in(shared)
            .map_or(self.kind, |template| template.kind);
        matches!(kind, Kind::Surfaces(_))
    }

    /// Builds it into `built`.
    pub(crate) fn build(
        &self,
        shared: &Shared,
        space: &mut dyn Space,
        built: &mut Built,
    ) -> Result<(), Refusal> {
        if self.kind != Kind::Instance {
            return self.build_with(&shared.appearance, built, &mut |index| space.place(index));
        }
        let template = self
            .template_in(shared)
            .filter(|template| template.kind != Kind::Instance)
            .ok_or("its geometry names a template that is not there")?;
        let anchor = match self.boundaries.whole() {
            Item::List(mut items) => items.next(),
            _ => None,
        };
        let Some(Item::Index(anchor)) = anchor else {
            return Err(NO_INDEX);
        };
        template.build_with(&shared.appearance, built, &mut |index| {
            let corner = shared.template_corners.get(index as usize);
            space.place_beside(anchor, turned(&self.matrix, *corner.ok_or(NO_VERTEX)?))
        })
    }

    fn template_in<'a>(&self, shared: &'a Shared) -> Option<&'a Self> {
        shared.templates.get(self.template?)?.as_ref()
    }

    fn build_with(
        &self,
        appearance: &Appearance,
        built: &mut Built,
        place: &mut dyn FnMut(u32) -> Result<[f64; 3], Refusal>,
    ) -> Result<(), Refusal> {
        let whole = list_of(self.boundaries.whole())?;
        match self.kind {
            Kind::Points => built.points.extend(places_of(whole, place)?),
            Kind::Lines => {
                for line in whole {
                    let line = places_of(list_of(line)?, place)?;
                    built.lost_ring |= line.len() < 2;
                    if line.len() >= 2 {
                        built.lines.push(line);
                    }
                }
            }
            Kind::Surfaces(depth) => {
                let before = built.surfaces.len();
                let mut builder = SurfaceBuilder {
                    roles: &self.roles,
                    appearance,
                    built: &mut *built,
                    place,
                };
                let node = Node {
                    boundary: self.boundaries.whole(),
                    role: self.role_of.whole(),
                    material: self.materials.whole(),
                    texture: self.textures.whole(),
                };
                builder.walk(depth, node)?;
                if built.surfaces.len() == before {
                    return Err(NO_SURFACE);
                }
            }
            Kind::Instance => return Err("a template of its geometry is itself placed"),
        }
        Ok(())
    }
}

/// The same place in the nested lists of a geometry.
#[derive(Clone, Copy)]
struct Node<'a> {
    boundary: Item<'a>,
    role: Item<'a>,
    material: Item<'a>,
    texture: Item<'a>,
}

impl<'a> Node<'a> {
    fn children(self) -> Result<impl Iterator<Item = Node<'a>>, Refusal> {
        let mut role = Beside::of(self.role);
        let mut material = Beside::of(self.material);
        let mut texture = Beside::of(self.texture);
        Ok(list_of(self.boundary)?.map(move |boundary| Node {
            boundary,
            role: role.advance(),
            material: material.advance(),
            texture: texture.advance(),
        }))
    }
}

/// Items that go along with the boundaries' ones; a single value is that of all of them.
struct Beside<'a> {
    whole: Item<'a>,
    items: Items<'a>,
}

impl<'a> Beside<'a> {
    fn of(whole: Item<'a>) -> Self {
        let items = match whole {
            Item::List(items) => items,
            Item::Index(_) | Item::Null | Item::Wrong => Items::default(),
        };
        Self { whole, items }
    }

    fn advance(&mut self) -> Item<'a> {
        match self.whole {
            Item::List(_) => self.items.next().unwrap_or(Item::Null),
            single => single,
        }
    }
}

struct SurfaceBuilder<'a> {
    roles: &'a [SurfaceRole],
    appearance: &'a Appearance,
    built: &'a mut Built,
    place: &'a mut dyn FnMut(u32) -> Result<[f64; 3], Refusal>,
}

impl SurfaceBuilder<'_> {
    fn walk(&mut self, depth: u8, node: Node<'_>) -> Result<(), Refusal> {
        for child in node.children()? {
            if depth == 0 {
                self.surface(child)?;
            } else {
                self.walk(depth - 1, child)?;
            }
        }
        Ok(())
    }

    fn surface(&mut self, node: Node<'_>) -> Result<(), Refusal> {
        let mut rings = Vec::new();
        let mut pictured = Vec::new();
        let mut has_outer = true;
        for ring in node.children()? {
            let places = places_of(list_of(ring.boundary)?, &mut *self.place)?;
            if places.len() < 3 {
                self.built.lost_ring = true;
                // A hole may go; without its outer ring there is no surface.
                has_outer &= !rings.is_empty();
                continue;
            }
            pictured.push((ring.texture, places.len()));
            rings.push(places);
        }
        if rings.is_empty() || !has_outer {
            return Ok(());
        }
        let texture = match self.appearance.picture(&pictured) {
            Pictured::Yes(texture) => Some(texture),
            Pictured::No => None,
            Pictured::Lost => {
                self.built.lost_image = true;
                None
            }
        };
        let role = match node.role {
            Item::Index(index) => self.roles.get(index as usize).copied(),
            Item::Null | Item::Wrong | Item::List(_) => None,
        };
        self.built.surfaces.push(Surface {
            rings,
            role: role.unwrap_or_default(),
            colour: self.appearance.colour(node.material),
            texture,
        });
        Ok(())
    }
}

fn list_of(item: Item<'_>) -> Result<Items<'_>, Refusal> {
    match item {
        Item::List(items) => Ok(items),
        Item::Index(_) | Item::Null | Item::Wrong => Err(NOT_DEEP),
    }
}

fn places_of(
    items: Items<'_>,
    place: &mut dyn FnMut(u32) -> Result<[f64; 3], Refusal>,
) -> Result<Vec<[f64; 3]>, Refusal> {
    items
        .map(|item| match item {
            Item::Index(index) => place(index),
            Item::List(_) => Err("its boundaries are nested more deeply than their type asks"),
            Item::Null | Item::Wrong => Err(NO_INDEX),
        })
        .collect()
}

fn semantics_of(semantics: Option<Json>) -> (Vec<SurfaceRole>, Packed) {
    let Some(Json::Map(mut members)) = semantics else {
        return (Vec::new(), Packed::default());
    };
    let roles = members
        .get("surfaces")
        .map(Json::items)
        .unwrap_or_default()
        .iter()
        .map(|surface| {
            surface
                .get("type")
                .and_then(Json::text)
                .map(role_of)
                .unwrap_or_default()
        })
        .collect();
    match members.remove("values") {
        Some(Json::Packed(values)) => (roles, values),
        _ => (roles, Packed::default()),
    }
}

/// The role of a thematic surface by its type's name in CityJSON or CityGML; an extension's own by the name inside it.
pub(crate) fn role_of(name: &str) -> SurfaceRole {
    const TABLE: [(&str, SurfaceRole); 8] = [
        ("ClosureSurface", SurfaceRole::Closure),
        ("OuterFloorSurface", SurfaceRole::Roof),
        ("RoofSurface", SurfaceRole::Roof),
        ("WaterGroundSurface", SurfaceRole::Ground),
        ("GroundSurface", SurfaceRole::Ground),
        ("WallSurface", SurfaceRole::Wall),
        ("Roof", SurfaceRole::Roof),
        ("Wall", SurfaceRole::Wall),
    ];
    let is_own = name.starts_with('+');
    TABLE
        .iter()
        .find(|(word, _)| name.ends_with(word) || is_own && name.contains(word))
        .map_or(SurfaceRole::Other, |(_, role)| *role)
}

/// Four rows of four numbers; the identity when they are not.
fn matrix_of(json: Option<&Json>) -> [f64; 16] {
    let mut matrix = IDENTITY;
    let items = json.map(Json::items).unwrap_or_default();
    if items.len() == matrix.len() {
        for (own, item) in matrix.iter_mut().zip(items) {
            *own = item.number().unwrap_or_default();
        }
    }
    matrix
}

/// The matrix that moves nothing, row by row.
const IDENTITY: [f64; 16] = [
    1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0,
];

/// A point through a matrix that is written row by row.
pub(crate) fn turned(matrix: &[f64; 16], at: [f64; 3]) -> [f64; 3] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, ..] = *matrix;
    let [x, y, z] = at;
    [
        a * x + b * y + c * z + d,
        e * x + f * y + g * z + h,
        i * x + j * y + k * z + l,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cityjson::json::Within;
    use serde::de::DeserializeSeed;

    /// Vertices at whole places.
    struct Grid;

    impl Space for Grid {
        fn place(&mut self, index: u32) -> Result<[f64; 3], Refusal> {
            if index < 8 {
                let x = f64::from(index);
                Ok([x, x * x, 0.0])
            } else {
                Err(NO_VERTEX)
            }
        }

        fn place_beside(&mut self, index: u32, by: [f64; 3]) -> Result<[f64; 3], Refusal> {
            let at = self.place(index)?;
            Ok([at[0] + by[0], at[1] + by[1], at[2] + by[2]])
        }
    }

    fn geometry(text: &str, appearance: &Appearance) -> Result<Geometry, Refusal> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let json = Within::Geometry
            .deserialize(&mut deserializer)
            .expect("JSON");
        Geometry::of(json, appearance)
    }

    fn build(text: &str) -> Result<Built, Refusal> {
        let shared = Shared::default();
        let mut built = Built::default();
        geometry(text, &shared.appearance)?.build(&shared, &mut Grid, &mut built)?;
        Ok(built)
    }

    #[test]
    fn every_type_of_geometry_is_built() {
        let solid = build(
            r#"{"type":"Solid","lod":"2","boundaries":[[[[0,1,2]],[[1,2,3],[4,5,6]]],[[[5,6,7]]]],
                "semantics":{"surfaces":[{"type":"RoofSurface"},{"type":"+FancyWall"}],"values":[[0,1],null]}}"#,
        )
        .expect("a solid");
        let roles: Vec<SurfaceRole> = solid.surfaces.iter().map(|surface| surface.role).collect();
        assert_eq!(
            roles,
            [SurfaceRole::Roof, SurfaceRole::Wall, SurfaceRole::Other]
        );
        assert_eq!(solid.surfaces[1].rings.len(), 2);
        let many = r#"{"type":"CompositeSolid","boundaries":[[[[[0,1,2]]]],[[[[1,2,3]]]]]}"#;
        assert_eq!(build(many).expect("solids").surfaces.len(), 2);
        let lines = r#"{"type":"MultiLineString","boundaries":[[0,1,2],[3]]}"#;
        let lines = build(lines).expect("lines");
        assert_eq!((lines.lines.len(), lines.lost_ring), (1, true));
        let points = r#"{"type":"MultiPoint","boundaries":[0,1,2]}"#;
        assert_eq!(build(points).expect("points").points.len(), 3);
    }

    #[test]
    fn a_broken_geometry_says_why() {
        for (text, reason) in [
            (r#"{"type":"Solid","boundaries":[[[0,1,2]]]}"#, NOT_DEEP),
            (
                r#"{"type":"MultiSurface","boundaries":[[[[0,1,2]]]]}"#,
                "its boundaries are nested more deeply than their type asks",
            ),
            (
                r#"{"type":"MultiSurface","boundaries":[[[0,1,99]]]}"#,
                NO_VERTEX,
            ),
            (
                r#"{"type":"MultiSurface","boundaries":[[[0,1,-2]]]}"#,
                NO_INDEX,
            ),
            (
                r#"{"type":"MultiSurface","boundaries":[[[0,1]]]}"#,
                NO_SURFACE,
            ),
            (
                r#"{"type":"Blob","boundaries":[]}"#,
                "its geometry's type is not one of CityJSON's",
            ),
            (r#"{"type":"Solid"}"#, "its geometry has no boundaries"),
            ("[1]", "its geometry is no JSON object"),
        ] {
            assert_eq!(build(text).expect_err(text), reason, "{text}");
        }
    }

    #[test]
    fn a_template_is_turned_and_put_at_its_vertex() {
        let mut deserializer = serde_json::Deserializer::from_str(
            r#"{"templates":[{"type":"MultiSurface","lod":"3","boundaries":[[[0,1,2]]]}],
                "vertices-templates":[[0,0,0],[1,0,0],[0,1,0.5]]}"#,
        );
        let templates = Within::Geometry
            .deserialize(&mut deserializer)
            .expect("JSON");
        let shared = Shared::of(Appearance::default(), Some(templates));
        let instance = geometry(
            r#"{"type":"GeometryInstance","template":0,"boundaries":[2],
                "transformationMatrix":[2,0,0,0, 0,2,0,0, 0,0,2,10, 0,0,0,1]}"#,
            &shared.appearance,
        )
        .expect("an instance");
        let mut built = Built::default();
        instance
            .build(&shared, &mut Grid, &mut built)
            .expect("built");
        let ring = built.surfaces[0].rings[0].clone();
        assert_eq!(ring, [[2.0, 4.0, 10.0], [4.0, 4.0, 10.0], [2.0, 6.0, 11.0]]);
        assert!(instance.is_body(&shared) && (instance.lod(&shared) - 3.0).abs() < 1e-9);
    }

    #[test]
    fn colours_and_pictures_go_along_with_their_surfaces() {
        let mut deserializer = serde_json::Deserializer::from_str(
            r#"{"materials":[{"name":"a","diffuseColor":[1,0,0],"transparency":0.5}],
                "textures":[{"type":"PNG","image":"nowhere.png"}],"vertices-texture":[[0,0],[1,0],[1,1]]}"#,
        );
        let json = Within::Plain.deserialize(&mut deserializer).expect("JSON");
        let shared = Shared::of(Appearance::of(&json, std::path::Path::new("x.json")), None);
        let painted = geometry(
            r#"{"type":"MultiSurface","boundaries":[[[0,1,2]],[[1,2,3]]],
                "material":{"m":{"values":[null,0]}},"texture":{"t":{"values":[[[0,0,1,2]],[[null]]]}}}"#,
            &shared.appearance,
        )
        .expect("a geometry");
        let mut built = Built::default();
        painted
            .build(&shared, &mut Grid, &mut built)
            .expect("built");
        assert_eq!(built.surfaces[0].colour, None);
        assert_eq!(built.surfaces[1].colour, Some([255, 0, 0, 128]));
        assert!(built.lost_image && built.surfaces[0].texture.is_none());
    }
}
