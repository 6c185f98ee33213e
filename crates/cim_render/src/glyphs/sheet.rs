//! One page of glyphs: texels, the shelves that cells stand on, and which texels the device lacks.

/// A rectangle of texels: left, top, width, height.
pub(crate) type Texels = [u16; 4];

/// A square of texels, filled shelf by shelf.
pub(super) struct Sheet {
    side: u32,
    pixels: Vec<u8>,
    /// Left end of free room on the shelf, its top, and its height.
    shelf: [u32; 3],
    /// What the device has not got yet.
    fresh: Vec<Texels>,
    /// When its glyphs were last in the picture; counted in layouts.
    pub(super) used: u64,
}

impl Sheet {
    pub(super) fn new(side: u32) -> Self {
        let mut sheet = Self {
            side,
            pixels: vec![0; (side * side) as usize],
            shelf: [0, 0, 0],
            fresh: Vec::new(),
            used: 0,
        };
        sheet.renew();
        sheet
    }

    pub(super) fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Empties it.
    pub(super) fn clear(&mut self) {
        self.pixels.fill(0);
        self.shelf = [0, 0, 0];
        self.renew();
    }

    /// All of it has to be brought onto the device.
    pub(super) fn renew(&mut self) {
        let side = self.side as u16;
        self.fresh.clear();
        self.fresh.push([0, 0, side, side]);
    }

    /// What the device has not got yet; afterwards it has.
    pub(super) fn take_fresh(&mut self) -> Vec<Texels> {
        std::mem::take(&mut self.fresh)
    }

    /// Puts a cell onto the shelf, or onto the next one; `None` when the sheet is full. `bytes` are its rows.
    pub(super) fn put(&mut self, width: u32, height: u32, bytes: &[u8]) -> Option<Texels> {
        let [mut left, mut top, mut tall] = self.shelf;
        if left + width + 1 > self.side {
            (left, top, tall) = (0, top + tall + 1, 0);
        }
        if width + 1 > self.side || top + height + 1 > self.side {
            return None;
        }
        self.shelf = [left + width + 1, top, tall.max(height)];
        for (row, line) in bytes.chunks_exact(width.max(1) as usize).enumerate() {
            let start = (top as usize + row) * self.side as usize + left as usize;
            if let Some(room) = self.pixels.get_mut(start..start + line.len()) {
                room.copy_from_slice(line);
            }
        }
        let texels = [left as u16, top as u16, width as u16, height as u16];
        self.fresh.push(texels);
        Some(texels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_side_by_side_and_a_full_sheet_says_so() {
        let mut sheet = Sheet::new(64);
        let cells: Vec<Texels> = std::iter::from_fn(|| sheet.put(20, 20, &[7; 400])).collect();
        assert_eq!(cells.len(), 9, "three shelves of three");
        for (row, one) in cells.iter().enumerate() {
            for other in &cells[row + 1..] {
                let apart = |axis: usize| {
                    one[axis] + one[axis + 2] < other[axis] + 1
                        || other[axis] + other[axis + 2] < one[axis] + 1
                };
                assert!(apart(0) || apart(1), "{one:?} touches {other:?}");
            }
        }
        let sevens: Vec<&u8> = sheet.pixels().iter().filter(|texel| **texel == 7).collect();
        assert_eq!(sevens.len(), 3_600);
        sheet.clear();
        assert!(sheet.pixels().iter().all(|texel| *texel == 0));
        assert_eq!(sheet.put(20, 20, &[1; 400]), Some([0, 0, 20, 20]));
    }

    #[test]
    fn only_new_cells_are_fresh() {
        let mut sheet = Sheet::new(64);
        assert_eq!(
            sheet.take_fresh(),
            [[0, 0, 64, 64]],
            "a new sheet is fresh as a whole"
        );
        assert!(sheet.put(10, 12, &[1; 120]).is_some());
        assert_eq!(sheet.take_fresh(), [[0, 0, 10, 12]]);
        assert!(sheet.take_fresh().is_empty());
    }
}
