//! The file `citymirror.db`: everything but the observations themselves. Shared by the store and its history.

use crate::{
    StoreError,
    faults::{self, Point},
    file::{self, Change, SqlFile},
    hours,
    migrations::{self, Make},
    settings,
};
use sqlx::SqlitePool;
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// The file inside the cache's folder.
const FILE_NAME: &str = "citymirror.db";
/// The folder of days inside the cache's folder.
const HISTORY: &str = "history";

/// What makes the file; its mark is the letters `CIMs`. The third step throws away the tables whose values go into the history.
pub(crate) const MAKE: Make = Make {
    application_id: 0x4349_4d73,
    page_size: 4_096,
    readers: 4,
    steps: &[
        &[
            include_str!("things.sql"),
            include_str!("datastreams.sql"),
            include_str!("cameras.sql"),
            include_str!("events.sql"),
            include_str!("previous/raw.sql"),
            include_str!("previous/minute.sql"),
            include_str!("previous/latest.sql"),
            include_str!("previous/activity.sql"),
            include_str!("facts.sql"),
            include_str!("settings.sql"),
        ],
        &[
            include_str!("facts_cause.sql"),
            include_str!("event_versions.sql"),
            include_str!("moments.sql"),
            include_str!("branches.sql"),
            include_str!("hours.sql"),
        ],
        &[include_str!("previous/drop.sql")],
        &[include_str!("sync.sql")],
    ],
    steps_at_once: 2,
};

/// The open file `citymirror.db`. Cheap to clone; all clones share one writer.
#[derive(Clone, Debug)]
pub(crate) struct Meta {
    file: SqlFile,
    vfs: Option<Arc<str>>,
}

impl Meta {
    /// Opens the file in `folder`, making it when absent; `vfs` is SQLite's name of a file system other than its usual one.
    /// The notes, in English, tell what had to be moved aside.
    pub(crate) async fn open(
        folder: &Path,
        vfs: Option<&str>,
    ) -> Result<(Self, Vec<String>), StoreError> {
        let (file, notes) = file::open(&folder.join(FILE_NAME), &MAKE, vfs).await?;
        let meta = Self {
            file,
            vfs: vfs.map(Arc::from),
        };
        Ok((meta, notes))
    }

    /// Moves the days in `folder` aside when this file has never given a number to a series: they carry the numbers of another
    /// file, and would show one sensor's values as another's. Tells when there were any.
    pub(crate) async fn refuse_foreign_days(
        &self,
        folder: &Path,
    ) -> Result<Option<String>, StoreError> {
        let days = history_in(folder);
        let is_empty = std::fs::read_dir(&days).map_or(true, |mut found| found.next().is_none());
        if is_empty || !self.knows_no_series().await? {
            return Ok(None);
        }
        let kept = file::move_aside(&days)?;
        Ok(Some(format!(
            "the days of the former cache cannot be told apart any more; they were moved aside to {}",
            kept.display()
        )))
    }

    /// The name of the file system that the cache lies on, when it is not SQLite's usual one.
    pub(crate) fn vfs(&self) -> Option<&str> {
        self.vfs.as_deref()
    }

    /// Connections for questions.
    pub(crate) fn readers(&self) -> &SqlitePool {
        self.file.readers()
    }

    /// Begins a transaction; [`Meta::finish`] ends it.
    pub(crate) async fn begin(&self) -> sqlx::Result<Change> {
        self.file.begin().await
    }

    /// Keeps everything when `done` went well, else nothing; it survives a power cut once this returns.
    pub(crate) async fn finish<T>(&self, change: Change, done: sqlx::Result<T>) -> sqlx::Result<T> {
        faults::reach(Point::BeforeMetaCommit);
        let done = change.finish(done).await;
        faults::reach(Point::AfterMetaCommit);
        done
    }

    /// The error of doing `act` with this file.
    pub(crate) fn trouble(&self, act: &'static str, source: sqlx::Error) -> StoreError {
        self.file.trouble(act, source)
    }

