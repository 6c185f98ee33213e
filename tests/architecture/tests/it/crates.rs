//! Who may use whom: layers, doors, and what every crate must bring along.
//!
//! Reads `cargo metadata` and manifests. What is inside source files is looked at in `files.rs`.

use crate::{cargo, check, root};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Each crate's layer. A crate may use lower layers only, never a neighbour.
const LAYERS: &[(&str, u8)] = &[
    // Words.
    ("cim_geo", 0),
    ("cim_model", 1),
    // What lies over the city, in columns: the picture, the desk and the engines speak of it.
    ("cim_layers", 5),
    // Finding by name, however it is typed.
    ("cim_names", 5),
    // Engines: each owns one hard problem and has never heard of the others.
    ("cim_tiles", 10),
    ("cim_store", 10),
    ("cim_sync", 10),
    ("cim_alarm", 10),
    ("cim_event", 10),
    ("cim_report", 10),
    // A disk that fails on demand: for trials of the store.
    ("cim_disk", 10),
    // On the city.
    ("cim_import", 15),
    ("cim_video", 15),
    // Stretches of history as files.
    ("cim_recording", 15),
    // An invented city, handed to the import like any other.
    ("cim_district", 16),
    // Foreign video, in a process of its own.
    ("cim_stream", 16),
    // The product.
    ("cim_app", 20),
    ("cim_scene", 20),
    // The frame that a picture hangs in: it knows no picture, the picture knows it.
    ("cim_viewport", 25),
    // The picture, and the reference hub.
    ("cim_render", 30),
    ("cim_hub", 30),
    // What both hosts put on the twin's stage.
    ("cim_stage", 35),
    // Hosts.
    ("citymirror", 40),
    ("cim", 40),
    // Commands and tests. The journeys start programs with the hands of the commands.
    ("xtask", 90),
    ("architecture", 90),
    ("journeys", 95),
];

/// One door per outside system: who may name these crates in their own `Cargo.toml`.
const DOORS: &[(&str, &[&str])] = &[
    // The window.
    ("tauri", &["citymirror"]),
    ("tauri-build", &["citymirror"]),
    ("gtk", &["citymirror"]),
    ("gdk", &["citymirror"]),
    ("gdkx11", &["citymirror"]),
    ("x11rb", &["cim_viewport"]),
    ("raw-window-handle", &["cim_viewport"]),
    // SQL.
    ("sqlx", &["cim_store", "cim_hub", "cim_disk"]),
    // Sockets.
    ("reqwest", &["cim_sync", "cim_hub", "journeys"]),
    ("rumqttc-v4-next", &["cim_sync", "cim_hub"]),
    ("rumqttd", &["cim_hub"]),
    ("axum", &["cim_hub"]),
    ("tower-http", &["cim_hub"]),
    // Foreign video.
    ("retina", &["cim_stream"]),
    ("openh264", &["cim_stream"]),
    ("h264-reader", &["cim_stream"]),
    ("m3u8-rs", &["cim_stream"]),
    ("tokio-tungstenite", &["cim_stream", "cim_hub"]),
    // The helper's walls.
    ("seccompiler", &["cim_stream"]),
    ("landlock", &["cim_stream"]),
    ("rustix", &["cim_stream"]),
    // The wire to the UI.
    ("ts-rs", &["cim_app"]),
    // The picture.
    ("bevy", &["cim_render", "cim_viewport"]),
    ("bevy_render", &["cim_render", "cim_viewport"]),
    ("wgpu", &["cim_render", "cim_viewport"]),
    ("bevy_app", &["cim_scene", "cim_render", "cim_viewport"]),
    ("bevy_ecs", &["cim_scene", "cim_render", "cim_viewport"]),
    ("naga", &["cim_render"]),
    // Printed documents.
    ("krilla", &["cim_report"]),
    // Coordinate reference systems by code; beside its door only as a judge in the importer's tests.
    ("proj", &["cim_geo", "cim_import"]),
    // Readings of Chinese characters.
    ("pinyin", &["cim_names"]),
    // Command lines.
    ("clap", &["citymirror", "cim", "xtask"]),
];

