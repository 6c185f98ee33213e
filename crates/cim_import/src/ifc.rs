//! IFC 2x3 and 4 as building models hand them over (ISO 16739-1, in STEP text).
//!
//! Each product with a body becomes a feature with its polygons; buildings and storeys keep a record that their elements
//! name as parent. The text is read by `ifc-lite-core`; the geometry is made here.

mod body;
mod frame;
mod profile;
mod site;
mod step;
#[cfg(test)]
mod tests;

use crate::cityjson::placing::{mark_of, name_of};
use crate::feature::{Hint, Shape, SourceFeature, Surface, SurfaceRole, Tags};
use crate::ledger::Ledger;
use crate::reader::{SourceMark, SourceNotes, SourceReader};
use crate::request::{ImportError, ImportRequest};
use body::{Bodies, colours_of};
use cim_tiles::{CimLevel, FeatureClass};
use frame::placement;
use site::{Ground, Signs};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use step::{Record, Step, text_of};

/// A file that is larger is refused: its text stays in memory.
const MAX_BYTES: u64 = 256 << 20;
/// Properties of one product that become tags.
const MAX_PROPERTIES: usize = 200;
/// Products that have a body and are nothing to see.
const UNSEEN: [&str; 6] = [
    "IFCOPENINGELEMENT",
    "IFCOPENINGSTANDARDCASE",
    "IFCSPACE",
    "IFCANNOTATION",
    "IFCGRID",
    "IFCVIRTUALELEMENT",
];

/// A reader of the file at `path`.
pub(crate) fn open(
    path: &Path,
    request: &ImportRequest,
) -> Result<Box<dyn SourceReader>, ImportError> {
    let unreadable = |reason| ImportError::UnreadableSource {
        path: path.to_path_buf(),
        reason,
    };
    let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    if bytes > MAX_BYTES {
        return Err(ImportError::UnsupportedSource {
            path: path.to_path_buf(),
            reason: "an IFC file larger than 256 MiB is not read; export it storey by storey"
                .to_owned(),
        });
    }
    Ok(Box::new(Ifc {
        path: path.to_path_buf(),
        request: request.clone(),
    }))
}

struct Ifc {
    path: PathBuf,
    request: ImportRequest,
}

impl SourceReader for Ifc {
    fn mark(&self) -> Option<SourceMark> {
        mark_of(&self.path)
    }

    fn read(
        &mut self,
        ledger: &mut Ledger,
        take: &mut dyn FnMut(SourceFeature) -> Result<(), ImportError>,
    ) -> Result<SourceNotes, ImportError> {
        let path = self.path.as_path();
        let file = name_of(path);
        let bytes = std::fs::read(path).map_err(|reason| ImportError::UnreadableSource {
            path: path.to_path_buf(),
            reason,
        })?;
        let step = Step::new(bytes);
        let found = Found::of(&step);
        if step.len() == 0 || found.signs.projects.is_empty() {
            let reason = "it has no IfcProject".to_owned();
            return Err(crate::cityjson::broken(path, "its data section", reason));
        }
        let ground = Ground::of(&step, &found.signs, path, &self.request, ledger, &file)?;
        let model = Model {
            bodies: Bodies {
                step: &step,
                colours: colours_of(&step, &found.styled),
            },
            step: &step,
            ground: &ground,
            file: &file,
            parents: parents_of(&step, &found.containments, &found.aggregations),
            properties: properties_of(&step, &found.definitions),
        };
        for id in &found.structure {
            if let Some(record) = step.record(*id) {
                match model.place_record(&record) {
                    Ok(feature) => take(feature)?,
                    Err(refusal) => ledger.refuse(refusal, &model.place(&record)),
                }
            }
        }
        for id in &found.products {
            let Some(record) = step.record(*id) else {
                continue;
            };
            if UNSEEN.contains(&record.name.as_str()) {
                ledger.pass_over();
                continue;
            }
            match model.product(&record, ledger) {
                Ok(feature) => take(feature)?,
                Err(refusal) => ledger.refuse(refusal, &model.place(&record)),
            }
        }
        let (crs, vertical) = ground.names();
        Ok(SourceNotes {
            name: file.clone(),
            crs,
            vertical,
            ..SourceNotes::default()
        })
    }
}

