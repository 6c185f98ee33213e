//! What the hub measures of itself, as OpenTelemetry: metrics and a span for every request, sent to a collector by
//! OTLP/HTTP with JSON, or written to a file as OTLP JSON lines where there is no network.
//!
//! The exporters run on threads of the SDK; a task of the hub carries their bodies out, so that no thread of theirs
//! needs a runtime.

use super::messages::Counts;
use crate::error::HubError;
use axum::http::{Request, Response, StatusCode};
use bytes::Bytes;
use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter, MeterProvider as _};
use opentelemetry::trace::{Span, SpanKind, Status, Tracer, TracerProvider as _};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{
    MetricExporter, Protocol, SpanExporter, WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

/// How often metrics go out.
const INTERVAL: Duration = Duration::from_secs(10);
/// How long a collector may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bodies waiting to go out; further ones are given up.
const WAITING: usize = 64;
/// The largest file of telemetry, in bytes; then it is begun anew and the one before kept beside it.
const MAX_FILE: u64 = 64 * 1024 * 1024;
/// The address that exporters are given when they write to a file; nothing is ever sent there.
const NOWHERE: &str = "http://localhost";

/// Where telemetry goes. With neither, it goes nowhere and costs nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TelemetrySettings {
    /// Address of an OpenTelemetry collector (OTLP/HTTP with JSON), for instance `http://127.0.0.1:4318`.
    pub otlp: Option<String>,
    /// File for OTLP JSON lines.
    pub file: Option<PathBuf>,
}

/// Figures that others set and an export reads.
#[derive(Debug, Default)]
pub(crate) struct Gauges {
    /// Number of the newest change of the ledger.
    pub(crate) ledger_seq: AtomicI64,
    /// Desks at the hub.
    pub(crate) present: AtomicI64,
    /// How long the database took to answer the last look at the ledger, in microseconds.
    pub(crate) database_us: AtomicI64,
}

/// The running telemetry.
pub(crate) struct Telemetry {
    /// Figures that are read when metrics go out.
    pub(crate) gauges: Arc<Gauges>,
    running: Option<Running>,
}

struct Running {
    metrics: SdkMeterProvider,
    traces: SdkTracerProvider,
    tracer: SdkTracer,
    requests: Counter<u64>,
    durations: Histogram<f64>,
    carrier: std::sync::Mutex<Option<JoinHandle<()>>>,
}

impl Telemetry {
    /// Starts telemetry; `counts` are what the hub counts anyway.
    pub(crate) fn start(
        settings: &TelemetrySettings,
        hub: &str,
        counts: &Arc<Counts>,
    ) -> Result<Self, HubError> {
        // The exporters' HTTP client needs one; whoever came first has set it.
        let _already_set = rustls::crypto::ring::default_provider().install_default();
        let gauges = Arc::new(Gauges::default());
        let running = match Sink::of(settings)? {
            None => None,
            Some(sink) => Some(running(settings, sink, hub, counts, &gauges)?),
        };
        Ok(Self { gauges, running })
    }

    /// Notes one request and its answer.
    pub(crate) fn request(&self, method: &str, route: &'static str, status: u16, took: Duration) {
        let Some(running) = &self.running else {
            return;
        };
        // The names are those of the semantic conventions for HTTP servers.
        let attributes = [
            KeyValue::new("http.request.method", method.to_owned()),
            KeyValue::new("http.route", route),
            KeyValue::new("http.response.status_code", i64::from(status)),
        ];
        running.requests.add(1, &attributes);
        running.durations.record(took.as_secs_f64(), &attributes);
        let ended = opentelemetry::time::now();
        let begun = ended.checked_sub(took).unwrap_or(ended);
        let mut span = running
            .tracer
            .span_builder(format!("{method} {route}"))
            .with_kind(SpanKind::Server)
            .with_start_time(begun)
            .with_attributes(attributes)
            .start(&running.tracer);
        if status >= 500 {
            span.set_status(Status::error(status.to_string()));
        }
        span.end_with_timestamp(ended);
    }

