//! The city hub and its simulated sources, as `cim` runs them.

use crate::minutes::iso;
use crate::place::cim;
use crate::web::{Answer, Web};
use cim_model::UtcMillis;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;
use xtask::Outcome;
use xtask::process::{Running, free_port};

/// How long a hub may take until it serves.
const HUB_WITHIN: Duration = Duration::from_mins(1);
/// How long sources may take until they publish.
const SOURCES_WITHIN: Duration = Duration::from_mins(2);

/// Where a hub keeps its data and listens. The same place can be taken by a second hub after the first is gone.
pub struct HubPlace {
    city: PathBuf,
    data: PathBuf,
    log: PathBuf,
    http: u16,
    carrier: Carrier,
    options: Vec<String>,
}

/// Who carries the hub's MQTT.
enum Carrier {
    Own(u16),
    Outside(String),
}

impl HubPlace {
    /// A hub for `city` with a broker of its own, which keeps everything below `folder`.
    pub fn new(city: &Path, folder: &Path) -> Outcome<Self> {
        let carrier = Carrier::Own(free_port(0)?);
        let (data, log) = (folder.join("hub"), folder.join("hub.log"));
        Ok(Self {
            city: city.to_owned(),
            data,
            log,
            http: free_port(0)?,
            carrier,
            options: Vec::new(),
        })
    }

    /// The same, with somebody else's broker at `url`.
    #[must_use]
    pub fn with_broker(mut self, url: &str) -> Self {
        self.carrier = Carrier::Outside(url.to_owned());
        self
    }

    /// The same, with further options of `cim hub`.
    #[must_use]
    pub fn with_options(mut self, options: &[&str]) -> Self {
        self.options
            .extend(options.iter().map(|option| (*option).to_owned()));
        self
    }
}

/// A hub that serves until it is dropped.
pub struct Hub {
    /// Its address, without a slash at the end.
    pub url: String,
    web: Web,
    running: Running,
}

impl Hub {
    /// Starts a hub and waits until it serves.
    pub fn start(place: &HubPlace) -> Outcome<Self> {
        let mut command = cim()?;
        command
            .arg("hub")
            .arg("--city")
            .arg(&place.city)
            .arg("--data")
            .arg(&place.data);
        command.args(["--http", &format!("127.0.0.1:{}", place.http)]);
        match &place.carrier {
            Carrier::Own(port) => command.args(["--mqtt-port", &port.to_string()]),
            Carrier::Outside(url) => command.args(["--mqtt", url]),
        };
        command.args(&place.options);
        let mut running = Running::start("cim hub", &command, &place.log)?;
        let ready = running.ready(HUB_WITHIN)?;
        let url = ready["http"]
            .as_str()
            .ok_or("the hub did not say where it serves")?;
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            web: Web::new()?,
            running,
        })
    }

    /// What the hub says to `GET path`; fails unless it says 200.
    pub fn get(&self, path: &str) -> Outcome<Value> {
        self.web.get(&format!("{}{path}", self.url))
    }

    /// What the hub says to `POST path`, whatever it is.
    pub fn post(&self, path: &str, body: &Value) -> Outcome<Answer> {
        self.web.post(&format!("{}{path}", self.url), body)
    }

    /// Makes a device called `name` with one series of its own, in metres, whose values are alarming from 4 m on; returns the
    /// series' id as it is written in addresses.
    pub fn new_gauge(&self, name: &str) -> Outcome<String> {
        let thing = json!({
            "name": name, "description": "made by a journey", "properties": { "kind": "water_level" },
            "Locations": [{
                "name": "here", "description": "somewhere", "encodingType": "application/geo+json",
                "location": { "type": "Point", "coordinates": [24.945, 60.17, 2.0] }
            }],
            "Datastreams": [{
                "name": "level", "description": "water level",
                "observationType": "http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement",
                "unitOfMeasurement": { "name": "metre", "symbol": "m", "definition": "http://unitsofmeasure.org/ucum.html#m" },
                "properties": { "kind": "water_level", "period_s": 1.0, "limits": { "above_high": 4.0 } },
                "ObservedProperty": { "name": "level", "description": "level", "definition": "urn:level" },
                "Sensor": { "name": "gauge", "description": "gauge", "encodingType": "text/plain", "metadata": "none" }
            }]
        });
        let made = self.post("/v1.1/Things", &thing)?;
        if made.status != 201 {
            return Err(format!(
                "the hub refused a thing: {} {}",
                made.status, made.body
            ));
        }
        let path = format!("/v1.1/Things?$filter=name eq '{name}'&$expand=Datastreams");
        let found = self.get(&path)?;
        match &found["value"][0]["Datastreams"][0]["@iot.id"] {
            Value::Number(number) => Ok(number.to_string()),
            Value::String(text) => Ok(format!("'{text}'")),
            _ => Err(format!("the new thing has no datastream: {found}")),
        }
    }

    /// Tells the hub a value of now, in metres, and lets a moment pass: each value has a time of its own.
    pub fn observe(&self, stream: &str, level: f64, now: UtcMillis) -> Outcome {
        let observation = json!({ "result": level, "phenomenonTime": iso(now)? });
        let path = format!("/v1.1/Datastreams({stream})/Observations");
        let answer = self.post(&path, &observation)?;
        if answer.status != 201 {
            return Err(format!(
                "the hub refused a value: {} {}",
                answer.status, answer.body
            ));
        }
        std::thread::sleep(Duration::from_millis(300));
        Ok(())
    }

    /// Ends the hub as a crash would.
    pub fn kill(mut self) -> Outcome {
        self.running.kill()
    }
}

/// Simulated sources that publish until they are dropped.
pub struct Simulator {
    running: Running,
}

impl Simulator {
    /// Starts sources for `hub`, with further `options` of `cim simulate` as one would type them, and waits until they publish.
    pub fn start(hub: &Hub, city: &Path, options: &str, log: &Path) -> Outcome<Self> {
        let mut command = cim()?;
        command
            .args(["simulate", "--hub", &hub.url])
            .arg("--city")
            .arg(city)
            .args(options.split_whitespace());
        let mut running = Running::start("cim simulate", &command, log)?;
        running.ready(SOURCES_WITHIN)?;
        Ok(Self { running })
    }

    /// True while it runs.
    pub fn runs(&mut self) -> Outcome<bool> {
        Ok(self.running.ended()?.is_none())
    }
}
