//! What happens in the city and has to be handled: the six-step loop 事件收集 → 集中交办 → 限时办结 → 跟踪督办 →
//! 反馈评价 → 分析应用, with rights, deadlines, codes, plans, dispatch, the duty log and its figures.
//!
//! Pure: no I/O, no clock, no randomness. Moments come in as values, files as texts. A case is folded from steps, one for
//! each fact that somebody wrote down; the same steps give the same case on every desk, in whatever order they arrive.

pub mod analysis;
mod calendar;
mod case;
mod codes;
mod deadline;
mod dedup;
pub mod dispatch;
pub mod duty;
mod flow;
pub mod plan;
mod reading;
mod relation;
mod rights;
mod sources;
mod wire;
mod words;

pub use calendar::{Calendar, LocalTime};
pub use case::{
    Act, Applied, Assignment, Attachment, Body, Case, CaseReport, CaseState, Comment, Entry,
    Extension, Handling, Link, LinkKind, Party, PartyKind, Place, Rating, Report, Step, StepFault,
    Urge, Verification,
};
pub use codes::{
    CategoryCode, CategoryKind, CategoryRow, CategoryTable, CodeFault, ComponentCode,
    ComponentLayout, DivisionCode, DivisionLevel, Divisions, GridCode,
};
pub use deadline::{
    Allowance, Deadlines, Due, Kept, Light, Measure, Phase, PhaseClock, Reminder, Stop, due, kept,
    reminders,
};
pub use dedup::{Fingerprint, Likeness, Sieve, SieveSettings, likeness, similarity};
pub use flow::{LoopStep, MOVES, Move, MoveRow, Stage, To, diagram, next};
pub use reading::{Fault, Words};
pub use relation::Cases;
pub use rights::{Actor, Refusal, RoleRow, Roles, Scope, Terms, allowed};
pub use sources::{Incoming, Intake, SourceKind, intake};
