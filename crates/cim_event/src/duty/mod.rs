//! Being on duty 值班: the log of a shift, who is on duty when, and the handover 交接班 that both officers sign.

mod chain;
mod handover;
mod log;
mod print;
mod roster;

pub use handover::{
    Draft, HANDOVER_STEPS, Handover, HandoverAct, HandoverRefusal, HandoverState, HandoverStep,
    ItemKind, MOST_COVERED, MOST_ITEMS, OpenItem, Signature,
};
pub use log::{
    DutyAct, DutyLog, EntrySource, LogEntry, LogRefusal, MOST_ENTRIES, MOST_ENTRY_BYTES,
};
pub use print::{TEXT_KEYS, log_outline};
pub use roster::{Duty, MOST_DUTIES, MOST_SHIFTS, OnDuty, Roster, Shift, read_roster};
