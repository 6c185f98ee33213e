//! The headless host from outside: what `cim` prints, writes and serves, as scripts and other programs see it.

use image::RgbImage;
use journeys::{
    Broker, Folder, Hub, HubPlace, Outcome, Simulator, cim, demo_city, needs, shared, top,
    wait_until,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// How long something that was sent may take to be stored.
const FOLLOW_WITHIN: Duration = Duration::from_secs(30);
/// How often the graphics device is lost, and over how many things.
const LOSSES: u64 = 3;
const THINGS: u64 = 2_000;
/// Pages end; a journey that meets more entities than this is going in circles.
const MOST_ENTITIES: usize = 10_000;

/// Runs a journey, if these programs are installed.
#[track_caller]
fn run(programs: &[&str], journey: fn() -> Outcome) {
    if needs(programs) {
        assert_eq!(journey(), Ok(()));
    }
}

#[track_caller]
fn check_import(report: &Value, buildings: u64, out: &Path) {
    let keys: BTreeSet<&str> = report
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect();
    assert_eq!(
        keys,
        BTreeSet::from([
            "cim_level",
            "counts",
            "crs",
            "dropped",
            "is_resumed",
            "out",
            "repaired",
            "tallest_m",
            "tiles_kept",
            "tiles_written",
        ]),
        "{report}"
    );
    let rows = report["dropped"].as_array().into_iter().flatten();
    let dropped: u64 = rows.filter_map(|row| row["count"].as_u64()).sum();
    let parts = report["counts"]["building_parts"].as_u64().unwrap_or(0);
    let kept = report["counts"]["buildings"].as_u64().unwrap_or(0);
    assert!(
        kept <= buildings && kept + parts + dropped >= buildings,
        "not every building is accounted for: {report}"
    );
    assert!(
        report["crs"]
            .as_str()
            .is_some_and(|crs| crs.starts_with("EPSG:")),
        "{report}"
    );
    for file in ["tileset.json", "catalogue.json", "attributes.jsonl"] {
        assert!(out.join(file).is_file(), "the import wrote no {file}");
    }
}

fn import(source: &Path, out: &Path) -> Outcome<Value> {
    let text = journeys::read(
        cim()?
            .arg("import")
            .arg(source)
            .arg("--out")
            .arg(out)
            .arg("--json"),
    )?;
    serde_json::from_str(&text)
        .map_err(|err| format!("`cim import --json` wrote no JSON: {err}: {text}"))
}

#[test]
fn every_building_of_lujiazui_is_accounted_for() {
    run(&[], || {
        let Some(source) = shared("data/lujiazui") else {
            println!("skipped: the data of Lujiazui is not on this machine");
            return Ok(());
        };
        let folder = Folder::new("lujiazui")?;
        let out = folder.join("city");
        let report = import(&source, &out)?;
        check_import(&report, 1450, &out);
        let tallest = report["tallest_m"].as_f64().ok_or("no tallest building")?;
        assert!(
            (tallest - 632.0).abs() < 0.01,
            "the tallest building has {tallest} m"
        );
        Ok(())
    });
}

#[test]
fn helsinki_has_all_its_buildings() {
    run(&[], || {
        let folder = Folder::new("helsinki")?;
        let out = folder.join("city");
        let report = import(&top().join("tiles/sources/helsinki-centre.osm.pbf"), &out)?;
        check_import(&report, 536, &out);
        Ok(())
    });
}

#[test]
fn a_broken_source_is_refused_with_its_name_the_place_and_the_reason() {
    run(&[], || {
        let folder = Folder::new("broken")?;
        let source = folder.join("district.geojson");
        let text = "{\"type\":\"FeatureCollection\",\n\"features\":[{\"type\":\"Feature\",\n\"geometry\":{\"type\":";
        fs::write(&source, text).map_err(|err| err.to_string())?;
        let mut command = cim()?;
        command
            .arg("import")
            .arg(&source)
            .arg("--out")
            .arg(folder.join("city"));
        let output = command.output().map_err(|err| err.to_string())?;
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "a broken source was taken");
        assert!(
            told.contains("district.geojson"),
            "the file is not named: {told}"
        );
        let places = ["line 3", ":3", "byte", "offset"];
        assert!(
            places.iter().any(|place| told.contains(place)),
            "no place is named: {told}"
        );
        Ok(())
    });
}

/// True where something can draw.
fn has_vulkan() -> bool {
    let has = Path::new("/usr/share/vulkan/icd.d").is_dir();
    if !has {
        println!("skipped: no Vulkan driver is installed");
    }
    has
}

