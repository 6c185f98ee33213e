//! Lists of alarms as the wire has them: of the present, or as they were folded at the past moment shown.

use super::{Alarms, OWN_LIMITS, alarm_of, everything, groups::groups_of, place_of};
use crate::{
    facts::{rule_of, subject_of},
    live::Live,
    search::fold,
    state::ThingRow,
    wire::{
        AlarmOrderDto, AlarmPageDto, AlarmQueryDto, AlarmStateDto, AlarmSuppressedByDto,
        DeskAlarmDto, SeverityDto, Target,
    },
};
use cim_alarm::{Hidden, Node, Row, SuppressCause, condition_of, noise::is_stale};
use cim_model::{Alarm, AlarmId, Freshness, Standing, UtcMillis};
use std::collections::BTreeSet;

/// A window has at most so many rows.
const MOST_ROWS: usize = 1_000;
/// So much of what is typed is looked for, characters.
const MOST_TEXT_CHARS: usize = 100;

/// One alarm as lists need it.
pub(crate) struct Listing {
    pub(super) alarm: Alarm,
    state: AlarmStateDto,
    /// What the areas around it are called, in the desk's language; may be empty.
    area: String,
    shelved_until: Option<UtcMillis>,
    cause: Option<String>,
    /// The suppression groups that keep it away.
    groups: Vec<String>,
    comments: u32,
    is_blinking: bool,
    standing: Standing,
}

/// The alarms of the moment shown, to be asked.
pub(crate) struct Lists<'a> {
    live: &'a Live,
    now: UtcMillis,
    moment: UtcMillis,
}

/// What a query asks for, made ready.
struct Wanted<'a> {
    query: &'a AlarmQueryDto,
    words: Vec<String>,
    severities: BTreeSet<SeverityDto>,
    states: BTreeSet<AlarmStateDto>,
    line: Option<BTreeSet<&'a AlarmId>>,
}

impl<'a> Lists<'a> {
    /// The alarms of `live`, seen at wall time `now`.
    pub(crate) fn new(live: &'a Live, now: UtcMillis) -> Self {
        Self {
            live,
            now,
            moment: live.moment(now),
        }
    }

    /// A window into the alarms that `query` answers.
    pub(crate) fn page(&self, query: &AlarmQueryDto) -> AlarmPageDto {
        let found = self.found(query);
        let mut by_severity = [0; 4];
        for one in &found {
            if let Some(place) = place_of(one.alarm.severity) {
                by_severity[place] += 1;
            }
        }
        let count = (query.count as usize).min(MOST_ROWS);
        let window = found.iter().skip(query.offset as usize).take(count);
        AlarmPageDto {
            revision: self.live.alarms.revision() as f64,
            total: u32::try_from(found.len()).unwrap_or(u32::MAX),
            by_severity,
            offset: query.offset,
            rows: window.map(|one| self.row(one)).collect(),
        }
    }

    /// The names of all alarms that `query` answers, whatever its window.
    pub(crate) fn picked(&self, query: &AlarmQueryDto) -> Vec<AlarmId> {
        let found = self.found(query);
        found.into_iter().map(|one| one.alarm.id).collect()
    }

    /// The alarm of this name at the moment shown.
    pub(crate) fn get(&self, id: &str) -> Option<Listing> {
        if self.live.state.shows_past() {
            let mut alarms = self.live.past.alarms.iter();
            let alarm = alarms.find(|alarm| alarm.id.as_str() == id)?;
            return Some(self.past_listing(alarm));
        }
        let row = self.live.alarms.desk.row(&AlarmId::new(id))?;
        Some(self.listing(&row))
    }

    /// The row of an alarm as the wire has it.
    pub(crate) fn row(&self, one: &Listing) -> DeskAlarmDto {
        let (live, alarm) = (self.live, &one.alarm);
        let series_row = live.state.series_row(&alarm.datastream);
        let series = series_row.and_then(|row| live.state.series_at(row));
        let readings = live.state.readings();
        let is_active = alarm.cleared_at.is_none();
        let is_own = rule_of(alarm.id.as_str()).is_none();
        let newest = series_row
            .filter(|_| is_own && is_active)
            .and_then(|row| readings.get(row));
        let value = newest.map_or(alarm.value, |reading| reading.value);
        let freshness = series_row.map_or(Freshness::Missing, |row| {
            live.state.freshness(readings, row, self.moment)
        });
        let thing = self.thing(alarm);
        let acknowledged = alarm.acknowledged.as_ref();
        DeskAlarmDto {
            id: alarm.id.to_string(),
            target: thing.map(|row| Target::Thing {
                id: row.thing.id.to_string(),
            }),
            name: self.name(alarm),
            sensor_kind: thing.map_or_else(String::new, |row| row.thing.kind.as_str().to_owned()),
            rule: live.alarms.rule_name(alarm.id.as_str(), &live.language),
            severity: alarm.severity.into(),
            state: one.state,
            value: finite(value),
            limit: finite(alarm.limit),
            unit: series.map_or_else(String::new, |row| row.datastream.unit.clone()),
            since: alarm.since.0,
            cleared_at: alarm.cleared_at.map(|at| at.0),
            acknowledged_by: acknowledged.map(|(_, by)| by.clone()),
            shelved_until: one.shelved_until.map(|at| at.0),
            area: one.area.clone(),
            consequences: live.alarms.noise.consequences_of(&alarm.id),
            cause: one.cause.clone(),
            groups: one.groups.iter().map(|id| self.group_name(id)).collect(),
            is_chattering: condition_of(&alarm.id).is_some_and(|(condition, _)| {
                live.alarms.noise.is_chattering(&condition, self.moment)
            }),
            is_stale: is_active && is_stale(alarm.since, self.moment),
            is_blinking: one.is_blinking,
            freshness: freshness.into(),
            standing: one.standing.into(),
            comments: one.comments,
        }
    }

