//! Numbers and boxes out of bytes that nobody has checked.

/// A box that is not what the standard says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BoxError {
    #[error("box {0} is cut off")]
    Short(&'static str),
    #[error("box {name} says it has {claimed} bytes; at most {most} are allowed")]
    TooLarge {
        name: String,
        claimed: u64,
        most: u64,
    },
    #[error("box {name} says it has {claimed} entries; it has room for {room}")]
    Count {
        name: &'static str,
        claimed: u64,
        room: u64,
    },
    #[error("box {0} is missing")]
    Missing(&'static str),
    #[error("box {0} has no sensible content")]
    Senseless(&'static str),
}

/// Reads big-endian numbers from the front of some bytes.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a> {
    name: &'static str,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `bytes`, the content of the box `name`.
    pub(crate) fn new(name: &'static str, bytes: &'a [u8]) -> Self {
        Self { name, rest: bytes }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], BoxError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(count)
            .ok_or(BoxError::Short(self.name))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], BoxError> {
        let (taken, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(BoxError::Short(self.name))?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, BoxError> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, BoxError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, BoxError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    pub(crate) fn i32(&mut self) -> Result<i32, BoxError> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, BoxError> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// Version and flags of a full box.
    pub(crate) fn version(&mut self) -> Result<(u8, u32), BoxError> {
        let both = self.u32()?;
        Ok(((both >> 24) as u8, both & 0x00ff_ffff))
    }

    /// How many entries of `each` bytes follow; never more than there is room for.
    pub(crate) fn count(&mut self, each: usize) -> Result<usize, BoxError> {
        let claimed = u64::from(self.u32()?);
        let room = (self.rest.len() / each.max(1)) as u64;
        if claimed > room {
            return Err(BoxError::Count {
                name: self.name,
                claimed,
                room,
            });
        }
        Ok(claimed as usize)
    }
}

/// The boxes inside `bytes`, as their types and contents. A box that is cut off ends them.
pub(crate) fn children(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (head, after) = rest.split_first_chunk::<8>()?;
        let [a, b, c, d, kind @ ..] = *head;
        let size = u32::from_be_bytes([a, b, c, d]);
        let (length, body) = match size {
            0 => (after.len() as u64, after),
            1 => {
                let (long, after) = after.split_first_chunk::<8>()?;
                (u64::from_be_bytes(*long).checked_sub(16)?, after)
            }
            _ => (u64::from(size).checked_sub(8)?, after),
        };
        let (content, after) = body.split_at_checked(usize::try_from(length).ok()?)?;
        rest = after;
        Some((kind, content))
    })
}

/// The first box of type `kind` inside `bytes`.
pub(crate) fn child<'a>(
    bytes: &'a [u8],
    kind: [u8; 4],
    name: &'static str,
) -> Result<&'a [u8], BoxError> {
    children(bytes)
        .find(|(found, _)| *found == kind)
        .map(|(_, content)| content)
        .ok_or(BoxError::Missing(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_found_one_behind_the_other() {
        let bytes = [&[0, 0, 0, 9][..], b"freeA", &[0, 0, 0, 8], b"skip"].concat();
        let found: Vec<_> = children(&bytes).collect();
        assert_eq!(found, [(*b"free", &b"A"[..]), (*b"skip", &b""[..])]);
        assert_eq!(child(&bytes, *b"free", "free"), Ok(&b"A"[..]));
        assert_eq!(
            child(&bytes, *b"moov", "moov"),
            Err(BoxError::Missing("moov"))
        );
    }

    #[test]
    fn a_box_larger_than_what_is_there_ends_them() {
        let bytes = [&[0xff, 0xff, 0xff, 0xff][..], b"mdat", b"little"].concat();
        assert_eq!(children(&bytes).count(), 0);
        let long = [&[0, 0, 0, 1][..], b"mdat", &[0xff; 8]].concat();
        assert_eq!(children(&long).count(), 0);
        let smaller_than_itself = [&[0, 0, 0, 3][..], b"mdat"].concat();
        assert_eq!(children(&smaller_than_itself).count(), 0);
    }

    #[test]
    fn a_count_without_room_is_refused() {
        let mut reader = Reader::new("stsz", &[0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4]);
        assert!(matches!(
            reader.count(4),
            Err(BoxError::Count { room: 1, .. })
        ));
    }

    #[test]
    fn numbers_end_with_their_bytes() {
        let mut reader = Reader::new("tfdt", &[1, 0, 0, 2, 9]);
        assert_eq!(reader.version(), Ok((1, 2)));
        assert_eq!(reader.u16(), Err(BoxError::Short("tfdt")));
        assert_eq!(reader.u8(), Ok(9));
    }
}
