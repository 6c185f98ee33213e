//! Everything that the desk knows at this moment, and what each message changes in it. No I/O: what must be written
//! down waits in [`Pending`] until the desk takes it to the store.

mod alarms;
mod cases;

pub(crate) use cases::{Joining, TakenIn};

use crate::{
    ahead::Ahead,
    alarm_desk::Alarms,
    block_rows::BlockRows,
    city::City,
    event_desk::EventDesk,
    events::Events,
    exchange::{Exchanged, is_for_hub},
    fact_log::{FactLog, HandledThen},
    layers::Layers,
    pending::Pending,
    readings::Readings,
    showing::Showing,
    state::{Applied, MAX_AHEAD_S, State},
    wire::{ConnectionDto, HistoryDto, LookDto, MemoryDto, ProblemDto, TaskDto, VideoBoardDto},
};
use cim_model::{
    Alarm, Camera, Clock, Datastream, Event, Layer, Observation, ObservationBlock, Reading,
    Severity, Thing, UtcMillis,
};
use cim_store::{Cached, Columns, Fact, Knowledge, Row};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

/// How many problems are shown; the oldest go first.
pub(crate) const MAX_PROBLEMS: usize = 20;

/// What a past moment shows beside its readings.
pub(crate) struct Past {
    /// The moment whose readings are shown; unused while the newest are.
    pub(crate) moment: UtcMillis,
    /// Its alarms, worst first.
    pub(crate) alarms: Vec<Alarm>,
    /// What people had done to them.
    pub(crate) handled: HandledThen,
    /// Its events; `None` while the present is shown.
    pub(crate) events: Option<Events>,
    /// Counts the times that the past was entered.
    pub(crate) session: u32,
    /// How much became known after it.
    pub(crate) learnt_later: u32,
    /// True when it must be read again, although the clock did not move.
    pub(crate) is_stale: bool,
}

/// How the city was an hour before the moment shown.
pub(crate) struct HourAgo {
    /// The moment; `None` when nothing is known of it.
    pub(crate) at: Option<UtcMillis>,
    /// What held then, by the store's numbers.
    pub(crate) columns: Columns,
}

/// Everything that the desk knows at this moment.
pub(crate) struct Live {
    pub(crate) state: State,
    pub(crate) alarms: Alarms,
    pub(crate) events: Events,
    /// Every case, with plans, dispatches and the duty log.
    pub(crate) event_desk: EventDesk,
    pub(crate) layers: Layers,
    /// The names that alarm, as the twin was told.
    pub(crate) label_alarms_told: Vec<(u32, Severity)>,
    pub(crate) city: Option<Arc<City>>,
    /// Counts the cities opened.
    pub(crate) cities_opened: u32,
    pub(crate) clock: Clock,
    /// Which knowledge a past moment is seen with.
    pub(crate) knowledge: Knowledge,
    pub(crate) past: Past,
    pub(crate) hour_ago: HourAgo,
    /// The facts around the moment shown; `None` until the past was looked at.
    pub(crate) facts: Option<FactLog>,
    /// What is kept of the past, as it is told.
    pub(crate) history: HistoryDto,
    /// Stretches that turned out to be damaged and are to be fetched from the hub once more.
    pub(crate) refetch: Vec<(UtcMillis, UtcMillis)>,
    /// The long work under way.
    pub(crate) task: Option<TaskDto>,
    /// How the video desk stands, as it is told.
    pub(crate) video: VideoBoardDto,
    /// The branches there are, by identity, with the moments where they leave the past.
    pub(crate) branches: BTreeMap<String, UtcMillis>,
    /// Sources, outbox and company.
    pub(crate) exchanged: Exchanged,
    /// Which row of the state each series of the newest block has.
    block_rows: BlockRows,
    pub(crate) connection: ConnectionDto,
    pub(crate) hub_name: String,
    pub(crate) hub_url: Option<String>,
    pub(crate) language: String,
    pub(crate) history_from: Option<UtcMillis>,
    /// When this cache was begun. What happened before counts as known when it happened: nobody sat here who did not know it.
    pub(crate) begun_at: UtcMillis,
    pub(crate) problems: VecDeque<ProblemDto>,
    pub(crate) rate: Rate,
    pub(crate) tiles: [u32; 2],
    /// What the twin's city model takes.
    pub(crate) memory: MemoryDto,
    /// What it may take, MiB; `None` until somebody chose.
    pub(crate) budget_mib: Option<u32>,
    /// How single features differ from their class in the picture.
    pub(crate) showing: Showing,
    /// How the twin is to look; `None` until somebody chose.
    pub(crate) look: Option<LookDto>,
    pub(crate) pending: Pending,
    /// Facts that are being written down.
    pub(crate) unwritten: Vec<Fact>,
    /// Values ahead of the clock.
    pub(crate) ahead: Ahead,
    /// True when something changed that an update would show.
    pub(crate) changed: bool,
}

