//! H.264 pictures: what a parameter set claims is looked at before the decoder sees it, and pixels are made in the size that is
//! wanted.

use crate::address::MOST_SIDE;
use crate::picture::Rgb;
use crate::protocol::{Trouble, TroubleKind};
use h264_reader::nal::sps::{ChromaFormat, FrameMbsFlags, SeqParameterSet};
use h264_reader::rbsp::{BitReader, decode_nal};
use openh264::OpenH264API;
use openh264::decoder::{DecodeOptions, DecodedYUV, Decoder, DecoderConfig, Flush};
use openh264::formats::YUVSource as _;

const START: [u8; 4] = [0, 0, 0, 1];
const KIND_IDR: u8 = 5;
const KIND_SPS: u8 = 7;
const KIND_PPS: u8 = 8;
/// The most NAL units of one picture.
const MOST_UNITS: usize = 1024;

/// What a sequence parameter set says of the pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) colours: Colours,
}

/// How luma and chroma become red, green and blue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Colours {
    /// All 256 values are used (JPEG's range).
    is_full: bool,
    /// ITU-R BT.709 instead of BT.601.
    is_709: bool,
}

/// Looks at a sequence parameter set (ITU-T H.264, 7.3.2.1.1).
pub(crate) fn shape(sps: &[u8]) -> Result<Shape, Trouble> {
    let broken = |what: String| Trouble::new(TroubleKind::Protocol, what);
    if sps.len() < 4 || sps.len() > 4096 {
        return Err(broken(format!(
            "a sequence parameter set of {} bytes",
            sps.len()
        )));
    }
    let content = decode_nal(sps).map_err(|error| broken(error.to_string()))?;
    let set = SeqParameterSet::from_bits(BitReader::new(&content[..]))
        .map_err(|error| broken(format!("the sequence parameter set: {error:?}")))?;
    let most = MOST_SIDE / 16;
    if set.pic_width_in_mbs_minus1 >= most || set.pic_height_in_map_units_minus1 >= most {
        return Err(Trouble::new(
            TroubleKind::TooLarge,
            format!("the pictures are larger than {MOST_SIDE} × {MOST_SIDE}"),
        ));
    }
    let (width, height) = set
        .pixel_dimensions()
        .map_err(|error| broken(format!("the pictures' size: {error:?}")))?;
    let chroma = &set.chroma_info;
    let is_deep = chroma.bit_depth_luma_minus8 > 0 || chroma.bit_depth_chroma_minus8 > 0;
    let unshown = |what: &str| Trouble::new(TroubleKind::Codec, format!("{what} cannot be shown"));
    if chroma.chroma_format != ChromaFormat::YUV420 || is_deep {
        return Err(unshown("H.264 other than 4:2:0 with 8 bits"));
    }
    if !matches!(set.frame_mbs_flags, FrameMbsFlags::Frames) {
        return Err(unshown("interlaced H.264"));
    }
    if width == 0 || height == 0 {
        return Err(broken("pictures without pixels".to_owned()));
    }
    let signal = set
        .vui_parameters
        .as_ref()
        .and_then(|vui| vui.video_signal_type.as_ref());
    let colours = Colours {
        is_full: signal.is_some_and(|signal| signal.video_full_range_flag),
        is_709: signal
            .and_then(|signal| signal.colour_description.as_ref())
            .is_some_and(|description| description.matrix_coefficients == 1),
    };
    Ok(Shape {
        width,
        height,
        colours,
    })
}

/// The NAL units of a sample whose units stand behind lengths of `length_size` bytes.
pub(crate) fn units(sample: &[u8], length_size: usize) -> Result<Vec<&[u8]>, Trouble> {
    let broken = || Trouble::new(TroubleKind::Protocol, "a picture's units are cut off");
    let mut units = Vec::new();
    let mut rest = sample;
    while !rest.is_empty() {
        let (length, after) = rest.split_at_checked(length_size).ok_or_else(broken)?;
        let length = length
            .iter()
            .fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
        let (unit, after) = after.split_at_checked(length).ok_or_else(broken)?;
        if units.len() >= MOST_UNITS {
            return Err(Trouble::new(
                TroubleKind::Hostile,
                "a picture of a thousand units",
            ));
        }
        units.push(unit);
        rest = after;
    }
    units.retain(|unit| !unit.is_empty());
    Ok(units)
}

