//! What a plan is: its levels, steps, needs, messages and the area to warn.

use crate::Words;
use cim_model::EventLevel;
use serde::{Deserialize, Serialize};

/// How much of a plan is set in motion: 四级响应 to 一级响应. Not the level of the event; a named officer raises and lowers it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// 四级, the lowest.
    #[default]
    Four,
    /// 三级.
    Three,
    /// 二级.
    Two,
    /// 一级, the highest.
    One,
}

impl Response {
    /// Every level, from the lowest.
    pub const ALL: [Self; 4] = [Self::Four, Self::Three, Self::Two, Self::One];

    /// The word used in files and facts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Four => "four",
            Self::Three => "three",
            Self::Two => "two",
            Self::One => "one",
        }
    }
}

/// What kind of help a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// 队伍: people who come.
    Team,
    /// 物资库: goods that somebody fetches.
    Store,
    /// 车辆: a vehicle with its crew.
    Vehicle,
}

impl ResourceKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Team, Self::Store, Self::Vehicle];

    /// The word used in files and facts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Store => "store",
            Self::Vehicle => "vehicle",
        }
    }
}

/// How a message goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    /// 短信.
    Sms,
    /// 电话: read out.
    Phone,
    /// 广播.
    Broadcast,
    /// 情报板: signs along the road.
    Sign,
    /// 工作群 or another application.
    App,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 5] = [
        Self::Sms,
        Self::Phone,
        Self::Broadcast,
        Self::Sign,
        Self::App,
    ];

    /// The word used in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Phone => "phone",
            Self::Broadcast => "broadcast",
            Self::Sign => "sign",
            Self::App => "app",
        }
    }
}

/// Somebody to call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contact {
    /// Who.
    pub name: Words,
    /// The number to dial.
    pub phone: String,
}

/// When a response level is proposed, and who orders it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanLevel {
    /// The level.
    pub response: Response,
    /// Proposed for events of this level and graver ones.
    pub from: EventLevel,
    /// The role of the officer who orders it.
    pub by: String,
    /// What it means here.
    pub about: Words,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanStep {
    /// Identity within the plan; ticks name it.
    pub id: String,
    /// What is to be done.
    pub text: Words,
    /// The role that does it.
    pub role: String,
    /// Seconds within which it has to be done; `None` without a timer.
    pub within_s: Option<u32>,
    /// The step whose end starts the timer; without one the timer starts when the step is called.
    pub after: Option<String>,
    /// Called from this response level on.
    pub from: Response,
    /// Who can be called.
    pub contacts: Vec<Contact>,
    /// True when it counts as done only with a photo, a recording or a document.
    pub needs_evidence: bool,
    /// True when the event may be closed without it.
    pub is_optional: bool,
}

/// What the plan needs on the spot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// What kind of help.
    pub kind: ResourceKind,
    /// The capability, such as `pump_truck`; resources name theirs alike.
    pub what: String,
    /// Its name for people.
    pub name: Words,
    /// How many.
    pub count: u32,
    /// Looked for within so many metres; `None` for everywhere.
    pub within_m: Option<u32>,
}

/// A message that is ready but for its particulars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Identity within the plan.
    pub id: String,
    /// How it goes out.
    pub channel: Channel,
    /// Its name for people.
    pub name: Words,
    /// The text, with `{placeholders}` of [`super::PLACEHOLDERS`].
    pub text: Words,
}

/// Who has to be warned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WarnArea {
    /// Everybody within so many metres of the event.
    RadiusM(u32),
    /// Everybody within the fence of the pack with this identity.
    Fence(String),
}

/// A response plan 预案 with its action card 处置卡.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Identity.
    pub id: String,
    /// Its name.
    pub name: Words,
    /// What it is for.
    pub about: Words,
    /// The category words of the events that it serves.
    pub events: Vec<String>,
    /// The document that it follows.
    pub source: String,
    /// True when such an event may be closed only with evidence.
    pub closing_needs_evidence: bool,
    /// Its response levels, from the lowest.
    pub levels: Vec<PlanLevel>,
    /// What is to be done, in order.
    pub steps: Vec<PlanStep>,
    /// What is needed on the spot.
    pub needs: Vec<Need>,
    /// Messages.
    pub messages: Vec<Template>,
    /// Who has to be warned.
    pub warn: Option<WarnArea>,
}

impl Plan {
    /// True when it serves events of `category`.
    pub fn serves(&self, category: &str) -> bool {
        self.events.iter().any(|event| event == category)
    }

    /// The response level that it proposes for an event of `level`; an officer decides.
    pub fn proposed(&self, level: EventLevel) -> Option<Response> {
        let levels = self.levels.iter().filter(|plan| plan.from <= level);
        levels.map(|plan| plan.response).max()
    }

    /// What it says of a response level.
    pub fn level(&self, response: Response) -> Option<&PlanLevel> {
        self.levels.iter().find(|level| level.response == response)
    }

    /// The step called `id`.
    pub fn step(&self, id: &str) -> Option<&PlanStep> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// The message called `id`.
    pub fn message(&self, id: &str) -> Option<&Template> {
        self.messages.iter().find(|message| message.id == id)
    }
}
