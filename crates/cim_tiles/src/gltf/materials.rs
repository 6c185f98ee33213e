//! What surfaces look like: classes of our own tiles, materials of others, and the textures that those name.

use super::accessor::GltfFile;
use super::buffers::read_beside;
use super::document::{self, Technique, TextureInfo, TextureTransform};
use super::images::{self, FREE_BYTES, TIMES_INPUT};
use super::{GltfInput, Told};
use crate::source::{data_uri, resolve};
use crate::{FeatureClass, Material, TileImage};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Assets whose generator begins with this follow the style of their classes.
const OUR_GENERATOR: &str = "CityMirror";
const CLAMP_TO_EDGE: u32 = 33_071;
/// Two materials that look the same are one surface; beyond this many, nobody looks for the same one any more.
const MAX_COMPARED: usize = 256;

/// How a primitive is drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) class: FeatureClass,
    /// Row of the materials that were found; `None` leaves it to the style of the class.
    pub(super) material: Option<usize>,
    /// Where texture coordinates come from, when there is a texture.
    pub(super) coordinates: Option<Coordinates>,
}

/// A set of texture coordinates, and how they are moved (`KHR_texture_transform`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Coordinates {
    /// `TEXCOORD_` of this number.
    pub(super) set: u32,
    /// Two rows of three numbers.
    pub(super) transform: Option<[f32; 6]>,
}

impl Coordinates {
    pub(super) fn of(info: &TextureInfo) -> Self {
        let transform = info.extensions.transform.as_ref();
        Self {
            set: transform
                .and_then(|transform| transform.tex_coord)
                .unwrap_or(info.tex_coord),
            transform: transform.map(matrix_of),
        }
    }

    /// The attribute's name.
    pub(super) fn attribute(self) -> String {
        format!("TEXCOORD_{}", self.set)
    }

    /// Where in the image a corner is.
    pub(super) fn place(self, [u, v]: [f32; 2]) -> [f32; 2] {
        match self.transform {
            None => [u, v],
            Some([a, b, c, d, e, f]) => [a * u + b * v + c, d * u + e * v + f],
        }
    }
}

/// The materials of an asset, made as primitives ask for them.
pub(super) struct Materials<'a> {
    file: &'a GltfFile<'a>,
    input: &'a GltfInput<'a>,
    is_ours: bool,
    looks: BTreeMap<Option<u32>, Look>,
    found: Vec<Material>,
    images: Images,
}

impl<'a> Materials<'a> {
    pub(super) fn new(
        file: &'a GltfFile<'a>,
        input: &'a GltfInput<'a>,
        input_bytes: usize,
    ) -> Self {
        Self {
            file,
            input,
            is_ours: file.document.asset.generator.starts_with(OUR_GENERATOR),
            looks: BTreeMap::new(),
            found: Vec::new(),
            images: Images::new(input_bytes.saturating_mul(TIMES_INPUT).max(FREE_BYTES)),
        }
    }

    /// How primitives of a material are drawn. What is wrong with it is told once.
    pub(super) fn look(&mut self, material: Option<u32>, told: &mut Told<'_>) -> Look {
        if let Some(look) = self.looks.get(&material) {
            return *look;
        }
        let look = self.make_look(material, told);
        self.looks.insert(material, look);
        look
    }

    /// The same look for a primitive that has no texture coordinates.
    pub(super) fn without_image(&mut self, look: Look) -> Look {
        let plain = look
            .material
            .and_then(|row| self.found.get(row))
            .map(|material| Material {
                image: None,
                ..*material
            });
        Look {
            material: plain.map(|material| self.row_of(material)),
            coordinates: None,
            ..look
        }
    }

    /// The materials that looks point to.
    pub(super) fn material(&self, row: usize) -> Option<Material> {
        self.found.get(row).copied()
    }

    /// The textures that the materials name.
    pub(super) fn into_images(self) -> Vec<TileImage> {
        self.images.kept
    }

    /// The whole image of a texture, for reading numbers out of it.
    pub(super) fn numbers_of(&mut self, texture: u32) -> Result<TileImage, String> {
        let document = self.file.document;
        let texture = document
            .textures
            .get(texture as usize)
            .ok_or_else(|| format!("texture {texture} does not exist"))?;
        let mut image = self.decode_texture(texture).map(|(_, image)| image)?;
        image.repeats = self.repeats_of(texture);
        Ok(image)
    }

