//! Numbers out of buffers, every one of them within bounds.

use super::buffers::{Buffers, UnpackedViews};
use super::document::{Accessor, Document, Sparse};
use super::topology::Rows;
use crate::TileError;
use crate::allowance::Allowance;
use std::borrow::Cow;

/// A glTF file in its parts.
pub(super) struct GltfFile<'a> {
    pub(super) document: &'a Document,
    pub(super) buffers: &'a Buffers<'a>,
    pub(super) views: &'a UnpackedViews,
    /// The file's path, for errors.
    pub(super) path: &'a str,
}

/// What a file may still ask for.
pub(super) struct Budget {
    /// For what is built from bytes that lie in the file as they are.
    pub(super) plain: Allowance,
    /// For what is unpacked from compressed streams, and for what is built from that. Draco and meshopt make a city's
    /// geometry 10 to 30 times smaller; 64 times leaves room for flat and regular pieces.
    pub(super) unpacked: Allowance,
}

impl Budget {
    /// An [`Allowance`] is sixteen times its input.
    const UNPACKED_SHARES: usize = 4;

    pub(super) fn for_input(len: usize) -> Self {
        let packed = len
            .saturating_mul(Self::UNPACKED_SHARES)
            .max(Allowance::SMALL_INPUT_BYTES);
        Self {
            plain: Allowance::for_input(len),
            unpacked: Allowance::for_input(packed),
        }
    }

    /// The allowance for what is built from plain or from unpacked bytes.
    pub(super) fn of(&mut self, origin: Origin) -> &mut Allowance {
        match origin {
            Origin::Plain => &mut self.plain,
            Origin::Unpacked => &mut self.unpacked,
        }
    }
}

/// Where bytes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// They lie in the file as they are.
    Plain,
    /// They were unpacked from a compressed stream.
    Unpacked,
}

/// How one number is stored (glTF 2.0, "Accessor Data Types").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Component {
    I8,
    U8,
    I16,
    U16,
    U32,
    F32,
}

impl Component {
    fn of_code(code: u32) -> Option<Self> {
        match code {
            5120 => Some(Self::I8),
            5121 => Some(Self::U8),
            5122 => Some(Self::I16),
            5123 => Some(Self::U16),
            5125 => Some(Self::U32),
            5126 => Some(Self::F32),
            _ => None,
        }
    }

    pub(super) fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::U32 | Self::F32 => 4,
        }
    }

    /// What a whole number of this kind is divided by where the accessor says `normalized`.
    fn one(self) -> f32 {
        match self {
            Self::I8 => 127.0,
            Self::U8 => 255.0,
            Self::I16 => 32_767.0,
            Self::U16 => 65_535.0,
            Self::U32 => u32::MAX as f32,
            Self::F32 => 1.0,
        }
    }
}

/// The bytes of a buffer view.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) bytes: &'a [u8],
    /// The stride that it states.
    stride: Option<u64>,
    pub(super) origin: Origin,
}

/// The items of an accessor. That the last one lies within its buffer view was checked when it was made.
#[derive(Clone, Debug)]
pub(super) struct Items<'a> {
    bytes: Cow<'a, [u8]>,
    stride: usize,
    count: usize,
    width: usize,
    component: Component,
    is_normalized: bool,
    origin: Origin,
}

