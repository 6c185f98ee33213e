//! A region fetched, interrupted, gone on with, verified and used.

use super::*;
use crate::files::test_folder;
use crate::source::{FolderSource, MemorySource};
use std::cell::Cell;
use std::path::PathBuf;

/// Two quarters of a degree beside each other; the eastern one hangs on an external tileset.
fn city() -> MemorySource {
    let region = |west: f64, east: f64| {
        format!(
            r#""boundingVolume":{{"region":[{},{},{},{},0,100]}}"#,
            west.to_radians(),
            31_f64.to_radians(),
            east.to_radians(),
            31.1_f64.to_radians()
        )
    };
    let tileset = format!(
        r#"{{"asset":{{"version":"1.1"}},"geometricError":100,"schemaUri":"schema.json","root":{{{},"geometricError":50,"refine":"ADD",
            "content":{{"uri":"root.gltf?v=1"}},"children":[
            {{{},"geometricError":10,"content":{{"uri":"west.glb"}}}},
            {{{},"geometricError":10,"content":{{"uri":"east/tileset.json"}}}}]}}}}"#,
        region(121.0, 121.2),
        region(121.0, 121.1),
        region(121.1, 121.2)
    );
    let east = format!(
        r#"{{"asset":{{"version":"1.1"}},"geometricError":10,"root":{{{},"geometricError":10,"refine":"ADD",
            "content":{{"uri":"a.b3dm"}},"children":[{{{},"geometricError":1,"content":{{"uri":"../fine.glb"}}}}]}}}}"#,
        region(121.1, 121.2),
        region(121.1, 121.2)
    );
    let gltf = br#"{"asset":{"version":"2.0"},"buffers":[{"uri":"root.bin"},{"uri":"data:;base64,AA=="}],"images":[{"uri":"img/wall.png"}]}"#;
    MemorySource::of(&[
        ("tileset.json", tileset.as_bytes()),
        ("schema.json", b"{}"),
        ("root.gltf", gltf),
        ("root.bin", b"bin"),
        ("img/wall.png", b"png"),
        ("west.glb", b"glTF"),
        ("east/tileset.json", east.as_bytes()),
        ("east/a.b3dm", b"b3dm"),
        ("fine.glb", b"glTF"),
    ])
}

fn request(west_deg: f64, east_deg: f64, max_error_m: f64) -> RegionRequest {
    RegionRequest {
        bounds: Bounds {
            west_deg,
            south_deg: 31.01,
            east_deg,
            north_deg: 31.09,
        },
        max_error_m,
    }
}

fn packed(source: &dyn TileSource, request: &RegionRequest, out: &Path) -> RegionReport {
    pack(source, "tileset.json", request, out, &mut |_| {}).expect("a region")
}

#[track_caller]
fn check_files(name: &str, request: &RegionRequest, expected: &[&str]) -> PathBuf {
    let folder = test_folder(name);
    let report = packed(&city(), request, &folder);
    assert!(report.is_whole(), "{:?}", report.problems);
    let text = std::fs::read_to_string(folder.join(REGION_FILE)).expect("the list");
    let region: RegionJson = serde_json::from_str(&text).expect("JSON");
    let paths: Vec<&str> = region.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, expected);
    folder
}

#[test]
fn a_region_has_its_tiles_with_all_that_they_name() {
    let everything = [
        "east/a.b3dm",
        "east/tileset.json",
        "fine.glb",
        "img/wall.png",
        "root.bin",
        "root.gltf",
        "schema.json",
        "tileset.json",
        "west.glb",
    ];
    let folder = check_files("region-all", &request(121.0, 121.2, 0.0), &everything);
    let verdict = verify(&folder).expect("a verdict");
    assert!(verdict.is_whole(), "{verdict:?}");
    assert_eq!(verdict.files, everything.len());
    assert!(!folder.join(JOURNAL_FILE).exists());
    let tileset = Tileset::read(&folder.join("tileset.json")).expect("it opens offline");
    assert_eq!(tileset.tile_count(), 3);
    assert!(tileset.metadata.schema.is_some());

    let without_west: Vec<&str> = everything[..8].to_vec();
    check_files("region-east", &request(121.15, 121.2, 0.0), &without_west);
    let coarse: Vec<&str> = everything
        .into_iter()
        .filter(|path| *path != "fine.glb")
        .collect();
    check_files("region-coarse", &request(121.0, 121.2, 10.0), &coarse);
}

/// A source that fails after some files.
#[derive(Debug)]
struct Failing {
    city: MemorySource,
    left: std::sync::atomic::AtomicUsize,
}