    fn make_look(&mut self, index: Option<u32>, told: &mut Told<'_>) -> Look {
        let json = index.and_then(|index| self.file.document.materials.get(index as usize));
        let place = format!("materials/{}", index.unwrap_or_default());
        if json.is_none() && index.is_some() {
            told.add(place.as_str(), "there is no such material");
        }
        let name = json.map(|json| json.name.as_str());
        let class = match (self.is_ours, name) {
            (false, _) => FeatureClass::Model,
            (true, Some(name)) => FeatureClass::from_word(name),
            (true, None) => FeatureClass::default(),
        };
        let colour = json.map(Colour::of).unwrap_or_default();
        if class != FeatureClass::Model && colour.texture.is_none() {
            return Look {
                class,
                material: None,
                coordinates: None,
            };
        }
        let image = colour.texture.as_ref().and_then(|info| {
            self.image_of(info)
                .map_err(|(place, reason)| told.add(place, reason))
                .ok()
        });
        let (image, shrunk) = image.unzip();
        if let Some(Some(reason)) = shrunk {
            told.add(place, reason);
        }
        let alpha = json.map_or("", |json| json.alpha_mode.as_str());
        let material = Material {
            base_colour: colour.factor,
            image,
            is_unlit: colour.is_unlit,
            is_double_sided: json.is_some_and(|json| json.double_sided),
            cutoff: (alpha == "MASK")
                .then(|| json.and_then(|json| json.alpha_cutoff).unwrap_or(0.5)),
            is_blended: alpha == "BLEND",
        };
        Look {
            class,
            material: Some(self.row_of(material)),
            coordinates: image.and(colour.texture.as_ref().map(Coordinates::of)),
        }
    }

    /// The row of a material; a new one when none looks the same.
    fn row_of(&mut self, material: Material) -> usize {
        let mut known = self.found.iter().take(MAX_COMPARED);
        known
            .position(|known| *known == material)
            .unwrap_or_else(|| {
                self.found.push(material);
                self.found.len() - 1
            })
    }

    /// The row of a texture's image, and whether it had to be made smaller; or where and why there is none.
    fn image_of(&mut self, info: &TextureInfo) -> Result<(u32, Option<String>), (String, String)> {
        let number = info.index.unwrap_or_default();
        let place = format!("textures/{number}");
        let Some(texture) = self.file.document.textures.get(number as usize) else {
            return Err((place, "there is no such texture".to_owned()));
        };
        let repeats = self.repeats_of(texture);
        for source in sources_of(texture) {
            if let Some(row) = self.images.rows.get(&(source, repeats)) {
                return Ok((*row, None));
            }
        }
        let (source, mut image) = self
            .decode_texture(texture)
            .map_err(|reason| (place.clone(), reason))?;
        image.repeats = repeats;
        let (row, shrunk) = self.images.keep(image).map_err(|reason| (place, reason))?;
        self.images.rows.insert((source, repeats), row);
        Ok((row, shrunk))
    }

    /// The first of a texture's images that can be read, with its number.
    fn decode_texture(&mut self, texture: &document::Texture) -> Result<(u32, TileImage), String> {
        let mut reasons = Vec::new();
        for source in sources_of(texture) {
            match self.decode_image(source) {
                Ok(image) => return Ok((source, image)),
                Err(reason) => reasons.push(format!("image {source}: {reason}")),
            }
        }
        if reasons.is_empty() {
            reasons.push("the texture has no image".to_owned());
        }
        Err(reasons.join("; "))
    }

    fn decode_image(&mut self, number: u32) -> Result<TileImage, String> {
        if !self.input.images {
            return Ok(TileImage {
                width: 1,
                height: 1,
                rgba: vec![255; 4],
                ..TileImage::default()
            });
        }
        if let Some(reason) = self.images.broken.get(&number) {
            return Err(reason.clone());
        }
        let image = self.images.may_unpack().and_then(|()| {
            let bytes = self.image_bytes(number)?;
            images::decode(&bytes)
        });
        match &image {
            Ok(image) => self.images.unpackable_bytes -= image.rgba.len() as i64,
            Err(reason) => {
                self.images.broken.insert(number, reason.clone());
            }
        }
        image
    }

