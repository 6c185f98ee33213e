//! How often and how much the twin is told, and when it hears the time.

use cim_model::UtcMillis;
use cim_render::TwinMessage;
use cim_scene::TwinCommand;
use std::{collections::VecDeque, time::Duration};

/// How often a host asks [`Stage::feed`](crate::Stage::feed): thirty times a second. More often nobody sees, and a
/// machine without a graphics card would do nothing else.
pub const FEED_EVERY: Duration = Duration::from_millis(33);
/// What does not live costs more to look for; the twin hears of it once in so many rounds.
const REST_EVERY: u32 = 6;
/// So many new rows of layers are told at once at most, so that frames come in between: each has to be placed and sorted.
const MOST_ROWS_AT_ONCE: usize = 1 << 18;
/// The twin goes on by itself between; it hears the time again after so much of it, milliseconds of the person's time.
const TIME_EVERY_MS: f64 = 1_000.0;

/// Which rounds tell everything. The first does.
#[derive(Default)]
pub(crate) struct Rounds(u32);

impl Rounds {
    /// A round begins.
    pub(crate) fn pass(&mut self) {
        self.0 = self.0.saturating_sub(1);
    }

    /// True when this round tells everything; the next ones do not.
    pub(crate) fn is_whole(&mut self) -> bool {
        let is_whole = self.0 == 0;
        if is_whole {
            self.0 = REST_EVERY;
        }
        is_whole
    }
}

/// What is still to be told, in order.
#[derive(Default)]
pub(crate) struct Backlog {
    /// Handed out once and refused: goes first.
    returned: VecDeque<TwinMessage>,
    /// Not handed out yet.
    waiting: VecDeque<TwinMessage>,
}

impl Backlog {
    /// True when nothing is to be told.
    pub(crate) fn is_empty(&self) -> bool {
        self.returned.is_empty() && self.waiting.is_empty()
    }

    /// Puts `messages` last.
    pub(crate) fn add(&mut self, messages: Vec<TwinMessage>) {
        self.waiting.extend(messages);
    }

    /// Takes back what was handed out; it goes out again before all that was not.
    pub(crate) fn give_back(&mut self, message: TwinMessage) {
        self.returned.push_back(message);
    }

    /// What may be told now.
    pub(crate) fn portion(&mut self) -> Vec<TwinMessage> {
        let mut portion = Vec::with_capacity(self.returned.len() + self.waiting.len());
        let mut rows = 0;
        while rows < MOST_ROWS_AT_ONCE {
            let next = self.returned.pop_front();
            let Some(message) = next.or_else(|| self.waiting.pop_front()) else {
                break;
            };
            rows += new_rows(&message);
            portion.push(message);
        }
        portion
    }
}

/// How many rows a message makes anew.
fn new_rows(message: &TwinMessage) -> usize {
    match message {
        TwinMessage::Scene(TwinCommand::SetPoints { points, .. }) => points.places.len(),
        _ => 0,
    }
}

/// The time that the twin was told last.
#[derive(Default)]
pub(crate) struct TimeTold(Option<(UtcMillis, f64)>);

