//! A picture of a coverage map: cells in the twin's colours, cameras, a scale, the legend, figures.

use crate::Failure;
use cim_app::wire::CoverageDto;
use cim_geo::{Geodetic, LocalFrame};
use cim_layers::sight::{CoverageSheet, NO_COUNT, SheetStep};
use cim_stream::picture::{Canvas, Face, Rect, Rgb};

const FONT: &[u8] = include_bytes!("../../../../assets/fonts/NotoSansSC-Regular.ttf");
/// The map is about so wide, px; larger when it has more cells.
const ABOUT: u32 = 1_000;
const MARGIN: u32 = 16;
const PANEL: u32 = 340;
const LEAST_HEIGHT: u32 = 600;
const TEXT_PX: f32 = 17.0;
const LINE_PX: u32 = 26;
const BACKGROUND: [u8; 3] = [0x10, 0x15, 0x1c];
const BUILT: [u8; 3] = [0x3c, 0x44, 0x50];
const INK: [u8; 3] = [0xe6, 0xea, 0xf0];
const DARK: [u8; 3] = [0x08, 0x0a, 0x0d];
/// Blind cells are hatched: every so many pixels a darker stripe of so many.
const HATCH: [u32; 2] = [8, 3];
/// So many blind spots are listed.
const MOST_SPOTS: usize = 5;
/// A cell with this count lies under a roof.
const UNDER_ROOF: u8 = NO_COUNT;

/// What is drawn.
pub(super) struct Map<'a> {
    pub(super) sheet: &'a CoverageSheet,
    pub(super) told: &'a CoverageDto,
    /// Where cameras stand, degrees.
    pub(super) cameras: &'a [[f64; 2]],
    pub(super) is_chinese: bool,
}

