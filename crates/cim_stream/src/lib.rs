//! Pictures of foreign cameras, decoded behind a process boundary.
//!
//! The desk opens views ([`Views`]); each has a helper process of its own (`cim-stream`, [`run_helper`]) that builds walls round
//! itself before it reads the first foreign byte. What comes back are pictures of known size in [`Frame`]s and plain words about
//! what went wrong. A stream that crashes or tricks a decoder takes its helper with it and nothing else.

mod address;
mod boxes;
mod h264;
mod helper;
pub mod pattern;
pub mod picture;
mod protocol;
mod views;

pub use address::{Limits, SourceKind, StreamAddress, UnknownKind, Wanted};
pub use helper::run_helper;
pub use protocol::{Frame, Outcome, TimeFrom, Trouble, TroubleKind};
pub use views::{
    Clip, ClipError, OpenError, Playing, Usage, ViewId, ViewState, Views, ViewsSettings, WallTrial,
    find_helper,
};
