//! Pictures of cameras as they come: opening, following and closing views, steering, showing them in the twin.

use super::{Desk, Telling, refused};
use crate::{
    error::AppError,
    video_desk::{
        OpenView, Opening, depth_of, frame_bytes, is_steered, pose_of, refusal, streams_of,
        why_words,
    },
    wire::{OpenedViewDto, PtzActDto, VideoActedDto, VideoRefusalDto, ViewDraftDto, ViewStateDto},
};
use cim_model::UtcMillis;
use cim_stream::{ViewId, Views, Wanted};
use cim_sync::{Steering, StreamOffer};
use cim_video::rights::{Action, Looked, Ptz, VideoAct, subject_of_camera};
use std::{path::PathBuf, sync::Arc, time::Duration};

/// A window waits so long for the next picture.
const PATIENCE: Duration = Duration::from_secs(1);
/// A picture of the twin is at most so wide, px.
const TWIN_WIDTH: u32 = 768;
/// The twin takes so many pictures a second.
const TWIN_FPS: f32 = 12.0;
const DRAPING: &str = "draping a picture";

impl Desk {
    /// Foreign video is decoded by the program at `helper`, from now on. Without it no picture can be opened.
    pub fn set_video_helper(&self, helper: PathBuf) {
        let clock = Arc::clone(&self.shared.settings.time);
        let runtime = self.shared.keeper.runtime().clone();
        let streams = Views::new(streams_of(helper), runtime, clock);
        self.video().lock_views().set_streams(streams);
        self.video().views_changed();
    }

    /// Opens a picture of a camera, live or of a moment. A look that is refused is written down like one that is not.
    pub async fn open_view(&self, draft: &ViewDraftDto) -> Result<OpenedViewDto, AppError> {
        let action = if draft.at.is_some() {
            Action::Playback
        } else {
            Action::Live
        };
        let name = self.camera_name(&draft.camera)?;
        let answer = OpenedViewDto {
            camera: draft.camera.clone(),
            name: name.clone(),
            ..OpenedViewDto::default()
        };
        let refuse = |why: VideoRefusalDto| OpenedViewDto {
            refused: Some(why),
            ..answer.clone()
        };
        let allowed = self
            .allowed(&draft.camera, (action, draft.purpose.as_str()))
            .await?;
        let verdict = match allowed {
            Ok(verdict) => verdict,
            Err(why) => return Ok(refuse(why)),
        };
        let offers = match self.offers(&draft.camera, draft.at.map(UtcMillis)).await {
            Ok(offers) => offers,
            Err(why) => return Ok(refuse(why)),
        };
        let authority = match self.authority().await? {
            Ok(authority) => authority,
            Err(why) => return Ok(refuse(why)),
        };
        let now = self.shared.settings.time.now();
        let actor = self.shared.keeper.live().event_desk.actor();
        let opening = Opening {
            camera: draft.camera.clone(),
            name,
            at: draft.at.map(UtcMillis),
            purpose: draft.purpose.clone(),
            by: actor.name,
            role: actor.role,
            why: why_words(&verdict.why),
        };
        let from = (offers.as_slice(), authority.as_deref());
        let view = match self.video().open_stream((opening, draft), from, now) {
            Ok(view) => view,
            Err((code, why)) => return Ok(refuse(refusal(code, &draft.camera, &why))),
        };
        let looked = Looked {
            view: view_word(view, now),
            is_live: draft.at.is_none(),
            moment: draft.at.map(UtcMillis),
            purpose: draft.purpose.clone(),
            why: why_words(&verdict.why),
            ..Looked::default()
        };
        let subject = subject_of_camera(&draft.camera);
        // The picture does not wait for the disk; who looked is told with the next beat all the same.
        let telling = vec![(subject, VideoAct::Looked(looked))];
        if let Err(error) = super::tell_now(&self.shared.keeper, telling, now) {
            // Nobody looks at what cannot be written down.
            self.video().lock_views().take(view);
            self.video().views_changed();
            return Err(error);
        }
        let may = |action: Action| self.may(&draft.camera, action);
        Ok(OpenedViewDto {
            view: Some(view),
            can_ptz: draft.at.is_none() && may(Action::Ptz) && self.has_ptz(&draft.camera),
            can_snapshot: may(Action::Snapshot),
            ..answer
        })
    }

