//! CityGML 1.0, 2.0 and 3.0, read as a stream with one member of the city model in memory.
//!
//! Read twice: once for the system of coordinates and for looks that stand outside of their objects, once for the objects.

mod gml;
mod looks;
mod member;
#[cfg(test)]
mod tests;
mod xml;

use crate::cityjson::placing::{Naming, Placing, mark_of, name_of};
use crate::cityjson::{broken, notes_of_placing, wanted_lod};
use crate::feature::SourceFeature;
use crate::ledger::Ledger;
use crate::reader::{SourceMark, SourceNotes, SourceReader};
use crate::request::{ImportError, ImportRequest};
use looks::Looks;
use member::{Context, features_of};
use std::path::{Path, PathBuf};
use xml::{Child, Element, each_child};

/// A reader of the file at `path`.
pub(crate) fn open(
    path: &Path,
    request: &ImportRequest,
) -> Result<Box<dyn SourceReader>, ImportError> {
    std::fs::metadata(path).map_err(|reason| ImportError::UnreadableSource {
        path: path.to_path_buf(),
        reason,
    })?;
    Ok(Box::new(CityGml {
        path: path.to_path_buf(),
        request: request.clone(),
    }))
}

struct CityGml {
    path: PathBuf,
    request: ImportRequest,
}

/// What the first reading finds.
#[derive(Debug, Default)]
struct Found {
    system: Option<String>,
    extent: Option<[[f64; 3]; 2]>,
    looks: Looks,
}

impl SourceReader for CityGml {
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
        let found = first_reading(path)?;
        if found.looks.is_full {
            ledger.note(
                "more colours and pictures than memory can hold; some left out",
                &file,
            );
        }
        let system = found.system.as_deref();
        let naming = system.map_or(Naming::Map, Naming::of_srs_name);
        let extent = found.extent.unwrap_or([[f64::NAN; 3]; 2]);
        let placing = Placing::of(path, &self.request, system, naming, extent)?;
        if placing.is_local() {
            ledger.note("the file names no CRS; put around the origin", &file);
        }
        let context = Context {
            path,
            file: &file,
            placing: &placing,
            lod: wanted_lod(&self.request),
            looks: &found.looks,
        };
        let mut number = 0;
        each_child(path, &mut |child| {
            let element = match child {
                Child::Element(element) => element,
                Child::PassedOver(at) => {
                    ledger.refuse(
                        "a member is larger than 128 MiB or nested too deeply",
                        &format!("{file}, byte {at}"),
                    );
                    return Ok(());
                }
            };
            for object in objects_of(&element) {
                number += 1;
                if object.name == "CityObjectGroup" && object.child("groupMember").is_none() {
                    ledger.pass_over();
                    continue;
                }
                for feature in features_of(object, number, &context, ledger) {
                    take(feature)?;
                }
            }
            Ok(())
        })?;
        Ok(notes_of_placing(path, &placing))
    }
}

/// The city objects in a child of the root.
fn objects_of(element: &Element) -> Vec<&Element> {
    let is_object = |inside: &&Element| {
        !matches!(
            inside.name.as_str(),
            "Appearance" | "Envelope" | "Null" | "MetaDataProperty"
        )
    };
    match element.name.as_str() {
        "cityObjectMember" | "featureMember" => element.children.iter().filter(is_object).collect(),
        name if name.starts_with(char::is_uppercase) => {
            Some(element).into_iter().filter(is_object).collect()
        }
        _ => Vec::new(),
    }
}

fn first_reading(path: &Path) -> Result<Found, ImportError> {
    let mut found = Found::default();
    let mut has_objects = false;
    let root = each_child(path, &mut |child| {
        let Child::Element(element) = child else {
            has_objects = true;
            return Ok(());
        };
        let is_object = !objects_of(&element).is_empty();
        has_objects |= is_object;
        if !is_object {
            // Within an object looks are read with it.
            found.looks.take(&element, path);
        }
        if let Some(envelope) = element.child("Envelope") {
            found.extent = extent_of(envelope);
        }
        if found.system.is_none() {
            element.each(&mut |inside| {
                if found.system.is_none() {
                    found.system = inside.attribute("srsName").map(str::to_owned);
                }
            });
        }
        if found.extent.is_none() && is_object {
            found.extent = first_position(&element).map(|at| [at, at]);
        }
        Ok(())
    })?;
    if root == "CityModel" || has_objects && root != "html" {
        return Ok(found);
    }
    let reason = format!("its root is {root} and not a CityModel");
    Err(broken(path, "its beginning", reason))
}

fn extent_of(envelope: &Element) -> Option<[[f64; 3]; 2]> {
    let corner = |name: &str| {
        let text = &envelope.child(name)?.text;
        let mut numbers = text.split_ascii_whitespace().map(str::parse::<f64>);
        let mut next = || numbers.next()?.ok().filter(|number| number.is_finite());
        Some([next()?, next()?, next().unwrap_or_default()])
    };
    Some([corner("lowerCorner")?, corner("upperCorner")?])
}

/// The first position of a geometry, models in coordinates of their own aside.
fn first_position(element: &Element) -> Option<[f64; 3]> {
    if matches!(
        element.name.as_str(),
        "relativeGMLGeometry" | "relativeGeometry"
    ) {
        return None;
    }
    gml::positions(element)
        .and_then(|positions| positions.first().copied())
        .or_else(|| element.children.iter().find_map(first_position))
}
