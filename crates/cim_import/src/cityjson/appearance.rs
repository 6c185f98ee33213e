//! Materials and textures of a CityJSON file (CityJSON 2.0, section 5).

use super::json::{Item, Json, Packed};
use super::placing::image_beside;
use crate::feature::SurfaceTexture;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// What surfaces may look like.
#[derive(Clone, Debug, Default)]
pub(crate) struct Appearance {
    colours: Vec<Option<[u8; 4]>>,
    /// `None` for an image that is not there.
    images: Vec<Option<Arc<str>>>,
    corners: Vec<[f32; 2]>,
    material_theme: Option<String>,
    texture_theme: Option<String>,
}

/// What became of the picture on a surface.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Pictured {
    No,
    Yes(SurfaceTexture),
    /// The image, or the coordinates on it, are not there.
    Lost,
}

impl Appearance {
    /// Reads the member `appearance` of the file at `path`.
    pub(crate) fn of(json: &Json, path: &Path) -> Self {
        let list = |key| json.get(key).map(Json::items).unwrap_or_default();
        let theme = |key| json.get(key).and_then(Json::text).map(str::to_owned);
        Self {
            colours: list("materials").iter().map(colour_of).collect(),
            images: list("textures")
                .iter()
                .map(|texture| {
                    let image = texture.get("image").and_then(Json::text)?;
                    let found = image_beside(path, image)?;
                    Some(Arc::from(found.to_string_lossy().as_ref()))
                })
                .collect(),
            corners: list("vertices-texture")
                .iter()
                .map(|row| {
                    let [u, v, _] = row.row();
                    [u as f32, v as f32]
                })
                .collect(),
            material_theme: theme("default-theme-material"),
            texture_theme: theme("default-theme-texture"),
        }
    }

    /// The materials of a geometry by surface: those of the default theme, else of the first.
    pub(crate) fn materials_of(&self, geometry: &mut BTreeMap<String, Json>) -> Packed {
        let Some(mut theme) = take_theme(geometry, "material", self.material_theme.as_deref())
        else {
            return Packed::default();
        };
        match (theme.remove("values"), theme.remove("value")) {
            (Some(Json::Packed(values)), _) => values,
            (_, Some(value)) => value
                .number()
                .filter(|index| (0.0..1.0e9).contains(index))
                .map(|index| Packed::of_index(index as u32))
                .unwrap_or_default(),
            _ => Packed::default(),
        }
    }

    /// The textures of a geometry by ring.
    pub(crate) fn textures_of(&self, geometry: &mut BTreeMap<String, Json>) -> Packed {
        let theme = take_theme(geometry, "texture", self.texture_theme.as_deref());
        match theme.and_then(|mut theme| theme.remove("values")) {
            Some(Json::Packed(values)) => values,
            _ => Packed::default(),
        }
    }

    /// The colour of a surface whose material is `item`.
    pub(crate) fn colour(&self, item: Item<'_>) -> Option<[u8; 4]> {
        match item {
            Item::Index(index) => self.colours.get(index as usize).copied().flatten(),
            Item::Null | Item::Wrong | Item::List(_) => None,
        }
    }

    /// The picture on a surface: one item and one number of corners for each of its rings.
    pub(crate) fn picture(&self, rings: &[(Item<'_>, usize)]) -> Pictured {
        let mut image = None;
        let mut coordinates = Vec::with_capacity(rings.len());
        for (item, corners) in rings {
            let Item::List(mut numbers) = *item else {
                return Pictured::No;
            };
            let Some(Item::Index(own)) = numbers.next() else {
                return Pictured::No;
            };
            let Some(Some(own)) = self.images.get(own as usize) else {
                return Pictured::Lost;
            };
            let pairs: Option<Vec<[f32; 2]>> = numbers
                .map(|number| match number {
                    Item::Index(index) => self
                        .corners
                        .get(index as usize)
                        .copied()
                        .filter(|pair| pair.iter().all(|part| part.is_finite())),
                    Item::Null | Item::Wrong | Item::List(_) => None,
                })
                .collect();
            let Some(pairs) = pairs.filter(|pairs| pairs.len() == *corners) else {
                return Pictured::Lost;
            };
            image.get_or_insert_with(|| Arc::clone(own));
            coordinates.push(pairs);
        }
        image.map_or(Pictured::No, |image| {
            Pictured::Yes(SurfaceTexture { image, coordinates })
        })
    }
}

/// The map of one theme of a geometry's `material` or `texture`.
fn take_theme(
    geometry: &mut BTreeMap<String, Json>,
    key: &str,
    wanted: Option<&str>,
) -> Option<BTreeMap<String, Json>> {
    let Some(Json::Map(mut themes)) = geometry.remove(key) else {
        return None;
    };
    let own = wanted.and_then(|name| themes.remove(name));
    match own.or_else(|| themes.pop_first().map(|(_, theme)| theme)) {
        Some(Json::Map(theme)) => Some(theme),
        _ => None,
    }
}

/// Diffuse colour and opacity of a material.
fn colour_of(material: &Json) -> Option<[u8; 4]> {
    let diffuse = material.get("diffuseColor")?.row();
    let transparency = material
        .get("transparency")
        .and_then(Json::number)
        .unwrap_or_default();
    rgba_of(diffuse, transparency)
}

/// Parts from 0 to 1 as bytes; `None` when one is not a number.
pub(crate) fn rgba_of(diffuse: [f64; 3], transparency: f64) -> Option<[u8; 4]> {
    let byte = |part: f64| (part.clamp(0.0, 1.0) * 255.0).round() as u8;
    let [red, green, blue] = diffuse;
    [red, green, blue, transparency]
        .iter()
        .all(|part| part.is_finite())
        .then(|| [byte(red), byte(green), byte(blue), byte(1.0 - transparency)])
}
