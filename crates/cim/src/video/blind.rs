//! `cim video blind`: how an area is covered, as figures and as a picture.

use super::{
    check,
    map::Map,
    sitting::{Asking, Sitting},
};
use crate::{
    Failure,
    host::{print, say},
};
use cim_app::wire::{CoverageAreaDto, CoverageDto, VideoQueryDto};
use cim_layers::sight::CoverageSheet;
use clap::Args;
use std::{path::PathBuf, sync::Arc};

/// So many cameras are marked on the map.
const MOST_MARKED: u32 = 500;
/// So many blind spots are told.
const MOST_SPOTS: usize = 10;

/// Draw how an area is covered.
#[derive(Debug, Args)]
pub(crate) struct Blind {
    /// The city whose buildings and ground are in the way.
    #[arg(long, value_name = "DIR")]
    city: PathBuf,
    /// The cache whose cameras count; the city's own cameras without it.
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// The area: west,south,east,north in degrees, GeoJSON, or a file of it.
    #[arg(long, value_name = "AREA", allow_hyphen_values = true)]
    area: String,
    /// Side of a cell, metres.
    #[arg(long, value_name = "METRES", default_value_t = 1.0, value_parser = metres::<1, 100>)]
    cell: f64,
    /// How high above the ground somebody is to be seen, metres.
    #[arg(long, value_name = "METRES", default_value_t = 1.0, value_parser = metres::<0, 200>)]
    height: f64,
    /// From how many pixels on a metre it counts as seen.
    #[arg(long, value_name = "PX", default_value_t = 0.0)]
    min_pixels: f64,
    /// Only cameras that deliver.
    #[arg(long)]
    online: bool,
    /// The picture to write.
    #[arg(long, value_name = "PNG")]
    out: PathBuf,
    #[command(flatten)]
    asking: Asking,
}

/// Reads metres between so many halves of one and so many.
fn metres<const LEAST: u32, const MOST: u32>(text: &str) -> Result<f64, String> {
    let [least, most] = [LEAST, MOST].map(|halves| f64::from(halves) / 2.0);
    let read = text.parse::<f64>().ok();
    read.filter(|metres| (least..=most).contains(metres))
        .ok_or_else(|| format!("'{text}' is not a length from {least} to {most} m"))
}

/// What the desk answered.
struct Answer {
    told: CoverageDto,
    sheet: Arc<CoverageSheet>,
    cameras: Vec<[f64; 2]>,
}

impl Blind {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let area = CoverageAreaDto {
            ring: super::ring(&self.area)?,
            cell_m: self.cell,
            height_m: self.height,
            min_pixels: self.min_pixels,
            is_online_only: self.online,
        };
        let sitting = Sitting::in_sight(self.cache.as_deref(), &self.city, &self.asking)?;
        let Answer {
            told,
            sheet,
            cameras,
        } = sitting.ask(|sitting| ask(sitting, &area))?;
        let map = Map {
            sheet: &sheet,
            told: &told,
            cameras: &cameras,
            is_chinese: self.asking.is_chinese(),
        };
        let picture = map.draw()?;
        std::fs::write(&self.out, cim_stream::picture::png(&picture)?)
            .map_err(|err| format!("{} cannot be written: {err}", self.out.display()))?;
        if self.asking.json {
            print(&serde_json::to_string(&told)?);
        } else {
            for line in lines_of(&told) {
                print(&line);
            }
        }
        say(&format!("the map is in {}", self.out.display()));
        Ok(true)
    }
}

fn ask(sitting: &Sitting, area: &CoverageAreaDto) -> Result<Answer, Failure> {
    let told = sitting.wait(sitting.desk.coverage(area))?;
    check(told.refused.as_ref())?;
    let stage = sitting.desk.video_stage(0);
    let sheet = stage
        .and_then(|stage| stage.sheet)
        .ok_or("the desk drew no map")?;
    let page = sitting.desk.video_search(&VideoQueryDto {
        area: area.ring.clone(),
        has_place: Some(true),
        limit: MOST_MARKED,
        ..VideoQueryDto::default()
    });
    Ok(Answer {
        told,
        sheet,
        cameras: page.rows.iter().filter_map(|row| row.place).collect(),
    })
}

/// The figures for a person.
fn lines_of(told: &CoverageDto) -> Vec<String> {
    let share = |m2: f64| 100.0 * m2 / told.area_m2.max(1e-9);
    let mut lines = vec![
        format!(
            "{:.0} m² that are not built over, {} cameras see some of it, {:.0} ms",
            told.area_m2, told.cameras, told.took_ms
        ),
        format!(
            "seen {:.1} %, blind {:.0} m² ({:.1} %)",
            100.0 * told.seen_share,
            told.blind_m2,
            share(told.blind_m2)
        ),
    ];
    if !told.is_with_obstacles {
        lines.push("what stands in the way is not known".to_owned());
    }
    let counts = told.by_count_m2.iter().zip(0_usize..);
    lines.extend(counts.map(|(m2, count)| {
        let more = if count + 1 == told.by_count_m2.len() {
            " or more"
        } else {
            ""
        };
        format!("  by {count}{more}: {m2:.0} m² ({:.1} %)", share(*m2))
    }));
    let spots = told.blind_spots.iter().take(MOST_SPOTS);
    lines.extend(spots.map(|[lon, lat, m2]| format!("  blind spot {lon:.6},{lat:.6}: {m2:.0} m²")));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_ends() {
        assert!(metres::<1, 100>("0.5").is_ok() && metres::<1, 100>("50").is_ok());
        for wrong in ["0.4", "51", "NaN", "wide"] {
            assert!(metres::<1, 100>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn figures_name_the_share_that_is_blind() {
        let told = CoverageDto {
            is_with_obstacles: true,
            area_m2: 200.0,
            blind_m2: 50.0,
            seen_share: 0.75,
            by_count_m2: vec![50.0, 100.0, 50.0],
            blind_spots: vec![[117.2, 34.26, 40.0]],
            ..CoverageDto::default()
        };
        let lines = lines_of(&told).join("\n");
        for part in [
            "seen 75.0 %, blind 50 m² (25.0 %)",
            "by 2 or more: 50 m²",
            "117.200000,34.260000: 40 m²",
        ] {
            assert!(lines.contains(part), "{lines}");
        }
    }
}