impl Live {
    /// A desk that knows nothing yet.
    pub(crate) fn new(
        language: String,
        connection: ConnectionDto,
        hub_url: Option<String>,
    ) -> Self {
        Self {
            state: State::default(),
            alarms: Alarms::default(),
            events: Events::default(),
            event_desk: EventDesk::default(),
            layers: Layers::default(),
            label_alarms_told: Vec::new(),
            city: None,
            cities_opened: 0,
            clock: Clock::Live,
            // A rewound desk shows what was known.
            knowledge: Knowledge::Then,
            past: Past {
                moment: UtcMillis::default(),
                alarms: Vec::new(),
                handled: HandledThen::default(),
                events: None,
                session: 0,
                learnt_later: 0,
                is_stale: false,
            },
            hour_ago: HourAgo {
                at: None,
                columns: Columns::new(),
            },
            facts: None,
            history: HistoryDto::default(),
            refetch: Vec::new(),
            task: None,
            video: VideoBoardDto::default(),
            branches: BTreeMap::new(),
            exchanged: Exchanged::default(),
            block_rows: BlockRows::default(),
            connection,
            hub_name: String::new(),
            hub_url,
            language,
            history_from: None,
            begun_at: UtcMillis(i64::MIN),
            problems: VecDeque::new(),
            rate: Rate::default(),
            tiles: [0, 0],
            memory: MemoryDto::default(),
            budget_mib: None,
            showing: Showing::default(),
            look: None,
            pending: Pending::default(),
            unwritten: Vec::new(),
            ahead: Ahead::default(),
            changed: true,
        }
    }

    /// The moment whose readings are shown.
    pub(crate) fn moment(&self, now: UtcMillis) -> UtcMillis {
        if self.state.shows_past() {
            self.past.moment
        } else {
            now
        }
    }

    /// The events at the moment shown.
    pub(crate) fn shown_events(&self) -> &Events {
        self.past
            .events
            .as_ref()
            .filter(|_| self.state.shows_past())
            .unwrap_or(&self.events)
    }

    /// How the city was an hour before the moment shown, and when that was; `None` when nothing is known of it.
    pub(crate) fn hour_ago(&self) -> Option<(Readings<'_>, UtcMillis)> {
        let at = self.hour_ago.at?;
        Some((self.state.past_readings(&self.hour_ago.columns), at))
    }

    /// Writes a fact down with the next beat; the past knows it at once.
    pub(crate) fn tell_fact(&mut self, fact: Fact) {
        if let Some(log) = &mut self.facts {
            log.note(&fact);
        }
        self.event_desk.duty.hear(&fact);
        if is_for_hub(&fact) {
            self.exchanged.note_edit(&fact);
            self.pending
                .queued
                .push((fact.id.clone(), self.exchanged.seq));
        }
        self.pending.facts.push(fact);
    }

    /// Facts that the store may not have yet.
    pub(crate) fn facts_on_their_way(&self) -> Vec<Fact> {
        let on_their_way = self.unwritten.iter().chain(&self.pending.facts);
        on_their_way.cloned().collect()
    }

