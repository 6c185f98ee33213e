//! Integers as bits: varints, bit packing with exceptions, and decimal values as integers. Nothing here knows what the
//! numbers mean.

use super::CodecError;

/// How many values of a packed column share a width.
const BLOCK: usize = 64;

/// The first mode that is no decimal one; see the format.
pub(super) const RAW: u8 = 10;

/// The last mode: a double with one bit behind the exponent's.
pub(super) const LAST_MODE: u8 = RAW + MAX_SHIFT;

/// How many low bits of a double may be left out when they are zero.
const MAX_SHIFT: u8 = 52;

/// Ten to the power of a decimal mode.
const SCALES: [f64; RAW as usize] = [1.0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/// Decimal integers stay below this, so that they and their rounding are exact in a double: 2^50.
const DECIMAL_LIMIT: f64 = 1_125_899_906_842_624.0;
/// A decimal integer plus the limit needs no more bits than these.
const DECIMAL_BITS: u32 = 51;

/// 1.5 × 2^52: a double of this size has steps of one, so that adding it rounds, and the integer lies in the low bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// A signed number as an unsigned one that is small when the number is near zero.
pub(super) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// The number whose [`zigzag`] this is.
pub(super) fn unzigzag(code: u64) -> i64 {
    (code >> 1) as i64 ^ -((code & 1) as i64)
}

/// How many bits a number needs; 0 for 0.
pub(super) fn bits_of(value: u64) -> u32 {
    u64::BITS - value.leading_zeros()
}

/// The greatest number of so many bits, 0 to 64.
pub(super) fn greatest(width: u32) -> u64 {
    u64::MAX.checked_shr(u64::BITS - width).unwrap_or(0)
}

/// Appends a varint.
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a signed number as a varint.
pub(super) fn put_signed(out: &mut Vec<u8>, value: i64) {
    put_varint(out, zigzag(value));
}

/// Overwrites four bytes with a number; nothing where there are none.
pub(super) fn put_u32_at(out: &mut [u8], at: usize, value: u32) {
    if let Some(place) = out.get_mut(at..).and_then(<[u8]>::first_chunk_mut::<4>) {
        *place = value.to_le_bytes();
    }
}

/// Appends bits, lowest first.
pub(super) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    word: u64,
    used: u32,
}

impl<'a> BitWriter<'a> {
    /// Begins on a byte.
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self {
            out,
            word: 0,
            used: 0,
        }
    }

    /// Appends a number of at most `width` bits.
    #[inline]
    pub(super) fn put(&mut self, value: u64, width: u32) {
        if width == 0 {
            return;
        }
        self.word |= value << self.used;
        self.used += width;
        if self.used >= u64::BITS {
            self.out.extend_from_slice(&self.word.to_le_bytes());
            self.used -= u64::BITS;
            self.word = if self.used == 0 {
                0
            } else {
                value >> (width - self.used)
            };
        }
    }

    /// Fills up the last byte.
    pub(super) fn finish(self) {
        let bytes = self.used.div_ceil(8) as usize;
        let word = self.word.to_le_bytes();
        self.out.extend(word.iter().take(bytes));
    }
}

/// The eight bytes from `at`; zeros behind the end.
#[inline]
fn load(stream: &[u8], at: usize) -> u64 {
    match stream.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => load_end(stream, at),
    }
}

/// [`load`] where fewer than eight bytes are left.
#[cold]
fn load_end(stream: &[u8], at: usize) -> u64 {
    let left = stream.get(at..).unwrap_or_default();
    left.iter()
        .take(8)
        .rev()
        .fold(0, |word, &byte| (word << 8) | u64::from(byte))
}

/// Reads numbers of `width` bits from bit `from` of the stream on. Behind the stream's end lie zeros.
pub(super) fn read_bits(stream: &[u8], from: u64, width: u32, into: &mut [i64]) {
    // As many numbers at once as eight bytes surely hold when the first may begin at any bit of a byte.
    match width {
        0 => into.fill(0),
        1..=7 => read_groups::<8>(stream, from, width, into),
        8..=14 => read_groups::<4>(stream, from, width, into),
        15..=28 => read_groups::<2>(stream, from, width, into),
        29..=57 => read_groups::<1>(stream, from, width, into),
        _ => read_wide(stream, from, width, into),
    }
}

