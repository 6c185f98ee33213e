//! The model district with its obstacles, and as many cameras in it as are wanted.

use super::{SEED, VideoBench, ms_since, told};
use crate::{
    Failure,
    bench::figure::Figure,
    dice::Dice,
    host::{end_progress, instant, progress},
    video::cameras::{self, CityCamera},
};
use cim_district::{DistrictRequest, generate};
use cim_geo::{Bounds, Geodetic, LocalFrame};
use cim_tiles::{Catalogue, FolderSource};
use cim_video::coverage::{
    CameraFacts, Clearness, LoadOptions, Loaded, Loading, Obstacles, ViewVolume, Viewer,
};
use serde_json::json;
use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

const BUILDINGS: u32 = 12_000;
/// A camera that would stand under a roof is put elsewhere, so often.
const TRIES: u32 = 32;
/// Nothing in the district is so high, metres.
const SKY_M: f64 = 300.0;
const MIB: f64 = 1_048_576.0;

/// A city whose obstacles are read.
pub(super) struct Town {
    pub(super) obstacles: Obstacles,
    pub(super) bounds: Bounds,
    cameras: Vec<CityCamera>,
    buildings: u64,
    /// How long the district took to make, when it was made for this, seconds.
    made_s: Option<f64>,
    read_s: f64,
    problems: usize,
}

/// The folder of the city that was named, or of the model district: made once, and used again the next time. With it how long that
/// took, seconds, when it was made now.
pub(super) fn city(bench: &VideoBench) -> Result<(PathBuf, Option<f64>), Failure> {
    if let Some(city) = &bench.city {
        return Ok((city.clone(), None));
    }
    let buildings = bench.many(BUILDINGS);
    let folder = bench
        .folder()
        .join(format!("citymirror-district-{buildings}"));
    if folder.join("catalogue.json").is_file() {
        return Ok((folder, None));
    }
    let request = DistrictRequest {
        seed: 1,
        buildings,
        out: folder.clone(),
    };
    let begun = instant();
    generate(&request, &mut |step| {
        progress(&format!("the district: {} {}", step.stage, step.done));
    })?;
    end_progress();
    Ok((folder, Some(ms_since(begun) / 1e3)))
}

impl Town {
    /// Opens the city of `bench`.
    pub(super) fn open(bench: &VideoBench) -> Result<Self, Failure> {
        let (folder, made_s) = city(bench)?;
        Self::read(&folder, made_s)
    }

    fn read(folder: &Path, made_s: Option<f64>) -> Result<Self, Failure> {
        let catalogue = Catalogue::read(folder)?;
        let cameras = cameras::read(folder)?;
        let frame = LocalFrame::new(Geodetic::from(catalogue.origin));
        let begun = instant();
        let mut tell = |loading: Loading| {
            progress(&format!(
                "{} of {} tiles, {} triangles",
                loading.tiles_read, loading.tiles_known, loading.triangles
            ));
            ControlFlow::Continue(())
        };
        let Loaded {
            obstacles,
            problems,
            ..
        } = Obstacles::from_city(
            &FolderSource::new(folder.to_owned()),
            "tileset.json",
            frame,
            &LoadOptions::default(),
            &mut tell,
        )?;
        end_progress();
        if obstacles.is_empty() || cameras.is_empty() {
            return Err(format!("{} has no solids or no cameras", folder.display()).into());
        }
        Ok(Self {
            obstacles,
            bounds: Bounds::from(catalogue.bounds),
            cameras,
            buildings: catalogue.counts.buildings,
            made_s,
            read_s: ms_since(begun) / 1e3,
            problems: problems.len(),
        })
    }

    /// How long the obstacles took to read, and what they are.
    pub(super) fn figure(&self) -> Figure {
        let mut figure = told(
            format!("obstacles of {} buildings read", self.buildings),
            self.read_s,
            "s",
        );
        figure.notes = vec![
            ("triangles", json!(self.obstacles.triangle_count())),
            ("mib", json!((self.obstacles.bytes() as f64 / MIB).round())),
            ("problems", json!(self.problems)),
            ("district_made_s", json!(self.made_s)),
        ];
        figure
    }

    /// So many cameras within `bounds`: those of the city's own that stand there, then others like them, under the open sky.
    pub(super) fn viewers(&self, count: u32, bounds: Bounds) -> Vec<Viewer> {
        let own = self.cameras.iter().map(CityCamera::facts);
        let own = own.filter(|facts| bounds.contains(facts.at.lon_deg, facts.at.lat_deg));
        let mut dice = Dice::new(SEED);
        let kinds = self.cameras.iter().cycle();
        let more = kinds.map_while(|camera| self.moved(&camera.facts(), bounds, &mut dice));
        own.chain(more)
            .filter_map(|facts| ViewVolume::of(&facts))
            .zip(0..count)
            .map(|(volume, row)| Viewer {
                row,
                volume,
                grade: 0.5,
                health: 1.0,
            })
            .collect()
    }

    /// A camera like this one that stands elsewhere and looks elsewhere; `None` when there is no open sky.
    fn moved(&self, like: &CameraFacts, bounds: Bounds, dice: &mut Dice) -> Option<CameraFacts> {
        let height_m = like.height_m.unwrap_or_default();
        for _ in 0..TRIES {
            let at = place_in(bounds, dice);
            if self.is_open(at, height_m) {
                return Some(CameraFacts {
                    at,
                    azimuth_deg: Some(360.0 * unit(dice)),
                    ..*like
                });
            }
        }
        None
    }

    /// True when nothing is above a place.
    pub(super) fn is_open(&self, at: Geodetic, height_m: f64) -> bool {
        let from = Geodetic { height_m, ..at };
        let sky = Geodetic {
            height_m: SKY_M,
            ..at
        };
        let line = self.obstacles.sight_line(from, sky);
        !matches!(line.clear, Clearness::Blocked(_))
    }
}

/// A place on the ground within `bounds`.
pub(super) fn place_in(bounds: Bounds, dice: &mut Dice) -> Geodetic {
    let wide = bounds.east_deg - bounds.west_deg;
    let high = bounds.north_deg - bounds.south_deg;
    Geodetic::new(
        bounds.west_deg + wide * unit(dice),
        bounds.south_deg + high * unit(dice),
        0.0,
    )
}

/// From 0 to below 1.
fn unit(dice: &mut Dice) -> f64 {
    dice.below(1 << 32) as f64 / (1_u64 << 32) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn town() -> (Town, PathBuf) {
        let folder = std::env::temp_dir().join(format!("cim-town-{}", std::process::id()));
        let request = DistrictRequest {
            seed: 3,
            buildings: 60,
            out: folder.clone(),
        };
        generate(&request, &mut |_| {}).expect("a district");
        (Town::read(&folder, None).expect("a town"), folder)
    }

    #[test]
    fn as_many_cameras_as_wanted_stand_under_the_open_sky() {
        let (town, folder) = town();
        let viewers = town.viewers(300, town.bounds);
        assert_eq!(viewers.len(), 300);
        assert_eq!(
            viewers.last().map(|viewer| viewer.row),
            Some(299),
            "rows are counted"
        );
        let own = town.cameras.len();
        let moved = viewers.iter().skip(own);
        assert!(moved.clone().count() > 100);
        let mut moved = moved.map(|viewer| viewer.volume);
        assert!(moved.all(|volume| town.is_open(volume.at, volume.height_m)));
        assert!(town.figure().holds());
        std::fs::remove_dir_all(folder).expect("the folder goes");
    }
}
