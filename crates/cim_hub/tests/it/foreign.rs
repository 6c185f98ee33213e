//! Against programs that we did not write, from PyPI: our client follows two foreign SensorThings servers, two foreign clients
//! drive our hub, and schemathesis tries the hub's OpenAPI document. Python and pip fetch them once into a folder of the user's
//! cache; where that is not possible, a test says so and passes.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "in a test, a panic is the report"
)]

use cim_hub::{Hub, HubSettings, Mqtt};
use cim_model::{Datastream, Observation, Thing, TimeSource, UtcMillis};
use cim_sync::{HubAddress, Settings, SyncHandle, Update, start};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

/// Where the scripts are.
const SCRIPTS: &str = "../../tests/peers/python";
/// How often a process is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long a server may take until it listens: it makes its database first.
const SERVER_PATIENCE_S: u32 = 60;
/// How long a script that drives the hub may take.
const CLIENT_PATIENCE_S: u32 = 60;
/// How long schemathesis may take.
const DOCUMENT_PATIENCE_S: u32 = 240;
/// How long pip may take.
const INSTALL_PATIENCE_S: u32 = 300;
/// How long the client may take for 200 observations, and for one more.
const FOLLOW_PATIENCE: Duration = Duration::from_mins(1);

/// The clock of this machine: the foreign servers have no other.
struct Now;

impl TimeSource for Now {
    fn now(&self) -> UtcMillis {
        UtcMillis(jiff::Timestamp::now().as_millisecond())
    }
}

/// A Python with everything that `requirements.txt` names.
struct Python {
    program: PathBuf,
    /// `hydroserver-sensorthings`, whose module has the name of another package's.
    hydroserver: PathBuf,
}

impl Python {
    /// Finds or makes it; says why not.
    fn find() -> Result<Self, String> {
        let folder = cache()?.join("peers-venv");
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        // Tests of other processes wait here until it is made.
        let lock = File::create(folder.join("lock")).map_err(|error| error.to_string())?;
        lock.lock().map_err(|error| error.to_string())?;
        let python = Self {
            program: folder.join("bin").join("python"),
            hydroserver: folder.join("hydroserver"),
        };
        let wanted = wanted()?;
        let noted = folder.join("installed.txt");
        if std::fs::read_to_string(&noted).is_ok_and(|found| found == wanted) {
            return Ok(python);
        }
        python.install(&folder)?;
        std::fs::write(&noted, wanted).map_err(|error| error.to_string())?;
        Ok(python)
    }

    fn install(&self, folder: &Path) -> Result<(), String> {
        let log = folder.join("install.log");
        let mut venv = Command::new("python3");
        venv.args(["-m", "venv"]).arg(folder);
        finished(venv, &log, INSTALL_PATIENCE_S)?;
        let pip = |file: &str| {
            let mut pip = Command::new(&self.program);
            pip.args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                // Without a network, this is to end soon.
                "--retries",
                "1",
                "--timeout",
                "15",
            ])
            .arg("-r")
            .arg(Path::new(SCRIPTS).join(file));
            pip
        };
        finished(pip("requirements.txt"), &log, INSTALL_PATIENCE_S)?;
        if self.hydroserver.exists() {
            std::fs::remove_dir_all(&self.hydroserver).map_err(|error| error.to_string())?;
        }
        let mut own = pip("requirements-hydroserver.txt");
        own.args(["--no-deps", "--target"]).arg(&self.hydroserver);
        finished(own, &log, INSTALL_PATIENCE_S)
    }

    /// One of the scripts, ready to start.
    fn script(&self, name: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg(Path::new(SCRIPTS).join(name))
            // The scripts' folder stays as it is, and Chinese names can be printed everywhere.
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONIOENCODING", "utf-8")
            .stdin(Stdio::null());
        command
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test is a host: the cache is where the user's is"
)]
fn cache() -> Result<PathBuf, String> {
    let home = std::env::var_os("HOME").ok_or("there is no home folder")?;
    Ok(PathBuf::from(home).join(".cache").join("citymirror"))
}

