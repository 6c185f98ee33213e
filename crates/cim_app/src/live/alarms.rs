//! The alarms of the desk as time passes and values come: what rules find becomes facts, and history asks nobody for anything.

use super::Live;
use crate::{
    actions::BY_HISTORY,
    alarm_desk::Fences,
    facts::{AlarmChange, subject_of},
    wire::ConnectionDto,
};
use cim_alarm::{Act, Level, Operator, Refusal, rules::Change};
use cim_model::{AlarmId, DatastreamId, Reading, UtcMillis};
use cim_store::Fact;
use cim_tiles::Problem;
use std::sync::Arc;

/// An alarm that ended longer ago than this when the desk heard of it is history, seconds.
const HISTORY_S: f64 = 600.0;

impl Live {
    /// Does something to an alarm in somebody's name, and writes it down with the next beat.
    pub(crate) fn act_on(
        &mut self,
        alarm: &AlarmId,
        act: &Act,
        who: &Operator,
        now: UtcMillis,
    ) -> Result<(), Refusal> {
        let fact = self.alarms.act(alarm, act, who, now)?;
        self.tell_fact(fact);
        self.changed = true;
        Ok(())
    }

    /// Takes what somebody at another desk did to an alarm.
    pub(crate) fn take_act(&mut self, fact: &Fact) {
        self.changed |= self.alarms.take_act(fact);
    }

    /// Takes the rules of all scene packs; says what is wrong with them.
    pub(crate) fn take_rules(&mut self) -> Vec<Problem> {
        self.alarms.set_rules(self.layers.rule_texts())
    }

    /// Switches a rule of alarms; `None` when there is no such rule.
    pub(crate) fn switch_rule(&mut self, id: &str, on: bool, now: UtcMillis) -> Option<()> {
        let became = self.alarms.switch_rule(&self.state, id, on, now)?;
        for (_, fact) in became {
            self.tell_fact(fact);
        }
        self.changed = true;
        Some(())
    }

    /// Lets time pass for the rules and the alarms. On every beat.
    pub(crate) fn beat_alarms(&mut self, now: UtcMillis) {
        if self.alarms.lacks_fences(self.layers.fence_revision()) {
            self.alarms.set_fences(Fences {
                ids: self.layers.fence_ids(),
                revision: self.layers.fence_revision(),
            });
        }
        let problems = self.alarms.settle(&self.state, now);
        self.tell_problems(problems, now);
        for pass in self.layers.take_passes() {
            self.alarms.pass(&pass);
        }
        if self.hears_values() {
            self.alarms.advance(now);
        }
        self.follow_alarms(now);
        // What happens to values while nobody brings them is not known: time stands still for them.
        let newest = self.state.newest().unwrap_or(now).min(now);
        let heard = if self.hears_values() { now } else { newest };
        self.changed |= self.alarms.tick(&self.state, now, heard);
    }

    /// The device that the alarm called so is at, by its row.
    pub(crate) fn alarm_thing(&self, alarm: &str) -> Option<u32> {
        if let Some(known) = self.alarms.get(alarm) {
            return self.state.thing_row(known.thing.as_str());
        }
        let subject = subject_of(alarm);
        let series = self.state.series_row(&DatastreamId::new(subject));
        match series {
            Some(row) => self.state.series_at(row)?.thing,
            None => self.state.thing_row(subject),
        }
    }

    /// Looks what a newest value means.
    pub(super) fn watch(&mut self, row: u32, reading: Reading, now: UtcMillis) {
        if !self.alarms.knows(row) {
            let problems = self.alarms.catch_up(&self.state, now);
            self.tell_problems(problems, now);
        }
        if self.alarms.observe(row, reading) {
            self.follow_alarms(now);
        }
    }

    /// Takes what the rules found.
    fn follow_alarms(&mut self, now: UtcMillis) {
        let mut changes = self.alarms.take_changes();
        for change in changes.drain(..) {
            self.follow_alarm(&change, now);
        }
        self.alarms.give_back(changes);
    }

    fn follow_alarm(&mut self, change: &Change, now: UtcMillis) {
        let known_at = self.known_at(change.at, now);
        if let Some((became, fact)) = self.alarms.follow(&self.state, change, known_at) {
            self.tell_fact(fact);
            self.settle_history(&became, now);
            self.changed = true;
        }
    }

    /// An alarm that came and went before this desk could have shown it asks nobody for anything: it is history.
    fn settle_history(&mut self, became: &AlarmChange, now: UtcMillis) {
        let AlarmChange::Cleared(alarm) = became else {
            return;
        };
        let Some(at) = alarm
            .cleared_at
            .filter(|at| now.seconds_since(*at) > HISTORY_S)
        else {
            return;
        };
        let nobody = Operator {
            name: Arc::from(BY_HISTORY),
            level: Level::Officer,
        };
        let comment = String::new;
        let acts = [
            Act::Acknowledge { comment: comment() },
            Act::Confirm { comment: comment() },
            Act::Reset { comment: comment() },
        ];
        for act in acts {
            // What is not asked of it is refused.
            if let Ok(fact) = self.alarms.act(&alarm.id, &act, &nobody, at) {
                self.tell_fact(fact);
            }
        }
    }

    /// True while somebody brings values: what does not come is missing.
    fn hears_values(&self) -> bool {
        match self.connection {
            ConnectionDto::Live => true,
            ConnectionDto::NoHub => !self.exchanged.sources.is_empty(),
            _ => false,
        }
    }

    pub(super) fn tell_problems(&mut self, problems: Vec<Problem>, now: UtcMillis) {
        for problem in problems {
            self.add_problem(now, problem.source, problem.place, problem.reason);
        }
    }
}
