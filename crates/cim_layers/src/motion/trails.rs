//! Where things were: for each thing a ring of points, all rings in one buffer that the GPU reads as it is.
//!
//! Row `r` owns the points `r * points_each ..`; `heads[r]` is `newest | length << 16`: the slot of the newest point
//! within the ring and how many are filled. The `k`-th newest is in slot `(newest + points_each - k) % points_each`. A
//! point whose time is NaN is a *break*: no line is drawn to or from it.

use super::bits::{Bits, join};
use super::{dot, is_near_enough, squared_distance, way};
use crate::points::Dirt;
use bytemuck::{Pod, Zeroable};
use std::ops::Range;

/// Trails larger than this are refused: what every device lets a shader read as one buffer.
pub const MAX_TRAIL_BYTES: u64 = 128 << 20;
/// One trail has at most so many points.
pub const MAX_POINTS_EACH: u32 = 1 << 12;

/// A thing nearer than this to its last point stays there, metres: a standing thing's places dance.
const STAYS_M: f32 = 0.25;
/// A point nearer than this to the last one and straight on takes its place, metres.
const NEAR_M: f32 = 1.0;
/// The cosine of the five degrees within which a way goes straight on.
const STRAIGHT: f32 = 0.996_2;
/// Two places nearer than this are never a jump, metres: places are known to a few metres, times may be a hair apart.
const SLACK_M: f32 = 5.0;

/// A point of a trail as the GPU reads it, 16 bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
pub struct TrailPoint {
    /// Metres east, north and up of the city's origin.
    pub at: [f32; 3],
    /// Seconds since the set's epoch; NaN for a break.
    pub t: f32,
}

impl TrailPoint {
    /// Never and nowhere.
    pub const NEVER: Self = Self {
        at: [0.0; 3],
        t: f32::NAN,
    };

    /// A break at a place, which only keeps the point finite.
    fn break_at(at: [f32; 3]) -> Self {
        Self { at, t: f32::NAN }
    }

    /// True when no line goes to or from it.
    pub fn is_break(&self) -> bool {
        self.t.is_nan()
    }
}

/// Which two points belong together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// Faster than this from one to the other it was a jump, metres per second.
    pub fastest_mps: f32,
    /// Longer than this between them nobody knows the way, seconds.
    pub longest_s: f32,
}

impl Link {
    /// True when the line from `a` to the later `b` may be drawn.
    pub fn joins(self, a: &TrailPoint, b: &TrailPoint) -> bool {
        let seconds = b.t - a.t;
        if seconds.is_nan() || seconds < 0.0 || seconds > self.longest_s {
            return false;
        }
        let reach = (self.fastest_mps * seconds).max(SLACK_M);
        squared_distance(a.at, b.at) <= reach * reach
    }
}

/// What became of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is the newest.
    Added,
    /// It took the place of the newest, which was near and on the way.
    Replaced,
    /// It came late and was put where it belongs.
    Inserted,
    /// It was said before, is older than what the ring holds, or is no point of an existing row.
    Dropped,
}

/// Why there can be no such trails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrailError {
    /// Too many points in one trail, or fewer than two.
    #[error("a trail of {points_each} points cannot be: 2 to {MAX_POINTS_EACH} are possible")]
    PointsEach {
        /// How many were asked for.
        points_each: u32,
    },
    /// Too many bytes in all.
    #[error(
        "trails of {rows} things with {points_each} points each need {bytes} bytes, more than {MAX_TRAIL_BYTES}"
    )]
    TooLarge {
        /// Things asked for.
        rows: u32,
        /// Points of each asked for.
        points_each: u32,
        /// What they need.
        bytes: u64,
    },
}

/// The points that changed, for a scatter on the GPU: `points[i]` goes to slot `slots[i]`. 20 bytes for each changed
/// 16.
#[derive(Clone, Debug, Default)]
pub struct TrailUpload {
    /// Slots in the buffer of points, ascending.
    pub slots: Vec<u32>,
    /// What goes there.
    pub points: Vec<TrailPoint>,
    /// Rows whose head changed; near ones together, as [`Trails::heads`] is small.
    pub heads: Vec<Range<u32>>,
}

impl TrailUpload {
    /// How many bytes these changes take.
    pub fn bytes(&self) -> usize {
        let heads: u32 = self.heads.iter().map(|range| range.end - range.start).sum();
        self.slots.len() * 4 + self.points.len() * 16 + heads as usize * 4
    }

