//! The colours of the twin, as roles; hex values are those of the product's look.

/// Colours of one look, in sRGB hex.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Palette {
    ground: u32,
    water: u32,
    green: u32,
    road: u32,
    rail: u32,
    wall: u32,
    zenith: u32,
    horizon: u32,
    roof: u32,
    select: u32,
    window: u32,
    main_road: u32,
    /// How strongly windows are lit, 0 to 1.
    windows: f32,
}

impl Palette {
    /// Night command: the default on desk and wall. Everything quiet, data on top in the severity colours.
    pub(crate) const NIGHT: Self = Self {
        ground: 0x10161C,
        water: 0x0C2A3A,
        green: 0x14251D,
        road: 0x202B35,
        rail: 0x3A4552,
        wall: 0x2A3540,
        zenith: 0x0A0E13,
        horizon: 0x1B2530,
        roof: 0x3B4854,
        select: 0x4DA3FF,
        window: 0xC9A566,
        main_road: 0x344352,
        windows: 0.75,
    };

    /// The colours in the order that `View.colours` has in the shaders, as encoded (sRGB) values: the city is shaded in
    /// them, because decoding and encoding every fragment is most of what one costs without a graphics card.
    pub(crate) fn encoded(&self) -> [[f32; 4]; 12] {
        [
            self.ground,
            self.water,
            self.green,
            self.road,
            self.rail,
            self.wall,
            self.zenith,
            self.horizon,
            self.roof,
            self.select,
            self.window,
            self.main_road,
        ]
        .map(encoded)
    }

    /// How strongly windows are lit, 0 to 1.
    pub(crate) fn windows(&self) -> f32 {
        self.windows
    }
}

/// Colours of symbols: normal, low, medium, high, critical, select, outline, camera.
pub(crate) const SYMBOL_COLOURS: [u32; 8] = [
    0x8A9AA9, 0x67B7F7, 0xF2D24B, 0xFF9A1F, 0xFF4D4F, 0x4DA3FF, 0x0D1217, 0x7FB7B0,
];

/// Colours of labels by rank: district, road, landmark, thing.
pub(crate) const LABEL_COLOURS: [u32; 4] = [0xE8EEF4, 0x8FA0AF, 0xC9D4DE, 0xA9B8C6];

/// Encoded values, 0 to 1, of sRGB hex; opaque.
fn encoded(hex: u32) -> [f32; 4] {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn black_white_and_middle_grey_are_linear_light() {
        assert!(linear(0x000000)[0].abs() < 1e-6 && (linear(0x000000)[3] - 1.0).abs() < 1e-6);
        assert!((linear(0xFFFFFF)[0] - 1.0).abs() < 1e-6);
        assert!((linear(0x808080)[1] - 0.2159).abs() < 1e-3);
    }
}