    fn group_name(&self, id: &str) -> String {
        let name = self.live.alarms.group_name(id, &self.live.language);
        name.unwrap_or_else(|| id.to_owned())
    }

    /// What the device that an alarm is at is called; an area's rule is called by what is left of it.
    pub(super) fn name(&self, alarm: &Alarm) -> String {
        if let Some(row) = self.thing(alarm) {
            return row.thing.name.clone();
        }
        if alarm.thing.as_str().is_empty() {
            subject_of(alarm.id.as_str()).to_owned()
        } else {
            alarm.thing.to_string()
        }
    }

    pub(super) fn thing(&self, alarm: &Alarm) -> Option<&'a ThingRow> {
        let row = self.live.state.thing_row(alarm.thing.as_str())?;
        self.live.state.thing(row)
    }

    fn found(&self, query: &AlarmQueryDto) -> Vec<Listing> {
        let wanted = Wanted::new(query, &self.live.alarms);
        let mut found = self.listings(&wanted);
        found.retain(|one| wanted.takes(one, self));
        match query.order {
            // As they come.
            AlarmOrderDto::Worst => {}
            AlarmOrderDto::Newest => found.sort_by_key(|one| std::cmp::Reverse(one.alarm.since)),
            AlarmOrderDto::Oldest => found.sort_by_key(|one| one.alarm.since),
            AlarmOrderDto::Area => found.sort_by(|a, b| a.area.cmp(&b.area)),
        }
        found
    }

    /// The alarms whose states are wanted, worst first.
    fn listings(&self, wanted: &Wanted<'_>) -> Vec<Listing> {
        if self.live.state.shows_past() {
            let alarms = self.live.past.alarms.iter();
            return alarms.map(|alarm| self.past_listing(alarm)).collect();
        }
        let desk = &self.live.alarms.desk;
        let open = desk.list(&everything(), 0, usize::MAX);
        let mut found: Vec<Listing> = open
            .iter()
            .filter(|row| wanted.takes_state(state_of(row)))
            .map(|row| self.listing(row))
            .collect();
        if wanted.states.contains(&AlarmStateDto::Settled) {
            found.extend(desk.settled().map(|row| self.listing(&row)));
            found.sort_by(|a, b| super::worst_first(&a.alarm, &b.alarm));
        }
        found
    }

    fn listing(&self, row: &Row<'_>) -> Listing {
        let area = row.about.area.as_deref().unwrap_or_default();
        let causes = row.condition.suppressions().keys();
        let mut causes = causes.filter_map(|cause| match cause {
            SuppressCause::Alarm(alarm) => Some(alarm.clone()),
            SuppressCause::Group(_) | SuppressCause::Hand => None,
        });
        Listing {
            alarm: alarm_of(row),
            state: state_of(row),
            area: self.live.alarms.area_name(area, &self.live.language),
            shelved_until: row.condition.shelved().map(|shelved| shelved.until),
            cause: causes.next(),
            groups: groups_of(row).map(str::to_owned).collect(),
            comments: row.occurrence.comments.len() as u32,
            is_blinking: row.is_blinking(),
            standing: row.about.standing,
        }
    }

    fn past_listing(&self, alarm: &Alarm) -> Listing {
        let past = &self.live.past;
        let handled = past.handled.of(&alarm.id);
        let shelved_until = handled.shelved_until(alarm, self.moment);
        let policy = self.live.alarms.policy_of(alarm.id.as_str());
        let is_seen = alarm.acknowledged.is_some();
        let state = if handled.is_out_of_service {
            AlarmStateDto::OutOfService
        } else if shelved_until.is_some() {
            AlarmStateDto::Shelved
        } else {
            match (alarm.cleared_at.is_none(), is_seen) {
                (true, false) => AlarmStateDto::Unacknowledged,
                (true, true) => AlarmStateDto::Acknowledged,
                (false, false) => AlarmStateDto::ReturnedUnacknowledged,
                (false, true) if policy.needs_confirm && !handled.is_confirmed => {
                    AlarmStateDto::Unconfirmed
                }
                (false, true) if policy.latches && !handled.is_reset => AlarmStateDto::Latched,
                (false, true) => AlarmStateDto::Settled,
            }
        };
        let around = |row: &ThingRow| {
            let [zh, en] = self.live.alarms.around.area_at(row.thing.position);
            if self.live.language == "en" { en } else { zh }
        };
        Listing {
            alarm: alarm.clone(),
            state,
            area: self.thing(alarm).map_or_else(String::new, around),
            shelved_until,
            cause: None,
            groups: Vec::new(),
            comments: handled.comments,
            // The past asks nobody for anything.
            is_blinking: false,
            standing: Standing::default(),
        }
    }

    /// Wall time, as it was when the lists were made ready.
    pub(super) fn now(&self) -> UtcMillis {
        self.now
    }

    /// What the lists are of.
    pub(super) fn live(&self) -> &'a Live {
        self.live
    }
}