#[test]
fn torture_gpu_brings_every_picture_back_and_misses_no_alarm() {
    run(&[], || {
        if !has_vulkan() {
            return Ok(());
        }
        let (losses, things) = (LOSSES.to_string(), THINGS.to_string());
        let told = journeys::read(cim()?.args([
            "torture", "gpu", "--times", &losses, "--things", &things, "--size", "320x180",
            "--json",
        ]))?;
        let outcome: Value =
            serde_json::from_str(&told).map_err(|err| format!("no JSON: {err}: {told}"))?;
        assert_eq!(outcome["trial"], "gpu", "{outcome}");
        assert_eq!(outcome["runs"].as_u64(), Some(LOSSES), "{outcome}");
        assert!(
            outcome["devices_lost"].as_u64() >= Some(LOSSES),
            "{outcome}"
        );
        assert_eq!(outcome["things"].as_u64(), Some(THINGS), "{outcome}");
        for count in ["lost", "doubled", "wrong", "slow"] {
            assert_eq!(outcome[count], 0, "{outcome}");
        }
        assert_eq!(outcome["failing_seeds"], json!([]), "{outcome}");
        assert_eq!(outcome["ok"], true, "{outcome}");
        let most_ms = outcome["back_ms_most"].as_f64();
        assert!(most_ms.is_some_and(|most_ms| most_ms > 0.0), "{outcome}");
        Ok(())
    });
}

#[test]
fn a_snapshot_shows_a_city() {
    run(&[], || {
        if !has_vulkan() {
            return Ok(());
        }
        let folder = Folder::new("snapshot")?;
        let file = folder.join("city.png");
        let mut command = cim()?;
        command
            .arg("snapshot")
            .arg("--city")
            .arg(demo_city())
            .args(["--size", "640x360"])
            .arg("--out")
            .arg(&file);
        journeys::read(&mut command)?;
        let picture = image::open(&file)
            .map_err(|err| format!("the snapshot cannot be read: {err}"))?
            .to_rgb8();
        assert_eq!(picture.dimensions(), (640, 360));
        let (colours, most) = colours(&picture);
        assert!(colours > 32, "only {colours} colours");
        assert!(
            most < 0.9,
            "{:.0} % of the picture have one colour",
            most * 100.0
        );
        Ok(())
    });
}

/// How many colours a picture has, and the share of the commonest one.
fn colours(picture: &RgbImage) -> (usize, f64) {
    let mut pixels: Vec<[u8; 3]> = picture.pixels().map(|pixel| pixel.0).collect();
    pixels.sort_unstable();
    let areas: Vec<usize> = pixels.chunk_by(|a, b| a == b).map(<[_]>::len).collect();
    let most = areas.iter().copied().max().unwrap_or(0);
    (areas.len(), most as f64 / pixels.len().max(1) as f64)
}

#[test]
fn sensorthings_pages_expands_and_filters() {
    run(&[], || {
        let folder = Folder::new("sensorthings")?;
        let hub = Hub::start(&HubPlace::new(&demo_city(), &folder.join(""))?)?;
        let options = "--sensors 64 --cameras 4 --seed 3 --backfill-hours 0";
        let _sources = Simulator::start(&hub, &demo_city(), options, &folder.join("simulate.log"))?;

        let sets: BTreeSet<String> = names(&hub.get("/v1.1")?["value"]);
        let wanted = [
            "Things",
            "Locations",
            "Datastreams",
            "Sensors",
            "ObservedProperties",
            "Observations",
        ];
        for set in wanted.iter().chain(&["FeaturesOfInterest"]) {
            assert!(
                sets.contains(*set),
                "the service root does not list {set}: {sets:?}"
            );
        }

        let all = every_page(&hub, "/v1.1/Things?$top=10&$expand=Locations,Datastreams")?;
        let known = hub.get("/v1.1/Things?$count=true&$top=1")?;
        assert_eq!(
            known["@iot.count"].as_u64(),
            Some(all.len() as u64),
            "paging lost or doubled a thing"
        );
        assert!(all.len() >= 64, "only {} things", all.len());
        let ids: BTreeSet<String> = all
            .iter()
            .map(|thing| thing["@iot.id"].to_string())
            .collect();
        assert_eq!(ids.len(), all.len(), "a thing is on two pages");
        for thing in &all {
            assert_eq!(
                thing["Locations"][0]["location"]["type"], "Point",
                "{thing}"
            );
            assert!(
                thing["Datastreams"][0]["unitOfMeasurement"].is_object(),
                "{thing}"
            );
        }

        let gas = every_page(
            &hub,
            "/v1.1/Things?$filter=properties/kind eq 'gas'&$top=10",
        )?;
        let expected = all
            .iter()
            .filter(|thing| thing["properties"]["kind"] == "gas")
            .count();
        assert!(
            expected > 0 && gas.len() == expected,
            "{} of {expected} gas sensors",
            gas.len()
        );
        Ok(())
    });
}

