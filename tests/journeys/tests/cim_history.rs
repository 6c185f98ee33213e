//! History from outside: a stretch of a hub is recorded, verified and played; the store is killed and loses nothing.

use journeys::{Folder, Hub, HubPlace, Outcome, Simulator, cim, demo_city, needs, read};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Moments at which two playings of one recording are compared.
const MOMENTS: usize = 1_000;
/// Kills of the store.
const KILLS: u64 = 300;

/// Runs a journey, if nobody asked to leave them out.
#[track_caller]
fn run(journey: fn() -> Outcome) {
    if needs(&[]) {
        assert_eq!(journey(), Ok(()));
    }
}

/// What `cim` prints, line by line, as JSON; fails unless it ends well.
fn told(arguments: &[&str]) -> Outcome<Vec<Value>> {
    let text = read(cim()?.args(arguments))?;
    let parse = |line: &str| {
        serde_json::from_str(line)
            .map_err(|err| format!("`cim {}` wrote no JSON: {err}: {line}", arguments.join(" ")))
    };
    text.lines().map(parse).collect()
}

/// The one object that `cim` prints.
fn told_once(arguments: &[&str]) -> Outcome<Value> {
    let mut lines = told(arguments)?;
    match (lines.pop(), lines.len()) {
        (Some(line), 0) => Ok(line),
        (_, more) => Err(format!(
            "`cim {}` wrote {more} lines more",
            arguments.join(" ")
        )),
    }
}

fn text(path: &Path) -> Outcome<&str> {
    path.to_str()
        .ok_or_else(|| format!("not UTF-8: {}", path.display()))
}

/// Follows a hub with simulated sources for some seconds and writes what came; returns what `cim record` says of it.
fn record(folder: &Folder) -> Outcome<Value> {
    let hub = Hub::start(&HubPlace::new(&demo_city(), &folder.join(""))?)?;
    let options = "--sensors 64 --cameras 4 --hz 1 --seed 11 --backfill-hours 0";
    let _sources = Simulator::start(&hub, &demo_city(), options, &folder.join("simulate.log"))?;
    let (cache, out) = (folder.join("desk"), folder.join("drill.mcap"));
    let made = told_once(&[
        "record",
        "--hub",
        &hub.url,
        "--cache",
        text(&cache)?,
        "--seconds",
        "8",
        "--out",
        text(&out)?,
        "--json",
    ])?;
    Ok(made["recording"].clone())
}

#[test]
fn a_recording_gives_the_same_state_at_a_thousand_moments_each_time_it_is_played() {
    run(|| {
        let folder = Folder::new("recording")?;
        let made = record(&folder)?;
        let file = folder.join("drill.mcap");
        let file = text(&file)?;
        let observations = made["observations"].as_u64().unwrap_or(0);
        assert!(observations > 64, "hardly anything was recorded: {made}");

        let verified = told_once(&["verify", file, "--json"])?;
        assert_eq!(verified["ok"], true, "{verified}");
        assert_eq!(verified["digest"], made["digest"]);
        assert_eq!(verified["observations"], made["observations"]);

        let moments = MOMENTS.to_string();
        let from_file = told(&["play", file, "--hashes", &moments, "--json"])?;
        assert_eq!(from_file.len(), MOMENTS + 1);
        assert_eq!(from_file[MOMENTS]["moments"], MOMENTS);
        assert!(from_file[MOMENTS - 1]["values"].as_u64() > Some(0));
        for cache in ["first", "second"] {
            let cache = folder.join(cache);
            let cache = text(&cache)?;
            let from_cache = told(&[
                "play", file, "--cache", cache, "--hashes", &moments, "--json",
            ])?;
            let differs = from_file.iter().zip(&from_cache).find(|(a, b)| a != b);
            assert_eq!(
                differs, None,
                "the recording plays differently from {cache}"
            );
            assert_eq!(from_cache.len(), from_file.len());
        }

        let played = told_once(&["play", file, "--rate", "20", "--json"])?;
        assert_eq!(played["ok"], true, "{played}");
        assert_eq!(
            played["changes_seen"].as_u64(),
            Some(observations),
            "{played}"
        );
        Ok(())
    });
}

#[test]
fn a_stretch_of_a_cache_becomes_a_table_and_a_recording_with_the_same_rows() {
    run(|| {
        let folder = Folder::new("export")?;
        let made = record(&folder)?;
        let (from, to) = (
            made["from"].as_str().ok_or("no start")?,
            made["to"].as_str().ok_or("no end")?,
        );
        let cache = folder.join("desk");
        let cache = text(&cache)?;
        let export = |name: &str| {
            let out = folder.join(name);
            told_once(&[
                "export",
                "--cache",
                cache,
                "--from",
                from,
                "--to",
                to,
                "--out",
                text(&out)?,
                "--json",
            ])
        };
        let table = export("drill.csv")?;
        let lines = fs::read_to_string(folder.join("drill.csv")).map_err(|err| err.to_string())?;
        let rows = lines.lines().count() as u64 - 1;
        assert_eq!(table["rows"].as_u64(), Some(rows));
        let parquet = export("drill.parquet")?;
        assert_eq!(parquet["rows"].as_u64(), Some(rows));
        // Once more from the same cache: the same states at every moment, whenever it is written.
        export("again.mcap")?;
        let states = |name: &str| {
            let file = folder.join(name);
            told(&["play", text(&file)?, "--hashes", "50", "--json"])
        };
        assert_eq!(states("again.mcap")?, states("drill.mcap")?);
        let sound = told_once(&["state", "--cache", cache, "--check", "--json"])?;
        assert_eq!(sound["problems"], Value::Array(Vec::new()), "{sound}");
        Ok(())
    });
}

#[test]
fn a_flipped_byte_in_a_recording_is_found_and_named() {
    run(|| {
        let folder = Folder::new("flipped")?;
        record(&folder)?;
        let file = folder.join("drill.mcap");
        let mut bytes = fs::read(&file).map_err(|err| err.to_string())?;
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x40;
        fs::write(&file, bytes).map_err(|err| err.to_string())?;
        let output = cim()?
            .args(["verify", text(&file)?, "--json"])
            .output()
            .map_err(|err| err.to_string())?;
        assert!(!output.status.success(), "a damaged recording is sound");
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        // Either the file still opens and the problems are listed, or it does not and the error names it.
        let listed = serde_json::from_str::<Value>(&out).ok();
        let problems = listed.and_then(|told| told["problems"].as_array().map(Vec::len));
        assert!(
            problems > Some(0) || err.contains("drill.mcap"),
            "nothing says what is wrong: {out} {err}"
        );
        Ok(())
    });
}

#[test]
fn three_hundred_kills_lose_no_acknowledged_write() {
    run(|| {
        let folder = Folder::new("kills")?;
        let kills = KILLS.to_string();
        let out = folder.folder("caches")?;
        let outcome = told_once(&[
            "torture",
            "store",
            "--kills",
            &kills,
            "--dir",
            text(&out)?,
            "--json",
        ])?;
        for count in ["lost", "doubled", "wrong", "slow"] {
            assert_eq!(outcome[count], 0, "{outcome}");
        }
        assert_eq!(outcome["runs"].as_u64(), Some(KILLS), "{outcome}");
        assert!(
            outcome["died_at_points"].as_u64() > Some(KILLS / 10),
            "the named places are hardly ever reached: {outcome}"
        );
        Ok(())
    });
}
