//! Which city the demo shows: one that is ready, one that is imported first, or the model district, generated once.

use crate::places::{Places, modified};
use std::fs;
use std::path::{Path, PathBuf};
use xtask::{Outcome, process, step};

/// The model district: its folder among the cities of the cache, its seed and its size. Another program or another seed
/// makes another folder.
const DISTRICT: (&str, &str, &str) = ("district-12000", "1", "12000");
/// Endings of files that `cim import` reads.
const SOURCE_ENDINGS: &[&str] = &[
    "geojson",
    "geojsonl",
    "geojsons",
    "geojsonseq",
    "ndjson",
    "jsonl",
    "json",
    "cityjson",
    "pbf",
    "osm",
    "fgb",
    "gml",
    "citygml",
    "xml",
    "ifc",
    "inp",
    "csv",
    "tsv",
];

/// A city to show.
pub(crate) struct City {
    /// Folder name, for caches.
    pub(crate) name: String,
    /// Folder with `tileset.json` and `catalogue.json`.
    pub(crate) folder: PathBuf,
}

/// The city in `folder`, or the model district.
pub(crate) fn ready_city(places: &Places, folder: Option<&Path>) -> Outcome<City> {
    let Some(asked) = folder else {
        return district(places);
    };
    let folder = fs::canonicalize(asked)
        .map_err(|err| format!("no city there: {err}: {}", asked.display()))?;
    let name = folder.file_name().map_or_else(
        || "city".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    );
    if folder.join("tileset.json").is_file() {
        if folder.join("catalogue.json").is_file() {
            return Ok(City { name, folder });
        }
        return Err(format!(
            "the folder has a tileset.json but no catalogue.json, which `cim import` writes beside it: \
             it is a tileset, not a city. `cim snapshot --tiles {0} --out tiles.png` draws it, and \
             `citymirror --tiles {0}` shows it in the desk: {0}",
            folder.display()
        ));
    }
    let sources = sources(&folder)?;
    if sources.is_empty() {
        let wanted = "neither tileset.json nor any file that can be imported";
        return Err(format!(
            "the city's folder has {wanted}: {}",
            folder.display()
        ));
    }
    let out = places.cache.join("cities").join(&name);
    let newest_source = sources.iter().filter_map(|file| modified(file)).max();
    if modified(&out.join("catalogue.json")) < newest_source {
        let mut command = places.cim();
        command.arg("import").arg(&folder).arg("--out").arg(&out);
        step::step("Import", || process::run(&mut command))?;
    }
    Ok(City { name, folder: out })
}

/// The model district, generated when it is not there or when the generator is newer.
fn district(places: &Places) -> Outcome<City> {
    let (name, seed, buildings) = DISTRICT;
    let folder = places.cache.join("cities").join(name);
    let made = modified(&folder.join("catalogue.json"));
    if made.is_none() || made < modified(&places.program("cim")) {
        let mut command = places.cim();
        command
            .args(["generate-city", "--seed", seed, "--buildings", buildings])
            .arg("--out")
            .arg(&folder);
        step::step("Model district", || process::run(&mut command))?;
    }
    Ok(City {
        name: name.to_owned(),
        folder,
    })
}

/// Files of `folder` that can be imported.
fn sources(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)
        .map_err(|err| format!("cannot look into {}: {err}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| {
        file.extension()
            .is_some_and(|ending| SOURCE_ENDINGS.iter().any(|known| ending == *known))
    });
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_imported_is_a_source() {
        let folder =
            std::env::temp_dir().join(format!("citymirror-xtask-city-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        for name in [
            "roads.geojson",
            "centre.osm.pbf",
            "README.md",
            "house.ifc",
            "stops.tsv",
            "catalogue.txt",
        ] {
            fs::write(folder.join(name), "").expect("a file");
        }
        let names: Vec<_> = sources(&folder)
            .expect("readable")
            .into_iter()
            .filter_map(|file| file.file_name().map(ToOwned::to_owned))
            .collect();
        assert_eq!(
            names,
            ["centre.osm.pbf", "house.ifc", "roads.geojson", "stops.tsv"]
        );
        fs::remove_dir_all(folder).expect("a folder");
    }
}
