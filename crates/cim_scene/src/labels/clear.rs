//! What of the live layers names keep clear of: where it is, and when it has changed enough for another layout.

use crate::{LiveLayers, OrbitCamera, live::sight_of};
use cim_layers::{
    layer::{Gathering, Size},
    look::{Obstacle, Obstacles},
};

/// What moves by less than this asks for no other layout, CSS px.
const NOTED_PX: f32 = 3.0;
/// At this size, CSS px, symbols have their shapes' own size; other sizes are relative to it. As the renderer has it.
const OWN_PX: f32 = 22.0;

/// The obstacles of names. Looked for anew when the camera or a layer's look is another.
#[derive(Default)]
pub(super) struct KeptClear {
    obstacles: Obstacles,
    /// Those that the revision stands for.
    noted: Vec<Obstacle>,
    seen_as: Option<SeenAs>,
    revision: u64,
}

/// What obstacles depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct SeenAs {
    camera: u64,
    looks: u64,
}

impl KeptClear {
    /// Where names cannot be.
    pub(super) fn obstacles(&self) -> &Obstacles {
        &self.obstacles
    }

    /// Counts changes that are large enough to be seen.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// Looks for the obstacles of this frame.
    pub(super) fn look(&mut self, live: &LiveLayers, camera: &OrbitCamera) {
        let seen_as = SeenAs {
            camera: camera.revision(),
            looks: looks_of(live),
        };
        if self.seen_as == Some(seen_as) {
            return;
        }
        self.seen_as = Some(seen_as);
        self.obstacles.clear();
        let Some(sight) = sight_of(camera) else {
            return;
        };
        for layer in live.iter_in_order() {
            let look = &layer.plan.look;
            let has_symbols = layer.draws_symbols()
                && matches!(look.gather, Gathering::Symbols { .. } | Gathering::Each);
            if !has_symbols || !layer.is_drawn() {
                continue;
            }
            let share = match look.size {
                Size::Pixels(px) => px / OWN_PX,
                Size::Metres { .. } => 1.0,
            };
            let now = live.now_s(layer.number);
            self.obstacles
                .add_seen(&layer.set, now, &sight, &layer.seen, share);
        }
        self.obstacles.settle(sight.size_px, sight.scale);
        let is_other = self
            .obstacles
            .differ_from(&self.noted, NOTED_PX * sight.scale);
        if is_other {
            self.noted.clear();
            self.noted.extend_from_slice(self.obstacles.all());
            self.revision = self.revision.wrapping_add(1);
        }
    }
}

/// A number that is another when any layer was looked at again, or is drawn in another way.
fn looks_of(live: &LiveLayers) -> u64 {
    // An odd factor (Knuth's, for multiplicative hashing), so that no two layers make up for each other.
    live.iter_in_order().fold(0, |sum: u64, layer| {
        sum.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add(layer.looks())
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .wrapping_add((layer.plan_revision() << 1) | u64::from(layer.is_drawn()))
    })
}
