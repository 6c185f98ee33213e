//! Showing the clock's moment: reading it from the store, and telling its alarms, events and cameras.

use super::{Beat, Keeper, OpenBranch};
use crate::{
    alarm_desk::{Played, alarms_at, with_played, worst_first},
    clock::settled,
    fact_log::{FactLog, HandledThen, reach_of},
    live::Live,
};
use cim_model::{
    Alarm, CameraId, CameraStatus, Clock, Datastream, Event, EventId, Reading, UtcMillis,
};
use cim_store::{Columns, Knowledge, NEVER, Row, StoreError};
use std::{collections::BTreeMap, sync::Arc};

/// How far the moment shown moves before the figures of an hour earlier are read again, seconds.
const HOUR_AGO_EVERY_S: f64 = 30.0;

/// A wall clock that goes back, or on by more than this between two beats, was set: what plays goes on where it was.
const JUMP_S: f64 = 60.0;

/// Between two moments of a playing clock that lie further apart than this, nothing was played: somebody went there.
const MAX_PLAYED_S: f64 = 3_600.0;

/// So much city time is read at once while the clock plays, milliseconds.
const PIECE_MS: i64 = 60_000;

/// A past moment as it is to be shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Asked {
    moment: UtcMillis,
    knowledge: Knowledge,
    branch: Option<Arc<str>>,
    /// True while the clock plays forward.
    plays_on: bool,
}

/// What was read of a past moment, beside its values.
struct Read {
    events: Vec<Event>,
    cameras: Vec<(CameraId, CameraStatus)>,
    /// Alarms that values raised since the moment before.
    played: Vec<Alarm>,
    /// The moment before, while the clock plays forward.
    since: Option<UtcMillis>,
    /// Where the branch leaves the past.
    held_from: Option<UtcMillis>,
}

impl Keeper {
    /// Shows the clock's moment with everything around it, and publishes an update if one is due.
    pub(crate) async fn show(&self) {
        let mut beat = self.beat.lock().await;
        let now = self.time.now();
        {
            let mut live = self.live();
            live.beat_alarms(now);
            live.beat_cases(now);
        }
        let moment = self.show_moment(&mut beat, now).await;
        self.count_learnt(&mut beat, now).await;
        self.look_an_hour_back(&mut beat, moment, now).await;
        self.remember(&mut beat).await;
        self.publish(&mut beat, now);
    }

    /// Shows the moment that the clock was moved to. What needs more reading waits for the next beat.
    pub(super) async fn show_moved(&self) {
        let mut beat = self.beat.lock().await;
        let now = self.time.now();
        self.show_moment(&mut beat, now).await;
        self.publish(&mut beat, now);
    }

    /// Shows the readings of the clock's moment, and returns it.
    async fn show_moment(&self, beat: &mut Beat, now: UtcMillis) -> UtcMillis {
        let Some((asked, is_stale)) = self.ask(beat, now) else {
            if beat.shown.take().is_some() {
                self.leave_past(beat);
            }
            return now;
        };
        let moment = asked.moment;
        let is_shown = beat.shown.as_ref().is_some_and(|shown| {
            (shown.moment, shown.knowledge, &shown.branch)
                == (asked.moment, asked.knowledge, &asked.branch)
        });
        if is_shown && !is_stale {
            return moment;
        }
        if is_stale {
            beat.counted = None;
        }
        let read = self.read_past(beat, &asked).await;
        let mut live = self.live();
        if live.clock.is_live() {
            // Somebody went back to the present while the past was read.
            return moment;
        }
        show_read(&mut live, &mut beat.spare, &asked, read);
        drop(live);
        beat.shown = Some(asked);
        moment
    }

    /// The past moment that the clock asks for, and whether it must be read again in any case; `None` in the present.
    fn ask(&self, beat: &mut Beat, now: UtcMillis) -> Option<(Asked, bool)> {
        let mut live = self.live();
        let before = beat.last_now.replace(now);
        if let Some(before) = before.filter(|before| is_jump(*before, now))
            && live.clock.is_playing()
        {
            live.clock = std::mem::take(&mut live.clock).after_jump(before, now);
            live.changed = true;
        }
        // Also the step that comes to the end of its stretch was played.
        let plays_on = matches!(live.clock, Clock::Playing { rate, .. } if rate > 0.0);
        if let Some(stood) = settled(&live.clock, now) {
            live.clock = stood;
            live.changed = true;
        }
        let branch = match &live.clock {
            Clock::Live => return None,
            Clock::Branch { id, .. } => Some(Arc::clone(id)),
            Clock::At(_) | Clock::Playing { .. } => None,
        };
        let asked = Asked {
            moment: live.clock.moment(now),
            knowledge: live.knowledge,
            branch,
            plays_on,
        };
        Some((asked, std::mem::take(&mut live.past.is_stale)))
    }