impl Map<'_> {
    /// The picture.
    pub(super) fn draw(&self) -> Result<Rgb, Failure> {
        let scale = self.scale();
        let [width, height] = self.size();
        let legend = self.sheet.legend();
        let mut bytes = Vec::with_capacity(3 * width as usize * height as usize);
        for y in 0..height {
            for x in 0..width {
                let colour = self.cell(x, y, scale).map_or(BACKGROUND, |count| {
                    hatched(colour_of(count, &legend), count == 0, [x, y])
                });
                bytes.extend_from_slice(&colour);
            }
        }
        let picture = Rgb::new(width, height, bytes).ok_or("the map has no size")?;
        let mut canvas = Canvas::of(&picture);
        for place in self.cameras {
            self.mark(&mut canvas, *place, scale);
        }
        let face = Face::new(FONT)?;
        self.panel(&mut canvas, &face, &legend);
        self.scale_bar(&mut canvas, &face, scale);
        Ok(canvas.finish())
    }

    /// Pixels of a cell's side.
    fn scale(&self) -> u32 {
        let grid = &self.sheet.grid;
        (ABOUT / grid.columns.max(grid.rows).max(1)).max(1)
    }

    fn size(&self) -> [u32; 2] {
        let (grid, scale) = (&self.sheet.grid, self.scale());
        [
            grid.columns * scale + PANEL + 3 * MARGIN,
            (grid.rows * scale).max(LEAST_HEIGHT) + 2 * MARGIN,
        ]
    }

    /// How many cameras see the cell at a pixel; `None` beside the map.
    fn cell(&self, x: u32, y: u32, scale: u32) -> Option<u8> {
        let grid = &self.sheet.grid;
        let column = x.checked_sub(MARGIN)? / scale;
        let from_north = y.checked_sub(MARGIN)? / scale;
        if column >= grid.columns || from_north >= grid.rows {
            return None;
        }
        let row = grid.rows - 1 - from_north;
        let at = row as usize * grid.columns as usize + column as usize;
        self.sheet.counts.get(at).copied()
    }

    fn mark(&self, canvas: &mut Canvas, [lon, lat]: [f64; 2], scale: u32) {
        let grid = &self.sheet.grid;
        let frame = LocalFrame::new(self.sheet.origin);
        let at = frame.enu_from_geodetic(Geodetic::new(lon, lat, self.sheet.origin.height_m));
        let [west, south] = grid.min.map(f64::from);
        let pixels = f64::from(scale) / f64::from(grid.step_m);
        let x = f64::from(MARGIN) + (at.east_m - west) * pixels;
        let high = f64::from(grid.rows * scale);
        let y = f64::from(MARGIN) + high - (at.north_m - south) * pixels;
        let is_inside = x >= 4.0
            && y >= 4.0
            && x < f64::from(MARGIN + grid.columns * scale)
            && y < f64::from(MARGIN) + high;
        if !is_inside {
            return;
        }
        for (half, colour) in [(4, DARK), (2, INK)] {
            let around = Rect {
                x: (x as u32).saturating_sub(half),
                y: (y as u32).saturating_sub(half),
                width: 2 * half + 1,
                height: 2 * half + 1,
            };
            canvas.fill(around, colour);
        }
    }

    fn panel(&self, canvas: &mut Canvas, face: &Face, legend: &[SheetStep]) {
        let left = self.sheet.grid.columns * self.scale() + 2 * MARGIN;
        let mut top = MARGIN;
        let mut write = |canvas: &mut Canvas, left: u32, text: &str| {
            canvas.text(face, [left as f32, top as f32], TEXT_PX, INK, text);
            top += LINE_PX;
            top
        };
        for line in self.figures() {
            write(canvas, left, &line);
        }
        write(canvas, left, "");
        let built = SheetStep {
            from: UNDER_ROOF,
            to: None,
            colour: BUILT,
        };
        for step in legend.iter().chain([&built]) {
            let foot = write(canvas, left + 40, &self.label(*step));
            swatch(canvas, [left, foot - LINE_PX + 4], *step);
        }
        write(canvas, left, "");
        for line in self.spots() {
            write(canvas, left, &line);
        }
    }

    fn figures(&self) -> Vec<String> {
        let told = self.told;
        let (seen, hectares) = (100.0 * told.seen_share, told.area_m2 / 10_000.0);
        let (cell, height) = (told.area.cell_m, told.area.height_m);
        if self.is_chinese {
            vec![
                "视频覆盖与盲区".to_owned(),
                format!("室外面积 {hectares:.2} 公顷"),
                format!("可见 {seen:.1} %"),
                format!("盲区 {:.0} m²（{:.1} %）", told.blind_m2, 100.0 - seen),
                format!("摄像机 {} 路", told.cameras),
                format!("网格 {cell} m，目标高 {height} m"),
            ]
        } else {
            vec![
                "Coverage and blind spots".to_owned(),
                format!("outdoors {hectares:.2} ha"),
                format!("seen {seen:.1} %"),
                format!("blind {:.0} m² ({:.1} %)", told.blind_m2, 100.0 - seen),
                format!("{} cameras", told.cameras),
                format!("cells of {cell} m, {height} m above ground"),
            ]
        }
    }

    fn label(&self, step: SheetStep) -> String {
        let name = |zh: &str, en: &str| {
            let word = if self.is_chinese { zh } else { en };
            word.to_owned()
        };
        if step.from == UNDER_ROOF {
            return name("建筑", "built over");
        }
        let counts = match step.to {
            Some(0) => name("盲区", "blind"),
            Some(to) if to == step.from => to.to_string(),
            Some(to) => format!("{}–{to}", step.from),
            None => format!("≥ {}", step.from),
        };
        format!("{counts}   {:.0} m²", self.area_of(step))
    }

    /// What so many cameras see, m²: as far as the desk counted apart.
    fn area_of(&self, step: SheetStep) -> f64 {
        let to = step.to.map_or(usize::MAX, usize::from);
        let counts = self.told.by_count_m2.iter().zip(0_usize..);
        let within = counts.filter(|(_, count)| (usize::from(step.from)..=to).contains(count));
        within.map(|(m2, _)| m2).sum()
    }

    fn spots(&self) -> Vec<String> {
        let spots = self.told.blind_spots.iter().take(MOST_SPOTS);
        spots
            .map(|[lon, lat, m2]| format!("{m2:.0} m²  {lon:.5}, {lat:.5}"))
            .collect()
    }

    fn scale_bar(&self, canvas: &mut Canvas, face: &Face, scale: u32) {
        let pixels_per_m = f64::from(scale) / f64::from(self.sheet.grid.step_m);
        let wide = f64::from(self.sheet.grid.columns * scale);
        let lengths = [1_000.0, 500.0, 200.0, 100.0, 50.0, 20.0, 10.0];
        let fits = |metres: &f64| metres * pixels_per_m <= wide / 3.0;
        let Some(metres) = lengths.into_iter().find(fits) else {
            return;
        };
        let [_, height] = self.size();
        let (left, top) = (2 * MARGIN, height - 3 * MARGIN);
        for (more, colour) in [(2, DARK), (0, INK)] {
            let bar = Rect {
                x: left - more,
                y: top - more,
                width: (metres * pixels_per_m) as u32 + 2 * more,
                height: 5 + 2 * more,
            };
            canvas.fill(bar, colour);
        }
        let at = [left as f32, (top - LINE_PX) as f32];
        canvas.text(face, at, TEXT_PX, INK, &format!("{metres} m"));
    }
}

