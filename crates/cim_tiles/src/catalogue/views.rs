//! `views.json`: places from where somebody wants to see the city again.

use crate::TileError;
use crate::files::{read_file, without_byte_order_mark};
use cim_geo::Geodetic;
use serde::Deserialize;
use std::path::Path;

/// A list of views larger than this is refused.
const MAX_VIEWS_BYTES: u64 = 16 << 20;

/// A view of the city that has a name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SavedView {
    /// Name for commands, for instance `overview`.
    pub name: String,
    /// What people read, Simplified Chinese.
    pub title_zh: String,
    /// What people read, English.
    pub title_en: String,
    /// The place that is looked at, WGS 84 / CGCS2000; height above the ellipsoid in metres.
    pub target: Geodetic,
    /// How far from it, metres.
    pub distance_m: f64,
    /// Where the eye looks, clockwise from north, degrees.
    pub heading_deg: f64,
    /// How far it looks down, degrees below the horizon.
    pub pitch_deg: f64,
}

/// Reads `views.json` of the city in the folder `dir`; no views when there is no such file.
///
/// The file is `{"view": [{"name", "title_zh", "title_en", "lon", "lat", "height_m", "distance_m", "heading_deg",
/// "pitch_deg"}]}`, or the list alone.
pub fn read_views(dir: &Path) -> Result<Vec<SavedView>, TileError> {
    let path = dir.join("views.json");
    match read_file(&path, MAX_VIEWS_BYTES) {
        Ok(bytes) => views_of(&bytes, &path.display().to_string()),
        Err(TileError::Unreadable { cause, .. })
            if cause.kind() == std::io::ErrorKind::NotFound =>
        {
            Ok(Vec::new())
        }
        Err(error) => Err(error),
    }
}

fn views_of(bytes: &[u8], source: &str) -> Result<Vec<SavedView>, TileError> {
    let bytes = without_byte_order_mark(bytes);
    let broken = |error: serde_json::Error| TileError::json(source, &error);
    let views: Vec<ViewJson> = if bytes.trim_ascii_start().starts_with(b"[") {
        serde_json::from_slice(bytes).map_err(broken)?
    } else {
        serde_json::from_slice::<ViewsJson>(bytes)
            .map_err(broken)?
            .view
    };
    views
        .into_iter()
        .enumerate()
        .map(|(index, view)| {
            view.checked()
                .map_err(|reason| TileError::broken(source, format!("view/{index}"), reason))
        })
        .collect()
}

#[derive(Debug, Deserialize)]
struct ViewsJson {
    #[serde(alias = "views")]
    view: Vec<ViewJson>,
}

#[derive(Debug, Deserialize)]
struct ViewJson {
    name: String,
    #[serde(default)]
    title_zh: String,
    #[serde(default)]
    title_en: String,
    lon: f64,
    lat: f64,
    #[serde(default)]
    height_m: f64,
    distance_m: f64,
    #[serde(default)]
    heading_deg: f64,
    #[serde(default)]
    pitch_deg: f64,
}

impl ViewJson {
    fn checked(self) -> Result<SavedView, &'static str> {
        if !(-180.0..=180.0).contains(&self.lon) || !(-90.0..=90.0).contains(&self.lat) {
            return Err("the view lies nowhere on Earth");
        }
        if self.distance_m <= 0.0 {
            return Err("the view's distance is not positive");
        }
        Ok(SavedView {
            name: self.name,
            title_zh: self.title_zh,
            title_en: self.title_en,
            target: Geodetic {
                lon_deg: self.lon,
                lat_deg: self.lat,
                height_m: self.height_m,
            },
            distance_m: self.distance_m,
            heading_deg: self.heading_deg,
            pitch_deg: self.pitch_deg,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEW: &str = r#"{"name":"overview","title_zh":"全景","title_en":"Overview","lon":121.5,"lat":31.24,"distance_m":1800,"heading_deg":300,"pitch_deg":35}"#;

    #[test]
    fn views_are_read_with_or_without_their_wrapping() {
        for text in [
            format!(r#"{{"view":[{VIEW}]}}"#),
            format!(r#"{{"views":[{VIEW}]}}"#),
            format!(" [{VIEW}]"),
        ] {
            let views = views_of(text.as_bytes(), "views.json").expect("a view");
            assert_eq!(views.len(), 1);
            assert_eq!(
                (
                    views[0].title_zh.as_str(),
                    views[0].target.lon_deg.round() as i32
                ),
                ("全景", 122)
            );
        }
    }

    #[test]
    fn a_city_without_views_has_none() {
        assert!(
            read_views(Path::new("/nowhere/at/all"))
                .expect("no file")
                .is_empty()
        );
    }

    #[test]
    fn a_broken_view_is_named_by_its_place() {
        let text = format!("[{VIEW},{}]", VIEW.replace("1800", "0"));
        let error = views_of(text.as_bytes(), "CITY/views.json").expect_err("no distance");
        assert!(
            error.to_string().ends_with("at view/1 of CITY/views.json"),
            "{error}"
        );
        assert!(views_of(b"{}", "views.json").is_err());
        assert!(views_of(b"", "views.json").is_err());
    }
}
