//! Rows of observations as bytes: the messages of `observations` and `state`. All numbers little endian.
//!
//! ```text
//! offset size
//!  0     1   layout version, 1
//!  1     1   what it is: 0 what changed, 1 the whole state
//!  2     1   1: another part of the same state follows; else 0
//!  3     1   0
//!  4     4   n, number of rows
//!  8     8   changes: a moment at or before the first row; state: its moment (i64, UTC milliseconds)
//! 16     4n  series, by its number in this recording (u32)
//!        …   changes: milliseconds since the row before, the first since the moment above (u32 each);
//!            state: the moment of the value (i64 each)
//!        8n  values (f64)
//!        n   qualities: 0 good, 1 suspect, 2 estimated
//!        4   number of late rows
//!        12  per late row, ascending: its place (u32), when it became known (i64, UTC milliseconds)
//! ```
//! Rows that changed are in the order of time, then of series; those of a state in the order of series. Behind those of the
//! first state come older rows of series whose newest value was not known yet when the recording begins: the newest of a
//! series is its state. A row that is not listed as late became known when it held.

use crate::cut::Cut;
use cim_model::Quality;
use cim_store::Row;

/// The most rows of one message: about 1.4 MB, so that no reader needs a large buffer.
pub(crate) const MAX_ROWS: usize = 65_536;

const VERSION: u8 = 1;

/// What a message of rows holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What changed.
    Changes,
    /// The whole state, or a part of it.
    State,
}

/// What a message of rows says before the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// What it holds.
    pub kind: Kind,
    /// Another part of the same state follows.
    pub has_more: bool,
    /// Changes: a moment at or before the first row. State: its moment. UTC milliseconds.
    pub at: i64,
}

/// Writes `rows` into `out`, which is cleared first. Rows of changes must be in order, and begin within 49 days of `head.at`.
pub(crate) fn encode(head: Head, rows: &[Row], out: &mut Vec<u8>) {
    out.clear();
    let kind = match head.kind {
        Kind::Changes => 0,
        Kind::State => 1,
    };
    out.extend_from_slice(&[VERSION, kind, u8::from(head.has_more), 0]);
    out.extend_from_slice(&(rows.len() as u32).to_le_bytes());
    out.extend_from_slice(&head.at.to_le_bytes());
    for row in rows {
        out.extend_from_slice(&row.series.to_le_bytes());
    }
    let mut before = head.at;
    for row in rows {
        match head.kind {
            Kind::Changes => {
                let since = row.happened_at.saturating_sub(before);
                let since = u32::try_from(since.max(0)).unwrap_or(u32::MAX);
                out.extend_from_slice(&since.to_le_bytes());
                before = row.happened_at;
            }
            Kind::State => out.extend_from_slice(&row.happened_at.to_le_bytes()),
        }
    }
    for row in rows {
        out.extend_from_slice(&row.value.to_le_bytes());
    }
    out.extend(rows.iter().map(|row| quality_number(row.quality)));
    let late = rows.iter().filter(|row| row.is_late()).count();
    out.extend_from_slice(&(late as u32).to_le_bytes());
    for (place, row) in rows.iter().enumerate().filter(|(_, row)| row.is_late()) {
        out.extend_from_slice(&(place as u32).to_le_bytes());
        out.extend_from_slice(&row.known_at.to_le_bytes());
    }
}

/// Reads a message into `into`, which is cleared first. `series` is how many the recording has. The error says why not.
pub(crate) fn decode(bytes: &[u8], series: u32, into: &mut Vec<Row>) -> Result<Head, String> {
    into.clear();
    let short = || "the rows end in the middle".to_owned();
    let mut cut = Cut::new(bytes);
    let (head, n) = head_of(&mut cut)?;
    let time_size = match head.kind {
        Kind::Changes => 4,
        Kind::State => 8,
    };
    let ids = cut.take(4 * n).ok_or_else(short)?;
    let times = cut.take(time_size * n).ok_or_else(short)?;
    let values = cut.take(8 * n).ok_or_else(short)?;
    let qualities = cut.take(n).ok_or_else(short)?;
    // From here on n is no mere claim: its columns are there.
    into.reserve(n);
    let (mut ids, mut times, mut values) = (Cut::new(ids), Cut::new(times), Cut::new(values));
    let mut before = head.at;
    for (place, &quality) in qualities.iter().enumerate() {
        let id = ids.u32().ok_or_else(short)?;
        let happened_at = match head.kind {
            Kind::Changes => before.saturating_add(i64::from(times.u32().ok_or_else(short)?)),
            Kind::State => times.i64().ok_or_else(short)?,
        };
        before = happened_at;
        let value = f64::from_bits(values.u64().ok_or_else(short)?);
        if id >= series {
            return Err(format!(
                "row {place} has the series {id}, but the catalogue has {series}"
            ));
        }
        if !value.is_finite() {
            return Err(format!("row {place} has no number as its value"));
        }
        let quality = quality_of(quality)
            .ok_or_else(|| format!("row {place} has the unknown quality {quality}"))?;
        into.push(Row {
            series: id,
            quality,
            happened_at,
            known_at: happened_at,
            value,
        });
    }
    take_late(&mut cut, into)?;
    Ok(head)
}

