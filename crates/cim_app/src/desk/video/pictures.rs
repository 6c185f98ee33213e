//! Pictures that are kept, revealed and taken out: each with its reason, each written down.

use super::{Desk, refused};
use crate::{
    error::AppError,
    video_desk::{Keeping, Opening, VideoDesk, refusal},
    wire::{SnapshotDto, SnapshotTakenDto, VideoActedDto, VideoRefusalDto},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use cim_model::UtcMillis;
use cim_stream::{Frame, ViewId, Views, Wanted};
use cim_video::rights::{
    Action, Exported, Looked, Revealed, Snapshot, VideoAct, subject_of_camera,
};
use std::{sync::Arc, time::Duration};

const KEEPING: &str = "the picture";
/// A picture comes within this time, or none does.
const PATIENCE: Duration = Duration::from_secs(3);
/// A kept picture is at most so wide, px.
const WIDTH: u32 = 1_920;
/// A clip has so many of the last seconds.
const CLIP_S: u32 = 30;
/// A reason is at most so long, characters.
const MOST_REASON: usize = 500;

impl Desk {
    /// Keeps the newest picture of a view: masked where a detector saw faces or plates, marked with officer and time.
    pub async fn snapshot(&self, view: u32, reason: &str) -> Result<SnapshotTakenDto, AppError> {
        let (camera, wanted, streams, of) = {
            let views = self.video().lock_views();
            let (Some(open), Some(streams)) = (views.get(view), views.streams()) else {
                let why = "the view is not open";
                return Ok(not_taken(refusal("not_shown", &view.to_string(), why)));
            };
            let camera = open.of.camera.clone();
            (camera, open.wanted, streams, open.of.clone())
        };
        let allowed = self
            .allowed(&camera, (Action::Snapshot, of.purpose.as_str()))
            .await?;
        if let Err(why) = allowed {
            return Ok(not_taken(why));
        }
        let frame = newest_pixels(&streams, view, wanted).await;
        let Some((frame, picture)) = frame.and_then(|frame| {
            let picture = frame.rgb.clone()?;
            Some((frame, picture))
        }) else {
            return Ok(not_taken(refusal("no_picture", &camera, "no picture came")));
        };
        let now = self.shared.settings.time.now();
        let reason: String = reason.trim().chars().take(MOST_REASON).collect();
        let keeping = Keeping {
            camera: camera.clone(),
            picture,
            lines: vec![
                format!("{} · {}", self.operator(), of.name),
                super::views::clock_words(frame.at.unwrap_or(now)),
            ],
            reason: reason.clone(),
            purpose: of.purpose.clone(),
            shows_at: frame.at.or(of.at),
            taken_at: now,
        };
        let kept = self.with_video(KEEPING, move |video, _| video.keep_snapshot(&keeping));
        let kept = match kept.await? {
            Ok(kept) => kept,
            Err(why) => return Ok(not_taken(refusal("no_picture", &camera, &why))),
        };
        let told = VideoAct::Snapshot(Snapshot {
            digest: kept.digest.clone(),
            moment: frame.at.or(of.at),
            is_live: of.at.is_none(),
            masks: kept.masks,
            purpose: of.purpose,
            reason,
        });
        self.tell_video(vec![(subject_of_camera(&camera), told)], now)
            .await?;
        Ok(SnapshotTakenDto {
            snapshot: self.snapshot_called(&kept.digest).await?,
            base64: STANDARD.encode(&kept.jpeg),
            refused: None,
        })
    }

    /// The pictures that were kept, newest first; of one camera where one is named.
    pub async fn snapshots(&self, camera: Option<&str>) -> Result<Vec<SnapshotDto>, AppError> {
        let camera = camera.map(str::to_owned);
        self.with_video(KEEPING, move |video, looker| {
            video.snapshots(&looker.look(), camera.as_deref())
        })
        .await
    }

    /// A kept picture as it lies here: masked.
    pub async fn snapshot_picture(&self, digest: &str) -> Result<SnapshotTakenDto, AppError> {
        let snapshot = self.snapshot_called(digest).await?;
        let snapshot = snapshot.ok_or_else(|| no_snapshot(digest))?;
        let asked = digest.to_owned();
        let bytes = self.with_video(KEEPING, move |video, _| video.snapshot_file(&asked));
        let bytes = bytes.await?.ok_or_else(|| no_snapshot(digest))?;
        let now = self.shared.settings.time.now();
        let looked = VideoAct::Looked(Looked {
            view: digest.to_owned(),
            is_closed: true,
            moment: snapshot.shows_at.map(UtcMillis),
            purpose: self.purpose_of(&snapshot.camera),
            why: "snapshot".to_owned(),
            ..Looked::default()
        });
        self.tell_video(vec![(subject_of_camera(&snapshot.camera), looked)], now)
            .await?;
        Ok(SnapshotTakenDto {
            snapshot: Some(snapshot),
            base64: STANDARD.encode(bytes),
            refused: None,
        })
    }

    /// A kept picture with what was masked in it. Needs the right and a reason, and is written down before it is shown.
    pub async fn reveal(&self, digest: &str, reason: &str) -> Result<SnapshotTakenDto, AppError> {
        let snapshot = self.snapshot_called(digest).await?;
        let snapshot = snapshot.ok_or_else(|| no_snapshot(digest))?;
        let reason: String = reason.trim().chars().take(MOST_REASON).collect();
        if reason.is_empty() {
            return Ok(not_taken(refusal(
                "no_reason",
                digest,
                "a reason is needed",
            )));
        }
        let camera = snapshot.camera.clone();
        let mut purpose = self.purpose_of(&camera);
        if purpose.is_empty() {
            let asked = digest.to_owned();
            let taken_for = self.with_video(KEEPING, move |video, _| video.taken_for(&asked));
            purpose = taken_for.await?;
        }
        let allowed = self
            .allowed(&camera, (Action::Reveal, purpose.as_str()))
            .await?;
        if let Err(why) = allowed {
            return Ok(not_taken(why));
        }
        let now = self.shared.settings.time.now();
        let told = VideoAct::Revealed(Revealed {
            digest: digest.to_owned(),
            reason,
        });
        self.tell_video(vec![(subject_of_camera(&camera), told)], now)
            .await?;
        let lines = vec![
            format!("{} · {}", self.operator(), snapshot.name),
            super::views::clock_words(now),
        ];
        let asked = digest.to_owned();
        let shown = self.with_video(KEEPING, move |video: &VideoDesk, _| {
            video.revealed(&asked, &lines)
        });
        let Some(bytes) = shown.await? else {
            let why = "what is masked does not lie at this desk";
            return Ok(not_taken(refusal("no_picture", digest, why)));
        };
        Ok(SnapshotTakenDto {
            snapshot: self.snapshot_called(digest).await?,
            base64: STANDARD.encode(bytes),
            refused: None,
        })
    }

    /// Keeps the last seconds of a view as a file in the cache, for a reason. The first of the facts is the file's digest.
    pub async fn save_clip(&self, view: u32, reason: &str) -> Result<VideoActedDto, AppError> {
        let open = self
            .video()
            .lock_views()
            .get(view)
            .map(|open| open.of.clone());
        let Some(Opening {
            camera, purpose, ..
        }) = open
        else {
            let why = "the view is not open";
            return Ok(refused(refusal("not_shown", &view.to_string(), why)));
        };
        let reason: String = reason.trim().chars().take(MOST_REASON).collect();
        if reason.is_empty() {
            return Ok(refused(refusal("no_reason", &camera, "a reason is needed")));
        }
        let allowed = self
            .allowed(&camera, (Action::Export, purpose.as_str()))
            .await?;
        if let Err(why) = allowed {
            return Ok(refused(why));
        }
        let streams = self.video().lock_views().streams();
        let Some(streams) = streams else {
            return Ok(refused(refusal("no_helper", "", "nothing is decoded here")));
        };
        let clip = match streams.clip(ViewId(view), CLIP_S).await {
            Ok(clip) => clip,
            Err(error) => return Ok(refused(refusal("no_picture", &camera, &error.to_string()))),
        };
        let now = self.shared.settings.time.now();
        let moment: Option<UtcMillis> = clip.from;
        let kept = self.with_video(KEEPING, move |video, _| video.keep_clip(&clip.bytes));
        let digest = match kept.await? {
            Ok(digest) => digest,
            Err(why) => return Ok(refused(refusal("no_picture", &camera, &why))),
        };
        let told = VideoAct::Exported(Exported {
            digest: digest.clone(),
            moment,
            purpose,
            reason,
        });
        let acted = self
            .acted(vec![(subject_of_camera(&camera), told)], now)
            .await?;
        Ok(VideoActedDto {
            facts: std::iter::once(digest).chain(acted.facts).collect(),
            ..acted
        })
    }

    async fn snapshot_called(&self, digest: &str) -> Result<Option<SnapshotDto>, AppError> {
        let asked = digest.to_owned();
        self.with_video(KEEPING, move |video, looker| {
            video.snapshot(&looker.look(), &asked)
        })
        .await
    }
}

/// The next picture of a view as pixels; what the view wants is as before afterwards.
async fn newest_pixels(streams: &Views, view: u32, wanted: Wanted) -> Option<Arc<Frame>> {
    let id = ViewId(view);
    let after = streams.newest(id).map_or(0, |frame| frame.seq);
    // Where it plays is left alone.
    let wanted = Wanted { at: None, ..wanted };
    streams.change(
        id,
        Wanted {
            is_rgb: true,
            width: WIDTH,
            ..wanted
        },
    );
    let mut found = None;
    let mut last = after;
    for _ in 0..4 {
        let Some(frame) = streams.next_frame(id, last, PATIENCE).await else {
            break;
        };
        last = frame.seq;
        if frame.rgb.is_some() {
            found = Some(frame);
            break;
        }
    }
    streams.change(id, wanted);
    found
}

fn not_taken(why: VideoRefusalDto) -> SnapshotTakenDto {
    SnapshotTakenDto {
        refused: Some(why),
        ..SnapshotTakenDto::default()
    }
}

fn no_snapshot(digest: &str) -> AppError {
    AppError::NotFound {
        what: "snapshot",
        id: digest.chars().take(64).collect(),
    }
}
