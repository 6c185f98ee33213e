//! The lists, counts and figures that the UI shows, made whole from what the desk knows.

use crate::{
    board::{ActiveAlarms, Look, figures},
    clock::dto_from_clock,
    convert::knowledge_dto,
    exchange::{Exchanged, exercise},
    facts::{rule_of, subject_of},
    live::Live,
    readings::Readings,
    wire::{AlarmRow, DeskUpdate, EventRow, LiveAlarmsDto},
};
use cim_model::{Alarm, Event, Freshness, Severity, UtcMillis};
use std::borrow::Cow;

/// How many rows a list has at most; the rest is counted, not sent.
pub(crate) const MAX_ROWS: usize = 500;

/// What the UI shows at wall time `now`.
pub(crate) fn build(live: &mut Live, now: UtcMillis) -> DeskUpdate {
    let observations_per_second = live.rate.per_second(now);
    live.alarms.look();
    live.event_desk.look(now);
    let live = &*live;
    let moment = live.moment(now);
    let alarms = alarms_shown(live);
    let active = active_among(&alarms);
    let shown = Look {
        readings: live.state.readings(),
        at: moment,
    };
    let hour_ago = live.hour_ago().map(|(readings, at)| Look { readings, at });
    let things = live.state.things().len() as u32;
    let things_late = (0..things)
        .filter(|row| live.state.thing_state(shown.readings, *row, moment).1 != Freshness::Fresh)
        .count() as u32;
    DeskUpdate {
        now: now.0,
        shown: moment.0,
        clock: dto_from_clock(&live.clock),
        connection: live.connection.clone(),
        newest: live.state.newest().map(|at| at.0),
        alarm_counts: counts_of(alarms.iter().map(|alarm| alarm.severity)),
        alarms: alarms
            .iter()
            .take(MAX_ROWS)
            .map(|alarm| alarm_row(live, alarm, shown.readings, moment))
            .collect(),
        events: event_rows(
            &live.exchanged,
            live.shown_events().shown().chain(notes(live)),
        ),
        figures: figures(
            &live.state,
            live.shown_events().shown(),
            active,
            shown,
            hour_ago,
        ),
        things,
        things_late,
        city: live.cities_opened,
        observations_per_second,
        queued: live.exchanged.counts.waiting,
        problems: live.problems.iter().cloned().collect(),
        tiles: live.tiles,
        memory: live.memory,
        knowledge: knowledge_dto(live.knowledge),
        learnt_later: if live.state.shows_past() {
            live.past.learnt_later
        } else {
            0
        },
        live_alarms: live_alarms(live, now),
        alarm_board: live.alarms.board(&live.state, &live.language),
        event_board: live.event_desk.board(),
        duty_revision: live.event_desk.duty.revision() as f64,
        video: live.video.clone(),
        history: live.history.clone(),
        task: live.task.clone(),
        sources: live.exchanged.source_counts(),
        outbox: live.exchanged.outbox_dto(),
        presence: live.exchanged.presence_rows(),
        shared: live.exchanged.shared_rows(),
        exercise: exercise(live.shown_events().shown()),
        layers_revision: live.layers.revision() as f64,
    }
}

/// What happened at fences; a past moment shows its own events only.
fn notes(live: &Live) -> impl Iterator<Item = &Event> {
    let is_past = live.state.shows_past();
    live.layers.notes().filter(move |_| !is_past)
}

/// What asks for attention in the present and nobody has acknowledged, also while the past is shown.
fn live_alarms(live: &Live, now: UtcMillis) -> LiveAlarmsDto {
    let attention = live.alarms.attention().iter();
    let mut open = attention.filter(|alarm| alarm.acknowledged.is_none());
    LiveAlarmsDto {
        counts: counts_of(open.clone().map(|alarm| alarm.severity)),
        // The worst come first, of these the newest.
        newest: open
            .next()
            .map(|alarm| alarm_row(live, alarm, live.state.live_readings(), now)),
    }
}

/// Rows of `events`, newest first.
pub(crate) fn event_rows<'a>(
    exchanged: &Exchanged,
    events: impl Iterator<Item = &'a Event>,
) -> Vec<EventRow> {
    let mut events: Vec<&Event> = events.collect();
    events.sort_by(|a, b| {
        b.happened_at
            .cmp(&a.happened_at)
            .then_with(|| a.id.cmp(&b.id))
    });
    events
        .into_iter()
        .take(MAX_ROWS)
        .map(|event| event_row(exchanged, event))
        .collect()
}

