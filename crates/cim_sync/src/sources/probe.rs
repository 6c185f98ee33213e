//! Tests one source step by step, for the person who sets it up: where it is, whether it can be reached and believed, what it
//! answers, what that amounts to, and how fresh it is.

use super::{
    Place, SourceConfig, SourceKind,
    der::certificate_facts,
    fetch::{Feed, SourceError},
    topics::read_message,
};
use crate::{
    SyncError,
    access::Access,
    door::{Door, PAGE_MAX_BYTES},
    hub, iso,
    mqtt::{self, Heard, LinkEvent, Route, Sessions, Spoken},
    outlet::Outlet,
    sensorthings,
};
use cim_model::{TimeSource, UtcMillis};
use reqwest::{StatusCode, Url, header};
use std::{fmt::Display, sync::Arc, time::Duration};
use tokio::{
    net::{TcpStream, lookup_host},
    sync::mpsc,
    task::JoinSet,
    time::{Instant, timeout, timeout_at},
};
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};

/// How long the way to a server may take.
const REACH_WITHIN: Duration = Duration::from_secs(5);
/// How long a broker is listened to.
const LISTEN_FOR: Duration = Duration::from_secs(10);
/// How many pages are read.
const PAGES: usize = 5;
/// How many reasons are told.
const REASONS: usize = 5;

/// One step of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeStep {
    /// What was tried: `resolve`, `connect`, `tls`, `authorise`, `answer`, `parse`, `freshness` …
    pub name: &'static str,
    /// Whether it went well.
    pub is_ok: bool,
    /// What came of it.
    pub detail: String,
    /// How long it took, milliseconds.
    pub millis: u64,
}

/// What a test of a source found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProbeReport {
    /// The steps, in order; the last one that failed ended the test.
    pub steps: Vec<ProbeStep>,
    /// Devices.
    pub things: u64,
    /// Values.
    pub observations: u64,
    /// Events.
    pub events: u64,
    /// Cameras.
    pub cameras: u64,
    /// What could not be used.
    pub rejected: u64,
    /// The first reasons why.
    pub reasons: Vec<String>,
    /// The newest moment that was told of.
    pub newest: Option<UtcMillis>,
}

impl ProbeReport {
    /// True when the source can be used: every step went well.
    pub fn is_usable(&self) -> bool {
        !self.steps.is_empty() && self.steps.iter().all(|step| step.is_ok)
    }
}

/// Tests `config`; call it inside a Tokio runtime. Changes nothing at the source.
pub async fn probe(config: &SourceConfig, time: Arc<dyn TimeSource>) -> ProbeReport {
    let mut probe = Probe {
        config,
        time,
        report: ProbeReport::default(),
        began: Instant::now(),
    };
    if probe.way().await {
        match config.kind {
            SourceKind::SensorThings => probe.sensorthings().await,
            SourceKind::Mqtt => probe.broker().await,
            _ => probe.feed().await,
        }
    }
    probe.report
}

struct Probe<'c> {
    config: &'c SourceConfig,
    time: Arc<dyn TimeSource>,
    report: ProbeReport,
    /// When the step that is under way began.
    began: Instant,
}