fn kind(unit: &[u8]) -> u8 {
    unit.first().map_or(0, |first| first & 31)
}

/// Decodes one stream.
pub(crate) struct H264 {
    decoder: Decoder,
    sps: Vec<u8>,
    pps: Vec<u8>,
    shape: Option<Shape>,
    has_key: bool,
    /// Whether nothing ever comes of what was decoded last.
    has_lost: bool,
}

/// A decoded picture that still lies in the decoder.
pub(crate) struct Decoded<'a> {
    yuv: DecodedYUV<'a>,
    shape: Shape,
}

impl H264 {
    /// A decoder that has seen nothing yet.
    pub(crate) fn new() -> Result<Self, Trouble> {
        // Pictures that are damaged are not guessed: what is shown was sent.
        let config = DecoderConfig::new();
        let decoder = Decoder::with_api_config(OpenH264API::from_source(), config)
            .map_err(|error| Trouble::new(TroubleKind::Codec, error.to_string()))?;
        Ok(Self {
            decoder,
            sps: Vec::new(),
            pps: Vec::new(),
            shape: None,
            has_key: false,
            has_lost: false,
        })
    }

    /// What the stream's head says; a new one begins with its next key picture.
    pub(crate) fn set_parameters(&mut self, sps: &[u8], pps: &[u8]) -> Result<(), Trouble> {
        if self.sps == sps && self.pps == pps {
            return Ok(());
        }
        self.shape = Some(shape(sps)?);
        self.sps = sps.to_vec();
        self.pps = pps.to_vec();
        self.has_key = false;
        Ok(())
    }

    /// The parameter sets and what they say, as soon as they are known.
    pub(crate) fn parameters(&self) -> Option<(&[u8], &[u8], Shape)> {
        let shape = self.shape?;
        (!self.pps.is_empty()).then_some((self.sps.as_slice(), self.pps.as_slice(), shape))
    }

    /// True when what was decoded last is lost: it was damaged, or came before the first key picture.
    pub(crate) fn has_lost(&self) -> bool {
        self.has_lost
    }

    /// Decodes one picture's units. `None` before the first key picture, when the picture is damaged, and when the decoder keeps
    /// it to put pictures into their order (`is_reordered`).
    pub(crate) fn decode(
        &mut self,
        units: &[&[u8]],
        is_reordered: bool,
    ) -> Result<Option<Decoded<'_>>, Trouble> {
        self.has_lost = true;
        self.note_parameters(units)?;
        let is_key = units.iter().any(|unit| kind(unit) == KIND_IDR);
        let Some(shape) = self.shape.filter(|_| self.has_key || is_key) else {
            return Ok(None);
        };
        let mut bytes = Vec::with_capacity(units.iter().map(|unit| unit.len() + 4).sum());
        if is_key {
            for set in [&self.sps, &self.pps] {
                bytes.extend(START);
                bytes.extend_from_slice(set);
            }
        }
        for unit in units
            .iter()
            .filter(|unit| !matches!(kind(unit), KIND_SPS | KIND_PPS))
        {
            bytes.extend(START);
            bytes.extend_from_slice(unit);
        }
        self.has_key = true;
        let flush = if is_reordered {
            Flush::NoFlush
        } else {
            Flush::Flush
        };
        let options = DecodeOptions::new().flush_after_decode(flush);
        // A damaged picture is not shown; the next key picture heals the stream.
        let decoded = self.decoder.decode_with_options(&bytes, options);
        self.has_lost = decoded.is_err();
        Ok(decoded.ok().flatten().map(|yuv| Decoded { yuv, shape }))
    }

    /// Parameter sets may come between the pictures too.
    fn note_parameters(&mut self, units: &[&[u8]]) -> Result<(), Trouble> {
        let last = |wanted| units.iter().rfind(|unit| kind(unit) == wanted);
        if let Some(sps) = last(KIND_SPS)
            && self.sps != *sps
        {
            self.shape = Some(shape(sps)?);
            self.sps = sps.to_vec();
        }
        if let Some(pps) = last(KIND_PPS).filter(|pps| pps.len() <= 4096) {
            self.pps = pps.to_vec();
        }
        Ok(())
    }
}

