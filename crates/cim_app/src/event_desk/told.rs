//! Steps of cases, and acts about them, as facts in the store: one identity on every desk, and a body that the hub takes.

use crate::{error::AppError, exchange::EVENT_OBJECT};
use cim_event::{Act, Body, Incoming, Move, Step};
use cim_model::{Event, EventId, UtcMillis};
use cim_store::Fact;

/// The hub takes no longer body of a fact, bytes.
const MOST_BODY_BYTES: usize = 64 * 1024;
/// Between the name of the desk that told the hub of a fact, and the fact's own identity.
const DESK_MARK: char = '~';
/// Who says that something which the hub tells of is a case.
const BY_HUB: &str = "rule:hub";
/// The role in which rules act.
const SYSTEM: &str = "system";
/// So much of an event's text is kept in its report, characters: a fact's body has room for it.
const MOST_TEXT: usize = 12_000;
/// So much of an event's short words is kept in its report, characters.
const MOST_LINE: usize = 400;

/// An act about a case, or of the duty desk, before it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ActFact {
    /// What it is about: `event:<case>`, `duty:log` …
    pub(crate) subject: String,
    /// What was done.
    pub(crate) verb: &'static str,
    /// The act, as JSON.
    pub(crate) body: String,
    /// Who did it.
    pub(crate) author: String,
    /// When.
    pub(crate) at: UtcMillis,
    /// Tells apart what one author does in one millisecond; may be empty.
    pub(crate) key: String,
    /// What led to it; may be empty.
    pub(crate) cause: String,
}

impl ActFact {
    /// The fact, known since `known_at`. The same act is the same fact on every desk.
    pub(crate) fn fact(&self, known_at: UtcMillis) -> Fact {
        let mut id = format!(
            "{}#{}#{}#{}",
            self.subject, self.verb, self.author, self.at.0
        );
        if !self.key.is_empty() {
            id.push('#');
            id.push_str(&self.key);
        }
        Fact {
            id,
            happened_at: self.at,
            known_at,
            author: self.author.clone(),
            subject: self.subject.clone(),
            verb: self.verb.to_owned(),
            body: self.body.clone(),
            cause: self.cause.clone(),
        }
    }
}

/// Refuses a fact that the hub would not take.
pub(crate) fn check_body(fact: &Fact) -> Result<(), AppError> {
    if fact.body.len() <= MOST_BODY_BYTES {
        return Ok(());
    }
    Err(AppError::BadRequest {
        what: "what is written down",
        found: format!("{} bytes", fact.body.len()),
        reason: "at most 65 536 bytes go to the hub; shorten the text, or attach it as a file",
    })
}

/// The identity that a fact has on every desk: without the name of the desk that told the hub of it.
pub(crate) fn identity(fact: &Fact) -> &str {
    let id = fact.id.as_str();
    let subject = fact.subject.as_str();
    let bare = subject.strip_prefix(EVENT_OBJECT).unwrap_or(subject);
    let begins = |text: &str, with: &str| {
        text.strip_prefix(with)
            .is_some_and(|rest| rest.starts_with('#'))
    };
    let is_own = |text: &str| begins(text, bare) || begins(text, subject);
    match id.split_once(DESK_MARK) {
        Some((_, rest)) if !is_own(id) && is_own(rest) => rest,
        _ => id,
    }
}

/// The case and the step that a fact tells of; `None` when it is about anything else, or cannot be read.
pub(crate) fn step_of(fact: &Fact) -> Option<(EventId, Step)> {
    let case = fact.subject.strip_prefix(EVENT_OBJECT)?;
    let movement = Move::from_verb(&fact.verb)?;
    if case.is_empty() {
        return None;
    }
    let body = match serde_json::from_str::<Body>(&fact.body) {
        Ok(body) => body,
        Err(error) => {
            tracing::warn!(fact = %fact.id, %error, "a step of a case cannot be read");
            return None;
        }
    };
    // A body that tells of another move than its verb is not believed.
    if body.act.movement() != movement {
        tracing::warn!(fact = %fact.id, "a step of a case does something else than it says");
        return None;
    }
    let step = Step {
        id: identity(fact).to_owned(),
        at: fact.happened_at,
        known_at: fact.known_at,
        author: fact.author.clone(),
        body,
    };
    Some((EventId::new(case), step))
}

/// The fact that tells of a step of `case`. Refused when the hub would not take it.
pub(crate) fn fact_of_step(case: &EventId, step: &Step) -> Result<Fact, AppError> {
    let body = serde_json::to_string(&step.body).map_err(|error| AppError::BadRequest {
        what: "a step of a case",
        found: error.to_string(),
        reason: "texts and finite numbers",
    })?;
    let fact = Fact {
        id: step.id.clone(),
        happened_at: step.at,
        known_at: step.known_at,
        author: step.author.clone(),
        subject: format!("{EVENT_OBJECT}{case}"),
        verb: step.verb().to_owned(),
        body,
        cause: case.to_string(),
    };
    check_body(&fact)?;
    Ok(fact)
}

