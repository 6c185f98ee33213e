//! Test pictures as H.264.

use crate::picture::Rgb;
use openh264::OpenH264API;
use openh264::encoder::{
    BitRate, Encoder, EncoderConfig, FrameRate, FrameType, IntraFramePeriod, Profile,
    RateControlMode, UsageType,
};
use openh264::formats::{RgbSliceU8, YUVBuffer};

/// Seconds between two key pictures: who joins a stream waits at most this long.
const KEY_EVERY_S: u32 = 1;
const KIND_SPS: u8 = 7;
const KIND_PPS: u8 = 8;

/// Why a test picture cannot be encoded.
#[derive(Debug, thiserror::Error)]
pub enum PatternError {
    /// The encoder says no.
    #[error("the encoder: {0}")]
    Encoder(#[from] openh264::Error),
    /// H.264 of this kind has even sides.
    #[error("a picture of {width} × {height} cannot be encoded: its sides are odd")]
    Odd {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
}

/// One coded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncodedFrame {
    /// NAL units without start codes and without parameter sets; none when the encoder has left the picture out.
    pub nals: Vec<Vec<u8>>,
    /// Whether it can be decoded without any other.
    pub is_key: bool,
}

/// Encodes one stream of pictures of one size.
pub struct PatternEncoder {
    encoder: Encoder,
    sps: Vec<u8>,
    pps: Vec<u8>,
}

impl PatternEncoder {
    /// An encoder for `fps` pictures and `kbit_per_s` thousand bits a second, on the calling thread.
    pub fn new(fps: u32, kbit_per_s: u32) -> Result<Self, PatternError> {
        let fps = fps.clamp(1, 60);
        let config = EncoderConfig::new()
            .bitrate(BitRate::from_bps(kbit_per_s.clamp(50, 50_000) * 1000))
            .max_frame_rate(FrameRate::from_hz(fps as f32))
            .rate_control_mode(RateControlMode::Bufferbased)
            .usage_type(UsageType::CameraVideoRealTime)
            .profile(Profile::Baseline)
            .skip_frames(false)
            .num_threads(1)
            .scene_change_detect(false)
            .intra_frame_period(IntraFramePeriod::from_num_frames(fps * KEY_EVERY_S));
        Ok(Self {
            encoder: Encoder::with_api_config(OpenH264API::from_source(), config)?,
            sps: Vec::new(),
            pps: Vec::new(),
        })
    }

    /// Encodes the next picture; as a key picture when `force_key`.
    pub fn encode(&mut self, picture: &Rgb, force_key: bool) -> Result<EncodedFrame, PatternError> {
        let (width, height) = (picture.width(), picture.height());
        if !width.is_multiple_of(2) || !height.is_multiple_of(2) {
            return Err(PatternError::Odd { width, height });
        }
        let source = RgbSliceU8::new(picture.bytes(), (width as usize, height as usize));
        let planes = YUVBuffer::from_rgb8_source(source);
        if force_key && !self.sps.is_empty() {
            self.encoder.force_intra_frame();
        }
        let coded = self.encoder.encode(&planes)?;
        let is_key = matches!(coded.frame_type(), FrameType::IDR);
        let bytes = coded.to_vec();
        let mut nals = Vec::new();
        for unit in openh264::nal_units(&bytes) {
            let unit = without_start(unit);
            match unit.first().map(|first| first & 31) {
                Some(KIND_SPS) => self.sps = unit.to_vec(),
                Some(KIND_PPS) => self.pps = unit.to_vec(),
                Some(_) => nals.push(unit.to_vec()),
                None => {}
            }
        }
        Ok(EncodedFrame { nals, is_key })
    }

    /// The stream's parameter sets (SPS, PPS), from the first picture on.
    pub fn parameter_sets(&self) -> Option<(&[u8], &[u8])> {
        let has_both = !self.sps.is_empty() && !self.pps.is_empty();
        has_both.then_some((self.sps.as_slice(), self.pps.as_slice()))
    }
}

/// A unit of Annex B without its start code of three or four bytes.
fn without_start(unit: &[u8]) -> &[u8] {
    unit.strip_prefix(&[0, 0, 0, 1])
        .or_else(|| unit.strip_prefix(&[0, 0, 1]))
        .unwrap_or(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_begins_with_a_key_picture_and_its_parameter_sets() {
        let mut encoder = PatternEncoder::new(10, 800).expect("an encoder");
        assert!(encoder.parameter_sets().is_none());
        let picture = Rgb::filled(320, 192, [80; 3]);
        let first = encoder.encode(&picture, false).expect("a picture");
        assert!(first.is_key && !first.nals.is_empty());
        let (sps, pps) = encoder.parameter_sets().expect("parameter sets");
        assert_eq!((sps[0] & 31, pps[0] & 31), (7, 8));
        let second = encoder.encode(&picture, false).expect("a picture");
        assert!(!second.is_key);
        let third = encoder.encode(&picture, true).expect("a picture");
        assert!(third.is_key);
    }

    #[test]
    fn odd_pictures_are_refused() {
        let mut encoder = PatternEncoder::new(10, 800).expect("an encoder");
        let odd = Rgb::filled(321, 192, [80; 3]);
        assert!(matches!(
            encoder.encode(&odd, false),
            Err(PatternError::Odd { .. })
        ));
    }
}
