//! The bytes of a document's buffers, and buffer views that are packed with meshopt.

use super::accessor::Budget;
use super::document::{Document, Meshopt};
use super::{GltfInput, meshopt};
use crate::TileError;
use crate::source::{data_uri, read_resource, resolve};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The bytes of all buffers. A buffer that is missing is an error only for those who ask for it.
pub(super) struct Buffers<'a> {
    /// For each buffer of the document: which of `contents` it is, or why it is missing.
    of_document: Vec<Result<usize, String>>,
    contents: Vec<Cow<'a, [u8]>>,
    /// What was read from beside the file.
    bytes_beside: usize,
}

/// A file that names more than so many others is refused the rest.
const MAX_RESOURCES: usize = 1_024;

impl<'a> Buffers<'a> {
    /// Collects the binary chunk, data URIs and files beside the document.
    pub(super) fn load(input: &GltfInput<'a>, document: &Document, binary: &'a [u8]) -> Self {
        let mut buffers = Self {
            of_document: Vec::with_capacity(document.buffers.len()),
            contents: vec![Cow::Borrowed(binary)],
            bytes_beside: 0,
        };
        let mut by_path = BTreeMap::new();
        for (number, buffer) in document.buffers.iter().enumerate() {
            let found = match &buffer.uri {
                None if number == 0 => Ok(0),
                None => Err("a buffer without uri has no bytes".to_owned()),
                Some(uri) => buffers.load_uri(input, uri, &mut by_path),
            };
            buffers.of_document.push(found);
        }
        buffers
    }

    /// What was read from beside the file: input as well.
    pub(super) fn bytes_beside(&self) -> usize {
        self.bytes_beside
    }

    /// A stretch of a buffer.
    pub(super) fn range(&self, buffer: u32, offset: u64, length: u64) -> Result<&[u8], String> {
        let content = self
            .of_document
            .get(buffer as usize)
            .ok_or_else(|| format!("buffer {buffer} does not exist"))?
            .clone()?;
        let bytes = self.contents.get(content).map_or(&[][..], Cow::as_ref);
        let start = usize::try_from(offset).ok();
        let end = offset
            .checked_add(length)
            .and_then(|end| usize::try_from(end).ok());
        start
            .zip(end)
            .and_then(|(start, end)| bytes.get(start..end))
            .ok_or_else(|| {
                format!(
                    "{length} bytes from {offset} lie outside the {} bytes of buffer {buffer}",
                    bytes.len()
                )
            })
    }

    /// Unpacks every buffer view that is packed.
    pub(super) fn unpacked_views(
        &self,
        document: &Document,
        path: &str,
        budget: &mut Budget,
    ) -> UnpackedViews {
        let packed = document
            .buffer_views
            .iter()
            .enumerate()
            .filter_map(|(number, view)| Some((number, view.extensions.meshopt.as_ref()?)));
        let views = packed.map(|(number, packing)| {
            let place = format!("bufferViews/{number}");
            let bytes = self
                .unpack(packing, path, &place, budget)
                .map_err(|reason| format!("meshopt compression: {reason}"));
            (number, bytes)
        });
        UnpackedViews(views.collect())
    }

    fn unpack(
        &self,
        packing: &Meshopt,
        path: &str,
        place: &str,
        budget: &mut Budget,
    ) -> Result<Vec<u8>, String> {
        let bytes = self.range(packing.buffer, packing.byte_offset, packing.byte_length)?;
        let whole = |number: u64| {
            usize::try_from(number).map_err(|_too_many| format!("{number} is too many"))
        };
        let stream = meshopt::Stream {
            bytes,
            count: whole(packing.count)?,
            stride: whole(packing.byte_stride)?,
            mode: meshopt::Mode::named(&packing.mode)?,
            filter: meshopt::Filter::named(packing.filter.as_deref())?,
        };
        let size = stream.unpacked_bytes()?;
        budget
            .unpacked
            .take(size, path, place)
            .map_err(|error| error.to_string())?;
        stream.unpack()
    }

    /// A buffer that is told by its uri. A file that two buffers name is read once.
    fn load_uri(
        &mut self,
        input: &GltfInput<'_>,
        uri: &str,
        by_path: &mut BTreeMap<String, Result<usize, String>>,
    ) -> Result<usize, String> {
        if let Some(bytes) = data_uri(uri) {
            self.contents.push(Cow::Owned(bytes?));
            return Ok(self.contents.len() - 1);
        }
        let path = resolve(input.path, uri)?;
        if let Some(known) = by_path.get(&path) {
            return known.clone();
        }
        if by_path.len() >= MAX_RESOURCES {
            return Err(format!("more than {MAX_RESOURCES} files beside this one"));
        }
        let found = self.load_file(input, &path);
        by_path.insert(path, found.clone());
        found
    }

    fn load_file(&mut self, input: &GltfInput<'_>, path: &str) -> Result<usize, String> {
        let bytes = read_beside(input, path)?;
        self.bytes_beside = self.bytes_beside.saturating_add(bytes.len());
        self.contents.push(Cow::Owned(bytes));
        Ok(self.contents.len() - 1)
    }
}

/// Reads what a document names, from its source.
pub(super) fn read_beside(input: &GltfInput<'_>, path: &str) -> Result<Vec<u8>, String> {
    let source = input
        .source
        .ok_or_else(|| format!("{path} lies outside the file"))?;
    read_resource(source, path).map_err(|error: TileError| error.to_string())
}

/// Buffer views that were packed, by their number.
pub(super) struct UnpackedViews(BTreeMap<usize, Result<Vec<u8>, String>>);

impl UnpackedViews {
    /// The bytes of a view that was packed, or why it cannot be unpacked.
    pub(super) fn get(&self, view: u32) -> Option<Result<&[u8], &str>> {
        self.0
            .get(&(view as usize))
            .map(|bytes| bytes.as_deref().map_err(String::as_str))
    }
}
