//! Something that happened in the city and must be handled.

use crate::{Severity, UtcMillis, thing::identity};
use cim_geo::Geodetic;
use std::fmt;
use std::sync::Arc;

identity! {
    /// An event's identity at its hub.
    EventId
}

/// How grave an event is: 特别重大 I, 重大 II, 较大 III, 一般 IV. Not the alarm scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventLevel {
    /// 一般.
    #[default]
    IV,
    /// 较大.
    III,
    /// 重大.
    II,
    /// 特别重大.
    I,
}

impl EventLevel {
    /// The Roman numeral, as used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::I => "I",
            Self::II => "II",
            Self::III => "III",
            Self::IV => "IV",
        }
    }

    /// The level spelt `numeral`.
    pub fn from_numeral(numeral: &str) -> Option<Self> {
        [Self::I, Self::II, Self::III, Self::IV]
            .into_iter()
            .find(|level| level.as_str() == numeral)
    }

    /// The severity whose colour and shape an event of this level borrows on lists and pins.
    pub fn shown_as(self) -> Severity {
        match self {
            Self::I => Severity::Critical,
            Self::II => Severity::High,
            Self::III => Severity::Medium,
            Self::IV => Severity::Low,
        }
    }
}

/// How far an event has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EventStatus {
    /// 上报: reported, nobody has taken it.
    #[default]
    Reported,
    /// 处置中: somebody handles it.
    Handling,
    /// 结案: closed.
    Closed,
}

impl EventStatus {
    /// The word used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Handling => "handling",
            Self::Closed => "closed",
        }
    }

    /// The status spelt `word`.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Reported, Self::Handling, Self::Closed]
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}

/// Whether something is real (CAP 1.2, 3.2.1 `<status>`). What is not real never looks or sounds real.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Standing {
    /// 实际: it happened.
    #[default]
    Actual,
    /// 演练: part of an exercise.
    Exercise,
    /// 系统: a message between systems.
    System,
    /// 测试: a technical test; everybody disregards it.
    Test,
    /// 草稿: a draft that nobody may act on.
    Draft,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 5] = [
        Self::Actual,
        Self::Exercise,
        Self::System,
        Self::Test,
        Self::Draft,
    ];

    /// The word used on the wire: CAP's, in small letters.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Actual => "actual",
            Self::Exercise => "exercise",
            Self::System => "system",
            Self::Test => "test",
            Self::Draft => "draft",
        }
    }

    /// The standing spelt `word`, in small letters or as CAP spells it.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|standing| standing.as_str().eq_ignore_ascii_case(word))
    }

    /// True when it happened.
    pub fn is_real(self) -> bool {
        self == Self::Actual
    }
}

/// Something that happened in the city and must be handled.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Identity at the hub.
    pub id: EventId,
    /// What happened, in one line.
    pub title: String,
    /// More about it; may be empty.
    pub description: String,
    /// Category word, for instance `road_damage`; the packs name them.
    pub category: String,
    /// How grave it is.
    pub level: EventLevel,
    /// How far it has come.
    pub status: EventStatus,
    /// Where it happened.
    pub position: Geodetic,
    /// When it happened in the city.
    pub happened_at: UtcMillis,
    /// When the hub came to know of it.
    pub known_at: UtcMillis,
    /// Who reported it: `hotline`, `grid_worker`, `sensor` …
    pub source: String,
    /// Whether it is real.
    pub standing: Standing,
}
