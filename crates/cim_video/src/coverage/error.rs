//! Why a map or a route cannot be answered.

/// A question about coverage that cannot be answered: what is wrong with it, or who stopped it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoverageError {
    /// The outline has fewer than three corners, or holds no cell.
    #[error("the area has {corners} corners and holds no cell of the map")]
    NoArea {
        /// Corners whose places are numbers.
        corners: usize,
    },
    /// The way has fewer than two different places.
    #[error("the way has no length")]
    NoWay,
    /// The side of a cell or the step along a way is no length.
    #[error("{what} must be a length from {least_m} m up")]
    BadStep {
        /// Which of the two.
        what: &'static str,
        /// The least, metres.
        least_m: &'static str,
    },
    /// The map or the way would have more cells or samples than are answered.
    #[error(
        "{asked} are more than the {most} that are answered; ask for a smaller area or a longer step"
    )]
    TooMany {
        /// Cells or samples asked for.
        asked: u64,
        /// The most.
        most: usize,
    },
    /// The caller's progress function said so.
    #[error("stopped by the person who asked")]
    Cancelled,
    /// A thread of the work ended by a defect of the program.
    #[error("a worker stopped half-way; this is a defect of the program")]
    Stopped,
}
