//! `cim bench video`: what the video index must reach: catalogues of a million channels, who sees a place, maps of blind spots,
//! mosaics of live pictures, the first picture of an event, decisions about rights.

mod blind;
mod click;
mod decide;
mod import;
mod mosaic;
mod sees;
mod server;
mod town;
mod tree;

pub(crate) use import::ImportChild;

use super::{figure::Figure, quantile};
use crate::Failure;
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::Instant,
};

const MEASURE: &str = "video";
/// The seed of everything that is made up here.
const SEED: u64 = 28_181;
/// A quick run has so many times fewer channels, cameras and questions.
const QUICKER: u32 = 10;

/// Measures the video index, or one part of it.
pub(super) struct VideoBench {
    /// A city in place of the model district.
    pub(super) city: Option<PathBuf>,
    /// Size of the twin beside a mosaic.
    pub(super) size: (u32, u32),
    /// Where measuring may write.
    pub(super) dir: Option<PathBuf>,
    /// A tenth of everything.
    pub(super) is_quick: bool,
    /// The only part that is measured; all of them without.
    pub(super) part: Option<String>,
    pub(super) json: bool,
}

type Part = fn(&VideoBench) -> Result<Vec<Figure>, Failure>;

/// What can be measured on its own.
const PARTS: [(&str, Part); 8] = [
    ("import", import::of_imports),
    ("tree", tree::of_trees),
    ("search", tree::of_searches),
    ("sees", sees::of_sights),
    ("blind", blind::of_maps),
    ("mosaic", mosaic::of_mosaics),
    ("click", click::of_first_pictures),
    ("decide", decide::of_rights),
];

impl VideoBench {
    pub(super) fn run(&self) -> Result<bool, Failure> {
        let is_wanted = |name: &str| self.part.as_deref().is_none_or(|part| part == name);
        let mut holds = true;
        let mut measured = 0;
        for (_, measure) in PARTS.iter().filter(|(name, _)| is_wanted(name)) {
            for figure in measure(self)? {
                figure.tell(self.json);
                holds &= figure.holds();
            }
            measured += 1;
        }
        if measured == 0 {
            let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
            return Err(format!("there is no such part; there are {}", names.join(", ")).into());
        }
        Ok(holds)
    }

    /// So many, or a tenth of them in a quick run.
    fn many(&self, count: u32) -> u32 {
        if self.is_quick {
            count / QUICKER
        } else {
            count
        }
    }

    /// Where measuring may write.
    fn folder(&self) -> PathBuf {
        self.dir.clone().unwrap_or_else(std::env::temp_dir)
    }

    /// Measures in a folder of its own, which goes afterwards.
    fn in_folder<T>(
        &self,
        name: &str,
        measure: impl FnOnce(&Path) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let own = format!("cim-bench-video-{name}-{}", std::process::id());
        let folder = self.folder().join(own);
        std::fs::create_dir_all(&folder)?;
        let measured = measure(&folder);
        std::fs::remove_dir_all(&folder).ok();
        measured
    }
}

fn ms_since(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e3
}

/// The median of `times`, 0 of none; puts them in order.
fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    quantile(times, 0.5)
}

/// Median, tail and number of times in ascending order, to stand beside a figure.
fn notes(sorted: &[f64]) -> Vec<(&'static str, Value)> {
    vec![
        ("p50_ms", json!(quantile(sorted, 0.5))),
        ("p99_ms", json!(quantile(sorted, 0.99))),
        ("most_ms", json!(quantile(sorted, 1.0))),
        ("times", json!(sorted.len())),
    ]
}

/// A figure that stands for itself: nothing is demanded of it.
fn told(name: String, value: f64, unit: &'static str) -> Figure {
    Figure {
        measure: MEASURE,
        name,
        value,
        unit,
        ..Figure::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_not_there_is_named_with_those_that_are() {
        let bench = VideoBench {
            city: None,
            size: (320, 180),
            dir: None,
            is_quick: true,
            part: Some("nothing".to_owned()),
            json: true,
        };
        let told = bench.run().expect_err("no such part").to_string();
        assert!(told.contains("import, tree, search, sees, blind"), "{told}");
        assert_eq!(bench.many(1_000), 100);
    }

    #[test]
    fn a_folder_of_its_own_goes_afterwards() {
        let bench = VideoBench {
            city: None,
            size: (320, 180),
            dir: None,
            is_quick: true,
            part: None,
            json: true,
        };
        let folder = bench.in_folder("test", |folder| {
            std::fs::write(folder.join("file"), "something")?;
            Ok(folder.to_owned())
        });
        assert!(!folder.expect("a folder").exists());
    }

    #[test]
    fn the_median_is_one_of_the_times() {
        assert!((median(&mut [9.0, 1.0, 5.0]) - 5.0).abs() < 1e-9);
        assert!(median(&mut []).abs() < 1e-9);
    }
}
