//! A feature of the district in its plane, before the import knows it.

use cim_import::{
    Area, Hint, ModelKind, PlacedModel, Shape, SourceFeature, Surface, SurfaceRole, Tags, Tube,
};
use cim_tiles::FeatureClass;
use glam::{DVec2, DVec3};

use crate::place::Map;
use crate::plane::azimuth_deg;

/// Something of the district that the twin shows.
#[derive(Clone, Debug)]
pub(crate) struct Feature {
    /// Identity, unique in the district.
    pub(crate) id: String,
    pub(crate) class: FeatureClass,
    /// Which kind within the class.
    pub(crate) kind: &'static str,
    pub(crate) tags: Vec<(&'static str, String)>,
    pub(crate) form: Form,
    /// The id of the feature that it belongs to; empty without.
    pub(crate) parent: String,
}

/// What a feature looks like; metres in the district's plane, heights above ground.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    Point(DVec2),
    Line(Vec<DVec2>),
    Area {
        outer: Vec<DVec2>,
        inner: Vec<Vec<DVec2>>,
    },
    Faces(Vec<Face>),
    Tubes(Vec<Pipe>),
    Models(Vec<Model>),
}

/// A polygon in space, counter-clockwise seen from outside.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Face {
    pub(crate) ring: Vec<DVec3>,
    pub(crate) role: SurfaceRole,
}

/// A tube along a line.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pipe {
    pub(crate) line: Vec<DVec3>,
    pub(crate) diameter_m: f64,
}

/// A small model in its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Model {
    pub(crate) at: DVec3,
    /// Where its front looks.
    pub(crate) front: DVec2,
    pub(crate) scale: f64,
    pub(crate) kind: ModelKind,
}

impl Model {
    /// A model on the ground, its usual size.
    pub(crate) fn standing(kind: ModelKind, at: DVec2, front: DVec2) -> Self {
        Self {
            at: at.extend(0.0),
            front,
            scale: 1.0,
            kind,
        }
    }
}

impl Feature {
    pub(crate) fn new(id: String, class: FeatureClass, kind: &'static str, form: Form) -> Self {
        Self {
            id,
            class,
            kind,
            tags: Vec::new(),
            form,
            parent: String::new(),
        }
    }

    /// The feature with one more tag.
    pub(crate) fn tag(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.tags.push((key, value.into()));
        self
    }

    /// The feature with its names.
    pub(crate) fn named(self, name: &crate::names::Name) -> Self {
        self.tag("name", &name.zh).tag("name:en", &name.en)
    }

    /// The feature as a part of another.
    pub(crate) fn part_of(mut self, parent: &str) -> Self {
        parent.clone_into(&mut self.parent);
        self
    }

    /// The feature as the import takes it.
    pub(crate) fn on(self, map: &Map) -> SourceFeature {
        let mut tags = Tags::default();
        // A place without extent is none of the twin's classes.
        let is_point = matches!(self.form, Form::Point(_));
        if !is_point {
            tags.set("class", self.class.as_str());
        }
        tags.set("kind", self.kind);
        for (key, value) in self.tags {
            tags.set(key, value);
        }
        SourceFeature {
            place: format!("generator, {}", self.id),
            id: self.id,
            tags,
            shape: shape_on(self.form, map),
            hint: if is_point {
                Hint::Points
            } else {
                hint_of(self.class)
            },
            level: None,
            parent: Some(self.parent).filter(|parent| !parent.is_empty()),
        }
    }

    /// A number for everything that is to be seen of the feature: the same for the same seed on every machine.
    pub(crate) fn digest(&self, before: u64) -> u64 {
        let mut digest = Digest(before);
        digest.text(&self.id);
        digest.text(self.kind);
        for (key, value) in &self.tags {
            digest.text(key);
            digest.text(value);
        }
        match &self.form {
            Form::Point(at) => digest.place(at.extend(0.0)),
            Form::Line(line) => line.iter().for_each(|at| digest.place(at.extend(0.0))),
            Form::Area { outer, inner } => outer
                .iter()
                .chain(inner.iter().flatten())
                .for_each(|at| digest.place(at.extend(0.0))),
            Form::Faces(faces) => faces
                .iter()
                .flat_map(|face| &face.ring)
                .for_each(|at| digest.place(*at)),
            Form::Tubes(pipes) => pipes
                .iter()
                .flat_map(|pipe| &pipe.line)
                .for_each(|at| digest.place(*at)),
            Form::Models(models) => models.iter().for_each(|model| digest.place(model.at)),
        }
        digest.0
    }
}

/// FNV-1a over texts and millimetres.
struct Digest(u64);

impl Digest {
    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }

    fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
        self.bytes(&[0]);
    }

    fn place(&mut self, at: DVec3) {
        for metres in at.to_array() {
            self.bytes(&((metres * 1_000.0).round() as i64).to_le_bytes());
        }
    }
}

fn hint_of(class: FeatureClass) -> Hint {
    match class {
        FeatureClass::Building => Hint::Buildings,
        FeatureClass::Water => Hint::Water,
        FeatureClass::Green => Hint::Green,
        FeatureClass::Road => Hint::Roads,
        FeatureClass::Rail => Hint::Rail,
        FeatureClass::Ground => Hint::Ground,
        FeatureClass::Bridge => Hint::Bridges,
        FeatureClass::Tunnel => Hint::Tunnels,
        FeatureClass::Pipe => Hint::Pipes,
        FeatureClass::Tree => Hint::Trees,
        FeatureClass::Furniture => Hint::Furniture,
        FeatureClass::Model => Hint::None,
    }
}

fn shape_on(form: Form, map: &Map) -> Shape {
    let ring = |ring: &[DVec2]| ring.iter().map(|at| map.lon_lat(*at)).collect::<Vec<_>>();
    let raised = |ring: &[DVec3]| {
        ring.iter()
            .map(|at| map.lon_lat_height(*at))
            .collect::<Vec<_>>()
    };
    match form {
        Form::Point(at) => Shape::Points(vec![map.lon_lat(at)]),
        Form::Line(line) => Shape::Lines(vec![ring(&line)]),
        Form::Area { outer, inner } => Shape::Areas(vec![Area {
            outer: ring(&outer),
            inner: inner.iter().map(|hole| ring(hole)).collect(),
        }]),
        Form::Faces(faces) => Shape::Surfaces(
            faces
                .iter()
                .map(|face| Surface {
                    rings: vec![raised(&face.ring)],
                    role: face.role,
                    colour: None,
                    texture: None,
                })
                .collect(),
        ),
        Form::Tubes(pipes) => Shape::Tubes(
            pipes
                .iter()
                .map(|pipe| Tube {
                    line: raised(&pipe.line),
                    diameter_m: pipe.diameter_m,
                })
                .collect(),
        ),
        Form::Models(models) => Shape::Placed(
            models
                .iter()
                .map(|model| PlacedModel {
                    at: map.lon_lat_height(model.at),
                    heading_deg: azimuth_deg(model.front),
                    scale: model.scale,
                    model: model.kind,
                })
                .collect(),
        ),
    }
}
