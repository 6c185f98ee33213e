//! What a journey needs: a hub with sources, the desk in its real window or without one, a person's eyes and hands.
//!
//! The journeys themselves are in `tests/`. They start the programs that `cargo build --workspace` made, on free ports
//! of 127.0.0.1 and on a display of their own, and end everything that they started.

#![expect(
    clippy::disallowed_methods,
    reason = "a journey is a host: it reads the environment and waits for programs"
)]

mod broker;
mod desk;
mod feed;
mod headless;
mod hub;
mod minutes;
mod place;
mod shift;
mod video;
mod web;
mod window;

pub use broker::Broker;
pub use desk::{Desk, SourceRow};
pub use feed::{Feed, WebFeed};
pub use headless::{DeskPlace, HeadlessDesk, MachineClock};
pub use hub::{Hub, HubPlace, Simulator};
pub use minutes::{Minutes, difference, iso, minutes_of_cache, minutes_of_hub};
pub use place::{Folder, cim, demo_city, needs, program, shared, top};
pub use web::{Web, wait_until};
pub use window::Window;
pub use xtask::Outcome;
pub use xtask::display::{Size, VirtualDisplay};
pub use xtask::process::{find_program, free_port, read};