    /// Remembers `value` under `key`.
    pub(crate) async fn put_setting(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let done = async {
            let mut change = self.begin().await?;
            let put = settings::put(change.conn(), key, value).await;
            self.finish(change, put).await
        };
        done.await
            .map_err(|error| self.trouble("saving a setting", error))
    }

    /// What is remembered under `key`.
    pub(crate) async fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        let read = async {
            let mut conn = self.readers().acquire().await?;
            settings::get(&mut conn, key).await
        };
        read.await
            .map_err(|error| self.trouble("reading a setting", error))
    }

    /// Writes rows of hours (series, start of the UTC day, encoded), replacing what is there; all or nothing.
    pub(crate) async fn put_hours(&self, rows: &[(u32, i64, Vec<u8>)]) -> Result<(), StoreError> {
        let done = async {
            let mut change = self.begin().await?;
            let put = hours::put(change.conn(), rows).await;
            self.finish(change, put).await
        };
        done.await
            .map_err(|error| self.trouble("saving hours", error))
    }

    /// Says that the hours of `day` are there for every series that has values in it.
    pub(crate) async fn finish_hours(&self, day: i64) -> Result<(), StoreError> {
        let done = async {
            let mut change = self.begin().await?;
            let finished = hours::finish(change.conn(), day).await;
            self.finish(change, finished).await
        };
        done.await
            .map_err(|error| self.trouble("finishing a day's hours", error))
    }

    /// The hours of `series` in the complete days that begin in `[day0, day1)`, oldest first: start of the day, encoded.
    pub(crate) async fn hours_of(
        &self,
        series: u32,
        day0: i64,
        day1: i64,
    ) -> Result<Vec<(i64, Vec<u8>)>, StoreError> {
        hours::of(self.readers(), series, day0, day1)
            .await
            .map_err(|error| self.trouble("reading hours", error))
    }

    /// The days whose hours are complete, as [`Meta::finish_hours`] said, oldest first.
    pub(crate) async fn hours_days(&self) -> Result<Vec<i64>, StoreError> {
        hours::days(self.readers())
            .await
            .map_err(|error| self.trouble("listing the days of hours", error))
    }

    /// Forgets the hours of the series of `group` in `day`, which is then no longer complete.
    pub(crate) async fn forget_hours(&self, group: u32, day: i64) -> Result<(), StoreError> {
        let done = async {
            // Asked every minute for every group, and nearly always there is nothing to forget.
            if !hours::is_finished(self.readers(), day).await? {
                return Ok(());
            }
            let mut change = self.begin().await?;
            let forgotten = hours::forget(change.conn(), group, day).await;
            self.finish(change, forgotten).await
        };
        done.await
            .map_err(|error| self.trouble("forgetting hours", error))
    }

    /// What SQLite's full check finds wrong with the file; empty when it is sound. Reads all of it.
    pub(crate) async fn integrity(&self) -> Result<Vec<String>, StoreError> {
        file::integrity(self.readers())
            .await
            .map_err(|error| self.trouble("checking it", error))
    }

    /// How many steps of [`MAKE`] the file has taken.
    pub(crate) async fn steps_taken(&self) -> Result<usize, StoreError> {
        let read = async {
            let mut conn = self.readers().acquire().await?;
            migrations::steps_taken(&mut conn).await
        };
        read.await
            .map_err(|error| self.trouble("reading its version", error))
    }

    /// Takes the steps that opening left out.
    pub(crate) async fn take_last_steps(&self) -> Result<(), StoreError> {
        let done = async {
            let mut conn = self.file.writer().await?;
            migrations::take_steps(&mut conn, &MAKE, MAKE.steps.len()).await
        };
        done.await
            .map_err(|error| self.trouble("dropping what was moved", error))
    }

    /// Closes the file for every clone, with everything in the one file.
    pub(crate) async fn close(&self) {
        self.file.close().await;
    }

    /// True when the file has never given a number: it is new, and whatever days there are belong to another one.
    async fn knows_no_series(&self) -> Result<bool, StoreError> {
        let found: sqlx::Result<i64> =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM datastreams)")
                .fetch_one(self.readers())
                .await;
        found
            .map(|found| found == 0)
            .map_err(|error| self.trouble("reading the datastreams", error))
    }
}