impl TileSource for Failing {
    fn name(&self) -> String {
        self.city.name()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TileError> {
        use std::sync::atomic::Ordering::Relaxed;
        if self.left.load(Relaxed) == 0 {
            return Err(TileError::unreadable(
                path,
                std::io::ErrorKind::TimedOut.into(),
            ));
        }
        let read = self.city.read(path);
        if read.is_ok() {
            self.left.fetch_sub(1, Relaxed);
        }
        read
    }
}

#[test]
fn an_interrupted_fetch_names_what_is_missing_and_goes_on() {
    let folder = test_folder("region-interrupted");
    let source = Failing {
        city: city(),
        left: 4.into(),
    };
    let whole = request(121.0, 121.2, 0.0);
    let first = packed(&source, &whole, &folder);
    assert!(!first.is_whole());
    assert!(!verify(&folder).expect("a verdict").is_whole());
    let before = first.progress.files;
    let second = packed(&city(), &whole, &folder);
    assert!(second.is_whole(), "{:?}", second.problems);
    assert_eq!((second.progress.files, second.progress.kept), (9, before));
    assert!(verify(&folder).expect("a verdict").is_whole());
}

#[test]
fn a_crash_leaves_a_journal_that_is_gone_on_with() {
    let folder = test_folder("region-crash");
    let whole = request(121.0, 121.2, 0.0);
    let source = city();
    {
        let mut journal = Journal::open(&folder, "memory").expect("a journal");
        let bytes = source.read("west.glb").expect("a file");
        std::fs::write(folder.join("west.glb"), &bytes).expect("a file");
        journal
            .note(&RegionFile {
                path: "west.glb".to_owned(),
                bytes: bytes.len() as u64,
                sha256: crate::files::sha256_hex(&bytes),
            })
            .expect("a line");
    }
    let path = folder.join(JOURNAL_FILE);
    let text = std::fs::read_to_string(&path).expect("the journal");
    std::fs::write(&path, format!("{text}{{\"path\":\"root.bi")).expect("a line cut short");
    let files = Cell::new(0);
    let report = pack(&source, "tileset.json", &whole, &folder, &mut |now| {
        files.set(now.files);
    })
    .expect("a region");
    assert_eq!((report.progress.kept, files.get()), (1, 9));
    assert!(verify(&folder).expect("a verdict").is_whole());
}

#[test]
fn every_missing_and_changed_file_is_named() {
    let folder = test_folder("region-verify");
    packed(&city(), &request(121.0, 121.2, 0.0), &folder);
    std::fs::remove_file(folder.join("img/wall.png")).expect("a file");
    std::fs::write(folder.join("root.bin"), b"bim").expect("a file");
    let verdict = verify(&folder).expect("a verdict");
    assert_eq!(verdict.missing, ["img/wall.png"]);
    assert_eq!(verdict.changed, ["root.bin"]);
    assert!(!verdict.is_whole());
    assert!(verify(&test_folder("region-none")).is_err());
}

#[test]
fn a_tileset_with_a_name_of_ours_or_no_region_is_refused() {
    let folder = test_folder("region-names");
    let nowhere = request(121.2, 121.0, 0.0);
    assert!(pack(&city(), "tileset.json", &nowhere, &folder, &mut |_| {}).is_err());
    let error = pack(
        &city(),
        REGION_FILE,
        &request(121.0, 121.2, 0.0),
        &folder,
        &mut |_| {},
    )
    .expect_err("our own name");
    assert!(error.to_string().contains("own list"), "{error}");
}

#[test]
fn tokens_are_not_written_down() {
    let clean = record::without_secrets("https://me:secret@host/city/?token=1#a");
    assert_eq!(clean, "https://host/city/");
    assert_eq!(record::without_secrets("/data/city"), "/data/city");
}

#[test]
fn files_named_within_older_containers_are_found() {
    let mut names = walk::Names::default();
    let glb = |json: &str| {
        let mut glb = b"glTF".to_vec();
        for number in [2_u32, 0, json.len() as u32] {
            glb.extend_from_slice(&number.to_le_bytes());
        }
        glb.extend_from_slice(b"JSON");
        glb.extend_from_slice(json.as_bytes());
        glb
    };
    let header = |magic: &[u8], extra: &[u8], body: &[u8]| {
        let mut tile = magic.to_vec();
        let length = (28 + extra.len() + body.len()) as u32;
        for number in [1, length, 0, 0, 0, 0] {
            tile.extend_from_slice(&u32::to_le_bytes(number));
        }
        tile.extend_from_slice(extra);
        tile.extend_from_slice(body);
        tile
    };
    let b3dm = header(b"b3dm", &[], &glb(r#"{"images":{"a":{"uri":"a.jpg"}}}"#));
    let i3dm = header(b"i3dm", &[0; 4], b"tree.gltf\0\0");
    let mut cmpt = b"cmpt".to_vec();
    for number in [1_u32, 0, 2] {
        cmpt.extend_from_slice(&number.to_le_bytes());
    }
    cmpt.extend_from_slice(&b3dm);
    cmpt.extend_from_slice(&i3dm);
    names.of(&cmpt, 0);
    assert_eq!(names.uris, ["a.jpg", "tree.gltf"]);
    for length in 0..cmpt.len() {
        walk::Names::default().of(&cmpt[..length], 0);
    }
}

#[test]
fn a_real_tileset_is_fetched_and_verified() {
    let samples = Path::new(".")
        .join("../../../shared/data/conformance/3d-tiles-1.1/1.1/SparseImplicitQuadtree");
    if !samples.is_dir() {
        println!("skipped: no samples at {}", samples.display());
        return;
    }
    // Placed where it is, around the Earth's middle, all of it is below any region of heights; so place it.
    let folder = test_folder("region-real");
    let source = Placed(FolderSource::new(samples));
    let report = packed(&source, &request(120.0, 122.0, 0.0), &folder);
    assert!(report.is_whole(), "{:?}", report.problems);
    let verdict = verify(&folder).expect("a verdict");
    assert!(verdict.is_whole() && verdict.files > 30, "{verdict:?}");
}

/// A folder with a placement of its own.
#[derive(Debug)]
struct Placed(FolderSource);

impl TileSource for Placed {
    fn name(&self) -> String {
        self.0.name()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, TileError> {
        if path == PLACEMENT_FILE {
            Ok(br#"{"origin":{"lon":121,"lat":31.05,"height":0}}"#.to_vec())
        } else {
            self.0.read(path)
        }
    }
}