/// [`read_bits`] where eight bytes hold `N` numbers.
fn read_groups<const N: usize>(stream: &[u8], from: u64, width: u32, into: &mut [i64]) {
    let mask = greatest(width);
    let mut bit = from;
    let (groups, rest) = into.as_chunks_mut::<N>();
    for group in groups {
        let word = load(stream, (bit >> 3) as usize) >> (bit & 7);
        let mut shift = 0;
        for value in group {
            *value = ((word >> shift) & mask) as i64;
            shift += width;
        }
        bit += u64::from(shift);
    }
    if !rest.is_empty() {
        let mut word = load(stream, (bit >> 3) as usize) >> (bit & 7);
        for value in rest {
            *value = (word & mask) as i64;
            word >>= width;
        }
    }
}

/// [`read_bits`] where a number may reach into a ninth byte.
fn read_wide(stream: &[u8], from: u64, width: u32, into: &mut [i64]) {
    let mask = greatest(width);
    let mut bit = from;
    for value in into {
        let at = (bit >> 3) as usize;
        let shift = (bit & 7) as u32;
        let low = load(stream, at) >> shift;
        let ninth = u64::from(stream.get(at + 8).copied().unwrap_or(0));
        // Without a shift the eight bytes hold all.
        let high = ninth.checked_shl(u64::BITS - shift).unwrap_or(0);
        *value = ((low | high) & mask) as i64;
        bit += u64::from(width);
    }
}

/// The width at which these codes need the fewest bits, exceptions included.
pub(super) fn best_width(codes: &[u64]) -> u32 {
    let mut counts = [0_u64; 65];
    let mut all = 0;
    for &code in codes {
        all |= code;
        if let Some(count) = counts.get_mut(bits_of(code) as usize) {
            *count += 1;
        }
    }
    let rows = codes.len() as u64;
    let (mut best, mut least, mut outside) = (bits_of(all), u64::MAX, 0);
    for width in (0..=bits_of(all)).rev() {
        let cost = rows * u64::from(width) + outside;
        if cost < least {
            (best, least) = (width, cost);
        }
        // An exception costs its place, 12 bits or so, and its code as a varint.
        let count = counts.get(width as usize).copied().unwrap_or(0);
        outside += count * u64::from(12 + 8 * width.div_ceil(7));
    }
    best
}

/// Appends a packed column.
pub(super) fn pack(values: &[i64], out: &mut Vec<u8>) {
    for block in values.chunks(BLOCK) {
        let (reference, width) = frame_of(block);
        let limit = greatest(width);
        let distance = |value: i64| value.wrapping_sub(reference) as u64;
        let outside = block.iter().filter(|&&v| distance(v) > limit).count();
        out.push(width as u8);
        out.push(outside as u8);
        put_signed(out, reference);
        let mut bits = BitWriter::new(out);
        for &value in block {
            let distance = distance(value);
            bits.put(if distance > limit { 0 } else { distance }, width);
        }
        bits.finish();
        for (place, &value) in block.iter().enumerate() {
            if distance(value) > limit {
                out.push(place as u8);
                put_signed(out, value.wrapping_sub(reference));
            }
        }
    }
}

/// The reference and the width with which a block needs the fewest bits. Up to four values at either end may be
/// exceptions.
fn frame_of(block: &[i64]) -> (i64, u32) {
    let mut sorted = [0_i64; BLOCK];
    let Some(sorted) = sorted.get_mut(..block.len()) else {
        return (0, u64::BITS);
    };
    sorted.copy_from_slice(block);
    sorted.sort_unstable();
    let (Some(&low), Some(&high)) = (sorted.first(), sorted.last()) else {
        return (0, 0);
    };
    let full = bits_of(high.wrapping_sub(low) as u64);
    let (mut best, mut least) = ((low, full), block.len() * full as usize);
    let ends = sorted.len().div_ceil(2).min(5);
    for (below, &low) in sorted.iter().take(ends).enumerate() {
        for (above, &high) in sorted.iter().rev().take(ends).enumerate() {
            if high < low {
                continue;
            }
            let width = bits_of(high.wrapping_sub(low) as u64);
            // An exception costs its place and three to six bytes.
            let cost = block.len() * width as usize + (below + above) * 44;
            if cost < least {
                (best, least) = ((low, width), cost);
            }
        }
    }
    best
}

/// Reads a packed column.
pub(super) fn unpack(from: &mut Reader<'_>, into: &mut [i64]) -> Result<(), CodecError> {
    for block in into.chunks_mut(BLOCK) {
        let width = from.width()?;
        let outside = from.byte()?;
        let reference = from.signed()?;
        let stream = from.bits(block.len() as u64 * u64::from(width))?;
        read_bits(stream, 0, width, block);
        for value in block.iter_mut() {
            *value = value.wrapping_add(reference);
        }
        for _ in 0..outside {
            let place = from.byte()?;
            let value = reference.wrapping_add(from.signed()?);
            *block
                .get_mut(usize::from(place))
                .ok_or_else(|| from.damaged("an exception lies outside its block"))? = value;
        }
    }
    Ok(())
}