    /// The newest picture of a view after number `after`, with its header; waits a while for one. See the API for the bytes.
    pub async fn view_frame(&self, view: u32, after: u32) -> Vec<u8> {
        let streams = {
            let views = self.video().lock_views();
            views.get(view).and_then(|_| views.streams())
        };
        let Some(streams) = streams else {
            return frame_bytes(None, after, None);
        };
        let id = ViewId(view);
        let frame = streams.next_frame(id, u64::from(after), PATIENCE).await;
        frame_bytes(streams.state(id).as_ref(), after, frame.as_deref())
    }

    /// How every open view stands.
    pub fn video_views(&self) -> Vec<ViewStateDto> {
        self.video().view_states(self.shared.settings.time.now())
    }

    /// Closes a view; how long it was looked at is written down.
    pub async fn close_view(&self, view: u32) -> Result<(), AppError> {
        self.close_those(|open| open.id == view).await
    }

    /// Steers a camera through the hub.
    pub async fn ptz(&self, camera: &str, act: &PtzActDto) -> Result<VideoActedDto, AppError> {
        let mut moving = self.video().steering.lock().await;
        let purpose = self.purpose_of(camera);
        // What was set in motion here is stopped, whatever became of the clock and of the right since.
        let is_own_stop = matches!(act, PtzActDto::Stop) && moving.contains(camera);
        let now = if is_own_stop {
            self.shared.settings.time.now()
        } else {
            let now = match self.video_present() {
                Ok(now) => now,
                Err(why) => return Ok(refused(why)),
            };
            let allowed = self.allowed(camera, (Action::Ptz, purpose.as_str()));
            if let Err(why) = allowed.await? {
                return Ok(refused(why));
            }
            now
        };
        let hub = match self.hub_video() {
            Ok(hub) => hub,
            Err(why) => return Ok(refused(why)),
        };
        let (steering, told) = steering_of(act, purpose);
        let is_move = matches!(act, PtzActDto::Move { .. });
        if is_move {
            moving.insert(camera.to_owned());
        }
        if let Err(error) = hub.steer(camera, steering).await {
            return Ok(refused(refusal("unreachable", camera, &error.to_string())));
        }
        if !is_move {
            moving.remove(camera);
        }
        drop(moving);
        self.acted(vec![(subject_of_camera(camera), VideoAct::Ptz(told))], now)
            .await
    }

    /// Drapes the picture of a view over what its camera sees, or takes it away.
    pub async fn drape(&self, view: u32, on: bool) -> Result<VideoActedDto, AppError> {
        let camera = match self.camera_of_view(view) {
            Ok(camera) => camera,
            Err(why) => return Ok(refused(why)),
        };
        if on && let Err(why) = self.may_place(&camera).await? {
            return Ok(refused(why));
        }
        self.begin_sight();
        let made = if on {
            let made = self.with_video(DRAPING, move |video, looker| {
                let (volume, _) = video.volume_of(&camera)?;
                let scene = video.in_sight(&looker.look(), volume.at);
                let depth = depth_of(&scene, &volume)?;
                Some((pose_of(&scene.obstacles, &volume), depth))
            });
            let made = made.await?;
            if made.is_none() {
                let why = "nobody knows where the camera looks, or it looks all around";
                return Ok(refused(refusal("no_place", "", why)));
            }
            made
        } else {
            None
        };
        Ok(self.show_view(view, |open| open.drape = made))
    }

    /// Hangs the picture of a view above its camera, or takes it away.
    pub async fn picture_above(&self, view: u32, on: bool) -> Result<VideoActedDto, AppError> {
        let camera = match self.camera_of_view(view) {
            Ok(camera) => camera,
            Err(why) => return Ok(refused(why)),
        };
        if on && let Err(why) = self.may_place(&camera).await? {
            return Ok(refused(why));
        }
        self.begin_sight();
        let pose = if on {
            let made = self.with_video(DRAPING, move |video, looker| {
                let (volume, _) = video.volume_of(&camera)?;
                let scene = video.in_sight(&looker.look(), volume.at);
                Some(pose_of(&scene.obstacles, &volume))
            });
            let made = made.await?;
            if made.is_none() {
                let why = "nobody knows where the camera stands";
                return Ok(refused(refusal("no_place", "", why)));
            }
            made
        } else {
            None
        };
        Ok(self.show_view(view, |open| open.above = pose))
    }

