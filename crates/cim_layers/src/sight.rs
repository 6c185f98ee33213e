//! Plain words in which a desk tells a twin what cameras see: sight lines, views, how an area is covered, and live pictures.
//!
//! Heights are those of the city's own frame: a lens that is given above ground has its ground added before. Pictures come
//! as they are to be seen: masked, and with their watermark in them.

use crate::field::{Grid, RampId};
use cim_geo::Geodetic;
use std::{fmt, sync::Arc};

/// So many pictures are shown in the city at once; later ones are left out.
pub const MOST_PICTURES: usize = 9;
/// So many sight lines are drawn at once; later ones are left out.
pub const MOST_SIGHT_LINES: usize = 512;
/// So many views of cameras are drawn at once; later ones are left out.
pub const MOST_SIGHT_VOLUMES: usize = 64;
/// A picture has at most so many pixels along a side.
pub const MOST_PICTURE_SIDE: u32 = 2_048;
/// A depth map has at most so many cells along a side.
pub const MOST_DEPTH_SIDE: u32 = 1_024;
/// A sheet has at most so many cells along a side.
pub const MOST_SHEET_SIDE: u32 = 4_096;
/// A cell with this count or a greater one is not painted: nobody asked for it, or it lies within a building.
pub const NO_COUNT: u8 = 254;
/// sRGB colour of a cell that no camera sees; it is hatched as well, so that it needs no colour to be told from others.
pub const BLIND: [u8; 3] = [0xd5, 0x5e, 0x00];

/// Colours for counts, blind spots aside.
const RAMP: RampId = RampId::Cividis;
/// The ramp begins here: what is darker is lost on the ground at night.
const RAMP_FROM: f32 = 0.3;
/// Counts are told apart in at most so many steps.
const MOST_STEPS: u8 = 5;
/// A view wider than this is none that a flat picture can have, degrees.
const MOST_FOV_DEG: f64 = 150.0;
/// A view narrower than this shows nothing of use, degrees.
const LEAST_FOV_DEG: f64 = 0.2;
/// No camera is of use farther than this, metres.
const MOST_RANGE_M: f64 = 20_000.0;

/// Everything of video that the twin shows. Replaces what was shown before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VideoStage {
    /// Counts changes; the first one that shows anything is 1.
    pub revision: u64,
    /// Who sees a target, and who does not.
    pub lines: Arc<[SightLine]>,
    /// What chosen cameras see.
    pub volumes: Arc<[SightVolume]>,
    /// How an area is covered.
    pub sheet: Option<Arc<CoverageSheet>>,
    /// Cameras whose pictures are shown in the city.
    pub pictures: Arc<[PicturePlan]>,
}

/// A line from a lens to a target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SightLine {
    /// The lens.
    pub from: Geodetic,
    /// The target.
    pub to: Geodetic,
    /// How far it goes.
    pub end: SightEnd,
}

/// How far a sight goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SightEnd {
    /// To the target.
    Clear,
    /// To something that stands in the way, there.
    Blocked(Geodetic),
    /// Nobody knows: it leaves what is known of the city.
    Unknown,
}

/// How a camera stands and looks, as a flat picture without distortion has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewPose {
    /// Where the lens is.
    pub lens: Geodetic,
    /// Where it looks, clockwise from north, degrees.
    pub azimuth_deg: f64,
    /// How far it looks down, degrees below the horizon.
    pub tilt_deg: f64,
    /// How far it is turned around its own sight, clockwise as seen from behind it, degrees.
    pub roll_deg: f64,
    /// Horizontal field of view, degrees.
    pub fov_h_deg: f64,
    /// Vertical field of view, degrees.
    pub fov_v_deg: f64,
    /// How far it is useful, metres from the lens.
    pub range_m: f64,
}

/// Unit vectors of a camera, metres east, north and up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ViewAxes {
    /// Where it looks.
    pub forward: [f64; 3],
    /// To the right in its picture.
    pub right: [f64; 3],
    /// Upwards in its picture.
    pub up: [f64; 3],
}

impl ViewPose {
    /// True when every number is one, and a flat picture can have the field of view.
    pub fn is_sound(&self) -> bool {
        let place = [self.lens.lon_deg, self.lens.lat_deg, self.lens.height_m];
        let turns = [self.azimuth_deg, self.tilt_deg, self.roll_deg];
        let views = [self.fov_h_deg, self.fov_v_deg];
        place.iter().chain(&turns).all(|number| number.is_finite())
            && views
                .iter()
                .all(|fov_deg| (LEAST_FOV_DEG..=MOST_FOV_DEG).contains(fov_deg))
            && self.range_m > 0.0
            && self.range_m <= MOST_RANGE_M
    }

