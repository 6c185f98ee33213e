//! Against a real Mosquitto: both versions of MQTT over TCP, TLS, WebSocket and both together; what survives, and what is told.

use super::{Follower, LinkEvent, Route, Sessions, Spoken, follow_route};
use crate::{
    Update,
    access::{
        Access,
        drill::{Authority, client, folder, server},
    },
    outlet::Outlet,
};
use cim_model::{TimeSource, UtcMillis};
use std::{
    fmt::Write,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    sync::mpsc,
    task::JoinSet,
    time::{sleep, timeout},
};

const PATIENCE: Duration = Duration::from_secs(15);
const TOPIC: &str = "v1.1/Datastreams(7)/Observations";

struct StoppedClock;

impl TimeSource for StoppedClock {
    fn now(&self) -> UtcMillis {
        UtcMillis(1_000_000)
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Starts Mosquitto with `configuration` and waits until it listens at `ports`; `None` where there is none.
async fn mosquitto(folder: &Path, configuration: &str, ports: &[u16]) -> Option<Child> {
    let file = folder.join("mosquitto.conf");
    let text = format!("user root\npersistence false\nlog_dest none\n{configuration}");
    std::fs::write(&file, text).expect("a file");
    let broker = [
        "mosquitto",
        "/usr/sbin/mosquitto",
        "/usr/local/sbin/mosquitto",
    ]
    .into_iter()
    .find_map(|program| {
        let mut command = Command::new(program);
        command.arg("-c").arg(&file).kill_on_drop(true);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().ok()
    });
    if broker.is_none() {
        println!("skipped: there is no mosquitto on this machine");
        return None;
    }
    for port in ports {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, *port));
        let listening = async {
            while TcpStream::connect(address).await.is_err() {
                sleep(Duration::from_millis(30)).await;
            }
        };
        timeout(PATIENCE, listening)
            .await
            .expect("mosquitto listens");
    }
    broker
}

struct Desk {
    follower: Follower,
    updates: mpsc::Receiver<Update>,
    tasks: JoinSet<()>,
}

fn desk(address: &str, client_id: &str, access: &Access) -> Desk {
    let (sender, updates) = mpsc::channel(1000);
    let out = Outlet::new(sender, Arc::new(StoppedClock));
    let mut tasks = JoinSet::new();
    let route = Route {
        address: address.to_owned(),
        client_id: client_id.to_owned(),
        sessions: Sessions::Kept,
        filters: vec!["v1.1/+/Observations".to_owned()],
        access: access.clone(),
        spoken: Spoken::default(),
    };
    let follower = follow_route(route, &out, &mut tasks).expect("an address");
    Desk {
        follower,
        updates,
        tasks,
    }
}

impl Desk {
    async fn link(&mut self) -> LinkEvent {
        timeout(PATIENCE, self.follower.next_link())
            .await
            .expect("a coming or going")
    }

    /// The results that arrive, until there are `count`.
    async fn results(&mut self, count: usize) -> Vec<String> {
        let mut found = Vec::new();
        while found.len() < count {
            let batch = timeout(PATIENCE, self.follower.next_batch())
                .await
                .unwrap_or_else(|_| panic!("{} of {count} arrived", found.len()));
            assert!(batch.rejected.is_empty(), "{:?}", batch.rejected);
            let results = batch.observations.iter();
            found.extend(results.map(|observation| format!("{:?}", observation.value)));
        }
        found
    }

