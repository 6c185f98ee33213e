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
    cmp::Reverse,
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The folder of snapshots inside that of the video desk.
const SNAPSHOTS: &str = "snapshots";
/// The folder of clips, beside it.
const CLIPS: &str = "clips";
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
    /// The digest of the file since more was masked in it; empty while its name is its digest.
    remasked: String,
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
            masks: masks.iter().map(sides).collect(),
            remasked: String::new(),
        };
        let text = serde_json::to_vec(&beside).map_err(|error| error.to_string())?;
        write_whole(&folder.join(format!("{digest}.json")), &text).map_err(failed)?;
        Ok(Kept {
            digest,
            masks: u32::try_from(masks.len()).unwrap_or(u32::MAX),
            jpeg: bytes,
        })
    }

    /// Masks what detectors told of only after a picture was kept, in those that were kept at `not_before` or later. Reads and
    /// writes files.
    pub(crate) fn mask_late(&self, not_before: UtcMillis) {
        let kept: Vec<(String, String, UtcMillis)> = {
            let told = self.told();
            let each = told.snapshots().filter_map(|(digest, kept)| {
                let record = &kept.record;
                let (Some(Subject::Camera(camera)), VideoAct::Snapshot(snapshot)) =
                    (Subject::parse(&record.subject), &record.act)
                else {
                    return None;
                };
                let at = snapshot.moment.unwrap_or(record.at);
                (record.at >= not_before).then(|| (digest.to_owned(), camera.to_owned(), at))
            });
            each.collect()
        };
        for (digest, camera, at) in kept {
            if let Err(error) = self.mask_more(&digest, &camera, at) {
                tracing::warn!(%digest, %error, "what a detector told late is not masked");
            }
        }
    }

    fn mask_more(&self, digest: &str, camera: &str, at: UtcMillis) -> Result<(), String> {
        let boxes = {
            let moments = self.moments();
            moments.private_boxes(camera, at, SLACK_MS, &self.vocabulary)
        };
        if boxes.is_empty() {
            return Ok(());
        }
        // A picture that another desk keeps is masked there.
        let (Some(bytes), Some(mut beside)) = (self.snapshot_file(digest), self.beside(digest))
        else {
            return Ok(());
        };
        let picture = read_jpeg(&bytes, MOST_SIDE).map_err(|error| error.to_string())?;
        let more: Vec<Rect> = boxes
            .iter()
            .filter_map(|one| rect_of([one.x, one.y, one.w, one.h], &picture))
            .filter(|mask| !beside.masks.contains(&sides(mask)))
            .collect();
        if more.is_empty() {
            return Ok(());
        }
        let folder = self.folder().join(SNAPSHOTS);
        let failed = |error: std::io::Error| error.to_string();
        for (place, mask) in (beside.masks.len()..).zip(&more) {
            let Some(patch) = cut(&picture, *mask) else {
                continue;
            };
            let patch = jpeg(&patch, QUALITY).map_err(|error| error.to_string())?;
            write_whole(&patch_path(&folder, digest, place), &patch).map_err(failed)?;
        }
        let masked = marked(&pixelate(&picture, &more, CELLS), &beside.lines);
        let bytes = jpeg(&masked, QUALITY).map_err(|error| error.to_string())?;
        beside.masks.extend(more.iter().map(sides));
        beside.remasked = digest_of(&bytes);
        let text = serde_json::to_vec(&beside).map_err(|error| error.to_string())?;
        // The picture is written before its notes speak of its masks, and takes its place after: a full disk stops both.
        let picture = folder.join(format!("{digest}.jpg"));
        let draft = picture.with_extension("jpg.part");
        fs::write(&draft, &bytes).map_err(failed)?;
        write_whole(&folder.join(format!("{digest}.json")), &text).map_err(failed)?;
        fs::rename(&draft, &picture).map_err(failed)
    }

    /// Keeps a clip under its digest in `folder`. Writes a file.
    pub(crate) fn keep_clip(&self, bytes: &[u8]) -> Result<String, String> {
        let digest = digest_of(bytes);
        let path = self.folder().join(CLIPS).join(format!("{digest}.mp4"));
        write_whole(&path, bytes).map_err(|error| error.to_string())?;
        Ok(digest)
    }

    /// The file of a snapshot, when it is whole. Reads a file.
    pub(crate) fn snapshot_file(&self, digest: &str) -> Option<Vec<u8>> {
        let bytes = fs::read(self.snapshot_path(digest)?).ok()?;
        let found = digest_of(&bytes);
        if found == digest {
            return Some(bytes);
        }
        let beside = self.beside(digest)?;
        (beside.remasked == found).then_some(bytes)
    }

    /// A snapshot with what was masked in it, marked with `lines`. Reads files.
    pub(crate) fn revealed(&self, digest: &str, lines: &[String]) -> Option<Vec<u8>> {
        let folder = self.folder().join(SNAPSHOTS);
        let picture = read_jpeg(&self.snapshot_file(digest)?, MOST_SIDE).ok()?;
        let beside = self.beside(digest)?;
        let mut pixels = picture.bytes().to_vec();
        // What was masked later may hold cells of what was masked before: that lies above it.
        for (place, [x, y, width, height]) in beside.masks.iter().copied().enumerate().rev() {
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
        kept.sort_by_key(|(_, kept)| Reverse(kept.record.at));
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
        let path = self
            .kept_at(digest)
            .into_iter()
            .flatten()
            .find(|path| path.is_file());
        let is_here = path.is_some();
        let beside = self.beside(digest).unwrap_or_default();
        let masked = snapshot.masks.max(super::lists::count(beside.masks.len()));
        Some(SnapshotDto {
            digest: digest.to_owned(),
            camera: camera.to_owned(),
            name,
            taken_at: record.at.0,
            shows_at: snapshot.moment.map(|moment| moment.0),
            by: record.author.clone(),
            reason: [&beside.reason, &snapshot.reason, &snapshot.purpose]
                .into_iter()
                .find(|text| !text.is_empty())
                .cloned()
                .unwrap_or_default(),
            width: beside.width,
            height: beside.height,
            masked,
            has_detector: beside.has_detector || masked > 0,
            is_here,
            path: path
                .map(|path| path.display().to_string())
                .unwrap_or_default(),
            can_reveal: is_here && masked > 0 && actions.has(Action::Reveal),
            revealed: kept
                .revealed
                .iter()
                .map(|(who, at)| (who.clone(), at.0))
                .collect(),
        })
    }

    /// Where a picture or a clip of this digest would lie.
    fn kept_at(&self, digest: &str) -> Option<[PathBuf; 2]> {
        let picture = self.snapshot_path(digest)?;
        let clip = self.folder().join(CLIPS).join(format!("{digest}.mp4"));
        Some([picture, clip])
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

/// A part of a picture as it lies beside it.
fn sides(mask: &Rect) -> [u32; 4] {
    [mask.x, mask.y, mask.width, mask.height]
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
    use cim_store::Fact;
    use cim_video::rights::{Snapshot, subject_of_camera};

    #[test]
    fn what_a_detector_tells_late_is_masked_in_what_was_kept_before() {
        let folder = std::env::temp_dir().join(format!("cim_app-masks-{}", std::process::id()));
        let desk = VideoDesk::open(&folder, "", &[]);
        let at = UtcMillis(1_763_352_000_000);
        let stripes: Vec<u8> = (0..96_u32 * 64)
            .flat_map(|pixel| [if pixel % 8 < 4 { 0 } else { 255 }; 3])
            .collect();
        let keeping = Keeping {
            camera: "c1".to_owned(),
            picture: Rgb::new(96, 64, stripes).expect("three bytes a pixel"),
            lines: Vec::new(),
            reason: String::new(),
            purpose: "event".to_owned(),
            shows_at: Some(at),
            taken_at: at,
        };
        let kept = desk.keep_snapshot(&keeping).expect("it is kept");
        assert_eq!(kept.masks, 0);
        let act = VideoAct::Snapshot(Snapshot {
            digest: kept.digest.clone(),
            moment: Some(at),
            ..Snapshot::default()
        });
        let fact = Fact {
            id: "f1".to_owned(),
            happened_at: at,
            known_at: at,
            author: "Li".to_owned(),
            subject: subject_of_camera("c1"),
            verb: act.verb().to_owned(),
            body: act.body("duty_officer", None).expect("a short body"),
            cause: String::new(),
        };
        assert!(desk.take_fact(&fact).is_some());
        let (from, to) = (at.0 - 1_000, at.0 + 1_000);
        let line = format!(
            r#"{{"id":"m1","camera":"c1","kind":"Face","from":{from},"to":{to},"box":[0.25,0.25,0.5,0.5]}}"#
        );
        assert_eq!(desk.take_moment_lines(&line, at).added, 1);

        desk.mask_late(UtcMillis(at.0 + 1));
        assert_eq!(desk.snapshot_file(&kept.digest), Some(kept.jpeg.clone()));
        desk.mask_late(at);
        let masked = desk.snapshot_file(&kept.digest).expect("it is whole");
        assert_ne!(masked, kept.jpeg);
        let beside = desk.beside(&kept.digest).expect("it lies there");
        assert_eq!(beside.masks, [[24, 16, 48, 32]]);
        desk.mask_late(at);
        assert_eq!(desk.snapshot_file(&kept.digest), Some(masked));
        assert!(desk.revealed(&kept.digest, &[]).is_some());
        fs::remove_dir_all(&folder).expect("the folder goes");
    }

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
