//! What the desktop is started with.

use cim_app::wire::Mode;
use clap::Parser;
use std::path::PathBuf;

/// CityMirror 城镜: a city's command centre and 3D digital twin.
#[derive(Clone, Debug, Parser)]
#[command(name = "citymirror", version)]
pub(crate) struct Arguments {
    /// Address of the city hub, for instance http://127.0.0.1:8090. Without one the desk shows what its cache holds.
    #[arg(long, value_name = "URL")]
    pub(crate) hub: Option<String>,
    /// File that holds the token for the hub.
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
    /// Certificate (PEM) of the only authority that may vouch for the hub.
    #[arg(long, value_name = "FILE")]
    pub(crate) authority: Option<PathBuf>,
    /// Certificate (PEM) that this desk shows to the hub.
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    /// Its private key (PEM), where it is not in the same file.
    #[arg(long, value_name = "FILE", requires = "certificate")]
    pub(crate) key: Option<PathBuf>,
    /// Allow plain text over the network: only for a network that is protected otherwise.
    #[arg(long)]
    pub(crate) plain_text: bool,
    /// Sources beside the hub (sources.toml).
    #[arg(long, value_name = "FILE")]
    pub(crate) sources: Option<PathBuf>,
    /// Folder of an imported city; otherwise the hub's city, or the cached one, is shown.
    #[arg(long, value_name = "DIR")]
    pub(crate) city: Option<PathBuf>,
    /// A tileset to show in place of the city's own: a folder, a tileset.json, an archive (.3tz, .3dtiles), or
    /// http://…/tileset.json.
    #[arg(long, value_name = "PLACE")]
    pub(crate) tiles: Option<String>,
    /// The coordinate reference system that this tileset is in, when it does not stand on the Earth by itself.
    #[arg(long, value_name = "EPSG:n", requires = "tiles")]
    pub(crate) tiles_crs: Option<String>,
    /// Folder of the scene packs, which define the layers; `scenes` beside the program by default.
    #[arg(long, value_name = "DIR")]
    pub(crate) scenes: Option<PathBuf>,
    /// How far from the screen people sit, metres: type is made large enough to be read from there. For a wall.
    #[arg(long, value_name = "METRES", requires = "pixel_mm", value_parser = viewing_distance)]
    pub(crate) viewing_distance_m: Option<f64>,
    /// From one pixel of the screen to the next, millimetres. For a wall.
    #[arg(long, value_name = "MM", requires = "viewing_distance_m", value_parser = pixel_pitch)]
    pub(crate) pixel_mm: Option<f64>,
    /// Folder of the local cache.
    #[arg(long, value_name = "DIR")]
    pub(crate) cache: Option<PathBuf>,
    /// A recording (.mcap) to show, without a hub. It is taken into a cache of its own once.
    #[arg(long, value_name = "FILE", conflicts_with = "hub")]
    pub(crate) recording: Option<PathBuf>,
    /// For how many days the past is kept. Remembered.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) history_days: Option<u32>,
    /// How large the past may become on disk, GiB. Remembered.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub(crate) history_gib: Option<u32>,
    /// How it is used.
    #[arg(long, value_enum, default_value_t = Place::Desk)]
    pub(crate) mode: Place,
    /// Language of the texts.
    #[arg(long, default_value = "zh-CN", value_parser = ["zh-CN", "en"])]
    pub(crate) lang: String,
    /// Size of the window in px; the whole screen by default.
    #[arg(long, value_name = "WxH", value_parser = size)]
    pub(crate) size: Option<(u32, u32)>,
    /// Name of the person on duty.
    #[arg(long, default_value = "值班员")]
    pub(crate) operator: String,
    /// Written once the first view is complete, with the times that it took, as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) ready_file: Option<PathBuf>,
    /// Written when the desktop ends: frame times and memory, as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}

impl Arguments {
    /// How far people sit from the screen and how far its pixels are apart, both in metres, where both are known.
    pub(crate) fn viewing_m(&self) -> Option<(f64, f64)> {
        Some((self.viewing_distance_m?, self.pixel_mm? / 1000.0))
    }
}

/// How the desktop is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Place {
    /// 值班台: a workstation.
    Desk,
    /// 大屏: a wall that is looked at.
    Wall,
    /// 推演: a recording, without a hub.
    Planner,
}

impl From<Place> for Mode {
    fn from(place: Place) -> Self {
        match place {
            Place::Desk => Self::Desk,
            Place::Wall => Self::Wall,
            Place::Planner => Self::Planner,
        }
    }
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let parsed = text
        .split_once('x')
        .and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    parsed
        .filter(|(width, height)| (320..=16_384).contains(width) && (240..=16_384).contains(height))
        .ok_or_else(|| format!("'{text}' is not a size like 1920x1080"))
}

fn viewing_distance(text: &str) -> Result<f64, String> {
    number_between(text, 0.2, 200.0)
        .ok_or_else(|| format!("'{text}' is not a distance of 0.2 to 200 metres"))
}

fn pixel_pitch(text: &str) -> Result<f64, String> {
    number_between(text, 0.02, 50.0)
        .ok_or_else(|| format!("'{text}' is not a pixel pitch of 0.02 to 50 millimetres"))
}

fn number_between(text: &str, least: f64, most: f64) -> Option<f64> {
    text.parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(["citymirror"].iter().chain(arguments))
    }

    #[test]
    fn a_wall_needs_both_its_distance_and_its_pixels() {
        let wall = parsed(&["--viewing-distance-m", "8", "--pixel-mm", "1.2"]).expect("both");
        assert_eq!(wall.viewing_m(), Some((8.0, 0.0012)));
        assert!(parsed(&["--viewing-distance-m", "8"]).is_err());
        assert!(parsed(&["--pixel-mm", "1.2"]).is_err());
        assert_eq!(parsed(&[]).expect("nothing").viewing_m(), None);
    }

    #[test]
    fn distances_and_pixels_that_no_room_has_are_refused() {
        for (distance, pixel) in [("-8", "1.2"), ("NaN", "1.2"), ("8", "0"), ("900", "1.2")] {
            let distance = format!("--viewing-distance-m={distance}");
            let pixel = format!("--pixel-mm={pixel}");
            assert!(parsed(&[&distance, &pixel]).is_err(), "{distance} {pixel}");
        }
    }
}
