//! The alarm desk as pure state: the life of a condition as OPC UA Part 9 has it, all conditions of a desk, less noise, and the load
//! on an operator.
//!
//! Times come in as [`cim_model::UtcMillis`]; nothing here reads a clock, a file or a network. What a value means is found by
//! [`rules`]; writing down what became of an alarm and showing it belong to the desk's application.

mod condition;
mod desk;
pub mod load;
pub mod noise;
pub mod rules;

pub use condition::{
    Act, Became, Comment, Condition, ConditionId, Guard, Hidden, Input, Level, MAX_BRANCHES,
    MAX_COMMENTS, MAX_PAST, MAX_TEXT_CHARS, Node, Note, Occurrence, Operator, Policy, Refusal,
    Region, SHELVINGS_WITHIN_S, ShelveKind, Shelved, Stamp, Step, SuppressCause, Suppression,
    TRANSITIONS, Transition, Trigger, condition_of, diagram, next,
};
pub use desk::{
    About, AlarmDesk, Applied, Bulk, Changes, DeskLimits, Filter, HiddenCounts, Row, SoundOf,
    Tallies, Target,
};
