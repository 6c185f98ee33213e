//! KTX2 textures (`KHR_texture_basisu`): Basis Universal (ETC1S and UASTC, also with Zstandard), and plain pixels of
//! eight bits.

use super::guard::guarded;
use super::images::{check_size, with_opacity};
use crate::TileImage;
use basisu::{DecodeFlags, TargetFormat, Transcoder};

const IDENTIFIER: [u8; 12] = [
    0xAB, 0x4B, 0x54, 0x58, 0x20, 0x32, 0x30, 0xBB, 0x0D, 0x0A, 0x1A, 0x0A,
];
const LEVELS_AT: usize = 80;
const LEVEL_BYTES: usize = 24;
const MAX_LEVELS: u32 = 16;
const NO_SUPERCOMPRESSION: u32 = 0;
const BASIS_LZ: u32 = 1;
const ZSTANDARD: u32 = 2;

/// The header of a file (KTX 2.0, "Structure"), and where its largest level lies.
#[derive(Debug)]
struct Header {
    vk_format: u32,
    width: u32,
    height: u32,
    supercompression: u32,
    level: (usize, usize),
}

pub(super) fn is_ktx2(bytes: &[u8]) -> bool {
    bytes.starts_with(&IDENTIFIER)
}

/// The largest level of a texture.
pub(super) fn decode(bytes: &[u8]) -> Result<TileImage, String> {
    let header = read_header(bytes)?;
    let texels = header.width as usize * header.height as usize;
    let rgba = match channels_of(header.vk_format) {
        Some(channels) => plain_pixels(bytes, &header, channels, texels)?,
        None => guarded(|| transcode(bytes))?,
    };
    if rgba.len() != texels * 4 {
        return Err("a KTX2 texture with fewer pixels than it promises".to_owned());
    }
    Ok(TileImage {
        width: header.width,
        height: header.height,
        rgba,
        repeats: [true; 2],
    })
}

fn transcode(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let transcoder =
        Transcoder::new(bytes).map_err(|error| format!("a KTX2 texture: {error:?}"))?;
    transcoder
        .transcode(0, TargetFormat::Rgba32, DecodeFlags::NONE)
        .map_err(|error| format!("a KTX2 texture: {error:?}"))
}

/// Reads the header and checks every stretch that it names: the transcoder takes them as they are.
fn read_header(bytes: &[u8]) -> Result<Header, String> {
    let short = || "a KTX2 texture is cut short".to_owned();
    let word = |at: usize| word_at(bytes, at).ok_or_else(short);
    let long = |at: usize| {
        let (low, high) = word_at(bytes, at)
            .zip(word_at(bytes, at + 4))
            .ok_or_else(short)?;
        usize::try_from(u64::from(low) | (u64::from(high) << 32)).map_err(|error| error.to_string())
    };
    let within = |offset: usize, length: usize| {
        let end = offset.checked_add(length).filter(|end| *end <= bytes.len());
        end.map(|_end| ()).ok_or_else(short)
    };
    let (width, height) = (word(20)?, word(24)?);
    let (depth, layers, faces) = (word(28)?, word(32)?, word(36)?);
    if depth != 0 || layers > 1 || faces != 1 {
        return Err("a KTX2 texture of more than one picture".to_owned());
    }
    check_size(width, height, bytes.len())?;
    let levels = word(40)?;
    if levels > MAX_LEVELS {
        return Err(format!("a KTX2 texture of {levels} levels"));
    }
    let supercompression = word(44)?;
    // Both the data format descriptor and the key-value data are told by 32 bits, the global data by 64.
    within(word(48)? as usize, word(52)? as usize)?;
    within(word(56)? as usize, word(60)? as usize)?;
    within(long(64)?, long(72)?)?;
    let mut level = (0, 0);
    for number in (0..levels.max(1) as usize).rev() {
        let at = LEVELS_AT + number * LEVEL_BYTES;
        level = (long(at)?, long(at + 8)?);
        within(level.0, level.1)?;
        let unpacked = long(at + 16)?;
        let blocks = width.div_ceil(4) as usize * height.div_ceil(4) as usize;
        if supercompression == ZSTANDARD && unpacked > blocks * 16 {
            return Err("a KTX2 texture that unpacks to more than its pixels".to_owned());
        }
    }
    Ok(Header {
        vk_format: word(12)?,
        width,
        height,
        supercompression,
        level,
    })
}

/// Bytes of a pixel in the formats that need no transcoding: `VK_FORMAT_R8G8B8(A8)_UNORM` and `_SRGB`.
fn channels_of(vk_format: u32) -> Option<usize> {
    match vk_format {
        23 | 29 => Some(3),
        37 | 43 => Some(4),
        _ => None,
    }
}

