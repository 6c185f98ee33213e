//! Maps of coverage and blind spots, coverage of patrol routes, and further cameras that would help.

use super::{
    Look, VideoDesk,
    convert::{refusal, shown_name},
    sights::{places, volume_dto},
};
use crate::wire::{
    CoverageAreaDto, CoverageDto, RouteCoverageDto, RouteGapDto, SuggestAskDto, SuggestionDto,
    SuggestionsDto, VideoRefusalDto,
};
use cim_geo::Geodetic;
use cim_layers::{field::Grid, sight::CoverageSheet};
use cim_video::coverage::{
    CELL_INDOORS, CELL_OUTSIDE, CameraKind, Candidate, CoverageMap, MAX_CANDIDATES, MapRequest,
    Question, Stand, SuggestRequest, candidates, coverage_map, route_coverage, suggest,
};
use std::{ops::ControlFlow, sync::Arc};

/// Two cores work on a map.
const WORKERS: usize = 2;
/// So many blind spots are told.
const MOST_SPOTS: usize = 20;
/// A blind spot is at least so large, m².
const LEAST_SPOT_M2: f64 = 4.0;
/// Counts that are told apart.
const COUNTS: usize = 6;
/// From so many cameras on a cell looks the same.
const MOST: u8 = 5;
/// How strongly the sheet is drawn.
const OPACITY: f32 = 0.6;
/// So many gaps of a route are told.
const MOST_GAPS: usize = 500;
/// A route is looked at every so many metres.
const STEP_M: f64 = 2.0;

/// A map, and its sheet for the twin.
pub(crate) struct Mapped {
    pub(crate) told: CoverageDto,
    pub(crate) sheet: Option<Arc<CoverageSheet>>,
}

/// The corners of an area; the error is the refusal.
fn area_of(area: &CoverageAreaDto) -> Result<Vec<Geodetic>, VideoRefusalDto> {
    let bad = |what: &str, why: &str| refusal("bad_area", what, why);
    let corners = places(&area.ring, 3)
        .ok_or_else(|| bad("ring", "3 to 512 corners on the earth are needed"))?;
    if !(0.5..=50.0).contains(&area.cell_m) {
        return Err(bad("cell_m", "cells are of 0.5 to 50 m"));
    }
    if !(0.0..=100.0).contains(&area.height_m) {
        return Err(bad("height_m", "0 to 100 m above the ground"));
    }
    Ok(corners)
}

impl VideoDesk {
    /// How an area is covered. Takes seconds.
    pub(crate) fn map(&self, look: &Look<'_>, area: &CoverageAreaDto) -> Mapped {
        let refused = |why: VideoRefusalDto| Mapped {
            told: CoverageDto {
                area: area.clone(),
                refused: Some(why),
                ..CoverageDto::default()
            },
            sheet: None,
        };
        match self.map_of(look, area) {
            Err(why) => refused(why),
            Ok((map, is_with_obstacles)) => {
                let told = coverage_dto(area, &map, is_with_obstacles);
                let sheet = Some(Arc::new(sheet_of(map)));
                Mapped { told, sheet }
            }
        }
    }

    /// How much of a route is seen.
    pub(crate) fn route(
        &self,
        look: &Look<'_>,
        path: &[[f64; 2]],
        min_pixels: f64,
    ) -> RouteCoverageDto {
        let refused = |what: &str, why: &str| RouteCoverageDto {
            refused: Some(refusal("bad_path", what, why)),
            ..RouteCoverageDto::default()
        };
        let Some(path) = places(path, 2) else {
            return refused("", "2 to 512 corners on the earth are needed");
        };
        let Some(first) = path.first() else {
            return refused("", "2 to 512 corners on the earth are needed");
        };
        let scene = self.in_sight_of(look, *first, (min_pixels, false));
        let question = Question::default();
        let found = route_coverage(&scene.obstacles, &scene.viewers, &path, STEP_M, &question);
        let found = match found {
            Ok(found) => found,
            Err(error) => return refused("", &error.to_string()),
        };
        let channels = self.channels();
        let cameras = found.cameras.iter().filter_map(|seen| {
            let entry = channels.entry(seen.row)?;
            let (first, last) = (seen.stretches.first()?, seen.stretches.last()?);
            let span = (first.from_m, last.to_m);
            look.sees_place(entry)
                .then(|| (entry.id(), shown_name(entry), span.0, span.1))
        });
        RouteCoverageDto {
            is_with_obstacles: scene.is_with_obstacles,
            length_m: found.length_m,
            seen_share: found.share(),
            gaps: found
                .gaps
                .iter()
                .take(MOST_GAPS)
                .map(|gap| RouteGapDto {
                    from_m: gap.from_m,
                    to_m: gap.to_m,
                })
                .collect(),
            cameras: cameras.collect(),
            refused: None,
        }
    }

