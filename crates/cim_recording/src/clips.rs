//! Video clips: which of them belong to a stretch, what is embedded, and how embedded ones get out again.

use crate::{
    OnProgress, Progress, RecordingError,
    chosen::Chosen,
    digest::Bytes,
    json::ClipText,
    part::Part,
    sink::Sink,
    source::{Piece, Source},
    topic::Topic,
};
use std::{
    collections::BTreeSet,
    fs::File,
    io::{Read, Seek, SeekFrom, Write},
    path::{Component, Path, PathBuf},
};

/// The largest clip that is embedded, in bytes.
const MAX_EMBEDDED: u64 = 64 * 1024 * 1024;
/// How much of a clip is in memory at a time.
const PIECE: usize = 64 * 1024;

/// Writes the references to all clips of `chosen` that touch the stretch, and embeds those that lie in `folder`; gives how
/// many references there are.
pub(crate) fn write_clips(
    sink: &mut Sink,
    chosen: &Chosen,
    (from, to): (i64, i64),
    folder: Option<&Path>,
) -> Result<u64, RecordingError> {
    let mut clips = Vec::new();
    for camera in &chosen.cameras {
        let touching = camera
            .clips
            .iter()
            .filter(|clip| clip.from.0 <= to && clip.to.0 >= from);
        // The newest is first at the camera; its messages come in the order of time.
        clips.extend(touching.map(|clip| (clip.from.0, camera.id.as_str(), clip)));
    }
    clips.sort_by(|a, b| (a.0, a.1, &a.2.path).cmp(&(b.0, b.1, &b.2.path)));
    let mut embedded = BTreeSet::new();
    for (at, camera, clip) in &clips {
        let found = folder.and_then(|folder| Found::at(folder, &clip.path));
        let text = ClipText {
            camera: (*camera).to_owned(),
            path: clip.path.clone(),
            from: clip.from.0,
            to: clip.to.0,
            sha256: found.as_ref().map(|found| found.sha256.clone()),
            is_embedded: found
                .as_ref()
                .is_some_and(|found| found.bytes <= MAX_EMBEDDED),
        };
        let data = serde_json::to_vec(&text).map_err(|source| RecordingError::Json {
            what: "a clip",
            source,
        })?;
        sink.put(Topic::Clips, (*at, clip.to.0), &data)?;
        // Two cameras may name the same file.
        if let Some(found) = found.filter(|_| text.is_embedded)
            && embedded.insert(clip.path.as_str())
        {
            let name = (clip.path.as_str(), media_type_of(&clip.path));
            sink.attach(name, *at, found.bytes, found.file)?;
        }
    }
    Ok(clips.len() as u64)
}

/// A clip's file that is at hand.
struct Found {
    file: File,
    bytes: u64,
    sha256: String,
}

impl Found {
    /// The file called `path` in `folder`; `None` when it isn't there or cannot be read.
    fn at(folder: &Path, path: &str) -> Option<Self> {
        let mut file = File::open(folder.join(relative(path)?)).ok()?;
        let mut digest = Bytes::default();
        let mut piece = vec![0; PIECE];
        let mut bytes = 0;
        loop {
            let n = file.read(&mut piece).ok()?;
            if n == 0 {
                break;
            }
            digest.add(piece.get(..n)?);
            bytes += n as u64;
        }
        file.seek(SeekFrom::Start(0)).ok()?;
        Some(Self {
            file,
            bytes,
            sha256: digest.finish(),
        })
    }
}

/// `path` below some folder; `None` when it would lead out of there. Paths come from hubs and files, which may be anybody's.
fn relative(path: &str) -> Option<PathBuf> {
    let path = Path::new(path.trim_start_matches('/'));
    let stays = path
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    (stays && path.components().next().is_some()).then(|| path.to_path_buf())
}

fn media_type_of(path: &str) -> &'static str {
    let extension = Path::new(path)
        .extension()
        .and_then(|extension| extension.to_str())
        .map(str::to_ascii_lowercase);
    match extension.as_deref() {
        Some("mp4") => "video/mp4",
        Some("webm") => "video/webm",
        Some("mkv") => "video/matroska",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("png") => "image/png",
        _ => "application/octet-stream",
    }
}

/// Writes the clips that are embedded in the recording `from` into `folder`, each under its path; gives how many. A clip whose
/// bytes do not match their checksum, or whose path would lead out of the folder, is left out.
pub fn extract_clips(
    from: &Path,
    folder: &Path,
    progress: OnProgress<'_>,
) -> Result<u64, RecordingError> {
    let mut source = Source::open(from)?;
    let mut n = 0;
    while let Some(piece) = source.next()? {
        if let Piece::Attachment { name } = piece
            && let Some(path) = relative(&name)
        {
            let (part, mut file) = Part::begin(&folder.join(path))?;
            file.write_all(source.attachment())
                .map_err(|source| part.trouble("writing a clip", source))?;
            part.finish(file)?;
            n += 1;
        }
        progress(Progress {
            done: source.at(),
            total: source.len(),
        });
    }
    Ok(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out_of_the_folder() {
        assert_eq!(relative("clips/a.mp4"), Some(PathBuf::from("clips/a.mp4")));
        assert_eq!(relative("/clips/a.mp4"), Some(PathBuf::from("clips/a.mp4")));
        assert_eq!(relative("../a.mp4"), None);
        assert_eq!(relative("clips/../../a.mp4"), None);
        assert_eq!(relative(""), None);
    }
}
