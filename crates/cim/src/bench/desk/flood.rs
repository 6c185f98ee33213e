//! A flood: 50 000 events in ten seconds, each of them an alarm. None may be lost, they stand in ten lines at most, and what is of
//! the top priority is on the first page at once.
//!
//! They come through a real hub's broker. The window asks for the first rows of the list with each update, as it does when nobody
//! has scrolled.

use super::{
    DeskBench, MEASURE,
    room::{CRITICAL, HIGH, MEDIUM, Room, USUAL, device, in_folder, series_of, write},
};
use crate::{
    Failure,
    bench::{at_most, figure::Figure, quantile},
    host::{end_progress, instant, progress},
    stretch::open_cache,
};
use cim_app::wire::{AlarmQueryDto, DeskUpdate};
use cim_model::UtcMillis;
use serde_json::json;
use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

const EVENTS: u32 = 50_000;
const SECONDS: f64 = 10.0;
/// Series of each device.
const SERIES: u32 = 50;
/// Devices are of these kinds in turn.
const KINDS: [&str; 9] = [
    "water_level",
    "gas",
    "air",
    "noise",
    "traffic",
    "manhole",
    "structural",
    "parking",
    "other",
];
/// One event in so many is of the top priority.
const CRITICAL_IN: u64 = 1_000;
/// Rows of the list that are seen without scrolling; those of the top priority all have room there.
const ROWS: u32 = 60;
/// What is not there by then is lost.
const PATIENCE: Duration = Duration::from_mins(1);
/// Usual values come at this rate before the flood; and how long the desk then rests.
const USUAL_PER_S: f64 = 10_000.0;
const REST: Duration = Duration::from_secs(3);
/// The verb of the fact that an alarm began.
const RAISED: &str = "alarm_raised";

/// When events went to the socket.
#[derive(Default)]
struct Sent {
    count: AtomicU64,
    last: Mutex<Option<Instant>>,
    /// Those of the top priority, in their order.
    critical: Mutex<Vec<Instant>>,
}

/// What was seen of the flood.
#[derive(Default)]
struct Seen {
    /// From the socket to the first page, for each of the top priority.
    critical_ms: Vec<f64>,
    /// Numbers of those of the top priority that were on the first page.
    shown: BTreeSet<u64>,
    /// The most lines at once.
    most_lines: usize,
    /// From the last event at the socket until all events are in lines.
    grouped_ms: Option<f64>,
    /// From the last event at the socket until all events are counted.
    counted_ms: Option<f64>,
    /// The most events that were sent and not counted yet.
    most_behind: u64,
    /// Alarms that are counted at the end.
    counted: u64,
    /// Alarms whose beginning is written down.
    written: u64,
    /// How long sending took, seconds.
    took_s: f64,
}

pub(super) fn of_events(bench: &DeskBench) -> Result<Vec<Figure>, Failure> {
    let events = bench.many(EVENTS);
    let seen = in_folder("flood", |folder| measure(folder, events));
    end_progress();
    figures(events, seen?)
}

fn measure(folder: &Path, events: u32) -> Result<Seen, Failure> {
    // The last device's series are for messages beyond the last event.
    let things = events / SERIES + 1;
    let room = Room::open(folder, things, |n| device(n, SERIES, &KINDS))?;
    progress("usual values");
    let all = u64::from(things * SERIES);
    run(&room, USUAL_PER_S, all, |n, topic, payload| {
        write(n + 1, USUAL, topic, payload);
    })?;
    thread::sleep(REST);
    let sent = Arc::new(Sent::default());
    let begun = instant();
    let mut seen = watch(&room, &sent, u64::from(events))?;
    let last = *sent.last.lock().unwrap_or_else(PoisonError::into_inner);
    seen.took_s = last.map_or(0.0, |last| {
        last.saturating_duration_since(begun).as_secs_f64()
    });
    let cache = room.cache.clone();
    room.close();
    seen.written = written_in(&cache)?;
    Ok(seen)
}

/// Sends `count` messages, `per_s` a second. What the pace brings beyond them is left to `message`.
fn run(
    room: &Room,
    per_s: f64,
    count: u64,
    mut message: impl FnMut(u64, &mut String, &mut String) + Send + 'static,
) -> Result<(), Failure> {
    let sent = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&sent);
    let sending = room.send_at(
        per_s,
        move || told.load(Ordering::Relaxed) < count,
        move |n, topic, payload| {
            sent.store(n + 1, Ordering::Relaxed);
            // The pace may bring a few more: the last series hears them.
            message(n.min(count - 1), topic, payload);
        },
    );
    room.sent(sending)?;
    Ok(())
}

