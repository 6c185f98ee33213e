//! A thousand alarms at once: from each message at the broker's socket until its row, and the sound, are ready for the window.
//!
//! A real hub with its broker and a desk that follows it. In every round all devices cross their limit at the same time; then all
//! alarms are acknowledged and the values come back. The desk tells its window five times a second at most.

use super::{
    DeskBench, MEASURE,
    room::{HIGH, Room, USUAL, device, in_folder, series_of, write},
};
use crate::{
    Failure,
    bench::{at_most, figure::Figure, quantile},
    host::{end_progress, instant, progress},
};
use cim_app::wire::{AlarmActDto, AlarmOrderDto, AlarmPickDto, AlarmQueryDto, AlarmStateDto};
use serde_json::json;
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Alarms at once: as many as a page of the list has rows.
const ALARMS: u32 = 1_000;
/// How often; the first time counts for nothing.
const ROUNDS: u32 = 12;
const QUICK_ROUNDS: u32 = 4;
/// What is not there by then is lost.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the desk has for coming to rest between two rounds.
const REST: Duration = Duration::from_secs(20);
const MUST_MS: f64 = 1_000.0;
const GOAL_MS: f64 = 300.0;

/// When each message went to the socket, by series.
type Sent = Arc<Mutex<Vec<Option<Instant>>>>;

/// What rounds came to.
#[derive(Default)]
struct Seen {
    rows_ms: Vec<f64>,
    sounds_ms: Vec<f64>,
    lost: u32,
    most_bytes: usize,
}

pub(super) fn of_many_at_once(bench: &DeskBench) -> Result<Vec<Figure>, Failure> {
    let rounds = if bench.is_quick { QUICK_ROUNDS } else { ROUNDS };
    let seen = in_folder("burst", |folder| measure(folder, rounds));
    end_progress();
    figures(seen?)
}

fn measure(folder: &Path, rounds: u32) -> Result<Seen, Failure> {
    let room = Room::open(folder, ALARMS, |n| device(n, 1, &["water_level", "gas"]))?;
    let mut seen = Seen::default();
    for round in 0..rounds {
        progress(&format!(
            "a thousand alarms, round {} of {rounds}",
            round + 1
        ));
        if round == 1 {
            seen = Seen::default();
        }
        cross(&room, &mut seen)?;
        come_back(&room)?;
    }
    room.close();
    Ok(seen)
}

fn newest() -> AlarmQueryDto {
    AlarmQueryDto {
        // Rules that count alarms have rows of their own.
        rules: vec!["limits".to_owned()],
        order: AlarmOrderDto::Newest,
        count: ALARMS,
        ..AlarmQueryDto::default()
    }
}

/// All devices cross their limit.
fn cross(room: &Room, seen: &mut Seen) -> Result<(), Failure> {
    let mut updates = room.desk.watch();
    let was_silent = updates.borrow_and_update().alarm_board.audible.is_none();
    let sent: Sent = Arc::new(Mutex::new(vec![None; ALARMS as usize]));
    let told = Arc::clone(&sent);
    let sending = room.send(u64::from(ALARMS), move |n, topic, payload| {
        write(n + 1, HIGH, topic, payload);
        let mut sent = told.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = sent.get_mut(n as usize) {
            *at = Some(instant());
        }
    });
    let mut has_row = vec![false; ALARMS as usize];
    let mut is_heard = !was_silent;
    let (mut left, begun, query) = (ALARMS, instant(), newest());
    while (left > 0 || !is_heard) && begun.elapsed() < PATIENCE {
        let shown = room.next(&mut updates, &query)?;
        seen.most_bytes = seen.most_bytes.max(shown.bytes);
        let sent = sent.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_heard && shown.update.alarm_board.audible.is_some() {
            is_heard = true;
            let first = sent.iter().flatten().min();
            seen.sounds_ms
                .extend(first.map(|first| millis(*first, shown.at)));
        }
        let rows = shown.page.rows.iter();
        for row in rows.filter(|row| row.state == AlarmStateDto::Unacknowledged) {
            let Some(place) = series_of(&row.id).and_then(|series| series.checked_sub(1)) else {
                continue;
            };
            let place = place as usize;
            let at = sent.get(place).copied().flatten();
            if let (Some(has_row), Some(at)) = (has_row.get_mut(place), at)
                && !*has_row
            {
                *has_row = true;
                left -= 1;
                seen.rows_ms.push(millis(at, shown.at));
            }
        }
    }
    seen.lost += left;
    room.sent(sending)?;
    Ok(())
}