/// The row of `event`, with what is on its way to the hub.
pub(crate) fn event_row(exchanged: &Exchanged, event: &Event) -> EventRow {
    let (event, unsynced) = exchanged.edited(event);
    EventRow {
        unsynced,
        ..EventRow::from(&event)
    }
}

/// How many there are of each severity: critical, high, medium, low.
pub(crate) fn counts_of(severities: impl Iterator<Item = Severity>) -> [u32; 4] {
    let mut counts = [0; 4];
    for severity in severities {
        count_in(&mut counts, severity);
    }
    counts
}

/// Counts one more of `severity`.
pub(crate) fn count_in(counts: &mut [u32; 4], severity: Severity) {
    if let Some(place) = Severity::ALARMING
        .iter()
        .position(|known| *known == severity)
    {
        counts[place] += 1;
    }
}

/// The alarms at the moment shown, worst first, without those that people had put out of the list.
fn alarms_shown(live: &Live) -> Cow<'_, [Alarm]> {
    if !live.state.shows_past() {
        return Cow::Borrowed(live.alarms.attention());
    }
    let past = &live.past;
    let is_hidden = |alarm: &Alarm| past.handled.hides(alarm, past.moment);
    if past.alarms.iter().any(is_hidden) {
        let seen = past.alarms.iter().filter(|alarm| !is_hidden(alarm));
        return seen.cloned().collect();
    }
    Cow::Borrowed(&past.alarms)
}

fn active_among(alarms: &[Alarm]) -> ActiveAlarms {
    let mut active = ActiveAlarms::default();
    for alarm in alarms.iter().filter(|alarm| alarm.cleared_at.is_none()) {
        active.count += 1;
        active.worst = active.worst.max(alarm.severity);
    }
    active
}

/// The row of `alarm`, whose series reads `readings` at `moment`.
fn alarm_row(live: &Live, alarm: &Alarm, readings: Readings<'_>, moment: UtcMillis) -> AlarmRow {
    let row = live.state.series_row(&alarm.datastream);
    let series = row.and_then(|row| live.state.series_at(row));
    let thing = live
        .state
        .thing_row(alarm.thing.as_str())
        .and_then(|thing| live.state.thing(thing));
    let is_own = rule_of(alarm.id.as_str()).is_none();
    let newest = row
        .filter(|_| is_own && alarm.cleared_at.is_none())
        .and_then(|row| readings.get(row));
    let freshness = row.map_or(Freshness::Missing, |row| {
        live.state.freshness(readings, row, moment)
    });
    AlarmRow {
        id: alarm.id.to_string(),
        thing_id: alarm.thing.to_string(),
        // A device that left the catalogue is named by what is left of it.
        name: thing.map_or_else(|| name_left(alarm).to_owned(), |row| row.thing.name.clone()),
        sensor_kind: thing
            .map(|row| row.thing.kind)
            .unwrap_or_default()
            .as_str()
            .to_owned(),
        severity: alarm.severity.into(),
        value: shown_number(newest.map_or(alarm.value, |reading| reading.value)),
        limit: shown_number(alarm.limit),
        unit: series
            .map(|series| series.datastream.unit.clone())
            .unwrap_or_default(),
        since: alarm.since.0,
        active: alarm.cleared_at.is_none(),
        acknowledged_by: alarm.acknowledged.as_ref().map(|(_, by)| by.clone()),
        freshness: freshness.into(),
    }
}

/// What is left of the name of an alarm's device that is not in the catalogue, or of an area.
fn name_left(alarm: &Alarm) -> &str {
    let thing = alarm.thing.as_str();
    if thing.is_empty() {
        subject_of(alarm.id.as_str())
    } else {
        thing
    }
}

