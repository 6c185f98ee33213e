//! Who sees what: sights, maps, routes, suggestions, calibrations, presets.

use super::{Desk, refused};
use crate::{
    error::AppError,
    video_desk::{
        Calibrating, MOST_LINES, MOST_VOLUMES, STOPPED, SeenTarget, line, refusal, target_place,
    },
    wire::{
        CalibrationDto, CalibrationPointDto, Card, CoverageAreaDto, CoverageDto, NearSightDto,
        ObstaclesDto, RouteCoverageDto, SightTargetDto, SightsDto, SuggestAskDto, SuggestionsDto,
        Target, VideoActedDto, VideoPresetDto, VideoRefusalDto,
    },
};
use cim_geo::{Geodetic, LocalFrame};
use cim_layers::sight::{Rgba, SightLine, VideoStage};
use cim_video::rights::{Action, Calibrated, Preset, VideoAct, subject_of_camera};
use std::sync::Arc;

const SEEING: &str = "looking who sees it";
/// The name of a preset is at most so long, characters.
const MOST_NAME: usize = 40;

impl Desk {
    /// Who sees a point, a path, an area, or where something is. Says so when obstacles are not considered.
    pub async fn who_sees(&self, target: &SightTargetDto) -> Result<SightsDto, AppError> {
        Ok(self.sights_of(target).await?.0)
    }

    /// The same, and draws the best of them; without a target nothing is drawn any more.
    pub async fn show_sight_lines(
        &self,
        target: Option<&SightTargetDto>,
    ) -> Result<SightsDto, AppError> {
        let asked = self.video().lock_shown().ask_lines();
        let Some(target) = target else {
            let mut shown = self.video().lock_shown();
            shown.answer_lines(asked, Vec::new(), Vec::new());
            return Ok(SightsDto::default());
        };
        let (sights, lines) = self.sights_of(target).await?;
        let of = sights.rows.iter().map(|row| row.id.clone()).collect();
        self.video().lock_shown().answer_lines(asked, lines, of);
        Ok(sights)
    }

    /// Draws the view volumes of these cameras, the first as the chosen one; without cameras none.
    pub async fn show_volumes(&self, ids: &[String]) -> Result<VideoActedDto, AppError> {
        let number = self.video().lock_shown().ask_volumes();
        self.begin_sight();
        let asked: Vec<String> = ids.iter().take(MOST_VOLUMES).cloned().collect();
        let drawn = self.with_video(SEEING, move |video, looker| {
            let look = looker.look();
            let may_see = |id: &String| {
                let channels = video.channels();
                channels
                    .find(id)
                    .is_some_and(|entry| look.sees_place(entry))
            };
            let (seen, left): (Vec<String>, Vec<String>) = asked.into_iter().partition(may_see);
            let first = seen.first().and_then(|id| video.volume_of(id));
            let volumes = match first {
                None => Vec::new(),
                Some((volume, _)) => {
                    let scene = video.in_sight(&look, volume.at);
                    video.drawn_volumes(&scene, &seen)
                }
            };
            (volumes, seen, left)
        });
        let (volumes, seen, left) = drawn.await?;
        let changed = u32::try_from(volumes.len()).unwrap_or(u32::MAX);
        self.video()
            .lock_shown()
            .answer_volumes(number, volumes, seen);
        let why = "there is no such camera, or nobody may know where it stands";
        Ok(VideoActedDto {
            changed,
            left: left.into_iter().map(|id| [id, why.to_owned()]).collect(),
            ..VideoActedDto::default()
        })
    }

    /// How an area is covered; its sheet is drawn.
    pub async fn coverage(&self, area: &CoverageAreaDto) -> Result<CoverageDto, AppError> {
        self.begin_sight();
        let begun = self.shared.settings.time.now();
        let area = area.clone();
        let mapped = self.with_video(SEEING, move |video, looker| {
            let look = looker.look();
            (video.map(&look, &area), look.sitting.person.clone())
        });
        let (mut mapped, person) = mapped.await?;
        // Where there is none, the one before goes: its legend does. One that was stopped leaves that to what stopped it.
        let refused = mapped.told.refused.as_ref();
        if refused.is_none_or(|why| why.code != STOPPED) {
            let sheet = mapped.sheet.take().map(|sheet| (sheet, person));
            self.video().lock_shown().set_sheet(sheet);
        }
        mapped.told.took_ms = (self.shared.settings.time.now().0 - begun.0) as f64;
        Ok(mapped.told)
    }

    /// The sheet is not drawn any more; a map that is being made, and suggestions, are given up.
    pub fn clear_coverage(&self) {
        self.video().give_up_map();
        self.video().lock_shown().set_sheet(None);
    }

