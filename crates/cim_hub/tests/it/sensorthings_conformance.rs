//! The OGC's SensorThings entities (ets-sta10), posted into a hub: valid ones are taken, and of the others every wrong
//! field is named. Placeholders become ids of entities that the test has just made.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "in a test, a panic is the report"
)]

use cim_hub::{Hub, HubSettings, Mqtt};
use cim_model::{TimeSource, UtcMillis};
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

struct Still;

impl TimeSource for Still {
    fn now(&self) -> UtcMillis {
        UtcMillis(1_760_000_000_000)
    }
}

/// Whether a file is taken; if not, the words that the reason has to hold.
enum Verdict {
    Taken,
    Refused(&'static [&'static str]),
}

use Verdict::{Refused, Taken};

/// The entities were written for a draft without `name`, which SensorThings 1.1 (18-088, clause 8.2) wants.
#[expect(clippy::match_same_arms, reason = "a line for each folder")]
fn verdict(folder: &str, file: &str) -> Verdict {
    match (folder, file) {
        ("observedproperties", _) => Taken,
        ("foi", "missingEncodingType") => Refused(&["FeaturesOfInterest", "name", "encodingType"]),
        ("foi", _) => Refused(&["FeaturesOfInterest", "name is missing"]),
        ("locations", _) => Refused(&["Locations", "name is missing"]),
        ("sensors", _) => Refused(&["Sensors", "name is missing"]),
        ("thing", _) => Refused(&["Things", "name is missing"]),
        ("datastreams", _) => Refused(&["Datastreams", "name is missing"]),
        // They name the series that they belong to.
        (
            "observations",
            "7"
            | "8"
            | "9"
            | "10"
            | "linkedDataStream"
            | "linkedDataStreamWithFOI"
            | "intervalPhenomenonTime",
        ) => Taken,
        ("observations", "embeddedFeatureOfInterestValid") => {
            Refused(&["FeaturesOfInterest", "name is missing"])
        }
        ("observations", "dataArray") => Refused(&["an observation is a JSON object"]),
        ("observations", _) => Refused(&["Datastream", "is missing"]),
        _ => panic!("{folder}/{file} is not judged"),
    }
}

fn data() -> PathBuf {
    PathBuf::from("../../../shared/data/conformance/sensorthings")
}

struct Client {
    http: reqwest::Client,
    base: String,
}

impl Client {
    async fn post(&self, path: &str, body: String) -> (u16, Value) {
        let request = self
            .http
            .post(format!("{}{path}", self.base))
            .header("content-type", "application/json")
            .body(body);
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let body = response.bytes().await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    async fn id_of(&self, path: &str, body: Value) -> i64 {
        let (status, answer) = self.post(path, body.to_string()).await;
        assert_eq!(status, 201, "{path}: {answer}");
        answer["@iot.id"].as_i64().unwrap()
    }
}

async fn hub(name: &str) -> (Hub, Client) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("conformance-{name}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let settings = HubSettings {
        http: free,
        mqtt: Mqtt::BuiltIn(free),
        ..HubSettings::new(folder)
    };
    let hub = Hub::start(settings, Arc::new(Still)).await.unwrap();
    let client = Client {
        http: reqwest::Client::new(),
        base: hub.http_address.clone(),
    };
    (hub, client)
}