/// A number as lists show it; rules without one have a 0.
fn shown_number(value: f64) -> f64 {
    if value.is_finite() { value } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        events::tests::event,
        state::tests::{gas_sensor, number, observed, show_past},
        wire::{ConnectionDto, SeverityDto},
    };
    use cim_alarm::{Act, Level, Operator};
    use cim_model::{AlarmId, Clock, Datastream, EventLevel, Limits, Standing};
    use std::sync::Arc;

    const NOW: UtcMillis = UtcMillis(1_000_000);

    fn live(count: u32) -> Live {
        let mut live = Live::new("en".to_owned(), ConnectionDto::NoHub, None);
        let (things, datastreams): (Vec<_>, Vec<_>) = (0..count).map(gas_sensor).unzip();
        let limits = Limits {
            above_medium: Some(10.0),
            above_critical: Some(50.0),
            ..Limits::default()
        };
        let datastreams = datastreams
            .into_iter()
            .map(|series| Datastream { limits, ..series });
        live.apply_catalogue(things, datastreams.collect(), Vec::new());
        number(&mut live.state);
        live
    }

    #[test]
    fn the_worst_alarm_is_on_top_and_among_equals_the_newest() {
        let mut live = live(3);
        live.apply_observations(
            vec![
                observed(0, 990_000, 12.0),
                observed(1, 980_000, 60.0),
                observed(2, 998_000, 12.0),
            ],
            NOW,
        );
        let update = build(&mut live, NOW);
        let order: Vec<&str> = update.alarms.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(order, ["d1@980000", "d2@998000", "d0@990000"]);
        assert_eq!(update.alarm_counts, [1, 0, 2, 0]);
        assert_eq!(update.alarms[0].severity, SeverityDto::Critical);
        assert_eq!((update.things, update.things_late), (3, 2));
    }

    #[test]
    fn an_exercise_is_listed_and_counted_apart_but_in_no_count_and_never_rings() {
        let mut live = live(1);
        live.apply_observations(vec![observed(0, 999_000, 1.0)], NOW);
        let quiet = build(&mut live, NOW);
        live.apply_events(vec![Event {
            level: EventLevel::I,
            standing: Standing::Exercise,
            ..event(1, 990_000)
        }]);
        let update = build(&mut live, NOW);
        assert_eq!(update.events.len(), 1);
        assert_eq!(update.exercise.map(|told| told.events), Some(1));
        assert_eq!(update.alarm_counts, [0; 4]);
        assert_eq!(update.live_alarms.counts, [0; 4]);
        assert!(update.live_alarms.newest.is_none() && update.alarms.is_empty());
        assert_eq!(update.figures, quiet.figures);
    }

    #[test]
    fn long_lists_are_cut_and_counted_whole() {
        let mut live = live(600);
        live.apply_observations((0..600).map(|n| observed(n, 999_000, 12.0)).collect(), NOW);
        live.apply_events((0..600).map(|n| event(n, i64::from(n))).collect());
        let update = build(&mut live, NOW);
        assert_eq!(
            (update.alarms.len(), update.alarm_counts),
            (MAX_ROWS, [0, 0, 600, 0])
        );
        assert_eq!(
            (update.events.len(), update.events[0].happened_at),
            (MAX_ROWS, 599)
        );
    }

    #[test]
    fn the_past_shows_its_own_alarms_and_events_and_the_present_goes_on_ringing() {
        let mut live = live(2);
        live.apply_observations(
            vec![observed(0, 999_000, 12.0), observed(1, 998_000, 60.0)],
            NOW,
        );
        live.apply_events(vec![event(1, 400_000), event(2, 800_000)]);
        live.clock = Clock::At(UtcMillis(500_000));
        live.past.moment = UtcMillis(500_000);
        live.past.learnt_later = 3;
        let mut past = live.events.past(1);
        past.show_only(vec![event(1, 400_000)]);
        live.past.events = Some(past);
        show_past(&mut live.state, &[observed(0, 499_000, 3.0)]);
        let update = build(&mut live, NOW);
        assert_eq!(
            (update.shown, update.alarms.len(), update.events.len()),
            (500_000, 0, 1)
        );
        assert_eq!((update.newest, update.learnt_later), (Some(999_000), 3));
        assert_eq!(update.live_alarms.counts, [1, 0, 1, 0]);
        let newest = update.live_alarms.newest.expect("the worst");
        assert_eq!(
            (newest.id.as_str(), newest.freshness),
            ("d1@998000", crate::wire::FreshnessDto::Fresh)
        );
        let who = Operator {
            name: Arc::from("Li"),
            level: Level::Officer,
        };
        let seen = Act::Acknowledge {
            comment: String::new(),
        };
        live.act_on(&AlarmId::new("d1@998000"), &seen, &who, NOW)
            .expect("it is there");
        let update = build(&mut live, NOW);
        assert_eq!(update.live_alarms.counts, [0, 0, 1, 0]);
    }
}
