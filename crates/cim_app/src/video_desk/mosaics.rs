//! Several pictures side by side: kept, shared, or put together for what is to be seen.

use super::{Look, VideoDesk, convert::shown_name};
use crate::wire::{MosaicCellDto, MosaicDto, MosaicFollowsDto, SightsDto};
use cim_video::rights::{Action, Follow, Mosaic, Presence};

/// A mosaic has so many cells.
const SIZES: [u32; 4] = [1, 4, 9, 16];
/// The name of a mosaic is at most so long, characters.
const MOST_NAME: usize = 80;

/// The smallest mosaic that has room for `size` cells.
pub(crate) fn size_of(size: u32) -> u32 {
    let fits = SIZES.into_iter().find(|known| *known >= size);
    fits.unwrap_or(16)
}

impl VideoDesk {
    /// The mosaics of whoever looks and those that are shared, by name.
    pub(crate) fn mosaics(&self, look: &Look<'_>) -> Vec<MosaicDto> {
        let me = look.sitting.person.name.as_str();
        let kept: Vec<_> = {
            let told = self.told();
            let mosaics = told.mosaics();
            mosaics
                .filter(|(_, kept)| kept.mosaic.is_shared || kept.by == me)
                .map(|(id, kept)| (id.to_owned(), kept.clone()))
                .collect()
        };
        let mut told: Vec<MosaicDto> = kept
            .into_iter()
            .map(|(id, kept)| {
                let (follows, event) = follows_dto(&kept.mosaic.follow);
                let mut cells = self.cells(look, kept.mosaic.cameras.iter().map(String::as_str));
                for (cell, preset) in cells.iter_mut().zip(&kept.mosaic.presets) {
                    if !cell.camera.is_empty() {
                        cell.preset = *preset;
                    }
                }
                MosaicDto {
                    id,
                    name: kept.mosaic.name.clone(),
                    size: size_of(u32::from(kept.mosaic.size)),
                    cells,
                    follows,
                    event,
                    is_shared: kept.mosaic.is_shared,
                    is_mine: kept.by == me,
                    by: kept.by,
                    saved_at: kept.at.0,
                    ..MosaicDto::default()
                }
            })
            .collect();
        told.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
        told
    }

    /// Cells of these cameras, as whoever looks may see them.
    pub(crate) fn cells<'a>(
        &self,
        look: &Look<'_>,
        cameras: impl Iterator<Item = &'a str>,
    ) -> Vec<MosaicCellDto> {
        let channels = self.channels();
        let cell = |id: &str| {
            if id.is_empty() {
                return MosaicCellDto::default();
            }
            let entry = channels.find(id);
            match entry.map(|entry| (entry, look.presence(entry))) {
                None | Some((_, Presence::Hidden)) => MosaicCellDto {
                    is_denied: true,
                    ..MosaicCellDto::default()
                },
                Some((entry, _)) => {
                    let actions = look.actions(entry);
                    MosaicCellDto {
                        camera: id.to_owned(),
                        name: shown_name(entry),
                        preset: 0,
                        is_denied: !(actions.has(Action::Live) || actions.has(Action::Playback)),
                    }
                }
            }
        };
        cameras.take(16).map(cell).collect()
    }

    /// Puts back into `kept`, as it was sent by whoever looks, the cameras of its cells of which they are not told.
    pub(crate) fn keep_hidden(&self, look: &Look<'_>, kept: &mut Mosaic, sent: &MosaicDto) {
        let before: Vec<String> = {
            let told = self.told();
            let mut mosaics = told.mosaics();
            let found = mosaics.find(|(id, _)| *id == sent.id);
            found
                .map(|(_, kept)| kept.mosaic.cameras.clone())
                .unwrap_or_default()
        };
        let shown = self.cells(look, before.iter().map(String::as_str));
        let mut hidden = before
            .iter()
            .zip(&shown)
            .filter(|(id, cell)| !id.is_empty() && cell.camera.is_empty())
            .map(|(id, _)| id);
        for (camera, cell) in kept.cameras.iter_mut().zip(&sent.cells) {
            if camera.is_empty()
                && cell.is_denied
                && let Some(id) = hidden.next()
            {
                camera.clone_from(id);
            }
        }
    }

    /// A mosaic of the best cameras of an answer.
    pub(crate) fn mosaic_of(
        sights: &SightsDto,
        (size, is_allowed_only, is_past): (u32, bool, bool),
    ) -> MosaicDto {
        let size = size_of(size);
        let may = |can_look: bool, can_play_back: bool| {
            if is_past { can_play_back } else { can_look }
        };
        let mut rows: Vec<_> = sights
            .rows
            .iter()
            .filter(|row| row.is_clear)
            // A recording shows where the camera looked then.
            .filter(|row| !(is_past && row.preset.is_some()))
            .filter(|row| !is_allowed_only || may(row.can_look, row.can_play_back))
            .collect();
        // What delivers comes first; of these what sees it as it stands, then what a preset turns there, the best as they came.
        rows.sort_by_key(|row| (!row.is_healthy, row.preset == Some(0), row.preset.is_some()));
        MosaicDto {
            size,
            cells: rows
                .into_iter()
                .take(size as usize)
                .map(|row| MosaicCellDto {
                    camera: row.id.clone(),
                    name: row.name.clone(),
                    preset: row.preset.unwrap_or_default(),
                    is_denied: !may(row.can_look, row.can_play_back),
                })
                .collect(),
            refused: sights.refused.clone(),
            ..MosaicDto::default()
        }
    }
}

