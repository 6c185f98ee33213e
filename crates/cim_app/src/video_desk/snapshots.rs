//! Pictures that are kept: masked and with a watermark; what is masked lies apart, for those who may reveal it.

use super::{
    Look, VideoDesk, convert::shown_name, kept::write_whole, told::KeptSnapshot, views::marked,
};
use crate::wire::SnapshotDto;
use cim_model::UtcMillis;
use cim_stream::picture::{Rect, Rgb, cut, jpeg, pixelate, read_jpeg};
use cim_video::rights::{Action, Subject, VideoAct};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The folder of snapshots inside that of the video desk.
const SNAPSHOTS: &str = "snapshots";
/// The quality of what is kept, JPEG's scale of 100.
const QUALITY: u8 = 90;
/// A masked face has so many cells across.
const CELLS: u32 = 6;
/// A picture has at most so many pixels along a side.
const MOST_SIDE: u32 = 4_096;
/// Detections so near in time hold for a picture, milliseconds.
const SLACK_MS: i64 = 500;
/// A camera whose pictures were looked through so near in time has a detector, milliseconds.
const DETECTOR_MS: i64 = 3_600_000;
/// So many snapshots are listed.
const MOST_LISTED: usize = 500;

/// What is to be kept.
#[derive(Clone, Debug)]
pub(crate) struct Keeping {
    pub(crate) camera: String,
    pub(crate) picture: Rgb,
    pub(crate) lines: Vec<String>,
    pub(crate) reason: String,
    /// What its view was open for.
    pub(crate) purpose: String,
    pub(crate) shows_at: Option<UtcMillis>,
    pub(crate) taken_at: UtcMillis,
}

/// What was kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) digest: String,
    pub(crate) masks: u32,
    pub(crate) jpeg: Vec<u8>,
}

/// What lies beside a picture at this desk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Beside {
    reason: String,
    purpose: String,
    width: u32,
    height: u32,
    has_detector: bool,
    /// Lines of the watermark.
    lines: Vec<String>,
    /// What is masked: left, top, width, height, px.
    masks: Vec<[u32; 4]>,
}

impl VideoDesk {
    /// Keeps a picture under its digest: masked and marked; what is masked lies apart. Writes files.
    pub(crate) fn keep_snapshot(&self, keeping: &Keeping) -> Result<Kept, String> {
        let picture = &keeping.picture;
        let (boxes, has_detector) = {
            let moments = self.moments();
            let at = keeping.shows_at.unwrap_or(keeping.taken_at);
            let boxes = moments.private_boxes(&keeping.camera, at, SLACK_MS, &self.vocabulary);
            let cameras = BTreeSet::from([keeping.camera.clone()]);
            let around = moments.around(&cameras, at, DETECTOR_MS);
            (boxes, around.iter().any(|one| one.nearest.is_some()))
        };
        let masks: Vec<Rect> = boxes
            .iter()
            .filter_map(|one| rect_of([one.x, one.y, one.w, one.h], picture))
            .collect();
        let masked = marked(&pixelate(picture, &masks, CELLS), &keeping.lines);
        let bytes = jpeg(&masked, QUALITY).map_err(|error| error.to_string())?;
        let digest = digest_of(&bytes);
        let folder = self.folder().join(SNAPSHOTS);
        let failed = |error: std::io::Error| error.to_string();
        write_whole(&folder.join(format!("{digest}.jpg")), &bytes).map_err(failed)?;
        for (place, mask) in masks.iter().enumerate() {
            let Some(patch) = cut(picture, *mask) else {
                continue;
            };
            let patch = jpeg(&patch, QUALITY).map_err(|error| error.to_string())?;
            write_whole(&patch_path(&folder, &digest, place), &patch).map_err(failed)?;
        }
        let beside = Beside {
            reason: keeping.reason.clone(),
            purpose: keeping.purpose.clone(),
            width: picture.width(),
            height: picture.height(),
            has_detector,
            lines: keeping.lines.clone(),
            masks: masks
                .iter()
                .map(|mask| [mask.x, mask.y, mask.width, mask.height])
                .collect(),
        };
        let text = serde_json::to_vec(&beside).map_err(|error| error.to_string())?;
        write_whole(&folder.join(format!("{digest}.json")), &text).map_err(failed)?;
        Ok(Kept {
            digest,
            masks: u32::try_from(masks.len()).unwrap_or(u32::MAX),
            jpeg: bytes,
        })
    }

