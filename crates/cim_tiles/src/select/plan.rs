//! What is fetched, dropped and renewed for a view, within the budget.

use super::memory::Place;
use super::slots::Part;
use super::walk::Gaze;
use super::{CANCEL_AFTER, Renewal, Request, Selection, Selector, Urgency};
use crate::{CameraMotion, TileId, TileLife, Tileset, ViewState};
use std::cmp::{Ordering, Reverse};

/// Textures of at most this many tiles are renewed at a time: they are in memory twice meanwhile.
const MAX_RENEWING: usize = 2;
/// Coarser textures may be made in this share of the budget above it: a twentieth, half of what the ceiling leaves.
const RENEWING_SHARE: usize = 20;
/// Where along the look-ahead the path is looked at.
const PATH_SHARES: [f64; 2] = [0.5, 1.0];

/// Something to fetch, with what decides its turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Want {
    id: TileId,
    part: Part,
    urgency: Urgency,
    /// Power of two of the error on screen.
    class: i32,
    off_centre: f64,
    distance_m: f64,
}

impl Want {
    fn turn(&self, other: &Self) -> Ordering {
        self.urgency
            .cmp(&other.urgency)
            .then(other.class.cmp(&self.class))
            .then(self.off_centre.total_cmp(&other.off_centre))
            .then(self.distance_m.total_cmp(&other.distance_m))
            .then(self.id.cmp(&other.id))
            .then(self.part.cmp(&other.part))
    }
}

/// Whether there is room for a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    Enough,
    Short,
}

/// The books as they will be once the selection is carried out.
struct Books {
    booked: usize,
    /// How far the order of dropping has been used up.
    after: Option<Place>,
}

impl Selector {
    pub(super) fn want_what_view_lacks(&mut self, tileset: &Tileset, gaze: &Gaze) {
        for visit in &self.walk.visits {
            let content = visit.has_content && visit.content == TileLife::Unloaded;
            let branch = visit.wants_branch && visit.branch == TileLife::Unloaded;
            let parts = [(content, Part::Content), (branch, Part::Branch)];
            for (_, part) in parts.into_iter().filter(|(is_wanted, _)| *is_wanted) {
                self.wants.extend(want(
                    tileset,
                    gaze,
                    (visit.id, part),
                    visit.sse_px,
                    Urgency::Now,
                ));
            }
        }
    }

    /// Marks what the camera will see when it goes on as it does, and wants what is lacking there.
    pub(super) fn want_what_lies_ahead(
        &mut self,
        tileset: &Tileset,
        view: &ViewState,
        motion: &CameraMotion,
        max_sse_px: f64,
    ) {
        if !motion.is_moving() || motion.look_ahead_s <= 0.0 {
            return;
        }
        let coarser = super::COARSER_BY.powf(f64::from(self.coarser));
        for share in PATH_SHARES {
            let gaze = Gaze::new(
                &view.ahead(motion, share),
                Some(motion),
                max_sse_px * coarser,
            );
            self.trial.go(tileset, &self.slots, &gaze);
            for visit in &self.trial.visits {
                let slot = self.slots.get_mut(visit.id);
                let is_new = slot.wanted() < self.frame;
                slot.ahead = self.frame;
                if !is_new {
                    continue;
                }
                if visit.has_content && visit.content == TileLife::Unloaded {
                    let what = (visit.id, Part::Content);
                    self.wants
                        .extend(want(tileset, &gaze, what, visit.sse_px, Urgency::Ahead));
                }
                if visit.wants_branch && visit.branch == TileLife::Unloaded {
                    let what = (visit.id, Part::Branch);
                    self.wants
                        .extend(want(tileset, &gaze, what, visit.sse_px, Urgency::Ahead));
                }
            }
        }
    }

