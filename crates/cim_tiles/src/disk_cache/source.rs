//! A source whose tiles are kept on disk.

use super::{CachedTile, DiskCache, cache_key};
use crate::source::without_query;
use crate::{TileError, TileSource};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Another source with a [`DiskCache`] before it.
///
/// Tiles come from the cache when it has them. Trees (`.json`, `.subtree`) always come from the source, so that a changed
/// city is noticed, and from the cache only when the source fails: what was seen once works offline. A cache that cannot
/// be written to costs speed, never a tile.
#[derive(Debug)]
pub struct CachedSource {
    inner: Arc<dyn TileSource>,
    cache: Arc<DiskCache>,
    now_ms: AtomicI64,
}

impl CachedSource {
    /// Keeps the tiles of `inner` in `cache`.
    pub fn new(inner: Arc<dyn TileSource>, cache: Arc<DiskCache>) -> Self {
        Self {
            inner,
            cache,
            now_ms: AtomicI64::new(i64::MIN),
        }
    }

    /// Tells the time, milliseconds since 1970: tiles that are no longer fresh by then are read anew. Before the first
    /// time, all are fresh.
    pub fn set_now_ms(&self, now_ms: i64) {
        self.now_ms.store(now_ms, Ordering::Relaxed);
    }

    fn is_fresh(&self, tile: &CachedTile) -> bool {
        let now_ms = self.now_ms.load(Ordering::Relaxed);
        tile.fresh_until_ms
            .is_none_or(|until_ms| now_ms <= until_ms)
    }
}

impl TileSource for CachedSource {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TileError> {
        let key = cache_key(&format!("{}/{path}", self.inner.name()));
        let mut kept = None;
        if !is_tree(path) {
            kept = self.cache.get(&key);
            if let Some(tile) = kept.take_if(|tile| self.is_fresh(tile)) {
                return Ok(tile.bytes);
            }
        }
        match self.inner.read(path) {
            Ok(bytes) => {
                let tile = CachedTile {
                    bytes,
                    ..CachedTile::default()
                };
                drop(self.cache.put(&key, &tile));
                Ok(tile.bytes)
            }
            Err(error) => kept
                .or_else(|| self.cache.get(&key))
                .map(|tile| tile.bytes)
                .ok_or(error),
        }
    }
}

/// Whether the file describes tiles rather than being one.
fn is_tree(path: &str) -> bool {
    let file = without_query(path);
    let ending = file.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| {
        ending.eq_ignore_ascii_case("json") || ending.eq_ignore_ascii_case("subtree")
    })
}