/// What is written down of a mosaic; `None` when it has no name or no cells.
pub(crate) fn mosaic_of_dto(dto: &MosaicDto) -> Option<Mosaic> {
    let name = dto.name.trim();
    let is_named = !name.is_empty() && name.chars().count() <= MOST_NAME;
    let has_room = SIZES.contains(&dto.size) && dto.cells.len() <= dto.size as usize;
    if !is_named || !has_room {
        return None;
    }
    Some(Mosaic {
        name: name.to_owned(),
        size: u8::try_from(dto.size).ok()?,
        cameras: dto.cells.iter().map(|cell| cell.camera.clone()).collect(),
        is_shared: dto.is_shared,
        follow: match (dto.follows, &dto.event) {
            (MosaicFollowsDto::Event, Some(event)) => Follow::Event(event.clone()),
            (MosaicFollowsDto::Clock, _) => Follow::Clock,
            _ => Follow::Live,
        },
        presets: dto.cells.iter().map(|cell| cell.preset).collect(),
    })
}

fn follows_dto(follow: &Follow) -> (MosaicFollowsDto, Option<String>) {
    match follow {
        Follow::Live => (MosaicFollowsDto::Nothing, None),
        Follow::Clock => (MosaicFollowsDto::Clock, None),
        Follow::Event(event) => (MosaicFollowsDto::Event, Some(event.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::SightDto;

    fn sight(id: &str, [is_clear, is_healthy, can_look]: [bool; 3]) -> SightDto {
        SightDto {
            id: id.to_owned(),
            name: id.to_owned(),
            is_clear,
            share: 1.0,
            distance_m: 10.0,
            pixels: 100.0,
            incidence_deg: 10.0,
            bearing_deg: 0.0,
            blocked_by: String::new(),
            blocked_by_name: String::new(),
            blocked_at: None,
            preset: None,
            score: 0.5,
            parts: Vec::new(),
            is_assumed: false,
            is_healthy,
            can_look,
            can_play_back: false,
            category: 1,
            grade: 1,
        }
    }

    #[test]
    fn a_mosaic_takes_the_best_healthy_cameras_that_see_it() {
        let sights = SightsDto {
            rows: vec![
                sight("ill", [true, false, true]),
                sight("best", [true, true, true]),
                sight("blocked", [false, true, true]),
                sight("denied", [true, true, false]),
                sight("next", [true, true, true]),
            ],
            ..SightsDto::default()
        };
        let ids = |mosaic: &MosaicDto| {
            let cells = mosaic.cells.iter();
            cells.map(|cell| cell.camera.clone()).collect::<Vec<_>>()
        };
        let allowed = VideoDesk::mosaic_of(&sights, (4, true, false));
        assert_eq!(ids(&allowed), ["best", "next", "ill"]);
        let all = VideoDesk::mosaic_of(&sights, (2, false, false));
        assert_eq!(all.size, 4);
        assert_eq!(ids(&all), ["best", "denied", "next", "ill"]);
        assert!(ids(&VideoDesk::mosaic_of(&sights, (4, true, true))).is_empty());
    }

    #[test]
    fn what_has_to_be_turned_comes_last_and_no_recording_turns() {
        let row = |id: &str, preset: Option<u32>| SightDto {
            preset,
            can_play_back: true,
            ..sight(id, [true, true, true])
        };
        let sights = SightsDto {
            rows: vec![
                row("dome", Some(0)),
                row("preset", Some(3)),
                row("fixed", None),
            ],
            ..SightsDto::default()
        };
        let cells = |is_past: bool| {
            let mosaic = VideoDesk::mosaic_of(&sights, (4, true, is_past));
            let cells = mosaic.cells.into_iter();
            cells
                .map(|cell| (cell.camera, cell.preset))
                .collect::<Vec<_>>()
        };
        let [fixed, preset, dome] = [("fixed", 0), ("preset", 3), ("dome", 0)]
            .map(|(camera, preset)| (camera.to_owned(), preset));
        assert_eq!(cells(false), [fixed.clone(), preset, dome]);
        assert_eq!(cells(true), [fixed]);
    }

    #[test]
    fn a_mosaic_that_is_kept_has_a_name_and_room_for_its_cells() {
        let good = MosaicDto {
            name: " 外滩 ".to_owned(),
            size: 4,
            cells: vec![MosaicCellDto::default(); 4],
            ..MosaicDto::default()
        };
        assert_eq!(
            mosaic_of_dto(&good).map(|mosaic| mosaic.name),
            Some("外滩".to_owned())
        );
        let nameless = MosaicDto {
            name: " ".to_owned(),
            ..good.clone()
        };
        assert!(mosaic_of_dto(&nameless).is_none());
        let small = MosaicDto { size: 1, ..good };
        assert!(mosaic_of_dto(&small).is_none());
        assert_eq!([0, 1, 3, 5, 40].map(size_of), [1, 1, 4, 9, 16]);
    }
}
