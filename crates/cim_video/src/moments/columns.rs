//! The columns of an index: one number of each moment behind the other, and the orders of time.

use super::index::{degrees_of, share_of};

/// A moment without a place has this longitude.
const NO_PLACE: i32 = i32::MIN;
/// A moment whose detector did not say how sure it was.
const NO_SHARE: u16 = u16::MAX;
/// Moments are ordered in classes by how long they last, milliseconds: a long clip does not widen the search for short ones.
const CLASS_MS: [u32; 3] = [10_000, 600_000, u32::MAX];

/// One number of each moment, by row.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns {
    pub(super) from: Vec<i64>,
    pub(super) lasts_ms: Vec<u32>,
    pub(super) camera: Vec<u32>,
    pub(super) source: Vec<u32>,
    pub(super) media: Vec<u32>,
    pub(super) kind: Vec<u8>,
    /// Longitude and latitude, ten-millionths of a degree.
    pub(super) place: Vec<[i32; 2]>,
    pub(super) frame_box: Vec<[u16; 4]>,
    pub(super) mask: Vec<[u16; 4]>,
    /// Ten-thousandths.
    pub(super) confidence: Vec<u16>,
    /// Where the attributes of each moment begin, and how many they are.
    pub(super) first_pair: Vec<u32>,
    pub(super) pair_count: Vec<u8>,
    /// Numbers of keys and values. Those of moments that changed stay behind until the index is rebuilt.
    pub(super) pairs: Vec<(u32, u32)>,
    orders: [Order; 3],
    /// Rows that no order has yet.
    pending: Vec<u32>,
    /// A moment's time changed: every order is made again.
    is_stale: bool,
}

/// Rows of one class by when they began.
#[derive(Clone, Debug, Default)]
struct Order {
    rows: Vec<u32>,
    /// The longest that one of them lasts.
    most_ms: u32,
}

impl Columns {
    /// Makes room for a row that follows the last one; any other is there already.
    pub(super) fn reserve_row(&mut self, row: u32) {
        if row as usize != self.from.len() {
            return;
        }
        self.from.push(0);
        self.lasts_ms.push(0);
        self.camera.push(0);
        self.source.push(0);
        self.media.push(0);
        self.kind.push(0);
        self.place.push([NO_PLACE, 0]);
        self.frame_box.push([0; 4]);
        self.mask.push([0; 4]);
        self.confidence.push(NO_SHARE);
        self.first_pair.push(0);
        self.pair_count.push(0);
        self.pending.push(row);
    }

    /// Every row is pending: after the columns were read from bytes.
    pub(super) fn forget_orders(&mut self) {
        self.is_stale = true;
    }

    pub(super) fn set_time(&mut self, row: u32, from: i64, lasts_ms: u32) {
        let at = row as usize;
        let is_new = self.pending.last() == Some(&row);
        let is_moved = self.from.get(at) != Some(&from) || self.lasts_ms.get(at) != Some(&lasts_ms);
        self.is_stale |= is_moved && !is_new;
        put(&mut self.from, row, from);
        put(&mut self.lasts_ms, row, lasts_ms);
    }

    pub(super) fn set_names(&mut self, row: u32, [camera, source, media]: [u32; 3], kind: u8) {
        put(&mut self.camera, row, camera);
        put(&mut self.source, row, source);
        put(&mut self.media, row, media);
        put(&mut self.kind, row, kind);
    }

    pub(super) fn set_place(&mut self, row: u32, place: Option<[i32; 2]>) {
        put(&mut self.place, row, place.unwrap_or([NO_PLACE, 0]));
    }

    pub(super) fn set_boxes(&mut self, row: u32, [frame_box, mask]: [[u16; 4]; 2]) {
        put(&mut self.frame_box, row, frame_box);
        put(&mut self.mask, row, mask);
    }

    pub(super) fn set_confidence(&mut self, row: u32, cell: Option<u16>) {
        put(&mut self.confidence, row, cell.unwrap_or(NO_SHARE));
    }

