//! One camera's test pictures, drawn and coded one after the other on the thread that calls.

use super::address::pattern_number;
use super::pose::Pose;
use bytes::Bytes;
use cim_model::UtcMillis;
use cim_stream::pattern::{
    Pattern, PatternEncoder, PatternError, Sample, Track, fragment, init_segment, length_prefixed,
    rtp,
};
use cim_stream::picture::{Face, PictureError, Rgb, jpeg};
use std::sync::Arc;

/// The letters of the cameras' names.
const FONT: &[u8] = include_bytes!("../../../../assets/fonts/NotoSansSC-Regular.ttf");
/// So much of a camera's name fits beside its pose, letters.
const NAME_LETTERS: usize = 10;
/// JPEG's quality, of 100.
const QUALITY: u8 = 80;
/// Ticks of the streams' clock ([`rtp::CLOCK`]) in a millisecond.
const TICKS_PER_MS: i64 = 90;

/// Why a picture cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MakerError {
    /// It cannot be coded as H.264.
    #[error("the picture cannot be coded: {0}")]
    Pattern(#[from] PatternError),
    /// It cannot be coded as JPEG, or there are no letters.
    #[error("the picture cannot be made: {0}")]
    Picture(#[from] PictureError),
    /// The first picture came without what a decoder needs.
    #[error("the coder gave no parameter sets")]
    Sets,
}

/// How often pictures are made, and how fine they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Pictures a second.
    pub(crate) fps: u32,
    /// Thousand bits a second.
    pub(crate) kbit_per_s: u32,
}

impl Pace {
    /// Milliseconds between two pictures.
    pub(crate) fn period_ms(self) -> i64 {
        1000 / i64::from(self.fps.max(1))
    }

    /// How long a picture is shown, in ticks of the streams' clock.
    pub(crate) fn ticks(self) -> u32 {
        rtp::CLOCK / self.fps.max(1)
    }
}

/// What a stream begins with.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    /// Size and parameter sets.
    pub(crate) track: Track,
    /// `ftyp` and `moov`.
    pub(crate) file: Bytes,
}

/// One picture, coded in every way that somebody asked for.
#[derive(Clone, Debug)]
pub(crate) struct Shot {
    /// The moment that it shows.
    pub(crate) at: UtcMillis,
    /// Whether it can be decoded without any other.
    pub(crate) is_key: bool,
    /// NAL units without start codes.
    pub(crate) nals: Vec<Vec<u8>>,
    /// A fragment of MP4: `prft`, `moof`, `mdat`.
    pub(crate) fragment: Bytes,
    /// The picture as JPEG, when somebody wants it.
    pub(crate) jpeg: Option<Bytes>,
}

/// Makes the pictures of one stream.
pub(crate) struct Maker {
    encoder: PatternEncoder,
    face: Face,
    pattern: Pattern,
    name: String,
    number: u32,
    label: String,
    pace: Pace,
    head: Option<Arc<Head>>,
    first: Option<UtcMillis>,
    /// The second in which the last key picture was.
    key_second: Option<i64>,
    sequence: u32,
}

impl Maker {
    /// Pictures of the camera `id` that people call `name`.
    pub(crate) fn new(id: &str, name: &str, pace: Pace) -> Result<Self, MakerError> {
        let face = Face::new(FONT)?;
        let number = pattern_number(id);
        let name: String = name.chars().take(NAME_LETTERS).collect();
        Ok(Self {
            encoder: PatternEncoder::new(pace.fps, pace.kbit_per_s)?,
            pattern: Pattern::new(number, &name, Some(&face)),
            label: name.clone(),
            face,
            name,
            number,
            pace,
            head: None,
            first: None,
            key_second: None,
            sequence: 0,
        })
    }

    /// What the stream begins with, from the first picture on.
    pub(crate) fn head(&self) -> Option<Arc<Head>> {
        self.head.clone()
    }

