//! The least PNG that readers take (PNG, third edition): RGB rows in stored blocks, nothing compressed.

/// The most bytes of a stored block (RFC 1951, section 3.2.4).
const BLOCK: usize = 65_535;

/// A square image of `px` pixels a side; `colour` is asked column and row.
pub(super) fn encoded(px: u32, colour: impl Fn(u32, u32) -> [u8; 3]) -> Vec<u8> {
    let mut rows = Vec::with_capacity(row_bytes(px) * px as usize);
    for y in 0..px {
        // Filter type "none".
        rows.push(0);
        for x in 0..px {
            rows.extend(colour(x, y));
        }
    }
    let mut header = Vec::with_capacity(13);
    header.extend(px.to_be_bytes());
    header.extend(px.to_be_bytes());
    // Eight bits, RGB; the only compression and filter methods; no interlace.
    header.extend([8, 2, 0, 0, 0]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, *b"IHDR", &header);
    chunk(&mut file, *b"IDAT", &stored(&rows));
    chunk(&mut file, *b"IEND", &[]);
    file
}

/// How many bytes [`encoded`] gives.
pub(super) fn encoded_bytes(px: u32) -> usize {
    let rows = row_bytes(px) * px as usize;
    let stored = 2 + rows + 5 * rows.div_ceil(BLOCK) + 4;
    8 + (12 + 13) + (12 + stored) + 12
}

fn row_bytes(px: u32) -> usize {
    1 + 3 * px as usize
}

/// `bytes` as a zlib stream of stored blocks (RFC 1950).
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = bytes.len().div_ceil(BLOCK);
    for (number, block) in bytes.chunks(BLOCK).enumerate() {
        let length = block.len() as u16;
        stream.push(u8::from(number + 1 == blocks));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend_from_slice(block);
    }
    stream.extend(adler32(bytes).to_be_bytes());
    stream
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], body: &[u8]) {
    file.extend((body.len() as u32).to_be_bytes());
    file.extend(kind);
    file.extend_from_slice(body);
    let checked = crc32(crc32(0, &kind), body);
    file.extend(checked.to_be_bytes());
}

fn adler32(bytes: &[u8]) -> u32 {
    // The largest count for which the sums stay within 32 bits.
    const AT_ONCE: usize = 5_552;
    let (mut low, mut high) = (1_u32, 0_u32);
    for part in bytes.chunks(AT_ONCE) {
        for byte in part {
            low += u32::from(*byte);
            high += low;
        }
        low %= 65_521;
        high %= 65_521;
    }
    (high << 16) | low
}

/// Goes on from the checksum of what came before.
fn crc32(before: u32, bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!before, |crc, byte| {
        let row = (crc ^ u32::from(*byte)) & 0xFF;
        // Masked to a row of the table.
        CRC_TABLE[row as usize] ^ (crc >> 8)
    })
}

const CRC_TABLE: [u32; 256] = crc_table();

const fn crc_table() -> [u32; 256] {
    let mut table = [0_u32; 256];
    let mut row = 0;
    while row < 256 {
        let mut crc = row as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 {
                0xEDB8_8320 ^ (crc >> 1)
            } else {
                crc >> 1
            };
            bit += 1;
        }
        table[row] = crc;
        row += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standards() {
        assert_eq!(crc32(0, b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(crc32(0, b"1234"), b"56789"), 0xCBF4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
    }

    #[test]
    fn an_image_has_the_size_that_is_told() {
        for px in [1, 8, 200] {
            assert_eq!(encoded(px, |_, _| [1, 2, 3]).len(), encoded_bytes(px));
        }
    }

    #[test]
    fn an_image_is_read_back_pixel_by_pixel() {
        let file = encoded(160, |x, y| [x as u8, y as u8, 7]);
        let image = image::load_from_memory(&file).expect("a PNG").into_rgb8();
        assert_eq!(image.dimensions(), (160, 160));
        assert_eq!(image.get_pixel(3, 150).0, [3, 150, 7]);
    }
}
