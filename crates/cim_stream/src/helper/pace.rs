//! When a picture's turn is, and what is passed over when a stream has fallen behind.
//!
//! A live stream is shown as it comes: the picture that came soonest of all says when the others are in time. What waited on
//! the way is shown at once, so that a stream which was late when it was joined, or was held up, is soon at the present again.
//! Only pictures that come together in one fragment keep their distance from each other.
//!
//! A helper that got too little of the machine reads what has come in between as fast as it can. Of what is late only every third
//! picture is shown. What is more than [`MOST_LATE`] old by then is not decoded but for one key picture a second, so that a
//! person sees the present again soon.

use std::time::Duration;
use tokio::time::Instant;

/// A stream that is later than this is shown at once.
const LATE: Duration = Duration::from_millis(500);
/// Of a live stream that is later than this not every picture is shown.
const BEHIND: Duration = Duration::from_millis(250);
/// A live picture that is here so long before its turn has waited for its reader, and others wait behind it.
const WAITED: Duration = Duration::from_millis(20);
/// So many pictures in a row are not shown of a stream that is behind.
const MOST_THINNED: u32 = 2;
/// Pictures of a stream that is later than this are passed over.
const MOST_LATE: Duration = Duration::from_millis(1500);
/// While pictures are passed over, a key picture is shown so often.
const KEY_EVERY: Duration = Duration::from_secs(1);
/// A stream that stays late so long, while its reader has nothing to do, has stood still itself: from there on its pictures are
/// in time.
const LATE_FOR: Duration = Duration::from_secs(5);
/// Pictures that are shown in another order than they come are not further apart, in milliseconds.
const MOST_BACK_MS: i64 = 1000;

/// When a picture is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Turn {
    pub(crate) at: Instant,
    pub(crate) late: Duration,
    /// Newer pictures wait behind it, as far as can be told.
    pub(crate) is_behind: bool,
}

impl Turn {
    fn at_once(now: Instant) -> Self {
        Self {
            at: now,
            late: Duration::ZERO,
            is_behind: false,
        }
    }
}

/// The speed of one stream.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// How far the stream may be ahead; `None` shows everything at once.
    ahead: Option<Duration>,
    /// True for what goes on whether it is read or not.
    keeps_up: bool,
    /// When a picture of this time of the stream, in milliseconds, was in time.
    base: Option<(Instant, i64)>,
    /// The fragment that is shown has waited: it is shown at twice its speed.
    is_catching_up: bool,
    /// Since when the stream is late, and how long its reader had nothing to do meanwhile.
    late_for: Option<(Instant, Duration)>,
    /// When the picture before was dealt with.
    done: Option<Instant>,
    is_skipping: bool,
    last_key: Option<Instant>,
    thinned: u32,
}

impl Pace {
    /// Pictures at their stream's own speed, which may be ahead by `most`.
    pub(crate) fn own_speed(most: Duration) -> Self {
        Self {
            ahead: Some(most),
            ..Self::default()
        }
    }

    /// The same for a stream that does not wait for whoever reads it.
    pub(crate) fn keeping_up(most: Duration) -> Self {
        Self {
            keeps_up: true,
            ..Self::own_speed(most)
        }
    }

    /// The stream goes on somewhere else.
    pub(crate) fn jump(&mut self) {
        *self = Self {
            ahead: self.ahead,
            keeps_up: self.keeps_up,
            ..Self::default()
        };
    }

    /// When a picture of this time of the stream, in milliseconds, is to be shown, and how late it is. `is_first` says that it
    /// came by itself, or as the first of a fragment: it cannot have come before its time.
    pub(crate) fn turn(&mut self, now: Instant, stream_ms: i64, is_first: bool) -> Turn {
        let Some(ahead) = self.ahead else {
            return Turn::at_once(now);
        };
        let (base, base_ms) = *self.base.get_or_insert((now, stream_ms));
        let since_ms = stream_ms.saturating_sub(base_ms);
        let apart = Duration::from_millis(since_ms.unsigned_abs());
        let turn = match since_ms {
            0.. => base.checked_add(apart),
            back if back > -MOST_BACK_MS => base.checked_sub(apart),
            _ => None,
        };
        let Some(turn) = turn.filter(|turn| *turn <= now + ahead) else {
            return self.anew(now, stream_ms);
        };
        let early = turn.saturating_duration_since(now);
        let late = now.saturating_duration_since(turn);
        if self.keeps_up && is_first {
            self.is_catching_up = early > WAITED;
            if !early.is_zero() {
                return Turn {
                    is_behind: self.is_catching_up,
                    ..self.anew(now, stream_ms)
                };
            }
        }
        if late > LATE {
            return self.late_turn(now, stream_ms, late);
        }
        self.late_for = None;
        let at = if self.is_catching_up {
            base + turn.saturating_duration_since(base) / 2
        } else {
            turn
        };
        Turn {
            at,
            late,
            is_behind: self.keeps_up && (self.is_catching_up || late > BEHIND),
        }
    }

