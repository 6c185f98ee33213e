//! What a picture is good for, by its pixels on a metre of what it shows.

/// What a person can do with the picture of something so large (IEC 62676-4, pixels per metre; second-hand).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Below 12.5 pixels a metre: a speck.
    #[default]
    None,
    /// From 12.5: how many people there are and where they go.
    Monitor,
    /// From 25: that somebody is there.
    Detect,
    /// From 62.5: clothes and other characteristics.
    Observe,
    /// From 125: whether it is somebody seen before.
    Recognise,
    /// From 250: who it is, beyond doubt.
    Identify,
}

impl Level {
    /// All levels, the poorest first; each one's place here is its number.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::Monitor,
        Self::Detect,
        Self::Observe,
        Self::Recognise,
        Self::Identify,
    ];

    /// Pixels on a metre from which the level is reached.
    pub fn least_pixels_per_m(self) -> f32 {
        match self {
            Self::None => 0.0,
            Self::Monitor => 12.5,
            Self::Detect => 25.0,
            Self::Observe => 62.5,
            Self::Recognise => 125.0,
            Self::Identify => 250.0,
        }
    }

    /// The level that so many pixels on a metre reach.
    pub fn of(pixels_per_m: f32) -> Self {
        Self::ALL
            .into_iter()
            .rev()
            .find(|level| pixels_per_m >= level.least_pixels_per_m())
            .unwrap_or_default()
    }

    /// The word in files and keys of texts.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Monitor => "monitor",
            Self::Detect => "detect",
            Self::Observe => "observe",
            Self::Recognise => "recognise",
            Self::Identify => "identify",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_reached_from_its_own_pixels_on() {
        for (pixels_per_m, expected) in [
            (f32::NAN, "none"),
            (0.0, "none"),
            (12.4, "none"),
            (12.5, "monitor"),
            (62.4, "detect"),
            (62.5, "observe"),
            (249.0, "recognise"),
            (f32::INFINITY, "identify"),
        ] {
            assert_eq!(Level::of(pixels_per_m).word(), expected, "{pixels_per_m}");
        }
        for (at, level) in Level::ALL.into_iter().enumerate() {
            assert_eq!(level as usize, at);
        }
    }
}