/// Lets the flood come, and looks at what the desk shows.
fn watch(room: &Room, sent: &Arc<Sent>, events: u64) -> Result<Seen, Failure> {
    let told = Arc::clone(sent);
    let goes_on = Arc::clone(sent);
    let mut updates = room.desk.watch();
    updates.mark_unchanged();
    let sending = room.send_at(
        events as f64 / SECONDS,
        move || goes_on.count.load(Ordering::Relaxed) < events,
        move |n, topic, payload| told.write(n, events, topic, payload),
    );
    let query = AlarmQueryDto {
        count: ROWS,
        ..AlarmQueryDto::default()
    };
    let (mut seen, begun) = (Seen::default(), instant());
    let until = Duration::from_secs_f64(SECONDS) + PATIENCE;
    while begun.elapsed() < until && !seen.is_whole(events) {
        let shown = room.next(&mut updates, &query)?;
        seen.note(&shown.update, (sent.as_ref(), events), shown.at);
        let rows = shown.page.rows.iter();
        let numbers = rows.filter_map(|row| series_of(&row.id)?.checked_sub(1));
        seen.note_critical(numbers, sent, shown.at);
        progress(&format!("flood: {} of {events} alarms", seen.counted));
    }
    room.sent(sending)?;
    Ok(seen)
}

impl Sent {
    /// Writes the `n`th event; what comes beyond the last is a usual value of a device that has no events.
    fn write(&self, n: u64, events: u64, topic: &mut String, payload: &mut String) {
        if n >= events {
            write(events + 1, USUAL, topic, payload);
            return;
        }
        let value = if n.is_multiple_of(CRITICAL_IN) {
            CRITICAL
        } else if n.is_multiple_of(5) {
            HIGH
        } else {
            MEDIUM
        };
        write(n + 1, value, topic, payload);
        let now = instant();
        if n.is_multiple_of(CRITICAL_IN) {
            let mut critical = self.critical.lock().unwrap_or_else(PoisonError::into_inner);
            critical.push(now);
        }
        if n + 1 == events {
            *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        }
        self.count.store(n + 1, Ordering::Relaxed);
    }
}

impl Seen {
    /// True when everything was counted, grouped and shown.
    fn is_whole(&self, events: u64) -> bool {
        let critical = events.div_ceil(CRITICAL_IN);
        self.counted >= events && self.grouped_ms.is_some() && self.shown.len() as u64 >= critical
    }

    fn note(&mut self, update: &DeskUpdate, (sent, events): (&Sent, u64), at: Instant) {
        let board = &update.alarm_board;
        let hidden = board.hidden;
        let hidden =
            hidden.shelved + hidden.consequences + hidden.suppressed + hidden.out_of_service;
        let listed: u64 = update.alarm_counts.iter().copied().map(u64::from).sum();
        let in_lines = board.lines.iter().flat_map(|line| line.counts);
        let in_lines: u64 = in_lines.map(u64::from).sum();
        self.counted = listed + u64::from(hidden);
        let behind = sent.count.load(Ordering::Relaxed);
        self.most_behind = self.most_behind.max(behind.saturating_sub(self.counted));
        self.most_lines = self.most_lines.max(board.lines.len());
        let last = *sent.last.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(last) = last else {
            return;
        };
        let since_ms = at.saturating_duration_since(last).as_secs_f64() * 1_000.0;
        if self.counted >= events {
            self.counted_ms.get_or_insert(since_ms);
        }
        if in_lines >= events {
            self.grouped_ms.get_or_insert(since_ms);
        }
    }

    /// Notes which of the top priority are on the first page.
    fn note_critical(&mut self, numbers: impl Iterator<Item = u64>, sent: &Sent, at: Instant) {
        let critical = sent.critical.lock().unwrap_or_else(PoisonError::into_inner);
        for number in numbers.filter(|number| number.is_multiple_of(CRITICAL_IN)) {
            let place = (number / CRITICAL_IN) as usize;
            let Some(began) = critical.get(place) else {
                continue;
            };
            if self.shown.insert(number) {
                let took = at.saturating_duration_since(*began);
                self.critical_ms.push(took.as_secs_f64() * 1_000.0);
            }
        }
    }
}

