//! Maps of what cameras see: how many see each cell, how well, and where nobody looks.

use super::error::CoverageError;
use super::grid::{Grid, outline_of};
use super::level::Level;
use super::obstacles::Obstacles;
use super::sectors::Sectors;
use super::viewers::{Ready, Viewers};
use cim_geo::{Enu, Geodetic, LocalFrame};
use glam::Vec3;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// A cell outside the area.
pub const CELL_OUTSIDE: u8 = 255;

/// A cell under a roof, which no camera of the street can be asked to see.
pub const CELL_INDOORS: u8 = 254;

/// More cameras than these are not counted in a cell.
pub const MOST_COUNTED: u8 = 250;

/// Threads at most.
const MAX_WORKERS: usize = 16;

/// What is to be mapped.
#[derive(Clone, Debug, PartialEq)]
pub struct MapRequest {
    /// The outline of the area.
    pub area: Vec<Geodetic>,
    /// Side of a cell, metres.
    pub cell_m: f64,
    /// How high above the ground something should be seen, metres.
    pub height_m: f64,
    /// Whether cameras count that must turn first.
    pub with_turning: bool,
    /// Threads that may work on it, this one included.
    pub workers: usize,
}

/// What cameras see of an area.
#[derive(Clone, Debug, PartialEq)]
pub struct CoverageMap {
    /// Where the cells are.
    pub grid: Grid,
    /// Cameras that see each cell, up to [`MOST_COUNTED`]; [`CELL_OUTSIDE`] and [`CELL_INDOORS`] for cells that are not
    /// asked about. Rows from the south.
    pub counts: Vec<u8>,
    /// Pixels on a metre of the best picture of each cell, in tenths.
    pub pixels_per_m: Vec<u16>,
    /// The places that were asked about, metres up in the frame.
    pub(crate) places_up: Vec<f32>,
    /// In figures.
    pub summary: Summary,
}

/// A map in figures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Summary {
    /// Within the outline, square metres.
    pub area_m2: f64,
    /// Of that, under roofs.
    pub indoors_m2: f64,
    /// Seen by one camera or more.
    pub seen_m2: f64,
    /// Seen by two or more.
    pub seen_twice_m2: f64,
    /// Seen by three or more.
    pub seen_thrice_m2: f64,
    /// By the best picture there is: how much reaches exactly each level of [`Level::ALL`]; what nobody sees is in the first.
    pub by_level_m2: [f64; 6],
    /// Cameras that see any of it.
    pub cameras: usize,
}

impl Summary {
    /// What could be seen from the street, square metres.
    pub fn outdoors_m2(&self) -> f64 {
        self.area_m2 - self.indoors_m2
    }

    /// The share of that which is seen, 0 to 1; 0 where all is under roofs.
    pub fn share_seen(&self) -> f64 {
        if self.outdoors_m2() > 0.0 {
            self.seen_m2 / self.outdoors_m2()
        } else {
            0.0
        }
    }
}

/// Cells side by side that nobody sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlindSpot {
    /// The middle of one of its cells, the nearest to the middle of all; on level ground.
    pub centre: Geodetic,
    /// Its size, square metres.
    pub area_m2: f64,
    /// The longer side of the rectangle around it, metres.
    pub width_m: f64,
}

/// What one worker found.
struct Sheet {
    counts: Vec<u8>,
    pixels: Vec<u16>,
    cameras: usize,
}

/// What all workers share.
struct Work<'a> {
    obstacles: &'a Obstacles,
    grid: &'a Grid,
    /// Which cells are asked about.
    wanted: &'a [bool],
    places_up: &'a [f32],
    ups: [f32; 2],
    cameras: &'a [&'a Ready],
    with_turning: bool,
    next: AtomicUsize,
    is_stopped: AtomicBool,
    progress: &'a (dyn Fn(usize, usize) -> ControlFlow<()> + Sync),
}

