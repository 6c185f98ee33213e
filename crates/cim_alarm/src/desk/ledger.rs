//! Which alarms changed since when, so that a list is told of what changed and not of everything.

use cim_model::AlarmId;
use std::collections::{BTreeMap, VecDeque};

/// How many alarms that are gone are told one by one; who asks for more is told to read everything anew.
const MAX_GONE: usize = 10_000;

/// What changed since a revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The revision that the asker knows from now on.
    pub revision: u64,
    /// True when too much is gone since: everything is to be read anew, and the lists here are empty.
    pub is_whole: bool,
    /// Alarms that are there and changed, earliest change first.
    pub changed: Vec<AlarmId>,
    /// Alarms that the desk does not know any more.
    pub gone: Vec<AlarmId>,
}

#[derive(Debug, Default)]
pub(super) struct Ledger {
    revision: u64,
    by_alarm: BTreeMap<AlarmId, u64>,
    by_revision: BTreeMap<u64, AlarmId>,
    gone: VecDeque<(u64, AlarmId)>,
    /// The newest revision of which something gone was given up.
    lost_until: u64,
}

impl Ledger {
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn revision_of(&self, alarm: &AlarmId) -> u64 {
        self.by_alarm.get(alarm).copied().unwrap_or_default()
    }

    pub(super) fn touch(&mut self, alarm: &AlarmId) {
        self.revision += 1;
        if let Some(earlier) = self.by_alarm.insert(alarm.clone(), self.revision) {
            self.by_revision.remove(&earlier);
        }
        self.by_revision.insert(self.revision, alarm.clone());
    }

    pub(super) fn remove(&mut self, alarm: &AlarmId) {
        let Some(earlier) = self.by_alarm.remove(alarm) else {
            return;
        };
        self.by_revision.remove(&earlier);
        self.revision += 1;
        self.gone.push_back((self.revision, alarm.clone()));
        if self.gone.len() > MAX_GONE
            && let Some((revision, _)) = self.gone.pop_front()
        {
            self.lost_until = revision;
        }
    }

    pub(super) fn since(&self, revision: u64) -> Changes {
        let mut changes = Changes {
            revision: self.revision,
            ..Changes::default()
        };
        if revision < self.lost_until || revision > self.revision {
            changes.is_whole = true;
            return changes;
        }
        let changed = self.by_revision.range(revision + 1..);
        changes.changed = changed.map(|(_, alarm)| alarm.clone()).collect();
        let first = self.gone.partition_point(|(at, _)| *at <= revision);
        let gone = self.gone.range(first..);
        // One that came back is among those that changed.
        changes.gone = gone
            .filter(|(_, alarm)| !self.by_alarm.contains_key(alarm))
            .map(|(_, alarm)| alarm.clone())
            .collect();
        changes
    }
}