/// What has to be installed.
fn wanted() -> Result<String, String> {
    let mut text = String::new();
    for file in ["requirements.txt", "requirements-hydroserver.txt"] {
        let path = Path::new(SCRIPTS).join(file);
        let part = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
        text.push_str(&part);
    }
    Ok(text)
}

/// Waits until `command` ends, and gives what it printed; an error when it fails, or takes too long.
fn output(mut command: Command, log: &Path, patience_s: u32) -> Result<String, String> {
    let file = File::create(log).map_err(|error| error.to_string())?;
    let errors = file.try_clone().map_err(|error| error.to_string())?;
    let mut child = command
        .stdout(file)
        .stderr(errors)
        .spawn()
        .map_err(|error| format!("{command:?}: {error}"))?;
    for _ in 0..patience_s * 10 {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            let text = printed(log);
            return if status.success() {
                Ok(text)
            } else {
                Err(format!("{command:?} ends with {status}:\n{text}"))
            };
        }
        std::thread::sleep(LOOK_EVERY);
    }
    // It may have ended meanwhile.
    let _killed = child.kill();
    let _ended = child.wait();
    Err(format!(
        "{command:?} takes longer than {patience_s} s:\n{}",
        printed(log)
    ))
}

fn finished(command: Command, log: &Path, patience_s: u32) -> Result<(), String> {
    output(command, log, patience_s).map(|_printed| ())
}

fn printed(log: &Path) -> String {
    let bytes = std::fs::read(log).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The Python to use, or nothing where there is none.
async fn python() -> Option<Python> {
    let found = tokio::task::spawn_blocking(Python::find)
        .await
        .expect("ends");
    if let Err(reason) = &found {
        println!("skipped: the packages of tests/peers/python cannot be installed here: {reason}");
    }
    found.ok()
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("there is a free port")
        .port()
}

fn empty_folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("foreign-{name}"));
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("an older run is removed");
    }
    std::fs::create_dir_all(&folder).expect("makes a folder");
    folder
}

/// A foreign server in a process of its own, killed at the end.
struct Server {
    child: Child,
    log: PathBuf,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}

impl Server {
    /// Starts `command` and waits until it listens at `port`.
    fn start(mut command: Command, port: u16, log: PathBuf) -> Self {
        let file = File::create(&log).expect("makes a log");
        let errors = file.try_clone().expect("has two ends");
        let child = command
            .stdout(file)
            .stderr(errors)
            .spawn()
            .expect("Python starts");
        let mut server = Self { child, log };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        for _ in 0..SERVER_PATIENCE_S * 10 {
            if TcpStream::connect_timeout(&address, LOOK_EVERY).is_ok() {
                return server;
            }
            if let Some(status) = server.child.try_wait().expect("can be asked") {
                panic!("{command:?} ends with {status}:\n{}", printed(&server.log));
            }
            std::thread::sleep(LOOK_EVERY);
        }
        panic!("{command:?} does not listen:\n{}", printed(&server.log));
    }
}

/// A foreign server as our client sees it.
#[derive(Default)]
struct Seen {
    things: BTreeMap<String, Thing>,
    series: BTreeMap<String, Datastream>,
    /// By series and moment; what is told twice is there once.
    values: BTreeMap<(String, i64), f64>,
    rejected: Vec<String>,
}

impl Seen {
    fn take(&mut self, update: Update) {
        match update {
            Update::Catalogue {
                things,
                datastreams,
                ..
            } => {
                let things = things.into_iter();
                self.things
                    .extend(things.map(|thing| (thing.id.to_string(), thing)));
                let series = datastreams.into_iter();
                self.series
                    .extend(series.map(|series| (series.id.to_string(), series)));
            }
            Update::Observations(observations) => self.take_values(observations),
            Update::Block(block) => self.take_values(block.iter()),
            Update::Rejected {
                source,
                place,
                reason,
            } => self.rejected.push(format!("{source} {place}: {reason}")),
            _ => {}
        }
    }