impl Items<'_> {
    /// Items that were unpacked: `bytes` holds as many as fit, each `width` numbers without gaps.
    pub(super) fn unpacked(
        bytes: Vec<u8>,
        width: usize,
        component: Component,
        is_normalized: bool,
    ) -> Self {
        let stride = (width * component.bytes()).max(1);
        Self {
            count: bytes.len() / stride,
            bytes: Cow::Owned(bytes),
            stride,
            width,
            component,
            is_normalized,
            origin: Origin::Unpacked,
        }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Numbers in an item.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    pub(super) fn origin(&self) -> Origin {
        self.origin
    }

    /// Calls `visit` with the first `N` numbers of every item, in order; `N` is at most [`Items::width`].
    pub(super) fn each_vector<const N: usize>(&self, visit: impl FnMut([f32; N])) {
        match self.component {
            Component::F32 => self.each_of(f32::from_le_bytes, visit),
            Component::I8 => self.each_scaled(|bytes| f32::from(i8::from_le_bytes(bytes)), visit),
            Component::U8 => self.each_scaled(|bytes| f32::from(u8::from_le_bytes(bytes)), visit),
            Component::I16 => self.each_scaled(|bytes| f32::from(i16::from_le_bytes(bytes)), visit),
            Component::U16 => self.each_scaled(|bytes| f32::from(u16::from_le_bytes(bytes)), visit),
            Component::U32 => self.each_scaled(|bytes| u32::from_le_bytes(bytes) as f32, visit),
        }
    }

    /// The items of some rows, in their order.
    pub(super) fn selected(self, rows: &Rows) -> Self {
        let bytes = match rows {
            Rows::All => return self,
            Rows::Range(range) => {
                let end = range.end.saturating_mul(self.stride).min(self.bytes.len());
                let span = range.start.saturating_mul(self.stride).min(end)..end;
                match self.bytes {
                    Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(span).unwrap_or_default()),
                    Cow::Owned(bytes) => Cow::Owned(bytes.get(span).unwrap_or_default().to_vec()),
                }
            }
            Rows::List(list) => {
                let item_bytes = self.width * self.component.bytes();
                let mut bytes = Vec::with_capacity(list.len().saturating_mul(item_bytes));
                for row in list {
                    let start = (*row as usize).saturating_mul(self.stride);
                    let item = self.bytes.get(start..start.saturating_add(item_bytes));
                    bytes.extend_from_slice(item.unwrap_or_default());
                }
                return Items {
                    bytes: Cow::Owned(bytes),
                    stride: item_bytes,
                    count: list.len(),
                    ..self
                };
            }
        };
        Items {
            bytes,
            count: rows.count(self.count),
            ..self
        }
    }

    /// The first `N` numbers of one item.
    pub(super) fn vector<const N: usize>(&self, item: usize) -> Option<[f32; N]> {
        let start = item.checked_mul(self.stride)?;
        let end = start.saturating_add(self.stride).min(self.bytes.len());
        let one = Items {
            bytes: Cow::Borrowed(self.bytes.get(start..end)?),
            count: 1,
            ..*self
        };
        let mut found = None;
        one.each_vector::<N>(|numbers| found = Some(numbers));
        found
    }

    /// Calls `visit` with every item as a whole number, as indices and feature ids are; fractions are rounded, what is
    /// negative or no number becomes the highest number.
    pub(super) fn each_whole(&self, mut visit: impl FnMut(u32)) {
        match self.component {
            Component::U8 => self.each_of(u8::from_le_bytes, |[one]: [u8; 1]| visit(one.into())),
            Component::U16 => {
                self.each_of(u16::from_le_bytes, |[one]: [u16; 1]| visit(one.into()));
            }
            Component::U32 => self.each_of(u32::from_le_bytes, |[one]: [u32; 1]| visit(one)),
            Component::I8 => self.each_of(i8::from_le_bytes, |[one]: [i8; 1]| {
                visit(u32::try_from(one).unwrap_or(u32::MAX));
            }),
            Component::I16 => self.each_of(i16::from_le_bytes, |[one]: [i16; 1]| {
                visit(u32::try_from(one).unwrap_or(u32::MAX));
            }),
            Component::F32 => self.each_of(f32::from_le_bytes, |[one]: [f32; 1]| {
                // In double precision one half can be added to any of them.
                visit(if one > -0.5 {
                    (f64::from(one) + 0.5) as u32
                } else {
                    u32::MAX
                });
            }),
        }
    }

    fn each_scaled<const B: usize, const N: usize>(
        &self,
        read: impl Fn([u8; B]) -> f32,
        visit: impl FnMut([f32; N]),
    ) {
        if self.is_normalized {
            let scale = self.component.one().recip();
            self.each_of(|bytes| (read(bytes) * scale).max(-1.0), visit);
        } else {
            self.each_of(read, visit);
        }
    }

    fn each_of<T, const B: usize, const N: usize>(
        &self,
        read: impl Fn([u8; B]) -> T,
        mut visit: impl FnMut([T; N]),
    ) {
        let mut visit_item = |item: &[u8]| {
            if let Some(parts) = item.as_chunks::<B>().0.first_chunk::<N>() {
                visit(parts.map(&read));
            }
        };
        if self.stride == B * N {
            // Items without gaps: their length is known to the compiler, which then leaves out every check.
            self.bytes.chunks_exact(B * N).for_each(visit_item);
        } else {
            self.bytes.chunks(self.stride).for_each(&mut visit_item);
        }
    }
}

