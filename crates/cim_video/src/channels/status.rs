//! How a channel is.

use cim_sync::gb28181::CatalogueEvent;

/// How a channel is, by its catalogue and its notices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Nobody said.
    #[default]
    Unknown,
    /// `ON`.
    On,
    /// `OFF`.
    Off,
    /// `VLOST`: no picture arrives from the lens.
    VideoLost,
    /// `DEFECT`: it is broken.
    Defect,
}

impl Status {
    /// Every status, in the order of their numbers.
    pub const ALL: [Self; 5] = [
        Self::Unknown,
        Self::On,
        Self::Off,
        Self::VideoLost,
        Self::Defect,
    ];

    /// What `word` means; devices write `Online`, `OK` and `1` too. `None` for an empty or a strange word.
    pub fn from_word(word: &str) -> Option<Self> {
        Some(match word.trim().to_ascii_uppercase().as_str() {
            "ON" | "ONLINE" | "OK" | "1" | "TRUE" => Self::On,
            "OFF" | "OFFLINE" | "NOTONLINE" | "0" | "FALSE" | "DEL" => Self::Off,
            "VLOST" => Self::VideoLost,
            "DEFECT" => Self::Defect,
            _ => return None,
        })
    }

    /// The status after `event`, when it tells one.
    pub fn after(event: CatalogueEvent) -> Option<Self> {
        match event {
            CatalogueEvent::On => Some(Self::On),
            CatalogueEvent::Off => Some(Self::Off),
            CatalogueEvent::VideoLost => Some(Self::VideoLost),
            CatalogueEvent::Defect => Some(Self::Defect),
            CatalogueEvent::Add | CatalogueEvent::Delete | CatalogueEvent::Update => None,
        }
    }

    /// True when it delivers.
    pub fn is_on(self) -> bool {
        self == Self::On
    }

    /// The word of the standard; empty when nobody said.
    pub fn standard_word(self) -> &'static str {
        match self {
            Self::Unknown => "",
            Self::On => "ON",
            Self::Off => "OFF",
            Self::VideoLost => "VLOST",
            Self::Defect => "DEFECT",
        }
    }

    /// A word of ours, as the wire and the texts of the UI know it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::On => "on",
            Self::Off => "off",
            Self::VideoLost => "video_lost",
            Self::Defect => "defect",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_devices_are_understood_and_ours_come_back() {
        for status in Status::ALL {
            let word = status.standard_word();
            let expected = (!word.is_empty()).then_some(status);
            assert_eq!(Status::from_word(word), expected);
        }
        for word in ["online", "OK", "1", " on "] {
            assert_eq!(Status::from_word(word), Some(Status::On), "{word}");
        }
        assert_eq!(Status::from_word("sleepy"), None);
        assert!(Status::On.is_on() && !Status::VideoLost.is_on());
        assert_eq!(Status::after(CatalogueEvent::Defect), Some(Status::Defect));
        assert_eq!(Status::after(CatalogueEvent::Update), None);
    }
}
