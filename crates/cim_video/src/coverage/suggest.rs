//! Where more cameras would help most: one after the other, each where it shows most of what nobody sees yet.

use super::candidates::Candidate;
use super::lens::{CameraFacts, CameraKind, ViewVolume};
use super::map::CoverageMap;
use super::obstacles::Obstacles;
use super::sectors::Sectors;
use super::view::View;
use glam::Vec3;
use std::ops::ControlFlow;

/// Places that are compared at most.
pub const MAX_CANDIDATES: usize = 1_000;

/// Directions that a camera is tried in.
const DIRECTIONS: u32 = 12;

/// Blind cells are looked at no finer than this, metres.
const LEAST_STEP_M: f64 = 2.0;

/// What is to be suggested.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SuggestRequest {
    /// How many cameras at most.
    pub how_many: usize,
    /// What they are; its usual angles and range count.
    pub kind: CameraKind,
    /// A camera that adds less than this is not worth it, square metres.
    pub least_gain_m2: f64,
    /// From so many pixels on a metre something counts as seen; 0 for whatever is within range.
    pub least_pixels_per_m: f64,
}

impl Default for SuggestRequest {
    fn default() -> Self {
        Self {
            how_many: 10,
            kind: CameraKind::Fixed,
            least_gain_m2: 20.0,
            least_pixels_per_m: 0.0,
        }
    }
}

/// A camera more.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// Where it stands.
    pub candidate: Candidate,
    /// What it sees.
    pub volume: ViewVolume,
    /// What it shows that neither the cameras that are there nor those before it in the list show, square metres.
    pub gain_m2: f64,
    /// The share of the area that is seen once it stands, 0 to 1.
    pub share_after: f64,
}

/// A place with the blind cells that can be seen from it, whichever way one looks.
struct Place<'a> {
    candidate: &'a Candidate,
    /// Numbers of blind cells.
    cells: Vec<u32>,
    /// A volume and its view for each direction.
    views: Vec<(ViewVolume, View)>,
    /// What the best direction gained when it was last looked at: never more later.
    best: (usize, usize),
}

/// What is blind and to be seen.
struct Blind {
    places: Vec<Vec3>,
    is_seen: Vec<bool>,
    cell_m2: f64,
}

/// Greedy choice (at least 63 % of what the best choice of as many would show: Nemhauser, Wolsey and Fisher 1978): the
/// suggestions in the order in which to build them. Of the places, the first [`MAX_CANDIDATES`] are compared.
///
/// A place costs what a camera of a map costs, and twelve looks at the cells that are seen from it. `go_on` is asked before
/// each place and each suggestion; when it breaks, what was found so far is told.
pub fn suggest(
    obstacles: &Obstacles,
    map: &CoverageMap,
    places: &[Candidate],
    request: &SuggestRequest,
    go_on: &dyn Fn() -> ControlFlow<()>,
) -> Vec<Suggestion> {
    let mut blind = blind_of(map);
    let mut sectors = Sectors::default();
    let mut open: Vec<Place<'_>> = places
        .iter()
        .take(MAX_CANDIDATES)
        .take_while(|_| go_on().is_continue())
        .filter_map(|candidate| {
            let mut place = place_of(obstacles, candidate, request, &blind, &mut sectors)?;
            place.best = best_direction(&place, &blind);
            Some(place)
        })
        .collect();
    let outdoors_m2 = map.summary.outdoors_m2().max(f64::MIN_POSITIVE);
    let mut seen_m2 = map.summary.seen_m2;
    let mut suggestions = Vec::new();
    while suggestions.len() < request.how_many && go_on().is_continue() {
        let Some(at) = best_place(&mut open, &blind) else {
            break;
        };
        let place = open.swap_remove(at);
        let (gain, direction) = place.best;
        let gain_m2 = gain as f64 * blind.cell_m2;
        let Some((volume, view)) = place
            .views
            .get(direction)
            .filter(|_| gain > 0 && gain_m2 >= request.least_gain_m2)
        else {
            break;
        };
        for cell in &place.cells {
            if view.pixels_per_m(blind.places[*cell as usize]).is_some() {
                blind.is_seen[*cell as usize] = true;
            }
        }
        seen_m2 += gain_m2;
        suggestions.push(Suggestion {
            candidate: place.candidate.clone(),
            volume: *volume,
            gain_m2,
            share_after: (seen_m2 / outdoors_m2).min(1.0),
        });
    }
    suggestions
}

