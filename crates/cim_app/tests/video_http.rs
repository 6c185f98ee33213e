//! Catalogues at an address, from outside: a server on this machine gives them; the desk fetches, proposes and imports them.
#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

use cim_app::{
    Desk, DeskSettings,
    wire::{Mode, VideoQueryDto},
};
use cim_model::{TimeSource, UtcMillis};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Handle,
};

/// A camera of all catalogues below.
const CAMERA: &str = "31010100001320000001";
/// Its name, 外滩, as GB18030 writes it.
const NAME_IN_GB18030: [u8; 4] = [0xCD, 0xE2, 0xCC, 0xB2];

/// Noon in Shanghai on a Monday in 2025.
struct Noon;

impl TimeSource for Noon {
    fn now(&self) -> UtcMillis {
        UtcMillis(1_763_352_000_000)
    }
}

/// A status with further headers, each with its end of line, and a body.
type Reply = (String, Vec<u8>);

/// A server as small as can be: one request per connection.
struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn begin() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                answer(stream, &noted).await;
            }
        });
        Self { address, asked }
    }

    fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What was asked for since the last time that this was asked.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("no panic before"))
    }
}

async fn answer(mut stream: TcpStream, asked: &Mutex<Vec<String>>) {
    let mut head = vec![0; 65_536];
    let count = stream.read(&mut head).await.unwrap_or_default();
    let head = String::from_utf8_lossy(head.get(..count).unwrap_or_default()).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let (status, body) = reply_to(&path);
    asked.lock().expect("no panic before").push(path);
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap_or_default();
    stream.write_all(&body).await.unwrap_or_default();
    stream.shutdown().await.unwrap_or_default();
}

fn reply_to(path: &str) -> Reply {
    let good = |body: Vec<u8>| ("200 OK".to_owned(), body);
    match path {
        "/cameras.xml" => good(catalogue()),
        "/cameras.csv" => {
            good(format!("设备编码,点位名称,经度,纬度\n{CAMERA},外滩,121.5,31.2395\n").into_bytes())
        }
        "/api/channels" | "/api/channels?page=1&count=2" => good(page(&[1, 2])),
        "/api/channels?page=2&count=2" => good(page(&[3])),
        "/away" => (
            "302 Found\r\nlocation: https://other.example/cameras.xml".to_owned(),
            Vec::new(),
        ),
        _ => ("404 Not Found".to_owned(), b"gone".to_vec()),
    }
}

/// A catalogue of one camera, in GB18030.
fn catalogue() -> Vec<u8> {
    let begin = format!(
        "<?xml version=\"1.0\" encoding=\"GB18030\"?><Response><CmdType>Catalog</CmdType><SN>1</SN>\
         <DeviceID>31010100002000000001</DeviceID><SumNum>1</SumNum><DeviceList Num=\"1\">\
         <Item><DeviceID>{CAMERA}</DeviceID><Name>"
    );
    let end = "</Name><CivilCode>310101</CivilCode><Status>ON</Status><Longitude>121.5</Longitude>\
               <Latitude>31.2395</Latitude></Item></DeviceList></Response>";
    [begin.as_bytes(), &NAME_IN_GB18030, end.as_bytes()].concat()
}

/// A page of a platform that has three channels in all.
fn page(numbers: &[u32]) -> Vec<u8> {
    let items: Vec<String> = numbers
        .iter()
        .map(|number| {
            format!(
                "{{\"channelId\":\"3101010000132000000{number}\",\"name\":\"{number}号门\",\"status\":\"ON\",\
                 \"longitude\":121.49,\"latitude\":31.24}}"
            )
        })
        .collect();
    let items = items.join(",");
    format!("{{\"code\":0,\"data\":{{\"total\":3,\"list\":[{items}]}}}}").into_bytes()
}

/// A desk over an empty cache, and where it keeps what it fetched.
async fn open(name: &str) -> (Desk, PathBuf) {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("video_http")
        .join(name);
    if cache.exists() {
        fs::remove_dir_all(&cache).expect("the folder of the last run goes");
    }
    fs::create_dir_all(&cache).expect("a folder");
    let fetched = cache.join("video").join("fetched");
    let settings = DeskSettings {
        cache,
        hub: None,
        city: None,
        mode: Mode::Desk,
        language: "en".to_owned(),
        operator: "Li Na".to_owned(),
        access: cim_sync::access::Access::default(),
        sources: Vec::new(),
        time: Arc::new(Noon),
    };
    let desk = Desk::open(settings, Handle::current())
        .await
        .expect("the desk opens");
    desk.set_actor("shift_leader", None)
        .expect("the role is there");
    (desk, fetched)
}