    /// Closes the views whose right has ended; what stays open and somebody else opened is looked at anew. Every second, and when
    /// a right is taken back.
    pub(crate) async fn close_what_ended(&self) -> Result<(), AppError> {
        let looked_at: Vec<(u32, String, (Action, bool), String)> = {
            let views = self.video().lock_views();
            let all = views.all().map(|open| {
                let action = if open.of.at.is_some() {
                    Action::Playback
                } else {
                    Action::Live
                };
                let (camera, purpose) = (open.of.camera.clone(), open.of.purpose.clone());
                let is_laid = open.drape.is_some() || open.above.is_some();
                (open.id, camera, (action, is_laid), purpose)
            });
            all.collect()
        };
        if looked_at.is_empty() {
            return Ok(());
        }
        let mut ended = Vec::new();
        let mut held = Vec::new();
        let mut lifted = Vec::new();
        {
            let looker = self.looker();
            let look = looker.look();
            for (view, camera, (action, is_laid), purpose) in &looked_at {
                let allowed = |action: Action| {
                    let asked = (action, Some(purpose.as_str()));
                    let verdict = self.video().verdict(&look, camera, asked);
                    verdict.filter(|verdict| verdict.is_allowed)
                };
                // A picture in the twin tells where its camera stands.
                if *is_laid && allowed(Action::SeePlace).is_none() {
                    lifted.push(*view);
                }
                match allowed(*action) {
                    Some(verdict) => held.push((*view, why_words(&verdict.why))),
                    None => ended.push(*view),
                }
            }
        }
        for view in lifted {
            self.show_view(view, |open| (open.drape, open.above) = (None, None));
        }
        if !ended.is_empty() {
            self.close_those(|open| ended.contains(&open.id)).await?;
        }
        self.take_views_over(held).await
    }

    /// Whoever sits here now looks at what somebody else opened, or they themselves in another role: that look ends, and one of
    /// theirs begins. `held` are the views with why they may.
    async fn take_views_over(&self, held: Vec<(u32, String)>) -> Result<(), AppError> {
        let now = self.shared.settings.time.now();
        let actor = self.shared.keeper.live().event_desk.actor();
        let mut tellings: Vec<Telling> = Vec::new();
        {
            let mut views = self.video().lock_views();
            for (view, why) in held {
                let open = views.get_mut(view);
                let is_others =
                    |open: &&mut OpenView| open.of.by != actor.name || open.of.role != actor.role;
                let Some(open) = open.filter(is_others) else {
                    continue;
                };
                tellings.push(look_of(open, Some(now)));
                open.opened_at = now;
                open.of.by.clone_from(&actor.name);
                open.of.role.clone_from(&actor.role);
                open.of.why = why;
                tellings.push(look_of(open, None));
            }
        }
        if tellings.is_empty() {
            return Ok(());
        }
        self.tell_video(tellings, now).await?;
        self.video().views_changed();
        Ok(())
    }

    /// Closes every view: the desk closes.
    pub(crate) async fn close_views(&self) -> Result<(), AppError> {
        self.close_those(|_| true).await
    }

    /// What people call a camera that whoever sits here may know of.
    pub(super) fn camera_name(&self, camera: &str) -> Result<String, AppError> {
        let looker = self.looker();
        let look = looker.look();
        let channels = self.video().channels();
        let entry = channels
            .find(camera)
            .filter(|entry| look.presence(*entry) != cim_video::rights::Presence::Hidden)
            .ok_or_else(|| super::no_camera(camera))?;
        Ok(if entry.name().is_empty() {
            entry.id()
        } else {
            entry.name().to_owned()
        })
    }

    /// For what the views of a camera were opened; empty without one.
    pub(super) fn purpose_of(&self, camera: &str) -> String {
        let views = self.video().lock_views();
        let mut of = views.all().filter(|open| open.of.camera == camera);
        of.next()
            .map(|open| open.of.purpose.clone())
            .unwrap_or_default()
    }

