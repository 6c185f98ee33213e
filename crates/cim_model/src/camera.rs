//! Cameras and their clips.

use crate::{UtcMillis, thing::identity};
use cim_geo::Geodetic;
use std::fmt;
use std::sync::Arc;

identity! {
    /// A camera's identity: 20 digits of GB/T 28181 where the source keeps the standard.
    CameraId
}

/// The parts of a 20-digit GB/T 28181 code (annex D): 8 centre, 2 industry, 3 type, 1 network, 6 sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GbCode {
    /// Administrative division and centre, 8 digits.
    pub centre: u32,
    /// Industry, 2 digits.
    pub industry: u8,
    /// Type, 3 digits: 131 camera, 132 network camera.
    pub kind: u16,
    /// Network, 1 digit.
    pub network: u8,
    /// Sequence, 6 digits.
    pub sequence: u32,
}

impl GbCode {
    /// Reads 20 digits; `None` when the text is anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = |from: usize, to: usize| text.get(from..to)?.parse::<u32>().ok();
        if text.len() != 20 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        Some(Self {
            centre: digits(0, 8)?,
            industry: u8::try_from(digits(8, 10)?).ok()?,
            kind: u16::try_from(digits(10, 13)?).ok()?,
            network: u8::try_from(digits(13, 14)?).ok()?,
            sequence: digits(14, 20)?,
        })
    }

    /// True for the two types that carry pictures: 131 camera and 132 network camera.
    pub fn is_camera(&self) -> bool {
        matches!(self.kind, 131 | 132)
    }
}

impl fmt::Display for GbCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            centre,
            industry,
            kind,
            network,
            sequence,
        } = self;
        write!(
            f,
            "{centre:08}{industry:02}{kind:03}{network:01}{sequence:06}"
        )
    }
}

/// Whether a camera delivers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CameraStatus {
    /// `ON`.
    #[default]
    On,
    /// `OFF`.
    Off,
}

/// A stretch of recorded video.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clip {
    /// Where it is, relative to the hub's address.
    pub path: String,
    /// Its first moment.
    pub from: UtcMillis,
    /// Its last moment.
    pub to: UtcMillis,
}

/// A camera of the unified catalogue.
#[derive(Clone, Debug, PartialEq)]
pub struct Camera {
    /// Identity.
    pub id: CameraId,
    /// What people call it.
    pub name: String,
    /// Where its lens is; height above ground in metres.
    pub position: Geodetic,
    /// Where it looks, clockwise from north, degrees.
    pub azimuth_deg: f64,
    /// How far it looks down, degrees below the horizon.
    pub tilt_deg: f64,
    /// Horizontal field of view, degrees.
    pub fov_deg: f64,
    /// How far it is useful, metres.
    pub range_m: f64,
    /// Whether it delivers.
    pub status: CameraStatus,
    /// 视频监控分类: 1 public security key places, 2 other public places, 3 social.
    pub category: u8,
    /// Recorded clips, newest first.
    pub clips: Vec<Clip>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_and_written_back() {
        let code = GbCode::parse("32030000001320000017").expect("20 digits");
        assert!(code.is_camera());
        assert_eq!(
            (code.centre, code.kind, code.sequence),
            (32_030_000, 132, 17)
        );
        assert_eq!(code.to_string(), "32030000001320000017");
        assert_eq!(GbCode::parse("3203"), None);
        assert_eq!(GbCode::parse("3203000000132000001x"), None);
    }
}