fn plain_pixels(
    bytes: &[u8],
    header: &Header,
    channels: usize,
    texels: usize,
) -> Result<Vec<u8>, String> {
    if header.supercompression != NO_SUPERCOMPRESSION {
        let scheme = match header.supercompression {
            BASIS_LZ => "BasisLZ".to_owned(),
            ZSTANDARD => "Zstandard".to_owned(),
            other => format!("scheme {other}"),
        };
        return Err(format!("plain pixels packed with {scheme}"));
    }
    let (offset, length) = header.level;
    let pixels = bytes
        .get(offset..offset + length)
        .and_then(|level| level.get(..texels * channels))
        .ok_or("a KTX2 texture is cut short")?;
    Ok(if channels == 3 {
        with_opacity(pixels)
    } else {
        pixels.to_vec()
    })
}

fn word_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..)?.first_chunk::<4>()?;
    Some(u32::from_le_bytes(*four))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A texture of one level, its descriptors empty.
    fn plain(width: u32, height: u32, vk_format: u32, pixels: &[u8]) -> Vec<u8> {
        let mut bytes = IDENTIFIER.to_vec();
        let level_at = (LEVELS_AT + LEVEL_BYTES) as u32;
        let length = pixels.len() as u32;
        // Up to the supercompression; where the descriptors are; where the level is.
        let header = [vk_format, 1, width, height, 0, 0, 1, 1, 0];
        let places = [level_at, 0, level_at, 0, 0, 0, 0, 0];
        let level = [level_at, 0, length, 0, length, 0];
        let words = [&header[..], &places, &level].concat();
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        bytes.extend(pixels);
        bytes
    }

    #[test]
    fn plain_pixels_are_taken_as_they_are() {
        let image = decode(&plain(1, 2, 29, &[1, 2, 3, 4, 5, 6])).expect("a texture");
        assert_eq!((image.width, image.height), (1, 2));
        assert_eq!(image.rgba, [1, 2, 3, 255, 4, 5, 6, 255]);
        let image = decode(&plain(1, 1, 37, &[1, 2, 3, 4])).expect("a texture");
        assert_eq!(image.rgba, [1, 2, 3, 4]);
    }

    /// One block of one colour in UASTC (mode 8), with the descriptor that Basis Universal's files have.
    fn one_colour([red, green, blue, opacity]: [u8; 4]) -> Vec<u8> {
        let dfd_at = (LEVELS_AT + LEVEL_BYTES) as u32;
        let level_at = dfd_at + 44;
        // No Vulkan format, 4 × 4 texels, one level; where descriptors are; where the level is.
        let header = [0, 1, 4, 4, 0, 0, 1, 1, 0];
        let places = [dfd_at, 44, level_at, 0, 0, 0, 0, 0];
        let level = [level_at, 0, 16, 0, 16, 0];
        // UASTC in sRGB, blocks of 4 × 4 texels; one sample of red, green, blue and opacity.
        let format = [44, 0, 0x0028_0002, 0x0002_01A6, 0x0000_0303, 16, 0];
        let sample = [0x037F_0000, 0, 0, u32::MAX];
        let words = [&header[..], &places, &level, &format, &sample].concat();
        let mut bytes = IDENTIFIER.to_vec();
        bytes.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        let block = [red, green, blue, opacity]
            .iter()
            .rev()
            .fold(0_u128, |bits, part| (bits << 8) | u128::from(*part));
        bytes.extend(((block << 5) | 0x17).to_le_bytes());
        bytes
    }

    #[test]
    fn basis_universal_textures_are_transcoded() {
        let image = decode(&one_colour([200, 100, 50, 255])).expect("a texture");
        assert_eq!((image.width, image.height), (4, 4));
        for texel in image.rgba.as_chunks::<4>().0 {
            assert_eq!(*texel, [200, 100, 50, 255]);
        }
        let whole = one_colour([1, 2, 3, 4]);
        for length in 0..whole.len() {
            assert!(decode(&whole[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn textures_that_lie_are_refused() {
        let whole = plain(1, 2, 29, &[1, 2, 3, 4, 5, 6]);
        for length in 0..whole.len() {
            assert!(decode(&whole[..length]).is_err(), "{length}");
        }
        for at in 12..whole.len() {
            for flip in [0x01, 0x80, 0xFF] {
                let mut broken = whole.clone();
                broken[at] ^= flip;
                if let Ok(image) = decode(&broken) {
                    let texels = image.width as usize * image.height as usize;
                    assert_eq!(image.rgba.len(), texels * 4);
                }
            }
        }
    }
}
