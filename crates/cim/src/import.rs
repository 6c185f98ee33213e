//! `cim import`: city data in.

use crate::{
    Failure,
    host::{end_progress, print, progress, say},
};
use cim_import::{ImportRequest, Progress, SourceCrs};
use clap::Args;
use std::path::PathBuf;

/// Bring city data in.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Files, or folders of them: GeoJSON, FlatGeobuf, CityJSON, CityGML, OSM (.pbf, .osm), EPANET (.inp), points (.csv),
    /// IFC where this build reads it.
    #[arg(required = true)]
    sources: Vec<PathBuf>,
    /// The city folder to make; replaced when it is one already. Tiles in which nothing changed are kept.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Coordinate reference system of the sources; GCJ-02 and BD-09 are converted.
    #[arg(long, value_name = "EPSG:n|GCJ-02|BD-09")]
    crs: Option<String>,
    /// Where a source in no reference system is put, degrees.
    #[arg(long, value_name = "LON,LAT", value_parser = lon_lat, allow_hyphen_values = true)]
    origin: Option<[f64; 2]>,
    /// Name of the city in Chinese; the first source's name by default.
    #[arg(long, visible_alias = "name")]
    name_zh: Option<String>,
    /// Name of the city in English.
    #[arg(long)]
    name_en: Option<String>,
    /// Licence of the sources.
    #[arg(long)]
    licence: Option<String>,
    /// Attribution that the licence asks for.
    #[arg(long)]
    attribution: Option<String>,
    /// The date that the sources show the city at.
    #[arg(long, value_name = "DATE")]
    epoch: Option<String>,
    /// Level of detail to take from CityJSON and CityGML; the best there is by default.
    #[arg(long, value_name = "LOD")]
    lod: Option<String>,
    /// Begin anew, whatever an interrupted import has left and whatever city is there.
    #[arg(long)]
    fresh: bool,
    /// Print the report as one JSON object.
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let crs = self.crs.as_deref().map(SourceCrs::parse).transpose()?;
        let mut request = ImportRequest::new(self.sources, self.out);
        request.crs = crs;
        request.origin = self.origin;
        request.name_zh = self.name_zh;
        request.name_en = self.name_en;
        request.licence = self.licence;
        request.attribution = self.attribution;
        request.epoch = self.epoch;
        request.lod = self.lod;
        request.is_fresh = self.fresh;
        let report = cim_import::import(&request, &mut |step| progress(&sentence(step)));
        end_progress();
        let report = report?;
        if self.json {
            print(&serde_json::to_string(&report)?);
            return Ok(true);
        }
        let shown = serde_json::to_value(&report)?;
        print(&serde_json::to_string_pretty(&shown)?);
        say(&format!(
            "the city is in {} ({} tiles written, {} kept)",
            request.out.display(),
            report.tiles_written,
            report.tiles_kept
        ));
        Ok(true)
    }
}

/// How far the import has come, for people.
fn sentence(step: Progress) -> String {
    let Progress {
        stage,
        done,
        total,
        bytes,
    } = step;
    let megabytes = bytes / 1_000_000;
    if total == 0 {
        format!("{stage} {done} features, {megabytes} MB")
    } else {
        format!("{stage} {done} of {total} features, {megabytes} MB")
    }
}

/// `117.2,34.26`.
fn lon_lat(text: &str) -> Result<[f64; 2], String> {
    let place = || {
        let (lon, lat) = text.split_once([',', '，'])?;
        let (lon, lat): (f64, f64) = (lon.trim().parse().ok()?, lat.trim().parse().ok()?);
        (lon.abs() <= 180.0 && lat.abs() <= 90.0).then_some([lon, lat])
    };
    place().ok_or_else(|| {
        format!("{text:?} is no place; say longitude and latitude in degrees, like 117.2,34.26")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_longitude_and_a_latitude() {
        assert_eq!(
            lon_lat("117.2, 34.26").map(|[lon, lat]| (lon * 100.0) as i32 + lat as i32),
            Ok(11_754)
        );
        assert!(lon_lat("34.26").is_err() && lon_lat("34.26,117.2").is_err());
    }

    #[test]
    fn progress_says_a_total_only_where_there_is_one() {
        let step = Progress {
            stage: "reading",
            done: 7,
            total: 0,
            bytes: 2_000_000,
        };
        assert_eq!(sentence(step), "reading 7 features, 2 MB");
        assert_eq!(
            sentence(Progress { total: 9, ..step }),
            "reading 7 of 9 features, 2 MB"
        );
    }
}
