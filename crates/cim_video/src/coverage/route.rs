//! What cameras see of a way: how much of it, where the gaps are, and which camera sees which stretch.

use super::error::CoverageError;
use super::obstacles::Obstacles;
use super::viewers::Viewers;
use super::who_sees::Question;
use cim_geo::{Geodetic, LocalFrame};
use std::collections::BTreeMap;

/// A way is looked at in so many places at most.
pub const MAX_ROUTE_SAMPLES: usize = 20_000;

/// Places of a way are no nearer to each other, metres.
const LEAST_STEP_M: f64 = 0.1;

/// A part of a way, metres from its beginning.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Where it begins.
    pub from_m: f64,
    /// Where it ends.
    pub to_m: f64,
}

/// What one camera sees of a way.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenFrom {
    /// The caller's number of the camera.
    pub row: u32,
    /// The stretches that it sees, in order.
    pub stretches: Vec<Stretch>,
}

/// What cameras see of a way.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteCoverage {
    /// Its length, metres.
    pub length_m: f64,
    /// How much of it some camera sees, metres.
    pub seen_m: f64,
    /// What nobody sees, in order.
    pub gaps: Vec<Stretch>,
    /// The cameras that see any of it, in the order in which one meets them.
    pub cameras: Vec<SeenFrom>,
}

impl RouteCoverage {
    /// The share that is seen, 0 to 1.
    pub fn share(&self) -> f64 {
        if self.length_m > 0.0 {
            self.seen_m / self.length_m
        } else {
            0.0
        }
    }
}

/// Looks along a way at places `step_m` apart (each stands for the step around it); heights are above the ground, 0 takes
/// [`Question::height_m`]. Of the question, `with_turning` counts too. A line that leaves what is known counts as free.
pub fn route_coverage(
    obstacles: &Obstacles,
    viewers: &Viewers,
    path: &[Geodetic],
    step_m: f64,
    question: &Question,
) -> Result<RouteCoverage, CoverageError> {
    if !(step_m.is_finite() && step_m >= LEAST_STEP_M) {
        return Err(CoverageError::BadStep {
            what: "the step along a way",
            least_m: "0.1",
        });
    }
    let way = Way::new(path);
    let length_m = way.length_m();
    if !length_m.is_finite() || length_m <= 0.0 {
        return Err(CoverageError::NoWay);
    }
    let steps = (length_m / step_m).ceil().max(1.0);
    if steps > MAX_ROUTE_SAMPLES as f64 {
        return Err(CoverageError::TooMany {
            asked: steps as u64,
            most: MAX_ROUTE_SAMPLES,
        });
    }
    let mut gaps = Stretches::default();
    let mut seen: BTreeMap<u32, Stretches> = BTreeMap::new();
    let step_m = length_m / steps;
    for step in 0..steps as u32 {
        let from_m = f64::from(step) * step_m;
        let Some(place) = way.at(from_m + step_m / 2.0) else {
            continue;
        };
        let height_m = if place.height_m > 0.0 {
            place.height_m
        } else {
            question.height_m
        };
        let at = obstacles.place(Geodetic { height_m, ..place });
        let mut is_seen = false;
        for ready in viewers.near([at.x, at.y, at.x, at.y]) {
            let pixels = if question.with_turning {
                ready.view.pixels_per_m_turning(at)
            } else {
                ready.view.pixels_per_m(at)
            };
            if pixels.is_some() && !obstacles.is_blocked(ready.view.lens, at) {
                seen.entry(ready.viewer.row)
                    .or_default()
                    .add(step, from_m, step_m);
                is_seen = true;
            }
        }
        if !is_seen {
            gaps.add(step, from_m, step_m);
        }
    }
    let unseen_m: f64 = gaps.list.iter().map(|gap| gap.to_m - gap.from_m).sum();
    let mut cameras: Vec<SeenFrom> = seen
        .into_iter()
        .map(|(row, stretches)| SeenFrom {
            row,
            stretches: stretches.list,
        })
        .collect();
    let first_m = |camera: &SeenFrom| camera.stretches.first().map_or(0.0, |one| one.from_m);
    cameras.sort_by(|a, b| first_m(a).total_cmp(&first_m(b)).then(a.row.cmp(&b.row)));
    Ok(RouteCoverage {
        length_m,
        seen_m: (length_m - unseen_m).max(0.0),
        gaps: gaps.list,
        cameras,
    })
}

/// Stretches put together from steps.
#[derive(Default)]
struct Stretches {
    list: Vec<Stretch>,
    next_step: u32,
}

impl Stretches {
    /// Adds a step; one that follows the last one makes it longer.
    fn add(&mut self, step: u32, from_m: f64, step_m: f64) {
        let to_m = from_m + step_m;
        match self.list.last_mut() {
            Some(last) if step == self.next_step => last.to_m = to_m,
            _ => self.list.push(Stretch { from_m, to_m }),
        }
        self.next_step = step + 1;
    }
}

/// A way as places by their distance from its beginning.
pub(crate) struct Way {
    /// Where each place is along it, metres, and the place.
    places: Vec<(f64, Geodetic)>,
}

impl Way {
    /// The way through these places; those that are no places are left out.
    pub(crate) fn new(path: &[Geodetic]) -> Self {
        let mut places: Vec<(f64, Geodetic)> = Vec::with_capacity(path.len());
        for place in path {
            if !(place.lon_deg.is_finite()
                && place.lat_deg.is_finite()
                && place.height_m.is_finite())
            {
                continue;
            }
            let along_m = places.last().map_or(0.0, |(along_m, last)| {
                along_m + ground_distance_m(*last, *place)
            });
            places.push((along_m, *place));
        }
        Self { places }
    }

