//! What the fuzz targets share: a source without files, and what every mesh that is read must hold to.

use cim_tiles::{TileContent, TileError, TileMesh, TileSource, read_content};
use std::io::{Error, ErrorKind};

/// A source that has nothing: whatever content names beside itself is missing.
#[derive(Debug)]
pub struct NoFiles;

impl TileSource for NoFiles {
    fn name(&self) -> String {
        String::new()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TileError> {
        Err(TileError::Unreadable {
            file: path.to_owned(),
            cause: Error::from(ErrorKind::NotFound),
        })
    }
}

/// Reads `data` as content that begins with `magic`.
pub fn read_as(magic: [u8; 4], data: &[u8]) {
    let mut bytes = data.to_vec();
    if let Some(begin) = bytes.first_chunk_mut::<4>() {
        *begin = magic;
    }
    if let Ok(TileContent::Mesh(mesh)) = read_content(&bytes, "a/b", &NoFiles, &mut Vec::new()) {
        hold_together(&mesh);
    }
}

/// Panics where a mesh names something that it does not have.
pub fn hold_together(mesh: &TileMesh) {
    for class in &mesh.classes {
        let corners = class.vertices.len();
        assert!(
            class
                .indices
                .iter()
                .all(|index| (*index as usize) < corners)
        );
        assert!(class.coordinates.is_empty() || class.coordinates.len() == corners);
        assert!(class.colours.is_empty() || class.colours.len() == corners);
        let own = class.vertices.iter().map(|vertex| vertex.feature);
        let copies = class.instances.iter().map(|instance| instance.feature);
        let mut features = own.chain(copies);
        assert!(features.all(|feature| (feature as usize) < mesh.features.len()));
        let image = class.material.and_then(|material| material.image);
        assert!(image.is_none_or(|image| (image as usize) < mesh.images.len()));
    }
    for (table, row) in mesh.features.iter().filter_map(|feature| feature.row) {
        let table = mesh
            .tables
            .get(table as usize)
            .expect("a table that exists");
        assert!(row < table.rows);
        assert!(
            table
                .columns
                .iter()
                .all(|column| column.values.len() == table.rows as usize)
        );
    }
    for image in &mesh.images {
        assert_eq!(
            image.rgba.len(),
            image.width as usize * image.height as usize * 4
        );
    }
}
