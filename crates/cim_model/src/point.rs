//! Which live thing a point of the twin stands for.

/// A point's place in the desk's layers: rows of a layer are numbered from 0, anew whenever the layer's set is handed out.
///
/// Numbers below 16 are the layers that every desk has (see [`PointKey::SENSORS`] and its like); those of scene packs follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PointKey {
    /// The number that the desk gives the layer while it runs.
    pub layer: u16,
    /// The row in it.
    pub row: u32,
}

impl PointKey {
    /// Sensing devices.
    pub const SENSORS: u16 = 0;
    /// Cameras.
    pub const CAMERAS: u16 = 1;
    /// Events.
    pub const EVENTS: u16 = 2;
    /// Vehicles.
    pub const VEHICLES: u16 = 3;
    /// People in the field.
    pub const PEOPLE: u16 = 4;
    /// Pipes and what belongs to them.
    pub const ASSETS: u16 = 5;
    /// The first number of a scene pack's own layers.
    pub const FIRST_OWN: u16 = 16;

    /// Row `row` of the layer numbered `layer`.
    pub fn new(layer: u16, row: u32) -> Self {
        Self { layer, row }
    }
}
