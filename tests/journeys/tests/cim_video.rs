//! The video index from a command line: a catalogue comes into a cache, is found again, and is refused with a reason.

use journeys::{Folder, Outcome, cim, needs, shared};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// A table as a city's office writes it: Chinese headers, one line without an identity.
const TABLE: &str = "\u{feff}设备编码,名称,经度,纬度,安装高度,方位角,状态
32030200001320000001,彭城路口全景,117.2001,34.2701,6,90,在线
32030200001320000002,云龙湖北岸,117.1900,34.2500,8,180,离线
,没有编码,117.1800,34.2400,6,0,在线
";

/// How a command ended: whether it did what it should, what it printed, and what it said.
struct Ended {
    is_good: bool,
    printed: String,
    said: String,
}

impl Ended {
    fn json(&self) -> Outcome<Value> {
        let read = serde_json::from_str(&self.printed);
        read.map_err(|err| format!("no JSON: {err}: {} {}", self.printed, self.said))
    }
}

/// `cim video` with these words, over `cache`.
fn video(words: &[&str], cache: &Path) -> Outcome<Ended> {
    let mut command = cim()?;
    command.arg("video").args(words).arg("--cache").arg(cache);
    let output = command.output().map_err(|err| err.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(Ended {
        is_good: output.status.success(),
        printed: text(&output.stdout),
        said: text(&output.stderr),
    })
}

#[track_caller]
fn check_report(report: &Value, expected: [(&str, u64); 4]) {
    for (what, count) in expected {
        assert_eq!(report[what], count, "{what} in {report}");
    }
}

#[test]
fn a_table_of_cameras_is_imported_and_found_again() {
    if needs(&[]) {
        table().unwrap_or_else(|trouble| panic!("{trouble}"));
    }
}

fn table() -> Outcome {
    let folder = Folder::new("video-table")?;
    let (file, cache) = (folder.join("cameras.csv"), folder.join("cache"));
    fs::write(&file, TABLE).map_err(|err| err.to_string())?;
    let file = file.to_string_lossy();

    let tried = video(&["import", &file, "--dry-run", "--json"], &cache)?.json()?;
    check_report(
        &tried,
        [("read", 2), ("added", 2), ("rejected", 1), ("same", 0)],
    );
    let reject = &tried["rejects"][0];
    assert!(
        reject["place"]
            .as_str()
            .is_some_and(|place| place.contains('4')),
        "the line is not named: {reject}"
    );
    let taken = video(&["import", &file, "--json"], &cache)?.json()?;
    check_report(
        &taken,
        [("read", 2), ("added", 2), ("rejected", 1), ("same", 0)],
    );
    let again = video(&["import", &file, "--json"], &cache)?.json()?;
    check_report(
        &again,
        [("read", 2), ("added", 0), ("rejected", 1), ("same", 2)],
    );

    for (text, name) in [
        ("pengcheng", "彭城路口全景"),
        ("ylhb", "云龙湖北岸"),
        ("0000002", "云龙湖北岸"),
    ] {
        let found = video(&["search", text, "--json"], &cache)?.json()?;
        assert_eq!(found["total"], 1, "{text}: {found}");
        assert_eq!(found["rows"][0]["name"], name, "{text}: {found}");
    }
    Ok(())
}

#[test]
fn a_role_that_may_grant_nothing_imports_nothing() {
    if needs(&[]) {
        roles().unwrap_or_else(|trouble| panic!("{trouble}"));
    }
}

fn roles() -> Outcome {
    let folder = Folder::new("video-roles")?;
    let (file, cache) = (folder.join("cameras.csv"), folder.join("cache"));
    fs::write(&file, TABLE).map_err(|err| err.to_string())?;
    let file = file.to_string_lossy();
    let refused = video(&["import", &file, "--role", "hotline"], &cache)?;
    assert!(
        !refused.is_good && refused.said.contains("hotline may not"),
        "{}",
        refused.said
    );
    let unknown = video(&["import", &file, "--role", "nobody"], &cache)?;
    assert!(
        !unknown.is_good
            && unknown.said.contains("nobody")
            && unknown.said.contains("shift_leader"),
        "{}",
        unknown.said
    );
    let found = video(&["search", "--json"], &cache)?.json()?;
    assert_eq!(found["total"], 0, "{found}");
    Ok(())
}

#[test]
fn a_catalogue_of_the_standard_is_imported_and_half_of_one_is_refused() {
    if needs(&[]) {
        standard().unwrap_or_else(|trouble| panic!("{trouble}"));
    }
}

fn standard() -> Outcome {
    let Some(file) = shared("data/conformance/gb28181/catalog.xml") else {
        println!("skipped: ../shared is absent");
        return Ok(());
    };
    let folder = Folder::new("video-standard")?;
    let cache = folder.join("cache");
    let report = video(&["import", &file.to_string_lossy(), "--json"], &cache)?.json()?;
    assert!(
        report["added"].as_u64().is_some_and(|added| added > 0),
        "{report}"
    );

    // The same from another platform, whose places are those of a web map.
    let shifted = ["import", &file.to_string_lossy(), "--coordinates", "gcj02"];
    let again = video(
        &[&shifted[..], &["--json", "--source", "catalog"]].concat(),
        &cache,
    )?;
    let again = again.json()?;
    assert_eq!(
        (&again["changed"], &again["moved"], &again["gone"]),
        (&1.into(), &1.into(), &0.into()),
        "{again}"
    );

    let text = fs::read(&file).map_err(|err| err.to_string())?;
    let half = folder.join("half.xml");
    fs::write(&half, &text[..text.len() / 2]).map_err(|err| err.to_string())?;
    let ended = video(&["import", &half.to_string_lossy()], &cache)?;
    let told = [ended.printed, ended.said].concat();
    assert!(told.contains("half.xml"), "the file is not named: {told}");
    Ok(())
}