    /// Why the broker refuses, as the session would tell it.
    async fn refusal(&mut self) -> String {
        let told = timeout(PATIENCE, self.updates.recv()).await;
        match told.expect("something is told") {
            Some(Update::Rejected { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    }

    async fn leave(mut self) {
        self.tasks.shutdown().await;
    }
}

/// Publishes results over plain TCP, and returns when the broker has them.
async fn publish(port: u16, results: &[i32], is_retained: bool) {
    use rumqttc::{AsyncClient, Event, MqttOptions, Packet, PublishOptions, QoS};
    let options = MqttOptions::new(format!("source-{port}"), ("127.0.0.1", port));
    let (client, mut connection) = AsyncClient::builder(options)
        .capacity(100)
        .try_build()
        .expect("a client");
    for result in results {
        let payload = format!(r#"{{"result":{result}}}"#).into_bytes();
        let options = PublishOptions::new(QoS::AtLeastOnce).retain(is_retained);
        client
            .publish(TOPIC, payload, options)
            .await
            .expect("queued");
    }
    let mut acknowledged = 0;
    let sending = async {
        while acknowledged < results.len() {
            if let Event::Incoming(Packet::PubAck(_)) = connection.poll().await.expect("connected")
            {
                acknowledged += 1;
            }
        }
    };
    timeout(PATIENCE, sending).await.expect("published");
}

/// A port of `[::1]` that leads to `port` of 127.0.0.1: Mosquitto has no WebSocket at an IPv6 address.
async fn from_ipv6(port: u16) -> u16 {
    let listener = tokio::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0))
        .await
        .expect("a port");
    let own = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((mut outside, _)) = listener.accept().await {
            tokio::spawn(async move {
                if let Ok(mut inside) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await {
                    // Either end may hang up at any time.
                    tokio::io::copy_bidirectional(&mut outside, &mut inside)
                        .await
                        .ok();
                }
            });
        }
    });
    own
}

fn tls_lines(folder: &Path, authority: &Authority) -> String {
    let host = authority.issue(&server(&["localhost", "127.0.0.1", "::1"]));
    let (certificate, key) = host.write(folder, "server");
    let ca = authority.write(folder, "authority");
    format!(
        "cafile {}\ncertfile {}\nkeyfile {}\n",
        ca.display(),
        certificate.display(),
        key.display()
    )
}

