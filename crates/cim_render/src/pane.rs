//! Where in the picture each city stands while two are compared.

use cim_scene::Compare;

/// A part of the picture that shows one city.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Pane {
    /// Which city: 0 or 1.
    pub(crate) city: usize,
    /// Left edge and width, pixels.
    left: u32,
    width: u32,
    /// How far the whole picture is moved to the right, pixels.
    moved: f32,
    /// Width and height of the whole picture, pixels.
    size: [u32; 2],
}

impl Pane {
    /// Restricts a pass to this pane.
    pub(crate) fn set(&self, pass: &mut wgpu::RenderPass<'_>) {
        let [width, height] = self.size;
        pass.set_viewport(self.moved, 0.0, width as f32, height as f32, 0.0, 1.0);
        pass.set_scissor_rect(self.left, 0, self.width, height);
    }
}

/// The panes of a picture of this size, left to right; those without width are left out.
pub(crate) fn panes(compare: Compare, size: [u32; 2]) -> Vec<Pane> {
    let [width, _] = size;
    let whole = Pane {
        city: 0,
        left: 0,
        width,
        moved: 0.0,
        size,
    };
    let both = |at: u32, moved: f32| {
        [
            Pane {
                width: at,
                moved: -moved,
                ..whole
            },
            Pane {
                city: 1,
                left: at,
                width: width - at,
                moved,
                ..whole
            },
        ]
    };
    let all = match compare {
        Compare::Off => return vec![whole],
        Compare::Swipe { at } => {
            let at = (at.clamp(0.0, 1.0) * width as f32).round() as u32;
            both(at.min(width), 0.0)
        }
        // Each half shows the middle half of what one camera sees.
        Compare::Split => both(width / 2, width as f32 * 0.25),
    };
    all.into_iter().filter(|pane| pane.width > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: [u32; 2] = [800, 600];

    #[test]
    fn a_swipe_shares_the_picture_at_its_line() {
        let panes = panes(Compare::Swipe { at: 0.25 }, SIZE);
        let shares: Vec<_> = panes
            .iter()
            .map(|pane| (pane.city, pane.left, pane.width))
            .collect();
        assert_eq!(shares, [(0, 0, 200), (1, 200, 600)]);
    }

    #[test]
    fn a_swipe_at_the_edge_shows_one_city() {
        let cities = |at| -> Vec<usize> {
            panes(Compare::Swipe { at }, SIZE)
                .iter()
                .map(|pane| pane.city)
                .collect()
        };
        assert_eq!(cities(0.0), [1]);
        assert_eq!(cities(1.0), [0]);
    }

    #[test]
    fn both_halves_of_a_split_show_the_middle_of_the_view() {
        for pane in panes(Compare::Split, SIZE) {
            let middle_of_half = pane.left as f32 + pane.width as f32 * 0.5;
            let middle_of_view = pane.moved + 400.0;
            assert!((middle_of_half - middle_of_view).abs() < 1.0);
        }
    }
}
