//! The life of a tile's content, and the only function that allows its steps.

use crate::TileId;

/// How far a tile's content has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileLife {
    /// Not here; nobody has asked for it, or it was dropped.
    #[default]
    Unloaded,
    /// Asked for: on its way from disk or network, or being read.
    Fetching,
    /// Here and drawable.
    Ready,
    /// Came broken or not at all. Stays so until somebody wants another try.
    Failed,
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
/// `Fetching → Unloaded` is a fetch given up because nobody looks there any more.
pub fn step(from: TileLife, to: TileLife) -> Result<TileLife, SelectError> {
    use TileLife::{Failed, Fetching, Ready, Unloaded};
    match (from, to) {
        (Unloaded, Fetching)
        | (Fetching, Ready | Failed | Unloaded)
        | (Ready | Failed, Unloaded) => Ok(to),
        (from, to) => Err(SelectError::BadStep { from, to }),
    }
}

#[cfg(test)]
mod tests {
    use super::TileLife::{Failed, Fetching, Ready, Unloaded};
    use super::*;

    /// Every step, one row per state that is left: to Unloaded, Fetching, Ready, Failed.
    #[test]
    fn a_tile_lives_by_the_diagram_in_the_readme() {
        let states = [Unloaded, Fetching, Ready, Failed];
        let picture: Vec<String> = states
            .iter()
            .map(|from| {
                states
                    .iter()
                    .map(|to| if step(*from, *to).is_ok() { 'x' } else { '.' })
                    .collect()
            })
            .collect();
        assert_eq!(picture, [".x..", "x.xx", "x...", "x..."]);
    }

    #[test]
    fn a_step_that_cannot_be_says_from_where_to_where() {
        let error = step(Unloaded, Ready).expect_err("nothing was fetched");
        assert_eq!(error.to_string(), "a tile cannot go from Unloaded to Ready");
    }
}
