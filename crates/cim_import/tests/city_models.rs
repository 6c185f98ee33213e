//! Whole imports of city models, where the samples lie beside the checkout.

#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use cim_import::{CimLevel, ImportReport, ImportRequest, import};
use std::path::Path;

/// Imports a file of the conformance samples; `None` when they are not there.
fn import_sample(name: &str) -> Option<ImportReport> {
    let source = Path::new(".")
        .join("../../../shared/data/conformance")
        .join(name);
    if !source.is_file() {
        println!("skipped: no sample at {}", source.display());
        return None;
    }
    let stem = source.file_stem().expect("a name").to_string_lossy();
    let folder = std::env::temp_dir().join(format!("cim_models_{stem}_{}", std::process::id()));
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).expect("a test folder can be made");
    let request = ImportRequest::new(vec![source], folder.join("city"));
    let report = import(&request, &mut |_| {}).expect("the city is imported");
    assert!(folder.join("city/tileset.json").is_file());
    std::fs::remove_dir_all(folder).ok();
    Some(report)
}

fn dropped(report: &ImportReport) -> u64 {
    report.dropped.iter().map(|dropped| dropped.count).sum()
}

#[test]
fn delft_comes_in_with_every_object_accounted_for() {
    let Some(report) = import_sample("cjio/delft.json") else {
        return;
    };
    assert_eq!(
        (report.counts.features, report.crs.as_str()),
        (570, "EPSG:28992")
    );
    assert!(
        report.counts.buildings + dropped(&report) >= 160,
        "{report:?}"
    );
    assert!(report.counts.bridges >= 1 && report.counts.water >= 1);
    assert_eq!(report.cim_level, CimLevel::Cim2);
}

#[test]
fn zurich_comes_in_with_its_buildings_and_their_parts() {
    let Some(report) = import_sample("cjio/zurich/zurich_subset_lod2.json") else {
        return;
    };
    assert_eq!(
        (report.counts.features, report.crs.as_str()),
        (210, "EPSG:2056")
    );
    assert_eq!(
        report.counts.building_parts + dropped(&report),
        161,
        "{report:?}"
    );
    assert_eq!(report.cim_level, CimLevel::Cim3);
}

#[test]
fn a_house_of_rotterdam_comes_in_with_its_picture() {
    let Some(report) = import_sample("cjio/rotterdam/rotterdam_one.json") else {
        return;
    };
    assert_eq!((report.counts.features, report.counts.buildings), (1, 1));
}