    /// How much of a patrol route is seen with so many pixels on a metre, and if asked for by cameras that deliver alone; 0
    /// takes whatever is seen.
    pub async fn route_coverage(
        &self,
        path: &[[f64; 2]],
        min_pixels: f64,
        is_online_only: bool,
    ) -> Result<RouteCoverageDto, AppError> {
        self.begin_sight();
        let path = path.to_vec();
        self.with_video(SEEING, move |video, looker| {
            video.route(&looker.look(), &path, (min_pixels, is_online_only))
        })
        .await
    }

    /// Further cameras that would help most.
    pub async fn suggest_cameras(&self, ask: &SuggestAskDto) -> Result<SuggestionsDto, AppError> {
        self.begin_sight();
        let ask = ask.clone();
        self.with_video(SEEING, move |video, looker| {
            video.suggest(&looker.look(), &ask)
        })
        .await
    }

    /// What points in a camera's image and in the twin say of how it stands; kept when that is asked.
    pub async fn calibrate(
        &self,
        id: &str,
        points: &[CalibrationPointDto],
        save: bool,
    ) -> Result<CalibrationDto, AppError> {
        self.check_placed(id)?;
        self.begin_sight();
        let (asked, points) = (id.to_owned(), points.to_vec());
        let made = self.with_video(SEEING, move |video, looker| {
            video.calibrate(&looker.look(), &asked, &points)
        });
        let Calibrating { mut told, record } = made.await?;
        let (Some(pose), true) = (record, save) else {
            return Ok(told);
        };
        if let Some(why) = self.refused_blind(id) {
            told.refused = Some(why);
            return Ok(told);
        }
        match self.video_present() {
            Err(why) => told.refused = Some(why),
            Ok(now) => {
                let act = VideoAct::Calibrated(Calibrated { pose: Some(pose) });
                self.tell_video(vec![(subject_of_camera(id), act)], now)
                    .await?;
                told.is_saved = true;
                told.can_undo = true;
            }
        }
        Ok(told)
    }

    /// Brings the calibration before back, or the catalogue's own.
    pub async fn undo_calibration(&self, id: &str) -> Result<CalibrationDto, AppError> {
        self.check_placed(id)?;
        let answer = |refused| CalibrationDto {
            id: id.to_owned(),
            refused,
            ..CalibrationDto::default()
        };
        if let Some(why) = self.refused_blind(id) {
            return Ok(answer(Some(why)));
        }
        let now = match self.video_present() {
            Ok(now) => now,
            Err(why) => return Ok(answer(Some(why))),
        };
        if self.video().told().calibration(id).is_none() {
            let why = refusal("nothing", id, "the camera is not calibrated");
            return Ok(answer(Some(why)));
        }
        let act = VideoAct::Calibrated(Calibrated { pose: None });
        self.tell_video(vec![(subject_of_camera(id), act)], now)
            .await?;
        Ok(CalibrationDto {
            can_undo: self.video().told().calibration(id).is_some(),
            ..answer(None)
        })
    }

    /// Keeps a preset of a camera instead of the one with its number.
    pub async fn save_preset(
        &self,
        id: &str,
        preset: &VideoPresetDto,
    ) -> Result<VideoActedDto, AppError> {
        let is_sound = (1..=255).contains(&preset.number)
            && preset.name.chars().count() <= MOST_NAME
            && preset.azimuth_deg.is_finite()
            && (-90.0..=90.0).contains(&preset.tilt_deg)
            && (0.1..=150.0).contains(&preset.fov_h_deg);
        if !is_sound {
            let why = "a number from 1 to 255, a short name, and angles";
            return Ok(refused(refusal("bad_points", "preset", why)));
        }
        self.tell_preset(
            id,
            Preset {
                number: preset.number,
                name: preset.name.trim().to_owned(),
                azimuth_deg: preset.azimuth_deg,
                tilt_deg: preset.tilt_deg,
                hfov_deg: preset.fov_h_deg,
                is_deleted: false,
            },
        )
        .await
    }

    /// A preset is not kept any more.
    pub async fn delete_preset(&self, id: &str, number: u32) -> Result<VideoActedDto, AppError> {
        let known = {
            let told = self.video().told();
            let presets = told.presets(id);
            presets.iter().any(|preset| preset.number == number)
        };
        if !known {
            let found = number.to_string();
            return Ok(refused(refusal(
                "nothing",
                &found,
                "there is no such preset",
            )));
        }
        let gone = Preset {
            number,
            is_deleted: true,
            ..Preset::default()
        };
        self.tell_preset(id, gone).await
    }

    /// Everything of video that the twin shows, when it is another than at `since_revision`.
    pub fn video_stage(&self, since_revision: u64) -> Option<VideoStage> {
        self.video().lock_shown().stage(since_revision)
    }

