//! What the history holds, minute by minute, as digests that a hub can compare with its own.

use crate::{History, Names, Row, StoreError};
use cim_model::{DatastreamId, DigestSeries, MINUTE_MS, MinuteDigest, UtcMillis, minute_of};

/// The digests of the minutes that lie in `[from, until)`, over the series that `counts` says yes to. Reads the rows of one
/// minute at a time.
pub(crate) async fn digests(
    history: &History,
    names: &Names,
    from: UtcMillis,
    until: UtcMillis,
    counts: impl Fn(&DatastreamId) -> bool,
) -> Result<Vec<MinuteDigest>, StoreError> {
    let greatest = names.iter().map(|(_, number)| number).max().unwrap_or(0);
    let mut series: Vec<Option<DigestSeries>> = vec![None; greatest as usize + 1];
    for (id, number) in names.iter().filter(|(id, _)| counts(id)) {
        if let Some(place) = series.get_mut(number as usize) {
            *place = Some(DigestSeries::new(id.as_str()));
        }
    }
    let mut rows: Vec<Row> = Vec::new();
    let mut digests = Vec::new();
    let mut at = minute_of(from);
    while at < until {
        let mut digest = MinuteDigest::empty(at);
        let end = UtcMillis(at.0.saturating_add(MINUTE_MS));
        history
            .changes_between(
                UtcMillis(at.0.saturating_sub(1)),
                UtcMillis(end.0.saturating_sub(1)),
                &mut rows,
            )
            .await?;
        for row in &rows {
            if let Some(Some(series)) = series.get(row.series as usize) {
                digest.add_series(*series, UtcMillis(row.happened_at));
            }
        }
        digests.push(digest);
        at = end;
    }
    Ok(digests)
}