fn head_of(cut: &mut Cut<'_>) -> Result<(Head, usize), String> {
    let short = || "the head of the rows is cut off".to_owned();
    let version = cut.u8().ok_or_else(short)?;
    if version != VERSION {
        return Err(format!(
            "the rows have the unknown layout version {version}"
        ));
    }
    let kind = match cut.u8().ok_or_else(short)? {
        0 => Kind::Changes,
        1 => Kind::State,
        other => return Err(format!("the rows are of the unknown kind {other}")),
    };
    let has_more = cut.u8().ok_or_else(short)? == 1;
    cut.u8().ok_or_else(short)?;
    let n = cut.u32().ok_or_else(short)? as usize;
    if n > MAX_ROWS {
        return Err(format!("{n} rows in one message, more than {MAX_ROWS}"));
    }
    let at = cut.i64().ok_or_else(short)?;
    Ok((Head { kind, has_more, at }, n))
}

fn take_late(cut: &mut Cut<'_>, rows: &mut [Row]) -> Result<(), String> {
    let short = || "the list of late rows is cut off".to_owned();
    let late = cut.u32().ok_or_else(short)?;
    let mut next = 0;
    for _ in 0..late {
        let place = cut.u32().ok_or_else(short)? as usize;
        let known_at = cut.i64().ok_or_else(short)?;
        let row = rows
            .get_mut(place)
            .filter(|_| place >= next)
            .ok_or_else(|| format!("the late row {place} is out of order"))?;
        row.known_at = known_at;
        next = place + 1;
    }
    if cut.left() > 0 {
        return Err(format!("{} bytes too many behind the rows", cut.left()));
    }
    Ok(())
}

/// The number that stands for a quality.
fn quality_number(quality: Quality) -> u8 {
    match quality {
        Quality::Good => 0,
        Quality::Suspect => 1,
        Quality::Estimated => 2,
    }
}

fn quality_of(number: u8) -> Option<Quality> {
    match number {
        0 => Some(Quality::Good),
        1 => Some(Quality::Suspect),
        2 => Some(Quality::Estimated),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(series: u32, happened_at: i64, late_ms: i64, value: f64) -> Row {
        Row {
            series,
            quality: Quality::Estimated,
            happened_at,
            known_at: happened_at + late_ms,
            value,
        }
    }

    fn some_rows() -> Vec<Row> {
        vec![
            row(0, 1_000, 0, 21.5),
            row(2, 1_000, 60_000, -0.0),
            row(1, 59_999, 0, f64::MIN_POSITIVE / 4.0),
            row(1, 60_000, 5_001, 1e308),
        ]
    }

    #[track_caller]
    fn check(head: Head, rows: &[Row]) {
        let (mut bytes, mut back) = (Vec::new(), Vec::new());
        encode(head, rows, &mut bytes);
        assert_eq!(decode(&bytes, 3, &mut back), Ok(head));
        assert_eq!(back, rows);
        let bits = |rows: &[Row]| -> Vec<u64> { rows.iter().map(|r| r.value.to_bits()).collect() };
        assert_eq!(bits(&back), bits(rows));
    }

    #[test]
    fn rows_come_back_to_the_last_bit() {
        let changes = Head {
            kind: Kind::Changes,
            has_more: false,
            at: 1_000,
        };
        let state = Head {
            kind: Kind::State,
            has_more: true,
            at: 70_000,
        };
        check(changes, &some_rows());
        check(state, &some_rows());
        check(state, &[row(2, i64::MIN + 1, 0, 4.0)]);
        check(changes, &[]);
    }

    #[test]
    fn rows_cut_anywhere_are_refused() {
        let head = Head {
            kind: Kind::Changes,
            has_more: false,
            at: 0,
        };
        let (mut bytes, mut back) = (Vec::new(), Vec::new());
        encode(head, &some_rows(), &mut bytes);
        for n in 0..bytes.len() {
            assert!(decode(&bytes[..n], 3, &mut back).is_err(), "{n} bytes");
        }
        bytes.push(0);
        let error = decode(&bytes, 3, &mut back).expect_err("one byte too many");
        assert!(error.contains("1 bytes too many"), "{error}");
    }

    #[test]
    fn a_claimed_number_of_rows_reserves_nothing() {
        let mut bytes = vec![VERSION, 0, 0, 0];
        bytes.extend_from_slice(&u32::MAX.to_le_bytes());
        bytes.extend_from_slice(&0_i64.to_le_bytes());
        let mut back = Vec::new();
        let error = decode(&bytes, 3, &mut back).expect_err("too many rows");
        assert!(error.contains("4294967295 rows"), "{error}");
        assert_eq!(back.capacity(), 0);
    }

    #[test]
    fn a_series_that_the_catalogue_lacks_is_named() {
        let head = Head {
            kind: Kind::Changes,
            has_more: false,
            at: 0,
        };
        let (mut bytes, mut back) = (Vec::new(), Vec::new());
        encode(head, &some_rows(), &mut bytes);
        let error = decode(&bytes, 2, &mut back).expect_err("series 2 of 2");
        assert!(error.contains("row 1 has the series 2"), "{error}");
    }
}
