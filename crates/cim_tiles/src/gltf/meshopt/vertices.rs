//! The codec for vertices: each byte of an item is packed for itself, as differences from the item before, in groups
//! of sixteen with as few bits as they need.

use super::Rest;

/// The high half of a stream's first byte; the low half is the version.
const HEADER: u8 = 0xA0;
const GROUP: usize = 16;
const MAX_BLOCK: usize = 256;
/// A block's vertices take at most so many bytes.
const BLOCK_BYTES: usize = 8_192;

/// The bytes at one place of all items of a block.
type Plane = [u8; MAX_BLOCK];

/// Unpacks `count` items of `stride` bytes.
pub(super) fn unpack(bytes: &[u8], count: usize, stride: usize) -> Result<Vec<u8>, String> {
    if stride == 0 || stride > 256 || !stride.is_multiple_of(4) {
        return Err(format!("items of {stride} bytes"));
    }
    let mut rest = Rest(bytes);
    let version = match rest.byte()? {
        header if header & 0xF0 == HEADER && header & 0x0F <= 1 => header & 0x0F,
        header => return Err(format!("a vertex stream cannot begin with {header:#04x}")),
    };
    // The stream ends with the item before the first one, and in version 1 with the kinds of channels.
    let kinds = if version == 0 { 0 } else { stride / 4 };
    let tail = rest
        .0
        .len()
        .checked_sub(stride + kinds)
        .and_then(|start| rest.0.get(start..))
        .ok_or("the stream is cut short")?;
    let (first, channels) = tail.split_at_checked(stride).unwrap_or_default();
    let mut last = [0; 256];
    for (byte, first) in last.iter_mut().zip(first) {
        *byte = *first;
    }
    let block_items = (BLOCK_BYTES / stride / GROUP * GROUP).min(MAX_BLOCK);
    let mut unpacked = vec![0; count.saturating_mul(stride)];
    for block in unpacked.chunks_mut(block_items * stride) {
        unpack_block(&mut rest, version, channels, stride, &last, block)?;
        let end = block.len().saturating_sub(stride);
        for (byte, item) in last.iter_mut().zip(block.get(end..).unwrap_or_default()) {
            *byte = *item;
        }
    }
    let padded_tail = (stride + kinds).max(if version == 0 { 32 } else { 24 });
    if rest.0.len() == padded_tail {
        Ok(unpacked)
    } else {
        Err("the stream does not end with its last item".to_owned())
    }
}

fn unpack_block(
    rest: &mut Rest<'_>,
    version: u8,
    channels: &[u8],
    stride: usize,
    last: &[u8; 256],
    block: &mut [u8],
) -> Result<(), String> {
    let items = block.len() / stride;
    let controls = rest.take(if version == 0 { 0 } else { stride / 4 })?;
    let mut planes: [Plane; 4] = [[0; MAX_BLOCK]; 4];
    for four in 0..stride / 4 {
        let control = controls.get(four).copied();
        for (number, plane) in planes.iter_mut().enumerate() {
            let control = control.map(|byte| (byte >> (2 * number)) & 3);
            unpack_plane(rest, control, items, plane)?;
        }
        let before = last
            .get(4 * four..)
            .and_then(|bytes| bytes.first_chunk::<4>())
            .copied()
            .unwrap_or_default();
        let target = block.get_mut(4 * four..).unwrap_or_default();
        let channel = channels.get(four).copied().unwrap_or_default();
        match channel & 3 {
            0 => add_bytes(&planes, before, target, stride, items),
            1 => add_halves(&planes, before, target, stride, items),
            2 => flip_words(
                &planes,
                before,
                u32::from(channel >> 4),
                target,
                stride,
                items,
            ),
            _ => return Err("a channel of an unknown kind".to_owned()),
        }
    }
    Ok(())
}

