//! The numbers of a glTF 1.0 asset, laid into the one binary chunk of the 2.0 asset that it becomes.

use super::document::{Accessor, Document};
use crate::TileError;
use crate::allowance::Allowance;
use crate::batch::column::Component;
use crate::content::Door;
use crate::source::{MAX_RESOURCE_BYTES, read_resource, resolve};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Names that the buffer inside a binary glTF goes by.
const OWN_BUFFERS: [&str; 3] = ["binary_glTF", "KHR_binary_glTF", "CESIUM_binary_glTF"];
/// `FLOAT` of WebGL.
const FLOAT: u32 = 5126;

/// The binary chunk while it is filled, with the lists that point into it.
pub(super) struct Binary<'a> {
    document: &'a Document,
    path: &'a str,
    pub(super) chunk: Vec<u8>,
    /// Where each buffer lies in the chunk: from, to.
    buffers: BTreeMap<&'a str, (usize, usize)>,
    pub(super) views: Vec<Value>,
    pub(super) accessors: Vec<Value>,
    /// The accessors that are done, by name.
    known: BTreeMap<&'a str, usize>,
    allowance: Allowance,
}

impl<'a> Binary<'a> {
    /// Lays all buffers end to end; `own` is the one inside the file.
    pub(super) fn gather(
        document: &'a Document,
        own: &[u8],
        door: Door<'a>,
        file_bytes: usize,
    ) -> Result<Self, TileError> {
        let mut chunk = Vec::with_capacity(own.len());
        let mut buffers = BTreeMap::new();
        for (name, buffer) in &document.buffers {
            let from = chunk.len();
            let uri = buffer.uri.as_deref().filter(|uri| !uri.is_empty());
            match uri {
                _ if OWN_BUFFERS.contains(&name.as_str()) => chunk.extend_from_slice(own),
                Some(uri) => {
                    let broken = |reason: String| {
                        TileError::broken(door.path, format!("buffers/{name}"), reason)
                    };
                    let path = resolve(door.path, uri).map_err(broken)?;
                    chunk.extend(read_resource(door.source, &path)?);
                }
                None => {}
            }
            if chunk.len() as u64 > MAX_RESOURCE_BYTES {
                let reason = format!("the buffers have more than {MAX_RESOURCE_BYTES} bytes");
                return Err(TileError::too_large(
                    door.path,
                    format!("buffers/{name}"),
                    reason,
                ));
            }
            buffers.insert(name.as_str(), (from, chunk.len()));
            chunk.resize(chunk.len().next_multiple_of(4), 0);
        }
        let allowance = Allowance::for_input(file_bytes.max(chunk.len()));
        Ok(Self {
            document,
            path: door.path,
            chunk,
            buffers,
            views: Vec::new(),
            accessors: Vec::new(),
            known: BTreeMap::new(),
            allowance,
        })
    }

    /// The number of the accessor with this name, which is made where it is new.
    pub(super) fn accessor(&mut self, name: &'a str, purpose: Use) -> Result<usize, TileError> {
        if let Some(number) = self.known.get(name) {
            return Ok(*number);
        }
        let accessor = self.document.accessors.get(name).ok_or_else(|| {
            TileError::broken(
                self.path,
                format!("accessors/{name}"),
                "there is no such accessor",
            )
        })?;
        let made = self
            .made(accessor, purpose)
            .map_err(|reason| TileError::broken(self.path, format!("accessors/{name}"), reason))?;
        let number = self.accessors.len();
        self.accessors.push(made);
        self.known.insert(name, number);
        Ok(number)
    }

    /// A view of bytes as they are, an image for instance.
    pub(super) fn view(&mut self, name: &str) -> Result<usize, String> {
        let (from, to) = self.range_of(name)?;
        self.views
            .push(json!({"buffer": 0, "byteOffset": from, "byteLength": to - from}));
        Ok(self.views.len() - 1)
    }

    /// Where the bytes of a buffer view lie in the chunk.
    fn range_of(&self, name: &str) -> Result<(usize, usize), String> {
        let view = self
            .document
            .buffer_views
            .get(name)
            .ok_or_else(|| format!("there is no buffer view {name:?}"))?;
        let (from, to) = self
            .buffers
            .get(view.buffer.as_str())
            .copied()
            .ok_or_else(|| format!("there is no buffer {:?}", view.buffer))?;
        let start = usize::try_from(view.byte_offset)
            .ok()
            .and_then(|offset| from.checked_add(offset))
            .filter(|start| *start <= to);
        let end = match (start, view.byte_length) {
            (Some(_), 0) => Some(to),
            (Some(start), length) => usize::try_from(length)
                .ok()
                .and_then(|length| start.checked_add(length))
                .filter(|end| *end <= to),
            (None, _) => None,
        };
        start.zip(end).ok_or_else(|| {
            format!(
                "{} bytes from {} lie outside the buffer of {}",
                view.byte_length,
                view.byte_offset,
                to - from
            )
        })
    }