    /// The camera of an open view; the refusal where there is none.
    pub(super) fn camera_of_view(&self, view: u32) -> Result<String, VideoRefusalDto> {
        let views = self.video().lock_views();
        views
            .get(view)
            .map(|open| open.of.camera.clone())
            .ok_or_else(|| refusal("not_shown", &view.to_string(), "the view is not open"))
    }

    /// Whether whoever sits here may know where a camera stands: its picture in the twin tells that. A refusal is written down.
    async fn may_place(&self, camera: &str) -> Result<Result<(), VideoRefusalDto>, AppError> {
        let purpose = self.purpose_of(camera);
        let allowed = self
            .allowed(camera, (Action::SeePlace, purpose.as_str()))
            .await?;
        Ok(allowed.map(|_| ()))
    }

    /// Where pictures of a camera are: the hub's streams, and for a moment its clips.
    async fn offers(
        &self,
        camera: &str,
        at: Option<UtcMillis>,
    ) -> Result<Vec<StreamOffer>, VideoRefusalDto> {
        let hub = self.hub_video()?;
        let (clips, is_hubs) = {
            let live = self.shared.keeper.live();
            let known = live.state.camera_called(camera);
            let clips = known.map(|known| known.clips.clone());
            (clips.unwrap_or_default(), known.is_some())
        };
        let asked = hub.streams(camera, at).await;
        let mut offers = match asked {
            Ok(offers) => offers,
            // A hub that knows no streams may still have clips.
            Err(_) if at.is_some() && is_hubs => Vec::new(),
            Err(error) => return Err(refusal("unreachable", camera, &error.to_string())),
        };
        for clip in clips {
            let Ok(url) = hub.address_of(&clip.path) else {
                continue;
            };
            offers.push(StreamOffer {
                kind: "mp4".to_owned(),
                url,
                is_live: false,
                from: Some(clip.from),
                to: Some(clip.to),
            });
        }
        Ok(offers)
    }

    /// The only authorities that are believed, as PEM; `None` for those of the machine.
    async fn authority(&self) -> Result<Result<Option<String>, VideoRefusalDto>, AppError> {
        let Some(path) = self.shared.settings.access.authority.clone() else {
            return Ok(Ok(None));
        };
        let place = path.display().to_string();
        let read = self.aside("reading authorities", move || std::fs::read_to_string(path));
        let read = read.await?;
        Ok(read
            .map(Some)
            .map_err(|error| refusal("unreachable", &place, &error.to_string())))
    }

    fn may(&self, camera: &str, action: Action) -> bool {
        let looker = self.looker();
        let look = looker.look();
        let channels = self.video().channels();
        let entry = channels.find(camera);
        entry.is_some_and(|entry| look.actions(entry).has(action))
    }

    fn has_ptz(&self, camera: &str) -> bool {
        let channels = self.video().channels();
        let entry = channels.find(camera);
        entry.is_some_and(|entry| is_steered(entry.ptz()))
    }

    /// Changes how a view is shown in the twin; its pixels are wanted while it is.
    fn show_view(&self, view: u32, change: impl FnOnce(&mut OpenView)) -> VideoActedDto {
        {
            let mut views = self.video().lock_views();
            let streams = views.streams();
            let (Some(open), Some(streams)) = (views.get_mut(view), streams) else {
                let why = "the view is not open";
                return refused(refusal("not_shown", &view.to_string(), why));
            };
            change(open);
            let is_shown = open.drape.is_some() || open.above.is_some();
            if is_shown {
                open.wanted.is_rgb = true;
                open.window
                    .get_or_insert((open.wanted.width, open.wanted.fps));
                open.wanted.width = open.wanted.width.min(TWIN_WIDTH);
                open.wanted.fps = open.wanted.fps.min(TWIN_FPS);
            } else {
                open.wanted.is_rgb = false;
                if let Some((width, fps)) = open.window.take() {
                    (open.wanted.width, open.wanted.fps) = (width, fps);
                }
            }
            // Only the formats change: where it plays is left alone.
            let wanted = Wanted {
                at: None,
                ..open.wanted
            };
            streams.change(ViewId(view), wanted);
        }
        self.video().show_pictures();
        VideoActedDto {
            changed: 1,
            ..VideoActedDto::default()
        }
    }