    /// Fills in what to fetch, give up, renew and drop.
    pub(super) fn plan(&mut self, out: &mut Selection) {
        let frame = self.frame;
        let unwanted = self.in_flight.iter().copied().filter(|(id, _)| {
            let wanted = self.slots.get(*id).wanted();
            wanted.saturating_add(CANCEL_AFTER) <= frame
        });
        out.cancel.extend(unwanted);
        let mut books = Books {
            booked: self.booked_bytes(),
            after: None,
        };
        self.wants.sort_unstable_by(Want::turn);
        let wanted_now = self
            .wants
            .iter()
            .take_while(|want| want.urgency == Urgency::Now)
            .count();
        self.make_room(0, Urgency::Now, &mut books, out);
        let is_blocked = self.plan_loads(&mut books, out);
        let arriving = self.arriving_for_view();
        let loads_now = out
            .load
            .iter()
            .filter(|request| request.urgency == Urgency::Now)
            .count();
        self.plan_renewals(&mut books, wanted_now + arriving > 0, out);
        // With bookings still open, room may come of itself.
        let is_settled = self.reserved_bytes == 0 && self.abandoned_bytes == 0;
        let is_stuck = is_blocked && is_settled && loads_now == 0;
        out.missing = wanted_now + arriving;
        out.complete = arriving == 0
            && (wanted_now == 0 || is_stuck)
            && self.renewing == 0
            && out.renew.is_empty();
        out.short_of_memory = is_stuck || self.coarser > 0 || self.texture_level > 0;
    }

    /// Parts on their way that the present view lacks.
    fn arriving_for_view(&self) -> usize {
        self.walk
            .visits
            .iter()
            .map(|visit| {
                usize::from(visit.has_content && visit.content == TileLife::Fetching)
                    + usize::from(visit.wants_branch && visit.branch == TileLife::Fetching)
            })
            .sum()
    }

    /// Books what fits, in order. True when something that the present view lacks found no room.
    fn plan_loads(&mut self, books: &mut Books, out: &mut Selection) -> bool {
        let busy = self.in_flight.len() + self.renewing;
        let at_most = self.max_in_flight.saturating_sub(busy);
        for row in 0..self.wants.len() {
            let Some(want) = self.wants.get(row).copied() else {
                break;
            };
            if out.load.len() >= at_most {
                break;
            }
            let reserved_bytes = self.booking(want.id, want.part);
            if self.make_room(reserved_bytes, want.urgency, books, out) == Room::Short {
                return want.urgency == Urgency::Now;
            }
            books.booked = books.booked.saturating_add(reserved_bytes);
            out.load.push(Request {
                tile: want.id,
                part: want.part,
                urgency: want.urgency,
                reserved_bytes,
                texture_level: self.texture_level,
            });
        }
        false
    }

    /// What to book for a part: what it weighed last time, or what such parts weigh on average.
    fn booking(&self, id: TileId, part: Part) -> usize {
        let mean = match part {
            Part::Content => &self.contents,
            Part::Branch => &self.branches,
        };
        match self.slots.get(id).piece(part).weight {
            Some(weight) => weight.bytes_at(self.texture_level),
            None => mean.booking(self.texture_level, self.budget),
        }
    }

    /// Plans drops until `bytes` more fit the budget, the longest unseen first. What the present view wants is never
    /// dropped; what only lies ahead, and at last what stands in for a coarser tile, makes room for what the view lacks.
    fn make_room(
        &mut self,
        bytes: usize,
        urgency: Urgency,
        books: &mut Books,
        out: &mut Selection,
    ) -> Room {
        let protected = match urgency {
            Urgency::Now => 2 * self.frame + 1,
            Urgency::Ahead => 2 * self.frame,
        };
        while books.booked.saturating_add(bytes) > self.budget.max_bytes {
            let next = self.order.next(&mut self.slots, books.after);
            let Some(place) = next.filter(|(rank, _, _)| *rank < protected) else {
                return self.drop_stand_ins(bytes, urgency, books, out);
            };
            books.after = Some(place);
            let (_, Reverse(id), part) = place;
            let slot = self.slots.get(id);
            // A branch stays as long as anything on it lives, or may be asked for in this very frame.
            let is_wanted = slot.live_below > 0 || slot.wanted() == self.frame;
            if slot.holds_tiles(part) && is_wanted {
                continue;
            }
            books.booked = books.booked.saturating_sub(slot.piece(part).resident());
            out.drop.push((id, part));
        }
        Room::Enough
    }

