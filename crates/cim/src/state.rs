//! `cim state`: what a cache holds at a moment.

use crate::{
    Failure,
    host::{runtime, say},
    stretch::{iso, moment, open_cache, print_object, values_in},
};
use cim_model::{Datastream, Freshness, UtcMillis};
use cim_store::{Cached, Columns, Knowledge, Store};
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Say what a cache holds.
#[derive(Debug, Args)]
pub(crate) struct State {
    /// Folder of the cache.
    #[arg(long, value_name = "DIR")]
    cache: PathBuf,
    /// The moment, ISO 8601; the newest one by default.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<UtcMillis>,
    /// Only what was known at that moment, instead of all that is known today.
    #[arg(long)]
    then: bool,
    /// Read everything and say what is damaged; the exit code is 0 only when nothing is.
    #[arg(long)]
    check: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

impl State {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        runtime()?.block_on(async {
            let store = open_cache(&self.cache).await?;
            let told = self.tell(&store).await;
            store.close().await;
            let (line, is_sound) = told?;
            print_object(&line, self.json)?;
            Ok(is_sound)
        })
    }

    /// What is printed, and whether the cache is sound as far as was asked.
    async fn tell(&self, store: &Store) -> Result<(Value, bool), Failure> {
        let cached = store.load().await?;
        let moment = self.at.or(cached.newest).unwrap_or_default();
        let knowledge = if self.then {
            Knowledge::Then
        } else {
            Knowledge::Now
        };
        let mut columns = Columns::new();
        store.state_at(moment, knowledge, &mut columns).await?;
        let mut line = json!({
            "time": iso(moment),
            "things": cached.things.len(),
            "datastreams": cached.datastreams.len(),
            "cameras": cached.cameras.len(),
            "events": cached.events.len(),
            "values": values_in(&columns),
            "late": late_in(store, &cached, &columns, moment),
            "hash": format!("{:016x}", store.state_hash(&columns)),
        });
        if !self.check {
            return Ok((line, true));
        }
        let problems = store.check().await?;
        if !self.json {
            for problem in &problems {
                say(problem);
            }
        }
        if let Some(object) = line.as_object_mut() {
            object.insert("problems".into(), json!(problems));
        }
        Ok((line, problems.is_empty()))
    }
}

/// How many values are older at `moment` than their source promises.
fn late_in(store: &Store, cached: &Cached, columns: &Columns, moment: UtcMillis) -> usize {
    let is_late = |datastream: &&Datastream| {
        let reading = store
            .number_of(&datastream.id)
            .and_then(|number| columns.get(number));
        reading.is_some_and(|reading| {
            let age_s = moment.seconds_since(reading.happened_at);
            Freshness::of_age(age_s, datastream.period_s) != Freshness::Fresh
        })
    };
    cached.datastreams.iter().filter(is_late).count()
}
