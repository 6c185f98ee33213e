//! How a Bevy app lives in somebody else's window, or in none: surface, size, pacing, threads.
//!
//! Knows nothing of the city. The app is a [`Guest`]; [`Twin`] runs it on a thread of its own inside a native child window,
//! [`Headless`] runs it on the caller's thread and hands its picture out. Every platform switch and every `unsafe` of the
//! product is in `native`.

mod app;
mod guest;
mod headless;
mod native;
mod stats;
mod twin;

pub use guest::{Guest, Size, Wake};
pub use headless::{Headless, Picture};
pub use native::ChildSurface;
pub use stats::FrameStats;
pub use twin::{Twin, TwinInput, ViewportError};
