//! CAP alerts that name their place only in words: they lie in the middle of the hub's city, never at 0, 0.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use cim_hub::{Hub, HubSettings, Mqtt};
use cim_model::{TimeSource, UtcMillis};
use serde_json::Value;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

struct Ticking(AtomicI64);

impl TimeSource for Ticking {
    fn now(&self) -> UtcMillis {
        UtcMillis(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("alerts-{name}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).unwrap();
    }
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

async fn hub(data: &Path, city: Option<PathBuf>) -> Hub {
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let settings = HubSettings {
        http: here,
        mqtt: Mqtt::BuiltIn(here),
        city,
        ..HubSettings::new(data)
    };
    let clock = Arc::new(Ticking(AtomicI64::new(1_760_000_000_000)));
    Hub::start(settings, clock).await.unwrap()
}

/// An alert of the sender `s`; `more` stands before its info, `area` is its only one.
fn alert(id: &str, kind: &str, more: &str, area: &str) -> String {
    format!(
        "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>{id}</identifier><sender>s</sender>\
         <sent>2025-10-09T16:00:00+08:00</sent><status>Exercise</status><msgType>{kind}</msgType><scope>Public</scope>{more}\
         <info><category>Met</category><event>暴雨</event><urgency>Immediate</urgency><severity>Severe</severity>\
         <certainty>Likely</certainty><area><areaDesc>某区</areaDesc>{area}</area></info></alert>"
    )
}

async fn post(hub: &Hub, alert: String) -> (u16, Value) {
    let url = format!("{}/api/cap", hub.http_address);
    let request = reqwest::Client::new()
        .post(url)
        .header("content-type", "application/cap+xml")
        .body(alert);
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let body = answer.bytes().await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_without_a_place_lies_in_the_middle_of_the_hubs_city() {
    let data = folder("city");
    let city = data.join("yunhu");
    std::fs::create_dir_all(&city).unwrap();
    let catalogue = r#"{"name":{"zh":"云湖新区","en":"Yunhu"},"origin":{"lon_deg":117.2,"lat_deg":34.26,"height_m":0}}"#;
    std::fs::write(city.join("catalogue.json"), catalogue).unwrap();
    let hub = hub(&data, Some(city)).await;
    let (status, body) = post(&hub, alert("a1", "Alert", "", "")).await;
    assert_eq!(status, 201, "{body}");
    let event = &body["items"][0];
    assert_eq!(
        (event["lon"].as_f64(), event["lat"].as_f64()),
        (Some(117.2), Some(34.26))
    );
    assert_eq!(event["standing"], "exercise");
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_city_it_is_refused_and_an_update_stays_where_the_first_alert_was() {
    let hub = hub(&folder("none"), None).await;
    let (status, body) = post(&hub, alert("a1", "Alert", "", "")).await;
    assert_eq!(status, 400, "{body}");
    let message = body["message"].as_str().unwrap();
    assert!(message.contains("alert/info/area"), "{message}");

    let circle = "<circle>31.2,121.5 1</circle>";
    let (status, body) = post(&hub, alert("a2", "Alert", "", circle)).await;
    assert_eq!(status, 201, "{body}");
    let of_second = "<references>s,a2,2025-10-09T16:00:00+08:00</references>";
    let (status, body) = post(&hub, alert("a3", "Update", of_second, "")).await;
    assert_eq!(status, 201, "{body}");
    assert_eq!(body["items"][0]["status"], "closed");
    let event = &body["items"][1];
    let (lon, lat) = (
        event["lon"].as_f64().unwrap(),
        event["lat"].as_f64().unwrap(),
    );
    assert!(
        (lon - 121.5).abs() < 1e-9 && (lat - 31.2).abs() < 1e-9,
        "{event}"
    );
    hub.stop().await;
}