    fn made(&mut self, accessor: &Accessor, purpose: Use) -> Result<Value, String> {
        let items = self.items(accessor)?;
        let Some(quantized) = &accessor.extensions.quantized else {
            let is_tight = items.stride == items.item_bytes();
            let mut view = json!({
                "buffer": 0, "byteOffset": items.from, "byteLength": items.to - items.from,
            });
            if !is_tight && let Some(view) = view.as_object_mut() {
                view.insert("byteStride".to_owned(), json!(items.stride));
            }
            self.views.push(view);
            // Colours were shares of one by agreement in 1.0; 2.0 wants it said.
            let is_share = purpose == Use::Colour && accessor.component_type != FLOAT;
            return Ok(json!({
                "bufferView": self.views.len() - 1,
                "componentType": accessor.component_type,
                "normalized": is_share,
                "count": accessor.count,
                "type": accessor.shape,
            }));
        };
        let size = items.width + 1;
        if quantized.decode_matrix.len() != size * size {
            return Err(format!(
                "a decodeMatrix of {} numbers stands where {} are needed",
                quantized.decode_matrix.len(),
                size * size
            ));
        }
        let bytes = items.count.saturating_mul(items.width * size_of::<f32>());
        self.allowance
            .take(bytes, self.path, "the quantized attributes")
            .map_err(|error| error.to_string())?;
        let from = self.chunk.len();
        self.chunk.reserve_exact(bytes);
        let mut item = [0.0; 4];
        for row in 0..items.count {
            for (part, slot) in item.iter_mut().enumerate().take(items.width) {
                *slot = items.number(&self.chunk, row, part);
            }
            for part in 0..items.width {
                let decoded = decoded(&quantized.decode_matrix, &item, items.width, part);
                self.chunk.extend((decoded as f32).to_le_bytes());
            }
        }
        self.views
            .push(json!({"buffer": 0, "byteOffset": from, "byteLength": bytes}));
        Ok(json!({
            "bufferView": self.views.len() - 1,
            "componentType": FLOAT,
            "count": accessor.count,
            "type": accessor.shape,
        }))
    }

    /// Where the items of an accessor lie, all of them within its buffer view.
    fn items(&self, accessor: &Accessor) -> Result<Items, String> {
        let component = match accessor.component_type {
            5120 => Component::I8,
            5121 => Component::U8,
            5122 => Component::I16,
            5123 => Component::U16,
            5125 => Component::U32,
            FLOAT => Component::F32,
            other => return Err(format!("component type {other} does not exist")),
        };
        let width = match accessor.shape.as_str() {
            "SCALAR" => 1,
            "VEC2" => 2,
            "VEC3" => 3,
            "VEC4" => 4,
            other => return Err(format!("{other:?} is no type of an attribute")),
        };
        let (from, to) = self.range_of(&accessor.buffer_view)?;
        let item_bytes = width * component.bytes();
        let stride = match usize::try_from(accessor.byte_stride) {
            Ok(0) => item_bytes,
            Ok(stride) if stride >= item_bytes => stride,
            _ => {
                return Err(format!(
                    "the stride is less than an item's {item_bytes} bytes"
                ));
            }
        };
        let count = usize::try_from(accessor.count).unwrap_or(usize::MAX);
        let needed = match count.checked_sub(1) {
            None => Some(0),
            Some(before) => before
                .checked_mul(stride)
                .and_then(|bytes| bytes.checked_add(item_bytes)),
        };
        let start = usize::try_from(accessor.byte_offset)
            .ok()
            .and_then(|offset| from.checked_add(offset));
        let range = start
            .zip(needed)
            .and_then(|(start, needed)| Some((start, start.checked_add(needed)?)))
            .filter(|(_, end)| *end <= to);
        let (start, end) = range.ok_or_else(|| {
            format!(
                "{count} items from byte {} do not fit into the {} bytes of the buffer view",
                accessor.byte_offset,
                to - from
            )
        })?;
        Ok(Items {
            from: start,
            to: end,
            stride,
            count,
            component,
            width,
        })
    }
}

/// What an accessor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Colour,
    Anything,
}

/// Items in the chunk.
struct Items {
    from: usize,
    to: usize,
    stride: usize,
    count: usize,
    component: Component,
    width: usize,
}

impl Items {
    fn item_bytes(&self) -> usize {
        self.width * self.component.bytes()
    }

    fn number(&self, chunk: &[u8], row: usize, part: usize) -> f64 {
        let at = self.from + row * self.stride + part * self.component.bytes();
        self.component.read(chunk, at)
    }
}

/// One number of an item behind its decode matrix.
fn decoded(matrix: &[f64], item: &[f64; 4], width: usize, part: usize) -> f64 {
    let size = width + 1;
    let at = |column: usize| {
        matrix
            .get(column * size + part)
            .copied()
            .unwrap_or_default()
    };
    let sum: f64 = item
        .iter()
        .take(width)
        .enumerate()
        .map(|(column, number)| at(column) * number)
        .sum();
    sum + at(width)
}
