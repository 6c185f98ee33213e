//! From a seed and a number to a city on disk.

use crate::error::DistrictError;
use crate::files::{Files, WorkFolder};
use crate::parts::District;
use crate::place::CRS;
use cim_import::{
    HeightsFrom, ImportError, ImportReport, ImportRequest, Ledger, Progress, SourceFeature,
    SourceMark, SourceNotes, SourceReader, import_from,
};
use cim_tiles::file_hash;
use serde::Serialize;
use std::path::PathBuf;

/// The most buildings that a district may have.
pub const MOST_BUILDINGS: u32 = 1_000_000;
/// What must be shown with every picture of the district.
pub const ATTRIBUTION: &str = "虚构数据 · 云湖新区 · Synthetic data";
/// The date that the district is shown at.
const EPOCH: &str = "2026-01-01";
/// Changes whenever the same seed gives another district, so that an import is not gone on with.
const EDITION: u32 = 1;

/// Which district to make, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DistrictRequest {
    /// The same seed and number always give the same district.
    pub seed: u64,
    /// Exactly how many buildings: 1 to [`MOST_BUILDINGS`].
    pub buildings: u32,
    /// The city's folder. A city that is there already is replaced; any other non-empty folder is refused.
    pub out: PathBuf,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DistrictReport {
    /// The seed.
    pub seed: u64,
    /// Buildings.
    pub buildings: u32,
    /// Who lives there.
    pub residents: u64,
    /// Devices in `things.jsonl`.
    pub devices: u64,
    /// Cameras in `cameras.jsonl`.
    pub cameras: u64,
    /// Cells of the street grid, 400 m wide.
    pub cells: u64,
    /// A number for everything in the district, as 16 hexadecimal digits: the same on every machine.
    pub digest: String,
    /// What the import says.
    pub import: ImportReport,
}

/// Makes a district: its tiles, its attributes, and the files beside them.
pub fn generate(
    request: &DistrictRequest,
    progress: &mut dyn FnMut(Progress),
) -> Result<DistrictReport, DistrictError> {
    let bad_count = || DistrictError::BadCount {
        asked: request.buildings,
        most: MOST_BUILDINGS,
    };
    if !(1..=MOST_BUILDINGS).contains(&request.buildings) {
        return Err(bad_count());
    }
    progress(step("planning", 0, 1));
    let district = District::plan(request.seed, request.buildings).ok_or_else(bad_count)?;
    let folder = WorkFolder::beside(&request.out)?;
    let mut files = Files::new(&folder)?;
    let total = district.quotas.extent.crossings().count() as u64;
    for ((i, j), done) in district.quotas.extent.crossings().zip(1_u64..) {
        files.take(&district, &district.parts(i, j))?;
        progress(step("generating", done, total));
    }
    let (extra_files, tally) = files.end(&district)?;
    let mut import = ImportRequest::new(Vec::new(), request.out.clone());
    import.name_zh = Some("云湖新区（虚构）".to_owned());
    import.name_en = Some("Yunhu New District (synthetic)".to_owned());
    import.attribution = Some(ATTRIBUTION.to_owned());
    import.licence = Some("CC0-1.0".to_owned());
    import.epoch = Some(EPOCH.to_owned());
    import.is_synthetic = true;
    import.ground_height_m = Some(0.0);
    import.extra_files = extra_files;
    let cells = district.quotas.extent.cells().count() as u64;
    let reader: Box<dyn SourceReader> = Box::new(DistrictReader { district });
    let report = import_from(&import, vec![reader], progress)?;
    Ok(DistrictReport {
        seed: request.seed,
        buildings: request.buildings,
        residents: tally.residents,
        devices: tally.devices,
        cameras: tally.cameras,
        cells,
        digest: format!("{:016x}", tally.digest),
        import: report,
    })
}

fn step(stage: &'static str, done: u64, total: u64) -> Progress {
    Progress {
        stage,
        done,
        total,
        ..Progress::default()
    }
}

/// A district as a source of an import.
#[derive(Debug)]
struct DistrictReader {
    district: District,
}

impl SourceReader for DistrictReader {
    fn mark(&self) -> Option<SourceMark> {
        let name = format!(
            "cim generate-city --seed {} --buildings {}",
            self.district.seed, self.district.buildings
        );
        let hash = file_hash(format!("{name} edition {EDITION}").as_bytes());
        Some(SourceMark {
            name,
            bytes: 0,
            hash,
        })
    }

    fn read(
        &mut self,
        _ledger: &mut Ledger,
        take: &mut dyn FnMut(SourceFeature) -> Result<(), ImportError>,
    ) -> Result<SourceNotes, ImportError> {
        let district = &self.district;
        for (i, j) in district.quotas.extent.crossings() {
            for feature in district.parts(i, j).features {
                take(feature.on(&district.map))?;
            }
        }
        Ok(SourceNotes {
            name: crate::SOURCE.to_owned(),
            crs: CRS.to_owned(),
            epoch: EPOCH.to_owned(),
            attribution: ATTRIBUTION.to_owned(),
            licence: "CC0-1.0".to_owned(),
            vertical: "虚构：地面为 0 m".to_owned(),
            heights: HeightsFrom::Ground,
            was_gcj02: false,
            is_synthetic: true,
            networks: Vec::new(),
        })
    }
}
