//! What a desk catches up by: digests of closed minutes, and observations as columns.

use super::answered;
use super::params::Params;
use crate::hub::HubState;
use crate::hub::store::{BlockPage, MinuteDigest};
use crate::sensorthings::Refusal;
use axum::Json;
use axum::extract::State;
use axum::http::{Uri, header};
use axum::response::{IntoResponse, Response};
use cim_model::UtcMillis;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The kind of an answer of `/api/observations`.
const COLUMNS: &str = "application/vnd.citymirror.observations";
/// The longest stretch that one answer of digests covers, in milliseconds: seven days.
const MAX_DIGESTS: i64 = 7 * 24 * 3_600_000;
/// Rows in a page that doesn't say.
const PAGE: i64 = 100_000;
/// The largest page.
const MAX_PAGE: i64 = 200_000;
/// Series fall into this many buckets by their id.
const BUCKETS: u32 = 64;

/// `GET /api/digests`.
pub(super) async fn digests(State(state): State<Arc<HubState>>, uri: Uri) -> Response {
    let found = async {
        let params = Params::read(uri.query(), &["from", "until"])?;
        let (from, until) = (params.moment("from")?, params.moment("until")?);
        // A longer stretch is answered as far as it goes; `until` says how far.
        let until = UtcMillis(until.0.min(from.0.saturating_add(MAX_DIGESTS)));
        let minutes = if from < until {
            state.store.digests(from, until).await?
        } else {
            Vec::new()
        };
        let minutes: Vec<Value> = minutes.iter().map(minute_json).collect();
        let body = json!({
            "step_s": 60,
            "buckets": BUCKETS,
            "until": crate::iso::iso_from_millis(until),
            "minutes": minutes
        });
        Ok(Json(body).into_response())
    };
    answered(found.await)
}

fn minute_json(minute: &MinuteDigest) -> Value {
    // Hashes are text: JSON numbers beyond 2^53 are not exact everywhere.
    let hashes: Vec<String> = minute.x.iter().map(|hash| format!("{hash:016x}")).collect();
    json!({
        "at": minute.at.0,
        "thinned": minute.thinned,
        "n": minute.n.to_vec(),
        "x": hashes
    })
}

/// `GET /api/observations`.
pub(super) async fn observations(State(state): State<Arc<HubState>>, uri: Uri) -> Response {
    let found = async {
        let params = Params::read(uri.query(), &["from", "until", "buckets", "after", "limit"])?;
        let (from, until) = (params.moment("from")?, params.moment("until")?);
        let buckets = params.text("buckets").map(bucket_mask).transpose()?;
        let after = params.text("after").map(token).transpose()?;
        let limit = params.number("limit", 1..=MAX_PAGE, PAGE)?;
        let limit = usize::try_from(limit).unwrap_or_default();
        let page = state
            .store
            .observation_block(from, until, buckets, after, limit)
            .await?;
        let bytes = columns_of(&page);
        Ok(([(header::CONTENT_TYPE, COLUMNS)], bytes).into_response())
    };
    answered(found.await)
}

/// The buckets of `3,17` as bits.
fn bucket_mask(text: &str) -> Result<u64, Refusal> {
    let mut mask = 0_u64;
    for word in text.split(',') {
        let bucket = word.parse::<u32>().ok().filter(|bucket| *bucket < BUCKETS);
        let bucket = bucket.ok_or_else(|| {
            Refusal::wrong(format!(
                "buckets: {word:?} is no whole number from 0 to {}",
                BUCKETS - 1
            ))
        })?;
        mask |= 1 << bucket;
    }
    Ok(mask)
}

/// The place behind which a page goes on: `time.id` of the last row.
fn token(text: &str) -> Result<(i64, i64), Refusal> {
    text.split_once('.')
        .and_then(|(time, id)| Some((time.parse().ok()?, id.parse().ok()?)))
        .ok_or_else(|| Refusal::wrong(format!("after {text:?} is no token of this hub")))
}

/// The page in the layout of `application/vnd.citymirror.observations`: magic, header, then one column after another.
fn columns_of(page: &BlockPage) -> Vec<u8> {
    let mut series: Vec<String> = Vec::new();
    let mut places: BTreeMap<i64, u32> = BTreeMap::new();
    let mut index = Vec::with_capacity(page.rows.len() * 4);
    for row in &page.rows {
        let place = *places.entry(row.datastream).or_insert_with(|| {
            series.push(row.datastream.to_string());
            u32::try_from(series.len() - 1).unwrap_or(u32::MAX)
        });
        index.extend_from_slice(&place.to_le_bytes());
    }
    let next = page.next.map(|(time, id)| format!("{time}.{id}"));
    let header = json!({
        "count": page.rows.len(),
        "next": next,
        "series": series,
        "thinned": page.thinned
    })
    .to_string();
    let mut bytes = Vec::with_capacity(16 + header.len() + page.rows.len() * 21);
    bytes.extend_from_slice(b"CMO1");
    let length = u32::try_from(header.len()).unwrap_or(u32::MAX);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(header.as_bytes());
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    for row in &page.rows {
        bytes.extend_from_slice(&row.time.to_le_bytes());
    }
    for row in &page.rows {
        bytes.extend_from_slice(&row.value.to_le_bytes());
    }
    bytes.extend_from_slice(&index);
    bytes.extend(page.rows.iter().map(|row| row.quality));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::store::BlockRow;

    #[test]
    fn columns_follow_the_header_on_a_multiple_of_eight() {
        let row = |datastream, time, value, quality| BlockRow {
            datastream,
            time,
            value,
            quality,
        };
        let page = BlockPage {
            rows: vec![
                row(7, 1000, 1.5, 0),
                row(42, 1000, -2.0, 1),
                row(7, 2000, 3.0, 2),
            ],
            next: Some((2000, 9)),
            thinned: false,
        };
        let bytes = columns_of(&page);
        assert_eq!(&bytes[..4], b"CMO1");
        let length = u32::from_le_bytes(bytes[4..8].try_into().expect("four")) as usize;
        let header: Value = serde_json::from_slice(&bytes[8..8 + length]).expect("JSON");
        assert_eq!(
            header,
            json!({"count": 3, "next": "2000.9", "series": ["7", "42"], "thinned": false})
        );
        let start = (8 + length).next_multiple_of(8);
        assert_eq!(bytes.len(), start + 3 * 21);
        assert_eq!(bytes[start + 16..start + 24], 2000_i64.to_le_bytes());
        assert_eq!(bytes[start + 32..start + 40], (-2.0_f64).to_le_bytes());
        assert_eq!(bytes[start + 52..start + 56], 1_u32.to_le_bytes());
        assert_eq!(bytes[start + 60..], [0, 1, 2]);
    }

    #[test]
    fn buckets_and_tokens_are_read_strictly() {
        assert_eq!(bucket_mask("0,3,63"), Ok((1 << 63) | 9));
        for wrong in ["", "64", "-1", "3,", "x"] {
            assert!(bucket_mask(wrong).is_err(), "{wrong}");
        }
        assert_eq!(token("-5.7"), Ok((-5, 7)));
        assert!(token("5").is_err() && token("a.b").is_err());
    }
}
