//! What the catalogue says of the city as a whole.

use crate::ledger::Ledger;
use crate::measure::Extent;
use crate::quadtree::Grid;
use crate::reader::{SourceMark, SourceNotes};
use crate::request::{Dropped, ImportRequest};
use crate::site::Site;
use crate::sources::stem_of;
use cim_tiles::{Catalogue, CimLevel, CityFile, CitySource, HeightSources, Names};

/// What the passes found out about the city.
#[derive(Debug)]
pub(crate) struct Findings<'a> {
    pub(crate) notes: Vec<&'a SourceNotes>,
    pub(crate) marks: Vec<Option<SourceMark>>,
    pub(crate) ledger: &'a Ledger,
    pub(crate) extent: &'a Extent,
    pub(crate) site: &'a Site,
    pub(crate) grid: &'a Grid,
    pub(crate) level: CimLevel,
    pub(crate) tallest_m: f64,
    pub(crate) height_sources: HeightSources,
    pub(crate) files: Vec<CityFile>,
}

/// The catalogue of the city.
pub(crate) fn catalogue_of(request: &ImportRequest, findings: Findings<'_>) -> Catalogue {
    let Findings {
        notes,
        marks,
        ledger,
        extent,
        site,
        grid,
        level,
        tallest_m,
        height_sources,
        files,
    } = findings;
    let all = |text_of: fn(&SourceNotes) -> &str| joined(notes.iter().map(|one| text_of(one)));
    let attribution = request
        .attribution
        .clone()
        .unwrap_or_else(|| all(|one| one.attribution.as_str()).join("; "));
    let licence = request.licence.clone().unwrap_or_else(|| {
        let stated = all(|one| one.licence.as_str()).join("; ");
        if stated.is_empty() && attribution.contains("OpenStreetMap") {
            "ODbL-1.0".to_owned()
        } else {
            stated
        }
    });
    Catalogue {
        format: Catalogue::FORMAT,
        name: names_of(request),
        crs: crs_of(&notes),
        was_gcj02: notes.iter().any(|one| one.was_gcj02),
        vertical: all(|one| one.vertical.as_str()).join("; "),
        epoch: request.epoch.clone().unwrap_or_else(|| {
            all(|one| one.epoch.as_str())
                .into_iter()
                .max()
                .unwrap_or_default()
        }),
        cim_level: level,
        is_synthetic: request.is_synthetic || notes.iter().any(|one| one.is_synthetic),
        source: all(|one| one.name.as_str()).join(", "),
        sources: sources_of(&notes, &marks),
        licence,
        attribution,
        made_by: "cim import".to_owned(),
        origin: site.frame().origin().into(),
        ground_height_m: site.ground_m(),
        grid: Some(grid.for_catalogue()),
        bounds: extent.bounds.into(),
        tallest_m,
        counts: ledger.counts,
        dropped: listed(ledger.dropped()),
        repaired: listed(ledger.repaired()),
        notes: listed(ledger.noted()),
        height_sources,
        files,
    }
}

/// The CRSs of the sources; WGS 84 where none says.
pub(crate) fn crs_of(notes: &[&SourceNotes]) -> String {
    let stated = joined(notes.iter().map(|one| one.crs.as_str()));
    if stated.is_empty() {
        "EPSG:4326".to_owned()
    } else {
        stated.join(", ")
    }
}

/// Every text once, in the order in which they come; empty ones left out.
fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for text in texts.filter(|text| !text.is_empty()) {
        if !found.iter().any(|known| known == text) {
            found.push(text.to_owned());
        }
    }
    found
}

fn names_of(request: &ImportRequest) -> Names {
    let first = request.sources.first().unwrap_or(&request.out);
    let stem = || stem_of(first);
    Names {
        zh: request
            .name_zh
            .clone()
            .or_else(|| request.name_en.clone())
            .unwrap_or_else(stem),
        en: request
            .name_en
            .clone()
            .or_else(|| request.name_zh.clone())
            .unwrap_or_else(stem),
    }
}

fn sources_of(notes: &[&SourceNotes], marks: &[Option<SourceMark>]) -> Vec<CitySource> {
    let crs_of = |name: &str| {
        notes
            .iter()
            .find(|one| one.name == name)
            .map(|one| one.crs.clone())
            .unwrap_or_default()
    };
    marks
        .iter()
        .flatten()
        .map(|mark| CitySource {
            name: mark.name.clone(),
            bytes: mark.bytes,
            hash: mark.hash.clone(),
            crs: crs_of(&mark.name),
        })
        .collect()
}

fn listed(list: Vec<Dropped>) -> Vec<cim_tiles::Dropped> {
    list.into_iter()
        .map(
            |Dropped {
                 reason,
                 count,
                 first,
             }| cim_tiles::Dropped {
                reason,
                count,
                first,
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[test]
    fn a_city_without_names_is_called_like_its_source() {
        let mut request =
            ImportRequest::new(vec![PathBuf::from("/data/lujiazui")], PathBuf::from("/out"));
        assert_eq!(names_of(&request).zh, "lujiazui");
        request.name_en = Some("Lujiazui".to_owned());
        assert_eq!(names_of(&request).zh, "Lujiazui");
        request.name_zh = Some("陆家嘴".to_owned());
        assert_eq!(
            names_of(&request),
            Names {
                zh: "陆家嘴".into(),
                en: "Lujiazui".into()
            }
        );
    }

    #[test]
    fn every_system_of_the_sources_is_named_once() {
        let notes = |crs: &str| SourceNotes {
            crs: crs.into(),
            ..SourceNotes::default()
        };
        let (a, b) = (notes("EPSG:4326"), notes("GCJ-02"));
        assert_eq!(crs_of(&[&a, &b, &a]), "EPSG:4326, GCJ-02");
        assert_eq!(crs_of(&[]), "EPSG:4326");
    }
}