impl Probe<'_> {
    /// Notes how a step went, and begins the next.
    fn step(&mut self, name: &'static str, outcome: Result<String, String>) -> bool {
        let is_ok = outcome.is_ok();
        self.report.steps.push(ProbeStep {
            name,
            is_ok,
            detail: outcome.unwrap_or_else(|reason| reason),
            millis: self.began.elapsed().as_millis() as u64,
        });
        self.began = Instant::now();
        is_ok
    }

    /// The way to the server: its name, its port, its certificate. True when it can be gone.
    async fn way(&mut self) -> bool {
        let address = match &self.config.place {
            Place::File(path) => {
                let outcome = match tokio::fs::metadata(path).await {
                    Ok(facts) if facts.is_file() => Ok(format!("{} bytes", facts.len())),
                    Ok(_) => Err("is no file".to_owned()),
                    Err(error) => Err(error.to_string()),
                };
                return self.step("file", outcome);
            }
            Place::Web(address) => address.clone(),
            Place::Broker(text) => match Url::parse(text) {
                Ok(address) => address,
                Err(error) => return self.step("address", Err(error.to_string())),
            },
        };
        let access = self.config.access();
        if let Err(error) = access.permits(&address) {
            return self.step("address", Err(error.to_string()));
        }
        let Some((host, port, is_tls)) = end_of(&address) else {
            return self.step("address", Err("has no host".to_owned()));
        };
        let found = timeout(REACH_WITHIN, lookup_host((host.as_str(), port))).await;
        let places: Vec<std::net::SocketAddr> = match found {
            Ok(Ok(places)) => places.collect(),
            Ok(Err(error)) => return self.step("resolve", Err(format!("{error}: {host}"))),
            Err(_) => return self.step("resolve", Err(format!("no answer in time: {host}"))),
        };
        let shown: Vec<String> = places.iter().map(|place| place.ip().to_string()).collect();
        self.step("resolve", Ok(shown.join(", ")));
        let stream = match timeout(REACH_WITHIN, TcpStream::connect(places.as_slice())).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return self.step("connect", Err(format!("{error}: {host}:{port}"))),
            Err(_) => {
                return self.step("connect", Err(format!("no answer in time: {host}:{port}")));
            }
        };
        let peer = stream.peer_addr().map(|peer| peer.to_string());
        self.step("connect", Ok(peer.unwrap_or_default()));
        if !is_tls {
            return true;
        }
        let outcome = shake_hands(&access, &host, stream).await;
        self.step("tls", outcome)
    }

    /// Every kind that is asked for pages.
    async fn feed(&mut self) {
        let mut feed = match Feed::new(self.config.clone()) {
            Ok(feed) => feed,
            Err(error) => {
                self.step("answer", Err(error.to_string()));
                return;
            }
        };
        feed.begin(self.time.now());
        let mut bytes = 0;
        for number in 0..PAGES {
            let page = match feed.next_page(self.time.now()).await {
                Ok(Some(page)) => page,
                Ok(None) => break,
                Err(error) => {
                    self.refused(&error);
                    return;
                }
            };
            bytes += page.bytes;
            if number == 0 {
                if matches!(self.config.place, Place::Web(_)) {
                    self.step("authorise", Ok(self.identity().to_owned()));
                }
                self.step("answer", Ok(format!("{} bytes", page.bytes)));
            }
            if let Some(facts) = page.tileset {
                let detail = format!(
                    "3D Tiles {}: {} tiles, {} contents",
                    facts.version, facts.tiles, facts.contents
                );
                self.step("parse", Ok(detail));
                self.tile_answers(facts.first_content.as_deref()).await;
                return;
            }
            self.count(page.parsed);
        }
        self.parsed(bytes);
        self.freshness();
    }

    fn refused(&mut self, error: &SourceError) {
        let name = if error.is_about_identity() {
            "authorise"
        } else if matches!(error, SourceError::NotUnderstood { .. }) {
            "parse"
        } else {
            "answer"
        };
        self.step(name, Err(error.to_string()));
    }

    fn count(&mut self, parsed: super::Parsed) {
        let report = &mut self.report;
        report.things += parsed.things.len() as u64;
        report.observations += parsed.observations.len() as u64;
        report.events += parsed.events.len() as u64;
        report.cameras += parsed.cameras.len() as u64;
        report.rejected += parsed.rejected_count();
        for rejection in parsed.rejected {
            if report.reasons.len() < REASONS {
                report
                    .reasons
                    .push(format!("{}: {}", rejection.place, rejection.reason));
            }
        }
        let values = parsed.observations.iter().map(|one| one.happened_at);
        let events = parsed.events.iter().map(|event| event.happened_at);
        report.newest = report.newest.max(values.chain(events).max());
    }

    fn parsed(&mut self, bytes: usize) {
        let report = &self.report;
        let found = report.things + report.observations + report.events + report.cameras;
        let detail = format!(
            "{} things, {} observations, {} events, {} cameras; {} rejected; {bytes} bytes",
            report.things, report.observations, report.events, report.cameras, report.rejected
        );
        // A feed of alerts without any is a quiet day, not a broken feed.
        let may_be_empty = self.config.kind == SourceKind::Cap && report.rejected == 0;
        let outcome = if found > 0 || may_be_empty {
            Ok(detail)
        } else {
            Err(detail)
        };
        self.step("parse", outcome);
    }

    /// Told, not judged: an old file is a fine source of history.
    fn freshness(&mut self) {
        if let Some(newest) = self.report.newest {
            let age_s = self.time.now().seconds_since(newest);
            let word = if age_s < -60.0 {
                format!(
                    "{}, {:.0} s ahead of this machine's clock",
                    iso::text_of(newest),
                    -age_s
                )
            } else {
                format!(
                    "{}, {age_s:.0} s ago; {} s are promised",
                    iso::text_of(newest),
                    self.config.period_s
                )
            };
            self.step("freshness", Ok(format!("newest {word}")));
        }
    }

    /// What a tile server can do for us: a part of a file, and "not changed since".
    async fn tile_answers(&mut self, content: Option<&str>) {
        let Place::Web(at) = &self.config.place else {
            return;
        };
        let Some(Ok(tile)) = content.map(|content| at.join(content)) else {
            return;
        };
        let outcome = ranges_of(self.config, &tile).await;
        self.step("range", outcome);
    }

    /// A SensorThings server, or a hub that has one.
    async fn sensorthings(&mut self) {
        if let Err(error) = self.try_sensorthings().await {
            let name = if matches!(error, SyncError::Access(_)) {
                "authorise"
            } else {
                "answer"
            };
            self.step(name, Err(error.to_string()));
        }
    }

    async fn try_sensorthings(&mut self) -> Result<(), SyncError> {
        let Place::Web(home) = &self.config.place else {
            return Ok(());
        };
        let door = Door::with_access(&self.config.access())?.at_home(home);
        let address = crate::HubAddress {
            http: home.to_string(),
            mqtt: self.config.mqtt.clone(),
        };
        let server = hub::describe(&door, &address).await?;
        self.step("authorise", Ok(self.identity().to_owned()));
        let root = server.sensorthings.clone();
        self.step("answer", Ok(format!("SensorThings at {root}")));
        let query = "Things?$top=100&$count=true&$expand=Locations,Datastreams/ObservedProperty";
        let things = crate::door::join(&root, query)?;
        let body = door.get(&things, PAGE_MAX_BYTES).await?;
        match sensorthings::things_page(&body) {
            Ok(page) => {
                self.report.things = page.count.unwrap_or(page.items.len() as u64);
                self.report.rejected += page.rejected.len() as u64;
                let reasons = page.rejected.iter().take(REASONS);
                let told = reasons.map(|r| format!("{}: {}", r.place, r.reason));
                self.report.reasons.extend(told);
            }
            Err(rejection) => {
                let reason = format!("{} at {}", rejection.reason, rejection.place);
                self.step("parse", Err(reason));
                return Ok(());
            }
        }
        let newest = |time: &str| {
            let query = format!("Observations?$top=1&$orderby={time}%20desc&$expand=Datastream");
            crate::door::join(&root, &query)
        };
        let body = match door.get(&newest("phenomenonTime")?, PAGE_MAX_BYTES).await {
            // Some servers cannot order by `phenomenonTime`.
            Err(SyncError::Refused { .. }) => {
                door.get(&newest("resultTime")?, PAGE_MAX_BYTES).await?
            }
            outcome => outcome?,
        };
        if let Ok(page) = sensorthings::observations_page(&body) {
            self.report.observations = page.items.len() as u64;
            self.report.newest = page.items.iter().map(|one| one.happened_at).max();
        }
        self.parsed(body.len());
        self.freshness();
        let broker = server
            .mqtt
            .unwrap_or_else(|| "none; asked by HTTP".to_owned());
        self.step("broker", Ok(broker));
        Ok(())
    }

    /// A broker: let in, and listened to for a while.
    async fn broker(&mut self) {
        let Place::Broker(address) = &self.config.place else {
            return;
        };
        let route = Route {
            address: address.clone(),
            client_id: format!("citymirror-test-{}", std::process::id()),
            sessions: Sessions::Fresh,
            filters: self.config.topics.clone(),
            access: self.config.access(),
            spoken: Spoken::default(),
        };
        // What the connection has to say comes as links too.
        let (unheard, _receiver) = mpsc::channel(64);
        let out = Outlet::new(unheard, Arc::clone(&self.time));
        let mut tasks = JoinSet::new();
        let mut listener = match mqtt::listen(route, &out, &mut tasks) {
            Ok(listener) => listener,
            Err(error) => {
                self.step("authorise", Err(error.to_string()));
                return;
            }
        };
        let mapping = self.config.mapping.clone().unwrap_or_default();
        let until = Instant::now() + LISTEN_FOR;
        let mut bytes = 0;
        let mut is_up = false;
        let mut refusal = "no subscription in time".to_owned();
        while let Ok(heard) = timeout_at(until, listener.heard()).await {
            match heard {
                Heard::Link(LinkEvent::Up { .. }) => {
                    is_up = true;
                    self.step("authorise", Ok(format!("subscribed, {}", self.identity())));
                }
                // Another version of MQTT may still be let in.
                Heard::Link(LinkEvent::Down { reason }) => refusal = reason,
                Heard::Message(message) => {
                    bytes += message.payload.len();
                    let topic = String::from_utf8_lossy(&message.topic);
                    let (id, period_s) = (&self.config.id, self.config.period_s);
                    let now = self.time.now();
                    match read_message(&topic, &message.payload, &mapping, id, period_s, now) {
                        Ok(parsed) => self.count(parsed),
                        Err(rejection) => {
                            let mut parsed = super::Parsed::default();
                            parsed.reject(rejection);
                            self.count(parsed);
                        }
                    }
                    if self.report.observations + self.report.events >= 10 {
                        break;
                    }
                }
            }
        }
        if !is_up {
            self.step("authorise", Err(refusal));
            return;
        }
        self.parsed(bytes);
        self.freshness();
    }

    fn identity(&self) -> &'static str {
        match (&self.config.token, &self.config.certificate) {
            (Some(_), Some(_)) => "with a token and a certificate",
            (Some(_), None) => "with a token",
            (None, Some(_)) => "with a certificate",
            (None, None) => "without identity",
        }
    }
}

