//! Response plans 预案: what is to be done for an event of a kind, by whom, by when, with what, and who is told.
//!
//! A [`Plan`] is data from `plans/*.toml` of a scene pack ([`read_plans`]); a [`PlanRun`] is that plan at work for one event,
//! folded from what people did. Both make an outline that a printer puts on paper.

mod card;
mod keys;
mod moment;
mod near;
mod print;
mod read;
mod run;
mod stamp;
mod template;

pub use card::{
    Channel, Contact, Need, Plan, PlanLevel, PlanStep, ResourceKind, Response, Template, WarnArea,
};
pub use keys::FileProblem;
pub(crate) use keys::{Keys, tables_of};
pub(crate) use moment::{DAY_MS, civil_of, hour_of, minute_of_day, text_of};
pub(crate) use print::Say;
pub use print::TEXT_KEYS;
pub use read::{
    Known, MOST_CONTACTS, MOST_FILE_BYTES, MOST_MESSAGES, MOST_NEEDS, MOST_PLANS, MOST_STEPS,
    read_plans,
};
pub use run::{
    MOST_ACTS, MOST_NOTE_BYTES, MarkKind, OVERSIGHT, PlanAct, PlanRefusal, PlanRun, Progress,
    ResponseSet, SentMessage, StepMark, StepState,
};
pub(crate) use stamp::Journal;
pub use stamp::Stamp;
pub use template::{Filled, PLACEHOLDERS, TemplateFault, fill, placeholders};
