//! What the commands about history share: reading moments, opening a cache, naming a stretch, telling what a recording holds.

use crate::{Failure, host};
use cim_model::{DatastreamId, TimeSource, UtcMillis};
use cim_recording::{About, Progress, Scope, Summary};
use cim_store::{Columns, NEVER, Store};
use cim_tiles::Catalogue;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The folder of the city inside a desk's cache.
const CITY_IN_CACHE: &str = "city";

/// Reads a moment, ISO 8601.
pub(crate) fn moment(text: &str) -> Result<UtcMillis, String> {
    text.parse::<jiff::Timestamp>()
        .map(|at| UtcMillis(at.as_millisecond()))
        .map_err(|err| format!("'{text}' is no moment like 2026-03-01T08:00:00Z: {err}"))
}

/// A moment as people write it; milliseconds where a calendar does not reach.
pub(crate) fn iso(moment: UtcMillis) -> String {
    jiff::Timestamp::from_millisecond(moment.0)
        .map_or_else(|_beyond| moment.to_string(), |at| at.to_string())
}

/// Opens a cache that must be there.
pub(crate) async fn open_cache(folder: &Path) -> Result<Store, Failure> {
    if !folder.is_dir() {
        return Err(format!("there is no cache at {}", folder.display()).into());
    }
    open_or_make_cache(folder).await
}

/// Opens a cache, making it when absent; what the store has to say about it goes to the person.
pub(crate) async fn open_or_make_cache(folder: &Path) -> Result<Store, Failure> {
    let (store, notes) = Store::open(folder).await?;
    for note in notes {
        host::say(&note);
    }
    Ok(store)
}

/// The stretch from `from` to `to`, both included, of all series or of those that are named.
pub(crate) fn scope(
    store: &Store,
    from: UtcMillis,
    to: UtcMillis,
    series: &[String],
) -> Result<Scope, Failure> {
    if from >= to {
        return Err(format!("the stretch is empty: {} to {}", iso(from), iso(to)).into());
    }
    let ids: Vec<DatastreamId> = series.iter().map(DatastreamId::new).collect();
    if let Some(unknown) = ids.iter().find(|id| store.number_of(id).is_none()) {
        return Err(format!("the cache has no series {unknown}").into());
    }
    Ok(Scope {
        from,
        to,
        series: (!ids.is_empty()).then_some(ids),
    })
}

/// What a recording made from the cache at `cache` says of itself.
pub(crate) fn about(cache: &Path, author: &str, clips: Option<PathBuf>) -> About {
    // A cache that never held a city has no names; the recording then has none either.
    let name = Catalogue::read(&cache.join(CITY_IN_CACHE))
        .map(|city| city.name)
        .unwrap_or_default();
    About {
        city_zh: name.zh,
        city_en: name.en,
        author: author.to_owned(),
        made_at: host::MachineClock.now(),
        folder_of_clips: clips,
    }
}

/// A progress line for `act`.
pub(crate) fn telling(act: &'static str) -> impl FnMut(Progress) + Send {
    move |at| {
        let percent = at.done.saturating_mul(100) / at.total.max(1);
        host::progress(&format!("{act}: {percent} %"));
    }
}

/// What a recording holds, in the shape that `record`, `play`, `verify` and `export` print.
pub(crate) fn summary_json(summary: &Summary) -> Value {
    json!({
        "from": iso(summary.from),
        "to": iso(summary.to),
        "observations": summary.observations,
        "facts": summary.facts,
        "events": summary.events,
        "things": summary.things,
        "cameras": summary.cameras,
        "clips": summary.clips,
        "bytes": summary.bytes,
        "digest": summary.digest,
    })
}

/// How many series have a value.
pub(crate) fn values_in(columns: &Columns) -> usize {
    columns.times().iter().filter(|at| **at != NEVER).count()
}

/// Prints an object: one line for programs, several for people.
pub(crate) fn print_object(object: &Value, as_json: bool) -> Result<(), Failure> {
    host::print(&if as_json {
        object.to_string()
    } else {
        serde_json::to_string_pretty(object)?
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_and_written_back() {
        let read = moment("2026-03-01T08:00:00.250Z").expect("a moment");
        assert_eq!(read, UtcMillis(1_772_352_000_250));
        assert_eq!(iso(read), "2026-03-01T08:00:00.25Z");
        let refused = moment("yesterday").expect_err("no moment");
        assert!(refused.contains("yesterday"), "{refused}");
    }
}
