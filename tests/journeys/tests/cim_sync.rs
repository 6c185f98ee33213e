//! Sources and the exchange from outside: `cim source test` names what is wrong, `cim torture sync` finds nothing lost.

use journeys::{
    Feed, Folder, Hub, HubPlace, Outcome, WebFeed, cim, demo_city, free_port, needs, read,
};
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Seeds of the simulated network.
const SEEDS: u64 = 1_000;

/// Runs a journey, if nobody asked to leave them out.
#[track_caller]
fn run(journey: fn() -> Outcome) {
    if needs(&[]) {
        assert_eq!(journey(), Ok(()));
    }
}

/// What `cim source test` says of a source: whether it ended well, and its report.
fn tested(file: &Path, name: &str) -> Outcome<(bool, Value)> {
    let output = cim()?
        .args(["source", "test", name, "--json", "--file"])
        .arg(file)
        .output()
        .map_err(|err| err.to_string())?;
    let told = String::from_utf8_lossy(&output.stdout);
    let report = serde_json::from_str(&told).map_err(|err| {
        let trouble = String::from_utf8_lossy(&output.stderr);
        format!("`cim source test {name}` wrote no JSON: {err}: {told} {trouble}")
    })?;
    Ok((output.status.success(), report))
}

/// A source that can be used.
fn check_good(file: &Path, name: &str) -> Outcome {
    let (is_good, report) = tested(file, name)?;
    assert!(is_good && report["usable"] == true, "{name}: {report}");
    assert_eq!(report["observations"], 1, "{name}: {report}");
    Ok(())
}

/// A source that cannot be used: the last step is the one that failed, it is the right one, and it says these words.
fn check_broken(file: &Path, name: &str, step: &str, words: &[&str]) -> Outcome {
    let (is_good, report) = tested(file, name)?;
    assert!(!is_good && report["usable"] == false, "{name}: {report}");
    let steps = report["steps"].as_array().ok_or("no steps")?;
    let last = steps.last().ok_or("not one step")?;
    assert_eq!(
        (last["name"].as_str(), &last["ok"]),
        (Some(step), &Value::Bool(false)),
        "{name}: {report}"
    );
    let detail = last["detail"].as_str().unwrap_or_default();
    for word in words {
        assert!(
            detail.contains(word),
            "{name} does not say {word}: {detail}"
        );
    }
    Ok(())
}

/// A layer whose features are devices with one value, somewhere.
fn layer(id: &str, address: &str) -> String {
    format!(
        r#"
[[source]]
id = "{id}"
name = "{id}"
kind = "geojson"
address = "{address}"
period_s = 5
mapping = {{ series = [{{ property = "level", value = "/properties/level", time = "/properties/ts", time_format = "unix_ms", unit = "m" }}] }}
"#
    )
}

#[test]
fn cim_source_test_names_what_is_wrong() {
    run(|| {
        let folder = Folder::new("source-test")?;
        let written = |name: &str, text: &str| {
            fs::write(folder.join(name), text).map_err(|err| format!("{err}: {name}"))
        };
        let own = folder.join("own");
        read(cim()?.arg("certificates").arg(&own))?;
        let path = |name: &str| own.join(name).to_string_lossy().into_owned();
        let (certificate, key) = (path("server.pem"), path("server.key"));
        let place = HubPlace::new(&demo_city(), &folder.join(""))?.with_options(&[
            "--tls-certificate",
            &certificate,
            "--tls-key",
            &key,
        ]);
        let hub = Hub::start(&place)?;
        let _table = Feed::start(&folder.join("gauges.csv"))?;
        let web = WebFeed::start()?;
        let nobody = free_port(0)?;
        written(
            "broken.geojson",
            "{ \"type\": \"FeatureCollection\",\n\"features\": [",
        )?;
        let table = r#"
[[source]]
id = "table"
name = "table"
kind = "csv"
address = "gauges.csv"
period_s = 5
mapping = { thing = { id = "id", name = "name", kind = "water_level", lon = "lon", lat = "lat" }, series = [{ property = "level", value = "level", time = "ts", time_format = "unix_ms", unit = "m" }] }
"#;
        let sources = [
            table.to_owned(),
            layer("web", &web.url()),
            layer("nowhere", "https://no-such-host.invalid/layer.geojson"),
            layer("plain", "http://192.0.2.1/layer.geojson"),
            layer(
                "refused",
                &format!("http://127.0.0.1:{nobody}/layer.geojson"),
            ),
            layer("stranger", &format!("{}/layer.geojson", hub.url)),
            layer("gone", &web.address("gone.geojson")),
            layer("broken", "broken.geojson"),
        ];
        written("sources.toml", &sources.concat())?;
        let file = folder.join("sources.toml");

        check_good(&file, "table")?;
        check_good(&file, "web")?;
        let port = nobody.to_string();
        let broken: [(&str, &str, &[&str]); 6] = [
            ("nowhere", "resolve", &["lookup", "no-such-host.invalid"]),
            ("plain", "address", &["plain text", "https://"]),
            ("refused", "connect", &["refused", port.as_str()]),
            ("stranger", "tls", &["certificate"]),
            ("gone", "answer", &["404", "gone.geojson"]),
            ("broken", "parse", &["broken.geojson", "line 2"]),
        ];
        for (name, step, words) in broken {
            check_broken(&file, name, step, words)?;
        }
        Ok(())
    });
}

#[test]
fn torture_sync_1000_seeds() {
    run(|| {
        let seeds = SEEDS.to_string();
        let told = read(cim()?.args(["torture", "sync", "--seeds", &seeds, "--json"]))?;
        let outcome: Value =
            serde_json::from_str(&told).map_err(|err| format!("no JSON: {err}: {told}"))?;
        assert_eq!(outcome["runs"].as_u64(), Some(SEEDS), "{outcome}");
        for count in ["lost", "doubled", "wrong"] {
            assert_eq!(outcome[count], 0, "{outcome}");
        }
        assert_eq!(
            outcome["failing_seeds"],
            Value::Array(Vec::new()),
            "{outcome}"
        );
        Ok(())
    });
}
