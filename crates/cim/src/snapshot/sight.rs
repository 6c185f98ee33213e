//! What cameras see, as options of a snapshot: sight lines to a place, and how an area is covered.

use crate::{
    Failure,
    host::say,
    video::{
        check, ring,
        sitting::{take_cameras, wait_for_obstacles},
    },
};
use cim_app::{
    Desk,
    wire::{CoverageAreaDto, SightTargetDto},
};
use clap::Args;
use std::path::Path;

/// Sight lines and coverage, as options of the command line.
#[derive(Debug, Args)]
pub(crate) struct SightArgs {
    /// Draw which cameras see this place, and what stands in the way of others: the cache's cameras, or the city's own.
    #[arg(long, value_name = "LON,LAT", allow_hyphen_values = true, value_parser = crate::video::place)]
    sees: Option<[f64; 2]>,
    /// Draw how an area is covered, and what no camera sees: west,south,east,north in degrees, GeoJSON, or a file of it.
    #[arg(long, value_name = "AREA", allow_hyphen_values = true)]
    blind: Option<String>,
    /// Side of a cell of --blind, metres.
    #[arg(long, value_name = "METRES", default_value_t = 1.0, requires = "blind")]
    cell: f64,
}

impl SightArgs {
    /// Lets the desk show what was asked for: the stage hands it on.
    pub(super) async fn show(
        &self,
        desk: &Desk,
        (city, has_cache): (Option<&Path>, bool),
    ) -> Result<(), Failure> {
        if self.sees.is_none() && self.blind.is_none() {
            return Ok(());
        }
        if let Some(city) = city.filter(|_| !has_cache) {
            take_cameras(desk, city).await?;
        }
        wait_for_obstacles(desk).await?;
        if let Some([lon, lat]) = self.sees {
            let target = SightTargetDto::Point {
                lon,
                lat,
                height_m: None,
                is_absolute: false,
            };
            let sights = desk.show_sight_lines(Some(&target)).await?;
            check(sights.refused.as_ref())?;
            say(&format!(
                "{} cameras see it, {} would without what stands in the way",
                sights.clear, sights.blocked
            ));
        }
        if let Some(area) = &self.blind {
            let area = CoverageAreaDto {
                ring: ring(area)?,
                cell_m: self.cell,
                height_m: 1.0,
                ..CoverageAreaDto::default()
            };
            let map = desk.coverage(&area).await?;
            check(map.refused.as_ref())?;
            say(&format!(
                "{} cameras, {:.0} m² of {:.0} m² are blind",
                map.cameras, map.blind_m2, map.area_m2
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        sight: SightArgs,
    }

    #[test]
    fn options_are_read() {
        let read = |words: &[&str]| Line::try_parse_from([&["snapshot"][..], words].concat());
        let both = read(&["--sees", "-3.70,40.42", "--blind", "1,2,3,4", "--cell", "2"]);
        let sight = both.expect("options").sight;
        assert_eq!(sight.sees, Some([-3.70, 40.42]));
        assert!(read(&[]).is_ok());
        assert!(read(&["--sees", "1"]).is_err());
    }
}
