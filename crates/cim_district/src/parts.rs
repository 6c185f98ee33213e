//! What one cell of the grid brings along, its western and southern street included, and the district that it is part of.
//!
//! Everything is made cell by cell, from the seed and the cell's place, and forgotten again: a district of a million
//! buildings takes no more memory than one of a hundred, except for a few numbers a cell.

use crate::cameras::Camera;
use crate::devices::Device;
use crate::feature::Feature;
use crate::grids::Census;
use crate::layout::laid_out;
use crate::names::{Name, street_name};
use crate::place::Map;
use crate::plan::{Quotas, RoadClass, Way, number_of};
use crate::plane::Ground;
use crate::site::Site;
use crate::{block, cameras, devices, mains, metro, river, services, streets};
use cim_import::{NetworkKind, NetworkLink, NetworkNode};
use glam::DVec2;

/// The most cells that a district may have: codes give each its share of six digits.
const MOST_CELLS: usize = 24_900;

/// The whole district, as far as it has to be known at once.
#[derive(Clone, Debug)]
pub(crate) struct District {
    pub(crate) seed: u64,
    pub(crate) ground: Ground,
    pub(crate) map: Map,
    pub(crate) quotas: Quotas,
    /// Cameras in the whole district.
    pub(crate) cameras: u32,
    pub(crate) buildings: u32,
}

/// What a cell brings along.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub(crate) features: Vec<Feature>,
    pub(crate) nodes: Vec<(NetworkKind, NetworkNode)>,
    pub(crate) links: Vec<(NetworkKind, NetworkLink)>,
    pub(crate) devices: Vec<Device>,
    pub(crate) cameras: Vec<Camera>,
    pub(crate) stations: Vec<Station>,
    /// Who lives there, by the code of the governance grid.
    pub(crate) census: Vec<(String, Census)>,
}

/// A station of the metro or of a network.
#[derive(Clone, Debug)]
pub(crate) struct Station {
    pub(crate) id: String,
    /// `metro`, `pump`, `waterworks`, `gas_gate`, `heat_source`, `sewage_plant`.
    pub(crate) kind: &'static str,
    pub(crate) name: Name,
    pub(crate) at: DVec2,
    pub(crate) height_m: f64,
}

impl District {
    /// Plans a district with exactly `buildings` buildings; `None` when there are too many for one.
    pub(crate) fn plan(seed: u64, buildings: u32) -> Option<Self> {
        let ground = Ground::new(seed);
        let quotas = Quotas::share(buildings, MOST_CELLS, |i, j| {
            laid_out(&ground, seed, i, j).buildings.len() as u32
        })?;
        Some(Self {
            seed,
            ground,
            map: Map::new(),
            quotas,
            cameras: (buildings / 24).clamp(20, 40_000),
            buildings,
        })
    }

    /// Everything at the crossing (i, j), along the streets that start there, and in the cell between them.
    pub(crate) fn parts(&self, i: i32, j: i32) -> Parts {
        let mut parts = Parts::default();
        let mut site = None;
        if self.quotas.extent.has_cell(i, j) {
            let mut here = laid_out(&self.ground, self.seed, i, j);
            keep_quota(&mut here, self.quotas.of(i, j));
            block::add(self, &here, &mut parts);
            river::add(self, i, j, &mut parts);
            site = Some(here);
        }
        streets::add(self, i, j, &mut parts);
        metro::add(self, i, j, &mut parts);
        let tees = services::add(self, i, j, site.as_ref(), &mut parts);
        mains::add(self, i, j, &tees, &mut parts);
        devices::add(self, i, j, site.as_ref(), &mut parts);
        cameras::add(self, i, j, site.as_ref(), &mut parts);
        parts
    }

    /// A cell's number as ids have it.
    pub(crate) fn tag(i: i32, j: i32) -> String {
        format!("{:05}", number_of(i, j))
    }

    /// What a street of the grid is called.
    pub(crate) fn street(&self, way: Way, line: i32) -> Name {
        street_name(self.seed, way, line, RoadClass::of(way, line))
    }
}

/// Leaves out buildings beyond the cell's quota: those with the highest rank, which are spread evenly.
fn keep_quota(site: &mut Site<'_>, quota: u32) {
    let quota = quota as usize;
    if site.buildings.len() <= quota {
        return;
    }
    let mut ranks: Vec<u64> = site
        .buildings
        .iter()
        .map(|building| building.rank)
        .collect();
    ranks.sort_unstable();
    let limit = quota
        .checked_sub(1)
        .and_then(|last| ranks.get(last))
        .copied();
    let Some(limit) = limit else {
        site.buildings.clear();
        return;
    };
    let mut left = quota;
    site.buildings.retain(|building| {
        let stays = building.rank <= limit && left > 0;
        left -= usize::from(stays);
        stays
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_keeps_exactly_its_quota_and_its_landmarks() {
        let ground = Ground::new(4);
        let mut site = laid_out(&ground, 4, -1, -2);
        let before = site.buildings.len();
        assert!(before > 6, "{before}");
        keep_quota(&mut site, 5);
        assert_eq!(site.buildings.len(), 5);
        assert!(site.buildings.iter().any(|building| building.rank == 0));
        keep_quota(&mut site, 0);
        assert!(site.buildings.is_empty());
    }
}
