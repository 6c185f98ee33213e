//! Who the hub is and where its doors are; a server that does not say is taken for a plain SensorThings server.

use crate::{
    HubAddress, Rejection, SyncError,
    door::{Door, PAGE_MAX_BYTES, folder_address, join, not_understood},
    iso, json,
};
use cim_model::UtcMillis;
use reqwest::Url;
use serde_json::Value;

/// A hub and its doors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hub {
    /// Its name; empty for a plain SensorThings server.
    pub(crate) name: String,
    /// Its HTTP door.
    pub(crate) http: Url,
    /// The SensorThings service root, ending in `/`.
    pub(crate) sensorthings: Url,
    pub(crate) mqtt: Option<String>,
    pub(crate) cameras: Option<Url>,
    pub(crate) events: Option<Url>,
    /// The folder of the city's tiles, ending in `/`.
    pub(crate) city: Option<Url>,
    /// What answers quickly as long as the hub lives.
    pub(crate) heart: Url,
    /// The hub's own doors beside the standards; `None` for a plain SensorThings server.
    pub(crate) own: Option<OwnDoors>,
}

/// Doors of our own hub, beside the standards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OwnDoors {
    /// What the paths of the exchange are below, ending in `/`.
    pub(crate) base: Url,
    /// Whether it tells digests of its history, and gives the observations that are missing.
    pub(crate) compares: bool,
    /// Who is at the hub.
    pub(crate) presence: Option<Url>,
    /// The folder of shared views, ending in `/`.
    pub(crate) shared: Option<Url>,
    /// The hub's clock when it was asked.
    pub(crate) time: Option<UtcMillis>,
}

/// Asks the hub at `address` who it is.
pub(crate) async fn describe(door: &Door, address: &HubAddress) -> Result<Hub, SyncError> {
    let http = folder_address(&address.http)?;
    let heart = join(&http, "api/hub")?;
    let mut hub = match door.get(&heart, PAGE_MAX_BYTES).await {
        Ok(bytes) => {
            hub_of(&bytes, &http, &heart).map_err(|rejection| not_understood(&heart, rejection))?
        }
        // Whoever does not know this address may still be a SensorThings server.
        Err(SyncError::Refused {
            status: 400..=499, ..
        }) => {
            let plain = plain_hub(&http)?;
            door.get(&plain.sensorthings, PAGE_MAX_BYTES).await?;
            plain
        }
        Err(error) => return Err(error),
    };
    if let Some(mqtt) = &address.mqtt {
        hub.mqtt = Some(mqtt.clone());
    }
    Ok(hub)
}

/// Reads what a hub says of itself; its doors may be relative to `http`.
fn hub_of(bytes: &[u8], http: &Url, heart: &Url) -> Result<Hub, Rejection> {
    let value = json::parse(bytes)?;
    let sensorthings = door_in(&value, "sensorthings", http)?;
    let sensorthings =
        sensorthings.ok_or_else(|| Rejection::new("$.sensorthings", "an address is expected"))?;
    let mqtt = json::text(&value, "mqtt");
    Ok(Hub {
        name: json::text(&value, "name").to_owned(),
        http: http.clone(),
        sensorthings: as_folder(sensorthings),
        mqtt: (!mqtt.is_empty()).then(|| seen_from_here(mqtt, http)),
        cameras: door_in(&value, "cameras", http)?,
        events: door_in(&value, "events", http)?,
        city: door_in(&value, "city_url", http)?.map(as_folder),
        heart: heart.clone(),
        own: own_doors(&value, http)?,
    })
}

fn own_doors(value: &Value, http: &Url) -> Result<Option<OwnDoors>, Rejection> {
    let has = |key: &str| !json::text(value, key).is_empty();
    if !(has("changes") && has("facts")) {
        return Ok(None);
    }
    Ok(Some(OwnDoors {
        base: http.clone(),
        compares: has("digests") && has("observations"),
        presence: door_in(value, "presence", http)?,
        shared: door_in(value, "shared", http)?.map(as_folder),
        time: iso::moment_in(value, "time", "$").ok(),
    }))
}