/// Counts for each cell the cameras that see it, line by line with everything in the way, and finds the best picture.
///
/// `progress` is told after each camera how many of how many are done, from any of the threads; when it breaks, the map is
/// not made.
pub fn coverage_map(
    obstacles: &Obstacles,
    viewers: &Viewers,
    request: &MapRequest,
    progress: &(dyn Fn(usize, usize) -> ControlFlow<()> + Sync),
) -> Result<CoverageMap, CoverageError> {
    let (grid, mut counts, places_up) = asked(obstacles, request)?;
    let wanted: Vec<bool> = counts.iter().map(|count| *count == 0).collect();
    let [west, south] = [grid.west_m, grid.south_m];
    let window = [
        west as f32,
        south as f32,
        (west + grid.columns as f64 * grid.cell_m) as f32,
        (south + grid.rows as f64 * grid.cell_m) as f32,
    ];
    let cameras = viewers.near(window);
    let mut ups = [f32::INFINITY, f32::NEG_INFINITY];
    for up in &places_up {
        ups = [ups[0].min(*up), ups[1].max(*up)];
    }
    let work = Work {
        obstacles,
        grid: &grid,
        wanted: &wanted,
        places_up: &places_up,
        ups,
        cameras: &cameras,
        with_turning: request.with_turning,
        next: AtomicUsize::new(0),
        is_stopped: AtomicBool::new(false),
        progress,
    };
    let sheets = work.run(request.workers)?;
    let mut pixels_per_m = vec![0_u16; grid.cells()];
    let mut seeing = 0;
    for sheet in sheets {
        seeing += sheet.cameras;
        for (count, more) in counts.iter_mut().zip(sheet.counts) {
            if *count <= MOST_COUNTED {
                *count = count.saturating_add(more).min(MOST_COUNTED);
            }
        }
        for (best, other) in pixels_per_m.iter_mut().zip(sheet.pixels) {
            *best = (*best).max(other);
        }
    }
    let summary = summary_of(&grid, &counts, &pixels_per_m, seeing);
    Ok(CoverageMap {
        grid,
        counts,
        pixels_per_m,
        places_up,
        summary,
    })
}

/// The grid, the cells with nobody in them yet, and how far up each place is that is asked about.
fn asked(
    obstacles: &Obstacles,
    request: &MapRequest,
) -> Result<(Grid, Vec<u8>, Vec<f32>), CoverageError> {
    let outline = outline_of(obstacles, &request.area);
    let grid = Grid::over(&outline, request.cell_m, obstacles.frame().origin())?;
    let inside = grid.inside(&outline);
    if !inside.contains(&true) {
        return Err(CoverageError::NoArea {
            corners: outline.len(),
        });
    }
    let mut places_up = grid.ground(obstacles);
    for up in &mut places_up {
        *up += request.height_m as f32;
    }
    let indoors = grid.indoors(obstacles, &places_up);
    let counts = inside
        .into_iter()
        .zip(indoors)
        .map(|cell| match cell {
            (false, _) => CELL_OUTSIDE,
            (true, true) => CELL_INDOORS,
            (true, false) => 0,
        })
        .collect();
    Ok((grid, counts, places_up))
}

