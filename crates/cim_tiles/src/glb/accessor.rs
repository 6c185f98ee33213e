//! Numbers out of the binary chunk, every one of them within bounds.

use super::document::{Accessor, Document};
use crate::TileError;
use glam::DVec3;

/// A glTF file in its two parts.
pub(super) struct GltfFile<'a> {
    pub(super) document: &'a Document,
    pub(super) binary: &'a [u8],
    /// The file's name, for errors.
    pub(super) source: &'a str,
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

    fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::U32 | Self::F32 => 4,
        }
    }

    /// What a whole number of this kind is divided by where the accessor says `normalized`.
    fn one(self) -> f64 {
        match self {
            Self::I8 => 127.0,
            Self::U8 => 255.0,
            Self::I16 => 32_767.0,
            Self::U16 => 65_535.0,
            Self::U32 | Self::F32 => 1.0,
        }
    }
}

/// The items of an accessor. That the last one lies within its buffer view was checked when it was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Items<'a> {
    bytes: &'a [u8],
    stride: usize,
    count: usize,
    component: Component,
    normalized: bool,
}

impl Items<'_> {
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Three numbers.
    pub(super) fn vector(&self, item: usize) -> DVec3 {
        DVec3::new(
            self.number(item, 0),
            self.number(item, 1),
            self.number(item, 2),
        )
    }

    /// One number of one item; 0 outside, which no caller asks for.
    pub(super) fn number(&self, item: usize, part: usize) -> f64 {
        let at = item * self.stride + part * self.component.bytes();
        let raw = match self.component {
            Component::I8 => f64::from(i8::from_le_bytes(bytes_at(self.bytes, at))),
            Component::U8 => f64::from(u8::from_le_bytes(bytes_at(self.bytes, at))),
            Component::I16 => f64::from(i16::from_le_bytes(bytes_at(self.bytes, at))),
            Component::U16 => f64::from(u16::from_le_bytes(bytes_at(self.bytes, at))),
            Component::U32 => f64::from(u32::from_le_bytes(bytes_at(self.bytes, at))),
            Component::F32 => f64::from(f32::from_le_bytes(bytes_at(self.bytes, at))),
        };
        if self.normalized {
            (raw / self.component.one()).max(-1.0)
        } else {
            raw
        }
    }

    /// A whole number, as indices are.
    pub(super) fn whole(&self, item: usize) -> u32 {
        let at = item * self.stride;
        match self.component {
            Component::U8 => u32::from(u8::from_le_bytes(bytes_at(self.bytes, at))),
            Component::U16 => u32::from(u16::from_le_bytes(bytes_at(self.bytes, at))),
            Component::U32 => u32::from_le_bytes(bytes_at(self.bytes, at)),
            Component::I8 | Component::I16 | Component::F32 => self.number(item, 0) as u32,
        }
    }
}

/// `N` bytes from `at` on; zeros outside.
fn bytes_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk::<N>())
        .copied()
        .unwrap_or([0; N])
}

impl<'a> GltfFile<'a> {
    /// The bytes of a buffer view, and the stride that it states.
    pub(super) fn view(&self, index: u32) -> Result<(&'a [u8], Option<u64>), TileError> {
        let place = || format!("bufferViews/{index}");
        let view = self
            .document
            .buffer_views
            .get(index as usize)
            .ok_or_else(|| {
                TileError::broken(self.source, place(), "there is no such buffer view")
            })?;
        let buffer = self
            .document
            .buffers
            .get(view.buffer as usize)
            .ok_or_else(|| TileError::broken(self.source, place(), "its buffer does not exist"))?;
        if view.extensions.meshopt.is_some() {
            return Err(TileError::unsupported(
                self.source,
                place(),
                "meshopt compression",
            ));
        }
        if buffer.uri.is_some() || view.buffer != 0 {
            return Err(TileError::unsupported(
                self.source,
                place(),
                "a buffer outside the file",
            ));
        }
        let start = usize::try_from(view.byte_offset).ok();
        let end = view
            .byte_offset
            .checked_add(view.byte_length)
            .and_then(|end| usize::try_from(end).ok());
        let bytes = start
            .zip(end)
            .and_then(|(start, end)| self.binary.get(start..end))
            .ok_or_else(|| {
                let reason = format!(
                    "{} bytes from {} lie outside the binary chunk of {}",
                    view.byte_length,
                    view.byte_offset,
                    self.binary.len()
                );
                TileError::broken(self.source, place(), reason)
            })?;
        Ok((bytes, view.byte_stride))
    }

    /// The items of an accessor, each of `width` numbers.
    pub(super) fn items(&self, index: u32, width: usize) -> Result<Items<'a>, TileError> {
        let place = || format!("accessors/{index}");
        let broken = |reason: String| TileError::broken(self.source, place(), reason);
        let accessor: &Accessor = self
            .document
            .accessors
            .get(index as usize)
            .ok_or_else(|| broken("there is no such accessor".to_owned()))?;
        if accessor.sparse.is_some() || accessor.buffer_view.is_none() {
            return Err(TileError::unsupported(
                self.source,
                place(),
                "a sparse accessor",
            ));
        }
        let component = Component::of_code(accessor.component_type).ok_or_else(|| {
            broken(format!(
                "component type {} does not exist",
                accessor.component_type
            ))
        })?;
        let expected = if width == 1 { "SCALAR" } else { "VEC3" };
        if accessor.shape != expected {
            return Err(broken(format!(
                "{:?} stands where {expected} is needed",
                accessor.shape
            )));
        }
        let (view, stated_stride) = self.view(accessor.buffer_view.unwrap_or_default())?;
        let item_bytes = width * component.bytes();
        let stride = stated_stride.map_or(Some(item_bytes), |stride| usize::try_from(stride).ok());
        let stride = stride
            .filter(|stride| *stride >= item_bytes)
            .ok_or_else(|| {
                broken(format!(
                    "the stride is less than an item's {item_bytes} bytes"
                ))
            })?;
        let count = usize::try_from(accessor.count).unwrap_or(usize::MAX);
        let needed = match count.checked_sub(1) {
            None => Some(0),
            Some(before) => before
                .checked_mul(stride)
                .and_then(|bytes| bytes.checked_add(item_bytes)),
        };
        let bytes = usize::try_from(accessor.byte_offset)
            .ok()
            .zip(needed)
            .and_then(|(start, needed)| view.get(start..start.checked_add(needed)?))
            .ok_or_else(|| {
                broken(format!(
                    "{count} items from byte {} do not fit into the {} bytes of its buffer view",
                    accessor.byte_offset,
                    view.len()
                ))
            })?;
        Ok(Items {
            bytes,
            stride,
            count,
            component,
            normalized: accessor.normalized,
        })
    }
}
