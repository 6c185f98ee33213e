//! Which feature each vertex and each copy belongs to (`EXT_mesh_features`, `EXT_instance_features`, a b3dm's batch
//! ids).
//!
//! Where an image says it, the number is that of the image's pixel at the vertex: features are told per vertex here,
//! never within a triangle.

use super::accessor::{Budget, GltfFile, Items, Origin};
use super::attributes::PrimitiveData;
use super::document::{AttributeName, FeatureIdSet, MeshFeatures, Primitive, TextureInfo};
use super::materials::{Coordinates, Materials};
use super::metadata::{Table, features_of_table};
use super::{BatchedFeatures, Told};
use crate::{PropertyTable, TileError, TileFeature, TileImage};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// How b3dm contents name the attribute of batch ids, now and before glTF 2.0.
const BATCH_IDS: [&str; 2] = ["_BATCHID", "BATCHID"];
/// Stands for no feature while rows are put together.
const NO_FEATURE: u32 = u32::MAX;

/// All features of a tile, gathered as its primitives are read.
pub(super) struct Features<'a> {
    file: &'a GltfFile<'a>,
    list: Vec<TileFeature>,
    /// Features of the b3dm around: the first ones.
    batched: Option<u32>,
    /// Of the b3dm around, then of the asset.
    tables: Vec<PropertyTable>,
    /// The asset's tables, until somebody asks for their features.
    own_tables: BTreeMap<u32, OwnTable>,
    /// The one feature of all that has none.
    unnamed: Option<u32>,
}

/// Features that stand together in the list.
#[derive(Clone, Copy, Debug)]
struct Block {
    first: u32,
    count: u32,
}

/// A table of the asset: what its columns mean, where it is, and the features that it became.
struct OwnTable {
    semantics: super::Semantics,
    row: u32,
    block: Option<Block>,
}

/// How the vertices of one primitive belong to features.
pub(super) enum Membership {
    /// All to the same one.
    One(u32),
    /// Each to its own.
    Each(Vec<u32>),
}

/// Numbers of features as a file has them, and who asks.
struct Numbers<'s> {
    list: Vec<u32>,
    set: Option<&'s FeatureIdSet>,
    /// "vertices" or "copies".
    whose: &'s str,
    place: &'s str,
}

impl<'a> Features<'a> {
    pub(super) fn new(
        file: &'a GltfFile<'a>,
        batch: Option<BatchedFeatures<'_>>,
        own: Vec<Table>,
    ) -> Self {
        let mut tables = batch.map_or_else(Vec::new, |batch| batch.tables.to_vec());
        let mut own_tables = BTreeMap::new();
        for (number, one) in (0_u32..).zip(own) {
            let own = OwnTable {
                semantics: one.semantics,
                row: u32::try_from(tables.len()).unwrap_or(u32::MAX),
                block: None,
            };
            own_tables.insert(number, own);
            tables.push(one.table);
        }
        let list = batch.map_or_else(Vec::new, |batch| batch.features.to_vec());
        Self {
            file,
            batched: batch.map(|_batch| u32::try_from(list.len()).unwrap_or(u32::MAX)),
            list,
            tables,
            own_tables,
            unnamed: None,
        }
    }

    /// The features and their tables.
    pub(super) fn into_parts(self) -> (Vec<TileFeature>, Vec<PropertyTable>) {
        (self.list, self.tables)
    }

    /// True when vertices of this primitive say which feature they belong to.
    pub(super) fn has_ids(&self, primitive: &Primitive) -> bool {
        primitive.extensions.mesh_features.is_some()
            || primitive.extensions.draft_features.is_some()
            || primitive.attributes.contains_key("_FEATURE_ID_0")
            || (self.batched.is_some()
                && BATCH_IDS
                    .iter()
                    .any(|name| primitive.attributes.contains_key(*name)))
    }

