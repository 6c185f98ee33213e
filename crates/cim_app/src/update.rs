//! The lists, counts and figures that the UI shows, made whole from what the desk knows.

use crate::{
    alarms::{alarms_at, worst_first},
    board::{ActiveAlarms, Look, figures},
    clock::dto_from_clock,
    events::was_known,
    live::Live,
    wire::{AlarmRow, DeskUpdate, EventRow},
};
use cim_model::{Alarm, Datastream, Event, Freshness, Reading, Severity, UtcMillis};

/// How many rows a list has at most; the rest is counted, not sent.
pub(crate) const MAX_ROWS: usize = 500;

/// What the UI shows at wall time `now`.
pub(crate) fn build(live: &mut Live, now: UtcMillis) -> DeskUpdate {
    let observations_per_second = live.rate.per_second(now);
    let live = &*live;
    let moment = live.moment(now);
    let alarms = alarms_shown(live, moment);
    let active = active_among(&alarms);
    let shown = Look {
        readings: live.state.readings(),
        at: moment,
    };
    let hour_ago = live.hour_ago.as_ref().map(|then| Look {
        readings: &then.readings,
        at: then.at,
    });
    let things = live.state.things().len() as u32;
    let things_late = (0..things)
        .filter(|row| live.state.thing_state(shown.readings, *row, moment).1 != Freshness::Fresh)
        .count() as u32;
    DeskUpdate {
        now: now.0,
        shown: moment.0,
        clock: dto_from_clock(live.clock),
        connection: live.connection.clone(),
        newest: live.state.newest().map(|at| at.0),
        alarm_counts: counts_of(alarms.iter().map(|alarm| alarm.severity)),
        alarms: alarms
            .iter()
            .take(MAX_ROWS)
            .map(|alarm| alarm_row(live, alarm, moment))
            .collect(),
        events: event_rows(events_shown(live, moment)),
        figures: figures(
            &live.state,
            events_shown(live, moment),
            active,
            shown,
            hour_ago,
        ),
        things,
        things_late,
        city: live.cities_opened,
        observations_per_second,
        // Acknowledgements stay on this desk: the hub has no door for them, so none waits to go there.
        queued: 0,
        problems: live.problems.iter().cloned().collect(),
        tiles: live.tiles,
        memory: live.memory,
    }
}

/// Rows of `events`, newest first.
pub(crate) fn event_rows<'a>(events: impl Iterator<Item = &'a Event>) -> Vec<EventRow> {
    let mut events: Vec<&Event> = events.collect();
    events.sort_by(|a, b| {
        b.happened_at
            .cmp(&a.happened_at)
            .then_with(|| a.id.cmp(&b.id))
    });
    events
        .into_iter()
        .take(MAX_ROWS)
        .map(EventRow::from)
        .collect()
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

/// The alarms that need attention at `moment`, worst first.
fn alarms_shown(live: &Live, moment: UtcMillis) -> Vec<Alarm> {
    let mut alarms: Vec<Alarm> = if live.state.shows_past() {
        alarms_at(values_shown(live), &live.alarms, moment)
    } else {
        live.alarms.attention().cloned().collect()
    };
    alarms.sort_by(worst_first);
    alarms
}

fn values_shown(live: &Live) -> impl Iterator<Item = (&Datastream, Reading)> {
    let rows = live.state.series().iter().enumerate();
    rows.filter_map(move |(row, series)| Some((&series.datastream, live.state.shown(row as u32)?)))
}

fn active_among(alarms: &[Alarm]) -> ActiveAlarms {
    let mut active = ActiveAlarms::default();
    for alarm in alarms.iter().filter(|alarm| alarm.cleared_at.is_none()) {
        active.count += 1;
        active.worst = active.worst.max(alarm.severity);
    }
    active
}

fn events_shown(live: &Live, moment: UtcMillis) -> impl Iterator<Item = &Event> {
    let past = live.state.shows_past();
    live.events
        .rows()
        .iter()
        .filter(move |event| !past || was_known(event, moment))
}

fn alarm_row(live: &Live, alarm: &Alarm, moment: UtcMillis) -> AlarmRow {
    let row = live.state.series_row(&alarm.datastream);
    let series = row.and_then(|row| live.state.series_at(row));
    let thing = series
        .and_then(|series| series.thing)
        .and_then(|thing| live.state.thing(thing));
    let freshness = row.map_or(Freshness::Missing, |row| {
        live.state.freshness(live.state.readings(), row, moment)
    });
    AlarmRow {
        id: alarm.id.to_string(),
        thing_id: alarm.thing.to_string(),
        // A device that left the catalogue is named by what is left of it.
        name: thing.map_or_else(|| alarm.thing.to_string(), |row| row.thing.name.clone()),
        sensor_kind: thing
            .map(|row| row.thing.kind)
            .unwrap_or_default()
            .as_str()
            .to_owned(),
        severity: alarm.severity.into(),
        value: alarm.value,
        limit: alarm.limit,
        unit: series
            .map(|series| series.datastream.unit.clone())
            .unwrap_or_default(),
        since: alarm.since.0,
        active: alarm.cleared_at.is_none(),
        acknowledged_by: alarm.acknowledged.as_ref().map(|(_, by)| by.clone()),
        freshness: freshness.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        events::tests::event,
        state::tests::{gas_sensor, observed},
        wire::{ConnectionDto, SeverityDto},
    };
    use cim_model::{Clock, Limits};

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
    fn the_past_shows_its_own_values_and_only_what_was_known() {
        let mut live = live(1);
        live.apply_observations(vec![observed(0, 999_000, 12.0)], NOW);
        live.apply_events(vec![event(1, 400_000), event(2, 800_000)]);
        live.clock = Clock::At(UtcMillis(500_000));
        live.past_moment = UtcMillis(500_000);
        live.state.show_past(&[observed(0, 499_000, 3.0)]);
        let update = build(&mut live, NOW);
        assert_eq!(
            (update.shown, update.alarms.len(), update.events.len()),
            (500_000, 0, 1)
        );
        assert_eq!(update.newest, Some(999_000));
    }
}
