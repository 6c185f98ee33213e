//! What devices tell between imports: changes of their catalogue, where they move, that they are there, what ails their picture.

use super::Status;
use super::entry::seconds_of;
use super::health::Fault;
use super::index::{ChannelIndex, IndexError, Line, LivePlace};
use super::merge::{Manner, place_of};
use super::places::{NOWHERE, place_e7};
use cim_model::UtcMillis;
use cim_sync::gb28181::{CatalogueChange, CatalogueEvent, MobilePosition};

/// So many devices are remembered for when they were heard of last.
const MAX_HEARD: usize = 200_000;
/// An identity is no longer than this, bytes.
const MAX_ID_BYTES: usize = 64;

/// What a change came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// Nothing: it was so already, or nobody knows the entry.
    Nothing,
    /// Its status is another one.
    Status,
    /// Its fields are others.
    Fields,
    /// It was not there.
    Added,
    /// It is gone.
    Gone,
}

impl ChannelIndex {
    /// Applies a notice of `source` that came at `at`. A change of a group makes its tree again; all others take as long as it
    /// takes to find a row.
    pub fn apply_change(
        &mut self,
        change: &CatalogueChange,
        source: u8,
        at: UtcMillis,
    ) -> Result<Applied, IndexError> {
        let row = self.row(change.item.id());
        if let Some(status) = Status::after(change.event) {
            let is_changed = row.is_some_and(|row| self.set_status(row, status, at));
            return Ok(if is_changed {
                Applied::Status
            } else {
                Applied::Nothing
            });
        }
        if change.event == CatalogueEvent::Delete {
            let Some((row, before)) = row.and_then(|row| Some((row, self.line(row)?))) else {
                return Ok(Applied::Nothing);
            };
            let gone = Line {
                is_alive: false,
                ..before
            };
            self.set_line(row, gone);
            self.follow(&[(row, before)]);
            return Ok(Applied::Gone);
        }
        let told = (&change.item, place_of(&change.item));
        let merged = self.merge(told, source, Manner::Partial, at)?;
        if !merged.is_changed {
            return Ok(Applied::Nothing);
        }
        self.follow(&[(merged.row, merged.before)]);
        Ok(if merged.before.is_alive {
            Applied::Fields
        } else {
            Applied::Added
        })
    }

    /// Puts a device where it told to be; false when nobody knows it, when it told a later place before, or none.
    pub fn apply_position(&mut self, told: &MobilePosition) -> bool {
        let Some(row) = self.row(&told.device_id) else {
            return false;
        };
        let Some(line) = self.line(row) else {
            return false;
        };
        let before = self.live.get(&row);
        let place = place_e7(told.position.lon_deg, told.position.lat_deg);
        if place == NOWHERE || before.is_some_and(|live| live.at > told.happened_at) {
            return false;
        }
        let live = LivePlace {
            catalogued_e7: before.map_or(line.place, |live| live.catalogued_e7),
            at: told.happened_at,
            speed_kmh: told.speed_kmh,
            direction_deg: told.direction_deg,
        };
        self.live.insert(row, live);
        self.set_line(row, Line { place, ..line });
        true
    }

    /// Notes that a device, or the platform that it belongs to, was heard of at `at`: a keepalive.
    pub fn note_seen(&mut self, id: &str, at: UtcMillis) {
        let seconds = seconds_of(at);
        if let Some(heard) = self.heard.get_mut(id) {
            *heard = (*heard).max(seconds);
        } else if self.heard.len() < MAX_HEARD && id.len() <= MAX_ID_BYTES {
            self.heard.insert(id.into(), seconds);
        }
        let line = self.row(id).and_then(|row| Some((row, self.line(row)?)));
        if let Some((row, line)) = line {
            let seen_s = line.seen_s.max(seconds);
            self.set_line(row, Line { seen_s, ..line });
        }
    }

    /// Sets the status of an entry at `at`; false when it was so already.
    pub fn set_status(&mut self, row: u32, status: Status, at: UtcMillis) -> bool {
        let Some(before) = self.line(row).filter(|line| line.is_alive) else {
            return false;
        };
        let seconds = seconds_of(at);
        let mut line = before;
        if status.is_on() {
            line.seen_s = line.seen_s.max(seconds);
        }
        if status != before.status {
            line.status = status;
            line.since_s = seconds;
            line.drops += u16::from(before.status.is_on() && before.drops < u16::MAX);
        }
        if line != before {
            self.set_line(row, line);
        }
        if line.is_leaf() && status.is_on() != before.status.is_on() {
            let places = self.places_in_trees(row, &line);
            self.forest.switch(&places, status.is_on());
        }
        status != before.status
    }

    /// Notes what ails the picture of a channel, as a diagnosis of its picture told at `at`; false when it was known.
    pub fn note_fault(&mut self, row: u32, fault: Fault, at: UtcMillis) -> bool {
        if !self.is_alive(row) {
            return false;
        }
        let faults = self.faults.entry(row).or_default();
        if faults.contains_key(&fault) {
            return false;
        }
        faults.insert(fault, seconds_of(at));
        self.touch();
        true
    }

    /// Notes that `fault` is over; false when it was not there.
    pub fn clear_fault(&mut self, row: u32, fault: Fault) -> bool {
        let Some(faults) = self.faults.get_mut(&row) else {
            return false;
        };
        let was_there = faults.remove(&fault).is_some();
        if faults.is_empty() {
            self.faults.remove(&row);
        }
        if was_there {
            self.touch();
        }
        was_there
    }
}