    /// How the vertices of a primitive belong to features. Of several sets of feature ids, the first with a property
    /// table counts.
    pub(super) fn membership(
        &mut self,
        primitive: &Primitive,
        data: &PrimitiveData<'_, '_>,
        materials: &mut Materials<'_>,
        budget: &mut Budget,
        told: &mut Told<'_>,
        place: &str,
    ) -> Result<Membership, TileError> {
        let vertices = data.count();
        if let Some(count) = self.batched {
            for name in BATCH_IDS {
                if let Some(items) = data.items(name, &[1], budget)? {
                    let list = self.whole_numbers(&items, vertices, budget, place)?;
                    return self.batched_rows(count, list, budget, told, place);
                }
            }
            if count == 1 {
                return Ok(Membership::One(0));
            }
        }
        let sets = self.sets_of(primitive);
        let set = chosen(&sets);
        let list = match set {
            None => match data.items("_FEATURE_ID_0", &[1], budget)? {
                Some(items) => self.whole_numbers(&items, vertices, budget, place)?,
                None => return Ok(Membership::One(self.unnamed(budget)?)),
            },
            Some(set) => match (&set.texture, &set.attribute) {
                (Some(texture), _) => {
                    match self.sampled(texture, data, materials, budget, place)? {
                        Ok(list) => list,
                        Err(reason) => {
                            told.add(place, format!("feature ids: {reason}"));
                            return Ok(Membership::One(self.unnamed(budget)?));
                        }
                    }
                }
                (None, Some(name)) => {
                    let name = attribute_of(name);
                    let Some(items) = data.items(&name, &[1], budget)? else {
                        told.add(place, format!("there is no attribute {name}"));
                        return Ok(Membership::One(self.unnamed(budget)?));
                    };
                    self.whole_numbers(&items, vertices, budget, place)?
                }
                (None, None) => {
                    self.take_rows(vertices, Origin::Plain, budget, place)?;
                    data.row_numbers()
                }
            },
        };
        let numbers = Numbers {
            list,
            set,
            whose: "vertices",
            place,
        };
        self.rows(numbers, budget, told).map(Membership::Each)
    }

    /// The features of copies (`EXT_instance_features`); `None` when nothing says which they are.
    pub(super) fn of_copies(
        &mut self,
        sets: Option<&MeshFeatures>,
        attributes: &BTreeMap<String, u32>,
        copies: usize,
        budget: &mut Budget,
        told: &mut Told<'_>,
        place: &str,
    ) -> Result<Option<Vec<u32>>, TileError> {
        let set = sets.and_then(|sets| chosen(&sets.feature_ids));
        let name = match set {
            None => Some("_FEATURE_ID_0".to_owned()),
            Some(set) => set
                .attribute
                .as_ref()
                .map(|name| attribute_of(name).into_owned()),
        };
        let accessor = name.as_ref().and_then(|name| attributes.get(name)).copied();
        let list = match (accessor, set) {
            (Some(accessor), _) => {
                let items = self.file.items(accessor, &[1], budget)?;
                self.whole_numbers(&items, copies, budget, place)?
            }
            (None, Some(set)) if set.attribute.is_none() => {
                self.take_rows(copies, Origin::Plain, budget, place)?;
                (0_u32..).take(copies).collect()
            }
            (None, _) => return Ok(None),
        };
        if list.len() < copies {
            told.add(place, "there are fewer feature ids than copies");
            return Ok(None);
        }
        let numbers = Numbers {
            list,
            set,
            whose: "copies",
            place,
        };
        self.rows(numbers, budget, told).map(Some)
    }

    /// The feature of all that has none.
    pub(super) fn unnamed(&mut self, budget: &mut Budget) -> Result<u32, TileError> {
        if let Some(row) = self.unnamed {
            return Ok(row);
        }
        let bytes = size_of::<TileFeature>();
        budget.plain.take(bytes, self.file.path, "the features")?;
        let row = self.append(vec![TileFeature::default()])?.first;
        self.unnamed = Some(row);
        Ok(row)
    }