/// One byte of every item of a block. `control` is there in version 1 only.
fn unpack_plane(
    rest: &mut Rest<'_>,
    control: Option<u8>,
    items: usize,
    plane: &mut Plane,
) -> Result<(), String> {
    let bits: [u8; 4] = match control {
        None => [0, 2, 4, 8],
        Some(0) => [0, 1, 2, 4],
        Some(1) => [1, 2, 4, 8],
        Some(2) => {
            plane.fill(0);
            return Ok(());
        }
        Some(_) => {
            let bytes = rest.take(items)?;
            for (target, byte) in plane.iter_mut().zip(bytes) {
                *target = *byte;
            }
            return Ok(());
        }
    };
    let groups = items.div_ceil(GROUP);
    let header = rest.take(groups.div_ceil(4))?;
    let (targets, _) = plane.as_chunks_mut::<GROUP>();
    for (group, target) in targets.iter_mut().take(groups).enumerate() {
        let byte = header.get(group / 4).copied().unwrap_or_default();
        let choice = (byte >> (2 * (group % 4))) & 3;
        match bits.get(usize::from(choice)) {
            Some(8) => {
                for (target, byte) in target.iter_mut().zip(rest.take(GROUP)?) {
                    *target = *byte;
                }
            }
            Some(4) => unpack_group::<4, 8>(rest, target)?,
            Some(2) => unpack_group::<2, 4>(rest, target)?,
            Some(1) => unpack_group::<1, 2>(rest, target)?,
            _ => target.fill(0),
        }
    }
    Ok(())
}

/// Sixteen bytes of `BITS` bits each, in `BYTES` bytes; the highest number of so many bits means that the byte itself
/// follows behind.
fn unpack_group<const BITS: usize, const BYTES: usize>(
    rest: &mut Rest<'_>,
    target: &mut [u8; GROUP],
) -> Result<(), String> {
    let packed = rest
        .take(BYTES)?
        .first_chunk::<BYTES>()
        .copied()
        .unwrap_or([0; BYTES]);
    let escape = (1_u8 << BITS) - 1;
    let per_byte = 8 / BITS;
    for (part, mut byte) in target.chunks_exact_mut(per_byte).zip(packed) {
        if BITS == 1 {
            // Single bits stand the other way round.
            byte = byte.reverse_bits();
        }
        for target in part {
            let value = byte >> (8 - BITS);
            byte <<= BITS;
            *target = if value == escape { rest.byte()? } else { value };
        }
    }
    Ok(())
}

/// Differences of single bytes.
fn add_bytes(planes: &[Plane; 4], before: [u8; 4], target: &mut [u8], stride: usize, items: usize) {
    let [a, b, c, d] = planes;
    let mut value = before;
    let differences = a.iter().zip(b).zip(c).zip(d).take(items);
    for (item, (((a, b), c), d)) in target.chunks_mut(stride).zip(differences) {
        value = [
            value[0].wrapping_add(unfold_byte(*a)),
            value[1].wrapping_add(unfold_byte(*b)),
            value[2].wrapping_add(unfold_byte(*c)),
            value[3].wrapping_add(unfold_byte(*d)),
        ];
        if let Some(item) = item.first_chunk_mut::<4>() {
            *item = value;
        }
    }
}

/// Differences of numbers of two bytes.
fn add_halves(
    planes: &[Plane; 4],
    before: [u8; 4],
    target: &mut [u8],
    stride: usize,
    items: usize,
) {
    let [a, b, c, d] = planes;
    let mut low = u16::from_le_bytes([before[0], before[1]]);
    let mut high = u16::from_le_bytes([before[2], before[3]]);
    let differences = a.iter().zip(b).zip(c).zip(d).take(items);
    for (item, (((a, b), c), d)) in target.chunks_mut(stride).zip(differences) {
        low = low.wrapping_add(unfold_half(u16::from_le_bytes([*a, *b])));
        high = high.wrapping_add(unfold_half(u16::from_le_bytes([*c, *d])));
        if let Some(item) = item.first_chunk_mut::<4>() {
            *item = (u32::from(low) | (u32::from(high) << 16)).to_le_bytes();
        }
    }
}

/// Numbers of four bytes of which the bits that change are kept, turned by some places.
fn flip_words(
    planes: &[Plane; 4],
    before: [u8; 4],
    turned: u32,
    target: &mut [u8],
    stride: usize,
    items: usize,
) {
    let [a, b, c, d] = planes;
    let mut value = u32::from_le_bytes(before);
    let flips = a.iter().zip(b).zip(c).zip(d).take(items);
    for (item, (((a, b), c), d)) in target.chunks_mut(stride).zip(flips) {
        value ^= u32::from_le_bytes([*a, *b, *c, *d]).rotate_right(turned);
        if let Some(item) = item.first_chunk_mut::<4>() {
            *item = value.to_le_bytes();
        }
    }
}

/// 0, −1, 1, −2, 2 … stand as 0, 1, 2, 3, 4 …
fn unfold_byte(folded: u8) -> u8 {
    (folded >> 1) ^ (folded & 1).wrapping_neg()
}

fn unfold_half(folded: u16) -> u16 {
    (folded >> 1) ^ (folded & 1).wrapping_neg()
}