/// The colour of a cell that so many cameras see.
fn colour_of(count: u8, legend: &[SheetStep]) -> [u8; 3] {
    if count == UNDER_ROOF {
        return BUILT;
    }
    let is_it = |step: &&SheetStep| step.from <= count && step.to.is_none_or(|to| count <= to);
    let step = legend.iter().find(is_it).filter(|_| count < NO_COUNT);
    step.map_or(BACKGROUND, |step| step.colour)
}

/// The colour with a stripe in it, where it is hatched and one is due.
fn hatched(colour: [u8; 3], is_hatched: bool, [x, y]: [u32; 2]) -> [u8; 3] {
    let [every, wide] = HATCH;
    if is_hatched && (x + y) % every < wide {
        colour.map(|part| part / 2)
    } else {
        colour
    }
}

fn swatch(canvas: &mut Canvas, [left, top]: [u32; 2], step: SheetStep) {
    let is_blind = step.to == Some(0);
    for y in 0..16 {
        for x in 0..28 {
            let dot = Rect {
                x: left + x,
                y: top + y,
                width: 1,
                height: 1,
            };
            canvas.fill(dot, hatched(step.colour, is_blind, [x, y]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_layers::{field::Grid, sight::BLIND};

    fn sheet() -> CoverageSheet {
        CoverageSheet {
            origin: Geodetic::new(117.2, 34.26, 0.0),
            grid: Grid {
                columns: 4,
                rows: 2,
                min: [0.0, 0.0],
                step_m: 1.0,
            },
            // The southern row is seen by 0, 1, 2 and 9; the northern one is built over, outside, and seen by 1.
            counts: vec![0, 1, 2, 9, 254, 255, 1, 1],
            most: 5,
            opacity: 0.6,
        }
    }

    fn told() -> CoverageDto {
        CoverageDto {
            by_count_m2: vec![1.0, 3.0, 1.0, 0.0, 0.0, 1.0],
            ..CoverageDto::default()
        }
    }

    #[test]
    fn north_is_up_and_cells_have_the_twins_colours() {
        let (sheet, told) = (sheet(), told());
        let map = Map {
            sheet: &sheet,
            told: &told,
            cameras: &[],
            is_chinese: true,
        };
        let scale = map.scale();
        let picture = map.draw().expect("a picture");
        let at = |column: u32, from_north: u32| {
            let middle = |cell: u32| MARGIN + cell * scale + scale / 2;
            picture.pixel(middle(column), middle(from_north))
        };
        assert_eq!((at(0, 0), at(1, 0)), (BUILT, BACKGROUND));
        assert_eq!(at(2, 0), at(1, 1), "both are seen by one");
        assert_ne!(at(2, 0), at(2, 1));
        let half = BLIND.map(|part| part / 2);
        assert!([BLIND, half].contains(&at(0, 1)), "{:?}", at(0, 1));
    }

    #[test]
    fn a_camera_is_marked_where_it_stands() {
        let (sheet, told) = (sheet(), told());
        let map = |cameras| Map {
            sheet: &sheet,
            told: &told,
            cameras,
            is_chinese: false,
        };
        let bare = map(&[]).draw().expect("a picture");
        let marked = map(&[[117.200_01, 34.260_01]]).draw().expect("a picture");
        assert_ne!(bare, marked);
        let far = map(&[[118.0, 34.26]]).draw().expect("a picture");
        assert_eq!(bare, far, "it is not on the map");
    }

    #[test]
    fn areas_add_up_by_step() {
        let (sheet, told) = (sheet(), told());
        let map = Map {
            sheet: &sheet,
            told: &told,
            cameras: &[],
            is_chinese: false,
        };
        let all: f64 = sheet.legend().iter().map(|step| map.area_of(*step)).sum();
        assert!((all - 6.0).abs() < 1e-9, "{all}");
    }
}
