//! The life of a piece of a tile (its content, or the branch below it), and the only function that allows its steps.

use crate::TileId;

/// How far a piece of a tile has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileLife {
    /// Not here; nobody has asked for it, or it was dropped.
    #[default]
    Unloaded,
    /// Asked for: on its way from disk or network, or being read.
    Fetching,
    /// Here: drawable, or grafted onto the tree.
    Ready,
    /// Here and drawable, while the same content with finer or coarser textures is on its way.
    Renewing,
    /// Came broken or not at all. Stays so until somebody wants another try.
    Failed,
}

impl TileLife {
    /// True while the piece is in memory.
    pub fn is_here(self) -> bool {
        matches!(self, Self::Ready | Self::Renewing)
    }
}

/// What a caller of the selector did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectError {
    /// A tile cannot go from the one state to the other.
    #[error("a tile cannot go from {from:?} to {to:?}")]
    BadStep {
        /// The state that it is in.
        from: TileLife,
        /// The state that was asked for.
        to: TileLife,
    },
    /// The tileset has no such tile.
    #[error("there is no tile {0}")]
    UnknownTile(TileId),
}

/// The state after going from `from` to `to`, where that is a step that a tile can take.
///
/// `Fetching → Unloaded` is a fetch given up because nobody looks there any more, or because what came was larger than
/// what is left. `Renewing → Ready` ends a renewal, with new textures or without.
pub fn step(from: TileLife, to: TileLife) -> Result<TileLife, SelectError> {
    use TileLife::{Failed, Fetching, Ready, Renewing, Unloaded};
    match (from, to) {
        (Unloaded, Fetching)
        | (Fetching, Ready | Failed | Unloaded)
        | (Ready, Renewing | Unloaded)
        | (Renewing, Ready | Unloaded)
        | (Failed, Unloaded) => Ok(to),
        (from, to) => Err(SelectError::BadStep { from, to }),
    }
}

#[cfg(test)]
mod tests {
    use super::TileLife::{Failed, Fetching, Ready, Renewing, Unloaded};
    use super::*;

    /// Every step, one row per state that is left: to Unloaded, Fetching, Ready, Renewing, Failed.
    #[test]
    fn a_tile_lives_by_the_diagram_in_the_readme() {
        let states = [Unloaded, Fetching, Ready, Renewing, Failed];
        let picture: Vec<String> = states
            .iter()
            .map(|from| {
                states
                    .iter()
                    .map(|to| if step(*from, *to).is_ok() { 'x' } else { '.' })
                    .collect()
            })
            .collect();
        assert_eq!(picture, [".x...", "x.x.x", "x..x.", "x.x..", "x...."]);
    }

    #[test]
    fn a_step_that_cannot_be_says_from_where_to_where() {
        let error = step(Unloaded, Ready).expect_err("nothing was fetched");
        assert_eq!(error.to_string(), "a tile cannot go from Unloaded to Ready");
    }

    #[test]
    fn a_tile_stays_drawable_while_its_textures_are_renewed() {
        assert!(Ready.is_here() && Renewing.is_here());
        assert!(!Unloaded.is_here() && !Fetching.is_here() && !Failed.is_here());
    }
}