/// The step with which an event of the hub becomes a case: the same on every desk.
pub(crate) fn step_of_event(event: &Event) -> Step {
    let mut report = Incoming::of_event(event).report;
    if report.title.trim().is_empty() {
        report.title = clipped(event.id.as_str(), MOST_LINE);
    }
    report.text = clipped(&report.text, MOST_TEXT);
    report.source = clipped(&report.source, MOST_LINE);
    report.category = clipped(&report.category, MOST_LINE);
    report.external_id = clipped(&report.external_id, MOST_LINE);
    report.id = clipped(&report.id, MOST_LINE);
    let id = format!("{}#{}#{}", event.id, Move::Report.verb(), report.id);
    Step {
        id,
        // When the hub heard of it may change with every version of it.
        at: event.happened_at,
        known_at: event.known_at,
        author: BY_HUB.to_owned(),
        body: Body {
            role: SYSTEM.to_owned(),
            party: None,
            act: Act::Report(report),
        },
    }
}

fn clipped(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::tests::event;

    fn fact(id: &str, subject: &str) -> Fact {
        Fact {
            id: id.to_owned(),
            subject: subject.to_owned(),
            ..Fact::default()
        }
    }

    #[test]
    fn a_fact_has_one_identity_whoever_told_the_hub_of_it() {
        let check = |id: &str, subject: &str, expected: &str| {
            assert_eq!(identity(&fact(id, subject)), expected, "{id}");
        };
        check("e1#event_closed#Li#5", "event:e1", "e1#event_closed#Li#5");
        check(
            "desk-2~e1#event_closed#Li#5",
            "event:e1",
            "e1#event_closed#Li#5",
        );
        check(
            "desk-2~event:e1#plan_started#Li#5",
            "event:e1",
            "event:e1#plan_started#Li#5",
        );
        check(
            "a~b#event_closed#Li#5",
            "event:a~b",
            "a~b#event_closed#Li#5",
        );
        check(
            "desk-2~duty:log#duty_written#Li#5",
            "duty:log",
            "duty:log#duty_written#Li#5",
        );
        check("desk-2~other", "event:e1", "desk-2~other");
    }

    #[test]
    fn a_step_written_down_is_read_back_as_it_was() {
        let told = event(1, 5_000);
        let step = step_of_event(&told);
        let fact = fact_of_step(&told.id, &step).expect("a short report");
        assert_eq!(
            (fact.subject.as_str(), fact.verb.as_str()),
            ("event:e1", "event_reported")
        );
        assert_eq!(step_of(&fact), Some((told.id.clone(), step)));
        let lying = Fact {
            verb: "event_closed".to_owned(),
            ..fact
        };
        assert_eq!(step_of(&lying), None);
        let broken = Fact {
            body: "{".to_owned(),
            verb: "event_closed".to_owned(),
            ..lying
        };
        assert_eq!(step_of(&broken), None);
    }

    #[test]
    fn a_body_that_the_hub_would_not_take_is_refused() {
        let text = "长".repeat(MOST_BODY_BYTES / 3 + 1);
        let told = Event {
            description: text.clone(),
            ..event(1, 5_000)
        };
        // What the hub tells is cut; what a person writes is not.
        let mut step = step_of_event(&told);
        assert!(fact_of_step(&told.id, &step).is_ok());
        step.body.act = Act::Comment { text };
        assert!(fact_of_step(&told.id, &step).is_err());
    }

    #[test]
    fn an_event_without_a_title_is_called_by_its_name() {
        let step = step_of_event(&Event {
            title: " ".to_owned(),
            ..event(1, 5_000)
        });
        let Act::Report(report) = step.body.act else {
            panic!("a report");
        };
        assert!(!report.title.trim().is_empty());
    }

    #[test]
    fn an_act_is_the_same_fact_wherever_it_is_written() {
        let act = ActFact {
            subject: "duty:log".to_owned(),
            verb: "duty_written",
            body: "{}".to_owned(),
            author: "Li".to_owned(),
            at: UtcMillis(5),
            key: String::new(),
            cause: String::new(),
        };
        assert_eq!(act.fact(UtcMillis(9)).id, "duty:log#duty_written#Li#5");
        let other = ActFact {
            key: "2".to_owned(),
            ..act
        };
        assert_eq!(other.fact(UtcMillis(9)).id, "duty:log#duty_written#Li#5#2");
    }
}
