//! Everything that the desk knows at this moment, and what each message changes in it. No I/O: what must be written
//! down waits in [`Pending`] until the desk takes it to the store.

use crate::{
    alarms::{AlarmChange, Alarms},
    city::City,
    events::Events,
    facts::{alarms_from_facts, fact_of_acknowledgement, fact_of_change},
    showing::Showing,
    state::{Applied, Readings, State, is_ahead},
    symbols::SymbolTable,
    wire::{ConnectionDto, LookDto, MemoryDto, ProblemDto},
};
use cim_model::{Camera, Clock, Datastream, Event, Layer, Observation, Reading, Thing, UtcMillis};
use cim_store::{Cached, Fact};
use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
};

/// How many problems are shown; the oldest go first.
pub(crate) const MAX_PROBLEMS: usize = 20;

/// How many observations wait for the store while it cannot take them. Beyond it the oldest are lost to history (the
/// live view has seen them), and a problem says how many.
pub(crate) const MAX_PENDING: usize = 200_000;

/// An alarm that ended longer ago than this when the desk heard of it is history, seconds.
const HISTORY_S: f64 = 600.0;

/// Who acknowledges alarms that are history.
const BY_HISTORY: &str = "history";

/// What must be written down.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    /// Observations, in the order in which they came.
    pub(crate) observations: Vec<Observation>,
    /// What became of alarms.
    pub(crate) facts: Vec<Fact>,
}

/// How the city was an hour before the moment shown.
#[derive(Debug)]
pub(crate) struct HourAgo {
    /// The moment.
    pub(crate) at: UtcMillis,
    /// What held then.
    pub(crate) readings: Readings,
}

