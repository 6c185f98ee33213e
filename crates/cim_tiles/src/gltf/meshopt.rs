//! Unpacks buffer views that are packed with meshoptimizer (`EXT_meshopt_compression`, `KHR_meshopt_compression`):
//! vertices (codec versions 0 and 1), triangles and index sequences; the filters are in `filters`.
//!
//! Written from the extensions' appendices. Nothing is trusted: every read is checked, and the result is as large as
//! the caller allows for.

mod filters;
mod indices;
mod vertices;

/// A packed buffer view.
pub(super) struct Stream<'a> {
    pub(super) bytes: &'a [u8],
    /// Items that it holds.
    pub(super) count: usize,
    /// Bytes of an item.
    pub(super) stride: usize,
    pub(super) mode: Mode,
    pub(super) filter: Filter,
}

/// What is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Attributes,
    Triangles,
    Indices,
}

/// What is done to attributes after they are unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    None,
    Octahedral,
    Quaternion,
    Exponential,
    Colour,
}

impl Mode {
    pub(super) fn named(word: &str) -> Result<Self, String> {
        match word {
            "ATTRIBUTES" => Ok(Self::Attributes),
            "TRIANGLES" => Ok(Self::Triangles),
            "INDICES" => Ok(Self::Indices),
            _ => Err(format!("mode {word:?} does not exist")),
        }
    }
}

impl Filter {
    pub(super) fn named(word: Option<&str>) -> Result<Self, String> {
        match word {
            None | Some("NONE") => Ok(Self::None),
            Some("OCTAHEDRAL") => Ok(Self::Octahedral),
            Some("QUATERNION") => Ok(Self::Quaternion),
            Some("EXPONENTIAL") => Ok(Self::Exponential),
            Some("COLOR") => Ok(Self::Colour),
            Some(word) => Err(format!("filter {word:?} does not exist")),
        }
    }
}

impl Stream<'_> {
    /// Bytes of the view once unpacked.
    pub(super) fn unpacked_bytes(&self) -> Result<usize, String> {
        self.count
            .checked_mul(self.stride)
            .ok_or_else(|| format!("{} items of {} bytes", self.count, self.stride))
    }

    /// Unpacks the view.
    pub(super) fn unpack(&self) -> Result<Vec<u8>, String> {
        let size = self.unpacked_bytes()?;
        match self.mode {
            Mode::Attributes => {
                let mut unpacked = vertices::unpack(self.bytes, self.count, self.stride)?;
                filters::apply(self.filter, &mut unpacked, self.stride)?;
                Ok(unpacked)
            }
            Mode::Triangles => indices::unpack_triangles(self.bytes, self.count)
                .and_then(|indices| stored(&indices, self.stride, size)),
            Mode::Indices => indices::unpack_sequence(self.bytes, self.count)
                .and_then(|indices| stored(&indices, self.stride, size)),
        }
    }
}

/// Indices as the view has them: two or four bytes each.
fn stored(indices: &[u32], stride: usize, size: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::with_capacity(size);
    match stride {
        2 => indices
            .iter()
            .for_each(|index| bytes.extend_from_slice(&(*index as u16).to_le_bytes())),
        4 => indices
            .iter()
            .for_each(|index| bytes.extend_from_slice(&index.to_le_bytes())),
        _ => return Err(format!("indices of {stride} bytes")),
    }
    Ok(bytes)
}

/// The rest of a stream.
#[derive(Clone, Copy)]
struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    /// The next `count` bytes.
    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self
            .0
            .split_at_checked(count)
            .ok_or("the stream is cut short")?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, String> {
        let (first, rest) = self.0.split_first().ok_or("the stream is cut short")?;
        self.0 = rest;
        Ok(*first)
    }
}

#[cfg(test)]
mod tests;
