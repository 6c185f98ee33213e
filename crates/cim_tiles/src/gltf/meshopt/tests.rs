//! Streams put together after the extension's description, and streams that lie.

use super::*;

fn stream(bytes: &[u8], mode: Mode, count: usize, stride: usize) -> Stream<'_> {
    Stream {
        bytes,
        count,
        stride,
        mode,
        filter: Filter::None,
    }
}

/// Seven vertices of four numbers of two bytes, version 0.
const VERTICES: [u8; 72] = [
    0xa0, 0x01, 0x2a, 0x78, 0x00, 0x00, 0xb0, 0x01, 0x00, 0xf0, 0x00, 0x00, 0x03, 0x04, 0x01, 0x3e,
    0xa8, 0x00, 0x00, 0x0a, 0x2f, 0x01, 0x0c, 0x00, 0x00, 0x00, 0x08, 0x01, 0x05, 0x5c, 0x00, 0x00,
    0x52, 0x01, 0x00, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x0a, 0x00, 0x14, 0x00, 0xe2, 0xff, 0x00, 0x00,
];

#[test]
fn vertices_of_version_0_are_unpacked() {
    let unpacked = stream(&VERTICES, Mode::Attributes, 7, 8)
        .unpack()
        .expect("a stream");
    let numbers: Vec<i16> = unpacked
        .as_chunks::<2>()
        .0
        .iter()
        .map(|pair| i16::from_le_bytes(*pair))
        .collect();
    let expected: [[i16; 4]; 7] = [
        [10, 20, -30, 0],
        [11, 25, -30, 0],
        [12, 1025, -31, 0],
        [13, 1026, -32, 0],
        [-500, 1027, -33, 0],
        [100, 1028, -34, 0],
        [101, 1029, 7, 0],
    ];
    assert_eq!(numbers, expected.concat());
}

/// Two vertices of twelve bytes, version 1: differences of bytes, differences of halves, flipped words; planes written
/// out, all zero, and of single bits.
const VERTICES_1: [u8; 50] = [
    0xa1, 0xff, 0xaf, 0xfc, 0x02, 0x04, 0x01, 0x01, 0x00, 0x00, 0x00, 0x06, 0x02, 0x90, 0x00, 0x01,
    0x01, 0x02, 0x00, 0x70, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x0a, 0x14, 0x1e, 0x28, 0x01, 0x02, 0x03, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x01, 0x42,
];

#[test]
fn vertices_of_version_1_are_unpacked() {
    let unpacked = stream(&VERTICES_1, Mode::Attributes, 2, 12)
        .unpack()
        .expect("a stream");
    assert_eq!(
        unpacked,
        [
            11, 19, 30, 40, 2, 2, 3, 4, 16, 0, 0, 0, //
            13, 18, 30, 43, 202, 2, 3, 4, 23, 0, 0, 0,
        ]
    );
}

/// Three new vertices, a new one on an edge, one written out on an edge, its neighbour, and three written out.
const TRIANGLES: [u8; 28] = [
    0xe1, 0xf0, 0x10, 0x1f, 0x0d, 0xff, 0xc8, 0x01, 0xff, 0x02, 0x01, 0x0a, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0,
];

#[test]
fn triangles_are_unpacked() {
    let unpacked = stream(&TRIANGLES, Mode::Triangles, 15, 4)
        .unpack()
        .expect("a stream");
    let indices: Vec<u32> = unpacked
        .as_chunks::<4>()
        .0
        .iter()
        .map(|word| u32::from_le_bytes(*word))
        .collect();
    assert_eq!(
        indices,
        [0, 1, 2, 2, 1, 3, 3, 1, 100, 3, 100, 99, 100, 99, 104]
    );
}

#[test]
fn sequences_are_unpacked() {
    let bytes = [
        0xd1, 0x1c, 0x04, 0xd1, 0x0f, 0x04, 0x0b, 0x00, 0x00, 0x00, 0x00,
    ];
    let unpacked = stream(&bytes, Mode::Indices, 5, 2)
        .unpack()
        .expect("a stream");
    let indices: Vec<u16> = unpacked
        .as_chunks::<2>()
        .0
        .iter()
        .map(|pair| u16::from_le_bytes(*pair))
        .collect();
    assert_eq!(indices, [7, 8, 500, 9, 497]);
}

#[test]
fn filters_give_unit_vectors_numbers_and_colours() {
    let mut north = [0, 127, 127, 9];
    filters::apply(Filter::Octahedral, &mut north, 4).expect("it fits");
    assert_eq!(north, [0, 127, 0, 9]);
    // Five halves: the power of two in the highest byte is −1.
    let mut number = [5, 0, 0, 0xFF];
    filters::apply(Filter::Exponential, &mut number, 4).expect("it fits");
    assert!((f32::from_le_bytes(number) - 2.5).abs() < 1e-6);
    // Nothing but the missing number, in the second place; 32765 and 32767 both count as one.
    let mut quaternion = [0, 0, 0, 0, 0, 0, 0xFD, 0x7F];
    filters::apply(Filter::Quaternion, &mut quaternion, 8).expect("it fits");
    assert_eq!(quaternion, [0, 0, 0xFF, 0x7F, 0, 0, 0, 0]);
    let mut grey = [127, 0, 0, 0xFF];
    filters::apply(Filter::Colour, &mut grey, 4).expect("it fits");
    assert_eq!(grey, [127, 127, 127, 255]);
    assert!(filters::apply(Filter::Quaternion, &mut grey, 4).is_err());
}

#[test]
fn a_stream_cut_short_is_refused() {
    for length in 0..VERTICES.len() {
        let cut = &VERTICES[..length];
        assert!(stream(cut, Mode::Attributes, 7, 8).unpack().is_err());
    }
    for length in 0..TRIANGLES.len() {
        let cut = &TRIANGLES[..length];
        assert!(stream(cut, Mode::Triangles, 15, 4).unpack().is_err());
    }
}

#[test]
fn a_flipped_byte_never_panics() {
    for at in 0..VERTICES.len() {
        for flip in [0x01, 0x80, 0xFF] {
            let mut broken = VERTICES;
            broken[at] ^= flip;
            if let Ok(bytes) = stream(&broken, Mode::Attributes, 7, 8).unpack() {
                assert_eq!(bytes.len(), 56);
            }
        }
    }
    for at in 0..TRIANGLES.len() {
        for flip in [0x01, 0x80, 0xFF] {
            let mut broken = TRIANGLES;
            broken[at] ^= flip;
            if let Ok(bytes) = stream(&broken, Mode::Triangles, 15, 4).unpack() {
                assert_eq!(bytes.len(), 60);
            }
        }
    }
}
