//! `cim state`: what a cache holds at a moment.

use crate::{
    Failure,
    host::{print, runtime},
};
use cim_model::{Freshness, Observation, UtcMillis};
use cim_store::Store;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

/// Say what a cache holds.
#[derive(Debug, Args)]
pub(crate) struct State {
    /// Folder of the cache.
    #[arg(long, value_name = "DIR")]
    cache: PathBuf,
    /// The moment, ISO 8601; the newest one by default.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl State {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        if !self.cache.is_dir() {
            return Err(format!("there is no cache at {}", self.cache.display()).into());
        }
        runtime()?.block_on(async {
            let (store, notes) = Store::open(&self.cache).await?;
            for note in notes {
                crate::host::say(&note);
            }
            let cached = store.load().await?;
            let moment = match &self.at {
                Some(at) => UtcMillis(at.parse::<jiff::Timestamp>()?.as_millisecond()),
                None => cached.newest.unwrap_or_default(),
            };
            let mut values = store.latest_at(moment).await?;
            values.sort_by(|a, b| a.datastream.cmp(&b.datastream));
            let period = |observation: &Observation| {
                let of = cached
                    .datastreams
                    .iter()
                    .find(|datastream| datastream.id == observation.datastream);
                of.map_or(300.0, |datastream| datastream.period_s)
            };
            let is_late = |observation: &&Observation| {
                let age_s = moment.seconds_since(observation.happened_at);
                Freshness::of_age(age_s, period(observation)) != Freshness::Fresh
            };
            let late = values.iter().filter(is_late).count();
            let time = jiff::Timestamp::from_millisecond(moment.0)?.to_string();
            let hash = hash(&values);
            store.close().await;
            let line = json!({
                "time": time,
                "things": cached.things.len(),
                "datastreams": cached.datastreams.len(),
                "cameras": cached.cameras.len(),
                "events": cached.events.len(),
                "values": values.len(),
                "late": late,
                "hash": format!("{hash:016x}"),
            });
            print(&if self.json {
                line.to_string()
            } else {
                serde_json::to_string_pretty(&line)?
            });
            Ok(true)
        })
    }
}

/// FNV-1a over every series with its value and moment, in the order of their ids.
fn hash(values: &[Observation]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut take = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for value in values {
        take(value.datastream.as_str().as_bytes());
        take(&value.happened_at.0.to_le_bytes());
        take(&value.value.to_bits().to_le_bytes());
    }
    hash
}
