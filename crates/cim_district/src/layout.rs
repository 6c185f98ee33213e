//! What stands in a cell: the canal first, then whatever the cell is for.

use crate::plan::{CANAL_COLUMN, CANAL_ROWS, CELL_M, Use};
use crate::plane::Ground;
use crate::site::Site;
use crate::{business, housing, institutions, old_town, parks, works};
use glam::DVec2;

/// Half the canal's width, metres.
pub(crate) const CANAL_HALF_M: f64 = 11.0;
/// Beside the canal: the walk, kept free of buildings.
const CANAL_WALK_M: f64 = 6.0;

/// The canal's middle in the design grid.
pub(crate) fn canal_u() -> f64 {
    (f64::from(CANAL_COLUMN) + 0.5) * CELL_M
}

/// True when the canal runs through the cell.
pub(crate) fn has_canal(i: i32, j: i32) -> bool {
    i == CANAL_COLUMN && CANAL_ROWS.contains(&j)
}

/// Lays out the cell (i, j). The same seed always gives the same cell, whatever the district around it.
pub(crate) fn laid_out(ground: &Ground, seed: u64, i: i32, j: i32) -> Site<'_> {
    let mut site = Site::new(ground, seed, i, j);
    if has_canal(i, j) {
        let v = f64::from(j) * CELL_M;
        let line = ground.stretch(
            DVec2::new(canal_u(), v),
            DVec2::new(canal_u(), v + CELL_M),
            20.0,
        );
        site.keep_strip_free(line, CANAL_HALF_M + CANAL_WALK_M);
    }
    match site.purpose {
        Use::Centre => parks::centre(&mut site),
        Use::CentreShare | Use::River => {}
        Use::Business => business::business(&mut site),
        Use::Mixed => business::mixed(&mut site),
        Use::OldTown => old_town::old_town(&mut site),
        Use::Estate => housing::estate(&mut site),
        Use::Villas => housing::villas(&mut site),
        Use::Campus => institutions::campus(&mut site),
        Use::Hospital => institutions::hospital(&mut site),
        Use::Stadium => institutions::stadium(&mut site),
        Use::Industry => works::industry(&mut site),
        Use::Park => parks::park(&mut site),
    }
    site
}