    async fn close_those(&self, is_meant: impl Fn(&OpenView) -> bool) -> Result<(), AppError> {
        let now = self.shared.settings.time.now();
        let closed: Vec<OpenView> = {
            let mut views = self.video().lock_views();
            let meant: Vec<u32> = views
                .all()
                .filter(|open| is_meant(open))
                .map(|open| open.id)
                .collect();
            meant
                .into_iter()
                .filter_map(|view| views.take(view))
                .collect()
        };
        if closed.is_empty() {
            return Ok(());
        }
        self.video().show_pictures();
        let tellings: Vec<Telling> = closed.iter().map(|open| look_of(open, Some(now))).collect();
        self.tell_video(tellings, now).await?;
        Ok(())
    }
}

/// What is written down of a look that begins, or that ends at `ended_at`.
fn look_of(open: &OpenView, ended_at: Option<UtcMillis>) -> Telling {
    let looked = Looked {
        view: view_word(open.id, open.opened_at),
        is_closed: ended_at.is_some(),
        is_live: open.of.at.is_none(),
        moment: open.of.at,
        seconds: ended_at.map(|at| at.seconds_since(open.opened_at).max(0.0)),
        purpose: open.of.purpose.clone(),
        why: open.of.why.clone(),
    };
    (subject_of_camera(&open.of.camera), VideoAct::Looked(looked))
}

/// A view as the audit names it: the same when it opens and when it closes.
fn view_word(view: u32, opened_at: UtcMillis) -> String {
    format!("{}-{view}", opened_at.0)
}

/// A moment as it stands on a picture.
pub(super) fn clock_words(moment: UtcMillis) -> String {
    // Pictures carry the time of the city.
    const OFFSET_S: i64 = 8 * 3600;
    let seconds = moment.0.div_euclid(1000) + OFFSET_S;
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = date_of(days);
    format!(
        "{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// The date of a day since 1970, in the Gregorian calendar (after Hinnant, "chrono-compatible date algorithms").
fn date_of(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

fn steering_of(act: &PtzActDto, purpose: String) -> (Steering, Ptz) {
    match act {
        PtzActDto::Move { pan, tilt, zoom } => {
            let bounded = |value: f64| {
                if value.is_finite() {
                    value.clamp(-1.0, 1.0)
                } else {
                    0.0
                }
            };
            let (pan, tilt, zoom) = (bounded(*pan), bounded(*tilt), bounded(*zoom));
            let told = Ptz {
                pan,
                tilt,
                zoom,
                preset: None,
                purpose,
            };
            (Steering::Move { pan, tilt, zoom }, told)
        }
        PtzActDto::Stop => {
            let stop = Steering::Move {
                pan: 0.0,
                tilt: 0.0,
                zoom: 0.0,
            };
            let told = Ptz {
                purpose,
                ..Ptz::default()
            };
            (stop, told)
        }
        PtzActDto::Preset { number } => {
            let told = Ptz {
                preset: Some(*number),
                purpose,
                ..Ptz::default()
            };
            (Steering::Preset(*number), told)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_carry_the_time_of_the_city() {
        for (millis, expected) in [
            (0, "1970-01-01 08:00:00"),
            (1_763_352_000_000, "2025-11-17 12:00:00"),
            (1_709_136_000_000, "2024-02-29 00:00:00"),
        ] {
            assert_eq!(clock_words(UtcMillis(millis)), expected);
        }
    }

    #[test]
    fn steering_is_bounded_before_it_is_written_down() {
        let act = PtzActDto::Move {
            pan: 9.0,
            tilt: f64::NAN,
            zoom: -0.5,
        };
        let (steering, told) = steering_of(&act, "patrol".to_owned());
        assert_eq!(
            steering,
            Steering::Move {
                pan: 1.0,
                tilt: 0.0,
                zoom: -0.5
            }
        );
        assert_eq!((told.pan, told.purpose.as_str()), (1.0, "patrol"));
    }
}
