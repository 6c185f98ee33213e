//! One activation of a condition: an alarm with its name, from its raise until everything about it is done.

use super::{Became, Node, Policy, Trigger, next};
use cim_model::{AlarmId, Severity, UtcMillis};
use std::sync::Arc;

/// How many comments one alarm keeps; of more the newest.
pub const MAX_COMMENTS: usize = 64;

/// Who did something, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// When.
    pub at: UtcMillis,
    /// Who.
    pub by: Arc<str>,
}

/// What somebody said about an alarm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// When and who.
    pub stamp: Stamp,
    /// What.
    pub text: String,
}

/// One activation of a condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Occurrence {
    /// Its name: `<condition>@<since>`.
    pub id: AlarmId,
    /// When it began.
    pub since: UtcMillis,
    /// How bad it is at its worst so far.
    pub severity: Severity,
    /// When it became how bad; the first entry is its raise.
    pub severities: Vec<(UtcMillis, Severity)>,
    /// The limit met at its worst.
    pub limit: f64,
    /// The value that raised, worsened or cleared it last.
    pub value: f64,
    /// How far its life has come.
    pub phase: Node,
    /// When it was back.
    pub cleared_at: Option<UtcMillis>,
    /// Who acknowledged it; gone again when it got worse or rang again.
    pub acknowledged: Option<Stamp>,
    /// Who confirmed it.
    pub confirmed: Option<Stamp>,
    /// Who reset its latch.
    pub reset: Option<Stamp>,
    /// [`Node::Sounding`] or [`Node::Silenced`].
    pub silence: Node,
    /// When it rang last: raised, worse, or again.
    pub rang_at: UtcMillis,
    /// How often it rang again (ReAlarmRepeatCount).
    pub re_alarms: u32,
    /// What was said about it, oldest first.
    pub comments: Vec<Comment>,
    /// When everything about it was done.
    pub settled_at: Option<UtcMillis>,
}

impl Occurrence {
    /// The alarm that begins with `became`.
    pub(super) fn begun(id: AlarmId, became: &Became) -> Self {
        Self {
            id,
            since: became.since,
            severity: became.severity,
            severities: vec![(became.since, became.severity)],
            limit: became.limit,
            value: became.value,
            phase: Node::ActiveUnacked,
            cleared_at: None,
            acknowledged: None,
            confirmed: None,
            reset: None,
            silence: Node::Sounding,
            rang_at: became.since,
            re_alarms: 0,
            comments: Vec::new(),
            settled_at: None,
        }
    }

    /// True while something about it is left to be done (Retain, OPC 10000-9, 5.5.2).
    pub fn is_retained(&self) -> bool {
        self.phase != Node::Normal
    }

    /// True when it is active, unacknowledged and not silenced.
    pub fn is_calling(&self) -> bool {
        self.phase == Node::ActiveUnacked && self.silence == Node::Sounding
    }

    /// Takes the trigger as far as the table allows; true when it led anywhere.
    pub(super) fn follow(&mut self, trigger: Trigger, policy: &Policy, at: UtcMillis) -> bool {
        let life = next(self.phase, trigger, policy);
        if let Some(node) = life {
            self.phase = node;
            if node == Node::Normal {
                self.settled_at = Some(at);
            }
        }
        let silence = next(self.silence, trigger, policy);
        if let Some(node) = silence {
            self.silence = node;
        }
        life.is_some() || silence.is_some()
    }

    /// It met a worse limit, or told a newer value.
    pub(super) fn take_value(&mut self, became: &Became, policy: &Policy, at: UtcMillis) {
        self.value = became.value;
        if became.severity <= self.severity {
            return;
        }
        self.severity = became.severity;
        self.limit = became.limit;
        self.severities.push((at, became.severity));
        self.ring(Trigger::Worsen, policy, at);
    }

    /// It calls anew: what was acknowledged is not any more.
    pub(super) fn ring(&mut self, trigger: Trigger, policy: &Policy, at: UtcMillis) {
        self.rang_at = at;
        self.follow(trigger, policy, at);
        self.acknowledged = None;
        self.confirmed = None;
    }

    pub(super) fn comment(&mut self, stamp: Stamp, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.comments.len() >= MAX_COMMENTS {
            self.comments.remove(0);
        }
        self.comments.push(Comment {
            stamp,
            text: text.to_owned(),
        });
    }
}