    /// Takes up what was known when the desk was last closed. `held` are the facts that keep alarms out of the list, however
    /// old they are. Cases come with [`Live::restore_cases`].
    pub(crate) fn apply_cached(
        &mut self,
        cached: Cached,
        (facts, held): (&[Fact], &[Fact]),
        now: UtcMillis,
    ) {
        self.state
            .apply_catalogue(cached.things, cached.datastreams, cached.cameras);
        self.events.apply(cached.events);
        self.history_from = cached.oldest;
        let problems = self.alarms.restore(&self.state, facts, held, now);
        self.tell_problems(problems, now);
        for observation in &cached.latest {
            self.take(observation, now, observation.happened_at);
        }
        // What the cache told is no traffic of this session.
        self.rate = Rate::default();
        self.changed = true;
    }

    /// Takes new and changed devices, series and cameras.
    pub(crate) fn apply_catalogue(
        &mut self,
        things: Vec<Thing>,
        datastreams: Vec<Datastream>,
        cameras: Vec<Camera>,
    ) {
        self.state.apply_catalogue(things, datastreams, cameras);
        self.changed = true;
    }

    /// Takes new and changed events for pins and lists; cases come with [`Live::take_hub_events`].
    pub(crate) fn apply_events(&mut self, events: Vec<Event>) {
        self.events.apply(events);
        self.changed = true;
    }

    /// Takes observations: newest values, alarms, and what history must keep. Allocates nothing for those in order of
    /// series that are known.
    pub(crate) fn apply_observations(&mut self, observations: Vec<Observation>, now: UtcMillis) {
        let mut oldest: Option<UtcMillis> = None;
        for observation in &observations {
            let known_at = self.known_at(observation.happened_at, now);
            let applied = self.take(observation, now, known_at);
            let (Applied::Newest(row) | Applied::Older(row)) = applied else {
                continue;
            };
            if !observation.value.is_finite() {
                continue;
            }
            oldest = Some(oldest.map_or(observation.happened_at, |known| {
                known.min(observation.happened_at)
            }));
            self.keep(row, reading_of(observation), now);
        }
        self.history_from = self.history_from.into_iter().chain(oldest).min();
        self.lose_too_many(now);
        self.changed = true;
    }

    /// Takes many observations: newest values, alarms, and what history must keep. Allocates nothing for those in order of series
    /// that are known.
    pub(crate) fn apply_block(&mut self, block: &ObservationBlock, now: UtcMillis) {
        self.block_rows.learn(block, &self.state);
        let mut oldest = i64::MAX;
        for (place, row) in block.rows.iter().enumerate() {
            let reading = Reading {
                happened_at: row.happened_at,
                value: row.value,
                quality: row.quality,
            };
            let Some(series) = self.block_rows.row(row.series) else {
                if let Some(observation) = block.observation(place) {
                    self.tell_unknown(&observation, now);
                }
                continue;
            };
            let known_at = self.known_at(reading.happened_at, now);
            match self.take_reading(series, reading, now, known_at) {
                Applied::Newest(_) | Applied::Older(_) if reading.value.is_finite() => {
                    oldest = oldest.min(reading.happened_at.0);
                    self.keep(series, reading, now);
                }
                Applied::Ahead => {
                    if let Some(observation) = block.observation(place) {
                        self.keep_ahead(&observation, now);
                    }
                }
                _ => {}
            }
        }
        if oldest < i64::MAX {
            let known = self.history_from.map_or(oldest, |known| known.0);
            self.history_from = Some(UtcMillis(oldest.min(known)));
        }
        self.lose_too_many(now);
        self.changed = true;
    }

    /// Takes the values that were ahead of the clock and are not any more.
    pub(crate) fn take_due(&mut self, now: UtcMillis) {
        let due = self.ahead.take_until(now.plus_seconds(MAX_AHEAD_S));
        if !due.is_empty() {
            self.apply_observations(due, now);
        }
    }

