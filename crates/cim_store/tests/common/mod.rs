//! What the tests of the store share: folders, catalogues, and numbers that look random and are the same every time.

use cim_geo::Geodetic;
use cim_model::{
    Datastream, DatastreamId, Limits, Observation, Quality, SensorKind, Thing, ThingId, UtcMillis,
};
use cim_store::Store;
use std::path::{Path, PathBuf};

/// An empty folder of that name for one test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("cim_store")
        .join(name);
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

/// The series number `n`.
pub(crate) fn id(n: usize) -> DatastreamId {
    DatastreamId::new(format!("series-{n}"))
}

/// A thing and `count` series of it.
pub(crate) fn catalogue(count: usize) -> (Vec<Thing>, Vec<Datastream>) {
    let thing = Thing {
        id: ThingId::new("17"),
        name: "中山东一路 3 号".to_owned(),
        description: String::new(),
        kind: SensorKind::Gas,
        position: Geodetic {
            lon_deg: 121.49,
            lat_deg: 31.24,
            height_m: 2.5,
        },
        properties: vec![("code".to_owned(), "G-17".to_owned())],
    };
    let series = |n| Datastream {
        id: id(n),
        thing: thing.id.clone(),
        name: "甲烷".to_owned(),
        observed_property: "methane".to_owned(),
        unit: "%LEL".to_owned(),
        period_s: 5.0,
        limits: Limits {
            above_medium: Some(10.0),
            ..Limits::default()
        },
    };
    let datastreams = (0..count).map(series).collect();
    (vec![thing], datastreams)
}

/// Series `n` read `value` at `t`.
pub(crate) fn read(n: usize, t: i64, value: f64) -> Observation {
    Observation {
        datastream: id(n),
        happened_at: UtcMillis(t),
        value,
        quality: Quality::Good,
    }
}

/// A moment on a minute's edge.
pub(crate) const NOW: i64 = 1_780_000_020_000;

/// Opens the store in `folder` without anything to note.
pub(crate) async fn open(folder: &Path) -> Store {
    let (store, notes) = Store::open(folder).await.expect("the cache opens");
    assert_eq!(notes, Vec::<String>::new());
    store
}

/// A new store that knows `series` series.
pub(crate) async fn store_with(name: &str, series: usize) -> Store {
    let store = open(&folder(name)).await;
    let (things, datastreams) = catalogue(series);
    store
        .save_catalogue(&things, &datastreams, &[], UtcMillis(NOW))
        .await
        .expect("the catalogue is saved");
    store
}

/// SplitMix64: small, and the same on every machine.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % limit
    }
}