    fn leave_past(&self, beat: &mut Beat) {
        beat.played = None;
        beat.counted = None;
        let mut live = self.live();
        live.state.show_live();
        live.past.events = None;
        live.past.alarms.clear();
        live.past.handled = HandledThen::default();
        live.past.learnt_later = 0;
        live.facts = None;
        live.changed = true;
    }

    /// Reads everything about `asked`; its values lie in `beat.spare`. What cannot be read is left out and told: the
    /// present must not be taken for it.
    async fn read_past(&self, beat: &mut Beat, asked: &Asked) -> Read {
        let open = self.branch_of(asked).await;
        let held_from = open.as_ref().map(|open| open.branch.from);
        let values = match &open {
            None => {
                self.store
                    .state_at(asked.moment, asked.knowledge, &mut beat.spare)
                    .await
            }
            Some(open) => {
                let into = (&mut beat.spare, &mut beat.assumed);
                self.branch_state(open, asked.moment, asked.knowledge, into)
                    .await
            }
        };
        if let Err(error) = values {
            self.tell(&error);
            beat.spare.clear();
        }
        let moment = held_from.map_or(asked.moment, |from| asked.moment.min(from));
        self.reach_facts(moment).await;
        let events = self.store.events_at(moment, asked.knowledge).await;
        let cameras = self.store.camera_states_at(moment, asked.knowledge).await;
        let (since, played) = self.play_through(beat, asked).await;
        Read {
            events: self.or_told(events),
            cameras: self.or_told(cameras),
            played,
            since,
            held_from,
        }
    }

    async fn branch_of(&self, asked: &Asked) -> Option<OpenBranch> {
        let id = asked.branch.as_deref()?;
        match self.open_branch(id).await {
            Ok(open) => open,
            Err(error) => {
                self.tell(&error);
                None
            }
        }
    }

    /// Reads the facts around `moment` unless they are there.
    async fn reach_facts(&self, moment: UtcMillis) {
        let is_there = self
            .live()
            .facts
            .as_ref()
            .is_some_and(|log| log.covers(moment));
        if is_there {
            return;
        }
        let reach = reach_of(moment);
        // Facts on their way to the store: noted before it is read and after, so that none slips through in between.
        let on_their_way = self.live().facts_on_their_way();
        let facts = self.store.facts_between(reach.0, reach.1).await;
        let mut log = FactLog::new(reach, &self.or_told(facts));
        let mut live = self.live();
        for fact in on_their_way.iter().chain(&live.facts_on_their_way()) {
            log.note(fact);
        }
        live.facts = Some(log);
    }

    /// Runs the rules over every value since the moment shown last, so that nothing that came and went in between is missed.
    /// Returns that moment, and the alarms that were there since; nothing unless the clock plays forward.
    async fn play_through(
        &self,
        beat: &mut Beat,
        asked: &Asked,
    ) -> (Option<UtcMillis>, Vec<Alarm>) {
        let before = beat
            .shown
            .as_ref()
            .filter(|shown| {
                let played_s = asked.moment.seconds_since(shown.moment);
                asked.plays_on
                    && shown.knowledge == asked.knowledge
                    && shown.branch.is_none()
                    && (0.0..=MAX_PLAYED_S).contains(&played_s)
            })
            .map(|shown| shown.moment);
        let Some(before) = before else {
            beat.played = None;
            return (None, Vec::new());
        };
        let mut playing = beat.played.take().unwrap_or_else(|| {
            let live = self.live();
            Played::new(&live.state, &live.past.alarms, before)
        });
        let mut from = before;
        while from < asked.moment {
            let to = UtcMillis(from.0.saturating_add(PIECE_MS)).min(asked.moment);
            let read = self
                .store
                .history()
                .changes_between(from, to, &mut beat.rows)
                .await;
            if let Err(error) = read {
                self.tell(&error);
                break;
            }
            observe_all(&self.live(), &mut playing, &beat.rows, asked);
            from = to;
        }
        let played = playing.there_since(before);
        beat.played = Some(playing);
        (Some(before), played)
    }

