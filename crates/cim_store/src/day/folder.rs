//! The folder of days: which there are, how large they are, and how one is removed.

use crate::{
    StoreError,
    faults::{self, Point},
    file::beside,
    row::DAY_MS,
};
use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
};

/// What stands beside a day's file, from its first opening for writing until it is closed with an empty row log.
const OPEN: &str = ".open";

/// The file of the UTC day that begins at `day` (milliseconds): its ISO 8601 date.
pub(crate) fn path_of(folder: &Path, day: i64) -> PathBuf {
    let (year, month, date) = date_of(day.div_euclid(DAY_MS));
    folder.join(format!("{year:04}-{month:02}-{date:02}.db"))
}

/// The days that have a file in `folder`, oldest first, with the bytes that each takes together with its log. Files of other
/// names are passed over; a folder that is absent has none.
pub(crate) fn days_in(folder: &Path) -> Result<Vec<(i64, u64)>, StoreError> {
    let trouble = |source| StoreError::Folder {
        source,
        path: folder.to_path_buf(),
    };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(trouble(error)),
    };
    let mut days = Vec::new();
    for entry in entries {
        let name = entry.map_err(trouble)?.file_name();
        let Some(day) = name.to_str().and_then(day_of_name) else {
            continue;
        };
        let path = path_of(folder, day);
        let bytes = size_of(&path) + size_of(&beside(&path, "-wal"));
        days.push((day, bytes));
    }
    days.sort_unstable();
    Ok(days)
}

/// True when the day's row log may hold frames that no chunk has: whoever wrote to it did not close it, or could not seal it.
pub(crate) fn has_unfinished_log(folder: &Path, day: i64) -> bool {
    let path = path_of(folder, day);
    [OPEN, "-wal"]
        .iter()
        .any(|ending| beside(&path, ending).exists())
}

/// Remembers beside the day's file that it is being written to.
pub(super) fn mark_open(path: &Path) {
    if let Err(error) = std::fs::write(beside(path, OPEN), b"") {
        tracing::warn!(%error, path = %path.display(), "an open day cannot be marked");
    }
}

/// Forgets it, once nothing is left in the row log.
pub(super) fn unmark_open(path: &Path) {
    std::fs::remove_file(beside(path, OPEN)).ok();
}

/// Removes the file of a day and what belongs to it. Whoever has it open must close it first.
pub(crate) fn remove_day(folder: &Path, day: i64) -> Result<(), StoreError> {
    let path = path_of(folder, day);
    // The file last: a log without its file would be taken for the log of the next file of that name.
    for ending in ["-wal", "-shm", ".suspect", OPEN, ""] {
        let part = beside(&path, ending);
        match std::fs::remove_file(&part) {
            Ok(()) => faults::reach(Point::InRetention),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(source) => return Err(StoreError::Folder { source, path: part }),
        }
    }
    Ok(())
}

fn size_of(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |found| found.len())
}

/// The day whose file has this name.
fn day_of_name(name: &str) -> Option<i64> {
    let mut parts = name.strip_suffix(".db")?.rsplitn(3, '-');
    let date = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let year = parts.next()?.parse().ok()?;
    let day = days_since_1970(year, month, date)?.checked_mul(DAY_MS)?;
    // One spelling per day: `2026-2-3.db` or `2026-02-31.db` is not ours.
    let ours = path_of(Path::new(""), day);
    (ours.to_str() == Some(name)).then_some(day)
}

/// Year, month and date of the day `days` days after 1970-01-01, in the proleptic Gregorian calendar.
fn date_of(days: i64) -> (i64, i64, i64) {
    // Counted from 0000-03-01, so that the day of a leap year comes last.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, date)
}

/// The inverse of [`date_of`]; none where the numbers are out of any calendar.
fn days_since_1970(year: i64, month: i64, date: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&date) || year.abs() > 300_000_000 {
        return None;
    }
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let of_year = (153 * month_from_march + 2) / 5 + date - 1;
    let of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year;
    Some(era * 146_097 + of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_named_by_its_date_and_found_by_its_name() {
        let folder = Path::new("");
        for (day, name) in [
            (0, "1970-01-01.db"),
            (-1, "1969-12-31.db"),
            (19_782, "2024-02-29.db"),
            (20_779, "2026-11-22.db"),
            (11_016, "2000-02-29.db"),
        ] {
            assert_eq!(path_of(folder, day * DAY_MS), Path::new(name));
            assert_eq!(day_of_name(name), Some(day * DAY_MS));
        }
    }

    #[test]
    fn every_day_of_two_thousand_years_comes_back() {
        for day in -400_000..400_000_i64 {
            let (year, month, date) = date_of(day);
            assert_eq!(days_since_1970(year, month, date), Some(day));
        }
    }

    #[test]
    fn a_foreign_name_is_no_day() {
        for name in [
            "2026-2-3.db",
            "2026-02-31.db",
            "2026-02-03.db-wal",
            "citymirror.db",
            "2026-02-03.db.damaged-1",
            "-2026-13-01.db",
            "",
        ] {
            assert_eq!(day_of_name(name), None, "{name}");
        }
    }
}
