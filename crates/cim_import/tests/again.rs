//! Importing again: after an interruption, after a change, and what the formats beside GeoJSON bring.
#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use cim_import::{
    Hint, ImportError, ImportReport, ImportRequest, Ledger, ModelKind, PlacedModel, Shape,
    SourceCrs, SourceFeature, SourceNotes, SourceReader, Surface, SurfaceRole, Tags, Tube, import,
    import_from,
};
use cim_tiles::{Catalogue, CimLevel, read_attributes};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// A folder of its own for each test, fresh.
fn folder(test: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("cim_again_{}_{test}", std::process::id()));
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an old test folder can be removed");
    }
    fs::create_dir_all(folder.join("source")).expect("a test folder can be made");
    folder
}

/// A town of `count` houses in rows, one of which may be higher than the others.
fn town(count: u32, higher: Option<u32>) -> String {
    let houses: Vec<Value> = (0..count)
        .map(|number| {
            let (column, row) = (f64::from(number % 60), f64::from(number / 60));
            let (west, south) = (121.48 + column * 0.0006, 31.22 + row * 0.0005);
            let (east, north) = (west + 0.0002, south + 0.00015);
            let height = if higher == Some(number) { 14 } else { 6 };
            json!({"type": "Feature", "id": format!("h{number}"), "properties": {"building": "yes", "height": height},
                "geometry": {"type": "Polygon", "coordinates": [[
                    [west, south], [east, south], [east, north], [west, north], [west, south]
                ]]}})
        })
        .collect();
    json!({"type": "FeatureCollection", "features": houses}).to_string()
}

fn write_town(folder: &Path, higher: Option<u32>) {
    fs::write(folder.join("source/town.geojson"), town(3_000, higher)).expect("written");
}

fn request(folder: &Path) -> ImportRequest {
    ImportRequest::new(vec![folder.join("source")], folder.join("city"))
}

fn import_town(folder: &Path) -> ImportReport {
    import(&request(folder), &mut |_| {}).expect("a city")
}

/// Hashes of all files that the catalogue lists.
fn hashes(folder: &Path) -> BTreeMap<String, String> {
    Catalogue::read(&folder.join("city"))
        .expect("a catalogue")
        .files
        .into_iter()
        .map(|file| (file.path, file.hash))
        .collect()
}

/// What tells a file on disk from another one with the same bytes.
#[cfg(unix)]
fn inodes(folder: &Path) -> BTreeMap<PathBuf, (u64, i64)> {
    use std::os::unix::fs::MetadataExt;
    fs::read_dir(folder.join("city/tiles"))
        .expect("tiles")
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let about = fs::metadata(&path).expect("a file");
            (path, (about.ino(), about.mtime_nsec()))
        })
        .collect()
}

#[cfg(unix)]
#[test]
fn one_changed_house_changes_one_tile_and_the_others_stay_the_same_files() {
    let folder = folder("one");
    write_town(&folder, None);
    let first = import_town(&folder);
    assert!(
        first.tiles_written > 10 && first.tiles_kept == 0,
        "{first:?}"
    );
    let before = inodes(&folder);
    write_town(&folder, Some(1_234));
    let second = import_town(&folder);
    assert_eq!(
        (second.tiles_written, second.tiles_kept),
        (1, first.tiles_written - 1)
    );
    assert!((second.tallest_m - 14.0).abs() < 1e-9);
    let after = inodes(&folder);
    let same = before
        .iter()
        .filter(|(path, file)| after.get(*path) == Some(file))
        .count();
    assert_eq!(same as u64, second.tiles_kept);
    // With nothing changed nothing is written.
    let third = import_town(&folder);
    assert_eq!(
        (third.tiles_written, third.tiles_kept),
        (0, first.tiles_written)
    );
    // Asked to, the import begins anew and comes to the same.
    let kept = hashes(&folder);
    let mut fresh = request(&folder);
    fresh.is_fresh = true;
    let fourth = import(&fresh, &mut |_| {}).expect("a city");
    assert_eq!(fourth.tiles_kept, 0);
    assert_eq!(hashes(&folder), kept);
    fs::remove_dir_all(folder).ok();
}