    /// Counts what became known only after the moment shown: once a moment, and while the clock plays once a second.
    async fn count_learnt(&self, beat: &mut Beat, now: UtcMillis) {
        let second = Some(now.0.div_euclid(1_000));
        let Some(shown) = beat.shown.clone() else {
            return;
        };
        let is_counted = beat.counted.as_ref() == Some(&shown);
        if is_counted || (shown.plays_on && beat.counted_second == second) {
            return;
        }
        beat.counted = Some(shown.clone());
        beat.counted_second = second;
        let learnt = if shown.branch.is_some() {
            0
        } else {
            match self.learnt_after(beat, &shown).await {
                Ok(learnt) => learnt,
                Err(error) => {
                    self.tell(&error);
                    0
                }
            }
        };
        let mut live = self.live();
        if live.past.learnt_later != learnt {
            live.past.learnt_later = learnt;
            live.changed = true;
        }
    }

    async fn learnt_after(&self, beat: &mut Beat, shown: &Asked) -> Result<u32, StoreError> {
        let other = match shown.knowledge {
            Knowledge::Now => Knowledge::Then,
            Knowledge::Then => Knowledge::Now,
        };
        self.store
            .state_at(shown.moment, other, &mut beat.spare)
            .await?;
        let events = self.store.events_at(shown.moment, other).await?;
        let live = self.live();
        let shown_events: Vec<&Event> = live.shown_events().shown().collect();
        let other_events: Vec<&Event> = events.iter().collect();
        let shown_columns = live.state.past_columns();
        let (values, events) = match shown.knowledge {
            Knowledge::Then => (
                newer_values(shown_columns, &beat.spare),
                other_versions(&shown_events, &other_events),
            ),
            Knowledge::Now => (
                newer_values(&beat.spare, shown_columns),
                other_versions(&other_events, &shown_events),
            ),
        };
        let facts = live
            .facts
            .as_ref()
            .map_or(0, |log| log.learnt_after(shown.moment));
        Ok(values.saturating_add(events).saturating_add(facts))
    }

    async fn look_an_hour_back(&self, beat: &mut Beat, moment: UtcMillis, now: UtcMillis) {
        let then = moment.plus_seconds(-3_600.0);
        let second = Some(now.0.div_euclid(1_000));
        let is_near = beat
            .hour_ago_asked
            .is_some_and(|asked| then.seconds_since(asked).abs() < HOUR_AGO_EVERY_S);
        if is_near || beat.hour_ago_second == second {
            return;
        }
        beat.hour_ago_asked = Some(then);
        beat.hour_ago_second = second;
        let read = self
            .store
            .state_at(then, Knowledge::Now, &mut beat.spare)
            .await;
        let mut live = self.live();
        match read {
            Ok(()) => {
                std::mem::swap(&mut live.hour_ago.columns, &mut beat.spare);
                live.hour_ago.at = Some(then);
            }
            Err(error) => {
                live.hour_ago.at = None;
                drop(live);
                self.tell(&error);
            }
        }
    }

    fn or_told<T: Default>(&self, read: Result<T, StoreError>) -> T {
        read.unwrap_or_else(|error| {
            self.tell(&error);
            T::default()
        })
    }
}

/// Shows what was read of `asked`.
fn show_read(live: &mut Live, values: &mut Columns, asked: &Asked, read: Read) {
    live.state.show_past(values, read.held_from);
    live.state.show_past_cameras(&read.cameras);
    live.past.moment = asked.moment;
    let present = &live.events;
    let session = &mut live.past.session;
    live.past
        .events
        .get_or_insert_with(|| {
            *session = session.wrapping_add(1);
            present.past(*session)
        })
        .show_only(read.events);
    let moment = read
        .held_from
        .map_or(asked.moment, |from| asked.moment.min(from));
    let told = live
        .facts
        .as_ref()
        .map(|log| log.alarms_at(moment, asked.knowledge, read.since))
        .unwrap_or_default();
    let mut told = with_played(told, read.played);
    if let Some(from) = read.held_from {
        told.retain(|alarm| !is_assumed_away(live, alarm, from));
    }
    let mut alarms = alarms_at(values_shown(live), told);
    alarms.sort_by(worst_first);
    live.past.alarms = alarms;
    live.past.handled = live
        .facts
        .as_ref()
        .map(|log| log.handled_at(moment, asked.knowledge))
        .unwrap_or_default();
    live.changed = true;
}