    /// Appends the attributes of a row. `None` when there is no more room.
    pub(super) fn set_pairs(&mut self, row: u32, pairs: &[(u32, u32)]) -> Option<()> {
        let first = u32::try_from(self.pairs.len()).ok()?;
        let count = u8::try_from(pairs.len()).ok()?;
        self.pairs.extend_from_slice(pairs);
        put(&mut self.first_pair, row, first);
        put(&mut self.pair_count, row, count);
        Some(())
    }

    /// Keys and values of a row's attributes.
    pub(super) fn pairs_of(&self, row: u32) -> &[(u32, u32)] {
        let at = row as usize;
        let first = self.first_pair.get(at).copied().unwrap_or_default() as usize;
        let count = usize::from(self.pair_count.get(at).copied().unwrap_or_default());
        self.pairs.get(first..first + count).unwrap_or_default()
    }

    /// The last moment of a row.
    pub(super) fn to(&self, row: u32) -> i64 {
        let lasts = self.lasts_ms.get(row as usize).copied().unwrap_or_default();
        self.begin_of(row).saturating_add(i64::from(lasts))
    }

    /// The first moment of a row.
    pub(super) fn begin_of(&self, row: u32) -> i64 {
        self.from.get(row as usize).copied().unwrap_or_default()
    }

    /// Where a row was, degrees.
    pub(super) fn place(&self, row: u32) -> Option<[f64; 2]> {
        let cells = *self.place.get(row as usize)?;
        (cells != [NO_PLACE, 0]).then(|| degrees_of(cells))
    }

    /// How sure the detector was.
    pub(super) fn confidence(&self, row: u32) -> Option<f32> {
        let cell = *self.confidence.get(row as usize)?;
        (cell != NO_SHARE).then(|| share_of(cell))
    }

    /// Puts pending rows into their orders.
    pub(super) fn settle(&mut self) {
        if self.is_stale {
            self.orders = std::array::from_fn(|_| Order::default());
            self.pending = (0..).take(self.from.len()).collect();
            self.is_stale = false;
        }
        if self.pending.is_empty() {
            return;
        }
        let Self {
            from,
            lasts_ms,
            orders,
            pending,
            ..
        } = self;
        for row in pending.drain(..) {
            let lasts = lasts_ms.get(row as usize).copied().unwrap_or_default();
            let class = CLASS_MS.iter().position(|most| lasts <= *most);
            if let Some(order) = class.and_then(|class| orders.get_mut(class)) {
                order.rows.push(row);
                order.most_ms = order.most_ms.max(lasts);
            }
        }
        for order in orders {
            // The longer part is sorted already; the sort goes over it once.
            order
                .rows
                .sort_by_key(|row| (from.get(*row as usize).copied(), *row));
        }
    }

    /// The rows that overlap `[from, to]`, newest first.
    pub(super) fn newest(&self, from: i64, to: i64) -> Newest<'_> {
        let parts = self.orders.each_ref().map(|order| {
            let earliest = from.saturating_sub(i64::from(order.most_ms));
            let begin = order
                .rows
                .partition_point(|row| self.begin_of(*row) < earliest);
            let end = order.rows.partition_point(|row| self.begin_of(*row) <= to);
            order.rows.get(begin..end).unwrap_or_default()
        });
        Newest {
            columns: self,
            parts,
            from,
        }
    }
}

/// Rows by when they began, the newest first.
pub(super) struct Newest<'a> {
    columns: &'a Columns,
    /// What is left of each order, the newest at the end.
    parts: [&'a [u32]; 3],
    from: i64,
}

impl Iterator for Newest<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        loop {
            let columns = self.columns;
            let part = self
                .parts
                .iter_mut()
                .max_by_key(|part| part.last().map(|row| (columns.begin_of(*row), *row)))?;
            let (row, rest) = part.split_last()?;
            *part = rest;
            if columns.to(*row) >= self.from {
                return Some(*row);
            }
        }
    }
}

fn put<T>(column: &mut [T], row: u32, value: T) {
    if let Some(cell) = column.get_mut(row as usize) {
        *cell = value;
    }
}