    /// Shows that something arrived broken. The same problem again only moves up.
    pub(crate) fn add_problem(
        &mut self,
        now: UtcMillis,
        source: String,
        place: String,
        reason: String,
    ) {
        self.problems.retain(|known| {
            known.source != source || known.place != place || known.reason != reason
        });
        self.problems.push_front(ProblemDto {
            at: now.0,
            source,
            place,
            reason,
        });
        self.problems.truncate(MAX_PROBLEMS);
        self.changed = true;
    }

    /// Draws a layer.
    pub(crate) fn show_layer(&mut self, layer: Layer) {
        self.layers.switch(layer, true);
        self.changed = true;
    }

    /// Leaves a layer out of the picture.
    pub(crate) fn hide_layer(&mut self, layer: Layer) {
        self.layers.switch(layer, false);
        self.changed = true;
    }

    /// True while the layer is drawn.
    pub(crate) fn shows_layer(&self, layer: Layer) -> bool {
        self.layers.shows(layer)
    }

    fn take(&mut self, observation: &Observation, now: UtcMillis, known_at: UtcMillis) -> Applied {
        let Some(row) = self.state.series_row(&observation.datastream) else {
            self.tell_unknown(observation, now);
            return Applied::UnknownSeries;
        };
        let applied = self.take_reading(row, reading_of(observation), now, known_at);
        if applied == Applied::Ahead {
            self.keep_ahead(observation, now);
        }
        applied
    }

    fn take_reading(
        &mut self,
        row: u32,
        reading: Reading,
        now: UtcMillis,
        known_at: UtcMillis,
    ) -> Applied {
        let applied = self.state.take_reading(row, reading, now, known_at);
        if matches!(applied, Applied::Newest(_)) {
            self.rate.count(now);
            self.watch(row, reading, now);
        }
        applied
    }

    fn tell_unknown(&mut self, observation: &Observation, now: UtcMillis) {
        let place = observation.datastream.to_string();
        let reason = "its series is not in the catalogue".to_owned();
        self.add_problem(now, "observations".to_owned(), place, reason);
    }

    /// Keeps a value that claims to come from the future. One line says so, however many there are.
    fn keep_ahead(&mut self, observation: &Observation, now: UtcMillis) {
        let was_lost = self.ahead.keep(observation.clone());
        let reason = if was_lost {
            "values claim to come from the future; so many wait for the clock that the oldest are lost"
        } else {
            "values claim to come from the future; they wait until the clock has come so far"
        };
        let source = "observations".to_owned();
        self.add_problem(now, source, "clock".to_owned(), reason.to_owned());
    }

    /// History holds something more that happened at `oldest` or later: a past moment that it belongs to is read again.
    pub(crate) fn note_written(&mut self, oldest: Option<i64>, now: UtcMillis) {
        let shown = self.clock.moment(now).0;
        if !self.clock.is_live() && oldest.is_some_and(|oldest| oldest <= shown) {
            self.past.is_stale = true;
        }
    }

    /// When the desk came to know what happened at `happened_at` and arrived at `now`.
    fn known_at(&self, happened_at: UtcMillis, now: UtcMillis) -> UtcMillis {
        if happened_at < self.begun_at {
            happened_at
        } else {
            now
        }
    }

    /// Keeps a value of the series in `row` for history.
    fn keep(&mut self, row: u32, reading: Reading, now: UtcMillis) {
        let number = self.state.number(row);
        let kept = Row {
            series: number.unwrap_or(row),
            quality: reading.quality,
            happened_at: reading.happened_at.0,
            known_at: self.known_at(reading.happened_at, now).0,
            value: reading.value,
        };
        if number.is_some() {
            self.pending.rows.push(kept);
        } else {
            self.pending.unnumbered.push(kept);
        }
    }

    fn lose_too_many(&mut self, now: UtcMillis) {
        let lost = self.pending.lose_too_many();
        if lost > 0 {
            self.tell_lost(lost, now);
        }
    }