/// True when somebody assumed, after `from`, a value of the alarm's series that is within its limits.
fn is_assumed_away(live: &Live, alarm: &Alarm, from: UtcMillis) -> bool {
    let Some(row) = live.state.series_row(&alarm.datastream) else {
        return false;
    };
    let (Some(series), Some(reading)) = (live.state.series_at(row), live.state.readings().get(row))
    else {
        return false;
    };
    reading.happened_at >= from && series.datastream.limits.met_by(reading.value).is_none()
}

fn values_shown(live: &Live) -> impl Iterator<Item = (&Datastream, Reading)> {
    let readings = live.state.readings();
    let rows = live.state.series().iter().enumerate();
    rows.filter_map(move |(row, series)| Some((&series.datastream, readings.get(row as u32)?)))
}

/// Runs the rules over `rows`, which are in the order of their moments.
fn observe_all(live: &Live, playing: &mut Played, rows: &[Row], asked: &Asked) {
    for row in rows {
        if asked.knowledge == Knowledge::Then && row.is_late() && row.known_at > asked.moment.0 {
            continue;
        }
        let Some(place) = live.state.row_of_number(row.series) else {
            continue;
        };
        let reading = Reading {
            happened_at: UtcMillis(row.happened_at),
            value: row.value,
            quality: row.quality,
        };
        playing.observe(&live.state, place, reading);
    }
}

/// True when the wall clock was set between the two.
fn is_jump(before: UtcMillis, now: UtcMillis) -> bool {
    !(0.0..=JUMP_S).contains(&now.seconds_since(before))
}

/// In how many series `now` has a newer value than `then`.
fn newer_values(then: &Columns, now: &Columns) -> u32 {
    let known = then.times().iter().copied().chain(std::iter::repeat(NEVER));
    now.times()
        .iter()
        .zip(known)
        .filter(|(now, then)| **now > *then)
        .count() as u32
}

/// How many events `now` has that `then` does not, or has otherwise.
fn other_versions(then: &[&Event], now: &[&Event]) -> u32 {
    let known: BTreeMap<&EventId, &Event> = then.iter().map(|event| (&event.id, *event)).collect();
    now.iter()
        .filter(|event| {
            known.get(&event.id).is_none_or(|then| {
                (then.status, then.level, &then.title) != (event.status, event.level, &event.title)
            })
        })
        .count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::tests::event;
    use cim_model::{EventStatus, Quality};

    #[test]
    fn a_clock_that_is_set_has_jumped_and_one_that_runs_has_not() {
        let now = UtcMillis(1_000_000);
        assert!(!is_jump(now, now.plus_seconds(0.2)));
        assert!(!is_jump(now, now));
        assert!(is_jump(now, now.plus_seconds(-3_600.0)));
        assert!(is_jump(now, now.plus_seconds(3_600.0)));
    }

    #[test]
    fn what_became_known_later_is_counted_by_series_and_by_event() {
        let columns = |moments: &[i64]| {
            let mut columns = Columns::new();
            for (series, moment) in moments.iter().enumerate() {
                columns.set(&Row {
                    series: series as u32,
                    quality: Quality::Good,
                    happened_at: *moment,
                    known_at: *moment,
                    value: 1.0,
                });
            }
            columns
        };
        assert_eq!(newer_values(&columns(&[5, 5]), &columns(&[5, 9, 1])), 2);
        assert_eq!(newer_values(&columns(&[5, 9, 1]), &columns(&[5])), 0);

        let first = event(1, 1_000);
        let closed = Event {
            status: EventStatus::Closed,
            ..event(1, 1_000)
        };
        let second = event(2, 2_000);
        assert_eq!(other_versions(&[&first], &[&closed, &second]), 2);
        assert_eq!(other_versions(&[&first, &second], &[&first, &second]), 0);
    }
}
