//! The day files that are open. Few at a time: those that are written to stay, those that are only read take turns.

use crate::StoreError;
use crate::day::{DayFile, days_in};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// How many day files are kept open for reading.
const MAX_READING: usize = 12;

/// A day file, and what is known of its chunks without asking it.
#[derive(Debug)]
pub(super) struct OpenDay {
    pub(super) file: DayFile,
    pub(super) is_written: bool,
    groups: Mutex<BTreeSet<u32>>,
    /// End of each chunk by group and begin; only of days that are written to.
    spans: Mutex<BTreeMap<(u32, i64), i64>>,
}

impl OpenDay {
    async fn open(
        folder: &Path,
        day: i64,
        write: bool,
        vfs: Option<&str>,
    ) -> Result<(Self, Vec<String>), StoreError> {
        let (file, notes) = DayFile::open(folder, day, write, vfs).await?;
        let mut spans = BTreeMap::new();
        let groups = if write {
            for (group, t0, t1) in file.spans().await? {
                spans.insert((group, t0), t1);
            }
            spans.keys().map(|(group, _)| *group).collect()
        } else {
            file.groups().await?.into_iter().collect()
        };
        let day = Self {
            file,
            is_written: write,
            groups: Mutex::new(groups),
            spans: Mutex::new(spans),
        };
        Ok((day, notes))
    }

    /// The groups that have a chunk in this day.
    pub(super) fn groups(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn spans(&self) -> MutexGuard<'_, BTreeMap<(u32, i64), i64>> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begin and end of the group's chunks, in order.
    pub(super) fn spans_of(&self, group: u32) -> Vec<(i64, i64)> {
        self.spans()
            .range((group, i64::MIN)..=(group, i64::MAX))
            .map(|((_, t0), t1)| (*t0, *t1))
            .collect()
    }

    /// Begin and end of every chunk, by group.
    pub(super) fn all_spans(&self) -> Vec<(u32, i64, i64)> {
        self.spans()
            .iter()
            .map(|((group, t0), t1)| (*group, *t0, *t1))
            .collect()
    }

    pub(super) fn note_chunks(
        &self,
        puts: impl Iterator<Item = (u32, i64, i64)>,
        removes: &[(u32, i64)],
    ) {
        let mut spans = self.spans();
        for gone in removes {
            spans.remove(gone);
        }
        let mut groups = self.groups();
        for (group, t0, t1) in puts {
            spans.insert((group, t0), t1);
            groups.insert(group);
        }
    }
}

/// The folder of day files.
#[derive(Debug)]
pub(super) struct Days {
    folder: PathBuf,
    vfs: Option<String>,
    known: Mutex<BTreeSet<i64>>,
    open: tokio::sync::Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    days: BTreeMap<i64, (Arc<OpenDay>, u64)>,
    uses: u64,
}

impl Days {
    pub(super) fn new(folder: &Path, vfs: Option<String>) -> Result<Self, StoreError> {
        let known = days_in(folder)?.into_iter().map(|(day, _)| day).collect();
        Ok(Self {
            folder: folder.to_owned(),
            vfs,
            known: Mutex::new(known),
            open: tokio::sync::Mutex::default(),
        })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn known(&self) -> MutexGuard<'_, BTreeSet<i64>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The days that have a file, in order.
    pub(super) fn list(&self) -> Vec<i64> {
        self.known().iter().copied().collect()
    }

    /// The day's file, if there is one.
    pub(super) async fn for_reading(&self, day: i64) -> Result<Option<Arc<OpenDay>>, StoreError> {
        if !self.known().contains(&day) {
            return Ok(None);
        }
        let mut open = self.open.lock().await;
        open.uses += 1;
        let uses = open.uses;
        if let Some((found, used)) = open.days.get_mut(&day) {
            *used = uses;
            return Ok(Some(Arc::clone(found)));
        }
        open.make_room();
        let (opened, _) = OpenDay::open(&self.folder, day, false, self.vfs.as_deref()).await?;
        let opened = Arc::new(opened);
        open.days.insert(day, (Arc::clone(&opened), uses));
        Ok(Some(opened))
    }

    /// The day's file, made when it is absent. The flag is true when it was not open for writing before: what its log
    /// holds is then to be read. The notes tell what had to be moved aside.
    pub(super) async fn for_writing(
        &self,
        day: i64,
    ) -> Result<(Arc<OpenDay>, bool, Vec<String>), StoreError> {
        let mut open = self.open.lock().await;
        open.uses += 1;
        let uses = open.uses;
        if let Some((found, used)) = open.days.get_mut(&day)
            && found.is_written
        {
            *used = uses;
            return Ok((Arc::clone(found), false, Vec::new()));
        }
        let (opened, notes) = OpenDay::open(&self.folder, day, true, self.vfs.as_deref()).await?;
        let opened = Arc::new(opened);
        open.days.insert(day, (Arc::clone(&opened), uses));
        self.known().insert(day);
        Ok((opened, true, notes))
    }

    /// Lets go of the day's open file, so that it is opened anew.
    pub(super) async fn reopen(&self, day: i64) {
        self.open.lock().await.days.remove(&day);
    }

    /// Lets a day's file go.
    pub(super) async fn forget(&self, day: i64) {
        let gone = self.open.lock().await.days.remove(&day);
        self.known().remove(&day);
        if let Some((gone, _)) = gone {
            gone.file.clone().close().await;
        }
    }

    /// Closes files that were written to and are not any more: all but those in `busy` and the two newest.
    pub(super) async fn close_idle(&self, busy: &BTreeSet<i64>) {
        let mut open = self.open.lock().await;
        let newest: Vec<i64> = self.known().iter().rev().take(2).copied().collect();
        let idle: Vec<i64> = open
            .days
            .iter()
            .filter(|(day, (open, _))| {
                open.is_written && !busy.contains(day) && !newest.contains(day)
            })
            .map(|(day, _)| *day)
            .collect();
        for day in idle {
            if let Some((gone, _)) = open.days.remove(&day) {
                gone.file.clone().close().await;
            }
        }
    }

    /// Closes every file.
    pub(super) async fn close(&self) {
        let days = std::mem::take(&mut self.open.lock().await.days);
        for (_, (day, _)) in days {
            day.file.clone().close().await;
        }
    }
}

impl Open {
    fn make_room(&mut self) {
        let reading = self.days.values().filter(|(day, _)| !day.is_written);
        if reading.count() < MAX_READING {
            return;
        }
        let idle = self
            .days
            .iter()
            .filter(|(_, (day, _))| !day.is_written)
            .min_by_key(|(_, (_, used))| *used)
            .map(|(day, _)| *day);
        if let Some(day) = idle {
            self.days.remove(&day);
        }
    }
}