/// Everything is acknowledged and comes back, until the list is empty and nothing sounds.
fn come_back(room: &Room) -> Result<(), Failure> {
    let all = AlarmPickDto::Query {
        query: AlarmQueryDto::default(),
    };
    let acknowledge = AlarmActDto::Acknowledge {
        comment: String::new(),
    };
    room.wait(room.desk.act_on_alarms(&all, &acknowledge))?;
    let sending = room.send(u64::from(ALARMS), |n, topic, payload| {
        write(n + 1, USUAL, topic, payload);
    });
    room.sent(sending)?;
    let (mut updates, query, begun) = (room.desk.watch(), newest(), instant());
    let mut open = usize::MAX;
    while begun.elapsed() < REST {
        let shown = room.next(&mut updates, &query)?;
        let rows = shown.page.rows.iter();
        open = rows.filter_map(|row| series_of(&row.id)).count();
        if open == 0 && shown.update.alarm_board.audible.is_none() {
            break;
        }
    }
    if open > 0 {
        return Err("alarms that were acknowledged and came back stay in the list".into());
    }
    Ok(())
}

fn millis(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64() * 1_000.0
}

fn figures(mut seen: Seen) -> Result<Vec<Figure>, Failure> {
    seen.rows_ms.sort_by(f64::total_cmp);
    seen.sounds_ms.sort_by(f64::total_cmp);
    if seen.rows_ms.is_empty() || seen.sounds_ms.is_empty() {
        return Err("no alarm was ever shown and heard".into());
    }
    let timed = |name: String, times: &[f64]| {
        let mut figure = at_most(MEASURE, name, quantile(times, 0.99), MUST_MS, GOAL_MS);
        figure.unit = "ms";
        figure.notes = vec![
            ("p50_ms", json!(quantile(times, 0.5))),
            ("most_ms", json!(quantile(times, 1.0))),
            ("times", json!(times.len())),
        ];
        figure
    };
    let mut rows = timed(
        format!("{ALARMS} alarms at once: socket to row, p99"),
        &seen.rows_ms,
    );
    rows.notes
        .push(("most_bytes_to_window", json!(seen.most_bytes)));
    let sounds = timed(
        format!("{ALARMS} alarms at once: first at the socket to sound, p99"),
        &seen.sounds_ms,
    );
    let lost = at_most(
        MEASURE,
        "alarms at once that never had a row".into(),
        f64::from(seen.lost),
        // Fewer than one: none.
        0.5,
        0.0,
    );
    Ok(vec![rows, sounds, lost])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_row_and_a_lost_one_are_told() {
        let seen = |rows_ms: Vec<f64>, lost: u32| Seen {
            rows_ms,
            sounds_ms: vec![120.0],
            lost,
            most_bytes: 1,
        };
        let holds = |seen: Seen| -> Vec<bool> {
            let told = figures(seen).expect("figures");
            told.iter().map(Figure::holds).collect()
        };
        assert_eq!(holds(seen(vec![200.0, 300.0], 0)), [true, true, true]);
        assert_eq!(holds(seen(vec![200.0, 1_300.0], 1)), [false, true, false]);
        assert!(figures(seen(Vec::new(), 1_000)).is_err());
    }
}
