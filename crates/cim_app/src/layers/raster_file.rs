//! Rasters of packs: a small text header and the values beside it.
//!
//! `depth.json` says `{ "columns": 200, "rows": 100, "west_deg": 121.5, "south_deg": 31.2, "step_m": 10,
//! "values": "depth.f32", "ground": "ground.f32" }`; the files of values hold little-endian `f32`, row by row from the south, each
//! from the west, NaN where there is none. `ground` is the height of the ground in metres, needed for water only. `at` says
//! when the values held (RFC 3339, such as `2026-07-01T08:00:00+08:00`); it may be left out.

use super::grids::{bytes_of, problem_of};
use cim_geo::{Geodetic, LocalFrame};
use cim_layers::field::{Grid, Raster};
use cim_tiles::Problem;
use serde::Deserialize;
use std::path::Path;

/// The longest header, bytes.
const MOST_HEADER: u64 = 64 << 10;

#[derive(Deserialize)]
struct Header {
    columns: u32,
    rows: u32,
    west_deg: f64,
    south_deg: f64,
    step_m: f32,
    values: String,
    #[serde(default)]
    ground: Option<String>,
    #[serde(default)]
    at: Option<String>,
}

/// A raster, and the height of the ground under it where the file says so.
pub(super) struct RasterFile {
    pub(super) raster: Raster,
    pub(super) ground: Option<Raster>,
    /// When the values held, UTC milliseconds; `None` where the file does not say.
    pub(super) at: Option<i64>,
}

