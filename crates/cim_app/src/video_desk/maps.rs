//! Maps of coverage and blind spots, coverage of patrol routes, and further cameras that would help.

use super::{
    Look, VideoDesk,
    convert::{refusal, shown_name},
    sights::{covers_all, places, volume_dto},
};
use crate::wire::{
    CoverageAreaDto, CoverageDto, RouteCoverageDto, RouteGapDto, SuggestAskDto, SuggestionDto,
    SuggestionsDto, VideoRefusalDto,
};
use cim_geo::{Geodetic, LocalFrame};
use cim_layers::{field::Grid, sight::CoverageSheet};
use cim_video::coverage::{
    CELL_INDOORS, CELL_OUTSIDE, CameraKind, Candidate, CoverageError, CoverageMap, MAX_CANDIDATES,
    MapRequest, Question, Stand, SuggestRequest, candidates, coverage_map, route_coverage, suggest,
};
use std::{
    ops::ControlFlow,
    sync::{Arc, atomic::Ordering},
};

/// The code of what somebody stopped, or another question did.
pub(crate) const STOPPED: &str = "stopped";
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
/// So many stretches that cameras see of a route are told.
const MOST_STRETCHES: usize = 2_000;
/// A map has so many cells along a side: a little fewer than a sheet of the twin may have.
const MOST_CELLS_ACROSS: f64 = 4_000.0;
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
    if longer_side_m(&corners) > MOST_CELLS_ACROSS * area.cell_m {
        let why = "4000 cells along a side at most; ask for larger cells or a smaller area";
        return Err(refusal("area_too_large", "ring", why));
    }
    Ok(corners)
}

/// The longer side of the rectangle around these places, metres.
fn longer_side_m(corners: &[Geodetic]) -> f64 {
    let Some(first) = corners.first() else {
        return 0.0;
    };
    let frame = LocalFrame::new(*first);
    let (mut low, mut high) = ([0.0_f64; 2], [0.0_f64; 2]);
    for corner in corners {
        let at = frame.enu_from_geodetic(*corner);
        low = [low[0].min(at.east_m), low[1].min(at.north_m)];
        high = [high[0].max(at.east_m), high[1].max(at.north_m)];
    }
    (high[0] - low[0]).max(high[1] - low[1])
}

/// Why there is no map.
fn refused_map(error: &CoverageError) -> VideoRefusalDto {
    let (code, what) = match error {
        CoverageError::TooMany { asked, .. } => ("area_too_large", asked.to_string()),
        CoverageError::Cancelled => (STOPPED, String::new()),
        _ => ("bad_area", String::new()),
    };
    refusal(code, &what, &error.to_string())
}

impl VideoDesk {
    /// Whoever waits for a map or for suggestions waits no more: the work ends soon.
    pub(crate) fn give_up_map(&self) {
        self.mapping.fetch_add(1, Ordering::Relaxed);
    }

    /// A map begins, and the one before it is given up: its number.
    fn begin_map(&self) -> u64 {
        self.mapping.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Breaks when the map with this number was given up.
    fn go_on(&self, number: u64) -> ControlFlow<()> {
        if self.mapping.load(Ordering::Relaxed) == number {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }

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
        match self.map_of(look, area, self.begin_map()) {
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
        (min_pixels, is_online_only): (f64, bool),
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
        let scene = self.in_sight_of(look, *first, (min_pixels, is_online_only));
        let question = Question::default();
        let found = route_coverage(&scene.obstacles, &scene.viewers, &path, STEP_M, &question);
        let found = match found {
            Ok(found) => found,
            Err(error @ CoverageError::TooMany { .. }) => {
                return RouteCoverageDto {
                    refused: Some(refusal("path_too_long", "", &error.to_string())),
                    ..RouteCoverageDto::default()
                };
            }
            Err(error) => return refused("", &error.to_string()),
        };
        let channels = self.channels();
        let mut cameras: Vec<(String, String, f64, f64)> = Vec::new();
        for seen in &found.cameras {
            let entry = channels.entry(seen.row);
            let Some(entry) = entry.filter(|entry| look.sees_place(*entry)) else {
                continue;
            };
            let stretches = seen.stretches.iter();
            cameras
                .extend(stretches.map(|one| (entry.id(), shown_name(entry), one.from_m, one.to_m)));
        }
        cameras.sort_by(|a, b| a.2.total_cmp(&b.2));
        cameras.truncate(MOST_STRETCHES);
        RouteCoverageDto {
            is_with_obstacles: scene.is_with_obstacles && covers_all(&scene.obstacles, &path),
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
            cameras,
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
        let number = self.begin_map();
        let (map, is_with_obstacles) = match self.map_of(look, &ask.area, number) {
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
            least_pixels_per_m: ask.area.min_pixels,
        };
        let go_on = || self.go_on(number);
        let found = suggest(&scene.obstacles, &map, &tried, &request, &go_on);
        if go_on().is_break() {
            return refused(refused_map(&CoverageError::Cancelled));
        }
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
        number: u64,
    ) -> Result<(CoverageMap, bool), VideoRefusalDto> {
        let corners = area_of(area)?;
        let Some(first) = corners.first().copied() else {
            return Err(refusal("bad_area", "ring", "it has no corners"));
        };
        let scene = self.in_sight_of(look, first, (area.min_pixels, area.is_online_only));
        let is_with_obstacles = scene.is_with_obstacles && covers_all(&scene.obstacles, &corners);
        let request = MapRequest {
            area: corners,
            cell_m: area.cell_m,
            height_m: area.height_m,
            with_turning: true,
            workers: WORKERS,
        };
        let go_on = |_: usize, _: usize| self.go_on(number);
        let made = coverage_map(&scene.obstacles, &scene.viewers, &request, &go_on);
        let made = made.map_err(|error| refused_map(&error))?;
        Ok((made, is_with_obstacles))
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
                ..good.clone()
            },
            "height_m",
        );
        // A strip of 9.5 km: few cells at 50 m, more than the twin draws at 2 m.
        let strip = |cell_m: f64| CoverageAreaDto {
            ring: vec![[121.0, 31.0], [121.1, 31.0], [121.1, 31.0001]],
            cell_m,
            ..good.clone()
        };
        assert!(area_of(&strip(50.0)).is_ok());
        let why = area_of(&strip(2.0)).expect_err("too long");
        assert_eq!(why.code, "area_too_large");
    }

    #[test]
    fn why_there_is_no_map_has_a_code_of_its_own() {
        let code = |error: CoverageError| refused_map(&error).code;
        assert_eq!(code(CoverageError::Cancelled), "stopped");
        assert_eq!(
            code(CoverageError::TooMany { asked: 9, most: 8 }),
            "area_too_large"
        );
        assert_eq!(code(CoverageError::NoArea { corners: 2 }), "bad_area");
    }
}
