//! When alarms come faster than a person can read them, when one alarm comes again and again, and when one never goes.

use crate::condition::ConditionId;
use cim_model::UtcMillis;
use std::collections::{BTreeMap, VecDeque};

/// More alarms than this within [`FLOOD_WITHIN_S`] at one operator position are a flood (ISA-18.2-2016; EEMUA 191).
pub const FLOOD_STARTS_ABOVE: u32 = 10;

/// A flood is over when fewer than this came within [`FLOOD_WITHIN_S`].
pub const FLOOD_ENDS_BELOW: u32 = 5;

/// The stretch over which alarms are counted, in seconds.
pub const FLOOD_WITHIN_S: i64 = 600;

/// So many raises of one condition within [`CHATTER_WITHIN_S`] are chattering (a common reading of ISA-18.2; not a number of the
/// standard).
pub const CHATTER_RAISES: usize = 3;

/// Within how many seconds raises are chattering.
pub const CHATTER_WITHIN_S: i64 = 60;

/// An alarm that is active for longer than this, in seconds, is stale (ISA-18.2-2016).
pub const STALE_AFTER_S: i64 = 24 * 3600;

/// How many conditions are watched for chattering; of more the ones that were raised longest ago are let go.
const MAX_WATCHED: usize = 100_000;

/// True when an alarm that is active since `since` is stale at `now`.
pub fn is_stale(since: UtcMillis, now: UtcMillis) -> bool {
    now.0.saturating_sub(since.0) > STALE_AFTER_S * 1000
}

/// Whether alarms flood one operator position.
#[derive(Clone, Debug, Default)]
pub struct Flood {
    /// Seconds since 1970 in which alarms came, with how many; at most [`FLOOD_WITHIN_S`] of them.
    seconds: VecDeque<(i64, u32)>,
    count: u32,
    on_since: Option<UtcMillis>,
}

impl Flood {
    /// An alarm was announced at `at`. Alarms come in the order of time; a late one counts as of the newest second.
    /// Returns the flood that was over by then: when it began and ended.
    pub fn raise(&mut self, at: UtcMillis) -> Option<(UtcMillis, UtcMillis)> {
        let over = self.advance(at);
        let second = at.0.div_euclid(1000);
        match self.seconds.back_mut() {
            Some((newest, count)) if *newest >= second => *count += 1,
            _ => self.seconds.push_back((second, 1)),
        }
        self.count += 1;
        if self.count > FLOOD_STARTS_ABOVE && self.on_since.is_none() {
            self.on_since = Some(at);
        }
        over
    }

    /// Lets time pass until `now`; returns the flood that ended by then.
    pub fn advance(&mut self, now: UtcMillis) -> Option<(UtcMillis, UtcMillis)> {
        let mut over = None;
        while let Some((second, count)) = self.seconds.front().copied() {
            let leaves_at = UtcMillis((second + FLOOD_WITHIN_S) * 1000);
            if leaves_at > now {
                break;
            }
            self.seconds.pop_front();
            self.count = self.count.saturating_sub(count);
            if self.count < FLOOD_ENDS_BELOW
                && let Some(began) = self.on_since.take()
            {
                over = Some((began, leaves_at));
            }
        }
        over
    }

    /// When the flood began, if there is one.
    pub fn on_since(&self) -> Option<UtcMillis> {
        self.on_since
    }

    /// How many alarms came within [`FLOOD_WITHIN_S`], as of the last alarm or look.
    pub fn count(&self) -> u32 {
        self.count
    }
}

/// Which conditions chatter.
#[derive(Clone, Debug, Default)]
pub struct Chatter {
    raises: BTreeMap<ConditionId, VecDeque<UtcMillis>>,
}

impl Chatter {
    /// The condition was raised at `at`; true when it chatters.
    pub fn raise(&mut self, condition: &ConditionId, at: UtcMillis) -> bool {
        if self.raises.len() >= MAX_WATCHED && !self.raises.contains_key(condition) {
            self.let_go(at);
        }
        let raises = self.raises.entry(condition.clone()).or_default();
        raises.push_back(at);
        if raises.len() > CHATTER_RAISES {
            raises.pop_front();
        }
        is_chattering(raises, at)
    }