/// Reads the raster at `path`, in the frame of a city at `origin`.
pub(super) fn read(path: &Path, origin: Geodetic) -> Result<RasterFile, Problem> {
    let bytes = bytes_of(path, MOST_HEADER)?;
    let header: Header = serde_json::from_slice(&bytes).map_err(|error| Problem {
        source: path.display().to_string(),
        place: format!("line {} column {}", error.line(), error.column()),
        reason: error.to_string(),
    })?;
    let corner = Geodetic::new(header.west_deg, header.south_deg, 0.0);
    let corner = LocalFrame::new(origin).enu_from_geodetic(corner);
    let grid = Grid {
        columns: header.columns,
        rows: header.rows,
        min: [corner.east_m as f32, corner.north_m as f32],
        step_m: header.step_m,
    };
    let problem = |reason: String| problem_of(path, reason);
    grid.check().map_err(|error| problem(error.to_string()))?;
    let at = header.at.as_deref().map(|text| {
        let moment = text.parse::<jiff::Timestamp>();
        moment.map_err(|error| problem(format!("at: {error}")))
    });
    let at = at.transpose()?.map(jiff::Timestamp::as_millisecond);
    let folder = path.parent().unwrap_or(Path::new(""));
    let values = |name: &str| -> Result<Raster, Problem> {
        let is_plain = !name.is_empty() && !name.contains(['/', '\\', ':']);
        if !is_plain {
            return Err(problem(format!(
                "{name:?} is no file beside the raster's header"
            )));
        }
        let file = folder.join(name);
        let bytes = bytes_of(&file, grid.cells() as u64 * 4)?;
        let (cells, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(problem_of(&file, "it ends within a value".to_owned()));
        }
        let values = cells.iter().map(|cell| f32::from_le_bytes(*cell));
        Raster::new(&grid, values.collect()).map_err(|error| problem_of(&file, error.to_string()))
    };
    Ok(RasterFile {
        raster: values(&header.values)?,
        ground: header.ground.as_deref().map(values).transpose()?,
        at,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::PathBuf};

    const ORIGIN: Geodetic = Geodetic {
        lon_deg: 121.5,
        lat_deg: 31.2,
        height_m: 0.0,
    };

    /// Two columns and two rows of 10 m.
    const HEADER: &str = r#"{"columns":2,"rows":2,"west_deg":121.5,"south_deg":31.2,"step_m":10,
        "values":"depth.f32","ground":"ground.f32"}"#;

    /// A folder with a header and values, removed in the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder =
                std::env::temp_dir().join(format!("cim_app-raster-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).expect("a scratch folder");
            let folder = Self(folder);
            folder.write("depth.json", HEADER.as_bytes());
            folder.write("depth.f32", &bytes(&[1.0, 2.0, 3.0, f32::NAN]));
            folder.write("ground.f32", &bytes(&[0.0; 4]));
            folder
        }

        fn write(&self, file: &str, bytes: &[u8]) {
            fs::write(self.0.join(file), bytes).expect("written");
        }

        fn read(&self) -> Result<RasterFile, Problem> {
            read(&self.0.join("depth.json"), ORIGIN)
        }

        /// What is told names this file and this place, and says these words of why.
        #[track_caller]
        fn check(&self, file: &str, place: &str, words: &str) {
            let Err(problem) = self.read() else {
                panic!("{file} is taken as it is");
            };
            let path = self.0.join(file).display().to_string();
            assert_eq!(problem.source, path, "{problem}");
            assert!(problem.place.contains(place), "{problem}");
            assert!(!problem.reason.is_empty(), "{problem}");
            assert!(problem.reason.contains(words), "{problem}");
            let told = problem.to_string();
            assert!(told.contains(&path) && told.contains(place), "{told}");
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).ok();
        }
    }

    fn bytes(values: &[f32]) -> Vec<u8> {
        values
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    }

    #[test]
    fn a_raster_lies_where_its_header_says_and_a_cell_that_is_no_number_has_no_value() {
        let folder = Folder::new("sound");
        let file = folder.read().expect("a sound raster");
        assert!(file.raster.min.iter().all(|side| side.abs() < 0.01));
        assert!(
            (file.raster.value(1, 0) - 2.0).abs() < 1e-6,
            "from the west"
        );
        assert!(
            (file.raster.value(0, 1) - 3.0).abs() < 1e-6,
            "from the south"
        );
        assert!(file.raster.value(1, 1).is_nan());
        assert!(file.ground.is_some());
    }

    #[test]
    fn files_of_the_wrong_size_are_told_by_name() {
        let folder = Folder::new("size");
        folder.write("depth.f32", &bytes(&[1.0, 2.0, 3.0]));
        folder.check("depth.f32", "the whole file", "has 3");
        folder.write("depth.f32", &bytes(&[1.0; 5]));
        folder.check("depth.f32", "the whole file", "larger than 16 bytes");
        folder.write("depth.f32", &[0; 15]);
        folder.check("depth.f32", "the whole file", "ends within a value");
        folder.write("depth.f32", &bytes(&[1.0; 4]));
        folder.write("ground.f32", &[]);
        folder.check("ground.f32", "the whole file", "has 0");
    }

    #[test]
    fn files_that_are_missing_are_told_by_name() {
        let folder = Folder::new("missing");
        for file in ["ground.f32", "depth.f32", "depth.json"] {
            fs::remove_file(folder.0.join(file)).expect("it was there");
            folder.check(file, "the whole file", "");
        }
    }

    #[test]
    fn headers_that_make_no_sense_say_where() {
        let folder = Folder::new("header");
        let with = |from: &str, to: &str| {
            assert!(HEADER.contains(from), "{from}");
            folder.write("depth.json", HEADER.replace(from, to).as_bytes());
        };
        with(r#""step_m":10"#, r#""step_m":NaN"#);
        folder.check("depth.json", "line 1 column", "expected");
        with(r#""columns":2,"#, "");
        folder.check("depth.json", "line 2 column", "columns");
        with(r#""rows":2"#, r#""rows":0"#);
        folder.check("depth.json", "the whole file", "number of cells");
        with(r#""step_m":10"#, r#""step_m":0"#);
        folder.check("depth.json", "the whole file", "cell in metres");
        with(r#""columns":2"#, r#""columns":4000000000"#);
        folder.check("depth.json", "the whole file", "4000000000");
    }

    #[test]
    fn a_header_names_only_files_beside_it() {
        let folder = Folder::new("beside");
        for name in ["", "../depth.f32", "/etc/passwd", "c:depth.f32"] {
            let header = HEADER.replace("depth.f32", name);
            folder.write("depth.json", header.as_bytes());
            folder.check("depth.json", "the whole file", "beside the raster's header");
        }
    }
}