/// Every cell that nobody sees, or one of several where cells are small.
fn blind_of(map: &CoverageMap) -> Blind {
    let grid = &map.grid;
    let stride = (LEAST_STEP_M / grid.cell_m).ceil().max(1.0) as usize;
    let mut places = Vec::new();
    for row in (stride / 2..grid.rows).step_by(stride) {
        for column in (stride / 2..grid.columns).step_by(stride) {
            let cell = row * grid.columns + column;
            if map.counts.get(cell) == Some(&0) {
                let [east, north] = grid.centre_of(cell);
                let up = map.places_up.get(cell).copied().unwrap_or_default();
                places.push(Vec3::new(east, north, up));
            }
        }
    }
    let side_m = stride as f64 * grid.cell_m;
    Blind {
        is_seen: vec![false; places.len()],
        places,
        cell_m2: side_m * side_m,
    }
}

/// `None` for a place that is none, or from which nothing blind is seen.
fn place_of<'a>(
    obstacles: &Obstacles,
    candidate: &'a Candidate,
    request: &SuggestRequest,
    blind: &Blind,
    sectors: &mut Sectors,
) -> Option<Place<'a>> {
    let facts = CameraFacts {
        at: candidate.at,
        height_m: Some(candidate.height_m),
        kind: request.kind,
        ..CameraFacts::default()
    };
    let around = ViewVolume::of(&facts)?;
    let reach_m = around.reach_m(request.least_pixels_per_m);
    let lens = around.lens_in(obstacles);
    let directions = if around.assumed.azimuth {
        DIRECTIONS
    } else {
        1
    };
    let views: Vec<(ViewVolume, View)> = (0..directions)
        .filter_map(|direction| {
            let azimuth_deg = f64::from(direction) * 360.0 / f64::from(directions);
            let volume = ViewVolume::of(&CameraFacts {
                azimuth_deg: Some(azimuth_deg),
                ..facts
            })?;
            let counted = ViewVolume {
                range_m: reach_m,
                ..volume
            };
            Some((volume, View::new(&counted, lens)))
        })
        .collect();
    let range = reach_m as f32;
    let near: Vec<u32> = blind
        .places
        .iter()
        .zip(0_u32..)
        .filter(|(place, _)| place.distance_squared(lens) <= range * range)
        .map(|(_, cell)| cell)
        .collect();
    let place_at = |cell: &u32| blind.places.get(*cell as usize).copied();
    let low = near.iter().filter_map(place_at).reduce(Vec3::min)?;
    let high = near.iter().filter_map(place_at).reduce(Vec3::max)?;
    sectors.fill(obstacles.bvh(), lens, low, high);
    let cells: Vec<u32> = near
        .into_iter()
        .filter(|cell| {
            place_at(cell).is_some_and(|place| !sectors.is_blocked(obstacles.bvh(), place))
        })
        .collect();
    (!cells.is_empty()).then_some(Place {
        candidate,
        cells,
        views,
        best: (0, 0),
    })
}

/// What the best direction shows that is not seen yet, in cells, and which one it is.
fn best_direction(place: &Place<'_>, blind: &Blind) -> (usize, usize) {
    let mut gains = vec![0_usize; place.views.len()];
    for cell in &place.cells {
        if blind.is_seen[*cell as usize] {
            continue;
        }
        let at = blind.places[*cell as usize];
        for (gain, (_, view)) in gains.iter_mut().zip(&place.views) {
            *gain += usize::from(view.pixels_per_m(at).is_some());
        }
    }
    let best = gains
        .iter()
        .enumerate()
        .rev()
        .max_by_key(|(_, gain)| **gain);
    best.map_or((0, 0), |(direction, gain)| (*gain, direction))
}