    /// True when the condition chatters at `now`.
    pub fn is_chattering(&self, condition: &ConditionId, now: UtcMillis) -> bool {
        self.raises
            .get(condition)
            .is_some_and(|raises| is_chattering(raises, now))
    }

    /// The conditions that chatter at `now`, by name.
    pub fn chattering(&self, now: UtcMillis) -> impl Iterator<Item = &ConditionId> {
        self.raises
            .iter()
            .filter(move |(_, raises)| is_chattering(raises, now))
            .map(|(condition, _)| condition)
    }

    /// Makes room: those that cannot chatter go, or all of them when everything chatters.
    fn let_go(&mut self, now: UtcMillis) {
        let from = now.0.saturating_sub(CHATTER_WITHIN_S * 1000);
        self.raises
            .retain(|_, raises| raises.back().is_some_and(|last| last.0 >= from));
        if self.raises.len() >= MAX_WATCHED {
            self.raises.clear();
        }
    }
}

/// True when the newest raises are enough, and the first of them lies within the time.
fn is_chattering(raises: &VecDeque<UtcMillis>, now: UtcMillis) -> bool {
    let first = raises.front().filter(|_| raises.len() >= CHATTER_RAISES);
    first.is_some_and(|first| now.0.saturating_sub(first.0) <= CHATTER_WITHIN_S * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Raises one alarm at each second; the floods that were over by the end, in seconds.
    fn floods(raises: &[i64], end: i64) -> (Vec<(i64, i64)>, bool) {
        let mut flood = Flood::default();
        let mut over: Vec<_> = raises
            .iter()
            .filter_map(|second| flood.raise(UtcMillis(second * 1000)))
            .collect();
        over.extend(flood.advance(UtcMillis(end * 1000)));
        let over = over.iter().map(|(from, to)| (from.0 / 1000, to.0 / 1000));
        (over.collect(), flood.on_since().is_some())
    }

    #[test]
    fn a_flood_begins_with_the_eleventh_alarm_and_ends_below_five() {
        let ten: Vec<i64> = (0..10).collect();
        assert_eq!(floods(&ten, 10), (vec![], false));
        let eleven: Vec<i64> = (0..11).collect();
        assert_eq!(floods(&eleven, 605), (vec![], true), "five are left");
        assert_eq!(floods(&eleven, 607), (vec![(10, 606)], false));
    }

    #[test]
    fn a_flood_of_one_second_needs_no_room_and_late_alarms_count() {
        let mut flood = Flood::default();
        for _ in 0..50_000 {
            flood.raise(UtcMillis(5_000));
        }
        flood.raise(UtcMillis(1_000));
        assert_eq!((flood.count(), flood.seconds.len()), (50_001, 1));
        assert_eq!(flood.on_since(), Some(UtcMillis(5_000)));
    }

    #[test]
    fn three_raises_within_a_minute_chatter_until_they_are_old() {
        let mut chatter = Chatter::default();
        let name = ConditionId::new("d0");
        let told: Vec<bool> = [0, 40, 70, 90, 100]
            .map(|second| chatter.raise(&name, UtcMillis(second * 1000)))
            .to_vec();
        assert_eq!(told, [false, false, false, true, true]);
        assert!(chatter.is_chattering(&name, UtcMillis(130_000)));
        assert!(!chatter.is_chattering(&name, UtcMillis(130_001)));
        assert_eq!(chatter.chattering(UtcMillis(100_000)).count(), 1);
        assert_eq!(chatter.chattering(UtcMillis(200_000)).count(), 0);
    }

    #[test]
    fn watching_very_many_conditions_has_a_limit() {
        let mut chatter = Chatter::default();
        for n in 0..MAX_WATCHED as i64 + 10 {
            chatter.raise(&ConditionId::new(format!("d{n}")), UtcMillis(n * 10));
        }
        assert!(chatter.raises.len() <= MAX_WATCHED);
    }

    #[test]
    fn an_alarm_of_more_than_a_day_is_stale() {
        let day = UtcMillis(STALE_AFTER_S * 1000);
        assert!(!is_stale(UtcMillis(0), day));
        assert!(is_stale(UtcMillis(-1), day));
    }
}