/// Records by what they are good for.
#[derive(Default)]
struct Found {
    signs: Signs,
    /// Buildings and storeys.
    structure: Vec<u32>,
    products: Vec<u32>,
    styled: Vec<u32>,
    containments: Vec<u32>,
    aggregations: Vec<u32>,
    definitions: Vec<u32>,
}

impl Found {
    fn of(step: &Step) -> Self {
        let mut found = Self::default();
        for (id, name) in step.names() {
            match name.as_str() {
                "IFCPROJECT" => found.signs.projects.push(id),
                "IFCMAPCONVERSION" | "IFCMAPCONVERSIONSCALED" => found.signs.conversions.push(id),
                "IFCGEOMETRICREPRESENTATIONCONTEXT" => found.signs.contexts.push(id),
                "IFCSTYLEDITEM" => found.styled.push(id),
                "IFCRELCONTAINEDINSPATIALSTRUCTURE" => found.containments.push(id),
                "IFCRELAGGREGATES" => found.aggregations.push(id),
                "IFCRELDEFINESBYPROPERTIES" => found.definitions.push(id),
                "IFCBUILDING" | "IFCBUILDINGSTOREY" => found.structure.push(id),
                "IFCSITE" => {
                    found.signs.sites.push(id);
                    if is_product(step, id) {
                        found.products.push(id);
                    }
                }
                _ if may_be_product(&name) && is_product(step, id) => found.products.push(id),
                _ => {}
            }
        }
        found
    }
}

/// False for the names of which files have the most records, so that those need not be read.
fn may_be_product(name: &str) -> bool {
    const OTHERS: [&str; 12] = [
        "IFCCARTESIAN",
        "IFCDIRECTION",
        "IFCPOLY",
        "IFCFACE",
        "IFCAXIS2",
        "IFCREL",
        "IFCPROPERTY",
        "IFCQUANTITY",
        "IFCLOCALPLACEMENT",
        "IFCSHAPEREP",
        "IFCINDEXED",
        "IFCSTYLED",
    ];
    !OTHERS.iter().any(|start| name.starts_with(start))
}

/// True for a rooted record with a placement and a shape (`IfcProduct`).
fn is_product(step: &Step, id: u32) -> bool {
    let Some(record) = step.record(id) else {
        return false;
    };
    record.count() >= 7
        && record.text(0).is_some()
        && record
            .reference(6)
            .and_then(|shape| step.record(shape))
            .is_some_and(|shape| shape.name == "IFCPRODUCTDEFINITIONSHAPE")
}

/// What holds a product: a storey, or the element that it is a part of.
fn parents_of(step: &Step, containments: &[u32], aggregations: &[u32]) -> BTreeMap<u32, u32> {
    let mut parents = BTreeMap::new();
    for record in aggregations.iter().filter_map(|id| step.record(*id)) {
        if let Some(whole) = record.reference(4) {
            for part in record.references(5) {
                parents.insert(part, whole);
            }
        }
    }
    for record in containments.iter().filter_map(|id| step.record(*id)) {
        if let Some(whole) = record.reference(5) {
            for part in record.references(4) {
                parents.insert(part, whole);
            }
        }
    }
    parents
}

/// The property sets of a product.
fn properties_of(step: &Step, definitions: &[u32]) -> BTreeMap<u32, Vec<u32>> {
    let mut properties: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for record in definitions.iter().filter_map(|id| step.record(*id)) {
        if let Some(set) = record.reference(5) {
            for product in record.references(4) {
                properties.entry(product).or_default().push(set);
            }
        }
    }
    properties
}

struct Model<'a> {
    step: &'a Step,
    bodies: Bodies<'a>,
    ground: &'a Ground,
    file: &'a str,
    parents: BTreeMap<u32, u32>,
    properties: BTreeMap<u32, Vec<u32>>,
}