impl Listing {
    /// A consequence is one, whatever else suppresses it: each is counted once.
    fn is_suppressed_by(&self, by: AlarmSuppressedByDto) -> bool {
        let is_consequence = self.cause.is_some();
        self.state == AlarmStateDto::Suppressed
            && is_consequence == (by == AlarmSuppressedByDto::Cause)
    }
}

impl<'a> Wanted<'a> {
    fn new(query: &'a AlarmQueryDto, alarms: &'a Alarms) -> Self {
        let text: String = query.text.chars().take(MOST_TEXT_CHARS).collect();
        let line = query.line.as_ref().map(|id| {
            let lines = alarms.noise.lines();
            let found = lines.iter().find(|line| line.first.as_str() == id);
            found
                .map(|line| line.members.iter().collect())
                .unwrap_or_default()
        });
        Self {
            query,
            words: fold(&text).split_whitespace().map(str::to_owned).collect(),
            severities: query.severities.iter().copied().collect(),
            states: query.states.iter().copied().collect(),
            line,
        }
    }

    /// Without states: those that ask for attention. A line or a cause is shown with all that belongs to it.
    fn takes_state(&self, state: AlarmStateDto) -> bool {
        if !self.states.is_empty() {
            return self.states.contains(&state);
        }
        let is_whole = self.line.is_some() || self.query.cause.is_some();
        is_whole
            || !matches!(
                state,
                AlarmStateDto::Shelved
                    | AlarmStateDto::Suppressed
                    | AlarmStateDto::OutOfService
                    | AlarmStateDto::Settled
            )
    }

    fn takes(&self, one: &Listing, lists: &Lists<'_>) -> bool {
        let (query, alarm) = (self.query, &one.alarm);
        let is_asked =
            |list: &[String], word: &str| list.is_empty() || list.iter().any(|asked| asked == word);
        let is_in_cause =
            |cause: &String| alarm.id.as_str() == cause || one.cause.as_ref() == Some(cause);
        let kind = || lists.thing(alarm).map_or("", |row| row.thing.kind.as_str());
        self.takes_state(one.state)
            && (self.severities.is_empty() || self.severities.contains(&alarm.severity.into()))
            && is_asked(&query.areas, &one.area)
            && is_asked(
                &query.rules,
                rule_of(alarm.id.as_str()).unwrap_or(OWN_LIMITS),
            )
            && (query.kinds.is_empty() || is_asked(&query.kinds, kind()))
            && query.cause.as_ref().is_none_or(is_in_cause)
            && query
                .suppressed_by
                .is_none_or(|by| one.is_suppressed_by(by))
            && query
                .group
                .as_ref()
                .is_none_or(|group| one.groups.contains(group))
            && self
                .line
                .as_ref()
                .is_none_or(|line| line.contains(&alarm.id))
            && (self.words.is_empty() || self.has_words(one, lists))
    }

    fn has_words(&self, one: &Listing, lists: &Lists<'_>) -> bool {
        let live = lists.live;
        let rule = live.alarms.rule_name(one.alarm.id.as_str(), &live.language);
        let told = format!(
            "{}\n{rule}\n{}\n{}",
            lists.name(&one.alarm),
            one.area,
            one.alarm.id
        );
        let told = fold(&told);
        self.words.iter().all(|word| told.contains(word))
    }
}

/// How an alarm stands with the people at the desk.
fn state_of(row: &Row<'_>) -> AlarmStateDto {
    let one = row.occurrence;
    match row.condition.hidden().filter(|_| one.is_retained()) {
        Some(Hidden::Shelved) => return AlarmStateDto::Shelved,
        Some(Hidden::Suppressed) => return AlarmStateDto::Suppressed,
        Some(Hidden::OutOfService | Hidden::Disabled) => return AlarmStateDto::OutOfService,
        None => {}
    }
    match one.phase {
        Node::ActiveUnacked => AlarmStateDto::Unacknowledged,
        Node::ActiveAcked | Node::ActiveConfirmed => AlarmStateDto::Acknowledged,
        Node::ClearedUnacked => AlarmStateDto::ReturnedUnacknowledged,
        Node::ClearedAcked => AlarmStateDto::Unconfirmed,
        Node::Latched => AlarmStateDto::Latched,
        _ => AlarmStateDto::Settled,
    }
}

/// A number that there is.
pub(super) fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}
