//! Starting, watching and photographing other programs: what the commands and the journeys have in common.
//!
//! The commands themselves are in `main.rs` and its modules.

#![expect(
    clippy::disallowed_methods,
    reason = "a host: reads the environment and says how long its steps took"
)]

pub mod display;
pub mod process;
pub mod step;

/// What a command comes to: something, or a sentence that says what went wrong and what to do.
pub type Outcome<T = ()> = Result<T, String>;