    /// The sets of feature ids of a primitive, whichever extension has them.
    fn sets_of<'p>(&self, primitive: &'p Primitive) -> Cow<'p, [FeatureIdSet]> {
        let extensions = &primitive.extensions;
        match (&extensions.mesh_features, &extensions.draft_features) {
            (Some(features), _) => Cow::Borrowed(&features.feature_ids),
            (None, Some(draft)) => {
                let metadata = self.file.document.extensions.draft_metadata.as_ref();
                Cow::Owned(draft.to_mesh_features(metadata).feature_ids)
            }
            (None, None) => Cow::Borrowed(&[]),
        }
    }

    /// Rows of features in place of their numbers. Numbers of features that do not exist mean none, and are told.
    fn rows(
        &mut self,
        numbers: Numbers<'_>,
        budget: &mut Budget,
        told: &mut Told<'_>,
    ) -> Result<Vec<u32>, TileError> {
        let Numbers {
            mut list,
            set,
            whose,
            place,
        } = numbers;
        let table = set.and_then(|set| set.property_table);
        let block = match (table, set) {
            (Some(table), _) => self.table(table, budget, told, place)?,
            (None, Some(set)) => Some(self.numbered(set.feature_count, budget)?),
            (None, None) => {
                let highest = list.iter().copied().max();
                let count = highest.map_or(0, |number| number.saturating_add(1));
                Some(self.numbered(count, budget)?)
            }
        };
        let block = block.unwrap_or(Block { first: 0, count: 0 });
        let null = set.and_then(|set| set.null_feature_id);
        let (mut has_none, mut missing, mut example) = (false, 0_usize, 0);
        for number in &mut list {
            if Some(*number) == null {
                has_none = true;
                *number = NO_FEATURE;
            } else if *number < block.count {
                *number += block.first;
            } else {
                (missing, example) = (missing + 1, *number);
                *number = NO_FEATURE;
            }
        }
        if missing > 0 && (table.is_none() || block.count > 0) {
            let reason = format!(
                "{missing} {whose} belong to features that do not exist, such as {example} of {}",
                block.count
            );
            told.add(place, reason);
        }
        if has_none || missing > 0 {
            let unnamed = self.unnamed(budget)?;
            for row in list.iter_mut().filter(|row| **row == NO_FEATURE) {
                *row = unnamed;
            }
        }
        Ok(list)
    }

    fn batched_rows(
        &mut self,
        count: u32,
        list: Vec<u32>,
        budget: &mut Budget,
        told: &mut Told<'_>,
        place: &str,
    ) -> Result<Membership, TileError> {
        let mut list = list;
        let mut outside = None;
        for row in &mut list {
            if *row >= count {
                outside = Some(*row);
                *row = NO_FEATURE;
            }
        }
        if let Some(outside) = outside {
            let unnamed = self.unnamed(budget)?;
            told.add(place, format!("a vertex has batch id {outside} of {count}"));
            for row in list.iter_mut().filter(|row| **row == NO_FEATURE) {
                *row = unnamed;
            }
        }
        Ok(Membership::Each(list))
    }

    /// The features of a property table; made once, shared by all primitives. `None` when there is no such table.
    fn table(
        &mut self,
        number: u32,
        budget: &mut Budget,
        told: &mut Told<'_>,
        place: &str,
    ) -> Result<Option<Block>, TileError> {
        let Some(own) = self.own_tables.get(&number) else {
            told.add(place, format!("there is no property table {number}"));
            return Ok(None);
        };
        if own.block.is_some() {
            return Ok(own.block);
        }
        let row = own.row;
        let Some(table) = self.tables.get(row as usize) else {
            return Ok(None);
        };
        // What features are called is copied out of the table.
        let bytes = (table.rows as usize)
            .saturating_mul(size_of::<TileFeature>())
            .saturating_add(table.bytes());
        let name = format!("propertyTables/{number}");
        budget.plain.take(bytes, self.file.path, &name)?;
        let features = features_of_table(table, row, &own.semantics);
        let block = self.append(features)?;
        if let Some(own) = self.own_tables.get_mut(&number) {
            own.block = Some(block);
        }
        Ok(Some(block))
    }

    /// `count` features known by nothing but their number.
    fn numbered(&mut self, count: u32, budget: &mut Budget) -> Result<Block, TileError> {
        let bytes = (count as usize).saturating_mul(size_of::<TileFeature>());
        budget
            .plain
            .take(bytes, self.file.path, "the feature ids")?;
        let features = (0..count).map(|number| TileFeature {
            id: number.to_string(),
            ..TileFeature::default()
        });
        self.append(features.collect())
    }

    fn append(&mut self, features: Vec<TileFeature>) -> Result<Block, TileError> {
        let too_many = |error: std::num::TryFromIntError| {
            TileError::too_large(self.file.path, "the features", error.to_string())
        };
        let first = u32::try_from(self.list.len()).map_err(too_many)?;
        let count = u32::try_from(features.len()).map_err(too_many)?;
        self.list.extend(features);
        Ok(Block { first, count })
    }

    fn whole_numbers(
        &self,
        items: &Items<'_>,
        count: usize,
        budget: &mut Budget,
        place: &str,
    ) -> Result<Vec<u32>, TileError> {
        self.take_rows(count, items.origin(), budget, place)?;
        let mut list = Vec::with_capacity(count.min(items.count()));
        items.each_whole(|number| {
            if list.len() < count {
                list.push(number);
            }
        });
        Ok(list)
    }

    /// Numbers out of the pixels at the vertices; or why there are none.
    fn sampled(
        &self,
        info: &TextureInfo,
        data: &PrimitiveData<'_, '_>,
        materials: &mut Materials<'_>,
        budget: &mut Budget,
        place: &str,
    ) -> Result<Result<Vec<u32>, String>, TileError> {
        let vertices = data.count();
        let coordinates = Coordinates::of(info);
        let name = coordinates.attribute();
        let Some(items) = data.items(&name, &[2], budget)? else {
            return Ok(Err(format!("there is no attribute {name}")));
        };
        let image = match materials.numbers_of(info.index.unwrap_or_default()) {
            Ok(image) => image,
            Err(reason) => return Ok(Err(reason)),
        };
        self.take_rows(vertices, items.origin(), budget, place)?;
        let channels = info.channels.as_deref().unwrap_or(&[0]);
        let mut list = Vec::with_capacity(vertices);
        items.each_vector::<2>(|place| {
            if list.len() < vertices {
                list.push(number_at(&image, coordinates.place(place), channels));
            }
        });
        Ok(Ok(list))
    }

    fn take_rows(
        &self,
        count: usize,
        origin: Origin,
        budget: &mut Budget,
        place: &str,
    ) -> Result<(), TileError> {
        let bytes = count.saturating_mul(size_of::<u32>());
        budget.of(origin).take(bytes, self.file.path, place)
    }
}