fn found(desk: &Desk, text: &str) -> Vec<String> {
    let query = VideoQueryDto {
        text: text.to_owned(),
        limit: 20,
        ..VideoQueryDto::default()
    };
    let page = desk.video_search(&query);
    page.rows.into_iter().map(|row| row.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_catalogue_in_gb18030_is_fetched_once_tried_and_taken_in() {
    let (desk, fetched) = open("xml").await;
    let server = Server::begin().await;
    let address = server.at("/cameras.xml");
    let proposal = desk.propose_mapping(&address).await.expect("an answer");
    assert_eq!(proposal.refused, None);
    assert_eq!(
        (proposal.format.as_str(), proposal.mapping.source.as_str()),
        ("xml", "127.0.0.1")
    );
    let dry = desk
        .import_channels(&address, None, true)
        .await
        .expect("an answer");
    assert_eq!((dry.refused, dry.added), (None, 1));
    assert!(found(&desk, "外滩").is_empty());
    assert!(fetched.is_dir());
    let wet = desk
        .import_channels(&address, None, false)
        .await
        .expect("an answer");
    assert_eq!((wet.refused, wet.added), (None, 1));
    assert_eq!(wet.source, "127.0.0.1");
    assert_eq!(found(&desk, "外滩"), [CAMERA]);
    // What was tried is what was taken, and nothing of it stays.
    assert_eq!(server.asked(), ["/cameras.xml"]);
    assert!(!fetched.exists());
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_proposed_and_taken_in_like_a_file() {
    let (desk, _) = open("csv").await;
    let server = Server::begin().await;
    let address = server.at("/cameras.csv");
    let proposal = desk.propose_mapping(&address).await.expect("an answer");
    assert_eq!(proposal.format, "csv");
    assert_eq!(proposal.mapping.source, "127.0.0.1");
    assert_eq!(proposal.header.len(), 4);
    let report = desk
        .import_channels(&address, Some(proposal.mapping), false)
        .await
        .expect("an answer");
    assert_eq!((report.refused, report.added), (None, 1));
    assert_eq!(found(&desk, "外滩"), [CAMERA]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_a_platform_are_followed_where_the_address_asks_for_one() {
    let (desk, _) = open("pages").await;
    let server = Server::begin().await;
    let first = server.at("/api/channels?page=1&count=2");
    let report = desk
        .import_channels(&first, None, false)
        .await
        .expect("an answer");
    assert_eq!((report.refused, report.added), (None, 3));
    assert_eq!(
        server.asked(),
        [
            "/api/channels?page=1&count=2",
            "/api/channels?page=2&count=2"
        ]
    );
    // One page of more says that the rest is missing, and lets nothing go.
    let report = desk
        .import_channels(&server.at("/api/channels"), None, false)
        .await
        .expect("an answer");
    assert_eq!((report.refused, report.gone, report.same), (None, 0, 2));
    let told = report.rejects.first().expect("something is missing");
    assert!(told.reason.starts_with("1 "), "{told:?}");
    assert_eq!(server.asked(), ["/api/channels"]);
    desk.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_or_not_safe_is_refused_with_its_reason() {
    let (desk, fetched) = open("refused").await;
    let server = Server::begin().await;
    let secret = format!("http://li:secret@{}/cameras.xml", server.address);
    for (address, code, what) in [
        (server.at("/none.xml"), "status", "404"),
        (server.at("/away"), "elsewhere", "other.example"),
        (secret, "credentials", ""),
        (
            "http://127.0.0.1:1/cameras.xml".to_owned(),
            "unreachable",
            "",
        ),
        ("http://192.0.2.1/cameras.xml".to_owned(), "plain_text", ""),
        ("https://".to_owned(), "bad_address", ""),
    ] {
        let proposal = desk.propose_mapping(&address).await.expect("an answer");
        let why = proposal.refused.expect("it is refused");
        assert_eq!((why.code.as_str(), why.what.as_str()), (code, what));
        assert!(!why.message.contains("secret"), "{}", why.message);
        let report = desk
            .import_channels(&address, None, true)
            .await
            .expect("an answer");
        assert_eq!(report.refused.map(|why| why.code).as_deref(), Some(code));
    }
    assert!(!fetched.exists());
    // Nobody is asked for those who may not import.
    drop(server.asked());
    desk.set_actor("hotline", None).expect("the role is there");
    let address = server.at("/cameras.xml");
    let proposal = desk.propose_mapping(&address).await.expect("an answer");
    assert_eq!(
        proposal.refused.map(|why| why.code).as_deref(),
        Some("not_granter")
    );
    assert!(server.asked().is_empty());
    desk.close().await;
}
