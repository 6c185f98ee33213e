//! Motion JPEG over HTTP: pictures without any memory of each other.

use super::multipart::Parts;
use crate::helper::http::Http;
use crate::helper::outlet::{Moment, Outlet};
use crate::protocol::{TimeFrom, Trouble, TroubleKind};
use cim_model::UtcMillis;
use std::time::Duration;

/// A camera's clock may be this far from ours and still be believed, in milliseconds.
const BELIEVED: i64 = 24 * 3600 * 1000;

/// Plays the parts of one answer.
pub(crate) async fn play(mut http: Http, outlet: &mut Outlet<'_>) -> Result<(), Trouble> {
    outlet.keep_up(Duration::ZERO);
    let url = http.url().clone();
    let mut answer = http.get(&url, None).await?;
    let kind = answer.content_type().to_owned();
    let mut parts = Parts::of(&kind)
        .ok_or_else(|| Trouble::new(TroubleKind::Codec, format!("{kind:?} is no motion JPEG")))?;
    let mut last: Option<i64> = None;
    while let Some(bytes) = answer.chunk().await? {
        parts.push(&bytes);
        while let Some(part) = parts.take_part()? {
            let now = outlet.now();
            let own = part
                .millis
                .filter(|own| own.abs_diff(now.0) < BELIEVED.unsigned_abs());
            // A clock that stands says nothing of how late a picture is.
            let clock_ms = own.filter(|own| last.is_none_or(|last| last < *own));
            last = own.or(last);
            let moment = Moment {
                stream_ms: now.0,
                at: Some(UtcMillis(own.unwrap_or(now.0))),
                from: if own.is_some() {
                    TimeFrom::Prft
                } else {
                    TimeFrom::Arrival
                },
            };
            outlet.jpeg(&part.file, moment, clock_ms).await?;
        }
    }
    Ok(())
}
