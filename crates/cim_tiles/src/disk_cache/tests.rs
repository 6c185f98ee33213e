//! The cache across runs, at its limit, and with damaged files.

use super::*;
use crate::TileSource;
use crate::files::test_folder;
use crate::source::MemorySource;
use std::sync::Arc;

fn tile(bytes: &[u8]) -> CachedTile {
    CachedTile {
        bytes: bytes.to_vec(),
        etag: Some("\"abc\"".to_owned()),
        last_modified: None,
        fresh_until_ms: Some(1_000),
    }
}

/// All files of tiles below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for shelf in std::fs::read_dir(folder).expect("a folder") {
        let path = shelf.expect("an entry").path();
        if path.is_dir() {
            for entry in std::fs::read_dir(path).expect("a folder") {
                files.push(entry.expect("an entry").path());
            }
        }
    }
    files
}

#[test]
fn a_tile_is_there_again_in_the_next_run() {
    let folder = test_folder("cache-runs");
    {
        let cache = DiskCache::open(&folder, 1 << 20).expect("a cache");
        assert_eq!(cache.get("a"), None);
        cache.put("a", &tile(b"first")).expect("it is written");
        cache.put("a", &tile(b"second")).expect("it is written");
        assert_eq!(cache.len(), 1);
    }
    let cache = DiskCache::open(&folder, 1 << 20).expect("a cache");
    assert_eq!(cache.get("a"), Some(tile(b"second")));
    cache.forget("a");
    assert!(cache.is_empty() && cache.bytes() == 0 && files(&folder).is_empty());
}

#[test]
fn the_least_recently_used_goes_first_also_across_runs() {
    let folder = test_folder("cache-limit");
    let body = vec![7_u8; 10_000];
    let limit = 3 * 10_600;
    {
        let cache = DiskCache::open(&folder, limit).expect("a cache");
        for key in ["a", "b", "c"] {
            cache.put(key, &tile(&body)).expect("it is written");
        }
        assert!(cache.get("a").is_some());
    }
    let cache = DiskCache::open(&folder, limit).expect("a cache");
    cache.put("d", &tile(&body)).expect("it is written");
    let there = ["a", "b", "c", "d"].map(|key| cache.get(key).is_some());
    assert_eq!(there, [true, false, true, true]);
    assert!(cache.bytes() <= limit && files(&folder).len() == 3);
    cache
        .put("e", &tile(&vec![0; 40_000]))
        .expect("it is not kept");
    assert_eq!(cache.get("e"), None);
    assert_eq!(cache.len(), 3);
    drop(cache);
    let smaller = DiskCache::open(&folder, 10_600).expect("a cache");
    assert_eq!(smaller.len(), 1);
}

#[test]
fn damaged_tiles_are_dropped_and_nothing_else() {
    let folder = test_folder("cache-damage");
    let cache = DiskCache::open(&folder, 1 << 20).expect("a cache");
    cache.put("a", &tile(b"whole")).expect("it is written");
    let path = files(&folder).pop().expect("a file");
    let whole = std::fs::read(&path).expect("its bytes");
    for length in (0..whole.len()).step_by(3) {
        cache.put("a", &tile(b"whole")).expect("it is written");
        std::fs::write(&path, &whole[..length]).expect("it is cut short");
        assert_eq!(cache.get("a"), None, "{length} bytes");
        assert!(!path.exists());
    }
    for at in 0..whole.len() {
        cache.put("a", &tile(b"whole")).expect("it is written");
        let mut changed = whole.clone();
        changed[at] ^= 1;
        std::fs::write(&path, &changed).expect("it is changed");
        let found = cache.get("a").map(|tile| tile.bytes);
        assert!(
            found.is_none() || found.as_deref() == Some(b"whole"),
            "byte {at}"
        );
    }
}

#[test]
fn what_a_crash_left_half_written_goes() {
    let folder = test_folder("cache-crash");
    DiskCache::open(&folder, 1 << 20)
        .and_then(|cache| cache.put("a", &tile(b"whole")))
        .expect("it is written");
    let path = files(&folder).pop().expect("a file");
    let half = PathBuf::from(format!("{}.part", path.display()));
    std::fs::write(&half, b"half").expect("a file");
    std::fs::remove_file(folder.join(ORDER_FILE)).expect("the order");
    let cache = DiskCache::open(&folder, 1 << 20).expect("a cache");
    assert!(!half.exists());
    assert_eq!(cache.get("a"), Some(tile(b"whole")));
}

#[test]
fn a_cached_source_works_when_the_source_is_gone() {
    let cache = Arc::new(DiskCache::open(&test_folder("cache-source"), 1 << 20).expect("a cache"));
    let here = MemorySource::of(&[("tileset.json", b"{1}"), ("a.glb", b"one")]);
    let source = CachedSource::new(Arc::new(here), Arc::clone(&cache));
    assert_eq!(source.read("tileset.json").expect("a file"), b"{1}");
    assert_eq!(source.read("a.glb").expect("a file"), b"one");
    // The city has changed: its tree is read anew, a tile that is there is not.
    let changed = MemorySource::of(&[("tileset.json", b"{2}"), ("a.glb", b"two")]);
    let source = CachedSource::new(Arc::new(changed), Arc::clone(&cache));
    assert_eq!(source.read("tileset.json").expect("a file"), b"{2}");
    assert_eq!(source.read("a.glb?token=t").expect("a file"), b"one");
    let gone = CachedSource::new(Arc::new(MemorySource::default()), Arc::clone(&cache));
    assert_eq!(gone.read("tileset.json").expect("kept"), b"{2}");
    assert!(gone.read("b.glb").is_err());
}

#[test]
fn a_tile_that_is_no_longer_fresh_is_read_anew() {
    let cache = Arc::new(DiskCache::open(&test_folder("cache-fresh"), 1 << 20).expect("a cache"));
    cache
        .put("memory/a.glb", &tile(b"old"))
        .expect("it is written");
    let now = MemorySource::of(&[("a.glb", b"new")]);
    let source = CachedSource::new(Arc::new(now), Arc::clone(&cache));
    source.set_now_ms(1_000);
    assert_eq!(source.read("a.glb").expect("a file"), b"old");
    source.set_now_ms(1_001);
    assert_eq!(source.read("a.glb").expect("a file"), b"new");
    let gone = CachedSource::new(Arc::new(MemorySource::default()), cache);
    gone.set_now_ms(i64::MAX);
    assert_eq!(gone.read("a.glb").expect("kept"), b"new");
}