/// How many alarms of series the cache knows the beginning of.
fn written_in(cache: &Path) -> Result<u64, Failure> {
    crate::host::runtime()?.block_on(async {
        let store = open_cache(cache).await?;
        let facts = store.facts_since(UtcMillis(0)).await;
        store.close().await;
        let begun: BTreeSet<u64> = facts?
            .iter()
            .filter(|fact| fact.verb == RAISED)
            .filter_map(|fact| series_of(&fact.subject))
            .collect();
        Ok(begun.len() as u64)
    })
}

fn figures(events: u32, mut seen: Seen) -> Result<Vec<Figure>, Failure> {
    seen.critical_ms.sort_by(f64::total_cmp);
    if seen.critical_ms.is_empty() {
        return Err("nothing of the top priority was ever on the first page".into());
    }
    let missing = |have: u64| u64::from(events).saturating_sub(have) as f64;
    // Fewer than one: none.
    let mut lost = at_most(
        MEASURE,
        format!("alarms lost of {events} in {SECONDS:.0} s"),
        missing(seen.counted.min(seen.written)),
        0.5,
        0.0,
    );
    lost.notes = vec![
        ("at_desk", json!(seen.counted)),
        ("on_disk", json!(seen.written)),
        ("sent_in_s", json!(seen.took_s)),
        ("most_behind", json!(seen.most_behind)),
        ("counted_after_ms", json!(seen.counted_ms)),
    ];
    let lines = at_most(
        MEASURE,
        "most lines of the flood at once".into(),
        seen.most_lines as f64,
        10.0,
        10.0,
    );
    // What was never grouped took longer than anybody waited.
    let never = PATIENCE.as_secs_f64() * 1_000.0;
    let grouped = at_most(
        MEASURE,
        "last of the flood at the socket to all in lines".into(),
        seen.grouped_ms.unwrap_or(never),
        1_000.0,
        500.0,
    );
    let mut critical = at_most(
        MEASURE,
        "top priority in the flood: socket to first page, p99".into(),
        quantile(&seen.critical_ms, 0.99),
        1_000.0,
        500.0,
    );
    critical.notes = vec![
        ("p50_ms", json!(quantile(&seen.critical_ms, 0.5))),
        ("most_ms", json!(quantile(&seen.critical_ms, 1.0))),
        ("times", json!(seen.critical_ms.len())),
    ];
    let unseen = u64::from(events).div_ceil(CRITICAL_IN);
    let unseen = unseen.saturating_sub(seen.shown.len() as u64);
    let unseen = at_most(
        MEASURE,
        "top priority that never was on the first page".into(),
        unseen as f64,
        0.5,
        0.0,
    );
    let in_ms = |figure: Figure| Figure {
        unit: "ms",
        ..figure
    };
    Ok(vec![lost, lines, in_ms(grouped), in_ms(critical), unseen])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_written_in_turn_and_what_comes_after_them_is_usual() {
        let sent = Sent::default();
        let written = |n: u64| {
            let (mut topic, mut payload) = (String::new(), String::new());
            sent.write(n, 2_000, &mut topic, &mut payload);
            (topic, payload)
        };
        let (topic, payload) = written(1_000);
        assert_eq!(topic, "v1.1/Datastreams(1001)/Observations");
        assert!(payload.contains(CRITICAL));
        assert!(written(5).1.contains(HIGH) && written(1_999).1.contains(MEDIUM));
        assert!(sent.last.lock().expect("a lock").is_some());
        let (topic, payload) = written(2_000);
        assert_eq!(topic, "v1.1/Datastreams(2001)/Observations");
        assert!(payload.contains(USUAL));
        assert_eq!(sent.count.load(Ordering::Relaxed), 2_000);
        assert_eq!(sent.critical.lock().expect("a lock").len(), 1);
    }

    #[test]
    fn what_is_not_on_disk_or_never_grouped_does_not_hold() {
        let seen = |written: u64, grouped_ms: Option<f64>| Seen {
            critical_ms: vec![200.0],
            shown: BTreeSet::from([0]),
            most_lines: 9,
            grouped_ms,
            counted: 1_000,
            written,
            ..Seen::default()
        };
        let holds = |seen: Seen| -> Vec<bool> {
            let told = figures(1_000, seen).expect("figures");
            told.iter().map(Figure::holds).collect()
        };
        assert_eq!(holds(seen(1_000, Some(700.0))), [true; 5]);
        assert_eq!(holds(seen(999, None)), [false, true, false, true, true]);
        assert!(figures(1_000, Seen::default()).is_err());
    }
}