    /// Sends what is left and ends. Blocks its thread for seconds at most, so it runs beside the others.
    pub(crate) async fn stop(self: Arc<Self>) {
        let this = Arc::clone(&self);
        let ended = tokio::task::spawn_blocking(move || {
            let Some(running) = &this.running else {
                return;
            };
            // Traces first: ending them is counted by nobody, and both need the carrier.
            for outcome in [running.traces.shutdown(), running.metrics.shutdown()] {
                if let Err(error) = outcome {
                    tracing::warn!(%error, "the last telemetry was not sent");
                }
            }
        });
        if ended.await.is_err() {
            tracing::warn!("telemetry ended badly");
        }
        let carrier = self.running.as_ref().and_then(|running| {
            let mut carrier = running
                .carrier
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            carrier.take()
        });
        if let Some(carrier) = carrier {
            carrier.abort();
        }
    }
}

fn running(
    settings: &TelemetrySettings,
    sink: Sink,
    hub: &str,
    counts: &Arc<Counts>,
    gauges: &Arc<Gauges>,
) -> Result<Running, HubError> {
    let (bodies, waiting) = mpsc::channel(WAITING);
    let carrier = tokio::spawn(carry(waiting, sink));
    let client = Carried { bodies };
    let base = settings.otlp.as_deref().unwrap_or(NOWHERE);
    let base = base.trim_end_matches('/');
    let failed = |error: opentelemetry_otlp::ExporterBuildError| HubError::Part {
        part: "telemetry",
        reason: error.to_string(),
    };
    let metric_exporter = MetricExporter::builder()
        .with_http()
        .with_http_client(client.clone())
        .with_protocol(Protocol::HttpJson)
        .with_endpoint(format!("{base}/v1/metrics"))
        .with_timeout(PATIENCE)
        .build()
        .map_err(failed)?;
    let span_exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(client)
        .with_protocol(Protocol::HttpJson)
        .with_endpoint(format!("{base}/v1/traces"))
        .with_timeout(PATIENCE)
        .build()
        .map_err(failed)?;
    let resource = Resource::builder_empty()
        .with_service_name("cim_hub")
        .with_attribute(KeyValue::new("service.instance.id", hub.to_owned()))
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let reader = PeriodicReader::builder(metric_exporter)
        .with_interval(INTERVAL)
        .build();
    let metrics = SdkMeterProvider::builder()
        .with_resource(resource.clone())
        .with_reader(reader)
        .build();
    let traces = SdkTracerProvider::builder()
        .with_resource(resource)
        .with_batch_exporter(span_exporter)
        .build();
    let meter = metrics.meter("cim_hub");
    observe(&meter, counts, gauges);
    Ok(Running {
        requests: meter.u64_counter("http.server.requests").build(),
        durations: meter
            .f64_histogram("http.server.request.duration")
            .with_unit("s")
            .build(),
        tracer: traces.tracer("cim_hub"),
        metrics,
        traces,
        carrier: std::sync::Mutex::new(Some(carrier)),
    })
}

