//! Where tiles come from, whatever it is: a folder, an archive, or a server.

use cim_store::TileArchive;
use cim_sync::RemoteTiles;
use cim_tiles::{CachedSource, DiskCache, TileError, TileSource, open_source};
use std::{path::Path, sync::Arc};
use tokio::runtime::Handle;

/// The folder inside a desk's cache in which tiles that came over a network are kept.
pub const TILES_IN_CACHE: &str = "tiles";

/// The largest that the cache of fetched tiles becomes, bytes.
const CACHE_BYTES: u64 = 4 << 30;

/// Opens `place`: a city's folder, a `tileset.json`, a `.3tz`, a `.3dtiles`, or an address `http://…/tileset.json`.
///
/// Returns the source and the path of its tileset. What comes over the network is kept in `cache`, if there is one. The
/// sources wait for network and database on `runtime`; read from them on threads that are not the runtime's own.
pub fn open_tile_source(
    place: &str,
    cache: Option<&Path>,
    runtime: &Handle,
) -> Result<(Arc<dyn TileSource>, String), TileError> {
    if place.starts_with("http://") || place.starts_with("https://") {
        let (tiles, path) =
            RemoteTiles::new(place, runtime.clone()).map_err(|error| unreadable(place, &error))?;
        let remote: Arc<dyn TileSource> = Arc::new(Remote(tiles));
        return Ok(match cache {
            Some(folder) => {
                let kept = DiskCache::open(folder, CACHE_BYTES)?;
                (Arc::new(CachedSource::new(remote, Arc::new(kept))), path)
            }
            None => (remote, path),
        });
    }
    let path = Path::new(place);
    if path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("3dtiles"))
    {
        let tiles = runtime
            .block_on(TileArchive::open(path))
            .map_err(|error| unreadable(place, &error))?;
        let archive = Archive {
            tiles,
            name: place.to_owned(),
            runtime: runtime.clone(),
        };
        return Ok((Arc::new(archive), "tileset.json".to_owned()));
    }
    open_source(path)
}

/// Tiles on an HTTP server.
#[derive(Debug)]
struct Remote(RemoteTiles);

impl TileSource for Remote {
    fn name(&self) -> String {
        self.0.name()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TileError> {
        self.0
            .get(path)
            .map_err(|error| unreadable(&format!("{}/{path}", self.0.name()), &error))
    }
}

/// Tiles in an SQLite archive.
#[derive(Debug)]
struct Archive {
    tiles: TileArchive,
    name: String,
    runtime: Handle,
}

impl TileSource for Archive {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TileError> {
        let key = path.split(['?', '#']).next().unwrap_or_default();
        let place = format!("{}/{key}", self.name);
        match self.runtime.block_on(self.tiles.get(key)) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => Err(TileError::Unreadable {
                file: place,
                cause: std::io::Error::new(
                    std::io::ErrorKind::NotFound,
                    "the archive has no such file",
                ),
            }),
            Err(error) => Err(unreadable(&place, &error)),
        }
    }
}

fn unreadable(file: &str, error: &dyn std::error::Error) -> TileError {
    TileError::Unreadable {
        file: file.split(['?', '#']).next().unwrap_or_default().to_owned(),
        cause: std::io::Error::other(error.to_string()),
    }
}