/// Host, port and whether TLS is spoken there.
fn end_of(address: &Url) -> Option<(String, u16, bool)> {
    let host = address.host_str()?;
    // The brackets of an IPv6 address belong to the spelling, not to the address.
    let host = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_owned();
    let is_tls = matches!(address.scheme(), "https" | "mqtts" | "wss");
    let usual = match address.scheme() {
        "mqtt" => 1883,
        "mqtts" => 8883,
        "https" | "wss" => 443,
        _ => 80,
    };
    Some((host, address.port().unwrap_or(usual), is_tls)).filter(|(host, ..)| !host.is_empty())
}

async fn shake_hands(access: &Access, host: &str, stream: TcpStream) -> Result<String, String> {
    let text = |error: &dyn Display| error.to_string();
    let config = access.client_config().map_err(|error| text(&error))?;
    let name = ServerName::try_from(host.to_owned()).map_err(|error| text(&error))?;
    let connector = TlsConnector::from(Arc::new(config));
    let shaken = timeout(REACH_WITHIN, connector.connect(name, stream)).await;
    let stream = shaken
        .map_err(|_elapsed| "no answer in time".to_owned())?
        .map_err(|error| text(&error))?;
    let (_, session) = stream.get_ref();
    let version = session
        .protocol_version()
        .map(|version| format!("{version:?}"));
    let facts = session
        .peer_certificates()
        .and_then(|chain| certificate_facts(chain.first()?));
    let version = version.unwrap_or_default();
    Ok(match facts {
        Some(facts) => format!(
            "{version}, signed by {}, until {}",
            facts.issuer,
            iso::text_of(facts.until)
        ),
        None => version,
    })
}

