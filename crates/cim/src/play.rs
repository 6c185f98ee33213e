//! `cim play`: what a recording holds, its state at any moment, and how fast it plays without leaving anything out.

mod run;

use crate::{
    Failure,
    host::{end_progress, print, runtime, say},
    stretch::{iso, moment, open_or_make_cache, print_object, summary_json, telling, values_in},
};
use cim_model::UtcMillis;
use cim_recording::{Player, Summary, import_recording};
use cim_store::{Columns, Knowledge, Store};
use clap::Args;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Open a recording: say what is in it, hash its states, play it.
#[derive(Debug, Args)]
pub(crate) struct Play {
    /// The recording.
    #[arg(value_name = "FILE.mcap")]
    file: PathBuf,
    /// Import it into this cache, and answer from there; without it the file itself answers.
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// Print the hash of the state at N moments, evenly spread over the recording, and one hash over them all.
    #[arg(long, value_name = "N")]
    hashes: Option<u32>,
    /// Print the hash of the state at this moment, ISO 8601.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    at: Option<UtcMillis>,
    /// Play all of it, so many times as fast as it happened.
    #[arg(long, value_name = "R", value_parser = rate)]
    rate: Option<f64>,
    /// Print JSON: one object, or one per moment.
    #[arg(long)]
    json: bool,
}

/// Who answers.
enum Source {
    File(Box<Player>),
    Cache(Store),
}

impl Play {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        runtime()?.block_on(async {
            let player = Box::new(Player::open(&self.file)?);
            let span = player.span();
            let told = contents(&player);
            let mut holds = player.problems().is_empty();
            for problem in player.problems() {
                say(problem);
            }
            let imported = match &self.cache {
                Some(cache) => Some(import(&self.file, cache).await?),
                None => None,
            };
            let mut source = match &self.cache {
                Some(cache) => Source::Cache(open_or_make_cache(cache).await?),
                None => Source::File(player),
            };
            let answered = self.answer(&mut source, span).await;
            if let Source::Cache(store) = source {
                store.close().await;
            }
            holds &= answered?;
            holds &= imported
                .as_ref()
                .is_none_or(|made| made.problems.is_empty());
            if let Some(rate) = self.rate {
                let at_hand = self.cache.as_deref().zip(imported.as_ref());
                holds &= run::play(&self.file, at_hand, rate, self.json).await?;
            }
            if self.hashes.is_none() && self.at.is_none() && self.rate.is_none() {
                print_object(&told, self.json)?;
            }
            Ok(holds)
        })
    }

    /// Prints the states that were asked for.
    async fn answer(
        &self,
        source: &mut Source,
        (from, to): (UtcMillis, UtcMillis),
    ) -> Result<bool, Failure> {
        let mut columns = Columns::new();
        if let Some(at) = self.at {
            let (hash, values) = source.state(at, &mut columns).await?;
            print(&state_line(at, hash, values).to_string());
        }
        let Some(moments) = self.hashes else {
            return Ok(true);
        };
        let mut overall = Fnv::default();
        for place in 0..moments {
            let at = spread((from, to), place, moments);
            let (hash, values) = source.state(at, &mut columns).await?;
            print(&state_line(at, hash, values).to_string());
            overall.take(at.0);
            overall.take(hash.cast_signed());
        }
        print(&json!({"moments": moments, "hash": format!("{:016x}", overall.0)}).to_string());
        Ok(moments > 0)
    }
}

impl Source {
    /// The hash of the state at a moment, and how many series have a value then.
    async fn state(
        &mut self,
        at: UtcMillis,
        columns: &mut Columns,
    ) -> Result<(u64, usize), Failure> {
        match self {
            Self::File(player) => {
                player.state_at(at, columns)?;
                Ok((player.hash_at(at)?, values_in(columns)))
            }
            Self::Cache(store) => {
                store.state_at(at, Knowledge::Now, columns).await?;
                Ok((store.state_hash(columns), values_in(columns)))
            }
        }
    }
}

/// Imports the recording into the cache, which is made when absent.
async fn import(file: &Path, cache: &Path) -> Result<Summary, Failure> {
    let store = open_or_make_cache(cache).await?;
    let imported = import_recording(file, &store, &mut telling("importing")).await;
    store.close().await;
    end_progress();
    let imported = imported?;
    for problem in &imported.problems {
        say(problem);
    }
    Ok(imported)
}

/// What a recording says that it holds, without reading all of it.
fn contents(player: &Player) -> Value {
    let mut told = summary_json(player.summary());
    if let Some(object) = told.as_object_mut() {
        let datastreams = player.catalogue().datastreams.len();
        object.insert("datastreams".into(), json!(datastreams));
    }
    told
}

fn state_line(at: UtcMillis, hash: u64, values: usize) -> Value {
    json!({"time": iso(at), "hash": format!("{hash:016x}"), "values": values})
}

/// The `place`-th of `of` moments that are spread evenly over a stretch, both ends included.
fn spread((from, to): (UtcMillis, UtcMillis), place: u32, of: u32) -> UtcMillis {
    let span = i128::from(to.0) - i128::from(from.0);
    let done = span * i128::from(place) / i128::from(of.saturating_sub(1).max(1));
    UtcMillis(
        from.0
            .saturating_add(i64::try_from(done).unwrap_or(i64::MAX)),
    )
}

/// A hash over a row of numbers (FNV-1a, 64 bit).
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn take(&mut self, number: i64) {
        for byte in number.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// Reads how many times as fast as it happened.
fn rate(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|rate| (0.1..=1e9).contains(rate))
        .ok_or_else(|| format!("'{text}' is no rate between 0.1 and 1000000000"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_spread_from_the_first_to_the_last() {
        let span = (UtcMillis(1_000), UtcMillis(2_000));
        let all: Vec<i64> = (0..5).map(|place| spread(span, place, 5).0).collect();
        assert_eq!(all, [1_000, 1_250, 1_500, 1_750, 2_000]);
        assert_eq!(spread(span, 0, 1), UtcMillis(1_000));
    }

    #[test]
    fn a_rate_is_positive_and_finite() {
        assert_eq!(rate("300"), Ok(300.0));
        for wrong in ["0", "-2", "NaN", "inf", "fast"] {
            assert!(rate(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn another_order_of_states_gives_another_hash() {
        let hash = |numbers: [i64; 2]| {
            let mut fnv = Fnv::default();
            for number in numbers {
                fnv.take(number);
            }
            fnv.0
        };
        assert_ne!(hash([1, 2]), hash([2, 1]));
    }
}