#[test]
fn an_interrupted_import_goes_on_and_comes_to_the_same() {
    let whole = folder("whole");
    write_town(&whole, None);
    import_town(&whole);
    // Nothing is known of a source before it was read to its end.
    for (stage, pulled_at, is_resumed) in [
        ("reading", 1, false),
        ("shaping", 1, true),
        ("writing", 5, true),
    ] {
        let cut = folder(stage);
        write_town(&cut, None);
        let mut steps = 0;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            import(&request(&cut), &mut |progress| {
                steps += u32::from(progress.stage == stage);
                assert!(steps < pulled_at, "the plug is pulled");
            })
        }));
        assert!(outcome.is_err(), "{stage} was not interrupted");
        assert!(!cut.join("city").exists() && cut.join("city.partial").is_dir());
        let report = import_town(&cut);
        assert_eq!(report.is_resumed, is_resumed, "{stage}");
        assert_eq!(hashes(&cut), hashes(&whole), "{stage}");
        assert!(!cut.join("city.partial").exists());
        fs::remove_dir_all(cut).ok();
    }
    fs::remove_dir_all(whole).ok();
}

#[test]
fn an_interrupted_import_of_changed_sources_begins_anew() {
    let folder = folder("changed");
    write_town(&folder, None);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        import(&request(&folder), &mut |progress| {
            assert_ne!(progress.stage, "writing", "the plug is pulled");
        })
    }));
    assert!(outcome.is_err());
    write_town(&folder, Some(7));
    let report = import_town(&folder);
    assert!(!report.is_resumed && (report.tallest_m - 14.0).abs() < 1e-9);
    fs::remove_dir_all(folder).ok();
}

#[test]
fn shifted_coordinates_are_put_right_and_flagged() {
    let folder = folder("gcj");
    write_town(&folder, None);
    let mut shifted = request(&folder);
    shifted.crs = Some(SourceCrs::Gcj02);
    import(&shifted, &mut |_| {}).expect("a city");
    let catalogue = Catalogue::read(&folder.join("city")).expect("a catalogue");
    assert!(catalogue.was_gcj02 && catalogue.crs == "GCJ-02");
    let east = 121.48 - catalogue.bounds.west_deg;
    assert!((0.003..0.006).contains(&east), "{east}");
    fs::remove_dir_all(folder).ok();
}

/// A generator of a small hill town: a house of surfaces, a pipe, trees.
struct HillTown;

impl HillTown {
    fn feature(id: &str, shape: Shape, pairs: &[(&str, &str)]) -> SourceFeature {
        SourceFeature {
            id: id.to_owned(),
            place: format!("generator, {id}"),
            tags: Tags::of(pairs),
            shape,
            hint: Hint::None,
            level: None,
            parent: None,
        }
    }

    /// A house of 20 m at 408 m over the sea.
    fn house() -> Vec<Surface> {
        let (w, e, s, n) = (8.54, 8.5402, 47.37, 47.3701);
        let surface = |role, ring: Vec<[f64; 3]>| Surface {
            rings: vec![ring],
            role,
            ..Surface::default()
        };
        let at = |height: f64| {
            vec![
                [w, s, height],
                [e, s, height],
                [e, n, height],
                [w, n, height],
            ]
        };
        let mut footprint = at(408.0);
        footprint.reverse();
        let mut house = vec![
            surface(SurfaceRole::Ground, footprint),
            surface(SurfaceRole::Roof, at(428.0)),
        ];
        for (a, b) in [
            ([w, s], [e, s]),
            ([e, s], [e, n]),
            ([e, n], [w, n]),
            ([w, n], [w, s]),
        ] {
            house.push(surface(
                SurfaceRole::Wall,
                vec![
                    [a[0], a[1], 408.0],
                    [b[0], b[1], 408.0],
                    [b[0], b[1], 428.0],
                    [a[0], a[1], 428.0],
                ],
            ));
        }
        house
    }
}

