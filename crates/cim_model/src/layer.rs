//! What can be switched on and off in the twin.

/// A layer of the twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Buildings and building parts.
    Buildings,
    /// Roads and rail.
    Roads,
    /// Water.
    Water,
    /// Parks, woods, grass.
    Green,
    /// Sensing devices.
    Sensors,
    /// Cameras with their view wedges.
    Cameras,
    /// Events.
    Events,
    /// Names.
    Labels,
}

impl Layer {
    /// Every layer, in the order that the layer card shows.
    pub const ALL: [Self; 8] = [
        Self::Sensors,
        Self::Cameras,
        Self::Events,
        Self::Labels,
        Self::Buildings,
        Self::Roads,
        Self::Water,
        Self::Green,
    ];

    /// The word used in files and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Buildings => "buildings",
            Self::Roads => "roads",
            Self::Water => "water",
            Self::Green => "green",
            Self::Sensors => "sensors",
            Self::Cameras => "cameras",
            Self::Events => "events",
            Self::Labels => "labels",
        }
    }

    /// The layer spelt `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layer| layer.as_str() == word)
    }
}