    /// Keeps a clip under its digest in `folder`. Writes a file.
    pub(crate) fn keep_clip(&self, folder: &str, bytes: &[u8]) -> Result<String, String> {
        let digest = digest_of(bytes);
        let path = self.folder().join(folder).join(format!("{digest}.mp4"));
        write_whole(&path, bytes).map_err(|error| error.to_string())?;
        Ok(digest)
    }

    /// The file of a snapshot, when it is whole. Reads a file.
    pub(crate) fn snapshot_file(&self, digest: &str) -> Option<Vec<u8>> {
        let bytes = fs::read(self.snapshot_path(digest)?).ok()?;
        (digest_of(&bytes) == digest).then_some(bytes)
    }

    /// A snapshot with what was masked in it, marked with `lines`. Reads files.
    pub(crate) fn revealed(&self, digest: &str, lines: &[String]) -> Option<Vec<u8>> {
        let folder = self.folder().join(SNAPSHOTS);
        let picture = read_jpeg(&self.snapshot_file(digest)?, MOST_SIDE).ok()?;
        let beside = self.beside(digest)?;
        let mut pixels = picture.bytes().to_vec();
        for (place, [x, y, width, height]) in beside.masks.iter().copied().enumerate() {
            let bytes = fs::read(patch_path(&folder, digest, place)).ok()?;
            let patch = read_jpeg(&bytes, MOST_SIDE).ok()?;
            if [patch.width(), patch.height()] != [width, height] {
                return None;
            }
            put(&mut pixels, picture.width(), (&patch, [x, y]));
        }
        let whole = Rgb::new(picture.width(), picture.height(), pixels)?;
        jpeg(&marked(&whole, lines), QUALITY).ok()
    }

    /// The snapshots that whoever looks may know of, newest first. Looks for files.
    pub(crate) fn snapshots(&self, look: &Look<'_>, camera: Option<&str>) -> Vec<SnapshotDto> {
        let mut kept: Vec<(String, KeptSnapshot)> = {
            let told = self.told();
            told.snapshots()
                .map(|(digest, kept)| (digest.to_owned(), kept.clone()))
                .collect()
        };
        kept.sort_by(|(_, a), (_, b)| b.record.at.cmp(&a.record.at));
        let each = kept
            .iter()
            .filter_map(|(digest, kept)| self.snapshot_dto(look, digest, kept));
        each.filter(|dto| camera.is_none_or(|camera| dto.camera == camera))
            .take(MOST_LISTED)
            .collect()
    }

    /// A snapshot by its digest, when whoever looks may know of it. Looks for files.
    pub(crate) fn snapshot(&self, look: &Look<'_>, digest: &str) -> Option<SnapshotDto> {
        let kept = self.told().snapshot(digest).cloned()?;
        self.snapshot_dto(look, digest, &kept)
    }

    fn snapshot_dto(
        &self,
        look: &Look<'_>,
        digest: &str,
        kept: &KeptSnapshot,
    ) -> Option<SnapshotDto> {
        let record = &kept.record;
        let Some(Subject::Camera(camera)) = Subject::parse(&record.subject) else {
            return None;
        };
        let VideoAct::Snapshot(snapshot) = &record.act else {
            return None;
        };
        let (name, actions) = {
            let channels = self.channels();
            let entry = channels.find(camera)?;
            (shown_name(entry), look.actions(entry))
        };
        if !(actions.has(Action::Live) || actions.has(Action::Playback)) {
            return None;
        }
        let path = self.snapshot_path(digest);
        let is_here = path.as_ref().is_some_and(|path| path.is_file());
        let beside = self.beside(digest).unwrap_or_default();
        Some(SnapshotDto {
            digest: digest.to_owned(),
            camera: camera.to_owned(),
            name,
            taken_at: record.at.0,
            shows_at: snapshot.moment.map(|moment| moment.0),
            by: record.author.clone(),
            reason: if beside.reason.is_empty() {
                snapshot.purpose.clone()
            } else {
                beside.reason
            },
            width: beside.width,
            height: beside.height,
            masked: snapshot.masks,
            has_detector: beside.has_detector || snapshot.masks > 0,
            is_here,
            path: path
                .filter(|_| is_here)
                .map(|path| path.display().to_string())
                .unwrap_or_default(),
            can_reveal: is_here && snapshot.masks > 0 && actions.has(Action::Reveal),
            revealed: kept
                .revealed
                .iter()
                .map(|(who, at)| (who.clone(), at.0))
                .collect(),
        })
    }