/// The decimal integer of a value, when dividing it by `scale` gives the value back to the last bit.
#[inline]
fn decimal(value: f64, scale: f64) -> Option<i64> {
    let scaled = value * scale;
    if scaled.abs() < DECIMAL_LIMIT {
        let int = round(scaled);
        ((int as f64 / scale).to_bits() == value.to_bits()).then_some(int)
    } else {
        None
    }
}

/// The nearest integer of a number below 2^50.
#[inline]
fn round(value: f64) -> i64 {
    (value + ROUNDER).to_bits() as i64 - ROUNDER.to_bits() as i64
}

/// The integer of a value in a mode that is not decimal.
#[inline]
fn raw(value: f64, shift: u32) -> i64 {
    let bits = value.to_bits();
    let magnitude = ((bits << 1) >> 1 >> shift) as i64;
    magnitude ^ ((bits as i64) >> 63)
}

/// The value of a [`raw`] integer.
#[inline]
fn unraw(int: i64, shift: u32) -> f64 {
    let sign = int >> 63;
    f64::from_bits((((int ^ sign) as u64) << shift) | ((sign as u64) << 63))
}

/// A double as its place among all doubles, by size; neighbours differ by one.
pub(super) fn place_of(value: f64) -> i64 {
    raw(value, 0)
}

/// The double at a place.
pub(super) fn at_place(place: i64) -> f64 {
    unraw(place, 0)
}

/// Ten to the power of a decimal mode; none for another mode.
pub(super) fn scale_of(mode: u8) -> Option<f64> {
    SCALES.get(usize::from(mode)).copied()
}

/// The integer nearest to a number; 0 when the number is too large.
pub(super) fn nearest(value: f64) -> i64 {
    if value.abs() < DECIMAL_LIMIT {
        round(value)
    } else {
        0
    }
}

/// Fills `ints` with the values' integers in the first mode that is exact for all of them, and returns the mode.
pub(super) fn to_ints(values: impl Iterator<Item = f64> + Clone, ints: &mut Vec<i64>) -> u8 {
    for (mode, &scale) in (0_u8..).zip(&SCALES) {
        ints.clear();
        let fits = values.clone().all(|value| {
            let int = decimal(value, scale);
            ints.extend(int);
            int.is_some()
        });
        if fits {
            return mode;
        }
    }
    let shift = values
        .clone()
        .fold(0, |all, value| all | value.to_bits())
        .trailing_zeros()
        .min(u32::from(MAX_SHIFT));
    ints.clear();
    ints.extend(values.map(|value| raw(value, shift)));
    RAW + shift as u8
}

/// Like [`to_ints`], but up to `spare` values may fail a decimal mode. Their places go to `failed`, their integer is
/// the one before.
pub(super) fn to_most_ints(
    values: &[f64],
    spare: usize,
    ints: &mut Vec<i64>,
    failed: &mut Vec<u8>,
) -> u8 {
    for (mode, &scale) in (0_u8..).zip(&SCALES) {
        ints.clear();
        failed.clear();
        let mut before = None;
        for (place, &value) in values.iter().enumerate() {
            let int = decimal(value, scale);
            if int.is_none() {
                failed.push(place as u8);
                if failed.len() > spare {
                    break;
                }
            }
            before = int.or(before);
            ints.push(before.unwrap_or(0));
        }
        if failed.len() <= spare {
            return mode;
        }
    }
    failed.clear();
    to_ints(values.iter().copied(), ints)
}

/// Turns integers into values. False when one is greater than a decimal mode ever makes; the values are then
/// meaningless.
pub(super) fn to_values(mode: u8, ints: &[i64], into: &mut [f64]) -> bool {
    let Some(scale) = scale_of(mode) else {
        let shift = u32::from(mode.min(LAST_MODE) - RAW);
        for (value, &int) in into.iter_mut().zip(ints) {
            *value = unraw(int, shift);
        }
        return true;
    };
    let mut outside = 0;
    for (value, &int) in into.iter_mut().zip(ints) {
        // The reverse of `round`. An addition is done for several numbers at once on every processor; a conversion of
        // 64-bit integers is not.
        let bits = (ROUNDER.to_bits() as i64).wrapping_add(int) as u64;
        *value = (f64::from_bits(bits) - ROUNDER) / scale;
        outside |= int.wrapping_add(DECIMAL_LIMIT as i64) as u64;
    }
    outside >> DECIMAL_BITS == 0
}

/// The value of one integer. The caller has checked the mode.
pub(super) fn value_of(mode: u8, int: i64) -> f64 {
    match scale_of(mode) {
        Some(scale) => int as f64 / scale,
        None => unraw(int, u32::from(mode.min(LAST_MODE) - RAW)),
    }
}

