//! All cameras of a question, found by what they reach.

use super::lens::ViewVolume;
use super::obstacles::Obstacles;
use super::view::View;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use std::collections::BTreeMap;

/// What a camera reaches on the plane, and its place in the list.
type Spot = GeomWithData<Rectangle<[f32; 2]>, u32>;

/// A camera as a question about coverage knows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewer {
    /// The caller's own number for it.
    pub row: u32,
    /// What it sees when nothing is in the way.
    pub volume: ViewVolume,
    /// The caller's worth of its grade, 0 to 1.
    pub grade: f32,
    /// The caller's worth of its health: 0 for a dead one, 1 for one that is well.
    pub health: f32,
}

/// A camera made ready.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ready {
    pub(crate) viewer: Viewer,
    pub(crate) view: View,
    /// West, south, east, north in the frame.
    pub(crate) reach: [f32; 4],
}

impl Ready {
    fn new(obstacles: &Obstacles, viewer: Viewer) -> Self {
        let view = View::new(&viewer.volume, viewer.volume.lens_in(obstacles));
        Self {
            viewer,
            view,
            reach: view.reach(),
        }
    }

    /// `None` when the camera's volume holds something that is no number: it sees nothing.
    fn spot(&self, at: u32) -> Option<Spot> {
        let [west, south, east, north] = self.reach;
        let is_box = self.viewer.volume.range_m.is_finite()
            && self.reach.iter().all(|side| side.is_finite());
        is_box.then(|| {
            let rectangle = Rectangle::from_corners([west, south], [east, north]);
            GeomWithData::new(rectangle, at)
        })
    }
}

/// Cameras with their volumes in the frame of the obstacles that they were made ready for.
#[derive(Clone, Debug, Default)]
pub struct Viewers {
    ready: Vec<Option<Ready>>,
    by_row: BTreeMap<u32, u32>,
    /// Places in `ready` that nobody has.
    free: Vec<u32>,
    spots: RTree<Spot>,
}

impl Viewers {
    /// All cameras; of several with one row the last one counts.
    pub fn new(obstacles: &Obstacles, viewers: Vec<Viewer>) -> Self {
        let unique: BTreeMap<u32, Viewer> = viewers.into_iter().map(|one| (one.row, one)).collect();
        let ready: Vec<Option<Ready>> = unique
            .values()
            .map(|viewer| Some(Ready::new(obstacles, *viewer)))
            .collect();
        let spots = ready
            .iter()
            .zip(0_u32..)
            .filter_map(|(ready, at)| ready.as_ref()?.spot(at))
            .collect();
        Self {
            by_row: unique.into_keys().zip(0_u32..).collect(),
            free: Vec::new(),
            spots: RTree::bulk_load(spots),
            ready,
        }
    }

    /// Puts a camera in the place of the one with its row, or adds it.
    pub fn set(&mut self, obstacles: &Obstacles, viewer: Viewer) {
        self.remove(viewer.row);
        let ready = Ready::new(obstacles, viewer);
        let at = self.free.pop().unwrap_or(self.ready.len() as u32);
        if let Some(spot) = ready.spot(at) {
            self.spots.insert(spot);
        }
        self.by_row.insert(viewer.row, at);
        match self.ready.get_mut(at as usize) {
            Some(slot) => *slot = Some(ready),
            None => self.ready.push(Some(ready)),
        }
    }

    /// Takes the camera with this row out.
    pub fn remove(&mut self, row: u32) {
        let Some(at) = self.by_row.remove(&row) else {
            return;
        };
        self.free.push(at);
        let ready = self.ready.get_mut(at as usize).and_then(Option::take);
        if let Some(spot) = ready.and_then(|ready| ready.spot(at)) {
            self.spots.remove(&spot);
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_row.len()
    }

    /// True when there are none.
    pub fn is_empty(&self) -> bool {
        self.by_row.is_empty()
    }

    /// The camera with this row.
    pub fn get(&self, row: u32) -> Option<&Viewer> {
        let at = self.by_row.get(&row)?;
        let ready = self.ready.get(*at as usize)?.as_ref()?;
        Some(&ready.viewer)
    }

    /// Those whose reach meets this rectangle (west, south, east, north in the frame), by row.
    pub(crate) fn near(&self, [west, south, east, north]: [f32; 4]) -> Vec<&Ready> {
        let window = AABB::from_corners([west, south], [east, north]);
        let spots = self.spots.locate_in_envelope_intersecting(&window);
        let mut found: Vec<&Ready> = spots
            .filter_map(|spot| self.ready.get(spot.data as usize)?.as_ref())
            .collect();
        found.sort_unstable_by_key(|ready| ready.viewer.row);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::lens::CameraFacts;
    use crate::coverage::town::{place_at, viewer};
    use cim_geo::LocalFrame;

    fn flat() -> Obstacles {
        Obstacles::none(LocalFrame::new(place_at(0.0, 0.0, 0.0)))
    }

    /// A camera there that looks east, 100 m far.
    fn camera(row: u32, east_m: f64) -> Viewer {
        let facts = CameraFacts {
            at: place_at(east_m, 0.0, 0.0),
            azimuth_deg: Some(90.0),
            range_m: Some(100.0),
            ..CameraFacts::default()
        };
        viewer(row, ViewVolume::of(&facts).expect("a place"))
    }

    #[track_caller]
    fn check_near(viewers: &Viewers, east: f32, expected: &[u32]) {
        let rows: Vec<u32> = viewers
            .near([east, 0.0, east, 0.0])
            .iter()
            .map(|ready| ready.viewer.row)
            .collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn cameras_are_found_by_what_they_reach() {
        let viewers = Viewers::new(
            &flat(),
            vec![camera(9, 0.0), camera(4, 50.0), camera(7, 300.0)],
        );
        check_near(&viewers, 60.0, &[4, 9]);
        check_near(&viewers, 120.0, &[4]);
        check_near(&viewers, -20.0, &[]);
    }

    #[test]
    fn a_camera_that_moves_is_found_where_it_is() {
        let obstacles = flat();
        let mut viewers = Viewers::new(&obstacles, vec![camera(1, 0.0), camera(2, 0.0)]);
        viewers.set(&obstacles, camera(1, 500.0));
        check_near(&viewers, 50.0, &[2]);
        check_near(&viewers, 550.0, &[1]);
        viewers.remove(2);
        viewers.remove(2);
        check_near(&viewers, 50.0, &[]);
        assert_eq!((viewers.len(), viewers.is_empty()), (1, false));
        assert!(viewers.get(2).is_none() && viewers.get(1).is_some());
    }

    #[test]
    fn a_camera_without_numbers_is_kept_but_never_found() {
        let mut broken = camera(3, 0.0);
        broken.volume.range_m = f64::NAN;
        let viewers = Viewers::new(&flat(), vec![broken]);
        assert_eq!(viewers.len(), 1);
        check_near(&viewers, 10.0, &[]);
    }
}
