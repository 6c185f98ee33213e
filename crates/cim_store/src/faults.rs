//! Named places where the program can be made to die, so that a test can kill it exactly there.
//!
//! Nothing is armed unless a host asks for it; then reaching a place costs one relaxed load.

use std::sync::atomic::{AtomicU32, Ordering};

/// Places where a kill hurts most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// Before a frame is written into a day's row log.
    BeforeLogCommit,
    /// After a frame is durable, before the caller hears of it.
    AfterLogCommit,
    /// Inside the transaction that turns log frames into chunks.
    BeforeSealCommit,
    /// After that transaction.
    AfterSealCommit,
    /// Between the transactions of two days that one sealing touches.
    BetweenDays,
    /// Inside the transaction that writes one-minute aggregates.
    BeforeRollCommit,
    /// After that transaction.
    AfterRollCommit,
    /// Inside any transaction of the meta file.
    BeforeMetaCommit,
    /// After that transaction.
    AfterMetaCommit,
    /// Inside the transaction that brings the meta file's tables up to date.
    InMigration1,
    /// After it, before the first value of a previous release is moved.
    InMigration2,
    /// After some values of a previous release are in the history, before it is written down how far.
    InMigration3,
    /// After it is written down how far.
    InMigration4,
    /// After the last value is moved, before the old tables go.
    InMigration5,
    /// Before a write-ahead log is copied into its file on purpose.
    BeforeCheckpoint,
    /// Between the files of a day that is being removed.
    InRetention,
}

/// Every point with its name, in the order of [`POINTS`].
const NAMED: [(Point, &str); 16] = [
    (Point::BeforeLogCommit, "before_log_commit"),
    (Point::AfterLogCommit, "after_log_commit"),
    (Point::BeforeSealCommit, "before_seal_commit"),
    (Point::AfterSealCommit, "after_seal_commit"),
    (Point::BetweenDays, "between_days"),
    (Point::BeforeRollCommit, "before_roll_commit"),
    (Point::AfterRollCommit, "after_roll_commit"),
    (Point::BeforeMetaCommit, "before_meta_commit"),
    (Point::AfterMetaCommit, "after_meta_commit"),
    (Point::InMigration1, "in_migration_1"),
    (Point::InMigration2, "in_migration_2"),
    (Point::InMigration3, "in_migration_3"),
    (Point::InMigration4, "in_migration_4"),
    (Point::InMigration5, "in_migration_5"),
    (Point::BeforeCheckpoint, "before_checkpoint"),
    (Point::InRetention, "in_retention"),
];

/// The names that [`arm`] knows.
pub const POINTS: &[&str] = &[
    "before_log_commit",
    "after_log_commit",
    "before_seal_commit",
    "after_seal_commit",
    "between_days",
    "before_roll_commit",
    "after_roll_commit",
    "before_meta_commit",
    "after_meta_commit",
    "in_migration_1",
    "in_migration_2",
    "in_migration_3",
    "in_migration_4",
    "in_migration_5",
    "before_checkpoint",
    "in_retention",
];

/// No point is armed.
const NONE: u32 = u32::MAX;
static ARMED: AtomicU32 = AtomicU32::new(NONE);
static LEFT: AtomicU32 = AtomicU32::new(0);

/// Makes the program abort when `point` is reached the `nth` time from now; 0 counts as 1. One point is armed at a time.
/// False, and nothing changes, when no point has that name.
pub fn arm(point: &str, nth: u32) -> bool {
    let Some((armed, _)) = NAMED.iter().find(|(_, name)| *name == point) else {
        return false;
    };
    // The count first: whoever sees the point armed sees its count.
    LEFT.store(nth.max(1), Ordering::SeqCst);
    ARMED.store(*armed as u32, Ordering::SeqCst);
    true
}

/// Says that `point` is reached.
pub(crate) fn reach(point: Point) {
    let armed = ARMED.load(Ordering::Relaxed);
    if armed != NONE {
        count_down(armed, point);
    }
}

#[cold]
fn count_down(armed: u32, point: Point) {
    if armed == point as u32 && LEFT.fetch_sub(1, Ordering::SeqCst) == 1 {
        std::process::abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_has_one_name_and_the_list_is_theirs() {
        let names: Vec<&str> = NAMED.iter().map(|(_, name)| *name).collect();
        assert_eq!(names, POINTS);
        for (place, (point, _)) in NAMED.iter().enumerate() {
            assert_eq!(*point as usize, place);
        }
    }

    #[test]
    fn an_unknown_point_is_not_armed() {
        assert!(!arm("nowhere", 1));
        reach(Point::BeforeLogCommit);
    }
}