impl Work<'_> {
    fn run(&self, workers: usize) -> Result<Vec<Sheet>, CoverageError> {
        let workers = workers.clamp(1, MAX_WORKERS).min(self.cameras.len().max(1));
        let mut sheets = Vec::with_capacity(workers);
        let mut has_panicked = false;
        thread::scope(|scope| {
            let others: Vec<_> = (1..workers).map(|_| scope.spawn(|| self.sheet())).collect();
            sheets.push(self.sheet());
            for other in others {
                match other.join() {
                    Ok(sheet) => sheets.push(sheet),
                    Err(_panic) => has_panicked = true,
                }
            }
        });
        if has_panicked {
            Err(CoverageError::Stopped)
        } else if self.is_stopped.load(Ordering::Relaxed) {
            Err(CoverageError::Cancelled)
        } else {
            Ok(sheets)
        }
    }

    /// Takes one camera after the other until none is left.
    fn sheet(&self) -> Sheet {
        let mut sheet = Sheet {
            counts: vec![0; self.grid.cells()],
            pixels: vec![0; self.grid.cells()],
            cameras: 0,
        };
        let mut sectors = Sectors::default();
        while !self.is_stopped.load(Ordering::Relaxed) {
            let at = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(camera) = self.cameras.get(at) else {
                break;
            };
            let is_seeing = self.camera(camera, &mut sectors, &mut sheet);
            sheet.cameras += usize::from(is_seeing);
            if (self.progress)(at + 1, self.cameras.len()).is_break() {
                self.is_stopped.store(true, Ordering::Relaxed);
            }
        }
        sheet
    }

    /// Counts what a camera sees; true when it sees any cell.
    fn camera(&self, camera: &Ready, sectors: &mut Sectors, sheet: &mut Sheet) -> bool {
        let view = &camera.view;
        let (columns, rows) = self.grid.window(camera.reach.map(f64::from));
        if columns.is_empty() || rows.is_empty() {
            return false;
        }
        let corner = |column: usize, row: usize, up: f32| {
            let [east, north] = self.grid.centre(column, row).map(|part| part as f32);
            Vec3::new(east, north, up)
        };
        let low = corner(columns.start, rows.start, self.ups[0]);
        let high = corner(columns.end - 1, rows.end - 1, self.ups[1]);
        sectors.fill(self.obstacles.bvh(), view.lens, low, high);
        let mut is_seeing = false;
        for row in rows {
            for column in columns.clone() {
                let cell = row * self.grid.columns + column;
                if self.wanted.get(cell) != Some(&true) {
                    continue;
                }
                let up = self.places_up.get(cell).copied().unwrap_or_default();
                let place = corner(column, row, up);
                let pixels = if self.with_turning {
                    view.pixels_per_m_turning(place)
                } else {
                    view.pixels_per_m(place)
                };
                if let Some(pixels) = pixels
                    && !sectors.is_blocked(self.obstacles.bvh(), place)
                {
                    sheet.mark(cell, pixels);
                    is_seeing = true;
                }
            }
        }
        is_seeing
    }
}

impl Sheet {
    fn mark(&mut self, cell: usize, pixels_per_m: f32) {
        if let (Some(count), Some(best)) = (self.counts.get_mut(cell), self.pixels.get_mut(cell)) {
            *count = count.saturating_add(1).min(MOST_COUNTED);
            // Larger ones stay at the largest: a cast does not wrap.
            *best = (*best).max((pixels_per_m * 10.0) as u16);
        }
    }
}

fn summary_of(grid: &Grid, counts: &[u8], pixels_per_m: &[u16], cameras: usize) -> Summary {
    let cell_m2 = grid.cell_m * grid.cell_m;
    let mut summary = Summary {
        cameras,
        ..Summary::default()
    };
    for (count, pixels) in counts.iter().zip(pixels_per_m) {
        match *count {
            CELL_OUTSIDE => continue,
            CELL_INDOORS => {
                summary.area_m2 += cell_m2;
                summary.indoors_m2 += cell_m2;
                continue;
            }
            _ => summary.area_m2 += cell_m2,
        }
        let seen = [
            (1, &mut summary.seen_m2),
            (2, &mut summary.seen_twice_m2),
            (3, &mut summary.seen_thrice_m2),
        ];
        for (least, sum) in seen {
            if *count >= least {
                *sum += cell_m2;
            }
        }
        let level = Level::of(f32::from(*pixels) / 10.0);
        summary.by_level_m2[level as usize] += cell_m2;
    }
    summary
}

impl CoverageMap {
    /// Where nobody looks: connected cells (side by side) of at least that size, the largest first.
    pub fn blind_spots(&self, least_m2: f64, limit: usize) -> Vec<BlindSpot> {
        let mut is_done: Vec<bool> = self.counts.iter().map(|count| *count != 0).collect();
        let mut spots: Vec<(usize, BlindSpot)> = Vec::new();
        let mut cells = Vec::new();
        for start in 0..is_done.len() {
            if is_done[start] {
                continue;
            }
            self.connected(start, &mut is_done, &mut cells);
            let area_m2 = cells.len() as f64 * self.grid.cell_m * self.grid.cell_m;
            if area_m2 >= least_m2 {
                spots.push((start, self.spot_of(&cells, area_m2)));
            }
        }
        spots.sort_by(|(a_at, a), (b_at, b)| b.area_m2.total_cmp(&a.area_m2).then(a_at.cmp(b_at)));
        spots.truncate(limit);
        spots.into_iter().map(|(_, spot)| spot).collect()
    }

