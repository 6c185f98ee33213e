//! The order in space: Morton keys, their sort, and the square that they divide.

use super::age::Row;
use super::columns::Columns;
use super::state::is_placed;

/// Bits of a key for each of the two directions.
pub const KEY_BITS: u32 = 16;

/// The square that the keys divide into 65 536 × 65 536 cells; metres east and north of the city's origin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// Its south-west corner.
    pub min: [f32; 2],
    /// Its side, at least 1 m.
    pub side_m: f32,
}

impl Default for Extent {
    /// A square metre at the origin: the extent of nothing.
    fn default() -> Self {
        Self {
            min: [0.0; 2],
            side_m: 1.0,
        }
    }
}

impl Extent {
    /// The smallest square that holds all places that are finite.
    fn of(places: impl Iterator<Item = [f32; 3]>) -> Self {
        let mut min = [f32::INFINITY; 2];
        let mut max = [f32::NEG_INFINITY; 2];
        for [east, north, _] in places.filter(|place| is_placed(*place)) {
            min = [min[0].min(east), min[1].min(north)];
            max = [max[0].max(east), max[1].max(north)];
        }
        if min[0] > max[0] {
            return Self::default();
        }
        let side_m = (max[0] - min[0]).max(max[1] - min[1]);
        Self {
            min,
            // Places at both ends of f32 are further apart than f32 can say.
            side_m: side_m.clamp(1.0, f32::MAX),
        }
    }

    /// The key of a place; places outside count to the nearest cell.
    pub fn key_of(&self, place: [f32; 3]) -> u32 {
        let [east, north, _] = place;
        let [cell_east, cell_north] = cell_of([east, north], self);
        morton(cell_east, cell_north)
    }
}

/// The cell of a place, counted from the south-west corner: east, north.
pub fn cell_of(place: [f32; 2], extent: &Extent) -> [u16; 2] {
    let [east, north] = place;
    let [west, south] = extent.min;
    let cells = |metres: f32| {
        let part = metres / extent.side_m;
        // The cast saturates, and takes NaN as 0.
        (part * 65_536.0) as u16
    };
    [cells(east - west), cells(north - south)]
}

/// The Morton key of a cell: bit 2i is bit i of `east`, bit 2i + 1 is bit i of `north`.
pub fn morton(east: u16, north: u16) -> u32 {
    spread(east) | (spread(north) << 1)
}

/// Puts a zero above each bit.
fn spread(cell: u16) -> u32 {
    let mut bits = u32::from(cell);
    bits = (bits | (bits << 8)) & 0x00ff_00ff;
    bits = (bits | (bits << 4)) & 0x0f0f_0f0f;
    bits = (bits | (bits << 2)) & 0x3333_3333;
    (bits | (bits << 1)) & 0x5555_5555
}

/// Sorts a set; keeps what it needs for that, so that sorting again allocates nothing.
#[derive(Default)]
pub(super) struct Sorter {
    entries: Vec<u64>,
    scratch: Vec<u64>,
    spare: Columns,
}

impl Sorter {
    /// Puts the columns in the order of their keys, of legs by their ends. Rows without a place come last, without a key.
    /// All bits are clear afterwards.
    pub(super) fn sort(
        &mut self,
        rows: &mut [Row],
        columns: &mut Columns,
        keys: &mut Vec<u32>,
    ) -> Extent {
        let held: &Columns = columns;
        let place_of = |row: &Row| {
            let place = held.place_at(row.slot, f32::INFINITY);
            place.filter(|place| is_placed(*place))
        };
        let extent = Extent::of(rows.iter().filter_map(place_of));
        self.entries.clear();
        let placed = rows.iter().enumerate().filter_map(|(row, record)| {
            let place = place_of(record)?;
            Some(entry(extent.key_of(place), row as u32))
        });
        self.entries.extend(placed);
        sort_entries(&mut self.entries, &mut self.scratch);
        keys.clear();
        keys.extend(self.entries.iter().map(|entry| (entry >> 32) as u32));
        let unplaced = rows.iter().enumerate().filter_map(|(row, record)| {
            let is_unplaced = place_of(record).is_none();
            is_unplaced.then(|| entry(u32::MAX, row as u32))
        });
        self.entries.extend(unplaced);

        self.spare.clear();
        for (slot, entry) in self.entries.iter().enumerate() {
            let row = *entry as u32;
            if let Some(record) = rows.get_mut(row as usize) {
                self.spare.take_over(held, record.slot, row);
                record.slot = slot as u32;
            }
        }
        self.spare.placed = keys.len() as u32;
        std::mem::swap(columns, &mut self.spare);
        columns.clear_bits();
        extent
    }
}

const DIGIT_BITS: u32 = 11;
const DIGITS: usize = 1 << DIGIT_BITS;

/// A row with its key, in one number: the key above.
fn entry(key: u32, row: u32) -> u64 {
    (u64::from(key) << 32) | u64::from(row)
}

/// Sorts entries by their keys, equal keys in their present order: three passes of 11 bits.
fn sort_entries(entries: &mut Vec<u64>, scratch: &mut Vec<u64>) {
    scratch.clear();
    scratch.resize(entries.len(), 0);
    for pass in 0..3 {
        let digit = |entry: u64| (entry >> (32 + pass * DIGIT_BITS)) as usize & (DIGITS - 1);
        let mut starts = [0_u32; DIGITS];
        for entry in entries.iter() {
            if let Some(count) = starts.get_mut(digit(*entry)) {
                *count += 1;
            }
        }
        let mut before = 0;
        for start in &mut starts {
            let count = *start;
            *start = before;
            before += count;
        }
        for entry in entries.iter() {
            let Some(start) = starts.get_mut(digit(*entry)) else {
                continue;
            };
            if let Some(place) = scratch.get_mut(*start as usize) {
                *place = *entry;
            }
            *start += 1;
        }
        std::mem::swap(entries, scratch);
    }
}