    /// The slots as ranges for plain writes (replaced), where there is no scatter. Ranges with at most `bridge`
    /// unchanged points between them become one.
    pub fn ranges(&self, bridge: u32, ranges: &mut Vec<Range<u32>>) {
        ranges.clear();
        for slot in &self.slots {
            join(ranges, *slot, bridge);
        }
    }

    fn clear(&mut self) {
        self.slots.clear();
        self.points.clear();
        self.heads.clear();
    }
}

/// The trails of a set of things. A point allocates nothing.
#[derive(Clone, Debug)]
pub struct Trails {
    rows: u32,
    points_each: u32,
    points: Vec<TrailPoint>,
    heads: Vec<u32>,
    changed_points: Bits,
    changed_heads: Bits,
    is_new: bool,
    newest_t: f32,
    revision: u64,
    /// One trail while a late point is put into it.
    scratch: Vec<TrailPoint>,
}

impl Trails {
    /// Empty trails of so many things, with so many points each.
    pub fn new(rows: u32, points_each: u32) -> Result<Self, TrailError> {
        if !(2..=MAX_POINTS_EACH).contains(&points_each) {
            return Err(TrailError::PointsEach { points_each });
        }
        let bytes = u64::from(rows) * u64::from(points_each) * size_of::<TrailPoint>() as u64;
        if bytes > MAX_TRAIL_BYTES {
            return Err(TrailError::TooLarge {
                rows,
                points_each,
                bytes,
            });
        }
        // Below the limit the number of points fits 32 bits.
        let count = rows * points_each;
        Ok(Self {
            rows,
            points_each,
            points: vec![TrailPoint::NEVER; count as usize],
            heads: vec![0; rows as usize],
            changed_points: Bits::new(count),
            changed_heads: Bits::new(rows),
            is_new: true,
            newest_t: f32::NAN,
            revision: 0,
            scratch: Vec::with_capacity(points_each as usize + 3),
        })
    }

    /// How many things have a trail.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// How many points the ring of each has.
    pub fn points_each(&self) -> u32 {
        self.points_each
    }

    /// All rings, one after the other.
    pub fn points(&self) -> &[TrailPoint] {
        &self.points
    }

    /// For each row the slot of its newest point within its ring, and in the upper 16 bits how many are filled.
    pub fn heads(&self) -> &[u32] {
        &self.heads
    }

    /// What the rings take in memory, bytes.
    pub fn bytes(&self) -> usize {
        self.points.len() * size_of::<TrailPoint>() + self.heads.len() * 4
    }

    /// Grows with every change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// True while anything can still be seen to fade at `now` with trails of `trail_s` seconds: a picture is due.
    pub fn is_fading(&self, now: f32, trail_s: f32) -> bool {
        now - self.newest_t <= trail_s
    }

    /// The points of a trail, newest first, breaks included.
    pub fn trail(&self, row: u32) -> impl Iterator<Item = &TrailPoint> {
        let (newest, length) = self.head(row);
        (0..length).filter_map(move |back| {
            let slot = (newest + self.points_each - back) % self.points_each;
            self.points.get(self.place_of(row, slot))
        })
    }

    /// Adds the newest point of a row (metres; seconds since the set's epoch), joined to the last. One that is not
    /// newer is dropped; [`Trails::place`] takes those too.
    pub fn push(&mut self, row: u32, at: [f32; 3], t: f32) -> Kept {
        if row >= self.rows || !t.is_finite() || !is_near_enough(&at) {
            return Kept::Dropped;
        }
        let (last, before) = {
            let mut backwards = self.trail(row).copied();
            (backwards.next(), backwards.next())
        };
        let newest = last.filter(|point| !point.is_break()).or(before);
        if newest.is_some_and(|newest| t <= newest.t) {
            return Kept::Dropped;
        }
        let point = TrailPoint { at, t };
        self.newest_t = self.newest_t.max(t);
        if let Some(last) = last
            && let Some(instead) = instead_of(before.as_ref(), &last, point)
        {
            let (newest, _) = self.head(row);
            self.write(row, newest, instead);
            return Kept::Replaced;
        }
        self.append(row, point);
        Kept::Added
    }