/// Two versions of these in one program disagree about types or about one C library.
const ONE_VERSION_ONLY: &[&str] = &["glam", "libsqlite3-sys", "raw-window-handle", "wgpu"];

/// What a rule needs to know of a crate.
#[derive(Clone, Debug)]
struct Member {
    name: String,
    folder: PathBuf,
    /// Direct dependencies of every kind, by the name under which they are published.
    uses: BTreeSet<String>,
}

/// The workspace as cargo describes it.
fn metadata() -> Value {
    let mut command = Command::new(cargo());
    command
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root());
    let output = command.output().expect("cargo starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo writes JSON")
}

fn members(metadata: &Value) -> Vec<Member> {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let packages = metadata["packages"].as_array().expect("packages");
    let member = |package: &Value| Member {
        name: text(&package["name"]),
        folder: Path::new(&text(&package["manifest_path"]))
            .parent()
            .expect("a folder")
            .to_owned(),
        uses: package["dependencies"]
            .as_array()
            .expect("dependencies")
            .iter()
            .map(|used| text(&used["name"]))
            .collect(),
    };
    packages.iter().map(member).collect()
}

/// Arrows that point up or sideways, and crates without a layer.
fn breached_layers(members: &[Member]) -> Vec<String> {
    let layers: BTreeMap<&str, u8> = LAYERS.iter().copied().collect();
    let mut wrong = Vec::new();
    for Member { name, uses, .. } in members {
        let Some(own_layer) = layers.get(name.as_str()) else {
            wrong.push(format!("{name} has no layer; add it to LAYERS"));
            continue;
        };
        for used in uses {
            if let Some(layer) = layers.get(used.as_str())
                && layer >= own_layer
            {
                wrong.push(format!(
                    "{name} (layer {own_layer}) may not use {used} (layer {layer})"
                ));
            }
        }
    }
    wrong
}

/// Crates that go round a door.
fn breached_doors(members: &[Member]) -> Vec<String> {
    let mut wrong = Vec::new();
    for Member { name, uses, .. } in members {
        for (outside, may) in DOORS {
            if uses.contains(*outside) && !may.contains(&name.as_str()) {
                wrong.push(format!("{name} names {outside}; only {may:?} may"));
            }
        }
    }
    wrong
}

/// Packages of `lock` that must be there once and are there more often.
fn doubled(lock: &str) -> Vec<String> {
    let lock: toml::Table = toml::from_str(lock).expect("Cargo.lock is TOML");
    let packages = lock["package"].as_array().expect("packages");
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        let (Some(name), Some(version)) = (package["name"].as_str(), package["version"].as_str())
        else {
            continue;
        };
        if ONE_VERSION_ONLY.contains(&name) {
            versions.entry(name).or_default().push(version);
        }
    }
    versions.retain(|_, found| found.len() > 1);
    versions
        .into_iter()
        .map(|(name, found)| format!("{name} is there as {found:?}"))
        .collect()
}

/// Dependency lines of the root manifest that do not say why they are there: no comment behind them and none above.
/// A comment after an empty line is a heading and explains nothing. Rooms of the workspace need no reason here;
/// `ARCHITECTURE.md` says what they are for.
fn unexplained(manifest: &str) -> Vec<String> {
    let lines = manifest
        .lines()
        .skip_while(|line| line.trim() != "[workspace.dependencies]")
        .skip(1);
    let mut wrong = Vec::new();
    let (mut before, mut above) = ("", "");
    for line in lines.take_while(|line| !line.starts_with('[')) {
        let is_dependency =
            line.contains('=') && !line.starts_with('#') && !line.contains("path = ");
        let behind = line
            .rsplit_once('#')
            .is_some_and(|(_, reason)| reason.trim().len() > 3);
        let explained_above = above.starts_with('#') && !before.is_empty();
        if is_dependency && !behind && !explained_above {
            wrong.push(line.to_owned());
        }
        (before, above) = (above, line);
    }
    wrong
}

