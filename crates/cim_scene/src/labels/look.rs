//! How many names the picture has, and how large they are.

use bevy_ecs::prelude::Resource;
use std::f64::consts::PI;

/// Text smaller than this part of its usual size, or larger than this many times, is never asked for in earnest.
const TEXT_SCALES: [f32; 2] = [0.5, 12.0];
/// Angle that the height of a 汉字 fills for an eye that can read it across a room, radians: 25 minutes of arc.
const READABLE_RAD: f64 = 25.0 / 60.0 * PI / 180.0;
/// Height of a 汉字, em.
const HAN_HEIGHT_EM: f64 = 0.92;
/// Height of one em of the smallest names, CSS px.
const SMALLEST_PX: f64 = 12.0;
/// Height of the wall that is drawn for, CSS px.
const DESIGN_HEIGHT_PX: f64 = 1080.0;

/// How many names and how large. About 28 for 1280 × 720 CSS px, at their usual size, at first.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct LabelLook {
    density: LabelDensity,
    text_scale: f32,
}

impl Default for LabelLook {
    fn default() -> Self {
        Self {
            density: LabelDensity::default(),
            text_scale: 1.0,
        }
    }
}

impl LabelLook {
    /// How many names.
    pub fn density(&self) -> LabelDensity {
        self.density
    }

    /// How many times larger than usual names are.
    pub fn text_scale(&self) -> f32 {
        self.text_scale
    }

    /// The same with another density.
    #[must_use]
    pub fn with_density(self, density: LabelDensity) -> Self {
        Self { density, ..self }
    }

    /// The same with names so many times larger than usual, 0.5 to 12; unchanged for what is not a number.
    #[must_use]
    pub fn with_text_scale(self, text_scale: f32) -> Self {
        let [least, most] = TEXT_SCALES;
        if text_scale.is_finite() {
            Self {
                text_scale: text_scale.clamp(least, most),
                ..self
            }
        } else {
            self
        }
    }
}

/// How many names the picture has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LabelDensity {
    /// About 14 for 1280 × 720 CSS px, 60 at most.
    Few,
    /// About 28, 120 at most: one sees the city first and reads second.
    #[default]
    Normal,
    /// As many as have room, 2 000 at most.
    Many,
}

impl LabelDensity {
    /// Names for a picture of 1280 × 720 CSS px, and names at most.
    pub(crate) fn names(self) -> (f64, usize) {
        match self {
            Self::Few => (14.0, 60),
            Self::Normal => (28.0, 120),
            Self::Many => (400.0, 2_000),
        }
    }

    /// The distance that a new name keeps from others, CSS px: about one letter, so that names stand alone.
    pub(crate) fn gap_px(self) -> f32 {
        match self {
            Self::Few | Self::Normal => 12.0,
            Self::Many => 4.0,
        }
    }
}

/// How many times larger than usual names have to be so that the smallest can be read from `distance_m` away on a screen whose
/// physical pixels are `pixel_m` wide and of which `scale` make a CSS px. Never less than 1; 1 for what makes no sense.
///
/// A 汉字 of height 2·d·tan(25′/2) fills 25 minutes of arc.
pub fn wall_text_scale(distance_m: f64, pixel_m: f64, scale: f64) -> f32 {
    let is_sensible = [distance_m, pixel_m, scale]
        .iter()
        .all(|value| value.is_finite() && *value > 0.0);
    if !is_sensible {
        return 1.0;
    }
    let height_m = 2.0 * distance_m * (READABLE_RAD * 0.5).tan();
    let em_px = height_m / HAN_HEIGHT_EM / pixel_m;
    let wanted = (em_px / (SMALLEST_PX * scale)) as f32;
    LabelLook::default()
        .with_text_scale(wanted.max(1.0))
        .text_scale()
}

/// How many times larger than usual names are on a wall of which nobody said from how far it is read, and which is `height_px` CSS px
/// high: they grow with it, as the type of the page around them does. Never less than 1; 1 for what makes no sense.
pub fn wall_text_scale_by_height(height_px: f64) -> f32 {
    let wanted = (height_px / DESIGN_HEIGHT_PX) as f32;
    if !wanted.is_finite() {
        return 1.0;
    }
    LabelLook::default()
        .with_text_scale(wanted.max(1.0))
        .text_scale()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_a_wall_that_nobody_measured_grow_with_its_height() {
        let wanted = [
            (2160.0, 2.0),
            (1080.0, 1.0),
            (768.0, 1.0),
            (0.0, 1.0),
            (f64::NAN, 1.0),
            (1e9, TEXT_SCALES[1]),
        ];
        for (height_px, scale) in wanted {
            let got = wall_text_scale_by_height(height_px);
            assert!((got - scale).abs() < 1e-6, "{height_px} px: {got}");
        }
    }

    #[test]
    fn names_on_a_wall_fill_twenty_five_minutes_of_arc() {
        // Five metres from a wall of 1.2 mm pixels, as LED walls have them.
        let scale = f64::from(wall_text_scale(5.0, 0.0012, 1.0));
        let height_m = scale * SMALLEST_PX * 0.0012 * HAN_HEIGHT_EM;
        let minutes = (height_m / 5.0).atan().to_degrees() * 60.0;
        assert!((minutes - 25.0).abs() < 0.1, "{minutes}′");
    }

    #[test]
    fn at_a_desk_names_keep_their_size() {
        assert!((wall_text_scale(0.6, 0.00027, 1.0) - 1.46).abs() < 0.05);
        assert!((wall_text_scale(0.3, 0.00027, 1.0) - 1.0).abs() < 1e-6);
        assert!((wall_text_scale(f64::NAN, 0.001, 1.0) - 1.0).abs() < 1e-6);
        assert!((wall_text_scale(5.0, 0.0, 1.0) - 1.0).abs() < 1e-6);
    }

    #[test]
    fn absurd_sizes_are_brought_into_range() {
        let look = LabelLook::default();
        assert!((look.with_text_scale(100.0).text_scale() - 12.0).abs() < 1e-6);
        assert!((look.with_text_scale(f32::NAN).text_scale() - 1.0).abs() < 1e-6);
    }
}
