//! What is done to attributes after they are unpacked, in place.

use super::Filter;

/// Undoes `filter` on items of `stride` bytes.
pub(super) fn apply(filter: Filter, bytes: &mut [u8], stride: usize) -> Result<(), String> {
    match (filter, stride) {
        (Filter::None, _) => {}
        (Filter::Octahedral, 4) => each(bytes, |item: [u8; 4]| {
            let [x, y, one, fourth] = item;
            let [x, y, z] = unit_vector([x, y, one].map(|byte| f32::from(byte as i8)), 127.0);
            [x as i8 as u8, y as i8 as u8, z as i8 as u8, fourth]
        }),
        (Filter::Octahedral, 8) => each(bytes, |item: [u8; 8]| {
            let [x, y, one, fourth] = halves(item);
            let [x, y, z] = unit_vector([x, y, one].map(f32::from), 32_767.0);
            from_halves([x as i16, y as i16, z as i16, fourth])
        }),
        (Filter::Quaternion, 8) => {
            each(bytes, |item: [u8; 8]| from_halves(quaternion(halves(item))));
        }
        (Filter::Exponential, stride) if stride.is_multiple_of(4) => {
            each(bytes, |item: [u8; 4]| {
                power(u32::from_le_bytes(item)).to_le_bytes()
            });
        }
        (Filter::Colour, 4) => each(bytes, |item: [u8; 4]| {
            let signed = item.map(|byte| i32::from(byte as i8));
            colour(item.map(i32::from), signed, 255.0).map(|part| part as u8)
        }),
        (Filter::Colour, 8) => each(bytes, |item: [u8; 8]| {
            let signed = halves(item).map(i32::from);
            let unsigned = halves(item).map(|part| i32::from(part as u16));
            from_halves(colour(unsigned, signed, 65_535.0).map(|part| part as u16 as i16))
        }),
        _ => return Err(format!("filter {filter:?} for items of {stride} bytes")),
    }
    Ok(())
}

fn each<const B: usize>(bytes: &mut [u8], change: impl Fn([u8; B]) -> [u8; B]) {
    for item in bytes.as_chunks_mut::<B>().0 {
        *item = change(*item);
    }
}

fn halves([a, b, c, d, e, f, g, h]: [u8; 8]) -> [i16; 4] {
    [[a, b], [c, d], [e, f], [g, h]].map(i16::from_le_bytes)
}

fn from_halves(numbers: [i16; 4]) -> [u8; 8] {
    let [[a, b], [c, d], [e, f], [g, h]] = numbers.map(i16::to_le_bytes);
    [a, b, c, d, e, f, g, h]
}

/// A unit vector, times `max`, from its place on an octahedron; the third number says what counts as one there.
fn unit_vector([x, y, one]: [f32; 3], max: f32) -> [f32; 3] {
    let z = one - x.abs() - y.abs();
    // What lies below the equator is folded over the edges.
    let fold = z.min(0.0);
    let x = x + if x >= 0.0 { fold } else { -fold };
    let y = y + if y >= 0.0 { fold } else { -fold };
    let scale = max / (x * x + y * y + z * z).sqrt();
    [x, y, z].map(|part| (part * scale).round())
}

/// A unit quaternion from its three smaller numbers; the fourth number says which one is missing, and what counts as
/// one.
fn quaternion([a, b, c, packed]: [i16; 4]) -> [i16; 4] {
    let one = f32::from(packed | 3);
    let scale = 32_767.0 * std::f32::consts::FRAC_1_SQRT_2 / one;
    let [a, b, c] = [a, b, c].map(f32::from);
    let missing = (2.0 * one * one - a * a - b * b - c * c).max(0.0).sqrt();
    let [missing, a, b, c] = [missing, a, b, c].map(|number| (number * scale).round() as i16);
    match packed & 3 {
        0 => [missing, a, b, c],
        1 => [c, missing, a, b],
        2 => [b, c, missing, a],
        _ => [a, b, c, missing],
    }
}

/// A number of 24 bits times a power of two.
fn power(bits: u32) -> f32 {
    let mantissa = (bits << 8).cast_signed() >> 8;
    let exponent = bits.cast_signed() >> 24;
    let power = f32::from_bits((exponent + 127).cast_unsigned() << 23);
    power * mantissa as f32
}

/// Red, green, blue and opacity from brightness and two differences. The highest bit of the fourth number says what
/// counts as one; the bits below it are the opacity.
fn colour(unsigned: [i32; 4], signed: [i32; 4], max: f32) -> [f32; 4] {
    let [brightness, _, _, packed] = unsigned;
    let [_, orange, green, _] = signed;
    let one = [1, 2, 4, 8]
        .iter()
        .fold(packed, |bits, by| bits | (bits >> by));
    let opacity = ((packed << 1) & one) | (packed & 1);
    let parts = [
        brightness + orange - green,
        brightness + green,
        brightness - orange - green,
        opacity,
    ];
    let scale = max / one as f32;
    parts.map(|part| (part as f32 * scale + 0.5).clamp(0.0, max))
}