fn pinned(folder: &Path) -> Access {
    Access {
        authority: Some(folder.join("authority.pem")),
        ..Access::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_versions_come_over_every_transport() {
    let folder = folder("mosquitto-transports");
    let authority = Authority::new("city");
    let tls = tls_lines(&folder, &authority);
    let [tcp, ssl, ws, wss] = std::array::from_fn(|_| free_port());
    let has_ipv6 = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    let mut configuration = format!(
        "allow_anonymous true\nlistener {tcp} 127.0.0.1\nlistener {ssl} 127.0.0.1\n{tls}\
         listener {ws} 127.0.0.1\nprotocol websockets\nlistener {wss} 127.0.0.1\nprotocol websockets\n{tls}"
    );
    if has_ipv6 {
        write!(
            configuration,
            "listener {tcp} ::1\nlistener {ssl} ::1\n{tls}"
        )
        .expect("a string has room");
    }
    let Some(mut broker) = mosquitto(&folder, &configuration, &[tcp, ssl, ws, wss]).await else {
        return;
    };
    let mut addresses = vec![
        format!("mqtt://127.0.0.1:{tcp}"),
        format!("mqtts://127.0.0.1:{ssl}"),
        format!("mqtts://localhost:{ssl}"),
        format!("ws://127.0.0.1:{ws}"),
        format!("wss://127.0.0.1:{wss}/mqtt"),
    ];
    if has_ipv6 {
        addresses.extend([
            format!("mqtt://[::1]:{tcp}"),
            format!("mqtts://[::1]:{ssl}"),
            format!("ws://[::1]:{}", from_ipv6(ws).await),
            format!("wss://[::1]:{}", from_ipv6(wss).await),
        ]);
    } else {
        println!("skipped: this machine has no IPv6");
    }
    publish(tcp, &[1], true).await;
    let access = pinned(&folder);
    let both = addresses
        .iter()
        .flat_map(|address| ["?v=3", "?v=5"].map(|version| format!("{address}{version}")));
    for (n, address) in both.enumerate() {
        let mut desk = desk(&address, &format!("desk-{n}"), &access);
        let up = LinkEvent::Up {
            session_present: false,
        };
        assert_eq!(desk.link().await, up, "{address}");
        // What the broker kept for whoever comes later.
        assert_eq!(desk.results(1).await.len(), 1, "{address}");
        publish(tcp, &[2, 3], false).await;
        assert_eq!(desk.results(2).await.len(), 2, "{address}");
        assert!(desk.follower.is_up());
        desk.leave().await;
    }
    broker.kill().await.expect("stopped");
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kept_session_brings_what_came_meanwhile_and_a_forgetful_broker_is_noticed() {
    let folder = folder("mosquitto-session");
    let port = free_port();
    let configuration = format!("allow_anonymous true\nlistener {port} 127.0.0.1\n");
    let Some(mut broker) = mosquitto(&folder, &configuration, &[port]).await else {
        return;
    };
    let access = Access::default();
    for version in [3, 5] {
        let address = format!("mqtt://127.0.0.1:{port}?v={version}");
        let name = format!("desk-{version}");
        let mut first = desk(&address, &name, &access);
        first.link().await;
        first.leave().await;
        let sent: Vec<i32> = (0..50).collect();
        publish(port, &sent, false).await;
        let mut second = desk(&address, &name, &access);
        let kept = LinkEvent::Up {
            session_present: true,
        };
        let results = second.results(50).await;
        assert_eq!(second.link().await, kept, "{address}");
        assert_eq!(results.len(), 50, "{address}");
        second.leave().await;
    }
    let address = format!("mqtt://127.0.0.1:{port}");
    let mut desk = desk(&address, "desk-5", &access);
    desk.link().await;
    broker.kill().await.expect("stopped");
    assert!(matches!(desk.link().await, LinkEvent::Down { .. }));
    let Some(mut broker) = mosquitto(&folder, &configuration, &[port]).await else {
        return;
    };
    let mut link = desk.link().await;
    while matches!(link, LinkEvent::Down { .. }) {
        link = desk.link().await;
    }
    let forgotten = LinkEvent::Up {
        session_present: false,
    };
    assert_eq!(link, forgotten);
    desk.leave().await;
    broker.kill().await.expect("stopped");
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_password_is_refused_and_a_token_is_a_password() {
    let folder = folder("mosquitto-password");
    let passwords: PathBuf = folder.join("passwords");
    let made = std::process::Command::new("mosquitto_passwd")
        .args(["-b", "-c"])
        .arg(&passwords)
        .args(["token", "right"])
        .stderr(Stdio::null())
        .status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: there is no mosquitto_passwd on this machine");
        return;
    }
    let port = free_port();
    let configuration = format!(
        "allow_anonymous false\npassword_file {}\nlistener {port} 127.0.0.1\n",
        passwords.display()
    );
    let Some(mut broker) = mosquitto(&folder, &configuration, &[port]).await else {
        return;
    };
    for version in ["", "?v=3", "?v=5"] {
        let wrong = format!("mqtt://token:wrong@127.0.0.1:{port}{version}");
        let mut refused = desk(&wrong, "wrong", &Access::default());
        let reason = refused.refusal().await;
        assert!(reason.contains("user, password or token"), "{reason}");
        assert!(matches!(refused.link().await, LinkEvent::Down { .. }));
        refused.leave().await;
        let access = Access {
            token: Some("right".to_owned()),
            ..Access::default()
        };
        let address = format!("mqtt://127.0.0.1:{port}{version}");
        let mut right = desk(&address, "right", &access);
        assert!(matches!(right.link().await, LinkEvent::Up { .. }));
        right.leave().await;
    }
    broker.kill().await.expect("stopped");
    std::fs::remove_dir_all(&folder).expect("removed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_certificate_is_shown_where_it_is_wanted() {
    let folder = folder("mosquitto-client");
    let authority = Authority::new("city");
    let tls = tls_lines(&folder, &authority);
    let port = free_port();
    let configuration = format!(
        "listener {port} 127.0.0.1\n{tls}require_certificate true\nuse_identity_as_username true\n"
    );
    let Some(mut broker) = mosquitto(&folder, &configuration, &[port]).await else {
        return;
    };
    let address = format!("mqtts://127.0.0.1:{port}");
    let nobody = pinned(&folder);
    let mut refused = desk(&address, "nobody", &nobody);
    assert!(matches!(refused.link().await, LinkEvent::Down { .. }));
    refused.leave().await;
    let (certificate, key) = authority.issue(&client("desk")).write(&folder, "desk");
    let somebody = Access {
        certificate: Some(certificate),
        key: Some(key),
        ..nobody
    };
    let mut desk = desk(&address, "desk", &somebody);
    let link = desk.link().await;
    assert!(matches!(link, LinkEvent::Up { .. }), "{link:?}");
    desk.leave().await;

    let other = Authority::new("other").write(&folder, "other");
    let mistrustful = Access {
        authority: Some(other),
        ..Access::default()
    };
    let mut wrong = self::desk(&address, "wrong", &mistrustful);
    let reason = wrong.refusal().await;
    assert!(reason.contains("does not believe"), "{reason}");
    wrong.leave().await;
    broker.kill().await.expect("stopped");
    std::fs::remove_dir_all(&folder).expect("removed");
}