impl TimeTold {
    /// True when the twin has to hear that it is `at`, and that `rate` of its seconds pass in one.
    ///
    /// While time goes on as it did, that is once a second; at once when it jumps back, goes at another rate, or is moved while
    /// it stands. A jump ahead is told at once too, when it is longer than what passes in a second.
    pub(crate) fn is_due(&mut self, at: UtcMillis, rate: f64) -> bool {
        let is_due = self.0.is_none_or(|(told, told_rate)| {
            let gone_ms = at.0.saturating_sub(told.0) as f64;
            if rate.total_cmp(&told_rate).is_ne() {
                true
            } else if rate.abs() > 0.0 {
                let onward_ms = gone_ms * rate.signum();
                onward_ms < 0.0 || onward_ms >= TIME_EVERY_MS * rate.abs()
            } else {
                at != told
            }
        });
        if is_due {
            self.0 = Some((at, rate));
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_geo::Geodetic;
    use cim_scene::LayerPoints;
    use std::sync::Arc;

    fn points(layer: u16, rows: usize) -> TwinMessage {
        let nowhere = Geodetic {
            lon_deg: 117.0,
            lat_deg: 34.0,
            height_m: 0.0,
        };
        TwinMessage::Scene(TwinCommand::SetPoints {
            layer,
            points: Arc::new(LayerPoints {
                epoch: UtcMillis(0),
                places: vec![nowhere; rows],
                states: Vec::new(),
                seen: Vec::new(),
                period: Vec::new(),
                things: Vec::new(),
            }),
        })
    }

    fn layers_of(messages: &[TwinMessage]) -> Vec<u16> {
        let layer_of = |message: &TwinMessage| match message {
            TwinMessage::Scene(TwinCommand::SetPoints { layer, .. }) => Some(*layer),
            _ => None,
        };
        messages.iter().filter_map(layer_of).collect()
    }

    #[test]
    fn everything_is_told_first_and_then_once_in_so_many_rounds_even_if_some_are_left_out() {
        let mut rounds = Rounds::default();
        let mut round = || {
            rounds.pass();
            rounds.is_whole()
        };
        assert!(round());
        assert!((1..REST_EVERY).all(|_| !round()));
        assert!(round());
        for _ in 0..100 {
            rounds.pass();
        }
        assert!(rounds.is_whole());
    }

    #[test]
    fn many_rows_are_told_in_portions_and_in_their_order() {
        let mut backlog = Backlog::default();
        backlog.add((0..5).map(|layer| points(layer, 150_000)).collect());
        assert_eq!(layers_of(&backlog.portion()), [0, 1]);
        assert_eq!(layers_of(&backlog.portion()), [2, 3]);
        assert!(!backlog.is_empty());
        assert_eq!(layers_of(&backlog.portion()), [4]);
        assert!(backlog.is_empty());
    }

    #[test]
    fn a_layer_larger_than_a_portion_is_told_alone() {
        let mut backlog = Backlog::default();
        backlog.add(vec![points(0, 1_000_000), points(1, 1)]);
        assert_eq!(layers_of(&backlog.portion()), [0]);
        assert_eq!(layers_of(&backlog.portion()), [1]);
    }

    #[test]
    fn what_comes_back_goes_out_before_what_waits() {
        let mut backlog = Backlog::default();
        backlog.add((0..3).map(|layer| points(layer, 150_000)).collect());
        for message in backlog.portion() {
            backlog.give_back(message);
        }
        assert_eq!(layers_of(&backlog.portion()), [0, 1]);
        assert_eq!(layers_of(&backlog.portion()), [2]);
    }

    #[test]
    fn running_time_is_told_once_a_second_and_at_jumps() {
        let mut time = TimeTold::default();
        let mut told = |ms, rate| time.is_due(UtcMillis(ms), rate);
        assert!(told(10_000, 1.0));
        assert!(!told(10_900, 1.0));
        assert!(told(11_000, 1.0));
        // Back, far ahead, and at another rate.
        assert!(told(10_500, 1.0));
        assert!(told(90_000, 1.0));
        assert!(told(90_001, 60.0));
        assert!(!told(140_000, 60.0));
        assert!(told(150_001, 60.0));
    }

    #[test]
    fn standing_time_is_told_only_when_somebody_moves_it() {
        let mut time = TimeTold::default();
        let mut told = |ms| time.is_due(UtcMillis(ms), 0.0);
        assert!(told(10_000));
        assert!(!told(10_000));
        assert!(told(10_001));
        assert!(told(9_000));
    }

    #[test]
    fn time_that_runs_backwards_is_told_once_a_second_too() {
        let mut time = TimeTold::default();
        let mut told = |ms| time.is_due(UtcMillis(ms), -2.0);
        assert!(told(10_000));
        assert!(!told(9_000));
        assert!(told(8_000));
        assert!(told(8_001));
    }
}