/// A thing with a series, a sensor, a property and a feature, and the text in which placeholders are replaced.
async fn filled(client: &Client) -> impl Fn(&str) -> String {
    let thing = json!({"name": "thing", "description": ""});
    let thing = client.id_of("/v1.1/Things", thing).await;
    let sensor =
        json!({"name": "probe", "description": "", "encodingType": "text/html", "metadata": "x"});
    let sensor = client.id_of("/v1.1/Sensors", sensor).await;
    let property = json!({"name": "heat", "definition": "x", "description": ""});
    let property = client.id_of("/v1.1/ObservedProperties", property).await;
    let feature = json!({
        "name": "station", "description": "", "encodingType": "application/geo+json",
        "feature": {"type": "Point", "coordinates": [-114.05, 51.05]}
    });
    let feature = client.id_of("/v1.1/FeaturesOfInterest", feature).await;
    let stream = json!({
        "name": "heat", "description": "", "observationType": "x",
        "unitOfMeasurement": {"name": "Celsius", "symbol": "degC", "definition": "x"},
        "Thing": {"@iot.id": thing}, "Sensor": {"@iot.id": sensor}, "ObservedProperty": {"@iot.id": property}
    });
    let stream = client.id_of("/v1.1/Datastreams", stream).await;
    let ids = [
        ("$OBSERVEDPROPERTY-ID", property),
        ("$OBSPROP-ID", property),
        ("$DATASTREAM-ID", stream),
        ("$DATASTREAM_ID", stream),
        ("$THING-ID", thing),
        ("$SENSOR-ID", sensor),
        ("$FOI-ID", feature),
        ("$FOI_ID", feature),
    ];
    move |text: &str| {
        ids.iter().fold(text.to_owned(), |text, (name, id)| {
            text.replace(name, &id.to_string())
        })
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn valid_entities_are_taken_and_of_the_others_the_field_is_named() {
    if !data().exists() {
        println!("skipped: {} is not there", data().display());
        return;
    }
    let (hub, client) = hub("files").await;
    let fill = filled(&client).await;
    let sets = [
        ("datastreams", "Datastreams"),
        ("foi", "FeaturesOfInterest"),
        ("locations", "Locations"),
        ("observations", "Observations"),
        ("observedproperties", "ObservedProperties"),
        ("sensors", "Sensors"),
        ("thing", "Things"),
    ];
    let mut judged = 0;
    for (folder, set) in sets {
        for entry in std::fs::read_dir(data().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_stem().unwrap().to_string_lossy().into_owned();
            let body = fill(&std::fs::read_to_string(&path).unwrap());
            let (status, answer) = client.post(&format!("/v1.1/{set}"), body).await;
            match verdict(folder, &file) {
                Taken => assert_eq!(status, 201, "{folder}/{file}: {answer}"),
                Refused(words) => {
                    assert_eq!(status, 400, "{folder}/{file}: {answer}");
                    let message = answer["message"].as_str().unwrap();
                    let lacking = words.iter().find(|word| !message.contains(**word));
                    assert_eq!(lacking, None, "{folder}/{file}: {message}");
                }
            }
            judged += 1;
        }
    }
    assert_eq!(judged, 71);
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_entities_with_their_names_are_taken() {
    if !data().exists() {
        println!("skipped: {} is not there", data().display());
        return;
    }
    let (hub, client) = hub("named").await;
    let fill = filled(&client).await;
    for (file, set) in [
        ("thing/thing", "Things"),
        ("thing/largeProperties", "Things"),
        ("sensors/sensor", "Sensors"),
        ("locations/cuba-point", "Locations"),
        ("foi/deerfootTrail", "FeaturesOfInterest"),
        ("datastreams/5", "Datastreams"),
        ("datastreams/8", "Datastreams"),
    ] {
        let text = std::fs::read_to_string(data().join(format!("{file}.json"))).unwrap();
        let mut body: Value = serde_json::from_str(&fill(&text)).unwrap();
        body["name"] = json!("named");
        let (status, answer) = client.post(&format!("/v1.1/{set}"), body.to_string()).await;
        assert_eq!(status, 201, "{file}: {answer}");
    }
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_unit_of_measurement_has_all_three_parts() {
    if !data().exists() {
        println!("skipped: {} is not there", data().display());
        return;
    }
    let (hub, client) = hub("units").await;
    let fill = filled(&client).await;
    let stream = |unit: Value| {
        let links = fill(
            r#"{"Thing": {"id": $THING-ID}, "Sensor": {"id": $SENSOR-ID}, "ObservedProperty": {"id": $OBSPROP-ID}}"#,
        );
        let mut body: Value = serde_json::from_str(&links).unwrap();
        body["name"] = json!("heat");
        body["description"] = json!("");
        body["observationType"] = json!("x");
        body["unitOfMeasurement"] = unit;
        body.to_string()
    };
    for (file, missing) in [
        ("1", None),
        ("noName", Some("unitOfMeasurement/name")),
        ("noSymbol", Some("unitOfMeasurement/symbol")),
        ("noDefinition", Some("unitOfMeasurement/definition")),
    ] {
        let path = data().join(format!("unitsOfMeasurement/{file}.json"));
        let unit = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let (status, answer) = client.post("/v1.1/Datastreams", stream(unit)).await;
        match missing {
            None => assert_eq!(status, 201, "{answer}"),
            Some(field) => {
                assert_eq!(status, 400, "{file}: {answer}");
                assert!(
                    answer["message"].as_str().unwrap().contains(field),
                    "{answer}"
                );
            }
        }
    }
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn entities_change_move_and_go_with_what_belongs_to_them() {
    let (hub, client) = hub("life").await;
    let fill = filled(&client).await;
    let get = async |path: String| -> (u16, Value) {
        let response = client
            .http
            .get(format!("{}{path}", client.base))
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        let body = response.bytes().await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    };
    let place = |x: f64| json!({"name": "p", "description": "", "encodingType": "application/geo+json", "location": {"type": "Point", "coordinates": [x, 31.2]}});
    let thing = json!({"name": "bus", "description": "", "Locations": [place(121.5)]});
    let thing = client.id_of("/v1.1/Things", thing).await;
    client
        .id_of(&format!("/v1.1/Things({thing})/Locations"), place(121.6))
        .await;
    let (_, past) = get(format!(
        "/v1.1/Things({thing})/HistoricalLocations?$expand=Locations&$count=true"
    ))
    .await;
    assert_eq!(past["@iot.count"], 2, "{past}");
    let near = "/v1.1/Locations?$filter=st_within(location, geography'POLYGON ((121.55 31, 122 31, 122 32, 121.55 32, 121.55 31))')&$count=true";
    assert_eq!(get(near.to_owned()).await.1["@iot.count"], 1);

    let url = format!("{}/v1.1/Things({thing})", client.base);
    let patch = json!([{"op": "replace", "path": "/name", "value": "tram"}]);
    let patched = client
        .http
        .patch(&url)
        .header("content-type", "application/json-patch+json")
        .body(patch.to_string());
    assert_eq!(patched.send().await.unwrap().status().as_u16(), 200);
    assert_eq!(
        get(format!("/v1.1/Things({thing})")).await.1["name"],
        "tram"
    );

    let observation = fill(
        r#"{"result": 4, "Datastream": {"@iot.id": $DATASTREAM-ID}, "FeatureOfInterest": {"@iot.id": $FOI-ID}}"#,
    );
    let (status, answer) = client.post("/v1.1/Observations", observation).await;
    assert_eq!(status, 201, "{answer}");
    let path = fill(
        "/v1.1/FeaturesOfInterest($FOI-ID)/Observations?$filter=round(result) eq 4&$count=true",
    );
    assert_eq!(get(path).await.1["@iot.count"], 1);

    let sensor = fill("/v1.1/Sensors($SENSOR-ID)");
    let removed = client.http.delete(format!("{}{sensor}", client.base));
    assert_eq!(removed.send().await.unwrap().status().as_u16(), 200);
    assert_eq!(get(fill("/v1.1/Datastreams($DATASTREAM-ID)")).await.0, 404);
    let (_, observations) = get("/v1.1/Observations?$count=true".to_owned()).await;
    assert_eq!(observations["@iot.count"], 0, "{observations}");
    hub.stop().await;
}
