//! Where meshes stand: the node tree flattened, every transform worked in.

use super::accessor::GltfFile;
use super::document::{Instancing, Node};
use crate::TileError;
use glam::{DMat3, DMat4, DVec3};

/// A mesh and where it stands, in glTF's axes.
pub(super) struct PlacedMesh<'a> {
    pub(super) mesh: u32,
    pub(super) scene_from_mesh: DMat4,
    /// The node that it hangs at, and its number.
    pub(super) node: &'a Node,
    pub(super) number: u32,
}

impl PlacedMesh<'_> {
    /// What the node says about copies of the mesh.
    pub(super) fn instancing(&self) -> Option<&Instancing> {
        self.node.extensions.instancing.as_deref()
    }
}

/// What the walk takes for each node of the file.
pub(super) const WALK_BYTES_PER_NODE: usize =
    size_of::<PlacedMesh<'static>>() + size_of::<(u32, DMat4)>() + 1;

/// All meshes of the file's scene, in the order of the tree.
///
/// A node belongs to one parent only (glTF 2.0, "Node Hierarchy"), so no file can make the walk longer than its list
/// of nodes.
pub(super) fn placed_meshes<'a>(file: &GltfFile<'a>) -> Result<Vec<PlacedMesh<'a>>, TileError> {
    let nodes = &file.document.nodes;
    let mut seen = vec![false; nodes.len()];
    let mut placed = Vec::new();
    let roots = roots(file)?;
    if roots.len() > nodes.len() {
        return Err(TileError::broken(
            file.path,
            "scenes",
            "the scene lists more nodes than there are",
        ));
    }
    let mut waiting: Vec<(u32, DMat4)> = roots
        .into_iter()
        .rev()
        .map(|node| (node, DMat4::IDENTITY))
        .collect();
    while let Some((index, outer)) = waiting.pop() {
        let place = || format!("nodes/{index}");
        let (Some(node), Some(seen)) = (nodes.get(index as usize), seen.get_mut(index as usize))
        else {
            return Err(TileError::broken(
                file.path,
                place(),
                "there is no such node",
            ));
        };
        if std::mem::replace(seen, true) {
            return Err(TileError::broken(
                file.path,
                place(),
                "the node hangs at two places of the tree",
            ));
        }
        let matrix = outer
            * local_matrix(node).map_err(|reason| TileError::broken(file.path, place(), reason))?;
        if !matrix.is_finite() {
            return Err(TileError::broken(
                file.path,
                place(),
                "the node's place is beyond all measure",
            ));
        }
        if let Some(mesh) = node.mesh {
            placed.push(PlacedMesh {
                mesh,
                scene_from_mesh: matrix,
                node,
                number: index,
            });
        }
        // Children that are listed again and again would fill the list of those that wait.
        if waiting.len().saturating_add(node.children.len()) > nodes.len() {
            return Err(TileError::broken(
                file.path,
                place(),
                "a child hangs at two places of the tree",
            ));
        }
        waiting.extend(node.children.iter().rev().map(|child| (*child, matrix)));
    }
    Ok(placed)
}

/// The nodes that the scene begins with; without any scene, those that nobody has for a child.
fn roots(file: &GltfFile<'_>) -> Result<Vec<u32>, TileError> {
    let document = file.document;
    if document.scenes.is_empty() {
        let mut is_child = vec![false; document.nodes.len()];
        for child in document.nodes.iter().flat_map(|node| &node.children) {
            if let Some(flag) = is_child.get_mut(*child as usize) {
                *flag = true;
            }
        }
        return Ok((0_u32..)
            .zip(is_child)
            .filter(|(_, is_child)| !is_child)
            .map(|(node, _)| node)
            .collect());
    }
    let scene = document.scene.unwrap_or_default();
    let scene = document.scenes.get(scene as usize).ok_or_else(|| {
        TileError::broken(
            file.path,
            format!("scenes/{scene}"),
            "there is no such scene",
        )
    })?;
    Ok(scene.nodes.clone())
}

fn local_matrix(node: &Node) -> Result<DMat4, String> {
    if let Some(numbers) = &node.matrix {
        let columns = <[f64; 16]>::try_from(numbers.as_slice()).map_err(
            |_short_or_long: std::array::TryFromSliceError| {
                format!("a matrix has 16 numbers, not {}", numbers.len())
            },
        )?;
        return Ok(DMat4::from_cols_array(&columns));
    }
    Ok(matrix_of(
        node.translation.unwrap_or_default(),
        node.rotation.unwrap_or([0.0, 0.0, 0.0, 1.0]),
        node.scale.unwrap_or([1.0; 3]),
    ))
}

/// Scale first, then rotation, then translation.
pub(super) fn matrix_of(translation: [f64; 3], rotation: [f64; 4], scale: [f64; 3]) -> DMat4 {
    let [x, y, z] = scale;
    let rotation = rotation_of(rotation);
    let linear = DMat3::from_cols(
        rotation.x_axis * x,
        rotation.y_axis * y,
        rotation.z_axis * z,
    );
    DMat4::from_mat3_translation(linear, DVec3::from_array(translation))
}

/// The rotation of a quaternion `x, y, z, w` of any length; none for a length of zero.
fn rotation_of([x, y, z, w]: [f64; 4]) -> DMat3 {
    let length_2 = x * x + y * y + z * z + w * w;
    if length_2 <= 0.0 || !length_2.is_finite() {
        return DMat3::IDENTITY;
    }
    let s = 2.0 / length_2;
    DMat3::from_cols(
        DVec3::new(
            1.0 - s * (y * y + z * z),
            s * (x * y + z * w),
            s * (x * z - y * w),
        ),
        DVec3::new(
            s * (x * y - z * w),
            1.0 - s * (x * x + z * z),
            s * (y * z + x * w),
        ),
        DVec3::new(
            s * (x * z + y * w),
            s * (y * z - x * w),
            1.0 - s * (x * x + y * y),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_turn_about_z_takes_x_to_y() {
        let half = std::f64::consts::FRAC_1_SQRT_2;
        let turned = rotation_of([0.0, 0.0, half, half]) * DVec3::X;
        assert!((turned - DVec3::Y).length() < 1e-12, "{turned}");
        let longer = rotation_of([0.0, 0.0, 3.0, 3.0]) * DVec3::X;
        assert!((longer - DVec3::Y).length() < 1e-12, "{longer}");
    }
}