    /// All cells that hang together with one.
    fn connected(&self, start: usize, is_done: &mut [bool], cells: &mut Vec<usize>) {
        cells.clear();
        cells.push(start);
        is_done[start] = true;
        let columns = self.grid.columns;
        let mut at = 0;
        while let Some(cell) = cells.get(at).copied() {
            at += 1;
            let column = cell % columns;
            let around = [
                (column > 0).then(|| cell - 1),
                (column + 1 < columns).then_some(cell + 1),
                cell.checked_sub(columns),
                Some(cell + columns),
            ];
            for next in around.into_iter().flatten() {
                if is_done.get(next) == Some(&false) {
                    is_done[next] = true;
                    cells.push(next);
                }
            }
        }
    }

    fn spot_of(&self, cells: &[usize], area_m2: f64) -> BlindSpot {
        let places = cells.iter().map(|cell| {
            self.grid
                .centre(cell % self.grid.columns, cell / self.grid.columns)
        });
        let (mut sum, mut low, mut high) = ([0.0; 2], [f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for place in places.clone() {
            for axis in 0..2 {
                sum[axis] += place[axis];
                low[axis] = low[axis].min(place[axis]);
                high[axis] = high[axis].max(place[axis]);
            }
        }
        let middle = sum.map(|part| part / cells.len().max(1) as f64);
        let away = |place: &[f64; 2]| (place[0] - middle[0]).hypot(place[1] - middle[1]);
        let centre = places
            .min_by(|a, b| away(a).total_cmp(&away(b)))
            .unwrap_or(middle);
        let frame = LocalFrame::new(self.grid.frame_origin);
        let on_plane = frame.geodetic_from_enu(Enu::new(centre[0], centre[1], 0.0));
        BlindSpot {
            centre: Geodetic {
                height_m: 0.0,
                ..on_plane
            },
            area_m2,
            width_m: (high[0] - low[0]).max(high[1] - low[1]) + self.grid.cell_m,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::coverage::brute;
    use crate::coverage::lens::{CameraFacts, ViewVolume};
    use crate::coverage::town::{CELL_M, Roll, cameras, place_at, town, viewer};

    fn request(half_m: f64, cell_m: f64, workers: usize) -> MapRequest {
        MapRequest {
            area: [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
                .map(|(east, north)| place_at(east * half_m, north * half_m, 0.0))
                .to_vec(),
            cell_m,
            height_m: 1.0,
            with_turning: false,
            workers,
        }
    }

    fn go_on(_done: usize, _of: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// Every cell of a sample has the count and the best picture that loops over everything find.
    #[test]
    fn the_map_equals_brute_force() {
        let side = 14;
        let obstacles = town(side, 21);
        let viewers = cameras(&obstacles, side, 150, 22);
        let half_m = f64::from(side as f32 * CELL_M / 2.0);
        let map =
            coverage_map(&obstacles, &viewers, &request(half_m, 2.0, 2), &go_on).expect("an area");
        let mut roll = Roll::new(23);
        let (mut asked, mut seen) = (0, 0);
        while asked < 1_000 {
            let cell = (roll.unit() * map.counts.len() as f32) as usize;
            let Some(count) = map.counts.get(cell).filter(|count| **count <= MOST_COUNTED) else {
                continue;
            };
            asked += 1;
            let [east, north] = map.grid.centre_of(cell);
            let at = Vec3::new(east, north, map.places_up[cell]);
            let (expected, best) = brute::count(&obstacles, &viewers, at);
            assert_eq!(u32::from(*count), expected, "cell {cell} at {at}");
            assert_eq!(map.pixels_per_m[cell], (best * 10.0) as u16);
            seen += usize::from(*count > 0);
        }
        assert!(seen > 100, "{seen} of 1 000 cells are seen");
    }

    #[test]
    fn workers_do_not_change_the_map() {
        let obstacles = town(6, 5);
        let viewers = cameras(&obstacles, 6, 40, 6);
        let one = coverage_map(&obstacles, &viewers, &request(150.0, 3.0, 1), &go_on);
        let three = coverage_map(&obstacles, &viewers, &request(150.0, 3.0, 3), &go_on);
        assert_eq!(one, three);
    }

    #[test]
    fn figures_add_up_and_houses_do_not_count() {
        let obstacles = town(6, 5);
        let viewers = cameras(&obstacles, 6, 40, 6);
        let map =
            coverage_map(&obstacles, &viewers, &request(150.0, 1.0, 1), &go_on).expect("an area");
        let summary = map.summary;
        assert!((summary.area_m2 - 90_000.0).abs() < 700.0, "{summary:?}");
        assert!(summary.indoors_m2 > 6_000.0 && summary.indoors_m2 < 30_000.0);
        assert!(summary.seen_m2 >= summary.seen_twice_m2);
        assert!(summary.seen_twice_m2 >= summary.seen_thrice_m2);
        let levels: f64 = summary.by_level_m2.iter().sum();
        assert!((levels - summary.outdoors_m2()).abs() < 1e-6);
        assert!(summary.share_seen() > 0.05 && summary.share_seen() < 1.0);
        let blind: f64 = map
            .blind_spots(0.0, usize::MAX)
            .iter()
            .map(|one| one.area_m2)
            .sum();
        assert!((blind - (summary.outdoors_m2() - summary.seen_m2)).abs() < 1e-6);
    }

    #[test]
    fn without_cameras_the_whole_area_is_one_blind_spot() {
        let obstacles = Obstacles::none(LocalFrame::new(place_at(0.0, 0.0, 0.0)));
        let viewers = Viewers::default();
        let map =
            coverage_map(&obstacles, &viewers, &request(50.0, 1.0, 2), &go_on).expect("an area");
        let spots = map.blind_spots(1.0, 5);
        assert_eq!(spots.len(), 1);
        assert!((spots[0].width_m - 100.0).abs() < 1.1, "{:?}", spots[0]);
        assert!((spots[0].centre.lon_deg - 117.2).abs() < 1e-4);
        assert!(map.blind_spots(1.0e6, 5).is_empty());
    }

    #[test]
    fn a_camera_alone_sees_its_wedge() {
        let obstacles = Obstacles::none(LocalFrame::new(place_at(0.0, 0.0, 0.0)));
        let facts = CameraFacts {
            at: place_at(0.0, 0.0, 0.0),
            height_m: Some(1.1),
            azimuth_deg: Some(30.0),
            tilt_deg: Some(0.0),
            h_fov_deg: Some(60.0),
            range_m: Some(100.0),
            ..CameraFacts::default()
        };
        let viewers = Viewers::new(
            &obstacles,
            vec![viewer(1, ViewVolume::of(&facts).expect("a place"))],
        );
        let map =
            coverage_map(&obstacles, &viewers, &request(120.0, 1.0, 1), &go_on).expect("an area");
        let wedge_m2 = std::f64::consts::PI * 100.0 * 100.0 / 6.0;
        assert!(
            (map.summary.seen_m2 / wedge_m2 - 1.0).abs() < 0.01,
            "{:?}",
            map.summary
        );
        assert_eq!(map.summary.cameras, 1);
    }

    #[test]
    fn a_person_can_stop_it_and_no_area_is_no_map() {
        let obstacles = town(4, 5);
        let viewers = cameras(&obstacles, 4, 20, 6);
        let stop = |_done: usize, _of: usize| ControlFlow::Break(());
        let stopped = coverage_map(&obstacles, &viewers, &request(100.0, 2.0, 2), &stop);
        assert_eq!(stopped, Err(CoverageError::Cancelled));
        let mut line = request(100.0, 2.0, 2);
        line.area.truncate(2);
        let refused = coverage_map(&obstacles, &viewers, &line, &go_on);
        assert_eq!(refused, Err(CoverageError::NoArea { corners: 2 }));
    }
}