    /// The camera's axes in a frame of metres east, north and up.
    pub fn axes(&self) -> ViewAxes {
        let (sin_a, cos_a) = self.azimuth_deg.to_radians().sin_cos();
        let (sin_t, cos_t) = self.tilt_deg.to_radians().sin_cos();
        let (sin_r, cos_r) = self.roll_deg.to_radians().sin_cos();
        let level = [cos_a, -sin_a, 0.0];
        let upright = [sin_a * sin_t, cos_a * sin_t, cos_t];
        ViewAxes {
            forward: [sin_a * cos_t, cos_a * cos_t, -sin_t],
            right: sum(level, cos_r, upright, -sin_r),
            up: sum(upright, cos_r, level, sin_r),
        }
    }

    /// Half the width and half the height of the picture, metres at one metre before the lens.
    pub fn half_size(&self) -> [f64; 2] {
        [self.fov_h_deg, self.fov_v_deg].map(|fov_deg| (fov_deg.to_radians() * 0.5).tan())
    }

    /// The ends of the four edges of the view, metres east, north and up of the lens: top left, top right, bottom right,
    /// bottom left, each as far before the lens as the range.
    pub fn far_corners(&self) -> [[f64; 3]; 4] {
        let ViewAxes { forward, right, up } = self.axes();
        let [half_width, half_height] = self.half_size();
        [[-1.0, 1.0], [1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]].map(|[across, above]| {
            let flat = sum(right, across * half_width, up, above * half_height);
            sum(forward, self.range_m, flat, self.range_m)
        })
    }
}

/// `a * x + b * y`.
fn sum(x: [f64; 3], a: f64, y: [f64; 3], b: f64) -> [f64; 3] {
    let [x0, x1, x2] = x;
    let [y0, y1, y2] = y;
    [x0 * a + y0 * b, x1 * a + y1 * b, x2 * a + y2 * b]
}

/// What a camera sees, as its edges and, with a depth map, as light on what it hits.
#[derive(Clone, Debug, PartialEq)]
pub struct SightVolume {
    /// How the camera stands.
    pub pose: ViewPose,
    /// True for the camera that the person has chosen.
    pub is_selected: bool,
    /// True when its view is assumed from its type: its edges are broken.
    pub is_assumed: bool,
    /// How far it sees; without one nothing is lit.
    pub depth: Option<Arc<DepthMap>>,
}

/// How far a camera sees in every direction of its picture.
#[derive(Clone, PartialEq)]
pub struct DepthMap {
    /// Cells from left to right.
    pub columns: u32,
    /// Cells from top to bottom.
    pub rows: u32,
    /// Metres from the lens along the sight through the middle of each cell, row by row from the top left; infinite where
    /// nothing is hit.
    pub metres: Vec<f32>,
}

impl DepthMap {
    /// True when there are as many cells as it says, and no more than [`MOST_DEPTH_SIDE`] along a side.
    pub fn is_sound(&self) -> bool {
        let sides = [self.columns, self.rows];
        sides
            .iter()
            .all(|side| (1..=MOST_DEPTH_SIDE).contains(side))
            && self.metres.len() == cells(self.columns, self.rows)
    }
}

impl fmt::Debug for DepthMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DepthMap({} × {})", self.columns, self.rows)
    }
}

/// How many cameras see each cell of an area.
#[derive(Clone, PartialEq)]
pub struct CoverageSheet {
    /// Where the grid's metres count from.
    pub origin: Geodetic,
    /// Where the cells lie.
    pub grid: Grid,
    /// Cameras per cell, row by row from the south-west; from [`NO_COUNT`] on a cell is not painted.
    pub counts: Vec<u8>,
    /// From this count on all cells look the same, 1 to 253.
    pub most: u8,
    /// How strongly it is painted, 0 to 1.
    pub opacity: f32,
}

/// A step of a sheet's legend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SheetStep {
    /// The least count.
    pub from: u8,
    /// The greatest count; `None` for no limit.
    pub to: Option<u8>,
    /// Its colour, sRGB.
    pub colour: [u8; 3],
}

impl CoverageSheet {
    /// True when the grid makes sense, is no larger than [`MOST_SHEET_SIDE`], and has a count for each cell.
    pub fn is_sound(&self) -> bool {
        let Grid { columns, rows, .. } = self.grid;
        self.grid.check().is_ok()
            && columns.max(rows) <= MOST_SHEET_SIDE
            && self.counts.len() == cells(columns, rows)
            && self.opacity.is_finite()
    }