/// Every entity of every page from `path` on.
fn every_page(hub: &Hub, path: &str) -> Outcome<Vec<Value>> {
    let mut entities = Vec::new();
    let mut next = Some(path.to_owned());
    while let Some(path) = next {
        let page = hub.get(&path)?;
        entities.extend(
            page["value"]
                .as_array()
                .ok_or("a page has no value")?
                .iter()
                .cloned(),
        );
        let link = page["@iot.nextLink"].as_str();
        next = link.map(|link| link.strip_prefix(&hub.url).unwrap_or(link).to_owned());
        if entities.len() > MOST_ENTITIES {
            return Err("the pages do not end".to_owned());
        }
    }
    Ok(entities)
}

fn names(entities: &Value) -> BTreeSet<String> {
    let name = |entity: &Value| entity["name"].as_str().map(ToOwned::to_owned);
    entities
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(name)
        .collect()
}

#[test]
fn observations_pass_through_a_real_mosquitto() {
    run(&["mosquitto", "mosquitto_sub", "mosquitto_pub"], || {
        let folder = Folder::new("mosquitto")?;
        let broker = Broker::start(&folder.join("mosquitto.log"))?;
        let hub =
            Hub::start(&HubPlace::new(&demo_city(), &folder.join(""))?.with_broker(&broker.url()))?;
        let stream = hub.new_gauge("journey gauge")?;

        // What a source publishes is stored, and what is broken harms nobody.
        let topic = format!("v1.1/Datastreams({stream})/Observations");
        broker.client.say(&topic, "{ this is no JSON")?;
        broker.client.say(
            &topic,
            r#"{"result":17.25,"phenomenonTime":"2026-01-01T00:00:00.000Z"}"#,
        )?;
        let stored = || has_result(&hub, &stream, 17.25);
        wait_until("an observation over MQTT is stored", FOLLOW_WITHIN, stored)?;

        // What the simulated sources publish is heard by an ordinary client.
        let options = "--sensors 50 --cameras 4 --hz 1 --seed 5 --backfill-hours 0";
        let _sources = Simulator::start(&hub, &demo_city(), options, &folder.join("simulate.log"))?;
        let heard = broker.client.hear("v1.1/+/Observations", 20)?;
        assert_eq!(heard.len(), 20, "{heard:?}");
        for (topic, payload) in heard {
            assert!(topic.starts_with("v1.1/Datastreams("), "{topic}");
            let observation: Value =
                serde_json::from_str(&payload).map_err(|err| format!("{err}: {payload}"))?;
            assert!(
                observation["result"].is_number() && observation["phenomenonTime"].is_string(),
                "{payload}"
            );
        }
        Ok(())
    });
}

#[test]
fn an_observation_over_http_is_published() {
    run(&["mosquitto", "mosquitto_sub"], || {
        let folder = Folder::new("publish")?;
        let broker = Broker::start(&folder.join("mosquitto.log"))?;
        let hub =
            Hub::start(&HubPlace::new(&demo_city(), &folder.join(""))?.with_broker(&broker.url()))?;
        let stream = hub.new_gauge("journey gauge")?;
        let datastream = json!({ "@iot.id": id(&stream) });
        let observation = json!({ "result": 3.5, "phenomenonTime": "2026-01-01T00:00:01.000Z", "Datastream": datastream });
        let heard = std::thread::scope(|scope| {
            let topic = format!("v1.1/Datastreams({stream})/Observations");
            let client = broker.client;
            let ear = scope.spawn(move || client.hear(&topic, 1));
            // Posted again and again, because nobody says when the subscription is in place.
            while !ear.is_finished() {
                let answer = hub.post("/v1.1/Observations", &observation)?;
                assert_eq!(answer.status, 201, "{}", answer.body);
                std::thread::sleep(Duration::from_millis(500));
            }
            ear.join()
                .map_err(|_panic| "the subscriber panicked".to_owned())?
        })?;
        assert!(
            heard.iter().any(|(_, payload)| payload.contains("3.5")),
            "{heard:?}"
        );
        assert!(
            has_result(&hub, &stream, 3.5)?.is_some(),
            "the hub published what it did not store"
        );
        Ok(())
    });
}

/// An id as JSON, from how it is written in addresses.
fn id(written: &str) -> Value {
    written.parse::<u64>().map_or_else(
        |_text| json!(written.trim_matches('\'')),
        |number| json!(number),
    )
}

/// Whether one of the newest observations of a datastream has this result.
fn has_result(hub: &Hub, stream: &str, result: f64) -> Outcome<Option<()>> {
    let page = hub.get(&format!(
        "/v1.1/Datastreams({stream})/Observations?$orderby=phenomenonTime desc&$top=10"
    ))?;
    let mut results = page["value"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| row["result"].as_f64());
    Ok(results
        .any(|found| (found - result).abs() < 1e-9)
        .then_some(()))
}