    /// The newest picture of a view for the twin, when its number is greater than `after_seq`: marked with officer and time.
    pub fn video_pixels(&self, view: u32, after_seq: u64) -> Option<(u64, Arc<Rgba>)> {
        let now = self.shared.settings.time.now();
        self.video()
            .pixels(view, after_seq, &super::views::clock_words(now))
    }

    /// Says of the cameras of a card whether they really see its place, and what of them may be looked at. Where nobody knows yet
    /// what stands in the way, that is begun to be read.
    pub(in crate::desk) fn tell_sights(&self, card: &mut Card) {
        if card.cameras.is_empty() && card.camera.is_none() {
            return;
        }
        self.begin_sight();
        let looker = self.looker();
        let look = looker.look();
        let is_ready = matches!(self.video().obstacles_dto(), ObstaclesDto::Ready { .. });
        let clear = (is_ready && !card.cameras.is_empty()).then(|| {
            let place = SeenTarget::Point(Geodetic::new(card.lon, card.lat, 0.0), false);
            self.video().clear_cameras(&look, &place)
        });
        let channels = self.video().channels();
        card.cameras.retain(|near| {
            let entry = channels.find(&near.id);
            entry.is_none_or(|entry| look.sees_place(entry))
        });
        for near in &mut card.cameras {
            let Some(entry) = channels.find(&near.id) else {
                continue;
            };
            let actions = look.actions(entry);
            near.can_look = actions.has(Action::Live);
            if !actions.has(Action::Playback) {
                near.camera.clips.clear();
            }
            near.sight = match &clear {
                None => NearSightDto::Unknown,
                Some(clear) if clear.contains(&near.id) => NearSightDto::Clear,
                Some(_) => NearSightDto::Blocked,
            };
        }
        if let (Some(camera), Target::Camera { id }) = (&mut card.camera, &card.target) {
            let entry = channels.find(id);
            if entry.is_some_and(|entry| !look.actions(entry).has(Action::Playback)) {
                camera.clips.clear();
            }
        }
    }

    /// Begins to read the obstacles of the open city, unless that was begun.
    pub(crate) fn begin_sight(&self) {
        let city = {
            let live = self.shared.keeper.live();
            let city = live.city.as_ref();
            city.map(|city| {
                let origin: Geodetic = city.catalogue().origin.into();
                let folder = city.folder().to_owned();
                (folder, live.cities_opened, LocalFrame::new(origin))
            })
        };
        let Some((folder, opened, frame)) = city else {
            return;
        };
        if let Some(reading) = self.video().begin_obstacles((&folder, opened), frame) {
            let keeper = Arc::clone(&self.shared.keeper);
            let runtime = keeper.runtime().clone();
            self.shared.keeper.runtime().spawn_blocking(move || {
                keeper.video.read_obstacles(&reading, &runtime);
            });
        }
    }

    /// Who sees a target, and the lines to it that are drawn.
    pub(super) async fn sights_of(
        &self,
        target: &SightTargetDto,
    ) -> Result<(SightsDto, Vec<SightLine>), AppError> {
        self.begin_sight();
        let begun = self.shared.settings.time.now();
        let place = target_place(&self.shared.keeper.live(), target);
        let place: SeenTarget = match place {
            Ok(place) => place,
            Err((code, what)) => {
                let why = refusal(code, &what, "nobody knows where that is");
                let told = SightsDto {
                    refused: Some(why),
                    ..SightsDto::default()
                };
                return Ok((told, Vec::new()));
            }
        };
        let seen = self.with_video(SEEING, move |video, looker| {
            video.who_sees(&looker.look(), &place)
        });
        let (mut sights, lines) = seen.await?;
        sights.took_ms = (self.shared.settings.time.now().0 - begun.0) as f64;
        let lines = lines
            .into_iter()
            .take(MOST_LINES)
            .map(|(from, to, end)| line(from, to, end))
            .collect();
        Ok((sights, lines))
    }

    async fn tell_preset(&self, id: &str, preset: Preset) -> Result<VideoActedDto, AppError> {
        let now = match self.video_present() {
            Ok(now) => now,
            Err(why) => return Ok(refused(why)),
        };
        self.check_placed(id)?;
        if let Some(why) = self.refused_blind(id) {
            return Ok(refused(why));
        }
        let act = VideoAct::Preset(preset);
        self.acted(vec![(subject_of_camera(id), act)], now).await
    }

    /// Why whoever sits here does not say how a camera stands: that is for those who may look through it.
    fn refused_blind(&self, id: &str) -> Option<VideoRefusalDto> {
        let looker = self.looker();
        let look = looker.look();
        let channels = self.video().channels();
        let entry = channels.find(id);
        let actions = entry.map(|entry| look.actions(entry)).unwrap_or_default();
        let may_look = actions.has(Action::Live) || actions.has(Action::Playback);
        let why = "only who may look through a camera says how it stands";
        (!may_look).then(|| refusal("denied", Action::Live.as_str(), why))
    }
}
