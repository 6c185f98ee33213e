//! Copies of a mesh (`EXT_mesh_gpu_instancing`).

use super::accessor::{Budget, GltfFile, Items};
use super::document::Instancing;
use super::nodes::{PlacedMesh, matrix_of};
use crate::TileError;
use glam::DMat4;

/// Where copies of a mesh stand, in glTF's axes, one after the other.
pub(super) struct Copies<'a> {
    translations: Option<Items<'a>>,
    rotations: Option<Items<'a>>,
    scales: Option<Items<'a>>,
    count: usize,
    scene_from_node: DMat4,
}

impl<'a> Copies<'a> {
    /// Reads what a node says about copies of its mesh.
    pub(super) fn read(
        file: &GltfFile<'a>,
        placed: &PlacedMesh<'_>,
        instancing: &Instancing,
        budget: &mut Budget,
    ) -> Result<Self, TileError> {
        let mut items = |name: &str, width: usize| {
            let accessor = instancing.attributes.get(name).copied();
            accessor
                .map(|accessor| file.items(accessor, &[width], budget))
                .transpose()
        };
        let translations = items("TRANSLATION", 3)?;
        let rotations = items("ROTATION", 4)?;
        let scales = items("SCALE", 3)?;
        let counts = [&translations, &rotations, &scales]
            .map(|items| items.as_ref().map(Items::count))
            .into_iter()
            .flatten();
        // All are as long as the first; without any of them there is nothing to be copied to.
        let count = counts.clone().next().unwrap_or(0);
        if counts.clone().any(|other| other != count) {
            let place = format!("nodes/{}/extensions/EXT_mesh_gpu_instancing", placed.number);
            let reason = "its attributes are of different lengths";
            return Err(TileError::broken(file.path, place, reason));
        }
        Ok(Self {
            translations,
            rotations,
            scales,
            count,
            scene_from_node: placed.scene_from_mesh,
        })
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Where a copy stands.
    pub(super) fn matrix(&self, copy: usize) -> DMat4 {
        let three = |items: &Option<Items<'_>>, other: f32| {
            let numbers = items.as_ref().and_then(|items| items.vector::<3>(copy));
            numbers.unwrap_or([other; 3]).map(f64::from)
        };
        let rotation = self
            .rotations
            .as_ref()
            .and_then(|items| items.vector::<4>(copy))
            .unwrap_or([0.0, 0.0, 0.0, 1.0]);
        let node_from_mesh = matrix_of(
            three(&self.translations, 0.0),
            rotation.map(f64::from),
            three(&self.scales, 1.0),
        );
        self.scene_from_node * node_from_mesh
    }
}