    fn take_values(&mut self, observations: impl IntoIterator<Item = Observation>) {
        self.values.extend(observations.into_iter().map(|one| {
            let key = (one.datastream.to_string(), one.happened_at.0);
            (key, one.value)
        }));
    }
}

/// Our client at a foreign server.
struct Follower {
    handle: SyncHandle,
    updates: mpsc::Receiver<Update>,
    seen: Seen,
}

impl Follower {
    fn begin(root: &str) -> Self {
        let address = HubAddress {
            http: root.to_owned(),
            mqtt: None,
        };
        let settings = Settings {
            backoff_min: Duration::from_millis(100),
            backoff_max: Duration::from_millis(400),
            ..Settings::new(address)
        };
        let (sender, updates) = mpsc::channel(64);
        Self {
            handle: start(settings, Arc::new(Now), sender),
            updates,
            seen: Seen::default(),
        }
    }

    /// Listens until `is_enough`, or until it has taken too long: then the checks that follow say what is missing.
    async fn listen(&mut self, is_enough: impl Fn(&Seen) -> bool) {
        let deadline = Instant::now() + FOLLOW_PATIENCE;
        while !is_enough(&self.seen) {
            let left = deadline.saturating_duration_since(Instant::now());
            match timeout(left, self.updates.recv()).await {
                Ok(Some(update)) => self.seen.take(update),
                _ => return,
            }
        }
    }
}

/// An identity as the client writes it.
fn identity(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn list<'v>(filled: &'v Value, key: &str) -> &'v [Value] {
    filled
        .get(key)
        .and_then(Value::as_array)
        .map(Vec::as_slice)
        .expect("fill.py says what it made")
}

/// The observation that fill.py made. The foreign servers keep whole seconds and drop the rest.
fn made(observation: &Value) -> ((String, i64), f64) {
    let time_ms = observation["time_ms"].as_i64().expect("a time");
    let value = observation["value"].as_f64().expect("a value");
    let series = identity(&observation["series"]);
    ((series, time_ms.div_euclid(1000) * 1000), value)
}

/// What a server answers when the one entity that each of a list belongs to is expanded.
///
/// `django-ogc-sensorthings` 1.2.0 gives every entity of a list the first one's: its `core/service.py` fetches all that are
/// named and takes `["value"][0]`. No spelling of `$expand` avoids that.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parents {
    /// Each its own.
    Own,
    /// Every series has the property of the first one; data arrays name their series rightly.
    FirstProperty,
    /// Without data arrays, every observation of a page has the series of the first one too.
    FirstOfAll,
}

fn check_catalogue(seen: &Seen, filled: &Value, parents: Parents) {
    for expected in list(filled, "things") {
        let id = identity(&expected["id"]);
        let thing = seen
            .things
            .get(&id)
            .unwrap_or_else(|| panic!("thing {id} is missing; refused: {:#?}", seen.rejected));
        assert_eq!(Some(thing.name.as_str()), expected["name"].as_str());
        let off = |found: f64, key: &str| (found - expected[key].as_f64().expect("a number")).abs();
        let position = thing.position;
        assert!(off(position.lon_deg, "lon") < 1e-9, "{position:?}");
        assert!(off(position.lat_deg, "lat") < 1e-9, "{position:?}");
    }
    assert_eq!(seen.things.len(), list(filled, "things").len());
    for expected in list(filled, "series") {
        let id = identity(&expected["id"]);
        let series = seen
            .series
            .get(&id)
            .unwrap_or_else(|| panic!("series {id} is missing; refused: {:#?}", seen.rejected));
        assert_eq!(series.thing.to_string(), identity(&expected["thing"]));
        assert_eq!(Some(series.name.as_str()), expected["name"].as_str());
        assert_eq!(Some(series.unit.as_str()), expected["unit"].as_str());
        let property = Some(series.observed_property.as_str());
        match parents {
            Parents::Own => assert_eq!(property, expected["property"].as_str()),
            Parents::FirstProperty | Parents::FirstOfAll => assert!(
                list(filled, "series")
                    .iter()
                    .any(|one| one["property"].as_str() == property),
                "{property:?}"
            ),
        }
    }
    assert_eq!(seen.series.len(), list(filled, "series").len());
}