    fn late_turn(&mut self, now: Instant, stream_ms: i64, late: Duration) -> Turn {
        if !self.keeps_up {
            return self.anew(now, stream_ms);
        }
        let waited = self
            .done
            .map_or(Duration::ZERO, |done| now.saturating_duration_since(done));
        let (since, idle) = self
            .late_for
            .map_or((now, Duration::ZERO), |(since, idle)| {
                (since, idle + waited)
            });
        let lasted = now.saturating_duration_since(since);
        // Who had time to read all that there is, and is late all the same, is at the end of the stream.
        if lasted > LATE_FOR && idle * 2 > lasted {
            return self.anew(now, stream_ms);
        }
        self.late_for = Some(if lasted > LATE_FOR {
            (now, Duration::ZERO)
        } else {
            (since, idle)
        });
        Turn {
            at: now,
            late,
            is_behind: true,
        }
    }

    fn anew(&mut self, now: Instant, stream_ms: i64) -> Turn {
        self.base = Some((now, stream_ms));
        self.late_for = None;
        Turn::at_once(now)
    }

    /// The picture has been dealt with; what comes next is waited for.
    pub(crate) fn done(&mut self, now: Instant) {
        self.done = Some(now);
    }

    /// True when a picture is decoded only for those that follow: a newer one is shown soon.
    pub(crate) fn thins(&mut self, turn: Turn) -> bool {
        if !turn.is_behind || self.thinned >= MOST_THINNED {
            self.thinned = 0;
            return false;
        }
        self.thinned += 1;
        true
    }