    /// Which counts have which colour: blind spots, then steps upwards. The twin paints by it.
    pub fn legend(&self) -> Vec<SheetStep> {
        let most = self.most.clamp(1, NO_COUNT - 1);
        let steps = most.min(MOST_STEPS);
        // In wider numbers: 253 times 5 is no byte.
        let end_of = |step: u8| (u16::from(most) * u16::from(step) / u16::from(steps)) as u8;
        let blind = SheetStep {
            from: 0,
            to: Some(0),
            colour: BLIND,
        };
        let seen = (0..steps).map(|step| {
            let share = f32::from(step) / f32::from(steps.max(2) - 1);
            SheetStep {
                from: end_of(step) + 1,
                to: (step + 1 < steps).then(|| end_of(step + 1)),
                colour: RAMP.srgb8(RAMP_FROM + (1.0 - RAMP_FROM) * share),
            }
        });
        std::iter::once(blind).chain(seen).collect()
    }

    /// The colour of each count with its strength, sRGB, as a texture of one row: clear from [`NO_COUNT`] on.
    pub fn texels(&self) -> [[u8; 4]; 256] {
        let mut texels = [[0; 4]; 256];
        for step in self.legend() {
            let [red, green, blue] = step.colour;
            let last = usize::from(step.to.unwrap_or(NO_COUNT - 1));
            let of_step = texels.iter_mut().take(last + 1);
            for texel in of_step.skip(usize::from(step.from)) {
                *texel = [red, green, blue, u8::MAX];
            }
        }
        texels
    }
}

impl fmt::Debug for CoverageSheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CoverageSheet")
            .field("origin", &self.origin)
            .field("grid", &self.grid)
            .field("most", &self.most)
            .field("opacity", &self.opacity)
            .finish_non_exhaustive()
    }
}

/// A camera whose picture is shown in the city.
#[derive(Clone, Debug, PartialEq)]
pub struct PicturePlan {
    /// The view that its pixels come from; each view is there once.
    pub view: u32,
    /// How the camera stands.
    pub pose: ViewPose,
    /// Lay the picture on what the camera sees; not without a depth map, for it would lie behind walls as well.
    pub drape: Option<Drape>,
    /// Hang the picture above the camera.
    pub is_above: bool,
    /// When the picture is from; decides the colour of its border.
    pub taken: Taken,
}

/// How a picture lies on the city.
#[derive(Clone, Debug, PartialEq)]
pub struct Drape {
    /// How far the camera sees.
    pub depth: Arc<DepthMap>,
    /// How strongly it is painted, 0 to 1.
    pub opacity: f32,
}

/// When a picture is from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Taken {
    /// Now.
    #[default]
    Live,
    /// Earlier.
    Recorded,
    /// Made for a drill.
    Drill,
}

/// A picture's pixels.
#[derive(Clone, PartialEq, Eq)]
pub struct Rgba {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// Red, green, blue and opacity of each pixel, sRGB, row by row from the top left.
    pub bytes: Vec<u8>,
}

impl Rgba {
    /// True when there are as many bytes as it says, and no more than [`MOST_PICTURE_SIDE`] pixels along a side.
    pub fn is_sound(&self) -> bool {
        let sides = [self.width, self.height];
        sides
            .iter()
            .all(|side| (1..=MOST_PICTURE_SIDE).contains(side))
            && self.bytes.len() == cells(self.width, self.height) * 4
    }
}

impl fmt::Debug for Rgba {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rgba({} × {})", self.width, self.height)
    }
}

