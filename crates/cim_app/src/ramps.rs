//! Colours for data: even to the eye, safe for people who see colours differently.
//!
//! batlow and vik are Fabio Crameri's scientific colour maps (version 8, MIT), cividis is that of Nuñez, Anderton and Renslow
//! (2018); ten evenly spaced colours of each, between which sRGB values mix. The categories are those of Okabe and Ito.

use crate::wire::RampDto;

type Rgb = [u8; 3];

const BATLOW: [Rgb; 10] = [
    [0x01, 0x19, 0x59],
    [0x10, 0x3f, 0x60],
    [0x1c, 0x5a, 0x62],
    [0x3c, 0x6d, 0x56],
    [0x68, 0x7b, 0x3e],
    [0x9d, 0x89, 0x2b],
    [0xd2, 0x93, 0x43],
    [0xf8, 0xa1, 0x7b],
    [0xfd, 0xb7, 0xbc],
    [0xfa, 0xcc, 0xfa],
];

const CIVIDIS: [Rgb; 10] = [
    [0x00, 0x22, 0x4e],
    [0x12, 0x35, 0x70],
    [0x3b, 0x49, 0x6c],
    [0x57, 0x5d, 0x6d],
    [0x70, 0x71, 0x73],
    [0x8a, 0x86, 0x78],
    [0xa5, 0x9c, 0x74],
    [0xc3, 0xb3, 0x69],
    [0xe1, 0xcc, 0x55],
    [0xfe, 0xe8, 0x38],
];

const VIK: [Rgb; 10] = [
    [0x00, 0x12, 0x61],
    [0x03, 0x3e, 0x7d],
    [0x1e, 0x6f, 0x9d],
    [0x71, 0xa8, 0xc4],
    [0xc9, 0xdd, 0xe7],
    [0xea, 0xce, 0xbd],
    [0xd3, 0x97, 0x74],
    [0xbe, 0x65, 0x33],
    [0x8b, 0x27, 0x06],
    [0x59, 0x00, 0x08],
];

const CATEGORIES: [Rgb; 8] = [
    [0x56, 0xb4, 0xe9],
    [0xe6, 0x9f, 0x00],
    [0x00, 0x9e, 0x73],
    [0xf0, 0xe4, 0x42],
    [0xcc, 0x79, 0xa7],
    [0x00, 0x72, 0xb2],
    [0xd5, 0x5e, 0x00],
    [0xb8, 0xc4, 0xce],
];

/// Values that are too rare for a class of their own.
pub(crate) const REST: Rgb = [0x74, 0x85, 0x96];

/// The colour of class `index` of `count`.
pub(crate) fn colour(ramp: RampDto, index: usize, count: usize) -> Rgb {
    let stops: &[Rgb] = match ramp {
        RampDto::Batlow => &BATLOW,
        RampDto::Cividis => &CIVIDIS,
        RampDto::Vik => &VIK,
        RampDto::Categories => {
            let row = index % CATEGORIES.len();
            return CATEGORIES.get(row).copied().unwrap_or(REST);
        }
    };
    let part = if count < 2 {
        0.5
    } else {
        index.min(count - 1) as f64 / (count - 1) as f64
    };
    let place = part * (stops.len() - 1) as f64;
    let below = stops.get(place.floor() as usize).copied().unwrap_or(REST);
    let above = stops.get(place.ceil() as usize).copied().unwrap_or(below);
    let mix = |channel: usize| {
        let of = |colour: &Rgb| colour.get(channel).copied().map_or(0.0, f64::from);
        (of(&below) + (of(&above) - of(&below)) * place.fract()).round() as u8
    };
    [mix(0), mix(1), mix(2)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_begins_and_ends_with_its_own_colours() {
        assert_eq!(colour(RampDto::Batlow, 0, 5), BATLOW[0]);
        assert_eq!(colour(RampDto::Batlow, 4, 5), BATLOW[9]);
        assert_eq!(colour(RampDto::Cividis, 0, 1), [0x7d, 0x7c, 0x76]);
    }

    #[test]
    fn a_ramp_for_ordered_values_grows_lighter() {
        let lightness = |index| {
            let [r, g, b] = colour(RampDto::Cividis, index, 9).map(f64::from);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        assert!((1..9).all(|index| lightness(index) > lightness(index - 1)));
    }
}
