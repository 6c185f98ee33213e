//! Colours for values: even to the eye, and safe for people who see colours differently.
//!
//! batlow and vik are Fabio Crameri's scientific colour maps (version 8, MIT); cividis is that of Nuñez, Anderton and
//! Renslow (2018); viridis is Smith's and van der Walt's (CC0). Each is a handful of evenly spaced colours of the
//! published map, between which sRGB values mix; that stays within 10 of 255 of the whole map. Rainbows are not
//! offered: their bright bands look like limits that nobody has set.

use serde::{Deserialize, Serialize};

/// sRGB, 8 bits a channel.
type Rgb = [u8; 3];

/// sRGB colour of what has no value: darker and more neutral than any ramp, so that it is taken for none of their
/// values.
pub const NO_DATA: [u8; 3] = [0x2a, 0x2c, 0x2e];

/// A ramp of colours.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum RampId {
    /// From dark blue over green and orange to pale pink; the usual choice.
    #[default]
    Batlow,
    /// From dark blue over grey to yellow; nearly the same to every kind of colour vision.
    Cividis,
    /// From purple over green to yellow.
    Viridis,
    /// Diverging: blue, white in the middle, brown; for values with a zero or a normal in their middle.
    Vik,
}

impl RampId {
    /// Every ramp, in the order in which to offer them.
    pub const ALL: [Self; 4] = [Self::Batlow, Self::Cividis, Self::Viridis, Self::Vik];

    /// The name in files, as its makers write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Batlow => "batlow",
            Self::Cividis => "cividis",
            Self::Viridis => "viridis",
            Self::Vik => "vik",
        }
    }

    /// The ramp of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ramp| ramp.name() == name)
    }

    /// True when the ramp has a middle that means something.
    pub fn is_diverging(self) -> bool {
        self == Self::Vik
    }

    /// The colour at a part of the way, from 0 to 1, as sRGB; [`NO_DATA`] for NaN.
    pub fn srgb8(self, part: f32) -> [u8; 3] {
        self.mixed(part).map(|channel| channel.round() as u8)
    }

    /// The colour at a part of the way, from 0 to 1, as linear RGB from 0 to 1, which is what shaders count with;
    /// [`NO_DATA`] for NaN.
    pub fn sample(self, part: f32) -> [f32; 3] {
        self.mixed(part).map(|channel| linear(channel / 255.0))
    }

    /// The colour of class `index` of `count`: the ends of the ramp for the first and the last, its middle for a single
    /// one.
    pub fn class_srgb8(self, index: usize, count: usize) -> [u8; 3] {
        let part = if count < 2 {
            0.5
        } else {
            index.min(count - 1) as f32 / (count - 1) as f32
        };
        self.srgb8(part)
    }

    /// The whole ramp as 256 sRGB texels with full cover, for a texture.
    pub fn texels(self) -> [[u8; 4]; 256] {
        std::array::from_fn(|index| {
            let [red, green, blue] = self.srgb8(index as f32 / 255.0);
            [red, green, blue, u8::MAX]
        })
    }

    /// sRGB from 0 to 255, not yet rounded.
    fn mixed(self, part: f32) -> [f32; 3] {
        if part.is_nan() {
            return NO_DATA.map(f32::from);
        }
        let stops = self.stops();
        let place = part.clamp(0.0, 1.0) * stops.len().saturating_sub(1) as f32;
        let stop = |index: usize| stops.get(index).copied().unwrap_or(NO_DATA).map(f32::from);
        let below = stop(place.floor() as usize);
        let above = stop(place.ceil() as usize);
        std::array::from_fn(|channel| {
            let of = |colour: [f32; 3]| colour.get(channel).copied().unwrap_or_default();
            of(below) + (of(above) - of(below)) * place.fract()
        })
    }

    fn stops(self) -> &'static [Rgb] {
        match self {
            Self::Batlow => &BATLOW,
            Self::Cividis => &CIVIDIS,
            Self::Viridis => &VIRIDIS,
            Self::Vik => &VIK,
        }
    }
}

/// The part of the way that `value` is from `from` to `to`, held between 0 and 1; the middle when there is no way; NaN
/// when any of them is not finite. `to` may be less than `from`, which turns the ramp around.
pub fn part_of(value: f64, from: f64, to: f64) -> f32 {
    if ![value, from, to].iter().all(|number| number.is_finite()) {
        return f32::NAN;
    }
    // Halves, so that the way from the least to the greatest number is still a number.
    let way = to * 0.5 - from * 0.5;
    if way == 0.0 {
        return 0.5;
    }
    ((value * 0.5 - from * 0.5) / way).clamp(0.0, 1.0) as f32
}