    fn image_bytes(&self, number: u32) -> Result<Cow<'a, [u8]>, String> {
        let image = self
            .file
            .document
            .images
            .get(number as usize)
            .ok_or("there is no such image")?;
        if let Some(view) = image.buffer_view {
            let view = self.file.view(view).map_err(|error| error.to_string())?;
            return Ok(Cow::Borrowed(view.bytes));
        }
        let uri = image.uri.as_deref().ok_or("it has no bytes")?;
        if let Some(bytes) = data_uri(uri) {
            return bytes.map(Cow::Owned);
        }
        let path = resolve(self.input.path, uri)?;
        read_beside(self.input, &path).map(Cow::Owned)
    }

    fn repeats_of(&self, texture: &document::Texture) -> [bool; 2] {
        let samplers = &self.file.document.samplers;
        let sampler = texture
            .sampler
            .and_then(|index| samplers.get(index as usize));
        sampler.map_or([true; 2], |sampler| {
            [sampler.wrap_s, sampler.wrap_t].map(|wrap| wrap != Some(CLAMP_TO_EDGE))
        })
    }
}

/// The images of a texture, the best first.
fn sources_of(texture: &document::Texture) -> impl Iterator<Item = u32> + use<> {
    let extensions = &texture.extensions;
    let sources = [
        extensions.basisu.as_ref().and_then(|one| one.source),
        extensions.webp.as_ref().and_then(|one| one.source),
        texture.source,
    ];
    sources.into_iter().flatten()
}

/// The images of an asset. Together they take no more than 64 MiB, or sixteen times the file: what does not fit any
/// more is halved until it does.
struct Images {
    kept: Vec<TileImage>,
    /// By image and how it repeats.
    rows: BTreeMap<(u32, [bool; 2]), u32>,
    /// Images that cannot be read, so that nobody tries again.
    broken: BTreeMap<u32, String>,
    left_bytes: usize,
    /// What may still be unpacked, halved afterwards or not: a thousand images in the same bytes would take for ever.
    unpackable_bytes: i64,
}

impl Images {
    fn new(max_bytes: usize) -> Self {
        Self {
            kept: Vec::new(),
            rows: BTreeMap::new(),
            broken: BTreeMap::new(),
            left_bytes: max_bytes,
            unpackable_bytes: i64::try_from(max_bytes.saturating_mul(2)).unwrap_or(i64::MAX),
        }
    }

    fn may_unpack(&self) -> Result<(), String> {
        if self.unpackable_bytes > 0 && self.left_bytes > 0 {
            Ok(())
        } else {
            Err("the file's textures take too much memory".to_owned())
        }
    }

    fn keep(&mut self, mut image: TileImage) -> Result<(u32, Option<String>), String> {
        let full = [image.width, image.height];
        while image.rgba.len() > self.left_bytes {
            image = image
                .halved()
                .ok_or("the file's textures take too much memory")?;
        }
        self.left_bytes -= image.rgba.len();
        let [width, height] = full;
        let shrunk = (full != [image.width, image.height]).then(|| {
            format!(
                "the file's textures take too much memory: {width} × {height} pixels are shown as {} × {}",
                image.width, image.height
            )
        });
        let row = u32::try_from(self.kept.len()).map_err(|error| error.to_string())?;
        self.kept.push(image);
        Ok((row, shrunk))
    }
}

/// The colour of a material, wherever it says so.
#[derive(Debug)]
struct Colour {
    factor: [f32; 4],
    texture: Option<TextureInfo>,
    is_unlit: bool,
}

impl Default for Colour {
    fn default() -> Self {
        Self {
            factor: [1.0; 4],
            texture: None,
            is_unlit: false,
        }
    }
}