    /// Says that observations are missing in history.
    pub(crate) fn tell_lost(&mut self, lost: usize, now: UtcMillis) {
        let reason =
            format!("the store cannot keep up; {lost} observations are missing in history");
        self.add_problem(now, "cache".to_owned(), "observations".to_owned(), reason);
    }
}

/// Counts what is applied per second.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rate {
    second: i64,
    counting: u32,
    last: u32,
}

impl Rate {
    /// One more at `now`.
    pub(crate) fn count(&mut self, now: UtcMillis) {
        self.roll(now);
        self.counting = self.counting.saturating_add(1);
    }

    /// How many came in the last full second before `now`.
    pub(crate) fn per_second(&mut self, now: UtcMillis) -> u32 {
        self.roll(now);
        self.last
    }

    fn roll(&mut self, now: UtcMillis) {
        let second = now.0.div_euclid(1000);
        if second != self.second {
            self.last = if second == self.second + 1 {
                self.counting
            } else {
                0
            };
            self.counting = 0;
            self.second = second;
        }
    }
}

fn reading_of(observation: &Observation) -> Reading {
    Reading {
        happened_at: observation.happened_at,
        value: observation.value,
        quality: observation.quality,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::{gas_sensor, number, observed};
    use cim_alarm::{Act, Level, Operator};
    use cim_model::AlarmId;

    const NOW: UtcMillis = UtcMillis(100_000);

    fn live() -> Live {
        let mut live = Live::new("en".to_owned(), ConnectionDto::NoHub, None);
        let (thing, datastream) = gas_sensor(0);
        live.apply_catalogue(vec![thing], vec![datastream], Vec::new());
        number(&mut live.state);
        live
    }

    #[test]
    fn what_arrives_is_kept_for_history_also_when_it_is_old() {
        let mut live = live();
        live.apply_observations(
            vec![observed(0, 90_000, 1.0), observed(0, 80_000, 1.0)],
            NOW,
        );
        assert_eq!(live.pending.rows.len(), 2);
        assert!(live.pending.rows.iter().all(|row| row.known_at == NOW.0));
        assert_eq!(live.history_from, Some(UtcMillis(80_000)));
    }

    #[test]
    fn what_happened_before_the_cache_was_begun_counts_as_known_then() {
        let mut live = live();
        live.begun_at = UtcMillis(85_000);
        live.apply_observations(
            vec![observed(0, 80_000, 12.0), observed(0, 90_000, 13.0)],
            NOW,
        );
        let known: Vec<i64> = live.pending.rows.iter().map(|row| row.known_at).collect();
        assert_eq!(known, [80_000, NOW.0]);
        let raised = live.pending.facts.first().expect("an alarm");
        assert_eq!(raised.known_at, UtcMillis(80_000));
    }

    #[test]
    fn a_breach_becomes_a_fact() {
        let mut live = live();
        live.apply_observations(
            vec![observed(0, 90_000, 12.0), observed(0, 91_000, 1.0)],
            NOW,
        );
        let verbs: Vec<&str> = live
            .pending
            .facts
            .iter()
            .map(|fact| fact.verb.as_str())
            .collect();
        assert_eq!(verbs, ["alarm_raised", "alarm_cleared"]);
    }

    #[test]
    fn an_alarm_keeps_its_name_and_its_acknowledgement_over_a_restart() {
        let mut before = live();
        before.apply_observations(vec![observed(0, 90_000, 12.0)], NOW);
        let who = Operator {
            name: Arc::from("Li"),
            level: Level::Officer,
        };
        let seen = Act::Acknowledge {
            comment: String::new(),
        };
        before
            .act_on(&AlarmId::new("d0@90000"), &seen, &who, NOW)
            .expect("the alarm");
        let facts = std::mem::take(&mut before.pending.facts);

        let (thing, datastream) = gas_sensor(0);
        let cached = Cached {
            things: vec![thing],
            datastreams: vec![datastream],
            cameras: Vec::new(),
            events: Vec::new(),
            latest: vec![observed(0, 95_000, 13.0)],
            oldest: Some(UtcMillis(90_000)),
            newest: Some(UtcMillis(95_000)),
        };
        let mut after = Live::new("en".to_owned(), ConnectionDto::NoHub, None);
        after.apply_cached(cached, (&facts, &[]), NOW);
        let alarm = after.alarms.get("d0@90000").expect("the same alarm");
        assert_eq!(
            (alarm.cleared_at, alarm.acknowledged),
            (None, Some((NOW, "Li".to_owned())))
        );
        assert!(after.pending.facts.is_empty(), "nothing new happened");
    }

    #[test]
    fn the_same_problem_is_told_once() {
        let mut live = live();
        for second in 0..50 {
            live.apply_observations(vec![observed(7, 1_000, 1.0)], UtcMillis(second * 1000));
        }
        assert_eq!(live.problems.len(), 1);
        assert_eq!(live.problems[0].at, 49_000);
        for n in 100..200 {
            live.apply_observations(vec![observed(n, 1_000, 1.0)], NOW);
        }
        assert_eq!(live.problems.len(), MAX_PROBLEMS);
    }

    #[test]
    fn values_of_a_series_that_the_store_does_not_know_yet_wait_for_its_number() {
        let mut live = Live::new("en".to_owned(), ConnectionDto::NoHub, None);
        let (thing, datastream) = gas_sensor(0);
        live.apply_catalogue(vec![thing], vec![datastream], Vec::new());
        live.apply_observations(vec![observed(0, 90_000, 1.0)], NOW);
        assert_eq!(
            (live.pending.rows.len(), live.pending.unnumbered.len()),
            (0, 1)
        );
        number(&mut live.state);
        let Live { pending, state, .. } = &mut live;
        pending.number(state);
        assert_eq!(
            (live.pending.rows.len(), live.pending.unnumbered.len()),
            (1, 0)
        );
        assert_eq!(live.pending.rows[0].series, 1);
    }

    #[test]
    fn a_clock_that_jumps_misorders_nothing_and_loses_nothing() {
        const HOUR: i64 = 3_600_000;
        const TEN_YEARS: i64 = 87_600 * HOUR;
        let noon = 200_000 * HOUR;
        for jump in [HOUR, -HOUR, TEN_YEARS, -TEN_YEARS] {
            let mut live = live();
            live.apply_observations(vec![observed(0, noon, 1.0)], UtcMillis(noon));
            // The machine's clock is set wrong; the hub's goes on.
            for second in 1..=100 {
                let wall = UtcMillis(noon + jump + second * 1_000);
                live.take_due(wall);
                live.apply_observations(
                    vec![observed(0, noon + second * 1_000, second as f64)],
                    wall,
                );
            }
            let right = UtcMillis(noon + 101_000);
            live.take_due(right);
            let moments: Vec<i64> = live
                .pending
                .rows
                .iter()
                .map(|row| row.happened_at)
                .collect();
            let expected: Vec<i64> = (0..=100).map(|second| noon + second * 1_000).collect();
            assert_eq!(moments, expected, "{jump}");
            let shown = live.state.live_readings().get(0).expect("a value");
            assert_eq!(
                (shown.value, shown.happened_at),
                (100.0, UtcMillis(noon + 100_000)),
                "{jump}"
            );
            assert!(live.problems.len() <= 1, "{:?}", live.problems);
            assert_eq!(live.ahead.len(), 0);
        }
    }

    #[test]
    fn the_rate_is_that_of_the_last_full_second() {
        let mut rate = Rate::default();
        for _ in 0..7 {
            rate.count(UtcMillis(5_100));
        }
        assert_eq!(rate.per_second(UtcMillis(5_900)), 0);
        assert_eq!(rate.per_second(UtcMillis(6_000)), 7);
        assert_eq!(rate.per_second(UtcMillis(7_000)), 0);
    }
}
