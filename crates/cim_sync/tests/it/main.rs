//! The crate from outside. One binary: linking is most of what each costs.

mod conformance_cap;
mod conformance_gb28181;
mod conformance_sensorthings;
mod hub;
mod mutated;
mod plain_text;
mod sources;