impl SourceReader for HillTown {
    fn read(
        &mut self,
        ledger: &mut Ledger,
        take: &mut dyn FnMut(SourceFeature) -> Result<(), ImportError>,
    ) -> Result<SourceNotes, ImportError> {
        take(Self::feature(
            "house",
            Shape::Surfaces(Self::house()),
            &[("building:use", "居住")],
        ))?;
        let pipe = Tube {
            line: vec![[8.54, 47.37, 406.5], [8.541, 47.37, 406.4]],
            diameter_m: 0.3,
        };
        take(Self::feature(
            "pipe",
            Shape::Tubes(vec![pipe]),
            &[("kind", "water_pipe")],
        ))?;
        let tree = |lon: f64| PlacedModel {
            at: [lon, 47.3702, 408.0],
            heading_deg: 0.0,
            scale: 1.0,
            model: ModelKind::Tree,
        };
        take(Self::feature(
            "trees",
            Shape::Placed(vec![tree(8.54), tree(8.5405)]),
            &[],
        ))?;
        take(Self::feature(
            "house",
            Shape::Points(vec![[8.54, 47.37]]),
            &[("amenity", "cafe")],
        ))?;
        ledger.refuse("a feature that could not even be given", "generator, x");
        Ok(SourceNotes {
            name: "hill town".to_owned(),
            vertical: "LN02".to_owned(),
            epoch: "2025-05-01".to_owned(),
            is_synthetic: true,
            ..SourceNotes::default()
        })
    }
}

#[test]
fn a_generator_fills_a_city_with_models_on_a_hill() {
    let folder = folder("hill");
    let mut request = ImportRequest::new(Vec::new(), folder.join("city"));
    let extra = folder.join("things.txt");
    fs::write(&extra, "{}\n").expect("written");
    request.extra_files = vec![("things.jsonl".to_owned(), extra)];
    let report = import_from(&request, vec![Box::new(HillTown)], &mut |_| {}).expect("a city");
    let c = report.counts;
    assert_eq!(
        (c.buildings, c.pipes, c.trees, c.points, c.features),
        (1, 1, 1, 1, 5)
    );
    assert_eq!(report.cim_level, CimLevel::Cim3);
    assert!((report.tallest_m - 20.0).abs() < 0.01);

    let city = folder.join("city");
    let catalogue = Catalogue::read(&city).expect("a catalogue");
    assert!((catalogue.ground_height_m - 408.0).abs() < 0.051);
    assert!((catalogue.origin.height_m - catalogue.ground_height_m).abs() < 1e-9);
    assert!(catalogue.is_synthetic && catalogue.vertical == "LN02");
    assert_eq!(
        (catalogue.epoch.as_str(), catalogue.height_sources.geometry),
        ("2025-05-01", 1)
    );
    assert!(catalogue.file("things.jsonl").is_some());
    let (records, problems) = read_attributes(&city).expect("the table");
    assert!(problems.is_empty());
    let ids: Vec<&str> = records.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["house", "pipe", "trees", "house~2"]);
    assert_eq!(records[0].height_source, "geometry");
    assert!((records[0].ground_m - 408.0).abs() < 1e-6);

    let tileset: Value =
        serde_json::from_slice(&fs::read(city.join("tileset.json")).expect("a tileset"))
            .expect("JSON");
    let volume = tileset["root"]["boundingVolume"]["box"]
        .as_array()
        .expect("a box");
    let (middle, half) = (volume[2].as_f64(), volume[11].as_f64());
    let (low, high) = middle
        .zip(half)
        .map(|(middle, half)| (middle - half, middle + half))
        .expect("numbers");
    // From the pipe below the ground to the roof.
    assert!(
        (-2.2..-1.4).contains(&low) && (19.9..20.3).contains(&high),
        "{low} {high}"
    );
    fs::remove_dir_all(folder).ok();
}