/// The place that shows most; gains shrink only, so that few are looked at again (Minoux 1978).
fn best_place(open: &mut [Place<'_>], blind: &Blind) -> Option<usize> {
    let mut is_fresh = vec![false; open.len()];
    loop {
        let at = (0..open.len()).rev().max_by_key(|at| open[*at].best.0)?;
        if is_fresh[at] {
            return Some(at);
        }
        open[at].best = best_direction(&open[at], blind);
        is_fresh[at] = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::map::{MapRequest, coverage_map};
    use crate::coverage::town::{add_block, feature, place_at};
    use crate::coverage::viewers::{Viewer, Viewers};
    use cim_geo::{Geodetic, LocalFrame};
    use cim_tiles::FeatureClass;

    /// A wall 200 m long from west to east through the origin.
    fn wall() -> Obstacles {
        let mut triangles = Vec::new();
        add_block(&mut triangles, [-100.0, -1.0], [100.0, 1.0], 0.0, 30.0, 0);
        let features = vec![feature("w", FeatureClass::Building)];
        Obstacles::from_triangles(
            LocalFrame::new(place_at(0.0, 0.0, 0.0)),
            None,
            features,
            triangles,
        )
    }

    fn area() -> Vec<Geodetic> {
        [(-60.0, -60.0), (60.0, -60.0), (60.0, 60.0), (-60.0, 60.0)]
            .map(|(east, north)| place_at(east, north, 0.0))
            .to_vec()
    }

    fn candidate(name: &str, east_m: f64, north_m: f64) -> Candidate {
        Candidate {
            at: place_at(east_m, north_m, 0.0),
            height_m: 6.0,
            name: name.to_owned(),
            ..Candidate::default()
        }
    }

    fn map_of(obstacles: &Obstacles, viewers: &Viewers) -> CoverageMap {
        let request = MapRequest {
            area: area(),
            cell_m: 2.0,
            height_m: 1.0,
            with_turning: false,
            workers: 1,
        };
        coverage_map(obstacles, viewers, &request, &|_, _| {
            ControlFlow::Continue(())
        })
        .expect("an area")
    }

    fn go_on() -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    #[test]
    fn what_is_too_small_in_the_picture_is_no_gain() {
        let obstacles = wall();
        let map = map_of(&obstacles, &Viewers::default());
        let places = [candidate("a", -30.0, 50.0)];
        let gain_m2 = |least_pixels_per_m: f64| {
            let request = SuggestRequest {
                how_many: 1,
                least_gain_m2: 1.0,
                least_pixels_per_m,
                ..SuggestRequest::default()
            };
            let found = suggest(&obstacles, &map, &places, &request, &go_on);
            found.first().map_or(0.0, |one| one.gain_m2)
        };
        assert!(gain_m2(60.0) > 0.0);
        assert!(gain_m2(60.0) < gain_m2(0.0));
    }

    #[test]
    fn a_person_can_stop_it() {
        let obstacles = wall();
        let map = map_of(&obstacles, &Viewers::default());
        let places = [candidate("a", 0.0, 50.0)];
        let request = SuggestRequest::default();
        let stop = || ControlFlow::Break(());
        assert!(!suggest(&obstacles, &map, &places, &request, &go_on).is_empty());
        assert!(suggest(&obstacles, &map, &places, &request, &stop).is_empty());
    }

    #[test]
    fn the_second_camera_stands_on_the_other_side_of_the_wall() {
        let obstacles = wall();
        let map = map_of(&obstacles, &Viewers::default());
        let places = [
            candidate("north", 0.0, 50.0),
            candidate("north, too", 2.0, 50.0),
            candidate("south", 0.0, -50.0),
            candidate("beyond", 900.0, 0.0),
        ];
        let request = SuggestRequest {
            how_many: 2,
            kind: CameraKind::Panorama,
            ..SuggestRequest::default()
        };
        let found = suggest(&obstacles, &map, &places, &request, &go_on);
        let names: Vec<&str> = found
            .iter()
            .map(|one| one.candidate.name.as_str())
            .collect();
        assert_eq!(names.len(), 2);
        assert!(names.contains(&"south") && names.iter().any(|name| name.starts_with("north")));
        assert!(found[0].gain_m2 >= found[1].gain_m2 && found[1].gain_m2 > 500.0);
        assert!(found[1].share_after > found[0].share_after);
    }

    /// What the suggestions promise is what a map with them shows.
    #[test]
    fn the_gain_is_what_a_map_with_the_camera_shows_more() {
        let obstacles = wall();
        let before = map_of(&obstacles, &Viewers::default());
        let places = [candidate("a", -30.0, 50.0), candidate("b", 30.0, -40.0)];
        let request = SuggestRequest {
            how_many: 1,
            ..SuggestRequest::default()
        };
        let found = suggest(&obstacles, &before, &places, &request, &go_on);
        let built = Viewer {
            row: 1,
            volume: found[0].volume,
            grade: 1.0,
            health: 1.0,
        };
        let after = map_of(&obstacles, &Viewers::new(&obstacles, vec![built]));
        let shown_m2 = after.summary.seen_m2 - before.summary.seen_m2;
        assert!((found[0].gain_m2 - shown_m2).abs() < 1e-6, "{shown_m2}");
        assert!((found[0].share_after - after.summary.share_seen()).abs() < 1e-9);
    }

    #[test]
    fn what_is_not_worth_it_is_not_suggested() {
        let obstacles = wall();
        let map = map_of(&obstacles, &Viewers::default());
        let places = [candidate("a", 0.0, 50.0)];
        let dear = SuggestRequest {
            least_gain_m2: 1.0e6,
            ..SuggestRequest::default()
        };
        assert!(suggest(&obstacles, &map, &places, &dear, &go_on).is_empty());
        let usual = SuggestRequest::default();
        assert!(suggest(&obstacles, &map, &[], &usual, &go_on).is_empty());
    }
}
