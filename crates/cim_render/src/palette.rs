//! The colours of the twin, as roles; hex values are those of the product's look.

use cim_scene::{CityLook, Style};

/// Colours and light of one style, in sRGB hex.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Palette {
    /// Ground, water, green, road, rail, wall, zenith, horizon, roof, selected, window, main road.
    colours: [u32; 12],
    /// Tree, bridge, furniture, relief, tunnel, section, earth, glass, marking, brick, roof tiles, tone of foreign content.
    more: [u32; 12],
    /// Share of the sunlight in each channel.
    sun: [f32; 3],
    /// Share of the skylight in each channel.
    sky: [f32; 3],
}

/// Night command: the default on desk and wall. Everything quiet, data on top in the severity colours.
const NIGHT: Palette = Palette {
    colours: [
        0x10161C, 0x0C2A3A, 0x14251D, 0x202B35, 0x3A4552, 0x36434F, 0x0A0E13, 0x1B2530, 0x42505D,
        0x4DA3FF, 0xC9A566, 0x344352,
    ],
    more: [
        0x1B3226, 0x2C3844, 0x323E49, 0x161E26, 0x3A424B, 0x7A5A4C, 0x2B2520, 0x1C2833, 0x566675,
        0x3B3A3C, 0x3E4148, 0x8792A0,
    ],
    sun: [0.49; 3],
    sky: [0.58; 3],
};

/// Day: warm low-contrast materials under a clear sky.
const DAY: Palette = Palette {
    colours: [
        0xCBC5B8, 0x5F8AA3, 0x93AB78, 0xA6A49F, 0x8C8781, 0xD6CDC0, 0x5D96CE, 0xDCE6EC, 0xCFC9BF,
        0x4DA3FF, 0xF0C87A, 0xBBB7AE,
    ],
    more: [
        0x6E8F57, 0xBDB8AE, 0x8E9296, 0xC4BEAF, 0x77736C, 0xB5705E, 0x6E5B46, 0x50677B, 0xF3F1EA,
        0xB98A70, 0xA8705A, 0xFFFFFF,
    ],
    sun: [0.50, 0.465, 0.405],
    sky: [0.60, 0.635, 0.69],
};

/// White model: matte, for analysis.
const WHITE: Palette = Palette {
    colours: [
        0xE6E6E4, 0xD3DADF, 0xDDE1D9, 0xEFEFED, 0xD6D6D5, 0xF2F2F0, 0xE4E9ED, 0xF3F4F5, 0xF8F8F7,
        0x4DA3FF, 0xF2F2F0, 0xF6F6F5,
    ],
    more: [
        0xD5DBD0, 0xECECEA, 0xD8D8D8, 0xE2E2E0, 0xC8C8C8, 0xB9C4CE, 0x9A958E, 0xE0E4E8, 0xD0D0D0,
        0xF2F2F0, 0xF2F2F0, 0xFFFFFF,
    ],
    sun: [0.36, 0.355, 0.345],
    sky: [0.68, 0.685, 0.70],
};

/// How strongly windows are lit after dusk, 0 to 1.
const WINDOWS: f32 = 0.75;
/// How far a day turns to night when the sun is gone: a little of its colour stays.
const FULL_DUSK: f32 = 0.92;
/// Below this height the sun loses its strength, degrees.
const WEAK_SUN_DEG: f64 = 8.0;
/// Below this height the sun turns warm, degrees.
const WARM_SUN_DEG: f64 = 22.0;

/// The colours and light of a moment, in the order that `View` has in the shaders, as encoded (sRGB) values: the city is
/// shaded in them, because decoding and encoding every fragment is most of what one costs without a graphics card.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tones {
    pub(crate) colours: [[f32; 4]; 12],
    pub(crate) more: [[f32; 4]; 12],
    pub(crate) sun: [f32; 4],
    pub(crate) sky: [f32; 4],
    /// How strongly windows are lit, 0 to 1.
    pub(crate) windows: f32,
}

impl Tones {
    /// The tones of a look.
    pub(crate) fn of(look: &CityLook) -> Self {
        let dusk = look.dusk.clamp(0.0, 1.0);
        match look.style {
            Style::Night => Self {
                windows: WINDOWS * dusk,
                ..Self::plain(&NIGHT)
            },
            Style::Day => Self::day(look, dusk),
            Style::White => {
                let mut tones = Self::plain(&WHITE);
                let share = sun_share(look);
                // Without sun there is skylight alone, and nothing gets darker: this style is for reading forms.
                for (sky, sun) in tones.sky.iter_mut().zip(&mut tones.sun) {
                    *sky += *sun * 0.75 * (1.0 - share);
                    *sun *= share;
                }
                tones
            }
        }
    }

    fn day(look: &CityLook, dusk: f32) -> Self {
        let (day, night) = (Self::plain(&DAY), Self::plain(&NIGHT));
        let share = dusk * FULL_DUSK;
        let low = (1.0 - look.sun.altitude_deg / WARM_SUN_DEG).clamp(0.0, 1.0) as f32;
        let warm = [1.0, 1.0 - 0.22 * low, 1.0 - 0.45 * low, 1.0];
        let strength = sun_share(look);
        let mut sun = [0.0; 4];
        for ((to, from), warm) in sun.iter_mut().zip(day.sun).zip(warm) {
            // What is left after dusk keeps forms legible.
            *to = from * warm * strength + 0.10 * dusk;
        }
        let late = [0.85, 0.88, 0.95, 0.0];
        let mut sky = day.sky;
        for (to, late) in sky.iter_mut().zip(late) {
            *to += (late - *to) * dusk;
        }
        Self {
            colours: mixed(&day.colours, &night.colours, share),
            more: mixed(&day.more, &night.more, share),
            sun,
            sky,
            windows: (WINDOWS + 0.1) * dusk,
        }
    }

