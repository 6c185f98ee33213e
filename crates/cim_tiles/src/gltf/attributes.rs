//! The attributes and indices of a primitive, whether they lie in accessors or in a Draco stream.

use super::accessor::{Budget, GltfFile, Items, Origin};
use super::document::Primitive;
use super::draco::Unpacked;
use super::topology::{Corners, Rows, TRIANGLES};
use crate::TileError;

/// A primitive's numbers.
pub(super) struct PrimitiveData<'a, 'n> {
    file: &'a GltfFile<'a>,
    primitive: &'a Primitive,
    unpacked: Option<Unpacked>,
    /// Vertices that there are, and those that are wanted.
    vertices: usize,
    rows: Rows,
    /// Names the primitive in errors.
    place: &'n str,
}

impl<'a, 'n> PrimitiveData<'a, 'n> {
    /// Opens a primitive; `place` names it in errors.
    pub(super) fn open(
        file: &'a GltfFile<'a>,
        primitive: &'a Primitive,
        place: &'n str,
        budget: &mut Budget,
    ) -> Result<Self, TileError> {
        let unpacked = match &primitive.extensions.draco {
            Some(draco) => Some(Unpacked::read(file, draco, place, budget)?),
            None => None,
        };
        Ok(Self {
            file,
            primitive,
            unpacked,
            vertices: 0,
            rows: Rows::All,
            place,
        })
    }

    /// The positions of all vertices; from now on, every attribute has to have as many items.
    pub(super) fn positions(
        &mut self,
        budget: &mut Budget,
    ) -> Result<Option<Items<'a>>, TileError> {
        let items = self.read("POSITION", &[3], budget)?;
        self.vertices = items.as_ref().map_or(0, Items::count);
        Ok(items)
    }

    /// From now on, attributes are those of these vertices.
    pub(super) fn select(&mut self, rows: Rows) {
        self.rows = rows;
    }

    /// The vertices that are wanted.
    pub(super) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// How many vertices are wanted.
    pub(super) fn count(&self) -> usize {
        self.rows.count(self.vertices)
    }

    /// The numbers of the vertices that are wanted.
    pub(super) fn row_numbers(&self) -> Vec<u32> {
        self.rows.numbers(self.vertices)
    }

    /// An attribute of the vertices that are wanted, each item of one of `widths` numbers; `None` when the primitive
    /// does not have it.
    pub(super) fn items(
        &self,
        name: &str,
        widths: &[usize],
        budget: &mut Budget,
    ) -> Result<Option<Items<'a>>, TileError> {
        let Some(items) = self.read(name, widths, budget)? else {
            return Ok(None);
        };
        if items.count() < self.vertices {
            let reason = format!(
                "{} items of {name} for {} vertices",
                items.count(),
                self.vertices
            );
            return Err(TileError::broken(self.file.path, self.place, reason));
        }
        Ok(Some(items.selected(&self.rows)))
    }

    fn read(
        &self,
        name: &str,
        widths: &[usize],
        budget: &mut Budget,
    ) -> Result<Option<Items<'a>>, TileError> {
        let Some(accessor) = self.primitive.attributes.get(name).copied() else {
            return Ok(None);
        };
        if let Some(items) = self.unpacked_items(name, accessor, widths, budget)? {
            return Ok(Some(items));
        }
        self.file.items(accessor, widths, budget).map(Some)
    }

    /// Which vertices make the corners.
    pub(super) fn corners(&self, budget: &mut Budget) -> Result<Corners<'a>, TileError> {
        if let Some(unpacked) = &self.unpacked {
            return Ok(Corners::Unpacked(unpacked.indices()));
        }
        match self.primitive.indices {
            Some(accessor) => self.file.items(accessor, &[1], budget).map(Corners::Listed),
            None => Ok(Corners::Counted),
        }
    }

    /// What the corners make (glTF 2.0, `mode`). A Draco stream holds triangles whatever they were before.
    pub(super) fn mode(&self) -> u32 {
        match self.unpacked {
            Some(_) => TRIANGLES,
            None => self.primitive.mode.unwrap_or(TRIANGLES),
        }
    }

    fn unpacked_items(
        &self,
        name: &str,
        accessor: u32,
        widths: &[usize],
        budget: &mut Budget,
    ) -> Result<Option<Items<'a>>, TileError> {
        let Some((unpacked, draco)) = self
            .unpacked
            .as_ref()
            .zip(self.primitive.extensions.draco.as_ref())
        else {
            return Ok(None);
        };
        let Some(unique_id) = draco.attributes.get(name).copied() else {
            return Ok(None);
        };
        let broken = |reason: String| {
            TileError::broken(
                self.file.path,
                self.place,
                format!("Draco: {name}: {reason}"),
            )
        };
        // What the values of this attribute take, once they stand one for each point.
        let widest = widths.iter().copied().max().unwrap_or(1);
        budget.of(Origin::Unpacked).take(
            unpacked.points().saturating_mul(widest * size_of::<f32>()),
            self.file.path,
            self.place,
        )?;
        let accessors = &self.file.document.accessors;
        let is_normalized = accessors
            .get(accessor as usize)
            .is_some_and(|accessor| accessor.normalized);
        let items = unpacked
            .items(unique_id, is_normalized)
            .map_err(broken)?
            .ok_or_else(|| broken(format!("the stream has no attribute {unique_id}")))?;
        if widths.contains(&items.width()) {
            Ok(Some(items))
        } else {
            Err(broken(format!("{} numbers in an item", items.width())))
        }
    }
}