impl<'a> GltfFile<'a> {
    /// The bytes of a buffer view, unpacked where it is packed.
    pub(super) fn view(&self, index: u32) -> Result<View<'a>, TileError> {
        let broken =
            |reason: String| TileError::broken(self.path, format!("bufferViews/{index}"), reason);
        let view = self
            .document
            .buffer_views
            .get(index as usize)
            .ok_or_else(|| broken("there is no such buffer view".to_owned()))?;
        if let Some(unpacked) = self.views.get(index) {
            let bytes = unpacked.map_err(|reason| broken(reason.to_owned()))?;
            let stride = view.extensions.meshopt.as_ref();
            return Ok(View {
                bytes,
                stride: stride.map(|packing| packing.byte_stride),
                origin: Origin::Unpacked,
            });
        }
        let bytes = self
            .buffers
            .range(view.buffer, view.byte_offset, view.byte_length)
            .map_err(broken)?;
        Ok(View {
            bytes,
            stride: view.byte_stride,
            origin: Origin::Plain,
        })
    }

    /// The items of an accessor, each of one of `widths` numbers.
    pub(super) fn items(
        &self,
        index: u32,
        widths: &[usize],
        budget: &mut Budget,
    ) -> Result<Items<'a>, TileError> {
        let place = format!("accessors/{index}");
        let broken = |reason: String| TileError::broken(self.path, place.as_str(), reason);
        let accessor: &Accessor = self
            .document
            .accessors
            .get(index as usize)
            .ok_or_else(|| broken("there is no such accessor".to_owned()))?;
        let component = Component::of_code(accessor.component_type).ok_or_else(|| {
            broken(format!(
                "component type {} does not exist",
                accessor.component_type
            ))
        })?;
        let width = width_of(&accessor.shape);
        if !widths.contains(&width) {
            let expected: Vec<&str> = widths.iter().map(|width| shape_of(*width)).collect();
            return Err(broken(format!(
                "{:?} stands where {} is needed",
                accessor.shape,
                expected.join(" or ")
            )));
        }
        let item_bytes = width * component.bytes();
        let count = usize::try_from(accessor.count).unwrap_or(usize::MAX);
        let mut items = Items {
            bytes: Cow::Borrowed(&[]),
            stride: item_bytes,
            count,
            width,
            component,
            is_normalized: accessor.normalized,
            origin: Origin::Plain,
        };
        if let Some(view) = accessor.buffer_view {
            let view = self.view(view)?;
            let (bytes, stride) =
                stretch(&view, accessor.byte_offset, count, item_bytes).map_err(broken)?;
            (items.bytes, items.stride) = (Cow::Borrowed(bytes), stride);
            items.origin = view.origin;
        } else {
            // Without a buffer view all is zero.
            let size = count.saturating_mul(item_bytes);
            budget.plain.take(size, self.path, &place)?;
            items.bytes = Cow::Owned(vec![0; size]);
        }
        if let Some(sparse) = &accessor.sparse {
            self.replace_sparse(&mut items, sparse, &place, budget)?;
        }
        Ok(items)
    }

    /// Writes the items that differ over those of the buffer view.
    fn replace_sparse(
        &self,
        items: &mut Items<'a>,
        sparse: &Sparse,
        place: &str,
        budget: &mut Budget,
    ) -> Result<(), TileError> {
        let broken = |reason: String| TileError::broken(self.path, place, reason);
        let count = usize::try_from(sparse.count).unwrap_or(usize::MAX);
        let (stride, item_bytes) = (items.stride, items.width * items.component.bytes());
        budget
            .of(items.origin)
            .take(items.bytes.len(), self.path, place)?;
        let component = Component::of_code(sparse.indices.component_type)
            .filter(|one| !matches!(one, Component::F32))
            .ok_or_else(|| broken("sparse indices are whole numbers".to_owned()))?;
        let view = self.view(sparse.indices.buffer_view)?;
        let (bytes, index_stride) =
            stretch(&view, sparse.indices.byte_offset, count, component.bytes()).map_err(broken)?;
        let rows = Items {
            bytes: Cow::Borrowed(bytes),
            stride: index_stride,
            count,
            width: 1,
            component,
            is_normalized: false,
            origin: view.origin,
        };
        let view = self.view(sparse.values.buffer_view)?;
        let (values, value_stride) =
            stretch(&view, sparse.values.byte_offset, count, item_bytes).map_err(broken)?;
        let mut values = values.chunks(value_stride);
        let mut outside = None;
        let target = items.bytes.to_mut();
        rows.each_whole(|row| {
            let at = (row as usize).saturating_mul(stride);
            let place = target.get_mut(at..at.saturating_add(item_bytes));
            let value = values.next().and_then(|value| value.get(..item_bytes));
            match place.zip(value) {
                Some((place, value)) => place.copy_from_slice(value),
                None => outside = Some(row),
            }
        });
        match outside {
            Some(row) => Err(broken(format!("sparse item {row} is outside the accessor"))),
            None => Ok(()),
        }
    }
}

