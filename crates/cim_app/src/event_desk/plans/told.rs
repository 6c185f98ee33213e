//! What a fact tells of plans, dispatches, broadcasts and pictures, and how such an act is written down.

use crate::{
    error::AppError,
    event_desk::ActFact,
    exchange::EVENT_OBJECT,
    wire::{ChannelDto, ReachKindDto},
};
use cim_event::{
    dispatch::{Area, DispatchAct, PictureAct},
    plan::PlanAct,
};
use cim_model::{EventId, UtcMillis};
use cim_store::Fact;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The verb of a broadcast.
pub(super) const BROADCAST: &str = "dispatch_broadcast";
/// The longest body that is read, bytes.
const MOST_BODY_BYTES: usize = 64 * 1024;

/// A message to everybody within an area; the body of a fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Broadcast {
    /// The area.
    pub(super) area: Area,
    /// How it goes out.
    pub(super) channel: ChannelDto,
    /// What it says.
    pub(super) text: String,
    /// The plan's message that it is; empty for a text of one's own.
    #[serde(default)]
    pub(super) message: String,
    /// How many were inside when it was sent, by kind.
    #[serde(default)]
    pub(super) reached: BTreeMap<ReachKindDto, u32>,
}

/// What a fact tells.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Told {
    /// Of a plan.
    Plan(PlanAct),
    /// Of somebody who was sent.
    Dispatch(DispatchAct),
    /// Of a broadcast.
    Broadcast(Broadcast),
    /// Of a picture.
    Picture(PictureAct),
}

impl Told {
    /// The verb of the fact.
    pub(super) fn verb(&self) -> &'static str {
        match self {
            Self::Plan(act) => act.verb(),
            Self::Dispatch(act) => act.verb(),
            Self::Broadcast(_) => BROADCAST,
            Self::Picture(act) => act.verb(),
        }
    }

    fn body(&self) -> Result<String, serde_json::Error> {
        match self {
            Self::Plan(act) => serde_json::to_string(act),
            Self::Dispatch(act) => serde_json::to_string(act),
            Self::Broadcast(act) => serde_json::to_string(act),
            Self::Picture(act) => serde_json::to_string(act),
        }
    }

    /// How it is written down that `author` does it about `case` at `at`.
    pub(super) fn act(
        &self,
        case: &EventId,
        author: &str,
        at: UtcMillis,
    ) -> Result<ActFact, AppError> {
        let body = self.body().map_err(|error| AppError::BadRequest {
            what: "what is done",
            found: error.to_string(),
            reason: "texts and finite numbers",
        })?;
        Ok(ActFact {
            subject: format!("{EVENT_OBJECT}{case}"),
            verb: self.verb(),
            body,
            author: author.to_owned(),
            at,
            key: String::new(),
            cause: case.to_string(),
        })
    }
}

/// The case and what `fact` tells of it; `None` when it is about anything else, or cannot be read.
pub(super) fn told_of(fact: &Fact) -> Option<(EventId, Told)> {
    let case = fact.subject.strip_prefix(EVENT_OBJECT)?;
    let (kind, _) = fact.verb.split_once('_')?;
    if case.is_empty() || !matches!(kind, "plan" | "dispatch" | "picture") {
        return None;
    }
    let case = EventId::new(case);
    match read(kind, fact) {
        // A body that tells of another act than its verb is not believed, nor one of another case.
        Ok(told) if told.verb() == fact.verb && is_about(&told, &case) => Some((case, told)),
        Ok(_) => {
            tracing::warn!(fact = %fact.id, "a fact does something else than it says");
            None
        }
        Err(error) => {
            tracing::warn!(fact = %fact.id, %error, "a fact about a plan, a dispatch or a picture cannot be read");
            None
        }
    }
}

fn read(kind: &str, fact: &Fact) -> Result<Told, String> {
    if fact.body.len() > MOST_BODY_BYTES {
        return Err(format!("its body has {} bytes", fact.body.len()));
    }
    let body = fact.body.as_str();
    let told = match kind {
        "plan" => serde_json::from_str(body).map(Told::Plan),
        "picture" => serde_json::from_str(body).map(Told::Picture),
        _ if fact.verb == BROADCAST => serde_json::from_str(body).map(Told::Broadcast),
        _ => serde_json::from_str(body).map(Told::Dispatch),
    };
    told.map_err(|error| error.to_string())
}

fn is_about(told: &Told, case: &EventId) -> bool {
    match told {
        Told::Dispatch(DispatchAct::Send { event, .. }) => event == case,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_event::{Party, PartyKind, Place, dispatch::AssignStep};

    fn every() -> Vec<Told> {
        let place = |lon_deg: f64, lat_deg: f64| Place { lon_deg, lat_deg };
        let ring = vec![place(117.0, 34.0), place(117.1, 34.0), place(117.1, 34.1)];
        vec![
            Told::Plan(PlanAct::Start {
                plan: "gas-leak".to_owned(),
            }),
            Told::Dispatch(DispatchAct::Send {
                assignment: "a".to_owned(),
                event: EventId::new("e1"),
                to: Party {
                    kind: PartyKind::Team,
                    id: "gas/crew".to_owned(),
                    name: "抢险队".to_owned(),
                },
                task: "关阀".to_owned(),
                answer_within_s: 600,
            }),
            Told::Dispatch(DispatchAct::Step {
                assignment: "a".to_owned(),
                step: AssignStep::Arrive,
                note: String::new(),
            }),
            Told::Broadcast(Broadcast {
                area: Area::new(ring).expect("an area"),
                channel: ChannelDto::Sms,
                text: "请撤离".to_owned(),
                message: String::new(),
                reached: BTreeMap::from([(ReachKindDto::Person, 3)]),
            }),
            Told::Picture(PictureAct::Remove {
                mark: "m".to_owned(),
            }),
        ]
    }

    #[test]
    fn what_is_written_down_is_read_again() {
        let case = EventId::new("e1");
        for told in every() {
            let act = told.act(&case, "Li", UtcMillis(5)).expect("texts");
            let fact = act.fact(UtcMillis(5));
            assert_eq!(told_of(&fact), Some((case.clone(), told)));
        }
    }

    #[track_caller]
    fn check(change: impl Fn(&mut Fact)) {
        let told = every().remove(1);
        let act = told.act(&EventId::new("e1"), "Li", UtcMillis(5));
        let mut fact = act.expect("texts").fact(UtcMillis(5));
        change(&mut fact);
        assert_eq!(told_of(&fact), None);
    }

    #[test]
    fn what_cannot_be_believed_is_passed_over() {
        check(|fact| fact.verb = "dispatch_recalled".to_owned());
        check(|fact| fact.verb = "event_commented".to_owned());
        check(|fact| fact.subject = "event:e2".to_owned());
        check(|fact| fact.subject = "event:".to_owned());
        check(|fact| fact.subject = "duty:log".to_owned());
        check(|fact| fact.body = "{".to_owned());
        check(|fact| fact.body = " ".repeat(MOST_BODY_BYTES + 1));
    }
}