fn cells(columns: u32, rows: u32) -> usize {
    (columns as usize).saturating_mul(rows as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    const POSE: ViewPose = ViewPose {
        lens: Geodetic {
            lon_deg: 117.2,
            lat_deg: 34.26,
            height_m: 6.0,
        },
        azimuth_deg: 90.0,
        tilt_deg: 0.0,
        roll_deg: 0.0,
        fov_h_deg: 90.0,
        fov_v_deg: 60.0,
        range_m: 100.0,
    };

    #[track_caller]
    fn check_axis(found: [f64; 3], wanted: [f64; 3]) {
        let is_near = found
            .iter()
            .zip(wanted)
            .all(|(found, wanted)| (found - wanted).abs() < 1e-9);
        assert!(is_near, "{found:?}, not {wanted:?}");
    }

    fn sheet(most: u8) -> CoverageSheet {
        CoverageSheet {
            origin: POSE.lens,
            grid: Grid {
                columns: 2,
                rows: 1,
                min: [0.0, 0.0],
                step_m: 1.0,
            },
            counts: vec![0, 3],
            most,
            opacity: 0.6,
        }
    }

    #[test]
    fn a_level_camera_that_looks_east_has_south_on_its_right() {
        let axes = POSE.axes();
        check_axis(axes.forward, [1.0, 0.0, 0.0]);
        check_axis(axes.right, [0.0, -1.0, 0.0]);
        check_axis(axes.up, [0.0, 0.0, 1.0]);
    }

    #[test]
    fn a_camera_that_is_tilted_looks_down_and_one_that_is_rolled_has_its_right_side_lower() {
        let down = ViewPose {
            tilt_deg: 90.0,
            ..POSE
        };
        check_axis(down.axes().forward, [0.0, 0.0, -1.0]);
        check_axis(down.axes().up, [1.0, 0.0, 0.0]);
        let rolled = ViewPose {
            roll_deg: 90.0,
            ..POSE
        };
        check_axis(rolled.axes().right, [0.0, 0.0, -1.0]);
        check_axis(rolled.axes().up, [0.0, -1.0, 0.0]);
    }

    #[test]
    fn the_corners_of_a_view_begin_at_the_top_left() {
        let [top_left, _, bottom_right, _] = POSE.far_corners();
        let half_height_m = 100.0 * 30_f64.to_radians().tan();
        check_axis(top_left, [100.0, 100.0, half_height_m]);
        check_axis(bottom_right, [100.0, -100.0, -half_height_m]);
    }

    #[test]
    fn a_view_that_no_flat_picture_has_is_refused() {
        assert!(POSE.is_sound());
        for broken in [
            ViewPose {
                azimuth_deg: f64::NAN,
                ..POSE
            },
            ViewPose {
                fov_h_deg: 360.0,
                ..POSE
            },
            ViewPose {
                fov_v_deg: 0.0,
                ..POSE
            },
            ViewPose {
                range_m: -1.0,
                ..POSE
            },
            ViewPose {
                range_m: f64::INFINITY,
                ..POSE
            },
        ] {
            assert!(!broken.is_sound(), "{broken:?}");
        }
    }

    #[track_caller]
    fn check_steps(most: u8, wanted: &[(u8, Option<u8>)]) {
        let steps = sheet(most).legend();
        let found: Vec<_> = steps.iter().map(|step| (step.from, step.to)).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn few_counts_have_a_colour_each_and_many_share_five() {
        let blind = (0, Some(0));
        check_steps(0, &[blind, (1, None)]);
        check_steps(3, &[blind, (1, Some(1)), (2, Some(2)), (3, None)]);
        check_steps(
            10,
            &[
                blind,
                (1, Some(2)),
                (3, Some(4)),
                (5, Some(6)),
                (7, Some(8)),
                (9, None),
            ],
        );
        assert_eq!(sheet(u8::MAX).legend().len(), 6);
    }

    #[test]
    fn every_count_has_the_colour_of_its_step_and_what_nobody_asked_for_has_none() {
        let texels = sheet(10).texels();
        assert_eq!(texels[0], [0xd5, 0x5e, 0x00, 255]);
        assert_eq!(texels[1], texels[2]);
        assert_ne!(texels[2], texels[3]);
        assert_eq!(texels[9], texels[253]);
        assert_eq!([texels[254], texels[255]], [[0; 4]; 2]);
    }

    #[test]
    fn what_claims_more_than_it_holds_is_refused() {
        let picture = |width, height, bytes| Rgba {
            width,
            height,
            bytes: vec![0; bytes],
        };
        assert!(picture(2, 3, 24).is_sound());
        assert!(!picture(2, 3, 23).is_sound());
        assert!(!picture(0, 3, 0).is_sound());
        assert!(!picture(1 << 31, 1 << 31, 24).is_sound());
        let depth = |columns, rows| DepthMap {
            columns,
            rows,
            metres: vec![f32::INFINITY; 6],
        };
        assert!(depth(3, 2).is_sound());
        assert!(!depth(6, 2).is_sound());
        assert!(!depth(MOST_DEPTH_SIDE + 1, 2).is_sound());
        assert!(sheet(3).is_sound());
        let short = CoverageSheet {
            counts: vec![0],
            ..sheet(3)
        };
        assert!(!short.is_sound());
    }

    #[test]
    fn a_log_tells_the_size_of_a_picture_and_not_its_pixels() {
        let picture = Rgba {
            width: 768,
            height: 432,
            bytes: vec![7; 768 * 432 * 4],
        };
        assert_eq!(format!("{picture:?}"), "Rgba(768 × 432)");
        assert!(format!("{:?}", sheet(3)).len() < 300);
    }
}
