//! Colours and pictures of a CityGML file (CityGML 2.0, clause 9; 3.0, clause 7.3).

use super::xml::Element;
use crate::cityjson::placing::image_beside;
use crate::cityjson::rgba_of;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Looks that stand outside of their objects are kept up to so many bytes; what is beyond is left out.
const MAX_BYTES: usize = 128 << 20;

/// The image on a ring, and where in it each corner lies.
pub(crate) type Picture = (Option<Arc<str>>, Vec<[f32; 2]>);

/// Looks by what they are on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Looks {
    /// By the id of a polygon or of what holds it.
    pub(crate) colours: BTreeMap<String, [u8; 4]>,
    /// By the id of a ring; without an image when that is not there.
    pub(crate) pictures: BTreeMap<String, Picture>,
    bytes: usize,
    /// True when there were more than can be kept.
    pub(crate) is_full: bool,
}

impl Looks {
    /// Takes in an `Appearance` and everything in it; the first look of a surface counts.
    pub(crate) fn take(&mut self, element: &Element, path: &Path) {
        element.each(&mut |inside| match inside.name.as_str() {
            "X3DMaterial" => self.material(inside),
            "ParameterizedTexture" => self.texture(inside, path),
            _ => {}
        });
    }

    fn material(&mut self, element: &Element) {
        let diffuse = element
            .child("diffuseColor")
            .and_then(|colour| numbers(&colour.text))
            .and_then(|parts| <[f64; 3]>::try_from(parts).ok());
        let transparency = element
            .child("transparency")
            .and_then(|text| text.trimmed().parse().ok())
            .unwrap_or_default();
        let Some(colour) = diffuse.and_then(|diffuse| rgba_of(diffuse, transparency)) else {
            return;
        };
        for target in element
            .children
            .iter()
            .filter(|child| child.name == "target")
        {
            let id = reference(target.trimmed());
            if self.has_room(id.len() + 64) {
                self.colours.entry(id.to_owned()).or_insert(colour);
            }
        }
    }

    fn texture(&mut self, element: &Element, path: &Path) {
        let image = element
            .child("imageURI")
            .and_then(|uri| image_beside(path, uri.trimmed()))
            .map(|found| Arc::<str>::from(found.to_string_lossy().as_ref()));
        element.each(&mut |inside| {
            if inside.name != "TexCoordList" {
                return;
            }
            // In CityGML 3 rings are named one after the other, in 2 by an attribute.
            let mut rings = inside.children.iter().filter(|child| child.name == "ring");
            for list in &inside.children {
                if list.name != "textureCoordinates" {
                    continue;
                }
                let ring = list
                    .attribute("ring")
                    .or_else(|| rings.next().map(Element::trimmed));
                if let Some(ring) = ring {
                    self.picture(reference(ring), image.clone(), &list.text);
                }
            }
        });
    }

    fn picture(&mut self, ring: &str, image: Option<Arc<str>>, text: &str) {
        let pairs: Vec<[f32; 2]> = numbers(text)
            .unwrap_or_default()
            .chunks_exact(2)
            .map(|pair| match *pair {
                [u, v] => [u as f32, v as f32],
                _ => [0.0; 2],
            })
            .collect();
        if self.has_room(ring.len() + 96 + pairs.len() * 8) {
            self.pictures
                .entry(ring.to_owned())
                .or_insert((image, pairs));
        }
    }

    fn has_room(&mut self, bytes: usize) -> bool {
        self.bytes += bytes;
        self.is_full |= self.bytes > MAX_BYTES;
        !self.is_full
    }
}

/// The id in `#id`.
fn reference(text: &str) -> &str {
    text.strip_prefix('#').unwrap_or(text)
}

fn numbers(text: &str) -> Option<Vec<f64>> {
    text.split_ascii_whitespace()
        .map(|word| word.parse().ok().filter(|number: &f64| number.is_finite()))
        .collect()
}
