//! `cim import`: city data in.

use crate::{
    Failure,
    host::{end_progress, print, progress, say},
};
use cim_geo::Crs;
use cim_import::{ImportRequest, Progress};
use clap::Args;
use std::path::PathBuf;

/// Bring city data in.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// GeoJSON (.geojson, .json) and OSM (.pbf) files, or folders of them.
    #[arg(required = true)]
    sources: Vec<PathBuf>,
    /// The city folder to make; replaced when it is one already.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Coordinate reference system of the sources.
    #[arg(long, value_name = "EPSG:n")]
    crs: Option<String>,
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
    /// Print the report as one JSON object.
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let crs = self.crs.as_deref().map(Crs::parse).transpose()?;
        let mut request = ImportRequest::new(self.sources, self.out);
        request.crs = crs;
        request.name_zh = self.name_zh;
        request.name_en = self.name_en;
        request.licence = self.licence;
        request.attribution = self.attribution;
        let report = cim_import::import(&request, &mut |Progress { stage, done, total }| {
            progress(&format!("{stage} {done} of {total}"));
        });
        end_progress();
        let report = report?;
        if self.json {
            print(&serde_json::to_string(&report)?);
            return Ok(true);
        }
        let counts = serde_json::to_value(&report)?;
        print(&serde_json::to_string_pretty(&counts)?);
        say(&format!("the city is in {}", request.out.display()));
        Ok(true)
    }
}