#[test]
fn dependencies_point_down() {
    check(&breached_layers(&members(&metadata())));
}

#[test]
fn each_outside_system_has_one_door() {
    check(&breached_doors(&members(&metadata())));
}

#[test]
fn a_planted_arrow_is_seen() {
    let mut planted = metadata();
    let packages = planted["packages"].as_array_mut().expect("packages");
    let tiles = packages
        .iter_mut()
        .find(|package| package["name"] == "cim_tiles")
        .expect("cim_tiles");
    for name in ["cim_store", "sqlx"] {
        tiles["dependencies"]
            .as_array_mut()
            .expect("dependencies")
            .push(serde_json::json!({ "name": name }));
    }
    let mut stranger = tiles.clone();
    stranger["name"] = "cim_stranger".into();
    packages.push(stranger);

    let (sound, planted) = (members(&metadata()), members(&planted));
    let new = |rule: fn(&[Member]) -> Vec<String>| {
        let known = rule(&sound);
        let found = rule(&planted)
            .into_iter()
            .filter(|breach| !known.contains(breach));
        found.collect::<Vec<String>>()
    };
    assert_eq!(
        new(breached_layers),
        [
            "cim_tiles (layer 10) may not use cim_store (layer 10)",
            "cim_stranger has no layer; add it to LAYERS"
        ]
    );
    assert_eq!(
        new(breached_doors),
        [
            r#"cim_tiles names sqlx; only ["cim_store", "cim_hub", "cim_disk"] may"#,
            r#"cim_stranger names sqlx; only ["cim_store", "cim_hub", "cim_disk"] may"#
        ]
    );
}

#[test]
fn no_layer_is_kept_for_a_crate_that_is_gone() {
    let members = members(&metadata());
    let there: BTreeSet<&str> = members.iter().map(|member| member.name.as_str()).collect();
    let gone = LAYERS.iter().filter(|(name, _)| !there.contains(name));
    check(
        &gone
            .map(|(name, _)| format!("LAYERS names {name}, which is not there"))
            .collect::<Vec<_>>(),
    );
}

#[test]
fn every_crate_has_a_readme_the_lints_and_a_place_in_the_architecture() {
    let architecture = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let mut wrong = Vec::new();
    for Member { name, folder, .. } in members(&metadata()) {
        if !architecture.contains(&format!("`{name}`")) {
            wrong.push(format!("ARCHITECTURE.md does not name `{name}`"));
        }
        if !folder.join("README.md").is_file() {
            wrong.push(format!("{name} has no README.md"));
        }
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
        let manifest: toml::Table = toml::from_str(&manifest).expect("a manifest is TOML");
        let lints = manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"))
            .and_then(toml::Value::as_bool);
        if lints != Some(true) {
            wrong.push(format!("{name} lacks `[lints] workspace = true`"));
        }
    }
    check(&wrong);
}

#[test]
fn what_must_be_one_is_one() {
    check(&doubled(
        &fs::read_to_string(root().join("Cargo.lock")).expect("Cargo.lock"),
    ));
}

#[test]
fn a_second_version_is_seen() {
    let lock = "[[package]]\nname = \"glam\"\nversion = \"0.32.1\"\n[[package]]\nname = \"glam\"\nversion = \"0.30.0\"\n";
    assert_eq!(doubled(lock), [r#"glam is there as ["0.32.1", "0.30.0"]"#]);
}

#[test]
fn every_outside_dependency_says_why_it_is_there() {
    check(&unexplained(
        &fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml"),
    ));
}

#[test]
fn a_dependency_without_a_reason_is_seen() {
    let manifest = r#"[workspace.dependencies]
cim_geo = { path = "crates/cim_geo" }

# Text.
csv = "1"
# ISO 8601 at the doors.
jiff = "0.2"
rstar = "0.12" # nearest cameras

[profile.dev]
opt-level = 1
"#;
    assert_eq!(unexplained(manifest), [r#"csv = "1""#]);
}
