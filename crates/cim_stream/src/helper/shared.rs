//! What the parts of a helper know together: what is wanted, how much came, what is kept.

use super::ring::Ring;
use crate::address::{Limits, Wanted};
use crate::protocol::{ClipPart, Request, Told, Trouble, TroubleKind, pack_clip};
use bytes::Bytes;
use cim_model::UtcMillis;
use std::cell::{Cell, RefCell};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Seconds in a row above the limit after which a stream that cannot be slowed down ends.
const PATIENCE_S: u32 = 5;

/// One helper has one thread: cells are enough.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) limits: Limits,
    pub(crate) ring: RefCell<Ring>,
    wanted: Cell<Wanted>,
    seek: Cell<Option<UtcMillis>>,
    /// Foreign bytes and shown pictures since the last beat.
    bytes: Cell<u64>,
    shown: Cell<u32>,
    /// When the last picture was decoded.
    decoded: Cell<Instant>,
    beat: Cell<Instant>,
    seconds_above: Cell<u32>,
    /// Bytes that came faster than allowed, and when that was counted.
    debt: Cell<(f64, Instant)>,
}

impl Shared {
    pub(crate) fn new(request: &Request) -> Self {
        let now = Instant::now();
        Self {
            limits: request.limits,
            ring: RefCell::new(Ring::new(request.limits.ring_bytes, request.limits.ring_s)),
            wanted: Cell::new(request.wanted.bounded()),
            seek: Cell::new(None),
            bytes: Cell::new(0),
            shown: Cell::new(0),
            decoded: Cell::new(now),
            beat: Cell::new(now),
            seconds_above: Cell::new(0),
            debt: Cell::new((0.0, now)),
        }
    }

    pub(crate) fn wanted(&self) -> Wanted {
        self.wanted.get()
    }

    /// From now on, `wanted`; another moment of a clip is gone to.
    pub(crate) fn want(&self, wanted: Wanted) {
        let before = self.wanted.replace(wanted.bounded());
        if wanted.at.is_some() && wanted.at != before.at {
            self.seek.set(wanted.at);
        }
    }

    /// The moment that somebody has asked for since the last time.
    pub(crate) fn take_seek(&self) -> Option<UtcMillis> {
        self.seek.take()
    }

    /// Counts foreign bytes without slowing their source down.
    pub(crate) fn count(&self, bytes: usize) {
        self.bytes
            .set(self.bytes.get().saturating_add(bytes as u64));
    }

    /// Counts foreign bytes, and waits when they come faster than allowed.
    pub(crate) async fn throttle(&self, bytes: usize) {
        self.count(bytes);
        let rate = self.limits.bytes_per_s.max(1) as f64;
        let now = Instant::now();
        let (debt, since) = self.debt.get();
        let paid = now.duration_since(since).as_secs_f64() * rate;
        let debt = (debt - paid).max(0.0) + bytes as f64;
        self.debt.set((debt, now));
        if debt > rate {
            sleep(Duration::from_secs_f64((debt - rate) / rate)).await;
        }
    }

    /// A picture has been decoded.
    pub(crate) fn note_decoded(&self) {
        self.decoded.set(Instant::now());
    }

    /// A picture has gone to the desk.
    pub(crate) fn note_shown(&self) {
        self.shown.set(self.shown.get().saturating_add(1));
    }

    /// How the last second went, and why there should be no other.
    pub(crate) fn beat(&self) -> (Told, Option<Trouble>) {
        let now = Instant::now();
        let seconds = now.duration_since(self.beat.replace(now)).as_secs_f64();
        let seconds = seconds.max(0.001);
        let bytes_per_s = (self.bytes.take() as f64 / seconds) as u64;
        let idle_s = now.duration_since(self.decoded.get()).as_secs() as u32;
        let told = Told::Pulse {
            bytes_per_s,
            fps: (f64::from(self.shown.take()) / seconds) as f32,
            idle_s,
        };
        let is_above = seconds > 0.5 && bytes_per_s > 2 * self.limits.bytes_per_s;
        let above = if is_above {
            self.seconds_above.get() + 1
        } else {
            0
        };
        self.seconds_above.set(above);
        let trouble = if above >= PATIENCE_S {
            let words = format!("{bytes_per_s} bytes a second");
            Some(Trouble::new(TroubleKind::TooLarge, words))
        } else if idle_s >= self.limits.stall_s {
            let words = format!("no picture for {idle_s} seconds");
            Some(Trouble::new(TroubleKind::Stalled, words))
        } else {
            None
        };
        (told, trouble)
    }

    /// The last seconds as a message to the desk.
    pub(crate) fn clip(&self, id: u32, last_s: u32) -> Vec<u8> {
        let cut = self.ring.borrow().cut(last_s);
        let part = cut.map_or(
            ClipPart {
                id,
                from: None,
                millis: 0,
                bytes: Bytes::new(),
            },
            |(bytes, from, millis)| ClipPart {
                id,
                from,
                millis,
                bytes: bytes.into(),
            },
        );
        pack_clip(&part)
    }
}