impl Model<'_> {
    fn place(&self, record: &Record<'_>) -> String {
        format!("{}, #{} {}", self.file, record.id, record.name)
    }

    /// A building or storey: a record at its placement.
    fn place_record(&self, record: &Record<'_>) -> Result<SourceFeature, &'static str> {
        let frame = placement(self.step, record.reference(5));
        let at = self.ground.place(frame.origin)?;
        Ok(SourceFeature {
            shape: Shape::Points(vec![[at[0], at[1]]]),
            level: None,
            ..self.feature(record)
        })
    }

    /// A product with its body.
    fn product(
        &self,
        record: &Record<'_>,
        ledger: &mut Ledger,
    ) -> Result<SourceFeature, &'static str> {
        let shape = record.reference(6).ok_or("the feature has no geometry")?;
        let frame = placement(self.step, record.reference(5));
        let body = self.bodies.body_of(shape, &frame)?;
        if body.is_simplified {
            let reason = "a curved or clipped body; drawn as its corners or its first operand";
            ledger.repair(reason, &self.place(record));
        }
        let role = role_of(record);
        let mut surfaces = Vec::with_capacity(body.faces.len());
        for face in body.faces {
            let mut surface = Surface {
                role,
                colour: face.colour,
                ..Surface::default()
            };
            for ring in face.rings {
                let ring: Result<Vec<[f64; 3]>, _> =
                    ring.into_iter().map(|at| self.ground.place(at)).collect();
                surface.rings.push(ring?);
            }
            surfaces.push(surface);
        }
        Ok(SourceFeature {
            shape: Shape::Surfaces(surfaces),
            ..self.feature(record)
        })
    }

    /// Everything of a product but its shape.
    fn feature(&self, record: &Record<'_>) -> SourceFeature {
        let is_site = record.name == "IFCSITE";
        let mut tags = Tags::default();
        if let Some(name) = record.text(2) {
            tags.set("name", name);
        }
        if let Some(kind) = record.text(4) {
            tags.set("ObjectType", kind);
        }
        self.take_properties(record.id, &mut tags);
        let class = if is_site {
            FeatureClass::Ground
        } else {
            FeatureClass::Building
        };
        tags.set("class", class.as_str());
        tags.set("kind", spelt(&record.name));
        let parent = self
            .parents
            .get(&record.id)
            .and_then(|id| self.step.record(*id));
        let is_part = parent.as_ref().is_some_and(|parent| {
            !matches!(
                parent.name.as_str(),
                "IFCPROJECT" | "IFCSITE" | "IFCBUILDING" | "IFCBUILDINGSTOREY" | "IFCSPACE"
            )
        });
        // A building is no part of its site or project.
        let parent =
            parent.filter(|parent| !matches!(parent.name.as_str(), "IFCPROJECT" | "IFCSITE"));
        SourceFeature {
            id: record.text(0).unwrap_or_else(|| format!("#{}", record.id)),
            place: self.place(record),
            tags,
            shape: Shape::Points(Vec::new()),
            hint: if is_site {
                Hint::Ground
            } else {
                Hint::Buildings
            },
            level: (!is_site).then_some(if is_part {
                CimLevel::Cim7
            } else {
                CimLevel::Cim6
            }),
            parent: parent.and_then(|parent| parent.text(0)),
        }
    }

    /// Single values of property sets as `Set.Name`.
    fn take_properties(&self, product: u32, tags: &mut Tags) {
        let sets = self
            .properties
            .get(&product)
            .map(Vec::as_slice)
            .unwrap_or_default();
        for set in sets.iter().filter_map(|id| self.step.record(*id)) {
            if set.name != "IFCPROPERTYSET" {
                continue;
            }
            let prefix = set.text(2).unwrap_or_default();
            for property in set.references(4) {
                if tags.0.len() >= MAX_PROPERTIES {
                    return;
                }
                let Some(property) = self.step.record(property) else {
                    continue;
                };
                if let (Some(name), Some(value)) =
                    (property.text(0), property.value(2).and_then(text_of))
                {
                    tags.set(&format!("{prefix}.{name}"), value);
                }
            }
        }
    }
}

fn role_of(record: &Record<'_>) -> SurfaceRole {
    let name = record.name.as_str();
    if name == "IFCROOF" || name.starts_with("IFCSLAB") && record.word(8).as_deref() == Some("ROOF")
    {
        SurfaceRole::Roof
    } else if name.starts_with("IFCWALL") || name == "IFCCURTAINWALL" {
        SurfaceRole::Wall
    } else {
        SurfaceRole::Other
    }
}

/// An entity's name as the standard spells it, as far as it is known: `IfcWall` for `IFCWALL`.
fn spelt(name: &str) -> String {
    let rest = name.strip_prefix("IFC").unwrap_or(name).to_lowercase();
    let mut letters = rest.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first
        .into_iter()
        .fold("Ifc".to_owned(), |mut spelt, first| {
            spelt.push(first);
            spelt
        })
        + letters.as_str()
}
