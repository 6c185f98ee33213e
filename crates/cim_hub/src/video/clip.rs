//! Clips: a stretch of the past as one MP4 file, made when it is asked for and kept while players fetch its parts.

use super::maker::{Maker, MakerError, Pace, sample_of};
use super::registry::{Registry, Subject};
use crate::sensorthings::Refusal;
use bytes::Bytes;
use cim_model::UtcMillis;
use cim_stream::pattern::{Sample, progressive_mp4};
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Clips that are kept.
const KEPT: usize = 6;

/// A camera, the first millisecond and the seconds of a clip.
type ClipKey = (String, i64, u32);

/// The clips that were asked for last. One is made at a time.
#[derive(Debug, Default)]
pub(crate) struct Clips {
    kept: Mutex<VecDeque<(ClipKey, Bytes)>>,
}

impl Clips {
    /// The clip of `subject` that lasts `seconds` from `at` on.
    pub(crate) async fn clip(
        &self,
        registry: &Arc<Registry>,
        subject: &Subject,
        (at, seconds): (UtcMillis, u32),
    ) -> Result<Bytes, Refusal> {
        let key = (subject.id.clone(), at.0, seconds);
        let mut kept = self.kept.lock().await;
        if let Some((_, clip)) = kept.iter().find(|(known, _)| *known == key) {
            return Ok(clip.clone());
        }
        let place = registry.place_for_clip()?;
        let (subject, pace) = (subject.clone(), registry.pace());
        let made = tokio::task::spawn_blocking(move || {
            let clip = clip_of(&subject, (at, seconds), pace);
            drop(place);
            clip
        });
        let failed = |reason: String| Refusal {
            status: 500,
            ..Refusal::wrong(reason)
        };
        let clip = made.await.map_err(|error| failed(error.to_string()))?;
        let clip = Bytes::from(clip.map_err(|error| failed(error.to_string()))?);
        kept.push_front((key, clip.clone()));
        kept.truncate(KEPT);
        Ok(clip)
    }
}

fn clip_of(
    subject: &Subject,
    (at, seconds): (UtcMillis, u32),
    pace: Pace,
) -> Result<Vec<u8>, MakerError> {
    let mut maker = Maker::new(&subject.id, &subject.name, pace)?;
    let mut samples: Vec<Sample> = Vec::new();
    for n in 0..i64::from(seconds * pace.fps) {
        let moment = UtcMillis(at.0.saturating_add(n * pace.period_ms()));
        if let Some(shot) = maker.shot(moment, subject.pose, false)? {
            samples.push(sample_of(&shot.nals, shot.is_key, pace));
        } else if let Some(last) = samples.last_mut() {
            // A picture that the coder leaves out is the one before it for longer.
            last.duration += pace.ticks();
        }
    }
    let head = maker.head().ok_or(MakerError::Sets)?;
    Ok(progressive_mp4(&head.track, &samples))
}

/// What a `Range` header asks for of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it: nothing is asked for, or nothing that can be understood (RFC 9110, section 14.2).
    Whole,
    /// From the first byte up to the one before the second.
    From(usize, usize),
    /// Nothing that is in the file.
    Outside,
}

impl Part {
    /// Reads `Range` for a file of `length` bytes. Several parts at once are not served: then it is all of it.
    pub(crate) fn of(header: Option<&str>, length: usize) -> Self {
        let range = header.and_then(|header| header.strip_prefix("bytes="));
        let Some((first, last)) = range.and_then(|range| range.split_once('-')) else {
            return Self::Whole;
        };
        let number = |text: &str| text.trim().parse::<usize>().ok();
        let ends = match (number(first), number(last)) {
            (Some(first), Some(last)) => (first, last.saturating_add(1).min(length)),
            (Some(first), None) if last.trim().is_empty() => (first, length),
            (None, Some(count)) if first.trim().is_empty() => {
                (length.saturating_sub(count), length)
            }
            _ => return Self::Whole,
        };
        if ends.0 < ends.1 {
            Self::From(ends.0, ends.1)
        } else {
            Self::Outside
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::pose::Pose;

    #[test]
    fn a_range_is_a_part_of_the_file_or_lies_outside() {
        for (header, expected) in [
            (None, Part::Whole),
            (Some("bytes=0-9"), Part::From(0, 10)),
            (Some("bytes=90-"), Part::From(90, 100)),
            (Some("bytes=90-500"), Part::From(90, 100)),
            (Some("bytes=-10"), Part::From(90, 100)),
            (Some("bytes=100-"), Part::Outside),
            (Some("bytes=9-3"), Part::Outside),
            (Some("bytes=0-1,5-6"), Part::Whole),
            (Some("lines=0-1"), Part::Whole),
            (Some("bytes=-"), Part::Whole),
        ] {
            assert_eq!(Part::of(header, 100), expected, "{header:?}");
        }
    }

    #[test]
    fn a_clip_has_its_table_in_front_of_its_pictures() {
        let pose = Pose {
            azimuth_deg: 0.0,
            tilt_deg: 0.0,
            fov_deg: 60.0,
        };
        let subject = Subject {
            id: "c1".to_owned(),
            name: "c1".to_owned(),
            pose,
            at: None,
        };
        let pace = Pace {
            fps: 5,
            kbit_per_s: 300,
        };
        let clip = clip_of(&subject, (UtcMillis(0), 2), pace).expect("a clip");
        let kinds = ["ftyp", "moov", "mdat"].map(|kind| {
            let at = clip.windows(4).position(|bytes| bytes == kind.as_bytes());
            at.expect(kind)
        });
        assert!(kinds.is_sorted(), "{kinds:?}");
    }
}
