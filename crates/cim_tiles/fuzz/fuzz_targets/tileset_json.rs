//! `tileset.json`.

#![no_main]

use cim_tiles::Tileset;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(tileset) = Tileset::from_json(data, "tileset.json") {
        for tile in tileset.tiles() {
            let children = tile.children.iter();
            assert!(children.copied().all(|child| tileset.tile(child).is_some()));
        }
    }
});