/// A counter's name and how it is read.
type Counted = (&'static str, fn(&Counts) -> u64);
/// A gauge's name, its unit and how it is read.
type Gauged = (&'static str, &'static str, fn(&Gauges) -> i64);

/// Registers the figures that are read when metrics go out.
fn observe(meter: &Meter, counts: &Arc<Counts>, gauges: &Arc<Gauges>) {
    let counters: [Counted; 4] = [
        ("hub.observations.stored", |counts| {
            counts.stored.load(Ordering::Relaxed)
        }),
        ("hub.observations.rejected", |counts| {
            counts.rejected.load(Ordering::Relaxed)
        }),
        ("hub.observations.lost", |counts| {
            counts.lost.load(Ordering::Relaxed)
        }),
        ("hub.messages.unpublished", |counts| {
            counts.unpublished.load(Ordering::Relaxed)
        }),
    ];
    for (name, read) in counters {
        let counts = Arc::clone(counts);
        let _registered = meter
            .u64_observable_counter(name)
            .with_callback(move |observer| observer.observe(read(&counts), &[]))
            .build();
    }
    let up = Arc::clone(counts);
    let _registered = meter
        .i64_observable_gauge("hub.broker.up")
        .with_callback(move |observer| {
            observer.observe(i64::from(up.connected.load(Ordering::Relaxed)), &[]);
        })
        .build();
    let figures: [Gauged; 3] = [
        ("hub.ledger.seq", "{change}", |gauges| {
            gauges.ledger_seq.load(Ordering::Relaxed)
        }),
        ("hub.desks.present", "{desk}", |gauges| {
            gauges.present.load(Ordering::Relaxed)
        }),
        ("hub.database.time", "us", |gauges| {
            gauges.database_us.load(Ordering::Relaxed)
        }),
    ];
    for (name, unit, read) in figures {
        let gauges = Arc::clone(gauges);
        let _registered = meter
            .i64_observable_gauge(name)
            .with_unit(unit)
            .with_callback(move |observer| observer.observe(read(&gauges), &[]))
            .build();
    }
}

/// Where bodies end.
enum Sink {
    /// At a collector.
    Collector(reqwest::Client),
    /// In a file.
    File(PathBuf),
}

impl Sink {
    fn of(settings: &TelemetrySettings) -> Result<Option<Self>, HubError> {
        match (&settings.otlp, &settings.file) {
            (Some(url), _) => {
                let client = reqwest::Client::builder()
                    .timeout(PATIENCE)
                    .build()
                    .map_err(|error| HubError::Part {
                        part: "telemetry",
                        reason: format!("{error}: {url}"),
                    })?;
                Ok(Some(Self::Collector(client)))
            }
            (None, Some(file)) => Ok(Some(Self::File(file.clone()))),
            (None, None) => Ok(None),
        }
    }

    async fn take(&self, url: &str, body: Bytes) -> Result<Response<Bytes>, String> {
        match self {
            Self::Collector(client) => {
                let answer = client
                    .post(url)
                    .header("content-type", "application/json")
                    .body(body)
                    .send()
                    .await
                    .map_err(|error| error.to_string())?;
                let status = answer.status();
                let body = answer.bytes().await.map_err(|error| error.to_string())?;
                response(status, body)
            }
            Self::File(file) => {
                written(file, &body)
                    .await
                    .map_err(|error| format!("{error}: {}", file.display()))?;
                response(StatusCode::OK, Bytes::from_static(b"{}"))
            }
        }
    }
}

fn response(status: StatusCode, body: Bytes) -> Result<Response<Bytes>, String> {
    Response::builder()
        .status(status)
        .body(body)
        .map_err(|error| error.to_string())
}

/// Appends one line; a file that has grown too large is put aside first.
async fn written(file: &std::path::Path, body: &[u8]) -> std::io::Result<()> {
    let size = tokio::fs::metadata(file).await.map_or(0, |meta| meta.len());
    if size > MAX_FILE {
        tokio::fs::rename(file, file.with_extension("old")).await?;
    }
    let mut open = tokio::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .await?;
    let line = one_line(body);
    open.write_all(&line).await?;
    open.flush().await
}

/// The JSON of `body` on one line: exporters indent it. A line break within JSON stands between words only.
fn one_line(body: &[u8]) -> Vec<u8> {
    let mut line: Vec<u8> = body
        .split(|byte| *byte == b'\n')
        .flat_map(<[u8]>::trim_ascii_start)
        .copied()
        .collect();
    line.push(b'\n');
    line
}

/// One body, and where its answer is awaited.
struct Body {
    url: String,
    bytes: Bytes,
    answer: oneshot::Sender<Result<Response<Bytes>, String>>,
}

async fn carry(mut waiting: mpsc::Receiver<Body>, sink: Sink) {
    while let Some(Body { url, bytes, answer }) = waiting.recv().await {
        // Who no longer waits has given it up.
        let _given_up = answer.send(sink.take(&url, bytes).await);
    }
}

/// The exporters' HTTP client: hands bodies to the task that carries them.
#[derive(Clone)]
struct Carried {
    bodies: mpsc::Sender<Body>,
}

impl fmt::Debug for Carried {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Carried")
    }
}