impl Decoded<'_> {
    /// The picture, at most `most` pixels wide.
    pub(crate) fn rgb(&self, most: u32) -> Option<Rgb> {
        let (width, height) = self.yuv.dimensions();
        let (luma_stride, chroma_stride, _) = self.yuv.strides();
        let planes = Planes {
            width,
            height,
            luma: (self.yuv.y(), luma_stride),
            chroma: [self.yuv.u(), self.yuv.v()],
            chroma_stride,
        };
        planes.rgb(most as usize, self.shape.colours)
    }
}

/// A picture as 4:2:0 planes.
struct Planes<'a> {
    width: usize,
    height: usize,
    luma: (&'a [u8], usize),
    chroma: [&'a [u8]; 2],
    chroma_stride: usize,
}

impl Planes<'_> {
    /// Pixels at most `most` wide: each is the mean of the luma it covers, with the chroma of its middle.
    fn rgb(&self, most: usize, colours: Colours) -> Option<Rgb> {
        let most_side = MOST_SIDE as usize;
        if self.width == 0 || self.height == 0 || self.width.max(self.height) > most_side {
            return None;
        }
        if self.width <= most {
            return self.whole(colours);
        }
        let width = self.width.min(most.max(1));
        let height = (self.height * width / self.width).max(1);
        let columns: Vec<(usize, usize)> = (0..width)
            .map(|x| (x * self.width / width, (x + 1) * self.width / width))
            .collect();
        let mut sums = vec![0_u32; self.width];
        let mut bytes = Vec::with_capacity(3 * width * height);
        for y in 0..height {
            let (top, foot) = (y * self.height / height, (y + 1) * self.height / height);
            self.sum_rows(top, foot, &mut sums)?;
            let chroma_row = (top + foot) / 4 * self.chroma_stride;
            let [u_row, v_row] = [
                self.chroma[0].get(chroma_row..)?,
                self.chroma[1].get(chroma_row..)?,
            ];
            let rows = (foot - top).max(1) as u32;
            for &(left, right) in &columns {
                let sum: u32 = sums.get(left..right)?.iter().sum();
                let luma = sum / (rows * (right - left).max(1) as u32);
                let middle = (left + right) / 4;
                let (u, v) = (*u_row.get(middle)?, *v_row.get(middle)?);
                bytes.extend(colours.rgb(luma as i32, i32::from(u), i32::from(v)));
            }
        }
        Rgb::new(width as u32, height as u32, bytes)
    }

    /// All pixels.
    fn whole(&self, colours: Colours) -> Option<Rgb> {
        let mut bytes = vec![0; 3 * self.width * self.height];
        let (luma, stride) = self.luma;
        for (y, row) in bytes.chunks_exact_mut(3 * self.width).enumerate() {
            let values = luma.get(y * stride..)?.get(..self.width)?;
            let [us, vs] = self.chroma.map(|plane| {
                let from = y / 2 * self.chroma_stride;
                plane.get(from..)?.get(..self.width.div_ceil(2))
            });
            let (us, vs) = (us?, vs?);
            let pairs = row.chunks_mut(6).zip(values.chunks(2));
            for ((pixels, values), (u, v)) in pairs.zip(us.iter().zip(vs)) {
                let (u, v) = (i32::from(*u), i32::from(*v));
                for (pixel, value) in pixels.chunks_exact_mut(3).zip(values) {
                    pixel.copy_from_slice(&colours.rgb(i32::from(*value), u, v));
                }
            }
        }
        Rgb::new(self.width as u32, self.height as u32, bytes)
    }

    /// Adds up the luma of rows `top` to `foot`, column by column.
    fn sum_rows(&self, top: usize, foot: usize, sums: &mut [u32]) -> Option<()> {
        let (luma, stride) = self.luma;
        sums.fill(0);
        for row in top..foot {
            let start = row * stride;
            let values = luma.get(start..start + self.width)?;
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += u32::from(*value);
            }
        }
        Some(())
    }
}

impl Colours {
    /// ITU-R BT.601 with 16 as black: what cameras send that do not say.
    #[cfg(test)]
    pub(crate) const NARROW: Self = Self {
        is_full: false,
        is_709: false,
    };