/// Whether a part of `address` can be had, and how long it may be kept.
async fn ranges_of(config: &SourceConfig, address: &Url) -> Result<String, String> {
    let access = config.access();
    access.permits(address).map_err(|error| error.to_string())?;
    let tls = access.client_config().map_err(|error| error.to_string())?;
    let text = |error: reqwest::Error| error.without_url().to_string();
    let client = reqwest::Client::builder()
        .connect_timeout(REACH_WITHIN)
        .timeout(REACH_WITHIN)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tls_backend_preconfigured(tls)
        .build()
        .map_err(text)?;
    let mut request = client
        .get(address.clone())
        .header(header::RANGE, "bytes=0-0");
    if let (Place::Web(home), Some(token)) = (&config.place, &config.token)
        && home.origin() == address.origin()
    {
        request = request.bearer_auth(token.secret());
    }
    let answer = request.send().await.map_err(text)?;
    let status = answer.status();
    if !status.is_success() {
        return Err(format!("the first content answers {}", status.as_u16()));
    }
    let said = |name: header::HeaderName| {
        let value = answer.headers().get(name)?;
        value.to_str().ok().map(str::to_owned)
    };
    let parts = if status == StatusCode::PARTIAL_CONTENT {
        "parts of files can be had"
    } else {
        "only whole files can be had"
    };
    let kept = said(header::CACHE_CONTROL).unwrap_or_else(|| "nothing said of keeping".to_owned());
    let marked = if said(header::ETAG).is_some() || said(header::LAST_MODIFIED).is_some() {
        "versions are marked"
    } else {
        "versions are not marked"
    };
    Ok(format!("{parts}; {kept}; {marked}"))
}