    fn plain(palette: &Palette) -> Self {
        let light = |[red, green, blue]: [f32; 3]| [red, green, blue, 0.0];
        Self {
            colours: palette.colours.map(encoded),
            more: palette.more.map(encoded),
            sun: light(palette.sun),
            sky: light(palette.sky),
            windows: 0.0,
        }
    }
}

/// How much of the sunlight a look has, 0 to 1.
pub(crate) fn sun_share(look: &CityLook) -> f32 {
    (look.sun.altitude_deg / WEAK_SUN_DEG).clamp(0.0, 1.0) as f32
}

fn mixed(from: &[[f32; 4]; 12], to: &[[f32; 4]; 12], share: f32) -> [[f32; 4]; 12] {
    let mut all = *from;
    for (one, other) in all.iter_mut().flatten().zip(to.iter().flatten()) {
        *one += (other - *one) * share;
    }
    all
}

/// Colours of pipes, after the habit of Chinese pipe plans, muted: water, gas, sewage, drainage, heat, power, telecom, other.
pub(crate) const PIPE_COLOURS: [[u8; 3]; 8] = [
    [0x3F, 0x86, 0xC4],
    [0xC9, 0x9A, 0x35],
    [0x6C, 0x6A, 0x3A],
    [0x2F, 0x9A, 0x8F],
    [0xC8, 0x5A, 0x36],
    [0xB8, 0x3C, 0x44],
    [0x4F, 0xA0, 0x5C],
    [0x7C, 0x88, 0x94],
];

/// Colours of symbols: normal, low, medium, high, critical, select, outline, camera, not real (`--exercise` of the UI).
pub(crate) const SYMBOL_COLOURS: [u32; 9] = [
    0x8A9AA9, 0x67B7F7, 0xF2D24B, 0xFF9A1F, 0xFF4D4F, 0x4DA3FF, 0x0D1217, 0x7FB7B0, 0xC04DFF,
];

/// Colours of labels by rank: district, road, landmark, thing.
pub(crate) const LABEL_COLOURS: [u32; 4] = [0xE8EEF4, 0x8FA0AF, 0xC9D4DE, 0xA9B8C6];

/// Encoded values, 0 to 1, of sRGB hex; opaque.
pub(crate) fn encoded(hex: u32) -> [f32; 4] {
    let channel = |shift: u32| ((hex >> shift) & 0xff) as f32 / 255.0;
    [channel(16), channel(8), channel(0), 1.0]
}

/// Linear light from sRGB hex (IEC 61966-2-1), opaque.
pub(crate) fn linear(hex: u32) -> [f32; 4] {
    let channel = |shift: u32| {
        let value = ((hex >> shift) & 0xff) as f32 / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    [channel(16), channel(8), channel(0), 1.0]
}

/// The encoded value (IEC 61966-2-1) of linear light, both 0 to 1.
pub(crate) fn encoded_from_linear(value: f32) -> f32 {
    let value = value.clamp(0.0, 1.0);
    if value <= 0.003_130_8 {
        value * 12.92
    } else {
        1.055 * value.powf(1.0 / 2.4) - 0.055
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cim_scene::{Quality, Sun};

    fn look(style: Style, altitude_deg: f64) -> CityLook {
        CityLook::new(
            style,
            Quality::Soft,
            Sun {
                azimuth_deg: 200.0,
                altitude_deg,
            },
        )
    }

    #[test]
    fn black_white_and_middle_grey_are_linear_light() {
        assert!(linear(0x000000)[0].abs() < 1e-6 && (linear(0x000000)[3] - 1.0).abs() < 1e-6);
        assert!((linear(0xFFFFFF)[0] - 1.0).abs() < 1e-6);
        assert!((linear(0x808080)[1] - 0.2159).abs() < 1e-3);
    }

    #[test]
    fn encoding_undoes_decoding() {
        for hex in [0x000000, 0x050505, 0x808080, 0xFFFFFF] {
            let back = encoded_from_linear(linear(hex)[0]);
            assert!((back - encoded(hex)[0]).abs() < 1e-4, "{hex:x} → {back}");
        }
    }

    #[test]
    fn windows_are_lit_at_night_alone() {
        assert!(Tones::of(&look(Style::Night, -20.0)).windows > 0.5);
        assert!(Tones::of(&look(Style::Day, 40.0)).windows <= 0.0);
        assert!(Tones::of(&look(Style::Day, -20.0)).windows > 0.5);
        assert!(Tones::of(&look(Style::White, -20.0)).windows <= 0.0);
    }

    #[test]
    fn a_low_sun_is_warmer_and_weaker_than_a_high_one() {
        let (low, high) = (
            Tones::of(&look(Style::Day, 6.5)),
            Tones::of(&look(Style::Day, 60.0)),
        );
        assert!(low.sun[0] < high.sun[0]);
        assert!(low.sun[2] / low.sun[0] < high.sun[2] / high.sun[0] - 0.1);
    }

    #[test]
    fn the_white_model_has_no_hue() {
        let tones = Tones::of(&look(Style::White, 30.0));
        // Ground, wall and roof.
        for row in [0, 5, 8] {
            let [red, green, blue, _] = tones.colours[row];
            assert!((red - blue).abs() < 0.02 && (red - green).abs() < 0.02);
        }
    }
}
