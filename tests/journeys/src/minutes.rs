//! What a hub and a desk hold, minute by minute, as the digests by which they compare it.

use crate::hub::Hub;
use cim_model::{BUCKETS, MinuteDigest, UtcMillis};
use cim_store::Store;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use tokio::runtime::Builder;
use xtask::Outcome;

/// Digests by the start of their minute.
pub type Minutes = BTreeMap<UtcMillis, MinuteDigest>;

/// What the hub says that it holds in the minutes of `[from, until)`.
pub fn minutes_of_hub(hub: &Hub, from: UtcMillis, until: UtcMillis) -> Outcome<Minutes> {
    let (from, until) = (iso(from)?, iso(until)?);
    let answer = hub.get(&format!("/api/digests?from={from}&until={until}"))?;
    let minutes = answer["minutes"]
        .as_array()
        .ok_or_else(|| format!("no minutes in {answer}"))?;
    minutes.iter().map(minute).collect()
}

/// What lies in the cache in `folder`, of all its series. The desk that it belongs to must be closed.
pub fn minutes_of_cache(folder: &Path, from: UtcMillis, until: UtcMillis) -> Outcome<Minutes> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|err| format!("no runtime: {err}"))?;
    let digests = runtime.block_on(async {
        let (store, notes) = Store::open(folder).await?;
        for note in notes {
            println!("{}: {note}", folder.display());
        }
        let digests = store.digests(from, until, |_| true).await;
        store.close().await;
        digests
    });
    let digests = digests.map_err(|err| format!("the cache cannot be read: {err}"))?;
    Ok(digests
        .into_iter()
        .map(|minute| (minute.at, minute))
        .collect())
}

/// What the cache has not and the hub has, and, where `is_exact`, the other way round; nothing when all is well.
pub fn difference(hub: &MinuteDigest, cache: &MinuteDigest, is_exact: bool) -> Option<String> {
    let lacks = |bucket: usize| {
        let (theirs, ours) = (hub.n.get(bucket), cache.n.get(bucket));
        let is_same = theirs == ours && hub.x.get(bucket) == cache.x.get(bucket);
        !is_same && (is_exact || ours <= theirs)
    };
    let buckets: Vec<usize> = (0..BUCKETS).filter(|bucket| lacks(*bucket)).collect();
    (!buckets.is_empty()).then(|| {
        format!(
            "minute {}: the hub has {} observations, the desk {}; they differ in buckets {buckets:?}",
            hub.at,
            hub.count(),
            cache.count()
        )
    })
}

/// A moment as it is written in addresses.
pub fn iso(moment: UtcMillis) -> Outcome<String> {
    jiff::Timestamp::from_millisecond(moment.0)
        .map(|moment| moment.to_string())
        .map_err(|err| format!("no moment: {err}"))
}

fn minute(value: &Value) -> Outcome<(UtcMillis, MinuteDigest)> {
    let bad = || format!("no digest of a minute: {value}");
    let at = UtcMillis(value["at"].as_i64().ok_or_else(bad)?);
    let mut digest = MinuteDigest::empty(at);
    let (counts, hashes) = (
        value["n"].as_array().ok_or_else(bad)?,
        value["x"].as_array().ok_or_else(bad)?,
    );
    if counts.len() != BUCKETS || hashes.len() != BUCKETS {
        return Err(bad());
    }
    for (bucket, (count, hash)) in counts.iter().zip(hashes).enumerate() {
        let count = count.as_u64().and_then(|count| u32::try_from(count).ok());
        let hash = hash
            .as_str()
            .and_then(|text| u64::from_str_radix(text, 16).ok());
        digest.n[bucket] = count.ok_or_else(bad)?;
        digest.x[bucket] = hash.ok_or_else(bad)?;
    }
    Ok((at, digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desk_that_was_there_when_the_hub_was_not_lacks_nothing() {
        let (mut hub, mut cache) = (
            MinuteDigest::empty(UtcMillis(0)),
            MinuteDigest::empty(UtcMillis(0)),
        );
        for at in [1, 2] {
            hub.add("7", UtcMillis(at));
            cache.add("7", UtcMillis(at));
        }
        assert_eq!(difference(&hub, &cache, true), None);
        cache.add("7", UtcMillis(3));
        assert_eq!(difference(&hub, &cache, false), None);
        assert!(difference(&hub, &cache, true).is_some());
        // As many, but not the same ones.
        hub.add("7", UtcMillis(4));
        assert!(difference(&hub, &cache, false).is_some());
    }

    #[test]
    fn a_digest_of_the_hub_is_read_bucket_by_bucket() {
        let mut made = MinuteDigest::empty(UtcMillis(60_000));
        made.add("42", UtcMillis(60_001));
        let hashes: Vec<String> = made.x.iter().map(|hash| format!("{hash:016x}")).collect();
        let told = serde_json::json!({ "at": 60_000, "thinned": false, "n": made.n.to_vec(), "x": hashes });
        assert_eq!(minute(&told), Ok((UtcMillis(60_000), made)));
        let short = serde_json::json!({ "at": 60_000, "n": [1], "x": ["1"] });
        assert!(minute(&short).is_err());
    }
}