impl HttpClient for Carried {
    // Written out what `async_trait` would write: the trait is defined with it.
    fn send_bytes<'life0, 'async_trait>(
        &'life0 self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move {
            let (answer, answered) = oneshot::channel();
            let url = request.uri().to_string();
            let body = Body {
                url,
                bytes: request.into_body(),
                answer,
            };
            self.bodies
                .try_send(body)
                .map_err(|_full| HttpError::from("too much telemetry is waiting"))?;
            let outcome = answered
                .await
                .map_err(|_ended| HttpError::from("telemetry has ended"))?;
            outcome.map_err(HttpError::from)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::extract::State;
    use axum::http::Uri;
    use axum::routing::post;
    use serde_json::Value;

    fn counts() -> Arc<Counts> {
        let counts = Counts::default();
        counts.stored.store(7, Ordering::Relaxed);
        Arc::new(counts)
    }

    async fn taken(
        State(arrived): State<mpsc::Sender<(String, Value)>>,
        uri: Uri,
        body: Bytes,
    ) -> axum::Json<Value> {
        let body = serde_json::from_slice(&body).unwrap_or_default();
        let _full = arrived.try_send((uri.path().to_owned(), body));
        axum::Json(Value::Object(serde_json::Map::new()))
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_collector_gets_metrics_and_a_span() {
        let (arrived, mut arrivals) = mpsc::channel(20);
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new()
            .route("/v1/metrics", post(taken))
            .route("/v1/traces", post(taken))
            .with_state(arrived);
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let settings = TelemetrySettings {
            otlp: Some(format!("http://{address}/")),
            file: None,
        };
        let telemetry = Telemetry::start(&settings, "test", &counts()).expect("starts");
        telemetry.request("GET", "/api/hub", 200, Duration::from_millis(3));
        Arc::new(telemetry).stop().await;
        let mut texts = std::collections::BTreeMap::new();
        while let Ok((path, body)) = arrivals.try_recv() {
            texts.insert(path, body.to_string());
        }
        let metrics = texts.get("/v1/metrics").expect("metrics");
        assert!(metrics.contains("hub.observations.stored"), "{metrics}");
        assert!(
            metrics.contains("http.server.request.duration"),
            "{metrics}"
        );
        let spans = texts.get("/v1/traces").expect("a span");
        assert!(spans.contains("GET /api/hub"), "{spans}");
        server.abort();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn without_a_network_every_line_of_the_file_is_otlp_json() {
        let file = std::env::temp_dir().join(format!("cim-telemetry-{}.jsonl", std::process::id()));
        let settings = TelemetrySettings {
            otlp: None,
            file: Some(file.clone()),
        };
        let telemetry = Telemetry::start(&settings, "test", &counts()).expect("starts");
        telemetry.request("PUT", "/api/presence", 500, Duration::from_millis(3));
        Arc::new(telemetry).stop().await;
        let text = std::fs::read_to_string(&file).expect("a file");
        let keys: Vec<String> = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
            .filter_map(|line| line.as_object()?.keys().next().cloned())
            .collect();
        assert!(keys.contains(&"resourceMetrics".to_owned()), "{keys:?}");
        assert!(keys.contains(&"resourceSpans".to_owned()), "{keys:?}");
        std::fs::remove_file(&file).expect("removed");
    }

    #[tokio::test]
    async fn without_settings_nothing_runs() {
        let telemetry =
            Telemetry::start(&TelemetrySettings::default(), "test", &counts()).expect("starts");
        telemetry.request("GET", "/", 200, Duration::ZERO);
        assert!(telemetry.running.is_none());
    }
}
