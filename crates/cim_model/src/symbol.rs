//! A live thing as the twin shows it: where, which shape, which state.
//!
//! `cim_app` decides these from the state at the clock's moment, `cim_scene` keeps them in columns, `cim_render` draws them.

use crate::{Freshness, SensorKind, Severity};
use cim_geo::Geodetic;

/// A symbol's dense index: row of the scene's columns and of the GPU's buffer. Stable while the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SymbolKey(pub u32);

/// What a symbol stands for; decides its shape and its layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SymbolShape {
    /// A sensing device.
    Sensor(SensorKind),
    /// A camera, with the wedge that it sees.
    Camera {
        /// Where it looks, clockwise from north, degrees.
        azimuth_deg: f32,
        /// Horizontal field of view, degrees.
        fov_deg: f32,
        /// How far it is useful, metres.
        range_m: f32,
    },
    /// An event's pin.
    Event,
}

/// The part of a symbol that changes while it stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SymbolState {
    /// Colour and mark.
    pub severity: Severity,
    /// Strength: late and missing values are dimmed.
    pub freshness: Freshness,
    /// True for what did not happen: an exercise, a test, a draft. It has a colour and a shape of its own, and never those
    /// of a severity.
    pub unreal: bool,
    /// False when there is nothing to show at the clock's moment.
    pub shown: bool,
}

/// A live thing as the twin shows it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Symbol {
    /// Its row.
    pub key: SymbolKey,
    /// What it stands for.
    pub shape: SymbolShape,
    /// Where it is, WGS 84 / CGCS2000; height above ground in metres.
    pub position: Geodetic,
    /// Its state now.
    pub state: SymbolState,
}