    fn rgb(self, luma: i32, u: i32, v: i32) -> [u8; 3] {
        let (u, v) = (u - 128, v - 128);
        let (light, scale) = if self.is_full {
            (256 * luma, [359, 88, 183, 454])
        } else {
            (298 * (luma - 16), [409, 100, 208, 516])
        };
        let [red_v, green_u, green_v, blue_u] = if self.is_709 && !self.is_full {
            [459, 55, 136, 541]
        } else {
            scale
        };
        let channel = |sum: i32| ((light + sum + 128) >> 8).clamp(0, 255) as u8;
        [
            channel(red_v * v),
            channel(-green_u * u - green_v * v),
            channel(blue_u * u),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::{PatternEncoder, length_prefixed};

    #[test]
    fn grey_stays_grey_and_red_becomes_red() {
        let narrow = Colours::default();
        assert_eq!(narrow.rgb(16, 128, 128), [0; 3]);
        assert_eq!(narrow.rgb(235, 128, 128), [255; 3]);
        let [red, green, blue] = narrow.rgb(81, 90, 240);
        assert!(red > 250 && green < 6 && blue < 6, "{red} {green} {blue}");
    }

    #[test]
    fn each_pixel_has_its_own_luma_and_the_chroma_of_its_four() {
        // 3 × 3, rows of four bytes.
        let luma = [16_u8, 81, 235, 0, 81, 16, 235, 0, 50, 60, 70, 0];
        let chroma = [[90_u8, 128, 0, 110, 120, 0], [240, 128, 0, 100, 130, 0]];
        let planes = Planes {
            width: 3,
            height: 3,
            luma: (&luma, 4),
            chroma: [&chroma[0], &chroma[1]],
            chroma_stride: 3,
        };
        let colours = Colours::default();
        let picture = planes.rgb(3, colours).expect("a picture");
        for y in 0..3 {
            for x in 0..3 {
                let at = y / 2 * 3 + x / 2;
                let [u, v] = [i32::from(chroma[0][at]), i32::from(chroma[1][at])];
                let expected = colours.rgb(i32::from(luma[y * 4 + x]), u, v);
                assert_eq!(picture.pixel(x as u32, y as u32), expected, "{x} {y}");
            }
        }
        let short = Planes {
            luma: (&luma[..9], 4),
            ..planes
        };
        assert!(short.rgb(3, colours).is_none());
    }

    #[test]
    fn units_that_are_cut_off_are_refused() {
        assert_eq!(
            units(&[0, 0, 0, 1, 9, 0, 0, 0, 0], 4).expect("units"),
            [&[9_u8][..]]
        );
        assert!(units(&[0, 0, 0, 9, 9], 4).is_err());
        assert!(units(&[0, 0], 4).is_err());
        assert!(units(&[0xff, 0xff, 0xff, 0xff, 1], 4).is_err());
        assert!(units(&[0; MOST_UNITS + 1], 1).is_err());
    }

    #[test]
    fn what_we_encode_is_decoded() {
        let mut encoder = PatternEncoder::new(10, 500).expect("an encoder");
        let mut decoder = H264::new().expect("a decoder");
        let picture = Rgb::filled(320, 192, [200, 40, 60]);
        let mut shown = 0;
        for _ in 0..5 {
            let frame = encoder.encode(&picture, false).expect("a frame");
            let (sps, pps) = encoder.parameter_sets().expect("parameter sets");
            decoder.set_parameters(sps, pps).expect("sound ones");
            let sample = length_prefixed(&frame.nals);
            let units = units(&sample, 4).expect("units");
            let Some(decoded) = decoder.decode(&units, false).expect("a sound stream") else {
                continue;
            };
            let small = decoded.rgb(160).expect("a picture");
            assert_eq!((small.width(), small.height()), (160, 96));
            let [red, green, blue] = small.pixel(80, 48);
            assert!(red.abs_diff(200) < 16 && green.abs_diff(40) < 16 && blue.abs_diff(60) < 16);
            assert_eq!(decoded.rgb(4000).expect("a picture").width(), 320);
            shown += 1;
        }
        assert!(shown >= 4, "{shown} pictures");
    }

    #[test]
    fn pictures_of_another_kind_are_told_and_not_decoded() {
        // High 4:4:4 Predictive, 64 × 64, as ITU-T H.264 7.3.2.1.1 writes it: profile 244, then chroma_format_idc 3.
        let other = shape(&[0x67, 244, 0, 30, 0b1001_0010, 0b0110_1111, 0xff, 0xff, 0xff]);
        assert!(other.is_err());
        assert!(shape(&[0x67]).is_err());
        assert!(shape(&[0x67, 66, 0, 30, 0, 0, 0, 0]).is_err());
    }
}