/// Values by time alone: no two that fill.py makes have the same.
fn by_time(values: &BTreeMap<(String, i64), f64>) -> BTreeMap<i64, f64> {
    let values = values.iter();
    values
        .map(|((_, time_ms), value)| (*time_ms, *value))
        .collect()
}

/// Fills the server at `root`, follows it, and looks whether everything arrives, and what is new later.
async fn follow(
    python: Python,
    folder: PathBuf,
    root: String,
    way: &'static str,
    parents: Parents,
) {
    let fill = |arguments: Vec<String>| {
        let mut command = python.script("fill.py");
        command.args(arguments);
        let log = folder.join("fill.log");
        tokio::task::spawn_blocking(move || output(command, &log, CLIENT_PATIENCE_S))
    };
    let json = |text: Result<String, String>| -> Value {
        let text = text.unwrap_or_else(|reason| panic!("{reason}"));
        serde_json::from_str(&text).expect("fill.py prints JSON")
    };
    let filled = json(
        fill(vec![root.clone(), way.to_owned()])
            .await
            .expect("ends"),
    );
    let expected: BTreeMap<(String, i64), f64> =
        list(&filled, "observations").iter().map(made).collect();
    assert_eq!(expected.len(), 200);

    let mut follower = Follower::begin(&root);
    let (things, series) = (list(&filled, "things").len(), list(&filled, "series").len());
    let count = expected.len();
    follower
        .listen(|seen| {
            let told = match parents {
                Parents::Own | Parents::FirstProperty => seen.values.len(),
                Parents::FirstOfAll => by_time(&seen.values).len(),
            };
            seen.things.len() == things && seen.series.len() == series && told == count
        })
        .await;
    check_catalogue(&follower.seen, &filled, parents);
    if parents == Parents::FirstOfAll {
        // The newest of each series is asked for as what is in the series: that is right. Of the rest, times and values are.
        let newest: BTreeMap<&str, (i64, f64)> = expected
            .iter()
            .map(|((series, time_ms), value)| (series.as_str(), (*time_ms, *value)))
            .collect();
        for (series, (time_ms, value)) in newest {
            let found = follower.seen.values.get(&(series.to_owned(), time_ms));
            assert_eq!(found, Some(&value), "the newest of {series}");
        }
        assert_eq!(by_time(&follower.seen.values), by_time(&expected));
    } else {
        assert_eq!(
            follower.seen.values, expected,
            "refused: {:#?}",
            follower.seen.rejected
        );
    }

    let newest = &list(&filled, "series")[0]["id"];
    let more = vec![
        root,
        "more".to_owned(),
        newest.to_string(),
        filled["feature"].to_string(),
        "4711.25".to_owned(),
    ];
    let (key, value) = made(&json(fill(more).await.expect("ends")));
    follower.listen(|seen| seen.values.contains_key(&key)).await;
    assert_eq!(
        follower.seen.values.get(&key),
        Some(&value),
        "a new observation does not come by asking again; refused: {:#?}",
        follower.seen.rejected
    );
    // A server without data arrays may answer that wish one by one and without the series: that page is of no use.
    let wish = "resultFormat=dataArray";
    let rejected = follower.seen.rejected.iter();
    let rejected: Vec<&String> = rejected.filter(|told| !told.contains(wish)).collect();
    assert!(rejected.is_empty(), "{rejected:#?}");
    follower.handle.stop().await;
}