/// The range that has `middle` in its middle and holds `from` and `to`: what a diverging ramp is laid over.
pub fn range_about(middle: f64, from: f64, to: f64) -> [f64; 2] {
    let reach = (from - middle).abs().max((to - middle).abs());
    [middle - reach, middle + reach]
}

/// An sRGB colour of 8 bits a channel as linear RGB from 0 to 1 (IEC 61966-2-1).
pub fn linear_from_srgb8(colour: [u8; 3]) -> [f32; 3] {
    colour.map(|channel| linear(f32::from(channel) / 255.0))
}

fn linear(channel: f32) -> f32 {
    if channel <= 0.04045 {
        channel / 12.92
    } else {
        ((channel + 0.055) / 1.055).powf(2.4)
    }
}

const BATLOW: [Rgb; 16] = [
    [0x01, 0x19, 0x59],
    [0x0d, 0x32, 0x5e],
    [0x12, 0x45, 0x61],
    [0x18, 0x55, 0x62],
    [0x26, 0x63, 0x5f],
    [0x3c, 0x6d, 0x56],
    [0x57, 0x76, 0x47],
    [0x73, 0x7e, 0x38],
    [0x91, 0x86, 0x2d],
    [0xb3, 0x8e, 0x2f],
    [0xd2, 0x93, 0x43],
    [0xed, 0x9a, 0x62],
    [0xfb, 0xa6, 0x89],
    [0xfd, 0xb2, 0xaf],
    [0xfc, 0xbf, 0xd3],
    [0xfa, 0xcc, 0xfa],
];

const CIVIDIS: [Rgb; 16] = [
    [0x00, 0x22, 0x4e],
    [0x00, 0x2e, 0x6c],
    [0x1e, 0x3a, 0x6f],
    [0x35, 0x45, 0x6c],
    [0x47, 0x51, 0x6c],
    [0x57, 0x5d, 0x6d],
    [0x66, 0x69, 0x70],
    [0x75, 0x75, 0x75],
    [0x84, 0x82, 0x79],
    [0x94, 0x8e, 0x77],
    [0xa5, 0x9c, 0x74],
    [0xb7, 0xa9, 0x6e],
    [0xc8, 0xb8, 0x66],
    [0xdb, 0xc7, 0x5a],
    [0xee, 0xd6, 0x49],
    [0xfe, 0xe8, 0x38],
];

const VIRIDIS: [Rgb; 16] = [
    [0x44, 0x01, 0x54],
    [0x48, 0x1a, 0x6c],
    [0x47, 0x2f, 0x7d],
    [0x41, 0x44, 0x87],
    [0x39, 0x56, 0x8c],
    [0x31, 0x68, 0x8e],
    [0x2a, 0x78, 0x8e],
    [0x23, 0x88, 0x8e],
    [0x1f, 0x98, 0x8b],
    [0x22, 0xa8, 0x84],
    [0x35, 0xb7, 0x79],
    [0x54, 0xc5, 0x68],
    [0x7a, 0xd1, 0x51],
    [0xa5, 0xdb, 0x36],
    [0xd2, 0xe2, 0x1b],
    [0xfd, 0xe7, 0x25],
];

/// 17 colours, so that the middle of the map is one of them.
const VIK: [Rgb; 17] = [
    [0x00, 0x12, 0x61],
    [0x02, 0x2b, 0x71],
    [0x03, 0x44, 0x81],
    [0x0c, 0x5e, 0x92],
    [0x2f, 0x7c, 0xa6],
    [0x60, 0x9d, 0xbc],
    [0x92, 0xbd, 0xd2],
    [0xc5, 0xdb, 0xe5],
    [0xec, 0xe5, 0xe1],
    [0xe9, 0xcb, 0xb9],
    [0xdc, 0xab, 0x8f],
    [0xcf, 0x8e, 0x68],
    [0xc3, 0x72, 0x43],
    [0xb3, 0x53, 0x1f],
    [0x93, 0x2e, 0x06],
    [0x74, 0x15, 0x06],
    [0x59, 0x00, 0x08],
];

#[cfg(test)]
mod tests {
    use super::*;

