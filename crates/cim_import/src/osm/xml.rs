//! OpenStreetMap extracts in XML (`.osm`, `.osm.xml`), read as a stream.

use super::Intake;
use super::extract::Element;
use crate::feature::Tags;
use crate::request::ImportError;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Reads every element of the file. What comes before a break stays.
pub(super) fn read_elements(path: &Path, intake: &mut Intake<'_>) -> Result<(), ImportError> {
    let file = File::open(path).map_err(|reason| ImportError::UnreadableSource {
        path: path.to_path_buf(),
        reason,
    })?;
    let mut reader = Reader::from_reader(BufReader::with_capacity(128 << 10, file));
    let mut buffer = Vec::new();
    let mut open: Option<Open> = None;
    let mut elements = 0_u64;
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer);
        let place = reader.buffer_position();
        match event {
            Ok(Event::Start(tag)) => begin(&tag, &mut open, intake),
            Ok(Event::Empty(tag)) => {
                begin(&tag, &mut open, intake);
                if is_element(tag.name().as_ref()) {
                    elements += 1;
                    end(open.take(), intake);
                }
            }
            Ok(Event::End(tag)) if is_element(tag.name().as_ref()) => {
                elements += 1;
                end(open.take(), intake);
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(error) => {
                let broken = ImportError::BrokenSource {
                    path: path.to_path_buf(),
                    place: format!("byte {place}"),
                    reason: error.to_string(),
                };
                if elements == 0 {
                    return Err(broken);
                }
                intake.ledger.refuse(
                    "the rest of the extract cannot be read",
                    &broken.to_string(),
                );
                break;
            }
        }
        intake.checked()?;
    }
    if elements == 0 {
        return Err(ImportError::BrokenSource {
            path: path.to_path_buf(),
            place: "its end".to_owned(),
            reason: "there is no node, way or relation in it".to_owned(),
        });
    }
    Ok(())
}

/// The element that is being read.
#[derive(Debug)]
struct Open {
    kind: Kind,
    element: Element,
    /// Places of nodes, degrees.
    at: Option<[f64; 2]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Node,
    Way,
    Relation,
}

fn is_element(name: &str) -> bool {
    matches!(name, "node" | "way" | "relation")
}

fn begin(tag: &BytesStart<'_>, open: &mut Option<Open>, intake: &mut Intake<'_>) {
    let name = tag.name();
    let kind = match name.as_ref() {
        "node" => Kind::Node,
        "way" => Kind::Way,
        "relation" => Kind::Relation,
        inside => {
            if let Some(open) = open {
                take_inside(inside, tag, open);
            }
            return;
        }
    };
    let is_deleted = attribute(tag, "action").as_deref() == Some("delete")
        || attribute(tag, "visible").as_deref() == Some("false");
    let number = |key: &str| attribute(tag, key)?.trim().parse::<f64>().ok();
    let id = attribute(tag, "id").and_then(|id| id.trim().parse::<i64>().ok());
    *open = match id {
        Some(id) if !is_deleted => Some(Open {
            kind,
            element: Element {
                id,
                tags: Tags::default(),
                members: Vec::new(),
            },
            at: number("lon")
                .zip(number("lat"))
                .map(|(lon, lat)| [lon, lat]),
        }),
        Some(_) => None,
        None => {
            let place = format!("{}, a {} of the file", intake.file, name.as_ref());
            intake.ledger.refuse("an element has no number", &place);
            None
        }
    };
}

fn take_inside(name: &str, tag: &BytesStart<'_>, open: &mut Open) {
    match (name, open.kind) {
        ("tag", _) => {
            if let (Some(key), Some(value)) = (attribute(tag, "k"), attribute(tag, "v"))
                && !super::is_provenance(&key)
            {
                open.element.tags.0.insert(key, value);
            }
        }
        ("nd", Kind::Way) => {
            let node = attribute(tag, "ref").and_then(|id| id.trim().parse().ok());
            open.element.members.extend(node.map(|node| (node, false)));
        }
        ("member", Kind::Relation) if attribute(tag, "type").as_deref() == Some("way") => {
            let way = attribute(tag, "ref").and_then(|id| id.trim().parse().ok());
            let is_inner = attribute(tag, "role").as_deref() == Some("inner");
            open.element.members.extend(way.map(|way| (way, is_inner)));
        }
        _ => {}
    }
}

fn end(open: Option<Open>, intake: &mut Intake<'_>) {
    let Some(Open { kind, element, at }) = open else {
        return;
    };
    match (kind, at) {
        (Kind::Way, _) => intake.way(&element),
        (Kind::Relation, _) => intake.relation(&element),
        (Kind::Node, Some([lon, lat])) if lon.abs() <= 180.0 && lat.abs() <= 90.0 => {
            let at = [lon, lat].map(|degrees| (degrees * 1e7).round() as i32);
            intake.node(element.id, at, element.tags);
        }
        (Kind::Node, _) => {
            let place = format!("{}, node {}", intake.file, element.id);
            intake.ledger.refuse("a node lies nowhere on Earth", &place);
        }
    }
}

/// The value of an attribute, entities resolved; `None` without it or when it is broken.
fn attribute(tag: &BytesStart<'_>, key: &str) -> Option<String> {
    let attribute = tag.try_get_attribute(key).ok()??;
    let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
    Some(value.into_owned())
}