    /// Breaks a trail after its newest point; nothing happens when there is none or it is broken already.
    pub fn cut(&mut self, row: u32) {
        let last = self.trail(row).next().copied();
        if let Some(last) = last
            && !last.is_break()
        {
            self.append(row, TrailPoint::break_at(last.at));
        }
    }

    /// Puts a point where it belongs in time, and breaks the trail on either side where `link` does not join it. A late
    /// point may thus close a gap.
    pub fn place(&mut self, row: u32, at: [f32; 3], t: f32, link: Link) -> Kept {
        if row >= self.rows || !t.is_finite() || !is_near_enough(&at) {
            return Kept::Dropped;
        }
        let point = TrailPoint { at, t };
        let newest = self.trail(row).find(|point| !point.is_break()).copied();
        match newest {
            Some(newest) if t < newest.t => self.insert(row, point, link),
            Some(newest) if !link.joins(&newest, &point) => {
                if t > newest.t {
                    self.cut(row);
                }
                self.push(row, at, t)
            }
            _ => self.push(row, at, t),
        }
    }

    /// Empties a trail: its row now stands for another thing.
    pub fn forget(&mut self, row: u32) {
        self.set_head(row, 0, 0);
    }

    /// Goes on with the trail of `from_row` in `from`, whose seconds count from another moment: `shift_s` is added to
    /// them. It replaces what the row has. Points later than `until` (seconds since this set's epoch) and the oldest ones
    /// that do not fit are left out.
    pub fn take_over(
        &mut self,
        row: u32,
        (from, from_row): (&Self, u32),
        shift_s: f64,
        until: f32,
    ) {
        if row >= self.rows {
            return;
        }
        let mut trail = std::mem::take(&mut self.scratch);
        trail.clear();
        let moved = from.trail(from_row).map(|point| TrailPoint {
            t: shifted(point.t, shift_s),
            ..*point
        });
        // Newest first; a break has no time, and none is left at the end.
        let kept = moved.skip_while(|point| point.is_break() || point.t > until || until.is_nan());
        trail.extend(kept.take(self.points_each as usize));
        trail.reverse();
        if let Some(newest) = trail.last() {
            self.newest_t = self.newest_t.max(newest.t);
        }
        self.set_head(row, 0, 0);
        if !trail.is_empty() {
            self.rewrite(row, &trail);
        }
        self.scratch = trail;
    }

    /// Writes what changed since the last time into `into` (replaced) and forgets it. With [`Dirt::All`] nothing is
    /// listed: the whole of [`Trails::points`] and [`Trails::heads`] is due, as that is less than the list would be.
    pub fn take_upload(&mut self, into: &mut TrailUpload) -> Dirt {
        into.clear();
        let changed = u64::from(self.changed_points.count());
        if self.is_new || changed * 5 > self.points.len() as u64 * 4 {
            self.is_new = false;
            self.changed_points.clear();
            self.changed_heads.clear();
            return Dirt::All;
        }
        if changed == 0 && self.changed_heads.count() == 0 {
            return Dirt::Clean;
        }
        let TrailUpload {
            slots,
            points,
            heads,
        } = into;
        let all = &self.points;
        self.changed_points.take(|slot| {
            if let Some(point) = all.get(slot as usize) {
                slots.push(slot);
                points.push(*point);
            }
        });
        // Eight heads more are 32 bytes: less than what another write costs.
        self.changed_heads.take_ranges(8, heads);
        Dirt::Changes
    }

    /// Puts a point among those of its trail that are newer.
    fn insert(&mut self, row: u32, point: TrailPoint, link: Link) -> Kept {
        let mut trail = std::mem::take(&mut self.scratch);
        trail.clear();
        trail.extend(self.trail(row).copied());
        trail.reverse();
        let kept = insert_between(&mut trail, point, link, self.points_each as usize);
        if kept == Kept::Inserted {
            self.rewrite(row, &trail);
        }
        self.scratch = trail;
        kept
    }

    /// Writes a whole trail, oldest first; where it is longer than the ring, its oldest points are lost. What did not
    /// move is not written.
    fn rewrite(&mut self, row: u32, trail: &[TrailPoint]) {
        let each = self.points_each;
        let (newest, length) = self.head(row);
        let oldest = if length == 0 {
            0
        } else {
            (newest + each + 1 - length) % each
        };
        let count = trail.len() as u32;
        for (place, point) in trail
            .iter()
            .enumerate()
            .skip(count.saturating_sub(each) as usize)
        {
            self.write(row, (oldest + place as u32) % each, *point);
        }
        self.set_head(row, (oldest + count.max(1) - 1) % each, count.min(each));
    }