    /// True when a picture that is so late is not worth decoding. One that others build on, a key picture, ends it.
    pub(crate) fn passes_over(&mut self, now: Instant, late: Duration, is_key: bool) -> bool {
        self.is_skipping |= late > MOST_LATE;
        if !self.is_skipping {
            return false;
        }
        if !is_key {
            return true;
        }
        self.is_skipping = late > MOST_LATE;
        let is_fresh = self
            .last_key
            .is_some_and(|last| now.saturating_duration_since(last) < KEY_EVERY);
        if self.is_skipping && is_fresh {
            return true;
        }
        self.last_key = Some(now);
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AHEAD: Duration = Duration::from_secs(2);

    fn after(start: Instant, millis: u64) -> Instant {
        start + Duration::from_millis(millis)
    }

    fn due(at: Instant, late_ms: u64, is_behind: bool) -> Turn {
        Turn {
            at,
            late: Duration::from_millis(late_ms),
            is_behind,
        }
    }

    #[tokio::test]
    async fn a_stream_that_was_held_up_is_in_time_again_once_it_was_read() {
        let start = Instant::now();
        let mut pace = Pace::keeping_up(AHEAD);
        assert_eq!(pace.turn(start, 0, true), due(start, 0, false));
        // Held up for three seconds, then all of it is there.
        let now = after(start, 3000);
        assert_eq!(pace.turn(now, 100, true), due(now, 2900, true));
        let soon = due(after(start, 2900), 100, false);
        assert_eq!(pace.turn(now, 2900, true), soon);
        let second = due(after(start, 3100), 0, false);
        assert_eq!(pace.turn(now, 3100, false), second);
    }

    #[tokio::test]
    async fn what_waited_for_whoever_joins_is_shown_at_once() {
        let start = Instant::now();
        let mut pace = Pace::keeping_up(AHEAD);
        pace.turn(start, 0, true);
        // Nine more pictures of the second before are there already; each takes five milliseconds.
        for n in 1..10 {
            let now = after(start, 5 * n);
            assert_eq!(pace.turn(now, 100 * n as i64, true), due(now, 0, true));
        }
        // The next one comes when it is made, and so do all that follow.
        for n in 10..30 {
            let now = after(start, 120 + 100 * (n - 10));
            let turn = pace.turn(now, 100 * n as i64, true);
            assert_eq!((turn.at, turn.late), (now, Duration::ZERO), "{n}");
        }
    }

    #[tokio::test]
    async fn a_stream_that_was_late_for_want_of_time_is_not_late_for_ever() {
        let start = Instant::now();
        let mut pace = Pace::keeping_up(AHEAD);
        pace.turn(start, 0, true);
        // For a minute each picture takes longer than its time, and nothing is waited for.
        for n in 1..500 {
            let now = after(start, 120 * n);
            pace.done(now);
            let turn = pace.turn(now, 100 * n as i64, true);
            assert_eq!(turn.late, Duration::from_millis(20 * n), "{n}");
        }
        // Then there is time: what waited is read, and the newest is shown in time.
        let now = after(start, 60_000);
        assert_eq!(pace.turn(now, 60_000, true), due(now, 0, false));
    }

    #[tokio::test]
    async fn pictures_of_one_fragment_keep_their_distance() {
        let start = Instant::now();
        let mut pace = Pace::keeping_up(AHEAD);
        for second in 0..5 {
            // A fragment of ten pictures comes each second.
            let came = after(start, 1000 * second);
            for n in 0..10 {
                let turn = pace.turn(came, (1000 * second + 100 * n) as i64, n == 0);
                let own = after(start, 1000 * second + 100 * n);
                assert_eq!(turn, due(own, 0, false), "{second}.{n}");
            }
        }
        // One that waited is shown at once, and at twice its speed.
        let now = after(start, 4500);
        assert_eq!(pace.turn(now, 5000, true), due(now, 0, true));
        assert_eq!(
            pace.turn(now, 5400, false),
            due(after(start, 4700), 0, true)
        );
    }

    #[tokio::test]
    async fn pictures_in_another_order_are_not_late() {
        let start = Instant::now();
        let mut pace = Pace::keeping_up(Duration::ZERO);
        pace.turn(start, 200, true);
        let back = pace.turn(start, 100, true);
        assert_eq!(back.late, Duration::from_millis(100));
        // That far back is another stream.
        assert_eq!(pace.turn(start, -2000, true), due(start, 0, false));
    }

    #[tokio::test]
    async fn a_stream_that_stood_still_itself_is_not_late_for_ever() {
        let start = Instant::now();
        let mut pace = Pace::keeping_up(AHEAD);
        pace.turn(start, 0, true);
        let mut late = |millis: u64| {
            let now = after(start, millis);
            let turn = pace.turn(now, millis as i64 - 4000, true);
            pace.done(after(now, 10));
            turn.late
        };
        assert_eq!(late(5000), Duration::from_secs(4));
        assert_eq!(late(9000), Duration::from_secs(4));
        assert_eq!(late(10_100), Duration::ZERO);
        assert_eq!(late(10_200), Duration::ZERO);
    }

    #[tokio::test]
    async fn what_waits_for_its_reader_is_never_hurried() {
        let start = Instant::now();
        let mut pace = Pace::own_speed(AHEAD);
        pace.turn(start, 0, true);
        let now = after(start, 3000);
        assert_eq!(pace.turn(now, 100, true), due(now, 0, false));
        assert_eq!(pace.turn(now, 200, true), due(after(now, 100), 0, false));
    }

    #[tokio::test]
    async fn of_what_is_behind_every_third_picture_is_shown() {
        let start = Instant::now();
        let mut pace = Pace::keeping_up(AHEAD);
        let mut shown = |is_behind: bool, count: usize| {
            let each = (0..count).map(|_| !pace.thins(due(start, 0, is_behind)));
            each.collect::<Vec<_>>()
        };
        assert_eq!(shown(false, 2), [true, true]);
        assert_eq!(shown(true, 4), [false, false, true, false]);
        assert_eq!(shown(false, 1), [true]);
    }

    #[tokio::test]
    async fn of_what_is_too_late_one_key_picture_a_second_is_shown() {
        let start = Instant::now();
        let mut pace = Pace::keeping_up(AHEAD);
        let late = Duration::from_secs(3);
        assert!(!pace.passes_over(start, LATE, false));
        assert!(pace.passes_over(start, late, false));
        assert!(!pace.passes_over(start, late, true));
        assert!(pace.passes_over(after(start, 100), late, true));
        assert!(!pace.passes_over(after(start, 1100), late, true));
        // In time again: not before a key picture.
        assert!(pace.passes_over(after(start, 1200), LATE, false));
        assert!(!pace.passes_over(after(start, 1300), LATE, true));
        assert!(!pace.passes_over(after(start, 1400), LATE, false));
    }
}