    /// Its length on the ground, metres.
    pub(crate) fn length_m(&self) -> f64 {
        self.places.last().map_or(0.0, |(along_m, _)| *along_m)
    }

    /// The place so far along it; its ends beyond them, and `None` for a way of no places.
    pub(crate) fn at(&self, along_m: f64) -> Option<Geodetic> {
        let next = self.places.partition_point(|(at_m, _)| *at_m < along_m);
        let (to_m, to) = self.places.get(next).or(self.places.last())?;
        let (from_m, from) = next
            .checked_sub(1)
            .and_then(|before| self.places.get(before))
            .unwrap_or(&self.places[0]);
        let length_m = to_m - from_m;
        let share = if length_m > 0.0 {
            ((along_m - from_m) / length_m).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let mix = |a: f64, b: f64| a + (b - a) * share;
        Some(Geodetic {
            lon_deg: mix(from.lon_deg, to.lon_deg),
            lat_deg: mix(from.lat_deg, to.lat_deg),
            height_m: mix(from.height_m, to.height_m),
        })
    }
}

fn ground_distance_m(from: Geodetic, to: Geodetic) -> f64 {
    let flat = |place: Geodetic| Geodetic {
        height_m: 0.0,
        ..place
    };
    let way = LocalFrame::new(flat(from)).enu_from_geodetic(flat(to));
    way.east_m.hypot(way.north_m)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::lens::{CameraFacts, ViewVolume};
    use crate::coverage::town::{add_block, feature, place_at, viewer};
    use cim_tiles::FeatureClass;

    /// A camera at the origin that looks north, 90° wide; a block hides the middle of the street 60 m north.
    fn street() -> (Obstacles, Viewers) {
        let mut triangles = Vec::new();
        add_block(&mut triangles, [-10.0, 20.0], [10.0, 40.0], 0.0, 20.0, 0);
        let features = vec![feature("b1", FeatureClass::Building)];
        let frame = LocalFrame::new(place_at(0.0, 0.0, 0.0));
        let obstacles = Obstacles::from_triangles(frame, None, features, triangles);
        let facts = CameraFacts {
            at: place_at(0.0, 0.0, 0.0),
            height_m: Some(6.0),
            azimuth_deg: Some(0.0),
            tilt_deg: Some(0.0),
            h_fov_deg: Some(90.0),
            range_m: Some(200.0),
            ..CameraFacts::default()
        };
        let volume = ViewVolume::of(&facts).expect("a place");
        let viewers = Viewers::new(&obstacles, vec![viewer(5, volume)]);
        (obstacles, viewers)
    }

    #[test]
    fn a_way_has_gaps_where_nobody_looks() {
        let (obstacles, viewers) = street();
        let path = [place_at(-80.0, 60.0, 0.0), place_at(80.0, 60.0, 0.0)];
        let route =
            route_coverage(&obstacles, &viewers, &path, 1.0, &Question::default()).expect("a way");
        assert!((route.length_m - 160.0).abs() < 0.01);
        let gaps: Vec<(i32, i32)> = route
            .gaps
            .iter()
            .map(|gap| (gap.from_m.round() as i32, gap.to_m.round() as i32))
            .collect();
        assert_eq!(gaps, [(0, 20), (50, 110), (140, 160)]);
        assert!(
            (route.share() - 60.0 / 160.0).abs() < 0.01,
            "{}",
            route.share()
        );
        assert_eq!(route.cameras.len(), 1);
        assert_eq!(
            (route.cameras[0].row, route.cameras[0].stretches.len()),
            (5, 2)
        );
    }

    #[test]
    fn what_is_no_way_is_refused() {
        let (obstacles, viewers) = street();
        let here = place_at(0.0, 0.0, 0.0);
        let refused = |path: &[Geodetic], step_m: f64| {
            route_coverage(&obstacles, &viewers, path, step_m, &Question::default()).err()
        };
        assert_eq!(refused(&[here], 1.0), Some(CoverageError::NoWay));
        assert_eq!(refused(&[here, here], 1.0), Some(CoverageError::NoWay));
        let far = place_at(50_000.0, 0.0, 0.0);
        assert!(matches!(
            refused(&[here, far], 1.0),
            Some(CoverageError::TooMany { .. })
        ));
        assert!(matches!(
            refused(&[here, far], 0.0),
            Some(CoverageError::BadStep { .. })
        ));
    }

    #[test]
    fn places_of_a_way_lie_on_it() {
        let way = Way::new(&[
            place_at(0.0, 0.0, 2.0),
            Geodetic::new(f64::NAN, 0.0, 0.0),
            place_at(100.0, 0.0, 2.0),
            place_at(100.0, 50.0, 4.0),
        ]);
        assert!((way.length_m() - 150.0).abs() < 0.01);
        for (along_m, east_m, north_m, height_m) in [
            (-5.0, 0.0, 0.0, 2.0),
            (40.0, 40.0, 0.0, 2.0),
            (125.0, 100.0, 25.0, 3.0),
            (999.0, 100.0, 50.0, 4.0),
        ] {
            let place = way.at(along_m).expect("a place");
            assert!(ground_distance_m(place, place_at(east_m, north_m, 0.0)) < 0.01);
            assert!((place.height_m - height_m).abs() < 0.01, "{along_m}");
        }
        assert!(Way::new(&[]).at(1.0).is_none());
    }
}