impl Colour {
    fn of(json: &document::Material) -> Self {
        let is_unlit = json.extensions.unlit.is_some();
        let with = |factor: Option<[f32; 4]>, texture: Option<TextureInfo>| Self {
            factor: factor.unwrap_or([1.0; 4]).map(finite_or_one),
            texture: texture.filter(|info| info.index.is_some()),
            is_unlit,
        };
        if let Some(json) = &json.extensions.specular_glossiness {
            return with(json.diffuse_factor, json.diffuse_texture.clone());
        }
        if let Some(technique) = &json.extensions.technique {
            let (factor, texture) = colour_of_technique(technique);
            return with(factor, texture);
        }
        let surface = json.pbr_metallic_roughness.as_ref();
        let factor = surface.and_then(|surface| surface.base_color_factor);
        let texture = surface.and_then(|surface| surface.base_color_texture.clone());
        // Some exporters of photographed models paint them as glowing and black.
        let glows = json
            .emissive_factor
            .unwrap_or_default()
            .iter()
            .all(|part| *part > 0.99);
        let is_black = factor.is_some_and(|[red, green, blue, _]| red + green + blue == 0.0);
        if texture.is_none()
            && glows
            && is_black
            && let Some(texture) = &json.emissive_texture
        {
            return Self {
                is_unlit: true,
                ..with(None, Some(texture.as_ref().clone()))
            };
        }
        with(factor, texture)
    }
}

/// The diffuse colour or texture among the values of a technique.
fn colour_of_technique(technique: &Technique) -> (Option<[f32; 4]>, Option<TextureInfo>) {
    let value = technique
        .values
        .iter()
        .find(|(name, _)| name.contains("diffuse") || name.contains("baseColor"));
    let Some((_, value)) = value else {
        return (None, None);
    };
    match value {
        Value::Array(parts) => {
            let mut factor = [1.0; 4];
            for (part, number) in factor.iter_mut().zip(parts) {
                *part = number.as_f64().unwrap_or(1.0) as f32;
            }
            (Some(factor), None)
        }
        Value::Object(object) => {
            let number = |key: &str| {
                let number = object.get(key)?.as_u64()?;
                u32::try_from(number).ok()
            };
            let info = TextureInfo {
                index: number("index"),
                tex_coord: number("texCoord").unwrap_or_default(),
                ..TextureInfo::default()
            };
            (None, Some(info))
        }
        _ => (None, None),
    }
}

fn finite_or_one(number: f32) -> f32 {
    if number.is_finite() { number } else { 1.0 }
}

/// Scale first, then rotation, then offset (`KHR_texture_transform`). With y pointing down the image, a turn to the
/// left has its signs swapped.
fn matrix_of(transform: &TextureTransform) -> [f32; 6] {
    let [x, y] = transform.offset.unwrap_or_default();
    let [wide, high] = transform.scale.unwrap_or([1.0; 2]);
    let (sine, cosine) = transform.rotation.sin_cos();
    [
        cosine * wide,
        sine * high,
        x,
        -sine * wide,
        cosine * high,
        y,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_texture_transform_scales_turns_and_moves() {
        let info = TextureInfo {
            tex_coord: 1,
            extensions: document::TextureInfoExtensions {
                transform: Some(TextureTransform {
                    offset: Some([0.5, 0.25]),
                    rotation: std::f32::consts::FRAC_PI_2,
                    scale: Some([2.0, 4.0]),
                    tex_coord: Some(2),
                }),
            },
            ..TextureInfo::default()
        };
        let coordinates = Coordinates::of(&info);
        assert_eq!(coordinates.attribute(), "TEXCOORD_2");
        let [u, v] = coordinates.place([1.0, 0.5]);
        assert!((u - 2.5).abs() < 1e-6 && (v + 1.75).abs() < 1e-6, "{u} {v}");
    }

    #[test]
    fn images_that_do_not_fit_are_halved() {
        let mut images = Images::new(80);
        let image = TileImage {
            width: 4,
            height: 4,
            rgba: vec![7; 64],
            repeats: [true; 2],
        };
        assert_eq!(images.keep(image.clone()), Ok((0, None)));
        let (row, shrunk) = images.keep(image.clone()).expect("half of it fits");
        assert_eq!((row, images.kept[1].width), (1, 2));
        assert!(shrunk.is_some_and(|reason| reason.contains("4 × 4")));
        assert!(images.keep(image).is_err());
    }
}
