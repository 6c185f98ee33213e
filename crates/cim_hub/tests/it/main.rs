//! The crate from outside. One binary: linking is most of what each costs.

mod alerts;
mod doors;
mod exchange;
mod faults;
mod foreign;
mod hub;
mod postgres;
mod sensorthings_conformance;
mod simulate;
mod video;