    /// The next picture: how it is at `at` where the camera looks as `pose` says. `None` when the coder left it out.
    pub(crate) fn shot(
        &mut self,
        at: UtcMillis,
        pose: Pose,
        wants_jpeg: bool,
    ) -> Result<Option<Shot>, MakerError> {
        let picture = self.draw(at, pose);
        // A key picture with each second, so that segments of all cameras begin together.
        let second = at.0.div_euclid(1000);
        let coded = self
            .encoder
            .encode(&picture, self.key_second != Some(second))?;
        if coded.nals.is_empty() {
            return Ok(None);
        }
        if coded.is_key {
            self.key_second = Some(second);
        }
        if self.head.is_none() {
            self.head = Some(Arc::new(self.begin(&picture)?));
        }
        let first = *self.first.get_or_insert(at);
        let ticks = at.0.saturating_sub(first.0).saturating_mul(TICKS_PER_MS);
        let sample = sample_of(&coded.nals, coded.is_key, self.pace);
        self.sequence = self.sequence.wrapping_add(1);
        let base_time = u64::try_from(ticks).unwrap_or(0);
        let bytes = fragment(self.sequence, base_time, &[sample], Some(at));
        let jpeg = if wants_jpeg {
            Some(Bytes::from(jpeg(&picture, QUALITY)?))
        } else {
            None
        };
        Ok(Some(Shot {
            at,
            is_key: coded.is_key,
            nals: coded.nals,
            fragment: Bytes::from(bytes),
            jpeg,
        }))
    }

    fn draw(&mut self, at: UtcMillis, pose: Pose) -> Rgb {
        let label = label_of(&self.name, pose);
        if label != self.label {
            self.pattern = Pattern::new(self.number, &label, Some(&self.face));
            self.label = label;
        }
        self.pattern.draw(at)
    }

    fn begin(&self, picture: &Rgb) -> Result<Head, MakerError> {
        let (sps, pps) = self.encoder.parameter_sets().ok_or(MakerError::Sets)?;
        let side = |pixels: u32| u16::try_from(pixels).unwrap_or(u16::MAX);
        let track = Track {
            width: side(picture.width()),
            height: side(picture.height()),
            timescale: rtp::CLOCK,
            sps: sps.to_vec(),
            pps: pps.to_vec(),
        };
        let file = Bytes::from(init_segment(&track));
        Ok(Head { track, file })
    }
}

/// A coded picture as MP4 has it.
pub(crate) fn sample_of(nals: &[Vec<u8>], is_key: bool, pace: Pace) -> Sample {
    Sample {
        nals: length_prefixed(nals),
        duration: pace.ticks(),
        composition_offset: 0,
        is_key,
    }
}

fn label_of(name: &str, pose: Pose) -> String {
    let Pose {
        azimuth_deg,
        tilt_deg,
        fov_deg,
    } = pose;
    format!("{name} P{azimuth_deg:.0}° T{tilt_deg:.0}° {fov_deg:.0}°")
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_stream::pattern::read_pattern;
    use cim_stream::picture::read_jpeg;

    const START: UtcMillis = UtcMillis(1_777_593_600_000);
    const POSE: Pose = Pose {
        azimuth_deg: 123.4,
        tilt_deg: -5.0,
        fov_deg: 60.0,
    };

    #[test]
    fn pictures_say_their_moment_and_camera_and_a_key_comes_with_each_second() {
        let pace = Pace {
            fps: 10,
            kbit_per_s: 900,
        };
        let mut maker =
            Maker::new("32030000001320000017", "云湖大道 3 号机", pace).expect("a maker");
        assert!(maker.head().is_none());
        let mut keys = Vec::new();
        for n in 0..12 {
            let at = UtcMillis(START.0 + n * 100);
            let shot = maker
                .shot(at, POSE, n % 5 == 0)
                .expect("made")
                .expect("kept");
            if shot.is_key {
                keys.push(n);
            }
            assert_eq!(shot.jpeg.is_some(), n % 5 == 0);
            assert_eq!(shot.fragment.get(4..8), Some(b"prft".as_slice()));
            if let Some(file) = shot.jpeg {
                let picture = read_jpeg(&file, 1000).expect("a JPEG");
                assert_eq!(read_pattern(&picture), Some((at.0, 17)));
            }
        }
        assert_eq!(keys, [0, 10]);
        let head = maker.head().expect("a head");
        assert_eq!((head.track.width, head.track.height), (768, 432));
        assert_eq!(head.file.get(4..8), Some(b"ftyp".as_slice()));
    }

    #[test]
    fn a_picture_tells_where_its_camera_looks() {
        assert_eq!(label_of("东门", POSE), "东门 P123° T-5° 60°");
        let pace = Pace {
            fps: 25,
            kbit_per_s: 900,
        };
        assert_eq!((pace.period_ms(), pace.ticks()), (40, 3600));
    }
}