    fn drop_stand_ins(
        &mut self,
        bytes: usize,
        urgency: Urgency,
        books: &mut Books,
        out: &mut Selection,
    ) -> Room {
        let limit = self.budget.max_bytes;
        let frame = self.frame;
        let slots = &self.slots;
        if urgency == Urgency::Now {
            let Selection { show, drop, .. } = &mut *out;
            show.retain(|id| {
                let slot = slots.get(*id);
                let is_enough = books.booked.saturating_add(bytes) <= limit;
                if is_enough || slot.stood_in != frame {
                    return true;
                }
                books.booked = books.booked.saturating_sub(slot.content.resident());
                drop.push((*id, Part::Content));
                false
            });
            self.shown.clone_from(&out.show);
        }
        if books.booked.saturating_add(bytes) <= limit {
            Room::Enough
        } else {
            Room::Short
        }
    }

    /// Whether there is room for a coarser copy, which is in memory beside the finer one for a moment. The only one may
    /// use all that the ceiling leaves, and more when a lowered budget was passed already: without it nothing would ever
    /// become less.
    fn may_copy_coarser(&self, bytes: usize, booked: usize, is_first: bool) -> bool {
        let after = booked.saturating_add(bytes);
        let over = self.budget.max_bytes / RENEWING_SHARE;
        let ceiling = self.budget.ceiling_bytes();
        let is_only = is_first && self.renewing == 0;
        after <= self.budget.max_bytes.saturating_add(over)
            || (is_only && (after <= ceiling || booked > ceiling))
    }

    /// Textures that are finer than memory allows become coarser, the least important first; when nothing is lacking,
    /// those that are coarser than they need to be become finer again, the most important first.
    fn plan_renewals(&mut self, books: &mut Books, is_busy: bool, out: &mut Selection) {
        let level = self.texture_level;
        let mut candidates: Vec<(bool, f64, Renewal)> = Vec::new();
        for visit in self.walk.visits.iter().filter(|visit| visit.ready) {
            let slot = self.slots.get(visit.id);
            let Some(weight) = slot.content.weight else {
                continue;
            };
            let grows = weight.texture_level > level;
            // Reading a content anew would bring its tiles a second time.
            let is_settled =
                weight.texture_level == level || weight.texture_bytes == 0 || slot.brings_tiles;
            if is_settled || slot.content.life != TileLife::Ready || (grows && slot.keeps_textures)
            {
                continue;
            }
            let renewal = Renewal {
                tile: visit.id,
                texture_level: level,
                reserved_bytes: weight.bytes_at(level),
            };
            candidates.push((grows, visit.sse_px, renewal));
        }
        candidates.sort_unstable_by(|(grows, a, one), (other_grows, b, other)| {
            let by_error = if *grows {
                b.total_cmp(a)
            } else {
                a.total_cmp(b)
            };
            grows
                .cmp(other_grows)
                .then(by_error)
                .then(one.tile.cmp(&other.tile))
        });
        let free = MAX_RENEWING.saturating_sub(self.renewing);
        for (grows, _, renewal) in candidates.into_iter().take(free) {
            let bytes = renewal.reserved_bytes;
            let has_room = if grows {
                !is_busy && self.make_room(bytes, Urgency::Ahead, books, out) == Room::Enough
            } else {
                self.may_copy_coarser(bytes, books.booked, out.renew.is_empty())
            };
            if has_room {
                books.booked = books.booked.saturating_add(bytes);
                out.renew.push(renewal);
            }
        }
    }
}

fn want(
    tileset: &Tileset,
    gaze: &Gaze,
    (id, part): (TileId, Part),
    sse_px: f64,
    urgency: Urgency,
) -> Option<Want> {
    let (off_centre, distance_m) = gaze.nearness(tileset.tile(id)?);
    Some(Want {
        id,
        part,
        urgency,
        class: sse_px.log2().floor() as i32,
        off_centre,
        distance_m,
    })
}