/// Everything that the desk knows at this moment.
pub(crate) struct Live {
    pub(crate) state: State,
    pub(crate) alarms: Alarms,
    pub(crate) events: Events,
    pub(crate) symbols: SymbolTable,
    pub(crate) city: Option<Arc<City>>,
    /// Counts the cities opened.
    pub(crate) cities_opened: u32,
    pub(crate) clock: Clock,
    /// The past moment whose readings are shown; unused while the newest are.
    pub(crate) past_moment: UtcMillis,
    pub(crate) hour_ago: Option<HourAgo>,
    pub(crate) connection: ConnectionDto,
    pub(crate) hub_name: String,
    pub(crate) hub_url: Option<String>,
    pub(crate) language: String,
    pub(crate) history_from: Option<UtcMillis>,
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
    /// True when something changed that an update would show.
    pub(crate) changed: bool,
    layers_off: BTreeSet<Layer>,
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
            symbols: SymbolTable::default(),
            city: None,
            cities_opened: 0,
            clock: Clock::Live,
            past_moment: UtcMillis::default(),
            hour_ago: None,
            connection,
            hub_name: String::new(),
            hub_url,
            language,
            history_from: None,
            problems: VecDeque::new(),
            rate: Rate::default(),
            tiles: [0, 0],
            memory: MemoryDto::default(),
            budget_mib: None,
            showing: Showing::default(),
            look: None,
            pending: Pending::default(),
            changed: true,
            layers_off: BTreeSet::new(),
        }
    }

    /// The moment whose readings are shown.
    pub(crate) fn moment(&self, now: UtcMillis) -> UtcMillis {
        if self.state.shows_past() {
            self.past_moment
        } else {
            now
        }
    }

    /// Takes up what was known when the desk was last closed.
    pub(crate) fn apply_cached(&mut self, cached: Cached, facts: &[Fact], now: UtcMillis) {
        self.state
            .apply_catalogue(cached.things, cached.datastreams, cached.cameras);
        self.events.apply(cached.events);
        self.history_from = cached.oldest;
        for alarm in alarms_from_facts(facts) {
            // An alarm of a series that is gone could never clear.
            if alarm.cleared_at.is_some() || self.state.series_row(&alarm.datastream).is_some() {
                self.alarms.restore(alarm);
            }
        }
        for observation in &cached.latest {
            self.apply_observation(observation, now);
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

    /// Takes new and changed events.
    pub(crate) fn apply_events(&mut self, events: Vec<Event>) {
        self.events.apply(events);
        self.changed = true;
    }

    /// Takes observations: newest values, alarms, and what history must keep.
    pub(crate) fn apply_observations(
        &mut self,
        mut observations: Vec<Observation>,
        now: UtcMillis,
    ) {
        for observation in &observations {
            self.apply_observation(observation, now);
        }
        observations.retain(|observation| !is_ahead(observation, now));
        let oldest = observations
            .iter()
            .map(|observation| observation.happened_at)
            .min();
        self.history_from = self.history_from.into_iter().chain(oldest).min();
        self.keep(observations, now);
        self.changed = true;
    }

    /// Somebody took note of an alarm: the fact to write down; `None` when there is no such alarm.
    pub(crate) fn acknowledge(&mut self, alarm: &str, at: UtcMillis, by: &str) -> Option<Fact> {
        let alarm = self.alarms.acknowledge(alarm, at, by)?;
        self.changed = true;
        fact_of_acknowledgement(&alarm)
    }

    /// Puts back what the store could not take, before what came since.
    pub(crate) fn put_back(&mut self, mut observations: Vec<Observation>, now: UtcMillis) {
        let since = std::mem::take(&mut self.pending.observations);
        observations.extend(since);
        self.keep(observations, now);
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
        self.layers_off.remove(&layer);
        self.changed = true;
    }

    /// Leaves a layer out of the picture.
    pub(crate) fn hide_layer(&mut self, layer: Layer) {
        self.layers_off.insert(layer);
        self.changed = true;
    }

    /// True while the layer is drawn.
    pub(crate) fn shows_layer(&self, layer: Layer) -> bool {
        !self.layers_off.contains(&layer)
    }

    fn apply_observation(&mut self, observation: &Observation, now: UtcMillis) {
        match self.state.apply_observation(observation, now) {
            Applied::Newest(row) => {
                self.rate.count(now);
                let Some(series) = self.state.series_at(row) else {
                    return;
                };
                let reading = Reading {
                    happened_at: observation.happened_at,
                    value: observation.value,
                    quality: observation.quality,
                };
                if let Some(change) = self.alarms.observe(&series.datastream, reading) {
                    self.pending.facts.push(fact_of_change(&change, now));
                    self.settle_history(&change, now);
                }
            }
            Applied::Older => {}
            Applied::UnknownSeries => {
                self.refuse(observation, now, "its series is not in the catalogue");
            }
            Applied::Ahead => self.refuse(observation, now, "it claims to come from the future"),
        }
    }

    /// An alarm that came and went before this desk could have shown it asks nobody for anything: it is history.
    fn settle_history(&mut self, change: &AlarmChange, now: UtcMillis) {
        let AlarmChange::Cleared(alarm) = change else {
            return;
        };
        let Some(at) = alarm
            .cleared_at
            .filter(|at| now.seconds_since(*at) > HISTORY_S)
        else {
            return;
        };
        let settled = self.alarms.acknowledge(alarm.id.as_str(), at, BY_HISTORY);
        self.pending
            .facts
            .extend(settled.as_ref().and_then(fact_of_acknowledgement));
    }

    fn refuse(&mut self, observation: &Observation, now: UtcMillis, reason: &str) {
        let place = observation.datastream.to_string();
        self.add_problem(now, "observations".to_owned(), place, reason.to_owned());
    }

    fn keep(&mut self, mut observations: Vec<Observation>, now: UtcMillis) {
        if self.pending.observations.is_empty() {
            std::mem::swap(&mut self.pending.observations, &mut observations);
        } else {
            self.pending.observations.append(&mut observations);
        }
        let too_many = self.pending.observations.len().saturating_sub(MAX_PENDING);
        if too_many > 0 {
            self.pending.observations.drain(..too_many);
            let reason =
                format!("the store cannot keep up; {too_many} observations are missing in history");
            self.add_problem(now, "cache".to_owned(), "observations".to_owned(), reason);
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::tests::{gas_sensor, observed};

    const NOW: UtcMillis = UtcMillis(100_000);

    fn live() -> Live {
        let mut live = Live::new("en".to_owned(), ConnectionDto::NoHub, None);
        let (thing, datastream) = gas_sensor(0);
        live.apply_catalogue(vec![thing], vec![datastream], Vec::new());
        live
    }

    #[test]
    fn what_arrives_is_kept_for_history_also_when_it_is_old() {
        let mut live = live();
        live.apply_observations(
            vec![observed(0, 90_000, 1.0), observed(0, 80_000, 1.0)],
            NOW,
        );
        assert_eq!(live.pending.observations.len(), 2);
        assert_eq!(live.history_from, Some(UtcMillis(80_000)));
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
        let acknowledged = before
            .acknowledge("d0@90000", NOW, "Li")
            .expect("the alarm");
        let mut facts = std::mem::take(&mut before.pending.facts);
        facts.push(acknowledged);

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
        after.apply_cached(cached, &facts, NOW);
        let alarm = after.alarms.get("d0@90000").expect("the same alarm");
        assert_eq!(
            (alarm.value, alarm.acknowledged.clone()),
            (13.0, Some((NOW, "Li".to_owned())))
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
    fn history_that_the_store_cannot_take_is_lost_oldest_first_and_said_so() {
        let mut live = live();
        let many = (0..MAX_PENDING as i64 + 5)
            .map(|n| observed(0, n, 1.0))
            .collect();
        live.put_back(many, NOW);
        assert_eq!(live.pending.observations.len(), MAX_PENDING);
        assert_eq!(live.pending.observations[0].happened_at, UtcMillis(5));
        assert_eq!(live.problems.len(), 1);
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
