//! Caches that are made for measuring: a folder, a catalogue of so many sensors, sizes on disk.

use crate::{
    Failure,
    host::{instant, say},
};
use cim_geo::Geodetic;
use cim_model::{Datastream, DatastreamId, Limits, SensorKind, Thing, ThingId, UtcMillis};
use cim_store::Store;
use std::{
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

/// Where a made-up city's time begins: 2026-03-01T00:00:00Z.
pub(super) const FIRST_MS: i64 = 1_772_323_200_000;

/// A folder for measuring; removed at the end unless it is to be kept.
pub(super) struct Place {
    path: PathBuf,
    is_kept: bool,
}

impl Place {
    /// The folder `name` in `dir`, or among the system's temporary ones; what lies there goes, unless it `is_kept`.
    pub(super) fn new(dir: Option<&Path>, name: &str, is_kept: bool) -> Result<Self, Failure> {
        let usual = std::env::temp_dir();
        let path = dir.unwrap_or(&usual).join(name);
        if path.exists() && !is_kept {
            fs::remove_dir_all(&path)?;
        }
        fs::create_dir_all(&path)?;
        Ok(Self { path, is_kept })
    }

    /// A path inside.
    pub(super) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_kept {
            say(&format!("kept: {}", self.path.display()));
        } else if let Err(err) = fs::remove_dir_all(&self.path) {
            say(&format!(
                "cannot be removed ({err}): {}",
                self.path.display()
            ));
        }
    }
}

/// Opens a store with a catalogue of `sensors` series; returns their numbers in the store.
pub(super) async fn open_city(folder: &Path, sensors: u32) -> Result<(Store, Vec<u32>), Failure> {
    let store = crate::stretch::open_or_make_cache(folder).await?;
    let ids: Vec<DatastreamId> = (0..sensors)
        .map(|place| DatastreamId::new(format!("bench/{place}")))
        .collect();
    let has_all = ids.last().is_some_and(|id| store.number_of(id).is_some());
    if !has_all {
        let thing = Thing {
            id: ThingId::new("bench"),
            name: "bench".into(),
            description: String::new(),
            kind: SensorKind::Other,
            position: Geodetic::new(120.0, 31.0, 0.0),
            properties: Vec::new(),
        };
        let series: Vec<Datastream> = ids.iter().map(|id| series(id, &thing)).collect();
        store
            .save_catalogue(&[thing], &series, &[], UtcMillis(FIRST_MS))
            .await?;
    }
    let numbers: Vec<u32> = ids.iter().filter_map(|id| store.number_of(id)).collect();
    if numbers.len() != ids.len() {
        return Err("the store does not know every series that it was given".into());
    }
    Ok((store, numbers))
}

fn series(id: &DatastreamId, thing: &Thing) -> Datastream {
    Datastream {
        id: id.clone(),
        thing: thing.id.clone(),
        name: id.to_string(),
        observed_property: "level".into(),
        unit: "m".into(),
        period_s: 60.0,
        limits: Limits::default(),
    }
}

/// What a folder weighs with everything in it, bytes.
pub(super) fn weight(folder: &Path) -> Result<u64, Failure> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        sum += if about.is_dir() {
            weight(&entry.path())?
        } else {
            about.len()
        };
    }
    Ok(sum)
}

/// How long the disk takes to write `bytes` one after the other, made durable `syncs` times.
pub(super) fn plain_write(path: &Path, bytes: u64, syncs: u64) -> Result<Duration, Failure> {
    let piece = bytes.div_ceil(syncs.max(1)).max(1);
    // Not zeros: some disks do not write those.
    let mut dice = crate::dice::Dice::new(bytes);
    let block: Vec<u8> = (0..piece.min(8 << 20)).map(|_| dice.roll() as u8).collect();
    let begun = instant();
    let mut file = File::create(path)?;
    let mut left = bytes;
    while left > 0 {
        let mut of_piece = piece.min(left);
        left -= of_piece;
        while of_piece > 0 {
            let some = block
                .get(..(of_piece as usize).min(block.len()))
                .unwrap_or(&block);
            file.write_all(some)?;
            of_piece -= some.len() as u64;
        }
        file.sync_data()?;
    }
    let took = begun.elapsed();
    fs::remove_file(path)?;
    Ok(took)
}
