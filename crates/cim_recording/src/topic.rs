//! The channels of a recording.

/// The encoding of the channels that hold one JSON text a message.
pub(crate) const JSON: &str = "json";
/// The encoding of the channels that hold rows; `rows.rs` tells the bytes.
pub(crate) const ROWS: &str = "citymirror-rows";

/// A channel of a recording, in the order in which they are announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Topic {
    /// Things, datastreams, cameras.
    Catalogue,
    /// References to clips.
    Clips,
    /// Moments that somebody marked.
    Views,
    /// The whole state at a moment.
    State,
    /// What people did.
    Facts,
    /// Versions of events.
    Events,
    /// What changed.
    Observations,
}

impl Topic {
    /// Every channel.
    pub(crate) const ALL: [Self; 7] = [
        Self::Catalogue,
        Self::Clips,
        Self::Views,
        Self::State,
        Self::Facts,
        Self::Events,
        Self::Observations,
    ];

    /// The channel's name in the file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Catalogue => "catalogue",
            Self::Clips => "clips",
            Self::Views => "views",
            Self::State => "state",
            Self::Facts => "facts",
            Self::Events => "events",
            Self::Observations => "observations",
        }
    }

    /// How its messages are written.
    pub(crate) fn encoding(self) -> &'static str {
        match self {
            Self::State | Self::Observations => ROWS,
            Self::Catalogue | Self::Clips | Self::Views | Self::Facts | Self::Events => JSON,
        }
    }

    /// The channel called `name`.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }
}