    /// CIE 1976 lightness and colour under D65.
    fn lab([red, green, blue]: [f32; 3]) -> [f32; 3] {
        let x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.950_47;
        let y = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        let z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.088_83;
        let [x, y, z] = [x, y, z].map(|part: f32| {
            if part > 216.0 / 24_389.0 {
                part.cbrt()
            } else {
                (24_389.0 / 27.0 * part + 16.0) / 116.0
            }
        });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    fn lightness(ramp: RampId, parts: usize) -> Vec<f32> {
        (0..=parts)
            .map(|part| lab(ramp.sample(part as f32 / parts as f32))[0])
            .collect()
    }

    #[test]
    fn ramps_for_ordered_values_grow_lighter_all_the_way_and_in_even_steps() {
        for ramp in RampId::ALL.into_iter().filter(|ramp| !ramp.is_diverging()) {
            let fine = lightness(ramp, 400);
            assert!(
                fine.windows(2).all(|pair| pair[1] > pair[0]),
                "{ramp:?} does not grow lighter everywhere"
            );
            let coarse = lightness(ramp, 10);
            let mean = (coarse[10] - coarse[0]) / 10.0;
            assert!(mean > 7.0, "{ramp:?} spans too little");
            for pair in coarse.windows(2) {
                let step = (pair[1] - pair[0]) / mean;
                assert!(
                    (0.5..2.0).contains(&step),
                    "{ramp:?} has a step of {step} means"
                );
            }
        }
    }

    #[test]
    fn the_diverging_ramp_is_lightest_in_its_middle_and_dark_at_both_ends() {
        let found = lightness(RampId::Vik, 16);
        assert!(
            found[..=8].windows(2).all(|pair| pair[1] > pair[0]),
            "{found:?}"
        );
        assert!(
            found[8..].windows(2).all(|pair| pair[1] < pair[0]),
            "{found:?}"
        );
        assert!((found[0] - found[16]).abs() < 10.0, "{found:?}");
    }

    #[test]
    fn no_data_looks_like_no_value() {
        let none = lab(linear_from_srgb8(NO_DATA));
        for ramp in RampId::ALL {
            for part in 0..=200 {
                let colour = lab(ramp.sample(part as f32 / 200.0));
                let squares = none.iter().zip(&colour).map(|(a, b)| (a - b) * (a - b));
                let away = squares.sum::<f32>().sqrt();
                assert!(away > 15.0, "{ramp:?} at {part}: {away}");
            }
        }
        assert_eq!(RampId::Batlow.srgb8(f32::NAN), NO_DATA);
    }

    #[test]
    fn a_ramp_begins_and_ends_with_its_own_colours_and_goes_no_further() {
        assert_eq!(RampId::Batlow.srgb8(0.0), [0x01, 0x19, 0x59]);
        assert_eq!(RampId::Batlow.srgb8(1.0), [0xfa, 0xcc, 0xfa]);
        assert_eq!(RampId::Viridis.srgb8(-3.0), RampId::Viridis.srgb8(0.0));
        assert_eq!(
            RampId::Viridis.srgb8(f32::INFINITY),
            RampId::Viridis.srgb8(1.0)
        );
        assert_eq!(RampId::Vik.class_srgb8(0, 1), [0xec, 0xe5, 0xe1]);
        assert_eq!(RampId::Vik.class_srgb8(9, 5), [0x59, 0x00, 0x08]);
        let texels = RampId::Cividis.texels();
        assert_eq!(
            (texels[0], texels[255]),
            ([0x00, 0x22, 0x4e, 255], [0xfe, 0xe8, 0x38, 255])
        );
    }

    #[test]
    fn a_name_leads_back_to_its_ramp() {
        for ramp in RampId::ALL {
            assert_eq!(RampId::named(ramp.name()), Some(ramp));
        }
        assert_eq!(RampId::named("turbo"), None);
    }

    #[test]
    fn a_value_finds_its_part_of_the_way_even_between_the_ends_of_numbers() {
        let check = |value, from, to, expected: f32| {
            let found = part_of(value, from, to);
            assert!(
                (found - expected).abs() < 1.0e-6,
                "{found} instead of {expected}"
            );
        };
        check(15.0, 10.0, 20.0, 0.5);
        check(15.0, 20.0, 10.0, 0.5);
        check(-1.0, 0.0, 4.0, 0.0);
        check(7.0, 3.0, 3.0, 0.5);
        check(0.0, f64::MIN, f64::MAX, 0.5);
        assert!(part_of(f64::NAN, 0.0, 1.0).is_nan());
        assert!(part_of(0.5, 0.0, f64::INFINITY).is_nan());
        let [from, to] = range_about(2.0, 1.0, 6.0);
        assert!((from + 2.0).abs() < 1.0e-12 && (to - 6.0).abs() < 1.0e-12);
    }
}