/// The bytes of `count` items from a byte of a view on, and the distance between items.
fn stretch<'a>(
    view: &View<'a>,
    byte_offset: u64,
    count: usize,
    item_bytes: usize,
) -> Result<(&'a [u8], usize), String> {
    // Some writers say 0 where they mean that there are no gaps.
    let stride = match view.stride.filter(|stride| *stride != 0) {
        Some(stride) => usize::try_from(stride)
            .ok()
            .filter(|stride| *stride >= item_bytes)
            .ok_or_else(|| format!("the stride is less than an item's {item_bytes} bytes"))?,
        None => item_bytes,
    };
    let needed = match count.checked_sub(1) {
        None => Some(0),
        Some(before) => before
            .checked_mul(stride)
            .and_then(|bytes| bytes.checked_add(item_bytes)),
    };
    let bytes = usize::try_from(byte_offset)
        .ok()
        .zip(needed)
        .and_then(|(start, needed)| view.bytes.get(start..start.checked_add(needed)?))
        .ok_or_else(|| {
            format!(
                "{count} items from byte {byte_offset} do not fit into the {} bytes of its buffer view",
                view.bytes.len()
            )
        })?;
    Ok((bytes, stride))
}

/// Numbers in an item of a shape; 0 for matrices, which nothing here has, and for words that do not exist.
fn width_of(shape: &str) -> usize {
    match shape {
        "SCALAR" => 1,
        "VEC2" => 2,
        "VEC3" => 3,
        "VEC4" => 4,
        _ => 0,
    }
}

fn shape_of(width: usize) -> &'static str {
    match width {
        1 => "SCALAR",
        2 => "VEC2",
        3 => "VEC3",
        _ => "VEC4",
    }
}