    /// Adds a point after the newest.
    fn append(&mut self, row: u32, point: TrailPoint) {
        let (newest, length) = self.head(row);
        let next = if length == 0 {
            0
        } else {
            (newest + 1) % self.points_each
        };
        self.write(row, next, point);
        self.set_head(row, next, (length + 1).min(self.points_each));
    }

    /// The slot of a row's newest point, and how many there are.
    fn head(&self, row: u32) -> (u32, u32) {
        let head = self.heads.get(row as usize).copied().unwrap_or(0);
        (head & 0xffff, head >> 16)
    }

    fn set_head(&mut self, row: u32, newest: u32, length: u32) {
        if let Some(head) = self.heads.get_mut(row as usize) {
            let now = newest | (length << 16);
            if *head != now {
                *head = now;
                self.changed_heads.mark(row);
                self.revision += 1;
            }
        }
    }

    fn write(&mut self, row: u32, slot: u32, point: TrailPoint) {
        let place = self.place_of(row, slot);
        if let Some(old) = self.points.get_mut(place)
            && bytemuck::bytes_of(old) != bytemuck::bytes_of(&point)
        {
            *old = point;
            self.changed_points.mark(place as u32);
            self.revision += 1;
        }
    }

    /// Where a slot of a row's ring lies in the buffer.
    fn place_of(&self, row: u32, slot: u32) -> usize {
        row as usize * self.points_each as usize + slot as usize
    }
}

/// `t` when `shift_s` seconds are added to it: seconds since another epoch. NaN stays NaN.
pub(super) fn shifted(t: f32, shift_s: f64) -> f32 {
    (f64::from(t) + shift_s) as f32
}

/// How strong a point of a trail is drawn at `now` when trails fade within `trail_s` seconds: 1 when new, 0 when old,
/// unknown or still to come.
pub fn strength(t: f32, now: f32, trail_s: f32) -> f32 {
    let age = (now - t) / trail_s;
    if (0.0..=1.0).contains(&age) {
        1.0 - age
    } else {
        0.0
    }
}

/// What takes the place of the newest point `last` when `point` comes, if `last` need not stay.
fn instead_of(
    before: Option<&TrailPoint>,
    last: &TrailPoint,
    point: TrailPoint,
) -> Option<TrailPoint> {
    if last.is_break() {
        return None;
    }
    let on = way(last.at, point.at);
    let on_m2 = dot(on, on);
    if on_m2 < STAYS_M * STAYS_M {
        // The place stays, or a thing that creeps would never get a second point.
        return Some(TrailPoint {
            at: last.at,
            t: point.t,
        });
    }
    let before = before.filter(|point| !point.is_break())?;
    let along = way(before.at, last.at);
    let straight = dot(along, on) >= STRAIGHT * (dot(along, along) * on_m2).sqrt();
    (on_m2 < NEAR_M * NEAR_M && straight).then_some(point)
}

/// Puts a point into a trail (oldest first, of at most `most` points) whose newest is newer than it.
fn insert_between(trail: &mut Vec<TrailPoint>, point: TrailPoint, link: Link, most: usize) -> Kept {
    // No break is newer than anything: NaN compares as false.
    let Some(mut place) = trail.iter().position(|other| other.t >= point.t) else {
        return Kept::Dropped;
    };
    let is_full = trail.len() >= most;
    let Some(newer) = trail.get(place).copied() else {
        return Kept::Dropped;
    };
    if newer.t <= point.t || (place == 0 && is_full) {
        return Kept::Dropped;
    }
    if let Some(before) = place.checked_sub(1)
        && trail.get(before).is_some_and(TrailPoint::is_break)
    {
        trail.remove(before);
        place = before;
    }
    let older = place
        .checked_sub(1)
        .and_then(|before| trail.get(before))
        .copied();
    trail.insert(place, point);
    if !link.joins(&point, &newer) {
        trail.insert(place + 1, TrailPoint::break_at(point.at));
    }
    if let Some(older) = older
        && !link.joins(&older, &point)
    {
        trail.insert(place, TrailPoint::break_at(older.at));
    }
    Kept::Inserted
}

#[cfg(test)]
mod tests;
