//! Which files to read.

use crate::request::ImportError;
use std::path::{Path, PathBuf};

/// What a file holds, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    GeoJson,
    OsmPbf,
}

impl Format {
    #[expect(
        clippy::case_sensitive_file_extension_comparisons,
        reason = "the name is in lower case already"
    )]
    fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_string_lossy().to_lowercase();
        if name.ends_with(".geojson") || name.ends_with(".json") {
            Some(Self::GeoJson)
        } else if name.ends_with(".pbf") {
            Some(Self::OsmPbf)
        } else {
            None
        }
    }
}

/// The files that `sources` name: each file itself, and every file of a known kind in each folder, by name.
pub(crate) fn files_of(sources: &[PathBuf]) -> Result<Vec<(PathBuf, Format)>, ImportError> {
    let mut files = Vec::new();
    for source in sources {
        let unreadable = |reason| ImportError::UnreadableSource {
            path: source.clone(),
            reason,
        };
        if std::fs::metadata(source).map_err(unreadable)?.is_dir() {
            let mut inside: Vec<(PathBuf, Format)> = Vec::new();
            for entry in std::fs::read_dir(source).map_err(unreadable)? {
                let path = entry.map_err(unreadable)?.path();
                if let Some(format) = Format::of(&path).filter(|_| path.is_file()) {
                    inside.push((path, format));
                }
            }
            inside.sort_by(|a, b| a.0.cmp(&b.0));
            files.extend(inside);
        } else {
            // A file that is named counts as GeoJSON unless its name says otherwise; reading it will tell.
            files.push((
                source.clone(),
                Format::of(source).unwrap_or(Format::GeoJson),
            ));
        }
    }
    if files.is_empty() {
        return Err(ImportError::NothingToRead {
            place: sources.first().cloned().unwrap_or_default(),
        });
    }
    Ok(files)
}

/// The name that a file gives to a city: its own without endings; for a folder the folder's.
pub(crate) fn stem_of(source: &Path) -> String {
    let name = source
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let mut stem = name.as_str();
    for ending in [".pbf", ".osm", ".geojson", ".json"] {
        stem = stem.strip_suffix(ending).unwrap_or(stem);
    }
    if stem.is_empty() {
        "city".to_owned()
    } else {
        stem.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_is_called_like_its_file() {
        assert_eq!(
            stem_of(Path::new("/data/helsinki-centre.osm.pbf")),
            "helsinki-centre"
        );
        assert_eq!(stem_of(Path::new("/data/lujiazui/")), "lujiazui");
        assert_eq!(stem_of(Path::new("roads.geojson")), "roads");
    }

    #[test]
    fn a_source_that_is_not_there_is_named() {
        let error =
            files_of(&[PathBuf::from("/nowhere/at/all.geojson")]).expect_err("no such file");
        assert!(
            error.to_string().contains("/nowhere/at/all.geojson"),
            "{error}"
        );
    }
}
