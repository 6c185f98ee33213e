//! Which feature each vertex belongs to (`EXT_mesh_features`).

use super::accessor::{GltfFile, Items};
use super::document::Primitive;
use super::metadata::read_table;
use crate::allowance::Allowance;
use crate::{TileError, TileFeature};
use std::collections::BTreeMap;

/// All features of a tile, gathered as its primitives are read.
#[derive(Debug, Default)]
pub(super) struct Features {
    list: Vec<TileFeature>,
    /// The features of each property table that is in use.
    tables: BTreeMap<u32, Block>,
    /// The one feature of all that has none.
    unnamed: Option<u32>,
}

/// Features that stand together in the list.
#[derive(Clone, Copy, Debug)]
struct Block {
    first: u32,
    count: u32,
}

/// How the vertices of one primitive say which feature they belong to.
pub(super) enum Membership<'a> {
    /// All to the same one.
    One(u32),
    /// By number; `items` is absent where a vertex's own number is meant.
    Numbered {
        items: Option<Items<'a>>,
        first: u32,
        count: u32,
        none: Option<(u32, u32)>,
    },
}

impl Membership<'_> {
    /// The row of the feature that a vertex belongs to; the number that does not exist otherwise.
    pub(super) fn feature_of(&self, vertex: usize) -> Result<u32, String> {
        match self {
            Self::One(feature) => Ok(*feature),
            Self::Numbered {
                items,
                first,
                count,
                none,
            } => {
                let number = items
                    .as_ref()
                    .map_or(vertex as f64, |items| items.number(vertex, 0))
                    .round();
                let row = (number >= 0.0 && number <= f64::from(u32::MAX)).then_some(number as u32);
                match (row, none) {
                    (Some(row), Some((null_row, unnamed))) if row == *null_row => Ok(*unnamed),
                    (Some(row), _) if row < *count => Ok(first + row),
                    _ => Err(format!(
                        "vertex {vertex} belongs to feature {number} of {count}"
                    )),
                }
            }
        }
    }
}

impl Features {
    pub(super) fn into_list(self) -> Vec<TileFeature> {
        self.list
    }

    /// How the vertices of `primitive` say which feature they belong to. Of several sets of feature ids, the first
    /// with a property table counts.
    pub(super) fn membership<'a>(
        &mut self,
        file: &GltfFile<'a>,
        primitive: &Primitive,
        vertices: usize,
        allowance: &mut Allowance,
    ) -> Result<Membership<'a>, TileError> {
        let sets = primitive
            .extensions
            .mesh_features
            .as_ref()
            .map(|features| features.feature_ids.as_slice());
        let sets = sets.unwrap_or_default();
        let set = sets
            .iter()
            .find(|set| set.property_table.is_some())
            .or_else(|| sets.first());
        let attribute = match set {
            None => primitive.attributes.feature_id_0,
            Some(set) if set.texture.is_some() => None,
            Some(set) => match set.attribute {
                Some(0) => primitive.attributes.feature_id_0,
                Some(1) => primitive.attributes.feature_id_1,
                Some(_) | None => None,
            },
        };
        let by_vertex = set.is_some_and(|set| set.attribute.is_none() && set.texture.is_none());
        if attribute.is_none() && !by_vertex {
            return Ok(Membership::One(self.unnamed(file, allowance)?));
        }
        let items = attribute
            .map(|accessor| file.items(accessor, 1))
            .transpose()?;
        if let (Some(items), Some(accessor)) = (&items, attribute)
            && items.count() < vertices
        {
            let reason = format!("{} feature ids for {vertices} vertices", items.count());
            return Err(TileError::broken(
                file.source,
                format!("accessors/{accessor}"),
                reason,
            ));
        }
        let block = match set {
            Some(set) => match set.property_table {
                Some(table) => self.table(file, table, allowance)?,
                None => self.numbered(file, set.feature_count, allowance)?,
            },
            None => self.numbered(
                file,
                highest(items.as_ref(), vertices).saturating_add(1),
                allowance,
            )?,
        };
        let none = match set.and_then(|set| set.null_feature_id) {
            Some(number) => Some((number, self.unnamed(file, allowance)?)),
            None => None,
        };
        Ok(Membership::Numbered {
            items,
            first: block.first,
            count: block.count,
            none,
        })
    }

    /// The features of a property table; read once, shared by all primitives.
    fn table(
        &mut self,
        file: &GltfFile<'_>,
        table: u32,
        allowance: &mut Allowance,
    ) -> Result<Block, TileError> {
        if let Some(block) = self.tables.get(&table) {
            return Ok(*block);
        }
        let features = read_table(file, table, allowance)?;
        let block = self.append(file, features)?;
        self.tables.insert(table, block);
        Ok(block)
    }

    /// `count` features known by nothing but their number.
    fn numbered(
        &mut self,
        file: &GltfFile<'_>,
        count: u32,
        allowance: &mut Allowance,
    ) -> Result<Block, TileError> {
        allowance.take(
            (count as usize).saturating_mul(size_of::<TileFeature>()),
            file.source,
            "the feature ids",
        )?;
        let features = (0..count).map(|number| TileFeature {
            id: number.to_string(),
            ..TileFeature::default()
        });
        self.append(file, features.collect())
    }

    fn unnamed(
        &mut self,
        file: &GltfFile<'_>,
        allowance: &mut Allowance,
    ) -> Result<u32, TileError> {
        if let Some(row) = self.unnamed {
            return Ok(row);
        }
        allowance.take(size_of::<TileFeature>(), file.source, "the features")?;
        let row = self.append(file, vec![TileFeature::default()])?.first;
        self.unnamed = Some(row);
        Ok(row)
    }

    fn append(
        &mut self,
        file: &GltfFile<'_>,
        features: Vec<TileFeature>,
    ) -> Result<Block, TileError> {
        let too_many = |error: std::num::TryFromIntError| {
            TileError::too_large(file.source, "the features", error.to_string())
        };
        let first = u32::try_from(self.list.len()).map_err(too_many)?;
        let count = u32::try_from(features.len()).map_err(too_many)?;
        self.list.extend(features);
        Ok(Block { first, count })
    }
}

/// The highest number that an attribute names.
fn highest(items: Option<&Items<'_>>, vertices: usize) -> u32 {
    items.map_or(0, |items| {
        (0..vertices)
            .map(|vertex| items.number(vertex, 0).round() as u32)
            .max()
            .unwrap_or_default()
    })
}