/// The folder of days inside the cache's `folder`.
pub(crate) fn history_in(folder: &Path) -> PathBuf {
    folder.join(HISTORY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::DAY_MS;

    async fn meta(name: &str) -> (PathBuf, Meta) {
        let folder = std::env::temp_dir()
            .join(format!("citymirror-meta-{}", std::process::id()))
            .join(name);
        std::fs::remove_dir_all(&folder).ok();
        let (meta, notes) = Meta::open(&folder, None).await.expect("a new file");
        assert!(notes.is_empty(), "{notes:?}");
        (folder, meta)
    }

    #[tokio::test]
    async fn hours_count_once_their_day_is_complete() {
        let (_, meta) = meta("hours").await;
        // Series 600 belongs to group 1; more rows than one trip carries.
        let mut rows: Vec<(u32, i64, Vec<u8>)> = (1..250).map(|n| (n, 0, vec![1])).collect();
        rows.push((600, 0, vec![2]));
        rows.push((600, DAY_MS, vec![3]));
        meta.put_hours(&rows).await.expect("written");
        let all = (i64::MIN, i64::MAX);
        assert!(
            meta.hours_of(600, all.0, all.1)
                .await
                .expect("none yet")
                .is_empty()
        );
        meta.finish_hours(0).await.expect("finished");
        meta.finish_hours(DAY_MS).await.expect("finished");
        assert_eq!(meta.hours_days().await.expect("the days"), [0, DAY_MS]);
        let found = meta.hours_of(600, all.0, all.1).await.expect("hours");
        assert_eq!(found, [(0, vec![2]), (DAY_MS, vec![3])]);
        let found = meta.hours_of(600, 1, DAY_MS).await.expect("hours");
        assert!(found.is_empty(), "{found:?}");
        meta.forget_hours(1, 0).await.expect("forgotten");
        meta.forget_hours(1, 5 * DAY_MS)
            .await
            .expect("nothing there");
        assert_eq!(meta.hours_days().await.expect("the days"), [DAY_MS]);
        meta.finish_hours(0).await.expect("finished");
        let found = meta.hours_of(600, all.0, all.1).await.expect("hours");
        assert_eq!(found, [(DAY_MS, vec![3])]);
        let found = meta.hours_of(249, all.0, all.1).await.expect("hours");
        assert_eq!(found, [(0, vec![1])]);
        meta.close().await;
    }

    #[tokio::test]
    async fn days_without_a_catalogue_are_moved_aside() {
        let (folder, meta) = meta("foreign_days").await;
        assert_eq!(meta.refuse_foreign_days(&folder).await.expect("none"), None);
        let days = history_in(&folder);
        std::fs::create_dir_all(&days).expect("a folder");
        std::fs::write(days.join("2026-05-27.db"), "values").expect("a day");
        let note = meta.refuse_foreign_days(&folder).await.expect("moved");
        assert!(note.is_some_and(|note| note.contains("history.damaged-1")));
        assert!(!days.exists());
        assert!(folder.join("history.damaged-1/2026-05-27.db").exists());
        meta.close().await;
    }

    async fn limit_pages(meta: &Meta, pages: &'static str) {
        let mut conn = meta.file.writer().await.expect("the writer");
        crate::statement::sql(pages)
            .fetch_all(&mut *conn)
            .await
            .expect("limited");
    }

    #[tokio::test]
    async fn a_full_file_says_so_and_takes_writes_again_once_there_is_room() {
        let (_, meta) = meta("full").await;
        limit_pages(&meta, "PRAGMA max_page_count = 1").await;
        let large = "x".repeat(100_000);
        for _ in 0..3 {
            let refused = meta.put_setting("a", &large).await.expect_err("no room");
            assert!(refused.is_full(), "{refused}");
        }
        assert_eq!(meta.setting("a").await.expect("a setting"), None);
        limit_pages(&meta, "PRAGMA max_page_count = 100000").await;
        meta.put_setting("a", &large)
            .await
            .expect("there is room again");
        assert_eq!(meta.setting("a").await.expect("a setting"), Some(large));
        meta.close().await;
    }
}
