//! Which live pictures the twin shows, and which frame of each it has.

use std::collections::BTreeMap;

/// What the twin has been told of live pictures.
#[derive(Default)]
pub(crate) struct FramesTold {
    /// Revision of what cameras see.
    revision: u64,
    /// The newest frame that the twin has, by view; 0 for none.
    newest: BTreeMap<u32, u64>,
}

impl FramesTold {
    /// Revision of what cameras see, as the twin has it; 0 before anything was told.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// The twin shows these views from now on. It keeps the frames of those that stay.
    pub(crate) fn show(&mut self, revision: u64, views: impl Iterator<Item = u32>) {
        self.revision = revision;
        let held = |view: u32| self.newest.get(&view).copied().unwrap_or(0);
        self.newest = views.map(|view| (view, held(view))).collect();
    }

    /// The views that are shown, and the newest frame of each that the twin has.
    pub(crate) fn shown_mut(&mut self) -> impl Iterator<Item = (u32, &mut u64)> {
        self.newest.iter_mut().map(|(view, newest)| (*view, newest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(frames: &mut FramesTold) -> Vec<(u32, u64)> {
        frames.shown_mut().map(|(view, seq)| (view, *seq)).collect()
    }

    #[test]
    fn a_view_that_stays_keeps_its_frame_and_one_that_comes_back_gets_it_again() {
        let mut frames = FramesTold::default();
        assert_eq!(frames.revision(), 0);
        frames.show(1, [3, 5].into_iter());
        for (_, newest) in frames.shown_mut() {
            *newest = 40;
        }
        frames.show(2, [3, 8].into_iter());
        assert_eq!(told(&mut frames), [(3, 40), (8, 0)]);
        frames.show(3, [3, 5].into_iter());
        assert_eq!(told(&mut frames), [(3, 40), (5, 0)]);
        assert_eq!(frames.revision(), 3);
    }
}