    fn snapshot_path(&self, digest: &str) -> Option<PathBuf> {
        // What is no digest is no name of a file either.
        let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_digest.then(|| self.folder().join(SNAPSHOTS).join(format!("{digest}.jpg")))
    }

    /// What the view of a snapshot was open for; empty where that is not known here. Reads a file.
    pub(crate) fn taken_for(&self, digest: &str) -> String {
        let beside = self.beside(digest);
        beside.map(|beside| beside.purpose).unwrap_or_default()
    }

    fn beside(&self, digest: &str) -> Option<Beside> {
        let path = self.snapshot_path(digest)?.with_extension("json");
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }
}

/// Puts a patch into a picture of `width` pixels, at its place.
fn put(picture: &mut [u8], width: u32, (patch, [x, y]): (&Rgb, [u32; 2])) {
    let pixels = |many: u32| many as usize * 3;
    let rows = patch.bytes().chunks_exact(pixels(patch.width()).max(1));
    for (row, line) in (y..).zip(rows) {
        let from = pixels(row) * width as usize + pixels(x);
        if let Some(there) = picture.get_mut(from..from + line.len()) {
            there.copy_from_slice(line);
        }
    }
}

fn patch_path(folder: &Path, digest: &str, place: usize) -> PathBuf {
    folder.join(format!("{digest}.{place}.patch"))
}

/// A box of the image in pixels; `None` when nothing of it lies within.
fn rect_of([x, y, w, h]: [f32; 4], picture: &Rgb) -> Option<Rect> {
    let side = |at: f32, size: u32| (at.clamp(0.0, 1.0) * size as f32).round() as u32;
    let (left, right) = (side(x, picture.width()), side(x + w, picture.width()));
    let (top, bottom) = (side(y, picture.height()), side(y + h, picture.height()));
    (right > left && bottom > top).then(|| Rect {
        x: left,
        y: top,
        width: right - left,
        height: bottom - top,
    })
}

/// SHA-256 of `bytes`, hexadecimal.
fn digest_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|half| char::from_digit(u32::from(half), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_of_the_image_is_cut_at_its_sides() {
        let picture = Rgb::filled(200, 100, [0; 3]);
        let rect = rect_of([0.5, 0.5, 0.9, 0.25], &picture).expect("it lies within");
        assert_eq!(
            [rect.x, rect.y, rect.width, rect.height],
            [100, 50, 100, 25]
        );
        assert!(rect_of([1.0, 0.0, 0.5, 0.5], &picture).is_none());
        assert!(rect_of([f32::NAN, 0.0, f32::NAN, 0.5], &picture).is_none());
    }

    #[test]
    fn a_patch_comes_back_to_its_place() {
        let mut bytes = vec![0; 4 * 3 * 3];
        let patch = Rgb::filled(2, 1, [9; 3]);
        put(&mut bytes, 4, (&patch, [1, 2]));
        let lit: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] == 9).collect();
        assert_eq!(lit, [27, 28, 29, 30, 31, 32]);
    }

    #[test]
    fn a_digest_is_that_of_the_standard() {
        // FIPS 180-2, appendix B.1.
        assert!(digest_of(b"abc").starts_with("ba7816bf8f01cfea"));
    }
}
