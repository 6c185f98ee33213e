//! The hub's own doors from outside: their answers have the shape that the OpenAPI document promises, and wrong requests
//! are refused in its form.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use cim_hub::{Hub, HubSettings, Mqtt};
use cim_model::{TimeSource, UtcMillis};
use reqwest::Method;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

struct Ticking(AtomicI64);

impl TimeSource for Ticking {
    fn now(&self) -> UtcMillis {
        UtcMillis(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

async fn hub(name: &str, http: SocketAddr) -> Hub {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("doors-{name}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    let settings = HubSettings {
        http,
        mqtt: Mqtt::BuiltIn(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
        ..HubSettings::new(folder)
    };
    let clock = Arc::new(Ticking(AtomicI64::new(1_760_000_000_000)));
    Hub::start(settings, clock).await.unwrap()
}

struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

async fn ask(hub: &Hub, method: Method, path: &str, body: Option<Value>) -> Answer {
    let mut request = reqwest::Client::new().request(method, format!("{}{path}", hub.http_address));
    if let Some(body) = body {
        request = request
            .header("content-type", "application/json")
            .body(body.to_string());
    }
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default();
    Answer {
        status,
        headers,
        body,
    }
}

/// Where `value` is not as `schema` says; knows types, required fields, constants, choices, items and references.
fn misfit(document: &Value, schema: &Value, value: &Value, place: &str) -> Option<String> {
    if let Some(pointer) = schema["$ref"].as_str() {
        let schema = document.pointer(pointer.trim_start_matches('#'))?;
        return misfit(document, schema, value, place);
    }
    let is = |kind: &str| match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        _ => value.is_null(),
    };
    let fits = match &schema["type"] {
        Value::String(kind) => is(kind),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).any(is),
        _ => true,
    };
    if !fits {
        return Some(format!("{place}: {value} is no {}", schema["type"]));
    }
    if let Some(constant) = schema.get("const")
        && constant != value
    {
        return Some(format!("{place}: {value} is not {constant}"));
    }
    if let Some(choices) = schema["enum"].as_array()
        && !choices.contains(value)
    {
        return Some(format!("{place}: {value} is not among {choices:?}"));
    }
    let required = schema["required"].as_array().into_iter().flatten();
    for name in required.filter_map(Value::as_str) {
        if value.get(name).is_none() {
            return Some(format!("{place}: {name} is missing"));
        }
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = value.get(name)
            && let Some(misfit) = misfit(document, inner, value, &format!("{place}.{name}"))
        {
            return Some(misfit);
        }
    }
    let items = value.as_array().into_iter().flatten();
    items.enumerate().find_map(|(index, item)| {
        misfit(
            document,
            &schema["items"],
            item,
            &format!("{place}[{index}]"),
        )
    })
}

#[expect(
    clippy::too_many_lines,
    reason = "one question after the other, each with its shape"
)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_have_the_shape_that_the_document_promises() {
    let hub = hub("shapes", SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await;
    let document = ask(&hub, Method::GET, "/openapi.json", None).await.body;
    let event = json!({"id": "e1", "title": "中山路 道路积水", "lon": 121.5, "lat": 31.2});
    let camera = json!({"DeviceID": "c1", "Longitude": 121.5, "Latitude": 31.2, "PTZType": 1, "Clips": [
        {"Path": "/clips/a.webm", "From": "2025-10-09T08:00:00Z", "To": "2025-10-09T08:10:00Z"}]});
    let view = json!({"by": "d1", "camera": {"lon": 121.5}, "clock": {"rate": 1}});
    let desk = json!({"desk": "d1", "operator": "李", "mode": "watch"});
    let fact = json!({"id": "f1", "object": "event:e1", "verb": "event_changed", "author": "李", "happened_at": "2025-10-09T08:53:20Z",
        "known_at": "2025-10-09T08:53:20Z", "cause": "", "body": {"changes": {"status": "handling"}}, "base": null});
    let stretch = "from=2025-10-09T08:00:00Z&until=2025-10-09T09:00:00Z";
    for (method, path, route, body, status) in [
        ("get", "/api/hub".to_owned(), "/api/hub", None, 200),
        ("get", "/readyz".to_owned(), "/readyz", None, 200),
        ("get", "/healthz".to_owned(), "/healthz", None, 200),
        (
            "post",
            "/api/events".to_owned(),
            "/api/events",
            Some(event),
            201,
        ),
        ("get", "/api/events".to_owned(), "/api/events", None, 200),
        (
            "post",
            "/api/cameras".to_owned(),
            "/api/cameras",
            Some(camera),
            201,
        ),
        ("get", "/api/cameras".to_owned(), "/api/cameras", None, 200),
        (
            "get",
            "/api/cameras/c1/streams?at=2025-10-09T08:00:00Z".to_owned(),
            "/api/cameras/{id}/streams",
            None,
            200,
        ),
        (
            "post",
            "/api/cameras/c1/ptz".to_owned(),
            "/api/cameras/{id}/ptz",
            Some(json!({"preset": 2})),
            200,
        ),
        (
            "get",
            "/api/clips?camera=c1".to_owned(),
            "/api/clips",
            None,
            200,
        ),
        (
            "put",
            "/api/presence".to_owned(),
            "/api/presence",
            Some(desk),
            200,
        ),
        (
            "get",
            "/api/presence".to_owned(),
            "/api/presence",
            None,
            200,
        ),
        (
            "put",
            "/api/shared/wall".to_owned(),
            "/api/shared/{name}",
            Some(view),
            200,
        ),
        (
            "get",
            "/api/shared/wall".to_owned(),
            "/api/shared/{name}",
            None,
            200,
        ),
        ("get", "/api/shared".to_owned(), "/api/shared", None, 200),
        (
            "get",
            format!("/api/digests?{stretch}"),
            "/api/digests",
            None,
            200,
        ),
        (
            "post",
            "/api/facts".to_owned(),
            "/api/facts",
            Some(json!({"desk": "d1", "facts": [fact]})),
            200,
        ),
        (
            "get",
            "/api/changes?after=0".to_owned(),
            "/api/changes",
            None,
            200,
        ),
        ("get", "/v1.1".to_owned(), "/v1.1", None, 200),
        ("get", "/v1.1/Things".to_owned(), "/v1.1/{set}", None, 200),
    ] {
        let word = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
        let answer = ask(&hub, word, &path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        let schema = &document["paths"][route][method]["responses"][status.to_string()]["content"]
            ["application/json"]["schema"];
        assert!(schema.is_object(), "{method} {route} is not described");
        assert_eq!(
            misfit(&document, schema, &answer.body, "$"),
            None,
            "{method} {path}"
        );
        if path.starts_with("/api/") {
            assert!(answer.headers.contains_key("content-digest"), "{path}");
        }
    }
    let changed = ask(&hub, Method::GET, "/api/events", None).await.body;
    assert_eq!(changed["items"][0]["status"], "handling", "{changed}");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_requests_are_refused_in_one_form() {
    let hub = hub("wrong", SocketAddr::from((Ipv6Addr::LOCALHOST, 0))).await;
    assert!(
        hub.http_address.starts_with("http://[::1]:"),
        "{}",
        hub.http_address
    );
    for (method, path, body, status, word) in [
        ("GET", "/api/hub?colour=red", None, 400, "colour"),
        ("GET", "/api/cameras?limit=5001", None, 400, "limit"),
        ("GET", "/api/events?since=-1", None, 400, "since"),
        (
            "GET",
            "/api/digests?from=noon&until=noon",
            None,
            400,
            "from",
        ),
        (
            "GET",
            "/api/observations?from=2025-10-09T08:00:00Z",
            None,
            400,
            "until",
        ),
        ("GET", "/api/shared/nobody", None, 404, "nobody"),
        ("GET", "/api/cap/none", None, 404, "none"),
        ("GET", "/nothing", None, 404, "nothing"),
        ("DELETE", "/api/events", None, 405, "Allow"),
        (
            "PUT",
            "/api/presence",
            Some(json!({"desk": "d1"})),
            400,
            "operator",
        ),
        (
            "POST",
            "/api/events",
            Some(json!({"title": "a\u{0}b", "lon": 0, "lat": 0})),
            400,
            "null character",
        ),
        (
            "POST",
            "/api/cap",
            Some(json!({})),
            415,
            "application/cap+xml",
        ),
        ("TRACE", "/v1.1/Things", None, 405, "TRACE"),
        ("DELETE", "/v1.1/Things(7)", None, 404, "Things(7)"),
    ] {
        let word_of = Method::from_bytes(method.as_bytes()).unwrap();
        let answer = ask(&hub, word_of, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        assert_eq!(answer.body["code"], status, "{method} {path}");
        assert_eq!(answer.body["type"], "error", "{method} {path}");
        let message = answer.body["message"].as_str().unwrap();
        assert!(message.contains(word), "{method} {path}: {message}");
        if status == 405 {
            assert!(answer.headers.contains_key("allow"), "{method} {path}");
        }
    }
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_client_holds_is_not_sent_again_and_a_wrong_digest_is_noticed() {
    let hub = hub("tags", SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await;
    let client = reqwest::Client::new();
    for path in ["/api/hub", "/api/cameras", "/openapi.json"] {
        let url = format!("{}{path}", hub.http_address);
        let first = client.get(&url).send().await.unwrap();
        let tag = first.headers()["etag"].clone();
        let second = client.get(&url).header("if-none-match", tag).send().await;
        assert_eq!(second.unwrap().status().as_u16(), 304, "{path}");
    }
    let wrong = client
        .put(format!("{}/api/presence", hub.http_address))
        .header("content-type", "application/json")
        .header("content-digest", "sha-256=:AAAA:")
        .body(r#"{"desk":"d1","operator":"","mode":""}"#);
    assert_eq!(wrong.send().await.unwrap().status().as_u16(), 400);
    let feed = client
        .get(format!("{}/api/cap", hub.http_address))
        .send()
        .await
        .unwrap();
    assert_eq!(feed.headers()["content-type"], "application/atom+xml");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn observations_come_as_columns() {
    let hub = hub("columns", SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await;
    let thing = json!({"name": "t", "description": "", "Datastreams": [{
        "name": "s", "description": "", "observationType": "x",
        "unitOfMeasurement": {"name": null, "symbol": null, "definition": null},
        "Sensor": {"name": "p", "description": "", "encodingType": "x", "metadata": "x"},
        "ObservedProperty": {"name": "o", "definition": "x", "description": ""},
        "Observations": [{"result": 1.5, "phenomenonTime": "2025-10-09T08:00:00Z"}, {"result": 2.5, "phenomenonTime": "2025-10-09T08:00:01Z"}]
    }]});
    assert_eq!(
        ask(&hub, Method::POST, "/v1.1/Things", Some(thing))
            .await
            .status,
        201
    );
    let url = format!(
        "{}/api/observations?from=2025-10-09T08:00:00Z&until=2025-10-09T09:00:00Z&limit=1",
        hub.http_address
    );
    let answer = reqwest::get(&url).await.unwrap();
    assert_eq!(
        answer.headers()["content-type"],
        "application/vnd.citymirror.observations"
    );
    let bytes = answer.bytes().await.unwrap();
    assert_eq!(&bytes[..4], b"CMO1");
    let length = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    assert_eq!(
        (&header["count"], &header["series"]),
        (&json!(1), &json!(["1"]))
    );
    let url = format!("{url}&after={}", header["next"].as_str().unwrap());
    let rest = reqwest::get(&url).await.unwrap().bytes().await.unwrap();
    assert_eq!(&rest[..4], b"CMO1");
    assert_ne!(rest, bytes);
    hub.stop().await;
}