/// Starts a server by `script` with `arguments` behind its port.
async fn serve(
    python: &Python,
    folder: &Path,
    script: &str,
    arguments: &[&str],
    module_folder: Option<&Path>,
) -> (Server, u16) {
    let port = free_port();
    let mut command = python.script(script);
    command.arg(port.to_string()).args(arguments);
    if let Some(folder) = module_folder {
        command.env("PYTHONPATH", folder);
    }
    let log = folder.join("server.log");
    let server = tokio::task::spawn_blocking(move || Server::start(command, port, log));
    (server.await.expect("it starts"), port)
}

#[tokio::test(flavor = "multi_thread")]
async fn our_client_follows_django_ogc_sensorthings() {
    // UUIDs, at most 100 entities a page, no order by phenomenonTime, series named by links only.
    let Some(python) = python().await else { return };
    let folder = empty_folder("ogc");
    let place = folder.display().to_string();
    let (_server, port) = serve(&python, &folder, "ogc_server.py", &[&place], None).await;
    let root = format!("http://127.0.0.1:{port}/sensorthings/v1.1");
    follow(python, folder, root, "deep", Parents::FirstProperty).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_client_follows_django_ogc_sensorthings_without_data_arrays() {
    let Some(python) = python().await else { return };
    let folder = empty_folder("ogc-plain");
    let place = folder.display().to_string();
    let arguments = [place.as_str(), "plain"];
    let (_server, port) = serve(&python, &folder, "ogc_server.py", &arguments, None).await;
    let root = format!("http://127.0.0.1:{port}/sensorthings/v1.1/");
    follow(python, folder, root, "deep", Parents::FirstOfAll).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn our_client_follows_hydroserver_sensorthings() {
    // Numbers, positions as features, no deep insert, options of an expansion split in another way, data arrays that fail on null.
    let Some(python) = python().await else { return };
    let folder = empty_folder("hydroserver");
    let own = python.hydroserver.clone();
    let (_server, port) = serve(&python, &folder, "hydro_server.py", &[], Some(&own)).await;
    let root = format!("http://127.0.0.1:{port}/api/sensorthings/v1.1");
    follow(python, folder, root, "linked", Parents::Own).await;
}

/// Our hub in this process, with its own broker.
async fn hub(folder: &Path) -> Hub {
    let mut settings = HubSettings::new(folder.join("hub"));
    settings.http = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    settings.mqtt = Mqtt::BuiltIn(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    Hub::start(settings, Arc::new(Now))
        .await
        .expect("the hub starts")
}

/// Lets a script drive our hub; what it prints is shown, and it must end well.
async fn drive(name: &str, script: &str, path: &str, patience_s: u32) -> Option<String> {
    let python = python().await?;
    let folder = empty_folder(name);
    let hub = hub(&folder).await;
    let mut command = python.script(script);
    command.arg(format!("{}{path}", hub.http_address));
    let log = folder.join("client.log");
    let ended = tokio::task::spawn_blocking(move || output(command, &log, patience_s)).await;
    hub.stop().await;
    let text = ended
        .expect("ends")
        .unwrap_or_else(|reason| panic!("{reason}"));
    println!("{text}");
    Some(text)
}

#[tokio::test(flavor = "multi_thread")]
async fn frost_sta_client_finds_everything_at_our_hub() {
    let path = "/v1.1";
    let Some(text) = drive("frost", "frost_client.py", path, CLIENT_PATIENCE_S).await else {
        return;
    };
    assert!(text.contains("ALL OK frost-sta-client"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn istsos4_client_finds_everything_at_our_hub() {
    let path = "/v1.1";
    let Some(text) = drive("istsos", "istsos_client.py", path, CLIENT_PATIENCE_S).await else {
        return;
    };
    assert!(text.contains("ALL OK istsos4-client"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing_wrong_with_the_document_and_the_hub() {
    let Some(text) = drive("document", "openapi.py", "", DOCUMENT_PATIENCE_S).await else {
        return;
    };
    assert!(text.contains("Test cases:"), "{text}");
}