    /// Further cameras that would help most. Takes seconds.
    pub(crate) fn suggest(&self, look: &Look<'_>, ask: &SuggestAskDto) -> SuggestionsDto {
        let refused = |why: VideoRefusalDto| SuggestionsDto {
            refused: Some(why),
            ..SuggestionsDto::default()
        };
        let corners = match area_of(&ask.area) {
            Ok(corners) => corners,
            Err(why) => return refused(why),
        };
        let (map, is_with_obstacles) = match self.map_of(look, &ask.area) {
            Ok(made) => made,
            Err(why) => return refused(why),
        };
        let Some(first) = corners.first() else {
            return SuggestionsDto::default();
        };
        let scene = self.in_sight(look, *first);
        let tried: Vec<Candidate> = if ask.places.is_empty() {
            candidates(&scene.obstacles, &corners, MAX_CANDIDATES)
        } else {
            let places = ask.places.iter().take(MAX_CANDIDATES);
            places
                .map(|[lon, lat]| Candidate {
                    at: Geodetic::new(*lon, *lat, 0.0),
                    height_m: 6.0,
                    kind: Stand::Given,
                    name: String::new(),
                })
                .collect()
        };
        let request = SuggestRequest {
            how_many: ask.count.clamp(1, 20) as usize,
            kind: CameraKind::Fixed,
            least_gain_m2: LEAST_SPOT_M2,
        };
        let found = suggest(&scene.obstacles, &map, &tried, &request);
        SuggestionsDto {
            is_with_obstacles,
            rows: found
                .iter()
                .map(|one| SuggestionDto {
                    volume: volume_dto(&(one.volume, false)),
                    stands_on: match one.candidate.kind {
                        Stand::Pole => "pole",
                        Stand::Corner => "corner",
                        Stand::Roof => "roof",
                        Stand::Given => "given",
                    }
                    .to_owned(),
                    gain_m2: one.gain_m2,
                    seen_share: one.share_after,
                })
                .collect(),
            seen_share: map.summary.share_seen(),
            refused: None,
        }
    }

    fn map_of(
        &self,
        look: &Look<'_>,
        area: &CoverageAreaDto,
    ) -> Result<(CoverageMap, bool), VideoRefusalDto> {
        let corners = area_of(area)?;
        let Some(first) = corners.first().copied() else {
            return Err(refusal("bad_area", "ring", "it has no corners"));
        };
        let scene = self.in_sight_of(look, first, (area.min_pixels, area.is_online_only));
        let request = MapRequest {
            area: corners,
            cell_m: area.cell_m,
            height_m: area.height_m,
            with_turning: true,
            workers: WORKERS,
        };
        let go_on = |_: usize, _: usize| ControlFlow::Continue(());
        let made = coverage_map(&scene.obstacles, &scene.viewers, &request, &go_on);
        let made = made.map_err(|error| refusal("bad_area", "", &error.to_string()))?;
        Ok((made, scene.is_with_obstacles))
    }
}

fn coverage_dto(area: &CoverageAreaDto, map: &CoverageMap, is_with_obstacles: bool) -> CoverageDto {
    let cell_m2 = map.grid.cell_m * map.grid.cell_m;
    let mut by_count_m2 = vec![0.0; COUNTS];
    for count in &map.counts {
        if matches!(*count, CELL_OUTSIDE | CELL_INDOORS) {
            continue;
        }
        if let Some(sum) = by_count_m2.get_mut(usize::from(*count).min(COUNTS - 1)) {
            *sum += cell_m2;
        }
    }
    let area_m2: f64 = by_count_m2.iter().sum();
    let blind_m2 = by_count_m2.first().copied().unwrap_or_default();
    let spots = map.blind_spots(LEAST_SPOT_M2, MOST_SPOTS);
    CoverageDto {
        area: area.clone(),
        is_with_obstacles,
        area_m2,
        blind_m2,
        seen_share: if area_m2 > 0.0 {
            1.0 - blind_m2 / area_m2
        } else {
            0.0
        },
        by_count_m2,
        cameras: super::lists::count(map.summary.cameras),
        size: [
            super::lists::count(map.grid.columns),
            super::lists::count(map.grid.rows),
        ],
        blind_spots: spots
            .iter()
            .map(|spot| [spot.centre.lon_deg, spot.centre.lat_deg, spot.area_m2])
            .collect(),
        took_ms: 0.0,
        refused: None,
    }
}

fn sheet_of(map: CoverageMap) -> CoverageSheet {
    let grid = &map.grid;
    CoverageSheet {
        origin: grid.frame_origin,
        grid: Grid {
            columns: super::lists::count(grid.columns),
            rows: super::lists::count(grid.rows),
            min: [grid.west_m as f32, grid.south_m as f32],
            step_m: grid.cell_m as f32,
        },
        counts: map.counts,
        most: MOST,
        opacity: OPACITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_that_makes_no_sense_is_refused_by_its_field() {
        let ring = vec![[121.0, 31.0], [121.01, 31.0], [121.01, 31.01]];
        let good = CoverageAreaDto {
            ring,
            cell_m: 2.0,
            height_m: 1.5,
            ..CoverageAreaDto::default()
        };
        assert!(area_of(&good).is_ok());
        let check = |area: CoverageAreaDto, what: &str| {
            let why = area_of(&area).expect_err("no area");
            assert_eq!((why.code.as_str(), why.what.as_str()), ("bad_area", what));
        };
        check(
            CoverageAreaDto {
                ring: Vec::new(),
                ..good.clone()
            },
            "ring",
        );
        check(
            CoverageAreaDto {
                cell_m: f64::NAN,
                ..good.clone()
            },
            "cell_m",
        );
        check(
            CoverageAreaDto {
                height_m: -1.0,
                ..good
            },
            "height_m",
        );
    }
}
