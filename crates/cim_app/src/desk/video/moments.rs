//! Moments, and several pictures side by side.

use super::{Desk, refused};
use crate::{
    error::AppError,
    video_desk::{VideoDesk, mosaic_of_dto, refusal, size_of},
    wire::{
        ClockDto, LanesDto, LanesQueryDto, MomentImportDto, MosaicDto, MosaicFollowsDto,
        MosaicForDto, SightTargetDto, VideoActedDto, VideoMomentPageDto, VideoMomentQueryDto,
    },
};
use cim_model::UtcMillis;
use cim_video::rights::{VideoAct, subject_of_mosaic};
use std::path::PathBuf;

const IMPORTING: &str = "the import of moments";

impl Desk {
    /// A window into the clips and detections that answer, newest first.
    pub fn video_moments(&self, query: &VideoMomentQueryDto) -> VideoMomentPageDto {
        let looker = self.looker();
        self.video().find_moments(&looker.look(), query)
    }

    /// How many moments lie in each stretch of the timeline, by kind.
    pub fn moment_lanes(&self, query: &LanesQueryDto) -> LanesDto {
        let looker = self.looker();
        self.video().lanes(&looker.look(), query)
    }

    /// Takes a file of JSON lines in.
    pub async fn import_moments(&self, path: &str) -> Result<MomentImportDto, AppError> {
        if let Err(why) = self.may_change_catalogue() {
            return Ok(MomentImportDto {
                refused: Some(why),
                ..MomentImportDto::default()
            });
        }
        let path = PathBuf::from(path);
        self.with_video(IMPORTING, move |video, looker| {
            let told = video.import_moments(&path, looker.sitting.now);
            video.mask_late(UtcMillis(i64::MIN));
            told
        })
        .await
    }

    /// Goes to a moment: the clock shows it, and the mosaic has its camera and those around that see it.
    pub async fn go_to_moment(&self, id: &str, size: u32) -> Result<MosaicDto, AppError> {
        let (moment, sees_place) = {
            let looker = self.looker();
            let look = looker.look();
            let found = self.video().moment(&look, id);
            let found = found.ok_or_else(|| AppError::NotFound {
                what: "moment",
                id: id.chars().take(80).collect(),
            })?;
            let channels = self.video().channels();
            let entry = channels.find(&found.camera);
            let sees_place = entry.is_some_and(|entry| look.sees_place(entry));
            (found, sees_place)
        };
        let at = moment.from;
        self.set_clock(ClockDto::At { time: at.0 })?;
        let place = moment.place.or_else(|| {
            let channels = self.video().channels();
            channels
                .find(&moment.camera)
                .and_then(|entry| entry.place())
        });
        let around = match place.filter(|_| sees_place) {
            None => MosaicDto::default(),
            Some([lon, lat]) => {
                let target = SightTargetDto::Point {
                    lon,
                    lat,
                    height_m: None,
                    is_absolute: false,
                };
                let (sights, _) = self.sights_of(&target).await?;
                VideoDesk::mosaic_of(&sights, (size, true, true))
            }
        };
        let looker = self.looker();
        let own = self
            .video()
            .cells(&looker.look(), std::iter::once(moment.camera.as_str()));
        let others = around
            .cells
            .into_iter()
            .filter(|cell| cell.camera != moment.camera);
        Ok(MosaicDto {
            size: size_of(size),
            cells: own
                .into_iter()
                .chain(others)
                .take(size_of(size) as usize)
                .collect(),
            follows: MosaicFollowsDto::Clock,
            at: Some(at.0),
            refused: None,
            ..MosaicDto::default()
        })
    }

    /// The mosaics of whoever sits here and those that are shared.
    pub fn mosaics(&self) -> Vec<MosaicDto> {
        let looker = self.looker();
        self.video().mosaics(&looker.look())
    }

    /// Keeps a mosaic; an empty identity makes another one.
    pub async fn save_mosaic(&self, mosaic: &MosaicDto) -> Result<VideoActedDto, AppError> {
        let now = match self.video_present() {
            Ok(now) => now,
            Err(why) => return Ok(refused(why)),
        };
        let Some(mut kept) = mosaic_of_dto(mosaic) else {
            let why = "a name of 1 to 80 characters, and 1, 4, 9 or 16 cells";
            return Ok(refused(refusal("bad_mapping", "mosaic", why)));
        };
        let id = if mosaic.id.is_empty() {
            self.mosaic_id(now)
        } else {
            if let Some(why) = self.refused_mosaic(&mosaic.id) {
                return Ok(refused(why));
            }
            let looker = self.looker();
            self.video().keep_hidden(&looker.look(), &mut kept, mosaic);
            mosaic.id.clone()
        };
        self.acted(
            vec![(subject_of_mosaic(&id), VideoAct::MosaicSaved(kept))],
            now,
        )
        .await
    }

    /// A mosaic is not kept any more. Only whoever kept it does that.
    pub async fn delete_mosaic(&self, id: &str) -> Result<VideoActedDto, AppError> {
        let now = match self.video_present() {
            Ok(now) => now,
            Err(why) => return Ok(refused(why)),
        };
        if let Some(why) = self.refused_mosaic(id) {
            return Ok(refused(why));
        }
        self.acted(vec![(subject_of_mosaic(id), VideoAct::MosaicDeleted)], now)
            .await
    }

    /// The nearest healthy cameras that see something, as a mosaic that is not kept.
    pub async fn mosaic_for(&self, ask: &MosaicForDto) -> Result<MosaicDto, AppError> {
        let now = self.shared.settings.time.now();
        let past = {
            let live = self.shared.keeper.live();
            (!live.clock.is_live()).then(|| live.clock.moment(now))
        };
        let (sights, _) = self.sights_of(&ask.target).await?;
        let made = VideoDesk::mosaic_of(&sights, (ask.size, ask.is_allowed_only, past.is_some()));
        let event = match &ask.target {
            SightTargetDto::Event { id } => Some(id.clone()),
            _ => None,
        };
        Ok(MosaicDto {
            follows: if event.is_some() {
                MosaicFollowsDto::Event
            } else {
                MosaicFollowsDto::Clock
            },
            event,
            at: past.map(|at| at.0),
            ..made
        })
    }

    /// Why a mosaic is not whoever sits here's to change; `None` when it is.
    fn refused_mosaic(&self, id: &str) -> Option<crate::wire::VideoRefusalDto> {
        let me = self.operator();
        let told = self.video().told();
        let mut mosaics = told.mosaics();
        match mosaics.find(|(known, _)| *known == id) {
            None => Some(refusal("nothing", id, "there is no such mosaic")),
            Some((_, kept)) if kept.by != me => {
                Some(refusal("denied", id, "somebody else keeps it"))
            }
            Some(_) => None,
        }
    }

    fn mosaic_id(&self, now: UtcMillis) -> String {
        let live = self.shared.keeper.live();
        format!(
            "{}-{}-{}",
            live.exchanged.desk,
            now.0,
            self.video().next_number()
        )
    }
}