fn plain_hub(http: &Url) -> Result<Hub, SyncError> {
    let path = http.path().trim_end_matches('/');
    let is_root = path.ends_with("/v1.0") || path.ends_with("/v1.1");
    let sensorthings = if is_root {
        http.clone()
    } else {
        join(http, "v1.1/")?
    };
    Ok(Hub {
        name: String::new(),
        http: http.clone(),
        heart: sensorthings.clone(),
        sensorthings,
        mqtt: None,
        cameras: None,
        events: None,
        city: None,
        own: None,
    })
}

fn door_in(value: &Value, key: &str, http: &Url) -> Result<Option<Url>, Rejection> {
    let text = json::text(value, key);
    if text.is_empty() {
        return Ok(None);
    }
    let address = http
        .join(text)
        .map_err(|error| Rejection::new(format!("$.{key}"), error.to_string()))?;
    if matches!(address.scheme(), "http" | "https") {
        Ok(Some(address))
    } else {
        Err(Rejection::new(
            format!("$.{key}"),
            "http://… or https://… is expected",
        ))
    }
}

fn as_folder(mut address: Url) -> Url {
    if !address.path().ends_with('/') {
        let path = format!("{}/", address.path());
        address.set_path(&path);
    }
    address
}

/// A hub that names its own loopback address means itself: seen from another machine, that is the host it was reached under.
fn seen_from_here(mqtt: &str, http: &Url) -> String {
    let is_loopback =
        |host: &str| matches!(host, "localhost" | "0.0.0.0" | "[::1]") || host.starts_with("127.");
    let Some(host) = http.host_str().filter(|host| !is_loopback(host)) else {
        return mqtt.to_owned();
    };
    let Ok(mut address) = Url::parse(mqtt) else {
        return mqtt.to_owned();
    };
    if address.host_str().is_some_and(is_loopback) && address.set_host(Some(host)).is_ok() {
        return address.to_string();
    }
    mqtt.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).expect("an address")
    }

    #[test]
    fn a_hub_names_its_doors_absolute_or_relative() {
        let text = br#"{"name":"Bund","mqtt":"mqtt://127.0.0.1:1884","sensorthings":"http://10.0.0.9:8090/v1.1","cameras":"/api/cameras",
            "events":"api/events","city_url":null}"#;
        let http = url("http://10.0.0.9:8090/");
        let hub = hub_of(text, &http, &url("http://10.0.0.9:8090/api/hub")).expect("a hub");
        assert_eq!(hub.sensorthings.as_str(), "http://10.0.0.9:8090/v1.1/");
        assert_eq!(
            hub.cameras.as_ref().map(Url::as_str),
            Some("http://10.0.0.9:8090/api/cameras")
        );
        assert_eq!(
            hub.events.as_ref().map(Url::as_str),
            Some("http://10.0.0.9:8090/api/events")
        );
        assert_eq!((hub.name.as_str(), hub.city), ("Bund", None));
        assert_eq!(hub.mqtt.as_deref(), Some("mqtt://10.0.0.9:1884"));
    }

    #[test]
    fn a_loopback_broker_stays_loopback_for_a_hub_on_this_machine() {
        assert_eq!(
            seen_from_here("mqtt://127.0.0.1:1884", &url("http://localhost:8090/")),
            "mqtt://127.0.0.1:1884"
        );
        assert_eq!(
            seen_from_here("mqtt://broker:1883", &url("http://hub:8090/")),
            "mqtt://broker:1883"
        );
    }

    #[test]
    fn a_broken_introduction_says_where() {
        let http = url("http://hub/");
        for (text, place) in [
            ("{}", "$.sensorthings"),
            (r#"{"sensorthings":"ftp://hub/"}"#, "$.sensorthings"),
            ("no", "line 1, column 2"),
        ] {
            assert_eq!(
                hub_of(text.as_bytes(), &http, &http)
                    .expect_err("broken")
                    .place,
                place,
                "{text}"
            );
        }
    }

    #[test]
    fn a_plain_server_is_asked_under_its_own_root() {
        assert_eq!(
            plain_hub(&url("http://hub/FROST/v1.0/"))
                .expect("a hub")
                .sensorthings
                .path(),
            "/FROST/v1.0/"
        );
        assert_eq!(
            plain_hub(&url("http://hub/"))
                .expect("a hub")
                .sensorthings
                .path(),
            "/v1.1/"
        );
    }
}
