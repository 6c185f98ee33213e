//! How a picture of the city is drawn: which style, which shadows, how many samples, which extra passes.

use crate::{
    device::{Care, FINE_SAMPLES},
    view::casts_shadows,
};
use cim_scene::{CityLook, Quality, Style};

/// What every pipeline of the city's picture is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Manner {
    /// `STYLE` of the shaders: 0 night, 1 day, 2 white model.
    style: u8,
    /// `SHADOWS` of the shaders: 0 none, 1 four samples of the sun's depth, 2 sixteen.
    shadows: u8,
    /// Samples per pixel.
    samples: u8,
}

impl Manner {
    /// For passes that write depth alone: their pipelines are the same in every style.
    pub(crate) const DEPTH: Self = Self {
        style: 0,
        shadows: 0,
        samples: 1,
    };

    /// The manner of a look: what its quality allows while the camera moves, and at rest.
    pub(crate) fn of(look: &CityLook, care: Care) -> Self {
        let style = match look.style {
            Style::Night => 0,
            Style::Day => 1,
            Style::White => 2,
        };
        let shadows = match look.quality {
            Quality::Soft => 0,
            Quality::Standard => 1,
            Quality::High => 2,
        };
        let samples = if look.quality == Quality::High || care == Care::Fine {
            FINE_SAMPLES as u8
        } else {
            1
        };
        Self {
            style,
            shadows: if casts_shadows(look) { shadows } else { 0 },
            samples,
        }
    }

    /// `STYLE` of the shaders.
    pub(crate) fn style(self) -> u8 {
        self.style
    }

    /// Samples per pixel.
    pub(crate) fn samples(self) -> u32 {
        u32::from(self.samples)
    }

    /// True when the sun's picture is needed.
    pub(crate) fn has_shadows(self) -> bool {
        self.shadows > 0
    }

    /// The side of the sun's picture, texels.
    pub(crate) fn shadow_size(self) -> u32 {
        match self.shadows {
            0 => 1,
            1 => 2_048,
            _ => 4_096,
        }
    }

    /// The overrides that backdrop and city share.
    pub(crate) fn constants(self) -> [(&'static str, f64); 2] {
        [
            ("STYLE", f64::from(self.style)),
            ("SHADOWS", f64::from(self.shadows)),
        ]
    }

    /// How strongly contact is shaded and edges are drawn in this style, 0 to 1.
    pub(crate) fn contact_and_edges(self) -> [f64; 2] {
        match self.style {
            0 => [0.75, 0.10],
            1 => [0.85, 0.10],
            _ => [1.0, 0.38],
        }
    }
}

/// True when contact is shaded: always in the highest quality, at rest in the others. A picture at rest is drawn once.
pub(crate) fn has_occlusion(look: &CityLook, care: Care) -> bool {
    look.quality == Quality::High || care == Care::Fine
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_scene::Sun;

    fn look(style: Style, quality: Quality) -> CityLook {
        CityLook::new(
            style,
            quality,
            Sun {
                azimuth_deg: 180.0,
                altitude_deg: 40.0,
            },
        )
    }

    #[test]
    fn a_soft_device_never_draws_shadows_and_spends_more_at_rest() {
        let look = look(Style::Day, Quality::Soft);
        let (quick, fine) = (
            Manner::of(&look, Care::Quick),
            Manner::of(&look, Care::Fine),
        );
        assert!(!quick.has_shadows() && !fine.has_shadows());
        assert_eq!((quick.samples(), fine.samples()), (1, FINE_SAMPLES));
        assert!(!has_occlusion(&look, Care::Quick) && has_occlusion(&look, Care::Fine));
    }

    #[test]
    fn shadows_need_a_sun() {
        assert!(Manner::of(&look(Style::Day, Quality::Standard), Care::Quick).has_shadows());
        assert!(!Manner::of(&look(Style::Night, Quality::High), Care::Fine).has_shadows());
    }
}