/// The set that counts: the first with a property table, or else the first.
fn chosen(sets: &[FeatureIdSet]) -> Option<&FeatureIdSet> {
    sets.iter()
        .find(|set| set.property_table.is_some())
        .or_else(|| sets.first())
}

fn attribute_of(name: &AttributeName) -> Cow<'_, str> {
    match name {
        AttributeName::Number(number) => Cow::Owned(format!("_FEATURE_ID_{number}")),
        AttributeName::Name(name) => Cow::Borrowed(name),
    }
}

/// The number in the pixel nearest to a place, its channels from the lowest byte on (`EXT_mesh_features`, "Feature ID
/// by Texture Coordinates").
fn number_at(image: &TileImage, [u, v]: [f32; 2], channels: &[u32]) -> u32 {
    let pixel = |place: f32, size: u32, repeats: bool| {
        // At 1 a triangle's edge ends with the image, it does not begin anew.
        let place = if repeats && !(0.0..=1.0).contains(&place) {
            place.rem_euclid(1.0)
        } else {
            place.clamp(0.0, 1.0)
        };
        ((place * size as f32) as u32).min(size.saturating_sub(1))
    };
    let column = pixel(u, image.width, image.repeats[0]);
    let row = pixel(v, image.height, image.repeats[1]);
    let first = (row as usize * image.width as usize + column as usize) * 4;
    let bytes = channels.iter().take(4).map(|channel| {
        let byte = image.rgba.get(first + (*channel).min(3) as usize);
        u32::from(byte.copied().unwrap_or_default())
    });
    bytes
        .zip([0, 8, 16, 24])
        .fold(0, |number, (byte, shift)| number | (byte << shift))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_from_the_nearest_pixel() {
        let image = TileImage {
            width: 2,
            height: 1,
            rgba: vec![1, 2, 3, 4, 5, 6, 7, 8],
            repeats: [true, false],
        };
        assert_eq!(number_at(&image, [0.1, 0.5], &[0]), 1);
        assert_eq!(number_at(&image, [0.6, 2.0], &[1]), 6);
        assert_eq!(number_at(&image, [1.6, -2.0], &[0, 1]), 0x0605);
        assert_eq!(number_at(&image, [-0.1, f32::NAN], &[2]), 7);
    }
}