/// Reads a blob from front to back and knows where it is.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    part: &'static str,
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from `at`; errors name `part`.
    pub(super) fn new(bytes: &'a [u8], at: usize, part: &'static str) -> Self {
        Self { bytes, at, part }
    }

    /// The error that something is wrong here.
    pub(super) fn damaged(&self, why: &'static str) -> CodecError {
        CodecError::Damaged {
            part: self.part,
            at: self.at,
            why,
        }
    }

    /// Passes over so many bytes and returns them.
    pub(super) fn take(&mut self, length: usize) -> Result<&'a [u8], CodecError> {
        let taken = self
            .at
            .checked_add(length)
            .and_then(|end| self.bytes.get(self.at..end))
            .ok_or_else(|| self.damaged("it ends too early"))?;
        self.at += length;
        Ok(taken)
    }

    /// Passes over so many bits, filled up to a byte, and returns the bytes from their first on. What lies behind the
    /// bits is there too, so that reading eight bytes at once seldom meets the end.
    pub(super) fn bits(&mut self, bits: u64) -> Result<&'a [u8], CodecError> {
        let stream = self.bytes.get(self.at..).unwrap_or_default();
        let length = usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX);
        self.take(length)?;
        Ok(stream)
    }

    /// A part of so many bytes, as a reader of its own.
    pub(super) fn part(
        &mut self,
        length: usize,
        part: &'static str,
    ) -> Result<Reader<'a>, CodecError> {
        let at = self.at;
        self.take(length)?;
        let bytes = self.bytes.get(..self.at).unwrap_or_default();
        Ok(Reader { bytes, at, part })
    }

    /// An array of bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let taken = self.take(N)?;
        taken
            .first_chunk::<N>()
            .copied()
            .ok_or_else(|| self.damaged("it ends too early"))
    }

    /// One byte.
    pub(super) fn byte(&mut self) -> Result<u8, CodecError> {
        self.array::<1>().map(|[byte]| byte)
    }

    /// A width in bits, 0 to 64.
    pub(super) fn width(&mut self) -> Result<u32, CodecError> {
        let width = u32::from(self.byte()?);
        if width > u64::BITS {
            return Err(self.damaged("more than 64 bits for a number"));
        }
        Ok(width)
    }

    /// Two bytes.
    pub(super) fn u16(&mut self) -> Result<u16, CodecError> {
        self.array().map(u16::from_le_bytes)
    }

    /// Four bytes.
    pub(super) fn u32(&mut self) -> Result<u32, CodecError> {
        self.array().map(u32::from_le_bytes)
    }

    /// Eight bytes.
    pub(super) fn i64(&mut self) -> Result<i64, CodecError> {
        self.array().map(i64::from_le_bytes)
    }

    /// A varint.
    pub(super) fn varint(&mut self) -> Result<u64, CodecError> {
        let mut value = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(self.damaged("a number longer than 64 bits"))
    }

    /// A signed number.
    pub(super) fn signed(&mut self) -> Result<i64, CodecError> {
        self.varint().map(unzigzag)
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Nothing may be left.
    pub(super) fn end(&self) -> Result<(), CodecError> {
        if self.at == self.bytes.len() {
            Ok(())
        } else {
            Err(self.damaged("there is more than belongs here"))
        }
    }
}

/// Checks the magic, the version and the closing CRC-32 of a blob, and returns a reader behind the version that ends
/// before the checksum.
pub(super) fn open<'a>(
    bytes: &'a [u8],
    magic: [u8; 4],
    known: u16,
    part: &'static str,
) -> Result<Reader<'a>, CodecError> {
    let mut head = Reader::new(bytes, 0, part);
    if head.array::<4>()? != magic {
        return Err(CodecError::Damaged {
            part,
            at: 0,
            why: "it does not begin as one",
        });
    }
    let found = head.u16()?;
    if found != known {
        return Err(CodecError::Version { part, found, known });
    }
    let Some((body, sum)) = bytes.split_last_chunk::<4>() else {
        return Err(head.damaged("it ends too early"));
    };
    let (stored, found) = (u32::from_le_bytes(*sum), crc32fast::hash(body));
    if stored != found {
        return Err(CodecError::Checksum {
            part,
            stored,
            found,
        });
    }
    Ok(Reader::new(body, head.at, part))
}

/// Appends the CRC-32 of everything from `start` on.
pub(super) fn close(out: &mut Vec<u8>, start: usize) {
    let sum = crc32fast::hash(out.get(start..).unwrap_or_default());
    out.extend_from_slice(&sum.to_le_bytes());
}
