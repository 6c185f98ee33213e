//! A twin without a window over an empty ground, with live things made up from a seed: what benches, drills and soaks of the
//! live layers share.

mod meters;
mod things;
mod twin;

pub(crate) use meters::{cpu_seconds, cpu_seconds_of, peak_bytes, resident_bytes};
pub(crate) use things::{ORIGIN, RADIUS_M, SIDE_M, Things, epoch, layer, unit_of};
pub(crate) use twin::LiveTwin;
