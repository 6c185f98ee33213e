//! What a person does with cameras: the catalogue, rights, coverage, moments, pictures. Everything obeys rights, and every look is
//! written down.

mod catalogue;
mod coverage;
pub(super) mod keep;
mod moments;
mod pictures;
mod rights;
mod views;

use super::Desk;
use crate::{
    error::AppError,
    event_desk::{ActFact, check_body},
    keeper::Keeper,
    live::Live,
    video_desk::{Looker, Sitting, VideoDesk, nothing_done, refusal, refused_by, why_words},
    wire::{Target, VideoActedDto, VideoBoardDto, VideoRefusalDto},
};
use cim_geo::Geodetic;
use cim_model::{Camera, CameraId, CameraStatus, UtcMillis};
use cim_store::Fact;
use cim_sync::HubVideo;
use cim_video::{
    channels::Status,
    rights::{Action, Denied, Verdict, VideoAct, subject_of_camera},
};
use std::sync::Arc;

/// What is told, and of what: the fact's subject and the act.
pub(super) type Telling = (String, VideoAct);

impl Desk {
    /// How the video index stands.
    pub fn video_board(&self) -> VideoBoardDto {
        self.shared.keeper.live().video.clone()
    }

    pub(super) fn video(&self) -> &VideoDesk {
        &self.shared.keeper.video
    }

    /// A camera that the catalogue has and the hub has not, for whoever may know where it stands.
    pub(super) fn camera_of_catalogue(&self, target: &Target) -> Option<Camera> {
        let Target::Camera { id } = target else {
            return None;
        };
        let (name, status, category) = {
            let looker = self.looker();
            let look = looker.look();
            let channels = self.video().channels();
            let entry = channels.find(id).filter(|entry| look.sees_place(*entry))?;
            let status = if entry.status() == Status::On {
                CameraStatus::On
            } else {
                CameraStatus::Off
            };
            (entry.name().to_owned(), status, entry.category())
        };
        let (volume, _) = self.video().volume_of(id)?;
        Some(Camera {
            id: CameraId::new(id),
            name,
            position: Geodetic::new(volume.at.lon_deg, volume.at.lat_deg, volume.height_m),
            azimuth_deg: volume.azimuth_deg,
            tilt_deg: volume.tilt_deg,
            fov_deg: volume.h_fov_deg,
            range_m: volume.range_m,
            status,
            // One without a category counts as of the first.
            category: category.max(1),
            clips: Vec::new(),
        })
    }

    /// Whoever sits here, with what they may do now.
    pub(super) fn looker(&self) -> Looker {
        let now = self.shared.settings.time.now();
        let sitting = Sitting::at(&self.shared.keeper.live(), now);
        self.video().looker(sitting)
    }

    /// Does something with the video desk where waiting harms nobody.
    pub(super) async fn with_video<T: Send + 'static>(
        &self,
        what: &'static str,
        work: impl FnOnce(&VideoDesk, &Looker) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let looker = self.looker();
        let keeper = Arc::clone(&self.shared.keeper);
        self.aside(what, move || work(&keeper.video, &looker)).await
    }

    /// The present moment to act at; the refusal while the past is shown.
    pub(super) fn video_present(&self) -> Result<UtcMillis, VideoRefusalDto> {
        self.present().map_err(|error| {
            let why = error.to_string();
            refusal("past", "", &why)
        })
    }

    /// Writes down what was done; it is on disk when this returns. The facts' identities.
    pub(super) async fn tell_video(
        &self,
        tellings: Vec<Telling>,
        now: UtcMillis,
    ) -> Result<Vec<String>, AppError> {
        let told = tell_now(&self.shared.keeper, tellings, now)?;
        self.shared.keeper.flush().await;
        Ok(told)
    }

    /// Whether whoever sits here may do something with a camera. A refusal is written down. The error of the outer result: there
    /// is no such camera for them.
    pub(super) async fn allowed(
        &self,
        camera: &str,
        (action, purpose): (Action, &str),
    ) -> Result<Result<Verdict, VideoRefusalDto>, AppError> {
        let looker = self.looker();
        let asked = Some(purpose).filter(|purpose| !purpose.is_empty());
        let verdict = self
            .video()
            .verdict(&looker.look(), camera, (action, asked))
            .ok_or_else(|| no_camera(camera))?;
        if verdict.is_allowed {
            return Ok(Ok(verdict));
        }
        let denied = VideoAct::Denied(Denied {
            action,
            why: why_words(&verdict.why),
            purpose: purpose.to_owned(),
        });
        let telling = vec![(subject_of_camera(camera), denied)];
        self.tell_video(telling, looker.sitting.now).await?;
        Ok(Err(refused_by(&verdict, action)))
    }

    /// What came of something that was written down.
    pub(super) async fn acted(
        &self,
        tellings: Vec<Telling>,
        now: UtcMillis,
    ) -> Result<VideoActedDto, AppError> {
        let changed = u32::try_from(tellings.len()).unwrap_or(u32::MAX);
        let facts = self.tell_video(tellings, now).await?;
        Ok(VideoActedDto {
            facts,
            changed,
            ..VideoActedDto::default()
        })
    }

    /// The hub's doors for pictures; the refusal without a hub.
    pub(super) fn hub_video(&self) -> Result<HubVideo, VideoRefusalDto> {
        let settings = &self.shared.settings;
        let hub = settings
            .hub
            .as_ref()
            .ok_or_else(|| refusal("no_hub", "", "this desk has no hub"))?;
        HubVideo::new(hub, &settings.access)
            .map_err(|error| refusal("unreachable", "", &error.to_string()))
    }
}

/// Writes down what was done with the next beat, and takes it.
pub(super) fn tell_now(
    keeper: &Keeper,
    tellings: Vec<Telling>,
    now: UtcMillis,
) -> Result<Vec<String>, AppError> {
    let mut told = Vec::with_capacity(tellings.len());
    let mut facts = Vec::with_capacity(tellings.len());
    {
        let mut live = keeper.live();
        for (subject, act) in tellings {
            let fact = fact_of(&live, (subject, act, keeper.video.next_number()), now)?;
            told.push(fact.id.clone());
            facts.push(fact.clone());
            live.tell_fact(fact);
        }
        live.changed = true;
    }
    for fact in &facts {
        keeper.video.take_fact(fact);
    }
    Ok(told)
}

fn fact_of(
    live: &Live,
    (subject, act, number): (String, VideoAct, u64),
    now: UtcMillis,
) -> Result<Fact, AppError> {
    let actor = live.event_desk.actor();
    let body = act
        .body(&actor.role, actor.party.as_deref())
        .map_err(|fault| AppError::BadRequest {
            what: "what is written down",
            found: fault.to_string(),
            reason: "a short text, and a reason where one is needed",
        })?;
    let fact = ActFact {
        subject,
        verb: act.verb(),
        body,
        author: actor.name,
        at: now,
        // Two acts on one camera within one millisecond are two facts.
        key: number.to_string(),
        cause: String::new(),
    }
    .fact(now);
    check_body(&fact)?;
    Ok(fact)
}

pub(super) fn no_camera(id: &str) -> AppError {
    AppError::NotFound {
        what: "camera",
        id: id.chars().take(64).collect(),
    }
}

/// Nothing was done: the refusal as an answer.
pub(super) fn refused(why: VideoRefusalDto) -> VideoActedDto {
    nothing_done(why)
}
