//! When a picture's turn is, and what is passed over when a stream has fallen behind.
//!
//! A helper that got too little of the machine reads what has come in between as fast as it can. What is more than
//! [`MOST_LATE`] old by then is not decoded but for one key picture a second, so that a person sees the present again soon.

use std::time::Duration;
use tokio::time::Instant;

/// A stream that is later than this is shown at once.
const LATE: Duration = Duration::from_millis(500);
/// Pictures of a stream that is later than this are passed over.
const MOST_LATE: Duration = Duration::from_millis(1500);
/// While pictures are passed over, a key picture is shown so often.
const KEY_EVERY: Duration = Duration::from_secs(1);
/// A stream that stays late so long has stood still itself: from there on its pictures are in time.
const LATE_FOR: Duration = Duration::from_secs(5);

/// The speed of one stream.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    /// How far the stream may be ahead; `None` shows everything at once.
    ahead: Option<Duration>,
    /// True for what goes on whether it is read or not.
    keeps_up: bool,
    /// When a picture of this time of the stream, in milliseconds, was in time.
    base: Option<(Instant, i64)>,
    late_since: Option<Instant>,
    is_skipping: bool,
    last_key: Option<Instant>,
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

    /// When a picture of this time of the stream, in milliseconds, is to be shown, and how late it is.
    pub(crate) fn turn(&mut self, now: Instant, stream_ms: i64) -> (Instant, Duration) {
        let Some(ahead) = self.ahead else {
            return (now, Duration::ZERO);
        };
        let (base, base_ms) = *self.base.get_or_insert((now, stream_ms));
        let turn = u64::try_from(stream_ms.saturating_sub(base_ms))
            .ok()
            .and_then(|millis| base.checked_add(Duration::from_millis(millis)));
        let Some(turn) = turn.filter(|turn| *turn <= now + ahead) else {
            return self.anew(now, stream_ms);
        };
        let late = now.saturating_duration_since(turn);
        if late <= LATE {
            self.late_since = None;
            return (turn, late);
        }
        let since = *self.late_since.get_or_insert(now);
        if !self.keeps_up || now.saturating_duration_since(since) > LATE_FOR {
            return self.anew(now, stream_ms);
        }
        (now, late)
    }

    fn anew(&mut self, now: Instant, stream_ms: i64) -> (Instant, Duration) {
        self.base = Some((now, stream_ms));
        self.late_since = None;
        (now, Duration::ZERO)
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

    #[tokio::test]
    async fn a_stream_that_was_held_up_is_in_time_again_once_it_was_read() {
        let start = Instant::now();
        let mut pace = Pace::keeping_up(AHEAD);
        assert_eq!(pace.turn(start, 0), (start, Duration::ZERO));
        // Held up for three seconds, then all of it is there.
        let now = after(start, 3000);
        assert_eq!(pace.turn(now, 100), (now, Duration::from_millis(2900)));
        assert_eq!(
            pace.turn(now, 2900),
            (after(start, 2900), Duration::from_millis(100))
        );
        assert_eq!(pace.turn(now, 3100), (after(start, 3100), Duration::ZERO));
    }

    #[tokio::test]
    async fn a_stream_that_stood_still_itself_is_not_late_for_ever() {
        let start = Instant::now();
        let mut pace = Pace::keeping_up(AHEAD);
        pace.turn(start, 0);
        let late =
            |pace: &mut Pace, millis: u64| pace.turn(after(start, millis), millis as i64 - 4000).1;
        assert_eq!(late(&mut pace, 5000), Duration::from_secs(4));
        assert_eq!(late(&mut pace, 9000), Duration::from_secs(4));
        assert_eq!(late(&mut pace, 10_100), Duration::ZERO);
        assert_eq!(late(&mut pace, 10_200), Duration::ZERO);
    }

    #[tokio::test]
    async fn what_waits_for_its_reader_is_never_hurried() {
        let start = Instant::now();
        let mut pace = Pace::own_speed(AHEAD);
        pace.turn(start, 0);
        let now = after(start, 3000);
        assert_eq!(pace.turn(now, 100), (now, Duration::ZERO));
        assert_eq!(pace.turn(now, 200).0, after(now, 100));
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
